//! Whether an alarm went off for what went wrong.

use facts::{
    Alarm, AlarmKind, EventRule, Fact, MachineFacts, MetricRef, MetricSource, TreatMissing,
};
use findings::{Confidence, FixKind, Severity};
use proptest::prelude::*;

use super::thresholds::deployed;
use super::{
    daily, deploys, expression, failed, findings, machine, math, metric, metrics, on, only, own,
    total, with,
};

/// A machine that starts and fails so often on each day.
fn days(started: &[u64], bad: &[u64]) -> MachineFacts {
    let mut facts = machine(0, 0);
    metrics(&mut facts).started = daily(started);
    metrics(&mut facts).failed = daily(bad);
    facts
}

fn above(threshold: f64) -> Alarm {
    Alarm {
        threshold: Some(threshold),
        ..failed("x")
    }
}

/// In so many of so many periods.
fn lasting(bad: u32, of: u32, alarm: Alarm) -> Alarm {
    Alarm {
        evaluation_periods: Some(of),
        datapoints_to_alarm: (bad < of).then_some(bad),
        ..alarm
    }
}

fn treating(treat_missing: TreatMissing, alarm: Alarm) -> Alarm {
    Alarm {
        treat_missing,
        ..alarm
    }
}

/// What is said of a machine with these alarms; nothing where they tell enough.
fn told(facts: &MachineFacts, alarms: &[Alarm]) -> String {
    let all = findings(&with(facts.clone(), alarms));
    let line = |finding: &findings::Finding| {
        format!(
            "{}, {} confidence: {}",
            finding.severity, finding.confidence, finding.message
        )
    };
    all.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_threshold_that_was_never_reached_is_ranked_by_what_was_missed() {
    // Three a day of a thousand.
    let facts = days(&[1_000; 14], &[3; 14]);
    insta::assert_snapshot!(told(&facts, &[above(100.0)]), @"high, medium confidence: 42 failed executions in 14 days went untold: alarm `x` needs more than 100 failed executions in 5 minutes, and no day had more than 3");
    // More than ever ran.
    insta::assert_snapshot!(told(&facts, &[above(10_000.0)]), @"high, high confidence: 42 failed executions in 14 days went untold: alarm `x` needs more than 10,000 failed executions in 5 minutes, and no day had more than 3");
    // One of 14,000.
    let rare = days(&[1_000; 14], &[0, 1]);
    insta::assert_snapshot!(told(&rare, &[above(5.0)]), @"medium, medium confidence: 1 failed execution in 14 days went untold: alarm `x` needs more than 5 failed executions in 5 minutes, and no day had more than 1");
    // It may have been reached: nothing is known of minutes.
    assert_eq!(told(&days(&[1_000; 14], &[0, 3]), &[above(2.0)]), "");
    // A period may begin on one day and end on the next.
    assert_eq!(told(&days(&[1_000; 14], &[0, 2, 2]), &[above(3.0)]), "");
    assert!(!told(&days(&[1_000; 14], &[0, 2, 0, 2]), &[above(3.0)]).is_empty());
    // At the threshold is enough here.
    let at = |threshold| Alarm {
        comparison: "GreaterThanOrEqualToThreshold".to_owned(),
        ..above(threshold)
    };
    assert_eq!(told(&rare, &[at(1.0)]), "");
    assert!(told(&rare, &[at(2.0)]).contains("needs at least 2 failed executions"));
    let finding = only(&with(facts, &[above(100.0)]));
    assert_eq!(deploys(&finding), ["ExecutionsFailed"]);
    insta::assert_snapshot!(finding.action, @"deploy the alarm of the fix in place of `x`; 3 failed executions a day are usual and stay untold");
}

#[test]
fn a_rule_on_its_events_may_tell_what_an_alarm_waits_for() {
    let mut facts = days(&[1_000; 14], &[3; 14]);
    facts.event_rules = Fact::Known(vec![EventRule {
        name: "orders-failed".to_owned(),
        names_machine: true,
    }]);
    assert!(told(&facts, &[above(100.0)]).starts_with("medium, medium confidence"));
}

#[test]
fn counts_that_are_not_told_by_day_are_a_bound_as_a_whole() {
    assert_eq!(told(&machine(3_000, 42), &[above(41.0)]), "");
    insta::assert_snapshot!(told(&machine(3_000, 42), &[above(42.0)]), @"high, medium confidence: 42 failed executions in 14 days went untold: alarm `x` needs more than 42 failed executions in 5 minutes");
}

#[test]
fn one_of_several_alarms_is_enough_and_the_nearest_is_told() {
    let facts = days(&[1_000; 14], &[3; 14]);
    assert_eq!(told(&facts, &[above(100.0), failed("all")]), "");
    let warning = Alarm {
        name: "warning".to_owned(),
        ..above(50.0)
    };
    let told = told(&facts, &[above(100.0), warning]);
    assert!(
        told.contains("alarm `warning` needs more than 50") && !told.contains('\n'),
        "{told}"
    );
}

#[test]
fn what_this_rule_asks_for_itself_is_enough() {
    // Above 2 in an hour is what it proposes, and no hour of these days has more than 1.
    let facts = days(&[1_000; 14], &[1; 14]);
    let hourly = Alarm {
        period: 3_600,
        ..above(2.0)
    };
    assert_eq!(told(&facts, std::slice::from_ref(&hourly)), "");
    assert_eq!(
        told(
            &facts,
            &[Alarm {
                period: 86_400,
                ..above(20.0)
            }]
        ),
        ""
    );
    assert!(
        !told(
            &facts,
            &[Alarm {
                threshold: Some(3.0),
                ..hourly
            }]
        )
        .is_empty()
    );
}

#[test]
fn lasting_trouble_is_not_what_goes_wrong_once() {
    let single = days(&[1_000; 14], &[0, 1, 0, 0, 1]);
    insta::assert_snapshot!(told(&single, &[lasting(3, 3, failed("x"))]), @"medium, medium confidence: 2 failed executions in 14 days went untold: alarm `x` needs more than 0 failed executions in 5 minutes, 3 times in a row, and no day had more than 1");
    insta::assert_snapshot!(told(&single, &[lasting(3, 5, failed("x"))]), @"medium, medium confidence: 2 failed executions in 14 days went untold: alarm `x` needs more than 0 failed executions in 5 minutes, in 3 of 5 periods, and no day had more than 1");
    assert_eq!(told(&single, &[lasting(1, 5, failed("x"))]), "");
    // Whether it lasted is not known by the day.
    let some = days(&[1_000; 14], &[0, 42]);
    insta::assert_snapshot!(told(&some, &[lasting(3, 3, failed("x"))]), @"low, low confidence: 42 failed executions in 14 days: alarm `x` needs more than 0 failed executions in 5 minutes, 3 times in a row; what goes wrong once stays untold");
    // One in every period, and more.
    assert_eq!(
        told(
            &days(&[90_000; 14], &[0, 300]),
            &[lasting(3, 3, failed("x"))]
        ),
        ""
    );
    // Nothing was missed, so nothing is said.
    assert_eq!(
        told(&days(&[1_000; 14], &[]), &[lasting(3, 3, failed("x"))]),
        ""
    );
    // Of the account's executions others are not known.
    let everywhere = on("x", metric("ExecutionsFailed", &[]));
    assert_eq!(told(&single, &[lasting(3, 3, everywhere)]), "");
    // An average is above the threshold in a period with a failure.
    let average = on(
        "x",
        MetricRef {
            statistic: "Average".to_owned(),
            ..own("ExecutionsFailed")
        },
    );
    assert!(told(&single, &[lasting(2, 2, average)]).contains("2 times in a row"));
}

/// The rows "- - X - -" and "- - - X -" of CloudWatch's tables: with `missing` one period that stands alone is enough.
#[test]
fn a_failure_between_missing_data_that_is_taken_as_such_is_told() {
    let three = |treat| treating(treat, lasting(3, 3, failed("x")));
    let seldom = days(&[10; 14], &[0, 1]);
    assert_eq!(told(&seldom, &[three(TreatMissing::Missing)]), "");
    for treat in [TreatMissing::NotBreaching, TreatMissing::Ignore] {
        assert!(!told(&seldom, &[three(treat)]).is_empty(), "{treat:?}");
    }
    // Between others that succeed it does not stand alone.
    let often = days(&[1_000; 14], &[0, 1]);
    assert!(!told(&often, &[three(TreatMissing::Missing)]).is_empty());
}

#[test]
fn missing_data_that_counts_as_bad_hides_what_is() {
    let breaching = treating(TreatMissing::Breaching, failed("x"));
    let seldom = days(&[10; 14], &[0, 3]);
    let finding = only(&with(seldom.clone(), std::slice::from_ref(&breaching)));
    assert_eq!(
        (finding.severity, finding.confidence),
        (Severity::High, Confidence::Medium)
    );
    insta::assert_snapshot!(finding.message, @"3 failed executions in 14 days went untold: alarm `x` takes periods without data as bad: it is in ALARM while nothing runs, and tells nothing new when something goes wrong");
    insta::assert_snapshot!(finding.action, @"set `TreatMissingData` of `x` to `notBreaching`, or deploy the alarm of the fix in its place");
    assert_eq!(deploys(&finding), ["ExecutionsFailed"]);
    // It never ran.
    insta::assert_snapshot!(told(&machine(0, 0), std::slice::from_ref(&breaching)), @"medium, medium confidence: alarm `x` takes periods without data as bad: it is in ALARM while nothing runs, and tells nothing new when something goes wrong");
    // Executions in every period: whether all of them have data is not known.
    let dense = days(&[90_000; 14], &[0, 3]);
    insta::assert_snapshot!(told(&dense, std::slice::from_ref(&breaching)), @"low, low confidence: 3 failed executions in 14 days: alarm `x` takes periods without data as bad: in ALARM for those, it tells nothing new when something goes wrong");
    // Others of the account may fill the gaps.
    let everywhere = treating(
        TreatMissing::Breaching,
        on("x", metric("ExecutionsFailed", &[])),
    );
    assert!(told(&seldom, &[everywhere]).starts_with("low, low confidence"));
    assert_eq!(told(&seldom, &[breaching, failed("real")]), "");
}

#[test]
fn metric_math_on_lasting_trouble() {
    let sum = |text: &str| {
        let queries = vec![
            ("m1", MetricSource::Metric(own("ExecutionsFailed"))),
            ("m2", MetricSource::Metric(own("ExecutionsTimedOut"))),
            ("e1", expression(text)),
        ];
        math("x", queries)
    };
    let mut facts = days(&[1_000; 14], &[0, 1]);
    metrics(&mut facts).timed_out = total(0);
    insta::assert_snapshot!(told(&facts, &[lasting(3, 3, sum("m1+m2"))]), @"medium, medium confidence: 1 failed execution in 14 days went untold: alarm `x` has to cross its threshold 3 times in a row, and no day had more than 1");
    assert_eq!(told(&facts, &[sum("m1+m2")]), "");
    // Filled in, nothing is missing.
    let seldom = days(&[10; 14], &[0, 1]);
    let filled = treating(
        TreatMissing::Missing,
        lasting(3, 3, sum("FILL(m1,0)+FILL(m2,0)")),
    );
    assert!(!told(&seldom, &[filled]).is_empty());
    let gaps = treating(TreatMissing::Missing, lasting(3, 3, sum("m1+m2")));
    assert_eq!(told(&seldom, &[gaps]), "");
    // Together with what fails elsewhere, it may have lasted.
    let foreign = metric("ExecutionsFailed", &[("StateMachineArn", super::OTHER)]);
    let both = vec![
        ("m1", MetricSource::Metric(own("ExecutionsFailed"))),
        ("m2", MetricSource::Metric(foreign)),
        ("e1", expression("m1+m2")),
    ];
    assert_eq!(told(&facts, &[lasting(3, 3, math("x", both))]), "");
}

#[test]
fn failures_beside_successes_are_missed_by_an_alarm_on_total_stops() {
    let stop = Alarm {
        comparison: "LessThanThreshold".to_owned(),
        threshold: Some(1.0),
        treat_missing: TreatMissing::Breaching,
        ..on("x", own("ExecutionsSucceeded"))
    };
    let stop = std::slice::from_ref(&stop);
    insta::assert_snapshot!(told(&machine(3_000, 42), stop), @"high, medium confidence: 42 failed executions in 14 days: alarm `x` goes off only when nothing succeeds");
    // Where all fail, nothing succeeds.
    insta::assert_snapshot!(told(&machine(42, 42), stop), @"low, low confidence: 42 failed executions in 14 days: alarm `x` goes off only when nothing succeeds");
    assert_eq!(told(&machine(3_000, 0), stop), "");
}

#[test]
fn versions_before_did_not_say_how_many_periods() {
    let old = Alarm {
        evaluation_periods: None,
        ..failed("x")
    };
    assert_eq!(told(&machine(3_000, 42), &[old]), "");
}

/// Whether CloudWatch would go to ALARM for what goes wrong in each period: by the tables of its user guide, with periods
/// without a failure as good.
fn goes_off(failures: &[u64], each: u64, bad: usize, of: usize) -> bool {
    failures
        .windows(of)
        .any(|window| window.iter().filter(|count| **count >= each).count() >= bad)
}

proptest! {
    /// Where the rule says that an alarm cannot have gone off, no distribution over the periods makes it go off.
    #[test]
    fn an_alarm_that_went_off_is_never_called_silent(
        hours in prop::collection::vec(prop_oneof![5 => Just(0_u64), 1 => 0..4_u64], 14 * 24),
        threshold in 0..6_u64, bad in 1..4_u32, more in 0..3_u32, started in prop_oneof![Just(0_u64), Just(50), Just(5_000)],
    ) {
        let by_day: Vec<u64> = hours.chunks(24).map(|day| day.iter().sum()).collect();
        let facts = days(&[started; 14], &by_day);
        let alarm = Alarm {
            period: 3_600,
            threshold: Some(f64::from(u32::try_from(threshold).unwrap())),
            ..lasting(bad, bad + more, failed("x"))
        };
        let told = told(&facts, &[alarm]);
        // As far back as the tables go for 3 periods, and further.
        let of = usize::try_from(bad + more + if bad > 1 { 2 } else { 0 }).unwrap();
        if goes_off(&hours, threshold + 1, usize::try_from(bad).unwrap(), of) {
            prop_assert!(!told.contains("went untold"), "{}", told);
        }
    }

    /// Whatever the alarm, the alarms of the fix are enough.
    #[test]
    fn the_fix_of_a_silent_alarm_is_enough(
        bad in prop::collection::vec(0..9_u64, 14), threshold in 0..2_000_u64, periods in 1..9_u32, breaching: bool,
    ) {
        let alarm = Alarm {
            threshold: Some(f64::from(u32::try_from(threshold).unwrap())),
            treat_missing: if breaching { TreatMissing::Breaching } else { TreatMissing::NotBreaching },
            ..lasting(periods, periods, failed("x"))
        };
        let facts = days(&[1_000; 14], &bad);
        for finding in findings(&with(facts.clone(), std::slice::from_ref(&alarm))) {
            let Some(FixKind::Alarms(specs)) = finding.fix.map(|fix| fix.kind) else { panic!("no alarms") };
            let alarms: Vec<Alarm> = specs.iter().map(deployed).chain([alarm.clone()]).collect();
            prop_assert_eq!(findings(&with(facts.clone(), &alarms)), []);
        }
    }
}

#[test]
fn alarms_without_metrics_are_not_held_against_any() {
    let mut facts = machine(0, 0);
    facts.metrics = Fact::unknown("AccessDenied on cloudwatch:GetMetricData");
    let composite = Alarm {
        kind: AlarmKind::Composite("ALARM(x)".to_owned()),
        ..failed("y")
    };
    for alarm in [
        above(1e9),
        lasting(3, 3, failed("x")),
        treating(TreatMissing::Breaching, failed("x")),
    ] {
        assert_eq!(told(&facts, &[alarm, composite.clone()]), "");
    }
}
