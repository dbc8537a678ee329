//! Reads a requirements file.

use asl::{Format, Level, Tree, Value};
use rust_decimal::Decimal;

use super::fields::{Field, Fields, number_of, text};
use super::problem::{At, Problem, Problems, quoted};
use super::read_around::{alarms, budget, environments, outputs, regions, tags};
use super::steps;
use super::{
    CompensationFailure, Consistency, Delivery, FailurePolicy, Failures, Guarantees, History,
    Lasts, Latency, Load, QueryLanguage, Requirements, Size, TriggerKind, TriggerNeed,
    WorkflowType,
};
use crate::contradictions;

/// Bytes of a file that are read: a requirements file says little.
const MOST_BYTES: usize = 1 << 20;

pub(crate) const TRIGGERS: [(&str, TriggerKind); 12] = [
    ("eventbridge", TriggerKind::EventBridge),
    ("schedule", TriggerKind::Schedule),
    ("api", TriggerKind::Api),
    ("api-sync", TriggerKind::ApiSync),
    ("sqs", TriggerKind::Sqs),
    ("pipe", TriggerKind::Pipe),
    ("iot", TriggerKind::Iot),
    ("s3", TriggerKind::S3),
    ("kinesis", TriggerKind::Kinesis),
    ("dynamodb-stream", TriggerKind::DynamoDbStream),
    ("parent-workflow", TriggerKind::ParentWorkflow),
    ("manual", TriggerKind::Manual),
];

const FIELDS: [&str; 16] = [
    "version",
    "name",
    "description",
    "trigger",
    "load",
    "latency",
    "duration",
    "guarantees",
    "steps",
    "failure",
    "workflow_type",
    "query_language",
    "regions",
    "environments",
    "alarms",
    "budget",
];
const MORE_FIELDS: [&str; 2] = ["outputs", "tags"];

/// Reads a requirements file: what it asks for, where nothing in it is an error, and all that is wrong with it or worth knowing,
/// in the order of the file.
pub fn read(text: &str, format: Format) -> (Option<Requirements>, Vec<Problem>) {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut problems = Problems::new(text);
    if text.len() > MOST_BYTES {
        let message = format!(
            "the file has {} bytes, {MOST_BYTES} are the most",
            text.len()
        );
        problems.error("file-too-large", top(), message, None);
        return (None, problems.finish());
    }
    let tree = Tree::read(text, format);
    syntax(&tree, format, &mut problems);
    if problems.has_errors() && (tree.partial.is_some() || tree.root.is_none()) {
        return (None, problems.finish());
    }
    let Some(root) = tree.root else {
        let help = "`sfn-advisor init` writes one by asking".to_owned();
        problems.error(
            "file-empty",
            top(),
            "the file is empty".to_owned(),
            Some(help),
        );
        return (None, problems.finish());
    };
    let field = Field {
        node: &root,
        pointer: String::new(),
    };
    let requirements = whole(field, &mut problems);
    if let Some(requirements) = &requirements {
        contradictions::check(requirements, &root, &mut problems);
    }
    let designed = !problems.has_errors();
    (requirements.filter(|_| designed), problems.finish())
}

fn top() -> At<'static> {
    At {
        pointer: "",
        span: asl::Span::default(),
    }
}

/// What is wrong with the text as YAML or JSON.
fn syntax(tree: &Tree, format: Format, problems: &mut Problems<'_>) {
    for found in &tree.problems {
        let pointer = tree
            .root
            .as_ref()
            .map(|root| root.pointer_at(found.span.start))
            .unwrap_or_default();
        let at = At {
            pointer: &pointer,
            span: found.span,
        };
        let help = found.help.clone().or_else(|| {
            // Other problems are those of a text that is YAML.
            let is_trap = format == Format::Yaml && found.id == "invalid-yaml";
            let line = is_trap.then(|| trap(problems, found.span.start))?;
            line.map(|line| format!("quote the value in line {line}: `'…'`"))
        });
        if found.level == Level::Error {
            problems.error(found.id, at, found.message.clone(), help);
        } else {
            problems.warning(found.id, at, found.message.clone(), help);
        }
    }
}

/// The line that makes YAML fail, where it is one with a value that should be in quotes: at the place, or the last one before
/// it that has brackets.
fn trap(problems: &Problems<'_>, at: usize) -> Option<usize> {
    const SIGNS: [&str; 9] = ["$", "? ", "{%", "@", "`", "%", "*", "&", ": "];
    let before = problems.text().get(..at).unwrap_or(problems.text());
    let line = problems.line(at);
    let here = problems.text().lines().nth(line - 1).unwrap_or_default();
    let is_trap =
        |text: &str| text.contains(['{', '[']) && SIGNS.iter().any(|sign| text.contains(sign));
    if is_trap(here) {
        return Some(line);
    }
    let lines: Vec<&str> = before.lines().collect();
    let from = lines.len().saturating_sub(5);
    let found = lines
        .iter()
        .enumerate()
        .skip(from)
        .rev()
        .find(|(_, text)| is_trap(text));
    found.map(|(index, _)| index + 1)
}

fn whole(field: Field<'_>, problems: &mut Problems<'_>) -> Option<Requirements> {
    let known: Vec<&str> = FIELDS.into_iter().chain(MORE_FIELDS).collect();
    let fields = Fields::new(field, &known, "the file", problems)?;
    version(&fields, problems);
    let name = name(&fields, problems);
    let trigger = trigger(&fields, problems);
    let load = load(&fields, problems);
    let steps = steps::outermost(&fields, problems);
    Some(Requirements {
        name: name.unwrap_or_default(),
        description: description(&fields, problems),
        latency: latency(&fields, problems),
        duration: lasts(&fields, problems),
        guarantees: guarantees(&fields, problems),
        failure: failure(&fields, problems),
        workflow_type: fields
            .word(
                "workflow_type",
                &[
                    ("auto", WorkflowType::Auto),
                    ("STANDARD", WorkflowType::Standard),
                    ("EXPRESS", WorkflowType::Express),
                    ("MIXED", WorkflowType::Mixed),
                ],
                problems,
            )
            .unwrap_or(WorkflowType::Auto),
        query_language: fields
            .word(
                "query_language",
                &[
                    ("JSONata", QueryLanguage::Jsonata),
                    ("JSONPath", QueryLanguage::JsonPath),
                ],
                problems,
            )
            .unwrap_or(QueryLanguage::Jsonata),
        regions: regions(&fields, problems),
        environments: environments(&fields, problems),
        alarms: alarms(&fields, problems),
        budget: budget(&fields, problems),
        outputs: outputs(&fields, problems),
        tags: tags(&fields, problems),
        trigger: trigger?,
        load: load?,
        steps: steps?,
    })
}

fn version(fields: &Fields<'_>, problems: &mut Problems<'_>) {
    let Some(field) = fields.required("version", "the file", "1", problems) else {
        return;
    };
    let is_one = match &field.node.value {
        Value::Number(number) => number_of(number) == Some(Decimal::ONE),
        _ => false,
    };
    if !is_one {
        let written = field.node.span.of(problems.text());
        let message = format!("version {} of requirements is not known", quoted(written));
        problems.error(
            "value-unknown",
            field.at(),
            message,
            Some("write `version: 1`".to_owned()),
        );
    }
}

fn name(fields: &Fields<'_>, problems: &mut Problems<'_>) -> Option<String> {
    let field = fields.required("name", "the file", "order-saga", problems)?;
    let name = text(&field, problems)?;
    let is_name = name.starts_with(|c: char| c.is_ascii_lowercase())
        && (2..=40).contains(&name.len())
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if is_name {
        return Some(name);
    }
    let message = format!("{} is no name of a workflow", quoted(&name));
    let mut proposed: String = name
        .to_lowercase()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .skip_while(|c| !c.is_ascii_lowercase())
        .take(40)
        .collect();
    proposed.truncate(proposed.trim_end_matches('-').len());
    let mut help = "2 to 40 small letters, digits and `-`, beginning with a letter".to_owned();
    if proposed.len() >= 2 {
        help = format!("{help}: `{proposed}`");
    }
    problems.error("name-not-usable", field.at(), message, Some(help));
    None
}

fn description(fields: &Fields<'_>, problems: &mut Problems<'_>) -> Option<String> {
    const MOST: usize = 500;
    let field = fields.get("description")?;
    let description = text(&field, problems)?;
    let length = description.chars().count();
    if length > MOST {
        let message = format!("the description has {length} characters, {MOST} are the most");
        problems.error("value-wrong-length", field.at(), message, None);
        return None;
    }
    Some(description)
}

fn trigger(fields: &Fields<'_>, problems: &mut Problems<'_>) -> Option<TriggerNeed> {
    let field = fields.required("trigger", "the file", "{type: eventbridge}", problems)?;
    let known = ["type", "source", "pattern", "schedule", "caller_waits"];
    let trigger = Fields::new(field, &known, "the trigger", problems)?;
    trigger.required("type", "the trigger", "eventbridge", problems)?;
    let kind = trigger.word("type", &TRIGGERS, problems)?;
    let schedule = trigger.get("schedule").and_then(|field| {
        let schedule = text(&field, problems)?;
        let is_schedule = ["rate(", "cron(", "at("].iter().any(|kind| {
            schedule
                .strip_prefix(kind)
                .and_then(|rest| rest.strip_suffix(')'))
                .is_some_and(|inner| !inner.is_empty() && !inner.contains(char::is_control))
        });
        if !is_schedule {
            let message = format!("{} is no schedule", quoted(&schedule));
            let help = "write `rate(5 minutes)`, `cron(0 1 * * ? *)` or `at(2027-01-31T08:00:00)`";
            problems.error("value-unknown", field.at(), message, Some(help.to_owned()));
        }
        is_schedule.then_some(schedule)
    });
    Some(TriggerNeed {
        kind,
        source: trigger.lines("source", problems),
        pattern: trigger.object("pattern", problems),
        schedule,
        caller_waits: trigger.flag("caller_waits", false, problems) || kind == TriggerKind::ApiSync,
    })
}

fn load(fields: &Fields<'_>, problems: &mut Problems<'_>) -> Option<Load> {
    let field = fields.required("load", "the file", "{average_per_second: 2}", problems)?;
    let known = [
        "average_per_second",
        "peak_per_second",
        "hours_per_day",
        "growth_per_year",
        "payload",
        "memory",
        "failure_rate",
    ];
    let load = Fields::new(field, &known, "the load", problems)?;
    load.required("average_per_second", "the load", "40/h", problems)?;
    let average = load.rate("average_per_second", problems);
    let hours = load.number(
        "hours_per_day",
        (Decimal::ZERO, Decimal::from(24)),
        problems,
    );
    if let (Some(hours), Some(field)) = (hours, load.get("hours_per_day"))
        && hours.is_zero()
    {
        let message = "`hours_per_day` has to be above zero".to_owned();
        problems.error("value-not-in-range", field.at(), message, None);
    }
    Some(Load {
        average_per_second: average.unwrap_or(Decimal::ONE),
        peak_per_second: load.rate("peak_per_second", problems),
        hours_per_day: hours
            .filter(|hours| !hours.is_zero())
            .unwrap_or(Decimal::from(24)),
        growth_per_year: load
            .number("growth_per_year", (Decimal::ZERO, Decimal::MAX), problems)
            .unwrap_or_default(),
        payload: load.size("payload", problems).unwrap_or(Size(4096)),
        memory: load.size("memory", problems),
        failure_rate: load
            .share("failure_rate", problems)
            .unwrap_or(Decimal::new(1, 2)),
    })
}

fn latency(fields: &Fields<'_>, problems: &mut Problems<'_>) -> Latency {
    let Some(latency) = fields
        .get("latency")
        .and_then(|field| Fields::new(field, &["p50", "p99"], "the latency", problems))
    else {
        return Latency::default();
    };
    Latency {
        p50: latency.duration("p50", problems),
        p99: latency.duration("p99", problems),
    }
}

fn lasts(fields: &Fields<'_>, problems: &mut Problems<'_>) -> Lasts {
    let Some(lasts) = fields
        .get("duration")
        .and_then(|field| Fields::new(field, &["typical", "max"], "the duration", problems))
    else {
        return Lasts::default();
    };
    Lasts {
        typical: lasts.duration("typical", problems),
        max: lasts.duration("max", problems),
    }
}

fn guarantees(fields: &Fields<'_>, problems: &mut Problems<'_>) -> Guarantees {
    let known = [
        "delivery",
        "consistency",
        "idempotency_key",
        "audit_history",
        "sensitive_data",
    ];
    let found = fields
        .get("guarantees")
        .and_then(|field| Fields::new(field, &known, "the guarantees", problems));
    let Some(found) = found else {
        return Guarantees {
            delivery: Delivery::ExactlyOnce,
            delivery_is_said: false,
            consistency: Consistency::None,
            idempotency_key: None,
            history: History::Logs,
            sensitive_data: false,
        };
    };
    let deliveries = [
        ("exactly-once", Delivery::ExactlyOnce),
        ("at-least-once", Delivery::AtLeastOnce),
        ("at-most-once", Delivery::AtMostOnce),
    ];
    let consistencies = [
        ("none", Consistency::None),
        ("saga", Consistency::Saga),
        ("all-or-nothing", Consistency::AllOrNothing),
    ];
    let histories = [
        ("none", History::None),
        ("logs", History::Logs),
        ("90-days", History::NinetyDays),
    ];
    Guarantees {
        delivery: found
            .word("delivery", &deliveries, problems)
            .unwrap_or(Delivery::ExactlyOnce),
        delivery_is_said: found.has("delivery"),
        consistency: found
            .word("consistency", &consistencies, problems)
            .unwrap_or(Consistency::None),
        idempotency_key: found.lines("idempotency_key", problems),
        history: found
            .word("audit_history", &histories, problems)
            .unwrap_or(History::Logs),
        sensitive_data: found.flag("sensitive_data", false, problems),
    }
}

fn failure(fields: &Fields<'_>, problems: &mut Problems<'_>) -> Failures {
    let known = ["policy", "compensation_failure", "notify", "redrive"];
    let found = fields
        .get("failure")
        .and_then(|field| Fields::new(field, &known, "the failure", problems));
    let policies = [
        ("fail", FailurePolicy::Fail),
        ("compensate", FailurePolicy::Compensate),
        ("park", FailurePolicy::Park),
        ("fallback", FailurePolicy::Fallback),
        ("continue", FailurePolicy::Continue),
    ];
    let repairs = [
        ("park-and-alarm", CompensationFailure::ParkAndAlarm),
        ("retry-forever", CompensationFailure::RetryForever),
        ("fail", CompensationFailure::Fail),
    ];
    let policy = found
        .as_ref()
        .and_then(|found| found.word("policy", &policies, problems));
    let repair = found
        .as_ref()
        .and_then(|found| found.word("compensation_failure", &repairs, problems));
    Failures {
        policy: policy.unwrap_or(FailurePolicy::Fail),
        compensation_failure: repair.unwrap_or(CompensationFailure::ParkAndAlarm),
        notify: found
            .as_ref()
            .map(|found| found.names("notify", problems))
            .unwrap_or_default(),
        redrive: found
            .as_ref()
            .is_none_or(|found| found.flag("redrive", true, problems)),
    }
}
