#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::needless_pass_by_value,
    clippy::format_push_string,
    reason = "tests"
)]

mod able;
mod cost;
mod finding;
mod hazard;
mod rule;

use asl::{Definition, Format};
use facts::{Fact, MachineFacts};
use findings::{Finding, MachineReport};
use pricing::Prices;
use serde_json::{Value, json};

use crate::Config;

const ID: &str = "standard-suits-express";

fn parse(definition: &Value) -> Definition {
    Definition::parse(definition.to_string().as_bytes(), Format::Json)
}

/// A machine of these states in a row, by their names in the order given.
fn sequence(states: &[(&str, Value)]) -> Value {
    let mut all = serde_json::Map::new();
    for (index, (name, state)) in states.iter().enumerate() {
        let mut state = state.clone();
        if !matches!(state["Type"].as_str(), Some("Succeed" | "Fail" | "Choice")) {
            match states.get(index + 1) {
                Some((next, _)) => state["Next"] = json!(next),
                None => state["End"] = json!(true),
            }
        }
        all.insert((*name).to_owned(), state);
    }
    json!({"StartAt": states[0].0, "States": all})
}

fn task(resource: &str, parameters: Value) -> Value {
    json!({"Type": "Task", "Resource": format!("arn:aws:states:::{resource}"), "Parameters": parameters})
}

fn wait(seconds: u32) -> Value {
    json!({"Type": "Wait", "Seconds": seconds})
}

/// Two reads: nothing in the way of Express.
fn plain() -> Value {
    sequence(&[
        (
            "Load",
            task(
                "dynamodb:getItem",
                json!({"TableName": "t", "Key": {"id": {"S.$": "$.id"}}}),
            ),
        ),
        (
            "Check",
            task(
                "dynamodb:getItem",
                json!({"TableName": "u", "Key": {"id": {"S.$": "$.id"}}}),
            ),
        ),
    ])
}

/// Started 3 million times in 14 days, 8 transitions each, 0.85 s on average.
fn metrics() -> Value {
    json!({
        "window": {"start": "2026-11-08T00:00:00Z", "end": "2026-11-22T00:00:00Z"},
        "started": {"total": 3_000_000},
        "duration": {"average": 850.0, "p99": 1800.0, "maximum": 4200.0, "samples": 3_000_000},
        "transitions": 24_000_000,
    })
}

/// Standard, `order-enrichment` in us-east-1, with these metrics.
fn machine(definition: &Value, metrics: &Value) -> MachineFacts {
    let facts = json!({
        "arn": "arn:aws:states:us-east-1:111122223333:stateMachine:order-enrichment",
        "name": "order-enrichment",
        "account": "111122223333",
        "region": "us-east-1",
        "definition": {"known": sorted(definition).to_string()},
        "workflow_type": {"known": "STANDARD"},
        "metrics": {"known": metrics},
        "event_rules": {"known": []},
        "callers": {"known": []},
    });
    serde_json::from_value(facts).unwrap()
}

/// [`metrics`] with some of them replaced.
fn metrics_with(changes: &Value) -> Value {
    let mut metrics = metrics();
    for (name, value) in changes.as_object().unwrap() {
        metrics[name] = value.clone();
    }
    metrics
}

fn judge(facts: &MachineFacts, config: &Config) -> MachineReport {
    let rule = crate::rule(ID).unwrap();
    crate::judge(
        facts,
        Prices::embedded(),
        config,
        std::slice::from_ref(rule),
    )
}

fn found(facts: &MachineFacts) -> Option<Finding> {
    let report = judge(facts, &Config::default());
    assert_eq!(report.not_assessed, [], "of {}", facts.name);
    let findings: Vec<Finding> = report
        .findings
        .into_iter()
        .filter(|found| found.rule == ID)
        .collect();
    assert!(findings.len() <= 1);
    findings.into_iter().next()
}

/// The reason why the rule could not be applied; it must be the only thing said.
fn not_assessed(facts: &MachineFacts) -> String {
    let report = judge(facts, &Config::default());
    assert!(report.findings.iter().all(|found| found.rule != ID));
    let [skipped] = report.not_assessed.as_slice() else {
        panic!("not one reason: {:?}", report.not_assessed)
    };
    assert_eq!(skipped.rule, ID);
    skipped.why.clone()
}

fn unknown<T>() -> Fact<T> {
    Fact::unknown("AccessDenied on service:Action")
}

/// The same with the members of objects by name, however they are kept.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by_key(|(name, _)| *name);
            let members = members.into_iter();
            Value::Object(
                members
                    .map(|(name, value)| (name.clone(), sorted(value)))
                    .collect(),
            )
        }
        Value::Array(items) => items.iter().map(sorted).collect(),
        other => other.clone(),
    }
}
