//! Variables: where they are assigned, where they are read, and whether they can be there by then.
//!
//! Sources: Developer Guide, "Passing data between states with variables", 2026-11-22: a variable lives in the scope that
//! assigns it and in the scopes inside of it, but for the child executions of a Distributed Map; an inner scope cannot assign
//! a name of an outer one; an assignment counts from the next state on.

use std::collections::{BTreeMap, BTreeSet};

mod known;

use super::At;
use crate::expr::Told;
use crate::problem::quoted;
use crate::{
    EdgeKind, MapMode, Node, Problem, Scope, Span, State, StateKind, Value, nearest, pointer_push,
};
use known::Known;

/// The name that Step Functions keeps for itself.
const RESERVED: &str = "states";
/// Characters of a name.
const LONGEST: usize = 80;
/// How many names are looked for that an author may have meant; each look compares with all names.
const MAX_PROPOSALS: usize = 20;

/// All assignments and reads of a machine, by the state in which they stand.
#[derive(Default)]
pub(super) struct Variables<'a> {
    assigned: BTreeMap<usize, Vec<Assigned<'a>>>,
    read: BTreeMap<usize, Vec<Read<'a>>>,
    /// The names that are assigned, each with its number.
    names: BTreeMap<&'a str, usize>,
    /// An assignment is filled in when the definition is deployed: any name may be assigned.
    open: bool,
}

struct Assigned<'a> {
    name: &'a str,
    number: usize,
    way: Way,
    span: Span,
    pointer: String,
}

struct Read<'a> {
    name: &'a str,
    /// The string, and the part of it that reads.
    node: &'a Node,
    part: Span,
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
    fn is(self, kind: EdgeKind) -> bool {
        match (self, kind) {
            (Self::Done, EdgeKind::Next | EdgeKind::Default) => true,
            (Self::Rule(own), EdgeKind::Rule(index))
            | (Self::Catch(own), EdgeKind::Catch(index)) => own == index,
            _ => false,
        }
    }
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
            self.open |= node.is_open();
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
            let next = self.names.len();
            let number = *self.names.entry(name).or_insert(next);
            self.assigned
                .entry(state.span.start)
                .or_default()
                .push(Assigned {
                    name,
                    number,
                    way,
                    span: member.key_span,
                    pointer,
                });
        }
    }

    /// Any name may be assigned somewhere.
    pub(super) fn open(&mut self) {
        self.open = true;
    }

    /// Notes that a part of a string reads a variable; a `guarded` one asks whether the variable is there.
    pub(super) fn read(
        &mut self,
        at: &At<'_>,
        node: &'a Node,
        name: &'a str,
        part: Span,
        guarded: bool,
    ) {
        self.read
            .entry(at.state.span.start)
            .or_default()
            .push(Read {
                name,
                node,
                part,
                pointer: at.pointer(),
                guarded,
            });
    }

    /// What is wrong with them. `text` is what the machine was read from.
    pub(super) fn check(&self, root: &Scope, text: &str, problems: &mut Vec<Problem>) {
        if self.assigned.is_empty() && self.read.is_empty() {
            return;
        }
        let mut judge = Judge {
            variables: self,
            text,
            proposals: 0,
            told: Told::default(),
            problems,
        };
        judge.scope(root, Known::default());
    }

    fn assigned_in(&self, state: &State) -> &[Assigned<'a>] {
        self.assigned
            .get(&state.span.start)
            .map(Vec::as_slice)
            .unwrap_or_default()
    }

    fn read_in(&self, state: &State) -> &[Read<'a>] {
        self.read
            .get(&state.span.start)
            .map(Vec::as_slice)
            .unwrap_or_default()
    }
}

struct Judge<'v, 'a> {
    variables: &'v Variables<'a>,
    text: &'v str,
    /// How often a name was looked for that may have been meant.
    proposals: usize,
    told: Told,
    problems: &'v mut Vec<Problem>,
}

impl Judge<'_, '_> {
    fn scope(&mut self, scope: &Scope, visible: Known) {
        let variables = self.variables;
        let mut own: BTreeSet<&str> = BTreeSet::new();
        for assigned in scope
            .states
            .iter()
            .flat_map(|state| variables.assigned_in(state))
        {
            own.insert(assigned.name);
            if visible.maybe.contains(assigned.number) {
                self.shadows(assigned);
            }
        }
        let Some(known) = known::when_entered(variables, scope, visible) else {
            return;
        };
        for (state, known) in scope.states.iter().zip(known) {
            // Nothing leads to it, which is told elsewhere.
            let Some(known) = known else { continue };
            for read in variables.read_in(state) {
                self.read(read, &known, &own);
            }
            let distributed =
                matches!(&state.kind, StateKind::Map(map) if map.mode != MapMode::Inline);
            for inner in state.scopes() {
                let visible = if distributed {
                    Known::default()
                } else {
                    known.clone()
                };
                self.scope(inner, visible);
            }
        }
    }

    fn shadows(&mut self, assigned: &Assigned<'_>) {
        let name = quoted(&format!("${}", assigned.name));
        let message =
            format!("{name} is a variable of an outer scope, which cannot be assigned in here");
        self.problems.push(
            Problem::error("variable-shadows", assigned.span, message)
                .at(&*assigned.pointer)
                .help("take another name, or give the value on with the output of the state"),
        );
    }

    fn read(&mut self, read: &Read<'_>, known: &Known, own: &BTreeSet<&str>) {
        let number = self.variables.names.get(read.name).copied();
        let is_in = |names: &known::Set| number.is_some_and(|number| names.contains(number));
        let maybe = is_in(&known.maybe);
        if is_in(&known.surely) || self.variables.open || (maybe && read.guarded) {
            return;
        }
        if !self.told.more(read.node.span.start) {
            return;
        }
        let variable = quoted(&format!("${}", read.name));
        let span = super::place(self.text, read.node, read.part);
        let problem = if maybe {
            let message = format!("{variable} is not assigned on every way that leads here");
            Problem::warning("variable-maybe-undefined", span, message)
                .help("assign it before the ways part, or on each of them")
        } else if own.contains(read.name) {
            let message =
                format!("{variable} is not assigned yet: no way leads here from where it is");
            Problem::error("variable-undefined", span, message)
                .help("an assignment counts from the next state on: assign it in a state before")
        } else if number.is_some() {
            let message =
                format!("{variable} is assigned in another scope, which this state does not see");
            Problem::error("variable-out-of-scope", span, message).help(
                "variables of a branch or an item end with it: give the value on with its output",
            )
        } else {
            let message = format!("no state assigns {variable}");
            let near = self.near(read.name).map(|name| format!("${name}"));
            Problem::error("variable-undefined", span, message).did_you_mean(near.as_deref())
        };
        self.problems.push(problem.at(&*read.pointer));
    }

    fn near(&mut self, name: &str) -> Option<&str> {
        self.proposals += 1;
        (self.proposals <= MAX_PROPOSALS)
            .then(|| nearest(name, self.variables.names.keys().copied()))?
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
