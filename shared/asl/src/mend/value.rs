//! Values that are written in another way than is meant.

use crate::{Node, QueryLanguage, State, Value, expr, problem::json_string};

/// Fields that hold a number.
const NUMBERS: [&str; 13] = [
    "BackoffRate",
    "HeartbeatSeconds",
    "IntervalSeconds",
    "MaxAttempts",
    "MaxConcurrency",
    "MaxDelaySeconds",
    "MaxInputBytesPerBatch",
    "MaxItems",
    "MaxItemsPerBatch",
    "Seconds",
    "TimeoutSeconds",
    "ToleratedFailureCount",
    "ToleratedFailurePercentage",
];

/// A value in quotes as the number or the truth value that it must be; a condition of JSONata in its delimiters.
pub(super) fn meant(key: &str, node: &Node) -> Option<String> {
    let text = node.as_str()?;
    let compared = |family: &str| key.starts_with(family) && !key.ends_with("Path");
    if NUMBERS.contains(&key) || compared("Numeric") {
        return is_number(text).then(|| text.to_owned());
    }
    if key == "End" || compared("Boolean") || (compared("Is") && key.len() > 2) {
        let lower = text.to_ascii_lowercase();
        return ["true", "false"].contains(&lower.as_str()).then_some(lower);
    }
    let inner = text.trim();
    let bare =
        key == "Condition" && inner.contains('$') && !inner.contains("{%") && !inner.contains("%}");
    (bare && expr::jsonata::parse(inner).error.is_none())
        .then(|| json_string(&format!("{{% {inner} %}}")))
}

/// A number as JSON writes it.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_digits(whole) && is_digits(part) && (whole == "0" || !whole.starts_with('0'))
}

/// True where a list is meant that has this one item.
pub(super) fn is_list_of_one(key: &str, node: &Node) -> bool {
    match &node.value {
        Value::String(_) => key == "ErrorEquals",
        Value::Object(members) => {
            ["Retry", "Catch", "Choices", "Branches", "And", "Or"].contains(&key)
                && !members.is_empty()
        }
        _ => false,
    }
}

/// `order.id`: names with dots between them.
pub(super) fn is_plain_path(text: &str) -> bool {
    let is_word = |word: &str| {
        word.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
            && word
                .chars()
                .all(|next| next.is_ascii_alphanumeric() || next == '_')
    };
    text.split('.').all(is_word)
}

/// A name as expressions have it: `$total`, `States.Format`.
pub(super) fn is_name(text: &str) -> bool {
    is_plain_path(text.strip_prefix('$').unwrap_or(text))
}

/// Fields of JSONPath that take a path, and what JSONata has instead.
const WITH_PATH: [(&str, &str); 10] = [
    ("CausePath", "Cause"),
    ("ErrorPath", "Error"),
    ("HeartbeatSecondsPath", "HeartbeatSeconds"),
    ("ItemsPath", "Items"),
    ("MaxConcurrencyPath", "MaxConcurrency"),
    ("SecondsPath", "Seconds"),
    ("TimeoutSecondsPath", "TimeoutSeconds"),
    ("TimestampPath", "Timestamp"),
    ("ToleratedFailureCountPath", "ToleratedFailureCount"),
    (
        "ToleratedFailurePercentagePath",
        "ToleratedFailurePercentage",
    ),
];

/// The field that the query language of the state has instead, with its value where that is another.
pub(super) fn in_other_language(
    state: &State,
    key: &str,
    node: &Node,
) -> Option<(&'static str, Option<String>)> {
    match (state.query_language, key) {
        (QueryLanguage::JsonPath, "Arguments") => {
            (!has(node, &|_, text| text.starts_with("{%"))).then_some(("Parameters", None))
        }
        (QueryLanguage::Jsonata, "Parameters") => (!has(node, &|key, text| {
            key.ends_with(".$") || text.starts_with('$')
        }))
        .then(|| match state.type_name() {
            "Pass" => ("Output", None),
            "Map" => ("ItemSelector", None),
            _ => ("Arguments", None),
        }),
        (QueryLanguage::Jsonata, "Result") => {
            (!has(node, &|_, text| text.starts_with("{%"))).then_some(("Output", None))
        }
        (QueryLanguage::Jsonata, _) => {
            let (_, name) = WITH_PATH.iter().find(|(path, _)| *path == key)?;
            let path = node.as_str()?.strip_prefix("$.")?;
            is_plain_path(path).then(|| {
                (
                    *name,
                    Some(json_string(&format!("{{% $states.input.{path} %}}"))),
                )
            })
        }
        _ => None,
    }
}

/// True where a name and text in a value are of that kind.
fn has(node: &Node, is: &impl Fn(&str, &str) -> bool) -> bool {
    let mut open = vec![("", node)];
    while let Some((key, node)) = open.pop() {
        match &node.value {
            Value::Array(items) => open.extend(items.iter().map(|item| (key, item))),
            Value::Object(members) => open.extend(
                members
                    .iter()
                    .map(|member| (member.key.as_str(), &member.node)),
            ),
            _ if is(key, node.as_str().unwrap_or_default()) => return true,
            _ => {}
        }
    }
    false
}
