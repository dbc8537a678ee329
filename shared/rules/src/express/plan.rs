//! The way from Standard to Express. The type of a state machine cannot be changed: a second one is made beside it.

use findings::Fix;

use super::Case;
use super::account::seconds;
use super::words::{callers, list, of_states};

/// The steps, in order, with the way back.
pub(crate) fn fix(case: &Case<'_>) -> Fix {
    let old = case.subject.facts.name.as_str();
    let new = beside(old);
    let steps = [
        Some(log_group(case, &new)),
        make_idempotent(case),
        Some(create(old, &new)),
        Some(alarms(case, old, &new)),
        event_rules(case, &new),
        Some(move_starts()),
        starting_machines(case),
        waiting_machines(case),
        Some(watch(case, &new)),
        Some(format!(
            "to roll back, point the callers at `{old}` again; nothing else has changed"
        )),
        Some(format!(
            "delete `{old}` when none of its executions is open and nobody needs their history (90 days): deleting it \
             ends what still runs"
        )),
    ];
    Fix::steps(
        format!("create `{new}` as Express beside this machine and move its callers"),
        steps.into_iter().flatten().collect(),
    )
}

/// The name of the new machine; AWS allows 80 characters.
fn beside(old: &str) -> String {
    const SUFFIX: &str = "-express";
    let kept: String = old.chars().take(80 - SUFFIX.len()).collect();
    kept + SUFFIX
}

fn log_group(case: &Case<'_>, new: &str) -> String {
    let role = match case.subject.facts.role.known() {
        Some(role) => format!("the role `{role}`"),
        None => "the machine's role".to_owned(),
    };
    format!(
        "create the log group `/aws/vendedlogs/states/{new}` with a retention, and allow {role} \
         logs:CreateLogDelivery, logs:GetLogDelivery, logs:UpdateLogDelivery, logs:DeleteLogDelivery, \
         logs:ListLogDeliveries, logs:PutResourcePolicy, logs:DescribeResourcePolicies and logs:DescribeLogGroups"
    )
}

fn make_idempotent(case: &Case<'_>) -> Option<String> {
    let hazards = &case.hazards;
    let make = (!hazards.harmful.is_empty()).then(|| {
        format!(
            "make {} safe to run twice (a deduplication id or client token from the input, a conditional write)",
            of_states(&hazards.harmful)
        )
    });
    let untold: Vec<_> = hazards
        .functions
        .iter()
        .chain(&hazards.untold)
        .copied()
        .collect();
    let check =
        (!untold.is_empty()).then(|| format!("see that {} can run twice", of_states(&untold)));
    let parts: Vec<String> = [make, check].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| {
        format!(
            "{}; or start the new machine by StartSyncExecution only",
            parts.join("; ")
        )
    })
}

fn create(old: &str, new: &str) -> String {
    format!(
        "create `{new}` with the same definition and role, type EXPRESS, logging level ERROR (ALL while it is new) \
         without execution data; leave `{old}` as it is: CloudFormation replaces a machine whose type is edited and \
         fails where its name is fixed, Terraform destroys it first"
    )
}

fn alarms(case: &Case<'_>, old: &str, new: &str) -> String {
    match case.subject.facts.alarms.known().map(Vec::len) {
        Some(count) if count > 0 => format!(
            "give `{new}` what watches `{old}` today ({count} {}): the same metrics under its own ARN",
            if count == 1 { "alarm" } else { "alarms" }
        ),
        _ => format!(
            "watch `{new}` with alarms on ExecutionsFailed, ExecutionsTimedOut and ExecutionThrottled"
        ),
    }
}

fn event_rules(case: &Case<'_>, new: &str) -> Option<String> {
    let rules = case
        .subject
        .facts
        .event_rules
        .known()
        .filter(|rules| !rules.is_empty())?;
    Some(format!(
        "do what {} did otherwise: an alarm on ExecutionsFailed of `{new}`, or a task `events:putEvents` at its end",
        list(rules.iter().map(|rule| rule.name.clone()))
    ))
}

fn move_starts() -> String {
    "move a part of the starts first, at the caller (an alias cannot lead to another machine): EventBridge and \
     Scheduler targets, API Gateway, functions and SDK calls get the new ARN and its permissions"
        .to_owned()
}

fn starting_machines(case: &Case<'_>) -> Option<String> {
    let starting = callers(case, false);
    (!starting.is_empty()).then(|| format!("in {} set the new ARN", list(starting.into_iter())))
}

fn waiting_machines(case: &Case<'_>) -> Option<String> {
    let waiting = callers(case, true);
    (!waiting.is_empty()).then(|| {
        format!(
            "in {} call `arn:aws:states:::aws-sdk:sfn:startSyncExecution`, allow states:StartSyncExecution, branch on \
             `Status` (a failed execution is no error there) and parse `Output`",
            list(waiting.into_iter())
        )
    })
}

fn watch(case: &Case<'_>, new: &str) -> String {
    let comparison = &case.comparison;
    format!(
        "compare both for some days: failures and time-outs, and ExpressExecutionBilledDuration and \
         ExpressExecutionBilledMemory of `{new}` with the {} s and {} MB estimated here; then move the rest",
        seconds(comparison.duration_ms.best),
        comparison.memory_mb.best.normalize(),
    )
}
