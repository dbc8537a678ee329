use std::collections::BTreeMap;

use facts::Window;
use jiff::Timestamp;
use stub::{Options, Stub};

use super::*;
use crate::{Keys, Pace};

const MACHINE: &str = "arn:aws:states:us-east-1:111122223333:stateMachine:machine-00001";

fn scan() -> LogScan {
    let at = |second| Timestamp::from_second(second).unwrap();
    LogScan {
        machine: MACHINE.to_owned(),
        group: "/aws/vendedlogs/states/machine-00001".to_owned(),
        window: Window {
            start: at(1_760_000_000),
            end: at(1_760_003_600),
        },
        bytes: 1_000_000,
    }
}

/// Rows as the API gives them.
fn rows(text: &str) -> Vec<Row> {
    let rows: Vec<Vec<BTreeMap<String, String>>> = serde_json::from_str(text).unwrap();
    let field = |field: BTreeMap<String, String>| (field["field"].clone(), field["value"].clone());
    rows.into_iter()
        .map(|row| row.into_iter().map(field).collect())
        .collect()
}

/// An event as the API gives it.
fn event(execution: &str, id: u32, previous: u32, kind: &str, more: &[(&str, &str)]) -> String {
    let at = (1_760_000_000_000_u64 + 100 * u64::from(id)).to_string();
    let (id, previous) = (id.to_string(), previous.to_string());
    let arn = format!("arn:aws:states:us-east-1:111122223333:express:machine-00001:{execution}");
    let fields = [
        ("id", id.as_str()),
        ("type", kind),
        ("previous_event_id", &previous),
        ("event_timestamp", &at),
        ("execution_arn", &arn),
        ("@ptr", "CnQKOAo"),
    ];
    let fields = fields.iter().chain(more);
    let fields =
        fields.map(|(name, value)| format!(r#"{{"field": "{name}", "value": "{value}"}}"#));
    format!("[{}]", fields.collect::<Vec<_>>().join(","))
}

#[test]
fn executions_are_put_together_from_rows() {
    // Newest first, one event twice, two executions mixed, one without its start, one without its end, and a row of
    // something else that is in the log group.
    let name = [("details.name", "Charge")];
    let all = [
        event("a:1", 7, 6, "ExecutionFailed", &[("details.error", "States.Timeout")]),
        event("a:1", 6, 5, "TaskTimedOut", &[("details.error", "States.Timeout")]),
        event("b:1", 2, 0, "TaskStateEntered", &name),
        event("a:1", 5, 4, "TaskScheduled", &[]),
        event("a:1", 4, 3, "TaskFailed", &[("details.error", "Payment.Busy")]),
        event("c:1", 9, 8, "ExecutionSucceeded", &[]),
        event("a:1", 3, 2, "TaskScheduled", &[("details.resource", "invoke")]),
        event("a:1", 3, 2, "TaskScheduled", &[("details.resource", "invoke")]),
        event("a:1", 2, 0, "TaskStateEntered", &name),
        event("b:1", 1, 0, "ExecutionStarted", &[]),
        event("a:1", 1, 0, "ExecutionStarted", &[]),
        r#"[{"field": "@message", "value": "START"}, {"field": "type", "value": "platform.start"}]"#
            .to_owned(),
    ];
    let found = rows::executions(&rows(&format!("[{}]", all.join(","))));
    assert_eq!((found.whole.len(), found.cut), (1, 2));
    let (ended, events) = &found.whole[0];
    assert_eq!(ended.status, super::super::choice::Status::Failed);
    assert_eq!(
        (ended.ms, ended.arn.ends_with("express:machine-00001:a:1")),
        (600, true)
    );
    let profile = profile(events);
    assert_eq!((profile.transitions, profile.retries), (2, 1));
    assert_eq!(profile.duration_ms, Some(600));
    assert_eq!(profile.retried, BTreeMap::from([("Charge".to_owned(), 1)]));
    assert_eq!(events[5].error.as_deref(), Some("States.Timeout"));
}

#[test]
fn a_search_asks_for_no_data() {
    let query = query(MACHINE);
    assert!(
        query.contains(r#"like "arn:aws:states:us-east-1:111122223333:express:machine-00001:""#),
        "{query}"
    );
    let fields = query.lines().next().unwrap();
    for data in ["input", "output", "cause", "@message", "parameters", "*"] {
        assert!(!fields.contains(data), "{data} in {fields}");
    }
}

async fn searched(search: stub::Search) -> (Result<usize, String>, u64) {
    let stub = Stub::start(Options {
        executions: 20,
        search,
        ..Options::default()
    });
    let keys = Keys {
        id: "AKIDEXAMPLE".to_owned(),
        secret: "secret".to_owned(),
        token: None,
    };
    let session = Session::from_keys(keys, "us-east-1", Some(&stub.url));
    let how = Collect {
        pace: Pace::unlimited(),
        ..Collect::default()
    };
    let search = Search::new(&session, "us-east-1", &how, Duration::from_secs(1));
    let rows = search.rows(&scan()).await.map(|rows| rows.len());
    let stopped = stub
        .counts()
        .get("StopQuery")
        .map_or(0, |calls| calls.served);
    (rows, stopped)
}

#[tokio::test]
async fn a_search_that_goes_wrong_is_stopped_and_told() {
    let told = |why: &str| Err(format!("the search of its log group {why}"));
    let (rows, stopped) = searched(stub::Search::Ends).await;
    assert_eq!((rows, stopped), (Ok(20 * 6 + 4), 0));
    let (rows, stopped) = searched(stub::Search::Runs).await;
    assert_eq!(
        (rows, stopped),
        (told("was stopped: it had not ended after 1 s"), 1)
    );
    let (rows, stopped) = searched(stub::Search::ScansMuch).await;
    assert_eq!(
        (rows, stopped),
        (told("was stopped: it scanned more than expected"), 1)
    );
    let (rows, stopped) = searched(stub::Search::Fails).await;
    assert_eq!((rows, stopped), (told("ended as Failed"), 0));
}

#[test]
fn no_whole_execution_is_no_sample() {
    let why = "there is no whole execution in the newest 60 minutes of its log group";
    assert_eq!(sample(&[], &scan(), 0).get().map(|_| ()), Err(why));
}
