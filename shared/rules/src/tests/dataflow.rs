//! The data flow of real definitions, of executions that went well, and of a definition with one defect.

use std::collections::{BTreeMap, BTreeSet};

use asl::{Definition, Format, Level};
use facts::{Fact, MachineFacts};
use findings::Finding;
use serde_json::Value;

use super::by_all;
use super::corpus::{corpus, shared};
use super::machines::base;
use crate::dataflow::{gaps, state_at};

const RULES: [&str; 2] = ["input-lost", "path-never-produced"];

fn facts(definition: &Value) -> MachineFacts {
    let mut facts = base();
    facts.definition = Fact::Known(definition.to_string());
    facts
}

/// What the two rules say.
fn told(facts: &MachineFacts) -> Vec<Finding> {
    let found = by_all(facts).findings.into_iter();
    found
        .filter(|finding| RULES.contains(&finding.rule.as_str()))
        .collect()
}

/// All of these were looked at, and are true: each of the reads would fail.
#[test]
fn few_real_definitions_read_what_cannot_be_there() {
    let Some(corpus) = corpus() else {
        println!("skipped: there is no ../shared/corpus beside the repository");
        return;
    };
    let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for (row, text) in &corpus {
        let mut facts = base();
        facts.definition = Fact::Known(text.clone());
        let found = told(&facts);
        for finding in &found {
            println!(
                "{} {} {}\n    {}",
                row["file"].as_str().unwrap(),
                finding.rule,
                finding.location.pointer,
                finding.message
            );
        }
        let origin = if row["origin"] == "fixture" {
            "fixtures"
        } else {
            "others"
        };
        let count = counts.entry(origin).or_default();
        *count = (
            count.0 + found.len(),
            count.1 + usize::from(!found.is_empty()),
        );
    }
    println!("{counts:?}");
    assert!(counts["others"].1 <= 13, "{counts:?}");
}

/// What was recorded on AWS: where an execution went well, no state that it entered can have read what is not there.
#[test]
fn executions_that_went_well_have_read_nothing_that_is_not_there() {
    let Some(folder) = shared("conformance") else {
        println!("skipped: there is no ../shared/conformance beside the repository");
        return;
    };
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|it| it == "json"))
        .collect();
    files.sort();
    let (mut cases, mut wrong) = (0, Vec::new());
    for file in files {
        let all: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
        for case in all.as_array().unwrap() {
            if case["expected"]["status"] != "SUCCEEDED" {
                continue;
            }
            let text = case["definition"].to_string();
            let definition = Definition::parse(text.as_bytes(), Format::Json);
            if definition
                .problems
                .iter()
                .any(|it| it.level == Level::Error)
            {
                continue;
            }
            cases += 1;
            let entered = case["expected"]["entered"].as_array();
            let entered: BTreeSet<&str> = entered
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .collect();
            let states = definition.states();
            for gap in gaps(&definition) {
                let state = state_at(&states, gap.state).unwrap();
                if entered.contains(state.name.value.as_str()) {
                    wrong.push(format!("{} {} {gap:?}", case["name"], state.name.value));
                }
            }
        }
    }
    println!("{cases} executions that went well");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// A sound definition, with one thing changed each time.
#[test]
fn one_defect_each() {
    let Some(folder) = shared("mutants/controls") else {
        println!("skipped: there is no ../shared/mutants beside the repository");
        return;
    };
    let read = |name: &str| -> Value {
        serde_json::from_str(&std::fs::read_to_string(folder.join(name)).unwrap()).unwrap()
    };
    let manifest = read("manifest.json");
    for control in manifest.as_array().unwrap() {
        let name = control["file"].as_str().unwrap();
        let found = told(&facts(&read(name)));
        assert!(found.is_empty(), "{name}: {found:#?}");
    }
    let order = read("01-base-order.json");
    let changed = |pointer: &str, value: Option<&str>| {
        let mut definition = order.clone();
        let (object, key) = pointer.rsplit_once('/').unwrap();
        let object = definition
            .pointer_mut(object)
            .unwrap()
            .as_object_mut()
            .unwrap();
        match value {
            Some(text) => object.insert(key.to_owned(), text.into()),
            None => object.remove(key),
        };
        let found = told(&facts(&definition)).into_iter();
        found
            .map(|finding| {
                format!(
                    "{:?} {} {}",
                    finding.level(),
                    finding.rule,
                    finding.location.pointer
                )
            })
            .collect::<Vec<_>>()
    };
    for state in ["Validate", "Charge", "Fan"] {
        assert_eq!(
            changed(&format!("/States/{state}/ResultPath"), None),
            [format!("Warning input-lost /States/{state}")]
        );
    }
    assert_eq!(
        changed(
            "/States/Each/ItemProcessor/States/Picked/Parameters/id.$",
            Some("$.orderId")
        ),
        ["Warning input-lost /States/Each/ItemProcessor/States/Pick"],
        "the item had it"
    );
    for (pointer, path) in [
        ("/States/IsValid/Choices/0/Variable", "$.validation.status"),
        (
            "/States/IsValid/Choices/1/And/1/Variable",
            "$.validation.payload.retry",
        ),
        (
            "/States/Each/ItemProcessor/States/Picked/Parameters/id.$",
            "$.status",
        ),
        (
            "/States/Each/ItemProcessor/States/Pick/Parameters/Payload.$",
            "$.items",
        ),
        ("/States/Validate/ResultSelector/body.$", "$.body"),
        (
            "/States/Fan/Branches/0/States/MailDone/InputPath",
            "$.status",
        ),
    ] {
        assert_eq!(
            changed(pointer, Some(path)),
            [format!("Warning path-never-produced {pointer}")]
        );
    }
}
