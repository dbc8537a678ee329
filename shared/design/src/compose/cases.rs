//! Test cases for the workflow itself, in the format of Step Functions Local and its successors.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::said::{View, braces, path_of};
use super::{Composed, FaultKind, FaultPoint};
use crate::machine::{Condition, Kind, Operand, Operator};
use crate::requirements::{Requirements, Work};

/// Test cases: one for the way on which nothing fails, and one for each fault point.
#[derive(Clone, Debug, PartialEq)]
pub struct FaultCases {
    /// `MockConfigFile.json`
    pub file: String,
    /// The cases in it.
    pub cases: Vec<Case>,
}

/// One test case.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// Its name in the file; an execution takes it by `arn#name`.
    pub name: String,
    /// What fails; nothing in the first one.
    pub fault: Option<FaultPoint>,
    /// What to start the execution with.
    pub input: Value,
}

/// The test cases of a design.
pub fn fault_cases(requirements: &Requirements, composed: &Composed) -> FaultCases {
    let input = sample_input(requirements);
    let mut cases = vec![Case {
        name: "Success".to_owned(),
        fault: None,
        input: input.clone(),
    }];
    let mut taken: BTreeSet<String> = BTreeSet::new();
    // What runs in a nested child fails there, and the machine itself sees the child fail.
    let own: BTreeSet<&str> = composed
        .machines
        .first()
        .iter()
        .flat_map(|main| main.machine.states())
        .map(crate::machine::State::name)
        .collect();
    let faults = composed.faults.iter();
    for fault in faults.filter(|fault| own.contains(fault.state.as_str())) {
        let how = match fault.kind {
            FaultKind::Reject => format!("Reject{}", word(&fault.error)),
            FaultKind::Unknown => "UnknownOutcome".to_owned(),
            FaultKind::Timeout => "Timeout".to_owned(),
            FaultKind::UndoFails => "UndoFails".to_owned(),
        };
        let name = format!("{}{how}", word(&fault.step));
        if taken.insert(name.clone()) {
            cases.push(Case {
                name,
                fault: Some(fault.clone()),
                input: input.clone(),
            });
        }
    }
    let mut answers = BTreeMap::new();
    let mut good = BTreeMap::new();
    let machine = composed.machines.first();
    for state in machine.iter().flat_map(|it| it.machine.states()) {
        if let (Kind::Task { .. }, Some(sample)) = (&state.kind, &state.sample) {
            let name = format!("{}Answers", word(state.name()));
            good.insert(state.name().to_owned(), name.clone());
            answers.insert(name, json!({"0-999": {"Return": sample}}));
        }
    }
    let mut tests = Map::new();
    for case in &cases {
        let mut own = good.clone();
        if let Some(fault) = &case.fault {
            let mut fail = |state: &str, error: &str| {
                let name = format!("{}Throws{}", word(state), word(error));
                let cause = format!("{error}, as the test wants it");
                // As often as it is tried.
                let throw = json!({"0-999": {"Throw": {"Error": error, "Cause": cause}}});
                answers.insert(name.clone(), throw);
                own.insert(state.to_owned(), name);
            };
            fail(&fault.state, &fault.error);
            if fault.kind == FaultKind::UndoFails
                && let Some(last) = composed
                    .undo_order
                    .first()
                    .and_then(|id| composed.steps.get(id))
            {
                fail(&last.main, "SomethingUnexpected");
            }
        }
        tests.insert(case.name.clone(), json!(own));
    }
    let file = json!({
        "StateMachines": {composed.name.as_str(): {"TestCases": tests}},
        "MockedResponses": answers,
    });
    let mut file = serde_json::to_string_pretty(&file).unwrap_or_default();
    file.push('\n');
    FaultCases { file, cases }
}

/// Letters and digits only, each word with a capital.
fn word(text: &str) -> String {
    super::names::joined(text, true)
}

/// An input that has what the requirements read by a path.
fn sample_input(requirements: &Requirements) -> Value {
    let mut input = json!({});
    if let Some(path) = requirements
        .guarantees
        .idempotency_key
        .as_deref()
        .and_then(read_by)
    {
        put(&mut input, &path, json!("1"));
    }
    let mut all = Vec::new();
    super::collect(&requirements.steps, &mut all);
    for step in all {
        if let Work::Each(each) = &step.work {
            let of = each.of.clone().unwrap_or_else(|| "$.items".to_owned());
            if let Some(path) = path_of(&of) {
                put(&mut input, &path, json!([{"id": "1"}, {"id": "2"}]));
            }
        }
    }
    super::records::record(&requirements.trigger, input)
}

/// The path of a key: that of `$.order.id` and of `{% $states.input.order.id %}`.
fn read_by(key: &str) -> Option<Vec<String>> {
    let Some(code) = braces(key) else {
        return path_of(key);
    };
    path_of(&format!("${}", code.strip_prefix("$states.input")?))
}

pub(crate) fn put(value: &mut Value, path: &[String], leaf: Value) {
    let Some((first, rest)) = path.split_first() else {
        *value = leaf;
        return;
    };
    if !value.is_object() {
        *value = json!({});
    }
    if let Value::Object(members) = value {
        put(
            members.entry(first.clone()).or_insert(Value::Null),
            rest,
            leaf,
        );
    }
}

/// An answer for which a condition holds, as far as one is seen.
pub(crate) fn answer_to(condition: &str) -> Value {
    data_for(&View::default().condition(condition))
}

/// Data for which a condition holds, as far as some is seen.
pub(crate) fn data_for(condition: &Condition) -> Value {
    let mut value = json!({});
    meet(condition, &mut value);
    value
}

fn meet(condition: &Condition, value: &mut Value) {
    match condition {
        Condition::Compare(path, operator, operand) => {
            let leaf = match operand {
                Operand::Text(text) => json!(text),
                Operand::Number(number) => beside(number, *operator),
                Operand::Bool(is) => json!(is),
                Operand::Data(_) => return,
            };
            let holds_at = matches!(
                operator,
                Operator::Equal | Operator::AtLeast | Operator::AtMost
            );
            if holds_at || leaf.is_number() {
                put(value, path, leaf);
            }
        }
        Condition::And(parts) => parts.iter().for_each(|part| meet(part, value)),
        Condition::Or(parts) => {
            if let Some(first) = parts.first() {
                meet(first, value);
            }
        }
        _ => {}
    }
}

/// A number that compares so with another one.
fn beside(number: &str, operator: Operator) -> Value {
    let step = match operator {
        Operator::Greater | Operator::NotEqual => Decimal::ONE,
        Operator::Less => Decimal::NEGATIVE_ONE,
        Operator::Equal | Operator::AtLeast | Operator::AtMost => Decimal::ZERO,
    };
    let moved = number
        .parse()
        .map(|at: Decimal| pricing::num::add(at, step));
    let text = moved.map_or_else(|_| number.to_owned(), |moved| moved.to_string());
    serde_json::from_str(&text).unwrap_or_default()
}
