#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::needless_pass_by_value,
    reason = "tests"
)]

mod chat;
mod cost;
mod fixture;
mod hostile;
mod json;
mod mail;
mod prices;
mod rules;
mod sarif;
mod screen;
mod size;

use crate::Links;

/// A report that is stored, behind a signed address.
fn links() -> Links {
    Links {
        report: Some("https://reports.example/audit.html?day=22&sign=ab".to_owned()),
    }
}

/// The same with the members of objects by name, however they are kept.
fn sorted(value: &serde_json::Value) -> serde_json::Value {
    match value {
        serde_json::Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by_key(|(name, _)| *name);
            let members = members.into_iter();
            serde_json::Value::Object(
                members
                    .map(|(name, value)| (name.clone(), sorted(value)))
                    .collect(),
            )
        }
        serde_json::Value::Array(items) => items.iter().map(sorted).collect(),
        other => other.clone(),
    }
}
