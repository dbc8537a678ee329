//! Distributed Maps that one failed item ends.

use asl::{Scope, State, StateKind, pointer_push};
use findings::{Finding, Fix, Note, NoteKind};

use crate::declare::declare_rule;
use crate::practice;
use crate::{Subject, Verdict};

declare_rule! {
    /// ## What it finds
    ///
    /// Distributed Maps without `ToleratedFailurePercentage`, `ToleratedFailureCount` or the `...Path` of one of them, whose
    /// items can fail: a state of the processor fails or does not catch what does.
    ///
    /// ## Why it matters
    ///
    /// The default is zero: the first of perhaps a million items that fails or times out ends the Map Run. The children that
    /// run are stopped, and without a `ResultWriter` the Map returns nothing of those that were done.
    ///
    /// ## Example
    ///
    /// ```asl,bad
    /// {
    ///   "StartAt": "Each",
    ///   "States": {
    ///     "Each": {
    ///       "Type": "Map",
    ///       "ItemProcessor": {
    ///         "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
    ///         "StartAt": "Work",
    ///         "States": {"Work": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "End": true}}
    ///       },
    ///       "End": true
    ///     }
    ///   }
    /// }
    /// ```
    /// ```asl,good
    /// {
    ///   "StartAt": "Each",
    ///   "States": {
    ///     "Each": {
    ///       "Type": "Map",
    ///       "ToleratedFailurePercentage": 5,
    ///       "ItemProcessor": {
    ///         "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
    ///         "StartAt": "Work",
    ///         "States": {"Work": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "End": true}}
    ///       },
    ///       "End": true
    ///     }
    ///   }
    /// }
    /// ```
    ///
    /// ## Fix
    ///
    /// Manual: how many items may fail is for a person to say. Where none may, `"ToleratedFailurePercentage": 0` says so.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/step-functions/latest/dg/maprun-fail-threshold.html>
    /// - <https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html>
    "distributed-map-without-tolerance", "one failed item ends a Distributed Map", Reliability, Medium,
    confidence: High, fix: Manual, needs: [], since: "0.1.0"
}

pub(crate) fn check(subject: &Subject<'_>, verdict: &mut Verdict) {
    let Some(definition) = practice::definition(subject, verdict) else {
        return;
    };
    for state in definition.states() {
        let fragile = practice::is_distributed(state) && state.scopes().iter().any(can_fail);
        if fragile && !practice::TOLERANCE.iter().any(|field| state.has(field)) {
            let finding = finding(subject, state, verdict);
            verdict.report(finding);
        }
    }
}

/// False where every state of the processor that could fail catches what does.
fn can_fail(processor: &Scope) -> bool {
    processor.states.iter().any(|state| match state.kind {
        StateKind::Fail => true,
        StateKind::Task(_) | StateKind::Parallel(_) | StateKind::Map(_) => {
            !practice::has_items(state, "Catch")
        }
        _ => false,
    })
}

fn finding(subject: &Subject<'_>, state: &State, verdict: &Verdict) -> Finding {
    let name = &state.name.value;
    let mut finding = verdict.draft(format!("one failed item ends the Distributed Map `{name}`"));
    finding.location = subject.at_state(state, "no tolerated failure: the default is zero");
    finding.location.pointer = pointer_push(&state.pointer, "ToleratedFailurePercentage");
    if state.has("ResultWriter") {
        "the first item that fails or times out ends the Map Run, and the children that run are stopped"
    } else {
        "the first item that fails or times out ends the Map Run, and it returns nothing of the others"
    }
    .clone_into(&mut finding.why);
    "say how many may fail with `ToleratedFailurePercentage` or `ToleratedFailureCount`".clone_into(&mut finding.action);
    finding.notes = vec![Note {
        kind: NoteKind::Mind,
        text: "where no item may fail, `\"ToleratedFailurePercentage\": 0` says that this is meant".to_owned(),
    }];
    finding.fix = Some(Fix::steps(format!("say how many items of `{name}` may fail"), vec![
        "decide how many failed items make the whole run worthless".to_owned(),
        "set `ToleratedFailurePercentage` or `ToleratedFailureCount` to that".to_owned(),
        "have the results written with a `ResultWriter`, and look at the file of failed items or redrive the execution"
            .to_owned(),
    ]));
    finding.fingerprint = subject.fingerprint(META.id, &[name]);
    finding
}
