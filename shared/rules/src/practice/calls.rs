//! What a Task waits for.

use asl::{Pattern, Resource, State, StateKind, TaskState};

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

/// The Task, where the state is one.
pub(crate) fn task(state: &State) -> Option<&TaskState> {
    match &state.kind {
        StateKind::Task(task) => Some(task),
        _ => None,
    }
}

/// Who has to answer. `None` for calls that end by themselves: an AWS API call, and an HTTP Task, which fails after 60 s
/// (`States.Http.Socket`, Step Functions Developer Guide, service quotas, read 2026-11-22).
pub(crate) fn waits(task: &TaskState) -> Option<Waits> {
    match &task.resource.as_ref()?.value {
        Resource::Activity(_) => Some(Waits::Worker),
        Resource::Integration {
            pattern: Pattern::WaitForTaskToken,
            ..
        } => Some(Waits::Token),
        Resource::Integration {
            pattern: Pattern::Sync,
            ..
        } => Some(Waits::Job),
        resource => is_function(resource).then_some(Waits::Function),
    }
}

/// True for a Task that calls a Lambda function, in whatever form.
pub(crate) fn is_lambda(task: &TaskState) -> bool {
    let resource = task.resource.as_ref();
    resource.is_some_and(|resource| is_function(&resource.value))
}

fn is_function(resource: &Resource) -> bool {
    match resource {
        Resource::Lambda(_) => true,
        Resource::Integration {
            service, action, ..
        } => service == "lambda" && action == "invoke",
        Resource::Activity(_) => false,
        Resource::Other(text) => is_function_name(text),
    }
}

/// ARNs with parts that are filled in elsewhere, `arn:aws:lambda:${AWS::Region}:…:function:name`, and placeholders that
/// say what is filled in, `${ChargeFunctionArn}`.
fn is_function_name(text: &str) -> bool {
    if text.starts_with("arn:") {
        return text.contains(":lambda:") && text.contains(":function:");
    }
    let inner = text
        .strip_prefix("${")
        .and_then(|text| text.strip_suffix('}'));
    inner.is_some_and(|name| {
        let name = name.to_ascii_lowercase().replace('_', "");
        let names = name.contains("lambda") || name.contains("function");
        names && !name.contains("stepfunction")
    })
}
