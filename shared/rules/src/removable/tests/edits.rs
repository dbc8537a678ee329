//! The text of a definition after a fix.

use asl::{Definition, Format};
use facts::MachineFacts;

use super::{edited, findings, machine, names, states};

#[test]
fn the_formatting_stays() {
    let pretty = r#"{
  "StartAt": "Begin",
  "States": {
    "Begin": {
      "Type": "Pass",
      "Next": "Ask \"why\""
    },
    "Ask \"why\"": {
      "Type" : "Choice",
      "Choices": [
        { "Variable": "$.a", "IsPresent": true, "Next": "Work" }
      ],
      "Default": "Ask again"
    },
    "Ask again": {
      "Type": "Choice",
      "Choices": [
        { "Variable": "$.b", "IsPresent": true, "Next": "Work" },
        { "Variable": "$.c", "IsPresent": true, "Next": "Pause" }
      ],
      "Default": "Work"
    },
    "Pause": {
      "Type": "Wait",
      "Seconds": 5,
      "Next": "Count"
    },
    "Count": {
      "Type": "Pass",
      "Assign": {
        "count.$": "$.n"
      },
      "Next": "Work"
    },
    "Work": {
      "Type": "Task",
      "Resource": "arn:aws:states:::sqs:sendMessage",
      "Next" : "Done"
    },
    "Done": {
      "Type": "Succeed"
    }
  }
}
"#;
    let mut text = pretty.to_owned();
    let mut order = Vec::new();
    while let Some(finding) = findings(&machine(&text)).first() {
        order.push(finding.location.state.clone().unwrap());
        text = edited(finding, &text).unwrap();
        assert_eq!(
            Definition::parse(text.as_bytes(), Format::Json).problems,
            []
        );
    }
    assert_eq!(order, ["Begin", "Ask again", "Count", "Done"]);
    insta::assert_snapshot!(text, @r##"
    {
      "StartAt": "Ask \"why\"",
      "States": {
        "Ask \"why\"": {
          "Type" : "Choice",
          "Choices": [
            { "Variable": "$.a", "IsPresent": true, "Next": "Work" },
            { "Variable": "$.b", "IsPresent": true, "Next": "Work" },
            { "Variable": "$.c", "IsPresent": true, "Next": "Pause" }
          ],
          "Default": "Work"
        },
        "Pause": {
          "Type": "Wait",
          "Seconds": 5,
          "Assign": {
            "count.$": "$.n"
          },
          "Next": "Work"
        },
        "Work": {
          "Type": "Task",
          "Resource": "arn:aws:states:::sqs:sendMessage",
          "End" : true
        }
      }
    }
    "##);
}

#[test]
fn minified_stays_minified() {
    let text = r#"{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":1,"Next":"A"},"A":{"Type":"Pass","Assign":{"a":1},"Next":"P"},"P":{"Type":"Pass","Next":"E"},"E":{"Type":"Succeed"}}}"#;
    let mut text = text.to_owned();
    while let Some(finding) = findings(&machine(&text)).first() {
        text = edited(finding, &text).unwrap();
    }
    assert_eq!(
        text,
        r#"{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":1,"Assign":{"a":1},"End":true}}}"#
    );
}

#[test]
fn yaml_gets_steps() {
    let yaml = "StartAt: A\nStates:\n  A:\n    Type: Pass\n    Next: B\n  B:\n    Type: Wait\n    Seconds: 5\n    Next: C\n  C:\n    Type: Succeed\n";
    let facts = MachineFacts::from_file("flow.asl.yaml", "flow", yaml.to_owned());
    let found: Vec<String> = findings(&facts)
        .iter()
        .map(|finding| {
            format!(
                "{}\n{:#?}",
                finding.message,
                finding.fix.as_ref().unwrap().kind
            )
        })
        .collect();
    insta::assert_snapshot!(found.join("\n"), @r##"
    `A` is a Pass state that does nothing and costs 1 transition in every execution ($25.00 per million executions)
    Steps(
        [
            "set StartAt to `B`",
            "remove `A` from States",
        ],
    )
    `C` is a Succeed state after `B`, which could end by itself, and costs 1 transition in every execution ($25.00 per million executions)
    Steps(
        [
            "replace Next with \"End\": true in `B`",
            "remove `C` from States",
        ],
    )
    "##);
}

/// Where a state that ends moves its work to the one before it, it goes first: ended, it would keep its work, and another one
/// would be told of.
#[test]
fn what_moves_goes_before_what_ends() {
    let mut text = states(
        "In",
        r#""C": {"Type": "Pass", "Assign": {"x": 3}, "Next": "Done"}, "Done": {"Type": "Wait", "Seconds": 0, "End": true},
        "In": {~, "Next": "A"}, "A": {"Type": "Pass", "Assign": {"x": 1}, "Next": "B"},
        "B": {"Type": "Pass", "Assign": {"y": 2}, "Next": "C"}"#,
    );
    let mut told: Vec<String> = names(&text);
    while !told.is_empty() {
        let mut next = None;
        for finding in findings(&machine(&text)) {
            let Some(after) = edited(&finding, &text) else {
                continue;
            };
            let left = names(&after);
            let gone = finding.location.state.unwrap();
            let new = left
                .iter()
                .find(|name| **name == gone || !told.contains(name));
            assert_eq!(new, None, "{gone} goes: {left:?} of {told:?}");
            next = Some((after, left));
        }
        let Some((after, left)) = next else { break };
        (text, told) = (after, left);
    }
}
