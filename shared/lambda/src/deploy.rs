//! EventBridge events that say that a state machine was deployed.

use facts::MachineArn;
use serde_json::Value;

/// A state machine was created or changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deploy {
    /// Id of the event; the same when it is delivered again.
    pub event_id: String,
    /// The state machine, without version or alias.
    pub machine: MachineArn,
    /// The revision that the call made, where the event tells it.
    pub revision: Option<String>,
}

/// What an event means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeployEvent {
    /// Judge this state machine.
    Deploy(Deploy),
    /// Nothing to do, and why.
    Ignored(String),
}

/// Reads an EventBridge event: `AWS API Call via CloudTrail` of Step Functions, or `CloudFormation Resource Status
/// Change` of a state machine. `None` where it is no EventBridge event at all.
pub fn deploy_event(event: &Value) -> Option<DeployEvent> {
    let detail = event.get("detail")?;
    let event_id = text(event, "id").unwrap_or_default();
    Some(match text(event, "detail-type")? {
        "AWS API Call via CloudTrail" => cloudtrail(detail, event_id),
        "CloudFormation Resource Status Change" => cloudformation(detail, event_id),
        other => ignored(format!(
            "events of type `{}` say nothing of a deploy",
            printable(other)
        )),
    })
}

fn cloudtrail(detail: &Value, event_id: &str) -> DeployEvent {
    if text(detail, "eventSource") != Some("states.amazonaws.com") {
        return ignored("the call is not one of Step Functions");
    }
    if let Some(code) = text(detail, "errorCode") {
        return ignored(format!("the call failed with {}", printable(code)));
    }
    let null = Value::Null;
    let request = detail.get("requestParameters").unwrap_or(&null);
    let response = detail.get("responseElements").unwrap_or(&null);
    let arn = match text(detail, "eventName").unwrap_or_default() {
        // Only the answer of a creation names the ARN.
        "CreateStateMachine" => text(response, "stateMachineArn"),
        "UpdateStateMachine" | "PublishStateMachineVersion" => text(request, "stateMachineArn"),
        "CreateStateMachineAlias" | "UpdateStateMachineAlias" => {
            routed(request).or_else(|| text(request, "stateMachineAliasArn"))
        }
        "DeleteStateMachine" => return ignored("the state machine was deleted"),
        other => {
            return ignored(format!(
                "`{}` does not change a state machine",
                printable(other)
            ));
        }
    };
    let revision = text(response, "revisionId").or_else(|| text(request, "revisionId"));
    deploy(arn, revision, event_id)
}

/// The first version that an alias leads to.
fn routed(request: &Value) -> Option<&str> {
    let routes = request.get("routingConfiguration")?.as_array()?;
    text(routes.first()?, "stateMachineVersionArn")
}

fn cloudformation(detail: &Value, event_id: &str) -> DeployEvent {
    if text(detail, "resource-type") != Some("AWS::StepFunctions::StateMachine") {
        return ignored("the resource is not a state machine");
    }
    let status = detail
        .get("status-details")
        .and_then(|details| text(details, "status"))
        .unwrap_or_default();
    match status {
        "CREATE_COMPLETE" | "UPDATE_COMPLETE" | "IMPORT_COMPLETE" | "UPDATE_ROLLBACK_COMPLETE" => {
            deploy(text(detail, "physical-resource-id"), None, event_id)
        }
        other => ignored(format!(
            "status `{}` leaves the state machine as it was",
            printable(other)
        )),
    }
}

fn deploy(arn: Option<&str>, revision: Option<&str>, event_id: &str) -> DeployEvent {
    let Some(machine) = arn.and_then(MachineArn::parse) else {
        return ignored("the event names no state machine");
    };
    DeployEvent::Deploy(Deploy {
        event_id: event_id.to_owned(),
        machine: MachineArn {
            qualifier: None,
            ..machine
        },
        revision: revision.map(str::to_owned),
    })
}

fn ignored(why: impl Into<String>) -> DeployEvent {
    DeployEvent::Ignored(why.into())
}

fn text<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name)?.as_str()
}

/// The start of a word of an event, fit for a log.
fn printable(word: &str) -> String {
    word.chars()
        .filter(|c| c.is_ascii_graphic() || *c == ' ')
        .take(80)
        .collect()
}
