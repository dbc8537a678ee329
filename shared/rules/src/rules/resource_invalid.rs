//! A `Resource` that names nothing a Task can call.

use catalogue::ProblemKind;

use crate::declare::declare_rule;
use crate::flaws;
use crate::{Subject, Verdict};

declare_rule! {
    /// ## What it finds
    /// A `Resource` that is no ARN, an ARN with parts that are missing or do not belong there, or one of a service that no Task
    /// calls. Text that is filled in at deployment (`${...}`) is left alone.
    ///
    /// ## Why it matters
    /// AWS refuses the definition, or the state machine fails when it comes to this state.
    ///
    /// ## Example
    /// ```asl,bad
    /// {
    ///   "StartAt": "Work",
    ///   "States": {
    ///     "Work": {
    ///       "Type": "Task",
    ///       "Resource": "arn:aws:state:::sqs:sendMessage",
    ///       "Parameters": {
    ///         "QueueUrl": "https://sqs.us-east-1.amazonaws.com/111122223333/work",
    ///         "MessageBody.$": "$"
    ///       },
    ///       "End": true
    ///     }
    ///   }
    /// }
    /// ```
    /// ```asl,good
    /// {
    ///   "StartAt": "Work",
    ///   "States": {
    ///     "Work": {
    ///       "Type": "Task",
    ///       "Resource": "arn:aws:states:::sqs:sendMessage",
    ///       "Parameters": {
    ///         "QueueUrl": "https://sqs.us-east-1.amazonaws.com/111122223333/work",
    ///         "MessageBody.$": "$"
    ///       },
    ///       "End": true
    ///     }
    ///   }
    /// }
    /// ```
    ///
    /// ## Fix
    /// The part that was most likely meant, where one is near; to be reviewed.
    ///
    /// ## References
    /// - <https://docs.aws.amazon.com/step-functions/latest/dg/state-task.html>
    "resource-invalid", "a Task names a resource that cannot be called", Correctness, High,
    confidence: High, fix: Review, needs: [], since: "0.1.0"
}

pub(crate) fn check(subject: &Subject<'_>, verdict: &mut Verdict) {
    flaws::report(
        subject,
        verdict,
        |kind| {
            matches!(
                kind,
                ProblemKind::NotAnArn
 | ProblemKind::BadArn(_)
 | ProblemKind::ArnService(_)
 | ProblemKind::Partition(_)
            )
        },
        "AWS refuses a definition with a resource that it cannot call",
    );
}
