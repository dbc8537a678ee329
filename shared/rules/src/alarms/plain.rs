//! Whether an alarm on one metric goes to ALARM when executions go wrong.

use facts::{Alarm, Metrics, TreatMissing};

use super::reach::{Need, Reach, as_f64};
use super::reading::{Of, Reading, Scope};
use super::sight::{SINGLE, Side, Sight, UNUSUAL};
use super::signal::Signal;
use super::words::{compared, fewer, in_a_row, no_day_had, number};

/// An alarm on one metric. None where it is not about executions that go wrong.
pub(crate) fn plain(alarm: &Alarm, reading: &Reading, metrics: Option<&Metrics>) -> Option<Sight> {
    let side = Side::of(alarm);
    let by_value = match reading.of {
        Of::Successes => successes(alarm, &side)?,
        Of::Trouble(signal) => {
            let trouble = Trouble {
                alarm,
                reading,
                signal,
                metrics,
            };
            trouble.sight(&side)
        }
    };
    Some(match (&reading.scope, by_value) {
        (Scope::Nothing(why), _) => Sight::Blind(why.clone()),
        (Scope::Part(why), Sight::Whole | Sight::Part(_) | Sight::Stops(_)) => {
            Sight::Part(why.clone())
        }
        (_, sight) => sight,
    })
}

/// Too few executions that end well: of those that fail beside them it tells nothing.
fn successes(alarm: &Alarm, side: &Side) -> Option<Sight> {
    let threshold = alarm.threshold.unwrap_or_default();
    let none_only = match side {
        Side::Above(_) | Side::AboveUsual => return None,
        Side::BelowUsual => {
            let why = "goes off only when fewer executions than usual succeed";
            return Some(Sight::Stops(why.to_owned()));
        }
        Side::Below(true) => threshold < 1.0,
        Side::Below(false) => threshold <= 1.0,
    };
    Some(Sight::Stops(if !none_only {
        format!("goes off only when {}", fewer(alarm))
    } else if alarm.treat_missing == TreatMissing::Breaching {
        "goes off only when nothing succeeds".to_owned()
    } else {
        "waits for no execution to succeed, which leaves no data, and missing data does not count as bad".to_owned()
    }))
}

/// An alarm on a metric that counts one kind of trouble.
struct Trouble<'t> {
    alarm: &'t Alarm,
    reading: &'t Reading,
    signal: Signal,
    metrics: Option<&'t Metrics>,
}

impl Trouble<'_> {
    fn sight(&self, side: &Side) -> Sight {
        let inclusive = match side {
            Side::Above(inclusive) => *inclusive,
            Side::AboveUsual => return Sight::Part(UNUSUAL.to_owned()),
            Side::Below(_) | Side::BelowUsual => {
                let wrong = compared(self.alarm, self.signal);
                return Sight::Blind(format!("goes to ALARM when nothing is wrong: {wrong}"));
            }
        };
        let Some(threshold) = self.alarm.threshold else {
            return Sight::Whole;
        };
        let sight = match self.reading.statistic.as_str() {
            "" | "Sum" if self.happened() => Sight::Whole,
            "" | "Sum" | "SampleCount" => self.ever(threshold, inclusive),
            statistic if self.signal == Signal::Throttled => single(statistic, threshold),
            statistic => of_one(statistic, threshold, inclusive),
        };
        match sight {
            Sight::Blind(why) => Sight::Blind(why),
            _ if self.alarm.treat_missing == TreatMissing::Breaching => self.gaps(),
            Sight::Whole => self.reached(threshold, inclusive),
            other => other,
        }
    }

    fn happened(&self) -> bool {
        self.metrics
            .is_some_and(|metrics| self.signal.count(metrics).total > 0)
    }

    /// True where what it counts is of this state machine only, or of a part of it.
    fn is_own(&self) -> bool {
        !self.reading.shared && self.reading.scope != Scope::Account
    }

    /// An alarm for which periods without data are bad, on a metric that has none while nothing runs.
    fn gaps(&self) -> Sight {
        let own = self.metrics.filter(|_| self.is_own());
        if own.is_some_and(|metrics| Need::new(self.alarm, 1.0).stands_alone(metrics)) {
            let why = "takes periods without data as bad: it is in ALARM while nothing runs, and tells nothing new when something goes wrong";
            Sight::Stuck(why.to_owned())
        } else {
            let why = "takes periods without data as bad: in ALARM for those, it tells nothing new when something goes wrong";
            Sight::Part(why.to_owned())
        }
    }

    /// An alarm that would go off, held against what happened.
    fn reached(&self, threshold: f64, inclusive: bool) -> Sight {
        let each = match self.reading.statistic.as_str() {
            "SampleCount" => return Sight::Whole,
            "" | "Sum" if inclusive => threshold.ceil(),
            "" | "Sum" => threshold.floor() + 1.0,
            _ => 1.0,
        };
        if !self.is_own() {
            return Sight::Whole;
        }
        let signals = [self.signal];
        let needs = || {
            let (what, row) = (compared(self.alarm, self.signal), in_a_row(self.alarm));
            let comma = if row.is_empty() { "" } else { ", " };
            format!("needs {what}{comma}{row}")
        };
        match Need::new(self.alarm, each).reach(&signals, self.metrics) {
            Reach::Can => Sight::Whole,
            Reach::Lasting => Sight::Part(format!("{}; {SINGLE}", needs())),
            Reach::Cannot(beyond) => {
                let most = no_day_had(&signals, self.metrics);
                Sight::Unreached(format!("{}{most}", needs()), beyond)
            }
        }
    }

    /// A threshold on a number of executions, held against how many there are.
    fn ever(&self, threshold: f64, inclusive: bool) -> Sight {
        let Some(metrics) = self.metrics.filter(|metrics| metrics.started.total > 0) else {
            return Sight::Whole;
        };
        if self.signal == Signal::Throttled || self.reading.scope == Scope::Account {
            return Sight::Whole;
        }
        let a_day = self.alarm.period <= 86_400 && metrics.window.seconds() >= 86_400;
        let counts = [&metrics.started, self.signal.count(metrics)];
        let most = counts.map(|count| {
            if a_day && !count.by_day.is_empty() {
                count.busiest()
            } else {
                count.total
            }
        });
        let bound = as_f64(most.into_iter().max().unwrap_or_default());
        if threshold < bound || (inclusive && threshold <= bound) {
            return Sight::Whole;
        }
        let span = if a_day && !metrics.started.by_day.is_empty() {
            "the busiest day"
        } else {
            "the whole window"
        };
        let what = compared(self.alarm, self.signal);
        let why = format!("{what}, and {span} started {}", number(bound));
        if threshold >= bound * ABSURD {
            Sight::Blind(format!("waits for what does not happen: {why}"))
        } else {
            Sight::Part(format!("waits for more than ever ran: {why}"))
        }
    }
}

/// How far above all that was started a threshold is out of reach for good.
const ABSURD: f64 = 10.0;

/// A statistic over executions that count 1 each.
fn of_one(statistic: &str, threshold: f64, inclusive: bool) -> Sight {
    if threshold < 1.0 || (threshold <= 1.0 && inclusive) {
        return single(statistic, threshold);
    }
    let than = if inclusive { "at least" } else { "more than" };
    let needs = number(threshold);
    Sight::Blind(format!(
        "waits for {than} {needs}, and the `{statistic}` of executions that count 1 each is 1 at most"
    ))
}

fn single(statistic: &str, threshold: f64) -> Sight {
    if statistic == "Maximum" || (statistic == "Average" && threshold < 0.5) {
        return Sight::Whole;
    }
    Sight::Part(format!(
        "looks at the `{statistic}` of single executions, and not at how many went wrong"
    ))
}
