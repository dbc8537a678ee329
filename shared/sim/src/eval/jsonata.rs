//! What JSONata gives, as the service evaluates it.
//!
//! The language is evaluated by the crate `jsonata-core`. What the service adds, forbids and bounds is here. Sources:
//! Developer Guide, "Transforming data with JSONata"; executions recorded on AWS; what AWS was measured to answer
//! (floci-io/floci issues 2662, 2665, 2736, 2737 and the pull requests that close them), 2026-11-22.
//!
//! Numbers are doubles, as in JSONata: a whole number beyond 2^53 that an expression computes with loses digits.

#[cfg(test)]
mod bounds;
mod convert;
mod functions;
mod guard;
#[cfg(test)]
mod suite;
#[cfg(test)]
mod tests;
mod wanted;

use std::cell::Cell;
use std::fmt;

use asl::expr::jsonata as reading;
use jsonata_core::ast::AstNode;
use jsonata_core::evaluator::{Context, Evaluator, EvaluatorError, EvaluatorOptions};
use jsonata_core::parser;
use jsonata_core::value::JValue;
use serde_json::Value;

use super::Random;
use functions::Chance;
use guard::{Guard, Size};
use wanted::{Direct, Wanted};

/// The name of the error where an expression fails.
pub const FAILURE: &str = "States.QueryEvaluationError";

/// How much an evaluation may take.
struct Bounds {
    /// How deep it may nest.
    depth: usize,
    /// How long a sequence may become.
    sequence: usize,
    /// How long it may run where nothing else ends it.
    millis: u64,
}

/// AWS accepts a depth of 100 and refuses 101, accepts `[1..873782]` and refuses one more (measured). It bounds the time and
/// the memory as well; what is bounded here is what an expression does, by count ([`guard`]), so that no machine decides
/// differently from another. The time ends only what no count sees: names of members and comparisons in loops inside of each
/// other, over values far larger than a payload.
const BOUNDS: Bounds = Bounds {
    depth: 99, // the engine does not count the innermost value
    sequence: 873_782,
    millis: 30_000,
};

/// What `$states` has. What is missing is undefined.
#[derive(Clone, Copy, Debug, Default)]
pub struct States<'v> {
    /// `$states.input`
    pub input: Option<&'v Value>,
    /// `$states.result`
    pub result: Option<&'v Value>,
    /// `$states.errorOutput`
    pub error_output: Option<&'v Value>,
    /// `$states.context`
    pub context: Option<&'v Value>,
}

impl<'v> States<'v> {
    /// In the order of the documentation.
    fn members(&self) -> [(&'static str, Option<&'v Value>); 4] {
        [
            ("input", self.input),
            ("result", self.result),
            ("errorOutput", self.error_output),
            ("context", self.context),
        ]
    }
}

/// What an expression sees.
#[derive(Clone, Copy)]
pub struct Scope<'v> {
    /// `$states`
    pub states: States<'v>,
    /// `$name`
    pub variables: &'v dyn Fn(&str) -> Option<&'v Value>,
    /// What `$millis()` and `$now()` give: milliseconds since 1970.
    pub millis: i64,
}

impl fmt::Debug for Scope<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope")
            .field("states", &self.states)
            .field("millis", &self.millis)
            .finish_non_exhaustive()
    }
}

/// Why an expression has no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QueryError {
    /// It is no JSONata, or failed: how the service's sentence ends, `. T1006: …` or `: …`.
    Threw(String),
    /// A function is its value, which JSON cannot hold.
    Unsupported,
}

impl QueryError {
    /// What AWS says, without the sentence about the state. The field is written with its place in it: `Output/a[0]`.
    pub fn cause(&self, expression: &str, field: &str) -> String {
        let subject = subject(expression, field);
        match self {
            Self::Threw(how) => format!("{subject} threw an error during evaluation{how}"),
            Self::Unsupported => format!("{subject} returned an unsupported result type."),
        }
    }
}

impl fmt::Display for QueryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Threw(how) => f.write_str(how.trim_start_matches([':', '.', ' '])),
            Self::Unsupported => f.write_str("the result is a function"),
        }
    }
}

impl std::error::Error for QueryError {}

/// What AWS says where an expression has no value and the field needs one.
pub fn nothing(expression: &str, field: &str) -> String {
    format!(
        "{} returned nothing (undefined).",
        subject(expression, field)
    )
}

/// What AWS says where the value is of another type than the field takes: `array`.
pub fn unexpected(expression: &str, field: &str, expected: &str, value: &Value) -> String {
    let is = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    format!(
        "{} returned an unexpected result type. Expected '{expected}', but was '{is}' for value: {value}",
        subject(expression, field)
    )
}

fn subject(expression: &str, field: &str) -> String {
    format!("The JSONata expression '{expression}' specified for the field '{field}'")
}

/// An expression that is read once and evaluated any number of times.
pub struct Expression {
    text: String,
    tree: AstNode,
    /// What it reads, so that nothing else is converted.
    wanted: Wanted,
    /// It is nothing but names of members.
    direct: Option<Direct>,
    /// The tree that counts what it does, where it could do much.
    guard: Option<Guard>,
    /// Steps of the last evaluation.
    took: Cell<u64>,
}

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Expression").field(&self.text).finish()
    }
}

impl Expression {
    /// Reads what is between `{%` and `%}`.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        let text = text.trim();
        let read = reading::parse(text);
        // The reader of definitions bounds the depth; what it refuses is not given to a parser that may not.
        if let Some(error) = read.error {
            let tail = format!(". {}: {}", error.code, error.error.message);
            return Err(QueryError::Threw(tail));
        }
        let tree =
            parser::parse(text).map_err(|error| QueryError::Threw(tail(&error.to_string())))?;
        Ok(Self {
            text: text.to_owned(),
            took: Cell::new(1),
            guard: Guard::of(&tree, text),
            tree,
            wanted: Wanted::of(text, &read),
            direct: Direct::of(text, &read),
        })
    }

    /// Without delimiters and blanks around it, as AWS writes it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Steps that the last evaluation took: counted where it could have taken many, else by what it was given.
    pub fn took(&self) -> u64 {
        self.took.get()
    }

    /// Its value; none where it is undefined.
    pub fn evaluate(
        &self,
        scope: &Scope<'_>,
        random: &mut Random,
    ) -> Result<Option<Value>, QueryError> {
        self.took.set(1);
        if let Some(direct) = &self.direct
            && let Ok(value) = direct.value(scope)
        {
            return Ok(value);
        }
        self.compute(scope, random)
    }

    /// Without the short cut.
    fn compute(&self, scope: &Scope<'_>, random: &mut Random) -> Result<Option<Value>, QueryError> {
        let mut context = Context::new();
        let mut size = Size::default();
        for (name, fields) in self.wanted.names() {
            let value = if name == "states" {
                convert::states(&scope.states, fields)
            } else if let Some(value) = (scope.variables)(name) {
                convert::wanted(value, fields)
            } else {
                continue;
            };
            if self.guard.is_some() {
                size.add(&value);
            }
            context.bind(name.to_owned(), value);
        }
        let steps = self.guard.as_ref().map_or(0, |guard| guard.steps(size));
        self.took.set(steps.saturating_add(1));
        let counts = self.guard.as_ref().is_some_and(|guard| guard.counts(size));
        let input = JValue::Undefined;
        self.run(counts, context, &input, scope.millis, random, &BOUNDS)
    }

    fn run(
        &self,
        counts: bool,
        context: Context,
        input: &JValue,
        millis: i64,
        random: &mut Random,
        bounds: &Bounds,
    ) -> Result<Option<Value>, QueryError> {
        let options = EvaluatorOptions {
            timeout_ms: Some(bounds.millis),
            max_stack_depth: Some(bounds.depth),
            max_sequence_length: Some(bounds.sequence),
            ..EvaluatorOptions::default()
        };
        let mut evaluator = Evaluator::with_options(context, options);
        let chance = Chance::new(random);
        functions::register(&mut evaluator, &self.wanted, &chance, millis)
            .map_err(|error| threw(&error))?;
        let guard = self.guard.as_ref().filter(|_| counts);
        let steps = match guard {
            Some(_) => Some(guard::register(&mut evaluator).map_err(|error| threw(&error))?),
            None => None,
        };
        let tree = guard.map_or(&self.tree, |guard| guard.tree(&self.tree));
        let result = evaluator.evaluate(tree, input);
        chance.give_back(random);
        if let Some(steps) = steps {
            self.took.set(1 + steps());
        }
        convert::result(&result.map_err(|error| threw(&error))?)
    }
}

fn threw(error: &EvaluatorError) -> QueryError {
    QueryError::Threw(tail(error.message()))
}

/// How AWS ends its sentence: with a code behind a full stop, and without one behind a colon. What has to do with bounds
/// has no code there.
fn tail(message: &str) -> String {
    match message.get(..5).unwrap_or_default() {
        "D1011" | "U1001" => {
            ": Stack overflow error: Check for non-terminating recursive function. Consider rewriting as tail-recursive."
                .to_owned()
        }
        "D1012" => ": Expression evaluation timeout: Check for infinite loop".to_owned(),
        "D2014" | "D2015" => ": Expression evaluation memory limit exceeded: Check for excessive memory usage".to_owned(),
        _ if jsonata_core::evaluator::error_code_prefix(message).is_some() => {
            format!(". {message}")
        }
        _ => format!(": {message}"),
    }
}
