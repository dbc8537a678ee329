//! A recorded execution, run again: what its Tasks were answered, and where the simulated execution departs from it.

use std::collections::{BTreeMap, BTreeSet};

use asl::{Definition, State};
use jiff::Timestamp;
use serde_json::Value;

use super::recording::{self, Attempt, Recording};
use super::{Answer, Call, Tasks};
use crate::history::{Outcome, Status};
use crate::run::Options;

pub use super::recording::ReplayError;

/// A recorded execution of a Standard workflow: its calls are answered as they were.
///
/// A call gets the answer of a recorded attempt of the same Task that was called with the same input, so that iterations of a Map
/// and branches may come in any order; else the next one of that Task that was not used. A Task that calls more often than it
/// was recorded is answered [`Answer::Unknown`], and nobody else may answer; where branches were given up because another one
/// failed, it is answered with an error that cannot be handled, as it did not go on then.
#[derive(Clone, Debug)]
pub struct Replay {
    recording: Recording,
    /// For each attempt of a Task, whether it was used.
    used: BTreeMap<String, Vec<bool>>,
    /// Tasks that called with another input than was recorded, with the event of the call.
    other_inputs: Vec<(String, u64)>,
    /// Tasks that called more often than was recorded.
    more: BTreeSet<String>,
}

/// Where a simulated execution departs from the recorded one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Departure {
    /// The recorded event where it does, where there is one.
    pub event: Option<u64>,
    /// What is different: one sentence, without data of the execution.
    pub message: String,
}

impl Replay {
    /// Reads a history as `aws stepfunctions get-execution-history` prints it: one page, a list of pages, or a list of events.
    pub fn of(history: &Value) -> Result<Self, ReplayError> {
        let recording = recording::read(history)?;
        let attempts = recording.attempts.iter();
        let used = attempts.map(|(state, attempts)| (state.clone(), vec![false; attempts.len()]));
        Ok(Self {
            used: used.collect(),
            recording,
            other_inputs: Vec::new(),
            more: BTreeSet::new(),
        })
    }

    /// What the execution was started with.
    pub fn input(&self) -> &Value {
        &self.recording.input
    }

    /// When it was started.
    pub fn start(&self) -> Timestamp {
        self.recording.start
    }

    /// Input and start of the execution.
    pub fn options(&self) -> Options {
        Options {
            start: self.recording.start,
            ..Options::new(self.recording.input.clone())
        }
    }

    /// How it ended, as the API writes it; none where it is still running.
    pub fn status(&self) -> Option<&str> {
        self.recording.status
    }

    /// What cannot be replayed as it was, and what was different so far, a sentence each.
    pub fn notes(&self) -> Vec<String> {
        let mut notes = self.recording.notes.clone();
        for (state, event) in &self.other_inputs {
            notes.push(format!(
                "`{state}` is called with another input than was recorded (event {event}), and answered as it was then"
            ));
        }
        for state in &self.more {
            notes.push(format!("`{state}` calls more often than was recorded"));
        }
        for (state, used) in &self.used {
            let left = used.iter().filter(|used| !**used).count();
            if left > 0 {
                let all = used.len();
                notes.push(format!(
                    "{left} of {all} recorded attempts of `{state}` were not used"
                ));
            }
        }
        notes
    }

    /// The first way in which an outcome differs from what was recorded; none where it does not. States inside of a Map or a
    /// Parallel run in no fixed order: of them it counts how often they are entered.
    pub fn departure(&self, definition: &Definition, outcome: &Outcome) -> Option<Departure> {
        let ended = self.recording.status.is_some_and(|it| it != "ABORTED");
        let inner = inner_states(definition);
        let recorded = self.recording.entered.iter();
        let mut recorded = recorded.filter(|(_, name)| !inner.contains(name.as_str()));
        let mut simulated = outcome.entered().filter(|name| !inner.contains(name));
        loop {
            match (recorded.next(), simulated.next()) {
                (Some((_, was)), Some(is)) if was == is => {}
                (None, Some(_)) if !ended => break,
                (None, None) => break,
                (Some((event, was)), Some(is)) => {
                    return Some(Departure {
                        event: Some(*event),
                        message: format!("`{is}` is entered, where `{was}` was"),
                    });
                }
                (Some((event, was)), None) => {
                    return Some(Departure {
                        event: Some(*event),
                        message: format!("the execution ends before `{was}`"),
                    });
                }
                (None, Some(is)) => {
                    return Some(Departure {
                        event: None,
                        message: format!("`{is}` is entered, where the execution had ended"),
                    });
                }
            }
        }
        if !ended {
            return None;
        }
        self.inner_departure(&inner, outcome)
            .or_else(|| self.other_end(outcome))
    }

    fn inner_departure(&self, inner: &BTreeSet<&str>, outcome: &Outcome) -> Option<Departure> {
        let count = |names: &mut dyn Iterator<Item = &str>| {
            let mut counts: BTreeMap<String, u64> = BTreeMap::new();
            for name in names.filter(|name| inner.contains(name)) {
                *counts.entry(name.to_owned()).or_default() += 1;
            }
            counts
        };
        let entered = self.recording.entered.iter();
        let recorded = count(&mut entered.map(|(_, name)| name.as_str()));
        let simulated = count(&mut outcome.entered());
        let names: BTreeSet<&String> = recorded.keys().chain(simulated.keys()).collect();
        let get = |counts: &BTreeMap<String, u64>, name| counts.get(name).copied().unwrap_or(0);
        names.into_iter().find_map(|name| {
            let (was, is) = (get(&recorded, name), get(&simulated, name));
            let mut entered = self.recording.entered.iter();
            (was != is).then(|| Departure {
                event: entered.find(|(_, it)| it == name).map(|(event, _)| *event),
                message: format!("`{name}` is entered {is} times, {was} in the recording"),
            })
        })
    }

    fn other_end(&self, outcome: &Outcome) -> Option<Departure> {
        let departure = |message: String| {
            Some(Departure {
                event: self.recording.last,
                message,
            })
        };
        let was = self.recording.status?;
        let is = outcome.status.as_str();
        if was != is {
            return departure(format!("the execution ends {is}, and was {was}"));
        }
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        if outcome.status != Status::Succeeded {
            let (is, was) = (text(&outcome.error), text(&self.recording.error));
            if is != was {
                return departure(format!("the error is `{is}`, and was `{was}`"));
            }
            if text(&outcome.cause) != text(&self.recording.cause) {
                return departure("the cause of the error is another one".to_owned());
            }
        }
        if outcome.output != self.recording.output {
            return departure("the output is another one".to_owned());
        }
        None
    }
}

/// Names of the states inside of Maps and Parallels.
fn inner_states(definition: &Definition) -> BTreeSet<&str> {
    let mut names = BTreeSet::new();
    let outer = definition.machine.scope.states.iter();
    let mut scopes: Vec<_> = outer.flat_map(State::scopes).collect();
    while let Some(scope) = scopes.pop() {
        for state in &scope.states {
            names.insert(state.name.value.as_str());
            scopes.extend(state.scopes());
        }
    }
    names
}

impl Tasks for Replay {
    fn answer(&mut self, call: &Call<'_>) -> Answer {
        let (Some(attempts), Some(used)) = (
            self.recording.attempts.get(call.state),
            self.used.get_mut(call.state),
        ) else {
            return Answer::Unknown;
        };
        let same = |attempt: &Attempt| attempt.input.as_ref() == Some(call.input);
        let mut free = attempts.iter().zip(used).filter(|(_, used)| !**used);
        let mut first = None;
        let chosen = loop {
            match free.next() {
                Some((attempt, used)) if same(attempt) => break Some((attempt, used)),
                Some(other) if first.is_none() => first = Some(other),
                Some(_) => {}
                None => break first,
            }
        };
        let Some((attempt, used)) = chosen else {
            // A branch that was given up went no further; in a simulation it comes to its next call, later than what failed.
            if self.recording.gave_up {
                return recording::none_recorded(0);
            }
            self.more.insert(call.state.to_owned());
            return Answer::Unknown;
        };
        *used = true;
        if attempt.input.is_some() && !same(attempt) {
            self.other_inputs
                .push((call.state.to_owned(), attempt.event));
        }
        attempt.answer.clone()
    }

    fn is_alone(&self, state: &str) -> bool {
        self.recording.attempts.contains_key(state)
    }
}
