//! Where something that is read was last.

use std::cell::OnceCell;
use std::collections::BTreeSet;

use asl::payload::{Base, Read, ScopeFlow, Stages, Write, reads, writes};
use asl::{Dominators, Edge, EdgeKind, QueryLanguage, State, StateKind, payload};

use super::Way;

/// States that are looked at to find where something was lost.
const FURTHEST: usize = 100;

/// A way out of a state, over which less goes than has come to the state.
#[derive(Clone, Debug)]
pub(crate) struct Loss {
    pub(crate) way: Way,
    /// The result, or the error, took the place of the input, and nobody wrote that it should.
    pub(crate) by_default: bool,
    /// It is certain that it was there before.
    pub(crate) known: bool,
}

/// The ways on which something got lost that a state reads: over them it does not come, though it may have come to the
/// state that they leave. Empty where it is not the payload that is read, and where it came from outside of the scope.
pub(super) fn of(
    scope: &ScopeFlow<'_>,
    index: usize,
    read: &Read<'_>,
    only: Option<&Edge>,
    dominators: &OnceCell<Dominators>,
) -> Vec<Loss> {
    let state = scope.scope.states.get(index);
    let filters = state.is_some_and(|state| state.has("InputPath"));
    if !(read.base == Base::Input || (read.base == Base::Filtered && !filters)) {
        return Vec::new();
    }
    let mut found: Vec<Loss> = Vec::new();
    let mut waiting: Vec<&Edge> = match only {
        Some(edge) => vec![edge],
        None => scope.ways_into(index).collect(),
    };
    let mut seen = BTreeSet::from([index]);
    while let Some(edge) = waiting.pop() {
        let Some(Some(stages)) = scope.stages.get(edge.from) else {
            continue;
        };
        if stages.lacks(&based(read, Base::Input)) {
            if seen.insert(edge.from) && seen.len() < FURTHEST {
                waiting.extend(scope.ways_into(edge.from));
            }
        } else if let Some(loss) = loss(scope, edge, stages, read, dominators)
            && found.iter().all(|known| known.way != loss.way)
        {
            found.push(loss);
        }
    }
    found.sort_by_key(|loss| loss.way);
    found
}

/// The same read of another value.
fn based<'a>(read: &Read<'a>, base: Base) -> Read<'a> {
    Read {
        base,
        ..read.clone()
    }
}

fn loss(
    scope: &ScopeFlow<'_>,
    edge: &Edge,
    stages: &Stages<'_>,
    read: &Read<'_>,
    dominators: &OnceCell<Dominators>,
) -> Option<Loss> {
    let state = scope.scope.states.get(edge.from)?;
    let way = match edge.kind {
        EdgeKind::Catch(index) => payload::Way::Catch(index),
        _ => payload::Way::Done,
    };
    let found = writes(state).into_iter().find(|(it, _)| *it == way);
    // Who writes a template into a Pass says what is to go on.
    let made = matches!(state.kind, StateKind::Pass) && state.has("Parameters");
    let replaces = matches!(found, Some((_, Write::Replaces))) && !made;
    let written = match way {
        payload::Way::Done => state.has("ResultPath"),
        payload::Way::Catch(index) => {
            let catcher = state.catch.get(index);
            catcher.is_some_and(|it| it.node.get("ResultPath").is_some())
        }
    };
    // `OutputPath` may be what took it away.
    let early = way != payload::Way::Done || stages.lacks(&based(read, Base::Combined));
    Some(Loss {
        way: Way::of(scope, edge)?,
        by_default: replaces && !written && early,
        known: is_known(scope, edge.from, stages, read, dominators),
    })
}

/// True where the input of a state surely has what is read: something put it there, or the state itself or one that every
/// way to it passes has read it.
fn is_known(
    scope: &ScopeFlow<'_>,
    index: usize,
    stages: &Stages<'_>,
    read: &Read<'_>,
    dominators: &OnceCell<Dominators>,
) -> bool {
    let fields = read.fields();
    let Some(first) = fields.first() else {
        return false;
    };
    let input = stages.input.as_object();
    let put = input.and_then(|object| object.get(first));
    if put.is_some_and(|member| member.sure) {
        return true;
    }
    let dominators = dominators.get_or_init(|| scope.graph.dominators());
    let above = dominators.above(index).take(FURTHEST);
    std::iter::once(index)
        .chain(above)
        .filter_map(|index| scope.scope.states.get(index))
        .any(|state| has_read(state, first))
}

/// True for a state that reads that member of its input.
fn has_read(state: &State, first: &str) -> bool {
    let filters = state.query_language == QueryLanguage::JsonPath && state.has("InputPath");
    reads(state).iter().any(|read| {
        let input = read.base == Base::Input || (read.base == Base::Filtered && !filters);
        input && read.always && read.fields().first() == Some(&first)
    })
}
