//! Durations that do not fit together.

use super::Told;
use crate::requirements::{Duration, Requirements, Step, TriggerKind, Wait, Work, WorkflowType};
use crate::{refuse, timing};

/// Standard executions end after a year, Express ones after five minutes; API Gateway waits for 29 seconds unless its quota is
/// raised. (Service quotas of Step Functions and of API Gateway, 2026-11-22.)
pub(crate) const YEAR: Duration = Duration(365 * 86_400_000);
pub(super) const EXPRESS: Duration = Duration(300_000);
pub(super) const GATEWAY: Duration = Duration(29_000);

pub(super) fn check(asked: &Requirements, told: &mut Told<'_, '_>) {
    whole(asked, told);
    latency(asked, told);
    for step in asked.all_steps() {
        of_step(asked, step, told);
    }
    sums(asked, told);
}

/// Whether the workflow has to be Express by what is said.
fn has_to_be_express(asked: &Requirements) -> Option<(&'static str, &'static str)> {
    if asked.workflow_type == WorkflowType::Express {
        return Some(("an Express workflow", "/workflow_type"));
    }
    let waits = asked.trigger.caller_waits
        && matches!(asked.trigger.kind, TriggerKind::ApiSync | TriggerKind::Api);
    waits.then_some(("a workflow whose caller waits", "/trigger"))
}

fn whole(asked: &Requirements, told: &mut Told<'_, '_>) {
    let (typical, max) = (asked.duration.typical, asked.duration.max);
    if let (Some(typical), Some(max)) = (typical, max)
        && typical > max
    {
        let message = format!("executions take {typical} as a rule and {max} at most");
        told.error(
            "typical-above-max",
            "/duration/typical",
            &["/duration/max"],
            message,
            "the longest is at least what is usual",
        );
    }
    let Some((which, pointer, longest)) = max
        .map(|max| ("/duration/max", max))
        .or(typical.map(|typical| ("/duration/typical", typical)))
        .map(|(at, longest)| ("executions", at, longest))
    else {
        return;
    };
    if longest > YEAR {
        let message =
            format!("{which} of {longest} are longer than the year after which AWS ends them");
        told.error(
            "longer-than-a-year",
            pointer,
            &[],
            message,
            "let the workflow start its successor, or say at most `365d`",
        );
    } else if let Some((what, about)) = has_to_be_express(asked)
        && longest > EXPRESS
    {
        let message = format!("{what} ends after {EXPRESS}; {which} take up to {longest}");
        let help = "write `workflow_type: STANDARD` and a trigger that does not wait, or bound the duration to `5min`";
        told.error("longer-than-express", pointer, &[about], message, help);
    } else if asked.trigger.kind == TriggerKind::ApiSync && longest > GATEWAY {
        let message = format!(
            "API Gateway answers its caller after {GATEWAY} at the latest; {which} take up to {longest}"
        );
        told.warning(
            "longer-than-api-gateway",
            pointer,
            &["/trigger"],
            message,
            "bound them to `29s`, or let the caller ask for the result: `type: api`",
        );
    }
}

fn latency(asked: &Requirements, told: &mut Told<'_, '_>) {
    let (p50, p99) = (asked.latency.p50, asked.latency.p99);
    if let (Some(p50), Some(p99)) = (p50, p99)
        && p50 > p99
    {
        let message =
            format!("half of the executions end within {p50}, and 99 of 100 within {p99}");
        told.error(
            "p50-above-p99",
            "/latency/p50",
            &["/latency/p99"],
            message,
            "the p99 is at least the p50",
        );
    }
    // Below that a workflow is refused, whatever the steps take.
    let Some(p99) = p99.filter(|p99| *p99 >= refuse::LEAST_P99) else {
        return;
    };
    if let Some(typical) = asked.duration.typical
        && p99 < typical
    {
        let message =
            format!("99 of 100 executions end within {p99}, and they take {typical} as a rule");
        told.error(
            "p99-below-typical",
            "/latency/p99",
            &["/duration/typical"],
            message,
            "the p99 is at least the typical duration",
        );
        return;
    }
    let least = timing::least(&asked.steps);
    if least > p99 {
        let message =
            format!("99 of 100 executions end within {p99}, and the steps alone take {least}");
        told.error(
            "p99-below-steps",
            "/latency/p99",
            &["/steps"],
            message,
            "let steps run in `parallel`, or answer before the slow ones are done",
        );
    }
}

fn of_step(asked: &Requirements, step: &Step, told: &mut Told<'_, '_>) {
    let at = |field: &str| format!("{}/{field}", step.pointer);
    let (timeout_at, timeout) = match &step.work {
        Work::Approval(approval) if approval.timeout.is_some() => {
            (at("approval/timeout"), approval.timeout)
        }
        _ => (at("timeout"), step.timeout),
    };
    if let (Some(duration), Some(timeout)) = (step.duration, timeout)
        && duration > timeout
        && !refuse::is_heavy(step)
    {
        let message = format!(
            "`{}` takes {duration} as a rule and is given up after {timeout}",
            step.id
        );
        told.error(
            "timeout-below-duration",
            &timeout_at,
            &[&at("duration")],
            message,
            "say at least twice what it takes",
        );
    }
    if let (Some(max), Some(timeout)) = (asked.duration.max, timeout)
        && timeout > max
    {
        let message = format!(
            "`{}` may take {timeout}, and the whole execution {max}",
            step.id
        );
        told.error(
            "timeout-above-max",
            &timeout_at,
            &["/duration/max"],
            message,
            "raise `max`, or lower the timeout",
        );
    }
    if timeout.is_some_and(|timeout| timeout > YEAR) {
        let message = format!(
            "`{}` may take longer than the year after which AWS ends an execution",
            step.id
        );
        told.error(
            "longer-than-a-year",
            &timeout_at,
            &[],
            message,
            "say at most `365d`",
        );
    }
    heartbeat(step, (&timeout_at, timeout), told);
    waiting(asked, step, told);
}

fn heartbeat(
    step: &Step,
    (timeout_at, timeout): (&str, Option<Duration>),
    told: &mut Told<'_, '_>,
) {
    let at = |field: &str| format!("{}/{field}", step.pointer);
    if let Some(heartbeat) = step.heartbeat {
        let most = timeout.or(step.timeout);
        if let Some(timeout) = most
            && heartbeat >= timeout
        {
            let message = format!(
                "a sign of life every {heartbeat} is not sooner than the timeout of {timeout}"
            );
            told.error(
                "heartbeat-not-below-timeout",
                &at("heartbeat"),
                &[timeout_at],
                message,
                "say a shorter heartbeat or a longer timeout",
            );
        }
        if !timing::waits_outside(step) {
            let message = format!(
                "nobody gives signs of life for `{}`: the heartbeat is not used",
                step.id
            );
            told.warning(
                "heartbeat-unused",
                &at("heartbeat"),
                &[&step.pointer],
                message,
                "it serves callbacks, approvals and activities",
            );
        }
    }
}

fn waiting(asked: &Requirements, step: &Step, told: &mut Told<'_, '_>) {
    let at = |field: &str| format!("{}/{field}", step.pointer);
    if let Work::Wait(Wait::For(time)) = &step.work {
        let longest = asked.duration.max.unwrap_or(YEAR);
        if *time > longest {
            let message = format!(
                "`{}` waits for {time}, and the whole execution takes {longest} at most",
                step.id
            );
            told.error(
                "wait-above-max",
                &at("wait"),
                &["/duration/max"],
                message,
                "wait for less, or raise `max`",
            );
        } else if let Some((what, about)) = has_to_be_express(asked)
            && *time > EXPRESS
        {
            let message = format!(
                "`{}` waits for {time}, and {what} ends after {EXPRESS}",
                step.id
            );
            told.error(
                "longer-than-express",
                &at("wait"),
                &[about],
                message,
                "write `workflow_type: STANDARD`",
            );
        }
    }
    if let Some(poll) = &step.poll
        && let (Some(every), Some(at_most)) = (poll.every, poll.at_most)
        && every > at_most
    {
        let message = format!("polling every {every} for at most {at_most} never polls twice");
        told.error(
            "poll-never",
            &at("poll/every"),
            &[&at("poll/at_most")],
            message,
            "poll more often or for longer",
        );
    }
}

fn sums(asked: &Requirements, told: &mut Told<'_, '_>) {
    let least = timing::least(&asked.steps);
    if let Some(max) = asked.duration.max
        && least > max
    {
        let message = format!("executions take {max} at most, and the steps alone take {least}");
        told.error(
            "max-below-steps",
            "/duration/max",
            &["/steps"],
            message,
            "raise `max`, or let steps run in `parallel`",
        );
        return;
    }
    if let Some((what, about)) = has_to_be_express(asked)
        && least > EXPRESS
        && !asked.all_steps().into_iter().any(refuse::is_heavy)
    {
        let message = format!("{what} ends after {EXPRESS}, and the steps alone take {least}");
        told.error(
            "longer-than-express",
            "/steps",
            &[about],
            message,
            "write `workflow_type: STANDARD` and a trigger that does not wait",
        );
        return;
    }
    let sum = asked
        .steps
        .iter()
        .filter_map(timing::longest_said)
        .fold(0_u64, |sum, one| sum.saturating_add(one.0));
    if let Some(max) = asked.duration.max
        && sum > max.0
        && told.errors() == 0
    {
        let message = format!(
            "the timeouts of the steps come to {}, which is above the {max} of an execution",
            Duration(sum)
        );
        told.warning(
            "timeouts-above-max",
            "/duration/max",
            &["/steps"],
            message,
            "an execution that uses them all is ended by the whole timeout: lower some",
        );
    }
}
