//! What one state reads, and of which type that must be.

use std::sync::LazyLock;

use asl::expr::path::{Path, Root, StepKind};
use asl::payload::{Base, Read, Reads, reads};
use asl::{Node, QueryLanguage, State};
use regex::{Captures, Regex};
use serde_json::{Value, json};

use super::needs::Place;
use crate::template::plain;

/// Items that a list gets because one of them is read.
const MOST_ITEMS: usize = 10;
/// Levels of a template that are looked at.
const DEEPEST: usize = 24;
const TIME: &str = "2026-01-01T00:00:00Z";

/// Of which value something is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum From {
    /// What comes to the state.
    Input,
    /// What `InputPath` leaves of it.
    Filtered,
    /// What its work gives.
    Result,
    /// What `ResultPath` makes of both.
    Combined,
    /// An item of a Map.
    Item,
}

/// How much is known of what must be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Leaf {
    /// Anything.
    Any,
    /// Its type.
    Typed,
    /// What a Choice compares it with.
    Compared,
}

/// A read of a state.
#[derive(Clone, Debug)]
pub(super) struct Use {
    pub(super) from: From,
    pub(super) place: Vec<Place>,
    /// What may be there; never empty.
    pub(super) values: Vec<Value>,
    pub(super) leaf: Leaf,
}

/// All reads of a state that are seen.
pub(super) fn uses(state: &State) -> Vec<Use> {
    let mut found = Vec::new();
    if state.query_language == QueryLanguage::Jsonata {
        for member in &state.fields {
            evaluated(&member.key, &member.node, 0, &mut found);
        }
        return found;
    }
    for read in reads(state) {
        // Choices say more than that something is read.
        if read.names.first().is_none_or(|name| name != "Choices") {
            found.extend(of_read(&read));
        }
    }
    if let Some(choices) = state.field("Choices") {
        comparisons(choices, 0, &mut found);
    }
    for name in ["ItemSelector", "Parameters"] {
        if let Some(selector) = state.field(name) {
            items(selector, 0, &mut found);
        }
    }
    found
}

/// Steps of a path as far as they are followed; none for what is not known.
pub(super) fn places(path: &Path<'_>) -> Option<Vec<Place>> {
    let mut places = Vec::new();
    for step in &path.steps {
        if step.descends {
            return None;
        }
        places.push(match &step.kind {
            StepKind::Member(name) => Place::Member(name.clone().into_owned()),
            StepKind::Index(at) => {
                Place::Item(usize::try_from(*at).unwrap_or_default().min(MOST_ITEMS))
            }
            StepKind::Wildcard | StepKind::Slice { .. } | StepKind::Filter(_) => Place::Item(0),
            StepKind::Placeholder => return None,
            _ => break,
        });
    }
    Some(places)
}

/// The path in a field of a state: everything, where there is no such field; none where it selects nothing that is followed.
pub(super) fn path_of(state: &State, field: &str) -> Option<Vec<Place>> {
    let node = state.field(field);
    let Some(node) = node.filter(|_| state.query_language == QueryLanguage::JsonPath) else {
        return Some(Vec::new());
    };
    let path = Path::parse(node.as_str()?).ok();
    path.filter(|path| path.root == Root::Input)
        .and_then(|path| places(&path))
}

/// Where the items of a Map are.
pub(super) fn item_path(state: &State) -> Option<Vec<Place>> {
    if state.has("ItemReader") {
        return None;
    }
    if state.query_language == QueryLanguage::JsonPath {
        return path_of(state, "ItemsPath");
    }
    let Some(items) = state.field("Items") else {
        return Some(Vec::new());
    };
    let text = items
        .as_str()?
        .strip_prefix("{%")?
        .strip_suffix("%}")?
        .trim();
    let whole = REFERENCE.as_ref()?.captures(text)?;
    let all = whole.get(0)?;
    let names = whole.get(2).map_or("", |names| names.as_str());
    let is_whole = all.start() == 0 && all.end() == text.len() && text.starts_with("$states.input");
    is_whole.then(|| members(names))
}

/// A value that can be told from others by whoever reads the output.
pub(super) fn text_for(place: &[Place]) -> Value {
    let name = place.iter().rev().find_map(|place| match place {
        Place::Member(name) => Some(name.as_str()),
        Place::Item(_) => None,
    });
    json!(name.unwrap_or("item"))
}

fn of_read(read: &Read<'_>) -> Option<Use> {
    let from = match read.base {
        Base::Input => From::Input,
        Base::Filtered => From::Filtered,
        Base::Result => From::Result,
        Base::Combined => From::Combined,
    };
    let Reads::Path(path) = &read.what else {
        return None;
    };
    let place = places(path)?;
    let field = read.names.last().map_or("", AsRef::as_ref);
    let called = read.node.as_str().unwrap_or_default();
    let called = called.split_once('(').map_or("", |(name, _)| name.trim());
    let typed = match (field, called) {
        ("ItemsPath", _) => Some(json!([{}])),
        ("TimestampPath", _) => Some(json!(TIME)),
        ("InputPath" | "OutputPath", _) => Some(json!({})),
        (field, _) if field.ends_with("Path") => Some(json!(1)),
        (_, "States.MathAdd" | "States.MathRandom" | "States.ArrayRange") => Some(json!(1)),
        (_, "States.JsonMerge") => Some(json!({})),
        (_, "States.StringToJson") => Some(json!("{}")),
        (_, "States.Base64Decode") => Some(json!("e30=")),
        (_, "States.Array") => None,
        (_, call) if call.starts_with("States.Array") => Some(json!([{}])),
        _ => None,
    };
    let leaf = if typed.is_some() {
        Leaf::Typed
    } else {
        Leaf::Any
    };
    Some(Use {
        from,
        values: vec![typed.unwrap_or_else(|| text_for(&place))],
        place,
        leaf,
    })
}

/// What the rules of a Choice compare, with what.
fn comparisons(node: &Node, depth: usize, found: &mut Vec<Use>) {
    if depth > DEEPEST {
        return;
    }
    for item in node.items().unwrap_or_default() {
        comparisons(item, depth + 1, found);
    }
    for member in node.members().unwrap_or_default() {
        if matches!(member.key.as_str(), "And" | "Or" | "Not") {
            comparisons(&member.node, depth + 1, found);
        }
    }
    let variable = node.get("Variable").and_then(Node::as_str);
    let path = variable.and_then(|text| Path::parse(text).ok());
    let path = path.filter(|path| path.root == Root::Input);
    let Some(place) = path.and_then(|path| places(&path)) else {
        return;
    };
    for member in node.members().unwrap_or_default() {
        let literal = plain(&member.node);
        let (value, leaf) = match member.key.as_str() {
            "Variable" | "Next" | "Assign" | "Output" | "Comment" => continue,
            "IsNumeric" => (json!(1), Leaf::Typed),
            "IsBoolean" => (json!(true), Leaf::Typed),
            "IsTimestamp" => (json!(TIME), Leaf::Typed),
            "IsNull" | "IsPresent" | "IsString" => (text_for(&place), Leaf::Any),
            "StringMatches" => {
                let pattern = literal.as_str().unwrap_or_default();
                (json!(pattern.replace('*', "")), Leaf::Compared)
            }
            name if name.ends_with("Path") => match name {
                _ if name.starts_with("Numeric") => (json!(1), Leaf::Typed),
                _ if name.starts_with("Boolean") => (json!(true), Leaf::Typed),
                _ if name.starts_with("Timestamp") => (json!(TIME), Leaf::Typed),
                _ => (text_for(&place), Leaf::Typed),
            },
            "NumericGreaterThan" => (beside(&literal, 1.0), Leaf::Compared),
            "NumericLessThan" => (beside(&literal, -1.0), Leaf::Compared),
            _ => (literal, Leaf::Compared),
        };
        found.push(Use {
            from: From::Filtered,
            place: place.clone(),
            values: vec![value],
            leaf,
        });
    }
}

/// A number next to one.
fn beside(number: &Value, distance: f64) -> Value {
    match (number.as_i64(), number.as_f64()) {
        (Some(whole), _) if distance > 0.0 => json!(whole.saturating_add(1)),
        (Some(whole), _) => json!(whole.saturating_sub(1)),
        (None, Some(number)) => json!(number + distance),
        _ => json!(1),
    }
}

/// What a template reads of the item, `$$.Map.Item.Value`.
fn items(node: &Node, depth: usize, found: &mut Vec<Use>) {
    if depth > DEEPEST {
        return;
    }
    for item in node.items().unwrap_or_default() {
        items(item, depth + 1, found);
    }
    for member in node.members().unwrap_or_default() {
        items(&member.node, depth + 1, found);
    }
    let text = node
        .as_str()
        .filter(|text| text.starts_with("$$.Map.Item.Value"));
    let path = text.and_then(|text| Path::parse(text).ok());
    let Some(place) = path.and_then(|path| places(&path)) else {
        return;
    };
    // `Map`, `Item`, `Value`
    let Some(place) = place.get(3..).filter(|place| !place.is_empty()) else {
        return;
    };
    found.push(Use {
        from: From::Item,
        values: vec![text_for(place)],
        place: place.to_vec(),
        leaf: Leaf::Any,
    });
}

/// `$states.input.a.b`, and what it is compared or computed with.
static REFERENCE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let pattern = r#"\$states\.(input|result|context\.Map\.Item\.Value)((?:\.[A-Za-z_][A-Za-z0-9_]*)*)(?:\s*(!=|<=|>=|=|<|>|-|\+|\*|/)\s*("[^"]*"|'[^']*'|-?[0-9]+(?:\.[0-9]+)?|true\b|false\b)?)?"#;
    // A test holds that it can be compiled.
    Regex::new(pattern).ok()
});

fn members(names: &str) -> Vec<Place> {
    let names = names.split('.').filter(|name| !name.is_empty());
    names.map(|name| Place::Member(name.to_owned())).collect()
}

/// What the expressions of a JSONata state read.
fn evaluated(field: &str, node: &Node, depth: usize, found: &mut Vec<Use>) {
    if depth > DEEPEST {
        return;
    }
    for item in node.items().unwrap_or_default() {
        evaluated(field, item, depth + 1, found);
    }
    for member in node.members().unwrap_or_default() {
        evaluated(&member.key, &member.node, depth + 1, found);
    }
    let Some(text) = node.as_str().filter(|text| text.starts_with("{%")) else {
        return;
    };
    let reads = REFERENCE.as_ref().map(|it| it.captures_iter(text));
    for read in reads.into_iter().flatten() {
        found.extend(of_reference(field, text, &read));
    }
}

fn of_reference(field: &str, text: &str, read: &Captures<'_>) -> Option<Use> {
    let group = |at: usize| read.get(at).map(|found| found.as_str());
    let from = match group(1)? {
        "input" => From::Input,
        "result" => From::Result,
        _ => From::Item,
    };
    let place = members(group(2).unwrap_or_default());
    let before = text
        .get(..read.get(0)?.start())
        .unwrap_or_default()
        .trim_end();
    let literal = group(4).map(|literal| match literal.trim_matches(['"', '\'']) {
        inner if inner.len() < literal.len() => json!(inner),
        other => serde_json::from_str(other).unwrap_or_default(),
    });
    let (value, leaf) = match (group(3), literal) {
        (Some(">"), Some(number)) if number.is_number() => (beside(&number, 1.0), Leaf::Compared),
        (Some("<"), Some(number)) if number.is_number() => (beside(&number, -1.0), Leaf::Compared),
        (Some("-" | "+" | "*" | "/"), _) | (Some("<" | ">" | "<=" | ">="), None) => {
            (json!(1), Leaf::Typed)
        }
        (_, Some(literal)) => (literal, Leaf::Compared),
        _ if field == "Items" => (json!([{}]), Leaf::Typed),
        _ if field.ends_with("Seconds") || field == "MaxConcurrency" => (json!(1), Leaf::Typed),
        _ if field == "Timestamp" => (json!(TIME), Leaf::Typed),
        _ if before.ends_with("$sum(") => (json!([1]), Leaf::Typed),
        _ if ["$count(", "$map(", "$filter("]
            .iter()
            .any(|call| before.ends_with(call)) =>
        {
            (json!([{}]), Leaf::Typed)
        }
        _ => (text_for(&place), Leaf::Any),
    };
    Some(Use {
        from,
        place,
        values: vec![value],
        leaf,
    })
}
