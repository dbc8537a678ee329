//! Resources around the state machine.

use super::{Writer, label, resource};
use crate::deploy;
use crate::hcl::{Hcl, Item, block, set, top};
use crate::stack::{Attribute, Metric, MetricSource};

impl Writer<'_> {
    pub(super) fn key() -> String {
        let statement =
            |sid: &str, actions: Hcl, principal: (&str, Hcl), condition: Option<Hcl>| {
                let mut body = vec![
                    set("sid", Hcl::text(sid)),
                    set("actions", actions),
                    set("resources", Hcl::texts(["*"])),
                    block(
                        "principals",
                        vec![
                            set("type", Hcl::text(principal.0)),
                            set("identifiers", Hcl::List(vec![principal.1])),
                        ],
                    ),
                ];
                if let Some(values) = condition {
                    body.push(block(
                        "condition",
                        vec![
                            set("test", Hcl::text("ArnLike")),
                            set("variable", Hcl::text("kms:EncryptionContext:aws:logs:arn")),
                            set("values", Hcl::List(vec![values])),
                        ],
                    ));
                }
                block("statement", body)
            };
        let root = Hcl::raw(
            "\"arn:${data.aws_partition.current.partition}:iam::${data.aws_caller_identity.current.account_id}:root\"",
        );
        let groups = Hcl::raw(
            "\"arn:${data.aws_partition.current.partition}:logs:${data.aws_region.current.id}:${data.aws_caller_identity.current.account_id}:log-group:/aws/vendedlogs/states/${var.name}*\"",
        );
        let logs = Hcl::texts([
            "kms:Decrypt",
            "kms:DescribeKey",
            "kms:Encrypt",
            "kms:GenerateDataKey*",
            "kms:ReEncrypt*",
        ]);
        let policy = [
            statement("Administer", Hcl::texts(["kms:*"]), ("AWS", root), None),
            statement(
                "EncryptLogs",
                logs,
                (
                    "Service",
                    Hcl::raw("\"logs.${data.aws_region.current.id}.amazonaws.com\""),
                ),
                Some(groups),
            ),
        ];
        let mut out = format!(
            "\n{}",
            top("data \"aws_iam_policy_document\" \"key\"", &policy)
        );
        out.push_str(&resource(
            "aws_kms_key",
            "this",
            &[
                set(
                    "description",
                    Hcl::text("Encrypts the state machine, its executions and its logs."),
                ),
                set("enable_key_rotation", Hcl::raw("true")),
                set("policy", Hcl::raw("data.aws_iam_policy_document.key.json")),
            ],
        ));
        out
    }

    fn tls(action: &str, resources: Vec<Hcl>) -> Item {
        block(
            "statement",
            vec![
                set("sid", Hcl::text("OnlyTls")),
                set("effect", Hcl::text("Deny")),
                set("actions", Hcl::texts([action])),
                set("resources", Hcl::List(resources)),
                block(
                    "principals",
                    vec![
                        set("type", Hcl::text("*")),
                        set("identifiers", Hcl::texts(["*"])),
                    ],
                ),
                block(
                    "condition",
                    vec![
                        set("test", Hcl::text("Bool")),
                        set("variable", Hcl::text("aws:SecureTransport")),
                        set("values", Hcl::texts(["false"])),
                    ],
                ),
            ],
        )
    }

    fn from_service(
        sid: &str,
        service: &str,
        action: &str,
        resource: Hcl,
        test: (&str, &str, Hcl),
    ) -> Item {
        block(
            "statement",
            vec![
                set("sid", Hcl::text(sid)),
                set("actions", Hcl::texts([action])),
                set("resources", Hcl::List(vec![resource])),
                block(
                    "principals",
                    vec![
                        set("type", Hcl::text("Service")),
                        set("identifiers", Hcl::texts([service])),
                    ],
                ),
                block(
                    "condition",
                    vec![
                        set("test", Hcl::text(test.0)),
                        set("variable", Hcl::text(test.1)),
                        set("values", Hcl::List(vec![test.2])),
                    ],
                ),
            ],
        )
    }

    fn policy(label: &str, statements: &[Item]) -> String {
        format!(
            "\n{}",
            top(
                &format!("data \"aws_iam_policy_document\" \"{label}\""),
                statements
            )
        )
    }

    pub(super) fn resources(&self) -> String {
        let mut out = String::new();
        self.queues(&mut out);
        self.topics(&mut out);
        self.tables(&mut out);
        self.buckets(&mut out);
        out.trim_start().to_owned()
    }

    fn queues(&self, out: &mut String) {
        for queue in &self.stack.queues {
            let label = label(&queue.id);
            let mut body = vec![
                set("name", self.parts(&deploy::name(self.stack, &queue.id))),
                set(
                    "message_retention_seconds",
                    Hcl::raw(u64::from(queue.retention_days) * 86_400),
                ),
                set(
                    "visibility_timeout_seconds",
                    Hcl::raw(queue.visibility_seconds),
                ),
                set("sqs_managed_sse_enabled", Hcl::raw("true")),
            ];
            if queue.fifo {
                body.push(set("fifo_queue", Hcl::raw("true")));
            }
            if let Some((dead, tries)) = &queue.dead_letters {
                let members = Hcl::object([
                    (
                        "deadLetterTargetArn",
                        Hcl::raw(format!("aws_sqs_queue.{}.arn", super::label(dead))),
                    ),
                    ("maxReceiveCount", Hcl::raw(tries)),
                ]);
                body.push(set(
                    "redrive_policy",
                    Hcl::Call("jsonencode", vec![members]),
                ));
            }
            out.push_str(&resource("aws_sqs_queue", &label, &body));
            let arn = Hcl::raw(format!("aws_sqs_queue.{label}.arn"));
            let mut statements = vec![Self::tls("sqs:*", vec![arn.clone()])];
            for rule in deploy::rules_into(self.stack, queue) {
                let source = Hcl::raw(format!(
                    "aws_cloudwatch_event_rule.{}.arn",
                    super::label(&rule.id)
                ));
                let sid = format!("From{}", deploy::pascal(&rule.id));
                statements.push(Self::from_service(
                    &sid,
                    "events.amazonaws.com",
                    "sqs:SendMessage",
                    arn.clone(),
                    ("ArnEquals", "aws:SourceArn", source),
                ));
            }
            out.push_str(&Self::policy(&format!("{label}_queue"), &statements));
            out.push_str(&resource(
                "aws_sqs_queue_policy",
                &label,
                &[
                    set("queue_url", Hcl::raw(format!("aws_sqs_queue.{label}.url"))),
                    set(
                        "policy",
                        Hcl::raw(format!("data.aws_iam_policy_document.{label}_queue.json")),
                    ),
                ],
            ));
        }
    }

    fn topics(&self, out: &mut String) {
        for topic in &self.stack.topics {
            let label = label(&topic.id);
            let alarms = self.stack.alarm_topic == Some(deploy::of(&topic.id, Attribute::Arn));
            let mut body = vec![set(
                "name",
                self.parts(&deploy::name(self.stack, &topic.id)),
            )];
            if !alarms {
                body.push(set("kms_master_key_id", Hcl::text("alias/aws/sns")));
            }
            out.push_str(&resource("aws_sns_topic", &label, &body));
            let arn = Hcl::raw(format!("aws_sns_topic.{label}.arn"));
            let mut statements = vec![Self::tls("sns:Publish", vec![arn.clone()])];
            if alarms {
                let account = Hcl::raw("data.aws_caller_identity.current.account_id");
                statements.push(Self::from_service(
                    "Alarms",
                    "cloudwatch.amazonaws.com",
                    "sns:Publish",
                    arn.clone(),
                    ("StringEquals", "aws:SourceAccount", account),
                ));
            }
            out.push_str(&Self::policy(&format!("{label}_topic"), &statements));
            out.push_str(&resource(
                "aws_sns_topic_policy",
                &label,
                &[
                    set("arn", arn.clone()),
                    set(
                        "policy",
                        Hcl::raw(format!("data.aws_iam_policy_document.{label}_topic.json")),
                    ),
                ],
            ));
            for (number, email) in topic.emails.iter().enumerate() {
                out.push_str(&resource(
                    "aws_sns_topic_subscription",
                    &format!("{label}_{}", number + 1),
                    &[
                        set("topic_arn", arn.clone()),
                        set("protocol", Hcl::text("email")),
                        set("endpoint", Hcl::text(email)),
                    ],
                ));
            }
        }
    }

    fn tables(&self, out: &mut String) {
        for table in &self.stack.tables {
            let mut body = vec![
                set("name", self.parts(&deploy::name(self.stack, &table.id))),
                set("billing_mode", Hcl::text("PAY_PER_REQUEST")),
                set("hash_key", Hcl::text(&table.partition_key.0)),
            ];
            if let Some((name, _)) = &table.sort_key {
                body.push(set("range_key", Hcl::text(name)));
            }
            for (name, kind) in std::iter::once(&table.partition_key).chain(&table.sort_key) {
                body.push(block(
                    "attribute",
                    vec![
                        set("name", Hcl::text(name)),
                        set("type", Hcl::text(&kind.to_string())),
                    ],
                ));
            }
            body.push(block(
                "point_in_time_recovery",
                vec![set("enabled", Hcl::raw("true"))],
            ));
            body.push(block(
                "server_side_encryption",
                vec![set("enabled", Hcl::raw("true"))],
            ));
            if let Some(ttl) = &table.ttl {
                body.push(block(
                    "ttl",
                    vec![
                        set("attribute_name", Hcl::text(ttl)),
                        set("enabled", Hcl::raw("true")),
                    ],
                ));
            }
            out.push_str(&resource("aws_dynamodb_table", &label(&table.id), &body));
        }
    }

    fn buckets(&self, out: &mut String) {
        for bucket in &self.stack.buckets {
            let label = label(&bucket.id);
            let id = || set("bucket", Hcl::raw(format!("aws_s3_bucket.{label}.id")));
            out.push_str(&resource(
                "aws_s3_bucket",
                &label,
                &[set(
                    "bucket",
                    self.parts(&deploy::name(self.stack, &bucket.id)),
                )],
            ));
            let yes = |name: &str| set(name, Hcl::raw("true"));
            out.push_str(&resource(
                "aws_s3_bucket_public_access_block",
                &label,
                &[
                    id(),
                    yes("block_public_acls"),
                    yes("block_public_policy"),
                    yes("ignore_public_acls"),
                    yes("restrict_public_buckets"),
                ],
            ));
            out.push_str(&resource(
                "aws_s3_bucket_server_side_encryption_configuration",
                &label,
                &[
                    id(),
                    block(
                        "rule",
                        vec![block(
                            "apply_server_side_encryption_by_default",
                            vec![set("sse_algorithm", Hcl::text("AES256"))],
                        )],
                    ),
                ],
            ));
            out.push_str(&resource(
                "aws_s3_bucket_versioning",
                &label,
                &[
                    id(),
                    block(
                        "versioning_configuration",
                        vec![set("status", Hcl::text("Enabled"))],
                    ),
                ],
            ));
            let mut lifecycle = vec![
                id(),
                block(
                    "rule",
                    vec![
                        set("id", Hcl::text("unfinished-uploads")),
                        set("status", Hcl::text("Enabled")),
                        block("filter", Vec::new()),
                        block(
                            "abort_incomplete_multipart_upload",
                            vec![set("days_after_initiation", Hcl::raw(7))],
                        ),
                    ],
                ),
            ];
            if let Some(days) = bucket.expire_days {
                lifecycle.push(block(
                    "rule",
                    vec![
                        set("id", Hcl::text("expire")),
                        set("status", Hcl::text("Enabled")),
                        block("filter", Vec::new()),
                        block("expiration", vec![set("days", Hcl::raw(days))]),
                        block(
                            "noncurrent_version_expiration",
                            vec![set("noncurrent_days", Hcl::raw(days))],
                        ),
                    ],
                ));
            }
            out.push_str(&resource(
                "aws_s3_bucket_lifecycle_configuration",
                &label,
                &lifecycle,
            ));
            let arns = vec![
                Hcl::raw(format!("aws_s3_bucket.{label}.arn")),
                Hcl::raw(format!("\"${{aws_s3_bucket.{label}.arn}}/*\"")),
            ];
            out.push_str(&Self::policy(
                &format!("{label}_bucket"),
                &[Self::tls("s3:*", arns)],
            ));
            out.push_str(&resource(
                "aws_s3_bucket_policy",
                &label,
                &[
                    id(),
                    set(
                        "policy",
                        Hcl::raw(format!("data.aws_iam_policy_document.{label}_bucket.json")),
                    ),
                ],
            ));
            if bucket.events {
                out.push_str(&resource(
                    "aws_s3_bucket_notification",
                    &label,
                    &[id(), set("eventbridge", Hcl::raw("true"))],
                ));
            }
        }
    }

    pub(super) fn alarms(&self) -> String {
        let mut out = String::new();
        for alarm in &self.stack.alarms {
            let mut body = vec![
                set("alarm_name", self.parts(&deploy::alarm_name(&alarm.id))),
                set(
                    "alarm_description",
                    Hcl::text(&crate::text::first_chars(&alarm.description, 1_000)),
                ),
            ];
            if let Some(topic) = self.alarm_topic() {
                body.push(set("alarm_actions", Hcl::List(vec![topic])));
            }
            body.extend([
                set("evaluation_periods", Hcl::raw(alarm.evaluation_periods)),
                set("datapoints_to_alarm", Hcl::raw(alarm.datapoints_to_alarm)),
                set("threshold", Hcl::text(&alarm.threshold)),
                set("comparison_operator", Hcl::text(alarm.comparison.as_str())),
                set("treat_missing_data", Hcl::text(alarm.missing.as_str())),
            ]);
            let metric = |metric: &Metric| {
                let dimensions = metric
                    .dimensions
                    .iter()
                    .map(|(name, value)| (name.clone(), self.value(value)));
                vec![
                    set("namespace", Hcl::text(&metric.namespace)),
                    set("metric_name", Hcl::text(&metric.name)),
                    set("period", Hcl::raw(alarm.period)),
                    set("dimensions", Hcl::Object(dimensions.collect())),
                ]
            };
            match &alarm.source {
                MetricSource::One(one) => {
                    let name = if one.statistic.starts_with('p') {
                        "extended_statistic"
                    } else {
                        "statistic"
                    };
                    body.push(set(name, Hcl::text(&one.statistic)));
                    body.extend(metric(one));
                }
                MetricSource::Expression {
                    expression,
                    label,
                    metrics,
                } => {
                    body.push(block(
                        "metric_query",
                        vec![
                            set("id", Hcl::text("result")),
                            set("label", Hcl::text(label)),
                            set("expression", Hcl::text(expression)),
                            set("return_data", Hcl::raw("true")),
                        ],
                    ));
                    for (id, one) in metrics {
                        let mut inner = metric(one);
                        inner.insert(0, set("stat", Hcl::text(&one.statistic)));
                        body.push(block(
                            "metric_query",
                            vec![set("id", Hcl::text(id)), block("metric", inner)],
                        ));
                    }
                }
            }
            out.push_str(&resource(
                "aws_cloudwatch_metric_alarm",
                &label(&alarm.id),
                &body,
            ));
        }
        out.push_str(&resource(
            "aws_cloudwatch_dashboard",
            "this",
            &[
                set("dashboard_name", Hcl::raw("var.name")),
                set("dashboard_body", self.parts(&deploy::dashboard(self.stack))),
            ],
        ));
        out.trim_start().to_owned()
    }
}
