//! YAML as CloudFormation reads it, made of values, so that no text can become structure.

use std::fmt::Write as _;

use crate::text::yaml;

/// A value of a template.
#[derive(Clone, Debug)]
pub(crate) enum Doc {
    /// A text, always quoted.
    Text(String),
    /// A number, `true`, or a name that is written as it stands.
    Plain(String),
    /// A short form: `!Sub`, `!Ref`, and its value.
    Tagged(&'static str, Box<Doc>),
    List(Vec<Doc>),
    /// Members in order; an empty name is a comment.
    Map(Vec<(String, Doc)>),
}

impl Doc {
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    pub(crate) fn plain(text: impl std::fmt::Display) -> Self {
        Self::Plain(text.to_string())
    }

    pub(crate) fn map<K: Into<String>>(members: impl IntoIterator<Item = (K, Doc)>) -> Self {
        Self::Map(
            members
                .into_iter()
                .map(|(key, doc)| (key.into(), doc))
                .collect(),
        )
    }

    pub(crate) fn texts<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> Self {
        Self::List(
            texts
                .into_iter()
                .map(|text| Self::text(text.as_ref()))
                .collect(),
        )
    }

    pub(crate) fn reference(name: &str) -> Self {
        Self::Tagged("!Ref", Box::new(Self::plain(name)))
    }

    pub(crate) fn get(resource: &str, attribute: &str) -> Self {
        Self::Tagged(
            "!GetAtt",
            Box::new(Self::plain(format!("{resource}.{attribute}"))),
        )
    }

    /// The document.
    pub(crate) fn write(&self) -> String {
        let mut out = String::new();
        self.block(0, &mut out);
        out
    }

    fn is_flat(&self) -> bool {
        match self {
            Self::Text(_) | Self::Plain(_) => true,
            Self::Tagged(_, inner) => inner.is_flat(),
            Self::List(items) => items.is_empty(),
            Self::Map(members) => members.is_empty(),
        }
    }

    fn flat(&self, out: &mut String) {
        match self {
            Self::Text(text) => out.push_str(&yaml(text)),
            Self::Plain(text) => out.push_str(text),
            Self::Tagged(tag, inner) => {
                out.push_str(tag);
                out.push(' ');
                inner.flat(out);
            }
            Self::List(_) => out.push_str("[]"),
            Self::Map(_) => out.push_str("{}"),
        }
    }

    /// After `key:` or `-`.
    fn after(&self, depth: usize, out: &mut String) {
        out.push(' ');
        if self.is_flat() {
            self.flat(out);
            out.push('\n');
            return;
        }
        let mut doc = self;
        while let Self::Tagged(tag, inner) = doc {
            out.push_str(tag);
            out.push(' ');
            doc = inner;
        }
        while out.ends_with(' ') {
            out.pop();
        }
        out.push('\n');
        doc.block(depth, out);
    }

    fn block(&self, depth: usize, out: &mut String) {
        let indent = "  ".repeat(depth);
        match self {
            Self::Map(members) => {
                for (key, value) in members {
                    if key.is_empty() {
                        if let Self::Text(comment) = value {
                            _ = writeln!(out, "{indent}# {}", one_line(comment));
                        }
                        continue;
                    }
                    out.push_str(&indent);
                    out.push_str(&name(key));
                    out.push(':');
                    value.after(depth + 1, out);
                }
            }
            Self::List(items) => {
                for item in items {
                    let mut inner = String::new();
                    item.block_or_flat(depth + 1, &mut inner);
                    let inner = inner.trim_start_matches(' ');
                    if inner.starts_with('#') {
                        // A comment stands before the item that it is about.
                        let (comment, rest) = inner.split_once('\n').unwrap_or((inner, ""));
                        _ = write!(
                            out,
                            "{indent}{comment}\n{indent}- {}",
                            rest.trim_start_matches(' ')
                        );
                    } else {
                        _ = write!(out, "{indent}- {inner}");
                    }
                }
            }
            _ => {
                out.push_str(&indent);
                self.flat(out);
                out.push('\n');
            }
        }
    }

    fn block_or_flat(&self, depth: usize, out: &mut String) {
        match self {
            Self::Tagged(tag, inner) if !inner.is_flat() => {
                out.push_str(tag);
                out.push('\n');
                inner.block(depth, out);
            }
            Self::Map(members) if !members.is_empty() => self.block(depth, out),
            Self::List(items) if !items.is_empty() => {
                // A list in a list.
                out.push('\n');
                self.block(depth, out);
                _ = items;
            }
            _ => {
                self.flat(out);
                out.push('\n');
            }
        }
    }
}

/// A comment that stays one.
pub(crate) fn one_line(text: &str) -> String {
    text.chars()
        .map(|c| {
            if c.is_control() || ['\u{2028}', '\u{2029}', '\u{85}'].contains(&c) {
                ' '
            } else {
                c
            }
        })
        .collect()
}

fn name(key: &str) -> String {
    let plain = key.starts_with(|c: char| c.is_ascii_alphabetic())
        && key
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "_:-.".contains(c))
        && !key.ends_with(':')
        && !["on", "off", "yes", "no", "y", "n", "true", "false", "null"]
            .contains(&key.to_ascii_lowercase().as_str());
    if plain { key.to_owned() } else { yaml(key) }
}
