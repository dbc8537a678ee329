//! Every value stands exactly where its span says.

use std::fmt::Write as _;

use proptest::prelude::*;

use super::{json, yaml};
use crate::{Definition, Node, Value};

/// A JSON value to be written.
#[derive(Clone, Debug)]
enum Tree {
    Null,
    Bool(bool),
    Number(String),
    String(String),
    Array(Vec<Tree>),
    Object(Vec<(String, Tree)>),
}

fn trees() -> impl Strategy<Value = Tree> {
    let leaf = prop_oneof![
        Just(Tree::Null),
        any::<bool>().prop_map(Tree::Bool),
        "-?(0|[1-9][0-9]{0,5})(\\.[0-9]{1,3})?([eE][+-]?[0-9]{1,2})?".prop_map(Tree::Number),
        text().prop_map(Tree::String),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Tree::Array),
            prop::collection::btree_map(text(), inner, 0..6)
                .prop_map(|members| Tree::Object(members.into_iter().collect())),
        ]
    })
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ -~]{0,12}",
        "\\PC{0,6}",
        Just("\u{1f600}\t\u{e4}\n\u{2028}\0\u{7f}".to_owned())
    ]
}

/// Blanks that JSON allows between two tokens.
fn gaps() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec("[ \n\t\r]{0,3}", 1..12)
}

/// Writes a tree with the gaps in turn.
struct Writer<'a> {
    out: String,
    gaps: std::iter::Cycle<std::slice::Iter<'a, String>>,
    /// How strings are escaped: more than JSON demands, or only what it demands.
    escape_all: bool,
}

impl Writer<'_> {
    fn gap(&mut self) {
        let gap = self.gaps.next().unwrap();
        self.out.push_str(gap);
    }

    fn string(&mut self, text: &str) {
        self.out.push('"');
        for character in text.chars() {
            match character {
                '"' | '\\' => self.out.extend(['\\', character]),
                '\n' => self.out.push_str("\\n"),
                '/' if self.escape_all => self.out.push_str("\\/"),
                '\0'..='\u{1f}' | '\u{7f}' => {
                    write!(self.out, "\\u{:04x}", u32::from(character)).unwrap();
                }
                _ if self.escape_all => {
                    for unit in character.encode_utf16(&mut [0; 2]) {
                        write!(self.out, "\\u{unit:04X}").unwrap();
                    }
                }
                _ => self.out.push(character),
            }
        }
        self.out.push('"');
    }

    fn tree(&mut self, tree: &Tree) {
        match tree {
            Tree::Null => self.out.push_str("null"),
            Tree::Bool(value) => self.out.push_str(if *value { "true" } else { "false" }),
            Tree::Number(text) => self.out.push_str(text),
            Tree::String(text) => self.string(text),
            Tree::Array(items) => {
                self.out.push('[');
                for (index, item) in items.iter().enumerate() {
                    self.out.push_str(if index > 0 { "," } else { "" });
                    self.gap();
                    self.tree(item);
                    self.gap();
                }
                self.out.push(']');
            }
            Tree::Object(members) => {
                self.out.push('{');
                for (index, (key, value)) in members.iter().enumerate() {
                    self.out.push_str(if index > 0 { "," } else { "" });
                    self.gap();
                    self.string(key);
                    self.gap();
                    self.out.push(':');
                    self.gap();
                    self.tree(value);
                    self.gap();
                }
                self.out.push('}');
            }
        }
    }
}

fn write(tree: &Tree, gaps: &[String], escape_all: bool) -> String {
    let mut writer = Writer {
        out: String::new(),
        gaps: gaps.iter().cycle(),
        escape_all,
    };
    writer.tree(tree);
    writer.out
}

/// A definition with the tree in a field that the language does not know.
fn around(tree: &str) -> String {
    format!(r#"{{"StartAt": "Ä", "x": {tree}, "States": {{"Ä": {{"Type": "Succeed"}}}}}}"#)
}

fn inside(definition: &Definition) -> &Node {
    &definition.machine.unknown[0].node
}

fn same(tree: &Tree, node: &Node) {
    match (tree, &node.value) {
        (Tree::Null, Value::Null) => {}
        (Tree::Bool(left), Value::Bool(right)) => assert_eq!(left, right),
        (Tree::Number(left), Value::Number(right)) | (Tree::String(left), Value::String(right)) => {
            assert_eq!(left, right);
        }
        (Tree::Array(left), Value::Array(right)) => {
            assert_eq!(left.len(), right.len());
            left.iter()
                .zip(right)
                .for_each(|(left, right)| same(left, right));
        }
        (Tree::Object(left), Value::Object(right)) => {
            assert_eq!(left.len(), right.len());
            for ((key, left), right) in left.iter().zip(right) {
                assert_eq!(*key, right.key);
                same(left, &right.node);
            }
        }
        (left, right) => panic!("{left:?} was read as {right:?}"),
    }
}

/// What a span covers, read on its own, is the value again, and nothing around it.
fn stands_there(node: &Node, text: &str) {
    let written = node.span.of(text);
    assert_eq!(written, written.trim(), "blanks belong to no value");
    let again = json(&around(written));
    assert_eq!(again.problems.len(), 1, "{:?}", again.problems);
    assert_eq!(without_places(inside(&again)), without_places(node));
    for member in node.members().unwrap_or_default() {
        let key = json(&around(member.key_span.of(text)));
        assert_eq!(inside(&key).as_str(), Some(member.key.as_str()));
        assert!(member.span().of(text).starts_with('"'));
        stands_there(&member.node, text);
    }
    node.items()
        .unwrap_or_default()
        .iter()
        .for_each(|item| stands_there(item, text));
}

/// The value with all spans at 0, to be compared.
fn without_places(node: &Node) -> Node {
    let value = match &node.value {
        Value::Array(items) => Value::Array(items.iter().map(without_places).collect()),
        Value::Object(members) => {
            let mut members = members.clone();
            for member in &mut members {
                member.key_span = crate::Span::default();
                member.node = without_places(&member.node);
            }
            Value::Object(members)
        }
        other => other.clone(),
    };
    Node {
        span: crate::Span::default(),
        value,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_is_read_from_where_it_stands(tree in trees(), gaps in gaps(), escape_all: bool) {
        let definition = json(&around(&write(&tree, &gaps, escape_all)));
        prop_assert_eq!(definition.problems.len(), 1, "{:?}", definition.problems);
        same(&tree, inside(&definition));
        stands_there(inside(&definition), &definition.text);
    }

    /// JSON is YAML, so both readers find the same at the same places.
    #[test]
    fn both_readers_agree(tree in trees(), gaps in prop::collection::vec("[ ]{0,2}", 1..12)) {
        let text = around(&write(&tree, &gaps, false));
        // YAML folds these line ends inside of quotes, and takes a byte order mark for one.
        let text = text.replace(['\u{feff}', '\u{85}', '\u{2028}', '\u{2029}'], "_");
        let (left, right) = (json(&text), yaml(&text));
        prop_assert_eq!(right.problems.len(), 1, "{:?} in {}", right.problems, text);
        prop_assert_eq!(inside(&left), inside(&right), "{}", text);
    }
}

#[test]
fn a_span_covers_quotes_and_brackets() {
    let text =
        r#"{ "StartAt" : "a" , "States":{"a" :{ "Type":"Wait","Seconds": 1.50 ,"End":true } } }"#;
    let definition = json(text);
    let state = definition.states()[0];
    assert_eq!(definition.machine.scope.span.of(text), text);
    assert_eq!(state.name.span.of(text), r#""a""#);
    assert_eq!(
        state.span.of(text),
        r#"{ "Type":"Wait","Seconds": 1.50 ,"End":true }"#
    );
    assert_eq!(
        state.member("Seconds").unwrap().span().of(text),
        r#""Seconds": 1.50"#
    );
    assert_eq!(
        definition
            .machine
            .scope
            .start_at
            .as_ref()
            .unwrap()
            .span
            .of(text),
        r#""a""#
    );
}

#[test]
fn lines_and_columns_count_characters() {
    let definition =
        json("{\r\n  \"StartAt\": \"ß\", \"x\": 1,\n\"States\": {\"ß\": {\"Type\": \"Succeed\"}}}");
    let place = definition.position(definition.problems[0].span.start);
    assert_eq!((place.line, place.column), (2, 19));
}

#[test]
fn pointers_are_escaped() {
    let definition = json(r#"{"StartAt": "a/b~c", "States": {"a/b~c": {"Type": "Nothing"}}}"#);
    assert_eq!(definition.problems[0].pointer, "/States/a~1b~0c/Type");
    assert_eq!(definition.states()[0].pointer, "/States/a~1b~0c");
}
