//! Distributed Maps: Map Runs and their child executions.

use serde_json::{Value, json};

use crate::account::{ACCOUNT, machine_arn};
use crate::http::Response;
use crate::options::Options;
use crate::states::{CREATED, error};

/// Children of a Map Run.
const CHILDREN: u64 = 40;
/// Items of a child.
const BATCH: u64 = 25;

/// The Map Runs of an execution: they belong to two Maps in turn, the second of which has Express children.
pub(crate) fn list(options: &Options, region: &str, request: &Value) -> Response {
    let execution = request["executionArn"].as_str().unwrap_or_default();
    let mut names = execution.rsplit(':');
    let (name, machine) = (
        names.next().unwrap_or_default(),
        names.next().unwrap_or_default(),
    );
    let runs: Vec<Value> = (0..options.map_runs)
        .map(|number| {
            let label = ["Orders", "Mails"][number % 2];
            json!({
                "executionArn": execution, "startDate": CREATED, "stopDate": CREATED + 60.0,
                "mapRunArn": format!("arn:aws:states:{region}:{ACCOUNT}:mapRun:{machine}/{label}:{name}-{number}"),
                "stateMachineArn": format!("{}/{label}", machine_arn(region, machine))
            })
        })
        .collect();
    Response::json(200, &json!({"mapRuns": runs}))
}

pub(crate) fn describe(options: &Options, region: &str, request: &Value) -> Response {
    let run = request["mapRunArn"].as_str().unwrap_or_default();
    if options.map_runs == 0 {
        return error(400, "ResourceNotFound", "Map Run does not exist");
    }
    let mut parts = run.rsplit(':');
    let (run_name, of) = (
        parts.next().unwrap_or_default(),
        parts.next().unwrap_or_default(),
    );
    let (machine, _) = of.split_once('/').unwrap_or_default();
    let (name, _) = run_name.rsplit_once('-').unwrap_or_default();
    let counts = |total: u64| {
        json!({
            "total": total, "succeeded": total - 1, "failed": 1, "pending": 0, "running": 0, "timedOut": 0, "aborted": 0,
            "resultsWritten": 0
        })
    };
    let answer = json!({
        "mapRunArn": run, "executionArn": format!("arn:aws:states:{region}:{ACCOUNT}:execution:{machine}:{name}"),
        "status": "SUCCEEDED", "startDate": CREATED, "stopDate": CREATED + 60.0, "maxConcurrency": 10,
        "toleratedFailurePercentage": 5.0, "toleratedFailureCount": 0, "itemCounts": counts(CHILDREN * BATCH),
        "executionCounts": counts(CHILDREN)
    });
    Response::json(200, &answer)
}

pub(crate) fn children(options: &Options, region: &str, request: &Value) -> Response {
    let run = request["mapRunArn"].as_str().unwrap_or_default();
    if options.map_runs == 0 {
        return error(400, "ResourceNotFound", "Map Run does not exist");
    }
    let of = run.rsplit(':').nth(1).unwrap_or_default();
    let kind = if of.ends_with("/Mails") {
        "express"
    } else {
        "execution"
    };
    let size = request["maxResults"].as_u64().unwrap_or(100).min(CHILDREN);
    let executions: Vec<Value> = (0..size)
        .map(|number| {
            json!({
                "executionArn": format!("arn:aws:states:{region}:{ACCOUNT}:{kind}:{of}:child-{number}"), "mapRunArn": run,
                "stateMachineArn": machine_arn(region, of), "name": format!("child-{number}"), "status": "SUCCEEDED",
                "startDate": CREATED, "stopDate": CREATED + 4.0, "itemCount": BATCH
            })
        })
        .collect();
    let mut answer = json!({"executions": executions});
    if size < CHILDREN {
        answer["nextToken"] = "more".into();
    }
    Response::json(200, &answer)
}

/// Distributed Maps one after the other, two transitions at least.
pub(crate) fn history(map_runs: usize) -> Value {
    let mut events = vec![json!({
        "id": 1, "previousEventId": 0, "type": "ExecutionStarted", "timestamp": CREATED
    })];
    let mut add = |kind: &str, state: &str| {
        let id = events.len() + 1;
        let mut event = json!({
            "id": id, "previousEventId": id - 1, "type": kind, "timestamp": CREATED + id as f64
        });
        if kind.ends_with("StateEntered") {
            event["stateEnteredEventDetails"] = json!({"name": state});
        } else if kind.ends_with("StateExited") {
            event["stateExitedEventDetails"] = json!({"name": state});
        }
        events.push(event);
    };
    for number in 0..map_runs {
        let state = format!("Map{number}");
        for kind in [
            "MapStateEntered",
            "MapStateStarted",
            "MapRunStarted",
            "MapRunSucceeded",
            "MapStateSucceeded",
            "MapStateExited",
        ] {
            add(kind, &state);
        }
    }
    add("SucceedStateEntered", "Done");
    add("ExecutionSucceeded", "");
    json!({"events": events})
}
