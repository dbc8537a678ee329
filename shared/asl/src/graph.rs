//! The control flow of one scope.

mod dominators;
mod loops;
mod regions;

pub use dominators::Dominators;
pub use loops::NaturalLoops;
pub use regions::Region;

use crate::{ChoiceRule, Scope, Span, Spanned, State, StateKind, paths};

/// Why one state follows another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EdgeKind {
    /// `Next` of a state.
    Next,
    /// Rule of a Choice, counted from 0.
    Rule(usize),
    /// `Default` of a Choice.
    Default,
    /// Catcher, counted from 0.
    Catch(usize),
}

/// One transition that the definition allows. Targets that do not exist have no edge.
#[derive(Clone, Debug, PartialEq)]
pub struct Edge {
    /// Index into [`Scope::states`].
    pub from: usize,
    /// Index into [`Scope::states`].
    pub to: usize,
    /// Why.
    pub kind: EdgeKind,
    /// Where the target's name is written, quotes included: what an edit re-points.
    pub target: Span,
}

/// The control flow of one scope; nested scopes have graphs of their own.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    /// In the order of the text.
    pub edges: Vec<Edge>,
    /// Index of the state that `StartAt` names, where it exists.
    pub start: Option<usize>,
    /// For each state: can it be reached from `StartAt`?
    pub reachable: Vec<bool>,
    /// Indexes into `edges`, by the state that they lead into.
    by_target: Vec<usize>,
}

/// A transition as it is written, whether its target exists or not.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Transition<'a> {
    pub(crate) kind: EdgeKind,
    pub(crate) target: &'a Spanned<String>,
}

/// The transitions that a state writes, in the order of the language; the author may have another.
pub(crate) fn transitions(state: &State) -> impl Iterator<Item = Transition<'_>> {
    let (rules, default, next): (&[ChoiceRule], _, _) = match &state.kind {
        StateKind::Choice { rules, default } => (rules, default.as_ref(), None),
        StateKind::Succeed | StateKind::Fail => (&[], None, None),
        _ => (&[], None, state.next.as_ref()),
    };
    let rules = rules.iter().enumerate();
    let rules = rules.map(|(index, rule)| (EdgeKind::Rule(index), rule.next.as_ref()));
    let catch = state.catch.iter().enumerate();
    let catch = catch.map(|(index, catcher)| (EdgeKind::Catch(index), catcher.next.as_ref()));
    std::iter::once((EdgeKind::Next, next))
        .chain(rules)
        .chain([(EdgeKind::Default, default)])
        .chain(catch)
        .filter_map(|(kind, target)| target.map(|target| Transition { kind, target }))
}

/// The states of a scope by name.
pub(crate) struct Names<'a>(Vec<(&'a str, usize)>);

impl<'a> Names<'a> {
    pub(crate) fn of(scope: &'a Scope) -> Self {
        let states = scope.states.iter().enumerate();
        let mut names: Vec<_> = states
            .map(|(index, state)| (state.name.value.as_str(), index))
            .collect();
        names.sort_unstable();
        names.dedup_by_key(|(name, _)| *name);
        Self(names)
    }

    /// The first state of that name.
    pub(crate) fn find(&self, name: &str) -> Option<usize> {
        let place = self.0.binary_search_by_key(&name, |(name, _)| name).ok()?;
        self.0.get(place).map(|(_, index)| *index)
    }
}

impl Graph {
    /// Reads the control flow of a scope; [`Scope::graph`] keeps it.
    pub(crate) fn of(scope: &Scope) -> Self {
        let names = Names::of(scope);
        let mut edges = Vec::new();
        for (from, state) in scope.states.iter().enumerate() {
            let found = transitions(state).filter_map(|transition| {
                Some(Edge {
                    from,
                    to: names.find(&transition.target.value)?,
                    kind: transition.kind,
                    target: transition.target.span,
                })
            });
            let own = edges.len();
            edges.extend(found);
            let own = edges.get_mut(own..).unwrap_or_default();
            own.sort_by_key(|edge| edge.target.start);
        }
        let start_at = scope.start_at.as_ref();
        let start = start_at.and_then(|start| names.find(&start.value));
        let mut by_target: Vec<usize> = (0..edges.len()).collect();
        by_target.sort_by_key(|index| edges.get(*index).map(|edge| edge.to));
        let mut graph = Self {
            edges,
            start,
            reachable: vec![false; scope.states.len()],
            by_target,
        };
        graph.reachable = paths::reachable(&graph.successors(|_| true), start);
        graph
    }

    /// All states, each before those that follow it, but for ways back.
    pub(crate) fn forward(&self) -> Vec<usize> {
        let mut order = paths::finishing_order(&self.successors(|_| true));
        order.reverse();
        order
    }

    /// For each state, the states that its edges of some kinds lead to.
    pub(crate) fn successors(&self, keep: impl Fn(EdgeKind) -> bool) -> Vec<Vec<usize>> {
        let mut successors = vec![Vec::new(); self.reachable.len()];
        for edge in self.edges.iter().filter(|edge| keep(edge.kind)) {
            if let Some(targets) = successors.get_mut(edge.from) {
                targets.push(edge.to);
            }
        }
        successors
    }

    /// For each state: does every way from `StartAt` to an end of the scope lead through it, ways over catchers
    /// included? Nowhere true where no end can be reached.
    pub fn unavoidable(&self, scope: &Scope) -> Vec<bool> {
        let ends: Vec<bool> = scope.states.iter().map(State::is_terminal).collect();
        paths::unavoidable(&self.successors(|_| true), self.start, &ends)
    }

    /// For each state: can the control flow come back to it?
    pub fn in_cycle(&self) -> Vec<bool> {
        if !self.leads_back() {
            return vec![false; self.reachable.len()];
        }
        paths::in_cycle(&self.successors(|_| true))
    }

    /// For each state: can it be reached from `StartAt` without an error being caught on the way?
    pub fn usual(&self) -> Vec<bool> {
        let forward = self.successors(|kind| !matches!(kind, EdgeKind::Catch(_)));
        paths::reachable(&forward, self.start)
    }

    /// The groups of states that the control flow can go round in when it stays among the states that `keep` names, each
    /// in the order of the text. From every state of a group it can come to every other.
    pub fn loops(&self, keep: impl Fn(usize) -> bool) -> Vec<Vec<usize>> {
        if !self.leads_back() {
            return Vec::new();
        }
        let mut successors = self.successors(|_| true);
        for (state, targets) in successors.iter_mut().enumerate() {
            targets.retain(|to| keep(state) && keep(*to));
        }
        paths::cycles(&successors)
    }

    /// True where an edge leads to a state that is written before: no loop can do without.
    fn leads_back(&self) -> bool {
        self.edges.iter().any(|edge| edge.to <= edge.from)
    }

    /// Edges that lead into a state, in the order of the text.
    pub fn into(&self, state: usize) -> impl Iterator<Item = &Edge> {
        let first = self
            .by_target
            .partition_point(|index| self.target(*index) < Some(state));
        let found = self.by_target.iter().skip(first);
        found
            .filter_map(|index| self.edges.get(*index))
            .take_while(move |edge| edge.to == state)
    }

    /// Edges that leave a state, in the order of the text.
    pub fn out_of(&self, state: usize) -> impl Iterator<Item = &Edge> {
        let first = self.edges.partition_point(|edge| edge.from < state);
        let found = self.edges.iter().skip(first);
        found.take_while(move |edge| edge.from == state)
    }

    fn target(&self, edge: usize) -> Option<usize> {
        self.edges.get(edge).map(|edge| edge.to)
    }
}
