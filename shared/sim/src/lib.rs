//! Runs a state machine as AWS does: exactly, on virtual time, without AWS.

mod eval;

pub use eval::*;
