//! What each type of workflow costs.

use cost::logging;
use facts::LogLevel as Level;
use pricing::{ExpressUsage, MemoryEstimate, StandardUsage, Usd, num};
use rust_decimal::Decimal;

use super::{Case, Line, Setting, TypeCost};
use crate::decide::{LogLevel, Workflow};
use crate::requirements::Size;

/// The Task that starts the child, and the Choice that looks at its end.
pub(super) const TRANSITIONS_OF_NESTING: u32 = 2;

/// Standard, Express, Express nested in Standard.
pub(super) fn all(setting: &Setting<'_>, case: &Case, peak: Decimal) -> Vec<TypeCost> {
    let chosen = &setting.decisions.workflow;
    let mut types = vec![
        of(
            setting,
            case,
            peak,
            Kind::Standard,
            *chosen == Workflow::Standard,
            None,
        ),
        of(
            setting,
            case,
            peak,
            Kind::Express,
            *chosen == Workflow::Express,
            setting.profile.not_express.clone(),
        ),
    ];
    let nested = matches!(chosen, Workflow::Nested { .. });
    let why_not = setting.profile.nested.is_none().then(|| {
        let why = setting.profile.not_nested.as_deref();
        why.unwrap_or("nothing runs in a child of its own")
            .to_owned()
    });
    types.push(of(setting, case, peak, Kind::Mixed, nested, why_not));
    types
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Standard,
    Express,
    Mixed,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Standard => "Standard",
            Self::Express => "Express",
            Self::Mixed => "Express nested in Standard",
        }
    }
}

fn of(
    setting: &Setting<'_>,
    case: &Case,
    peak: Decimal,
    kind: Kind,
    chosen: bool,
    not_possible: Option<String>,
) -> TypeCost {
    let lines = lines(setting, case, kind);
    let month: Usd = lines.iter().map(|line| line.month).sum();
    let at_peak = Case {
        executions: peak,
        ..*case
    };
    let peak_month = self::lines(setting, &at_peak, kind)
        .iter()
        .map(|line| line.month)
        .sum();
    TypeCost {
        name: kind.name(),
        chosen,
        not_possible,
        per_execution: Usd(num::div(month.0, case.executions).unwrap_or_default()),
        month,
        peak_month,
        year: Usd(num::mul(
            month.0,
            months_of_a_year(setting.requirements.load.growth_per_year),
        )),
        lines,
    }
}

/// Months of today that a year with growth comes to: the load grows evenly, and the middle of the months counts.
fn months_of_a_year(growth: Decimal) -> Decimal {
    let months = Decimal::from(12);
    num::add(months, num::mul(growth, Decimal::new(6, 0)))
}

fn lines(setting: &Setting<'_>, case: &Case, kind: Kind) -> Vec<Line> {
    let mut lines = Vec::new();
    let transitions = setting.transitions(case);
    let nested = setting.profile.nested.as_ref();
    let billed = match kind {
        Kind::Standard => transitions,
        Kind::Express => Decimal::ZERO,
        Kind::Mixed => nested.map_or(transitions, |nested| {
            num::add(
                num::sub(transitions, nested.transitions).max(Decimal::ZERO),
                TRANSITIONS_OF_NESTING.into(),
            )
        }),
    };
    if kind != Kind::Express {
        let bill = pricing::standard(
            setting.table,
            &StandardUsage {
                executions: case.executions,
                transitions: num::mul(billed, case.executions),
            },
            false,
        );
        push(&mut lines, "", bill);
    }
    let memory = memory_mb(setting, case.payload);
    let duration = match kind {
        Kind::Standard => None,
        Kind::Express => Some(setting.profile.duration_ms),
        Kind::Mixed => nested.map(|nested| nested.duration_ms),
    };
    let mut used = Decimal::ZERO;
    if let Some(duration_ms) = duration {
        let usage = ExpressUsage {
            executions: case.executions,
            duration_ms,
            memory_mb: memory,
            already_billed: false,
        };
        let bill = pricing::express(setting.table, &usage, used);
        used = bill.gb_seconds;
        push(&mut lines, "", bill);
    }
    for children in &setting.profile.children {
        let count = num::mul(children.count, case.executions);
        // One transition for each child, whatever its type.
        let own = if children.express {
            Decimal::ZERO
        } else {
            children.transitions
        };
        let bill = pricing::standard(
            setting.table,
            &StandardUsage {
                executions: count,
                transitions: num::mul(count, num::add(Decimal::ONE, own)),
            },
            false,
        );
        push(&mut lines, "Map children: ", bill);
        if children.express {
            let usage = ExpressUsage {
                executions: count,
                duration_ms: children.duration_ms,
                memory_mb: memory,
                already_billed: false,
            };
            let bill = pricing::express(setting.table, &usage, used);
            used = num::add(used, bill.gb_seconds);
            push(&mut lines, "Map children: ", bill);
        }
    }
    lines.extend(log_line(setting, case, transitions));
    lines
}

fn push(lines: &mut Vec<Line>, prefix: &str, bill: pricing::Bill) {
    for line in bill.lines {
        lines.push(Line {
            what: format!("{prefix}{}", line.item),
            how: line.quantity,
            month: line.usd,
        });
    }
}

/// Memory of an Express execution: as measured, or by the pricing page's formula.
pub(super) fn memory_mb(setting: &Setting<'_>, payload: Size) -> Decimal {
    if let Some(memory) = setting.requirements.load.memory {
        return num::div_or_max(memory.0.into(), Decimal::from(1_024 * 1_024));
    }
    MemoryEstimate {
        definition_kb: num::div_or_max(
            setting.profile.definition_bytes.into(),
            Decimal::ONE_THOUSAND,
        ),
        map_or_parallel_steps: setting.profile.branches,
        payload_kb: num::div_or_max(payload.0.into(), Decimal::ONE_THOUSAND),
    }
    .memory_mb()
}

fn log_line(setting: &Setting<'_>, case: &Case, transitions: Decimal) -> Option<Line> {
    let logging = &setting.decisions.logging;
    let level = match logging.level {
        LogLevel::Off => return None,
        LogLevel::Error => Level::Error,
        LogLevel::All => Level::All,
    };
    let failures = num::mul(case.failure_rate, logging::ERRORS_PER_FAILURE.into());
    let mut bytes = logging::bytes(level, case.executions, transitions, failures);
    if logging.data {
        // Input and output of each state that is logged, or of what failed.
        let states = match level {
            Level::All => num::mul(transitions, Decimal::TWO),
            _ => failures,
        };
        let payloads = num::mul(num::mul(case.executions, states), case.payload.0.into());
        bytes = num::add(bytes, payloads);
    }
    let gb = num::div_or_max(bytes, pricing::BYTES_PER_GB.into());
    let bill = pricing::logs(setting.table, gb, false);
    Some(Line {
        what: "logs".to_owned(),
        how: format!(
            "level {}{}: {} GB",
            if level == Level::All { "ALL" } else { "ERROR" },
            if logging.data { " with data" } else { "" },
            super::short(gb)
        ),
        month: bill.total,
    })
}
