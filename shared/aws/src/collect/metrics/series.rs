//! From data points to facts.

use std::collections::BTreeMap;

use aws_sdk_cloudwatch::primitives::DateTime;
use facts::{Count, DurationStats, ExpressBilling, Metrics, RegionTotals, WorkflowType};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::super::window::Span;
use super::Ask;

/// The data points of one query, by second.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Series {
    points: BTreeMap<i64, f64>,
    /// Data points that are no amount.
    discarded: u64,
}

impl Series {
    /// Adds data points; what is no amount (not finite, negative) is not one.
    pub(super) fn extend<'a>(&mut self, points: impl Iterator<Item = (&'a DateTime, f64)>) {
        for (at, value) in points {
            if value.is_finite() && value >= 0.0 {
                self.points.insert(at.secs(), value);
            } else {
                self.discarded += 1;
            }
        }
    }

    /// Whether there is a data point that is not zero, if only one that is no amount.
    fn shows_something(&self) -> bool {
        self.discarded > 0 || self.points.values().any(|value| *value > 0.0)
    }

    fn total(&self) -> Option<f64> {
        (!self.points.is_empty()).then(|| self.points.values().sum())
    }

    fn highest(&self) -> Option<f64> {
        self.points.values().copied().reduce(f64::max)
    }

    fn count(&self) -> Count {
        let day =
            |(at, value): (&i64, &f64)| Some((Timestamp::from_second(*at).ok()?, whole(*value)));
        let by_day: BTreeMap<Timestamp, u64> = self.points.iter().filter_map(day).collect();
        Count {
            total: by_day
                .values()
                .fold(0, |sum: u64, value| sum.saturating_add(*value)),
            by_day,
        }
    }

    /// The mean of means, each weighed with its number of samples.
    fn mean(&self, samples: &Self) -> Option<f64> {
        let weight = |at: &i64| {
            samples
                .points
                .get(at)
                .copied()
                .filter(|count| *count > 0.0)
                .unwrap_or(1.0)
        };
        let (mut sum, mut weights) = (0.0, 0.0);
        for (at, value) in &self.points {
            sum += value * weight(at);
            weights += weight(at);
        }
        (weights > 0.0).then(|| sum / weights)
    }
}

/// A count that CloudWatch gives as a float.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "not negative; a float that is too large saturates"
)]
fn whole(value: f64) -> u64 {
    value.round() as u64
}

/// Bytes in a megabyte, as Express is billed by.
const MEGABYTE: f64 = 1_048_576.0;

/// `ExpressExecutionBilledMemory` in MB. AWS does not document its unit; it is billed in chunks of 64 MB and holds a few
/// GB at most, so what is a million or more can only be bytes.
fn megabytes(value: f64) -> f64 {
    if value >= 1_000_000.0 {
        value / MEGABYTE
    } else {
        value
    }
}

/// What was answered for one state machine.
#[derive(Clone, Debug, Default)]
pub(super) struct Answers(BTreeMap<Ask, Result<Series, String>>);

impl Answers {
    pub(super) fn insert(&mut self, ask: Ask, answer: Result<Series, String>) {
        self.0.insert(ask, answer);
    }

    fn series(&self, ask: Ask) -> Option<&Series> {
        self.0.get(&ask).and_then(|answer| answer.as_ref().ok())
    }

    fn count(&self, ask: Ask) -> Count {
        self.series(ask).map(Series::count).unwrap_or_default()
    }

    /// Whether there is more to ask for. Not of one that is idle, and not of one of which the first answer is missing: nothing
    /// is known of it then, whatever the others are.
    pub(super) fn active(&self) -> bool {
        let mut active = false;
        for (ask, answer) in &self.0 {
            match answer {
                _ if !ask.tells_activity() => {}
                Ok(series) => active |= series.shows_something(),
                // What may miss and does leaves open whether the state machine is idle.
                Err(_) if ask.can_miss() => active = true,
                Err(_) => return false,
            }
        }
        active
    }

    /// The metrics, or why they are not known. Of an idle state machine only the first numbers are there, CloudWatch
    /// publishes nothing else.
    pub(super) fn metrics(
        &self,
        kind: Option<WorkflowType>,
        span: Span,
    ) -> Result<Metrics, String> {
        let active = self.active();
        let needed = Ask::of(kind).iter().filter(|ask| !ask.can_miss());
        for ask in needed.filter(|ask| active || ask.tells_activity()) {
            match self.0.get(ask) {
                Some(Ok(_)) => {}
                Some(Err(why)) => return Err(why.clone()),
                None => return Err("asking CloudWatch was broken off".to_owned()),
            }
        }
        Ok(Metrics {
            window: span.window,
            started: self.count(Ask::Started),
            failed: self.count(Ask::Failed),
            timed_out: self.count(Ask::TimedOut),
            aborted: self.count(Ask::Aborted),
            throttled: self.count(Ask::Throttled),
            duration: self.duration(),
            transitions: self
                .series(Ask::Transitions)
                .and_then(Series::total)
                .map(whole),
            express: self.express(),
            discarded: self.discarded(),
        })
    }

    /// The totals of a Region, or why they are not known.
    pub(super) fn totals(&self) -> Result<RegionTotals, String> {
        for ask in Ask::REGION {
            match self.0.get(&ask) {
                Some(Ok(_)) => {}
                Some(Err(why)) => return Err(why.clone()),
                None => return Err("asking CloudWatch was broken off".to_owned()),
            }
        }
        let total = |ask| self.series(ask).and_then(Series::total);
        Ok(RegionTotals {
            started: Some(self.count(Ask::Started).total),
            transitions: total(Ask::Transitions).map(whole),
            express_billed_ms: total(Ask::BilledMs),
        })
    }

    fn discarded(&self) -> u64 {
        let found = self.0.values().filter_map(|answer| answer.as_ref().ok());
        found.map(|series| series.discarded).sum()
    }

    /// A window that came in more than one data point: percentiles of parts cannot be put together, the highest of them
    /// is never too low.
    fn duration(&self) -> Option<DurationStats> {
        let samples = self.series(Ask::Samples)?;
        let average = self.series(Ask::Average)?.mean(samples)?;
        Some(DurationStats {
            average,
            p99: self.series(Ask::P99).and_then(Series::highest),
            maximum: self.series(Ask::Maximum)?.highest()?,
            samples: whole(samples.total()?),
        })
    }

    fn express(&self) -> Option<ExpressBilling> {
        let memory = self.series(Ask::BilledMemory)?;
        Some(ExpressBilling {
            billed_ms: self.series(Ask::BilledMs)?.total()?,
            billed_memory_mb: megabytes(memory.mean(&Series::default())?),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::super::window;
    use super::*;

    fn span() -> Span {
        window::of(
            "2026-11-22T06:00:00Z".parse().unwrap(),
            Duration::from_hours(14 * 24),
        )
    }

    fn series(points: &[(i64, f64)]) -> Series {
        let mut series = Series::default();
        let dates: Vec<DateTime> = points
            .iter()
            .map(|(at, _)| DateTime::from_secs(*at))
            .collect();
        series.extend(dates.iter().zip(points.iter().map(|(_, value)| *value)));
        series
    }

    /// All that is asked of a workflow of that type, without data but for `some`.
    fn answers(kind: WorkflowType, some: &[(Ask, &[(i64, f64)])]) -> Answers {
        let mut answers = Answers::default();
        for ask in Ask::of(Some(kind)) {
            answers.insert(*ask, Ok(Series::default()));
        }
        for (ask, points) in some {
            answers.insert(*ask, Ok(series(points)));
        }
        answers
    }

    #[test]
    fn no_data_points_are_a_count_of_zero_and_no_duration() {
        let metrics = answers(WorkflowType::Standard, &[])
            .metrics(Some(WorkflowType::Standard), span())
            .unwrap();
        assert_eq!(metrics, Metrics::idle(span().window));
    }

    #[test]
    fn amounts_that_are_none_are_left_out() {
        let points = [
            (0, 2.0),
            (86_400, f64::NAN),
            (172_800, -1.0),
            (259_200, f64::INFINITY),
            (345_600, 3.4),
        ];
        let found = answers(WorkflowType::Standard, &[(Ask::Failed, &points)]);
        let metrics = found.metrics(Some(WorkflowType::Standard), span()).unwrap();
        assert_eq!(metrics.discarded, 3);
        let failed = metrics.failed;
        let at = |second| Timestamp::from_second(second).unwrap();
        assert_eq!(
            failed,
            Count {
                total: 5,
                by_day: BTreeMap::from([(at(0), 2), (at(345_600), 3)])
            }
        );
    }

    #[test]
    fn a_window_in_two_parts_is_put_together_on_the_safe_side() {
        let found = answers(
            WorkflowType::Standard,
            &[
                (Ask::Samples, &[(0, 30.0), (1, 10.0)]),
                (Ask::Average, &[(0, 100.0), (1, 500.0)]),
                (Ask::Maximum, &[(0, 900.0), (1, 700.0)]),
                (Ask::P99, &[(0, 200.0), (1, 650.0)]),
                (Ask::Transitions, &[(0, 240.0), (1, 80.0)]),
            ],
        );
        let metrics = found.metrics(Some(WorkflowType::Standard), span()).unwrap();
        let expected = DurationStats {
            average: 200.0,
            p99: Some(650.0),
            maximum: 900.0,
            samples: 40,
        };
        assert_eq!(
            (metrics.duration, metrics.transitions),
            (Some(expected), Some(320))
        );
    }

    #[test]
    fn express_memory_is_told_in_megabytes_whatever_its_unit() {
        for (memory, expected) in [(67_108_864.0, 64.0), (64.0, 64.0), (3072.0, 3072.0)] {
            let asked: [(Ask, &[(i64, f64)]); 2] = [
                (Ask::BilledMs, &[(0, 1500.0)]),
                (Ask::BilledMemory, &[(0, memory)]),
            ];
            let found = answers(WorkflowType::Express, &asked)
                .metrics(Some(WorkflowType::Express), span())
                .unwrap();
            assert_eq!(
                found.express,
                Some(ExpressBilling {
                    billed_ms: 1500.0,
                    billed_memory_mb: expected
                })
            );
        }
    }

    #[test]
    fn more_is_asked_of_a_state_machine_that_did_anything() {
        let asked = |some: &[(Ask, &[(i64, f64)])]| answers(WorkflowType::Standard, some).active();
        assert!(!asked(&[]), "idle");
        assert!(!asked(&[(Ask::Started, &[(0, 0.0)])]), "zero is nothing");
        for ask in [Ask::Started, Ask::Samples, Ask::Transitions] {
            assert!(asked(&[(ask, &[(0, 0.0), (1, 2.0)])]), "{ask:?}");
            assert!(asked(&[(ask, &[(0, f64::NAN)])]), "no amount: {ask:?}");
        }
        let mut found = answers(WorkflowType::Standard, &[]);
        found.insert(Ask::Transitions, Err("InternalError".to_owned()));
        assert!(found.active(), "not known to be idle");
        found.insert(Ask::Samples, Err("InternalError".to_owned()));
        assert!(!found.active(), "not known, whatever the others are");
    }

    #[test]
    fn what_may_miss_does_and_what_may_not_is_the_reason() {
        let kind = Some(WorkflowType::Standard);
        let mut found = answers(WorkflowType::Standard, &[(Ask::Started, &[(0, 1.0)])]);
        found.insert(
            Ask::P99,
            Err("InternalError on cloudwatch:GetMetricData".to_owned()),
        );
        assert!(found.metrics(kind, span()).is_ok());
        found.insert(
            Ask::Failed,
            Err("AccessDenied on cloudwatch:GetMetricData".to_owned()),
        );
        assert_eq!(
            found.metrics(kind, span()),
            Err("AccessDenied on cloudwatch:GetMetricData".to_owned())
        );
        assert!(
            Answers::default()
                .metrics(kind, span())
                .unwrap_err()
                .contains("broken off")
        );
    }
}
