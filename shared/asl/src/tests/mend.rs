//! Changes that mend a problem: what they make of the text, and where there is none.

use super::{json, yaml};
use crate::{Definition, Format, Mapped, Source, Span, Tree, apply};

/// The text with the changes of all problems.
fn mended(definition: &Definition) -> String {
    let edits: Vec<_> = definition
        .problems
        .iter()
        .flat_map(|problem| problem.edits.clone())
        .collect();
    apply(&definition.text, &edits).unwrap()
}

/// A machine of one state, with a second one to lead to.
fn machine(state: &str) -> String {
    format!(r#"{{"StartAt": "S", "States": {{"S": {{{state}}}, "Other": {{"Type": "Succeed"}}}}}}"#)
}

#[test]
fn what_has_one_obvious_way_is_mended_and_nothing_else_changes() {
    let cases = [
        // Names that are slips of others.
        (
            r#""Type": "Waitt", "Seconds": 1, "Next": "Other""#,
            r#""Type": "Wait", "Seconds": 1, "Next": "Other""#,
        ),
        (
            r#""Type": "wait", "Seconds": 1, "Next": "Other""#,
            r#""Type": "Wait", "Seconds": 1, "Next": "Other""#,
        ),
        (
            r#""Type": "Wait", "Second": 1, "Next": "Other""#,
            r#""Type": "Wait", "Seconds": 1, "Next": "Other""#,
        ),
        (
            r#""Type": "Wait", "Seconds": 1, "Next": "Othr""#,
            r#""Type": "Wait", "Seconds": 1, "Next": "Other""#,
        ),
        // The type that the other fields leave.
        (
            r#""Type": "Delay", "Seconds": 1, "Next": "Other""#,
            r#""Type": "Wait", "Seconds": 1, "Next": "Other""#,
        ),
        (
            r#""Seconds": 1, "Next": "Other""#,
            r#""Type": "Wait", "Seconds": 1, "Next": "Other""#,
        ),
        // Both ends, and an end that is none.
        (
            r#""Type": "Pass", "Next": "Other", "End": true"#,
            r#""Type": "Pass", "Next": "Other""#,
        ),
        (
            r#""Type": "Pass", "End": true, "Next": "Other""#,
            r#""Type": "Pass", "Next": "Other""#,
        ),
        (
            r#""Type": "Pass", "End": true , "Next": "Gone?""#,
            r#""Type": "Pass", "End": true"#,
        ),
        // Types of values.
        (
            r#""Type": "Wait", "Seconds": "15", "Next": "Other""#,
            r#""Type": "Wait", "Seconds": 15, "Next": "Other""#,
        ),
        (
            r#""Type": "Pass", "Next": "Other", "ResultPath": "$.a", "End": "False""#,
            r#""Type": "Pass", "Next": "Other", "ResultPath": "$.a", "End": false"#,
        ),
        (
            r#""Type": "Parallel", "Next": "Other", "Branches": {"StartAt": "X", "States": {"X": {"Type": "Succeed"}}}"#,
            r#""Type": "Parallel", "Next": "Other", "Branches": [{"StartAt": "X", "States": {"X": {"Type": "Succeed"}}}]"#,
        ),
        // Paths and templates.
        (
            r#""Type": "Pass", "InputPath": "order.id", "Next": "Other""#,
            r#""Type": "Pass", "InputPath": "$.order.id", "Next": "Other""#,
        ),
        (
            r#""Type": "Pass", "Parameters": {"a": "$.b"}, "Next": "Other""#,
            r#""Type": "Pass", "Parameters": {"a.$": "$.b"}, "Next": "Other""#,
        ),
        (
            r#""Type": "Pass", "Parameters": {"a.$": {"b": 1}}, "Next": "Other""#,
            r#""Type": "Pass", "Parameters": {"a": {"b": 1}}, "Next": "Other""#,
        ),
        (
            r#""Type": "Pass", "Parameters": {"a.$": "States.format('{}', $.b)"}, "Next": "Other""#,
            r#""Type": "Pass", "Parameters": {"a.$": "States.Format('{}', $.b)"}, "Next": "Other""#,
        ),
        (
            r#""Type": "Pass", "Parameters": {"a.$": "States.UUID())"}, "Next": "Other""#,
            r#""Type": "Pass", "Parameters": {"a.$": "States.UUID()"}, "Next": "Other""#,
        ),
        // The other query language.
        (
            r#""Type": "Wait", "QueryLanguage": "JSONata", "SecondsPath": "$.a.b", "Next": "Other""#,
            r#""Type": "Wait", "QueryLanguage": "JSONata", "Seconds": "{% $states.input.a.b %}", "Next": "Other""#,
        ),
        (
            r#""Type": "Pass", "QueryLanguage": "JSONata", "InputPath": "$", "Next": "Other""#,
            r#""Type": "Pass", "QueryLanguage": "JSONata", "Next": "Other""#,
        ),
        (
            r#""Type": "Choice", "QueryLanguage": "JSONata", "Choices": [{"Condition": "$states.input.a > 1", "Next": "Other"}], "Default": "Other""#,
            r#""Type": "Choice", "QueryLanguage": "JSONata", "Choices": [{"Condition": "{% $states.input.a > 1 %}", "Next": "Other"}], "Default": "Other""#,
        ),
        (
            r#""Type": "Task", "Resource": "arn:aws:states:::sns:publish", "Arguments": {"Message": "x", "TopicArn": "t"}, "Next": "Other""#,
            r#""Type": "Task", "Resource": "arn:aws:states:::sns:publish", "Parameters": {"Message": "x", "TopicArn": "t"}, "Next": "Other""#,
        ),
        // Written twice.
        (
            r#""Type": "Pass", "Next": "Other", "Type": "Pass""#,
            r#""Type": "Pass", "Next": "Other""#,
        ),
        (
            r#""Type": "Pass", "Next": "Other","#,
            r#""Type": "Pass", "Next": "Other""#,
        ),
    ];
    for (state, expected) in cases {
        assert_eq!(mended(&json(&machine(state))), machine(expected), "{state}");
    }
}

#[test]
fn retriers_and_catchers_are_mended() {
    let task = |handlers: &str| {
        machine(&format!(
            r#""Type": "Task", "Resource": "arn:aws:states:::sns:publish", {handlers}, "Next": "Other""#
        ))
    };
    let cases = [
        (
            r#""Retry": {"ErrorEquals": ["A"]}"#,
            r#""Retry": [{"ErrorEquals": ["A"]}]"#,
        ),
        (
            r#""Retry": [{"ErrorEquals": "A"}]"#,
            r#""Retry": [{"ErrorEquals": ["A"]}]"#,
        ),
        (
            r#""Retry": [{"ErrorEquals": ["States.timeout"]}]"#,
            r#""Retry": [{"ErrorEquals": ["States.Timeout"]}]"#,
        ),
        (
            r#""Retry": [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 1},  {"ErrorEquals": ["A"]}]"#,
            r#""Retry": [{"ErrorEquals": ["A"]},  {"ErrorEquals": ["States.ALL"], "MaxAttempts": 1}]"#,
        ),
        (
            r#""Retry": [{"ErrorEquals": ["States.ALL", "A"]}]"#,
            r#""Retry": [{"ErrorEquals": ["States.ALL"]}]"#,
        ),
    ];
    for (handlers, expected) in cases {
        assert_eq!(mended(&json(&task(handlers))), task(expected), "{handlers}");
    }
}

#[test]
fn what_may_be_meant_in_two_ways_is_left_alone() {
    let two = r#"{"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "Success"}, "Success1": {"Type": "Succeed"}, "Success2": {"Type": "Succeed"}}}"#;
    let near = r#"{"StartAt": "a", "States": {"a": {"Type": "Pass", "Next": "b"}, "c": {"Type": "Succeed"}}}"#;
    let states = [
        r#""Type": "Task", "Resource": "r", "Timeout": 3, "TimeoutSeconds": 5, "Next": "Other""#,
        r#""Type": "Pass", "Parameters": {"a.$": "hello"}, "Next": "Other""#,
        r#""Type": "Pass", "Parameters": "$.b", "Next": "Other""#,
        r#""Type": "Pass", "Parameters": {"a": "$.b", "a.$": "$.c"}, "Next": "Other""#,
        r#""Type": "Wait", "Seconds": "soon", "Next": "Other""#,
        r#""Type": "Wait", "Seconds": "015", "Next": "Other""#,
        r#""Type": "Pass", "Next": "Other", "Next": "S""#,
        r#""Comment": "none", "Next": "Other""#,
        r#""Type": "Pass""#,
        r#""Type": "Pass", "QueryLanguage": "JSONata", "Parameters": {"a.$": "$.b"}, "Next": "Other""#,
        r#""Type": "Task", "Resource": "r", "Arguments": {"a": "{% $b %}"}, "Next": "Other""#,
    ]
    .map(machine);
    for text in states.iter().map(String::as_str).chain([two, near]) {
        let definition = json(text);
        assert!(!definition.problems.is_empty(), "{text}");
        assert_eq!(mended(&definition), text);
    }
}

#[test]
fn the_first_state_is_the_one_that_nothing_leads_to() {
    let text = "{\n  \"States\": {\n    \"A\": {\"Type\": \"Pass\", \"Next\": \"B\"},\n    \"B\": {\"Type\": \"Succeed\"}\n  }\n}";
    assert_eq!(
        mended(&json(text)),
        text.replacen("{\n", "{\n  \"StartAt\": \"A\",\n", 1)
    );
    let branch = machine(
        r#""Type": "Parallel", "Next": "Other", "Branches": [{"States": {"X": {"Type": "Succeed"}}}]"#,
    );
    assert_eq!(
        mended(&json(&branch)),
        branch.replace(r#"[{"States""#, r#"[{"StartAt": "X", "States""#)
    );
    let start = r#"{"StartAt": "Nowhere", "States": {"A": {"Type": "Succeed"}}}"#;
    assert_eq!(mended(&json(start)), start.replace("Nowhere", "A"));
}

#[test]
fn a_byte_order_mark_goes() {
    let text = machine(r#""Type": "Pass", "Next": "Other""#);
    assert_eq!(mended(&json(&format!("\u{feff}{text}"))), text);
}

#[test]
fn yaml_is_changed_where_it_is_known_how_it_is_written() {
    let text = "\
StartAt: First   # here
States:
  First:
    Type: wait
    Seconds: \"15\"
    Next: 'Secnd'
  Second:
    Type: Pass
    Parameters: {a: $.b, InputPath: \"x\"}
    InputPath: order.id
    End: true   # both
    Next: Third
  Third: {Type: Pass, Comment: it is done, End: true, Next: Fourth}
  Fourth:
    Type: Succeed
    End: true
";
    let expected = text
        .replace("wait", "Wait")
        .replace("\"15\"", "15")
        .replace("'Secnd'", "'Second'")
        .replace("{a: $.b", "{\"a.$\": $.b")
        .replace("order.id", "\"$.order.id\"")
        .replace(", End: true, Next: Fourth", ", Next: Fourth")
        .replace("Type: Succeed\n    End: true\n", "Type: Succeed\n");
    let definition = yaml(text);
    assert_eq!(mended(&definition), expected);
    let unwritten: Vec<&str> = definition
        .problems
        .iter()
        .filter(|problem| problem.unwritten)
        .map(|problem| problem.id)
        .collect();
    // The comment behind it would go, too.
    assert_eq!(unwritten, [""; 0]);
    let list = yaml(
        "StartAt: A\nStates:\n  A: {Type: Task, Resource: r, Retry: [{ErrorEquals: X}], End: true}\n",
    );
    let told: Vec<_> = list
        .problems
        .iter()
        .map(|it| (it.id, it.unwritten))
        .collect();
    assert_eq!(told, [("field-wrong-type", true)]);
}

/// A file in which the definition is a string, written in some way, and that string.
fn in_string(file: &str, written: &str, text: &str) -> Definition {
    let start = file.find(written).unwrap();
    let mut string = Mapped::default();
    let mut at = start;
    for line in text.split_inclusive('\n') {
        let found = at + file[at..].find(line).unwrap();
        string.push_same(line, found);
        at = found + line.len();
    }
    let part = Span::new(start, start + written.len());
    Definition::of_string(&Source::new(file), part, &string)
}

#[test]
fn a_block_of_text_is_changed_line_by_line() {
    let inner = "{\"StartAt\": \"A\", \"States\": {\n  \"A\": {\n    \"Type\": \"Wait\",\n    \"Second\": 5,\n    \"Next\": \"B\",\n    \"End\": true\n  },\n  \"B\": {\"Type\": \"Succeed\"}\n}}\n";
    let block = format!("      {}\n", inner.trim_end().replace('\n', "\n      "));
    let file = format!("Resources:\n  M:\n    Definition: |\n{block}  Other: 1\n");
    let definition = in_string(&file, &block, inner);
    let expected = file
        .replace("\"Second\"", "\"Seconds\"")
        .replace(",\n          \"End\": true", "");
    assert_eq!(mended(&definition), expected);
}

#[test]
fn a_string_with_backslashes_is_changed_with_backslashes() {
    let inner = r#"{"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "Stroe"}, "Store": {"Type": "Succeed"}}}"#;
    let written = inner.replace('"', "\\\"");
    let file = format!("{{\"Definition\": \"{written}\"}}");
    let start = file.find("{\\").unwrap();
    let (mut string, mut at) = (Mapped::default(), start);
    for character in inner.chars() {
        let mut buffer = [0; 4];
        let text = character.encode_utf8(&mut buffer);
        if character == '"' {
            string.push_for(text, Span::new(at, at + 2));
            at += 2;
        } else {
            string.push_same(text, at);
            at += text.len();
        }
    }
    let definition = Definition::of_string(&Source::new(&file), Span::new(start, at), &string);
    assert_eq!(mended(&definition), file.replace("Stroe", "Store"));
}

#[test]
fn a_value_in_a_file_of_yaml_is_changed_as_yaml() {
    let file = "Definition:\n  StartAt: A\n  States:\n    A: {Type: Wait, Second: 5, End: true}\n";
    let tree = Tree::read(file, Format::Yaml);
    let root = tree
        .root
        .as_ref()
        .unwrap()
        .get("Definition")
        .unwrap()
        .clone();
    let tree = Tree {
        root: Some(root),
        ..tree
    };
    let definition = Definition::of_node(&Source::new(file), tree, false);
    assert_eq!(mended(&definition), file.replace("Second:", "Seconds:"));
}

#[test]
fn each_type_has_its_own_field_of_the_other_language() {
    let state = |field: &str| {
        machine(&format!(
            r#""Type": "Pass", "QueryLanguage": "JSONata", "{field}": {{"a": 1}}, "Next": "Other""#
        ))
    };
    for old in ["Parameters", "Result"] {
        assert_eq!(mended(&json(&state(old))), state("Output"), "{old}");
    }
}
