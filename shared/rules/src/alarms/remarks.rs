//! What stands beside the findings: evidence, and what to think of.

use facts::{TreatMissing, WorkflowType};
use findings::{Confidence, Evidence, Finding, Note, NoteKind, Severity};

use super::case::Case;
use super::coverage::{Standing, Watch};
use super::sight::SINGLE;
use super::signal::Signal;
use super::words::{counts, in_a_row, joined, kinds, price};
use cost::numbers::short;

/// The confidence and severity where an EventBridge rule may tell somebody.
pub(crate) fn told_otherwise(case: &Case<'_, '_>, finding: &mut Finding) {
    let (direct, any) = (case.listeners(true), case.listeners(false));
    if any.is_empty() {
        return;
    }
    if !direct.is_empty() {
        finding.severity = finding.severity.min(Severity::Medium);
    }
    finding.confidence = finding.confidence.min(Confidence::Medium);
    let (rule, verb) = if any.len() == 1 {
        ("rule", "listens")
    } else {
        ("rules", "listen")
    };
    let names = joined(&any, "and");
    let text = format!(
        "the EventBridge {rule} {names} {verb} to its status events: somebody may be told by that"
    );
    finding.notes.push(Note {
        kind: NoteKind::Mind,
        text,
    });
}

pub(crate) fn notes(case: &Case<'_, '_>, signals: &[Signal]) -> Vec<Note> {
    let mind = |text: String| Note {
        kind: NoteKind::Mind,
        text,
    };
    let mut notes: Vec<Note> = case
        .watches
        .iter()
        .flat_map(doubts)
        .take(3)
        .map(mind)
        .collect();
    if signals.contains(&Signal::TimedOut) && case.happened(Signal::TimedOut) == 0 {
        let express = case.subject.facts.workflow_type.known() == Some(&WorkflowType::Express);
        let limit = if express {
            "Express ends an execution at 300 s"
        } else {
            "the definition sets `TimeoutSeconds`"
        };
        notes.push(mind(format!(
            "{limit}: that counts as timed out, and not as failed"
        )));
    }
    notes
}

/// What hides, or tells nothing, about an alarm that counts.
fn doubts(watch: &Watch<'_>) -> Vec<String> {
    if matches!(watch.standing, Standing::Dead(..))
        || watch.alarm.comparison.starts_with("LessThan")
    {
        return Vec::new();
    }
    let name = &watch.alarm.name;
    let mut doubts = Vec::new();
    let row = in_a_row(watch.alarm);
    if !row.is_empty() && watch.standing == Standing::Whole {
        doubts.push(format!(
            "alarm `{name}` has to cross its threshold {row}; {SINGLE}"
        ));
    }
    doubts.extend(match watch.alarm.treat_missing {
        TreatMissing::Breaching => Some(format!(
            "alarm `{name}` takes periods without data as bad: it is in ALARM while nothing is wrong, and says nothing new when something is"
        )),
        TreatMissing::Missing => Some(format!(
            "alarm `{name}` stays in INSUFFICIENT_DATA while there is no data; `notBreaching` shows OK instead"
        )),
        TreatMissing::Ignore => Some(format!(
            "alarm `{name}` keeps its state while there is no data: once in ALARM it may stay there, and say nothing new"
        )),
        TreatMissing::NotBreaching => None,
    });
    doubts
}

pub(crate) fn evidence(case: &Case<'_, '_>, signals: &[Signal]) -> Vec<Evidence> {
    let mut lines = case
        .metrics
        .map(|metrics| counts(metrics, signals))
        .unwrap_or_default();
    lines.extend(alarm_lines(case));
    lines.push(price(case.subject));
    lines
}

/// The alarms that there are, and why each does not count.
pub(crate) fn alarm_lines(case: &Case<'_, '_>) -> Vec<Evidence> {
    const SHOWN: usize = 5;
    let source = || "CloudWatch alarms".to_owned();
    if case.watches.is_empty() {
        let value = match case.subject.facts.alarms.known().map_or(0, Vec::len) {
            0 => "no alarm looks at this state machine".to_owned(),
            1 => "1 alarm looks at this state machine, but not at executions that go wrong"
                .to_owned(),
            n => format!(
                "{} alarms look at this state machine, but not at executions that go wrong",
                short(n.into())
            ),
        };
        return vec![Evidence {
            what: "alarms".to_owned(),
            value,
            source: source(),
        }];
    }
    let line = |watch: &Watch<'_>| {
        let value = match &watch.standing {
            Standing::Whole => format!("watches {}", kinds(&watch.signals)),
            Standing::Part(why) | Standing::Stops(why) | Standing::Dead(_, why) => why.clone(),
        };
        Evidence {
            what: format!("alarm `{}`", watch.alarm.name),
            value,
            source: source(),
        }
    };
    let mut lines: Vec<Evidence> = case.watches.iter().take(SHOWN).map(line).collect();
    let more = case.watches.len().saturating_sub(SHOWN);
    if more > 0 {
        let value = format!("{more} more look at executions that go wrong");
        lines.push(Evidence {
            what: "alarms".to_owned(),
            value,
            source: source(),
        });
    }
    lines
}
