//! Executions that were recorded on AWS, run again with the task results of the recording.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use asl::{Definition, Format};
use serde_json::Value;

use crate::{Answer, Call, Options, Outcome, Status, Tasks, simulate};

pub(super) fn shared(folder: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared")
        .join(folder);
    if path.is_dir() {
        return Some(path);
    }
    println!("skipped: {} is not there", path.display());
    None
}

/// One recorded execution.
#[derive(Clone)]
pub(super) struct Case {
    pub(super) id: String,
    /// Where the recording comes from: file, test, kind.
    pub(super) name: String,
    pub(super) definition: Value,
    pub(super) input: Value,
    pub(super) express: bool,
    pub(super) mocks: BTreeMap<String, Vec<Value>>,
    pub(super) expected: Value,
    pub(super) ordered: bool,
    pub(super) event_counts: BTreeMap<String, usize>,
}

/// What each attempt of a Task was answered.
struct Recorded<'c>(&'c Case);

impl Tasks for Recorded<'_> {
    fn answer(&mut self, call: &Call<'_>) -> Answer {
        let at = usize::try_from(call.before).unwrap();
        let answers = self.0.mocks.get(call.state);
        let Some(answer) = answers.and_then(|answers| answers.get(at).or(answers.last())) else {
            return self.unrecorded(call);
        };
        let text = |name: &str| answer[name].as_str().map(str::to_owned);
        let timed_out = text("event").is_some_and(|event| event.ends_with("TimedOut"));
        let error = text("error");
        if timed_out && error.as_deref() == Some("States.Timeout") {
            return Answer::Never;
        }
        match answer.get("output") {
            None => Answer::Throw {
                error,
                cause: text("cause"),
                after_ms: 0,
            },
            Some(output) => Answer::Return {
                output: output.clone(),
                after_ms: 0,
            },
        }
    }
}

impl Recorded<'_> {
    /// What is not in the recording: objects that a reader read (they are what the Map gave), what children called, and what
    /// the account did not have.
    fn unrecorded(&self, call: &Call<'_>) -> Answer {
        let expected = &self.0.expected;
        let output = if call.resource.contains(":s3:") {
            let items = expected["output"].as_array().cloned().unwrap_or_default();
            let batched = |item: &Value| item["Items"].as_array().cloned();
            let flat = items
                .iter()
                .flat_map(|item| batched(item).unwrap_or_else(|| vec![item.clone()]));
            Value::Array(flat.collect())
        } else if self.0.mocks.is_empty() && expected["status"] == "FAILED" {
            let text = |name: &str| expected[name].as_str().map(str::to_owned);
            return Answer::Throw {
                error: text("error"),
                cause: text("cause"),
                after_ms: 0,
            };
        } else {
            Value::Object(serde_json::Map::new())
        };
        Answer::Return {
            output,
            after_ms: 0,
        }
    }
}

pub(super) fn cases() -> Vec<Case> {
    let Some(folder) = shared("conformance") else {
        return Vec::new();
    };
    let mut cases = Vec::new();
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    for file in files
        .iter()
        .filter(|file| file.extension().is_some_and(|it| it == "json"))
    {
        let all: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
        for case in all.as_array().unwrap() {
            if case["replayable"] != true {
                continue;
            }
            cases.push(Case {
                id: case["id"].as_str().unwrap_or_default().to_owned(),
                name: case["name"].as_str().unwrap_or_default().to_owned(),
                definition: case["definition"].clone(),
                input: case["input"].clone(),
                express: case["type"] == "EXPRESS",
                mocks: serde_json::from_value(case["mocks"].clone()).unwrap_or_default(),
                expected: case["expected"].clone(),
                ordered: case["ordered"] != false,
                event_counts: serde_json::from_value(case["event_counts"].clone())
                    .unwrap_or_default(),
            });
        }
    }
    cases
}

pub(super) fn run(case: &Case) -> Outcome {
    let text = case.definition.to_string();
    let definition = Definition::parse(text.as_bytes(), Format::Json);
    let mut options = Options::new(case.input.clone());
    options.express = case.express;
    simulate(&definition, &options, &mut Recorded(case))
}

/// Words that stand in the recordings for what is another one each time.
const ANYTHING: [&str; 6] = [
    "sfn_role_arn",
    "date",
    "start-time",
    "entered-time",
    "RandomNumberGenerated",
    "snf_role_arn",
];

/// A text in which `<...>` stands for anything.
fn text_like(recorded: &str, ours: &str) -> bool {
    let json = |text: &str| {
        serde_json::from_str::<Value>(text)
            .ok()
            .filter(Value::is_object)
    };
    if let (Some(recorded), Some(ours)) = (json(recorded), json(ours)) {
        return like(&recorded, &ours);
    }
    let mut rest = ours;
    let mut parts = recorded.split('<').enumerate();
    parts.all(|(at, part)| {
        let fixed = if at == 0 {
            part
        } else {
            part.split_once('>').map_or(part, |(_, fixed)| fixed)
        };
        match rest.find(fixed) {
            Some(found) if at > 0 || found == 0 => {
                rest = &rest[found + fixed.len()..];
                true
            }
            _ => false,
        }
    }) && (rest.is_empty() || recorded.ends_with('>'))
}

/// A placeholder of the recording stands for anything.
pub(super) fn like(recorded: &Value, ours: &Value) -> bool {
    match (recorded, ours) {
        (Value::String(recorded), _) if ANYTHING.contains(&recorded.as_str()) => true,
        (Value::String(recorded), Value::String(ours)) => {
            recorded == ours || text_like(recorded, ours)
        }
        (Value::Array(recorded), Value::Array(ours)) => {
            recorded.len() == ours.len()
                && recorded
                    .iter()
                    .zip(ours)
                    .all(|(one, other)| like(one, other))
        }
        (Value::Object(recorded), Value::Object(ours)) => {
            // The Context Object as a whole holds more than the recording kept.
            (recorded.len() == ours.len())
                && recorded
                    .iter()
                    .all(|(name, value)| ours.get(name).is_some_and(|other| like(value, other)))
        }
        (Value::Number(recorded), Value::Number(ours)) => recorded.as_f64() == ours.as_f64(),
        (recorded, ours) => recorded == ours,
    }
}

/// What differs, in words.
fn difference(case: &Case, outcome: &Outcome) -> Option<String> {
    let expected = &case.expected;
    let status = expected["status"].as_str().unwrap_or_default();
    if outcome.status.as_str() != status {
        return Some(format!(
            "{} instead of {status}: {:?} {:?}",
            outcome.status.as_str(),
            outcome.error,
            outcome.cause
        ));
    }
    // The account of the recordings.
    let account = |value: &Value| {
        let text = value.to_string().replace("123456789012", "111111111111");
        serde_json::from_str::<Value>(&text).unwrap()
    };
    if let Some(output) = expected.get("output")
        && outcome.status == Status::Succeeded
        && !outcome
            .output
            .as_ref()
            .is_some_and(|ours| like(output, &account(ours)))
    {
        let ours = outcome
            .output
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default();
        return Some(format!(
            "output {ours:.300} instead of {:.300}",
            output.to_string()
        ));
    }
    if let Some(error) = expected["error"].as_str()
        && outcome.error.as_deref() != Some(error)
    {
        return Some(format!(
            "error {:?} instead of {error}: {:?}",
            outcome.error, outcome.cause
        ));
    }
    if let Some(entered) = expected["entered"].as_array() {
        let mut recorded: Vec<&str> = entered.iter().filter_map(Value::as_str).collect();
        let mut ours: Vec<&str> = outcome.entered().collect();
        if !case.ordered {
            recorded.sort_unstable();
            ours.sort_unstable();
        }
        if ours != recorded {
            return Some(format!("entered {ours:?} instead of {recorded:?}"));
        }
    }
    None
}

/// Histories whose events are not those that were recorded, with the reason.
const OTHER_EVENTS: [(&str, &str); 7] = [
    (
        "ls-0000",
        "the recording hides that the Resource is an activity",
    ),
    (
        "ls-0003",
        "the activity did not exist, which the recording alone says",
    ),
    (
        "ls-0004",
        "the recording hides that the Resource is an activity",
    ),
    ("ls-0017", "the recording lost the end of the Parallel"),
    ("ls-1024", "the recording lost the end of the Parallel"),
    ("ls-1025", "the recording lost the end of the Parallel"),
    ("ls-1029", "the recording lost the end of the Parallel"),
];

#[test]
fn executions_go_as_they_were_recorded() {
    let cases = cases();
    let (mut wrong, mut other_events) = (Vec::new(), Vec::new());
    let mut counted = 0;
    let is_in = |list: &[(&str, &str)], case: &Case| list.iter().any(|(id, _)| *id == case.id);
    for case in &cases {
        let outcome = run(case);
        let difference = difference(case, &outcome);
        wrong.extend(difference.map(|told| format!("{}: {told}", case.id)));
        if case.event_counts.is_empty() {
            continue;
        }
        counted += 1;
        let mut ours: BTreeMap<String, usize> = BTreeMap::new();
        for event in &outcome.events {
            *ours.entry(event.kind.to_owned()).or_default() += 1;
        }
        if ours != case.event_counts && !is_in(&OTHER_EVENTS, case) {
            other_events.push(format!(
                "{}: {ours:?} instead of {:?}",
                case.id, case.event_counts
            ));
        }
    }
    if cases.is_empty() {
        return;
    }
    println!(
        "{} of {} recorded executions go the same way",
        cases.len() - wrong.len(),
        cases.len()
    );
    println!(
        "{} of {counted} histories have the same events",
        counted - other_events.len() - OTHER_EVENTS.len()
    );
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(other_events.is_empty(), "{other_events:#?}");
}

#[test]
fn the_same_run_twice_is_the_same() {
    for case in cases() {
        assert_eq!(run(&case), run(&case), "{}", case.id);
    }
}

/// Histories and choices that were recorded on AWS and need no answers of services.
#[test]
fn recorded_histories_of_pure_machines_come_again() {
    let Some(folder) = shared("oracle") else {
        return;
    };
    let (mut right, mut wrong) = (0, Vec::new());
    for kind in ["history", "choice"] {
        let mut files: Vec<PathBuf> = std::fs::read_dir(folder.join(kind))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        files.sort();
        for file in files {
            let recorded: Value =
                serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
            if recorded["features"]["pure"] != true {
                continue;
            }
            let events = recorded["events"].as_array().cloned().unwrap_or_default();
            let entered: Vec<Value> = events
                .iter()
                .filter(|event| {
                    event[2]
                        .as_str()
                        .is_some_and(|kind| kind.ends_with("StateEntered"))
                })
                .map(|event| event[3].clone())
                .collect();
            let nested = ["Map", "Parallel"];
            let ordered = !nested
                .iter()
                .any(|kind| recorded["features"]["types"].get(kind).is_some());
            let mut expected = recorded.clone();
            if kind == "history" {
                expected["entered"] = Value::Array(entered);
                // What is no object is kept as text.
                let text = recorded["output"].as_str();
                if let Some(output) = text.and_then(|text| serde_json::from_str(text).ok()) {
                    expected["output"] = output;
                }
            } else {
                expected["output"] = recorded["recorded_case"]["output"].clone();
            }
            let case = Case {
                id: file.file_stem().unwrap().to_string_lossy().into_owned(),
                name: String::new(),
                definition: recorded["definition"].clone(),
                input: recorded["input"].clone(),
                express: recorded["type"] == "EXPRESS",
                mocks: BTreeMap::new(),
                expected,
                ordered,
                event_counts: BTreeMap::new(),
            };
            match difference(&case, &run(&case)) {
                None => right += 1,
                Some(told) => wrong.push(format!("{}: {told}", case.id)),
            }
        }
    }
    println!(
        "{right} of {} recorded histories and choices without calls",
        right + wrong.len()
    );
    assert!(wrong.is_empty(), "{wrong:#?}");
}
