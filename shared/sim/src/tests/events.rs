//! What events tell, and the order of those that tell of failing side by side.

use serde_json::{Value, json};

use super::run::{returns, run, run_with, task, throws};
use crate::{Mocks, Options, Outcome};

/// Type and the event before, of the last events.
fn last(outcome: &Outcome, many: usize) -> Vec<(&str, u64)> {
    let events = &outcome.events[outcome.events.len() - many..];
    events
        .iter()
        .map(|event| (event.kind, event.previous))
        .collect()
}

/// Measured on AWS by floci (its tests of Map iterations that fail, 2026-09-30).
#[test]
fn an_iteration_that_fails_cuts_the_others() {
    let definition = json!({"StartAt": "M", "States": {"M": {"Type": "Map", "ItemsPath": "$.items", "End": true,
        "ItemProcessor": {"StartAt": "Route", "States": {
            "Route": {"Type": "Choice", "Default": "Long", "Choices": [{"Variable": "$.kind", "StringEquals": "fail", "Next": "Pause"}]},
            "Long": {"Type": "Wait", "Seconds": 15, "End": true},
            "Pause": {"Type": "Wait", "Seconds": 1, "Next": "Boom"},
            "Boom": {"Type": "Fail", "Error": "Boom", "Cause": "sibling failed"}}}}}});
    let input = json!({"items": [{"kind": "long"}, {"kind": "fail"}]});
    let outcome = run(&definition, input, &mut Mocks::default());
    assert_eq!(outcome.error.as_deref(), Some("Boom"));
    let failed = outcome
        .events
        .iter()
        .find(|it| it.kind == "FailStateEntered");
    let failed = failed.unwrap().id;
    assert_eq!(
        last(&outcome, 6),
        [
            ("FailStateEntered", failed - 1),
            ("MapIterationAborted", failed),
            ("WaitStateAborted", failed),
            ("MapIterationFailed", failed),
            ("MapStateFailed", failed),
            ("ExecutionFailed", failed + 4),
        ]
    );
    let aborted =
        outcome.events[usize::try_from(failed).unwrap()].to_json(Options::new(Value::Null).start);
    assert_eq!(
        aborted["mapIterationAbortedEventDetails"],
        json!({"name": "M", "index": 0})
    );
}

#[test]
fn a_branch_that_fails_aborts_the_tasks_of_the_others() {
    let branch =
        |name: &str| json!({"StartAt": name, "States": {name: task(&json!({"End": true}))}});
    let definition = json!({"StartAt": "P", "States": {"P": {"Type": "Parallel", "End": true,
        "Branches": [branch("Slow"), branch("Bad")]}}});
    let mut mocks = Mocks::default();
    mocks.push("Slow", returns(json!(1), 5_000));
    mocks.push("Bad", throws("Broken", 1_000));
    let outcome = run(&definition, json!({}), &mut mocks);
    let failed = outcome.events.iter().find(|it| it.kind == "TaskFailed");
    let failed = failed.unwrap().id;
    let kinds: Vec<(&str, u64)> = last(&outcome, 4);
    assert_eq!(
        kinds,
        [
            ("TaskStateAborted", failed),
            ("TaskStateAborted", failed),
            ("ParallelStateFailed", failed),
            ("ExecutionFailed", failed + 3),
        ]
    );
}

#[test]
fn events_are_written_as_the_api_writes_them() {
    let definition = json!({"StartAt": "Call", "States": {
        "Call": task(&json!({"Parameters": {"FunctionName": "f"}, "TimeoutSeconds": 30, "Next": "Keep"})),
        "Keep": {"Type": "Pass", "QueryLanguage": "JSONata", "Assign": {"x": "{% $states.input.n %}"}, "End": true}}});
    let mut mocks = Mocks::default();
    mocks.push("Call", returns(json!({"n": 1}), 1_500));
    let outcome = run(&definition, json!({"a": "b"}), &mut mocks);
    let start = Options::new(Value::Null).start;
    let told: Vec<Value> = outcome.events.iter().map(|it| it.to_json(start)).collect();
    assert_eq!(
        told[0],
        json!({"id": 1, "previousEventId": 0, "type": "ExecutionStarted", "timestamp": "1970-01-01T00:00:00.000Z",
            "executionStartedEventDetails": {"input": "{\"a\":\"b\"}", "inputDetails": {"truncated": false}}})
    );
    assert_eq!(
        told[2]["taskScheduledEventDetails"],
        json!({"parameters": "{\"FunctionName\":\"f\"}", "region": "us-east-1", "resource": "invoke", "resourceType": "lambda",
            "timeoutInSeconds": 30})
    );
    assert_eq!(
        told[4],
        json!({"id": 5, "previousEventId": 4, "type": "TaskSucceeded", "timestamp": "1970-01-01T00:00:01.500Z",
            "taskSucceededEventDetails": {"output": "{\"n\":1}", "outputDetails": {"truncated": false}, "resource": "invoke",
                "resourceType": "lambda"}})
    );
    assert_eq!(
        told[7]["stateExitedEventDetails"],
        json!({"name": "Keep", "output": "{\"n\":1}", "outputDetails": {"truncated": false},
            "assignedVariables": {"x": "1"}, "assignedVariablesDetails": {"truncated": false}})
    );
    // What one state gives is what the next one is given: it is held once.
    let payloads: Vec<_> = outcome
        .events
        .iter()
        .filter_map(|it| it.payload.as_ref())
        .collect();
    assert!(std::sync::Arc::ptr_eq(payloads[0], payloads[1]));
    assert!(std::sync::Arc::ptr_eq(payloads[3], payloads[4]));
}

#[test]
fn an_expression_that_fails_says_in_which_field() {
    let definition = json!({"QueryLanguage": "JSONata", "StartAt": "A", "States": {
        "A": {"Type": "Pass", "Output": {"v": "{% $states.input.missing %}"}, "End": true}}});
    let outcome = run(&definition, json!({}), &mut Mocks::default());
    let event = outcome
        .events
        .iter()
        .find(|it| it.kind == "EvaluationFailed");
    let told = event.unwrap().to_json(Options::new(Value::Null).start);
    let details = &told["evaluationFailedEventDetails"];
    assert_eq!(
        (&details["location"], &details["state"]),
        (&json!("Output/v"), &json!("A"))
    );
    assert_eq!(details["error"], "States.QueryEvaluationError");
    assert_eq!(details["cause"], json!(outcome.cause.unwrap()));
}

#[test]
fn payloads_stay_within_their_bound() {
    let definition = json!({"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": "x".repeat(60), "Next": "B"},
        "B": {"Type": "Pass", "Result": "y".repeat(60), "End": true}}});
    let mut options = Options::new(json!({}));
    options.limits.payload_bytes = 100;
    let outcome = run_with(&definition, &options, &mut Mocks::default());
    let held: usize = outcome
        .events
        .iter()
        .filter_map(|it| it.payload.as_ref())
        .map(|it| it.len())
        .sum();
    assert!(outcome.payloads_left_out > 0);
    // `{}` twice, the first result twice; each of them is held once.
    assert_eq!(held, 2 * 2 + 2 * 62);
    let left = outcome.events.last().unwrap().to_json(options.start);
    assert_eq!(
        left["executionSucceededEventDetails"],
        json!({"outputDetails": {"truncated": true}})
    );
    options.payloads = false;
    let outcome = run_with(&definition, &options, &mut Mocks::default());
    assert!(outcome.events.iter().all(|it| it.payload.is_none()));
    assert_eq!(outcome.payloads_left_out, 0);
}
