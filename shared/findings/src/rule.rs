//! What is said about a rule, everywhere that rules are listed.

use crate::{Category, Confidence, Safety, Severity, Strictness};

/// The declaration of a rule.
#[derive(Clone, Copy, Debug)]
pub struct RuleMeta {
    /// Stable id, kebab-case, naming the bad pattern.
    pub id: &'static str,
    /// One line, lower case, no full stop.
    pub summary: &'static str,
    /// Well-Architected pillar, or correctness.
    pub category: Category,
    /// The usual severity; a finding may have another, where it says why.
    pub severity: Severity,
    /// The usual confidence.
    pub confidence: Confidence,
    /// How much its fix may be trusted at best.
    pub fix: Safety,
    /// Facts that it needs beyond the definition: `metrics`, `alarms`.
    pub needs: &'static [&'static str],
    /// From which strictness on it is applied.
    pub strictness: Strictness,
    /// Version that brought it.
    pub since: &'static str,
    /// Markdown with the sections `What it finds`, `Why it matters`, `Example`, `Fix`, `References`.
    pub docs: &'static str,
}
