//! Whole-product tests: the command, the functions and the repository itself, as their users meet them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "tests"
)]

mod bad_input;
mod bill;
mod bin;
mod cases;
mod cli;
mod collect;
mod cost;
mod design;
mod events;
mod fix;
mod prices;
mod projects;
mod simulate;
mod simulate_way;
mod tidy;
mod walk;
