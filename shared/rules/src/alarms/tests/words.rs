//! Whole findings, as they are read.

use std::fmt::Write as _;

use facts::{Alarm, Fact, MachineFacts, TreatMissing, WorkflowType};
use findings::{Finding, FixKind};

use super::{
    ARN, composite, failed, findings, machine, math, metric, metrics, on, only, own, silent, total,
    with,
};

fn told(finding: &Finding) -> String {
    let Finding {
        severity,
        confidence,
        message,
        why,
        action,
        notes,
        evidence,
        ..
    } = finding;
    let mut out =
        format!("{severity}, {confidence} confidence: {message}\nwhy: {why}\ndo: {action}\n");
    for note in notes {
        _ = writeln!(out, "{:?}: {}", note.kind, note.text);
    }
    for line in evidence {
        _ = writeln!(out, "{}: {} ({})", line.what, line.value, line.source);
    }
    if let Some(fix) = &finding.fix {
        _ = writeln!(out, "fix, {}: {}", fix.safety, fix.title);
        match &fix.kind {
            FixKind::Alarms(specs) => {
                for spec in specs {
                    _ = writeln!(
                        out,
                        "  {} > {} in {} s: {}",
                        spec.metric, spec.threshold, spec.period, spec.reason
                    );
                }
            }
            FixKind::Steps(steps) => steps.iter().for_each(|step| _ = writeln!(out, "  {step}")),
            FixKind::Edits(_) => {}
        }
    }
    out
}

#[test]
fn failures_without_an_alarm() {
    let mut facts = machine(3_000, 42);
    facts.workflow_type = Fact::Known(WorkflowType::Express);
    metrics(&mut facts).timed_out = total(1);
    metrics(&mut facts).throttled = total(1_200);
    insta::assert_snapshot!(told(&only(&facts)), @"
    high, high confidence: 42 failed executions, 1 timed-out execution and 1,200 throttled transitions in 14 days, and no alarm watches them
    why: nobody is told when an execution goes wrong: whoever waits for its result notices first, and an Express execution leaves nothing but its logs
    do: deploy the alarms of the fix
    ExecutionsStarted: 3,000 in 14 days (CloudWatch, 8 to 22 Nov 2026)
    ExecutionsFailed: 42 in 14 days (CloudWatch, 8 to 22 Nov 2026)
    ExecutionsTimedOut: 1 in 14 days (CloudWatch, 8 to 22 Nov 2026)
    ExecutionThrottled: 1,200 in 14 days (CloudWatch, 8 to 22 Nov 2026)
    alarms: no alarm looks at this state machine (CloudWatch alarms)
    price of an alarm: $0.10 a month each (prices us-east-1, 2026-11-22)
    fix, review: deploy alarms on failed and timed-out executions and throttled transitions
      ExecutionsFailed > 0 in 300 s: 42 in 14 days, on which days is not known, so each one counts
      ExecutionsTimedOut > 0 in 300 s: 1 in 14 days, on which days is not known, so each one counts
      ExecutionThrottled > 0 in 300 s: 1,200 in 14 days, on which days is not known, so each one counts
    ");
}

#[test]
fn an_idle_machine() {
    insta::assert_snapshot!(told(&only(&machine(0, 0))), @"
    informational, high confidence: no alarm watches its failed executions: it did not run in 14 days
    why: nobody is told when an execution goes wrong: whoever waits for its result notices first
    do: deploy the alarms of the fix
    ExecutionsStarted: 0 in 14 days (CloudWatch, 8 to 22 Nov 2026)
    ExecutionsFailed: 0 in 14 days (CloudWatch, 8 to 22 Nov 2026)
    alarms: no alarm looks at this state machine (CloudWatch alarms)
    price of an alarm: $0.10 a month each (prices us-east-1, 2026-11-22)
    fix, review: deploy the missing alarms
      ExecutionsFailed > 0 in 300 s: none in 14 days, so the first one counts
    ");
}

#[test]
fn alarms_that_do_not_count() {
    let alarms = [
        Alarm {
            treat_missing: TreatMissing::Ignore,
            ..on("aborted", own("ExecutionsAborted"))
        },
        Alarm {
            treat_missing: TreatMissing::Missing,
            ..on("throttled", own("ExecutionThrottled"))
        },
        on(
            "by-alias",
            metric(
                "ExecutionsFailed",
                &[("StateMachineArn", ARN), ("Alias", "live")],
            ),
        ),
    ];
    insta::assert_snapshot!(told(&only(&with(machine(3_000, 42), &alarms))), @"
    low, low confidence: 42 failed executions in 14 days: alarm `by-alias` watches only alias `live`
    why: nobody is told when an execution goes wrong: whoever waits for its result notices first
    do: deploy the alarm of the fix
    Mind: alarm `aborted` keeps its state while there is no data: once in ALARM it may stay there, and say nothing new
    Mind: alarm `throttled` stays in INSUFFICIENT_DATA while there is no data; `notBreaching` shows OK instead
    ExecutionsStarted: 3,000 in 14 days (CloudWatch, 8 to 22 Nov 2026)
    ExecutionsFailed: 42 in 14 days (CloudWatch, 8 to 22 Nov 2026)
    alarm `aborted`: watches aborted executions (CloudWatch alarms)
    alarm `throttled`: watches throttled transitions (CloudWatch alarms)
    alarm `by-alias`: watches only alias `live` (CloudWatch alarms)
    price of an alarm: $0.10 a month each (prices us-east-1, 2026-11-22)
    fix, review: deploy an alarm on failed executions
      ExecutionsFailed > 0 in 300 s: 42 in 14 days, on which days is not known, so each one counts
    ");
}

#[test]
fn dead_alarms() {
    let typo = on("orders-failed", own("ExecutionsFailedCount"));
    insta::assert_snapshot!(told(&only(&with(machine(3_000, 42), &[typo]))), @"
    high, high confidence: 42 failed executions in 14 days went untold: alarm `orders-failed` watches `ExecutionsFailedCount`, a metric that does not exist; the one that does is `ExecutionsFailed`
    why: it looks as if failed executions were watched, and nobody is told of them
    do: deploy the alarm of the fix in place of `orders-failed`
    ExecutionsStarted: 3,000 in 14 days (CloudWatch, 8 to 22 Nov 2026)
    ExecutionsFailed: 42 in 14 days (CloudWatch, 8 to 22 Nov 2026)
    alarm `orders-failed`: watches `ExecutionsFailedCount`, a metric that does not exist; the one that does is `ExecutionsFailed` (CloudWatch alarms)
    price of an alarm: $0.10 a month each (prices us-east-1, 2026-11-22)
    fix, review: deploy an alarm on failed executions
      ExecutionsFailed > 0 in 300 s: 42 in 14 days, on which days is not known, so each one counts
    ");
    let off = Alarm {
        actions_enabled: false,
        ..failed("Orders failed, 'prod'")
    };
    insta::assert_snapshot!(told(&only(&with(machine(3_000, 0), &[off]))), @r#"
    medium, high confidence: alarm `Orders failed, 'prod'` has its actions switched off
    why: it looks as if failed executions were watched, and nobody is told of them
    do: switch its actions on
    Assume: that nothing else acts on its state: EventBridge rules on alarm state changes are not read
    ExecutionsStarted: 3,000 in 14 days (CloudWatch, 8 to 22 Nov 2026)
    ExecutionsFailed: 0 in 14 days (CloudWatch, 8 to 22 Nov 2026)
    alarm `Orders failed, 'prod'`: has its actions switched off (CloudWatch alarms)
    fix, manual: make the alarm `Orders failed, 'prod'` tell somebody
      find out why its actions were switched off, and that the reason is gone
      run `aws cloudwatch enable-alarm-actions --region us-east-1 --alarm-names 'Orders failed, '\''prod'\'''`
    "#);
    let unheard = [
        silent(failed("orders-failed")),
        silent(composite("shop", "ALARM(orders-failed)")),
    ];
    insta::assert_snapshot!(told(&only(&with(machine(3_000, 0), &unheard))), @"
    medium, high confidence: alarm `orders-failed` has no action, and the composite alarm `shop` over it tells nobody
    why: it looks as if failed executions were watched, and nobody is told of them
    do: give `orders-failed` an action on ALARM, or deploy the alarm of the fix in its place
    Assume: that nothing else acts on its state: EventBridge rules on alarm state changes are not read
    ExecutionsStarted: 3,000 in 14 days (CloudWatch, 8 to 22 Nov 2026)
    ExecutionsFailed: 0 in 14 days (CloudWatch, 8 to 22 Nov 2026)
    alarm `orders-failed`: has no action, and the composite alarm `shop` over it tells nobody (CloudWatch alarms)
    price of an alarm: $0.10 a month each (prices us-east-1, 2026-11-22)
    fix, review: deploy an alarm on failed executions
      ExecutionsFailed > 0 in 300 s: none in 14 days, so the first one counts
    ");
    let everywhere = silent(on("all-failed", metric("ExecutionsFailed", &[])));
    insta::assert_snapshot!(told(&findings(&with(machine(3_000, 0), &[everywhere]))[0]), @"
    medium, high confidence: alarm `all-failed` has no action on ALARM
    why: it looks as if failed executions were watched, and nobody is told of them
    do: give it an action, or delete it
    Assume: that nothing else acts on its state: EventBridge rules on alarm state changes are not read
    ExecutionsStarted: 3,000 in 14 days (CloudWatch, 8 to 22 Nov 2026)
    ExecutionsFailed: 0 in 14 days (CloudWatch, 8 to 22 Nov 2026)
    alarm `all-failed`: has no action on ALARM (CloudWatch alarms)
    fix, manual: make the alarm `all-failed` tell somebody
      see what it looks at: `aws cloudwatch describe-alarms --region us-east-1 --alarm-names all-failed`
      give it an action, or delete it, where it is defined
    ");
}

#[test]
fn many_alarms_are_not_all_listed() {
    let alarms: Vec<Alarm> = (0..9).map(|n| silent(failed(&format!("a{n}")))).collect();
    let lines = findings(&with(machine(3_000, 42), &alarms))[0]
        .evidence
        .len();
    assert_eq!(lines, 2 + 5 + 1 + 1);
}

#[test]
fn one_and_many_are_worded_alike() {
    let message = |started: u64, failed: u64, timed_out: u64| {
        let mut facts = machine(started, failed);
        metrics(&mut facts).timed_out = total(timed_out);
        only(&facts).message
    };
    let lines = [
        message(5, 1, 0),
        message(5, 0, 1),
        message(50, 1, 1),
        message(9_000_000, 120_000, 3),
    ];
    insta::assert_snapshot!(lines.join("\n"), @"
    1 failed execution in 14 days, and no alarm watches it
    1 timed-out execution in 14 days, and no alarm watches it
    1 failed execution and 1 timed-out execution in 14 days, and no alarm watches them
    120,000 failed executions and 3 timed-out executions in 14 days, and no alarm watches them
    ");
}

#[test]
fn hostile_names_change_nothing_but_themselves() {
    let hostile: MachineFacts = MachineFacts {
        name: "a\u{1b}[31m`$(rm)`\n<!channel>".to_owned(),
        ..machine(30, 20)
    };
    for name in ["x'; rm -rf /; '", "{n}", "`", "", "-rf", "a\nb"] {
        let off = Alarm {
            actions_enabled: false,
            ..failed(name)
        };
        let finding = only(&with(hostile.clone(), &[off]));
        let Some(FixKind::Steps(steps)) = finding.fix.map(|fix| fix.kind) else {
            panic!("no steps")
        };
        let quoted = format!("'{}'", name.replace('\'', r"'\''"));
        let plain = !name.is_empty() && name.bytes().all(|c| c.is_ascii_alphanumeric());
        assert!(
            steps[1].ends_with(&format!(
                "{}`",
                if plain { name.to_owned() } else { quoted }
            )),
            "{steps:?}"
        );
    }
    let rate = math(
        "r",
        vec![
            ("m1", super::expression("m1+m1")),
            ("m1", super::expression("m1")),
        ],
    );
    assert_eq!(findings(&with(hostile, &[rate])).len(), 1);
}
