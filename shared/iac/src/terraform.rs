//! Alarms as Terraform, in the form that `terraform fmt` gives it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use findings::AlarmSpec;

use crate::AlarmOptions;
use crate::alarm::{Entry, alarms_on, by_region, region_name, region_part};
use crate::text::{camel_words, hcl};

/// From this many alarms of one shape on, a map and one resource read better than a resource each.
const MANY: usize = 3;

/// The alarms as one file for the AWS provider. Alarms of several Regions have a provider alias and a topic each, as a
/// provider has one Region. Empty for no alarms.
pub fn terraform(alarms: &[AlarmSpec], options: &AlarmOptions) -> String {
    files(alarms, options).join("\n")
}

/// One file for each Region, in their order.
pub(crate) fn files(alarms: &[AlarmSpec], options: &AlarmOptions) -> Vec<String> {
    let regions = by_region(alarms);
    let several = regions.len() > 1;
    regions
        .iter()
        .map(|entries| file(entries, options, several))
        .collect()
}

/// What one file calls its things, so that files of other Regions can lie beside it.
struct Names {
    region: Option<String>,
    variable: String,
    provider: Option<String>,
    suffix: String,
}

impl Names {
    fn new(entries: &[Entry<'_>], options: &AlarmOptions, several: bool) -> Self {
        let written = entries
            .first()
            .map(|entry| entry.spec.region.as_str())
            .unwrap_or_default();
        let region = region_name(written).map(str::to_owned);
        let label = region_part(written, '_');
        let variable = camel_words(&options.topic_parameter).join("_");
        let starts_well = variable.starts_with(|c: char| c.is_ascii_alphabetic());
        let variable = if starts_well {
            variable
        } else {
            "alarm_topic_arn".to_owned()
        };
        if several {
            let suffix = format!("_{label}");
            Self {
                region,
                variable: format!("{variable}{suffix}"),
                provider: Some(label),
                suffix,
            }
        } else {
            Self {
                region,
                variable,
                provider: None,
                suffix: String::new(),
            }
        }
    }

    fn in_region(&self) -> String {
        self.region
            .as_ref()
            .map(|region| format!(" in {region}"))
            .unwrap_or_default()
    }
}

/// Alarms that differ only in the state machine and the metric.
type Shape<'a> = (u32, u64, u32, u32, &'static str, &'a str, &'a str);

fn shape(spec: &AlarmSpec) -> Shape<'_> {
    let AlarmSpec {
        period,
        threshold,
        evaluation_periods,
        datapoints_to_alarm,
        ..
    } = spec;
    let comparison = spec.comparison.as_str();
    (
        *period,
        *threshold,
        *evaluation_periods,
        *datapoints_to_alarm,
        comparison,
        &spec.statistic,
        &spec.treat_missing_data,
    )
}

fn file(entries: &[Entry<'_>], options: &AlarmOptions, several: bool) -> String {
    let names = Names::new(entries, options, several);
    let mut out = head(entries, &names);
    let mut shapes: BTreeMap<Shape<'_>, Vec<&Entry<'_>>> = BTreeMap::new();
    for entry in entries {
        shapes.entry(shape(entry.spec)).or_default().push(entry);
    }
    let mut taken: BTreeMap<String, usize> = BTreeMap::new();
    for alike in shapes.into_values() {
        if alike.len() < MANY {
            for entry in alike {
                out.push_str(&single(entry, &names, options.ok_actions));
            }
        } else if let Some(first) = alike.first() {
            let base = format!(
                "above_{}_in_{}s{}",
                first.spec.threshold, first.spec.period, names.suffix
            );
            let uses = taken.entry(base.clone()).or_default();
            *uses += 1;
            let label = if *uses == 1 {
                base
            } else {
                format!("{base}_{uses}")
            };
            out.push_str(&many(
                &label,
                &alike,
                first.spec,
                &names,
                options.ok_actions,
            ));
        }
    }
    out
}

fn head(entries: &[Entry<'_>], names: &Names) -> String {
    let Names { variable, .. } = names;
    let place = names.in_region();
    let mut out = format!("# {}{place}.\n", alarms_on(entries));
    _ = writeln!(out, "# terraform apply -var {variable}=ARN\n");
    if let (Some(provider), Some(region)) = (&names.provider, &names.region) {
        out.push_str(&block(
            "provider \"aws\"",
            &[("alias", hcl(provider)), ("region", hcl(region))],
        ));
        out.push('\n');
    }
    let told = hcl(&format!("ARN of the SNS topic{place} that is told"));
    _ = write!(
        out,
        "variable {} {{\n  description = {told}\n  type        = string\n",
        hcl(variable)
    );
    // Alarms tell only topics of their own Region, so the topic says whether the provider has the right one.
    if let Some(region) = &names.region {
        let pattern = hcl(&format!("^arn:[a-z-]+:sns:{region}:"));
        let wrong = hcl(&format!(
            "The topic must be in {region}, where the alarms are."
        ));
        _ = write!(
            out,
            "\n  validation {{\n    condition     = can(regex({pattern}, var.{variable}))\n"
        );
        _ = write!(out, "    error_message = {wrong}\n  }}\n");
    }
    out.push_str("}\n");
    out
}

fn single(entry: &Entry<'_>, names: &Names, ok_actions: bool) -> String {
    let mut lines = Vec::new();
    lines.extend(provider_line(names));
    lines.push(("alarm_name", hcl(&entry.name)));
    lines.push(("alarm_description", hcl(&entry.description)));
    lines.extend(told(names, ok_actions));
    lines.extend(watched(
        hcl(&entry.spec.metric),
        &hcl(&entry.spec.machine_arn),
    ));
    lines.extend(limits(entry.spec));
    let label = format!("{}{}", entry.label, names.suffix);
    format!(
        "\n{}",
        block(
            &format!("resource \"aws_cloudwatch_metric_alarm\" {}", hcl(&label)),
            &lines
        )
    )
}

fn many(
    label: &str,
    entries: &[&Entry<'_>],
    shape: &AlarmSpec,
    names: &Names,
    ok_actions: bool,
) -> String {
    let mut out = format!("\nlocals {{\n  {label} = {{\n");
    for Entry {
        spec,
        name,
        description,
        ..
    } in entries.iter().copied()
    {
        _ = writeln!(out, "    {} = {{", hcl(name));
        _ = writeln!(out, "      machine     = {}", hcl(&spec.machine_arn));
        _ = writeln!(out, "      metric      = {}", hcl(&spec.metric));
        _ = writeln!(out, "      description = {}\n    }}", hcl(description));
    }
    out.push_str("  }\n}\n");
    let mut lines = Vec::new();
    lines.extend(provider_line(names));
    lines.push(("for_each", format!("local.{label}")));
    lines.push(("alarm_name", "each.key".to_owned()));
    lines.push(("alarm_description", "each.value.description".to_owned()));
    lines.extend(told(names, ok_actions));
    lines.extend(watched(
        "each.value.metric".to_owned(),
        "each.value.machine",
    ));
    lines.extend(limits(shape));
    _ = write!(
        out,
        "\n{}",
        block(
            &format!("resource \"aws_cloudwatch_metric_alarm\" {}", hcl(label)),
            &lines
        )
    );
    out
}

type Line = (&'static str, String);

fn provider_line(names: &Names) -> Option<Line> {
    let provider = names.provider.as_ref().filter(|_| names.region.is_some())?;
    Some(("provider", format!("aws.{provider}")))
}

fn told(names: &Names, ok_actions: bool) -> Vec<Line> {
    let topic = format!("[var.{}]", names.variable);
    let mut lines = vec![("alarm_actions", topic.clone())];
    if ok_actions {
        lines.push(("ok_actions", topic));
    }
    lines
}

fn watched(metric: String, machine: &str) -> Vec<Line> {
    vec![
        ("namespace", "\"AWS/States\"".to_owned()),
        ("metric_name", metric),
        ("dimensions", format!("{{ StateMachineArn = {machine} }}")),
    ]
}

fn limits(spec: &AlarmSpec) -> Vec<Line> {
    vec![
        ("statistic", hcl(&spec.statistic)),
        ("period", spec.period.to_string()),
        ("evaluation_periods", spec.evaluation_periods.to_string()),
        ("datapoints_to_alarm", spec.datapoints_to_alarm.to_string()),
        ("threshold", spec.threshold.to_string()),
        ("comparison_operator", hcl(spec.comparison.as_str())),
        ("treat_missing_data", hcl(&spec.treat_missing_data)),
    ]
}

/// A block whose `=` stand under each other, as `terraform fmt` sets them.
fn block(head: &str, lines: &[Line]) -> String {
    let width = lines
        .iter()
        .map(|(key, _)| key.len())
        .max()
        .unwrap_or_default();
    let mut out = format!("{head} {{\n");
    for (key, value) in lines {
        _ = writeln!(out, "  {key:width$} = {value}");
    }
    out.push_str("}\n");
    out
}
