//! Loops with one entry, and how they lie inside of each other.

use super::{Dominators, Graph};

/// The natural loops of one scope.
///
/// A natural loop has a head that every way into it passes, and ways that lead back to the head from inside. Loops with
/// several entries are none; [`Graph::loops`] finds those, too.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NaturalLoops {
    /// For each state: the head of the innermost loop that it is in; its own number for a head.
    head: Vec<Option<usize>>,
    /// For each head: the head of the loop around its loop.
    outer: Vec<Option<usize>>,
    /// In the order of the text.
    heads: Vec<usize>,
}

impl NaturalLoops {
    /// The heads of all loops, in the order of the text.
    pub fn heads(&self) -> &[usize] {
        &self.heads
    }

    /// The head of the innermost loop that a state is in; the state itself, where it is a head.
    pub fn head(&self, state: usize) -> Option<usize> {
        self.head.get(state).copied().flatten()
    }

    /// The head of the loop around the loop of a head.
    pub fn outer(&self, head: usize) -> Option<usize> {
        self.outer.get(head).copied().flatten()
    }

    /// Is the state in the loop of that head, or in one inside of it?
    pub fn is_in(&self, state: usize, head: usize) -> bool {
        std::iter::successors(self.head(state), |inner| self.outer(*inner)).any(|it| it == head)
    }

    /// The states of the loop of that head, those of loops inside of it included, in the order of the text.
    pub fn states(&self, head: usize) -> Vec<usize> {
        // Whether the loop of each head is the one or inside of it, from the outside in.
        let mut inside: Vec<Option<bool>> = vec![None; self.head.len()];
        let mut found = Vec::new();
        for state in 0..self.head.len() {
            let mut path = Vec::new();
            let mut at = self.head(state);
            let is_inside = loop {
                match at {
                    None => break false,
                    Some(own) if own == head => break true,
                    Some(own) => {
                        if let Some(known) = inside.get(own).copied().flatten() {
                            break known;
                        }
                        path.push(own);
                        at = self.outer(own);
                    }
                }
            };
            for passed in path {
                if let Some(inside) = inside.get_mut(passed) {
                    *inside = Some(is_inside);
                }
            }
            if is_inside {
                found.push(state);
            }
        }
        found
    }
}

impl Graph {
    /// The natural loops; `dominators` are those of this graph.
    ///
    /// Heads are taken from the inside out. A loop that is done is from then on one node, its head, so that each state is
    /// looked at once.
    pub fn natural_loops(&self, dominators: &Dominators) -> NaturalLoops {
        let states = self.reachable.len();
        let mut loops = NaturalLoops {
            head: vec![None; states],
            outer: vec![None; states],
            heads: Vec::new(),
        };
        let is_back = |edge: &&super::Edge| dominators.dominates(edge.to, edge.from);
        loops.heads = (0..states)
            .filter(|state| self.into(*state).any(|edge| is_back(&edge)))
            .collect();
        let mut inside_out = loops.heads.clone();
        // What stands below another in the tree of dominators is come to later.
        inside_out.sort_by_key(|head| dominators.times(*head).map(|(came, _)| came));
        // For each head, the head of the outermost loop around it that is done; compressed.
        let mut around: Vec<usize> = (0..states).collect();
        for head in inside_out.into_iter().rev() {
            let back = self.into(head).filter(is_back).map(|edge| edge.from);
            let mut waiting: Vec<usize> = back.collect();
            if let Some(own) = loops.head.get_mut(head) {
                *own = Some(head);
            }
            while let Some(state) = waiting.pop() {
                if state == head {
                    continue;
                }
                // A state that is in no loop yet, or the outermost loop that it is in.
                let top = loops.head(state).map(|inner| outermost(&mut around, inner));
                let next = match top {
                    None => {
                        if let Some(own) = loops.head.get_mut(state) {
                            *own = Some(head);
                        }
                        state
                    }
                    Some(top) if top == head => continue,
                    Some(top) => {
                        if let Some(outer) = loops.outer.get_mut(top) {
                            *outer = Some(head);
                        }
                        if let Some(around) = around.get_mut(top) {
                            *around = head;
                        }
                        top
                    }
                };
                let before = self.into(next).map(|edge| edge.from);
                waiting.extend(before.filter(|from| dominators.contains(*from)));
            }
        }
        loops
    }
}

fn outermost(around: &mut [usize], head: usize) -> usize {
    let mut top = head;
    while let Some(next) = around.get(top).copied().filter(|next| *next != top) {
        top = next;
    }
    let mut at = head;
    while let Some(next) = around.get_mut(at).filter(|next| **next != top) {
        at = std::mem::replace(next, top);
    }
    top
}
