//! What a Task gives.
//!
//! Sources: Developer Guide, "Learning to use AWS service SDK integrations" (names in Pascal case) and the pages of the
//! optimized integrations with their example results; Lambda API reference, Invoke; results in public recordings of
//! executions on AWS, 2026-11-22.

use super::shape::{Rest, Shape};
use crate::{Pattern, Resource, State, StateKind};

/// Optimized integrations whose result is an object with capitalized names: those of the call, and of the job that `.sync`
/// has waited for. What EKS gives is written by Kubernetes.
const CAPITALIZED: &[&str] = &[
    "apigateway",
    "athena",
    "batch",
    "codebuild",
    "dynamodb",
    "ecs",
    "events",
    "glue",
    "http",
    "lambda",
    "sns",
    "sqs",
    "states",
];

/// All that the result of `lambda:invoke` can have.
const INVOKED: &[&str] = &[
    "DurableExecutionArn",
    "ExecutedVersion",
    "FunctionError",
    "LogResult",
    "Payload",
    "SdkHttpMetadata",
    "SdkResponseMetadata",
    "StatusCode",
];

/// The result of a Task, before anything is made of it.
pub(super) fn result<'a>(state: &State) -> Shape<'a> {
    let StateKind::Task(task) = &state.kind else {
        return Shape::Unknown;
    };
    match task.resource.as_ref().map(|resource| &resource.value) {
        Some(Resource::Integration {
            service,
            action,
            pattern,
            sdk,
            arn,
        }) if !arn.contains("${") => integration(service, action, *pattern, *sdk),
        // A function or a worker gives what it likes.
        _ => Shape::Unknown,
    }
}

fn integration<'a>(service: &str, action: &str, pattern: Pattern, sdk: bool) -> Shape<'a> {
    if sdk {
        return match pattern {
            Pattern::RequestResponse => Shape::perhaps(&[], Rest::Capitalized),
            _ => Shape::Unknown,
        };
    }
    // Whoever returns the token says what the result is.
    if pattern == Pattern::WaitForTaskToken || !CAPITALIZED.contains(&service) {
        return Shape::Unknown;
    }
    match (service, action, pattern) {
        ("lambda", "invoke", _) => Shape::perhaps(INVOKED, Rest::Nothing),
        ("http" | "apigateway", "invoke", _) => {
            Shape::perhaps(&["ResponseBody"], Rest::Capitalized)
        }
        ("states", "startExecution", Pattern::Sync) => {
            Shape::perhaps(&["Output"], Rest::Capitalized)
        }
        _ => Shape::perhaps(&[], Rest::Capitalized),
    }
}
