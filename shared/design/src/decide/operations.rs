//! Logs, traces, timeouts, limits and large payloads.

use pricing::{RegionPrices, Usd, num};
use rust_decimal::Decimal;

use super::estimate::{self, Estimate};
use super::{Alternative, Decision, Limiter, LogLevel, Logging, Pattern, StepDecision, Workflow};
use crate::requirements::{
    Action, Duration, History, Requirements, Size, Step, TriggerKind, Wait, WaitFor, Work,
};
use crate::timing;

/// From here on a payload goes to S3: AWS ends at 256 KiB, and states add to it.
const CLAIM_CHECK: Size = Size(200 << 10);
/// Dollars a month that logs of everything may cost, whatever the workflow costs.
const LOGS_FREELY: u32 = 20;

/// Dollars a month that traces may cost, whatever the workflow costs; and the share of it that they may cost else, in percent.
const TRACES_FREELY: u32 = 20;
const TRACES_PERCENT: u32 = 10;

/// Whether X-Ray traces, and why.
pub(super) fn tracing(
    workflow: &Workflow,
    whole: &Estimate,
    prices: &RegionPrices,
) -> (bool, Decision) {
    let traces = estimate::traces(whole.executions);
    let price = pricing::Prices::embedded().other("xray_trace_recorded");
    let each = price.map_or(Usd::ZERO, |price| price.usd);
    let month = each * traces;
    let itself = if *workflow == Workflow::Express {
        whole.express(prices)
    } else {
        whole.standard(prices)
    };
    let share = num::div_or_max(
        num::mul(itself.0, TRACES_PERCENT.into()),
        Decimal::ONE_HUNDRED,
    );
    let most = share.max(TRACES_FREELY.into());
    let on = month.0 <= most;
    let sampled = format!(
        "X-Ray samples the first execution of each second and 5 % of the others: {} traces x {}, {} a month",
        num::count(traces),
        each.per_million(),
        month.rounded()
    );
    let kept = "the log and the metrics of the workflow say what fails and how long it takes; what is missing is the way through the services that it calls";
    let because = if on {
        vec![
            sampled,
            format!(
                "within ${TRACES_FREELY}, or {TRACES_PERCENT} % of the {} that the workflow costs",
                itself.rounded()
            ),
        ]
    } else {
        vec![
            sampled,
            format!(
                "that is more than ${TRACES_FREELY} and more than {TRACES_PERCENT} % of the {} that the workflow costs",
                itself.rounded()
            ),
            kept.to_owned(),
        ]
    };
    // One of a thousand, and nothing for each second.
    let few = each * num::mul(whole.executions, Decimal::new(1, 3));
    let decision = Decision {
        id: "tracing",
        about: "workflow".to_owned(),
        chosen: if on { "X-Ray on" } else { "X-Ray off" }.to_owned(),
        because,
        alternatives: vec![if on {
            Alternative {
                what: "X-Ray off".to_owned(),
                why_not: format!(
                    "saves {} a month, and hides which call is slow",
                    month.rounded()
                ),
            }
        } else {
            Alternative {
                what: "X-Ray on, with a sampling rule of the account".to_owned(),
                why_not: format!(
                    "a rule of 0.1 % without a reservoir would cost {} a month; it is the account's, counts for all that it matches, and has to be there first",
                    few.rounded()
                ),
            }
        }],
        flips: vec![if on {
            format!(
                "traces that cost more than ${} a month",
                num::count(most.round())
            )
        } else {
            format!(
                "a load at which traces cost less than ${} a month, or a sampling rule that brings them there",
                num::count(most.round())
            )
        }],
    };
    (on, decision)
}

/// What is logged, and why.
pub(super) fn logging(
    asked: &Requirements,
    workflow: &Workflow,
    whole: &Estimate,
    prices: &RegionPrices,
    tracing: bool,
) -> (Logging, Decision) {
    let data = !asked.guarantees.sensitive_data;
    let all = whole.logs(prices, data.then_some(asked.load.payload.0));
    let express = *workflow == Workflow::Express;
    let itself = if express {
        whole.express(prices)
    } else {
        whole.standard(prices)
    };
    let affordable = all.0 <= Decimal::from(LOGS_FREELY).max(itself.0);
    let (level, why) = match (express, asked.guarantees.history) {
        (false, _) => (
            LogLevel::Error,
            "Standard keeps the history of every execution for 90 days: the log is for alarms"
                .to_owned(),
        ),
        (true, History::NinetyDays) => (
            LogLevel::All,
            "Express keeps no history, and one of 90 days is asked for".to_owned(),
        ),
        (true, History::None) => (
            LogLevel::Error,
            "no history is asked for, and failures have to be seen".to_owned(),
        ),
        (true, History::Logs) if affordable => (
            LogLevel::All,
            "Express keeps no history; the log is all there is".to_owned(),
        ),
        (true, History::Logs) => (
            LogLevel::Error,
            format!(
                "logs of everything cost more than the workflow itself ({})",
                itself.rounded()
            ),
        ),
    };
    let mut because = vec![
        why,
        format!("logs of everything cost about {} a month", all.rounded()),
    ];
    because.push(if data {
        "inputs and outputs are logged: nothing says that they are sensitive".to_owned()
    } else {
        "`sensitive_data`: inputs and outputs are never logged".to_owned()
    });
    let (name, other) = match level {
        LogLevel::All => ("ALL", "ERROR"),
        _ => ("ERROR", "ALL"),
    };
    let decision = Decision {
        id: "logging",
        about: "workflow".to_owned(),
        chosen: format!(
            "level {name}, data {}",
            if data { "included" } else { "not included" }
        ),
        because,
        alternatives: vec![Alternative {
            what: format!("level {other}"),
            why_not: if level == LogLevel::All {
                "an execution that succeeded would leave no trace".to_owned()
            } else {
                format!("about {} a month", all.rounded())
            },
        }],
        flips: if express && asked.guarantees.history == History::Logs {
            vec![format!(
                "logs of everything are taken up to ${LOGS_FREELY} or what the workflow costs; `audit_history: 90-days` takes them always"
            )]
        } else {
            vec!["`audit_history` decides it".to_owned()]
        },
    };
    (
        Logging {
            level,
            data,
            tracing,
        },
        decision,
    )
}

/// `TimeoutSeconds` of a step: as said, or long enough for what it does.
pub(super) fn step_timeout(step: &Step, express: bool) -> Option<Duration> {
    if let Some(said) = timing::timeout(step) {
        return Some(said);
    }
    let (least, times) = match &step.work {
        Work::Does(call) => match (call.wait, &call.action) {
            (WaitFor::Job, _) => (3_600_000, 4),
            (WaitFor::Callback, _) | (_, Action::Activity) => (86_400_000, 4),
            (_, Action::Api { service, .. }) if service == "lambda" => (60_000, 3),
            (_, Action::Http { .. }) => (30_000, 3),
            _ => (10_000, 3),
        },
        Work::Approval(_) => (3 * 86_400_000, 1),
        _ => return None,
    };
    let wanted = step.duration.map_or(least, |duration| {
        duration.0.saturating_mul(times).max(least.min(10_000))
    });
    let most = if express { 240_000 } else { u64::MAX };
    // Whole seconds: that is what the language counts in.
    Some(Duration::from_seconds(Duration(wanted.min(most)).seconds()))
}

/// `TimeoutSeconds` of the whole: as said, or what all steps may take one after the other, and half as much again for retries.
pub(super) fn timeout(
    asked: &Requirements,
    express: bool,
    steps: &std::collections::BTreeMap<String, StepDecision>,
) -> Duration {
    let most = if express {
        super::workflow::EXPRESS_ENDS.0
    } else {
        crate::contradictions::YEAR.0
    };
    if let Some(max) = asked.duration.max {
        return Duration(max.0.min(most));
    }
    let sum = longest(&asked.steps, steps);
    Duration::from_seconds(Duration(sum.saturating_add(sum / 2).clamp(60_000, most)).seconds())
}

fn longest(list: &[Step], decided: &std::collections::BTreeMap<String, StepDecision>) -> u64 {
    list.iter()
        .map(|step| longest_of(step, decided))
        .fold(0, u64::saturating_add)
}

fn longest_of(step: &Step, decided: &std::collections::BTreeMap<String, StepDecision>) -> u64 {
    match &step.work {
        Work::Parallel(branches) => branches
            .iter()
            .map(|branch| longest(branch, decided))
            .max()
            .unwrap_or(0),
        Work::Each(each) => {
            let at_a_time = u64::from(each.concurrency.unwrap_or(40)).max(1);
            let rounds = estimate::items(each)
                .div_ceil(each.batch.unwrap_or(1))
                .div_ceil(at_a_time)
                .max(1);
            longest(&each.steps, decided).saturating_mul(rounds)
        }
        Work::Wait(Wait::For(time)) => time.0,
        Work::Wait(Wait::Until(_)) => crate::contradictions::YEAR.0,
        Work::Choose(_) => 0,
        Work::Does(_) | Work::Approval(_) => {
            let own = decided.get(&step.id);
            let polled =
                own.and_then(|own| own.call.as_ref())
                    .and_then(|call| match &call.pattern {
                        Pattern::Poll(polling) => Some(polling.at_most.0),
                        _ => None,
                    });
            let said = timing::longest_said(step).map(|time| time.0);
            let once = own.and_then(|own| own.timeout).map_or(0, |time| time.0);
            said.or(polled).unwrap_or(once).max(polled.unwrap_or(0))
        }
    }
}

/// What keeps too many from doing a step at a time.
pub(super) fn limiter(
    asked: &Requirements,
    step: &Step,
    inside_map: bool,
) -> Option<(Limiter, Decision)> {
    let limit = step.limit.as_ref()?;
    let typical = asked
        .duration
        .typical
        .unwrap_or_else(|| estimate::duration(&asked.steps));
    let at_once = |lasts: Duration| {
        let seconds = num::div_or_max(lasts.0.into(), Decimal::ONE_THOUSAND);
        num::mul(asked.load.average_per_second, seconds)
    };
    let at_work = at_once(typical);
    let alone = at_once(asked.duration.max.unwrap_or(typical)) <= Decimal::ONE
        && matches!(
            asked.trigger.kind,
            TriggerKind::Schedule | TriggerKind::Manual
        );
    let most = limit.concurrent;
    let (limiter, chosen, why) = if inside_map && alone && limit.key.is_none() {
        let why = format!(
            "{} executions are at work at a time: the Map around the step is all there is to bound",
            num::count(at_work)
        );
        (
            Limiter::Map,
            format!("`MaxConcurrency` {most} of the Map"),
            vec![why],
        )
    } else {
        let why = format!(
            "about {} executions are at work at a time, and each sees only itself",
            num::count(at_work)
        );
        let lease = "an execution that is aborted or ends in a time-out gives nothing back: each place has a lease as long as the step may take at the worst, and who finds no place frees those that have expired";
        (
            Limiter::Table,
            format!("a table with {most} places, each with a lease"),
            vec![why, lease.to_owned()],
        )
    };
    let mut alternatives = vec![Alternative {
        what: "a reserved concurrency".to_owned(),
        why_not: "refuses instead of waiting, and only functions have one".to_owned(),
    }];
    let mut flips = vec![
        "a service that limits itself, and retries of its throttling, need no places".to_owned(),
    ];
    if limiter == Limiter::Table {
        alternatives.push(Alternative {
            what: "an EventBridge rule on executions that are aborted, failed or timed out, with a second state machine that frees their places".to_owned(),
            why_not: "a rule, a machine, a role and a queue more, events that may come late, and none at all from Express".to_owned(),
        });
        flips.push(
            "where a lease is longer than others can wait for the place of a stopped execution, the rule frees it within seconds; a shorter `timeout` of the step does, too".to_owned(),
        );
    }
    let decision = Decision {
        id: "limit",
        about: step.id.clone(),
        chosen,
        because: why,
        alternatives,
        flips,
    };
    Some((limiter, decision))
}

/// The size of an input or a result that goes to S3.
pub(super) fn claim_check(size: Option<Size>) -> Option<Size> {
    size.filter(|size| *size > CLAIM_CHECK)
}

pub(super) fn claim_check_decision(about: &str, size: Size) -> Decision {
    Decision {
        id: "claim-check",
        about: about.to_owned(),
        chosen: "into S3, and only where it is goes through the workflow".to_owned(),
        because: vec![format!(
            "{size} are more than the 200 KiB that leave room below the 256 KiB of a state"
        )],
        alternatives: vec![Alternative {
            what: "in the state".to_owned(),
            why_not: "AWS ends the execution with `States.DataLimitExceeded`".to_owned(),
        }],
        flips: vec![format!("below {CLAIM_CHECK} it fits")],
    }
}

/// What the workflow costs a month by its type, with its logs.
pub(crate) fn monthly(
    workflow: &Workflow,
    logging: Logging,
    asked: &Requirements,
    whole: &Estimate,
    prices: &RegionPrices,
) -> Usd {
    let itself = match workflow {
        Workflow::Express => whole.express(prices),
        Workflow::Standard => whole.standard(prices),
        Workflow::Nested { steps } => {
            let inside: Vec<Step> = asked
                .steps
                .iter()
                .filter(|step| steps.contains(&step.id))
                .cloned()
                .collect();
            let child = whole.of_child(asked, &inside);
            let call = prices.transition * whole.executions;
            whole.standard(prices) - child.standard(prices) + call + child.express(prices)
        }
    };
    let children: Usd = asked
        .all_steps()
        .iter()
        .map(|step| children(asked, step, whole, prices))
        .sum();
    let logs = match logging.level {
        LogLevel::All => whole.logs(prices, logging.data.then_some(asked.load.payload.0)),
        _ => Usd::ZERO,
    };
    itself + children + logs
}

/// What the children of a Distributed Map cost a month, as Standard: the most.
fn children(asked: &Requirements, step: &Step, whole: &Estimate, prices: &RegionPrices) -> Usd {
    let Work::Each(each) = &step.work else {
        return Usd::ZERO;
    };
    if super::map::needs_distributed(asked, each).is_none() {
        return Usd::ZERO;
    }
    let children = Decimal::from(estimate::items(each).div_ceil(each.batch.unwrap_or(1).max(1)));
    let transitions = num::mul(children, estimate::transitions(&each.steps));
    prices.transition * num::mul(num::mul(transitions, whole.executions), step.probability)
}
