//! What AWS does not carry, and what does not end.

use serde_json::{Value, json};

use super::run::{returns, run, run_with, task};
use crate::{Mocks, Options, Status};

/// A text that is that many bytes as JSON.
fn text(bytes: usize) -> Value {
    "x".repeat(bytes - 2).into()
}

#[test]
fn the_last_event_of_a_full_history_says_so() {
    let definition = json!({"StartAt": "Loop", "States": {"Loop": {"Type": "Choice", "Default": "Loop",
        "Choices": [{"Variable": "$.stop", "IsPresent": true, "Next": "Loop"}]}}});
    let outcome = run(&definition, json!({"spin": true}), &mut Mocks::default());
    assert_eq!(outcome.status, Status::Failed);
    assert_eq!(outcome.error.as_deref(), Some("States.Runtime"));
    // Measured on AWS by floci (its issue 2734).
    let last: Vec<_> = outcome.events.iter().rev().take(2).collect();
    assert_eq!(
        (last[0].id, last[0].previous, last[0].kind),
        (25_000, 24_999, "ExecutionFailed")
    );
    assert_eq!((last[1].id, last[1].kind), (24_999, "ChoiceStateExited"));
}

#[test]
fn a_full_history_cannot_be_caught() {
    let catch = json!([{"ErrorEquals": ["States.ALL"], "Next": "End"}, {"ErrorEquals": ["States.Runtime"], "Next": "End"}]);
    let definition = json!({"StartAt": "P", "States": {"End": {"Type": "Succeed"},
        "P": {"Type": "Parallel", "Next": "End", "Catch": catch, "Branches": [
            {"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "A"}}}]}}});
    let outcome = run(&definition, json!({}), &mut Mocks::default());
    assert_eq!(
        (outcome.status, outcome.events.len()),
        (Status::Failed, 25_000)
    );
}

#[test]
fn express_workflows_have_minutes_and_no_history() {
    let express = |definition: &Value| {
        let mut options = Options::new(json!({}));
        options.express = true;
        run_with(definition, &options, &mut Mocks::default())
    };
    let spin = json!({"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "A"}}});
    let outcome = express(&spin);
    assert_eq!(outcome.status, Status::Stopped);
    assert_eq!(
        outcome.cause.as_deref(),
        Some("an Express workflow has no history to fill, but 250000 events are all that is kept")
    );
    let wait =
        json!({"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": 301, "End": true}}});
    let outcome = express(&wait);
    assert_eq!(
        (outcome.status, outcome.virtual_ms),
        (Status::TimedOut, 300_000)
    );
    let of = |resource: &str| json!({"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": resource, "End": true}}});
    for (resource, why) in [
        (
            "arn:aws:states:::states:startExecution.sync:2",
            "'.sync' service integration",
        ),
        (
            "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
            "'.waitForTaskToken' service integration",
        ),
        (
            "arn:aws:states:us-east-1:123456789012:activity:a",
            "Activity ARN",
        ),
    ] {
        let outcome = express(&of(resource));
        assert_eq!(
            (outcome.status, outcome.entered().count()),
            (Status::Stopped, 0)
        );
        let told = format!(
            "AWS refuses the definition: Express state machine does not support {why} (state `A`)"
        );
        assert_eq!(outcome.cause, Some(told));
    }
}

#[test]
fn what_a_task_is_answered_may_be_256_kib() {
    let catch = json!([{"ErrorEquals": ["States.ALL"], "Next": "B"}]);
    let definition = json!({"StartAt": "A", "States": {
        "A": task(&json!({"Catch": catch, "Next": "B"})), "B": {"Type": "Succeed"}}});
    let mut mocks = Mocks::default();
    mocks.push("A", returns(text(262_144), 0));
    assert_eq!(
        run(&definition, json!({}), &mut mocks).output,
        Some(text(262_144))
    );
    let mut mocks = Mocks::default();
    mocks.push("A", returns(text(262_145), 0));
    let outcome = run(&definition, json!({}), &mut mocks);
    // The words were recorded, and that `States.ALL` catches it.
    assert_eq!(
        outcome.output,
        Some(json!({"Error": "States.DataLimitExceeded", "Cause":
            "The state/task 'lambda' returned a result with a size exceeding the maximum number of bytes service limit."}))
    );
    assert!(
        outcome
            .events
            .iter()
            .any(|event| event.kind == "TaskFailed")
    );
    assert!(
        outcome
            .events
            .iter()
            .all(|event| event.kind != "TaskSucceeded")
    );
}

#[test]
fn parameters_and_outputs_have_the_same_limit() {
    let doubled = json!({"StartAt": "A", "States": {"A": task(&json!({"Parameters": {"one.$": "$", "two.$": "$"}, "End": true}))}});
    let mut mocks = Mocks::default();
    mocks.push("A", returns(json!({}), 0));
    let outcome = run(&doubled, text(200_000), &mut mocks);
    assert_eq!(outcome.error.as_deref(), Some("States.DataLimitExceeded"));
    assert!(
        outcome
            .events
            .iter()
            .all(|event| event.kind != "TaskScheduled")
    );
    let whole = json!({"StartAt": "A", "States": {"A": {"Type": "Pass", "ResultPath": "$.more", "Result": text(200_000), "End": true}}});
    let outcome = run(
        &whole,
        json!({"some": text(200_000)}),
        &mut Mocks::default(),
    );
    assert_eq!(outcome.error.as_deref(), Some("States.DataLimitExceeded"));
    let outcome = run(&whole, text(262_145), &mut Mocks::default());
    assert_eq!(
        (outcome.status, outcome.entered().count()),
        (Status::Stopped, 0)
    );
}

#[test]
fn variables_have_limits_of_their_own() {
    let pass = |assign: &Value, next: &str| json!({"Type": "Pass", "Assign": assign, "Next": next});
    let one = json!({"StartAt": "A", "States": {"End": {"Type": "Succeed"},
        "A": pass(&json!({"a": text(200_000), "b": text(100_000)}), "End")}});
    let outcome = run(&one, json!({}), &mut Mocks::default());
    assert_eq!(outcome.error.as_deref(), Some("States.DataLimitExceeded"));
    let mut states = json!({"End": {"Type": "Succeed"}});
    for at in 0..45 {
        let next = if at == 44 {
            "End".to_owned()
        } else {
            format!("S{}", at + 1)
        };
        states[format!("S{at}")] = pass(&json!({format!("v{at}"): text(262_144)}), &next);
    }
    let many = json!({"StartAt": "S0", "States": states});
    let outcome = run(&many, json!({}), &mut Mocks::default());
    assert_eq!(outcome.error.as_deref(), Some("States.DataLimitExceeded"));
    assert_eq!(outcome.entered().count(), 41, "40 of 256 KiB are 10 MiB");
}

#[test]
fn the_time_of_the_machine_ends_all_branches() {
    let branch = |name: &str| {
        json!({"StartAt": name, "States": {name: {"Type": "Wait", "Seconds": 2, "Next": format!("{name}2")},
            format!("{name}2"): {"Type": "Wait", "Seconds": 60, "End": true}}})
    };
    let definition = json!({"TimeoutSeconds": 10, "StartAt": "P", "States": {"P": {"Type": "Parallel", "End": true,
        "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "P"}], "Branches": [branch("A"), branch("B")]}}});
    let outcome = run(&definition, json!({}), &mut Mocks::default());
    assert_eq!(
        (outcome.status, outcome.virtual_ms),
        (Status::TimedOut, 10_000)
    );
    assert_eq!(
        outcome.entered().collect::<Vec<_>>(),
        ["P", "A", "B", "A2", "B2"]
    );
    assert!(
        outcome
            .events
            .iter()
            .all(|event| !event.kind.ends_with("Aborted"))
    );
}
