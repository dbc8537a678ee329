//! What a state makes of what comes to it.

use super::results;
use super::shape::{Shape, literal};
use super::templates::{error, evaluated, template};
use super::{Stages, Value};
use crate::expr::path::{Path, Root};
use crate::{Edge, EdgeKind, MapMode, Node, QueryLanguage, ScopeKind, State, StateKind};

/// A value that a path of a state gives.
fn at<'a>(node: &Node, root: &Shape<'a>) -> Shape<'a> {
    if node.is_null() {
        return Shape::empty();
    }
    // Whatever is read of it: nothing is known.
    if matches!(root, Shape::Unknown) {
        return Shape::Unknown;
    }
    match node.as_str().map(Path::parse) {
        Some(Ok(path)) if path.root == Root::Input => root.get(&path),
        _ => Shape::Unknown,
    }
}

/// What is left of the input by `InputPath`.
fn filtered<'a>(state: &'a State, input: &Shape<'a>) -> Shape<'a> {
    match state.field("InputPath") {
        Some(node) if state.query_language == QueryLanguage::JsonPath => at(node, input),
        _ => input.clone(),
    }
}

/// What a scope inside of a state starts with.
pub(super) fn inner_input<'a>(state: &'a State, kind: ScopeKind, input: &Shape<'a>) -> Shape<'a> {
    let filtered = filtered(state, input);
    let jsonata = state.query_language == QueryLanguage::Jsonata;
    let made = |name: &str| {
        state.field(name).map(|node| {
            if jsonata {
                evaluated(node, input, None)
            } else {
                template(node, &filtered)
            }
        })
    };
    if matches!(kind, ScopeKind::Branch(_)) {
        let given = if jsonata { "Arguments" } else { "Parameters" };
        return made(given).unwrap_or(filtered);
    }
    if state.has("ItemBatcher") {
        return Shape::Unknown;
    }
    let selected = made("ItemSelector").or_else(|| if jsonata { None } else { made("Parameters") });
    selected.unwrap_or_else(|| {
        if state.has("ItemReader") {
            Shape::Unknown
        } else if jsonata {
            made("Items").unwrap_or_default().item()
        } else {
            let items = state.field("ItemsPath");
            let items = items.map_or_else(|| filtered.clone(), |node| at(node, &filtered));
            items.item()
        }
    })
}

/// The stages of a state, from its input and from what the scopes inside of it give.
pub(super) fn stages<'a>(state: &'a State, input: Shape<'a>, inner: Vec<Value<'a>>) -> Stages<'a> {
    let filtered = filtered(state, &input);
    let jsonata = state.query_language == QueryLanguage::Jsonata;
    let result = match &state.kind {
        StateKind::Task(_) => results::result(state),
        StateKind::Parallel(_) => {
            let outputs = inner.into_iter().map(Option::unwrap_or_default);
            Shape::list(outputs.collect())
        }
        StateKind::Map(map) => match map.mode {
            // What is written elsewhere is told of, in place of the results.
            MapMode::Distributed { .. } if state.has("ResultWriter") => Shape::Unknown,
            _ => Shape::list_of(inner.into_iter().next().flatten().unwrap_or_default()),
        },
        StateKind::Pass if jsonata => input.clone(),
        StateKind::Pass => match (state.field("Result"), state.field("Parameters")) {
            (Some(node), _) => literal(node),
            (None, Some(node)) => template(node, &filtered),
            (None, None) => filtered.clone(),
        },
        StateKind::Unknown => Shape::Unknown,
        _ => filtered.clone(),
    };
    if jsonata {
        let works = matches!(
            state.kind,
            StateKind::Task(_) | StateKind::Map(_) | StateKind::Parallel(_)
        );
        let output = match state.field("Output") {
            Some(node) => evaluated(node, &input, works.then_some(&result)),
            None => result.clone(),
        };
        return Stages {
            filtered: input.clone(),
            combined: result.clone(),
            input,
            result,
            output,
        };
    }
    let selected = match state.field("ResultSelector") {
        Some(node) => template(node, &result),
        None => result.clone(),
    };
    let combined = placed(state.field("ResultPath"), &input, selected);
    let output = match state.field("OutputPath") {
        Some(node) => at(node, &combined),
        None => combined.clone(),
    };
    Stages {
        input,
        filtered,
        result,
        combined,
        output,
    }
}

/// Input and result, as `ResultPath` combines them.
fn placed<'a>(path: Option<&'a Node>, input: &Shape<'a>, result: Shape<'a>) -> Shape<'a> {
    let Some(node) = path else { return result };
    if node.is_null() {
        return input.clone();
    }
    match node.as_str().map(Path::parse) {
        Some(Ok(path)) if path.root == Root::Input && path.steps.is_empty() => result,
        Some(Ok(path)) if path.root == Root::Input => input.with(&path, result),
        _ => Shape::Unknown,
    }
}

/// What goes over a way out of a state; nothing, where the way is never taken.
pub(super) fn over<'a>(state: &'a State, stages: &Stages<'a>, edge: &Edge) -> Value<'a> {
    let jsonata = state.query_language == QueryLanguage::Jsonata;
    match (edge.kind, &state.kind) {
        (EdgeKind::Rule(index), StateKind::Choice { rules, .. }) => {
            let rule = rules.get(index)?;
            if jsonata {
                let own = rule.node.get("Output");
                return Some(match own {
                    Some(node) => evaluated(node, &stages.input, None),
                    None => stages.output.clone(),
                });
            }
            (!never_matches(&rule.node, &stages.filtered)).then(|| stages.output.clone())
        }
        (EdgeKind::Catch(index), _) => {
            let catcher = state.catch.get(index)?;
            Some(if jsonata {
                match catcher.node.get("Output") {
                    Some(node) => evaluated(node, &stages.input, None),
                    None => error(),
                }
            } else {
                placed(catcher.node.get("ResultPath"), &stages.input, error())
            })
        }
        _ => Some(stages.output.clone()),
    }
}

/// True for a rule that asks for something to be there that cannot be.
fn never_matches(rule: &Node, shape: &Shape<'_>) -> bool {
    let missing = |part: &Node| {
        let asks = part.get("IsPresent").map(|node| &node.value) == Some(&crate::Value::Bool(true));
        let path = part.get("Variable").and_then(Node::as_str).map(Path::parse);
        asks && matches!(path, Some(Ok(path)) if path.root == Root::Input && shape.lacks(&path))
    };
    let all = rule.get("And").and_then(Node::items).unwrap_or_default();
    missing(rule) || all.iter().any(missing)
}
