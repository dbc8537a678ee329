//! Calls whose resources are named in a way of their own.

use asl::State;

use super::Deriver;
use super::payload::{Known, Payload};
use super::role::statement;
use crate::stack::{Condition, ParameterKind, Value};

impl Deriver<'_> {
    pub(super) fn function(&mut self, state: &State, payload: Payload<'_>) {
        let name = &state.name.value;
        let why = format!("`{name}` calls it");
        let qualifier = payload.get("Qualifier", &mut self.names);
        let with_qualifier = |arn: Value| match &qualifier {
            None => arn,
            Some(Known::Text(qualifier)) => Value::join([arn, Value::text(":"), qualifier.clone()]),
            Some(_) => Value::join([arn, Value::text(":*")]),
        };
        let arn = match payload.get("FunctionName", &mut self.names) {
            Some(Known::Text(value)) if super::limit::is_arn(&value) => with_qualifier(value),
            Some(Known::Text(Value::Parameter(parameter))) => {
                if parameter.ends_with("_name") {
                    self.names.set_kind(
                        &parameter,
                        ParameterKind::Name,
                        "Name of a Lambda function.",
                    );
                    with_qualifier(function_arn(Value::Parameter(parameter)))
                } else {
                    let what = format!("ARN of the Lambda function that `{name}` calls.");
                    self.names.set_kind(&parameter, ParameterKind::Arn, &what);
                    with_qualifier(Value::Parameter(parameter))
                }
            }
            // `111122223333:function:name`
            Some(Known::Text(Value::Text(text))) if text.contains(":function:") => {
                with_qualifier(Value::join([
                    Value::text("arn:"),
                    Value::Partition,
                    Value::text(":lambda:"),
                    Value::Region,
                    Value::text(format!(":{text}")),
                ]))
            }
            Some(Known::Text(value)) => with_qualifier(function_arn(value)),
            Some(Known::Begins(start, _)) => function_arn(Value::text(format!("{start}*"))),
            other => {
                let from = match other {
                    Some(Known::Dynamic(expression)) => {
                        format!("; the definition takes it from `{expression}`")
                    }
                    _ => String::new(),
                };
                let description = format!("ARN of the Lambda function that `{name}` calls{from}.");
                let key = if from.is_empty() { name.clone() } else { from };
                self.names.ask(
                    &format!("function {key}"),
                    "function arn",
                    name,
                    ParameterKind::Arn,
                    description,
                )
            }
        };
        self.allow(&["lambda:InvokeFunction"], vec![arn], why);
    }

    pub(super) fn copy(&mut self, state: &State, payload: Payload<'_>) {
        let object = |bucket: Value, key: Value| {
            let head = [Value::text("arn:"), Value::Partition, Value::text(":s3:::")];
            Value::join(head.into_iter().chain([bucket, Value::text("/"), key]))
        };
        let key = |known: Option<Known>| match known {
            Some(Known::Text(value)) => value,
            Some(Known::Begins(start, _)) => Value::text(format!("{start}*")),
            _ => Value::text("*"),
        };
        let name = state.name.value.clone();
        let both: [&[&str]; 2] = [&["DestinationBucket", "Bucket"], &["SourceBucket"]];
        let keys: [&[&str]; 2] = [&["DestinationKey", "Key"], &["SourceKey"]];
        for ((buckets, keys), action) in both
            .into_iter()
            .zip(keys)
            .zip(["s3:PutObject", "s3:GetObject"])
        {
            let mut first = |wanted: &[&str]| {
                wanted
                    .iter()
                    .find_map(|wanted| payload.get(wanted, &mut self.names))
            };
            let (mut bucket, mut place) = (first(buckets), key(first(keys)));
            if action == "s3:GetObject" && bucket.is_none() {
                match first(&["CopySource"]) {
                    Some(Known::Text(Value::Text(text))) => {
                        let text = text.trim_start_matches('/');
                        let (source, rest) = text.split_once('/').unwrap_or((text, "*"));
                        bucket = Some(Known::Text(Value::text(source)));
                        place = Value::text(rest);
                    }
                    Some(Known::Begins(start, _)) if start.contains('/') => {
                        let (source, rest) = start.split_once('/').unwrap_or((&start, ""));
                        place = Value::text(format!("{rest}*"));
                        bucket = Some(Known::Text(Value::text(source)));
                    }
                    other => bucket = other,
                }
            }
            let bucket = self.bucket(bucket, action, &name);
            self.allow(
                &[action],
                vec![object(bucket, place)],
                format!("`{name}` copies with it"),
            );
        }
    }

    /// A bucket's name, or a parameter for it.
    pub(super) fn bucket(&mut self, known: Option<Known>, what: &str, state: &str) -> Value {
        let from = match known {
            Some(Known::Text(value)) => return value,
            Some(Known::Begins(_, expression) | Known::Dynamic(expression)) => expression,
            None => String::new(),
        };
        let description = format!("Name of the bucket that `{state}` uses for {what}.");
        let key = format!(
            "bucket {what} {from} {}",
            if from.is_empty() { state } else { "" }
        );
        let name = if what == "s3:GetObject" {
            "source_bucket"
        } else {
            "bucket"
        };
        self.names
            .ask(&key, name, state, ParameterKind::Name, description)
    }

    pub(super) fn model(&mut self, state: &State, payload: Payload<'_>) {
        let name = state.name.value.clone();
        let in_bedrock = |region: Value, account: Value, rest: String| {
            Value::join([
                Value::text("arn:"),
                Value::Partition,
                Value::text(":bedrock:"),
                region,
                Value::text(":"),
                account,
                Value::text(rest),
            ])
        };
        let resources = match payload.get("ModelId", &mut self.names) {
            Some(Known::Text(value)) if super::limit::is_arn(&value) => vec![value],
            Some(Known::Text(Value::Text(id))) => {
                let geography = id.split_once('.').filter(|(place, _)| {
                    ["us", "eu", "apac", "global", "jp", "au", "ca"].contains(place)
                });
                match geography {
                    // A profile spreads calls over Regions, and the call is permitted for the model in each.
                    Some((_, model)) => vec![
                        in_bedrock(
                            Value::Region,
                            Value::Account,
                            format!(":inference-profile/{id}"),
                        ),
                        in_bedrock(
                            Value::text("*"),
                            Value::text(""),
                            format!(":foundation-model/{model}"),
                        ),
                    ],
                    None => vec![in_bedrock(
                        Value::Region,
                        Value::text(""),
                        format!(":foundation-model/{id}"),
                    )],
                }
            }
            Some(Known::Text(value)) => {
                if let Value::Parameter(parameter) = &value {
                    self.names.set_kind(
                        parameter,
                        ParameterKind::Arn,
                        "ARN of a model of Bedrock.",
                    );
                }
                vec![value]
            }
            other => {
                let from = match other {
                    Some(Known::Dynamic(expression) | Known::Begins(_, expression)) => expression,
                    _ => String::new(),
                };
                let description = format!("ARN of the model that `{name}` calls.");
                vec![self.names.ask(
                    &format!("model {from}"),
                    "model arn",
                    &name,
                    ParameterKind::Arn,
                    description,
                )]
            }
        };
        self.allow(
            &["bedrock:InvokeModel"],
            resources,
            format!("`{name}` calls it"),
        );
    }

    pub(super) fn api(&mut self, state: &State, payload: Payload<'_>) {
        let name = state.name.value.clone();
        let mut text = |parameter: &str| payload.get(parameter, &mut self.names);
        let or_any = |known: Option<Known>| match known {
            Some(Known::Text(value)) => value,
            _ => Value::text("*"),
        };
        let (phase, method, at) = (or_any(text("Stage")), or_any(text("Method")), text("Path"));
        let path = match at {
            Some(Known::Text(Value::Text(path))) => Value::text(path.trim_start_matches('/')),
            Some(Known::Begins(start, _)) => {
                Value::text(format!("{}*", start.trim_start_matches('/')))
            }
            other => or_any(other),
        };
        let id = match text("ApiEndpoint") {
            Some(Known::Text(Value::Text(endpoint))) => {
                Value::text(endpoint.split('.').next().unwrap_or_default())
            }
            Some(Known::Text(Value::Join(parts))) if matches!(parts.get(1), Some(Value::Text(rest)) if rest.starts_with(".execute-api")) => {
                parts.into_iter().next().unwrap_or(Value::text("*"))
            }
            _ => {
                let description =
                    format!("Id of the API that `{name}` calls: the first part of its address.");
                self.names.ask(
                    &format!("api {name}"),
                    "api id",
                    &name,
                    ParameterKind::Name,
                    description,
                )
            }
        };
        let slash = || Value::text("/");
        let arn = Value::arn(
            "execute-api",
            [id, slash(), phase, slash(), method, slash(), path],
        );
        self.allow(
            &["execute-api:Invoke"],
            vec![arn],
            format!("`{name}` calls it"),
        );
    }

    pub(super) fn http(&mut self, state: &State, payload: Payload<'_>) {
        let name = state.name.value.clone();
        let mut conditions = Vec::new();
        let condition = |operator: &str, key: &str, value: Value| Condition {
            operator: operator.to_owned(),
            key: key.to_owned(),
            values: vec![value],
        };
        if let Some(Known::Text(method)) = payload.get("Method", &mut self.names) {
            conditions.push(condition("StringEquals", "states:HTTPMethod", method));
        }
        let endpoint = match payload.get("ApiEndpoint", &mut self.names) {
            Some(Known::Text(value)) => value,
            // Up to the host nothing may be left open.
            Some(Known::Begins(start, _)) if start.splitn(4, '/').count() == 4 => {
                Value::text(format!("{start}*"))
            }
            _ => {
                let description =
                    format!("Address that `{name}` may call; `*` stands for any end of it.");
                self.names.ask(
                    &format!("endpoint {name}"),
                    "api endpoint",
                    &name,
                    ParameterKind::Url,
                    description,
                )
            }
        };
        conditions.push(condition("StringLike", "states:HTTPEndpoint", endpoint));
        let why =
            format!("`{name}` calls it; the condition limits it, for the action knows no resource");
        self.statements.push(statement(
            &["states:InvokeHTTPEndpoint"],
            vec![Value::text("*")],
            conditions,
            why,
        ));
        let is_connection = |key: &str| key == "ConnectionArn";
        let known = payload
            .deep(&is_connection, &mut self.names)
            .into_iter()
            .next();
        let connection = if let Some((_, Known::Text(value))) = known {
            if let Value::Parameter(parameter) = &value {
                self.names.set_kind(
                    parameter,
                    ParameterKind::Arn,
                    "ARN of an EventBridge connection.",
                );
            }
            value
        } else {
            let description = format!("ARN of the EventBridge connection that `{name}` uses.");
            self.names.ask(
                &format!("connection {name}"),
                "connection arn",
                &name,
                ParameterKind::Arn,
                description,
            )
        };
        let why = format!("`{name}` is authorized by the connection");
        self.allow(
            &["events:RetrieveConnectionCredentials"],
            vec![connection],
            why.clone(),
        );
        let secret = Value::arn(
            "secretsmanager",
            [Value::text("secret:events!connection/*")],
        );
        self.allow(
            &[
                "secretsmanager:DescribeSecret",
                "secretsmanager:GetSecretValue",
            ],
            vec![secret],
            why,
        );
    }
}

fn function_arn(name: Value) -> Value {
    Value::arn("lambda", [Value::text("function:"), name])
}
