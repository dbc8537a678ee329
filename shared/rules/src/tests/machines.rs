//! Machines to judge.

use facts::{Fact, MachineFacts, WorkflowType};
use serde_json::Value;

/// A definition that no rule minds at the usual strictness.
pub(super) const PLAIN: &str = r#"{
  "StartAt": "Work",
  "States": {
    "Work": {
      "Type": "Task",
      "Resource": "arn:aws:states:::sqs:sendMessage",
      "Parameters": {"QueueUrl": "https://sqs.us-east-1.amazonaws.com/111122223333/work", "MessageBody.$": "$"},
      "End": true
    }
  }
}
"#;

/// A Standard machine of which only the definition is known.
pub(crate) fn base() -> MachineFacts {
    MachineFacts {
        name: "example".to_owned(),
        arn: "arn:aws:states:us-east-1:111122223333:stateMachine:example".to_owned(),
        account: "111122223333".to_owned(),
        region: "us-east-1".to_owned(),
        workflow_type: Fact::Known(WorkflowType::Standard),
        definition: Fact::Known(PLAIN.to_owned()),
        ..MachineFacts::default()
    }
}

/// The machine with some of its fields replaced.
pub(super) fn overlaid(facts: &MachineFacts, json: &str) -> MachineFacts {
    let mut value = serde_json::to_value(facts).unwrap();
    let overlay: Value = serde_json::from_str(json).unwrap_or_else(|why| panic!("{why} in {json}"));
    value
        .as_object_mut()
        .unwrap()
        .extend(overlay.as_object().unwrap().clone());
    serde_json::from_value(value).unwrap_or_else(|why| panic!("{why} in {json}"))
}

/// What CloudWatch says of a machine that starts so often in 14 days.
pub(super) fn metrics(started: u64, failed: u64) -> String {
    format!(
        r#"{{"metrics": {{"known": {{
            "window": {{"start": "2026-11-08T00:00:00Z", "end": "2026-11-22T00:00:00Z"}},
            "started": {{"total": {started}}},
            "failed": {{"total": {failed}}},
            "duration": {{"average": 850, "p99": 1800, "maximum": 4200, "samples": {started}}}
        }}}}}}"#
    )
}
