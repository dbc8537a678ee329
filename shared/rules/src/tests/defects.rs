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

/// What others tell of them: recorded by `tests/measure/peers.py --mutants`.
struct Peers(Value);

impl Peers {
    fn recorded() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        Self(read(&root.join("tests/measure/peers/mutants.json")))
    }

    /// Names of the peers that tell a defect.
    fn of(&self, mutant: &Value) -> Vec<&str> {
        let peers = self.0["caught"].as_object().unwrap().iter();
        peers
            .filter(|(_, ids)| ids.as_array().unwrap().contains(&mutant["id"]))
            .map(|(name, _)| name.as_str())
            .collect()
    }

    /// How many each of them tells, and how many valid ones it refuses.
    fn print(&self, all: usize) {
        for (name, ids) in self.0["caught"].as_object().unwrap() {
            println!(
                "{name} {}: {} of {all} defects told, {} of {} valid ones refused",
                self.0["versions"][name].as_str().unwrap(),
                ids.as_array().unwrap().len(),
                self.0["refused_controls"][name],
                self.0["controls"],
            );
        }
    }
}

#[test]
fn one_defect_is_told_where_it_is() {
    let Some(folder) = shared("mutants") else {
        return;
    };
    let manifest = read(&folder.join("manifest.json"));
    let mutants = manifest["mutants"].as_array().unwrap();
    let peers = Peers::recorded();
    let (mut caught, mut exact, mut untold_by_others) = (0, 0, 0);
    for mutant in mutants {
        let wanted = mutant["expected"].as_str().unwrap();
        let place = mutant["location"].as_str().unwrap().trim_end_matches('/');
        let found = judged(&folder, mutant);
        let fitting: Vec<&Finding> = found
            .iter()
            .filter(|finding| finding.level().as_str() == wanted)
            .collect();
        caught += usize::from(!fitting.is_empty());
        let others = peers.of(mutant);
        untold_by_others += usize::from(!fitting.is_empty() && others.is_empty());
        let here = fitting
            .iter()
            .any(|finding| finding.location.pointer == place);
        exact += usize::from(here);
        if !here {
            let told: Vec<String> = fitting
                .iter()
                .map(|finding| format!("{} {}", finding.rule, finding.location.pointer))
                .collect();
            println!(
                "{}: {wanted} at {place}; told: {told:?}; others that tell it: {others:?}",
                mutant["file"].as_str().unwrap()
            );
        }
    }
    println!(
        "sfn-advisor: {caught} of {} defects told as severe as they are, {exact} at the exact place, {untold_by_others} that \
         no other tells",
        mutants.len()
    );
    peers.print(mutants.len());
    assert_eq!(
        peers.0["mutants"],
        mutants.len(),
        "what others tell was recorded of other definitions: run tests/measure/peers.py --mutants"
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
