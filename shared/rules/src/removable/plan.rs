//! Which states can be removed, all of them together.

use asl::{Definition, Edge, EdgeKind, Graph, MapMode, Scope, ScopeKind, State, StateKind};

use super::flow::Flow;
use super::forms::{self, Idle, Wrapping};

/// A state that could go.
pub(crate) struct Removal<'a> {
    /// The state.
    pub(crate) state: &'a State,
    /// Its index in its scope.
    pub(crate) index: usize,
    /// Its scope.
    pub(crate) scope: &'a Scope,
    /// The control flow of its scope.
    pub(crate) graph: &'a Graph,
    /// Where the scope stands.
    pub(crate) place: Place,
    /// The state is entered at least once on every way through its scope.
    pub(crate) unavoidable: bool,
    /// How the state is met where no error is caught.
    pub(crate) calm: Calm,
    /// The state can be entered more than once in one pass of its scope.
    pub(crate) in_cycle: bool,
    /// What happens to it.
    pub(crate) how: How,
}

/// Whether a state lies on the ways through its scope on which no error is caught.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Calm {
    /// On all of them.
    Always,
    /// On some of them.
    Sometimes,
    /// On none: only a caught error leads to it.
    Never,
}

/// How the neighbours take over.
pub(crate) enum How {
    /// Who leads to it leads to what it leads to.
    Skip {
        /// Why it does nothing; none for a Pass whose output the next state replaces.
        idle: Option<Idle>,
    },
    /// Who leads to it with `Next` ends instead.
    End {
        /// Why it does nothing.
        idle: Idle,
        /// States that can end, where removable states between are left out.
        by: Vec<usize>,
        /// States among its direct predecessors whose `Next` becomes `End`; none where another state has to go first.
        now: Vec<usize>,
        /// Rules, defaults or catchers lead to it too, and need it.
        stays: bool,
    },
    /// The Choice before it decides in its place.
    Merge {
        /// That Choice.
        into: usize,
        /// How it leads to this one.
        kind: EdgeKind,
        /// No other removable state stands between.
        direct: bool,
    },
    /// The state before it assigns its variables.
    Assign {
        /// That state.
        by: usize,
        /// No other removable state stands between.
        direct: bool,
    },
    /// Its only branch stands in its place.
    Unwrap(Wrapping),
}

/// Whether a scope is run by a Map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Items {
    /// By none.
    None,
    /// By an inline Map.
    Inline,
    /// By a Distributed Map: its states are in the history of a child execution, not in the machine's.
    Child,
}

/// Where a scope stands, for how often its states are entered.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    /// What holds the scope.
    pub(crate) kind: ScopeKind,
    /// Every execution that succeeds runs it.
    pub(crate) certain: bool,
    /// It is run once for every item of a Map.
    pub(crate) items: Items,
    /// It can be run more than once, by a loop around it.
    pub(crate) repeats: bool,
}

/// States that could go, in the order of the text; none of them stands in the way of another.
pub(crate) fn removals(definition: &Definition) -> Vec<Removal<'_>> {
    let root = Place {
        kind: ScopeKind::Root,
        certain: true,
        items: Items::None,
        repeats: false,
    };
    let mut found = Vec::new();
    let mut scopes = vec![(&definition.machine.scope, root)];
    while let Some((scope, place)) = scopes.pop() {
        let graph = scope.graph();
        let how = Flow::of(scope, graph).map(hows).unwrap_or_default();
        if how.is_empty() && scope.states.iter().all(|state| state.scopes().is_empty()) {
            continue;
        }
        let unavoidable = graph.unavoidable(scope);
        let in_cycle = graph.in_cycle();
        let calm = calm(scope);
        let is = |flags: &[bool], index: usize| flags.get(index).copied().unwrap_or_default();
        found.extend(how.into_iter().filter_map(|(index, how)| {
            let state = scope.states.get(index)?;
            let (unavoidable, in_cycle) = (is(&unavoidable, index), is(&in_cycle, index));
            Some(Removal {
                state,
                index,
                scope,
                graph,
                place,
                unavoidable,
                calm: calm.get(index).copied().unwrap_or(Calm::Sometimes),
                in_cycle,
                how,
            })
        }));
        for (index, state) in scope
            .states
            .iter()
            .enumerate()
            .filter(|(index, _)| is(&graph.reachable, *index))
        {
            let outer = Place {
                certain: place.certain && is(&unavoidable, index),
                repeats: place.repeats || is(&in_cycle, index),
                ..place
            };
            if let Some(place) = inside(state, outer) {
                scopes.extend(state.scopes().iter().map(|scope| {
                    (
                        scope,
                        Place {
                            kind: scope.kind,
                            ..place
                        },
                    )
                }));
            }
        }
    }
    found.sort_by_key(|removal| removal.state.name.span.start);
    found
}

/// The place of the scopes in a state, from how the state itself is reached; none where transitions cost nothing there.
fn inside(state: &State, place: Place) -> Option<Place> {
    match &state.kind {
        StateKind::Map(map) => match map.mode {
            MapMode::Inline if place.items == Items::Child => Some(place),
            MapMode::Inline => Some(Place {
                items: Items::Inline,
                ..place
            }),
            MapMode::Distributed { express: false } => Some(Place {
                items: Items::Child,
                ..place
            }),
            MapMode::Distributed { express: true } => None,
        },
        _ => Some(place),
    }
}

/// What can go in one scope. The order decides where two states cannot both go: those that do nothing first, then those
/// whose work moves, at last those after which a state ends.
fn hows(mut flow: Flow<'_>) -> Vec<(usize, How)> {
    let steps = [
        skip_idle,
        skip_replaced,
        assign_before,
        merge_choice,
        end_before,
    ];
    let mut hows: Vec<(usize, How)> = Vec::new();
    for step in steps {
        for (index, state) in flow.scope.states.iter().enumerate() {
            if flow.graph.reachable.get(index) == Some(&true) && !flow.gone.contains(&index) {
                hows.extend(step(&mut flow, index, state).map(|how| (index, how)));
            }
        }
    }
    let wrappers = flow
        .scope
        .states
        .iter()
        .enumerate()
        .filter(|(index, _)| flow.graph.reachable.get(*index) == Some(&true));
    hows.extend(
        wrappers.filter_map(|(index, state)| Some((index, How::Unwrap(forms::only_wraps(state)?)))),
    );
    hows
}

fn skip_idle(flow: &mut Flow<'_>, index: usize, state: &State) -> Option<How> {
    let idle = forms::does_nothing(state)?;
    let next = flow.next(index)?;
    flow.can_skip(index, next).then(|| {
        flow.skip(index, next);
        How::Skip { idle: Some(idle) }
    })
}

fn skip_replaced(flow: &mut Flow<'_>, index: usize, state: &State) -> Option<How> {
    let next = flow.next(index)?;
    let replaced = forms::only_sets_literal(state) && forms::ignores_input(flow.state(next)?);
    (replaced && flow.can_skip(index, next)).then(|| {
        flow.skip(index, next);
        How::Skip { idle: None }
    })
}

fn assign_before(flow: &mut Flow<'_>, index: usize, state: &State) -> Option<How> {
    let next = flow.next(index)?;
    let way = flow.sole_way(index)?;
    if way.kind != EdgeKind::Next || !forms::only_assigns(state) || !flow.can_skip(index, next) {
        return None;
    }
    let (before, moving) = (
        flow.states(&flow.work_of(way.from)),
        flow.states(&flow.work_of(index)),
    );
    if !moving.iter().all(|later| forms::can_assign(&before, later)) {
        return None;
    }
    let (by, direct) = flow.taker(index, way);
    flow.skip(index, next);
    flow.carry(index, way.from);
    Some(How::Assign { by, direct })
}

fn merge_choice(flow: &mut Flow<'_>, index: usize, state: &State) -> Option<How> {
    let way = flow.sole_way(index)?;
    let (into, direct) = flow.taker(index, way);
    let before = flow.state(into)?;
    let leads_plainly = match (&before.kind, way.kind) {
        (StateKind::Choice { .. }, EdgeKind::Default) => true,
        (StateKind::Choice { rules, .. }, EdgeKind::Rule(rule)) => {
            forms::rule_only_leads(&rules.get(rule)?.node)
        }
        _ => return None,
    };
    let plain =
        forms::only_decides(before) && forms::only_decides(state) && forms::anonymous(state);
    let closes_circle = flow
        .ways_out(index)
        .any(|out| out.to == way.from || out.to == index);
    let able =
        plain && leads_plainly && before.query_language == state.query_language && !closes_circle;
    able.then(|| {
        flow.merge(index, way.from);
        flow.carry(index, way.from);
        How::Merge {
            into,
            kind: way.kind,
            direct,
        }
    })
}

/// A state that does nothing and ends its scope, after states that could end it themselves.
fn end_before(flow: &mut Flow<'_>, index: usize, state: &State) -> Option<How> {
    let idle = forms::does_nothing(state)?;
    if !state.is_terminal() || flow.start == index {
        return None;
    }
    let (by, named): (Vec<_>, Vec<_>) = flow
        .ways_into(index)
        .partition(|way| way.kind == EdgeKind::Next);
    let by: Vec<usize> = by.into_iter().map(|way| way.from).collect();
    let stays = !named.is_empty();
    // What only unreachable states lead to would become unreachable too.
    let reached = |from: &usize| flow.graph.reachable.get(*from) == Some(&true);
    let worth = by.iter().any(reached) && (!stays || named.iter().any(|way| reached(&way.from)));
    let all_can = worth
        && by
            .iter()
            .all(|from| flow.state(*from).is_some_and(forms::can_end));
    all_can.then(|| How::End {
        idle,
        by,
        now: flow.ending_now(index),
        stays,
    })
}

impl Removal<'_> {
    /// What leads to the state.
    pub(crate) fn edges_in(&self) -> impl Iterator<Item = &Edge> {
        Graph::into(self.graph, self.index)
    }

    /// The name of a state of the same scope.
    pub(crate) fn name(&self, index: usize) -> &str {
        self.scope
            .states
            .get(index)
            .map(|state| state.name.value.as_str())
            .unwrap_or_default()
    }
}

/// How each state of a scope is met where no error is caught.
fn calm(scope: &Scope) -> Vec<Calm> {
    let mut graph = scope.graph().clone();
    graph
        .edges
        .retain(|edge| !matches!(edge.kind, EdgeKind::Catch(_)));
    let mut reached = vec![false; scope.states.len()];
    let mut next: Vec<usize> = graph.start.into_iter().collect();
    while let Some(index) = next.pop() {
        if let Some(seen) = reached.get_mut(index).filter(|seen| !**seen) {
            *seen = true;
            next.extend(graph.out_of(index).map(|edge| edge.to));
        }
    }
    graph.reachable.clone_from(&reached);
    let always = graph.unavoidable(scope);
    let judge = |(reached, always): (bool, bool)| match (reached, always) {
        (false, _) => Calm::Never,
        (true, true) => Calm::Always,
        (true, false) => Calm::Sometimes,
    };
    reached.into_iter().zip(always).map(judge).collect()
}
