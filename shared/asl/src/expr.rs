//! The expressions inside of definitions: JSONPath, intrinsic functions, the Context Object, JSONata.
//!
//! Each is parsed, with its own grammar, from the unescaped text of a string. All offsets are bytes of that text.
//! Nothing is evaluated. Every parser is linear in the text and bounded in depth, and answers for any text.
//!
//! A `${…}` is filled in when the definition is deployed: it stands for text that is not known yet, and nothing is called
//! wrong because of it.

pub mod context;
mod cursor;
pub mod intrinsic;
pub mod jsonata;
pub mod path;
mod place;

use std::fmt;

pub use place::in_source;

use crate::Span;

/// How much is told of one expression: whoever mends that sees the rest.
pub const MOST_ISSUES: usize = 20;

/// Counts what is told of one string after the other.
#[derive(Default)]
pub(crate) struct Told {
    /// Where the string stands.
    string: usize,
    problems: usize,
}

impl Told {
    /// Another problem of the string that stands there. False where enough is told of it.
    pub(crate) fn more(&mut self, string: usize) -> bool {
        if self.string != string {
            *self = Self {
                string,
                problems: 0,
            };
        }
        self.problems += 1;
        self.problems <= MOST_ISSUES
    }

    /// True where nothing more is told of the string that stands there.
    pub(crate) fn is_enough(&self, string: usize) -> bool {
        self.string == string && self.problems > MOST_ISSUES
    }
}

/// Why an expression cannot be read, or cannot work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// The part that is wrong; empty, where something is missing.
    pub span: Span,
    /// What is wrong: one sentence, lower case, no full stop.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl Error {
    pub(crate) fn new(span: Span, message: impl Into<String>) -> Self {
        Self {
            span,
            message: message.into(),
            help: None,
        }
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// "did you mean …?", where there is such a name.
    pub(crate) fn did_you_mean(self, name: Option<&str>) -> Self {
        match name {
            Some(name) => self.help(format!("did you mean `{name}`?")),
            None => self,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

/// A text of the author, short enough for a sentence.
fn short(text: &str) -> &str {
    const MOST: usize = 60;
    text.char_indices()
        .nth(MOST)
        .and_then(|(end, _)| text.get(..end))
        .unwrap_or(text)
}

#[cfg(test)]
mod tests;
