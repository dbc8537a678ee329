//! How often each rule fires on real definitions, and on definitions with one defect: run by hand with `--run-ignored all`.
//! `RULE` names a rule whose findings are listed.

use std::collections::BTreeMap;
use std::path::PathBuf;

use facts::{Fact, MachineFacts, WorkflowType};
use findings::{Category, Finding, Severity, Strictness};
use pricing::Prices;
use serde_json::Value;

use super::machines::base;
use crate::{Config, analyze};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared")
}

fn machine(file: PathBuf, kind: &Value) -> MachineFacts {
    let mut facts = base();
    facts.definition =
        Fact::Known(String::from_utf8_lossy(&std::fs::read(file).unwrap()).into_owned());
    facts.workflow_type = match kind.as_str() {
        Some("EXPRESS") => Fact::Known(WorkflowType::Express),
        _ => Fact::Known(WorkflowType::Standard),
    };
    facts
}

fn findings(facts: &MachineFacts, strictness: Strictness) -> Vec<Finding> {
    let config = Config {
        strictness,
        ..Config::default()
    };
    analyze(facts, Prices::embedded(), &config).findings
}

fn level(finding: &Finding) -> &'static str {
    match (finding.category, finding.severity) {
        (Category::Correctness, Severity::High | Severity::Critical) => "error",
        (Category::Correctness, _) => "warning",
        (_, Severity::Low | Severity::Informational) => "info",
        _ => "warning",
    }
}

#[test]
#[ignore = "a measurement"]
fn real_definitions() {
    let wanted = std::env::var("RULE").unwrap_or_default();
    let manifest = std::fs::read_to_string(folder().join("corpus/manifest.jsonl")).unwrap();
    let mut counts: BTreeMap<(String, &str), (usize, usize)> = BTreeMap::new();
    let mut warnings: Vec<usize> = Vec::new();
    for line in manifest.lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        if row["origin"] == "fixture" {
            continue;
        }
        let name = row["file"].as_str().unwrap();
        let facts = machine(folder().join("corpus/definitions").join(name), &row["type"]);
        let mut seen: BTreeMap<(String, &str), usize> = BTreeMap::new();
        for finding in findings(&facts, Strictness::All) {
            if finding.rule == wanted {
                println!(
                    "{name} {}\n    {}",
                    finding.location.pointer, finding.message
                );
            }
            let level = level(&finding);
            *seen.entry((finding.rule, level)).or_default() += 1;
        }
        for (key, count) in seen {
            let total = counts.entry(key).or_default();
            *total = (total.0 + count, total.1 + 1);
        }
        let told = findings(&facts, Strictness::Default);
        warnings.push(
            told.iter()
                .filter(|finding| level(finding) == "warning")
                .count(),
        );
    }
    for ((rule, level), (findings, definitions)) in counts {
        println!("{findings:6} in {definitions:4} {level:8} {rule}");
    }
    warnings.sort_unstable();
    println!(
        "warnings at default: median {}",
        warnings[warnings.len() / 2]
    );
}

#[test]
#[ignore = "a measurement"]
fn mutants_and_controls() {
    let read = |path: &str| -> Value {
        serde_json::from_str(&std::fs::read_to_string(folder().join(path)).unwrap()).unwrap()
    };
    for row in read("mutants/manifest.json")["mutants"].as_array().unwrap() {
        let file = row["file"].as_str().unwrap();
        let facts = machine(folder().join("mutants").join(file), &row["type"]);
        let told = findings(&facts, Strictness::Default);
        let pointer = row["location"].as_str().unwrap();
        let pointer = if pointer == "/" { "" } else { pointer };
        let hit = told.iter().any(|finding| {
            finding.location.pointer == pointer && level(finding) == row["expected"]
        });
        let all: Vec<String> = told
            .iter()
            .map(|finding| {
                format!(
                    "{}[{}]{}",
                    level(finding),
                    finding.rule,
                    finding.location.pointer
                )
            })
            .collect();
        println!(
            "{} {file} {}: {}",
            if hit { "ok  " } else { "MISS" },
            row["expected"],
            all.join(" ")
        );
    }
    for row in read("mutants/controls/manifest.json").as_array().unwrap() {
        let file = row["file"].as_str().unwrap();
        let facts = machine(folder().join("mutants/controls").join(file), &row["type"]);
        for finding in findings(&facts, Strictness::All) {
            println!(
                "control {file}: {}[{}] {} {}",
                level(&finding),
                finding.rule,
                finding.location.pointer,
                finding.message
            );
        }
    }
}
