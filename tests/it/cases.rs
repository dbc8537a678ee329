//! Mock files as tests: what a mistake in one spoils, and that what is written passes.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::bin::{Ran, advisor, root, run};
use crate::cli::folder;
use crate::simulate::{MOCKS, SAGA, follows, schema, simulate};

/// Mistakes in the order of the text: a response that there is not, an attempt that says nothing, a state that there is not, an
/// expectation that there is not, an expectation of a case that there is not.
const MISTAKES: &str = r#"{
  "StateMachines": {"one": {"TestCases": {
    "good": {"Call": "Done"},
    "no response": {"Call": "Doen"},
    "no answer": {"Call": "Broken"},
    "no state": {"Cal": "Done"},
    "no such expectation": {"Call": "Done"},
    "differs": {"Call": "Done"},
    "unsaid": {"Call": "Done"}
  }}},
  "MockedResponses": {"Done": {"0": {"Return": {"n": 1}}}, "Broken": {"0": {"Retrun": 1}}},
  "SfnAdvisor": {"one": {
    "good": {"Input": {}, "Expect": {"status": "SUCCEEDED"}},
    "no such expectation": {"Expect": {"stats": "SUCCEEDED"}},
    "differs": {"Expect": {"status": "FAILED"}},
    "god": {"Expect": {"status": "SUCCEEDED"}}
  }}
}"#;

const ONE: &str = r#"{"StartAt": "Call", "States": {"Call": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": {"FunctionName": "f"}, "End": true}}}"#;

fn results(ran: &Ran) -> Vec<(String, String)> {
    let value: Value = serde_json::from_str(&ran.out).unwrap();
    follows(&schema("simulation-cases-v1.schema.json"), &value);
    let cases = value["cases"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    cases
        .map(|case| (text(&case["case"]), text(&case["result"])))
        .collect()
}

#[test]
fn a_mistake_in_one_case_stops_no_other() {
    let saga = fs::read(root().join(SAGA)).unwrap();
    let mocks = fs::read(root().join(MOCKS)).unwrap();
    let files = folder(&[
        ("one.asl.json", ONE.as_bytes()),
        ("one.mocks.json", MISTAKES.as_bytes()),
        ("binary.mocks.json", b"\xff\xfe\x00"),
        ("other/card-order.asl.json", &saga),
        ("other/card-order.mocks.json", &mocks),
    ]);
    let test = |more: &[&str]| {
        let mut command = advisor();
        let command = command.current_dir(files.path());
        run(command.args(["simulate", "--test", "."]).args(more))
    };
    let told = test(&["--junit", "results.xml"]);
    assert_eq!(told.code, 2, "{}", told.err);
    for line in [
        "  ERROR   binary.mocks.json",
        "  ok      good                                  SUCCEEDED, 1 transition",
        "  ERROR   no response",
        "          ./one.mocks.json:11:76: attempt 0 has no `Return` and no `Throw`; did you mean `Return`?",
        "  FAILED  differs                               SUCCEEDED, 1 transition",
        "12 cases: 5 ok, 1 failed, 6 could not be run",
    ] {
        let is_told = told.out.lines().any(|told| told == line);
        assert!(is_told, "{line}: {}", told.out);
    }
    let pairs = |wanted: &[(&str, &str)]| -> Vec<(String, String)> {
        let wanted = wanted.iter();
        wanted
            .map(|(case, result)| ((*case).to_owned(), (*result).to_owned()))
            .collect()
    };
    assert_eq!(
        results(&test(&["--format", "json"])),
        pairs(&[
            ("binary.mocks.json", "error"),
            ("good", "ok"),
            ("no response", "error"),
            ("no answer", "error"),
            ("no state", "error"),
            ("no such expectation", "error"),
            ("differs", "failed"),
            ("unsaid", "ok"),
            ("god", "error"),
            ("ships", "ok"),
            ("ships after the card was busy", "ok"),
            ("undoes all where the carrier is down", "ok"),
        ])
    );
    let xml = fs::read_to_string(files.path().join("results.xml")).unwrap();
    let report = quick_junit::Report::deserialize_from_str(&xml).unwrap();
    assert_eq!((report.tests, report.failures, report.errors), (12, 1, 6));
    assert!(
        xml.contains(
            "message=\"the test case cannot be used: ./one.mocks.json:4:29: there is no response"
        ),
        "{xml}"
    );
    assert!(
        xml.contains(r#"name="binary.mocks.json" classname="./binary.mocks.json""#),
        "{xml}"
    );
    // Alone, a case that is whole runs, and the mistakes of the others are warnings.
    let alone = |case: &str| {
        let mut command = advisor();
        let command = command.current_dir(files.path());
        let fixed = ["simulate", "one.asl.json", "--mocks", "one.mocks.json"];
        run(command.args(fixed).args(["--case", case]))
    };
    let good = alone("good");
    assert_eq!(good.code, 0, "{}", good.err);
    assert!(
        good.err
            .contains("warning: one.mocks.json:4:29: there is no response `Doen`"),
        "{}",
        good.err
    );
    let bad = alone("no answer");
    assert_eq!(bad.code, 2);
    assert!(
        bad.err.contains(
            "the test case cannot be used\none.mocks.json:11:76: attempt 0 has no `Return` and no `Throw`; did you mean `Return`?"
        ),
        "{}",
        bad.err
    );
    // Nothing is said of this one, and what is said of another may be meant for it.
    let unsaid = alone("unsaid");
    assert!(
        unsaid
            .err
            .contains("`one` has no test case `god`; did you mean `good`?"),
        "{}",
        unsaid.err
    );
}

#[test]
fn a_folder_without_definitions_is_tested_and_says_what_is_missing() {
    let files = folder(&[("one.mocks.json", MISTAKES.as_bytes())]);
    let path = files.path().to_str().unwrap();
    let told = simulate(&["--test", path]);
    assert_eq!(told.code, 2, "{}", told.err);
    assert!(told.out.contains("ERROR   all cases"), "{}", told.out);
    assert!(
        told.out.contains("there is no definition of `one`"),
        "{}",
        told.out
    );
    let gone = simulate(&["--test", "gone"]);
    assert_eq!(
        (gone.code, gone.err.trim()),
        (2, "error: cannot read gone: no such file")
    );
}

#[test]
fn a_file_that_cannot_be_read_is_told_in_one_wording() {
    let files = folder(&[("latin.json", b"{\"a\": \"\xe4\"}")]);
    let latin = files.path().join("latin.json").display().to_string();
    let latin_told = format!("{latin}: not UTF-8: line 1 has a byte that is no text");
    let folder = files.path().display().to_string();
    let folder_told = format!("{folder}: it is a folder");
    for (file, told) in [
        ("gone.json", "gone.json: no such file"),
        (&latin, &latin_told),
        (&folder, &folder_told),
    ] {
        for before in [
            &["simulate", SAGA, "--mocks"][..],
            &["simulate", SAGA, "--replay"],
            &["simulate", SAGA, "--input"],
            &["simulate", SAGA, "--prices"],
            &["history"],
            &["cost", "--facts"],
            &["audit", "--facts"],
            &["design", "--out", "nowhere"],
        ] {
            let ran = run(advisor().args(before).arg(file));
            assert_ne!(ran.code, 0);
            let wanted = format!("cannot read {told}\n");
            assert!(ran.err.ends_with(&wanted), "{before:?}: {}", ran.err);
        }
    }
}

#[test]
fn options_say_what_they_take() {
    for (option, given, told) in [
        (
            "--start",
            "yesterday",
            "a time is written as 2026-01-01T00:00:00Z",
        ),
        (
            "--seed",
            "-1",
            "a seed is a whole number from 0 to 18446744073709551615",
        ),
        (
            "--region",
            "mars-1",
            "there is no such Region: they are named like us-east-1",
        ),
        (
            "--region",
            "us-east",
            "there is no such Region; did you mean `us-east-1`?",
        ),
    ] {
        let ran = simulate(&[SAGA, option, given]);
        assert_eq!(ran.code, 2);
        let first = ran.err.lines().next().unwrap_or_default();
        assert!(
            first.starts_with(&format!("error: invalid value '{given}' for '{option}"))
                && first.ends_with(told),
            "{}",
            ran.err
        );
    }
    // There may be new ones.
    assert_eq!(simulate(&[SAGA, "--region", "xx-north-3"]).code, 0);
}

#[test]
fn a_fail_state_tells_what_its_expressions_gave() {
    let fail = |fields: Value, language: &str| {
        let mut state = json!({"Type": "Fail"});
        for (name, value) in fields.as_object().unwrap() {
            state[name] = value.clone();
        }
        json!({"QueryLanguage": language, "StartAt": "Both", "States": {
            "Both": {"Type": "Parallel", "Branches": [{"StartAt": "In", "States": {"In": state}}],
                "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Out"}], "Next": "Out"},
            "Out": state
        }})
        .to_string()
    };
    let query = fail(
        json!({"Error": "{% 'Order' & 'Lost' %}", "Cause": "{% 'of ' & $string(7) %}"}),
        "JSONata",
    );
    let path = fail(json!({"ErrorPath": "$.error"}), "JSONPath");
    let path = path.replace(
        "\"Next\":\"Out\"}]",
        "\"Next\":\"Out\",\"ResultPath\":null}]",
    );
    let files = folder(&[
        ("query.asl.json", query.as_bytes()),
        ("path.asl.json", path.as_bytes()),
    ]);
    for name in ["query.asl.json", "path.asl.json"] {
        let file = files.path().join(name).display().to_string();
        let ran = simulate(&[&file, "--input", r#"{"error": "OrderLost"}"#]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        let told = ran.out.matches("fails with OrderLost").count();
        assert_eq!(told, 2, "{}", ran.out);
        assert!(!ran.out.contains("fails with {%"), "{}", ran.out);
    }
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.path().is_dir() {
            collect(&entry.path(), files);
        } else {
            files.push(entry.path());
        }
    }
}

const FAMILY: &str = r#"
Resources:
  Parent:
    Type: AWS::Serverless::StateMachine
    Properties:
      DefinitionSubstitutions: {ChildStateMachineArn: !Ref Child, ParentArn: !Ref Parent}
      Definition:
        StartAt: Which
        States:
          Which:
            Type: Choice
            Choices: [{Variable: $.self, IsPresent: true, Next: Again}]
            Default: Run
          Run:
            Type: Task
            Resource: arn:aws:states:::states:startExecution.sync:2
            Parameters: {StateMachineArn: "${ChildStateMachineArn}", Input: {"n.$": $.n}}
            ResultSelector: {"status.$": $.Status, "output.$": $.Output}
            Catch: [{ErrorEquals: [States.TaskFailed], Next: Failed}]
            End: true
          Failed:
            Type: Pass
            Parameters: {"cause.$": "States.StringToJson($.Cause)"}
            End: true
          Again:
            Type: Task
            Resource: arn:aws:states:::states:startExecution.sync
            Parameters: {StateMachineArn: "${ParentArn}", Input: {self: true}}
            End: true
  Child:
    Type: AWS::Serverless::StateMachine
    Properties:
      Definition:
        StartAt: Work
        States:
          Work: {Type: Wait, Seconds: 5, Next: Call}
          Call:
            Type: Task
            Resource: arn:aws:states:::lambda:invoke
            Parameters: {FunctionName: f, "Payload.$": $}
            OutputPath: $.Payload
            End: true
"#;

const FAMILY_MOCKS: &str = r#"
StateMachines:
  Parent: {TestCases: {good: {}, bad: {}}}
  Child: {TestCases: {good: {Call: Done}, bad: {Call: Lost}}}
MockedResponses:
  Done: {"0": {Return: {Payload: {m: 3}}}}
  Lost: {"0": {Throw: {Error: Card.Lost, Cause: "of 7"}}}
SfnAdvisor:
  Parent:
    good: {Input: {n: 1}, Expect: {output: {status: SUCCEEDED, output: {m: 3}}}}
    bad: {Input: {n: 1}, Expect: {status: SUCCEEDED, entered: [Which, Run, Failed]}}
"#;

#[test]
fn a_state_machine_of_the_same_template_is_run_where_it_is_waited_for() {
    let files = folder(&[
        ("template.yaml", FAMILY.as_bytes()),
        ("family.mocks.yaml", FAMILY_MOCKS.as_bytes()),
    ]);
    let path = |name: &str| files.path().join(name).display().to_string();
    let (template, mocks) = (path("template.yaml"), path("family.mocks.yaml"));
    let ran = |more: &[&str]| {
        let fixed = [&template, "--machine", "Parent", "--format", "json"];
        let ran = simulate(&[&fixed[..], more].concat());
        assert_eq!(ran.code, 0, "{}", ran.err);
        let value: Value = serde_json::from_str(&ran.out).unwrap();
        follows(&schema("simulation-v1.schema.json"), &value);
        value
    };
    let good = ran(&["--mocks", &mocks, "--case", "good"]);
    assert_eq!(
        good["output"],
        json!({"status": "SUCCEEDED", "output": {"m": 3}})
    );
    assert_eq!(
        (&good["transitions"], &good["virtual_seconds"]),
        (&json!(2), &json!(5.0))
    );
    assert_eq!(
        good["notes"],
        json!([
            "`Run` ran `Child` of these files once, with 2 transitions that are a bill of its own"
        ])
    );
    let bad = ran(&["--mocks", &mocks, "--case", "bad"]);
    let cause = &bad["output"]["cause"];
    assert_eq!(
        (
            &cause["Error"],
            &cause["Cause"],
            &cause["Input"],
            &cause["Status"]
        ),
        (
            &json!("Card.Lost"),
            &json!("of 7"),
            &json!(r#"{"n":1}"#),
            &json!("FAILED")
        )
    );
    let tested = simulate(&["--test", files.path().to_str().unwrap()]);
    assert_eq!(tested.code, 0, "{}{}", tested.out, tested.err);
    // One that starts itself is not run for ever.
    let looped = ran(&["--input", r#"{"self": 1}"#]);
    assert_eq!(looped["status"], "SUCCEEDED");
    assert_eq!(
        looped["notes"],
        json!([
            "`Again` starts `Parent`, inside of too many others: it is not run",
            "`Again` ran `Parent` of these files 4 times, with 8 transitions that are a bill of its own; 1 answer in it was invented"
        ])
    );
}

/// Definitions of the repository, and a sample of others where there are some.
fn definitions() -> Vec<PathBuf> {
    const EVERY: usize = 50;
    let within = |folder: &str| {
        let mut files = Vec::new();
        collect(&root().join(folder), &mut files);
        files.sort();
        files
    };
    let is_definition = |path: &PathBuf| {
        path.to_str()
            .is_some_and(|path| path.ends_with(".asl.json"))
    };
    let own = ["shared/docs/examples", "tests/fixtures"];
    let mut all: Vec<PathBuf> = own.iter().flat_map(|it| within(it)).collect();
    all.retain(is_definition);
    assert!(all.len() > 20);
    let others = within("../shared/corpus/definitions");
    all.extend(others.into_iter().step_by(EVERY));
    all
}

fn explored(definition: &Path, mocks: &Path) -> Ran {
    let mut command = advisor();
    let fixed = [
        "simulate",
        "--explore",
        "--faults",
        "--format",
        "json",
        "--write-mocks",
    ];
    run(command.args(fixed).arg(mocks).arg(definition))
}

#[test]
fn what_is_written_passes_and_all_json_follows_its_schema() {
    let files = tempfile::TempDir::new().unwrap();
    let (mut paths, mut tried) = (0, 0);
    for definition in definitions() {
        let name = format!("m{tried}");
        let own = files.path().join(format!("{name}.asl.json"));
        fs::copy(&definition, &own).unwrap();
        let ran = explored(&own, &files.path().join(format!("{name}.mocks.json")));
        if ran.code == 2
            && ran
                .err
                .contains("AWS would refuse to create this state machine")
        {
            fs::remove_file(own).unwrap();
            continue;
        }
        assert_eq!(ran.code, 0, "{}: {}", definition.display(), ran.err);
        tried += 1;
        let found: Value = serde_json::from_str(&ran.out).unwrap();
        follows(&schema("exploration-v1.schema.json"), &found);
        paths += found["paths"].as_array().unwrap().len();
        let one = run(advisor().args(["simulate", "--format", "json"]).arg(&own));
        assert!(one.code == 0 || one.code == 2, "{}", definition.display());
        let one: Value = serde_json::from_str(&one.out).unwrap();
        follows(&schema("simulation-v1.schema.json"), &one);
    }
    let told = simulate(&["--test", files.path().to_str().unwrap(), "--format", "json"]);
    let told_of: Value = serde_json::from_str(&told.out).unwrap();
    follows(&schema("simulation-cases-v1.schema.json"), &told_of);
    let cases = told_of["cases"].as_array().unwrap().iter();
    let wrong: Vec<&Value> = cases.filter(|case| case["result"] != "ok").collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!((told.code, &told_of["ok"]), (0, &json!(paths)));
}
