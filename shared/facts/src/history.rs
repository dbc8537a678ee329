//! What a recorded execution says: states entered, retries, time. Payloads are not in here.

mod read;
mod walk;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::Metrics;

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
    /// How long each state ran, from entering to leaving it or the end, in milliseconds, by name.
    pub state_ms: BTreeMap<String, u64>,
    /// From start to end, in milliseconds; none where the end is not in the history.
    pub duration_ms: Option<i64>,
    /// Its stratum: a place in [`ExecutionSample::strata`].
    #[serde(skip_serializing_if = "is_zero")]
    pub stratum: usize,
    /// How often it was redriven. Attempts that failed before are counted with the others.
    #[serde(skip_serializing_if = "is_zero")]
    pub redriven: u64,
    /// Events of its history that are missing: there was at least as much as is counted.
    #[serde(skip_serializing_if = "is_zero")]
    pub missing: u64,
    /// Events that are stamped earlier than the one that they follow; that time counts as none.
    #[serde(skip_serializing_if = "is_zero")]
    pub clock_back: u64,
    /// Map Runs that it started.
    #[serde(skip_serializing_if = "is_zero")]
    pub map_runs: u64,
}

fn is_zero<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// Where sampled executions were read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SampleSource {
    /// `GetExecutionHistory`
    #[default]
    Histories,
    /// The log group of an Express workflow.
    Logs,
}

/// Executions that are alike in how they ended and how long they took.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Stratum {
    /// `succeeded, short`
    pub name: String,
    /// How many of the listed executions are in it.
    pub listed: u64,
}

/// Child executions that the Map Runs of one Distributed Map started in the sampled executions.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MapChildren {
    /// The label of the Map: metrics of its children are under `stateMachine:NAME/LABEL`.
    pub label: String,
    /// Sampled executions whose Map Runs were read.
    pub parents: u64,
    /// Map Runs of these.
    pub runs: u64,
    /// Child executions of these: one billed transition each.
    pub children: u64,
    /// Items of these; as many as children where they are not batched.
    pub items: u64,
    /// Billed transitions of the child executions whose histories were read; empty for Express children, which keep none.
    pub transitions: Vec<u64>,
    /// CloudWatch metrics of the children over the observation window, where there are some.
    pub metrics: Option<Metrics>,
}

/// Executions that were sampled.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ExecutionSample {
    /// How many executions there were to choose from.
    pub listed: u64,
    /// The ones that were read.
    pub profiles: Vec<HistoryProfile>,
    /// Where they were read.
    #[serde(skip_serializing_if = "is_zero")]
    pub source: SampleSource,
    /// What the choice was drawn with: the same executions and the same seed bring the same sample.
    #[serde(skip_serializing_if = "is_zero")]
    pub seed: u64,
    /// How the listed executions fall into kinds; empty for a sample that was drawn from all alike.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub strata: Vec<Stratum>,
    /// When the oldest of the listed executions was started.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub oldest: Option<Timestamp>,
    /// When the newest of them was started.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub newest: Option<Timestamp>,
    /// Chosen executions whose histories are longer than what is read of them.
    #[serde(skip_serializing_if = "is_zero")]
    pub too_long: u64,
    /// Chosen executions whose histories could not be read: older than their retention, say.
    #[serde(skip_serializing_if = "is_zero")]
    pub unread: u64,
    /// Children of Distributed Maps, by label.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub map_children: Vec<MapChildren>,
    /// Why children of Distributed Maps, or a part of what they do, are not known: `AccessDenied on states:ListMapRuns`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub map_children_unknown: Option<String>,
}

impl ExecutionSample {
    /// Mean number of billed transitions, and half the width of its 95 % interval; none for an empty sample.
    pub fn transitions(&self) -> Option<(f64, f64)> {
        self.mean_count(|profile| profile.transitions)
    }

    /// Mean number of times that a state is entered in one execution, and half the width of its 95 % interval.
    pub fn entries(&self, state: &str) -> Option<(f64, f64)> {
        self.mean_count(|profile| profile.entered.get(state).copied().unwrap_or_default())
    }

    /// Mean of a count in one execution, and half the width of its 95 % interval (Student's t): each stratum counts as
    /// much as there are executions in it, however many of them were read.
    ///
    /// A stratum of which nothing could be read is left out of both. One of which one execution was read is taken to vary
    /// as the others do. One execution alone has no interval: half of its width is then 0.
    pub fn mean_count(&self, of: impl Fn(&HistoryProfile) -> u64) -> Option<(f64, f64)> {
        let mut groups: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
        for profile in &self.profiles {
            let known = self.strata.get(profile.stratum).is_some();
            let stratum = if known { profile.stratum } else { 0 };
            groups.entry(stratum).or_default().push(as_f64(of(profile)));
        }
        let groups: Vec<Group> = groups
            .into_iter()
            .map(|(stratum, values)| Group::of(&values, self.strata.get(stratum)))
            .collect();
        let (read, listed) = groups.iter().fold((0.0, 0.0), |(read, listed), group| {
            (read + group.read, listed + group.listed)
        });
        if groups.is_empty() {
            return None;
        }
        let freedom: f64 = groups.iter().map(|group| group.read - 1.0).sum();
        let squares: f64 = groups.iter().map(|group| group.squares).sum();
        let pooled = if freedom > 0.0 {
            squares / freedom
        } else {
            0.0
        };
        let (mut mean, mut variance) = (0.0, 0.0);
        for group in &groups {
            let weight = if listed > 0.0 {
                group.listed / listed
            } else {
                group.read / read
            };
            let spread = if group.read > 1.0 {
                group.squares / (group.read - 1.0)
            } else {
                pooled
            };
            mean += weight * group.mean;
            variance += weight.powi(2) * spread / group.read;
        }
        // How many there are of each kind is itself known from those that were listed only.
        let between: f64 = groups
            .iter()
            .map(|group| {
                let weight = if listed > 0.0 {
                    group.listed / listed
                } else {
                    group.read / read
                };
                weight * (group.mean - mean).powi(2)
            })
            .sum();
        variance += between / listed.max(read);
        Some((mean, student(freedom) * variance.sqrt()))
    }
}

/// What was read of one stratum.
struct Group {
    read: f64,
    /// How many executions it stands for.
    listed: f64,
    mean: f64,
    /// Sum of the squared differences from the mean.
    squares: f64,
}

impl Group {
    fn of(values: &[f64], stratum: Option<&Stratum>) -> Self {
        let read = as_f64(values.len() as u64);
        let mean = values.iter().sum::<f64>() / read;
        Self {
            read,
            // More cannot be read than there is; a file may say otherwise.
            listed: stratum.map_or(read, |it| as_f64(it.listed).max(read)),
            mean,
            squares: values.iter().map(|value| (value - mean).powi(2)).sum(),
        }
    }
}

/// The 97.5 % quantile of Student's t: how many standard errors half a 95 % interval is.
fn student(freedom: f64) -> f64 {
    const T: [(f64, f64); 17] = [
        (1.0, 12.706),
        (2.0, 4.303),
        (3.0, 3.182),
        (4.0, 2.776),
        (5.0, 2.571),
        (6.0, 2.447),
        (7.0, 2.365),
        (8.0, 2.306),
        (9.0, 2.262),
        (10.0, 2.228),
        (12.0, 2.179),
        (15.0, 2.131),
        (20.0, 2.086),
        (30.0, 2.042),
        (60.0, 2.000),
        (120.0, 1.980),
        (f64::INFINITY, 1.960),
    ];
    // Between two rows, the wider.
    let row = T.iter().rev().find(|(row, _)| *row <= freedom);
    row.or(T.first()).map_or(1.96, |(_, t)| *t)
}

#[allow(
    clippy::cast_precision_loss,
    reason = "counts of events are far below 2^52"
)]
fn as_f64(count: u64) -> f64 {
    count as f64
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
    let flaw =
        |of: fn(&Flaw) -> Option<u64>| execution.flaws.iter().find_map(of).unwrap_or_default();
    HistoryProfile {
        transitions: execution.transitions,
        retries: execution.retries,
        entered: by_state(|state| state.entered),
        retried: by_state(|state| state.retries),
        state_ms: by_state(|state| state.milliseconds.saturating_add(state.unfinished_ms)),
        duration_ms: execution.duration_ms,
        stratum: 0,
        redriven: flaw(|flaw| match flaw {
            Flaw::Redriven(count) => Some(*count),
            _ => None,
        }),
        missing: flaw(|flaw| match flaw {
            Flaw::Missing(count) => Some(*count),
            _ => None,
        }),
        clock_back: flaw(|flaw| match flaw {
            Flaw::ClockBack(count) => Some(*count),
            _ => None,
        }),
        map_runs: execution.map_runs,
    }
}
