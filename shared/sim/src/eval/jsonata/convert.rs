//! Values of JSON to those of JSONata and back.

use jsonata_core::value::{JArray, JMap, JValue, with_stack};
use serde_json::{Map, Number, Value};

use super::wanted::Fields;
use super::{QueryError, States};

/// How deep a value may be nested. JSON of the service may be 1,000 deep.
const DEEPEST: usize = 1_000;

/// 2^63: whole numbers below it are written without an exponent.
const LARGEST_WHOLE: f64 = 9_223_372_036_854_775_808.0;

pub(super) fn states(states: &States<'_>, fields: &Fields) -> JValue {
    let mut map = JMap::default().into_inner();
    for (name, value) in states.members() {
        let Some(value) = value else { continue };
        if fields.all {
            map.insert(name.to_owned(), whole(value));
        } else if let Some((_, fields)) = fields.members.iter().find(|(known, _)| known == name) {
            map.insert(name.to_owned(), wanted(value, fields));
        }
    }
    JValue::object(map)
}

/// What is read of a value.
pub(super) fn wanted(value: &Value, fields: &Fields) -> JValue {
    if fields.all {
        return whole(value);
    }
    match value {
        Value::Object(members) => {
            let mut map = JMap::default().into_inner();
            for (name, fields) in &fields.members {
                if let Some(value) = members.get(name) {
                    map.insert(name.clone(), wanted(value, fields));
                }
            }
            JValue::object(map)
        }
        // A path goes through the items.
        Value::Array(items) => array(items, |item| with_stack(|| wanted(item, fields))),
        other => whole(other),
    }
}

/// All of a value.
pub(super) fn whole(value: &Value) -> JValue {
    match value {
        Value::Null => JValue::Null,
        Value::Bool(is) => JValue::Bool(*is),
        Value::Number(number) => JValue::Number(number.as_f64().unwrap_or_default()),
        Value::String(text) => JValue::string(text.as_str()),
        Value::Array(items) => array(items, |item| with_stack(|| whole(item))),
        Value::Object(members) => {
            let mut map = JMap::default().into_inner();
            map.reserve(members.len());
            for (name, value) in members {
                map.insert(name.clone(), with_stack(|| whole(value)));
            }
            JValue::object(map)
        }
    }
}

fn array(items: &[Value], convert: impl Fn(&Value) -> JValue) -> JValue {
    let flat = !items.iter().any(Value::is_array);
    JValue::Array(JArray::new_flat(items.iter().map(convert).collect(), flat))
}

/// The result of an expression; none where it is undefined.
pub(super) fn result(value: &JValue) -> Result<Option<Value>, QueryError> {
    match value {
        JValue::Undefined => Ok(None),
        value => json(value, 0).map(Some),
    }
}

fn json(value: &JValue, depth: usize) -> Result<Value, QueryError> {
    if depth > DEEPEST {
        let why = ": The result is nested more than 1000 levels deep";
        return Err(QueryError::Threw(why.to_owned()));
    }
    Ok(match value {
        JValue::Null | JValue::Undefined => Value::Null,
        JValue::Bool(is) => Value::Bool(*is),
        JValue::Number(number) => float(*number),
        JValue::String(text) => Value::from(text.as_ref()),
        JValue::Array(items) => {
            let items = items
                .iter()
                .map(|item| with_stack(|| json(item, depth + 1)));
            Value::Array(items.collect::<Result<_, _>>()?)
        }
        JValue::Object(members) => {
            let mut map = Map::new();
            for (name, value) in members.iter() {
                map.insert(name.clone(), with_stack(|| json(value, depth + 1))?);
            }
            Value::Object(map)
        }
        _ => return Err(QueryError::Unsupported),
    })
}

/// Without a fraction where it is whole. What is no number in JSON is the text that JavaScript has for it: `1/0` is no error on AWS,
/// but `"Infinity"`, alone and inside of a list or an object.
///
/// Source: measured on AWS by floci, its issue 2737 and its pull request 2783, 2026-08-30. Of `NaN` nothing is known.
fn float(number: f64) -> Value {
    #[allow(
        clippy::cast_possible_truncation,
        reason = "it is whole and below 2^63"
    )]
    if number.fract() == 0.0 && number.abs() < LARGEST_WHOLE {
        return Value::from(number as i64);
    }
    match Number::from_f64(number) {
        Some(number) => Value::Number(number),
        None if number.is_nan() => Value::from("NaN"),
        None if number > 0.0 => Value::from("Infinity"),
        None => Value::from("-Infinity"),
    }
}

/// A value that an expression hands on: its whole numbers are without a fraction.
pub(super) fn plain(value: &Value) -> Value {
    match value {
        Value::Number(number) if number.is_f64() => {
            number.as_f64().map_or_else(|| value.clone(), float)
        }
        Value::Array(items) => items.iter().map(plain).collect(),
        Value::Object(members) => {
            let members = members.iter();
            Value::Object(
                members
                    .map(|(name, value)| (name.clone(), plain(value)))
                    .collect(),
            )
        }
        other => other.clone(),
    }
}
