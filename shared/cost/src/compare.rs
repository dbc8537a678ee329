//! What a month costs as Standard, and what it would cost as Express with its logs.

use asl::Definition;
use facts::{DurationStats, LogLevel, MachineFacts, Metrics};
use pricing::{BYTES_PER_GB, ExpressUsage, MemoryEstimate, RegionPrices, StandardUsage, Usd, num};
use rust_decimal::Decimal;

use crate::usage::{self, Observed, PayloadSteps, Range, Transitions};
use crate::{logging, numbers};

/// Payload of one step in KB: the least, the best guess, the most (AWS allows 256 KiB).
pub const PAYLOAD_KB: [u32; 3] = [1, 10, 256];

/// Each execution is rounded up to 100 ms by itself: by nothing at least, by 50 ms on average, by 100 ms at most.
const ROUNDING_MS: [u32; 3] = [0, 50, 100];
/// No execution is billed for less.
const LEAST_MS: u32 = 100;

/// A month of the same executions, as Standard and as Express.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// Executions a month.
    pub executions: Decimal,
    /// Billed transitions of one execution.
    pub transitions: Transitions,
    /// Billed milliseconds of one execution.
    pub duration_ms: Range,
    /// Billed MB of one execution.
    pub memory_mb: Range,
    /// What the estimate of the memory counts.
    pub steps: PayloadSteps,
    /// A month as Standard.
    pub standard: Range,
    /// A month as Express, without logs.
    pub express: Range,
    /// The requests among [`Comparison::express`].
    pub requests: Usd,
    /// What it has to log more than today.
    pub logs: Logs,
    /// Standard less Express and its logs.
    pub saving: Range,
}

/// What Express has to log in addition to what is logged today.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Logs {
    /// The level today.
    pub today: LogLevel,
    /// GB a month.
    pub gb: Range,
    /// US dollars a month.
    pub usd: Range,
}

impl Comparison {
    /// What Express would cost, logs included.
    pub fn as_express(&self) -> Usd {
        Usd(num::add(self.express.best, self.logs.usd.best))
    }
}

/// What the comparison is made of.
pub struct Inputs<'a> {
    /// The machine.
    pub facts: &'a MachineFacts,
    /// Its definition.
    pub definition: &'a Definition,
    /// Its metrics.
    pub metrics: &'a Metrics,
    /// How long its executions take.
    pub duration: &'a DurationStats,
    /// How long they were counted.
    pub observed: Observed,
    /// Prices of its Region.
    pub prices: &'a RegionPrices,
    /// Take off the account's free tier.
    pub free_tier: bool,
    /// GB-seconds a month that Express machines of the account use already: they fill the dearer price tiers.
    pub used_gb_seconds: Decimal,
}

/// Prices a month both ways.
pub fn compare(inputs: &Inputs<'_>) -> Comparison {
    let executions = usage::per_month(inputs.metrics.started.total, inputs.observed);
    let transitions = usage::transitions(inputs.facts, inputs.metrics, inputs.definition);
    let steps = usage::payload_steps(inputs.facts, inputs.definition);
    let duration_ms = billed_duration(inputs.duration);
    let memory_mb = billed_memory(inputs.definition, steps);
    let standard = transitions.per_execution.map(|each| {
        let usage = StandardUsage {
            executions,
            transitions: num::mul(executions, each),
        };
        pricing::standard(inputs.prices, &usage, inputs.free_tier)
            .total
            .0
    });
    let bill = |duration_ms, memory_mb| {
        let usage = ExpressUsage {
            executions,
            duration_ms,
            memory_mb,
            already_billed: true,
        };
        pricing::express(inputs.prices, &usage, inputs.used_gb_seconds)
    };
    let best = bill(duration_ms.best, memory_mb.best);
    let express = Range::around(
        best.total.0,
        bill(duration_ms.low, memory_mb.low).total.0,
        bill(duration_ms.high, memory_mb.high).total.0,
    );
    let logs = logs(inputs, executions, &transitions);
    let saving = saving(standard, express, logs.usd);
    Comparison {
        executions,
        transitions,
        duration_ms,
        memory_mb,
        steps,
        standard,
        express,
        requests: best.item("requests"),
        logs,
        saving,
    }
}

fn saving(standard: Range, express: Range, logs: Range) -> Range {
    let left = |standard, express, logs| num::sub(num::sub(standard, express), logs);
    Range::around(
        left(standard.best, express.best, logs.best),
        left(standard.low, express.high, logs.high),
        left(standard.high, express.low, logs.low),
    )
}

/// Billed milliseconds of one execution, rounded up as AWS does.
pub fn billed_duration(stats: &DurationStats) -> Range {
    let mean = numbers::decimal(stats.average);
    let [low, best, high] =
        ROUNDING_MS.map(|more| num::add(mean, more.into()).max(LEAST_MS.into()).round_dp(0));
    Range { best, low, high }
}

/// Billed MB of one execution, by AWS's estimate.
pub fn billed_memory(definition: &Definition, steps: PayloadSteps) -> Range {
    let definition_kb = Decimal::from(definition.own_text().len()) / Decimal::ONE_THOUSAND;
    let billed = |steps, payload: u32| {
        let estimate = MemoryEstimate {
            definition_kb,
            map_or_parallel_steps: steps,
            payload_kb: payload.into(),
        };
        pricing::billed_memory_mb(estimate.memory_mb()).normalize()
    };
    let [low, best, high] = PAYLOAD_KB;
    Range {
        best: billed(steps.best, best),
        low: billed(steps.low, low),
        high: billed(steps.high, high),
    }
}

fn logs(inputs: &Inputs<'_>, executions: Decimal, transitions: &Transitions) -> Logs {
    let today = inputs
        .facts
        .logging
        .known()
        .map(|logging| logging.level)
        .unwrap_or_default();
    let failed = logging::errors_per_execution(inputs.facts, inputs.metrics);
    let bytes = |level| logging::bytes(level, executions, transitions.per_execution.high, failed);
    let (errors, all) = (bytes(LogLevel::Error), bytes(LogLevel::All));
    // What is logged today costs the same with either type.
    let (best, most) = match today {
        LogLevel::Off | LogLevel::Fatal => (errors, all),
        LogLevel::Error => (Decimal::ZERO, num::sub(all, errors)),
        LogLevel::All => (Decimal::ZERO, Decimal::ZERO),
    };
    let gb = |bytes: Decimal| bytes / Decimal::from(BYTES_PER_GB);
    let gb = Range {
        best: gb(best),
        low: gb(best),
        high: gb(most),
    };
    let usd = gb.map(|gb| pricing::logs(inputs.prices, gb, inputs.free_tier).total.0);
    Logs { today, gb, usd }
}
