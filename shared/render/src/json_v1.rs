//! Version 1 of the JSON report: the public interface of the product.
//!
//! Its schema is `shared/docs/schema/report-v1.schema.json`. Fields are added within the version; none is removed, renamed
//! or given another meaning. The types are its own, so that a change inside the product does not change what users read.
//!
//! Amounts are JSON numbers with at most 6 decimals and 15 significant digits: what a reader with 64-bit floats gets back
//! exactly.

mod wire;

use std::borrow::Cow;
use std::collections::BTreeMap;

use findings::{Finding, Fix, FixKind, Location, MachineReport, Report, Severity};
use rust_decimal::Decimal;
use serde_json::Number;

use crate::{digest, escape};
pub(crate) use wire::Document;

/// The report as one JSON object, indented. Names are as they are in the account; control characters are escaped.
pub fn json(report: &Report) -> String {
    let document = build(report, &Limits::NONE);
    escape::json(&serde_json::to_string_pretty(&document).unwrap_or_default())
}

/// What is left out of a document, so that it fits into a message.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Keep what fixes consist of.
    pub(crate) fixes: bool,
    /// Keep machines without a finding.
    pub(crate) silent: bool,
    /// Findings that are kept, most valuable first.
    pub(crate) findings: usize,
    /// Entries that are kept of each other list.
    pub(crate) list: usize,
    /// Characters that are kept of each text.
    pub(crate) text: usize,
}

impl Limits {
    /// Everything stays.
    pub(crate) const NONE: Self = Self {
        fixes: true,
        silent: true,
        findings: usize::MAX,
        list: usize::MAX,
        text: usize::MAX,
    };

    fn text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        match text.char_indices().nth(self.text) {
            Some((at, _)) => Cow::Owned(format!("{}...", text.get(..at).unwrap_or_default())),
            None => Cow::Borrowed(text),
        }
    }

    fn list<'a, T, U>(&self, all: &'a [T], to: impl FnMut(&'a T) -> U) -> Vec<U> {
        all.iter().take(self.list).map(to).collect()
    }
}

/// The document, and in it what was left out.
pub(crate) fn build<'a>(report: &'a Report, limits: &Limits) -> Document<'a> {
    let builder = Builder { report, limits };
    let ranks = digest::ranks(report);
    let mut ranks = ranks.into_iter().map(|rank| rank < limits.findings);
    let mut left_out = wire::LeftOut::default();
    let mut machines = Vec::new();
    let mut fixes = 0;
    for machine in &report.machines {
        let kept: Vec<&Finding> = machine
            .findings
            .iter()
            .filter(|_| ranks.next().unwrap_or(false))
            .collect();
        left_out.findings += machine.findings.len() - kept.len();
        if kept.is_empty() && !limits.silent {
            left_out.machines += 1;
            left_out.not_assessed += machine.not_assessed.len();
            continue;
        }
        left_out.not_assessed += machine.not_assessed.len().saturating_sub(limits.list);
        fixes += kept.iter().filter(|finding| finding.fix.is_some()).count();
        machines.push(builder.machine(machine, &kept));
    }
    let account: Vec<&Finding> = report
        .account_findings
        .iter()
        .filter(|_| ranks.next().unwrap_or(false))
        .collect();
    left_out.findings += report.account_findings.len() - account.len();
    let fixes = fixes
        + account
            .iter()
            .filter(|finding| finding.fix.is_some())
            .count();
    left_out.fixes = if limits.fixes { 0 } else { fixes };
    left_out.shortened = limits.text < usize::MAX;
    left_out.not_read = report.not_read.len().saturating_sub(limits.list);
    left_out.resolved = report.lifecycle.as_ref().map_or(0, |lifecycle| {
        lifecycle.resolved.len().saturating_sub(limits.list)
    });
    Document {
        version: 1,
        at: report.at.to_string(),
        window_days: report.window_days,
        account: limits.text(&report.account),
        regions: limits.list(&report.regions, |region| limits.text(region)),
        prices_as_of: limits.text(&report.prices_as_of),
        machines,
        account_findings: account
            .into_iter()
            .map(|finding| builder.finding(finding))
            .collect(),
        not_read: limits.list(&report.not_read, |missing| wire::NotRead {
            arn: limits.text(&missing.arn),
            region: limits.text(&missing.region),
            why: limits.text(&missing.why),
        }),
        resolved: builder.resolved(),
        summary: summary(report),
        left_out: (left_out != wire::LeftOut::default()).then_some(left_out),
    }
}

fn summary(report: &Report) -> wire::Summary {
    let mut by_severity: BTreeMap<&'static str, usize> = Severity::ALL
        .iter()
        .map(|severity| (severity.as_str(), 0))
        .collect();
    for finding in report.findings() {
        *by_severity.entry(finding.severity.as_str()).or_default() += 1;
    }
    wire::Summary {
        machines: report.machines.len(),
        not_read: report.not_read.len(),
        findings: report.findings().count(),
        new: report.lifecycle.as_ref().map(|lifecycle| {
            report
                .findings()
                .filter(|finding| lifecycle.new.contains(&finding.fingerprint))
                .count()
        }),
        resolved: report
            .lifecycle
            .as_ref()
            .map(|lifecycle| lifecycle.resolved.len()),
        usd_per_month: number(report.saving()),
        by_severity,
    }
}

/// An amount as a JSON number.
fn number(amount: Decimal) -> Number {
    decimal(amount.round_dp(6))
}

/// A decimal as a JSON number, with the 15 significant digits that a 64-bit float gives back exactly.
pub(crate) fn decimal(amount: Decimal) -> Number {
    let amount = amount.round_sf(15).unwrap_or(amount).normalize();
    let text = amount.to_string();
    if let Ok(whole) = text.parse::<i64>() {
        return whole.into();
    }
    text.parse()
        .ok()
        .and_then(Number::from_f64)
        .unwrap_or_else(|| 0.into())
}

struct Builder<'a, 'l> {
    report: &'a Report,
    limits: &'l Limits,
}

impl<'a> Builder<'a, '_> {
    fn text(&self, text: &'a str) -> Cow<'a, str> {
        self.limits.text(text)
    }

    fn machine(&self, report: &'a MachineReport, kept: &[&'a Finding]) -> wire::Machine<'a> {
        let machine = &report.machine;
        wire::Machine {
            arn: self.text(&machine.arn),
            name: self.text(&machine.name),
            workflow_type: self.text(&machine.workflow_type),
            region: self.text(&machine.region),
            account: self.text(&machine.account),
            file: machine.file.as_deref().map(|file| self.text(file)),
            findings: kept.iter().map(|finding| self.finding(finding)).collect(),
            not_assessed: self
                .limits
                .list(&report.not_assessed, |skipped| wire::NotAssessed {
                    rule: self.text(&skipped.rule),
                    why: self.text(&skipped.why),
                }),
        }
    }

    fn finding(&self, finding: &'a Finding) -> wire::Finding<'a> {
        let list = self.limits;
        wire::Finding {
            rule: self.text(&finding.rule),
            severity: finding.severity.as_str(),
            confidence: finding.confidence.as_str(),
            category: finding.category.as_str(),
            location: self.location(&finding.location),
            related: list.list(&finding.related, |location| self.location(location)),
            message: self.text(&finding.message),
            why: self.text(&finding.why),
            action: self.text(&finding.action),
            notes: list.list(&finding.notes, |note| wire::Note {
                kind: note_kind(note.kind),
                text: self.text(&note.text),
            }),
            ledger: list.list(&finding.ledger, |line| wire::LedgerLine {
                label: self.text(&line.label),
                detail: self.text(&line.detail),
                usd: number(line.usd),
            }),
            evidence: list.list(&finding.evidence, |evidence| wire::Evidence {
                what: self.text(&evidence.what),
                value: self.text(&evidence.value),
                source: self.text(&evidence.source),
            }),
            saving: finding.saving.as_ref().map(|saving| wire::Saving {
                usd_per_month: number(saving.usd_per_month),
                low: number(saving.low),
                high: number(saving.high),
                assumptions: list.list(&saving.assumptions, |text| self.text(text)),
            }),
            fix: finding.fix.as_ref().map(|fix| self.fix(fix)),
            fingerprint: self.text(&finding.fingerprint),
            state: self.report.lifecycle.as_ref().map(|lifecycle| {
                if lifecycle.new.contains(&finding.fingerprint) {
                    "new"
                } else {
                    "open"
                }
            }),
            machines: (!finding.members.is_empty()).then(|| wire::Members {
                count: finding.members.len(),
                arns: list.list(&finding.members, |machine| self.text(id(machine))),
            }),
        }
    }

    fn location(&self, location: &'a Location) -> wire::Location<'a> {
        let known = |n: usize| (n > 0).then_some(n);
        wire::Location {
            pointer: self.text(&location.pointer),
            state: location.state.as_deref().map(|state| self.text(state)),
            line: known(location.line),
            column: known(location.column),
            label: self.text(&location.label),
        }
    }

    fn fix(&self, fix: &'a Fix) -> wire::Fix<'a> {
        let mut out = wire::Fix {
            title: self.text(&fix.title),
            safety: fix.safety.as_str(),
            edits: None,
            steps: None,
            files: None,
        };
        if !self.limits.fixes {
            return out;
        }
        match &fix.kind {
            FixKind::Edits(edits) => {
                out.edits = Some(
                    edits
                        .iter()
                        .map(|edit| wire::Edit {
                            start: edit.start,
                            end: edit.end,
                            text: &edit.text,
                        })
                        .collect(),
                );
            }
            FixKind::Steps(steps) => {
                out.steps = Some(steps.iter().map(|step| self.text(step)).collect());
            }
            FixKind::Alarms(_) => {
                let files = iac::artifacts(fix).into_iter();
                out.files = Some(
                    files
                        .map(|file| wire::File {
                            name: file.file_name,
                            language: file.language,
                            text: file.text,
                        })
                        .collect(),
                );
            }
        }
        out
    }

    fn resolved(&self) -> Option<Vec<wire::Resolved<'a>>> {
        let lifecycle = self.report.lifecycle.as_ref()?;
        let resolved =
            lifecycle
                .resolved
                .iter()
                .take(self.limits.list)
                .map(|(fingerprint, known)| wire::Resolved {
                    fingerprint: self.text(fingerprint),
                    rule: self.text(&known.rule),
                    arn: self.text(&known.arn),
                    name: self.text(&known.name),
                    message: self.text(&known.message),
                    usd_per_month: number(known.saving),
                    since: known.since.to_string(),
                });
        Some(resolved.collect())
    }
}

/// The ARN of a machine, or the path of a file.
fn id(machine: &findings::MachineRef) -> &str {
    match (&machine.file, machine.arn.as_str()) {
        (Some(file), "") => file,
        (_, arn) => arn,
    }
}

fn note_kind(kind: findings::NoteKind) -> &'static str {
    match kind {
        findings::NoteKind::Able => "able",
        findings::NoteKind::Mind => "mind",
        findings::NoteKind::Assume => "assume",
    }
}
