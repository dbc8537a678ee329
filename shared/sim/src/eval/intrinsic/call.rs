//! The functions, except `States.Format`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::eval::random::JavaRandom;
use crate::eval::{Random, hash::digest};

/// The longest text that is encoded, decoded or hashed, in characters.
const LONGEST_TEXT: usize = 10_000;

/// The most items of an array that is made.
const MOST_ITEMS: i64 = 1000;

pub(super) fn call(name: &str, values: Vec<Value>, random: &mut Random) -> Result<Value, String> {
    let count = values.len();
    let mut values = values.into_iter();
    let mut next = || values.next().unwrap_or(Value::Null);
    match (name, count) {
        ("Array", _) => Ok(Value::Array(values.collect())),
        ("ArrayContains", 2) => {
            let items = array(next())?;
            Ok(Value::Bool(items.contains(&next())))
        }
        ("ArrayGetItem", 2) => {
            let items = array(next())?;
            let index = whole(&next())?;
            let at = usize::try_from(index).ok();
            let count = items.len();
            at.and_then(|at| items.into_iter().nth(at)).ok_or_else(|| {
                format!("The index {index} is out of the bounds of an array with {count} items")
            })
        }
        ("ArrayLength", 1) => Ok(Value::from(array(next())?.len())),
        ("ArrayPartition", 2) => partition(array(next())?, whole(&next())?),
        ("ArrayRange", 3) => range(whole(&next())?, whole(&next())?, whole(&next())?),
        ("ArrayUnique", 1) => Ok(unique(array(next())?)),
        ("Base64Decode", 1) => {
            let bytes = STANDARD
                .decode(bounded(&next())?)
                .map_err(|_| "The argument is not a valid Base64 encoded string".to_owned())?;
            Ok(Value::String(String::from_utf8_lossy(&bytes).into_owned()))
        }
        ("Base64Encode", 1) => Ok(Value::String(STANDARD.encode(bounded(&next())?))),
        ("Hash", 2) => {
            let data = match next() {
                Value::String(text) => text,
                other => other.to_string(),
            };
            let data = bounded(&Value::String(data))?;
            let algorithm = text(&next())?;
            digest(&algorithm, data.as_bytes())
                .map(Value::String)
                .ok_or_else(|| {
                    format!(
                        "The algorithm {algorithm} is not one of MD5, SHA-1, SHA-256, SHA-384 and SHA-512"
                    )
                })
        }
        ("JsonMerge", 3) => match (next(), next(), next()) {
            (Value::Object(mut first), Value::Object(second), Value::Bool(false)) => {
                first.extend(second);
                Ok(Value::Object(first))
            }
            (Value::Object(_), Value::Object(_), _) => Err(
                "Only shallow merging is supported: the third argument must be false".to_owned(),
            ),
            _ => Err("The first two arguments must be JSON objects".to_owned()),
        },
        ("JsonToString", 1) => Ok(Value::String(next().to_string())),
        ("MathAdd", 2) => {
            let sum = narrow(&next())? + narrow(&next())?;
            if i32::try_from(sum).is_err() {
                return Err(format!("The sum {sum} is out of the range of integers"));
            }
            Ok(Value::from(sum))
        }
        ("MathRandom", 2 | 3) => {
            let (start, end) = (whole(&next())?, whole(&next())?);
            let seed = if count == 3 {
                Some(whole(&next())?)
            } else {
                None
            };
            between(start, end, seed, random)
        }
        ("StringSplit", 2) => split(&text(&next())?, &text(&next())?),
        ("StringToJson", 1) => {
            let text = text(&next())?;
            serde_json::from_str(&text).map_err(|_| "Invalid JSON string".to_owned())
        }
        ("UUID", 0) => Ok(Value::String(random.uuid())),
        _ => Err(format!(
            "There is no function States.{name} with {count} arguments"
        )),
    }
}

fn array(value: Value) -> Result<Vec<Value>, String> {
    match value {
        Value::Array(items) => Ok(items),
        other => Err(format!("An argument must be an array, and is {other}")),
    }
}

fn text(value: &Value) -> Result<String, String> {
    match value {
        Value::String(text) => Ok(text.clone()),
        other => Err(format!("An argument must be a string, and is {other}")),
    }
}

fn bounded(value: &Value) -> Result<String, String> {
    let text = text(value)?;
    if text.chars().nth(LONGEST_TEXT).is_some() {
        return Err(format!(
            "An argument must not be longer than {LONGEST_TEXT} characters"
        ));
    }
    Ok(text)
}

/// A whole number; others are rounded to the nearest, and a half upwards.
fn whole(value: &Value) -> Result<i64, String> {
    let wrong = || format!("An argument must be an integer, and is {value}");
    if let Some(whole) = value.as_i64() {
        return Ok(whole);
    }
    let rounded = (value.as_f64().ok_or_else(wrong)? + 0.5).floor();
    // 2^53, so that nothing is lost.
    if rounded.abs() > 9_007_199_254_740_992.0 {
        return Err(wrong());
    }
    #[allow(
        clippy::cast_possible_truncation,
        reason = "it is whole and within 2^53"
    )]
    Ok(rounded as i64)
}

/// A whole number of 32 bits.
fn narrow(value: &Value) -> Result<i64, String> {
    let whole = whole(value)?;
    i32::try_from(whole)
        .map(i64::from)
        .map_err(|_| format!("The argument {whole} is out of the range of integers"))
}

fn partition(items: Vec<Value>, size: i64) -> Result<Value, String> {
    let size = usize::try_from(size)
        .ok()
        .filter(|size| *size > 0)
        .ok_or_else(|| format!("The size of a chunk must be a positive integer, and is {size}"))?;
    let mut chunks = Vec::with_capacity(items.len().div_ceil(size));
    let mut chunk = Vec::new();
    for item in items {
        chunk.push(item);
        if chunk.len() == size {
            chunks.push(Value::Array(std::mem::take(&mut chunk)));
        }
    }
    if !chunk.is_empty() {
        chunks.push(Value::Array(chunk));
    }
    Ok(Value::Array(chunks))
}

/// The end is in it where a step hits it.
fn range(start: i64, end: i64, step: i64) -> Result<Value, String> {
    if step == 0 {
        return Err("The step of a range must not be 0".to_owned());
    }
    let (start, end, step) = (i128::from(start), i128::from(end), i128::from(step));
    let count = (end - start) / step + 1;
    let runs_away = (end - start).signum() * step.signum() < 0;
    if runs_away {
        return Ok(Value::Array(Vec::new()));
    }
    if count > i128::from(MOST_ITEMS) {
        return Err(format!(
            "A range must not have more than {MOST_ITEMS} items, and has {count}"
        ));
    }
    let items = (0..count).filter_map(|at| i64::try_from(start + at * step).ok());
    Ok(items.map(Value::from).collect())
}

/// The first of each.
fn unique(items: Vec<Value>) -> Value {
    let mut seen = std::collections::HashSet::with_capacity(items.len());
    let kept = items
        .into_iter()
        .filter(|item| seen.insert(canonical(item)))
        .collect();
    Value::Array(kept)
}

/// A text that two values share where they are equal: the order of members does not count.
fn canonical(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_unstable_by_key(|(name, _)| *name);
            let members = members.into_iter().map(|(name, value)| {
                format!("{}:{}", Value::from(name.as_str()), canonical(value))
            });
            format!("{{{}}}", members.collect::<Vec<_>>().join(","))
        }
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(canonical).collect();
            format!("[{}]", items.join(","))
        }
        other => other.to_string(),
    }
}

/// The start can be drawn, the end cannot.
fn between(start: i64, end: i64, seed: Option<i64>, random: &mut Random) -> Result<Value, String> {
    let width = i128::from(end) - i128::from(start);
    let Some(width) = u64::try_from(width).ok().filter(|width| *width > 0) else {
        return Err(format!(
            "The end {end} of the range must be greater than its start {start}"
        ));
    };
    let offset = match seed {
        Some(seed) => JavaRandom::new(seed).below(width),
        None => random.below(width),
    };
    let drawn = i128::from(start) + i128::from(offset);
    i64::try_from(drawn)
        .map(Value::from)
        .map_err(|_| "The range is too large".to_owned())
}

/// Each character of the splitter parts the text; empty parts are left out.
fn split(text: &str, splitter: &str) -> Result<Value, String> {
    if splitter.is_empty() {
        return Err("The splitter must not be empty".to_owned());
    }
    let parts = text.split(|character| splitter.contains(character));
    Ok(parts.filter(|part| !part.is_empty()).collect())
}
