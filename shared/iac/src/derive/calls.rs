//! What a Task needs to be permitted.

use asl::State;
use catalogue::{Callee, Purpose, Resource, Target};

use super::payload::{Known, Payload, filled, function_name};
use super::role::statement;
use super::{Deriver, own};
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
        self.look(
            state,
            false,
            format!("whether `${{{name}}}` is a Lambda function"),
            "a whole Resource is filled in when it is deployed, and taken for a function: an activity needs no permission, and any other call has one of its own",
        );
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

    /// The ARN of the state machine's own executions.
    pub(super) fn own_executions(end: &str) -> Value {
        let name = own(Attribute::Name);
        Value::arn(
            "states",
            [Value::text("execution:"), name, Value::text(end)],
        )
    }
}
