//! A state machine around one Lambda function.

use asl::{Definition, State, StateKind};
use findings::{Finding, Note, NoteKind};

use crate::declare::declare_rule;
use cost::able::{LIMIT_SECONDS, retry_wait};
use crate::fixing;
use crate::tasks::{function};
use crate::{Subject, Verdict};

declare_rule! {
    /// ## What it finds
    ///
    /// A state machine with one task, a Lambda function that is called and waited for, and beside it at most states that do
    /// no work: Pass, Succeed, Fail.
    ///
    /// It is silent where the task retries for five minutes and more: that is a reason to have a state machine. It is
    /// silent, too, about a definition with errors, because what is not there may be missing by mistake.
    ///
    /// ## Why it matters
    ///
    /// There is nothing to orchestrate. Lambda can be invoked by what starts the machine, and has two retries, a queue for
    /// what failed and destinations of its own; the state machine adds its price, its latency and its role.
    ///
    /// ## Example
    ///
    /// ```asl,bad
    /// {
    ///   "StartAt": "Resize",
    ///   "States": {
    ///     "Resize": {
    ///       "Type": "Task",
    ///       "Resource": "arn:aws:states:::lambda:invoke",
    ///       "Parameters": {"FunctionName": "resize:live", "Payload.$": "$"},
    ///       "End": true
    ///     }
    ///   }
    /// }
    /// ```
    /// With a second step there is something to orchestrate:
    /// ```asl,good
    /// {
    ///   "StartAt": "Resize",
    ///   "States": {
    ///     "Resize": {
    ///       "Type": "Task",
    ///       "Resource": "arn:aws:states:::lambda:invoke",
    ///       "Parameters": {"FunctionName": "resize:live", "Payload.$": "$"},
    ///       "Next": "Announce"
    ///     },
    ///     "Announce": {
    ///       "Type": "Task",
    ///       "Resource": "arn:aws:states:::sns:publish",
    ///       "Parameters": {"TopicArn": "arn:aws:sns:us-east-1:111122223333:images", "Message.$": "$.Payload"},
    ///       "End": true
    ///     }
    ///   }
    /// }
    /// ```
    ///
    /// ## Fix
    ///
    /// Steps: let the source of the events invoke the function, and give the function what the machine did for it.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html>
    /// - <https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html>
    "single-lambda", "a state machine calls one Lambda function and does nothing else", Cost, Low,
    confidence: Medium, fix: Manual, needs: [], since: "0.1.0"
}

pub(crate) fn check(subject: &Subject<'_>, verdict: &mut Verdict) {
    let Some(definition) = subject.assessable(verdict) else {
        return;
    };
    if let Some(task) = only_task(definition) {
        verdict.report(finding(subject, task, verdict));
    }
}

/// The Lambda task, where it is all that the machine does.
fn only_task(definition: &Definition) -> Option<&State> {
    if !definition.problems.is_empty() {
        return None;
    }
    let works = |state: &&State| {
        !matches!(
            state.kind,
            StateKind::Pass | StateKind::Succeed | StateKind::Fail
        )
    };
    let mut working = definition.machine.scope.states.iter().filter(works);
    let task = working.next().filter(|task| function(task).is_some())?;
    let patient = |wait: f64| wait >= f64::from(LIMIT_SECONDS);
    let retries = task.retry.iter().map(retry_wait).any(patient);
    (working.next().is_none() && !retries).then_some(task)
}

fn finding(subject: &Subject<'_>, task: &State, verdict: &Verdict) -> Finding {
    let name = &task.name.value;
    let machine = match subject.facts.name.as_str() {
        "" => "the state machine".to_owned(),
        machine => format!("`{machine}`"),
    };
    let mut finding = verdict.draft(format!(
        "{machine} calls one Lambda function (`{name}`) and does nothing else: there is nothing to orchestrate"
    ));
    finding.why = String::from(
        "a function that is invoked by events is retried, and what failed is kept; the state machine adds its price, its latency and a role",
    );
    finding.action = String::from(
        "let the source of the events invoke the function: 2 retries, failures to an SQS queue; come back when there is a second step",
    );
    finding.notes.push(Note {
        kind: NoteKind::Mind,
        text: "a caller that waits for the result, or looks at the history of executions, has to change".to_owned(),
    });
    // The finding is about the whole definition; the task is what a reader wants to see.
    finding.location = subject.at("", task.name.span, "the only work");
    finding.fix = Some(fixing::steps(
        format!("invoke the function of `{name}` directly"),
        [
            "let the source of the events (EventBridge, S3, SNS, API Gateway, Scheduler) invoke the function".to_owned(),
            "set its maximum of retries, and a queue or a destination for what failed".to_owned(),
            "move the callers, then delete the state machine and its role".to_owned(),
        ],
    ));
    finding.fingerprint = subject.fingerprint(META.id, &[]);
    finding
}

#[cfg(test)]
mod tests {
    use crate::tests::places;

    fn at(task: &str, others: &str) -> Vec<String> {
        places(
            "single-lambda",
            &format!(
                r#"{{"StartAt": "A", "States": {{"A": {{"Type": "Task", "Parameters": {{"FunctionName": "f"}}, {task}}}{others}}}}}"#
            ),
        )
    }

    #[test]
    fn waiting_deciding_and_patience_are_worth_a_machine() {
        const INVOKE: &str = r#""Resource": "arn:aws:states:::lambda:invoke""#;
        assert_eq!(at(&format!(r#"{INVOKE}, "End": true"#), ""), [""]);
        assert_eq!(
            at(&format!(r#"{INVOKE}, "Next": "B""#), r#", "B": {"Type": "Succeed"}"#),
            [""]
        );
        let patient = r#""Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 600, "MaxAttempts": 5}]"#;
        for (task, others) in [
            (format!(r#"{INVOKE}, {patient}, "End": true"#), ""),
            (
                format!(r#"{INVOKE}, "Next": "B""#),
                r#", "B": {"Type": "Wait", "Seconds": 5, "End": true}"#,
            ),
            (
                r#""Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken", "End": true"#.to_owned(),
                "",
            ),
            (format!(r#"{INVOKE}, "Next": "Missing""#), ""),
        ] {
            assert_eq!(at(&task, others), Vec::<String>::new(), "{task}");
        }
    }
}
