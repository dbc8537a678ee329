//! What is asked for after a first look.

use facts::{Fact, MachineFacts, WorkflowType};
use pricing::Prices;

use super::machines::{base, metrics, overlaid};
use crate::{Config, worth_deepening};

/// `executions`, `rules`, both or nothing.
fn wanted(facts: &MachineFacts) -> String {
    let deeper = worth_deepening(facts, Prices::embedded(), &Config::default());
    let words = [
        (deeper.executions, "executions"),
        (deeper.event_rules, "rules"),
    ];
    let words: Vec<&str> = words
        .iter()
        .filter(|(is, _)| *is)
        .map(|(_, word)| *word)
        .collect();
    words.join(" ")
}

fn started(count: u64, transitions: Option<u64>) -> MachineFacts {
    let mut facts = overlaid(&base(), &metrics(count, 0));
    if let Fact::Known(metrics) = &mut facts.metrics {
        metrics.transitions = transitions;
    }
    facts
}

#[test]
fn a_machine_that_is_idle_fine_or_not_read_is_not_looked_into() {
    assert_eq!(wanted(&base()), "", "no metrics");
    assert_eq!(wanted(&started(0, None)), "", "idle");
    assert_eq!(wanted(&started(100, None)), "", "nothing to save");
    let mut express = started(3_000_000, None);
    express.workflow_type = Fact::Known(WorkflowType::Express);
    assert_eq!(wanted(&express), "");
    let mut unread = started(3_000_000, None);
    unread.workflow_type = Fact::unknown("denied");
    assert_eq!(wanted(&unread), "");
}

#[test]
fn histories_are_read_where_the_metric_does_not_tell_the_transitions() {
    assert_eq!(wanted(&started(300_000, None)), "executions rules");
    assert_eq!(wanted(&started(300_000, Some(600_000))), "rules");
    assert_eq!(
        wanted(&started(3_000_000, Some(6_000_000))),
        "executions rules",
        "much money rests on the metric"
    );
}

#[test]
fn histories_are_read_where_the_range_of_a_removal_is_worth_it() {
    let branching = |count| {
        let mut facts = started(count, Some(count * 3));
        facts.definition = Fact::Known(BRANCHING.to_owned());
        facts
    };
    assert_eq!(wanted(&branching(10_000)), "", "cents");
    assert_eq!(wanted(&branching(100_000)), "executions");
}

#[test]
fn rules_are_listed_where_nobody_seems_to_be_told() {
    let mut facts = overlaid(&base(), &metrics(100, 42));
    facts.alarms = Fact::Known(Vec::new());
    assert_eq!(wanted(&facts), "rules");
}

/// One of two ways leads over a Pass that does nothing; a job that is waited for keeps it Standard.
const BRANCHING: &str = r#"{
  "StartAt": "Which?",
  "States": {
    "Which?": {
      "Type": "Choice",
      "Choices": [{"Variable": "$.a", "BooleanEquals": true, "Next": "A"}],
      "Default": "B"
    },
    "A": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "Next": "Idle"},
    "Idle": {"Type": "Pass", "Next": "B"},
    "B": {"Type": "Task", "Resource": "arn:aws:states:::glue:startJobRun.sync", "Parameters": {"JobName": "j"}, "End": true}
  }
}"#;
