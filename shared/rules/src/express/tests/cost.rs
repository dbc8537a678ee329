use facts::{Fact, MachineFacts};
use pricing::{Prices, Usd};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{machine, metrics, metrics_with, plain, sequence};
use cost::Comparison;
use cost::usage::{self, Source};

fn compare(facts: &MachineFacts, free_tier: bool) -> Comparison {
    let definition = asl::Definition::parse(
        facts.definition.known().unwrap().as_bytes(),
        asl::Format::Json,
    );
    let metrics = facts.metrics.known().unwrap();
    cost::compare(&cost::Inputs {
        facts,
        definition: &definition,
        metrics,
        duration: &usage::duration(metrics).unwrap(),
        observed: usage::observed(facts, metrics),
        prices: &Prices::embedded().region(&facts.region),
        free_tier,
        used_gb_seconds: Decimal::ZERO,
    })
}

fn compared(facts: &MachineFacts) -> Comparison {
    compare(facts, false)
}

fn cents(amount: Decimal) -> String {
    Usd(amount).cents()
}

/// Histories with these numbers of transitions.
fn histories(transitions: &[u64]) -> Fact<facts::ExecutionSample> {
    let profile = |count: &u64| facts::HistoryProfile {
        transitions: *count,
        ..Default::default()
    };
    Fact::Known(facts::ExecutionSample {
        listed: 1_000,
        profiles: transitions.iter().map(profile).collect(),
        ..Default::default()
    })
}

#[test]
fn a_month_by_hand() {
    let compared = compared(&machine(&plain(), &metrics()));
    // 3 M in 336 h are 6,517,857 in 730 h; 8 transitions of $0.000025.
    assert_eq!(compared.executions.round_dp(2).to_string(), "6517857.14");
    assert_eq!(cents(compared.standard.best), "$1,303.57");
    assert_eq!(cents(compared.requests.0), "$6.52");
    // 0.9 s in 64 MB = 0.05625 GB-s at $0.00001667.
    assert_eq!(compared.duration_ms.best, Decimal::from(900));
    assert_eq!(compared.memory_mb.best, Decimal::from(64));
    assert_eq!(cents(compared.express.best), "$12.63");
    assert_eq!(cents(compared.logs.usd.best), "$0.00");
    assert_eq!(cents(compared.saving.best), "$1,290.94");
    // 850 to 950 ms; level ALL: 52.1 M transitions x 5 events x 350 bytes = 91.25 GB.
    assert_eq!(compared.duration_ms.low, Decimal::from(850));
    assert_eq!(compared.duration_ms.high, Decimal::from(950));
    assert_eq!(compared.logs.gb.high.round_dp(2).to_string(), "91.25");
    assert_eq!(cents(compared.saving.low), "$1,244.98");
    assert_eq!(cents(compared.saving.high), "$1,291.28");
}

#[test]
fn prices_are_those_of_the_region() {
    let standard = |region: &str| {
        let mut facts = machine(&plain(), &metrics());
        facts.region = region.to_owned();
        cents(compared(&facts).standard.best)
    };
    assert_eq!(standard("eu-west-1"), "$1,303.57");
    assert_eq!(standard("sa-east-1"), "$1,955.36");
    assert_eq!(standard("us-gov-west-1"), "$1,564.29");
}

#[test]
fn the_free_tier_is_taken_off_where_asked() {
    let facts = machine(&plain(), &metrics());
    let paid = compare(&facts, false).standard.best;
    let less = compare(&facts, true).standard.best;
    assert_eq!(cents(paid - less), "$0.10");
}

#[test]
fn transitions_are_measured_where_possible() {
    let by = |transitions: Value, sampled: Fact<facts::ExecutionSample>| {
        let mut facts = machine(
            &plain(),
            &metrics_with(&json!({"transitions": transitions})),
        );
        facts.executions = sampled;
        let transitions = compared(&facts).transitions;
        let range = transitions.per_execution;
        let text = [range.low, range.best, range.high]
            .map(|value| value.round_dp(2).normalize().to_string());
        (
            text.join(" "),
            transitions.source,
            transitions.histories_say.is_some(),
        )
    };
    let none = || Fact::unknown("not collected");
    assert_eq!(
        by(json!(24_000_000), none()),
        ("8 8 8".to_owned(), Source::Metric, false)
    );
    // Within a tenth of the metric, histories add nothing.
    assert_eq!(
        by(json!(24_000_000), histories(&[8, 8, 9, 9])),
        ("8 8 8".to_owned(), Source::Metric, false)
    );
    assert_eq!(
        by(json!(24_000_000), histories(&[6, 6])),
        ("6 8 8".to_owned(), Source::Metric, true)
    );
    assert_eq!(
        by(json!(24_000_000), histories(&[10, 10])),
        ("8 8 10".to_owned(), Source::Metric, true)
    );
    // No execution has less than one transition: such a metric has holes.
    assert_eq!(
        by(json!(0), histories(&[6, 8])),
        ("1 7 19.71".to_owned(), Source::Histories(2), false)
    );
    assert_eq!(by(json!(2_999_999), none()).1, Source::Definition);
    assert_eq!(by(json!(3_000_000), none()).1, Source::Metric);
    // No execution has more than 25,000 events.
    assert_eq!(by(json!(75_000_000_000_u64), none()).1, Source::Metric);
    assert_eq!(by(json!(75_000_000_001_u64), none()).1, Source::Definition);
    assert_eq!(
        by(Value::Null, histories(&[])),
        ("2 2 2".to_owned(), Source::Definition, false)
    );
}

#[test]
fn without_measurements_the_definition_gives_bounds() {
    let by = |definition: &Value| {
        let facts = machine(definition, &metrics_with(&json!({"transitions": null})));
        let transitions = compared(&facts).transitions;
        let range = transitions.per_execution;
        (
            [range.low, range.best, range.high].map(|value| value.to_string()),
            transitions.source,
        )
    };
    let forked = json!({"StartAt": "A", "States": {
        "A": {"Type": "Choice", "Default": "C", "Choices": [
            {"Variable": "$.x", "IsPresent": true, "Next": "B"}]},
        "B": {"Type": "Pass", "Next": "C"},
        "C": {"Type": "Pass", "Next": "D"},
        "D": {"Type": "Pass", "End": true}}});
    assert_eq!(
        by(&forked),
        (["3", "3.5", "4"].map(str::to_owned), Source::Definition)
    );
    let looped = json!({"StartAt": "A", "States": {
        "A": {"Type": "Pass", "Next": "B"},
        "B": {"Type": "Choice", "Default": "A", "Choices": [
            {"Variable": "$.x", "IsPresent": true, "Next": "C"}]},
        "C": {"Type": "Succeed"}}});
    assert_eq!(
        by(&looped),
        (
            ["3", "3", "3"].map(str::to_owned),
            Source::FewestOfDefinition
        )
    );
}

#[test]
fn a_young_machine_is_reckoned_from_its_age() {
    let mut facts = machine(&plain(), &metrics());
    facts.created = Fact::Known("2026-11-20T00:00:00Z".parse().unwrap());
    // Two days instead of fourteen: seven times as many a month.
    assert_eq!(
        compared(&facts).executions.round_dp(0),
        Decimal::from(45_625_000)
    );
    facts.created = Fact::Known("2026-01-01T00:00:00Z".parse().unwrap());
    assert_eq!(
        compared(&facts).executions.round_dp(0),
        Decimal::from(6_517_857)
    );
}

#[test]
fn no_execution_is_billed_for_less_than_100_ms() {
    let short = metrics_with(
        &json!({"duration": {"average": 12.4, "maximum": 30.0, "samples": 3_000_000}}),
    );
    let range = compared(&machine(&plain(), &short)).duration_ms;
    assert_eq!(
        [range.low, range.best, range.high].map(|ms| ms.to_string()),
        ["100", "100", "112"]
    );
}

#[test]
fn memory_grows_with_iterations() {
    let each = sequence(&[(
        "Each",
        json!({"Type": "Map", "ItemProcessor": sequence(&[("In", json!({"Type": "Pass"}))])}),
    )]);
    let mut facts = machine(&each, &metrics());
    let range = |facts: &MachineFacts| {
        let compared = compared(facts);
        let memory = compared.memory_mb;
        (
            [memory.low, memory.best, memory.high].map(|mb| mb.to_string()),
            compared.steps.assumed,
        )
    };
    // 100 iterations of 256 KB are 25.6 MB more than 50.
    assert_eq!(
        range(&facts),
        (["64", "64", "128"].map(str::to_owned), true)
    );
    let profile = |entered: u64| facts::HistoryProfile {
        transitions: entered + 1,
        entered: [("In".to_owned(), entered)].into(),
        ..Default::default()
    };
    facts.executions = Fact::Known(facts::ExecutionSample {
        listed: 2,
        profiles: vec![profile(1_000), profile(3_000)],
        ..Default::default()
    });
    // 50 MB and 1,000 x 1 KB; 2,000 x 10 KB; 3,000 x 256 KB.
    assert_eq!(
        range(&facts),
        (["64", "128", "832"].map(str::to_owned), false)
    );
}

#[test]
fn logs_are_priced_beyond_what_is_logged_today() {
    let gb = |level: &str| {
        let changed =
            metrics_with(&json!({"failed": {"total": 30_000}, "timed_out": {"total": 15_000}}));
        let mut facts = machine(&plain(), &changed);
        if !level.is_empty() {
            let logging =
                json!({"level": level, "include_execution_data": false, "destinations": []});
            facts.logging = Fact::Known(serde_json::from_value(logging).unwrap());
        }
        let gb = compared(&facts).logs.gb;
        (
            gb.best.round_dp(3).normalize().to_string(),
            gb.high.round_dp(2).normalize().to_string(),
        )
    };
    // 1.5 % of 6.52 M executions fail: 2 events of 1,000 bytes each.
    let expected = ("0.196".to_owned(), "91.45".to_owned());
    assert_eq!(gb(""), expected);
    assert_eq!(gb("OFF"), expected);
    assert_eq!(gb("FATAL"), expected);
    assert_eq!(gb("ERROR"), ("0".to_owned(), "91.25".to_owned()));
    assert_eq!(gb("ALL"), ("0".to_owned(), "0".to_owned()));
}

#[test]
fn retries_are_logged_as_errors() {
    let mut facts = machine(&plain(), &metrics());
    facts.executions = Fact::Known(facts::ExecutionSample {
        listed: 4,
        profiles: [0, 0, 0, 1]
            .map(|retries| facts::HistoryProfile {
                transitions: 8,
                retries,
                ..Default::default()
            })
            .into(),
        ..Default::default()
    });
    // A quarter of 6.52 M events of 1,000 bytes.
    assert_eq!(
        compared(&facts).logs.gb.best.round_dp(2).to_string(),
        "1.63"
    );
}
