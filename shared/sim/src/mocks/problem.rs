//! What is wrong with a mock file.

use std::fmt;

use asl::{Position, nearest};

/// How bad a problem of a mock file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MockLevel {
    /// The file can be used; something in it does nothing, or other tools refuse it.
    Warning,
    /// The file, or the case, cannot be used.
    Error,
}

/// Something wrong with a mock file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MockProblem {
    /// How bad it is.
    pub level: MockLevel,
    /// Where it stands; none where it is not about a place of the file.
    pub at: Option<Position>,
    /// What is wrong: one sentence, lower case, no full stop.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl MockProblem {
    pub(super) fn error(at: impl Into<Option<Position>>, message: impl Into<String>) -> Self {
        Self {
            level: MockLevel::Error,
            at: at.into(),
            message: message.into(),
            help: None,
        }
    }

    pub(super) fn warning(at: impl Into<Option<Position>>, message: impl Into<String>) -> Self {
        Self {
            level: MockLevel::Warning,
            ..Self::error(at, message)
        }
    }

    /// True where the file, or the case, cannot be used with it.
    pub fn is_error(&self) -> bool {
        self.level == MockLevel::Error
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Asks whether the nearest of the names was meant, or lists them where none is near and they are few.
    pub(super) fn instead_of<'n>(self, wanted: &str, names: impl Iterator<Item = &'n str>) -> Self {
        const FEW: usize = 8;
        let names: Vec<&str> = names.collect();
        if let Some(name) = nearest(wanted, names.iter().copied()) {
            return self.help(format!("did you mean `{name}`?"));
        }
        match names.as_slice() {
            [] => self,
            names if names.len() <= FEW => self.help(format!("there is `{}`", names.join("`, `"))),
            _ => self,
        }
    }
}

impl fmt::Display for MockProblem {
    /// `line:column: message; help`
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(at) = self.at {
            write!(out, "{}:{}: ", at.line, at.column)?;
        }
        out.write_str(&self.message)?;
        match &self.help {
            Some(help) => write!(out, "; {help}"),
            None => Ok(()),
        }
    }
}

/// Why a mock file cannot be used: all problems, in the order of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MockProblems(
    /// At least one of them is an error.
    pub Vec<MockProblem>,
);

impl fmt::Display for MockProblems {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, problem) in self.0.iter().enumerate() {
            if at > 0 {
                out.write_str("\n")?;
            }
            write!(out, "{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for MockProblems {}

impl std::error::Error for MockProblem {}
