//! When a workflow is not what serves, and what does.

mod heavy;
mod render;
mod rules;

pub(crate) use heavy::{is_heavy, redirect};
pub(crate) use rules::{LEAST_P99, above_budget, budget, refusal};

use pricing::Usd;

/// Why a workflow is not what serves, and a better way.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    /// The name in the requirements.
    pub name: String,
    /// Whether a thin workflow is designed all the same, with the work elsewhere.
    pub redirects: bool,
    /// Why, the weightiest reason first; never empty.
    pub reasons: Vec<Reason>,
}

/// One reason.
#[derive(Clone, Debug, PartialEq)]
pub struct Reason {
    /// In kebab-case: `single-function`, `needs-low-latency`.
    pub id: &'static str,
    /// Steps that it is about; none for the whole.
    pub steps: Vec<String>,
    /// What is asked for that a workflow does not give, with the number.
    pub why: String,
    /// Where that number comes from.
    pub source: String,
    /// What to build instead, one sentence each.
    pub instead: Vec<String>,
    /// What that costs a month; none where no price is on record.
    pub costs: Option<Usd>,
    /// How that was computed, or which price is missing.
    pub costs_how: String,
    /// What the workflow that was asked for costs a month.
    pub workflow_costs: Option<Usd>,
    /// How that was computed.
    pub workflow_costs_how: String,
    /// When a workflow serves after all.
    pub come_back: String,
}
