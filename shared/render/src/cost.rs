//! What an account costs: tables, the evidence beside them, and where Standard and Express cost the same.

mod csv;
mod json;
mod picture;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use cost::numbers::{dates, short};
use cost::{AccountCost, Check, MachineCost, MonthCost, Other, Range, StateCost, places};
use pricing::{Usd, num};
use rust_decimal::Decimal;

use crate::escape::visible;
use crate::table::{Column, table};
use crate::words::{count, time};

pub use csv::cost_csv;
pub use json::cost_json;

/// What a table has a row for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum By {
    /// A state machine.
    Machine,
    /// A state.
    State,
    /// A value of a tag: of this one, or of each.
    Tag(Option<String>),
}

/// Machines that are told in full where not all are asked for.
const IN_FULL: usize = 3;
/// States of one machine that are told where not all are asked for.
const STATES: usize = 5;
/// Rows of states where not all are asked for.
const ROWS: usize = 20;

/// The cost of an account for a terminal.
pub fn cost(account: &AccountCost, by: &By, all: bool) -> String {
    let mut out = head(account);
    match by {
        By::Machine => {
            out.push_str(&machines(account));
            out.push_str(&free(account));
            out.push_str(&picture::picture(account));
            out.push_str(&in_full(account, all));
        }
        By::State => out.push_str(&all_states(account, all)),
        By::Tag(key) => out.push_str(&tags(account, key.as_deref())),
    }
    out.push_str(&checks(account));
    for note in &account.notes {
        _ = writeln!(out, "note: {}", visible(note));
    }
    out
}

fn head(account: &AccountCost) -> String {
    let known = account
        .machines
        .iter()
        .filter(|it| it.month.is_ok())
        .count();
    format!(
        "{} a month for {}{} of account {} in {}{}\n{} ({}) as a month of 730 hours; prices of {}; before the free tier\n\n",
        Usd(account.total.best).cents(),
        count(known, "state machine", "state machines"),
        match account.machines.len() - known {
            0 => String::new(),
            unknown => format!(" ({} more are not known)", crate::words::number(unknown)),
        },
        visible(&account.account),
        visible(&account.regions.join(", ")),
        match range(account.total) {
            range if range.is_empty() => range,
            range => format!(", {range}"),
        },
        dates(account.window),
        count(
            usize::try_from(account.window.days()).unwrap_or_default(),
            "day",
            "days"
        ),
        account.prices_as_of,
    )
}

/// `$1,100 to $1,300`; nothing where there is no doubt that shows.
fn range(range: Range) -> String {
    let (low, high) = (Usd(range.low).cents(), Usd(range.high).cents());
    if low == high {
        String::new()
    } else {
        format!("{low} to {high}")
    }
}

fn machines(account: &AccountCost) -> String {
    let rows = account.machines.iter().map(|machine| {
        let name = visible(&machine.name).into_owned();
        let workflow = machine.workflow.to_owned();
        match &machine.month {
            Ok(month) => [
                name,
                workflow,
                Usd(month.total.best).cents(),
                match range(month.total) {
                    _ if month.at_least => "or more".to_owned(),
                    range => range,
                },
                short(month.executions.round()),
                month
                    .transitions
                    .map(|each| places(each.best))
                    .unwrap_or_default(),
                other(month),
            ],
            Err(why) => [
                name,
                workflow,
                "?".to_owned(),
                String::new(),
                String::new(),
                String::new(),
                format!("not known: {}", visible(why)),
            ],
        }
    });
    let columns = [
        Column::Left("MACHINE"),
        Column::Left("TYPE"),
        Column::Right("A MONTH"),
        Column::Left("RANGE"),
        Column::Right("EXECUTIONS"),
        Column::Right("TRANSITIONS"),
        Column::Left("AS THE OTHER TYPE"),
    ];
    table(columns, rows)
}

fn other(month: &MonthCost) -> String {
    match &month.other {
        Other::Impossible { why, .. } => return format!("cannot be: {}", visible(why)),
        Other::Unknown(why) => return format!("not known: {}", visible(why)),
        Other::Priced { .. } => {}
    }
    let (Some(bill), Some(saved)) = (month.other.bill(month.total), month.other.saving()) else {
        return String::new();
    };
    let words = if saved < Usd::ZERO { "more" } else { "less" };
    let doubt = match range(bill) {
        doubt if doubt.is_empty() => doubt,
        doubt => format!(" ({doubt})"),
    };
    let saved = if saved < Usd::ZERO { -saved } else { saved };
    format!(
        "{}{doubt}, {} {words}",
        Usd(bill.best).cents(),
        saved.cents()
    )
}

fn free(account: &AccountCost) -> String {
    let mut out = String::new();
    if account.free.is_empty() {
        return out;
    }
    let free: Vec<String> = account
        .free
        .iter()
        .map(|free| format!("{} ({})", Usd(free.usd).cents(), free.quantity))
        .collect();
    _ = writeln!(
        out,
        "\nThe free tier takes off {}: {} is left, where nothing else of the account uses it",
        free.join(" and "),
        cost::after_free(account).cents()
    );
    out
}

fn in_full(account: &AccountCost, all: bool) -> String {
    let limit = if all { usize::MAX } else { IN_FULL };
    let mut out = String::new();
    let with_bill = account.machines.iter().filter_map(|machine| {
        let month = machine.month.as_ref().ok()?;
        (all || !month.total.high.is_zero()).then_some((machine, month))
    });
    let left = with_bill.clone().count().saturating_sub(limit);
    for (machine, month) in with_bill.take(limit) {
        out.push('\n');
        out.push_str(&one(machine, month, all));
    }
    if left > 0 {
        _ = writeln!(
            out,
            "\n{} more in full with --all",
            count(left, "machine", "machines")
        );
    }
    out
}

/// One machine: its bill, its states, what that stands on.
fn one(machine: &MachineCost, month: &MonthCost, all: bool) -> String {
    let mut out = format!(
        "{} ({}, {}): {} a month\n",
        visible(&machine.name),
        machine.workflow,
        visible(&machine.region),
        Usd(month.total.best).cents()
    );
    for line in &month.lines {
        let doubt = match range(line.usd) {
            doubt if doubt.is_empty() => doubt,
            doubt => format!(" ({doubt})"),
        };
        _ = writeln!(
            out,
            "  {:<12} {}{doubt}  {}",
            line.item.name(),
            Usd(line.usd.best).cents(),
            visible(&line.quantity)
        );
    }
    for started in &month.starts {
        let (state, other) = (visible(&started.state), visible(&started.machine));
        _ = match (started.usd, started.share) {
            (Some(usd), Some(share)) => writeln!(
                out,
                "  state `{state}` starts {}{} % of `{other}`: {} a month in that machine's bill",
                if started.at_most { "at most " } else { "" },
                percent(share),
                Usd(usd).cents()
            ),
            _ => writeln!(
                out,
                "  state `{state}` starts `{other}`, which has a bill of its own; how often is not known"
            ),
        };
    }
    if !month.states.is_empty() {
        let limit = if all { usize::MAX } else { STATES };
        out.push('\n');
        for line in states(month.states.iter().take(limit)).lines() {
            _ = writeln!(out, "  {line}");
        }
        let left = month.states.len().saturating_sub(limit);
        if left > 0 {
            _ = writeln!(out, "  {} more with --all", count(left, "state", "states"));
        }
        out.push('\n');
    }
    for evidence in &month.evidence {
        _ = writeln!(
            out,
            "  evidence: {}: {} [{}]",
            visible(&evidence.what),
            visible(&evidence.value),
            visible(&evidence.source)
        );
    }
    for note in &month.notes {
        _ = writeln!(out, "  note: {}", visible(note));
    }
    out
}

fn states<'a>(states: impl Iterator<Item = &'a StateCost>) -> String {
    let columns = [
        Column::Left("STATE"),
        Column::Right("A MONTH"),
        Column::Right("ENTERED"),
        Column::Right("RETRIES"),
        Column::Right("TIME"),
        Column::Right("OF TRANSITIONS"),
        Column::Right("OF TIME"),
    ];
    let rows = states.map(|state| {
        let [usd, entered, retries, milliseconds, transitions, of_time] = cells(state);
        let name = visible(&state.name).into_owned();
        [
            name,
            usd,
            entered,
            retries,
            milliseconds,
            transitions,
            of_time,
        ]
    });
    table(columns, rows)
}

fn cells(state: &StateCost) -> [String; 6] {
    let margin = num::sub(state.entered.high, state.entered.best);
    let entered = places(state.entered.best);
    let shown = |share: Decimal| format!("{} %", percent(share));
    [
        state.usd.map(|usd| Usd(usd).cents()).unwrap_or_default(),
        if margin.round_dp(2).is_zero() {
            entered
        } else {
            format!("{entered} +- {}", places(margin))
        },
        places(state.retries),
        time(u64::try_from(state.milliseconds.round()).unwrap_or_default()),
        shown(state.share_of_transitions),
        shown(state.share_of_time),
    ]
}

fn percent(share: Decimal) -> String {
    num::count(num::mul(share, Decimal::ONE_HUNDRED).round())
}

fn all_states(account: &AccountCost, all: bool) -> String {
    let mut rows: Vec<(&MachineCost, &StateCost)> = account
        .machines
        .iter()
        .filter_map(|machine| Some((machine, machine.month.as_ref().ok()?)))
        .flat_map(|(machine, month)| month.states.iter().map(move |state| (machine, state)))
        .collect();
    if rows.is_empty() {
        return "No executions were sampled: what single states cost is not known\n".to_owned();
    }
    rows.sort_by(|(a_machine, a), (b_machine, b)| {
        b.usd
            .unwrap_or_default()
            .cmp(&a.usd.unwrap_or_default())
            .then_with(|| (&a_machine.arn, &a.name).cmp(&(&b_machine.arn, &b.name)))
    });
    let limit = if all { usize::MAX } else { ROWS };
    let left = rows.len().saturating_sub(limit);
    let columns = [
        Column::Left("MACHINE"),
        Column::Left("STATE"),
        Column::Right("A MONTH"),
        Column::Right("ENTERED"),
        Column::Right("RETRIES"),
        Column::Right("TIME"),
        Column::Right("OF TRANSITIONS"),
        Column::Right("OF TIME"),
    ];
    let cells = rows.into_iter().take(limit).map(|(machine, state)| {
        let [usd, entered, retries, milliseconds, transitions, of_time] = cells(state);
        [
            visible(&machine.name).into_owned(),
            visible(&state.name).into_owned(),
            usd,
            entered,
            retries,
            milliseconds,
            transitions,
            of_time,
        ]
    });
    let mut out = table(columns, cells);
    if left > 0 {
        _ = writeln!(out, "{} more with --all", count(left, "state", "states"));
    }
    let unknown = account
        .machines
        .iter()
        .filter(|it| matches!(&it.month, Ok(month) if month.states.is_empty() && !month.total.best.is_zero()))
        .count();
    if unknown > 0 {
        _ = writeln!(
            out,
            "of {} no execution was sampled: their states are not in here",
            count(unknown, "machine", "machines")
        );
    }
    out
}

/// Each tag key that a machine has, with the sums by value.
fn tag_keys<'a>(account: &'a AccountCost, key: Option<&'a str>) -> Vec<&'a str> {
    if let Some(key) = key {
        return vec![key];
    }
    let keys = account
        .machines
        .iter()
        .flat_map(|machine| machine.tags.keys());
    let keys: BTreeSet<&str> = keys.map(String::as_str).collect();
    keys.into_iter().collect()
}

fn tags(account: &AccountCost, key: Option<&str>) -> String {
    let keys = tag_keys(account, key);
    if keys.is_empty() {
        return "No state machine has a tag\n".to_owned();
    }
    let rows = keys.into_iter().flat_map(|key| {
        let mut groups: Vec<_> = cost::by_tag(account, key).into_iter().collect();
        groups.sort_by(|(a_value, (_, a)), (b_value, (_, b))| {
            b.best.cmp(&a.best).then_with(|| a_value.cmp(b_value))
        });
        groups.into_iter().map(move |(value, (machines, sum))| {
            [
                visible(key).into_owned(),
                value.map_or_else(
                    || "(without it)".to_owned(),
                    |value| visible(&value).into_owned(),
                ),
                num::count(machines.into()),
                Usd(sum.best).cents(),
                range(sum),
            ]
        })
    });
    let columns = [
        Column::Left("TAG"),
        Column::Left("VALUE"),
        Column::Right("MACHINES"),
        Column::Right("A MONTH"),
        Column::Left("RANGE"),
    ];
    table(columns, rows)
}

fn checks(account: &AccountCost) -> String {
    if account.checks.is_empty() {
        return String::new();
    }
    let rows = account.checks.iter().map(|check| {
        [
            visible(&check.region).into_owned(),
            check.what.to_owned(),
            short(check.machines.round()),
            match &check.region_says {
                Ok(all) => short(all.round()),
                Err(why) => format!("not known: {}", visible(why)),
            },
            difference(check),
        ]
    });
    let columns = [
        Column::Left("REGION"),
        Column::Left("IN THE WINDOW"),
        Column::Right("ALL MACHINES"),
        Column::Left("THE REGION"),
        Column::Left("DIFFERENCE"),
    ];
    format!("\n{}", table(columns, rows))
}

/// Below this share a difference is that of late data points and of executions at the ends of the window.
fn difference(check: &Check) -> String {
    let Some(share) = check.difference() else {
        return String::new();
    };
    let percent = num::mul(share, Decimal::ONE_HUNDRED)
        .round_dp(2)
        .normalize();
    let why = if percent < Decimal::from(-5) {
        ": deleted machines, children of Distributed Maps, or machines that could not be read or are not known"
    } else if percent > Decimal::from(5) {
        ": data points of the Region are missing"
    } else {
        ""
    };
    format!("{percent} %{why}")
}
