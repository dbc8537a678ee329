//! The functions that the service adds to JSONata, and those that it does not take as they are.

use std::cell::RefCell;
use std::rc::Rc;

use jsonata_core::evaluator::{Context, Evaluator, EvaluatorError};
use jsonata_core::parser;
use jsonata_core::value::JValue;
use serde_json::Value;

use super::convert;
use super::wanted::Wanted;
use crate::eval::random::JavaRandom;
use crate::eval::{Random, hash::digest};

/// The most numbers that `$range` gives: AWS refuses more for the memory that they take.
const LONGEST_RANGE: i128 = 360_145;

/// Chance, shared by the functions of one evaluation.
#[derive(Clone)]
pub(super) struct Chance(Rc<RefCell<Random>>);

impl Chance {
    pub(super) fn new(random: &Random) -> Self {
        Self(Rc::new(RefCell::new(random.clone())))
    }

    pub(super) fn give_back(&self, random: &mut Random) {
        *random = self.0.borrow().clone();
    }
}

type Outcome = Result<JValue, EvaluatorError>;

/// Registers those that the expression names: most name none.
pub(super) fn register(
    evaluator: &mut Evaluator,
    wanted: &Wanted,
    chance: &Chance,
    millis: i64,
) -> Result<(), EvaluatorError> {
    for (name, _) in wanted.names() {
        match name {
            "partition" => evaluator.register_fn(name, partition)?,
            "range" => evaluator.register_fn(name, range)?,
            "hash" => evaluator.register_fn(name, hash)?,
            "parse" => evaluator.register_fn(name, parse)?,
            "uuid" => {
                let chance = chance.clone();
                evaluator.register_fn(name, move |arguments: &[JValue]| {
                    few(arguments, 0, "uuid")?;
                    Ok(JValue::from(chance.0.borrow_mut().uuid()))
                })?;
            }
            "random" => {
                let chance = chance.clone();
                evaluator.register_fn_override(name, move |arguments: &[JValue]| {
                    few(arguments, 1, "random")?;
                    Ok(JValue::from_f64(match given(arguments, 0) {
                        Some(_) => JavaRandom::new(whole(arguments, 0, "random")?).unit(),
                        None => chance.0.borrow_mut().unit(),
                    }))
                })?;
            }
            "shuffle" => {
                let chance = chance.clone();
                evaluator.register_fn_override(name, move |arguments: &[JValue]| {
                    few(arguments, 1, "shuffle")?;
                    Ok(shuffle(arguments, &mut chance.0.borrow_mut()))
                })?;
            }
            "millis" => evaluator
                .register_fn_override(name, move |_: &[JValue]| Ok(JValue::from_i64(millis)))?,
            "now" => evaluator
                .register_fn_override(name, move |arguments: &[JValue]| now(arguments, millis))?,
            "toMillis" if wanted.pictures => evaluator
                .register_fn_override(name, move |arguments: &[JValue]| {
                    to_millis(arguments, millis)
                })?,
            "eval" => evaluator.register_fn_override(name, |_: &[JValue]| {
                Err(failure("T1006: Attempted to invoke a non-function"))
            })?,
            _ => {}
        }
    }
    Ok(())
}

fn failure(message: impl Into<String>) -> EvaluatorError {
    EvaluatorError::EvaluationError(message.into())
}

fn given(arguments: &[JValue], at: usize) -> Option<&JValue> {
    arguments.get(at).filter(|value| !value.is_undefined())
}

fn misfit(at: usize, function: &str) -> EvaluatorError {
    failure(format!(
        "T0410: Argument {} of function \"{function}\" does not match function signature",
        at + 1
    ))
}

/// Refuses more arguments than there are.
fn few(arguments: &[JValue], most: usize, function: &str) -> Result<(), EvaluatorError> {
    match given(arguments, most) {
        // `$map(list, $parse)` hands over each item, its index and the list, whatever the function takes.
        Some(_) if is_item_of_list(arguments) => Ok(()),
        Some(_) => Err(misfit(most, function)),
        None => Ok(()),
    }
}

fn is_item_of_list(arguments: &[JValue]) -> bool {
    let [item, JValue::Number(index), JValue::Array(list)] = arguments else {
        return false;
    };
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "cut, and nothing where it is no index"
    )]
    let index = *index as usize;
    list.get(index) == Some(item)
}

/// A whole number; others are cut towards zero.
fn whole(arguments: &[JValue], at: usize, function: &str) -> Result<i64, EvaluatorError> {
    match given(arguments, at) {
        #[allow(
            clippy::cast_possible_truncation,
            reason = "cut, and at the ends of the range held, as in Java"
        )]
        Some(JValue::Number(number)) => Ok(*number as i64),
        _ => Err(misfit(at, function)),
    }
}

fn partition(arguments: &[JValue]) -> Outcome {
    few(arguments, 2, "partition")?;
    let items = match given(arguments, 0) {
        None => return Ok(JValue::Undefined),
        Some(JValue::Array(items)) => items,
        Some(_) => {
            return Err(failure(
                "T0412: Argument 1 of function \"partition\" must be an array of undefined",
            ));
        }
    };
    if items.is_empty() {
        return Ok(JValue::Undefined);
    }
    let size = match given(arguments, 1) {
        None => items.len(),
        Some(_) => match whole(arguments, 1, "partition")? {
            0 => return Ok(JValue::Undefined),
            size => usize::try_from(size)
                .map_err(|_| failure("D3137: Second argument must be zero or greater"))?,
        },
    };
    let chunks = items
        .chunks(size)
        .map(|chunk| JValue::array(chunk.to_vec()));
    Ok(JValue::array(chunks.collect()))
}

/// The end is in it where a step hits it. One number is that number, and not a list of it (recorded).
fn range(arguments: &[JValue]) -> Outcome {
    few(arguments, 3, "range")?;
    let start = i128::from(whole(arguments, 0, "range")?);
    let end = i128::from(whole(arguments, 1, "range")?);
    if given(arguments, 2).is_none() {
        return Ok(JValue::Undefined);
    }
    let step = i128::from(whole(arguments, 2, "range")?);
    if step == 0 || (end - start).signum() * step.signum() < 0 {
        return Ok(JValue::Undefined);
    }
    let count = (end - start) / step + 1;
    if count > LONGEST_RANGE {
        return Err(failure("D2015: The range is too long"));
    }
    #[allow(clippy::cast_precision_loss, reason = "numbers of JSONata are doubles")]
    let numbers = (0..count).map(|at| JValue::from_f64((start + at * step) as f64));
    Ok(JValue::sequence(numbers.collect()))
}

fn hash(arguments: &[JValue]) -> Outcome {
    few(arguments, 2, "hash")?;
    let data = given(arguments, 0)
        .and_then(JValue::as_str)
        .ok_or_else(|| misfit(0, "hash"))?;
    let Some(algorithm) = given(arguments, 1) else {
        return Ok(JValue::Undefined);
    };
    let algorithm = algorithm.as_str().ok_or_else(|| misfit(1, "hash"))?;
    digest(algorithm, data.as_bytes())
        .map(JValue::from)
        .ok_or_else(|| {
            failure(format!(
                "D3137: Hash algorithm '{algorithm}' must be one of SHA-1, SHA-384, SHA-256, SHA-512, MD5"
            ))
        })
}

fn parse(arguments: &[JValue]) -> Outcome {
    few(arguments, 1, "parse")?;
    let Some(text) = given(arguments, 0) else {
        return Ok(JValue::Undefined);
    };
    let text = text.as_str().ok_or_else(|| misfit(0, "parse"))?;
    serde_json::from_str::<Value>(text)
        .map(|value| convert::whole(&value))
        .map_err(|_| failure("D3137: Invalid JSON"))
}

fn shuffle(arguments: &[JValue], random: &mut Random) -> JValue {
    let mut items = match given(arguments, 0) {
        None => return JValue::Undefined,
        Some(JValue::Array(items)) => items.to_vec(),
        Some(one) => vec![one.clone()],
    };
    for at in (1..items.len()).rev() {
        let end = u64::try_from(at).unwrap_or(u64::MAX).saturating_add(1);
        items.swap(at, usize::try_from(random.below(end)).unwrap_or(at));
    }
    JValue::array(items)
}

/// The time as a text, by the function of JSONata that takes the time as an argument.
fn now(arguments: &[JValue], millis: i64) -> Outcome {
    let values = [
        Some(JValue::from_i64(millis)),
        given(arguments, 0).cloned(),
        given(arguments, 1).cloned(),
    ];
    builtin("$fromMillis($a, $b, $c)", values)
}

/// Where the picture has no year, month or day, those of the virtual time are put before it: the function itself takes
/// them from a clock.
fn to_millis(arguments: &[JValue], millis: i64) -> Outcome {
    few(arguments, 2, "toMillis")?;
    let (time, picture) = (given(arguments, 0), given(arguments, 1));
    let values = match (time, picture) {
        (Some(JValue::String(time)), Some(JValue::String(picture))) => {
            let has = |parts: &[&str]| parts.iter().any(|part| picture.contains(part));
            let missing = if has(&["[Y", "[X"]) || !has(&["["]) {
                ""
            } else if has(&["[M", "[d", "[W", "[x"]) {
                "[Y0001] "
            } else if has(&["[D", "[F", "[w"]) {
                "[Y0001]-[M01] "
            } else {
                "[Y0001]-[M01]-[D01] "
            };
            let today = match missing {
                "" => JValue::from(""),
                picture => now(&[JValue::from(picture)], millis)?,
            };
            let today = today.as_str().unwrap_or_default();
            [
                Some(JValue::from(format!("{today}{time}"))),
                Some(JValue::from(format!("{missing}{picture}"))),
                None,
            ]
        }
        _ => [time.cloned(), picture.cloned(), None],
    };
    builtin("$toMillis($a, $b)", values)
}

/// Calls a function as JSONata has it.
fn builtin(call: &str, values: [Option<JValue>; 3]) -> Outcome {
    let tree = parser::parse(call).map_err(|error| failure(error.to_string()))?;
    let mut context = Context::new();
    for (name, value) in ["a", "b", "c"].into_iter().zip(values) {
        context.bind(name.to_owned(), value.unwrap_or(JValue::Undefined));
    }
    Evaluator::with_context(context).evaluate(&tree, &JValue::Undefined)
}
