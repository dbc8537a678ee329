//! Every definition of a collection of real ones, where it is at hand: nothing panics, every fix holds.

use std::collections::BTreeMap;
use std::path::PathBuf;

use asl::{Definition, EdgeKind, Format, Level};
use facts::{Fact, MachineFacts, WorkflowType};
use findings::FixKind;
use serde_json::Value;

use super::conventions::assert_conventions;
use super::examples::fixed;
use super::machines::{base, metrics, overlaid};
use super::{by_all, fingerprints};
use crate::removable::{How, removals};

/// A folder of test data beside the repository, where it is at hand.
pub(super) fn shared(name: &str) -> Option<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared")
        .join(name);
    folder.is_dir().then_some(folder)
}

/// The definitions with their manifest rows; none where the collection is not at hand.
pub(super) fn corpus() -> Option<Vec<(Value, String)>> {
    let folder = shared("corpus")?;
    let manifest = std::fs::read_to_string(folder.join("manifest.jsonl")).ok()?;
    let rows = manifest
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    Some(
        rows.map(|row| {
            let text = std::fs::read(
                folder
                    .join("definitions")
                    .join(row["file"].as_str().unwrap()),
            )
            .unwrap();
            (row, String::from_utf8_lossy(&text).into_owned())
        })
        .collect(),
    )
}

#[test]
fn real_definitions() {
    let Some(corpus) = corpus() else {
        println!("skipped: there is no ../shared/corpus beside the repository");
        return;
    };
    let mut kinds: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let mut edits = 0;
    for (row, text) in &corpus {
        let mut facts = base();
        facts.definition = Fact::Known(text.clone());
        if row["type"] == "EXPRESS" {
            facts.workflow_type = Fact::Known(WorkflowType::Express);
        }
        for facts in [
            &facts,
            &overlaid(&facts, &metrics(3_000_000, 42)),
            &overlaid(&facts, &metrics(0, 0)),
        ] {
            by_all(facts).findings.iter().for_each(assert_conventions);
        }
        facts.workflow_type = Fact::Known(WorkflowType::Standard);
        edits += assert_fixes_hold(&facts, row["file"].as_str().unwrap());
        if row["origin"] != "fixture" {
            let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
            let definition = Definition::parse(text.as_bytes(), Format::Json);
            for removal in removals(&definition) {
                *seen.entry(kind(&removal.how)).or_default() += 1;
            }
            for (kind, count) in seen {
                let total = kinds.entry(kind).or_default();
                *total = (total.0 + count, total.1 + 1);
            }
        }
    }
    println!(
        "{} definitions, {edits} fixes by edits; removable states of those that are no fixtures:",
        corpus.len()
    );
    for (kind, (states, definitions)) in &kinds {
        println!("{states:6} in {definitions:4} definitions  {kind}");
    }
    println!(
        "counted by structure in the larger collection: no-op Pass 174 in 95, Succeed 111 in 98, Choice after Choice 96 in 71, Parallel 23"
    );
    let total: usize = kinds.values().map(|(states, _)| states).sum();
    assert!(
        (300..=330).contains(&total),
        "{total} removable states: the rule sees more or fewer than it did"
    );
}

fn kind(how: &How) -> &'static str {
    match how {
        How::Skip { idle: Some(_) } => "does nothing, has a successor",
        How::Skip { idle: None } => "Pass whose output is replaced",
        How::End { stays: false, .. } => "ends after states that could",
        How::End { stays: true, .. } => "ends after states that could, stays for others",
        How::Merge {
            kind: EdgeKind::Default,
            ..
        } => "Choice by default after a Choice",
        How::Merge { .. } => "Choice by a rule after a Choice",
        How::Assign { .. } => "assigns what the state before could",
        How::Unwrap(_) => "Parallel with one branch",
    }
}

/// Applies every edit fix of the machine by itself: it parses, one state or some ways are gone where the finding is about
/// them and none where it is not, the finding is gone and no other has come. Answers how many there were.
fn assert_fixes_hold(facts: &MachineFacts, file: &str) -> usize {
    let before = by_all(facts);
    let mut count = 0;
    for finding in &before.findings {
        let Some(fix) = finding
            .fix
            .as_ref()
            .filter(|fix| matches!(fix.kind, FixKind::Edits(_)))
        else {
            continue;
        };
        // What was meant is guessed there; `fix` takes it only where nothing else comes of it.
        if asl::PROBLEMS.iter().any(|(id, _)| *id == finding.rule) {
            continue;
        }
        count += 1;
        let next =
            fixed(facts, fix).unwrap_or_else(|why| panic!("{file}: {why}: {}", finding.message));
        let (old, new) = (shape(facts), shape(&next));
        let smaller =
            new.states + 1 == old.states || (new.states == old.states && new.ways < old.ways);
        let same = new.states == old.states && new.ways == old.ways;
        assert!(
            if finding.rule == "removable-transition" {
                smaller
            } else {
                same
            },
            "{file}: {}",
            finding.message
        );
        assert!(new.errors <= old.errors, "{file}: {}", finding.message);
        let mut known = fingerprints(&before);
        known.remove(&finding.fingerprint);
        let come: Vec<_> = by_all(&next)
            .findings
            .into_iter()
            // A name that now matches may deserve a hint.
            .filter(|found| found.level() > findings::Level::Info)
            .filter(|found| !known.contains(&found.fingerprint))
            .map(|found| found.message)
            .collect();
        assert!(
            come.is_empty(),
            "{file}: after the fix of {}: {come:?}",
            finding.message
        );
    }
    count
}

struct Shape {
    states: usize,
    ways: usize,
    errors: usize,
}

fn shape(facts: &MachineFacts) -> Shape {
    let definition = Definition::parse(facts.definition.known().unwrap().as_bytes(), Format::Json);
    let mut scopes = vec![&definition.machine.scope];
    let mut ways = 0;
    while let Some(scope) = scopes.pop() {
        ways += scope.graph().edges.len();
        scopes.extend(scope.states.iter().flat_map(asl::State::scopes));
    }
    let errors = definition
        .problems
        .iter()
        .filter(|problem| problem.level == Level::Error)
        .count();
    Shape {
        states: definition.states().len(),
        ways,
        errors,
    }
}
