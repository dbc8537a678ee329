//! What an execution leaves behind.

use serde_json::Value;

/// One event of the history, in AWS's types and order, without its payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// `id`, from 1.
    pub id: u64,
    /// `previousEventId`
    pub previous: u64,
    /// `type`: `TaskStateEntered`, …
    pub kind: &'static str,
    /// Name of the state, for `…StateEntered` and `…StateExited`.
    pub state: Option<String>,
    /// Name of the error, for what failed or timed out.
    pub error: Option<String>,
    /// Virtual milliseconds since the execution was started.
    pub at_ms: u64,
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
    /// Billed transitions: states entered and retries, and the children of Distributed Maps with theirs where they are Standard.
    pub transitions: u64,
    /// Retries among the transitions of the history.
    pub retries: u64,
    /// Child executions of Distributed Maps.
    pub children: u64,
    /// Virtual milliseconds from start to end.
    pub virtual_ms: u64,
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
