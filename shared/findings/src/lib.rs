//! What the advisor says: findings, what they save, how they are fixed, and the report that gathers them.
//!
//! These are plain values. What leaves the product is written by `render`, in formats with a version of their own; the
//! `Serialize` here only carries findings between two functions of the same build.

mod alarm;
mod finding;
mod fingerprint;
mod group;
mod lifecycle;
mod report;
mod rule;

pub use alarm::{AlarmSpec, Comparison};
pub use finding::{
    Category, Confidence, Evidence, Finding, Fix, FixKind, Grouping, LedgerLine, Level, Location,
    MachineRef, Note, NoteKind, Safety, Saving, Severity, Strictness, TextEdit,
};
pub use fingerprint::fingerprint;
pub use group::group;
pub use lifecycle::{Known, Lifecycle, compare, remember};
pub use report::{MachineReport, NotAssessed, NotRead, Report};
pub use rule::RuleMeta;

#[cfg(test)]
mod tests;
