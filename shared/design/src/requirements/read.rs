//! Reads a requirements file.

use std::collections::BTreeMap;

use asl::{Format, Level, Member, Tree, Value, pointer_push};
use rust_decimal::Decimal;

use super::fields::{Field, Fields, items, kind, number_of, text, word};
use super::problem::{At, Problem, Problems, did_you_mean, quoted};
use super::steps;
use super::{
    Alarms, Budget, CompensationFailure, Consistency, Delivery, Duration, EnvironmentNeed,
    FailurePolicy, Failures, Guarantees, History, Lasts, Latency, Load, Output, QueryLanguage,
    Requirements, Rollout, Size, Threshold, TriggerKind, TriggerNeed, WorkflowType,
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

const OUTPUTS: [(&str, Output); 10] = [
    ("asl", Output::Asl),
    ("cost", Output::Cost),
    ("cdk", Output::Cdk),
    ("terraform", Output::Terraform),
    ("sam", Output::Sam),
    ("cloudformation", Output::CloudFormation),
    ("pipeline-github", Output::PipelineGithub),
    ("pipeline-codepipeline", Output::PipelineCodePipeline),
    ("diagram", Output::Diagram),
    ("runbook", Output::Runbook),
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
    if tree.partial.is_some() || (tree.root.is_none() && problems.has_errors()) {
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
            let line = (format == Format::Yaml).then(|| trap(problems, found.span.start))?;
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
        source: trigger.name("source", problems),
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
        idempotency_key: found.name("idempotency_key", problems),
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

/// `us-east-1`, `us-gov-west-1`: what a Region looks like, whether there is one of that name or not.
fn is_region(text: &str) -> bool {
    let mut parts = text.split('-');
    let is = |part: Option<&str>, test: fn(u8) -> bool| {
        part.is_some_and(|part| !part.is_empty() && part.bytes().all(test))
    };
    let country = parts.next();
    if !is(country, |b| b.is_ascii_lowercase()) || country.is_none_or(|it| it.len() != 2) {
        return false;
    }
    let mut part = parts.next();
    if part.is_some_and(|part| part == "gov" || (part.starts_with("iso") && part.len() <= 4)) {
        part = parts.next();
    }
    let number = parts.next();
    is(part, |b| b.is_ascii_lowercase())
        && is(number, |b| b.is_ascii_digit())
        && number.is_some_and(|number| number.len() == 1)
        && parts.next().is_none()
}

fn region(field: &Field<'_>, problems: &mut Problems<'_>) -> Option<String> {
    let region = text(field, problems)?;
    let prices = pricing::Prices::embedded();
    let nearest = || did_you_mean(&region, prices.listed());
    if !is_region(&region) {
        let message = format!("{} is no Region", quoted(&region));
        let help = nearest().unwrap_or_else(|| "write it like `eu-central-1`".to_owned());
        problems.error("region-unknown", field.at(), message, Some(help));
        return None;
    }
    if !prices.listed().any(|listed| listed == region) {
        let message =
            format!("no price is on record for the Region `{region}`: that of others is assumed");
        problems.warning("region-unknown", field.at(), message, nearest());
    }
    Some(region)
}

fn regions(fields: &Fields<'_>, problems: &mut Problems<'_>) -> Vec<String> {
    let default = || vec!["us-east-1".to_owned()];
    let Some(field) = fields.get("regions") else {
        return default();
    };
    let listed = items(&field, "regions", problems);
    if listed.is_empty() && field.node.items().is_some() {
        let message = "`regions` names none".to_owned();
        problems.error(
            "value-wrong-length",
            field.at(),
            message,
            Some("write `[us-east-1]`".to_owned()),
        );
    }
    let regions: Vec<String> = listed
        .iter()
        .filter_map(|field| region(field, problems))
        .collect();
    if regions.is_empty() {
        default()
    } else {
        regions
    }
}

fn environments(fields: &Fields<'_>, problems: &mut Problems<'_>) -> Vec<EnvironmentNeed> {
    each_member(fields, "environments", problems, environment)
}

/// Reads every member of an object whose names are free.
fn each_member<'a, T>(
    fields: &Fields<'a>,
    name: &str,
    problems: &mut Problems<'_>,
    one: fn(&'a Member, Field<'a>, &mut Problems<'_>) -> Option<T>,
) -> Vec<T> {
    let Some(field) = fields.get(name) else {
        return Vec::new();
    };
    let Some(members) = field.node.members() else {
        let message = format!("`{name}` has fields, this is {}", kind(field.node));
        problems.error("value-wrong-type", field.at(), message, None);
        return Vec::new();
    };
    members
        .iter()
        .filter_map(|member| {
            let pointer = pointer_push(&field.pointer, &member.key);
            one(
                member,
                Field {
                    node: &member.node,
                    pointer,
                },
                problems,
            )
        })
        .collect()
}

fn environment<'a>(
    member: &'a Member,
    field: Field<'a>,
    problems: &mut Problems<'_>,
) -> Option<EnvironmentNeed> {
    let name = &member.key;
    let is_name = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.len() <= 16
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if !is_name {
        let at = At {
            pointer: &field.pointer,
            span: member.key_span,
        };
        let message = format!("{} is no name of an environment", quoted(name));
        let help =
            "up to 16 small letters, digits and `-`, beginning with a letter: `prod`".to_owned();
        problems.error("name-not-usable", at, message, Some(help));
        return None;
    }
    let known = ["account", "region", "approval", "deployment", "load_factor"];
    let own = Fields::new(field, &known, "an environment", problems)?;
    let rollouts = [
        ("all-at-once", Rollout::AllAtOnce),
        ("canary", Rollout::Canary),
        ("linear", Rollout::Linear),
    ];
    Some(EnvironmentNeed {
        name: name.clone(),
        account: own
            .get("account")
            .and_then(|field| account(&field, problems)),
        region: own.get("region").and_then(|field| region(&field, problems)),
        approval: own.flag("approval", false, problems),
        deployment: own
            .word("deployment", &rollouts, problems)
            .unwrap_or(Rollout::AllAtOnce),
        load_factor: own
            .number("load_factor", (Decimal::ZERO, Decimal::MAX), problems)
            .unwrap_or(Decimal::ONE),
    })
}

fn account(field: &Field<'_>, problems: &mut Problems<'_>) -> Option<String> {
    let account = text(field, problems)?;
    let is_account = account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit());
    if !is_account {
        let message = format!("{} is no account", quoted(&account));
        problems.error(
            "value-unknown",
            field.at(),
            message,
            Some("an account has 12 digits".to_owned()),
        );
    }
    is_account.then_some(account)
}

fn alarms(fields: &Fields<'_>, problems: &mut Problems<'_>) -> Alarms {
    let known = [
        "failed",
        "timed_out",
        "throttled",
        "aborted",
        "duration_p99",
        "notify",
    ];
    let Some(found) = fields
        .get("alarms")
        .and_then(|field| Fields::new(field, &known, "the alarms", problems))
    else {
        return Alarms::default();
    };
    Alarms {
        failed: threshold(&found, "failed", problems),
        timed_out: threshold(&found, "timed_out", problems),
        throttled: threshold(&found, "throttled", problems),
        aborted: threshold(&found, "aborted", problems),
        duration_p99: found.duration("duration_p99", problems),
        notify: found.names("notify", problems),
    }
}

fn threshold(fields: &Fields<'_>, name: &str, problems: &mut Problems<'_>) -> Option<Threshold> {
    let field = fields.get(name)?;
    let found = Fields::new(field, &["count", "percent", "per"], "an alarm", problems)?;
    let count = found.number("count", (Decimal::ZERO, Decimal::MAX), problems);
    let percent = found.number("percent", (Decimal::ZERO, Decimal::ONE_HUNDRED), problems);
    Some(Threshold {
        count: if count.is_none() && percent.is_none() {
            Some(Decimal::ONE)
        } else {
            count
        },
        percent,
        per: found.duration("per", problems).unwrap_or(Duration(300_000)),
    })
}

fn budget(fields: &Fields<'_>, problems: &mut Problems<'_>) -> Option<Budget> {
    let field = fields.get("budget")?;
    let found = Fields::new(field, &["monthly_usd", "hard"], "the budget", problems)?;
    let hard = found.flag("hard", false, problems);
    if !found.has("monthly_usd") {
        let message = "the budget says no amount, and bounds nothing".to_owned();
        problems.warning(
            "budget-without-amount",
            found.at(),
            message,
            Some("write `monthly_usd: 100`".to_owned()),
        );
        return None;
    }
    let monthly_usd = found.number("monthly_usd", (Decimal::ZERO, Decimal::MAX), problems)?;
    Some(Budget { monthly_usd, hard })
}

fn outputs(fields: &Fields<'_>, problems: &mut Problems<'_>) -> Vec<Output> {
    let all = || OUTPUTS.iter().map(|(_, output)| *output).collect();
    let Some(field) = fields.get("outputs") else {
        return all();
    };
    let mut outputs = Vec::new();
    for item in items(&field, "outputs", problems) {
        let Some(output) = word(&item, "outputs", &OUTPUTS, problems) else {
            continue;
        };
        if outputs.contains(&output) {
            let message = format!(
                "{} stands here twice",
                quoted(item.node.as_str().unwrap_or_default())
            );
            problems.error(
                "value-twice",
                item.at(),
                message,
                Some("take one out".to_owned()),
            );
        } else {
            outputs.push(output);
        }
    }
    if outputs.is_empty() { all() } else { outputs }
}

fn tags(fields: &Fields<'_>, problems: &mut Problems<'_>) -> BTreeMap<String, String> {
    each_member(fields, "tags", problems, |member, field, problems| {
        let at = At {
            pointer: &field.pointer,
            span: member.key_span,
        };
        if member.key.is_empty()
            || member.key.chars().count() > 128
            || member.key.contains(char::is_control)
        {
            let message = format!("{} is no name of a tag", quoted(&member.key));
            let help = "a tag's name has 1 to 128 characters".to_owned();
            problems.error("name-not-usable", at, message, Some(help));
            return None;
        }
        if member.key.to_lowercase().starts_with("aws:") {
            let message = format!(
                "{} begins with `aws:`, which AWS keeps for itself",
                quoted(&member.key)
            );
            problems.error("name-not-usable", at, message, None);
            return None;
        }
        let value = text(&field, problems)?;
        if value.chars().count() > 256 || value.contains(char::is_control) {
            let message =
                "the value of a tag has up to 256 characters, none of them control characters"
                    .to_owned();
            problems.error("value-wrong-length", field.at(), message, None);
            return None;
        }
        Some((member.key.clone(), value))
    })
    .into_iter()
    .collect()
}
