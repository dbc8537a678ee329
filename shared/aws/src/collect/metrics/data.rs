//! `GetMetricData`: 500 queries in a call.

use std::sync::Arc;

use aws_sdk_cloudwatch::types::{Dimension, Metric, MetricDataQuery, MetricStat, StatusCode};

use super::super::window::{Span, date};
use super::series::Series;
use super::{Ask, NAMESPACE, Query, Reader};
use crate::call::{Line, Pages, call};
use crate::client::Clients;
use crate::error::CallError;
use crate::tasks;

/// The most that AWS takes in a call.
pub(super) const BATCH: usize = 500;
/// Calls at a time: the answers are large, and few.
const AT_A_TIME: usize = 4;

/// Asks the queries; `found` gets the answer of each.
pub(super) async fn ask(
    reader: &Reader<'_>,
    queries: Vec<Query>,
    mut found: impl FnMut(&Query, Result<Series, String>),
) {
    let clients = reader.session.clients(reader.region);
    let pace = reader.how.pace;
    let line = reader
        .session
        .line(reader.region, "cloudwatch:GetMetricData", pace);
    let (line, span) = (Arc::new(line), reader.span);
    let batches = queries.chunks(BATCH).map(|batch| {
        let (clients, line, batch) = (Arc::clone(&clients), Arc::clone(&line), batch.to_vec());
        async move {
            let result = whole(&clients, &line, &batch, span).await;
            (batch, result)
        }
    });
    tasks::each(AT_A_TIME, batches, |(batch, result)| {
        let mut series = result.map(Vec::into_iter);
        for query in &batch {
            let answer = match &mut series {
                Ok(series) => series
                    .next()
                    .unwrap_or_else(|| Err("no answer from CloudWatch".to_owned())),
                Err(error) => Err(error.to_string()),
            };
            found(query, answer);
        }
    })
    .await;
}

/// The series of a batch, in the order of its queries.
type BatchResult = Result<Vec<Result<Series, String>>, CallError>;

/// Asks for a batch. Some servers cannot compute percentiles and fail the whole call: then it is asked without.
async fn whole(clients: &Clients, line: &Line, batch: &[Query], span: Span) -> BatchResult {
    let numbered = batch.iter().enumerate();
    let requests: Vec<MetricDataQuery> = numbered
        .map(|(at, query)| request(at, query, span))
        .collect();
    match fetch(clients, line, requests.clone(), batch.len(), span).await {
        Err(error) if error.is_servers() && !matches!(error, CallError::Unreachable { .. }) => {
            let kept = requests
                .into_iter()
                .zip(batch)
                .filter(|(_, query)| query.ask != Ask::P99);
            let kept: Vec<MetricDataQuery> = kept.map(|(request, _)| request).collect();
            if kept.len() == batch.len() {
                return Err(error);
            }
            let mut series = fetch(clients, line, kept, batch.len(), span)
                .await
                .map_err(|_| error)?;
            for (slot, query) in series.iter_mut().zip(batch) {
                if query.ask == Ask::P99 {
                    *slot = Err("CloudWatch gave no percentile".to_owned());
                }
            }
            Ok(series)
        }
        result => result,
    }
}

/// Makes the calls of a batch, page by page. `size` is the number of series to give back.
async fn fetch(
    clients: &Clients,
    line: &Line,
    requests: Vec<MetricDataQuery>,
    size: usize,
    span: Span,
) -> BatchResult {
    let mut series: Vec<Result<Series, String>> =
        (0..size).map(|_| Ok(Series::default())).collect();
    let mut pages = Pages::default();
    loop {
        let send = || {
            let request = clients
                .cloudwatch()
                .get_metric_data()
                .set_metric_data_queries(Some(requests.clone()));
            let request = request
                .start_time(date(span.window.start))
                .end_time(date(span.window.end));
            request.set_next_token(pages.token()).send()
        };
        let answer = call(line, send).await?;
        for result in answer.metric_data_results.unwrap_or_default() {
            let Some(slot) = result
                .id
                .as_deref()
                .and_then(number)
                .and_then(|at| series.get_mut(at))
            else {
                continue;
            };
            match result.status_code {
                Some(status @ (StatusCode::InternalError | StatusCode::Forbidden)) => {
                    *slot = Err(format!("{} on {}", status.as_str(), line.action));
                }
                _ => {
                    if let Ok(series) = slot {
                        let values = result.values.unwrap_or_default();
                        series.extend(result.timestamps.unwrap_or_default().iter().zip(values));
                    }
                }
            }
        }
        if !pages.advance(line, answer.next_token.as_deref())? {
            return Ok(series);
        }
    }
}

/// The place in the batch that an id stands for.
fn number(id: &str) -> Option<usize> {
    id.strip_prefix('q')?.parse().ok()
}

/// One query, by its place in the batch. Without a unit: another one than was published brings no data.
fn request(at: usize, query: &Query, span: Span) -> MetricDataQuery {
    let (name, statistic) = query.ask.metric();
    let metric = Metric::builder()
        .namespace(NAMESPACE)
        .metric_name(name)
        .set_dimensions(Some(dimensions(query)));
    let stat = MetricStat::builder()
        .metric(metric.build())
        .period(query.period(span))
        .stat(statistic);
    MetricDataQuery::builder()
        .id(format!("q{at}"))
        .metric_stat(stat.build())
        .build()
}

/// Whose number it is.
pub(super) fn dimensions(query: &Query) -> Vec<Dimension> {
    let dimension = |name: &str, value: &str| Dimension::builder().name(name).value(value).build();
    let machine = query
        .arn
        .as_deref()
        .map(|arn| dimension("StateMachineArn", arn));
    let service =
        (query.ask == Ask::Transitions).then(|| dimension("ServiceMetric", "StateTransition"));
    machine.into_iter().chain(service).collect()
}
