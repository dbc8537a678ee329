//! Good practice: real definitions, and definitions with one defect, where they are at hand.

use std::collections::BTreeMap;
use std::path::PathBuf;

use facts::{Fact, MachineFacts, WorkflowType};
use findings::{Finding, Severity};
use pricing::Prices;
use serde_json::Value;

use super::by_all;
use super::corpus::corpus;
use super::machines::base;
use crate::{Config, RULES, analyze};

pub(super) fn machine(text: String, kind: &Value) -> MachineFacts {
    let mut facts = base();
    facts.definition = Fact::Known(text);
    if kind == "EXPRESS" {
        facts.workflow_type = Fact::Known(WorkflowType::Express);
    }
    facts
}

/// Definitions with one defect each: the finding is there, at the place and as severe as people expect it.
#[test]
fn one_defect_each() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/mutants");
    let Ok(manifest) = std::fs::read_to_string(folder.join("manifest.json")) else {
        println!("skipped: there is no ../shared/mutants beside the repository");
        return;
    };
    let manifest: Value = serde_json::from_str(&manifest).unwrap();
    let rules = [
        ("R-RETRY", "lambda-without-retry"),
        ("R-CATCH", "task-without-catch"),
        ("R-TIMEOUT", "task-without-timeout"),
        ("R-HEART", "callback-without-heartbeat"),
        ("R-HISTORY", "unbounded-loop"),
        ("R-BUDGET", "retry-longer-than-timeout"),
        ("P-JITTER", "retry-without-jitter"),
        ("R-TOLERATE", "distributed-map-without-tolerance"),
        ("C-BATCH", "distributed-map-without-batcher"),
    ];
    let mut count = 0;
    for mutant in manifest["mutants"].as_array().unwrap() {
        let file = mutant["file"].as_str().unwrap();
        let wanted = match rules.iter().find(|(kind, _)| mutant["rule"] == *kind) {
            Some(_) if file.contains("express") => "express-without-error-handling",
            Some((_, rule)) => rule,
            None => continue,
        };
        count += 1;
        let text = std::fs::read_to_string(folder.join(file)).unwrap();
        let report = by_all(&machine(text, &mutant["type"]));
        let found = report.findings.iter().any(|finding| {
            let level = if finding.severity >= Severity::Medium {
                "warning"
            } else {
                "info"
            };
            finding.rule == wanted
                && mutant["location"] == finding.location.pointer.as_str()
                && mutant["expected"] == level
        });
        let told: Vec<_> = report.findings.iter().map(place).collect();
        assert!(found, "{file}: {told:#?}");
    }
    println!("{count} definitions with one defect each");
    let controls = std::fs::read_to_string(folder.join("controls/manifest.json")).unwrap();
    let controls: Value = serde_json::from_str(&controls).unwrap();
    for control in controls.as_array().unwrap() {
        let file = control["file"].as_str().unwrap();
        let text = std::fs::read_to_string(folder.join("controls").join(file)).unwrap();
        let facts = machine(text, &control["type"]);
        let report = analyze(&facts, Prices::embedded(), &Config::default());
        let told: Vec<_> = warnings(&report.findings).map(place).collect();
        assert!(told.is_empty(), "{file}: {told:?}");
    }
}

fn place(finding: &Finding) -> String {
    format!(
        "{:?} {} {}",
        finding.severity, finding.rule, finding.location.pointer
    )
}

fn warnings(findings: &[Finding]) -> impl Iterator<Item = &Finding> {
    findings
        .iter()
        .filter(|finding| finding.severity >= Severity::Medium)
}

/// What is told of real definitions: half of them get no warning unless somebody asks for more.
#[test]
fn half_of_the_real_definitions_get_no_warning() {
    let Some(corpus) = corpus() else {
        println!("skipped: there is no ../shared/corpus beside the repository");
        return;
    };
    let mut counts = Vec::new();
    let mut hits: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (row, text) in corpus.iter().filter(|(row, _)| row["origin"] != "fixture") {
        let facts = machine(text.clone(), &row["type"]);
        let report = analyze(&facts, Prices::embedded(), &Config::default());
        counts.push(warnings(&report.findings).count());
        for finding in by_all(&facts).findings {
            hits.entry(finding.rule.clone()).or_default().push(format!(
                "{} {}: {}",
                row["file"].as_str().unwrap(),
                finding.location.pointer,
                finding.message
            ));
        }
    }
    counts.sort_unstable();
    let median = counts[counts.len() / 2];
    println!(
        "{} definitions, {median} warnings in the median",
        counts.len()
    );
    for rule in RULES {
        let hits = hits.remove(rule.meta.id).unwrap_or_default();
        let files: std::collections::BTreeSet<&str> = hits
            .iter()
            .filter_map(|hit| hit.split(' ').next())
            .collect();
        println!(
            "{:6} in {:4} definitions  {} ({:?})",
            hits.len(),
            files.len(),
            rule.meta.id,
            rule.meta.strictness
        );
        // Some of them, the same each time, to look at.
        for hit in hits.iter().step_by((hits.len() / 5).max(1)) {
            println!("         {hit}");
        }
    }
    assert_eq!(median, 0);
}
