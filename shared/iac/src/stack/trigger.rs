//! What starts a state machine.

use super::Value;

/// Something that starts executions, with the least that it may do.
#[derive(Clone, Debug, PartialEq)]
pub struct Trigger {
    /// In kebab case, unique in the stack: `checkout-events`.
    pub id: String,
    /// What it is for.
    pub description: String,
    /// What it is.
    pub kind: TriggerKind,
    /// `id` of the queue that takes what could not be started.
    pub dead_letters: Option<String>,
}

/// What a trigger is.
#[derive(Clone, Debug, PartialEq)]
pub enum TriggerKind {
    /// An EventBridge rule.
    Rule {
        /// Name or ARN of the bus; the default bus where there is none.
        bus: Option<Value>,
        /// The event pattern, as JSON.
        pattern: String,
        /// JSONPath of what becomes the input: `$.detail`; the whole event where there is none.
        input_path: Option<String>,
    },
    /// An EventBridge schedule.
    Schedule {
        /// `rate(1 hour)`, `cron(0 3 * * ? *)`, `at(…)`.
        expression: String,
        /// The input, as JSON.
        input: String,
    },
    /// An API Gateway REST API, which waits for the result (`StartSyncExecution`, Express) or answers with the ARN.
    Api {
        /// Whether the caller waits.
        synchronous: bool,
        /// `/orders`
        path: String,
    },
    /// An EventBridge Pipe from a queue or a stream.
    Pipe {
        /// ARN of the source.
        source: Value,
        /// What the source is.
        from: PipeSource,
        /// Messages in one execution at most.
        batch: u32,
        /// A filter pattern, as JSON.
        filter: Option<String>,
    },
    /// A rule of AWS `IoT`.
    Iot {
        /// `SELECT * FROM 'factory/+/telemetry'`
        sql: String,
    },
    /// Another state machine, or people: whoever it is gets the policy to start it from an output.
    Callers,
}

/// What a pipe reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PipeSource {
    /// SQS.
    Queue,
    /// Kinesis Data Streams.
    Kinesis,
    /// A stream of a `DynamoDB` table.
    DynamoDb,
}
