//! Intrinsic functions.

use super::told;
use crate::expr::intrinsic::{Call, FUNCTIONS, IssueKind, Value, is_call};

fn call(text: &str) -> Call<'_> {
    match Call::parse(text) {
        Ok(call) => call,
        Err(error) => panic!("{text}: {}", told(text, &error)),
    }
}

fn issues(text: &str) -> Vec<String> {
    let issues = call(text).issues();
    issues
        .iter()
        .map(|issue| told(text, &issue.error))
        .collect()
}

#[test]
fn every_function_called_well() {
    for text in [
        "States.Array()",
        "States.Array($.a, 1, 'b', null, true)",
        "States.ArrayPartition($.a, 2)",
        "States.ArrayContains($.a, 'x')",
        "States.ArrayRange(1, 9, 2)",
        "States.ArrayGetItem($.a, 0)",
        "States.ArrayLength($.a)",
        "States.ArrayUnique(States.Array(1, 1))",
        "States.Base64Encode('a')",
        "States.Base64Decode($.a)",
        "States.Hash($.a, 'SHA-256')",
        "States.Hash($.a, '${Algorithm}')",
        "States.Hash($.a, $.algorithm)",
        "States.JsonMerge($.a, $b, false)",
        "States.StringToJson($.a)",
        "States.JsonToString($)",
        "States.MathRandom(1, 9)",
        "States.MathRandom(1, 9, 42)",
        "States.MathAdd($.a, -1)",
        "States.StringSplit('a,b', ',')",
        "States.UUID()",
        "States.Format('a')",
        "States.Format('{}-{}', $.a, States.UUID())",
        "States.Format($.template, 1, 2)",
        "States.Format('\\{\\}{}\\'\\\\', 1)",
        "States.Format('{ {}}', 1)",
        "States.Format('{}${Suffix}', 1, 2)",
        "States.Array(${Items})",
        "States.Format  (  '{}'  ,  $.a  ) ",
        "States.StringToJson('{\"a\": [1]}')",
        "States.Array($.a[?(@.b == 'c,)')], $['x,)'].y)",
        "States.${Name}(1)",
    ] {
        assert_eq!(issues(text), Vec::<String>::new(), "{text}");
    }
    assert_eq!(FUNCTIONS.len(), 18);
    assert!(FUNCTIONS.is_sorted_by_key(|function| function.name));
}

#[test]
fn calls_that_cannot_work() {
    for (text, why) in [
        (
            "States.Fromat('a')",
            "`States.Fromat`: there is no intrinsic function `States.Fromat`",
        ),
        (
            "States.UUID(1)",
            "`States.UUID(1)`: `States.UUID` takes no arguments and is given 1",
        ),
        (
            "States.MathAdd(1)",
            "`States.MathAdd(1)`: `States.MathAdd` takes 2 arguments and is given 1",
        ),
        (
            "States.MathRandom(1)",
            "`States.MathRandom(1)`: `States.MathRandom` takes 2 to 3 arguments and is given 1",
        ),
        (
            "States.Format()",
            "`States.Format()`: `States.Format` takes at least 1 argument and is given 0",
        ),
        (
            "States.MathAdd('1', 2)",
            "`'1'`: `States.MathAdd` wants a number here",
        ),
        (
            "States.ArrayLength('a')",
            "`'a'`: `States.ArrayLength` wants an array here",
        ),
        (
            "States.StringToJson(1)",
            "`1`: `States.StringToJson` wants a text here",
        ),
        (
            "States.JsonMerge($.a, $.b, true)",
            "`true`: `States.JsonMerge` wants `false`, for it merges the first level only here",
        ),
        (
            "States.Hash('a', 'SHA256')",
            "`'SHA256'`: `States.Hash` wants one of MD5, SHA-1, SHA-256, SHA-384 and SHA-512 here",
        ),
        (
            "States.Format('{} {}', 1)",
            "`'{} {}'`: the text has 2 `{}` and is given 1 value",
        ),
        (
            "States.Format('x', 1)",
            "`'x'`: the text has 0 `{}` and is given 1 value",
        ),
        (
            "States.Array(States.Format('{}'))",
            "`'{}'`: the text has 1 `{}` and is given 0 values",
        ),
    ] {
        assert_eq!(issues(text), [why], "{text}");
    }
    let issue = &call("States.Fromat('a')").issues()[0];
    assert_eq!(issue.kind, IssueKind::UnknownFunction);
    assert_eq!(
        issue.error.help.as_deref(),
        Some("did you mean `States.Format`?")
    );
}

#[test]
fn what_is_no_call() {
    for (text, why) in [
        ("", "at 0: an intrinsic function begins with `States.`"),
        (
            "Format('a')",
            "`F`: an intrinsic function begins with `States.`",
        ),
        (
            "States.",
            "`States.`: an intrinsic function is called without parentheses",
        ),
        (
            "States.Format",
            "`States.Format`: an intrinsic function is called without parentheses",
        ),
        ("States.Format(", "at 14: an argument is missing"),
        ("States.Format('a'", "`(`: the call is not closed"),
        ("States.Format('a'))", "`)`: `)` closes no call"),
        (
            "States.Format('a') & 'b'",
            "`&`: text follows behind the call",
        ),
        (
            "States.Format('a' 'b')",
            "`'`: between two arguments stands a comma",
        ),
        ("States.Format('a',)", "`)`: an argument is missing"),
        (
            "States.Format(\"a\")",
            "`\"`: a text in an intrinsic function stands in single quotes",
        ),
        (
            "States.Format('a)",
            "`'`: a text in single quotes does not end",
        ),
        (
            "States.Format('a\\nb')",
            "`\\`: `\\` stands before a character that is not escaped",
        ),
        (
            "States.Format('a\\",
            "`\\`: `\\` stands before a character that is not escaped",
        ),
        ("States.Array(abc)", "`abc`: this is no argument"),
        ("States.Array(1x)", "`1x`: this is no number"),
        (
            "States.Array($.a[)",
            "`)`: brackets hold an index, a name in quotes, `*` or a filter",
        ),
    ] {
        let error = Call::parse(text).unwrap_err();
        assert_eq!(told(text, &error), why, "{text}");
    }
    assert!(is_call(" States.UUID()") && !is_call("$.States.UUID"));
}

#[test]
fn arguments_with_their_places() {
    let text = "States.Format('{} \\'{}\\'', $.a.b, States.Array($$.Execution.Id, $x[0], -1.5e2))";
    let call = call(text);
    assert_eq!(call.name, "Format");
    assert_eq!(call.name_span.of(text), "States.Format");
    assert_eq!(call.span.of(text), text);
    let spans: Vec<&str> = call
        .arguments
        .iter()
        .map(|argument| argument.span.of(text))
        .collect();
    assert_eq!(
        spans,
        [
            "'{} \\'{}\\''",
            "$.a.b",
            "States.Array($$.Execution.Id, $x[0], -1.5e2)"
        ]
    );
    let Value::Text(first) = &call.arguments[0].value else {
        panic!("a text");
    };
    assert_eq!((first.text.as_ref(), first.slots), ("{} '{}'", 2));
    let paths: Vec<&str> = call.paths().iter().map(|path| path.span.of(text)).collect();
    assert_eq!(paths, ["$.a.b", "$$.Execution.Id", "$x[0]"]);
    assert_eq!(call.calls().len(), 2);
}

#[test]
fn nesting_up_to_what_the_service_takes() {
    let nested = |count: usize| format!("{}1{}", "States.Array(".repeat(count), ")".repeat(count));
    assert!(issues(&nested(10)).is_empty());
    let text = nested(12);
    let issues = call(&text).issues();
    assert_eq!(issues.len(), 1);
    assert_eq!(issues[0].kind, IssueKind::TooDeep);
    assert_eq!(issues[0].error.span.of(&text), nested(2));
}
