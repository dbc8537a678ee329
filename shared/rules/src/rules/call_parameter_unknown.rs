//! A parameter that an action does not take.

use catalogue::ProblemKind;

use crate::declare::declare_rule;
use crate::flaws;
use crate::{Subject, Verdict};

declare_rule! {
    /// ## What it finds
    /// A parameter that the called action does not have, one with other capitals (parameters are in Pascal case, whatever the
    /// API's own spelling), or a value of a kind that it does not take. Paths, expressions and text that is filled in at deployment
    /// are left alone.
    ///
    /// ## Why it matters
    /// AWS refuses the definition, or the call fails each time.
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
    ///         "tableName": "orders",
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
    /// The name as it is spelled, or the nearest one; to be reviewed.
    ///
    /// ## References
    /// - <https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html>
    "call-parameter-unknown", "a Task passes a parameter that the action does not take", Correctness, High,
    confidence: High, fix: Review, needs: [], since: "0.1.0"
}

pub(crate) fn check(subject: &Subject<'_>, verdict: &mut Verdict) {
    flaws::report(
        subject,
        verdict,
        |kind| {
            matches!(
                kind,
                ProblemKind::UnknownParameter { .. }
 | ProblemKind::ParameterCasing { .. }
 | ProblemKind::WrongType { .. }
            )
        },
        "AWS refuses parameters that an action does not have",
    );
}
