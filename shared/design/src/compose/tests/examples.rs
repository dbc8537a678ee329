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

#[test]
fn every_example_retries_and_catches_as_good_practice_says() {
    for (name, text) in all() {
        let (requirements, design) = composed(&text);
        let mut steps = Vec::new();
        collect(&requirements.steps, &mut steps);
        for machine in &design.machines {
            let seconds = machine.machine.timeout_seconds.unwrap();
            assert!(
                seconds >= machine.machine.longest_seconds(),
                "{name} {}",
                machine.id
            );
            assert!(!machine.express || seconds <= 300, "{name} {}", machine.id);
            for state in machine.machine.states() {
                let told = format!("{name} {}", state.name());
                for errors in state
                    .retry
                    .iter()
                    .map(|it| &it.errors)
                    .chain(state.catch.iter().map(|it| &it.errors))
                {
                    assert!(!errors.is_empty(), "{told}");
                    let has_all = errors.iter().any(|error| error == "States.ALL");
                    assert!(!has_all || errors.len() == 1, "{told} {errors:?}");
                }
                let all = |errors: &[String]| errors == ["States.ALL"];
                let last = state.catch.iter().position(|catcher| all(&catcher.errors));
                assert!(last.is_none_or(|at| at + 1 == state.catch.len()), "{told}");
                let last = state.retry.iter().position(|retrier| all(&retrier.errors));
                assert!(last.is_none_or(|at| at + 1 == state.retry.len()), "{told}");
                for retrier in state.retry.iter().filter(|retrier| retrier.attempts > 0) {
                    assert!(retrier.max_delay > retrier.interval, "{told}");
                    let answers = steps.iter().flat_map(|step| &step.reject_on);
                    assert!(
                        answers.clone().all(|error| !retrier.errors.contains(error)),
                        "{told}"
                    );
                }
            }
            let text = &machine.definition;
            assert_eq!(
                text.matches("\"IntervalSeconds\"").count(),
                text.matches("\"JitterStrategy\": \"FULL\"").count()
            );
            // One of each Task, and one of the machine.
            assert_eq!(
                text.matches("\"Type\": \"Task\"").count() + 1,
                text.matches("\"TimeoutSeconds\"").count(),
                "{name}"
            );
        }
        // What stands in the definition is known, and nothing is known that stands nowhere.
        for machine in &design.machines {
            for substitution in machine.substitutions.keys() {
                assert!(
                    machine.definition.contains(&format!("${{{substitution}}}")),
                    "{name} {substitution}"
                );
            }
        }
    }
}
