#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "tests"
)]

mod asked;
mod examples;
mod faults;
mod jobs;
mod patterns;
mod places;
mod random;
mod runbook;
mod support;
