//! Chooses what to try next: what shows something new comes before combinations of what is known.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::rc::Rc;

use asl::Definition;
use serde_json::{Value, json};

use super::coverage::{Part, coverage, reached};
use super::goals::{Aim, Goal, goals};
use super::origin::Origin;
use super::place::{Place, Script};
use super::plan;
use super::runs::{Run, Runner, apply, wanted};
use super::solve::{self, Why, guesses, solve};
use super::{Exploration, ExploreOptions, Path};
use crate::history::Status;

/// Goals that wait at most; more are not kept.
const WAITING: usize = 200_000;
/// Times that it is tried to reach the same in vain.
const IN_VAIN: u32 = 3;
/// Values that are guessed for one goal.
const GUESSES: usize = 40;
/// Choices on the way that are kept as they were.
const ON_THE_WAY: usize = 40;

/// What is new about a goal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    /// A state, an outcome or a handler.
    Part,
    /// An error or a number of items that was not tried.
    Kind,
    /// A combination.
    Combination,
}

/// An exploration that is going on.
pub(super) struct Search<'s, 'd> {
    runner: Runner<'s, 'd>,
    paths: Vec<Path>,
    reached: BTreeMap<Part, usize>,
    why: BTreeMap<Part, String>,
    known: BTreeSet<u64>,
    /// What was brought about, and what was tried in vain how often.
    done: BTreeSet<(usize, Aim)>,
    in_vain: BTreeMap<(usize, Aim), u32>,
    waiting: [VecDeque<Goal>; 3],
    left_out: bool,
}

impl<'s, 'd> Search<'s, 'd> {
    pub(super) fn of(definition: &'d Definition, options: &'s ExploreOptions) -> Self {
        Self {
            runner: Runner::of(definition, options),
            paths: Vec::new(),
            reached: BTreeMap::new(),
            why: BTreeMap::new(),
            known: BTreeSet::new(),
            done: BTreeSet::new(),
            in_vain: BTreeMap::new(),
            waiting: Default::default(),
            left_out: false,
        }
    }

    pub(super) fn all(mut self) -> Exploration {
        let first = self.runner.run(Script {
            input: json!({}),
            ..Script::default()
        });
        self.keep(&Rc::new(first), 0);
        let mut stopped = None;
        while let Some(goal) = self.next() {
            stopped = self.spent();
            if stopped.is_some() {
                break;
            }
            self.pursue(&goal);
        }
        if stopped.is_none() && self.left_out {
            stopped = Some("there were more combinations than are kept");
        }
        Exploration {
            coverage: coverage(&self.runner.plan, &self.reached, &self.why, stopped),
            paths: self.paths,
            stopped,
            runs: self.runner.runs,
        }
    }

    fn spent(&self) -> Option<&'static str> {
        if self.paths.len() >= self.runner.options.paths {
            return Some("the most paths were found");
        }
        self.runner.spent()
    }

    /// The goal that shows most.
    fn next(&mut self) -> Option<Goal> {
        for at in 0..self.waiting.len() {
            while let Some(goal) = self.waiting.get_mut(at)?.pop_front() {
                let level = self.level(&goal);
                if level as usize <= at {
                    let key = (goal.state, goal.aim.clone());
                    if self.in_vain.get(&key).copied().unwrap_or_default() < IN_VAIN {
                        return Some(goal);
                    }
                } else {
                    self.waiting.get_mut(level as usize)?.push_back(goal);
                }
            }
        }
        None
    }

    fn level(&self, goal: &Goal) -> Level {
        if self.done.contains(&(goal.state, goal.aim.clone())) {
            return Level::Combination;
        }
        let is_new = match &goal.aim {
            Aim::Choose(rule) => !self.reached.contains_key(&Part::Outcome(goal.state, *rule)),
            Aim::Items(many) => *many == 1,
            Aim::Fail(fault, _) => self.shows_handler(goal.state, fault.error()),
        };
        if is_new { Level::Part } else { Level::Kind }
    }

    /// True where an error would be taken by a handler that no path has reached.
    fn shows_handler(&self, state: usize, error: &str) -> bool {
        let around = self.runner.plan.around(state);
        for id in std::iter::once(state).chain(around) {
            let Some(state) = self.runner.plan.state(id) else {
                return false;
            };
            let retrier = plan::retrier(state, error);
            if retrier.is_some_and(|at| !self.reached.contains_key(&Part::Retrier(id, at))) {
                return true;
            }
            if let Some(at) = plan::catcher(state, error) {
                return !self.reached.contains_key(&Part::Catcher(id, at));
            }
        }
        false
    }

    /// Keeps a run as a path if it is one that is not known, and what can be done otherwise behind that visit.
    fn keep(&mut self, run: &Rc<Run>, behind: usize) {
        let mut hasher = DefaultHasher::new();
        for visit in &run.visits {
            (visit.state, visit.chose, visit.lane, visit.caught).hash(&mut hasher);
            for erred in &visit.erred {
                erred.error.hash(&mut hasher);
            }
        }
        let parts = reached(run);
        let is_new = parts.iter().any(|part| !self.reached.contains_key(part));
        if !self.known.insert(hasher.finish()) {
            return;
        }
        // What does not end, or fails for want of data, is only told where it shows something.
        let ends = run.outcome.status != Status::Stopped && !run.is_unfit();
        if !ends && !is_new {
            return;
        }
        for part in parts {
            self.reached.entry(part).or_insert(self.paths.len());
        }
        self.paths.push(run.path(&self.runner.plan));
        for goal in goals(run, &self.runner.plan, self.runner.options.loops) {
            let level = self.level(&goal);
            if level == Level::Combination && goal.visit < behind {
                continue;
            }
            if let Some(waiting) = self.waiting.get_mut(level as usize) {
                if waiting.len() >= WAITING {
                    self.left_out = true;
                } else {
                    waiting.push_back(goal);
                }
            }
        }
    }

    /// Tries to bring a goal about.
    fn pursue(&mut self, goal: &Goal) {
        let key = (goal.state, goal.aim.clone());
        let found = match &goal.aim {
            Aim::Choose(rule) => self.choose(goal, *rule),
            Aim::Items(many) => self.resize(goal, *many),
            Aim::Fail(fault, times) => self.fail(goal, fault, *times),
        };
        match found {
            Ok(run) => {
                self.done.insert(key);
                self.keep(&Rc::new(run), goal.visit + 1);
            }
            Err(why) => {
                *self.in_vain.entry(key).or_default() += 1;
                if let Aim::Choose(rule) = goal.aim {
                    let part = Part::Outcome(goal.state, rule);
                    self.why.entry(part).or_insert(why);
                }
            }
        }
    }

    fn fail(&mut self, goal: &Goal, fault: &super::Fault, times: u64) -> Result<Run, String> {
        let visit = goal.run.visits.get(goal.visit);
        let call = visit.and_then(|visit| visit.calls.first());
        let state = self.runner.plan.state(goal.state);
        let (Some((name, before)), Some(state)) = (call, state) else {
            return Err("it calls nothing".to_owned());
        };
        let mut script = goal.run.script.clone();
        script.fail(name, *before, times, &fault.answer(state));
        Ok(self.runner.run(script))
    }

    fn resize(&mut self, goal: &Goal, many: usize) -> Result<Run, String> {
        let sources = goal.run.sources(&self.runner.plan).get(goal.visit);
        let items = sources.and_then(|sources| sources.items.as_deref());
        let Some(Origin::At(place)) = items else {
            return Err(Why::Fixed.text().to_owned());
        };
        let mut script = goal.run.script.clone();
        let now = script.get(place).and_then(Value::as_array);
        let mut items = now.cloned().unwrap_or_default();
        let one = items.first().cloned().unwrap_or_else(|| json!({}));
        items.resize(many, one);
        if !script.set(place, Some(Value::Array(items))) {
            return Err(Why::Computed.text().to_owned());
        }
        script.is_solved = true;
        Ok(self.runner.run(script))
    }

    fn choose(&mut self, goal: &Goal, rule: Option<usize>) -> Result<Run, String> {
        let run = &goal.run;
        let sources = run.sources(&self.runner.plan);
        let Some(own) = sources.get(goal.visit) else {
            return Err(Why::Computed.text().to_owned());
        };
        let mut wants = wanted(&own.rules, rule);
        let mut places = Vec::new();
        for (formula, _) in &wants {
            formula.places(&mut places);
        }
        // The Choices on the way that look at the same places have to decide as they did.
        let before = run.visits.iter().zip(sources).take(goal.visit).rev();
        let before = before.filter_map(|(visit, sources)| Some((sources, visit.chose?)));
        for (sources, chose) in before.take(ON_THE_WAY) {
            let mut own = Vec::new();
            let goals = wanted(&sources.rules, chose);
            for (formula, _) in &goals {
                formula.places(&mut own);
            }
            if own
                .iter()
                .any(|own| places.iter().any(|it| it.overlaps(own)))
            {
                wants.extend(goals);
            }
        }
        let why = match solve(&wants, &run.script) {
            Ok(solution) => {
                let mut script = run.script.clone();
                apply(&mut script, solution);
                let found = self.runner.run(script);
                if took(&found, goal, rule) {
                    return Ok(found);
                }
                "values were found for it, but the execution went another way with them"
            }
            Err(why) => why.text(),
        };
        self.guess(goal, rule, &wants).ok_or_else(|| why.to_owned())
    }

    /// Puts one value after the other where what is computed comes from.
    fn guess(
        &mut self,
        goal: &Goal,
        rule: Option<usize>,
        wants: &[solve::Goal<'_>],
    ) -> Option<Run> {
        let computed = wants.iter().filter_map(|(formula, _)| formula.computed());
        let (mut places, values) =
            computed.reduce(|(mut places, mut values), (more, others)| {
                places.extend(more);
                values.extend(others);
                (places, values)
            })?;
        places.sort();
        places.dedup();
        // The rest of the conditions is to hold already.
        let rest: Vec<solve::Goal<'_>> = wants
            .iter()
            .filter(|(formula, _)| formula.computed().is_none())
            .copied()
            .collect();
        let mut base = goal.run.script.clone();
        if let Ok(solution) = solve(&rest, &base) {
            apply(&mut base, solution);
        }
        let mut left = GUESSES;
        for place in places.iter().take(4) {
            for value in guesses(&values) {
                if left == 0 || self.runner.spent().is_some() {
                    return None;
                }
                left -= 1;
                if let Some(found) = self.guessed(goal, rule, &base, place, value) {
                    return Some(found);
                }
            }
        }
        None
    }

    fn guessed(
        &mut self,
        goal: &Goal,
        rule: Option<usize>,
        base: &Script,
        place: &Place,
        value: Value,
    ) -> Option<Run> {
        let mut script = base.clone();
        apply(&mut script, vec![(place.clone(), Some(value))]);
        let found = self.runner.play(script, None);
        if !took(&found, goal, rule) {
            return None;
        }
        let script = found.script.clone();
        let whole = self.runner.run(script);
        Some(if took(&whole, goal, rule) {
            whole
        } else {
            found
        })
    }
}

/// True where the visit of the goal decided as it should.
fn took(run: &Run, goal: &Goal, rule: Option<usize>) -> bool {
    let before = goal.run.visits.get(goal.visit).map(|visit| visit.before);
    let visit = before.and_then(|before| run.visit(goal.state, before));
    visit.is_some_and(|visit| {
        let unmatched = rule.is_none()
            && visit
                .erred
                .iter()
                .any(|erred| erred.error == "States.NoChoiceMatched");
        visit.chose == Some(rule) || unmatched
    })
}
