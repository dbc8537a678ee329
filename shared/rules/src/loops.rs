//! Ways round which the control flow of a scope can go without end.
//!
//! A human looks for what changes from round to round and for the Choice that asks for it. So every round has to pass a
//! Choice that leaves the loop and asks for something that counts, runs out or comes to its end; a round that passes none
//! has no limit. Whether the limit is ever reached cannot be told, and is not asked.

pub(crate) mod signs;

use asl::{Edge, Graph, Scope, State};

use signs::Signs;

#[cfg(test)]
mod tests;

/// States that can follow each other for ever.
pub(crate) struct Endless<'a> {
    /// All of them, in the order of the text.
    pub(crate) states: Vec<&'a State>,
    /// The state that leads back.
    pub(crate) from: &'a State,
    /// The state that it leads back to: the first of them that is reached.
    pub(crate) to: &'a State,
    /// True where one of them asks a service how far it is.
    pub(crate) polls: bool,
}

/// The loops of one scope, but not of scopes inside, that nothing limits.
pub(crate) fn endless<'a>(scope: &'a Scope, text: &str) -> Vec<Endless<'a>> {
    let graph = scope.graph();
    let reachable = |state: usize| graph.reachable.get(state) == Some(&true);
    let rings = graph.loops(reachable);
    if rings.is_empty() {
        return Vec::new();
    }
    let signs = all_signs(scope, graph, &rings, text);
    let open = |state: usize| {
        let signs = signs.get(state);
        reachable(state) && signs.is_some_and(|signs| !signs.limits)
    };
    let sign = |state: usize, of: fn(&Signs) -> bool| signs.get(state).is_some_and(of);
    // Rounds that pass no Choice that asks, and rounds in which nothing counts although a Choice asks.
    let unasked = graph.loops(|state| open(state) && !sign(state, |signs| signs.asks));
    let mut told: Vec<bool> = vec![false; scope.states.len()];
    mark(&mut told, &unasked);
    let uncounted = graph.loops(|state| open(state) && !sign(state, |signs| signs.counts));
    let more = uncounted
        .into_iter()
        .filter(|group| !group.iter().any(|state| told.get(*state) == Some(&true)));
    let order = order(graph, scope.states.len());
    let groups = unasked.iter().cloned().chain(more);
    groups
        .filter_map(|group| {
            let (from, to) = closing(scope, graph, &order, &group)?;
            let states = group.iter().filter_map(|state| scope.states.get(*state));
            Some(Endless {
                polls: group.iter().any(|state| sign(*state, |signs| signs.polls)),
                states: states.collect(),
                from,
                to,
            })
        })
        .collect()
}

fn mark(marks: &mut [bool], groups: &[Vec<usize>]) {
    for state in groups.iter().flatten() {
        if let Some(mark) = marks.get_mut(*state) {
            *mark = true;
        }
    }
}

/// What each state of a loop says of its end. A state outside of all loops says nothing.
fn all_signs(scope: &Scope, graph: &Graph, rings: &[Vec<usize>], text: &str) -> Vec<Signs> {
    let mut ring_of: Vec<Option<usize>> = vec![None; scope.states.len()];
    for (ring, states) in rings.iter().enumerate() {
        for state in states {
            if let Some(ring_of) = ring_of.get_mut(*state) {
                *ring_of = Some(ring);
            }
        }
    }
    let ring = |state: usize| ring_of.get(state).copied().flatten();
    let mut all = vec![Signs::default(); scope.states.len()];
    for states in rings {
        let read = |index: &usize| {
            let leaves = |edge: &Edge| ring(edge.to) != ring(*index);
            let exits = graph.out_of(*index).any(leaves);
            scope
                .states
                .get(*index)
                .map(|state| Signs::of(state, exits, text))
        };
        let mut own: Vec<Signs> = states.iter().filter_map(read).collect();
        let counted = own.iter().any(|signs| signs.counts);
        for signs in &mut own {
            // Where nothing counts, it is no use to ask.
            signs.asks &= counted;
        }
        for (state, signs) in states.iter().zip(own) {
            if let Some(place) = all.get_mut(*state) {
                *place = signs;
            }
        }
    }
    all
}

/// How soon each state is reached from the start.
fn order(graph: &Graph, states: usize) -> Vec<usize> {
    let mut order = vec![usize::MAX; states];
    let mut queue: Vec<usize> = graph.start.into_iter().collect();
    let mut next = 0;
    while let Some(state) = queue.get(next).copied() {
        next += 1;
        if let Some(place) = order.get_mut(state).filter(|place| **place == usize::MAX) {
            *place = next;
            queue.extend(graph.out_of(state).map(|edge| edge.to));
        }
    }
    order
}

/// The state that leads back, and the one that it leads back to. Of several that lead back it is a Wait, where there is
/// one, because that is written for nothing else; else the last.
fn closing<'a>(
    scope: &'a Scope,
    graph: &Graph,
    order: &[usize],
    group: &[usize],
) -> Option<(&'a State, &'a State)> {
    let place = |state: &usize| order.get(*state).copied();
    let entry = *group.iter().min_by_key(|state| place(state))?;
    let is_wait = |state: &State| matches!(state.kind, asl::StateKind::Wait(_));
    let from = graph
        .into(entry)
        .map(|edge| edge.from)
        .filter(|from| group.binary_search(from).is_ok())
        .max_by_key(|from| (scope.states.get(*from).is_some_and(is_wait), place(from)))?;
    Some((scope.states.get(from)?, scope.states.get(entry)?))
}
