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
mod explore;
mod histories;
mod invented;
mod limits;
mod mocks;
mod recorded;
mod replay;
mod run;
mod saga;
mod test_state;
mod way;
