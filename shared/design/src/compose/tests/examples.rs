//! Every example: valid, judged by all rules, simulated.

use super::super::*;
use super::support::{composed, errors, findings, run};

pub(super) fn all() -> Vec<(String, String)> {
    let own = crate::tests::files::own()
        .into_iter()
        .chain(crate::tests::files::beside());
    own.filter(|(name, _)| !name.starts_with("refuse"))
        .collect()
}

#[test]
fn every_example_is_what_aws_takes_and_our_rules_are_content_with() {
    let mut bad = Vec::new();
    for (name, text) in all() {
        let (_, design) = composed(&text);
        for machine in &design.machines {
            if let Ok(folder) = std::env::var("DUMP") {
                std::fs::write(
                    format!("{folder}/{name}.{}.json", machine.id),
                    &machine.definition,
                )
                .unwrap();
            }
            let told = errors(&machine.definition)
                .into_iter()
                .chain(findings(&design, machine));
            bad.extend(told.map(|told| format!("{name}: {told}")));
        }
    }
    assert!(bad.is_empty(), "{}", bad.join("\n"));
}

#[test]
fn every_example_succeeds_where_nothing_fails() {
    let mut bad = Vec::new();
    for (name, text) in all() {
        let (requirements, design) = composed(&text);
        if text.contains("s3://") {
            continue; // the objects would have to be there
        }
        let cases = fault_cases(&requirements, &design);
        let (outcome, _) = run(&design, &cases, &cases.cases[0]);
        if outcome.status != sim::Status::Succeeded {
            let entered: Vec<&str> = outcome.entered().collect();
            bad.push(format!(
                "{name}: {:?} {:?} {entered:?}",
                outcome.error, outcome.cause
            ));
        }
    }
    assert!(bad.is_empty(), "{}", bad.join("\n"));
}
