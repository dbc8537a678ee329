//! What holds for any text: nothing panics, work grows with the text, and what is read is written and read again.

use proptest::prelude::*;

use crate::Span;
use crate::expr::jsonata::{Position, Text};
use crate::expr::{cursor::counted, in_source};
use crate::expr::{intrinsic::Call, jsonata, path::Path};

/// Reads a text as everything that it could be.
fn read(text: &str) {
    let inside = |span: Span| {
        assert!(
            span.start <= span.end && text.get(span.start..span.end).is_some(),
            "{span:?}"
        );
    };
    match Path::parse(text) {
        Ok(path) => {
            inside(path.span);
            path.steps.iter().for_each(|step| inside(step.span));
            let again = path.to_string();
            let reread =
                Path::parse(&again).unwrap_or_else(|error| panic!("{text} -> {again}: {error}"));
            assert_eq!(reread.to_string(), again, "{text}");
            assert_eq!(reread.is_reference(), path.is_reference());
            assert_eq!(reread.is_definite(), path.is_definite());
            assert_eq!(reread.inner().len(), path.inner().len());
        }
        Err(error) => inside(error.span),
    }
    match Call::parse(text) {
        Ok(call) => {
            inside(call.span);
            call.issues()
                .iter()
                .for_each(|issue| inside(issue.error.span));
            call.paths().iter().for_each(|path| inside(path.span));
        }
        Err(error) => inside(error.span),
    }
    for expression in [
        Some(jsonata::parse(text)),
        match jsonata::read(text) {
            Text::Expression(expression) => Some(expression),
            Text::Delimiters(error) => {
                inside(error.span);
                None
            }
            Text::Plain | Text::Padded => None,
        },
    ]
    .into_iter()
    .flatten()
    {
        for position in [Position::Before, Position::After, Position::Caught] {
            expression
                .issues(position)
                .iter()
                .for_each(|issue| inside(issue.error.span));
        }
        expression.references.iter().for_each(|reference| {
            inside(reference.span);
            inside(reference.fields_span);
        });
        expression
            .bindings
            .iter()
            .for_each(|binding| inside(binding.span));
        expression.reads.iter().for_each(|read| inside(read.span));
    }
}

/// Texts made of the words of these languages, so that many of them can be read.
fn words() -> impl Strategy<Value = String> {
    let words = [
        "$", "$$", "$x", "$states", ".", "..", "[", "]", "*", "?", "(", ")", "@", "'", "\"", "a",
        "b c", "0", "-1", ",", ":", "==", "=~", "/", "&&", "||", "!", "${", "}", "{", "in", "and",
        "States.", "Format", "Array", "{}", "\\", ":=", "function", "~>", "|", "^", "<", ">", "%",
        ";", "`", " ", "#", "+", "length()", "{%", "%}", "é", "/*", "*/", "input", "$sum", "true",
        "'x'", "$.a", "@.b",
    ];
    prop::collection::vec(prop::sample::select(words.to_vec()), 0..24)
        .prop_map(|words| words.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_text_is_answered(text in any::<String>()) {
        read(&text);
    }

    #[test]
    fn any_place_is_found(raw in any::<String>(), text in any::<String>(), start in 0_usize..20, end in 0_usize..20) {
        if let Some(span) = in_source(&raw, &text, Span::new(start, end)) {
            prop_assert!(raw.get(span.start..span.end).is_some() || raw == text);
        }
    }

    #[test]
    fn any_words_are_answered(text in words()) {
        read(&text);
    }
}

/// Texts that grow without end, each of which has led a reader into long work somewhere.
fn growing(count: usize) -> Vec<String> {
    let repeat = |text: &str| text.repeat(count);
    vec![
        format!("$.{}", repeat("a")),
        format!("${}", repeat(".a")),
        format!("${}", repeat("[0]")),
        format!("${}", repeat("..a")),
        format!("$[{}", repeat("'a',")),
        format!("$['{}", repeat("\\u0041")),
        format!("$.{}", repeat("${")),
        format!("$.{}", repeat("${a}")),
        format!("$[{}", repeat("${a}")),
        format!("$[?({}", repeat("(")),
        format!("$[?({}@.a)]", repeat("!")),
        format!("$[?(@.a{})]", repeat(" && @.a")),
        format!("$[?(@.a =~ /{}", repeat("/a ")),
        format!("$[?(@.a == {}", repeat("[")),
        format!("$[?(@.a == {}", repeat("'a' ")),
        format!("$.a.concat({}", repeat("$.a, ")),
        format!("$.a{}", repeat("[?(@.a")),
        format!("States.Array({}", repeat("1, ")),
        repeat("States.Array("),
        format!("States.Format('{}')", repeat("{}")),
        format!("States.Format('{}')", repeat("\\\\")),
        format!("States.{}", repeat("${")),
        format!("1{}", repeat(" + 1")),
        repeat("("),
        repeat("[[1], "),
        repeat("-"),
        repeat("{'a': "),
        repeat("$x ? 1 : "),
        format!("$x{}", repeat(".a")),
        format!("$x{}", repeat("[0]")),
        format!("$x{}", repeat(" ~> $f(1)")),
        format!("({})", repeat("$x := 1; ")),
        format!("({})", repeat("$x := function() { $y }; ")),
        format!("(({}); $y := 1)", repeat("$x := function() { $y }; ")),
        repeat("function($x) { $y + ($y := 1; "),
        format!("/*{}", repeat("* /")),
        repeat("/* */"),
        format!("/{}", repeat("\\/")),
        format!("'{}", repeat("\\n")),
        repeat("${"),
        repeat("$${a} "),
        repeat("${a: "),
        repeat("`"),
        format!("[{}", repeat("$x.a, ")),
        format!("function($x){}", repeat("<")),
        format!("function($x)<{}", repeat("a<")),
    ]
}

#[test]
fn work_grows_with_the_text() {
    const COUNT: usize = 2000;
    for (short, long) in growing(COUNT).iter().zip(growing(4 * COUNT)) {
        let start: String = short.chars().take(20).collect();
        for reader in [
            |text: &str| drop(Path::parse(text)),
            |text: &str| drop(Call::parse(text).map(|call| call.issues())),
            |text: &str| drop(jsonata::parse(text).issues(Position::After)),
        ] {
            let few = counted(|| reader(short));
            let many = counted(|| reader(&long));
            assert!(many <= 4 * few + 64, "{start}: {few} steps, then {many}");
            assert!(
                many <= 16 * long.len() + 64,
                "{start}: {many} steps for {} bytes",
                long.len()
            );
        }
        read(&long);
    }
}

#[test]
fn long_chains_are_no_nesting() {
    let chain = |text: &str| format!("{}1", text.repeat(3000));
    for source in [chain("1 + "), chain("$x = 1 ? 2 : "), chain("$x and ")] {
        assert!(jsonata::parse(&source).complete);
    }
    let nested = |count: usize| format!("{}1{}", "(".repeat(count), ")".repeat(count));
    assert!(jsonata::parse(&nested(150)).complete);
    let deep = nested(300);
    let expression = jsonata::parse(&deep);
    assert!(!expression.complete && expression.error.is_none());
}
