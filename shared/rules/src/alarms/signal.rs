//! The metrics that say that executions went wrong.

use facts::{Count, Metrics};

/// One kind of trouble, and the metric that counts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Signal {
    Failed,
    TimedOut,
    Aborted,
    Throttled,
}

impl Signal {
    /// Worst first.
    pub(crate) const ALL: [Self; 4] =
        [Self::Failed, Self::TimedOut, Self::Aborted, Self::Throttled];

    pub(crate) fn metric(self) -> &'static str {
        match self {
            Self::Failed => "ExecutionsFailed",
            Self::TimedOut => "ExecutionsTimedOut",
            Self::Aborted => "ExecutionsAborted",
            Self::Throttled => "ExecutionThrottled",
        }
    }

    /// The signal of a metric.
    pub(crate) fn of(metric: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|signal| signal.metric() == metric)
    }

    pub(crate) fn count(self, metrics: &Metrics) -> &Count {
        match self {
            Self::Failed => &metrics.failed,
            Self::TimedOut => &metrics.timed_out,
            Self::Aborted => &metrics.aborted,
            Self::Throttled => &metrics.throttled,
        }
    }

    /// `failed`, as in `failed executions`.
    pub(crate) fn adjective(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::TimedOut => "timed-out",
            Self::Aborted => "aborted",
            Self::Throttled => "throttled",
        }
    }
}

/// What counts the executions that ended well; fewer of them mean more that did not.
pub(crate) const SUCCEEDED: &str = "ExecutionsSucceeded";

/// The metrics of `AWS/States` with a name that one could mean by another (Step Functions developer guide, "Metrics that
/// Step Functions provides", October 2026).
const METRICS: [&str; 33] = [
    "ActivitiesFailed",
    "ActivitiesHeartbeatTimedOut",
    "ActivitiesScheduled",
    "ActivitiesStarted",
    "ActivitiesSucceeded",
    "ActivitiesTimedOut",
    "ExecutionThrottled",
    "ExecutionTime",
    "ExecutionsAborted",
    "ExecutionsFailed",
    "ExecutionsRedriven",
    "ExecutionsStarted",
    "ExecutionsSucceeded",
    "ExecutionsTimedOut",
    "ExpressExecutionBilledDuration",
    "ExpressExecutionBilledMemory",
    "ExpressExecutionMemory",
    "LambdaFunctionTime",
    "LambdaFunctionsFailed",
    "LambdaFunctionsScheduled",
    "LambdaFunctionsStarted",
    "LambdaFunctionsSucceeded",
    "LambdaFunctionsTimedOut",
    "OpenExecutionCount",
    "RedrivenExecutionsAborted",
    "RedrivenExecutionsFailed",
    "RedrivenExecutionsSucceeded",
    "RedrivenExecutionsTimedOut",
    "ServiceIntegrationsFailed",
    "ServiceIntegrationsScheduled",
    "ServiceIntegrationsSucceeded",
    "ServiceIntegrationsTimedOut",
    "ThrottledEvents",
];

/// The metric that was meant by a name that no metric has, where it was one about executions that went wrong.
pub(crate) fn meant(name: &str) -> Option<Signal> {
    if METRICS.contains(&name) {
        return None;
    }
    let nearest = asl::nearest(name, METRICS).and_then(Signal::of);
    nearest.or_else(|| by_word(&name.to_ascii_lowercase()))
}

/// Names that are turned around: `FailedExecutions`.
fn by_word(name: &str) -> Option<Signal> {
    if !name.contains("execution") {
        return None;
    }
    let words = [
        ("fail", Signal::Failed),
        ("error", Signal::Failed),
        ("timeout", Signal::TimedOut),
        ("timedout", Signal::TimedOut),
        ("abort", Signal::Aborted),
        ("throttl", Signal::Throttled),
    ];
    words
        .iter()
        .find(|(word, _)| name.contains(word))
        .map(|(_, signal)| *signal)
}
