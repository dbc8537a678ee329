//! Fixes as rules write them down.

use asl::{Definition, Edit, Member, Node, Span, append_items};
use findings::{Fix, FixKind, Safety, TextEdit};

/// Steps for a person.
pub(crate) fn steps<const N: usize>(title: impl Into<String>, steps: [String; N]) -> Fix {
    Fix {
        title: title.into(),
        safety: Safety::Manual,
        kind: FixKind::Steps(steps.into()),
    }
}

/// Edits of a JSON text, for a person to look at; none for YAML, where a value may be written in many ways.
pub(crate) fn edits(
    definition: &Definition,
    title: impl Into<String>,
    mut edits: Vec<TextEdit>,
) -> Option<Fix> {
    if !definition.editable || edits.is_empty() {
        return None;
    }
    edits.sort();
    Some(Fix {
        title: title.into(),
        safety: Safety::Review,
        kind: FixKind::Edits(edits),
    })
}

/// Puts `text` in the place of what stands at `span`.
pub(crate) fn replace(span: Span, text: impl Into<String>) -> TextEdit {
    TextEdit {
        start: span.start,
        end: span.end,
        text: text.into(),
    }
}

/// Puts `text` at an offset.
pub(crate) fn insert(at: usize, text: impl Into<String>) -> TextEdit {
    replace(Span::new(at, at), text)
}

/// Adds a member, written `"name": value`, to an object.
pub(crate) fn add_member(definition: &Definition, object: &Node, member: &str) -> Option<TextEdit> {
    let members = object.members()?;
    if members.is_empty() {
        return Some(replace(object.span, format!("{{{member}}}")));
    }
    let spans: Vec<Span> = members.iter().map(Member::span).collect();
    let Edit { span, text } = append_items(&definition.text, &spans, member)?;
    Some(replace(span, text))
}
