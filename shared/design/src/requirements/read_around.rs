//! Reads what stands around a workflow.

use std::collections::BTreeMap;

use asl::{Member, pointer_push};
use rust_decimal::Decimal;

use super::fields::{Field, Fields, items, kind, text, word};
use super::problem::{At, Problems, did_you_mean, quoted};
use super::{Alarms, Budget, Duration, EnvironmentNeed, Output, Rollout, Threshold};

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

pub(super) fn regions(fields: &Fields<'_>, problems: &mut Problems<'_>) -> Vec<String> {
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

pub(super) fn environments(
    fields: &Fields<'_>,
    problems: &mut Problems<'_>,
) -> Vec<EnvironmentNeed> {
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

pub(super) fn alarms(fields: &Fields<'_>, problems: &mut Problems<'_>) -> Alarms {
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

pub(super) fn budget(fields: &Fields<'_>, problems: &mut Problems<'_>) -> Option<Budget> {
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

pub(super) fn outputs(fields: &Fields<'_>, problems: &mut Problems<'_>) -> Vec<Output> {
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

pub(super) fn tags(fields: &Fields<'_>, problems: &mut Problems<'_>) -> BTreeMap<String, String> {
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
