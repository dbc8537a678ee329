//! An error name that a Task can never raise.

use catalogue::ProblemKind;

use crate::declare::declare_rule;
use crate::flaws;
use crate::{Subject, Verdict};

declare_rule! {
    /// ## What it finds
    /// A name in `ErrorEquals` of a retrier or catcher which the called service never raises: the prefix of another integration
    /// (`DynamoDb.` of SDK integrations against `DynamoDB.` of the optimized one), or the spelling of the API instead of that of
    /// the SDK for Java, which ends in `Exception`.
    ///
    /// ## Why it matters
    /// The retrier or catcher looks as if it handled the error, and never matches: the execution fails.
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
    ///         "TableName": "orders",
    ///         "Key": {
    ///           "id": {
    ///             "S.$": "$.order"
    ///           }
    ///         }
    ///       },
    ///       "Retry": [
    ///         {
    ///           "ErrorEquals": [
    ///             "DynamoDb.ThrottlingException"
    ///           ],
    ///           "JitterStrategy": "FULL"
    ///         }
    ///       ],
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
    ///       "Retry": [
    ///         {
    ///           "ErrorEquals": [
    ///             "DynamoDB.ThrottlingException"
    ///           ],
    ///           "JitterStrategy": "FULL"
    ///         }
    ///       ],
    ///       "End": true
    ///     }
    ///   }
    /// }
    /// ```
    ///
    /// ## Fix
    /// The name as it is raised; to be reviewed, because errors are handled that were not.
    ///
    /// ## References
    /// - <https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html>
    "error-name-never-raised", "a retrier or catcher names an error that its Task never raises", Correctness, Medium,
    confidence: High, fix: Review, needs: [], since: "0.1.0"
}

pub(crate) fn check(subject: &Subject<'_>, verdict: &mut Verdict) {
    flaws::report(
        subject,
        verdict,
        |kind| {
            matches!(
                kind,
                ProblemKind::ErrorPrefix { .. } | ProblemKind::ErrorSpelling { .. }
            )
        },
        "a name that is never raised handles nothing",
    );
}
