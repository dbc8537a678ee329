//! Every error that is told of a real definition is kept in a list, with the reason why the definition is wrong: a new one is
//! judged by a person before it is listed, and one that is no longer told is taken off.
//!
//! In `corpus_errors.txt` a line `# reason` stands above the errors that it explains, each `file rule pointer`.

use std::collections::{BTreeMap, BTreeSet};

use findings::Level;

use super::by_all;
use super::corpus::corpus;
use super::practice::machine;

const LIST: &str = include_str!("corpus_errors.txt");

/// The errors of the list, each with its reason.
fn listed() -> BTreeMap<&'static str, &'static str> {
    let (mut reason, mut listed) = ("", BTreeMap::new());
    for line in LIST.lines().filter(|line| !line.is_empty()) {
        if let Some(text) = line.strip_prefix("# ") {
            reason = text;
        } else {
            assert!(!reason.is_empty(), "no reason above {line}");
            assert_eq!(listed.insert(line, reason), None, "twice: {line}");
        }
    }
    listed
}

#[test]
fn every_error_in_real_definitions_has_its_reason() {
    let listed = listed();
    let reasons: BTreeSet<&str> = listed.values().copied().collect();
    let Some(corpus) = corpus() else {
        println!("skipped: there is no ../shared/corpus beside the repository");
        return;
    };
    let (mut told, mut files) = (BTreeSet::new(), BTreeSet::new());
    let (mut deployed, mut deployed_files) = (0, BTreeSet::new());
    for (row, text) in &corpus {
        let file = row["file"].as_str().unwrap();
        let report = by_all(&machine(text.clone(), &row["type"]));
        let errors = report.findings.iter();
        for error in errors.filter(|finding| finding.level() == Level::Error) {
            let (rule, pointer) = (&error.rule, &error.location.pointer);
            told.insert(format!("{file} {rule} {pointer}"));
            files.insert(file);
            if row["origin"] != "fixture" {
                deployed += 1;
                deployed_files.insert(file);
            }
        }
    }
    println!(
        "{} definitions: {} errors in {} of them, {deployed} of these in {} that people deploy; {} reasons",
        corpus.len(),
        told.len(),
        files.len(),
        deployed_files.len(),
        reasons.len()
    );
    let new: Vec<&String> = told
        .iter()
        .filter(|it| !listed.contains_key(it.as_str()))
        .collect();
    let gone: Vec<&&str> = listed.keys().filter(|it| !told.contains(**it)).collect();
    assert!(
        new.is_empty() && gone.is_empty(),
        "corpus_errors.txt is not what is told; to judge and list: {new:#?}; to take off: {gone:#?}"
    );
}
