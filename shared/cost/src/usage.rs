//! What a Standard machine does in a month, from its metrics, its histories or its definition.

use asl::{Definition, Scope, StateKind};
use facts::{DurationStats, ExecutionSample, MachineFacts, Metrics};
use pricing::num;
use rust_decimal::Decimal;

use crate::numbers;

/// A value with the least and the most that it may be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Range {
    /// The likeliest value.
    pub best: Decimal,
    /// The least.
    pub low: Decimal,
    /// The most.
    pub high: Decimal,
}

impl Range {
    /// A value without doubt.
    pub fn exact(value: Decimal) -> Self {
        Self {
            best: value,
            low: value,
            high: value,
        }
    }

    /// What each of the three values comes to; they stay in order where `of` keeps an order or turns it around.
    #[must_use]
    pub fn map(self, of: impl Fn(Decimal) -> Decimal) -> Self {
        Self::around(of(self.best), of(self.low), of(self.high))
    }

    /// The sum of two independent amounts.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            best: num::add(self.best, other.best),
            low: num::add(self.low, other.low),
            high: num::add(self.high, other.high),
        }
    }

    /// That many of them.
    #[must_use]
    pub fn times(self, factor: Decimal) -> Self {
        self.map(|value| num::mul(value, factor))
    }

    /// True where there is no doubt.
    pub fn is_exact(self) -> bool {
        self.low == self.high
    }

    /// The best value between bounds that are put in order.
    pub fn around(best: Decimal, one: Decimal, other: Decimal) -> Self {
        Self {
            best,
            low: one.min(other).min(best),
            high: one.max(other).max(best),
        }
    }
}

/// Where the number of transitions comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// `ConsumedCapacity` of the machine.
    Metric,
    /// That many sampled histories.
    Histories(usize),
    /// The definition: the fewest and the most on any way through it.
    Definition,
    /// The definition has a loop or an inline Map: there is no most, and the fewest are counted.
    FewestOfDefinition,
}

/// Billed transitions of one execution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transitions {
    /// How many.
    pub per_execution: Range,
    /// From where.
    pub source: Source,
    /// What histories say, where they say something else than the metric.
    pub histories_say: Option<(Decimal, usize)>,
}

/// How long the counted executions were observed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Observed {
    /// Seconds in which the executions were started.
    pub seconds: i64,
    /// The machine was created within the window.
    pub since_creation: bool,
}

impl Observed {
    /// `14 days`, `6 hours`, `12 minutes`.
    pub fn words(self) -> String {
        numbers::span(self.seconds)
    }
}

/// The whole window.
pub fn window(metrics: &Metrics) -> Observed {
    Observed {
        seconds: metrics.window.seconds(),
        since_creation: false,
    }
}

/// The part of the window in which the machine existed.
pub fn observed(facts: &MachineFacts, metrics: &Metrics) -> Observed {
    match facts.began(metrics) {
        Some(began) => Observed {
            seconds: metrics
                .window
                .end
                .as_second()
                .saturating_sub(began.as_second())
                .max(0),
            since_creation: true,
        },
        None => window(metrics),
    }
}

/// What was counted, as a month of it.
pub fn per_month(count: u64, observed: Observed) -> Decimal {
    per_month_of(count.into(), observed)
}

/// An amount that was seen, as a month of it.
pub fn per_month_of(amount: Decimal, observed: Observed) -> Decimal {
    let hours = Decimal::from(observed.seconds) / Decimal::from(3_600);
    pricing::per_month(amount, hours)
}

/// `ExecutionTime` where it can be reckoned with: finite and not negative, the maximum not below the others.
pub fn duration(metrics: &Metrics) -> Option<DurationStats> {
    // A year in milliseconds: nothing runs longer.
    let usable = |value: f64| value.is_finite() && (0.0..=31_622_400_000.0).contains(&value);
    let stats = metrics.duration.as_ref()?;
    if stats.samples == 0 || !usable(stats.average) || !usable(stats.maximum) {
        return None;
    }
    let p99 = stats.p99.filter(|value| usable(*value));
    Some(DurationStats {
        average: stats.average,
        p99,
        maximum: stats
            .maximum
            .max(stats.average)
            .max(p99.unwrap_or_default()),
        samples: stats.samples,
    })
}

/// Share by which metric and histories may differ before it is said.
const DISAGREEMENT: Decimal = Decimal::from_parts(10, 0, 0, false, 2);

/// Billed transitions of one execution: measured where that is possible.
pub fn transitions(
    facts: &MachineFacts,
    metrics: &Metrics,
    definition: &Definition,
) -> Transitions {
    measured_transitions(facts, metrics).unwrap_or_else(|| by_definition(definition))
}

/// Billed transitions of one execution from the metric, or else from histories; none where neither tells.
pub fn measured_transitions(facts: &MachineFacts, metrics: &Metrics) -> Option<Transitions> {
    let sampled = facts.executions.known().and_then(sampled);
    let Some(metric) = by_metric(metrics) else {
        return sampled.map(|(per_execution, count)| Transitions {
            per_execution,
            source: Source::Histories(count),
            histories_say: None,
        });
    };
    let disagreeing = sampled
        .filter(|(range, _)| num::sub(range.best, metric).abs() > num::mul(metric, DISAGREEMENT));
    Some(Transitions {
        per_execution: match disagreeing {
            Some((range, _)) => Range::around(metric, metric, range.best),
            None => Range::exact(metric),
        },
        source: Source::Metric,
        histories_say: disagreeing.map(|(range, count)| (range.best, count)),
    })
}

/// AWS ends an execution at 25,000 history events, and each transition is one at least.
///
/// Source: AWS Step Functions Developer Guide, service quotas, read 2026-11-22.
const MOST_TRANSITIONS: u32 = 25_000;

/// From `ConsumedCapacity`; none where it gives an execution fewer or more transitions than one can have.
fn by_metric(metrics: &Metrics) -> Option<Decimal> {
    let each = num::div(metrics.transitions?.into(), metrics.started.total.into())?;
    (Decimal::ONE..=MOST_TRANSITIONS.into())
        .contains(&each)
        .then_some(each)
}

/// Billed transitions of one execution and the number of histories that tell it.
pub(crate) fn sampled(sample: &ExecutionSample) -> Option<(Range, usize)> {
    let (mean, margin) = sample.transitions()?;
    let (mean, margin) = (numbers::decimal(mean), numbers::decimal(margin));
    let mean = mean.max(Decimal::ONE);
    let low = num::sub(mean, margin).max(Decimal::ONE);
    Some((
        Range::around(mean, low, num::add(mean, margin)),
        sample.profiles.len(),
    ))
}

/// The fewest and the most on any way through a definition.
pub fn by_definition(definition: &Definition) -> Transitions {
    let scope = &definition.machine.scope;
    let bounds = scope.graph().transition_bounds(scope);
    let fewest = Decimal::from(bounds.fewest.max(1));
    let (per_execution, source) = match bounds.most.map(Decimal::from) {
        Some(most) => {
            let middle = (num::add(fewest, most) / Decimal::TWO).normalize();
            (Range::around(middle, fewest, most), Source::Definition)
        }
        None => (Range::exact(fewest), Source::FewestOfDefinition),
    };
    Transitions {
        per_execution,
        source,
        histories_say: None,
    }
}

/// Executions that failed, timed out or were aborted.
pub fn ended_badly(metrics: &Metrics) -> u64 {
    [&metrics.failed, &metrics.timed_out, &metrics.aborted]
        .iter()
        .fold(0, |sum, count| sum.saturating_add(count.total))
}

/// Retries of one execution, from histories; zero where there are none.
pub fn retries(facts: &MachineFacts) -> Decimal {
    let Some(sample) = facts.executions.known() else {
        return Decimal::ZERO;
    };
    let total = sample
        .profiles
        .iter()
        .fold(0_u64, |sum, profile| sum.saturating_add(profile.retries));
    num::div(total.into(), sample.profiles.len().into()).unwrap_or_default()
}

/// Iterations of an inline Map that are assumed where no history tells: the least, the best guess, the most.
const ITERATIONS: [u64; 3] = [1, 10, 100];

/// How many steps hold a payload at once, for the memory of Express: branches of Parallel states and iterations of
/// Maps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PayloadSteps {
    /// The least.
    pub low: u64,
    /// The likeliest number.
    pub best: u64,
    /// The most.
    pub high: u64,
    /// Iterations of a Map had to be assumed.
    pub assumed: bool,
}

/// Counts them; Maps from histories where there are some.
pub fn payload_steps(facts: &MachineFacts, definition: &Definition) -> PayloadSteps {
    let sample = facts
        .executions
        .known()
        .filter(|sample| !sample.profiles.is_empty());
    let mut steps = PayloadSteps::default();
    for state in definition.states() {
        match &state.kind {
            StateKind::Parallel(branches) => {
                let count = branches.len() as u64;
                steps.add([count; 3]);
            }
            StateKind::Map(map) => {
                let measured = sample
                    .zip(map.processor.as_ref())
                    .and_then(|(sample, scope)| iterations(sample, scope));
                steps.assumed |= measured.is_none();
                steps.add(measured.unwrap_or(ITERATIONS));
            }
            _ => {}
        }
    }
    steps
}

impl PayloadSteps {
    fn add(&mut self, [low, best, high]: [u64; 3]) {
        self.low = self.low.saturating_add(low);
        self.best = self.best.saturating_add(best);
        self.high = self.high.saturating_add(high);
    }
}

/// How often the first state of a Map's processor was entered in one execution: least, mean rounded up, most.
fn iterations(sample: &ExecutionSample, scope: &Scope) -> Option<[u64; 3]> {
    let start = &scope.start_at.as_ref()?.value;
    let entered = || {
        sample
            .profiles
            .iter()
            .map(|profile| profile.entered.get(start).copied().unwrap_or_default())
    };
    let total = entered().fold(0_u64, u64::saturating_add);
    let mean = total.div_ceil((sample.profiles.len() as u64).max(1));
    Some([entered().min()?, mean, entered().max()?])
}
