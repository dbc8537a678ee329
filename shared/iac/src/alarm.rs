//! What an alarm is called and how it explains itself, whatever deploys it.

use std::collections::{BTreeMap, BTreeSet};

use findings::{AlarmSpec, fingerprint};

use crate::text::{camel_words, first_chars, identifier};

/// CloudWatch takes 255 characters of a name and 1,024 of a description.
const LONGEST_MACHINE: usize = 200;
const LONGEST_DESCRIPTION: usize = 1_000;

/// An alarm with names that are its own among those it is deployed with.
pub(crate) struct Entry<'a> {
    pub(crate) spec: &'a AlarmSpec,
    /// Name in CloudWatch.
    pub(crate) name: String,
    /// Name of the resource in a template: letters and digits.
    pub(crate) logical_id: String,
    /// Name of the resource in Terraform.
    pub(crate) label: String,
    pub(crate) description: String,
}

/// The name of an alarm in CloudWatch: `order-enrichment-executions-failed`. One state machine has one alarm for each
/// metric, so the name is its own in an account and Region.
pub fn alarm_name(spec: &AlarmSpec) -> String {
    let clean: String = machine_name(spec)
        .chars()
        .map(|c| if c.is_control() { '-' } else { c })
        .collect();
    let short = first_chars(&clean, LONGEST_MACHINE);
    let metric = camel_words(&spec.metric).join("-");
    if short == machine_name(spec) {
        format!("{short}-{metric}")
    } else {
        format!("{short}-{}-{metric}", tag(spec))
    }
}

/// The alarms of each Region, in the order of the Regions; none of them is empty.
pub(crate) fn by_region(specs: &[AlarmSpec]) -> Vec<Vec<Entry<'_>>> {
    let mut regions: BTreeMap<&str, Vec<&AlarmSpec>> = BTreeMap::new();
    for spec in specs {
        regions.entry(&spec.region).or_default().push(spec);
    }
    regions.into_values().map(entries).collect()
}

/// The alarms once each, in a stable order, with names that do not clash.
fn entries(mut specs: Vec<&AlarmSpec>) -> Vec<Entry<'_>> {
    specs.sort_by_key(|spec| {
        (
            &spec.machine_name,
            &spec.machine_arn,
            &spec.metric,
            order(spec),
        )
    });
    specs.dedup_by_key(|spec| (&spec.machine_arn, &spec.metric));
    let names = own(&specs, alarm_name, "-");
    let ids = own(&specs, logical_id, "");
    let labels = own(&specs, label, "_");
    specs
        .into_iter()
        .zip(names)
        .zip(ids.into_iter().zip(labels))
        .map(|((spec, name), (logical_id, label))| Entry {
            spec,
            name,
            logical_id,
            label,
            description: description(spec),
        })
        .collect()
}

/// The rest of a spec, so that of two for the same metric always the same one stays.
fn order(spec: &AlarmSpec) -> (u64, u32, u32, u32, &'static str, &str) {
    let AlarmSpec {
        threshold,
        period,
        evaluation_periods,
        datapoints_to_alarm,
        ..
    } = spec;
    (
        *threshold,
        *period,
        *evaluation_periods,
        *datapoints_to_alarm,
        spec.comparison.as_str(),
        &spec.reason,
    )
}

/// One name for each spec. All that would share one get a tag, so that it does not depend on their order who keeps it.
fn own(specs: &[&AlarmSpec], name: impl Fn(&AlarmSpec) -> String, joint: &str) -> Vec<String> {
    let names: Vec<String> = specs.iter().map(|spec| name(spec)).collect();
    let mut uses: BTreeMap<&str, usize> = BTreeMap::new();
    for name in &names {
        *uses.entry(name).or_default() += 1;
    }
    let shared = |name: &str| uses.get(name).is_some_and(|uses| *uses > 1);
    let tagged = |(spec, name): (&&AlarmSpec, &String)| {
        if shared(name) {
            format!("{name}{joint}{}", tag(spec))
        } else {
            name.clone()
        }
    };
    specs.iter().zip(&names).map(tagged).collect()
}

/// Eight hexadecimal digits of what the alarm watches.
fn tag(spec: &AlarmSpec) -> String {
    first_chars(
        &fingerprint(
            "alarm",
            &spec.machine_arn,
            &[&spec.machine_name, &spec.metric],
        ),
        8,
    )
}

fn machine_name(spec: &AlarmSpec) -> &str {
    if spec.machine_name.is_empty() {
        spec.machine_arn.rsplit(':').next().unwrap_or_default()
    } else {
        &spec.machine_name
    }
}

fn logical_id(spec: &AlarmSpec) -> String {
    let mut id = String::new();
    for word in machine_name(spec).split(|c: char| !c.is_ascii_alphanumeric()) {
        let mut letters = word.chars();
        id.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        id.extend(letters);
    }
    let metric: String = spec
        .metric
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect();
    let id = if id.is_empty() {
        "StateMachine".to_owned()
    } else {
        first_chars(&id, LONGEST_MACHINE)
    };
    format!("{id}{metric}")
}

fn label(spec: &AlarmSpec) -> String {
    let machine = first_chars(&identifier(machine_name(spec), '_'), LONGEST_MACHINE);
    // An identifier starts with a letter.
    let lead = if machine.starts_with(|c: char| c.is_ascii_alphabetic()) {
        ""
    } else {
        "m_"
    };
    format!("{lead}{machine}_{}", camel_words(&spec.metric).join("_"))
}

fn description(spec: &AlarmSpec) -> String {
    let what = match spec.metric.as_str() {
        "ExecutionsFailed" => "Failed executions",
        "ExecutionsTimedOut" => "Timed-out executions",
        "ExecutionsAborted" => "Aborted executions",
        "ExecutionThrottled" => "Throttled state transitions",
        other => other,
    };
    let text = format!("{what} of {}: {}", machine_name(spec), spec.reason);
    let text: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    first_chars(&text, LONGEST_DESCRIPTION)
}

/// `us-east-1`, or nothing where the Region is not one.
pub(crate) fn region_name(region: &str) -> Option<&str> {
    let plain = !region.is_empty()
        && region
            .bytes()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-');
    plain.then_some(region)
}

/// A Region as a part of a file name (`-`) or of an identifier (`_`); what is no Region gets a name that is its own.
pub(crate) fn region_part(region: &str, joint: char) -> String {
    match region_name(region) {
        Some(region) => identifier(region, joint),
        None => format!(
            "region{joint}{}",
            first_chars(&fingerprint("region", region, &[]), 8)
        ),
    }
}

/// `4 alarms on 2 state machines`
pub(crate) fn alarms_on(entries: &[Entry<'_>]) -> String {
    let machines: BTreeSet<&str> = entries
        .iter()
        .map(|entry| entry.spec.machine_arn.as_str())
        .collect();
    format!(
        "{} on {}",
        count(entries.len(), "alarm"),
        count(machines.len(), "state machine")
    )
}

fn count(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}
