//! What is said of a removable state.

use asl::{EdgeKind, State};
use findings::{Location, Note, NoteKind};

use super::forms::Idle;
use super::plan::{How, Removal};
use crate::Subject;

/// What it is: the message up to its cost.
pub(crate) fn message(removal: &Removal<'_>) -> String {
    let name = quoted(&removal.state.name.value);
    let next = removal
        .state
        .next
        .as_ref()
        .map(|next| quoted(&next.value))
        .unwrap_or_default();
    match &removal.how {
        How::Skip { idle: None } => {
            format!("{name} is a Pass state that sets an output which {next} replaces, and costs")
        }
        How::Skip { idle: Some(idle) } => format!("{name} is a {} and costs", kind(*idle)),
        How::End { idle, by, .. } => {
            let themselves = if by.len() == 1 {
                "which could end by itself"
            } else {
                "which could end by themselves"
            };
            format!(
                "{name} is a {} after {}, {themselves}, and costs",
                kind(*idle),
                names(removal, by)
            )
        }
        How::Merge { into, .. } => {
            format!(
                "{name} is a Choice state right after the Choice state {}, which could decide for it, and costs",
                quoted(removal.name(*into))
            )
        }
        How::Assign { by, .. } => {
            format!(
                "{name} only assigns variables, which {} before it could do, and costs",
                quoted(removal.name(*by))
            )
        }
        How::Unwrap(_) => format!(
            "{name} is a Parallel state around a single branch, without Retry or Catch, and costs"
        ),
    }
}

fn kind(idle: Idle) -> &'static str {
    match idle {
        Idle::Pass => "Pass state that does nothing",
        Idle::Succeed => "Succeed state",
        Idle::Wait => "Wait state of 0 seconds",
    }
}

/// What to do, in one line.
pub(crate) fn title(removal: &Removal<'_>) -> String {
    let next = removal
        .state
        .next
        .as_ref()
        .map(|next| quoted(&next.value))
        .unwrap_or_default();
    match &removal.how {
        How::Skip { .. } => {
            let before = predecessors(removal);
            match (before.is_empty(), starts(removal)) {
                (true, _) => format!("remove the state and start at {next}"),
                (false, true) => format!(
                    "remove the state, start at {next} and let {} lead there",
                    names(removal, &before)
                ),
                (false, false) => format!(
                    "remove the state and let {} lead to {next}",
                    names(removal, &before)
                ),
            }
        }
        How::End { by, now, stays, .. } => {
            let ending = names(removal, if now.is_empty() { by } else { now });
            if *stays {
                format!(
                    "let {ending} end; the state stays for what leads to it from a rule, a default or a catcher"
                )
            } else {
                format!("let {ending} end and remove the state")
            }
        }
        How::Merge {
            into,
            kind: EdgeKind::Default,
            ..
        } => {
            format!(
                "append its rules to those of {} and remove the state",
                quoted(removal.name(*into))
            )
        }
        How::Merge { into, .. } => format!(
            "put its rules into {}, each together with the rule that leads here",
            quoted(removal.name(*into))
        ),
        How::Assign { by, .. } => format!(
            "move its Assign to {} and remove the state",
            quoted(removal.name(*by))
        ),
        How::Unwrap(_) => "put the states of the branch in its place".to_owned(),
    }
}

/// Why it can go, and what to think of.
pub(crate) fn notes(removal: &Removal<'_>) -> Vec<Note> {
    let able = match &removal.how {
        How::Skip { idle: None } => "what it sets is read by nobody, and a literal cannot fail",
        How::Skip { .. } | How::End { .. } => "it has no data fields: its output is its input",
        How::Merge { .. } => "this is the only way into it, and neither of the two changes data",
        How::Assign { .. } => {
            "this is the only way into it, both receive the same data, and neither reads what the other assigns"
        }
        How::Unwrap(_) => "its output is dropped or unpacked, and it retries and catches nothing",
    };
    let mut notes = vec![note(NoteKind::Able, able)];
    if matches!(removal.how, How::End { stays: true, .. }) {
        notes.push(note(
            NoteKind::Mind,
            "executions then end in different states, which histories show",
        ));
    } else {
        notes.push(note(NoteKind::Mind, "its name disappears from histories, logs, traces, and from mocks and tests keyed by state name"));
    }
    notes.push(note(
        NoteKind::Mind,
        "executions that already run keep their definition",
    ));
    notes
}

fn note(kind: NoteKind, text: &str) -> Note {
    Note {
        kind,
        text: text.to_owned(),
    }
}

/// What leads to it.
pub(crate) fn related(subject: &Subject<'_>, removal: &Removal<'_>) -> Vec<Location> {
    let edges = removal.edges_in();
    let mut related: Vec<Location> = edges
        .filter_map(|edge| {
            let from = removal.scope.states.get(edge.from)?;
            let mut location = subject.at(
                &pointer(from, edge.kind),
                edge.target,
                format!("{} leads here", quoted(&from.name.value)),
            );
            location.state = Some(from.name.value.clone());
            Some(location)
        })
        .collect();
    if let Some(start) = removal.scope.start_at.as_ref().filter(|_| starts(removal)) {
        related.push(subject.at(
            &format!("{}/StartAt", removal.scope.pointer),
            start.span,
            "it starts here",
        ));
    }
    related
}

fn pointer(from: &State, kind: EdgeKind) -> String {
    match kind {
        EdgeKind::Next => format!("{}/Next", from.pointer),
        EdgeKind::Rule(rule) => format!("{}/Choices/{rule}/Next", from.pointer),
        EdgeKind::Default => format!("{}/Default", from.pointer),
        EdgeKind::Catch(catcher) => format!("{}/Catch/{catcher}/Next", from.pointer),
    }
}

pub(crate) fn starts(removal: &Removal<'_>) -> bool {
    removal.graph.start == Some(removal.index)
}

fn predecessors(removal: &Removal<'_>) -> Vec<usize> {
    let mut before: Vec<usize> = removal.edges_in().map(|edge| edge.from).collect();
    before.sort_unstable();
    before.dedup();
    before
}

/// Up to three names; more are counted.
pub(crate) fn names(removal: &Removal<'_>, indexes: &[usize]) -> String {
    let mut shown: Vec<String> = indexes
        .iter()
        .take(3)
        .map(|index| quoted(removal.name(*index)))
        .collect();
    if indexes.len() > 3 {
        shown.push(format!("{} more", indexes.len() - 3));
    }
    let last = shown.pop().unwrap_or_default();
    if shown.is_empty() {
        last
    } else {
        format!("{} and {last}", shown.join(", "))
    }
}

pub(crate) fn quoted(name: &str) -> String {
    format!("`{name}`")
}
