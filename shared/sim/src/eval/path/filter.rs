//! Whether a filter holds.

use std::borrow::Cow;
use std::cmp::Ordering;

use asl::expr::path::{Filter, Operand, Operator};
use regex::{Regex, RegexBuilder};
use serde_json::{Number, Value};

use super::{Evaluation, PathError, PathErrorKind};
use crate::eval::number;

/// How large a pattern may become, in bytes.
const LARGEST_PATTERN: usize = 1 << 20;

impl Evaluation<'_> {
    pub(super) fn holds(&self, filter: &Filter<'_>, item: &Value) -> Result<bool, PathError> {
        self.charge(1)?;
        match filter {
            Filter::Any(parts) => {
                for part in parts {
                    if self.holds(part, item)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Filter::All(parts) => {
                for part in parts {
                    if !self.holds(part, item)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Filter::Not(part) => Ok(!self.holds(part, item)?),
            Filter::Exists(operand) => self.exists(operand, item),
            Filter::Compare(left, operator, right) => self.compare(left, *operator, right, item),
        }
    }

    fn exists(&self, operand: &Operand<'_>, item: &Value) -> Result<bool, PathError> {
        Ok(match operand {
            Operand::Path(path) => self
                .operand_path(path, item)?
                .is_some_and(|value| !value.is_null()),
            literal => !matches!(
                self::literal(literal),
                None | Some(Value::Null | Value::Bool(false))
            ),
        })
    }

    fn compare(
        &self,
        left: &Operand<'_>,
        operator: Operator,
        right: &Operand<'_>,
        item: &Value,
    ) -> Result<bool, PathError> {
        if operator == Operator::Matches {
            return self.matches(left, right, item);
        }
        let type_name = match right {
            Operand::Word(word) => *word,
            Operand::Text(text) => text.as_ref(),
            _ => "",
        };
        let left = self.operand(left, item)?;
        let right = self.operand(right, item)?;
        let (left, right) = (left.as_deref(), right.as_deref());
        self.charge(items(left).len() + items(right).len())?;
        Ok(match operator {
            Operator::Equal => equal(left, right),
            Operator::NotEqual => !equal(left, right),
            Operator::SameAs => same(left, right),
            Operator::NotSameAs => !same(left, right),
            Operator::Less => order(left, right) == Some(Ordering::Less),
            Operator::Greater => order(left, right) == Some(Ordering::Greater),
            Operator::LessOrEqual => order(left, right).is_some_and(Ordering::is_le),
            Operator::GreaterOrEqual => order(left, right).is_some_and(Ordering::is_ge),
            Operator::In => has(right, left),
            Operator::NotIn => !has(right, left),
            Operator::SubsetOf => self.every(left, right)?,
            Operator::All => self.every(right, left)?,
            Operator::AnyOf => self.some(left, right)?,
            Operator::NoneOf => !self.some(left, right)?,
            Operator::Contains => match (left, right) {
                (Some(Value::String(text)), Some(Value::String(part))) => {
                    text.contains(part.as_str())
                }
                _ => has(left, right),
            },
            Operator::Size => {
                length(left).is_some_and(|length| equal(Some(&Value::from(length)), right))
            }
            Operator::Empty => {
                length(left).is_some_and(|length| right == Some(&Value::Bool(length == 0)))
            }
            Operator::Type => left.is_some_and(|value| is_type(value, type_name)),
            Operator::Exists => right == Some(&Value::Bool(left.is_some())),
            // A predicate is an object of Java, which no text can hold.
            Operator::MatchesPredicate | Operator::Matches => false,
        })
    }

    /// The whole text has to match; of an array, one of its items.
    fn matches(
        &self,
        left: &Operand<'_>,
        right: &Operand<'_>,
        item: &Value,
    ) -> Result<bool, PathError> {
        let (pattern, value) = match (left, right) {
            (value, Operand::Regex(pattern)) | (Operand::Regex(pattern), value) => {
                (*pattern, value)
            }
            _ => return Ok(false),
        };
        let value = self.operand(value, item)?;
        let regex = self.regex(pattern)?;
        let matches = |value: &Value| match value {
            Value::String(text) => regex.is_match(text),
            Value::Number(number) => regex.is_match(&number.to_string()),
            Value::Bool(is) => regex.is_match(if *is { "true" } else { "false" }),
            _ => false,
        };
        Ok(match value.as_deref() {
            Some(Value::Array(items)) => {
                self.charge(items.len())?;
                items.iter().any(matches)
            }
            Some(value) => matches(value),
            None => false,
        })
    }

    fn regex(&self, written: &str) -> Result<Regex, PathError> {
        let mut patterns = self.patterns.borrow_mut();
        if let Some((_, regex)) = patterns.iter().find(|(known, _)| known == written) {
            return Ok(regex.clone());
        }
        let (pattern, flags) = written
            .strip_prefix('/')
            .and_then(|rest| rest.rsplit_once('/'))
            .unwrap_or((written, ""));
        let regex = RegexBuilder::new(&format!("^(?:{})$", pattern.replace("\\/", "/")))
            .case_insensitive(flags.contains('i'))
            .multi_line(flags.contains('m'))
            .dot_matches_new_line(flags.contains('s'))
            .ignore_whitespace(flags.contains('x'))
            .size_limit(LARGEST_PATTERN)
            .build()
            .map_err(|_| {
                let why = format!("The pattern {written} cannot be used");
                PathError::new(PathErrorKind::Unusable, why)
            })?;
        patterns.push((written.to_owned(), regex.clone()));
        Ok(regex)
    }

    /// Is each item of the first a part of the second?
    fn every(&self, parts: Option<&Value>, whole: Option<&Value>) -> Result<bool, PathError> {
        let (Some(Value::Array(parts)), Some(Value::Array(_))) = (parts, whole) else {
            return Ok(false);
        };
        self.charge(parts.len().saturating_mul(items(whole).len()))?;
        Ok(parts.iter().all(|part| has(whole, Some(part))))
    }

    fn some(&self, parts: Option<&Value>, whole: Option<&Value>) -> Result<bool, PathError> {
        let (Some(Value::Array(parts)), Some(Value::Array(_))) = (parts, whole) else {
            return Ok(false);
        };
        self.charge(parts.len().saturating_mul(items(whole).len()))?;
        Ok(parts.iter().any(|part| has(whole, Some(part))))
    }
}

/// The value of what is written. A regular expression has none.
pub(super) fn literal(operand: &Operand<'_>) -> Option<Value> {
    Some(match operand {
        Operand::Path(_) | Operand::Regex(_) => return None,
        Operand::Text(text) => Value::from(text.as_ref()),
        Operand::Word("true") => Value::Bool(true),
        Operand::Word("false") => Value::Bool(false),
        Operand::Word("null") => Value::Null,
        Operand::Word(word) => Value::from(*word),
        Operand::Number(text) => number(text).unwrap_or_else(|| Value::from(*text)),
        Operand::Json(text) => serde_json::from_str(text)
            .or_else(|_| serde_json::from_str(&double_quoted(text)))
            .ok()?,
    })
}

/// JSON with its texts in double quotes: the library reads them in single ones too.
fn double_quoted(text: &str) -> String {
    let mut json = String::with_capacity(text.len());
    let mut quote = None;
    let mut escaped = false;
    for character in text.chars() {
        match (quote, character) {
            (Some(_), '\\') if !escaped => {
                escaped = true;
                continue;
            }
            (Some('\''), '\'') if escaped => json.push('\''),
            (Some('\''), '"') => json.push_str("\\\""),
            (None, '\'' | '"') => {
                quote = Some(character);
                json.push('"');
            }
            (Some(open), _) if open == character && !escaped => {
                quote = None;
                json.push('"');
            }
            _ => {
                if escaped {
                    json.push('\\');
                }
                json.push(character);
            }
        }
        escaped = false;
    }
    json
}

fn items(value: Option<&Value>) -> &[Value] {
    match value {
        Some(Value::Array(items)) => items,
        _ => &[],
    }
}

fn has(list: Option<&Value>, value: Option<&Value>) -> bool {
    items(list).iter().any(|item| equal(Some(item), value))
}

/// A number is equal to a text that says the same.
fn equal(left: Option<&Value>, right: Option<&Value>) -> bool {
    let (Some(left), Some(right)) = (left, right) else {
        return false;
    };
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => {
            numbers(left, right) == Some(Ordering::Equal)
        }
        (Value::Number(left), Value::String(right)) => number(right)
            .is_some_and(|right| equal(Some(&Value::Number(left.clone())), Some(&right))),
        (Value::String(left), Value::Number(right)) => *left == right.to_string(),
        _ => left == right,
    }
}

/// Equal, and of one type.
fn same(left: Option<&Value>, right: Option<&Value>) -> bool {
    match (left, right) {
        (Some(Value::Number(_)), Some(Value::String(_)))
        | (Some(Value::String(_)), Some(Value::Number(_))) => false,
        _ => equal(left, right),
    }
}

fn order(left: Option<&Value>, right: Option<&Value>) -> Option<Ordering> {
    match (left?, right?) {
        (Value::Number(left), Value::Number(right)) => numbers(left, right),
        // UTF-16 as in Java.
        (Value::String(left), Value::String(right)) => {
            Some(left.encode_utf16().cmp(right.encode_utf16()))
        }
        _ => None,
    }
}

fn numbers(left: &Number, right: &Number) -> Option<Ordering> {
    match (left.as_i64(), right.as_i64()) {
        (Some(left), Some(right)) => Some(left.cmp(&right)),
        _ => left.as_f64()?.partial_cmp(&right.as_f64()?),
    }
}

fn length(value: Option<&Value>) -> Option<usize> {
    match value? {
        Value::String(text) => Some(text.encode_utf16().count()),
        Value::Array(items) => Some(items.len()),
        Value::Object(members) => Some(members.len()),
        _ => None,
    }
}

fn is_type(value: &Value, name: &str) -> bool {
    let known: Cow<'_, str> = match value {
        Value::Null => "null".into(),
        Value::Bool(_) => "boolean".into(),
        Value::Number(_) => "number".into(),
        Value::String(_) => "string".into(),
        Value::Array(_) => "array".into(),
        Value::Object(_) => "object".into(),
    };
    known.eq_ignore_ascii_case(name)
}
