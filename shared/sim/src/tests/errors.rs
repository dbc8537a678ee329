//! Who sees an error, and what it says.

use serde_json::{Value, json};

use super::run::{returns, run, run_with, task, throws};
use crate::{Answer, Mocks, Options, Outcome, Status};

fn fails(error: &str, more: &Value) -> Outcome {
    let definition = json!({"StartAt": "A", "States": {"A": task(more), "Caught": {"Type": "Succeed"}, "Other": {"Type": "Succeed"}}});
    let mut mocks = Mocks::default();
    mocks.push("A", throws(error, 0));
    run(&definition, json!({}), &mut mocks)
}

fn is_caught(by: &str, error: &str) -> bool {
    let catch = json!([{"ErrorEquals": [by], "Next": "Caught"}]);
    let outcome = fails(error, &json!({"Catch": catch, "End": true}));
    outcome.entered().any(|state| state == "Caught")
}

#[test]
fn wildcards_stand_for_what_the_guide_says() {
    for error in [
        "Mine",
        "States.Permissions",
        "States.TaskFailed",
        "States.DataLimitExceeded",
    ] {
        assert!(is_caught("States.TaskFailed", error), "{error}");
        assert!(is_caught("States.ALL", error), "{error}");
    }
    assert!(!is_caught("States.TaskFailed", "States.Timeout"));
    assert!(!is_caught("States.TaskFailed", "States.HeartbeatTimeout"));
    assert!(is_caught("States.Timeout", "States.HeartbeatTimeout"));
    assert!(!is_caught("States.HeartbeatTimeout", "States.Timeout"));
    assert!(!is_caught("States.ALL", "States.Runtime"));
    assert!(!is_caught("Mine", "mine"), "names are case-sensitive");
}

#[test]
fn the_first_catcher_that_matches_takes_over() {
    let catch = json!([{"ErrorEquals": ["No"], "Next": "Caught"}, {"ErrorEquals": ["Mine"], "Next": "Other"},
        {"ErrorEquals": ["States.ALL"], "Next": "Caught"}]);
    let outcome = fails("Mine", &json!({"Catch": catch, "End": true}));
    assert_eq!(outcome.entered().collect::<Vec<_>>(), ["A", "Other"]);
}

/// The example of the Developer Guide.
#[test]
fn retriers_count_for_themselves() {
    let retry = json!([{"ErrorEquals": ["A", "B"], "IntervalSeconds": 1, "BackoffRate": 2.0, "MaxAttempts": 2},
        {"ErrorEquals": ["C"], "IntervalSeconds": 5}]);
    let catch = json!([{"ErrorEquals": ["States.ALL"], "Next": "Caught"}]);
    let definition = json!({"StartAt": "X", "States": {
        "X": task(&json!({"Retry": retry, "Catch": catch, "End": true})), "Caught": {"Type": "Succeed"}}});
    let mut mocks = Mocks::default();
    for error in ["A", "B", "C", "B"] {
        mocks.push("X", throws(error, 0));
    }
    let outcome = run(&definition, json!({}), &mut mocks);
    assert_eq!(outcome.entered().collect::<Vec<_>>(), ["X", "Caught"]);
    assert_eq!(
        (outcome.retries, outcome.virtual_ms),
        (3, 1_000 + 2_000 + 5_000)
    );
}

#[test]
fn delays_are_capped_and_jitter_is_drawn_by_the_seed() {
    let definition = |more: &Value| {
        let mut retry = json!({"ErrorEquals": ["States.ALL"], "IntervalSeconds": 10, "BackoffRate": 10, "MaxAttempts": 3, "MaxDelaySeconds": 50});
        for (name, value) in more.as_object().unwrap() {
            retry[name] = value.clone();
        }
        json!({"StartAt": "A", "States": {"A": task(&json!({"Retry": [retry], "End": true}))}})
    };
    let waited = |definition: &Value, seed: u64| {
        let mut mocks = Mocks::default();
        mocks.push("A", throws("Mine", 0));
        let mut options = Options::new(json!({}));
        options.seed = seed;
        run_with(definition, &options, &mut mocks).virtual_ms
    };
    assert_eq!(waited(&definition(&json!({})), 1), 10_000 + 50_000 + 50_000);
    let full = definition(&json!({"JitterStrategy": "FULL"}));
    let drawn: Vec<u64> = (0..20).map(|seed| waited(&full, seed)).collect();
    assert!(drawn.iter().all(|ms| *ms <= 110_000));
    assert!(drawn.iter().any(|ms| *ms != drawn[0]));
    assert_eq!(drawn[3], waited(&full, 3));
}

/// Measured on AWS by floci, and not the `States.NoChoiceMatched` of the Developer Guide.
#[test]
fn a_choice_without_a_way_out_is_a_runtime_error() {
    let choice = json!({"Type": "Choice", "Choices": [{"Variable": "$.a", "NumericEquals": 1, "Next": "Pick"}]});
    let plain = json!({"StartAt": "Pick", "States": {"Pick": choice}});
    let outcome = run(&plain, json!({"a": 2}), &mut Mocks::default());
    assert_eq!(outcome.error.as_deref(), Some("States.Runtime"));
    assert_eq!(
        outcome.cause.as_deref(),
        Some(
            "An error occurred while executing the state 'Pick' (entered at the event id #2). Failed to transition out of the state. The state does not point to a next state."
        )
    );
    let around = json!({"StartAt": "P", "States": {"End": {"Type": "Succeed"}, "P": {"Type": "Parallel", "Next": "End",
        "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "End"}], "Branches": [plain]}}});
    let outcome = run(&around, json!({"a": 2}), &mut Mocks::default());
    assert_eq!(outcome.status, Status::Failed);
    // Nothing tells of the Parallel.
    let kinds: Vec<&str> = outcome
        .events
        .iter()
        .rev()
        .take(2)
        .map(|event| event.kind)
        .collect();
    assert_eq!(kinds, ["ExecutionFailed", "ChoiceStateEntered"]);
}

#[test]
fn a_fail_takes_its_words_from_its_input() {
    let fail = |more: &Value, input: Value| {
        let mut state = json!({"Type": "Fail"});
        for (name, value) in more.as_object().unwrap() {
            state[name] = value.clone();
        }
        run(
            &json!({"StartAt": "Boom", "States": {"Boom": state}}),
            input,
            &mut Mocks::default(),
        )
    };
    let told = |outcome: &Outcome| {
        (
            outcome.error.clone().unwrap(),
            outcome.cause.clone().unwrap(),
        )
    };
    let outcome = fail(
        &json!({"ErrorPath": "$.e", "CausePath": "States.Format('{} broke', $.what)"}),
        json!({"e": "Mine", "what": "it"}),
    );
    assert_eq!(told(&outcome), ("Mine".to_owned(), "it broke".to_owned()));
    let outcome = fail(&json!({"ErrorPath": "$.nope"}), json!({"other": 1}));
    assert_eq!(outcome.error.as_deref(), Some("States.Runtime"));
    assert_eq!(
        outcome.cause.as_deref(),
        Some(
            "An error occurred while executing the state 'Boom' (entered at the event id #2). The JSONPath '$.nope' specified for the field 'ErrorPath' could not be found in the input '{\"other\":1}'"
        )
    );
    let outcome = fail(&json!({"ErrorPath": "$.e"}), json!({"e": 404}));
    assert_eq!(outcome.error.as_deref(), Some("States.Runtime"));
}

/// Measured on AWS by floci (its issue 2868).
#[test]
fn a_path_of_a_template_that_leads_nowhere_names_field_and_input() {
    let definition = json!({"StartAt": "Fast", "States": {"Fast": {"Type": "Pass", "Parameters": {"m.$": "$.nope"}, "End": true}}});
    let outcome = run(&definition, json!({"x": "a"}), &mut Mocks::default());
    assert_eq!(
        outcome.cause.as_deref(),
        Some(
            "An error occurred while executing the state 'Fast' (entered at the event id #2). The JSONPath '$.nope' specified for the field 'm.$' could not be found in the input '{\"x\":\"a\"}'"
        )
    );
}

#[test]
fn timeouts_may_be_paths_and_expressions() {
    let never = |more: &Value, input: Value| {
        let definition = json!({"StartAt": "A", "States": {"A": task(more)}});
        let mut mocks = Mocks::default();
        mocks.push("A", Answer::Never);
        let outcome = run(&definition, input, &mut mocks);
        (outcome.error.unwrap(), outcome.virtual_ms)
    };
    let timeout = "States.Timeout".to_owned();
    let by_path = json!({"TimeoutSecondsPath": "$.t", "HeartbeatSecondsPath": "$.h", "End": true});
    assert_eq!(
        never(&by_path, json!({"t": 30, "h": 7})),
        (timeout.clone(), 7_000)
    );
    let by_query = json!({"QueryLanguage": "JSONata", "Arguments": {}, "TimeoutSeconds": "{% $states.input.t * 2 %}", "End": true});
    assert_eq!(never(&by_query, json!({"t": 4})), (timeout, 8_000));
    let wrong = never(&by_path, json!({"t": "soon", "h": 7}));
    assert_eq!(wrong.0, "States.Runtime");
}

#[test]
fn variables_are_assigned_together_and_stay_in_their_scope() {
    let definition = json!({"QueryLanguage": "JSONata", "StartAt": "Set", "States": {
        "Set": {"Type": "Pass", "Assign": {"a": 1, "b": 2}, "Next": "Swap"},
        "Swap": {"Type": "Pass", "Assign": {"a": "{% $b %}", "b": "{% $a %}"}, "Output": "{% [$a, $b] %}", "Next": "P"},
        "P": {"Type": "Parallel", "Branches": [{"StartAt": "In", "States": {
            "In": {"Type": "Pass", "Assign": {"inner": "{% $a + 10 %}"}, "Next": "Out"},
            "Out": {"Type": "Pass", "Output": "{% $inner %}", "End": true}}}], "Assign": {"c": "{% $states.result[0] %}"},
            "Output": "{% {'before': $states.input, 'result': $states.result} %}", "Next": "Last"},
        "Last": {"Type": "Pass", "Output": {"a": "{% $a %}", "b": "{% $b %}", "c": "{% $c %}", "gone": "{% $exists($inner) %}", "seen": "{% $states.input.before %}"}, "End": true}}});
    let outcome = run(&definition, json!({}), &mut Mocks::default());
    assert_eq!(
        outcome.output,
        Some(json!({"a": 2, "b": 1, "c": 12, "gone": false, "seen": [1, 2]}))
    );
}

/// Measured on AWS by floci (its pull request 2783).
#[test]
fn a_division_by_zero_is_text_and_calculating_on_with_it_is_an_error() {
    let machine = |output: Value| json!({"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": {"Type": "Pass", "Output": output, "End": true}}});
    let definition = machine(json!([
        "{% 1/0 %}",
        "{% -1/0 %}",
        "{% [1/0] %}",
        "{% {'k': 1/0} %}"
    ]));
    let outcome = run(&definition, json!({}), &mut Mocks::default());
    assert_eq!(
        outcome.output,
        Some(json!(["Infinity", "-Infinity", ["Infinity"], {"k": "Infinity"}]))
    );
    let outcome = run(
        &machine(json!("{% 1/0 + 1 %}")),
        json!({}),
        &mut Mocks::default(),
    );
    assert_eq!(
        outcome.error.as_deref(),
        Some("States.QueryEvaluationError")
    );
}

#[test]
fn what_a_nested_execution_gives_is_what_it_was_answered() {
    let resource = "arn:aws:states:::states:startExecution.sync:2";
    let definition = json!({"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": resource, "Parameters": {"StateMachineArn": "m"},
        "ResultSelector": {"got.$": "$.Output.n"}, "End": true}}});
    let mut mocks = Mocks::default();
    mocks.push(
        "A",
        returns(json!({"Output": {"n": 1}, "Status": "SUCCEEDED"}), 0),
    );
    let outcome = run(&definition, json!({}), &mut mocks);
    assert_eq!(outcome.output, Some(json!({"got": 1})));
    let submitted = outcome
        .events
        .iter()
        .find(|event| event.kind == "TaskSubmitted");
    let told = submitted.unwrap().to_json(Options::new(Value::Null).start);
    let details = &told["taskSubmittedEventDetails"];
    assert_eq!(
        (&details["resourceType"], &details["resource"]),
        (&json!("states"), &json!("startExecution.sync:2"))
    );
}

/// Measured on AWS by floci (its pull request 2689).
#[test]
fn what_rules_and_catchers_evaluate_is_named_under_their_place() {
    let location = |outcome: &Outcome| {
        let event = outcome
            .events
            .iter()
            .find(|event| event.kind == "EvaluationFailed");
        let told = event.unwrap().to_json(Options::new(Value::Null).start);
        told["evaluationFailedEventDetails"]["location"].clone()
    };
    let choice = json!({"QueryLanguage": "JSONata", "StartAt": "A", "States": {"End": {"Type": "Succeed"}, "A": {"Type": "Choice", "Choices": [
        {"Condition": "{% false %}", "Next": "End"},
        {"Condition": "{% true %}", "Output": {"v": "{% $states.input.no %}"}, "Next": "End"}]}}});
    let outcome = run(&choice, json!({}), &mut Mocks::default());
    assert_eq!(location(&outcome), "Choices[1]/Output/v");
    let catch =
        json!([{"ErrorEquals": ["States.ALL"], "Output": {"v": "{% $no %}"}, "Next": "End"}]);
    let more = json!({"QueryLanguage": "JSONata", "Arguments": {}, "Catch": catch, "End": true});
    let definition =
        json!({"StartAt": "A", "States": {"A": task(&more), "End": {"Type": "Succeed"}}});
    let mut mocks = Mocks::default();
    mocks.push("A", throws("Mine", 0));
    let outcome = run(&definition, json!({}), &mut mocks);
    assert_eq!(location(&outcome), "Catch[0]/Output/v");
    assert_eq!(
        outcome.error.as_deref(),
        Some("States.QueryEvaluationError")
    );
    assert!(outcome.cause.unwrap().starts_with(
        "An error occurred while executing the state 'A' (entered at the event id #2). "
    ));
}

/// Measured on AWS by floci (its issue 2733): the error stands in the last event.
#[test]
fn a_machine_that_takes_too_long_has_no_cause() {
    let definition = json!({"TimeoutSeconds": 3, "StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 25, "End": true}}});
    let outcome = run(&definition, json!({}), &mut Mocks::default());
    assert_eq!(
        (outcome.status, outcome.virtual_ms, outcome.cause),
        (Status::TimedOut, 3_000, None)
    );
    let last = outcome
        .events
        .last()
        .unwrap()
        .to_json(Options::new(Value::Null).start);
    assert_eq!(
        last["executionTimedOutEventDetails"],
        json!({"error": "States.Timeout"})
    );
}

#[test]
fn what_a_failure_cuts_off_is_not_billed() {
    let branch = |name: &str| {
        json!({"StartAt": name, "States": {name: task(&json!({"End": true,
        "Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 5}]}))}})
    };
    let definition = json!({"StartAt": "P", "States": {"P": {"Type": "Parallel", "End": true,
        "Branches": [branch("B"), branch("C")]}}});
    let mut mocks = Mocks::default();
    mocks.push("B", throws("Busy", 2_001));
    mocks.push("C", throws("Broken", 0));
    let outcome = run(&definition, json!({}), &mut mocks);
    assert_eq!(outcome.error.as_deref(), Some("Broken"));
    assert_eq!((outcome.retries, outcome.transitions), (0, 3));
}
