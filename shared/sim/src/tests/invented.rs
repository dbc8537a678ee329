//! Answers that are made up, through public functions.

use asl::{Definition, Format};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::{Answer, Call, Invented, Limits, Options, Outcome, Status, Tasks, simulate};

fn run(definition: &Value) -> (Outcome, Vec<String>) {
    let definition = Definition::parse(definition.to_string().as_bytes(), Format::Json);
    let mut tasks = Invented::of(&definition);
    let mut options = Options::new(json!({}));
    options.limits = Limits {
        steps: 1000,
        ..Limits::default()
    };
    let outcome = simulate(&definition, &options, &mut tasks);
    let notes = tasks.notes().map(ToString::to_string).collect();
    (outcome, notes)
}

fn task(resource: &str, more: &Value) -> Value {
    let mut task = json!({"Type": "Task", "Resource": format!("arn:aws:states:::{resource}"), "Parameters": {}});
    for (name, value) in more.as_object().unwrap() {
        task[name] = value.clone();
    }
    task
}

fn only(resource: &str, parameters: &Value) -> Value {
    let state =
        json!({"Type": "Task", "Resource": resource, "Parameters": parameters, "End": true});
    let (outcome, _) = run(&json!({"StartAt": "A", "States": {"A": state}}));
    outcome.output.unwrap()
}

#[test]
fn known_calls_return_what_such_calls_return() {
    let sent = only("arn:aws:states:::sqs:sendMessage", &json!({}));
    assert!(sent["MessageId"].is_string() && sent["SdkHttpMetadata"].is_object());
    let sdk = only("arn:aws:states:::aws-sdk:sqs:sendMessage", &json!({}));
    assert!(sdk["MessageId"].is_string() && sdk.get("SdkHttpMetadata").is_none());
    // The output of the child is text in one version and JSON in the other.
    let child =
        json!({"StateMachineArn": "arn:aws:states:us-east-1:111122223333:stateMachine:child"});
    let first = only("arn:aws:states:::states:startExecution.sync", &child);
    assert_eq!(first["Output"], "{}");
    assert_eq!(first["StateMachineArn"], child["StateMachineArn"]);
    let second = only("arn:aws:states:::states:startExecution.sync:2", &child);
    assert_eq!(second["Output"], json!({}));
    let job = only(
        "arn:aws:states:::glue:startJobRun.sync",
        &json!({"JobName": "nightly"}),
    );
    assert_eq!(
        (&job["JobName"], &job["JobRunState"]),
        (&json!("nightly"), &json!("SUCCEEDED"))
    );
    for unknown in [
        "arn:aws:lambda:us-east-1:111122223333:function:f",
        "arn:aws:states:us-east-1:111122223333:activity:a",
        "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "arn:aws:states:::aws-sdk:ec2:describeHosts",
    ] {
        assert_eq!(only(unknown, &json!({})), json!({}), "{unknown}");
    }
}

#[test]
fn a_result_has_what_is_read_of_it() {
    let definition = json!({"StartAt": "Look", "States": {
        "Look": task("lambda:invoke", &json!({"ResultPath": "$.found", "Next": "Which"})),
        "Which": {"Type": "Choice", "Default": "Bad", "Choices": [
            {"Variable": "$.found.Payload.state", "StringEquals": "FAILED", "Next": "Bad"},
            {"Variable": "$.found.Payload.state", "StringEquals": "DONE", "Next": "Each"}
        ]},
        "Bad": {"Type": "Fail"},
        "Each": {"Type": "Map", "ItemsPath": "$.found.Payload.items", "End": true, "ItemProcessor": {
            "StartAt": "Use", "States": {"Use": {"Type": "Pass", "Parameters": {"id.$": "$.id"}, "End": true}}
        }}
    }});
    let (outcome, notes) = run(&definition);
    assert_eq!(outcome.output, Some(json!([{"id": "id"}])));
    assert_eq!(
        notes,
        [
            "the answer to `Look` (arn:aws:states:::lambda:invoke) is invented; it has `Payload.items[0].id`, \
             `Payload.state`, `Payload.items`, which is read later"
        ]
    );
}

#[test]
fn what_a_selector_and_what_jsonata_reads_is_there() {
    let selected = task(
        "lambda:invoke",
        &json!({"ResultSelector": {"a.$": "$.Payload.a", "n.$": "States.MathAdd($.Payload.n, 1)"}, "End": true}),
    );
    let (outcome, _) = run(&json!({"StartAt": "A", "States": {"A": selected}}));
    assert_eq!(outcome.output, Some(json!({"a": "a", "n": 2})));
    let definition = json!({"QueryLanguage": "JSONata", "StartAt": "A", "States": {
        "A": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Arguments": {}, "Next": "B",
            "Output": "{% {'sum': $states.result.Payload.n + 1, 'state': $states.result.Payload.state} %}"},
        "B": {"Type": "Task", "Resource": "arn:aws:states:::dynamodb:getItem", "Arguments": {}, "Next": "C"},
        "C": {"Type": "Choice", "Default": "D", "Choices": [
            {"Condition": "{% $states.input.Item.size.N > 5 %}", "Next": "E"}
        ]},
        "D": {"Type": "Fail"},
        "E": {"Type": "Pass", "Output": "{% $states.input.Item %}", "End": true}
    }});
    let (outcome, notes) = run(&definition);
    assert_eq!(outcome.output, Some(json!({"size": {"N": 6}})));
    assert_eq!(notes.len(), 2);
}

/// Asks until the answer is another one.
fn polling(rules: &Value) -> Outcome {
    let definition = json!({"StartAt": "Ask", "States": {
        "Ask": task("aws-sdk:glue:getCrawler", &json!({"ResultPath": "$.got", "Next": "Which"})),
        "Which": {"Type": "Choice", "Default": "Done", "Choices": rules},
        "Later": {"Type": "Wait", "Seconds": 60, "Next": "Ask"},
        "Bad": {"Type": "Fail"},
        "Done": {"Type": "Succeed"}
    }});
    run(&definition).0
}

#[test]
fn a_loop_that_polls_ends() {
    let rule = |word: &str, next: &str| json!({"Variable": "$.got.Crawler.State", "StringEquals": word, "Next": next});
    let outcome = polling(&json!([
        rule("RUNNING", "Later"),
        rule("STOPPING", "Later")
    ]));
    assert_eq!(
        (outcome.status, outcome.virtual_ms),
        (Status::Succeeded, 120_000)
    );
    let outcome = polling(&json!([
        rule("RUNNING", "Later"),
        rule("FAILED", "Bad"),
        rule("ready", "Done")
    ]));
    assert_eq!((outcome.status, outcome.virtual_ms), (Status::Succeeded, 0));
    let flag = json!([{"Variable": "$.got.Crawler.Busy", "BooleanEquals": true, "Next": "Later"}]);
    let outcome = polling(&flag);
    assert_eq!(
        (outcome.status, outcome.virtual_ms),
        (Status::Succeeded, 60_000)
    );
}

proptest! {
    #[test]
    fn any_call_is_answered_the_same_way_each_time(resource in "(arn:aws:states:::)?[a-z:.-]{0,30}", state in "[A-C]", before in 0_u64..5) {
        let definition = Definition::parse(b"{}", Format::Json);
        let input = json!({"JobName": 1});
        let call = Call { state: &state, resource: &resource, input: &input, before };
        let first = Invented::of(&definition).answer(&call);
        let is_object = matches!(&first, Answer::Return { output, .. } if output.is_object());
        prop_assert!(is_object);
        prop_assert_eq!(first, Invented::of(&definition).answer(&call));
    }
}

#[test]
fn an_input_has_what_is_read_of_it() {
    let definition = json!({"StartAt": "Which", "States": {
        "Which": {"Type": "Choice", "Default": "No", "Choices": [{"Variable": "$.order.total", "NumericGreaterThan": 100, "Next": "Each"}]},
        "Each": {"Type": "Map", "ItemsPath": "$.order.lines", "End": true, "ItemSelector": {"id.$": "$$.Map.Item.Value.id"}, "ItemProcessor": {
            "StartAt": "Use", "States": {"Use": {"Type": "Pass", "End": true}}
        }},
        "No": {"Type": "Fail"}
    }});
    let definition = Definition::parse(definition.to_string().as_bytes(), Format::Json);
    let input = Invented::input(&definition);
    assert_eq!(
        input,
        json!({"order": {"total": 101, "lines": [{"id": "id"}]}})
    );
    let outcome = simulate(
        &definition,
        &Options::new(input),
        &mut Invented::of(&definition),
    );
    assert_eq!(outcome.output, Some(json!([{"id": "id"}])));
}

/// Answers `{}` to everything.
struct Nothing;

impl Tasks for Nothing {
    fn answer(&mut self, _: &Call<'_>) -> Answer {
        Answer::Return {
            output: json!({}),
            after_ms: 0,
        }
    }
}

#[test]
fn more_public_definitions_run_with_invented_answers_than_with_empty_ones() {
    let folder =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus/definitions");
    let Ok(files) = std::fs::read_dir(&folder) else {
        println!("skipped: {} is not there", folder.display());
        return;
    };
    let mut paths: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    paths.sort();
    let (mut with_nothing, mut invented, mut all) = (0, 0, 0);
    for path in paths.iter().step_by(8) {
        let definition = Definition::parse(&std::fs::read(path).unwrap(), Format::Json);
        let succeeds = |input: Value, tasks: &mut dyn Tasks| {
            let mut options = Options::new(input);
            options.limits.steps = 2_000;
            let outcome = simulate(&definition, &options, tasks);
            usize::from(outcome.status == Status::Succeeded)
        };
        all += 1;
        with_nothing += succeeds(json!({}), &mut Nothing);
        invented += succeeds(Invented::input(&definition), &mut Invented::of(&definition));
    }
    println!(
        "of {all} definitions, {with_nothing} succeed with empty answers, {invented} with invented ones"
    );
    assert!(invented > with_nothing, "{invented} {with_nothing}");
}
