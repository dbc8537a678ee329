use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::{
    AccountFacts, Alarm, AlarmKind, AlarmQuery, Caller, Count, DurationStats, Encryption,
    EventRule, ExecutionSample, ExpressBilling, Fact, FactsError, HistoryProfile, LogLevel, LogUse,
    Logging, MachineFacts, MapChildren, MetricRef, MetricSource, Metrics, NotRead, RegionTotals,
    SCHEMA_VERSION, SampleSource, Stratum, TreatMissing, Window, WorkflowType,
};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn window() -> Window {
    Window {
        start: at("2026-11-08T06:00:00Z"),
        end: at("2026-11-22T06:00:00Z"),
    }
}

fn alarm(kind: AlarmKind) -> Alarm {
    Alarm {
        name: "orders-failed".to_owned(),
        arn: "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:orders-failed".to_owned(),
        kind,
        actions_enabled: true,
        alarm_actions: 1,
        treat_missing: TreatMissing::NotBreaching,
        comparison: "GreaterThanThreshold".to_owned(),
        threshold: Some(0.0),
        period: 300,
        evaluation_periods: Some(5),
        datapoints_to_alarm: Some(3),
    }
}

fn alarms() -> Vec<Alarm> {
    let metric = MetricRef {
        namespace: "AWS/States".to_owned(),
        name: "ExecutionsFailed".to_owned(),
        dimensions: BTreeMap::from([("StateMachineArn".to_owned(), "arn".to_owned())]),
        statistic: "Sum".to_owned(),
    };
    let query = |id: &str, source| AlarmQuery {
        id: id.to_owned(),
        returns: id == "e",
        source,
    };
    let math = vec![
        query("m", MetricSource::Metric(metric.clone())),
        query("e", MetricSource::Expression("FILL(m, 0)".to_owned())),
    ];
    vec![
        alarm(AlarmKind::Metric(metric)),
        alarm(AlarmKind::Math(math)),
        alarm(AlarmKind::Composite("ALARM(\"orders-failed\")".to_owned())),
    ]
}

fn sample() -> ExecutionSample {
    ExecutionSample {
        listed: 9,
        profiles: vec![HistoryProfile {
            transitions: 3,
            retries: 1,
            entered: BTreeMap::from([("A".to_owned(), 2)]),
            retried: BTreeMap::new(),
            state_ms: BTreeMap::new(),
            duration_ms: Some(1500),
            stratum: 1,
            redriven: 2,
            missing: 3,
            clock_back: 4,
            map_runs: 1,
        }],
        source: SampleSource::Logs,
        seed: 42,
        strata: vec![Stratum {
            name: "failed, short".to_owned(),
            listed: 9,
        }],
        oldest: Some(at("2026-11-20T06:00:00Z")),
        newest: Some(at("2026-11-22T06:00:00Z")),
        too_long: 1,
        unread: 2,
        map_children: vec![MapChildren {
            label: "Each".to_owned(),
            parents: 1,
            runs: 2,
            children: 30,
            items: 300,
            transitions: vec![4, 5],
            metrics: Some(Metrics::idle(window())),
        }],
        map_children_unknown: Some("AccessDenied on states:DescribeMapRun".to_owned()),
    }
}

/// Every field holds something, so that a field which is lost on the way shows.
fn full() -> AccountFacts {
    let count = |total| Count {
        total,
        by_day: BTreeMap::from([(at("2026-11-08T06:00:00Z"), total)]),
    };
    let machine = MachineFacts {
        arn: "arn:aws:states:eu-west-1:111122223333:stateMachine:orders".to_owned(),
        name: "orders".to_owned(),
        account: "111122223333".to_owned(),
        region: "eu-west-1".to_owned(),
        definition: Fact::Known("{}".to_owned()),
        file: Some("orders.asl.json".to_owned()),
        workflow_type: Fact::Known(WorkflowType::Express),
        created: Fact::Known(at("2026-01-02T03:04:05.678Z")),
        revision: Fact::Known("r1".to_owned()),
        role: Fact::Known("arn:aws:iam::111122223333:role/orders".to_owned()),
        logging: Fact::Known(Logging {
            level: LogLevel::Error,
            include_execution_data: true,
            destinations: vec!["log-group".to_owned()],
        }),
        tracing: Fact::Known(true),
        encryption: Fact::Known(Encryption::CustomerManaged {
            key: "key".to_owned(),
        }),
        tags: Fact::Known(BTreeMap::from([("team".to_owned(), "orders".to_owned())])),
        metrics: Fact::Known(Metrics {
            window: window(),
            started: count(7),
            failed: count(1),
            timed_out: count(2),
            aborted: count(3),
            throttled: count(4),
            duration: Some(DurationStats {
                average: 1.5,
                p99: Some(2.5),
                maximum: 3.5,
                samples: 7,
            }),
            transitions: Some(21),
            express: Some(ExpressBilling {
                billed_ms: 1400.0,
                billed_memory_mb: 64.0,
            }),
            discarded: 5,
        }),
        alarms: Fact::Known(alarms()),
        event_rules: Fact::Known(vec![EventRule {
            name: "on-failure".to_owned(),
            names_machine: true,
        }]),
        callers: Fact::Known(vec![Caller {
            machine: "parent".to_owned(),
            state: "Start".to_owned(),
            waits: true,
        }]),
        executions: Fact::Known(sample()),
        logs: Fact::Known(Some(LogUse {
            group: "/aws/vendedlogs/states/orders".to_owned(),
            ingested: Some(1_000),
            stored: Some(2_000),
            unknown: None,
        })),
    };
    let quiet = MachineFacts {
        metrics: Fact::Unknown {
            why: "AccessDenied on cloudwatch:GetMetricData".to_owned(),
        },
        ..MachineFacts::from_file("a.asl.json", "a", "{}".to_owned())
    };
    AccountFacts {
        version: SCHEMA_VERSION,
        account: "111122223333".to_owned(),
        collected: at("2026-11-22T06:01:02Z"),
        window: window(),
        regions: vec!["eu-west-1".to_owned()],
        machines: vec![machine, quiet],
        not_read: vec![NotRead {
            region: "eu-west-1".to_owned(),
            arn: "arn:aws:states:eu-west-1:111122223333:stateMachine:payroll".to_owned(),
            why: "AccessDenied on states:DescribeStateMachine".to_owned(),
        }],
        totals: BTreeMap::from([(
            "eu-west-1".to_owned(),
            Fact::Known(RegionTotals {
                started: Some(8),
                transitions: Some(24),
                express_billed_ms: Some(1500.0),
            }),
        )]),
    }
}

#[test]
fn an_account_file_comes_back_as_it_was_written() {
    let facts = full();
    let text = facts.to_json();
    assert_eq!(AccountFacts::from_json(&text).unwrap(), facts);
    assert_eq!(
        AccountFacts::from_json(&text).unwrap().to_json(),
        text,
        "stable text"
    );
}

#[test]
fn a_newer_schema_is_refused_with_its_version() {
    let newer = r#"{"version": 5, "machines": "of another shape"}"#;
    let error = AccountFacts::from_json(newer).unwrap_err();
    assert_eq!(error, FactsError::Newer(5));
    assert_eq!(
        error.to_string(),
        "the account file has schema version 5, this sfn-advisor reads up to 4: upgrade it, or collect again"
    );
}

/// An alarm as version 1 wrote it.
#[test]
fn an_older_file_is_read() {
    let text = r#"{"version": 1, "collected": "2026-11-22T06:00:00Z",
        "window": {"start": "2026-11-08T06:00:00Z", "end": "2026-11-22T06:00:00Z"},
        "regions": [], "machines": [{"name": "orders", "alarms": {"known": [{
            "name": "a", "arn": "", "kind": {"composite": "ALARM(b)"}, "actions_enabled": true, "alarm_actions": 1,
            "treat_missing": "missing", "comparison": "", "threshold": null, "period": 0
        }]}}]}"#;
    let facts = AccountFacts::from_json(text).unwrap();
    let alarm = &facts.machines[0].alarms.known().unwrap()[0];
    assert_eq!(
        (alarm.evaluation_periods, alarm.datapoints()),
        (None, (1, 1))
    );
}

#[test]
fn an_alarm_needs_some_of_its_periods() {
    let needs = |evaluation_periods, datapoints_to_alarm| {
        let alarm = Alarm {
            evaluation_periods,
            datapoints_to_alarm,
            ..alarms().remove(0)
        };
        alarm.datapoints()
    };
    assert_eq!(needs(Some(5), Some(3)), (3, 5));
    // CloudWatch: all of them, where it is not said.
    assert_eq!(needs(Some(3), None), (3, 3));
    assert_eq!(needs(None, None), (1, 1));
    // What CloudWatch refuses.
    assert_eq!(
        [needs(Some(2), Some(9)), needs(Some(0), Some(0))],
        [(2, 2), (1, 1)]
    );
}

#[test]
fn what_is_no_account_file_is_said_with_its_place() {
    let unknown_field = full().to_json().replacen("\"tracing\"", "\"tracking\"", 1);
    for (text, words) in [
        ("", "line 1"),
        ("[]", "line 1"),
        ("{\"version\": 1}", "missing field"),
        ("{\"version\": \"1\"}", "line 1"),
        (unknown_field.as_str(), "tracking"),
        (&full().to_json()[..200], "EOF"),
    ] {
        let error = AccountFacts::from_json(text).unwrap_err();
        let said = error.to_string();
        assert!(
            said.starts_with("not an account file: ") && said.contains(words),
            "{text:.40}: {said}"
        );
    }
}

#[test]
fn a_fact_that_was_left_out_is_unknown_with_a_reason() {
    let text = r#"{"version": 1, "collected": "2026-11-22T06:00:00Z",
        "window": {"start": "2026-11-08T06:00:00Z", "end": "2026-11-22T06:00:00Z"},
        "regions": [], "machines": [{"name": "orders"}]}"#;
    let facts = AccountFacts::from_json(text).unwrap();
    assert_eq!(facts.machines[0].metrics.get(), Err("not collected"));
    assert!(facts.not_read.is_empty());
}

#[test]
fn windows_are_told_in_whole_days() {
    let window = |hours: i64| Window {
        start: at("2026-11-01T00:00:00Z"),
        end: Timestamp::from_second(at("2026-11-01T00:00:00Z").as_second() + hours * 3600).unwrap(),
    };
    let days: Vec<i64> = [0, 1, 24, 35, 36, 14 * 24]
        .map(|hours| window(hours).days())
        .to_vec();
    assert_eq!(days, [1, 1, 1, 1, 2, 14]);
    assert_eq!(window(0).seconds(), 1, "never divides by zero");
}

#[test]
fn a_count_knows_its_busiest_day() {
    let by_day = BTreeMap::from([
        (at("2026-11-01T00:00:00Z"), 3),
        (at("2026-11-02T00:00:00Z"), 9),
    ]);
    assert_eq!(Count { total: 12, by_day }.busiest(), 9);
    assert_eq!(Count::default().busiest(), 0);
}
