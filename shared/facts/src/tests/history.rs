use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;
use serde_json::Value;

use crate::{
    Execution, ExecutionSample, ExecutionStatus, Flaw, HistoryError, HistoryEvent, HistoryProfile,
    RecordedHistory, Stratum, profile,
};

/// Events one second apart: id, previous id, type, state.
fn events(rows: &[(i64, i64, &str, Option<&str>)]) -> Vec<HistoryEvent> {
    rows.iter()
        .map(|(id, previous, kind, state)| HistoryEvent {
            id: *id,
            previous: *previous,
            kind: (*kind).to_owned(),
            state: state.map(ToOwned::to_owned),
            error: kind.ends_with("Failed").then(|| "Odd".to_owned()),
            at: Timestamp::from_second(1_700_000_000 + id).unwrap(),
        })
        .collect()
}

#[test]
fn a_retried_task_is_billed_again() {
    let found = profile(&events(&[
        (1, 0, "ExecutionStarted", None),
        (2, 0, "TaskStateEntered", Some("Charge")),
        (3, 2, "TaskScheduled", None),
        (4, 3, "TaskFailed", None),
        (5, 4, "TaskScheduled", None),
        (6, 5, "TaskSucceeded", None),
        (7, 6, "TaskStateExited", Some("Charge")),
        (8, 7, "ExecutionSucceeded", None),
    ]));
    let entered = BTreeMap::from([("Charge".to_owned(), 1)]);
    assert_eq!(
        found,
        HistoryProfile {
            transitions: 2,
            retries: 1,
            entered: entered.clone(),
            retried: entered,
            state_ms: BTreeMap::from([("Charge".to_owned(), 5000)]),
            duration_ms: Some(7000),
            ..HistoryProfile::default()
        }
    );
}

#[test]
fn a_retried_map_is_billed_again_and_a_nested_one_is_not_mistaken_for_it() {
    let found = profile(&events(&[
        (1, 0, "ExecutionStarted", None),
        (2, 0, "MapStateEntered", Some("Outer")),
        (3, 2, "MapStateStarted", None),
        (4, 3, "MapIterationStarted", Some("Outer")),
        (5, 4, "MapStateEntered", Some("Inner")),
        (6, 5, "MapStateStarted", None),
        (7, 6, "FailStateEntered", Some("Stop")),
        (8, 7, "MapIterationFailed", Some("Outer")),
        // Follows the Fail state inside, not the `MapStateEntered` of its own state.
        (9, 7, "MapStateStarted", None),
        (10, 9, "MapStateSucceeded", None),
        (11, 10, "ExecutionSucceeded", None),
    ]));
    assert_eq!((found.transitions, found.retries), (4, 1));
}

#[test]
fn a_second_attempt_that_follows_the_same_entry_is_a_retry() {
    let found = profile(&events(&[
        (1, 0, "ParallelStateEntered", Some("Both")),
        (2, 1, "ParallelStateStarted", None),
        (3, 1, "ParallelStateStarted", None),
    ]));
    assert_eq!(
        (found.transitions, found.retries, found.duration_ms),
        (2, 1, None)
    );
}

#[test]
fn an_execution_that_did_not_end_has_no_duration() {
    let running = profile(&events(&[
        (1, 0, "ExecutionStarted", None),
        (2, 0, "WaitStateEntered", Some("Wait")),
    ]));
    assert_eq!((running.transitions, running.duration_ms), (1, None));
    assert_eq!(profile(&[]), HistoryProfile::default());
}

#[test]
fn a_redrive_is_no_end() {
    let found = profile(&events(&[
        (1, 0, "ExecutionStarted", None),
        (2, 1, "ExecutionFailed", None),
        (3, 2, "ExecutionRedriven", None),
        (4, 3, "ExecutionSucceeded", None),
    ]));
    assert_eq!(found.duration_ms, Some(3000));
}

#[test]
fn a_sample_tells_its_mean_and_margin() {
    let of = |transitions, entered| HistoryProfile {
        transitions,
        entered: BTreeMap::from([("A".to_owned(), entered)]),
        ..HistoryProfile::default()
    };
    let sample = ExecutionSample {
        listed: 4,
        profiles: vec![of(4, 1), of(6, 1), of(4, 1), of(6, 1)],
        ..ExecutionSample::default()
    };
    let (mean, margin) = sample.transitions().unwrap();
    assert!(
        (mean - 5.0).abs() < 1e-9 && (margin - 3.182 * (4.0_f64 / 3.0 / 4.0).sqrt()).abs() < 1e-9,
        "{mean} {margin}"
    );
    assert_eq!(sample.entries("A"), Some((1.0, 0.0)));
    assert_eq!(sample.entries("B"), Some((0.0, 0.0)), "never entered");
    assert_eq!(ExecutionSample::default().transitions(), None);
}

#[test]
fn strata_count_as_much_as_there_is_of_them() {
    let of = |stratum, transitions| HistoryProfile {
        transitions,
        stratum,
        ..HistoryProfile::default()
    };
    let stratum = |name: &str, listed| Stratum {
        name: name.to_owned(),
        listed,
    };
    // Of 90 that succeeded two were read, of 10 that failed two as well: 90 % of 10 and 10 % of 50.
    let sample = ExecutionSample {
        listed: 100,
        profiles: vec![of(0, 9), of(0, 11), of(1, 40), of(1, 60)],
        strata: vec![stratum("succeeded", 90), stratum("failed", 10)],
        ..ExecutionSample::default()
    };
    let (mean, margin) = sample.transitions().unwrap();
    // Standard errors: 0.9 * 1 and 0.1 * 10; Student's t of two degrees of freedom.
    // And 90 of 100 is itself known from 100 only: (0.9 * 4^2 + 0.1 * 36^2) / 100.
    let expected = 4.303 * (0.81_f64 + 1.0 + 1.44).sqrt();
    assert!(
        (mean - 14.0).abs() < 1e-9 && (margin - expected).abs() < 1e-9,
        "{mean} {margin}"
    );
    // One of a stratum varies as the others do; a stratum that nobody read counts for nothing.
    let sample = ExecutionSample {
        listed: 100,
        profiles: vec![of(0, 9), of(0, 11), of(1, 50)],
        strata: vec![
            stratum("succeeded", 45),
            stratum("failed", 5),
            stratum("aborted", 50),
        ],
        ..ExecutionSample::default()
    };
    let (mean, margin) = sample.transitions().unwrap();
    let expected = 12.706 * (0.81_f64 + 0.01 * 2.0 + 144.0 / 50.0).sqrt();
    assert!(
        (mean - 14.0).abs() < 1e-9 && (margin - expected).abs() < 1e-9,
        "{mean} {margin}"
    );
}

/// Histories that were recorded on AWS: what is counted equals what the recording says was entered and retried.
#[test]
fn recorded_histories_are_counted_right() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/oracle/history");
    let Ok(listing) = std::fs::read_dir(&folder) else {
        println!("skipped: {} is not there", folder.display());
        return;
    };
    let (mut right, mut wrong) = (0, Vec::new());
    for entry in listing {
        let path = entry.unwrap().path();
        let case: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        let events: Vec<HistoryEvent> = case["events"]
            .as_array()
            .unwrap()
            .iter()
            .enumerate()
            .map(recorded)
            .collect();
        let summary = |name: &str| case["events_summary"][name].as_u64().unwrap();
        let expected = summary("state_entered")
            + summary("retried_attempts")
            + summary("map_retries")
            + summary("parallel_retries");
        let found = profile(&events);
        let execution = Execution::of(&events);
        let names = events
            .iter()
            .filter(|event| event.kind.ends_with("StateEntered"));
        let mut in_order: Vec<_> = names.filter_map(|event| event.state.clone()).collect();
        let mut entered = execution.entered.clone();
        let reordered = events.iter().any(|event| event.id < 0);
        if reordered {
            in_order.sort();
            entered.sort();
        }
        let retried: u64 = execution.states.values().map(|state| state.retries).sum();
        let ended = case["status"].as_str().unwrap_or("RUNNING");
        let whole = entered == in_order
            && (reordered || retried == found.retries)
            && (reordered || execution.status.as_str() == ended);
        let states: BTreeMap<String, u64> =
            serde_json::from_value(case["events_summary"]["states_entered"].clone()).unwrap();
        if whole && found.transitions == expected && found.entered == states {
            right += 1;
        } else {
            wrong.push(format!(
                "{}: {found:?} {execution:?}, expected {expected} {states:?} {ended}",
                path.display()
            ));
        }
    }
    println!("{right} of {} recorded histories", right + wrong.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(right > 0);
}

/// `[id, previousEventId, type, state]`; a few recordings reordered their branches and have no single id.
fn recorded((index, row): (usize, &Value)) -> HistoryEvent {
    HistoryEvent {
        id: row[0]
            .as_i64()
            .unwrap_or(-1 - i64::try_from(index).unwrap()),
        previous: row[1].as_i64().unwrap_or(0),
        kind: row[2].as_str().unwrap().to_owned(),
        state: row[3].as_str().map(ToOwned::to_owned),
        error: None,
        at: Timestamp::UNIX_EPOCH,
    }
}

#[test]
fn time_and_errors_belong_to_the_state_that_took_them() {
    let found = Execution::of(&events(&[
        (1, 0, "ExecutionStarted", None),
        (2, 0, "MapStateEntered", Some("Outer")),
        (3, 2, "MapStateStarted", None),
        (4, 3, "MapIterationStarted", Some("Outer")),
        (5, 4, "MapStateEntered", Some("Inner")),
        (6, 5, "MapStateStarted", None),
        (7, 6, "TaskStateEntered", Some("Ask")),
        (8, 7, "TaskScheduled", None),
        (9, 8, "TaskFailed", None),
        (10, 9, "TaskScheduled", None),
        (11, 10, "TaskFailed", None),
        (12, 11, "MapStateFailed", None),
        (13, 12, "MapStateStarted", None),
        (14, 13, "TaskStateEntered", Some("Ask")),
        (15, 14, "TaskScheduled", None),
        (16, 15, "TaskFailed", None),
        (17, 16, "TaskStateExited", Some("Ask")),
        (18, 17, "MapStateExited", Some("Outer")),
        (19, 18, "ExecutionSucceeded", None),
    ]));
    let of = |name: &str| {
        let state = &found.states[name];
        (state.entered, state.retries, state.left, state.milliseconds)
    };
    assert_eq!(of("Ask"), (2, 1, 1, 3000));
    assert_eq!(
        of("Inner"),
        (1, 0, 0, 0),
        "the Map inside failed for good: the one around it is tried again"
    );
    assert_eq!(of("Outer"), (1, 1, 1, 16_000));
    assert_eq!(
        found.states["Ask"].errors,
        BTreeMap::from([("Odd".to_owned(), 3)])
    );
    assert_eq!(
        found.states["Inner"].errors,
        BTreeMap::from([("Odd".to_owned(), 1)])
    );
    assert_eq!(
        (found.transitions, found.retries, found.iterations),
        (6, 2, 1)
    );
    assert_eq!(found.entered, ["Outer", "Inner", "Ask", "Ask"]);
    assert_eq!(found.flaws, []);
}

#[test]
fn a_map_inside_that_caught_its_failure_is_not_the_one_that_is_tried_again() {
    let found = Execution::of(&events(&[
        (1, 0, "ExecutionStarted", None),
        (2, 0, "ParallelStateEntered", Some("Outer")),
        (3, 2, "ParallelStateStarted", None),
        (4, 3, "ParallelStateEntered", Some("Inner")),
        (5, 4, "ParallelStateStarted", None),
        (6, 5, "FailStateEntered", Some("Stop")),
        (7, 6, "ParallelStateFailed", None),
        (8, 7, "ParallelStateExited", Some("Inner")),
        (9, 8, "FailStateEntered", Some("Give up")),
        (10, 9, "ParallelStateStarted", None),
    ]));
    assert_eq!(found.states["Outer"].retries, 1);
    assert_eq!(found.states["Inner"].retries, 0);
    assert_eq!(found.status, ExecutionStatus::Running);
}

#[test]
fn a_map_run_that_fails_is_one_failure() {
    let found = Execution::of(&events(&[
        (1, 0, "ExecutionStarted", None),
        (2, 0, "MapStateEntered", Some("Each")),
        (3, 2, "MapStateStarted", None),
        (4, 3, "MapRunStarted", None),
        (5, 4, "MapRunFailed", None),
        (6, 5, "MapStateFailed", None),
        (7, 6, "ExecutionFailed", None),
    ]));
    let once = BTreeMap::from([("Odd".to_owned(), 1)]);
    assert_eq!(found.states["Each"].errors, once);
}

#[test]
fn what_is_missing_or_odd_is_said() {
    let rows = [
        (1, 0, "ExecutionStarted", None),
        (2, 0, "PassStateEntered", Some("A")),
        (3, 2, "PassStateExited", Some("A")),
        (4, 3, "ExecutionFailed", None),
        (5, 4, "ExecutionRedriven", None),
        (6, 5, "PassStateEntered", Some("A")),
        (7, 6, "PassStateExited", Some("A")),
        (8, 7, "ExecutionSucceeded", None),
    ];
    let whole = Execution::of(&events(&rows));
    assert_eq!(whole.flaws, [Flaw::Redriven(1)]);
    assert_eq!(whole.status, ExecutionStatus::Succeeded);
    let lost = Execution::of(&events(&rows[5..7]));
    assert_eq!(lost.flaws, [Flaw::Missing(5)]);
    assert_eq!(
        (lost.status, lost.duration_ms),
        (ExecutionStatus::Unknown, None)
    );
    let mut odd = events(&rows);
    odd[6].at = Timestamp::UNIX_EPOCH;
    let odd = Execution::of(&odd);
    assert_eq!(odd.flaws, [Flaw::Redriven(1), Flaw::ClockBack(1)]);
    assert_eq!(odd.states["A"].milliseconds, 1000);
    let mut twice = events(&rows);
    twice.extend(events(&rows));
    twice.reverse();
    assert_eq!(Execution::of(&twice), whole, "in any order, and twice");
}

#[test]
fn what_the_aws_cli_prints_is_read() {
    const EVENTS: &str = r#"[
        {"timestamp": "2026-11-22T10:15:30.125000+00:00", "type": "ExecutionStarted", "id": 1, "previousEventId": 0,
         "executionStartedEventDetails": {"input": "{}", "roleArn": "arn:aws:iam::111122223333:role/r"}},
        {"timestamp": 1795342531.5, "type": "TaskStateEntered", "id": 2, "previousEventId": 0,
         "stateEnteredEventDetails": {"name": "Charge", "input": "{}"}},
        {"timestamp": "2026-11-22T10:15:33+00:00", "type": "TaskFailed", "id": 3, "previousEventId": 2,
         "taskFailedEventDetails": {"resourceType": "sqs", "resource": "sendMessage", "error": "SQS.Down", "cause": "secret"}}
    ]"#;
    let alone = RecordedHistory::from_json(EVENTS).unwrap();
    assert_eq!(alone.events.len(), 3);
    assert_eq!(alone.events[1].state.as_deref(), Some("Charge"));
    assert_eq!(
        alone.events[1].at,
        "2026-11-22T10:15:31.5Z".parse().unwrap()
    );
    assert_eq!(alone.events[2].error.as_deref(), Some("SQS.Down"));
    let page = format!(r#"{{"events": {EVENTS}}}"#);
    assert_eq!(RecordedHistory::from_json(&page).unwrap(), alone);
    let cut = format!(r#"{{"events": {EVENTS}, "nextToken": "AAA"}}"#);
    let cut = RecordedHistory::from_json(&cut).unwrap();
    assert_eq!(cut.execution().flaws, [Flaw::MorePages]);
    let pages = format!(r#"{{"events": {EVENTS}, "nextToken": "AAA"}} {{"events": []}}"#);
    assert_eq!(RecordedHistory::from_json(&pages).unwrap(), alone);
}

#[test]
fn what_is_no_history_is_told() {
    let told = |text: &str| RecordedHistory::from_json(text).unwrap_err().to_string();
    assert!(told("{").starts_with("not JSON: "));
    assert!(told("").contains("get-execution-history"));
    assert_eq!(told("{}"), HistoryError::NoEvents.to_string());
    assert!(told(r#"[{"id": 1}]"#).starts_with("event 1 cannot be read: "));
    let time = told(r#"[{"id": 1, "type": "ExecutionStarted", "timestamp": "soon"}]"#);
    assert_eq!(
        time,
        "event 1 cannot be read: `timestamp` is \"soon\", no time"
    );
}

/// Events at these seconds: id, previous, type, state, second.
fn at_seconds(rows: &[(i64, i64, &str, Option<&str>, i64)]) -> Vec<HistoryEvent> {
    rows.iter()
        .map(|(id, previous, kind, state, second)| HistoryEvent {
            id: *id,
            previous: *previous,
            kind: (*kind).to_owned(),
            state: state.map(str::to_owned),
            error: None,
            at: Timestamp::from_second(1_000_000_000 + second).unwrap(),
        })
        .collect()
}

#[test]
fn a_clock_that_is_off_makes_no_time() {
    let rows = |entered: i64, end: i64| {
        at_seconds(&[
            (1, 0, "ExecutionStarted", None, 0),
            (2, 0, "PassStateEntered", Some("A"), 10),
            (3, 2, "PassStateExited", Some("A"), 12),
            (4, 3, "PassStateEntered", Some("B"), entered),
            (5, 4, "PassStateExited", Some("B"), 20),
            (6, 5, "ExecutionSucceeded", None, end),
        ])
    };
    let back = Execution::of(&rows(-900_000_000, 20));
    assert_eq!(back.flaws, [Flaw::ClockBack(1)]);
    // It happened with the event before it, 12 s after the start.
    assert_eq!(
        (back.states["B"].milliseconds, back.duration_ms),
        (8_000, Some(20_000))
    );
    let ahead = Execution::of(&rows(14, 900_000_000));
    assert_eq!(ahead.flaws, [Flaw::OverAYear]);
    // Side by side, stamps may be a little out of order.
    let close = Execution::of(&rows(11, 20));
    assert_eq!(close.states["B"].milliseconds, 9_000);
}

#[test]
fn what_was_not_left_took_until_the_end() {
    let failed = Execution::of(&at_seconds(&[
        (1, 0, "ExecutionStarted", None, 0),
        (2, 0, "TaskStateEntered", Some("A"), 1),
        (3, 2, "TaskScheduled", None, 1),
        (4, 3, "TaskFailed", None, 8),
        (5, 4, "ExecutionFailed", None, 8),
    ]));
    let state = &failed.states["A"];
    assert_eq!(
        (state.left, state.milliseconds, state.unfinished_ms),
        (0, 0, 7_000)
    );
}
