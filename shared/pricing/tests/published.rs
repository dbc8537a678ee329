//! The models against calculations that others have published, to the digit that they print.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests"
)]

use pricing::{
    Bill, ExpressUsage, MemoryEstimate, Prices, RegionPrices, StandardUsage, TierBasis,
    billed_memory_mb, break_even_transitions, express_by, metric_requests, standard,
};
use rust_decimal::{Decimal, RoundingStrategy};
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    id: String,
    source: String,
    standard: Option<StandardInput>,
    express: Option<ExpressInput>,
    metrics: Option<Decimal>,
    /// Figures that the source prints and that are right.
    printed: BTreeMap<String, Decimal>,
    /// Figures that the source prints and that are wrong.
    #[serde(default)]
    wrong: BTreeMap<String, Wrong>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StandardInput {
    executions: Decimal,
    per_execution: Decimal,
    #[serde(default)]
    free_tier: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExpressInput {
    executions: Decimal,
    duration_ms: Decimal,
    memory_mb: Option<Decimal>,
    #[serde(default)]
    definition_kb: Decimal,
    #[serde(default)]
    steps: u64,
    #[serde(default)]
    payload_kb: Decimal,
    #[serde(default)]
    basis: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wrong {
    printed: Decimal,
    ours: Decimal,
    over_by: Decimal,
    why: String,
}

fn cases() -> Vec<Case> {
    serde_json::from_str(include_str!("cases.json")).unwrap()
}

fn prices() -> RegionPrices {
    Prices::embedded().region("us-east-1")
}

fn at_the_places_of(printed: Decimal, ours: Decimal) -> Decimal {
    ours.round_dp_with_strategy(printed.scale(), RoundingStrategy::MidpointAwayFromZero)
}

/// Every figure that our models give for a case, by the name that the case uses.
fn figures(case: &Case) -> BTreeMap<String, Decimal> {
    let mut out = BTreeMap::new();
    let mut put = |name: &str, value: Decimal| {
        out.insert(name.to_owned(), value);
    };
    let standard = case.standard.as_ref().map(standard_cost);
    if let Some(cost) = standard {
        put("standard", cost);
    }
    if let Some(input) = &case.express {
        let (memory_mb, bill) = express_bill(input);
        put("memory_mb", memory_mb);
        put("billed_mb", billed_memory_mb(memory_mb));
        put("gb_seconds", bill.gb_seconds);
        put("gb_hours", bill.gb_seconds / Decimal::from(3600));
        put("requests", bill.item("requests").0);
        put("requests_each", bill.item("requests").0 / input.executions);
        put("duration", bill.item("duration").0);
        put("duration_each", bill.item("duration").0 / input.executions);
        put("express", bill.total.0);
        for (number, tier) in bill.tiers.iter().enumerate() {
            put(&format!("tier{}", number + 1), tier.usd.0);
        }
        if let Some(cost) = standard {
            put("ratio", cost / bill.total.0);
        }
    }
    if let Some(metrics) = case.metrics {
        put("metrics", metric_requests(&prices(), metrics).0);
    }
    out
}

fn standard_cost(input: &StandardInput) -> Decimal {
    let usage = StandardUsage {
        executions: input.executions,
        transitions: input.executions * input.per_execution,
    };
    standard(&prices(), &usage, input.free_tier).total.0
}

fn express_bill(input: &ExpressInput) -> (Decimal, Bill) {
    let estimate = MemoryEstimate {
        definition_kb: input.definition_kb,
        map_or_parallel_steps: input.steps,
        payload_kb: input.payload_kb,
    };
    let memory_mb = input.memory_mb.unwrap_or_else(|| estimate.memory_mb());
    let usage = ExpressUsage {
        executions: input.executions,
        duration_ms: input.duration_ms,
        memory_mb,
        already_billed: false,
    };
    let basis = match input.basis.as_str() {
        "" => TierBasis::GbSecond,
        "gb-hour" => TierBasis::GbHour,
        other => panic!("no basis {other}"),
    };
    (
        memory_mb,
        express_by(basis, &prices(), &usage, Decimal::ZERO),
    )
}

#[test]
fn published_calculations_are_reproduced_to_the_printed_digit() {
    let mut compared = 0;
    for case in cases() {
        let ours = figures(&case);
        assert!(
            !case.source.is_empty() && !case.printed.is_empty(),
            "{}",
            case.id
        );
        for (name, printed) in &case.printed {
            let value = at_the_places_of(*printed, ours[name]);
            assert_eq!(value, *printed, "{}: {name} ({})", case.id, case.source);
            compared += 1;
        }
    }
    assert!(compared > 40, "{compared}");
}

#[test]
fn published_mistakes_are_not_ours() {
    let mut found = Vec::new();
    for case in cases() {
        let ours = figures(&case);
        for (name, wrong) in &case.wrong {
            let value = at_the_places_of(wrong.ours, ours[name]);
            assert_eq!(value, wrong.ours, "{}: {name}", case.id);
            assert_ne!(value, wrong.printed, "{}: {name}: {}", case.id, wrong.why);
            assert_eq!(
                wrong.printed - value,
                wrong.over_by,
                "{}: {name}: {}",
                case.id,
                wrong.why
            );
            assert!(!wrong.why.is_empty());
            found.push(format!("{} {name}", case.id));
        }
    }
    assert_eq!(
        found,
        [
            "aws-workshop-module-13 duration_each",
            "aws-workshop-module-13 ratio",
            "wring.co-2 express",
            "wring.co-3 express",
            "four-tasks standard",
            "cheatcoders express",
            "cheatcoders requests",
        ]
    );
}

/// Transitions of an execution at which both types cost the same, first tier, no logs.
#[test]
fn break_even_in_us_east_1() {
    let seconds = ["0.1", "1", "5", "10", "30", "60", "120", "300"];
    let table = [
        (
            "64",
            [
                "0.04", "0.08", "0.25", "0.46", "1.29", "2.54", "5.04", "12.54",
            ],
        ),
        (
            "128",
            [
                "0.05", "0.12", "0.46", "0.87", "2.54", "5.04", "10.04", "25.05",
            ],
        ),
        (
            "256",
            [
                "0.06", "0.21", "0.87", "1.71", "5.04", "10.04", "20.04", "50.05",
            ],
        ),
    ];
    for (memory, row) in table {
        for (second, expected) in seconds.iter().zip(row) {
            let expected: Decimal = expected.parse().unwrap();
            let duration_ms = second.parse::<Decimal>().unwrap() * Decimal::ONE_THOUSAND;
            let ours = break_even_transitions(&prices(), duration_ms, memory.parse().unwrap());
            assert_eq!(
                at_the_places_of(expected, ours),
                expected,
                "{memory} MB, {second} s"
            );
        }
    }
}

#[test]
fn a_long_run_of_few_states_is_dearer_as_express() {
    let five_minutes = ExpressUsage {
        executions: 1.into(),
        duration_ms: 300_000.into(),
        memory_mb: 64.into(),
        already_billed: false,
    };
    let as_express = express_by(TierBasis::GbSecond, &prices(), &five_minutes, Decimal::ZERO).total;
    let as_standard = standard(
        &prices(),
        &StandardUsage {
            executions: 1.into(),
            transitions: 5.into(),
        },
        false,
    )
    .total;
    assert_eq!(as_express.0, "0.0003135625".parse().unwrap());
    assert_eq!(as_standard.0, "0.000125".parse().unwrap());
}
