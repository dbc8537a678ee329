//! Reads a history with its payloads.
//!
//! Source: AWS Step Functions API Reference, `GetExecutionHistory` and `HistoryEvent`, read 2026-11-22. Payloads are text that
//! holds JSON, and are absent where `includeExecutionData` was false.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::Timestamp;
use serde_json::Value;

use super::Answer;

/// Why a history cannot be replayed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReplayError {
    /// It is no history, or an event of it cannot be read.
    Unreadable(
        /// What is wrong, and in which event.
        String,
    ),
    /// Events are missing.
    NotWhole(
        /// Which.
        String,
    ),
    /// It has no inputs and outputs.
    NoData {
        /// The first event that lacks them.
        event: u64,
    },
}

impl fmt::Display for ReplayError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(why) => write!(out, "the history cannot be read: {why}"),
            Self::NotWhole(why) => {
                write!(out, "the history is not whole: {why}; get all pages of it")
            }
            Self::NoData { event } => write!(
                out,
                "event {event} has no input or output: get the history with execution data (`--include-execution-data`)"
            ),
        }
    }
}

impl std::error::Error for ReplayError {}

/// What a history says of an execution.
#[derive(Clone, Debug)]
pub(super) struct Recording {
    pub(super) input: Value,
    pub(super) start: Timestamp,
    /// None while it runs.
    pub(super) status: Option<&'static str>,
    pub(super) output: Option<Value>,
    pub(super) error: Option<String>,
    pub(super) cause: Option<String>,
    /// The last event.
    pub(super) last: Option<u64>,
    /// States in the order of the events.
    pub(super) entered: Vec<(u64, String)>,
    /// By Task, in the order of the events.
    pub(super) attempts: BTreeMap<String, Vec<Attempt>>,
    /// A branch or an iteration failed, so that others were given up.
    pub(super) gave_up: bool,
    pub(super) notes: Vec<String>,
}

/// One call and its answer.
#[derive(Clone, Debug)]
pub(super) struct Attempt {
    /// The event of the call.
    pub(super) event: u64,
    /// What it was called with; none where it failed before.
    pub(super) input: Option<Value>,
    pub(super) answer: Answer,
}

/// One event.
struct Event<'h> {
    id: u64,
    previous: u64,
    kind: &'h str,
    details: Option<&'h Value>,
    at: Timestamp,
}

impl Event<'_> {
    fn text(&self, name: &str) -> Option<&str> {
        self.details?.get(name)?.as_str()
    }

    /// A payload; it is an error if there is none.
    fn payload(&self, name: &str) -> Result<Value, ReplayError> {
        let is_cut = self
            .details
            .and_then(|details| details.get(format!("{name}Details")))
            .and_then(|details| details.get("truncated"))
            .is_some_and(|it| it == true);
        let text = self.text(name).filter(|_| !is_cut);
        let text = text.ok_or(ReplayError::NoData { event: self.id })?;
        let read = serde_json::from_str(text);
        read.map_err(|_| unreadable(self.id, &format!("`{name}` is no JSON")))
    }
}

fn unreadable(event: u64, why: &str) -> ReplayError {
    ReplayError::Unreadable(format!("event {event}: {why}"))
}

pub(super) fn read(history: &Value) -> Result<Recording, ReplayError> {
    let events = events(history)?;
    let Some(first) = events.first().filter(|it| it.kind == "ExecutionStarted") else {
        let why = "the first event is not `ExecutionStarted`";
        return Err(ReplayError::NotWhole(why.to_owned()));
    };
    let mut recording = Recording {
        input: first.payload("input")?,
        start: first.at,
        status: None,
        output: None,
        error: None,
        cause: None,
        last: events.last().map(|event| event.id),
        entered: Vec::new(),
        attempts: BTreeMap::new(),
        gave_up: events.iter().any(|event| gives_up(event.kind)),
        notes: Vec::new(),
    };
    for event in &events {
        if event.kind.ends_with("StateEntered") {
            let name = event.text("name");
            let name = name.ok_or_else(|| unreadable(event.id, "the state has no name"))?;
            recording.entered.push((event.id, name.to_owned()));
        }
        if let Some(answer) = answer(event)? {
            add(&mut recording, &events, event, answer)?;
        }
        end(&mut recording, event)?;
    }
    // What was called and did not answer until a branch beside it failed, or the execution ended.
    let ended = recording.attempts.values().flatten();
    let ended: BTreeSet<u64> = ended.map(|attempt| attempt.event).collect();
    for event in &events {
        if event.kind.ends_with("Scheduled") && !ended.contains(&event.id) {
            let answer = unanswered(&events, event);
            add(&mut recording, &events, event, answer)?;
        }
    }
    // Attempts in the order in which they were made, not in that of their answers.
    for attempts in recording.attempts.values_mut() {
        attempts.sort_by_key(|attempt| attempt.event);
    }
    if recording.status.is_none() {
        let note =
            "the execution had not ended: what comes after its last event is not in the recording";
        recording.notes.push(note.to_owned());
    }
    Ok(recording)
}

/// All events of all pages, by their ids.
fn events(history: &Value) -> Result<Vec<Event<'_>>, ReplayError> {
    let no_history = || {
        let why =
            "it has no list of `events`, as `aws stepfunctions get-execution-history` prints it";
        ReplayError::Unreadable(why.to_owned())
    };
    let mut written: Vec<&Value> = Vec::new();
    let mut token = None;
    let pages = match history {
        Value::Array(items) if items.iter().all(|item| item.get("type").is_some()) => {
            written.extend(items);
            &[]
        }
        Value::Array(pages) => pages.as_slice(),
        page => std::slice::from_ref(page),
    };
    for page in pages {
        let events = page.get("events").and_then(Value::as_array);
        written.extend(events.ok_or_else(no_history)?);
        token = page
            .get("nextToken")
            .or_else(|| page.get("NextToken"))
            .filter(|it| !it.is_null());
    }
    let mut events = written
        .into_iter()
        .enumerate()
        .map(|(at, event)| event_of(at, event))
        .collect::<Result<Vec<_>, _>>()?;
    events.sort_by_key(|event| event.id);
    // A page may be there twice.
    events.dedup_by_key(|event| event.id);
    let mut expected = 1;
    for event in &events {
        if event.id != expected {
            return Err(ReplayError::NotWhole(format!(
                "event {expected} is missing"
            )));
        }
        expected += 1;
    }
    let is_ended = events
        .last()
        .is_some_and(|event| status_of(event.kind).is_some());
    match (events.is_empty(), token) {
        (true, _) => Err(ReplayError::NotWhole("it has no events".to_owned())),
        (false, Some(_)) if !is_ended => {
            let why = format!("there is a `nextToken` after event {}", expected - 1);
            Err(ReplayError::NotWhole(why))
        }
        _ => Ok(events),
    }
}

fn event_of(at: usize, event: &Value) -> Result<Event<'_>, ReplayError> {
    let place = at as u64 + 1;
    let id = event.get("id").and_then(Value::as_u64);
    let id = id.ok_or_else(|| unreadable(place, "it has no `id`"))?;
    let kind = event.get("type").and_then(Value::as_str);
    let kind = kind.ok_or_else(|| unreadable(id, "it has no `type`"))?;
    let previous = event.get("previousEventId").and_then(Value::as_u64);
    let stamp = event.get("timestamp").and_then(instant);
    // All entered states have one name for their details, and so have all that are left; the others have their own.
    let of_type = || {
        let mut letters = kind.chars();
        let first = letters.next()?.to_ascii_lowercase();
        event.get(format!("{first}{}EventDetails", letters.as_str()))
    };
    let details = if kind.ends_with("StateEntered") {
        event.get("stateEnteredEventDetails")
    } else {
        of_type()
    };
    Ok(Event {
        id,
        previous: previous.unwrap_or_default(),
        kind,
        details,
        at: stamp.ok_or_else(|| unreadable(id, "it has no `timestamp`"))?,
    })
}

/// A time as text, or in seconds since 1970.
fn instant(value: &Value) -> Option<Timestamp> {
    if let Some(text) = value.as_str() {
        return text.parse().ok();
    }
    #[allow(
        clippy::cast_possible_truncation,
        reason = "a float that is too large saturates, and is no time then"
    )]
    let milliseconds = (value.as_f64()? * 1000.0).round() as i64;
    Timestamp::from_millisecond(milliseconds).ok()
}

fn status_of(kind: &str) -> Option<&'static str> {
    match kind {
        "ExecutionSucceeded" => Some("SUCCEEDED"),
        "ExecutionFailed" => Some("FAILED"),
        "ExecutionTimedOut" => Some("TIMED_OUT"),
        "ExecutionAborted" => Some("ABORTED"),
        _ => None,
    }
}

/// What an event says of the end of the execution, and what of it cannot be replayed.
fn end(recording: &mut Recording, event: &Event<'_>) -> Result<(), ReplayError> {
    match event.kind {
        "ExecutionRedriven" => {
            recording.status = None;
            recording.notes.push(format!(
                "the execution was redriven (event {}), which a simulation does not do",
                event.id
            ));
        }
        "MapRunStarted" => recording.notes.push(format!(
            "the children of the Map Run of event {} have histories of their own, which are not in this one",
            event.id
        )),
        kind => {
            if let Some(status) = status_of(kind) {
                recording.status = Some(status);
                recording.error = event.text("error").map(str::to_owned);
                recording.cause = event.text("cause").map(str::to_owned);
                if status == "SUCCEEDED" {
                    recording.output = Some(event.payload("output")?);
                }
            }
        }
    }
    Ok(())
}

/// The answer that an event tells, without its time.
fn answer(event: &Event<'_>) -> Result<Option<Answer>, ReplayError> {
    let own = ["Task", "LambdaFunction", "Activity"];
    let rest = own.iter().find_map(|own| event.kind.strip_prefix(own));
    Ok(match rest {
        Some("Succeeded") => Some(Answer::Return {
            output: event.payload("output")?,
            after_ms: 0,
        }),
        Some("Failed" | "TimedOut" | "ScheduleFailed" | "StartFailed" | "SubmitFailed") => {
            let text = |name: &str| event.text(name).map(str::to_owned);
            let timed_out = event.kind.ends_with("TimedOut");
            let error = text("error").or_else(|| timed_out.then(|| "States.Timeout".to_owned()));
            // A catcher of a timeout was recorded to see an empty cause.
            let cause = text("cause").or_else(|| timed_out.then(String::new));
            Some(Answer::Throw {
                error,
                cause,
                after_ms: 0,
            })
        }
        _ => None,
    })
}

/// What stands for the answer that a call did not get: an error, just after the branch was given up.
fn unanswered(events: &[Event<'_>], call: &Event<'_>) -> Answer {
    let later = events.iter().skip_while(|event| event.id <= call.id);
    let mut given_up = later.filter(|it| status_of(it.kind).is_some() || gives_up(it.kind));
    let end = given_up
        .next()
        .or(events.last())
        .map_or(call.at, |it| it.at);
    none_recorded(between(call.at, end).saturating_add(1))
}

/// An error that no retrier and no catcher takes for all errors.
pub(super) fn none_recorded(after_ms: u64) -> Answer {
    Answer::Throw {
        error: Some("States.Runtime".to_owned()),
        cause: Some("the recorded execution did not wait for an answer".to_owned()),
        after_ms,
    }
}

/// True for the events of a Parallel or a Map that failed, and with it what ran in it.
fn gives_up(kind: &str) -> bool {
    const FAILED: [&str; 2] = ["ParallelStateFailed", "MapStateFailed"];
    FAILED.contains(&kind) || kind.ends_with("StateAborted")
}

/// Milliseconds from one time to another; none where that is before.
fn between(from: Timestamp, to: Timestamp) -> u64 {
    u64::try_from(to.as_millisecond() - from.as_millisecond()).unwrap_or_default()
}

/// Adds an attempt: from the answer back to the call, and on to the state that called.
fn add(
    recording: &mut Recording,
    events: &[Event<'_>],
    last: &Event<'_>,
    mut answer: Answer,
) -> Result<(), ReplayError> {
    let mut event = last;
    let mut input = None;
    let mut called = None;
    while !event.kind.ends_with("StateEntered") {
        if called.is_none() && event.kind.ends_with("Scheduled") {
            let name = if event.kind.starts_with("Task") {
                "parameters"
            } else {
                "input"
            };
            input = Some(event.payload(name)?);
            called = Some(event);
        }
        let before = event
            .previous
            .checked_sub(1)
            .filter(|_| event.previous < event.id);
        let before = before.and_then(|at| events.get(usize::try_from(at).ok()?));
        event = before.ok_or_else(|| unreadable(last.id, "no state leads to it"))?;
    }
    let Some(state) = event.text("name") else {
        return Err(unreadable(event.id, "the state has no name"));
    };
    let start = called.unwrap_or(last);
    if let Answer::Return { after_ms, .. } | Answer::Throw { after_ms, .. } = &mut answer
        && start.id != last.id
    {
        // An answer that comes just after a timeout leaves it to the state to time out.
        let late = u64::from(last.kind.ends_with("TimedOut"));
        *after_ms = between(start.at, last.at).saturating_add(late);
    }
    let attempts = recording.attempts.entry(state.to_owned()).or_default();
    attempts.push(Attempt {
        event: start.id,
        input,
        answer,
    });
    Ok(())
}
