use serde_json::{Value, json};

use super::{parse, sequence, task, wait};
use cost::able::{Blocker, blockers, open};

fn why(definition: &Value) -> Vec<String> {
    blockers(&parse(definition))
        .into_iter()
        .map(|Blocker { state, why }| format!("{state}: {why}"))
        .collect()
}

const NOTHING: [&str; 0] = [];

fn choice(to: &[&str]) -> Value {
    let rules: Vec<Value> = to
        .iter()
        .map(|next| json!({"Variable": "$.x", "IsPresent": true, "Next": next}))
        .collect();
    json!({"Type": "Choice", "Choices": rules})
}

#[test]
fn what_express_does_not_offer() {
    let cases = [
        (
            task("glue:startJobRun.sync", json!({})),
            "X: waits for a job (`.sync`)",
        ),
        (
            task("states:startExecution.sync:2", json!({})),
            "X: waits for a job (`.sync`)",
        ),
        (
            task("sqs:sendMessage.waitForTaskToken", json!({})),
            "X: waits for a callback (`.waitForTaskToken`)",
        ),
        (
            json!({"Type": "Task", "Resource": "arn:aws:states:us-east-1:111122223333:activity:pick"}),
            "X: is an activity",
        ),
        (
            json!({"Type": "Map", "ItemProcessor": {
                "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"},
                "StartAt": "In", "States": {"In": {"Type": "Pass", "End": true}}}}),
            "X: is a Distributed Map",
        ),
        (wait(300), "X: waits 300 s"),
        (wait(86_400), "X: waits 86400 s"),
    ];
    for (state, expected) in cases {
        assert_eq!(
            why(&sequence(&[("X", state.clone())])),
            [expected],
            "{state}"
        );
        // In a nested scope as well.
        let nested = json!({"Type": "Parallel", "Branches": [sequence(&[("X", state)])]});
        assert_eq!(why(&sequence(&[("P", nested)])), [expected]);
    }
}

#[test]
fn what_express_offers() {
    let states = [
        task("lambda:invoke", json!({"FunctionName": "f"})),
        json!({"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:111122223333:function:f"}),
        json!({"Type": "Task", "Resource": "${Filled}"}),
        json!({"Type": "Map", "ItemProcessor": {"StartAt": "In", "States": {"In": {"Type": "Pass", "End": true}}}}),
        wait(299),
        json!({"Type": "Wait", "SecondsPath": "$.seconds"}),
        json!({"Type": "Wait", "Timestamp": "2030-01-01T00:00:00Z"}),
    ];
    for state in states {
        assert_eq!(why(&sequence(&[("X", state.clone())])), NOTHING, "{state}");
    }
}

#[test]
fn every_blocker_is_named() {
    let definition = sequence(&[
        ("Await", task("glue:startJobRun.sync", json!({}))),
        (
            "Callback",
            task("sqs:sendMessage.waitForTaskToken", json!({})),
        ),
    ]);
    assert_eq!(
        why(&definition),
        [
            "Await: waits for a job (`.sync`)",
            "Callback: waits for a callback (`.waitForTaskToken`)"
        ]
    );
}

#[test]
fn waits_in_a_row_add_up() {
    let rows = [
        (vec![wait(100), wait(200)], true),
        (vec![wait(100), wait(199)], false),
        (
            vec![
                wait(200),
                json!({"Type": "Parallel", "Branches": [
            sequence(&[("B", wait(100))]), sequence(&[("C", json!({"Type": "Pass"}))])]}),
            ],
            true,
        ),
        // A Map may have no items.
        (
            vec![
                wait(200),
                json!({"Type": "Map", "ItemProcessor": sequence(&[("B", wait(100))])}),
            ],
            false,
        ),
    ];
    for (states, blocked) in rows {
        let names = ["S0", "S1"];
        let row: Vec<(&str, Value)> = names.into_iter().zip(states).collect();
        let expected: &[&str] = if blocked {
            &[": its waits add up to 300 s on every way to the end"]
        } else {
            &[]
        };
        assert_eq!(why(&sequence(&row)), expected, "{row:?}");
    }
}

#[test]
fn waits_count_on_the_shortest_way_only() {
    let definition = |short: u32| {
        json!({"StartAt": "Which", "States": {
            "Which": choice(&["Long", "Short"]),
            "Long": {"Type": "Wait", "Seconds": 290, "Next": "More"},
            "Short": {"Type": "Wait", "Seconds": short, "Next": "More"},
            "More": {"Type": "Wait", "Seconds": 100, "End": true},
        }})
    };
    assert_eq!(
        why(&definition(200)),
        [": its waits add up to 300 s on every way to the end"]
    );
    assert_eq!(why(&definition(199)), NOTHING);
}

#[test]
fn the_wait_of_the_last_state_counts() {
    // 305 s by the way that has waited less before its last state, 200 s by the other.
    let definition = json!({"StartAt": "Which", "States": {
        "Which": choice(&["First", "Late"]),
        "First": {"Type": "Wait", "Seconds": 10, "Next": "Second"},
        "Second": {"Type": "Wait", "Seconds": 295, "End": true},
        "Late": {"Type": "Wait", "Seconds": 200, "Next": "Done"},
        "Done": {"Type": "Succeed"},
    }});
    assert_eq!(why(&definition), NOTHING);
}

#[test]
fn a_caught_error_is_no_way_around_a_wait() {
    let mut definition = sequence(&[
        ("Try", task("dynamodb:getItem", json!({}))),
        ("First", wait(200)),
        ("Second", wait(200)),
        ("Sorry", json!({"Type": "Fail"})),
    ]);
    definition["States"]["Second"]["End"] = json!(true);
    definition["States"]["Second"]
        .as_object_mut()
        .unwrap()
        .remove("Next");
    definition["States"]["Try"]["Catch"] =
        json!([{"ErrorEquals": ["States.ALL"], "Next": "Sorry"}]);
    assert_eq!(
        why(&definition),
        [": its waits add up to 400 s on every way to the end"]
    );
}

#[test]
fn a_machine_that_never_ends_is_not_blocked_by_its_waits() {
    let definition = json!({"StartAt": "A", "States": {
        "A": {"Type": "Wait", "Seconds": 200, "Next": "B"},
        "B": {"Type": "Wait", "Seconds": 200, "Next": "A"},
    }});
    assert_eq!(why(&definition), NOTHING);
}

#[test]
fn what_is_left_open() {
    let mut definition = sequence(&[
        ("Filled", json!({"Type": "Task", "Resource": "${Filled}"})),
        ("Nothing", json!({"Type": "Task"})),
        (
            "Computed",
            json!({"Type": "Wait", "SecondsPath": "$.seconds"}),
        ),
        ("Until", json!({"Type": "Wait", "TimestampPath": "$.at"})),
        ("Fixed", wait(5)),
    ]);
    definition["States"]["Filled"]["Retry"] = json!([{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 30, "MaxAttempts": 4, "BackoffRate": 2}]);
    definition["States"]["Nothing"]["Retry"] = json!([{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 30, "MaxAttempts": 99_999_999,
                "BackoffRate": 1, "MaxDelaySeconds": 30}]);
    definition["States"]["Computed"]["Comment"] = json!("$$.Execution.RedriveCount");
    definition["TimeoutSeconds"] = json!(301);
    let open = open(&parse(&definition));
    assert_eq!(open.resources, ["Filled", "Nothing"]);
    assert_eq!(open.waits, ["Computed", "Until"]);
    assert_eq!(open.retries, ["Filled", "Nothing"]);
    assert_eq!(open.timeout_seconds, Some(301.0));
    assert!(open.reads_redrive_count);
}

#[test]
fn what_is_not_left_open() {
    let mut definition = sequence(&[("Load", task("dynamodb:getItem", json!({})))]);
    definition["TimeoutSeconds"] = json!(300);
    // 30 + 60 + 120 s.
    definition["States"]["Load"]["Retry"] = json!([{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 30, "MaxAttempts": 3, "BackoffRate": 2}]);
    assert_eq!(open(&parse(&definition)), cost::able::Open::default());
}
