//! The price table and what a refresh changed, as people and programs read them.

use pricing::{Change, Prices, Refreshed, Warning};

use crate::{price_table, price_table_json, refreshed, refreshed_json};

fn names(regions: &[&str]) -> Vec<String> {
    regions.iter().map(|&name| name.to_owned()).collect()
}

/// The table after China's list was read.
fn with_yuan() -> Prices {
    let row = r#""other_currencies": {"cn-north-1": {"currency": "CNY", "per_transition": "0.0001891", "request": "0.0000068", "tiers": [[null, "0.0001134"]], "source": "china-solution", "as_of": "2026-12-01", "verified": true}}"#;
    let text = Prices::embedded().to_text();
    let text = text.replacen("\"other_currencies\": {}", row, 1);
    Prices::from_json(&text).unwrap()
}

fn change(region: &str, what: &'static str, old: Option<&str>, new: &str) -> Change {
    Change {
        region: region.to_owned(),
        what,
        old: old.map(ToOwned::to_owned),
        new: new.to_owned(),
    }
}

fn a_refresh() -> Refreshed {
    Refreshed {
        text: String::new(),
        regions: 5,
        changes: vec![
            change("sa-east-1", "transition", Some("$37.50/M"), "$40.00/M"),
            change("xx-new-1", "Express request", None, "$1.00/M"),
        ],
        unlisted: names(&["eu-west-1", "eu-west-2"]),
        warnings: vec![Warning {
            what: "USE1-Odd".to_owned(),
            why: "is not known to this version".to_owned(),
        }],
    }
}

#[test]
fn the_whole_table() {
    insta::assert_snapshot!(price_table(Prices::embedded(), &[]));
}

#[test]
fn a_region_that_is_not_listed_has_the_default_and_it_is_said() {
    let regions = names(&["us-east-1", "il-central-1", "cn-north-1", "\u{1b}[31m"]);
    insta::assert_snapshot!(price_table(Prices::embedded(), &regions));
}

#[test]
fn what_is_billed_in_another_currency_is_never_shown_as_dollars() {
    let regions = names(&["cn-north-1", "cn-northwest-1"]);
    for prices in [Prices::embedded(), &with_yuan()] {
        let text = price_table(prices, &regions);
        let rows = text.lines().filter(|line| line.starts_with("cn-"));
        assert!(
            rows.clone().count() == 2 && rows.clone().all(|row| !row.contains('$')),
            "{text}"
        );
        let json: serde_json::Value =
            serde_json::from_str(&price_table_json(prices, &regions)).unwrap();
        for region in json["regions"].as_array().unwrap() {
            assert_eq!(region["currency"], "CNY");
            assert_ne!(region["per_1000_transitions"], 0.025);
            assert_ne!(region["per_million_express_requests"], 1);
        }
    }
    insta::assert_snapshot!(price_table(&with_yuan(), &regions));
}

#[test]
fn the_table_as_json() {
    let regions = names(&["us-east-1", "nowhere-1", "cn-northwest-1"]);
    insta::assert_snapshot!(price_table_json(Prices::embedded(), &regions));
}

#[test]
fn what_a_refresh_changed() {
    insta::assert_snapshot!(refreshed(&a_refresh(), "prices.json"));
    insta::assert_snapshot!(
        "a_refresh_json",
        refreshed_json(&a_refresh(), "prices.json")
    );
    let same = Refreshed {
        changes: Vec::new(),
        unlisted: Vec::new(),
        ..a_refresh()
    };
    let text = refreshed(&same, "a\u{1b}b.json");
    assert!(
        text.ends_with("no price changed\n") && !text.contains('\u{1b}'),
        "{text}"
    );
}
