//! Real definitions, where a collection of them lies beside the repository: how it is laid out is told in its README files.
#![allow(clippy::print_stdout, reason = "what was found, and what was skipped")]
#![allow(
    clippy::disallowed_methods,
    reason = "the collection is read from files"
)]

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use super::errors;
use crate::{Definition, Format, Node};

/// A folder of the collection, or `None` and a printed line.
pub(crate) fn folder(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared")
        .join(name);
    if !path.is_dir() {
        println!("skipped: there is no shared/{name} beside the repository");
        return None;
    }
    Some(path)
}

fn parse(path: &Path) -> Definition {
    Definition::parse(&fs::read(path).unwrap(), Format::Json)
}

/// Any JSON, read by the reader that is tested here.
pub(crate) fn tree(text: &str) -> Node {
    crate::json::read(text).root.unwrap()
}

pub(crate) fn text<'a>(node: &'a Node, key: &str) -> &'a str {
    node.get(key).and_then(Node::as_str).unwrap_or_default()
}

fn ids(definition: &Definition) -> Vec<&'static str> {
    errors(definition)
        .iter()
        .map(|problem| problem.id)
        .collect()
}

#[test]
fn what_people_deploy_is_right() {
    let Some(corpus) = folder("corpus") else {
        return;
    };
    let manifest = fs::read_to_string(corpus.join("manifest.jsonl")).unwrap();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    let (mut read, mut states) = (0, 0);
    for line in manifest.lines() {
        let entry = tree(line);
        let definition = parse(&corpus.join("definitions").join(text(&entry, "file")));
        if text(&entry, "origin") == "fixture" {
            continue;
        }
        read += 1;
        states += definition.states().len();
        for id in ids(&definition) {
            *counts.entry(id).or_default() += 1;
        }
        if !errors(&definition).is_empty() {
            wrong.push(format!("{} {:?}", text(&entry, "file"), ids(&definition)));
        }
    }
    println!("{read} definitions with {states} states; errors: {counts:?}");
    for file in &wrong {
        println!("  {file}");
    }
    assert!(read >= 500 && states >= 5000, "the collection was read");
    // Each of these is wrong indeed: a list of names for a template, or a target that is nowhere.
    assert!(wrong.len() <= 18, "{wrong:#?}");
    assert!(counts.values().sum::<usize>() <= 60, "{counts:?}");
}

#[test]
fn what_aws_has_run_is_right() {
    let Some(recordings) = folder("oracle") else {
        return;
    };
    let (mut run, mut wrong) = (0, Vec::new());
    for kind in ["history", "choice", "express_sync"] {
        for file in fs::read_dir(recordings.join(kind)).unwrap() {
            let path = file.unwrap().path();
            let recording = fs::read_to_string(&path).unwrap();
            let recording = tree(&recording);
            let Some(written) = recording
                .get("definition")
                .filter(|node| node.get("States").is_some())
            else {
                continue;
            };
            run += 1;
            let again = fs::read_to_string(&path).unwrap();
            let definition = Definition::parse(written.span.of(&again).as_bytes(), Format::Json);
            // Text that only looks like a path was meant there, and a Choice that had a match may lack a default.
            let meant = ["choice-without-default", "path-not-evaluated"];
            let told = definition.problems.iter();
            let told = told.filter(|problem| !meant.contains(&problem.id));
            wrong.extend(told.map(|it| {
                format!(
                    "{}: {} {}: {}",
                    path.display(),
                    it.id,
                    it.pointer,
                    it.message
                )
            }));
        }
    }
    assert!(wrong.is_empty(), "{} {wrong:#?}", wrong.len());
    println!("{run} definitions that AWS has run");
    assert!(run >= 500, "{run}");
}

#[test]
fn right_definitions_that_look_wrong() {
    let Some(mutants) = folder("mutants") else {
        return;
    };
    let mut read = 0;
    for file in fs::read_dir(mutants.join("controls")).unwrap() {
        let path = file.unwrap().path();
        if path.file_name().is_some_and(|name| name != "manifest.json") {
            read += 1;
            assert_eq!(ids(&parse(&path)), Vec::<&str>::new(), "{}", path.display());
        }
    }
    assert!(read >= 30, "{read}");
}

#[test]
fn definitions_with_one_defect() {
    const GRAPH: &[&str] = &[
        "A-NEXT",
        "A-DEFAULT",
        "A-STARTAT",
        "A-SCOPE",
        "A-UNREACH",
        "A-NOTERM",
        "A-NEXTEND",
        "A-DUPNAME",
        "A-TYPE",
        "A-STATES",
        "A-FIELD",
        "A-FIELDTYPE",
        "A-CATCH",
        "A-QL",
    ];
    let Some(mutants) = folder("mutants") else {
        return;
    };
    let manifest = fs::read_to_string(mutants.join("manifest.json")).unwrap();
    let manifest = tree(&manifest);
    let mut rules: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let mut missed = Vec::new();
    for mutant in manifest.get("mutants").and_then(Node::items).unwrap() {
        let definition = parse(&mutants.join(text(mutant, "file")));
        let place = text(mutant, "location").trim_end_matches('/');
        let told = definition
            .problems
            .iter()
            .any(|problem| problem.pointer.starts_with(place));
        let rule = text(mutant, "rule");
        let (all, caught) = rules.entry(rule).or_default();
        *all += 1;
        *caught += usize::from(told);
        if !told && GRAPH.contains(&rule) {
            missed.push(text(mutant, "file"));
        }
    }
    let graph = || rules.iter().filter(|(rule, _)| GRAPH.contains(rule));
    let (all, caught) = graph().fold((0, 0), |sum, (_, count)| (sum.0 + count.0, sum.1 + count.1));
    println!("defects of syntax, structure and graph: {caught} of {all}; not yet: {missed:?}");
    for (rule, (all, caught)) in &rules {
        println!("  {rule}: {caught} of {all}");
    }
    assert!(caught >= 28, "{rules:?}");
}
