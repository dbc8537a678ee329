//! Words about alarms and what they miss.

use facts::{Alarm, Metrics, Window};
use findings::Evidence;
use pricing::Usd;

use super::reach::busiest_day;
use super::signal::Signal;
use crate::Subject;
use cost::numbers::{counted, dates, decimal, short, span};

/// `in 14 days`, `in 6 hours`
pub(crate) fn in_window(window: Window) -> String {
    format!("in {}", span(window.seconds()))
}

/// `42 failed executions and 1 throttled transition`
pub(crate) fn events(counts: &[(Signal, u64)]) -> String {
    let parts: Vec<String> = counts
        .iter()
        .map(|(signal, count)| match signal {
            Signal::Throttled => counted(*count, "throttled transition"),
            _ => counted(*count, &format!("{} execution", signal.adjective())),
        })
        .collect();
    joined(&parts, "and")
}

/// `failed and timed-out executions`
pub(crate) fn kinds(signals: &[Signal]) -> String {
    let (throttled, ended): (Vec<Signal>, Vec<Signal>) = signals
        .iter()
        .partition(|signal| **signal == Signal::Throttled);
    let adjectives: Vec<String> = ended
        .iter()
        .map(|signal| signal.adjective().to_owned())
        .collect();
    let mut parts = Vec::new();
    if !adjectives.is_empty() {
        parts.push(format!("{} executions", joined(&adjectives, "and")));
    }
    if !throttled.is_empty() {
        parts.push("throttled transitions".to_owned());
    }
    joined(&parts, "and")
}

/// `a, b and c`
pub(crate) fn joined(parts: &[String], last: &str) -> String {
    match parts.split_last() {
        Some((one, [])) => one.clone(),
        Some((end, rest)) => format!("{} {last} {end}", rest.join(", ")),
        None => String::new(),
    }
}

/// A measured number or a threshold, short.
pub(crate) fn number(value: f64) -> String {
    let exact = decimal(value);
    if exact.fract().is_zero() {
        short(exact)
    } else {
        exact.to_string()
    }
}

/// `more than 5 failed executions in 5 minutes`
pub(crate) fn compared(alarm: &Alarm, signal: Signal) -> String {
    let what = match signal {
        Signal::Throttled => "throttled transition".to_owned(),
        _ => format!("{} execution", signal.adjective()),
    };
    format!("{}{}", than(alarm, &what), period(alarm.period))
}

/// `fewer than 100 executions succeed in 5 minutes`
pub(crate) fn fewer(alarm: &Alarm) -> String {
    let verb = if alarm.threshold == Some(1.0) {
        "succeeds"
    } else {
        "succeed"
    };
    format!(
        "{} {verb}{}",
        than(alarm, "execution"),
        period(alarm.period)
    )
}

fn than(alarm: &Alarm, what: &str) -> String {
    let than = match alarm.comparison.as_str() {
        "GreaterThanOrEqualToThreshold" => "at least",
        "LessThanThreshold" | "LessThanLowerThreshold" => "fewer than",
        "LessThanOrEqualToThreshold" => "at most",
        _ => "more than",
    };
    let threshold = alarm.threshold.map_or_else(|| "usual".to_owned(), number);
    let s = if threshold == "1" { "" } else { "s" };
    format!("{than} {threshold} {what}{s}")
}

/// `3 times in a row`, `in 3 of 5 periods`; nothing where one is enough.
pub(crate) fn in_a_row(alarm: &Alarm) -> String {
    match alarm.datapoints() {
        (..=1, _) => String::new(),
        (bad, of) if bad == of => format!("{bad} times in a row"),
        (bad, of) => format!("in {bad} of {of} periods"),
    }
}

/// `, and no day had more than 12`; nothing where that is not known.
pub(crate) fn no_day_had(signals: &[Signal], metrics: Option<&Metrics>) -> String {
    busiest_day(signals, metrics).map_or_else(String::new, |most| {
        format!(", and no day had more than {}", short(most.into()))
    })
}

fn period(seconds: i64) -> String {
    match seconds {
        ..=0 => String::new(),
        60 => " in a minute".to_owned(),
        3_600 => " in an hour".to_owned(),
        86_400 => " in a day".to_owned(),
        _ if seconds % 3_600 == 0 => format!(" in {} hours", seconds / 3_600),
        _ if seconds % 60 == 0 => format!(" in {} minutes", seconds / 60),
        _ => format!(" in {seconds} s"),
    }
}

/// What CloudWatch counted.
pub(crate) fn counts(metrics: &Metrics, signals: &[Signal]) -> Vec<Evidence> {
    let source = format!("CloudWatch, {}", dates(metrics.window));
    let line = |what: &str, count: u64| Evidence {
        what: what.to_owned(),
        value: format!("{} {}", short(count.into()), in_window(metrics.window)),
        source: source.clone(),
    };
    let mut lines = vec![line("ExecutionsStarted", metrics.started.total)];
    lines.extend(
        signals
            .iter()
            .map(|signal| line(signal.metric(), signal.count(metrics).total)),
    );
    lines
}

/// What an alarm costs.
pub(crate) fn price(subject: &Subject<'_>) -> Evidence {
    Evidence {
        what: "price of an alarm".to_owned(),
        value: format!("{} a month each", Usd(subject.prices.alarm_month.0).cents()),
        source: subject.price_source(subject.prices.cloudwatch_from.known),
    }
}
