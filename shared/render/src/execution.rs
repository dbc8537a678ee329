//! One execution: what it did, state by state, and what that costs.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use facts::{Execution, ExecutionStatus, Flaw, StateUse};
use pricing::{RegionPrices, StandardUsage, num, standard};
use rust_decimal::Decimal;
use serde::Serialize;

use crate::escape::visible;
use crate::table::{Column, table};
use crate::words::{count, time};

/// The execution as JSON, version 1.
pub fn execution_json(execution: &Execution) -> String {
    #[derive(Serialize)]
    struct Document<'a> {
        version: u32,
        status: &'static str,
        error: Option<&'a str>,
        transitions: u64,
        retries: u64,
        entered: &'a [String],
        states: BTreeMap<&'a str, State<'a>>,
        seconds: Option<f64>,
        map_iterations: u64,
        map_runs: u64,
        notes: Vec<String>,
    }
    #[derive(Serialize)]
    struct State<'a> {
        entered: u64,
        retries: u64,
        seconds: f64,
        left: u64,
        seconds_until_end: f64,
        errors: &'a BTreeMap<String, u64>,
    }
    let states = execution.states.iter().map(|(name, state)| {
        let told = State {
            entered: state.entered,
            retries: state.retries,
            seconds: seconds(state.milliseconds),
            left: state.left,
            seconds_until_end: seconds(state.unfinished_ms),
            errors: &state.errors,
        };
        (name.as_str(), told)
    });
    let document = Document {
        version: 1,
        status: execution.status.as_str(),
        error: execution.error.as_deref(),
        transitions: execution.transitions,
        retries: execution.retries,
        entered: &execution.entered,
        states: states.collect(),
        seconds: duration(execution).map(seconds),
        map_iterations: execution.iterations,
        map_runs: execution.map_runs,
        notes: notes(execution),
    };
    crate::escape::json(&serde_json::to_string_pretty(&document).unwrap_or_default())
}

/// The execution for a terminal, with its price as a Standard workflow.
pub fn execution(execution: &Execution, prices: &RegionPrices) -> String {
    let mut out = String::new();
    out.push_str(execution.status.as_str());
    if let Some(error) = &execution.error {
        _ = write!(out, " with {}", visible(error));
    }
    if let Some(duration) = duration(execution) {
        _ = write!(out, " after {}", time(duration));
    }
    let transitions = many(execution.transitions, "transition", "transitions");
    let retries = match execution.retries {
        0 => String::new(),
        1 => ", 1 of them a retry".to_owned(),
        retries => format!(", {} of them retries", number(retries)),
    };
    let usage = StandardUsage {
        executions: Decimal::ONE,
        transitions: execution.transitions.into(),
    };
    let cost = standard(prices, &usage, false).total;
    let each = prices.transition.per_million();
    let region = visible(&prices.region);
    _ = writeln!(
        out,
        "\n{transitions}{retries}: {cost} as a Standard workflow in {region} ({each})\n"
    );
    out.push_str(&states(execution));
    let notes: Vec<String> = notes(execution)
        .into_iter()
        .chain(prices.note.clone())
        .collect();
    if !notes.is_empty() {
        out.push('\n');
    }
    for note in notes {
        _ = writeln!(out, "note: {note}");
    }
    out
}

/// The states in the order in which they were first entered.
fn states(execution: &Execution) -> String {
    let mut first: BTreeMap<&str, usize> = BTreeMap::new();
    for (place, name) in execution.entered.iter().enumerate() {
        first.entry(name).or_insert(place);
    }
    let mut states: Vec<(&String, &StateUse)> = execution.states.iter().collect();
    states.sort_by_key(|(name, _)| first.get(name.as_str()).copied().unwrap_or(usize::MAX));
    let all = duration(execution);
    let rows = states.into_iter().map(|(name, state)| {
        let errors = state.errors.iter().map(|(error, times)| match times {
            1 => visible(error).into_owned(),
            times => format!("{} x {}", number(*times), visible(error)),
        });
        let open = state.entered.saturating_sub(state.left);
        let spent = state.milliseconds.saturating_add(state.unfinished_ms);
        [
            visible(name).into_owned(),
            number(state.entered),
            number(state.retries),
            match spent {
                0 if state.left == 0 => String::new(),
                _ => time(spent),
            },
            share(spent, all).unwrap_or_default(),
            errors
                .chain((open > 0).then(|| format!("{} not left", number(open))))
                .collect::<Vec<_>>()
                .join(", "),
        ]
    });
    let columns = [
        Column::Left("STATE"),
        Column::Right("ENTERED"),
        Column::Right("RETRIES"),
        Column::Right("TIME"),
        Column::Right("SHARE"),
        Column::Left("ERRORS"),
    ];
    table(columns, rows)
}

/// What a reader of the numbers must know.
fn notes(execution: &Execution) -> Vec<String> {
    let flaws = execution.flaws.iter().map(|flaw| match flaw {
        Flaw::Missing(events) => format!(
            "{} of the history {} missing: there were at least as many transitions as counted",
            many(*events, "event", "events"),
            if *events == 1 { "is" } else { "are" }
        ),
        Flaw::MorePages => {
            "the history goes on in pages that are not in the file: there were at least as many transitions as counted".to_owned()
        }
        Flaw::Redriven(times) => format!(
            "the execution was redriven {}: what failed before is counted too",
            many(*times, "time", "times")
        ),
        Flaw::ClockBack(events) => format!(
            "{} {} stamped earlier than the one that it follows; that time counts as none",
            many(*events, "event", "events"),
            if *events == 1 { "is" } else { "are" }
        ),
        Flaw::OverAYear => {
            "there is more than a year between start and end, which no execution lasts: a clock was off".to_owned()
        }
        Flaw::Unplaced(retries) => format!(
            "{} counted, but of which state is not in the history",
            match retries {
                1 => "1 retry is".to_owned(),
                retries => format!("{} retries are", number(*retries)),
            }
        ),
    });
    let runs = (execution.map_runs > 0).then(|| {
        format!(
            "{} ran: its child executions have histories and transitions of their own, which are not counted here",
            many(execution.map_runs, "Map Run", "Map Runs")
        )
    });
    let goes_on = execution.flaws.contains(&Flaw::MorePages);
    let open = match execution.status {
        ExecutionStatus::Running | ExecutionStatus::Unknown if !goes_on => Some(
            "the history has no end: the execution still runs, or a part of it is missing"
                .to_owned(),
        ),
        _ => None,
    };
    flaws.chain(runs).chain(open).collect()
}

fn duration(execution: &Execution) -> Option<u64> {
    execution
        .duration_ms
        .and_then(|duration| u64::try_from(duration).ok())
}

#[allow(
    clippy::cast_precision_loss,
    reason = "a year in milliseconds is far below 2^52"
)]
fn seconds(milliseconds: u64) -> f64 {
    milliseconds as f64 / 1000.0
}

fn share(part: u64, all: Option<u64>) -> Option<String> {
    let percent = num::div(Decimal::from(part) * Decimal::ONE_HUNDRED, all?.into())?;
    Some(format!("{} %", percent.round()))
}

fn number(count: u64) -> String {
    num::count(Decimal::from(count))
}

fn many(n: u64, one: &str, many: &str) -> String {
    count(usize::try_from(n).unwrap_or(usize::MAX), one, many)
}
