//! Rules of a Choice as conditions on where their values come from.

use std::cmp::Ordering;

use serde_json::Value;

use super::origin::{Eyes, Hint, Origin, Shared, missing};
use super::place::Place;
use crate::choice::{Comparison, Condition, Is, Operand, Test, Type, matches};
use crate::template::Item;

/// What is asked of one value.
#[derive(Clone, Debug)]
pub(super) enum Check {
    Present,
    Is(Is),
    /// A comparison of JSONPath: of one type.
    Compare(Type, Comparison, Value),
    Matches(String),
    /// `=` of JSONata.
    Same(Value),
    /// `<` of JSONata and the like.
    Than(Comparison, Value),
    OneOf(Vec<Value>),
    Truthy,
}

/// A condition.
#[derive(Clone, Debug)]
pub(super) enum Formula {
    All(Vec<Formula>),
    Any(Vec<Formula>),
    Not(Box<Formula>),
    Atom(Shared, Check),
    /// Two values that both come from outside; the value in the check is to be replaced by the second one.
    Pair(Shared, Shared, Box<Check>),
    Always,
    Never,
    /// It is computed from what stands there, and these values are written in it.
    Opaque {
        from: Vec<Place>,
        constants: Vec<Value>,
    },
}

impl Formula {
    pub(super) fn of(holds: bool) -> Self {
        if holds { Self::Always } else { Self::Never }
    }

    pub(super) fn atom(origin: Shared, check: Check) -> Self {
        Self::Atom(origin, check)
    }

    /// The places that it depends on.
    pub(super) fn places(&self, into: &mut Vec<Place>) {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().for_each(|part| part.places(into)),
            Self::Not(part) => part.places(into),
            Self::Atom(origin, _) => origin.places(into),
            Self::Pair(one, other, _) => {
                one.places(into);
                other.places(into);
            }
            Self::Opaque { from, .. } => into.extend(from.iter().cloned()),
            Self::Always | Self::Never => {}
        }
    }

    /// The values that computed parts of it are compared with; none where no part is computed.
    pub(super) fn computed(&self) -> Option<(Vec<Place>, Vec<Value>)> {
        let parts: Vec<&Self> = match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().collect(),
            Self::Not(part) => vec![part],
            Self::Opaque { from, constants } => return Some((from.clone(), constants.clone())),
            Self::Atom(origin, check) => {
                let Origin::Made(from) = &**origin else {
                    return None;
                };
                return Some((from.clone(), check.values()));
            }
            Self::Pair(one, other, _) => {
                let mut from = Vec::new();
                one.places(&mut from);
                other.places(&mut from);
                return Some((from, Vec::new()));
            }
            Self::Always | Self::Never => return None,
        };
        let found = parts.into_iter().filter_map(Self::computed);
        found.reduce(|(mut from, mut values), (more, others)| {
            from.extend(more);
            values.extend(others);
            (from, values)
        })
    }
}

impl Check {
    /// Whether a value passes; none where asking is an error.
    pub(super) fn holds(&self, value: Option<&Value>) -> Option<bool> {
        let Some(value) = value else {
            return match self {
                Self::Present | Self::Same(_) | Self::OneOf(_) | Self::Truthy => Some(false),
                Self::Is(_) | Self::Compare(..) | Self::Matches(_) | Self::Than(..) => None,
            };
        };
        Some(match self {
            Self::Present => true,
            Self::Is(is) => is.of(value),
            Self::Compare(kind, comparison, other) => kind
                .order(value, other)
                .is_some_and(|order| comparison.holds(order)),
            Self::Matches(pattern) => value.as_str().is_some_and(|text| matches(pattern, text)),
            Self::Same(other) => same(value, other),
            Self::OneOf(others) => others.iter().any(|other| same(value, other)),
            Self::Than(comparison, other) => {
                let order = match (value, other) {
                    (Value::Number(_), Value::Number(_)) => Type::Numeric.order(value, other),
                    (Value::String(_), Value::String(_)) => Type::String.order(value, other),
                    _ => None,
                };
                comparison.holds(order?)
            }
            Self::Truthy => truthy(value),
        })
    }

    /// The values that it is about.
    pub(super) fn values(&self) -> Vec<Value> {
        match self {
            Self::Compare(_, _, value) | Self::Same(value) | Self::Than(_, value) => {
                vec![value.clone()]
            }
            Self::Matches(pattern) => ["", "x"].map(|star| filled(pattern, star)).to_vec(),
            Self::OneOf(values) => values.clone(),
            Self::Present | Self::Is(_) | Self::Truthy => Vec::new(),
        }
    }

    /// The same check against another value.
    pub(super) fn with(&self, value: Value) -> Self {
        match self {
            Self::Compare(kind, comparison, _) => Self::Compare(*kind, *comparison, value),
            Self::Than(comparison, _) => Self::Than(*comparison, value),
            Self::OneOf(_) => match value {
                Value::Array(items) => Self::OneOf(items),
                other => Self::Same(other),
            },
            _ => Self::Same(value),
        }
    }

    /// A value that may stand on the other side where there is none yet.
    pub(super) fn other(&self) -> Value {
        match self {
            Self::Compare(Type::Boolean, ..) => Value::Bool(true),
            Self::Compare(Type::Timestamp, ..) => Value::from("2026-01-01T00:00:00Z"),
            Self::Compare(Type::String, ..) => Value::from("m"),
            Self::OneOf(_) => Value::Array(vec![Value::from("m")]),
            _ => Value::from(10),
        }
    }
}

fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(_), Value::Number(_)) => {
            Type::Numeric.order(one, other) == Some(Ordering::Equal)
        }
        _ => one == other,
    }
}

fn truthy(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(value) => *value,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => items.iter().any(truthy),
        Value::Object(members) => !members.is_empty(),
    }
}

/// A text that a pattern matches.
fn filled(pattern: &str, star: &str) -> Value {
    let mut text = String::new();
    let mut letters = pattern.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '*' => text.push_str(star),
            '\\' if matches!(letters.peek(), Some('*' | '\\')) => text.extend(letters.next()),
            other => text.push(other),
        }
    }
    Value::from(text)
}

impl Eyes<'_, '_, '_> {
    /// A rule of JSONPath, or one of JSONata.
    pub(super) fn rule(&mut self, condition: &Condition<'_>) -> Formula {
        match condition {
            Condition::All(parts) => {
                Formula::All(parts.iter().map(|part| self.rule(part)).collect())
            }
            Condition::Any(parts) => {
                Formula::Any(parts.iter().map(|part| self.rule(part)).collect())
            }
            Condition::Not(part) => Formula::Not(Box::new(self.rule(part))),
            Condition::Jsonata(Item::Jsonata(text)) => self.condition(text),
            Condition::Jsonata(Item::Plain(Value::Bool(holds))) => Formula::of(*holds),
            Condition::Jsonata(_) | Condition::Broken => Formula::Never,
            Condition::Compare { variable, test, .. } => {
                let Some(path) = variable else {
                    return Formula::Never;
                };
                let value = self.path(path, Hint::Any);
                self.test(value, test)
            }
        }
    }

    fn test(&mut self, value: Shared, test: &Test<'_>) -> Formula {
        match test {
            Test::Is(is, expected) => {
                let check = match is {
                    Is::Present => Check::Present,
                    is => Check::Is(*is),
                };
                let atom = Formula::atom(value, check);
                if *expected {
                    atom
                } else {
                    Formula::Not(Box::new(atom))
                }
            }
            Test::Matches(pattern) => Formula::atom(value, Check::Matches((*pattern).to_owned())),
            Test::Compare(kind, comparison, Operand::Value(other)) => {
                Formula::atom(value, Check::Compare(*kind, *comparison, other.clone()))
            }
            Test::Compare(kind, comparison, Operand::Path(_, path)) => {
                let other = match path {
                    Some(path) => self.path(path, Hint::Any),
                    None => missing(),
                };
                let check = |value| Check::Compare(*kind, *comparison, value);
                match other.constant() {
                    Some(other) => Formula::atom(value, check(other)),
                    None => Formula::Pair(value, other, Box::new(check(Value::Null))),
                }
            }
        }
    }
}

impl Origin {
    /// The value, where it is written in the definition.
    pub(super) fn constant(&self) -> Option<Value> {
        match self {
            Self::Known(value) => Some(value.clone()),
            Self::List(items) => items
                .iter()
                .map(|item| item.constant())
                .collect::<Option<Vec<_>>>()
                .map(Value::Array),
            Self::Object(members, None) => members
                .iter()
                .map(|(name, member)| Some((name.clone(), member.constant()?)))
                .collect::<Option<serde_json::Map<_, _>>>()
                .map(Value::Object),
            _ => None,
        }
    }
}
