//! JSONata: `{% $states.input.total * 2 %}`.
//!
//! The whole grammar of JSONata 2.0.6 is parsed, the version that the service runs, in one pass and without a tree: what is
//! kept is what a judgement needs, namely the first error, and every name with its place. The expression is not evaluated, and
//! the patterns of regular expressions are not looked into.
//!
//! Sources: documentation of JSONata (docs.jsonata.org) and the behaviour of its reference implementation; Developer Guide,
//! "Transforming data with JSONata in Step Functions"; what `ValidateStateMachineDefinition` was seen to answer
//! (floci-io/floci issues 2670, 2745), 2026-11-22.

mod functions;
mod issues;
mod lex;
mod parse;
mod position;
mod scope;

use std::borrow::Cow;

pub use functions::{FUNCTIONS, Function, function};
pub use issues::{Issue, IssueKind};
pub use position::{Position, allowed, is_evaluated};

use super::Error;
use crate::Span;

/// The service's diagnostic code for what is no JSONata.
pub const INVALID: &str = "INVALID_JSONATA_EXPRESSION";

/// The service's diagnostic code for JSONata that it does not support.
pub const UNSUPPORTED: &str = "UNSUPPORTED_JSONATA_EXPRESSION";

/// What a string of a JSONata state is.
#[derive(Clone, Debug, PartialEq)]
pub enum Text<'a> {
    /// Taken as it is.
    Plain,
    /// `{% … %}`
    Expression(Expression<'a>),
    /// It begins or ends as an expression does, but not both: the service refuses it.
    Delimiters(Error),
    /// `{% … %}` with blanks around it on both sides: the service takes it as it is, which is hardly meant.
    Padded,
}

/// What is known of an expression.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Expression<'a> {
    /// What is between the delimiters.
    pub span: Span,
    /// The first thing because of which it is no JSONata. What follows it was not read.
    pub error: Option<SyntaxError>,
    /// False where it was read in part only: because of an error, because it is nested too deeply, or because a `${…}` stands
    /// in it where any text could be filled in.
    pub complete: bool,
    /// The variables and functions that are referred to, in the order of the text.
    pub references: Vec<Reference<'a>>,
    /// The variables that are bound in the expression itself.
    pub bindings: Vec<Binding<'a>>,
    /// What is read from the value that the expression starts with. The service gives it none.
    pub reads: Vec<Read<'a>>,
}

/// Why a text is no JSONata.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// The code that implementations of JSONata have for it: `S0202`.
    pub code: &'static str,
    /// Where, why and what to do.
    pub error: Error,
}

/// A `$name`.
#[derive(Clone, Debug, PartialEq)]
pub struct Reference<'a> {
    /// The name behind the `$`.
    pub name: &'a str,
    /// Where it stands, the `$` included.
    pub span: Span,
    /// The names of the fields that are read from it, up to the first step that is no name: `input` and `items` for
    /// `$states.input.items[0].id`.
    pub fields: Vec<Cow<'a, str>>,
    /// From the `$` to the last of the fields.
    pub fields_span: Span,
    /// It is bound in the expression itself.
    pub bound: bool,
    /// How it is called, if it is called.
    pub call: Option<Call>,
}

/// How a function is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    /// The name, the parentheses and what is in them.
    pub span: Span,
    /// How many arguments are given; with `~>`, the value before it is one.
    pub arguments: usize,
    /// An argument is left open (`?`).
    pub partial: bool,
}

/// A variable that is bound in the expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding<'a> {
    /// The name behind the `$`.
    pub name: &'a str,
    /// Where it stands, the `$` included.
    pub span: Span,
    /// How it is bound.
    pub kind: BindingKind,
}

/// How a variable is bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BindingKind {
    /// `$name := …`
    Assigned,
    /// `function($name) {…}`
    Parameter,
    /// `path@$name`
    Focus,
    /// `path#$name`
    Index,
}

/// Something that is read from the value that the expression starts with.
#[derive(Clone, Debug, PartialEq)]
pub struct Read<'a> {
    /// What is read.
    pub kind: ReadKind<'a>,
    /// Where it stands.
    pub span: Span,
}

/// What is read from the value that the expression starts with.
#[derive(Clone, Debug, PartialEq)]
pub enum ReadKind<'a> {
    /// `name`: a field.
    Field(Cow<'a, str>),
    /// `name(…)`: a function without its `$`.
    Function(&'a str),
    /// `$`: the value itself.
    Context,
    /// `$$`, wherever it stands.
    Root,
    /// `*` and `**`
    Wildcard,
    /// `%`: what the value is a part of.
    Parent,
}

/// Reads a string of a JSONata state.
pub fn read(text: &str) -> Text<'_> {
    const OPEN: &str = "{%";
    const CLOSE: &str = "%}";
    let inner = text
        .strip_prefix(OPEN)
        .and_then(|rest| rest.strip_suffix(CLOSE));
    if let Some(inner) = inner {
        let span = Span::new(OPEN.len(), OPEN.len() + inner.len());
        return Text::Expression(parse::parse(text, span));
    }
    let trimmed = text.trim();
    let blanks = "remove the blanks around the expression";
    let first = Span::new(0, text.chars().next().map_or(0, char::len_utf8));
    let end = Span::new(text.len(), text.len());
    let (span, why, help) = match (text.starts_with(OPEN), text.ends_with(CLOSE)) {
        (true, false) if trimmed.ends_with(CLOSE) => {
            (end, "a blank follows the `%}` of an expression", blanks)
        }
        (true, _) => (
            end,
            "an expression that begins with `{%` does not end with `%}`",
            "add `%}`",
        ),
        (false, true) if trimmed.starts_with(OPEN) => (
            first,
            "a blank stands before the `{%` of an expression",
            blanks,
        ),
        (false, true) => (
            first,
            "an expression that ends with `%}` does not begin with `{%`",
            "add `{%`",
        ),
        (false, false) if trimmed.starts_with(OPEN) && trimmed.ends_with(CLOSE) => {
            return Text::Padded;
        }
        (false, false) => return Text::Plain,
    };
    Text::Delimiters(Error::new(span, why).help(help))
}

/// Reads JSONata without delimiters.
pub fn parse(source: &str) -> Expression<'_> {
    parse::parse(source, Span::new(0, source.len()))
}

impl<'a> Expression<'a> {
    /// The variables that come from outside of the expression and are no functions: `$states`, and variables of the workflow.
    pub fn variables(&self) -> impl Iterator<Item = &Reference<'a>> {
        self.references.iter().filter(|reference| {
            !reference.bound && reference.call.is_none() && function(reference.name).is_none()
        })
    }
}
