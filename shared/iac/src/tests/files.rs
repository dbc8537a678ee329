use findings::{AlarmSpec, Fix, FixKind, Safety, TextEdit};

use super::{HOSTILE, arn, spec, steady};
use crate::{AlarmOptions, Artifact, alarm_name, artifacts, cloudformation, terraform};

const METRICS: [&str; 4] = [
    "ExecutionsFailed",
    "ExecutionsTimedOut",
    "ExecutionsAborted",
    "ExecutionThrottled",
];

fn fix(kind: FixKind) -> Fix {
    Fix {
        title: "deploy the alarms".to_owned(),
        safety: Safety::Review,
        mechanical: false,
        kind,
    }
}

fn names(files: &[Artifact]) -> Vec<&str> {
    files.iter().map(|file| file.file_name.as_str()).collect()
}

#[test]
fn one_alarm_reads_well_in_both_languages() {
    let alarms = [spec("us-east-1", "order-enrichment", "ExecutionsFailed")];
    insta::assert_snapshot!(cloudformation(&alarms, &AlarmOptions::default()).concat(), @r#"
    # 1 alarm on 1 state machine in us-east-1.
    # aws cloudformation deploy --region us-east-1 --stack-name alarms-order-enrichment --template-file FILE --parameter-overrides AlarmTopicArn=ARN
    AWSTemplateFormatVersion: "2010-09-09"
    Description: 1 alarm on 1 state machine in us-east-1

    Parameters:
      AlarmTopicArn:
        Type: String
        Description: ARN of the SNS topic in us-east-1 that is told
        AllowedPattern: '^arn:[a-z-]+:sns:us-east-1:[0-9]+:.+$'
        ConstraintDescription: must be the ARN of the SNS topic in us-east-1 that is told

    Resources:
      OrderEnrichmentExecutionsFailed:
        Type: AWS::CloudWatch::Alarm
        Properties:
          AlarmName: "order-enrichment-executions-failed"
          AlarmDescription: "Failed executions of order-enrichment: none in 14 days, so the first one counts"
          ActionsEnabled: true
          AlarmActions: [!Ref AlarmTopicArn]
          Namespace: AWS/States
          MetricName: "ExecutionsFailed"
          Dimensions: [{ Name: StateMachineArn, Value: "arn:aws:states:us-east-1:111122223333:stateMachine:order-enrichment" }]
          Statistic: "Sum"
          Period: 300
          EvaluationPeriods: 1
          DatapointsToAlarm: 1
          Threshold: 0
          ComparisonOperator: GreaterThanThreshold
          TreatMissingData: "notBreaching"
    "#);
    insta::assert_snapshot!(terraform(&alarms, &AlarmOptions::default()), @r#"
    # 1 alarm on 1 state machine in us-east-1.
    # terraform apply -var alarm_topic_arn=ARN

    variable "alarm_topic_arn" {
      description = "ARN of the SNS topic in us-east-1 that is told"
      type        = string

      validation {
        condition     = can(regex("^arn:[a-z-]+:sns:us-east-1:", var.alarm_topic_arn))
        error_message = "The topic must be in us-east-1, where the alarms are."
      }
    }

    resource "aws_cloudwatch_metric_alarm" "order_enrichment_executions_failed" {
      alarm_name          = "order-enrichment-executions-failed"
      alarm_description   = "Failed executions of order-enrichment: none in 14 days, so the first one counts"
      alarm_actions       = [var.alarm_topic_arn]
      namespace           = "AWS/States"
      metric_name         = "ExecutionsFailed"
      dimensions          = { StateMachineArn = "arn:aws:states:us-east-1:111122223333:stateMachine:order-enrichment" }
      statistic           = "Sum"
      period              = 300
      evaluation_periods  = 1
      datapoints_to_alarm = 1
      threshold           = 0
      comparison_operator = "GreaterThanThreshold"
      treat_missing_data  = "notBreaching"
    }
    "#);
}

#[test]
fn many_alarms_of_one_shape_share_a_map() {
    let mut alarms: Vec<AlarmSpec> = ["a", "b"]
        .iter()
        .flat_map(|name| {
            ["ExecutionsFailed", "ExecutionsTimedOut"].map(|metric| spec("eu-west-1", name, metric))
        })
        .collect();
    alarms[0] = steady("eu-west-1", "a");
    let options = AlarmOptions {
        ok_actions: true,
        ..AlarmOptions::default()
    };
    insta::assert_snapshot!(terraform(&alarms, &options), @r#"
    # 4 alarms on 2 state machines in eu-west-1.
    # terraform apply -var alarm_topic_arn=ARN

    variable "alarm_topic_arn" {
      description = "ARN of the SNS topic in eu-west-1 that is told"
      type        = string

      validation {
        condition     = can(regex("^arn:[a-z-]+:sns:eu-west-1:", var.alarm_topic_arn))
        error_message = "The topic must be in eu-west-1, where the alarms are."
      }
    }

    locals {
      above_0_in_300s = {
        "a-executions-timed-out" = {
          machine     = "arn:aws:states:eu-west-1:111122223333:stateMachine:a"
          metric      = "ExecutionsTimedOut"
          description = "Timed-out executions of a: none in 14 days, so the first one counts"
        }
        "b-executions-failed" = {
          machine     = "arn:aws:states:eu-west-1:111122223333:stateMachine:b"
          metric      = "ExecutionsFailed"
          description = "Failed executions of b: none in 14 days, so the first one counts"
        }
        "b-executions-timed-out" = {
          machine     = "arn:aws:states:eu-west-1:111122223333:stateMachine:b"
          metric      = "ExecutionsTimedOut"
          description = "Timed-out executions of b: none in 14 days, so the first one counts"
        }
      }
    }

    resource "aws_cloudwatch_metric_alarm" "above_0_in_300s" {
      for_each            = local.above_0_in_300s
      alarm_name          = each.key
      alarm_description   = each.value.description
      alarm_actions       = [var.alarm_topic_arn]
      ok_actions          = [var.alarm_topic_arn]
      namespace           = "AWS/States"
      metric_name         = each.value.metric
      dimensions          = { StateMachineArn = each.value.machine }
      statistic           = "Sum"
      period              = 300
      evaluation_periods  = 1
      datapoints_to_alarm = 1
      threshold           = 0
      comparison_operator = "GreaterThanThreshold"
      treat_missing_data  = "notBreaching"
    }

    resource "aws_cloudwatch_metric_alarm" "a_executions_failed" {
      alarm_name          = "a-executions-failed"
      alarm_description   = "Failed executions of a: 24 on a usual day, so more than 4 in an hour count"
      alarm_actions       = [var.alarm_topic_arn]
      ok_actions          = [var.alarm_topic_arn]
      namespace           = "AWS/States"
      metric_name         = "ExecutionsFailed"
      dimensions          = { StateMachineArn = "arn:aws:states:eu-west-1:111122223333:stateMachine:a" }
      statistic           = "Sum"
      period              = 3600
      evaluation_periods  = 1
      datapoints_to_alarm = 1
      threshold           = 4
      comparison_operator = "GreaterThanThreshold"
      treat_missing_data  = "notBreaching"
    }
    "#);
}

#[test]
fn regions_lie_side_by_side_in_terraform_and_apart_in_cloudformation() {
    let alarms = [
        spec("us-east-1", "a", "ExecutionsFailed"),
        spec("eu-west-1", "a", "ExecutionsFailed"),
    ];
    let files = artifacts(&fix(FixKind::Alarms(alarms.to_vec())));
    assert_eq!(
        names(&files),
        [
            "alarms-eu-west-1.cfn.yaml",
            "alarms-eu-west-1.tf",
            "alarms-us-east-1.cfn.yaml",
            "alarms-us-east-1.tf"
        ]
    );
    assert!(files[0].text.contains(&arn("eu-west-1", "a")) && !files[0].text.contains("us-east-1"));
    insta::assert_snapshot!(files[3].text, @r#"
    # 1 alarm on 1 state machine in us-east-1.
    # terraform apply -var alarm_topic_arn_us_east_1=ARN

    provider "aws" {
      alias  = "us_east_1"
      region = "us-east-1"
    }

    variable "alarm_topic_arn_us_east_1" {
      description = "ARN of the SNS topic in us-east-1 that is told"
      type        = string

      validation {
        condition     = can(regex("^arn:[a-z-]+:sns:us-east-1:", var.alarm_topic_arn_us_east_1))
        error_message = "The topic must be in us-east-1, where the alarms are."
      }
    }

    resource "aws_cloudwatch_metric_alarm" "a_executions_failed_us_east_1" {
      provider            = aws.us_east_1
      alarm_name          = "a-executions-failed"
      alarm_description   = "Failed executions of a: none in 14 days, so the first one counts"
      alarm_actions       = [var.alarm_topic_arn_us_east_1]
      namespace           = "AWS/States"
      metric_name         = "ExecutionsFailed"
      dimensions          = { StateMachineArn = "arn:aws:states:us-east-1:111122223333:stateMachine:a" }
      statistic           = "Sum"
      period              = 300
      evaluation_periods  = 1
      datapoints_to_alarm = 1
      threshold           = 0
      comparison_operator = "GreaterThanThreshold"
      treat_missing_data  = "notBreaching"
    }
    "#);
    // The same, in one piece.
    let whole = terraform(&alarms, &AlarmOptions::default());
    assert_eq!(whole, format!("{}\n{}", files[1].text, files[3].text));
    assert_eq!(cloudformation(&alarms, &AlarmOptions::default()).len(), 2);
}

#[test]
fn files_of_one_region_have_plain_names() {
    let files = artifacts(&fix(FixKind::Alarms(vec![steady("us-east-1", "a")])));
    assert_eq!(names(&files), ["alarms.cfn.yaml", "alarms.tf"]);
    assert_eq!((files[0].language, files[1].language), ("yaml", "hcl"));
}

#[test]
fn no_alarms_make_no_files() {
    assert_eq!(artifacts(&fix(FixKind::Alarms(Vec::new()))), []);
    assert!(cloudformation(&[], &AlarmOptions::default()).is_empty());
    assert_eq!(terraform(&[], &AlarmOptions::default()), "");
}

#[test]
fn edits_make_no_files() {
    let edit = TextEdit {
        start: 0,
        end: 1,
        text: String::new(),
    };
    assert_eq!(artifacts(&fix(FixKind::Edits(vec![edit]))), []);
}

#[test]
fn a_template_ends_at_five_hundred_resources() {
    for (alarms, expected) in [
        (499, vec![499]),
        (500, vec![500]),
        (501, vec![500, 1]),
        (1_001, vec![500, 500, 1]),
    ] {
        let specs: Vec<AlarmSpec> = (0..alarms)
            .map(|n| spec("us-east-1", &format!("machine-{n}"), "ExecutionsFailed"))
            .collect();
        let templates = cloudformation(&specs, &AlarmOptions::default());
        let resources: Vec<usize> = templates
            .iter()
            .map(|text| text.matches("Type: AWS::CloudWatch::Alarm").count())
            .collect();
        assert_eq!(resources, expected);
    }
    let specs: Vec<AlarmSpec> = (0..501)
        .map(|n| spec("us-east-1", &format!("m{n}"), "ExecutionsFailed"))
        .collect();
    let files = artifacts(&fix(FixKind::Alarms(specs)));
    assert_eq!(
        names(&files),
        ["alarms.cfn.yaml", "alarms-2.cfn.yaml", "alarms.tf"]
    );
    assert!(files[0].text.contains("--s3-bucket") && !files[1].text.contains("--s3-bucket"));
    assert!(
        files[1]
            .text
            .contains("--stack-name state-machine-alarms-2")
    );
}

#[test]
fn the_order_of_the_alarms_and_repetition_change_nothing() {
    let alarms: Vec<AlarmSpec> = ["b", "a", "c"]
        .iter()
        .flat_map(|name| METRICS.map(|metric| spec("us-east-1", name, metric)))
        .collect();
    let turned: Vec<AlarmSpec> = alarms.iter().rev().chain(&alarms).cloned().collect();
    let options = AlarmOptions::default();
    assert_eq!(
        cloudformation(&turned, &options),
        cloudformation(&alarms, &options)
    );
    assert_eq!(terraform(&turned, &options), terraform(&alarms, &options));
}

#[test]
fn names_that_would_be_one_are_told_apart() {
    // Logical ids drop what is not a letter or digit, and Terraform's labels know no capitals.
    let alarms = [
        spec("us-east-1", "order-import", "ExecutionsFailed"),
        spec("us-east-1", "orderImport", "ExecutionsFailed"),
        spec("us-east-1", "OrderImport", "ExecutionsFailed"),
        spec("us-east-1", "order_import", "ExecutionsFailed"),
    ];
    let template = cloudformation(&alarms, &AlarmOptions::default()).concat();
    let mut ids: Vec<&str> = template
        .lines()
        .filter(|line| line.starts_with("  OrderImport"))
        .collect();
    assert_eq!(ids.len(), 4, "{template}");
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 4, "{template}");
    // What was told apart stays so when another one is gone: the tag hangs on the state machine alone.
    let fewer = cloudformation(&alarms[..3], &AlarmOptions::default()).concat();
    let kept = fewer
        .lines()
        .filter(|line| line.starts_with("  OrderImport"));
    assert!(kept.clone().count() == 3 && kept.into_iter().all(|line| ids.contains(&line)));
}

#[test]
fn alarm_names_tell_machine_and_metric() {
    let name = |machine: &str, metric: &str| alarm_name(&spec("us-east-1", machine, metric));
    assert_eq!(
        METRICS.map(|metric| name("pay", metric)),
        [
            "pay-executions-failed",
            "pay-executions-timed-out",
            "pay-executions-aborted",
            "pay-execution-throttled"
        ]
    );
    let long = name(&"x".repeat(400), "ExecutionsFailed");
    assert!(
        long.chars().count() <= 255 && long.ends_with("-executions-failed"),
        "{long}"
    );
    assert_ne!(long, name(&"x".repeat(401), "ExecutionsFailed"));
    // CloudWatch takes no control characters.
    assert!(
        HOSTILE
            .iter()
            .all(|machine| !name(machine, "ExecutionsFailed").contains(char::is_control))
    );
    assert_ne!(
        name("a\nb", "ExecutionsFailed"),
        name("a-b", "ExecutionsFailed")
    );
}

#[test]
fn nothing_invisible_is_written() {
    let alarms: Vec<AlarmSpec> = HOSTILE
        .iter()
        .map(|name| spec("us-east-1", name, "ExecutionsFailed"))
        .collect();
    let files = artifacts(&fix(FixKind::Alarms(alarms)));
    let hidden = |c: char| (c.is_control() && c != '\n') || "\u{2028}\u{202e}\u{feff}".contains(c);
    for file in &files {
        assert_eq!(file.text.find(hidden), None, "{}", file.file_name);
        // Letters of all scripts stay readable.
        assert!(file.text.contains("Größe-注文"), "{}", file.file_name);
    }
}

#[test]
fn a_region_cannot_leave_the_folder() {
    let alarms = ["../../x", "/etc", "", "us-east-1", "..\\x"]
        .map(|region| spec(region, "a", "ExecutionsFailed"));
    let files = artifacts(&fix(FixKind::Alarms(alarms.to_vec())));
    let plain = |name: &str| {
        name.bytes()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || b"-.".contains(&c))
    };
    assert!(
        files
            .iter()
            .all(|file| plain(&file.file_name) && !file.file_name.contains("..")),
        "{:?}",
        names(&files)
    );
    let mut distinct = names(&files);
    distinct.sort_unstable();
    distinct.dedup();
    assert_eq!(distinct.len(), files.len());
}

#[test]
fn the_topic_parameter_is_a_name_in_each_language() {
    for (wanted, in_template, in_terraform) in [
        ("PagerTopic", "  PagerTopic:", "variable \"pager_topic\""),
        ("Pager: {x}", "  Pagerx:", "variable \"pager_x\""),
        ("", "  AlarmTopicArn:", "variable \"alarm_topic_arn\""),
        ("9lives", "  9lives:", "variable \"alarm_topic_arn\""),
    ] {
        let options = AlarmOptions {
            topic_parameter: wanted.to_owned(),
            ok_actions: false,
        };
        let alarms = [steady("us-east-1", "a")];
        let (template, terraform) = (
            cloudformation(&alarms, &options).concat(),
            terraform(&alarms, &options),
        );
        assert!(
            template.lines().any(|line| line == in_template),
            "{wanted}: {template}"
        );
        assert!(terraform.contains(in_terraform), "{wanted}: {terraform}");
    }
}

#[test]
fn steps_become_a_numbered_plan() {
    let steps = [
        "create `order-express` beside `order`",
        "run:\n```\naws stepfunctions create-state-machine --name <name>\n```",
        "tell <script>alert(1)</script> owners \u{1b}[31m",
    ];
    let files = artifacts(&fix(FixKind::Steps(steps.map(str::to_owned).to_vec())));
    assert_eq!(names(&files), ["PLAN.md"]);
    insta::assert_snapshot!(files[0].text, @r#"
    # Deploy the alarms

    1. create `order-express` beside `order`
    2. run:
       ```
       aws stepfunctions create-state-machine --name <name>
       ```
    3. tell \<script>alert(1)\</script> owners [31m
    "#);
}

#[test]
fn a_name_in_a_plan_is_never_a_link() {
    let steps = vec!["rename `T`\u{1b} [x](javascript:1)`".to_owned()];
    let files = artifacts(&fix(FixKind::Steps(steps)));
    let text = &files[0].text;
    assert!(
        !text.contains("](") && text.contains("[x] (javascript:1)"),
        "{text}"
    );
    assert!(!text.contains('\u{1b}'), "{text}");
}

#[test]
fn each_machine_has_a_stack_of_its_own() {
    let stack = |names: &[&str]| {
        let specs: Vec<AlarmSpec> = names
            .iter()
            .map(|name| spec("us-east-1", name, "ExecutionsFailed"))
            .collect();
        let text = cloudformation(&specs, &AlarmOptions::default()).concat();
        text.split("--stack-name ")
            .nth(1)
            .unwrap()
            .split(' ')
            .next()
            .unwrap()
            .to_owned()
    };
    assert_eq!(stack(&["orders"]), "alarms-orders");
    assert_eq!(stack(&["a b;c"]), "alarms-a-b-c");
    assert_eq!(stack(&["orders", "bills"]), "state-machine-alarms");
}
