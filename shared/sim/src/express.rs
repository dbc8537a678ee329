//! What AWS refuses to create as an Express workflow.

use crate::program::{Kind, Program, Step};

/// Why AWS refuses a definition as Express; none where it takes it.
///
/// The words of what calls are AWS's, recorded; those of the Distributed Map are ours.
pub(crate) fn refusal(program: &Program<'_>) -> Option<String> {
    program.states.iter().find_map(refusal_of)
}

fn refusal_of(step: &Step<'_>) -> Option<String> {
    let why = match &step.kind {
        Kind::Task(task) if task.is_activity => {
            Some("Express state machine does not support Activity ARN")
        }
        Kind::Task(task) if task.resource.ends_with(".waitForTaskToken") => {
            Some("Express state machine does not support '.waitForTaskToken' service integration")
        }
        Kind::Task(task) if task.resource.contains(".sync") => {
            Some("Express state machine does not support '.sync' service integration")
        }
        Kind::Map(map) if map.distributed => {
            Some("Express state machine does not support a Distributed Map")
        }
        Kind::Parallel(branches) => return branches.iter().find_map(refusal),
        Kind::Map(map) => return refusal(&map.processor),
        _ => None,
    };
    why.map(|why| format!("{why} (state `{}`)", step.name))
}
