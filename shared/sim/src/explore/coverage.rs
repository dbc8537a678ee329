//! What the paths of an exploration reach, and why they do not reach the rest.

use std::collections::BTreeMap;

use asl::{EdgeKind, State, StateKind};

use super::plan::{self, Plan};
use super::runs::Run;

/// Something of a definition that a path may reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    State(usize),
    /// A rule of a Choice, or what it does where no rule holds.
    Outcome(usize, Option<usize>),
    Retrier(usize, usize),
    Catcher(usize, usize),
}

impl Part {
    pub(super) fn state(self) -> usize {
        match self {
            Self::State(id)
            | Self::Outcome(id, _)
            | Self::Retrier(id, _)
            | Self::Catcher(id, _) => id,
        }
    }
}

/// One thing that may be reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Covered {
    /// Name of the state that it is or belongs to.
    pub state: String,
    /// JSON pointer of the state, rule, retrier or catcher; of the Choice, for what it does where no rule holds.
    pub pointer: String,
    /// The first path that reaches it.
    pub path: Option<usize>,
    /// Why none does.
    pub why: Option<String>,
}

/// What is reached, in the order of the definition, outer scopes before inner ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// States.
    pub states: Vec<Covered>,
    /// What a Choice can decide: each rule, and `Default` or that no rule holds.
    pub outcomes: Vec<Covered>,
    /// Retriers that took an error.
    pub retriers: Vec<Covered>,
    /// Catchers that took an error.
    pub catchers: Vec<Covered>,
}

/// The parts that a run reaches.
pub(super) fn reached(run: &Run) -> Vec<Part> {
    let mut parts = Vec::new();
    for visit in &run.visits {
        let Some(state) = visit.state else { continue };
        parts.push(Part::State(state));
        if let Some(rule) = visit.chose {
            parts.push(Part::Outcome(state, rule));
        }
        for erred in &visit.erred {
            parts.extend(erred.retrier.map(|at| Part::Retrier(state, at)));
            if erred.error == "States.NoChoiceMatched" {
                parts.push(Part::Outcome(state, None));
            }
        }
        parts.extend(visit.caught.map(|at| Part::Catcher(state, at)));
    }
    parts.sort_unstable();
    parts.dedup();
    parts
}

/// All parts of a definition with what is known of them.
pub(super) fn coverage(
    plan: &Plan<'_>,
    reached: &BTreeMap<Part, usize>,
    why: &BTreeMap<Part, String>,
    stopped: Option<&str>,
) -> Coverage {
    let report = Report {
        plan,
        reached,
        why,
        stopped,
    };
    let mut coverage = Coverage::default();
    for (id, place) in plan.states.iter().enumerate() {
        let state = place.state;
        coverage
            .states
            .push(report.of(Part::State(id), state, &state.pointer));
        if let StateKind::Choice { rules, .. } = &state.kind {
            for (at, rule) in rules.iter().enumerate() {
                let part = Part::Outcome(id, Some(at));
                coverage
                    .outcomes
                    .push(report.of(part, state, &rule.pointer));
            }
            let part = Part::Outcome(id, None);
            coverage
                .outcomes
                .push(report.of(part, state, &state.pointer));
        }
        for (at, retrier) in state.retry.iter().enumerate() {
            let part = Part::Retrier(id, at);
            coverage
                .retriers
                .push(report.of(part, state, &retrier.pointer));
        }
        for (at, catcher) in state.catch.iter().enumerate() {
            let part = Part::Catcher(id, at);
            coverage
                .catchers
                .push(report.of(part, state, &catcher.pointer));
        }
    }
    coverage
}

struct Report<'r, 'd> {
    plan: &'r Plan<'d>,
    reached: &'r BTreeMap<Part, usize>,
    why: &'r BTreeMap<Part, String>,
    stopped: Option<&'r str>,
}

impl Report<'_, '_> {
    fn of(&self, part: Part, state: &State, pointer: &str) -> Covered {
        let path = self.reached.get(&part).copied();
        Covered {
            state: state.name.value.clone(),
            pointer: pointer.to_owned(),
            path,
            why: path.is_none().then(|| self.reason(part, state)),
        }
    }

    fn reason(&self, part: Part, state: &State) -> String {
        if let Some(why) = self.why.get(&part) {
            return why.clone();
        }
        let is_entered = self.reached.contains_key(&Part::State(part.state()));
        let own = match part {
            Part::State(id) => self.not_entered(id),
            _ if !is_entered => Some(format!("no path comes to `{}`", state.name.value)),
            Part::Retrier(_, at) => shadowed(state, at, plan::retrier, |state, at| {
                state.retry.get(at).map(|it| &it.errors)
            })
            .then(|| "the retriers before it take every error that it names".to_owned()),
            Part::Catcher(_, at) => shadowed(state, at, plan::catcher, |state, at| {
                state.catch.get(at).map(|it| &it.errors)
            })
            .then(|| "the catchers before it take every error that it names".to_owned()),
            Part::Outcome(..) => None,
        };
        own.unwrap_or_else(|| match (self.stopped, part) {
            (Some(stopped), _) => format!("not tried: {stopped}"),
            (None, Part::Retrier(..) | Part::Catcher(..)) => {
                "nothing in it was made to fail with an error that it names".to_owned()
            }
            (None, _) => "nothing was found to try".to_owned(),
        })
    }

    fn not_entered(&self, id: usize) -> Option<String> {
        let place = self.plan.states.get(id)?;
        let owner = self.plan.scopes.get(place.scope)?.owner;
        if let Some(owner) = owner
            && !self.reached.contains_key(&Part::State(owner))
        {
            let name = &self.plan.state(owner)?.name.value;
            return Some(format!("no path comes to `{name}`, in which it is"));
        }
        let scope = match owner {
            None => None,
            Some(owner) => {
                let inner = &self.plan.states.get(owner)?.inner;
                let at = inner.iter().position(|scope| *scope == place.scope)?;
                self.plan.state(owner)?.scopes().get(at)
            }
        };
        let scope = scope.or(self.plan.root)?;
        let name = &place.state.name.value;
        let graph = scope.graph();
        let own = scope.states.iter().position(|it| it.name.value == *name)?;
        if !graph.reachable.get(own).copied().unwrap_or_default() {
            return Some("no transition leads to it".to_owned());
        }
        // What leads to it and is not reached either says why.
        for edge in graph.into(own) {
            let from = scope.states.get(edge.from)?;
            let id = self.plan.find(place.scope, &from.name.value)?;
            if id == part_of(place, self.plan) {
                continue;
            }
            let part = match edge.kind {
                _ if !self.reached.contains_key(&Part::State(id)) => {
                    let name = &from.name.value;
                    return Some(format!("no path comes to `{name}`, which leads to it"));
                }
                EdgeKind::Rule(at) => Part::Outcome(id, Some(at)),
                EdgeKind::Default => Part::Outcome(id, None),
                EdgeKind::Catch(at) => Part::Catcher(id, at),
                EdgeKind::Next => {
                    return Some(format!("`{}` never comes to its end", from.name.value));
                }
            };
            return Some(self.reason(part, from));
        }
        None
    }
}

fn part_of(place: &plan::Place<'_>, plan: &Plan<'_>) -> usize {
    plan.find(place.scope, &place.state.name.value)
        .unwrap_or(usize::MAX)
}

/// True where an earlier handler takes all that one names.
fn shadowed<'s>(
    state: &'s State,
    at: usize,
    first: impl Fn(&State, &str) -> Option<usize>,
    errors: impl Fn(&'s State, usize) -> Option<&'s Vec<asl::Spanned<String>>>,
) -> bool {
    errors(state, at).is_some_and(|errors| {
        errors
            .iter()
            .all(|error| first(state, &error.value).is_some_and(|first| first < at))
    })
}
