//! What each test case of a design comes to, by simulation: so that a later edit that changes it is seen.

use std::collections::BTreeSet;

use asl::Format;
use serde_json::{Map, Value, json};
use sim::{MockFile, Status};

use super::reach::Runner;
use crate::compose::{Composed, FaultCases};
use crate::machine::State;

/// The mock file with the input and the expected end of each case, under `SfnAdvisor`, which other tools leave alone. A case
/// names the answers of the states that it goes through, and of no other; those inside of a Map stay, as children of a
/// Distributed Map have histories of their own.
pub(super) fn with_expectations(
    composed: &Composed,
    runner: &Runner<'_>,
    cases: &FaultCases,
) -> String {
    let Ok(Value::Object(mut file)) = serde_json::from_str::<Value>(&cases.file) else {
        return cases.file.clone();
    };
    let told = expectations(runner, cases);
    let own: BTreeSet<&str> = composed
        .machines
        .iter()
        .flat_map(|machine| machine.machine.scope.in_order())
        .map(State::name)
        .collect();
    for (case, told) in &told {
        if let Some(entered) = told.pointer("/Expect/entered").and_then(Value::as_array) {
            only(&mut file, &composed.name, case, |state| {
                !own.contains(state) || entered.iter().any(|name| name == state)
            });
        }
    }
    leave_used(&mut file);
    file.insert(
        "SfnAdvisor".to_owned(),
        json!({composed.name.as_str(): told}),
    );
    let mut text = serde_json::to_string_pretty(&Value::Object(file)).unwrap_or_default();
    text.push('\n');
    text
}

/// Leaves the answers of these states in a test case.
fn only(
    file: &mut Map<String, Value>,
    machine: &str,
    case: &str,
    is_needed: impl Fn(&str) -> bool,
) {
    let states = file
        .get_mut("StateMachines")
        .and_then(|machines| machines.get_mut(machine))
        .and_then(|machine| machine.get_mut("TestCases"))
        .and_then(|cases| cases.get_mut(case))
        .and_then(Value::as_object_mut);
    if let Some(states) = states {
        states.retain(|state, _| is_needed(state));
    }
}

/// Leaves the answers that some test case names.
fn leave_used(file: &mut Map<String, Value>) {
    let mut used = BTreeSet::new();
    let machines = file.get("StateMachines").and_then(Value::as_object);
    for machine in machines.iter().flat_map(|machines| machines.values()) {
        let cases = machine.get("TestCases").and_then(Value::as_object);
        for case in cases.iter().flat_map(|cases| cases.values()) {
            let answers = case.as_object().into_iter().flat_map(Map::values);
            used.extend(answers.filter_map(Value::as_str).map(str::to_owned));
        }
    }
    if let Some(answers) = file
        .get_mut("MockedResponses")
        .and_then(Value::as_object_mut)
    {
        answers.retain(|name, _| used.contains(name));
    }
}

fn expectations(runner: &Runner<'_>, cases: &FaultCases) -> Map<String, Value> {
    let mocks = MockFile::parse(&cases.file, Format::Json).ok();
    let mut told = Map::new();
    for case in &cases.cases {
        let mut members = Map::new();
        members.insert("Input".to_owned(), case.input.clone());
        let outcome = mocks.as_ref().and_then(|mocks| runner.run(mocks, case));
        if let Some(outcome) = outcome.filter(|it| it.status != Status::Stopped) {
            let mut expect = Map::new();
            expect.insert("status".to_owned(), json!(outcome.status.as_str()));
            if let Some(error) = &outcome.error {
                expect.insert("error".to_owned(), json!(error));
            }
            expect.insert(
                "entered".to_owned(),
                json!(outcome.entered().collect::<Vec<_>>()),
            );
            members.insert("Expect".to_owned(), Value::Object(expect));
        }
        told.insert(case.name.clone(), Value::Object(members));
    }
    told
}
