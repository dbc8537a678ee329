//! Loops that go round until something outside happens.

use asl::{Amount, Definition, MapMode, Scope, State, StateKind};
use findings::{Evidence, Finding, Fix, Note, NoteKind};

use crate::declare::declare_rule;
use crate::loops::{self, Endless};
use cost::numbers::{decimal, duration, short};
use crate::practice;
use crate::{Subject, Verdict};

declare_rule! {
    /// ## What it finds
    ///
    /// Loops with work in them that have a round in which nothing limits how often it is made. What counts as a limit is a
    /// Choice that can leave the loop and asks for
    ///
    /// - a number, while a state of the round adds to one (`States.MathAdd`, `+ 1` in JSONata);
    /// - the rest of a list, while a state of the round takes its first item away;
    /// - a time, or a value whose name says that it counts or runs out (`$.attempts`, `$.remaining`, `$.NextToken`).
    ///
    /// A loop in which each round waits for a task token or an activity is left alone, because somebody outside decides how
    /// often it is made. So is one that asks an AWS service how far a job is, where the state machine has a
    /// `TimeoutSeconds`. In other loops the timeout is no limit of the loop: it ends the whole execution, and no catcher
    /// sees it.
    ///
    /// ## Why it matters
    ///
    /// When what the loop waits for does not happen, it goes on, and every state of every round is paid for, until the
    /// history has 25,000 events. Then the execution fails, and that cannot be caught.
    ///
    /// ## Example
    ///
    /// ```asl,bad
    /// {
    ///   "StartAt": "Try",
    ///   "States": {
    ///     "Try": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Next": "Done?"},
    ///     "Done?": {
    ///       "Type": "Choice",
    ///       "Choices": [{"Variable": "$.Payload.done", "BooleanEquals": true, "Next": "End"}],
    ///       "Default": "Pause"
    ///     },
    ///     "Pause": {"Type": "Wait", "Seconds": 30, "Next": "Try"},
    ///     "End": {"Type": "Succeed"}
    ///   }
    /// }
    /// ```
    /// ```asl,good
    /// {
    ///   "QueryLanguage": "JSONata",
    ///   "StartAt": "Begin",
    ///   "States": {
    ///     "Begin": {"Type": "Pass", "Assign": {"round": 0}, "Next": "Try"},
    ///     "Try": {
    ///       "Type": "Task",
    ///       "Resource": "arn:aws:states:::lambda:invoke",
    ///       "Assign": {"round": "{% $round + 1 %}"},
    ///       "Next": "Done?"
    ///     },
    ///     "Done?": {
    ///       "Type": "Choice",
    ///       "Choices": [
    ///         {"Condition": "{% $states.input.Payload.done %}", "Next": "End"},
    ///         {"Condition": "{% $round >= 20 %}", "Next": "Late"}
    ///       ],
    ///       "Default": "Pause"
    ///     },
    ///     "Pause": {"Type": "Wait", "Seconds": 30, "Next": "Try"},
    ///     "Late": {"Type": "Fail", "Error": "NotDoneInTime"},
    ///     "End": {"Type": "Succeed"}
    ///   }
    /// }
    /// ```
    ///
    /// ## Fix
    ///
    /// Manual: count the rounds and leave the loop after the last that makes sense, or let the service wait with `.sync`, where
    /// it offers that.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/step-functions/latest/dg/bp-history-limit.html>
    /// - <https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html>
    /// - <https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html>
    "unbounded-loop", "nothing limits how often a loop goes round", Reliability, Medium,
    confidence: Medium, fix: Manual, needs: [], since: "0.1.0"
}

/// Events that the history of a Standard execution can have (service quotas, read 2026-11-22).
const EVENTS: f64 = 25_000.0;

/// Places that are shown beside the one where the loop closes.
const SHOWN: usize = 8;

pub(crate) fn check(subject: &Subject<'_>, verdict: &mut Verdict) {
    let Some(definition) = practice::definition(subject, verdict) else {
        return;
    };
    // An Express execution ends after five minutes, and its history has no limit.
    if practice::is_express(subject) {
        return;
    }
    let ended = practice::has_timeout(definition);
    for scope in standard_scopes(definition) {
        for endless in loops::endless(scope, &definition.text) {
            let works = endless.states.iter().any(|state| works(state));
            if works && !(ended && endless.polls) {
                let finding = finding(subject, &endless, ended, verdict);
                verdict.report(finding);
            }
        }
    }
}

/// All scopes but those that run as Express executions, in the order of the text.
fn standard_scopes(definition: &Definition) -> Vec<&Scope> {
    let mut found = Vec::new();
    let mut open = vec![&definition.machine.scope];
    while let Some(scope) = open.pop() {
        found.push(scope);
        let standard = |state: &&State| !practice::has_express_children(state);
        open.extend(scope.states.iter().filter(standard).flat_map(State::scopes));
    }
    found.sort_by_key(|scope| scope.span.start);
    found
}

/// True for a state that brings something new. A loop without one waits for nothing that could happen: that is another
/// defect.
fn works(state: &State) -> bool {
    matches!(
        state.kind,
        StateKind::Task(_) | StateKind::Map(_) | StateKind::Parallel(_)
    )
}

fn finding(
    subject: &Subject<'_>,
    endless: &Endless<'_>,
    ended: bool,
    verdict: &Verdict,
) -> Finding {
    let (from, to) = (&endless.from.name.value, &endless.to.name.value);
    let back = if from == to {
        "itself".to_owned()
    } else {
        format!("`{to}`")
    };
    let mut finding = verdict.draft(format!(
        "`{from}` leads back to {back}, and nothing limits how often"
    ));
    finding.location = subject.at_state(endless.from, "goes round again");
    let others = endless.states.iter().filter(|state| state.pointer != endless.from.pointer);
    finding.related = others
        .take(SHOWN)
        .map(|state| subject.at_state(state, "in the loop"))
        .collect();
    if ended {
        "when what the loop waits for does not happen, only the timeout of the machine ends it, and no catcher sees that"
    } else {
        "when what the loop waits for does not happen, it goes on until the history is full, and every round is paid for"
    }
    .clone_into(&mut finding.why);
    "count the rounds, and leave the loop after the last that makes sense".clone_into(&mut finding.action);
    finding.evidence = rounds(&endless.states).into_iter().collect();
    if subject.facts.workflow_type.known().is_none() {
        finding.notes.push(Note {
            kind: NoteKind::Assume,
            text: "the workflow type is not known; an Express execution ends after five minutes".to_owned(),
        });
    }
    finding.fix = Some(fix(endless));
    finding.fingerprint = subject.fingerprint(META.id, &[anchor(endless)]);
    finding
}

/// What names the loop: a Task in it, which no other fix takes out.
fn anchor<'a>(endless: &Endless<'a>) -> &'a str {
    let rank = |state: &State| match state.kind {
        StateKind::Task(_) => 0,
        StateKind::Map(_) => 1,
        StateKind::Wait(_) => 2,
        _ => 3,
    };
    let first = endless
        .states
        .iter()
        .min_by_key(|state| (rank(state), &state.name.value));
    first.map_or("", |state| &state.name.value)
}

/// How many rounds fill the history, and how long that takes, as far as the definition says.
fn rounds(states: &[&State]) -> Option<Evidence> {
    let events: f64 = states.iter().map(|state| events(state)).sum::<Option<f64>>()?;
    let rounds = (EVENTS / events).floor();
    let waits: f64 = states.iter().filter_map(|state| seconds(state)).sum();
    let time = if waits > 0.0 {
        format!(", {} of waits", duration(rounds * waits * 1000.0))
    } else {
        String::new()
    };
    Some(Evidence {
        what: "rounds until the history has 25,000 events".to_owned(),
        value: format!("about {}{time}", short(decimal(rounds))),
        source: "5 events for a Task and 2 for other states; service quotas, 2026-11-22".to_owned(),
    })
}

/// Events that a state writes at least: entered and exited; for a Task also scheduled, started and succeeded. How many
/// the states inside of a Parallel or a Map write is not counted.
fn events(state: &State) -> Option<f64> {
    match &state.kind {
        StateKind::Task(_) => Some(5.0),
        StateKind::Parallel(_) => None,
        StateKind::Map(map) if map.mode == MapMode::Inline => None,
        _ => Some(2.0),
    }
}

fn seconds(state: &State) -> Option<f64> {
    match &state.kind {
        StateKind::Wait(wait) => wait.seconds.as_ref().and_then(|amount| Amount::number(&amount.value)),
        _ => None,
    }
}

fn fix(endless: &Endless<'_>) -> Fix {
    let mut steps = vec![
        format!(
            "count the rounds in a state of the loop: `States.MathAdd($.rounds, 1)` in JSONPath, `$rounds + 1` in `Assign` \
             in JSONata; set it to 0 before `{}`",
            endless.to.name.value
        ),
        "in a Choice of the loop, lead from the last round that makes sense to a state that says that it took too long"
            .to_owned(),
    ];
    if endless.polls {
        steps.push("or let the service wait: with `.sync`, where it offers that, the loop goes altogether".to_owned());
    }
    Fix::steps(format!("limit the rounds that `{}` begins", endless.from.name.value), steps)
}
