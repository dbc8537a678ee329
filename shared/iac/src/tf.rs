//! A stack as Terraform.

use std::fmt::Write as _;

mod around;
mod settings;
mod triggers;

use crate::Artifact;
use crate::deploy::{self, ALIAS, KEY_ACTIONS, Part, conditions, has_key, logs, machines};
use crate::hcl::{Hcl, Item, block, set, top};
use crate::stack::{Attribute, Deployment, Stack, StateMachine, Statement, Value};
use crate::text::identifier;

/// The stack as Terraform: `terraform/main.tf` and the files beside it.
pub fn stack_terraform(stack: &Stack) -> Vec<Artifact> {
    let writer = Writer { stack };
    let file = |name: &str, language, text: String| Artifact {
        file_name: format!("terraform/{name}"),
        language,
        text,
    };
    let mut files = vec![
        file("versions.tf", "hcl", writer.versions()),
        file("variables.tf", "hcl", writer.variables()),
        file("main.tf", "hcl", writer.main()),
        file("resources.tf", "hcl", writer.resources()),
        file("triggers.tf", "hcl", writer.triggers()),
        file("alarms.tf", "hcl", writer.alarms()),
        file("outputs.tf", "hcl", writer.outputs()),
        // Terraform knows one state at a time: what comes after what, and back again, is for a script to do.
        file("deploy.sh", "bash", include_str!("tf/deploy.sh").to_owned()),
    ];
    for environment in &stack.environments {
        let name = identifier(&environment.name, '-');
        let body = [set("region", Hcl::text(&environment.region))];
        let text = top("x", &body);
        let text: String = text
            .lines()
            .filter_map(|line| line.strip_prefix("  "))
            .flat_map(|line| [line, "\n"])
            .collect();
        files.push(file(&format!("environments/{name}.tfvars"), "hcl", text));
    }
    files.retain(|file| !file.text.is_empty());
    files
}

pub(crate) struct Writer<'a> {
    stack: &'a Stack,
}

/// `name` of a resource in Terraform.
fn label(id: &str) -> String {
    identifier(id, '_')
}

fn resource(kind: &str, label: &str, body: &[Item]) -> String {
    format!(
        "\n{}",
        top(&format!("resource \"{kind}\" \"{label}\""), body)
    )
}

impl Writer<'_> {
    /// A value as an expression.
    fn value(&self, value: &Value) -> Hcl {
        self.parts(&deploy::parts(self.stack, value))
    }

    fn parts(&self, parts: &[Part]) -> Hcl {
        match parts {
            [] => Hcl::text(""),
            [Part::Text(text)] => Hcl::text(text),
            [one] => Hcl::Raw(self.expression(one)),
            _ => Hcl::Raw(format!("\"{}\"", self.template(parts))),
        }
    }

    fn expression(&self, part: &Part) -> String {
        match part {
            Part::Text(text) => crate::text::hcl(text),
            Part::Prefix => "var.name".to_owned(),
            Part::Parameter(name) => format!("var.{name}"),
            Part::Partition => "data.aws_partition.current.partition".to_owned(),
            Part::Region => "data.aws_region.current.id".to_owned(),
            Part::Account => "data.aws_caller_identity.current.account_id".to_owned(),
            Part::QueueUrl(id) => format!("aws_sqs_queue.{}.url", label(id)),
            Part::Replaced(of, from, to) => {
                let mut inner = String::new();
                if let Hcl::Raw(text) = self.parts(of) {
                    inner = text;
                }
                format!(
                    "replace({inner}, {}, {})",
                    crate::text::hcl(from),
                    crate::text::hcl(to)
                )
            }
        }
    }

    /// The inside of a quoted template.
    fn template(&self, parts: &[Part]) -> String {
        let mut out = String::new();
        for part in parts {
            if let Part::Text(text) = part {
                let quoted = crate::text::hcl(text);
                out.push_str(quoted.get(1..quoted.len() - 1).unwrap_or_default());
                continue;
            }
            // `$` before `${` would take its meaning away.
            if let Some(last) = out.pop() {
                match last {
                    '$' => out.push_str("\\u0024"),
                    '%' => out.push_str("\\u0025"),
                    last => out.push(last),
                }
            }
            _ = write!(out, "${{{}}}", self.expression(part));
        }
        out
    }

    fn statements(&self, statements: &[Statement], key: bool) -> Vec<Item> {
        let mut items = Vec::new();
        for statement in statements {
            if !statement.why.is_empty() {
                items.push(Item::Comment(statement.why.clone()));
            }
            let mut body = vec![
                set("sid", Hcl::text(&statement.sid)),
                set("actions", Hcl::texts(&statement.actions)),
                set(
                    "resources",
                    Hcl::List(
                        statement
                            .resources
                            .iter()
                            .map(|value| self.value(value))
                            .collect(),
                    ),
                ),
            ];
            for condition in conditions(statement)
                .into_iter()
                .flat_map(|(_, conditions)| conditions)
            {
                body.push(block(
                    "condition",
                    vec![
                        set("test", Hcl::text(&condition.operator)),
                        set("variable", Hcl::text(&condition.key)),
                        set(
                            "values",
                            Hcl::List(
                                condition
                                    .values
                                    .iter()
                                    .map(|value| self.value(value))
                                    .collect(),
                            ),
                        ),
                    ],
                ));
            }
            items.push(block("statement", body));
        }
        if key {
            items.push(block(
                "statement",
                vec![
                    set("sid", Hcl::text("UseKey")),
                    set("actions", Hcl::texts(KEY_ACTIONS)),
                    set(
                        "resources",
                        Hcl::List(vec![Hcl::raw("aws_kms_key.this.arn")]),
                    ),
                ],
            ));
        }
        items
    }

    /// A role, who takes it, and what it allows.
    fn role(
        &self,
        label: &str,
        suffix: &str,
        principal: &str,
        statements: &[Statement],
        key: bool,
    ) -> String {
        let trust = vec![block(
            "statement",
            vec![
                set("actions", Hcl::texts(["sts:AssumeRole"])),
                block(
                    "principals",
                    vec![
                        set("type", Hcl::text("Service")),
                        set("identifiers", Hcl::texts([principal])),
                    ],
                ),
                block(
                    "condition",
                    vec![
                        set("test", Hcl::text("StringEquals")),
                        set("variable", Hcl::text("aws:SourceAccount")),
                        set(
                            "values",
                            Hcl::List(vec![Hcl::raw(
                                "data.aws_caller_identity.current.account_id",
                            )]),
                        ),
                    ],
                ),
            ],
        )];
        let mut out = format!(
            "\n{}",
            top(
                &format!("data \"aws_iam_policy_document\" \"{label}_trust\""),
                &trust
            )
        );
        out.push_str(&resource(
            "aws_iam_role",
            label,
            &[
                set("name", self.parts(&deploy::suffixed(suffix))),
                set(
                    "assume_role_policy",
                    Hcl::raw(format!("data.aws_iam_policy_document.{label}_trust.json")),
                ),
            ],
        ));
        if statements.is_empty() && !key {
            return out;
        }
        _ = write!(
            out,
            "\n{}",
            top(
                &format!("data \"aws_iam_policy_document\" \"{label}\""),
                &self.statements(statements, key)
            )
        );
        out.push_str(&resource(
            "aws_iam_role_policy",
            label,
            &[
                set("name", Hcl::text("what-it-does")),
                set("role", Hcl::raw(format!("aws_iam_role.{label}.id"))),
                set(
                    "policy",
                    Hcl::raw(format!("data.aws_iam_policy_document.{label}.json")),
                ),
            ],
        ));
        out
    }

    fn main(&self) -> String {
        let mut out = String::new();
        for machine in machines(self.stack) {
            self.machine(machine, &mut out);
        }
        if has_key(self.stack) {
            out.push_str(&Self::key());
        }
        out.trim_start().to_owned()
    }

    #[expect(
        clippy::too_many_lines,
        reason = "one piece after the other, each short"
    )]
    fn machine(&self, machine: &StateMachine, out: &mut String) {
        let label = label(&machine.id);
        let name = self.parts(&deploy::name(self.stack, &machine.id));
        let mut body = vec![
            set("name", name.clone()),
            set(
                "type",
                Hcl::text(if machine.express {
                    "EXPRESS"
                } else {
                    "STANDARD"
                }),
            ),
            set("role_arn", Hcl::raw(format!("aws_iam_role.{label}.arn"))),
            set("definition", self.definition(machine)),
            set("publish", Hcl::raw("true")),
        ];
        if logs(machine.logging) {
            body.push(block(
                "logging_configuration",
                vec![
                    set("level", Hcl::text(machine.logging.level.as_str())),
                    set("include_execution_data", Hcl::raw(machine.logging.data)),
                    set(
                        "log_destination",
                        Hcl::raw(format!("\"${{aws_cloudwatch_log_group.{label}.arn}}:*\"")),
                    ),
                ],
            ));
        }
        if machine.tracing {
            body.push(block(
                "tracing_configuration",
                vec![set("enabled", Hcl::raw("true"))],
            ));
        }
        if machine.key {
            body.push(block(
                "encryption_configuration",
                vec![
                    set("type", Hcl::text("CUSTOMER_MANAGED_KMS_KEY")),
                    set("kms_key_id", Hcl::raw("aws_kms_key.this.arn")),
                    set("kms_data_key_reuse_period_seconds", Hcl::raw(300)),
                ],
            ));
        }
        body.push(Item::Comment(
            "What it calls has to be permitted before it is made.".to_owned(),
        ));
        body.push(set(
            "depends_on",
            Hcl::List(vec![Hcl::raw(format!("aws_iam_role_policy.{label}"))]),
        ));
        out.push_str(&resource("aws_sfn_state_machine", &label, &body));
        let version = |arn: &str, weight: &str| {
            vec![
                set("state_machine_version_arn", Hcl::raw(arn)),
                set("weight", Hcl::raw(weight)),
            ]
        };
        // Children are called by the machine, whose version moves.
        let is_moved = machine.id == self.stack.machine.id;
        let mut body = vec![
            set("name", Hcl::text(ALIAS)),
            block(
                "routing_configuration",
                version(
                    &format!("aws_sfn_state_machine.{label}.state_machine_version_arn"),
                    if is_moved {
                        "local.moves ? var.new_version_weight : 100"
                    } else {
                        "100"
                    },
                ),
            ),
        ];
        if is_moved {
            body.push(block(
                "dynamic \"routing_configuration\"",
                vec![
                    set(
                        "for_each",
                        Hcl::raw("local.moves ? [var.previous_version_arn] : []"),
                    ),
                    block(
                        "content",
                        version(
                            "routing_configuration.value",
                            "100 - var.new_version_weight",
                        ),
                    ),
                ],
            ));
        }
        out.push_str(&resource("aws_sfn_alias", &label, &body));
        if is_moved {
            _ = write!(
                out,
                "\n{}",
                top(
                    "locals",
                    &[
                        Item::Comment(
                            "Executions move to the new version step by step.".to_owned()
                        ),
                        set(
                            "moves",
                            Hcl::raw(
                                "var.previous_version_arn != \"\" && var.new_version_weight < 100"
                            )
                        ),
                    ]
                )
            );
        }
        let statements = deploy::role(machine);
        out.push_str(&self.role(
            &label,
            &machine.suffix,
            "states.amazonaws.com",
            &statements,
            machine.key,
        ));
        if logs(machine.logging) {
            let mut parts = vec![Part::Text("/aws/vendedlogs/states/".to_owned())];
            parts.extend(deploy::name(self.stack, &machine.id));
            let mut body = vec![
                set("name", self.parts(&deploy::merged(parts))),
                set(
                    "retention_in_days",
                    Hcl::raw(machine.logging.retention_days),
                ),
            ];
            if machine.key {
                body.push(set("kms_key_id", Hcl::raw("aws_kms_key.this.arn")));
            }
            out.push_str(&resource("aws_cloudwatch_log_group", &label, &body));
        }
    }

    /// The one file of the definition, with what stands for its placeholders.
    fn definition(&self, machine: &StateMachine) -> Hcl {
        let path = Hcl::raw(format!("\"${{path.module}}/../{}\"", machine.file_name));
        // A template would read these too.
        if machine.definition.contains("%{") || machine.definition.contains("$${") {
            let file = Hcl::Call("file", vec![path]);
            return machine
                .substitutions
                .iter()
                .fold(file, |text, (name, value)| {
                    Hcl::Call(
                        "replace",
                        vec![text, Hcl::text(&format!("${{{name}}}")), self.value(value)],
                    )
                });
        }
        let values = machine
            .substitutions
            .iter()
            .map(|(name, value)| (name.clone(), self.value(value)));
        Hcl::Call("templatefile", vec![path, Hcl::Object(values.collect())])
    }

    fn outputs(&self) -> String {
        let output = |name: &str, description: &str, value: Hcl| {
            top(
                &format!("output \"{name}\""),
                &[
                    set("description", Hcl::text(description)),
                    set("value", value),
                ],
            )
        };
        let machine = label(&self.stack.machine.id);
        let mut all = vec![
            output(
                "state_machine_arn",
                "The state machine.",
                Hcl::raw(format!("aws_sfn_state_machine.{machine}.arn")),
            ),
            output(
                "version_arn",
                "The version that was made last.",
                Hcl::raw(format!(
                    "aws_sfn_state_machine.{machine}.state_machine_version_arn"
                )),
            ),
            output(
                "alias_arn",
                "Executions are started by it.",
                Hcl::raw(format!("aws_sfn_alias.{machine}.arn")),
            ),
            output(
                "rollback_alarms",
                "Names of the alarms that send executions back to the version before, with blanks between.",
                Hcl::raw(format!(
                    "join(\" \", [{}])",
                    self.rollback_alarms().join(", ")
                )),
            ),
        ];
        for queue in &self.stack.queues {
            all.push(output(
                &format!("{}_url", label(&queue.id)),
                &queue.description,
                Hcl::raw(format!("aws_sqs_queue.{}.url", label(&queue.id))),
            ));
        }
        for table in &self.stack.tables {
            all.push(output(
                &format!("{}_table", label(&table.id)),
                &table.description,
                Hcl::raw(format!("aws_dynamodb_table.{}.name", label(&table.id))),
            ));
        }
        for bucket in &self.stack.buckets {
            all.push(output(
                &format!("{}_bucket", label(&bucket.id)),
                &bucket.description,
                Hcl::raw(format!("aws_s3_bucket.{}.id", label(&bucket.id))),
            ));
        }
        for (name, description, value) in self.trigger_outputs() {
            all.push(output(&name, description, Hcl::Raw(value)));
        }
        all.join("\n")
    }

    /// The names of the alarms that a new version is taken back on.
    fn rollback_alarms(&self) -> Vec<String> {
        let alarms = self.stack.alarms.iter();
        alarms
            .filter(|alarm| {
                alarm.rolls_back && crate::template::watches(&alarm.source, &self.stack.machine.id)
            })
            .map(|alarm| {
                let id = label(&alarm.id);
                format!("aws_cloudwatch_metric_alarm.{id}.alarm_name")
            })
            .collect()
    }

    fn target(&self) -> Hcl {
        Hcl::raw(format!(
            "aws_sfn_alias.{}.arn",
            label(&self.stack.machine.id)
        ))
    }

    fn alarm_topic(&self) -> Option<Hcl> {
        self.stack.alarm_topic.as_ref().map(|topic| match topic {
            Value::Attribute {
                id,
                attribute: Attribute::Arn,
            } => Hcl::raw(format!("aws_sns_topic.{}.arn", label(id))),
            topic => self.value(topic),
        })
    }
}

/// As CloudFormation names it.
pub(crate) fn deployment_name(deployment: Deployment) -> &'static str {
    match deployment {
        Deployment::AllAtOnce => "ALL_AT_ONCE",
        Deployment::Canary => "CANARY",
        Deployment::Linear => "LINEAR",
    }
}
