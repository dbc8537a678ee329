//! Why a state fails, and who may see it.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::history::Status;

/// What handlers may call a missed heartbeat.
pub(crate) const HEARTBEAT: &str = "States.HeartbeatTimeout";
pub(crate) const QUERY_FAILED: &str = "States.QueryEvaluationError";

/// Why a state fails.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Failure {
    pub(crate) error: String,
    pub(crate) cause: String,
    /// No retrier and no catcher of the state sees it.
    pub(crate) is_fatal: bool,
    /// The simulation is over: a limit of ours, or the time of the machine.
    pub(crate) ends: Option<Status>,
    /// Its cause names the state already, or comes from elsewhere.
    pub(crate) is_told: bool,
    /// A callback that gave neither: `null`, and not an empty text.
    pub(crate) nameless: (bool, bool),
    /// The field whose expression failed.
    pub(crate) location: Option<String>,
    /// What is beside it has failed before that: it did not happen.
    pub(crate) is_cut: bool,
    /// What handlers may call it besides.
    pub(crate) also: Option<&'static str>,
    /// The state that failed, or was to be entered.
    pub(crate) state: Option<Arc<str>>,
}

impl Failure {
    pub(crate) fn new(error: impl Into<String>, cause: impl Into<String>) -> Self {
        Self {
            error: error.into(),
            cause: cause.into(),
            is_fatal: false,
            ends: None,
            is_told: true,
            nameless: (false, false),
            location: None,
            is_cut: false,
            also: None,
            state: None,
        }
    }

    /// What a service or a callback says.
    pub(crate) fn thrown(error: Option<String>, cause: Option<String>) -> Self {
        Self {
            nameless: (error.is_none(), cause.is_none()),
            ..Self::new(error.unwrap_or_default(), cause.unwrap_or_default())
        }
    }

    /// What a catcher sees.
    pub(crate) fn output(&self) -> Value {
        let text = |text: &str, is_none: bool| if is_none { Value::Null } else { text.into() };
        json!({
            "Error": text(&self.error, self.nameless.0),
            "Cause": text(&self.cause, self.nameless.1),
        })
    }

    /// `States.Runtime`, to be told with the name of the state.
    pub(crate) fn runtime(cause: impl Into<String>) -> Self {
        Self {
            is_told: false,
            ..Self::new("States.Runtime", cause)
        }
    }

    /// `States.QueryEvaluationError`, to be told with the name of the state.
    pub(crate) fn query(cause: impl Into<String>) -> Self {
        Self {
            is_told: false,
            ..Self::new(QUERY_FAILED, cause)
        }
    }

    /// In the expression of this field.
    pub(crate) fn at(self, field: &str) -> Self {
        Self {
            location: Some(field.to_owned()),
            ..self
        }
    }

    pub(crate) fn fatal(self) -> Self {
        Self {
            is_fatal: true,
            ..self
        }
    }

    /// Nothing says what a call is answered: the simulation cannot go on.
    pub(crate) fn unanswered(state: &str, resource: &str) -> Self {
        Self::stopped(format!(
            "nothing says what `{state}` is answered ({resource})"
        ))
    }

    /// Of a scope inside of a Parallel or Map: the state around it may retry and catch it.
    pub(crate) fn inner(self) -> Self {
        Self {
            is_fatal: false,
            ..self
        }
    }

    /// Something beside it has failed before that.
    pub(crate) fn cut() -> Self {
        Self {
            is_fatal: true,
            is_cut: true,
            ..Self::new("Simulation.Cut", "")
        }
    }

    /// Nothing in the history tells of what it cuts: `States.Runtime`, and the end of the time of the machine.
    ///
    /// Source: measured on AWS by floci, its tests of Parallel states and Maps that are cut.
    pub(crate) fn is_quiet(&self) -> bool {
        self.error == "States.Runtime" || self.ends.is_some() || self.is_cut
    }

    /// The time of an execution is over.
    pub(crate) fn timed_out() -> Self {
        Self {
            is_fatal: true,
            ends: Some(Status::TimedOut),
            ..Self::thrown(Some("States.Timeout".to_owned()), None)
        }
    }

    pub(crate) fn stopped(cause: String) -> Self {
        Self {
            is_fatal: true,
            ends: Some(Status::Stopped),
            ..Self::new("Simulation.Stopped", cause)
        }
    }

    /// True where one of these names stands for it.
    pub(crate) fn matches<'n>(&self, mut errors: impl Iterator<Item = &'n str>) -> bool {
        errors.any(|name| match name {
            "States.ALL" => self.error != "States.Runtime",
            // Source: Developer Guide, handling errors: any known error name but `States.Timeout`; read 2026-11-23.
            "States.TaskFailed" => !matches!(
                self.error.as_str(),
                "" | "States.Timeout" | HEARTBEAT | "States.Runtime"
            ),
            "States.Timeout" => self.error == name || self.error == HEARTBEAT,
            // A missed heartbeat was recorded as `States.Timeout` (localstack, test_heartbeat_timeout); the Developer Guide has
            // the other name for Catch and Retry alone: handling errors, read 2026-11-23.
            name => self.error == name || self.also == Some(name),
        })
    }
}

impl Failure {
    /// With the state that it happened in, where AWS names it.
    pub(crate) fn told(self, state: &str, entry: u64) -> Self {
        if self.is_told {
            return self;
        }
        Self {
            cause: format!(
                "An error occurred while executing the state '{state}' (entered at the event id #{entry}). {}",
                self.cause
            ),
            is_told: true,
            ..self
        }
    }
}
