#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

use asl::{Definition, Format, Level};

use super::endless;

/// The loops that nothing limits, as the states between which they close.
fn told(language: &str, states: &str) -> Vec<String> {
    let text = format!(
        r#"{{"QueryLanguage": "{language}", "StartAt": "Try", "States": {{
            "End": {{"Type": "Succeed"}}, "Late": {{"Type": "Fail"}}, {states}}}}}"#
    );
    let definition = Definition::parse(text.as_bytes(), Format::Json);
    let mut errors = definition.problems.iter();
    // Not every test leads to both ends, nor assigns all that it reads.
    let meant = ["state-unreachable", "variable-undefined"];
    let error = errors.find(|it| it.level == Level::Error && !meant.contains(&it.id));
    assert!(error.is_none(), "{error:?}");
    endless(&definition.machine.scope, &text)
        .iter()
        .map(|endless| format!("{} -> {}", endless.from.name.value, endless.to.name.value))
        .collect()
}

const TRY: &str =
    r#""Try": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Next": "Done?"}"#;
const PAUSE: &str = r#""Pause": {"Type": "Wait", "Seconds": 30, "Next": "Try"}"#;

/// A loop that tries, asks by these rules, pauses and tries again.
fn asked(language: &str, rules: &str) -> Vec<String> {
    told(
        language,
        &format!(
            r#"{TRY}, {PAUSE}, "Done?": {{"Type": "Choice", "Default": "Pause", "Choices": [{rules}]}}"#
        ),
    )
}

#[test]
fn what_limits_a_loop() {
    let path = |variable: &str, comparison: &str| {
        asked(
            "JSONPath",
            &format!(r#"{{"Variable": "{variable}", {comparison}, "Next": "End"}}"#),
        )
    };
    let endless = ["Pause -> Try"];
    assert_eq!(path("$.Payload.done", r#""BooleanEquals": true"#), endless);
    assert_eq!(path("$.Payload.status", r#""StringEquals": "OK""#), endless);
    assert_eq!(
        path("$.Payload.retry", r#""BooleanEquals": false"#),
        endless
    );
    assert_eq!(
        path("$.Payload.score", r#""NumericGreaterThan": 5"#),
        endless
    );
    assert_eq!(path("$.Payload.account", r#""StringEquals": "1""#), endless);
    for name in [
        "attempts",
        "retryCount",
        "RETRY_COUNT",
        "retriesLeft",
        "iterator.continue",
        "NextToken",
        "timedOut",
    ] {
        let variable = format!("$.Payload.{name}");
        assert!(
            path(&variable, r#""IsPresent": false"#).is_empty(),
            "{name}"
        );
    }
    assert!(
        path(
            "$$.State.EnteredTime",
            r#""TimestampGreaterThanPath": "$.until""#
        )
        .is_empty()
    );
    assert!(
        path(
            "$.Payload.tried",
            r#""NumericGreaterThanPath": "$.maxAttempts""#
        )
        .is_empty()
    );
    let nested = r#"{"Or": [{"Not": {"Variable": "$.Payload.more", "BooleanEquals": true}}], "Next": "End"}"#;
    assert!(asked("JSONPath", nested).is_empty());
    let inside = r#"{"Variable": "$.Payload.attempts", "NumericLessThan": 5, "Next": "Pause"}"#;
    let leaves = told(
        "JSONPath",
        &format!(
            r#"{TRY}, {PAUSE}, "Done?": {{"Type": "Choice", "Default": "Try", "Choices": [{inside}]}}"#
        ),
    );
    assert_eq!(
        leaves, endless,
        "a Choice that does not leave the loop limits nothing"
    );
}

#[test]
fn what_counts() {
    let jsonata = |assign: &str, condition: &str| {
        told(
            "JSONata",
            &format!(
                r#""Try": {{"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Assign": {{"x": "{{% {assign} %}}"}}, "Next": "Done?"}},
                   {PAUSE}, "Done?": {{"Type": "Choice", "Default": "Pause", "Choices": [{{"Condition": "{{% {condition} %}}", "Next": "Late"}}]}}"#
            ),
        )
    };
    assert!(jsonata("$x + 1", "$x >= 20").is_empty());
    assert!(jsonata("$x - 1", "$x = 0").is_empty());
    assert!(jsonata("$x[[1..9]]", "$count($x) = 0").is_empty());
    assert!(jsonata("$y", "$now() > $late").is_empty());
    let endless = ["Pause -> Try"];
    assert_eq!(jsonata("$y", "$x >= 20"), endless, "nothing adds to it");
    assert_eq!(
        jsonata("$x + 1", "$y = 'done'"),
        endless,
        "nobody asks for it"
    );
    assert_eq!(jsonata("$y", "$count($calls) > 0"), endless);
    let both = r#""Try": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Next": "Done?", "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Done?"}]},
        "Done?": {"Type": "Choice", "Default": "Add", "Choices": [
            {"Variable": "$.tried", "NumericGreaterThan": 5, "Next": "Late"}, {"Variable": "$.again", "IsPresent": true, "Next": "Try"}]},
        "Add": {"Type": "Pass", "Parameters": {"tried.$": "States.MathAdd($.tried, 1)"}, "Next": "Try"}"#;
    assert_eq!(
        told("JSONPath", both),
        ["Done? -> Try"],
        "one way back does not count"
    );
}

#[test]
fn loops_without_a_choice_and_loops_that_somebody_answers() {
    let caught = r#""Try": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Next": "End", "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Pause"}]}"#;
    assert_eq!(
        told("JSONPath", &format!("{caught}, {PAUSE}")),
        ["Pause -> Try"]
    );
    let alone = caught.replace("Pause", "Try");
    assert_eq!(told("JSONPath", &alone), ["Try -> Try"]);
    let answered = alone.replace("invoke", "invoke.waitForTaskToken");
    assert!(told("JSONPath", &answered).is_empty());
    let first = r#""Try": {"Type": "Wait", "Seconds": 5, "Next": "Look"},
        "Look": {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:glue:getCrawler", "Next": "Ready?"},
        "Ready?": {"Type": "Choice", "Default": "Try", "Choices": [{"Variable": "$.Crawler.State", "StringEquals": "READY", "Next": "End"}]}"#;
    assert_eq!(told("JSONPath", first), ["Ready? -> Try"]);
}
