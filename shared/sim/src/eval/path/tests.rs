use asl::expr::path::Path;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{PathErrorKind, conflict, get, get_ref, in_template, set};
use crate::eval::Roots;

fn store() -> Value {
    json!({
        "store": {
            "book": [
                {"category": "reference", "author": "Nigel Rees", "price": 8.95},
                {"category": "fiction", "author": "Evelyn Waugh", "price": 12.99, "isbn": null},
                {"category": "fiction", "author": "Herman Melville", "price": 8.99, "isbn": "0-553"},
            ],
            "bicycle": {"color": "red", "price": 19.95},
        },
        "expensive": 10,
        "numbers": [1, 2, 3, 4],
        "tags": ["a", "b"],
        "first name": "x",
        "delivery-partner": "y",
        "nothing": null,
        "empty": [],
    })
}

fn evaluated(text: &str, input: &Value) -> Result<Value, super::PathError> {
    let context = json!({"Map": {"Item": {"Index": 1}}});
    let variable = json!({"deep": [7, 8]});
    let roots = Roots {
        input,
        context: &context,
        variables: &|name| (name == "known").then_some(&variable),
    };
    get(&Path::parse(text).unwrap(), &roots)
}

fn value(text: &str) -> Value {
    evaluated(text, &store()).unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn paths_select() {
    let cases = [
        ("$.expensive", json!(10)),
        ("$['first name']", json!("x")),
        ("$.delivery-partner", json!("y")),
        ("$.nothing", json!(null)),
        ("$.store.book[0].author", json!("Nigel Rees")),
        ("$.store.book[-1].price", json!(8.99)),
        ("$.numbers[1]", json!(2)),
        ("$.[ 'numbers' ].[0]", json!(1)),
        ("$$.Map.Item.Index", json!(1)),
        ("$known.deep[1]", json!(8)),
        // Several values are a list, also where there is one or none.
        ("$.numbers[*]", json!([1, 2, 3, 4])),
        ("$.numbers[1:3]", json!([2, 3])),
        ("$.numbers[2:]", json!([3, 4])),
        ("$.numbers[-1:]", json!([4])),
        ("$.numbers[:2]", json!([1, 2])),
        ("$.numbers[:-1]", json!([1, 2, 3])),
        ("$.numbers[-3:-1]", json!([2, 3])),
        ("$.numbers[-1:1]", json!([4, 1])),
        ("$.numbers[3:1]", json!([])),
        ("$.numbers[0:4:2]", json!([1, 2, 3, 4])),
        ("$.numbers[0,3,9]", json!([1, 4])),
        ("$.tags[0][*]", json!([])),
        ("$.store.book[*].isbn", json!([null, "0-553"])),
        ("$.store.*.color", json!(["red"])),
        ("$.store.bicycle.*", json!(["red", 19.95])),
        ("$..color", json!(["red"])),
        ("$..book[0].author", json!(["Nigel Rees"])),
        ("$..missing", json!([])),
        ("$.empty[*]", json!([])),
        // Recorded: whatever is missing on the way to several values.
        ("$.no.such.items[*]", json!([])),
        ("$.no.such[1:5].itemValue", json!([])),
        ("$.no[:1]", json!([])),
        // Several members at the end are one object, on the way they are several values.
        (
            "$.store.bicycle['color','price']",
            json!({"color": "red", "price": 19.95}),
        ),
        ("$.store.bicycle['color','size']", json!({"color": "red"})),
        ("$.store['bicycle','book'].color", json!(["red"])),
    ];
    for (text, expected) in cases {
        assert_eq!(value(text), expected, "{text}");
    }
}

#[test]
fn the_order_of_a_scan_is_parents_first() {
    let input = json!({"a": {"a": 1, "b": [{"a": 2}]}, "c": {"a": 3}});
    assert_eq!(
        evaluated("$..a", &input).unwrap(),
        json!([{"a": 1, "b": [{"a": 2}]}, 1, 2, 3])
    );
    assert_eq!(
        evaluated("$..[?(@.a)]", &json!([{"a": 1}, {"b": {"a": 2}}])).unwrap(),
        json!([{"a": 1}, {"a": 2}])
    );
}

#[test]
fn filters_hold() {
    let authors = |filter: &str| {
        let path = format!("$.store.book[?({filter})].author");
        let Value::Array(found) = value(&path) else {
            panic!("{path} gives no list");
        };
        let initials = found
            .iter()
            .map(|author| author.as_str().unwrap().chars().next().unwrap());
        initials.collect::<String>()
    };
    let cases = [
        ("@.price < 10", "NH"),
        ("@.price <= 8.95", "N"),
        ("@.price > $.expensive", "E"),
        ("@.price >= 8.99", "EH"),
        ("@.category == 'fiction'", "EH"),
        ("@.category == fiction", "EH"),
        ("@.category != 'fiction'", "N"),
        ("@.category === 'fiction' && @.price < 10", "H"),
        ("@.price < 8.96 || @.price > 12", "NE"),
        ("!(@.price < 10)", "E"),
        // `null` is as if it were not there.
        ("@.isbn", "H"),
        ("!@.isbn", "NE"),
        ("@.isbn == null", "E"),
        ("@.missing != 1", "NEH"),
        ("@.missing == 1", ""),
        ("@.author =~ /.*rees/i", "N"),
        ("@.author =~ /rees/i", ""),
        ("@.author contains 'a'", "EH"),
        ("@.category in ['reference', 'x']", "N"),
        ("@.category nin ['reference', 'x']", "EH"),
        ("@.author size 10", "N"),
        ("@.author empty false", "NEH"),
        ("@.price == '8.99'", "H"),
        ("@.price === '8.99'", ""),
        ("@.price type number", "NEH"),
        ("$known.deep anyof [8, 9]", "NEH"),
        ("$known.deep noneof [8, 9]", ""),
        ("$known.deep subsetof [7, 8, 9]", "NEH"),
        ("$known.deep all [7]", "NEH"),
        ("[7, 9] subsetof $known.deep", ""),
    ];
    for (filter, expected) in cases {
        assert_eq!(authors(filter), expected, "{filter}");
    }
}

#[test]
fn a_filter_looks_at_items_and_at_an_object_itself() {
    assert_eq!(value("$.numbers[?(@ > 2)]"), json!([3, 4]));
    assert_eq!(
        value("$.store.bicycle[?(@.color == 'red')].price"),
        json!([19.95])
    );
    // Recorded on AWS.
    let users = json!({"users": [{"year": 1997, "status": 0}, {"year": 1998, "status": 1}]});
    assert_eq!(
        evaluated("$.users[?(@.status == 0)]", &users).unwrap(),
        json!([{"year": 1997, "status": 0}])
    );
}

#[test]
fn functions_compute() {
    let cases = [
        ("$.numbers.length()", json!(4)),
        ("$.store.bicycle.length()", json!(2)),
        ("$.expensive.length()", json!(null)),
        ("$.numbers.sum()", json!(10.0)),
        ("$.numbers.avg()", json!(2.5)),
        ("$.numbers.min()", json!(1.0)),
        ("$.numbers.max()", json!(4.0)),
        ("$.numbers.first()", json!(1)),
        ("$.numbers.last()", json!(4)),
        ("$.numbers.index(-2)", json!(3)),
        ("$.numbers.append(5)", json!([1, 2, 3, 4, 5])),
        ("$.tags.concat('-', $.expensive)", json!("ab-10")),
        ("$.store.bicycle.keys()", json!(["color", "price"])),
        // Of everything that is found at once behind a scan, and of each value elsewhere.
        ("$..price.max()", json!(19.95)),
        ("$..book.length()", json!(3)),
        ("$.store.book[?(@.price > 9)].length()", json!([4])),
    ];
    for (text, expected) in cases {
        assert_eq!(value(text), expected, "{text}");
    }
    let deviation = value("$.numbers.stddev()").as_f64().unwrap();
    assert!((deviation - 1.118_033_988_749_895).abs() < 1e-12);
}

#[test]
fn what_is_missing_is_told_as_the_service_does() {
    let why = |text: &str| {
        let error = evaluated(text, &store()).unwrap_err();
        (error.kind, error.why)
    };
    // Recorded on AWS.
    assert_eq!(
        why("$.no.such.result.path"),
        (
            PathErrorKind::Missing,
            "Missing property in path $['no']".to_owned()
        )
    );
    assert_eq!(
        why("$.store.no"),
        (
            PathErrorKind::Missing,
            "No results for path: $['store']['no']".to_owned()
        )
    );
    assert_eq!(why("$.numbers[4]").0, PathErrorKind::OutOfRange);
    assert_eq!(why("$.numbers[-5]").0, PathErrorKind::OutOfRange);
    assert_eq!(why("$.expensive[0]").0, PathErrorKind::Type);
    assert_eq!(why("$.expensive.x").0, PathErrorKind::Type);
    assert_eq!(why("$unknown.x").0, PathErrorKind::Missing);
    assert_eq!(why("$.empty.sum()").0, PathErrorKind::Type);
    assert_eq!(why("$.${name}").0, PathErrorKind::Unusable);
    assert_eq!(why("$.tags[?(@ =~ /(/)]").0, PathErrorKind::Unusable);
}

#[test]
fn an_index_beyond_the_end_is_null_in_a_template_only() {
    let (input, context) = (json!({"items": [1, 2]}), json!({}));
    let roots = Roots::without_variables(&input, &context);
    let beyond = Path::parse("$.items[5]").unwrap();
    assert_eq!(*in_template(&beyond, &roots).unwrap(), json!(null));
    assert!(get(&beyond, &roots).is_err());
    assert!(in_template(&Path::parse("$.x").unwrap(), &roots).is_err());
}

#[test]
fn steps_on_top_of_each_other_end() {
    let mut input = json!(1);
    for _ in 0..12 {
        input = json!([input.clone(), input]);
    }
    let error = evaluated("$..*..*..*..*", &input).unwrap_err();
    assert_eq!(error.kind, PathErrorKind::TooMuch);
    let filter = "$..[?(@..*)]..[?(@..*)]..[?(@..*)]";
    assert_eq!(
        evaluated(filter, &input).unwrap_err().kind,
        PathErrorKind::TooMuch
    );
}

#[test]
fn a_result_path_writes() {
    let written = |path: &str, target: Value| set(&Path::parse(path).unwrap(), target, json!(9));
    let cases = [
        ("$", json!({"a": 1}), json!(9)),
        ("$.a", json!({"a": 1, "b": 2}), json!({"a": 9, "b": 2})),
        ("$.c.d", json!({"a": 1}), json!({"a": 1, "c": {"d": 9}})),
        ("$.a[1]", json!({"a": [1, 2]}), json!({"a": [1, 9]})),
        (
            "$[-1].x",
            json!([{}, {"y": 1}]),
            json!([{}, {"y": 1, "x": 9}]),
        ),
    ];
    for (path, target, expected) in cases {
        assert_eq!(written(path, target).unwrap(), expected, "{path}");
    }
    for (path, target) in [
        ("$.a", json!("text")),
        ("$.a", json!(null)),
        ("$.a.b", json!({"a": 1})),
        ("$.a[2]", json!({"a": [1, 2]})),
        ("$.a", json!([1])),
        ("$.a[*]", json!({"a": [1]})),
        ("$$.a", json!({})),
    ] {
        assert!(written(path, target).is_err(), "{path}");
    }
    assert_eq!(
        written("$.a", json!("text")).unwrap_err().why,
        "Unable to apply step \"a\" to input \"text\""
    );
}

#[test]
fn a_reference_that_cannot_be_followed() {
    let path = Path::parse("$.order.items").unwrap();
    assert_eq!(conflict(&path, &json!({"order": {"items": []}})), None);
    assert_eq!(
        conflict(&path, &json!({"order": {"id": 1}})).unwrap(),
        "Unable to apply step \"items\" to input {\"id\":1}"
    );
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(Value::from),
        (-3..9_i64).prop_map(Value::from),
        (-2.0..2.0_f64).prop_map(Value::from),
        "[ab1]{0,2}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            prop::collection::btree_map("[ab]", inner, 0..3)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn any_path() -> impl Strategy<Value = String> {
    let operand = prop_oneof![
        Just("@.a"),
        Just("@.b[0]"),
        Just("@"),
        Just("$.a"),
        Just("1"),
        Just("'a'"),
        Just("null"),
        Just("[1, 'a']"),
        Just("true"),
        Just("$v"),
        Just("@..a"),
        Just("/a+/i"),
    ];
    let operator = prop_oneof![
        Just("=="),
        Just("!="),
        Just("==="),
        Just("!=="),
        Just("<"),
        Just("<="),
        Just(">"),
        Just(">="),
        Just("=~"),
        Just("in"),
        Just("nin"),
        Just("subsetof"),
        Just("anyof"),
        Just("noneof"),
        Just("contains"),
        Just("all"),
        Just("size"),
        Just("empty"),
        Just("type"),
    ];
    let filter = (operand.clone(), operator, operand.clone())
        .prop_map(|(left, operator, right)| format!("[?({left} {operator} {right})]"));
    let step = prop_oneof![
        4 => "\\.[ab]",
        2 => "\\[-?[0-9]\\]",
        1 => "\\['a','b'\\]",
        1 => "\\[0,-1,7\\]",
        1 => "\\[-?[0-3]?:-?[0-3]?\\]",
        1 => Just(".*".to_owned()),
        1 => "\\.\\.[ab*]",
        1 => Just("..[0]".to_owned()),
        1 => Just("[?(@.a)]".to_owned()),
        1 => Just("..[?(!@.b)]".to_owned()),
        2 => filter,
        1 => prop_oneof!["length", "sum", "keys", "first", "last", "concat", "stddev"]
            .prop_map(|name| format!(".{name}()")),
    ];
    (
        prop_oneof![Just("$"), Just("$$"), Just("$v")],
        prop::collection::vec(step, 0..5),
    )
        .prop_map(|(root, steps)| format!("{root}{}", steps.concat()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_path_on_any_value(text in any_path(), input in any_value(), other in any_value()) {
        let Ok(path) = Path::parse(&text) else { return Ok(()) };
        let roots = Roots { input: &input, context: &other, variables: &|_| Some(&other) };
        let found = get_ref(&path, &roots);
        // A path to one node gives a part of the data, and never a list that it made.
        if path.is_reference() && let Ok(found) = &found {
            prop_assert!(matches!(found, std::borrow::Cow::Borrowed(_)), "{}", text);
        }
        // A path without functions that is not definite always gives a list.
        if !path.is_definite() && !text.contains("()") && !matches!(&found, Err(error)
            if error.kind == PathErrorKind::TooMuch) {
            prop_assert!(found.as_deref().is_ok_and(Value::is_array), "{} {:?}", text, found);
        }
    }

    #[test]
    fn what_is_set_is_found(
        names in prop::collection::vec(prop_oneof!["\\.[ab]", "\\[-?[0-2]\\]"], 0..4),
        target in any_value(),
        value in any_value(),
    ) {
        let text = format!("${}", names.concat());
        let path = Path::parse(&text).unwrap();
        let context = Value::Null;
        if let Ok(written) = set(&path, target, value.clone()) {
            let roots = Roots::without_variables(&written, &context);
            prop_assert_eq!(get(&path, &roots).unwrap(), value);
            prop_assert_eq!(conflict(&path, &written), None);
        }
    }

    #[test]
    fn any_text_as_a_path(text in "\\$[$a-c.\\[\\]'*?@()0-2:,=!<>&| ~/-]{0,16}", input in any_value()) {
        if let Ok(path) = Path::parse(&text) {
            let roots = Roots::without_variables(&input, &input);
            let _ = get(&path, &roots);
            let _ = set(&path, input.clone(), Value::Null);
        }
    }
}
