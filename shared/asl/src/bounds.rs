//! How many state transitions an execution takes, as far as the definition says.

use std::{cmp::Reverse, collections::BinaryHeap};

use crate::{EdgeKind, Graph, MapMode, MapState, Scope, State, StateKind, paths};

/// The fewest and the most state transitions of one execution in which nothing is caught and nothing retried.
///
/// A transition is counted for each state that is entered, as AWS bills them: those of nested scopes too, and one for
/// each child execution of a Distributed Map (aws.amazon.com/step-functions/pricing, 2026-11-22).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TransitionBounds {
    /// On the shortest way to an end of the scope; 0 where no end can be reached.
    pub fewest: u64,
    /// On the longest way; `None` where a loop or the items of a Map leave it open.
    pub most: Option<u64>,
}

impl Graph {
    /// Bounds of the transitions in `scope`, which is the scope of this graph, and in the scopes inside it.
    pub fn transition_bounds(&self, scope: &Scope) -> TransitionBounds {
        let forward = self.successors(|kind| !matches!(kind, EdgeKind::Catch(_)));
        let costs: Vec<TransitionBounds> = scope.states.iter().map(of_state).collect();
        let ends: Vec<bool> = scope.states.iter().map(State::is_terminal).collect();
        let useful = useful(&forward, self.start, &ends);
        let cost = |node: usize| costs.get(node).map_or(1, |cost| cost.fewest);
        match fewest(&useful, self.start, &ends, cost) {
            None => TransitionBounds {
                fewest: 0,
                most: None,
            },
            Some(fewest) => TransitionBounds {
                fewest,
                most: most(&useful, self.start, &ends, &costs),
            },
        }
    }
}

/// The edges that are on a way from the start to an end. An end is left by no edge.
fn useful(forward: &[Vec<usize>], start: Option<usize>, ends: &[bool]) -> Vec<Vec<usize>> {
    let is_end = |node: usize| ends.get(node).copied().unwrap_or_default();
    let mut edges: Vec<Vec<usize>> = forward.to_vec();
    for (node, targets) in edges.iter_mut().enumerate() {
        if is_end(node) {
            targets.clear();
        }
    }
    let from_start = paths::reachable(&edges, start);
    let mut turned = paths::predecessors(&edges);
    // One more node behind all ends, so that a single search goes back from all of them.
    let behind = turned.len();
    turned.push((0..behind).filter(|node| is_end(*node)).collect());
    let to_end = paths::reachable(&turned, Some(behind));
    let both = |node: usize| from_start.get(node) == Some(&true) && to_end.get(node) == Some(&true);
    for (node, targets) in edges.iter_mut().enumerate() {
        targets.retain(|to| both(node) && both(*to));
    }
    edges
}

fn fewest(
    edges: &[Vec<usize>],
    start: Option<usize>,
    ends: &[bool],
    cost: impl Fn(usize) -> u64,
) -> Option<u64> {
    let start = start?;
    let mut done = vec![false; edges.len()];
    let mut queue = BinaryHeap::from([Reverse((cost(start), start))]);
    while let Some(Reverse((sum, node))) = queue.pop() {
        if ends.get(node).copied().unwrap_or_default() {
            return Some(sum);
        }
        let known = done.get_mut(node)?;
        if !std::mem::replace(known, true) {
            for to in edges.get(node).into_iter().flatten() {
                queue.push(Reverse((sum.saturating_add(cost(*to)), *to)));
            }
        }
    }
    None
}

fn most(
    edges: &[Vec<usize>],
    start: Option<usize>,
    ends: &[bool],
    costs: &[TransitionBounds],
) -> Option<u64> {
    let start = start?;
    let cost = |node: usize| costs.get(node).and_then(|cost| cost.most);
    // `None`: not reached; `Some(None)`: reached, without a bound.
    let mut sums: Vec<Option<Option<u64>>> = vec![None; edges.len()];
    *sums.get_mut(start)? = Some(cost(start));
    let mut longest = Some(0);
    for node in paths::topological_order(edges)? {
        let Some(sum) = sums.get(node).copied().flatten() else {
            continue;
        };
        if ends.get(node).copied().unwrap_or_default() {
            longest = larger(longest, sum);
        }
        for to in edges.get(node).into_iter().flatten() {
            let next = sum
                .zip(cost(*to))
                .map(|(sum, cost)| sum.saturating_add(cost));
            if let Some(known) = sums.get_mut(*to) {
                *known = Some(match *known {
                    Some(known) => larger(known, next),
                    None => next,
                });
            }
        }
    }
    longest
}

/// The larger of two bounds, where `None` is no bound.
fn larger(left: Option<u64>, right: Option<u64>) -> Option<u64> {
    left.zip(right).map(|(left, right)| left.max(right))
}

fn of_state(state: &State) -> TransitionBounds {
    match &state.kind {
        StateKind::Parallel(branches) => branches.iter().map(of_scope).fold(
            TransitionBounds {
                fewest: 1,
                most: Some(1),
            },
            |sum, branch| TransitionBounds {
                fewest: sum.fewest.saturating_add(branch.fewest),
                most: sum
                    .most
                    .zip(branch.most)
                    .map(|(sum, branch)| sum.saturating_add(branch)),
            },
        ),
        StateKind::Map(map) => of_map(state, map),
        _ => TransitionBounds {
            fewest: 1,
            most: Some(1),
        },
    }
}

fn of_scope(scope: &Scope) -> TransitionBounds {
    scope.graph().transition_bounds(scope)
}

fn of_map(state: &State, map: &MapState) -> TransitionBounds {
    let item = match (map.mode, &map.processor) {
        (MapMode::Inline, Some(scope)) => of_scope(scope),
        (MapMode::Distributed { .. }, _) => TransitionBounds {
            fewest: 1,
            most: Some(1),
        },
        (MapMode::Inline, None) => TransitionBounds {
            fewest: 0,
            most: None,
        },
    };
    // Items that are written down; with a batcher, how they are grouped is not known.
    let written = state
        .field("Items")
        .and_then(|items| items.items())
        .map(<[_]>::len);
    let items = written.and_then(|items| u64::try_from(items).ok());
    match items.filter(|_| !state.has("ItemBatcher")) {
        Some(items) => TransitionBounds {
            fewest: items.saturating_mul(item.fewest).saturating_add(1),
            most: item
                .most
                .map(|most| items.saturating_mul(most).saturating_add(1)),
        },
        None => TransitionBounds {
            fewest: 1,
            most: None,
        },
    }
}
