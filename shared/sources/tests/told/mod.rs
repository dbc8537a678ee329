//! What is told of a file, in lines.

use std::fmt::Write as _;

use asl::Definition;
use facts::WorkflowType;
use sources::{Embedded, Place, definitions};

/// One line for each state machine, and one for each of its problems.
pub(crate) fn told(name: &str, text: &str) -> String {
    lines(&definitions(name, text))
}

/// The same of what was found.
pub(crate) fn lines(found: &[Embedded]) -> String {
    let mut lines = String::new();
    for embedded in found {
        let kind = embedded.workflow_type.map_or("?", |it| match it {
            WorkflowType::Standard => "standard",
            WorkflowType::Express => "express",
        });
        let name = &embedded.name;
        match &embedded.place {
            Place::File { path, part, .. } => {
                write!(lines, "{name} {kind} file {path}").unwrap();
                if let Some(part) = part {
                    write!(lines, " {:?}", part.what).unwrap();
                    part.keys
                        .iter()
                        .for_each(|key| write!(lines, " {key}").unwrap());
                }
                for (name, value) in embedded.filling.iter().flat_map(|it| &it.values) {
                    write!(lines, " {name}={}", value.as_deref().unwrap_or("?")).unwrap();
                }
                lines.push('\n');
            }
            Place::Open { why } => writeln!(lines, "{name} {kind} open {why}").unwrap(),
            Place::Here(definition) => {
                let states = definition.states().len();
                writeln!(lines, "{name} {kind} {states}").unwrap();
                lines.push_str(&problems(definition));
            }
        }
    }
    lines
}

fn problems(definition: &Definition) -> String {
    let mut lines = String::new();
    for problem in &definition.problems {
        let at = definition.position(problem.span.start);
        let shown = problem.span.of(&definition.text);
        let (line, column, id, pointer) = (at.line, at.column, problem.id, &problem.pointer);
        writeln!(lines, "  {line}:{column} {id} {shown} {pointer}").unwrap();
    }
    lines
}
