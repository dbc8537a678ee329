//! Running a state machine without AWS, and mock files as tests.

use std::fs;

use jsonschema::Validator;
use serde_json::Value;

use crate::bin::{Ran, advisor, root, run};
use crate::cli::{DANGLING, folder, ran};

pub(crate) const SAGA: &str = "shared/docs/examples/card-order/card-order.asl.json";
pub(crate) const MOCKS: &str = "shared/docs/examples/card-order/card-order.mocks.json";

pub(crate) fn schema(name: &str) -> Validator {
    let text = fs::read_to_string(root().join("shared/docs/schema").join(name)).unwrap();
    jsonschema::draft202012::new(&serde_json::from_str(&text).unwrap()).unwrap()
}

pub(crate) fn follows(schema: &Validator, value: &Value) {
    let wrong: Vec<String> = schema
        .iter_errors(value)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

pub(crate) fn simulate(arguments: &[&str]) -> Ran {
    ran(&[&["simulate"], arguments].concat())
}

fn case(name: &str) -> Ran {
    simulate(&[SAGA, "--mocks", MOCKS, "--case", name])
}

/// Runs it, holds the JSON against its schema.
fn json(arguments: &[&str]) -> (i32, Value) {
    let ran = simulate(&[arguments, &["--format", "json"]].concat());
    let value: Value = serde_json::from_str(&ran.out)
        .unwrap_or_else(|error| panic!("{arguments:?}: {error}: {}{}", ran.out, ran.err));
    follows(&schema("simulation-v1.schema.json"), &value);
    (ran.code, value)
}

#[test]
fn its_help_is_an_interface() {
    insta::assert_snapshot!(simulate(&["--help"]).out);
}

#[test]
fn the_way_is_told_with_retries_and_catchers() {
    insta::assert_snapshot!("retried", case("ships after the card was busy").out);
    insta::assert_snapshot!("undone", case("undoes all where the carrier is down").out);
}

/// Everything that is folded, indented or hostile.
const LARGE: &str = r#"{
  "StartAt": "Size",
  "States": {
    "Size": {
      "Type": "Choice",
      "Choices": [
        {"Variable": "$.n", "NumericGreaterThan": 100, "Next": "Big"},
        {"And": [{"Variable": "$.n", "NumericGreaterThanEquals": 1}, {"Not": {"Variable": "$.skip", "IsPresent": true}}], "Next": "Items"}
      ],
      "Default": "Items"
    },
    "Big": {"Type": "Fail", "Error": "TooBig"},
    "Items": {
      "Type": "Map", "ItemsPath": "$.items", "MaxConcurrency": 2, "ResultPath": null,
      "Retry": [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 1, "IntervalSeconds": 5}],
      "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Both"}],
      "ItemProcessor": {"StartAt": "Odd", "States": {
        "Odd": {"Type": "Choice", "Choices": [{"Variable": "$", "NumericLessThan": 3, "Next": "Small"}], "Default": "Call"},
        "Small": {"Type": "Pass", "End": true},
        "Call": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": {"FunctionName": "x"}, "End": true}
      }},
      "Next": "Both"
    },
    "Both": {"Type": "Parallel", "End": true, "Branches": [
      {"StartAt": "Cool\u001b[31mdown", "States": {"Cool\u001b[31mdown": {"Type": "Wait", "Seconds": 3700, "End": true}}},
      {"StartAt": "Tell", "States": {"Tell": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "Parameters": {"QueueUrl": "q", "MessageBody": "m"}, "End": true}}}
    ]}
  }
}"#;

const LARGE_MOCKS: &str = r#"{
  "StateMachines": {"large": {"TestCases": {"all": {"Call": "Slow"}, "one fails": {"Call": "Bad"}}}},
  "MockedResponses": {
    "Slow": {"0-2": {"Return": {}, "AfterSeconds": 1.5}},
    "Bad": {"0": {"Return": {}, "AfterSeconds": 1.5}, "1-2": {"Throw": {"Error": "Item.Bad", "Cause": "no\u001b[2J luck"}}}
  },
  "SfnAdvisor": {"large": {
    "all": {"Input": {"n": 5, "items": [1, 2, 3, 4, 5]}, "Expect": {"status": "SUCCEEDED", "transitions": 15}},
    "one fails": {"Input": {"n": 5, "items": [1, 2, 3, 4, 5]}, "Expect": {"status": "FAILED", "transitions": 15}}
  }}
}"#;

#[test]
fn iterations_are_folded_and_branches_indented() {
    let files = folder(&[
        ("large.asl.json", LARGE.as_bytes()),
        ("large.mocks.json", LARGE_MOCKS.as_bytes()),
    ]);
    let told = |case: &str| {
        let fixed = ["simulate", "large.asl.json", "--mocks", "large.mocks.json"];
        let mut command = advisor();
        let ran = run(command
            .current_dir(files.path())
            .args(fixed)
            .args(["--case", case]));
        assert_eq!(ran.code, 0, "{}", ran.err);
        assert!(!ran.out.contains('\u{1b}'), "{}", ran.out);
        ran.out
    };
    insta::assert_snapshot!("folded", told("all"));
    insta::assert_snapshot!("folded_failure", told("one fails"));
}

#[test]
fn the_json_is_as_it_is_described_and_the_same_each_time() {
    let arguments = [SAGA, "--mocks", MOCKS, "--case", "ships"];
    let (code, value) = json(&arguments);
    assert_eq!(code, 0);
    let members = value.as_object().unwrap();
    assert_eq!(
        (&value["status"], &value["error"], &value["cause"]),
        (&"SUCCEEDED".into(), &Value::Null, &Value::Null)
    );
    assert_eq!(
        value["output"],
        serde_json::json!({"order": 7, "parcel": "p-1"})
    );
    assert_eq!(
        value["entered"],
        serde_json::json!(["Reserve", "Charge", "Ship"])
    );
    assert_eq!(
        (&value["transitions"], &value["virtual_seconds"]),
        (&3.into(), &2.5.into())
    );
    assert!(members.contains_key("error") && members.contains_key("cause"));
    let first = &value["events"][0];
    assert_eq!(
        (&first["type"], &first["timestamp"]),
        (
            &"ExecutionStarted".into(),
            &"2026-01-01T00:00:00.000Z".into()
        )
    );
    let all = [&["simulate"], &arguments[..], &["--format", "json"]].concat();
    assert_eq!(ran(&all).out, ran(&all).out);
    let history = folder(&[("run.json", value.to_string().as_bytes())]);
    let counted = run(advisor()
        .args(["history", "--format", "json"])
        .arg(history.path().join("run.json")));
    let counted: Value = serde_json::from_str(&counted.out).unwrap();
    assert_eq!(
        counted["transitions"], value["transitions"],
        "as `history` counts it"
    );
}

#[test]
fn an_execution_that_fails_is_no_failure_of_the_command() {
    let (code, value) = json(&[
        SAGA,
        "--mocks",
        MOCKS,
        "--case",
        "undoes all where the carrier is down",
    ]);
    assert_eq!((code, &value["status"]), (0, &"FAILED".into()));
    assert_eq!(
        (&value["error"], &value["output"]),
        (&"OrderFailed".into(), &Value::Null)
    );
}

#[test]
fn answers_are_invented_and_said_to_be_or_refused() {
    let (code, value) = json(&[SAGA, "--input", r#"{"order": 7}"#]);
    assert_eq!((code, &value["status"]), (0, &"SUCCEEDED".into()));
    assert!(
        value["notes"][0]
            .as_str()
            .unwrap()
            .starts_with("3 answers were invented")
    );
    let (code, value) = json(&[SAGA, "--input", r#"{"order": 7}"#, "--strict"]);
    assert_eq!((code, &value["status"]), (2, &"STOPPED".into()));
    let refused = simulate(&[SAGA, "--input", "{}", "--strict"]);
    assert!(
        refused.err.contains("stopped in `Reserve`"),
        "{}",
        refused.err
    );
}

#[test]
fn the_input_comes_as_text_as_a_file_or_from_a_pipe() {
    let pass = r#"{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}}"#;
    let large = format!("\"{}\"", "x".repeat(270_000));
    let files = folder(&[
        ("a.asl.json", pass.as_bytes()),
        ("input.json", b"[1]"),
        ("empty.json", b""),
        ("large.json", large.as_bytes()),
    ]);
    let path = |name: &str| files.path().join(name).display().to_string();
    let output = |input: &str| json(&[&path("a.asl.json"), "--input", input]).1["output"].clone();
    assert_eq!(output("[1]"), serde_json::json!([1]));
    assert_eq!(output(&path("input.json")), serde_json::json!([1]));
    assert_eq!(output("7"), serde_json::json!(7));
    assert_eq!(
        json(&[&path("a.asl.json")]).1["output"],
        serde_json::json!({})
    );
    let mut child = advisor()
        .args(["simulate", "--format", "json", "--input", "-"])
        .arg(path("a.asl.json"))
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), b"[1]").unwrap();
    let piped = child.wait_with_output().unwrap().stdout;
    let piped: Value = serde_json::from_slice(&piped).unwrap();
    assert_eq!(piped["output"], serde_json::json!([1]));
    for (input, why) in [
        ("gone.json", "cannot read gone.json: no such file"),
        ("yes", "neither JSON nor a file"),
        (&path("empty.json"), "is empty"),
        ("{\"a\":", "is not JSON"),
        (&path("large.json"), "AWS takes up to 262144"),
    ] {
        let refused = simulate(&[&path("a.asl.json"), "--input", input]);
        assert_eq!(refused.code, 2);
        assert!(refused.err.contains(why), "{}", refused.err);
    }
}

#[test]
fn a_machine_of_a_template_is_run_with_its_type() {
    let template = r"
Resources:
  Orders:
    Type: AWS::Serverless::StateMachine
    Properties:
      Type: EXPRESS
      Definition: {StartAt: A, States: {A: {Type: Succeed}}}
  Refunds:
    Type: AWS::Serverless::StateMachine
    Properties:
      Definition: {StartAt: B, States: {B: {Type: Succeed}}}
";
    let files = folder(&[("template.yaml", template.as_bytes())]);
    let template = files.path().join("template.yaml").display().to_string();
    let which = simulate(&[&template]);
    assert_eq!(which.code, 2);
    assert!(
        which
            .err
            .contains("choose one with --machine NAME; there is `Orders`, `Refunds`"),
        "{}",
        which.err
    );
    for (name, kind) in [("Orders", "EXPRESS"), ("Refunds", "STANDARD")] {
        let (code, value) = json(&[&template, "--machine", name]);
        assert_eq!(
            (code, &value["machine"], &value["type"]),
            (0, &name.into(), &kind.into())
        );
    }
    let other = simulate(&[&template, "--machine", "Order"]);
    assert!(
        other.err.contains("there is no state machine `Order`"),
        "{}",
        other.err
    );
    let (_, value) = json(&[SAGA, "--type", "express"]);
    assert_eq!(value["type"], "EXPRESS");
}

#[test]
fn what_cannot_be_run_is_exit_code_2() {
    let loops = r#"{"StartAt": "A", "States": {
      "A": {"Type": "Choice", "Choices": [{"Variable": "$.done", "IsPresent": true, "Next": "C"}], "Default": "B"},
      "B": {"Type": "Wait", "Seconds": 0, "Next": "A"},
      "C": {"Type": "Succeed"}
    }}"#;
    let files = folder(&[
        ("wrong.asl.json", DANGLING),
        ("empty.mocks.json", b"{}"),
        ("loop.asl.json", loops.as_bytes()),
        (
            "other.mocks.json",
            br#"{"StateMachines": {"x": {"TestCases": {"a": {"Resrve": "R"}}}}, "MockedResponses": {"R": {"0": {"Return": 1}}}}"#,
        ),
    ]);
    let path = |name: &str| files.path().join(name).display().to_string();
    for (arguments, why) in [
        (&[][..], "FILE"),
        (&["gone.asl.json"], "no such file"),
        (&[&path("wrong.asl.json")], "AWS would refuse to create"),
        (
            &[SAGA, "--mocks", &path("empty.mocks.json")],
            "the mock file cannot be used",
        ),
        (
            &[SAGA, "--mocks", &path("other.mocks.json")],
            "did you mean `Reserve`?",
        ),
        (&[SAGA, "--mocks", MOCKS], "--case NAME"),
        (
            &[SAGA, "--mocks", MOCKS, "--case", "ship"],
            "did you mean `ships`?",
        ),
        (&["-", "--input", "-"], "both"),
    ] {
        let ran = simulate(arguments);
        assert_eq!(ran.code, 2, "{arguments:?}: {}", ran.err);
        assert!(ran.err.contains(why), "{arguments:?}: {}", ran.err);
    }
    let refused = simulate(&[&path("wrong.asl.json")]);
    assert!(
        refused.out.contains("error[transition-target-missing]"),
        "{}",
        refused.out
    );
    // AWS ends it by the size of its history; that is an end.
    let (code, value) = json(&[&path("loop.asl.json")]);
    assert_eq!((code, &value["status"]), (0, &"FAILED".into()));
    let long = simulate(&[&path("loop.asl.json")]);
    assert!(
        long.out.contains("more lines; --full shows them"),
        "{}",
        long.out
    );
}

#[test]
fn mock_files_are_tests() {
    let ran = simulate(&["--test", "shared/docs/examples"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    insta::assert_snapshot!("cases", ran.out);
}

#[test]
fn cases_that_differ_and_cases_that_cannot_run_are_told_to_people_and_pipelines() {
    let saga = fs::read(root().join(SAGA)).unwrap();
    let mocks = fs::read_to_string(root().join(MOCKS)).unwrap();
    let config = mocks.replace("\"transitions\": 3", "\"transitions\": 4");
    let files = folder(&[
        ("large.asl.json", LARGE.as_bytes()),
        ("large.mocks.json", LARGE_MOCKS.as_bytes()),
        ("sagas/card-order.asl.json", &saga),
        ("sagas/MockConfigFile.json", config.as_bytes()),
    ]);
    let test = |more: &[&str]| {
        let mut command = advisor();
        let command = command.current_dir(files.path());
        run(command.args(["simulate", "--test", "."]).args(more))
    };
    let failed = test(&["--junit", "results.xml"]);
    assert_eq!(failed.code, 1, "{}", failed.err);
    insta::assert_snapshot!("cases_failed", failed.out);
    let xml = fs::read_to_string(files.path().join("results.xml")).unwrap();
    let report = quick_junit::Report::deserialize_from_str(&xml).unwrap();
    assert_eq!((report.tests, report.failures, report.errors), (5, 2, 0));
    insta::assert_snapshot!("junit", xml);
    fs::write(
        files.path().join("lost.mocks.json"),
        LARGE_MOCKS.replace("\"large\"", "\"lost\""),
    )
    .unwrap();
    fs::write(files.path().join("broken.mocks.json"), "{").unwrap();
    let lost = test(&["--format", "json"]);
    assert_eq!(lost.code, 2);
    let value: Value = serde_json::from_str(&lost.out).unwrap();
    follows(&schema("simulation-cases-v1.schema.json"), &value);
    let why: Vec<&str> = value["cases"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|case| case["why"].as_str())
        .collect();
    assert_eq!(
        value["cases"][0]["case"], "broken.mocks.json",
        "a file that cannot be used is a case"
    );
    assert!(why[0].contains("the mock file cannot be used"), "{why:?}");
    assert!(
        why[1].contains("there is no definition of `lost`"),
        "{why:?}"
    );
    let none = simulate(&["--test", "tests/fixtures/projects"]);
    assert_eq!(none.code, 2);
    assert!(none.err.contains("found no mock files"), "{}", none.err);
}

#[test]
fn all_paths_are_found_and_are_tests_that_pass() {
    const PAYMENT: &str = "tests/fixtures/machines/payment-saga.asl.json";
    let files = folder(&[(
        "payment-saga.asl.json",
        &fs::read(root().join(PAYMENT)).unwrap(),
    )]);
    let mocks = files.path().join("payment-saga.mocks.json");
    let explore = ["--explore", "--faults", PAYMENT];
    let write = ["--write-mocks", mocks.to_str().unwrap()];
    let told = simulate(&[&explore[..], &write].concat());
    assert_eq!(told.code, 0, "{}", told.err);
    insta::assert_snapshot!("explored", told.out);
    let tested = simulate(&["--test", files.path().to_str().unwrap(), "--format", "json"]);
    assert_eq!(tested.code, 0, "{}{}", tested.out, tested.err);
    let tested: Value = serde_json::from_str(&tested.out).unwrap();
    let found = simulate(&[&explore[..], &["--format", "json"]].concat());
    let found: Value = serde_json::from_str(&found.out).unwrap();
    follows(&schema("exploration-v1.schema.json"), &found);
    assert_eq!(tested["ok"], found["paths"].as_array().unwrap().len());
    let mut faults = found["faults"].as_array().unwrap().iter();
    let undone = faults.find(|fault| fault["state"] == "Ship").unwrap();
    assert_eq!(
        undone["afterwards"],
        serde_json::json!(["Refund", "CancelReservation", "Undone"])
    );
}

#[test]
fn a_recorded_execution_is_run_again() {
    let history = simulate(&[
        SAGA, "--mocks", MOCKS, "--case", "ships", "--format", "json",
    ])
    .out;
    let saga = fs::read_to_string(root().join(SAGA)).unwrap();
    let changed = saga.replace("\"End\": true", "\"Next\": \"Refund\"");
    let files = folder(&[
        ("run.json", history.as_bytes()),
        ("changed.asl.json", changed.as_bytes()),
        ("none.json", b"{}"),
    ]);
    let path = |name: &str| files.path().join(name).display().to_string();
    let notes = |file: &str| {
        let (_, value) = json(&[file, "--replay", &path("run.json")]);
        value["notes"][0].as_str().unwrap().to_owned()
    };
    assert_eq!(notes(SAGA), "it went as it was recorded");
    assert!(
        notes(&path("changed.asl.json"))
            .contains("`Refund` is entered, where the execution had ended")
    );
    assert_eq!(simulate(&[SAGA, "--replay", &path("none.json")]).code, 2);
}
