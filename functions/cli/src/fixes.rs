//! `--write-fixes`: what the findings offer, as files.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use asl::{Definition, Edit, Format, Level};
use facts::AccountFacts;
use findings::{AlarmSpec, Finding, Fix, FixKind, Report, Safety};

use crate::account::write as write_file;
use crate::output::complain;
use crate::together::{self, together};

/// Writes the fixes below `folder`: one folder for each machine with its alarms, its plan and its changed definition, one
/// for what is told of many machines at once, and `all` with every missing alarm.
pub(crate) fn write(folder: &Path, report: &Report, facts: &AccountFacts) -> anyhow::Result<()> {
    let mut written = 0;
    let mut taken = BTreeSet::new();
    let mut alarms: Vec<AlarmSpec> = Vec::new();
    let mut edits: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for finding in report.findings() {
        let Some(fix) = &finding.fix else { continue };
        match &fix.kind {
            FixKind::Edits(_) => edits.entry(&finding.machine.arn).or_default().push(finding),
            FixKind::Alarms(specs) => alarms.extend(specs.iter().cloned()),
            FixKind::Steps(_) => {}
        }
        written += artifacts(&folder.join(folder_name(finding)), fix, &mut taken)?;
    }
    for findings in edits.values() {
        let Some((first, text)) = findings.first().zip(definition(facts, findings)) else {
            continue;
        };
        write_file(
            &folder.join(folder_name(first)).join("definition.asl.json"),
            &text,
        )?;
        written += 1;
    }
    if !alarms.is_empty() {
        let title = "deploy every missing alarm".to_owned();
        let all = Fix {
            title,
            safety: Safety::Review,
            mechanical: false,
            kind: FixKind::Alarms(alarms),
        };
        written += artifacts(&folder.join("all"), &all, &mut taken)?;
    }
    complain(&format!(
        "{written} files with fixes written to {}",
        folder.display()
    ));
    Ok(())
}

/// Writes the files of a fix. A second plan for the same machine gets a number: `PLAN-2.md`.
fn artifacts(place: &Path, fix: &Fix, taken: &mut BTreeSet<PathBuf>) -> anyhow::Result<usize> {
    let artifacts = ::iac::artifacts(fix);
    for artifact in &artifacts {
        let (stem, ending) = artifact
            .file_name
            .split_once('.')
            .unwrap_or((&artifact.file_name, ""));
        let mut path = place.join(&artifact.file_name);
        let mut number = 2;
        while !taken.insert(path.clone()) {
            path = place.join(format!("{stem}-{number}.{ending}"));
            number += 1;
        }
        write_file(&path, &artifact.text)?;
    }
    Ok(artifacts.len())
}

/// Names in an account are letters, digits, `-` and `_` as a rule; whatever else is there must not leave the folder.
fn folder_name(finding: &Finding) -> String {
    let machine = &finding.machine;
    let name = if machine.name.is_empty() {
        "account".to_owned()
    } else {
        format!("{}-{}", machine.region, machine.name)
    };
    name.chars()
        .map(|c| {
            if c.is_alphanumeric() || c == '-' || c == '_' {
                c
            } else {
                '_'
            }
        })
        .collect()
}

/// The definition with the edits of all its findings, as far as they go together and leave it as right as it was.
fn definition(facts: &AccountFacts, findings: &[&Finding]) -> Option<String> {
    let arn = &findings.first()?.machine.arn;
    let machine = facts.machines.iter().find(|machine| machine.arn == *arn)?;
    let text = machine.definition.known()?;
    let before = errors(text);
    let fixes = findings.iter().filter_map(|finding| finding.fix.as_ref());
    let proposals: Vec<Vec<Edit>> = fixes.filter_map(together::edits).collect();
    let (changed, taken) = together(text, &proposals, |changed, _| errors(changed) <= before);
    (!taken.is_empty()).then_some(changed)
}

fn errors(text: &str) -> usize {
    let definition = Definition::parse(text.as_bytes(), Format::Json);
    definition
        .problems
        .iter()
        .filter(|problem| problem.level == Level::Error)
        .count()
}
