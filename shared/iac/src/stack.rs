//! What is deployed, independent of the tool that deploys it: a state machine and everything around it.
//!
//! A [`Stack`] is written as Terraform, CDK, SAM and CloudFormation. All four read the same definition file; what differs from
//! account to account stands in it as `${name}`, and [`StateMachine::substitutions`] says what each name is. Texts of a stack may
//! be hostile: each writer escapes them for its language, and nothing reaches a file by another way.

mod alarm;
mod resource;
mod trigger;

use std::collections::BTreeMap;

pub use alarm::{Alarm, AlarmComparison, Metric, MetricSource, MissingData};
pub use resource::{Bucket, Queue, Table, Topic};
pub use trigger::{PipeSource, Trigger, TriggerKind};

/// A state machine with what it needs to run, to be started, watched and deployed.
#[derive(Clone, Debug, PartialEq)]
pub struct Stack {
    /// In lower case with hyphens: `order-saga`. Names of all resources begin with it.
    pub name: String,
    /// One sentence for people.
    pub description: String,
    /// What whoever deploys has to say, in the order in which it is asked.
    pub parameters: Vec<Parameter>,
    /// The state machine.
    pub machine: StateMachine,
    /// Further state machines that it starts: nested Express.
    pub children: Vec<StateMachine>,
    /// Queues: dead letters, parked executions, work for people.
    pub queues: Vec<Queue>,
    /// Topics that the stack makes; the one that alarms tell is among them or a parameter.
    pub topics: Vec<Topic>,
    /// Tables.
    pub tables: Vec<Table>,
    /// Buckets.
    pub buckets: Vec<Bucket>,
    /// What starts it.
    pub triggers: Vec<Trigger>,
    /// What tells people that it does not work.
    pub alarms: Vec<Alarm>,
    /// Where alarms go: a topic of the stack, or a parameter.
    pub alarm_topic: Option<Value>,
    /// Accounts it is deployed to, in order of deployment.
    pub environments: Vec<Environment>,
    /// Tags of every resource.
    pub tags: BTreeMap<String, String>,
}

/// A value that whoever deploys gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// In snake case: `reserve_inventory_arn`. Each tool spells it its own way.
    pub name: String,
    /// What it is, and what for.
    pub description: String,
    /// What it must look like.
    pub kind: ParameterKind,
    /// Taken where nothing is given.
    pub default: Option<String>,
}

/// What a parameter holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParameterKind {
    /// An ARN.
    Arn,
    /// The name of a resource.
    Name,
    /// A mail address.
    Email,
    /// A URL that begins with `https://`.
    Url,
    /// A whole number.
    Number,
    /// Any text.
    Text,
}

impl ParameterKind {
    /// Whether a value passes for one: what the templates ask of it (`template::pattern`).
    pub fn takes(self, value: &str) -> bool {
        let is_whole = |rest: &str| !rest.is_empty() && !rest.contains(['"', '\\']);
        match self {
            Self::Arn => value.strip_prefix("arn:").is_some_and(is_whole),
            Self::Name => {
                !value.is_empty()
                    && value
                        .chars()
                        .all(|c| c.is_ascii_alphanumeric() || "_.*/:+=@-".contains(c))
            }
            Self::Email => value.split_once('@').is_some_and(|(name, domain)| {
                let good = |part: &str| {
                    is_whole(part) && !part.contains('@') && !part.contains(char::is_whitespace)
                };
                good(name) && good(domain)
            }),
            Self::Url => value
                .strip_prefix("https://")
                .is_some_and(|rest| is_whole(rest) && !rest.contains(char::is_whitespace)),
            Self::Text => !value.contains(['"', '\\']),
            Self::Number => value.parse::<i64>().is_ok(),
        }
    }
}

/// A text that is known when it is deployed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    /// As it stands.
    Text(String),
    /// A parameter, by its name.
    Parameter(String),
    /// Something of a resource of this stack, by the resource's `id`.
    Attribute {
        /// `id` of a resource in this stack.
        id: String,
        /// What of it.
        attribute: Attribute,
    },
    /// `aws`, `aws-cn`, `aws-us-gov`.
    Partition,
    /// The Region that it is deployed to.
    Region,
    /// The account that it is deployed to.
    Account,
    /// One after the other, without anything between.
    Join(Vec<Value>),
    /// A value in which one text stands for another: the executions of a state machine of which only the ARN is known.
    Replaced {
        /// In what.
        of: Box<Value>,
        /// What goes.
        from: String,
        /// What comes.
        to: String,
    },
}

impl Value {
    /// As it stands.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// One after the other, with neighbouring texts as one.
    pub fn join(parts: impl IntoIterator<Item = Self>) -> Self {
        fn push(joined: &mut Vec<Value>, part: Value) {
            match (joined.last_mut(), part) {
                (_, Value::Text(text)) if text.is_empty() => {}
                (Some(Value::Text(before)), Value::Text(text)) => before.push_str(&text),
                (_, Value::Join(parts)) => parts.into_iter().for_each(|part| push(joined, part)),
                (_, part) => joined.push(part),
            }
        }
        let mut joined = Vec::new();
        parts.into_iter().for_each(|part| push(&mut joined, part));
        match joined.len() {
            0 => Self::text(""),
            1 => joined.remove(0),
            _ => Self::Join(joined),
        }
    }

    /// `arn:` of a resource in this account and Region.
    pub fn arn(service: &str, rest: impl IntoIterator<Item = Self>) -> Self {
        let head = [
            Self::text("arn:"),
            Self::Partition,
            Self::text(format!(":{service}:")),
            Self::Region,
            Self::text(":"),
            Self::Account,
            Self::text(":"),
        ];
        Self::join(head.into_iter().chain(rest))
    }
}

/// What a resource of the stack is referred to by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Attribute {
    /// Its ARN, built from its name, so that it is known before it is deployed.
    Arn,
    /// Its name.
    Name,
    /// The URL of a queue.
    Url,
    /// The ARN of the alias that callers start a state machine by.
    AliasArn,
}

/// A state machine to deploy.
#[derive(Clone, Debug, PartialEq)]
pub struct StateMachine {
    /// In kebab case, unique in the stack: `machine`, `enrich`.
    pub id: String,
    /// Its name, after the name of the stack; empty for the machine itself: `-enrich`.
    pub suffix: String,
    /// True for Express.
    pub express: bool,
    /// The definition as it is written to its file, with `${name}` for what differs between accounts.
    pub definition: String,
    /// Name of that file: `workflow.asl.json`.
    pub file_name: String,
    /// What stands for each `${name}` of the definition.
    pub substitutions: BTreeMap<String, Value>,
    /// What its role allows, and nothing else. Log delivery, X-Ray and its key are added by [`Logging`], `tracing` and `key`.
    pub role: Vec<Statement>,
    /// What it logs.
    pub logging: Logging,
    /// Whether X-Ray traces it.
    pub tracing: bool,
    /// Whether it and its logs are encrypted with a key of the customer's own.
    pub key: bool,
}

/// What a state machine logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Logging {
    /// How much.
    pub level: LogLevel,
    /// Whether payloads are logged.
    pub data: bool,
    /// Days that it is kept.
    pub retention_days: u32,
}

/// `level` of a logging configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogLevel {
    /// Nothing.
    Off,
    /// What ends an execution badly.
    Fatal,
    /// What fails.
    Error,
    /// Everything.
    All,
}

impl LogLevel {
    /// As the API writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Off => "OFF",
            Self::Fatal => "FATAL",
            Self::Error => "ERROR",
            Self::All => "ALL",
        }
    }
}

/// One statement of a policy that allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Letters and digits, unique in its role: `CallReserveInventory`.
    pub sid: String,
    /// Actions, sorted: `lambda:InvokeFunction`.
    pub actions: Vec<String>,
    /// ARNs, or `*` where AWS knows no resource for the action; `why` says so then.
    pub resources: Vec<Value>,
    /// Conditions: operator, key, values.
    pub conditions: Vec<Condition>,
    /// Why it is needed, for whoever reviews the policy.
    pub why: String,
}

/// A condition of a statement.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Condition {
    /// `StringEquals`, `ArnEquals`, …
    pub operator: String,
    /// `aws:SourceAccount`, `iam:PassedToService`, …
    pub key: String,
    /// Any of these.
    pub values: Vec<Value>,
}

/// An account that the stack is deployed to.
#[derive(Clone, Debug, PartialEq)]
pub struct Environment {
    /// `dev`, `prod`.
    pub name: String,
    /// Twelve digits; where it is not known, whoever deploys says it.
    pub account: Option<String>,
    /// Region.
    pub region: String,
    /// Whether a person has to approve.
    pub approval: bool,
    /// How executions move to a new version.
    pub deployment: Deployment,
}

/// How executions move to a new version of a state machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deployment {
    /// All at the same time.
    AllAtOnce,
    /// A tenth first, the rest after some minutes without an alarm.
    Canary,
    /// A tenth more every few minutes.
    Linear,
}
