use insta::assert_snapshot;
use serde_json::Value;

use super::fixture::{clean, deploy, first_audit, next_audit};
use super::links;
use crate::{Links, chatbot_json, deploy_slack, slack, slack_text};

#[test]
fn a_first_audit() {
    assert_snapshot!(slack_text(&slack(&first_audit(), &links())));
}

#[test]
fn what_is_new_since_the_last_audit() {
    assert_snapshot!(slack_text(&slack(&next_audit(), &links())));
}

#[test]
fn nothing_found() {
    assert_snapshot!(slack_text(&slack(&clean(), &Links::default())), @r#"
*no findings in 1 state machine in 111122223333*
1 state machine read in 2 Regions, last 14 days.
"#);
}

#[test]
fn one_deploy() {
    let (report, machine) = deploy();
    assert_snapshot!(slack_text(&deploy_slack(&report, &links(), &machine)), @r#"
*video-import: deploy adds 2 findings, $33.57/month to save; fixes 1*
• *`video-import`* (eu-west-1), saves $33.57/month: `Normalize` hands its input on unchanged: one transition of 895 k executions a month. And 1 more like it.

Fixed: video-import (callback-without-heartbeat, since 1 Nov), $212/month saved.
Still open: 1 finding, $22.38/month to save.
<https://reports.example/audit.html?day=22&amp;sign=ab|The report, with evidence and fixes>

*Next steps*
• `video-import`: remove `Normalize` and start at its successor.
"#);
}

#[test]
fn the_custom_notification_of_an_audit() {
    let text = chatbot_json(&next_audit(), &links(), None);
    let json: Value = serde_json::from_str(&text).unwrap();
    assert_snapshot!(serde_json::to_string_pretty(&super::sorted(&json)).unwrap());
}

#[test]
fn the_custom_notification_of_a_deploy_has_a_thread_of_its_own() {
    let (report, machine) = deploy();
    let json: Value =
        serde_json::from_str(&chatbot_json(&report, &links(), Some(&machine))).unwrap();
    assert_eq!(json["metadata"]["eventType"], "sfn-advisor deploy");
    let thread =
        "sfn-advisor:arn:aws:states:eu-west-1:111122223333:stateMachine:video-import:2026-11-22";
    assert_eq!(json["metadata"]["threadId"], thread);
}

#[test]
fn a_report_that_is_not_on_the_web_is_named() {
    let links = Links {
        report: Some("s3://bucket/reports/2026-11-22.json".to_owned()),
    };
    let chat = slack(&first_audit(), &links);
    assert!(
        chat.description
            .ends_with("fixes: s3://bucket/reports/2026-11-22.json"),
        "{}",
        chat.description
    );
}

/// What an action leaves undone is part of it, and told with it.
#[test]
fn a_next_step_is_told_whole() {
    let mut report = first_audit();
    let mut findings = report
        .machines
        .iter_mut()
        .flat_map(|machine| &mut machine.findings);
    let unwatched = findings
        .find(|finding| finding.rule == "failures-unwatched")
        .unwrap();
    let action =
        "deploy the alarm of the fix; 24 failed executions a day are usual and stay untold";
    action.clone_into(&mut unwatched.action);
    let steps = slack(&report, &links()).next_steps;
    assert!(
        steps.contains(&format!("`invoice-run`: {action}.")),
        "{steps:?}"
    );
}
