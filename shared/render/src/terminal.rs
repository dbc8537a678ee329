//! Findings on a terminal, as a good compiler prints its own.

mod ledger;
mod paint;
mod problems;
mod snippet;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::ops::Range;

use findings::{Finding, Level, Location, MachineRef, NoteKind, Report, Safety, Severity};

use crate::digest::{Digest, findings};
use crate::escape::visible;
use crate::words;
use paint::Paint;

pub use problems::{FileProblem, problems};

/// Machines of a group that are named.
const NAMED: usize = 10;
/// Reasons that are told why rules were not applied.
const REASONS: usize = 20;
/// Columns of `able:     `, the longest key, and the blank behind it.
const KEY: usize = 10;

/// How to print on a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TerminalOptions {
    /// Colors, by ANSI sequences.
    pub color: bool,
    /// Columns; text wraps there, and words stay whole. Fewer than 40 count as 40.
    pub width: usize,
    /// How many findings are told in full, the most valuable ones; the others are one line each.
    pub full: usize,
}

impl Default for TerminalOptions {
    /// No colors, 100 columns, everything in full.
    fn default() -> Self {
        Self {
            color: false,
            width: 100,
            full: usize::MAX,
        }
    }
}

/// Every finding, most valuable first, then what was read and what it comes to. `sources` answers the text of a machine's
/// definition, for the places that findings point at.
pub fn terminal(
    report: &Report,
    sources: &dyn Fn(&MachineRef) -> Option<String>,
    options: &TerminalOptions,
) -> String {
    let printer = Printer {
        paint: Paint {
            color: options.color,
        },
        width: options.width.max(40),
        report,
        hidden: hidden(report),
    };
    let mut out = String::new();
    let ranked = report.ranked();
    let (full, brief) = ranked.split_at(options.full.min(ranked.len()));
    for finding in full {
        print(&mut out, printer.full(finding, sources));
        out.push('\n');
    }
    print(
        &mut out,
        brief.iter().flat_map(|finding| printer.brief(finding)),
    );
    if !full.is_empty() && !brief.is_empty() {
        out.push('\n');
    }
    print(&mut out, printer.summary());
    out
}

fn print(out: &mut String, lines: impl IntoIterator<Item = String>) {
    for line in lines {
        out.push_str(line.trim_end());
        out.push('\n');
    }
}

struct Printer<'a> {
    paint: Paint,
    width: usize,
    report: &'a Report,
    /// What may not be shown of the definition of a machine.
    hidden: BTreeMap<&'a MachineRef, &'a [Range<usize>]>,
}

fn hidden(report: &Report) -> BTreeMap<&MachineRef, &[Range<usize>]> {
    let machines = report.machines.iter();
    machines
        .filter(|machine| !machine.hidden.is_empty())
        .map(|machine| (&machine.machine, machine.hidden.as_slice()))
        .collect()
}

/// The word that a finding starts with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Word {
    Error,
    Warning,
    Saving,
    Info,
}

impl Word {
    fn of(finding: &Finding) -> Self {
        match finding.level() {
            Level::Error => Self::Error,
            _ if finding.saving.is_some() => Self::Saving,
            Level::Warning => Self::Warning,
            Level::Info => Self::Info,
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Saving => "saving",
            Self::Info => "info",
        }
    }
}

impl Printer<'_> {
    /// `orders.asl.json:41:15: error[rule]: message`
    fn brief(&self, finding: &Finding) -> Vec<String> {
        let word = Word::of(finding);
        let head = format!("{}[{}]", word.as_str(), visible(&finding.rule));
        let money = finding.saving.as_ref().map_or(String::new(), |saving| {
            format!(" ({})", words::per_month(saving.usd_per_month))
        });
        let text = format!(
            "{}: {head}: {}{money}",
            place(finding),
            visible(&finding.message)
        );
        vec![text.replacen(&head, &self.paint.word(word, &head), 1)]
    }

    fn full(
        &self,
        finding: &Finding,
        sources: &dyn Fn(&MachineRef) -> Option<String>,
    ) -> Vec<String> {
        let text = sources(&finding.machine).filter(|_| finding.members.is_empty());
        let text = text.map(|text| match self.hidden.get(&finding.machine) {
            Some(hidden) => masked(&text, hidden),
            None => text,
        });
        let snippet = text.and_then(|text| {
            snippet::Snippet::of(&text, &finding.location, &finding.related, self.width)
        });
        let gutter = snippet.as_ref().map_or(2, |snippet| snippet.gutter);
        let word = Word::of(finding);
        let mut lines = self.header(word, finding);
        let arrow = format!("{}--> ", " ".repeat(gutter));
        let rest = " ".repeat(arrow.len());
        let mut place = words::wrap(&place_and_path(finding), self.width, &arrow, &rest);
        if let Some(first) = place.first_mut() {
            *first = first.replacen("-->", &self.paint.frame("-->"), 1);
        }
        lines.append(&mut place);
        let bar = format!("{} {}", " ".repeat(gutter), self.paint.frame("|"));
        if let Some(snippet) = &snippet {
            lines.extend(snippet.lines(self.paint, word));
        }
        if !finding.ledger.is_empty() {
            lines.push(bar.clone());
            lines.extend(
                ledger::columns(&finding.ledger, self.width.saturating_sub(gutter + 4))
                    .iter()
                    .map(|line| format!("{bar}  {line}")),
            );
        }
        lines.push(bar);
        lines.extend(self.remarks(finding, gutter));
        lines
    }

    fn header(&self, word: Word, finding: &Finding) -> Vec<String> {
        let head = format!("{}[{}]", word.as_str(), visible(&finding.rule));
        let mut lines = words::wrap(
            &visible(&finding.message),
            self.width,
            &format!("{head}: "),
            "    ",
        );
        if let Some(first) = lines.first_mut() {
            *first = first.replacen(&head, &self.paint.word(word, &head), 1);
        }
        lines
    }

    fn remarks(&self, finding: &Finding, gutter: usize) -> Vec<String> {
        let mut remarks: Vec<(&str, String)> = Vec::new();
        if !finding.members.is_empty() {
            remarks.push(("machines", members(&finding.members)));
        }
        remarks.push(("why", finding.why.clone()));
        for (kind, key) in [
            (NoteKind::Able, "able"),
            (NoteKind::Mind, "mind"),
            (NoteKind::Assume, "assume"),
        ] {
            let notes = finding.notes.iter().filter(|note| note.kind == kind);
            remarks.extend(notes.map(|note| (key, note.text.clone())));
        }
        remarks.extend(finding.saving.iter().map(|saving| ("saves", saves(saving))));
        remarks.push(("evidence", evidence(finding)));
        remarks.push(("do", finding.action.clone()));
        remarks.extend(
            finding
                .fix
                .iter()
                .map(|fix| ("fix", format!("{} ({})", fix.title, trust(fix.safety)))),
        );
        remarks.push(("rated", self.rated(finding)));
        let mut lines = Vec::new();
        for (key, text) in remarks.iter().filter(|(_, text)| !text.is_empty()) {
            let key = format!("{key}:");
            let first = format!("{} = {key:KEY$}", " ".repeat(gutter));
            let next = " ".repeat(first.len());
            let mut wrapped = words::wrap(&visible(text), self.width, &first, &next);
            if let Some(line) = wrapped.first_mut() {
                *line = line.replacen(
                    &format!("= {key}"),
                    &format!("{} {}", self.paint.frame("="), self.paint.bold(&key)),
                    1,
                );
            }
            lines.append(&mut wrapped);
        }
        lines
    }

    fn rated(&self, finding: &Finding) -> String {
        let lifecycle = match &self.report.lifecycle {
            Some(lifecycle) if lifecycle.new.contains(&finding.fingerprint) => {
                ", new since the last audit"
            }
            Some(_) => ", known from the last audit",
            None => "",
        };
        format!(
            "{} severity, {} confidence, {}{lifecycle}",
            finding.severity, finding.confidence, finding.category
        )
    }

    fn summary(&self) -> Vec<String> {
        let digest = Digest::new(self.report);
        let all: Vec<Severity> = self
            .report
            .findings()
            .map(|finding| finding.severity)
            .collect();
        let found = match all.len() {
            0 => "no findings".to_owned(),
            n => format!(
                "{} ({})",
                words::count(n, "finding", "findings"),
                words::severities(all)
            ),
        };
        let money = words::to_save("; ", digest.usd);
        let mut text = format!("{}; {found}{money}", visible(&digest.coverage()));
        if digest.overlaps() {
            text.push_str(" (savings on one state machine exclude each other: the largest counts)");
        }
        if self.report.lifecycle.is_some() {
            _ = write!(
                text,
                "; {} new, {} fixed",
                findings(&digest.news),
                digest.fixed.len()
            );
        }
        let mut lines: Vec<String> = words::wrap(&text, self.width, "", "  ")
            .iter()
            .map(|line| self.paint.bold(line))
            .collect();
        for (title, gaps, most) in [
            ("not read", digest.not_read(usize::MAX), usize::MAX),
            ("not assessed", digest.not_assessed(), REASONS),
        ] {
            if gaps.is_empty() {
                continue;
            }
            lines.push(self.paint.bold(&format!("{title}:")));
            for gap in gaps.iter().take(most) {
                lines.extend(words::wrap(&visible(gap), self.width, "  ", "    "));
            }
            if gaps.len() > most {
                lines.push(format!(
                    "  and {} more reasons",
                    words::number(gaps.len() - most)
                ));
            }
        }
        lines
    }
}

/// `orders.asl.json:41:15`, `us-east-1 111122223333 order-enrichment`, `111122223333: 33 state machines`
fn place(finding: &Finding) -> String {
    let machine = &finding.machine;
    let location = &finding.location;
    if let Some(file) = &machine.file {
        let file = visible(file);
        return match location.line {
            0 => file.into_owned(),
            line => format!("{file}:{line}:{}", location.column),
        };
    }
    let members = match finding.members.len() {
        0 => String::new(),
        n => words::count(n, "state machine", "state machines"),
    };
    let parts = [&machine.region, &machine.account, &machine.name, &members];
    let parts = parts
        .into_iter()
        .filter(|part| !part.is_empty())
        .map(|part| visible(part).into_owned());
    parts.collect::<Vec<_>>().join(" ")
}

fn place_and_path(finding: &Finding) -> String {
    let Location { pointer, state, .. } = &finding.location;
    let path = match (pointer.as_str(), state) {
        ("", Some(state)) => format!("state `{}`", visible(state)),
        (pointer, _) => visible(pointer).into_owned(),
    };
    format!("{}  {path}", place(finding)).trim().to_owned()
}

fn members(members: &[MachineRef]) -> String {
    let mut regions: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for machine in members.iter().take(NAMED) {
        regions
            .entry(&machine.region)
            .or_default()
            .push(words::name(machine).to_owned());
    }
    let named = regions
        .iter()
        .map(|(region, names)| format!("{region} {}", names.join(", ")));
    let named = named.collect::<Vec<_>>().join("; ");
    match members.len().saturating_sub(NAMED) {
        0 => named,
        more => format!("{named} and {} more", words::number(more)),
    }
}

fn saves(saving: &findings::Saving) -> String {
    let mut text = words::per_month(saving.usd_per_month);
    let (low, high) = (words::usd(saving.low), words::usd(saving.high));
    if low != high {
        _ = write!(text, ", between {low} and {high}");
    }
    if !saving.assumptions.is_empty() {
        _ = write!(text, "; assumes {}", saving.assumptions.join("; "));
    }
    text
}

fn evidence(finding: &Finding) -> String {
    let line = |evidence: &findings::Evidence| match evidence.source.as_str() {
        "" => format!("{} {}", evidence.what, evidence.value),
        source => format!("{} {} ({source})", evidence.what, evidence.value),
    };
    finding
        .evidence
        .iter()
        .map(line)
        .collect::<Vec<_>>()
        .join("; ")
}

/// The text with stars in the place of what may not be shown, byte for byte, so that places stay where they are.
fn masked(text: &str, hidden: &[Range<usize>]) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut rest = hidden.iter().peekable();
    // Up to where the ranges that have begun go; they may lie in each other.
    let mut until = 0;
    for (at, c) in text.char_indices() {
        while let Some(range) = rest.next_if(|range| range.start < at + c.len_utf8()) {
            until = until.max(range.end);
        }
        if at < until && !c.is_ascii_whitespace() {
            masked.extend(std::iter::repeat_n('*', c.len_utf8()));
        } else {
            masked.push(c);
        }
    }
    masked
}

fn trust(safety: Safety) -> &'static str {
    match safety {
        Safety::Safe => "safe: proved equivalent by execution",
        Safety::Review => "review: look at what it changes",
        Safety::Manual => "manual: steps for a person",
    }
}
