//! Alarms that look as if they watched, and do not.

use findings::{Confidence, Finding, Fix, FixKind, Grouping, Note, NoteKind, Severity};

use super::case::Case;
use super::coverage::{Cause, Cover, Standing, Watch};
use super::remarks::{alarm_lines, told_otherwise};
use super::signal::Signal;
use super::words::{counts, events, in_window, kinds, price};
use crate::Verdict;

/// Tells of each dead alarm that nothing else makes up for. Answers the signals that are told of by that.
pub(crate) fn report(case: &Case<'_, '_>, verdict: &mut Verdict) -> Vec<Signal> {
    let mut explained = Vec::new();
    for (watch, fault, what) in in_order(&case.watches) {
        let open = open(case, watch, fault, &explained);
        if open.is_empty() {
            continue;
        }
        let finding = finding(case, watch, fault, what, &open, verdict);
        verdict.report(finding);
        if !watch.shared {
            explained.extend(open);
        }
    }
    explained
}

/// The dead alarms; those that wait for more than happens come last, and of these the nearest to it first.
fn in_order<'c>(watches: &'c [Watch<'c>]) -> Vec<(&'c Watch<'c>, Cause, &'c str)> {
    let dead = |watch: &'c Watch<'c>| match &watch.standing {
        Standing::Dead(fault, what) => Some((watch, *fault, what.as_str())),
        _ => None,
    };
    let waits = |(_, fault, _): &(&Watch<'_>, Cause, &str)| matches!(fault, Cause::Unreached(_));
    let (mut waiting, mut all): (Vec<_>, Vec<_>) = watches.iter().filter_map(dead).partition(waits);
    let threshold = |watch: &Watch<'_>| watch.alarm.threshold.unwrap_or_default();
    waiting.sort_by(|(one, ..), (other, ..)| threshold(one).total_cmp(&threshold(other)));
    all.append(&mut waiting);
    all
}

/// What such an alarm leaves open.
fn open(case: &Case<'_, '_>, watch: &Watch<'_>, fault: Cause, explained: &[Signal]) -> Vec<Signal> {
    let is_open = |signal: &Signal| match fault {
        // A warning and an alert that both wait for more than happens are one fault, and one that tells of some of it may
        // have told of this.
        Cause::Unreached(_) => case.cover(*signal) == Cover::No && !explained.contains(signal),
        Cause::Blind | Cause::Stuck | Cause::Silent | Cause::Off => {
            case.cover(*signal) != Cover::Whole
        }
    };
    watch.signals.iter().copied().filter(is_open).collect()
}

fn finding(
    case: &Case<'_, '_>,
    watch: &Watch<'_>,
    fault: Cause,
    what: &str,
    open: &[Signal],
    verdict: &Verdict,
) -> Finding {
    let name = &watch.alarm.name;
    let missed = missed(case, watch, open);
    let mut finding = verdict.draft(format!("{missed}alarm `{name}` {what}"));
    finding.severity = severity(case, watch, fault, open);
    if matches!(fault, Cause::Stuck | Cause::Unreached(false)) {
        finding.confidence = Confidence::Medium;
    }
    finding.why = format!(
        "it looks as if {} were watched, and nobody is told of them",
        kinds(open)
    );
    finding.action = action(case, watch, fault, open);
    finding.notes = notes(fault);
    if matches!(fault, Cause::Unreached(_)) {
        told_otherwise(case, &mut finding);
    }
    finding.evidence = case
        .metrics
        .map(|metrics| counts(metrics, open))
        .unwrap_or_default();
    finding.evidence.extend(alarm_lines(case));
    let fix = fix(case, watch, fault, open);
    if matches!(fix.kind, FixKind::Alarms(_)) {
        finding.evidence.push(price(case.subject));
    }
    finding.fix = Some(fix);
    finding.fingerprint = case.subject.fingerprint(&finding.rule, &["dead", name]);
    if watch.shared {
        let region = &case.subject.facts.region;
        finding.grouping = Some(Grouping {
            key: format!("dead {region} {name}"),
            message: format!(
                "alarm `{name}` in {region} {what}: {{n}} state machines look watched by it, and are not"
            ),
        });
    }
    finding
}

/// `42 failed executions in 14 days went untold: `; nothing for an alarm over all machines.
fn missed(case: &Case<'_, '_>, watch: &Watch<'_>, open: &[Signal]) -> String {
    let happened = case.events(open);
    let Some(metrics) = case
        .metrics
        .filter(|_| !happened.is_empty() && !watch.shared)
    else {
        return String::new();
    };
    let told_in_part = happened
        .iter()
        .any(|(signal, _)| case.cover(*signal) == Cover::Part);
    let untold = if told_in_part { "" } else { " went untold" };
    format!(
        "{} {}{untold}: ",
        events(&happened),
        in_window(metrics.window)
    )
}

/// An alarm over all machines is one fault, not one on each; the machines that missed something are told by themselves.
/// One that waits for too much was meant to wait: what was missed is all that counts.
fn severity(case: &Case<'_, '_>, watch: &Watch<'_>, fault: Cause, open: &[Signal]) -> Severity {
    if matches!(fault, Cause::Unreached(_)) {
        case.severity(open)
    } else if !watch.shared && case.failures(open) > 0 {
        case.severity(open).max(Severity::High)
    } else if open.iter().any(|signal| case.needs(*signal)) {
        Severity::Medium
    } else {
        Severity::Low
    }
}

fn action(case: &Case<'_, '_>, watch: &Watch<'_>, fault: Cause, open: &[Signal]) -> String {
    let name = &watch.alarm.name;
    let alarms = if open.len() == 1 { "alarm" } else { "alarms" };
    let usual = case.usual_untold(open);
    match fault {
        Cause::Off => "switch its actions on".to_owned(),
        Cause::Silent if watch.shared => "give it an action, or delete it".to_owned(),
        Cause::Silent => format!(
            "give `{name}` an action on ALARM, or deploy the {alarms} of the fix in its place{usual}"
        ),
        Cause::Stuck => format!(
            "set `TreatMissingData` of `{name}` to `notBreaching`, or deploy the {alarms} of the fix in its place{usual}"
        ),
        Cause::Blind | Cause::Unreached(_) if watch.shared => {
            format!("have it watch {} by `Sum`, or delete it", metrics(open))
        }
        Cause::Blind | Cause::Unreached(_) => {
            format!("deploy the {alarms} of the fix in place of `{name}`{usual}")
        }
    }
}

fn metrics(open: &[Signal]) -> String {
    let names: Vec<String> = open
        .iter()
        .map(|signal| format!("`{}`", signal.metric()))
        .collect();
    super::words::joined(&names, "and")
}

fn notes(fault: Cause) -> Vec<Note> {
    let assumed = "that nothing else acts on its state: EventBridge rules on alarm state changes are not read";
    match fault {
        Cause::Blind | Cause::Stuck | Cause::Unreached(_) => Vec::new(),
        Cause::Silent | Cause::Off => vec![Note {
            kind: NoteKind::Assume,
            text: assumed.to_owned(),
        }],
    }
}

fn fix(case: &Case<'_, '_>, watch: &Watch<'_>, fault: Cause, open: &[Signal]) -> Fix {
    let name = shell(&watch.alarm.name);
    let region = shell(&case.subject.facts.region);
    let steps = match fault {
        Cause::Off => vec![
            "find out why its actions were switched off, and that the reason is gone".to_owned(),
            format!(
                "run `aws cloudwatch enable-alarm-actions --region {region} --alarm-names {name}`"
            ),
        ],
        _ if watch.shared => vec![
            format!(
                "see what it looks at: `aws cloudwatch describe-alarms --region {region} --alarm-names {name}`"
            ),
            format!("{}, where it is defined", action(case, watch, fault, open)),
        ],
        Cause::Silent | Cause::Blind | Cause::Stuck | Cause::Unreached(_) => {
            return case.alarms(open);
        }
    };
    let title = format!("make the alarm `{}` tell somebody", watch.alarm.name);
    Fix::steps(title, steps)
}

/// One word for a shell.
fn shell(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/');
    if !word.is_empty() && !word.starts_with('-') && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}
