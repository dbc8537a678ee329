#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::case_sensitive_file_extension_comparisons,
    reason = "tests"
)]

mod conditions;
mod deciding;
mod delivering;
pub(crate) mod files;
mod init;
mod reading;
mod refusing;
mod schema;
mod slips;
