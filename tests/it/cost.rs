//! The calculator and the profile of one execution, as people and scripts meet them.

use std::fs;
use std::io::Write;
use std::process::Stdio;

use serde_json::Value;
use stub::{Options, Stub};

use crate::bin::{advisor, advisor_with_credentials, root, run};
use crate::cli::{folder, ran};

fn price(arguments: &[&str]) -> Value {
    let mut all = vec!["price", "--format", "json"];
    all.extend(arguments);
    let ran = ran(&all);
    assert_eq!(ran.code, 0, "{arguments:?}: {}", ran.err);
    serde_json::from_str(&ran.out).unwrap()
}

/// An amount, rounded to so many places.
fn rounded(value: &Value, places: usize) -> String {
    format!("{:.places$}", value.as_f64().unwrap())
}

const EXPRESS: &[&str] = &["--type", "EXPRESS", "--executions", "100000000"];

#[test]
fn the_example_of_the_pricing_page_comes_out_as_it_is_printed() {
    let sizes = [
        "--duration-ms",
        "10000",
        "--definition-kb",
        "50",
        "--map-steps",
        "400",
        "--payload-kb",
        "32",
    ];
    let found = price(&[EXPRESS, &sizes].concat());
    assert_eq!(found["memory_mb"], 62.85);
    assert_eq!(found["billed_memory_mb"], 64);
    assert_eq!(found["gb_seconds"], 62_500_000);
    assert_eq!(found["requests"], 100);
    let page = &found["gb_hour_prices"];
    let tiers: Vec<String> = page["tiers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tier| rounded(tier, 2))
        .collect();
    assert_eq!(tiers, ["60.00", "120.00", "202.97"]);
    assert_eq!(
        (rounded(&page["duration"], 2), rounded(&page["total"], 2)),
        ("382.97".to_owned(), "482.97".to_owned())
    );
    assert_eq!(
        rounded(&found["duration"], 3),
        "382.884",
        "by the prices that are billed"
    );
}

#[test]
fn transitions_logs_and_the_other_type_are_priced() {
    let both = [
        "--executions",
        "1e6",
        "--transitions",
        "10",
        "--duration-ms",
        "1000",
        "--memory-mb",
        "128",
    ];
    let standard = price(&[&["--type", "standard"][..], &both].concat());
    assert_eq!(
        (&standard["transitions"], &standard["total"]),
        (&250.into(), &250.into())
    );
    assert_eq!(standard["other_type"]["type"], "EXPRESS");
    assert_eq!(rounded(&standard["other_type"]["total"], 4), "3.0838");
    let free = price(&[
        "--type",
        "STANDARD",
        "--transitions",
        "10000",
        "--free-tier",
    ]);
    assert_eq!(rounded(&free["total"], 2), "0.15");
    let logged = price(&[&["--type", "EXPRESS", "--log-bytes", "20000"][..], &both].concat());
    assert_eq!(logged["logs"], 10);
    assert_eq!(rounded(&logged["total"], 2), "13.08");
}

#[test]
fn a_calculation_reads_well_and_says_what_it_assumes() {
    let mut arguments = vec!["price"];
    arguments.extend(EXPRESS);
    arguments.extend([
        "--duration-ms",
        "801",
        "--transitions",
        "7",
        "--region",
        "xx-nowhere-1",
    ]);
    insta::assert_snapshot!(ran(&arguments).out);
}

#[test]
fn what_cannot_be_priced_is_wrong_usage() {
    for (arguments, told) in [
        (&["price", "--type", "EXPRESS"][..], "--duration-ms"),
        (&["price", "--type", "STANDARD"], "--transitions"),
        (&["price", "--transitions", "1"], "--type"),
        (
            &["price", "--type", "STANDARD", "--transitions", "-1"],
            "-1",
        ),
        (
            &["price", "--type", "STANDARD", "--transitions", "many"],
            "a number such as",
        ),
        (&["history"], "FILE"),
    ] {
        let ran = ran(arguments);
        assert_eq!(ran.code, 2, "{arguments:?}: {}", ran.err);
        assert!(ran.err.contains(told), "{arguments:?}: {}", ran.err);
    }
}

/// A payment that is declined twice, then taken; a Map Run; and an error that ends it.
fn recorded() -> String {
    fs::read_to_string(root().join("tests/fixtures/history.json")).unwrap()
}

#[test]
fn an_execution_is_told_state_by_state() {
    insta::assert_snapshot!(ran(&["history", "tests/fixtures/history.json"]).out);
    insta::assert_snapshot!(
        "history_json",
        ran(&["history", "--format", "json", "tests/fixtures/history.json"]).out
    );
}

#[test]
fn a_history_comes_from_a_pipe_and_in_pages() {
    let whole: Value = serde_json::from_str(&recorded()).unwrap();
    let (first, rest) = whole["events"].as_array().unwrap().split_at(4);
    let pages = serde_json::json!({"events": first, "nextToken": "AAAA"}).to_string()
        + "\n"
        + &serde_json::json!({"events": rest}).to_string();
    let mut child = advisor()
        .args(["history", "-", "--format", "json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(pages.as_bytes())
        .unwrap();
    let piped = String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap();
    assert_eq!(
        piped,
        ran(&["history", "--format", "json", "tests/fixtures/history.json"]).out
    );
}

#[test]
fn a_history_that_is_cut_or_none_says_so() {
    let whole: Value = serde_json::from_str(&recorded()).unwrap();
    let part = serde_json::json!({"events": whole["events"].as_array().unwrap()[3..6], "nextToken": "AAAA"});
    let files = folder(&[
        ("cut.json", part.to_string().as_bytes()),
        ("none.json", br#"{"StartAt": "A"}"#),
        ("broken.json", b"{"),
    ]);
    let told = |name: &str| ran(&["history", files.path().join(name).to_str().unwrap()]);
    let cut = told("cut.json");
    assert_eq!(cut.code, 0);
    assert!(cut.out.starts_with("UNKNOWN\n"), "{}", cut.out);
    assert!(
        cut.out
            .contains("note: 3 events of the history are missing"),
        "{}",
        cut.out
    );
    assert!(
        cut.out.contains("pages that are not in the file"),
        "{}",
        cut.out
    );
    for (name, why) in [
        ("none.json", "get-execution-history"),
        ("broken.json", "not JSON"),
        ("gone.json", "cannot read"),
    ] {
        let ran = told(name);
        assert_eq!(ran.code, 3);
        assert!(ran.err.contains(why), "{}", ran.err);
    }
}

#[test]
fn a_history_comes_from_the_account() {
    let stub = Stub::start(Options::default());
    let told = |arn: &str| {
        let fixed = ["history", "--no-pacing", "--format", "json"];
        let from = ["--endpoint-url", &stub.url, "--execution", arn];
        run(advisor_with_credentials().args(fixed).args(from))
    };
    let of = |kind: &str| format!("arn:aws:states:eu-west-1:111122223333:{kind}:orders:one");
    let found = told(&of("execution"));
    assert_eq!(found.code, 0, "{}", found.err);
    let found: Value = serde_json::from_str(&found.out).unwrap();
    assert!(found["transitions"].as_u64().unwrap() > 0, "{found}");
    assert_eq!(stub.counts()["GetExecutionHistory"].served, 1);
    for arn in ["orders", "a:b:c:d", &of("stateMachine"), &of("express")] {
        let refused = told(arn);
        assert_eq!(refused.code, 3, "{arn}");
        assert!(
            refused.err.contains("no ARN of a Standard execution"),
            "{}",
            refused.err
        );
    }
}
