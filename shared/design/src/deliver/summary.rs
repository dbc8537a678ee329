//! A design in short: for the end of a command, and for programs.

use iac::Review;
use serde_json::{Value, json};

use super::Design;
use crate::cost::BudgetCheck;
use crate::decide::{self, Decision, Decisions};
use crate::refuse::Refusal;
use crate::requirements::Requirements;

/// What was designed, or why not.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    /// Name in the requirements.
    pub name: String,
    /// `Standard`, `Express`, `Standard, with an Express child`; none where nothing was designed.
    pub workflow: Option<String>,
    /// US dollars a month at the average load, with what is called.
    pub monthly: Option<pricing::Usd>,
    /// What it may cost, where that was said.
    pub budget: Option<BudgetCheck>,
    /// What stands on each decision, and what would flip it.
    pub decisions: Vec<Decision>,
    /// What was taken as given.
    pub assumptions: Vec<String>,
    /// Findings of the rules that are meant to be there.
    pub trade_offs: Vec<String>,
    /// What has to be said when it is deployed and has no default: name and description.
    pub to_fill_in: Vec<(String, String)>,
    /// What of the roles a person has to look at.
    pub review: Vec<Review>,
    /// Why it is refused or belongs elsewhere.
    pub refusal: Option<Refusal>,
}

impl Summary {
    pub(super) fn of(requirements: &Requirements) -> Self {
        Self {
            name: requirements.name.clone(),
            workflow: None,
            monthly: None,
            budget: None,
            decisions: Vec::new(),
            assumptions: Vec::new(),
            trade_offs: Vec::new(),
            to_fill_in: Vec::new(),
            review: Vec::new(),
            refusal: None,
        }
    }

    pub(super) fn designed(design: &Design<'_>) -> Self {
        let mut assumptions = design.decisions.assumptions.clone();
        for said in &design.composed.assumptions {
            if !assumptions.contains(said) {
                assumptions.push(said.clone());
            }
        }
        let parameters = design.stack.parameters.iter();
        Self {
            workflow: Some(decide::workflow::name(&design.decisions.workflow).to_owned()),
            monthly: Some(design.benefit.month()),
            budget: design.benefit.budget.clone(),
            decisions: design.decisions.list.clone(),
            assumptions,
            trade_offs: design
                .composed
                .trade_offs
                .iter()
                .map(|it| match &it.state {
                    Some(state) => format!("`{}` at {state}: {}", it.rule, it.why),
                    None => format!("`{}`: {}", it.rule, it.why),
                })
                .collect(),
            to_fill_in: parameters
                .filter(|parameter| parameter.default.is_none())
                .map(|parameter| (parameter.name.clone(), parameter.description.clone()))
                .collect(),
            review: design.review.clone(),
            ..Self::of(design.requirements)
        }
    }

    pub(super) fn refuse(&mut self, refusal: &Refusal) {
        self.refusal = Some(refusal.clone());
    }

    /// For programs.
    pub fn json(&self) -> Value {
        json!({
            "name": self.name,
            "workflow": self.workflow,
            "monthly_usd": self.monthly.map(|usd| usd.0.round_dp(2).to_string()),
            "budget": self.budget.as_ref().map(|budget| json!({
                "monthly_usd": budget.budget.0.to_string(),
                "kept": budget.is_kept(),
                "hard": budget.hard,
            })),
            "decisions": self.decisions.iter().map(decision).collect::<Vec<_>>(),
            "assumptions": self.assumptions,
            "trade_offs": self.trade_offs,
            "to_fill_in": self.to_fill_in.iter().map(|(name, description)| json!({
                "name": name,
                "description": description,
            })).collect::<Vec<_>>(),
            "review": self.review.iter().map(|review| json!({
                "state": review.state,
                "pointer": review.pointer,
                "what": review.what,
                "why": review.why,
                "blocking": review.blocking,
            })).collect::<Vec<_>>(),
            "refusal": self.refusal.as_ref().map(Refusal::json),
        })
    }
}

fn decision(it: &Decision) -> Value {
    let alternatives = it.alternatives.iter();
    json!({
        "id": it.id,
        "about": it.about,
        "chosen": it.chosen,
        "because": it.because,
        "alternatives": alternatives.map(|other| json!({
            "what": other.what,
            "why_not": other.why_not,
        })).collect::<Vec<_>>(),
        "flips": it.flips,
    })
}

/// `decisions.json`
pub(super) fn decisions(decisions: &Decisions) -> String {
    let all = json!({
        "version": 1,
        "decisions": decisions.list.iter().map(decision).collect::<Vec<_>>(),
        "assumptions": decisions.assumptions,
    });
    let mut text = serde_json::to_string_pretty(&all).unwrap_or_default();
    text.push('\n');
    text
}
