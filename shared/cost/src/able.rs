//! Do the definition and the measured durations allow the type Express?

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use asl::{
    Amount, Definition, EdgeKind, MapMode, Pattern, Resource, Retrier, Scope, State, StateKind,
    WaitState,
};
use facts::DurationStats;

/// When AWS ends an Express execution, in seconds.
///
/// Source: AWS Step Functions Developer Guide, service quotas, read 2026-11-22.
pub const LIMIT_SECONDS: u32 = 300;

/// Why a machine with this definition cannot be Express.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blocker {
    /// Name of the state; empty for the machine as a whole.
    pub state: String,
    /// What Express does not offer: lower case, no full stop.
    pub why: String,
}

/// Everything in a definition that an Express workflow cannot have, in the order of the text.
///
/// AWS refuses to create an Express machine with `.sync`, `.waitForTaskToken`, an activity or a Distributed Map; a wait
/// that leaves no time before the limit creates a machine whose executions can only time out.
pub fn blockers(definition: &Definition) -> Vec<Blocker> {
    let mut found: Vec<Blocker> = definition
        .states()
        .into_iter()
        .filter_map(|state| {
            let why = blocker(state)?;
            Some(Blocker {
                state: state.name.value.clone(),
                why,
            })
        })
        .collect();
    if found.is_empty() {
        let seconds = least_wait(definition) / MILLIS;
        if seconds >= u64::from(LIMIT_SECONDS) {
            found.push(Blocker {
                state: String::new(),
                why: format!("its waits add up to {seconds} s on every way to the end"),
            });
        }
    }
    found
}

fn blocker(state: &State) -> Option<String> {
    let why = match &state.kind {
        StateKind::Task(task) => match &task.resource.as_ref()?.value {
            Resource::Integration {
                pattern: Pattern::Sync,
                ..
            } => "waits for a job (`.sync`)".to_owned(),
            Resource::Integration {
                pattern: Pattern::WaitForTaskToken,
                ..
            } => "waits for a callback (`.waitForTaskToken`)".to_owned(),
            Resource::Activity(_) => "is an activity".to_owned(),
            Resource::Integration { .. } | Resource::Lambda(_) | Resource::Other(_) => return None,
        },
        StateKind::Map(map) if map.mode != MapMode::Inline => "is a Distributed Map".to_owned(),
        StateKind::Wait(wait) => {
            let seconds = literal_wait(wait)?;
            if seconds < f64::from(LIMIT_SECONDS) {
                return None;
            }
            format!("waits {seconds} s")
        }
        _ => return None,
    };
    Some(why)
}

fn literal_wait(wait: &WaitState) -> Option<f64> {
    wait.seconds
        .as_ref()?
        .value
        .number()
        .filter(|seconds| seconds.is_finite() && *seconds > 0.0)
}

const MILLIS: u64 = 1_000;

/// The waits, in milliseconds, that no successful execution can avoid: those on the way with the shortest waits.
fn least_wait(definition: &Definition) -> u64 {
    let all: u64 = definition
        .states()
        .iter()
        .map(|state| own_wait(state))
        .fold(0, u64::saturating_add);
    // Most definitions do not wait that long on all ways together.
    if all < u64::from(LIMIT_SECONDS) * MILLIS {
        return 0;
    }
    scope_wait(&definition.machine.scope)
}

fn own_wait(state: &State) -> u64 {
    let StateKind::Wait(wait) = &state.kind else {
        return 0;
    };
    // A year bounds what Standard can wait.
    let seconds = literal_wait(wait).unwrap_or_default().min(31_536_000.0);
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 0 and a year"
    )]
    let millis = (seconds * 1_000.0) as u64;
    millis
}

/// Dijkstra over one scope; a Parallel takes as long as its slowest branch, a Map may have no items.
fn scope_wait(scope: &Scope) -> u64 {
    let graph = scope.graph();
    let mut next: Vec<Vec<usize>> = vec![Vec::new(); scope.states.len()];
    for edge in &graph.edges {
        // A caught error is not the way that the work takes.
        if !matches!(edge.kind, EdgeKind::Catch(_))
            && let Some(targets) = next.get_mut(edge.from)
        {
            targets.push(edge.to);
        }
    }
    let cost = |at: usize| scope.states.get(at).map_or(0, state_wait);
    let mut done = vec![false; scope.states.len()];
    // Each state with the waits up to and with its own.
    let mut open: BinaryHeap<Reverse<(u64, usize)>> = graph
        .start
        .map(|start| Reverse((cost(start), start)))
        .into_iter()
        .collect();
    while let Some(Reverse((waited, at))) = open.pop() {
        let (Some(state), Some(seen)) = (scope.states.get(at), done.get_mut(at)) else {
            continue;
        };
        if std::mem::replace(seen, true) {
            continue;
        }
        if state.is_terminal() {
            return waited;
        }
        for to in next.get(at).into_iter().flatten() {
            open.push(Reverse((waited.saturating_add(cost(*to)), *to)));
        }
    }
    0
}

fn state_wait(state: &State) -> u64 {
    match &state.kind {
        StateKind::Parallel(branches) => branches.iter().map(scope_wait).max().unwrap_or_default(),
        _ => own_wait(state),
    }
}

/// The longest run that leaves a margin below the 300 s of Express, in milliseconds.
const LONGEST_MS: f64 = 240_000.0;
/// The longest 99th percentile, and the longest run of a machine that declares longer ones.
const P99_MS: f64 = 150_000.0;

/// True where the measured durations leave no margin below the limit.
pub fn is_too_long(stats: &DurationStats, open: &Open) -> bool {
    let longest = if open.timeout_seconds.is_some() {
        P99_MS
    } else {
        LONGEST_MS
    };
    stats.maximum > longest || stats.p99.is_some_and(|p99| p99 > P99_MS)
}

/// What the definition leaves open, in names of states.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Open {
    /// Tasks whose `Resource` is filled in elsewhere: it may be what Express does not offer.
    pub resources: Vec<String>,
    /// Waits whose length is computed when they run.
    pub waits: Vec<String>,
    /// States whose retriers may wait longer than an Express execution lasts.
    pub retries: Vec<String>,
    /// `TimeoutSeconds` of the machine, where it is above the limit.
    pub timeout_seconds: Option<f64>,
    /// The redrive count is read from the context object, which has none in Express.
    pub reads_redrive_count: bool,
}

/// What the definition leaves open.
pub fn open(definition: &Definition) -> Open {
    let mut open = Open {
        timeout_seconds: definition
            .machine
            .timeout_seconds
            .as_ref()
            .and_then(|timeout| timeout.value.number())
            .filter(|seconds| *seconds > f64::from(LIMIT_SECONDS)),
        reads_redrive_count: definition.own_text().contains("Execution.RedriveCount"),
        ..Open::default()
    };
    for state in definition.states() {
        let name = || state.name.value.clone();
        if state
            .retry
            .iter()
            .any(|retrier| retry_wait(retrier) >= f64::from(LIMIT_SECONDS))
        {
            open.retries.push(name());
        }
        match &state.kind {
            StateKind::Task(task) => match task.resource.as_ref().map(|resource| &resource.value) {
                None | Some(Resource::Other(_)) => open.resources.push(name()),
                Some(_) => {}
            },
            StateKind::Wait(wait) if is_computed(wait) => open.waits.push(name()),
            _ => {}
        }
    }
    open
}

fn is_computed(wait: &WaitState) -> bool {
    let by_value = wait
        .seconds
        .as_ref()
        .is_some_and(|seconds| matches!(seconds.value, Amount::Path(_) | Amount::Expression(_)));
    by_value || wait.timestamp.is_some()
}

/// How long all attempts of a retrier wait together, in seconds; counted until it is past the limit.
pub fn retry_wait(retrier: &Retrier) -> f64 {
    let mut total = 0.0;
    let mut delay = retrier.interval_seconds;
    let mut attempt = 0.0;
    while attempt < retrier.max_attempts && attempt < 1_000.0 && total < f64::from(LIMIT_SECONDS) {
        total += retrier
            .max_delay_seconds
            .map_or(delay, |most| delay.min(most));
        delay *= retrier.backoff_rate;
        attempt += 1.0;
    }
    total
}
