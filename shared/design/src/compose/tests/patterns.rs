//! Each pattern, executed.

use serde_json::json;

use super::super::*;
use super::support::{composed, decided, errors, findings, read, returns, run_with, throws};
use crate::decide::{Child, Duplicates, Items, MapDecision, Workflow};

const HEAD: &str = "version: 1
name: tried
trigger: {type: manual}
load: {average_per_second: 1/min}
duration: {typical: 5s, max: 30d}
guarantees: {delivery: exactly-once, idempotency_key: $.order.id, consistency: CONSISTENCY}
failure: {policy: POLICY}
query_language: LANGUAGE
steps:
";

pub(super) const LANGUAGES: [&str; 2] = ["JSONata", "JSONPath"];

pub(super) fn with(language: &str, policy: &str, steps: &str) -> String {
    let consistency = if policy == "compensate" {
        "saga"
    } else {
        "none"
    };
    let head = HEAD
        .replace("CONSISTENCY", consistency)
        .replace("POLICY", policy);
    format!("{}{steps}", head.replace("LANGUAGE", language))
}

pub(super) fn lambda(id: &str, more: &str) -> String {
    format!(
        "  - {{id: {id}, does: {{action: lambda:invoke, resource: do-{id}}}, timeout: 10s, idempotent: true{more}}}\n"
    )
}

fn undoable(id: &str, more: &str) -> String {
    lambda(
        id,
        &format!(", undo: {{action: lambda:invoke, resource: undo-{id}}}{more}"),
    )
}

pub(super) fn valid(design: &Composed) {
    for machine in &design.machines {
        assert_eq!(
            errors(&machine.definition),
            Vec::<String>::new(),
            "{}",
            machine.definition
        );
        assert_eq!(
            findings(design, machine),
            Vec::<String>::new(),
            "{}",
            machine.definition
        );
    }
}

fn entered(outcome: &sim::Outcome) -> Vec<&str> {
    outcome.entered().collect()
}

#[test]
fn a_saga_is_the_same_in_both_languages() {
    let steps = undoable("A", ", reject_on: [Full]")
        + &undoable("B", "")
        + &undoable("C", ", pivot: true")
        + &lambda("D", "");
    for language in LANGUAGES {
        let (requirements, design) = composed(&with(language, "compensate", &steps));
        valid(&design);
        assert_eq!(design.undo_order, ["C", "B", "A"]);
        let (outcome, _) = run_with(&requirements, &design, &[("C", throws("Broken"))]);
        assert_eq!(
            entered(&outcome),
            [
                "A",
                "B",
                "C",
                "Undo C",
                "Undo B",
                "Undo A",
                "All undone?",
                "Failed"
            ],
            "{language}"
        );
        assert_eq!(outcome.error.as_deref(), Some("Broken"));
        let (outcome, _) = run_with(&requirements, &design, &[("A", throws("Full"))]);
        assert_eq!(entered(&outcome), ["A", "Failed"]);
        // An undo that fails does not stop the rest.
        let (outcome, calls) = run_with(
            &requirements,
            &design,
            &[("C", throws("Broken")), ("Undo B", throws("Stuck"))],
        );
        assert_eq!(outcome.error.as_deref(), Some("CompensationIncomplete"));
        assert_eq!(
            entered(&outcome)
                .iter()
                .filter(|name| name.starts_with("Undo"))
                .count(),
            3
        );
        assert_eq!(calls.iter().filter(|name| *name == "Undo B").count(), 9);
        // After the pivot there is no way back.
        let (outcome, _) = run_with(&requirements, &design, &[("D", throws("Broken"))]);
        assert_eq!(
            entered(&outcome),
            [
                "A",
                "B",
                "C",
                "D",
                "Park for completion",
                "Completion incomplete"
            ]
        );
    }
}

#[test]
fn what_takes_back_gets_the_key_of_what_was_done() {
    let (_, design) = composed(&with(
        "JSONata",
        "compensate",
        &(undoable("A", "") + &undoable("B", ", pivot: true")),
    ));
    let text = &design.machines[0].definition;
    for id in ["A", "B"] {
        let key = format!(
            "\"idempotencyKey\": \"{{% $states.context.Execution.Input.order.id & '#{id}' %}}\""
        );
        assert_eq!(text.matches(&key).count(), 2, "{text}");
    }
}

#[test]
fn branches_that_ran_at_the_same_time_are_all_taken_back() {
    let steps = undoable("A", "")
        + "  - id: Both\n    parallel:\n      - [{id: L, does: {action: lambda:invoke, resource: l}, timeout: 9s, idempotent: true, undo: {action: lambda:invoke, resource: ul}}]\n      - [{id: R, does: {action: lambda:invoke, resource: r}, timeout: 9s, idempotent: true, undo: {action: lambda:invoke, resource: ur}}]\n"
        + &lambda("Z", ", pivot: true");
    for language in LANGUAGES {
        let (requirements, design) = composed(&with(language, "compensate", &steps));
        valid(&design);
        for at in ["R", "Z"] {
            let (outcome, _) = run_with(&requirements, &design, &[(at, throws("Broken"))]);
            let names = entered(&outcome);
            for undo in ["Undo L", "Undo R", "Undo A"] {
                assert!(names.contains(&undo), "{language} {at} {names:?}");
            }
            assert_eq!(outcome.error.as_deref(), Some("Broken"));
        }
        let (outcome, _) = run_with(
            &requirements,
            &design,
            &[("R", throws("Broken")), ("Undo L", throws("Stuck"))],
        );
        assert_eq!(
            outcome.error.as_deref(),
            Some("CompensationIncomplete"),
            "{:?}",
            entered(&outcome)
        );
        assert!(entered(&outcome).contains(&"Undo A"));
    }
}

#[test]
fn only_the_way_that_was_taken_is_taken_back() {
    let steps = undoable("A", "")
        + "  - {id: Which, choose: [{when: '$.order.big = true', go: B}, {go: C}]}\n"
        + &undoable("B", ", after: [Which]")
        + &undoable("C", ", after: [Which]")
        + &lambda("Z", ", after: [B, C], pivot: true");
    for language in LANGUAGES {
        let (requirements, design) = composed(&with(language, "compensate", &steps));
        valid(&design);
        let (outcome, _) = run_with(&requirements, &design, &[("Z", throws("Broken"))]);
        let undone: Vec<&str> = outcome
            .entered()
            .filter(|name| name.starts_with("Undo"))
            .collect();
        assert_eq!(undone, ["Undo C", "Undo A"], "{language}");
    }
}

#[test]
fn items_of_a_map_are_taken_back_one_by_one() {
    let steps = "  - id: Rooms\n    each:\n      of: $.order.rooms\n      items: 3\n      steps:\n        - {id: Book, does: {action: lambda:invoke, resource: b}, timeout: 9s, idempotent: true, undo: {action: lambda:invoke, resource: ub}}\n".to_owned()
        + &lambda("Z", ", pivot: true");
    let (requirements, design) = composed(&with("JSONata", "compensate", &steps));
    valid(&design);
    let (outcome, calls) = run_with(&requirements, &design, &[("Z", throws("Broken"))]);
    assert_eq!(
        calls.iter().filter(|name| *name == "Undo Book").count(),
        2,
        "{:?} {:?}",
        entered(&outcome),
        outcome.cause
    );
    assert_eq!(outcome.error.as_deref(), Some("Broken"));
}

#[test]
fn a_circuit_breaker_writes_nothing_where_all_is_well_and_calls_nothing_while_it_is_open() {
    for language in LANGUAGES {
        let steps = lambda(
            "A",
            ", breaker: {failures: 2, window: 1min, open_for: 1min}",
        ) + &lambda("B", "");
        let (requirements, design) = composed(&with(language, "park", &steps));
        valid(&design);
        let (outcome, calls) = run_with(&requirements, &design, &[]);
        assert_eq!(
            calls,
            ["Circuit of A", "A", "B"],
            "{language} {:?}",
            outcome.cause
        );
        let open = |until: &str| returns(json!({"Item": {"openUntil": {"N": until}}}));
        let (outcome, calls) = run_with(
            &requirements,
            &design,
            &[("Circuit of A", open("9999999999999"))],
        );
        assert_eq!(calls, ["Circuit of A", "Park"]);
        assert_eq!(
            outcome.error.as_deref(),
            Some("CircuitOpen"),
            "{:?}",
            outcome.cause
        );
        // The time is over: one probe, and the row goes.
        // Time begins at 1970 here.
        let (_, calls) = run_with(&requirements, &design, &[("Circuit of A", open("-5"))]);
        assert_eq!(
            calls,
            [
                "Circuit of A",
                "Probe A?",
                "Probe A",
                "Close circuit of A",
                "B"
            ]
        );
        let (_, calls) = run_with(
            &requirements,
            &design,
            &[
                ("Circuit of A", open("-5")),
                ("Probe A", throws("Lambda.ServiceException")),
            ],
        );
        assert_eq!(
            calls,
            [
                "Circuit of A",
                "Probe A?",
                "Probe A",
                "Reopen circuit of A",
                "Park"
            ]
        );
        let lost = throws("DynamoDB.ConditionalCheckFailedException");
        let (_, calls) = run_with(
            &requirements,
            &design,
            &[("Circuit of A", open("-5")), ("Probe A?", lost)],
        );
        assert_eq!(calls, ["Circuit of A", "Probe A?", "Park"]);
        // Outages are counted, and the last one opens it.
        let counted =
            |failures: &str| returns(json!({"Attributes": {"failures": {"N": failures}}}));
        let (outcome, calls) = run_with(
            &requirements,
            &design,
            &[
                ("A", throws("Lambda.ServiceException")),
                ("Count failure of A", counted("2")),
            ],
        );
        assert!(calls.contains(&"Open circuit of A".to_owned()), "{calls:?}");
        assert_eq!(outcome.error.as_deref(), Some("Lambda.ServiceException"));
        let (_, calls) = run_with(
            &requirements,
            &design,
            &[
                ("A", throws("Lambda.ServiceException")),
                ("Count failure of A", counted("1")),
            ],
        );
        assert!(
            !calls.contains(&"Open circuit of A".to_owned()),
            "{calls:?}"
        );
    }
}

#[test]
fn who_does_not_answer_is_asked_again_twice() {
    let ask = |on_timeout: &str| {
        format!(
            "  - {{id: Ok, approval: {{by: boss, channel: CHANNEL, timeout: 1h, on_timeout: {on_timeout}}}}}\n"
        ) + &lambda("Z", "")
    };
    for language in LANGUAGES {
        for channel in ["sqs", "sns", "slack", "email", "api"] {
            let silent = throws("States.Timeout");
            let text = with(
                language,
                "park",
                &ask("escalate").replace("CHANNEL", channel),
            );
            let (requirements, design) = composed(&text);
            valid(&design);
            let answers = [
                ("Ok", silent.clone()),
                ("Escalate Ok", silent.clone()),
                ("Escalate Ok again", silent.clone()),
            ];
            let (outcome, calls) = run_with(&requirements, &design, &answers);
            assert_eq!(
                calls,
                ["Ok", "Escalate Ok", "Escalate Ok again", "Park"],
                "{:?}",
                outcome.cause
            );
            let (_, calls) = run_with(&requirements, &design, &[("Ok", throws("Rejected"))]);
            assert_eq!(calls, ["Ok", "Park"]);
            let (requirements, design) = composed(&with(
                language,
                "park",
                &ask("approve").replace("CHANNEL", channel),
            ));
            let (outcome, calls) = run_with(&requirements, &design, &[("Ok", silent.clone())]);
            assert_eq!(calls, ["Ok", "Z"]);
            assert_eq!(outcome.status, sim::Status::Succeeded);
        }
    }
}

#[test]
fn a_poll_ends() {
    let steps = "  - {id: Ask, does: {action: glue:getCrawler, resource: c}, poll: {every: 30s, until: '$.Crawler.State = \"READY\"', at_most: 10min}, idempotent: true}\n".to_owned() + &lambda("Z", "");
    for language in LANGUAGES {
        let (requirements, design) = composed(&with(language, "park", &steps));
        valid(&design);
        let (outcome, calls) = run_with(&requirements, &design, &[]);
        assert_eq!(calls, ["Ask", "Z"], "{:?}", outcome.cause);
        let busy = returns(json!({"Crawler": {"State": "RUNNING"}}));
        let (outcome, calls) = run_with(&requirements, &design, &[("Ask", busy)]);
        assert_eq!(
            outcome.error.as_deref(),
            Some("PollTimeout"),
            "{:?}",
            outcome.cause
        );
        assert!(calls.len() < 30);
    }
}

#[test]
fn steps_that_do_not_wait_for_each_other_stand_side_by_side() {
    let steps = lambda("A", "")
        + &lambda("B", ", after: [A]")
        + &lambda("C", ", after: [A]")
        + &lambda("D", ", after: [B, C]");
    let (requirements, design) = composed(&with("JSONata", "park", &steps));
    valid(&design);
    let (outcome, _) = run_with(&requirements, &design, &[]);
    assert_eq!(entered(&outcome), ["A", "B and C", "B", "C", "D"]);
    let output = outcome.output.unwrap();
    for id in ["A", "B", "C", "D"] {
        assert!(output.get(id).is_some(), "{output}");
    }
}

#[test]
fn a_second_execution_of_the_same_key_does_nothing() {
    let requirements = read(&with(
        "JSONata",
        "compensate",
        &(undoable("A", "") + &lambda("B", ", pivot: true")),
    ));
    let mut decisions = decided(&requirements);
    decisions.duplicates = Duplicates::Table {
        key: "$.order.id".to_owned(),
    };
    let design = compose(&requirements, &decisions);
    valid(&design);
    let (outcome, calls) = run_with(
        &requirements,
        &design,
        &[("Claim", throws("DynamoDB.ConditionalCheckFailedException"))],
    );
    assert_eq!(
        (calls, outcome.status),
        (vec!["Claim".to_owned()], sim::Status::Succeeded)
    );
    let (_, calls) = run_with(&requirements, &design, &[("B", throws("Broken"))]);
    assert_eq!(calls, ["Claim", "A", "B", "Undo A", "Give up claim"]);
}

#[test]
fn a_nested_child_that_fails_is_handled_by_its_parent() {
    let requirements = read(&with(
        "JSONata",
        "compensate",
        &(undoable("A", "") + &lambda("B", "") + &lambda("C", ", pivot: true")),
    ));
    let mut decisions = decided(&requirements);
    decisions.workflow = Workflow::Nested {
        steps: vec!["A".to_owned(), "B".to_owned()],
    };
    let design = compose(&requirements, &decisions);
    valid(&design);
    assert_eq!(design.machines.len(), 2);
    assert!(design.machines[1].express);
    let (outcome, calls) = run_with(&requirements, &design, &[]);
    assert_eq!(calls, ["A to B", "C"], "{:?}", outcome.cause);
    let failed = returns(json!({"Status": "FAILED", "Error": "Broken", "Cause": "so"}));
    let (outcome, calls) = run_with(&requirements, &design, &[("A to B", failed)]);
    assert_eq!(calls, ["A to B", "Undo A"]);
    assert_eq!(outcome.error.as_deref(), Some("Broken"));
}

#[test]
fn some_items_may_fail() {
    let steps = "  - id: All\n    each:\n      of: $.order.rooms\n      items: 10\n      tolerate_failures: 0.5\n      steps:\n        - {id: One, does: {action: lambda:invoke, resource: b}, timeout: 9s, idempotent: true}\n".to_owned() + &lambda("Z", "");
    let (requirements, design) = composed(&with("JSONata", "park", &steps));
    valid(&design);
    let bad = throws("Broken");
    let (outcome, _) = run_with(&requirements, &design, &[("One", bad)]);
    assert_eq!(
        outcome.error.as_deref(),
        Some("TooManyItemsFailed"),
        "{:?}",
        outcome.cause
    );
    let half = json!({"0": {"Throw": {"Error": "Broken", "Cause": ""}}, "1-99": {"Return": {"Payload": {}}}});
    let (outcome, _) = run_with(&requirements, &design, &[("One", half)]);
    assert_eq!(
        outcome.status,
        sim::Status::Succeeded,
        "{:?}",
        outcome.cause
    );
    assert_eq!(
        outcome.output.unwrap()["All"],
        json!({"total": 2, "failed": 1})
    );
}

#[test]
fn hostile_texts_stay_texts() {
    let steps = "  - {id: A, does: {action: sns:publish, resource: t, input: {Message: \"${evil!} %{for} \\\" ' {% x ${also_mine}\"}}, timeout: 9s, idempotent: true}\n".to_owned() + &lambda("B", "");
    let (_, design) = composed(&with("JSONata", "park", &steps));
    valid(&design);
    let text = &design.machines[0].definition;
    assert!(
        !text.contains("${evil") && !text.contains("%{for"),
        "{text}"
    );
    assert!(
        text.contains("${also_mine}") && design.machines[0].substitutions.contains_key("also_mine")
    );
    let value: serde_json::Value = serde_json::from_str(text).unwrap();
    assert_eq!(
        value["States"]["A"]["Arguments"]["Message"],
        "${evil!} %{for} \" ' {% x ${also_mine}"
    );
}

#[test]
fn functions_get_batches_and_other_calls_get_items() {
    let map = "  - id: All\n    each:\n      of: $.order.rooms\n      items: 20000\n      batch: 2\n      tolerate_failures: 0.1\n      steps:\n        - STEP\n";
    let function =
        "{id: One, does: {action: lambda:invoke, resource: b}, timeout: 9s, idempotent: true}";
    let call =
        "{id: One, does: {action: sqs:sendMessage, resource: q}, timeout: 9s, idempotent: true}";
    for (step, calls) in [(function, 1), (call, 2)] {
        let text = with("JSONata", "park", &map.replace("STEP", step)) + &lambda("Z", "");
        let requirements = read(&text);
        let mut decisions = decided(&requirements);
        let items = MapDecision::Distributed {
            child: Child::Express,
            batch: 2,
            concurrency: 10,
            items: Items::Data,
            tolerated_percentage: rust_decimal::Decimal::TEN,
        };
        decisions.steps.entry("All".to_owned()).or_default().map = Some(items);
        let design = compose(&requirements, &decisions);
        valid(&design);
        assert_eq!(design.buckets.len(), 1);
        let (outcome, made) = run_with(&requirements, &design, &[]);
        assert_eq!(
            outcome.status,
            sim::Status::Succeeded,
            "{:?} {:?}",
            outcome.error,
            outcome.cause
        );
        assert_eq!(
            made.iter().filter(|name| *name == "One").count(),
            calls,
            "{made:?}"
        );
    }
}

#[test]
fn what_is_written_does_not_take_the_place_of_what_is_read() {
    let steps = "  - {id: Load, does: {action: dynamodb:getItem, resource: devices}, idempotent: true}\n  - {id: Hot, choose: [{when: '$.reading > $.device.limit', go: Tell}, {go: Store}]}\n  - {id: Tell, does: {action: sns:publish, resource: t}, idempotent: true}\n  - {id: Store, does: {action: dynamodb:putItem, resource: readings}, idempotent: true}\n";
    for (reading, tells) in [(7, true), (3, false)] {
        let (requirements, design) = composed(&with("JSONata", "park", steps));
        valid(&design);
        let mut cases = fault_cases(&requirements, &design);
        let row = json!({"Item": {"limit": {"N": "5"}, "place": {"S": "hall"}}});
        let answers = [("Load", returns(row))];
        cases.cases[0].input["reading"] = json!(reading);
        let (outcome, calls) = super::support::run_from(&design, cases, &answers);
        assert_eq!(
            calls.contains(&"Tell".to_owned()),
            tells,
            "{calls:?} {:?}",
            outcome.cause
        );
        assert_eq!(outcome.output.unwrap()["reading"], json!(reading));
    }
}

#[test]
fn a_row_that_was_taken_back_may_be_written_again() {
    for language in LANGUAGES {
        let row = "  - {id: Save, does: {action: dynamodb:putItem, resource: orders}, idempotent: true, undo: {action: dynamodb:updateItem, resource: orders}}\n";
        let (_, design) = composed(&with(
            language,
            "compensate",
            &format!("{row}{}", undoable("Pay", "")),
        ));
        valid(&design);
        let definition = &design.machines[0].definition;
        assert!(
            definition.contains("attribute_not_exists(#key) OR #status = :cancelled"),
            "{definition}"
        );
        // Where nothing of ours marks the row, one that is there was written before.
        let own = row.replace(
            "resource: orders}}\n",
            "resource: orders, input: {TableName: orders, Key: {id: {S: '1'}}, UpdateExpression: 'SET gone = :yes'}}}\n",
        );
        let (_, design) = composed(&with(
            language,
            "compensate",
            &format!("{own}{}", undoable("Pay", "")),
        ));
        assert!(!design.machines[0].definition.contains(":cancelled"));
    }
}
