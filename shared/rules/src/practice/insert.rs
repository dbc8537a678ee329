//! Members and items that are put into a definition in its author's form.

use asl::{Definition, Member, Node, Span, State, append_items, separator};
use findings::TextEdit;

use crate::fixing;

/// A value to be written.
pub(crate) enum Json<'a> {
    Null,
    Number(u32),
    Text(&'a str),
    List(Vec<Json<'a>>),
    Object(Vec<(&'a str, Json<'a>)>),
}

/// Adds a member to a Task, before what handles its failure and what follows.
pub(crate) fn member(
    definition: &Definition,
    state: &State,
    name: &str,
    value: &Json<'_>,
) -> Option<Vec<TextEdit>> {
    let form = Form::of(definition, state)?;
    let written = format!("\"{name}\"{}{}", form.colon, form.write(value, 0));
    let before = state
        .fields
        .iter()
        .find(|member| ["Retry", "Catch", "Next", "End"].contains(&member.key.as_str()));
    let edit = match before {
        Some(member) => fixing::insert(
            member.key_span.start,
            format!("{written}{}", form.separator),
        ),
        None => fixing::of(append_items(
            &definition.text,
            &member_spans(&state.fields),
            &written,
        )?),
    };
    Some(vec![edit])
}

/// Adds an item to a list of a Task, behind all others.
pub(crate) fn last_item(
    definition: &Definition,
    state: &State,
    list: &str,
    value: Json<'_>,
) -> Option<Vec<TextEdit>> {
    let form = Form::of(definition, state)?;
    let node = state.field(list)?;
    let items: Vec<Span> = node.items()?.iter().map(|item| item.span).collect();
    if items.is_empty() {
        let text = form.write(&Json::List(vec![value]), 0);
        return Some(vec![fixing::replace(node.span, text)]);
    }
    let edit = append_items(&definition.text, &items, &form.write(&value, 1))?;
    Some(vec![fixing::of(edit)])
}

/// Adds a text to an object, behind its last member.
pub(crate) fn last_member(
    definition: &Definition,
    object: &Node,
    name: &str,
    value: &str,
) -> Option<Vec<TextEdit>> {
    // In YAML, blanks have a meaning.
    let json = definition.editable;
    let members = object.members().filter(|_| json)?;
    if members.is_empty() {
        let text = format!("{{\"{name}\": \"{value}\"}}");
        return Some(vec![fixing::replace(object.span, text)]);
    }
    let written = format!("\"{name}\"{}\"{value}\"", colon(definition, members)?);
    let edit = append_items(&definition.text, &member_spans(members), &written)?;
    Some(vec![fixing::of(edit)])
}

/// Writes another value, where one is written down in JSON.
pub(crate) fn number(definition: &Definition, node: &Node, value: u32) -> Option<Vec<TextEdit>> {
    let json = definition.editable;
    json.then(|| vec![fixing::replace(node.span, value.to_string())])
}

/// How the author writes the members of one state.
struct Form<'a> {
    /// What stands between two members: a comma and blanks.
    separator: String,
    /// What stands between a name and its value.
    colon: &'a str,
    /// What one level more is indented by, with the line break and the indentation of the members before it; none where
    /// all stands on one line.
    lines: Option<(String, String)>,
}

impl<'a> Form<'a> {
    fn of(definition: &'a Definition, state: &State) -> Option<Self> {
        if !definition.editable {
            return None;
        }
        let text: &str = &definition.text;
        let separator = separator(text, &member_spans(&state.fields))?;
        let first = state.fields.first()?.key_span.start;
        let line = indentation(text, first)?;
        let unit = indentation(text, state.name.span.start)
            .and_then(|outer| line.strip_prefix(outer))
            .filter(|unit| !unit.is_empty())
            .unwrap_or("  ");
        let end = if separator.contains('\r') {
            "\r\n"
        } else {
            "\n"
        };
        let lines = separator
            .contains('\n')
            .then(|| (format!("{end}{line}"), unit.to_owned()));
        Some(Self {
            colon: colon(definition, &state.fields)?,
            separator,
            lines,
        })
    }

    /// The value, `depth` levels deeper than the members of the state.
    fn write(&self, value: &Json<'_>, depth: usize) -> String {
        match value {
            Json::Null => "null".to_owned(),
            Json::Number(number) => number.to_string(),
            Json::Text(text) => format!("\"{text}\""),
            Json::List(items) => {
                let items: Vec<String> = items
                    .iter()
                    .map(|item| self.write(item, depth + 1))
                    .collect();
                self.enclosed(('[', ']'), &items, depth)
            }
            Json::Object(members) => {
                let members = members.iter().map(|(name, value)| {
                    format!("\"{name}\"{}{}", self.colon, self.write(value, depth + 1))
                });
                self.enclosed(('{', '}'), &members.collect::<Vec<_>>(), depth)
            }
        }
    }

    fn enclosed(&self, brackets: (char, char), items: &[String], depth: usize) -> String {
        let (open, close) = brackets;
        match &self.lines {
            None => format!("{open}{}{close}", items.join(&self.separator)),
            Some((line, unit)) => {
                let outer = format!("{line}{}", unit.repeat(depth));
                let inner = format!("{outer}{unit}");
                format!(
                    "{open}{inner}{}{outer}{close}",
                    items.join(&format!(",{inner}"))
                )
            }
        }
    }
}

/// The blanks that the line of `at` begins with.
fn indentation(text: &str, at: usize) -> Option<&str> {
    let before = text.get(..at)?;
    let line = before.rsplit('\n').next()?;
    let blanks = line.len() - line.trim_start().len();
    line.get(..blanks)
}

/// What stands between the name and the value of the first member.
fn colon<'a>(definition: &'a Definition, members: &[Member]) -> Option<&'a str> {
    let member = members.first()?;
    let between = definition
        .text
        .get(member.key_span.end..member.node.span.start)?;
    (between.trim() == ":").then_some(between)
}

fn member_spans(members: &[Member]) -> Vec<Span> {
    members.iter().map(Member::span).collect()
}
