//! Behaviour through the public functions.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests"
)]

mod broken;
pub(crate) mod corpus;
mod data;
mod embedded;
mod flow;
mod graph;
mod large;
mod machine;
mod mend;
mod payload;
mod shape;
mod spans;
mod yaml;

use crate::{Definition, Format, Level, PROBLEMS, Problem};

/// Reads JSON.
fn json(text: &str) -> Definition {
    Definition::parse(text.as_bytes(), Format::Json)
}

/// Reads YAML.
fn yaml(text: &str) -> Definition {
    Definition::parse(text.as_bytes(), Format::Yaml)
}

/// A machine with these states, the first being where it starts.
fn states(states: &str) -> Definition {
    let first = states.split('"').nth(1).unwrap();
    json(&format!(
        r#"{{"StartAt": "{first}", "States": {{{states}}}}}"#
    ))
}

/// One line for each problem: level, id, the text it points at, its pointer.
fn told(definition: &Definition) -> Vec<String> {
    let line = |problem: &Problem| {
        let level = match problem.level {
            Level::Error => "error",
            Level::Warning => "warning",
        };
        assert!(
            PROBLEMS.iter().any(|(id, _)| *id == problem.id),
            "`{}` is not among the ids that can be explained",
            problem.id
        );
        let at: String = problem.span.of(&definition.text).chars().take(20).collect();
        format!("{level} {} `{at}` {}", problem.id, problem.pointer)
    };
    definition.problems.iter().map(line).collect()
}

fn errors(definition: &Definition) -> Vec<&Problem> {
    let problems = definition.problems.iter();
    problems
        .filter(|problem| problem.level == Level::Error)
        .collect()
}

/// Texts one behind the other.
fn series(count: usize, text: impl Fn(usize) -> String) -> String {
    (0..count).map(text).collect::<Vec<_>>().concat()
}

#[test]
fn the_list_of_problems_is_sorted() {
    assert!(PROBLEMS.is_sorted());
}
