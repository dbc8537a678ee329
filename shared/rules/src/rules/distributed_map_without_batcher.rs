//! Distributed Maps that start an execution for each item.

use asl::State;
use findings::{Finding, Fix, Note, NoteKind};

use crate::declare::declare_rule;
use crate::practice;
use crate::{Subject, Verdict};

declare_rule! {
    /// ## What it finds
    ///
    /// Distributed Maps without an `ItemBatcher`: each item is a child execution of its own.
    ///
    /// ## Why it matters
    ///
    /// Every child execution is paid for (a transition for its start and one for each of its states, or a request and its
    /// time for an Express child), and every one takes of the quota for starts. A child that gets fifty short items at a
    /// time costs a fiftieth of that.
    ///
    /// ## Example
    ///
    /// ```asl,bad
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
    /// ```asl,good
    /// {
    ///   "StartAt": "Each",
    ///   "States": {
    ///     "Each": {
    ///       "Type": "Map",
    ///       "ToleratedFailurePercentage": 5,
    ///       "ItemBatcher": {"MaxItemsPerBatch": 50},
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
    /// Manual: a batch arrives as `{"Items": [...]}`, so the worker has to be changed, and decides what becomes of a batch
    /// of which one item fails.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itembatcher.html>
    /// - <https://aws.amazon.com/step-functions/pricing/>
    "distributed-map-without-batcher", "a Distributed Map starts an execution for each item", Performance, Low,
    confidence: Medium, fix: Manual, needs: [], since: "0.1.0", strictness: All
}

pub(crate) fn check(subject: &Subject<'_>, verdict: &mut Verdict) {
    let Some(definition) = practice::definition(subject, verdict) else {
        return;
    };
    for state in definition.states() {
        if practice::is_distributed(state) && !state.has("ItemBatcher") {
            let finding = finding(subject, state, verdict);
            verdict.report(finding);
        }
    }
}

fn finding(subject: &Subject<'_>, state: &State, verdict: &Verdict) -> Finding {
    let name = &state.name.value;
    let mut finding = verdict.draft(format!("the Distributed Map `{name}` starts an execution for each item"));
    finding.location = subject.at_state(state, "no `ItemBatcher`");
    "every child execution is paid for and counts towards the quota for starts, however short its work is"
        .clone_into(&mut finding.why);
    "give short items to the children in batches with an `ItemBatcher`".clone_into(&mut finding.action);
    finding.notes = vec![Note {
        kind: NoteKind::Assume,
        text: "an item is little work; where one takes minutes, a batch saves nothing".to_owned(),
    }];
    finding.fix = Some(Fix::steps(format!("batch the items of `{name}`"), vec![
        "change the processor so that it works on the list `Items` of its input, and on its own decides what becomes of \
         a batch of which one item fails"
            .to_owned(),
        "add an `ItemBatcher` with `MaxItemsPerBatch`, and with `MaxInputBytesPerBatch` below 262,144".to_owned(),
    ]));
    finding.fingerprint = subject.fingerprint(META.id, &[name]);
    finding
}
