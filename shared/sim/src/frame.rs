//! What expressions see, and what they come to.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

use asl::expr::intrinsic::Call;
use asl::expr::path::Path;
use serde_json::Value;

use crate::eval::jsonata::{self, Expression, States};
use crate::eval::path::{PathError, get, get_ref, in_template};
use crate::eval::{Random, Roots, intrinsic};
use crate::failure::Failure;
use crate::measure::at_most;
use crate::run::{Engine, Visit, type_name};
use crate::scope::Variables;
use crate::template::{Amount, Item, Template};

/// What the fields of a state are evaluated with, in either query language.
#[derive(Clone, Copy)]
pub(crate) struct Setting<'s, 'd> {
    pub(crate) visit: &'s Visit<'s, 'd>,
    pub(crate) variables: &'s Variables,
    /// `$$`, and `$states.context`
    pub(crate) context: &'s Value,
    /// `$` of JSONPath.
    pub(crate) effective: &'s Value,
    /// `$states.result`
    result: Option<&'s Value>,
    /// `$states.errorOutput`
    error: Option<&'s Value>,
}

impl<'s, 'd> Setting<'s, 'd> {
    /// Before the state has done anything: `$` is its raw input.
    pub(crate) fn of(
        visit: &'s Visit<'s, 'd>,
        variables: &'s Variables,
        context: &'s Value,
    ) -> Self {
        Self {
            visit,
            variables,
            context,
            effective: visit.input,
            result: None,
            error: None,
        }
    }

    /// `$` is that.
    pub(crate) fn at(self, effective: &'s Value) -> Self {
        Self { effective, ..self }
    }

    /// `$$` is that.
    pub(crate) fn with_context(self, context: &'s Value) -> Self {
        Self { context, ..self }
    }

    /// The work of the state gave that, where it works.
    pub(crate) fn with_result(self, result: Option<&'s Value>) -> Self {
        Self { result, ..self }
    }

    /// A catcher is given that.
    pub(crate) fn with_error(self, error: &'s Value) -> Self {
        Self {
            error: Some(error),
            ..self
        }
    }

    /// What expressions see.
    pub(crate) fn frame<'f>(&self, engine: &'f mut Engine<'d, '_>) -> Frame<'f, 'd>
    where
        's: 'f,
    {
        let now_ms = engine.epoch_ms();
        let states = if self.visit.step.jsonata {
            States {
                input: Some(self.visit.input),
                result: self.result,
                error_output: self.error,
                context: Some(self.context).filter(|context| !context.is_null()),
            }
        } else {
            States::default()
        };
        Frame {
            random: &mut engine.random,
            work: &mut engine.work,
            expressions: &mut engine.expressions,
            variables: self.variables,
            input: self.effective,
            context: self.context,
            states,
            now_ms,
            left: Cell::new(MOST),
        }
    }

    /// The value of an item of a field.
    pub(crate) fn value(
        &self,
        engine: &mut Engine<'d, '_>,
        item: &Item<'d>,
        field: &str,
    ) -> Result<Value, Failure> {
        item.value(&mut self.frame(engine), field)
    }

    /// The value of a payload template.
    pub(crate) fn template(
        &self,
        engine: &mut Engine<'d, '_>,
        template: &Template<'d>,
        field: &str,
    ) -> Result<Value, Failure> {
        template.value(&mut self.frame(engine), field)
    }

    /// The value of a number that is written down, or comes from a path or an expression.
    pub(crate) fn amount(
        &self,
        engine: &mut Engine<'d, '_>,
        amount: &Amount<'d>,
    ) -> Result<Value, Failure> {
        self.value(engine, &amount.item, &amount.field)
    }

    /// A whole number of a field.
    pub(crate) fn whole(
        &self,
        engine: &mut Engine<'d, '_>,
        amount: Option<&Amount<'d>>,
    ) -> Result<Option<i64>, Failure> {
        let Some(amount) = amount else {
            return Ok(None);
        };
        let value = self.amount(engine, amount)?;
        let by_text = || value.as_str().filter(|_| amount.from_path)?.parse().ok();
        match value.as_i64().or_else(by_text) {
            Some(whole) => Ok(Some(whole)),
            None if amount.from_path => {
                let shown = value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_owned);
                Err(Failure::runtime(format!(
                    "The {} field refers to value \"{shown}\" which is not a valid integer: {}",
                    amount.field,
                    amount.text()
                )))
            }
            None => Err(Failure::query(format!(
                "The JSONata expression '{}' specified for the field '{}' returned an unexpected result type. Expected 'number', but was '{}' for value: {value}",
                amount.text(),
                amount.field,
                type_name(&value)
            ))
            .at(&amount.field)),
        }
    }
}

/// What expressions of one state see.
pub(crate) struct Frame<'f, 'd> {
    random: &'f mut Random,
    /// Steps of evaluations.
    work: &'f mut u64,
    expressions: &'f mut HashMap<&'d str, Expression>,
    variables: &'f Variables,
    /// `$`
    input: &'f Value,
    /// `$$`
    context: &'f Value,
    /// `$states`
    states: States<'f>,
    now_ms: i64,
    /// How much more the values of this field may take.
    left: Cell<usize>,
}

/// What the values of one field may take: far more than AWS carries, and little enough for a field that names its input ten
/// thousand times.
const MOST: usize = 1 << 28;

impl<'d> Frame<'_, 'd> {
    /// A value that a field takes in, where that is not too much.
    pub(crate) fn taken(&self, value: Value) -> Result<Value, Failure> {
        let left = self.left.get().checked_sub(at_most(&value));
        self.left.set(left.ok_or_else(|| Failure {
            is_told: false,
            ..Failure::new(
                "States.DataLimitExceeded",
                "The values of the field are larger than what a state can carry.",
            )
        })?);
        Ok(value)
    }

    /// The value of a path.
    pub(crate) fn path(&self, text: &str, path: &Path<'_>) -> Result<Value, Failure> {
        let found = self.get(path);
        found.map_err(|why| Failure::runtime(format!("Invalid path '{text}' : {why}")))
    }

    /// The value of a path that this field holds; `ending` is what its name ends with besides.
    pub(crate) fn path_of_field(
        &self,
        text: &str,
        path: &Path<'_>,
        field: &str,
        ending: &str,
    ) -> Result<Value, Failure> {
        let variables = |name: &str| self.variables.get(name);
        let roots = Roots {
            input: self.input,
            context: self.context,
            variables: &variables,
        };
        let found = in_template(path, &roots).map(Cow::into_owned);
        // The words are those that floci measured on AWS.
        found.map_err(|_| {
            Failure::runtime(format!(
                "The JSONPath '{text}' specified for the field '{field}{ending}' could not be found in the input '{}'",
                self.input
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
        let variables = |name: &str| self.variables.get(name);
        let roots = Roots {
            input: self.input,
            context: self.context,
            variables: &variables,
        };
        match get_ref(path, &roots) {
            Ok(found) => match &*found {
                Value::Array(found) if !path.is_definite() => !found.is_empty(),
                _ => true,
            },
            Err(_) => false,
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
                free.insert(read.map_err(|why| Failure::query(why.cause(text, field)).at(field))?)
            }
        };
        let variables = |name: &str| self.variables.get(name);
        let scope = jsonata::Scope {
            states: self.states,
            variables: &variables,
            millis: self.now_ms,
        };
        let result = expression.evaluate(&scope, self.random);
        *self.work = self.work.saturating_add(expression.took());
        match result {
            Ok(Some(value)) => Ok(value),
            Ok(None) => Err(Failure::query(jsonata::nothing(text, field)).at(field)),
            Err(why) => Err(Failure::query(why.cause(text, field)).at(field)),
        }
    }

    /// A value that is not what the field takes.
    pub(crate) fn wrong_type(
        item: &Item<'_>,
        field: &str,
        expected: &str,
        value: &Value,
    ) -> Failure {
        Failure::query(jsonata::unexpected(item.text(), field, expected, value)).at(field)
    }
}
