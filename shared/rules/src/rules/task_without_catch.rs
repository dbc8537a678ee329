//! States whose failure nobody handles.

use std::collections::BTreeSet;

use asl::{Definition, State, StateKind};
use findings::{Finding, Fix};

use crate::declare::declare_rule;
use crate::practice;
use crate::{Subject, Verdict};

declare_rule! {
    /// ## What it finds
    ///
    /// Tasks without a `Catch`, of their own or of a Parallel or Map around them. A Distributed Map is counted as one: it
    /// reads its items and writes its results by itself, and what fails in its children is told once, for the Map. Items
    /// that may fail (`ToleratedFailurePercentage`, `ToleratedFailureCount`) are handled. What only a catcher leads to is
    /// left alone: it is the handling.
    ///
    /// ## Why it matters
    ///
    /// An error that is not caught ends the execution where it stands: what was reserved stays reserved, what was charged
    /// stays charged, and the error is in the history only.
    ///
    /// ## Example
    ///
    /// ```asl,bad
    /// {
    ///   "StartAt": "Charge",
    ///   "States": {
    ///     "Charge": {
    ///       "Type": "Task",
    ///       "Resource": "arn:aws:states:::dynamodb:putItem",
    ///       "Parameters": {"TableName": "orders", "Item": {"id": {"S.$": "$.id"}}},
    ///       "End": true
    ///     }
    ///   }
    /// }
    /// ```
    /// ```asl,good
    /// {
    ///   "StartAt": "Charge",
    ///   "States": {
    ///     "Charge": {
    ///       "Type": "Task",
    ///       "Resource": "arn:aws:states:::dynamodb:putItem",
    ///       "Parameters": {"TableName": "orders", "Item": {"id": {"S.$": "$.id"}}},
    ///       "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Release"}],
    ///       "End": true
    ///     },
    ///     "Release": {
    ///       "Type": "Pass",
    ///       "Result": "released",
    ///       "Next": "Failed"
    ///     },
    ///     "Failed": {"Type": "Fail", "Error": "ChargeFailed"}
    ///   }
    /// }
    /// ```
    /// The Parallel handles what fails in its branches:
    /// ```asl,good
    /// {
    ///   "StartAt": "Both",
    ///   "States": {
    ///     "Both": {
    ///       "Type": "Parallel",
    ///       "Branches": [
    ///         {"StartAt": "Mail", "States": {"Mail": {"Type": "Task", "Resource": "arn:aws:states:::sns:publish", "End": true}}},
    ///         {"StartAt": "Note", "States": {"Note": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "End": true}}}
    ///       ],
    ///       "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Failed"}],
    ///       "End": true
    ///     },
    ///     "Failed": {"Type": "Fail", "Error": "NotTold"}
    ///   }
    /// }
    /// ```
    ///
    /// ## Fix
    ///
    /// Manual: what has to be undone or told after a failure is for a person to say. A catcher of `States.ALL` that keeps
    /// the input (`"ResultPath": "$.error"`) leads there.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html>
    /// - <https://docs.aws.amazon.com/step-functions/latest/dg/maprun-fail-threshold.html>
    "task-without-catch", "nothing handles the failure of a Task", Reliability, Medium,
    confidence: High, fix: Manual, needs: [], since: "0.1.0", strictness: Strict
}

pub(crate) fn check(subject: &Subject<'_>, verdict: &mut Verdict) {
    let Some(definition) = practice::definition(subject, verdict) else {
        return;
    };
    let handlers = handlers(definition);
    let inside = |state: &State, around| {
        around
            || catches(state)
            || practice::is_distributed(state)
            || handlers.contains(&state.span.start)
    };
    let places = practice::places(definition, false, inside);
    let others = places.iter().any(|(state, _)| catches(state));
    for (state, handled) in places {
        let handler = handlers.contains(&state.span.start);
        if can_fail(state) && !handled && !handler && !catches(state) {
            let finding = finding(subject, state, others, verdict);
            verdict.report(finding);
        }
    }
}

fn catches(state: &State) -> bool {
    practice::has_items(state, "Catch")
}

fn can_fail(state: &State) -> bool {
    matches!(state.kind, StateKind::Task(_)) || practice::is_distributed(state)
}

/// The states that are reached from a catcher only, by where they stand in the text.
fn handlers(definition: &Definition) -> BTreeSet<usize> {
    let mut handlers = BTreeSet::new();
    let mut scopes = vec![&definition.machine.scope];
    while let Some(scope) = scopes.pop() {
        let graph = scope.graph();
        let usual = graph.usual();
        let unusual = scope.states.iter().zip(usual).filter(|(_, usual)| !usual);
        // Where nothing is known of the start, nothing is known of the rest.
        let unusual = unusual.filter(|_| graph.start.is_some());
        handlers.extend(unusual.map(|(state, _)| state.span.start));
        scopes.extend(scope.states.iter().flat_map(State::scopes));
    }
    handlers
}

fn finding(subject: &Subject<'_>, state: &State, others: bool, verdict: &Verdict) -> Finding {
    let name = &state.name.value;
    let mut finding = verdict.draft(format!("nothing handles a failure of `{name}`"));
    finding.location = subject.at_state(state, "no `Catch` here or around it");
    let tolerant = practice::TOLERANCE.iter().any(|field| state.has(field));
    if tolerant {
        "when more items fail than are tolerated, or the items cannot be read, the execution ends as it stands"
    } else {
        "an error ends the execution as it stands: what was done before is not undone"
    }
    .clone_into(&mut finding.why);
    "catch `States.ALL` and lead to a state that undoes or tells".clone_into(&mut finding.action);
    finding.fix = Some(fix(name, others));
    finding.fingerprint = subject.fingerprint(META.id, &[name]);
    finding
}

/// `others`: the definition has catchers elsewhere.
fn fix(name: &str, others: bool) -> Fix {
    let handler = if others {
        "choose the state that other catchers lead to, or write one that undoes what was done before and tells somebody"
    } else {
        "write a state that undoes what was done before and tells somebody, and let it lead to a Fail state"
    };
    Fix::steps(format!("catch what fails in `{name}`"), vec![
        handler.to_owned(),
        format!(
            "give `{name}` a catcher of `States.ALL` that leads to it and keeps the input, as in `\"ResultPath\": \"$.error\"`"
        ),
    ])
}
