//! Executions that go wrong while no alarm tells anybody.

use facts::Deeper;
use crate::alarms::case::Case;
use crate::alarms::{dead, gap};
use crate::declare::declare_rule;
use crate::{Subject, Verdict};

declare_rule! {
    /// ## What it finds
    ///
    /// State machines of which nobody is told when executions fail (`ExecutionsFailed`), time out
    /// (`ExecutionsTimedOut`), are aborted (`ExecutionsAborted`) or are throttled (`ExecutionThrottled`). Failures need
    /// an alarm always; time-outs where the machine can time out, which is every Express machine and every Standard one
    /// with a `TimeoutSeconds`; the others where they happened in the observation window.
    ///
    /// What counts as watched is worked out from what the alarms look at, and not from their names:
    ///
    /// - alarms on the machine's own metrics, on those of all state machines of the account and Region, by metric math
    ///   (a failure rate, a sum), and by a Metrics Insights query;
    /// - an alarm counts when somebody hears it: it has an action and its actions are on, or a composite alarm with an
    ///   action goes to ALARM by it;
    /// - an alarm counts in part when it watches a version or an alias, a percentile, what is unusual (anomaly
    ///   detection), several bad periods together, or is heard only while others are in ALARM too. One on too few
    ///   `ExecutionsSucceeded` tells of total stops, and not of what fails beside executions that succeed.
    ///
    /// Alarms that look like a watch and are none have a finding of their own: the metric, namespace or dimension does
    /// not exist (`ExecutionsFailedCount`), the comparison is never met, there is no action, the actions are switched
    /// off, or periods without data count as bad, so that it is in ALARM before anything fails. So have alarms that did
    /// not go off for what happened in the window: the threshold, times the periods that have to cross it, is above all
    /// that the busiest days had.
    ///
    /// ## Why it matters
    ///
    /// A failed execution stands in the history of its state machine, or in the logs of an Express one, and nowhere
    /// else. Without an alarm the first to notice is whoever waits for its result.
    ///
    /// Most state machines have no such alarm, so the finding is ranked by what was missed: critical where half of at
    /// least 20 executions failed, high from ten failures or one in a hundred, medium below. An alarm that waits for more
    /// than happened is ranked alike. Machines that did not fail are told together, in one line.
    ///
    /// ## Example
    ///
    /// 42 of 3,000 executions failed, and there is no alarm:
    ///
    /// ```facts,bad
    /// {
    ///   "metrics": {"known": {
    ///     "window": {"start": "2026-11-08T00:00:00Z", "end": "2026-11-22T00:00:00Z"},
    ///     "started": {"total": 3000},
    ///     "failed": {"total": 42}
    ///   }},
    ///   "alarms": {"known": []}
    /// }
    /// ```
    ///
    /// There is one, on a metric that does not exist:
    ///
    /// ```facts,bad
    /// {
    ///   "metrics": {"known": {
    ///     "window": {"start": "2026-11-08T00:00:00Z", "end": "2026-11-22T00:00:00Z"},
    ///     "started": {"total": 3000},
    ///     "failed": {"total": 42}
    ///   }},
    ///   "alarms": {"known": [{
    ///     "name": "failures",
    ///     "kind": {"metric": {
    ///       "namespace": "AWS/States",
    ///       "name": "ExecutionsFailedCount",
    ///       "dimensions": {"StateMachineArn": "arn:aws:states:us-east-1:111122223333:stateMachine:example"},
    ///       "statistic": "Sum"
    ///     }},
    ///     "actions_enabled": true,
    ///     "alarm_actions": 1,
    ///     "comparison": "GreaterThanThreshold",
    ///     "threshold": 0,
    ///     "period": 300
    ///   }]}
    /// }
    /// ```
    ///
    /// There is one, and it waits for three bad periods in a row, while no day had more than one failure:
    ///
    /// ```facts,bad
    /// {
    ///   "metrics": {"known": {
    ///     "window": {"start": "2026-11-08T00:00:00Z", "end": "2026-11-22T00:00:00Z"},
    ///     "started": {"total": 3000},
    ///     "failed": {"total": 2, "by_day": {"2026-11-09T00:00:00Z": 1, "2026-11-15T00:00:00Z": 1}}
    ///   }},
    ///   "alarms": {"known": [{
    ///     "name": "failures",
    ///     "kind": {"metric": {
    ///       "namespace": "AWS/States",
    ///       "name": "ExecutionsFailed",
    ///       "dimensions": {"StateMachineArn": "arn:aws:states:us-east-1:111122223333:stateMachine:example"},
    ///       "statistic": "Sum"
    ///     }},
    ///     "actions_enabled": true,
    ///     "alarm_actions": 1,
    ///     "treat_missing": "notBreaching",
    ///     "comparison": "GreaterThanThreshold",
    ///     "threshold": 0,
    ///     "period": 300,
    ///     "evaluation_periods": 3
    ///   }]}
    /// }
    /// ```
    ///
    /// The alarm itself tells nobody, but the composite alarm over it does:
    ///
    /// ```facts,good
    /// {
    ///   "metrics": {"known": {
    ///     "window": {"start": "2026-11-08T00:00:00Z", "end": "2026-11-22T00:00:00Z"},
    ///     "started": {"total": 3000},
    ///     "failed": {"total": 42}
    ///   }},
    ///   "alarms": {"known": [
    ///     {
    ///       "name": "failures",
    ///       "kind": {"metric": {
    ///         "namespace": "AWS/States",
    ///         "name": "ExecutionsFailed",
    ///         "dimensions": {"StateMachineArn": "arn:aws:states:us-east-1:111122223333:stateMachine:example"},
    ///         "statistic": "Sum"
    ///       }},
    ///       "actions_enabled": true,
    ///       "alarm_actions": 0,
    ///       "comparison": "GreaterThanThreshold",
    ///       "threshold": 0,
    ///       "period": 300
    ///     },
    ///     {
    ///       "name": "orders-unwell",
    ///       "kind": {"composite": "ALARM(failures) OR ALARM(queue-too-long)"},
    ///       "actions_enabled": true,
    ///       "alarm_actions": 1
    ///     }
    ///   ]}
    /// }
    /// ```
    ///
    /// ## Fix
    ///
    /// The missing alarms, as CloudFormation and Terraform, for one machine or for all; a topic of your own is the
    /// parameter. The threshold is from the machine's own history: where nothing goes wrong on most days, the first
    /// time counts (a sum above 0 in five minutes); where it does, an hour with more than three times the usual, and
    /// one. Periods without data count as good, as there is none while nothing runs. Review: an alarm tells people, and
    /// costs by the month.
    ///
    /// ## References
    ///
    /// - [Metrics of Step Functions](https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html)
    /// - [How alarms treat missing data](https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html)
    /// - [Composite alarms](https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-combining.html)
    /// - [Metrics Insights queries](https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-metrics-insights-querylanguage.html)
    /// - [An alarm on `ExecutionsFailedCount`, silent through 141 failures](https://github.com/aws-solutions-library-samples/accelerated-intelligent-document-processing-on-aws/issues/746)
    "failures-unwatched", "executions fail and no alarm tells anybody", Operations, Medium, confidence: High,
    fix: Review, needs: ["alarms", "metrics"], since: "0.1.0"
}

pub(crate) fn check(subject: &Subject<'_>, verdict: &mut Verdict) {
    match Case::of(subject) {
        Err(why) => verdict.not_assessed(why),
        Ok(case) if gap::uncountable(&case) => gap::report_uncountable(&case, verdict),
        Ok(case) => {
            let explained = dead::report(&case, verdict);
            gap::report(&case, &explained, verdict);
            // A rule on its events may tell somebody where no alarm does.
            verdict.gains_by(Deeper {
                event_rules: !verdict.findings.is_empty(),
                ..Deeper::default()
            });
        }
    }
}
