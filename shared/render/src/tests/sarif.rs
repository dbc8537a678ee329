//! What is told as SARIF is SARIF: by the schema of OASIS, whatever the findings are.

use std::collections::BTreeSet;

use findings::{Location, NotRead, Report, RuleMeta};
use jsonschema::{Draft, Validator};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::fixture::{dangling, first_audit};
use super::hostile::{ATTACK, full_of};
use super::rules::TIMEOUT;
use crate::sarif;

fn schema() -> Validator {
    // The pattern of languages has a bracket that only JavaScript takes without a backslash.
    let text = include_str!("schema/sarif-2.1.0.json").replace("{2}]?$", "{2}\\\\]?$");
    let schema: Value = serde_json::from_str(&text).unwrap();
    let options = jsonschema::options().with_draft(Draft::Draft7);
    options
        .should_validate_formats(true)
        .build(&schema)
        .unwrap()
}

/// The document that a report is told as; it is SARIF.
fn told(
    schema: &Validator,
    report: &Report,
    rules: &[&RuleMeta],
    problems: &[(&str, &str)],
) -> Value {
    let document: Value = serde_json::from_str(&sarif(report, rules, problems, "0.1.0")).unwrap();
    let wrong: Vec<String> = schema
        .iter_errors(&document)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    document
}

/// The findings of a report as those of files.
fn in_files(mut report: Report, file: &str) -> Report {
    for machine in &mut report.machines {
        machine.machine.file = Some(file.to_owned());
        for finding in &mut machine.findings {
            finding.machine.file = Some(file.to_owned());
        }
    }
    report
}

fn missing(name: &str, why: &str) -> NotRead {
    NotRead {
        region: String::new(),
        arn: name.to_owned(),
        why: why.to_owned(),
    }
}

#[test]
fn every_kind_of_finding_is_sarif() {
    let schema = schema();
    let mut report = first_audit();
    report.machines[0].findings.push(dangling());
    let mut report = in_files(report, "./flows/order (1).asl.json");
    report.not_read = vec![missing("flows/secret.asl.json", "permission denied")];
    let document = told(
        &schema,
        &report,
        &[&TIMEOUT],
        &[("transition-target-missing", "a target does not exist")],
    );
    let run = &document["runs"][0];
    let results = run["results"].as_array().unwrap();
    let fixes = report.findings().filter(|it| it.fix.is_some()).count();
    assert!(fixes > 0 && results.len() == report.findings().count());
    let levels: BTreeSet<&str> = results
        .iter()
        .filter_map(|it| it["level"].as_str())
        .collect();
    assert_eq!(levels, BTreeSet::from(["error", "note", "warning"]));
    let error = results.iter().find(|it| it["level"] == "error").unwrap();
    let place = &error["locations"][0]["physicalLocation"];
    assert_eq!(
        place["artifactLocation"]["uri"],
        "flows/order%20%281%29.asl.json"
    );
    assert_eq!(run["invocations"][0]["executionSuccessful"], false);
    let notification = &run["invocations"][0]["toolExecutionNotifications"][0];
    assert_eq!(
        notification["message"]["text"],
        "not read: permission denied"
    );
}

#[test]
fn a_finding_without_a_place_is_told_at_the_beginning() {
    let mut report = in_files(first_audit(), "a.asl.json");
    for finding in report.machines.iter_mut().flat_map(|it| &mut it.findings) {
        finding.location = Location::default();
    }
    let document = told(&schema(), &report, &[&TIMEOUT], &[]);
    let place = &document["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(place["region"], json!({"startLine": 1, "startColumn": 1}));
}

#[test]
fn nothing_to_tell_is_sarif_too() {
    let mut report = first_audit();
    report.machines.clear();
    report.account_findings.clear();
    report.not_read.clear();
    let document = told(&schema(), &report, &[], &[]);
    assert_eq!(document["runs"][0]["results"], json!([]));
}

#[test]
fn texts_of_strangers_are_told_as_texts() {
    let schema = schema();
    let mut report = in_files(full_of(ATTACK), ATTACK);
    report.not_read = vec![missing(ATTACK, ATTACK)];
    told(&schema, &report, &[&TIMEOUT], &[]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_name_of_a_file_and_any_text_are_sarif(file in any::<String>(), text in any::<String>(), line in 0usize..9) {
        let mut report = in_files(full_of(&text), &file);
        for finding in report.machines.iter_mut().flat_map(|it| &mut it.findings) {
            finding.location.line = line;
            finding.location.column = line;
        }
        report.not_read = vec![missing(&file, &text)];
        told(&schema(), &report, &[], &[]);
    }
}
