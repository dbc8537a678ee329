//! The functions that count: each gives back what it is given.

use std::cell::Cell;
use std::rc::Rc;

use jsonata_core::evaluator::{Evaluator, EvaluatorError};
use jsonata_core::value::{JValue, with_stack};

/// What one evaluation may do: a call of a function counts for [`OF_A_CALL`], an item that is gone over for one, what is held
/// for one each [`BYTES`].
const MOST: u64 = 3_000_000;
const OF_A_CALL: u64 = 6;
const BYTES: u64 = 32;
/// Values inside of a value that an expression builds, each as often as it is in it.
const LARGEST: u64 = 2_000_000;
/// Names of our functions: a blank is in them, so that no expression can call them.
pub(super) const CALL: &str = "a call";
pub(super) const ITEMS: &str = "all items";
pub(super) const RANGE: &str = "a range";
pub(super) const HELD: &str = "what is held";
pub(super) const WIDTH: &str = "a width";
pub(super) const SIZED: &str = "what is built";
pub(super) const SUBJECT: &str = "a subject";
pub(super) const FACTOR: &str = "a factor";

/// How large a value is.
#[derive(Clone, Copy, Debug, Default)]
pub(in super::super) struct Size {
    pub(super) items: u64,
    pub(super) bytes: u64,
}

impl Size {
    /// Adds a value; stops where it is larger than anything that is evaluated without counting.
    pub(in super::super) fn add(&mut self, value: &JValue) {
        self.items += 1;
        self.bytes += 8;
        if self.items > LARGEST {
            return;
        }
        match value {
            JValue::String(text) => self.bytes += text.len() as u64,
            JValue::Array(items) => {
                for item in items {
                    with_stack(|| self.add(item));
                }
            }
            JValue::Object(members) => {
                for (name, value) in members.iter() {
                    self.bytes += name.len() as u64;
                    with_stack(|| self.add(value));
                }
            }
            _ => {}
        }
    }

    /// Steps that it takes to go over it once.
    pub(in super::super) fn steps(self) -> u64 {
        self.items + self.bytes / BYTES
    }

    fn of(value: &JValue) -> Self {
        let mut size = Self::default();
        size.add(value);
        size
    }
}

/// What one evaluation did so far.
#[derive(Default)]
struct Count {
    done: Cell<u64>,
    /// The largest text or list in which something is put in the place of parts.
    subject: Cell<u64>,
}

impl Count {
    fn add(&self, amount: u64) -> Result<(), EvaluatorError> {
        self.done.set(self.done.get().saturating_add(amount));
        if self.done.get() > MOST {
            return Err(failure("D1012: The expression takes too many steps"));
        }
        Ok(())
    }

    fn held(&self, value: &JValue) -> Result<(), EvaluatorError> {
        self.add(length(value) / BYTES)
    }

    fn sized(&self, value: &JValue) -> Result<(), EvaluatorError> {
        if !matches!(value, JValue::Array(_) | JValue::Object(_)) {
            return Ok(());
        }
        let size = Size::of(value);
        if size.items >= LARGEST || size.bytes > MOST * BYTES {
            return Err(failure("D2014: The value is too large"));
        }
        self.add(size.bytes / BYTES / 8)
    }
}

/// Bytes of a text, and of the places of an array or object.
fn length(value: &JValue) -> u64 {
    let length = match value {
        JValue::String(text) => text.len(),
        JValue::Array(items) => items.len() * 24,
        JValue::Object(members) => members.len() * 64,
        _ => 0,
    };
    length as u64
}

fn failure(message: &str) -> EvaluatorError {
    EvaluatorError::EvaluationError(message.to_owned())
}

/// Registers the functions that count.
/// The steps that were counted can be asked for afterwards.
pub(in super::super) fn register(
    evaluator: &mut Evaluator,
) -> Result<impl Fn() -> u64 + use<>, EvaluatorError> {
    let count = Rc::new(Count::default());
    let mut add = |name: &str, with: fn(&Count, &JValue, &JValue) -> Result<(), EvaluatorError>| {
        let count = Rc::clone(&count);
        evaluator.register_fn(name, move |arguments: &[JValue]| {
            let first = arguments.first().unwrap_or(&JValue::Undefined);
            with(
                &count,
                first,
                arguments.get(1).unwrap_or(&JValue::Undefined),
            )?;
            Ok(first.clone())
        })
    };
    add(CALL, |count, _, _| count.add(OF_A_CALL))?;
    add(ITEMS, |count, value, _| {
        count.add(value.as_array().map_or(1, |items| items.len() as u64))
    })?;
    add(RANGE, |count, end, start| {
        let number = |value: &JValue| match value {
            JValue::Number(number) => *number,
            _ => 0.0,
        };
        let length = number(end) - number(start);
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "within bounds; what is longer the engine refuses"
        )]
        count.add(if (0.0..1e6).contains(&length) {
            length as u64
        } else {
            1
        })
    })?;
    add(HELD, |count, value, _| count.held(value))?;
    add(SIZED, |count, value, _| count.sized(value))?;
    add(WIDTH, |count, value, _| match value {
        JValue::Number(width) if width.abs() > 16e6 => Err(failure("D2014: The text is too long")),
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "within bounds"
        )]
        JValue::Number(width) => count.add(width.abs() as u64 / BYTES),
        _ => Ok(()),
    })?;
    add(SUBJECT, |count, value, _| {
        count.subject.set(count.subject.get().max(length(value)));
        Ok(())
    })?;
    add(FACTOR, |count, value, _| match value {
        JValue::String(text) if text.len() > 1 => {
            count.add(count.subject.get().saturating_mul(text.len() as u64) / BYTES)
        }
        _ => Ok(()),
    })?;
    Ok(move || count.done.get())
}
