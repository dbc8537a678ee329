//! Limits: places, their leases, and who gets one.

use serde_json::json;

use super::patterns::{LANGUAGES, lambda, valid, with};
use super::support::{composed, run_with, throws};

#[test]
fn a_place_is_given_back_whatever_happens() {
    let steps = lambda("A", ", reject_on: [No], limit: {concurrent: 3}") + &lambda("B", "");
    let (requirements, design) = composed(&with("JSONata", "park", &steps));
    valid(&design);
    let (_, calls) = run_with(&requirements, &design, &[]);
    assert_eq!(calls, ["Place for A", "A", "Free place of A", "B"]);
    for error in ["No", "Broken"] {
        let (outcome, calls) = run_with(&requirements, &design, &[("A", throws(error))]);
        assert!(
            calls
                .iter()
                .any(|name| name.starts_with("Free place of A,")),
            "{calls:?}"
        );
        assert_eq!(outcome.error.as_deref(), Some(error));
    }
    let busy = throws("DynamoDB.ConditionalCheckFailedException");
    let (outcome, calls) = run_with(&requirements, &design, &[("Place for A", busy)]);
    assert!(
        !calls.contains(&"A".to_owned()) && calls.len() > 10,
        "{calls:?}"
    );
    assert_eq!(outcome.error.as_deref(), Some("NoPlace"));
}

#[test]
fn the_place_of_an_execution_that_was_stopped_is_taken_back_when_its_lease_is_over() {
    for language in LANGUAGES {
        for kind in ["STANDARD", "EXPRESS"] {
            let steps = lambda("A", ", limit: {concurrent: 1}") + &lambda("B", "");
            let text = with(language, "park", &steps) + &format!("\nworkflow_type: {kind}\n");
            let text = if kind == "EXPRESS" {
                text.replace("max: 30d", "max: 1min")
                    .replace("exactly-once", "at-least-once")
            } else {
                text
            };
            let (requirements, design) = composed(&text);
            valid(&design);
            let lease = design.leases["A"];
            let held = design.machines[0].machine.scope.worst_of("A");
            assert!(lease > held.min(300), "{language} {kind}: {lease} {held}");
            let definition = &design.machines[0].definition;
            assert!(
                definition.contains(&format!("$toMillis($now()) + {}", lease * 1000)),
                "{definition}"
            );
            // Time begins at 1970 here: one lease is over, the other is not.
            let row = |until: &str| {
                json!({"0-999": {"Return": {"Item": {
                    "id": {"S": "A"},
                    "holders": {"SS": ["gone", "here"]},
                    "until here": {"N": "9999999999999"},
                    "until gone": {"N": until},
                }}}})
            };
            let busy = throws("DynamoDB.ConditionalCheckFailedException");
            let again = if kind == "EXPRESS" { 5 } else { 11 };
            let freed = json!({
                format!("0-{}", again - 1): busy["0-999"],
                format!("{again}-999"): {"Return": {}},
            });
            let (outcome, calls) = run_with(
                &requirements,
                &design,
                &[("Place for A", freed.clone()), ("Holders at A", row("-5"))],
            );
            let places = calls.iter().filter(|name| *name == "Place for A").count();
            let rest: Vec<&str> = calls
                .iter()
                .map(String::as_str)
                .filter(|name| *name != "Place for A")
                .collect();
            assert_eq!(
                rest,
                [
                    "Holders at A",
                    "Reclaim place of A",
                    "A",
                    "Free place of A",
                    "B"
                ],
                "{language} {kind} {:?}",
                outcome.cause
            );
            assert_eq!(places, again + 1);
            // Nothing has expired: nobody loses a place.
            let (_, calls) = run_with(
                &requirements,
                &design,
                &[
                    ("Place for A", freed),
                    ("Holders at A", row("9999999999999")),
                ],
            );
            assert!(
                !calls.contains(&"Reclaim place of A".to_owned()),
                "{calls:?}"
            );
            assert!(calls.contains(&"A".to_owned()), "{calls:?}");
        }
    }
}

#[test]
fn a_limit_may_stand_around_several_steps() {
    let steps = "  - {id: All, limit: {concurrent: 2}, parallel: [[{id: A, does: {action: 'lambda:invoke', resource: a}, idempotent: true}], [{id: B, does: {action: 'lambda:invoke', resource: b}, idempotent: true}]]}\n".to_owned()
        + &lambda("C", "");
    let (requirements, design) = composed(&with("JSONata", "park", &steps));
    valid(&design);
    let (_, calls) = run_with(&requirements, &design, &[]);
    assert_eq!(calls.first().map(String::as_str), Some("Place for All"));
    assert_eq!(
        calls[calls.len() - 2..],
        ["Free place of All".to_owned(), "C".to_owned()]
    );
}
