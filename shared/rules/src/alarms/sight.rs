//! Whether an alarm goes to ALARM when executions go wrong.

use facts::{Alarm, AlarmKind, MachineFacts, MetricSource, Metrics, TreatMissing};

use super::reading::{Of, Reading, Scope, insights, metric};
use super::signal::Signal;
use super::words::{compared, number};

/// What comes of executions that go wrong. The words go on from the name of the alarm.
pub(crate) enum Sight {
    Whole,
    Part(String),
    Blind(String),
}

/// Which way an alarm compares.
enum Side {
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
    fn of(alarm: &Alarm) -> Self {
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
        computed(alarm, &readings)
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
fn computed(alarm: &Alarm, readings: &[Reading]) -> Sight {
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
        _ => Sight::Whole,
    }
}

const UNUSUAL: &str = "compares with what is usual, so what goes wrong all the time is not told";

fn is_percentile(statistic: &str) -> bool {
    statistic.starts_with(|c: char| c.is_ascii_lowercase())
}

/// An alarm on one metric. None where it is not about executions that go wrong.
fn plain(alarm: &Alarm, reading: &Reading, metrics: Option<&Metrics>) -> Option<Sight> {
    let side = Side::of(alarm);
    let by_value = match reading.of {
        Of::Successes => successes(alarm, &side)?,
        Of::Trouble(signal) => trouble(alarm, &side, reading, signal, metrics),
    };
    Some(match (&reading.scope, by_value) {
        (Scope::Nothing(why), _) => Sight::Blind(why.clone()),
        (_, Sight::Blind(why)) => Sight::Blind(why),
        (Scope::Part(why), _) => Sight::Part(why.clone()),
        (Scope::Machine | Scope::Account, sight) => sight,
    })
}

/// Too few executions that end well.
fn successes(alarm: &Alarm, side: &Side) -> Option<Sight> {
    let threshold = alarm.threshold.unwrap_or_default();
    let none_only = match side {
        Side::Above(_) | Side::AboveUsual => return None,
        Side::BelowUsual => {
            return Some(Sight::Part(
                "tells when fewer executions than usual succeed".to_owned(),
            ));
        }
        Side::Below(inclusive) => {
            if *inclusive {
                threshold < 1.0
            } else {
                threshold <= 1.0
            }
        }
    };
    if none_only && alarm.treat_missing != TreatMissing::Breaching {
        let why = "waits for no execution to succeed, which leaves no data, and missing data does not count as bad";
        return Some(Sight::Part(why.to_owned()));
    }
    Some(Sight::Whole)
}

fn trouble(
    alarm: &Alarm,
    side: &Side,
    reading: &Reading,
    signal: Signal,
    metrics: Option<&Metrics>,
) -> Sight {
    let inclusive = match side {
        Side::Above(inclusive) => *inclusive,
        Side::AboveUsual => return Sight::Part(UNUSUAL.to_owned()),
        Side::Below(_) | Side::BelowUsual => {
            return Sight::Blind(format!(
                "goes to ALARM when nothing is wrong: {}",
                compared(alarm, signal)
            ));
        }
    };
    let Some(threshold) = alarm.threshold else {
        return Sight::Whole;
    };
    match reading.statistic.as_str() {
        "" | "Sum" | "SampleCount" => many(alarm, threshold, inclusive, reading, signal, metrics),
        statistic if signal == Signal::Throttled => single(statistic, threshold),
        // CloudWatch gets the value 1 for each execution.
        statistic if threshold > 1.0 || (threshold >= 1.0 && !inclusive) => {
            let needs = number(threshold);
            Sight::Blind(format!(
                "needs a `{statistic}` of {needs} of single executions, which count 1 each"
            ))
        }
        statistic => single(statistic, threshold),
    }
}

fn single(statistic: &str, threshold: f64) -> Sight {
    if statistic == "Maximum" || (statistic == "Average" && threshold < 0.5) {
        return Sight::Whole;
    }
    Sight::Part(format!(
        "looks at the `{statistic}` of single executions, and not at how many went wrong"
    ))
}

/// How far above all that was started a threshold is out of reach for good.
const ABSURD: f64 = 10.0;

/// A threshold on a number of executions, held against how many there are.
fn many(
    alarm: &Alarm,
    threshold: f64,
    inclusive: bool,
    reading: &Reading,
    signal: Signal,
    metrics: Option<&Metrics>,
) -> Sight {
    let Some(metrics) = metrics else {
        return Sight::Whole;
    };
    if signal == Signal::Throttled || reading.scope == Scope::Account || metrics.started.total == 0
    {
        return Sight::Whole;
    }
    let counts = [&metrics.started, signal.count(metrics)];
    let a_day = alarm.period <= 86_400 && metrics.window.seconds() >= 86_400;
    let most = counts.map(|count| {
        if a_day && !count.by_day.is_empty() {
            count.busiest()
        } else {
            count.total
        }
    });
    let most = most.into_iter().max().unwrap_or_default();
    let bound = as_f64(most);
    if threshold < bound || (inclusive && threshold <= bound) {
        return Sight::Whole;
    }
    let span = if a_day && !metrics.started.by_day.is_empty() {
        "the busiest day"
    } else {
        "the whole window"
    };
    let why = format!(
        "{}, and {span} started {}",
        compared(alarm, signal),
        number(bound)
    );
    if threshold >= bound * ABSURD {
        Sight::Blind(format!("waits for what does not happen: {why}"))
    } else {
        Sight::Part(format!("waits for more than ever ran: {why}"))
    }
}

#[allow(
    clippy::cast_precision_loss,
    reason = "a count of executions, compared with a threshold that is a float"
)]
fn as_f64(count: u64) -> f64 {
    count as f64
}
