//! A visit of a state, and how it is left.

use asl::expr::path::Path;
use serde_json::{Map, Value};

use crate::program::{Next, Step};

/// What a state gives, where its input is not copied for it.
pub(crate) enum Output<'d> {
    /// Its raw input.
    Input,
    /// Its raw input with this where the path points, where it fits.
    Placed(Path<'d>, Value),
    Value(Value),
}

/// How a state is left.
pub(crate) struct Left<'d> {
    pub(crate) output: Output<'d>,
    /// What it assigns; nothing sees that before it is left.
    pub(crate) assigned: Map<String, Value>,
    pub(crate) next: Next,
}

/// A visit of a state.
#[derive(Clone, Copy)]
pub(crate) struct Visit<'v, 'd> {
    pub(crate) step: &'v Step<'d>,
    /// Its raw input.
    pub(crate) input: &'v Value,
    /// The event of entering it.
    pub(crate) entry: u64,
    pub(crate) entered_at: u64,
    /// Nothing was entered before it.
    pub(crate) is_first: bool,
    /// Retries so far.
    pub(crate) tries: u64,
}
