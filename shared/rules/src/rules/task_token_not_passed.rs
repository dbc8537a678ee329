//! A task that waits for a token which nobody gets.

use asl::{Member, Pattern, QueryLanguage, Resource, Span, State, StateKind, Value};
use findings::Finding;

use crate::declare::declare_rule;
use crate::fixing;
use crate::tasks::{
    arguments, arguments_name, field_pointer, is_placeholder, literal_members, resource, texts,
};
use crate::{Subject, Verdict};

declare_rule! {
    /// ## What it finds
    ///
    /// A task with `.waitForTaskToken` whose `Parameters` (or `Arguments`) pass neither `$$.Task.Token` nor, in JSONata,
    /// `$states.context.Task.Token`, nor the whole context object that has it.
    ///
    /// It is silent where a part of the arguments is filled in when the template is deployed, unless that part only says
    /// whom to call (`FunctionName`, `QueueUrl`, an ARN).
    ///
    /// ## Why it matters
    ///
    /// The task goes on when somebody calls `SendTaskSuccess` or `SendTaskFailure` with its token. A token that was given to
    /// nobody comes back from nobody: the execution waits until its timeout, which without `TimeoutSeconds` is a year.
    ///
    /// ## Example
    ///
    /// ```asl,bad
    /// {
    ///   "StartAt": "Approve",
    ///   "States": {
    ///     "Approve": {
    ///       "Type": "Task",
    ///       "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
    ///       "Parameters": {
    ///         "QueueUrl": "https://sqs.us-east-1.amazonaws.com/111122223333/approvals",
    ///         "MessageBody": {"order.$": "$.order"}
    ///       },
    ///       "TimeoutSeconds": 86400,
    ///       "End": true
    ///     }
    ///   }
    /// }
    /// ```
    /// ```asl,good
    /// {
    ///   "StartAt": "Approve",
    ///   "States": {
    ///     "Approve": {
    ///       "Type": "Task",
    ///       "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
    ///       "Parameters": {
    ///         "QueueUrl": "https://sqs.us-east-1.amazonaws.com/111122223333/approvals",
    ///         "MessageBody": {"order.$": "$.order", "token.$": "$$.Task.Token"}
    ///       },
    ///       "TimeoutSeconds": 86400,
    ///       "End": true
    ///     }
    ///   }
    /// }
    /// ```
    ///
    /// ## Fix
    ///
    /// Steps: where the token belongs depends on who answers. Pass it in what the other side reads, let it answer with
    /// `SendTaskSuccess`, or drop `.waitForTaskToken` where nobody is to answer.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-wait-token>
    /// - <https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html>
    "task-token-not-passed", "a task waits for a token that it gives to nobody", Correctness, High,
    confidence: High, fix: Manual, needs: [], since: "0.1.0"
}

/// Arguments that say whom to call: what is filled in there is no token.
const ADDRESSES: [&str; 10] = [
    "ApiEndpoint",
    "Cluster",
    "EventBusName",
    "FunctionName",
    "LaunchType",
    "Qualifier",
    "QueueUrl",
    "StateMachineArn",
    "TaskDefinition",
    "TopicArn",
];

pub(crate) fn check(subject: &Subject<'_>, verdict: &mut Verdict) {
    let Some(definition) = subject.assessable(verdict) else {
        return;
    };
    for state in definition.states() {
        if waits_for_token(state) && !may_pass(state) {
            verdict.report(finding(subject, state, verdict));
        }
    }
}

fn waits_for_token(state: &State) -> bool {
    let waits = Pattern::WaitForTaskToken;
    matches!(resource(state), Some(Resource::Integration { pattern, .. }) if *pattern == waits)
}

/// True where the arguments have the token, or may have it.
fn may_pass(state: &State) -> bool {
    // The input of the task is the context object, or a part of it.
    let input = state.field("InputPath").and_then(asl::Node::as_str);
    if input.is_some_and(has_token) {
        return true;
    }
    let Some(arguments) = arguments(state) else {
        return false;
    };
    let mut found = false;
    let mut look = |text: &str| found |= has_token(text) || is_placeholder(text);
    let Value::Object(members) = &arguments.node.value else {
        texts(&arguments.node, &mut look);
        return found;
    };
    for member in members.iter().filter(|member| !is_address(member)) {
        look(&member.key);
        texts(&member.node, &mut look);
    }
    // Functions of CloudFormation answer anything.
    found || literal_members(&arguments.node).is_none()
}

fn is_address(member: &Member) -> bool {
    ADDRESSES.contains(&member.key.as_str()) && member.node.as_str().is_some()
}

/// True where a text reads the token, or a part of the context object that has it.
fn has_token(text: &str) -> bool {
    // What these parts of the context object hold is no token.
    const OTHERS: [&str; 4] = [".Execution", ".Map", ".State", ".StateMachine"];
    let other = |rest: &str| OTHERS.iter().any(|part| rest.starts_with(part));
    let reads = |name: &str| {
        text.match_indices(name)
            .any(|(at, _)| !text.get(at + name.len()..).is_some_and(other))
    };
    reads("$$") || reads("$states.context") || reads_all_states(text)
}

/// True where an expression takes `$states` as a whole, or by a computed name.
fn reads_all_states(text: &str) -> bool {
    const NAME: &str = "$states";
    const PARTS: [&str; 4] = [".context", ".input", ".result", ".errorOutput"];
    text.match_indices(NAME).any(|(at, _)| {
        let rest = text.get(at + NAME.len()..).unwrap_or_default();
        !PARTS.iter().any(|part| rest.starts_with(part))
            && !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_')
    })
}

fn finding(subject: &Subject<'_>, state: &State, verdict: &Verdict) -> Finding {
    let name = &state.name.value;
    let mut finding = verdict.draft(format!(
        "`{name}` waits for a task token that it passes to nobody: no execution gets past it"
    ));
    finding.why = String::from("whoever is called cannot answer, so that the task ends by its timeout only; without one it waits a year");
    finding.action = format!("pass {} to whoever answers", token(state));
    let resource_span = match &state.kind {
        StateKind::Task(task) => task.resource.as_ref().map(|resource| resource.span),
        _ => None,
    };
    let (field, span) = match arguments(state) {
        Some(arguments) => (arguments.key.as_str(), arguments.key_span),
        None => (
            arguments_name(state),
            resource_span.unwrap_or(state.name.span),
        ),
    };
    finding.location = at(subject, state, field, span);
    finding.fix = Some(fixing::steps(
        format!("pass the token of `{name}`"),
        [
            format!("add {} to what the other side reads: the body, the payload, an environment variable", member(state)),
            "let the other side call `SendTaskSuccess` or `SendTaskFailure` with it, and allow that in its role".to_owned(),
            "where nobody is to answer, take `.waitForTaskToken` out of the Resource".to_owned(),
        ],
    ));
    finding.fingerprint = subject.fingerprint(META.id, &[name]);
    finding
}

fn at(subject: &Subject<'_>, state: &State, field: &str, span: Span) -> findings::Location {
    let mut location = subject.at(&field_pointer(state, field), span, "has no task token");
    location.state = Some(state.name.value.clone());
    location
}

fn token(state: &State) -> &'static str {
    match state.query_language {
        QueryLanguage::JsonPath => "`$$.Task.Token`",
        QueryLanguage::Jsonata => "`{% $states.context.Task.Token %}`",
    }
}

fn member(state: &State) -> &'static str {
    match state.query_language {
        QueryLanguage::JsonPath => "`\"token.$\": \"$$.Task.Token\"`",
        QueryLanguage::Jsonata => "`\"token\": \"{% $states.context.Task.Token %}\"`",
    }
}

#[cfg(test)]
mod tests {
    use crate::tests::{one, places};

    fn lambda(fields: &str) -> Vec<String> {
        places(
            "task-token-not-passed",
            &one(&format!(
                r#"{{"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken", "End": true{fields}}}"#
            )),
        )
    }

    #[test]
    fn the_token_goes_many_ways() {
        for passed in [
            r#", "Parameters": {"FunctionName": "f", "Payload": {"deep": [{"t.$": "$$.Task.Token"}]}}"#,
            r#", "Parameters": {"FunctionName": "f", "Payload.$": "$$"}"#,
            r#", "Parameters": {"FunctionName": "f", "Payload.$": "States.JsonMerge($, $$.Task, false)"}"#,
            r#", "Parameters": {"FunctionName": "f", "Payload.$": "$$['Task']"}"#,
            r#", "InputPath": "$$.Task", "Parameters": {"FunctionName": "f", "Payload.$": "$"}"#,
            r#", "QueryLanguage": "JSONata", "Arguments": "{% {'Payload': $states.context.Task.Token} %}""#,
            r#", "QueryLanguage": "JSONata", "Arguments": {"Payload": "{% $lookup($states, 'context') %}"}"#,
            r#", "Parameters": {"FunctionName": "f", "Payload": "${Payload}"}"#,
            r#", "Parameters": {"Fn::Sub": "x"}"#,
        ] {
            assert_eq!(lambda(passed), Vec::<String>::new(), "{passed}");
        }
    }

    #[test]
    fn other_parts_of_the_context_are_not_the_token() {
        for (fields, place) in [
            ("", "/States/A/Parameters"),
            (
                r#", "Parameters": {"FunctionName": "${Function}", "Payload": {"id.$": "$$.Execution.Id"}}"#,
                "/States/A/Parameters",
            ),
            (
                r#", "QueryLanguage": "JSONata", "Arguments": {"FunctionName": "f", "Payload": "{% $states.input %}"}"#,
                "/States/A/Arguments",
            ),
        ] {
            assert_eq!(lambda(fields), [place], "{fields}");
        }
    }
}
