//! What no alarm tells: the finding on a machine as a whole.

use facts::WorkflowType;
use findings::{Confidence, Finding, Fix, Grouping, Severity};

use super::case::Case;
use super::coverage::{Cover, Standing, Watch};
use super::remarks::{evidence, notes, told_otherwise};
use super::signal::Signal;
use super::words::{events, in_window, joined, kinds};
use crate::Verdict;
use cost::numbers::counted;

/// Tells what no alarm watches, but for what a dead alarm was meant to (`explained`).
pub(crate) fn report(case: &Case<'_, '_>, explained: &[Signal], verdict: &mut Verdict) {
    let open =
        |wanted: Cover| move |signal: &Signal| case.needs(*signal) && case.cover(*signal) == wanted;
    let missing: Vec<Signal> = Signal::ALL
        .into_iter()
        .filter(open(Cover::No))
        .filter(|signal| !explained.contains(signal))
        .collect();
    let partial: Vec<Signal> = Signal::ALL
        .into_iter()
        .filter(open(Cover::Part))
        .filter(|signal| case.happened(*signal) > 0)
        .collect();
    let mut finding = if !missing.is_empty() {
        unwatched(case, &missing, verdict)
    } else if !partial.is_empty() {
        in_part(case, &partial, verdict)
    } else {
        return;
    };
    let signals: Vec<Signal> = Signal::ALL
        .into_iter()
        .filter(|signal| missing.contains(signal) || partial.contains(signal))
        .collect();
    // A quiet machine that starts to fail is news: it is not the same finding.
    let kind: Vec<&str> = finding
        .grouping
        .iter()
        .map(|grouping| grouping.key.as_str())
        .collect();
    finding.fingerprint = case.subject.fingerprint(&finding.rule, &kind);
    finding.notes.extend(notes(case, &signals));
    finding.evidence = evidence(case, &signals);
    let mut fix = case.alarms(&signals);
    if finding.grouping.is_some() {
        // Of one machine or of many.
        WHY.clone_into(&mut finding.why);
        finding.action.push_str("deploy the alarms of the fix");
        "deploy the missing alarms".clone_into(&mut fix.title);
    } else {
        finding.why = why(case);
        let alarms = if signals.len() == 1 {
            "alarm"
        } else {
            "alarms"
        };
        let usual = case.usual_untold(&signals);
        finding.action = format!("deploy the {alarms} of the fix{usual}");
    }
    finding.fix = Some(fix);
    told_otherwise(case, &mut finding);
    verdict.report(finding);
}

fn unwatched(case: &Case<'_, '_>, missing: &[Signal], verdict: &Verdict) -> Finding {
    let happened = case.events(missing);
    let what = kinds(missing);
    let Some(metrics) = case.metrics else {
        return unmeasured(case, &what, verdict);
    };
    let within = in_window(metrics.window);
    let grouped = |message: String, severity: Severity, key: &str, group: String| {
        let grouping = Some(Grouping {
            key: key.to_owned(),
            message: group,
        });
        Finding {
            severity,
            grouping,
            ..verdict.draft(message)
        }
    };
    if !happened.is_empty() {
        let one = matches!(happened.as_slice(), [(_, 1)]);
        let message = format!(
            "{} {within}, and no alarm watches {}",
            events(&happened),
            if one { "it" } else { "them" }
        );
        return Finding {
            severity: case.severity(missing),
            ..verdict.draft(message)
        };
    }
    if case.is_new() {
        let message = format!("created less than a day ago, and no alarm watches its {what}");
        let group = "{n} state machines created in the last day have no alarm on failed executions"
            .to_owned();
        return grouped(message, Severity::Low, "new", group);
    }
    let started = metrics.started.total;
    let severity = if started == 0 {
        Severity::Informational
    } else {
        Severity::Low
    };
    let seen = match started {
        0 => format!("it did not run {within}"),
        1 => format!("it ran once {within}"),
        _ => format!(
            "none of {} {} {within}",
            counted(started, "execution"),
            ended(missing)
        ),
    };
    let message = format!("no alarm watches its {what}: {seen}");
    if missing.contains(&Signal::Failed) {
        let group = format!(
            "{{n}} state machines without failures {within} have no alarm on failed executions"
        );
        grouped(message, severity, "quiet", group)
    } else {
        let group = format!(
            "{{n}} state machines that can time out, and did not {within}, have no alarm on timed-out executions"
        );
        grouped(message, Severity::Informational, "timeouts", group)
    }
}

/// `failed or timed out`
fn ended(signals: &[Signal]) -> String {
    let verbs: Vec<String> = signals
        .iter()
        .map(|signal| signal.adjective().replace('-', " "))
        .collect();
    joined(&verbs, "or")
}

fn unmeasured(case: &Case<'_, '_>, what: &str, verdict: &Verdict) -> Finding {
    let why = case.subject.facts.metrics.get().err().unwrap_or_default();
    let message = format!("no alarm watches its {what}; how many there were is not known: {why}");
    let group = "{n} state machines whose metrics are not known have no alarm on failed executions"
        .to_owned();
    let grouping = Some(Grouping {
        key: "unmeasured".to_owned(),
        message: group,
    });
    Finding {
        severity: Severity::Low,
        grouping,
        ..verdict.draft(message)
    }
}

/// Alarms that tell of some of it only: what happened may or may not have been told.
fn in_part(case: &Case<'_, '_>, partial: &[Signal], verdict: &Verdict) -> Finding {
    let happened = events(&case.events(partial));
    let within = case
        .metrics
        .map(|metrics| in_window(metrics.window))
        .unwrap_or_default();
    let watching = || {
        let of = |watch: &&Watch<'_>| watch.signals.iter().any(|signal| partial.contains(signal));
        case.watches.iter().filter(of)
    };
    let half: Vec<String> = watching()
        .filter_map(|watch| match &watch.standing {
            Standing::Part(why) | Standing::Stops(why) => {
                Some(format!("alarm `{}` {why}", watch.alarm.name))
            }
            Standing::Whole | Standing::Dead(..) => None,
        })
        .collect();
    let message = format!("{happened} {within}: {}", joined(&half, "and"));
    let stops = watching().all(|watch| !matches!(watch.standing, Standing::Part(_)));
    // Failures beside executions that succeed are not told; where most fail, it may be that none succeeds.
    let (severity, confidence) = if stops && !case.most_fail(partial) {
        (case.severity(partial), Confidence::Medium)
    } else {
        (Severity::Low, Confidence::Low)
    };
    Finding {
        severity,
        confidence,
        ..verdict.draft(message)
    }
}

const WHY: &str =
    "nobody is told when an execution goes wrong: whoever waits for its result notices first";

fn why(case: &Case<'_, '_>) -> String {
    let express = case.subject.facts.workflow_type.known() == Some(&WorkflowType::Express);
    let history = if express {
        ", and an Express execution leaves nothing but its logs"
    } else {
        ""
    };
    format!("{WHY}{history}")
}

/// A machine that CloudWatch cannot count: its name is not ASCII, and nothing was counted.
pub(crate) fn uncountable(case: &Case<'_, '_>) -> bool {
    !case.subject.facts.name.is_ascii()
        && case
            .metrics
            .is_some_and(|metrics| metrics.started.total == 0)
}

/// Tells that no alarm can help.
pub(crate) fn report_uncountable(case: &Case<'_, '_>, verdict: &mut Verdict) {
    let mut finding = verdict.draft(
        "no alarm can watch it: CloudWatch has no data of names with characters beyond ASCII",
    );
    finding.severity = Severity::Low;
    finding.confidence = Confidence::Medium;
    finding.why = why(case);
    finding
        .action
        .push_str("create it anew under a name of ASCII letters, and deploy alarms on that");
    finding.evidence = evidence(case, &[]);
    finding.fix = Some(Fix::steps("move to a name that CloudWatch can count", vec![
            "create the state machine beside this one, under a name of ASCII letters, digits, `-` and `_`".to_owned(),
            "point at it whoever starts this one".to_owned(),
            "deploy alarms on its failed executions, and delete this one when its last execution has ended".to_owned(),
        ]));
    finding.fingerprint = case.subject.fingerprint(&finding.rule, &["name"]);
    verdict.report(finding);
}
