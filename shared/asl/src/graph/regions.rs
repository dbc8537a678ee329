//! Parts of a scope that can be taken as one: one way in, one way out.

use super::{Dominators, Graph};
use crate::{Scope, State};

/// States that the control flow enters at one of them only, and leaves to one place only: what a change can lift out, or
/// put something else in the place of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Region {
    /// Where every way enters it. Ways may come back here from inside.
    pub entry: usize,
    /// Where every way leads that leaves it, a state that is not part of it. None, where it ends the scope.
    pub exit: Option<usize>,
    /// Its states, in the order of the text.
    pub states: Vec<usize>,
}

/// A region that grows.
struct Growing<'a> {
    graph: &'a Graph,
    ends: Vec<bool>,
    entry: usize,
    inside: Vec<bool>,
    states: Vec<usize>,
    /// Ways from outside into a state that is not the entry.
    intrusions: usize,
    /// A state inside ends the scope.
    has_end: bool,
}

impl Graph {
    /// The smallest region that begins at a state and does not end the scope with it; where there is none, all that
    /// follows, if nothing else leads into it. `post_dominators` are those of this graph, `scope` is what it is of.
    ///
    /// In time linear in what it answers, and in the ways of that.
    pub fn region_from(
        &self,
        entry: usize,
        scope: &Scope,
        post_dominators: &Dominators,
    ) -> Option<Region> {
        let mut growing = self.growing(entry, scope)?;
        let mut next = Some(entry);
        for exit in post_dominators.above(entry).map(Some).chain([None]) {
            growing.add(next?, exit);
            if growing.is_region(exit) {
                return Some(growing.region(exit));
            }
            next = exit;
        }
        None
    }

    /// The states from `entry` up to `exit`, which is left out, where they are a region: nothing else leads into them, and
    /// every way out of them leads to `exit`. With no `exit`, all that follows.
    pub fn region_between(
        &self,
        entry: usize,
        exit: Option<usize>,
        scope: &Scope,
    ) -> Option<Region> {
        let mut growing = self.growing(entry, scope)?;
        growing.add(entry, exit);
        growing.is_region(exit).then(|| growing.region(exit))
    }

    fn growing(&self, entry: usize, scope: &Scope) -> Option<Growing<'_>> {
        let reached = self.reachable.get(entry) == Some(&true);
        reached.then(|| Growing {
            graph: self,
            ends: scope.states.iter().map(State::is_terminal).collect(),
            entry,
            inside: vec![false; self.reachable.len()],
            states: Vec::new(),
            intrusions: 0,
            has_end: false,
        })
    }
}

impl Growing<'_> {
    /// Adds a state and all that it leads to without passing `exit`.
    fn add(&mut self, from: usize, exit: Option<usize>) {
        let mut waiting = vec![from];
        while let Some(state) = waiting.pop() {
            if Some(state) == exit || !crate::paths::visit(&mut self.inside, state) {
                continue;
            }
            self.states.push(state);
            self.has_end |= self.ends.get(state) == Some(&true);
            if state != self.entry {
                let graph = self.graph;
                // What cannot be reached leads nowhere in fact.
                let before = graph.into(state).map(|edge| edge.from);
                let before = before.filter(|from| graph.reachable.get(*from) == Some(&true));
                self.intrusions += before.filter(|from| !self.is_inside(*from)).count();
                // Another way into it that never comes from inside.
                self.intrusions += usize::from(graph.start == Some(state));
            }
            for edge in self.graph.out_of(state) {
                if edge.to != self.entry && edge.to != state && self.is_inside(edge.to) {
                    self.intrusions -= 1;
                }
                waiting.push(edge.to);
            }
        }
    }

    fn is_inside(&self, state: usize) -> bool {
        self.inside.get(state) == Some(&true)
    }

    fn is_region(&self, exit: Option<usize>) -> bool {
        self.intrusions == 0 && (exit.is_none() || !self.has_end) && exit != Some(self.entry)
    }

    fn region(mut self, exit: Option<usize>) -> Region {
        self.states.sort_unstable();
        Region {
            entry: self.entry,
            exit,
            states: self.states,
        }
    }
}
