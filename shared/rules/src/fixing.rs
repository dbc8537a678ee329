//! Fixes as rules write them down.

use asl::{Definition, Edit, Span};
use findings::{Fix, TextEdit};

/// Steps for a person.
pub(crate) fn steps<const N: usize>(title: impl Into<String>, steps: [String; N]) -> Fix {
    Fix::steps(title, steps.into())
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
    Some(Fix::edits(title, edits))
}

/// The change as findings carry it.
pub(crate) fn of(edit: Edit) -> TextEdit {
    replace(edit.span, edit.text)
}

/// Puts `text` in the place of what stands at `span`.
pub(crate) fn replace(span: Span, text: impl Into<String>) -> TextEdit {
    TextEdit {
        start: span.start,
        end: span.end,
        text: text.into(),
    }
}

/// Writes a name in the place of another, where that is exact in every kind of file: the old name stands there letter by letter,
/// in quotes or without, and the new one needs no quotes that the old one did not need.
#[cfg(feature = "catalogue")]
pub(crate) fn rename(
    definition: &Definition,
    span: Span,
    old: &str,
    new: &str,
) -> Option<TextEdit> {
    const QUOTES: [&str; 4] = ["", "\"", "'", "\\\""];
    let raw = span.of(&definition.text);
    let inside = |quote: &&str| {
        let inner = raw.strip_prefix(*quote)?.strip_suffix(*quote)?;
        (inner == old).then(|| Span::new(span.start + quote.len(), span.end - quote.len()))
    };
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-.:".contains(c);
    let starts = |c: char| c.is_ascii_alphanumeric() || c == '.';
    if !new.starts_with(starts) || !new.chars().all(is_plain) {
        return None;
    }
    let inner = QUOTES.iter().find_map(inside)?;
    Some(replace(inner, new))
}

/// Puts `text` at an offset.
pub(crate) fn insert(at: usize, text: impl Into<String>) -> TextEdit {
    replace(Span::new(at, at), text)
}
