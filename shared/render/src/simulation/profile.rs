//! What each state did, over all of its visits.

use std::collections::BTreeMap;

use pricing::num;

use super::path::Path;
use crate::escape::visible;
use crate::table::{Column, table};
use crate::words::time;

/// One state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Use {
    pub(super) entered: u64,
    pub(super) retries: u64,
    /// Attempts that failed, by error.
    pub(super) errors: BTreeMap<String, u64>,
    /// From entering it to leaving it, or to the end.
    pub(super) ms: u64,
}

/// The states in the order in which they were first entered.
pub(super) fn of<'a>(path: &Path<'a>, end_ms: u64) -> Vec<(&'a str, Use)> {
    let mut order: Vec<&str> = Vec::new();
    let mut uses: BTreeMap<&str, Use> = BTreeMap::new();
    for visit in &path.visits {
        let one = uses.entry(visit.name).or_insert_with(|| {
            order.push(visit.name);
            Use::default()
        });
        one.entered += 1;
        one.retries += visit.retries;
        let left = visit.left_ms.or(visit.cut_ms).unwrap_or(end_ms);
        one.ms = one.ms.saturating_add(left.saturating_sub(visit.entered_ms));
        for failure in &visit.failures {
            *one.errors.entry(failure.error.to_owned()).or_default() += 1;
        }
    }
    let told = order.into_iter();
    told.map(|name| (name, uses.remove(name).unwrap_or_default()))
        .collect()
}

/// As a table.
pub(super) fn text(states: &[(&str, Use)]) -> String {
    let count = |n: u64| num::count(n.into());
    let rows = states.iter().map(|(name, state)| {
        let errors = state.errors.iter().map(|(error, times)| match times {
            1 => visible(error).into_owned(),
            times => format!("{} x {}", count(*times), visible(error)),
        });
        [
            visible(name).into_owned(),
            count(state.entered),
            match state.retries {
                0 => String::new(),
                some => count(some),
            },
            match state.ms {
                0 => String::new(),
                some => time(some),
            },
            errors.collect::<Vec<_>>().join(", "),
        ]
    });
    let columns = [
        Column::Left("STATE"),
        Column::Right("ENTERED"),
        Column::Right("RETRIES"),
        Column::Right("TIME"),
        Column::Left("FAILED WITH"),
    ];
    table(columns, rows)
}

/// Iterations and branches that ran.
pub(super) fn side_steps(path: &Path<'_>) -> u64 {
    path.lanes.len().saturating_sub(1) as u64
}
