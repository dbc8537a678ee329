//! The comparison in numbers: what both types cost, what that stands on, and what is assumed.

use facts::LogLevel;
use findings::{Evidence, LedgerLine};
use pricing::{REFERENCE_REGION, Usd, num};
use rust_decimal::{Decimal, RoundingStrategy};

use super::Case;
use cost::numbers::{counted, dates, duration, short};
use cost::{compare, logging, places, transition_evidence};

/// What both types cost, line by line.
pub(crate) fn ledger(case: &Case<'_>) -> Vec<LedgerLine> {
    let comparison = &case.comparison;
    let executions = short(comparison.executions.round());
    let line = |label: &str, detail: String, usd: Decimal| LedgerLine {
        label: label.to_owned(),
        detail,
        usd: usd.normalize(),
    };
    let free = if case.subject.config.free_tier {
        ", less the free tier"
    } else {
        ""
    };
    vec![
        line(
            "Standard",
            format!(
                "{executions} executions x {} transitions x {}{free}",
                places(comparison.transitions.per_execution.best),
                case.subject.prices.transition.per_million(),
            ),
            comparison.standard.best,
        ),
        line(
            "Express",
            format!(
                "{executions} requests {} + {} s x {} MB {}",
                cents(comparison.requests.0),
                seconds(comparison.duration_ms.best),
                comparison.memory_mb.best.normalize(),
                cents(num::sub(comparison.express.best, comparison.requests.0)),
            ),
            comparison.express.best,
        ),
        line("+ logs", log_detail(case), comparison.logs.usd.best),
    ]
}

fn log_detail(case: &Case<'_>) -> String {
    let logs = &case.comparison.logs;
    let all = || {
        format!(
            "level ALL: {} GB, {}",
            short(logs.gb.high),
            cents(logs.usd.high)
        )
    };
    match logs.today {
        LogLevel::All => "level ALL, logged today as well".to_owned(),
        LogLevel::Error => format!("level ERROR, logged today as well ({})", all()),
        LogLevel::Off | LogLevel::Fatal if logs.gb.best.is_zero() => {
            format!("level ERROR, nothing failed ({})", all())
        }
        LogLevel::Off | LogLevel::Fatal => {
            format!("level ERROR, about {} GB ({})", short(logs.gb.best), all())
        }
    }
}

/// What the comparison stands on.
pub(crate) fn evidence(case: &Case<'_>) -> Vec<Evidence> {
    let cloudwatch = || format!("CloudWatch, {}", dates(case.metrics.window));
    let entry = |what: &str, value: String, source: String| Evidence {
        what: what.to_owned(),
        value,
        source,
    };
    let stats = &case.duration;
    let p99 = stats
        .p99
        .map(|p99| format!("p99 {}, ", duration(p99)))
        .unwrap_or_default();
    let mut all = vec![
        entry(
            "ExecutionsStarted",
            format!(
                "{} in {}",
                short(case.metrics.started.total.into()),
                case.observed.words()
            ),
            cloudwatch(),
        ),
        entry(
            "ExecutionTime",
            format!(
                "mean {}, {p99}maximum {} of {}",
                duration(stats.average),
                duration(stats.maximum),
                counted(stats.samples, "execution"),
            ),
            cloudwatch(),
        ),
    ];
    all.extend(transition_evidence(
        &case.comparison.transitions,
        case.metrics,
    ));
    let prices = &case.subject.prices;
    let tier = prices
        .express_tiers
        .first()
        .map(|tier| tier.usd_per_gb_second.0.normalize());
    all.push(entry(
        "prices",
        format!(
            "Standard {} transitions; Express {} requests, ${} a GB-second",
            prices.transition.per_million(),
            prices.express_request.per_million(),
            tier.unwrap_or_default(),
        ),
        price_source(case),
    ));
    all
}

/// Of two prices one may be known without the other.
fn price_source(case: &Case<'_>) -> String {
    let prices = &case.subject.prices;
    let source = |known| case.subject.price_source(known);
    let other = match (prices.known, prices.express_from.known) {
        (true, false) => "Express",
        (false, true) => "Standard",
        (known, _) => return source(known),
    };
    format!(
        "{}; the {other} price is {REFERENCE_REGION}'s",
        source(true)
    )
}

/// What the range of the saving rests on.
pub(crate) fn assumptions(case: &Case<'_>) -> Vec<String> {
    let comparison = &case.comparison;
    let [least, payload, most] = compare::PAYLOAD_KB;
    let steps = if comparison.steps.high == 0 {
        String::new()
    } else {
        let assumed = if comparison.steps.assumed {
            " (assumed)"
        } else {
            ""
        };
        format!(
            " and {payload} KB ({least} to {most}) for each of {} iterations and branches{assumed}",
            spread([
                comparison.steps.low,
                comparison.steps.best,
                comparison.steps.high
            ]),
        )
    };
    vec![
        format!(
            "a month is 730 hours like the {} observed",
            case.observed.words()
        ),
        format!(
            "an Express execution takes as long as a Standard one; rounding each up to 100 ms adds 50 ms on average: \
             {} s ({} to {})",
            seconds(comparison.duration_ms.best),
            seconds(comparison.duration_ms.low),
            seconds(comparison.duration_ms.high),
        ),
        format!(
            "memory is 50 MB, the definition{steps}, in steps of 64 MB: {} MB",
            spread(
                [
                    comparison.memory_mb.low,
                    comparison.memory_mb.best,
                    comparison.memory_mb.high
                ]
                .map(|mb| mb.normalize()),
            ),
        ),
        format!(
            "logs without execution data: level ERROR {} events of {} bytes for a failed execution and one for a retry, \
             level ALL {} events of {} bytes for a transition",
            logging::ERRORS_PER_FAILURE,
            short(logging::ERROR_BYTES.into()),
            logging::EVENTS_PER_TRANSITION,
            logging::EVENT_BYTES,
        ),
        "no other Express machine of the account has used up the first price tier".to_owned(),
        if case.subject.config.free_tier {
            "the free tier of the account is all for this machine".to_owned()
        } else {
            "the free tier is used up by others".to_owned()
        },
    ]
}

/// `64`, `64 (64 to 128)`.
fn spread<T: std::fmt::Display + PartialEq>([low, best, high]: [T; 3]) -> String {
    if low == best && best == high {
        best.to_string()
    } else {
        format!("{best} ({low} to {high})")
    }
}

fn round(value: Decimal, places: u32) -> Decimal {
    value.round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero)
}

/// With cents; what is less than one shows its first digits.
fn cents(amount: Decimal) -> String {
    let usd = Usd(amount);
    if amount < Decimal::new(1, 2) {
        usd.rounded()
    } else {
        usd.cents()
    }
}

/// Milliseconds as seconds with two decimals: `0.90`.
pub(crate) fn seconds(ms: Decimal) -> String {
    places(ms / Decimal::ONE_THOUSAND)
}

/// For a headline: whole dollars from $10.
pub(crate) fn headline(amount: Usd) -> String {
    let whole = round(amount.0, 0);
    if whole >= Decimal::TEN && whole < Decimal::ONE_HUNDRED {
        format!("${}", whole.normalize())
    } else {
        amount.rounded()
    }
}
