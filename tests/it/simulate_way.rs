//! What `simulate` tells of attempts, of what was cut off, and of child executions.

use serde_json::Value;

use crate::bin::{Ran, advisor, run};
use crate::cli::folder;
use crate::simulate::{follows, schema};

/// Runs the only case of these mocks: the text, and the JSON.
fn told(machine: &str, mocks: &str) -> (String, Value) {
    let files = folder(&[
        ("m.asl.json", machine.as_bytes()),
        ("m.mocks.json", mocks.as_bytes()),
    ]);
    let simulate = |more: &[&str]| -> Ran {
        let fixed = ["simulate", "m.asl.json", "--mocks", "m.mocks.json"];
        let mut command = advisor();
        run(command.current_dir(files.path()).args(fixed).args(more))
    };
    let text = simulate(&[]);
    let json = simulate(&["--format", "json"]);
    assert_eq!((text.code, json.code), (0, 0), "{}{}", text.err, json.err);
    let value: Value = serde_json::from_str(&json.out).unwrap();
    follows(&schema("simulation-v1.schema.json"), &value);
    (text.out, value)
}

const RETRIED: &str = r#"{"StartAt": "Each", "States": {
  "Each": {"Type": "Map", "ItemsPath": "$.items", "MaxConcurrency": 2, "ResultPath": null, "Next": "Done",
    "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 10, "MaxAttempts": 1}],
    "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Sorry"}],
    "ItemProcessor": {"StartAt": "Both", "States": {
      "Both": {"Type": "Parallel", "End": true, "Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 3, "MaxAttempts": 2}],
        "Branches": [
          {"StartAt": "Cool", "States": {"Cool": {"Type": "Wait", "Seconds": 30, "End": true}}},
          {"StartAt": "Call", "States": {"Call": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": {"FunctionName": "f"}, "End": true}}}
        ]}}}},
  "Done": {"Type": "Succeed"},
  "Sorry": {"Type": "Pass", "End": true}}}"#;

#[test]
fn attempts_inside_of_attempts_are_told_each_with_its_wait() {
    let mocks = |last: &str| {
        format!(
            r#"{{"StateMachines": {{"m": {{"TestCases": {{"a": {{"Call": "R"}}}}}}}}, "MockedResponses": {{"R": {{
            "0": {{"Throw": {{"Error": "Busy", "Cause": "try later"}}, "AfterSeconds": 1}},
            "1": {{"Return": {{}}, "AfterSeconds": 2}},
            "2": {{"Throw": {{"Error": "Hard", "Cause": "no luck"}}, "AfterSeconds": 5}},
            {last}}}}},
            "SfnAdvisor": {{"m": {{"a": {{"Input": {{"items": [1, 2, 3]}}}}}}}}}}"#
        )
    };
    let (text, value) = told(
        RETRIED,
        &mocks(r#""3-9": {"Return": {}, "AfterSeconds": 1}"#),
    );
    insta::assert_snapshot!("retried_map", text);
    assert_eq!(value["states"]["Cool"]["entered"], 6);
    let hard = r#""3-9": {"Throw": {"Error": "Hard", "Cause": "no luck"}, "AfterSeconds": 1}"#;
    let (text, value) = told(RETRIED, &mocks(hard));
    insta::assert_snapshot!("caught_map", text);
    // What a catcher is given, and what the history says of the Map that failed.
    assert_eq!(
        value["output"]["error"],
        serde_json::json!({"Error": "Hard", "Cause": "no luck"})
    );
    let events = value["events"].as_array().unwrap();
    assert!(events.iter().any(|event| event["type"] == "MapStateFailed"));
    assert!(
        text.contains("failed with Hard; caught, goes to Sorry"),
        "{text}"
    );
}

#[test]
fn child_executions_are_told_and_priced() {
    let machine = |kind: &str| {
        format!(
            r#"{{"StartAt": "Each", "States": {{"Each": {{"Type": "Map", "MaxConcurrency": 3, "ToleratedFailureCount": 2, "End": true,
            "ItemProcessor": {{"ProcessorConfig": {{"Mode": "DISTRIBUTED", "ExecutionType": "{kind}"}}, "StartAt": "Call", "States": {{
              "Call": {{"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": {{"FunctionName": "f"}},
                "Retry": [{{"ErrorEquals": ["Busy"], "IntervalSeconds": 1}}], "Next": "Done"}},
              "Done": {{"Type": "Succeed"}}}}}}}}}}}}"#
        )
    };
    let mocks = r#"{"StateMachines": {"m": {"TestCases": {"a": {"Call": "R"}}}}, "MockedResponses": {"R": {
        "0": {"Throw": {"Error": "Busy", "Cause": "try later"}, "AfterSeconds": 1},
        "1-3": {"Return": {}, "AfterSeconds": 2},
        "4": {"Throw": {"Error": "Hard", "Cause": "no luck"}, "AfterSeconds": 0.25},
        "5-40": {"Return": {}, "AfterSeconds": 1}}},
        "SfnAdvisor": {"m": {"a": {"Input": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]}}}}"#;
    let (text, value) = told(&machine("EXPRESS"), mocks);
    insta::assert_snapshot!("express_children", text);
    let run = &value["map_runs"][0];
    assert_eq!(
        (&run["map"], &run["children"], &run["failed"]),
        (&"Each".into(), &10.into(), &1.into())
    );
    assert_eq!(run["first_failures"][0]["error"], "Hard");
    assert_eq!(run["first_failures"][0]["state"], "Call");
    assert_eq!(value["transitions"], 11);
    let cost = &value["cost"];
    let (all, children) = (&cost["standard_usd"], &cost["express_children_usd"]);
    let difference = all.as_f64().unwrap() - children.as_f64().unwrap();
    assert!((difference - 11.0 * 0.000_025).abs() < 1e-12, "{cost}");
    assert!(children.as_f64().unwrap() > 10.0 * 0.000_001, "{cost}");
    let (text, value) = told(&machine("STANDARD"), mocks);
    insta::assert_snapshot!("standard_children", text);
    // The Map, ten starts, ten calls, a retry and nine ends.
    assert_eq!(value["transitions"], 1 + 10 + 10 + 1 + 9);
    assert_eq!(value["cost"]["express_children_usd"].as_f64(), Some(0.0));
}
