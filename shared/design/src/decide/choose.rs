//! Makes all decisions.

use std::collections::BTreeMap;

use pricing::RegionPrices;
use rust_decimal::Decimal;

use super::estimate::Estimate;
use super::{
    Alternative, Decision, Decisions, Repeatable, StepDecision, Verdict, Workflow, integration,
    map, operations, workflow,
};
use crate::refuse;
use crate::repeatable;
use crate::requirements::{Delivery, QueryLanguage, Requirements, Step, Work};

/// Decides how a workflow is built, or says what is better.
pub fn decide(asked: &Requirements, prices: &RegionPrices) -> Verdict {
    if let Some(refusal) = refuse::refusal(asked, prices) {
        return Verdict::Refused(refusal);
    }
    if let Some((refusal, moved)) = refuse::redirect(asked, prices) {
        if !refusal.redirects {
            return Verdict::Refused(refusal);
        }
        let mut decisions = decisions(&moved, prices, None);
        decisions.moved = Some(Box::new(moved));
        return Verdict::Redirected(refusal, decisions);
    }
    let decisions = decisions(asked, prices, None);
    match refuse::budget(asked, &decisions, prices) {
        Some(refusal) => Verdict::Refused(refusal),
        None => Verdict::Designed(decisions),
    }
}

/// The decisions once more, with the transitions that were counted in the machine that the first ones gave: what guards it
/// (claims, circuits, places) is in no estimate.
pub(crate) fn counted(
    asked: &Requirements,
    first: &Decisions,
    transitions: Decimal,
    prices: &RegionPrices,
) -> Decisions {
    let asked = first.moved.as_deref().unwrap_or(asked);
    Decisions {
        moved: first.moved.clone(),
        ..decisions(asked, prices, Some(transitions))
    }
}

fn decisions(asked: &Requirements, prices: &RegionPrices, counted: Option<Decimal>) -> Decisions {
    let mut whole = Estimate::new(asked);
    whole.transitions = counted.unwrap_or(whole.transitions);
    let mut list = Vec::new();
    let (workflow, decision) = workflow::decide(asked, &whole, prices);
    list.push(decision);
    let (duplicates, decision) = workflow::duplicates(asked, &workflow, prices, &whole);
    list.push(decision);
    list.push(language(asked));
    let (tracing, traces) = operations::tracing(&workflow, &whole, prices);
    let (logging, decision) = operations::logging(asked, &workflow, &whole, prices, tracing);
    list.extend([decision, traces]);
    let claim_check = operations::claim_check(Some(asked.load.payload));
    list.extend(claim_check.map(|size| operations::claim_check_decision("workflow", size)));
    let mut steps = Steps {
        asked,
        workflow: &workflow,
        whole: &whole,
        prices,
        decided: BTreeMap::new(),
        list,
    };
    steps.all(&asked.steps, false);
    let Steps {
        decided: steps,
        list,
        ..
    } = steps;
    let timeout = operations::timeout(asked, workflow == Workflow::Express, &steps);
    let assumptions = assumptions(asked, &workflow, &steps);
    Decisions {
        workflow,
        query_language: asked.query_language,
        timeout,
        duplicates,
        claim_check,
        logging,
        steps,
        list,
        assumptions,
        moved: None,
    }
}

fn language(asked: &Requirements) -> Decision {
    let (chosen, other, why, why_not) = match asked.query_language {
        QueryLanguage::Jsonata => (
            "JSONata",
            "JSONPath",
            "one expression where JSONPath takes five fields and Pass states, and it knows the time",
            "more states for the same, each of them a transition",
        ),
        QueryLanguage::JsonPath => (
            "JSONPath",
            "JSONata",
            "the requirements say so",
            "the requirements say otherwise; single states may use it where JSONPath cannot say what is needed",
        ),
    };
    Decision {
        id: "query-language",
        about: "workflow".to_owned(),
        chosen: chosen.to_owned(),
        because: vec![why.to_owned()],
        alternatives: vec![Alternative {
            what: other.to_owned(),
            why_not: why_not.to_owned(),
        }],
        flips: vec!["`query_language` decides it".to_owned()],
    }
}

struct Steps<'a> {
    asked: &'a Requirements,
    workflow: &'a Workflow,
    whole: &'a Estimate,
    prices: &'a RegionPrices,
    decided: BTreeMap<String, StepDecision>,
    list: Vec<Decision>,
}

impl Steps<'_> {
    fn all(&mut self, steps: &[Step], inside_map: bool) {
        for step in steps {
            self.one(step, inside_map);
        }
    }

    fn one(&mut self, step: &Step, inside_map: bool) {
        let region = self
            .asked
            .regions
            .first()
            .map_or("us-east-1", String::as_str);
        let partition = integration::partition(region);
        let in_child =
            matches!(self.workflow, Workflow::Nested { steps } if steps.contains(&step.id));
        let express = *self.workflow == Workflow::Express || in_child;
        // What undoes a step is not polled as the step is.
        let undoing = step.undo.as_ref().map(|undo| {
            (
                undo,
                Step {
                    poll: None,
                    ..step.clone()
                },
            )
        });
        let mut own = StepDecision {
            undo: undoing.map(|(undo, bare)| integration::call(undo, &bare, partition)),
            timeout: operations::step_timeout(step, express),
            heartbeat: step
                .heartbeat
                .filter(|_| crate::timing::waits_outside(step)),
            repeatable: repeatable::of(step),
            claim_check: operations::claim_check(step.result_size),
            breaker: step.breaker.is_some(),
            ..StepDecision::default()
        };
        match &step.work {
            Work::Does(call) => {
                let decided = integration::call(call, step, partition);
                let decision = integration::explain(step, call, &decided, self.whole, self.prices);
                self.list.push(decision);
                own.call = Some(decided);
            }
            Work::Approval(approval) => own.call = Some(integration::approval(approval, partition)),
            Work::Each(each) => {
                let (map, decision) =
                    map::decide(self.asked, step, each, self.workflow, self.prices);
                self.list.push(decision);
                own.map = Some(map);
                self.all(&each.steps, true);
            }
            Work::Parallel(branches) => {
                for branch in branches {
                    self.all(branch, inside_map);
                }
            }
            Work::Wait(_) | Work::Choose(_) => {}
        }
        if let Some(size) = own.claim_check {
            self.list
                .push(operations::claim_check_decision(&step.id, size));
        }
        if let Some((limiter, decision)) = operations::limiter(self.asked, step, inside_map) {
            self.list.push(decision);
            own.limiter = Some(limiter);
        }
        self.decided.insert(step.id.clone(), own);
    }
}

fn assumptions(
    asked: &Requirements,
    workflow: &Workflow,
    steps: &BTreeMap<String, StepDecision>,
) -> Vec<String> {
    let mut found = Vec::new();
    let all = asked.all_steps();
    let names = |wanted: &dyn Fn(&Step) -> bool| -> Option<String> {
        let names: Vec<String> = all
            .iter()
            .filter(|step| wanted(step))
            .map(|step| format!("`{}`", step.id))
            .collect();
        (!names.is_empty()).then(|| names.join(", "))
    };
    if !asked.guarantees.delivery_is_said {
        let why = if *workflow == Workflow::Express
            && asked.guarantees.delivery == Delivery::ExactlyOnce
        {
            "nothing is said of `delivery`: every step may be done twice, so that running an event twice changes nothing"
        } else {
            "nothing is said of `delivery`: exactly once"
        };
        found.push(why.to_owned());
    }
    if asked.load.peak_per_second.is_none() {
        found.push("no peak is said: the average is taken for the peak".to_owned());
    }
    if asked.duration.typical.is_none() {
        found.push(
            "no typical duration is said: what the steps take, one after the other".to_owned(),
        );
    }
    let calls = |step: &Step| matches!(step.work, Work::Does(_));
    if let Some(names) = names(&|step| calls(step) && step.duration.is_none()) {
        found.push(format!(
            "no duration is said of {names}: 100 ms for a call, 5 min for a job, 1 h for an answer"
        ));
    }
    if let Some(names) = names(&|step| {
        crate::timing::timeout(step).is_none()
            && steps.get(&step.id).is_some_and(|own| own.timeout.is_some())
    }) {
        found.push(format!("no timeout is said of {names}: three to four times what they take, 10 s for a call at least"));
    }
    if let Some(names) =
        names(&|step| matches!(&step.work, Work::Does(call) if call.resource.is_none()))
    {
        found.push(format!(
            "no resource is said of {names}: it becomes a variable"
        ));
    }
    let assumed = |step: &Step| {
        let token = steps.get(&step.id).map(|own| &own.repeatable);
        step.undo.is_some() && matches!(token, Some(Repeatable::Token(_) | Repeatable::Condition))
    };
    if let Some(names) = names(&assumed) {
        found.push(format!(
            "{names} may be done twice by a token or a condition"
        ));
    }
    if let Some(names) =
        names(&|step| matches!(&step.work, Work::Each(each) if each.items.is_none()))
    {
        found.push(format!("nothing is said of how many items {names} has: 10"));
    }
    if all.iter().any(|step| step.undo.is_some()) {
        found.push("what undoes a step may be done twice".to_owned());
    }
    found
}
