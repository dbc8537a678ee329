//! States that cost a transition and do nothing that a neighbour could not: which they are, what they cost, and how to
//! take them out.

mod edits;
mod flow;
mod forms;
mod money;
mod often;
mod plan;
mod steps;
mod values;
mod words;

#[cfg(test)]
mod tests;

pub(crate) use edits::edits;
pub(crate) use money::{cost, evidence, saving};
pub(crate) use often::Often;
#[cfg(test)]
pub(crate) use plan::How;
pub(crate) use plan::{Removal, removals};
pub(crate) use steps::steps;
pub(crate) use words::{message, notes, related, title};
