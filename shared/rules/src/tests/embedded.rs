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

#[test]
fn a_definition_in_a_string_is_judged_and_not_edited() {
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
    let kind = found.fix.as_ref().map(|fix| &fix.kind);
    assert!(!matches!(kind, Some(FixKind::Edits(_))), "{kind:?}");
}
