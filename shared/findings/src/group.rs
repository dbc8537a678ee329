//! Findings that are told as one.

use std::collections::BTreeMap;

use crate::{AlarmSpec, Finding, Fix, FixKind, Location, MachineRef, MachineReport, fingerprint};

/// Takes the findings that have a [`crate::Grouping`] out of `machines`, and answers one finding for each group. A group
/// of one stays with its machine.
pub fn group(machines: &mut [MachineReport]) -> Vec<Finding> {
    let mut groups: BTreeMap<(String, String, String), Vec<Finding>> = BTreeMap::new();
    for machine in machines.iter_mut() {
        let (grouped, own): (Vec<Finding>, Vec<Finding>) = std::mem::take(&mut machine.findings)
            .into_iter()
            .partition(|finding| finding.grouping.is_some());
        machine.findings = own;
        for finding in grouped {
            let key = finding
                .grouping
                .as_ref()
                .map(|grouping| grouping.key.clone())
                .unwrap_or_default();
            groups
                .entry((finding.rule.clone(), finding.machine.account.clone(), key))
                .or_default()
                .push(finding);
        }
    }
    let mut told = Vec::new();
    for ((rule, account, key), members) in groups {
        if members.len() == 1 {
            give_back(machines, members);
        } else if let Some(finding) = merge(&rule, &account, &key, members) {
            told.push(finding);
        }
    }
    told
}

fn give_back(machines: &mut [MachineReport], members: Vec<Finding>) {
    for finding in members {
        if let Some(home) = machines
            .iter_mut()
            .find(|home| home.machine == finding.machine)
        {
            home.findings.push(finding);
        }
    }
}

fn merge(rule: &str, account: &str, key: &str, members: Vec<Finding>) -> Option<Finding> {
    let message = members
        .first()?
        .grouping
        .as_ref()?
        .message
        .replace("{n}", &members.len().to_string());
    let machines: Vec<MachineRef> = members
        .iter()
        .map(|finding| finding.machine.clone())
        .collect();
    let absorbed: Vec<String> = members
        .iter()
        .map(|finding| finding.fingerprint.clone())
        .collect();
    let alarms: Vec<AlarmSpec> = members
        .iter()
        .filter_map(|finding| finding.fix.as_ref())
        .flat_map(alarms)
        .collect();
    let worst = members.iter().map(|finding| finding.severity).max()?;
    let least = members.iter().map(|finding| finding.confidence).min()?;
    // What is said of one machine is not true of the group.
    let evidence = shared(&members, |finding| &finding.evidence);
    let notes = shared(&members, |finding| &finding.notes);
    let mut first = members.into_iter().next()?;
    first.evidence = evidence;
    first.notes = notes;
    first.confidence = least;
    first.severity = worst;
    first.message = message;
    first.machine = MachineRef {
        account: account.to_owned(),
        ..MachineRef::default()
    };
    first.location = Location::default();
    first.related = Vec::new();
    first.fingerprint = fingerprint(rule, account, &[key]);
    first.grouping = None;
    first.members = machines;
    first.absorbed = absorbed;
    if let Some(Fix {
        kind: FixKind::Alarms(specs),
        ..
    }) = &mut first.fix
    {
        *specs = alarms;
    }
    Some(first)
}

/// The lines that all members have, in the order of the first.
fn shared<T: Clone + PartialEq>(
    members: &[Finding],
    lines: impl Fn(&Finding) -> &Vec<T>,
) -> Vec<T> {
    let in_all = |line: &&T| members.iter().all(|member| lines(member).contains(*line));
    members
        .first()
        .map(|first| lines(first).iter().filter(in_all).cloned().collect())
        .unwrap_or_default()
}

fn alarms(fix: &Fix) -> Vec<AlarmSpec> {
    match &fix.kind {
        FixKind::Alarms(specs) => specs.clone(),
        FixKind::Edits(_) | FixKind::Steps(_) => Vec::new(),
    }
}
