//! What one audit found.

use std::ops::Range;

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::{Finding, Lifecycle, MachineRef, Severity, group};

/// A rule that could not be applied to a machine.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct NotAssessed {
    /// Id of the rule.
    pub rule: String,
    /// Why.
    pub why: String,
}

/// A machine that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct NotRead {
    /// Region.
    pub region: String,
    /// ARN, file, or the scope that could not be listed.
    pub arn: String,
    /// Why.
    pub why: String,
}

/// What was found on one machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MachineReport {
    /// The machine.
    pub machine: MachineRef,
    /// Findings, worst first.
    pub findings: Vec<Finding>,
    /// Rules that could not be applied.
    pub not_assessed: Vec<NotAssessed>,
    /// Bytes of the definition that no channel may show, because they are credentials.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hidden: Vec<Range<usize>>,
}

/// What one audit found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// When the facts were collected.
    pub at: Timestamp,
    /// Length of the observation window in days; 0 where no metrics were asked for.
    pub window_days: i64,
    /// Account id; empty for files.
    pub account: String,
    /// Regions, sorted.
    pub regions: Vec<String>,
    /// Date of the price table.
    pub prices_as_of: String,
    /// Machines that were read, sorted by Region, name.
    pub machines: Vec<MachineReport>,
    /// Findings about the account: what is true of many machines, told once.
    pub account_findings: Vec<Finding>,
    /// Machines that could not be read, sorted.
    pub not_read: Vec<NotRead>,
    /// Compared with the audit before; none where there was nothing to compare with.
    pub lifecycle: Option<Lifecycle>,
}

impl Report {
    /// Adds what was found in other pages of the same audit; not arranged yet.
    #[must_use]
    pub fn merge(mut self, pages: impl IntoIterator<Item = Self>) -> Self {
        for page in pages {
            self.at = self.at.max(page.at);
            self.window_days = self.window_days.max(page.window_days);
            if self.account.is_empty() {
                self.account = page.account;
            }
            self.regions.extend(page.regions);
            self.machines.extend(page.machines);
            self.account_findings.extend(page.account_findings);
            self.not_read.extend(page.not_read);
        }
        self.regions.sort();
        self.regions.dedup();
        self
    }

    /// Puts what was found in order: groups what is told once, sorts machines and findings.
    #[must_use]
    pub fn arrange(mut self) -> Self {
        self.machines.sort_by(|a, b| {
            let key = |report: &MachineReport| {
                (
                    report.machine.region.clone(),
                    report.machine.name.clone(),
                    report.machine.arn.clone(),
                )
            };
            key(a).cmp(&key(b))
        });
        self.account_findings.extend(group(&mut self.machines));
        for machine in &mut self.machines {
            machine.findings.sort_by(worst_first);
            machine.not_assessed.sort();
        }
        self.account_findings.sort_by(worst_first);
        self.not_read.sort();
        self.not_read.dedup();
        self
    }

    /// All findings, those about the account last; most money first, then the worst.
    pub fn ranked(&self) -> Vec<&Finding> {
        let mut all: Vec<&Finding> = self
            .machines
            .iter()
            .flat_map(|machine| &machine.findings)
            .collect();
        all.sort_by(|a, b| most_first(a, b));
        let mut account: Vec<&Finding> = self.account_findings.iter().collect();
        account.sort_by(|a, b| most_first(a, b));
        all.extend(account);
        all
    }

    /// Every finding.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.machines
            .iter()
            .flat_map(|machine| &machine.findings)
            .chain(&self.account_findings)
    }

    /// What all findings save together, in US dollars a month.
    ///
    /// A machine that moves to Express no longer pays for transitions: of one machine the largest saving counts in full,
    /// and savings of the same rule add up.
    pub fn saving(&self) -> Decimal {
        self.machines
            .iter()
            .map(machine_saving)
            .fold(Decimal::ZERO, Decimal::saturating_add)
    }

    /// The worst severity, if there is a finding.
    pub fn worst(&self) -> Option<Severity> {
        self.findings().map(|finding| finding.severity).max()
    }
}

fn machine_saving(machine: &MachineReport) -> Decimal {
    let mut by_rule: std::collections::BTreeMap<&str, Decimal> = std::collections::BTreeMap::new();
    for finding in &machine.findings {
        if let Some(saving) = &finding.saving {
            let sum = by_rule.entry(&finding.rule).or_default();
            *sum = sum.saturating_add(saving.usd_per_month);
        }
    }
    by_rule.into_values().max().unwrap_or_default()
}

fn worst_first(a: &Finding, b: &Finding) -> std::cmp::Ordering {
    let key = |finding: &Finding| {
        (
            std::cmp::Reverse(finding.severity),
            finding.location.start,
            finding.rule.clone(),
        )
    };
    key(a)
        .cmp(&key(b))
        .then_with(|| a.fingerprint.cmp(&b.fingerprint))
}

/// From so many US dollars a month, money is as urgent as high severity.
const MUCH: Decimal = Decimal::ONE_HUNDRED;

fn most_first(a: &Finding, b: &Finding) -> std::cmp::Ordering {
    let money = |finding: &Finding| {
        finding
            .saving
            .as_ref()
            .map(|saving| saving.usd_per_month)
            .unwrap_or_default()
    };
    // What burns, then what is urgent or costs much, then the rest; in each the money decides.
    let rank = |finding: &Finding| match finding.severity {
        Severity::Critical => 0,
        Severity::High => 1,
        _ if money(finding) >= MUCH => 1,
        _ => 2,
    };
    rank(a)
        .cmp(&rank(b))
        .then_with(|| money(b).cmp(&money(a)))
        .then_with(|| b.severity.cmp(&a.severity))
        .then_with(|| a.machine.cmp(&b.machine))
        .then_with(|| a.location.start.cmp(&b.location.start))
        .then_with(|| a.fingerprint.cmp(&b.fingerprint))
}
