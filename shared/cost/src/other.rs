//! The other type: what it would cost, and where both cost the same.

use pricing::{ExpressUsage, StandardUsage, Usd, num};
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
    /// It cannot be.
    Impossible {
        /// Why.
        why: String,
        /// What it would cost all the same, today's part first; none where that is not known.
        priced: Option<(Range, Range)>,
    },
    /// It is not known: why.
    Unknown(String),
}

/// Where Standard and Express cost the same in a month, without logs: by the price tiers that are left to it when the others of
/// the account have used theirs.
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
    let blocked = able::blockers(definition).into_iter().next();
    let blocked = blocked.map(|blocker| match blocker.state.as_str() {
        "" => blocker.why,
        state => format!("`{state}` {}", blocker.why),
    });
    let Some(duration) = &work.duration else {
        return match blocked {
            Some(why) => Other::Impossible { why, priced: None },
            None => Other::Unknown("CloudWatch has no duration of it".to_owned()),
        };
    };
    let limit = able::LIMIT_SECONDS;
    let longest = || numbers::duration(duration.maximum);
    let too_long = duration.maximum >= f64::from(limit) * 1_000.0;
    let near = able::is_too_long(duration, &able::open(definition));
    let why = blocked
        .or_else(|| {
            too_long.then(|| {
                format!("it runs for up to {}; Express ends an execution after {limit} s", longest())
            })
        })
        .or_else(|| {
            near.then(|| {
                format!(
                    "it runs for up to {}, which leaves little to the {limit} s after which Express ends an execution",
                    longest()
                )
            })
        });
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
    let (today, usd) = (
        comparison.standard,
        comparison.express.and(comparison.logs.usd),
    );
    match why {
        Some(why) => Other::Impossible {
            why,
            priced: Some((today, usd)),
        },
        None => Other::Priced { today, usd },
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
    // What others of the account use comes before it: the tiers are filled by all of them.
    let own = match &work.usage {
        Usage::Express(express) => express.gb_seconds.best,
        Usage::Idle | Usage::Standard(_) => Decimal::ZERO,
    };
    let others = num::sub(rates.gb_seconds, own).max(Decimal::ZERO);
    let usage = ExpressUsage {
        executions: work.executions,
        duration_ms,
        memory_mb,
        already_billed: true,
    };
    let as_express = pricing::express(prices, &usage, others).total.0;
    let each = num::div(as_express, work.executions)?;
    let as_standard = num::mul((prices.transition * transitions).0, work.executions);
    let requests = (prices.express_request * work.executions).0;
    let left = num::sub(as_standard, requests);
    let per_ms = num::mul(
        work.executions,
        pricing::gb_seconds(Decimal::ONE, memory_mb),
    );
    let gb_seconds = pricing::gb_seconds_for(prices, Usd(left), others);
    Some(BreakEven {
        transitions,
        at_transitions: num::div(each, prices.transition.0)?,
        duration_ms,
        at_duration_ms: num::div(gb_seconds, per_ms).filter(|ms| *ms > Decimal::ZERO),
        memory_mb,
    })
}

impl Other {
    /// Today's part and what stands in its place, whether or not it could be.
    pub fn priced(&self) -> Option<(Range, Range)> {
        match self {
            Self::Priced { today, usd } => Some((*today, *usd)),
            Self::Impossible { priced, .. } => *priced,
            Self::Unknown(_) => None,
        }
    }

    /// A whole bill as the other type: what today's type is paid for goes, what stands in its place comes.
    pub fn bill(&self, total: Range) -> Option<Range> {
        let (today, usd) = self.priced()?;
        let rest = num::sub(total.best, today.best).max(Decimal::ZERO);
        Some(usd.and(Range::exact(rest)))
    }

    /// What the other type would save; negative where it would cost more.
    pub fn saving(&self) -> Option<Usd> {
        let (today, usd) = self.priced()?;
        Some(Usd(num::sub(today.best, usd.best)))
    }
}
