//! The way through the states, read from the events of a history.

use std::collections::{BTreeMap, HashMap};

use sim::Event;

use super::choice::Held;

/// One visit of a state.
#[derive(Debug)]
pub(super) struct Visit<'a> {
    pub(super) name: &'a str,
    /// `Task`, `Choice`, …
    pub(super) kind: &'a str,
    pub(super) entered_ms: u64,
    /// None where it was not left: the execution, or what it was in, ended before.
    pub(super) left_ms: Option<u64>,
    /// When what it was in ended before it.
    pub(super) cut_ms: Option<u64>,
    pub(super) failures: Vec<Failure<'a>>,
    pub(super) retries: u64,
    /// True where the last attempt brought a result.
    pub(super) worked: bool,
    /// Calls, or starts of a Parallel or Map.
    pub(super) tries: u64,
    /// Branches or iterations of the last attempt.
    pub(super) lanes: Vec<usize>,
    /// Those of all attempts.
    all_lanes: Vec<usize>,
    /// The state that followed.
    pub(super) then: Option<&'a str>,
    /// What failed last inside of a Parallel or Map.
    inner: Option<Failure<'a>>,
    lane: usize,
}

/// One attempt that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Failure<'a> {
    pub(super) at_ms: u64,
    pub(super) error: &'a str,
    pub(super) cause: &'a str,
    /// When it was tried again.
    pub(super) again_ms: Option<u64>,
}

impl<'a> Failure<'a> {
    fn of(event: &'a Event) -> Self {
        Self {
            at_ms: event.at_ms,
            error: event.error.as_deref().unwrap_or_default(),
            cause: event.cause.as_deref().unwrap_or_default(),
            again_ms: None,
        }
    }
}

/// States one after the other: the execution, a branch of a Parallel, an iteration of a Map.
#[derive(Debug, Default)]
pub(super) struct Lane<'a> {
    pub(super) visits: Vec<usize>,
    /// The visit of the Parallel or Map; none for the execution.
    owner: Option<usize>,
    is_iteration: bool,
    /// How an iteration ended, where it did.
    pub(super) ended: Option<Result<(), &'a str>>,
}

/// What an execution went through.
#[derive(Debug)]
pub(super) struct Path<'a> {
    pub(super) visits: Vec<Visit<'a>>,
    pub(super) lanes: Vec<Lane<'a>>,
    /// The lane of each event.
    of_event: HashMap<u64, usize>,
    /// Where the next event of an id opens branches: the Parallel that was started.
    started: HashMap<u64, usize>,
    /// What the execution failed with.
    error: Option<&'a str>,
}

impl<'a> Path<'a> {
    /// Reads a history. Events that fit nowhere are passed over.
    pub(super) fn of(events: &'a [Event]) -> Self {
        let mut path = Self {
            visits: Vec::new(),
            lanes: vec![Lane::default()],
            of_event: HashMap::new(),
            started: HashMap::new(),
            error: None,
        };
        for event in events {
            let lane = path.take(event);
            path.of_event.insert(event.id, lane);
            if event.kind == "ExecutionFailed" {
                path.error = event.error.as_deref();
            }
        }
        path
    }

    /// The error of a Fail state: of what it ended, where that is in the history. In a branch or an iteration that is the last
    /// failure of what it is in, as far as no other failed there.
    pub(super) fn failed_with(&self, at: usize) -> Option<&'a str> {
        let lane = self.lanes.get(self.visits.get(at)?.lane)?;
        if lane.visits.last() != Some(&at) {
            return None;
        }
        let Some(owner) = lane.owner.and_then(|owner| self.visits.get(owner)) else {
            return self.error;
        };
        let has_failed = |lane: &&usize| {
            let lane = self.lanes.get(**lane);
            let last = lane.and_then(|lane| self.visits.get(*lane.visits.last()?));
            last.is_some_and(|last| last.kind == "Fail" || !last.failures.is_empty())
        };
        let is_only = owner.lanes.iter().filter(has_failed).count() == 1;
        let failure = owner.failures.last().filter(|_| is_only)?;
        Some(failure.error).filter(|error| !error.is_empty())
    }

    /// What the Choices among the visits decided. Iterations and branches were run one after the other: in that order, the
    /// visits of one Choice are those that it was seen to decide in; where there are more of one than of the other, what fell
    /// behind a failure is not in the history, and nothing is said.
    pub(super) fn chosen(&self, choices: &[(String, Option<usize>)]) -> HashMap<usize, Held> {
        let mut decided: HashMap<&str, Vec<Held>> = HashMap::new();
        for (state, rule) in choices {
            let held = rule.map_or(Held::Nothing, Held::Rule);
            decided.entry(state).or_default().push(held);
        }
        let mut visited: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        let mut open = vec![(0, 0)];
        while let Some((lane, place)) = open.pop() {
            let visit = self.lanes.get(lane).and_then(|lane| lane.visits.get(place));
            let Some((at, visit)) = visit.and_then(|at| Some((*at, self.visits.get(*at)?))) else {
                continue;
            };
            open.push((lane, place + 1));
            open.extend(visit.all_lanes.iter().rev().map(|lane| (*lane, 0)));
            if visit.kind == "Choice" {
                visited.entry(visit.name).or_default().push(at);
            }
        }
        let mut out = HashMap::new();
        for (name, visits) in &visited {
            // The last visit of a Choice that fails decides nothing.
            let rules = decided.get(name).map(Vec::as_slice).unwrap_or_default();
            let whole = visits.len() == rules.len();
            out.extend(
                visits
                    .iter()
                    .copied()
                    .zip(rules.iter().copied())
                    .filter(|_| whole),
            );
        }
        out
    }

    /// Takes an event in; the lane that it belongs to.
    fn take(&mut self, event: &'a Event) -> usize {
        let before = self.of_event.get(&event.previous).copied().unwrap_or(0);
        let kind = event.kind;
        if let Some(state) = kind.strip_suffix("StateEntered") {
            return self.enter(event, state, before);
        }
        if kind.ends_with("StateExited") {
            let name = event.state.as_deref();
            let Some(visit) = self.open(before, |visit| Some(visit.name) == name) else {
                return before;
            };
            self.cut(visit, event.at_ms);
            return self.change(visit, |visit| visit.left_ms = Some(event.at_ms));
        }
        let side = |visit: &Visit<'_>| matches!(visit.kind, "Map" | "Parallel");
        match kind {
            "MapStateStarted" | "ParallelStateStarted" => {
                let Some(visit) = self.open(before, side) else {
                    return before;
                };
                self.started.insert(event.id, visit);
                self.cut(visit, event.at_ms);
                self.change(visit, |visit| {
                    visit.attempt(event.at_ms);
                    visit.lanes.clear();
                })
            }
            "MapIterationStarted" => match self.open(before, side) {
                Some(visit) => self.inside(visit, true),
                None => before,
            },
            "MapIterationSucceeded" | "MapIterationFailed" | "MapIterationAborted" => {
                let lane = self.iteration(before);
                self.cut_lane(lane, event.at_ms);
                let last = self.lanes.get(lane).and_then(|lane| lane.visits.last());
                let last = last.and_then(|last| self.visits.get(*last));
                let failure = last.and_then(|last| last.failures.last().copied().or(last.inner));
                if let Some(lane) = self.lanes.get_mut(lane) {
                    let went_well = kind == "MapIterationSucceeded";
                    let error = failure.map_or("", |failure| failure.error);
                    lane.ended = Some(if went_well { Ok(()) } else { Err(error) });
                }
                lane
            }
            "MapStateSucceeded" | "ParallelStateSucceeded" => match self.open(before, side) {
                Some(visit) => self.change(visit, |visit| visit.worked = true),
                None => before,
            },
            "ExecutionFailed" | "ExecutionTimedOut" => {
                self.last(before, |visit| visit.end(event));
                0
            }
            _ if kind.starts_with("Execution") => 0,
            _ if kind.ends_with("Scheduled") => {
                self.last(before, |visit| visit.attempt(event.at_ms))
            }
            "TaskSucceeded"
            | "LambdaFunctionSucceeded"
            | "ActivitySucceeded"
            | "MapRunSucceeded" => self.last(before, |visit| visit.worked = true),
            "MapStateFailed" | "ParallelStateFailed" | "MapRunFailed" => {
                let Some(visit) = self.open(before, side) else {
                    return before;
                };
                self.cut(visit, event.at_ms);
                self.change(visit, |visit| visit.fail(event))
            }
            _ if event.error.is_some() => {
                let lane = self.last(before, |visit| visit.fail(event));
                self.tell(lane, Failure::of(event));
                lane
            }
            _ => before,
        }
    }

    fn enter(&mut self, event: &'a Event, kind: &'a str, before: usize) -> usize {
        let lane = match self.started.get(&event.previous).copied() {
            Some(visit) => self.inside(visit, false),
            None => before,
        };
        let name = event.state.as_deref().unwrap_or_default();
        let visit = self.visits.len();
        let last = self.lanes.get(lane).and_then(|lane| lane.visits.last());
        if let Some(last) = last.copied() {
            self.change(last, |visit| visit.then = Some(name));
        }
        self.visits.push(Visit {
            name,
            kind,
            entered_ms: event.at_ms,
            left_ms: None,
            failures: Vec::new(),
            retries: 0,
            worked: false,
            tries: 0,
            lanes: Vec::new(),
            all_lanes: Vec::new(),
            then: None,
            cut_ms: None,
            inner: None,
            lane,
        });
        if let Some(lane) = self.lanes.get_mut(lane) {
            lane.visits.push(visit);
        }
        lane
    }

    /// Lets the Parallels and Maps around a lane know what failed in it.
    fn tell(&mut self, lane: usize, failure: Failure<'a>) {
        let mut lane = self.lanes.get(lane);
        while let Some(owner) = lane.and_then(|lane| lane.owner) {
            let Some(visit) = self.visits.get_mut(owner) else {
                return;
            };
            visit.inner = Some(failure);
            lane = self.lanes.get(visit.lane);
        }
    }

    /// Ends what is inside of a visit.
    fn cut(&mut self, visit: usize, at_ms: u64) {
        let lanes = self.visits.get(visit).map(|visit| visit.lanes.clone());
        for lane in lanes.unwrap_or_default() {
            self.cut_lane(lane, at_ms);
        }
    }

    fn cut_lane(&mut self, lane: usize, at_ms: u64) {
        let last = self.lanes.get(lane).and_then(|lane| lane.visits.last());
        let Some(last) = last.copied() else { return };
        let Some(visit) = self.visits.get_mut(last) else {
            return;
        };
        if visit.left_ms.is_none() && visit.cut_ms.is_none() {
            visit.cut_ms = Some(at_ms);
            self.cut(last, at_ms);
        }
    }

    /// A new lane of a Parallel or Map.
    fn inside(&mut self, visit: usize, is_iteration: bool) -> usize {
        let lane = self.lanes.len();
        self.lanes.push(Lane {
            owner: Some(visit),
            is_iteration,
            ..Lane::default()
        });
        self.change(visit, |visit| {
            visit.lanes.push(lane);
            visit.all_lanes.push(lane);
        });
        lane
    }

    /// The innermost visit around a lane that was not left yet and is such a one.
    fn open(&self, lane: usize, wanted: impl Fn(&Visit<'_>) -> bool) -> Option<usize> {
        let mut lane = self.lanes.get(lane);
        while let Some(here) = lane {
            let last = here.visits.last().copied();
            let found = last.filter(|at| {
                let visit = self.visits.get(*at);
                visit.is_some_and(|visit| visit.left_ms.is_none() && wanted(visit))
            });
            if found.is_some() {
                return found;
            }
            let owner = here.owner.and_then(|owner| self.visits.get(owner))?;
            lane = self.lanes.get(owner.lane);
        }
        None
    }

    /// The innermost iteration around a lane.
    fn iteration(&self, lane: usize) -> usize {
        let mut at = lane;
        while let Some(here) = self.lanes.get(at).filter(|here| !here.is_iteration) {
            let owner = here.owner.and_then(|owner| self.visits.get(owner));
            let Some(owner) = owner else { return lane };
            at = owner.lane;
        }
        at
    }

    fn change(&mut self, visit: usize, change: impl FnOnce(&mut Visit<'a>)) -> usize {
        self.visits.get_mut(visit).map_or(0, |visit| {
            change(visit);
            visit.lane
        })
    }

    /// Changes the last visit of a lane.
    fn last(&mut self, lane: usize, change: impl FnOnce(&mut Visit<'a>)) -> usize {
        let last = self.lanes.get(lane).and_then(|lane| lane.visits.last());
        match last.copied() {
            Some(last) => self.change(last, change),
            None => lane,
        }
    }
}

impl<'a> Visit<'a> {
    /// It is tried, for the first time or again.
    fn attempt(&mut self, at_ms: u64) {
        // A Parallel or Map that is tried again does not say that it failed.
        let silent = self.failures.last().is_none_or(|it| it.again_ms.is_some());
        if let Some(inner) = self.inner.take()
            && self.tries > 0
            && silent
        {
            self.failures.push(inner);
        }
        let open = self.failures.last_mut().filter(|it| it.again_ms.is_none());
        let again = self.tries > 0 || open.is_some();
        if let Some(failure) = open {
            failure.again_ms = Some(at_ms);
        }
        self.retries += u64::from(again);
        self.tries += 1;
    }

    fn fail(&mut self, event: &'a Event) {
        self.worked = false;
        let own = Failure::of(event);
        let inner = self.inner.take().filter(|_| own.error.is_empty());
        self.failures.push(Failure {
            at_ms: event.at_ms,
            ..inner.unwrap_or(own)
        });
    }

    /// The execution ends in it. What is wrong with its own fields has no event but that.
    fn end(&mut self, event: &'a Event) {
        let known = self.failures.last().is_some_and(|it| it.again_ms.is_none());
        if self.left_ms.is_none() && !known && self.kind != "Fail" {
            self.failures.push(Failure {
                cause: "",
                ..Failure::of(event)
            });
        }
    }

    /// True where a catcher took what failed.
    pub(super) fn is_caught(&self) -> bool {
        let last = self.failures.last();
        !self.worked && self.left_ms.is_some() && last.is_some_and(|last| last.again_ms.is_none())
    }
}
