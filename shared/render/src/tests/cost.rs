use facts::AccountFacts;
use pricing::Prices;
use serde_json::{Value, json};

use crate::{By, cost, cost_csv, cost_json};

fn machine(name: &str, workflow: &str, metrics: Value, more: Value) -> Value {
    let mut metrics = metrics;
    metrics["window"] = window();
    let task = |end: Value| {
        let mut task = json!({"Type": "Task", "Resource": "arn:aws:states:::dynamodb:getItem", "Parameters": {}});
        for (key, value) in end.as_object().unwrap() {
            task[key] = value.clone();
        }
        task
    };
    let definition = json!({"StartAt": "Load", "States": {"Load": task(json!({"Next": "=Save\u{1b}"})),
        "=Save\u{1b}": task(json!({"End": true}))}});
    let mut facts = json!({
        "arn": format!("arn:aws:states:us-east-1:111122223333:stateMachine:{name}"),
        "name": name, "account": "111122223333", "region": "us-east-1",
        "definition": {"known": definition.to_string()},
        "workflow_type": {"known": workflow},
        "metrics": {"known": metrics},
    });
    for (key, value) in more.as_object().unwrap() {
        facts[key] = value.clone();
    }
    facts
}

fn window() -> Value {
    json!({"start": "2026-11-08T00:00:00Z", "end": "2026-11-22T00:00:00Z"})
}

/// A Standard machine with a sample, an Express one with logs, one that nobody may read, an idle one.
fn account() -> ::cost::AccountCost {
    let profile = |retries: u64| {
        json!({"transitions": 2 + retries, "retries": retries, "entered": {"Load": 1, "=Save\u{1b}": 1},
            "retried": {"Load": retries}, "state_ms": {"Load": 640 + retries, "=Save\u{1b}": 80}, "duration_ms": 750})
    };
    let sample = json!({"listed": 1_000, "seed": 7, "profiles": [profile(0), profile(1), profile(0), profile(0)],
        "strata": [{"name": "succeeded, short", "listed": 1_000}],
        "oldest": "2026-11-20T00:00:00Z", "newest": "2026-11-22T00:00:00Z"});
    let orders = machine(
        "orders",
        "STANDARD",
        json!({"started": {"total": 2_000_000}, "transitions": 4_500_000,
            "duration": {"average": 752.0, "p99": 1_900.0, "maximum": 4_100.0, "samples": 2_000_000}}),
        json!({"executions": {"known": sample}, "tags": {"known": {"team": "shop", "=cmd": "<b>"}}}),
    );
    let ingest = machine(
        "ingest",
        "EXPRESS",
        json!({"started": {"total": 30_000_000}, "express": {"billed_ms": 3_600_000_000.0, "billed_memory_mb": 64.0}}),
        json!({
            "tags": {"known": {"team": "devices"}},
            "callers": {"known": [{"machine": "orders", "state": "Load", "waits": false}]},
            "logging": {"known": {"level": "ERROR", "include_execution_data": false, "destinations": ["g"]}},
            "logs": {"known": {"group": "g", "ingested": 5_000_000_000_u64, "stored": 9_000_000_000_u64}},
        }),
    );
    let hidden = machine(
        "hidden",
        "STANDARD",
        json!({}),
        json!({"metrics": {"unknown": {"why": "AccessDenied on cloudwatch:GetMetricData"}}}),
    );
    let idle = machine("idle", "STANDARD", json!({}), json!({}));
    let facts = json!({
        "version": 4, "account": "111122223333", "collected": "2026-11-22T00:00:00Z", "window": window(),
        "regions": ["us-east-1"], "machines": [orders, ingest, hidden, idle],
        "not_read": [{"region": "us-east-1", "arn": "arn:aws:states:us-east-1:111122223333:stateMachine:secret", "why": "AccessDenied"}],
        "totals": {"us-east-1": {"known": {"started": 32_000_000, "transitions": 5_000_000, "express_billed_ms": null}}},
    });
    let facts: AccountFacts = serde_json::from_value(facts).unwrap();
    ::cost::account(&facts, Prices::embedded())
}

#[test]
fn the_cost_of_an_account() {
    let account = account();
    insta::assert_snapshot!("by_machine", cost(&account, &By::Machine, false));
    insta::assert_snapshot!("by_state", cost(&account, &By::State, true));
    insta::assert_snapshot!("by_tag", cost(&account, &By::Tag(None), false));
}

#[test]
fn tables_for_a_spreadsheet() {
    let account = account();
    insta::assert_snapshot!("machines_as_csv", cost_csv(&account, &By::Machine));
    insta::assert_snapshot!("states_as_csv", cost_csv(&account, &By::State));
    insta::assert_snapshot!(
        "tags_as_csv",
        cost_csv(&account, &By::Tag(Some("=cmd".to_owned())))
    );
    for by in [By::Machine, By::State, By::Tag(None)] {
        let table = cost_csv(&account, &by);
        let columns: Vec<usize> = table.lines().map(|line| line.split(',').count()).collect();
        assert!(
            columns.windows(2).all(|pair| pair[0] == pair[1]),
            "{by:?}: {columns:?}"
        );
        assert!(!table.contains('\u{1b}'));
    }
}

#[test]
fn everything_as_json() {
    insta::assert_snapshot!("cost_as_json", cost_json(&account()));
}
