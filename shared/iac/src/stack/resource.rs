//! Resources beside the state machine.

/// An SQS queue, encrypted, for messages over TLS only.
#[derive(Clone, Debug, PartialEq)]
pub struct Queue {
    /// In kebab case, unique in the stack: `repairs`.
    pub id: String,
    /// What it is for.
    pub description: String,
    /// Days that a message is kept.
    pub retention_days: u32,
    /// Seconds that a message is hidden from others while one works on it.
    pub visibility_seconds: u32,
    /// `id` of the queue that takes what nobody could handle, and after how many tries.
    pub dead_letters: Option<(String, u32)>,
    /// Whether it is first in, first out.
    pub fifo: bool,
}

/// An SNS topic, encrypted.
#[derive(Clone, Debug, PartialEq)]
pub struct Topic {
    /// In kebab case, unique in the stack: `alarms`.
    pub id: String,
    /// What it is for.
    pub description: String,
    /// Mail addresses that are subscribed.
    pub emails: Vec<String>,
}

/// A `DynamoDB` table that is paid by request, encrypted, with recovery to a point in time.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// In kebab case, unique in the stack: `orders`.
    pub id: String,
    /// What it is for.
    pub description: String,
    /// Name and type (`S`, `N`, `B`) of the partition key.
    pub partition_key: (String, char),
    /// Name and type of the sort key.
    pub sort_key: Option<(String, char)>,
    /// Attribute that says when a row may go.
    pub ttl: Option<String>,
}

/// An S3 bucket, private, encrypted, for requests over TLS only.
#[derive(Clone, Debug, PartialEq)]
pub struct Bucket {
    /// In kebab case, unique in the stack: `results`.
    pub id: String,
    /// What it is for.
    pub description: String,
    /// Days after which objects go; none where they stay.
    pub expire_days: Option<u32>,
    /// Whether it tells EventBridge of its objects.
    pub events: bool,
}
