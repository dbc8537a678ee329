//! Scopes that run side by side on virtual time.
//!
//! They are run one after the other, each from when it starts. Where one fails, what the others do later than that did not
//! happen: their events are dropped, and what they were in is aborted.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use crate::failure::Failure;
use crate::history::{Detail, Event};
use crate::record::Note;
use crate::run::Engine;
use crate::way::Lane;

/// Scopes that run side by side.
pub(crate) struct Side {
    start: u64,
    first_event: usize,
    /// Which one failed first, and when, and why.
    failed: Option<Failed>,
    /// One was cut off by what is around all of them.
    is_cut: bool,
    /// End and last event of each that is running, for those that wait for a place.
    places: BinaryHeap<Reverse<(u64, u64)>>,
    at_a_time: usize,
    /// They start one after the other, though at the same instant: iterations, and not branches.
    in_turn: bool,
    /// The event that all of them follow.
    started: u64,
    /// When the last one ended, and with which event.
    last: (u64, u64),
    /// Where the events of each begin.
    begins: Vec<usize>,
    /// The way of each, where the execution keeps it.
    lanes: Vec<Lane>,
    /// What was beside all of them, and when that ended.
    beside: usize,
    until: u64,
}

struct Failed {
    at: u64,
    /// Its place among those that ran.
    place: usize,
    /// The event after which it failed.
    event: u64,
    failure: Failure,
}

/// How scopes that ran side by side ended.
pub(crate) struct Closed {
    /// The event that the next one follows.
    pub(crate) previous: u64,
    /// The failure, where one failed.
    pub(crate) failed: Option<Failure>,
}

impl Side {
    pub(crate) fn new(
        engine: &Engine<'_, '_>,
        at_a_time: usize,
        in_turn: bool,
        started: u64,
    ) -> Self {
        Self {
            start: engine.now,
            first_event: engine.record.events.len(),
            failed: None,
            is_cut: false,
            places: BinaryHeap::new(),
            at_a_time: at_a_time.max(1),
            in_turn,
            started,
            last: (engine.now, started),
            begins: Vec::new(),
            lanes: Vec::new(),
            beside: engine.record.beside,
            until: engine.until,
        }
    }

    /// When the next one starts, and after which event; none where one failed before that, or nothing more can be run.
    pub(crate) fn next(&mut self, engine: &mut Engine<'_, '_>) -> Option<(u64, u64)> {
        let (start, previous) = if self.places.len() < self.at_a_time {
            (self.start, self.started)
        } else {
            let free = self.places.pop();
            free.map_or((self.start, self.started), |Reverse(place)| place)
        };
        let over = self
            .failed
            .as_ref()
            .is_some_and(|failed| start >= failed.at && (self.in_turn || start > self.start));
        if over || engine.is_spent() || start > engine.until {
            return None;
        }
        let events = engine.record.events.len();
        self.begins.push(events);
        // What ran before it is beside it, and fills the history only together with it.
        engine.record.beside = self.beside + (events - self.first_event.min(events));
        if !engine.is_silent {
            engine.record.is_full = false;
        }
        engine.now = start;
        Some((start, previous))
    }

    /// One has ended: its way, the last event inside of it, the one that tells its end, and why it failed.
    pub(crate) fn ended(
        &mut self,
        engine: &mut Engine<'_, '_>,
        lane: Option<Lane>,
        inside: u64,
        told: u64,
        failure: Option<Failure>,
    ) {
        let at = engine.now;
        self.lanes.extend(lane);
        self.places.push(Reverse((at, inside)));
        if at >= self.last.0 {
            self.last = (at, told);
        }
        match failure {
            Some(failure) if failure.is_cut => self.is_cut = true,
            Some(failure) => self.fail(engine, at, inside, failure),
            None => {}
        }
        self.fill(engine);
    }

    /// All of them fail at that time, where nothing failed earlier.
    pub(crate) fn fail(
        &mut self,
        engine: &mut Engine<'_, '_>,
        at: u64,
        event: u64,
        failure: Failure,
    ) {
        if self.failed.as_ref().is_some_and(|before| before.at <= at) {
            return;
        }
        engine.until = engine.until.min(at);
        self.failed = Some(Failed {
            at,
            place: self.begins.len().saturating_sub(1),
            event,
            failure,
        });
    }

    /// Ends all of them where their events together fill the history. Those that are too many are taken out.
    fn fill(&mut self, engine: &mut Engine<'_, '_>) {
        let before = self.first_event.saturating_sub(self.beside);
        let room = engine.most_events().saturating_sub(1 + before);
        let here = engine.record.events.len().saturating_sub(self.first_event);
        if engine.is_silent || here <= room {
            return;
        }
        let side = engine.record.events.split_off(self.first_event);
        let mut order: Vec<usize> = (0..side.len()).collect();
        order.sort_by_key(|at| side.get(*at).map(|event| event.at_ms));
        let over = order.split_off(room);
        let first = over.first().and_then(|at| side.get(*at));
        let full = first.map(|event| (event.at_ms, event.previous, event.state.clone()));
        let mut kept = vec![false; side.len()];
        for at in order {
            if let Some(kept) = kept.get_mut(at) {
                *kept = true;
            }
        }
        for begin in &mut self.begins {
            let own = kept.get(..*begin - self.first_event).unwrap_or_default();
            *begin = self.first_event + own.iter().filter(|kept| **kept).count();
        }
        let events = side.into_iter().zip(kept).filter(|(_, kept)| *kept);
        engine.record.events.extend(events.map(|(event, _)| event));
        engine.record.is_pruned = true;
        if let Some((at, previous, state)) = full {
            let failure = Failure {
                state,
                ..engine.full()
            };
            self.fail(engine, at, previous, failure);
        }
    }

    /// Puts the events in the order of time, and the clock to the end.
    pub(crate) fn close(mut self, engine: &mut Engine<'_, '_>) -> Closed {
        let end = match &self.failed {
            Some(failed) => failed.at,
            None if self.is_cut => engine.until,
            None => self.last.0,
        };
        engine.now = end;
        engine.until = self.until;
        engine.record.beside = self.beside;
        for lane in &mut self.lanes {
            lane.cut(end);
        }
        engine.lanes_ended(std::mem::take(&mut self.lanes));
        let mut side = engine.record.events.split_off(self.first_event);
        let Some(failed) = self.failed else {
            side.retain(|event| event.at_ms <= end);
            side.sort_by_key(|event| event.at_ms);
            engine.record.events.append(&mut side);
            return Closed {
                previous: self.last.1,
                failed: self.is_cut.then(Failure::cut),
            };
        };
        let mut open = Vec::new();
        let begins = self.begins.iter().map(|begin| begin - self.first_event);
        let ends = begins.clone().skip(1).chain([side.len()]);
        let quiet = failed.failure.is_quiet();
        for (place, (begin, until)) in begins.zip(ends).enumerate() {
            let events = side.get(begin..until).unwrap_or_default();
            let events = events.iter().filter(|event| event.at_ms <= end);
            if quiet {
                continue;
            }
            if place == failed.place {
                open.extend(still_open(events).into_iter().filter(Open::is_task));
            } else {
                open.extend(still_open(events));
            }
        }
        // The end of the iteration that failed is told after what it cut.
        let told = side
            .iter()
            .position(|event| event.kind == "MapIterationFailed" && event.previous == failed.event);
        let told = told.map(|at| side.remove(at));
        side.retain(|event| event.at_ms <= end);
        side.sort_by_key(|event| event.at_ms);
        engine.record.events.append(&mut side);
        for one in open {
            engine.event(one.note(), failed.event);
        }
        engine.record.events.extend(told);
        Closed {
            previous: failed.event,
            failed: Some(failed.failure),
        }
    }
}

/// What was entered and not left.
struct Open {
    kind: &'static str,
    state: Option<Arc<str>>,
    detail: Detail,
}

impl Open {
    fn is_task(&self) -> bool {
        self.kind == "TaskStateAborted"
    }

    fn note(self) -> Note<'static> {
        let note = Note::of(self.kind).detail(self.detail);
        match &self.state {
            // Of the events of this kind, those of iterations alone name what they are of.
            Some(name) if self.kind == "MapIterationAborted" => note.state(name),
            _ => note,
        }
    }
}

/// What these events of one scope entered and did not leave, the outermost first.
fn still_open<'e>(events: impl Iterator<Item = &'e Event>) -> Vec<Open> {
    let mut open: Vec<Open> = Vec::new();
    for event in events {
        let aborted = match event.kind {
            "TaskStateEntered" => Some("TaskStateAborted"),
            "WaitStateEntered" => Some("WaitStateAborted"),
            "ParallelStateEntered" => Some("ParallelStateAborted"),
            "MapStateEntered" => Some("MapStateAborted"),
            "MapIterationStarted" => Some("MapIterationAborted"),
            _ => None,
        };
        if let Some(kind) = aborted {
            open.push(Open {
                kind,
                state: event.state.clone(),
                detail: event.detail.clone(),
            });
            continue;
        }
        let is_iteration = event.kind.starts_with("MapIteration");
        if !is_iteration && !event.kind.ends_with("StateExited") {
            continue;
        }
        let left = open.iter().rposition(|one| {
            one.state == event.state
                && is_iteration == (one.kind == "MapIterationAborted")
                && (!is_iteration || one.detail == event.detail)
        });
        if let Some(at) = left {
            open.remove(at);
        }
    }
    open
}
