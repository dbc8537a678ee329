//! Errors that Tasks may end with, and what a machine does where one of them does.

use std::collections::BTreeSet;

use asl::{Definition, State, StateKind};

use super::place::Script;
use super::plan::{self, Plan};
use super::runs::Runner;
use super::trace::Break;
use super::{ExploreOptions, Trial};
use crate::failure::HEARTBEAT;
use crate::history::Status;
use crate::mocks::Answer;

/// The error of which no retrier and no catcher knows the name.
const UNKNOWN: &str = "UnknownError";
const TIMEOUT: &str = "States.Timeout";
/// Attempts that a Task is made to fail at most.
const MOST_ATTEMPTS: u64 = 100;

/// A kind of error.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// One that a retrier or a catcher names.
    Named(String),
    /// One that none names.
    Unknown,
    /// No answer within the time that the Task allows.
    Timeout,
}

impl Fault {
    /// The name of the error.
    pub fn error(&self) -> &str {
        match self {
            Self::Named(name) => name,
            Self::Unknown => UNKNOWN,
            Self::Timeout => TIMEOUT,
        }
    }

    /// What the Task is answered.
    pub(super) fn answer(&self, state: &State) -> Answer {
        let missed = self.error() == HEARTBEAT && has_heartbeat(state);
        let names_heartbeat = named(state).any(|name| name == HEARTBEAT);
        // Who does not answer misses the heartbeat first, which is another fault where a handler has a name for it.
        let late = *self == Self::Timeout
            && has_timeout(state)
            && !(has_heartbeat(state) && names_heartbeat);
        if missed || late {
            return Answer::Never;
        }
        Answer::Throw {
            error: Some(self.error().to_owned()),
            cause: Some("made to fail".to_owned()),
            after_ms: 0,
        }
    }
}

fn has_timeout(state: &State) -> bool {
    match &state.kind {
        StateKind::Task(task) => task.timeout_seconds.is_some() || has_heartbeat(state),
        _ => false,
    }
}

fn has_heartbeat(state: &State) -> bool {
    matches!(&state.kind, StateKind::Task(task) if task.heartbeat_seconds.is_some())
}

/// The errors that its retriers and catchers name.
fn named(state: &State) -> impl Iterator<Item = &str> {
    let retried = state.retry.iter().flat_map(|retrier| &retrier.errors);
    let caught = state.catch.iter().flat_map(|catcher| &catcher.errors);
    let all = retried.chain(caught).map(|error| error.value.as_str());
    all.filter(|name| *name != "States.ALL")
}

fn push(faults: &mut Vec<Fault>, fault: Fault) {
    if !faults.contains(&fault) {
        faults.push(fault);
    }
}

/// The errors that a Task is to be tried with: those that are named for it and for what is around it, a timeout, and one that
/// nobody names.
pub(super) fn faults(plan: &Plan<'_>, id: usize) -> Vec<Fault> {
    let mut faults = Vec::new();
    let Some(state) = plan.state(id) else {
        return faults;
    };
    let around = plan.around(id);
    let around = around.iter().filter_map(|id| plan.state(*id));
    for name in named(state).chain(around.flat_map(named)) {
        // What sends no heartbeats misses none.
        if name == HEARTBEAT && !has_heartbeat(state) {
            continue;
        }
        push(
            &mut faults,
            if name == TIMEOUT {
                Fault::Timeout
            } else {
                Fault::Named(name.to_owned())
            },
        );
    }
    if has_timeout(state) {
        push(&mut faults, Fault::Timeout);
    }
    faults.push(Fault::Unknown);
    faults
}

/// How often it has to fail so that something else happens: once, until its retriers give up, until those around it do.
pub(super) fn times(plan: &Plan<'_>, id: usize, error: &str) -> Vec<u64> {
    let mut times = vec![1];
    let mut all = 1_u64;
    for id in std::iter::once(id).chain(plan.around(id)) {
        let Some(state) = plan.state(id) else { break };
        let retrier = plan::retrier(state, error).and_then(|at| state.retry.get(at));
        if let Some(retrier) = retrier {
            #[allow(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a float that is too large or negative saturates"
            )]
            let attempts = (retrier.max_attempts as u64).saturating_add(1);
            all = all.saturating_mul(attempts);
        }
        if all > MOST_ATTEMPTS {
            break;
        }
        if !times.contains(&all) {
            times.push(all);
        }
        if plan::catcher(state, error).is_some() {
            break;
        }
    }
    times
}

/// A run in which one Task fails for good.
#[derive(Clone, Debug)]
pub struct FaultPoint {
    /// Name of the Task.
    pub state: String,
    /// Which of its visits, from 0.
    pub visit: u64,
    /// How it fails: every attempt of the visit does.
    pub fault: Fault,
    /// What the run was given, to run it again.
    pub trial: Trial,
    /// How it ended.
    pub status: Status,
    /// The error, where it did not succeed.
    pub error: Option<String>,
    /// Names of the states in the order in which they were entered.
    pub entered: Vec<String>,
    /// Those after the visit that failed.
    pub afterwards: Vec<String>,
    /// Billed transitions.
    pub transitions: u64,
    /// Virtual milliseconds.
    pub virtual_ms: u64,
}

/// What the faults of some runs came to.
#[derive(Clone, Debug, Default)]
pub struct FaultRuns {
    /// The runs in which one Task fails.
    pub points: Vec<FaultPoint>,
    /// Which bound was met, where one was.
    pub stopped: Option<&'static str>,
    /// Then: names of Tasks with faults that were not tried.
    pub left: BTreeSet<String>,
}

/// Runs a machine with what it is given, and once more for each visit of a Task and each way in which it may fail: with each error
/// that is named for it, with one that nobody names, and by timeout, where it has one.
///
/// The base may hold failing answers as well: then the runs show what a second fault does.
pub fn fault_points(
    definition: &Definition,
    base: &Trial,
    options: &ExploreOptions,
) -> Vec<FaultPoint> {
    fault_runs(definition, [base], options).points
}

/// The same for several bases, within the bounds of one exploration. A fault of a visit that an earlier base had is not tried again.
pub fn fault_runs<'t>(
    definition: &Definition,
    bases: impl IntoIterator<Item = &'t Trial>,
    options: &ExploreOptions,
) -> FaultRuns {
    let mut runner = Runner::of(definition, options);
    let mut found = FaultRuns::default();
    let mut known = BTreeSet::new();
    for base in bases {
        faults_of(&mut runner, base, &mut known, &mut found);
    }
    found
}

fn faults_of(
    runner: &mut Runner<'_, '_>,
    base: &Trial,
    known: &mut BTreeSet<(usize, u64, Fault)>,
    found: &mut FaultRuns,
) {
    let mut script = Script {
        input: base.input.clone(),
        ..Script::default()
    };
    for (state, answers) in &base.answers {
        for (at, answer) in answers.iter().enumerate() {
            let key = (state.clone(), at as u64);
            script.answers.insert(key, answer.clone());
        }
    }
    let run = runner.play(script.clone(), None);
    if run.outcome.status == Status::Stopped {
        found.stopped = found.stopped.or(runner.spent());
    }
    for visit in &run.visits {
        let Some(id) = visit.state.filter(|_| !visit.calls.is_empty()) else {
            continue;
        };
        let Some(state) = runner.plan.state(id) else {
            continue;
        };
        let name = &state.name.value;
        for fault in faults(&runner.plan, id) {
            if !known.insert((id, visit.before, fault.clone())) {
                continue;
            }
            found.stopped = found.stopped.or(runner.spent());
            if found.stopped.is_some() {
                found.left.insert(name.clone());
                continue;
            }
            let broken = Break {
                state: id,
                visit: visit.before,
                answer: fault.answer(state),
            };
            let failed = runner.play(script.clone(), Some(&broken));
            let entered: Vec<String> = failed.outcome.entered().map(str::to_owned).collect();
            let mut visits = entered.iter().enumerate().filter(|(_, it)| *it == name);
            let nth = usize::try_from(visit.before).unwrap_or(usize::MAX);
            let after = visits.nth(nth).map_or(entered.len(), |(at, _)| at + 1);
            found.points.push(FaultPoint {
                state: name.clone(),
                visit: visit.before,
                fault,
                trial: failed.trial(),
                status: failed.outcome.status,
                error: failed.outcome.error.clone(),
                afterwards: entered.get(after..).unwrap_or_default().to_vec(),
                entered,
                transitions: failed.outcome.transitions,
                virtual_ms: failed.outcome.virtual_ms,
            });
        }
    }
}
