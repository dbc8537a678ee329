use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;
use serde_json::Value;

use crate::{ExecutionSample, HistoryEvent, HistoryProfile, profile};

/// Events one second apart: id, previous id, type, state.
fn events(rows: &[(i64, i64, &str, Option<&str>)]) -> Vec<HistoryEvent> {
    rows.iter()
        .map(|(id, previous, kind, state)| HistoryEvent {
            id: *id,
            previous: *previous,
            kind: (*kind).to_owned(),
            state: state.map(ToOwned::to_owned),
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
            entered,
            duration_ms: Some(7000)
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
    };
    let (mean, margin) = sample.transitions().unwrap();
    assert!(
        (mean - 5.0).abs() < 1e-9 && (margin - 1.96 * (4.0_f64 / 3.0 / 4.0).sqrt()).abs() < 1e-9,
        "{mean} {margin}"
    );
    assert_eq!(sample.entries("A"), Some((1.0, 0.0)));
    assert_eq!(sample.entries("B"), Some((0.0, 0.0)), "never entered");
    assert_eq!(ExecutionSample::default().transitions(), None);
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
        let states: BTreeMap<String, u64> =
            serde_json::from_value(case["events_summary"]["states_entered"].clone()).unwrap();
        if found.transitions == expected && found.entered == states {
            right += 1;
        } else {
            wrong.push(format!(
                "{}: {found:?}, expected {expected} {states:?}",
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
        at: Timestamp::UNIX_EPOCH,
    }
}
