//! Conditions of a Choice.

use crate::machine::expr::{Expr, steps};
use crate::machine::json::Json;

/// A condition.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// There is something at this path of the data.
    Present(Vec<String>),
    /// A path of the data, compared.
    Compare(Vec<String>, Operator, Operand),
    /// All of them.
    And(Vec<Condition>),
    /// Any of them.
    Or(Vec<Condition>),
    /// Not this.
    Not(Box<Condition>),
    /// JSONata, without its braces.
    Code(String),
}

/// How two things are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    Greater,
    /// `>=`
    AtLeast,
}

impl Operator {
    fn code(self) -> &'static str {
        match self {
            Self::Equal | Self::NotEqual => "=",
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::Greater => ">",
            Self::AtLeast => ">=",
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Equal | Self::NotEqual => "Equals",
            Self::Less => "LessThan",
            Self::AtMost => "LessThanEquals",
            Self::Greater => "GreaterThan",
            Self::AtLeast => "GreaterThanEquals",
        }
    }

    fn is_equality(self) -> bool {
        matches!(self, Self::Equal | Self::NotEqual)
    }
}

/// What is compared with.
#[derive(Clone, Debug, PartialEq)]
pub enum Operand {
    /// Text.
    Text(String),
    /// A number.
    Number(String),
    /// `true` or `false`
    Bool(bool),
    /// A path of the data.
    Data(Vec<String>),
}

impl Condition {
    /// Whether only JSONata can say it.
    pub fn needs_jsonata(&self) -> bool {
        match self {
            // JSONPath has to know of what type both are.
            Self::Compare(_, operator, Operand::Data(_)) => operator.is_equality(),
            Self::Compare(_, operator, Operand::Bool(_)) => !operator.is_equality(),
            Self::Present(_) | Self::Compare(..) => false,
            Self::And(parts) | Self::Or(parts) => {
                parts.is_empty() || parts.iter().any(Self::needs_jsonata)
            }
            Self::Not(inner) => inner.needs_jsonata(),
            Self::Code(_) => true,
        }
    }

    /// JSONata that is `true` or `false` also where something is missing, without its braces.
    pub fn code(&self) -> String {
        match self {
            Self::Present(path) => format!("$exists($states.input{})", steps(path)),
            Self::Compare(path, operator, operand) => {
                let left = Expr::Data(path.clone()).code();
                let right = match operand {
                    Operand::Text(text) => Expr::text(text).code(),
                    Operand::Number(number) => number.clone(),
                    Operand::Bool(is) => is.to_string(),
                    Operand::Data(path) => Expr::Data(path.clone()).code(),
                };
                if *operator == Operator::NotEqual {
                    // What is missing is not equal either; `!=` of JSONata says otherwise.
                    return format!("$not({left} = {right})");
                }
                let compared = format!("{left} {} {right}", operator.code());
                if operator.is_equality() {
                    return compared;
                }
                // An order with something that is missing is missing itself, and a Choice fails on that.
                match operand {
                    Operand::Data(_) => {
                        format!("$exists({left}) and $exists({right}) and {compared}")
                    }
                    _ => format!("$exists({left}) and {compared}"),
                }
            }
            Self::And(parts) => join(parts, "and", "true"),
            Self::Or(parts) => join(parts, "or", "false"),
            Self::Not(inner) => format!("$not({})", inner.code()),
            Self::Code(code) => code.clone(),
        }
    }

    /// The members of a rule in JSONPath.
    pub(crate) fn rule(&self) -> Vec<(String, Json)> {
        let one = |name: &str, value: Json| vec![(name.to_owned(), value)];
        match self {
            Self::Present(path) => vec![variable(path), ("IsPresent".to_owned(), Json::Bool(true))],
            Self::Compare(path, operator, operand) => {
                let (kind, value) = match operand {
                    Operand::Text(text) => ("String", Json::text(text)),
                    Operand::Number(number) => ("Numeric", Json::Number(number.clone())),
                    Operand::Bool(is) => ("Boolean", Json::Bool(*is)),
                    Operand::Data(path) => (
                        "Numeric",
                        Expr::Data(path.clone()).json(crate::requirements::QueryLanguage::JsonPath),
                    ),
                };
                let suffix = if matches!(operand, Operand::Data(_)) {
                    "Path"
                } else {
                    ""
                };
                let compared = vec![
                    variable(path),
                    (format!("{kind}{}{suffix}", operator.name()), value),
                ];
                let mut parts = vec![Json::Object(Self::Present(path.clone()).rule())];
                if let Operand::Data(path) = operand {
                    parts.push(Json::Object(Self::Present(path.clone()).rule()));
                }
                parts.push(Json::Object(compared));
                let all = one("And", Json::List(parts));
                if *operator == Operator::NotEqual {
                    return one("Not", Json::Object(all));
                }
                all
            }
            Self::And(parts) => one("And", rules(parts)),
            Self::Or(parts) => one("Or", rules(parts)),
            Self::Not(inner) => one("Not", Json::Object(inner.rule())),
            Self::Code(_) => Vec::new(),
        }
    }
}

fn variable(path: &[String]) -> (String, Json) {
    let path = Expr::Data(path.to_vec()).json(crate::requirements::QueryLanguage::JsonPath);
    ("Variable".to_owned(), path)
}

fn rules(parts: &[Condition]) -> Json {
    Json::List(parts.iter().map(|part| Json::Object(part.rule())).collect())
}

fn join(parts: &[Condition], word: &str, empty: &str) -> String {
    if parts.is_empty() {
        return empty.to_owned();
    }
    let parts: Vec<String> = parts
        .iter()
        .map(|part| match part {
            Condition::And(_) | Condition::Or(_) | Condition::Compare(..) | Condition::Code(_)
                if parts.len() > 1 =>
            {
                format!("({})", part.code())
            }
            _ => part.code(),
        })
        .collect();
    parts.join(&format!(" {word} "))
}
