//! Names of steps: each once, and what names them names one that is there.

use std::collections::BTreeMap;

use asl::{Node, Value};

use super::problem::{did_you_mean, quoted};
use super::{Requirements, Step, Work};
use crate::contradictions::Told;

pub(crate) fn check(requirements: &Requirements, root: &Node, told: &mut Told<'_, '_>) {
    let mut written = Vec::new();
    if let Some(steps) = root.get("steps") {
        ids(steps, &mut written);
    }
    twice(&requirements.all_steps(), told);
    scope(&requirements.steps, &written, told);
    for step in requirements.all_steps() {
        match &step.work {
            Work::Parallel(branches) => {
                for branch in branches {
                    scope(branch, &written, told);
                }
            }
            Work::Each(each) => scope(&each.steps, &written, told),
            _ => {}
        }
    }
}

/// Ids as they stand in the file, also of steps that could not be read.
fn ids<'a>(node: &'a Node, found: &mut Vec<&'a str>) {
    match &node.value {
        Value::Array(items) => items.iter().for_each(|item| ids(item, found)),
        Value::Object(members) => {
            for member in members {
                match (member.key.as_str(), member.node.as_str()) {
                    ("id", Some(id)) => found.push(id),
                    ("parallel" | "each" | "steps", _) => ids(&member.node, found),
                    _ => {}
                }
            }
        }
        _ => {}
    }
}

/// A name as names of resources are made of it.
fn folded(id: &str) -> String {
    id.chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect()
}

fn twice(steps: &[&Step], told: &mut Told<'_, '_>) {
    let mut seen: BTreeMap<String, &Step> = BTreeMap::new();
    for step in steps {
        let Some(first) = seen.get(&folded(&step.id)) else {
            seen.insert(folded(&step.id), step);
            continue;
        };
        let pointer = format!("{}/id", step.pointer);
        let line = told.line(&format!("{}/id", first.pointer));
        if first.id == step.id {
            let message = format!(
                "there are two steps {}; the first stands in line {line}",
                quoted(&step.id)
            );
            let help = "give every step a name of its own, also inside of `parallel` and `each`";
            told.error("step-named-twice", &pointer, &[], message, help);
        } else {
            let message = format!(
                "{} and {} in line {line} give the same names of resources",
                quoted(&step.id),
                quoted(&first.id)
            );
            told.error(
                "step-names-clash",
                &pointer,
                &[],
                message,
                "let them differ in more than signs and capitals",
            );
        }
    }
}

/// What names steps within one list.
fn scope(steps: &[Step], written: &[&str], told: &mut Told<'_, '_>) {
    let here: Vec<&str> = steps.iter().map(|step| step.id.as_str()).collect();
    let before = told.errors();
    for (index, step) in steps.iter().enumerate() {
        for (at, after) in step.after.iter().enumerate() {
            let pointer = format!("{}/after/{at}", step.pointer);
            known(after, &here, written, &pointer, told);
        }
        if let Work::Choose(ways) = &step.work {
            for way in ways {
                let pointer = format!("{}/go", way.pointer);
                if !known(&way.go, &here, written, &pointer, told) {
                    continue;
                }
                if here
                    .iter()
                    .position(|id| *id == way.go)
                    .is_some_and(|target| target <= index)
                {
                    let message = format!(
                        "{} goes back to {}, as often as it likes",
                        quoted(&step.id),
                        quoted(&way.go)
                    );
                    let help =
                        "`poll: {until: …, at_most: …}` at the step repeats it within bounds";
                    told.warning("way-goes-back", &pointer, &[], message, help);
                }
            }
        }
        if let Some(fallback) = step
            .breaker
            .as_ref()
            .and_then(|breaker| breaker.fallback.as_deref())
        {
            fallback_is(fallback, &here, written, step, told);
        }
    }
    if told.errors() == before {
        cycle(steps, told);
        unreached(steps, told);
    }
}

/// Whether a step of this name stands in the same list.
fn known(
    name: &str,
    here: &[&str],
    written: &[&str],
    pointer: &str,
    told: &mut Told<'_, '_>,
) -> bool {
    if here.contains(&name) {
        return true;
    }
    if written.contains(&name) {
        let message = format!("{} is not in the same list of steps", quoted(name));
        let help = "name a step that stands beside this one: branches and items are on their own";
        // Where that step could not be read, enough is told.
        if !told.has_errors() {
            told.error("step-elsewhere", pointer, &[], message, help);
        }
        return false;
    }
    let message = format!("there is no step {}", quoted(name));
    let help = did_you_mean(name, here.iter().copied())
        .unwrap_or_else(|| "name a step of this file".to_owned());
    told.error("step-unknown", pointer, &[], message, &help);
    false
}

/// A fallback may be a step that nobody has written: a queue for people, under this name.
fn fallback_is(name: &str, here: &[&str], written: &[&str], step: &Step, told: &mut Told<'_, '_>) {
    let pointer = format!("{}/breaker/fallback", step.pointer);
    if here.contains(&name) {
        if name == step.id {
            let message = format!("{} cannot stand in for itself", quoted(name));
            told.error(
                "fallback-is-itself",
                &pointer,
                &[],
                message,
                "name another step",
            );
        }
        return;
    }
    if written.contains(&name) {
        known(name, here, written, &pointer, told);
        return;
    }
    if let Some(meant) = did_you_mean(name, here.iter().copied()) {
        told.error(
            "step-unknown",
            &pointer,
            &[],
            format!("there is no step {}", quoted(name)),
            &meant,
        );
        return;
    }
    let message = format!(
        "there is no step {}: a queue for people is made of it",
        quoted(name)
    );
    told.warning(
        "fallback-without-step",
        &pointer,
        &[],
        message,
        "write a step of this name to do something else",
    );
}

/// What a step comes after: as it says, or the one before it.
fn predecessors(steps: &[Step], index: usize) -> Vec<usize> {
    let Some(step) = steps.get(index) else {
        return Vec::new();
    };
    if step.after.is_empty() {
        return index.checked_sub(1).into_iter().collect();
    }
    step.after
        .iter()
        .filter_map(|after| steps.iter().position(|step| step.id == *after))
        .collect()
}

/// Tells a circle of steps that wait for each other.
fn cycle(steps: &[Step], told: &mut Told<'_, '_>) {
    // 0: not seen, 1: on the way, 2: without a circle.
    let mut state = vec![0_u8; steps.len()];
    for start in 0..steps.len() {
        let mut way: Vec<(usize, Vec<usize>)> = vec![(start, predecessors(steps, start))];
        if state.get(start).is_some_and(|state| *state != 0) {
            continue;
        }
        set(&mut state, start, 1);
        while let Some((here, left)) = way.last_mut() {
            let here = *here;
            let Some(next) = left.pop() else {
                set(&mut state, here, 2);
                way.pop();
                continue;
            };
            match state.get(next) {
                Some(0) => {
                    set(&mut state, next, 1);
                    way.push((next, predecessors(steps, next)));
                }
                Some(1) => {
                    let circle: Vec<usize> = way
                        .iter()
                        .map(|(at, _)| *at)
                        .skip_while(|at| *at != next)
                        .collect();
                    tell_cycle(steps, &circle, told);
                    return;
                }
                _ => {}
            }
        }
    }
}

fn set(state: &mut [u8], at: usize, to: u8) {
    if let Some(state) = state.get_mut(at) {
        *state = to;
    }
}

fn tell_cycle(steps: &[Step], circle: &[usize], told: &mut Told<'_, '_>) {
    let circle: Vec<&Step> = circle.iter().filter_map(|at| steps.get(*at)).collect();
    let Some(first) = circle.first() else {
        return;
    };
    let names: Vec<String> = circle
        .iter()
        .chain([first])
        .map(|step| quoted(&step.id))
        .collect();
    let message = format!(
        "steps wait for each other in a circle: {}",
        names.join(" after ")
    );
    let silent = circle.iter().find(|step| step.after.is_empty());
    let help = match silent {
        Some(step) => format!(
            "take one `after` out; {} says none and so comes after the step before it",
            quoted(&step.id)
        ),
        None => "take one `after` out".to_owned(),
    };
    let at = circle
        .iter()
        .find(|step| !step.after.is_empty())
        .unwrap_or(first);
    let pointer = format!("{}/after", at.pointer);
    told.error("after-in-a-circle", &pointer, &[], message, &help);
}

/// Tells steps after a choice that always goes elsewhere.
fn unreached(steps: &[Step], told: &mut Told<'_, '_>) {
    let named = |id: &str| {
        steps.iter().any(|step| match &step.work {
            Work::Choose(ways) => ways.iter().any(|way| way.go == id),
            _ => false,
        }) || steps.iter().any(|step| {
            step.breaker
                .as_ref()
                .is_some_and(|breaker| breaker.fallback.as_deref() == Some(id))
        })
    };
    for pair in steps.windows(2) {
        let [before, step] = pair else { continue };
        let always_elsewhere =
            matches!(&before.work, Work::Choose(ways) if ways.iter().any(|way| way.when.is_none()));
        if always_elsewhere && step.after.is_empty() && !named(&step.id) {
            let message = format!(
                "{} is never reached: {} always goes elsewhere",
                quoted(&step.id),
                quoted(&before.id)
            );
            let help = "name it in a `go`, or say `after`";
            told.warning(
                "step-never-reached",
                &format!("{}/id", step.pointer),
                &[],
                message,
                help,
            );
        }
    }
}
