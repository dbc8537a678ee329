//! What watching costs: logs and metric requests.

use crate::bill::{Bill, BillLine, TierUse, split};
use crate::{RegionPrices, Usd, num};
use rust_decimal::Decimal;

/// Bytes of the GB that logs are priced by. Assumed: with 2^30 they would be 7 % cheaper.
pub const BYTES_PER_GB: u32 = 1_000_000_000;

/// What the logs of a month cost to take in. Logs of Step Functions are vended logs, of both
/// workflow types, with volume tiers.
///
/// `free_tier` takes off the GB that are free each month. They are the account's, shared with all
/// its other logs, their storage and their queries: take them off once.
pub fn logs(prices: &RegionPrices, gb: Decimal, free_tier: bool) -> Bill {
    let gb = num::not_negative(gb);
    let free = if free_tier {
        prices.logs_free_gb.min(gb)
    } else {
        Decimal::ZERO
    };
    let tiers: Vec<TierUse> = split(
        prices
            .logs_ingest_tiers
            .iter()
            .map(|tier| (tier.up_to_gb, tier.usd_per_gb)),
        Decimal::ZERO,
        num::sub(gb, free),
    )
    .into_iter()
    .map(|(quantity, price)| TierUse {
        item: "logs",
        quantity,
        usd: price * quantity,
    })
    .collect();
    let quantity = if free.is_zero() {
        format!("{} GB", num::count(gb))
    } else {
        format!("{} GB, {} free", num::count(gb), num::count(free))
    };
    let line = BillLine {
        item: "logs",
        quantity,
        usd: tiers.iter().map(|tier| tier.usd).sum(),
    };
    Bill {
        tiers,
        ..Bill::of(vec![line])
    }
}

/// What it costs to keep logs, for a month's mean of `gb` kept.
pub fn log_storage(prices: &RegionPrices, gb: Decimal) -> Bill {
    let gb = num::not_negative(gb);
    Bill::of(vec![BillLine {
        item: "log storage",
        quantity: format!("{} GB-month", num::count(gb)),
        usd: prices.logs_storage_gb_month * gb,
    }])
}

/// What it costs to ask `GetMetricData` for this many metrics; it has no free tier.
pub fn metric_requests(prices: &RegionPrices, metrics: Decimal) -> Usd {
    let thousands = num::div_or_max(num::not_negative(metrics), Decimal::ONE_THOUSAND);
    prices.get_metric_data_per_1000 * thousands
}
