//! `DescribeAlarms`: once for a Region, not once for each state machine.

use std::collections::BTreeMap;

use aws_sdk_cloudwatch::types::{
    AlarmType, CompositeAlarm, Dimension, Metric, MetricAlarm, MetricDataQuery,
};
use facts::{Alarm, AlarmKind, AlarmQuery, MetricRef, MetricSource, TreatMissing};

use super::Collect;
use crate::Session;
use crate::call::{Pages, call};
use crate::error::CallError;

/// The most that AWS puts on a page.
const PAGE: i32 = 100;
const NAMESPACE: &str = "AWS/States";

/// The alarms of a Region that can watch a state machine: those over `AWS/States`, and composite ones.
pub(super) async fn all(
    session: &Session,
    region: &str,
    how: &Collect,
    nobody_asks: bool,
) -> Result<Vec<Alarm>, CallError> {
    let (mut alarms, mut pages) = (Vec::new(), Pages::default());
    if nobody_asks {
        return Ok(alarms);
    }
    let clients = session.clients(region);
    let line = session.line(region, "cloudwatch:DescribeAlarms", how.pace);
    loop {
        let send = || {
            // Without types AWS leaves composite alarms out.
            let request = clients.cloudwatch().describe_alarms();
            let request = request
                .alarm_types(AlarmType::MetricAlarm)
                .alarm_types(AlarmType::CompositeAlarm);
            request
                .max_records(PAGE)
                .set_next_token(pages.token())
                .send()
        };
        let answer = call(&line, send).await?;
        // Thousands of alarms on other services are not worth their memory.
        let metric = answer
            .metric_alarms
            .unwrap_or_default()
            .into_iter()
            .map(metric_alarm)
            .filter(about_states);
        alarms.extend(
            metric.chain(
                answer
                    .composite_alarms
                    .unwrap_or_default()
                    .into_iter()
                    .map(composite_alarm),
            ),
        );
        if !pages.advance(&line, answer.next_token.as_deref())? {
            return Ok(alarms);
        }
    }
}

fn about_states(alarm: &Alarm) -> bool {
    alarm
        .metrics()
        .iter()
        .any(|metric| metric.namespace == NAMESPACE)
        || !alarm.insights().is_empty()
}

fn metric_alarm(alarm: MetricAlarm) -> Alarm {
    let queries = alarm.metrics.unwrap_or_default();
    let longest = queries.iter().filter_map(period).max();
    let kind = if queries.is_empty() {
        let statistic = alarm
            .extended_statistic
            .or_else(|| Some(alarm.statistic?.as_str().to_owned()));
        AlarmKind::Metric(MetricRef {
            namespace: alarm.namespace.unwrap_or_default(),
            name: alarm.metric_name.unwrap_or_default(),
            dimensions: dimensions(alarm.dimensions),
            statistic: statistic.unwrap_or_default(),
        })
    } else {
        AlarmKind::Math(queries.into_iter().map(query).collect())
    };
    Alarm {
        name: alarm.alarm_name.unwrap_or_default(),
        arn: alarm.alarm_arn.unwrap_or_default(),
        kind,
        actions_enabled: alarm.actions_enabled.unwrap_or(true),
        alarm_actions: alarm.alarm_actions.map_or(0, |actions| actions.len()),
        treat_missing: match alarm.treat_missing_data.as_deref() {
            Some("notBreaching") => TreatMissing::NotBreaching,
            Some("breaching") => TreatMissing::Breaching,
            Some("ignore") => TreatMissing::Ignore,
            _ => TreatMissing::Missing,
        },
        comparison: alarm
            .comparison_operator
            .map(|one| one.as_str().to_owned())
            .unwrap_or_default(),
        threshold: alarm.threshold,
        period: alarm.period.or(longest).map_or(0, i64::from),
        evaluation_periods: alarm.evaluation_periods.and_then(periods),
        datapoints_to_alarm: alarm.datapoints_to_alarm.and_then(periods),
    }
}

/// A number of periods.
fn periods(number: i32) -> Option<u32> {
    u32::try_from(number).ok().filter(|number| *number > 0)
}

fn period(query: &MetricDataQuery) -> Option<i32> {
    query.period.or_else(|| query.metric_stat.as_ref()?.period)
}

fn query(query: MetricDataQuery) -> AlarmQuery {
    let source = match query.metric_stat {
        Some(stat) => MetricSource::Metric(metric(stat.metric, stat.stat.unwrap_or_default())),
        None => MetricSource::Expression(query.expression.unwrap_or_default()),
    };
    AlarmQuery {
        id: query.id.unwrap_or_default(),
        returns: query.return_data.unwrap_or(true),
        source,
    }
}

fn metric(metric: Option<Metric>, statistic: String) -> MetricRef {
    let Some(metric) = metric else {
        return MetricRef {
            statistic,
            ..MetricRef::default()
        };
    };
    MetricRef {
        namespace: metric.namespace.unwrap_or_default(),
        name: metric.metric_name.unwrap_or_default(),
        dimensions: dimensions(metric.dimensions),
        statistic,
    }
}

fn dimensions(dimensions: Option<Vec<Dimension>>) -> BTreeMap<String, String> {
    let pair = |dimension: Dimension| Some((dimension.name?, dimension.value?));
    dimensions
        .unwrap_or_default()
        .into_iter()
        .filter_map(pair)
        .collect()
}

fn composite_alarm(alarm: CompositeAlarm) -> Alarm {
    Alarm {
        name: alarm.alarm_name.unwrap_or_default(),
        arn: alarm.alarm_arn.unwrap_or_default(),
        kind: AlarmKind::Composite(alarm.alarm_rule.unwrap_or_default()),
        actions_enabled: alarm.actions_enabled.unwrap_or(true),
        alarm_actions: alarm.alarm_actions.map_or(0, |actions| actions.len()),
        treat_missing: TreatMissing::Missing,
        comparison: String::new(),
        threshold: None,
        period: 0,
        evaluation_periods: None,
        datapoints_to_alarm: None,
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_cloudwatch::types::{ComparisonOperator, MetricStat, Statistic};

    use super::*;

    fn failed(machine: &str) -> Metric {
        let dimension = Dimension::builder()
            .name("StateMachineArn")
            .value(machine)
            .build();
        Metric::builder()
            .namespace("AWS/States")
            .metric_name("ExecutionsFailed")
            .dimensions(dimension)
            .build()
    }

    #[test]
    fn a_plain_alarm_keeps_its_metric_and_its_actions() {
        let alarm = metric_alarm(
            MetricAlarm::builder()
                .alarm_name("a")
                .namespace("AWS/States")
                .metric_name("ExecutionTime")
                .extended_statistic("p99")
                .period(300)
                .threshold(1000.0)
                .comparison_operator(ComparisonOperator::GreaterThanThreshold)
                .actions_enabled(false)
                .alarm_actions("topic")
                .treat_missing_data("notBreaching")
                .evaluation_periods(5)
                .datapoints_to_alarm(3)
                .build(),
        );
        assert_eq!(alarm.datapoints(), (3, 5));
        assert_eq!(alarm.metrics()[0].statistic, "p99");
        assert_eq!(
            (alarm.actions_enabled, alarm.alarm_actions, alarm.period),
            (false, 1, 300)
        );
        assert_eq!(
            (alarm.treat_missing, alarm.comparison.as_str()),
            (TreatMissing::NotBreaching, "GreaterThanThreshold")
        );
        let sum = metric_alarm(
            MetricAlarm::builder()
                .statistic(Statistic::Sum)
                .namespace("AWS/States")
                .evaluation_periods(3)
                .build(),
        );
        assert_eq!(sum.metrics()[0].statistic, "Sum");
        assert_eq!((sum.datapoints_to_alarm, sum.datapoints()), (None, (3, 3)));
    }

    #[test]
    fn a_metric_math_alarm_keeps_its_queries() {
        let stat = MetricStat::builder()
            .metric(failed("arn"))
            .period(60)
            .stat("Sum")
            .build();
        let alarm = metric_alarm(
            MetricAlarm::builder()
                .alarm_name("math")
                .metrics(
                    MetricDataQuery::builder()
                        .id("e1")
                        .expression("FILL(m1, 0)")
                        .return_data(true)
                        .build(),
                )
                .metrics(
                    MetricDataQuery::builder()
                        .id("m1")
                        .metric_stat(stat)
                        .return_data(false)
                        .build(),
                )
                .build(),
        );
        assert_eq!(alarm.metrics()[0].dimensions["StateMachineArn"], "arn");
        assert_eq!(alarm.period, 60);
        assert!(about_states(&alarm));
    }

    #[test]
    fn alarms_on_other_services_are_left_out() {
        let other = metric_alarm(
            MetricAlarm::builder()
                .namespace("AWS/Lambda")
                .metric_name("Errors")
                .build(),
        );
        assert!(!about_states(&other));
        let insights = r#"SELECT MAX(ExecutionsFailed) FROM SCHEMA("AWS/States", StateMachineArn)"#;
        let query = MetricDataQuery::builder()
            .id("q")
            .expression(insights)
            .period(60)
            .build();
        assert!(about_states(&metric_alarm(
            MetricAlarm::builder().metrics(query).build()
        )));
    }
}
