//! A stack as CloudFormation and as SAM. Both are one template but for how the state machine is written.

mod around;
mod machine;
mod triggers;

use crate::Artifact;
use crate::deploy::{self, ALIAS, KEY_ACTIONS, Part, conditions, machines, pascal};
use crate::doc::Doc;
use crate::stack::{Deployment, MetricSource, ParameterKind, Stack, Statement, Value};

/// How the state machine is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flavour {
    CloudFormation,
    Sam,
}

/// The stack as a CloudFormation template.
pub fn stack_cloudformation(stack: &Stack) -> Vec<Artifact> {
    vec![file(
        "cloudformation/template.yaml",
        stack,
        Flavour::CloudFormation,
    )]
}

/// The stack as a SAM template.
pub fn stack_sam(stack: &Stack) -> Vec<Artifact> {
    vec![file("sam/template.yaml", stack, Flavour::Sam)]
}

fn file(name: &str, stack: &Stack, flavour: Flavour) -> Artifact {
    let template = Template { stack, flavour };
    let head = match flavour {
        Flavour::CloudFormation => format!(
            "# aws cloudformation package --template-file template.yaml --s3-bucket BUCKET --output-template-file packaged.yaml\n# aws cloudformation deploy --template-file packaged.yaml --stack-name {} --capabilities CAPABILITY_NAMED_IAM\n",
            crate::stack_name(&stack.name)
        ),
        Flavour::Sam => format!(
            "# sam deploy --guided --stack-name {} --capabilities CAPABILITY_NAMED_IAM\n",
            crate::stack_name(&stack.name)
        ),
    };
    Artifact {
        file_name: name.to_owned(),
        language: "yaml",
        text: format!("{head}{}", template.doc().write()),
    }
}

pub(crate) struct Template<'a> {
    stack: &'a Stack,
    flavour: Flavour,
}

type Members = Vec<(String, Doc)>;

impl Template<'_> {
    fn doc(&self) -> Doc {
        let mut top = vec![(
            "AWSTemplateFormatVersion".to_owned(),
            Doc::text("2010-09-09"),
        )];
        if self.flavour == Flavour::Sam {
            top.push((
                "Transform".to_owned(),
                Doc::text("AWS::Serverless-2016-10-31"),
            ));
        }
        let description: String = self.stack.description.chars().take(300).collect();
        top.push(("Description".to_owned(), Doc::text(description)));
        top.push(("Parameters".to_owned(), self.parameters()));
        top.push((
            "Conditions".to_owned(),
            Doc::map([(
                "Gradual",
                Doc::Tagged(
                    "!Not",
                    Box::new(Doc::List(vec![Doc::Tagged(
                        "!Equals",
                        Box::new(Doc::List(vec![
                            Doc::reference("DeploymentType"),
                            Doc::text("ALL_AT_ONCE"),
                        ])),
                    )])),
                ),
            )]),
        ));
        let mut resources = Members::new();
        for machine in machines(self.stack) {
            self.machine(machine, &mut resources);
        }
        self.key(&mut resources);
        self.queues(&mut resources);
        self.topics(&mut resources);
        self.tables(&mut resources);
        self.buckets(&mut resources);
        self.triggers(&mut resources);
        self.alarms(&mut resources);
        resources.push((
            "Dashboard".to_owned(),
            resource(
                "AWS::CloudWatch::Dashboard",
                [
                    ("DashboardName", Doc::reference("NamePrefix")),
                    ("DashboardBody", self.parts(&deploy::dashboard(self.stack))),
                ],
            ),
        ));
        top.push(("Resources".to_owned(), Doc::Map(resources)));
        top.push(("Outputs".to_owned(), self.outputs()));
        Doc::Map(top)
    }

    fn parameters(&self) -> Doc {
        let gradual = match self.stack.environments.last().map(|last| last.deployment) {
            Some(Deployment::AllAtOnce) => "ALL_AT_ONCE",
            Some(Deployment::Canary) => "CANARY",
            _ => "LINEAR",
        };
        let mut all = vec![
            (
                "NamePrefix".to_owned(),
                Doc::map([
                    ("Type", Doc::plain("String")),
                    (
                        "Description",
                        Doc::text("Names of all resources begin with it."),
                    ),
                    ("Default", Doc::text(crate::stack_name(&self.stack.name))),
                    ("AllowedPattern", Doc::text("^[a-z][a-z0-9-]{0,39}$")),
                ]),
            ),
            (
                "DeploymentType".to_owned(),
                Doc::map([
                    ("Type", Doc::plain("String")),
                    (
                        "Description",
                        Doc::text("How executions move to a new version."),
                    ),
                    ("Default", Doc::text(gradual)),
                    (
                        "AllowedValues",
                        Doc::texts(["ALL_AT_ONCE", "CANARY", "LINEAR"]),
                    ),
                ]),
            ),
        ];
        for parameter in &self.stack.parameters {
            let mut members = vec![
                (
                    "Type",
                    Doc::plain(if parameter.kind == ParameterKind::Number {
                        "Number"
                    } else {
                        "String"
                    }),
                ),
                (
                    "Description",
                    Doc::text(
                        parameter
                            .description
                            .chars()
                            .take(1_000)
                            .collect::<String>(),
                    ),
                ),
            ];
            if let Some(default) = &parameter.default {
                members.push(("Default", Doc::text(default)));
            }
            if let Some(pattern) = pattern(parameter.kind) {
                members.push(("AllowedPattern", Doc::text(pattern)));
            }
            all.push((pascal(&parameter.name), Doc::map(members)));
        }
        Doc::Map(all)
    }

    /// A value as a text of CloudFormation.
    fn value(&self, value: &Value) -> Doc {
        self.parts(&deploy::parts(self.stack, value))
    }

    fn parts(&self, parts: &[Part]) -> Doc {
        match parts {
            [] => Doc::text(""),
            [Part::Text(text)] => Doc::text(text),
            [Part::Prefix] => Doc::reference("NamePrefix"),
            [Part::Parameter(name)] => Doc::reference(&pascal(name)),
            [Part::QueueUrl(id)] => Doc::reference(&self.id(id)),
            [Part::Region] => Doc::reference("AWS::Region"),
            [Part::Partition] => Doc::reference("AWS::Partition"),
            [Part::Account] => Doc::reference("AWS::AccountId"),
            [Part::Replaced(of, from, to)] => Doc::Tagged(
                "!Join",
                Box::new(Doc::List(vec![
                    Doc::text(to),
                    Doc::Tagged(
                        "!Split",
                        Box::new(Doc::List(vec![Doc::text(from), self.parts(of)])),
                    ),
                ])),
            ),
            _ if parts.iter().any(|part| matches!(part, Part::Replaced(..))) => {
                let pieces = parts
                    .iter()
                    .map(|part| self.parts(std::slice::from_ref(part)))
                    .collect();
                Doc::Tagged(
                    "!Join",
                    Box::new(Doc::List(vec![Doc::text(""), Doc::List(pieces)])),
                )
            }
            _ => Doc::Tagged(
                "!Sub",
                Box::new(Doc::text(
                    parts
                        .iter()
                        .map(|part| self.substituted(part))
                        .collect::<String>(),
                )),
            ),
        }
    }

    fn substituted(&self, part: &Part) -> String {
        match part {
            Part::Text(text) => text.replace("${", "${!"),
            Part::Prefix => "${NamePrefix}".to_owned(),
            Part::Parameter(name) => format!("${{{}}}", pascal(name)),
            Part::Partition => "${AWS::Partition}".to_owned(),
            Part::Region => "${AWS::Region}".to_owned(),
            Part::Account => "${AWS::AccountId}".to_owned(),
            Part::QueueUrl(id) => format!("${{{}}}", self.id(id)),
            Part::Replaced(..) => String::new(),
        }
    }

    /// The logical id of a resource of the stack; kinds never share one.
    fn id(&self, id: &str) -> String {
        let name = pascal(id);
        let kind = if machines(self.stack).any(|machine| machine.id == id) {
            if id == self.stack.machine.id {
                return "StateMachine".to_owned();
            }
            "StateMachine"
        } else if self.stack.queues.iter().any(|queue| queue.id == id) {
            "Queue"
        } else if self.stack.topics.iter().any(|topic| topic.id == id) {
            "Topic"
        } else if self.stack.tables.iter().any(|table| table.id == id) {
            "Table"
        } else {
            "Bucket"
        };
        format!("{name}{kind}")
    }

    fn statement(&self, statement: &Statement) -> Doc {
        let mut members = Vec::new();
        if !statement.why.is_empty() {
            members.push((String::new(), Doc::text(&statement.why)));
        }
        members.extend([
            ("Sid".to_owned(), Doc::text(&statement.sid)),
            ("Effect".to_owned(), Doc::plain("Allow")),
            ("Action".to_owned(), Doc::texts(&statement.actions)),
            (
                "Resource".to_owned(),
                Doc::List(
                    statement
                        .resources
                        .iter()
                        .map(|value| self.value(value))
                        .collect(),
                ),
            ),
        ]);
        let rows = conditions(statement);
        if !rows.is_empty() {
            let operators = rows.into_iter().map(|(operator, conditions)| {
                let keys = conditions.into_iter().map(|condition| {
                    (
                        condition.key.clone(),
                        Doc::List(
                            condition
                                .values
                                .iter()
                                .map(|value| self.value(value))
                                .collect(),
                        ),
                    )
                });
                (operator.to_owned(), Doc::Map(keys.collect()))
            });
            members.push(("Condition".to_owned(), Doc::Map(operators.collect())));
        }
        Doc::Map(members)
    }

    fn policy(&self, statements: &[Statement], key: bool) -> Doc {
        let mut all: Vec<Doc> = statements
            .iter()
            .map(|statement| self.statement(statement))
            .collect();
        if key {
            all.push(Doc::map([
                ("Sid", Doc::text("UseKey")),
                ("Effect", Doc::plain("Allow")),
                ("Action", Doc::texts(KEY_ACTIONS)),
                ("Resource", Doc::get("Key", "Arn")),
            ]));
        }
        document(all)
    }

    fn role(&self, principal: &str, name: Doc, statements: &[Statement], key: bool) -> Doc {
        let mut members = vec![("AssumeRolePolicyDocument".to_owned(), trust(principal))];
        if !statements.is_empty() || key {
            members.push((
                "Policies".to_owned(),
                Doc::List(vec![Doc::map([
                    ("PolicyName", name),
                    ("PolicyDocument", self.policy(statements, key)),
                ])]),
            ));
        }
        members.extend(self.tags());
        resource("AWS::IAM::Role", members)
    }

    fn tags(&self) -> Option<(String, Doc)> {
        let tag = |(key, value): (&String, &String)| {
            Doc::map([("Key", Doc::text(key)), ("Value", Doc::text(value))])
        };
        let tags: Vec<Doc> = self.stack.tags.iter().map(tag).collect();
        (!tags.is_empty()).then(|| ("Tags".to_owned(), Doc::List(tags)))
    }

    fn tag_map(&self) -> Option<(String, Doc)> {
        let tags: Members = self
            .stack
            .tags
            .iter()
            .map(|(key, value)| (key.clone(), Doc::text(value)))
            .collect();
        (!tags.is_empty()).then(|| ("Tags".to_owned(), Doc::Map(tags)))
    }

    /// The resource that has to be there before the alias can be named by its ARN.
    fn alias(&self) -> String {
        let id = self.id(&self.stack.machine.id);
        // SAM names the alias after the state machine and the alias's own name.
        if self.flavour == Flavour::Sam {
            format!("{id}Alias{ALIAS}")
        } else {
            format!("{id}Alias")
        }
    }

    fn outputs(&self) -> Doc {
        let output = |description: &str, value: Doc| {
            Doc::map([("Description", Doc::text(description)), ("Value", value)])
        };
        let mut all = vec![(
            "StateMachineArn".to_owned(),
            output(
                "The state machine.",
                Doc::reference(&self.id(&self.stack.machine.id)),
            ),
        )];
        all.push((
            "AliasArn".to_owned(),
            output(
                "Executions are started by it.",
                self.value(&deploy::of(
                    &self.stack.machine.id,
                    crate::stack::Attribute::AliasArn,
                )),
            ),
        ));
        for queue in &self.stack.queues {
            all.push((
                format!("{}Url", self.id(&queue.id)),
                output(&queue.description, Doc::reference(&self.id(&queue.id))),
            ));
        }
        for table in &self.stack.tables {
            all.push((
                format!("{}Name", self.id(&table.id)),
                output(&table.description, Doc::reference(&self.id(&table.id))),
            ));
        }
        for bucket in &self.stack.buckets {
            all.push((
                format!("{}Name", self.id(&bucket.id)),
                output(&bucket.description, Doc::reference(&self.id(&bucket.id))),
            ));
        }
        self.trigger_outputs(&mut all);
        Doc::Map(all)
    }
}

/// Whether an alarm looks at this state machine.
pub(crate) fn watches(source: &MetricSource, machine: &str) -> bool {
    let metrics: Vec<&crate::stack::Metric> = match source {
        MetricSource::One(metric) => vec![metric],
        MetricSource::Expression { metrics, .. } => {
            metrics.iter().map(|(_, metric)| metric).collect()
        }
    };
    metrics
        .iter()
        .flat_map(|metric| &metric.dimensions)
        .any(|(_, value)| matches!(value, Value::Attribute { id, .. } if id == machine))
}

fn encryption() -> Doc {
    Doc::map([
        ("Type", Doc::text("CUSTOMER_MANAGED_KMS_KEY")),
        ("KmsKeyId", Doc::get("Key", "Arn")),
        ("KmsDataKeyReusePeriodSeconds", Doc::plain(300)),
    ])
}

pub(crate) fn resource<K: Into<String>>(
    kind: &str,
    properties: impl IntoIterator<Item = (K, Doc)>,
) -> Doc {
    Doc::map([
        ("Type", Doc::plain(kind)),
        ("Properties", Doc::map(properties)),
    ])
}

fn document(statements: Vec<Doc>) -> Doc {
    Doc::map([
        ("Version", Doc::text("2012-10-17")),
        ("Statement", Doc::List(statements)),
    ])
}

fn trust(principal: &str) -> Doc {
    document(vec![Doc::map([
        ("Effect", Doc::plain("Allow")),
        ("Principal", Doc::map([("Service", Doc::text(principal))])),
        ("Action", Doc::text("sts:AssumeRole")),
        (
            "Condition",
            Doc::map([(
                "StringEquals",
                Doc::map([("aws:SourceAccount", Doc::reference("AWS::AccountId"))]),
            )]),
        ),
    ])])
}

/// What a value must look like. Nothing that passes can leave the text that it is put into.
pub(crate) fn pattern(kind: ParameterKind) -> Option<&'static str> {
    match kind {
        ParameterKind::Arn => Some("^arn:[^\"\\\\]+$"),
        ParameterKind::Name => Some("^[A-Za-z0-9_.*/:+=@-]+$"),
        ParameterKind::Email => Some("^[^@\\s\"\\\\]+@[^@\\s\"\\\\]+$"),
        ParameterKind::Url => Some("^https://[^\"\\\\\\s]+$"),
        ParameterKind::Text => Some("^[^\"\\\\]*$"),
        ParameterKind::Number => None,
    }
}
