//! Requirements that nobody would write: a machine all the same, and always one that AWS takes.

use proptest::prelude::*;

use super::super::*;
use super::support::{decided, errors, plain};
use crate::decide::{Duplicates, Workflow};
use crate::requirements::*;

const ACTIONS: [&str; 22] = [
    "lambda:invoke",
    "dynamodb:putItem",
    "dynamodb:getItem",
    "dynamodb:updateItem",
    "dynamodb:query",
    "sqs:sendMessage",
    "sns:publish",
    "events:putEvents",
    "s3:putObject",
    "kinesis:putRecord",
    "firehose:putRecord",
    "glue:startJobRun",
    "batch:submitJob",
    "ecs:runTask",
    "sagemaker:createTrainingJob",
    "athena:startQueryExecution",
    "transcribe:startTranscriptionJob",
    "sesv2:sendEmail",
    "bedrock:invokeModel",
    "emr-serverless:startJobRun",
    "eks:runJob",
    "no:such",
];

fn call() -> impl Strategy<Value = Call> {
    let action = prop_oneof![
        6 => (0..ACTIONS.len()).prop_map(|at| {
            let (service, name) = ACTIONS[at].split_once(':').unwrap();
            Action::Api { service: service.to_owned(), name: name.to_owned() }
        }),
        1 => Just(Action::Http { method: "POST".to_owned() }),
        1 => Just(Action::Activity),
        1 => Just(Action::Workflow),
    ];
    let input = prop_oneof![
        3 => Just(None),
        1 => "\\PC{0,20}".prop_map(|text| Some(serde_json::json!({text.clone(): "$.a.b", "text": format!("${{{text}}}"), "list": [1, null, "$.A"]}))),
    ];
    let wait = prop_oneof![
        3 => Just(WaitFor::Response),
        1 => Just(WaitFor::Job),
        1 => Just(WaitFor::Callback)
    ];
    (action, proptest::option::of("\\PC{1,12}"), input, wait).prop_map(
        |(action, resource, input, wait)| Call {
            action,
            resource,
            input,
            wait,
            pointer: String::new(),
        },
    )
}

fn work(depth: u32) -> BoxedStrategy<Work> {
    let leaf = prop_oneof![
        8 => call().prop_map(Work::Does),
        1 => Just(Work::Wait(Wait::For(Duration(1_500)))),
        1 => Just(Work::Wait(Wait::Until("$.when".to_owned()))),
        1 => (0..4usize, 0..5usize).prop_map(|(late, channel)| Work::Approval(Approval {
            by: "some'one".to_owned(),
            channel: [Channel::Email, Channel::Slack, Channel::Sqs, Channel::Sns, Channel::Api][channel],
            timeout: (late % 2 == 0).then_some(Duration(60_000)),
            on_timeout: [OnTimeout::Reject, OnTimeout::Approve, OnTimeout::Escalate, OnTimeout::Fail][late],
        })),
        1 => (0..8usize, 0..8usize).prop_map(|(one, two)| Work::Choose(vec![
            Way { when: Some("$.a > 1 and not ($.b.c = 'x')".to_owned()), go: format!("S{one}"), pointer: String::new() },
            Way { when: Some("$count($.list) > 2".to_owned()), go: format!("S{two}"), pointer: String::new() },
        ])),
    ];
    if depth == 0 {
        return leaf.boxed();
    }
    prop_oneof![
        10 => leaf,
        1 => proptest::collection::vec(steps(depth - 1), 2..4).prop_map(Work::Parallel),
        1 => (steps(depth - 1), any::<bool>()).prop_map(|(steps, tolerant)| Work::Each(Each {
            of: None,
            items: Some(20),
            concurrency: Some(3),
            tolerate_failures: tolerant.then(|| rust_decimal::Decimal::new(5, 2)),
            batch: None,
            steps,
        })),
    ]
    .boxed()
}

fn step(depth: u32) -> BoxedStrategy<Step> {
    let flags = (
        any::<bool>(),
        any::<bool>(),
        0..6usize,
        0..6usize,
        proptest::option::of(0..10usize),
    );
    let extra = (
        proptest::option::of(call()),
        any::<u8>(),
        proptest::option::of(0..8usize),
    );
    (work(depth), flags, extra)
        .prop_map(
            |(work, (idempotent, pivot, retry, on_error, after), (undo, bits, fallback))| Step {
                id: String::new(),
                pointer: String::new(),
                work,
                duration: (bits & 1 > 0).then_some(Duration(700)),
                timeout: (bits & 2 > 0).then_some(Duration(5_000)),
                heartbeat: (bits & 4 > 0).then_some(Duration(90_000)),
                idempotent,
                undo,
                pivot: pivot && bits & 8 > 0,
                reject_on: if bits & 16 > 0 {
                    vec!["No".to_owned()]
                } else {
                    Vec::new()
                },
                retry: [
                    Retry::Auto,
                    Retry::None,
                    Retry::Transient,
                    Retry::Throttle,
                    Retry::Aggressive,
                    Retry::SafeAll,
                ][retry],
                breaker: (bits & 32 > 0 && bits & 8 > 0).then(|| Breaker {
                    failures: 3,
                    window: Duration(60_000),
                    open_for: Duration(0),
                    fallback: fallback.map(|at| format!("S{at}")),
                }),
                limit: (bits & 64 > 0 && bits & 1 > 0).then(|| Limit {
                    concurrent: 2,
                    key: fallback.map(|_| "$.who".to_owned()),
                }),
                on_error: [
                    None,
                    None,
                    Some(OnError::Ignore),
                    Some(OnError::Compensate),
                    Some(OnError::Fallback),
                    Some(OnError::Fail),
                ][on_error],
                probability: rust_decimal::Decimal::ONE,
                after: after.map(|at| format!("S{at}")).into_iter().collect(),
                poll: (bits & 128 > 0 && bits & 3 == 3).then(|| Poll {
                    every: None,
                    until: "$.State = 'DONE'".to_owned(),
                    at_most: None,
                }),
                memory_mb: None,
                result_size: None,
                business_logic: false,
            },
        )
        .boxed()
}

fn steps(depth: u32) -> BoxedStrategy<Vec<Step>> {
    proptest::collection::vec(step(depth), 1..6).boxed()
}

/// Ids that are unique, one of them hostile.
fn name(steps: &mut [Step], next: &mut usize) {
    for step in steps {
        step.id = match *next {
            7 => "It's ${a} \"test\"? {% x %}".to_owned(),
            8 => "A long name ".repeat(20),
            at => format!("S{at}"),
        };
        *next += 1;
        match &mut step.work {
            Work::Parallel(branches) => branches.iter_mut().for_each(|branch| name(branch, next)),
            Work::Each(each) => name(&mut each.steps, next),
            _ => {}
        }
    }
}

const TEXT: &str = "version: 1
name: tried
trigger: {type: manual}
load: {average_per_second: 1/min}
guarantees: {idempotency_key: $.order.id}
steps: [{id: A, does: {action: lambda:invoke, resource: a}, timeout: 9s, idempotent: true}, {id: B, does: {action: lambda:invoke, resource: b}, timeout: 9s, idempotent: true}]
";

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn is_always_a_machine(mut steps in steps(2), kind in 0..4usize, policy in 0..5usize, bits in any::<u8>()) {
        name(&mut steps, &mut 0);
        let mut requirements = super::support::read(TEXT);
        requirements.failure.policy = [
            FailurePolicy::Fail,
            FailurePolicy::Compensate,
            FailurePolicy::Park,
            FailurePolicy::Fallback,
            FailurePolicy::Continue,
        ][policy];
        requirements.failure.redrive = bits & 1 > 0;
        requirements.failure.compensation_failure = if bits & 2 > 0 { CompensationFailure::RetryForever } else { CompensationFailure::Fail };
        requirements.query_language = if bits & 4 > 0 { QueryLanguage::JsonPath } else { QueryLanguage::Jsonata };
        requirements.steps = steps;
        let mut decisions = if bits & 8 > 0 { decided(&requirements) } else { plain(&requirements) };
        match kind {
            0 => decisions.workflow = Workflow::Standard,
            1 => decisions.workflow = Workflow::Express,
            2 => decisions.workflow = Workflow::Nested { steps: vec!["S0".to_owned(), "S1".to_owned()] },
            _ => decisions.duplicates = Duplicates::Table { key: "$.order.id".to_owned() },
        }
        let design = compose(&requirements, &decisions);
        for machine in &design.machines {
            prop_assert_eq!(errors(&machine.definition), Vec::<String>::new(), "{}", machine.definition);
            let names: Vec<&str> = machine.machine.states().iter().map(|state| state.name()).collect();
            let unique: BTreeSet<&&str> = names.iter().collect();
            prop_assert_eq!(unique.len(), names.len());
            prop_assert!(names.iter().all(|name| name.chars().count() <= 80));
        }
        prop_assert_eq!(&compose(&requirements, &decisions), &design);
        let cases = fault_cases(&requirements, &design);
        prop_assert!(serde_json::from_str::<serde_json::Value>(&cases.file).is_ok());
        prop_assert!(runbook(&requirements, &design).starts_with("# Runbook"));
    }
}
