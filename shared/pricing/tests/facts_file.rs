//! The models against a larger file of published calculations, where one lies beside the workspace.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "tests"
)]

use pricing::{
    ExpressUsage, MemoryEstimate, Prices, RegionPrices, StandardUsage, TierBasis, billed_memory_mb,
    express_by, metric_requests, standard,
};
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// Cases with a figure that we hold to be wrong.
const WRONG: [&str; 5] = [
    "aws-workshop-m13",
    "wring.co-2",
    "wring.co-3",
    "zh-note",
    "unsupported-claim-1",
];

fn prices() -> RegionPrices {
    Prices::embedded().region("us-east-1")
}

/// The number as it is written, without a float between.
fn number(value: &Value) -> Option<Decimal> {
    let text = value.as_number()?.to_string();
    text.parse()
        .or_else(|_| Decimal::from_scientific(&text))
        .ok()
}

fn figures(inputs: &Value) -> BTreeMap<String, Decimal> {
    let get = |name: &str| number(&inputs[name]);
    let first = |names: &[&str]| names.iter().find_map(|name| get(name));
    let mut out = BTreeMap::new();
    let per_second =
        get("exec_per_second").map(|rate| rate * get("days").unwrap() * Decimal::from(86_400));
    let daily = first(&["executions_per_day", "events_per_day"]);
    let executions = get("executions").or(per_second).or(daily);
    let each = first(&[
        "transitions_per_execution",
        "standard_transitions_removed_per_execution",
        "states",
        "steps",
        "tasks",
        "transitions",
    ]);
    if let Some(each) = each {
        let transitions = executions.unwrap_or(Decimal::ONE) * each;
        let usage = StandardUsage {
            executions: Decimal::ZERO,
            transitions,
        };
        let cost = standard(&prices(), &usage, get("free").is_some()).total.0;
        for name in ["standard", "cost", "standard_per_day", "per_day", "only"] {
            out.insert(name.to_owned(), cost);
        }
        out.insert("per_month".to_owned(), cost * Decimal::from(30));
    }
    let task_seconds =
        get("task_seconds").map(|seconds| seconds * get("tasks").unwrap() * Decimal::ONE_THOUSAND);
    let shortest = daily.and(get("steps")).map(|_| Decimal::ZERO);
    let duration_ms = first(&["duration_ms", "express_ms"])
        .or(task_seconds)
        .or(shortest);
    if let (Some(executions), Some(duration_ms)) = (executions, duration_ms) {
        express_figures(inputs, executions, duration_ms, &mut out);
    }
    if let (Some(metrics), Some(period)) = (get("metrics"), get("period_s")) {
        let requests = metrics * get("days").unwrap() * Decimal::from(86_400) / period;
        out.insert("requests".to_owned(), requests);
        out.insert("usd".to_owned(), metric_requests(&prices(), requests).0);
    }
    out
}

fn express_figures(
    inputs: &Value,
    executions: Decimal,
    duration_ms: Decimal,
    out: &mut BTreeMap<String, Decimal>,
) {
    let get = |name: &str| number(&inputs[name]);
    let estimate = get("definition_kb").map(|definition_kb| MemoryEstimate {
        definition_kb,
        map_or_parallel_steps: inputs["map_steps"].as_u64().unwrap(),
        payload_kb: get("payload_kb").unwrap(),
    });
    let basis = if estimate.is_some() {
        TierBasis::GbHour
    } else {
        TierBasis::GbSecond
    };
    let memory_mb = estimate.map_or_else(
        || get("memory_mb").unwrap_or_default(),
        |estimate| estimate.memory_mb(),
    );
    let usage = ExpressUsage {
        executions,
        duration_ms,
        memory_mb,
        already_billed: false,
    };
    let bill = express_by(basis, &prices(), &usage, Decimal::ZERO);
    let mut put = |name: &str, value: Decimal| {
        out.insert(name.to_owned(), value);
    };
    put("memory_mb", memory_mb);
    put("billed_mb", billed_memory_mb(memory_mb));
    put("gb_seconds", bill.gb_seconds);
    put("gb_hours", bill.gb_seconds / Decimal::from(3600));
    put("requests", bill.item("requests").0);
    put("express_requests", bill.item("requests").0);
    put("express_request", bill.item("requests").0 / executions);
    put("duration", bill.item("duration").0);
    put("express_duration", bill.item("duration").0);
    put(
        "express_duration_per_execution",
        bill.item("duration").0 / executions,
    );
    for name in [
        "express",
        "express_total",
        "express_per_day",
        "express_64MB_total",
    ] {
        put(name, bill.total.0);
    }
    for (number, tier) in bill.tiers.iter().enumerate() {
        put(&format!("tier{}", number + 1), tier.usd.0);
        put(&format!("duration_tiers{number}"), tier.usd.0);
    }
    if inputs["type"] == "EXPRESS" {
        // A single figure is one of the pricing page's examples.
        let by_page = express_by(TierBasis::GbHour, &prices(), &usage, Decimal::ZERO);
        out.insert("only".to_owned(), by_page.total.0);
    }
    let as_standard = out.get("standard").copied();
    if let Some(cost) = as_standard {
        out.insert("ratio".to_owned(), cost / bill.total.0);
    }
}

/// The printed figures by name, a list counting its places; where nothing is printed in figures,
/// those that the file's author has computed.
fn expected(case: &Value) -> Vec<(String, Decimal)> {
    let printed = named(&case["printed"]);
    if printed.is_empty() {
        named(&case["recomputed"])
    } else {
        printed
    }
}

fn named(figures: &Value) -> Vec<(String, Decimal)> {
    let mut out = Vec::new();
    out.extend(number(figures).map(|value| ("only".to_owned(), value)));
    for (name, value) in figures.as_object().into_iter().flatten() {
        out.extend(number(value).map(|value| (name.clone(), value)));
        for (place, value) in value.as_array().into_iter().flatten().enumerate() {
            out.extend(number(value).map(|value| (format!("{name}{place}"), value)));
        }
    }
    out
}

#[test]
fn every_case_of_the_facts_file_is_reproduced_or_known_to_be_wrong() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/facts/cost_cases.json");
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("skipped: no shared/facts/cost_cases.json beside the workspace");
        return;
    };
    let cases: Vec<Value> = serde_json::from_str(&text).unwrap();
    let (mut reproduced, mut wrong, mut unprinted, mut compared) = (0, Vec::new(), Vec::new(), 0);
    for case in &cases {
        let id = case["id"].as_str().unwrap();
        let ours = figures(&case["inputs"]);
        let mut differ = false;
        let mut figures_of_case = 0;
        for (name, printed) in expected(case) {
            let Some(value) = ours.get(&name) else {
                continue;
            };
            let places = printed.scale().max(2);
            let value =
                value.round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero);
            figures_of_case += 1;
            if value != printed {
                println!("{id}: {name} is printed as {printed}, we compute {value}");
                differ = true;
            }
        }
        compared += figures_of_case;
        match (figures_of_case, differ) {
            (0, _) => unprinted.push(id),
            (_, true) => wrong.push(id),
            (_, false) => reproduced += 1,
        }
    }
    println!(
        "{reproduced} of {} rows reproduced ({compared} figures), wrong: {wrong:?}, nothing to compare: {unprinted:?}",
        cases.len()
    );
    assert_eq!(wrong, WRONG);
    assert!(unprinted.is_empty(), "{unprinted:?}");
}
