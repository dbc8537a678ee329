//! `sfn-advisor prices`: the table, a new one from the price list, and what uses it.

use std::fs;

use serde_json::Value;
use stub::prices::{Product, items};
use stub::{Options, Stub};
use tempfile::TempDir;

use crate::bin::{Ran, advisor, advisor_with_credentials, root, run};

fn refresh(stub: &Stub, folder: &TempDir, more: &[&str]) -> Ran {
    run(advisor_with_credentials()
        .current_dir(folder.path())
        .args(["prices", "--refresh", "--endpoint-url", &stub.url])
        .args(more))
}

fn table(folder: &TempDir) -> String {
    fs::read_to_string(folder.path().join("prices.json")).unwrap()
}

fn show(folder: &TempDir, arguments: &[&str]) -> Ran {
    run(advisor().current_dir(folder.path()).args(arguments))
}

/// The text of a table without the day on which it was made.
fn undated(text: &str) -> String {
    let (_, day) = text.split_once(", read ").unwrap();
    let (day, _) = day.split_once('"').unwrap();
    text.replace(day, "DATE")
}

#[test]
fn prices_help_is_short() {
    insta::assert_snapshot!("help_prices", run(advisor().args(["prices", "--help"])).out);
}

#[test]
fn a_refresh_writes_the_table_that_every_command_takes() {
    let stub = Stub::start(Options {
        price_page: 4,
        ..Options::default()
    });
    let folder = TempDir::new().unwrap();
    // No Region is configured: the list is that of all of them.
    let ran = refresh(&stub, &folder, &[]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    insta::assert_snapshot!("refresh", ran.out);
    insta::assert_snapshot!("refresh_not_taken", ran.err);
    assert_eq!(stub.counts()["GetProducts"].served, 4);
    // Beside what is built in, only what the list says is new.
    let built_in = fs::read_to_string(root().join("shared/pricing/data/prices.json")).unwrap();
    let text = table(&folder);
    let new: Vec<&str> = text
        .lines()
        .filter(|line| !built_in.contains(line.trim_end_matches(',')))
        .filter(|line| !line.starts_with("  \"as_of\""))
        .collect();
    let new = undated(&new.join("\n"));
    insta::assert_snapshot!("refreshed_rows", new);

    let more = [
        "--region",
        "ap-southeast-7",
        "--region",
        "eu-west-1",
        "--format",
        "json",
    ];
    let shown = show(
        &folder,
        &[&["prices", "--prices", "prices.json"], &more[..]].concat(),
    );
    let shown: Value = serde_json::from_str(&shown.out).unwrap();
    let regions = &shown["regions"];
    assert_eq!(regions[0]["per_1000_transitions"], 0.02825);
    assert_eq!(regions[0]["from"]["verified"], true);
    assert_eq!(regions[0]["notes"], serde_json::json!([]));
    assert_eq!(regions[1]["per_1000_transitions"], 0.025);
    assert_eq!(regions[1]["express_from"]["known"], false);

    let price = [
        "price",
        "--type",
        "STANDARD",
        "--transitions",
        "1000000",
        "--region",
        "ap-southeast-7",
        "--format",
        "json",
    ];
    let total = |ran: Ran| {
        let json: Value = serde_json::from_str(&ran.out).unwrap();
        json["total"].clone()
    };
    assert_eq!(total(show(&folder, &price)), 25);
    assert_eq!(
        total(show(
            &folder,
            &[&price[..], &["--prices", "prices.json"]].concat()
        )),
        28.25
    );
    let by_environment = |file: &str| {
        run(advisor()
            .current_dir(folder.path())
            .env("SFN_ADVISOR_PRICES", file)
            .args(price))
    };
    assert_eq!(total(by_environment("prices.json")), 28.25);
    assert_eq!(total(by_environment("")), 25);

    // A demo is judged with it, and says from when its prices are.
    let demo = |more: &[&str]| show(&folder, &[&["demo", "--format", "json"], more].concat()).out;
    let as_of = |text: &str| -> Value {
        let json: Value = serde_json::from_str(text).unwrap();
        json["prices_as_of"].clone()
    };
    assert_eq!(as_of(&demo(&[])), "2026-11-22");
    let today: Value = serde_json::from_str(&table(&folder)).unwrap();
    assert_eq!(as_of(&demo(&["--prices", "prices.json"])), today["as_of"]);

    // The same again: what is there is replaced, and no price changed.
    let before = table(&folder);
    let again = refresh(&stub, &folder, &["--format", "json"]);
    let json: Value = serde_json::from_str(&again.out).unwrap();
    assert_eq!(
        (&json["version"], &json["changes"]),
        (&1.into(), &serde_json::json!([]))
    );
    assert_eq!(
        json["not_taken"][0]["what"],
        "USE1-StepFunctions-Premium-Hours"
    );
    assert_eq!(undated(&table(&folder)), undated(&before));
}

#[test]
fn a_refresh_that_cannot_be_trusted_writes_no_prices() {
    let cut = |text: &String| text.chars().take(text.len() / 2).collect();
    let published = stub::prices::published();
    let abroad = items(&[Product::transitions("eu-west-1", "EU-", "0.0000250000")]);
    let wrong = |price| items(&[Product::transitions("us-east-1", "USE1-", price)]);
    let twice = items(&[
        Product::transitions("us-east-1", "USE1-", "0.000025"),
        Product::transitions("us-east-1", "USE1-", "0.000026"),
    ]);
    for (list, expected) in [
        (Vec::new(), "it has no price of a state transition at all"),
        (
            published.iter().map(cut).collect(),
            "not taken: item 1: cannot be read: EOF while parsing",
        ),
        (
            abroad,
            "it has no price of a state transition in us-east-1 in US dollars",
        ),
        (
            wrong("NaN"),
            "not taken: USE1-StateTransition: has `NaN` where a number such as 0.000025 is expected",
        ),
        (
            wrong("-0.000025"),
            "not taken: USE1-StateTransition: has the number -0.000025, which is below zero",
        ),
        (
            twice,
            "not taken: us-east-1: the list has more than one price of its transition; none of them is taken",
        ),
    ] {
        let stub = Stub::start(Options {
            price_list: list,
            ..Options::default()
        });
        let folder = TempDir::new().unwrap();
        let ran = refresh(&stub, &folder, &[]);
        assert_eq!((ran.code, ran.out.as_str()), (3, ""), "{}", ran.err);
        assert!(ran.err.contains(expected), "{}", ran.err);
        assert!(
            ran.err
                .contains("error: no price table is written: the price list cannot be used: "),
            "{}",
            ran.err
        );
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}

#[test]
fn a_refresh_replaces_nothing_but_prices_and_says_what_it_lacks() {
    let stub = Stub::start(Options::default());
    let folder = TempDir::new().unwrap();
    for text in ["{\"name\": \"my-package\"}", "", "notes"] {
        fs::write(folder.path().join("prices.json"), text).unwrap();
        let ran = refresh(&stub, &folder, &[]);
        assert_eq!(ran.code, 3);
        let expected = "error: prices.json is no price table and is not replaced: name another file with --out: the price table cannot be read: ";
        assert!(ran.err.starts_with(expected), "{}", ran.err);
        assert_eq!(table(&folder), text);
    }
    // It is not even asked for then.
    assert!(!stub.counts().contains_key("GetProducts"));
    let ran = refresh(&stub, &folder, &["--out", "new/table.json"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(folder.path().join("new/table.json").exists());
    let denied = Stub::start(Options {
        deny: ["GetProducts".to_owned()].into(),
        ..Options::default()
    });
    let ran = refresh(&denied, &folder, &["--out", "other.json"]);
    assert_eq!(
        (ran.code, ran.err.as_str()),
        (3, "error: AccessDenied on pricing:GetProducts\n")
    );
    let gov = refresh(
        &stub,
        &folder,
        &["--out", "other.json", "--region", "us-gov-west-1"],
    );
    assert!(
        gov.err
            .contains("no AWS Price List API is known for the partition of us-gov-west-1"),
        "{}",
        gov.err
    );
}

#[test]
fn a_file_of_prices_that_cannot_be_used_is_named_with_its_place() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("half.json"), "{\n  \"about\": \"x\",\n").unwrap();
    let price = [
        "price",
        "--type",
        "STANDARD",
        "--transitions",
        "8",
        "--prices",
    ];
    for (command, file, expected) in [
        (
            &price[..],
            "half.json",
            "error: cannot use half.json: the price table cannot be read: EOF while parsing a value at line 3 column 0",
        ),
        (
            &["check", "--prices"],
            "half.json",
            "error: cannot use half.json: ",
        ),
        (
            &["demo", "--prices"],
            "half.json",
            "error: cannot use half.json: ",
        ),
        (
            &["prices", "--prices"],
            "none.json",
            "error: cannot use the price table: cannot read none.json: no such file",
        ),
    ] {
        let mut arguments = command.to_vec();
        arguments.push(file);
        if command[0] == "check" {
            arguments.push(".");
        }
        let ran = show(&folder, &arguments);
        assert_eq!(ran.code, 3, "{arguments:?}");
        assert!(ran.err.starts_with(expected), "{}", ran.err);
    }
    let ran = show(&folder, &["prices", "--out", "x.json"]);
    assert_eq!(ran.code, 2, "{}", ran.err);
}
