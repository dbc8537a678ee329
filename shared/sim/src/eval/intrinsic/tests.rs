use asl::expr::intrinsic::Call;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::evaluate;
use crate::eval::{EvalError, Random, Roots};

fn evaluated(text: &str, input: &Value) -> Result<Value, EvalError> {
    let context = json!({"StateMachine": {"Id": "arn", "Name": "order"}});
    let roots = Roots::without_variables(input, &context);
    evaluate(
        &Call::parse(text).unwrap(),
        text,
        &roots,
        &mut Random::new(1),
    )
}

#[test]
fn calls_give_values() {
    let input = json!({
        "a": [1, 2, 3, 4, 5], "n": 2, "text": "a.b", "object": {"x": {"y": 1}}, "nul": null, "float": 1.5,
        "template": "Hello {}", "same": [1, 1, "a", {"x": 1, "y": 2}, {"y": 2, "x": 1}, null, [], []],
        "json": "{\"k\":[1,2.5]}",
    });
    let cases = [
        ("States.Array()", json!([])),
        (
            "States.Array($.n, 'x', null, true, -1.5)",
            json!([2, "x", null, true, -1.5]),
        ),
        ("States.ArrayContains($.a, 5)", json!(true)),
        ("States.ArrayContains($.a, '5')", json!(false)),
        ("States.ArrayGetItem($.a, 1)", json!(2)),
        ("States.ArrayLength($.a)", json!(5)),
        (
            "States.ArrayPartition($.a, 2)",
            json!([[1, 2], [3, 4], [5]]),
        ),
        ("States.ArrayPartition($.a, 9)", json!([[1, 2, 3, 4, 5]])),
        ("States.ArrayRange(1, 9, 2)", json!([1, 3, 5, 7, 9])),
        ("States.ArrayRange(3, 0, -1)", json!([3, 2, 1, 0])),
        ("States.ArrayRange(3, 0, 1)", json!([])),
        ("States.ArrayRange(0.6, 2.4, 1)", json!([1, 2])),
        (
            "States.ArrayUnique($.same)",
            json!([1, "a", {"x": 1, "y": 2}, null, []]),
        ),
        (
            "States.Base64Encode('Data to encode')",
            json!("RGF0YSB0byBlbmNvZGU="),
        ),
        (
            "States.Base64Decode('RGF0YSB0byBlbmNvZGU=')",
            json!("Data to encode"),
        ),
        (
            "States.Hash('input data', 'SHA-1')",
            json!("aaff4a450a104cd177d28d18d74485e8cae074b7"),
        ),
        (
            "States.JsonMerge($.object, States.StringToJson('{\"x\":2,\"z\":3}'), false)",
            json!({"x": 2, "z": 3}),
        ),
        ("States.JsonToString($.object)", json!("{\"x\":{\"y\":1}}")),
        ("States.StringToJson($.json)", json!({"k": [1, 2.5]})),
        ("States.MathAdd($.n, -3)", json!(-1)),
        ("States.MathAdd(1.5, 1)", json!(3)),
        ("States.StringSplit('1.2-3', '.-')", json!(["1", "2", "3"])),
        ("States.StringSplit(',,', ',')", json!([])),
        ("States.Format('{} is {}', $.text, $.n)", json!("a.b is 2")),
        ("States.Format('{}', $.nul)", json!("null")),
        ("States.Format($.template, 'you')", json!("Hello you")),
        (
            r"States.Format('\{\} {} \'q\' \\', 1)",
            json!(r"{} 1 'q' \"),
        ),
        (
            "States.Format('{} {} {}', $.float, $.a, $.object)",
            json!("1.5 [1, 2, 3, 4, 5] {x={y=1}}"),
        ),
        ("States.Format('no slots')", json!("no slots")),
        (
            "States.Format('{}', $$.StateMachine)",
            json!("{Id=arn, Name=order}"),
        ),
        (
            "States.ArrayGetItem(States.StringSplit($.text, '.'), States.MathAdd(0, 1))",
            json!("b"),
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(evaluated(text, &input).unwrap(), expected, "{text}");
    }
}

#[test]
fn doubles_are_written_as_in_java() {
    for (number, expected) in [
        ("1.0", "1.0"),
        ("0.5", "0.5"),
        ("1e7", "1.0E7"),
        ("12345678.5", "1.23456785E7"),
        ("1e-4", "1.0E-4"),
        ("0.001", "0.001"),
        ("-2.5e20", "-2.5E20"),
        ("9999999.0", "9999999.0"),
    ] {
        let text = format!("States.Format('{{}}', {number})");
        assert_eq!(evaluated(&text, &json!({})).unwrap(), json!(expected));
    }
}

#[test]
fn calls_fail() {
    let input = json!({"a": [1], "long": "x".repeat(10_001), "fits": "😀".repeat(10_000)});
    for text in [
        "States.ArrayGetItem($.a, 1)",
        "States.ArrayGetItem($.a, -1)",
        "States.ArrayGetItem('a', 0)",
        "States.ArrayLength('a')",
        "States.ArrayPartition($.a, 0)",
        "States.ArrayPartition($.a, -2)",
        "States.ArrayRange(1, 2, 0)",
        "States.ArrayRange(0, 1000, 1)",
        "States.ArrayRange('1', 2, 1)",
        "States.Base64Decode('not base64!')",
        "States.Base64Encode(5)",
        "States.Base64Encode($.long)",
        "States.Hash('x', 'sha-256')",
        "States.JsonMerge($.a, $.a, false)",
        "States.JsonMerge(States.StringToJson('{}'), States.StringToJson('{}'), true)",
        "States.StringToJson('{')",
        "States.StringToJson(1)",
        "States.MathAdd(2147483647, 1)",
        "States.MathAdd('1', 1)",
        "States.MathRandom(5, 5)",
        "States.StringSplit('a', '')",
        "States.Format('{}')",
        "States.Format('x', 1)",
        "States.Format(1, 1)",
        "States.UUID(1)",
        "States.Nothing()",
    ] {
        let error = evaluated(text, &input).unwrap_err();
        assert_eq!(error.error, "States.Runtime", "{text}");
        assert!(
            error
                .cause
                .starts_with(&format!("The function '{text}' had the following error: ")),
            "{}",
            error.cause
        );
    }
    assert!(evaluated("States.Base64Encode($.fits)", &input).is_ok());
    assert!(evaluated("States.ArrayRange(0, 999, 1)", &input).is_ok());
}

/// As AWS was seen to answer.
#[test]
fn a_missing_argument_names_the_whole_call() {
    let text = "States.Format('{}', States.Format('{}', $.nope))";
    assert_eq!(
        evaluated(text, &json!({"other": 1})).unwrap_err().cause,
        "The function 'States.Format('{}', States.Format('{}', $.nope))' had the following error: The JsonPath \
         argument for the field '$.nope' could not be found in the input '{\"other\":1}'"
    );
    let beyond = "States.Format('{}', $.items[5])";
    assert!(evaluated(beyond, &json!({"items": [1, 2]})).is_err());
}

#[test]
fn chance_follows_from_the_seed() {
    let input = json!({});
    let uuid = evaluated("States.UUID()", &input).unwrap();
    assert_eq!(uuid, evaluated("States.UUID()", &input).unwrap());
    let seeded = evaluated("States.MathRandom(0, 999, 3)", &input).unwrap();
    assert!((0..999).contains(&seeded.as_i64().unwrap()));
    for (start, end) in [(1, 2), (-5, 5), (12, 45)] {
        let text = format!("States.MathRandom({start}, {end})");
        let drawn = evaluated(&text, &input).unwrap().as_i64().unwrap();
        assert!((start..end).contains(&drawn));
    }
}

proptest! {
    #[test]
    fn any_call_ends(
        name in prop::sample::select(asl::expr::intrinsic::FUNCTIONS),
        arguments in prop::collection::vec(
            prop::sample::select(vec![
                "$.a", "$.b", "$.c", "$", "1", "-7", "0", "2.5", "1e300", "9223372036854775807", "-9223372036854775808",
                "'x{}'", "''", "'SHA-256'", "'8J+Y'", "true", "false", "null", "States.Array(1, 'a')", "States.UUID()",
            ]),
            0..4,
        ),
    ) {
        let text = format!("States.{}({})", name.name, arguments.join(", "));
        let input = json!({"a": [1, [2], {"x": null}], "b": {"y": 1.5}, "c": "{\"z\":1}"});
        // Twice the same.
        prop_assert_eq!(evaluated(&text, &input), evaluated(&text, &input));
    }
}

#[test]
fn what_would_take_too_much_is_refused() {
    let input = json!({"text": "x".repeat(200_000), "list": (0..50_000).collect::<Vec<_>>()});
    let many = |argument: &str, count: usize| vec![argument; count].join(", ");
    for text in [
        format!("States.Array({})", many("$.text", 500)),
        format!(
            "States.Format('{}', {})",
            "{}".repeat(500),
            many("$.text", 500)
        ),
        format!("States.Array({})", many("$.list", 500)),
        format!("States.Array({})", many("$..*", 500)),
        "States.ArrayRange(0, 10000000, 1)".to_owned(),
        "States.ArrayRange(1, -9223372036854775808, -1)".to_owned(),
        format!("States.StringToJson('{}')", "[".repeat(100_000)),
    ] {
        let told = evaluated(&text, &input);
        assert!(told.is_err(), "{text:.60}");
    }
    for text in [
        "States.ArrayPartition($.list, 1)",
        "States.ArrayUnique($.list)",
        "States.JsonToString($)",
        "States.StringSplit($.text, 'x')",
    ] {
        assert!(evaluated(text, &input).is_ok(), "{text}");
    }
}
