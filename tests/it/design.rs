//! Designing a workflow, asking for its requirements, and deriving the infrastructure of a definition.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;

use serde_json::Value;
use tempfile::TempDir;

use crate::bin::{Ran, advisor, root, run};
use crate::cli::{DANGLING, folder, ran};
use crate::simulate::{follows, schema};

const EXAMPLES: &str = "shared/design/examples";
const SAGA: &[u8] = br"version: 1
name: order-saga
trigger: {type: eventbridge, source: shop.checkout}
load: {average_per_second: 2, payload: 6KB, failure_rate: 0.03}
duration: {typical: 4s, max: 15min}
guarantees: {delivery: exactly-once, consistency: saga, idempotency_key: $.order.id}
steps:
  - {id: Reserve, does: {action: lambda:invoke, resource: reserve}, timeout: 10s, idempotent: true, undo: {action: lambda:invoke, resource: release}}
  - {id: Pay, does: {action: lambda:invoke, resource: pay}, timeout: 30s, idempotent: true, pivot: true, undo: {action: lambda:invoke, resource: refund}}
  - {id: Tell, does: {action: sns:publish, resource: order-events}, on_error: ignore}
failure: {policy: compensate}
";
const THUMBNAIL: &str = "shared/design/examples/refuse-thumbnail.yaml";
const WAREHOUSE: &str = "shared/design/examples/refuse-warehouse-report.yaml";

/// `sfn-advisor`, run in the folder.
fn within(folder: &TempDir, arguments: &[&str]) -> Ran {
    run(advisor().current_dir(folder.path()).args(arguments))
}

/// What there is below a folder, with its content.
fn tree(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(at) = folders.pop() {
        for entry in fs::read_dir(at).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().display().to_string();
                all.push((name, fs::read(&path).unwrap()));
            }
        }
    }
    all.sort();
    all
}

fn names(folder: &TempDir) -> Vec<String> {
    tree(folder.path())
        .into_iter()
        .map(|(name, _)| name)
        .collect()
}

fn with_input(folder: &TempDir, arguments: &[&str], input: &[u8]) -> Ran {
    let mut child = advisor()
        .current_dir(folder.path())
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // It may have ended before it read everything.
    let _ = child.stdin.take().unwrap().write_all(input);
    let output = child.wait_with_output().unwrap();
    Ran {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

#[test]
fn their_help_is_an_interface() {
    insta::assert_snapshot!("help_design", ran(&["design", "--help"]).out);
    insta::assert_snapshot!("help_init", ran(&["init", "--help"]).out);
    insta::assert_snapshot!("help_iac", ran(&["iac", "--help"]).out);
}

#[test]
fn a_design_is_a_whole_folder_and_is_told_in_short() {
    let here = folder(&[("saga.yaml", SAGA)]);
    let ran = within(&here, &["design", "saga.yaml", "-o", "out/saga"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    insta::assert_snapshot!("designed", ran.out);
    let list = fs::read_to_string(here.path().join("out/saga/.sfn-advisor-files")).unwrap();
    let made = tree(&here.path().join("out/saga"));
    let mut made: Vec<&str> = made.iter().map(|(name, _)| name.as_str()).collect();
    made.retain(|name| *name != ".sfn-advisor-files");
    assert_eq!(list.lines().collect::<Vec<_>>(), made);
    for name in [
        "workflow.asl.json",
        "COST.md",
        "cost.html",
        "README.md",
        "decisions.json",
        "terraform/main.tf",
        "cdk/lib/workflow-stack.ts",
        "sam/template.yaml",
        "pipeline/github-actions.yml",
        "tests/MockConfigFile.json",
    ] {
        assert!(made.contains(&name), "{name} is missing: {made:?}");
    }
    let check = within(&here, &["check", "out/saga"]);
    assert_eq!(check.code, 0, "{}", check.out);
}

#[test]
fn the_commands_that_are_told_next_work() {
    let here = folder(&[("saga.yaml", SAGA)]);
    let ran = within(&here, &["design", "saga.yaml", "-o", "out"]);
    let line = ran
        .out
        .lines()
        .find(|line| line.contains("sfn-advisor simulate"));
    let command = line.unwrap().trim().strip_prefix("sfn-advisor ").unwrap();
    let words: Vec<&str> = command.split(' ').collect();
    let simulated = within(&here, &words);
    assert_eq!(simulated.code, 0, "{}", simulated.err);
    assert!(simulated.out.contains("SUCCEEDED"), "{}", simulated.out);
    assert!(!simulated.out.contains("note:"), "{}", simulated.out);
    // The README of the design says it for its own folder.
    let readme = fs::read_to_string(here.path().join("out/README.md")).unwrap();
    let line = readme
        .lines()
        .find(|line| line.contains("sfn-advisor simulate"));
    let command = line.unwrap().trim().strip_prefix("sfn-advisor ").unwrap();
    assert_eq!(command, "simulate workflow.asl.json --test tests");
    let words: Vec<&str> = command.split(' ').collect();
    let inside = run(advisor().current_dir(here.path().join("out")).args(&words));
    assert_eq!(
        (inside.code, &inside.out),
        (0, &simulated.out.replace("out/tests", "tests"))
    );
}

#[test]
fn every_example_is_told_as_its_schema_says_and_twice_the_same() {
    let schema = schema("design-v1.schema.json");
    let mut outcomes = std::collections::BTreeSet::new();
    for entry in fs::read_dir(root().join(EXAMPLES)).unwrap() {
        let file = entry.unwrap().path();
        let file = file.to_str().unwrap();
        let here = folder(&[]);
        let first = within(&here, &["design", file, "-o", "one", "--format", "json"]);
        let value: Value = serde_json::from_str(&first.out).unwrap();
        follows(&schema, &value);
        let outcome = value["outcome"].as_str().unwrap();
        let expected = if outcome == "designed" { 0 } else { 4 };
        assert_eq!(first.code, expected, "{file}");
        let refused = here.path().join("one/REFUSAL.md").exists();
        assert_eq!(refused, outcome != "designed", "{file}");
        let thin = here.path().join("one/workflow.asl.json").exists();
        assert_eq!(thin, outcome != "refused", "{file}");
        outcomes.insert(outcome.to_owned());

        let again = within(&here, &["design", file, "-o", "two", "--format", "json"]);
        assert_eq!(first.out.replace("\"one\"", "\"two\""), again.out, "{file}");
        assert_eq!(
            tree(&here.path().join("one")),
            tree(&here.path().join("two")),
            "{file}"
        );
    }
    let outcomes: Vec<&str> = outcomes.iter().map(String::as_str).collect();
    assert_eq!(outcomes, ["designed", "redirected", "refused"]);
}

#[test]
fn a_refusal_says_what_serves_better() {
    let here = folder(&[]);
    let file = |name: &str| root().join(name).display().to_string();
    let refused = within(&here, &["design", &file(THUMBNAIL), "-o", "no"]);
    assert_eq!(refused.code, 4);
    insta::assert_snapshot!("refused", refused.out);
    let redirected = within(&here, &["design", &file(WAREHOUSE), "-o", "thin"]);
    assert_eq!(redirected.code, 4);
    insta::assert_snapshot!("redirected", redirected.out);
}

#[test]
fn invalid_requirements_are_told_with_their_lines_and_leave_no_folder() {
    let text = String::from_utf8(SAGA.to_vec()).unwrap();
    let text = text
        .replace("trigger:", "tigger:")
        .replace("6KB", "6QB")
        .replace(
            "lambda:invoke, resource: pay}",
            "lambda:invok, resource: pay}",
        );
    let here = folder(&[("saga.yaml", text.as_bytes())]);
    let ran = within(&here, &["design", "saga.yaml", "-o", "new/out"]);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    insta::assert_snapshot!("invalid", ran.err);
    assert_eq!(names(&here), ["saga.yaml"]);
    assert!(!here.path().join("new").exists());

    let json = ["design", "saga.yaml", "-o", "out", "--format", "json"];
    let ran = within(&here, &json);
    assert_eq!(ran.code, 2);
    let value: Value = serde_json::from_str(&ran.out).unwrap();
    follows(&schema("design-v1.schema.json"), &value);
    assert_eq!(value["outcome"], "invalid");
    assert_eq!(value["place"], Value::Null);
    assert_eq!(value["problems"][0]["line"], 1);
}

#[test]
fn files_that_cannot_be_read_leave_no_folder() {
    let deep = "[".repeat(200_000);
    let large = "#".repeat(3 << 20);
    let here = folder(&[
        ("bytes.yaml", b"version: 1\nname: \xff\n"),
        ("deep.yaml", deep.as_bytes()),
        ("empty.yaml", b""),
        ("large.yaml", large.as_bytes()),
        ("no.yaml", b"no"),
        ("truncated.json", br#"{"version": 1, "name": "#),
        ("folder/x.yaml", b""),
    ]);
    let before = names(&here);
    for file in [
        "bytes.yaml",
        "deep.yaml",
        "empty.yaml",
        "large.yaml",
        "no.yaml",
        "truncated.json",
        "folder",
        "missing.yaml",
    ] {
        let ran = within(&here, &["design", file, "-o", "out"]);
        assert_eq!(ran.code, 2, "{file}: {}", ran.err);
        assert!(ran.err.contains(file), "{file}: {}", ran.err);
    }
    assert_eq!(names(&here), before);
}

#[test]
fn requirements_come_from_standard_input_too() {
    let here = folder(&[]);
    let ran = with_input(&here, &["design", "-", "-o", "out"], SAGA);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let json = br#"{"version": 1}"#;
    let ran = with_input(&here, &["design", "-", "-o", "none"], json);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("<stdin>:1:1"), "{}", ran.err);
}

#[test]
fn a_folder_that_is_not_empty_is_left_alone_without_force() {
    let here = folder(&[("saga.yaml", SAGA), ("out/mine.txt", b"mine")]);
    let refused = within(&here, &["design", "saga.yaml", "-o", "out"]);
    assert_eq!(refused.code, 2);
    assert!(refused.err.contains("is not empty"), "{}", refused.err);
    assert_eq!(names(&here), ["out/mine.txt", "saga.yaml"]);

    let forced = ["design", "saga.yaml", "-o", "out", "--force"];
    assert_eq!(within(&here, &forced).code, 0);
    assert!(here.path().join("out/workflow.asl.json").exists());
    let thumbnail = root().join(THUMBNAIL).display().to_string();
    let refusal = ["design", &thumbnail, "-o", "out", "--force"];
    assert_eq!(within(&here, &refusal).code, 4);
    assert_eq!(
        names(&here),
        [
            "out/.sfn-advisor-files",
            "out/REFUSAL.md",
            "out/mine.txt",
            "saga.yaml"
        ],
        "what the design no longer has is gone, and what is not ours stays"
    );
}

#[test]
fn hostile_names_stay_texts() {
    let hostile = "a\\u001b[2J'; DROP ${aws:x} <script>\\n](javascript:x) {{ }} %{ if }";
    let text = String::from_utf8(SAGA.to_vec()).unwrap();
    let text = text.replace(
        "name: order-saga\n",
        &format!("name: order-saga\ndescription: \"{hostile}\"\ntags: {{owner: \"{hostile}\"}}\n"),
    );
    let here = folder(&[("saga \u{1b}[31m'.yaml", text.as_bytes())]);
    let place = "out $(id) \u{1b}[2J";
    let ran = within(&here, &["design", "saga \u{1b}[31m'.yaml", "-o", place]);
    assert!(!ran.out.contains('\u{1b}') && !ran.err.contains('\u{1b}'));
    assert!([0, 2].contains(&ran.code), "{}", ran.err);
    if ran.code == 0 {
        assert!(ran.out.contains("'out $(id) "), "{}", ran.out);
        for (name, bytes) in tree(&here.path().join(place)) {
            assert!(!bytes.contains(&0x1b), "{name}");
        }
    }
    // A name that would leave the folder is none.
    let text = String::from_utf8(SAGA.to_vec()).unwrap();
    let text = text.replace("name: order-saga", "name: ../../etc/order");
    let here = folder(&[("saga.yaml", text.as_bytes())]);
    let ran = within(&here, &["design", "saga.yaml", "-o", "out"]);
    assert_eq!(ran.code, 2);
    assert_eq!(names(&here), ["saga.yaml"]);
}

#[test]
fn a_first_file_is_written_of_defaults_and_can_be_designed() {
    let here = folder(&[]);
    let ran = within(&here, &["init", "--defaults"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(
        names(&here),
        ["requirements-v1.schema.json", "requirements.yaml"]
    );
    let again = within(&here, &["init", "--defaults"]);
    assert_eq!(again.code, 2);
    assert!(again.err.contains("is there already"), "{}", again.err);
    assert_eq!(within(&here, &["init", "--defaults", "--force"]).code, 0);
    let designed = within(&here, &["design", "requirements.yaml", "-o", "out"]);
    assert_eq!(designed.code, 0, "{}", designed.err);
}

#[test]
fn answers_come_from_a_pipe() {
    let here = folder(&[]);
    let answers = b"refunds\nPays money back\nschedule\nrate(1 hour)\n40/h\n\n";
    let ran = with_input(&here, &["init", "refunds.yaml"], answers);
    assert_eq!(ran.code, 0, "{}", ran.err);
    insta::assert_snapshot!("asked", ran.err);
    insta::assert_snapshot!(
        "answered",
        fs::read_to_string(here.path().join("refunds.yaml")).unwrap()
    );
    let wrong = with_input(&here, &["init", "other.yaml"], b"refunds\n\nschedul\n");
    assert_eq!(wrong.code, 2);
    assert!(wrong.err.contains("line 3 of the answers"), "{}", wrong.err);
    assert!(!here.path().join("other.yaml").exists());
}

#[test]
fn infrastructure_is_derived_of_a_definition() {
    let here = folder(&[]);
    let saga = root().join("tests/fixtures/machines/payment-saga.asl.json");
    let saga = saga.to_str().unwrap();
    let ran = within(&here, &["iac", saga, "-o", "out", "--strict"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    insta::assert_snapshot!("derived", ran.out);
    let again = within(&here, &["iac", saga, "-o", "again", "--format", "json"]);
    let value: Value = serde_json::from_str(&again.out).unwrap();
    follows(&schema("iac-v1.schema.json"), &value);
    let made = tree(&here.path().join("out"));
    assert_eq!(made, tree(&here.path().join("again")));
    let files: Vec<&str> = value["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|name| name.as_str().unwrap())
        .collect();
    let mut names: Vec<&str> = made.iter().map(|(name, _)| name.as_str()).collect();
    names.retain(|name| *name != ".sfn-advisor-files");
    assert_eq!(files, names);
}

#[test]
fn what_a_definition_does_not_say_is_named_for_review() {
    let open: &[u8] = br#"{"StartAt": "Ask \u001b[2J|x", "States": {"Ask \u001b[2J|x": {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:nosuch:call", "End": true}}}"#;
    let athena: &[u8] = br#"{"StartAt": "Query", "States": {"Query": {"Type": "Task", "Resource": "arn:aws:states:::athena:startQueryExecution.sync", "Parameters": {"QueryString.$": "$.q", "WorkGroup": "primary"}, "End": true}}}"#;
    let here = folder(&[
        ("open.asl.json", open),
        ("query.asl.json", athena),
        ("bad.asl.json", DANGLING),
        ("no.json", b"{"),
    ]);
    let ran = within(
        &here,
        &["iac", "query.asl.json", "-o", "query", "--format", "json"],
    );
    assert_eq!(ran.code, 0, "{}", ran.err);
    let value: Value = serde_json::from_str(&ran.out).unwrap();
    follows(&schema("iac-v1.schema.json"), &value);
    let review = value["review"].as_array().unwrap();
    assert!(!review.is_empty(), "{}", ran.out);
    let blocking = review.iter().any(|it| it["blocking"] == true);
    let strict = within(
        &here,
        &["iac", "query.asl.json", "-o", "strict", "--strict"],
    );
    assert_eq!(strict.code, i32::from(blocking), "{}", strict.out);
    let page = fs::read_to_string(here.path().join("query/REVIEW.md")).unwrap();
    assert!(page.contains("**Query**"), "{page}");

    for file in ["bad.asl.json", "no.json", "missing.json"] {
        let ran = within(&here, &["iac", file, "-o", "none"]);
        assert_eq!(ran.code, 2, "{file}: {}", ran.err);
        assert!(!here.path().join("none").exists());
    }
    let ran = within(&here, &["iac", "open.asl.json", "-o", "open", "--strict"]);
    assert!(!ran.out.contains('\u{1b}') && !ran.err.contains('\u{1b}'));
    assert!([1, 2].contains(&ran.code), "{}{}", ran.out, ran.err);
}
