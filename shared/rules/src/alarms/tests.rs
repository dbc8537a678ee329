#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests"
)]

mod composites;
mod coverage;
mod ranking;
mod reach;
mod thresholds;
mod words;

use std::collections::BTreeMap;

use facts::{
    Alarm, AlarmKind, AlarmQuery, Count, Fact, MachineFacts, MetricRef, MetricSource, Metrics,
    TreatMissing, Window, WorkflowType,
};
use findings::{Finding, FixKind, MachineReport};
use pricing::Prices;

use crate::{Config, judge, rule};

pub(super) const ARN: &str = "arn:aws:states:us-east-1:111122223333:stateMachine:orders";
pub(super) const OTHER: &str = "arn:aws:states:us-east-1:111122223333:stateMachine:invoices";

pub(super) fn window() -> Window {
    Window {
        start: "2026-11-08T00:00:00Z".parse().unwrap(),
        end: "2026-11-22T00:00:00Z".parse().unwrap(),
    }
}

pub(super) fn total(total: u64) -> Count {
    Count {
        total,
        by_day: BTreeMap::new(),
    }
}

/// A count by day, from the first day of the window.
pub(super) fn daily(days: &[u64]) -> Count {
    let day =
        |n: i64| jiff::Timestamp::from_second(window().start.as_second() + n * 86_400).unwrap();
    let by_day = (0..).zip(days).map(|(n, sum)| (day(n), *sum)).collect();
    Count {
        total: days.iter().sum(),
        by_day,
    }
}

/// A Standard machine that may not time out, in 14 days.
pub(super) fn machine(started: u64, failed: u64) -> MachineFacts {
    MachineFacts {
        arn: ARN.to_owned(),
        name: "orders".to_owned(),
        account: "111122223333".to_owned(),
        region: "us-east-1".to_owned(),
        workflow_type: Fact::Known(WorkflowType::Standard),
        metrics: Fact::Known(Metrics {
            started: total(started),
            failed: total(failed),
            ..Metrics::idle(window())
        }),
        alarms: Fact::Known(Vec::new()),
        ..MachineFacts::default()
    }
}

pub(super) fn metrics(facts: &mut MachineFacts) -> &mut Metrics {
    match &mut facts.metrics {
        Fact::Known(metrics) => metrics,
        Fact::Unknown { .. } => panic!("no metrics"),
    }
}

pub(super) fn with(mut facts: MachineFacts, alarms: &[Alarm]) -> MachineFacts {
    facts.alarms = Fact::Known(alarms.to_vec());
    facts
}

pub(super) fn dimensions(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs
        .iter()
        .map(|(label, value)| ((*label).to_owned(), (*value).to_owned()))
        .collect()
}

pub(super) fn metric(name: &str, pairs: &[(&str, &str)]) -> MetricRef {
    MetricRef {
        namespace: "AWS/States".to_owned(),
        name: name.to_owned(),
        dimensions: dimensions(pairs),
        statistic: "Sum".to_owned(),
    }
}

pub(super) fn own(name: &str) -> MetricRef {
    metric(name, &[("StateMachineArn", ARN)])
}

/// An alarm as one would write it: above 0 in five minutes, with an action.
pub(super) fn alarm(name: &str, kind: AlarmKind) -> Alarm {
    Alarm {
        name: name.to_owned(),
        arn: format!("arn:aws:cloudwatch:us-east-1:111122223333:alarm:{name}"),
        kind,
        actions_enabled: true,
        alarm_actions: 1,
        treat_missing: TreatMissing::NotBreaching,
        comparison: "GreaterThanThreshold".to_owned(),
        threshold: Some(0.0),
        period: 300,
        evaluation_periods: Some(1),
        datapoints_to_alarm: None,
    }
}

pub(super) fn on(name: &str, metric: MetricRef) -> Alarm {
    alarm(name, AlarmKind::Metric(metric))
}

pub(super) fn failed(name: &str) -> Alarm {
    on(name, own("ExecutionsFailed"))
}

pub(super) fn silent(alarm: Alarm) -> Alarm {
    Alarm {
        alarm_actions: 0,
        ..alarm
    }
}

pub(super) fn composite(name: &str, rule: &str) -> Alarm {
    let kind = AlarmKind::Composite(rule.to_owned());
    Alarm {
        comparison: String::new(),
        threshold: None,
        period: 0,
        evaluation_periods: None,
        ..alarm(name, kind)
    }
}

/// Metric math: the last query is compared.
pub(super) fn math(name: &str, queries: Vec<(&str, MetricSource)>) -> Alarm {
    let last = queries.len() - 1;
    let query = |(at, (id, source)): (usize, (&str, MetricSource))| AlarmQuery {
        id: id.to_owned(),
        returns: at == last,
        source,
    };
    alarm(
        name,
        AlarmKind::Math(queries.into_iter().enumerate().map(query).collect()),
    )
}

pub(super) fn expression(text: &str) -> MetricSource {
    MetricSource::Expression(text.to_owned())
}

pub(super) fn report(facts: &MachineFacts) -> MachineReport {
    let rule = rule("failures-unwatched").unwrap();
    judge(
        facts,
        Prices::embedded(),
        &Config::default(),
        std::slice::from_ref(rule),
    )
}

pub(super) fn findings(facts: &MachineFacts) -> Vec<Finding> {
    report(facts).findings
}

pub(super) fn only(facts: &MachineFacts) -> Finding {
    let mut findings = findings(facts);
    assert_eq!(findings.len(), 1, "{findings:#?}");
    findings.remove(0)
}

/// The metrics of the alarms that a fix deploys.
pub(super) fn deploys(finding: &Finding) -> Vec<String> {
    match finding.fix.as_ref().map(|fix| &fix.kind) {
        Some(FixKind::Alarms(specs)) => specs.iter().map(|spec| spec.metric.clone()).collect(),
        _ => Vec::new(),
    }
}
