//! Test cases of steps that not every execution comes to: what has to be answered before them, so that this one does.

use std::collections::BTreeMap;

use asl::{Definition, Format};
use serde_json::{Map, Value, json};
use sim::{Invented, MockFile, Options, Otherwise, Outcome, simulate};

use crate::compose::{Case, Composed, FaultCases, data_for};
use crate::machine::Kind;

/// Runs test cases.
pub(super) struct Runner<'a> {
    composed: &'a Composed,
    definition: Definition,
    /// What states read is found once: there are as many cases as states.
    invented: Invented,
    express: bool,
}

impl<'a> Runner<'a> {
    pub(super) fn of(composed: &'a Composed) -> Option<Self> {
        let main = composed.machines.first()?;
        let definition = Definition::parse(main.definition.as_bytes(), Format::Json);
        Some(Self {
            composed,
            invented: Invented::of(&definition),
            definition,
            express: main.express,
        })
    }

    /// What a case of a mock file comes to.
    pub(super) fn run(&self, mocks: &MockFile, case: &Case) -> Option<Outcome> {
        let answers = mocks.case(&self.composed.name, &case.name).ok()?;
        let mut options = Options::new(case.input.clone());
        options.express = self.express;
        options.payloads = false;
        let mut answers = Otherwise(answers, self.invented.clone());
        Some(simulate(&self.definition, &options, &mut answers))
    }
}

/// How a step is reached: the input, what else is answered by which state, and these answers by their names.
#[derive(Clone, Default)]
struct Way {
    input: Option<Value>,
    states: Map<String, Value>,
    answers: Map<String, Value>,
}

/// The cases, where one that did not come to what fails in it is led there: by what fails in another case, or by an input or an
/// answer for which a Choice goes that way. One for which nothing is found stays as it is.
pub(super) fn reached(runner: &Runner<'_>, mut cases: FaultCases) -> FaultCases {
    let name = runner.composed.name.as_str();
    let Ok(mocks) = MockFile::parse(&cases.file, Format::Json) else {
        return cases;
    };
    let Some((mut tests, mut answers)) = parts(&cases.file, name) else {
        return cases;
    };
    let comes_to: Vec<Vec<String>> = cases
        .cases
        .iter()
        .map(|case| entered(runner.run(&mocks, case).as_ref()))
        .collect();
    let test = |case: &str| {
        let test = tests.get(case).and_then(Value::as_object);
        test.cloned().unwrap_or_default()
    };
    let good = test("Success");
    let faults: Vec<Map<String, Value>> = cases
        .cases
        .iter()
        .map(|case| {
            let own = test(&case.name).into_iter();
            own.filter(|(state, answer)| good.get(state) != Some(answer))
                .collect()
        })
        .collect();
    let by_choice = by_choice(runner.composed, &cases);
    let mut known: BTreeMap<String, Way> = BTreeMap::new();
    let mut changed = false;
    for (at, case) in cases.cases.iter_mut().enumerate() {
        let Some(state) = case.fault.as_ref().map(|fault| fault.state.clone()) else {
            continue;
        };
        let (Some(entered_here), Some(own)) = (comes_to.get(at), faults.get(at)) else {
            continue;
        };
        if entered_here.contains(&state) {
            continue;
        }
        let others = comes_to.iter().zip(&faults);
        let by_fault = others
            .filter(|(entered, _)| entered.contains(&state))
            .map(|(_, states)| Way {
                states: states.clone(),
                ..Way::default()
            });
        let ways = known.get(&state).cloned().into_iter().chain(by_fault);
        for way in ways.chain(by_choice.iter().cloned()) {
            let mut led = good.clone();
            led.extend(way.states.clone());
            led.extend(own.clone());
            let mut known_answers = answers.clone();
            known_answers.extend(way.answers.clone());
            let alone = written(name, &json!({case.name.as_str(): led}), &known_answers);
            let Ok(mocks) = MockFile::parse(&alone, Format::Json) else {
                continue;
            };
            let tried = Case {
                input: way.input.clone().unwrap_or_else(|| case.input.clone()),
                ..case.clone()
            };
            if !entered(runner.run(&mocks, &tried).as_ref()).contains(&state) {
                continue;
            }
            *case = tried;
            tests.insert(case.name.clone(), Value::Object(led));
            answers = known_answers;
            known.insert(state, way);
            changed = true;
            break;
        }
    }
    if changed {
        cases.file = written(name, &Value::Object(tests), &answers);
    }
    cases
}

/// The test cases of a machine in a mock file, and the answers.
fn parts(file: &str, machine: &str) -> Option<(Map<String, Value>, Map<String, Value>)> {
    let file: Value = serde_json::from_str(file).ok()?;
    let tests = file.get("StateMachines")?.get(machine)?.get("TestCases")?;
    let answers = file.get("MockedResponses")?;
    Some((tests.as_object()?.clone(), answers.as_object()?.clone()))
}

fn written(machine: &str, tests: &Value, answers: &Map<String, Value>) -> String {
    let file =
        json!({"StateMachines": {machine: {"TestCases": tests}}, "MockedResponses": answers});
    let mut text = serde_json::to_string_pretty(&file).unwrap_or_default();
    text.push('\n');
    text
}

fn entered(outcome: Option<&Outcome>) -> Vec<String> {
    outcome
        .into_iter()
        .flat_map(Outcome::entered)
        .map(str::to_owned)
        .collect()
}

/// Inputs, and answers of functions, for which a way of a Choice is taken.
fn by_choice(composed: &Composed, cases: &FaultCases) -> Vec<Way> {
    let Some(main) = composed.machines.first() else {
        return Vec::new();
    };
    let input = cases.cases.first().map(|case| &case.input);
    let states = main.machine.states();
    let mut found = Vec::new();
    for choice in &states {
        let Kind::Choice { ways, .. } = &choice.kind else {
            continue;
        };
        for (condition, _) in ways {
            let data = data_for(condition);
            if data.as_object().is_none_or(Map::is_empty) {
                continue;
            }
            found.extend(input.map(|input| Way {
                input: Some(merged(input.clone(), &data)),
                ..Way::default()
            }));
            for state in &states {
                let Some(sample) = state.sample.as_ref() else {
                    continue;
                };
                let Some(payload) = sample.get("Payload") else {
                    continue;
                };
                let answer = merged(
                    sample.clone(),
                    &json!({"Payload": merged(payload.clone(), &data)}),
                );
                let name = format!("{} for {}", state.name(), choice.name());
                found.push(Way {
                    input: None,
                    states: Map::from_iter([(state.name().to_owned(), json!(name))]),
                    answers: Map::from_iter([(name, json!({"0-999": {"Return": answer}}))]),
                });
            }
        }
    }
    found
}

/// One value with what another one says besides.
fn merged(value: Value, more: &Value) -> Value {
    match (value, more) {
        (Value::Object(mut members), Value::Object(more)) => {
            for (name, inner) in more {
                let own = members.remove(name).unwrap_or(Value::Null);
                members.insert(name.clone(), merged(own, inner));
            }
            Value::Object(members)
        }
        (_, more) => more.clone(),
    }
}
