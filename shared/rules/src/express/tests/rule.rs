use facts::{Fact, MachineFacts};
use findings::{Confidence, Severity};
use proptest::prelude::*;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{
    found, judge, machine, metrics, metrics_with, not_assessed, plain, sequence, task, unknown,
    wait,
};
use crate::Config;

fn ran(average: f64, p99: Option<f64>, maximum: f64) -> Value {
    metrics_with(
        &json!({"duration": {"average": average, "p99": p99, "maximum": maximum, "samples": 3_000_000}}),
    )
}

#[test]
fn measured_durations_need_a_margin() {
    let cases = [
        (None, 240_000.0, true),
        (None, 240_001.0, false),
        (Some(150_000.0), 240_000.0, true),
        (Some(150_001.0), 160_000.0, false),
        (Some(1_800.0), 240_001.0, false),
        // The maximum is no less than the percentile, whatever CloudWatch delivered late.
        (Some(150_000.0), 0.0, true),
    ];
    for (p99, maximum, fires) in cases {
        let facts = machine(&plain(), &ran(850.0, p99, maximum));
        assert_eq!(
            found(&facts).is_some(),
            fires,
            "p99 {p99:?}, maximum {maximum}"
        );
    }
}

#[test]
fn a_declared_timeout_asks_for_more_margin() {
    for (timeout, maximum, fires) in [
        (300, 240_000.0, true),
        (301, 150_000.0, true),
        (301, 150_001.0, false),
        (900, 4_200.0, true),
    ] {
        let mut definition = plain();
        definition["TimeoutSeconds"] = json!(timeout);
        let facts = machine(&definition, &ran(850.0, None, maximum));
        let finding = found(&facts);
        assert_eq!(
            finding.is_some(),
            fires,
            "TimeoutSeconds {timeout}, maximum {maximum}"
        );
        if let Some(finding) = finding {
            let minded = finding
                .notes
                .iter()
                .any(|note| note.text.starts_with("`TimeoutSeconds` of the machine"));
            assert_eq!(minded, timeout > 300);
        }
    }
}

#[test]
fn blocked_by_the_definition_is_silent_even_where_facts_are_missing() {
    let definition = sequence(&[("Job", task("glue:startJobRun.sync", json!({})))]);
    let mut facts = machine(&definition, &metrics());
    assert_eq!(found(&facts), None);
    facts.metrics = unknown();
    facts.workflow_type = unknown();
    assert_eq!(found(&facts), None);
}

#[test]
fn an_express_machine_is_left_alone() {
    let mut facts = machine(&plain(), &metrics());
    facts.workflow_type = Fact::Known(facts::WorkflowType::Express);
    facts.metrics = unknown();
    facts.definition = unknown();
    assert_eq!(found(&facts), None);
}

#[test]
fn silent_where_express_is_dearer() {
    // Five states and 235 s: $0.000125 as Standard, $0.000246 as Express.
    let dear = metrics_with(&json!({
        "started": {"total": 30_000},
        "transitions": 150_000,
        "duration": {"average": 235_000.0, "maximum": 239_000.0, "samples": 30_000}}));
    assert_eq!(found(&machine(&plain(), &dear)), None);
}

#[test]
fn break_even_is_half_a_transition_for_ten_seconds() {
    let saves = |transitions: u64, seconds: f64| {
        // Few enough for the first price tier.
        let metrics = metrics_with(&json!({
            "started": {"total": 100_000},
            "transitions": 100_000 * transitions,
            "duration": {"average": seconds * 1000.0, "maximum": seconds * 1000.0, "samples": 100_000}}));
        let config = Config {
            min_saving: Decimal::ZERO,
            ..Config::default()
        };
        !judge(&machine(&plain(), &metrics), &config)
            .findings
            .is_empty()
    };
    // One, two and five transitions pay for a request and 23.0, 47.0 and 119.0 s in 64 MB.
    for (transitions, cheaper, dearer) in [(1, 22.9, 23.1), (2, 46.9, 47.1), (5, 118.8, 119.1)] {
        assert!(
            saves(transitions, cheaper),
            "{transitions} transitions, {cheaper} s"
        );
        assert!(
            !saves(transitions, dearer),
            "{transitions} transitions, {dearer} s"
        );
    }
}

#[test]
fn small_savings_are_left_out_as_configured() {
    // 40 in 14 days: 8 transitions of 87 a month are $0.017.
    let rare = metrics_with(&json!({
        "started": {"total": 40}, "transitions": 320,
        "duration": {"average": 850.0, "maximum": 4200.0, "samples": 40}}));
    let facts = machine(&plain(), &rare);
    assert_eq!(found(&facts), None);
    let config = Config {
        min_saving: Decimal::ZERO,
        ..Config::default()
    };
    assert_eq!(judge(&facts, &config).findings.len(), 1);
    // The free tier covers it: nothing is saved.
    let config = Config {
        min_saving: Decimal::ZERO,
        free_tier: true,
        ..Config::default()
    };
    assert_eq!(judge(&facts, &config).findings.len(), 0);
}

#[test]
fn severity_follows_the_money() {
    // $0.000200 - $0.0000019 each, times 730/336.
    for (started, severity) in [
        (1_170_000_u64, Severity::High),
        (1_150_000, Severity::Medium),
        (117_000, Severity::Medium),
        (115_000, Severity::Low),
    ] {
        let metrics = metrics_with(&json!({
            "started": {"total": started}, "transitions": started * 8,
            "duration": {"average": 850.0, "maximum": 4200.0, "samples": started}}));
        assert_eq!(
            found(&machine(&plain(), &metrics)).unwrap().severity,
            severity,
            "{started}"
        );
    }
}

#[test]
fn confidence_follows_the_evidence() {
    let facts = || machine(&plain(), &metrics());
    let with = |changes: Value| machine(&plain(), &metrics_with(&changes));
    let sampled = |count: usize| {
        let mut facts = with(json!({"transitions": null}));
        let profile = facts::HistoryProfile {
            transitions: 8,
            ..Default::default()
        };
        facts.executions = Fact::Known(facts::ExecutionSample {
            listed: 900,
            profiles: vec![profile; count],
            ..Default::default()
        });
        facts
    };
    let young = |created: &str| {
        let mut facts = facts();
        facts.created = Fact::Known(created.parse().unwrap());
        facts
    };
    let defined = |definition: &Value| machine(definition, &metrics());
    let in_region = |region: &str| {
        let mut facts = facts();
        facts.region = region.to_owned();
        facts
    };
    let ended = |samples: u64| {
        with(json!({"duration": {"average": 850.0, "maximum": 4200.0, "samples": samples}}))
    };
    // Long ones, to be worth a finding.
    let few = |count: u64| {
        with(
            json!({"started": {"total": count}, "transitions": count * 20_000,
            "duration": {"average": 850.0, "maximum": 4200.0, "samples": count}}),
        )
    };
    let filled = sequence(&[("Filled", json!({"Type": "Task", "Resource": "${X}"}))]);
    let harmful = sequence(&[("Send", task("sns:publish", json!({"TopicArn": "t"})))]);
    let function = sequence(&[("Call", task("lambda:invoke", json!({})))]);
    // Level ALL would cost more than is saved: one transition, 22.5 s.
    let thin = with(
        json!({"started": {"total": 1_100_000}, "transitions": 1_100_000,
        "duration": {"average": 22_500.0, "maximum": 42_000.0, "samples": 1_100_000}}),
    );
    let cases: Vec<(&str, MachineFacts, Confidence)> = vec![
        ("all measured", facts(), Confidence::High),
        ("functions only", defined(&function), Confidence::High),
        ("20 histories", sampled(20), Confidence::High),
        ("19 histories", sampled(19), Confidence::Medium),
        (
            "transitions of the definition",
            with(json!({"transitions": null})),
            Confidence::Medium,
        ),
        ("not idempotent", defined(&harmful), Confidence::Medium),
        ("filled in elsewhere", defined(&filled), Confidence::Medium),
        (
            "unverified price",
            in_region("xx-new-1"),
            Confidence::Medium,
        ),
        ("19 ended", few(19), Confidence::Low),
        ("20 ended", few(20), Confidence::High),
        ("an eighth not ended", ended(2_625_000), Confidence::Low),
        ("a tenth not ended", ended(2_700_000), Confidence::High),
        (
            "23 hours old",
            young("2026-11-21T01:00:00Z"),
            Confidence::Low,
        ),
        (
            "25 hours old",
            young("2026-11-20T23:00:00Z"),
            Confidence::High,
        ),
        ("dearer with all logs", thin, Confidence::Low),
    ];
    for (what, facts, confidence) in cases {
        assert_eq!(found(&facts).unwrap().confidence, confidence, "{what}");
    }
}

#[test]
fn what_is_missing_is_said_once() {
    let base = || machine(&plain(), &metrics());
    let with = |change: fn(&mut MachineFacts)| {
        let mut facts = base();
        change(&mut facts);
        not_assessed(&facts)
    };
    assert_eq!(
        with(|facts| facts.workflow_type = unknown()),
        "workflow type: AccessDenied on service:Action"
    );
    assert_eq!(
        with(|facts| facts.metrics = unknown()),
        "metrics: AccessDenied on service:Action"
    );
    assert_eq!(
        with(|facts| facts.definition = unknown()),
        "definition: AccessDenied on service:Action"
    );
    assert_eq!(
        with(|facts| {
            facts.definition = unknown();
            facts.workflow_type = unknown();
            facts.metrics = unknown();
        }),
        "definition: AccessDenied on service:Action"
    );
    assert_eq!(
        with(|facts| facts.created = Fact::Known("2026-11-21T23:30:00Z".parse().unwrap())),
        "the machine is less than an hour old: too young to project a month"
    );
    let measured = |changes: Value| not_assessed(&machine(&plain(), &metrics_with(&changes)));
    assert_eq!(
        measured(json!({"started": {"total": 0}})),
        "no executions in the window of 14 days"
    );
    let none_ended = "no execution ended in the window of 14 days: how long they run is not known";
    assert_eq!(measured(json!({"duration": null})), none_ended);
    assert_eq!(
        measured(json!({"duration": {"average": 0.0, "maximum": 0.0, "samples": 0}})),
        none_ended
    );
    assert_eq!(
        measured(json!({"duration": {"average": -1.0, "maximum": 5.0, "samples": 9}})),
        none_ended
    );
    let mostly_open =
        json!({"duration": {"average": 850.0, "maximum": 4200.0, "samples": 1_499_999}});
    assert_eq!(
        measured(mostly_open),
        "only 1.50 M of 3.00 M executions ended in the window of 14 days: how long the others run is not known"
    );
    let file = MachineFacts::from_file("a.asl.json", "a", plain().to_string());
    assert_eq!(
        not_assessed(&file),
        "workflow type: only the definition file was read"
    );
}

#[test]
fn a_definition_that_cannot_be_read_is_said() {
    for text in [
        "",
        "{not json",
        "[]",
        r#"{"StartAt": "A"}"#,
        r#"{"StartAt": "A", "States": {}}"#,
    ] {
        let mut facts = machine(&plain(), &metrics());
        facts.definition = Fact::Known(text.to_owned());
        let why = not_assessed(&facts);
        assert!(
            why.starts_with("the definition cannot be read: ")
                || why == "definition: it has no states",
            "{text}: {why}"
        );
    }
}

#[test]
fn the_finding_is_the_same_over_audits() {
    let fingerprint = |metrics: &Value| found(&machine(&plain(), metrics)).unwrap().fingerprint;
    assert_eq!(
        fingerprint(&metrics()),
        fingerprint(&ran(500.0, None, 1_000.0))
    );
}

#[test]
fn hostile_names_do_no_harm() {
    let name = "<!channel>`\u{1b}[31m\n\"}{0}";
    let states = [
        (name, task("sns:publish", json!({"TopicArn": "t"}))),
        ("", wait(1)),
    ];
    let mut facts = machine(&sequence(&states), &metrics());
    facts.name = name.repeat(20);
    facts.region = name.to_owned();
    facts.event_rules = Fact::Known(vec![facts::EventRule {
        name: name.to_owned(),
        names_machine: true,
    }]);
    facts.callers = Fact::Known(vec![facts::Caller {
        machine: name.to_owned(),
        state: name.to_owned(),
        waits: true,
    }]);
    assert!(found(&facts).is_some());
}

fn any_metrics() -> impl Strategy<Value = facts::Metrics> {
    let time = || prop_oneof![any::<f64>(), 0.0..400_000.0_f64];
    let duration = (time(), prop::option::of(time()), time(), any::<u64>()).prop_map(
        |(average, p99, maximum, samples)| facts::DurationStats {
            average,
            p99,
            maximum,
            samples,
        },
    );
    let count = || prop_oneof![any::<u64>(), 0..100_000_000_u64];
    (
        count(),
        count(),
        prop::option::of(duration),
        prop::option::of(count()),
        0..40_000_000_i64,
    )
        .prop_map(|(started, failed, duration, transitions, seconds)| {
            let start: jiff::Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
            let end = start + jiff::SignedDuration::from_secs(seconds);
            let mut metrics = facts::Metrics::idle(facts::Window { start, end });
            metrics.started.total = started;
            metrics.failed.total = failed;
            metrics.duration = duration;
            metrics.transitions = transitions;
            metrics
        })
}

proptest! {
    #[test]
    fn any_metrics_give_an_ordered_saving(
        metrics in any_metrics(),
        histories in prop::collection::vec((any::<u64>(), any::<u64>(), any::<u64>()), 0..4),
        age in prop::option::of(-1_000_i64..50_000_000),
        free_tier in any::<bool>(),
    ) {
        let each = sequence(&[
            ("Each", json!({"Type": "Map", "ItemProcessor": sequence(&[("In", json!({"Type": "Pass"}))])})),
        ]);
        let mut facts = machine(&each, &self::metrics());
        if let Some(age) = age {
            facts.created = Fact::Known(metrics.window.end - jiff::SignedDuration::from_secs(age));
        }
        facts.metrics = Fact::Known(metrics);
        facts.executions = Fact::Known(facts::ExecutionSample {
            listed: 9,
            profiles: histories.iter().map(|(transitions, retries, entered)| facts::HistoryProfile {
                transitions: *transitions,
                retries: *retries,
                entered: [("In".to_owned(), *entered)].into(),
                ..facts::HistoryProfile::default()
            }).collect(),
            ..Default::default()
        });
        let report = judge(&facts, &Config { free_tier, ..Config::default() });
        prop_assert!(report.findings.len() + report.not_assessed.len() <= 1);
        for finding in report.findings {
            let saving = finding.saving.unwrap();
            prop_assert!(saving.low <= saving.usd_per_month && saving.usd_per_month <= saving.high);
            prop_assert!(saving.usd_per_month > Decimal::ZERO);
        }
    }
}
