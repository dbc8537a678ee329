//! Roles of definitions: what they hold, and how much of a collection they permit.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "the collection is files beside the repository, and what is said of it is there to be read"
)]

use std::collections::BTreeMap;
use std::path::Path;

use asl::{Definition, Format};

use crate::stack::{ParameterKind, Statement, Value};
use crate::{DeriveOptions, Derived, derive};

pub(crate) fn of(text: &str) -> Derived {
    let definition = Definition::parse(text.as_bytes(), Format::Json);
    derive(&definition, &DeriveOptions::new("orders", false))
}

fn task(members: &str) -> Derived {
    of(&format!(
        r#"{{"StartAt": "Do", "States": {{"Do": {{"Type": "Task", {members}, "End": true}}}}}}"#
    ))
}

/// A value as a person would write it.
fn shown(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Parameter(name) => format!("<{name}>"),
        Value::Attribute { id, attribute } => format!("<{id}.{attribute:?}>"),
        Value::Partition => "P".to_owned(),
        Value::Region => "R".to_owned(),
        Value::Account => "A".to_owned(),
        Value::Join(parts) => parts.iter().map(shown).collect(),
        Value::Replaced { of, to, .. } => format!("{}[{to}]", shown(of)),
    }
}

fn role(derived: &Derived) -> Vec<String> {
    let row = |statement: &Statement| {
        let conditions: Vec<String> = statement
            .conditions
            .iter()
            .map(|condition| {
                let values: Vec<String> = condition.values.iter().map(shown).collect();
                format!(" if {} = {}", condition.key, values.join(","))
            })
            .collect();
        let conditions = conditions.concat();
        let resources: Vec<String> = statement.resources.iter().map(shown).collect();
        format!(
            "{} on {}{conditions}",
            statement.actions.join(","),
            resources.join(" ")
        )
    };
    derived.stack.machine.role.iter().map(row).collect()
}

#[track_caller]
fn allows(members: &str, expected: &[&str]) {
    let derived = task(members);
    assert_eq!(role(&derived), expected, "{:?}", derived.review);
    assert_eq!(
        (derived.points, derived.covered),
        (1, 1),
        "{:?}",
        derived.review
    );
}

#[test]
fn calls_that_name_what_they_reach() {
    allows(
        r#""Resource": "arn:aws:states:::dynamodb:putItem", "Parameters": {"TableName": "orders", "Item": {}}"#,
        &["dynamodb:PutItem on arn:P:dynamodb:R:A:table/orders"],
    );
    allows(
        r#""Resource": "arn:aws:states:::lambda:invoke", "Parameters": {"FunctionName": "arn:aws:lambda:eu-west-1:111122223333:function:f:live"}"#,
        &["lambda:InvokeFunction on arn:aws:lambda:eu-west-1:111122223333:function:f:live"],
    );
    allows(
        r#""Resource": "arn:aws:states:::lambda:invoke", "Parameters": {"FunctionName": "f", "Qualifier": "live"}"#,
        &["lambda:InvokeFunction on arn:P:lambda:R:A:function:f:live"],
    );
    allows(
        r#""Resource": "arn:aws:states:::sqs:sendMessage", "Parameters": {"QueueUrl": "https://sqs.eu-west-1.amazonaws.com/111122223333/q", "MessageBody": "x"}"#,
        &["sqs:SendMessage on arn:P:sqs:eu-west-1:111122223333:q"],
    );
    allows(
        r#""Resource": "arn:aws:states:::aws-sdk:s3:copyObject", "Parameters": {"Bucket": "to", "Key": "a/b", "CopySource": "from/c"}"#,
        &[
            "s3:GetObject on arn:P:s3:::from/c",
            "s3:PutObject on arn:P:s3:::to/a/b",
        ],
    );
    allows(
        r#""Resource": "arn:aws:states:::aws-sdk:s3:listObjectsV2", "Parameters": {"Bucket": "b"}"#,
        &["s3:ListBucket on arn:P:s3:::b"],
    );
    allows(
        r#""Resource": "arn:aws:states:::events:putEvents", "Parameters": {"Entries": [{"Source": "x", "Detail": {}, "DetailType": "y"}]}"#,
        &["events:PutEvents on arn:P:events:R:A:event-bus/default"],
    );
    allows(
        r#""Resource": "arn:aws:states:::aws-sdk:rekognition:detectLabels", "Parameters": {"Image": {}}"#,
        &["rekognition:DetectLabels on *"],
    );
}

#[test]
fn what_is_known_later_is_asked_for() {
    let derived = task(
        r#""Resource": "arn:aws:states:::dynamodb:getItem", "Parameters": {"TableName.$": "$.table", "Key": {}}"#,
    );
    assert_eq!(
        role(&derived),
        ["dynamodb:GetItem on arn:P:dynamodb:R:A:table/<table_name>"]
    );
    let asked = &derived.stack.parameters[0];
    assert_eq!(
        (asked.name.as_str(), asked.kind),
        ("table_name", ParameterKind::Name)
    );
    assert!(
        asked.description.contains("$.table"),
        "{}",
        asked.description
    );
    allows(
        r#""Resource": "arn:aws:states:::lambda:invoke", "Parameters": {"FunctionName": "${ReserveFunction}"}"#,
        &["lambda:InvokeFunction on <reserve_function>"],
    );
    allows(
        r#""Resource": "${Reserve.Arn}""#,
        &["lambda:InvokeFunction on <reserve_arn>"],
    );
    allows(
        r#""Resource": "arn:aws:states:::aws-sdk:s3:putObject", "QueryLanguage": "JSONata", "Arguments": {"Bucket": "b", "Key": "{% 'in/' & $x %}", "Body": "x"}"#,
        &["s3:PutObject on arn:P:s3:::b/in/*"],
    );
    allows(
        r#""Resource": "arn:aws:states:::sns:publish", "Parameters": {"TopicArn": "arn:aws:sns:${AWS::Region}:${AWS::AccountId}:t", "Message": "x"}"#,
        &["sns:Publish on arn:aws:sns:R:A:t"],
    );
}

#[test]
fn jobs_are_watched_and_stopped() {
    allows(
        r#""Resource": "arn:aws:states:::states:startExecution.sync:2", "Parameters": {"StateMachineArn": "arn:aws:states:eu-west-1:111122223333:stateMachine:child"}"#,
        &[
            "events:DescribeRule,events:PutRule,events:PutTargets on arn:P:events:R:A:rule/StepFunctionsGetEventsForStepFunctionsExecutionRule",
            "states:DescribeExecution,states:StopExecution on arn:aws:states:eu-west-1:111122223333:execution:child:*",
            "states:StartExecution on arn:aws:states:eu-west-1:111122223333:stateMachine:child",
        ],
    );
    allows(
        r#""Resource": "arn:aws:states:::batch:submitJob.sync", "Parameters": {"JobName": "n", "JobQueue": "q", "JobDefinition": "d:3"}"#,
        &[
            "batch:DescribeJobs on *",
            "batch:SubmitJob on arn:P:batch:R:A:job-definition/d arn:P:batch:R:A:job-definition/d:3 arn:P:batch:R:A:job-queue/q",
            "batch:SubmitJob,batch:TerminateJob on arn:P:batch:R:A:job/*",
            "events:DescribeRule,events:PutRule,events:PutTargets on arn:P:events:R:A:rule/StepFunctionsGetEventsForBatchJobsRule",
        ],
    );
    allows(
        r#""Resource": "arn:aws:states:::ecs:runTask.sync", "Parameters": {"Cluster": "c", "TaskDefinition": "d"}"#,
        &[
            "ecs:DescribeTasks,ecs:StopTask on arn:P:ecs:R:A:task/c/*",
            "ecs:RunTask on arn:P:ecs:R:A:task-definition/d:*",
            "events:DescribeRule,events:PutRule,events:PutTargets on arn:P:events:R:A:rule/StepFunctionsGetEventsForECSTaskRule",
            "iam:PassRole on <ecs_execution_role_arn> <ecs_task_role_arn> if iam:PassedToService = ecs-tasks.amazonaws.com",
        ],
    );
    allows(
        r#""Resource": "arn:aws:states:::glue:startJobRun.sync", "Parameters": {"JobName": "etl"}"#,
        &[
            "glue:BatchStopJobRun,glue:GetJobRun,glue:GetJobRuns,glue:StartJobRun on arn:P:glue:R:A:job/etl",
        ],
    );
}

#[test]
fn http_calls_and_other_roles() {
    allows(
        r#""Resource": "arn:aws:states:::http:invoke", "Parameters": {"Method": "POST", "ApiEndpoint": "https://pay.example.com/charge", "Authentication": {"ConnectionArn": "arn:aws:events:eu-west-1:111122223333:connection/pay/1"}}, "Credentials": {"RoleArn": "arn:aws:iam::444455556666:role/other"}"#,
        &[
            "events:RetrieveConnectionCredentials on arn:aws:events:eu-west-1:111122223333:connection/pay/1",
            "secretsmanager:DescribeSecret,secretsmanager:GetSecretValue on arn:P:secretsmanager:R:A:secret:events!connection/*",
            "states:InvokeHTTPEndpoint on * if states:HTTPMethod = POST if states:HTTPEndpoint = https://pay.example.com/charge",
            "sts:AssumeRole on arn:aws:iam::444455556666:role/other",
        ],
    );
}

#[test]
fn a_distributed_map_starts_itself_and_reaches_its_buckets() {
    let derived = of(
        r#"{"StartAt": "M", "States": {"M": {"Type": "Map", "End": true,
        "ItemReader": {"Resource": "arn:aws:states:::s3:getObject", "ReaderConfig": {"InputType": "CSV"}, "Parameters": {"Bucket": "in", "Key.$": "$.key"}},
        "ResultWriter": {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "out", "Prefix": "run"}},
        "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, "StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}}}}}"#,
    );
    assert_eq!(
        role(&derived),
        [
            "s3:AbortMultipartUpload,s3:GetObject,s3:ListMultipartUploadParts,s3:PutObject on arn:P:s3:::out/run/*",
            "s3:GetObject on arn:P:s3:::in/*",
            "states:DescribeExecution,states:StopExecution on arn:P:states:R:A:execution:<machine.Name>:*",
            "states:RedriveExecution on arn:P:states:R:A:execution:<machine.Name>/*:*",
            "states:StartExecution on <machine.Arn>",
        ]
    );
    assert_eq!((derived.points, derived.covered), (3, 3));
}

#[test]
fn what_cannot_be_derived_is_named_and_nothing_is_guessed() {
    for (resource, what) in [
        (
            "arn:aws:states:::aws-sdk:dynamodb:makeTea",
            "dynamodb:makeTea",
        ),
        ("arn:aws:states:::${service}:${action}", "${service}"),
        ("hello", "hello"),
    ] {
        let derived = task(&format!(r#""Resource": "{resource}""#));
        assert_eq!(derived.covered, 0, "{resource}");
        assert!(derived.stack.machine.role.is_empty(), "{resource}");
        assert!(
            derived.review[0].what.contains(what),
            "{:?}",
            derived.review
        );
    }
}

#[test]
fn a_star_is_always_explained() {
    for derived in collection() {
        for statement in &derived.2.stack.machine.role {
            if statement.resources.contains(&Value::text("*")) {
                assert!(
                    statement.why.contains("cannot be limited")
                        || statement.why.contains("the condition limits it")
                        || statement.why.contains("is no resource"),
                    "{}: {statement:?}",
                    derived.0
                );
            }
        }
    }
}

/// The definitions beside the repository: name, origin, and what is derived.
fn collection() -> Vec<(String, String, Derived)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let Ok(manifest) = std::fs::read_to_string(folder.join("manifest.jsonl")) else {
        println!("skipped: there is no ../shared/corpus");
        return Vec::new();
    };
    manifest
        .lines()
        .map(|line| {
            let row: serde_json::Value = serde_json::from_str(line).unwrap();
            let name = row["file"].as_str().unwrap().to_owned();
            let bytes = std::fs::read(folder.join("definitions").join(&name)).unwrap();
            let definition = Definition::parse(&bytes, Format::Json);
            let derived = derive(&definition, &DeriveOptions::new("corpus", false));
            (
                name,
                row["origin"].as_str().unwrap_or_default().to_owned(),
                derived,
            )
        })
        .collect()
}

#[test]
fn nearly_every_integration_of_the_collection_gets_a_role() {
    let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let mut open: BTreeMap<String, usize> = BTreeMap::new();
    let collection = collection();
    if collection.is_empty() {
        return;
    }
    for (_, origin, derived) in &collection {
        let group = if origin == "fixture" {
            "fixtures"
        } else {
            "deployed"
        };
        for group in [group, "all"] {
            let count = counts.entry(group).or_default();
            count.0 += derived.covered;
            count.1 += derived.points;
        }
        for review in derived.review.iter().filter(|review| review.blocking) {
            *open
                .entry(format!("{group}: {}: {}", review.what, review.why))
                .or_default() += 1;
        }
    }
    for (group, (covered, points)) in &counts {
        println!("{group}: {covered} of {points}");
    }
    for (what, count) in &open {
        println!("{count} x {what}");
    }
    let (covered, points) = counts["deployed"];
    assert!(covered * 100 >= points * 95, "{covered} of {points}");
}

#[test]
fn a_whole_resource_that_is_filled_in_is_named_for_review() {
    let derived = task(r#""Resource": "${DoArn}""#);
    let [review] = derived.review.as_slice() else {
        panic!("{:?}", derived.review)
    };
    assert_eq!((review.state.as_str(), review.blocking), ("Do", false));
    assert_eq!(review.what, "whether `${DoArn}` is a Lambda function");
    assert!(review.why.contains("activity"), "{}", review.why);
    assert_eq!((derived.points, derived.covered), (1, 1));
}

#[test]
fn what_a_definition_escapes_is_text_and_no_parameter() {
    let text = r#"{"Comment": "\u0024{evil} \u0024{file(\"x\")}", "StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "arn:aws:states:::sns:publish", "Parameters": {"TopicArn": "${topic_arn}", "Message": "\u0024{mine"}, "End": true}}}"#;
    let derived = of(text);
    let names: Vec<&str> = derived
        .stack
        .parameters
        .iter()
        .map(|parameter| parameter.name.as_str())
        .collect();
    assert_eq!(names, ["topic_arn", "alarm_topic_arn"]);
    let written = &derived.stack.machine.definition;
    assert!(
        written.contains(r#"\u0024{evil} \u0024{file(\"x\")}"#) && written.contains("${topic_arn}"),
        "{written}"
    );
}
