//! Express workflows: a price for each request, and for memory times duration in volume tiers.

use crate::bill::{Bill, BillLine, TierUse, split};
use crate::{RegionPrices, Usd, num};
use rust_decimal::Decimal;

// The steps and units of the pricing page; real billing details of a one-state machine (100 ms,
// 64 MB) agree.
const DURATION_STEP_MS: u32 = 100;
const MEMORY_STEP_MB: u32 = 64;
const MB_PER_GB: u32 = 1024;
const MS_PER_SECOND: u32 = 1000;
const SECONDS_PER_HOUR: u32 = 3600;

/// A month of an Express machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ExpressUsage {
    /// Executions started.
    pub executions: Decimal,
    /// Mean duration of an execution in milliseconds, before rounding.
    ///
    /// Each execution is rounded up by itself; rounding up their mean is at most 100 ms an
    /// execution away from that.
    pub duration_ms: Decimal,
    /// Mean memory of an execution in MB, before rounding.
    pub memory_mb: Decimal,
    /// The values are those of the metrics `ExpressExecutionBilledDuration` and
    /// `ExpressExecutionBilledMemory`, which are rounded already.
    pub already_billed: bool,
}

/// Which of the two published price lists of Express duration is used; they differ by 0.02 %.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TierBasis {
    /// The Price List, in GB-seconds: what is billed.
    #[default]
    GbSecond,
    /// The examples of the pricing page, in GB-hours: to follow a calculation made with them.
    GbHour,
}

/// What is known of a machine's memory before it runs.
///
/// The pricing page's formula: 50 MB, and the definition, and the payload for each Map or Parallel
/// step. Its example (50 KB, 400 steps of 32 KB: 62.85 MB) takes 1 MB as 1,000 KB.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MemoryEstimate {
    /// Size of the definition in KB.
    pub definition_kb: Decimal,
    /// Iterations of Map states and branches of Parallel states that hold a payload at once.
    pub map_or_parallel_steps: u64,
    /// Size of the payload of one such step in KB.
    pub payload_kb: Decimal,
}

impl MemoryEstimate {
    /// The estimate in MB, before rounding to 64.
    pub fn memory_mb(&self) -> Decimal {
        let payloads = num::mul(
            num::not_negative(self.payload_kb),
            self.map_or_parallel_steps.into(),
        );
        let kb = num::add(num::not_negative(self.definition_kb), payloads);
        num::add(
            Decimal::from(50),
            num::div_or_max(kb, Decimal::ONE_THOUSAND),
        )
    }
}

/// A duration as it is billed: rounded up to 100 ms, which is also the least.
pub fn billed_duration_ms(duration_ms: Decimal) -> Decimal {
    let step = Decimal::from(DURATION_STEP_MS);
    num::ceil_to(duration_ms, step).max(step)
}

/// A memory size as it is billed: rounded up to 64 MB, which is also the least.
pub fn billed_memory_mb(memory_mb: Decimal) -> Decimal {
    let step = Decimal::from(MEMORY_STEP_MB);
    num::ceil_to(memory_mb, step).max(step)
}

/// What a month of Express executions costs, by the GB-second prices that are billed.
///
/// The tiers are those of the account's whole month: `already_used_gb_seconds` is what other
/// machines have used before this one.
pub fn express(
    prices: &RegionPrices,
    usage: &ExpressUsage,
    already_used_gb_seconds: Decimal,
) -> Bill {
    express_by(TierBasis::GbSecond, prices, usage, already_used_gb_seconds)
}

/// [`express`] by one of the two published price lists.
pub fn express_by(
    basis: TierBasis,
    prices: &RegionPrices,
    usage: &ExpressUsage,
    already_used_gb_seconds: Decimal,
) -> Bill {
    let executions = num::not_negative(usage.executions);
    let (duration_ms, memory_mb) = billed(usage);
    let gb_seconds = num::mul(executions, gb_seconds(duration_ms, memory_mb));
    let tiers = tiers(
        basis,
        prices,
        num::not_negative(already_used_gb_seconds),
        gb_seconds,
    );
    let requests = BillLine {
        item: "requests",
        quantity: format!(
            "{} requests x {}",
            num::count(executions),
            prices.express_request.per_million()
        ),
        usd: prices.express_request * executions,
    };
    let duration = BillLine {
        item: "duration",
        quantity: format!(
            "{} x {} s x {} MB = {} GB-s",
            num::count(executions),
            num::count(seconds(duration_ms)),
            num::count(memory_mb),
            num::count(gb_seconds),
        ),
        usd: tiers.iter().map(|tier| tier.usd).sum(),
    };
    Bill {
        gb_seconds,
        tiers,
        ..Bill::of(vec![requests, duration])
    }
}

/// The transitions of one execution at which Standard and Express cost the same, in the first
/// duration tier and without logs: an execution with more of them is cheaper as Express.
///
/// Where transitions cost nothing there is no such number: the answer is the largest value.
pub fn break_even_transitions(
    prices: &RegionPrices,
    duration_ms: Decimal,
    memory_mb: Decimal,
) -> Decimal {
    let used = gb_seconds(billed_duration_ms(duration_ms), billed_memory_mb(memory_mb));
    let price = prices
        .express_tiers
        .first()
        .map_or(Usd::ZERO, |tier| tier.usd_per_gb_second);
    let one = prices.express_request + price * used;
    num::div_or_max(one.0, prices.transition.0)
}

fn billed(usage: &ExpressUsage) -> (Decimal, Decimal) {
    if usage.already_billed {
        (
            num::not_negative(usage.duration_ms),
            num::not_negative(usage.memory_mb),
        )
    } else {
        (
            billed_duration_ms(usage.duration_ms),
            billed_memory_mb(usage.memory_mb),
        )
    }
}

fn seconds(duration_ms: Decimal) -> Decimal {
    num::div_or_max(duration_ms, MS_PER_SECOND.into())
}

/// Memory times duration, in GB-seconds of 1,024 MB.
pub fn gb_seconds(duration_ms: Decimal, memory_mb: Decimal) -> Decimal {
    num::mul(
        seconds(duration_ms),
        num::div_or_max(memory_mb, MB_PER_GB.into()),
    )
}

/// How many GB-seconds an amount pays for, when others have used `already_used_gb_seconds` of the tiers; none for an amount
/// that is not above zero.
pub fn gb_seconds_for(
    prices: &RegionPrices,
    usd: Usd,
    already_used_gb_seconds: Decimal,
) -> Decimal {
    let (mut left, mut from, mut found) = (
        usd.0,
        num::not_negative(already_used_gb_seconds),
        Decimal::ZERO,
    );
    for tier in &prices.express_tiers {
        if left <= Decimal::ZERO {
            break;
        }
        let room = tier.up_to_gb_seconds.map_or(Decimal::MAX, |bound| {
            num::sub(bound, from).max(Decimal::ZERO)
        });
        let here = num::div_or_max(left, tier.usd_per_gb_second.0).min(room);
        found = num::add(found, here);
        from = num::add(from, here);
        left = num::sub(left, (tier.usd_per_gb_second * here).0);
    }
    found
}

fn tiers(
    basis: TierBasis,
    prices: &RegionPrices,
    from: Decimal,
    gb_seconds: Decimal,
) -> Vec<TierUse> {
    let hour = Decimal::from(SECONDS_PER_HOUR);
    match basis {
        TierBasis::GbSecond => {
            let tiers = prices
                .express_tiers
                .iter()
                .map(|tier| (tier.up_to_gb_seconds, tier.usd_per_gb_second));
            split(tiers, from, gb_seconds)
                .into_iter()
                .map(|(quantity, price)| TierUse {
                    item: "duration",
                    quantity,
                    usd: price * quantity,
                })
                .collect()
        }
        TierBasis::GbHour => {
            let tiers = prices.express_tiers_gb_hour.iter().map(|tier| {
                (
                    tier.up_to_gb_hours.map(|bound| num::mul(bound, hour)),
                    tier.usd_per_gb_hour,
                )
            });
            split(tiers, from, gb_seconds)
                .into_iter()
                // The division comes last: an hourly price is no whole number of GB-second prices.
                .map(|(quantity, price)| TierUse {
                    item: "duration",
                    quantity,
                    usd: Usd(num::div_or_max((price * quantity).0, hour)),
                })
                .collect()
        }
    }
}
