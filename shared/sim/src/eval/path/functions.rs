//! The functions that a path may end with.

use asl::expr::path::Operand;
use serde_json::{Number, Value};

use super::{Evaluation, PathError, PathErrorKind, item, size};

impl Evaluation<'_> {
    pub(super) fn function(
        &self,
        name: &str,
        arguments: &[Operand<'_>],
        value: &Value,
    ) -> Result<Value, PathError> {
        let mut given = Vec::with_capacity(arguments.len());
        for argument in arguments {
            if let Some(argument) = self.operand(argument, value)? {
                self.charge(size(&argument, usize::MAX))?;
                given.push(argument.into_owned());
            }
        }
        self.charge(size(value, usize::MAX))?;
        match name {
            "length" | "size" => {
                let of = given.first().unwrap_or(value);
                Ok(match of {
                    Value::Array(items) => Value::from(items.len()),
                    Value::Object(members) => Value::from(members.len()),
                    _ => Value::Null,
                })
            }
            "keys" => Ok(match value {
                Value::Object(members) => members.keys().map(String::as_str).collect(),
                _ => Value::Null,
            }),
            "concat" => {
                let own = match value {
                    Value::Array(items) => items.as_slice(),
                    _ => &[],
                };
                let texts = own.iter().chain(&given).map(|part| match part {
                    Value::String(text) => text.clone(),
                    other => other.to_string(),
                });
                Ok(Value::String(texts.collect()))
            }
            "append" => {
                let mut value = value.clone();
                if let Value::Array(items) = &mut value {
                    items.extend(given);
                }
                Ok(value)
            }
            "first" => indexed(value, 0),
            "last" => indexed(value, -1),
            "index" => {
                let index = given.first().and_then(Value::as_i64).ok_or_else(|| {
                    type_error("The function index of a path takes a whole number")
                })?;
                indexed(value, index)
            }
            _ => aggregate(name, value, &given),
        }
    }
}

fn indexed(value: &Value, index: i64) -> Result<Value, PathError> {
    let Value::Array(items) = value else {
        return Err(empty());
    };
    item(items, index).cloned().ok_or_else(|| {
        let why = format!(
            "Target index:{index} larger than object count:{}",
            items.len()
        );
        PathError::new(PathErrorKind::OutOfRange, why)
    })
}

/// Of the numbers in an array, and of those that are given.
fn aggregate(name: &str, value: &Value, given: &[Value]) -> Result<Value, PathError> {
    let own = match value {
        Value::Array(items) => items.as_slice(),
        _ => &[],
    };
    let given = given.iter().flat_map(|argument| match argument {
        Value::Array(items) => items.as_slice(),
        other => std::slice::from_ref(other),
    });
    let numbers: Vec<f64> = own.iter().chain(given).filter_map(Value::as_f64).collect();
    if numbers.is_empty() {
        return Err(empty());
    }
    #[allow(
        clippy::cast_precision_loss,
        reason = "there are far fewer than 2^53 numbers in a payload"
    )]
    let count = numbers.len() as f64;
    let sum: f64 = numbers.iter().sum();
    let result = match name {
        "sum" => sum,
        "avg" => sum / count,
        "min" => numbers.iter().copied().fold(f64::INFINITY, f64::min),
        "max" => numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        "stddev" => {
            let mean = sum / count;
            let squares: f64 = numbers.iter().map(|number| number * number).sum();
            (squares / count - mean * mean).max(0.0).sqrt()
        }
        _ => {
            let why = format!("Function with name: {name} does not exist.");
            return Err(PathError::new(PathErrorKind::Unusable, why));
        }
    };
    Number::from_f64(result)
        .map(Value::Number)
        .ok_or_else(|| type_error("The result of a function of a path is no finite number"))
}

fn empty() -> PathError {
    type_error("Aggregation function attempted to calculate value using empty array")
}

fn type_error(why: &str) -> PathError {
    PathError::new(PathErrorKind::Type, why)
}
