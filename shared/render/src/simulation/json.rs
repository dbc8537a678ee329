//! A simulated execution as JSON, version 1: `shared/docs/schema/simulation-v1.schema.json`.

use std::collections::BTreeMap;

use pricing::RegionPrices;
use serde::Serialize;
use serde_json::Value;

use super::path::Path;
use super::price::{Cost, CostJson};
use super::{Simulation, profile};

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    machine: &'a str,
    r#type: &'static str,
    status: &'static str,
    output: Option<&'a Value>,
    error: Option<&'a str>,
    cause: Option<&'a str>,
    entered: Vec<&'a str>,
    transitions: u64,
    retries: u64,
    children: u64,
    virtual_seconds: f64,
    states: BTreeMap<&'a str, State<'a>>,
    cost: CostJson<'a>,
    notes: &'a [String],
    events: Vec<Value>,
}

#[derive(Serialize)]
struct State<'a> {
    entered: u64,
    retries: u64,
    seconds: f64,
    errors: &'a BTreeMap<String, u64>,
}

/// The execution as JSON, version 1.
pub fn simulation_json(simulation: &Simulation<'_>, prices: &RegionPrices) -> String {
    let outcome = simulation.outcome;
    let path = Path::of(&outcome.events);
    let profile = profile::of(&path, outcome.virtual_ms);
    let cost = Cost::of(simulation, profile::side_steps(&path), prices);
    let states = profile.iter().map(|(name, state)| {
        let told = State {
            entered: state.entered,
            retries: state.retries,
            seconds: seconds(state.ms),
            errors: &state.errors,
        };
        (*name, told)
    });
    let document = Document {
        version: 1,
        machine: simulation.name,
        r#type: simulation.workflow,
        status: outcome.status.as_str(),
        output: outcome.output.as_ref(),
        error: outcome.error.as_deref(),
        cause: outcome.cause.as_deref(),
        entered: outcome.entered().collect(),
        transitions: outcome.transitions,
        retries: outcome.retries,
        children: outcome.children,
        virtual_seconds: seconds(outcome.virtual_ms),
        states: states.collect(),
        cost: cost.json(prices),
        notes: simulation.notes,
        events: outcome
            .events
            .iter()
            .map(|event| event.to_json(simulation.start))
            .collect(),
    };
    crate::escape::json(&serde_json::to_string_pretty(&document).unwrap_or_default())
}

#[allow(
    clippy::cast_precision_loss,
    reason = "a year in milliseconds is far below 2^52"
)]
pub(super) fn seconds(milliseconds: u64) -> f64 {
    milliseconds as f64 / 1000.0
}
