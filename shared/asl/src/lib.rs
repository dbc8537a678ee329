//! Amazon States Language: text to a model with a source span for everything.
//!
//! [`Definition::parse`] takes bytes and always answers with a definition: what could be read, and the problems that
//! were met. It does no I/O and does not panic. The expressions in its strings are read by [`expr`].
//! [`Definition::of_node`] and [`Definition::of_string`] take a definition that stands in a larger file, a template for example,
//! and point into that file.

mod bounds;
mod check;
mod data;
mod edit;
mod embedded;
pub mod expr;
mod fields;
mod graph;
mod help;
mod json;
mod lines;
mod lower;
mod mapped;
mod mend;
mod model;
mod parse;
mod paths;
pub mod payload;
mod problem;
mod resource;
mod shape;
mod tree;
mod yaml;

pub use bounds::TransitionBounds;
pub use edit::{Edit, append_items, apply, remove_item, separator};
pub use embedded::Source;
pub use graph::{Dominators, Edge, EdgeKind, Graph, NaturalLoops, Region};
pub use help::{explanation, problems_of_code};
pub use lines::{LineIndex, Position};
pub use mapped::Mapped;
pub use model::{
    Amount, Catcher, ChoiceRule, Definition, Format, Machine, MapMode, MapState, QueryLanguage,
    Retrier, Scope, ScopeKind, Spanned, State, StateKind, TaskState, WaitState,
};
pub use parse::Tree;
pub use problem::{Level, PROBLEMS, Problem, nearest};
pub use resource::{Pattern, Resource};
pub use tree::{Member, Node, Span, Value, pointer_push};

#[cfg(test)]
mod tests;
