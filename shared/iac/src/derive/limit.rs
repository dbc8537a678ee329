//! The resources that an action is limited to, by what the call names.

use catalogue::{Limit, Purpose};

use super::names::snake;
use super::payload::{Known, Payload};
use super::{Deriver, own};
use crate::stack::{Attribute, ParameterKind, Value};

/// What a statement is limited to, and why it is no narrower.
pub(super) struct Limited {
    pub(super) resources: Vec<Value>,
    pub(super) why: Option<String>,
}

/// Parameters that name a variable of an ARN and are called otherwise: IAM prefix, variable, parameter.
const ALIASES: &[(&str, &str, &str)] = &[
    ("batch", "JobDefinitionName", "JobDefinition"),
    ("batch", "JobQueueName", "JobQueue"),
    ("codebuild", "ProjectName", "ProjectName"),
    ("databrew", "ResourceId", "Name"),
    ("ecs", "ClusterName", "Cluster"),
    ("ecs", "TaskDefinitionFamilyName", "TaskDefinition"),
    ("elasticmapreduce", "ClusterId", "JobFlowId"),
    ("glue", "CrawlerName", "Name"),
    ("kinesis", "StreamName", "StreamName"),
    ("kms", "KeyId", "KeyId"),
    ("rds-data", "DbClusterInstanceName", "ResourceArn"),
    ("rds", "DbClusterInstanceName", "DbClusterIdentifier"),
    ("redshift-data", "ClusterName", "ClusterIdentifier"),
    ("redshift-data", "WorkgroupId", "WorkgroupName"),
    ("s3", "BucketName", "Bucket"),
    ("s3", "ObjectName", "Key"),
    ("secretsmanager", "SecretId", "SecretId"),
    ("ses", "IdentityName", "Source"),
    ("ses", "IdentityName", "FromEmailAddress"),
    ("sns", "TopicName", "TopicArn"),
    ("sns", "TopicName", "TargetArn"),
    ("sqs", "QueueName", "QueueUrl"),
    ("ssm", "ParameterNameWithoutLeadingSlash", "Name"),
    ("states", "StateMachineName", "StateMachineArn"),
];

/// What a call takes where it names nothing: IAM prefix, variable, value.
const DEFAULTS: &[(&str, &str, &str)] = &[
    ("athena", "WorkGroupName", "primary"),
    ("athena", "DataCatalogName", "AwsDataCatalog"),
    ("ecs", "ClusterName", "default"),
    ("events", "EventBusName", "default"),
    ("scheduler", "GroupName", "default"),
];

/// Actions that make the resource that they are limited to, so that nobody can know its name before.
const MAKING: [&str; 14] = [
    "Create", "Start", "Run", "Submit", "Register", "Import", "Copy", "Publish", "Put", "Request",
    "Allocate", "Clone", "Restore", "Invoke",
];

/// A resource, with its variables but for partition, Region and account.
struct Shape {
    pieces: Vec<(String, Option<String>)>,
}

impl Shape {
    fn new(arn: &str) -> Self {
        let mut pieces = Vec::new();
        let mut rest = arn;
        while let Some((before, after)) = rest.split_once("${") {
            let (name, behind) = after.split_once('}').unwrap_or((after, ""));
            pieces.push((before.to_owned(), Some(name.to_owned())));
            rest = behind;
        }
        if !rest.is_empty() {
            pieces.push((rest.to_owned(), None));
        }
        Self { pieces }
    }

    fn variables(&self) -> impl Iterator<Item = &str> {
        self.pieces
            .iter()
            .filter_map(|(_, name)| name.as_deref())
            .filter(|name| !["Partition", "Region", "Account"].contains(name))
    }

    /// The ARN with what `value` says of each variable, and `*` from the first on of which nothing is known.
    fn filled(&self, mut value: impl FnMut(&str) -> Option<Value>) -> Value {
        let mut parts = Vec::new();
        for (before, name) in &self.pieces {
            parts.push(Value::text(before.as_str()));
            match name.as_deref() {
                None => {}
                Some("Partition") => parts.push(Value::Partition),
                Some("Region") => parts.push(Value::Region),
                Some("Account") => parts.push(Value::Account),
                Some(name) => parts.push(value(name).unwrap_or_else(|| Value::text("*"))),
            }
        }
        Value::join(parts)
    }
}

fn plain(name: &str) -> String {
    name.chars()
        .filter(char::is_ascii_alphanumeric)
        .collect::<String>()
        .to_ascii_lowercase()
}

/// Names of parameters that may name a variable, likely ones first.
fn candidates(prefix: &str, kind: &str, variable: &str) -> Vec<String> {
    let mut all: Vec<String> = ALIASES
        .iter()
        .filter(|(service, known, _)| *service == prefix && *known == variable)
        .map(|(.., parameter)| plain(parameter))
        .collect();
    let (variable, kind) = (plain(variable), plain(kind));
    let stem = ["name", "id", "arn"]
        .iter()
        .find_map(|end| variable.strip_suffix(end))
        .unwrap_or(&variable)
        .to_owned();
    all.push(variable.clone());
    for word in [&stem, &kind] {
        if word.len() > 2 {
            // What AWS numbers is not called by a name that the call gives it.
            let ends = ["name", "id", "arn", "identifier", ""];
            let ends = ends
                .iter()
                .filter(|end| **end != "name" || !variable.ends_with("id"));
            all.extend(ends.map(|end| format!("{word}{end}")));
        }
    }
    all
}

/// Whether the action makes what it is limited to.
fn makes(action: &str) -> bool {
    let name = action.split_once(':').map_or(action, |(_, name)| name);
    MAKING.iter().any(|verb| name.starts_with(verb))
}

/// One place that a call reaches, as one action sees it.
struct Found {
    value: Value,
    wide: Option<String>,
}

impl Deriver<'_> {
    /// The resources that the action is limited to in this call. `None` where the action is not known.
    pub(super) fn limited(
        &mut self,
        action: &str,
        purpose: Purpose,
        payload: Payload<'_>,
        state: &str,
    ) -> Option<Limited> {
        let limits: Vec<Limit> = catalogue::iam_limits(action)?
            .into_iter()
            .filter(|limit| !limit.kind.starts_with("accesspoint"))
            // Only executions of Standard workflows are waited for.
            .filter(|limit| purpose != Purpose::Job || limit.kind != "express")
            .collect();
        if limits.is_empty() {
            return Some(Limited {
                resources: vec![Value::text("*")],
                why: Some(format!("{action} cannot be limited to a resource")),
            });
        }
        let mut resources = Vec::new();
        let mut why = Vec::new();
        let mut unnamed = Vec::new();
        for limit in &limits {
            let found = self.named(action, limit, payload, state);
            if found.is_empty() {
                unnamed.push(*limit);
            }
            for found in found {
                resources.push(found.value);
                why.extend(found.wide);
            }
        }
        let prefix = action.split_once(':').map_or("", |(prefix, _)| prefix);
        // What it makes beside what it names: a job in a queue.
        let made = purpose == Purpose::Job || makes(action);
        let alternatives = limits.iter().filter(|limit| limit.required).count() > 3;
        let default = |limit: &Limit| {
            let shape = Shape::new(limit.arn);
            let variable = shape.variables().next()?.to_owned();
            let default = DEFAULTS
                .iter()
                .find(|(service, known, _)| *service == prefix && *known == variable)?;
            Some(shape.filled(|name| (name == variable).then(|| Value::text(default.2))))
        };
        let required = |limit: &&Limit| limit.required;
        for limit in unnamed.iter().filter(required) {
            if let Some(value) = default(limit).filter(|_| !payload.is_dynamic()) {
                resources.push(value);
            } else if made && !alternatives && (!resources.is_empty() || is_made(action, limit)) {
                resources.push(Shape::new(limit.arn).filled(|_| None));
                why.push(format!(
                    "the {} has no name before it runs",
                    words(limit.kind)
                ));
            }
        }
        if resources.is_empty()
            && let Some(limit) = unnamed.iter().find(required).or_else(|| unnamed.first())
        {
            resources.push(self.asked(action, limit, state));
        }
        resources.sort();
        resources.dedup();
        why.dedup();
        Some(Limited {
            resources,
            why: (!why.is_empty()).then(|| why.join("; ")),
        })
    }

    /// The resources of one kind that the call names.
    fn named(
        &mut self,
        action: &str,
        limit: &Limit,
        payload: Payload<'_>,
        state: &str,
    ) -> Vec<Found> {
        let shape = Shape::new(limit.arn);
        let prefix = action.split_once(':').map_or("", |(prefix, _)| prefix);
        let Some(leading) = shape.variables().next().map(str::to_owned) else {
            // One of its kind in the account.
            return vec![Found {
                value: shape.filled(|_| None),
                wide: None,
            }];
        };
        let names = candidates(prefix, limit.kind, &leading);
        let mut found = Vec::new();
        for (parameter, known) in self.values(&names, payload) {
            let subject = Subject {
                action,
                limit,
                parameter,
                state,
            };
            found.push(self.placed(&subject, &shape, &leading, known, payload));
        }
        found
    }

    /// What the call says under one of the names; all items of a list.
    fn values<'a>(&mut self, names: &[String], payload: Payload<'a>) -> Vec<(&'a str, Known)> {
        for name in names {
            let plural = format!("{name}s");
            let member = payload
                .members()
                .find(|(key, ..)| [name, &plural].contains(&&plain(key)));
            let Some((key, node, path)) = member else {
                continue;
            };
            let items = node.items().unwrap_or_else(|| std::slice::from_ref(node));
            let known: Vec<(&str, Known)> = items
                .iter()
                .filter_map(|item| Some((key, super::payload::known(item, path, &mut self.names)?)))
                .collect();
            if !known.is_empty() {
                return known;
            }
        }
        // Deeper: entries of a batch, requests of a transaction.
        let deep = |key: &str| names.first().is_some_and(|name| *name == plain(key));
        payload.deep(&deep, &mut self.names)
    }

    /// A resource whose leading variable is known.
    fn placed(
        &mut self,
        subject: &Subject<'_>,
        shape: &Shape,
        leading: &str,
        known: Known,
        payload: Payload<'_>,
    ) -> Found {
        let prefix = subject.prefix();
        let value = match known {
            Known::Text(value) => value,
            Known::Begins(start, expression) => {
                let wide = format!("its name begins with `{start}`, the rest is `{expression}`");
                let value = Value::text(format!("{start}*"));
                return Found {
                    value: shape.filled(|name| (name == leading).then(|| value.clone())),
                    wide: Some(wide),
                };
            }
            Known::Dynamic(expression) if is_own_arn(&expression) => {
                return Found {
                    value: executions(own(Attribute::Arn), subject.limit.kind),
                    wide: None,
                };
            }
            Known::Dynamic(expression) => {
                let value = self.asked_for(subject, &expression);
                return self.arn_of(subject, shape, leading, value, payload);
            }
        };
        // The address of a queue says its Region, account and name.
        if prefix == "sqs" {
            return Found {
                value: self.queue(subject, &value),
                wide: None,
            };
        }
        if (subject.limit.kind == "topic"
            || subject.parameter.to_ascii_lowercase().ends_with("arn"))
            && let Value::Parameter(name) = &value
        {
            self.names.refine(
                name,
                ParameterKind::Arn,
                &format!("The ARN of a {}.", words(subject.limit.kind)),
            );
        }
        self.arn_of(subject, shape, leading, value, payload)
    }

    /// The ARN of what a value names, which may be one already.
    fn arn_of(
        &mut self,
        subject: &Subject<'_>,
        shape: &Shape,
        leading: &str,
        value: Value,
        payload: Payload<'_>,
    ) -> Found {
        let done = |value| Found { value, wide: None };
        if is_arn(&value)
            || matches!(&value, Value::Parameter(name) if self.names.kind(name) == Some(ParameterKind::Arn))
        {
            let whole = executions(value, subject.limit.kind);
            // A bucket's own ARN is not one of its objects.
            return done(match shape.variables().count() {
                2.. if subject.prefix() == "s3" => Value::join([whole, Value::text("/*")]),
                _ => whole,
            });
        }
        let names: Vec<String> = shape.variables().skip(1).map(str::to_owned).collect();
        let mut later = std::collections::BTreeMap::new();
        let mut wide = None;
        for name in names {
            // The kind names what leads, never what follows it.
            let candidates = candidates(subject.prefix(), "", &name);
            let known = self.values(&candidates, payload).into_iter().next();
            let value = match known {
                Some((_, Known::Text(value))) => value,
                Some((_, Known::Begins(start, _))) => Value::text(format!("{start}*")),
                Some((_, Known::Dynamic(expression))) => {
                    wide = Some(format!("`{expression}` is known when it runs"));
                    Value::text("*")
                }
                None => Value::text("*"),
            };
            later.insert(name, value);
        }
        let value = named_plainly(subject, value, &mut later);
        let filled = shape.filled(|name| {
            if name == leading {
                Some(value.clone())
            } else {
                later.get(name).cloned()
            }
        });
        Found {
            value: filled,
            wide,
        }
    }

    fn queue(&mut self, subject: &Subject<'_>, url: &Value) -> Value {
        if let Value::Text(text) = url {
            let mut parts = text.trim_start_matches("https://").splitn(3, '/');
            if let (Some(host), Some(account), Some(name)) =
                (parts.next(), parts.next(), parts.next())
            {
                let region = host
                    .strip_prefix("sqs.")
                    .and_then(|host| host.split('.').next());
                let region = region.map_or(Value::Region, Value::text);
                return Value::join([
                    Value::text("arn:"),
                    Value::Partition,
                    Value::text(":sqs:"),
                    region,
                    Value::text(format!(":{account}:{name}")),
                ]);
            }
        }
        let name = match url {
            Value::Parameter(name) => {
                self.names
                    .refine(name, ParameterKind::Url, "The URL of a queue.");
                let stem = name.strip_suffix("_url").unwrap_or(name);
                format!("{stem}_arn")
            }
            _ => "queue_arn".to_owned(),
        };
        let description = format!("ARN of the queue that `{}` sends to.", subject.state);
        self.names.ask(
            &format!("queue {url:?}"),
            &name,
            subject.state,
            ParameterKind::Arn,
            description,
        )
    }

    /// A parameter for what is known only when the state runs, named after the parameter of the call.
    fn asked_for(&mut self, subject: &Subject<'_>, expression: &str) -> Value {
        let whole = subject.wants_arn();
        let (name, kind) = if whole && !subject.parameter.to_ascii_lowercase().ends_with("arn") {
            let stem = snake(subject.parameter);
            let stem = ["_name", "_url", "_id"]
                .iter()
                .find_map(|end| stem.strip_suffix(end))
                .unwrap_or(&stem)
                .to_owned();
            (format!("{stem}_arn"), ParameterKind::Arn)
        } else if whole {
            (subject.parameter.to_owned(), ParameterKind::Arn)
        } else {
            (subject.parameter.to_owned(), ParameterKind::Name)
        };
        let what = if whole { "ARN" } else { "Name" };
        let description = format!(
            "{what} of the {} that `{}` uses; the definition takes it from `{expression}`.",
            words(subject.limit.kind),
            subject.state
        );
        let key = format!("{} {} {expression}", subject.prefix(), subject.limit.kind);
        self.names
            .ask(&key, &name, subject.state, kind, description)
    }

    /// A parameter for a resource that the call does not name at all.
    fn asked(&mut self, action: &str, limit: &Limit, state: &str) -> Value {
        let prefix = action.split_once(':').map_or("", |(prefix, _)| prefix);
        let kind = words(limit.kind);
        let description = format!("ARN of the {kind} that `{state}` uses for {action}.");
        let name = format!("{} {kind} arn", prefix.replace('-', " "));
        let key = format!("{prefix} {kind} {state}");
        self.names
            .ask(&key, &name, state, ParameterKind::Arn, description)
    }
}

/// Who asks for what.
struct Subject<'a> {
    action: &'a str,
    limit: &'a Limit,
    parameter: &'a str,
    state: &'a str,
}

impl Subject<'_> {
    fn prefix(&self) -> &str {
        self.action.split_once(':').map_or("", |(prefix, _)| prefix)
    }

    /// Whether the whole ARN is asked for: the name alone would not say which one it is.
    fn wants_arn(&self) -> bool {
        let lower = self.parameter.to_ascii_lowercase();
        lower.ends_with("arn")
            || lower.ends_with("url")
            || ["lambda", "sns", "sqs", "states"].contains(&self.prefix())
    }
}

/// Names that say more than the variable that they stand for.
fn named_plainly(
    subject: &Subject<'_>,
    value: Value,
    later: &mut std::collections::BTreeMap<String, Value>,
) -> Value {
    let Value::Text(text) = &value else {
        return value;
    };
    let text = text.strip_prefix('/').unwrap_or(text);
    // `orders:7` is revision 7 of a task or job definition.
    if let (Some((family, revision)), "ecs" | "batch") = (text.split_once(':'), subject.prefix()) {
        for (name, later) in later.iter_mut() {
            if name.contains("Revision") {
                *later = Value::text(revision);
            }
        }
        return Value::text(family);
    }
    if subject.prefix() == "secretsmanager" {
        // AWS adds six characters to the name.
        return Value::text(format!("{text}-??????"));
    }
    Value::text(text)
}

/// Whether a call of this action can only mean what it makes by this kind.
fn is_made(action: &str, limit: &Limit) -> bool {
    let name = plain(action.split_once(':').map_or(action, |(_, name)| name));
    name.ends_with(&plain(limit.kind)) || limit.kind == "job"
}

fn words(kind: &str) -> String {
    crate::text::camel_words(kind).join(" ")
}

pub(super) fn is_arn(value: &Value) -> bool {
    match value {
        Value::Text(text) => text.starts_with("arn:"),
        Value::Join(parts) => {
            matches!(parts.first(), Some(Value::Text(text)) if text.starts_with("arn:"))
        }
        _ => false,
    }
}

fn is_own_arn(expression: &str) -> bool {
    ["$$.StateMachine.Id", "$states.context.StateMachine.Id"].contains(&expression)
}

/// The executions of a state machine, where they are what is asked for.
pub(super) fn executions(machine: Value, kind: &str) -> Value {
    let to = match kind {
        "execution" => ":execution:",
        "express" => ":express:",
        _ => return machine,
    };
    let from = ":stateMachine:";
    // Executions of Express workflows have two ids.
    let end = if kind == "express" { ":*:*" } else { ":*" };
    let replaced = match machine {
        Value::Text(text) if text.contains(":execution:") || text.contains(":express:") => {
            return Value::Text(text);
        }
        Value::Text(text) => Value::Text(text.replace(from, to)),
        Value::Attribute {
            id,
            attribute: Attribute::Arn,
        } => {
            let name = Value::Attribute {
                id,
                attribute: Attribute::Name,
            };
            return Value::arn(
                "states",
                [
                    Value::text(to.trim_start_matches(':')),
                    name,
                    Value::text(end),
                ],
            );
        }
        other => Value::Replaced {
            of: Box::new(other),
            from: from.to_owned(),
            to: to.to_owned(),
        },
    };
    Value::join([replaced, Value::text(end)])
}
