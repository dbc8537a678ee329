//! Resources around the state machine, and texts as expressions of TypeScript.

use std::fmt::Write as _;

use super::{Writer, accepted, camel};
use crate::deploy::{self, Part, alarm_name, pascal, waits};
use crate::derive::string;
use crate::stack::{Attribute, PipeSource, Trigger, TriggerKind};

/// The pieces as one expression.
pub(super) fn expression(parts: &[Part]) -> String {
    match parts {
        [] => "''".to_owned(),
        [one] => single(one),
        _ => {
            let mut out = String::from("`");
            for part in parts {
                match part {
                    Part::Text(text) => out.push_str(&inside(text)),
                    part => _ = write!(out, "${{{}}}", single(part)),
                }
            }
            out.push('`');
            out
        }
    }
}

fn single(part: &Part) -> String {
    match part {
        Part::Text(text) => string(text),
        Part::Prefix => "namePrefix".to_owned(),
        Part::Parameter(name) => format!("{}Parameter", camel(name)),
        Part::Partition => "Aws.PARTITION".to_owned(),
        Part::Region => "Aws.REGION".to_owned(),
        Part::Account => "Aws.ACCOUNT_ID".to_owned(),
        Part::QueueUrl(id) => format!("{}Queue.queueUrl", camel(id)),
        Part::Replaced(of, from, to) => format!(
            "`${{Fn.select(0, Fn.split({from}, {of}))}}{}${{Fn.select(1, Fn.split({from}, {of}))}}`",
            inside(to),
            from = string(from),
            of = expression(of)
        ),
    }
}

/// A text inside of a template literal.
fn inside(text: &str) -> String {
    let quoted = string(text);
    let quoted = quoted
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'))
        .unwrap_or_default();
    quoted
        .replace("\\\"", "\"")
        .replace('`', "\\`")
        .replace('$', "\\$")
}

impl Writer<'_> {
    #[expect(
        clippy::too_many_lines,
        reason = "one piece after the other, each short"
    )]
    pub(super) fn resources(&self, out: &mut String) {
        if self.has_key() {
            out.push_str("const key = new kms.Key(this, 'Key', {\n  description: 'Encrypts the state machine, its executions and its logs.',\n  enableKeyRotation: true,\n});\n");
            out.push_str("key.addToResourcePolicy(\n  new iam.PolicyStatement({\n    sid: 'EncryptLogs',\n    principals: [new iam.ServicePrincipal(`logs.${Aws.REGION}.amazonaws.com`)],\n    actions: ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey*', 'kms:ReEncrypt*'],\n    resources: ['*'],\n    conditions: { ArnLike: { 'kms:EncryptionContext:aws:logs:arn': `arn:${Aws.PARTITION}:logs:${Aws.REGION}:${Aws.ACCOUNT_ID}:log-group:/aws/vendedlogs/states/${namePrefix}*` } },\n  }),\n);\n");
        }
        // Queues that take what others could not handle come first.
        let (plain, redriven): (Vec<_>, Vec<_>) = self
            .stack
            .queues
            .iter()
            .partition(|queue| queue.dead_letters.is_none());
        for queue in plain.into_iter().chain(redriven) {
            let fifo = if queue.fifo { "\n  fifo: true," } else { "" };
            let dead = queue
                .dead_letters
                .as_ref()
                .map_or_else(String::new, |(dead, tries)| {
                    format!(
                        "\n  deadLetterQueue: {{ queue: {}Queue, maxReceiveCount: {tries} }},",
                        camel(dead)
                    )
                });
            _ = writeln!(
                out,
                "const {}Queue = new sqs.Queue(this, {}, {{\n  queueName: {},\n  retentionPeriod: Duration.days({}),\n  visibilityTimeout: Duration.seconds({}),\n  encryption: sqs.QueueEncryption.SQS_MANAGED,\n  enforceSSL: true,{fifo}{dead}\n  removalPolicy: RemovalPolicy.RETAIN,\n}});",
                camel(&queue.id),
                string(&format!("{}Queue", pascal(&queue.id))),
                self.name(&queue.id),
                queue.retention_days,
                queue.visibility_seconds
            );
            accepted::accept(
                &format!("{}Queue", camel(&queue.id)),
                &accepted::of_queue(queue),
                out,
            );
        }
        for topic in &self.stack.topics {
            let variable = format!("{}Topic", camel(&topic.id));
            _ = writeln!(
                out,
                "const {variable} = new sns.Topic(this, {}, {{\n  topicName: {},\n  enforceSSL: true,\n}});",
                string(&format!("{}Topic", pascal(&topic.id))),
                self.name(&topic.id)
            );
            if self.stack.alarm_topic == Some(deploy::of(&topic.id, Attribute::Arn)) {
                _ = writeln!(
                    out,
                    "{variable}.addToResourcePolicy(\n  new iam.PolicyStatement({{\n    sid: 'Alarms',\n    principals: [new iam.ServicePrincipal('cloudwatch.amazonaws.com')],\n    actions: ['sns:Publish'],\n    resources: [{variable}.topicArn],\n    conditions: {{ StringEquals: {{ 'aws:SourceAccount': Aws.ACCOUNT_ID }} }},\n  }}),\n);"
                );
            }
            for (number, email) in topic.emails.iter().enumerate() {
                _ = writeln!(
                    out,
                    "new sns.Subscription(this, {}, {{ topic: {variable}, protocol: sns.SubscriptionProtocol.EMAIL, endpoint: {} }});",
                    string(&format!("{}Email{}", pascal(&topic.id), number + 1)),
                    string(email)
                );
            }
        }
        for table in &self.stack.tables {
            let kind = |kind: char| match kind {
                'N' => "NUMBER",
                'B' => "BINARY",
                _ => "STRING",
            };
            let attribute = |name: &str, (key, of): &(String, char)| {
                format!(
                    "\n  {name}: {{ name: {}, type: dynamodb.AttributeType.{} }},",
                    string(key),
                    kind(*of)
                )
            };
            let sort = table
                .sort_key
                .as_ref()
                .map(|key| attribute("sortKey", key))
                .unwrap_or_default();
            let ttl = table
                .ttl
                .as_ref()
                .map(|ttl| format!("\n  timeToLiveAttribute: {},", string(ttl)))
                .unwrap_or_default();
            _ = writeln!(
                out,
                "new dynamodb.Table(this, {}, {{\n  tableName: {},{}{sort}{ttl}\n  billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,\n  pointInTimeRecoverySpecification: {{ pointInTimeRecoveryEnabled: true }},\n  encryption: dynamodb.TableEncryption.AWS_MANAGED,\n  removalPolicy: RemovalPolicy.RETAIN,\n}});",
                string(&format!("{}Table", pascal(&table.id))),
                self.name(&table.id),
                attribute("partitionKey", &table.partition_key)
            );
        }
        for bucket in &self.stack.buckets {
            let expire = bucket.expire_days.map(|days| format!("\n    {{ expiration: Duration.days({days}), noncurrentVersionExpiration: Duration.days({days}) }},")).unwrap_or_default();
            // CDK's own switch makes a function for it; the bucket can tell EventBridge by itself.
            _ = writeln!(
                out,
                "const {variable}Bucket = new s3.Bucket(this, {}, {{\n  bucketName: {},\n  blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,\n  encryption: s3.BucketEncryption.S3_MANAGED,\n  enforceSSL: true,\n  versioned: true,\n  lifecycleRules: [\n    {{ abortIncompleteMultipartUploadAfter: Duration.days(7) }},{expire}\n  ],\n  removalPolicy: RemovalPolicy.RETAIN,\n}});",
                string(&format!("{}Bucket", pascal(&bucket.id))),
                self.name(&bucket.id),
                variable = camel(&bucket.id)
            );
            accepted::accept(
                &format!("{}Bucket", camel(&bucket.id)),
                &accepted::of_bucket(),
                out,
            );
            if bucket.events {
                _ = writeln!(
                    out,
                    "({}Bucket.node.defaultChild as s3.CfnBucket).notificationConfiguration = {{ eventBridgeConfiguration: {{ eventBridgeEnabled: true }} }};",
                    camel(&bucket.id)
                );
            }
        }
        out.push('\n');
    }

    pub(super) fn triggers(&self, out: &mut String) {
        let machine = camel(&self.stack.machine.id);
        for trigger in &self.stack.triggers {
            let (variable, id) = (camel(&trigger.id), pascal(&trigger.id));
            if let Some(role) = deploy::trigger_role(self.stack, trigger) {
                self.role(
                    &format!("{variable}Role"),
                    &format!("{id}Role"),
                    role.principal,
                    &role.statements,
                    false,
                    out,
                );
            }
            self.trigger(trigger, &machine, &variable, &id, out);
        }
    }

    #[expect(
        clippy::too_many_lines,
        reason = "one piece after the other, each short"
    )]
    fn trigger(
        &self,
        trigger: &Trigger,
        machine: &str,
        variable: &str,
        id: &str,
        out: &mut String,
    ) {
        let name = expression(&alarm_name(&trigger.id));
        let description = string(&deploy::described(trigger));
        let dead = trigger
            .dead_letters
            .as_ref()
            .map(|queue| format!("{}Queue", camel(queue)));
        let letters = dead
            .as_ref()
            .map(|queue| format!(", deadLetterConfig: {{ arn: {queue}.queueArn }}"))
            .unwrap_or_default();
        match &trigger.kind {
            TriggerKind::Rule {
                bus,
                pattern,
                input_path,
            } => {
                let bus = bus
                    .as_ref()
                    .map(|bus| format!("\n  eventBusName: {},", self.value(bus)))
                    .unwrap_or_default();
                let path = input_path
                    .as_ref()
                    .map(|path| format!(", inputPath: {}", string(path)))
                    .unwrap_or_default();
                _ = writeln!(
                    out,
                    "const {variable}Rule = new events.CfnRule(this, {}, {{\n  name: {name},\n  description: {description},{bus}\n  eventPattern: JSON.parse({}),\n  targets: [{{ id: 'start', arn: {machine}Alias.attrArn, roleArn: {variable}Role.roleArn{path}{letters} }}],\n}});",
                    string(&format!("{id}Rule")),
                    string(pattern)
                );
                if let Some(queue) = dead {
                    _ = writeln!(
                        out,
                        "{queue}.addToResourcePolicy(\n  new iam.PolicyStatement({{\n    principals: [new iam.ServicePrincipal('events.amazonaws.com')],\n    actions: ['sqs:SendMessage'],\n    resources: [{queue}.queueArn],\n    conditions: {{ ArnEquals: {{ 'aws:SourceArn': {variable}Rule.attrArn }} }},\n  }}),\n);"
                    );
                }
            }
            TriggerKind::Schedule { expression, input } => {
                _ = writeln!(
                    out,
                    "new scheduler.CfnSchedule(this, {}, {{\n  name: {name},\n  description: {description},\n  scheduleExpression: {},\n  flexibleTimeWindow: {{ mode: 'OFF' }},\n  target: {{ arn: {machine}Alias.attrArn, roleArn: {variable}Role.roleArn, input: {}{letters} }},\n}});",
                    string(&format!("{id}Schedule")),
                    string(expression),
                    string(input)
                );
            }
            TriggerKind::Pipe {
                source,
                from,
                batch,
                filter,
            } => {
                let filter = filter
                    .as_ref()
                    .map(|filter| {
                        format!(
                            "filterCriteria: {{ filters: [{{ pattern: {} }}] }}, ",
                            string(filter)
                        )
                    })
                    .unwrap_or_default();
                let stream = format!("batchSize: {batch}, startingPosition: 'LATEST'{letters}");
                let parameters = match from {
                    PipeSource::Queue => format!("sqsQueueParameters: {{ batchSize: {batch} }}"),
                    PipeSource::Kinesis => format!("kinesisStreamParameters: {{ {stream} }}"),
                    PipeSource::DynamoDb => format!("dynamoDbStreamParameters: {{ {stream} }}"),
                };
                let how = if waits(self.stack, trigger) {
                    "REQUEST_RESPONSE"
                } else {
                    "FIRE_AND_FORGET"
                };
                _ = writeln!(
                    out,
                    "new pipes.CfnPipe(this, {}, {{\n  name: {name},\n  description: {description},\n  roleArn: {variable}Role.roleArn,\n  source: {},\n  sourceParameters: {{ {filter}{parameters} }},\n  target: {machine}Alias.attrArn,\n  targetParameters: {{ stepFunctionStateMachineParameters: {{ invocationType: '{how}' }} }},\n}});",
                    string(&format!("{id}Pipe")),
                    self.value(source)
                );
            }
            TriggerKind::Iot { sql } => {
                let error = dead.as_ref().map(|queue| format!("\n    errorAction: {{ sqs: {{ queueUrl: {queue}.queueUrl, roleArn: {variable}Role.roleArn, useBase64: false }} }},")).unwrap_or_default();
                _ = writeln!(
                    out,
                    "new iot.CfnTopicRule(this, {}, {{\n  topicRulePayload: {{\n    description: {description},\n    sql: {},\n    awsIotSqlVersion: '2016-03-23',\n    ruleDisabled: false,\n    actions: [{{ stepFunctions: {{ stateMachineName: {machine}.stateMachineName, roleArn: {variable}Role.roleArn }} }}],{error}\n  }},\n}});",
                    string(&format!("{id}TopicRule")),
                    string(sql)
                );
            }
            TriggerKind::Api { path, .. } => {
                let (action, request) = deploy::api_request(self.stack, trigger);
                _ = writeln!(
                    out,
                    "const {variable}Api = new apigateway.RestApi(this, {}, {{\n  restApiName: {name},\n  description: {description},\n  endpointTypes: [apigateway.EndpointType.REGIONAL],\n  cloudWatchRole: false,\n  deployOptions: {{ stageName: 'live', tracingEnabled: true, metricsEnabled: true, throttlingBurstLimit: 200, throttlingRateLimit: 100 }},\n}});",
                    string(&format!("{id}Api"))
                );
                let path: String = path
                    .chars()
                    .filter(|c| c.is_ascii_alphanumeric() || "/._-{}+".contains(*c))
                    .collect();
                _ = writeln!(
                    out,
                    "{variable}Api.root.resourceForPath({}).addMethod(\n  'POST',\n  new apigateway.AwsIntegration({{\n    service: 'states',\n    action: '{action}',\n    options: {{\n      credentialsRole: {variable}Role,\n      passthroughBehavior: apigateway.PassthroughBehavior.NEVER,\n      requestTemplates: {{ 'application/json': {} }},\n      integrationResponses: [{{ statusCode: '200' }}, {{ statusCode: '400', selectionPattern: '4\\\\d{{2}}' }}, {{ statusCode: '500', selectionPattern: '5\\\\d{{2}}' }}],\n    }},\n  }}),\n  {{\n    authorizationType: apigateway.AuthorizationType.IAM,\n    methodResponses: [{{ statusCode: '200' }}, {{ statusCode: '400' }}, {{ statusCode: '500' }}],\n  }},\n);",
                    string(&path),
                    expression(&request)
                );
                accepted::accept(&format!("{variable}Api"), &accepted::of_api(), out);
            }
            TriggerKind::Callers => {
                let action = deploy::start_action(&self.stack.machine);
                _ = writeln!(
                    out,
                    "new iam.ManagedPolicy(this, {}, {{\n  description: {description},\n  statements: [new iam.PolicyStatement({{ actions: ['{action}'], resources: [{machine}Alias.attrArn] }})],\n}});",
                    string(&format!("{id}Policy"))
                );
            }
        }
    }
}
