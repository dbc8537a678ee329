//! What goes from state to state.
#![allow(clippy::disallowed_methods, reason = "what is long has to be quick")]

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::{json, series, states};
use crate::expr::path::Path;
use crate::payload::{Base, Items, Payload, Rest, Shape, Way, Write, reads, writes};
use crate::{Definition, Node};

/// A shape, short: `?` for anything, `.` for a scalar, `{a: ., b?: ?, …}`.
fn short(shape: &Shape<'_>) -> String {
    match shape {
        Shape::Unknown => "?".to_owned(),
        Shape::Scalar => ".".to_owned(),
        Shape::List(list) => match &list.items {
            Items::Each(each) => format!("[{}*]", short(each)),
            Items::These(items) => {
                let items: Vec<String> = items.iter().map(short).collect();
                format!("[{}]", items.join(", "))
            }
        },
        Shape::Object(object) => {
            let mut parts: Vec<String> = Vec::new();
            for member in &object.members {
                let mut part = member.name.to_string();
                let mark = if member.sure { "" } else { "?" };
                write!(part, "{mark}: {}", short(&member.shape)).unwrap();
                parts.push(part);
            }
            parts.sort();
            match object.rest {
                Rest::Nothing => {}
                Rest::Capitalized => parts.push("Aa".to_owned()),
                Rest::Anything => parts.push("…".to_owned()),
            }
            format!("{{{}}}", parts.join(", "))
        }
    }
}

/// What a state of the machine is given, and what it gives.
fn through(definition: &Definition, name: &str) -> (String, String) {
    let payload = Payload::of(&definition.machine);
    for flow in &payload.scopes {
        for (state, stages) in flow.scope.states.iter().zip(&flow.stages) {
            if state.name.value == name {
                let stages = stages.as_ref().unwrap();
                return (short(&stages.input), short(&stages.output));
            }
        }
    }
    panic!("no state `{name}`");
}

fn gives(state: &str) -> String {
    through(&states(&format!(r#""S": {{{state}, "End": true}}"#)), "S").1
}

#[test]
fn what_a_state_makes_of_anything() {
    let pass = |fields: &str| gives(&format!(r#""Type": "Pass"{fields}"#));
    assert_eq!(pass(""), "?");
    assert_eq!(pass(r#", "InputPath": null"#), "{}");
    assert_eq!(pass(r#", "InputPath": "$.a""#), "?");
    assert_eq!(
        pass(r#", "Result": {"a.$": [1, {"b": null}], "c": "${c}"}"#),
        "{a.$: [., {b: .}], c: ?}"
    );
    assert_eq!(
        pass(
            r#", "Parameters": {"a.$": "$.x", "b": [{"c.$": "States.UUID()"}], "d.$": "States.Array(1)", "e.$": "$$.State"}"#
        ),
        "{a: ?, b: [{c: .}], d: [?*], e: ?}"
    );
    assert_eq!(pass(r#", "Parameters": {"a": {"Fn::If": []}}"#), "{a: ?}");
    assert_eq!(pass(r#", "Parameters": {"${name}": 1}"#), "?");
    assert_eq!(
        pass(r#", "Result": 1, "ResultPath": "$.a.b""#),
        "{a: {b: ., …}, …}"
    );
    assert_eq!(pass(r#", "Result": 1, "ResultPath": null"#), "?");
    assert_eq!(
        pass(r#", "Result": 1, "ResultPath": "$.a[0]""#),
        "{a: ?, …}"
    );
    assert_eq!(pass(r#", "Result": 1, "ResultPath": "${path}""#), "?");
    assert_eq!(
        pass(r#", "Result": {"a": {"b": 1}}, "OutputPath": "$.a""#),
        "{b: .}"
    );
    assert_eq!(pass(r#", "Result": {"a": 1}, "OutputPath": null"#), "{}");
}

#[test]
fn what_a_task_gives() {
    let task = |resource: &str, fields: &str| {
        gives(&format!(
            r#""Type": "Task", "Resource": "arn:aws:states:::{resource}"{fields}"#
        ))
    };
    assert_eq!(task("aws-sdk:s3:putObject", ""), "{Aa}");
    assert_eq!(
        task(
            "sns:publish",
            r#", "ResultSelector": {"id.$": "$.MessageId"}"#
        ),
        "{id: ?}"
    );
    assert_eq!(
        task("sns:publish", r#", "ResultPath": "$.sent""#),
        "{sent: {Aa}, …}"
    );
    assert_eq!(task("lambda:invoke", r#", "OutputPath": "$.Payload""#), "?");
    for anything in [
        "lambda:invoke.waitForTaskToken",
        "eks:call",
        "aws-sdk:sfn:startExecution.waitForTaskToken",
        "${service}:call",
    ] {
        assert_eq!(task(anything, ""), "?", "{anything}");
    }
}

#[test]
fn ways_come_together() {
    let definition = states(
        r#"
        "Choose": {"Type": "Choice", "Default": "B", "Choices": [{"Variable": "$.x", "NumericEquals": 1, "Next": "A"}]},
        "A": {"Type": "Pass", "Result": {"a": 1, "both": {"x": 1}}, "Next": "Join"},
        "B": {"Type": "Pass", "Result": {"b": 1, "both": [1]}, "Next": "Join"},
        "Join": {"Type": "Task", "Resource": "${r}", "ResultPath": "$.done", "Next": "Again?",
            "Catch": [{"ErrorEquals": ["E"], "Next": "Fixed"}, {"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Failed"}]},
        "Again?": {"Type": "Choice", "Default": "End", "Choices": [{"Variable": "$.done", "NumericEquals": 1, "Next": "Join"}]},
        "Fixed": {"Type": "Pass", "End": true},
        "Failed": {"Type": "Pass", "End": true},
        "End": {"Type": "Succeed"}"#,
    );
    assert_eq!(
        through(&definition, "Join").0,
        "{a?: ., b?: ., both: ?, done?: ?}"
    );
    assert_eq!(through(&definition, "Fixed").0, "{Cause: ., Error: .}");
    assert_eq!(
        through(&definition, "Failed").0,
        "{a?: ., b?: ., both: ?, done?: ?, error: {Cause: ., Error: .}}"
    );
    assert_eq!(
        through(&definition, "End").0,
        "{a?: ., b?: ., both: ?, done: ?}"
    );
}

#[test]
fn branches_items_and_batches() {
    let definition = states(
        r#"
        "P": {"Type": "Parallel", "Parameters": {"p": 1}, "Next": "M", "Branches": [
            {"StartAt": "P1", "States": {"P1": {"Type": "Pass", "End": true}}},
            {"StartAt": "P2", "States": {"P2": {"Type": "Pass", "Result": {"x": 1}, "Next": "P3"}, "P3": {"Type": "Succeed"}}},
            {"StartAt": "P4", "States": {"P4": {"Type": "Fail"}}}]},
        "M": {"Type": "Map", "ResultPath": "$[0].r", "Next": "N",
            "ItemProcessor": {"StartAt": "M1", "States": {"M1": {"Type": "Pass", "End": true}}}},
        "N": {"Type": "Map", "ItemSelector": {"i.$": "$$.Map.Item.Value"}, "End": true,
            "ItemProcessor": {"StartAt": "N1", "States": {"N1": {"Type": "Pass", "Parameters": {"n": 1}, "End": true}}}}"#,
    );
    assert_eq!(through(&definition, "P1").0, "{p: .}");
    assert_eq!(through(&definition, "P").1, "[{p: .}, {x: .}, ?]");
    assert_eq!(through(&definition, "M1").0, "?", "any of the three");
    assert_eq!(through(&definition, "N1").0, "{i: ?}");
    assert_eq!(through(&definition, "N").1, "[{n: .}*]");
}

#[test]
fn jsonata() {
    let definition = json(
        r#"{"QueryLanguage": "JSONata", "StartAt": "A", "States": {
        "A": {"Type": "Pass", "Output": {"x": {"y": "{% $states.context.State %}"}, "z": "{% $states.input %}"}, "Next": "B"},
        "B": {"Type": "Pass", "Output": "{% $states.input.x %}", "Next": "C"},
        "C": {"Type": "Task", "Resource": "arn:aws:states:::sns:publish", "Next": "D",
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "E"}]},
        "D": {"Type": "Succeed", "Output": "{% $merge([$states.input, {}]) %}"},
        "E": {"Type": "Succeed"}}}"#,
    );
    assert_eq!(through(&definition, "B").0, "{x: {y: ?}, z: ?}");
    assert_eq!(through(&definition, "C").0, "{y: ?}");
    assert_eq!(through(&definition, "D").0, "{Aa}");
    assert_eq!(through(&definition, "D").1, "?");
    assert_eq!(through(&definition, "E").0, "{Cause: ., Error: .}");
}

#[test]
fn reads_and_writes_with_their_places() {
    let definition = states(
        r#""S": {"Type": "Task", "Resource": "${r}", "InputPath": "$.in",
            "Parameters": {"a.$": "$.a", "deep": [{"f.$": "States.Format('{}', $.b.c)"}], "v.$": "$v", "c.$": "$$.State.Name"},
            "ResultSelector": {"r.$": "$.r"}, "ResultPath": "$.out", "OutputPath": "$.out.x",
            "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": null, "Next": "F"}], "End": true},
        "F": {"Type": "Fail", "CausePath": "$.cause"}"#,
    );
    let state = &definition.machine.scope.states[0];
    let found: Vec<String> = reads(state)
        .iter()
        .map(|read| {
            let text = read.node.as_str().unwrap();
            format!(
                "{:?} {} {}",
                read.base,
                read.span().of(text),
                read.pointer(state)
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            "Input $.in /States/S/InputPath",
            "Filtered $.a /States/S/Parameters/a.$",
            "Filtered $.b.c /States/S/Parameters/deep/0/f.$",
            "Result $.r /States/S/ResultSelector/r.$",
            "Combined $.out.x /States/S/OutputPath",
        ]
    );
    let written = writes(state);
    assert!(matches!(&written[0], (Way::Done, Write::Into(path)) if path.fields().eq(["out"])));
    assert_eq!(written[1], (Way::Catch(0), Write::Nowhere));
    let last = reads(&definition.machine.scope.states[1]);
    assert_eq!(last[0].base, Base::Input);
}

#[test]
fn long_machines_and_deep_ones_are_quick() {
    const COUNT: usize = 20_000;
    let chain = |fields: &str, next: &str| {
        let state = |index: usize| {
            let next = next.replace('+', &(index + 1).to_string());
            format!(
                r#""{index}": {{"Type": "Pass", {}, {next}}}, "#,
                fields.replace('#', &index.to_string())
            )
        };
        let all = series(COUNT, state);
        json(&format!(
            r#"{{"StartAt": "0", "States": {{{all} "{COUNT}": {{"Type": "Succeed"}}}}}}"#
        ))
    };
    let next = r#""Next": "+""#;
    for definition in [
        chain(r#""Result": 1, "ResultPath": "$.r#""#, next),
        chain(r#""Parameters": {"all.$": "$"}"#, next),
        chain(r#""Parameters": {"left.$": "$", "right.$": "$"}"#, next),
    ] {
        let begun = Instant::now();
        let payload = Payload::of(&definition.machine);
        assert!(
            begun.elapsed() < Duration::from_secs(2),
            "{:?}",
            begun.elapsed()
        );
        assert_eq!(payload.scopes[0].stages.iter().flatten().count(), COUNT + 1);
    }
    // Loops inside of Maps inside of loops.
    let mut inner =
        r#"{"StartAt": "x", "States": {"x": {"Type": "Pass", "End": true}}}"#.to_owned();
    for depth in 0..40 {
        inner = format!(
            r#"{{"StartAt": "m{depth}", "States": {{
            "m{depth}": {{"Type": "Map", "ResultPath": "$.r", "ItemsPath": "$.i", "ItemProcessor": {inner}, "Next": "c{depth}"}},
            "c{depth}": {{"Type": "Choice", "Choices": [{{"Variable": "$.x", "IsNull": true, "Next": "m{depth}"}}], "Default": "e{depth}"}},
            "e{depth}": {{"Type": "Succeed"}}}}}}"#
        );
    }
    let definition = json(&inner);
    let begun = Instant::now();
    Payload::of(&definition.machine);
    assert!(
        begun.elapsed() < Duration::from_secs(1),
        "{:?}",
        begun.elapsed()
    );
}

/// Values as a Pass writes them.
fn value() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("1".to_owned()),
        Just("null".to_owned()),
        Just("\"t\"".to_owned())
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3)
                .prop_map(|items| format!("[{}]", items.join(", "))),
            prop::collection::btree_map("[a-c]", inner, 0..3).prop_map(|members| {
                let members: Vec<String> = members
                    .iter()
                    .map(|(name, value)| format!("\"{name}\": {value}"))
                    .collect();
                format!("{{{}}}", members.join(", "))
            }),
        ]
    })
}

fn path() -> impl Strategy<Value = String> {
    let step = prop_oneof![
        "[a-c]".prop_map(|name| format!(".{name}")),
        (0..3_i32).prop_map(|index| format!("[{index}]")),
    ];
    prop::collection::vec(step, 1..4).prop_map(|steps| format!("${}", steps.concat()))
}

/// What is at a path of a value.
fn at<'a>(node: &'a Node, path: &Path<'_>) -> Option<&'a Node> {
    use crate::expr::path::StepKind;
    path.steps
        .iter()
        .try_fold(node, |node, step| match &step.kind {
            StepKind::Member(name) => node.get(name),
            StepKind::Index(index) => node.items()?.get(usize::try_from(*index).ok()?),
            _ => None,
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Of one of several values: nothing is missing unless it is missing in each, and the result of `ResultPath` is there.
    #[test]
    fn what_is_missing_is_missing_in_each(values in prop::collection::vec(value(), 1..4), path in path(), put in "[a-c]") {
        let rules = series(values.len(), |index| format!(r#"{{"Variable": "$.n", "NumericEquals": {index}, "Next": "{index}"}}, "#));
        let passes = series(values.len(), |index| {
            format!(r#""{index}": {{"Type": "Pass", "Result": {}, "Next": "Join"}}, "#, values[index])
        });
        let definition = states(&format!(
            r#""Choose": {{"Type": "Choice", "Choices": [{}]}}, {passes}
            "Join": {{"Type": "Pass", "Result": "put", "ResultPath": "$.{put}", "End": true}}"#,
            rules.trim_end_matches(", ")
        ));
        let payload = Payload::of(&definition.machine);
        let flow = &payload.scopes[0];
        let stages = flow.stages.last().unwrap().as_ref().unwrap();
        let path = Path::parse(&path).unwrap();
        let results: Vec<&Node> =
            flow.scope.states.iter().filter_map(|state| state.field("Result")).take(values.len()).collect();
        let missing = results.iter().all(|value| at(value, &path).is_none());
        prop_assert!(missing || !stages.input.lacks(&path));
        if values.len() == 1 {
            prop_assert_eq!(stages.input.lacks(&path), missing);
        }
        // Into what is no object, nothing is put: no execution comes so far.
        if results.iter().all(|value| value.members().is_some()) {
            let target = format!("$.{put}");
            prop_assert!(!stages.output.lacks(&Path::parse(&target).unwrap()));
            let own = path.fields().next() == Some(put.as_str());
            prop_assert!(missing || own || !stages.output.lacks(&path));
        }
    }
}
