//! Thresholds from a machine's history.

use facts::{Alarm, Fact, Metrics, WorkflowType};
use findings::{AlarmSpec, Comparison, FixKind};
use proptest::prelude::*;

use super::{daily, findings, machine, metrics, on, only, own, total, window, with};
use crate::alarms::signal::Signal;
use crate::alarms::threshold::limit;

fn history(signal: Signal, started: &[u64], bad: &[u64]) -> String {
    let mut metrics = Metrics {
        started: daily(started),
        ..Metrics::idle(window())
    };
    match signal {
        Signal::Failed => metrics.failed = daily(bad),
        Signal::TimedOut => metrics.timed_out = daily(bad),
        Signal::Aborted => metrics.aborted = daily(bad),
        Signal::Throttled => metrics.throttled = daily(bad),
    }
    let limit = limit(signal, Some(&metrics));
    format!(
        "> {} in {} s: {}",
        limit.threshold, limit.period, limit.reason
    )
}

#[test]
fn a_threshold_is_above_the_usual_level() {
    let failed = |started: u64, bad: &[u64]| history(Signal::Failed, &[started; 14], bad);
    let lines = [
        failed(1_000, &[]),
        // One bad day is not usual, and neither are seven of fourteen.
        failed(1_000, &[0, 0, 0, 42]),
        failed(1_000, &[3; 7]),
        failed(1_000, &[3; 8]),
        failed(1_000, &[1; 14]),
        failed(10_000, &[24; 14]),
        failed(100_000, &[240; 14]),
        // Too many of too few.
        failed(60, &[24; 14]),
        failed(1, &[1; 14]),
        // Where the traffic is just enough, and one short of it.
        failed(192, &[24; 14]),
        failed(191, &[24; 14]),
        history(Signal::TimedOut, &[1_000; 14], &[8; 14]),
        history(Signal::Throttled, &[10; 14], &[800; 14]),
    ];
    insta::assert_snapshot!(lines.join("\n"), @"
    > 0 in 300 s: none in 14 days, so the first one counts
    > 0 in 300 s: 42 in 14 days and none on most days, so each one counts
    > 0 in 300 s: 21 in 14 days and none on most days, so each one counts
    > 2 in 3600 s: 3 on a usual day, so more than 2 in an hour count: three times the usual hour, and one
    > 2 in 3600 s: 1 on a usual day, so more than 2 in an hour count: three times the usual hour, and one
    > 4 in 3600 s: 24 on a usual day, so more than 4 in an hour count: three times the usual hour, and one
    > 31 in 3600 s: 240 on a usual day, so more than 31 in an hour count: three times the usual hour, and one
    > 0 in 300 s: 24 on a usual day of 60 executions, too many to get used to, so each one counts
    > 0 in 300 s: 1 on a usual day of 1 execution, too many to get used to, so each one counts
    > 4 in 3600 s: 24 on a usual day, so more than 4 in an hour count: three times the usual hour, and one
    > 0 in 300 s: 24 on a usual day of 191 executions, too many to get used to, so each one counts
    > 2 in 3600 s: 8 on a usual day, so more than 2 in an hour count: three times the usual hour, and one
    > 101 in 3600 s: 800 on a usual day, so more than 101 in an hour count: three times the usual hour, and one
    ");
}

#[test]
fn counts_that_are_not_told_by_day_have_no_usual_level() {
    let metrics = Metrics {
        started: total(140_000),
        failed: total(336),
        ..Metrics::idle(window())
    };
    insta::assert_snapshot!(limit(Signal::Failed, Some(&metrics)).reason, @"336 in 14 days, on which days is not known, so each one counts");
    assert_eq!(limit(Signal::Failed, Some(&metrics)).threshold, 0);
    // By the hour, in a window of some days, is not by the day either.
    let hourly = Metrics {
        failed: daily(&[1; 40]),
        ..metrics
    };
    assert_eq!(limit(Signal::Failed, Some(&hourly)).threshold, 0);
}

#[test]
fn no_history_makes_the_first_one_count() {
    insta::assert_snapshot!(limit(Signal::Failed, None).reason, @"how many are usual is not known, so each one counts");
}

#[test]
fn no_history_overflows() {
    let huge = Metrics {
        started: total(u64::MAX),
        failed: daily(&[u64::MAX / 20; 14]),
        timed_out: total(u64::MAX),
        throttled: total(u64::MAX),
        aborted: total(u64::MAX),
        ..Metrics::idle(window())
    };
    let mut facts = machine(0, 0);
    facts.metrics = Fact::Known(huge);
    assert_eq!(findings(&facts).len(), 1);
}

#[test]
fn the_alarm_is_ready_to_deploy() {
    let mut facts = machine(0, 0);
    metrics(&mut facts).started = daily(&[10_000; 14]);
    metrics(&mut facts).failed = daily(&[24; 14]);
    let finding = only(&facts);
    insta::assert_snapshot!(finding.action, @"deploy the alarm of the fix; 24 failed executions a day are usual and stay untold");
    metrics(&mut facts).failed = daily(&[1; 14]);
    insta::assert_snapshot!(only(&facts).action, @"deploy the alarm of the fix; 1 failed execution a day is usual and stays untold");
    metrics(&mut facts).failed = daily(&[1; 2]);
    insta::assert_snapshot!(only(&facts).action, @"deploy the alarm of the fix");
    let Some(FixKind::Alarms(specs)) = finding.fix.map(|fix| fix.kind) else {
        panic!("no alarms")
    };
    assert_eq!(
        specs,
        [AlarmSpec {
            machine_arn: super::ARN.to_owned(),
            machine_name: "orders".to_owned(),
            region: "us-east-1".to_owned(),
            metric: "ExecutionsFailed".to_owned(),
            statistic: "Sum".to_owned(),
            period: 3_600,
            evaluation_periods: 1,
            datapoints_to_alarm: 1,
            threshold: 4,
            comparison: Comparison::GreaterThanThreshold,
            treat_missing_data: "notBreaching".to_owned(),
            reason: "24 on a usual day, so more than 4 in an hour count: three times the usual hour, and one".to_owned(),
        }]
    );
}

pub(super) fn deployed(spec: &AlarmSpec) -> Alarm {
    let period = spec.period.into();
    Alarm {
        threshold: Some(f64::from(u32::try_from(spec.threshold).unwrap())),
        period,
        evaluation_periods: Some(spec.evaluation_periods),
        datapoints_to_alarm: Some(spec.datapoints_to_alarm),
        ..on(&spec.metric, own(&spec.metric))
    }
}

fn days(most: u64) -> impl Strategy<Value = Vec<u64>> {
    prop::collection::vec(
        prop_oneof![2 => Just(0), 1 => 0..20_u64, 1 => 0..most],
        0..16,
    )
}

proptest! {
    /// What the rule proposes is enough for the rule, whatever the history.
    #[test]
    fn the_alarms_that_are_proposed_count(
        started in days(200_000), failed in days(5_000), timed_out in days(500), aborted in days(50), throttled in days(90_000),
        express: bool, told_by_day: bool,
    ) {
        let mut facts = machine(0, 0);
        facts.workflow_type = Fact::Known(if express { WorkflowType::Express } else { WorkflowType::Standard });
        let count = |days: &[u64]| if told_by_day { daily(days) } else { total(days.iter().sum()) };
        *metrics(&mut facts) = Metrics {
            started: count(&started),
            failed: count(&failed),
            timed_out: count(&timed_out),
            aborted: count(&aborted),
            throttled: count(&throttled),
            ..Metrics::idle(window())
        };
        let Some(FixKind::Alarms(specs)) = only(&facts).fix.map(|fix| fix.kind) else { panic!("no alarms") };
        let alarms: Vec<Alarm> = specs.iter().map(deployed).collect();
        prop_assert_eq!(findings(&with(facts, &alarms)), []);
    }
}
