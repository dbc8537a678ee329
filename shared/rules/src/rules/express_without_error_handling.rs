//! Express workflows that neither retry nor catch anything.

use asl::{State, StateKind, pointer_push};
use facts::WorkflowType;
use findings::{Finding, Fix};

use crate::declare::declare_rule;
use crate::practice;
use crate::{Subject, Verdict};

declare_rule! {
    /// ## What it finds
    ///
    /// Express state machines with Tasks and without a single `Retry` or `Catch`. Where the type is not known, the rule
    /// says so and finds nothing.
    ///
    /// ## Why it matters
    ///
    /// An Express execution has no history but its logs and cannot be redriven: what fails in it is lost, unless whoever
    /// started it looks at the answer. An asynchronous start has no such answer.
    ///
    /// ## Example
    ///
    /// ```facts
    /// {"workflow_type": {"known": "EXPRESS"}}
    /// ```
    /// ```asl,bad
    /// {
    ///   "StartAt": "Load",
    ///   "States": {
    ///     "Load": {
    ///       "Type": "Task",
    ///       "Resource": "arn:aws:states:::dynamodb:getItem",
    ///       "Parameters": {"TableName": "orders", "Key": {"id": {"S.$": "$.id"}}},
    ///       "End": true
    ///     }
    ///   }
    /// }
    /// ```
    /// ```asl,good
    /// {
    ///   "StartAt": "Load",
    ///   "States": {
    ///     "Load": {
    ///       "Type": "Task",
    ///       "Resource": "arn:aws:states:::dynamodb:getItem",
    ///       "Parameters": {"TableName": "orders", "Key": {"id": {"S.$": "$.id"}}},
    ///       "Retry": [{"ErrorEquals": ["States.TaskFailed"], "IntervalSeconds": 1, "MaxAttempts": 2, "JitterStrategy": "FULL"}],
    ///       "End": true
    ///     }
    ///   }
    /// }
    /// ```
    ///
    /// ## Fix
    ///
    /// Manual: retry what passes by itself, and catch the rest where it can still be told to somebody.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/step-functions/latest/dg/choosing-workflow-type.html>
    /// - <https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html>
    /// - <https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html>
    "express-without-error-handling", "an Express workflow neither retries nor catches anything", Reliability, Medium,
    confidence: High, fix: Manual, needs: [], since: "0.1.0"
}

pub(crate) fn check(subject: &Subject<'_>, verdict: &mut Verdict) {
    let Some(definition) = practice::definition(subject, verdict) else {
        return;
    };
    let states = definition.states();
    let handles = |state: &&State| {
        practice::has_items(state, "Retry") || practice::has_items(state, "Catch")
    };
    if states.iter().any(handles) {
        return;
    }
    let is_task = |state: &&&State| matches!(state.kind, StateKind::Task(_));
    let Some(first) = states.iter().find(is_task) else {
        return;
    };
    match subject.facts.workflow_type.get() {
        Err(why) => verdict.not_assessed(format!("the workflow type is not known: {why}")),
        Ok(WorkflowType::Standard) => {}
        Ok(WorkflowType::Express) => {
            let tasks = states.iter().filter(is_task).count();
            let finding = finding(subject, first, tasks, verdict);
            verdict.report(finding);
        }
    }
}

fn finding(subject: &Subject<'_>, first: &State, tasks: usize, verdict: &Verdict) -> Finding {
    let mut finding = verdict.draft(if tasks == 1 {
        "an Express workflow neither retries nor catches a failure of its Task".to_owned()
    } else {
        format!("an Express workflow neither retries nor catches a failure of any of its {tasks} Tasks")
    });
    let mut location = subject.at_state(first, "neither `Retry` nor `Catch`, here or elsewhere");
    location.pointer = pointer_push(&first.pointer, "Catch");
    finding.location = location;
    "an Express execution has no history but its logs and cannot be redriven: what fails is lost, unless whoever started \
     it looks at the answer"
        .clone_into(&mut finding.why);
    "retry what passes by itself, and catch the rest where it can be told".clone_into(&mut finding.action);
    finding.fix = Some(Fix::steps("retry and catch in the Tasks", vec![
        "give each Task a retrier for the errors that pass by themselves, where it may be done twice".to_owned(),
        "catch `States.ALL` in each Task, or in a Parallel around them all, and lead to a state that tells somebody or \
         puts the input where it can be tried again"
            .to_owned(),
    ]));
    finding.fingerprint = subject.fingerprint(META.id, &[]);
    finding
}
