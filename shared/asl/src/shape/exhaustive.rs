//! Whether the rules of a Choice surely take everything.

use std::borrow::Cow;
use std::collections::HashSet;

use crate::{Node, State, StateKind, Value};

/// True where the rules surely take everything: one of them is always true, or two say the opposite of each other.
pub(super) fn is_exhaustive(state: &State) -> bool {
    let StateKind::Choice { rules, .. } = &state.kind else {
        return false;
    };
    let mut met = HashSet::new();
    rules.iter().any(|rule| {
        if is_always_true(&rule.node) {
            return true;
        }
        let Some(comparison) = Comparison::of(&rule.node) else {
            return false;
        };
        let found = comparison
            .opposites()
            .any(|opposite| met.contains(&opposite));
        met.insert(comparison);
        found
    })
}

fn is_always_true(rule: &Node) -> bool {
    match rule.get("Condition").map(|condition| &condition.value) {
        Some(Value::Bool(always)) => *always,
        Some(Value::String(text)) => {
            let inner = text.trim_start_matches("{%").trim_end_matches("%}");
            inner.trim() == "true"
        }
        _ => false,
    }
}

/// One comparison with a value, or its negation.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Comparison<'a> {
    negated: bool,
    variable: &'a str,
    operator: Cow<'a, str>,
    given: Given<'a>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Given<'a> {
    Bool(bool),
    /// Numbers are compared as they are written.
    Number(&'a str),
    Text(&'a str),
}

impl<'a> Comparison<'a> {
    fn of(rule: &'a Node) -> Option<Self> {
        if let Some(inner) = rule.get("Not") {
            let inner = Self::plain(inner)?;
            return Some(Self {
                negated: true,
                ..inner
            });
        }
        Self::plain(rule)
    }

    fn plain(rule: &'a Node) -> Option<Self> {
        let operator = rule
            .members()?
            .iter()
            .find(|member| super::choice::is_operator(&member.key))?;
        Some(Self {
            negated: false,
            variable: rule.get("Variable").and_then(Node::as_str)?,
            operator: Cow::Borrowed(&operator.key),
            given: match &operator.node.value {
                Value::Bool(value) => Given::Bool(*value),
                Value::Number(text) => Given::Number(text),
                Value::String(text) => Given::Text(text),
                _ => return None,
            },
        })
    }

    /// The comparisons of which each is true exactly where this one is not, as long as the value is of the right type.
    fn opposites(&self) -> impl Iterator<Item = Self> {
        const ORDERS: [(&str, &str); 4] = [
            ("GreaterThan", "LessThanEquals"),
            ("LessThan", "GreaterThanEquals"),
            ("LessThanEquals", "GreaterThan"),
            ("GreaterThanEquals", "LessThan"),
        ];
        let negation = Self {
            negated: !self.negated,
            ..self.clone()
        };
        let value = match self.given {
            Given::Bool(value) => Some(Self {
                given: Given::Bool(!value),
                ..self.clone()
            }),
            _ => None,
        };
        let order = ["Numeric", "String", "Timestamp"]
            .into_iter()
            .find_map(|family| {
                let rest = self.operator.strip_prefix(family)?;
                let (_, opposite) = ORDERS.iter().find(|(order, _)| *order == rest)?;
                Some(Self {
                    operator: format!("{family}{opposite}").into(),
                    ..self.clone()
                })
            });
        [Some(negation), value, order].into_iter().flatten()
    }
}
