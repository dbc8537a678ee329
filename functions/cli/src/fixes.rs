//! `--write-fixes`: what the findings offer, as files.

use std::path::Path;

use facts::AccountFacts;
use findings::{Finding, FixKind, Report, TextEdit};

use crate::account::write as write_file;
use crate::output::complain;

/// Writes the fix of every finding below `folder`: one folder for each machine, and one for the account.
pub(crate) fn write(folder: &Path, report: &Report, facts: &AccountFacts) -> anyhow::Result<()> {
    let mut written = 0;
    for finding in report.findings() {
        let Some(fix) = &finding.fix else { continue };
        let place = folder.join(folder_name(finding));
        for artifact in iac::artifacts(fix) {
            write_file(&place.join(&artifact.file_name), &artifact.text)?;
            written += 1;
        }
        if let FixKind::Edits(edits) = &fix.kind
            && let Some(text) = definition(facts, finding).and_then(|text| edited(text, edits))
        {
            let name = format!("{}-{}.asl.json", finding.rule, finding.fingerprint);
            write_file(&place.join(name), &text)?;
            written += 1;
        }
    }
    complain(&format!(
        "{written} files with fixes written to {}",
        folder.display()
    ));
    Ok(())
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

fn definition<'a>(facts: &'a AccountFacts, finding: &Finding) -> Option<&'a str> {
    let machine = facts
        .machines
        .iter()
        .find(|machine| machine.arn == finding.machine.arn)?;
    machine.definition.known().map(String::as_str)
}

fn edited(text: &str, edits: &[TextEdit]) -> Option<String> {
    let edits: Vec<asl::Edit> = edits
        .iter()
        .map(|edit| asl::Edit {
            span: asl::Span::new(edit.start, edit.end),
            text: edit.text.clone(),
        })
        .collect();
    asl::apply(text, &edits)
}
