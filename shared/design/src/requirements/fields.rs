//! Reads the fields of one object; what is wrong is told once, and a default stands in for it.

use std::str::FromStr;

use asl::{Member, Node, Value, pointer_push};
use rust_decimal::Decimal;

use super::problem::{At, Problems, did_you_mean, one_of, quoted};
use super::units::{self, DURATION_UNITS, RATE_UNITS, SIZE_UNITS};
use super::{Duration, Size};

/// An object of the file.
pub(crate) struct Fields<'a> {
    members: &'a [Member],
    pub(crate) pointer: String,
    pub(crate) node: &'a Node,
}

/// One field.
#[derive(Clone)]
pub(crate) struct Field<'a> {
    pub(crate) node: &'a Node,
    pub(crate) pointer: String,
}

impl Field<'_> {
    pub(crate) fn at(&self) -> At<'_> {
        At {
            pointer: &self.pointer,
            span: self.node.span,
        }
    }
}

impl<'a> Fields<'a> {
    /// None where the value is no object. `what` says what it is: "a step".
    pub(crate) fn new(
        field: Field<'a>,
        known: &[&str],
        what: &str,
        problems: &mut Problems<'_>,
    ) -> Option<Self> {
        let Some(members) = field.node.members() else {
            let is = kind(field.node);
            let message = format!("{what} has fields, this is {is}");
            let help = format!("write it as `{{{}: …}}`", known.first()?);
            problems.error("value-wrong-type", field.at(), message, Some(help));
            return None;
        };
        let fields = Self {
            members,
            pointer: field.pointer,
            node: field.node,
        };
        fields.tell_unknown(known, what, problems);
        Some(fields)
    }

    fn tell_unknown(&self, known: &[&str], what: &str, problems: &mut Problems<'_>) {
        for (index, member) in self.members.iter().enumerate() {
            if known.contains(&member.key.as_str()) {
                continue;
            }
            let pointer = pointer_push(&self.pointer, &member.key);
            let at = At {
                pointer: &pointer,
                span: member.key_span,
            };
            // In `{when: $.a > 1, $.b < 2}` the comma ends the value, and the rest of it becomes a field without one.
            let before = index.checked_sub(1).and_then(|at| self.members.get(at));
            if let (true, Some(before)) = (member.node.is_null(), before)
                && did_you_mean(&member.key, known.iter().copied()).is_none()
            {
                let line = problems.line(before.node.span.start);
                let message = format!(
                    "{} is no field of {what}: a comma ends a value that is not in quotes",
                    quoted(&member.key)
                );
                let help = format!("quote the value of `{}` in line {line}", before.key);
                problems.error_in("value-not-quoted", (&self.pointer, at), message, Some(help));
                continue;
            }
            let message = format!("unknown field {} of {what}", quoted(&member.key));
            let help = did_you_mean(&member.key, known.iter().copied())
                .unwrap_or_else(|| format!("{what} has {}", one_of(alike(&member.key, known))));
            problems.error_in("field-unknown", (&self.pointer, at), message, Some(help));
        }
    }

    pub(crate) fn at(&self) -> At<'_> {
        At {
            pointer: &self.pointer,
            span: self.node.span,
        }
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.members.iter().any(|member| member.key == name)
    }

    pub(crate) fn get(&self, name: &str) -> Option<Field<'a>> {
        let member = self.members.iter().find(|member| member.key == name)?;
        Some(Field {
            node: &member.node,
            pointer: pointer_push(&self.pointer, name),
        })
    }

    /// A field that has to be there.
    pub(crate) fn required(
        &self,
        name: &str,
        what: &str,
        example: &str,
        problems: &mut Problems<'_>,
    ) -> Option<Field<'a>> {
        let field = self.get(name);
        if field.is_none() {
            let end = self.node.span.start;
            let at = At {
                pointer: &self.pointer,
                span: asl::Span::new(end, end),
            };
            let message = format!("{what} does not say `{name}`");
            let help = format!("write `{name}: {example}`");
            problems.error_in("field-missing", (&self.pointer, at), message, Some(help));
        }
        field
    }

    /// Text that ends up in names of resources: without control characters.
    pub(crate) fn name(&self, name: &str, problems: &mut Problems<'_>) -> Option<String> {
        let field = self.get(name)?;
        let value = text(&field, problems)?;
        is_clean(&value, &field, problems).then_some(value)
    }

    /// The same over several lines, as YAML has them after `|` and `>`: the lines become one.
    pub(crate) fn lines(&self, name: &str, problems: &mut Problems<'_>) -> Option<String> {
        let field = self.get(name)?;
        let mut value = text(&field, problems)?;
        if value.contains(['\n', '\r', '\t']) {
            value = value.split_ascii_whitespace().collect::<Vec<_>>().join(" ");
        }
        is_clean(&value, &field, problems).then_some(value)
    }

    pub(crate) fn flag(&self, name: &str, default: bool, problems: &mut Problems<'_>) -> bool {
        let Some(field) = self.get(name) else {
            return default;
        };
        if let Value::Bool(value) = field.node.value {
            return value;
        }
        let message = format!("`{name}` is true or false, this is {}", kind(field.node));
        let help = match field.node.as_str().map(str::to_lowercase).as_deref() {
            Some("yes" | "on" | "y" | "true") => Some("write `true`".to_owned()),
            Some("no" | "off" | "n" | "false") => Some("write `false`".to_owned()),
            _ => None,
        };
        problems.error("value-wrong-type", field.at(), message, help);
        default
    }

    pub(crate) fn word<T: Copy>(
        &self,
        name: &str,
        words: &[(&'static str, T)],
        problems: &mut Problems<'_>,
    ) -> Option<T> {
        word(&self.get(name)?, name, words, problems)
    }

    pub(crate) fn duration(&self, name: &str, problems: &mut Problems<'_>) -> Option<Duration> {
        duration(&self.get(name)?, name, problems)
    }

    pub(crate) fn size(&self, name: &str, problems: &mut Problems<'_>) -> Option<Size> {
        let field = self.get(name)?;
        if let Some(size) = field.node.as_str().and_then(units::size) {
            return Some(size);
        }
        let written = field.node.span.of(problems.text());
        let help = match &field.node.value {
            Value::Number(number) => Some(format!("say the unit: `{number}KB`")),
            _ => units::meant(
                written.trim_matches(['"', '\'']),
                &SIZE_UNITS.map(|(name, _)| name),
                &[
                    ("k", "KB"),
                    ("kib", "KB"),
                    ("m", "MB"),
                    ("mib", "MB"),
                    ("g", "GB"),
                    ("gib", "GB"),
                    ("bytes", "B"),
                ],
            ),
        };
        let help = help
            .or_else(|| Some("write a number and `B`, `KB`, `MB`, `GB` or `TB`: `4KB`".to_owned()));
        let message = format!("`{name}` is a size, this is {}", quoted(written));
        problems.error("value-not-a-size", field.at(), message, help);
        None
    }

    pub(crate) fn rate(&self, name: &str, problems: &mut Problems<'_>) -> Option<Decimal> {
        let field = self.get(name)?;
        let written = field.node.span.of(problems.text());
        let rate = match &field.node.value {
            Value::Number(number) => number_of(number).filter(|number| *number > Decimal::ZERO),
            Value::String(text) => units::rate(text),
            _ => None,
        };
        if rate.is_none() {
            let bare = written
                .trim_matches(['"', '\''])
                .replace(" per ", "/")
                .replace(' ', "");
            let help = units::meant(
                &bare,
                &RATE_UNITS.map(|(name, _)| name),
                &[("/d", "/day"), ("/hour", "/h"), ("/sec", "/s"), ("/second", "/s"), ("/m", "/min"), ("/minute", "/min"), ("/mo", "/month")],
            )
            .unwrap_or_else(|| "write executions a second (`0.5`), or `40/h`, with `s`, `min`, `h`, `day` or `month`".to_owned());
            let message = format!("`{name}` is a rate above zero, this is {}", quoted(written));
            problems.error("value-not-a-rate", field.at(), message, Some(help));
        }
        rate
    }

    /// A number within bounds, both included.
    pub(crate) fn number(
        &self,
        name: &str,
        (least, most): (Decimal, Decimal),
        problems: &mut Problems<'_>,
    ) -> Option<Decimal> {
        let field = self.get(name)?;
        let number = match &field.node.value {
            Value::Number(number) => number_of(number),
            _ => None,
        };
        let inside = number.filter(|number| (least..=most).contains(number));
        if inside.is_none() {
            let written = field.node.span.of(problems.text());
            let bounds = if most == Decimal::MAX {
                format!("of at least {least}")
            } else {
                format!("between {least} and {most}")
            };
            let message = format!("`{name}` is a number {bounds}, this is {}", quoted(written));
            problems.error(
                "value-not-in-range",
                field.at(),
                message,
                percent(&field, most),
            );
        }
        inside
    }

    pub(crate) fn share(&self, name: &str, problems: &mut Problems<'_>) -> Option<Decimal> {
        self.number(name, (Decimal::ZERO, Decimal::ONE), problems)
    }

    pub(crate) fn whole(
        &self,
        name: &str,
        (least, most): (u64, u64),
        problems: &mut Problems<'_>,
    ) -> Option<u64> {
        let field = self.get(name)?;
        let number = match &field.node.value {
            Value::Number(number) => number_of(number)
                .filter(|number| number.fract().is_zero())
                .and_then(|number| u64::try_from(number).ok()),
            _ => None,
        };
        let inside = number.filter(|number| (least..=most).contains(number));
        if inside.is_none() {
            let written = field.node.span.of(problems.text());
            let bounds = if most == u64::MAX {
                format!("of at least {least}")
            } else {
                format!("between {least} and {most}")
            };
            let message = format!(
                "`{name}` is a whole number {bounds}, this is {}",
                quoted(written)
            );
            problems.error("value-not-in-range", field.at(), message, None);
        }
        inside
    }

    pub(crate) fn names(&self, name: &str, problems: &mut Problems<'_>) -> Vec<String> {
        let Some(field) = self.get(name) else {
            return Vec::new();
        };
        let items = items(&field, name, problems);
        items
            .iter()
            .filter_map(|item| {
                let value = text(item, problems)?;
                is_clean(&value, item, problems).then_some(value)
            })
            .collect()
    }

    pub(crate) fn object(
        &self,
        name: &str,
        problems: &mut Problems<'_>,
    ) -> Option<serde_json::Value> {
        let field = self.get(name)?;
        if field.node.members().is_none() {
            let message = format!("`{name}` has fields, this is {}", kind(field.node));
            problems.error("value-wrong-type", field.at(), message, None);
            return None;
        }
        Some(json(field.node))
    }
}

/// Names that begin like a wrong one, where there are many and some do; else all.
fn alike<'k>(wrong: &str, known: &[&'k str]) -> Vec<&'k str> {
    const FEW: usize = 10;
    let begins = |name: &&&str| wrong.chars().take(2).eq(name.chars().take(2));
    let alike: Vec<&str> = known.iter().filter(begins).copied().collect();
    if known.len() <= FEW || alike.is_empty() {
        known.to_vec()
    } else {
        alike
    }
}

fn percent(field: &Field<'_>, most: Decimal) -> Option<String> {
    if most != Decimal::ONE {
        return None;
    }
    let (Value::Number(text) | Value::String(text)) = &field.node.value else {
        return None;
    };
    let number = number_of(text.trim_end_matches('%').trim_end())?;
    let share = number.checked_div(Decimal::ONE_HUNDRED)?;
    (share <= Decimal::ONE && number >= Decimal::ZERO)
        .then(|| format!("it is a share: {number} of 100 are `{}`", share.normalize()))
}

/// A number as written in JSON.
pub(crate) fn number_of(text: &str) -> Option<Decimal> {
    Decimal::from_str(text)
        .or_else(|_| Decimal::from_scientific(text))
        .ok()
}

/// The items of a list, each with its pointer.
pub(crate) fn items<'a>(
    field: &Field<'a>,
    name: &str,
    problems: &mut Problems<'_>,
) -> Vec<Field<'a>> {
    let Some(items) = field.node.items() else {
        let message = format!("`{name}` is a list, this is {}", kind(field.node));
        let help = "write it in brackets, `[…]`, or every item after a `-`".to_owned();
        problems.error("value-wrong-type", field.at(), message, Some(help));
        return Vec::new();
    };
    items
        .iter()
        .enumerate()
        .map(|(index, node)| Field {
            node,
            pointer: pointer_push(&field.pointer, &index.to_string()),
        })
        .collect()
}

pub(crate) fn text(field: &Field<'_>, problems: &mut Problems<'_>) -> Option<String> {
    if let Some(text) = field.node.as_str() {
        return Some(text.to_owned());
    }
    let written = field.node.span.of(problems.text());
    let message = format!("this has to be text, it is {}", kind(field.node));
    let help = match &field.node.value {
        Value::Number(_) | Value::Bool(_) => {
            let line = problems.line(field.node.span.start);
            format!("quote the value in line {line}: `'{written}'`")
        }
        Value::Object(_) => {
            let line = problems.line(field.node.span.start);
            format!(
                "quote the value in line {line}: a brace begins an object where it is not in quotes"
            )
        }
        _ => "write it in quotes".to_owned(),
    };
    problems.error("value-wrong-type", field.at(), message, Some(help));
    None
}

fn is_clean(value: &str, field: &Field<'_>, problems: &mut Problems<'_>) -> bool {
    const LONGEST: usize = 2048;
    if let Some(control) = value.chars().find(|c| c.is_control()) {
        let message = format!(
            "{} holds the control character U+{:04X}",
            quoted(value),
            u32::from(control)
        );
        problems.error(
            "control-character",
            field.at(),
            message,
            Some("take it out".to_owned()),
        );
        return false;
    }
    if value.is_empty() || value.len() > LONGEST {
        let message = if value.is_empty() {
            "this is empty".to_owned()
        } else {
            format!("this has {} bytes, {LONGEST} are the most", value.len())
        };
        problems.error("value-wrong-length", field.at(), message, None);
        return false;
    }
    true
}

pub(crate) fn word<T: Copy>(
    field: &Field<'_>,
    name: &str,
    words: &[(&'static str, T)],
    problems: &mut Problems<'_>,
) -> Option<T> {
    let written = field.node.as_str();
    if let Some((_, value)) = words.iter().find(|(word, _)| Some(*word) == written) {
        return Some(*value);
    }
    let all = || words.iter().map(|(word, _)| *word);
    let shown = field.node.span.of(problems.text());
    let message = format!("`{name}` cannot be {}", quoted(written.unwrap_or(shown)));
    let help = written
        .and_then(|written| did_you_mean(written, all()))
        .unwrap_or_else(|| format!("write {}", one_of(all())));
    problems.error("value-unknown", field.at(), message, Some(help));
    None
}

pub(crate) fn duration(
    field: &Field<'_>,
    name: &str,
    problems: &mut Problems<'_>,
) -> Option<Duration> {
    if let Some(duration) = field.node.as_str().and_then(units::duration) {
        return Some(duration);
    }
    let written = field.node.span.of(problems.text());
    let help = match &field.node.value {
        Value::Number(number) => Some(format!("say the unit: `{number}s`")),
        _ => units::meant(
            written.trim_matches(['"', '\'']),
            &DURATION_UNITS.map(|(name, _)| name),
            &[
                ("m", "min"),
                ("mins", "min"),
                ("minute", "min"),
                ("minutes", "min"),
                ("sec", "s"),
                ("secs", "s"),
                ("second", "s"),
                ("seconds", "s"),
                ("hour", "h"),
                ("hours", "h"),
                ("hr", "h"),
                ("day", "d"),
                ("days", "d"),
                ("msec", "ms"),
                ("millis", "ms"),
            ],
        ),
    };
    let help =
        help.or_else(|| Some("write a number and `ms`, `s`, `min`, `h` or `d`: `90s`".to_owned()));
    let message = format!("`{name}` is a duration, this is {}", quoted(written));
    problems.error("value-not-a-duration", field.at(), message, help);
    None
}

/// A kind of value, for a sentence.
pub(crate) fn kind(node: &Node) -> &'static str {
    match &node.value {
        Value::Null => "empty",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// As JSON; numbers as exact as JSON values hold them.
pub(crate) fn json(node: &Node) -> serde_json::Value {
    match &node.value {
        Value::Null => serde_json::Value::Null,
        Value::Bool(value) => (*value).into(),
        Value::Number(text) => serde_json::from_str(text).unwrap_or_else(|_| text.as_str().into()),
        Value::String(text) => text.as_str().into(),
        Value::Array(items) => items.iter().map(json).collect(),
        Value::Object(members) => members
            .iter()
            .map(|member| (member.key.clone(), json(&member.node)))
            .collect(),
    }
}
