//! Kinds of values.

use super::tables::Field;
use crate::{Member, Node, Value, problem::quoted};

/// What a field holds.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    /// Whatever there is: payloads.
    Any,
    /// Checked where it is read into the model.
    Read,
    /// A string.
    Text,
    /// A whole number in a range.
    Whole(f64, f64),
    /// A number in a range.
    Real(f64, f64),
    /// One of some words.
    Words(&'static [&'static str]),
    /// An array.
    List,
    /// An object with known fields.
    Object(&'static [Field]),
}

impl Kind {
    /// In a JSONata state, `{% … %}` may stand for it.
    pub(super) fn may_be_computed(self) -> bool {
        !matches!(self, Self::Words(_))
    }

    /// What is wrong with a value, and what it must be.
    pub(super) fn fits(self, node: &Node) -> Result<(), (&'static str, String)> {
        const WRONG_TYPE: &str = "field-wrong-type";
        let wrong_type = |wanted: &str| Err((WRONG_TYPE, wanted.to_owned()));
        match self {
            Self::Text if node.as_str().is_none() => wrong_type("a string"),
            Self::List if node.items().is_none() => wrong_type("an array"),
            Self::Whole(low, high) => range(node, low, high, true),
            Self::Real(low, high) => range(node, low, high, false),
            _ => Ok(()),
        }
    }
}

/// True where members are filled in of which not even the names are known: nothing can be said to be missing.
pub(super) fn has_open_member(members: &[Member]) -> bool {
    members.iter().any(|member| member.key.contains("${"))
}

fn range(node: &Node, low: f64, high: f64, whole: bool) -> Result<(), (&'static str, String)> {
    let name = if whole { "a whole number" } else { "a number" };
    let wanted = if high.is_finite() {
        format!("{name} from {low} to {high}")
    } else {
        format!("{name} from {low}")
    };
    match number(node) {
        None => Err(("field-wrong-type", wanted)),
        Some(value) if (low..=high).contains(&value) && (!whole || value.fract() == 0.0) => Ok(()),
        Some(_) => Err(("field-out-of-range", wanted)),
    }
}

/// The number, where it is written as one.
pub(super) fn number(node: &Node) -> Option<f64> {
    match &node.value {
        Value::Number(text) => text.parse().ok().filter(|number: &f64| number.is_finite()),
        _ => None,
    }
}

/// True for `{% … %}`.
pub(super) fn is_expression(text: &str) -> bool {
    text.starts_with("{%") && text.ends_with("%}")
}

/// A value in a message: short ones as they are, others by their kind.
pub(super) fn told(node: &Node) -> String {
    match &node.value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(text) => quoted(text),
        Value::String(text) if text.chars().count() <= 60 => format!("the string {}", quoted(text)),
        Value::String(_) => "this string".to_owned(),
        Value::Array(items) if items.is_empty() => "an empty array".to_owned(),
        Value::Array(_) => "an array".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    }
}
