#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod deploying;
mod derive;
mod files;
mod roundtrip;
mod tools;

use findings::{AlarmSpec, Comparison};

pub(crate) fn arn(region: &str, name: &str) -> String {
    format!("arn:aws:states:{region}:111122223333:stateMachine:{name}")
}

pub(crate) fn spec(region: &str, name: &str, metric: &str) -> AlarmSpec {
    AlarmSpec {
        machine_arn: arn(region, name),
        machine_name: name.to_owned(),
        region: region.to_owned(),
        metric: metric.to_owned(),
        statistic: "Sum".to_owned(),
        period: 300,
        evaluation_periods: 1,
        datapoints_to_alarm: 1,
        threshold: 0,
        comparison: Comparison::GreaterThanThreshold,
        treat_missing_data: "notBreaching".to_owned(),
        reason: "none in 14 days, so the first one counts".to_owned(),
    }
}

/// A machine that fails now and then.
pub(crate) fn steady(region: &str, name: &str) -> AlarmSpec {
    AlarmSpec {
        period: 3_600,
        threshold: 4,
        reason: "24 on a usual day, so more than 4 in an hour count".to_owned(),
        ..spec(region, name, "ExecutionsFailed")
    }
}

/// Names that no AWS account gave, and that a file may hold all the same.
pub(crate) const HOSTILE: &[&str] = &[
    "quo\"te",
    "back\\slash\\\"",
    "${var.alarm_topic_arn}",
    "$${x}",
    "$$${x}$",
    "%{ if true }x%{ endif }",
    "%%{x}",
    "{{resolve:ssm:/secret}}",
    "{{{{resolve}}}}",
    "two\nlines",
    "\r\n  AlarmName: other",
    "tab\tand\u{0}nul\u{7f}\u{1b}[31m",
    "line\u{2028}separator\u{85}next",
    "turned\u{202e}round\u{feff}",
    "Größe-注文-😀",
    "#{}: &anchor *alias !Ref | > ' `@%-?",
    "<script>alert(1)</script><!channel>",
    "../../etc/passwd",
    "",
    "-",
    "1starts-with-a-digit",
    "eighty-characters-eighty-characters-eighty-characters-eighty-characters-eighty-ch",
];
