//! CloudWatch Logs: log groups, and searches through those of Express workflows.

use serde_json::{Value, json};

use crate::account::{ACCOUNT, number};
use crate::http::Response;
use crate::options::{Options, Search};
use crate::states::error;

const PREFIX: &str = "/aws/vendedlogs/states/";

/// What the log group of a state machine takes in within a day.
pub(crate) const BYTES_A_DAY: f64 = 2_880_000.0;

/// The logging of a state machine, as it is described.
pub(crate) fn configuration(region: &str, machine: &str) -> Value {
    let group = format!("arn:aws:logs:{region}:{ACCOUNT}:log-group:{PREFIX}{machine}:*");
    json!({
        "level": "ALL", "includeExecutionData": false, "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": group}}]
    })
}

pub(crate) fn answer(options: &Options, operation: &str, request: &Value) -> Option<Response> {
    Some(match operation {
        "DescribeLogGroups" => groups(request),
        "StartQuery" => start(request),
        "GetQueryResults" => results(options, request),
        "StopQuery" => Response::json(200, &json!({"success": true})),
        _ => return None,
    })
}

fn groups(request: &Value) -> Response {
    let identifiers = request["logGroupIdentifiers"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    if identifiers.len() > 50 {
        return error(400, "InvalidParameterException", "at most 50 log groups");
    }
    let groups: Vec<Value> = identifiers
        .iter()
        .filter_map(Value::as_str)
        .map(|arn| {
            let name = arn.rsplit(':').next().unwrap_or_default();
            let stored = 1000 * (1 + number(name).unwrap_or_default());
            json!({"logGroupName": name, "arn": format!("{arn}:*"), "logGroupArn": arn, "storedBytes": stored})
        })
        .collect();
    Response::json(200, &json!({"logGroups": groups}))
}

/// The id of a search holds what it is for.
fn start(request: &Value) -> Response {
    let query = request["queryString"].as_str().unwrap_or_default();
    let executions = query.split('"').nth(1).unwrap_or_default();
    let group = request["logGroupName"].as_str().unwrap_or_default();
    if number(executions) != number(group) || !query.contains("limit 10000") {
        return error(400, "MalformedQueryException", query);
    }
    let end = &request["endTime"];
    Response::json(200, &json!({"queryId": format!("{executions}|{end}")}))
}

/// Events of executions, newest first, in two pages: four states in a second and a half each, and an execution of which the
/// start is older than the time that was searched.
fn results(options: &Options, request: &Value) -> Response {
    let statistics =
        |bytes: f64| json!({"recordsMatched": 1.0, "recordsScanned": 1.0, "bytesScanned": bytes});
    let status = match options.search {
        Search::Ends => "Complete",
        Search::Fails => "Failed",
        Search::ScansMuch | Search::Runs => "Running",
    };
    if options.search != Search::Ends {
        let bytes = if options.search == Search::ScansMuch {
            1e12
        } else {
            1000.0
        };
        return Response::json(
            200,
            &json!({"status": status, "results": [], "statistics": statistics(bytes)}),
        );
    }
    let id = request["queryId"].as_str().unwrap_or_default();
    let (executions, end) = id.split_once('|').unwrap_or_default();
    let end: i64 = end.parse().unwrap_or_default();
    let mut rows: Vec<Value> = (0..options.executions)
        .flat_map(|number| execution(executions, number, end * 1000))
        .collect();
    rows.extend(
        execution(executions, options.executions, end * 1000)
            .into_iter()
            .skip(2),
    );
    rows.reverse();
    let half = rows.len() / 2;
    let mut answer = json!({"status": status, "statistics": statistics(1000.0)});
    if request["nextToken"] == "second" {
        answer["results"] = rows.split_off(half).into();
    } else {
        rows.truncate(half);
        answer["results"] = rows.into();
        answer["nextToken"] = "second".into();
    }
    Response::json(200, &answer)
}

/// The rows of one execution, oldest first; one in ten failed.
fn execution(prefix: &str, number: usize, end: i64) -> Vec<Value> {
    let arn = format!("{prefix}run-{number}:0f5ca4f2");
    let start = end - 2000 * (1 + number as i64);
    let failed = number % 10 == 7;
    let last = if failed {
        "ExecutionFailed"
    } else {
        "ExecutionSucceeded"
    };
    [
        ("ExecutionStarted", ""),
        ("TaskStateEntered", "Step0"),
        ("TaskScheduled", ""),
        ("TaskSucceeded", ""),
        ("TaskStateExited", "Step0"),
        (last, ""),
    ]
    .iter()
    .enumerate()
    .map(|(index, (kind, state))| {
        let field = |name: &str, value: String| json!({"field": name, "value": value});
        let mut row = vec![
            field("id", (index + 1).to_string()),
            field("type", (*kind).to_owned()),
            field("previous_event_id", index.to_string()),
            field("event_timestamp", (start + 300 * index as i64).to_string()),
            field("execution_arn", arn.clone()),
            field("@ptr", "CnQKOAo".to_owned()),
        ];
        if !state.is_empty() {
            row.push(field("details.name", (*state).to_owned()));
        }
        if *kind == "ExecutionFailed" {
            row.push(field("details.error", "Orders.OutOfStock".to_owned()));
        }
        Value::from(row)
    })
    .collect()
}
