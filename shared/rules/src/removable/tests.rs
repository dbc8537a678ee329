#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod cost;
mod edits;
mod finds;

use facts::{Fact, MachineFacts, WorkflowType};
use findings::{Finding, FixKind};
use pricing::Prices;

use crate::{Config, judge, rule};

fn machine(definition: &str) -> MachineFacts {
    MachineFacts {
        name: "example".to_owned(),
        arn: "arn:aws:states:us-east-1:111122223333:stateMachine:example".to_owned(),
        region: "us-east-1".to_owned(),
        workflow_type: Fact::Known(WorkflowType::Standard),
        definition: Fact::Known(definition.to_owned()),
        ..MachineFacts::default()
    }
}

fn findings(facts: &MachineFacts) -> Vec<Finding> {
    let rule = rule("removable-transition").unwrap();
    let report = judge(
        facts,
        Prices::embedded(),
        &Config::default(),
        std::slice::from_ref(rule),
    );
    report
        .findings
        .into_iter()
        .filter(|finding| finding.rule == rule.meta.id)
        .collect()
}

/// A machine of these states that starts at the first; `~` stands for a Task's type and resource.
fn states(start: &str, states: &str) -> String {
    let states = states.replace(
        '~',
        r#""Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage""#,
    );
    format!(r#"{{"StartAt": "{start}", "States": {{{states}}}}}"#)
}

/// Names of the states that can be removed.
fn names(definition: &str) -> Vec<String> {
    findings(&machine(definition))
        .into_iter()
        .map(|finding| finding.location.state.unwrap())
        .collect()
}

fn edited(finding: &Finding, text: &str) -> Option<String> {
    let FixKind::Edits(edits) = &finding.fix.as_ref()?.kind else {
        return None;
    };
    let edits: Vec<asl::Edit> = edits
        .iter()
        .map(|edit| asl::Edit {
            span: asl::Span::new(edit.start, edit.end),
            text: edit.text.clone(),
        })
        .collect();
    asl::apply(text, &edits)
}

/// Puts a state between two Tasks.
fn between(fields: &str) -> String {
    states(
        "A",
        &format!(
            r#""A": {{~, "Next": "X"}}, "X": {{{fields}, "Next": "B"}}, "B": {{~, "End": true}}"#
        ),
    )
}
