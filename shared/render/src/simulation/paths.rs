//! What an exploration found: paths, what they reach, and what follows each fault.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use pricing::{RegionPrices, num};
use serde::Serialize;
use serde_json::{Number, Value};
use sim::{Coverage, Covered, Decided, Exploration, FaultPoint, FaultRuns, Path, ReachedBy};

use super::SimulationOptions;
use super::json::seconds;
use crate::escape::visible;
use crate::json_v1::decimal;
use crate::table::{Column, table};
use crate::words::{clip, count, first_of, number, time, wrap};

/// Rows that are shown where not all are.
const ROWS: usize = 40;

/// The paths for a terminal.
pub fn exploration(
    found: &Exploration,
    prices: &RegionPrices,
    options: &SimulationOptions,
) -> String {
    let most = if options.full { usize::MAX } else { ROWS };
    let width = options.width.max(40);
    let ways = ways(&found.paths);
    let rows = ways.iter().take(most).map(|way| {
        let million = |transitions: u64| {
            (prices.transition * num::mul(transitions.into(), 1_000_000.into())).rounded()
        };
        let (least, largest) = way.transitions;
        [
            num::count(way.paths.into()),
            range(least, largest, |n| num::count(n.into())),
            range(least, largest, million),
            way.reached_by.as_str().to_owned(),
            match way.errors.as_slice() {
                [] => way.status.to_owned(),
                errors => format!("{} with {}", way.status, visible(&first_of(errors, 1))),
            },
        ]
    });
    let columns = [
        Column::Right("PATHS"),
        Column::Right("TRANSITIONS"),
        Column::Right("A MILLION RUNS"),
        Column::Left("FOUND"),
        Column::Left("ENDS"),
    ];
    let mut out = String::new();
    let all = table(columns, rows);
    let mut lines = all.lines();
    push(&mut out, lines.next().unwrap_or_default());
    for (line, way) in lines.zip(&ways) {
        push(&mut out, line);
        let names = folded(way.entered).join(" > ");
        for line in wrap(&visible(&names), width, "       ", "         ") {
            push(&mut out, &line);
        }
    }
    left(&mut out, ways.len(), most, "way", "ways");
    let runs = count(found.runs, "run", "runs");
    let paths = count(found.paths.len(), "path", "paths");
    let all = count(ways.len(), "way", "ways");
    _ = writeln!(
        out,
        "\n{paths} on {all} through the states, found in {runs}; prices of Standard in {}",
        visible(&prices.region)
    );
    if let Some(stopped) = found.stopped {
        _ = writeln!(out, "there may be more: {}", visible(stopped));
    }
    coverage(&mut out, &found.coverage, width, most);
    out
}

/// Paths through the same states that end alike.
struct Way<'a> {
    entered: &'a [String],
    status: &'static str,
    errors: Vec<String>,
    paths: u64,
    /// Of the shortest and the longest of them: retries count.
    transitions: (u64, u64),
    /// What the least of them needs.
    reached_by: ReachedBy,
}

/// In the order in which they were found.
fn ways(paths: &[Path]) -> Vec<Way<'_>> {
    let mut places: BTreeMap<(&[String], &str), usize> = BTreeMap::new();
    let mut ways: Vec<Way<'_>> = Vec::new();
    for path in paths {
        let status = path.status.as_str();
        let error = path.error.iter().filter(|error| !error.is_empty());
        let place = *places.entry((&path.entered, status)).or_insert(ways.len());
        if let Some(way) = ways.get_mut(place) {
            way.errors.extend(
                error
                    .filter(|error| !way.errors.contains(error))
                    .cloned()
                    .collect::<Vec<_>>(),
            );
            way.paths += 1;
            let (least, largest) = way.transitions;
            way.transitions = (least.min(path.transitions), largest.max(path.transitions));
            way.reached_by = way.reached_by.min(path.reached_by);
        } else {
            ways.push(Way {
                entered: &path.entered,
                status,
                errors: error.cloned().collect(),
                paths: 1,
                transitions: (path.transitions, path.transitions),
                reached_by: path.reached_by,
            });
        }
    }
    ways
}

fn range(least: u64, largest: u64, told: impl Fn(u64) -> String) -> String {
    if least == largest {
        told(least)
    } else {
        format!("{} - {}", told(least), told(largest))
    }
}

fn push(out: &mut String, line: &str) {
    out.push_str(line);
    out.push('\n');
}

fn left(out: &mut String, all: usize, shown: usize, one: &str, many: &str) {
    if let Some(more) = all.checked_sub(shown).filter(|more| *more > 0) {
        let more = count(more, &format!("more {one}"), &format!("more {many}"));
        _ = writeln!(out, "... {more}; --full shows them");
    }
}

/// `FAILED with Card.Declined`
fn ended(status: &str, error: Option<&str>) -> String {
    match error.filter(|error| !error.is_empty()) {
        Some(error) => format!("{status} with {}", clip(&visible(error), 48)),
        None => status.to_owned(),
    }
}

/// Names in order; what comes several times in a row is told once: `Ask (3 times)`, `Wait > Ask (3 times)`.
fn folded(names: &[String]) -> Vec<String> {
    const LONGEST: usize = 6;
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(rest) = names.get(at..).filter(|rest| !rest.is_empty()) {
        let best = (1..=LONGEST.min(rest.len() / 2)).find_map(|length| {
            let unit = rest.get(..length)?;
            let times = rest
                .chunks_exact(length)
                .take_while(|it| *it == unit)
                .count();
            (times > 1).then_some((length, times))
        });
        let (length, times) = best.unwrap_or((1, 1));
        let unit = rest.get(..length).unwrap_or_default();
        match (length, times) {
            (_, 1) => out.extend(unit.iter().cloned()),
            (1, times) => out.push(format!("{} ({times} times)", unit.join(""))),
            (_, times) => out.push(format!("({}) {times} times", unit.join(" > "))),
        }
        at += length * times;
    }
    out
}

fn groups(coverage: &Coverage) -> [(&'static str, &[Covered]); 4] {
    [
        ("states", &coverage.states),
        ("choice outcomes", &coverage.outcomes),
        ("retriers", &coverage.retriers),
        ("catchers", &coverage.catchers),
    ]
}

/// What is reached, and what is not.
fn coverage(out: &mut String, coverage: &Coverage, width: usize, most: usize) {
    let groups = groups(coverage);
    let told = groups.iter().filter(|(_, all)| !all.is_empty());
    let told = told.map(|(name, all)| {
        let reached = all.iter().filter(|it| it.path.is_some()).count();
        format!("{name} {} of {}", number(reached), number(all.len()))
    });
    let told: Vec<String> = told.collect();
    _ = writeln!(out, "reached: {}", told.join(", "));
    let missed: Vec<&Covered> = groups
        .iter()
        .flat_map(|(_, all)| all.iter())
        .filter(|it| it.path.is_none())
        .collect();
    if missed.is_empty() {
        return;
    }
    out.push_str("not reached:\n");
    for one in missed.iter().take(most) {
        let why = one.why.as_deref().unwrap_or_default();
        let line = format!("{}: {}", visible(&one.pointer), visible(why));
        for line in wrap(&line, width, "  ", "      ") {
            push(out, &line);
        }
    }
    left(out, missed.len(), most, "place", "places");
}

/// What happens where Tasks fail, for a terminal.
pub fn faults(found: &FaultRuns, options: &SimulationOptions) -> String {
    let points = found.points.as_slice();
    let width = options.width.max(40);
    let most = if options.full { usize::MAX } else { 3 * ROWS };
    if points.is_empty() {
        return "nothing in it can be made to fail\n".to_owned();
    }
    let mut out = String::new();
    let mut state = None;
    // What follows is often the same for several errors.
    let alike = |one: &FaultPoint, other: &FaultPoint| {
        one.state == other.state
            && one.visit == other.visit
            && one.afterwards == other.afterwards
            && one.status == other.status
            && (one.error == other.error
                || one.error.as_deref() == Some(one.fault.error())
                    && other.error.as_deref() == Some(other.fault.error()))
    };
    let groups: Vec<&[FaultPoint]> = points.chunk_by(alike).collect();
    for group in groups.iter().take(most) {
        let Some(point) = group.first() else { continue };
        let this = (point.state.as_str(), point.visit);
        if state != Some(this) {
            let visit = match point.visit {
                0 => String::new(),
                more => format!(" (visit {})", more + 1),
            };
            _ = writeln!(out, "{}{visit}", visible(&point.state));
            state = Some(this);
        }
        let after = match point.afterwards.as_slice() {
            [] => "nothing runs afterwards".to_owned(),
            names => folded(names).join(" > "),
        };
        let own = point.error.as_deref() == Some(point.fault.error());
        let end = if own && group.len() > 1 {
            format!("{} with that error", point.status.as_str())
        } else {
            ended(point.status.as_str(), point.error.as_deref())
        };
        let transitions = group.iter().map(|point| point.transitions);
        let least = transitions.clone().min().unwrap_or_default();
        let largest = transitions.max().unwrap_or_default();
        let transitions = range(least, largest, |n| num::count(n.into()));
        let slowest = group.iter().map(|point| point.virtual_ms).max();
        let time = match slowest.unwrap_or_default() {
            0 => String::new(),
            ms if group.len() == 1 => format!(", {}", time(ms)),
            ms => format!(", up to {}", time(ms)),
        };
        let errors: Vec<&str> = group.iter().map(|point| point.fault.error()).collect();
        let line = format!("{}:", errors.join(", "));
        for line in wrap(&visible(&line), width, "  ", "  ") {
            push(&mut out, &line);
        }
        let line = format!("{after}; {end}; transitions: {transitions}{time}");
        for line in wrap(&visible(&line), width, "      ", "        ") {
            push(&mut out, &line);
        }
    }
    left(
        &mut out,
        groups.len(),
        most,
        "kind of fault",
        "kinds of faults",
    );
    let word = count(points.len(), "fault point", "fault points");
    _ = writeln!(out, "\n{word}");
    if let Some(stopped) = found.stopped {
        let names: Vec<String> = found.left.iter().cloned().collect();
        let tasks = count(names.len(), "Task", "Tasks");
        let told = if options.full {
            names.join(", ")
        } else {
            first_of(&names, 6)
        };
        let line = format!("not all were tried, as {stopped}; faults are left of {tasks}: {told}");
        for line in wrap(&visible(&line), width, "", "  ") {
            push(&mut out, &line);
        }
    }
    out
}

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    machine: &'a str,
    r#type: &'static str,
    paths: Vec<PathJson<'a>>,
    coverage: CoverageJson<'a>,
    stopped: Option<&'a str>,
    runs: usize,
    faults: Option<Vec<FaultJson<'a>>>,
    faults_stopped: Option<&'a str>,
    faults_left: Vec<&'a str>,
    region: &'a str,
    prices_as_of: &'a str,
}

#[derive(Serialize)]
struct PathJson<'a> {
    path: usize,
    found: &'static str,
    status: &'static str,
    error: Option<&'a str>,
    cause: Option<&'a str>,
    entered: &'a [String],
    choices: Vec<DecidedJson<'a>>,
    transitions: u64,
    virtual_seconds: f64,
    standard_usd: Number,
    input: &'a Value,
}

#[derive(Serialize)]
struct DecidedJson<'a> {
    state: &'a str,
    rule: Option<usize>,
}

#[derive(Serialize)]
struct CoverageJson<'a> {
    states: Vec<CoveredJson<'a>>,
    outcomes: Vec<CoveredJson<'a>>,
    retriers: Vec<CoveredJson<'a>>,
    catchers: Vec<CoveredJson<'a>>,
}

#[derive(Serialize)]
struct CoveredJson<'a> {
    state: &'a str,
    pointer: &'a str,
    path: Option<usize>,
    why: Option<&'a str>,
}

#[derive(Serialize)]
struct FaultJson<'a> {
    state: &'a str,
    visit: u64,
    error: &'a str,
    status: &'static str,
    ends_with: Option<&'a str>,
    afterwards: &'a [String],
    entered: &'a [String],
    transitions: u64,
    virtual_seconds: f64,
    input: &'a Value,
}

/// Paths and faults as JSON, version 1. Paths are numbered from 1.
pub fn exploration_json(
    machine: &str,
    workflow: &'static str,
    found: &Exploration,
    faults: Option<&FaultRuns>,
    prices: &RegionPrices,
) -> String {
    let paths = found.paths.iter().zip(1_usize..);
    let document = Document {
        version: 1,
        machine,
        r#type: workflow,
        paths: paths
            .map(|(path, place)| path_json(path, place, prices))
            .collect(),
        coverage: CoverageJson {
            states: covered(&found.coverage.states),
            outcomes: covered(&found.coverage.outcomes),
            retriers: covered(&found.coverage.retriers),
            catchers: covered(&found.coverage.catchers),
        },
        stopped: found.stopped,
        runs: found.runs,
        faults: faults.map(|found| found.points.iter().map(fault_json).collect()),
        faults_stopped: faults.and_then(|found| found.stopped),
        faults_left: faults
            .into_iter()
            .flat_map(|found| found.left.iter().map(String::as_str))
            .collect(),
        region: &prices.region,
        prices_as_of: &prices.as_of,
    };
    crate::escape::json(&serde_json::to_string_pretty(&document).unwrap_or_default())
}

fn path_json<'a>(path: &'a Path, place: usize, prices: &RegionPrices) -> PathJson<'a> {
    let decided = |it: &'a Decided| DecidedJson {
        state: &it.state,
        rule: it.rule,
    };
    PathJson {
        path: place,
        found: path.reached_by.as_str(),
        status: path.status.as_str(),
        error: path.error.as_deref(),
        cause: path.cause.as_deref(),
        entered: &path.entered,
        choices: path.choices.iter().map(decided).collect(),
        transitions: path.transitions,
        virtual_seconds: seconds(path.virtual_ms),
        standard_usd: decimal((prices.transition * path.transitions.into()).0),
        input: &path.trial.input,
    }
}

fn covered(all: &[Covered]) -> Vec<CoveredJson<'_>> {
    all.iter().map(covered_json).collect()
}

fn covered_json(one: &Covered) -> CoveredJson<'_> {
    CoveredJson {
        state: &one.state,
        pointer: &one.pointer,
        path: one.path.map(|path| path + 1),
        why: one.why.as_deref(),
    }
}

fn fault_json(point: &FaultPoint) -> FaultJson<'_> {
    FaultJson {
        state: &point.state,
        visit: point.visit,
        error: point.fault.error(),
        status: point.status.as_str(),
        ends_with: point.error.as_deref(),
        afterwards: &point.afterwards,
        entered: &point.entered,
        transitions: point.transitions,
        virtual_seconds: seconds(point.virtual_ms),
        input: &point.trial.input,
    }
}
