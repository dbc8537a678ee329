//! Alarms that look as if they watched, and do not.

use findings::{Finding, Fix, FixKind, Grouping, Note, NoteKind, Safety, Severity};

use super::case::Case;
use super::coverage::{Cause, Cover, Standing, Watch};
use super::remarks::alarm_lines;
use super::signal::Signal;
use super::words::{counts, events, in_window, kinds, price};
use crate::Verdict;

/// Tells of each dead alarm that nothing else makes up for. Answers the signals that are told of by that.
pub(crate) fn report(case: &Case<'_, '_>, verdict: &mut Verdict) -> Vec<Signal> {
    let mut explained = Vec::new();
    for watch in &case.watches {
        let Standing::Dead(fault, what) = &watch.standing else {
            continue;
        };
        let open: Vec<Signal> = watch
            .signals
            .iter()
            .copied()
            .filter(|signal| case.cover(*signal) != Cover::Whole)
            .collect();
        if open.is_empty() {
            continue;
        }
        let finding = finding(case, watch, *fault, what, &open, verdict);
        verdict.report(finding);
        if !watch.shared {
            explained.extend(open);
        }
    }
    explained
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
    let happened = case.events(open);
    let missed = match case.metrics {
        Some(metrics) if !happened.is_empty() && !watch.shared => {
            format!(
                "{} {} went untold: ",
                events(&happened),
                in_window(metrics.window)
            )
        }
        _ => String::new(),
    };
    let mut finding = verdict.draft(format!("{missed}alarm `{name}` {what}"));
    finding.severity = severity(case, watch, open);
    finding.why = format!(
        "it looks as if {} were watched, and nobody is told of them",
        kinds(open)
    );
    finding.action = action(watch, fault, open);
    finding.notes = notes(fault);
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

/// An alarm over all machines is one fault, not one on each; the machines that missed something are told by themselves.
fn severity(case: &Case<'_, '_>, watch: &Watch<'_>, open: &[Signal]) -> Severity {
    if !watch.shared && case.failures(open) > 0 {
        case.severity(open).max(Severity::High)
    } else if open.iter().any(|signal| case.needs(*signal)) {
        Severity::Medium
    } else {
        Severity::Low
    }
}

fn action(watch: &Watch<'_>, fault: Cause, open: &[Signal]) -> String {
    let name = &watch.alarm.name;
    match fault {
        Cause::Off => "switch its actions on".to_owned(),
        Cause::Silent if watch.shared => "give it an action, or delete it".to_owned(),
        Cause::Silent => {
            let alarms = if open.len() == 1 { "alarm" } else { "alarms" };
            format!(
                "give `{name}` an action on ALARM, or deploy the {alarms} of the fix in its place"
            )
        }
        Cause::Blind if watch.shared => {
            format!("have it watch {} by `Sum`, or delete it", metrics(open))
        }
        Cause::Blind => {
            let alarms = if open.len() == 1 { "alarm" } else { "alarms" };
            format!("deploy the {alarms} of the fix in place of `{name}`")
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
        Cause::Blind => Vec::new(),
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
        Cause::Silent | Cause::Blind if watch.shared => vec![
            format!(
                "see what it looks at: `aws cloudwatch describe-alarms --region {region} --alarm-names {name}`"
            ),
            format!("{}, where it is defined", action(watch, fault, open)),
        ],
        Cause::Silent | Cause::Blind => return case.alarms(open),
    };
    let title = format!("make the alarm `{}` tell somebody", watch.alarm.name);
    Fix {
        title,
        safety: Safety::Manual,
        kind: FixKind::Steps(steps),
    }
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
