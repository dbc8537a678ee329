//! Places in the text of a definition.

use crate::expr::in_source;
use crate::{Definition, Format, Span};

fn shown(raw: &str, text: &str, part: &str) -> Option<String> {
    let start = text.find(part).unwrap();
    let span = in_source(raw, text, Span::new(start, start + part.len()))?;
    Some(span.of(raw).to_owned())
}

#[test]
fn parts_of_strings() {
    for (raw, text, part, expected) in [
        (r#""$.a.b""#, "$.a.b", ".b", ".b"),
        (
            r#""{% 'a\n' & \"b\" & $x %}""#,
            "{% 'a\n' & \"b\" & $x %}",
            "$x",
            "$x",
        ),
        (
            r#""{% 'a\n' & \"b\" & $x %}""#,
            "{% 'a\n' & \"b\" & $x %}",
            "\"b\"",
            "\\\"b\\\"",
        ),
        (r#""é\u00e9\ud83c\udd97$x""#, "éé🆗$x", "$x", "$x"),
        (
            r#""é\u00e9\ud83c\udd97$x""#,
            "éé🆗$x",
            "🆗",
            "\\ud83c\\udd97",
        ),
        ("'it''s $x'", "it's $x", "$x", "$x"),
        ("$.plain", "$.plain", "plain", "plain"),
    ] {
        assert_eq!(shown(raw, text, part).as_deref(), Some(expected), "{raw}");
    }
    for (raw, text) in [
        ("\"a\\\n  b\"", "ab"),
        (">\n  a\n  b", "a b"),
        ("\"a", "ab"),
        ("", "a"),
    ] {
        assert_eq!(shown(raw, text, text), None, "{raw}");
    }
}

#[test]
fn parts_of_definitions() {
    for (format, value) in [
        (Format::Json, r#""A\t\"B\" é $x""#),
        (Format::Yaml, r#""A\t\"B\" é $x""#),
        (Format::Yaml, "'A ''B'' é $x'"),
        (Format::Yaml, "A é $x"),
    ] {
        let text = match format {
            Format::Json => format!(
                r#"{{"StartAt": "A", "States": {{"A": {{"Type": "Pass", "InputPath": {value}}}}}}}"#
            ),
            Format::Yaml => {
                format!("StartAt: A\nStates:\n  A:\n    Type: Pass\n    InputPath: {value}\n")
            }
        };
        let definition = Definition::parse(text.as_bytes(), format);
        let node = definition.states()[0].field("InputPath").unwrap();
        let (raw, value) = (node.span.of(&definition.text), node.as_str().unwrap());
        let start = value.find("$x").unwrap();
        let span = in_source(raw, value, Span::new(start, start + 2)).unwrap();
        assert_eq!(span.of(raw), "$x", "{text}");
    }
}
