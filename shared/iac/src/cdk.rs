//! A stack as a CDK app in TypeScript.

mod accepted;
mod parts;
pub(crate) mod used;

use std::fmt::Write as _;

use used::{used_imports, used_names};

use crate::Artifact;
use crate::deploy::{self, ALIAS, KEY_ACTIONS, Part, conditions, has_key, logs, machines, pascal};
use crate::derive::string;
use crate::stack::{MetricSource, ParameterKind, Stack, StateMachine, Statement, Value};
use crate::template::{pattern, watches};

const PACKAGE: &str = r#"{
  "name": "workflow",
  "private": true,
  "type": "module",
  "scripts": {
    "synth": "cdk synth",
    "test": "tsc --noEmit && node --import tsx --test test/*.test.ts"
  },
  "dependencies": {
    "aws-cdk-lib": "2.276.0",
    "constructs": "10.8.1"
  },
  "devDependencies": {
    "@types/node": "22.20.5",
    "aws-cdk": "2.1148.1",
    "cdk-nag": "3.0.2",
    "tsx": "4.23.15",
    "typescript": "5.9.3"
  }
}
"#;

const TSCONFIG: &str = r#"{
  "compilerOptions": {
    "target": "ES2022",
    "module": "NodeNext",
    "moduleResolution": "NodeNext",
    "strict": true,
    "noUnusedLocals": true,
    "skipLibCheck": true,
    "allowImportingTsExtensions": true,
    "noEmit": true,
    "types": ["node"]
  },
  "include": ["bin", "lib", "test"]
}
"#;

/// The stack as a CDK app: `cdk/lib/workflow-stack.ts` and what it needs.
pub fn stack_cdk(stack: &Stack) -> Vec<Artifact> {
    let writer = Writer { stack };
    let file = |name: &str, language, text: String| Artifact {
        file_name: format!("cdk/{name}"),
        language,
        text,
    };
    vec![
        file("package.json", "json", PACKAGE.to_owned()),
        file("tsconfig.json", "json", TSCONFIG.to_owned()),
        file(
            "cdk.json",
            "json",
            "{\n  \"app\": \"node --import tsx bin/app.ts\"\n}\n".to_owned(),
        ),
        file("bin/app.ts", "typescript", writer.app()),
        file("lib/workflow-stack.ts", "typescript", writer.library()),
        file("test/workflow.test.ts", "typescript", writer.test()),
    ]
}

pub(crate) struct Writer<'a> {
    stack: &'a Stack,
}

/// `order-items` as `orderItems`.
fn camel(text: &str) -> String {
    let name = pascal(text);
    let mut letters = name.chars();
    letters
        .next()
        .map(|first| first.to_ascii_lowercase())
        .into_iter()
        .chain(letters)
        .collect()
}

impl Writer<'_> {
    fn app(&self) -> String {
        let mut out = String::from(
            "import { App, Validations } from 'aws-cdk-lib';\nimport { AwsSolutionsChecks } from 'cdk-nag';\nimport { WorkflowStack } from '../lib/workflow-stack.ts';\n\nconst app = new App();\n// What these rules find stops the synthesis. What is accepted has its reason where it is made.\nValidations.of(app).addPlugins(new AwsSolutionsChecks(app));\n",
        );
        let name = crate::stack_name(&self.stack.name);
        if self.stack.environments.is_empty() {
            _ = writeln!(out, "new WorkflowStack(app, {});", string(&name));
        }
        for environment in &self.stack.environments {
            let id = format!("{name}-{}", crate::text::identifier(&environment.name, '-'));
            let account = environment
                .account
                .as_deref()
                .map_or_else(|| "process.env.CDK_DEFAULT_ACCOUNT".to_owned(), string);
            _ = writeln!(
                out,
                "new WorkflowStack(app, {}, {{\n  env: {{ account: {account}, region: {} }},\n}});",
                string(&id),
                string(&environment.region)
            );
        }
        out
    }

    fn test(&self) -> String {
        let kind = if self.stack.machine.express {
            "EXPRESS"
        } else {
            "STANDARD"
        };
        format!(
            r"import assert from 'node:assert/strict';
import {{ test }} from 'node:test';
import {{ App }} from 'aws-cdk-lib';
import {{ Template }} from 'aws-cdk-lib/assertions';
import {{ WorkflowStack }} from '../lib/workflow-stack.ts';

const template = Template.fromStack(new WorkflowStack(new App(), 'test'));

test('the state machine is logged, traced and of its type', () => {{
  template.hasResourceProperties('AWS::StepFunctions::StateMachine', {{
    StateMachineType: '{kind}',
  }});
  template.resourceCountIs('AWS::StepFunctions::StateMachineAlias', {machines});
}});

test('what is to be watched has an alarm', () => {{
  template.resourceCountIs('AWS::CloudWatch::Alarm', {alarms});
}});

test('no permission is wider than its reason', () => {{
  const policies = template.findResources('AWS::IAM::Policy');
  for (const policy of Object.values(policies)) {{
    for (const statement of policy.Properties.PolicyDocument.Statement) {{
      assert.notEqual(statement.Action, '*');
    }}
  }}
}});
",
            machines = machines(self.stack).count(),
            alarms = self.stack.alarms.len()
        )
    }

    fn library(&self) -> String {
        let mut out = String::from(
            "import { Aws, CfnOutput, CfnParameter, Duration, Fn, RemovalPolicy, Stack, type StackProps, Tags, Validations } from 'aws-cdk-lib';\n",
        );
        for module in [
            "apigateway",
            "cloudwatch",
            "dynamodb",
            "events",
            "iam",
            "iot",
            "kms",
            "logs",
            "pipes",
            "s3",
            "scheduler",
            "sns",
            "sqs",
            "stepfunctions",
        ] {
            _ = writeln!(out, "import * as {module} from 'aws-cdk-lib/aws-{module}';");
        }
        out.push_str("import type { Construct } from 'constructs';\n\n");
        _ = writeln!(out, "/** {} */", comment(&self.stack.description));
        out.push_str("export class WorkflowStack extends Stack {\n  constructor(scope: Construct, id: string, props: StackProps = {}) {\n    super(scope, id, props);\n\n");
        let mut body = String::new();
        self.parameters(&mut body);
        self.resources(&mut body);
        for machine in machines(self.stack) {
            self.machine(machine, &mut body);
        }
        self.alarms(&mut body);
        for machine in machines(self.stack) {
            self.published(machine, &mut body);
        }
        self.triggers(&mut body);
        self.outputs(&mut body);
        for (key, value) in &self.stack.tags {
            _ = writeln!(
                body,
                "Tags.of(this).add({}, {});",
                string(key),
                string(value)
            );
        }
        for line in used_names(&body).lines() {
            let line = format!("    {line}");
            out.push_str(line.trim_end());
            out.push('\n');
        }
        out.push_str("  }\n}\n");
        used_imports(&out)
    }

    fn parameters(&self, out: &mut String) {
        let mut parameter = |id: &str, variable: &str, members: &str| {
            _ = writeln!(
                out,
                "const {variable} = new CfnParameter(this, {}, {{\n{members}}}).valueAsString;",
                string(id)
            );
        };
        let members = |description: &str, default: Option<&str>, pattern: Option<&str>| {
            let mut members = format!(
                "  description: {},\n",
                string(&crate::text::first_chars(description, 1_000))
            );
            if let Some(default) = default {
                _ = writeln!(members, "  default: {},", string(default));
            }
            if let Some(pattern) = pattern {
                _ = writeln!(members, "  allowedPattern: {},", string(pattern));
            }
            members
        };
        let name = crate::stack_name(&self.stack.name);
        parameter(
            "NamePrefix",
            "namePrefix",
            &members(
                "Names of all resources begin with it.",
                Some(&name),
                Some("^[a-z][a-z0-9-]{0,39}$"),
            ),
        );
        for known in &self.stack.parameters {
            let kind = if known.kind == ParameterKind::Number {
                Some("^[0-9.]+$")
            } else {
                pattern(known.kind)
            };
            parameter(
                &pascal(&known.name),
                &format!("{}Parameter", camel(&known.name)),
                &members(&known.description, known.default.as_deref(), kind),
            );
        }
        out.push('\n');
    }

    /// A value as an expression.
    fn value(&self, value: &Value) -> String {
        parts::expression(&deploy::parts(self.stack, value))
    }

    fn name(&self, id: &str) -> String {
        parts::expression(&deploy::name(self.stack, id))
    }

    fn statement(&self, statement: &Statement) -> String {
        let texts = |texts: &[String]| {
            texts
                .iter()
                .map(|text| string(text))
                .collect::<Vec<_>>()
                .join(", ")
        };
        let values = |values: &[Value]| {
            values
                .iter()
                .map(|value| self.value(value))
                .collect::<Vec<_>>()
                .join(", ")
        };
        let mut out = String::from("new iam.PolicyStatement({\n");
        if !statement.why.is_empty() {
            out.insert_str(0, &format!("// {}\n", comment(&statement.why)));
        }
        _ = writeln!(out, "  sid: {},", string(&statement.sid));
        _ = writeln!(out, "  actions: [{}],", texts(&statement.actions));
        _ = writeln!(out, "  resources: [{}],", values(&statement.resources));
        let rows = conditions(statement);
        if !rows.is_empty() {
            out.push_str("  conditions: {\n");
            for (operator, conditions) in rows {
                let keys: Vec<String> = conditions
                    .iter()
                    .map(|condition| {
                        format!(
                            "{}: [{}]",
                            string(&condition.key),
                            values(&condition.values)
                        )
                    })
                    .collect();
                _ = writeln!(out, "    {}: {{ {} }},", string(operator), keys.join(", "));
            }
            out.push_str("  },\n");
        }
        out.push_str("}),\n");
        out
    }

    /// A role that this account's use of a service takes.
    fn role(
        &self,
        variable: &str,
        id: &str,
        principal: &str,
        statements: &[Statement],
        key: bool,
        out: &mut String,
    ) {
        _ = writeln!(
            out,
            "const {variable} = new iam.Role(this, {}, {{\n  assumedBy: new iam.ServicePrincipal({}, {{ conditions: {{ StringEquals: {{ 'aws:SourceAccount': Aws.ACCOUNT_ID }} }} }}),\n}});",
            string(id),
            string(principal)
        );
        if !statements.is_empty() || key {
            _ = writeln!(
                out,
                "const {variable}Policy = new iam.Policy(this, {}, {{\n  roles: [{variable}],\n  statements: [",
                string(&format!("{id}Policy"))
            );
            for statement in statements {
                for line in self.statement(statement).lines() {
                    _ = writeln!(out, "    {line}");
                }
            }
            if key {
                _ = writeln!(
                    out,
                    "    new iam.PolicyStatement({{ sid: 'UseKey', actions: ['{}'], resources: [key.keyArn] }}),",
                    KEY_ACTIONS.join("', '")
                );
            }
            out.push_str("  ],\n});\n");
            accepted::accept(
                &format!("{variable}Policy"),
                &self.of_statements(statements),
                out,
            );
        }
    }

    fn machine(&self, machine: &StateMachine, out: &mut String) {
        let variable = camel(&machine.id);
        let id = pascal(&machine.id);
        self.role(
            &format!("{variable}Role"),
            &format!("{id}Role"),
            "states.amazonaws.com",
            &deploy::role(machine),
            machine.key,
            out,
        );
        if logs(machine.logging) {
            let mut name = vec![Part::Text("/aws/vendedlogs/states/".to_owned())];
            name.extend(deploy::name(self.stack, &machine.id));
            let key = if machine.key {
                "\n  encryptionKey: key,"
            } else {
                ""
            };
            _ = writeln!(
                out,
                "const {variable}Logs = new logs.LogGroup(this, {}, {{\n  logGroupName: {},\n  retention: {},{key}\n  removalPolicy: RemovalPolicy.RETAIN,\n}});",
                string(&format!("{id}Logs")),
                parts::expression(&deploy::merged(name)),
                machine.logging.retention_days
            );
        }
        _ = writeln!(
            out,
            "const {variable} = new stepfunctions.StateMachine(this, {}, {{",
            string(&id)
        );
        _ = writeln!(out, "  stateMachineName: {},", self.name(&machine.id));
        _ = writeln!(
            out,
            "  stateMachineType: stepfunctions.StateMachineType.{},",
            if machine.express {
                "EXPRESS"
            } else {
                "STANDARD"
            }
        );
        _ = writeln!(
            out,
            "  definitionBody: stepfunctions.DefinitionBody.fromFile({}),",
            string(&format!("../{}", machine.file_name))
        );
        out.push_str("  definitionSubstitutions: {\n");
        for (name, value) in &machine.substitutions {
            _ = writeln!(out, "    {}: {},", string(name), self.value(value));
        }
        _ = writeln!(
            out,
            "  }},\n  // Its policy says all that it may do; nothing is added by itself.\n  role: {variable}Role.withoutPolicyUpdates(),"
        );
        if logs(machine.logging) {
            _ = writeln!(
                out,
                "  logs: {{ destination: {variable}Logs, level: stepfunctions.LogLevel.{}, includeExecutionData: {} }},",
                machine.logging.level.as_str(),
                machine.logging.data
            );
        }
        _ = writeln!(out, "  tracingEnabled: {},", machine.tracing);
        if machine.key {
            out.push_str("  encryptionConfiguration: new stepfunctions.CustomerManagedEncryptionConfiguration(key, Duration.seconds(300)),\n");
        }
        out.push_str("});\n");
        if !deploy::role(machine).is_empty() || machine.key {
            _ = writeln!(out, "{variable}.node.addDependency({variable}RolePolicy);");
        }
        accepted::accept(&variable, &accepted::of_machine(machine), out);
        out.push('\n');
    }

    fn published(&self, machine: &StateMachine, out: &mut String) {
        let variable = camel(&machine.id);
        let id = pascal(&machine.id);
        _ = writeln!(
            out,
            "const {variable}Version = new stepfunctions.CfnStateMachineVersion(this, {}, {{\n  stateMachineArn: {variable}.stateMachineArn,\n  stateMachineRevisionId: {variable}.stateMachineRevisionId,\n}});\n// The alias sends executions to the version before for as long as it is being deployed.\n{variable}Version.applyRemovalPolicy(RemovalPolicy.RETAIN);",
            string(&format!("{id}Version"))
        );
        let alarms: Vec<String> = self
            .stack
            .alarms
            .iter()
            .filter(|alarm| alarm.rolls_back && watches(&alarm.source, &machine.id))
            .map(|alarm| format!("{}Alarm.alarmName", camel(&alarm.id)))
            .collect();
        let gradual = match self.stack.environments.last().map(|last| last.deployment) {
            Some(crate::stack::Deployment::AllAtOnce) => "type: 'ALL_AT_ONCE'",
            Some(crate::stack::Deployment::Canary) => "type: 'CANARY', percentage: 10, interval: 5",
            _ => "type: 'LINEAR', percentage: 10, interval: 5",
        };
        _ = writeln!(
            out,
            "const {variable}Alias = new stepfunctions.CfnStateMachineAlias(this, {}, {{\n  name: {},\n  deploymentPreference: {{ {gradual}, stateMachineVersionArn: {variable}Version.attrArn, alarms: [{}] }},\n}});\n",
            string(&format!("{id}Alias")),
            string(ALIAS),
            alarms.join(", ")
        );
    }

    fn alarms(&self, out: &mut String) {
        for alarm in &self.stack.alarms {
            let metric = |metric: &crate::stack::Metric| {
                let dimensions: Vec<String> = metric
                    .dimensions
                    .iter()
                    .map(|(name, value)| format!("{}: {}", string(name), self.value(value)))
                    .collect();
                format!(
                    "new cloudwatch.Metric({{ namespace: {}, metricName: {}, statistic: {}, period: Duration.seconds({}), dimensionsMap: {{ {} }} }})",
                    string(&metric.namespace),
                    string(&metric.name),
                    string(&metric.statistic),
                    alarm.period,
                    dimensions.join(", ")
                )
            };
            let source = match &alarm.source {
                MetricSource::One(one) => metric(one),
                MetricSource::Expression {
                    expression,
                    label,
                    metrics,
                } => {
                    let metrics: Vec<String> = metrics
                        .iter()
                        .map(|(id, one)| format!("{}: {}", string(id), metric(one)))
                        .collect();
                    format!(
                        "new cloudwatch.MathExpression({{ expression: {}, label: {}, period: Duration.seconds({}), usingMetrics: {{ {} }} }})",
                        string(expression),
                        string(label),
                        alarm.period,
                        metrics.join(", ")
                    )
                }
            };
            let number: String = alarm
                .threshold
                .chars()
                .filter(|c| c.is_ascii_digit() || *c == '.')
                .collect();
            let comparison = match alarm.comparison {
                crate::stack::AlarmComparison::Above => "GREATER_THAN_THRESHOLD",
                crate::stack::AlarmComparison::AtLeast => "GREATER_THAN_OR_EQUAL_TO_THRESHOLD",
                crate::stack::AlarmComparison::Below => "LESS_THAN_THRESHOLD",
            };
            let missing = match alarm.missing {
                crate::stack::MissingData::NotBreaching => "NOT_BREACHING",
                crate::stack::MissingData::Breaching => "BREACHING",
                crate::stack::MissingData::Ignore => "IGNORE",
            };
            let variable = format!("{}Alarm", camel(&alarm.id));
            _ = writeln!(
                out,
                "const {variable} = new cloudwatch.Alarm(this, {}, {{\n  alarmName: {},\n  alarmDescription: {},\n  metric: {source},\n  evaluationPeriods: {},\n  datapointsToAlarm: {},\n  threshold: {},\n  comparisonOperator: cloudwatch.ComparisonOperator.{comparison},\n  treatMissingData: cloudwatch.TreatMissingData.{missing},\n}});",
                string(&format!("{}Alarm", pascal(&alarm.id))),
                parts::expression(&deploy::alarm_name(&alarm.id)),
                string(&crate::text::first_chars(&alarm.description, 1_000)),
                alarm.evaluation_periods,
                alarm.datapoints_to_alarm,
                if number.is_empty() { "0" } else { &number }
            );
            if let Some(topic) = &self.stack.alarm_topic {
                let topic = self.value(topic);
                _ = writeln!(
                    out,
                    "{variable}.addAlarmAction({{ bind: () => ({{ alarmActionArn: {topic} }}) }});"
                );
            }
        }
        _ = writeln!(
            out,
            "new cloudwatch.CfnDashboard(this, 'Dashboard', {{\n  dashboardName: namePrefix,\n  dashboardBody: {},\n}});\n",
            parts::expression(&deploy::dashboard(self.stack))
        );
    }

    fn outputs(&self, out: &mut String) {
        let variable = camel(&self.stack.machine.id);
        _ = writeln!(
            out,
            "new CfnOutput(this, 'StateMachineArn', {{ value: {variable}.stateMachineArn }});"
        );
        _ = writeln!(
            out,
            "new CfnOutput(this, 'AliasArn', {{ value: {variable}Alias.attrArn }});"
        );
    }

    fn has_key(&self) -> bool {
        has_key(self.stack)
    }
}

/// A comment that cannot end before its line, nor as a block.
fn comment(text: &str) -> String {
    crate::doc::one_line(text).replace("*/", "* /")
}
