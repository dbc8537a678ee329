//! Stacks that have everything that a stack can have, between them.

use std::collections::BTreeMap;

use asl::{Definition, Format};
use iac::stack::{
    Attribute, Bucket, Deployment, Environment, PipeSource, Queue, Stack, Table, Topic, Trigger,
    TriggerKind, Value,
};
use iac::{DeriveOptions, Limits, derive, watch};

const ORDER: &str = r#"{
  "Comment": "Reserves, charges and ships an order.",
  "StartAt": "Reserve",
  "States": {
    "Reserve": {"Type": "Task", "Resource": "arn:aws:states:::dynamodb:updateItem",
      "Parameters": {"TableName": "${orders_table}", "Key": {"pk": {"S.$": "$.id"}}}, "Next": "Charge"},
    "Charge": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke",
      "Parameters": {"FunctionName": "${charge_function_arn}", "Payload.$": "$"}, "ResultPath": "$.charge",
      "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Park"}], "Next": "Ship"},
    "Ship": {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync:2",
      "Parameters": {"StateMachineArn": "${ship_state_machine_arn}", "Input.$": "$"}, "End": true},
    "Park": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage",
      "Parameters": {"QueueUrl": "${repairs_url}", "MessageBody.$": "$"}, "Next": "Failed"},
    "Failed": {"Type": "Fail", "Error": "OrderFailed"}
  }
}"#;

const EXPORT: &str = r#"{
  "QueryLanguage": "JSONata",
  "StartAt": "Each",
  "States": {
    "Each": {"Type": "Map", "Label": "Each", "MaxConcurrency": 10,
      "ItemReader": {"Resource": "arn:aws:states:::s3:getObject", "ReaderConfig": {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"},
        "Arguments": {"Bucket": "${results_bucket}", "Key": "{%{'k': 'in/orders.csv'}.k%}"}},
      "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}, "StartAt": "Convert",
        "States": {"Convert": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Arguments": {"FunctionName": "${convert_function_arn}"}, "End": true}}},
      "ResultWriter": {"Resource": "arn:aws:states:::s3:putObject", "Arguments": {"Bucket": "${results_bucket}", "Prefix": "out"}},
      "Next": "Job"},
    "Job": {"Type": "Task", "Resource": "arn:aws:states:::glue:startJobRun.sync", "Arguments": {"JobName": "nightly"}, "End": true}
  }
}"#;

const TELEMETRY: &str = r#"{
  "StartAt": "Store",
  "States": {
    "Store": {"Type": "Task", "Resource": "arn:aws:states:::dynamodb:putItem",
      "Parameters": {"TableName": "${readings_table}", "Item": {"pk": {"S.$": "$.device"}, "sk": {"N.$": "States.Format('{}', $.at)"}}}, "End": true}
  }
}"#;

fn of(id: &str, attribute: Attribute) -> Value {
    Value::Attribute {
        id: id.to_owned(),
        attribute,
    }
}

fn queue(id: &str, dead: Option<&str>) -> Queue {
    Queue {
        id: id.to_owned(),
        description: format!("Takes {id}."),
        retention_days: 14,
        visibility_seconds: 60,
        dead_letters: dead.map(|dead| (dead.to_owned(), 5)),
        fifo: false,
    }
}

fn trigger(id: &str, kind: TriggerKind, dead: Option<&str>) -> Trigger {
    Trigger {
        id: id.to_owned(),
        description: format!("Starts it: {id}."),
        kind,
        dead_letters: dead.map(str::to_owned),
    }
}

fn environment(name: &str, approval: bool, deployment: Deployment) -> Environment {
    Environment {
        name: name.to_owned(),
        account: None,
        region: "eu-west-1".to_owned(),
        approval,
        deployment,
    }
}

/// Puts resources of the stack where the definition has asked for them.
fn fill(stack: &mut Stack, name: &str, value: &Value) {
    fn replace(place: &mut Value, name: &str, value: &Value) {
        match place {
            Value::Parameter(known) if known == name => *place = value.clone(),
            Value::Join(parts) => parts.iter_mut().for_each(|part| replace(part, name, value)),
            Value::Replaced { of, .. } => replace(of, name, value),
            _ => {}
        }
    }
    stack.parameters.retain(|parameter| parameter.name != name);
    stack
        .machine
        .substitutions
        .values_mut()
        .for_each(|place| replace(place, name, value));
    for statement in &mut stack.machine.role {
        statement
            .resources
            .iter_mut()
            .for_each(|place| replace(place, name, value));
    }
}

fn derived(name: &str, text: &str, express: bool, key: bool) -> Stack {
    let definition = Definition::parse(text.as_bytes(), Format::Json);
    let options = DeriveOptions {
        key,
        ..DeriveOptions::new(name, express)
    };
    let mut stack = derive(&definition, &options).stack;
    stack.alarms.clear();
    stack.environments = vec![
        environment("dev", false, Deployment::AllAtOnce),
        environment("prod", true, Deployment::Linear),
    ];
    stack.tags = BTreeMap::from([("service".to_owned(), name.to_owned())]);
    stack
}

/// A Standard workflow with a key of its own, started by events and over HTTP.
pub(crate) fn order() -> Stack {
    let mut stack = derived("order-saga", ORDER, false, true);
    stack.queues = vec![
        queue("dead-letters", None),
        queue("repairs", Some("dead-letters")),
    ];
    stack.tables = vec![Table {
        id: "orders".to_owned(),
        description: "Orders by id.".to_owned(),
        partition_key: ("pk".to_owned(), 'S'),
        sort_key: None,
        ttl: Some("expires".to_owned()),
    }];
    stack.topics = vec![Topic {
        id: "alarms".to_owned(),
        description: "Told when something is wrong.".to_owned(),
        emails: vec!["team@example.com".to_owned()],
    }];
    stack
        .parameters
        .retain(|parameter| parameter.name != "alarm_topic_arn");
    stack.alarm_topic = Some(of("alarms", Attribute::Arn));
    fill(&mut stack, "orders_table", &of("orders", Attribute::Name));
    fill(&mut stack, "repairs_url", &of("repairs", Attribute::Url));
    fill(&mut stack, "repairs_arn", &of("repairs", Attribute::Arn));
    stack.triggers = vec![
        trigger(
            "checkout",
            TriggerKind::Rule {
                bus: None,
                pattern: r#"{"source": ["shop"], "detail-type": ["OrderPlaced"]}"#.to_owned(),
                input_path: Some("$.detail".to_owned()),
            },
            Some("dead-letters"),
        ),
        trigger(
            "http",
            TriggerKind::Api {
                synchronous: false,
                path: "/orders".to_owned(),
            },
            None,
        ),
        trigger("callers", TriggerKind::Callers, None),
    ];
    watch(
        &mut stack,
        &Limits {
            failed: "2".to_owned(),
            percent: true,
            ..Limits::default()
        },
    );
    stack
}

/// A Standard workflow that runs every night over a bucket.
pub(crate) fn export() -> Stack {
    let mut stack = derived("nightly-export", EXPORT, false, false);
    stack.queues = vec![queue("dead-letters", None)];
    stack.buckets = vec![Bucket {
        id: "results".to_owned(),
        description: "What goes in and comes out.".to_owned(),
        expire_days: Some(90),
        events: true,
    }];
    fill(
        &mut stack,
        "results_bucket",
        &of("results", Attribute::Name),
    );
    stack.triggers = vec![trigger(
        "nightly",
        TriggerKind::Schedule {
            expression: "cron(0 3 * * ? *)".to_owned(),
            input: r#"{"full": true}"#.to_owned(),
        },
        Some("dead-letters"),
    )];
    watch(&mut stack, &Limits::default());
    stack
}

/// An Express workflow that takes what devices and queues send.
pub(crate) fn telemetry() -> Stack {
    let mut stack = derived("telemetry", TELEMETRY, true, false);
    stack.queues = vec![
        queue("dead-letters", None),
        queue("inbox", Some("dead-letters")),
    ];
    stack.tables = vec![Table {
        id: "readings".to_owned(),
        description: "Readings by device and time.".to_owned(),
        partition_key: ("pk".to_owned(), 'S'),
        sort_key: Some(("sk".to_owned(), 'N')),
        ttl: None,
    }];
    fill(
        &mut stack,
        "readings_table",
        &of("readings", Attribute::Name),
    );
    stack.triggers = vec![
        trigger(
            "inbox-pipe",
            TriggerKind::Pipe {
                source: of("inbox", Attribute::Arn),
                from: PipeSource::Queue,
                batch: 10,
                filter: Some(r#"{"body": {"kind": ["reading"]}}"#.to_owned()),
            },
            None,
        ),
        trigger(
            "http",
            TriggerKind::Api {
                synchronous: true,
                path: "/readings/{device}".to_owned(),
            },
            None,
        ),
    ];
    watch(&mut stack, &Limits::default());
    stack
}

/// As [`telemetry`], started by devices: the local AWS server does not know rules of `IoT`.
pub(crate) fn devices() -> Stack {
    let mut stack = telemetry();
    "devices".clone_into(&mut stack.name);
    stack.triggers = vec![trigger(
        "devices",
        TriggerKind::Iot {
            sql: "SELECT * FROM 'factory/+/telemetry'".to_owned(),
        },
        Some("dead-letters"),
    )];
    stack
}

/// All of them.
pub(crate) fn all() -> Vec<Stack> {
    vec![order(), export(), telemetry(), devices()]
}
