//! JSON for reading: what fits into a line stands in one.

use serde_json::Value;

/// The lines of a value, of at most so many columns where that can be.
pub(super) fn lines(value: &Value, width: usize) -> Vec<String> {
    let mut out = Vec::new();
    push(&mut out, "", value, "", 0, width.max(20));
    out
}

/// Adds a value after what stands before it, and followed by a comma, or not.
fn push(
    out: &mut Vec<String>,
    before: &str,
    value: &Value,
    after: &str,
    depth: usize,
    width: usize,
) {
    let room = width.saturating_sub(before.chars().count() + after.len());
    if let Some(text) = short(value, room) {
        out.push(format!("{before}{text}{after}"));
        return;
    }
    let indent = "  ".repeat(depth + 1);
    let comma = |place: usize, all: usize| if place + 1 < all { "," } else { "" };
    let end = "  ".repeat(depth);
    match value {
        Value::Array(items) => {
            out.push(format!("{before}["));
            for (place, item) in items.iter().enumerate() {
                let comma = comma(place, items.len());
                push(out, &indent, item, comma, depth + 1, width);
            }
            out.push(format!("{end}]{after}"));
        }
        Value::Object(members) => {
            out.push(format!("{before}{{"));
            for (place, (name, member)) in members.iter().enumerate() {
                let comma = comma(place, members.len());
                let name = format!("{indent}{}: ", Value::from(name.as_str()));
                push(out, &name, member, comma, depth + 1, width);
            }
            out.push(format!("{end}}}{after}"));
        }
        plain => out.push(format!("{before}{plain}{after}")),
    }
}

/// The value in one line; none where it is too long for that.
fn short(value: &Value, room: usize) -> Option<String> {
    let mut out = String::new();
    fill(&mut out, value, room)?;
    Some(out)
}

fn fill(out: &mut String, value: &Value, room: usize) -> Option<()> {
    match value {
        Value::Array(items) => {
            out.push('[');
            for (place, item) in items.iter().enumerate() {
                if place > 0 {
                    out.push_str(", ");
                }
                fill(out, item, room)?;
            }
            out.push(']');
        }
        Value::Object(members) => {
            out.push('{');
            for (place, (name, member)) in members.iter().enumerate() {
                if place > 0 {
                    out.push_str(", ");
                }
                out.push_str(&Value::from(name.as_str()).to_string());
                out.push_str(": ");
                fill(out, member, room)?;
            }
            out.push('}');
        }
        plain => out.push_str(&plain.to_string()),
    }
    (out.len() <= room).then_some(())
}
