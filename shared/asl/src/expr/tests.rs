//! Expressions, through the public functions.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests"
)]

mod collections;
mod context;
mod intrinsic;
mod jsonata;
mod limits;
mod path;
mod place;

use super::Error;

/// What an error points at, and what it says.
fn told(text: &str, error: &Error) -> String {
    match error.span.of(text) {
        "" => format!("at {}: {error}", error.span.start),
        part => format!("`{part}`: {error}"),
    }
}
