//! The observation window, in the grain that CloudWatch keeps.

use std::time::Duration;

use aws_sdk_cloudwatch::primitives::DateTime;
use facts::Window;
use jiff::Timestamp;

const MINUTES_5: i64 = 300;
const HOUR: i64 = 3600;
const DAY: i64 = 86_400;
/// Beyond this age of the first instant, data is kept by the hour only (CloudWatch: 63 days; a day to be safe).
const BY_MINUTES: i64 = 62 * DAY;
/// CloudWatch keeps nothing longer.
const LONGEST: i64 = 455 * DAY;

/// A window, and the periods that its metrics are asked in. CloudWatch starts the first period at the first instant of
/// the window and keeps no finer data than 5 minutes (1 hour beyond 63 days): window and periods are multiples of that,
/// or there would be no data at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) window: Window,
    /// A day, or the window where that is shorter; in seconds.
    pub(super) day: i32,
    /// The whole window: percentiles of parts cannot be put together.
    pub(super) whole: i32,
}

/// The window of that length that ends now; the end is rounded up, so that the latest data is in it.
pub(super) fn of(now: Timestamp, length: Duration) -> Span {
    let seconds = i64::try_from(length.as_secs())
        .unwrap_or(LONGEST)
        .min(LONGEST);
    let grain = if seconds <= BY_MINUTES {
        MINUTES_5
    } else {
        HOUR
    };
    let up = |value: i64| value.saturating_add(grain - 1).div_euclid(grain) * grain;
    let whole = up(seconds.max(1));
    let end = up(now.as_second());
    let at = |second: i64| Timestamp::from_second(second).unwrap_or(now);
    Span {
        window: Window {
            start: at(end - whole),
            end: at(end),
        },
        day: i32::try_from(whole.min(DAY)).unwrap_or(i32::MAX),
        whole: i32::try_from(whole).unwrap_or(i32::MAX),
    }
}

/// An instant for the SDK.
pub(super) fn date(at: Timestamp) -> DateTime {
    DateTime::from_secs(at.as_second())
}

/// An instant from the SDK, to the millisecond; none where it is out of range.
pub(crate) fn instant(date: &DateTime) -> Option<Timestamp> {
    date.to_millis()
        .ok()
        .and_then(|millis| Timestamp::from_millisecond(millis).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn windows_and_periods_are_multiples_of_what_is_kept() {
        let now = at("2026-11-22T06:02:03.5Z");
        for (length, start, end, day, whole) in [
            (
                14 * 24 * 3600,
                "2026-11-08T06:05:00Z",
                "2026-11-22T06:05:00Z",
                86_400,
                1_209_600,
            ),
            (
                6 * 3600,
                "2026-11-22T00:05:00Z",
                "2026-11-22T06:05:00Z",
                21_600,
                21_600,
            ),
            (61, "2026-11-22T06:00:00Z", "2026-11-22T06:05:00Z", 300, 300),
            (0, "2026-11-22T06:00:00Z", "2026-11-22T06:05:00Z", 300, 300),
            (
                90 * 24 * 3600,
                "2026-08-24T07:00:00Z",
                "2026-11-22T07:00:00Z",
                86_400,
                7_776_000,
            ),
            (
                9000 * 24 * 3600,
                "2025-08-24T07:00:00Z",
                "2026-11-22T07:00:00Z",
                86_400,
                39_312_000,
            ),
        ] {
            let expected = Span {
                window: Window {
                    start: at(start),
                    end: at(end),
                },
                day,
                whole,
            };
            assert_eq!(of(now, Duration::from_secs(length)), expected, "{length}");
        }
        let sharp = at("2026-11-22T06:05:00Z");
        assert_eq!(of(sharp, Duration::from_mins(5)).window.end, sharp);
    }
}
