//! What a state machine costs in a month, as which type, and what that number stands on.
//!
//! [`usage`] says what a machine does in a month, from the best source that is known; [`compare()`] prices that as either
//! type; [`able`] says whether Express can run it; [`account`] makes the bill of an account. Nothing in here fails: what is
//! not known is told beside the number, and a bill that cannot be made says why.

pub mod able;
mod account;
mod bill;
pub mod compare;
mod groups;
pub mod logging;
mod month;
mod notes;
pub mod numbers;
mod other;
mod states;
pub mod usage;

pub use account::{
    AccountCost, Check, Free, MachineCost, MonthCost, Started, account, after_free, by_tag, dearest,
};
pub use bill::{Item, Line};
pub use compare::{Comparison, Inputs, compare};
pub use notes::{places, transitions as transition_evidence};
pub use other::{BreakEven, Leans, Other};
pub use states::StateCost;
pub use usage::{Observed, Range, Source, Transitions};

#[cfg(test)]
mod tests;
