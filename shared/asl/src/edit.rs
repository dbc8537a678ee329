//! Changes to the text of a definition, as byte ranges, so that the author's formatting stays.

use crate::Span;

/// One change: what stands at `span` becomes `text`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edit {
    /// What is replaced; an empty span inserts.
    pub span: Span,
    /// What stands there afterwards; empty removes.
    pub text: String,
}

impl Edit {
    /// The same change, made for JSON, in YAML or HCL: a scalar in the place of another, or one that is removed. `None` where it is
    /// not known how that text writes it.
    pub(crate) fn in_other_text(&self, text: &str) -> Option<Self> {
        let old = self.span.of(text);
        if self.text.is_empty() {
            return Some(self.clone());
        }
        if old.is_empty()
            || old.contains('\n')
            || old.starts_with(['|', '>', '!', '&', '*', '{', '['])
        {
            return None;
        }
        let Some(new) = self
            .text
            .strip_prefix('"')
            .and_then(|text| text.strip_suffix('"'))
        else {
            // A number, true or false; or a part of a string.
            let plain = |c: char| c.is_ascii_alphanumeric() || "$_.-".contains(c);
            return self.text.chars().all(plain).then(|| self.clone());
        };
        let is_word = |text: &str| {
            let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
            text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.chars().all(word)
        };
        // Words that YAML takes for something else.
        let is_other = |text: &str| {
            ["true", "false", "null", "yes", "no", "on", "off", "y", "n"]
                .iter()
                .any(|word| text.eq_ignore_ascii_case(word))
        };
        let text = match old.chars().next() {
            Some('\'') if new.contains(['\'', '\\']) => return None,
            Some('\'') => format!("'{new}'"),
            Some('"') => self.text.clone(),
            _ if is_word(new) && !is_other(new) => new.to_owned(),
            _ => self.text.clone(),
        };
        Some(Self {
            span: self.span,
            text,
        })
    }
}

/// The text with all edits applied, or `None` where two of them overlap or one does not fit the text.
pub fn apply(text: &str, edits: &[Edit]) -> Option<String> {
    let mut edits: Vec<&Edit> = edits.iter().collect();
    edits.sort();
    let mut result = String::with_capacity(text.len());
    let mut at = 0;
    for edit in edits {
        result.push_str(text.get(at..edit.span.start)?);
        text.get(edit.span.start..edit.span.end)?;
        result.push_str(&edit.text);
        at = edit.span.end;
    }
    result.push_str(text.get(at..)?);
    Some(result)
}

/// Takes one of several members of an object, or items of an array, out of the text, with exactly one of the commas beside
/// it and the blanks that belong to that comma, so that the others keep their lines.
///
/// `spans` are all members (from the name to the end of the value) or all items, in the order of the text. `None` where
/// something other than a comma and blanks stands between two of them: then they are not all.
pub fn remove_item(text: &str, spans: &[Span], index: usize) -> Option<Edit> {
    let item = *spans.get(index)?;
    let before = index.checked_sub(1).and_then(|index| spans.get(index));
    let span = match (before, spans.get(index + 1)) {
        (_, Some(next)) => {
            gap(text, item, *next)?;
            Span::new(item.start, next.start)
        }
        (Some(before), None) => {
            gap(text, *before, item)?;
            Span::new(before.end, item.end)
        }
        (None, None) => Span::new(
            item.start - blanks_before(text, item.start)?.len(),
            item.end,
        ),
    };
    Some(Edit {
        span,
        text: String::new(),
    })
}

/// Takes a member out of its object, where nothing is known of the others: with the comma behind it, or with the one before; in a
/// text that is not JSON, perhaps with its lines. `None` where that would not be all of it.
pub(crate) fn take_out(text: &str, member: Span, json: bool) -> Option<Edit> {
    let erase = |start, end| {
        Some(Edit {
            span: Span::new(start, end),
            text: String::new(),
        })
    };
    let after = text.get(member.end..)?;
    let next = after.trim_start();
    if let Some(rest) = next.strip_prefix(',') {
        let following = rest.trim_start();
        // A comma at the end stays one.
        return erase(member.start, text.len() - following.len());
    }
    let before = text.get(..member.start)?;
    let left = before.trim_end();
    let line = before.rsplit('\n').next().unwrap_or_default();
    if left.ends_with(',') && (json || !line.trim().is_empty()) {
        let value = left.strip_suffix(',').unwrap_or(left).trim_end();
        return erase(value.len(), member.end);
    }
    if json {
        return erase(left.len(), member.end);
    }
    let rest = after.split_inclusive('\n').next().unwrap_or_default();
    let whole = line.trim().is_empty() && rest.trim().is_empty();
    whole.then(|| erase(member.start - line.len(), member.end + rest.len()))?
}

/// Adds members or items behind the last of several, set apart as these are from each other. `added` is their text, commas
/// between them included; `spans` as for [`remove_item`], and at least one.
pub fn append_items(text: &str, spans: &[Span], added: &str) -> Option<Edit> {
    let last = spans.last()?;
    let separator = separator(text, spans)?;
    Some(Edit {
        span: Span::new(last.end, last.end),
        text: format!("{separator}{added}"),
    })
}

/// What stands between two members or items: a comma and the blanks that the author puts behind it. `spans` as for
/// [`remove_item`], and at least one.
pub fn separator(text: &str, spans: &[Span]) -> Option<String> {
    let first = *spans.first()?;
    if let Some(second) = spans.get(1) {
        return gap(text, first, *second).map(str::to_owned);
    }
    let blanks = blanks_before(text, first.start)?;
    Some(if blanks.contains('\n') {
        format!(",{blanks}")
    } else {
        ", ".to_owned()
    })
}

/// The comma and the blanks between two neighbours, if that is all there is.
fn gap(text: &str, left: Span, right: Span) -> Option<&str> {
    let between = text.get(left.end..right.start)?;
    (between.trim() == ",").then_some(between)
}

/// The blanks that end at `at`.
fn blanks_before(text: &str, at: usize) -> Option<&str> {
    let before = text.get(..at)?;
    before.get(before.trim_end().len()..)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::{Definition, Format, Member};

    /// The members of `States`, however broken their states are.
    fn members(text: &str) -> Vec<Span> {
        let definition = Definition::parse(text.as_bytes(), Format::Json);
        let states = &definition.machine.scope.states;
        states
            .iter()
            .map(|state| Span::new(state.name.span.start, state.span.end))
            .collect()
    }

    fn without(text: &str, index: usize) -> Option<String> {
        apply(text, &[remove_item(text, &members(text), index)?])
    }

    #[test]
    fn one_comma_goes_with_a_member() {
        let one_line = r#"{"States": {"A": {}, "B": {}, "C": {}}}"#;
        assert_eq!(
            without(one_line, 0).unwrap(),
            r#"{"States": {"B": {}, "C": {}}}"#
        );
        assert_eq!(
            without(one_line, 1).unwrap(),
            r#"{"States": {"A": {}, "C": {}}}"#
        );
        assert_eq!(
            without(one_line, 2).unwrap(),
            r#"{"States": {"A": {}, "B": {}}}"#
        );
        assert_eq!(without(one_line, 3), None);
        assert_eq!(
            without(r#"{"States":{"A":{}}}"#, 0).unwrap(),
            r#"{"States":{}}"#
        );
    }

    #[test]
    fn the_others_keep_their_lines() {
        let lines =
            "{\n  \"States\": {\n    \"A\": {},\n\n    \"B\": {} ,\n    \"C\": {}\n  }\n}\n";
        assert_eq!(
            without(lines, 0).unwrap(),
            "{\n  \"States\": {\n    \"B\": {} ,\n    \"C\": {}\n  }\n}\n"
        );
        assert_eq!(
            without(lines, 1).unwrap(),
            "{\n  \"States\": {\n    \"A\": {},\n\n    \"C\": {}\n  }\n}\n"
        );
        assert_eq!(
            without(lines, 2).unwrap(),
            "{\n  \"States\": {\n    \"A\": {},\n\n    \"B\": {}\n  }\n}\n"
        );
        assert_eq!(
            without("{\"States\": {\r\n\t\"A\": {}\r\n}}", 0).unwrap(),
            "{\"States\": {\r\n}}"
        );
    }

    #[test]
    fn members_that_are_not_neighbours_are_left_alone() {
        let text = r#"{"States": {"A": {}, "B": {}, "C": {}}}"#;
        let spans = members(text);
        let apart: Vec<Span> = spans
            .iter()
            .copied()
            .enumerate()
            .filter(|(index, _)| *index != 1)
            .map(|(_, span)| span)
            .collect();
        assert_eq!(remove_item(text, &apart, 0), None);
        assert_eq!(remove_item(text, &apart, 1), None);
        assert_eq!(append_items(text, &[], "1"), None);
        assert_eq!(remove_item("", &spans, 0), None);
    }

    #[test]
    fn what_is_added_is_set_apart_like_the_rest() {
        let added = |list: &str| {
            let text = format!(
                r#"{{"StartAt": "A", "States": {{"A": {{"Type": "Task", "Retry": {list}, "End": true}}}}}}"#
            );
            let definition = Definition::parse(text.as_bytes(), Format::Json);
            let node = definition.machine.scope.states.first()?.field("Retry")?;
            let spans: Vec<Span> = match node.members() {
                Some(members) => members.iter().map(Member::span).collect(),
                None => node.items()?.iter().map(|item| item.span).collect(),
            };
            let text = apply(&text, &[append_items(&text, &spans, "3")?])?;
            Some(
                text.split_once("\"Retry\": ")?
                    .1
                    .rsplit_once(", \"End\"")?
                    .0
                    .to_owned(),
            )
        };
        assert_eq!(added("[1,2]").unwrap(), "[1,2,3]");
        assert_eq!(added("[1]").unwrap(), "[1, 3]");
        assert_eq!(added("[\n  1,\n  2\n]").unwrap(), "[\n  1,\n  2,\n  3\n]");
        assert_eq!(added("[\n  1\n]").unwrap(), "[\n  1,\n  3\n]");
        assert_eq!(added("[]"), None);
    }

    #[test]
    fn edits_on_top_of_each_other_do_not_apply() {
        let edit = |start, end| Edit {
            span: Span::new(start, end),
            text: "x".to_owned(),
        };
        assert_eq!(apply("abcdef", &[edit(4, 5), edit(0, 2)]).unwrap(), "xcdxf");
        assert_eq!(apply("abcdef", &[edit(0, 3), edit(2, 4)]), None);
        assert_eq!(apply("abcdef", &[edit(5, 7)]), None);
        assert_eq!(apply("äb", &[edit(1, 2)]), None);
    }
}
