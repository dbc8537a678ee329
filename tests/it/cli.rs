//! The command line as scripts and people rely on it: help, exit codes, and what it says of bad input.

use std::fs;

use stub::{Options, Shape, Stub};
use tempfile::TempDir;

use crate::bin::{Ran, advisor, advisor_with_credentials, run};

pub(crate) fn ran(arguments: &[&str]) -> Ran {
    run(advisor().args(arguments))
}

/// A folder with files of those names and contents.
pub(crate) fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, content) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    folder
}

pub(crate) fn check(folder: &TempDir, more: &[&str]) -> Ran {
    run(advisor()
        .current_dir(folder.path())
        .args(["check", "."])
        .args(more))
}

pub(crate) const GOOD: &[u8] = br#"{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}"#;
pub(crate) const DANGLING: &[u8] = br#"{
  "StartAt": "Cooldown",
  "States": {
    "Cooldown": {"Type": "Wait", "Seconds": 5, "Next": "Retry"},
    "RetryPayment": {"Type": "Succeed"}
  }
}"#;

#[test]
fn help_is_an_interface() {
    insta::assert_snapshot!("help", ran(&["--help"]).out);
    insta::assert_snapshot!("help_audit", ran(&["audit", "--help"]).out);
    insta::assert_snapshot!("help_check", ran(&["check", "--help"]).out);
    insta::assert_snapshot!("help_fix", ran(&["fix", "--help"]).out);
}

#[test]
fn wrong_usage_is_exit_code_2() {
    for arguments in [
        &["audti"][..],
        &["check"],
        &["audit", "--fail-on", "hihg"],
        &["audit", "--api-share", "2"],
        &["audit", "--express-logs", "0"],
        &["audit", "--sample", "0"],
        &["audit", "--facts", "account.json", "--express-logs", "1"],
        &["audit", "--format", "xml"],
    ] {
        let ran = ran(arguments);
        assert_eq!(ran.code, 2, "{arguments:?}: {}", ran.err);
        assert!(!ran.err.is_empty());
    }
}

#[test]
fn check_is_clean_points_at_errors_and_fails() {
    assert_eq!(check(&folder(&[("a.asl.json", GOOD)]), &[]).code, 0);
    let ran = check(
        &folder(&[("a.asl.json", GOOD), ("flows/order.asl.json", DANGLING)]),
        &[],
    );
    assert_eq!(ran.code, 1);
    insta::assert_snapshot!(ran.out);
}

#[test]
fn every_file_that_cannot_be_read_is_named_and_the_others_are_judged() {
    let deep = "[".repeat(100_000);
    let large = format!(
        r#"{{"Comment": "{}", "StartAt": "A", "States": {{}}}}"#,
        "x".repeat(1_100_000)
    );
    let truncated = &DANGLING[..DANGLING.len() / 2];
    let files = folder(&[
        ("bytes.asl.json", b"{\"StartAt\": \"\xff\"}"),
        ("deep.asl.json", deep.as_bytes()),
        ("empty.asl.json", b""),
        ("large.asl.json", large.as_bytes()),
        ("good.asl.json", GOOD),
        ("order.asl.json", DANGLING),
        ("truncated.asl.json", truncated),
        ("notes.json", b"{\"hello\": 1}"),
    ]);
    let ran = check(&files, &["--format", "json"]);
    assert_eq!(ran.code, 1);
    let report: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    let told: Vec<String> = report["diagnostics"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| {
            let text = |name: &str| it[name].as_str().unwrap().to_owned();
            format!(
                "{} {} {} {}",
                text("file"),
                text("severity"),
                text("rule"),
                text("pointer")
            )
        })
        .collect();
    insta::assert_snapshot!(told.join("\n"));
    insta::assert_snapshot!(report["unread"].to_string(), @r#"[{"file":"./bytes.asl.json","why":"not UTF-8: line 1 has a byte that is no text"}]"#);
}

#[test]
fn diagnostics_are_told_to_editors_and_pipelines() {
    let files = folder(&[("flows/a,b.asl.json", DANGLING)]);
    let json = check(&files, &["--format", "json"]).out;
    insta::assert_snapshot!(json, @r#"
    {
      "version": 1,
      "diagnostics": [
        {
          "file": "./flows/a,b.asl.json",
          "rule": "transition-target-missing",
          "aliases": [
            "MISSING_TRANSITION_TARGET"
          ],
          "severity": "error",
          "pointer": "/States/Cooldown/Next",
          "line": 4,
          "column": 56,
          "message": "`Next` of state `Cooldown` names `Retry`, which does not exist in this scope",
          "help": "did you mean `RetryPayment`?",
          "fixable": true
        }
      ],
      "unread": []
    }
    "#);
    let github = check(&files, &["--format", "github"]).out;
    insta::assert_snapshot!(github, @"::error file=./flows/a%2Cb.asl.json,line=4,col=56,title=transition-target-missing::`Next` of state `Cooldown` names `Retry`, which does not exist in this scope%0Adid you mean `RetryPayment`?");
    let sarif = check(&files, &["--format", "sarif"]).out;
    let sarif: serde_json::Value = serde_json::from_str(&sarif).unwrap();
    let run = &sarif["runs"][0];
    let result = &run["results"][0];
    assert_eq!(
        (&sarif["version"], &result["level"]),
        (&"2.1.0".into(), &"error".into())
    );
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "flows/a%2Cb.asl.json");
    assert_eq!(place["region"]["startLine"], 4);
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    assert!(
        rules.iter().any(|rule| rule["id"] == result["ruleId"]),
        "its rule is described"
    );
}

#[test]
fn a_definition_is_read_from_standard_input() {
    let run = |arguments: &[&str], text: &str| {
        use std::io::Write;
        let mut child = advisor()
            .args(arguments)
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(text.as_bytes())
            .unwrap();
        let output = child.wait_with_output().unwrap();
        (
            output.status.code(),
            String::from_utf8(output.stdout).unwrap(),
        )
    };
    let dangling = std::str::from_utf8(DANGLING).unwrap();
    let (code, out) = run(&["check", "--stdin", "--format", "github"], dangling);
    assert_eq!(code, Some(1));
    assert!(out.starts_with("::error file=<stdin>,line=4"), "{out}");
    let (code, fixed) = run(&["fix", "--stdin"], dangling);
    assert_eq!(
        (code, fixed),
        (Some(0), dangling.replace("\"Retry\"", "\"RetryPayment\""))
    );
}

#[test]
fn files_that_templates_name_are_judged_or_missed() {
    let template = br"Resources:
  Here: {Type: AWS::Serverless::StateMachine, Properties: {DefinitionUri: flows/here.json, Type: EXPRESS}}
  Gone: {Type: AWS::Serverless::StateMachine, Properties: {DefinitionUri: flows/gone.json}}
";
    let files = folder(&[("template.yaml", template), ("flows/here.json", DANGLING)]);
    let ran = check(&files, &["--format", "github"]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.out.contains("file=./flows/here.json,line=4"),
        "{}",
        ran.out
    );
    assert!(
        ran.out.contains(
            "file=./flows/gone.json,title=not read::no such file, but ./template.yaml names it"
        ),
        "{}",
        ran.out
    );
    let terraform = br#"resource "aws_sfn_state_machine" "m" {
  definition = templatefile("${path.module}/flow.json.tftpl", {})
}
"#;
    let conditional =
        br#"{"StartAt": "A", "States": {%{ if x ~}"A": {"Type": "Succeed"}%{ endif ~}}}"#;
    let files = folder(&[("main.tf", terraform), ("flow.json.tftpl", conditional)]);
    let ran = check(&files, &[]);
    assert_eq!(ran.code, 0, "{}", ran.out);
    assert!(
        ran.err
            .contains("not judged: ./flow.json.tftpl: directives of Terraform"),
        "{}",
        ran.err
    );
}

#[test]
fn patterns_stand_for_files() {
    let files = folder(&[("x/a.asl.json", DANGLING), ("x/y/b.asl.json", GOOD)]);
    let told = |pattern: &str| {
        let ran = run(advisor()
            .current_dir(files.path())
            .args(["check", pattern, "--format", "github"]));
        (ran.code, ran.out.lines().count())
    };
    assert_eq!(told("x/**/b.asl.json"), (0, 1));
    assert_eq!(told("x/*.asl.json"), (1, 1));
    assert_eq!(told("x/*.nothing").0, 3);
}

#[test]
fn a_folder_without_definitions_and_a_file_that_is_not_there_are_said() {
    let none = check(&folder(&[("notes.txt", b"hello")]), &[]);
    assert_eq!(none.code, 3);
    assert!(none.err.contains("found no definitions"), "{}", none.err);
    let missing = ran(&["check", "nowhere.asl.json"]);
    assert_eq!(missing.code, 3);
    assert!(
        missing.out.contains("nowhere.asl.json") && missing.out.contains("no such file"),
        "{}",
        missing.out
    );
}

#[test]
fn our_own_state_machine_is_clean() {
    let ran = ran(&["check", "infra", "--fail-on", "informational"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
}

#[test]
fn the_demo_needs_nothing_and_is_worth_reading() {
    let ran = ran(&["demo"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    for word in [
        "order-enrichment",
        "/month to save",
        "Subject: [sfn-advisor]",
        "AccessDenied on states:DescribeStateMachine",
    ] {
        assert!(ran.out.contains(word), "{word}");
    }
    assert!(!ran.out.contains('\u{1b}'), "no colours in a pipe");
}

#[test]
fn explain_knows_every_rule_and_suggests_the_nearest() {
    for rule in rules::RULES {
        let ran = ran(&["explain", rule.meta.id]);
        assert!(ran.code == 0 && ran.out.contains(rule.meta.id));
    }
    let problem = ran(&["explain", "transition-target-missing"]);
    assert!(
        problem.out.contains("does not exist in its scope"),
        "{}",
        problem.out
    );
    assert!(problem.out.lines().count() > 5, "what, why and what to do");
    let code = ran(&["explain", "missing_transition_target"]);
    assert_eq!(code.code, 0);
    for id in [
        "start-at-target-missing",
        "state-unreachable",
        "transition-target-missing",
    ] {
        assert!(code.out.contains(id), "{}", code.out);
    }
    let many = ran(&["explain", "SCHEMA_VALIDATION_FAILED"]).out;
    assert!(many.contains("\n- unknown-field: "), "{many}");
    let ran = ran(&["explain", "standard-suit-express"]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.err.contains("did you mean `standard-suits-express`?"),
        "{}",
        ran.err
    );
}

#[test]
fn an_account_file_of_a_newer_version_or_of_another_kind_is_refused_clearly() {
    let files = folder(&[
        ("newer.json", br#"{"version": 99, "what": "ever"}"#),
        ("other.json", b"[1, 2"),
        ("bytes.json", b"\xff\xfe"),
    ]);
    for (name, word) in [
        ("newer.json", "schema version 99"),
        ("other.json", "not an account file"),
        ("bytes.json", "bytes.json"),
        ("none.json", "none.json"),
    ] {
        let path = files.path().join(name);
        let ran = ran(&["audit", "--facts", path.to_str().unwrap()]);
        assert_eq!(ran.code, 3);
        assert!(
            ran.err.starts_with("error: ") && ran.err.contains(word),
            "{}",
            ran.err
        );
    }
}

#[test]
fn without_credentials_region_or_endpoint_it_says_what_to_do() {
    let none = ran(&["audit", "--region", "us-east-1"]);
    assert_eq!(none.code, 3);
    assert!(
        none.err.contains("no AWS credentials found"),
        "{}",
        none.err
    );
    let regionless = run(advisor_with_credentials().args(["audit"]));
    assert_eq!(regionless.code, 3);
    assert!(regionless.err.contains("no Region"), "{}", regionless.err);
    let unknown = run(advisor_with_credentials().args(["audit", "--region", "moon<script>"]));
    assert_eq!(unknown.code, 3);
    assert!(unknown.err.contains("is not a Region"), "{}", unknown.err);
    // A port on this machine that nobody listens on.
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let url = format!("http://127.0.0.1:{port}");
    let unreachable = run(advisor_with_credentials().args([
        "audit",
        "--region",
        "us-east-1",
        "--endpoint-url",
        &url,
    ]));
    assert_eq!(unreachable.code, 3);
    assert!(
        unreachable.err.contains("cannot reach") && unreachable.err.contains(&url),
        "{}",
        unreachable.err
    );
    let scratch = folder(&[("config", b"[default]\nregion = us-east-1\n")]);
    let mut command = advisor();
    command.env("AWS_CONFIG_FILE", scratch.path().join("config"));
    let profile = run(command.args(["audit", "--region", "us-east-1", "--profile", "nobody"]));
    assert_eq!(profile.code, 3);
    assert!(
        profile.err.contains("`nobody` does not exist"),
        "{}",
        profile.err
    );
}

fn audit(stub: &Stub, more: &[&str]) -> Ran {
    let fixed = [
        "audit",
        "--region",
        "us-east-1",
        "--no-pacing",
        "--endpoint-url",
        &stub.url,
    ];
    run(advisor_with_credentials().args(fixed).args(more))
}

#[test]
fn the_number_of_calls_is_the_least_there_can_be() {
    let stub = Stub::start(Options {
        machines: 300,
        alarms: 282,
        tagged: 155,
        shape: Shape::Idle,
        ..Options::default()
    });
    let ran = audit(&stub, &["--format", "json"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let report: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(report["machines"].as_array().unwrap().len(), 300);
    let counts: Vec<String> = stub
        .counts()
        .iter()
        .map(|(operation, count)| format!("{operation} {count:?}"))
        .collect();
    insta::assert_snapshot!(counts.join("\n"));
}

#[test]
fn fail_on_counts_and_fixes_are_written() {
    let stub = Stub::start(Options {
        machines: 12,
        ..Options::default()
    });
    assert_eq!(audit(&stub, &[]).code, 0);
    assert_eq!(audit(&stub, &["--fail-on", "informational"]).code, 1);
    let scratch = TempDir::new().unwrap();
    let fixes = scratch.path().join("fixes");
    let ran = audit(&stub, &["--write-fixes", fixes.to_str().unwrap()]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(fs::read_dir(&fixes).unwrap().count() > 0);
}

#[test]
fn logs_are_searched_only_when_asked_and_the_cost_is_told_before() {
    let stub = Stub::start(Options {
        machines: 2,
        express_every: 2,
        logging: true,
        ..Options::default()
    });
    let searches = || {
        stub.counts()
            .get("StartQuery")
            .map_or(0, |calls| calls.served)
    };
    let ran = audit(&stub, &[]);
    assert_eq!((ran.code, searches()), (0, 0), "{}", ran.err);
    let ran = audit(&stub, &["--express-logs", "0.001"]);
    assert_eq!((ran.code, searches()), (0, 1), "{}", ran.err);
    let cost = "scanning up to 0.001 GB of logs costs up to $0.000005 (price of us-east-1)";
    assert!(ran.err.contains(cost), "{}", ran.err);
}
