//! The stack of a design: its machines with their roles, and what stands around them.

use std::collections::BTreeMap;

use asl::{Definition, Format};
use iac::stack::{
    Alarm, AlarmComparison, Attribute, Deployment, Environment, LogLevel, Logging, Metric,
    MetricSource, MissingData, PipeSource, Queue, Stack, StateMachine, Statement, Topic, Trigger,
    TriggerKind as Starts, Value,
};
use iac::{DeriveOptions, Limit, Limits, MACHINE, Review};
use serde_json::json;

use crate::compose::{Composed, ComposedMachine, reads_whole_event, records};
use crate::decide::{self, Decisions};
use crate::machine::Kind;
use crate::requirements::{Requirements, Rollout, Threshold, TriggerKind};

/// The queue that takes events which could not start an execution.
const UNDELIVERED: &str = "undelivered";
const ALARMS: &str = "alarms";

/// The stack, and what of its roles a person has to look at.
pub(super) fn stack(
    requirements: &Requirements,
    decisions: &Decisions,
    composed: &Composed,
) -> (Stack, Vec<Review>) {
    let mut review = Vec::new();
    let mut parameters = composed.parameters.clone();
    let mut machines = Vec::new();
    for machine in &composed.machines {
        let (machine, asked) = deployed(
            requirements,
            decisions,
            (machine, &composed.parameters),
            &mut review,
        );
        for parameter in asked {
            if parameters.iter().all(|known| known.name != parameter.name) {
                parameters.push(parameter);
            }
        }
        machines.push(machine);
    }
    let mut machines = machines.into_iter();
    let machine = machines.next().unwrap_or_else(|| StateMachine {
        id: MACHINE.to_owned(),
        suffix: String::new(),
        express: false,
        definition: String::new(),
        file_name: "workflow.asl.json".to_owned(),
        substitutions: BTreeMap::new(),
        role: Vec::new(),
        logging: logging(decisions),
        tracing: false,
        key: false,
    });
    let mut queues = composed.queues.clone();
    let trigger = trigger(requirements, &mut queues);
    let emails: Vec<String> = {
        let said = requirements.alarms.notify.iter();
        let mut all: Vec<String> = said.chain(&requirements.failure.notify).cloned().collect();
        all.sort();
        all.dedup();
        all
    };
    let mut topics = composed.topics.clone();
    let mut alarm_topic = None;
    if !emails.is_empty() {
        topics.push(Topic {
            id: ALARMS.to_owned(),
            description: "Alarms of this workflow".to_owned(),
            emails,
        });
        alarm_topic = Some(own(ALARMS, Attribute::Arn));
    }
    let mut stack = Stack {
        name: requirements.name.clone(),
        description: requirements
            .description
            .clone()
            .unwrap_or_else(|| requirements.name.clone()),
        parameters,
        machine,
        children: machines.collect(),
        queues,
        topics,
        tables: composed.tables.clone(),
        buckets: composed.buckets.clone(),
        triggers: vec![trigger],
        alarms: alarms(requirements),
        alarm_topic,
        environments: environments(requirements),
        tags: requirements.tags.clone(),
    };
    iac::watch(&mut stack, &limits(requirements));
    (stack, review)
}

fn own(id: &str, attribute: Attribute) -> Value {
    Value::Attribute {
        id: id.to_owned(),
        attribute,
    }
}

fn logging(decisions: &Decisions) -> Logging {
    Logging {
        level: match decisions.logging.level {
            decide::LogLevel::Off => LogLevel::Off,
            decide::LogLevel::Error => LogLevel::Error,
            decide::LogLevel::All => LogLevel::All,
        },
        data: decisions.logging.data,
        retention_days: 30,
    }
}

/// A machine with the role that its definition needs, and the parameters that only its role has.
fn deployed(
    requirements: &Requirements,
    decisions: &Decisions,
    (machine, asked): (&ComposedMachine, &[iac::stack::Parameter]),
    review: &mut Vec<Review>,
) -> (StateMachine, Vec<iac::stack::Parameter>) {
    let mut options = DeriveOptions::new(&requirements.name, machine.express);
    options.logging = logging(decisions);
    options.tracing = decisions.logging.tracing;
    options.key = requirements.guarantees.sensitive_data;
    let definition = Definition::parse(machine.definition.as_bytes(), Format::Json);
    let derived = iac::derive(&definition, &options);
    // What fills in a whole resource is known here: it is an activity, which asks for its work by itself.
    let is_activity = |pointer: &str| {
        let states = machine.machine.states();
        let of = states
            .iter()
            .find(|state| pointer.ends_with(&format!("/{}", state.name())));
        of.is_some_and(|state| matches!(&state.kind, Kind::Task { resource, .. } if resource.starts_with("${")))
    };
    review.extend(
        derived
            .review
            .into_iter()
            .filter(|it| !is_activity(&it.pointer)),
    );
    // What a placeholder stands for is known here; the derivation took it for a parameter.
    let mut known: BTreeMap<String, Value> = derived
        .stack
        .machine
        .substitutions
        .iter()
        .filter_map(|(name, value)| match value {
            Value::Parameter(parameter) => {
                Some((parameter.clone(), machine.substitutions.get(name)?.clone()))
            }
            _ => None,
        })
        .collect();
    // The role names queues by their ARN, and the definition by their URL.
    for (name, value) in &machine.substitutions {
        if let (Some(queue), Some(arn)) = (name.strip_suffix("_url"), queue_arn(value)) {
            known.insert(format!("{queue}_arn"), arn);
        }
    }
    let resolve = Resolve {
        known: &known,
        id: &machine.id,
    };
    let role = derived.stack.machine.role;
    let is_function = |value: &Value| !names_activity(value, asked);
    let role = role
        .into_iter()
        .map(|it| {
            let mut statement = resolve.statement(it);
            if statement.actions == ["lambda:InvokeFunction"] {
                statement.resources.retain(is_function);
            }
            statement
        })
        .filter(|statement| !statement.resources.is_empty())
        .collect();
    let left = derived.stack.parameters.into_iter();
    let left = left
        .filter(|parameter| !known.contains_key(&parameter.name))
        .filter(|parameter| parameter.name != "alarm_topic_arn")
        .collect();
    let machine = StateMachine {
        id: machine.id.clone(),
        suffix: machine.suffix.clone(),
        express: machine.express,
        definition: machine.definition.clone(),
        file_name: machine.file_name.clone(),
        substitutions: machine.substitutions.clone(),
        role,
        logging: options.logging,
        tracing: options.tracing,
        key: options.key,
    };
    (machine, left)
}

/// Whether a value is the ARN of an activity, for which nobody needs a permission.
fn names_activity(value: &Value, parameters: &[iac::stack::Parameter]) -> bool {
    let says = |text: &str| text.contains(":activity:");
    match value {
        Value::Text(text) => says(text),
        Value::Join(parts) => parts.iter().any(|part| names_activity(part, parameters)),
        Value::Parameter(name) => parameters
            .iter()
            .filter(|parameter| parameter.name == *name)
            .any(|parameter| parameter.default.as_deref().is_some_and(says)),
        _ => false,
    }
}

/// The ARN of a queue of which the URL is known.
fn queue_arn(url: &Value) -> Option<Value> {
    match url {
        Value::Attribute {
            id,
            attribute: Attribute::Url,
        } => Some(own(id, Attribute::Arn)),
        Value::Join(parts) => match parts.as_slice() {
            [Value::Text(host), .., name] if host == "https://sqs." => {
                Some(Value::arn("sqs", [name.clone()]))
            }
            _ => None,
        },
        _ => None,
    }
}

/// Puts what is known in the place of parameters.
struct Resolve<'a> {
    known: &'a BTreeMap<String, Value>,
    /// Of the machine whose role it is.
    id: &'a str,
}

impl Resolve<'_> {
    fn statement(&self, mut statement: Statement) -> Statement {
        let all = |values: Vec<Value>| {
            let mut values: Vec<Value> = values.into_iter().map(|it| self.value(it)).collect();
            values.sort();
            values.dedup();
            values
        };
        statement.resources = all(statement.resources);
        for condition in &mut statement.conditions {
            condition.values = all(std::mem::take(&mut condition.values));
        }
        statement
    }

    fn value(&self, value: Value) -> Value {
        match value {
            Value::Parameter(name) => match self.known.get(&name) {
                Some(known) => known.clone(),
                None => Value::Parameter(name),
            },
            Value::Attribute { id, attribute } if id == MACHINE => own(self.id, attribute),
            Value::Join(parts) => Value::join(parts.into_iter().map(|part| self.value(part))),
            Value::Replaced { of, from, to } => replaced(self.value(*of), from, to),
            other => other,
        }
    }
}

/// What is written out needs no replacing when it is deployed.
fn replaced(of: Value, from: String, to: String) -> Value {
    if let Value::Text(text) = &of {
        return Value::text(text.replace(&from, &to));
    }
    if let Value::Join(parts) = &of
        && parts
            .iter()
            .any(|part| matches!(part, Value::Text(text) if text.contains(&from)))
    {
        let parts = parts.iter().cloned().map(|part| match part {
            Value::Text(text) => Value::text(text.replace(&from, &to)),
            other => other,
        });
        return Value::join(parts);
    }
    Value::Replaced {
        of: Box::new(of),
        from,
        to,
    }
}

fn trigger(requirements: &Requirements, queues: &mut Vec<Queue>) -> Trigger {
    let asked = &requirements.trigger;
    let source = asked.source.clone().unwrap_or_default();
    let input_path = (!reads_whole_event(requirements)).then(|| "$.detail".to_owned());
    let kind = match asked.kind {
        TriggerKind::EventBridge => Starts::Rule {
            bus: None,
            pattern: pattern(asked.pattern.as_ref(), &source),
            input_path,
        },
        TriggerKind::S3 => Starts::Rule {
            bus: None,
            pattern: json!({
                "source": ["aws.s3"],
                "detail-type": ["Object Created"],
                "detail": {"bucket": {"name": [source]}},
            })
            .to_string(),
            input_path,
        },
        TriggerKind::Schedule => Starts::Schedule {
            expression: asked
                .schedule
                .clone()
                .unwrap_or_else(|| "rate(1 day)".to_owned()),
            input: "{}".to_owned(),
        },
        TriggerKind::Api | TriggerKind::ApiSync => Starts::Api {
            synchronous: asked.caller_waits || asked.kind == TriggerKind::ApiSync,
            path: format!("/{}", requirements.name),
        },
        TriggerKind::Sqs
        | TriggerKind::Kinesis
        | TriggerKind::DynamoDbStream
        | TriggerKind::Pipe => {
            let from = records::source(asked).unwrap_or(PipeSource::Queue);
            pipe(from, &source, asked.pattern.as_ref())
        }
        TriggerKind::Iot => Starts::Iot {
            sql: if source.is_empty() {
                format!("SELECT * FROM '{}/#'", requirements.name)
            } else {
                source
            },
        },
        TriggerKind::ParentWorkflow | TriggerKind::Manual => Starts::Callers,
    };
    let is_sent = matches!(
        kind,
        Starts::Rule { .. } | Starts::Schedule { .. } | Starts::Iot { .. }
    );
    if is_sent {
        queues.push(Queue {
            id: UNDELIVERED.to_owned(),
            description: "Events that could not start an execution".to_owned(),
            retention_days: 14,
            visibility_seconds: 30,
            dead_letters: None,
            fifo: false,
        });
    }
    Trigger {
        id: "start".to_owned(),
        description: format!("Starts executions of {}", requirements.name),
        kind,
        dead_letters: is_sent.then(|| UNDELIVERED.to_owned()),
    }
}

fn pattern(asked: Option<&serde_json::Value>, source: &str) -> String {
    let mut pattern = asked.cloned().unwrap_or_else(|| json!({}));
    if let Some(members) = pattern.as_object_mut()
        && !source.is_empty()
        && !members.contains_key("source")
    {
        members.insert("source".to_owned(), json!([source]));
    }
    pattern.to_string()
}

fn pipe(from: PipeSource, source: &str, filter: Option<&serde_json::Value>) -> Starts {
    let (service, kind) = match from {
        PipeSource::Queue => ("sqs", ""),
        PipeSource::Kinesis => ("kinesis", "stream/"),
        PipeSource::DynamoDb => ("dynamodb", "table/"),
    };
    let source = if source.starts_with("arn:") {
        Value::text(source)
    } else {
        Value::arn(service, [Value::text(format!("{kind}{source}"))])
    };
    Starts::Pipe {
        source,
        from,
        // An execution for each message: the workflow is designed for one.
        batch: 1,
        filter: filter.map(ToString::to_string),
    }
}

fn environments(requirements: &Requirements) -> Vec<Environment> {
    let region = requirements.regions.first().cloned().unwrap_or_default();
    let asked = requirements.environments.iter();
    asked
        .map(|asked| Environment {
            name: asked.name.clone(),
            account: asked.account.clone(),
            region: asked.region.clone().unwrap_or_else(|| region.clone()),
            approval: asked.approval,
            deployment: match asked.deployment {
                Rollout::AllAtOnce => Deployment::AllAtOnce,
                Rollout::Canary => Deployment::Canary,
                Rollout::Linear => Deployment::Linear,
            },
        })
        .collect()
}

/// What of the thresholds the alarms of every stack take.
fn limits(requirements: &Requirements) -> Limits {
    let mut limits = Limits::default();
    if let Some(failed) = &requirements.alarms.failed {
        let percent = failed.percent;
        limits.percent = percent.is_some();
        if let Some(number) = percent.or(failed.count) {
            limits.failed = below(number, percent.is_some());
        }
        limits.period = period(failed);
    }
    let limit = |threshold: &Option<Threshold>| {
        let threshold = threshold.as_ref()?;
        let number = threshold.count.or(threshold.percent).unwrap_or_default();
        Some(Limit {
            most: below(number, false),
            period: period(threshold),
        })
    };
    limits.timed_out = limit(&requirements.alarms.timed_out);
    limits.throttled = limit(&requirements.alarms.throttled);
    limits.aborted = limit(&requirements.alarms.aborted);
    limits
}

/// The alarms go off above their threshold: at a count of 3 that is 2.
fn below(number: rust_decimal::Decimal, is_percent: bool) -> String {
    let number = if is_percent {
        number
    } else {
        pricing::num::sub(number, rust_decimal::Decimal::ONE).max(rust_decimal::Decimal::ZERO)
    };
    number.normalize().to_string()
}

/// CloudWatch takes periods of whole minutes, up to a day.
fn period(threshold: &Threshold) -> u32 {
    let minutes = threshold.per.0.div_ceil(60_000).clamp(1, 1_440);
    u32::try_from(minutes).unwrap_or(1) * 60
}

/// Alarms that only some stacks have.
fn alarms(requirements: &Requirements) -> Vec<Alarm> {
    let asked = &requirements.alarms;
    let mut alarms = Vec::new();
    if let Some(slowest) = asked.duration_p99 {
        alarms.push(Alarm {
            id: "slow".to_owned(),
            description: "The slowest of a hundred executions takes too long. Look at its history for the state that does.".to_owned(),
            source: MetricSource::One(metric("ExecutionTime", "p99")),
            period: 300,
            evaluation_periods: 3,
            datapoints_to_alarm: 2,
            threshold: slowest.0.to_string(),
            comparison: AlarmComparison::Above,
            missing: MissingData::NotBreaching,
            rolls_back: true,
        });
    }
    alarms
}

fn metric(name: &str, statistic: &str) -> Metric {
    Metric {
        namespace: "AWS/States".to_owned(),
        name: name.to_owned(),
        dimensions: vec![("StateMachineArn".to_owned(), own(MACHINE, Attribute::Arn))],
        statistic: statistic.to_owned(),
    }
}
