//! Every saga at every fault point.

use super::super::*;
use super::examples::all;
use super::support::{composed, run};

/// Undo Tasks in the order in which they were entered.
fn undone(design: &Composed, entered: &[&str]) -> Vec<String> {
    let undo = |name: &&str| {
        design
            .steps
            .values()
            .any(|step| step.undo.as_deref() == Some(*name))
    };
    entered
        .iter()
        .filter(|name| undo(name))
        .map(|name| (*name).to_owned())
        .collect()
}

/// Steps with an undo that were begun, the last one first, up to the one that fails.
fn reverse_prefix(design: &Composed, entered: &[&str], fault: &FaultPoint) -> Vec<String> {
    let of = |main: &str| design.steps.iter().find(|(_, step)| step.main == main);
    let mut begun: Vec<String> = Vec::new();
    for name in entered {
        if let Some((_, step)) = of(name)
            && let Some(undo) = &step.undo
            && !(fault.kind == FaultKind::Reject && *name == fault.state)
        {
            begun.insert(0, undo.clone());
        }
    }
    begun
}

#[test]
fn a_saga_takes_back_exactly_what_may_have_been_done() {
    let mut checked = 0;
    let mut bad = Vec::new();
    for (file, text) in all().into_iter().filter(|(_, text)| text.contains("undo:")) {
        let (requirements, design) = composed(&text);
        let cases = fault_cases(&requirements, &design);
        for case in cases.cases.iter().skip(1) {
            let fault = case.fault.as_ref().unwrap();
            let (outcome, _) = run(&design, &cases, case);
            let entered: Vec<&str> = outcome.entered().collect();
            let told = format!("{file} {}: {:?} {entered:?}", case.name, outcome.error);
            if outcome.status == sim::Status::Succeeded {
                // What is ignored or done otherwise takes nothing back.
                if !undone(&design, &entered).is_empty() {
                    bad.push(told);
                }
                continue;
            }
            let (done, wanted) = (
                undone(&design, &entered),
                reverse_prefix(&design, &entered, fault),
            );
            let parked = entered.iter().any(|name| name.starts_with("Park for"));
            let right = match fault.kind {
                FaultKind::UndoFails => {
                    outcome.error.as_deref() == Some("CompensationIncomplete") && parked
                }
                _ => !parked && outcome.error.as_deref() == Some(fault.error.as_str()),
            };
            if done != wanted || !right {
                bad.push(format!("{told}\n   undone {done:?}, wanted {wanted:?}"));
            }
            checked += 1;
        }
        for id in &design.undo_order {
            assert!(design.steps[id].undo.is_some(), "{file} {id}");
        }
    }
    assert!(bad.is_empty(), "{}", bad.join("\n"));
    assert!(checked >= 20, "{checked}");
}

#[test]
fn every_undo_is_reached_by_some_fault() {
    for (file, text) in all().into_iter().filter(|(_, text)| text.contains("undo:")) {
        let (requirements, design) = composed(&text);
        let cases = fault_cases(&requirements, &design);
        let mut reached = BTreeSet::new();
        for case in &cases.cases {
            let (outcome, _) = run(&design, &cases, case);
            reached.extend(outcome.entered().map(str::to_owned));
        }
        for undo in design.steps.values().filter_map(|step| step.undo.as_ref()) {
            assert!(reached.contains(undo), "{file} {undo}");
        }
    }
}

#[test]
fn no_fault_of_any_example_breaks_the_machine_itself() {
    for (file, text) in all()
        .into_iter()
        .filter(|(_, text)| !text.contains("s3://"))
    {
        let (requirements, design) = composed(&text);
        let cases = fault_cases(&requirements, &design);
        for case in &cases.cases {
            let (outcome, _) = run(&design, &cases, case);
            let error = outcome.error.unwrap_or_default();
            assert!(
                !matches!(
                    error.as_str(),
                    "States.Runtime" | "States.QueryEvaluationError"
                ),
                "{file} {}: {error} {:?}",
                case.name,
                outcome.cause
            );
            assert_ne!(
                outcome.status,
                sim::Status::Stopped,
                "{file} {}: {:?}",
                case.name,
                outcome.cause
            );
        }
    }
}
