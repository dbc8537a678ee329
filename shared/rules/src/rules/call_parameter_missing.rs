//! A parameter without which an action does not work.

use catalogue::ProblemKind;

use crate::declare::declare_rule;
use crate::flaws;
use crate::{Subject, Verdict};

declare_rule! {
    /// ## What it finds
    /// A Task whose `Parameters` or `Arguments` lack what the called action needs. Where they are filled in by a path or an
    /// expression, nothing is said.
    ///
    /// ## Why it matters
    /// The definition can be deployed, and the call fails each time that the state is entered.
    ///
    /// ## Example
    /// ```asl,bad
    /// {
    ///   "StartAt": "Work",
    ///   "States": {
    ///     "Work": {
    ///       "Type": "Task",
    ///       "Resource": "arn:aws:states:::dynamodb:getItem",
    ///       "Parameters": {
    ///         "TableName": "orders"
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
    ///       "Resource": "arn:aws:states:::dynamodb:getItem",
    ///       "Parameters": {
    ///         "TableName": "orders",
    ///         "Key": {
    ///           "id": {
    ///             "S.$": "$.order"
    ///           }
    ///         }
    ///       },
    ///       "End": true
    ///     }
    ///   }
    /// }
    /// ```
    ///
    /// ## Fix
    /// None: only its author knows the value.
    ///
    /// ## References
    /// - <https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html>
    "call-parameter-missing", "a Task does not pass a parameter that the action needs", Correctness, Medium,
    confidence: High, fix: Manual, needs: [], since: "0.1.0"
}

pub(crate) fn check(subject: &Subject<'_>, verdict: &mut Verdict) {
    flaws::report(
        subject,
        verdict,
        |kind| {
            matches!(
                kind,
                ProblemKind::MissingParameter(_)
            )
        },
        "the call fails each time that the state is entered",
    );
}
