//! What alarms see, whatever they are called.

use facts::{Alarm, AlarmKind, AlarmQuery, MachineFacts, MetricRef, MetricSource, TreatMissing};
use proptest::prelude::*;

use super::{
    ARN, OTHER, alarm, expression, failed, findings, machine, math, metric, on, own, silent, total,
    window, with,
};
use crate::alarms::coverage::{Cover, Standing, cover, survey};
use crate::alarms::signal::Signal;

/// How well each signal is covered: `F` failed, `T` timed out, `A` aborted, `H` throttled; small where in part.
fn seen(facts: &MachineFacts) -> String {
    let watches = survey(facts, facts.alarms.known().unwrap());
    let letters = Signal::ALL.into_iter().zip(["F", "T", "A", "H"]);
    letters
        .map(|(signal, letter)| match cover(&watches, signal) {
            Cover::Whole => letter.to_owned(),
            Cover::Part => letter.to_lowercase(),
            Cover::No => "-".to_owned(),
        })
        .collect()
}

fn saw(alarm: Alarm) -> String {
    seen(&with(machine(3_000, 42), &[alarm]))
}

/// What is said of one alarm.
fn said(facts: &MachineFacts) -> String {
    let watches = survey(facts, facts.alarms.known().unwrap());
    let standing = |standing: &Standing| match standing {
        Standing::Whole => "whole".to_owned(),
        Standing::Part(why) => format!("part: {why}"),
        Standing::Stops(why) => format!("stops: {why}"),
        Standing::Dead(_, why) => format!("dead: {why}"),
    };
    watches
        .iter()
        .map(|watch| standing(&watch.standing))
        .collect::<Vec<_>>()
        .join("\n")
}

fn says(alarm: Alarm) -> String {
    said(&with(machine(3_000, 42), &[alarm]))
}

fn select(text: &str) -> Alarm {
    math("insights", vec![("q1", expression(text))])
}

#[test]
fn metric_alarms_are_matched_by_what_they_look_at() {
    let m = |name: &str, pairs: &[(&str, &str)]| saw(on("x", metric(name, pairs)));
    let me = ("StateMachineArn", ARN);
    for (expected, saw) in [
        ("F---", m("ExecutionsFailed", &[me])),
        ("-T--", m("ExecutionsTimedOut", &[me])),
        ("--A-", m("ExecutionsAborted", &[me])),
        ("---H", m("ExecutionThrottled", &[me])),
        // Every state machine of the account.
        ("F---", m("ExecutionsFailed", &[])),
        // Another one, also one whose name starts alike.
        ("----", m("ExecutionsFailed", &[("StateMachineArn", OTHER)])),
        (
            "----",
            m(
                "ExecutionsFailed",
                &[("StateMachineArn", &format!("{ARN}-2"))],
            ),
        ),
        // Part of the executions.
        ("f---", m("ExecutionsFailed", &[me, ("Alias", "live")])),
        ("f---", m("ExecutionsFailed", &[me, ("Version", "3")])),
        (
            "f---",
            m(
                "ExecutionsFailed",
                &[("StateMachineArn", &format!("{ARN}:live"))],
            ),
        ),
        // Something else.
        ("----", m("ExecutionsStarted", &[me])),
        ("----", m("ExecutionTime", &[me])),
        ("----", m("RedrivenExecutionsFailed", &[me])),
        ("----", m("VersionCount", &[("ResourceArn", ARN)])),
        (
            "----",
            m(
                "LambdaFunctionsFailed",
                &[(
                    "LambdaFunctionArn",
                    "arn:aws:lambda:us-east-1:111122223333:function:f",
                )],
            ),
        ),
    ] {
        assert_eq!(saw, expected);
    }
    let elsewhere = |namespace: &str| {
        saw(on(
            "x",
            MetricRef {
                namespace: namespace.to_owned(),
                ..own("ExecutionsFailed")
            },
        ))
    };
    assert_eq!(elsewhere("AWS/StepFunctions"), "----");
    assert_eq!(elsewhere("MyTeam/Workflows"), "----");
}

#[test]
fn metrics_that_do_not_exist_are_dead_and_named() {
    let me = ("StateMachineArn", ARN);
    let m = |name: &str, pairs: &[(&str, &str)]| says(on("x", metric(name, pairs)));
    let words = [
        m("ExecutionsFailedCount", &[me]),
        m("ExecutionFailed", &[me]),
        m("executionsfailed", &[]),
        m("ExecutionsThrottled", &[me]),
        m("ExecutionsTimeOut", &[me]),
        m("FailedExecutions", &[me]),
        m("TimedOutExecutions", &[me]),
        m("AbortedExecutions", &[me]),
        m("ThrottledExecutions", &[me]),
        m("ExecutionErrors", &[me]),
        m("ExecutionsFailed", &[("StateMachineArn", "orders")]),
        m("ExecutionsFailed", &[("StateMachine", ARN)]),
        m("ExecutionsFailed", &[me, ("Stage", "prod")]),
        says(on(
            "x",
            MetricRef {
                namespace: "AWS/StepFunctions".to_owned(),
                ..own("ExecutionsFailed")
            },
        )),
    ];
    insta::assert_snapshot!(words.join("\n"), @"
    dead: watches `ExecutionsFailedCount`, a metric that does not exist; the one that does is `ExecutionsFailed`
    dead: watches `ExecutionFailed`, a metric that does not exist; the one that does is `ExecutionsFailed`
    dead: watches `executionsfailed`, a metric that does not exist; the one that does is `ExecutionsFailed`
    dead: watches `ExecutionsThrottled`, a metric that does not exist; the one that does is `ExecutionThrottled`
    dead: watches `ExecutionsTimeOut`, a metric that does not exist; the one that does is `ExecutionsTimedOut`
    dead: watches `FailedExecutions`, a metric that does not exist; the one that does is `ExecutionsFailed`
    dead: watches `TimedOutExecutions`, a metric that does not exist; the one that does is `ExecutionsTimedOut`
    dead: watches `AbortedExecutions`, a metric that does not exist; the one that does is `ExecutionsAborted`
    dead: watches `ThrottledExecutions`, a metric that does not exist; the one that does is `ExecutionThrottled`
    dead: watches `ExecutionErrors`, a metric that does not exist; the one that does is `ExecutionsFailed`
    dead: has the name of the state machine as `StateMachineArn`, where its ARN belongs
    dead: names the state machine in the dimension `StateMachine`; the metric has it in `StateMachineArn`
    dead: asks for the dimension `Stage`, which the metric does not have
    dead: watches `ExecutionsFailed` in the namespace `AWS/StepFunctions`, where no such metric is; it is in `AWS/States`
    ");
    // A name that says nothing about executions is not ours to judge.
    assert_eq!(m("Backlog", &[me]), "");
    assert_eq!(m("SomethingNewFromAws", &[me]), "");
}

/// A metric of metric math, by a short name.
fn source(name: &str) -> MetricSource {
    let orders = ("StateMachineArn", ARN);
    MetricSource::Metric(match name {
        "failed" => own("ExecutionsFailed"),
        "timed-out" => own("ExecutionsTimedOut"),
        "started" => own("ExecutionsStarted"),
        "succeeded" => own("ExecutionsSucceeded"),
        "typo" => own("ExecutionsFailedCount"),
        "p99" => MetricRef {
            statistic: "p99".to_owned(),
            ..own("ExecutionsFailed")
        },
        "live" => metric("ExecutionsFailed", &[orders, ("Alias", "live")]),
        "foreign" => metric("ExecutionsFailed", &[("StateMachineArn", OTHER)]),
        other => panic!("{other}"),
    })
}

#[test]
fn metric_math_counts_for_what_reaches_the_compared_value() {
    // Metrics are `m1`, `m2`, expressions `e1`, `e2`; the last one is compared.
    let cases: [(&str, &[&str], &[&str]); 15] = [
        ("FT--", &["failed", "timed-out"], &["m1+m2"]),
        ("FT--", &["failed", "timed-out"], &["SUM([m1,m2])", "e1*2"]),
        // One of the two is not used.
        ("F---", &["failed", "timed-out"], &["m1*100"]),
        ("----", &["failed", "started"], &["m2/60"]),
        // Rates.
        ("F---", &["failed", "started"], &["100*m1/m2"]),
        ("F---", &["failed", "succeeded"], &["m1/(m1+m2)"]),
        ("FTA-", &["succeeded", "started"], &["m2-m1"]),
        // Several machines together.
        ("F---", &["failed", "foreign"], &["m1+m2"]),
        ("----", &["foreign"], &["m1*1"]),
        // A single metric needs no expression.
        ("F---", &["failed"], &[]),
        // What it needs does not exist, unless that is filled in.
        ("----", &["typo", "timed-out"], &["m1+m2"]),
        ("-T--", &["typo", "timed-out"], &["FILL(m1,0)+m2"]),
        ("f---", &["p99"], &["m1*1"]),
        ("f---", &["live"], &["m1*1"]),
        ("F---", &["live", "failed"], &["m1+m2"]),
    ];
    for (expected, metrics, expressions) in cases {
        let ids = |letter: char| (1..).map(move |n| format!("{letter}{n}"));
        let sources = metrics.iter().map(|name| source(name));
        let expressions = expressions.iter().map(|text| expression(text));
        let queries: Vec<(String, MetricSource)> = ids('m')
            .zip(sources)
            .chain(ids('e').zip(expressions))
            .collect();
        let queries = queries
            .iter()
            .map(|(id, source)| (id.as_str(), source.clone()));
        assert_eq!(saw(math("x", queries.collect())), expected, "{metrics:?}");
    }
}

#[test]
fn metrics_insights_counts_for_what_it_selects() {
    for (expected, text) in [
        ("F---", r#"SELECT SUM(ExecutionsFailed) FROM "AWS/States""#.to_owned()),
        ("F---", r#"select sum(ExecutionsFailed) from schema("AWS/States", StateMachineArn)"#.to_owned()),
        ("F---", r#"SELECT SUM("ExecutionsFailed") FROM SCHEMA("AWS/States") ORDER BY SUM() DESC LIMIT 10"#.to_owned()),
        ("F---", format!(r#"SELECT SUM(ExecutionsFailed) FROM "AWS/States" WHERE StateMachineArn = '{ARN}'"#)),
        ("----", format!(r#"SELECT SUM(ExecutionsFailed) FROM "AWS/States" WHERE StateMachineArn = '{OTHER}'"#)),
        ("F---", format!(r#"SELECT SUM(ExecutionsFailed) FROM "AWS/States" WHERE StateMachineArn != '{OTHER}'"#)),
        ("----", format!(r#"SELECT SUM(ExecutionsFailed) FROM "AWS/States" WHERE StateMachineArn != '{ARN}'"#)),
        ("-T--", r#"SELECT MAX(ExecutionsTimedOut) FROM SCHEMA("AWS/States", StateMachineArn) GROUP BY StateMachineArn"#.to_owned()),
        ("f---", r#"SELECT SUM(ExecutionsFailed) FROM "AWS/States" WHERE tag."Team" = 'shop'"#.to_owned()),
        ("f---", r#"SELECT SUM(ExecutionsFailed) FROM SCHEMA("AWS/States", StateMachineArn, Alias)"#.to_owned()),
        ("----", r#"SELECT SUM(ExecutionsFailed) FROM SCHEMA("AWS/States", ActivityArn)"#.to_owned()),
        ("----", r#"SELECT SUM(ExecutionsStarted) FROM "AWS/States""#.to_owned()),
        ("----", r#"SELECT SUM(ExecutionsFailed) FROM "Custom" WHERE note = 'AWS/States'"#.to_owned()),
        // No failure in the average of many is no reason for quiet, and neither is a query that nobody can read.
        ("f---", r#"SELECT MIN(ExecutionsFailed) FROM "AWS/States""#.to_owned()),
        ("f---", r#"SELECT SUM(ExecutionsFailed), FROM "AWS/States""#.to_owned()),
    ] {
        assert_eq!(saw(select(&text)), expected, "{text}");
    }
    let through = math(
        "x",
        vec![
            (
                "q1",
                expression(r#"SELECT SUM(ExecutionsFailed) FROM "AWS/States""#),
            ),
            ("e1", expression("FILL(q1, 0)")),
        ],
    );
    assert_eq!(saw(through), "F---");
    let unused = math(
        "x",
        vec![
            (
                "q1",
                expression(r#"SELECT SUM(ExecutionsFailed) FROM "AWS/States""#),
            ),
            ("e1", expression("1+1")),
        ],
    );
    assert_eq!(saw(unused), "----");
}

#[test]
fn an_alarm_has_to_be_able_to_fire() {
    let compared = |comparison: &str, threshold: f64| Alarm {
        comparison: comparison.to_owned(),
        threshold: Some(threshold),
        ..failed("x")
    };
    let by = |statistic: &str, threshold: f64| Alarm {
        threshold: Some(threshold),
        ..on(
            "x",
            MetricRef {
                statistic: statistic.to_owned(),
                ..own("ExecutionsFailed")
            },
        )
    };
    let unusual = |comparison: &str| Alarm {
        comparison: comparison.to_owned(),
        threshold: None,
        ..failed("x")
    };
    let lines = [
        says(compared("GreaterThanOrEqualToThreshold", 1.0)),
        says(compared("LessThanThreshold", 1.0)),
        says(compared("LessThanOrEqualToThreshold", 0.0)),
        says(unusual("GreaterThanUpperThreshold")),
        says(unusual("LessThanLowerOrGreaterThanUpperThreshold")),
        says(unusual("LessThanLowerThreshold")),
        says(by("p99", 0.0)),
        says(by("p99", 5.0)),
        says(by("Maximum", 0.0)),
        says(by("Maximum", 1.0)),
        says(by("Average", 0.0)),
        says(by("Average", 0.9)),
        says(by("SampleCount", 3.0)),
        says(by("", 0.0)),
    ];
    insta::assert_snapshot!(lines.join("\n"), @"
    whole
    dead: goes to ALARM when nothing is wrong: fewer than 1 failed execution in 5 minutes
    dead: goes to ALARM when nothing is wrong: at most 0 failed executions in 5 minutes
    part: compares with what is usual, so what goes wrong all the time is not told
    part: compares with what is usual, so what goes wrong all the time is not told
    dead: goes to ALARM when nothing is wrong: fewer than usual failed executions in 5 minutes
    part: looks at the `p99` of single executions, and not at how many went wrong
    dead: waits for more than 5, and the `p99` of executions that count 1 each is 1 at most
    whole
    dead: waits for more than 1, and the `Maximum` of executions that count 1 each is 1 at most
    whole
    part: looks at the `Average` of single executions, and not at how many went wrong
    whole
    whole
    ");
}

#[test]
fn a_threshold_is_held_against_what_ran() {
    let above = |threshold: f64| Alarm {
        threshold: Some(threshold),
        ..failed("x")
    };
    let on_days = |started: &[u64], alarm: Alarm| {
        let mut facts = machine(0, 0);
        super::metrics(&mut facts).started = super::daily(started);
        said(&with(facts, &[alarm]))
    };
    let busy = [100; 14];
    for (threshold, expected) in [
        (0.0, "whole"),
        (99.0, "whole"),
        (100.0, "part"),
        (999.0, "part"),
        (1_000.0, "dead"),
    ] {
        assert!(
            on_days(&busy, above(threshold)).starts_with(expected),
            "{threshold}"
        );
    }
    insta::assert_snapshot!(on_days(&busy, above(250.0)), @"part: waits for more than ever ran: more than 250 failed executions in 5 minutes, and the busiest day started 100");
    insta::assert_snapshot!(on_days(&busy, above(50_000.0)), @"dead: waits for what does not happen: more than 50,000 failed executions in 5 minutes, and the busiest day started 100");
    // At the threshold is enough here.
    let at = Alarm {
        comparison: "GreaterThanOrEqualToThreshold".to_owned(),
        ..above(100.0)
    };
    assert_eq!(on_days(&busy, at), "whole");
    // A period may be longer than a day, and the window is what is known of that.
    let week = Alarm {
        period: 604_800,
        ..above(600.0)
    };
    assert_eq!(on_days(&busy, week), "whole");
    // Nothing ran: nothing is known of what would.
    assert_eq!(on_days(&[], above(50_000.0)), "whole");
    // All machines of the account may well fail that often together.
    let everywhere = Alarm {
        threshold: Some(50_000.0),
        ..on("x", metric("ExecutionsFailed", &[]))
    };
    assert_eq!(on_days(&busy, everywhere), "whole");
    // Throttling is counted by state, and not by execution.
    let throttled = Alarm {
        threshold: Some(50_000.0),
        ..on("x", own("ExecutionThrottled"))
    };
    assert_eq!(on_days(&busy, throttled), "whole");
    // Not told by day: the whole window is the bound.
    assert_eq!(said(&with(machine(3_000, 0), &[above(2_999.0)])), "whole");
    assert!(said(&with(machine(3_000, 0), &[above(3_000.0)])).starts_with("part"));
    for strange in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1.0, 1e300] {
        _ = on_days(&busy, above(strange));
    }
}

#[test]
fn too_few_successes_tell_of_total_stops() {
    let succeeded = |comparison: &str, threshold: f64, treat_missing: TreatMissing| {
        let alarm = on("x", own("ExecutionsSucceeded"));
        let alarm = Alarm {
            comparison: comparison.to_owned(),
            threshold: Some(threshold),
            treat_missing,
            ..alarm
        };
        format!("{} {}", saw(alarm.clone()), says(alarm))
    };
    let lines = [
        succeeded("LessThanThreshold", 1.0, TreatMissing::Breaching),
        succeeded("LessThanOrEqualToThreshold", 0.0, TreatMissing::Breaching),
        // Without a success there is no data.
        succeeded("LessThanThreshold", 1.0, TreatMissing::NotBreaching),
        succeeded("LessThanThreshold", 100.0, TreatMissing::Missing),
        succeeded("LessThanOrEqualToThreshold", 1.0, TreatMissing::Missing),
        succeeded("LessThanLowerThreshold", 1.0, TreatMissing::Missing),
        succeeded("GreaterThanThreshold", 100.0, TreatMissing::Missing),
    ];
    insta::assert_snapshot!(lines.join("\n"), @"
    fta- stops: goes off only when nothing succeeds
    fta- stops: goes off only when nothing succeeds
    fta- stops: waits for no execution to succeed, which leaves no data, and missing data does not count as bad
    fta- stops: goes off only when fewer than 100 executions succeed in 5 minutes
    fta- stops: goes off only when at most 1 execution succeeds in 5 minutes
    fta- stops: goes off only when fewer executions than usual succeed
    ----
    ");
    // What did not succeed, by metric math, is all that went wrong.
    let missed = vec![
        ("m1", MetricSource::Metric(own("ExecutionsSucceeded"))),
        ("m2", MetricSource::Metric(own("ExecutionsStarted"))),
        ("e1", expression("m2-m1")),
    ];
    assert_eq!(saw(math("x", missed)), "FTA-");
}

#[test]
fn anomaly_detection_by_metric_math_is_told_as_such() {
    let band = |id: &str, source: MetricSource| AlarmQuery {
        id: id.to_owned(),
        returns: true,
        source,
    };
    let queries = vec![
        band("m1", MetricSource::Metric(own("ExecutionsFailed"))),
        band("ad1", expression("ANOMALY_DETECTION_BAND(m1, 2)")),
    ];
    let comparison = "GreaterThanUpperThreshold".to_owned();
    let unusual = Alarm {
        comparison,
        threshold: None,
        ..alarm("x", AlarmKind::Math(queries))
    };
    assert_eq!(saw(unusual.clone()), "f---");
    insta::assert_snapshot!(says(unusual), @"part: compares with what is usual, so what goes wrong all the time is not told");
}

#[test]
fn nobody_hears_an_alarm_without_actions() {
    let off = Alarm {
        actions_enabled: false,
        ..failed("x")
    };
    insta::assert_snapshot!([says(silent(failed("x"))), says(off)].join("\n"), @"
    dead: has no action on ALARM
    dead: has its actions switched off
    ");
}

#[test]
fn another_alarm_makes_up_for_a_dead_one() {
    let typo = on("typo", own("ExecutionsFailedCount"));
    assert_eq!(
        findings(&with(machine(3_000, 42), &[typo.clone(), failed("real")])),
        []
    );
    assert_eq!(findings(&with(machine(3_000, 42), &[typo])).len(), 1);
}

#[test]
fn what_is_covered_is_silent() {
    let mut facts = machine(3_000, 42);
    let all = super::metrics(&mut facts);
    (all.timed_out, all.aborted, all.throttled) = (total(1), total(1), total(1));
    assert_eq!(window(), all.window);
    let alarms = Signal::ALL.map(|signal| on(signal.metric(), own(signal.metric())));
    assert_eq!(findings(&with(facts.clone(), &alarms)), []);
    for missing in 0..4 {
        let mut some = alarms.to_vec();
        some.remove(missing);
        assert_eq!(findings(&with(facts.clone(), &some)).len(), 1, "{missing}");
    }
}

proptest! {
    #[test]
    fn any_query_has_an_answer(text in "(SELECT|select) ((SUM|FROM|SCHEMA|WHERE|AND|GROUP|[(),.=!\"']|ExecutionsFailed|AWS/States|StateMachineArn|.) ?){0,30}") {
        _ = saw(select(&text));
    }
}
