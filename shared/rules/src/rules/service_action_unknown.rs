//! A service or an action that does not exist.

use catalogue::ProblemKind;

use crate::declare::declare_rule;
use crate::flaws;
use crate::{Subject, Verdict};

declare_rule! {
    /// ## What it finds
    /// A Task that calls a service or an action which AWS does not have, or writes one with other capitals: services are written
    /// in lower case and actions in camel case. Known are the services and actions of the AWS SDKs at the date of the catalogue;
    /// what may be newer is said to be so.
    ///
    /// ## Why it matters
    /// AWS refuses the definition when it is deployed.
    ///
    /// ## Example
    /// ```asl,bad
    /// {
    ///   "StartAt": "Work",
    ///   "States": {
    ///     "Work": {
    ///       "Type": "Task",
    ///       "Resource": "arn:aws:states:::aws-sdk:dynamodb:GetItem",
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
    /// ```asl,good
    /// {
    ///   "StartAt": "Work",
    ///   "States": {
    ///     "Work": {
    ///       "Type": "Task",
    ///       "Resource": "arn:aws:states:::aws-sdk:dynamodb:getItem",
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
    /// - <https://docs.aws.amazon.com/step-functions/latest/dg/integrate-optimized.html>
    "service-action-unknown", "a Task calls a service or an action that does not exist", Correctness, High,
    confidence: High, fix: Review, needs: [], since: "0.1.0"
}

pub(crate) fn check(subject: &Subject<'_>, verdict: &mut Verdict) {
    flaws::report(
        subject,
        verdict,
        |kind| {
            matches!(
                kind,
                ProblemKind::UnknownService { .. }
 | ProblemKind::UnlistedService(_)
 | ProblemKind::UnknownAction { .. }
 | ProblemKind::ActionCasing { .. }
 | ProblemKind::UnsupportedAction(_)
            )
        },
        "AWS refuses a definition that calls what does not exist",
    );
}
