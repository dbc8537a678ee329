//! What a recorded execution says: states entered, retries, time. Payloads are not in here.

mod read;
mod walk;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use read::{HistoryError, RecordedHistory};
pub use walk::{Execution, ExecutionStatus, Flaw, StateUse};

/// One event of a history, without its payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryEvent {
    /// `id`
    pub id: i64,
    /// `previousEventId`
    pub previous: i64,
    /// `type`: `TaskStateEntered`, …
    pub kind: String,
    /// Name of the state, for `…StateEntered`, `…StateExited` and `EvaluationFailed`.
    pub state: Option<String>,
    /// Name of the error, for what failed or timed out. The cause may hold data and is not kept.
    pub error: Option<String>,
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
    /// How often each state was tried again, by name.
    pub retried: BTreeMap<String, u64>,
    /// How long each state ran, from entering to leaving it, in milliseconds, by name.
    pub state_ms: BTreeMap<String, u64>,
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

/// What one history says, for a sample of many.
pub fn profile(events: &[HistoryEvent]) -> HistoryProfile {
    let execution = Execution::of(events);
    let by_state = |count: fn(&StateUse) -> u64| {
        let states = execution.states.iter();
        states
            .map(|(name, state)| (name.clone(), count(state)))
            .filter(|(_, count)| *count > 0)
            .collect()
    };
    HistoryProfile {
        transitions: execution.transitions,
        retries: execution.retries,
        entered: by_state(|state| state.entered),
        retried: by_state(|state| state.retries),
        state_ms: by_state(|state| state.milliseconds),
        duration_ms: execution.duration_ms,
    }
}
