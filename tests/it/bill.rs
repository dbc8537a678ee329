//! `sfn-advisor cost`, as people and scripts meet it.

use serde_json::Value;

use crate::cli::ran;

const DEMO: &str = "functions/cli/demo/account.json";

fn json(arguments: &[&str]) -> Value {
    let ran = ran(&[&["cost", "--facts", DEMO, "--format", "json"], arguments].concat());
    assert_eq!(ran.code, 0, "{}", ran.err);
    serde_json::from_str(&ran.out).unwrap()
}

fn sum<'a>(values: impl Iterator<Item = &'a Value>) -> f64 {
    values.map(|value| value.as_f64().unwrap()).sum()
}

fn is_near(one: f64, other: f64) -> bool {
    (one - other).abs() < 1e-6 * other.abs().max(1.0)
}

#[test]
fn a_bill_adds_up() {
    let bill = json(&[]);
    assert_eq!(bill["version"], 1);
    let machines = bill["machines"].as_array().unwrap();
    assert!(machines.len() >= 20);
    let all = sum(machines.iter().map(|machine| &machine["usd"]["best"]));
    assert!(is_near(all, bill["usd"]["best"].as_f64().unwrap()));
    for machine in machines {
        let lines = machine["lines"].as_array().unwrap();
        let lines = sum(lines.iter().map(|line| &line["usd"]["best"]));
        assert!(
            is_near(lines, machine["usd"]["best"].as_f64().unwrap()),
            "{machine}"
        );
        assert!(
            !machine["evidence"].as_array().unwrap().is_empty(),
            "{machine}"
        );
    }
    let dear: Vec<f64> = machines
        .iter()
        .map(|machine| machine["usd"]["best"].as_f64().unwrap())
        .collect();
    assert!(
        dear.windows(2).all(|pair| pair[0] >= pair[1]),
        "the dearest first"
    );
    // 21,721,000 transitions in 14 days.
    let order = machines
        .iter()
        .find(|machine| machine["name"] == "order-enrichment")
        .unwrap();
    let usd = 21_721_000.0 * 730.0 / 336.0 * 0.000_025;
    assert!(
        is_near(order["usd"]["best"].as_f64().unwrap(), usd),
        "{order}"
    );
}

#[test]
fn tables_have_the_rows_that_are_asked_for() {
    let table = |arguments: &[&str]| {
        let ran = ran(&[&["cost", "--facts", DEMO, "--format", "csv"], arguments].concat());
        assert_eq!(ran.code, 0, "{}", ran.err);
        ran.out
    };
    let machines = table(&[]);
    assert!(
        machines.starts_with("machine,region,type,usd_month,usd_low,usd_high,"),
        "{machines}"
    );
    assert!(
        machines
            .lines()
            .nth(1)
            .unwrap()
            .starts_with("order-enrichment,us-east-1,STANDARD,1179."),
        "{machines}"
    );
    let states = table(&["--by", "state"]);
    assert!(
        states
            .lines()
            .any(|line| line.starts_with("order-enrichment,us-east-1,STANDARD,ChargeCard,")),
        "{states}"
    );
    let tags = table(&["--by", "tag", "--tag", "team"]);
    assert!(
        tags.lines().any(|line| line.starts_with("team,orders,")),
        "{tags}"
    );
    let text = ran(&["cost", "--facts", DEMO]).out;
    assert!(text.contains("evidence: ExecutionsStarted"), "{text}");
}

#[test]
fn what_is_asked_for_wrongly_is_said() {
    let alone = ran(&["cost", "--facts", DEMO, "--tag", "team"]);
    assert_eq!(
        (alone.code, alone.err.trim()),
        (2, "error: --tag goes with --by tag")
    );
    let missing = ran(&["cost", "--facts", "nowhere.json"]);
    assert_eq!(missing.code, 3);
    assert!(
        missing.err.starts_with("error: cannot read nowhere.json"),
        "{}",
        missing.err
    );
}
