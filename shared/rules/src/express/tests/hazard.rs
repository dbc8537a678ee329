use serde_json::{Value, json};

use super::{parse, sequence, task};
use crate::express::hazard::{Repeat, hazards, repeat};

fn judged(state: Value) -> Repeat {
    let definition = parse(&sequence(&[("X", state)]));
    repeat(definition.states()[0])
}

#[test]
fn tasks_that_bear_a_second_run() {
    let cases = [
        ("dynamodb:getItem", json!({"TableName": "t"})),
        ("aws-sdk:s3:listObjectsV2", json!({"Bucket": "b"})),
        ("aws-sdk:ec2:describeRegions", json!({})),
        ("aws-sdk:dynamodb:query", json!({})),
        ("bedrock:invokeModel", json!({})),
        (
            "dynamodb:putItem",
            json!({"TableName": "t", "Item": {"id": {"S.$": "$.id"}}}),
        ),
        ("dynamodb:deleteItem", json!({"TableName": "t"})),
        (
            "aws-sdk:s3:putObject",
            json!({"Bucket": "b", "Key.$": "$.key"}),
        ),
        (
            "dynamodb:updateItem",
            json!({"UpdateExpression": "SET #s = :s, updatedAt = :now REMOVE lock"}),
        ),
        (
            "dynamodb:updateItem",
            json!({
            "UpdateExpression": "ADD tokens :token",
            "ExpressionAttributeValues": {":token": {"SS.$": "States.Array($.token)"}}}),
        ),
        (
            "sqs:sendMessage",
            json!({"QueueUrl": "https://q", "MessageDeduplicationId.$": "$.id"}),
        ),
        (
            "sqs:sendMessage",
            json!({"QueueUrl": "https://sqs/orders.fifo"}),
        ),
        (
            "sns:publish",
            json!({"TopicArn": "arn:aws:sns:us-east-1:111122223333:orders.fifo"}),
        ),
        (
            "ecs:runTask",
            json!({"ClientToken.$": "$.id", "Cluster": "c"}),
        ),
        ("aws-sdk:ec2:runInstances", json!({"clientToken.$": "$.id"})),
        (
            "aws-sdk:athena:startQueryExecution",
            json!({"ClientRequestToken.$": "$.id"}),
        ),
        (
            "http:invoke",
            json!({"Method": "PUT", "ApiEndpoint": "https://x"}),
        ),
        (
            "http:invoke",
            json!({"Method": "POST", "Headers": {"idempotency-key.$": "$.id"}}),
        ),
        (
            "aws-sdk:sfn:sendTaskSuccess",
            json!({"TaskToken.$": "$.token"}),
        ),
    ];
    for (resource, parameters) in cases {
        assert_eq!(
            judged(task(resource, parameters.clone())),
            Repeat::Harmless,
            "{resource} {parameters}"
        );
    }
}

#[test]
fn tasks_whose_second_run_does_it_again() {
    let cases = [
        ("sqs:sendMessage", json!({"QueueUrl": "https://sqs/orders"})),
        (
            "sns:publish",
            json!({"TopicArn": "arn:aws:sns:us-east-1:111122223333:orders"}),
        ),
        ("events:putEvents", json!({"Entries": []})),
        ("aws-sdk:kinesis:putRecord", json!({})),
        ("aws-sdk:cloudwatch:putMetricData", json!({})),
        ("aws-sdk:sesv2:sendEmail", json!({})),
        (
            "dynamodb:updateItem",
            json!({"UpdateExpression": "SET stock = stock - :n"}),
        ),
        (
            "dynamodb:updateItem",
            json!({"UpdateExpression": "set log = list_append(log, :entry)"}),
        ),
        (
            "dynamodb:updateItem",
            json!({
            "UpdateExpression": "ADD visits :one", "ExpressionAttributeValues": {":one": {"N": "1"}}}),
        ),
        ("ecs:runTask", json!({"Cluster": "c"})),
        ("glue:startJobRun", json!({"JobName": "nightly"})),
        ("batch:submitJob", json!({"JobName": "resize"})),
        ("states:startExecution", json!({"StateMachineArn": "arn"})),
        // Drawn anew: no token, and another item.
        (
            "sqs:sendMessage",
            json!({"MessageDeduplicationId.$": "States.UUID()"}),
        ),
        (
            "dynamodb:putItem",
            json!({"Item": {"id": {"S.$": "States.UUID()"}}}),
        ),
    ];
    for (resource, parameters) in cases {
        assert_eq!(
            judged(task(resource, parameters.clone())),
            Repeat::Harmful,
            "{resource} {parameters}"
        );
    }
}

#[test]
fn tasks_that_the_definition_does_not_tell() {
    let cases = [
        ("http:invoke", json!({"Method": "POST"})),
        ("apigateway:invoke", json!({"Method.$": "$.method"})),
        (
            "dynamodb:updateItem",
            json!({"UpdateExpression.$": "$.update"}),
        ),
        (
            "dynamodb:updateItem",
            json!({"UpdateExpression": "${Update}"}),
        ),
        (
            "dynamodb:updateItem",
            json!({
            "UpdateExpression": "SET n = n + :one", "ConditionExpression": "attribute_not_exists(owner)"}),
        ),
        (
            "states:startExecution",
            json!({"StateMachineArn": "arn", "Name.$": "$.id"}),
        ),
        (
            "aws-sdk:sfn:startSyncExecution",
            json!({"StateMachineArn": "arn"}),
        ),
        (
            "aws-sdk:transcribe:startTranscriptionJob",
            json!({"TranscriptionJobName.$": "$.id"}),
        ),
        ("aws-sdk:glue:startCrawler", json!({"Name": "c"})),
        ("aws-sdk:sqs:receiveMessage", json!({})),
        ("aws-sdk:sfn:getActivityTask", json!({})),
        ("aws-sdk:redshiftdata:executeStatement", json!({})),
    ];
    for (resource, parameters) in cases {
        assert_eq!(
            judged(task(resource, parameters.clone())),
            Repeat::Untold,
            "{resource} {parameters}"
        );
    }
    assert_eq!(
        judged(json!({"Type": "Task", "Resource": "${X}"})),
        Repeat::Untold
    );
    assert_eq!(judged(json!({"Type": "Task"})), Repeat::Untold);
    assert_eq!(
        judged(json!({"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage"})),
        Repeat::Untold
    );
}

#[test]
fn arguments_that_are_an_expression_are_not_told() {
    let send = |arguments: Value| {
        judged(json!({"Type": "Task", "QueryLanguage": "JSONata",
            "Resource": "arn:aws:states:::sqs:sendMessage", "Arguments": arguments}))
    };
    assert_eq!(send(json!("{% $states.input %}")), Repeat::Untold);
    assert_eq!(
        send(json!("{% {'MessageDeduplicationId': $uuid()} %}")),
        Repeat::Harmful
    );
    assert_eq!(
        send(json!({"MessageDeduplicationId": "{% $states.input.id %}"})),
        Repeat::Harmless
    );
    assert_eq!(send(json!({"QueueUrl": "{% $url %}"})), Repeat::Untold);
    assert_eq!(send(json!({"QueueUrl": "${Queue}"})), Repeat::Untold);
    assert_eq!(send(json!({"MessageBody": "x"})), Repeat::Harmful);
}

#[test]
fn functions_are_told_by_their_code() {
    let by_arn = "arn:aws:lambda:us-east-1:111122223333:function:f";
    assert_eq!(
        judged(json!({"Type": "Task", "Resource": by_arn})),
        Repeat::Function
    );
    assert_eq!(
        judged(task("lambda:invoke", json!({"FunctionName": "f"}))),
        Repeat::Function
    );
    assert_eq!(judged(json!({"Type": "Pass"})), Repeat::Harmless);
}

#[test]
fn every_task_of_every_scope_is_judged() {
    let inner = sequence(&[
        ("Send", task("sns:publish", json!({"TopicArn": "t"}))),
        ("Score", task("lambda:invoke", json!({}))),
    ]);
    let definition = parse(&sequence(&[
        ("Call", task("http:invoke", json!({"Method": "POST"}))),
        ("Each", json!({"Type": "Map", "ItemProcessor": inner})),
    ]));
    let found = hazards(&definition);
    let names = |states: &[&asl::State]| {
        states
            .iter()
            .map(|state| state.name.value.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&found.harmful), ["Send"]);
    assert_eq!(names(&found.functions), ["Score"]);
    assert_eq!(names(&found.untold), ["Call"]);
}
