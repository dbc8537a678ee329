//! What every tool deploys alike: names, what values are made of, and the permissions that a stack brings along.

use crate::stack::{
    Attribute, Condition, LogLevel, Logging, PipeSource, Queue, Stack, StateMachine, Statement,
    Trigger, TriggerKind, Value,
};

/// The alias that executions are started by.
pub(crate) const ALIAS: &str = "live";

/// A piece of a text that is known when it is deployed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Part {
    Text(String),
    /// What names of resources begin with.
    Prefix,
    Parameter(String),
    Partition,
    Region,
    Account,
    /// The URL of a queue of the stack, by its id.
    QueueUrl(String),
    Replaced(Vec<Part>, String, String),
}

/// The pieces of a value; resources of the stack by their names, so that nothing waits for another to be deployed.
pub(crate) fn parts(stack: &Stack, value: &Value) -> Vec<Part> {
    let mut out = Vec::new();
    push(stack, value, &mut out);
    merged(out)
}

pub(crate) fn merged(parts: Vec<Part>) -> Vec<Part> {
    let mut out: Vec<Part> = Vec::new();
    for part in parts {
        match (out.last_mut(), part) {
            (Some(Part::Text(before)), Part::Text(text)) => before.push_str(&text),
            (_, part) => out.push(part),
        }
    }
    out
}

fn push(stack: &Stack, value: &Value, out: &mut Vec<Part>) {
    match value {
        Value::Text(text) => out.push(Part::Text(text.clone())),
        Value::Parameter(name) => out.push(Part::Parameter(name.clone())),
        Value::Partition => out.push(Part::Partition),
        Value::Region => out.push(Part::Region),
        Value::Account => out.push(Part::Account),
        Value::Join(values) => values.iter().for_each(|value| push(stack, value, out)),
        Value::Replaced { of, from, to } => {
            out.push(Part::Replaced(parts(stack, of), from.clone(), to.clone()));
        }
        Value::Attribute { id, attribute } => attribute_of(stack, id, *attribute, out),
    }
}

fn attribute_of(stack: &Stack, id: &str, attribute: Attribute, out: &mut Vec<Part>) {
    let arn = |service: &str, rest: &str, out: &mut Vec<Part>| {
        out.push(Part::Text("arn:".to_owned()));
        out.push(Part::Partition);
        if service == "s3" {
            out.push(Part::Text(":s3:::".to_owned()));
            return;
        }
        out.push(Part::Text(format!(":{service}:")));
        out.push(Part::Region);
        out.push(Part::Text(":".to_owned()));
        out.push(Part::Account);
        out.push(Part::Text(format!(":{rest}")));
    };
    let is_machine = machines(stack).any(|machine| machine.id == id);
    let is =
        |found: bool, service: &'static str, rest: &'static str| found.then_some((service, rest));
    let kind = is(is_machine, "states", "stateMachine:")
        .or_else(|| is(stack.queues.iter().any(|queue| queue.id == id), "sqs", ""))
        .or_else(|| is(stack.topics.iter().any(|topic| topic.id == id), "sns", ""))
        .or_else(|| {
            is(
                stack.tables.iter().any(|table| table.id == id),
                "dynamodb",
                "table/",
            )
        })
        .or_else(|| is(stack.buckets.iter().any(|bucket| bucket.id == id), "s3", ""));
    if attribute == Attribute::Url {
        out.push(Part::QueueUrl(id.to_owned()));
        return;
    }
    if let (Attribute::Arn | Attribute::AliasArn, Some((service, rest))) = (attribute, kind) {
        arn(service, rest, out);
    }
    out.extend(name(stack, id));
    if attribute == Attribute::AliasArn {
        out.push(Part::Text(format!(":{ALIAS}")));
    }
}

/// The name of a resource of the stack.
pub(crate) fn name(stack: &Stack, id: &str) -> Vec<Part> {
    if let Some(machine) = machines(stack).find(|machine| machine.id == id) {
        return vec![Part::Prefix, Part::Text(machine.suffix.clone())]
            .into_iter()
            .filter(|part| *part != Part::Text(String::new()))
            .collect();
    }
    let mut parts = vec![Part::Prefix, Part::Text(format!("-{id}"))];
    if stack.buckets.iter().any(|bucket| bucket.id == id) {
        parts.extend([Part::Text("-".to_owned()), Part::Account]);
    }
    if stack
        .queues
        .iter()
        .any(|queue| queue.id == id && queue.fifo)
    {
        parts.push(Part::Text(".fifo".to_owned()));
    }
    merged(parts)
}

/// The state machine and those that it starts.
pub(crate) fn machines(stack: &Stack) -> impl Iterator<Item = &StateMachine> {
    std::iter::once(&stack.machine).chain(&stack.children)
}

pub(crate) fn has_key(stack: &Stack) -> bool {
    machines(stack).any(|machine| machine.key)
}

pub(crate) fn logs(logging: Logging) -> bool {
    logging.level != LogLevel::Off
}

fn statement(sid: &str, actions: &[&str], resources: Vec<Value>, why: &str) -> Statement {
    Statement {
        sid: sid.to_owned(),
        actions: actions.iter().map(|action| (*action).to_owned()).collect(),
        resources,
        conditions: Vec::new(),
        why: why.to_owned(),
    }
}

/// Everything that the role of a state machine allows. Use of the key is allowed by [`key_actions`] on the key's ARN.
pub(crate) fn role(machine: &StateMachine) -> Vec<Statement> {
    let mut role = machine.role.clone();
    let any = || vec![Value::text("*")];
    if logs(machine.logging) {
        role.push(statement(
            "DeliverLogs",
            &[
                "logs:CreateLogDelivery",
                "logs:DeleteLogDelivery",
                "logs:DescribeLogGroups",
                "logs:DescribeResourcePolicies",
                "logs:GetLogDelivery",
                "logs:ListLogDeliveries",
                "logs:PutResourcePolicy",
                "logs:UpdateLogDelivery",
            ],
            any(),
            "log delivery is set up with these, and they cannot be limited to a resource",
        ));
    }
    if machine.tracing {
        role.push(statement(
            "Trace",
            &[
                "xray:GetSamplingRules",
                "xray:GetSamplingTargets",
                "xray:PutTelemetryRecords",
                "xray:PutTraceSegments",
            ],
            any(),
            "X-Ray is told of executions with these, and they cannot be limited to a resource",
        ));
    }
    role
}

/// What the role of an encrypted state machine does with its key.
pub(crate) const KEY_ACTIONS: [&str; 2] = ["kms:Decrypt", "kms:GenerateDataKey"];

/// The role that a trigger acts with: who takes it, and what it may do.
pub(crate) struct TriggerRole {
    pub(crate) principal: &'static str,
    pub(crate) statements: Vec<Statement>,
}

pub(crate) fn of(id: &str, attribute: Attribute) -> Value {
    Value::Attribute {
        id: id.to_owned(),
        attribute,
    }
}

/// True where executions are started and waited for.
pub(crate) fn waits(stack: &Stack, trigger: &Trigger) -> bool {
    match &trigger.kind {
        TriggerKind::Api { synchronous, .. } => *synchronous && stack.machine.express,
        TriggerKind::Pipe { .. } => stack.machine.express,
        _ => false,
    }
}

pub(crate) fn trigger_role(stack: &Stack, trigger: &Trigger) -> Option<TriggerRole> {
    let principal = match &trigger.kind {
        TriggerKind::Rule { .. } => "events.amazonaws.com",
        TriggerKind::Schedule { .. } => "scheduler.amazonaws.com",
        TriggerKind::Api { .. } => "apigateway.amazonaws.com",
        TriggerKind::Pipe { .. } => "pipes.amazonaws.com",
        TriggerKind::Iot { .. } => "iot.amazonaws.com",
        TriggerKind::Callers => return None,
    };
    let action = if waits(stack, trigger) {
        "states:StartSyncExecution"
    } else {
        "states:StartExecution"
    };
    // A rule of IoT names the state machine, not its alias.
    let target = match trigger.kind {
        TriggerKind::Iot { .. } => Attribute::Arn,
        _ => Attribute::AliasArn,
    };
    let mut statements = vec![statement(
        "Start",
        &[action],
        vec![of(&stack.machine.id, target)],
        "it starts executions",
    )];
    if let TriggerKind::Pipe { source, from, .. } = &trigger.kind {
        let actions: &[&str] = match from {
            PipeSource::Queue => &[
                "sqs:DeleteMessage",
                "sqs:GetQueueAttributes",
                "sqs:ReceiveMessage",
            ],
            PipeSource::Kinesis => &[
                "kinesis:DescribeStream",
                "kinesis:DescribeStreamSummary",
                "kinesis:GetRecords",
                "kinesis:GetShardIterator",
                "kinesis:ListShards",
            ],
            PipeSource::DynamoDb => &[
                "dynamodb:DescribeStream",
                "dynamodb:GetRecords",
                "dynamodb:GetShardIterator",
            ],
        };
        statements.push(statement(
            "Read",
            actions,
            vec![source.clone()],
            "it reads the source",
        ));
        if *from == PipeSource::DynamoDb {
            statements.push(statement(
                "List",
                &["dynamodb:ListStreams"],
                vec![Value::text("*")],
                "it cannot be limited to a stream",
            ));
        }
    }
    // A rule of EventBridge sends there by the policy of the queue.
    if let (Some(queue), false) = (
        &trigger.dead_letters,
        matches!(
            trigger.kind,
            TriggerKind::Rule { .. } | TriggerKind::Api { .. }
        ),
    ) {
        statements.push(statement(
            "DeadLetters",
            &["sqs:SendMessage"],
            vec![of(queue, Attribute::Arn)],
            "it sends there what could not be started",
        ));
    }
    Some(TriggerRole {
        principal,
        statements,
    })
}

/// Rules of EventBridge that send what they could not start to this queue.
pub(crate) fn rules_into<'a>(
    stack: &'a Stack,
    queue: &'a Queue,
) -> impl Iterator<Item = &'a Trigger> {
    stack.triggers.iter().filter(|trigger| {
        matches!(trigger.kind, TriggerKind::Rule { .. })
            && trigger.dead_letters.as_deref() == Some(&queue.id)
    })
}

/// Name of an alarm or a trigger.
pub(crate) fn alarm_name(id: &str) -> Vec<Part> {
    suffixed(&format!("-{id}"))
}

/// The prefix and what follows it.
pub(crate) fn suffixed(suffix: &str) -> Vec<Part> {
    let suffix = (!suffix.is_empty()).then(|| Part::Text(suffix.to_owned()));
    std::iter::once(Part::Prefix).chain(suffix).collect()
}

/// A condition as operator, key and values in order.
pub(crate) fn conditions(statement: &Statement) -> Vec<(&str, Vec<&Condition>)> {
    let mut out: Vec<(&str, Vec<&Condition>)> = Vec::new();
    for condition in &statement.conditions {
        match out
            .iter_mut()
            .find(|(operator, _)| *operator == condition.operator)
        {
            Some((_, conditions)) => conditions.push(condition),
            None => out.push((&condition.operator, vec![condition])),
        }
    }
    out
}

/// `order-items` and `order_items` as `OrderItems`.
pub(crate) fn pascal(text: &str) -> String {
    let mut out = String::new();
    for word in text.split(|c: char| !c.is_ascii_alphanumeric()) {
        let mut letters = word.chars();
        out.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        out.extend(letters);
    }
    out
}

/// How a dashboard shows the stack: its widgets as JSON, with the pieces that differ from account to account.
pub(crate) fn dashboard(stack: &Stack) -> Vec<Part> {
    let mut out = vec![Part::Text("{\"widgets\":[".to_owned())];
    let text = |text: &str| Part::Text(text.to_owned());
    let mut at = 0;
    let mut widget = |title: &str, metrics: Vec<Vec<Part>>, out: &mut Vec<Part>| {
        if at > 0 {
            out.push(text(","));
        }
        out.push(Part::Text(format!(
            "{{\"type\":\"metric\",\"x\":{},\"y\":{},\"width\":12,\"height\":6,\"properties\":{{\"title\":{},\"region\":\"",
            at % 2 * 12,
            at / 2 * 6,
            crate::derive::string(title)
        )));
        out.push(Part::Region);
        out.push(text("\",\"view\":\"timeSeries\",\"metrics\":["));
        for (index, metric) in metrics.into_iter().enumerate() {
            out.push(text(if index == 0 { "" } else { "," }));
            out.extend(metric);
        }
        out.push(text("]}}"));
        at += 1;
    };
    for machine in machines(stack) {
        let arn = parts(stack, &of(&machine.id, Attribute::Arn));
        let line = |metric: &str, statistic: &str| {
            let mut parts = vec![Part::Text(format!(
                "[\"AWS/States\",\"{metric}\",\"StateMachineArn\",\""
            ))];
            parts.extend(arn.iter().cloned());
            parts.push(Part::Text(format!("\",{{\"stat\":\"{statistic}\"}}]")));
            parts
        };
        let counts = [
            "ExecutionsStarted",
            "ExecutionsSucceeded",
            "ExecutionsFailed",
            "ExecutionsTimedOut",
            "ExecutionThrottled",
        ];
        widget(
            &format!("Executions of {}", machine.id),
            counts.iter().map(|metric| line(metric, "Sum")).collect(),
            &mut out,
        );
        let times = ["p50", "p90", "p99"];
        widget(
            &format!("Duration of {}", machine.id),
            times
                .iter()
                .map(|statistic| line("ExecutionTime", statistic))
                .collect(),
            &mut out,
        );
    }
    let queues: Vec<Vec<Part>> = stack
        .queues
        .iter()
        .map(|queue| {
            let mut parts = vec![text(
                "[\"AWS/SQS\",\"ApproximateNumberOfMessagesVisible\",\"QueueName\",\"",
            )];
            parts.extend(name(stack, &queue.id));
            parts.push(text("\",{\"stat\":\"Maximum\"}]"));
            parts
        })
        .collect();
    if !queues.is_empty() {
        widget("Messages that wait", queues, &mut out);
    }
    out.push(text("]}"));
    merged(out)
}

/// What a trigger says of itself: services take no more.
pub(crate) fn described(trigger: &Trigger) -> String {
    crate::text::first_chars(&crate::doc::one_line(&trigger.description), 500)
}

/// What starts executions of a machine for whoever calls it.
pub(crate) fn start_action(machine: &StateMachine) -> &'static str {
    if machine.express {
        "states:StartSyncExecution"
    } else {
        "states:StartExecution"
    }
}

/// The policy of whoever calls a machine.
pub(crate) fn may_start(machine: &StateMachine) -> Statement {
    Statement {
        sid: "Start".to_owned(),
        actions: vec![start_action(machine).to_owned()],
        resources: vec![of(&machine.id, Attribute::AliasArn)],
        conditions: Vec::new(),
        why: String::new(),
    }
}

/// What an API calls of Step Functions, and what it sends: the body of the request as the input.
pub(crate) fn api_request(stack: &Stack, trigger: &Trigger) -> (&'static str, Vec<Part>) {
    let action = if waits(stack, trigger) {
        "StartSyncExecution"
    } else {
        "StartExecution"
    };
    let mut request = vec![Part::Text("{\"stateMachineArn\": \"".to_owned())];
    request.extend(parts(stack, &of(&stack.machine.id, Attribute::AliasArn)));
    request.push(Part::Text(
        "\", \"input\": \"$util.escapeJavaScript($input.json('$')).replaceAll(\"\\\\'\", \"'\")\"}"
            .to_owned(),
    ));
    (action, merged(request))
}
