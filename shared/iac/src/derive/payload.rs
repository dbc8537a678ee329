//! What a state hands to a service, as far as it is known before it runs.

use asl::{Node, State, Value as Json};

use super::names::Names;
use crate::stack::Value;

/// What is known of a member before the state runs.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Known {
    /// Written down, perhaps with placeholders.
    Text(Value),
    /// Begins like this; the rest is known when it runs.
    Begins(String, String),
    /// Known when it runs: the expression.
    Dynamic(String),
}

/// `Parameters` or `Arguments` of a state.
#[derive(Clone, Copy)]
pub(super) struct Payload<'a> {
    node: Option<&'a Node>,
}

impl<'a> Payload<'a> {
    pub(super) fn of(state: &'a State) -> Self {
        let node = state
            .field("Parameters")
            .or_else(|| state.field("Arguments"));
        Self { node }
    }

    pub(super) fn inside(node: Option<&'a Node>) -> Self {
        let inner = node.and_then(|node| node.get("Parameters").or_else(|| node.get("Arguments")));
        Self { node: inner }
    }

    /// True where all of it is known when the state runs: an expression, or nothing but the input.
    pub(super) fn is_dynamic(self) -> bool {
        self.node.is_none_or(|node| node.members().is_none())
    }

    /// The members whose name passes, with their names as the service spells them.
    pub(super) fn members(self) -> impl Iterator<Item = (&'a str, &'a Node, bool)> {
        let members = self.node.and_then(Node::members).unwrap_or_default();
        members.iter().map(|member| {
            let path = member.key.strip_suffix(".$");
            (path.unwrap_or(&member.key), &member.node, path.is_some())
        })
    }

    pub(super) fn get(self, name: &str, names: &mut Names) -> Option<Known> {
        let (_, node, path) = self
            .members()
            .find(|(key, ..)| key.eq_ignore_ascii_case(name))?;
        known(node, path, names)
    }

    /// All values of members of these names, at any depth.
    pub(super) fn deep(
        self,
        wanted: &dyn Fn(&str) -> bool,
        names: &mut Names,
    ) -> Vec<(&'a str, Known)> {
        let mut found = Vec::new();
        let mut open: Vec<&Node> = self.node.into_iter().collect();
        while let Some(node) = open.pop() {
            for member in node.members().unwrap_or_default() {
                let path = member.key.strip_suffix(".$");
                let key = path.unwrap_or(&member.key);
                if wanted(key)
                    && let Some(known) = known(&member.node, path.is_some(), names)
                {
                    found.push((key, known));
                    continue;
                }
                open.push(&member.node);
            }
            open.extend(node.items().unwrap_or_default());
        }
        found.sort_by(|left, right| left.0.cmp(right.0));
        found
    }
}

/// What a value is, where it is one text.
pub(super) fn known(node: &Node, path: bool, names: &mut Names) -> Option<Known> {
    match &node.value {
        Json::String(text) if path => Some(expression(text)),
        Json::String(text) => Some(text_or_expression(text, names)),
        // A function of CloudFormation.
        Json::Object(_) if node.is_open() => {
            Some(Known::Text(names.placeholder(&function_name(node)?)))
        }
        _ => None,
    }
}

/// What a function of CloudFormation is called as a placeholder: the resource that it names.
pub(super) fn function_name(node: &Node) -> Option<String> {
    let [only] = node.members()? else {
        return None;
    };
    let parts: Vec<&str> = match &only.node.value {
        Json::String(text) => vec![text],
        Json::Array(items) => items.iter().filter_map(Node::as_str).collect(),
        _ => Vec::new(),
    };
    let name = parts.join(".");
    Some(match (only.key.as_str(), name.is_empty()) {
        (_, true) => only.key.replace("Fn::", ""),
        ("Fn::Sub", false) => name.replace(['$', '{', '}', ':', '/', '-'], " "),
        _ => name,
    })
}

fn text_or_expression(text: &str, names: &mut Names) -> Known {
    let trimmed = text.trim();
    if let Some(inside) = trimmed
        .strip_prefix("{%")
        .and_then(|text| text.strip_suffix("%}"))
    {
        return expression(inside.trim());
    }
    Known::Text(filled(text, names))
}

/// A text with what stands for its placeholders.
pub(super) fn filled(text: &str, names: &mut Names) -> Value {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((name, behind)) = after.split_once('}') else {
            break;
        };
        parts.push(Value::text(before));
        parts.push(names.placeholder(name));
        rest = behind;
    }
    parts.push(Value::text(rest));
    Value::join(parts)
}

/// An expression of JSONPath or JSONata, with the text that its result begins with where that is written down.
fn expression(text: &str) -> Known {
    let text = text.trim();
    let literal = |text: &str| -> Option<(String, bool)> {
        let quote = text.chars().next().filter(|c| ['\'', '"'].contains(c))?;
        let (inside, after) = text.get(1..)?.split_once(quote)?;
        (!inside.contains('\\')).then(|| (inside.to_owned(), after.trim().is_empty()))
    };
    let format = text.strip_prefix("States.Format(").map(str::trim_start);
    let (start, whole) = match (format.and_then(literal), literal(text)) {
        (Some((start, _)), _) => match start.split_once("{}") {
            Some((start, _)) => (start.to_owned(), false),
            None => (start, true),
        },
        (None, Some(found)) => found,
        (None, None) => return Known::Dynamic(text.to_owned()),
    };
    if whole {
        Known::Text(Value::Text(start))
    } else if start.is_empty() || start.contains("${") {
        Known::Dynamic(text.to_owned())
    } else {
        Known::Begins(start, text.to_owned())
    }
}
