//! Ways through a scope: what is reached, in which order people want to read it, how long it takes at the worst.

use std::collections::BTreeSet;

use super::{Kind, Label, Machine, Scope, State};

impl Machine {
    /// How long an execution takes at the worst, on its longest way, with all retries.
    pub fn longest_seconds(&self) -> u64 {
        self.scope.longest_seconds()
    }

    /// All states that are written, outer ones first, in order.
    pub fn states(&self) -> Vec<&State> {
        let mut all = Vec::new();
        let mut open = vec![&self.scope];
        while let Some(scope) = open.pop() {
            for state in scope.in_order() {
                all.push(state);
                open.extend(state.scopes());
            }
        }
        all
    }
}

impl State {
    /// The scopes inside.
    pub fn scopes(&self) -> Vec<&Scope> {
        match &self.kind {
            Kind::Parallel(branches) => branches.iter().collect(),
            Kind::Map(map) => vec![&map.processor],
            _ => Vec::new(),
        }
    }

    /// Where it goes on when nothing fails.
    pub fn ways(&self) -> Vec<Label> {
        match &self.kind {
            Kind::Choice { ways, otherwise } => ways
                .iter()
                .map(|(_, label)| *label)
                .chain([*otherwise])
                .collect(),
            Kind::Succeed | Kind::Fail { .. } => Vec::new(),
            _ => self.next.into_iter().collect(),
        }
    }
}

impl Scope {
    /// The state that is entered first.
    pub fn start(&self) -> Option<Label> {
        self.start
    }

    /// States that can be reached: those of the way without errors first, then what errors lead to.
    pub fn in_order(&self) -> Vec<&State> {
        self.order()
            .into_iter()
            .filter_map(|at| self.states.get(at))
            .collect()
    }

    fn order(&self) -> Vec<usize> {
        let mut order = Vec::new();
        let mut seen = BTreeSet::new();
        let start = self.start.and_then(|start| self.own(start));
        self.follow(start.into_iter().collect(), &mut order, &mut seen);
        // What undoes stands in the order in which it runs when the errors of the last step are followed first.
        let mut done = 0;
        loop {
            let from: Vec<usize> = order.get(done..).unwrap_or_default().to_vec();
            if from.is_empty() {
                return order;
            }
            done = order.len();
            for at in from.into_iter().rev() {
                let catchers = self.states.get(at).map(|state| state.catch.as_slice());
                for catcher in catchers.unwrap_or_default().iter().rev() {
                    let to = self.own(catcher.next);
                    self.follow(to.into_iter().collect(), &mut order, &mut seen);
                }
            }
        }
    }

    /// Depth first along the ways without errors.
    fn follow(&self, mut open: Vec<usize>, order: &mut Vec<usize>, seen: &mut BTreeSet<usize>) {
        while let Some(at) = open.pop() {
            let Some(state) = self.states.get(at) else {
                continue;
            };
            if !seen.insert(at) {
                continue;
            }
            order.push(at);
            let ways = state.ways();
            open.extend(ways.into_iter().rev().filter_map(|label| self.own(label)));
        }
    }

    /// How long one state takes at the worst; nothing for one of another scope.
    pub fn worst_of(&self, name: &str) -> u64 {
        let own = self.states.iter().find(|state| state.name == name);
        own.map_or(0, |state| {
            let inside = state.scopes().into_iter().map(Self::longest_seconds).max();
            state.worst_seconds.max(inside.unwrap_or_default())
        })
    }

    /// How long it takes at the worst. Ways back count nothing: a loop has all of its time in one of its states.
    pub fn longest_seconds(&self) -> u64 {
        let mut known: Vec<Option<u64>> = vec![None; self.states.len()];
        let mut open: Vec<(usize, bool)> = Vec::new();
        open.extend(
            self.start
                .and_then(|start| self.own(start))
                .map(|at| (at, false)),
        );
        let mut on_way = BTreeSet::new();
        while let Some((at, done)) = open.pop() {
            let Some(state) = self.states.get(at) else {
                continue;
            };
            let ways = || {
                let caught = state.catch.iter().map(|catcher| catcher.next);
                state
                    .ways()
                    .into_iter()
                    .chain(caught)
                    .filter_map(|label| self.own(label))
            };
            let time = |at: usize| known.get(at).copied().flatten();
            if done {
                let rest = ways().filter_map(time).max().unwrap_or_default();
                let inside = state
                    .scopes()
                    .into_iter()
                    .map(Scope::longest_seconds)
                    .max()
                    .unwrap_or_default();
                let own = state.worst_seconds.max(inside).saturating_add(rest);
                if let Some(place) = known.get_mut(at) {
                    *place = Some(own);
                }
                on_way.remove(&at);
            } else if time(at).is_none() && on_way.insert(at) {
                open.push((at, true));
                open.extend(ways().map(|to| (to, false)));
            }
        }
        self.start
            .and_then(|start| self.own(start))
            .and_then(|at| known.get(at).copied().flatten())
            .unwrap_or_default()
    }
}
