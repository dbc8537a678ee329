//! `GetMetricStatistics`: one metric in a call, free of charge within the first million requests of a month.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use aws_sdk_cloudwatch::types::{Datapoint, Statistic};
use facts::WorkflowType;

use super::super::window::{Span, date};
use super::super::{Collect, Listed, MetricsPath};
use super::data::dimensions;
use super::series::Series;
use super::{Ask, Asked, NAMESPACE, Query, Reader};
use crate::call::{Line, call};
use crate::client::Clients;
use crate::error::CallError;
use crate::pace::Pace;
use crate::quota::least_seconds;
use crate::tasks;

const ACTION: &str = "cloudwatch:GetMetricStatistics";

/// Whether these state machines are asked about this way.
pub(super) fn suits(how: &Collect, region: &str, machines: &[Listed]) -> bool {
    match how.metrics {
        MetricsPath::Data => false,
        MetricsPath::Statistics => true,
        MetricsPath::Cheapest => {
            let requests = machines.iter().map(|listed| requests(listed.kind)).sum();
            is_fast_enough(region, machines.len(), requests, how.pace)
        }
    }
}

/// Whether that many requests at the paced rate take no longer than describing the state machines does anyway. Without a
/// pace there is nothing to hide behind.
fn is_fast_enough(region: &str, machines: usize, requests: usize, pace: Pace) -> bool {
    let asking = least_seconds(region, ACTION, requests, pace);
    let describing = least_seconds(region, "states:DescribeStateMachine", machines, pace);
    match (asking, describing) {
        (Some(asking), Some(describing)) => asking <= describing,
        _ => false,
    }
}

/// What will be asked for: each request is one metric.
pub(super) fn asked(machines: &[Listed]) -> Asked {
    let measured = || machines.iter().filter(|listed| listed.name.is_ascii());
    let first = |listed: &Listed| {
        let asks = Ask::of(listed.kind).iter();
        asks.filter(|ask| ask.tells_activity()).count()
    };
    let least = measured().map(first).sum::<usize>() + Ask::REGION.len();
    let most = measured()
        .map(|listed| requests(listed.kind))
        .sum::<usize>()
        + Ask::REGION.len();
    Asked {
        metrics: (least, most),
        calls: (least, most),
        free: true,
    }
}

/// Requests for a state machine that is active.
fn requests(kind: Option<WorkflowType>) -> usize {
    let mut metrics: Vec<(&str, bool)> = Vec::new();
    for ask in Ask::of(kind) {
        let key = (ask.metric().0, plain(*ask).is_none());
        if !metrics.contains(&key) {
            metrics.push(key);
        }
    }
    metrics.len()
}

/// The statistic; none for a percentile, which takes a request of its own.
fn plain(ask: Ask) -> Option<Statistic> {
    match ask.metric().1 {
        "Sum" => Some(Statistic::Sum),
        "SampleCount" => Some(Statistic::SampleCount),
        "Average" => Some(Statistic::Average),
        "Maximum" => Some(Statistic::Maximum),
        _ => None,
    }
}

/// Whether the request that tells activity brings it as well.
pub(super) fn comes_along(ask: Ask) -> bool {
    matches!(ask, Ask::Average | Ask::Maximum)
}

/// Asks the queries; `found` gets the answer of each. What was left because the action is not allowed comes back, where
/// there is another way to ask.
pub(super) async fn ask(
    reader: &Reader<'_>,
    queries: Vec<Query>,
    mut found: impl FnMut(&Query, Result<Series, String>),
) -> Vec<Query> {
    let clients = reader.session.clients(reader.region);
    let line = Arc::new(reader.session.line(reader.region, ACTION, reader.how.pace));
    let another_way = reader.how.metrics == MetricsPath::Cheapest;
    let refused = Arc::new(AtomicBool::new(false));
    let span = reader.span;
    let requests = group(queries).into_iter().map(|group| {
        let (clients, line, refused) = (
            Arc::clone(&clients),
            Arc::clone(&line),
            Arc::clone(&refused),
        );
        async move {
            if refused.load(Ordering::Relaxed) {
                return (group, None);
            }
            let result = fetch(&clients, &line, &group, span).await;
            if another_way && result.as_ref().is_err_and(|it| it.has_code("AccessDenied")) {
                refused.store(true, Ordering::Relaxed);
                return (group, None);
            }
            (group, Some(result))
        }
    });
    let mut left = Vec::new();
    tasks::each(reader.how.concurrency, requests, |(group, result)| {
        let Some(result) = result else {
            left.extend(group);
            return;
        };
        for query in &group {
            found(
                query,
                match &result {
                    Ok(points) => Ok(series(query.ask, points)),
                    Err(error) => Err(error.to_string()),
                },
            );
        }
    })
    .await;
    left
}

/// Queries side by side that one request answers.
fn group(queries: Vec<Query>) -> Vec<Vec<Query>> {
    let mut groups: Vec<Vec<Query>> = Vec::new();
    for query in queries {
        let goes_with = |first: &Query| {
            first.slot == query.slot
                && first.ask.metric().0 == query.ask.metric().0
                && plain(first.ask).is_some()
                && plain(query.ask).is_some()
        };
        match groups.last_mut() {
            Some(last) if last.first().is_some_and(goes_with) => last.push(query),
            _ => groups.push(vec![query]),
        }
    }
    groups
}

async fn fetch(
    clients: &Clients,
    line: &Line,
    group: &[Query],
    span: Span,
) -> Result<Vec<Datapoint>, CallError> {
    let Some(first) = group.first() else {
        return Ok(Vec::new());
    };
    let (name, statistic) = first.ask.metric();
    let statistics: Vec<Statistic> = group.iter().filter_map(|query| plain(query.ask)).collect();
    let percentile = statistics.is_empty().then(|| vec![statistic.to_owned()]);
    let send = || {
        let request = clients
            .cloudwatch()
            .get_metric_statistics()
            .namespace(NAMESPACE)
            .metric_name(name)
            .set_dimensions(Some(dimensions(first)));
        let request = request
            .start_time(date(span.window.start))
            .end_time(date(span.window.end))
            .period(first.period(span));
        request
            .set_statistics((!statistics.is_empty()).then(|| statistics.clone()))
            .set_extended_statistics(percentile.clone())
            .send()
    };
    Ok(call(line, send).await?.datapoints.unwrap_or_default())
}

/// The data points of one statistic.
fn series(ask: Ask, points: &[Datapoint]) -> Series {
    let mut series = Series::default();
    let value = |point: &Datapoint| match plain(ask) {
        Some(Statistic::Sum) => point.sum,
        Some(Statistic::SampleCount) => point.sample_count,
        Some(Statistic::Average) => point.average,
        Some(Statistic::Maximum) => point.maximum,
        _ => point
            .extended_statistics
            .as_ref()?
            .get(ask.metric().1)
            .copied(),
    };
    let points = points
        .iter()
        .filter_map(|point| Some((point.timestamp.as_ref()?, value(point)?)));
    series.extend(points);
    series
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_answers_the_plain_statistics_of_one_metric() {
        assert_eq!(requests(Some(WorkflowType::Standard)), 8);
        assert_eq!(requests(Some(WorkflowType::Express)), 9);
        assert_eq!(requests(None), 10);
        let queries = Ask::EITHER.map(|ask| Query {
            slot: 0,
            arn: None,
            ask,
        });
        let sizes: Vec<usize> = group(queries.to_vec()).iter().map(Vec::len).collect();
        assert_eq!(sizes, [1, 1, 1, 1, 1, 3, 1, 1, 1, 1]);
    }

    #[test]
    fn what_is_free_is_taken_where_it_takes_no_longer() {
        // At half the buckets: 200 requests at once and 200 a second, 100 descriptions at once and 10 a second.
        let takes = |machines, share| {
            is_fast_enough("us-east-1", machines, 8 * machines, Pace::share(share))
        };
        assert!(takes(0, 0.5) && takes(25, 0.5), "all at once");
        assert!(!takes(26, 0.5), "the descriptions are there at once");
        assert!(!takes(149, 0.5), "4.96 s instead of 4.9 s");
        assert!(takes(150, 0.5), "5 s each");
        assert!(takes(1000, 0.5) && takes(100_000, 1.0));
        assert!(takes(50, 1.0) && !takes(51, 1.0));
        assert!(!is_fast_enough("us-east-1", 1000, 8000, Pace::unlimited()));
    }

    #[test]
    fn a_statistic_that_a_data_point_does_not_have_is_no_data_point() {
        let at = aws_sdk_cloudwatch::primitives::DateTime::from_secs;
        let sum = Datapoint::builder().timestamp(at(60)).sum(2.0).build();
        let p99 = Datapoint::builder()
            .timestamp(at(0))
            .set_extended_statistics(Some([("p99".to_owned(), 7.0)].into()))
            .build();
        let points = [sum, p99];
        let mut expected = Series::default();
        expected.extend([(&at(60), 2.0)].into_iter());
        assert_eq!(series(Ask::Failed, &points), expected);
        let mut expected = Series::default();
        expected.extend([(&at(0), 7.0)].into_iter());
        assert_eq!(series(Ask::P99, &points), expected);
        assert_eq!(series(Ask::Maximum, &points), Series::default());
    }
}
