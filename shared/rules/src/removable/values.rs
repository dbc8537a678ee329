//! What the values of fields say.

use asl::{Node, Value};

pub(crate) fn is_text(node: &Node, text: &str) -> bool {
    node.as_str() == Some(text)
}

/// True for the JSONata expression `{% … %}` that reads exactly so.
pub(crate) fn is_expression(node: &Node, expression: &str) -> bool {
    let inner = node
        .as_str()
        .and_then(|text| text.strip_prefix("{%")?.strip_suffix("%}"));
    inner.is_some_and(|inner| inner.trim() == expression)
}

pub(crate) fn is_literal(node: &Node) -> bool {
    all_texts(node, &|text| !text.trim_start().starts_with("{%"))
}

/// True where every text in a value, at any depth, passes.
pub(crate) fn all_texts(node: &Node, passes: &dyn Fn(&str) -> bool) -> bool {
    let mut nodes = vec![node];
    while let Some(node) = nodes.pop() {
        match &node.value {
            Value::String(text) if !passes(text) => return false,
            Value::Array(items) => nodes.extend(items),
            Value::Object(members) => nodes.extend(members.iter().map(|member| &member.node)),
            _ => {}
        }
    }
    true
}

/// True where a text reads more of the context object than what is the same in every state of a scope.
pub(crate) fn reads_own_context(text: &str) -> bool {
    let rest = text
        .split("$$")
        .skip(1)
        .chain(text.split("$states.context").skip(1));
    rest.into_iter().any(|rest| {
        ![".Execution.", ".StateMachine.", ".Map."]
            .iter()
            .any(|same| rest.starts_with(same))
    })
}
