//! Evaluates the expressions of a definition: paths, intrinsic functions, JSONata.
//!
//! Everything is a function of its arguments: time comes in as a number, and chance from a [`Random`] that is passed in.

mod hash;
pub mod intrinsic;
pub mod jsonata;
pub mod path;
mod random;
#[cfg(test)]
mod recorded;

use std::fmt;

use serde_json::{Number, Value};

pub use random::Random;

/// What a path can start from.
#[derive(Clone, Copy)]
pub struct Roots<'v> {
    /// `$`
    pub input: &'v Value,
    /// `$$`
    pub context: &'v Value,
    /// `$name`
    pub variables: &'v dyn Fn(&str) -> Option<&'v Value>,
}

impl<'v> Roots<'v> {
    /// Where there are no variables.
    pub fn without_variables(input: &'v Value, context: &'v Value) -> Self {
        Self {
            input,
            context,
            variables: &|_| None,
        }
    }
}

impl fmt::Debug for Roots<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Roots")
            .field("input", self.input)
            .field("context", self.context)
            .finish_non_exhaustive()
    }
}

/// How an expression makes a state fail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvalError {
    /// The name that AWS gives it: `States.Runtime`.
    pub error: &'static str,
    /// What AWS says, without the sentence about the state: "An error occurred while executing the state …".
    pub cause: String,
}

impl fmt::Display for EvalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.error, self.cause)
    }
}

impl std::error::Error for EvalError {}

/// A number as written. A whole one stays whole.
fn number(text: &str) -> Option<Value> {
    if let Ok(whole) = text.parse::<i64>() {
        return Some(Value::from(whole));
    }
    let float = text.parse::<f64>().ok()?;
    Number::from_f64(float).map(Value::Number)
}
