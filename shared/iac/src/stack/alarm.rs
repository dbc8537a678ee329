//! Alarms on metrics of any service.

use super::Value;

/// A CloudWatch alarm.
#[derive(Clone, Debug, PartialEq)]
pub struct Alarm {
    /// In kebab case, unique in the stack: `failed`.
    pub id: String,
    /// What it means and what to do, for whoever is woken by it.
    pub description: String,
    /// What is looked at.
    pub source: MetricSource,
    /// Seconds of one period.
    pub period: u32,
    /// Periods that are looked at.
    pub evaluation_periods: u32,
    /// Periods that must breach.
    pub datapoints_to_alarm: u32,
    /// Compared with, as a decimal number: `2`, `0.5`.
    pub threshold: String,
    /// How.
    pub comparison: AlarmComparison,
    /// What a period without data means.
    pub missing: MissingData,
    /// Whether a gradual deployment is rolled back by it.
    pub rolls_back: bool,
}

/// What an alarm looks at.
#[derive(Clone, Debug, PartialEq)]
pub enum MetricSource {
    /// One metric.
    One(Metric),
    /// An expression over metrics, each with its id: `100 * failed / MAX([started, 1])`.
    Expression {
        /// The expression.
        expression: String,
        /// What it is called in a graph.
        label: String,
        /// The metrics by the id that the expression names them by.
        metrics: Vec<(String, Metric)>,
    },
}

/// A metric with its dimensions.
#[derive(Clone, Debug, PartialEq)]
pub struct Metric {
    /// `AWS/States`
    pub namespace: String,
    /// `ExecutionsFailed`
    pub name: String,
    /// Name and value, in order.
    pub dimensions: Vec<(String, Value)>,
    /// `Sum`, `p99`, `Maximum`.
    pub statistic: String,
}

/// How a value is compared with a threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlarmComparison {
    /// Above.
    Above,
    /// At or above.
    AtLeast,
    /// Below.
    Below,
}

impl AlarmComparison {
    /// CloudWatch's name for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Above => "GreaterThanThreshold",
            Self::AtLeast => "GreaterThanOrEqualToThreshold",
            Self::Below => "LessThanThreshold",
        }
    }
}

/// What a period without data means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MissingData {
    /// Nothing is wrong.
    NotBreaching,
    /// Something is wrong.
    Breaching,
    /// The alarm stays as it is.
    Ignore,
}

impl MissingData {
    /// CloudWatch's name for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotBreaching => "notBreaching",
            Self::Breaching => "breaching",
            Self::Ignore => "ignore",
        }
    }
}
