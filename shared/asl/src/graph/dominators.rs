//! Which states every way to, or from, a state passes.
//!
//! Found by Lengauer and Tarjan's algorithm with path compression, without recursion. The simpler walk up the tree of what
//! is known so far takes quadratic time on a chain of states that all have a catcher to one handler, which is how many
//! definitions look.

use super::Graph;
use crate::{Scope, State};

/// Not a node.
const NONE: usize = usize::MAX;

/// The tree of dominators, or of post-dominators, of one scope.
///
/// A state is a dominator of another where every way from `StartAt` to the other passes it; a post-dominator, where every
/// way from the other to an end of the scope does. Ways over catchers count. Every state is one of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dominators {
    /// For each state: the nearest other one.
    parent: Vec<Option<usize>>,
    /// For each state in the tree: when a walk over the tree comes to it, and when it leaves it. A state stands below
    /// another where its times lie between the other's.
    times: Vec<Option<(usize, usize)>>,
}

impl Dominators {
    /// The nearest dominator of a state but itself. None for where the ways begin, and for states that are on no way.
    pub fn immediate(&self, state: usize) -> Option<usize> {
        self.parent.get(state).copied().flatten()
    }

    /// True for a state that is on a way: one that `StartAt` leads to; for post-dominators, one that leads to an end.
    pub fn contains(&self, state: usize) -> bool {
        self.times(state).is_some()
    }

    /// Does every way to `state` (or from it, for post-dominators) pass `by`? In constant time; false where one of the
    /// two is on no way.
    pub fn dominates(&self, by: usize, state: usize) -> bool {
        match (self.times(by), self.times(state)) {
            (Some((came, left)), Some((inner, _))) => came <= inner && inner < left,
            _ => false,
        }
    }

    /// The dominators of a state, the nearest first, itself left out.
    pub fn above(&self, state: usize) -> impl Iterator<Item = usize> {
        std::iter::successors(self.immediate(state), |above| self.immediate(*above))
    }

    pub(super) fn times(&self, state: usize) -> Option<(usize, usize)> {
        self.times.get(state).copied().flatten()
    }

    /// From the ways of a graph with one root. Where that root is no state, it has the number behind the last of them.
    fn of(successors: &[Vec<usize>], root: Option<usize>, states: usize) -> Self {
        let mut parent = match root {
            Some(root) => immediate(successors, root),
            None => Vec::new(),
        };
        parent.resize(successors.len(), NONE);
        let times = match root {
            Some(root) => times(&parent, root),
            None => Vec::new(),
        };
        let is_state = |node: &usize| *node < states;
        Self {
            parent: (parent.into_iter().take(states))
                .map(|parent| Some(parent).filter(is_state))
                .collect(),
            times: times.into_iter().take(states).collect(),
        }
    }
}

impl Graph {
    /// For each state, the states that every way from `StartAt` to it passes.
    pub fn dominators(&self) -> Dominators {
        let successors = self.successors(|_| true);
        Dominators::of(&successors, self.start, successors.len())
    }

    /// For each state, the states that every way from it to an end of the scope passes. `scope` is what the graph is of.
    pub fn post_dominators(&self, scope: &Scope) -> Dominators {
        let states = self.reachable.len();
        let mut turned = crate::paths::predecessors(&self.successors(|_| true));
        let ends = scope.states.iter().enumerate();
        let ends = ends.filter(|(_, state)| State::is_terminal(state));
        turned.push(ends.map(|(index, _)| index).collect());
        Dominators::of(&turned, Some(states), states)
    }
}

/// One look at a node in the walk that finds the immediate dominators. All fields but `node` are numbers in the order of
/// a depth-first search.
#[derive(Clone, Copy)]
struct Visit {
    node: usize,
    /// From where the search came.
    parent: usize,
    /// The lowest number from which there is a way here over higher numbers.
    semi: usize,
    /// Up in the forest of what is done; compressed.
    ancestor: usize,
    /// The one with the lowest `semi` on the way to `ancestor`.
    label: usize,
    dominator: usize,
}

struct Walk {
    visits: Vec<Visit>,
    path: Vec<usize>,
}

/// For each node the nearest dominator, `NONE` for the root and for what it does not lead to.
fn immediate(successors: &[Vec<usize>], root: usize) -> Vec<usize> {
    let (visits, numbers) = search(successors, root);
    let count = visits.len();
    let mut before: Vec<Vec<usize>> = vec![Vec::new(); count];
    for (from, visit) in visits.iter().enumerate() {
        for to in successors.get(visit.node).into_iter().flatten() {
            if let Some(list) = numbers.get(*to).and_then(|to| before.get_mut(*to)) {
                list.push(from);
            }
        }
    }
    let mut walk = Walk {
        visits,
        path: Vec::new(),
    };
    let mut waiting: Vec<Vec<usize>> = vec![Vec::new(); count];
    for own in (1..count).rev() {
        let Some(parent) = walk.get(own).map(|visit| visit.parent) else {
            continue;
        };
        let mut semi = own;
        for from in before.get(own).into_iter().flatten() {
            let best = walk.best(*from);
            semi = semi.min(walk.semi(best));
        }
        walk.set(own, |visit| visit.semi = semi);
        if let Some(waiting) = waiting.get_mut(semi) {
            waiting.push(own);
        }
        walk.set(own, |visit| visit.ancestor = parent);
        for other in waiting
            .get_mut(parent)
            .map(std::mem::take)
            .unwrap_or_default()
        {
            let best = walk.best(other);
            let found = if walk.semi(best) < walk.semi(other) {
                best
            } else {
                parent
            };
            walk.set(other, |visit| visit.dominator = found);
        }
    }
    for own in 1..count {
        let Some(visit) = walk.get(own) else { continue };
        if visit.dominator != visit.semi {
            let above = walk
                .get(visit.dominator)
                .map_or(NONE, |above| above.dominator);
            walk.set(own, |visit| visit.dominator = above);
        }
    }
    let mut found = vec![NONE; successors.len()];
    for visit in walk.visits.iter().skip(1) {
        let above = walk.get(visit.dominator).map_or(NONE, |above| above.node);
        if let Some(found) = found.get_mut(visit.node) {
            *found = above;
        }
    }
    found
}

impl Walk {
    fn get(&self, number: usize) -> Option<Visit> {
        self.visits.get(number).copied()
    }

    fn set(&mut self, number: usize, change: impl FnOnce(&mut Visit)) {
        if let Some(visit) = self.visits.get_mut(number) {
            change(visit);
        }
    }

    fn semi(&self, number: usize) -> usize {
        self.get(number).map_or(NONE, |visit| visit.semi)
    }

    /// The node with the lowest `semi` on the way from `number` up to its root in the forest, the root left out.
    fn best(&mut self, number: usize) -> usize {
        let mut at = number;
        while let Some(visit) = self.get(at).filter(|visit| visit.ancestor != NONE) {
            self.path.push(at);
            at = visit.ancestor;
        }
        // From the root down, so that each can take over what the one above it has found.
        let root = at;
        let mut above = self.path.pop().unwrap_or(root);
        while let Some(at) = self.path.pop() {
            let (over, own) = (self.label(above), self.label(at));
            if self.semi(over) < self.semi(own) {
                self.set(at, |visit| visit.label = over);
            }
            self.set(at, |visit| visit.ancestor = root);
            above = at;
        }
        self.label(number)
    }

    fn label(&self, number: usize) -> usize {
        self.get(number).map_or(number, |visit| visit.label)
    }
}

/// All nodes that can be reached, in the order of a depth-first search, and the number of each node in that order.
fn search(successors: &[Vec<usize>], root: usize) -> (Vec<Visit>, Vec<usize>) {
    let mut numbers = vec![NONE; successors.len()];
    let mut visits: Vec<Visit> = Vec::new();
    let mut stack = vec![(root, 0)];
    while let Some((node, parent)) = stack.pop() {
        let Some(number) = numbers.get_mut(node).filter(|number| **number == NONE) else {
            continue;
        };
        let own = visits.len();
        *number = own;
        visits.push(Visit {
            node,
            parent,
            semi: own,
            ancestor: NONE,
            label: own,
            dominator: 0,
        });
        let targets = successors.get(node).into_iter().flatten().rev();
        stack.extend(targets.map(|to| (*to, own)));
    }
    (visits, numbers)
}

/// When a walk over a tree comes to each node and when it leaves it.
fn times(parent: &[usize], root: usize) -> Vec<Option<(usize, usize)>> {
    let mut below: Vec<Vec<usize>> = vec![Vec::new(); parent.len()];
    for (node, parent) in parent.iter().enumerate() {
        if let Some(list) = below.get_mut(*parent) {
            list.push(node);
        }
    }
    let mut times = vec![None; parent.len()];
    let mut clock = 0;
    let mut stack = vec![(root, 0, 0)];
    while let Some((node, next, came)) = stack.last_mut() {
        if *next == 0 {
            *came = clock;
            clock += 1;
        }
        let (node, came) = (*node, *came);
        if let Some(inner) = below.get(node).and_then(|list| list.get(*next)) {
            *next += 1;
            stack.push((*inner, 0, 0));
        } else {
            if let Some(times) = times.get_mut(node) {
                *times = Some((came, clock));
            }
            stack.pop();
        }
    }
    times
}
