//! A message for Slack, and the custom notification by which Amazon Q Developer in chat applications posts it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use findings::{Finding, MachineRef, NoteKind, Report};
use serde::Serialize;

use crate::digest::{Digest, Item, TOLD, each, findings};
use crate::words::{clip, count, day, number, per_month, severities, stop, subject_of, to_save};
use crate::{Links, escape};

// Limits of a custom notification (Amazon Q Developer in chat applications, administrator guide, "Custom notifications",
// read 2026-11-22), in characters; counted in bytes here, which is never more.
const TITLE: usize = 250;
const DESCRIPTION: usize = 8_000;
const NEXT_STEP: usize = 350;
const KEYWORD: usize = 75;

/// Bytes that one finding may take.
const TOLD_BYTES: usize = 700;
/// Bytes that one line below the findings may take.
const LINE_BYTES: usize = 400;
/// Bytes that the address of the report may take.
const LINK_BYTES: usize = 3_000;
/// Steps that are told.
const STEPS: usize = 3;
/// Lines of each list below the findings.
const LISTED: usize = 3;

/// A message in Slack's markup, escaped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chat {
    /// One line, at most 250 bytes.
    pub title: String,
    /// At most 8,000 bytes.
    pub description: String,
    /// What to do, most valuable first; at most 350 bytes each.
    pub next_steps: Vec<String>,
    /// Words to find the message by; at most 75 bytes each.
    pub keywords: Vec<String>,
}

/// What an audit found.
pub fn slack(report: &Report, links: &Links) -> Chat {
    let digest = Digest::new(report);
    let place = match report.account.as_str() {
        "" => String::new(),
        account => format!(" in {}", clip(account, 40)),
    };
    chat(
        &digest,
        links,
        &format!("{}{place}", digest.headline()),
        true,
    )
}

/// What one deploy brought and fixed.
pub fn deploy_slack(report: &Report, links: &Links, machine: &MachineRef) -> Chat {
    let digest = Digest::new(report);
    chat(&digest, links, &digest.deploy_headline(machine, 80), false)
}

/// A message as text, for a terminal or a webhook.
pub fn slack_text(chat: &Chat) -> String {
    let mut out = format!("*{}*\n{}\n", chat.title, chat.description);
    if !chat.next_steps.is_empty() {
        out.push_str("\n*Next steps*\n");
        for step in &chat.next_steps {
            _ = writeln!(out, "\u{2022} {step}");
        }
    }
    out
}

fn chat(digest: &Digest<'_>, links: &Links, title: &str, audit: bool) -> Chat {
    let tail = tail(digest, links, audit);
    let tail_bytes: usize = tail.iter().map(|line| line.len() + 1).sum();
    let mut out = told(digest, DESCRIPTION.saturating_sub(tail_bytes + 1));
    if !out.is_empty() {
        out.push(String::new());
    }
    out.extend(tail);
    let steps = digest
        .news
        .iter()
        .filter(|item| !item.finding.action.is_empty())
        .take(STEPS);
    Chat {
        title: escape::slack_within(title, TITLE),
        description: out.join("\n"),
        next_steps: steps.map(next_step).collect(),
        keywords: keywords(digest),
    }
}

/// A line for each finding, as long as they fit; then how many did not.
fn told(digest: &Digest<'_>, room: usize) -> Vec<String> {
    const AND_MORE: usize = 120;
    let mut lines = Vec::new();
    let mut used = 0;
    for item in digest.news.iter().take(TOLD) {
        let line = tell(item);
        if used + line.len() + 1 + AND_MORE > room {
            break;
        }
        used += line.len() + 1;
        lines.push(line);
    }
    let rest = digest.news.get(lines.len()..).unwrap_or_default();
    if !rest.is_empty() {
        let rated = severities(each(rest));
        let more = format!("and {} more ({rated})", number(findings(rest)));
        lines.push(if lines.is_empty() {
            count(findings(rest), "finding", "findings")
        } else {
            more
        });
    }
    lines
}

fn tell(item: &Item<'_>) -> String {
    let finding = item.finding;
    let region = match finding.machine.region.as_str() {
        "" => String::new(),
        region => format!(" ({})", clip(region, 20)),
    };
    let mut text = item.message(300);
    if let Some(note) = finding
        .notes
        .iter()
        .find(|note| note.kind == NoteKind::Mind)
    {
        _ = write!(text, " Mind: {}", stop(&clip(&note.text, 200)));
    }
    let head = format!(
        "*{}*{}, {}: ",
        about(finding),
        escape::slack(&region),
        item.worth()
    );
    let room = TOLD_BYTES.saturating_sub(head.len()).max(100);
    format!("\u{2022} {head}{}", escape::slack_within(&text, room))
}

/// What a finding is about; a name as code, so that nothing in it is formatting.
fn about(finding: &Finding) -> String {
    let name = subject_of(finding);
    if !finding.members.is_empty() {
        return name;
    }
    escape::slack_within(&format!("`{}`", name.replace('`', "'").trim()), 200)
}

fn next_step(item: &Item<'_>) -> String {
    let name = about(item.finding);
    let room = NEXT_STEP.saturating_sub(name.len() + 2);
    format!(
        "{name}: {}",
        escape::slack_within(&stop(&item.finding.action), room)
    )
}

/// What is fixed, open, and not known; where the rest is.
fn tail(digest: &Digest<'_>, links: &Links, audit: bool) -> Vec<String> {
    let mut out = Vec::new();
    if !digest.fixed.is_empty() {
        let fixed = digest.fixed.iter().map(|fixed| {
            let gone = if fixed.deleted {
                ", state machine deleted"
            } else {
                ""
            };
            format!(
                "{} ({}, since {}{gone})",
                clip(&fixed.known.name, 60),
                fixed.known.rule,
                day(fixed.known.since, digest.report.at)
            )
        });
        let fixed: Vec<String> = fixed.collect();
        let saved = if digest.fixed_usd.is_zero() {
            String::new()
        } else {
            format!(", {} saved", per_month(digest.fixed_usd))
        };
        out.push(format!(
            "Fixed: {}{saved}.",
            crate::words::first_of(&fixed, LISTED)
        ));
    }
    if !digest.open.is_empty() {
        let open = count(findings(&digest.open), "finding", "findings");
        out.push(format!(
            "Still open: {open}{}.",
            to_save(", ", digest.open_usd)
        ));
    }
    if audit {
        out.push(format!("{}.", digest.coverage()));
    }
    for (title, gaps) in [
        ("Not read", digest.not_read(3)),
        ("Not assessed", digest.not_assessed()),
    ] {
        for gap in gaps.iter().take(LISTED) {
            out.push(format!("{title}: {gap}."));
        }
        if gaps.len() > LISTED {
            out.push(format!(
                "{title}: {} more reasons.",
                number(gaps.len() - LISTED)
            ));
        }
    }
    let mut out: Vec<String> = out
        .iter()
        .map(|line| escape::slack_within(line, LINE_BYTES))
        .collect();
    out.extend(
        links
            .place()
            .map(link)
            .filter(|link| link.len() <= LINK_BYTES),
    );
    out
}

fn link(place: &str) -> String {
    const WORDS: &str = "The report, with evidence and fixes";
    if place.starts_with("https://") && !place.contains(['<', '>', '|']) {
        format!("<{}|{WORDS}>", place.replace('&', "&amp;"))
    } else {
        format!("{WORDS}: {}", escape::slack(place))
    }
}

fn keywords(digest: &Digest<'_>) -> Vec<String> {
    let worst = digest.news.iter().map(|item| item.severity).max();
    let pillars: BTreeSet<&str> = digest
        .news
        .iter()
        .map(|item| item.finding.category.as_str())
        .collect();
    let words = worst
        .into_iter()
        .map(findings::Severity::as_str)
        .chain(pillars);
    words.map(|word| clip(word, KEYWORD)).collect()
}

#[derive(Serialize)]
struct Custom<'a> {
    version: &'static str,
    source: &'static str,
    content: Content<'a>,
    metadata: Metadata<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Content<'a> {
    text_type: &'static str,
    title: &'a str,
    description: &'a str,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    next_steps: &'a [String],
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    keywords: &'a [String],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Metadata<'a> {
    thread_id: String,
    summary: &'a str,
    event_type: &'static str,
    related_resources: Vec<&'a str>,
    additional_context: BTreeMap<&'static str, String>,
}

/// The custom notification, as the JSON that an `https` subscriber of the topic receives. `deployed` is the machine of a
/// deploy; none for an audit.
pub fn chatbot_json(report: &Report, links: &Links, deployed: Option<&MachineRef>) -> String {
    let digest = Digest::new(report);
    let (chat, event_type, about) = match deployed {
        Some(machine) => (
            deploy_slack(report, links, machine),
            "sfn-advisor deploy",
            machine.arn.as_str(),
        ),
        None => (
            slack(report, links),
            "sfn-advisor audit",
            report.account.as_str(),
        ),
    };
    let arns = digest
        .news
        .iter()
        .map(|item| item.finding.machine.arn.as_str());
    let related: BTreeSet<&str> = arns
        .filter(|arn| !arn.is_empty() && arn.len() <= 512)
        .take(TOLD)
        .collect();
    let custom = Custom {
        version: "1.0",
        source: "custom",
        content: Content {
            text_type: "client-markdown",
            title: &chat.title,
            description: &chat.description,
            next_steps: &chat.next_steps,
            keywords: &chat.keywords,
        },
        metadata: Metadata {
            // One thread for each machine or account and day: a thread that never ends hides what is new.
            thread_id: format!(
                "sfn-advisor:{}:{}",
                clip(about, 200),
                report.at.strftime("%Y-%m-%d")
            ),
            summary: &chat.title,
            event_type,
            related_resources: related.into_iter().collect(),
            additional_context: context(&digest),
        },
    };
    escape::json(&serde_json::to_string(&custom).unwrap_or_default())
}

fn context(digest: &Digest<'_>) -> BTreeMap<&'static str, String> {
    let report = digest.report;
    BTreeMap::from([
        ("account", clip(&report.account, 40)),
        ("regions", clip(&report.regions.join(", "), 500)),
        ("state_machines_read", report.machines.len().to_string()),
        ("not_read", report.not_read.len().to_string()),
        ("findings", report.findings().count().to_string()),
        ("new_findings", findings(&digest.news).to_string()),
        ("usd_per_month", digest.usd.round_dp(2).to_string()),
    ])
}
