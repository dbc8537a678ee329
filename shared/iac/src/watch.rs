//! What a state machine is watched by: alarms, and a dashboard.

use crate::stack::{
    Alarm, AlarmComparison, Attribute, Metric, MetricSource, MissingData, Parameter, ParameterKind,
    Stack, StateMachine, Value,
};

/// When the alarms of a stack go off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Executions that may fail in one period: a number of them, or a percentage where `percent` is set.
    pub failed: String,
    /// Whether `failed` is a percentage of those that were started.
    pub percent: bool,
    /// Seconds of a period.
    pub period: u32,
    /// Executions of the machine itself that may time out; as few as of its children where nothing is said.
    pub timed_out: Option<Limit>,
    /// The same of those that are held back.
    pub throttled: Option<Limit>,
    /// The same of those that are stopped.
    pub aborted: Option<Limit>,
}

/// How much of something there may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit {
    /// An alarm goes off above it.
    pub most: String,
    /// Seconds of a period.
    pub period: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            failed: "0".to_owned(),
            percent: false,
            period: 300,
            timed_out: None,
            throttled: None,
            aborted: None,
        }
    }
}

/// Gives a stack the alarms of its state machines and queues, and a topic to tell where it has none.
///
/// An alarm that the stack has already stays as it is.
pub fn watch(stack: &mut Stack, limits: &Limits) {
    if stack.alarm_topic.is_none() {
        stack.parameters.push(Parameter {
            name: "alarm_topic_arn".to_owned(),
            description: "ARN of the SNS topic that alarms tell.".to_owned(),
            kind: ParameterKind::Arn,
            default: None,
        });
        stack.alarm_topic = Some(Value::Parameter("alarm_topic_arn".to_owned()));
    }
    let mut alarms = Vec::new();
    for machine in std::iter::once(&stack.machine).chain(&stack.children) {
        alarms.extend(machine_alarms(machine, limits));
    }
    for queue in &stack.queues {
        alarms.push(waiting(&queue.id, &queue.description));
    }
    for alarm in alarms {
        if stack.alarms.iter().all(|known| known.id != alarm.id) {
            stack.alarms.push(alarm);
        }
    }
}

fn metric(machine: &str, name: &str) -> Metric {
    let arn = Value::Attribute {
        id: machine.to_owned(),
        attribute: Attribute::Arn,
    };
    Metric {
        namespace: "AWS/States".to_owned(),
        name: name.to_owned(),
        dimensions: vec![("StateMachineArn".to_owned(), arn)],
        statistic: "Sum".to_owned(),
    }
}

fn alarm(id: String, description: &str, source: MetricSource, limits: &Limits) -> Alarm {
    Alarm {
        id,
        description: description.to_owned(),
        source,
        period: limits.period,
        evaluation_periods: 1,
        datapoints_to_alarm: 1,
        threshold: "0".to_owned(),
        comparison: AlarmComparison::Above,
        missing: MissingData::NotBreaching,
        rolls_back: false,
    }
}

fn machine_alarms(machine: &StateMachine, limits: &Limits) -> Vec<Alarm> {
    let id = |what: &str| {
        if machine.suffix.is_empty() {
            what.to_owned()
        } else {
            format!("{}-{what}", machine.id)
        }
    };
    let one = |name: &str| MetricSource::One(metric(&machine.id, name));
    let failed = if limits.percent {
        MetricSource::Expression {
            expression: "100 * failed / MAX([failed, started, 1])".to_owned(),
            label: "Failed executions, percent".to_owned(),
            metrics: vec![
                ("failed".to_owned(), metric(&machine.id, "ExecutionsFailed")),
                (
                    "started".to_owned(),
                    metric(&machine.id, "ExecutionsStarted"),
                ),
            ],
        }
    } else {
        one("ExecutionsFailed")
    };
    let mut alarms = vec![
        Alarm {
            threshold: limits.failed.clone(),
            rolls_back: true,
            ..alarm(
                id("failed"),
                "Executions fail. Look at the last failed execution and the error of its last state.",
                failed,
                limits,
            )
        },
        Alarm {
            rolls_back: true,
            ..alarm(
                id("timed-out"),
                "Executions run out of time. Look at the state in which they wait.",
                one("ExecutionsTimedOut"),
                limits,
            )
        },
        Alarm {
            evaluation_periods: 3,
            datapoints_to_alarm: 2,
            ..alarm(
                id("throttled"),
                "Executions are held back by a quota. Start fewer at a time, or ask for a higher quota.",
                one("ExecutionThrottled"),
                limits,
            )
        },
    ];
    let is_itself = machine.suffix.is_empty();
    // Express executions cannot be aborted.
    if !machine.express || is_itself && limits.aborted.is_some() {
        alarms.push(alarm(
            id("aborted"),
            "Somebody or something stops executions. CloudTrail says who called StopExecution.",
            one("ExecutionsAborted"),
            limits,
        ));
    }
    if is_itself {
        let said = [
            ("timed-out", &limits.timed_out),
            ("throttled", &limits.throttled),
            ("aborted", &limits.aborted),
        ];
        for alarm in &mut alarms {
            let of = said.iter().find(|(id, _)| *id == alarm.id);
            if let Some((_, Some(limit))) = of {
                alarm.threshold.clone_from(&limit.most);
                alarm.period = limit.period;
                (alarm.evaluation_periods, alarm.datapoints_to_alarm) = (1, 1);
            }
        }
    }
    alarms
}

fn waiting(queue: &str, description: &str) -> Alarm {
    let name = Value::Attribute {
        id: queue.to_owned(),
        attribute: Attribute::Name,
    };
    Alarm {
        comparison: AlarmComparison::AtLeast,
        threshold: "1".to_owned(),
        ..alarm(
            format!("{queue}-waiting"),
            &format!("Messages wait in the queue. {description}"),
            MetricSource::One(Metric {
                namespace: "AWS/SQS".to_owned(),
                name: "ApproximateNumberOfMessagesVisible".to_owned(),
                dimensions: vec![("QueueName".to_owned(), name)],
                statistic: "Maximum".to_owned(),
            }),
            &Limits {
                period: 60,
                ..Limits::default()
            },
        )
    }
}
