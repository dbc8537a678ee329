//! From requirements to decisions, each with what it was decided on and what would flip it; or to a better way.

mod choose;
pub(crate) mod estimate;
mod integration;
pub(crate) mod map;
pub(crate) mod operations;
pub(crate) mod workflow;

pub(crate) use choose::counted;
pub use choose::decide;

use std::collections::BTreeMap;

use crate::refuse::Refusal;
use crate::requirements::{Duration, QueryLanguage, Requirements, Size};

/// What becomes of requirements.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// A workflow is designed.
    Designed(Decisions),
    /// Its work belongs elsewhere; what is designed only starts it, waits for it and handles its end.
    Redirected(Refusal, Decisions),
    /// A workflow is not what serves here.
    Refused(Refusal),
}

impl Verdict {
    /// What was decided, where something is designed.
    pub fn decisions(&self) -> Option<&Decisions> {
        match self {
            Self::Designed(decisions) | Self::Redirected(_, decisions) => Some(decisions),
            Self::Refused(_) => None,
        }
    }

    /// Why not, and what instead.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused(refusal) | Self::Redirected(refusal, _) => Some(refusal),
            Self::Designed(_) => None,
        }
    }
}

/// All that is decided before a machine is composed.
#[derive(Clone, Debug, PartialEq)]
pub struct Decisions {
    /// Standard, Express, or both.
    pub workflow: Workflow,
    /// Language of the definition.
    pub query_language: QueryLanguage,
    /// `TimeoutSeconds` of the whole, at least what its steps may take.
    pub timeout: Duration,
    /// How the same event is kept from having its effect twice.
    pub duplicates: Duplicates,
    /// The input is put into S3 by the sender, who sends where it is: its size.
    pub claim_check: Option<Size>,
    /// What is logged and traced.
    pub logging: Logging,
    /// What is decided of every step, also those inside of others, by its id.
    pub steps: BTreeMap<String, StepDecision>,
    /// The decisions for people, in the order in which they were made.
    pub list: Vec<Decision>,
    /// What was taken as given because nothing was said of it, for people.
    pub assumptions: Vec<String>,
    /// Where heavy work was moved into jobs: the requirements that are composed instead of those asked for.
    pub moved: Option<Box<Requirements>>,
}

/// Type of the workflow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Workflow {
    /// Standard.
    Standard,
    /// Express.
    Express,
    /// Standard, with these consecutive outermost steps in an Express child that it waits for
    /// (`aws-sdk:sfn:startSyncExecution`).
    Nested {
        /// Ids, in the order of the file; at least two.
        steps: Vec<String>,
    },
}

/// How the same event is kept from having its effect twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Duplicates {
    /// Nothing is done: a second execution does the same again, which the steps allow, or nobody cares.
    Allowed,
    /// The key is the name of the execution: AWS refuses a second one of that name for 90 days.
    ExecutionName {
        /// The key in the input, as said in the requirements.
        key: String,
    },
    /// The first state writes the key into a table and ends where it is there.
    Table {
        /// The key in the input, as said in the requirements.
        key: String,
    },
}

/// What is logged and traced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Logging {
    /// Which events.
    pub level: LogLevel,
    /// Whether with inputs and outputs.
    pub data: bool,
    /// Whether X-Ray traces.
    pub tracing: bool,
}

/// Level of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogLevel {
    /// `OFF`
    Off,
    /// `ERROR`
    Error,
    /// `ALL`
    All,
}

/// What is decided of one step.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StepDecision {
    /// How what it does is called; for an approval how people are asked.
    pub call: Option<CallDecision>,
    /// How what takes it back is called.
    pub undo: Option<CallDecision>,
    /// `TimeoutSeconds`: as said, or at least twice as long as it takes. None for steps that call nothing.
    pub timeout: Option<Duration>,
    /// `HeartbeatSeconds`.
    pub heartbeat: Option<Duration>,
    /// Why it may be done twice.
    pub repeatable: Repeatable,
    /// For `each`.
    pub map: Option<MapDecision>,
    /// Its result is put into S3, and only where it is goes through the workflow: its size.
    pub claim_check: Option<Size>,
    /// Whether a circuit breaker stands before it, as the requirements say.
    pub breaker: bool,
    /// What keeps too many from doing it at a time.
    pub limiter: Option<Limiter>,
}

/// How something is called.
#[derive(Clone, Debug, PartialEq)]
pub struct CallDecision {
    /// Which kind of integration.
    pub integration: Integration,
    /// `Resource` of the Task, with the pattern's suffix: `arn:aws:states:::lambda:invoke.waitForTaskToken`. Empty for an
    /// activity, whose ARN is the resource itself.
    pub resource: String,
    /// What it waits for.
    pub pattern: Pattern,
}

/// Kinds of integrations, the best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Integration {
    /// Made for Step Functions; `lambda:invoke` too.
    Optimized,
    /// An API of AWS as it is.
    Sdk,
    /// An HTTPS endpoint through an EventBridge connection.
    Http,
    /// A worker that asks for work.
    Activity,
}

/// What a call waits for.
#[derive(Clone, Debug, PartialEq)]
pub enum Pattern {
    /// The answer.
    Response,
    /// The end of the job: `.sync`, or `.sync:2` where there is that.
    Sync,
    /// Somebody returns the token.
    Callback,
    /// The job is asked for its state until it has ended.
    Poll(Polling),
}

/// How a job is asked for its state.
#[derive(Clone, Debug, PartialEq)]
pub struct Polling {
    /// The call that asks: `arn:aws:states:::aws-sdk:transcribe:getTranscriptionJob`. None where the step's own call is repeated.
    pub resource: Option<String>,
    /// Parameters of that call, each with the path of its value in the result of the step's own call:
    /// `TranscriptionJobName`, `TranscriptionJob.TranscriptionJobName`.
    pub arguments: Vec<(String, String)>,
    /// Parameters of that call with values that are always the same: `MaxResults`, 1.
    pub fixed: Vec<(String, serde_json::Value)>,
    /// When it is done.
    pub until: Until,
    /// First wait.
    pub every: Duration,
    /// Waits double up to this.
    pub longest: Duration,
    /// How long at most.
    pub at_most: Duration,
    /// Polls until then, at most.
    pub polls: u64,
}

/// When polling ends.
#[derive(Clone, Debug, PartialEq)]
pub enum Until {
    /// A condition of the requirements file, on the answer.
    Condition(String),
    /// A field of the answer has one of some values.
    Status {
        /// `TranscriptionJob.TranscriptionJobStatus`
        path: String,
        /// `COMPLETED`
        done: Vec<String>,
        /// `FAILED`
        failed: Vec<String>,
    },
}

/// Why a step may be done twice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Repeatable {
    /// It may not: never tried again when its outcome is unknown.
    #[default]
    No,
    /// The requirements say so.
    Said,
    /// It only reads.
    Reads,
    /// This parameter of its call makes the second one the same as the first: `ClientToken`, `Name`.
    Token(String),
    /// A condition makes the second write fail, which counts as done.
    Condition,
}

impl Repeatable {
    /// Whether it may be done twice.
    pub fn is_so(&self) -> bool {
        *self != Self::No
    }
}

/// How `each` is done.
#[derive(Clone, Debug, PartialEq)]
pub enum MapDecision {
    /// In the same execution.
    Inline {
        /// How many at a time; at most 40.
        concurrency: u32,
    },
    /// Every batch in an execution of its own.
    Distributed {
        /// Express or Standard children.
        child: Child,
        /// Items of one child; one without batching.
        batch: u64,
        /// How many children at a time.
        concurrency: u32,
        /// Where the items come from.
        items: Items,
        /// Of 100 items, how many may fail.
        tolerated_percentage: rust_decimal::Decimal,
    },
}

/// Children of a Distributed Map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Child {
    /// `STANDARD`
    Standard,
    /// `EXPRESS`
    Express,
}

/// Where the items of a Map come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Items {
    /// The data of the execution.
    Data,
    /// The objects under a prefix.
    S3Objects {
        /// Name of the bucket.
        bucket: String,
        /// `2026/`; may be empty.
        prefix: String,
    },
    /// The rows of one object.
    S3File {
        /// Name of the bucket.
        bucket: String,
        /// Key of the object.
        key: String,
        /// How it is read.
        kind: FileKind,
    },
}

/// What an `ItemReader` reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// `CSV`, with the names of the columns in its first row.
    Csv,
    /// `JSON`
    Json,
    /// `JSONL`
    JsonLines,
    /// `PARQUET`
    Parquet,
    /// `MANIFEST`
    Manifest,
}

/// What keeps too many from doing a step at a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Limiter {
    /// `MaxConcurrency` of the Map around it: only one execution is at work at a time.
    Map,
    /// A row in a table that executions take a place in (a semaphore).
    Table,
}

/// A decision, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// In kebab-case: `workflow-type`, `integration`.
    pub id: &'static str,
    /// What it is about: `workflow`, or the id of a step.
    pub about: String,
    /// What was chosen, in a few words.
    pub chosen: String,
    /// Why, with the numbers.
    pub because: Vec<String>,
    /// What else there is.
    pub alternatives: Vec<Alternative>,
    /// What would flip it, with the number.
    pub flips: Vec<String>,
}

/// What was not chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alternative {
    /// What it is.
    pub what: String,
    /// Why not.
    pub why_not: String,
}
