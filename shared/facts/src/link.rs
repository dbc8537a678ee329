//! Who starts whom, among state machines that were read together.

use std::collections::BTreeMap;

use asl::{Definition, Format, Node, Pattern, Resource, State, StateKind};

use crate::{Caller, Fact, MachineFacts};

/// Fills in [`MachineFacts::callers`] from the definitions of all `machines`: every Task that starts another one by a
/// literal ARN. A start whose target is computed when it runs cannot be seen.
pub fn link_callers(machines: &mut [MachineFacts]) {
    let mut callers: BTreeMap<String, Vec<Caller>> = BTreeMap::new();
    for machine in machines.iter() {
        let Some(text) = machine.definition.known() else {
            continue;
        };
        // Most definitions start nothing: not worth parsing them.
        if !text.contains("tartExecution") && !text.contains("tartSyncExecution") {
            continue;
        }
        let definition = Definition::parse(text.as_bytes(), Format::Json);
        for (target, state, waits) in definition.states().into_iter().filter_map(start) {
            let caller = Caller {
                machine: machine.name.clone(),
                state,
                waits,
            };
            callers.entry(target).or_default().push(caller);
        }
    }
    for machine in machines.iter_mut() {
        let mut found = callers.remove(&machine.arn).unwrap_or_default();
        found.sort();
        machine.callers = Fact::Known(found);
    }
}

/// The state machine that a Task starts, the Task's name, and whether it waits for the end by `.sync`.
fn start(state: &State) -> Option<(String, String, bool)> {
    let StateKind::Task(task) = &state.kind else {
        return None;
    };
    let Resource::Integration {
        service,
        action,
        pattern,
        ..
    } = &task.resource.as_ref()?.value
    else {
        return None;
    };
    let starts = matches!(service.as_str(), "states" | "sfn")
        && matches!(action.as_str(), "startExecution" | "startSyncExecution");
    let arguments = state
        .field("Parameters")
        .or_else(|| state.field("Arguments"))?;
    let target = arguments.get("StateMachineArn").and_then(Node::as_str)?;
    starts.then(|| {
        (
            target.to_owned(),
            state.name.value.clone(),
            *pattern == Pattern::Sync,
        )
    })
}
