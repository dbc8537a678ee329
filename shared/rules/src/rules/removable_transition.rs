//! States that a Standard workflow pays for and could do without.

use asl::Definition;
use facts::{Deeper, Fact, WorkflowType};
use findings::{Confidence, Finding, Fix, Note, NoteKind, Severity};
use pricing::num;
use rust_decimal::Decimal;

use crate::declare::declare_rule;
use crate::removable::{self, Often, Removal};
use crate::{Subject, Verdict};

declare_rule! {
    /// ## What it finds
    /// States of a Standard workflow that cost a state transition and do nothing that a neighbour could not do:
    ///
    /// - a Pass without data fields, and a Wait of 0 seconds: whoever leads to it can lead to its successor;
    /// - a Succeed, or such a Pass at the end, after a state that could end by itself. What leads to it from a Choice rule,
    ///   a default or a catcher needs a state to lead to: then it stays for these;
    /// - a Pass that sets a literal output which the next Pass replaces;
    /// - a Pass that only assigns variables, after a Wait or Pass that could assign them with the same values;
    /// - a Choice right after a Choice, where nothing else leads to it;
    /// - a Parallel around one branch that retries and catches nothing and whose output is dropped or unpacked at once.
    ///
    /// It is silent where a state shapes data in any other way, where it cannot be told what leads to a state (targets that
    /// are filled in when the template is deployed), in Express workflows and in the Express children of a Distributed Map.
    ///
    /// ## Why it matters
    /// A Standard workflow is billed by state transition, and entering a state that does nothing costs as much as entering
    /// one that works: $25.00 for a million in most Regions. A transition also takes time and space in the history.
    ///
    /// ## Example
    /// `Join` does nothing:
    /// ```asl,bad
    /// {
    ///   "StartAt": "Is it new?",
    ///   "States": {
    ///     "Is it new?": {
    ///       "Type": "Choice",
    ///       "Choices": [{"Variable": "$.new", "BooleanEquals": true, "Next": "Register"}],
    ///       "Default": "Join"
    ///     },
    ///     "Register": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "Next": "Join"},
    ///     "Join": {"Type": "Pass", "Next": "Notify"},
    ///     "Notify": {"Type": "Task", "Resource": "arn:aws:states:::sns:publish", "End": true}
    ///   }
    /// }
    /// ```
    /// Both ways lead to `Notify` without it:
    /// ```asl,good
    /// {
    ///   "StartAt": "Is it new?",
    ///   "States": {
    ///     "Is it new?": {
    ///       "Type": "Choice",
    ///       "Choices": [{"Variable": "$.new", "BooleanEquals": true, "Next": "Register"}],
    ///       "Default": "Notify"
    ///     },
    ///     "Register": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "Next": "Notify"},
    ///     "Notify": {"Type": "Task", "Resource": "arn:aws:states:::sns:publish", "End": true}
    ///   }
    /// }
    /// ```
    /// A state that a Choice rule leads to has to stay, even if it only ends:
    /// ```asl,good
    /// {
    ///   "StartAt": "Is it new?",
    ///   "States": {
    ///     "Is it new?": {
    ///       "Type": "Choice",
    ///       "Choices": [{"Variable": "$.new", "BooleanEquals": true, "Next": "Register"}],
    ///       "Default": "Done"
    ///     },
    ///     "Register": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "End": true},
    ///     "Done": {"Type": "Succeed"}
    ///   }
    /// }
    /// ```
    ///
    /// ## Fix
    /// Edits of the definition that keep its formatting: targets are re-pointed, `Next` becomes `"End": true`, the state is
    /// taken out. They are to be reviewed: what an execution does and returns stays the same, but the name of the state
    /// disappears from histories, logs, traces and from mocks and tests that are keyed by it. Choice states that a rule
    /// leads to, Parallel states and YAML files get steps instead.
    ///
    /// ## References
    /// - <https://aws.amazon.com/step-functions/pricing/>
    /// - <https://docs.aws.amazon.com/step-functions/latest/dg/state-pass.html>
    /// - <https://docs.aws.amazon.com/step-functions/latest/dg/state-succeed.html>
    "removable-transition", "a state costs a transition and does nothing that a neighbour could not", Cost, Low,
    confidence: High, fix: Review, needs: [], since: "0.1.0"
}

/// From this many US dollars a month on a finding is of medium severity.
const MEDIUM: Decimal = Decimal::ONE_HUNDRED;

pub(crate) fn check(subject: &Subject<'_>, verdict: &mut Verdict) {
    if subject.facts.workflow_type == Fact::Known(WorkflowType::Express) {
        return;
    }
    let Some(definition) = subject.assessable(verdict) else {
        return;
    };
    for removal in removable::removals(definition) {
        let finding = finding(subject, definition, &removal, verdict);
        let open = finding.saving.as_ref().is_some_and(|saving| {
            num::sub(saving.high, saving.low) >= subject.config.min_saving
        });
        verdict.gains_by(Deeper {
            executions: open,
            event_rules: false,
        });
        verdict.report(finding);
    }
}

fn finding(
    subject: &Subject<'_>,
    definition: &Definition,
    removal: &Removal<'_>,
    verdict: &Verdict,
) -> Finding {
    let standard = subject.facts.workflow_type.known().is_some();
    let often = Often::of(removal, subject.facts);
    let (saving, started) = removable::saving(subject, &often)
        .filter(|_| standard)
        .unzip();
    let cost = removable::cost(subject, &often, saving.as_ref());
    let mut finding = verdict.draft(format!("{} {cost}", removable::message(removal)));
    finding.severity = match &saving {
        Some(saving) if saving.high.is_zero() => Severity::Informational,
        Some(saving) if saving.usd_per_month >= MEDIUM => Severity::Medium,
        _ => Severity::Low,
    };
    finding.confidence = if standard {
        often.confidence
    } else {
        often.confidence.min(Confidence::Medium)
    };
    finding.location = subject.at_state(
        removal.state,
        "every time it is entered costs one transition",
    );
    finding.related = removable::related(subject, removal);
    "Standard workflows are billed by state transition: entering a state costs the same whether it does something or not"
        .clone_into(&mut finding.why);
    finding.action = removable::title(removal);
    finding.notes = removable::notes(removal);
    finding
        .notes
        .extend(assumptions(subject, &often, standard, saving.is_some()));
    finding.evidence = started
        .into_iter()
        .chain(removable::evidence(subject, &often))
        .collect();
    finding.saving = saving;
    finding.fix = Some(fix(definition, removal));
    finding.fingerprint = subject.fingerprint(META.id, &[&removal.state.name.value]);
    finding
}

fn assumptions(subject: &Subject<'_>, often: &Often, standard: bool, counted: bool) -> Vec<Note> {
    let mut texts: Vec<String> = often.assumed.iter().filter(|_| counted).cloned().collect();
    if !standard {
        texts.push(
            "the workflow type is not known; an Express workflow does not pay for transitions"
                .to_owned(),
        );
    }
    texts.extend(subject.prices.note.clone());
    texts
        .into_iter()
        .map(|text| Note {
            kind: NoteKind::Assume,
            text,
        })
        .collect()
}

fn fix(definition: &Definition, removal: &Removal<'_>) -> Fix {
    let title = removable::title(removal);
    match removable::edits(definition, removal) {
        Some(edits) => Fix::edits(title, edits),
        None => Fix::steps(title, removable::steps(removal)),
    }
}
