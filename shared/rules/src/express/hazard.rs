//! What happens when an execution runs twice: an Express execution that was started asynchronously may.

use asl::{Definition, Node, Resource, State, StateKind, Value};

/// What a second run of a Task does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// Nothing more than the first.
    Harmless,
    /// It is in the code of a Lambda function.
    Function,
    /// It depends on what is called, or on arguments that are computed.
    Untold,
    /// It has its effect again.
    Harmful,
}

/// The tasks of which a second run is not known to be harmless, in the order of the text.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hazards<'a> {
    /// Not idempotent as written.
    pub(crate) harmful: Vec<&'a State>,
    /// Lambda functions.
    pub(crate) functions: Vec<&'a State>,
    /// Others that cannot be told from the definition.
    pub(crate) untold: Vec<&'a State>,
}

/// Judges every Task of a definition.
pub(crate) fn hazards(definition: &Definition) -> Hazards<'_> {
    let mut found = Hazards::default();
    for state in definition.states() {
        match repeat(state) {
            Repeat::Harmless => {}
            Repeat::Function => found.functions.push(state),
            Repeat::Untold => found.untold.push(state),
            Repeat::Harmful => found.harmful.push(state),
        }
    }
    found
}

/// What a second run of a state does.
pub(crate) fn repeat(state: &State) -> Repeat {
    let StateKind::Task(task) = &state.kind else {
        return Repeat::Harmless;
    };
    match task.resource.as_ref().map(|resource| &resource.value) {
        Some(Resource::Lambda(_)) => Repeat::Function,
        Some(Resource::Integration {
            service, action, ..
        }) => {
            let arguments = state
                .field("Parameters")
                .or_else(|| state.field("Arguments"));
            call(service, action, &Arguments(arguments))
        }
        None | Some(Resource::Activity(_) | Resource::Other(_)) => Repeat::Untold,
    }
}

/// Actions that change nothing, by how their names begin.
const READS: &[&str] = &[
    "analyze",
    "batchGet",
    "check",
    "classify",
    "converse",
    "decrypt",
    "describe",
    "detect",
    "encrypt",
    "estimate",
    "generate",
    "get",
    "head",
    "invokeEndpoint",
    "invokeModel",
    "list",
    "lookup",
    "preview",
    "query",
    "scan",
    "search",
    "select",
    "simulate",
    "transactGet",
    "translate",
    "validate",
    "verify",
];

/// Actions that set a state which a second call finds as it wants it, by how their names begin.
const SETTERS: &[&str] = &[
    "batchWriteItem",
    "copy",
    "delete",
    "deregister",
    "disable",
    "enable",
    "modify",
    "put",
    "remove",
    "set",
    "stop",
    "tag",
    "untag",
    "update",
];

/// Actions that make something new each time, by how their names begin.
const MAKERS: &[&str] = &["publish", "run", "send", "submit"];

/// Actions that make something which may have a name of its own, by how their names begin.
const NAMERS: &[&str] = &["create", "restore", "start"];

/// `service:action` of what begins like a harmless action and is not.
const APPENDS: &[&str] = &[
    "cloudwatch:putMetricData",
    "cloudwatchlogs:putLogEvents",
    "eventbridge:putEvents",
    "events:putEvents",
    "firehose:putRecord",
    "firehose:putRecordBatch",
    "kinesis:putRecord",
    "kinesis:putRecords",
];

/// `service:action` of what reads and takes away.
const TAKES: &[&str] = &["sfn:getActivityTask", "states:getActivityTask"];

/// `service:action` of what answers for a task token: the second answer is refused.
const ANSWERS: &[&str] = &["sendTaskSuccess", "sendTaskFailure", "sendTaskHeartbeat"];

/// Arguments by which a service knows a request again, in any spelling.
const TOKENS: &[&str] = &[
    "callerreference",
    "clientrequesttoken",
    "clienttoken",
    "creatorrequestid",
    "idempotencytoken",
    "messagededuplicationid",
    "requesttoken",
];

fn call(service: &str, action: &str, arguments: &Arguments<'_>) -> Repeat {
    let begins = |names: &[&str]| names.iter().any(|name| action.starts_with(name));
    let full = format!("{service}:{action}");
    if TAKES.contains(&full.as_str()) {
        return Repeat::Untold;
    }
    if begins(READS) || ANSWERS.contains(&action) {
        return Repeat::Harmless;
    }
    match (service, action) {
        ("lambda", "invoke") => Repeat::Function,
        ("http" | "apigateway", "invoke") => request(arguments),
        ("states" | "sfn", "startSyncExecution") => Repeat::Untold,
        // A token that is drawn anew is no token, and an item with a new id is another item.
        _ if arguments.draws_ids() => Repeat::Harmful,
        ("dynamodb", "updateItem") => update(arguments),
        _ if arguments.has_token() => Repeat::Harmless,
        _ if APPENDS.contains(&full.as_str()) => Repeat::Harmful,
        ("sns", "publish") if arguments.get("TopicArn").is_some() => arguments.send("TopicArn"),
        ("sqs", "sendMessage") if arguments.get("QueueUrl").is_some() => arguments.send("QueueUrl"),
        _ if begins(SETTERS) => Repeat::Harmless,
        _ => make(action, arguments),
    }
}

/// A `DynamoDB` update that counts or appends does so twice, unless its condition refuses.
fn update(arguments: &Arguments<'_>) -> Repeat {
    let Some(expression) = arguments.text("UpdateExpression") else {
        return Repeat::Untold;
    };
    if expression.contains("${") {
        return Repeat::Untold;
    }
    let words: Vec<String> = expression
        .split_whitespace()
        .map(str::to_ascii_uppercase)
        .collect();
    let counts = expression.contains(['+', '-'])
        || expression.contains("list_append")
        || (words.iter().any(|word| word == "ADD") && !arguments.adds_to_sets());
    match (counts, arguments.get("ConditionExpression")) {
        (false, _) => Repeat::Harmless,
        (true, Some(_)) => Repeat::Untold,
        (true, None) => Repeat::Harmful,
    }
}

/// HTTP says which methods may be repeated (RFC 9110, section 9.2.2).
fn request(arguments: &Arguments<'_>) -> Repeat {
    let method = arguments.text("Method").map(str::to_ascii_uppercase);
    match method.as_deref() {
        Some("GET" | "HEAD" | "OPTIONS" | "PUT" | "DELETE") => Repeat::Harmless,
        _ if arguments.get("Headers").is_some_and(has_key) => Repeat::Harmless,
        _ => Repeat::Untold,
    }
}

fn has_key(headers: &Node) -> bool {
    let members = headers.members().unwrap_or_default();
    members
        .iter()
        .any(|member| plain(&member.key).eq_ignore_ascii_case("Idempotency-Key"))
}

/// A call that makes something; where it gives it a name, the second one meets the first one's and may be refused.
fn make(action: &str, arguments: &Arguments<'_>) -> Repeat {
    if !arguments.are_written() {
        return Repeat::Untold;
    }
    if MAKERS.iter().any(|name| action.starts_with(name)) {
        return Repeat::Harmful;
    }
    let Some(made) = NAMERS.iter().find_map(|name| action.strip_prefix(name)) else {
        return Repeat::Untold;
    };
    let named = [
        "Name".to_owned(),
        format!("{made}Name"),
        format!("{made}Identifier"),
    ]
    .iter()
    .any(|key| arguments.get(key).is_some());
    if named {
        Repeat::Untold
    } else {
        Repeat::Harmful
    }
}

/// The arguments of a call as the definition writes them.
struct Arguments<'a>(Option<&'a Node>);

impl<'a> Arguments<'a> {
    /// The argument of that name, computed (`Name.$`) or not, in upper or lower case.
    fn get(&self, name: &str) -> Option<&'a Node> {
        let members = self.0?.members()?;
        members
            .iter()
            .find(|member| plain(&member.key).eq_ignore_ascii_case(name))
            .map(|member| &member.node)
    }

    /// The argument of that name, where it is written down.
    fn text(&self, name: &str) -> Option<&'a str> {
        let members = self.0?.members()?;
        let member = members
            .iter()
            .find(|member| member.key.eq_ignore_ascii_case(name))?;
        member
            .node
            .as_str()
            .filter(|text| !text.trim_start().starts_with("{%"))
    }

    fn has_token(&self) -> bool {
        TOKENS
            .iter()
            .any(|token| self.get(token).is_some_and(|node| !node.is_null()))
    }

    /// A FIFO queue or topic drops a second message of the same content, others deliver it.
    fn send(&self, to: &str) -> Repeat {
        match self.text(to).filter(|target| !target.contains("${")) {
            Some(target)
                if target
                    .rsplit_once('.')
                    .is_some_and(|(_, kind)| kind == "fifo") =>
            {
                Repeat::Harmless
            }
            Some(_) => Repeat::Harmful,
            None => Repeat::Untold,
        }
    }

    /// True where the members are written in the definition: not taken from the input or an expression as a whole.
    fn are_written(&self) -> bool {
        self.0.is_some_and(|node| node.members().is_some())
    }

    /// True where every added value is a set: adding a member twice is adding it once.
    fn adds_to_sets(&self) -> bool {
        let values = self
            .get("ExpressionAttributeValues")
            .and_then(Node::members);
        values.is_some_and(|values| {
            !values.is_empty()
                && values.iter().all(|value| {
                    ["SS", "NS", "BS"].iter().any(|kind| {
                        let members = value.node.members().unwrap_or_default();
                        members.iter().any(|member| plain(&member.key) == *kind)
                    })
                })
        })
    }

    /// True where a new id or random number is drawn each time that the state runs.
    fn draws_ids(&self) -> bool {
        self.0.is_some_and(draws)
    }
}

fn draws(node: &Node) -> bool {
    match &node.value {
        Value::String(text) => ["States.UUID(", "States.MathRandom(", "$uuid(", "$random("]
            .iter()
            .any(|function| text.contains(function)),
        Value::Array(items) => items.iter().any(draws),
        Value::Object(members) => members.iter().any(|member| draws(&member.node)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// The name of an argument without the sign that its value is computed.
fn plain(key: &str) -> &str {
    key.strip_suffix(".$").unwrap_or(key)
}
