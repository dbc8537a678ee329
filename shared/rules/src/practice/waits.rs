//! What a Task waits for.

use asl::{Pattern, Resource};

use crate::tasks::is_function_arn;

/// Who has to answer before a Task goes on, where that may never happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Waits {
    /// A Lambda function.
    Function,
    /// A job that was started, `.sync`.
    Job,
    /// Whoever was given the token, `.waitForTaskToken`.
    Token,
    /// A worker that polls an activity.
    Worker,
}

/// Who has to answer. `None` for calls that end by themselves: an AWS API call, and an HTTP Task, which fails after 60 s
/// (`States.Http.Socket`, Step Functions Developer Guide, service quotas, read 2026-11-22).
pub(crate) fn waits(resource: &Resource) -> Option<Waits> {
    match resource {
        Resource::Activity(_) => Some(Waits::Worker),
        Resource::Integration {
            pattern: Pattern::WaitForTaskToken,
            ..
        } => Some(Waits::Token),
        Resource::Integration {
            pattern: Pattern::Sync,
            ..
        } => Some(Waits::Job),
        resource => is_lambda(resource).then_some(Waits::Function),
    }
}

/// True for a call of a Lambda function, in whatever form.
pub(crate) fn is_lambda(resource: &Resource) -> bool {
    match resource {
        Resource::Lambda(_) => true,
        Resource::Integration {
            service, action, ..
        } => service == "lambda" && action == "invoke",
        Resource::Activity(_) => false,
        Resource::Other(text) => is_function_arn(text) || is_function_placeholder(text),
    }
}

/// Placeholders that say what is filled in: `${ChargeFunctionArn}`.
fn is_function_placeholder(text: &str) -> bool {
    let inner = text
        .strip_prefix("${")
        .and_then(|text| text.strip_suffix('}'));
    inner.is_some_and(|name| {
        let name = name.to_ascii_lowercase().replace('_', "");
        let names = name.contains("lambda") || name.contains("function");
        names && !name.contains("stepfunction")
    })
}
