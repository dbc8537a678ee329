//! Durations, sizes and rates as people write them.

use std::fmt;

use rust_decimal::Decimal;

use super::{Duration, Size};

/// Seconds of a month of 730 hours, as prices count it.
const MONTH_SECONDS: u32 = 2_628_000;

pub(crate) const DURATION_UNITS: [(&str, u64); 5] = [
    ("ms", 1),
    ("s", 1000),
    ("min", 60_000),
    ("h", 3_600_000),
    ("d", 86_400_000),
];
pub(crate) const SIZE_UNITS: [(&str, u64); 5] = [
    ("B", 1),
    ("KB", 1 << 10),
    ("MB", 1 << 20),
    ("GB", 1 << 30),
    ("TB", 1 << 40),
];
pub(crate) const RATE_UNITS: [(&str, u32); 5] = [
    ("s", 1),
    ("min", 60),
    ("h", 3600),
    ("day", 86_400),
    ("month", MONTH_SECONDS),
];

/// A number and what follows it.
fn parts(text: &str) -> Option<(Decimal, &str)> {
    let end = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let (number, unit) = (text.get(..end)?, text.get(end..)?);
    Some((Decimal::from_str_exact(number).ok()?, unit))
}

fn whole(number: Decimal, unit: u64) -> Option<u64> {
    let value = number.checked_mul(Decimal::from(unit))?.ceil();
    u64::try_from(value).ok()
}

pub(crate) fn duration(text: &str) -> Option<Duration> {
    let (number, unit) = parts(text)?;
    let unit = unit.strip_prefix(' ').unwrap_or(unit);
    let (_, ms) = DURATION_UNITS.iter().find(|(name, _)| *name == unit)?;
    whole(number, *ms).map(Duration)
}

pub(crate) fn size(text: &str) -> Option<Size> {
    let (number, unit) = parts(text)?;
    let unit = unit.strip_prefix(' ').unwrap_or(unit);
    let (_, bytes) = SIZE_UNITS.iter().find(|(name, _)| *name == unit)?;
    whole(number, *bytes).map(Size)
}

/// So many a second.
pub(crate) fn rate(text: &str) -> Option<Decimal> {
    let (number, unit) = parts(text)?;
    let unit = unit.strip_prefix('/')?;
    let (_, seconds) = RATE_UNITS.iter().find(|(name, _)| *name == unit)?;
    number
        .checked_div(Decimal::from(*seconds))
        .filter(|rate| *rate > Decimal::ZERO)
}

/// What was meant by a number with a wrong unit, or with none.
pub(crate) fn meant(text: &str, units: &[&str], spellings: &[(&str, &str)]) -> Option<String> {
    let (number, rest) = parts(text.trim())?;
    let rest = rest.trim();
    if rest.is_empty() {
        return None;
    }
    let lower = rest.to_lowercase();
    let unit = spellings
        .iter()
        .find(|(wrong, _)| *wrong == lower)
        .map(|(_, right)| *right)
        .or_else(|| {
            units
                .iter()
                .copied()
                .find(|unit| unit.to_lowercase() == lower)
        })?;
    Some(format!("did you mean `{number}{unit}`?"))
}

impl fmt::Display for Duration {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, unit) = DURATION_UNITS
            .into_iter()
            .rev()
            // Days only where they are whole: people say 36 h.
            .find(|(name, unit)| self.0 >= *unit && (*name != "d" || self.0.is_multiple_of(*unit)))
            .unwrap_or(("ms", 1));
        let number = Decimal::from(self.0) / Decimal::from(unit);
        write!(out, "{} {name}", number.round_dp(2).normalize())
    }
}

impl fmt::Display for Size {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, unit) = SIZE_UNITS
            .into_iter()
            .rev()
            .find(|(_, unit)| self.0 >= *unit)
            .unwrap_or(("B", 1));
        let number = Decimal::from(self.0) / Decimal::from(unit);
        write!(out, "{} {name}", number.round_dp(2).normalize())
    }
}

impl Duration {
    /// Whole seconds, rounded up: what Amazon States Language counts in.
    pub fn seconds(self) -> u64 {
        self.0.div_ceil(1000)
    }

    /// A number of seconds.
    pub fn from_seconds(seconds: u64) -> Self {
        Self(seconds.saturating_mul(1000))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_people_write() {
        assert_eq!(duration("120ms"), Some(Duration(120)));
        assert_eq!(duration("1.2s"), Some(Duration(1200)));
        assert_eq!(duration("2 min"), Some(Duration(120_000)));
        assert_eq!(duration("0.1ms"), Some(Duration(1)));
        assert_eq!(size("2KB"), Some(Size(2048)));
        assert_eq!(size("1.5 MB"), Some(Size(1_572_864)));
        assert_eq!(rate("40/h"), Some(Decimal::from(40) / Decimal::from(3600)));
        for wrong in [
            "",
            "5",
            "s",
            "1.2.3s",
            "5 m",
            "-1s",
            "99999999999999999999999d",
            "1e3s",
        ] {
            assert_eq!(duration(wrong), None, "{wrong}");
        }
        for wrong in ["5", "5/week", "0/s", "/s", "5 /s"] {
            assert_eq!(rate(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn writes_what_people_read() {
        for (ms, text) in [
            (0, "0 ms"),
            (350, "350 ms"),
            (1400, "1.4 s"),
            (129_600_000, "36 h"),
            (172_800_000, "2 d"),
        ] {
            assert_eq!(Duration(ms).to_string(), text);
        }
        assert_eq!(Size(300 * 1024).to_string(), "300 KB");
    }
}
