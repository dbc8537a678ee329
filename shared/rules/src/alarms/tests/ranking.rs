//! What is urgent, what is quiet, and what is told together.

use facts::{EventRule, Fact, MachineFacts, WorkflowType};
use findings::{Confidence, MachineReport, Severity, group};

use super::{
    ARN, alarm, deploys, failed, findings, machine, metric, metrics, on, only, own, report, silent,
    total, with,
};

#[test]
fn severity_is_what_was_missed() {
    use Severity::{Critical, High, Medium};
    for (started, bad, expected) in [
        (10_000, 1, Medium),
        (101, 1, Medium),
        (100, 1, High),
        (100_000, 9, Medium),
        (100_000, 10, High),
        (40, 19, High),
        (40, 20, Critical),
        (20, 10, Critical),
        (19, 10, High),
        (19, 19, High),
        // What failed was started before the window.
        (0, 3, High),
        (0, 20, Critical),
    ] {
        assert_eq!(
            only(&machine(started, bad)).severity,
            expected,
            "{bad} of {started}"
        );
    }
    let mut facts = machine(1_000, 0);
    metrics(&mut facts).timed_out = total(10);
    assert_eq!(only(&facts).severity, High);
}

#[test]
fn aborts_and_throttling_count_where_they_happened() {
    let mut facts = machine(1_000, 0);
    metrics(&mut facts).aborted = total(3);
    let aborted = only(&facts);
    assert_eq!(
        (aborted.severity, deploys(&aborted)),
        (
            Severity::Low,
            vec![
                "ExecutionsFailed".to_owned(),
                "ExecutionsAborted".to_owned()
            ]
        )
    );
    insta::assert_snapshot!(aborted.message, @"3 aborted executions in 14 days, and no alarm watches them");
    metrics(&mut facts).throttled = total(1);
    let throttled = only(&facts);
    assert_eq!(
        (throttled.severity, deploys(&throttled).len()),
        (Severity::Medium, 3)
    );
    insta::assert_snapshot!(throttled.message, @"3 aborted executions and 1 throttled transition in 14 days, and no alarm watches them");
    assert_eq!(deploys(&only(&machine(1_000, 5))), ["ExecutionsFailed"]);
}

#[test]
fn time_outs_count_where_they_can_happen() {
    let with_limit = |definition: &str| {
        let mut facts = machine(1_000, 0);
        facts.definition = Fact::Known(definition.to_owned());
        deploys(&only(&facts))
    };
    let states = r#""StartAt": "A", "States": {"A": {"Type": "Succeed"}}"#;
    assert_eq!(with_limit(&format!("{{{states}}}")), ["ExecutionsFailed"]);
    assert_eq!(
        with_limit(&format!("{{\"TimeoutSeconds\": 60, {states}}}")),
        ["ExecutionsFailed", "ExecutionsTimedOut"]
    );
    let mut express = machine(1_000, 0);
    express.workflow_type = Fact::Known(WorkflowType::Express);
    assert_eq!(
        deploys(&only(&express)),
        ["ExecutionsFailed", "ExecutionsTimedOut"]
    );
    // It did time out, whatever the definition says.
    let mut facts = machine(1_000, 0);
    metrics(&mut facts).timed_out = total(1);
    assert_eq!(
        deploys(&only(&facts)),
        ["ExecutionsFailed", "ExecutionsTimedOut"]
    );
}

#[test]
fn machines_that_do_not_fail_are_told_together() {
    let mut members = [
        machine(1_000, 0),
        machine(0, 0),
        machine(50, 0),
        machine(3_000, 42),
    ];
    for (n, facts) in members.iter_mut().enumerate() {
        facts.name = format!("m{n}");
        facts.arn = format!("{ARN}-{n}");
    }
    let mut reports: Vec<MachineReport> = members.iter().map(report).collect();
    let severities: Vec<Severity> = reports
        .iter()
        .map(|report| report.findings[0].severity)
        .collect();
    assert_eq!(
        severities,
        [
            Severity::Low,
            Severity::Informational,
            Severity::Low,
            Severity::High
        ]
    );
    let told = group(&mut reports);
    assert_eq!(told.len(), 1);
    insta::assert_snapshot!(told[0].message, @"3 state machines without failures in 14 days have no alarm on failed executions");
    assert_eq!(
        (
            told[0].members.len(),
            told[0].severity,
            deploys(&told[0]).len()
        ),
        (3, Severity::Low, 3)
    );
    // Of one machine only what is true of all of them.
    assert!(
        told[0]
            .evidence
            .iter()
            .all(|evidence| evidence.what != "ExecutionsStarted"),
        "{:?}",
        told[0].evidence
    );
    let left: Vec<usize> = reports.iter().map(|report| report.findings.len()).collect();
    assert_eq!(left, [0, 0, 0, 1]);
}

#[test]
fn one_quiet_machine_keeps_its_finding() {
    let mut reports = vec![report(&machine(1_000, 0)), report(&machine(1_000, 42))];
    assert_eq!(group(&mut reports), []);
    assert_eq!(reports[0].findings.len(), 1);
    insta::assert_snapshot!(reports[0].findings[0].message, @"no alarm watches its failed executions: none of 1,000 executions failed in 14 days");
}

#[test]
fn each_kind_of_quiet_has_its_own_words() {
    let mut fresh = machine(20, 0);
    fresh.created = Fact::Known("2026-11-21T12:00:00Z".parse().unwrap());
    let mut unmeasured = machine(0, 0);
    unmeasured.metrics = Fact::unknown("AccessDenied on cloudwatch:GetMetricData");
    let mut express = machine(1_000, 0);
    express.workflow_type = Fact::Known(WorkflowType::Express);
    let lines: Vec<String> = [
        machine(0, 0),
        machine(1, 0),
        fresh,
        unmeasured,
        express.clone(),
        with(express, &[failed("x")]),
    ]
    .iter()
    .map(|facts| {
        let finding = only(facts);
        let grouping = finding.grouping.as_ref().unwrap();
        format!(
            "{} {}: {}\n  {}",
            finding.severity, grouping.key, finding.message, grouping.message
        )
    })
    .collect();
    insta::assert_snapshot!(lines.join("\n"), @"
    informational quiet: no alarm watches its failed executions: it did not run in 14 days
      {n} state machines without failures in 14 days have no alarm on failed executions
    low quiet: no alarm watches its failed executions: it ran once in 14 days
      {n} state machines without failures in 14 days have no alarm on failed executions
    low new: created less than a day ago, and no alarm watches its failed executions
      {n} state machines created in the last day have no alarm on failed executions
    low unmeasured: no alarm watches its failed executions; how many there were is not known: AccessDenied on cloudwatch:GetMetricData
      {n} state machines whose metrics are not known have no alarm on failed executions
    low quiet: no alarm watches its failed and timed-out executions: none of 1,000 executions failed or timed out in 14 days
      {n} state machines without failures in 14 days have no alarm on failed executions
    informational timeouts: no alarm watches its timed-out executions: none of 1,000 executions timed out in 14 days
      {n} state machines that can time out, and did not in 14 days, have no alarm on timed-out executions
    ");
}

#[test]
fn a_machine_is_new_for_a_day() {
    let created = |at: &str| {
        let mut facts = machine(20, 0);
        facts.created = Fact::Known(at.parse().unwrap());
        only(&facts)
            .grouping
            .is_some_and(|grouping| grouping.key == "new")
    };
    assert!(created("2026-11-21T00:00:01Z"));
    assert!(!created("2026-11-21T00:00:00Z"));
}

#[test]
fn part_of_the_executions_is_a_hint() {
    let live = on(
        "live-failures",
        metric(
            "ExecutionsFailed",
            &[("StateMachineArn", ARN), ("Alias", "live")],
        ),
    );
    let finding = only(&with(machine(3_000, 42), std::slice::from_ref(&live)));
    assert_eq!(
        (finding.severity, finding.confidence),
        (Severity::Low, Confidence::Low)
    );
    insta::assert_snapshot!(finding.message, @"42 failed executions in 14 days: alarm `live-failures` watches only alias `live`");
    assert_eq!(deploys(&finding), ["ExecutionsFailed"]);
    // Nothing was missed, so nothing is said.
    assert_eq!(findings(&with(machine(3_000, 0), &[live])), []);
}

#[test]
fn an_event_rule_may_tell_somebody() {
    let listened = |name: &str, names_machine: bool| {
        let mut facts = machine(40, 30);
        facts.event_rules = Fact::Known(vec![EventRule {
            name: name.to_owned(),
            names_machine,
        }]);
        let finding = only(&facts);
        (finding.severity, finding.confidence, finding.notes.len())
    };
    assert_eq!(
        listened("order-failed", true),
        (Severity::Medium, Confidence::Medium, 1)
    );
    assert_eq!(
        listened("all-failed", false),
        (Severity::Critical, Confidence::Medium, 1)
    );
    // Step Functions' own rule for `.sync`.
    assert_eq!(
        listened("StepFunctionsGetEventsForStepFunctionsExecutionRule", false),
        (Severity::Critical, Confidence::High, 0)
    );
}

#[test]
fn dead_alarms_have_their_own_findings() {
    let typo = on("orders-failed", own("ExecutionsFailedCount"));
    let finding = only(&with(machine(3_000, 42), std::slice::from_ref(&typo)));
    assert_eq!(
        (finding.severity, finding.grouping.is_none()),
        (Severity::High, true)
    );
    assert_eq!(deploys(&finding), ["ExecutionsFailed"]);
    assert_ne!(finding.fingerprint, only(&machine(3_000, 42)).fingerprint);
    assert_eq!(
        only(&with(machine(3_000, 0), std::slice::from_ref(&typo))).severity,
        Severity::Medium
    );
    assert_eq!(
        only(&with(machine(30, 20), std::slice::from_ref(&typo))).severity,
        Severity::Critical
    );
    // Nothing is throttled, so little is lost; failures are a finding of their own.
    let severities = |facts: &MachineFacts| {
        findings(facts)
            .iter()
            .map(|finding| finding.severity)
            .collect::<Vec<_>>()
    };
    let throttled = on("orders-throttled", own("ExecutionsThrottled"));
    assert_eq!(
        severities(&with(machine(3_000, 42), &[throttled])),
        [Severity::Low, Severity::High]
    );
    // Two dead alarms, two faults.
    assert_eq!(
        severities(&with(machine(3_000, 42), &[typo, silent(failed("other"))])).len(),
        2
    );
}

#[test]
fn a_dead_alarm_over_all_machines_is_one_fault() {
    let mut members = [machine(1_000, 0), machine(3_000, 42)];
    for (n, facts) in members.iter_mut().enumerate() {
        facts.name = format!("m{n}");
        facts.arn = format!("{ARN}-{n}");
        facts.alarms = Fact::Known(vec![silent(alarm(
            "all-failed",
            facts::AlarmKind::Metric(metric("ExecutionsFailed", &[])),
        ))]);
    }
    let mut reports: Vec<MachineReport> = members.iter().map(report).collect();
    let told = group(&mut reports);
    assert_eq!(told.len(), 1, "{told:#?}");
    assert_eq!(
        (told[0].severity, deploys(&told[0]).len()),
        (Severity::Medium, 0)
    );
    insta::assert_snapshot!(told[0].message, @"alarm `all-failed` in us-east-1 has no action on ALARM: 2 state machines look watched by it, and are not");
    // Each machine still says what it missed.
    let severities: Vec<Vec<Severity>> = reports
        .iter()
        .map(|report| {
            report
                .findings
                .iter()
                .map(|finding| finding.severity)
                .collect()
        })
        .collect();
    assert_eq!(severities, [vec![Severity::Low], vec![Severity::High]]);
}

#[test]
fn what_is_not_known_is_said() {
    let mut facts = machine(3_000, 42);
    facts.alarms = Fact::unknown("AccessDenied on cloudwatch:DescribeAlarms");
    let denied = report(&facts);
    assert_eq!(denied.findings, []);
    insta::assert_snapshot!(denied.not_assessed[0].why, @"the alarms are not known: AccessDenied on cloudwatch:DescribeAlarms");
    let mut file = machine(3_000, 42);
    file.arn = String::new();
    insta::assert_snapshot!(report(&file).not_assessed[0].why, @"only a deployed state machine has alarms");
    // Alarms are judged without metrics.
    let mut facts = with(machine(0, 0), &[failed("x")]);
    facts.metrics = Fact::unknown("AccessDenied on cloudwatch:GetMetricData");
    assert_eq!(findings(&facts), []);
    let dead = with(facts, &[on("x", own("ExecutionsFailedCount"))]);
    assert_eq!(only(&dead).severity, Severity::Medium);
}

#[test]
fn names_that_cloudwatch_cannot_count_are_told() {
    let mut facts = machine(0, 0);
    facts.name = "größe".to_owned();
    let finding = only(&facts);
    assert_eq!(deploys(&finding), Vec::<String>::new());
    insta::assert_snapshot!(finding.message, @"no alarm can watch it: CloudWatch has no data of names with characters beyond ASCII");
    // It was counted after all.
    let mut counted = machine(10, 1);
    counted.name = "größe".to_owned();
    assert_eq!(deploys(&only(&counted)), ["ExecutionsFailed"]);
}

#[test]
fn a_quiet_machine_that_starts_to_fail_is_another_finding() {
    let quiet = only(&machine(1_000, 0));
    let failing = only(&machine(1_000, 42));
    assert!(quiet.grouping.is_some() && failing.grouping.is_none());
    assert_ne!(quiet.fingerprint, failing.fingerprint);
}
