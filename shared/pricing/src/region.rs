//! The prices of one Region, and what is known of where they come from.

use crate::Usd;
use rust_decimal::Decimal;

/// The prices of one Region, each with where it comes from and what a reader must be told of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegionPrices {
    /// The Region that was asked for, as it was given.
    pub region: String,
    /// The price of a transition is listed for this Region; `false`: the default row is used.
    pub known: bool,
    /// The price of a transition traces to AWS's own page or Price List, or two sources agree.
    pub verified: bool,
    /// What a reader must be told of the price of a transition: that it is assumed, and why.
    pub note: Option<String>,
    /// Where the price of a transition comes from.
    pub source: String,
    /// Date of that source, `YYYY-MM-DD`.
    pub as_of: String,
    /// Published prices of a transition that contradict each other, where no US dollar price is
    /// known at all.
    pub conflict: Option<Conflict>,
    /// What the Region bills in another currency than US dollars. The amounts of the other fields
    /// are then a guide, and no conversion of it.
    pub foreign: Option<Foreign>,
    /// One Standard state transition.
    pub transition: Usd,
    /// Transitions of an account that are free each month.
    pub free_transitions: Decimal,
    /// One Express request.
    pub express_request: Usd,
    /// Express duration as it is billed, cheapest last.
    pub express_tiers: Vec<Tier>,
    /// Express duration as the pricing page's examples have it ([`crate::TierBasis::GbHour`]).
    pub express_tiers_gb_hour: Vec<GbHourTier>,
    /// Where the Express prices come from.
    pub express_from: Provenance,
    /// Taking in vended logs (Standard log class), cheapest last.
    pub logs_ingest_tiers: Vec<LogTier>,
    /// GB of logs of an account that are free each month.
    pub logs_free_gb: Decimal,
    /// Keeping a GB of logs for a month.
    pub logs_storage_gb_month: Usd,
    /// One metric alarm of standard resolution for a month.
    pub alarm_month: Usd,
    /// Asking `GetMetricData` for 1,000 metrics.
    pub get_metric_data_per_1000: Usd,
    /// Where the prices of logs, alarms and metric requests come from.
    pub cloudwatch_from: Provenance,
    /// One Lambda request.
    pub lambda_request: Usd,
    /// Lambda duration on x86, first volume tier, a GB-second.
    pub lambda_gb_second_x86: Usd,
    /// Lambda duration on arm64, first volume tier, a GB-second.
    pub lambda_gb_second_arm64: Usd,
    /// Where the Lambda prices come from.
    pub lambda_from: Provenance,
}

impl RegionPrices {
    /// All that a reader of a comparison of Standard with Express, logs included, must be told of
    /// its prices; empty where every one of them is listed and verified.
    pub fn notes(&self) -> Vec<&str> {
        [
            &self.note,
            &self.express_from.note,
            &self.cloudwatch_from.note,
        ]
        .into_iter()
        .flatten()
        .map(String::as_str)
        .collect()
    }
}

/// Where a group of prices comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provenance {
    /// They are listed for this Region; `false`: those of another Region are assumed.
    pub known: bool,
    /// They trace to AWS's own page or Price List, or two sources agree.
    pub verified: bool,
    /// The source.
    pub source: String,
    /// Date of the source, `YYYY-MM-DD`.
    pub as_of: String,
    /// What a reader must be told of them.
    pub note: Option<String>,
}

/// Published prices of one transition that contradict each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The currency they are in, such as `CNY`.
    pub currency: String,
    /// Each published price of one transition.
    pub per_transition: Vec<Decimal>,
}

/// Prices in another currency than US dollars; none of what is not on record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Foreign {
    /// The currency, such as `CNY`.
    pub currency: String,
    /// One Standard state transition.
    pub per_transition: Option<Decimal>,
    /// One Express request.
    pub request: Option<Decimal>,
    /// Express duration: where each tier ends in GB-seconds a month, and the price of one.
    pub tiers: Vec<(Option<Decimal>, Decimal)>,
    /// Where they come from.
    pub from: Provenance,
}

/// A volume tier of Express duration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tier {
    /// Where the tier ends, in GB-seconds a month; `None` for the last one.
    pub up_to_gb_seconds: Option<Decimal>,
    /// One GB-second.
    pub usd_per_gb_second: Usd,
}

/// A volume tier of Express duration in the unit of the pricing page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GbHourTier {
    /// Where the tier ends, in GB-hours a month; `None` for the last one.
    pub up_to_gb_hours: Option<Decimal>,
    /// One GB-hour.
    pub usd_per_gb_hour: Usd,
}

/// A volume tier of log ingestion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogTier {
    /// Where the tier ends, in GB a month; `None` for the last one.
    pub up_to_gb: Option<Decimal>,
    /// One GB.
    pub usd_per_gb: Usd,
}
