//! What every rule is held to; a rule file adds tests only for its own edge cases.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "tests"
)]

mod conventions;
mod corpus;
mod dataflow;
mod deeper;
mod defects;
mod embedded;
mod errors;
mod examples;
pub(crate) mod machines;
mod measure;
mod mended;
mod mutants;
mod practice;
mod removals;

use std::collections::BTreeSet;

use findings::{FixKind, MachineReport, Safety, Severity, Strictness};
use pricing::Prices;

use crate::{Config, RULES, Rule, analyze, judge};
use conventions::assert_conventions;
use examples::{Verdict, examples, fixed};

/// What one rule says of a machine.
fn by(rule: &Rule, facts: &facts::MachineFacts) -> MachineReport {
    judge(
        facts,
        Prices::embedded(),
        &Config::default(),
        std::slice::from_ref(rule),
    )
}

/// Where a rule finds something in a definition, and how bad it is: for the edge cases of one rule.
pub(crate) fn told(id: &str, facts: &facts::MachineFacts) -> Vec<(String, Severity)> {
    let config = Config {
        strictness: Strictness::All,
        ..Config::default()
    };
    let rule = RULES.iter().find(|rule| rule.meta.id == id).unwrap();
    let report = judge(
        facts,
        Prices::embedded(),
        &config,
        std::slice::from_ref(rule),
    );
    report.findings.iter().for_each(assert_conventions);
    let own = report
        .findings
        .into_iter()
        .filter(|finding| finding.rule == id);
    own.map(|finding| (finding.location.pointer, finding.severity))
        .collect()
}

/// The same, for a Standard machine: pointers only.
pub(crate) fn places(id: &str, definition: &str) -> Vec<String> {
    let mut facts = machines::base();
    facts.definition = facts::Fact::Known(definition.to_owned());
    told(id, &facts)
        .into_iter()
        .map(|(pointer, _)| pointer)
        .collect()
}

/// A machine of one state.
pub(crate) fn one(state: &str) -> String {
    format!(r#"{{"StartAt": "A", "States": {{"A": {state}}}}}"#)
}

/// What all rules say of a machine, hints included.
fn by_all(facts: &facts::MachineFacts) -> MachineReport {
    let config = Config {
        strictness: Strictness::All,
        ..Config::default()
    };
    analyze(facts, Prices::embedded(), &config)
}

fn fingerprints(report: &MachineReport) -> BTreeSet<String> {
    report
        .findings
        .iter()
        .map(|finding| finding.fingerprint.clone())
        .collect()
}

#[test]
fn the_ids_are_stable() {
    let ids: Vec<&str> = RULES.iter().map(|rule| rule.meta.id).collect();
    insta::assert_snapshot!(ids.join("\n"), @r"
    call-parameter-missing
    call-parameter-unknown
    callback-without-heartbeat
    distributed-map-without-batcher
    distributed-map-without-tolerance
    error-name-never-raised
    express-impossible
    express-without-error-handling
    failures-unwatched
    inline-map-concurrency
    input-lost
    integration-pattern-unsupported
    lambda-arn-direct
    lambda-unqualified
    lambda-without-retry
    nested-execution-unlinked
    path-never-produced
    payload-growth
    polling-loop
    removable-transition
    resource-invalid
    retry-longer-than-timeout
    retry-without-jitter
    secret-in-definition
    service-action-unknown
    single-lambda
    standard-suits-express
    task-token-not-passed
    task-without-catch
    task-without-timeout
    unbounded-loop
    ");
}

#[test]
fn every_file_is_a_rule_and_every_rule_a_file() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/rules");
    let files: BTreeSet<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter_map(|name| name.strip_suffix(".rs").map(|stem| stem.replace('_', "-")))
        .collect();
    let ids: BTreeSet<String> = RULES.iter().map(|rule| rule.meta.id.to_owned()).collect();
    assert_eq!(
        files, ids,
        "a file in src/rules is missing in the list of lib.rs, or has another name than its rule"
    );
    assert_eq!(ids.len(), RULES.len(), "two rules have one id");
}

#[test]
fn rules_are_documented() {
    for rule in RULES {
        let meta = &rule.meta;
        let first = meta.summary.chars().next().unwrap();
        assert!(
            first.is_lowercase() && !meta.summary.ends_with('.'),
            "{}: summary `{}`",
            meta.id,
            meta.summary
        );
        assert!(
            !meta.summary.contains('\n'),
            "{}: a summary is one line",
            meta.id
        );
        let mut rest = meta.docs;
        for section in [
            "What it finds",
            "Why it matters",
            "Example",
            "Fix",
            "References",
        ] {
            let heading = format!("## {section}\n");
            let at = rest.find(&heading).unwrap_or_else(|| {
                panic!("{}: no section `{section}`, or in another order", meta.id)
            });
            rest = &rest[at + heading.len()..];
            let body = rest.split("\n ## ").next().unwrap();
            assert!(
                !body.trim().is_empty(),
                "{}: section `{section}` is empty",
                meta.id
            );
        }
        assert!(rest.contains("https://"), "{}: no reference", meta.id);
        assert_eq!(
            meta.since.split('.').count(),
            3,
            "{}: since `{}`",
            meta.id,
            meta.since
        );
    }
}

#[test]
fn bad_examples_fire_and_good_ones_are_silent() {
    for rule in RULES {
        let examples = examples(rule);
        for verdict in [Verdict::Bad, Verdict::Good] {
            assert!(
                examples.iter().any(|example| example.verdict == verdict),
                "{}: no {verdict:?} example",
                rule.meta.id
            );
        }
        for example in &examples {
            let report = by(rule, &example.facts);
            let told: Vec<_> = report
                .findings
                .iter()
                .map(|finding| (&finding.rule, &finding.message))
                .collect();
            match example.verdict {
                Verdict::Bad => {
                    assert!(
                        !told.is_empty(),
                        "{}: silent about {}",
                        rule.meta.id,
                        example.text
                    );
                    assert!(
                        told.iter().all(|(id, _)| *id == rule.meta.id),
                        "{}: {told:?} about {}",
                        rule.meta.id,
                        example.text
                    );
                    assert!(report.not_assessed.is_empty(), "{:?}", report.not_assessed);
                }
                Verdict::Good => {
                    assert!(
                        told.is_empty(),
                        "{}: {told:?} about {}",
                        rule.meta.id,
                        example.text
                    );
                    assert!(report.not_assessed.is_empty(), "{:?}", report.not_assessed);
                }
            }
            by_all(&example.facts)
                .findings
                .iter()
                .for_each(assert_conventions);
        }
    }
}

#[test]
fn fixes_turn_bad_into_silent() {
    for rule in RULES {
        for example in examples(rule)
            .into_iter()
            .filter(|example| example.verdict == Verdict::Bad)
        {
            let mut facts = example.facts;
            // Every fix takes away at least one finding.
            for _ in 0..by(rule, &facts).findings.len() {
                let before = by_all(&facts);
                let Some(finding) = before
                    .findings
                    .iter()
                    .find(|finding| finding.rule == rule.meta.id)
                else {
                    break;
                };
                let fix = finding
                    .fix
                    .as_ref()
                    .unwrap_or_else(|| panic!("{}: no fix for {}", rule.meta.id, finding.message));
                assert!(
                    fix.safety >= rule.meta.fix,
                    "{}: the fix is safer than the rule says",
                    rule.meta.id
                );
                if let FixKind::Steps(steps) = &fix.kind {
                    assert!(
                        !steps.is_empty() && fix.safety == Safety::Manual,
                        "{}: {fix:?}",
                        rule.meta.id
                    );
                    facts.definition = facts::Fact::unknown("a person changed it");
                    break;
                }
                let next =
                    fixed(&facts, fix).unwrap_or_else(|why| panic!("{}: {why}", rule.meta.id));
                let (after, mut left) = (by_all(&next), fingerprints(&before));
                assert!(left.remove(&finding.fingerprint));
                let new: Vec<_> = after
                    .findings
                    .iter()
                    .filter(|found| !left.contains(&found.fingerprint))
                    .map(|found| &found.message)
                    .collect();
                assert!(
                    new.is_empty(),
                    "{}: after the fix of `{}`: {new:?}",
                    rule.meta.id,
                    finding.message
                );
                facts = next;
            }
            let by_hand = facts.definition.known().is_none();
            assert!(
                by_hand || by(rule, &facts).findings.is_empty(),
                "{}: the fixes leave findings",
                rule.meta.id
            );
        }
    }
}

#[test]
fn fingerprints_outlive_formatting_and_order() {
    for rule in RULES {
        for example in examples(rule)
            .into_iter()
            .filter(|example| example.verdict == Verdict::Bad)
        {
            let before = fingerprints(&by(rule, &example.facts));
            let Some(text) = example.facts.definition.known() else {
                continue;
            };
            // Parsed objects are sorted by name, so that the states stand in another order too.
            let value: serde_json::Value = serde_json::from_str(text).unwrap();
            let mut facts = example.facts.clone();
            for text in [
                value.to_string(),
                serde_json::to_string_pretty(&value).unwrap(),
            ] {
                facts.definition = facts::Fact::Known(text);
                assert_eq!(before, fingerprints(&by(rule, &facts)), "{}", rule.meta.id);
            }
        }
    }
}

#[test]
fn problems_of_the_language_are_findings() {
    let told = |definition: &str| {
        let mut facts = machines::base();
        facts.definition = facts::Fact::Known(definition.to_owned());
        let report = judge(&facts, Prices::embedded(), &Config::default(), &[]);
        report.findings.iter().for_each(assert_conventions);
        report
            .findings
            .iter()
            .map(|finding| format!("{} {}", finding.rule, finding.location.pointer))
            .collect::<Vec<_>>()
    };
    let missing = r#"{"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}, "C": {"Type": "Succeed"}}}"#;
    assert!(
        told(missing).contains(&"transition-target-missing /States/A/Next".to_owned()),
        "{:?}",
        told(missing)
    );
    assert!(!told(r#"{"StartAt": "A", "States": {"A""#).is_empty());
    assert_eq!(
        told(r#"{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}"#),
        Vec::<String>::new()
    );
}

#[test]
fn what_is_not_known_is_said_and_never_a_finding() {
    let facts = facts::MachineFacts {
        name: "nothing".to_owned(),
        ..facts::MachineFacts::default()
    };
    let report = by_all(&facts);
    assert_eq!(report.findings, []);
    let silent: Vec<&str> = RULES
        .iter()
        .map(|rule| rule.meta.id)
        .filter(|id| {
            !report
                .not_assessed
                .iter()
                .any(|skipped| skipped.rule == **id)
        })
        .collect();
    assert_eq!(
        silent,
        Vec::<&str>::new(),
        "these say nothing of a machine of which nothing is known"
    );
}
