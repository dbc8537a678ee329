//! What a Task needs to be permitted.

use asl::State;
use catalogue::{Callee, Purpose, Resource, Target};

use super::Deriver;
use super::payload::{Known, Payload, filled, function_name};
use super::role::statement;
use crate::stack::{Attribute, Condition, ParameterKind, Value};

/// Who takes a role that is passed, where that is not the service by its IAM prefix.
const PRINCIPALS: &[(&str, &str)] = &[
    ("bedrock-agentcore", "bedrock-agentcore.amazonaws.com"),
    ("ecs", "ecs-tasks.amazonaws.com"),
    ("elasticmapreduce", "elasticmapreduce.amazonaws.com"),
    ("states", "states.amazonaws.com"),
];

impl Deriver<'_> {
    pub(super) fn task(&mut self, state: &State) {
        self.credentials(state);
        let Some(node) = state.field("Resource") else {
            self.look(
                state,
                true,
                "what the Task calls".to_owned(),
                "it has no Resource",
            );
            return;
        };
        let Some(text) = node.as_str() else {
            match function_name(node) {
                Some(name) => self.filled_in(state, &name),
                None => self.look(
                    state,
                    true,
                    "what the Task calls".to_owned(),
                    "its Resource is no text",
                ),
            }
            return;
        };
        match Resource::parse(text) {
            Ok(resource) => self.resource(state, text, &resource),
            Err(problem) => self.look(
                state,
                true,
                format!("what `{text}` calls"),
                &problem.to_string(),
            ),
        }
    }

    fn resource(&mut self, state: &State, text: &str, resource: &Resource) {
        match &resource.target {
            Target::Activity => {}
            Target::Function => {
                let arn = filled(text, &mut self.names);
                let why = format!("`{}` calls it", state.name.value);
                self.allow(&["lambda:InvokeFunction"], vec![arn], why);
            }
            Target::Placeholder => match text
                .strip_prefix("${")
                .and_then(|text| text.strip_suffix('}'))
            {
                Some(name) if !name.contains(['$', '{', '}']) => self.filled_in(state, name),
                _ => self.look(
                    state,
                    true,
                    format!("what `{text}` calls"),
                    "it is known only when its placeholders are filled in",
                ),
            },
            Target::Optimized(call) | Target::Sdk(call) => {
                let name = call.name();
                if resource.callee().is_none() {
                    let why = if call.is_placeholder() {
                        "it is known only when its placeholders are filled in"
                    } else {
                        "no such action is known"
                    };
                    self.look(state, true, format!("the permissions of {name}"), why);
                    return;
                }
                self.called(state, resource, &name);
            }
        }
    }

    /// A whole resource that is filled in when it is deployed: nothing but a function or an activity has an ARN that differs from
    /// account to account.
    fn filled_in(&mut self, state: &State, name: &str) {
        let value = self.names.placeholder(name);
        if let Value::Parameter(parameter) = &value {
            self.names.set_kind(
                parameter,
                ParameterKind::Arn,
                &format!(
                    "ARN of the Lambda function, or of the activity, that `{}` calls.",
                    state.name.value
                ),
            );
        }
        let why = format!("`{}` calls it", state.name.value);
        self.allow(&["lambda:InvokeFunction"], vec![value], why);
    }

    fn called(&mut self, state: &State, resource: &Resource, name: &str) {
        let payload = Payload::of(state);
        match name {
            "http:invoke" => return self.http(state, payload),
            "apigateway:invoke" => return self.api(state, payload),
            "lambda:invoke" => return self.function(state, payload),
            "s3:copyObject" => return self.copy(state, payload),
            "bedrock:invokeModel" | "bedrockruntime:invokeModel" | "bedrockruntime:converse" => {
                return self.model(state, payload);
            }
            "eks:call" | "eks:runJob" => {
                let why = "the cluster permits it by its own roles, not IAM";
                self.look(
                    state,
                    false,
                    "the access of the role in the cluster".to_owned(),
                    why,
                );
                return;
            }
            "sns:publish" if payload.get("PhoneNumber", &mut self.names).is_some() => {
                let why = format!(
                    "`{}` sends text messages, and a telephone number is no resource",
                    state.name.value
                );
                self.allow(&["sns:Publish"], vec![Value::text("*")], why);
                return;
            }
            _ => {}
        }
        self.general(state, resource, payload);
        if name.starts_with("athena:startQuery") {
            self.look(
                state,
                false,
                "the tables that the query reads (glue:GetDatabase, glue:GetTable, glue:GetPartitions), their data and the place of its results in S3".to_owned(),
                "the query says so, not the definition",
            );
        }
    }

    /// By the catalogue, and the parameters that name its resources.
    fn general(&mut self, state: &State, resource: &Resource, payload: Payload<'_>) {
        let permissions = resource.permissions();
        let callee = match resource.callee() {
            Some(Callee::Optimized(_)) => "the guide",
            _ => "IAM",
        };
        for permission in &permissions {
            let action = permission.action.as_str();
            let name = &state.name.value;
            match permission.purpose {
                Purpose::ManagedRule(rule) => {
                    let arn = Value::arn("events", [Value::text(format!("rule/{rule}"))]);
                    let why = format!(
                        "`{name}` hears of the end of its job by the rule that Step Functions manages"
                    );
                    self.allow(&[action], vec![arn], why);
                }
                _ if action == "iam:PassRole" => self.pass_role(state, payload, &permissions),
                Purpose::Dependent => self.look(
                    state,
                    false,
                    format!("whether {action} is needed"),
                    "the call needs it with some of its parameters only",
                ),
                _ if !permission.confirmed => self.look(
                    state,
                    true,
                    format!("which IAM action permits {action}"),
                    &format!("{callee} is not known to have one of that name"),
                ),
                purpose => match self.limited(action, purpose, payload, name) {
                    Some(limited) => {
                        let does = if purpose == Purpose::Job {
                            "waits for its job with it"
                        } else {
                            "calls it"
                        };
                        let why = match limited.why {
                            Some(why) => format!("`{name}` {does}; {why}"),
                            None => format!("`{name}` {does}"),
                        };
                        self.allow(&[action], limited.resources, why);
                    }
                    None => self.look(
                        state,
                        true,
                        format!("what {action} can be limited to"),
                        "the action is not known",
                    ),
                },
            }
        }
    }

    /// Roles that the call hands on.
    fn pass_role(
        &mut self,
        state: &State,
        payload: Payload<'_>,
        permissions: &[catalogue::Permission],
    ) {
        let service = permissions
            .iter()
            .find(|permission| {
                permission.purpose == Purpose::Call && permission.action != "iam:PassRole"
            })
            .and_then(|permission| permission.action.split(':').next())
            .unwrap_or_default()
            .to_owned();
        let is_role = |key: &str| {
            let key = key.to_ascii_lowercase();
            ["role", "rolearn", "roles", "roleid"]
                .iter()
                .any(|end| key.ends_with(end))
                || key == "iaminstanceprofile"
        };
        let dependent = permissions.iter().any(|permission| {
            permission.action == "iam:PassRole" && permission.purpose == Purpose::Dependent
        });
        let mut roles = Vec::new();
        for (parameter, known) in payload.deep(&is_role, &mut self.names) {
            roles.push(match known {
                Known::Text(value) => self.role(value),
                Known::Begins(_, expression) | Known::Dynamic(expression) => {
                    let description = format!("ARN of the role that `{}` hands on; the definition takes it from `{expression}`.", state.name.value);
                    let name = format!("{} arn", parameter.trim_end_matches("Arn"));
                    self.names.ask(&format!("role {expression}"), &name, &state.name.value, ParameterKind::Arn, description)
                }
            });
        }
        if roles.is_empty() {
            // A task of ECS has the roles of its definition; other calls hand one on only where a parameter says so.
            if service == "ecs" {
                for which in ["task", "execution"] {
                    let description = format!(
                        "ARN of the {which} role in the task definition that `{}` runs.",
                        state.name.value
                    );
                    let key = format!("ecs {which} {}", state.name.value);
                    let name = format!("ecs {which} role arn");
                    roles.push(self.names.ask(
                        &key,
                        &name,
                        &state.name.value,
                        ParameterKind::Arn,
                        description,
                    ));
                }
            } else if dependent {
                return;
            } else {
                let description = format!(
                    "ARN of the role that `{}` hands on to {service}.",
                    state.name.value
                );
                let key = format!("role {service} {}", state.name.value);
                roles.push(self.names.ask(
                    &key,
                    &format!("{service} role arn"),
                    &state.name.value,
                    ParameterKind::Arn,
                    description,
                ));
            }
        }
        let principal = PRINCIPALS
            .iter()
            .find(|(known, _)| *known == service)
            .map_or_else(
                || format!("{service}.amazonaws.com"),
                |(_, principal)| (*principal).to_owned(),
            );
        let condition = Condition {
            operator: "StringEquals".to_owned(),
            key: "iam:PassedToService".to_owned(),
            values: vec![Value::Text(principal)],
        };
        let why = format!("`{}` hands it on", state.name.value);
        self.statements
            .push(statement(&["iam:PassRole"], roles, vec![condition], why));
    }

    fn role(&mut self, value: Value) -> Value {
        match &value {
            Value::Parameter(name) => {
                self.names
                    .set_kind(name, ParameterKind::Arn, "ARN of a role.");
                value
            }
            _ if super::limit::is_arn(&value) => value,
            _ => Value::join([
                Value::text("arn:"),
                Value::Partition,
                Value::text(":iam::"),
                Value::Account,
                Value::text(":role/"),
                value,
            ]),
        }
    }

    /// The role of another account that the Task is done with.
    fn credentials(&mut self, state: &State) {
        let Some(node) = state.field("Credentials") else {
            return;
        };
        let member = |key: &str| node.get(key).map(|node| (node, key.ends_with(".$")));
        let known = member("RoleArn")
            .or_else(|| member("RoleArn.$"))
            .and_then(|(node, path)| super::payload::known(node, path, &mut self.names));
        let name = &state.name.value;
        let role = match known {
            Some(Known::Text(value)) => self.role(value),
            other => {
                let from = match other {
                    Some(Known::Dynamic(expression) | Known::Begins(_, expression)) => {
                        format!("; the definition takes it from `{expression}`")
                    }
                    _ => String::new(),
                };
                let description = format!("ARN of the role that `{name}` acts with{from}.");
                self.names.ask(
                    &format!("credentials {from}"),
                    "credentials role arn",
                    name,
                    ParameterKind::Arn,
                    description,
                )
            }
        };
        self.allow(
            &["sts:AssumeRole"],
            vec![role],
            format!("`{name}` acts with it"),
        );
    }

    fn function(&mut self, state: &State, payload: Payload<'_>) {
        let name = &state.name.value;
        let why = format!("`{name}` calls it");
        let qualifier = payload.get("Qualifier", &mut self.names);
        let qualified = |arn: Value| match &qualifier {
            None => arn,
            Some(Known::Text(qualifier)) => Value::join([arn, Value::text(":"), qualifier.clone()]),
            Some(_) => Value::join([arn, Value::text(":*")]),
        };
        let arn = match payload.get("FunctionName", &mut self.names) {
            Some(Known::Text(value)) if super::limit::is_arn(&value) => qualified(value),
            Some(Known::Text(Value::Parameter(parameter))) => {
                if parameter.ends_with("_name") {
                    self.names.set_kind(
                        &parameter,
                        ParameterKind::Name,
                        "Name of a Lambda function.",
                    );
                    qualified(function_arn(Value::Parameter(parameter)))
                } else {
                    let what = format!("ARN of the Lambda function that `{name}` calls.");
                    self.names.set_kind(&parameter, ParameterKind::Arn, &what);
                    qualified(Value::Parameter(parameter))
                }
            }
            // `111122223333:function:name`
            Some(Known::Text(Value::Text(text))) if text.contains(":function:") => {
                qualified(Value::join([
                    Value::text("arn:"),
                    Value::Partition,
                    Value::text(":lambda:"),
                    Value::Region,
                    Value::text(format!(":{text}")),
                ]))
            }
            Some(Known::Text(value)) => qualified(function_arn(value)),
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

    fn copy(&mut self, state: &State, payload: Payload<'_>) {
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

    fn model(&mut self, state: &State, payload: Payload<'_>) {
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

    fn api(&mut self, state: &State, payload: Payload<'_>) {
        let name = state.name.value.clone();
        let mut text = |parameter: &str| payload.get(parameter, &mut self.names);
        let or_any = |known: Option<Known>| match known {
            Some(Known::Text(value)) => value,
            _ => Value::text("*"),
        };
        let (stage, method, path) = (or_any(text("Stage")), or_any(text("Method")), text("Path"));
        let path = match path {
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
            [id, slash(), stage, slash(), method, slash(), path],
        );
        self.allow(
            &["execute-api:Invoke"],
            vec![arn],
            format!("`{name}` calls it"),
        );
    }

    fn http(&mut self, state: &State, payload: Payload<'_>) {
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
        let connection = match known {
            Some((_, Known::Text(value))) => {
                if let Value::Parameter(parameter) = &value {
                    self.names.set_kind(
                        parameter,
                        ParameterKind::Arn,
                        "ARN of an EventBridge connection.",
                    );
                }
                value
            }
            _ => {
                let description = format!("ARN of the EventBridge connection that `{name}` uses.");
                self.names.ask(
                    &format!("connection {name}"),
                    "connection arn",
                    &name,
                    ParameterKind::Arn,
                    description,
                )
            }
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

    /// The ARN of the state machine's own executions.
    pub(super) fn own_executions(&self, end: &str) -> Value {
        let name = self.own(Attribute::Name);
        Value::arn(
            "states",
            [Value::text("execution:"), name, Value::text(end)],
        )
    }
}

fn function_arn(name: Value) -> Value {
    Value::arn("lambda", [Value::text("function:"), name])
}
