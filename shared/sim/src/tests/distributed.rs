//! Distributed Maps: what is read, put together and written.

use serde_json::{Value, json};

use super::run::{returns, run};
use crate::{Mocks, Outcome, Status};

/// A Distributed Map that reads this object.
fn reads(resource: &str, reader: &Value, more: &Value, object: Value) -> Outcome {
    let mut state = json!({"Type": "Map", "End": true,
        "ItemReader": {"Resource": resource, "Parameters": {"Bucket": "b", "Key": "k"}, "ReaderConfig": reader},
        "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
            "StartAt": "In", "States": {"In": {"Type": "Pass", "End": true}}}});
    for (name, value) in more.as_object().unwrap() {
        state[name] = value.clone();
    }
    let mut mocks = Mocks::default();
    mocks.push("Each", returns(object, 0));
    run(
        &json!({"StartAt": "Each", "States": {"Each": state}}),
        json!({"most": 1, "fail": 3}),
        &mut mocks,
    )
}

fn object(reader: &Value, text: &str) -> Outcome {
    reads(
        "arn:aws:states:::s3:getObject",
        reader,
        &json!({}),
        text.into(),
    )
}

#[test]
fn tables_are_read_by_their_head() {
    let first = json!({"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"});
    assert_eq!(
        object(&first, "a,b\n1,\"x, y\"\n2,\n").output,
        Some(json!([{"a": "1", "b": "x, y"}, {"a": "2", "b": ""}]))
    );
    let given = json!({"InputType": "CSV", "CSVHeaderLocation": "GIVEN", "CSVHeaders": ["p", "q"], "CSVDelimiter": "SEMICOLON"});
    assert_eq!(
        object(&given, "1;2\n3;4\n").output,
        Some(json!([{"p": "1", "q": "2"}, {"p": "3", "q": "4"}]))
    );
    let few =
        json!({"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW", "MaxItemsPath": "$.most"});
    assert_eq!(object(&few, "a\n1\n2\n").output, Some(json!([{"a": "1"}])));
}

#[test]
fn json_is_read_whole_by_line_and_by_pointer() {
    let json = |more: Value| {
        let mut reader = json!({"InputType": "JSON"});
        for (name, value) in more.as_object().unwrap() {
            reader[name] = value.clone();
        }
        reader
    };
    assert_eq!(
        object(&json(json!({})), "[1, {\"a\": 2}]").output,
        Some(json!([1, {"a": 2}]))
    );
    assert_eq!(
        object(&json(json!({"MaxItems": 1})), "[1, 2]").output,
        Some(json!([1]))
    );
    let pointer = json(json!({"ItemsPointer": "/data/items"}));
    assert_eq!(
        object(&pointer, "{\"data\": {\"items\": [3, 4]}}").output,
        Some(json!([3, 4]))
    );
    let outcome = object(&pointer, "{\"data\": {}}");
    assert_eq!(outcome.error.as_deref(), Some("States.ItemReaderFailed"));
    let lines = json!({"InputType": "JSONL"});
    assert_eq!(
        object(&lines, "{\"a\": 1}\n\n{\"a\": 2}\n").output,
        Some(json!([{"a": 1}, {"a": 2}]))
    );
    let outcome = object(&json(json!({})), "\"text\"");
    assert_eq!(outcome.error.as_deref(), Some("States.ItemReaderFailed"));
}

#[test]
fn listings_are_their_contents_and_what_is_not_known_stops() {
    let listing = json!({"Contents": [{"Key": "one"}, {"Key": "two"}], "IsTruncated": false});
    let outcome = reads(
        "arn:aws:states:::s3:listObjectsV2",
        &json!({}),
        &json!({}),
        listing,
    );
    assert_eq!(
        outcome.output,
        Some(json!([{"Key": "one"}, {"Key": "two"}]))
    );
    let outcome = object(&json!({"InputType": "PARQUET"}), "PAR1");
    assert_eq!(outcome.status, Status::Stopped);
    assert_eq!(
        outcome.cause.as_deref(),
        Some("`Each` reads PARQUET, which is not simulated: give its items as a JSON array")
    );
}

#[test]
fn batches_close_at_their_limits() {
    let batched = |batcher: &Value| {
        let more = json!({"ItemBatcher": batcher});
        let outcome = reads(
            "arn:aws:states:::s3:getObject",
            &json!({"InputType": "JSON"}),
            &more,
            "[1, 2, 3]".into(),
        );
        outcome.output.unwrap()
    };
    assert_eq!(
        batched(&json!({"MaxItemsPerBatch": 2})),
        json!([{"Items": [1, 2]}, {"Items": [3]}])
    );
    assert_eq!(
        batched(&json!({"MaxItemsPerBatchPath": "$.fail"})),
        json!([{"Items": [1, 2, 3]}])
    );
    let shared = json!({"MaxItemsPerBatch": 3, "BatchInput": {"n.$": "$.most"}});
    assert_eq!(
        batched(&shared),
        json!([{"BatchInput": {"n": 1}, "Items": [1, 2, 3]}])
    );
}

#[test]
fn results_are_written_as_the_writer_says() {
    let written = |writer: &Value| {
        let more = json!({"ResultWriter": writer});
        let outcome = reads(
            "arn:aws:states:::s3:getObject",
            &json!({"InputType": "JSON"}),
            &more,
            "[[1, 2], 3]".into(),
        );
        outcome.output.unwrap()
    };
    let config = |transformation: &str| json!({"WriterConfig": {"Transformation": transformation, "OutputType": "JSON"}});
    assert_eq!(written(&config("COMPACT")), json!([[1, 2], 3]));
    assert_eq!(written(&config("FLATTEN")), json!([1, 2, 3]));
    let whole = written(&config("NONE"));
    assert_eq!(
        (&whole[0]["Output"], &whole[0]["Status"], &whole[1]["Input"]),
        (&json!("[1,2]"), &json!("SUCCEEDED"), &json!("3"))
    );
    let bucket = json!({"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "out", "Prefix.$": "States.Format('p{}', $.most)"}});
    let place = &written(&bucket)["ResultWriterDetails"];
    assert_eq!(
        place,
        &json!({"Bucket": "out", "Key": "p1/run/manifest.json"})
    );
}

#[test]
fn what_may_fail_is_counted() {
    let run_with = |more: &Value| {
        let mut state = json!({"Type": "Map", "ItemsPath": "$.items", "End": true,
            "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, "StartAt": "Pick", "States": {
                "Pick": {"Type": "Choice", "Choices": [{"Variable": "$", "NumericLessThan": 2, "Next": "Bad"}], "Default": "Good"},
                "Bad": {"Type": "Fail", "Error": "Mine"}, "Good": {"Type": "Succeed"}}}});
        for (name, value) in more.as_object().unwrap() {
            state[name] = value.clone();
        }
        let machine = json!({"StartAt": "Each", "States": {"Each": state}});
        run(
            &machine,
            json!({"items": [0, 1, 2, 3], "n": 2}),
            &mut Mocks::default(),
        )
    };
    let threshold = Some("States.ExceedToleratedFailureThreshold");
    assert_eq!(run_with(&json!({})).error.as_deref(), threshold);
    assert_eq!(
        run_with(&json!({"ToleratedFailureCount": 1}))
            .error
            .as_deref(),
        threshold
    );
    for enough in [
        json!({"ToleratedFailureCountPath": "$.n"}),
        json!({"ToleratedFailurePercentage": 50}),
    ] {
        assert_eq!(run_with(&enough).status, Status::Succeeded, "{enough}");
    }
    assert_eq!(
        run_with(&json!({"ToleratedFailurePercentage": 49}))
            .error
            .as_deref(),
        threshold
    );
    let failed = run_with(&json!({}));
    let kinds: Vec<&str> = failed.events.iter().map(|event| event.kind).collect();
    assert_eq!(
        kinds,
        [
            "ExecutionStarted",
            "MapStateEntered",
            "MapStateStarted",
            "MapRunStarted",
            "MapRunFailed",
            "MapStateFailed",
            "ExecutionFailed"
        ]
    );
}

#[test]
fn children_have_an_input_of_their_own() {
    let definition = json!({"StartAt": "Each", "States": {"Each": {"Type": "Map", "ItemsPath": "$.items", "End": true,
        "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, "StartAt": "One", "States": {
            "One": {"Type": "Parallel", "End": true, "Branches": [{"StartAt": "In", "States": {
                "In": {"Type": "Pass", "Parameters": {"own.$": "$$.Execution.Input"}, "End": true}}}]}}}}}});
    let outcome = run(
        &definition,
        json!({"items": ["a", "b"]}),
        &mut Mocks::default(),
    );
    assert_eq!(
        outcome.output,
        Some(json!([[{"own": "a"}], [{"own": "b"}]]))
    );
}
