//! Any text as an expression: by itself, and in the fields of states where one may stand.
#![no_main]

use asl::expr::jsonata::{self, Position, Text};
use asl::expr::{in_source, intrinsic, path::Path};
use asl::{Definition, Format};
use facts::WorkflowType;
use fuzz::assert_inside;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    match Path::parse(text) {
        Ok(path) => {
            let _ = (
                path.is_definite(),
                path.is_reference(),
                path.fields().count(),
                path.inner(),
            );
        }
        Err(error) => assert_inside(error.span, text, &error.message),
    }
    match intrinsic::Call::parse(text) {
        Ok(call) => {
            call.paths();
            for issue in call.issues() {
                assert_inside(issue.error.span, text, &issue.error.message);
            }
        }
        Err(error) => assert_inside(error.span, text, &error.message),
    }
    expression(&jsonata::parse(text), text);
    if let Text::Expression(read) = jsonata::read(text) {
        expression(&read, text);
    }
    let quoted = serde_json::Value::from(text).to_string();
    let whole = asl::Span::new(0, text.len());
    let found = in_source(&quoted, text, whole).expect("JSON strings keep every place");
    assert_inside(found, &quoted, "a string");
    in_fields(text);
});

fn expression(read: &jsonata::Expression<'_>, text: &str) {
    if let Some(syntax) = &read.error {
        assert_inside(syntax.error.span, text, &syntax.error.message);
    }
    for reference in &read.references {
        assert_inside(reference.span, text, reference.name);
        assert_inside(reference.fields_span, text, reference.name);
    }
    for issue in read.issues(Position::After) {
        assert_inside(issue.error.span, text, &issue.error.message);
    }
}

/// The text in a definition of each query language, with states before and after it that it may speak of.
fn in_fields(text: &str) {
    let plain = serde_json::Value::from(text).to_string();
    let wrapped = serde_json::Value::from(format!("{{% {text} %}}")).to_string();
    let paths = format!(
        r#"{{"StartAt": "A", "States": {{
        "A": {{"Type": "Pass", "Assign": {{"v": 1, "w.$": {plain}}}, "Parameters": {{"p.$": {plain}}}, "ResultPath": {plain}, "Next": "B"}},
        "B": {{"Type": "Choice", "Choices": [{{"Variable": {plain}, "StringEquals": "x", "Next": "C"}}], "Default": "C"}},
        "C": {{"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "InputPath": {plain}, "OutputPath": {plain},
            "ResultSelector": {{"r.$": {plain}}}, "TimeoutSecondsPath": {plain}, "End": true}}}}}}"#
    );
    let jsonata = format!(
        r#"{{"QueryLanguage": "JSONata", "StartAt": "A", "States": {{
        "A": {{"Type": "Pass", "Assign": {{"v": 1, "w": {wrapped}}}, "Output": {wrapped}, "Next": "B"}},
        "B": {{"Type": "Choice", "Choices": [{{"Condition": {wrapped}, "Next": "C"}}], "Default": "C"}},
        "C": {{"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Arguments": {wrapped}, "TimeoutSeconds": {wrapped},
            "Catch": [{{"ErrorEquals": ["States.ALL"], "Output": {plain}, "Next": "D"}}], "Next": "D"}},
        "D": {{"Type": "Map", "Items": {wrapped}, "ItemProcessor": {{"StartAt": "E", "States": {{
            "E": {{"Type": "Fail", "Error": {wrapped}, "Cause": {plain}}}}}}}, "End": true}}}}}}"#
    );
    for definition in [paths, jsonata] {
        fuzz::assert_problems(&Definition::parse(definition.as_bytes(), Format::Json));
        let findings = fuzz::judged(&definition, WorkflowType::Standard);
        fuzz::assert_findings(&findings, &definition);
    }
}
