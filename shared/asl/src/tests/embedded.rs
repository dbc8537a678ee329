//! Definitions that stand in another file.

use crate::{Definition, Format, Mapped, Source, Span, Tree};

#[test]
fn pieces_know_where_they_stand() {
    // `ab` at 10, an escape at 12..14 that stands for `\n`, `cd` at 14, something of five bytes for `é`.
    let mut mapped = Mapped::default();
    mapped.push_same("ab", 10);
    mapped.push_for("\n", Span::new(12, 14));
    mapped.push_same("c", 14);
    mapped.push_same("d", 15);
    mapped.push_for("é", Span::new(16, 21));
    assert_eq!(mapped.text(), "ab\ncdé");
    let outer = |start, end| {
        let span = mapped.outer(Span::new(start, end));
        (span.start, span.end)
    };
    assert_eq!(outer(0, 2), (10, 12));
    assert_eq!(outer(1, 3), (11, 14));
    assert_eq!(outer(2, 3), (12, 14));
    assert_eq!(outer(4, 7), (15, 21));
    assert_eq!(outer(3, 3), (14, 14));
    assert_eq!(outer(7, 7), (21, 21));
    assert_eq!(outer(90, 99), (21, 21));

    let mut part = Mapped::default();
    part.push_for("x", Span::new(0, 1));
    part.push_part(&mapped, Span::new(1, 4));
    assert_eq!(part.text(), "xb\nc");
    assert_eq!(part.outer(Span::new(1, 4)), Span::new(11, 15));
    part.push_part(&mapped, Span::new(5, 90));
    assert_eq!(part.text(), "xb\ncé");
    assert_eq!(Mapped::default().outer(Span::new(3, 5)), Span::new(0, 0));
}

#[test]
fn yaml_can_keep_the_functions_of_cloudformation() {
    let tree = Tree::read(
        "a: !Sub x\nb: !GetAtt [f, Arn]\nc: !If {d: 1}\nd: !Ref r\n",
        Format::Yaml,
    );
    let root = tree.root.unwrap();
    let long = |name: &str, function: &str| root.get(name).unwrap().get(function).cloned();
    assert_eq!(long("a", "Fn::Sub").unwrap().as_str(), Some("x"));
    assert_eq!(long("b", "Fn::GetAtt").unwrap().items().unwrap().len(), 2);
    assert!(long("c", "Fn::If").unwrap().get("d").is_some());
    assert_eq!(long("d", "Ref").unwrap().as_str(), Some("r"));
}

#[test]
fn a_part_has_the_problems_that_stand_in_it() {
    let text = "{\"a\": {\"x\": 1 \"y\": 2}, \"b\": {\"StartAt\": \"S\", \"States\": {\"S\": {\"Type\": \"Succeed\"} \"T\": {\"Type\": \"Succeed\"}}}}";
    let mut tree = Tree::read(text, Format::Json);
    assert_eq!(tree.problems.len(), 2);
    tree.root = tree.root.and_then(|root| root.get("b").cloned());
    let definition = Definition::of_node(&Source::new(text), tree, true);
    let ids: Vec<&str> = definition.problems.iter().map(|it| it.id).collect();
    assert_eq!(ids, ["invalid-json", "state-unreachable"]);
    assert!(definition.own_text().starts_with("{\"StartAt\""));
}

#[test]
fn a_place_in_a_long_line_is_counted_in_characters() {
    let line = "é".repeat(3_000);
    let text = format!("a\n{line}\n{line}b");
    let source = Source::new(&text);
    let at = source.position(text.len() - 1);
    assert_eq!((at.line, at.column), (3, 3_001));
    let at = source.position(2 + 2 * 2_047);
    assert_eq!((at.line, at.column), (2, 2_048));
    assert_eq!(source.position(text.len() + 9).column, 3_002);
}
