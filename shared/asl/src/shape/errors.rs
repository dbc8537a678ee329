//! Retriers and catchers: their fields, and which errors they can meet.

use std::collections::HashSet;

use super::{Owner, Shape};
use super::{kinds, tables};
use crate::{Node, Problem, Span, Spanned, State, StateKind, nearest, problem::quoted};

const ALL: &str = "States.ALL";

/// The names that the language reserves, but for those of HTTP statuses.
const RESERVED: [&str; 16] = [
    ALL,
    "States.BranchFailed",
    "States.DataLimitExceeded",
    "States.ExceedToleratedFailureThreshold",
    "States.HeartbeatTimeout",
    "States.IntrinsicFailure",
    "States.ItemReaderFailed",
    "States.NoChoiceMatched",
    "States.ParameterPathFailure",
    "States.Permissions",
    "States.QueryEvaluationError",
    "States.ResultPathMatchFailure",
    "States.ResultWriterFailed",
    "States.Runtime",
    "States.TaskFailed",
    "States.Timeout",
];

/// A retrier or a catcher.
struct Handler<'a> {
    what: &'static str,
    pointer: &'a str,
    span: Span,
    errors: &'a [Spanned<String>],
}

/// The error that a Fail state raises.
pub(super) fn raised(state: &State) -> Option<&str> {
    matches!(state.kind, StateKind::Fail)
        .then(|| state.field("Error"))?
        .and_then(Node::as_str)
}

impl Shape<'_> {
    pub(super) fn retriers(&mut self, state: &State) {
        let nodes = state.field("Retry").and_then(Node::items);
        // Where an item is no object, the lists do not go together.
        if nodes.map_or(0, <[Node]>::len) != state.retry.len() {
            return;
        }
        for (retrier, node) in state.retry.iter().zip(nodes.unwrap_or_default()) {
            let owner = Owner {
                pointer: &retrier.pointer,
                what: "a retrier of state",
                ..Owner::of(state)
            };
            self.object(owner, node.members().unwrap_or_default(), tables::RETRIER);
            self.error_names(owner, node, &retrier.errors);
        }
        let handlers: Vec<Handler<'_>> = state
            .retry
            .iter()
            .map(|retrier| Handler {
                what: "retrier",
                pointer: &retrier.pointer,
                span: retrier.span,
                errors: &retrier.errors,
            })
            .collect();
        self.order(state, &handlers);
    }

    pub(super) fn catchers(&mut self, state: &State) {
        for catcher in &state.catch {
            let owner = Owner {
                pointer: &catcher.pointer,
                what: "a catcher of state",
                ..Owner::of(state)
            };
            let members = catcher.node.members().unwrap_or_default();
            self.object(owner, members, tables::CATCHER);
            self.error_names(owner, &catcher.node, &catcher.errors);
        }
        let handlers: Vec<Handler<'_>> = state
            .catch
            .iter()
            .map(|catcher| Handler {
                what: "catcher",
                pointer: &catcher.pointer,
                span: catcher.node.span,
                errors: &catcher.errors,
            })
            .collect();
        self.order(state, &handlers);
    }

    fn error_names(&mut self, owner: Owner<'_>, handler: &Node, errors: &[Spanned<String>]) {
        const FIELD: &str = "ErrorEquals";
        let Some(node) = handler.get(FIELD) else {
            if !kinds::has_open_member(handler.members().unwrap_or_default()) {
                let start = Span::new(handler.span.start, handler.span.start + 1);
                self.missing_field_of(owner, start, FIELD, owner.pointer);
            }
            return;
        };
        if node.items().is_some_and(<[Node]>::is_empty) {
            self.value("field-empty", owner, FIELD, node, "at least one error name");
        }
        for (index, error) in errors.iter().enumerate() {
            if is_known(&error.value) || self.raised.contains(&error.value.as_str()) {
                continue;
            }
            let message = format!(
                "{} is no error that Step Functions raises",
                quoted(&error.value)
            );
            let pointer = format!("{}/{index}", owner.at(FIELD));
            let meant = nearest(&error.value, RESERVED);
            self.problems.push(
                Problem::error("error-name-unknown", error.span, message)
                    .aws("SCHEMA_VALIDATION_FAILED")
                    .at(pointer)
                    .did_you_mean(meant),
            );
        }
    }

    /// `States.ALL` is alone and last; and what an earlier one matches, a later one never sees.
    fn order(&mut self, state: &State, handlers: &[Handler<'_>]) {
        let mut seen: HashSet<&str> = HashSet::new();
        for (index, handler) in handlers.iter().enumerate() {
            let names = || handler.errors.iter().map(|error| error.value.as_str());
            let name = quoted(&state.name.value);
            let what = handler.what;
            let place = Span::new(handler.span.start, handler.span.start + 1);
            if names().any(|error| error == ALL)
                && (handler.errors.len() > 1 || index + 1 < handlers.len())
            {
                let message = format!(
                    "`States.ALL` stands alone and last, but not in {what} {} of state {name}",
                    index + 1
                );
                self.schema("states-all-misplaced", place, message, handler.pointer)
                    .help = Some(
                    "it matches every error: move it behind the others, into one of its own"
                        .to_owned(),
                );
            } else if !handler.errors.is_empty() && names().all(|error| seen.contains(error)) {
                let message = format!(
                    "{what} {} of state {name} never matches: earlier ones take all of its errors",
                    index + 1
                );
                self.problems.push(
                    Problem::warning("error-handler-never-matches", place, message)
                        .at(handler.pointer)
                        .help("the first that matches counts: put the more special one first"),
                );
            }
            seen.extend(names());
        }
    }
}

/// True for names of users and services, and for those that are reserved and exist.
fn is_known(error: &str) -> bool {
    let Some(rest) = error.strip_prefix("States.") else {
        return true;
    };
    rest.starts_with("Http.") || rest.contains("${") || RESERVED.contains(&error)
}
