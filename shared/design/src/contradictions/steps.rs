//! Steps that do not fit the whole.

use rust_decimal::Decimal;

use super::Told;
use crate::decide::{Repeatable, workflow};
use crate::repeatable;
use crate::requirements::{
    Consistency, Delivery, Requirements, Retry, Step, TriggerKind, WaitFor, Work, WorkflowType,
};
use crate::timing;

/// Whether a step changes something outside, as far as its call says.
pub(super) fn writes(step: &Step) -> bool {
    match &step.work {
        Work::Does(call) => repeatable::of_call(call) != Repeatable::Reads,
        _ => false,
    }
}

pub(super) fn check(asked: &Requirements, told: &mut Told<'_, '_>) {
    if asked.workflow_type == WorkflowType::Mixed && workflow::run(asked).is_empty() {
        let message = "no two steps in a row are short, may be done twice and wait for nobody: there is nothing to put into an Express child".to_owned();
        told.error(
            "mixed-without-child",
            "/workflow_type",
            &["/steps"],
            message,
            "write `workflow_type: auto`, or say which steps are idempotent",
        );
    }
    for step in asked.all_steps() {
        waits(asked, step, told);
        retry(asked, step, told);
        limit(asked, step, told);
        guards(step, told);
        polls(step, told);
        distributed(asked, step, told);
        if step.pivot && asked.guarantees.consistency != Consistency::Saga {
            let message = "a pivot says something in a saga only".to_owned();
            told.warning(
                "pivot-without-saga",
                &format!("{}/pivot", step.pointer),
                &["/guarantees"],
                message,
                "write `consistency: saga`, or take it out",
            );
        }
        if let (Work::Approval(approval), Some(_)) = (&step.work, step.timeout)
            && approval.timeout.is_some()
        {
            let message = "the approval has a timeout of its own, which counts".to_owned();
            told.warning(
                "timeout-twice",
                &format!("{}/timeout", step.pointer),
                &[],
                message,
                "take one out",
            );
        }
    }
}

fn what(step: &Step) -> &'static str {
    match &step.work {
        Work::Approval(_) => "waits for a person",
        Work::Does(call) => match call.wait {
            WaitFor::Job => "waits for a job",
            WaitFor::Callback => "waits for somebody to answer",
            WaitFor::Response => "waits for a worker",
        },
        _ => "waits",
    }
}

/// Waiting for others is for Standard workflows, whose callers do not wait.
fn waits(asked: &Requirements, step: &Step, told: &mut Told<'_, '_>) {
    if !timing::waits_outside(step) {
        return;
    }
    let at = match &step.work {
        Work::Approval(_) => format!("{}/approval", step.pointer),
        Work::Does(call) if call.wait != WaitFor::Response => format!("{}/wait", call.pointer),
        _ => step.pointer.clone(),
    };
    let what = what(step);
    if asked.workflow_type == WorkflowType::Express {
        let message = format!("`{}` {what}, which Express workflows cannot", step.id);
        let help = "write `workflow_type: STANDARD`, or `MIXED` to have the short steps in an Express child";
        told.error("wait-in-express", &at, &["/workflow_type"], message, help);
    } else if asked.trigger.caller_waits
        && matches!(asked.trigger.kind, TriggerKind::Api | TriggerKind::ApiSync)
    {
        let message = format!(
            "`{}` {what}, and so does the caller: it gets its answer within seconds or not at all",
            step.id
        );
        let help = "let the caller ask for the result later: `type: api` without `caller_waits`";
        told.error("caller-waits-for-wait", &at, &["/trigger"], message, help);
    }
}

fn retry(asked: &Requirements, step: &Step, told: &mut Told<'_, '_>) {
    let at = format!("{}/retry", step.pointer);
    if step.retry == Retry::SafeAll && repeatable::of(step) == Repeatable::No {
        let message = format!(
            "`{}` is tried again after any error, and so is taken to be idempotent",
            step.id
        );
        told.warning(
            "idempotent-assumed",
            &at,
            &[&step.pointer],
            message,
            "write `idempotent: true`, or `retry: auto`",
        );
    }
    let often = matches!(step.retry, Retry::SafeAll | Retry::Aggressive);
    if often
        && asked.guarantees.delivery == Delivery::AtMostOnce
        && repeatable::of(step) == Repeatable::No
    {
        let message = format!(
            "`{}` may have its effect at most once, and is tried again",
            step.id
        );
        let help = "write `idempotent: true` where that is safe, or `retry: none`";
        told.error(
            "retry-of-at-most-once",
            &at,
            &["/guarantees", &step.pointer],
            message,
            help,
        );
    }
    for (index, error) in step.reject_on.iter().enumerate() {
        if matches!(
            error.as_str(),
            "States.ALL" | "States.TaskFailed" | "States.Timeout"
        ) {
            let message =
                format!("`{error}` is no answer: it also comes where nobody knows what was done");
            told.error(
                "reject-on-unknown-outcome",
                &format!("{}/reject_on/{index}", step.pointer),
                &[],
                message,
                "name the errors of the business: `OutOfStock`",
            );
        }
    }
}

/// By Little's law as many are at work as come in the time that one takes.
/// What stands around calls says nothing around other steps.
fn guards(step: &Step, told: &mut Told<'_, '_>) {
    if step.breaker.is_some() && !matches!(step.work, Work::Does(_)) {
        told.warning(
            "breaker-without-call",
            &format!("{}/breaker", step.pointer),
            &[],
            "a circuit breaker stands before one call; this step has none".to_owned(),
            "give it to the steps inside that call the service",
        );
    }
    if step.limit.is_some() && matches!(step.work, Work::Wait(_) | Work::Choose(_)) {
        told.warning(
            "limit-without-work",
            &format!("{}/limit", step.pointer),
            &[],
            "this step does nothing that could be too much at a time".to_owned(),
            "give the limit to the step that does the work",
        );
    }
}

fn limit(asked: &Requirements, step: &Step, told: &mut Told<'_, '_>) {
    let (Some(limit), Some(duration)) = (&step.limit, step.duration) else {
        return;
    };
    if limit.key.is_some()
        || asked
            .all_steps()
            .iter()
            .any(|around| matches!(around.work, Work::Each(_)))
    {
        return;
    }
    let seconds = Decimal::from(duration.0) / Decimal::ONE_THOUSAND;
    let at_work = asked
        .load
        .average_per_second
        .saturating_mul(step.probability)
        .saturating_mul(seconds);
    let of_day = at_work.saturating_mul(asked.load.hours_per_day) / Decimal::from(24);
    let most = Decimal::from(limit.concurrent);
    let at = format!("{}/limit", step.pointer);
    let about = ["/load", step.pointer.as_str()];
    if of_day > most {
        let message = format!(
            "{} executions of `{}` are at work on average ({} a second for {duration}), and {most} are let through: those that wait get ever more",
            of_day.round_dp(1).normalize(),
            step.id,
            asked.load.average_per_second.round_dp(4).normalize(),
        );
        let help = "raise the limit, make the step faster, or take in less";
        // Loads and durations are estimates: up to twice of it may turn out well.
        if of_day > most.saturating_mul(Decimal::TWO) {
            told.error("limit-below-load", &at, &about, message, help);
        } else {
            told.warning("limit-below-load", &at, &about, message, help);
        }
    } else if let Some(peak) = asked.load.peak_per_second
        && peak
            .saturating_mul(step.probability)
            .saturating_mul(seconds)
            > most
    {
        let at_peak = peak
            .saturating_mul(step.probability)
            .saturating_mul(seconds);
        let message = format!(
            "at the peak {} executions want to do `{}` at a time, and {most} are let through: the others wait",
            at_peak.round_dp(1).normalize(),
            step.id
        );
        told.warning(
            "limit-below-peak",
            &at,
            &about,
            message,
            "expect longer executions then, or raise the limit",
        );
    }
}

fn polls(step: &Step, told: &mut Told<'_, '_>) {
    if step.poll.is_none() {
        return;
    }
    let at = format!("{}/poll", step.pointer);
    match &step.work {
        Work::Does(call) if call.wait == WaitFor::Callback => {
            let message = format!("`{}` waits for a callback, and is not polled", step.id);
            told.error(
                "poll-of-callback",
                &at,
                &[&step.pointer],
                message,
                "take `poll` or `wait: callback` out",
            );
        }
        Work::Does(_) => {}
        _ => {
            let message = format!("`{}` calls nothing that could be polled", step.id);
            told.error(
                "poll-without-call",
                &at,
                &[&step.pointer],
                message,
                "poll at a step with `does`",
            );
        }
    }
}

/// A Distributed Map is no part of an Express workflow.
fn distributed(asked: &Requirements, step: &Step, told: &mut Told<'_, '_>) {
    let Work::Each(each) = &step.work else { return };
    let from_s3 = each.of.as_deref().is_some_and(|of| of.starts_with("s3://"));
    let at = format!("{}/each", step.pointer);
    if asked.workflow_type == WorkflowType::Express && from_s3 {
        let message = format!(
            "`{}` reads its items from S3, which takes a Distributed Map, which Express workflows do not have",
            step.id
        );
        told.error(
            "distributed-in-express",
            &at,
            &["/workflow_type"],
            message,
            "write `workflow_type: STANDARD`",
        );
    }
    if asked.trigger.caller_waits && from_s3 && asked.trigger.kind == TriggerKind::ApiSync {
        let message = format!(
            "`{}` reads its items from S3, which takes a Distributed Map, which Express workflows do not have: and the caller waits",
            step.id
        );
        told.error(
            "distributed-in-express",
            &at,
            &["/trigger"],
            message,
            "let the caller ask for the result: `type: api`",
        );
    }
    if let (Some(batch), Some(items)) = (each.batch, each.items)
        && items > 0
        && batch > items
    {
        let message = format!("a batch of {batch} is more than the {items} items");
        told.warning(
            "batch-above-items",
            &format!("{at}/batch"),
            &[],
            message,
            "make it smaller",
        );
    }
}
