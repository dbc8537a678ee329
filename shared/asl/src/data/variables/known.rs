//! Which variables are there when a state is entered.

use super::Variables;
use crate::Scope;

/// Passes over a scope after which nothing is claimed about it. A pass goes along all ways; another one is needed for each
/// loop that a loop is in.
const MOST_PASSES: usize = 50;

/// Names that are surely there, and those that may be.
#[derive(Clone, Default)]
pub(super) struct Known {
    pub(super) surely: Set,
    pub(super) maybe: Set,
}

/// A set of small numbers.
#[derive(Clone, Default)]
pub(super) struct Set(Vec<u64>);

impl Set {
    pub(super) fn contains(&self, number: usize) -> bool {
        let word = self.0.get(number / 64).copied().unwrap_or_default();
        word >> (number % 64) & 1 == 1
    }

    fn insert(&mut self, number: usize) {
        let word = number / 64;
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        if let Some(word) = self.0.get_mut(word) {
            *word |= 1 << (number % 64);
        }
    }

    /// Adds what the other has; true where that is something.
    fn extend(&mut self, other: &Self) -> bool {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        let mut changed = false;
        for (word, other) in self.0.iter_mut().zip(&other.0) {
            changed |= *other & !*word != 0;
            *word |= other;
        }
        changed
    }

    /// Keeps what the other has too; true where that is not all.
    fn retain(&mut self, other: &Self) -> bool {
        let mut changed = false;
        let others = other.0.iter().copied().chain(std::iter::repeat(0));
        for (word, other) in self.0.iter_mut().zip(others) {
            changed |= *word & !other != 0;
            *word &= other;
        }
        changed
    }
}

impl Known {
    /// Another way leads to where this is known; true where less is sure then, or more may be.
    fn join(&mut self, other: &Self) -> bool {
        let less = self.surely.retain(&other.surely);
        let more = self.maybe.extend(&other.maybe);
        less || more
    }
}

/// What is known when each state of a scope is entered; of a state, none where it is never entered. None at all where the
/// ways are too entangled to tell.
pub(super) fn when_entered(
    variables: &Variables<'_>,
    scope: &Scope,
    visible: Known,
) -> Option<Vec<Option<Known>>> {
    let graph = scope.graph();
    let mut known: Vec<Option<Known>> = vec![None; scope.states.len()];
    if let Some(first) = graph.start.and_then(|start| known.get_mut(start)) {
        *first = Some(visible);
    }
    let order = graph.forward();
    for _ in 0..MOST_PASSES {
        let mut changed = false;
        for index in &order {
            let (Some(state), Some(Some(before))) = (scope.states.get(*index), known.get(*index))
            else {
                continue;
            };
            let before = before.clone();
            for edge in graph.out_of(*index) {
                let mut after = before.clone();
                for assigned in variables.assigned_in(state) {
                    if assigned.way.is(edge.kind) {
                        after.surely.insert(assigned.number);
                        after.maybe.insert(assigned.number);
                    }
                }
                match known.get_mut(edge.to) {
                    Some(Some(target)) => changed |= target.join(&after),
                    Some(target) => {
                        changed = true;
                        *target = Some(after);
                    }
                    None => {}
                }
            }
        }
        if !changed {
            return Some(known);
        }
    }
    None
}
