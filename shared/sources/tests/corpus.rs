//! Real definitions, where a collection of them lies beside the repository, put into templates in every way: the same is
//! told of them there, at the same text.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "tests"
)]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use asl::{Definition, Format, Node, Tree, Value};
use sources::{Place, definitions};

/// What is told, without places; and the signs that a place begins with.
type Told = Vec<(String, String, String)>;

fn told(definition: &Definition) -> Told {
    let problems = definition.problems.iter();
    let mut told: Told = problems
        // Terraform and CloudFormation fill these in.
        .filter(|it| !["placeholder-unquoted", "placeholder-not-filled"].contains(&it.id))
        .map(|it| {
            let written = it.span.of(&definition.text).trim_start_matches(['\\', '"']);
            let first: String = written
                .chars()
                .take(1)
                .filter(|it| it.is_alphanumeric())
                .collect();
            (it.pointer.clone(), it.id.to_owned(), first)
        })
        .collect();
    told.sort();
    told
}

fn only(name: &str, text: &str) -> Option<Told> {
    let found = definitions(name, text);
    let [one] = found.as_slice() else {
        panic!("{name}: {found:?}\n{text}")
    };
    match &one.place {
        Place::Here(definition) => Some(told(definition)),
        _ => None,
    }
}

/// A value as HCL writes it.
fn hcl(node: &Node, into: &mut String) {
    match &node.value {
        Value::Null => into.push_str("null"),
        Value::Bool(value) => write!(into, "{value}").unwrap(),
        Value::Number(text) => into.push_str(text),
        Value::String(text) => hcl_string(text, into),
        Value::Array(items) => {
            into.push('[');
            for item in items {
                hcl(item, into);
                into.push_str(", ");
            }
            into.push(']');
        }
        Value::Object(members) => {
            into.push_str("{\n");
            for member in members {
                hcl_string(&member.key, into);
                into.push_str(" = ");
                hcl(&member.node, into);
                into.push('\n');
            }
            into.push('}');
        }
    }
}

fn hcl_string(text: &str, into: &mut String) {
    let text = text.replace("${", "$${").replace("%{", "%%{");
    into.push_str(&serde_json::to_string(&text).unwrap());
}

/// A definition in every kind of template.
fn ways(text: &str) -> Vec<(&'static str, String)> {
    let escaped = serde_json::to_string(text).unwrap();
    let indented = text.trim().replace('\n', "\n        ");
    let kind = r#""Type": "AWS::StepFunctions::StateMachine""#;
    let json = |properties: &str| {
        format!(r#"{{"Resources": {{"M": {{{kind}, "Properties": {{{properties}}}}}}}}}"#)
    };
    let yaml = "Resources:\n  M:\n    Type: AWS::StepFunctions::StateMachine\n    Properties:\n      DefinitionString:";
    let tf = "resource \"aws_sfn_state_machine\" \"m\" {\n  definition =";
    let heredoc = text.replace("${", "$${").replace("%{", "%%{");
    let mut ways = vec![
        (
            "string.json",
            json(&format!(r#""DefinitionString": {escaped}"#)),
        ),
        (
            "join.json",
            json(&format!(
                r#""DefinitionString": {{"Fn::Join": ["", [{escaped}]]}}"#
            )),
        ),
        ("block.yaml", format!("{yaml} |\n        {indented}\n")),
        ("sub.yaml", format!("{yaml} !Sub |-\n        {indented}\n")),
        ("quoted.yaml", format!("{yaml} {escaped}\n")),
        ("heredoc.tf", format!("{tf} <<-EOT\n{heredoc}\nEOT\n}}\n")),
    ];
    let tree = Tree::read(text, Format::Json);
    if let Some(root) = tree.root.filter(|_| tree.problems.is_empty()) {
        let mut written = String::new();
        hcl(&root, &mut written);
        ways.push(("object.json", json(&format!(r#""Definition": {text}"#))));
        ways.push(("object.tf", format!("{tf} jsonencode({written})\n}}\n")));
    }
    ways
}

/// The definition, and what becomes of it by two mistakes.
fn variants(text: &str) -> [String; 3] {
    [
        text.to_owned(),
        text.replacen("\"Next\"", "\"Nxt\"", 1),
        text.replacen("\"$.", "\"$.é[", 2),
    ]
}

#[test]
fn the_same_is_told_wherever_a_definition_stands() {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let folders = [shared.join("corpus/definitions"), shared.join("mutants")];
    let (mut compared, mut wrong) = (0, Vec::new());
    let files = folders
        .iter()
        .filter_map(|it| fs::read_dir(it).ok())
        .flatten();
    let mut paths: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    paths.sort();
    // All of them take a minute.
    for path in paths.iter().step_by(5) {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.extension().is_none_or(|it| it != "json") || name == "manifest.json" {
            continue;
        }
        for text in variants(&fs::read_to_string(path).unwrap()) {
            let plain = told(&Definition::parse(text.as_bytes(), Format::Json));
            for (way, template) in ways(&text) {
                let there = only(way, &template).unwrap_or_default();
                compared += plain.len();
                if there != plain {
                    let missing: Vec<_> = plain.iter().filter(|it| !there.contains(it)).collect();
                    let more: Vec<_> = there.iter().filter(|it| !plain.contains(it)).collect();
                    wrong.push(format!("{way} {name}: missing {missing:?}, more {more:?}"));
                }
            }
        }
    }
    println!("{compared} problems compared");
    assert!(
        wrong.is_empty(),
        "{} differ:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
