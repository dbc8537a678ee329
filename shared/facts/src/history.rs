//! What a recorded execution says: states entered, retries, time. Payloads are not in here.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One event of a history, without its payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryEvent {
    /// `id`
    pub id: i64,
    /// `previousEventId`
    pub previous: i64,
    /// `type`: `TaskStateEntered`, …
    pub kind: String,
    /// Name of the state, for `…StateEntered` and `…StateExited`.
    pub state: Option<String>,
    /// `timestamp`
    pub at: Timestamp,
}

/// One execution.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HistoryProfile {
    /// Billed transitions: states entered and retries.
    pub transitions: u64,
    /// Retries among them.
    pub retries: u64,
    /// How often each state was entered, by name.
    pub entered: BTreeMap<String, u64>,
    /// From start to end, in milliseconds; none where the end is not in the history.
    pub duration_ms: Option<i64>,
}

/// Executions that were sampled.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ExecutionSample {
    /// How many executions there were to choose from.
    pub listed: u64,
    /// The ones that were read.
    pub profiles: Vec<HistoryProfile>,
}

impl ExecutionSample {
    /// Mean number of billed transitions, and half the width of its 95 % interval; none for an empty sample.
    pub fn transitions(&self) -> Option<(f64, f64)> {
        let values: Vec<f64> = self
            .profiles
            .iter()
            .map(|profile| as_f64(profile.transitions))
            .collect();
        mean_and_margin(&values)
    }

    /// Mean number of times that a state is entered in one execution, and half the width of its 95 % interval.
    pub fn entries(&self, state: &str) -> Option<(f64, f64)> {
        let entered = |profile: &HistoryProfile| {
            as_f64(profile.entered.get(state).copied().unwrap_or_default())
        };
        let values: Vec<f64> = self.profiles.iter().map(entered).collect();
        mean_and_margin(&values)
    }
}

#[allow(
    clippy::cast_precision_loss,
    reason = "counts of events are far below 2^52"
)]
fn as_f64(count: u64) -> f64 {
    count as f64
}

fn mean_and_margin(values: &[f64]) -> Option<(f64, f64)> {
    if values.is_empty() {
        return None;
    }
    let n = as_f64(values.len() as u64);
    let mean = values.iter().sum::<f64>() / n;
    if values.len() < 2 {
        return Some((mean, 0.0));
    }
    let variance = values
        .iter()
        .map(|value| (value - mean).powi(2))
        .sum::<f64>()
        / (n - 1.0);
    Some((mean, 1.96 * (variance / n).sqrt()))
}

/// Reads one history, oldest event first.
///
/// AWS bills one transition per state entered and one per retry. A retry writes no new `…StateEntered`: it shows as a
/// `…Scheduled`, `MapStateStarted` or `ParallelStateStarted` whose previous event is not the `…StateEntered` of its own
/// state, or is one that an attempt followed already (measured on 664 histories recorded on AWS).
pub fn profile(events: &[HistoryEvent]) -> HistoryProfile {
    let kinds: BTreeMap<i64, &str> = events
        .iter()
        .map(|event| (event.id, event.kind.as_str()))
        .collect();
    let mut begun: BTreeSet<i64> = BTreeSet::new();
    let mut result = HistoryProfile::default();
    for event in events {
        if event.kind.ends_with("StateEntered") {
            result.transitions += 1;
            if let Some(state) = &event.state {
                *result.entered.entry(state.clone()).or_default() += 1;
            }
        } else if let Some(own) = first_attempt(&event.kind)
            && let Some(previous) = kinds.get(&event.previous)
            && (*previous != own || !begun.insert(event.previous))
        {
            result.transitions += 1;
            result.retries += 1;
        }
    }
    let start = events.iter().find(|event| event.kind == "ExecutionStarted");
    let end = events.iter().rev().find(|event| {
        event.kind.starts_with("Execution")
            && event.kind != "ExecutionStarted"
            && event.kind != "ExecutionRedriven"
    });
    result.duration_ms = start
        .zip(end)
        .map(|(start, end)| end.at.as_millisecond() - start.at.as_millisecond());
    result
}

/// For an event that starts an attempt, the event that stands before the first one.
fn first_attempt(kind: &str) -> Option<&'static str> {
    match kind {
        "TaskScheduled" | "LambdaFunctionScheduled" | "ActivityScheduled" => {
            Some("TaskStateEntered")
        }
        "MapStateStarted" => Some("MapStateEntered"),
        "ParallelStateStarted" => Some("ParallelStateEntered"),
        _ => None,
    }
}
