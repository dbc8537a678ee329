//! Test cases that were run: what a terminal and programs are told of them.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use serde::Serialize;

use super::SimulationOptions;
use crate::escape::visible;
use crate::words::{clip, number, time, wrap};

/// A test case of a mock file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SimulatedCase {
    /// The mock file.
    pub file: String,
    /// Name of the state machine.
    pub machine: String,
    /// Name of the case; of the mock file, where that could not be used at all.
    pub case: String,
    /// What it came to.
    pub verdict: Verdict,
    /// What it did, where it ran.
    pub ran: Option<RanCase>,
    /// What a reader should know: mocks that were not used, answers that were invented.
    pub notes: Vec<String>,
}

/// What a test case did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RanCase {
    /// `SUCCEEDED`, `FAILED`, …
    pub status: &'static str,
    /// Name of the error.
    pub error: Option<String>,
    /// Billed transitions.
    pub transitions: u64,
    /// Virtual milliseconds.
    pub virtual_ms: u64,
    /// False where the mock file does not say what is expected.
    pub expects: bool,
}

/// What a test case came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// As it was expected.
    Ok,
    /// Not as it was expected: a sentence for each difference.
    Failed(Vec<String>),
    /// It could not be run: why.
    Error(String),
}

/// The cases for a terminal, like a test runner.
pub fn simulated_cases(cases: &[SimulatedCase], options: &SimulationOptions) -> String {
    let paint = |color: AnsiColor, text: &str| {
        let style: Style = color.on_default().bold();
        if options.color {
            format!("{style}{text}{style:#}")
        } else {
            text.to_owned()
        }
    };
    let width = options.width.max(40);
    let names = cases.iter().map(|case| visible(&case.case).chars().count());
    let column = names.max().unwrap_or_default().min(48);
    let mut out = String::new();
    let mut group = None;
    for case in cases {
        let this = (case.file.as_str(), case.machine.as_str());
        if group != Some(this) {
            if group.is_some() {
                out.push('\n');
            }
            let machine = visible(&case.machine);
            let file = visible(&case.file);
            let head = format!("{machine}  {file}");
            _ = writeln!(out, "{}", head.trim_start());
            group = Some(this);
        }
        let word = match case.verdict {
            Verdict::Ok => paint(AnsiColor::Green, "ok    "),
            Verdict::Failed(_) => paint(AnsiColor::Red, "FAILED"),
            Verdict::Error(_) => paint(AnsiColor::Red, "ERROR "),
        };
        let name = clip(&visible(&case.case), 48);
        let mut line = format!("  {word}  {name:column$}");
        if let Some(ran) = &case.ran {
            _ = write!(line, "  {}", ended(ran));
        }
        out.push_str(line.trim_end());
        out.push('\n');
        let told: Vec<&str> = match &case.verdict {
            Verdict::Ok => Vec::new(),
            Verdict::Failed(differences) => differences.iter().map(String::as_str).collect(),
            Verdict::Error(why) => why.lines().collect(),
        };
        for text in told {
            let text = visible(text);
            let text = if options.full {
                text.into_owned()
            } else {
                clip(&text, 600)
            };
            push(&mut out, &wrap(&text, width, "          ", "            "));
        }
        for note in &case.notes {
            push(
                &mut out,
                &wrap(
                    &visible(note),
                    width,
                    "          note: ",
                    "                ",
                ),
            );
        }
    }
    if !cases.is_empty() {
        out.push('\n');
    }
    out.push_str(&sum(cases));
    out.push('\n');
    out
}

fn push(out: &mut String, lines: &[String]) {
    for line in lines {
        out.push_str(line);
        out.push('\n');
    }
}

/// `FAILED with Card.Declined, 4 transitions, 2.584 s`
fn ended(ran: &RanCase) -> String {
    let mut text = ran.status.to_owned();
    if let Some(error) = ran.error.as_deref().filter(|error| !error.is_empty()) {
        _ = write!(text, " with {}", clip(&visible(error), 60));
    }
    let transitions = usize::try_from(ran.transitions).unwrap_or(usize::MAX);
    let word = if transitions == 1 {
        "transition"
    } else {
        "transitions"
    };
    _ = write!(text, ", {} {word}", number(transitions));
    if ran.virtual_ms > 0 {
        _ = write!(text, ", {}", time(ran.virtual_ms));
    }
    if !ran.expects {
        text.push_str(" (nothing is expected)");
    }
    text
}

/// How many there are of each verdict.
fn counted(cases: &[SimulatedCase]) -> [usize; 3] {
    cases
        .iter()
        .fold([0; 3], |[ok, failed, errors], case| match case.verdict {
            Verdict::Ok => [ok + 1, failed, errors],
            Verdict::Failed(_) => [ok, failed + 1, errors],
            Verdict::Error(_) => [ok, failed, errors + 1],
        })
}

fn sum(cases: &[SimulatedCase]) -> String {
    let [ok, failed, errors] = counted(cases);
    let word = if cases.len() == 1 { "case" } else { "cases" };
    let mut text = format!("{} {word}: {} ok", number(cases.len()), number(ok));
    if failed > 0 {
        _ = write!(text, ", {} failed", number(failed));
    }
    if errors > 0 {
        _ = write!(text, ", {} could not be run", number(errors));
    }
    text
}

/// The cases as JSON, version 1.
pub fn simulated_cases_json(cases: &[SimulatedCase]) -> String {
    #[derive(Serialize)]
    struct Document<'a> {
        version: u32,
        ok: usize,
        failed: usize,
        errors: usize,
        cases: Vec<Told<'a>>,
    }
    #[derive(Serialize)]
    struct Told<'a> {
        file: &'a str,
        machine: &'a str,
        case: &'a str,
        result: &'static str,
        differences: &'a [String],
        why: Option<&'a str>,
        status: Option<&'static str>,
        error: Option<&'a str>,
        transitions: Option<u64>,
        virtual_seconds: Option<f64>,
        notes: &'a [String],
    }
    let [ok, failed, errors] = counted(cases);
    let told = cases.iter().map(|case| {
        let ran = case.ran.as_ref();
        let (result, differences, why) = match &case.verdict {
            Verdict::Ok => ("ok", [].as_slice(), None),
            Verdict::Failed(differences) => ("failed", differences.as_slice(), None),
            Verdict::Error(why) => ("error", [].as_slice(), Some(why.as_str())),
        };
        Told {
            file: &case.file,
            machine: &case.machine,
            case: &case.case,
            result,
            differences,
            why,
            status: ran.map(|ran| ran.status),
            error: ran.and_then(|ran| ran.error.as_deref()),
            transitions: ran.map(|ran| ran.transitions),
            virtual_seconds: ran.map(|ran| super::json::seconds(ran.virtual_ms)),
            notes: &case.notes,
        }
    });
    let document = Document {
        version: 1,
        ok,
        failed,
        errors,
        cases: told.collect(),
    };
    crate::escape::json(&serde_json::to_string_pretty(&document).unwrap_or_default())
}
