//! Recorded executions, through public functions.

use std::collections::{BTreeMap, VecDeque};

use asl::{Definition, Format};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::{Answer, Call, Mocks, Options, Outcome, Replay, ReplayError, Tasks, simulate};

fn parse(definition: &Value) -> Definition {
    Definition::parse(definition.to_string().as_bytes(), Format::Json)
}

/// Two lines of an order are charged side by side; the second one is answered first, and the first one only when tried again.
fn orders() -> Value {
    let retry = json!([{"ErrorEquals": ["Busy"], "IntervalSeconds": 1, "MaxAttempts": 1}]);
    json!({"StartAt": "Each", "States": {
        "Each": {"Type": "Map", "ItemsPath": "$.lines", "Next": "Ship", "ItemProcessor": {"StartAt": "Charge", "States": {
            "Charge": {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:111122223333:function:charge", "Retry": retry, "End": true}
        }}},
        "Ship": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "End": true,
            "Parameters": {"QueueUrl": "q", "MessageBody.$": "$[0]"}}
    }})
}

fn history() -> Value {
    let at = |second: u32| format!("2026-11-22T10:00:{second:02}.250000+00:00");
    let entered = |id: u64, previous: u64, second, kind: &str, name: &str| {
        json!({"id": id, "previousEventId": previous, "timestamp": at(second), "type": kind,
            "stateEnteredEventDetails": {"name": name, "input": "{}", "inputDetails": {"truncated": false}}})
    };
    let event = |id: u64, previous: u64, second, kind: &str, details: (&str, Value)| {
        let mut event =
            json!({"id": id, "previousEventId": previous, "timestamp": at(second), "type": kind});
        event[details.0] = details.1;
        event
    };
    let none = || {
        (
            "stateExitedEventDetails",
            json!({"name": "x", "output": "{}"}),
        )
    };
    let scheduled = |input: &str| {
        let input = json!({"resource": "arn:aws:lambda:us-east-1:111122223333:function:charge", "input": input});
        ("lambdaFunctionScheduledEventDetails", input)
    };
    let succeeded = |output: &str| {
        (
            "lambdaFunctionSucceededEventDetails",
            json!({"output": output}),
        )
    };
    json!({"events": [
        event(1, 0, 0, "ExecutionStarted", ("executionStartedEventDetails", json!({"input": r#"{"lines": [{"n": 1}, {"n": 2}]}"#}))),
        entered(2, 0, 0, "MapStateEntered", "Each"),
        event(3, 2, 0, "MapStateStarted", ("mapStateStartedEventDetails", json!({"length": 2}))),
        event(4, 3, 0, "MapIterationStarted", ("mapIterationStartedEventDetails", json!({"name": "Each", "index": 0}))),
        entered(5, 4, 0, "TaskStateEntered", "Charge"),
        event(6, 3, 0, "MapIterationStarted", ("mapIterationStartedEventDetails", json!({"name": "Each", "index": 1}))),
        entered(7, 6, 0, "TaskStateEntered", "Charge"),
        event(8, 7, 0, "LambdaFunctionScheduled", scheduled(r#"{"n": 2}"#)),
        event(9, 5, 0, "LambdaFunctionScheduled", scheduled(r#"{"n": 1}"#)),
        event(10, 8, 1, "LambdaFunctionSucceeded", succeeded(r#""second""#)),
        event(11, 9, 2, "LambdaFunctionFailed", ("lambdaFunctionFailedEventDetails", json!({"error": "Busy", "cause": "later"}))),
        event(12, 10, 2, "TaskStateExited", none()),
        event(13, 11, 3, "LambdaFunctionScheduled", scheduled(r#"{"n": 1}"#)),
        event(14, 13, 7, "LambdaFunctionSucceeded", succeeded(r#""first""#)),
        event(15, 14, 7, "TaskStateExited", none()),
        event(16, 15, 7, "MapStateSucceeded", none()),
        event(17, 16, 7, "MapStateExited", none()),
        entered(18, 17, 7, "TaskStateEntered", "Ship"),
        event(19, 18, 7, "TaskScheduled", ("taskScheduledEventDetails",
            json!({"resourceType": "sqs", "resource": "sendMessage", "parameters": r#"{"QueueUrl": "q", "MessageBody": "first"}"#}))),
        event(20, 19, 8, "TaskSucceeded", ("taskSucceededEventDetails", json!({"output": r#"{"MessageId": "m"}"#}))),
        event(21, 20, 8, "TaskStateExited", none()),
        event(22, 21, 8, "ExecutionSucceeded", ("executionSucceededEventDetails", json!({"output": r#"{"MessageId": "m"}"#})))
    ]})
}

fn run(definition: &Definition, replay: &mut Replay) -> Outcome {
    simulate(definition, &replay.options(), replay)
}

#[test]
fn a_recorded_execution_runs_again() {
    let definition = parse(&orders());
    let mut replay = Replay::of(&history()).unwrap();
    assert_eq!(replay.start(), "2026-11-22T10:00:00.250Z".parse().unwrap());
    assert_eq!(
        (replay.input()["lines"][1]["n"].as_u64(), replay.status()),
        (Some(2), Some("SUCCEEDED"))
    );
    let outcome = run(&definition, &mut replay);
    assert_eq!(outcome.output, Some(json!({"MessageId": "m"})));
    // 2 s, 1 s between the attempts, 4 s, 1 s.
    assert_eq!((outcome.virtual_ms, outcome.retries), (8_000, 1));
    assert_eq!(replay.departure(&definition, &outcome), None);
    assert_eq!(replay.notes(), Vec::<String>::new());
}

#[test]
fn pages_and_lists_of_events_are_read() {
    let whole = history();
    let events = whole["events"].as_array().unwrap();
    let mut backwards = events.clone();
    backwards.reverse();
    let pages = json!([{"events": events[..9], "nextToken": "t"}, {"events": events[9..]}]);
    for history in [pages, json!(backwards), json!({"events": backwards})] {
        let mut replay = Replay::of(&history).unwrap();
        let outcome = run(&parse(&orders()), &mut replay);
        assert_eq!(outcome.output, Some(json!({"MessageId": "m"})));
    }
}

/// A message about a history that was changed.
fn refused(change: impl FnOnce(&mut Value)) -> String {
    let mut history = history();
    change(&mut history);
    Replay::of(&history).unwrap_err().to_string()
}

#[test]
fn what_a_history_lacks_is_said() {
    let remove = |it: &mut Value, at: usize| it["events"].as_array_mut().unwrap().remove(at);
    assert_eq!(
        refused(|it| drop(remove(it, 4))),
        "the history is not whole: event 5 is missing; get all pages of it"
    );
    assert_eq!(
        refused(|it| {
            it["events"].as_array_mut().unwrap().truncate(9);
            it["nextToken"] = json!("t");
        }),
        "the history is not whole: there is a `nextToken` after event 9; get all pages of it"
    );
    assert_eq!(
        refused(|it| drop(it["events"][9]["lambdaFunctionSucceededEventDetails"].take())),
        "event 10 has no input or output: get the history with execution data (`--include-execution-data`)"
    );
    assert_eq!(
        refused(|it| it["events"][7]["previousEventId"] = json!(99)),
        "the history cannot be read: event 10: no state leads to it"
    );
    for other in [
        json!({}),
        json!(null),
        json!([{"executionArn": "a"}]),
        json!({"events": 1}),
    ] {
        assert!(
            matches!(Replay::of(&other), Err(ReplayError::Unreadable(_))),
            "{other}"
        );
    }
    assert!(matches!(
        Replay::of(&json!([])),
        Err(ReplayError::NotWhole(_))
    ));
}

#[test]
fn the_first_departure_is_told() {
    let mut changed = orders();
    changed["States"]["Each"]["Next"] = json!("Wrap");
    changed["States"]["Wrap"] = json!({"Type": "Pass", "Next": "Ship"});
    let definition = parse(&changed);
    let mut replay = Replay::of(&history()).unwrap();
    let outcome = run(&definition, &mut replay);
    let departure = replay.departure(&definition, &outcome).unwrap();
    assert_eq!(
        (departure.event, departure.message.as_str()),
        (Some(18), "`Wrap` is entered, where `Ship` was")
    );
    let mut changed = orders();
    changed["States"]["Ship"]["Parameters"]["QueueUrl"] = json!("other");
    changed["States"]["Ship"]["ResultSelector"] = json!({});
    let definition = parse(&changed);
    let mut replay = Replay::of(&history()).unwrap();
    let outcome = run(&definition, &mut replay);
    let departure = replay.departure(&definition, &outcome).unwrap();
    assert_eq!(departure.message, "the output is another one");
    assert_eq!(
        replay.notes(),
        [
            "`Ship` is called with another input than was recorded (event 19), and answered as it was then"
        ]
    );
    let mut changed = orders();
    changed["States"]["Each"]["ItemProcessor"]["States"]["Charge"]["Retry"] = json!([]);
    let definition = parse(&changed);
    let mut replay = Replay::of(&history()).unwrap();
    let outcome = run(&definition, &mut replay);
    let departure = replay.departure(&definition, &outcome).unwrap();
    assert_eq!(departure.message, "the execution ends before `Ship`");
    assert!(
        replay
            .notes()
            .contains(&"1 of 1 recorded attempts of `Ship` were not used".to_owned())
    );
}

#[test]
fn a_running_execution_is_replayed_as_far_as_it_came() {
    let mut history = history();
    history["events"].as_array_mut().unwrap().truncate(19);
    let definition = parse(&orders());
    let mut replay = Replay::of(&history).unwrap();
    let outcome = run(&definition, &mut replay);
    assert_eq!(replay.status(), None);
    assert_eq!(replay.departure(&definition, &outcome), None);
    assert_eq!(replay.notes().len(), 1);
}

/// Keeps what was called and answered.
struct Recorder<'m> {
    mocks: &'m mut Mocks,
    calls: BTreeMap<String, VecDeque<(Value, Answer)>>,
}

impl Tasks for Recorder<'_> {
    fn answer(&mut self, call: &Call<'_>) -> Answer {
        let answer = self.mocks.answer(call);
        let calls = self.calls.entry(call.state.to_owned()).or_default();
        calls.push_back((call.input.clone(), answer.clone()));
        answer
    }
}

/// The history of an outcome as the API gives it. No Task may run beside itself.
fn written(outcome: &Outcome, mut calls: BTreeMap<String, VecDeque<(Value, Answer)>>) -> Value {
    let start = Timestamp::UNIX_EPOCH;
    let mut states: BTreeMap<u64, String> = BTreeMap::new();
    let mut running: BTreeMap<String, Answer> = BTreeMap::new();
    let events = outcome.events.iter().map(|event| {
        let after = SignedDuration::from_millis(i64::try_from(event.at_ms).unwrap());
        let name = event.state.as_deref().map(str::to_owned).or_else(|| states.get(&event.previous).cloned()).unwrap_or_default();
        states.insert(event.id, name.clone());
        let mut details = json!({"name": name, "input": "{}"});
        if event.kind == "ExecutionStarted" {
            details = json!({"input": "{}"});
        } else if event.kind == "ExecutionSucceeded" {
            details = json!({"output": outcome.output.as_ref().unwrap().to_string()});
        } else if event.kind.starts_with("Execution") {
            details = json!({"error": outcome.error, "cause": outcome.cause});
        } else if event.kind.ends_with("Scheduled") {
            let (input, answer) = calls.get_mut(&name).unwrap().pop_front().unwrap();
            running.insert(name, answer);
            details = json!({"parameters": input.to_string()});
        } else if event.kind == "TaskSucceeded" || event.kind == "TaskFailed" {
            details = match running.remove(&name).unwrap() {
                Answer::Return { output, .. } => json!({"output": output.to_string()}),
                Answer::Throw { error, cause, .. } => json!({"error": error, "cause": cause}),
                other => panic!("{other:?}"),
            };
        }
        let mut letters = event.kind.chars();
        let first = letters.next().unwrap().to_ascii_lowercase();
        let field = if event.kind.ends_with("StateEntered") {
            "stateEnteredEventDetails".to_owned()
        } else {
            format!("{first}{}EventDetails", letters.as_str())
        };
        let mut written = json!({"id": event.id, "previousEventId": event.previous, "type": event.kind, "timestamp": (start + after).to_string()});
        written[field] = details;
        written
    });
    json!({"events": events.collect::<Vec<_>>()})
}

fn any_answer() -> impl Strategy<Value = Answer> {
    (0_u8..4, 0_u64..9_000).prop_map(|(what, after_ms)| match what {
        0 => Answer::Throw {
            error: Some("Busy".to_owned()),
            cause: Some("c".to_owned()),
            after_ms,
        },
        1 => Answer::Throw {
            error: Some("Broken".to_owned()),
            cause: None,
            after_ms,
        },
        _ => Answer::Return {
            output: json!({"n": after_ms}),
            after_ms,
        },
    })
}

proptest! {
    #[test]
    fn what_was_simulated_is_replayed_to_the_same_outcome(answers in proptest::collection::vec((0_usize..4, any_answer()), 0..14)) {
        let task = |more: Value| {
            let mut task = json!({"Type": "Task", "Resource": "arn:aws:states:::dynamodb:getItem", "Parameters": {"in.$": "$"}, "TimeoutSeconds": 6,
                "Retry": [{"ErrorEquals": ["Busy", "States.Timeout"], "IntervalSeconds": 1, "MaxAttempts": 2}]});
            task.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            task
        };
        let branch = |name: &str| json!({"StartAt": name, "States": {name: task(json!({"End": true}))}});
        let caught = json!([{"ErrorEquals": ["States.ALL"], "Next": "D"}]);
        let definition = parse(&json!({"StartAt": "A", "States": {
            "A": task(json!({"Next": "P", "Catch": caught})),
            "P": {"Type": "Parallel", "Branches": [branch("B"), branch("C")], "Next": "Q"},
            "Q": {"Type": "Choice", "Default": "D", "Choices": [{"Variable": "$[0].n", "NumericLessThan": 3000, "Next": "E"}]},
            "D": task(json!({"End": true})),
            "E": {"Type": "Succeed"}
        }}));
        let mut mocks = Mocks::default();
        for (state, answer) in answers {
            mocks.push(["A", "B", "C", "D"][state], answer);
        }
        for name in ["A", "B", "C", "D"] {
            mocks.push(name, Answer::Return { output: json!({"n": 1}), after_ms: 10 });
        }
        let mut recorder = Recorder { mocks: &mut mocks, calls: BTreeMap::new() };
        let first = simulate(&definition, &Options::new(json!({})), &mut recorder);
        let history = written(&first, recorder.calls);
        let mut replay = Replay::of(&history).unwrap();
        let second = simulate(&definition, &replay.options(), &mut replay);
        prop_assert_eq!(replay.departure(&definition, &second), None);
        prop_assert_eq!((second.status, &second.output, &second.error, &second.cause), (first.status, &first.output, &first.error, &first.cause));
        prop_assert_eq!(&second.events, &first.events);
        // What a branch would have done after another one failed is not in a recording.
        if !first.events.iter().any(|event| event.kind == "ParallelStateFailed") {
            prop_assert_eq!(&second, &first);
        }
    }

    #[test]
    fn a_damaged_history_is_read_or_refused(at in 0_usize..22, field in "(id|type|previousEventId|timestamp|[a-z]+EventDetails)", put in 0_usize..6) {
        let mut history = history();
        let values = [json!(null), json!(0), json!(7), json!("x"), json!({"input": "{", "name": 1}), json!({"output": "1", "name": "Charge"})];
        history["events"][at][&field] = values[put].clone();
        if let Ok(mut replay) = Replay::of(&history) {
            let definition = parse(&orders());
            let outcome = run(&definition, &mut replay);
            replay.departure(&definition, &outcome);
        }
    }
}
