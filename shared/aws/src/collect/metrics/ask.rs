//! The numbers that CloudWatch is asked for.

use facts::WorkflowType;

/// One number that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Ask {
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
    /// Of a whole Region.
    pub(super) const REGION: [Self; 3] = [Self::Started, Self::Transitions, Self::BilledMs];
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
    pub(super) const EITHER: [Self; 12] = [
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

    pub(super) fn of(kind: Option<WorkflowType>) -> &'static [Self] {
        match kind {
            Some(WorkflowType::Standard) => &Self::STANDARD,
            Some(WorkflowType::Express) => &Self::EXPRESS,
            None => &Self::EITHER,
        }
    }

    /// Asked of every state machine: what tells whether there is more to ask for.
    ///
    /// One that starts nothing may still end something (`ExecutionTime`), or run on since before the window (transitions, where
    /// an execution may last a year).
    pub(super) fn tells_activity(self) -> bool {
        matches!(self, Self::Started | Self::Samples | Self::Transitions)
    }

    /// Metric and statistic.
    pub(super) fn metric(self) -> (&'static str, &'static str) {
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
    pub(super) fn by_day(self) -> bool {
        matches!(
            self,
            Self::Started | Self::Failed | Self::TimedOut | Self::Aborted | Self::Throttled
        )
    }

    /// Without it, the others still say something.
    pub(super) fn can_miss(self) -> bool {
        matches!(
            self,
            Self::P99 | Self::Transitions | Self::BilledMs | Self::BilledMemory
        )
    }
}
