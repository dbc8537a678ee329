//! What a removable state costs in a month, and what that stands on.

use findings::{Evidence, Saving};
use pricing::{Usd, num};
use rust_decimal::Decimal;

use super::often::{Often, plain};
use crate::Subject;
use cost::numbers::{dates, short};
use cost::usage::{Range, observed, per_month};

/// What a month of it costs, with what that stands on; none where executions were not counted.
pub(crate) fn saving(subject: &Subject<'_>, often: &Often) -> Option<(Saving, Evidence)> {
    let metrics = subject.facts.metrics.known()?;
    let over = observed(subject.facts, metrics);
    let executions = per_month(metrics.started.total, over);
    let all = metrics.transitions.map(|count| per_month(count, over));
    let usd = |each: Decimal| {
        let saved = num::mul(executions, each);
        let free = if subject.config.free_tier {
            free_among(saved, all, subject.prices.free_transitions)
        } else {
            Decimal::ZERO
        };
        (subject.prices.transition * num::sub(saved, free))
            .0
            .round_dp(6)
            .normalize()
    };
    let mut assumptions: Vec<String> = often.assumed.iter().cloned().collect();
    if often.each.low < often.each.best
        && often.assumed.is_none()
        && often.source == "the definition"
    {
        assumptions.push("executions that did not succeed may have ended before it".to_owned());
    }
    if over.since_creation {
        assumptions.push(format!(
            "a month is like the {} since it was created",
            over.words()
        ));
    } else {
        assumptions.push(format!("a month is like the last {}", over.words()));
    }
    let range = Range::around(
        usd(often.each.best),
        usd(often.each.low),
        usd(often.each.high),
    );
    let saving = Saving {
        usd_per_month: range.best,
        low: range.low,
        high: range.high,
        assumptions,
    };
    let started = Evidence {
        what: "ExecutionsStarted".to_owned(),
        value: format!(
            "{} in {}",
            short(metrics.started.total.into()),
            over.words()
        ),
        source: format!("CloudWatch, {}", dates(metrics.window)),
    };
    Some((saving, started))
}

/// Of the saved transitions, those that would have been free: the free ones are used up by what remains first.
fn free_among(saved: Decimal, all: Option<Decimal>, free: Decimal) -> Decimal {
    let all = all.unwrap_or(saved).max(saved);
    num::sub(free, num::sub(all, saved))
        .max(Decimal::ZERO)
        .min(saved)
}

/// What is known of the number and of the price, as evidence.
pub(crate) fn evidence(subject: &Subject<'_>, often: &Often) -> Vec<Evidence> {
    let price = &subject.prices;
    vec![
        Evidence {
            what: "transitions per execution".to_owned(),
            value: plain(often.each),
            source: often.source.clone(),
        },
        Evidence {
            what: "price per transition".to_owned(),
            value: price.transition.per_million(),
            source: subject.price_source(price.known),
        },
    ]
}

/// The message's words for what it costs.
pub(crate) fn cost(subject: &Subject<'_>, often: &Often, saving: Option<&Saving>) -> String {
    let window = subject
        .facts
        .metrics
        .known()
        .map(|metrics| observed(subject.facts, metrics).words());
    let Some((saving, window)) = saving.zip(window) else {
        let million = num::mul(subject.prices.transition.0, 1_000_000.into());
        let each = if often.exact() || often.unit == "executions" {
            often.each.best
        } else {
            Decimal::ONE
        };
        return format!(
            "{} ({} per million {})",
            often.words,
            Usd(num::mul(million, each)).cents(),
            often.unit
        );
    };
    if saving.high.is_zero() {
        return format!("{}; none was started in {window}", often.words);
    }
    let amount = match saving.usd_per_month {
        usd if usd < Decimal::new(1, 2) => "less than $0.01".to_owned(),
        usd if often.exact() => Usd(usd).rounded(),
        usd => format!("about {}", Usd(usd).rounded()),
    };
    format!("{amount} a month, {}", often.words)
}
