#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests"
)]

use super::*;
use crate::{ExpressUsage, StandardUsage, break_even_transitions, express, logs, standard};

const FILE: &str = include_str!("../../data/prices.json");

fn usd(text: &str) -> Usd {
    Usd(text.parse().unwrap())
}

#[test]
fn the_embedded_table_can_be_read() {
    Prices::from_json(FILE).unwrap();
    assert_eq!(Prices::embedded().as_of(), "2026-11-22");
    assert!(Prices::embedded().table.is_some());
}

#[test]
fn the_price_of_a_million_transitions_in_every_listed_region() {
    let prices = Prices::embedded();
    let listed: Vec<String> = prices
        .regions()
        .map(|region| {
            format!(
                "{region} {}",
                prices.region(region).transition.per_million()
            )
        })
        .collect();
    assert_eq!(
        listed,
        [
            "af-south-1 $29.75/M",
            "ap-east-1 $27.50/M",
            "ap-northeast-1 $25.00/M",
            "ap-northeast-2 $27.10/M",
            "ap-south-1 $28.50/M",
            "ap-southeast-1 $25.00/M",
            "ap-southeast-2 $25.00/M",
            "ca-central-1 $25.00/M",
            "eu-central-1 $25.00/M",
            "eu-north-1 $25.00/M",
            "eu-south-1 $26.25/M",
            "eu-west-1 $25.00/M",
            "eu-west-2 $25.00/M",
            "eu-west-3 $29.70/M",
            "me-south-1 $27.50/M",
            "sa-east-1 $37.50/M",
            "us-east-1 $25.00/M",
            "us-east-2 $25.00/M",
            "us-gov-east-1 $30.00/M",
            "us-gov-west-1 $30.00/M",
            "us-west-1 $27.90/M",
            "us-west-2 $25.00/M",
        ]
    );
}

#[test]
fn the_reference_region_is_wholly_known() {
    let prices = Prices::embedded().region("us-east-1");
    assert!(
        prices.known
            && prices.verified
            && prices.express_from.verified
            && prices.cloudwatch_from.verified
    );
    assert_eq!(prices.notes(), Vec::<&str>::new());
    assert_eq!(prices.lambda_from.note, None);
    assert_eq!(prices.as_of, "2026-06-10");
    assert!(
        prices
            .source
            .contains("aws.amazon.com/step-functions/pricing")
    );
    assert_eq!(prices.express_request, usd("0.000001"));
    let tiers: Vec<(Option<String>, Usd)> = prices
        .express_tiers
        .iter()
        .map(|tier| {
            (
                tier.up_to_gb_seconds.map(|bound| bound.to_string()),
                tier.usd_per_gb_second,
            )
        })
        .collect();
    assert_eq!(
        tiers,
        [
            (Some("3600000".to_owned()), usd("0.00001667")),
            (Some("18000000".to_owned()), usd("0.00000833")),
            (None, usd("0.00000456")),
        ]
    );
    assert_eq!(prices.logs_ingest_tiers[0].usd_per_gb, usd("0.5"));
    assert_eq!(prices.logs_storage_gb_month, usd("0.03"));
    assert_eq!(prices.alarm_month, usd("0.1"));
    assert_eq!(prices.get_metric_data_per_1000, usd("0.01"));
    assert_eq!(prices.lambda_request, usd("0.0000002"));
    assert_eq!(prices.lambda_gb_second_x86, usd("0.0000166667"));
    assert_eq!(prices.lambda_gb_second_arm64, usd("0.0000133334"));
}

#[test]
fn what_is_assumed_is_said() {
    let notes = |region: &str| Prices::embedded().region(region).notes().join("\n");
    assert_eq!(
        notes("eu-west-1"),
        "no Express price is on record for eu-west-1: that of us-east-1 is assumed, which is the same in all 3 Regions on record\n\
         the log prices of eu-west-1 come from one third-party table of 2025-04-30"
    );
    assert_eq!(
        notes("eu-isoe-west-1"),
        "no price of a transition is on record for eu-isoe-west-1: the $25.00/M of most Regions is assumed (unverified for Regions opened after March 2022)\n\
         no Express price is on record for eu-isoe-west-1: that of us-east-1 is assumed, which is the same in all 3 Regions on record\n\
         no log price is on record for eu-isoe-west-1: that of us-east-1 is assumed"
    );
    assert_eq!(
        notes("sa-east-1"),
        "only the request price and the first duration tier were found for sa-east-1; the tiers above are those of us-east-1\n\
         the log prices of sa-east-1 come from one third-party table of 2025-04-30"
    );
}

#[test]
fn an_unlisted_region_has_the_default_price() {
    for region in [
        "eu-central-2",
        "il-central-1",
        "nowhere",
        "",
        "<script>\u{1b}[31m",
        &"x".repeat(10_000),
    ] {
        let prices = Prices::embedded().region(region);
        assert_eq!(prices.region, region);
        assert!(!prices.known && !prices.verified && prices.conflict.is_none());
        assert_eq!(prices.transition, usd("0.000025"));
        let note = prices.note.unwrap();
        assert!(note.contains("is assumed"), "{note}");
        assert!(
            note.len() < 200 && !note.contains(['<', '\u{1b}']),
            "{note}"
        );
    }
}

#[test]
fn the_conflict_over_china_is_unknown_with_both_values() {
    for region in ["cn-north-1", "cn-northwest-1"] {
        let prices = Prices::embedded().region(region);
        assert!(!prices.known && !prices.verified);
        let conflict = prices.conflict.unwrap();
        assert_eq!(conflict.currency, "CNY");
        assert_eq!(
            conflict.per_transition,
            [usd("0.0001891").0, usd("0.0002102").0]
        );
        assert_eq!(
            prices.note.unwrap(),
            format!(
                "{region} bills in CNY and the published prices disagree (0.1891 or 0.2102 per 1,000 transitions): its \
                 price is unknown, and amounts are only a guide, at the $25.00/M of most other Regions"
            )
        );
    }
}

#[test]
fn express_is_the_same_wherever_it_is_on_record() {
    // The note of every other Region says so.
    let here = Prices::embedded().region("us-east-1");
    let table = Prices::embedded().table.as_ref().unwrap();
    for region in table.express.regions.keys() {
        let prices = Prices::embedded().region(region);
        assert!(prices.express_from.known, "{region}");
        assert_eq!(
            (prices.express_request, prices.express_tiers),
            (here.express_request, here.express_tiers.clone())
        );
    }
}

#[test]
fn a_region_without_any_row_costs_what_the_reference_costs() {
    // The notes call the default rows the prices of us-east-1.
    let mut unknown = Prices::embedded().region("nowhere-1");
    let here = Prices::embedded().region("us-east-1");
    unknown.region.clone_from(&here.region);
    for (to, from) in [
        (&mut unknown.express_from, &here.express_from),
        (&mut unknown.cloudwatch_from, &here.cloudwatch_from),
        (&mut unknown.lambda_from, &here.lambda_from),
    ] {
        assert!(!to.known && to.note.is_some());
        to.clone_from(from);
    }
    (unknown.known, unknown.verified, unknown.note) = (true, true, None);
    (unknown.source, unknown.as_of) = (here.source.clone(), here.as_of.clone());
    assert_eq!(unknown, here);
}

#[test]
fn a_price_of_another_region_is_not_verified() {
    let prices = Prices::embedded().region("eu-west-1");
    assert!(prices.verified && prices.cloudwatch_from.known);
    assert!(
        !prices.express_from.verified
            && !prices.cloudwatch_from.verified
            && !prices.lambda_from.verified
    );
    assert_eq!(
        prices.lambda_from.note.as_deref(),
        Some("no Lambda price is on record for eu-west-1: that of us-east-1 is assumed")
    );
}

#[test]
fn other_prices_carry_their_unit_and_free_amount() {
    let email = Prices::embedded().other("sns_email_delivery").unwrap();
    assert_eq!(
        (email.usd, email.unit.as_str(), email.free_per_month),
        (usd("0.00002"), "delivery", 1000.into())
    );
    assert!(email.from.verified && !email.from.source.is_empty());
    assert_eq!(Prices::embedded().other("no_such_price"), None);
}

#[test]
fn a_wrong_table_is_refused_with_its_place() {
    let cases = [
        (
            "",
            "",
            "the price table cannot be read: EOF while parsing a value at line 1 column 0",
        ),
        ("{", "[", "the price table cannot be read: "),
        (
            "\"usd\": \"0.00002975\"",
            "\"usd\": 0.00002975",
            "the price table cannot be read: invalid type: floating point",
        ),
        (
            "\"usd\": \"0.00002975\"",
            "\"usd\": \"0\"",
            "`standard.af-south-1` has a price that is not above zero",
        ),
        (
            "\"usd\": \"0.00002975\"",
            "\"usd\": \"-1\"",
            "`standard.af-south-1` has a price that is not above zero",
        ),
        ("\"usd\": \"0.00002975\", ", "", "missing field `usd`"),
        (
            "\"source\": \"power-tuning\"",
            "\"source\": \"hearsay\"",
            "names a source that `sources` does not explain",
        ),
        (
            "\"as_of\": \"2026-11-22\",\n  \"sources\"",
            "\"as_of\": \"22 Nov\",\n  \"sources\"",
            "`as_of` has no date",
        ),
        (
            "2026-04-13\", \"verified\": true",
            "2026-13-13\", \"verified\": true",
            "`standard.af-south-1` has no date",
        ),
        (
            "[\"18000000\"",
            "[\"3600000\"",
            "has tiers that do not ascend",
        ),
        (
            "[\"3600000\"",
            "[\"36000000000\"",
            "has tiers that do not ascend",
        ),
        (
            "[null, \"0.00000456\"]",
            "[\"19000000\", \"0.00000456\"]",
            "has no open last tier",
        ),
        (
            "\"0.339\", ",
            "",
            "`cloudwatch.af-south-1` has not one ingestion price for each tier",
        ),
        (
            "[\"0.0001891\", \"0.0002102\"]",
            "[\"0.0001891\"]",
            "names fewer than two prices",
        ),
        (
            "\"free_transitions_per_month\"",
            "\"free_transitions\"",
            "unknown field `free_transitions`",
        ),
    ];
    for (from, to, expected) in cases {
        let text = if from.is_empty() {
            String::new()
        } else {
            FILE.replacen(from, to, 1)
        };
        assert_ne!(text, FILE, "{from} is in the file");
        let error = Prices::from_json(&text).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}\n is not\n{expected}");
    }
}

#[test]
fn a_table_that_could_not_be_read_gives_no_amount_and_says_so() {
    let prices = Prices { table: None };
    assert_eq!(
        (
            prices.as_of(),
            prices.regions().count(),
            prices.other("dashboard_month")
        ),
        ("unknown", 0, None)
    );
    let region = prices.region("us-east-1");
    assert!(
        !region.known
            && region
                .notes()
                .iter()
                .all(|note| note.contains("could not be read"))
    );
    let usage = StandardUsage {
        executions: 10.into(),
        transitions: 1_000_000.into(),
    };
    assert_eq!(standard(&region, &usage, true).total, Usd::ZERO);
    let usage = ExpressUsage {
        executions: 10.into(),
        ..ExpressUsage::default()
    };
    assert_eq!(express(&region, &usage, Decimal::ZERO).total, Usd::ZERO);
    assert_eq!(logs(&region, 10.into(), true).total, Usd::ZERO);
    // No number of transitions makes Express look cheaper.
    assert_eq!(
        break_even_transitions(&region, 100.into(), 64.into()),
        Decimal::MAX
    );
}
