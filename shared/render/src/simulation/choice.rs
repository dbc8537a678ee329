//! Rules of a Choice as people say them.

use asl::{Node, State, StateKind, Value};

/// What a Choice is known to have decided.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Held {
    /// This rule, from 0.
    Rule(usize),
    /// No rule.
    Nothing,
    /// Nobody says.
    #[default]
    Unknown,
}

/// Why a Choice went where it went: `rule 2: $.total > 100`. The history does not tell which rule held: where nobody else does,
/// rules that lead to the same state are told together.
pub(super) fn why(state: &State, then: &str, held: Held) -> Option<String> {
    let StateKind::Choice { rules, default } = &state.kind else {
        return None;
    };
    match held {
        Held::Nothing => return Some("no rule held".to_owned()),
        Held::Rule(rule) => {
            let node = &rules.get(rule)?.node;
            return Some(format!("rule {}: {}", rule + 1, condition(node)));
        }
        Held::Unknown => {}
    }
    let leads = |next: &asl::Spanned<String>| next.value == then;
    let all = rules.iter().zip(1_usize..);
    let led: Vec<(usize, &Node)> = all
        .filter(|(rule, _)| rule.next.as_ref().is_some_and(leads))
        .map(|(rule, number)| (number, &rule.node))
        .collect();
    let by_default = default.as_ref().is_some_and(leads);
    let told = match led.as_slice() {
        [] if by_default => "no rule held".to_owned(),
        [] => return None,
        [(number, rule)] => {
            let or = if by_default { ", or none held" } else { "" };
            format!("rule {number}: {}{or}", condition(rule))
        }
        many => {
            let numbers: Vec<String> = many.iter().map(|(number, _)| number.to_string()).collect();
            let or = if by_default { ", or none held" } else { "" };
            format!("one of the rules {}{or}", numbers.join(", "))
        }
    };
    Some(told)
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
