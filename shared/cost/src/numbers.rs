//! Numbers as people read them, and measured values as decimals.

use facts::Window;
use rust_decimal::prelude::{Decimal, ToPrimitive};

/// A count, short: `412`, `38,400`, `6.52 M`.
pub use pricing::num::count as short;

/// A measured value as a decimal; zero for what is infinite or not a number.
pub fn decimal(value: f64) -> Decimal {
    pricing::num::from_metric(value).unwrap_or_default()
}

/// Milliseconds as people read them: `840 ms`, `4.2 s`, `3 min 20 s`, `1.5 h`.
pub fn duration(ms: f64) -> String {
    let seconds = ms / 1000.0;
    if ms < 999.5 {
        format!("{ms:.0} ms")
    } else if seconds < 59.95 {
        format!("{seconds:.1} s")
    } else if seconds < 3599.5 {
        let whole = seconds.round();
        format!("{:.0} min {:.0} s", (whole / 60.0).floor(), whole % 60.0)
    } else {
        format!("{:.1} h", seconds / 3600.0)
    }
}

/// A count with its noun: `1 Map Run`, `1,234 Map Runs`.
pub fn counted(count: u64, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", short(count.into()))
}

/// A decimal for [`duration`]; 0 for what no float can hold.
pub fn float(value: Decimal) -> f64 {
    value.to_f64().unwrap_or_default()
}

/// How long something was observed, as people read it: `12 minutes`, `6 hours`, `14 days`.
pub fn span(seconds: i64) -> String {
    let rounded = |unit: i64| seconds.saturating_add(unit / 2) / unit;
    let (count, unit) = match (rounded(60), rounded(3_600)) {
        (minutes @ ..60, _) => (minutes.max(1), "minute"),
        (_, hours @ ..48) => (hours, "hour"),
        _ => (rounded(86_400), "day"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

/// A window as people read it: `8 to 22 Nov 2026`, `30 Dec 2025 to 13 Jan 2026`.
pub fn dates(window: Window) -> String {
    let end = window.end.strftime("%-d %b %Y").to_string();
    let same = |format: &str| {
        window.start.strftime(format).to_string() == window.end.strftime(format).to_string()
    };
    let start = if same("%b %Y") {
        "%-d"
    } else if same("%Y") {
        "%-d %b"
    } else {
        "%-d %b %Y"
    };
    if same("%-d %b %Y") {
        end
    } else {
        format!("{} to {end}", window.start.strftime(start))
    }
}

#[cfg(test)]
mod tests {
    use super::span;

    #[test]
    fn nothing_is_observed_for_no_time() {
        let hour = 3_600;
        let words: Vec<String> = [
            0,
            29,
            60,
            20 * 60,
            3_569,
            3_570,
            hour,
            90 * 60,
            47 * hour,
            48 * hour,
            14 * 24 * hour,
        ]
        .map(span)
        .to_vec();
        let expected = [
            "1 minute",
            "1 minute",
            "1 minute",
            "20 minutes",
            "59 minutes",
            "1 hour",
            "1 hour",
            "2 hours",
            "47 hours",
            "2 days",
            "14 days",
        ];
        assert_eq!(words, expected);
    }
}
