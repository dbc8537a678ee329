//! The examples in the rules' documentation, as machines to judge.
//!
//! A block ```` ```asl,bad ```` or ```` ```asl,good ```` is a definition; a block ```` ```facts,bad ```` or
//! ```` ```facts,good ```` right after it adds to what is known of that machine, or stands alone with a definition that no
//! rule minds. A block ```` ```facts ```` holds for all examples of the rule.

use facts::{Alarm, AlarmKind, Fact, MachineFacts, MetricRef, TreatMissing};
use findings::{AlarmSpec, Fix, FixKind};

use super::machines::{base, overlaid};
use crate::Rule;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Bad,
    Good,
}

pub(super) struct Example {
    pub(super) verdict: Verdict,
    pub(super) facts: MachineFacts,
    /// The blocks that it was made of.
    pub(super) text: String,
}

/// The examples of a rule, in order.
pub(super) fn examples(rule: &Rule) -> Vec<Example> {
    let blocks = blocks(rule.meta.docs);
    let shared: Vec<&str> = blocks
        .iter()
        .filter(|(info, _)| info == "facts")
        .map(|(_, body)| body.as_str())
        .collect();
    let machine = || {
        shared
            .iter()
            .fold(base(), |facts, body| overlaid(&facts, body))
    };
    let mut examples: Vec<Example> = Vec::new();
    let mut open = false;
    for (info, body) in blocks.iter().filter(|(info, _)| info != "facts") {
        let (kind, verdict) = info
            .split_once(',')
            .unwrap_or_else(|| panic!("{}: block `{info}`", rule.meta.id));
        let verdict = match verdict {
            "bad" => Verdict::Bad,
            "good" => Verdict::Good,
            other => panic!("{}: `{other}` is neither bad nor good", rule.meta.id),
        };
        match (kind, examples.last_mut()) {
            ("asl", _) => {
                let mut facts = machine();
                facts.definition = Fact::Known(body.clone());
                examples.push(Example {
                    verdict,
                    facts,
                    text: body.clone(),
                });
            }
            ("facts", Some(last)) if open && last.verdict == verdict => {
                last.facts = overlaid(&last.facts, body);
                last.text.push_str(body);
            }
            ("facts", _) => examples.push(Example {
                verdict,
                facts: overlaid(&machine(), body),
                text: body.clone(),
            }),
            _ => panic!("{}: block `{info}`", rule.meta.id),
        }
        open = kind == "asl";
    }
    examples
}

/// Fenced blocks that are marked `asl` or `facts`: what stands after the fence, and the lines in it.
fn blocks(docs: &str) -> Vec<(String, String)> {
    let mut blocks = Vec::new();
    let mut open: Option<(String, String)> = None;
    // Documentation comments leave one blank in front of every line.
    for line in docs
        .lines()
        .map(|line| line.strip_prefix(' ').unwrap_or(line))
    {
        match (&mut open, line.strip_prefix("```")) {
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some((_, body)), None) => {
                body.push_str(line);
                body.push('\n');
            }
            (None, Some(info)) => open = Some((info.trim().to_owned(), String::new())),
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a block is not closed");
    blocks.retain(|(info, _)| info.starts_with("asl") || info.starts_with("facts"));
    blocks
}

/// The machine after a fix that a program can apply.
pub(super) fn fixed(facts: &MachineFacts, fix: &Fix) -> Result<MachineFacts, String> {
    let mut facts = facts.clone();
    match &fix.kind {
        FixKind::Edits(edits) => {
            let text = facts
                .definition
                .known()
                .ok_or("an edit without a definition")?;
            let edits: Vec<asl::Edit> = edits
                .iter()
                .map(|edit| asl::Edit {
                    span: asl::Span::new(edit.start, edit.end),
                    text: edit.text.clone(),
                })
                .collect();
            let text = asl::apply(text, &edits).ok_or("the edits do not apply")?;
            facts.definition = Fact::Known(text);
        }
        FixKind::Alarms(specs) => {
            let mut alarms = facts.alarms.known().cloned().unwrap_or_default();
            alarms.extend(specs.iter().map(deployed));
            facts.alarms = Fact::Known(alarms);
        }
        FixKind::Steps(_) => return Err("steps are for a person".to_owned()),
    }
    Ok(facts)
}

/// The alarm as it is after it was deployed with one action.
fn deployed(spec: &AlarmSpec) -> Alarm {
    Alarm {
        name: format!("{}-{}", spec.machine_name, spec.metric),
        arn: String::new(),
        kind: AlarmKind::Metric(MetricRef {
            namespace: "AWS/States".to_owned(),
            name: spec.metric.clone(),
            dimensions: [("StateMachineArn".to_owned(), spec.machine_arn.clone())].into(),
            statistic: spec.statistic.clone(),
        }),
        actions_enabled: true,
        alarm_actions: 1,
        treat_missing: match spec.treat_missing_data.as_str() {
            "notBreaching" => TreatMissing::NotBreaching,
            "breaching" => TreatMissing::Breaching,
            "ignore" => TreatMissing::Ignore,
            _ => TreatMissing::Missing,
        },
        comparison: spec.comparison.as_str().to_owned(),
        #[allow(clippy::cast_precision_loss, reason = "thresholds are small")]
        threshold: Some(spec.threshold as f64),
        period: i64::from(spec.period),
        evaluation_periods: Some(spec.evaluation_periods),
        datapoints_to_alarm: Some(spec.datapoints_to_alarm),
    }
}
