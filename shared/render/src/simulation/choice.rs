//! Rules of a Choice as people say them.

use asl::{Node, State, StateKind, Value};

/// Why a Choice went where it went: `rule 2: $.total > 100`.
pub(super) fn why(state: &State, rule: Option<usize>) -> Option<String> {
    let StateKind::Choice { rules, .. } = &state.kind else {
        return None;
    };
    let Some(rule) = rule else {
        return Some("no rule held".to_owned());
    };
    let node = &rules.get(rule)?.node;
    Some(format!("rule {}: {}", rule + 1, condition(node)))
}

/// A condition in short: `$.total > 100 and not $.vip is true`.
pub(super) fn condition(rule: &Node) -> String {
    let all = |name: &str, word: &str| {
        let items = rule.get(name)?.items()?;
        let parts: Vec<String> = items
            .iter()
            .map(|item| match item.get("And").or(item.get("Or")) {
                Some(_) => format!("({})", condition(item)),
                None => condition(item),
            })
            .collect();
        Some(parts.join(word))
    };
    if let Some(text) = rule.get("Condition") {
        return plain(text).trim_matches(['{', '%', '}', ' ']).to_owned();
    }
    if let Some(text) = all("And", " and ").or_else(|| all("Or", " or ")) {
        return text;
    }
    if let Some(inner) = rule.get("Not") {
        return format!("not ({})", condition(inner));
    }
    let variable = rule.get("Variable").map(plain).unwrap_or_default();
    let members = rule.members().unwrap_or_default();
    let test = members
        .iter()
        .find_map(|member| Some((word(&member.key)?, &member.node)));
    match test {
        Some(("is", value)) => {
            let what = members.iter().find_map(|it| it.key.strip_prefix("Is"));
            let not = if value.value == Value::Bool(false) {
                " not"
            } else {
                ""
            };
            format!(
                "{variable} is{not} {}",
                what.unwrap_or_default().to_lowercase()
            )
        }
        Some((word, value)) => format!("{variable} {word} {}", plain(value)),
        None => variable,
    }
}

/// The sign of a comparison: `NumericGreaterThanPath` is `>`.
fn word(key: &str) -> Option<&'static str> {
    if key == "StringMatches" {
        return Some("matches");
    }
    let types = ["Boolean", "Numeric", "String", "Timestamp"];
    if let Some(is) = key.strip_prefix("Is") {
        let known = types.contains(&is) || is == "Present" || is == "Null";
        return known.then_some("is");
    }
    let rest = types.iter().find_map(|name| key.strip_prefix(name))?;
    Some(match rest.strip_suffix("Path").unwrap_or(rest) {
        "Equals" => "=",
        "LessThan" => "<",
        "GreaterThan" => ">",
        "LessThanEquals" => "<=",
        "GreaterThanEquals" => ">=",
        _ => return None,
    })
}

/// A value as text; texts in quotes but for paths.
fn plain(node: &Node) -> String {
    match &node.value {
        Value::String(text) if text.starts_with(['$', '{']) => text.clone(),
        Value::String(text) => format!("\"{text}\""),
        Value::Number(text) => text.clone(),
        Value::Bool(yes) => yes.to_string(),
        _ => "null".to_owned(),
    }
}
