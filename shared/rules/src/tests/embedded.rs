//! Definitions that stand in another file.

use asl::{Definition, Format, Mapped, Source, Tree};
use facts::MachineFacts;
use findings::FixKind;
use pricing::Prices;

use crate::{Config, analyze_definition};

const FILE: &str = r#"{
  "First": {"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessag", "End": true}}},
  "Second": {"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessag", "End": true}}}
}"#;

fn judged(name: &str, definition: &Definition) -> Vec<findings::Finding> {
    let text = definition.own_text().to_owned();
    let facts = MachineFacts::from_file("template.json", name, text);
    analyze_definition(&facts, definition, Prices::embedded(), &Config::default()).findings
}

fn part(name: &str) -> Definition {
    let mut tree = Tree::read(FILE, Format::Json);
    tree.root = tree.root.and_then(|root| root.get(name).cloned());
    Definition::of_node(&Source::new(FILE), tree, true)
}

#[test]
fn findings_point_into_the_file_and_tell_its_machines_apart() {
    let (first, second) = (
        judged("First", &part("First")),
        judged("Second", &part("Second")),
    );
    let ([first], [second]) = (first.as_slice(), second.as_slice()) else {
        panic!("one finding each: {first:#?} {second:#?}")
    };
    assert_eq!(first.rule, "service-action-unknown");
    assert_eq!((first.location.line, second.location.line), (2, 3));
    assert_ne!(first.fingerprint, second.fingerprint);
    let kind = first.fix.as_ref().map(|fix| &fix.kind);
    assert!(matches!(kind, Some(FixKind::Edits(_))), "{kind:?}");
}

/// What AWS does not take is told to be too large, and no rule looks at it.
#[test]
fn what_is_too_large_is_not_judged_by_rules() {
    let machine = |comment: usize| {
        let task =
            r#"{"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessag", "Next": "Nowhere"}"#;
        let text = format!(
            r#"{{"Comment": "{}", "StartAt": "A", "States": {{"A": {task}}}}}"#,
            "x".repeat(comment)
        );
        let facts = MachineFacts::from_file("large.asl.json", "large", text);
        crate::analyze(&facts, Prices::embedded(), &Config::default())
    };
    let ids = |report: &findings::MachineReport| {
        let mut ids: Vec<String> = report.findings.iter().map(|it| it.rule.clone()).collect();
        ids.sort();
        ids
    };
    let small = machine(10);
    assert!(ids(&small).contains(&"service-action-unknown".to_owned()));
    let large = machine(1_048_576);
    let told = ids(&large);
    assert!(
        told.contains(&"definition-too-large".to_owned()),
        "{told:?}"
    );
    let of_language = |id: &String| asl::PROBLEMS.iter().any(|(known, _)| known == id);
    assert!(told.iter().all(of_language), "{told:?}");
    assert_eq!(
        large.not_assessed.len(),
        crate::RULES
            .iter()
            .filter(|rule| rule.meta.strictness == findings::Strictness::Default)
            .count()
    );
}

#[test]
fn a_definition_in_a_string_is_judged_and_edited_where_it_is_written_alike() {
    let inner = FILE
        .lines()
        .nth(1)
        .unwrap()
        .trim_start_matches("  \"First\": ");
    let mut string = Mapped::default();
    string.push_same(inner, FILE.find(inner).unwrap());
    let start = FILE.find(inner).unwrap();
    let whole = asl::Span::new(start, start + inner.len());
    let definition = Definition::of_string(&Source::new(FILE), whole, &string);
    let found = judged("First", &definition);
    let found = found
        .iter()
        .find(|it| it.rule == "service-action-unknown")
        .unwrap();
    assert_eq!(found.location.line, 2);
    let written = FILE.get(found.location.start..found.location.end).unwrap();
    assert!(written.contains("sendMessag"), "{written}");
    let edits = found.fix.as_ref().and_then(findings::Fix::text_edits);
    let [edit] = edits.unwrap() else {
        panic!("{edits:?}")
    };
    assert!(
        FILE.get(edit.start..)
            .unwrap()
            .starts_with("sqs:sendMessag\"")
    );
    assert_eq!(edit.text, "sqs:sendMessage");
}
