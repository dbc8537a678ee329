//! A Standard state machine that would be cheaper as Express, and can be one.

use facts::WorkflowType;
use findings::{Finding, Saving};
use rust_decimal::Decimal;

use crate::declare::declare_rule;
use cost::usage::{self, Source};
use crate::express::{self, Case, account, hazard, plan, words};
use cost::able;
use cost::numbers::{duration, short};
use crate::{Subject, Verdict};

declare_rule! {
    /// ## What it finds
    ///
    /// A Standard state machine that Express could run for less. Both types are priced from what was measured: the
    /// executions of the observation window, their transitions and their durations, at the prices of the Region, and
    /// for Express the logs that replace its history.
    ///
    /// It is silent where Express is dearer, and where Express is impossible: `.sync`, `.waitForTaskToken`, activities,
    /// a Distributed Map, waits that leave no time before the limit of 300 s. Measured durations need a margin below
    /// that limit: the longest run at most 240 s and the 99th percentile at most 150 s; where the machine declares a
    /// `TimeoutSeconds` above 300, the longest run at most 150 s.
    ///
    /// ## Why it matters
    ///
    /// Standard is billed for every state that an execution enters, Express for requests, time and memory. Short
    /// executions that are started often cost a hundredth as Express. Ten seconds in 64 MB cost as much as half a
    /// transition, five minutes as much as twelve and a half.
    ///
    /// The price is a weaker promise: an Express execution that is started asynchronously may run twice, has no history
    /// but its logs, sends no status events and cannot be redriven. The finding names the tasks that are not
    /// safe to run twice as written, and who depends on what Express does not offer.
    ///
    /// ## Example
    ///
    /// A machine of the type Standard:
    ///
    /// ```asl,bad
    /// {
    ///   "StartAt": "LoadCustomer",
    ///   "States": {
    ///     "LoadCustomer": {
    ///       "Type": "Task",
    ///       "Resource": "arn:aws:states:::dynamodb:getItem",
    ///       "Parameters": {"TableName": "customers", "Key": {"id": {"S.$": "$.customer"}}},
    ///       "ResultPath": "$.record",
    ///       "Next": "StoreOrder"
    ///     },
    ///     "StoreOrder": {
    ///       "Type": "Task",
    ///       "Resource": "arn:aws:states:::dynamodb:putItem",
    ///       "Parameters": {"TableName": "orders", "Item": {"id": {"S.$": "$.order"}}},
    ///       "End": true
    ///     }
    ///   }
    /// }
    /// ```
    /// ```facts,bad
    /// {
    ///   "workflow_type": {"known": "STANDARD"},
    ///   "metrics": {"known": {
    ///     "window": {"start": "2026-11-08T00:00:00Z", "end": "2026-11-22T00:00:00Z"},
    ///     "started": {"total": 3000000},
    ///     "duration": {"average": 850, "p99": 1800, "maximum": 4200, "samples": 3000000},
    ///     "transitions": 6000000
    ///   }}
    /// }
    /// ```
    ///
    /// The same definition, deployed as Express:
    ///
    /// ```asl,good
    /// {
    ///   "StartAt": "LoadCustomer",
    ///   "States": {
    ///     "LoadCustomer": {
    ///       "Type": "Task",
    ///       "Resource": "arn:aws:states:::dynamodb:getItem",
    ///       "Parameters": {"TableName": "customers", "Key": {"id": {"S.$": "$.customer"}}},
    ///       "ResultPath": "$.record",
    ///       "Next": "StoreOrder"
    ///     },
    ///     "StoreOrder": {
    ///       "Type": "Task",
    ///       "Resource": "arn:aws:states:::dynamodb:putItem",
    ///       "Parameters": {"TableName": "orders", "Item": {"id": {"S.$": "$.order"}}},
    ///       "End": true
    ///     }
    ///   }
    /// }
    /// ```
    /// ```facts,good
    /// {
    ///   "workflow_type": {"known": "EXPRESS"},
    ///   "metrics": {"known": {
    ///     "window": {"start": "2026-11-08T00:00:00Z", "end": "2026-11-22T00:00:00Z"},
    ///     "started": {"total": 3000000},
    ///     "duration": {"average": 850, "p99": 1800, "maximum": 4200, "samples": 3000000}
    ///   }}
    /// }
    /// ```
    ///
    /// ## Fix
    ///
    /// Manual. The type of a state machine cannot be changed, and a tool that is told to change it deletes the machine.
    /// The steps make an Express machine with its log group beside the Standard one, move the callers a part at a time,
    /// and keep the way back open until the old one is no longer needed.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/step-functions/latest/dg/choosing-workflow-type.html>
    /// - <https://docs.aws.amazon.com/step-functions/latest/dg/express-at-least-once-execution.html>
    /// - <https://docs.aws.amazon.com/step-functions/latest/dg/sfn-best-practices.html>
    /// - <https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html>
    /// - <https://aws.amazon.com/step-functions/pricing/>
    "standard-suits-express", "a Standard machine would be cheaper as Express and is able to be one", Cost, Medium,
    confidence: High, fix: Manual, needs: ["metrics"], since: "0.1.0"
}

/// Observed for less, a machine tells nothing of its month, in seconds.
const LEAST_OBSERVED: i64 = 3_600;

pub(crate) fn check(subject: &Subject<'_>, verdict: &mut Verdict) {
    if subject.facts.workflow_type.known() == Some(&WorkflowType::Express) {
        return;
    }
    match assess(subject) {
        Ok(Some(case)) => {
            verdict.gains_by(case.gains());
            verdict.report(finding(&case, verdict));
        }
        Ok(None) => {}
        Err(why) => verdict.not_assessed(why),
    }
}

/// The case, where Express can run it for less; none where it cannot; or the reason why that is not known.
fn assess<'a>(subject: &'a Subject<'a>) -> Result<Option<Case<'a>>, String> {
    let definition = express::definition(subject)?;
    if !able::blockers(definition).is_empty() {
        return Ok(None);
    }
    let facts = subject.facts;
    facts
        .workflow_type
        .get()
        .map_err(|why| format!("workflow type: {why}"))?;
    let metrics = facts
        .metrics
        .get()
        .map_err(|why| format!("metrics: {why}"))?;
    let window = format!("the window of {}", usage::window(metrics).words());
    if metrics.started.total == 0 {
        return Err(format!("no executions in {window}"));
    }
    let Some(stats) = usage::duration(metrics) else {
        return Err(format!(
            "no execution ended in {window}: how long they run is not known"
        ));
    };
    // Of executions that are mostly still open, the short ones alone are measured.
    if stats.samples < metrics.started.total / 2 {
        return Err(format!(
            "only {} of {} executions ended in {window}: how long the others run is not known",
            short(stats.samples.into()),
            short(metrics.started.total.into()),
        ));
    }
    let open = able::open(definition);
    if able::is_too_long(&stats, &open) {
        return Ok(None);
    }
    let observed = usage::observed(facts, metrics);
    if observed.seconds < LEAST_OBSERVED {
        return Err(
            "the machine is less than an hour old: too young to project a month".to_owned(),
        );
    }
    if subject.prices.transition.0.is_zero() {
        return Err(format!(
            "no price of a transition is known for the Region `{}`",
            facts.region
        ));
    }
    let comparison = cost::compare(&cost::Inputs {
        facts,
        definition,
        metrics,
        duration: &stats,
        observed,
        prices: &subject.prices,
        free_tier: subject.config.free_tier,
        used_gb_seconds: Decimal::ZERO,
    });
    let worth = comparison.saving.best > subject.config.min_saving.max(Decimal::ZERO);
    Ok(worth.then(|| Case {
        subject,
        metrics,
        duration: stats,
        observed,
        open,
        hazards: hazard::hazards(definition),
        comparison,
    }))
}

fn finding(case: &Case<'_>, verdict: &Verdict) -> Finding {
    let comparison = &case.comparison;
    let measured = matches!(
        comparison.transitions.source,
        Source::Metric | Source::Histories(_)
    );
    let mut finding = verdict.draft(format!(
        "`{}` costs {}{} a month as Standard; as Express about {}",
        case.subject.facts.name,
        if measured { "" } else { "about " },
        account::headline(pricing::Usd(comparison.standard.best)),
        account::headline(comparison.as_express()),
    ));
    finding.why = format!(
        "{} executions a month take {} on average; Standard bills each of their transitions, Express their time",
        short(comparison.executions),
        duration(case.duration.average),
    );
    finding.action = String::from(
        "the type cannot change in place: create an Express machine beside it with a log group, move the callers, keep \
         the way back",
    );
    finding.severity = case.severity();
    finding.confidence = case.confidence();
    finding.related = case
        .hazards
        .harmful
        .iter()
        .map(|state| case.subject.at_state(state, "not idempotent as written"))
        .collect();
    finding.notes = words::notes(case);
    finding.ledger = account::ledger(case);
    finding.evidence = account::evidence(case);
    finding.saving = Some(Saving {
        usd_per_month: comparison.saving.best.normalize(),
        low: comparison.saving.low.normalize(),
        high: comparison.saving.high.normalize(),
        assumptions: account::assumptions(case),
    });
    finding.fix = Some(plan::fix(case));
    finding.fingerprint = case.subject.fingerprint(META.id, &[]);
    finding
}
