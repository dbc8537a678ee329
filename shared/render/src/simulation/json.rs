//! A simulated execution as JSON, version 1: `shared/docs/schema/simulation-v1.schema.json`.

use std::collections::BTreeMap;

use pricing::RegionPrices;
use serde::Serialize;
use serde_json::Value;
use sim::{Children, Profile};

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
    failed_in: Option<&'a str>,
    states: BTreeMap<&'a str, State<'a>>,
    map_runs: Vec<MapRun<'a>>,
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

/// The child executions of a Distributed Map, those of all of its Map Runs.
#[derive(Serialize)]
struct MapRun<'a> {
    map: &'a str,
    r#type: &'static str,
    children: u64,
    succeeded: u64,
    failed: u64,
    cut_off: u64,
    transitions: u64,
    states: BTreeMap<&'a str, State<'a>>,
    first_failures: Vec<ChildFailed<'a>>,
}

#[derive(Serialize)]
struct ChildFailed<'a> {
    child: u64,
    state: Option<&'a str>,
    error: &'a str,
    cause: &'a str,
    at_seconds: f64,
}

fn states(profile: &Profile) -> BTreeMap<&str, State<'_>> {
    let states = profile.states().map(|(name, state)| {
        let told = State {
            entered: state.entered,
            retries: state.retries,
            seconds: seconds(state.ms),
            errors: &state.errors,
        };
        (name, told)
    });
    states.collect()
}

fn map_run<'a>(map: &'a str, run: &'a Children) -> MapRun<'a> {
    let failures = run.failures.iter().map(|failure| ChildFailed {
        child: failure.child,
        state: failure.state.as_deref(),
        error: &failure.erred.error,
        cause: &failure.erred.cause,
        at_seconds: seconds(failure.at_ms),
    });
    MapRun {
        map,
        r#type: if run.is_express {
            "EXPRESS"
        } else {
            "STANDARD"
        },
        children: run.started,
        succeeded: run.succeeded,
        failed: run.failed,
        cut_off: run.cut,
        transitions: run.transitions(),
        states: states(&run.profile),
        first_failures: failures.collect(),
    }
}

/// The execution as JSON, version 1.
pub fn simulation_json(simulation: &Simulation<'_>, prices: &RegionPrices) -> String {
    let outcome = simulation.outcome;
    let profile = outcome.way.profile();
    let runs = profile::map_runs(&outcome.way);
    let cost = Cost::of(simulation, prices);
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
        failed_in: outcome.ended_in.as_deref(),
        states: states(&profile),
        map_runs: runs.iter().map(|(map, run)| map_run(map, run)).collect(),
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
