//! What fields may hold: for each demand of the language, what keeps it and what breaks it.

use super::{json, states, told};

const TASK: &str = r#""Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage""#;

/// Fields of one state that ends, and what is told of them.
fn check(cases: &[(String, &[&str])]) {
    for (fields, expected) in cases {
        let definition = states(&format!(r#""S": {{{fields}, "End": true}}"#));
        assert_eq!(told(&definition), *expected, "{fields}");
    }
}

fn task(more: &str) -> String {
    format!("{TASK}, {more}")
}

#[test]
fn times_and_numbers_have_ranges() {
    check(&[
        (task(r#""TimeoutSeconds": 1"#), &[]),
        (task(r#""TimeoutSeconds": 99999999"#), &[]),
        (
            task(r#""TimeoutSeconds": 0"#),
            &["error field-out-of-range `0` /States/S/TimeoutSeconds"],
        ),
        (
            task(r#""TimeoutSeconds": 1.5"#),
            &["error field-out-of-range `1.5` /States/S/TimeoutSeconds"],
        ),
        (
            task(r#""TimeoutSeconds": "60""#),
            &["error field-wrong-type `\"60\"` /States/S/TimeoutSeconds"],
        ),
        (task(r#""TimeoutSeconds": 10, "HeartbeatSeconds": 9"#), &[]),
        (
            task(r#""TimeoutSeconds": 10, "HeartbeatSeconds": 10"#),
            &["error field-out-of-range `10` /States/S/HeartbeatSeconds"],
        ),
        (r#""Type": "Wait", "Seconds": 0"#.to_owned(), &[]),
        (
            r#""Type": "Wait", "Seconds": 100000000"#.to_owned(),
            &["error field-out-of-range `100000000` /States/S/Seconds"],
        ),
        (
            r#""Type": "Wait", "Seconds": -1"#.to_owned(),
            &["error field-out-of-range `-1` /States/S/Seconds"],
        ),
    ]);
}

#[test]
fn a_wait_says_once_how_long() {
    check(&[
        (r#""Type": "Wait", "SecondsPath": "$.s""#.to_owned(), &[]),
        (
            r#""Type": "Wait", "Timestamp": "2026-11-22T18:00:00Z""#.to_owned(),
            &[],
        ),
        (
            r#""Type": "Wait", "Timestamp": "2026-11-22T18:00:00.123+01:00""#.to_owned(),
            &[],
        ),
        (r#""Type": "Wait", "Timestamp": "${when}""#.to_owned(), &[]),
        (
            r#""Type": "Wait", "Timestamp": "2026-11-22""#.to_owned(),
            &["error field-out-of-range `\"2026-11-22\"` /States/S/Timestamp"],
        ),
        (
            r#""Type": "Wait", "Timestamp": "2026-13-22t18:00:00z""#.to_owned(),
            &["error field-out-of-range `\"2026-13-22t18:00:00` /States/S/Timestamp"],
        ),
        (
            r#""Type": "Wait""#.to_owned(),
            &["error field-missing `\"S\"` /States/S"],
        ),
        (
            r#""Type": "Wait", "Seconds": 1, "Timestamp": "2026-11-22T18:00:00Z""#.to_owned(),
            &["error fields-exclusive `\"S\"` /States/S"],
        ),
    ]);
}

#[test]
fn fields_that_exclude_each_other() {
    check(&[
        (
            task(r#""TimeoutSeconds": 9, "TimeoutSecondsPath": "$.t""#),
            &["error fields-exclusive `\"TimeoutSecondsPath\"` /States/S/TimeoutSecondsPath"],
        ),
        (task(r#""Credentials": {"RoleArn.$": "$.role"}"#), &[]),
        (
            task(r#""Credentials": {"Role": "arn:aws:iam::111122223333:role/r"}"#),
            &[
                "error unknown-field `\"Role\"` /States/S/Credentials/Role",
                "error field-missing `\"Role\"` /States/S/Credentials",
            ],
        ),
    ]);
    let fail = states(r#""S": {"Type": "Fail", "Error": "E", "ErrorPath": "$.e"}"#);
    assert_eq!(
        told(&fail),
        ["error fields-exclusive `\"ErrorPath\"` /States/S/ErrorPath"]
    );
}

#[test]
fn retriers() {
    let retry = |retriers: &str| task(&format!(r#""Retry": [{retriers}]"#));
    check(&[
        (
            retry(
                r#"{"ErrorEquals": ["A", "States.Timeout", "States.Http.StatusCode.429"], "MaxAttempts": 0, "BackoffRate": 1,
                "JitterStrategy": "FULL", "MaxDelaySeconds": 9, "IntervalSeconds": 1, "Comment": "c"}, {"ErrorEquals": ["States.ALL"]}"#,
            ),
            &[],
        ),
        (
            retry(
                r#"{"ErrorEquals": [], "MaxAttempts": -1, "BackoffRate": 0.5, "JitterStrategy": "SOME"}"#,
            ),
            &[
                "error field-empty `[]` /States/S/Retry/0/ErrorEquals",
                "error field-out-of-range `-1` /States/S/Retry/0/MaxAttempts",
                "error field-out-of-range `0.5` /States/S/Retry/0/BackoffRate",
                "error field-word-unknown `\"SOME\"` /States/S/Retry/0/JitterStrategy",
            ],
        ),
        (
            retry(r#"{"ErrorEquals": ["A"], "MaxAttempt": 2}"#),
            &["error unknown-field `\"MaxAttempt\"` /States/S/Retry/0/MaxAttempt"],
        ),
        (retry("{}"), &["error field-missing `{` /States/S/Retry/0"]),
        (
            retry(r#"{"ErrorEquals": ["States.TimedOut"]}"#),
            &["error error-name-unknown `\"States.TimedOut\"` /States/S/Retry/0/ErrorEquals/0"],
        ),
        (
            retry(r#"{"ErrorEquals": ["States.ALL"]}, {"ErrorEquals": ["A"]}"#),
            &["error states-all-misplaced `{` /States/S/Retry/0"],
        ),
        (
            retry(r#"{"ErrorEquals": ["States.ALL", "A"]}"#),
            &["error states-all-misplaced `{` /States/S/Retry/0"],
        ),
        (
            retry(
                r#"{"ErrorEquals": ["A", "B"]}, {"ErrorEquals": ["B"]}, {"ErrorEquals": ["C", "A"]}"#,
            ),
            &["warning error-handler-never-matches `{` /States/S/Retry/1"],
        ),
    ]);
}

#[test]
fn an_error_that_a_fail_state_raises_is_known() {
    let definition = states(
        r#""S": {"Type": "Parallel", "Branches": [{"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "States.Enough"}}}],
        "Catch": [{"ErrorEquals": ["States.Enough"], "Next": "T"}], "End": true}, "T": {"Type": "Succeed"}"#,
    );
    assert_eq!(told(&definition), Vec::<String>::new());
}

#[test]
fn rules_of_a_choice_compare_once() {
    let choice = |rule: &str| {
        states(&format!(
            r#""S": {{"Type": "Choice", "Choices": [{rule}], "Default": "T"}}, "T": {{"Type": "Succeed"}}"#
        ))
    };
    let at = "/States/S/Choices/0";
    let good = [
        r#"{"Variable": "$.a", "StringEquals": "x", "Next": "T", "Comment": "c", "Assign": {"v": 1}}"#,
        r#"{"Variable": "$.a", "NumericLessThanEqualsPath": "$.b", "Next": "T"}"#,
        r#"{"Variable": "$.v", "TimestampGreaterThan": "2026-11-22T18:00:00Z", "Next": "T"}"#,
        r#"{"And": [{"Variable": "$.a", "IsPresent": true}, {"Not": {"Variable": "$.a", "IsNull": true}}], "Next": "T"}"#,
        r#"{"Variable": "${path}", "NumericEquals": "${limit}", "Next": "T"}"#,
    ];
    for rule in good {
        assert_eq!(told(&choice(rule)), Vec::<String>::new(), "{rule}");
    }
    let bad = [
        (
            r#"{"Variable": "$.a", "Next": "T"}"#,
            format!("error choice-operator-missing `{{` {at}"),
        ),
        (
            r#"{"Variable": "$.a", "IsNull": true, "IsString": true, "Next": "T"}"#,
            format!("error choice-operators-several `{{` {at}"),
        ),
        (
            r#"{"Variable": "$.a", "StringEqual": "x", "Next": "T"}"#,
            format!("error choice-operator-unknown `\"StringEqual\"` {at}/StringEqual"),
        ),
        (
            r#"{"Variable": "$.a", "StringMatchesPath": "$.b", "Next": "T"}"#,
            format!("error choice-operator-unknown `\"StringMatchesPath\"` {at}/StringMatchesPath"),
        ),
        (
            r#"{"Variable": "$.a", "StringEquals": 1, "Next": "T"}"#,
            format!("error choice-operand-wrong-type `1` {at}/StringEquals"),
        ),
        (
            r#"{"Variable": "$.a", "TimestampEquals": "soon", "Next": "T"}"#,
            format!("error choice-operand-wrong-type `\"soon\"` {at}/TimestampEquals"),
        ),
        (
            r#"{"Variable": "$.a", "StringEqualsPath": "b", "Next": "T"}"#,
            format!("error choice-operand-wrong-type `\"b\"` {at}/StringEqualsPath"),
        ),
        (
            r#"{"Variable": "a", "IsNull": true, "Next": "T"}"#,
            format!("error path-malformed `\"a\"` {at}/Variable"),
        ),
        (
            r#"{"IsNull": true, "Next": "T"}"#,
            format!("error field-missing `{{` {at}"),
        ),
        (
            r#"{"Or": [], "Next": "T"}"#,
            format!("error field-empty `[]` {at}/Or"),
        ),
        (
            r#"{"Not": {"Variable": "$.a", "IsNull": 1}, "Next": "T"}"#,
            format!("error choice-operand-wrong-type `1` {at}/Not/IsNull"),
        ),
        (
            r#"{"And": [{"Variable": "$.a", "IsNull": true, "Next": "T"}], "Next": "T"}"#,
            format!("error unknown-field `\"Next\"` {at}/And/0/Next"),
        ),
        (
            r#"{"Condition": "{% true %}", "Variable": "$.a", "IsNull": true, "Next": "T"}"#,
            format!("error unknown-field `\"Condition\"` {at}/Condition"),
        ),
    ];
    for (rule, expected) in bad {
        assert_eq!(told(&choice(rule)), [expected], "{rule}");
    }
}

#[test]
fn a_choice_without_default_takes_everything_or_is_told() {
    let told_of = |rules: &str| {
        told(&states(&format!(
            r#""S": {{"Type": "Choice", "Choices": [{rules}]}}, "T": {{"Type": "Succeed"}}"#
        )))
    };
    let rule = |comparison: &str| format!(r#"{{{comparison}, "Next": "T"}}"#);
    let pair = |one: &str, other: &str| format!("{}, {}", rule(one), rule(other));
    let open = ["warning choice-without-default `\"S\"` /States/S"];
    let a = r#""Variable": "$.a""#;
    let flag = |name: &str, value: bool| format!(r#"{a}, "{name}": {value}"#);
    assert_eq!(
        told_of(&pair(&flag("IsPresent", true), &flag("IsPresent", false))),
        [""; 0]
    );
    assert_eq!(
        told_of(&pair(&flag("IsPresent", true), &flag("IsPresent", true))),
        open
    );
    assert_eq!(
        told_of(&pair(
            &format!(r#"{a}, "NumericLessThan": 5"#),
            &format!(r#"{a}, "NumericGreaterThanEquals": 5"#)
        )),
        [""; 0]
    );
    assert_eq!(
        told_of(&pair(
            &format!(r#"{a}, "NumericLessThan": 5"#),
            &format!(r#"{a}, "NumericGreaterThan": 5"#)
        )),
        open
    );
    assert_eq!(
        told_of(&pair(
            &format!(r#"{a}, "StringEquals": "x""#),
            &format!(r#""Not": {{{a}, "StringEquals": "x"}}"#)
        )),
        [""; 0]
    );
}

#[test]
fn conditions_are_expressions() {
    let choice = |condition: &str| {
        told(&json(&format!(
            r#"{{"QueryLanguage": "JSONata", "StartAt": "S", "States": {{
            "S": {{"Type": "Choice", "Choices": [{{"Condition": {condition}, "Next": "T"}}], "Default": "T"}}, "T": {{"Type": "Succeed"}}}}}}"#
        )))
    };
    assert_eq!(choice(r#""{% $states.input.a %}""#), [""; 0]);
    assert_eq!(choice("true"), [""; 0]);
    let wrong = "error field-wrong-type `\"$states.input.a\"` /States/S/Choices/0/Condition";
    assert_eq!(choice(r#""$states.input.a""#), [wrong]);
}

#[test]
fn maps() {
    let map = |mode: &str, fields: &str| {
        told(&states(&format!(
            r#""S": {{"Type": "Map", {fields}"End": true, "ItemProcessor": {{{mode}"StartAt": "P", "States": {{"P": {{"Type": "Pass", "End": true}}}}}}}}"#
        )))
    };
    let distributed = r#""ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}, "#;
    let reader = r#""ItemReader": {"Resource": "arn:aws:states:::s3:getObject", "ReaderConfig": {"InputType": "JSON"}, "Parameters": {}}, "#;
    assert_eq!(
        map("", r#""MaxConcurrency": 0, "ToleratedFailureCount": 1, "#),
        [""; 0]
    );
    assert_eq!(
        map("", r#""MaxConcurrency": 1.5, "#),
        ["error field-out-of-range `1.5` /States/S/MaxConcurrency"]
    );
    assert_eq!(
        map("", reader),
        ["error distributed-map-field-inline `\"ItemReader\"` /States/S/ItemReader"]
    );
    assert_eq!(map(distributed, reader), [""; 0]);
    assert_eq!(
        map(r#""ProcessorConfig": {"Mode": "DISTRIBUTED"}, "#, ""),
        ["error field-missing `{` /States/S/ItemProcessor/ProcessorConfig"]
    );
    assert_eq!(
        map(distributed, &reader.replace("JSON", "XML")),
        ["error field-word-unknown `\"XML\"` /States/S/ItemReader/ReaderConfig/InputType"]
    );
    assert_eq!(
        map(distributed, &reader.replace(r#""InputType": "JSON""#, "")),
        ["error field-missing `{` /States/S/ItemReader/ReaderConfig"]
    );
    assert_eq!(
        map(distributed, &reader.replace("getObject", "headObject")),
        ["error field-word-unknown `\"arn:aws:states:::s3` /States/S/ItemReader/Resource"]
    );
    assert_eq!(
        map(
            distributed,
            r#""ItemBatcher": {"MaxItemsPerBatch": 10, "MaxInputBytesPerBatch": 262145}, "#
        ),
        ["error field-out-of-range `262145` /States/S/ItemBatcher/MaxInputBytesPerBatch"]
    );
    assert_eq!(
        map(
            distributed,
            r#""ResultWriter": {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Prefix": "p"}}, "#
        ),
        ["error field-missing `{` /States/S/ResultWriter/Parameters"]
    );
    assert_eq!(
        map(distributed, r#""Label": "a label", "#),
        ["error label-invalid `\"a label\"` /States/S/Label"]
    );
    assert_eq!(
        map("", r#""ItemSelector": {}, "Parameters": {}, "#),
        ["error fields-exclusive `\"Parameters\"` /States/S"]
    );
}

#[test]
fn what_a_state_cannot_do_without() {
    for (fields, expected) in [
        (
            r#""Type": "Task""#,
            "error field-missing `\"S\"` /States/S/Resource",
        ),
        (
            r#""Type": "Parallel""#,
            "error field-missing `\"S\"` /States/S",
        ),
        (
            r#""Type": "Parallel", "Branches": []"#,
            "error field-empty `[]` /States/S/Branches",
        ),
        (r#""Type": "Map""#, "error field-missing `\"S\"` /States/S"),
    ] {
        let definition = states(&format!(r#""S": {{{fields}, "End": true}}"#));
        assert_eq!(told(&definition), [expected], "{fields}");
    }
    let choice = states(
        r#""S": {"Type": "Choice", "Choices": [], "Default": "T"}, "T": {"Type": "Succeed"}"#,
    );
    assert_eq!(told(&choice), ["error field-empty `[]` /States/S/Choices"]);
}

#[test]
fn names_and_versions() {
    let long = "n".repeat(81);
    let name = states(&format!(r#""{long}": {{"Type": "Succeed"}}"#).replace("\"S\"", &long));
    assert!(
        name.problems
            .iter()
            .any(|problem| problem.id == "state-name-too-long")
    );
    let version = |version: &str| {
        told(&json(&format!(
            r#"{{"Version": "{version}", "StartAt": "S", "States": {{"S": {{"Type": "Succeed"}}}}}}"#
        )))
    };
    assert_eq!(version("1.0"), [""; 0]);
    assert_eq!(version("2.0"), ["error version-unknown `\"2.0\"` /Version"]);
}
