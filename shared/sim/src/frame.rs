//! What expressions see, and what they come to.

use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

use asl::expr::intrinsic::Call;
use asl::expr::path::Path;
use serde_json::Value;

use crate::eval::jsonata::{self, Expression, States};
use crate::eval::path::{PathError, get, in_template};
use crate::eval::{Random, Roots, intrinsic};
use crate::failure::Failure;
use crate::run::Engine;
use crate::scope::{Scope, Variables};
use crate::template::Item;

/// What expressions of one state see.
pub(crate) struct Frame<'f, 'd> {
    random: &'f mut Random,
    expressions: &'f mut HashMap<&'d str, Expression>,
    variables: &'f Variables,
    /// `$`
    input: &'f Value,
    /// `$$`
    context: &'f Value,
    /// `$states`
    states: States<'f>,
    now_ms: i64,
}

impl<'f, 'd> Frame<'f, 'd> {
    /// For JSONPath: `$` is that value.
    pub(crate) fn of(
        engine: &'f mut Engine<'d, '_>,
        scope: &'f Scope,
        input: &'f Value,
        context: &'f Value,
    ) -> Self {
        let now_ms = engine.epoch_ms();
        Self {
            random: &mut engine.random,
            expressions: &mut engine.expressions,
            variables: &scope.variables,
            input,
            context,
            states: States::default(),
            now_ms,
        }
    }

    /// For JSONata: `$states` is that. `$` of JSONPath is the input of the state.
    pub(crate) fn jsonata(
        engine: &'f mut Engine<'d, '_>,
        scope: &'f Scope,
        input: &'f Value,
        context: &'f Value,
        states: States<'f>,
    ) -> Self {
        Self {
            states,
            ..Self::of(engine, scope, input, context)
        }
    }

    /// The value of a path.
    pub(crate) fn path(&self, text: &str, path: &Path<'_>) -> Result<Value, Failure> {
        let found = self.get(path);
        found.map_err(|why| Failure::runtime(format!("Invalid path '{text}' : {why}")))
    }

    /// The value of a path in a payload template.
    pub(crate) fn path_of_template(&self, text: &str, path: &Path<'_>) -> Result<Value, Failure> {
        let variables = |name: &str| self.variables.get(name);
        let roots = Roots {
            input: self.input,
            context: self.context,
            variables: &variables,
        };
        let found = in_template(path, &roots).map(Cow::into_owned);
        found.map_err(|why| {
            Failure::runtime(format!(
                "The JSONPath '{text}' specified for the field could not be found in the input: {why}"
            ))
        })
    }

    fn get(&self, path: &Path<'_>) -> Result<Value, PathError> {
        let variables = |name: &str| self.variables.get(name);
        let roots = Roots {
            input: self.input,
            context: self.context,
            variables: &variables,
        };
        get(path, &roots)
    }

    /// True where there is such a value.
    pub(crate) fn has(&self, path: &Path<'_>) -> bool {
        match self.get(path) {
            Ok(Value::Array(found)) if !path.is_definite() => !found.is_empty(),
            found => found.is_ok(),
        }
    }

    /// The value of a call of an intrinsic function.
    pub(crate) fn call(&mut self, text: &str, call: &Call<'_>) -> Result<Value, Failure> {
        let variables = |name: &str| self.variables.get(name);
        let roots = Roots {
            input: self.input,
            context: self.context,
            variables: &variables,
        };
        intrinsic::evaluate(call, text, &roots, self.random).map_err(|why| Failure {
            is_told: false,
            ..Failure::new(why.error, why.cause)
        })
    }

    /// The value of a JSONata expression.
    pub(crate) fn query(&mut self, text: &'d str, field: &str) -> Result<Value, Failure> {
        let expression = match self.expressions.entry(text) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(free) => {
                let read = Expression::parse(text);
                free.insert(read.map_err(|why| Failure::query(why.cause(text, field)))?)
            }
        };
        let variables = |name: &str| self.variables.get(name);
        let scope = jsonata::Scope {
            states: self.states,
            variables: &variables,
            millis: self.now_ms,
        };
        match expression.evaluate(&scope, self.random) {
            Ok(Some(value)) => Ok(value),
            Ok(None) => Err(Failure::query(jsonata::nothing(text, field))),
            Err(why) => Err(Failure::query(why.cause(text, field))),
        }
    }

    /// A value that is not what the field takes.
    pub(crate) fn wrong_type(
        item: &Item<'_>,
        field: &str,
        expected: &str,
        value: &Value,
    ) -> Failure {
        Failure::query(jsonata::unexpected(item.text(), field, expected, value))
    }
}
