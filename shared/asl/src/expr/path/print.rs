//! Paths as text, each in one form only.

use std::fmt::{self, Display, Formatter, Write};

use super::{Filter, Operand, Path, Root, Selector, Step, StepKind};

impl Display for Path<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.root {
            Root::Input => f.write_str("$"),
            Root::Context => f.write_str("$$"),
            Root::Variable(name) => write!(f, "${name}"),
            Root::Item => f.write_str("@"),
            Root::Placeholder => f.write_str("${}"),
        }?;
        self.steps.iter().try_for_each(|step| step.fmt(f))
    }
}

impl Display for Step<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.descends {
            f.write_str("..")?;
        }
        match &self.kind {
            StepKind::Member(name) if is_plain(name) => {
                write!(f, "{}{name}", if self.descends { "" } else { "." })
            }
            StepKind::Member(name) => bracketed(f, |f| quoted(f, name)),
            StepKind::Index(index) => bracketed(f, |f| index.fmt(f)),
            StepKind::Union(selectors) => bracketed(f, |f| {
                listed(f, selectors, |f, selector| match selector {
                    Selector::Member(name) => quoted(f, name),
                    Selector::Index(index) => index.fmt(f),
                })
            }),
            StepKind::Slice { start, end, step } => bracketed(f, |f| {
                optional(f, *start)?;
                f.write_char(':')?;
                optional(f, *end)?;
                match step {
                    Some(step) => write!(f, ":{step}"),
                    None => Ok(()),
                }
            }),
            StepKind::Wildcard => f.write_str("[*]"),
            StepKind::Filter(filter) => write!(f, "[?({filter})]"),
            StepKind::Function { name, arguments } => {
                write!(f, "{}{name}(", if self.descends { "" } else { "." })?;
                listed(f, arguments, |f, argument| argument.fmt(f))?;
                f.write_char(')')
            }
            StepKind::Placeholder => f.write_str("[${}]"),
        }
    }
}

impl Display for Filter<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any(parts) => joined(f, parts, " || "),
            Self::All(parts) => joined(f, parts, " && "),
            Self::Not(part) => write!(f, "!({part})"),
            Self::Compare(left, operator, right) => write!(f, "{left} {} {right}", operator.text()),
            Self::Exists(operand) => operand.fmt(f),
        }
    }
}

impl Display for Operand<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => path.fmt(f),
            Self::Text(text) => quoted(f, text),
            Self::Word(text) | Self::Number(text) | Self::Regex(text) | Self::Json(text) => {
                f.write_str(text)
            }
        }
    }
}

/// Can stand behind a dot, anywhere.
fn is_plain(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
}

fn bracketed(
    f: &mut Formatter<'_>,
    inner: impl FnOnce(&mut Formatter<'_>) -> fmt::Result,
) -> fmt::Result {
    f.write_char('[')?;
    inner(f)?;
    f.write_char(']')
}

fn listed<T>(
    f: &mut Formatter<'_>,
    items: &[T],
    print: impl Fn(&mut Formatter<'_>, &T) -> fmt::Result,
) -> fmt::Result {
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            f.write_str(", ")?;
        }
        print(f, item)?;
    }
    Ok(())
}

fn optional(f: &mut Formatter<'_>, number: Option<i64>) -> fmt::Result {
    match number {
        Some(number) => number.fmt(f),
        None => Ok(()),
    }
}

fn quoted(f: &mut Formatter<'_>, text: &str) -> fmt::Result {
    f.write_char('\'')?;
    for character in text.chars() {
        if matches!(character, '\'' | '\\') {
            f.write_char('\\')?;
        }
        f.write_char(character)?;
    }
    f.write_char('\'')
}

fn joined(f: &mut Formatter<'_>, parts: &[Filter<'_>], operator: &str) -> fmt::Result {
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            f.write_str(operator)?;
        }
        match part {
            Filter::Any(_) | Filter::All(_) => write!(f, "({part})"),
            _ => part.fmt(f),
        }?;
    }
    Ok(())
}
