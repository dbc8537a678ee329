//! What a rule may know of one state machine, as plain data, and the account file that holds many.
//!
//! Every fact is [`Fact::Known`] or [`Fact::Unknown`] with the reason, so that a missing permission or an empty window
//! is said and never guessed. Nothing in here carries what an execution carries: no input, no output, no cause.

mod account;
mod alarm;
mod arn;
mod history;
mod link;
mod machine;
mod metrics;
mod watch;

pub use account::{AccountFacts, FactsError, NotRead, SCHEMA_VERSION};
pub use alarm::{Alarm, AlarmKind, AlarmQuery, MetricRef, MetricSource, TreatMissing};
pub use arn::MachineArn;
pub use history::{
    Execution, ExecutionSample, ExecutionStatus, Flaw, HistoryError, HistoryEvent, HistoryProfile,
    MapChildren, RecordedHistory, SampleSource, StateUse, Stratum, profile,
};
pub use link::link_callers;
pub use machine::{
    Caller, Deeper, Encryption, EventRule, Fact, LogLevel, Logging, MachineFacts, WorkflowType,
};
pub use metrics::{Count, DurationStats, ExpressBilling, LogUse, Metrics, RegionTotals, Window};
pub use watch::{AlarmIndex, watching};

#[cfg(test)]
mod tests;
