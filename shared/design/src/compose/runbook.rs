//! What to do when it does not work, for whoever is called at night.

use std::fmt::Write as _;

use super::{Composed, FaultKind};
use crate::requirements::{FailurePolicy, Requirements};

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
        out.push_str("An execution that failed stands at the step that failed. Once the cause is mended:\n\n```\naws stepfunctions redrive-execution --execution-arn <ARN>\n```\n\nIt goes on from that step, within 14 days.\n\n");
    } else {
        out.push_str("Failures are handled in the machine, so that a redrive only repeats its last state. Start a new execution once the cause is mended; the idempotency keys keep steps from being done twice.\n\n");
    }
}

fn circuits(out: &mut String, composed: &Composed) {
    let has = |id: &str| composed.tables.iter().any(|table| table.id == id);
    if has("circuits") {
        out.push_str("## Circuit breakers\n\nA row in the table `circuits` with the step as its `id` means that the service is left alone until `openUntil` (milliseconds). Delete the row to call it again at once. Rows `<step>#<number>` count failures and go by themselves.\n\n");
    }
    if has("places") {
        out.push_str("## Places\n\nA row in the table `places` names the executions that are at a step which only some may do at a time, in `holders`. An execution that was stopped or timed out leaves its name there: when it has ended, take the name out.\n\n```\naws dynamodb update-item --table-name <places> --key '{\"id\": {\"S\": \"<step>\"}}' --update-expression 'DELETE holders :gone' --expression-attribute-values '{\":gone\": {\"SS\": [\"<execution>\"]}}'\n```\n\n");
    }
    if has("claims") {
        out.push_str("## Claims\n\nA row in the table `claims` keeps a second execution of the same key from doing anything. After a failure that left nothing behind it says `FAILED`, and the key may come again. To let a key come again by hand, delete its row.\n\n");
    }
}

/// Text that Markdown takes for nothing else.
fn plain(text: &str) -> String {
    text.chars()
        .map(|letter| match letter {
            '|' | '`' | '<' | '>' | '[' | ']' | '\n' | '\r' => ' ',
            other => other,
        })
        .collect()
}
