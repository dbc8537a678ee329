//! Paths that are read where nothing can be, and the states that lost what was there.

mod losses;
mod meant;

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use asl::payload::{Base, Object, Payload, Read, Reads, Rest, ScopeFlow, Shape, Stages, reads};
use asl::{Definition, Dominators, Edge, EdgeKind, Format, Level, Span, State, apply, expr};
use findings::TextEdit;

pub(crate) use losses::Loss;
pub(crate) use meant::meant;

/// Groups of reads that are told; whoever has more has one mistake many times.
const MOST: usize = 100;

/// Reads of one state in one value, none of which can find anything.
#[derive(Clone, Debug)]
pub(crate) struct Gap {
    /// Where the state that reads stands in the text.
    pub(crate) state: usize,
    /// True where it is read from the result of the state, and not from what comes to it.
    pub(crate) of_result: bool,
    /// What it reads, in the order of the text.
    pub(crate) reads: Vec<Place>,
    /// The way into the state on which it is missing; none, where that is so on all.
    pub(crate) way: Option<Way>,
    /// Where it may have been before, and was not any more afterwards.
    pub(crate) losses: Vec<Loss>,
    /// What is there instead.
    pub(crate) there: There,
}

/// A read, and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) pointer: String,
    pub(crate) span: Span,
    /// As it is written.
    pub(crate) text: String,
    /// The first name of it.
    pub(crate) first: String,
    /// The name that is missing, and the names before it.
    pub(crate) missing: String,
    pub(crate) before: Vec<String>,
}

/// A way out of a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Way {
    /// Where the state that it leaves stands in the text.
    pub(crate) from: usize,
    /// The catcher that it belongs to, if it does.
    pub(crate) catcher: Option<usize>,
}

impl Way {
    fn of(scope: &ScopeFlow<'_>, edge: &Edge) -> Option<Self> {
        Some(Self {
            from: scope.scope.states.get(edge.from)?.span.start,
            catcher: match edge.kind {
                EdgeKind::Catch(index) => Some(index),
                _ => None,
            },
        })
    }
}

/// What is there instead of something that is missing.
#[derive(Clone, Debug)]
pub(crate) enum There {
    /// An object with these members, none of which is in doubt.
    Members(Vec<String>),
    /// What a service answered, with some of its members.
    Answer(Vec<String>),
    /// A list.
    List,
    /// A text, a number, `true`, `false` or `null`.
    Scalar,
}

/// All gaps of a definition, in the order of the text.
pub(crate) fn gaps(definition: &Definition) -> Vec<Gap> {
    // Where something else is wrong, what is missing may be a consequence of it.
    if definition
        .problems
        .iter()
        .any(|it| it.level == Level::Error)
    {
        return Vec::new();
    }
    let mut gaps = Vec::new();
    for scope in &Payload::of(&definition.machine).scopes {
        for index in 0..scope.stages.len() {
            if gaps.len() < MOST {
                look(definition, scope, index, &mut gaps);
            }
        }
    }
    gaps.sort_by_key(|gap: &Gap| gap.reads.first().map(|read| read.span.start));
    gaps
}

/// The state that stands at an offset of the text.
pub(crate) fn state_at<'a>(states: &[&'a State], start: usize) -> Option<&'a State> {
    let place = states.binary_search_by_key(&start, |state| state.span.start);
    states.get(place.ok()?).copied()
}

/// The ways on which it was lost.
pub(crate) fn lost_on(gap: &Gap) -> Vec<Way> {
    gap.losses.iter().map(|loss| loss.way).collect()
}

/// True where a gap is what became of an input that was lost by default.
pub(crate) fn explains(gaps: &[Gap], gap: &Gap) -> bool {
    if gap.losses.is_empty() || !gap.losses.iter().all(|loss| loss.by_default) {
        return false;
    }
    let Some(read) = gap.reads.first() else {
        return false;
    };
    if gap.losses.iter().any(|loss| loss.known) {
        return true;
    }
    if meant(read, &gap.there).is_some() {
        return false;
    }
    // A handler that reads more than the error does so on purpose, and so does who reads several members that are lost.
    let caught = gap.losses.iter().any(|loss| loss.way.catcher.is_some());
    let same = gaps.iter().filter(|other| lost_on(other) == lost_on(gap));
    let mut reads = same.flat_map(|gap| &gap.reads);
    caught || reads.any(|other| other.first != read.first)
}

/// What happens when something is read that is not there.
pub(crate) fn fails(text: &str) -> String {
    let error = if text.starts_with("$states") {
        "States.QueryEvaluationError"
    } else {
        "States.Runtime"
    };
    format!("the state fails with `{error}` each time it is read")
}

/// True where a definition that was changed reads none of these any more, and has no gap that it did not have. Only in
/// JSON.
pub(crate) fn mends(definition: &Definition, edits: &[TextEdit], reads: &[&Place]) -> bool {
    let start = definition.part.start;
    let moved = |edit: &TextEdit| {
        let span = Span::new(edit.start.checked_sub(start)?, edit.end.checked_sub(start)?);
        let text = edit.text.clone();
        Some(asl::Edit { span, text })
    };
    let edits: Option<Vec<_>> = edits.iter().map(moved).collect();
    let text = edits.and_then(|edits| apply(definition.own_text(), &edits));
    let Some(text) = text.filter(|_| definition.editable) else {
        return false;
    };
    let next = Definition::parse(text.as_bytes(), Format::Json);
    let pointers = |gaps: &[Gap]| -> BTreeSet<String> {
        let reads = gaps.iter().flat_map(|gap| &gap.reads);
        reads.map(|read| read.pointer.clone()).collect()
    };
    let mut allowed = pointers(&gaps(definition));
    for read in reads {
        allowed.remove(&read.pointer);
    }
    next.problems.len() <= definition.problems.len() && pointers(&gaps(&next)).is_subset(&allowed)
}

/// Looks for what a state reads and cannot be there.
fn look(definition: &Definition, scope: &ScopeFlow<'_>, index: usize, gaps: &mut Vec<Gap>) {
    let (Some(state), Some(Some(stages))) =
        (scope.scope.states.get(index), scope.stages.get(index))
    else {
        return;
    };
    let closed = says_something(&stages.input) || says_something(&stages.result);
    let ways = ways(scope, index);
    if !closed && ways.is_empty() {
        return;
    }
    let reads = reads(state);
    let mut found = Found {
        definition,
        scope,
        index,
        dominators: OnceCell::new(),
        groups: BTreeMap::new(),
    };
    let (missing, rest): (Vec<_>, Vec<_>) = reads.iter().partition(|read| stages.lacks(read));
    for read in missing {
        found.note(read, stages, None);
    }
    for (edge, shape) in ways {
        let Some(stages) = scope.entered_with(index, shape) else {
            continue;
        };
        let input = |read: &&&Read<'_>| matches!(read.base, Base::Input | Base::Filtered);
        for read in rest.iter().filter(input).filter(|read| read.always) {
            if stages.lacks(read) {
                found.note(read, &stages, Some(edge));
            }
        }
    }
    gaps.extend(found.groups.into_values());
}

/// The ways into a state, where there are several, and less may come on one of them than on the others.
fn ways<'s, 'a>(scope: &'s ScopeFlow<'a>, index: usize) -> Vec<(&'s Edge, Shape<'a>)> {
    let start = usize::from(scope.graph.start == Some(index));
    if scope.ways_into(index).take(2).count() + start < 2 {
        return Vec::new();
    }
    let ways = scope.ways_into(index);
    let ways = ways.filter_map(|edge| Some((edge, scope.over(edge)?)));
    ways.filter(|(_, shape)| says_something(shape)).collect()
}

fn says_something(shape: &Shape<'_>) -> bool {
    !matches!(shape, Shape::Unknown)
}

/// What makes reads of a state one thing: the value that they start on, the names before the missing one, the way.
type Group = (Base, Vec<String>, Option<Way>);

struct Found<'f, 'a> {
    definition: &'f Definition,
    scope: &'f ScopeFlow<'a>,
    index: usize,
    dominators: OnceCell<Dominators>,
    groups: BTreeMap<Group, Gap>,
}

impl<'a> Found<'_, 'a> {
    fn note(&mut self, read: &Read<'a>, stages: &Stages<'a>, edge: Option<&Edge>) {
        let Some(state) = self.scope.scope.states.get(self.index) else {
            return;
        };
        let Some((before, there)) = there(read, stages.of(read.base)) else {
            return;
        };
        let way = edge.and_then(|edge| Way::of(self.scope, edge));
        let place = place(self.definition, state, read, &before);
        let group = (read.base, before, way);
        if let Some(gap) = self.groups.get_mut(&group) {
            if gap.reads.iter().all(|known| known.span != place.span) {
                gap.reads.push(place);
            }
            return;
        }
        let losses = losses::of(self.scope, self.index, read, edge, &self.dominators);
        self.groups.insert(
            group,
            Gap {
                state: state.span.start,
                of_result: read.base == Base::Result,
                reads: vec![place],
                way,
                losses,
                there,
            },
        );
    }
}

/// The names up to the one that is missing, and what is there instead of it.
fn there(read: &Read<'_>, shape: &Shape<'_>) -> Option<(Vec<String>, There)> {
    let mut at = shape.clone();
    let mut before = Vec::new();
    for name in read.fields() {
        at = match &at {
            Shape::Object(object) => match object.get(name) {
                Some(member) => member.shape.clone(),
                None => return Some((before, members(object))),
            },
            _ => break,
        };
        before.push(name.to_owned());
    }
    let there = match at {
        Shape::List(_) => There::List,
        Shape::Scalar => There::Scalar,
        Shape::Object(object) => members(&object),
        Shape::Unknown => return None,
    };
    Some((before, there))
}

fn members(object: &Object<'_>) -> There {
    let names = object.members.iter().map(|member| member.name.to_string());
    let mut names: Vec<String> = names.collect();
    names.sort();
    match object.rest {
        Rest::Nothing if names.iter().any(|name| name == "SdkHttpMetadata") => There::Answer(names),
        Rest::Nothing => There::Members(names),
        Rest::Capitalized | Rest::Anything => There::Answer(names),
    }
}

fn place(definition: &Definition, state: &State, read: &Read<'_>, before: &[String]) -> Place {
    let node = read.node;
    let text = node.as_str().unwrap_or_default();
    let own = read.span();
    let raw = node.span.of(&definition.text);
    let span = expr::in_source(raw, text, own).map(|part| {
        let start = node.span.start;
        Span::new(start + part.start, start + part.end)
    });
    let fields = read.fields();
    let written = match &read.what {
        Reads::Path(_) => own.of(text),
        Reads::Fields(_) => text.trim_matches(['{', '}', '%', ' ']),
    };
    let owned = |name: Option<&&str>| name.map(|name| (*name).to_owned()).unwrap_or_default();
    Place {
        pointer: read.pointer(state),
        span: span.unwrap_or(node.span),
        text: written.to_owned(),
        first: owned(fields.first()),
        missing: owned(fields.get(before.len())),
        before: before.to_vec(),
    }
}
