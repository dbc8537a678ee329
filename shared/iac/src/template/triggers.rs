//! What starts the state machine.

use super::{Members, Template, document, resource};
use crate::deploy::{self, alarm_name, pascal, waits};
use crate::doc::Doc;
use crate::stack::{Attribute, PipeSource, Trigger, TriggerKind};

impl Template<'_> {
    pub(super) fn triggers(&self, resources: &mut Members) {
        for trigger in &self.stack.triggers {
            let id = pascal(&trigger.id);
            if let Some(role) = deploy::trigger_role(self.stack, trigger) {
                resources.push((
                    format!("{id}Role"),
                    self.role(
                        role.principal,
                        Doc::text("start-executions"),
                        &role.statements,
                        false,
                    ),
                ));
            }
            self.trigger(trigger, &id, resources);
        }
    }

    fn target(&self) -> Doc {
        self.value(&deploy::of(&self.stack.machine.id, Attribute::AliasArn))
    }

    /// After the alias is there.
    fn waiting(&self, kind: &str, members: Members) -> Doc {
        Doc::map([
            ("Type", Doc::plain(kind)),
            ("DependsOn", Doc::plain(self.alias())),
            ("Properties", Doc::Map(members)),
        ])
    }

    #[expect(
        clippy::too_many_lines,
        reason = "one piece after the other, each short"
    )]
    fn trigger(&self, trigger: &Trigger, id: &str, resources: &mut Members) {
        let role = Doc::get(&format!("{id}Role"), "Arn");
        let dead = trigger
            .dead_letters
            .as_ref()
            .map(|queue| Doc::get(&self.id(queue), "Arn"));
        let dead_config = dead
            .clone()
            .map(|arn| ("DeadLetterConfig".to_owned(), Doc::map([("Arn", arn)])));
        let name = self.parts(&alarm_name(&trigger.id));
        let description = Doc::text(deploy::described(trigger));
        match &trigger.kind {
            TriggerKind::Rule {
                bus,
                pattern,
                input_path,
            } => {
                let mut target = vec![
                    ("Id".to_owned(), Doc::text("start")),
                    ("Arn".to_owned(), self.target()),
                    ("RoleArn".to_owned(), role),
                ];
                if let Some(path) = input_path {
                    target.push(("InputPath".to_owned(), Doc::text(path)));
                }
                target.extend(dead_config);
                let mut members = vec![
                    ("Name".to_owned(), name),
                    ("Description".to_owned(), description),
                ];
                if let Some(bus) = bus {
                    members.push(("EventBusName".to_owned(), self.value(bus)));
                }
                members.push(("EventPattern".to_owned(), json(pattern)));
                members.push(("Targets".to_owned(), Doc::List(vec![Doc::Map(target)])));
                resources.push((
                    format!("{id}Rule"),
                    self.waiting("AWS::Events::Rule", members),
                ));
            }
            TriggerKind::Schedule { expression, input } => {
                let mut target = vec![
                    ("Arn".to_owned(), self.target()),
                    ("RoleArn".to_owned(), role),
                    ("Input".to_owned(), Doc::text(input)),
                ];
                target.extend(dead_config);
                resources.push((
                    format!("{id}Schedule"),
                    self.waiting(
                        "AWS::Scheduler::Schedule",
                        vec![
                            ("Name".to_owned(), name),
                            ("Description".to_owned(), description),
                            ("ScheduleExpression".to_owned(), Doc::text(expression)),
                            (
                                "FlexibleTimeWindow".to_owned(),
                                Doc::map([("Mode", Doc::text("OFF"))]),
                            ),
                            ("Target".to_owned(), Doc::Map(target)),
                        ],
                    ),
                ));
            }
            TriggerKind::Api { path, .. } => {
                self.api(trigger, id, path, &role, name, description, resources);
            }
            TriggerKind::Pipe {
                source,
                from,
                batch,
                filter,
            } => {
                let mut parameters = Members::new();
                let size = ("BatchSize".to_owned(), Doc::plain(batch));
                let mut stream = vec![
                    size.clone(),
                    ("StartingPosition".to_owned(), Doc::text("LATEST")),
                ];
                if let (Some(arn), false) = (dead, *from == PipeSource::Queue) {
                    stream.push(("DeadLetterConfig".to_owned(), Doc::map([("Arn", arn)])));
                    stream.push(("MaximumRetryAttempts".to_owned(), Doc::plain(3)));
                }
                parameters.push(match from {
                    PipeSource::Queue => ("SqsQueueParameters".to_owned(), Doc::Map(vec![size])),
                    PipeSource::Kinesis => ("KinesisStreamParameters".to_owned(), Doc::Map(stream)),
                    PipeSource::DynamoDb => {
                        ("DynamoDBStreamParameters".to_owned(), Doc::Map(stream))
                    }
                });
                if let Some(filter) = filter {
                    let pattern = Doc::map([("Pattern", Doc::text(filter))]);
                    parameters.push((
                        "FilterCriteria".to_owned(),
                        Doc::map([("Filters", Doc::List(vec![pattern]))]),
                    ));
                }
                let how = if waits(self.stack, trigger) {
                    "REQUEST_RESPONSE"
                } else {
                    "FIRE_AND_FORGET"
                };
                let mut members = vec![
                    ("Name".to_owned(), name),
                    ("Description".to_owned(), description),
                    ("RoleArn".to_owned(), role),
                    ("Source".to_owned(), self.value(source)),
                    ("SourceParameters".to_owned(), Doc::Map(parameters)),
                    ("Target".to_owned(), self.target()),
                    (
                        "TargetParameters".to_owned(),
                        Doc::map([(
                            "StepFunctionStateMachineParameters",
                            Doc::map([("InvocationType", Doc::text(how))]),
                        )]),
                    ),
                ];
                members.extend(self.tag_map());
                resources.push((
                    format!("{id}Pipe"),
                    self.waiting("AWS::Pipes::Pipe", members),
                ));
            }
            TriggerKind::Iot { sql } => {
                let machine = self.parts(&deploy::name(self.stack, &self.stack.machine.id));
                let action = Doc::map([(
                    "StepFunctions",
                    Doc::map([("StateMachineName", machine), ("RoleArn", role.clone())]),
                )]);
                let mut payload = vec![
                    ("Description".to_owned(), description),
                    ("Sql".to_owned(), Doc::text(sql)),
                    ("AwsIotSqlVersion".to_owned(), Doc::text("2016-03-23")),
                    ("RuleDisabled".to_owned(), Doc::plain("false")),
                    ("Actions".to_owned(), Doc::List(vec![action])),
                ];
                if let Some(queue) = &trigger.dead_letters {
                    payload.push((
                        "ErrorAction".to_owned(),
                        Doc::map([(
                            "Sqs",
                            Doc::map([
                                ("QueueUrl", Doc::reference(&self.id(queue))),
                                ("RoleArn", role),
                                ("UseBase64", Doc::plain("false")),
                            ]),
                        )]),
                    ));
                }
                resources.push((
                    format!("{id}TopicRule"),
                    resource(
                        "AWS::IoT::TopicRule",
                        [("TopicRulePayload", Doc::Map(payload))],
                    ),
                ));
            }
            TriggerKind::Callers => {
                let start = deploy::may_start(&self.stack.machine);
                resources.push((
                    format!("{id}Policy"),
                    resource(
                        "AWS::IAM::ManagedPolicy",
                        [
                            ("Description", description),
                            ("PolicyDocument", document(vec![self.statement(&start)])),
                        ],
                    ),
                ));
            }
        }
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "what all triggers have, and a path"
    )]
    #[expect(
        clippy::too_many_lines,
        reason = "one piece after the other, each short"
    )]
    fn api(
        &self,
        trigger: &Trigger,
        id: &str,
        path: &str,
        role: &Doc,
        name: Doc,
        description: Doc,
        resources: &mut Members,
    ) {
        let api = format!("{id}Api");
        let root = Doc::get(&api, "RootResourceId");
        let mut members = vec![
            ("Name".to_owned(), name),
            ("Description".to_owned(), description),
            (
                "EndpointConfiguration".to_owned(),
                Doc::map([("Types", Doc::texts(["REGIONAL"]))]),
            ),
        ];
        members.extend(self.tags());
        resources.push((api.clone(), resource("AWS::ApiGateway::RestApi", members)));
        let mut parent = root;
        for (number, part) in path.split('/').filter(|part| !part.is_empty()).enumerate() {
            let part: String = part
                .chars()
                .filter(|c| c.is_ascii_alphanumeric() || "._-{}+".contains(*c))
                .collect();
            let this = format!("{api}Path{}", number + 1);
            resources.push((
                this.clone(),
                resource(
                    "AWS::ApiGateway::Resource",
                    [
                        ("RestApiId", Doc::reference(&api)),
                        ("ParentId", parent),
                        ("PathPart", Doc::text(part)),
                    ],
                ),
            ));
            parent = Doc::reference(&this);
        }
        let (action, request) = deploy::api_request(self.stack, trigger);
        let uri = Doc::Tagged(
            "!Sub",
            Box::new(Doc::text(format!(
                "arn:${{AWS::Partition}}:apigateway:${{AWS::Region}}:states:action/{action}"
            ))),
        );
        let answers = |templates: bool| {
            let row = |status: &str, selection: Option<&str>| {
                let mut members = vec![("StatusCode", Doc::text(status))];
                if let Some(selection) = selection {
                    members.push(("SelectionPattern", Doc::text(selection)));
                }
                Doc::map(members)
            };
            if templates {
                Doc::List(vec![
                    row("200", None),
                    row("400", Some("4\\d{2}")),
                    row("500", Some("5\\d{2}")),
                ])
            } else {
                Doc::List(
                    ["200", "400", "500"]
                        .iter()
                        .map(|status| Doc::map([("StatusCode", Doc::text(*status))]))
                        .collect(),
                )
            }
        };
        let integration = Doc::map([
            ("Type", Doc::text("AWS")),
            ("IntegrationHttpMethod", Doc::text("POST")),
            ("Uri", uri),
            ("Credentials", role.clone()),
            ("PassthroughBehavior", Doc::text("NEVER")),
            (
                "RequestTemplates",
                Doc::map([("application/json", self.parts(&request))]),
            ),
            ("IntegrationResponses", answers(true)),
        ]);
        resources.push((
            format!("{api}Post"),
            resource(
                "AWS::ApiGateway::Method",
                [
                    ("RestApiId", Doc::reference(&api)),
                    ("ResourceId", parent),
                    ("HttpMethod", Doc::text("POST")),
                    ("AuthorizationType", Doc::text("AWS_IAM")),
                    ("Integration", integration),
                    ("MethodResponses", answers(false)),
                ],
            ),
        ));
        resources.push((
            format!("{api}Deployment"),
            Doc::map([
                ("Type", Doc::plain("AWS::ApiGateway::Deployment")),
                ("DependsOn", Doc::plain(format!("{api}Post"))),
                (
                    "Properties",
                    Doc::map([("RestApiId", Doc::reference(&api))]),
                ),
            ]),
        ));
        let all = Doc::map([
            ("HttpMethod", Doc::text("*")),
            ("ResourcePath", Doc::text("/*")),
            ("MetricsEnabled", Doc::plain("true")),
            ("ThrottlingBurstLimit", Doc::plain(200)),
            ("ThrottlingRateLimit", Doc::plain(100)),
        ]);
        let mut stage = vec![
            ("RestApiId".to_owned(), Doc::reference(&api)),
            (
                "DeploymentId".to_owned(),
                Doc::reference(&format!("{api}Deployment")),
            ),
            ("StageName".to_owned(), Doc::text("live")),
            ("TracingEnabled".to_owned(), Doc::plain("true")),
            ("MethodSettings".to_owned(), Doc::List(vec![all])),
        ];
        stage.extend(self.tags());
        resources.push((
            format!("{api}Stage"),
            resource("AWS::ApiGateway::Stage", stage),
        ));
    }

    pub(super) fn trigger_outputs(&self, outputs: &mut Members) {
        for trigger in &self.stack.triggers {
            let id = pascal(&trigger.id);
            let (value, description) = match &trigger.kind {
                TriggerKind::Api { path, .. } => (
                    Doc::Tagged(
                        "!Sub",
                        Box::new(Doc::text(format!(
                            "https://${{{id}Api}}.execute-api.${{AWS::Region}}.${{AWS::URLSuffix}}/live{}",
                            path.replace("${", "${!")
                        ))),
                    ),
                    "Where requests are sent, signed.",
                ),
                TriggerKind::Callers => (
                    Doc::reference(&format!("{id}Policy")),
                    "The policy that callers need.",
                ),
                _ => continue,
            };
            outputs.push((
                format!("{id}Trigger"),
                Doc::map([("Description", Doc::text(description)), ("Value", value)]),
            ));
        }
    }
}

/// JSON as a value of the template; a text that is none stays a text, which CloudFormation will refuse.
fn json(text: &str) -> Doc {
    let tree = asl::Tree::read(text, asl::Format::Json);
    tree.root.as_ref().map_or_else(|| Doc::text(text), node)
}

fn node(value: &asl::Node) -> Doc {
    match &value.value {
        asl::Value::Null => Doc::plain("null"),
        asl::Value::Bool(value) => Doc::plain(value),
        asl::Value::Number(number) => Doc::plain(number),
        asl::Value::String(text) => Doc::text(text),
        asl::Value::Array(items) => Doc::List(items.iter().map(node).collect()),
        asl::Value::Object(members) => Doc::Map(
            members
                .iter()
                .map(|member| (member.key.clone(), node(&member.node)))
                .collect(),
        ),
    }
}
