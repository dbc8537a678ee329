//! Alarms as CloudFormation templates.

use std::fmt::Write as _;

use findings::AlarmSpec;

use crate::AlarmOptions;
use crate::alarm::{Entry, alarms_on, by_region, region_name};
use crate::text::yaml;

/// The most resources that CloudFormation takes in one template.
const MOST_RESOURCES: usize = 500;
/// The longest template that `aws cloudformation deploy` sends without a bucket.
const LONGEST_INLINE: usize = 51_200;

/// The alarms as templates in YAML, each complete: one Region and at most 500 alarms in each. None for no alarms.
pub fn cloudformation(alarms: &[AlarmSpec], options: &AlarmOptions) -> Vec<String> {
    let mut templates = Vec::new();
    for region in by_region(alarms) {
        let parts = region.chunks(MOST_RESOURCES);
        let several = parts.len() > 1;
        for (index, part) in parts.enumerate() {
            let number = several.then_some(index + 1);
            templates.push(template(part, options, number));
        }
    }
    templates
}

fn template(entries: &[Entry<'_>], options: &AlarmOptions, number: Option<usize>) -> String {
    let region = entries
        .first()
        .and_then(|entry| region_name(&entry.spec.region));
    let topic = parameter(options);
    let resources: String = entries
        .iter()
        .map(|entry| resource(entry, &topic, options.ok_actions))
        .collect();
    let mut out = header(entries, region, &topic, number, resources.len());
    _ = write!(
        out,
        "AWSTemplateFormatVersion: \"2010-09-09\"\nDescription: {}",
        alarms_on(entries)
    );
    _ = write!(
        out,
        "{}\n\nParameters:\n  {topic}:\n    Type: String\n",
        in_region(region)
    );
    let sentence = format!("ARN of the SNS topic{} that is told", in_region(region));
    _ = writeln!(out, "    Description: {sentence}");
    // Alarms tell only topics of their own Region, so the topic says whether this is the right one.
    let place = region.unwrap_or("[a-z0-9-]+");
    _ = writeln!(
        out,
        "    AllowedPattern: '^arn:[a-z-]+:sns:{place}:[0-9]+:.+$'"
    );
    _ = write!(
        out,
        "    ConstraintDescription: must be the {sentence}\n\nResources:\n{resources}"
    );
    out
}

/// A stack for each machine, so that one fix does not take away what another has deployed; one stack for many together.
fn stack(entries: &[Entry<'_>], number: Option<usize>) -> String {
    const MANY: &str = "state-machine-alarms";
    if let Some(number) = number {
        return format!("{MANY}-{number}");
    }
    let mut machines = entries.iter().map(|entry| &entry.spec.machine_name);
    match machines.next() {
        Some(first) if machines.all(|other| other == first) => {
            let letter = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
            format!("alarms-{}", first.chars().map(letter).collect::<String>())
        }
        _ => MANY.to_owned(),
    }
}

fn header(
    entries: &[Entry<'_>],
    region: Option<&str>,
    topic: &str,
    number: Option<usize>,
    length: usize,
) -> String {
    let stack = stack(entries, number);
    let place = region
        .map(|region| format!(" --region {region}"))
        .unwrap_or_default();
    let mut out = format!("# {}{}.\n", alarms_on(entries), in_region(region));
    _ = writeln!(
        out,
        "# aws cloudformation deploy{place} --stack-name {stack} --template-file FILE --parameter-overrides {topic}=ARN"
    );
    if length + out.len() > LONGEST_INLINE {
        out.push_str("# It is over 51,200 bytes: add --s3-bucket with a bucket to upload it to.\n");
    }
    out
}

fn in_region(region: Option<&str>) -> String {
    region
        .map(|region| format!(" in {region}"))
        .unwrap_or_default()
}

fn parameter(options: &AlarmOptions) -> String {
    let name: String = options
        .topic_parameter
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect();
    if name.is_empty() {
        AlarmOptions::default().topic_parameter
    } else {
        name
    }
}

fn resource(entry: &Entry<'_>, topic: &str, ok_actions: bool) -> String {
    let spec = entry.spec;
    let told = format!("[!Ref {topic}]");
    let mut properties = vec![
        ("AlarmName", yaml(&entry.name)),
        ("AlarmDescription", yaml(&entry.description)),
        ("ActionsEnabled", "true".to_owned()),
        ("AlarmActions", told.clone()),
    ];
    if ok_actions {
        properties.push(("OKActions", told));
    }
    properties.extend([
        ("Namespace", "AWS/States".to_owned()),
        ("MetricName", yaml(&spec.metric)),
        (
            "Dimensions",
            format!(
                "[{{ Name: StateMachineArn, Value: {} }}]",
                yaml(&spec.machine_arn)
            ),
        ),
        ("Statistic", yaml(&spec.statistic)),
        ("Period", spec.period.to_string()),
        ("EvaluationPeriods", spec.evaluation_periods.to_string()),
        ("DatapointsToAlarm", spec.datapoints_to_alarm.to_string()),
        ("Threshold", spec.threshold.to_string()),
        ("ComparisonOperator", spec.comparison.as_str().to_owned()),
        ("TreatMissingData", yaml(&spec.treat_missing_data)),
    ]);
    let mut out = format!(
        "  {}:\n    Type: AWS::CloudWatch::Alarm\n    Properties:\n",
        entry.logical_id
    );
    for (key, value) in properties {
        _ = writeln!(out, "      {key}: {value}");
    }
    out
}
