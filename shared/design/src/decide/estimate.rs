//! What a month comes to, before there is a machine to count in: enough to choose by.

use ::cost::logging::{EVENT_BYTES, EVENTS_PER_TRANSITION};
use pricing::{ExpressUsage, MemoryEstimate, RegionPrices, StandardUsage, Usd, num};
use rust_decimal::Decimal;

use crate::requirements::{Duration, Each, Requirements, Step, Wait, WaitFor, Work};

/// Bytes of a definition per step, about.
const STEP_KB: u32 = 1;
/// What a step takes that says nothing: a call, and one that waits for a job or somebody else.
const CALL: Duration = Duration(100);
const JOB: Duration = Duration(300_000);
const PERSON: Duration = Duration(3_600_000);

/// One execution, and how many there are in a month.
#[derive(Clone, Debug)]
pub(crate) struct Estimate {
    /// Executions of a month.
    pub(crate) executions: Decimal,
    /// States that one execution enters.
    pub(crate) transitions: Decimal,
    /// How long one takes.
    pub(crate) duration: Duration,
    /// MB of one as Express, before rounding.
    pub(crate) memory_mb: Decimal,
}

impl Estimate {
    pub(crate) fn new(asked: &Requirements) -> Self {
        let duration = asked
            .duration
            .typical
            .unwrap_or_else(|| duration(&asked.steps));
        Self {
            executions: executions_a_month(asked),
            transitions: transitions(&asked.steps),
            duration,
            memory_mb: memory_mb(asked, asked.all_steps().len()),
        }
    }

    /// A child that each execution starts once, with some of the steps.
    pub(crate) fn of_child(&self, asked: &Requirements, steps: &[Step]) -> Self {
        Self {
            executions: self.executions,
            transitions: transitions(steps),
            duration: duration(steps),
            memory_mb: memory_mb(asked, steps.len()),
        }
    }

    /// What Standard costs a month, without the free transitions.
    pub(crate) fn standard(&self, prices: &RegionPrices) -> Usd {
        let transitions = num::mul(self.executions, self.transitions);
        let usage = StandardUsage {
            executions: self.executions,
            transitions,
        };
        pricing::standard(prices, &usage, false).total
    }

    /// What Express costs a month, without logs.
    pub(crate) fn express(&self, prices: &RegionPrices) -> Usd {
        let usage = ExpressUsage {
            executions: self.executions,
            duration_ms: Decimal::from(self.duration.0),
            memory_mb: self.memory_mb,
            already_billed: false,
        };
        pricing::express(prices, &usage, Decimal::ZERO).total
    }

    /// What logs of everything cost a month; with payloads where `data` is their size in bytes.
    pub(crate) fn logs(&self, prices: &RegionPrices, data: Option<u64>) -> Usd {
        let events = num::mul(self.transitions, EVENTS_PER_TRANSITION.into());
        let plain = num::mul(events, EVENT_BYTES.into());
        // A payload stands in the entered and the exited event of each state.
        let payload = num::mul(
            num::mul(self.transitions, Decimal::TWO),
            data.unwrap_or(0).into(),
        );
        let bytes = num::mul(self.executions, num::add(plain, payload));
        let gb = num::div_or_max(bytes, pricing::BYTES_PER_GB.into());
        pricing::logs(prices, gb, false).total
    }
}

/// Seconds of a month that it works, times what comes in one.
pub(crate) fn executions_a_month(asked: &Requirements) -> Decimal {
    a_month(asked.load.average_per_second, asked.load.hours_per_day)
}

/// Executions in a month at so many a second, in the hours of the day that it works.
pub(crate) fn a_month(per_second: Decimal, hours_per_day: Decimal) -> Decimal {
    let hours = num::div_or_max(
        num::mul(hours_per_day, pricing::HOURS_PER_MONTH.into()),
        Decimal::from(24),
    );
    num::mul(num::mul(per_second, hours), Decimal::from(3600))
}

/// Traces of so many executions under X-Ray's default rule: the first of each second, and 5 % of the others.
pub(crate) fn traces(executions: Decimal) -> Decimal {
    let seconds = Decimal::from(pricing::HOURS_PER_MONTH * 3_600);
    let first = executions.min(seconds);
    num::add(
        first,
        num::mul(num::sub(executions, first), Decimal::new(5, 2)),
    )
}

pub(crate) fn memory_mb(asked: &Requirements, steps: usize) -> Decimal {
    if let Some(size) = asked.load.memory {
        return num::div_or_max(Decimal::from(size.0), Decimal::from(1_u64 << 20));
    }
    let copies: u64 = asked
        .all_steps()
        .iter()
        .map(|step| match &step.work {
            Work::Parallel(branches) => branches.len() as u64,
            Work::Each(each) => items(each).min(40),
            _ => 0,
        })
        .sum();
    let definition_kb = Decimal::from(STEP_KB).saturating_mul(Decimal::from(steps));
    MemoryEstimate {
        definition_kb,
        map_or_parallel_steps: copies,
        payload_kb: num::div_or_max(asked.load.payload.0.into(), Decimal::ONE_THOUSAND),
    }
    .memory_mb()
}

/// Items of a Map; ten where nothing is said.
pub(crate) fn items(each: &Each) -> u64 {
    each.items.unwrap_or(10)
}

/// States that an execution enters in a list of steps.
pub(crate) fn transitions(steps: &[Step]) -> Decimal {
    steps
        .iter()
        .map(|step| num::mul(transitions_of(step), step.probability))
        .fold(Decimal::ZERO, num::add)
}

fn transitions_of(step: &Step) -> Decimal {
    let inside = match &step.work {
        Work::Parallel(branches) => branches
            .iter()
            .map(|branch| transitions(branch))
            .fold(Decimal::ZERO, num::add),
        Work::Each(each) if !is_from_s3(each) && items(each) <= 10_000 => {
            num::mul(items(each).into(), transitions(&each.steps))
        }
        _ => Decimal::ZERO,
    };
    // Every poll waits, asks and chooses.
    let polls = num::mul(
        super::integration::expected_polls(step).into(),
        Decimal::from(3),
    );
    // A breaker asks for its state and chooses; a limit takes a place and gives it back.
    let around = 2 * (u32::from(step.breaker.is_some()) + u32::from(step.limit.is_some()));
    num::add(num::add(inside, polls), Decimal::from(1 + around))
}

pub(crate) fn is_from_s3(each: &Each) -> bool {
    each.of.as_deref().is_some_and(|of| of.starts_with("s3://"))
}

/// How long a list of steps takes as a rule.
pub(crate) fn duration(steps: &[Step]) -> Duration {
    let ms = steps
        .iter()
        .map(|step| num::mul(duration_of(step).0.into(), step.probability))
        .fold(Decimal::ZERO, num::add);
    Duration(u64::try_from(ms.ceil()).unwrap_or(u64::MAX))
}

pub(crate) fn duration_of(step: &Step) -> Duration {
    if let Some(said) = step.duration {
        return said;
    }
    match &step.work {
        Work::Does(call) => match call.wait {
            WaitFor::Response => CALL,
            WaitFor::Job => JOB,
            WaitFor::Callback => PERSON,
        },
        Work::Wait(Wait::For(time)) => *time,
        Work::Approval(_) | Work::Wait(Wait::Until(_)) => PERSON,
        Work::Choose(_) => Duration(0),
        Work::Parallel(branches) => branches
            .iter()
            .map(|branch| duration(branch))
            .max()
            .unwrap_or_default(),
        Work::Each(each) => {
            let at_a_time = u64::from(each.concurrency.unwrap_or(40)).max(1);
            let rounds = items(each)
                .div_ceil(each.batch.unwrap_or(1))
                .div_ceil(at_a_time);
            Duration(duration(&each.steps).0.saturating_mul(rounds))
        }
    }
}

/// What a function costs a month that is called so often, for so long, with so many MB.
pub(crate) fn function(prices: &RegionPrices, calls: Decimal, duration: Duration, mb: u32) -> Usd {
    let gb_seconds = num::mul(
        num::div_or_max(
            num::mul(Decimal::from(duration.0), mb.into()),
            Decimal::from(1_024_000),
        ),
        calls,
    );
    prices.lambda_request * calls + prices.lambda_gb_second_x86 * gb_seconds
}

/// A load for reading: `3.1 a second`, `12 a day`.
pub(crate) fn load(per_second: Decimal) -> String {
    for (unit, seconds) in [("a second", 1_u32), ("an hour", 3600), ("a day", 86_400)] {
        let many = num::mul(per_second, seconds.into());
        if many >= Decimal::ONE {
            return format!("{} {unit}", num::count(many));
        }
    }
    format!(
        "{} a month",
        num::count(num::mul(per_second, Decimal::from(2_628_000)))
    )
}
