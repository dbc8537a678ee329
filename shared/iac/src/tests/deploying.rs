//! The script that moves executions step by step, against a Terraform and an AWS that only note what they are asked.
#![allow(
    clippy::disallowed_methods,
    reason = "runs the script in a scratch folder"
)]

use std::fs;
use std::path::Path;
use std::process::Command;

use super::derive::of;
use crate::stack_terraform;

const TERRAFORM: &str = r#"#!/bin/sh
echo "terraform $*" >> "$LOG"
case "$*" in
  "output -raw alias_arn") [ -f "$DONE" ] && echo arn:aws:states:eu-west-1:1:stateMachine:m:live ;;
  "output -raw version_arn") echo "arn:aws:states:eu-west-1:1:stateMachine:m:$NEW" ;;
  "output -raw rollback_alarms") echo "m-failed m-timed-out" ;;
esac
"#;

const AWS: &str = r#"#!/bin/sh
echo "aws $*" >> "$LOG"
case "$*" in
  stepfunctions*) echo arn:aws:states:eu-west-1:1:stateMachine:m:1 ;;
  *) printf '%s' "$ALARMS"; [ "$ALARMS" != broken ] ;;
esac
"#;

/// What the script asks for, whether it ends well, and what it says.
fn deploy(how: &str, is_there: bool, new: &str, alarms: &str) -> (Vec<String>, bool, String) {
    let name = format!("deploy-{how}-{is_there}-{new}-{}", alarms.replace(' ', "_"));
    let folder = std::env::temp_dir().join(format!("{name}-{}", std::process::id()));
    fs::create_dir_all(folder.join("bin")).expect("a folder");
    let files =
        stack_terraform(&of(r#"{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}"#).stack);
    let script = files
        .iter()
        .find(|file| file.file_name == "terraform/deploy.sh")
        .expect("the script");
    fs::write(folder.join("deploy.sh"), &script.text).expect("written");
    for (tool, text) in [("terraform", TERRAFORM), ("aws", AWS)] {
        let path = folder.join("bin").join(tool);
        fs::write(&path, text).expect("written");
        let made = Command::new("chmod").arg("+x").arg(&path).status();
        assert!(made.is_ok_and(|status| status.success()));
    }
    let log = folder.join("log");
    let done = folder.join("done");
    fs::write(&log, "").expect("written");
    if is_there {
        fs::write(&done, "").expect("written");
    }
    let path = format!(
        "{}:{}",
        folder.join("bin").display(),
        std::env::var("PATH").unwrap_or_default()
    );
    let output = Command::new("sh")
        .arg(folder.join("deploy.sh"))
        .args([how, "-var-file=environments/prod.tfvars"])
        .env("PATH", path)
        .env("LOG", &log)
        .env("DONE", &done)
        .env("NEW", new)
        .env("ALARMS", alarms)
        .env("INTERVAL_SECONDS", "1")
        .env("LOOK_SECONDS", "1")
        .output()
        .expect("sh runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let asked = read(&log);
    fs::remove_dir_all(&folder).expect("removed");
    (asked, output.status.success(), said)
}

/// What was applied, as weights: `all` without one, `version` for the version alone.
fn read(log: &Path) -> Vec<String> {
    let text = fs::read_to_string(log).expect("a log");
    text.lines()
        .filter(|line| line.starts_with("terraform apply"))
        .map(|line| {
            assert!(
                line.ends_with("-var-file=environments/prod.tfvars"),
                "{line}"
            );
            if line.contains("-target=") {
                return "version".to_owned();
            }
            line.split_once("new_version_weight=").map_or_else(
                || "all".to_owned(),
                |(before, rest)| {
                    assert!(before.contains(
                        "previous_version_arn=arn:aws:states:eu-west-1:1:stateMachine:m:1 "
                    ));
                    rest.split(' ').next().unwrap_or_default().to_owned()
                },
            )
        })
        .collect()
}

#[test]
fn executions_move_step_by_step() {
    let (asked, well, said) = deploy("CANARY", true, "2", "");
    assert_eq!(asked, ["version", "0", "10", "all"], "{said}");
    assert!(well, "{said}");
    let (asked, well, _) = deploy("ALL_AT_ONCE", true, "2", "");
    assert!(well);
    assert_eq!(asked, ["all"]);
}

#[test]
fn an_alarm_sends_them_back() {
    for alarms in ["m-failed", "broken"] {
        let (asked, well, said) = deploy("LINEAR", true, "2", alarms);
        assert_eq!(asked, ["version", "0", "10", "0"], "{said}");
        assert!(!well, "{said}");
        assert!(said.contains("all executions go to"), "{said}");
    }
}

#[test]
fn what_is_new_or_did_not_change_is_deployed_at_once() {
    assert_eq!(deploy("CANARY", false, "1", "").0, ["all"]);
    assert_eq!(deploy("CANARY", true, "1", "").0, ["version", "all"]);
    let (asked, well, said) = deploy("SLOWLY", true, "2", "");
    assert!(asked.is_empty() && !well, "{said}");
    assert!(said.contains("CANARY"), "{said}");
}

#[test]
fn only_the_machine_itself_moves_and_its_alarms_are_known() {
    let mut stack = of(r#"{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}"#).stack;
    let mut child = stack.machine.clone();
    child.id = "child".to_owned();
    child.suffix = "-child".to_owned();
    child.file_name = "child.asl.json".to_owned();
    stack.children.push(child);
    let files = stack_terraform(&stack);
    let text = |name: &str| {
        let file = files.iter().find(|file| file.file_name == name);
        file.map(|file| file.text.clone()).expect("a file")
    };
    let main = text("terraform/main.tf");
    assert_eq!(
        main.matches("dynamic \"routing_configuration\"").count(),
        1,
        "{main}"
    );
    assert_eq!(main.matches("resource \"aws_sfn_alias\"").count(), 2);
    let outputs = text("terraform/outputs.tf");
    assert!(
        outputs.contains("aws_cloudwatch_metric_alarm.failed.alarm_name, aws_cloudwatch_metric_alarm.timed_out.alarm_name"),
        "{outputs}"
    );
}

#[test]
fn expressions_of_github_are_whole() {
    let mut stack = of(r#"{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}"#).stack;
    stack.environments.push(crate::stack::Environment {
        name: "prod".to_owned(),
        account: None,
        region: "eu-west-1".to_owned(),
        approval: true,
        deployment: crate::stack::Deployment::Canary,
    });
    let files = crate::stack_pipelines(&stack);
    for (name, wanted) in [
        (
            "pipeline/github-actions.yml",
            "ARTIFACT_BUCKET: ${{ vars.ARTIFACT_BUCKET }}",
        ),
        (
            "pipeline/github-actions-terraform.yml",
            "TF_VAR_alarm_topic_arn: ${{ vars.ALARM_TOPIC_ARN }}",
        ),
        (
            "pipeline/github-actions-terraform.yml",
            "sh terraform/deploy.sh CANARY -var-file=environments/prod.tfvars",
        ),
    ] {
        let file = files
            .iter()
            .find(|file| file.file_name == name)
            .expect("a file");
        assert!(file.text.contains(wanted), "{}", file.text);
        assert!(
            file.text.contains("group: deploy-${{ github.ref }}\n"),
            "{}",
            file.text
        );
        assert!(!file.text.contains("{ {"), "{}", file.text);
    }
}
