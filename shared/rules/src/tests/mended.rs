//! What `fix` makes of definitions with one defect each: the defect is gone, and nothing else has changed.

use std::collections::BTreeSet;
use std::fs;

use facts::{Fact, MachineFacts, WorkflowType};
use findings::Finding;
use serde_json::Value;

use super::by_all;
use super::corpus::shared;
use super::examples::fixed;

fn read(path: &std::path::Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// What is said of a definition, by rule and place.
fn told(facts: &MachineFacts) -> BTreeSet<(String, String)> {
    let findings = by_all(facts).findings.into_iter();
    findings.map(|it| (it.rule, it.location.pointer)).collect()
}

/// The pointers below which two values differ: as deep as both have them.
fn differences(before: &Value, after: &Value, pointer: &str, found: &mut Vec<String>) {
    match (before, after) {
        (Value::Object(left), Value::Object(right)) => {
            for key in left.keys().chain(right.keys()).collect::<BTreeSet<_>>() {
                let inner = asl::pointer_push(pointer, key);
                match (left.get(key), right.get(key)) {
                    (Some(left), Some(right)) => differences(left, right, &inner, found),
                    _ => found.push(inner),
                }
            }
        }
        (Value::Array(left), Value::Array(right)) if left.len() == right.len() => {
            for (index, (left, right)) in left.iter().zip(right).enumerate() {
                differences(left, right, &format!("{pointer}/{index}"), found);
            }
        }
        _ if before != after => found.push(pointer.to_owned()),
        _ => {}
    }
}

/// The object that holds what the finding is about.
fn around(finding: &Finding) -> &str {
    let pointer = finding.location.pointer.as_str();
    pointer.rsplit_once('/').map_or("", |(around, _)| around)
}

/// Applies the fix of a finding and holds it against what a fix may do; `base` is what is told of the definition without the
/// defect.
fn assert_mends(
    facts: &MachineFacts,
    finding: &Finding,
    base: &BTreeSet<(String, String)>,
    name: &str,
) {
    let before = told(facts);
    let after = fixed(facts, finding.fix.as_ref().unwrap()).unwrap();
    let left = told(&after);
    let own = (finding.rule.clone(), finding.location.pointer.clone());
    assert!(!left.contains(&own), "{name}: {own:?} is still told");
    // What is told of the definition without the defect was hidden by it.
    let new: Vec<_> = left
        .iter()
        .filter(|it| !before.contains(*it) && !base.contains(*it))
        .collect();
    assert!(new.is_empty(), "{name}: the fix of {own:?} brings {new:?}");
    let gone: Vec<_> = before
        .iter()
        .filter(|it| !left.contains(*it) && **it != own)
        .collect();
    assert!(
        gone.is_empty(),
        "{name}: the fix of {own:?} takes {gone:?} with it"
    );

    let texts = [facts, &after].map(|facts| facts.definition.known().unwrap().as_str());
    let [old, new] = texts.map(|text| serde_json::from_str::<Value>(text).unwrap());
    let mut changed = Vec::new();
    differences(&old, &new, "", &mut changed);
    let inside = |pointer: &String| pointer.starts_with(around(finding));
    assert!(
        !changed.is_empty() && changed.len() <= 2,
        "{name}: {changed:?}"
    );
    assert!(
        changed.iter().all(inside),
        "{name}: {changed:?} for {own:?}"
    );

    let edits = finding.fix.as_ref().unwrap().text_edits().unwrap();
    let (mut at, mut grown) = (0, 0);
    for edit in edits {
        let kept = &texts[0][at..edit.start];
        assert_eq!(
            &texts[1][at + grown - removed(edits, at)..][..kept.len()],
            kept,
            "{name}"
        );
        at = edit.end;
        grown += edit.text.len();
    }
    assert!(texts[1].ends_with(&texts[0][at..]), "{name}");
}

/// How many bytes are taken away before `at`.
fn removed(edits: &[findings::TextEdit], at: usize) -> usize {
    edits
        .iter()
        .filter(|edit| edit.end <= at)
        .map(|edit| edit.end - edit.start)
        .sum()
}

#[test]
fn every_fix_of_a_defect_mends_it_and_nothing_else() {
    let Some(folder) = shared("mutants") else {
        return;
    };
    let manifest = read(&folder.join("manifest.json"));
    let (mut fixable, mut unasked, mut others) = (0, 0, Vec::new());
    for mutant in manifest["mutants"].as_array().unwrap() {
        let name = mutant["file"].as_str().unwrap();
        let place = mutant["location"].as_str().unwrap().trim_end_matches('/');
        let wanted = mutant["expected"].as_str().unwrap();
        let facts = |file: &str| {
            let text = fs::read_to_string(folder.join(file)).unwrap();
            let mut facts = MachineFacts::from_file("machine.json", "suite", text);
            facts.workflow_type = Fact::Known(match mutant["type"].as_str() {
                Some("EXPRESS") => WorkflowType::Express,
                _ => WorkflowType::Standard,
            });
            facts
        };
        let base = mutant["base"]
            .as_str()
            .map(|base| folder.join(format!("base-{base}.json")));
        let base = base.filter(|path| path.is_file());
        let base = base.map(|path| told(&facts(path.file_name().unwrap().to_str().unwrap())));
        let facts = facts(name);
        let findings = by_all(&facts).findings;
        let fix = |finding: &&Finding| {
            finding
                .fix
                .as_ref()
                .is_some_and(|fix| fix.text_edits().is_some())
        };
        let here = findings.iter().filter(|it| {
            let pointer = &it.location.pointer;
            pointer == place || (wanted == "error" && pointer.starts_with(&format!("{place}/")))
        });
        let here: Vec<&Finding> = here.filter(|it| it.level().as_str() == wanted).collect();
        let Some(finding) = here.iter().copied().find(|it| fix(it)) else {
            others.push(name);
            continue;
        };
        fixable += 1;
        unasked += usize::from(finding.is_fixable());
        assert_mends(&facts, finding, &base.unwrap_or_default(), name);
    }
    println!(
        "{fixable} of {fixable} fixes mend the defect and nothing else, {unasked} of them without being asked for"
    );
    println!("left to a person: {}", others.join(", "));
    assert!(fixable >= 36, "{fixable} defects have a fix");
}

/// Real definitions: a fix that is applied unasked never makes something else wrong.
#[test]
fn what_is_mended_unasked_brings_no_error() {
    let Some(corpus) = super::corpus::corpus() else {
        return;
    };
    let (mut mended, mut refused) = (0, Vec::new());
    for (row, text) in corpus {
        let facts = MachineFacts::from_file("machine.json", "suite", text);
        let errors = |facts: &MachineFacts| {
            let findings = by_all(facts).findings.into_iter();
            findings
                .filter(|it| it.level() == findings::Level::Error)
                .count()
        };
        for finding in by_all(&facts).findings.iter().filter(|it| it.is_fixable()) {
            let after = fixed(&facts, finding.fix.as_ref().unwrap()).unwrap();
            mended += 1;
            if errors(&after) > errors(&facts) {
                refused.push(format!(
                    "{} {} {}",
                    row["file"], finding.rule, finding.location.pointer
                ));
            }
        }
    }
    println!("{mended} fixes, {} refused: {refused:#?}", refused.len());
    assert!(refused.len() * 20 <= mended, "{refused:#?}");
}
