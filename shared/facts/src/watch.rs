//! Which alarms watch a state machine.

use std::collections::{BTreeMap, BTreeSet};

use crate::{Alarm, MachineArn, MetricRef};

const NAMESPACE: &str = "AWS/States";
const MACHINE: &str = "StateMachineArn";

/// All alarms of one account and Region, ordered so that those of one state machine are found without looking at the
/// rest: thousands of alarms meet a thousand state machines.
#[derive(Clone, Debug, Default)]
pub struct AlarmIndex {
    alarms: Vec<Alarm>,
    /// Alarms on the metrics of one state machine, by its ARN, or by what stands in the place of one.
    own: BTreeMap<String, BTreeSet<usize>>,
    /// Alarms on all state machines.
    all: BTreeSet<usize>,
    /// Metrics Insights alarms: their query decides for each state machine.
    insights: BTreeSet<usize>,
    /// Composite alarms, by the name or ARN of what they are built on.
    parents: BTreeMap<String, BTreeSet<usize>>,
}

impl AlarmIndex {
    /// Of all alarms of an account and Region.
    pub fn new(alarms: Vec<Alarm>) -> Self {
        let mut index = Self::default();
        for (at, alarm) in alarms.iter().enumerate() {
            for metric in alarm.metrics() {
                match subject(metric) {
                    Subject::Machine(name) => _ = index.own.entry(name).or_default().insert(at),
                    Subject::AllMachines => _ = index.all.insert(at),
                    Subject::NoMachine => {}
                }
            }
            if !alarm.insights().is_empty() {
                index.insights.insert(at);
            }
            for child in alarm.children() {
                index
                    .parents
                    .entry(child.to_owned())
                    .or_default()
                    .insert(at);
            }
        }
        index.alarms = alarms;
        index
    }

    /// The alarms that watch one state machine: alarms on its own metrics (its versions and aliases included), alarms on
    /// the account-level metrics of `AWS/States`, metric-math and Metrics Insights alarms over either, and composite
    /// alarms over any of these; alarms, too, that were meant for it and look at a metric that does not exist. In the
    /// order that they were given in.
    pub fn watching(&self, machine_arn: &str) -> Vec<Alarm> {
        let mut chosen = self.all.clone();
        let name = machine_arn.rsplit(':').next().unwrap_or_default();
        for key in [machine_arn, name] {
            chosen.extend(self.own.get(key).into_iter().flatten());
        }
        chosen.extend(
            self.insights
                .iter()
                .filter(|at| self.selects(**at, machine_arn)),
        );
        // Composite alarms may be built on each other.
        let mut open: Vec<usize> = chosen.iter().copied().collect();
        while let Some(alarm) = open.pop().and_then(|at| self.alarms.get(at)) {
            for name in [&alarm.name, &alarm.arn] {
                for parent in self.parents.get(name).into_iter().flatten() {
                    if chosen.insert(*parent) {
                        open.push(*parent);
                    }
                }
            }
        }
        chosen
            .iter()
            .filter_map(|at| self.alarms.get(*at))
            .cloned()
            .collect()
    }

    fn selects(&self, at: usize, machine_arn: &str) -> bool {
        self.alarms.get(at).is_some_and(|alarm| {
            alarm
                .insights()
                .iter()
                .any(|query| selects(query, machine_arn))
        })
    }
}

/// [`AlarmIndex::watching`] for a single state machine.
pub fn watching(alarms: &[Alarm], machine_arn: &str) -> Vec<Alarm> {
    AlarmIndex::new(alarms.to_vec()).watching(machine_arn)
}

/// What a metric is about.
enum Subject {
    /// A state machine, by its ARN or its name.
    Machine(String),
    AllMachines,
    NoMachine,
}

/// A namespace of AWS or a dimension that does not exist was meant for the state machine all the same: somebody believes
/// that it is watched.
fn subject(metric: &MetricRef) -> Subject {
    let own = metric.namespace == NAMESPACE;
    let name = metric.dimensions.get(MACHINE).filter(|_| own);
    let arn = metric
        .dimensions
        .values()
        .find_map(|value| MachineArn::parse(value));
    match (arn, name) {
        (Some(arn), _) if metric.namespace.starts_with("AWS/") => {
            Subject::Machine(arn.unqualified())
        }
        (None, Some(name)) => Subject::Machine(name.clone()),
        _ if own && metric.dimensions.is_empty() => Subject::AllMachines,
        _ => Subject::NoMachine,
    }
}

/// Whether a Metrics Insights query looks at a state machine: all of them, unless its `WHERE` compares
/// `StateMachineArn`.
fn selects(query: &str, machine_arn: &str) -> bool {
    let mut equal = None;
    let mut rest = query;
    while let Some((_, after)) = rest.split_once(MACHINE) {
        rest = after;
        let condition = after.trim_start_matches(['"', ' ']);
        let (wanted, value) = match (condition.strip_prefix("!="), condition.strip_prefix('=')) {
            (Some(value), _) => (false, value),
            (None, Some(value)) => (true, value),
            (None, None) => continue,
        };
        let Some((name, _)) = value
            .trim_start()
            .strip_prefix('\'')
            .and_then(|body| body.split_once('\''))
        else {
            continue;
        };
        match (wanted, name == machine_arn) {
            (false, true) => return false,
            (true, same) => equal = Some(equal.unwrap_or(false) || same),
            (false, false) => {}
        }
    }
    equal.unwrap_or(true)
}
