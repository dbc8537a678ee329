//! Prices by Region with their sources; Standard and Express cost models.
//!
//! The prices are data: `data/prices.json`, compiled in, each row with its source, its date and
//! whether it is verified. [`Prices::region`] answers with what is known for a Region and with
//! what a reader must be told where a price is assumed. The models turn a month's usage into a
//! [`Bill`]; nothing here reads a clock, a file or the network, and no usage makes it panic.
//!
//! ```text
//! let prices = Prices::embedded().region("us-east-1");
//! let usage = StandardUsage { executions: 6_520_000.into(), transitions: 52_160_000.into() };
//! standard(&prices, &usage, false).total.cents() // "$1,304.00"
//! ```
#![deny(clippy::float_arithmetic)] // money is exact

mod bill;
mod express;
mod logs;
mod lookup;
pub mod num;
mod price_list;
mod prices;
mod refresh;
mod region;
mod standard;
mod table;
mod usd;
mod write;

pub use bill::{Bill, BillLine, TierUse};
pub use express::{
    ExpressUsage, MemoryEstimate, TierBasis, billed_duration_ms, billed_memory_mb,
    break_even_transitions, express, express_by, gb_seconds, gb_seconds_for,
};
pub use logs::{BYTES_PER_GB, log_storage, logs, metric_requests};
pub use lookup::REFERENCE as REFERENCE_REGION;
pub use prices::{OtherPrice, Prices, PricesError};
pub use refresh::{Change, RefreshError, Refreshed, Warning};
pub use region::{Conflict, Foreign, GbHourTier, LogTier, Provenance, RegionPrices, Tier};
pub use standard::{StandardUsage, standard};
pub use usd::Usd;

use rust_decimal::Decimal;

/// Hours of the month that amounts are given for: the 365 days of a year over 12 months.
pub const HOURS_PER_MONTH: u32 = 730;

/// What a count seen in a window comes to in a month of [`HOURS_PER_MONTH`].
///
/// Zero where the window is not longer than nothing: such a window says nothing of a month.
pub fn per_month(count: Decimal, window_hours: Decimal) -> Decimal {
    if window_hours <= Decimal::ZERO {
        return Decimal::ZERO;
    }
    let count = num::not_negative(count);
    // Multiplying first keeps whole numbers whole for longer; a huge count divides first.
    count
        .checked_mul(HOURS_PER_MONTH.into())
        .and_then(|total| total.checked_div(window_hours))
        .unwrap_or_else(|| num::mul(num::div_or_max(count, window_hours), HOURS_PER_MONTH.into()))
}
