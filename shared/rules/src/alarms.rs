//! Which executions that go wrong are told to somebody: what the alarms of a state machine look at, who hears them, and
//! the alarms that are missing.

pub(crate) mod case;
pub(crate) mod composite;
pub(crate) mod coverage;
pub(crate) mod dead;
pub(crate) mod gap;
pub(crate) mod insights;
pub(crate) mod plain;
pub(crate) mod reach;
pub(crate) mod reading;
pub(crate) mod remarks;
pub(crate) mod rule;
pub(crate) mod sight;
pub(crate) mod signal;
pub(crate) mod threshold;
pub(crate) mod words;

#[cfg(test)]
mod tests;
