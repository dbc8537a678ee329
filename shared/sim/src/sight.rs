//! What an execution does, told while it runs.

use serde_json::Value;

use crate::failure::Failure;
use crate::program::Next;

/// One thing that an execution does. States of branches and iterations are told between the entering and the leaving of the
/// state that they are in, branch after branch.
#[derive(Clone, Copy, Debug)]
pub enum Sight<'a> {
    /// A state is entered.
    Entered {
        /// Its name.
        state: &'a str,
        /// Its raw input.
        input: &'a Value,
    },
    /// A Choice has made up its mind.
    Chose {
        /// The rule that holds, counted from 0; none for `Default`.
        rule: Option<usize>,
    },
    /// An attempt of the state that was entered last, and not left, has failed. Its retriers and catchers come next.
    Erred {
        /// Name of the error.
        error: &'a str,
        /// What is said of it.
        cause: &'a str,
        /// No retrier and no catcher of the state sees it.
        is_fatal: bool,
        /// It is a missed heartbeat, which handlers may have another name for.
        is_heartbeat: bool,
    },
    /// The state is left.
    Left {
        /// Its output.
        output: &'a Value,
        /// Its scope ends with it.
        ends: bool,
    },
    /// The state failed for good, and so does its scope.
    Failed {
        /// Name of the error.
        error: &'a str,
    },
}

impl<'a> Sight<'a> {
    /// How a state was left.
    pub(crate) fn of(done: Result<(&'a Value, Next), &'a Failure>) -> Self {
        match done {
            Ok((output, next)) => Self::Left {
                output,
                ends: next == Next::End,
            },
            Err(failure) => Self::Failed {
                error: &failure.error,
            },
        }
    }
}
