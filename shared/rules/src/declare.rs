//! How a rule is declared.

/// Declares `META` of a rule from its documentation and a few words:
///
/// ```text
/// declare_rule! {
///     /// ## What it finds
///     /// …
///     "task-without-timeout", "a task has no timeout", Reliability, Medium, confidence: High,
///     fix: Review, needs: [], since: "0.1.0", strictness: Strict
/// }
/// ```
macro_rules! declare_rule {
    ($(#[doc = $doc:literal])+ $id:literal, $summary:literal, $category:ident, $severity:ident,
     confidence: $confidence:ident, fix: $fix:ident, needs: [$($need:literal),*], since: $since:literal
     $(, strictness: $strictness:ident)?) => {
        pub(crate) const META: findings::RuleMeta = findings::RuleMeta {
            id: $id,
            summary: $summary,
            category: findings::Category::$category,
            severity: findings::Severity::$severity,
            confidence: findings::Confidence::$confidence,
            fix: findings::Safety::$fix,
            needs: &[$($need),*],
            strictness: $crate::declare::strictness!($($strictness)?),
            since: $since,
            docs: if cfg!(feature = "docs") {
                concat!($($doc, "\n"),+)
            } else {
                ""
            },
        };
    };
}

/// Most rules are for everybody.
macro_rules! strictness {
    () => {
        findings::Strictness::Default
    };
    ($name:ident) => {
        findings::Strictness::$name
    };
}

pub(crate) use {declare_rule, strictness};
