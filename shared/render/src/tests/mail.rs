use findings::{Category, Severity};
use insta::assert_snapshot;

use super::fixture::{
    ACCOUNT, clean, deploy, finding, first_audit, machine, next_audit, removable, report_of, saving,
};
use super::links;
use crate::{Email, Links, deploy_email, email};

fn whole(mail: &Email) -> String {
    format!("Subject: {}\n\n{}", mail.subject, mail.body)
}

#[test]
fn a_first_audit() {
    assert_snapshot!(whole(&email(&first_audit(), &links())));
}

#[test]
fn what_is_new_since_the_last_audit() {
    assert_snapshot!(whole(&email(&next_audit(), &links())));
}

#[test]
fn nothing_found() {
    assert_snapshot!(whole(&email(&clean(), &Links::default())), @r#"
Subject: [sfn-advisor] no findings in 1 state machine - 111122223333

Audit of 22 Nov 2026, 06:00 UTC: 1 state machine read in 2 Regions, last
14 days. Nothing to change: no rule found anything to repair or to save.
"#);
}

#[test]
fn nothing_new() {
    let mut report = next_audit();
    report.lifecycle.as_mut().unwrap().new.clear();
    assert_snapshot!(whole(&email(&report, &links())));
}

#[test]
fn nothing_could_be_read() {
    let mut report = first_audit();
    report.machines.clear();
    report.account_findings.clear();
    report.not_read.push(findings::NotRead {
        region: "us-east-1".to_owned(),
        arn: "us-east-1".to_owned(),
        why: "AccessDenied on states:ListStateMachines".to_owned(),
    });
    assert_snapshot!(whole(&email(&report, &Links::default())), @r#"
Subject: [sfn-advisor] nothing could be read (2 errors) - 111122223333

Audit of 22 Nov 2026, 06:00 UTC: 0 of at least 1 state machines read in
2 Regions, last 14 days.

NOT READ
    payroll (eu-west-1): AccessDenied on states:DescribeStateMachine
    us-east-1: AccessDenied on states:ListStateMachines
"#);
}

#[test]
fn one_deploy() {
    let (report, machine) = deploy();
    assert_snapshot!(whole(&deploy_email(&report, &links(), &machine)), @r#"
Subject: [sfn-advisor] video-import: deploy adds 2 findings, $33.57/month to save; fixes 1 - 111122223333

video-import: deploy adds 2 findings, $33.57/month to save; fixes 1.

NEW: 2 low, $33.57/month to save

 1. video-import (eu-west-1)                          saves $33.57/month
    `Normalize` hands its input on unchanged: one transition of 895 k
    executions a month. And 1 more like it.
    Do: remove `Normalize` and start at its successor.

FIXED SINCE LAST TIME: 1, $212/month saved
    video-import: callback-without-heartbeat, since 1 Nov     $212/month

1 finding from before, $22.38/month to save.

The report, with evidence and fixes:
https://reports.example/audit.html?day=22&sign=ab
Amounts are US dollars at list prices of 2026-11-22.
"#);
}

#[test]
fn a_deploy_that_only_fixes() {
    let (mut report, machine) = deploy();
    report.lifecycle.as_mut().unwrap().new.clear();
    report.machines[0].findings.clear();
    assert_snapshot!(whole(&deploy_email(&report, &Links::default(), &machine)), @r#"
Subject: [sfn-advisor] video-import: deploy fixes 1 finding, $212/month saved - 111122223333

video-import: deploy fixes 1 finding, $212/month saved.

FIXED SINCE LAST TIME: 1, $212/month saved
    video-import: callback-without-heartbeat, since 1 Nov     $212/month
"#);
}

#[test]
fn a_deploy_that_could_not_be_read() {
    let (mut report, machine) = deploy();
    report.machines.clear();
    report.not_read = first_audit().not_read;
    let mail = deploy_email(&report, &Links::default(), &machine);
    assert!(
        mail.subject.contains("video-import: could not be read"),
        "{}",
        mail.subject
    );
    assert!(mail.body.contains("AccessDenied"), "{}", mail.body);
}

/// The most valuable ten are told; what is grave is among them, however little it costs.
#[test]
fn many_findings_fit_one_screen() {
    let mut report = first_audit();
    for at in 0..200_u32 {
        let machine = machine(&format!("worker-{at:03}"), "us-east-1");
        let mut small = finding("removable-transition", &machine, "one transition too many");
        let amount = format!("{at}.5");
        small.saving = Some(saving(&amount, &amount, &amount));
        report.machines.push(report_of(machine, vec![small]));
    }
    let mail = email(&report, &links());
    assert!(mail.body.lines().count() <= 60, "{}", mail.body);
    assert!(mail.body.contains("invoice-run"), "{}", mail.body);
    assert!(mail.body.contains(" 1. order-enrichment"), "{}", mail.body);
    assert!(
        mail.body.contains("and 196 more (196 low)"),
        "{}",
        mail.body
    );
}

/// Each that is told says what to do: the first three in full, the others shortly.
#[test]
fn every_finding_that_is_told_says_what_to_do() {
    let mut report = first_audit();
    for (name, action) in [
        (
            "usual",
            "deploy the alarm of the fix; 24 failed executions a day are usual and stay untold",
        ),
        ("wordy", &"one thing after another, ".repeat(20)),
        ("mute", ""),
    ] {
        let machine = machine(name, "us-east-1");
        let mut one = finding(
            "failures-unwatched",
            &machine,
            "42 failed executions in 14 days",
        );
        action.clone_into(&mut one.action);
        report.machines.push(report_of(machine, vec![one]));
    }
    let body = email(&report, &links()).body;
    let told = |from: &str, to: &str| {
        let (_, rest) = body.split_once(from).unwrap();
        rest.split_once(to).unwrap().0.to_owned()
    };
    assert_snapshot!(told(" 4. ", "NOT READ"), @r#"
usual (us-east-1)                                                low
    42 failed executions in 14 days.
    Do: deploy the alarm of the fix; 24 failed executions a day are
    usual and stay untold.
 5. wordy (us-east-1)                                                low
    42 failed executions in 14 days.
    Do: one thing after another, one thing after another, one thing
    after another, one thing after another, one thing after another...
 6. mute (us-east-1)                                                 low
    42 failed executions in 14 days.
 7. across the account                                               low
    16 state machines without a failure in 14 days have no alarm on
    failures.
    Do: deploy the alarms, for one machine or for all.
"#);
    assert!(
        body.lines().all(|line| line.chars().count() <= 72),
        "{body}"
    );
}

#[test]
fn critical_comes_before_money() {
    let mut report = first_audit();
    let broken = findings::Finding {
        severity: Severity::Critical,
        category: Category::Reliability,
        ..finding(
            "never-ends",
            &machine("loop", "us-east-1"),
            "`loop` never ends",
        )
    };
    report
        .machines
        .push(report_of(broken.machine.clone(), vec![broken]));
    let mail = email(&report, &links());
    assert!(mail.body.contains(" 1. loop (us-east-1)"), "{}", mail.body);
    assert!(
        mail.subject.contains("(1 critical, 1 high)"),
        "{}",
        mail.subject
    );
}

/// A machine that moves to Express no longer pays for transitions: the two savings are not added.
#[test]
fn overlapping_savings_are_counted_once_and_said_to_be() {
    let mut report = first_audit();
    let mut removable = removable();
    for finding in &mut removable {
        finding.machine = machine("order-enrichment", "us-east-1");
    }
    let home = report
        .machines
        .iter_mut()
        .find(|home| home.machine.name == "order-enrichment")
        .unwrap();
    home.findings.extend(removable);
    let mail = email(&report, &links());
    assert!(mail.subject.contains("$1,347/month"), "{}", mail.subject);
    assert!(mail.body.contains("exclude each other"), "{}", mail.body);
    assert!(
        !email(&first_audit(), &links())
            .body
            .contains("exclude each other")
    );
}

#[test]
fn subjects_are_short_and_carry_the_number() {
    let (report, _) = deploy();
    let long = machine(&"long-name-".repeat(8), "eu-west-1");
    let subjects = [
        email(&first_audit(), &links()).subject,
        deploy_email(&report, &links(), &long).subject,
        deploy_email(&report, &links(), &machine("größe\n\u{202e}x", "eu-west-1")).subject,
    ];
    for subject in &subjects {
        assert!(subject.len() < 100, "{subject}");
        assert!(
            subject.chars().all(|c| c == ' ' || c.is_ascii_graphic()),
            "{subject}"
        );
        assert!(subject.contains('$'), "{subject}");
        assert!(subject.ends_with(ACCOUNT), "{subject}");
    }
    assert_snapshot!(subjects.join("\n"), @r#"
[sfn-advisor] $1,347/month to save: 6 findings (1 high) - 111122223333
[sfn-advisor] long-name-long-name-lon...: deploy adds 2 findings, $33.57/month... - 111122223333
[sfn-advisor] gr??e\n\u{202e}x: deploy adds 2 findings, $33.57/month to save... - 111122223333
"#);
}
