//! A way of waiting that an integration does not have.

use catalogue::ProblemKind;

use crate::declare::declare_rule;
use crate::flaws;
use crate::{Subject, Verdict};

declare_rule! {
    /// ## What it finds
    /// `.sync`, `.sync:2` or `.waitForTaskToken` behind an integration that cannot wait in this way: AWS SDK integrations answer
    /// requests, and each optimized integration has its own patterns.
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
    ///       "Resource": "arn:aws:states:::aws-sdk:glue:startJobRun.sync",
    ///       "Parameters": {
    ///         "JobName": "nightly"
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
    ///       "Resource": "arn:aws:states:::glue:startJobRun.sync",
    ///       "Parameters": {
    ///         "JobName": "nightly"
    ///       },
    ///       "End": true
    ///     }
    ///   }
    /// }
    /// ```
    ///
    /// ## Fix
    /// The optimized integration where one waits as it is wanted; to be reviewed.
    ///
    /// ## References
    /// - <https://docs.aws.amazon.com/step-functions/latest/dg/integrate-optimized.html>
    "integration-pattern-unsupported", "an integration cannot wait in the way that a Task asks for", Correctness, High,
    confidence: High, fix: Review, needs: [], since: "0.1.0"
}

pub(crate) fn check(subject: &Subject<'_>, verdict: &mut Verdict) {
    flaws::report(
        subject,
        verdict,
        |kind| {
            matches!(
                kind,
                ProblemKind::UnknownPattern(_) | ProblemKind::UnsupportedPattern { .. }
            )
        },
        "AWS refuses a pattern that the integration does not have",
    );
}
