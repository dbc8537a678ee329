//! The way through the states as lines of a table.

use std::collections::HashMap;
use std::fmt::Write as _;

use asl::{Pattern, Resource, State, StateKind};
use sim::{Attempt, Children, End, Erred, Lane, Outcome, Status, Visit};

use super::States;
use super::choice;
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
pub(super) fn of(outcome: &Outcome, states: &States<'_>, full: bool) -> Vec<Line> {
    let mut writer = Writer {
        states,
        full,
        cut: match outcome.status {
            Status::Stopped => "not finished",
            _ => "cut off",
        },
        lines: Vec::new(),
    };
    writer.lane(&outcome.way, 0);
    writer.lines
}

struct Writer<'w, 'a> {
    states: &'w States<'a>,
    full: bool,
    /// What is said of what did not come to its end.
    cut: &'static str,
    lines: Vec<Line>,
}

impl Writer<'_, '_> {
    fn lane(&mut self, lane: &Lane, depth: usize) {
        let next = lane.visits.iter().skip(1).map(|next| Some(&*next.state));
        for (visit, next) in lane.visits.iter().zip(next.chain([None])) {
            self.visit(visit, next, depth);
        }
    }

    fn visit(&mut self, visit: &Visit, next: Option<&str>, depth: usize) {
        let state = self.states.get(&*visit.state).copied();
        self.lines.push(Line {
            at_ms: Some(visit.entered_ms),
            depth,
            name: visit.state.to_string(),
            kind: visit.kind.to_owned(),
            what: self.what(visit, state),
            tone: Tone::Plain,
        });
        if visit.kind == "Fail" {
            // What the execution fails with stands below the way.
            if let (Some(erred), true) = (visit.end.error(), depth > 0) {
                self.cause(erred);
            }
            return;
        }
        let all = visit.attempts.len();
        let has_lanes = visit.attempts.iter().any(|it| !it.lanes.is_empty());
        for (place, attempt) in visit.attempts.iter().enumerate() {
            // Many attempts in a row are told by the first and the last.
            if !self.full && all > 4 && place == 2 {
                self.note(format!("... {} more attempts", number(all - 3)));
            }
            if !self.full && all > 4 && (2..all - 1).contains(&place) {
                continue;
            }
            if all > 1 && has_lanes {
                let what = iterations(visit, attempt, self.cut);
                self.heading(
                    format!("attempt {}", place + 1),
                    what,
                    Tone::Plain,
                    depth + 1,
                );
            }
            self.inside(
                visit,
                attempt,
                depth + 1 + usize::from(all > 1 && has_lanes),
            );
            if let Some(erred) = &attempt.failure {
                let then = self.then(visit, place, next);
                // Behind its branches a failure says whose it is, and not again why it is.
                let name = has_lanes.then(|| visit.state.to_string());
                let mut inner = attempt.lanes.iter().map(|lane| lane.end.error());
                let is_told = inner.any(|inner| inner == Some(erred));
                self.failure(name, depth, attempt.end_ms, erred, &then);
                if !is_told {
                    self.cause(erred);
                }
            }
        }
        if let Some(erred) = visit.failed_otherwise() {
            self.failure(None, depth, visit.end_ms, erred, "");
            self.cause(erred);
        }
    }

    /// What came of an attempt that failed.
    fn then(&self, visit: &Visit, place: usize, next: Option<&str>) -> String {
        let failed_at = visit.attempts.get(place).map_or(0, |it| it.end_ms);
        match visit.attempts.get(place + 1) {
            Some(again) if again.start_ms > failed_at => {
                let waited = time(again.start_ms - failed_at);
                format!("; tried again after {waited}")
            }
            Some(_) => "; tried again at once".to_owned(),
            None if visit.is_caught() => match next {
                Some(next) => format!("; caught, goes to {next}"),
                None => "; caught".to_owned(),
            },
            None if visit.end == End::Cut => {
                let waited = time(visit.end_ms.saturating_sub(failed_at));
                format!("; {} after {waited}, before it was tried again", self.cut)
            }
            None => String::new(),
        }
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

    fn failure(
        &mut self,
        name: Option<String>,
        depth: usize,
        at_ms: u64,
        erred: &Erred,
        then: &str,
    ) {
        self.lines.push(Line {
            at_ms: Some(at_ms),
            depth,
            name: name.unwrap_or_default(),
            kind: String::new(),
            what: format!("{}{then}", failed(&erred.error)),
            tone: Tone::Bad,
        });
    }

    fn cause(&mut self, erred: &Erred) {
        if !erred.cause.is_empty() {
            self.note(own_cause(&erred.cause).to_owned());
        }
    }

    /// What a state did, in a few words.
    fn what(&self, visit: &Visit, state: Option<&State>) -> String {
        match visit.kind {
            "Task" => task(visit, state, self.cut),
            "Wait" => {
                let took = time(visit.end_ms.saturating_sub(visit.entered_ms));
                match visit.end {
                    End::Good => format!("waits {took}"),
                    End::Cut => format!("waits; {} after {took}", self.cut),
                    End::Failed(_) => String::new(),
                }
            }
            "Choice" => {
                let why = state.zip(visit.rule);
                why.and_then(|(state, rule)| choice::why(state, rule))
                    .unwrap_or_default()
            }
            "Map" | "Parallel" => match visit.attempts.as_slice() {
                [only] => iterations(visit, only, self.cut),
                // Each attempt says it of itself.
                [] => String::new(),
                many => count(many.len(), "attempt", "attempts"),
            },
            "Fail" => visit
                .end
                .error()
                .filter(|erred| !erred.error.is_empty())
                .map_or_else(String::new, |erred| format!("fails with {}", erred.error)),
            _ => String::new(),
        }
    }

    /// Branches; iterations, of which those that are alike are told once; the first child executions that failed.
    fn inside(&mut self, visit: &Visit, attempt: &Attempt, depth: usize) {
        if let Some(children) = &attempt.children {
            self.children(children, depth);
            return;
        }
        if visit.kind == "Parallel" {
            for (number, lane) in attempt.lanes.iter().enumerate() {
                let name = format!("branch {}", number + 1);
                let (what, tone) = self.ended(lane);
                let what = if lane.end == End::Good {
                    String::new()
                } else {
                    what
                };
                self.heading(name, what, tone, depth);
                self.lane(lane, depth + 1);
            }
            return;
        }
        let mut places: HashMap<String, usize> = HashMap::new();
        let mut kinds: Vec<(Vec<usize>, &Lane)> = Vec::new();
        for (item, lane) in attempt.lanes.iter().enumerate() {
            let place = if self.full {
                kinds.len()
            } else {
                *places.entry(signature(lane)).or_insert(kinds.len())
            };
            match kinds.get_mut(place) {
                Some((items, _)) => items.push(item),
                None => kinds.push((vec![item], lane)),
            }
        }
        let shown = if self.full { usize::MAX } else { KINDS };
        // The first that failed is what people look for.
        let first_failed = kinds
            .iter()
            .position(|(_, lane)| lane.end.error().is_some());
        let mut left = 0;
        for (place, (items, lane)) in kinds.iter().enumerate() {
            if place >= shown && first_failed != Some(place) {
                left += items.len();
                continue;
            }
            let (what, tone) = self.ended(lane);
            self.heading(ranges(items), what, tone, depth);
            self.lane(lane, depth + 1);
        }
        if left > 0 {
            let what = format!("{} went other ways", count(left, "item", "items"));
            self.heading("...".to_owned(), what, Tone::Plain, depth);
        }
    }

    /// How a branch or an iteration ended.
    fn ended(&self, lane: &Lane) -> (String, Tone) {
        match &lane.end {
            End::Failed(erred) => (failed(&erred.error), Tone::Bad),
            End::Good => ("ok".to_owned(), Tone::Plain),
            End::Cut => (self.cut.to_owned(), Tone::Plain),
        }
    }

    fn children(&mut self, children: &Children, depth: usize) {
        let shown = if self.full { usize::MAX } else { KINDS };
        for failure in children.failures.iter().take(shown) {
            let place = match &failure.state {
                Some(state) => format!(" in {state}"),
                None => String::new(),
            };
            self.lines.push(Line {
                at_ms: Some(failure.at_ms),
                depth,
                name: format!("child {}", failure.child),
                kind: String::new(),
                what: format!("{}{place}", failed(&failure.erred.error)),
                tone: Tone::Bad,
            });
            self.cause(&failure.erred);
        }
        let told = children.failures.len().min(shown);
        let more = whole(children.failed).saturating_sub(told);
        if more > 0 {
            let what = format!("{} more failed", number(more));
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
}

/// `2 branches`, `5 items: 1 ok, 1 failed, 2 cut off, 1 not started`
fn iterations(visit: &Visit, attempt: &Attempt, cut: &str) -> String {
    if visit.kind == "Parallel" {
        return count(attempt.lanes.len(), "branch", "branches");
    }
    let Some(all) = attempt.items else {
        return String::new();
    };
    let (items, parts) = if let Some(run) = &attempt.children {
        let kind = if run.is_express { "Express " } else { "" };
        let one = format!("{kind}child execution");
        let many = format!("{kind}child executions");
        let items = format!("a Map Run of {}", count(whole(all), &one, &many));
        (items, [run.succeeded, run.failed, run.cut])
    } else {
        let ended = |wanted: fn(&End) -> bool| {
            let lanes = attempt.lanes.iter();
            lanes.filter(|lane| wanted(&lane.end)).count() as u64
        };
        let parts = [
            ended(|end| *end == End::Good),
            ended(|end| matches!(end, End::Failed(_))),
            ended(|end| *end == End::Cut),
        ];
        (count(whole(all), "item", "items"), parts)
    };
    let [good, bad, open] = parts;
    let left = all.saturating_sub(good + bad + open);
    let parts = [
        (good, "ok"),
        (bad, "failed"),
        (open, cut),
        (left, "not started"),
    ];
    let parts = parts.into_iter().filter(|(n, _)| *n > 0);
    let parts = parts.map(|(n, word)| format!("{} {word}", number(whole(n))));
    let parts: Vec<String> = parts.collect();
    if parts.is_empty() {
        items
    } else {
        format!("{items}: {}", parts.join(", "))
    }
}

/// What makes two iterations alike: the states, how each went, and how it ended.
fn signature(lane: &Lane) -> String {
    fn end(text: &mut String, end: &End) {
        match end {
            End::Good => {}
            End::Failed(erred) => {
                text.push('!');
                text.push_str(&erred.error);
            }
            End::Cut => text.push('-'),
        }
    }
    fn add(text: &mut String, lane: &Lane) {
        end(text, &lane.end);
        for visit in &lane.visits {
            text.push('\n');
            text.push_str(&visit.state);
            end(text, &visit.end);
            for attempt in &visit.attempts {
                text.push('\t');
                if let Some(erred) = &attempt.failure {
                    text.push_str(&erred.error);
                }
                for inner in &attempt.lanes {
                    text.push('(');
                    add(text, inner);
                    text.push(')');
                }
            }
        }
    }
    let mut text = String::new();
    add(&mut text, lane);
    text
}

fn whole(n: u64) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
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

/// `lambda:invoke: ok after 0.100 s`
fn task(visit: &Visit, state: Option<&State>, cut: &str) -> String {
    let mut text = match state.map(|state| &state.kind) {
        Some(StateKind::Task(task)) => task
            .resource
            .as_ref()
            .map(|resource| short(&resource.value))
            .unwrap_or_default(),
        _ => String::new(),
    };
    let took = visit.end_ms.saturating_sub(visit.entered_ms);
    let failed_last = visit.attempts.last().is_some_and(|it| it.failure.is_some());
    match visit.end {
        _ if failed_last => {}
        End::Good if visit.attempts.len() > 1 => {
            _ = write!(text, ": ok at attempt {}", visit.attempts.len());
        }
        End::Good if took > 0 => _ = write!(text, ": ok after {}", time(took)),
        End::Good => text.push_str(": ok"),
        End::Cut if took > 0 => _ = write!(text, ": {cut} after {}", time(took)),
        End::Cut => _ = write!(text, ": {cut}"),
        End::Failed(_) => {}
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
