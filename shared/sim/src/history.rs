//! What an execution leaves behind.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use crate::way::Lane;

/// One event of the history, in AWS's types and order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// `id`, from 1.
    pub id: u64,
    /// `previousEventId`
    pub previous: u64,
    /// `type`: `TaskStateEntered`, …
    pub kind: &'static str,
    /// Name of the state, for `…StateEntered`, `…StateExited`, iterations of a Map and `EvaluationFailed`.
    pub state: Option<Arc<str>>,
    /// Name of the error, for what failed or timed out.
    pub error: Option<Arc<str>>,
    /// What is said of the error.
    pub cause: Option<Arc<str>>,
    /// The input or output that the event carries, as JSON; none where it carries none or it was left out.
    pub payload: Option<Arc<str>>,
    /// What else the event tells.
    pub detail: Detail,
    /// Virtual milliseconds since the execution was started.
    pub at_ms: u64,
}

/// What only some events tell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Detail {
    /// Nothing more.
    #[default]
    Nothing,
    /// What a Task calls.
    Call {
        /// `Resource`, as written.
        resource: Arc<str>,
        /// `TimeoutSeconds`, where it says so.
        timeout_seconds: Option<u64>,
        /// `HeartbeatSeconds`, where it says so.
        heartbeat_seconds: Option<u64>,
    },
    /// How many items a Map goes over.
    Length(u64),
    /// Which iteration of a Map, from 0.
    Iteration(u64),
    /// ARN of a Map Run.
    MapRun(Arc<str>),
    /// The field whose expression failed.
    Location(Arc<str>),
    /// Variables that were assigned, each as JSON.
    Assigned(Arc<BTreeMap<String, Arc<str>>>),
}

/// How an execution ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It came to an end.
    Succeeded,
    /// It ended with an error.
    Failed,
    /// It took longer than `TimeoutSeconds` of the machine, or than its type may.
    TimedOut,
    /// It was stopped by a limit of the simulation.
    Stopped,
}

impl Status {
    /// As the API writes it; `STOPPED` is ours.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Succeeded => "SUCCEEDED",
            Self::Failed => "FAILED",
            Self::TimedOut => "TIMED_OUT",
            Self::Stopped => "STOPPED",
        }
    }
}

/// What one execution did.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// How it ended.
    pub status: Status,
    /// The output, where it succeeded.
    pub output: Option<Value>,
    /// The error, where it did not.
    pub error: Option<String>,
    /// What AWS says of the error.
    pub cause: Option<String>,
    /// The history.
    pub events: Vec<Event>,
    /// Payloads that the events do not carry because they would be more bytes than [`crate::Limits::payload_bytes`].
    pub payloads_left_out: u64,
    /// Billed transitions: states entered and retries, and the children of Distributed Maps with theirs where they are Standard.
    pub transitions: u64,
    /// Retries among the transitions of the history.
    pub retries: u64,
    /// Child executions of Distributed Maps.
    pub children: u64,
    /// Virtual milliseconds from start to end.
    pub virtual_ms: u64,
    /// Steps that the evaluation of its JSONata expressions took.
    pub work: u64,
    /// The state that failed, or in which it stopped, or that was to be entered then; none where it succeeded.
    pub ended_in: Option<Arc<str>>,
    /// The way that it went: what the history says, and what is lost in it.
    pub way: Lane,
}

impl Outcome {
    /// Names of the states in the order in which they were entered.
    pub fn entered(&self) -> impl Iterator<Item = &str> {
        self.events
            .iter()
            .filter(|event| event.kind.ends_with("StateEntered"))
            .filter_map(|event| event.state.as_deref())
    }
}
