//! Histories that were recorded on AWS, event by event.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::Value;

use super::recorded::{Case, cases, run, shared};

/// Id, id of the one before, type, state.
type Told = (u64, u64, String, Option<String>);

/// Histories that are not event for event those that were recorded, with the reason.
const OTHERWISE: [(&str, &str); 5] = [
    (
        "test_activity_task_on_deleted__",
        "the activity did not exist, which the recording alone says",
    ),
    ("test_base_parallel_cases_BASE_SCOPE_PARALLEL_", REORDERED),
    ("test_parallel_state_PARALLEL_STATE_PARAMETERS_", REORDERED),
    ("test_parallel_state_PARALLEL_STATE___", REORDERED),
    ("test_parallel_state_order__", REORDERED),
];

const REORDERED: &str = "the recording reordered the branches, and gives lists for their ids";

const ACTIVITY: &str = "\"arn:aws:states:us-east-1:123456789012:activity:one\"";

fn recorded(file: &Value) -> Option<Vec<Told>> {
    let events = file["events"].as_array()?;
    events
        .iter()
        .map(|event| {
            Some((
                event[0].as_u64()?,
                event[1].as_u64()?,
                event[2].as_str()?.to_owned(),
                event[3].as_str().map(str::to_owned),
            ))
        })
        .collect()
}

#[test]
fn histories_are_those_that_were_recorded() {
    let Some(folder) = shared("oracle/history") else {
        return;
    };
    let known: BTreeMap<String, Case> = cases()
        .into_iter()
        .map(|case| (case.name.clone(), case))
        .collect();
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let (mut equal, mut other, mut wrong) = (0, 0, Vec::new());
    for path in files {
        let file: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let origin = file["source"]["test"].as_str().unwrap();
        let origin = origin.trim_start_matches("tests/aws/services/stepfunctions/v2/");
        let key = file["source"]["snapshot_key"].as_str().unwrap();
        let case = known.get(&format!("{origin}::{key}"));
        let outcome = match case {
            Some(case) => {
                // The recording hides what kind of resource this is.
                let text = case.definition.to_string();
                let text = text.replace("\"activity_arn\"", ACTIVITY);
                run(&Case {
                    definition: serde_json::from_str(&text).unwrap(),
                    ..case.clone()
                })
            }
            None => run(&Case {
                id: name.clone(),
                name: name.clone(),
                definition: file["definition"].clone(),
                input: file["input"].clone(),
                express: file["type"] == "EXPRESS",
                mocks: BTreeMap::new(),
                expected: file.clone(),
                ordered: true,
                event_counts: BTreeMap::new(),
            }),
        };
        let ours: Vec<Told> = outcome
            .events
            .iter()
            .map(|event| {
                let named = event.kind != "EvaluationFailed";
                let state = event.state.as_deref().filter(|_| named).map(str::to_owned);
                (event.id, event.previous, event.kind.to_owned(), state)
            })
            .collect();
        let same = recorded(&file).is_some_and(|recorded| recorded == ours);
        let listed = OTHERWISE.iter().any(|(listed, _)| name.starts_with(listed));
        match (same, listed) {
            (true, false) => equal += 1,
            (false, true) => other += 1,
            (true, true) => panic!("{name} goes as it was recorded now: take it from the list"),
            (false, false) => {
                let shown = |events: &[Told]| {
                    let one = |(id, previous, kind, state): &Told| {
                        format!(
                            "{id}<{previous}:{kind}:{}",
                            state.as_deref().unwrap_or_default()
                        )
                    };
                    events.iter().map(one).collect::<Vec<_>>().join(" ")
                };
                let recorded = match recorded(&file) {
                    Some(events) => shown(&events),
                    None => file["events"].to_string(),
                };
                wrong.push(format!(
                    "{name}\n  ours {}\n  aws  {recorded}",
                    shown(&ours)
                ));
            }
        }
    }
    println!(
        "{equal} of {} recorded histories are the same event by event, {other} are otherwise for a reason",
        equal + other + wrong.len(),
    );
    assert!(
        wrong.is_empty(),
        "{} differ\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
