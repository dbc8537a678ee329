//! Resources around the state machine.

use super::{Members, Template, document, resource};
use crate::deploy::{self, has_key, pascal};
use crate::doc::Doc;
use crate::stack::{Alarm, Attribute, Metric, MetricSource, Queue};

impl Template<'_> {
    pub(super) fn key(&self, resources: &mut Members) {
        if !has_key(self.stack) {
            return;
        }
        let account = Doc::Tagged(
            "!Sub",
            Box::new(Doc::text(
                "arn:${AWS::Partition}:iam::${AWS::AccountId}:root",
            )),
        );
        let admin = Doc::map([
            ("Sid", Doc::text("Administer")),
            ("Effect", Doc::plain("Allow")),
            ("Principal", Doc::map([("AWS", account)])),
            ("Action", Doc::text("kms:*")),
            ("Resource", Doc::text("*")),
        ]);
        let groups = Doc::Tagged(
            "!Sub",
            Box::new(Doc::text(
                "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:/aws/vendedlogs/states/${NamePrefix}*",
            )),
        );
        let logs = Doc::map([
            ("Sid", Doc::text("EncryptLogs")),
            ("Effect", Doc::plain("Allow")),
            (
                "Principal",
                Doc::map([(
                    "Service",
                    Doc::Tagged(
                        "!Sub",
                        Box::new(Doc::text("logs.${AWS::Region}.amazonaws.com")),
                    ),
                )]),
            ),
            (
                "Action",
                Doc::texts([
                    "kms:Decrypt",
                    "kms:DescribeKey",
                    "kms:Encrypt",
                    "kms:GenerateDataKey*",
                    "kms:ReEncrypt*",
                ]),
            ),
            ("Resource", Doc::text("*")),
            (
                "Condition",
                Doc::map([(
                    "ArnLike",
                    Doc::map([("kms:EncryptionContext:aws:logs:arn", groups)]),
                )]),
            ),
        ]);
        let mut members = vec![
            (
                "Description".to_owned(),
                Doc::text("Encrypts the state machine, its executions and its logs."),
            ),
            ("EnableKeyRotation".to_owned(), Doc::plain("true")),
            ("KeyPolicy".to_owned(), document(vec![admin, logs])),
        ];
        members.extend(self.tags());
        resources.push(("Key".to_owned(), retained("AWS::KMS::Key", members)));
    }

    pub(super) fn queues(&self, resources: &mut Members) {
        for queue in &self.stack.queues {
            let id = self.id(&queue.id);
            let mut members = vec![
                (
                    "QueueName".to_owned(),
                    self.parts(&deploy::name(self.stack, &queue.id)),
                ),
                (
                    "MessageRetentionPeriod".to_owned(),
                    Doc::plain(u64::from(queue.retention_days) * 86_400),
                ),
                (
                    "VisibilityTimeout".to_owned(),
                    Doc::plain(queue.visibility_seconds),
                ),
                ("SqsManagedSseEnabled".to_owned(), Doc::plain("true")),
            ];
            if queue.fifo {
                members.push(("FifoQueue".to_owned(), Doc::plain("true")));
            }
            if let Some((dead, tries)) = &queue.dead_letters {
                members.push((
                    "RedrivePolicy".to_owned(),
                    Doc::map([
                        ("deadLetterTargetArn", Doc::get(&self.id(dead), "Arn")),
                        ("maxReceiveCount", Doc::plain(tries)),
                    ]),
                ));
            }
            members.extend(self.tags());
            resources.push((id.clone(), retained("AWS::SQS::Queue", members)));
            resources.push((
                format!("{id}Policy"),
                resource(
                    "AWS::SQS::QueuePolicy",
                    [
                        ("Queues", Doc::List(vec![Doc::reference(&id)])),
                        ("PolicyDocument", self.queue_policy(queue, &id)),
                    ],
                ),
            ));
        }
    }

    fn queue_policy(&self, queue: &Queue, id: &str) -> Doc {
        let mut statements = vec![tls("sqs:*", vec![Doc::get(id, "Arn")])];
        for rule in deploy::rules_into(self.stack, queue) {
            statements.push(Doc::map([
                ("Sid", Doc::text(format!("From{}", pascal(&rule.id)))),
                ("Effect", Doc::plain("Allow")),
                (
                    "Principal",
                    Doc::map([("Service", Doc::text("events.amazonaws.com"))]),
                ),
                ("Action", Doc::text("sqs:SendMessage")),
                ("Resource", Doc::get(id, "Arn")),
                (
                    "Condition",
                    Doc::map([(
                        "ArnEquals",
                        Doc::map([(
                            "aws:SourceArn",
                            Doc::get(&format!("{}Rule", pascal(&rule.id)), "Arn"),
                        )]),
                    )]),
                ),
            ]));
        }
        document(statements)
    }

    pub(super) fn topics(&self, resources: &mut Members) {
        for topic in &self.stack.topics {
            let id = self.id(&topic.id);
            let mut members = vec![(
                "TopicName".to_owned(),
                self.parts(&deploy::name(self.stack, &topic.id)),
            )];
            members.push(("KmsMasterKeyId".to_owned(), Doc::text("alias/aws/sns")));
            members.extend(self.tags());
            // Alarms cannot tell a topic that AWS's own key encrypts.
            if self.tells_alarms(&topic.id) {
                members.retain(|(name, _)| name != "KmsMasterKeyId");
            }
            resources.push((id.clone(), resource("AWS::SNS::Topic", members)));
            let mut statements = vec![tls("sns:Publish", vec![Doc::reference(&id)])];
            if self.tells_alarms(&topic.id) {
                statements.push(Doc::map([
                    ("Sid", Doc::text("Alarms")),
                    ("Effect", Doc::plain("Allow")),
                    (
                        "Principal",
                        Doc::map([("Service", Doc::text("cloudwatch.amazonaws.com"))]),
                    ),
                    ("Action", Doc::text("sns:Publish")),
                    ("Resource", Doc::reference(&id)),
                    (
                        "Condition",
                        Doc::map([(
                            "StringEquals",
                            Doc::map([("aws:SourceAccount", Doc::reference("AWS::AccountId"))]),
                        )]),
                    ),
                ]));
            }
            resources.push((
                format!("{id}Policy"),
                resource(
                    "AWS::SNS::TopicPolicy",
                    [
                        ("Topics", Doc::List(vec![Doc::reference(&id)])),
                        ("PolicyDocument", document(statements)),
                    ],
                ),
            ));
            for (number, email) in topic.emails.iter().enumerate() {
                resources.push((
                    format!("{id}Email{}", number + 1),
                    resource(
                        "AWS::SNS::Subscription",
                        [
                            ("TopicArn", Doc::reference(&id)),
                            ("Protocol", Doc::text("email")),
                            ("Endpoint", Doc::text(email)),
                        ],
                    ),
                ));
            }
        }
    }

    fn tells_alarms(&self, topic: &str) -> bool {
        self.stack.alarm_topic == Some(deploy::of(topic, Attribute::Arn))
    }

    pub(super) fn tables(&self, resources: &mut Members) {
        for table in &self.stack.tables {
            let keys = std::iter::once((&table.partition_key, "HASH"))
                .chain(table.sort_key.iter().map(|key| (key, "RANGE")));
            let (mut attributes, mut schema) = (Vec::new(), Vec::new());
            for ((name, kind), role) in keys {
                attributes.push(Doc::map([
                    ("AttributeName", Doc::text(name)),
                    ("AttributeType", Doc::text(kind.to_string())),
                ]));
                schema.push(Doc::map([
                    ("AttributeName", Doc::text(name)),
                    ("KeyType", Doc::text(role)),
                ]));
            }
            let on = |name: &'static str| Doc::map([(name, Doc::plain("true"))]);
            let mut members = vec![
                (
                    "TableName".to_owned(),
                    self.parts(&deploy::name(self.stack, &table.id)),
                ),
                ("BillingMode".to_owned(), Doc::text("PAY_PER_REQUEST")),
                ("AttributeDefinitions".to_owned(), Doc::List(attributes)),
                ("KeySchema".to_owned(), Doc::List(schema)),
                (
                    "PointInTimeRecoverySpecification".to_owned(),
                    on("PointInTimeRecoveryEnabled"),
                ),
                ("SSESpecification".to_owned(), on("SSEEnabled")),
            ];
            if let Some(ttl) = &table.ttl {
                members.push((
                    "TimeToLiveSpecification".to_owned(),
                    Doc::map([
                        ("AttributeName", Doc::text(ttl)),
                        ("Enabled", Doc::plain("true")),
                    ]),
                ));
            }
            members.extend(self.tags());
            resources.push((
                self.id(&table.id),
                retained("AWS::DynamoDB::Table", members),
            ));
        }
    }

    pub(super) fn buckets(&self, resources: &mut Members) {
        for bucket in &self.stack.buckets {
            let id = self.id(&bucket.id);
            let yes = || Doc::plain("true");
            let sse = Doc::map([(
                "ServerSideEncryptionByDefault",
                Doc::map([("SSEAlgorithm", Doc::text("AES256"))]),
            )]);
            let mut rules = vec![Doc::map([
                ("Id", Doc::text("unfinished-uploads")),
                ("Status", Doc::plain("Enabled")),
                (
                    "AbortIncompleteMultipartUpload",
                    Doc::map([("DaysAfterInitiation", Doc::plain(7))]),
                ),
            ])];
            if let Some(days) = bucket.expire_days {
                rules.push(Doc::map([
                    ("Id", Doc::text("expire")),
                    ("Status", Doc::plain("Enabled")),
                    ("ExpirationInDays", Doc::plain(days)),
                    (
                        "NoncurrentVersionExpiration",
                        Doc::map([("NoncurrentDays", Doc::plain(days))]),
                    ),
                ]));
            }
            let mut members = vec![
                (
                    "BucketName".to_owned(),
                    self.parts(&deploy::name(self.stack, &bucket.id)),
                ),
                (
                    "BucketEncryption".to_owned(),
                    Doc::map([("ServerSideEncryptionConfiguration", Doc::List(vec![sse]))]),
                ),
                (
                    "PublicAccessBlockConfiguration".to_owned(),
                    Doc::map([
                        ("BlockPublicAcls", yes()),
                        ("BlockPublicPolicy", yes()),
                        ("IgnorePublicAcls", yes()),
                        ("RestrictPublicBuckets", yes()),
                    ]),
                ),
                (
                    "VersioningConfiguration".to_owned(),
                    Doc::map([("Status", Doc::plain("Enabled"))]),
                ),
                (
                    "LifecycleConfiguration".to_owned(),
                    Doc::map([("Rules", Doc::List(rules))]),
                ),
            ];
            if bucket.events {
                members.push((
                    "NotificationConfiguration".to_owned(),
                    Doc::map([(
                        "EventBridgeConfiguration",
                        Doc::map([("EventBridgeEnabled", yes())]),
                    )]),
                ));
            }
            members.extend(self.tags());
            resources.push((id.clone(), retained("AWS::S3::Bucket", members)));
            let arns = vec![
                Doc::get(&id, "Arn"),
                Doc::Tagged("!Sub", Box::new(Doc::text(format!("${{{id}.Arn}}/*")))),
            ];
            resources.push((
                format!("{id}Policy"),
                resource(
                    "AWS::S3::BucketPolicy",
                    [
                        ("Bucket", Doc::reference(&id)),
                        ("PolicyDocument", document(vec![tls("s3:*", arns)])),
                    ],
                ),
            ));
        }
    }

    pub(super) fn alarms(&self, resources: &mut Members) {
        for alarm in &self.stack.alarms {
            let mut members = vec![
                (
                    "AlarmName".to_owned(),
                    self.parts(&deploy::alarm_name(&alarm.id)),
                ),
                (
                    "AlarmDescription".to_owned(),
                    Doc::text(alarm.description.chars().take(1_000).collect::<String>()),
                ),
            ];
            if let Some(topic) = &self.stack.alarm_topic {
                members.push((
                    "AlarmActions".to_owned(),
                    Doc::List(vec![self.value(topic)]),
                ));
            }
            self.source(alarm, &mut members);
            members.extend([
                (
                    "EvaluationPeriods".to_owned(),
                    Doc::plain(alarm.evaluation_periods),
                ),
                (
                    "DatapointsToAlarm".to_owned(),
                    Doc::plain(alarm.datapoints_to_alarm),
                ),
                ("Threshold".to_owned(), number(&alarm.threshold)),
                (
                    "ComparisonOperator".to_owned(),
                    Doc::text(alarm.comparison.as_str()),
                ),
                (
                    "TreatMissingData".to_owned(),
                    Doc::text(alarm.missing.as_str()),
                ),
            ]);
            resources.push((
                format!("{}Alarm", pascal(&alarm.id)),
                resource("AWS::CloudWatch::Alarm", members),
            ));
        }
    }

    fn source(&self, alarm: &Alarm, members: &mut Members) {
        let metric = |metric: &Metric| {
            let dimension = |(name, value): &(String, crate::stack::Value)| {
                Doc::map([("Name", Doc::text(name)), ("Value", self.value(value))])
            };
            vec![
                ("Namespace".to_owned(), Doc::text(&metric.namespace)),
                ("MetricName".to_owned(), Doc::text(&metric.name)),
                (
                    "Dimensions".to_owned(),
                    Doc::List(metric.dimensions.iter().map(dimension).collect()),
                ),
            ]
        };
        match &alarm.source {
            MetricSource::One(one) => {
                members.extend(metric(one));
                let kind = if one.statistic.starts_with('p') {
                    "ExtendedStatistic"
                } else {
                    "Statistic"
                };
                members.push((kind.to_owned(), Doc::text(&one.statistic)));
                members.push(("Period".to_owned(), Doc::plain(alarm.period)));
            }
            MetricSource::Expression {
                expression,
                label,
                metrics,
            } => {
                let mut all = vec![Doc::map([
                    ("Id", Doc::text("result")),
                    ("Label", Doc::text(label)),
                    ("Expression", Doc::text(expression)),
                    ("ReturnData", Doc::plain("true")),
                ])];
                for (id, one) in metrics {
                    all.push(Doc::map([
                        ("Id", Doc::text(id)),
                        ("ReturnData", Doc::plain("false")),
                        (
                            "MetricStat",
                            Doc::map([
                                ("Metric", Doc::Map(metric(one))),
                                ("Period", Doc::plain(alarm.period)),
                                ("Stat", Doc::text(&one.statistic)),
                            ]),
                        ),
                    ]));
                }
                members.push(("Metrics".to_owned(), Doc::List(all)));
            }
        }
    }
}

/// A decimal number as it stands; anything else as a text, which is no number to anybody.
fn number(text: &str) -> Doc {
    let plain = !text.is_empty()
        && text.len() < 20
        && text.chars().all(|c| c.is_ascii_digit() || c == '.')
        && text.starts_with(|c: char| c.is_ascii_digit())
        && text.matches('.').count() < 2;
    if plain {
        Doc::plain(text)
    } else {
        Doc::text(text)
    }
}

/// Requests that do not come over TLS are refused.
fn tls(action: &str, resources: Vec<Doc>) -> Doc {
    Doc::map([
        ("Sid", Doc::text("OnlyTls")),
        ("Effect", Doc::plain("Deny")),
        ("Principal", Doc::text("*")),
        ("Action", Doc::text(action)),
        ("Resource", Doc::List(resources)),
        (
            "Condition",
            Doc::map([(
                "Bool",
                Doc::map([("aws:SecureTransport", Doc::text("false"))]),
            )]),
        ),
    ])
}

/// A resource that holds data and stays when the stack goes.
fn retained(kind: &str, properties: Members) -> Doc {
    Doc::map([
        ("Type", Doc::plain(kind)),
        ("DeletionPolicy", Doc::plain("Retain")),
        ("UpdateReplacePolicy", Doc::plain("Retain")),
        ("Properties", Doc::Map(properties)),
    ])
}
