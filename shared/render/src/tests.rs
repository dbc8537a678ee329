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
