//! Definitions of a megabyte in which one thing is there very often: all of them are read to the end.
//!
//! Nothing here takes longer than a few seconds, unless work grows with the square of the text; the runner ends a test that
//! does not come to its end.

use super::{json, states};
use crate::Definition;

const ABOUT: usize = 1_000_000;

/// `count` pieces that come to about a megabyte.
fn pieces(piece: impl Fn(usize) -> String) -> Vec<String> {
    let count = ABOUT / piece(10_000).len();
    (0..count).map(piece).collect()
}

fn joined(piece: impl Fn(usize) -> String) -> String {
    pieces(piece).join(",")
}

/// A machine in JSONata whose only state evaluates this expression.
fn evaluates(expression: &str) -> Definition {
    let text = format!(
        r#"{{"QueryLanguage": "JSONata", "StartAt": "S", "States": {{
        "S": {{"Type": "Pass", "End": true, "Output": "{{% {expression} %}}"}}}}}}"#
    );
    json(&text)
}

/// A chain of states.
fn chain(fields: impl Fn(usize) -> String) -> Definition {
    let states = joined(|n| {
        format!(
            r#""S{n}": {{"Type": "Pass", {}, "Next": "S{}"}}"#,
            fields(n),
            n + 1
        )
    });
    json(&format!(
        r#"{{"QueryLanguage": "JSONata", "StartAt": "S0", "States": {{{states}, "Last": {{"Type": "Succeed"}}}}}}"#
    ))
}

fn few(definition: &Definition) {
    assert!(
        !definition.problems.is_empty() && definition.problems.len() < 100,
        "{} problems",
        definition.problems.len()
    );
}

#[test]
fn an_expression_with_many_references() {
    few(&evaluates(&joined(|_| "$a".to_owned())));
    few(&evaluates(&joined(|_| r"$a\n".to_owned())));
    few(&evaluates(&joined(|n| format!("$a{n}"))[..600_000]));
    few(&evaluates(&joined(|n| format!("a{n}"))));
    few(&evaluates(&joined(|n| format!(r"$states.context.a{n}\n"))));
    few(&evaluates(&joined(|n| format!("$summ{n}(1)"))));
}

#[test]
fn an_intrinsic_call_with_many_arguments() {
    let call = |argument: &dyn Fn(usize) -> String| {
        let list = joined(argument);
        states(&format!(
            r#""S": {{"Type": "Pass", "Parameters": {{"a.$": "States.Array({list})"}}, "End": true}}"#
        ))
    };
    few(&call(&|n| format!("$a{n}")));
    few(&call(&|n| format!("$$.a{n}")));
    few(&call(&|n| format!("States.Arrays({n})")));
}

#[test]
fn many_states_that_assign_and_read() {
    let assigns = chain(|n| format!(r#""Assign": {{"v{n}": 1}}"#));
    let reads = chain(|n| {
        let before = n.saturating_sub(1);
        format!(r#""Assign": {{"v{n}": "{{% $v{before} %}}"}}, "Output": "{{% $w{n} %}}""#)
    });
    for definition in [assigns, reads] {
        assert!(!definition.problems.is_empty());
    }
}

#[test]
fn many_rules_retriers_catchers_and_labels() {
    let rules =
        joined(|n| format!(r#"{{"Variable": "$.a", "NumericGreaterThan": {n}, "Next": "S"}}"#));
    let choice = states(&format!(
        r#""S": {{"Type": "Choice", "Choices": [{rules}]}}"#
    ));
    assert!(!choice.problems.is_empty());
    for list in ["Retry", "Catch"] {
        let handlers = joined(|n| format!(r#"{{"ErrorEquals": ["E{n}"], "Next": "S"}}"#));
        let task = states(&format!(
            r#""S": {{"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "End": true, "{list}": [{handlers}]}}"#
        ));
        assert_eq!(task.problems.is_empty(), list == "Catch");
    }
    let maps = joined(|n| {
        format!(
            r#""M{n}": {{"Type": "Map", "Label": "l{n}", "End": true, "ItemProcessor": {{"StartAt": "I{n}",
            "ProcessorConfig": {{"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}}, "States": {{"I{n}": {{"Type": "Succeed"}}}}}}}}"#
        )
    });
    assert!(!states(&maps).problems.is_empty());
}
