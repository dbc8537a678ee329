//! Paths: JSONPath as Amazon States Language has it.
//!
//! The service evaluates paths with the Java library Jayway `JsonPath`, so it is that dialect which is read here, and not RFC
//! 9535: filters stand in parentheses, names may hold `-` and begin with a digit, `$.[0]` is `$[0]`, and words in a filter
//! need no quotes. It is extended by the Context Object (`$$`) and by variables (`$name`).
//!
//! Sources: Amazon States Language specification (states-language.net/spec.html, "Paths", "Reference Paths"), the Developer
//! Guide on variables and on paths, the documentation of Jayway `JsonPath`, and paths in public definitions, 2026-11-22.

mod filter;
mod print;
mod read;

use std::borrow::Cow;

pub use filter::{Filter, Operand, Operator};
pub(super) use read::{Inside, read};

use super::Error;
use crate::Span;

/// The functions that a path may end with.
pub const FUNCTIONS: &[&str] = &[
    "append", "avg", "concat", "first", "index", "keys", "last", "length", "max", "min", "size",
    "stddev", "sum",
];

/// A path.
#[derive(Clone, Debug, PartialEq)]
pub struct Path<'a> {
    /// From the root to the last step; blanks around are left out.
    pub span: Span,
    /// Where it starts.
    pub root: Root<'a>,
    /// Where the root stands: `$`, `$$`, `$name`.
    pub root_span: Span,
    /// What is selected, step by step.
    pub steps: Vec<Step<'a>>,
    /// There is a `${…}` in it, so that what it selects is not known yet.
    pub has_placeholder: bool,
}

/// Where a path starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Root<'a> {
    /// `$`: the input of the state, or what the field works on.
    Input,
    /// `$$`: the Context Object.
    Context,
    /// `$name`: a variable.
    Variable(&'a str),
    /// `@`: the item that a filter looks at.
    Item,
    /// A `${…}` that stands for the beginning of the path.
    Placeholder,
}

/// One step of a path.
#[derive(Clone, Debug, PartialEq)]
pub struct Step<'a> {
    /// Where it stands, dots and brackets included.
    pub span: Span,
    /// `..`: what the step selects is looked for at any depth.
    pub descends: bool,
    /// What it selects.
    pub kind: StepKind<'a>,
}

/// What a step selects.
#[derive(Clone, Debug, PartialEq)]
pub enum StepKind<'a> {
    /// `.name`, `['name']`
    Member(Cow<'a, str>),
    /// `[0]`; from the end, where it is negative.
    Index(i64),
    /// `['a', 'b']`, `[0, 1]`
    Union(Vec<Selector<'a>>),
    /// `[start:end]`, `[start:end:step]`
    Slice {
        /// Its first index, if it is written.
        start: Option<i64>,
        /// The index after its last, if it is written.
        end: Option<i64>,
        /// The distance of the indices, if it is written.
        step: Option<i64>,
    },
    /// `.*`, `[*]`
    Wildcard,
    /// `[?(…)]`
    Filter(Filter<'a>),
    /// `.length()`
    Function {
        /// One of [`FUNCTIONS`].
        name: &'a str,
        /// What stands in the parentheses.
        arguments: Vec<Operand<'a>>,
    },
    /// A `${…}` that stands for any number of steps.
    Placeholder,
}

/// One of several things that a step selects.
#[derive(Clone, Debug, PartialEq)]
pub enum Selector<'a> {
    /// `'name'`
    Member(Cow<'a, str>),
    /// `0`
    Index(i64),
}

impl<'a> Path<'a> {
    /// Reads a whole text as a path.
    pub fn parse(text: &'a str) -> Result<Self, Error> {
        read::whole(text)
    }

    /// True where it gives one value; a path that is not definite gives a list. What a `${…}` stands for is taken to keep it
    /// definite.
    pub fn is_definite(&self) -> bool {
        let Some((last, before)) = self.steps.split_last() else {
            return true;
        };
        let one = match &last.kind {
            StepKind::Function { .. } => return true,
            // Several members at the end are one object.
            StepKind::Union(selectors) => selectors
                .iter()
                .all(|selector| matches!(selector, Selector::Member(_))),
            _ => last.is_one(),
        };
        one && !last.descends && before.iter().all(|step| step.is_one() && !step.descends)
    }

    /// True for a Reference Path: it names one node, and so can be written to. What a `${…}` stands for is taken to be one.
    pub fn is_reference(&self) -> bool {
        self.not_a_reference().is_none()
    }

    /// The first step because of which it is no Reference Path.
    pub fn not_a_reference(&self) -> Option<&Step<'a>> {
        self.steps
            .iter()
            .find(|step| !step.is_one() || step.descends)
    }

    /// The names of the members that it goes through, up to the first step that is none: `order` and `items` for
    /// `$.order.items[0].id`.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        self.steps.iter().map_while(|step| match &step.kind {
            StepKind::Member(name) if !step.descends => Some(name.as_ref()),
            _ => None,
        })
    }

    /// The paths inside of it, in filters and arguments, at any depth.
    pub fn inner(&self) -> Vec<&Path<'a>> {
        let mut found = Vec::new();
        let mut paths = vec![self];
        while let Some(path) = paths.pop() {
            let from = found.len();
            for step in &path.steps {
                match &step.kind {
                    StepKind::Filter(filter) => filter.paths(&mut found),
                    StepKind::Function { arguments, .. } => {
                        found.extend(arguments.iter().filter_map(Operand::as_path));
                    }
                    _ => {}
                }
            }
            paths.extend(found.get(from..).unwrap_or_default());
        }
        found
    }
}

impl Step<'_> {
    /// Selects one thing, looked at by itself.
    fn is_one(&self) -> bool {
        matches!(
            self.kind,
            StepKind::Member(_) | StepKind::Index(_) | StepKind::Placeholder
        )
    }
}
