//! The functions of Terraform that can be called here.

use std::collections::BTreeMap;

use asl::{Member, Node, Span, Value};
use hcl_edit::expr::{Expression, FuncCall};

use crate::hcl::{Text, key_is, plain};

/// What a call comes to; what is not known of it is open.
pub(crate) fn call<'a>(text: &Text<'a>, call: &'a FuncCall, span: Span, steps: usize) -> Value {
    let known = if call.name.is_namespaced() || call.args.expand_final() {
        None
    } else {
        let value = |it: &'a Expression| text.value(it, steps);
        let first = || call.args.get(0).map(value);
        match call.name.name.as_str() {
            "merge" => {
                let arguments = call.args.iter().flat_map(|it| one_of(text, it));
                merge(arguments.map(value).collect())
            }
            "concat" => concat(call.args.iter().map(value).collect()),
            "format" => format(&call.args.iter().map(value).collect::<Vec<_>>()),
            "join" => match (first(), call.args.get(1).map(value)) {
                (Some(separator), Some(list)) if call.args.len() == 2 => join(&separator, &list),
                _ => None,
            },
            // The same value, as far as JSON goes.
            "tolist" | "tomap" | "sensitive" | "nonsensitive" => first()
                .map(|node| node.value)
                .filter(|_| call.args.len() == 1),
            _ => None,
        }
    };
    known.unwrap_or_else(|| text.open(span))
}

/// Both sides of a condition that adds states: each may be there. With other objects, one of a state, the sides may
/// exclude each other.
fn one_of<'a>(text: &Text<'a>, expression: &'a Expression) -> Vec<&'a Expression> {
    let (at, resolved) = text.resolve(expression);
    if let Expression::Conditional(choice) = resolved
        && at.index == text.index
    {
        let sides = [choice.true_expr.inner_of(), choice.false_expr.inner_of()];
        if sides.iter().all(|side| has_only_states(side)) {
            return sides.to_vec();
        }
    }
    vec![expression]
}

/// True for an object of objects with a `Type`, and for one of nothing.
fn has_only_states(expression: &Expression) -> bool {
    let Expression::Object(object) = expression else {
        return false;
    };
    object.iter().all(|(_, value)| match value.expr() {
        Expression::Object(state) => state.iter().any(|(key, _)| key_is(key, "Type")),
        _ => false,
    })
}

trait Inner {
    fn inner_of(&self) -> &Expression;
}

impl Inner for Expression {
    /// What stands in brackets.
    fn inner_of(&self) -> &Expression {
        match self {
            Expression::Parenthesis(inner) => inner.inner().inner_of(),
            other => other,
        }
    }
}

/// One object of several: what comes later counts. An object that is not known adds a member of unknown name. None where
/// nothing is known.
fn merge(objects: Vec<Node>) -> Option<Value> {
    let mut members: Vec<Member> = Vec::new();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    let mut known = false;
    for node in objects {
        let given = match node.value {
            Value::Object(given) => {
                known = true;
                given
            }
            Value::Null => continue,
            Value::String(text) if text.contains("${") => vec![Member {
                key: text.clone(),
                key_span: node.span,
                node: Node {
                    span: node.span,
                    value: Value::String(text),
                },
            }],
            _ => return None,
        };
        for member in given {
            let earlier = places.get(&member.key);
            if let Some(earlier) = earlier.and_then(|at| members.get_mut(*at)) {
                *earlier = member;
            } else {
                places.insert(member.key.clone(), members.len());
                members.push(member);
            }
        }
    }
    known.then_some(Value::Object(members))
}

/// Lists one behind the other. None where one of them is not known.
fn concat(lists: Vec<Node>) -> Option<Value> {
    let mut all = Vec::new();
    for list in lists {
        match list.value {
            Value::Array(mut items) => all.append(&mut items),
            _ => return None,
        }
    }
    Some(Value::Array(all))
}

/// A text with `%s`, `%d` and `%v`. None for other verbs.
fn format(arguments: &[Node]) -> Option<Value> {
    let mut arguments = arguments.iter();
    let template = arguments.next()?.value_text()?;
    let mut parts = template.split('%');
    let mut text = parts.next()?.to_owned();
    while let Some(part) = parts.next() {
        let mut characters = part.chars();
        match characters.next() {
            // Two signs stand for one.
            None => {
                text.push('%');
                text.push_str(parts.next().unwrap_or_default());
            }
            Some('s' | 'd' | 'v') => {
                text.push_str(&plain(arguments.next()?)?);
                text.push_str(characters.as_str());
            }
            Some(_) => return None,
        }
    }
    Some(Value::String(text))
}

fn join(separator: &Node, list: &Node) -> Option<Value> {
    let parts: Option<Vec<String>> = list.items()?.iter().map(plain).collect();
    Some(Value::String(parts?.join(separator.value_text()?)))
}

trait ValueText {
    fn value_text(&self) -> Option<&str>;
}

impl ValueText for Node {
    /// A string that is wholly known.
    fn value_text(&self) -> Option<&str> {
        self.as_str().filter(|text| !text.contains("${"))
    }
}
