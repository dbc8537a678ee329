//! What a workflow has to do, as it is said in a requirements file.
//!
//! Field by field as in `shared/docs/schema/requirements-v1.schema.json`. Defaults are filled in, numbers are exact.

mod actions;
mod around;
mod condition;
mod fields;
pub(crate) mod names;
mod problem;
mod read;
mod read_around;
mod steps;
mod units;

pub(crate) use actions::Known;
pub use around::{Alarms, Budget, EnvironmentNeed, Output, Rollout, Threshold};
#[cfg(test)]
pub(crate) use fields::json as json_of;
pub use problem::Problem;
pub(crate) use problem::{At, Problems, find};
pub use read::read;

/// The JSON Schema of a requirements file, for editors: they find it under the name that the file's first line gives.
pub const SCHEMA: &str = include_str!("../../docs/schema/requirements-v1.schema.json");

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::Value;

/// A requirements file.
#[derive(Clone, Debug, PartialEq)]
pub struct Requirements {
    /// In lower case with hyphens: `order-saga`.
    pub name: String,
    /// For people.
    pub description: Option<String>,
    /// What starts it.
    pub trigger: TriggerNeed,
    /// How much comes.
    pub load: Load,
    /// How quickly half of the executions, and 99 of 100, have to end.
    pub latency: Latency,
    /// How long an execution takes, as a rule and at most.
    pub duration: Lasts,
    /// What has to hold.
    pub guarantees: Guarantees,
    /// What is done, in order.
    pub steps: Vec<Step>,
    /// What happens where it cannot be done.
    pub failure: Failures,
    /// Standard, Express, both, or as it turns out.
    pub workflow_type: WorkflowType,
    /// Language of the definition.
    pub query_language: QueryLanguage,
    /// Regions; the first one counts for prices.
    pub regions: Vec<String>,
    /// Accounts by name, in the order of the file.
    pub environments: Vec<EnvironmentNeed>,
    /// When people are told.
    pub alarms: Alarms,
    /// What it may cost.
    pub budget: Option<Budget>,
    /// What is wanted, in the order of the file; everything where nothing is said.
    pub outputs: Vec<Output>,
    /// Tags of every resource.
    pub tags: BTreeMap<String, String>,
}

/// A time, in whole milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Duration(pub u64);

/// A size, in bytes; `KB` is 1,024 of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Size(pub u64);

/// What starts it.
#[derive(Clone, Debug, PartialEq)]
pub struct TriggerNeed {
    /// What it is.
    pub kind: TriggerKind,
    /// Where it comes from: a source of events, a bucket, a queue, SQL of a rule of AWS `IoT`.
    pub source: Option<String>,
    /// An event pattern.
    pub pattern: Option<Value>,
    /// `rate(…)`, `cron(…)`, `at(…)`
    pub schedule: Option<String>,
    /// Whether the caller needs the result in the same request.
    pub caller_waits: bool,
}

/// Kinds of triggers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TriggerKind {
    /// `eventbridge`
    EventBridge,
    /// `schedule`
    Schedule,
    /// `api`
    Api,
    /// `api-sync`
    ApiSync,
    /// `sqs`
    Sqs,
    /// `pipe`
    Pipe,
    /// `iot`
    Iot,
    /// `s3`
    S3,
    /// `kinesis`
    Kinesis,
    /// `dynamodb-stream`
    DynamoDbStream,
    /// `parent-workflow`
    ParentWorkflow,
    /// `manual`
    Manual,
}

/// How much comes.
#[derive(Clone, Debug, PartialEq)]
pub struct Load {
    /// Executions a second while it works.
    pub average_per_second: Decimal,
    /// At the busiest; none where nothing is said.
    pub peak_per_second: Option<Decimal>,
    /// Hours of the day that it works.
    pub hours_per_day: Decimal,
    /// Share by which it grows in a year.
    pub growth_per_year: Decimal,
    /// Input of one execution.
    pub payload: Size,
    /// Measured memory of one execution, for Express.
    pub memory: Option<Size>,
    /// Share of executions that fail.
    pub failure_rate: Decimal,
}

/// How quickly executions have to end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Latency {
    /// Half of them.
    pub p50: Option<Duration>,
    /// 99 of 100.
    pub p99: Option<Duration>,
}

/// How long an execution takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lasts {
    /// As a rule.
    pub typical: Option<Duration>,
    /// At most.
    pub max: Option<Duration>,
}

/// What has to hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Guarantees {
    /// How often one event has an effect.
    pub delivery: Delivery,
    /// Whether `delivery` is said in the file, and not filled in.
    pub delivery_is_said: bool,
    /// What holds across steps.
    pub consistency: Consistency,
    /// Path of the business key in the input: `$.order.id`, or JSONata.
    pub idempotency_key: Option<String>,
    /// What must be known of an execution afterwards.
    pub history: History,
    /// Whether payloads must not be seen.
    pub sensitive_data: bool,
}

/// `guarantees.delivery`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// `exactly-once`
    ExactlyOnce,
    /// `at-least-once`
    AtLeastOnce,
    /// `at-most-once`
    AtMostOnce,
}

/// `guarantees.consistency`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consistency {
    /// `none`
    None,
    /// `saga`
    Saga,
    /// `all-or-nothing`
    AllOrNothing,
}

/// `guarantees.audit_history`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum History {
    /// `none`
    None,
    /// `logs`
    Logs,
    /// `90-days`: the history that Standard keeps.
    NinetyDays,
}

/// One step.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Name of the state; the only one of the file.
    pub id: String,
    /// JSON pointer to it in the file: `/steps/2/parallel/0/1`. The reader knows its line.
    pub pointer: String,
    /// What it does.
    pub work: Work,
    /// How long it takes as a rule.
    pub duration: Option<Duration>,
    /// How long it may take.
    pub timeout: Option<Duration>,
    /// How often whoever works on it has to say so.
    pub heartbeat: Option<Duration>,
    /// Whether doing it twice is the same as doing it once.
    pub idempotent: bool,
    /// What takes it back.
    pub undo: Option<Call>,
    /// After it there is no way back.
    pub pivot: bool,
    /// Errors that are an answer: never tried again, nothing to undo.
    pub reject_on: Vec<String>,
    /// Which errors are tried again, and how.
    pub retry: Retry,
    /// When it is no longer called for a while.
    pub breaker: Option<Breaker>,
    /// How many executions may do it at a time.
    pub limit: Option<Limit>,
    /// What happens where it fails; as `failure.policy` says where there is nothing.
    pub on_error: Option<OnError>,
    /// Share of executions that come to it.
    pub probability: Decimal,
    /// Steps that come before it; the one before it in the file where there is nothing.
    pub after: Vec<String>,
    /// Polls until something holds.
    pub poll: Option<Poll>,
    /// Memory of a function, in MB.
    pub memory_mb: Option<u32>,
    /// Size of its result.
    pub result_size: Option<Size>,
    /// It computes or decides domain rules.
    pub business_logic: bool,
}

/// What a step does.
#[derive(Clone, Debug, PartialEq)]
pub enum Work {
    /// `does`: calls a service.
    Does(Call),
    /// `approval`: waits for a person.
    Approval(Approval),
    /// `wait`: waits.
    Wait(Wait),
    /// `choose`: goes one of several ways.
    Choose(Vec<Way>),
    /// `parallel`: several things at the same time.
    Parallel(Vec<Vec<Step>>),
    /// `each`: the same for many items.
    Each(Each),
}

/// A call of a service.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// What is called.
    pub action: Action,
    /// Name or ARN of the one resource that it touches.
    pub resource: Option<String>,
    /// What it is called with; expressions as in the definition.
    pub input: Option<Value>,
    /// What the step waits for.
    pub wait: WaitFor,
    /// JSON pointer to it in the file.
    pub pointer: String,
}

/// What is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// `lambda:invoke`, `dynamodb:putItem`: as Amazon States Language spells it.
    Api {
        /// `dynamodb`
        service: String,
        /// `putItem`
        name: String,
    },
    /// `http:POST`: an HTTPS API; `resource` is the name of an EventBridge connection.
    Http {
        /// `POST`
        method: String,
    },
    /// `activity`
    Activity,
    /// `workflow`: another state machine.
    Workflow,
}

/// `does.wait`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitFor {
    /// `response`
    Response,
    /// `job`
    Job,
    /// `callback`
    Callback,
}

/// An approval by a person.
#[derive(Clone, Debug, PartialEq)]
pub struct Approval {
    /// Who.
    pub by: String,
    /// How they are asked.
    pub channel: Channel,
    /// How long they have.
    pub timeout: Option<Duration>,
    /// What happens when they do not answer.
    pub on_timeout: OnTimeout,
}

/// `approval.channel`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// `email`
    Email,
    /// `slack`
    Slack,
    /// `sqs`
    Sqs,
    /// `sns`
    Sns,
    /// `api`
    Api,
}

/// `approval.on_timeout`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnTimeout {
    /// `reject`
    Reject,
    /// `approve`
    Approve,
    /// `escalate`
    Escalate,
    /// `fail`
    Fail,
}

/// `wait`
#[derive(Clone, Debug, PartialEq)]
pub enum Wait {
    /// So long.
    For(Duration),
    /// Until the time that an expression gives.
    Until(String),
}

/// One way of `choose`.
#[derive(Clone, Debug, PartialEq)]
pub struct Way {
    /// Condition: JSONPath comparison or JSONata; none for all other cases.
    pub when: Option<String>,
    /// Step that it goes on with.
    pub go: String,
    /// JSON pointer to it in the file.
    pub pointer: String,
}

/// `each`
#[derive(Clone, Debug, PartialEq)]
pub struct Each {
    /// Path of the items in the data, or a place in S3 (`s3://bucket/prefix`).
    pub of: Option<String>,
    /// How many items as a rule.
    pub items: Option<u64>,
    /// How many at a time; as many as AWS runs where there is nothing.
    pub concurrency: Option<u32>,
    /// Share of the items that may fail.
    pub tolerate_failures: Option<Decimal>,
    /// Items in one go.
    pub batch: Option<u64>,
    /// What is done with each.
    pub steps: Vec<Step>,
}

/// `poll`
#[derive(Clone, Debug, PartialEq)]
pub struct Poll {
    /// How often.
    pub every: Option<Duration>,
    /// Condition on the answer.
    pub until: String,
    /// How long at most.
    pub at_most: Option<Duration>,
}

/// `retry`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// `auto`
    Auto,
    /// `none`
    None,
    /// `transient`
    Transient,
    /// `throttle`
    Throttle,
    /// `aggressive`
    Aggressive,
    /// `safe-all`
    SafeAll,
}

/// `breaker`
#[derive(Clone, Debug, PartialEq)]
pub struct Breaker {
    /// Failures that open it.
    pub failures: u32,
    /// Within this time.
    pub window: Duration,
    /// How long it stays open.
    pub open_for: Duration,
    /// Step that is done instead.
    pub fallback: Option<String>,
}

/// `limit`
#[derive(Clone, Debug, PartialEq)]
pub struct Limit {
    /// How many at a time.
    pub concurrent: u32,
    /// What is counted for itself: a path in the data.
    pub key: Option<String>,
}

/// `on_error`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnError {
    /// `fail`
    Fail,
    /// `compensate`
    Compensate,
    /// `ignore`
    Ignore,
    /// `fallback`
    Fallback,
}

/// `failure`
#[derive(Clone, Debug, PartialEq)]
pub struct Failures {
    /// What happens where a step fails.
    pub policy: FailurePolicy,
    /// What happens where taking back fails.
    pub compensation_failure: CompensationFailure,
    /// Mail addresses that are told.
    pub notify: Vec<String>,
    /// Whether executions can be redriven.
    pub redrive: bool,
}

/// `failure.policy`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailurePolicy {
    /// `fail`
    Fail,
    /// `compensate`
    Compensate,
    /// `park`
    Park,
    /// `fallback`
    Fallback,
    /// `continue`
    Continue,
}

/// `failure.compensation_failure`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompensationFailure {
    /// `park-and-alarm`
    ParkAndAlarm,
    /// `retry-forever`
    RetryForever,
    /// `fail`
    Fail,
}

/// `workflow_type`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WorkflowType {
    /// `auto`
    Auto,
    /// `STANDARD`
    Standard,
    /// `EXPRESS`
    Express,
    /// `MIXED`: Express nested in Standard.
    Mixed,
}

/// `query_language`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueryLanguage {
    /// `JSONata`
    Jsonata,
    /// `JSONPath`
    JsonPath,
}
