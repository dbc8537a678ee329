//! Whether an alarm goes to ALARM when executions go wrong.

use facts::{Alarm, AlarmKind, MachineFacts, MetricRef, MetricSource};

use super::plain::plain;
use super::reach::{Need, Reach};
use super::reading::{Of, Reading, Scope, insights, metric};
use super::signal::{SUCCEEDED, Signal};
use super::words::{in_a_row, no_day_had};

/// What comes of executions that go wrong. The words go on from the name of the alarm.
pub(crate) enum Sight {
    /// The alarm goes off.
    Whole,
    /// It goes off for some of them.
    Part(String),
    /// It goes off when too few executions end well, however many do not.
    Stops(String),
    /// It is in ALARM already.
    Stuck(String),
    /// It did not go off for what happened. True where not even all that ran would have been enough.
    Unreached(String, bool),
    /// It does not go off.
    Blind(String),
}

/// Which way an alarm compares.
pub(crate) enum Side {
    /// Above the threshold; at it too, where `true`.
    Above(bool),
    /// Below the threshold; at it too, where `true`.
    Below(bool),
    /// Above what is usual.
    AboveUsual,
    /// Below what is usual.
    BelowUsual,
}

impl Side {
    pub(crate) fn of(alarm: &Alarm) -> Self {
        match alarm.comparison.as_str() {
            "GreaterThanOrEqualToThreshold" => Self::Above(true),
            "LessThanThreshold" => Self::Below(false),
            "LessThanOrEqualToThreshold" => Self::Below(true),
            "LessThanLowerThreshold" => Self::BelowUsual,
            "GreaterThanUpperThreshold" | "LessThanLowerOrGreaterThanUpperThreshold" => {
                Self::AboveUsual
            }
            _ => Self::Above(false),
        }
    }
}

/// What an alarm looks at, and whether it sees it. None where it is not about executions that go wrong.
pub(crate) fn sight(alarm: &Alarm, facts: &MachineFacts) -> Option<(Vec<Reading>, Sight)> {
    let mut readings: Vec<Reading> = alarm
        .metrics()
        .into_iter()
        .filter_map(|read| metric(read, facts))
        .collect();
    readings.extend(
        alarm
            .insights()
            .into_iter()
            .flat_map(|query| insights(query, facts)),
    );
    let trouble = |reading: &Reading| matches!(reading.of, Of::Trouble(_));
    // A rate has both; it is the failures in it that make it go up.
    if readings.iter().any(trouble) {
        readings.retain(trouble);
    }
    let exists = |reading: &Reading| !matches!(reading.scope, Scope::Nothing(_));
    // Without `FILL` a value that needs a metric without data has no data either.
    if fills(alarm) && readings.iter().any(exists) {
        readings.retain(exists);
    }
    let first = readings.first()?;
    let sight = if is_plain(alarm) {
        plain(alarm, first, facts.metrics.known())?
    } else {
        computed(alarm, &readings, facts)
    };
    Some((readings, sight))
}

/// True where the value that is compared is a metric, and not computed from several.
fn is_plain(alarm: &Alarm) -> bool {
    let AlarmKind::Math(queries) = &alarm.kind else {
        return true;
    };
    let mut compared = queries
        .iter()
        .filter(|query| query.returns && !is_band(&query.source));
    let first = compared.next().is_some_and(|query| match &query.source {
        MetricSource::Metric(_) => true,
        MetricSource::Expression(text) => {
            text.trim_start().to_ascii_uppercase().starts_with("SELECT")
        }
    });
    first && compared.next().is_none()
}

fn is_band(source: &MetricSource) -> bool {
    matches!(source, MetricSource::Expression(text) if text.contains("ANOMALY_DETECTION_BAND"))
}

/// True where metric math fills in for missing data.
fn fills(alarm: &Alarm) -> bool {
    let AlarmKind::Math(queries) = &alarm.kind else {
        return false;
    };
    queries.iter().any(
        |query| matches!(&query.source, MetricSource::Expression(text) if text.contains("FILL")),
    )
}

/// An alarm on a value that is computed: whatever it makes of its metrics, it was written for them.
fn computed(alarm: &Alarm, readings: &[Reading], facts: &MachineFacts) -> Sight {
    let mut part = None;
    let mut whole = false;
    for reading in readings {
        match &reading.scope {
            Scope::Nothing(why) => return Sight::Blind(why.clone()),
            Scope::Part(why) => part = part.or_else(|| Some(why.clone())),
            Scope::Machine | Scope::Account if is_percentile(&reading.statistic) => {
                part = part.or_else(|| Some("looks at a percentile of single executions, and not at how many went wrong".to_owned()));
            }
            Scope::Machine | Scope::Account => whole = true,
        }
    }
    match (Side::of(alarm), part) {
        (Side::AboveUsual | Side::BelowUsual, _) => Sight::Part(UNUSUAL.to_owned()),
        (_, Some(why)) if !whole => Sight::Part(why),
        (Side::Above(_), _) => lasting(alarm, readings, facts),
        _ => Sight::Whole,
    }
}

/// A value that is computed from what goes wrong with this state machine, and crosses its threshold when something does.
fn lasting(alarm: &Alarm, readings: &[Reading], facts: &MachineFacts) -> Sight {
    let own = |metric: &MetricRef| {
        let trouble = Signal::of(&metric.name).is_some();
        (trouble || matches!(metric.name.as_str(), "ExecutionsStarted" | SUCCEEDED))
            && metric.dimensions.len() == 1
            && metric.dimensions.values().all(|value| *value == facts.arn)
    };
    let mut signals: Vec<Signal> = readings
        .iter()
        .filter_map(|reading| match reading.of {
            Of::Trouble(signal) => Some(signal),
            Of::Successes => None,
        })
        .collect();
    signals.sort_unstable();
    signals.dedup();
    let sound = alarm.threshold.is_some_and(|threshold| threshold >= 0.0);
    if !sound || signals.is_empty() || !alarm.metrics().into_iter().all(own) {
        return Sight::Whole;
    }
    let metrics = facts.metrics.known();
    let need = Need::new(alarm, 1.0);
    let need = if fills(alarm) { need.filled() } else { need };
    let row = in_a_row(alarm);
    match need.reach(&signals, metrics) {
        Reach::Can => Sight::Whole,
        Reach::Lasting => Sight::Part(format!("has to cross its threshold {row}; {SINGLE}")),
        Reach::Cannot(beyond) => {
            let most = no_day_had(&signals, metrics);
            Sight::Unreached(format!("has to cross its threshold {row}{most}"), beyond)
        }
    }
}

/// What an alarm on lasting trouble does not tell.
pub(crate) const SINGLE: &str = "what goes wrong once stays untold";

pub(crate) const UNUSUAL: &str =
    "compares with what is usual, so what goes wrong all the time is not told";

fn is_percentile(statistic: &str) -> bool {
    statistic.starts_with(|c: char| c.is_ascii_lowercase())
}
