//! Expressions that would run or grow without end.

use serde_json::{Value, json};

use super::{Expression, QueryError, Scope, States};
use crate::eval::Random;

const MEMORY: &str = "memory limit exceeded";
const TIMEOUT: &str = "evaluation timeout";
const STACK: &str = "Stack overflow";

fn evaluated(text: &str, input: &Value) -> Result<Option<Value>, QueryError> {
    let scope = Scope {
        states: States {
            input: Some(input),
            ..States::default()
        },
        variables: &|_| None,
        millis: 0,
    };
    Expression::parse(text)?.evaluate(&scope, &mut Random::new(1))
}

/// Each with how it ends.
const ENDLESS: [(&str, &str); 30] = [
    ("($f := function(){ $f() }; $f())", TIMEOUT),
    ("($f := function($x){ $f($x + 1) }; $f(1))", TIMEOUT),
    ("($f := function($x){ ($x + 1) ~> $f }; $f(1))", STACK),
    ("(function($g){ $g($g) })(function($g){ $g($g) })", TIMEOUT),
    ("($f := function($x){ 1 + $f($x) }; $f(1))", STACK),
    (
        "($f := function($x){ $map([1], function($y){ $f($y) }) }; $f(1))",
        STACK,
    ),
    (
        "($f := function($x){ $x = 0 ? 1 : $f($x - 1) + $f($x - 1) }; $f(25))",
        TIMEOUT,
    ),
    ("[1..10000000]", MEMORY),
    (
        "$map([1..800000], function($x){ $map([1..800000], function($y){ $y }) })",
        TIMEOUT,
    ),
    ("$sum([1..2000].($count([1..800000])))", TIMEOUT),
    ("$count([1..3000].[1..3000].{'a': $})", TIMEOUT),
    (
        "$reduce([1..500000], function($a, $b){ $count([1..500000]) })",
        TIMEOUT,
    ),
    ("$pad('', 1000000000)", MEMORY),
    ("$pad('', -1000000000, 'ab')", MEMORY),
    ("'x' ~> $pad(1000000000)", MEMORY),
    ("[1..800000].$pad('', 100000)", TIMEOUT),
    (
        "$reduce([1..60], function($a, $b){ $a & $a }, 'x')",
        TIMEOUT,
    ),
    (
        "$length($reduce([1..60], function($a, $b){ $join([$a, $a]) }, 'x'))",
        TIMEOUT,
    ),
    (
        "($a := $states.input.text; $b := $a & $a & $a & $a; $c := $b & $b & $b & $b; $d := $c & $c & $c & $c; $e := $d & $d & $d & $d; $f := $e & $e & $e & $e; $g := $f & $f & $f & $f; $length($g))",
        TIMEOUT,
    ),
    (
        "$map([1..800000], function($x){ $states.input.text & $string($x) })",
        TIMEOUT,
    ),
    (
        "$replace($states.input.text, 'x', $states.input.text)",
        TIMEOUT,
    ),
    (
        "$replace($states.input.text, /x/, function($m){ $states.input.text })",
        TIMEOUT,
    ),
    (
        "$states.input.text ~> $replace('x', $states.input.text)",
        TIMEOUT,
    ),
    ("$join([1..800000].('x'), $states.input.text)", TIMEOUT),
    (
        "$reduce([1..60], function($a, $b){ [[$a], [$a]] }, [1])",
        MEMORY,
    ),
    (
        "$string($reduce([1..60], function($a, $b){ {'l': $a, 'r': $a} }, 1))",
        MEMORY,
    ),
    (
        "$reduce([1..60], function($a, $b){ {'l': $a, 'r': $a} }, 1).**",
        MEMORY,
    ),
    (
        "$reduce([1..30], function($a, $b){ $append($a, $a) }, [1, 2])",
        MEMORY,
    ),
    (
        "$sum($states.input.items.($states.input.items.($states.input.items.(1))))",
        MEMORY,
    ),
    (
        "$states.input.items[$count($states.input.items[$count($states.input.items[$ > 1]) > 1]) > 1]",
        TIMEOUT,
    ),
];

#[test]
fn what_has_no_end_is_ended_by_count() {
    let mut wrong = Vec::new();
    let input = json!({"text": "x".repeat(20_000), "items": (0..1_000).collect::<Vec<_>>()});
    for (text, why) in ENDLESS {
        let told = evaluated(text, &input);
        match &told {
            Err(error) if error.to_string().contains(why) => {}
            other => wrong.push(format!("{text}: {:.100}", format!("{other:?}"))),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A pattern that engines with backtracking take ages for.
#[test]
fn patterns_are_matched_in_linear_time() {
    let input = json!({"text": "a".repeat(50_000)});
    for text in [
        "$match($states.input.text & '!', /(a+)+$/)",
        "$replace($states.input.text & '!', /(a|aa)+$/, 'b') ~> $length()",
        "$contains($states.input.text, /(a*)*b/)",
    ] {
        assert!(evaluated(text, &input).is_ok(), "{text}");
    }
}

#[test]
fn what_is_large_and_has_an_end_is_not_ended() {
    let items: Vec<Value> = (0..2_000)
        .map(|at| json!({"id": at, "name": format!("item {at}")}))
        .collect();
    let input = json!({"items": items});
    for (text, expected) in [
        ("$count([1..873782])", json!(873_782)),
        (
            "$count($map([1..300000], function($x){ $x * 2 }))",
            json!(300_000),
        ),
        (
            "($f := function($n, $sum){ $n = 0 ? $sum : $f($n - 1, $sum + $n) }; $f(100000, 0))",
            json!(5_000_050_000_i64),
        ),
        (
            "$length($reduce($states.input.items, function($text, $item){ $text & $item.name & ',' }, ''))",
            json!(18_890),
        ),
        (
            "$count($reduce($states.input.items, function($all, $item){ $append($all, $item.id) }, []))",
            json!(2_000),
        ),
        (
            "$count($map($states.input.items[id < 500], function($x){ $states.input.items[id = $x.id].name }))",
            json!(500),
        ),
        ("$length($pad('', 100000))", json!(100_000)),
        (
            "$length($join($states.input.items.name, ', '))",
            json!(20_888),
        ),
        (
            "$count($keys($merge($states.input.items.{name: id})))",
            json!(2_000),
        ),
        (
            "$states.input.items[id > 10 and id < 14].$string(id)",
            json!(["11", "12", "13"]),
        ),
    ] {
        assert_eq!(evaluated(text, &input), Ok(Some(expected)), "{text}");
    }
}
