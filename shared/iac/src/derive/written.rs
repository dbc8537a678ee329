//! The definition as it is written to its file: JSON, with placeholders that every tool can fill in.

use std::fmt::Write as _;

use asl::{Definition, Format, Node, Tree, Value as Json};

use super::names::Names;
use super::payload::function_name;
use crate::stack::Value;

/// The definition as JSON; what differs from account to account is `${name}`, in snake case.
pub(super) fn written(definition: &Definition, names: &mut Names) -> String {
    let text = definition.own_text();
    let mut tree = Tree::read(text, Format::Json);
    if tree.root.is_none() || !tree.problems.is_empty() {
        tree = Tree::read(text, Format::Yaml);
    }
    let mut out = String::new();
    if let Some(root) = &tree.root {
        write(root, 0, names, &mut out);
    }
    out.push('\n');
    out
}

fn write(node: &Node, depth: usize, names: &mut Names, out: &mut String) {
    let indent = |out: &mut String, depth: usize| {
        out.push('\n');
        out.push_str(&"  ".repeat(depth));
    };
    match &node.value {
        Json::Null => out.push_str("null"),
        Json::Bool(value) => _ = write!(out, "{value}"),
        Json::Number(number) => out.push_str(number),
        Json::String(text) => out.push_str(&placed(text, names)),
        Json::Array(items) if items.is_empty() => out.push_str("[]"),
        Json::Array(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                out.push_str(if at == 0 { "" } else { "," });
                indent(out, depth + 1);
                write(item, depth + 1, names, out);
            }
            indent(out, depth);
            out.push(']');
        }
        Json::Object(members) if members.is_empty() => out.push_str("{}"),
        Json::Object(members) => {
            if let Some(name) = node.is_open().then(|| function_name(node)).flatten() {
                out.push_str(&string(&placeholder(&name, names)));
                return;
            }
            out.push('{');
            for (at, member) in members.iter().enumerate() {
                out.push_str(if at == 0 { "" } else { "," });
                indent(out, depth + 1);
                out.push_str(&placed(&member.key, names));
                out.push_str(": ");
                write(&member.node, depth + 1, names, out);
            }
            indent(out, depth);
            out.push('}');
        }
    }
}

fn placeholder(written: &str, names: &mut Names) -> String {
    let name = match names.placeholder(written) {
        Value::Region => "aws_region".to_owned(),
        Value::Partition => "aws_partition".to_owned(),
        Value::Account => "aws_account_id".to_owned(),
        Value::Parameter(name) => name,
        _ => return format!("${{{written}}}"),
    };
    names.use_of(&name);
    format!("${{{name}}}")
}

/// The text as a JSON string, with its placeholders in their new spelling; what was escaped stays so.
fn placed(text: &str, names: &mut Names) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((name, behind)) = after.split_once('}') else {
            break;
        };
        escape(before, &mut out);
        if names.is_placeholder(name) {
            escape(&placeholder(name, names), &mut out);
            rest = behind;
        } else {
            out.push_str("\\u0024{");
            rest = after;
        }
    }
    escape(rest, &mut out);
    out.push('"');
    out
}

/// A JSON string.
pub(crate) fn string(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    escape(text, &mut out);
    out.push('"');
    out
}

fn escape(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() || ['\u{2028}', '\u{2029}', '\u{feff}'].contains(&c) => {
                _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
}
