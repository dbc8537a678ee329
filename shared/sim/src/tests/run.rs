use asl::{Definition, Format};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::{Answer, Mocks, Options, Outcome, Status, simulate};

pub(super) fn run(definition: &Value, input: Value, mocks: &mut Mocks) -> Outcome {
    run_with(definition, &Options::new(input), mocks)
}

pub(super) fn run_with(definition: &Value, options: &Options, mocks: &mut Mocks) -> Outcome {
    let text = definition.to_string();
    let definition = Definition::parse(text.as_bytes(), Format::Json);
    simulate(&definition, options, mocks)
}

pub(super) fn returns(output: Value, after_ms: u64) -> Answer {
    Answer::Return { output, after_ms }
}

pub(super) fn throws(error: &str, after_ms: u64) -> Answer {
    Answer::Throw {
        error: Some(error.to_owned()),
        cause: Some("because".to_owned()),
        after_ms,
    }
}

pub(super) fn task(more: &Value) -> Value {
    let mut task =
        json!({"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": {}});
    for (name, value) in more.as_object().unwrap() {
        task[name] = value.clone();
    }
    task
}

/// Type and virtual milliseconds of each event.
fn told(outcome: &Outcome) -> Vec<(&str, u64)> {
    outcome
        .events
        .iter()
        .map(|event| (event.kind, event.at_ms))
        .collect()
}

#[test]
fn retries_wait_and_are_billed() {
    let retry = json!([{"ErrorEquals": ["Busy"], "IntervalSeconds": 2, "BackoffRate": 3, "MaxAttempts": 2}]);
    let definition =
        json!({"StartAt": "A", "States": {"A": task(&json!({"Retry": retry, "End": true}))}});
    let mut mocks = Mocks::default();
    mocks.push("A", throws("Busy", 100));
    mocks.push("A", throws("Busy", 100));
    mocks.push("A", returns(json!({"done": true}), 100));
    let outcome = run(&definition, json!({}), &mut mocks);
    assert_eq!(outcome.status, Status::Succeeded);
    assert_eq!(outcome.output, Some(json!({"done": true})));
    // One state and two retries; 2 s and 6 s between three attempts of 100 ms.
    assert_eq!(
        (outcome.transitions, outcome.retries, outcome.virtual_ms),
        (3, 2, 8_300)
    );
    assert_eq!(
        told(&outcome),
        [
            ("ExecutionStarted", 0),
            ("TaskStateEntered", 0),
            ("TaskScheduled", 0),
            ("TaskStarted", 0),
            ("TaskFailed", 100),
            ("TaskScheduled", 2_100),
            ("TaskStarted", 2_100),
            ("TaskFailed", 2_200),
            ("TaskScheduled", 8_200),
            ("TaskStarted", 8_200),
            ("TaskSucceeded", 8_300),
            ("TaskStateExited", 8_300),
            ("ExecutionSucceeded", 8_300),
        ]
    );
    // Three failures are one too many.
    let mut mocks = Mocks::default();
    mocks.push("A", throws("Busy", 0));
    let outcome = run(&definition, json!({}), &mut mocks);
    assert_eq!(
        (outcome.status, outcome.error.as_deref()),
        (Status::Failed, Some("Busy"))
    );
    assert_eq!((outcome.transitions, outcome.retries), (3, 2));
}

#[test]
fn a_catcher_takes_over() {
    let catch = json!([{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "B"}]);
    let definition = json!({"StartAt": "A", "States": {
        "A": task(&json!({"Catch": catch, "TimeoutSeconds": 5, "Next": "B"})),
        "B": {"Type": "Pass", "End": true}}});
    let mut mocks = Mocks::default();
    mocks.push("A", Answer::Never);
    let outcome = run(&definition, json!({"id": 1}), &mut mocks);
    assert_eq!(
        outcome.output,
        Some(json!({"id": 1, "error": {"Error": "States.Timeout", "Cause": ""}}))
    );
    assert_eq!(outcome.entered().collect::<Vec<_>>(), ["A", "B"]);
    assert_eq!(outcome.virtual_ms, 5_000);
}

#[test]
fn branches_run_side_by_side_and_end_with_the_first_failure() {
    let branch = |name: &str| {
        json!({"StartAt": name, "States": {name: task(&json!({"Next": format!("{name}2")})),
        format!("{name}2"): {"Type": "Pass", "End": true}}})
    };
    let definition = json!({"StartAt": "P", "States": {
        "P": {"Type": "Parallel", "Branches": [branch("Slow"), branch("Fast")], "End": true}}});
    let mut mocks = Mocks::default();
    mocks.push("Slow", returns(json!(1), 3_000));
    mocks.push("Fast", returns(json!(2), 1_000));
    let outcome = run(&definition, json!({}), &mut mocks);
    assert_eq!(
        (outcome.output, outcome.virtual_ms),
        (Some(json!([1, 2])), 3_000)
    );
    let entered: Vec<&str> = outcome
        .events
        .iter()
        .filter_map(|event| event.state.as_deref())
        .collect();
    assert_eq!(
        entered,
        [
            "P", "Slow", "Fast", "Fast", "Fast2", "Fast2", "Slow", "Slow2", "Slow2", "P"
        ]
    );
    let mut mocks = Mocks::default();
    mocks.push("Slow", returns(json!(1), 3_000));
    mocks.push("Fast", throws("Broken", 1_000));
    let outcome = run(&definition, json!({}), &mut mocks);
    assert_eq!(
        (outcome.status, outcome.virtual_ms),
        (Status::Failed, 1_000)
    );
    // What the other branch would have done later did not happen.
    assert_eq!(outcome.entered().collect::<Vec<_>>(), ["P", "Slow", "Fast"]);
}

#[test]
fn children_of_a_distributed_map_are_billed_and_not_in_the_history() {
    let map = |express: &str| {
        json!({"StartAt": "Each", "States": {"Each": {"Type": "Map", "ItemsPath": "$.items", "End": true,
        "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": express},
            "StartAt": "In", "States": {"In": {"Type": "Pass", "Next": "Out"}, "Out": {"Type": "Pass", "End": true}}}}}})
    };
    let items = json!({"items": [1, 2, 3]});
    let standard = run(&map("STANDARD"), items.clone(), &mut Mocks::default());
    // The Map, three starts, two states in each child.
    assert_eq!((standard.transitions, standard.children), (1 + 3 + 6, 3));
    assert_eq!(standard.entered().collect::<Vec<_>>(), ["Each"]);
    let express = run(&map("EXPRESS"), items, &mut Mocks::default());
    assert_eq!(
        (express.transitions, express.output),
        (1 + 3, Some(json!([1, 2, 3])))
    );
}

#[test]
fn a_map_keeps_its_places() {
    let definition = json!({"StartAt": "Each", "States": {"Each": {"Type": "Map", "ItemsPath": "$", "MaxConcurrency": 2, "End": true,
        "ItemProcessor": {"StartAt": "In", "States": {"In": {"Type": "Wait", "Seconds": 10, "End": true}}}}}});
    let outcome = run(&definition, json!([1, 2, 3, 4, 5]), &mut Mocks::default());
    assert_eq!(outcome.virtual_ms, 30_000, "two, two and one");
}

#[test]
fn what_does_not_end_is_stopped() {
    let definition =
        json!({"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": 1, "Next": "A"}}});
    let outcome = run(&definition, json!({}), &mut Mocks::default());
    assert_eq!(outcome.status, Status::Failed);
    assert_eq!(
        outcome.cause.as_deref(),
        Some("The execution reached the maximum number of history events (25000).")
    );
    let timed = json!({"TimeoutSeconds": 100, "StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": 30, "Next": "A"}}});
    let outcome = run(&timed, json!({}), &mut Mocks::default());
    assert_eq!(
        (outcome.status, outcome.virtual_ms),
        (Status::TimedOut, 100_000)
    );
    let unanswered = json!({"StartAt": "A", "States": {"A": task(&json!({"End": true}))}});
    let outcome = run(&unanswered, json!({}), &mut Mocks::default());
    assert_eq!(outcome.status, Status::Stopped);
    assert_eq!(
        outcome.cause.as_deref(),
        Some("nothing says what `A` is answered (arn:aws:states:::lambda:invoke)")
    );
}

#[test]
fn jsonata_assigns_and_gives() {
    let definition = json!({"QueryLanguage": "JSONata", "StartAt": "A", "States": {
        "A": {"Type": "Pass", "Assign": {"n": "{% $states.input.n + 1 %}"}, "Output": {"seen": "{% $states.input.n %}"}, "Next": "B"},
        "B": {"Type": "Choice", "Choices": [{"Condition": "{% $n > 1 %}", "Next": "C"}], "Default": "D"},
        "C": {"Type": "Succeed", "Output": "{% $n %}"},
        "D": {"Type": "Fail"}}});
    let outcome = run(&definition, json!({"n": 1}), &mut Mocks::default());
    assert_eq!((outcome.output, outcome.transitions), (Some(json!(2)), 3));
}

#[test]
fn ids_follow_each_other() {
    let definition = json!({"StartAt": "P", "States": {"P": {"Type": "Parallel", "End": true, "Branches": [
        {"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": 2, "End": true}}},
        {"StartAt": "B", "States": {"B": {"Type": "Wait", "Seconds": 1, "End": true}}}]}}});
    let outcome = run(&definition, json!({}), &mut Mocks::default());
    let ids: Vec<u64> = outcome.events.iter().map(|event| event.id).collect();
    assert_eq!(ids, (1..=ids.len() as u64).collect::<Vec<_>>());
    assert!(outcome.events.iter().all(|event| event.previous < event.id));
}

#[test]
fn a_field_that_names_its_input_too_often_is_refused() {
    let fields: serde_json::Map<String, Value> = (0..3_000)
        .map(|at| (format!("f{at}.$"), json!("$.text")))
        .collect();
    let definition = json!({"StartAt": "A", "States": {"A": {"Type": "Pass", "Parameters": fields, "End": true}}});
    let input = json!({"text": "x".repeat(100_000)});
    let outcome = run(&definition, input, &mut Mocks::default());
    assert_eq!(outcome.error.as_deref(), Some("States.DataLimitExceeded"));
}

/// Any JSON of a few levels.
fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-5_i64..100).prop_map(Value::from),
        "[a-z$.{}% ]{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map("[a-z]{1,2}", inner, 0..3)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever a definition says, it runs to an end and to the same one each time.
    #[test]
    fn nothing_makes_it_fail(
        kind in prop::sample::select(vec!["Pass", "Task", "Choice", "Wait", "Succeed", "Fail", "Parallel", "Map", "No"]),
        fields in prop::collection::btree_map(
            prop::sample::select(vec![
                "InputPath", "OutputPath", "ResultPath", "Parameters", "Result", "ItemsPath", "Items", "Seconds", "Retry", "Catch",
                "Assign", "Output", "Arguments", "Choices", "MaxConcurrency", "ItemSelector", "TimeoutSeconds", "Error", "Next",
                "QueryLanguage", "ItemReader", "ItemBatcher", "ToleratedFailureCount", "Branches", "ResultWriter", "ResultSelector",
                "ToleratedFailurePercentagePath", "HeartbeatSecondsPath", "Cause", "ErrorPath", "Label",
            ]),
            any_value(),
            0..6,
        ),
        input in any_value(),
        distributed in any::<bool>(),
        express in any::<bool>(),
    ) {
        let mut state = json!({"Type": kind, "End": true, "ItemProcessor": {"StartAt": "X", "States": {"X": {"Type": "Pass", "End": true}}}});
        for (name, value) in fields {
            state[name] = value;
        }
        if distributed {
            state["ItemProcessor"]["ProcessorConfig"] = json!({"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"});
        }
        let definition = json!({"StartAt": "A", "States": {"A": state, "B": {"Type": "Succeed"}}});
        let mut mocks = Mocks::default();
        mocks.push("A", returns(json!({}), 10));
        let mut options = Options::new(input);
        options.express = express;
        let once = run_with(&definition, &options, &mut mocks.clone());
        // Every event can be written, and follows one before it.
        prop_assert!(once.events.iter().all(|event| event.to_json(options.start).is_object() && event.previous < event.id));
        prop_assert_eq!(once, run_with(&definition, &options, &mut mocks));
    }
}
