//! Whether a call may be made twice.

use crate::decide::Repeatable;
use crate::requirements::{Action, Call, Known, Step, Work};

/// What the names of calls that only read begin with.
const READS: [&str; 11] = [
    "get", "describe", "list", "query", "scan", "batchGet", "head", "search", "lookup", "detect",
    "select",
];

/// Parameters that make a second call the same as the first.
const TOKENS: [&str; 4] = [
    "ClientToken",
    "ClientRequestToken",
    "IdempotencyToken",
    "ClientIdempotencyToken",
];

/// Names of jobs, of which there is one at most: a second start of the same name is refused.
const NAMES: [&str; 7] = [
    "TrainingJobName",
    "TransformJobName",
    "ProcessingJobName",
    "HyperParameterTuningJobName",
    "LabelingJobName",
    "TranscriptionJobName",
    "CallAnalyticsJobName",
];

/// Writes that a condition makes repeatable.
const CONDITIONAL: [&str; 3] = ["putItem", "updateItem", "deleteItem"];

/// Why a step may be done twice.
pub(crate) fn of(step: &Step) -> Repeatable {
    let by_itself = match &step.work {
        Work::Does(call) => of_call(call),
        _ => Repeatable::Reads,
    };
    match by_itself {
        Repeatable::No | Repeatable::Condition if step.idempotent => Repeatable::Said,
        other => other,
    }
}

/// Why a call may be made twice, whatever the requirements say.
pub(crate) fn of_call(call: &Call) -> Repeatable {
    match &call.action {
        Action::Http { method } if method == "GET" => Repeatable::Reads,
        Action::Http { .. } | Action::Activity => Repeatable::No,
        // Step Functions answers a second start of the same name and input with the first.
        Action::Workflow => Repeatable::Token("Name".to_owned()),
        Action::Api { service, name } => api(service, name),
    }
}

fn api(service: &str, name: &str) -> Repeatable {
    if reads(name) {
        return Repeatable::Reads;
    }
    if service == "dynamodb" && CONDITIONAL.contains(&name) {
        return Repeatable::Condition;
    }
    let parameters = Known::of(service, name)
        .map(Known::parameters)
        .unwrap_or_default();
    let token = TOKENS
        .into_iter()
        .chain(NAMES)
        .find(|token| parameters.contains(token));
    token.map_or(Repeatable::No, |token| Repeatable::Token(token.to_owned()))
}

/// Whether a call of this name only reads.
pub(crate) fn reads(name: &str) -> bool {
    READS.iter().any(|verb| {
        name.strip_prefix(verb).is_some_and(|rest| {
            rest.is_empty() || rest.starts_with(|c: char| c.is_ascii_uppercase())
        })
    })
}
