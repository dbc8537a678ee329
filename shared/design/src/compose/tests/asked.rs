//! Requirements as different people write them.

use serde_json::json;

use super::super::*;
use super::patterns::{valid, with};
use super::support::{composed, decided, read, returns, run_from, run_with, throws};
use crate::decide::Workflow;

const A: &str =
    "  - {id: A, does: {action: lambda:invoke, resource: a}, timeout: 10s, idempotent: true}\n";
const B: &str =
    "  - {id: B, does: {action: lambda:invoke, resource: b}, timeout: 10s, idempotent: true}\n";

#[test]
fn a_condition_reads_what_a_function_answers_in_each_language_and_inside_of_a_map() {
    let steps = "  - id: All
    each:
      of: $.order.rooms
      items: 10
      tolerate_failures: 0.5
      steps:
        - {id: Price, does: {action: lambda:invoke, resource: price}, timeout: 9s, idempotent: true}
        - {id: Dear, choose: [{when: '$.price.total > 100', go: Insure}, {go: Plain}]}
        - {id: Insure, does: {action: lambda:invoke, resource: insure}, after: [Dear], timeout: 9s, idempotent: true}
        - {id: Plain, does: {action: lambda:invoke, resource: plain}, after: [Dear], timeout: 9s, idempotent: true}
";
    for language in ["JSONata", "JSONPath"] {
        let (requirements, design) = composed(&with(language, "park", steps));
        valid(&design);
        let dear = returns(json!({"Payload": {"total": 500}}));
        let (outcome, calls) = run_with(&requirements, &design, &[("Price", dear)]);
        assert!(
            calls.contains(&"Insure".to_owned()) && !calls.contains(&"Plain".to_owned()),
            "{language}: {calls:?} {:?}",
            outcome.cause
        );
    }
}

#[test]
fn a_name_that_a_function_answers_is_read_beside_its_result_in_each_language() {
    let steps = format!(
        "{A}  - {{id: High, choose: [{{when: '$.score > 5', go: B}}, {{go: C}}]}}\n{}{}",
        B.replace("timeout", "after: [High], timeout"),
        B.replace("id: B", "id: C")
            .replace("timeout", "after: [High], timeout")
    ) + "  - {id: D, does: {action: lambda:invoke, resource: d, input: {score: $.score, all: $.a.kind}}, after: [B, C], timeout: 9s, idempotent: true}\n";
    for language in ["JSONata", "JSONPath"] {
        let (requirements, design) = composed(&with(language, "park", &steps));
        valid(&design);
        let answer = returns(json!({"Payload": {"score": 9, "kind": "x"}}));
        let (outcome, calls) = run_with(&requirements, &design, &[("A", answer)]);
        assert_eq!(calls, ["A", "B", "D"], "{language}: {:?}", outcome.cause);
    }
}

#[test]
fn another_step_stands_in_whatever_a_call_fails_with() {
    let said = format!(
        "{}{B}{}",
        A.replace(
            "idempotent: true",
            "idempotent: true, on_error: fallback, breaker: {failures: 2, fallback: Spare}"
        ),
        "  - {id: Spare, does: {action: sqs:sendMessage, resource: by-hand}, after: [A], idempotent: true}\n"
    );
    let of_policy = said.replace(" on_error: fallback,", "");
    for (policy, steps) in [("continue", &said), ("fallback", &of_policy)] {
        let (requirements, design) = composed(&with("JSONata", policy, steps));
        valid(&design);
        for error in ["OutOfStock", "Lambda.ServiceException"] {
            let (_, calls) = run_with(&requirements, &design, &[("A", throws(error))]);
            assert!(
                calls.contains(&"Spare".to_owned()) && !calls.contains(&"B".to_owned()),
                "{policy}, {error}: {calls:?}"
            );
        }
    }
}

#[test]
fn who_says_no_is_heard_although_failures_are_passed_over() {
    let steps = format!("  - {{id: Ask, approval: {{by: boss, timeout: 1d}}}}\n{B}");
    for policy in ["continue", "fallback"] {
        let (requirements, design) = composed(&with("JSONata", policy, &steps));
        valid(&design);
        for error in ["Rejected", "States.Timeout"] {
            let (outcome, calls) = run_with(&requirements, &design, &[("Ask", throws(error))]);
            assert_eq!(outcome.status, sim::Status::Failed, "{policy}, {error}");
            assert!(!calls.contains(&"B".to_owned()), "{policy}, {error}");
        }
    }
    let ignored = steps.replace("timeout: 1d}", "timeout: 1d}, on_error: ignore");
    let (requirements, design) = composed(&with("JSONata", "continue", &ignored));
    let (_, calls) = run_with(&requirements, &design, &[("Ask", throws("Rejected"))]);
    assert!(calls.contains(&"B".to_owned()), "it was said so: {calls:?}");
}

#[test]
fn nothing_is_asked_of_a_child_whose_failure_leads_on_as_well() {
    let steps = format!("{A}{B}  - {{id: Z, approval: {{by: boss, timeout: 1d}}}}\n");
    for (policy, states) in [("continue", false), ("park", true)] {
        let requirements = read(&with("JSONata", policy, &steps));
        let mut decisions = decided(&requirements);
        decisions.workflow = Workflow::Nested {
            steps: vec!["A".to_owned(), "B".to_owned()],
        };
        let design = compose(&requirements, &decisions);
        valid(&design);
        let asks = design.machines[0].definition.contains("A to B done?");
        assert_eq!(asks, states, "{policy}");
    }
}

#[test]
fn a_failed_undo_is_not_said_to_be_in_a_queue_that_is_not_there() {
    let steps = A.replace(
        "idempotent: true",
        "idempotent: true, undo: {action: lambda:invoke, resource: c}",
    ) + B;
    for (how, queue) in [("fail", false), ("park-and-alarm", true)] {
        let text = with("JSONata", "compensate", &steps).replace(
            "failure: {",
            &format!("failure: {{compensation_failure: {how}, "),
        );
        let (_, design) = composed(&text);
        valid(&design);
        let said = design.machines[0].definition.contains("repair queue");
        assert_eq!(said, queue, "{how}");
        assert_eq!(!design.queues.is_empty(), queue, "{how}");
    }
}

#[test]
fn what_has_to_be_said_of_a_call_and_is_not_is_told() {
    let (_, design) = composed(&with(
        "JSONata",
        "fail",
        "  - {id: Encode, does: {action: mediaconvert:createJob, resource: q, wait: job}, duration: 1min, timeout: 1h}\n",
    ));
    let told = design.assumptions.join("\n");
    assert!(
        told.contains("Encode is called with an empty `Settings`"),
        "{told}"
    );
}

#[test]
fn what_a_step_names_is_what_its_action_is_about() {
    for (action, parameter) in [
        ("sagemaker:updateEndpoint", "EndpointName"),
        ("workmail:createUser", "Name"),
        ("opensearch:describeDomain", "DomainName"),
    ] {
        let (_, design) = composed(&with(
            "JSONata",
            "fail",
            &format!(
                "  - {{id: Act, does: {{action: {action}, resource: thing}}, duration: 1s}}\n{B}"
            ),
        ));
        let machine: serde_json::Value =
            serde_json::from_str(&design.machines[0].definition).unwrap();
        let given = &machine["States"]["Act"]["Arguments"][parameter];
        assert_eq!(given, "${thing_name}", "{action}: {machine:#}");
    }
}

#[test]
fn what_no_resource_can_be_called_is_asked_for() {
    for (resource, usable) in [("orders", true), ("fn-${x}\\\"; rm -rf", false)] {
        let steps = A.replace("resource: a", &format!("resource: \"{resource}\"")) + B;
        let (_, design) = composed(&with("JSONata", "fail", &steps));
        valid(&design);
        let default = design.parameters[0].default.as_deref();
        assert_eq!(default, Some(resource).filter(|_| usable));
    }
}

#[test]
fn what_takes_back_over_https_has_an_address_of_its_own() {
    let step = "  - {id: Rent, does: {action: http:POST, resource: cars}, timeout: 9s, idempotent: true, undo: {action: http:DELETE, resource: cars}}\n";
    let (_, design) = composed(&with("JSONata", "compensate", &(step.to_owned() + B)));
    valid(&design);
    let machine: serde_json::Value = serde_json::from_str(&design.machines[0].definition).unwrap();
    let address = |state: &str| machine["States"][state]["Arguments"]["ApiEndpoint"].clone();
    assert_eq!(address("Rent"), "${rent_endpoint}");
    assert_eq!(address("Undo Rent"), "${undo_rent_endpoint}");
}

#[test]
fn branches_that_wait_for_more_than_they_say_are_told() {
    let job = |id: &str, after: &str| {
        A.replace("id: A", &format!("id: {id}"))
            .replace("timeout", &format!("after: [{after}], timeout"))
    };
    let steps = A.to_owned()
        + &job("B", "A")
        + &job("C", "A")
        + &job("D", "B")
        + &job("E", "\"D\", \"C\"")
        + &job("F", "\"B\", \"C\"");
    let (_, design) = composed(&with("JSONata", "fail", &steps));
    valid(&design);
    let told: Vec<&String> = design
        .assumptions
        .iter()
        .filter(|said| said.contains("also waits for"))
        .collect();
    assert!(
        told.len() == 1 && told[0].starts_with("D also waits for C:"),
        "{told:?}"
    );
}

#[test]
fn an_execution_that_may_take_longer_than_is_said_is_told() {
    for (max, longer) in [("5s", true), ("30d", false)] {
        let text = with("JSONata", "fail", &(A.to_owned() + B))
            .replace("max: 30d", &format!("max: {max}"));
        let text = text.replace("timeout: 10s", "timeout: 4s");
        let (_, design) = composed(&text);
        let told = design
            .assumptions
            .iter()
            .any(|said| said.contains("`duration.max`"));
        assert_eq!(told, longer, "{max}");
    }
}

#[test]
fn a_way_beside_the_pivot_is_taken_back() {
    let undo = ", undo: {action: lambda:invoke, resource: undo}";
    let step = |id: &str, more: &str| {
        format!(
            "  - {{id: {id}, does: {{action: lambda:invoke, resource: do}}, timeout: 9s, idempotent: true{more}}}\n"
        )
    };
    let steps = step("First", undo)
        + "  - {id: Which, choose: [{when: '$.order.good = true', go: Pay}, {go: Deny}]}\n"
        + &step("Pay", ", pivot: true, after: [Which]")
        + &step("Ship", "")
        + &step("Deny", &format!(", after: [Which]{undo}"))
        + &step("Close", ", after: [Deny]");
    let (requirements, design) = composed(&with("JSONata", "compensate", &steps));
    valid(&design);
    let (_, calls) = run_with(&requirements, &design, &[("Close", throws("Broken"))]);
    assert_eq!(calls, ["First", "Deny", "Close", "Undo Deny", "Undo First"]);
    let ship = design.machines[0]
        .machine
        .json()
        .pretty(&std::collections::BTreeSet::new());
    let machine: serde_json::Value = serde_json::from_str(&ship).unwrap();
    let catch = machine["States"]["Ship"]["Catch"].as_array().unwrap();
    assert_eq!(catch.last().unwrap()["Next"], "Park for completion");
}

#[test]
fn messages_to_a_fifo_queue_have_a_group() {
    for (action, resource) in [
        ("sqs:sendMessage", "kitchen.fifo"),
        ("sns:publish", "news.fifo"),
    ] {
        let steps = format!(
            "  - {{id: Send, does: {{action: {action}, resource: {resource}}}, timeout: 9s}}\n{B}"
        );
        for language in ["JSONata", "JSONPath"] {
            let (_, design) = composed(&with(language, "park", &steps));
            valid(&design);
            for field in ["MessageGroupId", "MessageDeduplicationId"] {
                assert!(
                    design.machines[0].definition.contains(field),
                    "{language} {field}"
                );
            }
        }
    }
}

#[test]
fn undoing_without_end_shortens_nothing_else() {
    let steps = A.replace(
        "idempotent: true",
        "idempotent: true, undo: {action: lambda:invoke, resource: c}",
    ) + B;
    let plain = with("JSONata", "compensate", &steps);
    let forever = plain.replace(
        "failure: {",
        "failure: {compensation_failure: retry-forever, ",
    );
    let retries = |text: &str| {
        let (_, design) = composed(text);
        let machine: serde_json::Value =
            serde_json::from_str(&design.machines[0].definition).unwrap();
        (
            machine["States"]["B"]["Retry"].clone(),
            machine["States"]["Park for repair"]["TimeoutSeconds"].clone(),
        )
    };
    assert_eq!(retries(&forever), retries(&plain));
}

#[test]
fn what_an_api_answers_is_read_by_its_name_or_without_it() {
    let load = "  - {id: Load, does: {action: dynamodb:getItem, resource: trucks}, timeout: 9s}
  - {id: List, does: {action: dynamodb:query, resource: stops, input: {KeyConditionExpression: 'id = :i'}}, timeout: 9s}
  - {id: Warm, choose: [{when: 'WHEN', go: A}, {go: B}]}
";
    let each = "  - id: All
    after: [A, B]
    each: {of: OF, items: 3, steps: [{id: One, does: {action: lambda:invoke, resource: one}, timeout: 9s, idempotent: true}]}
";
    let way = |text: &str| text.replace("timeout", "after: [Warm], timeout");
    for language in ["JSONata", "JSONPath"] {
        for (when, of) in [
            ("$.Load.limit > 3", "$.List"),
            ("$.Load.Item.limit.N > 3", "$.List.Items"),
            ("$.truck.limit > 3", "$.stops"),
        ] {
            let steps = format!("{load}{}{}{each}", way(A), way(B))
                .replace("WHEN", when)
                .replace("OF", of);
            let (requirements, design) = composed(&with(language, "park", &steps));
            valid(&design);
            let answers = [
                ("Load", returns(json!({"Item": {"limit": {"N": "5"}}}))),
                ("List", returns(json!({"Items": [1, 2, 3], "Count": 3}))),
            ];
            let (outcome, calls) = run_with(&requirements, &design, &answers);
            assert_eq!(
                calls,
                ["Load", "List", "A", "One", "One", "One"],
                "{language} {when} {of}: {:?}",
                outcome.cause
            );
        }
    }
}

#[test]
fn rows_of_a_stream_are_plain_values() {
    let steps = format!(
        "  - {{id: High, choose: [{{when: '$.order.total > 100', go: A}}, {{go: B}}]}}\n{}{}",
        A.replace("timeout", "after: [High], timeout"),
        B.replace("timeout", "after: [High], timeout")
    );
    let text = with("JSONata", "park", &steps).replace(
        "trigger: {type: manual}",
        "trigger: {type: dynamodb-stream, source: orders}",
    );
    let (requirements, design) = composed(&text);
    valid(&design);
    let image = json!({"order": {"M": {"id": {"S": "o-1"}, "total": {"N": "250"}, "rooms": {"L": [{"S": "x"}]}}}});
    for image in [json!({"NewImage": image}), json!({"OldImage": image})] {
        let mut cases = fault_cases(&requirements, &design);
        cases.cases[0].input = json!([{"eventName": "MODIFY", "dynamodb": image}]);
        let (outcome, calls) = run_from(&design, cases, &[]);
        assert_eq!(
            calls.last().map(String::as_str),
            Some("A"),
            "{:?}",
            outcome.cause
        );
        assert_eq!(
            outcome.output.unwrap()["order"],
            json!({"id": "o-1", "total": 250, "rooms": ["x"]})
        );
    }
}
