//! Tasks that may wait for an answer as long as an execution can last.

use asl::{Definition, State};
use findings::{Confidence, Finding, Fix, Note, NoteKind};

use crate::declare::declare_rule;
use crate::practice::waits::{self, Waits};
use crate::practice::insert::{self, Json};
use crate::practice;
use crate::{Subject, Verdict, tasks};

declare_rule! {
    /// ## What it finds
    ///
    /// Tasks whose answer may never come, where neither the Task (`TimeoutSeconds`, `TimeoutSecondsPath`) nor the state
    /// machine has a timeout: Lambda functions, jobs (`.sync`), callbacks (`.waitForTaskToken`) and activities. Calls of
    /// AWS APIs end by themselves, and HTTP Tasks after 60 seconds. Express executions, and Express children of a
    /// Distributed Map, end after five minutes.
    ///
    /// ## Why it matters
    ///
    /// Without a timeout a Task waits as long as a Standard execution can last, which is a year. Nothing fails in that
    /// time, so no catcher runs and no alarm for failures rings.
    ///
    /// ## Example
    ///
    /// ```asl,bad
    /// {
    ///   "StartAt": "Convert",
    ///   "States": {
    ///     "Convert": {
    ///       "Type": "Task",
    ///       "Resource": "arn:aws:states:::lambda:invoke",
    ///       "Parameters": {"FunctionName": "convert", "Payload.$": "$"},
    ///       "End": true
    ///     }
    ///   }
    /// }
    /// ```
    /// ```asl,bad
    /// {
    ///   "StartAt": "Convert",
    ///   "States": {
    ///     "Convert": {
    ///       "Type": "Task",
    ///       "Resource": "arn:aws:states:::glue:startJobRun.sync",
    ///       "Parameters": {"JobName": "convert"},
    ///       "End": true
    ///     }
    ///   }
    /// }
    /// ```
    /// The timeout of the machine ends it, too:
    /// ```asl,good
    /// {
    ///   "StartAt": "Convert",
    ///   "TimeoutSeconds": 7200,
    ///   "States": {
    ///     "Convert": {
    ///       "Type": "Task",
    ///       "Resource": "arn:aws:states:::glue:startJobRun.sync",
    ///       "Parameters": {"JobName": "convert"},
    ///       "End": true
    ///     }
    ///   }
    /// }
    /// ```
    ///
    /// ## Fix
    ///
    /// For a Lambda function, `TimeoutSeconds` a little above the 900 seconds that a function runs at most. Review: the
    /// function's own timeout, if shorter, is the better measure. For everything else a person knows how long it takes.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/step-functions/latest/dg/sfn-stuck-execution.html>
    /// - <https://docs.aws.amazon.com/step-functions/latest/dg/state-task.html>
    /// - <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
    "task-without-timeout", "a Task may wait for its answer for a year", Reliability, Medium,
    confidence: High, fix: Review, needs: [], since: "0.1.0", strictness: Strict
}

/// A Lambda function runs 900 s at most (Lambda Developer Guide, quotas, read 2026-11-22); its answer takes a moment.
const FUNCTION_SECONDS: u32 = 910;

pub(crate) fn check(subject: &Subject<'_>, verdict: &mut Verdict) {
    let Some(definition) = practice::definition(subject, verdict) else {
        return;
    };
    if practice::has_timeout(definition) {
        return;
    }
    let express = practice::is_express(subject);
    let inside = |state: &State, express| express || practice::has_express_children(state);
    for (state, express) in practice::places(definition, express, inside) {
        if express || practice::has_own_timeout(state) {
            continue;
        }
        if let Some(waits) = tasks::resource(state).and_then(waits::waits) {
            let finding = finding(subject, definition, state, waits, verdict);
            verdict.report(finding);
        }
    }
}

fn finding(
    subject: &Subject<'_>,
    definition: &Definition,
    state: &State,
    waits: Waits,
    verdict: &Verdict,
) -> Finding {
    let name = &state.name.value;
    let whom = match waits {
        Waits::Function => "the function",
        Waits::Job => "the job",
        Waits::Token => "the token",
        Waits::Worker => "a worker",
    };
    let mut finding = verdict.draft(format!(
        "`{name}` waits for {whom} without a timeout, for up to a year"
    ));
    // Lambda answers, or its own timeout does, but for a fault between the two services.
    if waits == Waits::Function {
        finding.confidence = Confidence::Medium;
    }
    finding.location = subject.at_state(state, "neither this Task nor the machine has a timeout");
    "an answer that never comes leaves the execution open; nothing fails, so no catcher runs and no alarm rings"
        .clone_into(&mut finding.why);
    "give the Task or the machine a `TimeoutSeconds`".clone_into(&mut finding.action);
    if subject.facts.workflow_type.known().is_none() {
        finding.notes.push(Note {
            kind: NoteKind::Assume,
            text: "the workflow type is not known; an Express execution ends after five minutes".to_owned(),
        });
    }
    finding.fix = Some(fix(definition, state, waits));
    finding.fingerprint = subject.fingerprint(META.id, &[name]);
    finding
}

fn fix(definition: &Definition, state: &State, waits: Waits) -> Fix {
    let name = &state.name.value;
    // A heartbeat has to be shorter than the timeout.
    let alone = waits == Waits::Function
        && !state.has("HeartbeatSeconds")
        && !state.has("HeartbeatSecondsPath");
    let edits = alone
        .then(|| insert::member(definition, state, "TimeoutSeconds", &Json::Number(FUNCTION_SECONDS)))
        .flatten();
    match edits {
        Some(edits) => Fix::edits(format!("end `{name}` after {FUNCTION_SECONDS} s, which no function takes"), edits),
        None => Fix::steps(format!("limit how long `{name}` waits"), vec![
            format!("find out how long `{name}` takes at worst, queues and retries of the service included"),
            "set `TimeoutSeconds` of the Task a little above, and handle `States.Timeout` in a retrier or catcher"
                .to_owned(),
        ]),
    }
}
