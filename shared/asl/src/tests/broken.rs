//! Texts that are not what they should be.

use proptest::prelude::*;

use super::{errors, json, series, told};
use crate::{Definition, Format, Span};

/// About 2 kB with every kind of state.
const WHOLE: &str = include_str!("order.asl.json");

const SMALL: &str = r#"{"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": 5, "Next": "B"}, "B": {"Type": "Succeed"}}}"#;

#[test]
fn the_whole_is_right() {
    let definition = json(WHOLE);
    assert_eq!(told(&definition), Vec::<String>::new());
    assert!(
        WHOLE.len() > 2000 && WHOLE.ends_with('}'),
        "the length that is cut below"
    );
}

#[test]
fn a_cut_text_is_reported_and_read_up_to_the_cut() {
    let whole = json(WHOLE);
    for cut in 0..WHOLE.len() {
        let Some(text) = WHOLE.get(..cut) else {
            continue;
        };
        let definition = json(text);
        assert!(!errors(&definition).is_empty(), "cut at {cut}");
        let names: Vec<&str> = definition
            .states()
            .iter()
            .map(|s| s.name.value.as_str())
            .collect();
        for state in whole.states().iter().filter(|state| state.span.end <= cut) {
            assert!(
                names.contains(&state.name.value.as_str()),
                "{} at {cut}",
                state.name.value
            );
        }
        for problem in &definition.problems {
            let syntax = ["invalid-json", "definition-empty"].contains(&problem.id);
            assert!(
                syntax,
                "cut at {cut}: {problem:?} is a consequence of the cut"
            );
        }
    }
}

/// What is replaced in `SMALL`, by what, and what is told of it then.
const DEVIATIONS: &[(&str, &str, &[&str])] = &[
    (
        r#""Seconds": 5,"#,
        r#""Seconds": 5"#,
        &["error invalid-json ` ` /States/A"],
    ),
    (
        r#""Succeed"}}}"#,
        r#""Succeed",}}}"#,
        &["error invalid-json `,` /States/B"],
    ),
    (
        r#""Succeed""#,
        "'Succeed'",
        &["error invalid-json `'Succeed'` /States/B/Type"],
    ),
    (
        r#""Succeed""#,
        "Succeed",
        &["error invalid-json `Succeed` /States/B/Type"],
    ),
    (
        r#""Seconds""#,
        "Seconds",
        &["error invalid-json `Seconds` /States/A/Seconds"],
    ),
    (
        r#""Seconds""#,
        "'Seconds'",
        &["error invalid-json `'Seconds'` /States/A/Seconds"],
    ),
    (
        r#""Seconds":"#,
        r#""Seconds""#,
        &["error invalid-json `` /States/A/Seconds"],
    ),
    (
        r#""Seconds":"#,
        r#""Seconds" ="#,
        &["error invalid-json `` /States/A/Seconds"],
    ),
    (
        ": 5",
        ": 05",
        &["error invalid-json `05` /States/A/Seconds"],
    ),
    (
        ": 5",
        ": +5",
        &["error invalid-json `+5` /States/A/Seconds"],
    ),
    (
        ": 5",
        ": .5",
        &["error invalid-json `.5` /States/A/Seconds"],
    ),
    (
        ": 5",
        ": 5.",
        &["error invalid-json `5.` /States/A/Seconds"],
    ),
    (
        r#""Wait","#,
        "\"Wait\", // why\n",
        &["error invalid-json `// why` /States/A"],
    ),
    (
        r#""Wait","#,
        "\"Wait\", /* why */",
        &["error invalid-json `/* why */` /States/A"],
    ),
    (
        r#""Wait","#,
        "\"Wait\", # why\n",
        &["error invalid-json `# why` /States/A"],
    ),
    ("5,", "5,,", &["error invalid-json `,` /States/A"]),
    ("5,", "5,\u{a0}", &["error invalid-json `\u{a0}` /States/A"]),
    (
        "\"B\"}",
        "\"B\", \"Comment\": \"a\tb\"}",
        &["error invalid-json `\t` /States/A/Comment"],
    ),
    (
        "\"B\"}",
        "\"B\", \"Comment\": \"a\nb\"}",
        &["error invalid-json `\n` /States/A/Comment"],
    ),
    (
        "\"B\"}",
        "\"B\", \"Comment\": \"\\d\"}",
        &["error invalid-json `\\` /States/A/Comment"],
    ),
    (
        "\"B\"}",
        "\"B\", \"Comment\": \"\\u12\"}",
        &["error invalid-json `\\u` /States/A/Comment"],
    ),
    (
        "\"B\"}",
        "\"B\", \"Comment\": \"\\ud800\"}",
        &["warning lone-surrogate `\\ud800` /States/A/Comment"],
    ),
    (
        "\"B\"}",
        "\"B\", \"Comment\": NaN}",
        &["error invalid-json `NaN` /States/A/Comment"],
    ),
    (
        "\"B\"}",
        "\"B\", \"Comment\": None}",
        &["error invalid-json `None` /States/A/Comment"],
    ),
    (
        "\"B\"}",
        "\"B\", \"Next\": \"B\"}",
        &["error duplicate-key `\"Next\"` /States/A/Next"],
    ),
    (
        r#"{"StartAt""#,
        "\u{feff}{\"StartAt\"",
        &["warning byte-order-mark `\u{feff}` "],
    ),
    (
        r#""Succeed"}}}"#,
        r#""Succeed"}}}}"#,
        &["error invalid-json `}` "],
    ),
    (
        r#""Succeed"}}}"#,
        r#""Succeed"}}} {"a": 1}"#,
        &["error invalid-json `{\"a\": 1}` "],
    ),
    (
        r#""Succeed"}}}"#,
        r#""Succeed"}}"#,
        &["error invalid-json `` "],
    ),
    (
        r#""Seconds": 5"#,
        r#""Seconds": ${Delay}"#,
        &["warning placeholder-unquoted `${Delay}` /States/A/Seconds"],
    ),
    (
        r#""Wait","#,
        "\"Wait,\n",
        &["error invalid-json `` /States/A"],
    ),
    (
        r#""Wait", "#,
        r#""Wait", ${more} "#,
        &["warning placeholder-unquoted `${more}` /States/A/${more}"],
    ),
];

#[test]
fn what_is_not_json_is_told_where_it_stands() {
    for (from, to, expected) in DEVIATIONS {
        assert!(SMALL.contains(from), "{from}");
        let text = SMALL.replacen(from, to, 1);
        let definition = json(&text);
        assert_eq!(told(&definition), *expected, "{text}");
        let names: Vec<&str> = definition
            .states()
            .iter()
            .map(|s| s.name.value.as_str())
            .collect();
        assert_eq!(names, ["A", "B"], "{text}");
        let target = definition.states()[0]
            .next
            .as_ref()
            .map(|next| next.value.clone());
        assert_eq!(target.as_deref(), Some("B"), "{text}");
    }
}

#[test]
fn texts_that_are_no_state_machine() {
    let cases: &[(&str, &[&str])] = &[
        ("", &["error definition-empty `` "]),
        (" \n\t", &["error definition-empty ` \n\t` "]),
        ("\u{feff}", &["error definition-empty `\u{feff}` "]),
        ("{}", &["error not-a-state-machine `{` "]),
        ("[1, 2]", &["error not-a-state-machine `[` "]),
        ("\"text\"", &["error not-a-state-machine `\"` "]),
        (
            "{\"Resources\": {}, \"Outputs\": 1}",
            &["error not-a-state-machine `{` "],
        ),
        ("}", &["error invalid-json `}` "]),
        (
            "not a definition",
            &[
                "error invalid-json `not` ",
                "error invalid-json `a definition` ",
            ],
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(told(&json(text)), *expected, "{text}");
    }
}

#[test]
fn bytes_that_are_not_utf8() {
    let latin = Definition::parse(
        b"{\"StartAt\": \"\xe4\", \"States\": {\"\xe4\": {\"Type\": \"Succeed\"}}}",
        Format::Json,
    );
    assert_eq!(told(&latin), ["error not-utf-8 `\u{fffd}` /StartAt"]);
    assert_eq!(latin.states().len(), 1);
    let units = SMALL.encode_utf16().flat_map(u16::to_le_bytes);
    let wide: Vec<u8> = [0xff, 0xfe].into_iter().chain(units).collect();
    let wide = Definition::parse(&wide, Format::Json);
    assert_eq!(errors(&wide)[0].id, "not-utf-8");
    assert_eq!(wide.states().len(), 2);
}

#[test]
fn deep_texts_are_one_problem() {
    let deep = 100_000;
    let yaml_levels = series(500, |level| format!("{}a:\n", " ".repeat(level)));
    let cases = [
        ("[".repeat(deep), Format::Json),
        ("{\"a\":".repeat(deep), Format::Json),
        ("[".repeat(deep) + &"]".repeat(deep), Format::Json),
        ("- ".repeat(deep), Format::Yaml),
        ("? ".repeat(deep), Format::Yaml),
        ("[".repeat(deep), Format::Yaml),
        ("{a: ".repeat(deep), Format::Yaml),
        (yaml_levels, Format::Yaml),
    ];
    for (text, format) in cases {
        let definition = Definition::parse(text.as_bytes(), format);
        let ids: Vec<&str> = errors(&definition)
            .iter()
            .map(|problem| problem.id)
            .collect();
        let deep = ids.iter().filter(|id| **id == "too-deeply-nested").count();
        assert_eq!(deep, 1, "{format:?} {} {ids:?}", &text[..8]);
    }
    let inside = SMALL.replacen('5', &format!("{}{}", "[".repeat(deep), "]".repeat(deep)), 1);
    let definition = json(&inside);
    assert_eq!(definition.states().len(), 2, "what stands behind is read");
}

#[test]
fn large_texts_are_read_and_reported() {
    let filler = format!("{{\"Comment\": \"{}\", ", "x".repeat(1_048_576));
    let definition = json(&SMALL.replacen('{', &filler, 1));
    assert_eq!(errors(&definition)[0].id, "definition-too-large");
    assert_eq!(definition.states().len(), 2);
    let exact = json(&SMALL.replacen(' ', &" ".repeat(1_048_576 - SMALL.len() + 1), 1));
    assert_eq!(exact.text.len(), 1_048_576);
    assert_eq!(told(&exact), Vec::<String>::new());
}

#[test]
fn the_number_of_problems_is_bounded() {
    let many = series(5000, |_| "\"${retrier}\", ".to_owned());
    let definition = json(&format!(
        r#"{{"StartAt": "A", "States": {{"A": {{"Type": "Task", "Resource": "r", "Retry": [{many}{{}}], "Next": "B"}}}}}}"#
    ));
    assert_eq!(definition.problems.len(), 1001);
    assert_eq!(definition.problems.last().unwrap().id, "more-problems");
    let kept: Vec<&str> = errors(&definition)
        .iter()
        .map(|problem| problem.id)
        .collect();
    assert_eq!(kept, ["no-terminal-state", "transition-target-missing"]);
    let commas = json(&format!("[{}]", "1 ".repeat(5000)));
    assert_eq!(
        errors(&commas).len(),
        21,
        "a syntax error that repeats is told 20 times"
    );
}

#[test]
fn long_names_do_not_multiply() {
    let name = "n".repeat(100_000);
    let inner = series(2000, |index| {
        format!(", \"s{index}\": {{\"Type\": \"Succeed\"}}")
    });
    let text = format!(
        r#"{{"StartAt": "{name}", "States": {{"{name}": {{"Type": "Parallel", "End": true,
        "Branches": [{{"StartAt": "a", "States": {{"a": {{"Type": "Succeed"}}{inner}}}}}]}}}}}}"#
    );
    let definition = json(&text);
    assert_eq!(definition.states().len(), 2002);
    assert!(
        definition
            .states()
            .iter()
            .all(|state| state.pointer.len() < 5000)
    );
    assert!(
        definition
            .problems
            .iter()
            .all(|problem| problem.message.len() < 500)
    );
}

/// Whatever is read: spans are in the text, and every place has a position.
fn is_sound(definition: &Definition) {
    let inside = |span: Span| {
        assert!(
            span.start <= span.end && span.end <= definition.text.len(),
            "{span:?}"
        );
        assert!(
            definition.text.get(span.start..span.end).is_some(),
            "{span:?} splits a character"
        );
    };
    for problem in &definition.problems {
        inside(problem.span);
        assert!(definition.position(problem.span.start).line >= 1);
        let mut start = problem.message.chars();
        let sentence = start.next().unwrap().is_uppercase() && start.next().unwrap().is_lowercase();
        assert!(
            !sentence && !problem.message.ends_with('.'),
            "{}",
            problem.message
        );
    }
    for state in definition.states() {
        inside(state.span);
        inside(state.name.span);
        state.fields.iter().for_each(|member| inside(member.span()));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        is_sound(&Definition::parse(&bytes, Format::Json));
        is_sound(&Definition::parse(&bytes, Format::Yaml));
    }

    #[test]
    fn any_json_like_text_is_answered(text in "[\\[\\]{}:,\"'\\\\ua0-9.eE+$/*# \n\u{e4}\u{2028}truefalsn-]{0,200}") {
        is_sound(&json(&text));
        is_sound(&Definition::parse(text.as_bytes(), Format::Yaml));
    }

    #[test]
    fn any_yaml_like_text_is_answered(text in "([ ]{0,4}[-?:&*!|>%@`'\"{}\\[\\],#ab<~\u{e4}1.]{0,6}[ \n]){0,40}") {
        is_sound(&Definition::parse(text.as_bytes(), Format::Yaml));
    }

    #[test]
    fn a_damaged_definition_is_answered(
        damage in proptest::collection::vec((0..WHOLE.len(), 0_usize..4, any::<u8>(), 0_usize..40), 1..8),
    ) {
        let mut bytes = WHOLE.as_bytes().to_vec();
        for (at, kind, byte, length) in damage {
            let at = at.min(bytes.len() - 1);
            let end = (at + length).min(bytes.len());
            match kind {
                0 => drop(bytes.drain(at..end)),
                1 => bytes.insert(at, byte),
                2 => bytes[at] = byte,
                _ => bytes.extend_from_within(at..end),
            }
            if bytes.is_empty() {
                break;
            }
        }
        is_sound(&Definition::parse(&bytes, Format::Json));
        is_sound(&Definition::parse(&bytes, Format::Yaml));
    }
}
