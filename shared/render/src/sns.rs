//! One message to an SNS topic: a body for each kind of subscriber, and attributes to filter by.

use std::collections::{BTreeMap, BTreeSet};

use findings::{Finding, MachineRef, Report};
use rust_decimal::Decimal;

use crate::email::{deploy_email, email};
use crate::json_v1::{Limits, build};
use crate::words::clip;
use crate::{Links, digest, escape, slack};

/// Bytes that one message may have, all bodies and attributes together (Amazon SNS, `Publish`).
pub const SNS_LIMIT: usize = 262_144;

/// Where the whole report is, if nobody stored it.
const AGAIN: &str = "run: sfn-advisor audit --format json";

/// What a notification is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A whole audit.
    Audit,
    /// One state machine that was just deployed.
    Deploy {
        /// The machine.
        machine: MachineRef,
    },
}

/// A message attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attribute {
    /// Type `String`.
    String(String),
    /// Type `Number`: its digits.
    Number(String),
    /// Type `String.Array`.
    StringList(Vec<String>),
}

impl Attribute {
    /// The type, as SNS calls it.
    pub fn data_type(&self) -> &'static str {
        match self {
            Self::String(_) => "String",
            Self::Number(_) => "Number",
            Self::StringList(_) => "String.Array",
        }
    }

    /// The value, as SNS takes it: a list is a JSON array.
    pub fn value(&self) -> String {
        match self {
            Self::String(text) | Self::Number(text) => text.clone(),
            Self::StringList(list) => serde_json::Value::from(list.clone()).to_string(),
        }
    }
}

/// A message to publish with `MessageStructure=json`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// Subject of the email.
    pub subject: String,
    /// Body by protocol. SNS gives `default`, the JSON report, to every protocol that has no body of its own: `sqs`,
    /// `lambda`, `http`, `firehose`. So it counts once against the limit.
    pub bodies: BTreeMap<&'static str, String>,
    /// For subscription filters. What is said of findings (`severity`, `severities`, `category`, `rule`, `new_findings`) is
    /// said of those that are new, so that a filter does not repeat what is known.
    pub attributes: BTreeMap<&'static str, Attribute>,
}

impl Notification {
    /// The bodies as SNS takes them: a JSON object of strings.
    pub fn message(&self) -> String {
        serde_json::to_string(&self.bodies).unwrap_or_default()
    }

    /// Bytes that count against [`SNS_LIMIT`]; the subject is counted, too.
    pub fn size(&self) -> usize {
        let attributes = self.attributes.iter().map(|(name, attribute)| {
            name.len() + attribute.data_type().len() + attribute.value().len()
        });
        self.subject.len() + self.message().len() + attributes.sum::<usize>()
    }
}

/// The message about a report, within [`SNS_LIMIT`]. What does not fit is left out of the JSON, first what fixes consist
/// of, then the least valuable findings; its `left_out` says how much that is, and where it is.
pub fn notification(report: &Report, links: &Links, kind: &Kind) -> Notification {
    let (mail, machine) = match kind {
        Kind::Audit => (email(report, links), None),
        Kind::Deploy { machine } => (deploy_email(report, links, machine), Some(machine)),
    };
    let chat = match machine {
        None => slack::slack(report, links),
        Some(machine) => slack::deploy_slack(report, links, machine),
    };
    let mut notification = Notification {
        subject: mail.subject,
        bodies: BTreeMap::from([
            ("default", String::new()),
            ("email", mail.body),
            ("https", slack::chatbot_json(report, links, machine)),
            ("sms", clip(&escape::subject(&chat.title), 140)),
        ]),
        attributes: attributes(report, kind),
    };
    let room = SNS_LIMIT.saturating_sub(notification.size());
    notification
        .bodies
        .insert("default", json_within(report, links, room));
    notification
}

/// The JSON report, such that it takes at most `room` bytes as a string in another JSON document.
fn json_within(report: &Report, links: &Links, room: usize) -> String {
    let all = report.findings().count();
    let full = Limits::NONE;
    let plain = Limits {
        fixes: false,
        ..full
    };
    let short = Limits {
        silent: false,
        list: 100,
        text: 2_000,
        ..plain
    };
    for limits in [full, plain, short] {
        if let Some(body) = fitting(report, links, &limits, room) {
            return body;
        }
    }
    // The most findings that fit: there is room for `fewest`, and none for `most`.
    let (mut fewest, mut most, mut best) = (0, all, None);
    while most - fewest > 1 {
        let findings = fewest.midpoint(most);
        match fitting(report, links, &Limits { findings, ..short }, room) {
            Some(body) => (fewest, best) = (findings, Some(body)),
            None => most = findings,
        }
    }
    let bare = Limits {
        findings: 0,
        list: 20,
        text: 100,
        ..short
    };
    best.or_else(|| fitting(report, links, &bare, room))
        .unwrap_or_else(|| "{\"version\":1}".to_owned())
}

fn fitting(report: &Report, links: &Links, limits: &Limits, room: usize) -> Option<String> {
    let mut document = build(report, limits);
    if let Some(left_out) = &mut document.left_out {
        let place = links.place().unwrap_or(AGAIN);
        left_out.place = String::from(place);
    }
    let body = escape::json(&serde_json::to_string(&document).ok()?);
    let quoted = serde_json::to_string(&body).ok()?;
    (quoted.len() <= room).then_some(body)
}

/// A number as subscription filters compare it: from -1,000,000,000 to 1,000,000,000, to five decimals (Amazon SNS developer
/// guide, "Filter policy constraints", November 2026).
fn number(value: Decimal) -> Attribute {
    const MOST: Decimal = Decimal::from_parts(1_000_000_000, 0, 0, false, 0);
    let value = value.clamp(-MOST, MOST).round_dp(2).normalize();
    Attribute::Number(value.to_string())
}

fn attributes(report: &Report, kind: &Kind) -> BTreeMap<&'static str, Attribute> {
    let lifecycle = report.lifecycle.as_ref();
    let news: Vec<&Finding> = report
        .findings()
        .filter(|finding| {
            lifecycle.is_none_or(|lifecycle| lifecycle.new.contains(&finding.fingerprint))
        })
        .collect();
    let worst = news.iter().map(|finding| finding.severity).max();
    let digest = digest::Digest::new(report);
    let list = |words: BTreeSet<&str>| {
        Attribute::StringList(
            words
                .into_iter()
                .take(50)
                .map(|word| clip(&escape::visible(word), 100))
                .collect(),
        )
    };
    let mut attributes = BTreeMap::from([
        (
            "kind",
            Attribute::String(
                if *kind == Kind::Audit {
                    "audit"
                } else {
                    "deploy"
                }
                .to_owned(),
            ),
        ),
        (
            "severity",
            Attribute::String(
                worst
                    .map_or("none", |severity| severity.as_str())
                    .to_owned(),
            ),
        ),
        (
            "severities",
            list(
                news.iter()
                    .map(|finding| finding.severity.as_str())
                    .collect(),
            ),
        ),
        (
            "category",
            list(
                news.iter()
                    .map(|finding| finding.category.as_str())
                    .collect(),
            ),
        ),
        (
            "rule",
            list(news.iter().map(|finding| finding.rule.as_str()).collect()),
        ),
        (
            "region",
            list(report.regions.iter().map(String::as_str).collect()),
        ),
        (
            "account",
            Attribute::String(clip(&escape::visible(&report.account), 40)),
        ),
        ("new_findings", number(news.len().into())),
        ("usd_per_month", number(digest.usd)),
    ]);
    // SNS refuses empty values.
    attributes.retain(|_, attribute| !matches!(attribute.value().as_str(), "" | "[]"));
    attributes
}
