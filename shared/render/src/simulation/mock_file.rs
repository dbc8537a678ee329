//! Paths as a mock file of Step Functions Local, with what each of them starts with and comes to.

use serde_json::{Map, Value, json};
use sim::{Answer, Path};

/// The paths as test cases of a state machine.
pub fn mock_file(machine: &str, paths: &[Path]) -> String {
    let (mut cases, mut responses, mut tests) = (Map::new(), Map::new(), Map::new());
    for (path, place) in paths.iter().zip(1_usize..) {
        let name = format!("path {place}");
        let mut states = Map::new();
        for (state, answers) in &path.trial.answers {
            let response = attempts(answers);
            // Paths have much in common.
            let known = responses.iter().find(|(_, known)| **known == response);
            let known = known.map(|(name, _)| name.clone());
            let named = known.unwrap_or_else(|| {
                let named = format!("{name}: {state}");
                responses.insert(named.clone(), response);
                named
            });
            states.insert(state.clone(), named.into());
        }
        cases.insert(name.clone(), Value::Object(states));
        let mut expect = Map::new();
        expect.insert("status".to_owned(), path.status.as_str().into());
        if let Some(error) = &path.error {
            expect.insert("error".to_owned(), error.as_str().into());
        }
        expect.insert("entered".to_owned(), path.entered.clone().into());
        expect.insert("transitions".to_owned(), path.transitions.into());
        tests.insert(name, json!({"Input": path.trial.input, "Expect": expect}));
    }
    let document = json!({
        "StateMachines": {machine: {"TestCases": cases}},
        "MockedResponses": responses,
        "SfnAdvisor": {machine: tests},
    });
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}

/// Answers by the numbers of the calls; equal ones in a row are one range.
fn attempts(answers: &[Answer]) -> Value {
    let mut out = Map::new();
    let mut first = 0;
    for run in answers.chunk_by(|one, other| one == other) {
        let last = first + run.len() - 1;
        let key = if first == last {
            first.to_string()
        } else {
            format!("{first}-{last}")
        };
        if let Some(answer) = run.first() {
            out.insert(key, told(answer));
        }
        first = last + 1;
    }
    Value::Object(out)
}

fn told(answer: &Answer) -> Value {
    let mut out = Map::new();
    let after = match answer {
        Answer::Return { output, after_ms } => {
            out.insert("Return".to_owned(), output.clone());
            *after_ms
        }
        Answer::Throw {
            error,
            cause,
            after_ms,
        } => {
            let text = |text: &Option<String>| text.clone().unwrap_or_default();
            let thrown = json!({"Error": text(error), "Cause": text(cause)});
            out.insert("Throw".to_owned(), thrown);
            *after_ms
        }
        Answer::Never | Answer::Unknown => {
            out.insert("Never".to_owned(), true.into());
            0
        }
    };
    if after > 0 {
        out.insert(
            "AfterSeconds".to_owned(),
            super::json::seconds(after).into(),
        );
    }
    Value::Object(out)
}
