//! Writes the way down while an execution runs.

use std::sync::Arc;

use super::{Attempt, End, Erred, Lane, Visit};
use crate::failure::Failure;
use crate::program::{Kind, Step};
use crate::run::Engine;

impl<'d> Engine<'d, '_> {
    /// A state is entered with that event.
    pub(crate) fn enter(&mut self, step: &Step<'d>, event: u64) {
        let visit = Visit {
            state: Arc::clone(&step.shared_name),
            kind: step.kind.name(),
            entered_ms: self.now,
            end_ms: self.now,
            end: End::Cut,
            rule: None,
            attempts: Vec::new(),
            event,
        };
        if let Some(lane) = self.lanes.last_mut() {
            lane.visits.push(visit);
        }
    }

    /// The visit that is under way.
    fn open_visit(&mut self) -> Option<&mut Visit> {
        self.lanes.last_mut()?.visits.last_mut()
    }

    /// The attempt that is under way.
    pub(crate) fn open_attempt(&mut self) -> Option<&mut Attempt> {
        self.open_visit()?.attempts.last_mut()
    }

    /// A state is tried, or tried again.
    pub(crate) fn attempt_begins(&mut self, kind: &Kind<'d>) {
        let now = self.now;
        let tries = matches!(kind, Kind::Task(_) | Kind::Parallel(_) | Kind::Map(_));
        let Some(visit) = self.open_visit() else {
            return;
        };
        if tries || !visit.attempts.is_empty() {
            visit.attempts.push(Attempt {
                start_ms: now,
                end_ms: now,
                ..Attempt::default()
            });
        }
    }

    /// The attempt has failed.
    pub(crate) fn attempt_failed(&mut self, failure: &Failure) {
        // What ends the simulation says nothing of the state.
        if failure.ends.is_some() {
            return;
        }
        let erred = self.erred(failure);
        let now = self.now;
        if let Some(visit) = self.open_visit() {
            visit.fail(now, erred);
        }
    }

    /// What a Choice has decided.
    pub(crate) fn chose(&mut self, rule: Option<usize>) {
        if let Some(visit) = self.open_visit() {
            visit.rule = Some(rule);
        }
    }

    /// Branches or iterations of the attempt that is under way have come to their end.
    pub(crate) fn lanes_ended(&mut self, lanes: Vec<Lane>) {
        if let Some(attempt) = self.open_attempt() {
            attempt.lanes = lanes;
        }
    }

    /// How something ends that gave this failure, or none.
    pub(crate) fn end_of(&mut self, failure: Option<&Failure>) -> End {
        match failure {
            None => End::Good,
            // What ends the whole execution says nothing of what it was in.
            Some(failure) if failure.is_cut || failure.ends.is_some() => End::Cut,
            Some(failure) => End::Failed(self.erred(failure)),
        }
    }

    /// Name and cause of a failure. What several attempts have in common is kept once.
    pub(crate) fn erred(&mut self, failure: &Failure) -> Erred {
        let most = self.options.limits.payload_bytes;
        Erred {
            error: self.record.shared(&failure.error, most),
            cause: self.record.shared(&failure.cause, most),
        }
    }
}
