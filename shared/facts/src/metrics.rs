//! What CloudWatch says of one state machine over the observation window.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The observation window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// First instant.
    pub start: Timestamp,
    /// First instant after it.
    pub end: Timestamp,
}

impl Window {
    /// Length in seconds, at least 1.
    pub fn seconds(&self) -> i64 {
        (self.end.as_second() - self.start.as_second()).max(1)
    }

    /// Length in whole days, at least 1, for reading.
    pub fn days(&self) -> i64 {
        ((self.seconds() + 43_200) / 86_400).max(1)
    }
}

/// A metric that counts, by day.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Count {
    /// Sum over the window.
    pub total: u64,
    /// Sum of each period (one day unless the window is shorter) that has data, by its start.
    pub by_day: BTreeMap<Timestamp, u64>,
}

impl Count {
    /// The largest sum of one period.
    pub fn busiest(&self) -> u64 {
        self.by_day.values().copied().max().unwrap_or_default()
    }
}

/// `ExecutionTime`, in milliseconds, failed and timed-out executions included.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DurationStats {
    /// Mean over the window.
    pub average: f64,
    /// 99th percentile over the window, where CloudWatch gave one.
    pub p99: Option<f64>,
    /// The longest of the window.
    pub maximum: f64,
    /// How many executions ended in the window.
    pub samples: u64,
}

/// What Express executions are billed for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ExpressBilling {
    /// Sum of `ExpressExecutionBilledDuration` over the window, in milliseconds.
    pub billed_ms: f64,
    /// Mean of `ExpressExecutionBilledMemory`, in MB.
    pub billed_memory_mb: f64,
}

/// The metrics of one state machine. A count without data points is zero: CloudWatch publishes nothing for it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metrics {
    /// The observation window.
    pub window: Window,
    /// `ExecutionsStarted`
    #[serde(default)]
    pub started: Count,
    /// `ExecutionsFailed`
    #[serde(default)]
    pub failed: Count,
    /// `ExecutionsTimedOut`
    #[serde(default)]
    pub timed_out: Count,
    /// `ExecutionsAborted`
    #[serde(default)]
    pub aborted: Count,
    /// `ExecutionThrottled`: state entries and retries that were throttled.
    #[serde(default)]
    pub throttled: Count,
    /// `ExecutionTime`; none where no execution ended in the window.
    #[serde(default)]
    pub duration: Option<DurationStats>,
    /// `ConsumedCapacity` of `StateTransition`: billed transitions; none where CloudWatch has no such data.
    #[serde(default)]
    pub transitions: Option<u64>,
    /// For an Express workflow; none where CloudWatch has no such data.
    #[serde(default)]
    pub express: Option<ExpressBilling>,
    /// Data points that are no amount (negative, not a number) and were left out of everything above.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub discarded: u64,
}

/// What CloudWatch says of all state machines of a Region together, those included that no longer exist.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RegionTotals {
    /// `ExecutionsStarted`
    pub started: Option<u64>,
    /// `ConsumedCapacity` of `StateTransition`: billed transitions.
    pub transitions: Option<u64>,
    /// Sum of `ExpressExecutionBilledDuration`, in milliseconds.
    pub express_billed_ms: Option<f64>,
}

/// The log group that executions are logged to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogUse {
    /// Its name.
    pub group: String,
    /// Bytes that it took in over the observation window, from whoever writes to it.
    pub ingested: Option<u64>,
    /// Bytes that it keeps.
    pub stored: Option<u64>,
    /// Why one of them is not known: `AccessDenied on logs:DescribeLogGroups`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unknown: Option<String>,
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl Metrics {
    /// No execution and no failure over that window.
    pub fn idle(window: Window) -> Self {
        Self {
            window,
            started: Count::default(),
            failed: Count::default(),
            timed_out: Count::default(),
            aborted: Count::default(),
            throttled: Count::default(),
            duration: None,
            transitions: None,
            express: None,
            discarded: 0,
        }
    }
}
