//! Terraform as `terraform fmt` sets it, made of values, so that no text can become structure.

use std::fmt::Write as _;

use crate::text::hcl;

/// A value or a block body.
#[derive(Clone, Debug)]
pub(crate) enum Hcl {
    /// Written as it stands: a reference, a number, a whole string.
    Raw(String),
    List(Vec<Hcl>),
    /// `{ key = value }`.
    Object(Vec<(String, Hcl)>),
    /// A function of some values.
    Call(&'static str, Vec<Hcl>),
}

/// A member of a block.
#[derive(Clone, Debug)]
pub(crate) enum Item {
    Set(String, Hcl),
    Block(String, Vec<Item>),
    Comment(String),
}

pub(crate) fn set(name: &str, value: Hcl) -> Item {
    Item::Set(name.to_owned(), value)
}

pub(crate) fn block(name: &str, items: Vec<Item>) -> Item {
    Item::Block(name.to_owned(), items)
}

impl Hcl {
    pub(crate) fn text(text: &str) -> Self {
        Self::Raw(hcl(text))
    }

    pub(crate) fn raw(text: impl std::fmt::Display) -> Self {
        Self::Raw(text.to_string())
    }

    pub(crate) fn texts<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> Self {
        Self::List(
            texts
                .into_iter()
                .map(|text| Self::text(text.as_ref()))
                .collect(),
        )
    }

    pub(crate) fn object<K: Into<String>>(members: impl IntoIterator<Item = (K, Hcl)>) -> Self {
        Self::Object(
            members
                .into_iter()
                .map(|(key, value)| (key.into(), value))
                .collect(),
        )
    }

    fn write(&self, depth: usize, out: &mut String) {
        let indent = |out: &mut String, depth: usize| out.push_str(&"  ".repeat(depth));
        match self {
            Self::Raw(text) => out.push_str(text),
            Self::List(items) if items.len() < 2 && items.iter().all(Self::is_flat) => {
                out.push('[');
                for item in items {
                    item.write(depth, out);
                }
                out.push(']');
            }
            Self::List(items) => {
                out.push_str("[\n");
                for item in items {
                    indent(out, depth + 1);
                    item.write(depth + 1, out);
                    out.push_str(",\n");
                }
                indent(out, depth);
                out.push(']');
            }
            Self::Object(members) if members.is_empty() => out.push_str("{}"),
            Self::Object(members) => {
                out.push_str("{\n");
                let rows: Vec<Item> = members
                    .iter()
                    .map(|(key, value)| Item::Set(key_of(key), value.clone()))
                    .collect();
                items(&rows, depth + 1, out);
                indent(out, depth);
                out.push('}');
            }
            Self::Call(name, arguments) => {
                out.push_str(name);
                out.push('(');
                for (at, argument) in arguments.iter().enumerate() {
                    out.push_str(if at == 0 { "" } else { ", " });
                    argument.write(depth, out);
                }
                out.push(')');
            }
        }
    }

    fn is_flat(&self) -> bool {
        match self {
            Self::Raw(text) => !text.contains('\n'),
            Self::List(items) => items.len() < 2 && items.iter().all(Self::is_flat),
            Self::Object(members) => members.is_empty(),
            Self::Call(_, arguments) => arguments.iter().all(Self::is_flat),
        }
    }
}

fn key_of(key: &str) -> String {
    let plain = key.starts_with(|c: char| c.is_ascii_alphabetic())
        && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if plain { key.to_owned() } else { hcl(key) }
}

/// `head { … }`, with an empty line behind it.
pub(crate) fn top(head: &str, body: &[Item]) -> String {
    let mut out = format!("{head} {{\n");
    items(body, 1, &mut out);
    out.push_str("}\n");
    out
}

/// Members: those that follow each other on lines of their own have their `=` under each other.
fn items(all: &[Item], depth: usize, out: &mut String) {
    let indent = "  ".repeat(depth);
    let mut start = 0;
    while start < all.len() {
        // As fmt does: a value of several lines ends a group and belongs to it.
        let mut width = 0;
        let mut end = start;
        for item in all.iter().skip(start) {
            let Item::Set(name, value) = item else { break };
            let flat = value.is_flat();
            if !flat && end > start {
                break;
            }
            width = width.max(name.chars().count());
            end += 1;
            if !flat {
                break;
            }
        }
        if end == start {
            match all.get(start) {
                Some(Item::Block(name, inner)) => {
                    if start > 0 && !matches!(all.get(start - 1), Some(Item::Comment(_))) {
                        out.push('\n');
                    }
                    _ = writeln!(out, "{indent}{name} {{");
                    items(inner, depth + 1, out);
                    _ = writeln!(out, "{indent}}}");
                }
                Some(Item::Comment(text)) => {
                    if start > 0 {
                        out.push('\n');
                    }
                    _ = writeln!(out, "{indent}# {}", crate::doc::one_line(text));
                }
                _ => {}
            }
            start += 1;
            continue;
        }
        if matches!(
            start.checked_sub(1).and_then(|before| all.get(before)),
            Some(Item::Block(..))
        ) {
            out.push('\n');
        }
        for item in all.iter().take(end).skip(start) {
            if let Item::Set(name, value) = item {
                _ = write!(out, "{indent}{name:width$} = ");
                value.write(depth, out);
                out.push('\n');
            }
        }
        start = end;
    }
}
