use std::fmt::Write;

use asl::{Format, Level};
use proptest::prelude::*;

use super::files;
use crate::requirements::read;

pub(super) fn told(text: &str) -> String {
    let (asked, problems) = read(text, Format::Yaml);
    let errors = problems.iter().any(|problem| problem.level == Level::Error);
    assert_eq!(asked.is_none(), errors, "{text}");
    problems.iter().fold(String::new(), |mut told, problem| {
        let _ = writeln!(told, "{problem}");
        told
    })
}

/// A file with these lines in place of those of the same field, and these steps.
pub(super) fn file(lines: &[&str], steps: &[&str]) -> String {
    let mut fields = vec![
        "version: 1".to_owned(),
        "name: case".to_owned(),
        "trigger: {type: manual}".to_owned(),
        "load: {average_per_second: 2}".to_owned(),
    ];
    for line in lines {
        let field = line.split(':').next().expect("a field");
        match fields
            .iter_mut()
            .find(|had| had.split(':').next() == Some(field))
        {
            Some(had) => (*line).clone_into(had),
            None => fields.push((*line).to_owned()),
        }
    }
    let mut text = fields.join("\n");
    text.push_str("\nsteps:\n");
    for step in steps {
        let _ = writeln!(text, "  - {step}");
    }
    text
}

pub(super) const SAVE: &str = "{id: Save, does: {action: dynamodb:putItem, resource: orders}, duration: 10ms, idempotent: true}";

/// The ids of what is told, and the whole text.
pub(super) fn ids(lines: &[&str], steps: &[&str]) -> (Vec<&'static str>, String) {
    let text = file(lines, steps);
    let (_, problems) = read(&text, Format::Yaml);
    (
        problems.iter().map(|problem| problem.id).collect(),
        told(&text),
    )
}

#[test]
fn every_example_is_read() {
    for (name, text) in files::own().into_iter().chain(files::beside()) {
        let (asked, problems) = read(&text, Format::Yaml);
        let errors: Vec<String> = problems
            .iter()
            .filter(|problem| problem.level == Level::Error)
            .map(ToString::to_string)
            .collect();
        assert_eq!(errors, Vec::<String>::new(), "{name}");
        assert!(asked.is_some(), "{name}");
    }
}

#[test]
fn what_is_read_is_what_stands_there() {
    let text = files::own()
        .into_iter()
        .find(|(name, _)| name == "order-fulfilment.yaml")
        .expect("example")
        .1;
    let (asked, _) = read(&text, Format::Yaml);
    insta::assert_debug_snapshot!(asked.expect("read"));
}

#[test]
fn json_reads_like_yaml() {
    for (name, text) in files::own() {
        let node = asl::Tree::read(&text, Format::Yaml).root.expect("a value");
        let json = crate::requirements::json_of(&node).to_string();
        assert_eq!(
            read(&json, Format::Json).0,
            read(&text, Format::Yaml).0,
            "{name}"
        );
    }
}

/// Each of these is told once, by this id, and nothing follows from it.
#[test]
#[allow(clippy::too_many_lines, reason = "a table of cases")]
fn contradictions_are_told() {
    let card = "{id: Card, does: {action: lambda:invoke, resource: card}, undo: {action: lambda:invoke, resource: refund}}";
    let job = "{id: Job, does: {action: glue:startJobRun, resource: job, wait: job}}";
    let ask = "{id: Ask, approval: {by: finance}}";
    let callback = "{id: Call, does: {action: sqs:sendMessage, resource: q, wait: callback}}";
    let slow = "{id: Slow, does: {action: lambda:invoke, resource: slow}, duration: 4s, timeout: 10s, idempotent: true}";
    let cases: &[(&str, &[&str], &[&str])] = &[
        (
            "exactly-once-express",
            &[
                "guarantees: {delivery: exactly-once}",
                "workflow_type: EXPRESS",
            ],
            &[SAVE],
        ),
        (
            "exactly-once-caller-waits",
            &[
                "trigger: {type: api-sync}",
                "guarantees: {delivery: exactly-once}",
            ],
            &[SAVE],
        ),
        (
            "peak-below-average",
            &["load: {average_per_second: 5, peak_per_second: 2}"],
            &[SAVE],
        ),
        (
            "caller-waits-for-wait",
            &["trigger: {type: api-sync}"],
            &[callback],
        ),
        (
            "caller-waits-for-wait",
            &["trigger: {type: api, caller_waits: true}"],
            &[ask],
        ),
        (
            "caller-waits-for-wait",
            &["trigger: {type: api-sync}"],
            &[job],
        ),
        (
            "caller-waits-standard",
            &["trigger: {type: api-sync}", "workflow_type: STANDARD"],
            &[SAVE],
        ),
        (
            "trigger-without-caller",
            &["trigger: {type: sqs, source: q, caller_waits: true}"],
            &[SAVE],
        ),
        ("wait-in-express", &["workflow_type: EXPRESS"], &[job]),
        ("wait-in-express", &["workflow_type: EXPRESS"], &[ask]),
        (
            "wait-in-express",
            &["workflow_type: EXPRESS"],
            &["{id: Work, does: {action: activity, resource: w}}"],
        ),
        (
            "undo-without-idempotent",
            &["guarantees: {consistency: saga}"],
            &[card],
        ),
        (
            "saga-without-undo",
            &["guarantees: {consistency: saga}"],
            &[SAVE],
        ),
        (
            "compensate-without-undo",
            &["failure: {policy: compensate}"],
            &[SAVE],
        ),
        (
            "all-or-nothing-across-steps",
            &["guarantees: {consistency: all-or-nothing}"],
            &[SAVE, slow],
        ),
        (
            "typical-above-max",
            &["duration: {typical: 2h, max: 1h}"],
            &[SAVE],
        ),
        ("longer-than-a-year", &["duration: {max: 400d}"], &[SAVE]),
        (
            "longer-than-express",
            &["duration: {max: 10min}", "workflow_type: EXPRESS"],
            &[SAVE],
        ),
        (
            "longer-than-express",
            &["trigger: {type: api-sync}"],
            &["{id: Later, wait: 10min}"],
        ),
        ("p50-above-p99", &["latency: {p50: 2s, p99: 1s}"], &[SAVE]),
        (
            "p99-below-typical",
            &["latency: {p99: 1s}", "duration: {typical: 2s}"],
            &[SAVE],
        ),
        ("p99-below-steps", &["latency: {p99: 1s}"], &[slow]),
        (
            "max-below-steps",
            &["duration: {max: 2s}"],
            &["{id: Slow, does: {action: lambda:invoke, resource: slow}, duration: 4s}"],
        ),
        ("timeout-above-max", &["duration: {max: 5s}"], &[slow]),
        (
            "timeout-below-duration",
            &[],
            &["{id: A, does: {action: lambda:invoke, resource: a}, duration: 4s, timeout: 2s}"],
        ),
        (
            "heartbeat-not-below-timeout",
            &[],
            &[
                "{id: A, does: {action: sqs:sendMessage, resource: a, wait: callback}, timeout: 1h, heartbeat: 2h}",
            ],
        ),
        (
            "wait-above-max",
            &["duration: {max: 1h}"],
            &["{id: A, wait: 2h}"],
        ),
        (
            "limit-below-load",
            &[],
            &[
                "{id: A, does: {action: lambda:invoke, resource: a}, duration: 4s, limit: {concurrent: 3}}",
            ],
        ),
        ("mixed-without-child", &["workflow_type: MIXED"], &[SAVE]),
        (
            "distributed-in-express",
            &["workflow_type: EXPRESS"],
            &[
                "{id: All, each: {of: 's3://b/k.csv', steps: [{id: One, does: {action: lambda:invoke, resource: a}}]}}",
            ],
        ),
        (
            "reject-on-unknown-outcome",
            &[],
            &["{id: A, does: {action: lambda:invoke, resource: a}, reject_on: [States.ALL]}"],
        ),
        (
            "retry-of-at-most-once",
            &["guarantees: {delivery: at-most-once}"],
            &["{id: A, does: {action: lambda:invoke, resource: a}, retry: aggressive}"],
        ),
        (
            "poll-of-callback",
            &[],
            &[
                "{id: A, does: {action: sqs:sendMessage, resource: a, wait: callback}, poll: {until: '$.x = 1'}}",
            ],
        ),
        (
            "poll-never",
            &[],
            &[
                "{id: A, does: {action: glue:getJobRun, resource: a}, poll: {every: 1h, until: '$.x = 1', at_most: 1min}}",
            ],
        ),
        (
            "fallback-is-itself",
            &[],
            &["{id: A, does: {action: lambda:invoke, resource: a}, breaker: {fallback: A}}"],
        ),
        (
            "after-in-a-circle",
            &[],
            &[
                "{id: A, does: {action: lambda:invoke, resource: a}, after: [B]}",
                "{id: B, does: {action: lambda:invoke, resource: b}, after: [A]}",
            ],
        ),
        (
            "after-in-a-circle",
            &[],
            &[
                "{id: A, wait: 1s, after: [C]}",
                "{id: B, wait: 1s}",
                "{id: C, wait: 1s}",
            ],
        ),
        ("step-named-twice", &[], &[SAVE, SAVE]),
        (
            "step-names-clash",
            &[],
            &["{id: Is-it, wait: 1s}", "{id: 'isit?', wait: 1s}"],
        ),
        (
            "way-never-gone",
            &[],
            &[
                "{id: C, choose: [{go: Save}, {when: '$.a = 1', go: Save}]}",
                SAVE,
            ],
        ),
    ];
    let mut seen = String::new();
    for (id, lines, steps) in cases {
        let (ids, text) = ids(lines, steps);
        assert_eq!(ids, [*id], "{lines:?} {steps:?}\n{text}");
        let _ = writeln!(seen, "{}", text.trim_end());
    }
    insta::assert_snapshot!(seen);
}

#[test]
fn what_a_design_can_satisfy_is_a_warning() {
    let cases: &[(&str, &[&str], &[&str])] = &[
        (
            "exactly-once-without-key",
            &[
                "trigger: {type: sqs, source: q}",
                "guarantees: {delivery: exactly-once}",
            ],
            &[SAVE],
        ),
        (
            "history-of-express",
            &[
                "workflow_type: EXPRESS",
                "guarantees: {delivery: at-least-once, audit_history: 90-days}",
            ],
            &[SAVE],
        ),
        (
            "longer-than-api-gateway",
            &["trigger: {type: api-sync}", "duration: {max: 1min}"],
            &[SAVE],
        ),
        ("trigger-without-source", &["trigger: {type: s3}"], &[SAVE]),
        (
            "schedule-without-time",
            &["trigger: {type: schedule}"],
            &[SAVE],
        ),
        (
            "schedule-against-load",
            &["trigger: {type: schedule, schedule: rate(1 hour)}"],
            &[SAVE],
        ),
        (
            "fallback-without-step",
            &[],
            &[
                "{id: A, does: {action: lambda:invoke, resource: a}, breaker: {fallback: ReviewByHand}}",
            ],
        ),
        (
            "limit-below-peak",
            &["load: {average_per_second: 1, peak_per_second: 9}"],
            &[
                "{id: A, does: {action: lambda:invoke, resource: a}, duration: 2s, limit: {concurrent: 7}}",
            ],
        ),
        (
            "idempotent-assumed",
            &["guarantees: {consistency: saga}"],
            &[
                "{id: A, does: {action: workflow, resource: a}, undo: {action: workflow, resource: b}}",
            ],
        ),
        (
            "undo-after-pivot",
            &["guarantees: {consistency: saga}"],
            &[
                "{id: A, does: {action: dynamodb:putItem, resource: a}, idempotent: true, pivot: true}",
                "{id: B, does: {action: dynamodb:putItem, resource: a}, idempotent: true, undo: {action: dynamodb:deleteItem, resource: a}}",
            ],
        ),
        (
            "way-goes-back",
            &[],
            &[SAVE, "{id: C, choose: [{when: '$.a = 1', go: Save}]}"],
        ),
        (
            "step-never-reached",
            &[],
            &[
                "{id: C, choose: [{go: Save}]}",
                "{id: Lost, wait: 1s}",
                SAVE,
            ],
        ),
        ("region-unknown", &["regions: [eu-centrl-1]"], &[SAVE]),
        ("budget-without-amount", &["budget: {hard: true}"], &[SAVE]),
    ];
    let mut seen = String::new();
    for (id, lines, steps) in cases {
        let (ids, text) = ids(lines, steps);
        assert_eq!(ids, [*id], "{lines:?} {steps:?}\n{text}");
        assert!(text.contains("warning["), "{text}");
        let _ = writeln!(seen, "{}", text.trim_end());
    }
    insta::assert_snapshot!(seen);
}

/// Many things are wrong with one file: each is told once, with its place and what was meant.
#[test]
fn all_problems_of_a_file_are_told_at_once() {
    let text = "\
version: 2
name: My Workflow
trigger: {type: eventbrige}
load: {average_per_second: 40/hour, payload: 2kb, failure_rate: 5}
duration: {typical: 30, max: 2m}
guarantees: {delivery: exactly_once, sensitive_data: yes}
steps:
  - {id: Save, does: {action: dynamodb:putItm, resource: orders}, recuest: auto}
  - {id: Pay, does: {action: stepfunction:startExecution}, idempotnt: true, undo: {action: lambda:invoke}}
  - {id: Sub, does: {action: kinesis:subscribeToShard}}
  - {id: Send, does: {action: sns:publish, wait: job}}
  - {id: Mail, does: {action: sesv2:sendEmail, wait: callback}}
  - {id: Go, choose: [{when: $.total > 1, $.x < 2, go: Sav}]}
  - {id: Both, wait: 5s, approval: {by: me}}
  - {id: None}
  - {id: \"bad\\u0007name\", wait: 5s}
  - {id: Call, does: {action: http:FETCH}}
  - {id: Sdk, does: {action: 'aws-sdk:s3:putObject'}}
environments: {prod: {account: 012345678901}}
outputs: [asl, teraform, asl]
";
    insta::assert_snapshot!(told(text));
}

#[test]
fn quoting_traps_are_told_with_their_line() {
    for (text, line) in [
        (
            file(
                &[],
                &["{id: A, choose: [{when: {% $x > 1 %}, go: B}]}", SAVE],
            ),
            6,
        ),
        (
            file(&[], &["{id: A, choose: [{when: @x > 1, go: B}]}", SAVE]),
            6,
        ),
        (
            file(
                &[],
                &[
                    "{id: A, choose: [{when: $.a = 1, $.b = 2, go: Save}]}",
                    SAVE,
                ],
            ),
            6,
        ),
        (
            file(
                &[
                    "guarantees: {idempotency_key: 'a', delivery: at-least-once}",
                    "description: {{name}}",
                ],
                &[SAVE],
            ),
            6,
        ),
        (file(&["tags: {cost: 12}"], &[SAVE]), 5),
    ] {
        let told = told(&text);
        let is_told = told.contains(&format!("quote the value in line {line}"))
            || told.contains(&format!("` in line {line}\n"));
        assert!(is_told, "{text}\n{told}");
    }
}

#[test]
fn the_same_step_elsewhere_is_told_so() {
    let inside = "{id: P, parallel: [[{id: A, wait: 1s}], [{id: B, wait: 1s}]]}";
    let (ids, text) = ids(&[], &[inside, "{id: C, choose: [{go: A}]}"]);
    assert_eq!(ids, ["step-elsewhere"], "{text}");
}

#[test]
fn too_much_is_refused_in_one_sentence() {
    let steps: Vec<String> = (0..500)
        .map(|at| format!("{{id: S{at}, wait: 1s}}"))
        .collect();
    let steps: Vec<&str> = steps.iter().map(String::as_str).collect();
    let (ids, text) = ids(&[], &steps);
    assert_eq!(ids, ["too-many-steps"], "{text}");
    assert!(text.contains("500 steps, 200 are the most"), "{text}");
    let (ids, text) = self::ids(&[], &[&format!("{{id: {}, wait: 1s}}", "x".repeat(81))]);
    assert_eq!(ids, ["name-too-long"], "{text}");
    assert!(told(&"x".repeat(2 << 20)).contains("1048576 are the most"));
    assert!(told("").contains("file-empty"));
    assert!(told("- a\n").contains("value-wrong-type"));
}

#[test]
fn hostile_text_is_text() {
    let hostile = r#"'"; ${evil} {{x}} <script> `rm -rf /` $(id) %> */ \u0000'"#;
    let text = file(
        &[
            &format!("description: {hostile}"),
            &format!("tags: {{a: {hostile}}}"),
        ],
        &[&format!(
            "{{id: A, does: {{action: lambda:invoke, resource: {hostile}, input: {{x: {hostile}}}}}}}"
        )],
    );
    assert_eq!(told(&text), "");
    for control in ["\\0", "\\x1b[31m", "\\n", "\\x85"] {
        let text = file(
            &[],
            &[&format!(
                "{{id: A, does: {{action: lambda:invoke, resource: \"a{control}b\"}}}}"
            )],
        );
        assert!(told(&text).contains("control-character"), "{control}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_text_is_answered(text in "\\PC{0,200}") {
        for format in [Format::Yaml, Format::Json] {
            let (asked, problems) = read(&text, format);
            prop_assert!(asked.is_some() || !problems.is_empty());
        }
    }

    #[test]
    fn a_mutated_example_is_answered(
        which in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        length in 0_usize..12,
        put in "[\\PC\n{}\\[\\]:,'\"$%&*#0-9.]{0,8}",
    ) {
        let files = files::own();
        let (_, text) = which.get(&files);
        let start = text.floor_char_boundary(at.index(text.len()));
        let end = text.floor_char_boundary((start + length).min(text.len()));
        let mut text = text.clone();
        text.replace_range(start..end.max(start), &put);
        let (asked, problems) = read(&text, Format::Yaml);
        let errors = problems.iter().any(|problem| problem.level == Level::Error);
        prop_assert_eq!(asked.is_none(), errors);
        let lines = text.lines().count().max(1);
        for problem in &problems {
            prop_assert!(problem.position.line <= lines + 1 && problem.position.column >= 1);
            prop_assert!(problem.span.start <= text.len());
            prop_assert!(!problem.message.contains('\n'), "{}", problem.message);
        }
        if let Some(asked) = asked {
            let _ = crate::decide::decide(&asked, &pricing::Prices::embedded().region("us-east-1"));
        }
    }
}
