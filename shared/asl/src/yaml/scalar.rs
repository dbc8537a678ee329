//! What scalars mean: the core schema of YAML 1.2, and the functions of CloudFormation.

use saphyr_parser::{ScalarStyle, Tag};

use super::Functions;
use crate::{Member, Node, Span, Value, json::is_number};

/// The value of a scalar.
pub(super) fn scalar(
    text: &str,
    style: ScalarStyle,
    tag: Option<&Tag>,
    functions: (Functions, Span),
) -> Value {
    let string = || Value::String(text.to_owned());
    if let Some(tag) = tag {
        if let Some(function) = function(tag) {
            return function.of(string(), functions);
        }
        return match (tag.is_yaml_core_schema(), tag.suffix.as_str()) {
            (true, "null") => Value::Null,
            (true, "bool" | "int" | "float") => core(text),
            (true, _) | (false, "!") => string(),
            (false, _) if style == ScalarStyle::Plain => core(text),
            (false, _) => string(),
        };
    }
    if style == ScalarStyle::Plain {
        core(text)
    } else {
        string()
    }
}

/// A plain scalar by the core schema (YAML 1.2.2, section 10.3.2).
fn core(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ => match number(text) {
            Some(number) => Value::Number(number),
            None => Value::String(text.to_owned()),
        },
    }
}

/// The number as written, or else as JSON writes it. Infinities and NaN, which JSON does not have, stay strings.
fn number(text: &str) -> Option<String> {
    if is_number(text) {
        return Some(text.to_owned());
    }
    let radix = |prefix: &str, radix: u32| {
        let digits = text.strip_prefix(prefix)?;
        let plain = digits.bytes().all(|byte| byte.is_ascii_alphanumeric());
        u128::from_str_radix(digits, radix).ok().filter(|_| plain)
    };
    if let Some(number) = radix("0x", 16).or_else(|| radix("0o", 8)) {
        return Some(number.to_string());
    }
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let (mantissa, exponent) = match rest.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (rest, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = exponent.map(|text| text.strip_prefix(['+', '-']).unwrap_or(text));
    if !digits(whole)
        || !digits(fraction)
        || (whole.is_empty() && fraction.is_empty())
        || unsigned.is_some_and(|text| text.is_empty() || !digits(text))
    {
        return None;
    }
    let whole = whole.trim_start_matches('0');
    let mut number = format!("{sign}{}", if whole.is_empty() { "0" } else { whole });
    if !fraction.is_empty() {
        number = format!("{number}.{fraction}");
    }
    Some(match exponent {
        Some(exponent) => format!("{number}e{exponent}"),
        None => number,
    })
}

/// A function of CloudFormation, whose result is not known here.
pub(super) struct Function(String);

/// The function that a tag stands for: `!Sub`, `!Ref`, …
/// Source: CloudFormation User Guide, "Intrinsic function reference", 2026-11-22.
pub(super) fn function(tag: &Tag) -> Option<Function> {
    const FUNCTIONS: &[&str] = &[
        "And",
        "Base64",
        "Cidr",
        "Condition",
        "Equals",
        "FindInMap",
        "GetAZs",
        "GetAtt",
        "If",
        "ImportValue",
        "Join",
        "Length",
        "Not",
        "Or",
        "Ref",
        "Select",
        "Split",
        "Sub",
        "ToJsonString",
        "Transform",
    ];
    let known = tag.handle == "!" && FUNCTIONS.contains(&tag.suffix.as_str());
    known.then(|| Function(tag.suffix.clone()))
}

impl Function {
    /// The function applied to a value that stands there.
    pub(super) fn of(self, value: Value, (functions, span): (Functions, Span)) -> Value {
        match functions {
            Functions::Open => self.open(value),
            Functions::Kept => Value::Object(vec![Member {
                key: self.long_form(),
                key_span: Span::new(span.start, span.start),
                node: Node { span, value },
            }]),
        }
    }

    fn long_form(self) -> String {
        match self.0.as_str() {
            "Ref" => self.0,
            other => format!("Fn::{other}"),
        }
    }

    fn open(self, value: Value) -> Value {
        let is_sub = self.0 == "Sub";
        let text = match value {
            Value::String(text) if is_sub => text,
            Value::String(text) => format!("${{{text}}}"),
            Value::Array(items) => match items.into_iter().next().map(|item| item.value) {
                Some(Value::String(text)) if is_sub => text,
                _ => format!("${{{}}}", self.0),
            },
            _ => format!("${{{}}}", self.0),
        };
        Value::String(text)
    }
}
