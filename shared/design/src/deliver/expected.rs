//! What each test case of a design comes to, by simulation: so that a later edit that changes it is seen.

use asl::{Definition, Format};
use serde_json::{Map, Value, json};
use sim::{Invented, MockFile, Options, Otherwise, Status, simulate};

use crate::compose::{Composed, FaultCases};

/// The mock file with the input and the expected end of each case, under `SfnAdvisor`, which other tools leave alone.
pub(super) fn with_expectations(composed: &Composed, cases: &FaultCases) -> String {
    let Ok(Value::Object(mut file)) = serde_json::from_str::<Value>(&cases.file) else {
        return cases.file.clone();
    };
    let told = expectations(composed, cases);
    file.insert(
        "SfnAdvisor".to_owned(),
        json!({composed.name.as_str(): told}),
    );
    let mut text = serde_json::to_string_pretty(&Value::Object(file)).unwrap_or_default();
    text.push('\n');
    text
}

fn expectations(composed: &Composed, cases: &FaultCases) -> Map<String, Value> {
    let mocks = MockFile::parse(&cases.file, Format::Json).ok();
    let main = composed.machines.first();
    let definition = main.map(|main| Definition::parse(main.definition.as_bytes(), Format::Json));
    let mut told = Map::new();
    for case in &cases.cases {
        let mut members = Map::new();
        members.insert("Input".to_owned(), case.input.clone());
        let answers = mocks
            .as_ref()
            .and_then(|mocks| mocks.case(&composed.name, &case.name).ok());
        if let (Some(definition), Some(answers), Some(main)) = (&definition, answers, main) {
            let mut options = Options::new(case.input.clone());
            options.express = main.express;
            options.payloads = false;
            let invented = Invented::of(definition);
            let outcome = simulate(definition, &options, &mut Otherwise(answers, invented));
            if outcome.status != Status::Stopped {
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
        }
        told.insert(case.name.clone(), Value::Object(members));
    }
    told
}
