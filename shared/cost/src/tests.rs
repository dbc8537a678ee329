#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::needless_pass_by_value,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "tests"
)]

mod bill;
mod notes;
mod properties;

use facts::{AccountFacts, MachineFacts};
use pricing::{Prices, Usd};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::{AccountCost, Item, MachineCost, MonthCost};

/// Two tasks in a row that may run as either type.
fn plain() -> Value {
    let task = |next: Value| {
        let mut task = json!({"Type": "Task", "Resource": "arn:aws:states:::dynamodb:getItem", "Parameters": {}});
        for (key, value) in next.as_object().unwrap() {
            task[key] = value.clone();
        }
        task
    };
    json!({"StartAt": "A", "States": {"A": task(json!({"Next": "B"})), "B": task(json!({"End": true}))}})
}

fn window() -> Value {
    json!({"start": "2026-11-08T00:00:00Z", "end": "2026-11-22T00:00:00Z"})
}

/// A machine of us-east-1 with these fields; metrics are over 14 days.
fn machine(name: &str, workflow: &str, metrics: Value, more: Value) -> MachineFacts {
    let mut metrics = metrics;
    metrics["window"] = window();
    let mut facts = json!({
        "arn": format!("arn:aws:states:us-east-1:111122223333:stateMachine:{name}"),
        "name": name,
        "account": "111122223333",
        "region": "us-east-1",
        "definition": {"known": plain().to_string()},
        "workflow_type": {"known": workflow},
        "metrics": {"known": metrics},
        "logging": {"known": {"level": "OFF", "include_execution_data": false, "destinations": []}},
        "tracing": {"known": false},
    });
    for (key, value) in more.as_object().unwrap() {
        facts[key] = value.clone();
    }
    serde_json::from_value(facts).unwrap()
}

/// So many executions and transitions in 14 days.
fn standard(name: &str, started: u64, transitions: u64) -> MachineFacts {
    let metrics = json!({"started": {"total": started}, "transitions": transitions});
    machine(name, "STANDARD", metrics, json!({}))
}

/// So many executions in 14 days, billed for so many milliseconds together.
fn express(name: &str, started: u64, billed_ms: f64, memory: f64) -> MachineFacts {
    let metrics = json!({
        "started": {"total": started},
        "express": {"billed_ms": billed_ms, "billed_memory_mb": memory},
    });
    machine(name, "EXPRESS", metrics, json!({}))
}

fn account(machines: Vec<MachineFacts>) -> AccountFacts {
    let facts = json!({
        "version": 4,
        "account": "111122223333",
        "collected": "2026-11-22T00:00:00Z",
        "window": window(),
        "regions": ["us-east-1"],
        "machines": [],
    });
    // Not through JSON, which has no infinite numbers.
    let facts: AccountFacts = serde_json::from_value(facts).unwrap();
    AccountFacts { machines, ..facts }
}

fn cost(machines: Vec<MachineFacts>) -> AccountCost {
    crate::account(&account(machines), Prices::embedded())
}

fn named<'a>(cost: &'a AccountCost, name: &str) -> &'a MachineCost {
    cost.machines.iter().find(|it| it.name == name).unwrap()
}

fn month<'a>(cost: &'a AccountCost, name: &str) -> &'a MonthCost {
    named(cost, name).month.as_ref().unwrap()
}

fn usd(month: &MonthCost, item: Item) -> Decimal {
    month
        .lines
        .iter()
        .filter(|line| line.item == item)
        .map(|line| line.usd.best)
        .sum()
}

fn cents(amount: Decimal) -> String {
    Usd(amount).cents()
}
