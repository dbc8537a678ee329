//! What to do when it does not work, for whoever is called at night.

use std::fmt::Write as _;

use super::{Composed, FaultKind};
use crate::decide::Repeatable;
use crate::escape::harmless as plain;
use crate::repeatable;
use crate::requirements::{FailurePolicy, Requirements, Step, WaitFor, Work};

/// The runbook of a design, as Markdown.
pub fn runbook(requirements: &Requirements, composed: &Composed) -> String {
    let mut out = String::new();
    let name = plain(&composed.name);
    let _ = write!(out, "# Runbook: {name}\n\n");
    if let Some(description) = &requirements.description {
        let _ = write!(out, "{}\n\n", plain(description));
    }
    let is_express = composed
        .machines
        .first()
        .is_some_and(|machine| machine.express);
    let parks = composed.queues.iter().any(|queue| queue.id == "repairs");
    alarms(&mut out, is_express, parks);
    failures(&mut out, composed);
    if !composed.undo_order.is_empty() {
        out.push_str("## Taking back\n\nWhen a step fails, what was done is taken back in this order; a step whose outcome is not known is taken back, too:\n\n");
        for (at, id) in composed.undo_order.iter().enumerate() {
            let undo = composed.steps.get(id).and_then(|step| step.undo.as_deref());
            let _ = writeln!(
                out,
                "{}. `{}` (state `{}`)",
                at + 1,
                plain(id),
                plain(undo.unwrap_or_default())
            );
        }
        out.push_str("\nAn undo that fails does not stop the others. It stands under `undoErrors` in the message in the repair queue, and the execution ends with `CompensationIncomplete`.\n\n");
    }
    if parks {
        parked(&mut out, composed, is_express);
    }
    redrive(&mut out, requirements, composed, is_express);
    circuits(&mut out, composed);
    out
}

fn alarms(out: &mut String, is_express: bool, parks: bool) {
    out.push_str(
        "## When an alarm rings\n\n| alarm | what it means | what to do |\n|---|---|---|\n",
    );
    let look = if is_express {
        "Query the log group for `ExecutionFailed`; each entry has the error and its cause."
    } else {
        "List the failed executions, open the first one, read the error and the state that it failed in; then look it up below."
    };
    let _ = writeln!(
        out,
        "| executions failed | more executions end with an error than is normal | {look} |"
    );
    out.push_str("| executions timed out | an execution took longer than all of its steps may together | Look for a step that hangs: a callback that nobody answered, a job that does not end. Nothing was taken back: do it by hand, in the order below. |\n");
    out.push_str("| executions throttled | starts or transitions come faster than the quota of the account | Look at the load; ask for a higher quota, or slow the sender down. Events are not lost while they are retried. |\n");
    out.push_str("| executions aborted | somebody stopped executions | Ask who, and whether what was done has to be taken back. |\n");
    if parks {
        out.push_str("| messages in the repair queue | an execution needs a person | Read the message, and go on under *Parked executions*. |\n");
    }
    out.push('\n');
}

fn failures(out: &mut String, composed: &Composed) {
    out.push_str("## What can fail\n\n| step | state | errors that are an answer | when it fails otherwise |\n|---|---|---|---|\n");
    for (id, step) in &composed.steps {
        let own = composed.faults.iter().filter(|fault| fault.step == *id);
        let rejects: Vec<String> = own
            .clone()
            .filter(|fault| fault.kind == FaultKind::Reject)
            .map(|fault| format!("`{}`", plain(&fault.error)))
            .collect();
        if own.count() == 0 {
            continue;
        }
        let otherwise = match &step.undo {
            Some(undo) => format!("taken back by `{}`", plain(undo)),
            None => "nothing of its own to take back".to_owned(),
        };
        let rejects = if rejects.is_empty() {
            "none".to_owned()
        } else {
            rejects.join(", ")
        };
        let _ = writeln!(
            out,
            "| {} | `{}` | {rejects} | {otherwise} |",
            plain(id),
            plain(&step.main)
        );
    }
    out.push('\n');
}

fn parked(out: &mut String, composed: &Composed, is_express: bool) {
    out.push_str("## Parked executions\n\nThe queue `repairs` keeps a message for 14 days. Each has:\n\n- `reason`: `parked` (do it again), `repair` (what is in `data.undoErrors` was not taken back) or `completion` (what comes after the point of no return was not done);\n- `execution`: the ARN of the execution;\n- `idempotencyKey`: the key of the business event;\n- `data`: all data of the execution, with `error` and the results of the steps that were done.\n\n");
    out.push_str("What to do with a message:\n\n1. Find out what is wrong, and mend it.\n");
    if !composed.undo_order.is_empty() {
        out.push_str("2. `repair`: call what each entry of `data.undoErrors` names, with the idempotency key `<idempotencyKey>#<step>`. It is safe to repeat.\n3. `completion`: do what is left, forward; do not take back.\n");
    }
    let again = if is_express {
        "`parked`: start the machine again with `data` as its input"
    } else {
        "`parked`: start the machine again with the input of the execution, or redrive it"
    };
    let _ = write!(
        out,
        "4. {again}. Steps that were done are found by their idempotency keys.\n5. Delete the message.\n\n"
    );
}

fn redrive(out: &mut String, requirements: &Requirements, composed: &Composed, is_express: bool) {
    out.push_str("## Redrive\n\n");
    if is_express {
        out.push_str(
            "Express executions cannot be redriven: start them again with their input.\n\n",
        );
        return;
    }
    let goes_on =
        requirements.failure.policy == FailurePolicy::Fail && composed.undo_order.is_empty();
    if goes_on && requirements.failure.redrive {
        out.push_str("An execution that failed, was stopped or ran out of time stands at the state that it was in. Once the cause is mended, it goes on from that state, within 14 days:\n\n");
    } else {
        out.push_str("Failures are handled in the machine, so that a redrive of a failed execution only repeats its last state: start a new execution once the cause is mended; the idempotency keys keep steps from being done twice. An execution that was stopped or ran out of time goes on from the state that it was in, within 14 days:\n\n");
    }
    out.push_str("```\naws stepfunctions list-executions --state-machine-arn <ARN> --status-filter TIMED_OUT\naws stepfunctions get-execution-history --execution-arn <ARN> --reverse-order --max-items 5\naws stepfunctions redrive-execution --execution-arn <ARN>\n```\n\nThe last events of the history name the state (of a branch or an item, all that were at work). Whether that state may be done again:\n\n| state | safe | because |\n|---|---|---|\n");
    let mut steps = Vec::new();
    super::collect(&requirements.steps, &mut steps);
    for step in steps {
        let Some(made) = composed.steps.get(&step.id) else {
            continue;
        };
        // What runs in a nested child is repeated as a whole, by the state that starts it.
        if made.main.is_empty() {
            continue;
        }
        let (safe, why) = again(step);
        let _ = writeln!(
            out,
            "| `{}` | {safe} | {} |",
            plain(&made.main),
            plain(&why)
        );
        if let Some(undo) = &made.undo {
            let _ = writeln!(
                out,
                "| `{}` | yes | it gets the idempotency key of what it takes back |",
                plain(undo)
            );
        }
    }
    out.push_str("| all others | yes | they look, decide, or write a row on a condition |\n\nBefore a state that is not safe is redriven, find out whether what it does was done, by the idempotency key of the step. If it was, start a new execution that goes on behind it, or finish by hand.\n\n");
}

/// Whether a step may be done again, and why.
fn again(step: &Step) -> (&'static str, String) {
    let yes = |why: &str| ("yes", why.to_owned());
    match &step.work {
        Work::Wait(_) => yes("it waits anew"),
        Work::Choose(_) => yes("it only decides"),
        Work::Parallel(_) => yes("branches that were done are not repeated; of the others, as below"),
        Work::Each(_) => yes("items that were done are not repeated; of the others, as below"),
        Work::Approval(_) => yes("people are asked again, and answers to the first question are refused"),
        Work::Does(call) => match repeatable::of(step) {
            Repeatable::Said => yes("the requirements say that it may be done twice"),
            Repeatable::Reads => yes("it only reads"),
            Repeatable::Token(token) if token.ends_with("JobName") => (
                "no",
                "the job has its name already, which the service refuses: delete the job first, or start a new execution".to_owned(),
            ),
            Repeatable::Token(token) => (
                "yes",
                format!("its {token} is the same, so that the service does it once"),
            ),
            Repeatable::Condition => yes("a condition refuses the second write, which counts as done"),
            Repeatable::No if call.wait == WaitFor::Job => (
                "no",
                "a second job would run beside the first: look whether that one still runs, and stop it".to_owned(),
            ),
            Repeatable::No => (
                "no",
                "nothing says that it may be done twice".to_owned(),
            ),
        },
    }
}

fn circuits(out: &mut String, composed: &Composed) {
    let has = |id: &str| composed.tables.iter().any(|table| table.id == id);
    if has("circuits") {
        out.push_str("## Circuit breakers\n\nA row in the table `circuits` with the step as its `id` means that the service is left alone until `openUntil` (milliseconds). Delete the row to call it again at once. Rows `<step>#<number>` count failures and go by themselves.\n\n");
    }
    if has("places") {
        out.push_str("## Places\n\nA row in the table `places` names the executions that are at a step which only some may do at a time, in `holders`, and until when each may be (`until <execution>`, milliseconds). An execution that was stopped or ran out of time leaves its name there; who finds no place takes it out when its time is over:\n\n| step | a place is free again at the latest |\n|---|---|\n");
        for (step, seconds) in &composed.leases {
            let _ = writeln!(
                out,
                "| {} | {} after it was taken |",
                plain(step),
                crate::requirements::Duration(seconds.saturating_mul(1_000))
            );
        }
        out.push_str("\nWhere that is too long, take it out by hand, once the execution has ended:\n\n```\naws dynamodb update-item --table-name <places> --key '{\"id\": {\"S\": \"<step>\"}}' --update-expression 'DELETE holders :gone REMOVE #until' --expression-attribute-names '{\"#until\": \"until <execution>\"}' --expression-attribute-values '{\":gone\": {\"SS\": [\"<execution>\"]}}'\n```\n\nAn execution that is redriven after its place was taken out works without one. `NoPlace` is the error of one that found none for too long.\n\n");
    }
    if has("claims") {
        out.push_str("## Claims\n\nA row in the table `claims` keeps a second execution of the same key from doing anything. After a failure that left nothing behind it says `FAILED`, and the key may come again. To let a key come again by hand, delete its row.\n\n");
    }
}
