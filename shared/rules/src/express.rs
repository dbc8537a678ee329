//! What it takes to run a Standard state machine as Express: whether its definition allows it, which of its tasks may
//! not run twice, and what both cost.

pub(crate) mod account;
pub(crate) mod hazard;
pub(crate) mod plan;
pub(crate) mod words;

use asl::{Definition, Level};
use cost::usage::{self, Source};
use cost::{able, compare};
use facts::{Deeper, DurationStats, Metrics};
use findings::{Confidence, Severity};
use rust_decimal::Decimal;

use crate::Subject;

/// A Standard machine that Express could run, with what is known of it.
pub(crate) struct Case<'a> {
    pub(crate) subject: &'a Subject<'a>,
    pub(crate) metrics: &'a Metrics,
    pub(crate) duration: DurationStats,
    pub(crate) observed: usage::Observed,
    pub(crate) open: able::Open,
    pub(crate) hazards: hazard::Hazards<'a>,
    pub(crate) comparison: compare::Comparison,
}

/// Fewer ended executions than this say little of the longest one to come.
pub(crate) const ENOUGH: u64 = 20;

/// A saving of so many US dollars a month is worth a look into histories beside the metric.
const SECOND_WITNESS: Decimal = Decimal::ONE_HUNDRED;

impl Case<'_> {
    /// Too few executions ended to judge durations by.
    pub(crate) fn few(&self) -> bool {
        self.duration.samples < ENOUGH
    }

    /// Started executions that did not end, where they are more than a tenth: they may be the long ones.
    pub(crate) fn unfinished(&self) -> Option<u64> {
        let started = self.metrics.started.total;
        let unfinished = started.saturating_sub(self.duration.samples);
        (unfinished > started / 10).then_some(unfinished)
    }

    /// The machine is too young to know its month.
    pub(crate) fn young(&self) -> bool {
        self.observed.since_creation && self.observed.seconds < 86_400
    }

    /// Histories where the metric does not tell how many transitions there are, or the iterations of a Map are guessed;
    /// and beside the metric where much money rests on it. Who listens to its events always matters.
    pub(crate) fn gains(&self) -> Deeper {
        let comparison = &self.comparison;
        Deeper {
            executions: comparison.transitions.source != Source::Metric
                || comparison.steps.assumed
                || comparison.saving.best >= SECOND_WITNESS,
            event_rules: true,
        }
    }

    /// By what is saved in a month.
    pub(crate) fn severity(&self) -> Severity {
        let saving = self.comparison.saving.best;
        if saving >= Decimal::from(500) {
            Severity::High
        } else if saving >= Decimal::from(50) {
            Severity::Medium
        } else {
            Severity::Low
        }
    }

    /// How sure it is that Express can run it, and for less.
    pub(crate) fn confidence(&self) -> Confidence {
        let transitions = &self.comparison.transitions;
        let uncertain = self.comparison.saving.low <= Decimal::ZERO
            || self.few()
            || self.young()
            || self.unfinished().is_some()
            || transitions.source == Source::FewestOfDefinition;
        let estimated = match transitions.source {
            Source::Metric => transitions.histories_say.is_some(),
            Source::Histories(count) => (count as u64) < ENOUGH,
            Source::Definition | Source::FewestOfDefinition => true,
        };
        let undecided = !self.hazards.harmful.is_empty() || !self.open.resources.is_empty();
        if uncertain {
            Confidence::Low
        } else if estimated || undecided || !self.subject.prices.verified {
            Confidence::Medium
        } else {
            Confidence::High
        }
    }
}

/// The definition, or the reason why it says nothing.
pub(crate) fn definition<'a>(subject: &'a Subject<'a>) -> Result<&'a Definition, String> {
    let known = |why: &str| format!("definition: {why}");
    subject.facts.definition.get().map_err(known)?;
    let definition = subject.definition.ok_or_else(|| known("not read"))?;
    if definition.machine.scope.states.is_empty() {
        let error = definition
            .problems
            .iter()
            .find(|problem| problem.level == Level::Error);
        return Err(match error {
            Some(problem) => format!("the definition cannot be read: {}", problem.message),
            None => known("it has no states"),
        });
    }
    Ok(definition)
}

#[cfg(test)]
mod tests;
