//! Variables: where they are assigned, where they are read, and whether they can be there by then.
//!
//! Sources: Developer Guide, "Passing data between states with variables", 2026-11-22: a variable lives in the scope that
//! assigns it and in the scopes inside of it, but for the child executions of a Distributed Map; an inner scope cannot assign
//! a name of an outer one; an assignment counts from the next state on.

use std::collections::{BTreeMap, BTreeSet};

use super::At;
use crate::problem::quoted;
use crate::{
    Edge, EdgeKind, Graph, MapMode, Node, Problem, Scope, Span, State, StateKind, Value, nearest,
    pointer_push,
};

/// The name that Step Functions keeps for itself.
const RESERVED: &str = "states";
/// Characters of a name.
const LONGEST: usize = 80;

/// All assignments and reads of a machine, by the state in which they stand.
#[derive(Default)]
pub(super) struct Variables<'a> {
    assigned: BTreeMap<usize, Vec<Assigned<'a>>>,
    read: BTreeMap<usize, Vec<Read>>,
    /// An assignment is filled in when the definition is deployed: any name may be assigned.
    open: bool,
}

struct Assigned<'a> {
    name: &'a str,
    way: Way,
    span: Span,
    pointer: String,
}

struct Read {
    name: String,
    span: Span,
    pointer: String,
    /// It asks whether the variable is there.
    guarded: bool,
}

/// On which way out of a state a variable is assigned.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Where the state's work is done, or by default.
    Done,
    Rule(usize),
    Catch(usize),
}

impl Way {
    fn is(self, edge: &Edge) -> bool {
        match (self, edge.kind) {
            (Self::Done, EdgeKind::Next | EdgeKind::Default) => true,
            (Self::Rule(own), EdgeKind::Rule(index))
            | (Self::Catch(own), EdgeKind::Catch(index)) => own == index,
            _ => false,
        }
    }
}

/// Names that are surely there, and those that may be.
#[derive(Clone, Default, PartialEq, Eq)]
struct Known<'a> {
    surely: BTreeSet<&'a str>,
    maybe: BTreeSet<&'a str>,
}

impl<'a> Variables<'a> {
    /// Notes the names of an `Assign`, which stands at `names` in the state.
    pub(super) fn assign(
        &mut self,
        state: &'a State,
        names: &[&str],
        node: &'a Node,
        problems: &mut Vec<Problem>,
    ) {
        let way = match names {
            ["Choices", index, ..] => Way::Rule(index.parse().unwrap_or_default()),
            ["Catch", index, ..] => Way::Catch(index.parse().unwrap_or_default()),
            _ => Way::Done,
        };
        let Value::Object(members) = &node.value else {
            self.open |= super::is_open(node);
            return;
        };
        let place = names.iter().fold(state.pointer.clone(), |pointer, name| {
            pointer_push(&pointer, name)
        });
        for member in members {
            let name = member.key.strip_suffix(".$").unwrap_or(&member.key);
            if name.contains("${") || name.starts_with("Fn::") {
                self.open = true;
                continue;
            }
            let pointer = pointer_push(&place, &member.key);
            problems.extend(invalid(name).map(|(message, help)| {
                Problem::error("variable-name-invalid", member.key_span, message)
                    .aws("SCHEMA_VALIDATION_FAILED")
                    .at(&*pointer)
                    .help(help)
            }));
            self.assigned
                .entry(state.span.start)
                .or_default()
                .push(Assigned {
                    name,
                    way,
                    span: member.key_span,
                    pointer,
                });
        }
    }

    /// Notes a read; a `guarded` one asks whether the variable is there.
    pub(super) fn read(&mut self, at: &At<'_>, name: &str, span: Span, guarded: bool) {
        self.read
            .entry(at.state.span.start)
            .or_default()
            .push(Read {
                name: name.to_owned(),
                span,
                pointer: at.pointer(),
                guarded,
            });
    }

    /// What is wrong with them.
    pub(super) fn check(&self, root: &Scope, problems: &mut Vec<Problem>) {
        if self.assigned.is_empty() && self.read.is_empty() {
            return;
        }
        let all: BTreeSet<&str> = self
            .assigned
            .values()
            .flatten()
            .map(|assigned| assigned.name)
            .collect();
        self.scope(root, Known::default(), &all, problems);
    }

    fn scope(
        &self,
        scope: &Scope,
        visible: Known<'_>,
        all: &BTreeSet<&str>,
        problems: &mut Vec<Problem>,
    ) {
        let own: BTreeSet<&str> = scope
            .states
            .iter()
            .flat_map(|state| self.assigned_in(state))
            .map(|assigned| assigned.name)
            .collect();
        for assigned in scope
            .states
            .iter()
            .flat_map(|state| self.assigned_in(state))
        {
            if visible.maybe.contains(assigned.name) {
                let name = quoted(&format!("${}", assigned.name));
                let message = format!(
                    "{name} is a variable of an outer scope, which cannot be assigned in here"
                );
                problems.push(
                    Problem::error("variable-shadows", assigned.span, message)
                        .at(&*assigned.pointer)
                        .help(
                            "take another name, or give the value on with the output of the state",
                        ),
                );
            }
        }
        let known = self.known(scope, visible);
        for (state, known) in scope.states.iter().zip(&known) {
            // Nothing leads to it, which is told elsewhere.
            let Some(known) = known else { continue };
            for read in self.read.get(&state.span.start).into_iter().flatten() {
                problems.extend(self.judge(read, known, &own, all));
            }
            let distributed =
                matches!(&state.kind, StateKind::Map(map) if map.mode != MapMode::Inline);
            for inner in state.scopes() {
                let visible = if distributed {
                    Known::default()
                } else {
                    known.clone()
                };
                self.scope(inner, visible, all, problems);
            }
        }
    }

    fn assigned_in(&self, state: &State) -> impl Iterator<Item = &Assigned<'a>> {
        self.assigned.get(&state.span.start).into_iter().flatten()
    }

    /// What is known when each state is entered; none where it is never entered.
    fn known<'k>(&'k self, scope: &Scope, visible: Known<'k>) -> Vec<Option<Known<'k>>> {
        let graph = Graph::of(scope);
        let mut known: Vec<Option<Known<'k>>> = vec![None; scope.states.len()];
        let mut open: Vec<usize> = Vec::new();
        if let Some(start) = graph.start
            && let Some(first) = known.get_mut(start)
        {
            *first = Some(visible);
            open.push(start);
        }
        while let Some(index) = open.pop() {
            let (Some(state), Some(Some(before))) = (scope.states.get(index), known.get(index))
            else {
                continue;
            };
            let before = before.clone();
            for edge in graph.out_of(index) {
                let mut after = before.clone();
                for assigned in self.assigned_in(state).filter(|it| it.way.is(edge)) {
                    after.surely.insert(assigned.name);
                    after.maybe.insert(assigned.name);
                }
                let Some(target) = known.get_mut(edge.to) else {
                    continue;
                };
                let merged = match target.as_ref() {
                    None => after,
                    Some(met) => Known {
                        surely: &met.surely & &after.surely,
                        maybe: &met.maybe | &after.maybe,
                    },
                };
                if target.as_ref() != Some(&merged) {
                    *target = Some(merged);
                    open.push(edge.to);
                }
            }
        }
        known
    }

    fn judge(
        &self,
        read: &Read,
        known: &Known<'_>,
        own: &BTreeSet<&str>,
        all: &BTreeSet<&str>,
    ) -> Option<Problem> {
        let name = read.name.as_str();
        if known.surely.contains(name) || self.open {
            return None;
        }
        let variable = quoted(&format!("${name}"));
        if read.guarded && known.maybe.contains(name) {
            return None;
        }
        let problem = if known.maybe.contains(name) {
            let message = format!("{variable} is not assigned on every way that leads here");
            Problem::warning("variable-maybe-undefined", read.span, message).help(
                "assign it before the ways part, or on each of them: reading it fails the state",
            )
        } else if own.contains(name) {
            let message =
                format!("{variable} is not assigned yet: no way leads here from where it is");
            Problem::error("variable-undefined", read.span, message)
                .help("an assignment counts from the next state on: assign it in a state before")
        } else if all.contains(name) {
            let message =
                format!("{variable} is assigned in another scope, which this state does not see");
            Problem::error("variable-out-of-scope", read.span, message).help(
                "variables of a branch or an item end with it: give the value on with its output",
            )
        } else {
            let message = format!("no state assigns {variable}");
            let near = nearest(name, all.iter().copied()).map(|name| format!("${name}"));
            Problem::error("variable-undefined", read.span, message).did_you_mean(near.as_deref())
        };
        Some(problem.at(&*read.pointer))
    }
}

/// Why a name cannot be one of a variable, and what to do.
fn invalid(name: &str) -> Option<(String, &'static str)> {
    if name == RESERVED {
        let why = "`states` is the name of what Step Functions gives itself".to_owned();
        return Some((why, "take another name for the variable"));
    }
    let mut characters = name.chars();
    let starts = characters
        .next()
        .is_some_and(|first| first.is_alphabetic() || first == '_');
    let goes_on = characters.all(|next| next.is_alphanumeric() || next == '_');
    (!starts || !goes_on || name.chars().count() > LONGEST).then(|| {
        (
            format!("{} is no name of a variable", quoted(name)),
            "a name begins with a letter, goes on with letters, digits and `_`, and has 80 characters at most",
        )
    })
}
