//! What each state did, over all of its visits.

use pricing::num;
use sim::{Children, Lane, Profile};

use crate::escape::visible;
use crate::table::{Column, table};
use crate::words::time;

/// As a table.
pub(super) fn text(profile: &Profile) -> String {
    let count = |n: u64| num::count(n.into());
    let rows = profile.states().map(|(name, state)| {
        let errors = state.errors.iter().map(|(error, times)| {
            let error = if error.is_empty() {
                "no name".into()
            } else {
                visible(error)
            };
            match times {
                1 => error.into_owned(),
                times => format!("{} x {error}", count(*times)),
            }
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

/// What the child executions of each Distributed Map did, those of all of its Map Runs together, in the order in which they
/// ran; Maps inside of others after them.
pub(super) fn map_runs(way: &Lane) -> Vec<(&str, Children)> {
    let mut runs: Vec<(&str, Children)> = Vec::new();
    for (map, run) in way.map_runs() {
        add(&mut runs, map, run);
    }
    runs
}

fn add<'a>(runs: &mut Vec<(&'a str, Children)>, map: &'a str, run: &'a Children) {
    if let Some((_, own)) = runs.iter_mut().find(|(known, _)| *known == map) {
        own.merge_own(run);
    } else {
        let mut own = Children::default();
        own.merge_own(run);
        runs.push((map, own));
    }
    for (map, inner) in &run.inner {
        add(runs, map, inner);
    }
}
