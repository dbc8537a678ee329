//! Writes a refusal, for people and for programs.

use std::fmt::Write;

use pricing::Usd;
use serde_json::{Value, json};

use super::{Reason, Refusal};

impl Refusal {
    /// `REFUSAL.md`
    pub fn markdown(&self) -> String {
        let mut out = if self.redirects {
            format!(
                "# {}: the heavy work belongs elsewhere\n\nWhat is designed beside this file starts it, waits for it and handles its end.\n",
                self.name
            )
        } else {
            format!("# {}: a workflow is not what serves here\n", self.name)
        };
        for reason in &self.reasons {
            reason.markdown(&mut out);
        }
        out
    }

    /// The same for programs; amounts are exact, in US dollars a month.
    pub fn json(&self) -> Value {
        json!({
            "name": self.name,
            "redirects": self.redirects,
            "reasons": self.reasons.iter().map(Reason::json).collect::<Vec<_>>(),
        })
    }

    /// One line: the number first, then what to do.
    pub fn summary(&self) -> String {
        let Some(first) = self.reasons.first() else {
            return self.name.clone();
        };
        let costs = match (first.costs, first.workflow_costs) {
            (Some(costs), _) if self.redirects => format!(": {} a month", costs.rounded()),
            (Some(costs), Some(workflow)) => {
                format!(
                    ": {} instead of {} a month",
                    costs.rounded(),
                    workflow.rounded()
                )
            }
            _ => String::new(),
        };
        let instead = first.instead.first().map_or("", String::as_str);
        format!("{}: {}. Better: {instead}{costs}", self.name, first.why)
    }
}

impl Reason {
    fn markdown(&self, out: &mut String) {
        // Writing to a string cannot fail.
        let _ = write!(
            out,
            "\n## {}\n\n{}.\n\nSource: {}.\n",
            title(self.id),
            escaped(&self.why),
            self.source
        );
        let _ = write!(out, "\n### Better\n\n");
        for way in &self.instead {
            let _ = writeln!(out, "- {}", escaped(&capital(way)));
        }
        let _ = write!(out, "\n| a month | | how |\n|---|---:|---|\n");
        row(out, "that way", self.costs, &self.costs_how);
        row(
            out,
            "as asked",
            self.workflow_costs,
            &self.workflow_costs_how,
        );
        let _ = write!(out, "\nCome back: {}.\n", self.come_back);
    }

    fn json(&self) -> Value {
        let usd = |usd: Option<Usd>| usd.map(|usd| usd.0.round_dp(6).normalize().to_string());
        json!({
            "id": self.id,
            "steps": self.steps,
            "why": self.why,
            "source": self.source,
            "instead": self.instead,
            "monthly_usd": usd(self.costs),
            "monthly_usd_how": self.costs_how,
            "workflow_monthly_usd": usd(self.workflow_costs),
            "workflow_monthly_usd_how": self.workflow_costs_how,
            "come_back": self.come_back,
        })
    }
}

fn row(out: &mut String, name: &str, usd: Option<Usd>, how: &str) {
    let amount = usd.map_or_else(|| "not known".to_owned(), Usd::rounded);
    let _ = writeln!(
        out,
        "| {name} | {amount} | {} |",
        escaped(how).replace('|', "\\|")
    );
}

fn title(id: &str) -> &str {
    match id {
        "single-function" => "One call is no workflow",
        "needs-low-latency" => "Too fast or too many for a workflow",
        "business-logic" => "Rules of the business in states",
        "direct-database-work" => "Heavy work on a database",
        "heavy-compute" => "Heavy work in a function",
        "above-budget" => "Above the budget",
        other => other,
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

/// Text of the author may not become HTML or break a line.
fn escaped(text: &str) -> String {
    text.replace('<', "&lt;").replace(['\r', '\n'], " ")
}
