//! How much data AWS carries.

use std::io::{self, Write};

use serde_json::{Map, Value};

use crate::failure::Failure;

/// The most bytes that an input, an output, the result of a Task and its parameters may have, as compact JSON in UTF-8.
///
/// Source: AWS Step Functions Developer Guide, service quotas, read 2026-11-22.
pub(crate) const LARGEST: usize = 262_144;

/// The most bytes that all variables of one `Assign` may have; one variable may have no more either.
///
/// Source: AWS Step Functions Developer Guide, passing data with variables, limits, read 2026-11-23.
const ASSIGNED: usize = 262_144;

/// Counts what is written up to a bound.
struct Counter {
    bytes: usize,
    most: usize,
}

impl Write for Counter {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.bytes += text.len();
        if self.bytes > self.most {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Bytes of a value as compact JSON; none where they are more than that. Nothing is allocated.
pub(crate) fn bytes(value: &Value, most: usize) -> Option<usize> {
    let mut counter = Counter { bytes: 0, most };
    serde_json::to_writer(&mut counter, value).ok()?;
    Some(counter.bytes)
}

/// True where a payload is larger than AWS carries.
pub(crate) fn is_too_large(value: &Value) -> bool {
    at_most(value) > LARGEST && bytes(value, LARGEST).is_none()
}

/// As many bytes as a value can have at most, which is found in a fraction of the time.
pub(crate) fn at_most(value: &Value) -> usize {
    // A letter may be written as `\u0000`.
    const LETTER: usize = 6;
    match value {
        Value::Null | Value::Bool(_) => 5,
        Value::Number(_) => 25,
        Value::String(text) => text.len() * LETTER + 2,
        Value::Array(items) => items.iter().map(|item| at_most(item) + 1).sum::<usize>() + 2,
        Value::Object(members) => {
            let members = members
                .iter()
                .map(|(name, value)| name.len() * LETTER + 4 + at_most(value));
            members.sum::<usize>() + 2
        }
    }
}

/// What is larger than AWS carries: what the state gives, or what a Task is answered.
pub(crate) fn too_large(what: &str) -> Failure {
    Failure::new(
        "States.DataLimitExceeded",
        format!(
            "The state/task '{what}' returned a result with a size exceeding the maximum number of bytes service limit."
        ),
    )
}

/// Values that one `Assign` gives variables.
///
/// Unverified: the Developer Guide names the limit and not the error.
pub(crate) fn assignable(values: &Map<String, Value>) -> Result<(), Failure> {
    let mut left = ASSIGNED;
    for (name, value) in values {
        match bytes(value, left) {
            Some(bytes) => left -= bytes,
            None => {
                return Err(Failure {
                    is_told: false,
                    ..Failure::new(
                        "States.DataLimitExceeded",
                        format!(
                            "The size of the variable '{name}' and those assigned with it exceeds {ASSIGNED} bytes."
                        ),
                    )
                });
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn sizes_are_those_of_compact_json() {
        let value = json!({"a": "\u{e9}\n\"", "b": [1, -2.5, 1e300, null, true], "c": {}});
        assert_eq!(bytes(&value, LARGEST), Some(value.to_string().len()));
    }

    #[test]
    fn the_bound_itself_is_allowed() {
        let text = |bytes: usize| Value::from("x".repeat(bytes - 2));
        assert!(!is_too_large(&text(LARGEST)));
        assert!(is_too_large(&text(LARGEST + 1)));
    }

    proptest! {
        #[test]
        fn texts_are_measured_as_they_are_written(text in "\\PC{0,40}", number in any::<f64>()) {
            let value = json!({"text": text, "number": number});
            let written = value.to_string().len();
            prop_assert_eq!(bytes(&value, written), Some(written));
            prop_assert_eq!(bytes(&value, written - 1), None);
            prop_assert!(at_most(&value) >= written);
        }
    }
}
