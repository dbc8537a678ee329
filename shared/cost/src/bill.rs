//! The lines of a bill.

use std::fmt::Write as _;

use facts::LogLevel;
use pricing::{BYTES_PER_GB, ExpressUsage, Prices, RegionPrices, StandardUsage, Usd, num};
use rust_decimal::Decimal;

use crate::month::{Children, Express, Month, Usage, Work};
use crate::notes::places;
use crate::numbers::short;
use crate::usage::Range;

/// One line of a machine's bill for a month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What is paid for.
    pub item: Item,
    /// How much of it, and at which price, for reading: `6.52 M executions x 8.00 transitions x $25.00/M`.
    pub quantity: String,
    /// US dollars.
    pub usd: Range,
    /// What had to be assumed.
    pub assumed: Option<String>,
}

/// What is paid for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Item {
    /// State transitions of a Standard workflow.
    Transitions,
    /// Starts of an Express workflow.
    Requests,
    /// Duration and memory of an Express workflow.
    Duration,
    /// Child executions of a Distributed Map and what they do.
    MapChildren,
    /// Logs that CloudWatch takes in.
    Logs,
    /// Logs that CloudWatch keeps.
    LogStorage,
    /// Traces that X-Ray records.
    Traces,
}

impl Item {
    /// Every item, in the order of a bill.
    pub const ALL: [Self; 7] = [
        Self::Transitions,
        Self::Requests,
        Self::Duration,
        Self::MapChildren,
        Self::Logs,
        Self::LogStorage,
        Self::Traces,
    ];

    /// Its name in tables and files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Transitions => "transitions",
            Self::Requests => "requests",
            Self::Duration => "duration",
            Self::MapChildren => "map children",
            Self::Logs => "logs",
            Self::LogStorage => "log storage",
            Self::Traces => "traces",
        }
    }
}

/// What a month of one Region is priced by.
pub(crate) struct Rates {
    pub(crate) prices: RegionPrices,
    /// GB-seconds of all Express executions: they fill the tiers.
    pub(crate) gb_seconds: Decimal,
    /// What one of these GB-seconds costs on average.
    pub(crate) gb_second: Decimal,
    /// What a GB of logs costs on average.
    pub(crate) log_gb: Decimal,
    /// One trace.
    pub(crate) trace: Usd,
}

impl Rates {
    /// Tiers are those of the account's month: all machines of the Region share them, each at the mean price.
    pub(crate) fn of(table: &Prices, region: &str, gb_seconds: Decimal, log_gb: Decimal) -> Self {
        let prices = table.region(region);
        let usage = ExpressUsage {
            executions: Decimal::ONE,
            duration_ms: num::mul(gb_seconds, Decimal::ONE_THOUSAND),
            memory_mb: Decimal::from(1_024),
            already_billed: true,
        };
        let duration = pricing::express(&prices, &usage, Decimal::ZERO).item("duration");
        let first = prices.express_tiers.first();
        let first = first.map_or(Decimal::ZERO, |tier| tier.usd_per_gb_second.0);
        let first_log = prices.logs_ingest_tiers.first();
        let first_log = first_log.map_or(Decimal::ZERO, |tier| tier.usd_per_gb.0);
        let logs = pricing::logs(&prices, log_gb, false).total;
        Self {
            gb_second: num::div(duration.0, gb_seconds).unwrap_or(first),
            log_gb: num::div(logs.0, log_gb).unwrap_or(first_log),
            trace: table
                .other("xray_trace_recorded")
                .map_or(Usd::ZERO, |price| price.usd),
            gb_seconds,
            prices,
        }
    }
}

impl Rates {
    /// More than one tier of Express duration is filled.
    fn is_blended(&self) -> bool {
        let first = self.prices.express_tiers.first();
        first.is_some_and(|tier| tier.usd_per_gb_second.0 != rounded(self.gb_second, 12))
    }
}

fn rounded(value: Decimal, digits: u32) -> Decimal {
    value.round_sf(digits).unwrap_or(value).normalize()
}

/// What a log group takes in and keeps on behalf of one machine, in bytes of a month.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Logged {
    pub(crate) ingested: Range,
    pub(crate) stored: Option<Decimal>,
    /// How the bytes are known: `measured`, `its share of ...`.
    pub(crate) how: String,
    pub(crate) assumed: Option<String>,
}

/// The lines of a month, in the order of [`Item::ALL`].
pub(crate) fn lines(
    month: &Month<'_>,
    work: &Work<'_>,
    logged: &Logged,
    rates: &Rates,
) -> Vec<Line> {
    let mut lines = match &work.usage {
        Usage::Idle => Vec::new(),
        Usage::Standard(transitions) => vec![standard(work, transitions.per_execution, rates)],
        Usage::Express(express) => vec![
            requests(work.executions, rates),
            duration(work.executions, express, rates),
        ],
    };
    lines.extend(work.children.iter().map(|child| children(child, rates)));
    lines.extend(logs(month, logged, rates));
    lines.extend(traces(month, work, rates));
    lines
}

fn standard(work: &Work<'_>, each: Range, rates: &Rates) -> Line {
    let bill = |each| {
        let usage = StandardUsage {
            executions: work.executions,
            transitions: num::mul(work.executions, each),
        };
        pricing::standard(&rates.prices, &usage, false)
    };
    Line {
        item: Item::Transitions,
        quantity: format!(
            "{} executions x {} transitions x {}",
            short(work.executions.round()),
            places(each.best),
            rates.prices.transition.per_million()
        ),
        usd: each.map(|each| bill(each).total.0),
        assumed: None,
    }
}

fn requests(executions: Decimal, rates: &Rates) -> Line {
    let price = rates.prices.express_request;
    Line {
        item: Item::Requests,
        quantity: format!(
            "{} requests x {}",
            short(executions.round()),
            price.per_million()
        ),
        usd: Range::exact((price * executions).0),
        assumed: None,
    }
}

fn duration(executions: Decimal, express: &Express, rates: &Rates) -> Line {
    Line {
        item: Item::Duration,
        quantity: format!(
            "{} x {} x {} MB = {} GB-s x ${}{}",
            short(executions.round()),
            milliseconds(express.duration_ms.best),
            short(express.memory_mb.best.round_dp(1)),
            short(express.gb_seconds.best.round()),
            rounded(rates.gb_second, 4),
            if rates.is_blended() {
                ", the mean of the price tiers that the account fills"
            } else {
                ""
            },
        ),
        usd: express.gb_seconds.times(rates.gb_second),
        assumed: (!express.measured).then(|| {
            "CloudWatch has no billed duration: estimated from ExecutionTime and AWS's formula for memory".to_owned()
        }),
    }
}

/// `112 ms`, `2.35 s`
fn milliseconds(ms: Decimal) -> String {
    if ms < Decimal::ONE_THOUSAND {
        format!("{} ms", short(ms.round()))
    } else {
        let seconds = num::div_or_max(ms, Decimal::ONE_THOUSAND);
        format!("{} s", short(seconds.round_dp(2)))
    }
}

fn children(child: &Children, rates: &Rates) -> Line {
    let transition = rates.prices.transition;
    let started = short(child.executions.best.round());
    let (mut usd, mut quantity) = if child.is_counted {
        let told = format!(
            "`{}`: {started} child executions, whose starts are among the transitions",
            child.label
        );
        (Range::default(), told)
    } else {
        let told = format!(
            "`{}`: {started} child executions x {}",
            child.label,
            transition.per_million()
        );
        (child.executions.times(transition.0), told)
    };
    if let Some(inside) = child.transitions {
        usd = usd.and(inside.times(transition.0));
        _ = write!(
            quantity,
            " + {} transitions in them",
            short(inside.best.round())
        );
    }
    if let Some(express) = &child.express {
        let started = child.executions.times(rates.prices.express_request.0);
        usd = usd
            .and(started)
            .and(express.gb_seconds.times(rates.gb_second));
        let gb_seconds = short(express.gb_seconds.best.round());
        _ = write!(
            quantity,
            " + as many Express requests and {gb_seconds} GB-s"
        );
    }
    let unknown = child.transitions.is_none() && child.express.is_none();
    Line {
        item: Item::MapChildren,
        quantity,
        usd,
        assumed: unknown.then(|| {
            format!(
                "what the children of `{}` do is not known: only their starts are counted",
                child.label
            )
        }),
    }
}

fn logs(month: &Month<'_>, logged: &Logged, rates: &Rates) -> Vec<Line> {
    let gb = |bytes| num::div_or_max(bytes, Decimal::from(BYTES_PER_GB));
    let ingested = logged.ingested.map(gb);
    let mut lines = Vec::new();
    let level = month
        .facts
        .logging
        .known()
        .map_or("OFF", |logging| level_name(logging.level));
    if ingested.high > Decimal::ZERO {
        lines.push(Line {
            item: Item::Logs,
            quantity: format!(
                "{} GB at level {level} x ${} a GB, {}",
                short(ingested.best.round_dp(3).normalize()),
                rates.log_gb.round_dp(4).normalize(),
                logged.how
            ),
            usd: ingested.times(rates.log_gb),
            assumed: logged.assumed.clone(),
        });
    }
    if let Some(stored) = logged.stored.filter(|bytes| *bytes > Decimal::ZERO) {
        let bill = pricing::log_storage(&rates.prices, gb(stored));
        lines.push(Line {
            item: Item::LogStorage,
            quantity: format!(
                "{} GB kept today x {} a GB",
                short(gb(stored).round_dp(3).normalize()),
                rates.prices.logs_storage_gb_month
            ),
            usd: Range::exact(bill.total.0),
            assumed: None,
        });
    }
    lines
}

fn level_name(level: LogLevel) -> &'static str {
    match level {
        LogLevel::Off => "OFF",
        LogLevel::Fatal => "FATAL",
        LogLevel::Error => "ERROR",
        LogLevel::All => "ALL",
    }
}

/// Of the requests beyond the first one of each second, X-Ray's default rule samples so many percent.
///
/// Source: oneuptime.com, "How to Set Up X-Ray Sampling Rules", 2026-02-12; AWS's own page was not read.
const SAMPLED_PERCENT: u32 = 5;
const SECONDS_OF_MONTH: u32 = pricing::HOURS_PER_MONTH * 3_600;

fn traces(month: &Month<'_>, work: &Work<'_>, rates: &Rates) -> Option<Line> {
    let is_on = month.facts.tracing.known().is_some_and(|tracing| *tracing);
    if !is_on || work.executions.is_zero() {
        return None;
    }
    let sampled = |beyond: Decimal| num::mul(beyond, Decimal::new(i64::from(SAMPLED_PERCENT), 2));
    let seconds = Decimal::from(SECONDS_OF_MONTH);
    let beyond = num::sub(work.executions, seconds).max(Decimal::ZERO);
    // Spread evenly, the first of each second is traced; all at once, only a few percent are.
    let best = num::add(work.executions.min(seconds), sampled(beyond));
    let traces = Range::around(best, sampled(work.executions), work.executions);
    Some(Line {
        item: Item::Traces,
        quantity: format!(
            "about {} traces x {}",
            short(best.round()),
            rates.trace.per_million()
        ),
        usd: traces.times(rates.trace.0),
        assumed: Some(format!(
            "X-Ray samples by its default rule: the first execution of each second and {SAMPLED_PERCENT} % of the others"
        )),
    })
}
