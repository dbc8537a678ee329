use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Expression, QueryError, Scope, States, nothing, unexpected};
use crate::eval::Random;

/// 2026-11-22T10:00:00Z
const MILLIS: i64 = 1_795_341_600_000;

fn input() -> Value {
    json!({
        "a": 1, "float": 2.0, "half": 0.5, "text": "x", "nul": null, "list": [1, 2, 3], "one": [7], "empty": [],
        "items": [{"n": 3, "s": "OPEN"}, {"n": 9, "s": "DONE"}], "deep": {"er": {"list": [[1], [2]]}},
        "json": "{\"b\":[1.0,2.5,null]}", "big": 9_007_199_254_740_993_i64,
    })
}

fn with(text: &str, random: &mut Random) -> Result<Option<Value>, QueryError> {
    let input = input();
    let variable = json!({"field": [1, 2]});
    let scope = Scope {
        states: States {
            input: Some(&input),
            ..States::default()
        },
        variables: &|name| (name == "known").then_some(&variable),
        millis: MILLIS,
    };
    Expression::parse(text)?.evaluate(&scope, random)
}

fn evaluated(text: &str) -> Result<Option<Value>, QueryError> {
    with(text, &mut Random::new(1))
}

fn value(text: &str) -> Value {
    match evaluated(text) {
        Ok(Some(value)) => value,
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn expressions_give_values() {
    let cases = [
        ("1 + 2", json!(3)),
        ("6 / 4", json!(1.5)),
        ("$states.input.a", json!(1)),
        ("$states.input.float", json!(2)),
        ("$states.input.half", json!(0.5)),
        ("$states.input.nul", json!(null)),
        ("$states.input.one", json!([7])),
        ("$states.input.empty", json!([])),
        ("$states.input.big", json!(9_007_199_254_740_993_i64)),
        ("$states.input.items.n", json!([3, 9])),
        ("$states.input.items[s = 'OPEN'].n", json!(3)),
        ("$states.input.items[0]", json!({"n": 3, "s": "OPEN"})),
        ("$states.input.deep.er.list", json!([[1], [2]])),
        (
            "$count($states.input.items) & $states.input.text",
            json!("2x"),
        ),
        (
            "$states.input.items@$i.{'n': $i.n, 'a': $i.s}",
            json!([{"n": 3, "a": "OPEN"}, {"n": 9, "a": "DONE"}]),
        ),
        ("$states.input.items.n.(% .s)", json!(["OPEN", "DONE"])),
        ("$keys($states)", json!("input")),
        ("$known.field[1]", json!(2)),
        ("$known", json!({"field": [1, 2]})),
        ("$exists($unknown)", json!(false)),
        ("$contains(\"hello$world\", /^hello\\$/)", json!(true)),
        ("$variable := 1", json!(1)),
        ("($x := 2; $x * 3)", json!(6)),
        (
            "$map([1, 2], function($v) { $v = 1 ? 'pass' : 'failed' })",
            json!(["pass", "failed"]),
        ),
        ("{'k': $states.input.missing}", json!({})),
        // What the service adds.
        (
            "$partition([1, 2, 3, 4, 5], 2)",
            json!([[1, 2], [3, 4], [5]]),
        ),
        ("$partition([0], 5)", json!([[0]])),
        ("$partition([1, 2])", json!([[1, 2]])),
        ("$range(0, 6, 2)", json!([0, 2, 4, 6])),
        ("$range(5, 1, -2)", json!([5, 3, 1])),
        ("$range(-1.7, 2, 1)", json!([-1, 0, 1, 2])),
        ("$range(3, 3, 1)", json!(3)),
        ("$count($range(1, 200000, 1))", json!(200_000)),
        (
            "$hash('input', 'SHA-1')",
            json!("140f86aae51ab9e1cda9b4254fe98a74eb54c1a1"),
        ),
        ("$random(42)", json!(0.727_563_680_032_868_1)),
        ("$parse($states.input.json).b", json!([1, 2.5, null])),
        ("$parse('null')", json!(null)),
        ("$states.input.json ~> $parse", json!({"b": [1, 2.5, null]})),
        ("$map(['1', '2'], $parse)", json!([1, 2])),
        ("$count($distinct($map([1..3], $uuid)))", json!(3)),
        // Virtual time.
        ("$millis()", json!(MILLIS)),
        ("$now()", json!("2026-11-22T10:00:00.000Z")),
        ("$now('[Y0001]-[M01]')", json!("2026-11")),
        (
            "$toMillis('13:45', '[H]:[m]') ~> $fromMillis()",
            json!("2026-11-22T13:45:00.000Z"),
        ),
        (
            "$toMillis('5 Mar', '[D] [MNn,3-3]') ~> $fromMillis()",
            json!("2026-03-05T00:00:00.000Z"),
        ),
        (
            "$toMillis('2024-02', '[Y]-[M]') ~> $fromMillis()",
            json!("2024-02-01T00:00:00.000Z"),
        ),
        ("$toMillis('1970-01-01T00:00:01Z')", json!(1000)),
        ("('1970-01-01T00:00:01Z').$toMillis()", json!(1000)),
        ("'1970-01-01T00:00:01Z' ~> $toMillis", json!(1000)),
        (
            "('2024-02' ~> $toMillis('[Y]-[M]')) ~> $fromMillis()",
            json!("2024-02-01T00:00:00.000Z"),
        ),
        ("$fromMillis($millis())", json!("2026-11-22T10:00:00.000Z")),
        ("$count([1..873782])", json!(873_782)),
    ];
    for (text, expected) in cases {
        assert_eq!(value(text), expected, "{text}");
    }
}

#[test]
fn what_is_undefined_is_no_value() {
    for text in [
        "$states.input.missing",
        "$states.result",
        "$states.input.a.b",
        "$states.input.items.x",
        "$unknown",
        "$unknown.x",
        "a",
        "$",
        "$partition([], 2)",
        "$partition([1], 0)",
        "$partition([1], -0.5)",
        "$partition($unknown, 2)",
        "$range(1, 2, 0)",
        "$range(1, 2, -1)",
        "$range(1, 2)",
        "$hash('x')",
        "$parse($unknown)",
    ] {
        assert_eq!(evaluated(text), Ok(None), "{text}");
    }
}

#[test]
fn failures_are_told_as_the_service_does() {
    let cause = |text: &str| match evaluated(text) {
        Err(error) => error.cause(text, "Output/r"),
        Ok(value) => panic!("{text}: {value:?}"),
    };
    let threw = |text: &str, tail: &str| {
        format!(
            "The JSONata expression '{text}' specified for the field 'Output/r' threw an error during evaluation{tail}"
        )
    };
    for (text, tail) in [
        (
            "$eval(\"1+1\")",
            ". T1006: Attempted to invoke a non-function",
        ),
        (
            "[1..900000] ~> $count()",
            ": Expression evaluation memory limit exceeded: Check for excessive memory usage",
        ),
        (
            "$count($range(1, 360146, 1))",
            ": Expression evaluation memory limit exceeded: Check for excessive memory usage",
        ),
        (
            "($f := function($x){ 1 + $f($x) }; $f(1))",
            ": Stack overflow error: Check for non-terminating recursive function. Consider rewriting as tail-recursive.",
        ),
        (
            "$partition([1], -2)",
            ". D3137: Second argument must be zero or greater",
        ),
        (
            "$partition(1, 2)",
            ". T0412: Argument 1 of function \"partition\" must be an array of undefined",
        ),
        (
            "$range('a', 1, 1)",
            ". T0410: Argument 1 of function \"range\" does not match function signature",
        ),
        (
            "$hash(1, 'MD5')",
            ". T0410: Argument 1 of function \"hash\" does not match function signature",
        ),
        (
            "$hash('x', 'md5')",
            ". D3137: Hash algorithm 'md5' must be one of SHA-1, SHA-384, SHA-256, SHA-512, MD5",
        ),
        (
            "$uuid(1)",
            ". T0410: Argument 1 of function \"uuid\" does not match function signature",
        ),
        (
            "$random(1, 2)",
            ". T0410: Argument 2 of function \"random\" does not match function signature",
        ),
        ("$parse('{')", ". D3137: Invalid JSON"),
        ("$parse('')", ". D3137: Invalid JSON"),
        (
            "$parse(1)",
            ". T0410: Argument 1 of function \"parse\" does not match function signature",
        ),
    ] {
        assert_eq!(cause(text), threw(text, tail));
    }
    // Recorded on AWS.
    assert_eq!(
        cause("$fn := function($x){$x}"),
        "The JSONata expression '$fn := function($x){$x}' specified for the field 'Output/r' returned an unsupported \
         result type."
    );
    assert_eq!(
        nothing("$stateError", "Output/error"),
        "The JSONata expression '$stateError' specified for the field 'Output/error' returned nothing (undefined)."
    );
    assert_eq!(
        unexpected("{'foo': 'bar'}", "Items", "array", &json!({"foo": "bar"})),
        "The JSONata expression '{'foo': 'bar'}' specified for the field 'Items' returned an unexpected result type. \
         Expected 'array', but was 'object' for value: {\"foo\":\"bar\"}"
    );
    for text in ["$sum", "{'f': $sum}", "$x := /a/"] {
        assert_eq!(evaluated(text), Err(QueryError::Unsupported), "{text}");
    }
    for text in ["1 +", "a[1,2)", "\"open", "{\"a\":}"] {
        assert!(Expression::parse(text).is_err(), "{text}");
    }
}

#[test]
fn depth_is_bounded_as_measured() {
    fn holds(name: &str, most: usize, text: impl Fn(usize) -> String) {
        assert!(evaluated(&text(most)).is_ok(), "{most} {name}");
        assert!(evaluated(&text(most + 1)).is_err(), "{} {name}", most + 1);
    }
    holds("terms", 100, |count| vec!["1"; count].join("+"));
    holds("parentheses", 99, |count| {
        format!("{}1{}", "(".repeat(count), ")".repeat(count))
    });
    holds("calls", 31, |count| {
        format!("($f := function($x){{ $x = 0 ? 0 : 1 + $f($x - 1) }}; $f({count}))")
    });
}

#[test]
fn chance_follows_from_the_seed() {
    let text = "[$uuid(), $random(), $shuffle([1..20])]";
    let mut random = Random::new(5);
    let first = with(text, &mut random).unwrap();
    let second = with(text, &mut random).unwrap();
    assert_ne!(first, second);
    assert_eq!(first, with(text, &mut Random::new(5)).unwrap());
    let shuffled = value("$sort($shuffle([1..5]))");
    assert_eq!(shuffled, json!([1, 2, 3, 4, 5]));
}

#[test]
fn an_expression_is_evaluated_again() {
    let expression = Expression::parse(" $states.input + 1 ").unwrap();
    assert_eq!(expression.text(), "$states.input + 1");
    for number in [1, 5] {
        let input = json!(number);
        let scope = Scope {
            states: States {
                input: Some(&input),
                ..States::default()
            },
            variables: &|_| None,
            millis: 0,
        };
        let value = expression.evaluate(&scope, &mut Random::new(0));
        assert_eq!(value, Ok(Some(json!(number + 1))));
    }
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(Value::from),
        (-3..9_i64).prop_map(Value::from),
        "[ab]{0,2}".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 3, |inner| {
        prop_oneof![
            1 => prop::collection::vec(inner.clone(), 0..3).prop_map(Value::Array),
            3 => prop::collection::btree_map("[ab]", inner, 0..3)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    /// The short cuts — values handed on, and only what is read converted — give what the engine gives.
    #[test]
    fn short_cuts_change_nothing(
        fields in prop::collection::vec("[ab]", 0..4),
        second in prop::collection::vec("[ab]", 0..3),
        form in 0..6_usize,
        input in any_value(),
    ) {
        let path = |root: &str, fields: &[String]| {
            fields.iter().fold(root.to_owned(), |path, field| format!("{path}.{field}"))
        };
        let left = path("$states.input", &fields);
        let right = path("$v", &second);
        let text = match form {
            0 | 1 => left,
            2 => right,
            3 => format!("[{left}, {right}]"),
            4 => format!("{left}[0] = {right}"),
            _ => format!("{left}.($count($) & $string({right}))"),
        };
        let scope = Scope {
            states: States { input: Some(&input), ..States::default() },
            variables: &|name| (name == "v").then_some(&input),
            millis: 0,
        };
        let expression = Expression::parse(&text).unwrap();
        let quick = expression.evaluate(&scope, &mut Random::new(0));
        // A comment with a sign that switches the short cuts off.
        let whole = Expression::parse(&format!("/*%*/{text}")).unwrap();
        let slow = whole.compute(&scope, &mut Random::new(0));
        prop_assert_eq!(quick, slow, "{}", text);
    }

    #[test]
    fn any_text_ends(text in "[$a-b(){}\\[\\].:=?;,'1-3+*/&<> %@#^~|-]{0,14}", input in any_value()) {
        if let Ok(expression) = Expression::parse(&text) {
            let scope = Scope {
                states: States { input: Some(&input), ..States::default() },
                variables: &|_| Some(&input),
                millis: 0,
            };
            let _ = expression.evaluate(&scope, &mut Random::new(0));
        }
    }
}
