//! How often a state is entered in one execution.

use facts::{ExecutionSample, MachineFacts};
use findings::Confidence;
use pricing::num;
use rust_decimal::Decimal;

use super::plan::{Calm, How, Items, Removal};
use cost::numbers::decimal;
use cost::usage::Range;

/// How many transitions one execution spends on a state.
pub(crate) struct Often {
    /// Transitions in one execution.
    pub(crate) each: Range,
    /// `1 transition in every execution`
    pub(crate) words: String,
    /// Of what there is one transition each: `executions`, `items`.
    pub(crate) unit: &'static str,
    /// `the definition`, `200 sampled histories`
    pub(crate) source: String,
    /// What had to be assumed.
    pub(crate) assumed: Option<String>,
    /// How sure the number is.
    pub(crate) confidence: Confidence,
}

impl Often {
    /// From sampled histories where there are some, else from the definition.
    pub(crate) fn of(removal: &Removal<'_>, facts: &MachineFacts) -> Self {
        let sample = facts
            .executions
            .known()
            .filter(|sample| speaks_of(sample, removal));
        sample
            .and_then(|sample| measured(sample, removal))
            .unwrap_or_else(|| defined(removal, facts))
    }

    /// True where the number is neither assumed nor sampled.
    pub(crate) fn exact(&self) -> bool {
        self.each.best == self.each.high && self.assumed.is_none()
    }
}

/// States of child executions are not in the histories of the machine.
fn speaks_of(sample: &ExecutionSample, removal: &Removal<'_>) -> bool {
    let name = &removal.state.name.value;
    !sample.profiles.is_empty()
        && (removal.place.items != Items::Child
            || sample
                .profiles
                .iter()
                .any(|profile| profile.entered.contains_key(name)))
}

fn measured(sample: &ExecutionSample, removal: &Removal<'_>) -> Option<Often> {
    let count = Decimal::from(sample.profiles.len());
    let (mean, margin) = sample.entries(&removal.state.name.value)?;
    let (mean, margin) = (decimal(mean), decimal(margin));
    // Never seen in n samples: with 95 % confidence it happens in fewer than 3 of n.
    let most = if mean.is_zero() {
        num::div(Decimal::from(3), count)
            .unwrap_or_default()
            .min(Decimal::ONE)
    } else {
        num::add(mean, margin)
    };
    let whole = Range::around(mean, num::sub(mean, margin).max(Decimal::ZERO), most);
    let (each, assumed) = match &removal.how {
        How::End {
            by, stays: true, ..
        } => (
            share(sample, removal, by, whole)?,
            Some("what leads to it with `Next` hardly ever fails".to_owned()),
        ),
        _ if sample.profiles.len() == 1 => (
            whole,
            Some("the one execution that was sampled is like the others".to_owned()),
        ),
        _ => (whole, None),
    };
    let histories = if count == Decimal::ONE {
        "history"
    } else {
        "histories"
    };
    let source = format!("{count} sampled {histories}");
    let words = if each.low == Decimal::ONE && each.high == Decimal::ONE {
        "1 transition in every execution".to_owned()
    } else if each.best.is_zero() {
        format!("seen in none of {source}")
    } else {
        format!("{} transitions an execution", plain(each))
    };
    Some(Often {
        each,
        words,
        unit: "executions",
        source,
        assumed,
        confidence: Confidence::High,
    })
}

/// Of the entries of a state that stays, those that come from states which could end.
fn share(
    sample: &ExecutionSample,
    removal: &Removal<'_>,
    by: &[usize],
    whole: Range,
) -> Option<Range> {
    let entries = |index: usize| {
        sample
            .entries(removal.name(index))
            .map(|(mean, _)| decimal(mean))
    };
    let mut from_by = Decimal::ZERO;
    for index in by {
        from_by = num::add(from_by, entries(*index)?);
    }
    let mut from_others = Decimal::ZERO;
    let mut others: Vec<usize> = removal
        .edges_in()
        .map(|edge| edge.from)
        .filter(|from| !by.contains(from))
        .collect();
    others.dedup();
    for index in others {
        from_others = num::add(from_others, entries(index)?);
    }
    let best = whole.best.min(from_by);
    Some(Range::around(
        best,
        num::sub(whole.low, from_others).max(Decimal::ZERO),
        best,
    ))
}

/// What the definition says alone.
fn defined(removal: &Removal<'_>, facts: &MachineFacts) -> Often {
    let (zero, rare, half, one) = (
        Decimal::ZERO,
        Decimal::new(1, 2),
        Decimal::new(5, 1),
        Decimal::ONE,
    );
    let repeats = removal.in_cycle || removal.place.repeats;
    let always = removal.place.certain
        && removal.unavoidable
        && !matches!(removal.how, How::End { stays: true, .. });
    let often = |each, words: &str, unit, assumed: Option<&str>, confidence| Often {
        each,
        words: words.to_owned(),
        unit,
        source: "the definition".to_owned(),
        assumed: assumed.map(str::to_owned),
        confidence,
    };
    if removal.place.items != Items::None {
        let assumed = "one item an execution: n items cost n times as much";
        return often(
            Range::around(one, zero, one),
            "1 transition for each item",
            "items",
            Some(assumed),
            Confidence::Low,
        );
    }
    match (always, repeats) {
        (true, false) => often(
            Range::around(one, succeeded(removal, facts), one),
            "1 transition in every execution",
            "executions",
            None,
            Confidence::High,
        ),
        (true, true) => {
            let assumed = "one turn of the loop in every execution: n turns cost n times as much";
            let each = Range::around(one, succeeded(removal, facts), most(facts));
            often(
                each,
                "at least 1 transition in every execution",
                "executions",
                Some(assumed),
                Confidence::Medium,
            )
        }
        (false, repeats) => {
            let certain =
                removal.place.certain && !matches!(removal.how, How::End { stays: true, .. });
            let (best, share) = match removal.calm {
                Calm::Always if certain => (
                    succeeded(removal, facts),
                    "nearly every execution reaches it: few catch an error",
                ),
                Calm::Never => (
                    rare,
                    "one execution in a hundred catches an error and reaches it",
                ),
                _ => (half, "half of the executions reach it"),
            };
            let loops = "; a loop may reach it more often";
            let assumed = format!("{share}{}", if repeats { loops } else { "" });
            let words = "1 transition in each execution that reaches it";
            often(
                Range::around(best, zero, if repeats { most(facts) } else { one }),
                words,
                "of these",
                Some(&assumed),
                Confidence::Medium,
            )
        }
    }
}

/// No state of a loop is entered more often than there are transitions in an execution, where these were measured; at
/// least once in any case.
fn most(facts: &MachineFacts) -> Decimal {
    let measured = facts
        .metrics
        .known()
        .and_then(|metrics| num::div(metrics.transitions?.into(), metrics.started.total.into()));
    measured.unwrap_or(Decimal::ONE).max(Decimal::ONE)
}

/// The share of executions that surely pass a state through which all that succeed must go.
fn succeeded(removal: &Removal<'_>, facts: &MachineFacts) -> Decimal {
    let first =
        removal.place.kind == asl::ScopeKind::Root && removal.graph.start == Some(removal.index);
    let Some(metrics) = facts.metrics.known().filter(|_| !first) else {
        return Decimal::ONE;
    };
    let left = metrics
        .started
        .total
        .saturating_sub(cost::usage::ended_badly(metrics));
    num::div(left.into(), metrics.started.total.into()).unwrap_or(Decimal::ONE)
}

/// `1`, `0.42 +- 0.05`, `0 to 1`.
pub(crate) fn plain(range: Range) -> String {
    let digits = |value: Decimal| value.round_dp(2).normalize().to_string();
    let (up, down) = (
        num::sub(range.high, range.best),
        num::sub(range.best, range.low),
    );
    if range.low == range.high {
        digits(range.best)
    } else if (up - down).abs() < Decimal::new(5, 3) {
        format!("{} +- {}", digits(range.best), digits(up))
    } else {
        format!("{} to {}", digits(range.low), digits(range.high))
    }
}
