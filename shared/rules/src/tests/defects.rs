//! Definitions with one defect each, and valid ones that look wrong: how many are told, and where.

use std::fs;
use std::path::Path;

use facts::{Fact, MachineFacts, WorkflowType};
use findings::{Finding, Level};
use serde_json::Value;

use super::by_all;
use super::corpus::shared;

/// What is said of a definition of the suite.
fn judged(folder: &Path, entry: &Value) -> Vec<Finding> {
    let name = entry["file"].as_str().unwrap();
    let text = fs::read_to_string(folder.join(name)).unwrap();
    let mut facts = MachineFacts::from_file(name, "suite", text);
    facts.workflow_type = Fact::Known(match entry["type"].as_str() {
        Some("EXPRESS") => WorkflowType::Express,
        _ => WorkflowType::Standard,
    });
    by_all(&facts).findings
}

fn read(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn one_defect_is_told_where_it_is() {
    let Some(folder) = shared("mutants") else {
        return;
    };
    let manifest = read(&folder.join("manifest.json"));
    let mutants = manifest["mutants"].as_array().unwrap();
    let (mut caught, mut exact) = (0, 0);
    for mutant in mutants {
        let wanted = mutant["expected"].as_str().unwrap();
        let place = mutant["location"].as_str().unwrap().trim_end_matches('/');
        let found = judged(&folder, mutant);
        let fitting: Vec<&Finding> = found
            .iter()
            .filter(|finding| finding.level().as_str() == wanted)
            .collect();
        caught += usize::from(!fitting.is_empty());
        let here = fitting
            .iter()
            .any(|finding| finding.location.pointer == place);
        exact += usize::from(here);
        if !here {
            let told: Vec<String> = fitting
                .iter()
                .map(|finding| format!("{} {}", finding.rule, finding.location.pointer))
                .collect();
            println!("{}: {wanted} at {place}; told: {told:?}", mutant["file"]);
        }
    }
    println!(
        "{caught} of {} defects told, {exact} at the exact place",
        mutants.len()
    );
    assert!(caught * 100 >= mutants.len() * 98, "98 in 100 are told");
    assert!(
        exact * 100 >= mutants.len() * 95,
        "95 in 100 are told where they are"
    );
}

#[test]
fn what_is_valid_is_not_refused() {
    let Some(folder) = shared("mutants") else {
        return;
    };
    let folder = folder.join("controls");
    let manifest = read(&folder.join("manifest.json"));
    let mut refused = Vec::new();
    for control in manifest.as_array().unwrap() {
        let errors = judged(&folder, control);
        let errors = errors
            .iter()
            .filter(|finding| finding.level() == Level::Error);
        refused.extend(errors.map(|finding| format!("{}: {}", control["file"], finding.message)));
    }
    assert_eq!(refused, Vec::<String>::new());
}
