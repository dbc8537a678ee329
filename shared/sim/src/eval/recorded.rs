//! Expressions in executions that were recorded on AWS, where the recordings stand beside the repository.

#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "reads recordings, and tells how many agree"
)]

use std::path::Path as File;

use asl::expr::intrinsic::{Call, is_call};
use asl::expr::path::Path;
use serde_json::{Map, Value, json};

use super::jsonata::{Expression, Scope, States};
use super::{EvalError, Random, Roots, intrinsic, path};

/// Cases of a topic whose machine is one Pass state with expressions and nothing else.
fn cases(topic: &str) -> Vec<(String, Value, Value, Value)> {
    let file = File::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/conformance")
        .join(format!("localstack_{topic}.json"));
    let Ok(text) = std::fs::read_to_string(file) else {
        println!("skipped: there is no ../shared/conformance beside the repository");
        return Vec::new();
    };
    let all: Vec<Value> = serde_json::from_str(&text).unwrap();
    let single = |case: &Value| {
        let states = case["definition"]["States"].as_object()?;
        let state = states.values().next().filter(|_| states.len() == 1)?;
        let known = ["Type", "End", "Parameters", "Output", "Comment"];
        let only = state
            .as_object()?
            .keys()
            .all(|name| known.contains(&name.as_str()));
        let expressed = state.get("Parameters").or(state.get("Output"))?;
        let succeeded = case["expected"]["status"] == "SUCCEEDED";
        (state["Type"] == "Pass" && only && succeeded).then(|| {
            (
                case["id"].as_str().unwrap_or_default().to_owned(),
                expressed.clone(),
                case["input"].clone(),
                case["expected"]["output"].clone(),
            )
        })
    };
    all.iter().filter_map(single).collect()
}

/// Fills in a payload template.
fn filled(template: &Value, input: &Value) -> Result<Value, EvalError> {
    let context = json!({
        "Execution": {"Input": input, "Name": "run"},
        "StateMachine": {"Id": "arn:machine", "Name": "machine"},
    });
    let failed = |cause: String| EvalError {
        error: "States.Runtime",
        cause,
    };
    let roots = Roots::without_variables(input, &context);
    match template {
        Value::Object(members) => {
            let mut object = Map::new();
            for (name, value) in members {
                match (name.strip_suffix(".$"), value.as_str()) {
                    (Some(name), Some(text)) if is_call(text) => {
                        let call = Call::parse(text).map_err(|error| failed(error.message))?;
                        let value = intrinsic::evaluate(&call, text, &roots, &mut Random::new(1))?;
                        object.insert(name.to_owned(), value);
                    }
                    (Some(name), Some(text)) => {
                        let path = Path::parse(text).map_err(|error| failed(error.message))?;
                        let value =
                            path::in_template(&path, &roots).map_err(|error| failed(error.why))?;
                        object.insert(name.to_owned(), value.into_owned());
                    }
                    _ => {
                        object.insert(name.clone(), filled(value, input)?);
                    }
                }
            }
            Ok(Value::Object(object))
        }
        Value::Array(items) => items.iter().map(|item| filled(item, input)).collect(),
        Value::String(text) if text.starts_with("{%") => {
            let inner = text.trim_start_matches("{%").trim_end_matches("%}");
            let scope = Scope {
                states: States {
                    input: Some(input),
                    context: Some(&context),
                    ..States::default()
                },
                variables: &|_| None,
                millis: 0,
            };
            let value = Expression::parse(inner)
                .and_then(|expression| expression.evaluate(&scope, &mut Random::new(1)))
                .map_err(|error| failed(error.cause(inner, "Output")))?;
            value.ok_or_else(|| failed("nothing".to_owned()))
        }
        other => Ok(other.clone()),
    }
}

/// Equal, where placeholders of the recording (`<…>`) stand for anything.
fn agrees(expected: &Value, value: &Value) -> bool {
    match (expected, value) {
        (Value::String(text), _) if text.contains('<') || text == "RandomNumberGenerated" => {
            text == "RandomNumberGenerated" && value.is_i64()
                || value.as_str().is_some_and(|value| {
                    let start = text.split('<').next().unwrap_or_default();
                    let end = text.rsplit('>').next().unwrap_or_default();
                    value.starts_with(start) && value.ends_with(end)
                })
        }
        (Value::Array(expected), Value::Array(value)) => {
            expected.len() == value.len()
                && expected
                    .iter()
                    .zip(value)
                    .all(|(expected, value)| agrees(expected, value))
        }
        (Value::Object(expected), Value::Object(value)) => {
            expected.len() == value.len()
                && expected.iter().all(|(name, expected)| {
                    value.get(name).is_some_and(|value| agrees(expected, value))
                })
        }
        _ => expected == value,
    }
}

#[test]
fn recorded_expressions_agree() {
    let topics = [
        "intrinsic_functions",
        "evaluate_jsonata",
        "base",
        "scenarios",
        "outputdecl",
    ];
    let (mut agreeing, mut count) = (0, 0);
    let mut wrong = Vec::new();
    for topic in topics {
        let before = (agreeing, count);
        for (id, template, input, expected) in cases(topic) {
            count += 1;
            match filled(&template, &input) {
                Ok(value) if agrees(&expected, &value) => agreeing += 1,
                result => wrong.push(format!("{id}: {template} {result:?}, recorded {expected}")),
            }
        }
        println!(
            "{topic}: {} of {} agree",
            agreeing - before.0,
            count - before.1
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
