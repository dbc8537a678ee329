//! The types of the document: their fields are the interface.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Number;

#[derive(Serialize)]
pub(crate) struct Document<'a> {
    pub(super) version: u8,
    pub(super) at: String,
    pub(super) window_days: i64,
    pub(super) account: Cow<'a, str>,
    pub(super) regions: Vec<Cow<'a, str>>,
    pub(super) prices_as_of: Cow<'a, str>,
    pub(super) machines: Vec<Machine<'a>>,
    pub(super) account_findings: Vec<Finding<'a>>,
    pub(super) not_read: Vec<NotRead<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) resolved: Option<Vec<Resolved<'a>>>,
    pub(super) summary: Summary,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) left_out: Option<LeftOut>,
}

#[derive(Serialize)]
pub(super) struct Machine<'a> {
    pub(super) arn: Cow<'a, str>,
    pub(super) name: Cow<'a, str>,
    #[serde(rename = "type")]
    pub(super) workflow_type: Cow<'a, str>,
    pub(super) region: Cow<'a, str>,
    pub(super) account: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) file: Option<Cow<'a, str>>,
    pub(super) findings: Vec<Finding<'a>>,
    pub(super) not_assessed: Vec<NotAssessed<'a>>,
}

#[derive(Serialize)]
pub(super) struct Finding<'a> {
    pub(super) rule: Cow<'a, str>,
    pub(super) severity: &'static str,
    pub(super) confidence: &'static str,
    pub(super) category: &'static str,
    pub(super) location: Location<'a>,
    pub(super) related: Vec<Location<'a>>,
    pub(super) message: Cow<'a, str>,
    pub(super) why: Cow<'a, str>,
    pub(super) action: Cow<'a, str>,
    pub(super) notes: Vec<Note<'a>>,
    pub(super) ledger: Vec<LedgerLine<'a>>,
    pub(super) evidence: Vec<Evidence<'a>>,
    pub(super) saving: Option<Saving<'a>>,
    pub(super) fix: Option<Fix<'a>>,
    pub(super) fingerprint: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) state: Option<&'static str>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub(super) machines: Option<Members<'a>>,
}

/// The machines of a group.
#[derive(Serialize)]
pub(super) struct Members<'a> {
    #[serde(rename = "machine_count")]
    pub(super) count: usize,
    #[serde(rename = "machines")]
    pub(super) arns: Vec<Cow<'a, str>>,
}

#[derive(Serialize)]
pub(super) struct Location<'a> {
    pub(super) pointer: Cow<'a, str>,
    pub(super) state: Option<Cow<'a, str>>,
    pub(super) line: Option<usize>,
    pub(super) column: Option<usize>,
    pub(super) label: Cow<'a, str>,
}

#[derive(Serialize)]
pub(super) struct Note<'a> {
    pub(super) kind: &'static str,
    pub(super) text: Cow<'a, str>,
}

#[derive(Serialize)]
pub(super) struct LedgerLine<'a> {
    pub(super) label: Cow<'a, str>,
    pub(super) detail: Cow<'a, str>,
    pub(super) usd: Number,
}

#[derive(Serialize)]
pub(super) struct Evidence<'a> {
    pub(super) what: Cow<'a, str>,
    pub(super) value: Cow<'a, str>,
    pub(super) source: Cow<'a, str>,
}

#[derive(Serialize)]
pub(super) struct Saving<'a> {
    pub(super) usd_per_month: Number,
    pub(super) low: Number,
    pub(super) high: Number,
    pub(super) assumptions: Vec<Cow<'a, str>>,
}

#[derive(Serialize)]
pub(super) struct Fix<'a> {
    pub(super) title: Cow<'a, str>,
    pub(super) safety: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) edits: Option<Vec<Edit<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) steps: Option<Vec<Cow<'a, str>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) files: Option<Vec<File>>,
}

/// Bytes `start..end` of the definition become `text`.
#[derive(Serialize)]
pub(super) struct Edit<'a> {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) text: &'a str,
}

#[derive(Serialize)]
pub(super) struct File {
    pub(super) name: String,
    pub(super) language: &'static str,
    pub(super) text: String,
}

#[derive(Serialize)]
pub(super) struct NotAssessed<'a> {
    pub(super) rule: Cow<'a, str>,
    pub(super) why: Cow<'a, str>,
}

#[derive(Serialize)]
pub(super) struct NotRead<'a> {
    pub(super) arn: Cow<'a, str>,
    pub(super) region: Cow<'a, str>,
    pub(super) why: Cow<'a, str>,
}

#[derive(Serialize)]
pub(super) struct Resolved<'a> {
    pub(super) fingerprint: Cow<'a, str>,
    pub(super) rule: Cow<'a, str>,
    pub(super) arn: Cow<'a, str>,
    pub(super) name: Cow<'a, str>,
    pub(super) message: Cow<'a, str>,
    pub(super) usd_per_month: Number,
    pub(super) since: String,
}

#[derive(Serialize)]
pub(super) struct Summary {
    pub(super) machines: usize,
    pub(super) not_read: usize,
    pub(super) findings: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) new: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) resolved: Option<usize>,
    pub(super) usd_per_month: Number,
    pub(super) by_severity: BTreeMap<&'static str, usize>,
}

/// How many of each are in the whole report, but not in this document.
#[derive(Default, PartialEq, Eq, Serialize)]
pub(crate) struct LeftOut {
    pub(super) findings: usize,
    /// Findings that are here without what their fix consists of.
    pub(super) fixes: usize,
    pub(super) machines: usize,
    pub(super) not_assessed: usize,
    pub(super) not_read: usize,
    pub(super) resolved: usize,
    /// True where long texts and lists are cut: texts end with `...`.
    pub(super) shortened: bool,
    /// Where the whole report is.
    #[serde(rename = "where")]
    pub(crate) place: String,
}
