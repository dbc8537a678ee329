//! Step Functions, the Resource Groups Tagging API and EventBridge: JSON in, JSON out; the price list is beside it.

use serde_json::{Value, json};

use crate::Fault;
use crate::account::{ACCOUNT, machine_arn, machine_name, number};
use crate::http::Response;
use crate::options::Options;
use crate::{logs, maps};

pub(crate) const CREATED: f64 = 1_750_000_000.5;

/// A definition of about 3.6 kB.
pub(crate) fn definition() -> String {
    let step = |number: usize| {
        let next = if number == 11 {
            r#""End":true"#.to_owned()
        } else {
            format!(r#""Next":"Step{}""#, number + 1)
        };
        format!(
            r#""Step{number}":{{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","Parameters":{{"FunctionName":"arn:aws:lambda:us-east-1:111122223333:function:step-{number}","Payload.$":"$"}},"Retry":[{{"ErrorEquals":["Lambda.ServiceException"],"IntervalSeconds":2,"MaxAttempts":6}}],"ResultPath":"$.r{number}",{next}}}"#
        )
    };
    let steps: Vec<String> = (0..12).map(step).collect();
    format!(
        r#"{{"Comment":"Twelve steps","StartAt":"Step0","States":{{{}}}}}"#,
        steps.join(",")
    )
}

pub(crate) fn answer(options: &Options, region: &str, operation: &str, body: &[u8]) -> Response {
    let request: Value = serde_json::from_slice(body).unwrap_or_default();
    match operation {
        "ListStateMachines" => list(options, region, &request),
        "DescribeStateMachine" => describe(options, region, &request),
        "ListExecutions" if request["mapRunArn"].is_string() => {
            maps::children(options, region, &request)
        }
        "ListExecutions" => executions(options, region, &request),
        "ListMapRuns" => maps::list(options, region, &request),
        "DescribeMapRun" => maps::describe(options, region, &request),
        "GetExecutionHistory" => execution_history(options, &request),
        "GetResources" => resources(options, region, &request),
        "ListRules" => rules(options, region, &request),
        "GetProducts" => crate::prices::answer(options, &request),
        _ => logs::answer(options, operation, &request)
            .unwrap_or_else(|| error(400, "UnknownOperationException", operation)),
    }
}

pub(crate) fn error(status: u16, code: &str, message: &str) -> Response {
    Response::json(status, &json!({"__type": code, "message": message}))
}

/// Start and end of the page that a token and a size ask for, and the token of the next page.
pub(crate) fn page(token: &Value, size: usize, total: usize) -> (usize, usize, Option<String>) {
    let start = token
        .as_str()
        .and_then(|token| token.parse().ok())
        .unwrap_or(0);
    let end = (start + size).min(total);
    (start, end, (end < total).then(|| end.to_string()))
}

pub(crate) fn express(options: &Options, number: usize) -> bool {
    options.express_every > 0 && number % options.express_every == options.express_every - 1
}

/// Whether an audit gains by its execution histories.
pub(crate) fn gains(options: &Options, number: usize) -> bool {
    options.gains_every > 0 && number % options.gains_every == options.gains_every - 1
}

/// One of two ways leads over a state that does nothing: what taking it out saves depends on how often it is gone. A job
/// that is waited for keeps it Standard.
const BRANCHING: &str = r#"{"StartAt": "Which", "States": {
  "Which": {"Type": "Choice", "Choices": [{"Variable": "$.a", "BooleanEquals": true, "Next": "Send"}], "Default": "Job"},
  "Send": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "Next": "Idle"},
  "Idle": {"Type": "Pass", "Next": "Job"},
  "Job": {"Type": "Task", "Resource": "arn:aws:states:::glue:startJobRun.sync", "Parameters": {"JobName": "j"}, "End": true}
}}"#;

fn kind(options: &Options, number: usize) -> &'static str {
    if express(options, number) {
        "EXPRESS"
    } else {
        "STANDARD"
    }
}

fn list(options: &Options, region: &str, request: &Value) -> Response {
    let size = request["maxResults"].as_u64().unwrap_or(100) as usize;
    let (start, end, next) = page(&request["nextToken"], size, options.machines);
    let machines: Vec<Value> = (start..end)
        .map(|number| {
            let name = machine_name(number);
            json!({
                "stateMachineArn": machine_arn(region, &name), "name": name, "type": kind(options, number),
                "creationDate": CREATED
            })
        })
        .collect();
    let mut answer = json!({"stateMachines": machines});
    if let Some(next) = next {
        answer["nextToken"] = next.into();
    }
    Response::json(200, &answer)
}

fn describe(options: &Options, region: &str, request: &Value) -> Response {
    let arn = request["stateMachineArn"].as_str().unwrap_or_default();
    let Some(number) = number(arn).filter(|number| *number < options.machines) else {
        return error(
            400,
            "StateMachineDoesNotExist",
            "State Machine Does Not Exist",
        );
    };
    let name = machine_name(number);
    let metadata_only = request["includedData"] == "METADATA_ONLY";
    let fault = options.faults.get(&name);
    match fault {
        Some(Fault::Denied) => {
            return error(
                400,
                "AccessDeniedException",
                "User: arn:aws:iam::111122223333:user/x is not authorized",
            );
        }
        Some(Fault::Gone) => {
            return error(
                400,
                "StateMachineDoesNotExist",
                "State Machine Does Not Exist",
            );
        }
        Some(Fault::Kms) if !metadata_only => {
            return error(
                400,
                "KmsAccessDeniedException",
                "The ciphertext refers to a key that you may not use",
            );
        }
        Some(Fault::Garbage) => {
            return Response::new(
                200,
                "application/x-amz-json-1.0",
                "{\"stateMachineArn\": nope",
            );
        }
        _ => {}
    }
    let definition = if metadata_only {
        "{}"
    } else if gains(options, number) {
        BRANCHING
    } else {
        &options.definition
    };
    let mut answer = json!({
        "stateMachineArn": arn, "name": name, "status": "ACTIVE", "definition": definition,
        "roleArn": format!("arn:aws:iam::{ACCOUNT}:role/{name}"), "type": kind(options, number), "creationDate": CREATED,
        "loggingConfiguration": {"level": "OFF", "includeExecutionData": false},
        "tracingConfiguration": {"enabled": number.is_multiple_of(2)},
        "revisionId": format!("rev-{number}")
    });
    if options.logging {
        answer["loggingConfiguration"] = logs::configuration(region, &name);
    }
    match fault {
        Some(Fault::Kms) => {
            answer["encryptionConfiguration"] =
                json!({"type": "CUSTOMER_MANAGED_KMS_KEY", "kmsKeyId": "alias/states"});
        }
        Some(Fault::Deleting) => answer["status"] = "DELETING".into(),
        _ => {}
    }
    Response::json(200, &answer)
}

fn executions(options: &Options, region: &str, request: &Value) -> Response {
    let machine = request["stateMachineArn"].as_str().unwrap_or_default();
    let machine = number(machine).unwrap_or_default();
    if express(options, machine) {
        return error(
            400,
            "StateMachineTypeNotSupported",
            "This operation is not supported by this type of state machine",
        );
    }
    let size = request["maxResults"].as_u64().unwrap_or(100) as usize;
    let (start, end, next) = page(&request["nextToken"], size, options.executions + 1);
    let name = machine_name(machine);
    let executions: Vec<Value> = (start..end)
        .map(|number| {
            let start = CREATED - 3600.0 * number as f64;
            let mut execution = json!({
                "executionArn": format!("arn:aws:states:{region}:{ACCOUNT}:execution:{name}:run-{number}"),
                "stateMachineArn": machine_arn(region, &name), "name": format!("run-{number}"), "status": status(number),
                "startDate": start
            });
            if number > 0 {
                execution["stopDate"] = (start + 2.0 + (number % 9) as f64).into();
            }
            execution
        })
        .collect();
    let mut answer = json!({"executions": executions});
    if let Some(next) = next {
        answer["nextToken"] = next.into();
    }
    Response::json(200, &answer)
}

fn execution_history(options: &Options, request: &Value) -> Response {
    let arn = request["executionArn"].as_str().unwrap_or_default();
    let name = arn.rsplit(':').next().unwrap_or_default();
    if options.lost.contains(name) {
        return error(400, "ExecutionDoesNotExist", "Execution Does Not Exist");
    }
    // Children have a Map Run's name before their own.
    let parent = options.map_runs > 0 && !arn.contains('/');
    Response::json(
        200,
        &if parent {
            maps::history(options.map_runs)
        } else {
            history()
        },
    )
}

/// How an execution ended: the newest has not, and one in ten failed.
fn status(number: usize) -> &'static str {
    match number {
        0 => "RUNNING",
        _ if number % 10 == 7 => "FAILED",
        _ => "SUCCEEDED",
    }
}

/// Two states, one of them retried once: three transitions in four seconds.
fn history() -> Value {
    let event = |id: usize, previous: usize, kind: &str, state: &str| {
        let mut event = json!({
            "id": id, "previousEventId": previous, "type": kind, "timestamp": CREATED + id as f64 / 2.0
        });
        if !state.is_empty() {
            let details = if kind.ends_with("Entered") {
                "stateEnteredEventDetails"
            } else {
                "stateExitedEventDetails"
            };
            event[details] = json!({"name": state});
        }
        event
    };
    json!({"events": [
        event(1, 0, "ExecutionStarted", ""), event(2, 0, "TaskStateEntered", "Step0"), event(3, 2, "TaskScheduled", ""),
        event(4, 3, "TaskFailed", ""), event(5, 4, "TaskScheduled", ""), event(6, 5, "TaskSucceeded", ""),
        event(7, 6, "TaskStateExited", "Step0"), event(8, 7, "SucceedStateEntered", "Done"),
        event(9, 8, "ExecutionSucceeded", "")
    ]})
}

fn resources(options: &Options, region: &str, request: &Value) -> Response {
    let size = request["ResourcesPerPage"].as_u64().unwrap_or(50) as usize;
    let (start, end, next) = page(
        &request["PaginationToken"],
        size,
        options.tagged.min(options.machines),
    );
    let mappings: Vec<Value> = (start..end)
        .map(|number| {
            let tags = json!([{"Key": "team", "Value": format!("team-{}", number % 7)}, {"Key": "env", "Value": "prod"}]);
            json!({"ResourceARN": machine_arn(region, &machine_name(number)), "Tags": tags})
        })
        .collect();
    let token = next.unwrap_or_default();
    Response::json(
        200,
        &json!({"ResourceTagMappingList": mappings, "PaginationToken": token}),
    )
}

fn rules(options: &Options, region: &str, request: &Value) -> Response {
    let size = request["Limit"].as_u64().unwrap_or(100) as usize;
    let (start, end, next) = page(&request["NextToken"], size, options.rules.len());
    let rules: Vec<Value> = options.rules[start..end]
        .iter()
        .map(|(name, pattern, manager)| {
            let mut rule = json!({
                "Name": name, "Arn": format!("arn:aws:events:{region}:{ACCOUNT}:rule/{name}"), "EventPattern": pattern,
                "State": "ENABLED", "EventBusName": "default"
            });
            if !manager.is_empty() {
                rule["ManagedBy"] = manager.as_str().into();
            }
            rule
        })
        .collect();
    let mut answer = json!({"Rules": rules});
    if let Some(next) = next {
        answer["NextToken"] = next.into();
    }
    Response::json(200, &answer)
}
