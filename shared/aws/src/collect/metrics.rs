//! `GetMetricData`: the metrics of all state machines, 500 queries in a call.

mod series;

use std::sync::Arc;

use aws_sdk_cloudwatch::types::{Dimension, Metric, MetricDataQuery, MetricStat, StatusCode};
use facts::{Metrics, WorkflowType};

use super::window::{Span, date};
use super::{Collect, Listed};
use crate::call::{Line, Pages, call};
use crate::client::Clients;
use crate::error::CallError;
use crate::{Session, tasks};

use series::{Answers, Series};

/// The most that AWS takes in a call.
const BATCH: usize = 500;
/// Calls at a time: the answers are large, and few.
const AT_A_TIME: usize = 4;
const NAMESPACE: &str = "AWS/States";

/// One number that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Ask {
    Started,
    Failed,
    TimedOut,
    Aborted,
    Throttled,
    Samples,
    Average,
    Maximum,
    P99,
    Transitions,
    BilledMs,
    BilledMemory,
}

impl Ask {
    /// Of a Standard workflow.
    const STANDARD: [Self; 10] = [
        Self::Started,
        Self::Failed,
        Self::TimedOut,
        Self::Aborted,
        Self::Throttled,
        Self::Samples,
        Self::Average,
        Self::Maximum,
        Self::P99,
        Self::Transitions,
    ];
    /// Of an Express workflow.
    const EXPRESS: [Self; 11] = [
        Self::Started,
        Self::Failed,
        Self::TimedOut,
        Self::Aborted,
        Self::Throttled,
        Self::Samples,
        Self::Average,
        Self::Maximum,
        Self::P99,
        Self::BilledMs,
        Self::BilledMemory,
    ];
    /// Of one whose type is not known.
    const EITHER: [Self; 12] = [
        Self::Started,
        Self::Failed,
        Self::TimedOut,
        Self::Aborted,
        Self::Throttled,
        Self::Samples,
        Self::Average,
        Self::Maximum,
        Self::P99,
        Self::Transitions,
        Self::BilledMs,
        Self::BilledMemory,
    ];

    fn of(kind: Option<WorkflowType>) -> &'static [Self] {
        match kind {
            Some(WorkflowType::Standard) => &Self::STANDARD,
            Some(WorkflowType::Express) => &Self::EXPRESS,
            None => &Self::EITHER,
        }
    }

    /// Metric and statistic.
    fn metric(self) -> (&'static str, &'static str) {
        match self {
            Self::Started => ("ExecutionsStarted", "Sum"),
            Self::Failed => ("ExecutionsFailed", "Sum"),
            Self::TimedOut => ("ExecutionsTimedOut", "Sum"),
            Self::Aborted => ("ExecutionsAborted", "Sum"),
            Self::Throttled => ("ExecutionThrottled", "Sum"),
            Self::Samples => ("ExecutionTime", "SampleCount"),
            Self::Average => ("ExecutionTime", "Average"),
            Self::Maximum => ("ExecutionTime", "Maximum"),
            Self::P99 => ("ExecutionTime", "p99"),
            Self::Transitions => ("ConsumedCapacity", "Sum"),
            Self::BilledMs => ("ExpressExecutionBilledDuration", "Sum"),
            Self::BilledMemory => ("ExpressExecutionBilledMemory", "Average"),
        }
    }

    /// Asked by day, and not over the whole window.
    fn by_day(self) -> bool {
        matches!(
            self,
            Self::Started | Self::Failed | Self::TimedOut | Self::Aborted | Self::Throttled
        )
    }

    /// Without it, the others still say something.
    fn can_miss(self) -> bool {
        matches!(
            self,
            Self::P99 | Self::Transitions | Self::BilledMs | Self::BilledMemory
        )
    }
}

/// One query: which number of which state machine.
#[derive(Clone, Copy, Debug)]
struct Query {
    machine: usize,
    ask: Ask,
}

/// CloudWatch drops the metrics of state machines whose name is not ASCII: no data then means nothing.
const NOT_ASCII: &str = "CloudWatch records no metrics of a state machine whose name is not ASCII";

/// The queries for all state machines, those of one machine side by side.
fn plan(machines: &[Listed]) -> Vec<Query> {
    let of = |(machine, listed): (usize, &Listed)| {
        Ask::of(listed.kind)
            .iter()
            .map(move |ask| Query { machine, ask: *ask })
    };
    let measured = machines
        .iter()
        .enumerate()
        .filter(|(_, listed)| listed.name.is_ascii());
    measured.flat_map(of).collect()
}

/// The metrics of all `machines`, in their order; why not, where that is so.
pub(super) async fn all(
    session: &Session,
    region: &str,
    machines: &[Listed],
    how: &Collect,
    span: Span,
) -> Vec<Result<Metrics, String>> {
    let clients = session.clients(region);
    let line = Arc::new(session.line(region, "cloudwatch:GetMetricData", how.pace));
    let queries = plan(machines);
    let batches = queries.chunks(BATCH).map(|batch| {
        let (clients, line, batch) = (Arc::clone(&clients), Arc::clone(&line), batch.to_vec());
        let numbered = batch.iter().enumerate();
        let requests = numbered
            .map(|(at, query)| request(at, machines, *query, span))
            .collect::<Vec<_>>();
        async move {
            let result = ask(&clients, &line, &batch, requests, span).await;
            (batch, result)
        }
    });
    let mut answers: Vec<Answers> = machines.iter().map(|_| Answers::default()).collect();
    tasks::each(AT_A_TIME, batches, |(batch, result)| {
        let mut series = result.map(Vec::into_iter);
        for query in batch {
            let found = match &mut series {
                Ok(series) => series
                    .next()
                    .unwrap_or_else(|| Err("no answer from CloudWatch".to_owned())),
                Err(error) => Err(error.to_string()),
            };
            if let Some(slot) = answers.get_mut(query.machine) {
                slot.insert(query.ask, found);
            }
        }
    })
    .await;
    answers
        .into_iter()
        .zip(machines)
        .map(|(answers, listed)| {
            if listed.name.is_ascii() {
                answers.metrics(listed.kind, span)
            } else {
                Err(NOT_ASCII.to_owned())
            }
        })
        .collect()
}

/// The series of a batch, in the order of its queries.
type BatchResult = Result<Vec<Result<Series, String>>, CallError>;

/// Asks for a batch. Some servers cannot compute percentiles and fail the whole call: then it is asked without.
async fn ask(
    clients: &Clients,
    line: &Line,
    batch: &[Query],
    requests: Vec<MetricDataQuery>,
    span: Span,
) -> BatchResult {
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
fn request(at: usize, machines: &[Listed], query: Query, span: Span) -> MetricDataQuery {
    let (name, statistic) = query.ask.metric();
    let arn = machines
        .get(query.machine)
        .map_or("", |listed| listed.arn.as_str());
    let dimension = |name: &str, value: &str| Dimension::builder().name(name).value(value).build();
    let mut metric = Metric::builder()
        .namespace(NAMESPACE)
        .metric_name(name)
        .dimensions(dimension("StateMachineArn", arn));
    if query.ask == Ask::Transitions {
        metric = metric.dimensions(dimension("ServiceMetric", "StateTransition"));
    }
    let period = if query.ask.by_day() {
        span.day
    } else {
        span.whole
    };
    let stat = MetricStat::builder()
        .metric(metric.build())
        .period(period)
        .stat(statistic);
    MetricDataQuery::builder()
        .id(format!("q{at}"))
        .metric_stat(stat.build())
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(kind: Option<WorkflowType>) -> Listed {
        Listed {
            arn: "arn".to_owned(),
            name: "name".to_owned(),
            kind,
            created: None,
        }
    }

    #[test]
    fn queries_are_packed_across_state_machines() {
        let machines: Vec<Listed> = (0..300)
            .map(|_| listed(Some(WorkflowType::Standard)))
            .collect();
        let queries = plan(&machines);
        let sizes: Vec<usize> = queries.chunks(BATCH).map(<[Query]>::len).collect();
        assert_eq!(sizes, [500; 6]);
        assert_eq!(
            queries.last().map(|query| (query.machine, query.ask)),
            Some((299, Ask::Transitions))
        );
        let one = |kind| plan(&[listed(kind)]).len();
        assert_eq!(one(Some(WorkflowType::Express)), 11);
        assert_eq!(one(None), 12, "both, where the type is not known");
        assert!(plan(&[]).is_empty());
        let name = "zürich".to_owned();
        assert!(
            plan(&[Listed {
                name,
                ..listed(None)
            }])
            .is_empty(),
            "{NOT_ASCII}"
        );
    }
}
