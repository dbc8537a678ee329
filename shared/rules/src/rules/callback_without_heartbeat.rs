//! Callbacks and activities of which nobody notices that they died.

use asl::{Definition, State};
use findings::{Finding, Fix, Note, NoteKind, Severity};

use crate::declare::declare_rule;
use crate::practice::waits::{self, Waits};
use crate::practice;
use crate::{Subject, Verdict, tasks};

declare_rule! {
    /// ## What it finds
    ///
    /// Tasks that wait for a task token (`.waitForTaskToken`) or for a worker of an activity, without `HeartbeatSeconds` or
    /// `HeartbeatSecondsPath`. Without any timeout either, of the Task or of the machine, the finding is of high severity.
    ///
    /// ## Why it matters
    ///
    /// Whoever has the token may die, lose it, or never have received it. A heartbeat tells after minutes what a timeout
    /// tells at the end, and nothing at all tells for a year. `States.HeartbeatTimeout` also says which it was: lost, or
    /// too slow.
    ///
    /// ## Example
    ///
    /// ```asl,bad
    /// {
    ///   "StartAt": "Ask",
    ///   "States": {
    ///     "Ask": {
    ///       "Type": "Task",
    ///       "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
    ///       "Parameters": {
    ///         "QueueUrl": "https://sqs.us-east-1.amazonaws.com/111122223333/asked",
    ///         "MessageBody": {"token.$": "$$.Task.Token"}
    ///       },
    ///       "TimeoutSeconds": 7200,
    ///       "End": true
    ///     }
    ///   }
    /// }
    /// ```
    /// ```asl,good
    /// {
    ///   "StartAt": "Ask",
    ///   "States": {
    ///     "Ask": {
    ///       "Type": "Task",
    ///       "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
    ///       "Parameters": {
    ///         "QueueUrl": "https://sqs.us-east-1.amazonaws.com/111122223333/asked",
    ///         "MessageBody": {"token.$": "$$.Task.Token"}
    ///       },
    ///       "TimeoutSeconds": 7200,
    ///       "HeartbeatSeconds": 600,
    ///       "End": true
    ///     }
    ///   }
    /// }
    /// ```
    ///
    /// ## Fix
    ///
    /// Manual: the worker has to call `SendTaskHeartbeat`, or every heartbeat is missed. Where a person answers, nobody can
    /// send heartbeats: then a `HeartbeatSeconds` just below the timeout says that this was meant.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html>
    /// - <https://docs.aws.amazon.com/step-functions/latest/dg/sfn-stuck-execution.html>
    /// - <https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskHeartbeat.html>
    "callback-without-heartbeat", "nobody notices when whoever has to answer a Task is gone", Reliability, Medium,
    confidence: High, fix: Manual, needs: [], since: "0.1.0"
}

pub(crate) fn check(subject: &Subject<'_>, verdict: &mut Verdict) {
    let Some(definition) = practice::definition(subject, verdict) else {
        return;
    };
    for state in definition.states() {
        let waits = tasks::resource(state).and_then(waits::waits);
        let Some(waits @ (Waits::Token | Waits::Worker)) = waits else {
            continue;
        };
        if !state.has("HeartbeatSeconds") && !state.has("HeartbeatSecondsPath") {
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
        Waits::Worker => "a worker",
        _ => "a task token",
    };
    let timeout = practice::has_own_timeout(state) || practice::has_timeout(definition);
    let (rest, until) = if timeout {
        ("without a heartbeat", "only when the timeout is over")
    } else {
        ("with neither heartbeat nor timeout", "not for a year")
    };
    let mut finding = verdict.draft(format!("`{name}` waits for {whom} {rest}"));
    if !timeout {
        finding.severity = Severity::High;
    }
    finding.location = subject.at_state(state, "no `HeartbeatSeconds`");
    finding.why = format!("when whoever has to answer dies or never got the request, the execution notices {until}");
    "set `HeartbeatSeconds`, and have the worker call `SendTaskHeartbeat` more often than that"
        .clone_into(&mut finding.action);
    finding.notes.push(Note {
        kind: NoteKind::Mind,
        text: "where a person answers, nobody sends heartbeats: what matters then is the timeout".to_owned(),
    });
    finding.fix = Some(fix(name, timeout));
    finding.fingerprint = subject.fingerprint(META.id, &[name]);
    finding
}

fn fix(name: &str, timeout: bool) -> Fix {
    let mut steps = vec![
        "have whoever holds the token call `SendTaskHeartbeat` while it works, say every minute".to_owned(),
        format!("set `HeartbeatSeconds` of `{name}` to a few times that"),
        "retry or catch `States.HeartbeatTimeout`".to_owned(),
    ];
    if !timeout {
        steps.push(format!("set `TimeoutSeconds` of `{name}` to what the work takes at worst"));
    }
    Fix::steps(format!("notice when the work of `{name}` is lost"), steps)
}
