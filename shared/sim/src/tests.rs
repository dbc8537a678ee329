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

mod distributed;
mod errors;
mod events;
mod histories;
mod limits;
mod recorded;
mod run;
mod test_state;
