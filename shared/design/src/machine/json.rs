//! JSON whose members stay in their order, written as people write it.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::Value;

/// A JSON value; members stay in their order.
#[derive(Clone, Debug, PartialEq)]
pub enum Json {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// As it stands.
    Number(String),
    /// Text.
    Text(String),
    /// Items.
    List(Vec<Json>),
    /// Members.
    Object(Vec<(String, Json)>),
}

/// Lists of plain values stay on one line up to this width.
const WIDTH: usize = 110;

impl Json {
    /// Text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// A whole number.
    pub fn number(number: u64) -> Self {
        Self::Number(number.to_string())
    }

    /// The same value; members by name.
    pub fn of(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(is) => Self::Bool(*is),
            Value::Number(number) => Self::Number(number.to_string()),
            Value::String(text) => Self::Text(text.clone()),
            Value::Array(items) => Self::List(items.iter().map(Self::of).collect()),
            Value::Object(members) => Self::Object(
                members
                    .iter()
                    .map(|(key, value)| (key.clone(), Self::of(value)))
                    .collect(),
            ),
        }
    }

    /// Pretty, with a line end. `${…}` stands for something else only where the name is one of `placeholders`: else it is written
    /// so that no tool that fills in templates sees it.
    pub fn pretty(&self, placeholders: &BTreeSet<String>) -> String {
        let mut out = String::new();
        self.write(&mut out, 0, placeholders);
        out.push('\n');
        out
    }

    fn is_plain(&self) -> bool {
        !matches!(self, Self::List(_) | Self::Object(_))
    }

    fn write(&self, out: &mut String, depth: usize, names: &BTreeSet<String>) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Bool(is) => out.push_str(if *is { "true" } else { "false" }),
            Self::Number(number) => out.push_str(number),
            Self::Text(text) => quote(text, out, names),
            Self::List(items) if items.is_empty() => out.push_str("[]"),
            Self::Object(members) if members.is_empty() => out.push_str("{}"),
            Self::List(items) => {
                if items.iter().all(Self::is_plain) {
                    let mut line = String::new();
                    for (at, item) in items.iter().enumerate() {
                        line.push_str(if at == 0 { "[" } else { ", " });
                        item.write(&mut line, depth, names);
                    }
                    line.push(']');
                    if line.len() + depth * 2 <= WIDTH {
                        out.push_str(&line);
                        return;
                    }
                }
                for (at, item) in items.iter().enumerate() {
                    out.push_str(if at == 0 { "[" } else { "," });
                    indent(out, depth + 1);
                    item.write(out, depth + 1, names);
                }
                indent(out, depth);
                out.push(']');
            }
            Self::Object(members) => {
                for (at, (key, value)) in members.iter().enumerate() {
                    out.push_str(if at == 0 { "{" } else { "," });
                    indent(out, depth + 1);
                    quote(key, out, names);
                    out.push_str(": ");
                    value.write(out, depth + 1, names);
                }
                indent(out, depth);
                out.push('}');
            }
        }
    }
}

fn indent(out: &mut String, depth: usize) {
    out.push('\n');
    for _ in 0..depth {
        out.push_str("  ");
    }
}

/// Text as JSON. What begins a placeholder of CloudFormation or Terraform, or a directive of Terraform, is escaped, except for
/// placeholders that are meant.
fn quote(text: &str, out: &mut String, names: &BTreeSet<String>) {
    out.push('"');
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        if let Some(name) = placeholder(rest).filter(|name| names.contains(*name)) {
            let _ = write!(out, "${{{name}}}");
            rest = rest.get(name.len() + 3..).unwrap_or_default();
            continue;
        }
        rest = rest.get(letter.len_utf8()..).unwrap_or_default();
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '$' | '%' if rest.starts_with('{') => {
                let _ = write!(out, "\\u{:04x}", u32::from(letter));
            }
            letter if letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}') => {
                let _ = write!(out, "\\u{:04x}", u32::from(letter));
            }
            letter => out.push(letter),
        }
    }
    out.push('"');
}

/// The name of the placeholder that a text begins with.
pub(crate) fn placeholder(text: &str) -> Option<&str> {
    let (name, _) = text.strip_prefix("${")?.split_once('}')?;
    let good =
        |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_';
    (!name.is_empty() && name.len() <= 64 && name.chars().all(good)).then_some(name)
}
