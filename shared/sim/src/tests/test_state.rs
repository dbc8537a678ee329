//! What the `TestState` API gave on AWS for one state, and `StartSyncExecution` for Express workflows.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::{Map, Value, json};

use super::recorded::{Case, like, run, shared};
use super::run::run_with;
use crate::{Answer, Mocks, Options, Outcome};

/// Cases that are not as they were recorded, with the reason.
const OTHERWISE: [(&str, &str); 9] = [
    (
        "test_sfn_start_execution_success__",
        "the recording names the execution in another way than the mock",
    ),
    (
        "test_map_state_failure_count_DEBUG-BASE_MAP_STATE___exceeds_",
        NOT_COUNTED,
    ),
    (
        "test_map_state_failure_count_INFO-BASE_MAP_STATE___exceeds_",
        NOT_COUNTED,
    ),
    (
        "test_map_state_failure_count_TRACE-BASE_MAP_STATE___exceeds_",
        NOT_COUNTED,
    ),
    (
        "test_state_configuration_map_iteration_failure_count_with_state_error_",
        OF_THE_MAP,
    ),
    (
        "test_state_machine_configuration_item_reader_with_error_",
        OF_THE_MAP,
    ),
    ("test_state_context_object_edge_cases_EMPTY_", GIVEN),
    ("test_state_task_context_object_ALL__", GIVEN),
    ("test_state_wait_task_context_object__", GIVEN),
];

const NOT_COUNTED: &str = "the API counts no failures where the Map does not say how many it tolerates; an execution fails with the first";
const OF_THE_MAP: &str =
    "the mock is the failure of the Map Run as a whole, and not of an iteration";
const GIVEN: &str = "the request gives a context object of its own";

fn files(folder: &str) -> Vec<(String, Value)> {
    let Some(folder) = shared(folder) else {
        return Vec::new();
    };
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let read = files.into_iter().map(|path| {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        (name, serde_json::from_str(&text).unwrap())
    });
    read.collect()
}

/// The state that is tested, with its name.
fn tested(case: &Value) -> (String, Value) {
    let definition = &case["definition"];
    match definition["States"].as_object() {
        None => ("StateName".to_owned(), definition.clone()),
        Some(states) => {
            let name = case["args"]["stateName"].as_str().unwrap_or_default();
            let mut state = states[name].clone();
            if let (Some(language), None) =
                (definition.get("QueryLanguage"), state.get("QueryLanguage"))
            {
                state["QueryLanguage"] = language.clone();
            }
            (name.to_owned(), state)
        }
    }
}

/// What a mock says: one answer for all calls.
fn answer(mock: &Value) -> Option<Answer> {
    let parsed = |text: &Value| {
        let text = text.as_str()?;
        serde_json::from_str::<Value>(text).ok()
    };
    if let Some(output) = parsed(&mock["result"]) {
        return Some(Answer::Return {
            output,
            after_ms: 0,
        });
    }
    let error = mock.get("errorOutput")?;
    let text = |name: &str| error[name].as_str().map(str::to_owned);
    Some(Answer::Throw {
        error: text("error"),
        cause: text("cause"),
        after_ms: 0,
    })
}

/// A scope of one Task of that name.
fn mocked(name: &str) -> Value {
    json!({"StartAt": name, "States": {name: {"Type": "Task", "QueryLanguage": "JSONPath", "Resource": "arn:aws:states:::lambda:invoke", "End": true}}})
}

/// The state with what the mocks of the case stand for inside of it, and what is answered.
fn prepared(case: &Value) -> (String, Value, Mocks) {
    let (name, mut state) = tested(case);
    let arguments = &case["args"];
    let mut mocks = Mocks::default();
    let given = answer(&arguments["mock"]);
    let configuration = &arguments["stateConfiguration"];
    let failures = configuration["mapIterationFailureCount"]
        .as_u64()
        .unwrap_or_default();
    let results = match &given {
        Some(Answer::Return { output, .. }) => output.as_array().cloned(),
        _ => None,
    };
    match state["Type"].as_str() {
        Some("Parallel") => {
            let many = state["Branches"]
                .as_array()
                .map(Vec::len)
                .unwrap_or_default();
            let names: Vec<String> = (0..many).map(|at| format!("Branch {at}")).collect();
            state["Branches"] = names.iter().map(|name| mocked(name)).collect();
            for (name, output) in names.iter().zip(results.unwrap_or_default()) {
                mocks.push(
                    name,
                    Answer::Return {
                        output,
                        after_ms: 0,
                    },
                );
            }
        }
        Some("Map") => {
            let part = if state.get("Iterator").is_some() {
                "Iterator"
            } else {
                "ItemProcessor"
            };
            let mut processor = mocked("Iteration");
            processor["ProcessorConfig"] = state[part]["ProcessorConfig"].clone();
            if processor["ProcessorConfig"].is_null() {
                processor.as_object_mut().unwrap().remove("ProcessorConfig");
            }
            state[part] = processor;
            let failing = configuration["errorCausedByState"].is_string();
            let error = match &given {
                Some(thrown @ Answer::Throw { .. }) => thrown.clone(),
                _ => Answer::Throw {
                    error: Some("Failed".to_owned()),
                    cause: None,
                    after_ms: 0,
                },
            };
            if failing && failures == 0 {
                mocks.push("Iteration", error);
            } else {
                for (at, output) in results.unwrap_or_default().into_iter().enumerate() {
                    mocks.push(
                        "Iteration",
                        if (at as u64) < failures {
                            error.clone()
                        } else {
                            Answer::Return {
                                output,
                                after_ms: 0,
                            }
                        },
                    );
                }
                mocks.push("Iteration", error);
            }
            if let Some(items) = configuration["mapItemReaderData"].as_str() {
                mocks.push(
                    &name,
                    Answer::Return {
                        output: items.into(),
                        after_ms: 0,
                    },
                );
            }
        }
        _ => {
            if let Some(given) = given {
                mocks.push(&name, given);
            } else if state["Type"] == "Task" {
                // The function gave what the state gives.
                mocks.push(
                    &name,
                    Answer::Return {
                        output: read(&case["response"]["output"]),
                        after_ms: 0,
                    },
                );
            }
        }
    }
    (name, state, mocks)
}

/// Makes a machine in which the state runs alone, with the mocks of the case.
fn machine(case: &Value) -> (Value, Options, Mocks) {
    let (name, state, mocks) = prepared(case);
    let mut states = Map::new();
    let mut targets = Vec::new();
    next_of(&state, &mut targets);
    for target in targets.into_iter().filter(|target| *target != name) {
        states.insert(target, json!({"Type": "Succeed"}));
    }
    states.insert(name.clone(), state);
    let input = match &case["input"] {
        Value::Null => json!({}),
        input => input.clone(),
    };
    let context = case["args"]["context"].as_str();
    let Some(context) = context.and_then(|text| serde_json::from_str::<Value>(text).ok()) else {
        let options = Options::new(input);
        return (json!({"StartAt": name, "States": states}), options, mocks);
    };
    let given = json!({"Type": "Pass", "Result": input, "Next": name});
    states.insert("Given".to_owned(), given);
    (
        json!({"StartAt": "Given", "States": states}),
        Options::new(context["Execution"]["Input"].clone()),
        mocks,
    )
}

fn next_of(node: &Value, targets: &mut Vec<String>) {
    match node {
        Value::Object(members) => {
            for (name, value) in members {
                match (name.as_str(), value) {
                    ("Next" | "Default", Value::String(target)) => targets.push(target.clone()),
                    ("Branches" | "ItemProcessor" | "Iterator", _) => {}
                    _ => next_of(value, targets),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| next_of(item, targets)),
        _ => {}
    }
}

/// A value that may be written as text.
fn read(value: &Value) -> Value {
    match value.as_str() {
        None => value.clone(),
        Some(text) => serde_json::from_str(text).unwrap_or_else(|_| value.clone()),
    }
}

/// What differs, in words.
fn difference(case: &Value, outcome: &Outcome) -> Option<String> {
    let (name, _) = tested(case);
    let response = &case["response"];
    let status = response["status"].as_str().unwrap_or_default();
    let failure = outcome
        .events
        .iter()
        .rev()
        .find_map(|event| event.error.as_deref());
    let exit = outcome
        .events
        .iter()
        .find(|event| event.kind.ends_with("StateExited") && event.state.as_deref() == Some(&name));
    let mut after = outcome.entered().skip_while(|entered| *entered != name);
    let goes_on = after.nth(1).filter(|next| *next != "Iteration");
    let ours = match (&outcome.error, goes_on) {
        _ if outcome.retries > 0 && status == "RETRIABLE" => "RETRIABLE",
        (Some(_), _) => "FAILED",
        (None, Some(_)) if failure.is_some() => "CAUGHT_ERROR",
        (None, _) => "SUCCEEDED",
    };
    if ours != status {
        return Some(format!(
            "{ours} instead of {status}: {:?} {:?}",
            outcome.error, outcome.cause
        ));
    }
    if let Some(next) = response["nextState"].as_str()
        && goes_on != Some(next)
    {
        return Some(format!("goes on to {goes_on:?} instead of {next}"));
    }
    let error = outcome.error.as_deref().or(failure);
    if let Some(expected) = response["error"].as_str()
        && error != Some(expected)
    {
        return Some(format!("{error:?} instead of {expected}"));
    }
    if let Some(expected) = response["cause"].as_str() {
        let causes = || {
            outcome
                .events
                .iter()
                .filter_map(|event| event.cause.as_deref())
        };
        if !causes().any(|cause| cause == expected) && outcome.cause.as_deref() != Some(expected) {
            return Some(format!(
                "{:?} instead of {expected}",
                causes().collect::<Vec<_>>()
            ));
        }
    }
    let output = read(&response["output"]);
    if !output.is_null() && status != "RETRIABLE" {
        let ours: Option<Value> = exit
            .and_then(|event| event.payload.as_deref())
            .and_then(|text| serde_json::from_str(text).ok());
        if !ours
            .as_ref()
            .is_some_and(|ours| like_account(&output, &with_express_context(ours.clone())))
        {
            return Some(format!("output {ours:?} instead of {output}"));
        }
    }
    let inside = &response["inspectionData"];
    let called = outcome
        .events
        .iter()
        .find(|event| event.kind == "TaskScheduled");
    if case["definition"]["Type"] == "Task"
        && let Some(called) = called.and_then(|event| event.payload.as_deref())
    {
        for member in ["afterArguments", "afterParameters"] {
            let expected = &inside[member];
            let ours: Value = serde_json::from_str(called).unwrap();
            if !expected.is_null() && !like(expected, &ours) {
                return Some(format!("{member} {ours} instead of {expected}"));
            }
        }
    }
    None
}

#[test]
fn states_go_as_they_were_tested() {
    let (mut equal, mut refused, mut other, mut wrong) = (0, 0, 0, Vec::new());
    for (name, case) in files("oracle/test_state") {
        // Mocks that AWS refuses are no matter of how a state runs.
        if case["response"].get("status").is_none() {
            refused += 1;
            continue;
        }
        let (definition, options, mut mocks) = machine(&case);
        let outcome = run_with(&definition, &options, &mut mocks);
        let listed = OTHERWISE.iter().any(|(start, _)| name.starts_with(start));
        match difference(&case, &outcome) {
            None if listed => panic!("{name} goes as it was recorded now: take it from the list"),
            None => equal += 1,
            Some(_) if listed => other += 1,
            Some(told) => wrong.push(format!("{name}: {told:.400}")),
        }
    }
    if equal + refused == 0 {
        return;
    }
    println!(
        "{equal} of {} tested states go the same way, {other} are otherwise for a reason; {refused} requests were refused",
        equal + other + wrong.len()
    );
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn express_workflows_go_as_they_were_recorded() {
    let (mut equal, mut wrong) = (0, Vec::new());
    for (name, file) in files("oracle/express_sync") {
        let output = &file["output"];
        // What each call was answered is in the output: what was caught.
        let mut answers = BTreeMap::new();
        if let Some(error) = output["Error"].as_str() {
            let states = file["definition"]["States"].as_object().unwrap();
            for state in states.keys() {
                answers.insert(
                    state.clone(),
                    vec![json!({"error": error, "cause": output["Cause"]})],
                );
            }
        }
        let case = Case {
            id: name.clone(),
            name: name.clone(),
            definition: file["definition"].clone(),
            input: file["input"].clone(),
            express: true,
            mocks: answers,
            expected: file.clone(),
            ordered: true,
            event_counts: BTreeMap::new(),
        };
        let outcome = run(&case);
        let same = outcome.status.as_str() == file["status"].as_str().unwrap()
            && outcome
                .output
                .as_ref()
                .is_some_and(|ours| like_account(output, ours));
        if same {
            equal += 1;
        } else {
            wrong.push(format!("{name}: {outcome:.600?}"));
        }
    }
    println!(
        "{equal} of {} Express workflows go the same way",
        equal + wrong.len()
    );
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// With the account of the recordings.
fn like_account(recorded: &Value, ours: &Value) -> bool {
    let ours = ours.to_string().replace("123456789012", "111111111111");
    like(recorded, &serde_json::from_str(&ours).unwrap())
}

/// With the context object of an Express workflow: the API gives that one to every state.
fn with_express_context(mut output: Value) -> Value {
    if let Some(execution) = output.pointer_mut("/context/Execution") {
        execution.as_object_mut().unwrap().remove("RedriveCount");
        let id = execution["Id"].as_str().unwrap();
        execution["Id"] = id.replace(":execution:", ":express:").into();
    }
    output
}
