//! The way that an execution went: visits of states inside of each other, as they were, kept while it runs.
//!
//! A history says which states were entered. It does not say which attempt of a Parallel a branch belongs to, nor when what a
//! failure cut off came to its end.

mod children;
mod profile;
mod write;

pub use children::{ChildFailure, Children};
pub use profile::{Profile, Use};

use std::collections::HashMap;
use std::sync::Arc;

pub(crate) use children::{Book, Child};

/// States one after the other: the execution, a branch of a Parallel, an iteration of a Map.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lane {
    /// The visits, in order.
    pub visits: Vec<Visit>,
    /// Virtual milliseconds when it began.
    pub start_ms: u64,
    /// When it came to its end, or was cut off.
    pub end_ms: u64,
    /// How.
    pub end: End,
}

/// How something came to its end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum End {
    /// It went well, or a catcher took what failed.
    Good,
    /// It failed for good.
    Failed(Erred),
    /// What it is in ended before it, or the simulation stopped.
    #[default]
    Cut,
}

impl End {
    /// The error, where it failed.
    pub fn error(&self) -> Option<&Erred> {
        match self {
            Self::Failed(erred) => Some(erred),
            Self::Good | Self::Cut => None,
        }
    }
}

/// An error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Erred {
    /// Its name.
    pub error: Arc<str>,
    /// What is said of it; empty also where the causes of an execution are too many bytes.
    pub cause: Arc<str>,
}

/// One visit of a state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visit {
    /// Name of the state.
    pub state: Arc<str>,
    /// `Task`, `Choice`, …
    pub kind: &'static str,
    /// Virtual milliseconds when it was entered.
    pub entered_ms: u64,
    /// When it was left, failed for good, or was cut off.
    pub end_ms: u64,
    /// How.
    pub end: End,
    /// What a Choice decided: the rule that held, counted from 0; none in it for `Default`.
    pub rule: Option<Option<usize>>,
    /// Attempts of a Task, a Parallel or a Map, and of any other state that failed.
    pub attempts: Vec<Attempt>,
    /// The event of entering it.
    pub(crate) event: u64,
}

/// One attempt.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attempt {
    /// Virtual milliseconds when it began.
    pub start_ms: u64,
    /// When it came to its end.
    pub end_ms: u64,
    /// Why it failed, where it did.
    pub failure: Option<Erred>,
    /// Branches and iterations, in their order.
    pub lanes: Vec<Lane>,
    /// How many items a Map had; of a Distributed Map with batches: how many child executions.
    pub items: Option<u64>,
    /// What the child executions of a Distributed Map did.
    pub children: Option<Box<Children>>,
}

impl Visit {
    /// Attempts after the first one.
    pub fn retries(&self) -> u64 {
        self.attempts.len().saturating_sub(1) as u64
    }

    /// True where the last attempt failed and the state was left all the same.
    pub fn is_caught(&self) -> bool {
        let last = self.attempts.last();
        self.end == End::Good && last.is_some_and(|last| last.failure.is_some())
    }

    /// What made it fail in the end, where that is not what its last attempt failed with: a catcher that cannot give its output.
    pub fn failed_otherwise(&self) -> Option<&Erred> {
        let own = self.end.error()?;
        let last = self.attempts.last().and_then(|it| it.failure.as_ref());
        (last != Some(own)).then_some(own)
    }

    /// It came to its end.
    pub(crate) fn close(&mut self, at_ms: u64, end: End) {
        self.end_ms = at_ms;
        if let Some(last) = self.attempts.last_mut()
            && last.failure.is_none()
        {
            last.end_ms = at_ms;
        }
        self.end = end;
    }

    /// An attempt has failed; those of states that are not tried again are written down only then.
    pub(crate) fn fail(&mut self, at_ms: u64, erred: Erred) {
        if self.attempts.is_empty() {
            self.attempts.push(Attempt {
                start_ms: self.entered_ms,
                ..Attempt::default()
            });
        }
        if let Some(last) = self.attempts.last_mut() {
            last.end_ms = at_ms;
            last.failure = Some(erred);
        }
    }

    /// What it did later than that did not happen.
    fn cut(&mut self, at_ms: u64) {
        if self.end_ms <= at_ms {
            return;
        }
        self.end_ms = at_ms;
        self.end = End::Cut;
        self.attempts.retain(|attempt| attempt.start_ms <= at_ms);
        for attempt in &mut self.attempts {
            if attempt.end_ms <= at_ms {
                continue;
            }
            attempt.end_ms = at_ms;
            attempt.failure = None;
            attempt.lanes.retain(|lane| lane.start_ms <= at_ms);
            for lane in &mut attempt.lanes {
                lane.cut(at_ms);
            }
        }
    }
}

impl Lane {
    /// One that begins.
    pub(crate) fn at(start_ms: u64) -> Self {
        Self {
            start_ms,
            ..Self::default()
        }
    }

    /// It came to its end.
    pub(crate) fn close(&mut self, at_ms: u64, end: End) {
        self.end_ms = at_ms;
        self.end = end;
    }

    /// What it did later than that did not happen.
    pub(crate) fn cut(&mut self, at_ms: u64) {
        if self.end_ms <= at_ms {
            return;
        }
        self.end_ms = at_ms;
        self.end = End::Cut;
        self.visits.retain(|visit| visit.entered_ms <= at_ms);
        for visit in &mut self.visits {
            visit.cut(at_ms);
        }
    }

    /// Leaves out the visits whose events are not in the history.
    pub(crate) fn keep(&mut self, ids: &HashMap<u64, u64>) {
        let all = self.visits.len();
        self.visits.retain(|visit| ids.contains_key(&visit.event));
        if self.visits.len() < all {
            self.end = End::Cut;
        }
        for visit in &mut self.visits {
            for attempt in &mut visit.attempts {
                for lane in &mut attempt.lanes {
                    lane.keep(ids);
                }
            }
        }
    }

    /// All visits in it, those inside of a state after it.
    pub fn walk(&self) -> impl Iterator<Item = &Visit> {
        let mut open = vec![self.visits.iter()];
        std::iter::from_fn(move || {
            loop {
                let Some(visit) = open.last_mut()?.next() else {
                    open.pop();
                    continue;
                };
                let lanes = visit.attempts.iter().flat_map(|attempt| &attempt.lanes);
                let first = open.len();
                open.extend(lanes.map(|lane| lane.visits.iter()));
                if let Some(inner) = open.get_mut(first..) {
                    inner.reverse();
                }
                return Some(visit);
            }
        })
    }

    /// Branches and iterations in it.
    pub fn side_lanes(&self) -> u64 {
        let attempts = self.walk().flat_map(|visit| &visit.attempts);
        attempts.map(|attempt| attempt.lanes.len() as u64).sum()
    }

    /// The Map Runs in it.
    pub fn map_runs(&self) -> impl Iterator<Item = (&str, &Children)> {
        self.walk().flat_map(|visit| {
            let runs = visit.attempts.iter();
            let runs = runs.filter_map(|attempt| attempt.children.as_deref());
            runs.map(|run| (&*visit.state, run))
        })
    }

    /// Billed transitions: states entered and retries; for each child execution its start, and what it did where it is
    /// Standard.
    pub fn transitions(&self) -> u64 {
        let own = self.walk().map(|visit| 1 + visit.retries());
        let children = self.map_runs().map(|(_, run)| run.transitions());
        own.sum::<u64>() + children.sum::<u64>()
    }

    /// Retries in it.
    pub fn retries(&self) -> u64 {
        self.walk().map(Visit::retries).sum()
    }

    /// What each state did in it.
    pub fn profile(&self) -> Profile {
        let mut profile = Profile::default();
        profile.add(self);
        profile
    }
}
