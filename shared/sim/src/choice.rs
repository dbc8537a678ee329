//! Rules of a Choice.

use std::cmp::Ordering;

use asl::expr::path::Path;
use asl::{ChoiceRule, Node};
use jiff::Timestamp;
use serde_json::Value;

use crate::failure::Failure;
use crate::frame::Frame;
use crate::program::{Next, Places};
use crate::template::{Item, Template, expression, plain};

/// A rule with where it leads.
#[derive(Debug)]
pub(crate) struct Rule<'d> {
    pub(crate) condition: Condition<'d>,
    pub(crate) next: Next,
    pub(crate) assign: Option<Template<'d>>,
    pub(crate) output: Option<Template<'d>>,
}

/// When a rule holds.
#[derive(Debug)]
pub(crate) enum Condition<'d> {
    All(Vec<Condition<'d>>),
    Any(Vec<Condition<'d>>),
    Not(Box<Condition<'d>>),
    Compare {
        text: &'d str,
        variable: Option<Path<'d>>,
        test: Test<'d>,
    },
    Jsonata(Item<'d>),
    Broken,
}

/// What is asked of a value.
#[derive(Debug)]
pub(crate) enum Test<'d> {
    /// `Is…`, and whether it is to hold.
    Is(Is, bool),
    Compare(Type, Comparison, Operand<'d>),
    Matches(&'d str),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Is {
    Present,
    Null,
    Boolean,
    Numeric,
    String,
    Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    Boolean,
    Numeric,
    String,
    Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equals,
    LessThan,
    GreaterThan,
    LessThanEquals,
    GreaterThanEquals,
}

/// What a value is compared with.
#[derive(Debug)]
pub(crate) enum Operand<'d> {
    Value(Value),
    Path(&'d str, Option<Path<'d>>),
}

impl<'d> Rule<'d> {
    pub(crate) fn of(rule: &'d ChoiceRule, jsonata: bool, places: &Places<'d>) -> Self {
        let template = |name: &str| rule.node.get(name).map(|node| Template::of(node, jsonata));
        Self {
            condition: Condition::of(&rule.node, jsonata),
            next: rule
                .next
                .as_ref()
                .map_or(Next::Missing, |next| places.of(&next.value)),
            assign: template("Assign"),
            output: template("Output").filter(|_| jsonata),
        }
    }
}

impl<'d> Condition<'d> {
    pub(crate) fn of(node: &'d Node, jsonata: bool) -> Self {
        if jsonata {
            return match node.get("Condition") {
                Some(condition) => match condition.as_str().and_then(expression) {
                    Some(text) => Self::Jsonata(Item::Jsonata(text)),
                    None => Self::Jsonata(Item::Plain(plain(condition))),
                },
                None => Self::Broken,
            };
        }
        let all = |name: &str| {
            let items = node.get(name)?.items()?;
            Some(items.iter().map(|item| Self::of(item, false)).collect())
        };
        if let Some(conditions) = all("And") {
            return Self::All(conditions);
        }
        if let Some(conditions) = all("Or") {
            return Self::Any(conditions);
        }
        if let Some(condition) = node.get("Not") {
            return Self::Not(Box::new(Self::of(condition, false)));
        }
        let text = node
            .get("Variable")
            .and_then(Node::as_str)
            .unwrap_or_default();
        let members = node.members().unwrap_or_default();
        match members
            .iter()
            .find_map(|member| test(&member.key, &member.node))
        {
            Some(asked) => Self::Compare {
                text,
                variable: Path::parse(text).ok(),
                test: asked,
            },
            None => Self::Broken,
        }
    }

    /// Whether it holds.
    pub(crate) fn holds(&self, frame: &mut Frame<'_, 'd>, field: &str) -> Result<bool, Failure> {
        match self {
            Self::All(conditions) => {
                for condition in conditions {
                    if !condition.holds(frame, field)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Self::Any(conditions) => {
                for condition in conditions {
                    if condition.holds(frame, field)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Self::Not(condition) => Ok(!condition.holds(frame, field)?),
            Self::Jsonata(item) => match item.value(frame, field)? {
                Value::Bool(holds) => Ok(holds),
                other => Err(Frame::wrong_type(item, field, "boolean", &other)),
            },
            Self::Compare {
                text,
                variable,
                test,
            } => {
                let Some(path) = variable else {
                    return Err(Failure::runtime(format!("Invalid path '{text}'")));
                };
                if let Test::Is(Is::Present, expected) = test {
                    return Ok(frame.has(path) == *expected);
                }
                let value = frame.path(text, path).map_err(|_| {
                    Failure::runtime(format!("Invalid path '{text}': The choice state's condition path references an invalid value."))
                })?;
                test.holds(&value, frame)
            }
            Self::Broken => Err(Failure::runtime("the rule has no condition".to_owned())),
        }
    }
}

fn test<'d>(key: &'d str, node: &'d Node) -> Option<Test<'d>> {
    let is = match key {
        "IsPresent" => Some(Is::Present),
        "IsNull" => Some(Is::Null),
        "IsBoolean" => Some(Is::Boolean),
        "IsNumeric" => Some(Is::Numeric),
        "IsString" => Some(Is::String),
        "IsTimestamp" => Some(Is::Timestamp),
        _ => None,
    };
    if let Some(is) = is {
        return Some(Test::Is(is, plain(node).as_bool().unwrap_or(true)));
    }
    if key == "StringMatches" {
        return Some(Test::Matches(node.as_str().unwrap_or_default()));
    }
    let (name, by_path) = match key.strip_suffix("Path") {
        Some(name) => (name, true),
        None => (key, false),
    };
    let types = [
        ("Boolean", Type::Boolean),
        ("Numeric", Type::Numeric),
        ("String", Type::String),
        ("Timestamp", Type::Timestamp),
    ];
    let (kind, rest) = types
        .iter()
        .find_map(|(start, kind)| Some((*kind, name.strip_prefix(start)?)))?;
    let comparison = match rest {
        "Equals" => Comparison::Equals,
        "LessThan" => Comparison::LessThan,
        "GreaterThan" => Comparison::GreaterThan,
        "LessThanEquals" => Comparison::LessThanEquals,
        "GreaterThanEquals" => Comparison::GreaterThanEquals,
        _ => return None,
    };
    let operand = if by_path {
        let text = node.as_str().unwrap_or_default();
        Operand::Path(text, Path::parse(text).ok())
    } else {
        Operand::Value(plain(node))
    };
    Some(Test::Compare(kind, comparison, operand))
}

impl<'d> Test<'d> {
    fn holds(&self, value: &Value, frame: &mut Frame<'_, 'd>) -> Result<bool, Failure> {
        Ok(match self {
            Self::Is(is, expected) => is.of(value) == *expected,
            Self::Matches(pattern) => value.as_str().is_some_and(|text| matches(pattern, text)),
            Self::Compare(kind, comparison, operand) => {
                let other;
                let other = match operand {
                    Operand::Value(value) => value,
                    Operand::Path(text, path) => {
                        let Some(path) = path else {
                            return Err(Failure::runtime(format!("Invalid path '{text}'")));
                        };
                        other = frame.path(text, path)?;
                        &other
                    }
                };
                kind.order(value, other)
                    .is_some_and(|order| comparison.holds(order))
            }
        })
    }
}

impl Is {
    pub(crate) fn of(self, value: &Value) -> bool {
        match self {
            Self::Present => true,
            Self::Null => value.is_null(),
            Self::Boolean => value.is_boolean(),
            Self::Numeric => value.is_number(),
            Self::String => value.is_string(),
            Self::Timestamp => value.as_str().is_some_and(|text| timestamp(text).is_some()),
        }
    }
}

impl Type {
    /// How two values of this type stand to each other; none where one is of another type.
    pub(crate) fn order(self, one: &Value, other: &Value) -> Option<Ordering> {
        match self {
            Self::Boolean => Some(one.as_bool()?.cmp(&other.as_bool()?)),
            Self::Numeric => match (one.as_i64(), other.as_i64()) {
                (Some(one), Some(other)) => Some(one.cmp(&other)),
                _ => one.as_f64()?.partial_cmp(&other.as_f64()?),
            },
            Self::String => Some(one.as_str()?.cmp(other.as_str()?)),
            Self::Timestamp => Some(timestamp(one.as_str()?)?.cmp(&timestamp(other.as_str()?)?)),
        }
    }
}

impl Comparison {
    pub(crate) fn holds(self, order: Ordering) -> bool {
        match self {
            Self::Equals => order == Ordering::Equal,
            Self::LessThan => order == Ordering::Less,
            Self::GreaterThan => order == Ordering::Greater,
            Self::LessThanEquals => order != Ordering::Greater,
            Self::GreaterThanEquals => order != Ordering::Less,
        }
    }
}

/// An instant as ASL takes it: RFC 3339 with a `T` in upper case, and `Z` where there is no offset.
pub(crate) fn timestamp(text: &str) -> Option<Timestamp> {
    let has_time = text.as_bytes().get(10) == Some(&b'T');
    let rest = text.get(19..)?;
    let has_zone = rest.ends_with('Z') || rest.contains('+') || rest.contains('-');
    (has_time && has_zone).then(|| text.parse().ok()).flatten()
}

/// A text against a pattern in which `*` stands for anything and `\*` for itself.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    // What has to be there, in order, between the stars.
    let mut parts: Vec<String> = vec![String::new()];
    let mut letters = pattern.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '*' => parts.push(String::new()),
            '\\' if matches!(letters.peek(), Some('*' | '\\')) => {
                if let (Some(part), Some(next)) = (parts.last_mut(), letters.next()) {
                    part.push(next);
                }
            }
            other => {
                if let Some(part) = parts.last_mut() {
                    part.push(other);
                }
            }
        }
    }
    let Some((first, others)) = parts.split_first() else {
        return text.is_empty();
    };
    let Some(mut rest) = text.strip_prefix(first.as_str()) else {
        return false;
    };
    let Some((last, middle)) = others.split_last() else {
        return rest.is_empty();
    };
    for part in middle {
        let Some(at) = rest.find(part.as_str()) else {
            return false;
        };
        rest = rest.get(at + part.len()..).unwrap_or_default();
    }
    rest.ends_with(last.as_str())
}
