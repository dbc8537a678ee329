//! The alarm that is missing, with a threshold from the machine's own history.

use facts::{Count, Metrics};
use findings::{AlarmSpec, Comparison};

use super::signal::Signal;
use super::words::in_window;
use crate::Subject;
use cost::numbers::counted;
use cost::numbers::short;

const FIVE_MINUTES: u32 = 300;
pub(crate) const ONE_HOUR: u32 = 3_600;

/// The alarm on a signal.
///
/// Where nothing goes wrong on most days, each time counts: a sum above 0 in five minutes. Where something goes wrong on
/// most days, an hour counts that has more than three times the usual hour, and one: above `ceil(usual day / 8) + 1` in an
/// hour. That needs traffic in which the usual failures are few: where half of the executions of a usual hour could fail
/// without reaching it, each time counts again.
pub(crate) fn spec(subject: &Subject<'_>, signal: Signal) -> AlarmSpec {
    let Limit {
        period,
        threshold,
        reason,
        ..
    } = limit(signal, subject.facts.metrics.known());
    AlarmSpec {
        machine_arn: subject.facts.arn.clone(),
        machine_name: subject.facts.name.clone(),
        region: subject.facts.region.clone(),
        metric: signal.metric().to_owned(),
        statistic: "Sum".to_owned(),
        period,
        evaluation_periods: 1,
        datapoints_to_alarm: 1,
        threshold,
        comparison: Comparison::GreaterThanThreshold,
        // There is no data while nothing runs: without it an alarm would wait in INSUFFICIENT_DATA.
        treat_missing_data: "notBreaching".to_owned(),
        reason,
    }
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Limit {
    pub(crate) period: u32,
    pub(crate) threshold: u64,
    /// How many a usual day has, where the threshold is above that.
    pub(crate) usual: u64,
    pub(crate) reason: String,
}

pub(crate) fn limit(signal: Signal, metrics: Option<&Metrics>) -> Limit {
    let each = |reason: String| Limit {
        period: FIVE_MINUTES,
        threshold: 0,
        usual: 0,
        reason,
    };
    let Some(metrics) = metrics else {
        return each("how many are usual is not known, so each one counts".to_owned());
    };
    let count = signal.count(metrics);
    if count.total == 0 {
        return each(format!(
            "none {}, so the first one counts",
            in_window(metrics.window)
        ));
    }
    let (total, within) = (short(count.total.into()), in_window(metrics.window));
    let Some(usual) = usual(count, metrics) else {
        return each(format!(
            "{total} {within}, on which days is not known, so each one counts"
        ));
    };
    if usual == 0 {
        return each(format!(
            "{total} {within} and none on most days, so each one counts"
        ));
    }
    let threshold = usual.div_ceil(8) + 1;
    let [usual_words, threshold_words] = [usual, threshold].map(|count| short(count.into()));
    // Of an hour's executions, half are a forty-eighth of a day's.
    let executions = self::usual(&metrics.started, metrics).unwrap_or_default();
    if signal != Signal::Throttled && executions < threshold.saturating_mul(48) {
        let of = counted(executions, "execution");
        return each(format!(
            "{usual_words} on a usual day of {of}, too many to get used to, so each one counts"
        ));
    }
    let reason = format!(
        "{usual_words} on a usual day, so more than {threshold_words} in an hour count: three times the usual hour, and one"
    );
    Limit {
        period: ONE_HOUR,
        threshold,
        usual,
        reason,
    }
}

/// What a day usually has: the median over the days of the window, those without data being zero. None where it is not
/// told by day.
fn usual(count: &Count, metrics: &Metrics) -> Option<u64> {
    let days = usize::try_from(metrics.window.days()).unwrap_or(1);
    let mut sums: Vec<u64> = count.by_day.values().copied().collect();
    if sums.is_empty() || sums.len() > days + 1 {
        return None;
    }
    sums.resize(sums.len().max(days), 0);
    sums.sort_unstable();
    // Of two in the middle the smaller, so that "most days" means more than half of them.
    sums.get((sums.len() - 1) / 2).copied()
}
