//! An alarm to deploy, independent of the tool that deploys it.

use serde::{Deserialize, Serialize};

/// How the value is compared with the threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Comparison {
    /// Above.
    GreaterThanThreshold,
    /// At or above.
    GreaterThanOrEqualToThreshold,
}

impl Comparison {
    /// CloudWatch's name for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::GreaterThanThreshold => "GreaterThanThreshold",
            Self::GreaterThanOrEqualToThreshold => "GreaterThanOrEqualToThreshold",
        }
    }
}

/// A CloudWatch alarm on one `AWS/States` metric of one state machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlarmSpec {
    /// ARN of the state machine.
    pub machine_arn: String,
    /// Its name.
    pub machine_name: String,
    /// Region.
    pub region: String,
    /// `ExecutionsFailed`, `ExecutionsTimedOut`, `ExecutionsAborted`, `ExecutionThrottled`.
    pub metric: String,
    /// `Sum`
    pub statistic: String,
    /// Seconds.
    pub period: u32,
    /// Periods that are looked at.
    pub evaluation_periods: u32,
    /// Periods that must breach.
    pub datapoints_to_alarm: u32,
    /// Compared with.
    pub threshold: u64,
    /// How.
    pub comparison: Comparison,
    /// `notBreaching`, …: what a period without data means.
    pub treat_missing_data: String,
    /// Why this threshold, for the description of the alarm.
    pub reason: String,
}
