//! What a state machine costs in a month, as which type, and what that number stands on.
//!
//! [`usage`] says what a machine does in a month, from the best source that is known; [`compare`] prices that as either
//! type; [`able`] says whether Express can run it; [`account`] makes the bill of an account. Nothing in here fails: what is
//! not known is told beside the number, and a bill that cannot be made says why.

pub mod able;
pub mod compare;
pub mod numbers;
pub mod usage;

pub use compare::{Comparison, Inputs, compare};
pub use usage::{Observed, Range, Source, Transitions};
