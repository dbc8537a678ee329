//! What the amounts stand on besides the requirements and the prices.

use pricing::num;
use rust_decimal::Decimal;

use super::{Case, Setting, short};
use crate::decide::{Workflow, estimate};
use crate::requirements::Work;

/// What was assumed, and where measured values would come from.
pub(super) fn all(setting: &Setting<'_>, case: &Case, memory: Decimal) -> Vec<String> {
    let load = &setting.requirements.load;
    let mut said = vec![
        format!(
            "a month has {} hours; {} of the day are worked",
            pricing::HOURS_PER_MONTH,
            short(load.hours_per_day)
        ),
        "prices are list prices without discounts, taxes and free tier".to_owned(),
        "Express is priced in the tiers of this workflow alone; what other machines of the account use makes it cheaper".to_owned(),
        format!(
            "{} % of the executions fail; one that fails comes half way on average, and takes back half of what can be taken back: {} transitions instead of {}",
            short(num::mul(case.failure_rate, Decimal::ONE_HUNDRED)),
            short(setting.profile.failed_transitions),
            short(setting.profile.transitions)
        ),
        format!(
            "rows, messages and objects that are read and written are as large as the payload, {}",
            case.payload
        ),
    ];
    items(setting, &mut said);
    durations(setting, &mut said);
    if load.memory.is_none() {
        said.push(format!(
            "memory of an Express execution is estimated by AWS's formula: {} MB, billed as {}",
            short(memory),
            num::count(pricing::billed_memory_mb(memory))
        ));
    }
    if load.growth_per_year.is_zero() {
        said.push("the load does not grow".to_owned());
    } else {
        said.push("the load grows evenly over the year".to_owned());
    }
    if matches!(setting.decisions.workflow, Workflow::Nested { .. }) {
        said.push("the nested child is billed by its own duration".to_owned());
    }
    said.push(format!(
        "an event of a log has {} bytes without data, and a transition has {} events",
        ::cost::logging::EVENT_BYTES,
        ::cost::logging::EVENTS_PER_TRANSITION
    ));
    said.push(measured(setting));
    said
}

/// Items of Maps that say no number.
fn items(setting: &Setting<'_>, said: &mut Vec<String>) {
    for step in setting.requirements.all_steps() {
        if let Work::Each(each) = &step.work {
            let how = if each.items.is_some() {
                "as said"
            } else {
                "nothing is said (`items`)"
            };
            said.push(format!(
                "`{}` goes over {} items, {how}",
                step.id,
                estimate::items(each)
            ));
        }
    }
}

/// What steps take that say nothing; waiting counts in Express only.
fn durations(setting: &Setting<'_>, said: &mut Vec<String>) {
    let silent: Vec<String> = setting
        .requirements
        .all_steps()
        .into_iter()
        .filter(|step| {
            step.duration.is_none() && matches!(step.work, Work::Does(_) | Work::Approval(_))
        })
        .map(|step| format!("`{}` {}", step.id, estimate::duration_of(step)))
        .collect();
    if !silent.is_empty() {
        said.push(format!(
            "where no `duration` is said, a step takes: {}",
            silent.join(", ")
        ));
    }
}

/// Where values would come from that are not assumed.
fn measured(setting: &Setting<'_>) -> String {
    let mut from = vec![
        "transitions and how far failed executions come from their histories",
        "durations from the metric `ExecutionTime`",
    ];
    if setting.decisions.workflow != Workflow::Standard {
        from.push("memory and billed duration of Express from `ExpressExecutionMemory` and `ExpressExecutionBilledDuration`");
    }
    let calls = |service: &str| {
        let mut all = setting.profile.calls.iter();
        all.any(|call| call.action.starts_with(service))
    };
    if calls("lambda:") {
        from.push("those of functions from `Duration` and the `Max Memory Used` of their logs");
    }
    if calls("dynamodb:") {
        from.push("sizes of rows from `ConsumedWriteCapacityUnits`");
    }
    format!(
        "measured values take the place of these once it runs: {}",
        from.join("; ")
    )
}
