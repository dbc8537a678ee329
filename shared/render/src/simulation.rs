//! One simulated execution: the way it went, how it ended, what it costs.

mod cases;
mod choice;
mod json;
mod lines;
mod mock_file;
mod paths;
mod pretty;
mod price;
mod profile;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use asl::{Definition, State};
use jiff::Timestamp;
use pricing::RegionPrices;
use sim::{Outcome, Status};
use unicode_width::UnicodeWidthStr;

use crate::escape::visible;
use crate::words::{clip, count, number, time, wrap};
use lines::{Line, Tone};
use price::Cost;

pub use cases::{RanCase, SimulatedCase, Verdict, simulated_cases, simulated_cases_json};
pub use json::simulation_json;
pub use mock_file::mock_file;
pub use paths::{exploration, exploration_json, faults};

/// The states of a definition by name.
type States<'a> = BTreeMap<&'a str, &'a State>;

/// Lines of the way that are shown where not all are.
const HEAD: usize = 60;
const TAIL: usize = 20;

/// Lines of an output that are shown where not all are.
const OUTPUT: usize = 40;

/// A simulated execution.
#[derive(Clone, Copy, Debug)]
pub struct Simulation<'a> {
    /// Name of the state machine.
    pub name: &'a str,
    /// `STANDARD` or `EXPRESS`.
    pub workflow: &'static str,
    /// What was run.
    pub definition: &'a Definition,
    /// What it came to.
    pub outcome: &'a Outcome,
    /// When it was started, on virtual time.
    pub start: Timestamp,
    /// Size of the input, which stands for the payloads where memory is estimated.
    pub input_bytes: usize,
    /// What a reader must know.
    pub notes: &'a [String],
}

/// How a simulation is told.
#[derive(Clone, Copy, Debug)]
pub struct SimulationOptions {
    /// Colors, by ANSI sequences.
    pub color: bool,
    /// Columns; text wraps there. Fewer than 40 count as 40.
    pub width: usize,
    /// Everything, however long it is.
    pub full: bool,
}

/// The execution for a terminal.
pub fn simulation(
    simulation: &Simulation<'_>,
    prices: &RegionPrices,
    options: &SimulationOptions,
) -> String {
    let outcome = simulation.outcome;
    let states = states(simulation.definition);
    let printer = Printer {
        color: options.color,
        width: options.width.max(40),
        full: options.full,
    };
    let mut out = String::new();
    printer.way(&mut out, &lines::of(outcome, &states, options.full));
    out.push('\n');
    printer.result(&mut out, outcome);
    out.push('\n');
    out.push_str(&profile::text(&outcome.way.profile()));
    for (map, run) in profile::map_runs(&outcome.way) {
        let kind = if run.is_express { "Express " } else { "" };
        let one = format!("{kind}child execution");
        let many = format!("{kind}child executions");
        let children = count(
            usize::try_from(run.started).unwrap_or(usize::MAX),
            &one,
            &many,
        );
        _ = writeln!(out, "\nin {children} of {}:", visible(map));
        out.push_str(&profile::text(&run.profile));
    }
    out.push('\n');
    let cost = Cost::of(simulation, prices);
    counts(&mut out, simulation, &cost, prices);
    let notes = simulation.notes.iter().map(String::as_str);
    let notes: Vec<&str> = notes.chain(prices.note.as_deref()).collect();
    if !notes.is_empty() {
        out.push('\n');
    }
    for note in notes {
        for line in wrap(&visible(note), printer.width, "note: ", "      ") {
            out.push_str(&line);
            out.push('\n');
        }
    }
    out
}

fn states(definition: &Definition) -> States<'_> {
    let states = definition.states().into_iter();
    states
        .map(|state| (state.name.value.as_str(), state))
        .collect()
}

/// Transitions, time and money.
fn counts(out: &mut String, simulation: &Simulation<'_>, cost: &Cost, prices: &RegionPrices) {
    let outcome = simulation.outcome;
    let whole = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
    let mut line = count(whole(outcome.transitions), "transition", "transitions");
    let children: u64 = profile::map_runs(&outcome.way)
        .iter()
        .filter(|(_, run)| !run.is_express)
        .map(|(_, run)| run.profile.transitions())
        .sum();
    let mut parts = Vec::new();
    match outcome.retries {
        0 => {}
        1 => parts.push("1 of them a retry".to_owned()),
        some => parts.push(format!("{} of them retries", number(whole(some)))),
    }
    match outcome.children {
        0 => {}
        1 => parts.push("1 the start of a child execution".to_owned()),
        some => parts.push(format!(
            "{} starts of child executions",
            number(whole(some))
        )),
    }
    if children > 0 {
        parts.push(format!("{} in them", number(whole(children))));
    }
    for part in parts {
        _ = write!(line, ", {part}");
    }
    _ = writeln!(out, "{line}; {} of virtual time", time(outcome.virtual_ms));
    if outcome.status == Status::Stopped {
        return;
    }
    let region = visible(&prices.region);
    _ = writeln!(out, "a million executions like this one cost, in {region}:");
    _ = writeln!(
        out,
        "  Standard  {:>9}  {} x {}",
        cost.total().rounded(),
        count(whole(outcome.transitions), "transition", "transitions"),
        prices.transition.per_million()
    );
    for bill in &cost.children {
        let parts = bill.lines.iter().map(|line| line.quantity.as_str());
        let parts: Vec<&str> = parts.collect();
        _ = writeln!(out, "{:22} + Express children: {}", "", parts.join(" + "));
    }
    _ = match &cost.express {
        Ok(bill) => {
            let parts = bill.lines.iter().map(|line| line.quantity.as_str());
            let parts: Vec<&str> = parts.collect();
            writeln!(
                out,
                "  Express   {:>9}  {}",
                bill.total.rounded(),
                parts.join(" + ")
            )
        }
        Err(why) => writeln!(out, "  Express     not able: {}", visible(why)),
    };
}

struct Printer {
    color: bool,
    width: usize,
    full: bool,
}

impl Printer {
    fn paint(&self, style: Style, text: &str) -> String {
        if self.color && !text.is_empty() {
            format!("{style}{text}{style:#}")
        } else {
            text.to_owned()
        }
    }

    /// The way as a table whose last column wraps.
    fn way(&self, out: &mut String, lines: &[Line]) {
        let hidden = lines.len().saturating_sub(HEAD + TAIL);
        let cut = !self.full && hidden > 1;
        let shown = |place: usize| !cut || place < HEAD || place >= HEAD + hidden;
        let cells: Vec<(usize, [String; 3], &Line)> = lines
            .iter()
            .enumerate()
            .filter(|(place, _)| shown(*place))
            .map(|(place, line)| {
                let name = format!("{}{}", "  ".repeat(line.depth.min(12)), line.name);
                let time = line.at_ms.map(clock).unwrap_or_default();
                let name = clip(&visible(&name), 40);
                (place, [time, name, line.kind.clone()], line)
            })
            .collect();
        let mut widths = ["TIME".len(), "STATE".len(), "TYPE".len()];
        for (_, row, _) in &cells {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.width());
            }
        }
        let [times, names, kinds] = widths;
        let head = format!(
            "{:>times$}  {:names$}  {:kinds$}  WHAT",
            "TIME", "STATE", "TYPE"
        );
        out.push_str(head.trim_end());
        out.push('\n');
        for (place, [time, name, kind], line) in &cells {
            if cut && *place == HEAD + hidden {
                let rows = count(hidden, "more line", "more lines");
                _ = writeln!(out, "{:>times$}  {rows}; --full shows them", "...");
            }
            let blanks = |cell: &str, width: usize| " ".repeat(width.saturating_sub(cell.width()));
            let start = format!(
                "{}{time}  {name}{}  {kind}{}  ",
                blanks(time, times),
                blanks(name, names),
                blanks(kind, kinds)
            );
            let indent = " ".repeat(start.width());
            // A long cause is in the result and in the events.
            let text = visible(&line.what);
            let text = if self.full {
                text.into_owned()
            } else {
                clip(&text, 240)
            };
            let width = self.width.max(indent.len() + 30);
            for (row, text) in wrap(&text, width - indent.len(), "", "").iter().enumerate() {
                let text = match line.tone {
                    Tone::Plain => text.clone(),
                    Tone::Bad => self.paint(AnsiColor::Red.on_default(), text),
                };
                let before = if row == 0 { &start } else { &indent };
                out.push_str(format!("{before}{text}").trim_end());
                out.push('\n');
            }
        }
    }

    /// How it ended, and with what.
    fn result(&self, out: &mut String, outcome: &Outcome) {
        let color = match outcome.status {
            Status::Succeeded => AnsiColor::Green,
            _ => AnsiColor::Red,
        };
        let mut text = self.paint(color.on_default().bold(), outcome.status.as_str());
        if let Some(error) = outcome.error.as_deref().filter(|error| !error.is_empty()) {
            _ = write!(text, " with {}", visible(error));
        }
        if let Some(state) = &outcome.ended_in {
            _ = write!(text, " in {}", visible(state));
        }
        _ = writeln!(out, "{text} after {}", time(outcome.virtual_ms));
        if let Some(cause) = outcome.cause.as_deref().filter(|cause| !cause.is_empty()) {
            let cause = visible(cause);
            for line in wrap(&cause, self.width, "  cause: ", "         ") {
                out.push_str(&line);
                out.push('\n');
            }
        }
        if let Some(output) = &outcome.output {
            let all = pretty::lines(output, self.width.saturating_sub(10));
            let most = if self.full { usize::MAX } else { OUTPUT };
            out.push_str("  output: ");
            for (place, line) in all.iter().take(most).enumerate() {
                if place > 0 {
                    out.push_str("          ");
                }
                let line = visible(line);
                let line = if self.full {
                    line.into_owned()
                } else {
                    clip(&line, 160)
                };
                out.push_str(&line);
                out.push('\n');
            }
            if let Some(more) = all.len().checked_sub(most).filter(|more| *more > 0) {
                let more = count(more, "more line", "more lines");
                _ = writeln!(out, "          ... {more}; --full shows them");
            }
        }
    }
}

/// Virtual time since the start: `0.000`, `12.500`, `1:02:03.000`.
fn clock(ms: u64) -> String {
    let (seconds, rest) = (ms / 1_000, ms % 1_000);
    let (minutes, s) = (seconds / 60, seconds % 60);
    let (hours, m) = (minutes / 60, minutes % 60);
    if hours > 0 {
        format!(
            "{}:{m:02}:{s:02}.{rest:03}",
            number(usize::try_from(hours).unwrap_or(usize::MAX))
        )
    } else if m > 0 {
        format!("{m}:{s:02}.{rest:03}")
    } else {
        format!("{s}.{rest:03}")
    }
}
