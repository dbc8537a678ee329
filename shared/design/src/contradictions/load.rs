//! The trigger, the load and what is guaranteed.

use rust_decimal::Decimal;

use super::Told;
use crate::requirements::{
    Consistency, Delivery, History, Requirements, TriggerKind, WorkflowType,
};

pub(super) fn check(asked: &Requirements, told: &mut Told<'_, '_>) {
    peak(asked, told);
    trigger(asked, told);
    schedule(asked, told);
    delivery(asked, told);
    all_or_nothing(asked, told);
}

fn peak(asked: &Requirements, told: &mut Told<'_, '_>) {
    let (average, peak) = (asked.load.average_per_second, asked.load.peak_per_second);
    if let Some(peak) = peak
        && peak < average
    {
        let message = format!(
            "the peak of {} a second is below the average of {} a second",
            peak.round_dp(4).normalize(),
            average.round_dp(4).normalize()
        );
        let help = "the peak is the busiest second: at least the average";
        told.error(
            "peak-below-average",
            "/load/peak_per_second",
            &["/load/average_per_second"],
            message,
            help,
        );
    }
}

fn trigger(asked: &Requirements, told: &mut Told<'_, '_>) {
    let kind = asked.trigger.kind;
    let can_wait = matches!(
        kind,
        TriggerKind::Api | TriggerKind::ApiSync | TriggerKind::ParentWorkflow | TriggerKind::Manual
    );
    if asked.trigger.caller_waits && !can_wait {
        let message =
            "nobody waits at this trigger: it hands its event over and goes on".to_owned();
        let help = "take `caller_waits` out, or let an API start it: `type: api-sync`";
        told.error(
            "trigger-without-caller",
            "/trigger/caller_waits",
            &["/trigger/type"],
            message,
            help,
        );
    }
    if asked.trigger.pattern.is_some()
        && kind != TriggerKind::EventBridge
        && kind != TriggerKind::Pipe
        && kind != TriggerKind::S3
    {
        let message = "a pattern chooses events of EventBridge; this trigger has none".to_owned();
        told.warning(
            "trigger-field-unused",
            "/trigger/pattern",
            &["/trigger/type"],
            message,
            "take it out, or write `type: eventbridge`",
        );
    }
    if asked.trigger.schedule.is_some() && kind != TriggerKind::Schedule {
        let message = "this trigger has no schedule: it is not used".to_owned();
        told.warning(
            "trigger-field-unused",
            "/trigger/schedule",
            &["/trigger/type"],
            message,
            "take it out, or write `type: schedule`",
        );
    }
    let from = matches!(
        kind,
        TriggerKind::Sqs
            | TriggerKind::Pipe
            | TriggerKind::S3
            | TriggerKind::Kinesis
            | TriggerKind::DynamoDbStream
    );
    if from && asked.trigger.source.is_none() {
        let message =
            "the trigger does not say where it comes from: the name becomes a variable".to_owned();
        told.warning(
            "trigger-without-source",
            "/trigger",
            &[],
            message,
            "write `source: name-of-it`",
        );
    }
}

/// Starts a month by `rate(…)`.
fn starts_a_month(schedule: &str) -> Option<Decimal> {
    let inner = schedule.strip_prefix("rate(")?.strip_suffix(')')?;
    let (number, unit) = inner.trim().split_once(' ')?;
    let number: Decimal = number.parse().ok()?;
    let minutes = match unit.trim() {
        "minute" | "minutes" => 1,
        "hour" | "hours" => 60,
        "day" | "days" => 1440,
        _ => return None,
    };
    Decimal::from(43_800).checked_div(number.checked_mul(Decimal::from(minutes))?)
}

fn schedule(asked: &Requirements, told: &mut Told<'_, '_>) {
    if asked.trigger.kind != TriggerKind::Schedule {
        return;
    }
    let Some(schedule) = &asked.trigger.schedule else {
        let message = "the schedule does not say when: it becomes a variable".to_owned();
        told.warning(
            "schedule-without-time",
            "/trigger",
            &[],
            message,
            "write `schedule: cron(0 1 * * ? *)`",
        );
        return;
    };
    let month = Decimal::from(2_628_000);
    let asked_for = asked.load.average_per_second.saturating_mul(month);
    if let Some(starts) = starts_a_month(schedule)
        && (asked_for > starts.saturating_mul(Decimal::TWO)
            || asked_for.saturating_mul(Decimal::TWO) < starts)
    {
        let message = format!(
            "`{schedule}` starts {} executions a month, the load says {}",
            starts.round_dp(1).normalize(),
            asked_for.round_dp(1).normalize()
        );
        told.warning(
            "schedule-against-load",
            "/load/average_per_second",
            &["/trigger"],
            message,
            "let them say the same: the costs follow the load",
        );
    }
}

/// What the trigger may do to one event by itself.
pub(crate) fn may_come_twice(kind: TriggerKind) -> bool {
    !matches!(kind, TriggerKind::Manual | TriggerKind::ApiSync)
}

fn delivery(asked: &Requirements, told: &mut Told<'_, '_>) {
    let guarantees = &asked.guarantees;
    let express = asked.workflow_type == WorkflowType::Express;
    let exactly = guarantees.delivery == Delivery::ExactlyOnce && guarantees.delivery_is_said;
    let at = "/guarantees/delivery";
    if express && exactly {
        let message =
            "Express workflows may run an event twice or lose it; they do not run it exactly once"
                .to_owned();
        let help = "write `delivery: at-least-once` with steps that are idempotent, or `workflow_type: STANDARD`";
        told.error(
            "exactly-once-express",
            at,
            &["/workflow_type"],
            message,
            help,
        );
    }
    if asked.trigger.caller_waits && asked.workflow_type != WorkflowType::Express {
        let standard = matches!(
            asked.workflow_type,
            WorkflowType::Standard | WorkflowType::Mixed
        );
        if standard
            && asked.trigger.kind != TriggerKind::ParentWorkflow
            && asked.trigger.kind != TriggerKind::Manual
        {
            let message =
                "a caller waits, and a Standard workflow does not answer in the same request"
                    .to_owned();
            let help = "write `workflow_type: EXPRESS`, or `type: api` and let the caller ask for the result";
            told.error(
                "caller-waits-standard",
                "/workflow_type",
                &["/trigger"],
                message,
                help,
            );
        }
        if exactly
            && guarantees.idempotency_key.is_none()
            && asked.trigger.kind == TriggerKind::ApiSync
        {
            let message = "a caller waits, so that the workflow is Express, which runs at most once and is called again when \
                           the answer is lost: not exactly once"
                .to_owned();
            let help = "name the `idempotency_key`, by which a second call is known and does nothing again";
            told.error(
                "exactly-once-caller-waits",
                at,
                &["/trigger", "/guarantees"],
                message,
                help,
            );
        }
    }
    if exactly
        && guarantees.idempotency_key.is_none()
        && may_come_twice(asked.trigger.kind)
        && !matches!(
            asked.trigger.kind,
            TriggerKind::Schedule | TriggerKind::ParentWorkflow
        )
    {
        let message =
            "events may come twice, and nothing says by what to know them: a second one runs again"
                .to_owned();
        told.warning(
            "exactly-once-without-key",
            at,
            &["/guarantees"],
            message,
            "name the `idempotency_key`: `$.order.id`",
        );
    }
    if express && guarantees.history == History::NinetyDays {
        let message =
            "Express workflows keep no history: everything is logged and kept for 90 days instead"
                .to_owned();
        told.warning(
            "history-of-express",
            "/guarantees/audit_history",
            &["/workflow_type"],
            message,
            "write `workflow_type: STANDARD` for the history of AWS",
        );
    }
}

fn all_or_nothing(asked: &Requirements, told: &mut Told<'_, '_>) {
    if asked.guarantees.consistency != Consistency::AllOrNothing {
        return;
    }
    let writing: Vec<String> = asked
        .all_steps()
        .iter()
        .filter(|step| super::steps::writes(step))
        .map(|step| format!("`{}`", step.id))
        .collect();
    if writing.len() > 1 {
        let message = format!(
            "no workflow makes {} all or nothing: what one has written is seen before the next one fails",
            writing.join(", ")
        );
        let help = "write `consistency: saga` and say how each is undone, or write with one `dynamodb:transactWriteItems`";
        told.error(
            "all-or-nothing-across-steps",
            "/guarantees/consistency",
            &["/steps"],
            message,
            help,
        );
    }
}
