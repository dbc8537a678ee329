//! What a design costs: as Standard, as Express, and as Express nested in Standard, with everything that it calls.
//!
//! [`benefit`] takes what one execution does ([`Profile`]) and how many come ([`Requirements`]), and gives amounts per execution,
//! month and year, the points where another type would be cheaper, and what the amounts depend on. Amounts are those of the price
//! table; what is assumed is in [`Benefit::assumptions`], and no free tier is taken off: it is the account's and stands apart.

mod assumed;
mod page;
mod picture;
mod profile;
mod services;
mod types;

use pricing::{Prices, RegionPrices, Usd, num};
use rust_decimal::Decimal;

use crate::decide::{Decisions, estimate};
use crate::requirements::{Requirements, Size};

pub use page::{html, markdown};
pub use picture::file as picture;
pub use profile::profile;
pub use services::{Calls, ServiceLine};

/// What one execution does, as far as it costs money. Counts are expected values: a state that one of ten executions enters counts
/// a tenth.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// State transitions of an execution that goes well, with those of its nested child, without those of children of Distributed
    /// Maps.
    pub transitions: Decimal,
    /// State transitions of an execution that fails, what takes steps back included; the mean of all places where it can fail.
    pub failed_transitions: Decimal,
    /// How long an execution runs that goes well, waiting included.
    pub duration_ms: Decimal,
    /// What of it runs, or would run, in a nested Express child; none where nothing could.
    pub nested: Option<Nested>,
    /// Why nothing runs in a nested child, where nothing does.
    pub not_nested: Option<String>,
    /// Children of Distributed Maps.
    pub children: Vec<Children>,
    /// Calls of services.
    pub calls: Vec<Calls>,
    /// Size of the definition, for the memory of Express.
    pub definition_bytes: u64,
    /// Branches and iterations that hold a payload at once.
    pub branches: u64,
    /// Why it cannot be Express; none where it can.
    pub not_express: Option<String>,
    /// Alarms that are deployed with it.
    pub alarms: u32,
}

/// What of an execution runs in a nested Express child.
#[derive(Clone, Debug, PartialEq)]
pub struct Nested {
    /// Transitions that Standard does not bill then.
    pub transitions: Decimal,
    /// How long the child runs.
    pub duration_ms: Decimal,
}

/// Children of a Distributed Map, in one execution.
#[derive(Clone, Debug, PartialEq)]
pub struct Children {
    /// How many.
    pub count: Decimal,
    /// Whether they are Express.
    pub express: bool,
    /// Transitions of each.
    pub transitions: Decimal,
    /// How long each runs.
    pub duration_ms: Decimal,
}

/// Costs and what they depend on.
#[derive(Clone, Debug, PartialEq)]
pub struct Benefit {
    /// Name of the design.
    pub name: String,
    /// Region of the prices.
    pub region: String,
    /// Executions a month on average.
    pub executions: Decimal,
    /// Executions a month if the peak lasted.
    pub peak_executions: Decimal,
    /// Standard, Express, both: in this order.
    pub types: Vec<TypeCost>,
    /// What is called, whatever the type.
    pub services: Vec<ServiceLine>,
    /// Alarms, dashboard, trigger: whatever the type.
    pub around: Vec<Line>,
    /// Where another type would be cheaper.
    pub break_even: Vec<String>,
    /// What the amounts depend on.
    pub sensitivity: Vec<Sensitivity>,
    /// What is free each month, for the account.
    pub free: Vec<String>,
    /// Whether it is within the budget.
    pub budget: Option<BudgetCheck>,
    /// What was assumed.
    pub assumptions: Vec<String>,
    /// Sources of prices that the amounts stand on, with their dates.
    pub sources: Vec<String>,
    /// Duration in seconds and memory in MB of one execution, for the picture.
    pub point: (Decimal, Decimal),
    /// Transitions of one execution, for the picture.
    pub transitions: Decimal,
    /// Price of a transition, of a request and of a GB-second, for the picture.
    pub prices: (Usd, Usd, Usd),
}

/// What one type costs.
#[derive(Clone, Debug, PartialEq)]
pub struct TypeCost {
    /// `Standard`, `Express`, `Express nested in Standard`
    pub name: &'static str,
    /// Whether it is the one that was chosen.
    pub chosen: bool,
    /// Why it is not possible; none where it is.
    pub not_possible: Option<String>,
    /// What is paid for.
    pub lines: Vec<Line>,
    /// One execution, without what is called.
    pub per_execution: Usd,
    /// A month on average, without what is called.
    pub month: Usd,
    /// A month if the peak lasted.
    pub peak_month: Usd,
    /// The first year, with its growth.
    pub year: Usd,
}

/// One amount.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// What is paid for.
    pub what: String,
    /// How it is computed.
    pub how: String,
    /// A month on average.
    pub month: Usd,
}

/// What a month costs where something is otherwise.
#[derive(Clone, Debug, PartialEq)]
pub struct Sensitivity {
    /// What is otherwise: `5 % of the executions fail`.
    pub what: String,
    /// A month of each possible type, with what is called: name and amount.
    pub months: Vec<(&'static str, Usd)>,
}

/// A budget and what is spent of it.
#[derive(Clone, Debug, PartialEq)]
pub struct BudgetCheck {
    /// Dollars a month that may be spent.
    pub budget: Usd,
    /// Dollars a month on average, with what is called.
    pub month: Usd,
    /// Whether a design above it is refused.
    pub hard: bool,
}

impl BudgetCheck {
    /// Whether it is kept.
    pub fn is_kept(&self) -> bool {
        self.month <= self.budget
    }
}

impl Benefit {
    /// The type that was chosen.
    pub fn chosen(&self) -> Option<&TypeCost> {
        self.types.iter().find(|it| it.chosen)
    }

    /// What a month costs, with what is called and what stands around.
    pub fn month(&self) -> Usd {
        let workflow = self.chosen().map_or(Usd::ZERO, |chosen| chosen.month);
        workflow + self.same_for_all()
    }

    fn same_for_all(&self) -> Usd {
        let services: Usd = self.services.iter().map(|line| line.month).sum();
        let around: Usd = self.around.iter().map(|line| line.month).sum();
        services + around
    }
}

/// Costs of a design, and what they depend on.
pub fn benefit(
    requirements: &Requirements,
    decisions: &Decisions,
    profile: &Profile,
    prices: &Prices,
) -> Benefit {
    let region = requirements.region();
    let table = prices.region(region);
    let load = &requirements.load;
    let executions = estimate::a_month(load.average_per_second, load.hours_per_day);
    let peak = load.peak_per_second.unwrap_or(load.average_per_second);
    let case = Case {
        executions,
        failure_rate: load.failure_rate,
        payload: load.payload,
    };
    let setting = Setting {
        requirements,
        decisions,
        profile,
        prices,
        table: &table,
    };
    let types = types::all(&setting, &case, estimate::a_month(peak, load.hours_per_day));
    let (services, mut assumptions) = services::lines(&setting, &case);
    let around = around(&setting, &case);
    let memory = types::memory_mb(&setting, case.payload);
    let mut benefit = Benefit {
        name: requirements.name.clone(),
        region: region.to_owned(),
        executions,
        peak_executions: estimate::a_month(peak, load.hours_per_day),
        types,
        services,
        around,
        break_even: Vec::new(),
        sensitivity: Vec::new(),
        free: free(&setting),
        budget: None,
        assumptions: Vec::new(),
        sources: sources(&setting),
        point: (
            num::div_or_max(profile.duration_ms, Decimal::ONE_THOUSAND),
            memory,
        ),
        transitions: profile.transitions,
        prices: (
            table.transition,
            table.express_request,
            table
                .express_tiers
                .first()
                .map_or(Usd::ZERO, |tier| tier.usd_per_gb_second),
        ),
    };
    benefit.break_even = break_even(&setting, &benefit);
    benefit.sensitivity = sensitivity(&setting, &case);
    benefit.budget = requirements.budget.as_ref().map(|budget| BudgetCheck {
        budget: Usd(budget.monthly_usd),
        month: benefit.month(),
        hard: budget.hard,
    });
    assumptions.extend(assumed::all(&setting, &case, memory));
    benefit.assumptions = assumptions;
    benefit
}

/// What amounts are computed for.
struct Setting<'a> {
    requirements: &'a Requirements,
    decisions: &'a Decisions,
    profile: &'a Profile,
    prices: &'a Prices,
    table: &'a RegionPrices,
}

/// What may be otherwise.
#[derive(Clone, Copy)]
struct Case {
    executions: Decimal,
    failure_rate: Decimal,
    payload: Size,
}

impl Setting<'_> {
    /// Transitions of a mean execution: some fail.
    fn transitions(&self, case: &Case) -> Decimal {
        let well = num::mul(
            self.profile.transitions,
            num::sub(Decimal::ONE, case.failure_rate),
        );
        num::add(
            well,
            num::mul(self.profile.failed_transitions, case.failure_rate),
        )
    }
}

/// Dashboard, alarms and what brings the events.
fn around(setting: &Setting<'_>, case: &Case) -> Vec<Line> {
    let mut lines = Vec::new();
    let alarms = Decimal::from(setting.profile.alarms);
    if !alarms.is_zero() {
        lines.push(Line {
            what: "alarms".to_owned(),
            how: format!("{alarms} x {}", setting.table.alarm_month.cents()),
            month: setting.table.alarm_month * alarms,
        });
    }
    if let Some(dashboard) = setting.prices.other("dashboard_month") {
        lines.push(Line {
            what: "dashboard".to_owned(),
            how: format!("1 x {}", dashboard.usd.cents()),
            month: dashboard.usd,
        });
    }
    if setting.decisions.logging.tracing
        && let Some(price) = setting.prices.other("xray_trace_recorded")
    {
        let traces = estimate::traces(case.executions);
        lines.push(Line {
            what: "traces".to_owned(),
            how: format!(
                "{} traces x {}; one a second and 5 % of the others are sampled",
                num::count(traces),
                price.usd.per_million()
            ),
            month: price.usd * traces,
        });
    }
    lines.extend(services::trigger(setting, case));
    lines
}

fn free(setting: &Setting<'_>) -> Vec<String> {
    let mut free = vec![format!(
        "{} state transitions of Standard ({})",
        num::count(setting.table.free_transitions),
        (setting.table.transition * setting.table.free_transitions).cents()
    )];
    free.push(format!(
        "{} GB of logs",
        num::count(setting.table.logs_free_gb)
    ));
    let others = [
        ("lambda_request", "Lambda requests"),
        ("lambda_gb_second_x86", "Lambda GB-seconds"),
        ("sns_api_request", "SNS requests"),
        ("sqs_request", "SQS requests"),
    ];
    for (name, noun) in others {
        if let Some(price) = setting.prices.other(name)
            && !price.free_per_month.is_zero()
        {
            free.push(format!("{} {noun}", num::count(price.free_per_month)));
        }
    }
    free
}

fn sources(setting: &Setting<'_>) -> Vec<String> {
    let table = setting.table;
    let mut sources = vec![
        format!("state transitions: {}, {}", table.source, table.as_of),
        format!(
            "Express: {}, {}",
            table.express_from.source, table.express_from.as_of
        ),
        format!(
            "logs and alarms: {}, {}",
            table.cloudwatch_from.source, table.cloudwatch_from.as_of
        ),
    ];
    for from in [&table.express_from, &table.cloudwatch_from] {
        if let Some(note) = &from.note {
            sources.push(note.clone());
        }
    }
    sources.extend(table.note.clone());
    sources
}

fn break_even(setting: &Setting<'_>, benefit: &Benefit) -> Vec<String> {
    let (seconds, memory) = benefit.point;
    let table = setting.table;
    let mut said = Vec::new();
    if let Some(why) = &setting.profile.not_express {
        said.push(format!("it cannot be Express, whatever it costs: {why}"));
    }
    let at = pricing::break_even_transitions(table, setting.profile.duration_ms, memory);
    said.push(format!(
        "both types cost the same at {} transitions for an execution of {} s with {} MB; this one has {}",
        short(at),
        short(seconds),
        num::count(pricing::billed_memory_mb(memory)),
        short(benefit.transitions)
    ));
    // The duration at which the transitions of this execution would be worth it.
    let transitions = table.transition * benefit.transitions;
    let left = transitions - table.express_request;
    let seconds = pricing::gb_seconds_for(table, left, Decimal::ZERO);
    let gb = num::div_or_max(pricing::billed_memory_mb(memory), Decimal::from(1_024));
    let seconds = num::div_or_max(seconds, gb);
    if seconds > Decimal::ZERO {
        let within = if seconds > Decimal::from(300) {
            "longer than the 300 s that Express may run: below that Express is always cheaper"
                .to_owned()
        } else {
            "below that Express is cheaper, above it Standard".to_owned()
        };
        said.push(format!(
            "with its {} transitions both cost the same at {} s; {within}",
            short(benefit.transitions),
            short(seconds)
        ));
    }
    said
}

/// As short as it still says something: two digits behind the point, or the first two digits of what is smaller.
fn short(value: Decimal) -> String {
    let places = if value.abs() >= Decimal::ONE || value.is_zero() {
        2
    } else {
        // Zeros behind the point come first.
        value.scale().saturating_sub(digits(value)) + 2
    };
    let strategy = rust_decimal::RoundingStrategy::MidpointAwayFromZero;
    let rounded = value.round_dp_with_strategy(places, strategy).normalize();
    let whole = num::count(rounded.trunc());
    match rounded.to_string().split_once('.') {
        Some((_, fraction)) => format!("{whole}.{fraction}"),
        None => whole,
    }
}

/// Digits of a number without its point and the zeros before it.
fn digits(value: Decimal) -> u32 {
    value
        .mantissa()
        .unsigned_abs()
        .checked_ilog10()
        .map_or(0, |log| log + 1)
}

fn sensitivity(setting: &Setting<'_>, case: &Case) -> Vec<Sensitivity> {
    let months = |case: &Case| -> Vec<(&'static str, Usd)> {
        let (services, _) = services::lines(setting, case);
        let same: Usd = services
            .iter()
            .map(|line| line.month)
            .chain(around(setting, case).iter().map(|line| line.month))
            .sum();
        types::all(setting, case, case.executions)
            .into_iter()
            .filter(|it| it.not_possible.is_none())
            .map(|it| (it.name, it.month + same))
            .collect()
    };
    let mut rows = Vec::new();
    let percent = |share: Decimal| short(num::mul(share, Decimal::ONE_HUNDRED));
    let mut rates = vec![
        Decimal::ZERO,
        case.failure_rate,
        num::mul(case.failure_rate, Decimal::from(5)).min(Decimal::ONE),
        Decimal::new(2, 1),
    ];
    rates.sort();
    rates.dedup();
    for failure_rate in rates {
        rows.push(Sensitivity {
            what: format!("{} % of the executions fail", percent(failure_rate)),
            months: months(&Case {
                failure_rate,
                ..*case
            }),
        });
    }
    let largest = Size(256 * 1_024);
    let mut sizes = vec![
        case.payload,
        Size(case.payload.0.saturating_mul(4)),
        Size(case.payload.0.saturating_mul(16)),
    ];
    for size in &mut sizes {
        *size = (*size).min(largest.max(case.payload));
    }
    sizes.dedup();
    for payload in sizes {
        rows.push(Sensitivity {
            what: format!(
                "the payload has {} KB",
                short(num::div_or_max(payload.0.into(), Decimal::from(1_024)))
            ),
            months: months(&Case { payload, ..*case }),
        });
    }
    for (factor, word) in [(2_u32, "twice"), (10, "ten times")] {
        rows.push(Sensitivity {
            what: format!("{word} as many executions come"),
            months: months(&Case {
                executions: num::mul(case.executions, factor.into()),
                ..*case
            }),
        });
    }
    rows
}

#[cfg(test)]
mod tests;
