#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::float_cmp,
    reason = "tests"
)]

use asl::{Definition, Format, Retrier, Span, State};
use findings::TextEdit;

use super::delays::Delays;
use super::insert::{self, Json};
use super::waits::{self, Waits};

fn edited(text: &str, edit: impl Fn(&Definition, &State) -> Option<Vec<TextEdit>>) -> String {
    let definition = Definition::parse(text.as_bytes(), Format::guess("", text.as_bytes()));
    let Some(edits) = edit(&definition, &definition.machine.scope.states[0]) else {
        return "steps".to_owned();
    };
    let edits: Vec<asl::Edit> = edits
        .into_iter()
        .map(|edit| asl::Edit {
            span: Span::new(edit.start, edit.end),
            text: edit.text,
        })
        .collect();
    asl::apply(text, &edits).unwrap()
}

fn retrier() -> Json<'static> {
    Json::Object(vec![
        (
            "ErrorEquals",
            Json::List(vec![Json::Text("A"), Json::Text("B")]),
        ),
        ("MaxAttempts", Json::Number(2)),
    ])
}

fn retried(text: &str) -> String {
    edited(text, |definition, state| {
        if state.has("Retry") {
            insert::last_item(definition, state, "Retry", retrier())
        } else {
            insert::member(definition, state, "Retry", &Json::List(vec![retrier()]))
        }
    })
}

#[test]
fn what_is_put_in_looks_like_the_rest() {
    let lines = "{\n  \"StartAt\": \"A\",\n  \"States\": {\n    \"A\": {\n      \"Type\" : \"Task\",\n      \"Resource\" : \"x\",\n      \"End\" : true\n    }\n  }\n}\n";
    insta::assert_snapshot!(retried(lines), @r#"
    {
      "StartAt": "A",
      "States": {
        "A": {
          "Type" : "Task",
          "Resource" : "x",
          "Retry" : [
            {
              "ErrorEquals" : [
                "A",
                "B"
              ],
              "MaxAttempts" : 2
            }
          ],
          "End" : true
        }
      }
    }
    "#);
    let line = r#"{"States":{"A":{"Type":"Task","Resource":"x","End":true}}}"#;
    assert_eq!(
        retried(line),
        r#"{"States":{"A":{"Type":"Task","Resource":"x","Retry":[{"ErrorEquals":["A","B"],"MaxAttempts":2}],"End":true}}}"#
    );
    let tabs = "{\"States\": {\r\n\t\"A\": {\r\n\t\t\"Type\": \"Task\",\r\n\t\t\"Resource\": \"x\"\r\n\t}\r\n}}";
    assert_eq!(
        edited(tabs, |definition, state| insert::member(
            definition,
            state,
            "TimeoutSeconds",
            &Json::Number(9)
        )),
        tabs.replace("\"x\"", "\"x\",\r\n\t\t\"TimeoutSeconds\": 9")
    );
    assert_eq!(retried("States:\n  A:\n    Type: Task\n"), "steps");
}

#[test]
fn a_list_keeps_its_items_in_front() {
    let lines = "{\"States\": {\n  \"A\": {\n    \"Type\": \"Task\",\n    \"Retry\": [\n      {\"ErrorEquals\": [\"C\"]}\n    ],\n    \"End\": true\n  }\n}}\n";
    insta::assert_snapshot!(retried(lines), @r#"
    {"States": {
      "A": {
        "Type": "Task",
        "Retry": [
          {"ErrorEquals": ["C"]},
          {
            "ErrorEquals": [
              "A",
              "B"
            ],
            "MaxAttempts": 2
          }
        ],
        "End": true
      }
    }}
    "#);
    assert_eq!(
        retried(r#"{"States": {"A": {"Type": "Task", "Retry": [], "End": true}}}"#),
        r#"{"States": {"A": {"Type": "Task", "Retry": [{"ErrorEquals": ["A", "B"], "MaxAttempts": 2}], "End": true}}}"#
    );
}

#[test]
fn delays_add_up() {
    let delays = |interval, rate, most| Delays {
        interval,
        rate,
        most,
    };
    assert_eq!(delays(2.0, 2.0, None).total(6.0), 126.0);
    assert_eq!(delays(2.0, 2.0, Some(10.0)).total(6.0), 44.0);
    assert_eq!(delays(5.0, 1.0, None).total(99_999_999.0), 499_999_995.0);
    assert_eq!(delays(5.0, 2.0, None).total(0.0), 0.0);
    assert!(delays(1.0, 2.0, None).total(1e300).is_infinite());
    assert_eq!(delays(0.0, 2.0, Some(5.0)).total(4.0), 0.0);
    assert_eq!(delays(10.0, 2.0, None).fitting(7.0, 600.0), 5);
    assert_eq!(delays(10.0, 2.0, None).fitting(3.0, 600.0), 3);
    assert_eq!(delays(10.0, 2.0, None).fitting(7.0, 5.0), 0);
    // A rate below 1 is refused by AWS; it makes no endless sum of small delays either.
    let odd = Retrier {
        pointer: String::new(),
        span: Span::default(),
        errors: Vec::new(),
        interval_seconds: 1.0,
        max_attempts: 3.0,
        backoff_rate: 0.5,
        max_delay_seconds: None,
        jitter: false,
    };
    assert_eq!(Delays::of(&odd).total(odd.max_attempts), 3.0);
}

#[test]
fn what_a_task_waits_for() {
    let waits = |resource: &str| {
        let text =
            format!(r#"{{"States": {{"A": {{"Type": "Task", "Resource": "{resource}"}}}}}}"#);
        let definition = Definition::parse(text.as_bytes(), Format::Json);
        crate::tasks::resource(&definition.machine.scope.states[0]).and_then(waits::waits)
    };
    for function in [
        "arn:aws:states:::lambda:invoke",
        "arn:aws-cn:states:::aws-sdk:lambda:invoke",
        "arn:aws:lambda:us-east-1:123456789012:function:f:$LATEST",
        "arn:aws:lambda:${AWS::Region}:${AWS::AccountId}:function:f",
        "${ChargeFunctionArn}",
        "${charge_lambda.arn}",
    ] {
        assert_eq!(waits(function), Some(Waits::Function), "{function}");
    }
    for other in [
        "arn:aws:states:::sqs:sendMessage",
        "arn:aws:states:::http:invoke",
        "${StepFunctionArn}",
        "${Queue}",
    ] {
        assert_eq!(waits(other), None, "{other}");
    }
    let token = "arn:aws:states:::lambda:invoke.waitForTaskToken";
    assert_eq!(waits(token), Some(Waits::Token));
    assert_eq!(
        waits("arn:aws:states:::glue:startJobRun.sync"),
        Some(Waits::Job)
    );
    let activity = "arn:aws:states:us-east-1:123456789012:activity:a";
    assert_eq!(waits(activity), Some(Waits::Worker));
}
