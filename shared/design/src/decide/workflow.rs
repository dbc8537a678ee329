//! Standard, Express, or Express nested in Standard.

use pricing::{RegionPrices, Usd, num};
use rust_decimal::Decimal;

use super::estimate::{self, Estimate};
use super::{Alternative, Decision, Duplicates, Workflow};
use crate::repeatable;
use crate::requirements::{
    Action, Delivery, Duration, History, OnError, Requirements, Step, TriggerKind, Wait, WaitFor,
    Work, WorkflowType,
};

/// Dollars a month from which on it is worth to give up the history of Standard, and to run a second machine.
const WORTH_EXPRESS: Decimal = Decimal::from_parts(5, 0, 0, false, 0);
const WORTH_NESTING: Decimal = Decimal::from_parts(50, 0, 0, false, 0);
/// An Express execution ends after five minutes; a child keeps far from that.
const EXPRESS_MS: u64 = 300_000;
const CHILD_MS: u64 = 60_000;
/// Executions that start a second (`StartExecution`, large Regions; service quotas, 2026-11-22).
const STANDARD_STARTS: u32 = 300;
const EXPRESS_STARTS: u32 = 6000;

/// What keeps the whole from being Express.
pub(crate) fn blockers(asked: &Requirements) -> Vec<String> {
    let mut found = waiting(asked);
    for step in asked.all_steps() {
        match &step.work {
            Work::Each(each) if super::map::needs_distributed(asked, each).is_some() => {
                found.push(format!(
                    "`{}` takes a Distributed Map, which Express does not have",
                    step.id
                ));
            }
            Work::Wait(Wait::For(time)) if time.0 > EXPRESS_MS => {
                found.push(format!(
                    "`{}` waits for {time}, and Express ends after 5 min",
                    step.id
                ));
            }
            Work::Wait(Wait::Until(_)) => {
                found.push(format!(
                    "`{}` waits for a time that may be more than 5 min away",
                    step.id
                ));
            }
            _ => {}
        }
    }
    let longest = asked
        .duration
        .max
        .or(asked.duration.typical)
        .unwrap_or_else(|| estimate::duration(&asked.steps));
    if longest.0 > EXPRESS_MS {
        found.push(format!(
            "executions take up to {longest}, and Express ends after 5 min"
        ));
    }
    if asked.trigger.caller_waits && asked.trigger.kind == TriggerKind::ApiSync {
        // A synchronous Express execution runs at most once; its caller comes again with the same key.
        return found;
    }
    let twice = not_twice(asked);
    match asked.guarantees.delivery {
        // Whoever says so takes it that an effect comes twice.
        Delivery::AtLeastOnce => {}
        Delivery::ExactlyOnce if asked.guarantees.delivery_is_said => {
            found.push(
                "every event has its effect exactly once, and Express may run one twice".to_owned(),
            );
        }
        Delivery::ExactlyOnce if twice.is_empty() => {}
        Delivery::ExactlyOnce => {
            let names = twice.join(", ");
            found.push(format!(
                "Express may run an event twice, and this is not safe to do twice: {names}"
            ));
        }
        Delivery::AtMostOnce => {
            found.push(
                "every event has its effect at most once, and Express may run one twice".to_owned(),
            );
        }
    }
    if asked.guarantees.history == History::NinetyDays {
        found.push(
            "the history of executions is to be kept for 90 days, which Standard does by itself"
                .to_owned(),
        );
    }
    found
}

/// Steps that are not safe to do twice.
fn not_twice(asked: &Requirements) -> Vec<String> {
    asked
        .all_steps()
        .iter()
        .filter(|step| matches!(step.work, Work::Does(_)) && !repeatable::of(step).is_so())
        .map(|step| format!("`{}`", step.id))
        .collect()
}

/// What waits, by what it waits for.
fn waiting(asked: &Requirements) -> Vec<String> {
    let all = asked.all_steps();
    let by = |wanted: fn(&Step) -> bool, what: &str| {
        let names: Vec<String> = all
            .iter()
            .filter(|step| wanted(step))
            .map(|step| format!("`{}`", step.id))
            .collect();
        let verb = if names.len() == 1 { "waits" } else { "wait" };
        (!names.is_empty()).then(|| {
            format!(
                "{} {verb} for {what}, which Express cannot",
                names.join(", ")
            )
        })
    };
    let job = |step: &Step| matches!(&step.work, Work::Does(call) if call.wait == WaitFor::Job);
    let answer = |step: &Step| matches!(&step.work, Work::Does(call) if call.wait == WaitFor::Callback || call.action == Action::Activity);
    let person = |step: &Step| matches!(step.work, Work::Approval(_));
    [
        by(job, "a job"),
        by(answer, "somebody to answer"),
        by(person, "a person"),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The longest run of outermost steps that can be an Express child, where it has two steps or more.
pub(crate) fn run(asked: &Requirements) -> Vec<&Step> {
    let targets: Vec<&str> = asked
        .steps
        .iter()
        .flat_map(|step| {
            let ways = match &step.work {
                Work::Choose(ways) => ways.iter().map(|way| way.go.as_str()).collect(),
                _ => Vec::new(),
            };
            let fallback = step
                .breaker
                .as_ref()
                .and_then(|breaker| breaker.fallback.as_deref());
            ways.into_iter()
                .chain(fallback)
                .chain(step.after.iter().map(String::as_str))
        })
        .collect();
    let mut best: Vec<&Step> = Vec::new();
    let mut here: Vec<&Step> = Vec::new();
    for step in &asked.steps {
        let fits = fits_child(step) && !targets.contains(&step.id.as_str());
        let ms: u64 = here
            .iter()
            .chain([&step])
            .map(|step| estimate::duration_of(step).0)
            .sum();
        if !fits || ms > CHILD_MS {
            here.clear();
        }
        if fits {
            here.push(step);
        }
        if here.len() > best.len() {
            best.clone_from(&here);
        }
    }
    if best.len() < 2 { Vec::new() } else { best }
}

fn fits_child(step: &Step) -> bool {
    let plain = step.after.is_empty()
        && step.undo.is_none()
        && !step.pivot
        && step.breaker.is_none()
        && step.limit.is_none()
        && step.poll.is_none()
        && step.reject_on.is_empty()
        && step.probability == Decimal::ONE
        && matches!(step.on_error, None | Some(OnError::Fail | OnError::Ignore));
    let work = match &step.work {
        Work::Does(call) => {
            call.wait == WaitFor::Response
                && !matches!(call.action, Action::Activity | Action::Workflow)
                && repeatable::of(step).is_so()
        }
        Work::Parallel(branches) => branches.iter().flatten().all(fits_child),
        _ => false,
    };
    plain && work
}

/// What a month saves with a run of steps in an Express child.
fn nesting_saves(
    asked: &Requirements,
    run: &[&Step],
    whole: &Estimate,
    prices: &RegionPrices,
) -> Usd {
    let steps: Vec<Step> = run.iter().map(|step| (*step).clone()).collect();
    let child = whole.of_child(asked, &steps);
    // The call of the child is one transition.
    let call = prices.transition * whole.executions;
    child.standard(prices) - call - child.express(prices)
}

pub(super) fn decide(
    asked: &Requirements,
    whole: &Estimate,
    prices: &RegionPrices,
) -> (Workflow, Decision) {
    let blockers = blockers(asked);
    let (standard, express) = (whole.standard(prices), whole.express(prices));
    let run = run(asked);
    let saves = if run.is_empty() {
        Usd::ZERO
    } else {
        nesting_saves(asked, &run, whole, prices)
    };
    let numbers = numbers(whole, standard, express);
    let nested = || Workflow::Nested {
        steps: run.iter().map(|step| step.id.clone()).collect(),
    };
    let forced = asked.trigger.caller_waits
        && matches!(asked.trigger.kind, TriggerKind::Api | TriggerKind::ApiSync);
    let express_worth = (standard - express).0 >= WORTH_EXPRESS;
    let history_said = asked.guarantees.history == History::NinetyDays;
    let (workflow, mut because) = match asked.workflow_type {
        WorkflowType::Standard => (
            Workflow::Standard,
            vec!["the requirements say so".to_owned()],
        ),
        WorkflowType::Express => (
            Workflow::Express,
            vec!["the requirements say so".to_owned()],
        ),
        WorkflowType::Mixed => (nested(), vec!["the requirements say so".to_owned()]),
        WorkflowType::Auto if forced => (
            Workflow::Express,
            vec![
                "a caller waits for the result, and only Express answers in the same request"
                    .to_owned(),
            ],
        ),
        WorkflowType::Auto if blockers.is_empty() && express_worth => {
            let why = format!(
                "nothing needs Standard, and Express saves {} a month",
                (standard - express).rounded()
            );
            (Workflow::Express, vec![why])
        }
        WorkflowType::Auto if blockers.is_empty() => {
            let saves = (standard - express).rounded();
            let why = format!(
                "Express would save {saves} a month, which is less than the $5 that the history and the redrive of Standard are worth"
            );
            (Workflow::Standard, vec![why])
        }
        WorkflowType::Auto if !run.is_empty() && !history_said && saves.0 >= WORTH_NESTING => {
            let names: Vec<String> = run.iter().map(|step| format!("`{}`", step.id)).collect();
            let mut why = vec![format!(
                "{} are short, may be done twice and wait for nobody: as an Express child they save {} a month",
                names.join(", "),
                saves.rounded()
            )];
            why.extend(blockers.iter().cloned());
            (nested(), why)
        }
        WorkflowType::Auto => (Workflow::Standard, blockers.clone()),
    };
    because.push(numbers);
    let chosen = name(&workflow);
    let decision = Decision {
        id: "workflow-type",
        about: "workflow".to_owned(),
        chosen: chosen.to_owned(),
        alternatives: alternatives(
            (&workflow, asked.trigger.caller_waits),
            &blockers,
            (standard, express, saves),
            &run,
        ),
        flips: flips(asked, &workflow, whole, prices, (&blockers, saves, &run)),
        because,
    };
    (workflow, decision)
}

pub(crate) fn name(workflow: &Workflow) -> &'static str {
    match workflow {
        Workflow::Standard => "Standard",
        Workflow::Express => "Express",
        Workflow::Nested { .. } => "Standard, with an Express child",
    }
}

fn numbers(whole: &Estimate, standard: Usd, express: Usd) -> String {
    format!(
        "at the average load {} executions a month of about {} transitions and {}: Standard {}, Express {} and logs",
        num::count(whole.executions),
        num::count(whole.transitions),
        whole.duration,
        standard.rounded(),
        express.rounded()
    )
}

fn alternatives(
    (workflow, waits): (&Workflow, bool),
    blockers: &[String],
    (standard, express, saves): (Usd, Usd, Usd),
    run: &[&Step],
) -> Vec<Alternative> {
    let mut found = Vec::new();
    if *workflow != Workflow::Standard {
        let answers = if waits {
            ", and no answer to the caller who waits"
        } else {
            ""
        };
        let why_not = format!("{} a month{answers}", standard.rounded());
        found.push(Alternative {
            what: "Standard".to_owned(),
            why_not,
        });
    }
    if *workflow != Workflow::Express {
        let why_not = match blockers.first() {
            Some(blocker) => blocker.clone(),
            None => format!(
                "{} a month and logs: too little is saved",
                express.rounded()
            ),
        };
        found.push(Alternative {
            what: "Express".to_owned(),
            why_not,
        });
    }
    if !matches!(workflow, Workflow::Nested { .. }) {
        let why_not = if run.is_empty() {
            "no two steps in a row are short, may be done twice and wait for nobody".to_owned()
        } else {
            format!(
                "saves {} a month, against a second machine to run",
                saves.rounded()
            )
        };
        found.push(Alternative {
            what: "Standard, with an Express child".to_owned(),
            why_not,
        });
    }
    found
}

/// The load from which on a saving that grows with it reaches an amount.
fn load_for(asked: &Requirements, saves: Usd, worth: Decimal) -> Option<Decimal> {
    if saves.0 <= Decimal::ZERO {
        return None;
    }
    num::div(num::mul(asked.load.average_per_second, worth), saves.0)
}

fn flips(
    asked: &Requirements,
    workflow: &Workflow,
    whole: &Estimate,
    prices: &RegionPrices,
    (blockers, saves, run): (&[String], Usd, &[&Step]),
) -> Vec<String> {
    let mut found = Vec::new();
    let gains = whole.standard(prices) - whole.express(prices);
    let peak = asked
        .load
        .peak_per_second
        .unwrap_or(asked.load.average_per_second);
    match workflow {
        Workflow::Express => {
            let even =
                pricing::break_even_transitions(prices, whole.duration.0.into(), whole.memory_mb);
            found.push(format!(
                "below {} transitions an execution Standard is cheaper",
                num::count(even)
            ));
            if let Some(load) = load_for(asked, gains, WORTH_EXPRESS) {
                found.push(format!(
                    "below {} Express saves less than $5 a month",
                    estimate::load(load)
                ));
            }
            found.push(
                "a step that waits for a person, a job or a callback takes Standard".to_owned(),
            );
            let twice = not_twice(asked);
            if !twice.is_empty() {
                found.push(format!("mind: an event that runs twice does this twice: {}; `delivery: exactly-once` takes Standard", twice.join(", ")));
            }
            if peak > Decimal::from(EXPRESS_STARTS) {
                found.push(format!("the peak is above the quota of {EXPRESS_STARTS} starts a second: have it raised"));
            }
        }
        Workflow::Standard if blockers.is_empty() => {
            if let Some(load) = load_for(asked, gains, WORTH_EXPRESS) {
                found.push(format!(
                    "above {} Express saves more than $5 a month",
                    estimate::load(load)
                ));
            }
        }
        Workflow::Standard => {
            if gains.0 > Decimal::ZERO {
                found.push(format!(
                    "without what keeps it from Express, Express would save {} a month",
                    gains.rounded()
                ));
            }
            if !run.is_empty()
                && let Some(load) = load_for(asked, saves, WORTH_NESTING)
            {
                found.push(format!(
                    "above {} an Express child for `{}` to `{}` saves more than $50 a month",
                    estimate::load(load),
                    run.first().map_or("", |step| &step.id),
                    run.last().map_or("", |step| &step.id)
                ));
            }
        }
        Workflow::Nested { .. } => {
            if let Some(load) = load_for(asked, saves, WORTH_NESTING) {
                found.push(format!(
                    "below {} the child saves less than $50 a month",
                    estimate::load(load)
                ));
            }
            found.push("a child of more than 5 min ends: its steps have to stay short".to_owned());
        }
    }
    if *workflow != Workflow::Express && peak > Decimal::from(STANDARD_STARTS) {
        found.push(format!("the peak of {} is above the quota of {STANDARD_STARTS} starts a second that Standard begins with: have it raised", estimate::load(peak)));
    }
    found
}

/// How long an execution as Express may take at most: for tests of what is decided.
pub(crate) const EXPRESS_ENDS: Duration = Duration(EXPRESS_MS);

/// How the same event is kept from having its effect twice.
pub(super) fn duplicates(
    asked: &Requirements,
    workflow: &Workflow,
    prices: &RegionPrices,
    whole: &Estimate,
) -> (Duplicates, Decision) {
    let kind = asked.trigger.kind;
    let named = matches!(
        kind,
        TriggerKind::Api | TriggerKind::Manual | TriggerKind::ParentWorkflow
    ) && *workflow != Workflow::Express;
    let table_cost = prices.transition * whole.executions;
    let (duplicates, chosen, why) = match &asked.guarantees.idempotency_key {
        None => {
            let why = if kind == TriggerKind::Schedule {
                "a schedule starts one execution at a time, and no key is said"
            } else {
                "no key is said by which a second event is known"
            };
            (Duplicates::Allowed, "nothing", why.to_owned())
        }
        Some(key) if asked.guarantees.delivery != Delivery::AtLeastOnce && named => (
            Duplicates::ExecutionName { key: key.clone() },
            "the key is the name of the execution",
            "whoever starts it can name it, and AWS refuses a second execution of that name for 90 days".to_owned(),
        ),
        Some(key) if asked.guarantees.delivery != Delivery::AtLeastOnce => (
            Duplicates::Table { key: key.clone() },
            "a table of keys",
            format!("`{}` may hand over an event twice and cannot name executions", kind_name(kind)),
        ),
        Some(_) => (
            Duplicates::Allowed,
            "nothing",
            match not_twice(asked).as_slice() {
                [] => "every step may be done twice, and nothing more is asked for than at least once".to_owned(),
                steps => format!("nothing more is asked for than at least once; it may happen twice: {}", steps.join(", ")),
            },
        ),
    };
    let mut alternatives = Vec::new();
    if !matches!(duplicates, Duplicates::Table { .. }) {
        alternatives.push(Alternative {
            what: "a table of keys".to_owned(),
            why_not: format!(
                "a transition and a conditional write each: {} a month and the writes",
                table_cost.rounded()
            ),
        });
    }
    if !matches!(duplicates, Duplicates::ExecutionName { .. }) {
        alternatives.push(Alternative {
            what: "the key as the name of the execution".to_owned(),
            why_not: if named {
                "nothing asks for it".to_owned()
            } else {
                "the trigger does not name executions, or the workflow is Express".to_owned()
            },
        });
    }
    let decision = Decision {
        id: "duplicates",
        about: "workflow".to_owned(),
        chosen: chosen.to_owned(),
        because: vec![why],
        alternatives,
        flips: vec!["`delivery` and `idempotency_key` decide it".to_owned()],
    };
    (duplicates, decision)
}

pub(crate) fn kind_name(kind: TriggerKind) -> &'static str {
    match kind {
        TriggerKind::EventBridge => "eventbridge",
        TriggerKind::Schedule => "schedule",
        TriggerKind::Api => "api",
        TriggerKind::ApiSync => "api-sync",
        TriggerKind::Sqs => "sqs",
        TriggerKind::Pipe => "pipe",
        TriggerKind::Iot => "iot",
        TriggerKind::S3 => "s3",
        TriggerKind::Kinesis => "kinesis",
        TriggerKind::DynamoDbStream => "dynamodb-stream",
        TriggerKind::ParentWorkflow => "parent-workflow",
        TriggerKind::Manual => "manual",
    }
}
