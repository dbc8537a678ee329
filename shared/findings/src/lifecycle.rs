//! What is new since the audit before, what is gone, what is still open.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::{Finding, MachineRef, NotRead, Report};

/// What is remembered of one finding between two audits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// Id of the rule.
    pub rule: String,
    /// ARN of the machine; empty for a finding about the account.
    pub arn: String,
    /// Name of the machine, or the account.
    pub name: String,
    /// Its message.
    pub message: String,
    /// US dollars a month.
    #[serde(with = "rust_decimal::serde::str")]
    pub saving: Decimal,
    /// When it was first seen.
    pub since: Timestamp,
}

/// A report compared with what was known before.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lifecycle {
    /// Fingerprints that were not known before.
    pub new: BTreeSet<String>,
    /// What was known and is gone, by fingerprint.
    pub resolved: BTreeMap<String, Known>,
}

/// Compares a report with what was known. A finding of a machine that could not be read this time, or of a rule that
/// could not be applied to it, is not resolved; neither is one of a machine outside the report where `whole` is false
/// (a deploy judges one machine).
pub fn compare(report: &Report, known: &BTreeMap<String, Known>, whole: bool) -> Lifecycle {
    let now: BTreeSet<&str> = report.findings().flat_map(told).collect();
    let new: BTreeSet<String> = report
        .findings()
        .map(|finding| &finding.fingerprint)
        .filter(|id| !known.contains_key(*id))
        .cloned()
        .collect();
    // A finding that turned into another one of its rule on the same machine has changed, it is not gone.
    let changed: BTreeSet<(&str, &str)> = report
        .findings()
        .filter(|finding| new.contains(&finding.fingerprint))
        .map(|finding| (finding.rule.as_str(), finding.machine.arn.as_str()))
        .collect();
    let resolved = known
        .iter()
        .filter(|(id, finding)| !now.contains(id.as_str()) && was_judged(report, finding, whole))
        .filter(|(_, finding)| !changed.contains(&(finding.rule.as_str(), finding.arn.as_str())))
        .map(|(id, finding)| (id.clone(), finding.clone()))
        .collect();
    Lifecycle { new, resolved }
}

/// The fingerprints that a finding stands for: its own, and those of the findings in its group.
fn told(finding: &Finding) -> impl Iterator<Item = &str> {
    std::iter::once(&finding.fingerprint)
        .chain(&finding.absorbed)
        .map(String::as_str)
}

/// True where this report would have told the finding, if it still held.
fn was_judged(report: &Report, finding: &Known, whole: bool) -> bool {
    if finding.arn.is_empty() {
        return whole;
    }
    match report
        .machines
        .iter()
        .find(|machine| machine.machine.arn == finding.arn)
    {
        Some(machine) => !machine
            .not_assessed
            .iter()
            .any(|skipped| skipped.rule == finding.rule),
        // A machine that is neither read nor listed as unreadable has been deleted.
        None => {
            whole
                && !report
                    .not_read
                    .iter()
                    .any(|missing| hides(missing, &finding.arn))
        }
    }
}

/// True where that which could not be read is the machine, or the Region that it is in.
fn hides(missing: &NotRead, arn: &str) -> bool {
    let scope = !missing.arn.contains(":stateMachine:");
    missing.arn == arn || (scope && arn.contains(&format!(":{}:", missing.region)))
}

/// What to remember after this report: what was known, less what is resolved, plus what it found.
pub fn remember(
    report: &Report,
    known: &BTreeMap<String, Known>,
    lifecycle: &Lifecycle,
) -> BTreeMap<String, Known> {
    let mut next: BTreeMap<String, Known> = known
        .iter()
        .filter(|(id, _)| !lifecycle.resolved.contains_key(*id))
        .map(|(id, finding)| (id.clone(), finding.clone()))
        .collect();
    for finding in report.findings() {
        let mut entry = |id: &String, machine: &MachineRef| {
            let since = known.get(id).map_or(report.at, |before| before.since);
            next.insert(id.clone(), known_as(finding, machine, since));
        };
        entry(&finding.fingerprint, &finding.machine);
        // So that a deploy of one machine of the group does not tell as new what the group has told.
        for (id, machine) in finding.absorbed.iter().zip(&finding.members) {
            entry(id, machine);
        }
    }
    next
}

fn known_as(finding: &Finding, machine: &MachineRef, since: Timestamp) -> Known {
    let name = if machine.name.is_empty() {
        &machine.account
    } else {
        &machine.name
    };
    Known {
        rule: finding.rule.clone(),
        arn: machine.arn.clone(),
        name: name.clone(),
        message: finding.message.clone(),
        saving: finding
            .saving
            .as_ref()
            .map(|saving| saving.usd_per_month)
            .unwrap_or_default(),
        since,
    }
}
