//! One run, as it was seen: each visit of a state, and what was answered.

use std::collections::BTreeMap;

use asl::StateKind;
use serde_json::Value;

use super::place::Script;
use super::plan::{self, Plan};
use crate::failure::HEARTBEAT;
use crate::mocks::{Answer, Call, Tasks};
use crate::sight::Sight;

/// An error that an attempt ended with.
#[derive(Clone, Debug)]
pub(super) struct Erred {
    pub(super) error: String,
    pub(super) cause: String,
    /// The retrier that takes it, whether it tries again or not.
    pub(super) retrier: Option<usize>,
}

/// One visit of a state.
#[derive(Clone, Debug, Default)]
pub(super) struct Visit {
    /// Its number in the plan; none for a state that the plan does not find.
    pub(super) state: Option<usize>,
    /// How often the state was visited before.
    pub(super) before: u64,
    /// The visit of the state around it.
    pub(super) parent: Option<usize>,
    /// Which of the branches or iterations of the last attempt around it.
    pub(super) lane: usize,
    /// It belongs to an attempt of the state around it that is not the last.
    pub(super) attempt: usize,
    pub(super) erred: Vec<Erred>,
    /// What a Choice chose: a rule, or `Default`.
    #[allow(
        clippy::option_option,
        reason = "the inner one is the rule as it is told to others"
    )]
    pub(super) chose: Option<Option<usize>>,
    /// The calls that it made.
    pub(super) calls: Vec<(String, u64)>,
    /// The catcher that took the last error.
    pub(super) caught: Option<usize>,
    /// It failed for good.
    pub(super) failed: bool,
    /// Attempts so far, from 0.
    pub(super) attempts: usize,
}

/// Who makes a Task fail.
#[derive(Clone, Debug)]
pub(super) struct Break {
    /// Number in the plan.
    pub(super) state: usize,
    /// Its visit, from 0.
    pub(super) visit: u64,
    pub(super) answer: Answer,
}

/// Answers as a script says, and writes down what it sees.
pub(super) struct Player<'p, 'd> {
    plan: &'p Plan<'d>,
    script: &'p Script,
    result: fn(&Call<'_>) -> Value,
    fault: Option<&'p Break>,
    pub(super) visits: Vec<Visit>,
    /// All that was answered.
    pub(super) answers: BTreeMap<(String, u64), Answer>,
    open: Vec<Open>,
    counts: BTreeMap<usize, u64>,
    /// Calls that were made to fail: those after them are answered as if they had not been.
    broken: u64,
}

/// A visit that has not ended.
struct Open {
    visit: usize,
    /// A branch or an iteration in it has not ended.
    goes_on: bool,
    lanes: usize,
    used: Vec<f64>,
}

impl<'p, 'd> Player<'p, 'd> {
    pub(super) fn of(
        plan: &'p Plan<'d>,
        script: &'p Script,
        result: fn(&Call<'_>) -> Value,
        fault: Option<&'p Break>,
    ) -> Self {
        Self {
            plan,
            script,
            result,
            fault,
            visits: Vec::new(),
            answers: BTreeMap::new(),
            open: Vec::new(),
            counts: BTreeMap::new(),
            broken: 0,
        }
    }

    fn enter(&mut self, name: &str) {
        let (mut parent, mut lane, mut attempt, mut scope) = (None, 0, 0, Some(0));
        if let Some(open) = self.open.last_mut() {
            if !open.goes_on {
                open.goes_on = true;
                open.lanes += 1;
            }
            parent = Some(open.visit);
            lane = open.lanes.saturating_sub(1);
            let around = self.visits.get(open.visit);
            attempt = around.map_or(0, |visit| visit.attempts);
            let place = around.and_then(|visit| self.plan.states.get(visit.state?));
            scope = place.and_then(|place| {
                match place.state.kind {
                    StateKind::Map(_) => place.inner.first(),
                    _ => place.inner.get(lane),
                }
                .copied()
            });
        }
        let state = scope.and_then(|scope| self.plan.find(scope, name));
        let mut before = 0;
        if let Some(state) = state {
            let count = self.counts.entry(state).or_default();
            before = *count;
            *count += 1;
        }
        let retriers = state
            .and_then(|state| self.plan.state(state))
            .map_or(0, |state| state.retry.len());
        self.open.push(Open {
            visit: self.visits.len(),
            goes_on: false,
            lanes: 0,
            used: vec![0.0; retriers],
        });
        self.visits.push(Visit {
            state,
            before,
            parent,
            lane,
            attempt,
            ..Visit::default()
        });
    }

    fn err(&mut self, error: &str, cause: &str, is_fatal: bool, is_heartbeat: bool) {
        // Handlers may name either.
        let named = if is_heartbeat { HEARTBEAT } else { error };
        let Some(open) = self.open.last_mut() else {
            return;
        };
        let Some(visit) = self.visits.get_mut(open.visit) else {
            return;
        };
        open.goes_on = false;
        open.lanes = 0;
        let state = visit.state.and_then(|state| self.plan.state(state));
        let state = state.filter(|_| !is_fatal);
        let retrier = state.and_then(|state| plan::retrier(state, named));
        let used = retrier.and_then(|at| open.used.get_mut(at));
        let own = state
            .zip(retrier)
            .and_then(|(state, at)| state.retry.get(at));
        match (used, own) {
            (Some(used), Some(own)) if *used < own.max_attempts => {
                *used += 1.0;
                visit.attempts += 1;
            }
            _ => visit.caught = state.and_then(|state| plan::catcher(state, named)),
        }
        visit.erred.push(Erred {
            error: error.to_owned(),
            cause: cause.to_owned(),
            retrier,
        });
    }

    fn leave(&mut self, failed: bool, ends: bool) {
        let Some(open) = self.open.pop() else { return };
        if let Some(visit) = self.visits.get_mut(open.visit)
            && failed
        {
            visit.failed = true;
            visit.caught = None;
        }
        if let Some(around) = self.open.last_mut()
            && (failed || ends)
        {
            around.goes_on = false;
        }
    }

    fn scripted(&self, call: &Call<'_>) -> Answer {
        let own = self.fault.and_then(|fault| self.plan.state(fault.state));
        let skipped = match own {
            Some(own) if own.name.value == call.state => self.broken,
            _ => 0,
        };
        let key = (call.state.to_owned(), call.before.saturating_sub(skipped));
        if let Some(answer) = self.script.answers.get(&key) {
            return answer.clone();
        }
        let earlier = self
            .answers
            .range((call.state.to_owned(), 0)..=key)
            .rev()
            .map(|(_, answer)| answer)
            .find(|answer| matches!(answer, Answer::Return { .. }));
        earlier.cloned().unwrap_or_else(|| Answer::Return {
            output: (self.result)(call),
            after_ms: 0,
        })
    }
}

impl Tasks for Player<'_, '_> {
    fn answer(&mut self, call: &Call<'_>) -> Answer {
        let at = self.open.last().map(|open| open.visit);
        let mut broken = None;
        if let Some(visit) = at.and_then(|at| self.visits.get_mut(at)) {
            visit.calls.push((call.state.to_owned(), call.before));
            broken = self
                .fault
                .filter(|fault| visit.state == Some(fault.state) && visit.before == fault.visit);
        }
        let answer = match broken {
            Some(fault) => {
                self.broken += 1;
                fault.answer.clone()
            }
            None => self.scripted(call),
        };
        self.answers
            .insert((call.state.to_owned(), call.before), answer.clone());
        answer
    }

    fn saw(&mut self, sight: &Sight<'_>) {
        match *sight {
            Sight::Entered { state, .. } => self.enter(state),
            Sight::Chose { rule } => {
                let at = self.open.last().map(|open| open.visit);
                if let Some(visit) = at.and_then(|at| self.visits.get_mut(at)) {
                    visit.chose = Some(rule);
                }
            }
            Sight::Erred {
                error,
                cause,
                is_fatal,
                is_heartbeat,
            } => self.err(error, cause, is_fatal, is_heartbeat),
            Sight::Left { ends, .. } => self.leave(false, ends),
            Sight::Failed { .. } => self.leave(true, true),
        }
    }
}
