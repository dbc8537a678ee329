//! `States.Format`: values as Java writes them, which is what the service was recorded to give.

use std::fmt::Write;

use serde_json::Value;

/// Puts the values where the template has `{}`.
pub(super) fn fill(template: &str, values: &[Value]) -> Result<Value, String> {
    let mut values = values.iter();
    let mut text = String::with_capacity(template.len());
    let mut characters = template.chars().peekable();
    while let Some(character) = characters.next() {
        match (character, characters.peek()) {
            ('\\', Some(escaped @ ('\'' | '{' | '}' | '\\'))) => {
                text.push(*escaped);
                characters.next();
            }
            ('{', Some('}')) => {
                characters.next();
                let value = values.next().ok_or_else(mismatch)?;
                match value {
                    Value::String(inner) => text.push_str(inner),
                    other => java(other, &mut text),
                }
            }
            _ => text.push(character),
        }
    }
    match values.next() {
        None => Ok(Value::String(text)),
        Some(_) => Err(mismatch()),
    }
}

fn mismatch() -> String {
    "The number of arguments does not match the occurrences of {} in the template".to_owned()
}

/// As `toString()` writes it: `{Id=x, Names=[a, b]}`.
fn java(value: &Value, text: &mut String) {
    match value {
        Value::String(inner) => text.push_str(inner),
        Value::Number(number) => match number.as_f64() {
            Some(float) if number.is_f64() => double(float, text),
            _ => text.push_str(&number.to_string()),
        },
        Value::Array(items) => {
            text.push('[');
            for (at, item) in items.iter().enumerate() {
                text.push_str(if at == 0 { "" } else { ", " });
                java(item, text);
            }
            text.push(']');
        }
        Value::Object(members) => {
            text.push('{');
            for (at, (name, value)) in members.iter().enumerate() {
                text.push_str(if at == 0 { "" } else { ", " });
                text.push_str(name);
                text.push('=');
                java(value, text);
            }
            text.push('}');
        }
        Value::Null => text.push_str("null"),
        Value::Bool(is) => text.push_str(if *is { "true" } else { "false" }),
    }
}

/// `Double.toString`: always with a fraction, and with an exponent outside of 0.001 to 10,000,000.
fn double(float: f64, text: &mut String) {
    if float == 0.0 || (1e-3..1e7).contains(&float.abs()) {
        let _ = write!(text, "{float:?}");
        return;
    }
    let scientific = format!("{float:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let fraction = if digits.contains('.') { "" } else { ".0" };
    let _ = write!(text, "{digits}{fraction}E{exponent}");
}
