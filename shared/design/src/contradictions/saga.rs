//! What is undone, and what cannot be.

use super::{Told, steps};
use crate::decide::Repeatable;
use crate::repeatable;
use crate::requirements::{Consistency, FailurePolicy, OnError, Requirements, Step, WaitFor, Work};

pub(super) fn check(asked: &Requirements, told: &mut Told<'_, '_>) {
    let all = asked.all_steps();
    let saga = asked.guarantees.consistency == Consistency::Saga;
    let undoes = all.iter().any(|step| step.undo.is_some());
    let pivots: Vec<&&Step> = all.iter().filter(|step| step.pivot).collect();
    if saga && !undoes && pivots.is_empty() {
        let message =
            "a saga takes steps back, and no step says how it is undone or that it is the pivot"
                .to_owned();
        let help =
            "write `undo: {action: …}` at each step that changes something, or `consistency: none`";
        told.error(
            "saga-without-undo",
            "/guarantees/consistency",
            &["/steps"],
            message,
            help,
        );
    } else if asked.failure.policy == FailurePolicy::Compensate && !undoes {
        let message =
            "failures are to be compensated, and no step says how it is undone".to_owned();
        let help =
            "write `undo: {action: …}` at each step that changes something, or `policy: fail`";
        told.error(
            "compensate-without-undo",
            "/failure/policy",
            &["/steps"],
            message,
            help,
        );
    } else if saga
        && asked.failure.policy != FailurePolicy::Compensate
        && told.says("/failure/policy")
    {
        let message =
            "a saga compensates; `policy` says otherwise and counts for steps outside of it only"
                .to_owned();
        told.warning(
            "saga-with-other-policy",
            "/failure/policy",
            &["/guarantees"],
            message,
            "write `policy: compensate`",
        );
    }
    let names_one = |step: &&Step| {
        let breaker = step.breaker.as_ref();
        breaker.is_some_and(|breaker| breaker.fallback.is_some())
    };
    if asked.failure.policy == FailurePolicy::Fallback && !all.iter().any(names_one) {
        let message =
            "no step says which one stands in for it: what fails is left out, and the next step comes"
                .to_owned();
        told.warning(
            "fallback-without-name",
            "/failure/policy",
            &["/steps"],
            message,
            "write `breaker: {fallback: NameOfAStep}` at the steps that have one, or `policy: park`",
        );
    }
    if let Some(second) = pivots.get(1) {
        let message = format!(
            "after `{}` there is no way back already",
            pivots.first().map_or("", |first| &first.id)
        );
        told.warning(
            "pivot-twice",
            &format!("{}/pivot", second.pointer),
            &[],
            message,
            "let one step be the pivot",
        );
    }
    for step in &all {
        undo(step, told);
        on_error(step, undoes, told);
    }
    if saga {
        lost(&asked.steps, told);
    }
}

fn undo(step: &Step, told: &mut Told<'_, '_>) {
    let Some(undo) = &step.undo else { return };
    let at = format!("{}/undo", step.pointer);
    let id = &step.id;
    let mut assumed = |why: &str| {
        told.warning(
            "idempotent-assumed",
            &at,
            &[&step.pointer],
            format!("`{id}` is not said to be idempotent: {why}"),
            "write `idempotent: true` where it is so by itself",
        );
    };
    match repeatable::of(step) {
        Repeatable::No => {
            let message = format!(
                "`{id}` can be undone, and may not be done twice: where its outcome is unknown it is neither safe to try it again \
                 nor sure that one undo takes all of it back"
            );
            let help = "give it the key of the execution so that a second call changes nothing, and write `idempotent: true`";
            told.error(
                "undo-without-idempotent",
                &at,
                &[&step.pointer],
                message,
                help,
            );
        }
        Repeatable::Token(token) if !step.idempotent => {
            assumed(&format!(
                "it is made so by `{token}`, from the name of the execution"
            ));
        }
        Repeatable::Condition => assumed("a condition makes its second write change nothing"),
        _ => {}
    }
    if undo.wait == WaitFor::Callback {
        let message = format!(
            "undoing `{id}` waits for somebody: everything before it stays done until then"
        );
        told.warning(
            "undo-waits",
            &format!("{at}/wait"),
            &[],
            message,
            "undo with a call that answers",
        );
    }
    if repeatable::of_call(undo) == Repeatable::Reads {
        let message = format!("undoing `{id}` only reads, and takes nothing back");
        told.warning(
            "undo-only-reads",
            &format!("{at}/action"),
            &[],
            message,
            "name the call that takes it back",
        );
    }
    if matches!(step.work, Work::Choose(_) | Work::Wait(_)) {
        let message = format!("`{id}` changes nothing that could be undone");
        told.warning("undo-of-nothing", &at, &[], message, "take `undo` out");
    }
}

fn on_error(step: &Step, undoes: bool, told: &mut Told<'_, '_>) {
    let at = format!("{}/on_error", step.pointer);
    match step.on_error {
        Some(OnError::Compensate) if !undoes => {
            let message = format!(
                "`{}` is to compensate, and no step says how it is undone",
                step.id
            );
            told.error(
                "compensate-without-undo",
                &at,
                &["/steps"],
                message,
                "write `undo: {action: …}` at the steps before it, or `on_error: fail`",
            );
        }
        Some(OnError::Fallback)
            if step
                .breaker
                .as_ref()
                .is_none_or(|breaker| breaker.fallback.is_none()) =>
        {
            let message = format!(
                "`{}` does not say which step stands in for it: the workflow goes on without its result",
                step.id
            );
            told.warning(
                "fallback-without-name",
                &at,
                &[&step.pointer],
                message,
                "write `breaker: {fallback: NameOfAStep}`",
            );
        }
        Some(OnError::Ignore) if step.pivot => {
            let message = format!(
                "`{}` is the pivot, and its failure is ignored: the saga then goes forward undecided",
                step.id
            );
            told.warning("pivot-ignored", &at, &[], message, "take `on_error` out");
        }
        _ => {}
    }
}

/// Steps before the pivot that change something and are not undone; and undos that are never used.
fn lost(steps: &[Step], told: &mut Told<'_, '_>) {
    let Some(last) = steps
        .iter()
        .rposition(|step| step.undo.is_some() || step.pivot)
    else {
        return;
    };
    let mut after_pivot = false;
    for (index, step) in steps.iter().enumerate() {
        if after_pivot && step.undo.is_some() {
            let message = format!(
                "`{}` comes after the pivot: its undo is never used",
                step.id
            );
            told.warning(
                "undo-after-pivot",
                &format!("{}/undo", step.pointer),
                &[],
                message,
                "take it out, or let the pivot come later",
            );
        }
        let forgotten = index < last
            && !after_pivot
            && step.undo.is_none()
            && !step.pivot
            && step.on_error != Some(OnError::Ignore)
            && steps::writes(step)
            && !matches!(step.work, Work::Approval(_));
        if forgotten {
            let message = format!(
                "`{}` has no undo: it is assumed to leave nothing behind",
                step.id
            );
            told.warning(
                "saga-step-without-undo",
                &step.pointer,
                &[],
                message,
                "write `undo: {action: …}` where it changes something",
            );
        }
        after_pivot |= step.pivot;
    }
}
