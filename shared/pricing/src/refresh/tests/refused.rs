//! What is not taken: odd items, and lists that are not whole.

use super::*;

/// Where each tier of an item begins and ends, and its price, as texts.
type Texts<'a> = &'a [(&'a str, &'a str, &'a str)];

/// The item is told so, and what is on record of its Region stays.
fn refused(item: Value, expected: &str) {
    let refreshed = with(item);
    assert_eq!(warned(&refreshed), [expected]);
    assert_eq!(told(&refreshed), Vec::<String>::new(), "{expected}");
    let row = "\"us-east-2\": {\"usd\": \"0.000025\", \"source\": \"aws-page-table\"";
    assert!(refreshed.text.contains(row), "{expected}");
}

#[test]
fn odd_prices_and_tiers_are_told_and_change_nothing() {
    const GAP: &str = "has tiers that leave a gap or overlap";
    const FREE: &str = "is free of charge, which is not taken for a price";
    const VOLUME: &str = "has volume tiers, for which there is no place in the table";
    let cases: [(Texts<'_>, &str); 12] = [
        (
            &[("0", "Inf", "NaN")],
            "has `NaN` where a number such as 0.000025 is expected",
        ),
        (
            &[("0", "Inf", "")],
            "has `` where a number such as 0.000025 is expected",
        ),
        (
            &[("0", "Inf", "-0.000025")],
            "has the number -0.000025, which is below zero",
        ),
        (
            &[("0", "-1", "0.000025")],
            "has the number -1, which is below zero",
        ),
        (&[("0", "Inf", "0")], FREE),
        (&[("0", "4000", "0"), ("5000", "Inf", "0.1")], GAP),
        (&[("0", "4000", "0"), ("3000", "Inf", "0.1")], GAP),
        (&[("10", "Inf", "0.1")], GAP),
        (&[("0", "Inf", "0.1"), ("0", "Inf", "0.2")], GAP),
        (&[("0", "1000", "0.1"), ("1000", "Inf", "0.05")], VOLUME),
        (
            &[("0", "1000", "0.1")],
            "has no price without an upper bound",
        ),
        (&[], "has not one currency"),
    ];
    for (tiers, why) in cases {
        let usage = "USE2-StateTransition";
        let it = item(
            "us-east-2",
            usage,
            Kind::Transition,
            "StateTransitions",
            "USD",
            tiers,
        );
        refused(it, &format!("{usage}: {why}"));
    }
    let free = duration("us-east-2", &[("0", "10", "0"), ("10", "Inf", "1")]);
    refused(
        free,
        "US-EAST-2-StepFunctions-GB-Second: has a free tier, for which there is no place in the table",
    );
}

#[test]
fn odd_items_are_told_and_change_nothing() {
    let price = "/terms/OnDemand/SKU.TERM/priceDimensions/SKU.TERM.1/pricePerUnit";
    let date = "/terms/OnDemand/SKU.TERM/effectiveDate";
    let group = "is of the group SFN-StateTransitions, and its usage type is not";
    for (pointer, value, why) in [
        ("/product/attributes/usagetype", json!("USE2-Odd"), group),
        (
            "/product/attributes/group",
            json!("SFN-New"),
            "is not known to this version",
        ),
        (
            "/product/attributes/servicecode",
            json!("AmazonEC2"),
            "is not a price of AmazonStates",
        ),
        (
            "/product/attributes/regionCode",
            json!("US East (Ohio)"),
            "names no Region",
        ),
        (
            date,
            json!("2027-01-01T00:00:00Z"),
            "is not in force before 2027-01-01",
        ),
        (
            date,
            json!("soon"),
            "has no date such as 2026-11-22 from which it is in force",
        ),
        ("/terms/OnDemand", json!({}), "has no price on demand"),
        (
            price,
            json!({"EUR": "1", "CNY": "1"}),
            "has not one currency",
        ),
        (price, json!({"<b>": "1"}), "has not one currency"),
    ] {
        let mut it = transition("us-east-2", "0.0001");
        *it.pointer_mut(pointer).unwrap() = value;
        let name = it["product"]["attributes"]["usagetype"].as_str().unwrap();
        let expected = format!("{name}: {why}");
        refused(it, &expected);
    }
    let mut float = transition("us-east-2", "0.0001");
    float.pointer_mut(price).unwrap()["USD"] = json!(0.1);
    let told = warned(&with(float)).join("");
    let expected = "US-EAST-2-StateTransition: cannot be read: invalid type: floating point";
    assert!(told.starts_with(expected), "{told}");
    refused(
        request("us-east-2", "0.000001"),
        "us-east-2: the list has a price of an Express request but none of Express duration; the Express prices in use stay",
    );
    refused(
        duration("us-east-2", &TIERS),
        "us-east-2: the list has a price of Express duration but none of an Express request; the Express prices in use stay",
    );
}

#[test]
fn a_unit_that_could_be_many_is_not_taken_for_one() {
    for unit in [
        "1K StateTransitions",
        "Million Transitions",
        "Hours",
        "",
        "Lambda-GB-Second",
    ] {
        let tiers = [("0", "Inf", "0.1")];
        let refreshed = with(item(
            "us-east-2",
            "USE2-StateTransition",
            Kind::Transition,
            unit,
            "USD",
            &tiers,
        ));
        assert_eq!(
            warned(&refreshed),
            [format!(
                "USE2-StateTransition: is priced by `{unit}`, a unit that is not known"
            )]
        );
    }
}

#[test]
fn two_prices_of_one_region_are_told_and_neither_is_taken() {
    let mut items = region("us-east-1", "0.0000250000").to_vec();
    items.push(transition("us-east-2", "0.00003"));
    items.push(transition("us-east-2", "0.00004"));
    // Twice the same is no contradiction.
    items.push(transition("us-east-1", "0.000025"));
    let refreshed = refresh(&items);
    assert_eq!(
        warned(&refreshed),
        ["us-east-2: the list has more than one price of its transition; none of them is taken"]
    );
    assert_eq!(told(&refreshed), Vec::<String>::new());
}

#[test]
fn a_list_that_is_not_all_of_it_is_refused() {
    let refused = |items: &[Value]| {
        let error = Prices::embedded()
            .refreshed(&texts(items), TODAY)
            .unwrap_err();
        error.to_string()
    };
    let none = "it has no price of a state transition at all";
    assert_eq!(
        refused(&[]),
        format!("the price list cannot be used: {none}; of its 0 items 0 could not be understood")
    );
    let express = [
        request("us-east-1", "0.000001"),
        duration("us-east-1", &TIERS),
    ];
    assert_eq!(
        refused(&express),
        format!("the price list cannot be used: {none}; of its 2 items 0 could not be understood")
    );
    let elsewhere = "it has no price of a state transition in us-east-1 in US dollars";
    assert_eq!(
        refused(&[
            transition("eu-west-1", "0.000025"),
            transition("us-east-1", "NaN")
        ]),
        format!(
            "the price list cannot be used: {elsewhere}; of its 2 items 1 could not be understood"
        )
    );
    let yuan = item(
        "us-east-1",
        "USE1-StateTransition",
        Kind::Transition,
        "StateTransitions",
        "CNY",
        &[("0", "Inf", "0.2")],
    );
    assert!(refused(&[yuan]).contains(elsewhere));
    let items = texts(&region("us-east-1", "0.000025"));
    let cut: Vec<String> = items
        .iter()
        .map(|text| text[..text.len() / 2].to_owned())
        .collect();
    let error = Prices::embedded().refreshed(&cut, TODAY).unwrap_err();
    let RefreshError::Incomplete { warnings, .. } = error else {
        panic!("{error}")
    };
    assert!(
        warnings[0]
            .to_string()
            .starts_with("item 1: cannot be read: EOF while parsing"),
        "{}",
        warnings[0]
    );
    let error = Prices::embedded()
        .refreshed(&items, "tomorrow")
        .unwrap_err()
        .to_string();
    assert!(error.contains("has no date such as"), "{error}");
    let unreadable = Prices { table: None };
    let error = unreadable.refreshed(&items, TODAY).unwrap_err().to_string();
    assert_eq!(
        (error.as_str(), unreadable.to_text().as_str()),
        ("the price table to begin with could not be read", "")
    );
}

#[test]
fn a_table_in_another_currency_is_checked() {
    let row = |row: &str| {
        FILE.replacen(
            "\"other_currencies\": {}",
            &format!("\"other_currencies\": {{\"cn-north-1\": {row}}}"),
            1,
        )
    };
    let rest = r#""source": "china-solution", "as_of": "2026-04-13", "verified": false}"#;
    for (text, expected) in [
        (
            format!(r#"{{"currency": "USD", "per_transition": "1", {rest}"#),
            "names no currency such as CNY",
        ),
        (
            format!(r#"{{"currency": "yuan", "per_transition": "1", {rest}"#),
            "names no currency such as CNY",
        ),
        (
            format!(r#"{{"currency": "CNY", "per_transition": "0", {rest}"#),
            "has a price that is not above zero",
        ),
        (
            format!(r#"{{"currency": "CNY", "request": "1", "tiers": [["1", "1"]], {rest}"#),
            "has no open last tier",
        ),
    ] {
        let error = Prices::from_json(&row(&text)).unwrap_err().to_string();
        assert!(
            error.contains("`other_currencies.cn-north-1`") && error.contains(expected),
            "{error}"
        );
    }
}

proptest! {
    /// No text is taken for a price by accident, and none makes it panic.
    #[test]
    fn any_item_is_read_or_told(text in ".{0,200}", begin in ".{0,8}", end in ".{0,8}", amount in ".{0,12}", unit in ".{0,12}") {
        let odd = item("us-east-2", "USE2-StateTransition", Kind::Transition, &unit, "USD", &[(&begin, &end, &amount)]);
        let mut items = texts(&region("us-east-1", "0.000025"));
        items.extend([text, odd.to_string()]);
        let refreshed = Prices::embedded().refreshed(&items, TODAY).unwrap();
        prop_assert_eq!(refreshed.warnings.len(), 2);
        prop_assert!(refreshed.changes.is_empty());
    }
}
