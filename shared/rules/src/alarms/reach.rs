//! Whether an alarm can have gone off for what went wrong in the window.
//!
//! Counts are known by the day, and alarms look at minutes. That is enough to say that an alarm cannot have gone off: a few
//! minutes had at most what the days around them had. It is seldom enough to say that it did.

use std::collections::BTreeMap;

use facts::{Alarm, Count, Metrics, TreatMissing};

use super::signal::Signal;
use super::threshold::{ONE_HOUR, limit};

const DAY: i64 = 86_400;

/// Whether an alarm went off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// It can have.
    Can,
    /// It can have, but what goes wrong once does not set it off.
    Lasting,
    /// It cannot have. True where even all executions that ran would not have been enough.
    Cannot(bool),
}

/// What has to come together for an alarm to go off.
#[derive(Clone, Copy)]
pub(crate) struct Need {
    /// Events in one period that cross the threshold.
    each: f64,
    /// Periods that have to be bad.
    bad: u32,
    /// Periods that are looked at.
    of: u32,
    /// Seconds of a period, 0 where that is not known.
    period: i64,
    /// What is made of periods without data.
    treat: TreatMissing,
}

impl Need {
    /// Of an alarm whose threshold is crossed by so many events in a period.
    pub(crate) fn new(alarm: &Alarm, each: f64) -> Self {
        let (bad, of) = alarm.datapoints();
        Self {
            each: each.max(1.0),
            bad,
            of,
            period: alarm.period,
            treat: alarm.treat_missing,
        }
    }

    /// The same of a value that has no gaps.
    pub(crate) fn filled(self) -> Self {
        Self {
            treat: TreatMissing::NotBreaching,
            ..self
        }
    }

    /// Whether what went wrong with the state machine can have set it off.
    pub(crate) fn reach(self, signals: &[Signal], metrics: Option<&Metrics>) -> Reach {
        let bad = metrics.map_or(self.bad, |metrics| self.enough(metrics));
        let single = if bad > 1 { Reach::Lasting } else { Reach::Can };
        let Some(metrics) = metrics else {
            return single;
        };
        let (events, time) = (Series::events(signals, metrics), self.looks_at(bad));
        let all = self.each * f64::from(bad);
        if self.tolerated(all, signals, metrics) {
            return Reach::Can;
        }
        if events.total > 0 && fits(time, metrics) && all > events.most_in(time) {
            let started = Series::of([&metrics.started], metrics);
            return Reach::Cannot(all > started.most_in(time));
        }
        let dense = self.each * events.periods(self.period) <= events.busiest;
        if dense { Reach::Can } else { single }
    }

    /// True where a period with an execution stands alone among periods without: then it is not said how the periods
    /// around it are taken, but by what is made of missing data.
    pub(crate) fn stands_alone(self, metrics: &Metrics) -> bool {
        let started = Series::of([&metrics.started], metrics);
        started.busiest * f64::from(self.of) <= started.periods(self.period)
    }

    /// Where missing data is taken as missing, a bad period that stands alone is enough: CloudWatch waits whether more
    /// comes, and goes to ALARM when it does not (CloudWatch user guide, "Avoiding premature transitions to alarm
    /// state", November 2026).
    fn enough(self, metrics: &Metrics) -> u32 {
        if self.treat == TreatMissing::Missing && self.stands_alone(metrics) {
            1
        } else {
            self.bad
        }
    }

    /// Seconds from the first period that can count to the end of the last.
    fn looks_at(self, bad: u32) -> i64 {
        // CloudWatch goes further back where some periods have no data; how far, it does not say.
        let periods = if bad > 1 {
            i64::from(self.of).saturating_add(1).saturating_mul(2)
        } else {
            1
        };
        self.period.saturating_mul(periods)
    }

    /// True where this rule would not ask for less itself, because some trouble is usual.
    fn tolerated(self, all: f64, signals: &[Signal], metrics: &Metrics) -> bool {
        let [signal] = signals else { return false };
        let own = limit(*signal, Some(metrics)).threshold;
        let hours = i64::from(self.of).saturating_mul(self.period) / i64::from(ONE_HOUR);
        let hours = u64::try_from(hours).unwrap_or_default().max(1);
        own > 0 && all <= as_f64(own.saturating_add(1).saturating_mul(hours))
    }
}

/// Of what a long time looks back at, too much was before the window.
fn fits(seconds: i64, metrics: &Metrics) -> bool {
    seconds.saturating_mul(2) <= metrics.window.seconds()
}

/// Counts by the day, of one or more metrics together.
struct Series {
    total: u64,
    /// By the second that a day begins with; empty where days are not told.
    days: BTreeMap<i64, u64>,
    /// Seconds of a day; fewer where the window is shorter.
    day: i64,
    /// The most of a day; of a usual one where days are not told.
    busiest: f64,
}

/// The most events of a day; none where they are not told by day.
pub(crate) fn busiest_day(signals: &[Signal], metrics: Option<&Metrics>) -> Option<u64> {
    let metrics = metrics.filter(|metrics| metrics.window.days() > 1)?;
    let events = Series::events(signals, metrics);
    events.days.values().max().copied()
}

impl Series {
    fn events(signals: &[Signal], metrics: &Metrics) -> Self {
        Self::of(signals.iter().map(|signal| signal.count(metrics)), metrics)
    }

    fn of<'m>(counts: impl IntoIterator<Item = &'m Count>, metrics: &Metrics) -> Self {
        let (mut total, mut days) = (0_u64, BTreeMap::new());
        for count in counts {
            total = total.saturating_add(count.total);
            for (at, sum) in &count.by_day {
                let day: &mut u64 = days.entry(at.as_second()).or_default();
                *day = day.saturating_add(*sum);
            }
        }
        if sum(days.values()) < total {
            days.clear();
        }
        let window = metrics.window;
        let busiest = match days.values().max() {
            Some(most) => as_f64(*most),
            None => as_f64(total) / as_f64(window.days().unsigned_abs()),
        };
        Self {
            total,
            days,
            day: window.seconds().min(DAY),
            busiest,
        }
    }

    /// Periods of that many seconds in a day.
    fn periods(&self, period: i64) -> f64 {
        as_f64(self.day.unsigned_abs()) / as_f64(period.max(1).unsigned_abs())
    }

    /// No time of that many seconds had more.
    fn most_in(&self, seconds: i64) -> f64 {
        let last = seconds.saturating_add(self.day);
        let from = |start: &i64| {
            sum(self
                .days
                .range(*start..start.saturating_add(last))
                .map(|day| day.1))
        };
        let most = self.days.keys().map(from).max();
        as_f64(most.unwrap_or(self.total).min(self.total))
    }
}

fn sum<'n>(counts: impl Iterator<Item = &'n u64>) -> u64 {
    counts.fold(0, |sum, count| sum.saturating_add(*count))
}

/// A count, to be compared with a threshold.
#[allow(
    clippy::cast_precision_loss,
    reason = "a count of executions, compared with a threshold that is a float"
)]
pub(crate) fn as_f64(count: u64) -> f64 {
    count as f64
}
