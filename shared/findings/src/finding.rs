//! One finding.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::AlarmSpec;

/// How bad it is if nothing is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Informational,
    /// Worth doing when there is time.
    Low,
    /// Worth planning.
    Medium,
    /// Worth doing now.
    High,
    /// Broken.
    Critical,
}

/// How sure the rule is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// A hint.
    Low,
    /// Likely, with assumptions that are named.
    Medium,
    /// Measured or decided by the definition.
    High,
}

/// A pillar of the AWS Well-Architected Framework, or correctness.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Category {
    /// AWS refuses it, or it does not do what it seems to.
    Correctness,
    /// Cost optimization.
    Cost,
    /// Operational excellence.
    Operations,
    /// Performance efficiency.
    Performance,
    /// Reliability.
    Reliability,
    /// Security.
    Security,
}

/// How much a user wants to be told. A rule that fires on most real state machines is not in `default`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Strictness {
    /// What nearly everybody wants to hear of.
    #[default]
    Default,
    /// Good practice that many do without.
    Strict,
    /// Hints, too.
    All,
}

macro_rules! words {
    ($type:ident: $($variant:ident $word:literal),+ $(,)?) => {
        impl $type {
            /// Every value, in order.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The word that people and programs read.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word),+
                }
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl std::str::FromStr for $type {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                Self::ALL
                    .iter()
                    .find(|value| value.as_str() == text)
                    .copied()
                    .ok_or_else(|| format!("`{text}` is none of {}", [$($word),+].join(", ")))
            }
        }
    };
}

/// What a finding is to somebody who checks definitions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// A hint.
    Info,
    /// Hardly meant.
    Warning,
    /// AWS refuses it, or it cannot work.
    Error,
}

impl Finding {
    /// Correctness decides about errors; how bad anything else is, about warnings.
    pub fn level(&self) -> Level {
        match (self.category, self.severity) {
            (Category::Correctness, Severity::High | Severity::Critical) => Level::Error,
            (Category::Correctness, _) => Level::Warning,
            (_, Severity::Informational | Severity::Low) => Level::Info,
            _ => Level::Warning,
        }
    }

    /// True where `sfn-advisor fix` mends it without being asked for this rule.
    pub fn is_fixable(&self) -> bool {
        self.fix
            .as_ref()
            .is_some_and(|fix| fix.mechanical && fix.text_edits().is_some())
    }
}

words!(Level: Info "info", Warning "warning", Error "error");
words!(Severity: Informational "informational", Low "low", Medium "medium", High "high", Critical "critical");
words!(Confidence: Low "low", Medium "medium", High "high");
words!(Category: Correctness "correctness", Cost "cost", Operations "operations", Performance "performance",
    Reliability "reliability", Security "security");
words!(Strictness: Default "default", Strict "strict", All "all");
words!(Safety: Safe "safe", Review "review", Manual "manual");

/// The state machine that a finding is about.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct MachineRef {
    /// Its ARN; empty for a file.
    pub arn: String,
    /// Its name, or the file's.
    pub name: String,
    /// Region; empty for a file.
    pub region: String,
    /// Account id; empty for a file.
    pub account: String,
    /// `STANDARD` or `EXPRESS`; empty where not known.
    pub workflow_type: String,
    /// Path of the file, as the user wrote it.
    pub file: Option<String>,
}

/// A place in a definition.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Location {
    /// JSON pointer; empty for the whole definition.
    pub pointer: String,
    /// Name of the state, where the place is in one.
    pub state: Option<String>,
    /// First byte in the text of the definition.
    pub start: usize,
    /// Byte after the last.
    pub end: usize,
    /// Line, from 1; 0 where there is no text.
    pub line: usize,
    /// Column in characters, from 1; 0 where there is no text.
    pub column: usize,
    /// Words to set beside the place.
    pub label: String,
}

/// What kind of remark a [`Note`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NoteKind {
    /// Why the advice can be followed.
    Able,
    /// What to think of before following it.
    Mind,
    /// What was assumed, and what could not be checked.
    Assume,
}

/// A remark beside a finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// What kind.
    pub kind: NoteKind,
    /// The words: lower case, no full stop.
    pub text: String,
}

/// A measured or computed value that the finding stands on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// What: `ExecutionsStarted`, `transitions per execution`, `price per transition`.
    pub what: String,
    /// Its value, readable, with its unit: `3.00 M in 14 days`.
    pub value: String,
    /// Where it comes from: `CloudWatch, 8 to 22 Nov 2026`, `200 sampled histories`, `prices us-east-1, 2026-11-22`.
    pub source: String,
}

/// One priced line of a comparison.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerLine {
    /// `Standard`, `Express`, `+ logs`.
    pub label: String,
    /// `6.52 M executions x 8.00 transitions x $25.00/M`
    pub detail: String,
    /// US dollars a month.
    #[serde(with = "rust_decimal::serde::str")]
    pub usd: Decimal,
}

/// What following the advice saves, in US dollars a month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Saving {
    /// Best estimate.
    #[serde(with = "rust_decimal::serde::str")]
    pub usd_per_month: Decimal,
    /// The least, under the assumptions.
    #[serde(with = "rust_decimal::serde::str")]
    pub low: Decimal,
    /// The most, under the assumptions.
    #[serde(with = "rust_decimal::serde::str")]
    pub high: Decimal,
    /// What the range rests on.
    pub assumptions: Vec<String>,
}

/// How much a fix may be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Safety {
    /// Proved equivalent by execution.
    Safe,
    /// Valid; a person has to look at what it changes.
    Review,
    /// Steps for a person.
    Manual,
}

/// A change to the text of the definition: bytes `start..end` become `text`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TextEdit {
    /// First byte.
    pub start: usize,
    /// Byte after the last.
    pub end: usize,
    /// What stands there afterwards.
    pub text: String,
}

/// What a fix consists of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FixKind {
    /// Edits of the definition; all or none.
    Edits(Vec<TextEdit>),
    /// Alarms to deploy; written as CloudFormation and Terraform.
    Alarms(Vec<AlarmSpec>),
    /// Steps for a person, in order.
    Steps(Vec<String>),
}

/// How to get rid of a finding.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fix {
    /// What it does: lower case, imperative, no full stop: `remove the state and point its predecessors at ...`.
    pub title: String,
    /// How much it may be trusted.
    pub safety: Safety,
    /// True where there is one way to mend what cannot be meant, so that nobody needs to be asked: a misspelt name, a number in
    /// quotes. False where the author decides whether the workflow shall behave in another way. With
    /// [`FixKind::Steps`]: there is such a change, but it cannot be written into this kind of file.
    #[serde(default)]
    pub mechanical: bool,
    /// The fix.
    pub kind: FixKind,
}

impl Fix {
    /// Changes of the text for a person to look at; to be called with at least one.
    pub fn edits(title: impl Into<String>, edits: Vec<TextEdit>) -> Self {
        Self {
            title: title.into(),
            safety: Safety::Review,
            mechanical: false,
            kind: FixKind::Edits(edits),
        }
    }

    /// Steps for a person.
    pub fn steps(title: impl Into<String>, steps: Vec<String>) -> Self {
        Self {
            title: title.into(),
            safety: Safety::Manual,
            mechanical: false,
            kind: FixKind::Steps(steps),
        }
    }

    /// The same, as one that mends what cannot be meant.
    #[must_use]
    pub fn mechanical(self) -> Self {
        Self {
            mechanical: true,
            ..self
        }
    }

    /// The changes of the text, where it consists of some.
    pub fn text_edits(&self) -> Option<&[TextEdit]> {
        match &self.kind {
            FixKind::Edits(edits) if !edits.is_empty() => Some(edits),
            _ => None,
        }
    }
}

/// Findings of one rule that are told as one, so that what is true of nearly every machine takes one line.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Grouping {
    /// What is grouped: findings with equal rule, account and key become one.
    pub key: String,
    /// The message of the group; `{n}` stands for the number of machines.
    pub message: String,
}

/// Something to tell the owner of a state machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// Id of the rule.
    pub rule: String,
    /// Names that AWS has for it: `MISSING_TRANSITION_TARGET`.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// How bad it is.
    pub severity: Severity,
    /// How sure the rule is.
    pub confidence: Confidence,
    /// Well-Architected pillar, or correctness.
    pub category: Category,
    /// The machine; for a group, account and Region only.
    pub machine: MachineRef,
    /// The place that it is about; the default for a finding about the machine as a whole.
    pub location: Location,
    /// Other places that explain it.
    pub related: Vec<Location>,
    /// What: one sentence with the state in backticks and the numbers; lower case, no full stop.
    pub message: String,
    /// Why it matters: the consequence; lower case, no full stop.
    pub why: String,
    /// What to do; lower case, no full stop.
    pub action: String,
    /// Remarks.
    pub notes: Vec<Note>,
    /// Priced lines, where there is something to compare.
    pub ledger: Vec<LedgerLine>,
    /// What it stands on.
    pub evidence: Vec<Evidence>,
    /// What it saves.
    pub saving: Option<Saving>,
    /// How to get rid of it.
    pub fix: Option<Fix>,
    /// Stable over audits: the same problem next time has the same one.
    pub fingerprint: String,
    /// Set where the finding may be told together with others of its kind.
    pub grouping: Option<Grouping>,
    /// For a group: the machines in it.
    pub members: Vec<MachineRef>,
    /// For a group: the fingerprints of the findings that it tells, in the order of `members`.
    pub absorbed: Vec<String>,
}
