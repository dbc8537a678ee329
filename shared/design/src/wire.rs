//! An answer as JSON, version 1: what `sfn-advisor design --format json` prints and the Lambda answers.
//!
//! A public interface, described by `shared/docs/schema/design-v1.schema.json`: fields are added, none is removed, renamed or given
//! another meaning.

use asl::Level;
use serde::Serialize;
use serde_json::Value;

use crate::deliver::{Answer, Delivery};
use crate::requirements::Problem;

/// An answer, ready to be written as JSON.
#[derive(Serialize)]
pub struct Wire<'a> {
    version: u32,
    outcome: &'static str,
    name: Option<&'a str>,
    /// Where the files are; none where there are none.
    place: Option<&'a str>,
    files: Vec<&'a str>,
    problems: Vec<WireProblem<'a>>,
    summary: Option<Value>,
}

#[derive(Serialize)]
struct WireProblem<'a> {
    id: &'a str,
    level: &'static str,
    pointer: &'a str,
    line: usize,
    column: usize,
    message: &'a str,
    help: Option<&'a str>,
}

impl<'a> Wire<'a> {
    /// The answer, whose files are in `place`.
    pub fn new(answer: &'a Answer, place: Option<&'a str>) -> Self {
        let delivery = answer.outcome.delivery();
        Self {
            version: 1,
            outcome: answer.outcome.word(),
            name: delivery.map(|delivery| delivery.name.as_str()),
            place: delivery.and(place),
            files: delivery.map(files).unwrap_or_default(),
            problems: answer.problems.iter().map(problem).collect(),
            summary: delivery.map(|delivery| delivery.summary.json()),
        }
    }
}

fn files(delivery: &Delivery) -> Vec<&str> {
    let mut names: Vec<&str> = delivery
        .files
        .iter()
        .map(|file| file.file_name.as_str())
        .collect();
    names.sort_unstable();
    names
}

fn problem(problem: &Problem) -> WireProblem<'_> {
    WireProblem {
        id: problem.id,
        level: match problem.level {
            Level::Error => "error",
            Level::Warning => "warning",
        },
        pointer: &problem.pointer,
        line: problem.position.line,
        column: problem.position.column,
        message: &problem.message,
        help: problem.help.as_deref(),
    }
}
