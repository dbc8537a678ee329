//! Findings on files, for editors and pipelines: version 1 of the diagnostics JSON, SARIF 2.1.0, GitHub's workflow commands.
//!
//! The JSON and the SARIF are public interfaces: fields are added, none is removed, renamed or given another meaning.

use std::fmt::Write;

use findings::{Finding, Level, Report, RuleMeta};
use serde::Serialize;
use serde_json::{Value, json};

use crate::escape;

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    diagnostics: Vec<Diagnostic<'a>>,
    unread: Vec<Unread<'a>>,
}

#[derive(Serialize)]
struct Diagnostic<'a> {
    file: &'a str,
    rule: &'a str,
    aliases: &'a [String],
    severity: &'static str,
    pointer: &'a str,
    line: usize,
    column: usize,
    message: &'a str,
    help: &'a str,
    /// True where `fix` mends it.
    fixable: bool,
}

#[derive(Serialize)]
struct Unread<'a> {
    file: &'a str,
    why: &'a str,
}

fn file(finding: &Finding) -> &str {
    finding.machine.file.as_deref().unwrap_or_default()
}

/// A finding about the machine as a whole is told at the beginning of the file.
fn place(finding: &Finding) -> (usize, usize) {
    (finding.location.line.max(1), finding.location.column.max(1))
}

/// Findings in the order of files, lines and rules.
fn in_order(report: &Report) -> Vec<&Finding> {
    let mut findings: Vec<&Finding> = report.findings().collect();
    findings.sort_by(|left, right| {
        let key = |it: &Finding| (file(it).to_owned(), it.location.start, it.rule.clone());
        key(left).cmp(&key(right))
    });
    findings
}

/// What is wrong, and on a line of its own what to do: neither ends with a full stop.
fn text(finding: &Finding) -> String {
    match finding.action.as_str() {
        "" => finding.message.clone(),
        action => format!("{}\n{action}", finding.message),
    }
}

/// One JSON object, version 1.
pub fn diagnostics_json(report: &Report) -> String {
    let diagnostic = |finding| {
        let finding: &Finding = finding;
        let (line, column) = place(finding);
        Diagnostic {
            file: file(finding),
            rule: &finding.rule,
            aliases: &finding.aliases,
            severity: finding.level().as_str(),
            pointer: &finding.location.pointer,
            line,
            column,
            message: &finding.message,
            help: &finding.action,
            fixable: finding.is_fixable(),
        }
    };
    let document = Document {
        version: 1,
        diagnostics: in_order(report).into_iter().map(diagnostic).collect(),
        unread: report
            .not_read
            .iter()
            .map(|missing| Unread {
                file: &missing.arn,
                why: &missing.why,
            })
            .collect(),
    };
    escape::json(&serde_json::to_string_pretty(&document).unwrap_or_default())
}

/// Annotations of a run on GitHub Actions, one line each.
pub fn github(report: &Report) -> String {
    let mut lines: Vec<String> = in_order(report)
        .into_iter()
        .map(|finding| {
            let command = match finding.level() {
                Level::Error => "error",
                Level::Warning => "warning",
                Level::Info => "notice",
            };
            let (line, column) = place(finding);
            format!(
                "::{command} file={},line={line},col={column},title={}::{}",
                property(file(finding)),
                property(&finding.rule),
                data(&text(finding))
            )
        })
        .collect();
    lines.extend(report.not_read.iter().map(|missing| {
        let (name, why) = (property(&missing.arn), data(&missing.why));
        format!("::error file={name},title=not read::{why}")
    }));
    lines.join("\n")
}

/// The message of a workflow command: what would end it is written with `%`.
fn data(text: &str) -> String {
    let text = text
        .replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A");
    escape::visible(&text).into_owned()
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

/// SARIF 2.1.0, with the rules that were applied and those that are met.
pub fn sarif(
    report: &Report,
    rules: &[&RuleMeta],
    problems: &[(&str, &str)],
    version: &str,
) -> String {
    let described = rules.iter().map(|meta| {
        json!({
            "id": meta.id,
            "shortDescription": {"text": meta.summary},
            "help": {"text": meta.docs, "markdown": meta.docs},
            "properties": {"category": meta.category.as_str()}
        })
    });
    let told = problems.iter().map(|(id, meaning)| {
        json!({"id": id, "shortDescription": {"text": meaning}, "properties": {"category": "correctness"}})
    });
    let notifications: Vec<Value> = report
        .not_read
        .iter()
        .map(|missing| {
            json!({
                "level": "error",
                "message": {"text": format!("not read: {}", missing.why)},
                "locations": [{"physicalLocation": {"artifactLocation": {"uri": uri(&missing.arn)}}}]
            })
        })
        .collect();
    let document = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "sfn-advisor",
                "semanticVersion": version,
                "rules": described.chain(told).collect::<Vec<_>>()
            }},
            "columnKind": "unicodeCodePoints",
            "invocations": [{
                "executionSuccessful": report.not_read.is_empty(),
                "toolExecutionNotifications": notifications
            }],
            "results": in_order(report).into_iter().map(result).collect::<Vec<_>>()
        }]
    });
    escape::json(&serde_json::to_string_pretty(&document).unwrap_or_default())
}

fn result(finding: &Finding) -> Value {
    let level = match finding.level() {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Info => "note",
    };
    let (line, column) = place(finding);
    json!({
        "ruleId": finding.rule,
        "level": level,
        "message": {"text": text(finding)},
        "locations": [{
            "physicalLocation": {
                "artifactLocation": {"uri": uri(file(finding))},
                "region": {"startLine": line, "startColumn": column}
            },
            "logicalLocations": [{"fullyQualifiedName": finding.location.pointer}]
        }],
        "partialFingerprints": {"sfnAdvisor/v1": finding.fingerprint}
    })
}

/// A path as a relative reference: slashes stay, what URIs do not know is written with `%`.
fn uri(path: &str) -> String {
    let path = path.strip_prefix("./").unwrap_or(path);
    let mut uri = String::with_capacity(path.len());
    for byte in path.replace('\\', "/").bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}
