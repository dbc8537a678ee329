//! What a state's own fields say: whether it does nothing, or only what a neighbour could do.

use asl::{Node, QueryLanguage, State, StateKind};

use super::values::{all_texts, is_expression, is_literal, is_text, reads_own_context};

/// Why a state does nothing for the execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Idle {
    /// A Pass without data fields.
    Pass,
    /// A Succeed without data fields.
    Succeed,
    /// A Wait of zero seconds without data fields.
    Wait,
}

/// Fields that do not touch data.
const PLAIN: [&str; 5] = ["Type", "Comment", "Next", "End", "QueryLanguage"];

/// Why the state does nothing, if so: what it receives is what it hands on, at once and without fail.
pub(crate) fn does_nothing(state: &State) -> Option<Idle> {
    let idle = match &state.kind {
        StateKind::Pass => Idle::Pass,
        StateKind::Succeed => Idle::Succeed,
        StateKind::Wait(wait)
            if wait.seconds.as_ref()?.value.number() == Some(0.0) && wait.timestamp.is_none() =>
        {
            Idle::Wait
        }
        _ => return None,
    };
    let silent = |key: &str, node: &Node| match key {
        "Seconds" => idle == Idle::Wait,
        // The result of this Pass is thrown away, and a literal cannot fail.
        "Result" => idle == Idle::Pass && discards_result(state),
        "ResultPath" => idle == Idle::Pass && (node.is_null() || is_text(node, "$")),
        _ => hands_on(key, node),
    };
    (well_formed(state)
        && state
            .fields
            .iter()
            .all(|field| silent(&field.key, &field.node)))
    .then_some(idle)
}

/// True for a field that hands on what it gets, or that has nothing to do with data.
fn hands_on(key: &str, node: &Node) -> bool {
    match key {
        "InputPath" | "OutputPath" => is_text(node, "$"),
        "Output" => is_expression(node, "$states.input"),
        _ => PLAIN.contains(&key),
    }
}

/// Only fields that do not touch data, and those in `others`.
fn only(state: &State, others: &[&str]) -> bool {
    well_formed(state)
        && state
            .fields
            .iter()
            .all(|field| others.contains(&field.key.as_str()) || hands_on(&field.key, &field.node))
}

/// No field twice, none that the language does not know, not both `Next` and `End`.
pub(crate) fn well_formed(state: &State) -> bool {
    !has_twice(state) && state.unknown.is_empty() && !(state.has("Next") && state.has("End"))
}

fn has_twice(state: &State) -> bool {
    let mut keys: Vec<&str> = state
        .fields
        .iter()
        .map(|field| field.key.as_str())
        .collect();
    keys.sort_unstable();
    keys.windows(2).any(|pair| pair.first() == pair.last())
}

/// A Pass whose output is a literal: it does nothing else, and cannot fail.
pub(crate) fn only_sets_literal(state: &State) -> bool {
    if !matches!(state.kind, StateKind::Pass) {
        return false;
    }
    match state.query_language {
        QueryLanguage::JsonPath => {
            only(state, &["Result", "ResultPath"]) && state.has("Result") && whole_result(state)
        }
        QueryLanguage::Jsonata => {
            only(state, &["Output"]) && state.field("Output").is_some_and(is_literal)
        }
    }
}

/// A Pass whose output is the same whatever it receives.
pub(crate) fn ignores_input(state: &State) -> bool {
    if !matches!(state.kind, StateKind::Pass) {
        return false;
    }
    match state.query_language {
        QueryLanguage::JsonPath => only_sets_literal(state),
        QueryLanguage::Jsonata => {
            only(state, &["Output"])
                && state
                    .field("Output")
                    .is_some_and(|output| all_texts(output, &|text| !text.contains("$states")))
        }
    }
}

fn whole_result(state: &State) -> bool {
    state
        .field("ResultPath")
        .is_none_or(|path| is_text(path, "$"))
}

fn discards_result(state: &State) -> bool {
    state.field("ResultPath").is_some_and(Node::is_null)
}

/// A Pass that assigns variables and does nothing else, from its input, other variables and literals alone: the same
/// expressions in the state before it, which hands on the same data, give the same values.
pub(crate) fn only_assigns(state: &State) -> bool {
    matches!(state.kind, StateKind::Pass)
        && state.has("Assign")
        && only(state, &["Assign"])
        && state.field("Assign").is_some_and(|assign| {
            assign.members().is_some_and(|members| !members.is_empty()) && movable(assign)
        })
}

/// True where no text in it depends on which state evaluates it, or when.
fn movable(node: &Node) -> bool {
    all_texts(node, &|text| {
        let result = text
            .split("$states")
            .skip(1)
            .any(|rest| !rest.starts_with(".input") && !rest.starts_with(".context"));
        !result && !reads_own_context(text) && !text.contains("$now") && !text.contains("$millis")
    })
}

/// True where the first of `before` hands on its input and can assign, with the same values, what `later` assigns, even
/// when it already does so for the others of `before`.
pub(crate) fn can_assign(before: &[&State], later: &State) -> bool {
    let (Some(state), Some(assign)) = (before.first(), later.field("Assign")) else {
        return false;
    };
    let hands_on = match &state.kind {
        StateKind::Pass => only(state, &["Assign"]),
        StateKind::Wait(_) => only(
            state,
            &[
                "Assign",
                "Seconds",
                "SecondsPath",
                "Timestamp",
                "TimestampPath",
            ],
        ),
        _ => false,
    };
    let earlier: Vec<&str> = before.iter().flat_map(|state| assigned(state)).collect();
    hands_on
        && state.query_language == later.query_language
        && state.field("Assign").is_none_or(|assign| assign.members().is_some())
        && !assigned(later).iter().any(|name| earlier.contains(name))
        // All of one Assign is evaluated before any of it takes effect.
        && all_texts(assign, &|text| !earlier.iter().any(|name| text.contains(&format!("${name}"))))
}

/// True for a state whose `Next` can become `"End": true`.
pub(crate) fn can_end(state: &State) -> bool {
    let kind = matches!(
        state.kind,
        StateKind::Task(_)
            | StateKind::Pass
            | StateKind::Wait(_)
            | StateKind::Parallel(_)
            | StateKind::Map(_)
    );
    kind && state.next.is_some() && !state.has("End") && !has_twice(state)
}

/// Names of the variables that a state assigns.
fn assigned(state: &State) -> Vec<&str> {
    let members = state
        .field("Assign")
        .and_then(Node::members)
        .unwrap_or_default();
    members
        .iter()
        .map(|member| member.key.strip_suffix(".$").unwrap_or(&member.key))
        .collect()
}

/// True for a Choice that decides and does nothing else: its `Default` and whoever reads its input see what it receives.
pub(crate) fn only_decides(state: &State) -> bool {
    let StateKind::Choice { rules, .. } = &state.kind else {
        return false;
    };
    !rules.is_empty() && only(state, &["Choices", "Default"])
}

/// True for a rule of a Choice that leads somewhere and does nothing else.
pub(crate) fn rule_only_leads(rule: &Node) -> bool {
    rule.get("Assign").is_none() && rule.get("Output").is_none()
}

/// True where nothing in the state depends on its own name or the time at which it is entered.
pub(crate) fn anonymous(state: &State) -> bool {
    state
        .fields
        .iter()
        .all(|field| all_texts(&field.node, &|text| !reads_own_context(text)))
}

/// How the output of a Parallel with one branch, an array of one, leaves no trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wrapping {
    /// It is thrown away; the branch is this one state.
    Dropped,
    /// Its only item is taken out at once.
    Unpacked,
}

/// Why a Parallel only wraps its one branch, if so: what the branch does can stand in its place.
pub(crate) fn only_wraps(state: &State) -> Option<Wrapping> {
    let StateKind::Parallel(branches) = &state.kind else {
        return None;
    };
    let [branch] = branches.as_slice() else {
        return None;
    };
    let (dropped, unpacked) = match state.query_language {
        QueryLanguage::JsonPath
            if only_or_plain(state, &["Branches", "ResultPath", "OutputPath"]) =>
        {
            let output_path = state.field("OutputPath");
            (
                discards_result(state) && output_path.is_none_or(|path| is_text(path, "$")),
                output_path.is_some_and(|path| is_text(path, "$[0]")) && whole_result(state),
            )
        }
        QueryLanguage::Jsonata if only_or_plain(state, &["Branches", "Output"]) => {
            let output = state.field("Output")?;
            (
                is_expression(output, "$states.input"),
                is_expression(output, "$states.result[0]"),
            )
        }
        _ => return None,
    };
    // Variables of a branch end with it.
    if branch.states.iter().any(assigns) {
        return None;
    }
    // What several states pass to each other would have to be undone after the last one.
    let alone = matches!(branch.states.as_slice(), [inner] if !inner.has("OutputPath") && !inner.has("Output"));
    (dropped && alone)
        .then_some(Wrapping::Dropped)
        .or(unpacked.then_some(Wrapping::Unpacked))
}

fn only_or_plain(state: &State, others: &[&str]) -> bool {
    well_formed(state)
        && state.fields.iter().all(|field| {
            others.contains(&field.key.as_str()) || PLAIN.contains(&field.key.as_str())
        })
}

fn assigns(state: &State) -> bool {
    let rules = match &state.kind {
        StateKind::Choice { rules, .. } => rules.as_slice(),
        _ => &[],
    };
    state.has("Assign")
        || rules.iter().any(|rule| rule.node.get("Assign").is_some())
        || state
            .catch
            .iter()
            .any(|catcher| catcher.node.get("Assign").is_some())
}
