//! One state machine.

use std::collections::BTreeMap;

use asl::{Definition, Format};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Alarm, ExecutionSample, LogUse, Metrics};

/// Something that is known, or the reason why it is not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fact<T> {
    /// Read from the account or from a file.
    Known(T),
    /// Not to be had.
    Unknown {
        /// Why: `AccessDenied on cloudwatch:GetMetricData`, `only the definition file was read`.
        why: String,
    },
}

impl<T> Fact<T> {
    /// Unknown, for that reason.
    pub fn unknown(why: impl Into<String>) -> Self {
        Self::Unknown { why: why.into() }
    }

    /// The value, where it is known.
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Unknown { .. } => None,
        }
    }

    /// The value, or the reason why it is not known.
    pub fn get(&self) -> Result<&T, &str> {
        match self {
            Self::Known(value) => Ok(value),
            Self::Unknown { why } => Err(why),
        }
    }
}

impl<T> Default for Fact<T> {
    fn default() -> Self {
        Self::unknown("not collected")
    }
}

/// Standard or Express; it cannot be changed once a state machine exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum WorkflowType {
    /// Billed by state transition, runs up to a year, exactly once.
    Standard,
    /// Billed by request, duration and memory, runs up to five minutes.
    Express,
}

/// How much of an execution is logged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum LogLevel {
    /// Nothing.
    #[default]
    Off,
    /// Only how executions end badly.
    Fatal,
    /// Errors of states too.
    Error,
    /// Every event.
    All,
}

/// Logging to CloudWatch Logs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Logging {
    /// The level.
    pub level: LogLevel,
    /// True where inputs and outputs are logged as well.
    pub include_execution_data: bool,
    /// ARNs of the log groups.
    pub destinations: Vec<String>,
}

/// How definition and history are encrypted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Encryption {
    /// With a key that AWS owns.
    AwsOwned,
    /// With the customer's KMS key.
    CustomerManaged {
        /// Id or ARN of the key.
        key: String,
    },
}

/// A state of another state machine that starts this one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Caller {
    /// Name of the state machine that has the state.
    pub machine: String,
    /// Name of the Task.
    pub state: String,
    /// True where the Task waits for the end (`.sync`), which an Express workflow does not offer.
    pub waits: bool,
}

/// An EventBridge rule that listens to the execution status events of this state machine.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct EventRule {
    /// Its name.
    pub name: String,
    /// True where the pattern names this state machine, false where it listens to all of them.
    pub names_machine: bool,
}

/// Facts that take calls of their own and are asked for only where a finding gains by them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Deeper {
    /// [`MachineFacts::executions`]: some tens of calls for each state machine.
    pub executions: bool,
    /// [`MachineFacts::event_rules`]: some calls for each Region.
    pub event_rules: bool,
}

impl Deeper {
    /// True where anything is asked for.
    pub fn any(self) -> bool {
        self.executions || self.event_rules
    }
}

impl std::ops::BitOrAssign for Deeper {
    fn bitor_assign(&mut self, other: Self) {
        self.executions |= other.executions;
        self.event_rules |= other.event_rules;
    }
}

/// All that is known of one state machine.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MachineFacts {
    /// Its ARN; empty for a definition that was read from a file.
    pub arn: String,
    /// Its name, or the file's.
    pub name: String,
    /// Account id; empty where it does not matter.
    pub account: String,
    /// Region; empty where it does not matter.
    pub region: String,
    /// The text of the definition.
    pub definition: Fact<String>,
    /// Path of the file that the definition was read from, as the user wrote it.
    pub file: Option<String>,
    /// Standard or Express.
    pub workflow_type: Fact<WorkflowType>,
    /// When it was created.
    pub created: Fact<Timestamp>,
    /// The revision of definition and role that was read.
    pub revision: Fact<String>,
    /// The role that executions assume.
    pub role: Fact<String>,
    /// Logging.
    pub logging: Fact<Logging>,
    /// True where X-Ray traces are taken.
    pub tracing: Fact<bool>,
    /// Encryption at rest.
    pub encryption: Fact<Encryption>,
    /// Tags.
    pub tags: Fact<BTreeMap<String, String>>,
    /// CloudWatch metrics over the observation window.
    pub metrics: Fact<Metrics>,
    /// Alarms that watch it: its own, those over all state machines, and composite alarms of these.
    pub alarms: Fact<Vec<Alarm>>,
    /// EventBridge rules that listen to its execution status events.
    pub event_rules: Fact<Vec<EventRule>>,
    /// States of other state machines that start it.
    pub callers: Fact<Vec<Caller>>,
    /// What sampled execution histories say.
    pub executions: Fact<ExecutionSample>,
    /// What its log group takes in and keeps; none where nothing is logged.
    pub logs: Fact<Option<LogUse>>,
}

impl MachineFacts {
    /// When it began to run, where that is within the window of its metrics; none where it was there all along.
    ///
    /// That is when it was created, unless there are executions on days before: then it took the place of an earlier one
    /// of the same name, whose metrics are its own.
    pub fn began(&self, metrics: &Metrics) -> Option<Timestamp> {
        let created = *self.created.known()?;
        let earlier = metrics.started.by_day.iter().any(|(day, count)| {
            *count > 0 && day.as_second().saturating_add(86_400) <= created.as_second()
        });
        (created > metrics.window.start && !earlier).then_some(created)
    }

    /// Its definition, read; none where the text is not known. A file may be YAML, AWS keeps JSON.
    pub fn parse(&self) -> Option<Definition> {
        let text = self.definition.known()?;
        let format = match &self.file {
            Some(path) => Format::guess(path, text.as_bytes()),
            None => Format::Json,
        };
        Some(Definition::parse(text.as_bytes(), format))
    }

    /// A definition file, of which nothing else is known.
    pub fn from_file(path: &str, name: &str, definition: String) -> Self {
        let why = || "only the definition file was read".to_owned();
        Self {
            name: name.to_owned(),
            file: Some(path.to_owned()),
            definition: Fact::Known(definition),
            workflow_type: Fact::unknown(why()),
            created: Fact::unknown(why()),
            revision: Fact::unknown(why()),
            role: Fact::unknown(why()),
            logging: Fact::unknown(why()),
            tracing: Fact::unknown(why()),
            encryption: Fact::unknown(why()),
            tags: Fact::unknown(why()),
            metrics: Fact::unknown(why()),
            alarms: Fact::unknown(why()),
            event_rules: Fact::unknown(why()),
            callers: Fact::unknown(why()),
            executions: Fact::unknown(why()),
            logs: Fact::unknown(why()),
            ..Self::default()
        }
    }
}
