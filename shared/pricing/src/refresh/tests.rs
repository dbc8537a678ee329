#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests"
)]

use super::*;
use proptest::prelude::*;
use serde_json::{Value, json};

mod refused;

const FILE: &str = include_str!("../../data/prices.json");
const TODAY: &str = "2026-12-01";
const TIERS: [(&str, &str, &str); 3] = [
    ("0", "3600000", "0.0000166700"),
    ("3600000", "18000000", "0.0000083300"),
    ("18000000", "Inf", "0.0000045600"),
];

/// An item as `GetProducts` returns it.
fn item(
    region: &str,
    usage: &str,
    kind: Kind,
    unit: &str,
    currency: &str,
    tiers: &[(&str, &str, &str)],
) -> Value {
    let (group, _) = names(kind);
    let dimensions: serde_json::Map<String, Value> = tiers
        .iter()
        .enumerate()
        .map(|(index, (begin, end, price))| {
            let dimension = json!({
                "unit": unit, "beginRange": begin, "endRange": end, "appliesTo": [], "description": "as it is read",
                "rateCode": format!("SKU.TERM.{index}"), "pricePerUnit": {currency: price}
            });
            (format!("SKU.TERM.{index}"), dimension)
        })
        .collect();
    json!({
        "product": {
            "productFamily": "AWS Step Functions", "sku": "SKU",
            "attributes": {
                "regionCode": region, "servicecode": "AmazonStates", "usagetype": usage, "group": group,
                "location": "Somewhere", "locationType": "AWS Region", "operation": "", "servicename": "AWS Step Functions"
            }
        },
        "serviceCode": "AmazonStates", "version": "20261101000000", "publicationDate": "2026-11-01T00:00:00Z",
        "terms": {"OnDemand": {"SKU.TERM": {
            "sku": "SKU", "offerTermCode": "TERM", "effectiveDate": "2026-11-01T00:00:00Z", "termAttributes": {},
            "priceDimensions": dimensions
        }}}
    })
}

fn names(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Transition => ("SFN-StateTransitions", "StateTransitions"),
        Kind::Request => ("SFN-ExpressWorkflows-Requests", "Requests"),
        Kind::Duration => ("SFN-ExpressWorkflows-Duration", "GB-Seconds"),
    }
}

fn transition(region: &str, price: &str) -> Value {
    let tiers = [("0", "4000", "0.0000000000"), ("4000", "Inf", price)];
    let usage = format!("{}-StateTransition", region.to_uppercase());
    item(
        region,
        &usage,
        Kind::Transition,
        "StateTransitions",
        "USD",
        &tiers,
    )
}

fn request(region: &str, price: &str) -> Value {
    let usage = format!("{}-StepFunctions-Request", region.to_uppercase());
    item(
        region,
        &usage,
        Kind::Request,
        "Requests",
        "USD",
        &[("0", "Inf", price)],
    )
}

fn duration(region: &str, tiers: &[(&str, &str, &str)]) -> Value {
    let usage = format!("{}-StepFunctions-GB-Second", region.to_uppercase());
    item(region, &usage, Kind::Duration, "GB-Seconds", "USD", tiers)
}

fn region(region: &str, price: &str) -> [Value; 3] {
    [
        transition(region, price),
        request(region, "0.0000010000"),
        duration(region, &TIERS),
    ]
}

fn texts(items: &[Value]) -> Vec<String> {
    items.iter().map(Value::to_string).collect()
}

fn refresh(items: &[Value]) -> Refreshed {
    Prices::embedded().refreshed(&texts(items), TODAY).unwrap()
}

/// us-east-1 as it is on record, and one more item.
fn with(item: Value) -> Refreshed {
    let mut items = region("us-east-1", "0.0000250000").to_vec();
    items.push(item);
    refresh(&items)
}

fn told(refreshed: &Refreshed) -> Vec<String> {
    let change = |it: &Change| {
        let old = it.old.as_deref().unwrap_or("none");
        format!("{} {}: {old} -> {}", it.region, it.what, it.new)
    };
    refreshed.changes.iter().map(change).collect()
}

fn warned(refreshed: &Refreshed) -> Vec<String> {
    refreshed.warnings.iter().map(ToString::to_string).collect()
}

/// The lines of the one that the other does not have.
fn new_lines<'a>(old: &str, new: &'a str) -> Vec<&'a str> {
    let old: BTreeSet<&str> = old.lines().map(|line| line.trim_end_matches(',')).collect();
    let new = new.lines().map(|line| line.trim_end_matches(','));
    new.filter(|line| !old.contains(line))
        .map(str::trim)
        .collect()
}

#[test]
fn a_table_is_written_as_it_is_read() {
    assert_eq!(Prices::embedded().to_text(), FILE);
}

#[test]
fn the_same_prices_change_only_dates_and_sources() {
    let refreshed = refresh(&region("us-east-1", "0.0000250000"));
    assert_eq!(told(&refreshed), Vec::<String>::new());
    assert_eq!(warned(&refreshed), Vec::<String>::new());
    assert_eq!(
        new_lines(FILE, &refreshed.text),
        [
            r#""as_of": "2026-12-01""#,
            r#""price-list": "AWS Price List API, service code AmazonStates, read 2026-12-01""#,
            r#""us-east-1": {"usd": "0.000025", "source": "price-list", "as_of": "2026-12-01", "verified": true}"#,
            r#""us-east-1": {"request": "0.000001", "tiers": [["3600000", "0.00001667"], ["18000000", "0.00000833"], [null, "0.00000456"]], "source": "price-list", "as_of": "2026-12-01", "verified": true}"#,
        ]
    );
    assert_eq!(refreshed.text.lines().count(), FILE.lines().count() + 1);
    assert!(refreshed.unlisted.contains(&"eu-west-1".to_owned()));
    let again = Prices::from_json(&refreshed.text).unwrap();
    let again = again.refreshed(&texts(&region("us-east-1", "0.0000250000")), TODAY);
    assert_eq!(again.unwrap().text, refreshed.text);
}

#[test]
fn what_changed_is_told_region_by_region() {
    let mut items = region("us-east-1", "0.0000250000").to_vec();
    items.extend(region("sa-east-1", "0.0000400000"));
    items.extend(region("xx-new-1", "0.0000312500"));
    let refreshed = refresh(&items);
    assert_eq!(
        told(&refreshed),
        [
            "sa-east-1 transition: $37.50/M -> $40.00/M",
            "xx-new-1 transition: none -> $31.25/M",
            "xx-new-1 Express request: none -> $1.00/M",
            "xx-new-1 Express duration: none -> $0.00001667 a GB-s up to 3,600,000, $0.00000833 up to 18,000,000, then $0.00000456",
        ]
    );
    assert_eq!(refreshed.regions, 3);
    let prices = Prices::from_json(&refreshed.text).unwrap();
    let new = prices.region("xx-new-1");
    assert!(new.known && new.verified && new.express_from.verified);
    assert_eq!(new.transition.per_million(), "$31.25/M");
    // Its note said that only a part of its Express prices was known.
    let told = prices.region("sa-east-1").express_from;
    assert_eq!((told.note, told.as_of.as_str()), (None, TODAY));
}

#[test]
fn free_transitions_are_no_price_wherever_they_stand() {
    let own = item(
        "",
        "Global-StateTransition-FreeTier",
        Kind::Transition,
        "StateTransitions",
        "USD",
        &[("0", "4000", "0")],
    );
    let refreshed = with(own);
    assert_eq!((told(&refreshed), warned(&refreshed)), (vec![], vec![]));
    let more = item(
        "",
        "Global-StateTransition",
        Kind::Transition,
        "StateTransitions",
        "USD",
        &[("0", "5000", "0")],
    );
    let refreshed = with(more.clone());
    assert_eq!(told(&refreshed), Vec::<String>::new());
    assert_eq!(
        warned(&refreshed),
        ["free transitions: the list names more than one amount; the one on record stays"]
    );
    let price = item(
        "us-east-1",
        "StateTransition",
        Kind::Transition,
        "StateTransitions",
        "USD",
        &[("0", "Inf", "0.000025")],
    );
    assert_eq!(
        told(&refresh(&[price, more])),
        ["default free transitions: 4000 -> 5000"]
    );
}

#[test]
fn china_bills_in_its_currency_and_its_price_never_becomes_dollars() {
    let tiers = [("0", "Inf", "0.0001891000")];
    let here = item(
        "cn-north-1",
        "CNN1-StateTransition",
        Kind::Transition,
        "StateTransitions",
        "CNY",
        &tiers,
    );
    let request = item(
        "cn-north-1",
        "CNN1-StepFunctions-Request",
        Kind::Request,
        "Requests",
        "CNY",
        &[("0", "Inf", "0.0000068")],
    );
    let time = item(
        "cn-north-1",
        "CNN1-StepFunctions-GB-Second",
        Kind::Duration,
        "GB-Seconds",
        "CNY",
        &[("0", "Inf", "0.0001134")],
    );
    // Its own list names no other Regions.
    let refreshed = refresh(&[here, request, time]);
    assert_eq!(
        told(&refreshed),
        [
            "cn-north-1 transition: none -> CNY 189.1/M",
            "cn-north-1 Express request: none -> CNY 6.8/M",
            "cn-north-1 Express duration: none -> CNY 0.0001134 a GB-s",
        ]
    );
    let prices = Prices::from_json(&refreshed.text).unwrap();
    let china = prices.region("cn-north-1");
    assert!(!china.known && !china.verified && china.conflict.is_none());
    assert_eq!(china.transition.per_million(), "$25.00/M");
    assert_eq!(
        china.note.unwrap(),
        "cn-north-1 bills in CNY (CNY 0.1891 per 1,000 transitions on 2026-12-01): amounts in US dollars are no conversion \
         of that, only a guide, at the $25.00/M of most other Regions"
    );
    assert_eq!(
        china.express_from.note.unwrap(),
        "cn-north-1 bills Express workflows in CNY: amounts in US dollars are only a guide, at the price of us-east-1"
    );
    let foreign = china.foreign.unwrap();
    assert_eq!(
        (foreign.currency.as_str(), foreign.from.verified),
        ("CNY", true)
    );
    assert_eq!(foreign.per_transition.unwrap().to_string(), "0.0001891");
    // The other Region of China keeps its two values.
    assert!(prices.region("cn-northwest-1").conflict.is_some());
    assert!(prices.region("cn-northwest-1").foreign.is_none());
    // Later the price changes, and after that it is one in dollars.
    let dearer = [("0", "Inf", "0.0002")];
    let dearer = item(
        "cn-north-1",
        "CNN1-StateTransition",
        Kind::Transition,
        "StateTransitions",
        "CNY",
        &dearer,
    );
    let refreshed = prices.refreshed(&texts(&[dearer]), "2027-01-01").unwrap();
    assert_eq!(
        told(&refreshed),
        ["cn-north-1 transition: CNY 189.1/M -> CNY 200/M"]
    );
    let prices = Prices::from_json(&refreshed.text).unwrap();
    let mut items = region("us-east-1", "0.0000250000").to_vec();
    items.extend(region("cn-north-1", "0.00003"));
    let refreshed = prices.refreshed(&texts(&items), "2027-02-01").unwrap();
    assert_eq!(
        told(&refreshed)[0],
        "cn-north-1 transition: CNY 200/M -> $30.00/M"
    );
    let china = Prices::from_json(&refreshed.text)
        .unwrap()
        .region("cn-north-1");
    assert!(china.known && china.foreign.is_none() && china.note.is_none());
}

#[test]
fn gb_hours_become_gb_seconds_where_that_is_exact() {
    let list = |price: &str| {
        let tiers = [("0", "1000", price), ("1000", "Inf", "0.018")];
        let usage = "EUC1-StepFunctions-GB-Second";
        let time = item(
            "eu-central-1",
            usage,
            Kind::Duration,
            "GB-Hours",
            "USD",
            &tiers,
        );
        let mut items = region("us-east-1", "0.000025").to_vec();
        items.extend([
            transition("eu-central-1", "0.000025"),
            request("eu-central-1", "0.000001"),
            time,
        ]);
        refresh(&items)
    };
    let exact = list("0.036");
    assert_eq!(warned(&exact), Vec::<String>::new());
    assert_eq!(
        told(&exact)[1],
        "eu-central-1 Express duration: none -> $0.00001 a GB-s up to 3,600,000, then $0.000005"
    );
    assert_eq!(
        warned(&list("0.06")),
        [
            "EUC1-StepFunctions-GB-Second: has the price 0.06 a GB-hour, which is no exact price of a GB-second",
            "eu-central-1: the list has a price of an Express request but none of Express duration; the Express prices in use stay",
        ]
    );
}

#[test]
fn the_newest_price_in_force_counts() {
    let mut it = transition("us-east-2", "0.00003");
    let terms = it.pointer_mut("/terms/OnDemand").unwrap();
    let mut older = terms["SKU.TERM"].clone();
    let mut later = older.clone();
    older["effectiveDate"] = json!("2020-01-01T00:00:00Z");
    older["priceDimensions"]["SKU.TERM.1"]["pricePerUnit"]["USD"] = json!("0.00001");
    later["effectiveDate"] = json!("2026-12-02T00:00:00Z");
    later["priceDimensions"]["SKU.TERM.1"]["pricePerUnit"]["USD"] = json!("0.00009");
    terms["A"] = older;
    terms["Z"] = later;
    assert_eq!(
        told(&with(it.clone())),
        ["us-east-2 transition: $25.00/M -> $30.00/M"]
    );
    it["terms"]["OnDemand"]["B"] = it["terms"]["OnDemand"]["SKU.TERM"].clone();
    assert_eq!(
        warned(&with(it)),
        ["US-EAST-2-StateTransition: has two prices in force from 2026-11-01"]
    );
}

#[test]
fn what_only_an_earlier_list_had_keeps_its_date_and_its_source() {
    let mut items = region("us-east-1", "0.000025").to_vec();
    items.push(transition("us-east-2", "0.00003"));
    let first = refresh(&items);
    let second = Prices::from_json(&first.text).unwrap();
    let second = second.refreshed(&texts(&items[..3]), "2027-01-01").unwrap();
    assert!(second.unlisted.contains(&"us-east-2".to_owned()));
    let prices = Prices::from_json(&second.text).unwrap();
    let stayed = prices.region("us-east-2");
    assert_eq!(
        (stayed.as_of.as_str(), stayed.source.as_str()),
        (
            TODAY,
            "AWS Price List API, service code AmazonStates, read 2026-12-01"
        )
    );
    assert!(
        prices
            .region("us-east-1")
            .source
            .ends_with("read 2027-01-01")
    );
    // As soon as nothing names it, it goes.
    assert!(second.text.contains("price-list-2026-12-01"));
    let third = prices.refreshed(&texts(&items), "2027-02-01").unwrap();
    assert!(!third.text.contains("price-list-2026"));
    assert!(third.text.contains("price-list-quote"));
}

#[test]
fn what_stands_in_for_other_regions_follows_the_list() {
    let mut items = vec![
        transition("us-east-1", "0.00004"),
        request("us-east-1", "0.000002"),
        duration("us-east-1", &TIERS),
    ];
    let regions: Vec<String> = Prices::embedded()
        .regions()
        .map(ToOwned::to_owned)
        .collect();
    items.extend(
        regions
            .iter()
            .filter(|it| *it != "us-east-1")
            .map(|it| transition(it, "0.00004")),
    );
    let refreshed = refresh(&items);
    let changes = told(&refreshed);
    assert!(
        changes.contains(&"default transition: $25.00/M -> $40.00/M".to_owned()),
        "{changes:?}"
    );
    assert!(
        changes.contains(&"default Express request: $1.00/M -> $2.00/M".to_owned()),
        "{changes:?}"
    );
    let nowhere = Prices::from_json(&refreshed.text)
        .unwrap()
        .region("nowhere-1");
    assert!(!nowhere.known && !nowhere.verified);
    assert_eq!(nowhere.express_request.per_million(), "$2.00/M");
    assert_eq!(
        nowhere.notes()[..2],
        [
            "no price of a transition is on record for nowhere-1: the $40.00/M of most Regions is assumed",
            "no Express price is on record for nowhere-1: that of us-east-1 is assumed, and 2 of the 3 Regions on record have another one",
        ]
    );
}

proptest! {
    /// Whatever the prices are, the new table is one, holds them, and another refresh changes nothing.
    #[test]
    fn a_refresh_holds_the_prices_of_the_list(prices in proptest::collection::btree_map("[a-z]{2}-[a-z]{4}-[1-9]", 1_u32..1_000_000, 0..8), here in 1_u32..1_000_000) {
        let price = |number: u32| Decimal::new(i64::from(number), 8);
        let mut items = region("us-east-1", &price(here).to_string()).to_vec();
        for (name, number) in &prices {
            items.extend(region(name, &price(*number).to_string()));
        }
        let refreshed = refresh(&items);
        prop_assert!(refreshed.warnings.is_empty());
        let table = Prices::from_json(&refreshed.text).unwrap();
        for (name, number) in prices.iter().map(|(name, number)| (name.as_str(), *number)).chain([("us-east-1", here)]) {
            let region = table.region(name);
            prop_assert!(region.known && region.verified && region.express_from.verified);
            prop_assert_eq!(region.transition, Usd(price(number)));
        }
        let again = table.refreshed(&texts(&items), TODAY).unwrap();
        prop_assert!(again.changes.is_empty());
        prop_assert_eq!(again.text, refreshed.text);
    }
}
