//! The way through the states as lines of a table.

use std::collections::HashMap;
use std::fmt::Write as _;

use asl::{Amount, Pattern, Resource, State, StateKind};

use super::States;
use super::choice::{self, Held};
use super::path::{Failure, Lane, Path, Visit};
use crate::words::{count, number, time};

/// Kinds of iterations that are shown of a Map.
const KINDS: usize = 3;

/// How a line is to be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    Plain,
    Bad,
}

/// A line.
#[derive(Debug)]
pub(super) struct Line {
    /// None where it is the time of the line above.
    pub(super) at_ms: Option<u64>,
    pub(super) depth: usize,
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) what: String,
    pub(super) tone: Tone,
}

/// All lines of an execution.
pub(super) fn of(
    path: &Path<'_>,
    states: &States<'_>,
    choices: &[(String, Option<usize>)],
    full: bool,
) -> Vec<Line> {
    let mut writer = Writer {
        path,
        states,
        chosen: path.chosen(choices),
        full,
        lines: Vec::new(),
    };
    if let Some(lane) = path.lanes.first() {
        writer.lane(lane, 0);
    }
    writer.lines
}

struct Writer<'w, 'a> {
    path: &'w Path<'a>,
    states: &'w States<'a>,
    chosen: HashMap<usize, Held>,
    full: bool,
    lines: Vec<Line>,
}

impl Writer<'_, '_> {
    fn lane(&mut self, lane: &Lane<'_>, depth: usize) {
        for at in &lane.visits {
            if let Some(visit) = self.path.visits.get(*at) {
                self.visit(*at, visit, depth);
            }
        }
    }

    fn visit(&mut self, at: usize, visit: &Visit<'_>, depth: usize) {
        let state = self.states.get(visit.name).copied();
        self.lines.push(Line {
            at_ms: Some(visit.entered_ms),
            depth,
            name: visit.name.to_owned(),
            kind: visit.kind.to_owned(),
            what: self.what(at, visit, state),
            tone: Tone::Plain,
        });
        let all = visit.failures.len();
        for (place, failure) in visit.failures.iter().enumerate() {
            // Many attempts in a row are told by the first and the last.
            if !self.full && all > 4 && place == 2 {
                self.note(format!("... {} more attempts", number(all - 3)));
            }
            if self.full || all <= 4 || place < 2 || place + 1 == all {
                self.failure(visit, failure);
            }
        }
        self.inside(visit, depth + 1);
    }

    fn note(&mut self, what: String) {
        self.lines.push(Line {
            at_ms: None,
            depth: 0,
            name: String::new(),
            kind: String::new(),
            what,
            tone: Tone::Plain,
        });
    }

    fn failure(&mut self, visit: &Visit<'_>, failure: &Failure<'_>) {
        let mut what = failed(failure.error);
        match failure.again_ms {
            Some(again) if again > failure.at_ms => {
                _ = write!(what, "; tried again after {}", time(again - failure.at_ms));
            }
            Some(_) => what.push_str("; tried again at once"),
            None if visit.is_caught() => match visit.then {
                Some(then) => _ = write!(what, "; caught, goes to {then}"),
                None => what.push_str("; caught"),
            },
            None => {}
        }
        self.lines.push(Line {
            at_ms: Some(failure.at_ms),
            depth: 0,
            name: String::new(),
            kind: String::new(),
            what,
            tone: Tone::Bad,
        });
        if !failure.cause.is_empty() {
            self.note(own_cause(failure.cause).to_owned());
        }
    }

    /// What a state did, in a few words.
    fn what(&self, at: usize, visit: &Visit<'_>, state: Option<&State>) -> String {
        match visit.kind {
            "Task" => task(visit, state),
            "Wait" => match visit.left_ms {
                Some(left) => format!("waits {}", time(left.saturating_sub(visit.entered_ms))),
                None => wait(state),
            },
            "Choice" => {
                let why = state.zip(visit.then);
                let held = self.chosen.get(&at).copied().unwrap_or_default();
                why.and_then(|(state, then)| choice::why(state, then, held))
                    .unwrap_or_default()
            }
            "Map" if is_distributed(state) => "a Map Run of child executions".to_owned(),
            "Map" => self.iterations(visit),
            "Fail" => {
                let written = state.and_then(error_of);
                let error = written.or_else(|| self.path.failed_with(at));
                error.map_or_else(String::new, |error| format!("fails with {error}"))
            }
            "Parallel" => count(visit.lanes.len(), "branch", "branches"),
            _ => String::new(),
        }
    }

    fn iterations(&self, visit: &Visit<'_>) -> String {
        let ended = |wanted: fn(&Lane<'_>) -> bool| {
            let lanes = visit
                .lanes
                .iter()
                .filter_map(|lane| self.path.lanes.get(*lane));
            lanes.filter(|lane| wanted(lane)).count()
        };
        let all = visit.lanes.len();
        let good = ended(|lane| matches!(lane.ended, Some(Ok(()))));
        let bad = ended(|lane| matches!(lane.ended, Some(Err(_))));
        let open = all - good - bad;
        let mut parts = Vec::new();
        for (n, word) in [(good, "ok"), (bad, "failed"), (open, "not finished")] {
            if n > 0 {
                parts.push(format!("{} {word}", number(n)));
            }
        }
        let items = count(all, "item", "items");
        if parts.is_empty() {
            items
        } else {
            format!("{items}: {}", parts.join(", "))
        }
    }

    /// Branches, and iterations of which those that are alike are told once.
    fn inside(&mut self, visit: &Visit<'_>, depth: usize) {
        if visit.kind == "Parallel" {
            for (number, lane) in visit.lanes.iter().enumerate() {
                if let Some(lane) = self.path.lanes.get(*lane) {
                    self.heading(
                        format!("branch {}", number + 1),
                        String::new(),
                        Tone::Plain,
                        depth,
                    );
                    self.lane(lane, depth + 1);
                }
            }
            return;
        }
        let mut kinds: Vec<(String, Vec<usize>, usize)> = Vec::new();
        for (item, lane) in visit.lanes.iter().enumerate() {
            let signature = self.signature(*lane);
            match kinds
                .iter_mut()
                .find(|(known, ..)| *known == signature && !self.full)
            {
                Some((_, items, _)) => items.push(item),
                None => kinds.push((signature, vec![item], *lane)),
            }
        }
        let shown = if self.full { usize::MAX } else { KINDS };
        // The first that failed is what people look for.
        let first_failed = kinds.iter().position(|(_, _, lane)| {
            let lane = self.path.lanes.get(*lane);
            lane.is_some_and(|lane| matches!(lane.ended, Some(Err(_))))
        });
        let mut left = 0;
        for (place, (_, items, lane)) in kinds.iter().enumerate() {
            if place >= shown && first_failed != Some(place) {
                left += items.len();
                continue;
            }
            let Some(lane) = self.path.lanes.get(*lane) else {
                continue;
            };
            let (what, tone) = match lane.ended {
                Some(Err("")) => (failed(self.fail_of(lane)), Tone::Bad),
                Some(Err(error)) => (failed(error), Tone::Bad),
                Some(Ok(())) => ("ok".to_owned(), Tone::Plain),
                None => ("not finished".to_owned(), Tone::Plain),
            };
            self.heading(ranges(items), what, tone, depth);
            self.lane(lane, depth + 1);
        }
        if left > 0 {
            let what = format!("{} went other ways", count(left, "item", "items"));
            self.heading("...".to_owned(), what, Tone::Plain, depth);
        }
    }

    fn heading(&mut self, name: String, what: String, tone: Tone, depth: usize) {
        self.lines.push(Line {
            at_ms: None,
            depth,
            name,
            kind: String::new(),
            what,
            tone,
        });
    }

    /// The error of the Fail state that a lane ended in.
    fn fail_of(&self, lane: &Lane<'_>) -> &str {
        let last = lane.visits.last().and_then(|at| self.path.visits.get(*at));
        let state = last.and_then(|last| self.states.get(last.name));
        state.and_then(|state| error_of(state)).unwrap_or_default()
    }

    /// What makes two iterations alike: the states, how each went, and how it ended.
    fn signature(&self, lane: usize) -> String {
        let Some(lane) = self.path.lanes.get(lane) else {
            return String::new();
        };
        let mut text = format!("{:?}", lane.ended);
        for visit in lane
            .visits
            .iter()
            .filter_map(|at| self.path.visits.get(*at))
        {
            text.push('\n');
            text.push_str(visit.name);
            for failure in &visit.failures {
                text.push('\t');
                text.push_str(failure.error);
            }
            for inner in &visit.lanes {
                text.push('(');
                text.push_str(&self.signature(*inner));
                text.push(')');
            }
        }
        text
    }
}

/// `item 0`, `items 0, 2-11 (11)`
fn ranges(items: &[usize]) -> String {
    if let [only] = items {
        return format!("item {only}");
    }
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for item in items {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == *item => *last = *item,
            _ => runs.push((*item, *item)),
        }
    }
    let shown = runs.iter().take(3).map(|(first, last)| {
        if first == last {
            first.to_string()
        } else {
            format!("{first}-{last}")
        }
    });
    let more = if runs.len() > 3 { ", ..." } else { "" };
    format!("items {}{more}", shown.collect::<Vec<_>>().join(", "))
}

/// A cause without the place that AWS puts before it: it stands in the line of the state.
fn own_cause(cause: &str) -> &str {
    let place = cause.starts_with("An error occurred while executing the state");
    match cause.split_once("(entered at the event id #") {
        Some((_, rest)) if place => rest.split_once("). ").map_or(cause, |(_, own)| own),
        _ => cause,
    }
}

/// `failed with Card.Declined`
fn failed(error: &str) -> String {
    if error.is_empty() {
        "failed".to_owned()
    } else {
        format!("failed with {error}")
    }
}

/// `Error` of a Fail state, where it is written down and no expression.
fn error_of(state: &State) -> Option<&str> {
    let is_fail = matches!(state.kind, StateKind::Fail);
    let written = state.field("Error")?.as_str().filter(|_| is_fail)?;
    let is_query = state.query_language == asl::QueryLanguage::Jsonata && written.starts_with("{%");
    Some(written).filter(|_| !is_query)
}

fn is_distributed(state: Option<&State>) -> bool {
    state.is_some_and(
        |state| matches!(&state.kind, StateKind::Map(map) if map.mode != asl::MapMode::Inline),
    )
}

/// `lambda:invoke: ok after 0.100 s`
fn task(visit: &Visit<'_>, state: Option<&State>) -> String {
    let mut text = match state.map(|state| &state.kind) {
        Some(StateKind::Task(task)) => task
            .resource
            .as_ref()
            .map(|resource| short(&resource.value))
            .unwrap_or_default(),
        _ => String::new(),
    };
    let took = visit
        .left_ms
        .unwrap_or_default()
        .saturating_sub(visit.entered_ms);
    if visit.worked && visit.tries > 1 {
        _ = write!(text, ": ok at attempt {}", visit.tries);
    } else if visit.worked && took > 0 {
        _ = write!(text, ": ok after {}", time(took));
    } else if visit.worked {
        text.push_str(": ok");
    }
    text
}

/// What a Task calls, in short.
fn short(resource: &Resource) -> String {
    match resource {
        Resource::Integration {
            service,
            action,
            pattern,
            sdk,
            ..
        } => {
            let sdk = if *sdk { "aws-sdk:" } else { "" };
            let pattern = match pattern {
                Pattern::RequestResponse => "",
                Pattern::Sync => ".sync",
                Pattern::WaitForTaskToken => ".waitForTaskToken",
            };
            format!("{sdk}{service}:{action}{pattern}")
        }
        Resource::Lambda(arn) => {
            let name = arn.split_once(":function:").map_or("", |(_, name)| name);
            format!("function {name}")
        }
        Resource::Activity(arn) => {
            let name = arn.rsplit_once(':').map_or("", |(_, name)| name);
            format!("activity {name}")
        }
        Resource::Other(text) => text.clone(),
    }
}

fn wait(state: Option<&State>) -> String {
    let amount = state.and_then(|state| match &state.kind {
        StateKind::Wait(wait) => wait.seconds.as_ref().map(|amount| &amount.value),
        _ => None,
    });
    match amount {
        Some(Amount::Number(seconds)) => format!("waits {seconds} s"),
        _ => String::new(),
    }
}
