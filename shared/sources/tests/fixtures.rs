//! Files as people write them, each with defects: they are told where they stand.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "tests"
)]

mod told;

use std::collections::BTreeMap;

use asl::{Definition, Format};
use proptest::prelude::*;
use sources::{
    Embedded, FilledBy, Filling, Module, Part, Place, What, definitions, included, may_hold,
};
use told::told;

fn fixture(name: &str) -> String {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/");
    std::fs::read_to_string(format!("{folder}{name}")).unwrap()
}

/// The defects of a fixture, and its texts that have to change for it to have none.
fn assert_told(name: &str, expected: &str, repairs: &[(&str, &str)]) {
    let mut text = fixture(name);
    let expected: Vec<&str> = expected
        .lines()
        .map(|line| line.strip_prefix("        ").unwrap_or(line))
        .collect();
    let told_lines = told(name, &text);
    let found: Vec<&str> = told_lines.lines().collect();
    assert_eq!(
        found,
        expected
            .iter()
            .copied()
            .filter(|it| !it.is_empty())
            .collect::<Vec<_>>()
    );
    for (wrong, right) in repairs {
        assert_eq!(text.matches(wrong).count(), 1, "{wrong}");
        text = text.replace(wrong, right);
    }
    let silent: Vec<&str> = found
        .into_iter()
        .filter(|line| !line.starts_with("  "))
        .collect();
    assert_eq!(
        told(name, &text).lines().collect::<Vec<_>>(),
        silent,
        "{name}"
    );
}

#[test]
fn sam() {
    assert_told(
        "sam.yaml",
        "
        Orders express 2
          27:19 transition-target-missing Recieve /States/Charge/Next
        Refunds ? file statemachines/refunds.asl.json Limit=5 Table=?
        ",
        &[("Recieve", "Receive")],
    );
}

#[test]
fn cloudformation_in_yaml() {
    assert_told(
        "cloudformation.yaml",
        r#"
        Literal standard 2
          18:92 intrinsic-malformed ) /States/Send/Parameters/Message.$
        Folded standard 1
          32:31 unknown-field "Nxt" /States/A/Nxt
        Quoted standard 1
          37:40 start-at-target-missing \"B\" /StartAt
        Single standard 1
          41:76 state-type-unknown "Sucseed" /States/It's/Type
        Parameter standard open is made by `Ref` when it is deployed
        "#,
        &[
            ("$.a[)", "$.a)"),
            (r#""Nxt": "A", "#, ""),
            (r#"\"B\""#, r#"\"A\""#),
            ("Sucseed", "Succeed"),
        ],
    );
}

#[test]
fn cloudformation_in_json() {
    assert_told(
        "cloudformation.json",
        r#"
        Notify express 1
          15:15 unknown-field "Paramters" /States/Publish/Paramters
        "#,
        &[("Paramters", "Parameters")],
    );
}

#[test]
fn what_the_cdk_synthesizes() {
    assert_told(
        "Stack.template.json",
        r#"
        StateMachine2E01A3A5 express 2
          13:66 transition-target-missing \"Dne\" /States/Invoke/Next
          24:26 path-malformed \"$.a[\" /States/Invoke/Parameters/Payload.$
        "#,
        &[("Dne", "Done"), ("$.a[", "$.a")],
    );
}

#[test]
fn terraform() {
    assert_told(
        "main.tf",
        r#"
        encoded express 2
          25:16 transition-target-missing "Notifi" /States/Charge/Next
        heredoc standard 1
          49:56 path-malformed ] /States/Count/Parameters/literal.$
        template express file refunds.asl.json limit=5 table=?
        nightly standard 1
          5:23 state-type-unknown "Succed" /States/Copy/Type
        quoted standard 1
          70:17 no-terminal-state { /States
          70:89 transition-target-missing \"B\" /States/A/Next
        given standard open is `var.definition`, which is known when this is applied
        sfn standard file ./job.json
        loader ? 1
          83:44 unknown-field MaxAttempt /States/Load/Retry/0/MaxAttempt
        "#,
        &[
            ("Notifi\"", "Notify\""),
            ("[?(@.a == ]", "[?(@.a == 1)]"),
            ("Succed", "Succeed"),
            ("MaxAttempt =", "MaxAttempts ="),
            (r#"\"Next\": \"B\""#, r#"\"End\": true"#),
        ],
    );
}

#[test]
fn serverless() {
    assert_told(
        "serverless.yml",
        "
        hello express 1
          16:11 transition-missing Hello /States/Hello
          20:13 unknown-field Ends /States/Hello/Ends
        other standard file workflows/other.asl.yml
        part standard file workflows.yml Definition part
        ",
        &[("Ends", "End")],
    );
}

/// What is changed in a file is a word for another, however the definition is written there, and is no problem any more.
#[test]
fn names_are_mended_where_they_are_written() {
    let mut told = Vec::new();
    for name in FIXTURES {
        let text = fixture(name);
        let (mut edits, mut problems) = (Vec::new(), 0);
        for definition in here(&definitions(name, &text)) {
            let editable = definition.editable;
            assert_eq!(editable, *name == "cloudformation.json", "{name}");
            problems += definition.problems.len();
            for edit in definition.problems.iter().flat_map(|it| &it.edits) {
                told.push(format!("{name}: {} -> {}", edit.span.of(&text), edit.text));
                edits.push(edit.clone());
            }
        }
        let changed = asl::apply(&text, &edits).unwrap();
        let again = definitions(name, &changed);
        let left: usize = here(&again).iter().map(|it| it.problems.len()).sum();
        assert_eq!(left + edits.len(), problems, "{name}");
    }
    assert_eq!(
        told,
        [
            "sam.yaml: Recieve -> Receive",
            r#"cloudformation.yaml: \"B\" -> \"A\""#,
            r#"cloudformation.yaml: "Sucseed" -> "Succeed""#,
            r#"cloudformation.json: "Paramters" -> "Parameters""#,
            r#"main.tf: "Notifi" -> "Notify""#,
            r#"main.tf: "Succed" -> "Succeed""#,
            "main.tf: MaxAttempt -> MaxAttempts",
        ]
    );
}

#[test]
fn a_definition_knows_its_own_text() {
    let text = fixture("cloudformation.json");
    let found = definitions("cloudformation.json", &text);
    let [definition] = here(&found)[..] else {
        panic!("one definition")
    };
    assert!(
        definition
            .own_text()
            .starts_with("{\n          \"StartAt\"")
    );
    assert!(definition.own_text().ends_with('}'));
}

#[test]
fn a_file_that_cannot_be_read_is_said_to_be_so() {
    let hcl = "resource \"aws_sfn_state_machine\" \"a\" {\n  definition = jsonencode({)\n}\n";
    let told_of = told("main.tf", hcl);
    assert!(
        told_of.starts_with(" ? 0\n  2:28 invalid-hcl ) "),
        "{told_of}"
    );

    let yaml =
        "Resources:\n  A:\n    Type: AWS::StepFunctions::StateMachine\n    Properties: {a: [}\n";
    let told_of = told("a.yaml", yaml);
    assert!(told_of.contains("\n  4:22 invalid-yaml } "), "{told_of}");

    let json =
        "{\"Resources\": {\"A\": {\"Type\": \"AWS::StepFunctions::StateMachine\"}\n \"B\": {}}}";
    let told_of = told("a.json", json);
    assert!(told_of.contains("\n  1:65 invalid-json "), "{told_of}");
}

#[test]
fn a_definition_without_problems_says_nothing_of_a_mistake_elsewhere() {
    let text = fixture("cloudformation.json").replace("Paramters", "Parameters");
    let broken = text.replace("\"AWS::SNS::Topic\"},", "\"AWS::SNS::Topic\"}");
    let lines = told("cloudformation.json", &broken);
    assert_eq!(lines.lines().next(), Some("Notify express 1"));
    assert!(lines.contains("\n ? 0\n  3:41 invalid-json "), "{lines}");
}

#[test]
fn files_of_other_kinds_hold_nothing() {
    for name in FIXTURES {
        assert!(may_hold(name, &fixture(name)), "{name}");
    }
    assert!(!may_hold("a.md", &fixture("sam.yaml")));
    assert!(!may_hold("a.yaml", "Resources: {}"));
    assert!(definitions("values.yaml", "stateMachines: 5\n").is_empty());
    assert!(definitions("a.json", "[\"AWS::StepFunctions::StateMachine\"]").is_empty());
    assert!(definitions("notes.md", "").is_empty());
}

#[test]
fn local_values_that_go_in_circles_end() {
    let lists = (1..30).map(|index| format!("  l{index} = [local.l{0}, local.l{0}]\n", index - 1));
    let lists = lists.collect::<Vec<_>>().concat();
    let text = format!(
        "locals {{\n  l0 = [local.l29]\n  a = local.b\n  b = local.a\n{lists}}}\n\
        resource \"aws_sfn_state_machine\" \"m\" {{\n  definition = local.a\n}}\n\
        resource \"aws_sfn_state_machine\" \"n\" {{\n  definition = jsonencode({{StartAt = local.a, States = {{X = local.l29}}}})\n}}\n"
    );
    let lines = told("main.tf", &text);
    assert!(lines.starts_with("m standard open is `local."), "{lines}");
    assert!(lines.contains("\nn standard 1\n"), "{lines}");
}

#[test]
fn terraform_in_json() {
    let text = r#"{"resource": {"aws_sfn_state_machine": {"a": {
  "type": "EXPRESS",
  "definition": "{\"StartAt\": \"${var.start}\", \"States\": {\"A\": {\"Type\": \"Fial\"}}}"}}}}"#;
    assert_eq!(
        told("main.tf.json", text),
        "a express 1\n  3:81 state-type-unknown \\\"Fial\\\" /States/A/Type\n"
    );
}

#[test]
fn what_is_too_deep_for_the_parsers_is_said() {
    let deep = |open: &str, close: &str| format!("{}1{}", open.repeat(300), close.repeat(300));
    let hcl = format!(
        "resource \"aws_sfn_state_machine\" \"a\" {{\n  definition = jsonencode({})\n}}\n",
        deep("[", "]")
    );
    assert!(told("main.tf", &hcl).contains("invalid-hcl"));
    // In the stack of a thread.
    for opening in [
        "(",
        "\"${",
        "!",
        "-",
        "[for x in ",
        "{a = ",
        "f(",
        "a ? b : ",
        "a[",
        "1 + ",
        "{(",
        "<<A\n${",
        "\"%{if ",
    ] {
        for count in [60, 64, 5_000] {
            let text = format!(
                "resource \"aws_sfn_state_machine\" \"a\" {{\n definition = {}",
                opening.repeat(count)
            );
            assert!(told("main.tf", &text).contains("invalid-hcl"), "{opening}");
        }
    }
    assert!(told("main.tf", &"a {\n".repeat(5_000)).contains("invalid-hcl"));
    let json = format!(
        r#"{{"Resources": {{"A": {{"Type": "AWS::StepFunctions::StateMachine", "Properties": {{"Definition": {}}}}}}}}}"#,
        deep(r#"{"Fn::Join": ["", ["#, "]]}")
    );
    assert!(told("a.json", &json).contains("too-deeply-nested"));
}

#[test]
fn large_files_take_no_long() {
    let machine = |index| {
        format!(
            r#""M{index}": {{"Type": "AWS::StepFunctions::StateMachine", "Properties": {{"DefinitionString": "{{\"StartAt\": \"é\", \"States\": {{}}}}"}}}}"#
        )
    };
    let machines: Vec<String> = (0..5_000).map(machine).collect();
    let json = format!(r#"{{"Resources": {{{}}}}}"#, machines.join(", "));
    let found = definitions("a.json", &json);
    assert_eq!(found.len(), 5_000);
    let last = here(&found)[4_999].clone();
    assert!(last.position(last.problems[0].span.start).column > 600_000);

    let pairs = (0..12_000).map(|index| format!("a{index} = 1\n"));
    let pairs = pairs.collect::<Vec<_>>().concat();
    let hcl = format!("# aws_sfn_state_machine\nlocals {{\n a = {{\n{pairs}}}\n}}\n");
    assert!(definitions("a.tf", &hcl).is_empty());
    assert!(told("a.tf", &hcl.repeat(2)).contains("invalid-hcl"));
}

const FIXTURES: &[&str] = &[
    "sam.yaml",
    "cloudformation.yaml",
    "cloudformation.json",
    "Stack.template.json",
    "main.tf",
    "functions.tf",
    "serverless.yml",
];

fn here(found: &[Embedded]) -> Vec<&Definition> {
    let places = found.iter().map(|it| &it.place);
    places
        .filter_map(|place| match place {
            Place::Here(definition) => Some(&**definition),
            _ => None,
        })
        .collect()
}

/// Whatever was read: every place is one of the file.
fn assert_sound(name: &str, text: &str) {
    may_hold(name, text);
    let mut found = definitions(name, text);
    for what in [
        What::Section,
        What::Machines,
        What::Machine,
        What::Definition,
    ] {
        for keys in [Vec::new(), vec!["stepFunctions".to_owned()]] {
            found.extend(included(name, text, &Part { what, keys }, "name"));
        }
    }
    let locals = fixture("functions.tf");
    let module = [(name, text), ("functions.tf", &*locals)];
    let module = Module::new(module.map(|(name, text)| (name.to_owned(), text.to_owned())));
    if name == "main.tf" {
        found.extend(module.definitions(name));
    }
    for definition in here(&found) {
        for by in [
            FilledBy::CloudFormation,
            FilledBy::Templatefile,
            FilledBy::File,
        ] {
            let filling = Filling {
                by,
                owner: "m".to_owned(),
                values: BTreeMap::new(),
            };
            for format in [Format::Json, Format::Yaml] {
                for problem in filling.missing(definition, format) {
                    assert!(text.get(problem.span.start..problem.span.end).is_some());
                }
            }
        }
        assert_eq!(&*definition.text, text);
        let states = definition.states();
        let spans = states.iter().flat_map(|it| [it.span, it.name.span]);
        for span in spans.chain(definition.problems.iter().map(|it| it.span)) {
            assert!(text.get(span.start..span.end).is_some(), "{span:?}");
            assert!(definition.position(span.start).line >= 1);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn nothing_panics(
        which in 0..FIXTURES.len(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), 0..40_usize, "[\"'\\\\{}\\[\\]|>$%!&*:,=<~\\n \\té💡aF0-]{0,6}|EOF|Fn::|<<|\\$\\{|\\\\u"), 1..4),
    ) {
        let name = FIXTURES[which];
        let mut text = fixture(name);
        for (at, length, inserted) in changes {
            let start = text.floor_char_boundary(at.index(text.len() + 1));
            let end = text.ceil_char_boundary((start + length).min(text.len()));
            text.replace_range(start..end, &inserted);
        }
        assert_sound(name, &text);
    }

    #[test]
    fn nothing_panics_on_strings(content in "\\PC{0,40}|[\"{}a:\\\\u0-9dDeE$%' \\n]{0,40}", ending in 0..3_usize) {
        let (name, text) = match ending {
            0 => ("a.json", format!(r#"{{"Resources": {{"A": {{"Type": "AWS::StepFunctions::StateMachine", "Properties": {{"DefinitionString": "{content}"}}}}}}}}"#)),
            1 => ("a.yaml", format!("Resources:\n  A:\n    Type: AWS::StepFunctions::StateMachine\n    Properties:\n      DefinitionString: !Sub {content}\n")),
            _ => ("a.tf", format!("resource \"aws_sfn_state_machine\" \"a\" {{\n definition = <<EOF\n{content}\nEOF\n}}\n")),
        };
        assert_sound(name, &text);
    }
}
