//! Numbers as people read them, and measured values as decimals.

use facts::Window;
use rust_decimal::Decimal;

/// A count, short: `412`, `38,400`, `6.52 M`.
pub(crate) use pricing::num::count as short;

/// A measured value as a decimal; zero for what is infinite or not a number.
pub(crate) fn decimal(value: f64) -> Decimal {
    pricing::num::from_metric(value).unwrap_or_default()
}

/// Milliseconds as people read them: `840 ms`, `4.2 s`, `3 min 20 s`, `1.5 h`.
pub(crate) fn duration(ms: f64) -> String {
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

/// A window as people read it: `8 to 22 Nov 2026`, `30 Dec 2025 to 13 Jan 2026`.
pub(crate) fn dates(window: Window) -> String {
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
