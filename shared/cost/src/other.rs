//! The other type: what it would cost, and where both cost the same.

use pricing::{StandardUsage, Usd, num};
use rust_decimal::Decimal;

use crate::bill::Rates;
use crate::month::{Express, Month, Usage, Work};
use crate::usage::Range;
use crate::{Inputs, able, compare, numbers};

/// What a month would cost as the other type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Other {
    /// So much, its logs included, in US dollars; what today's type costs without what both have in common stands beside it.
    Priced {
        /// What is paid today for what the other type would replace.
        today: Range,
        /// What the other type would cost instead.
        usd: Range,
    },
    /// It cannot be: why.
    Impossible(String),
    /// It is not known: why.
    Unknown(String),
}

/// Where Standard and Express cost the same, without logs, at the price that the next GB-second of the account has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BreakEven {
    /// Transitions of one execution today.
    pub transitions: Decimal,
    /// So many transitions cost as much as its duration and memory: with more of them Express is cheaper.
    pub at_transitions: Decimal,
    /// Milliseconds of one execution that are billed, or would be.
    pub duration_ms: Decimal,
    /// So long an execution costs as much as its transitions: a longer one is cheaper as Standard. None where even the
    /// request costs more.
    pub at_duration_ms: Option<Decimal>,
    /// MB that are billed, or would be.
    pub memory_mb: Decimal,
}

/// Which type is cheaper.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leans {
    /// Standard, whatever of the ranges is true.
    Standard,
    /// Express, whatever of the ranges is true.
    Express,
    /// The ranges overlap.
    Either,
}

impl Leans {
    /// For tables and files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Standard => "STANDARD",
            Self::Express => "EXPRESS",
            Self::Either => "EITHER",
        }
    }
}

/// Which type the comparison leans to; none where there is none.
pub(crate) fn leans(is_standard: bool, other: &Other) -> Option<Leans> {
    let Other::Priced { today, usd } = other else {
        return None;
    };
    let (standard, express) = if is_standard {
        (today, usd)
    } else {
        (usd, today)
    };
    Some(if express.high < standard.low {
        Leans::Express
    } else if standard.high < express.low {
        Leans::Standard
    } else {
        Leans::Either
    })
}

/// Prices the other type.
pub(crate) fn other(month: &Month<'_>, work: &Work<'_>, rates: &Rates) -> Other {
    match &work.usage {
        Usage::Idle => Other::Unknown("nothing was started".to_owned()),
        Usage::Standard(_) => as_express(month, work, rates),
        Usage::Express(express) => as_standard(month, work, express, rates),
    }
}

fn as_express(month: &Month<'_>, work: &Work<'_>, rates: &Rates) -> Other {
    let Some(definition) = &month.definition else {
        return Other::Unknown("the definition is not known".to_owned());
    };
    if let Some(blocker) = able::blockers(definition).first() {
        return Other::Impossible(match blocker.state.as_str() {
            "" => blocker.why.clone(),
            state => format!("`{state}` {}", blocker.why),
        });
    }
    let Some(duration) = &work.duration else {
        return Other::Unknown("CloudWatch has no duration of it".to_owned());
    };
    if able::is_too_long(duration, &able::open(definition)) {
        let limit = able::LIMIT_SECONDS;
        let longest = numbers::duration(duration.maximum);
        return Other::Impossible(if duration.maximum < f64::from(limit) * 1_000.0 {
            format!(
                "it runs for up to {longest}, too close to the {limit} s after which Express ends an execution"
            )
        } else {
            format!("it runs for up to {longest}; Express ends an execution after {limit} s")
        });
    }
    let comparison = compare(&Inputs {
        facts: month.facts,
        definition,
        metrics: work.metrics,
        duration,
        observed: work.observed,
        prices: &rates.prices,
        free_tier: false,
        used_gb_seconds: rates.gb_seconds,
    });
    Other::Priced {
        today: comparison.standard,
        usd: comparison.express.and(comparison.logs.usd),
    }
}

fn as_standard(month: &Month<'_>, work: &Work<'_>, express: &Express, rates: &Rates) -> Other {
    let Some(transitions) = work.transitions(month.facts, month.definition.as_ref()) else {
        return Other::Unknown("neither logs nor the definition tell its transitions".to_owned());
    };
    let usd = transitions.per_execution.map(|each| {
        let usage = StandardUsage {
            executions: work.executions,
            transitions: num::mul(work.executions, each),
        };
        pricing::standard(&rates.prices, &usage, false).total.0
    });
    let requests = rates.prices.express_request * work.executions;
    Other::Priced {
        today: express
            .gb_seconds
            .times(rates.gb_second)
            .and(Range::exact(requests.0)),
        usd,
    }
}

/// Where both types cost the same; none where transitions, duration or memory are not known.
pub(crate) fn break_even(month: &Month<'_>, work: &Work<'_>, rates: &Rates) -> Option<BreakEven> {
    let (duration_ms, memory_mb) = match &work.usage {
        Usage::Idle => return None,
        Usage::Express(express) => (express.duration_ms.best, express.memory_mb.best),
        Usage::Standard(_) => {
            let definition = month.definition.as_ref()?;
            let steps = crate::usage::payload_steps(month.facts, definition);
            (
                compare::billed_duration(work.duration.as_ref()?).best,
                compare::billed_memory(definition, steps).best,
            )
        }
    };
    let transitions = work
        .transitions(month.facts, month.definition.as_ref())?
        .per_execution
        .best;
    let prices = &rates.prices;
    let tiers = prices.express_tiers.iter();
    let next = tiers
        .filter(|tier| {
            tier.up_to_gb_seconds
                .is_none_or(|bound| bound > rates.gb_seconds)
        })
        .map(|tier| tier.usd_per_gb_second)
        .next()?;
    let per_ms = num::mul(next.0, pricing::gb_seconds(Decimal::ONE, memory_mb));
    let one = num::add(prices.express_request.0, num::mul(per_ms, duration_ms));
    let left = num::sub(
        (prices.transition * transitions).0,
        prices.express_request.0,
    );
    Some(BreakEven {
        transitions,
        at_transitions: num::div(one, prices.transition.0)?,
        duration_ms,
        at_duration_ms: num::div(left, per_ms).filter(|ms| *ms > Decimal::ZERO),
        memory_mb,
    })
}

/// What the other type would save; negative where it would cost more.
pub fn saving(other: &Other) -> Option<Usd> {
    match other {
        Other::Priced { today, usd } => Some(Usd(num::sub(today.best, usd.best))),
        Other::Impossible(_) | Other::Unknown(_) => None,
    }
}
