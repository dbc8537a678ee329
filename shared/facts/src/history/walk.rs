//! One execution, read event by event.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::HistoryEvent;

/// One execution, state by state.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Execution {
    /// How it ended.
    pub status: ExecutionStatus,
    /// Name of the error that it ended with.
    pub error: Option<String>,
    /// Billed transitions: states entered and retries. Redriven attempts are in here as they are in the history; whether
    /// AWS bills a redrive otherwise is not documented.
    pub transitions: u64,
    /// Retries among them.
    pub retries: u64,
    /// Names of the states in the order in which they were entered.
    pub entered: Vec<String>,
    /// What each state did, by name.
    pub states: BTreeMap<String, StateUse>,
    /// Iterations of inline Map states. They are no transitions; the states in them are.
    pub iterations: u64,
    /// Map Runs that Distributed Maps started. Their child executions have histories and transitions of their own.
    pub map_runs: u64,
    /// From start to end, in milliseconds; none where start or end is not in the history.
    pub duration_ms: Option<i64>,
    /// Why the numbers may not be all of it, in the order of the history.
    pub flaws: Vec<Flaw>,
}

/// How an execution ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ExecutionStatus {
    /// The end is not in the history, which is not complete either.
    #[default]
    Unknown,
    /// It has not ended.
    Running,
    /// `ExecutionSucceeded`
    Succeeded,
    /// `ExecutionFailed`
    Failed,
    /// `ExecutionTimedOut`
    TimedOut,
    /// `ExecutionAborted`
    Aborted,
}

impl ExecutionStatus {
    /// As the API writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "UNKNOWN",
            Self::Running => "RUNNING",
            Self::Succeeded => "SUCCEEDED",
            Self::Failed => "FAILED",
            Self::TimedOut => "TIMED_OUT",
            Self::Aborted => "ABORTED",
        }
    }

    fn of(kind: &str) -> Option<Self> {
        Some(match kind {
            "ExecutionSucceeded" => Self::Succeeded,
            "ExecutionFailed" => Self::Failed,
            "ExecutionTimedOut" => Self::TimedOut,
            "ExecutionAborted" => Self::Aborted,
            _ => return None,
        })
    }
}

/// What one state did in one execution.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StateUse {
    /// How often it was entered.
    pub entered: u64,
    /// How often it was tried again.
    pub retries: u64,
    /// How often it was left, towards another state or the end.
    pub left: u64,
    /// Time between entering and leaving it, summed over all visits that were left, in milliseconds.
    pub milliseconds: u64,
    /// Time between entering it and the end of the execution, summed over all visits that were not left, in milliseconds.
    pub unfinished_ms: u64,
    /// Attempts that failed or timed out, by the name of the error.
    pub errors: BTreeMap<String, u64>,
}

/// Why the numbers of a history may not be all of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// So many events before the last one are missing: a page was lost, or the first one.
    Missing(u64),
    /// There is another page that was not read.
    MorePages,
    /// The execution was redriven so often: failed attempts are in the same history.
    Redriven(u64),
    /// So many events are older than the one that they follow, or than those before them: a clock was off. Their time counts as
    /// none.
    ClockBack(u64),
    /// From start to end there is more than a year, which no execution lasts: a clock was off.
    OverAYear,
    /// So many retries follow nothing that tells of which state they are.
    Unplaced(u64),
}

impl Execution {
    /// Reads one history. Events may come in any order, and twice.
    ///
    /// AWS bills one transition per state entered and one per retry. A retry writes no new `…StateEntered`: it shows as a
    /// `…Scheduled`, `MapStateStarted` or `ParallelStateStarted` whose previous event is not the `…StateEntered` of its own
    /// state, or is one that an attempt followed already (measured on 664 histories recorded on AWS).
    pub fn of(events: &[HistoryEvent]) -> Self {
        let mut ordered: Vec<&HistoryEvent> = events.iter().collect();
        ordered.sort_by_key(|event| event.id);
        ordered.dedup_by_key(|event| event.id);
        let index = ordered.iter().enumerate();
        let mut latest = i64::MIN;
        let times = ordered.iter().map(|event| {
            let own = event.at.as_millisecond();
            let at = if own < latest.saturating_sub(JITTER_MS) {
                latest
            } else {
                own
            };
            latest = latest.max(at);
            at
        });
        let walk = Walk {
            places: index.map(|(place, event)| (event.id, place)).collect(),
            times: times.collect(),
            events: ordered,
        };
        walk.execution()
    }
}

struct Walk<'a> {
    /// Oldest first.
    events: Vec<&'a HistoryEvent>,
    /// Places in `events`, by id.
    places: HashMap<i64, usize>,
    /// When each event happened, in milliseconds: an event that is stamped earlier than those before it happened with them.
    times: Vec<i64>,
}

/// Events side by side may be stamped so much out of order.
const JITTER_MS: i64 = 1_000;
/// AWS ends an execution after a year.
///
/// Source: AWS Step Functions Developer Guide, service quotas, read 2026-11-22.
const YEAR_MS: i64 = 366 * 86_400_000;

impl<'a> Walk<'a> {
    fn execution(&self) -> Execution {
        let mut found = Execution::default();
        let mut begun: HashSet<i64> = HashSet::new();
        let (mut redriven, mut back, mut unplaced) = (0, 0, 0);
        let mut open: BTreeMap<i64, &'a HistoryEvent> = BTreeMap::new();
        for event in &self.events {
            let previous = self.get(event.previous);
            let late = self.time(event) != event.at.as_millisecond();
            back += u64::from(late || previous.is_some_and(|previous| previous.at > event.at));
            let kind = event.kind.as_str();
            if let Some(state) = event.state.as_ref().filter(|_| is_entered(kind)) {
                found.entered.push(state.clone());
                found.state(state).entered += 1;
                open.insert(event.id, event);
            }
            found.transitions += u64::from(is_entered(kind));
            found.iterations += u64::from(kind == "MapIterationStarted");
            found.map_runs += u64::from(kind == "MapRunStarted");
            redriven += u64::from(kind == "ExecutionRedriven");
            if let Some(own) = first_attempt(kind)
                && let Some(previous) = previous
                && (previous.kind != own || !begun.insert(event.previous))
            {
                found.transitions += 1;
                found.retries += 1;
                match self.around(event, own) {
                    Some(state) => found.state(state).retries += 1,
                    None => unplaced += 1,
                }
            }
            if kind.ends_with("StateExited") {
                let entered = self.left(event, &mut found);
                entered.map(|id| open.remove(&id));
            }
            if is_failed_attempt(kind) {
                self.failed(event, &mut found);
            }
        }
        self.ends(&mut found, open.into_values());
        let missing = self.missing();
        let long = u64::from(found.duration_ms.is_some_and(|duration| duration > YEAR_MS));
        found.flaws = [
            (missing, Flaw::Missing(missing)),
            (redriven, Flaw::Redriven(redriven)),
            (back, Flaw::ClockBack(back)),
            (long, Flaw::OverAYear),
            (unplaced, Flaw::Unplaced(unplaced)),
        ]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(_, flaw)| flaw)
        .collect();
        found
    }

    /// When it happened, in milliseconds.
    fn time(&self, event: &HistoryEvent) -> i64 {
        let place = self
            .places
            .get(&event.id)
            .and_then(|place| self.times.get(*place));
        place.copied().unwrap_or_else(|| event.at.as_millisecond())
    }

    fn get(&self, id: i64) -> Option<&'a HistoryEvent> {
        let place = self.places.get(&id)?;
        self.events.get(*place).copied()
    }

    /// The events that lead to this one, the nearest first.
    fn before(&self, event: &'a HistoryEvent) -> impl Iterator<Item = &'a HistoryEvent> {
        let mut last = event;
        // Ids that name each other in a circle, which AWS does not write, would be walked for ever.
        std::iter::from_fn(move || {
            let previous = self.get(last.previous).filter(|it| it.id < last.id)?;
            last = previous;
            Some(previous)
        })
    }

    /// The state of a visit is left: its time is that since it was entered.
    fn left(&self, event: &'a HistoryEvent, found: &mut Execution) -> Option<i64> {
        let name = event.state.as_ref()?;
        let entered = self
            .before(event)
            .find(|before| is_entered(&before.kind) && before.state.as_ref() == Some(name));
        let entered = entered?;
        let state = found.state(name);
        state.left += 1;
        state.milliseconds += milliseconds(self.time(entered), self.time(event));
        Some(entered.id)
    }

    fn failed(&self, event: &'a HistoryEvent, found: &mut Execution) {
        let own = match event.kind.as_str() {
            "MapStateFailed" => "MapStateEntered",
            "ParallelStateFailed" => "ParallelStateEntered",
            _ => "",
        };
        let Some(state) = event.state.as_deref().or_else(|| self.around(event, own)) else {
            return;
        };
        let error = event.error.as_deref().unwrap_or(UNNAMED).to_owned();
        *found.state(state).errors.entry(error).or_default() += 1;
    }

    /// The state that an event is part of: the nearest one before that was entered, by this kind of event, and not left.
    /// An empty kind stands for all.
    fn around(&self, event: &'a HistoryEvent, entered: &str) -> Option<&'a str> {
        let failed = format!("{}Failed", entered.trim_end_matches("Entered"));
        // States inside that were left, and containers inside that failed for good.
        let mut left: Vec<&str> = Vec::new();
        let mut broken = 0;
        for before in self.before(event) {
            let kind = before.kind.as_str();
            let name = before.state.as_deref().unwrap_or_default();
            if kind.ends_with("StateExited") {
                left.push(name);
            } else if kind == failed {
                // A caught failure is followed by an exit, which stands for it.
                broken += usize::from(left.is_empty());
            } else if is_entered(kind) {
                if let Some(place) = left.iter().rposition(|left| *left == name) {
                    left.remove(place);
                } else if entered.is_empty() || kind == entered {
                    if broken == 0 {
                        return before.state.as_deref();
                    }
                    broken -= 1;
                }
            }
        }
        None
    }

    fn ends(&self, found: &mut Execution, open: impl Iterator<Item = &'a HistoryEvent>) {
        let start = self.events.first();
        let start = start.filter(|event| event.kind == "ExecutionStarted");
        let end = self
            .events
            .iter()
            .rev()
            .take_while(|event| event.kind != "ExecutionRedriven")
            .find_map(|event| Some((event, ExecutionStatus::of(&event.kind)?)));
        found.status = match end {
            Some((_, status)) => status,
            None if start.is_some() && self.missing() == 0 => ExecutionStatus::Running,
            None => ExecutionStatus::Unknown,
        };
        found.error = end.and_then(|(event, _)| event.error.clone());
        found.duration_ms = start
            .zip(end)
            .map(|(start, (end, _))| self.time(end) - self.time(start));
        for (entered, (end, _)) in open.filter_map(|entered| Some((entered, end?))) {
            if let Some(name) = &entered.state {
                found.state(name).unfinished_ms += milliseconds(self.time(entered), self.time(end));
            }
        }
    }

    /// How many events there must have been that are not here. Ids count from 1.
    fn missing(&self) -> u64 {
        let last = self.events.last().map_or(0, |event| event.id);
        let there = i64::try_from(self.events.len()).unwrap_or(i64::MAX);
        u64::try_from(last.saturating_sub(there)).unwrap_or_default()
    }
}

impl Execution {
    fn state(&mut self, name: &str) -> &mut StateUse {
        self.states.entry(name.to_owned()).or_default()
    }
}

/// What stands for the name of an error that the history does not tell.
const UNNAMED: &str = "(not named)";

fn is_entered(kind: &str) -> bool {
    kind.ends_with("StateEntered")
}

/// True for an event that tells that an attempt of a state failed. What failed inside of a Map's attempt, an iteration or a Map
/// Run, is followed by the failure of the attempt.
fn is_failed_attempt(kind: &str) -> bool {
    let of_state = [
        "Task",
        "Lambda",
        "Activity",
        "Map",
        "Parallel",
        "Evaluation",
    ];
    let failed = kind.ends_with("Failed") || kind.ends_with("TimedOut");
    failed
        && !["MapIterationFailed", "MapRunFailed"].contains(&kind)
        && of_state.iter().any(|start| kind.starts_with(start))
}

fn milliseconds(from: i64, to: i64) -> u64 {
    u64::try_from(to - from).unwrap_or_default()
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
