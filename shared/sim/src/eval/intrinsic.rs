//! What intrinsic functions give.
//!
//! Sources: the Developer Guide on intrinsic functions, executions recorded on AWS, and for the sentences of failures what
//! AWS was seen to answer (floci-io/floci pull request 3002), 2026-11-22. The guide says that an intrinsic function fails with
//! `States.Runtime`, and that `States.IntrinsicFailure` is reserved.

mod call;
mod format;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use asl::expr::intrinsic::{Argument, Call, Value as Literal};
use serde_json::Value;

use super::path::{self, PathErrorKind};
use super::{EvalError, Random, Roots, number};
use asl::expr::path::{Path, Root};

/// The name of the error where a function fails.
pub const FAILURE: &str = "States.Runtime";

/// The value of a call. `text` is what the call was read from.
pub fn evaluate(
    call: &Call<'_>,
    text: &str,
    roots: &Roots<'_>,
    random: &mut Random,
) -> Result<Value, EvalError> {
    let mut evaluation = Evaluation {
        text,
        roots,
        random,
        left: MOST,
    };
    evaluation.call(call).map_err(|why| EvalError {
        error: FAILURE,
        cause: format!("The function '{text}' had the following error: {why}"),
    })
}

struct Evaluation<'e, 'v> {
    text: &'e str,
    roots: &'e Roots<'v>,
    random: &'e mut Random,
    /// How much more the arguments may take.
    left: usize,
}

/// What all arguments of a call may take, about, in bytes; a payload has 256 KiB.
const MOST: usize = 1 << 26;

impl Evaluation<'_, '_> {
    /// The reader of calls bounds how deep they are.
    fn call(&mut self, call: &Call<'_>) -> Result<Value, String> {
        let mut values = Vec::with_capacity(call.arguments.len());
        for argument in &call.arguments {
            values.push(self.argument(argument)?);
        }
        if call.name == "Format" {
            let template = match call.arguments.first() {
                // With its escapes: an escaped `{}` is text.
                Some(Argument {
                    value: Literal::Text(_),
                    span,
                }) => self
                    .text
                    .get(span.start + 1..span.end - 1)
                    .unwrap_or_default(),
                _ => match values.first() {
                    Some(Value::String(text)) => text.as_str(),
                    _ => return Err("The first argument must be a string".to_owned()),
                },
            };
            return format::fill(template, values.get(1..).unwrap_or_default());
        }
        call::call(call.name, values, self.random)
    }

    fn argument(&mut self, argument: &Argument<'_>) -> Result<Value, String> {
        match &argument.value {
            Literal::Path(path) => self.path(path),
            Literal::Text(text) => Ok(Value::from(text.text.as_ref())),
            Literal::Number(text) => {
                number(text).ok_or_else(|| format!("The number {text} is too large"))
            }
            Literal::Bool(is) => Ok(Value::Bool(*is)),
            Literal::Null => Ok(Value::Null),
            Literal::Call(call) => self.call(call),
        }
    }

    fn path(&mut self, path: &Path<'_>) -> Result<Value, String> {
        let found = path::get_ref(path, self.roots);
        if let Ok(value) = &found {
            self.left = self
                .left
                .checked_sub(size(value))
                .ok_or("The arguments are too large")?;
        }
        found.map(Cow::into_owned).map_err(|error| match error.kind {
            PathErrorKind::Missing | PathErrorKind::OutOfRange | PathErrorKind::Type => {
                let written = self.text.get(path.span.start..path.span.end);
                let input = match path.root {
                    Root::Context => self.roots.context,
                    _ => self.roots.input,
                };
                format!(
                    "The JsonPath argument for the field '{}' could not be found in the input '{input}'",
                    written.unwrap_or_default()
                )
            }
            PathErrorKind::Unusable | PathErrorKind::TooMuch => error.why,
        })
    }
}

/// About how many bytes a value takes.
fn size(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len() + 8,
        Value::Array(items) => items.iter().map(size).sum::<usize>() + 8,
        Value::Object(members) => {
            let members = members.iter();
            members
                .map(|(name, value)| name.len() + size(value))
                .sum::<usize>()
                + 8
        }
        _ => 8,
    }
}
