//! The control flow of one scope while states are taken out of it, one after the other: two states that can each be removed
//! cannot always both be.

use std::collections::{BTreeMap, BTreeSet};

use asl::{EdgeKind, Graph, Scope, State, StateKind};

/// One way from a state to another, with the removed states between them left out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Way {
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) kind: EdgeKind,
    /// The state in which the way is written.
    pub(crate) written: usize,
}

/// The ways of one scope.
pub(crate) struct Flow<'a> {
    pub(crate) scope: &'a Scope,
    pub(crate) graph: &'a Graph,
    pub(crate) start: usize,
    ways: Ways,
    /// States that were taken out.
    pub(crate) gone: BTreeSet<usize>,
    /// For states that took over the work of others: which.
    carried: BTreeMap<usize, Vec<usize>>,
}

/// Ways by where they begin and end, so that taking out one of many states costs no look at all the others. The lists
/// may name ways that are gone or lead elsewhere by now.
struct Ways {
    all: Vec<Option<Way>>,
    out: Vec<Vec<usize>>,
    into: Vec<Vec<usize>>,
}

impl Ways {
    fn of(graph: &Graph, states: usize) -> Self {
        let mut ways = Self {
            all: Vec::new(),
            out: vec![Vec::new(); states],
            into: vec![Vec::new(); states],
        };
        for (index, edge) in graph.edges.iter().enumerate() {
            ways.all.push(Some(Way {
                from: edge.from,
                to: edge.to,
                kind: edge.kind,
                written: edge.from,
            }));
            note(&mut ways.out, edge.from, index);
            note(&mut ways.into, edge.to, index);
        }
        ways
    }

    /// The ways that have a state at one of their ends.
    fn of_end(
        &self,
        ends: &[Vec<usize>],
        state: usize,
        end: fn(&Way) -> usize,
    ) -> impl Iterator<Item = Way> + use<> {
        let mut named: Vec<usize> = ends.get(state).cloned().unwrap_or_default();
        named.sort_unstable();
        named.dedup();
        let found = named.iter().filter_map(|index| *self.all.get(*index)?);
        let found: Vec<Way> = found.filter(|way| end(way) == state).collect();
        found.into_iter()
    }

    fn drop_out(&mut self, state: usize) {
        for index in take(&mut self.out, state) {
            self.change(index, |way| (way.from != state).then_some(way));
        }
    }

    fn drop_into(&mut self, state: usize) {
        for index in take(&mut self.into, state) {
            self.change(index, |way| (way.to != state).then_some(way));
        }
    }

    fn lead_on(&mut self, state: usize, next: usize) {
        for index in take(&mut self.into, state) {
            if self.is(index, |way| way.to == state) {
                self.change(index, |way| Some(Way { to: next, ..way }));
                note(&mut self.into, next, index);
            }
        }
    }

    fn leave_from(&mut self, state: usize, into: usize) {
        for index in take(&mut self.out, state) {
            if self.is(index, |way| way.from == state) {
                self.change(index, |way| Some(Way { from: into, ..way }));
                note(&mut self.out, into, index);
            }
        }
    }

    fn is(&self, index: usize, what: impl Fn(&Way) -> bool) -> bool {
        self.all
            .get(index)
            .and_then(Option::as_ref)
            .is_some_and(what)
    }

    fn change(&mut self, index: usize, how: impl Fn(Way) -> Option<Way>) {
        if let Some(way) = self.all.get_mut(index) {
            *way = way.and_then(how);
        }
    }
}

fn note(ends: &mut [Vec<usize>], state: usize, way: usize) {
    if let Some(ways) = ends.get_mut(state) {
        ways.push(way);
    }
}

fn take(ends: &mut [Vec<usize>], state: usize) -> Vec<usize> {
    ends.get_mut(state).map(std::mem::take).unwrap_or_default()
}

impl<'a> Flow<'a> {
    /// The flow of a scope; `None` where it is not certain where every state leads: a target is missing or is filled in
    /// elsewhere (`${…}`), two states have one name, or there is no start.
    pub(crate) fn of(scope: &'a Scope, graph: &'a Graph) -> Option<Self> {
        let names: BTreeSet<&str> = scope
            .states
            .iter()
            .map(|state| state.name.value.as_str())
            .collect();
        let targets: Vec<&str> = scope.states.iter().flat_map(targets).collect();
        let certain = names.len() == scope.states.len()
            && targets.iter().all(|name| !name.contains("${"))
            && graph.edges.len() == targets.len()
            && scope
                .states
                .iter()
                .all(|state| !matches!(state.kind, StateKind::Unknown));
        certain.then_some(Self {
            scope,
            graph,
            start: graph.start?,
            ways: Ways::of(graph, scope.states.len()),
            gone: BTreeSet::new(),
            carried: BTreeMap::new(),
        })
    }

    pub(crate) fn state(&self, index: usize) -> Option<&'a State> {
        self.scope.states.get(index)
    }

    pub(crate) fn states(&self, indexes: &[usize]) -> Vec<&'a State> {
        indexes
            .iter()
            .filter_map(|index| self.state(*index))
            .collect()
    }

    /// Ways that lead into a state, in the order of the text.
    pub(crate) fn ways_into(&self, state: usize) -> impl Iterator<Item = Way> {
        self.ways.of_end(&self.ways.into, state, |way| way.to)
    }

    /// Ways that leave a state, in the order of the text.
    pub(crate) fn ways_out(&self, state: usize) -> impl Iterator<Item = Way> {
        self.ways.of_end(&self.ways.out, state, |way| way.from)
    }

    /// The target of the only way on, for a state that has `Next`.
    pub(crate) fn next(&self, state: usize) -> Option<usize> {
        self.ways_out(state)
            .find(|way| way.kind == EdgeKind::Next)
            .map(|way| way.to)
    }

    /// The only way into a state that is not also where the scope starts.
    pub(crate) fn sole_way(&self, state: usize) -> Option<Way> {
        let mut ways = self.ways_into(state);
        let sole = ways.next()?;
        (ways.next().is_none() && self.start != state).then_some(sole)
    }

    /// True where those who lead to `state` can lead to `next` instead, without one leading to itself.
    pub(crate) fn can_skip(&self, state: usize, next: usize) -> bool {
        next != state && self.ways_into(state).all(|way| way.from != next)
    }

    /// Takes a state out: who led to it leads to `next`.
    pub(crate) fn skip(&mut self, state: usize, next: usize) {
        self.ways.drop_out(state);
        self.ways.lead_on(state, next);
        if self.start == state {
            self.start = next;
        }
        self.gone.insert(state);
    }

    /// Takes a Choice out: where it leads, `into` leads.
    pub(crate) fn merge(&mut self, state: usize, into: usize) {
        self.ways.drop_into(state);
        self.ways.leave_from(state, into);
        self.gone.insert(state);
    }
}

/// Work that moves from one state to another.
impl Flow<'_> {
    /// Notes that `by` does the work of `state`, and of all whose work that did.
    pub(crate) fn carry(&mut self, state: usize, by: usize) {
        let work = self.work_of(state);
        self.carried.entry(by).or_default().extend(work);
    }

    /// The state itself and all whose work it took over.
    pub(crate) fn work_of(&self, state: usize) -> Vec<usize> {
        std::iter::once(state)
            .chain(self.carried.get(&state).into_iter().flatten().copied())
            .collect()
    }

    /// The state that takes over the work of `state` when nothing else is changed, and whether it stands right before
    /// it. `way` is how it is when all the others are gone.
    pub(crate) fn taker(&self, state: usize, way: Way) -> (usize, bool) {
        let mut edges = self.graph.into(state);
        match (edges.next(), edges.next()) {
            (Some(edge), None) if edge.from == way.written || self.moved(edge.from) => {
                (edge.from, true)
            }
            _ => (way.written, false),
        }
    }

    fn moved(&self, state: usize) -> bool {
        self.carried.values().any(|work| work.contains(&state))
    }
}

/// Ends.
impl Flow<'_> {
    /// The states right before `state` whose `Next` can become `End` at once. None where one of them is left by a way
    /// that has to go first, because it needs a name to lead to, and where the work of one of them moves first.
    pub(crate) fn ending_now(&self, state: usize) -> Vec<usize> {
        let mut now = Vec::new();
        for edge in self
            .graph
            .into(state)
            .filter(|edge| edge.kind == EdgeKind::Next)
        {
            match self.led_to(edge.from) {
                // Its work moves to the state before it, which it cannot any more once it ends: it has to go first.
                _ if self.moved(edge.from) => return Vec::new(),
                (_, false) => now.push(edge.from),
                (true, true) => return Vec::new(),
                (false, true) => {}
            }
        }
        now
    }

    /// Whether a state is reached by a `Next`, and whether by what needs a name, with removed states left out. A state
    /// that stays counts as reached by a `Next`.
    fn led_to(&self, state: usize) -> (bool, bool) {
        let mut reached = (false, false);
        let mut seen = BTreeSet::new();
        let mut before = vec![state];
        while let Some(state) = before.pop() {
            if !self.gone.contains(&state) {
                reached.0 = true;
            } else if seen.insert(state) {
                for edge in self.graph.into(state) {
                    if edge.kind == EdgeKind::Next {
                        before.push(edge.from);
                    } else {
                        reached.1 = true;
                    }
                }
            }
        }
        reached
    }
}

/// Every name that a state leads to.
fn targets(state: &State) -> Vec<&str> {
    let mut named = vec![state.next.as_ref()];
    if let StateKind::Choice { rules, default } = &state.kind {
        named.extend(rules.iter().map(|rule| rule.next.as_ref()));
        named.push(default.as_ref());
    }
    named.extend(state.catch.iter().map(|catcher| catcher.next.as_ref()));
    named
        .into_iter()
        .flatten()
        .map(|name| name.value.as_str())
        .collect()
}
