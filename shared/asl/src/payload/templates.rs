//! What payload templates give.

use std::borrow::Cow;

use super::shape::{Rest, Shape, built, scalar};
use crate::Node;
use crate::expr::intrinsic;
use crate::expr::jsonata;
use crate::expr::path::{Path, Root};

/// `Parameters` and its like in a JSONPath state, where `$` is `root`.
pub(super) fn template<'a>(node: &'a Node, root: &Shape<'a>) -> Shape<'a> {
    let leaf = &mut |key: &'a str, node: &'a Node| match node.as_str() {
        Some(text) if key.ends_with(".$") => dynamic(text, root),
        _ => scalar(node),
    };
    // `id` for `id.$`.
    built(
        node,
        |name| name.strip_suffix(".$").unwrap_or(name),
        leaf,
        0,
    )
}

/// A path or a call under a name that ends with `.$`.
fn dynamic<'a>(text: &str, root: &Shape<'a>) -> Shape<'a> {
    if intrinsic::is_call(text) {
        return called(text);
    }
    // Whatever is read of it: nothing is known.
    if matches!(root, Shape::Unknown) {
        return Shape::Unknown;
    }
    match Path::parse(text) {
        Ok(path) if path.root == Root::Input => root.get(&path),
        _ => Shape::Unknown,
    }
}

/// What an intrinsic function gives.
fn called<'a>(text: &str) -> Shape<'a> {
    let name = text.trim_start().split('(').next().unwrap_or_default();
    match name.trim_end() {
        "States.Format"
        | "States.JsonToString"
        | "States.UUID"
        | "States.Base64Encode"
        | "States.Base64Decode"
        | "States.Hash"
        | "States.MathAdd"
        | "States.MathRandom"
        | "States.ArrayLength"
        | "States.ArrayContains" => Shape::Scalar,
        "States.Array"
        | "States.ArrayPartition"
        | "States.ArrayRange"
        | "States.ArrayUnique"
        | "States.StringSplit" => Shape::list_of(Shape::Unknown),
        _ => Shape::Unknown,
    }
}

/// A value of a JSONata state, where `$states` has `input` and, where there is one, `result`.
pub(super) fn evaluated<'a>(
    node: &'a Node,
    input: &Shape<'a>,
    result: Option<&Shape<'a>>,
) -> Shape<'a> {
    let leaf = &mut |_: &'a str, node: &'a Node| {
        let Some(text) = node.as_str().filter(|text| text.contains("{%")) else {
            return scalar(node);
        };
        match (whole_reference(text), result) {
            (Some(("input", fields)), _) => fields_of(input, &fields).0,
            (Some(("result", fields)), Some(result)) => fields_of(result, &fields).0,
            _ => Shape::Unknown,
        }
    };
    built(node, |name| name, leaf, 0)
}

/// What an expression reads that is nothing but `$states.input…` or `$states.result…`: which of the two, and the fields.
pub(super) fn whole_reference(text: &str) -> Option<(&'static str, Vec<Cow<'_, str>>)> {
    let inner = text.strip_prefix("{%")?.strip_suffix("%}")?.trim();
    // Most expressions are seen to be more without being read.
    let root = ["input", "result"].into_iter().find(|name| {
        let rest = inner
            .strip_prefix("$states.")
            .and_then(|it| it.strip_prefix(name));
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    })?;
    let jsonata::Text::Expression(expression) = jsonata::read(text) else {
        return None;
    };
    let [reference] = expression.references.as_slice() else {
        return None;
    };
    let whole = expression.error.is_none()
        && expression.complete
        && reference.fields_span.of(text) == inner;
    let fields = reference.fields.get(1..).filter(|_| whole)?;
    Some((root, fields.to_vec()))
}

/// What is at the end of some fields as JSONata reads them, and whether it is certain that there is nothing. A field of a
/// list is that of each item.
pub(super) fn fields_of<'a>(shape: &Shape<'a>, fields: &[Cow<'_, str>]) -> (Shape<'a>, bool) {
    let mut at = shape.clone();
    for field in fields {
        at = match &at {
            Shape::Unknown | Shape::List(_) => return (Shape::Unknown, false),
            Shape::Scalar => return (Shape::Unknown, true),
            Shape::Object(object) => match object.get(field) {
                Some(member) => member.shape.clone(),
                None => return (Shape::Unknown, !object.rest.allows(field)),
            },
        };
    }
    (at, false)
}

/// What a state gives to a catcher.
pub(super) fn error<'a>() -> Shape<'a> {
    let members = ["Error", "Cause"];
    let members = members.map(|name| (Cow::Borrowed(name), Shape::Scalar));
    Shape::object(members.to_vec(), Rest::Nothing)
}
