//! What the services answer.

mod case;
mod file;
mod invented;
mod needs;
mod problem;
mod read;
mod recording;
mod replay;
mod scope;
mod uses;

pub use case::CaseMocks;
pub use file::{Expected, LostTest, MockFile, Response, Test};
pub use invented::{Invented, Invention};
pub use problem::{MockLevel, MockProblem, MockProblems};
pub use replay::{Departure, Replay, ReplayError};

use std::collections::BTreeMap;

use serde_json::Value;

use crate::sight::Sight;

/// A call that a Task makes.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// Name of the Task.
    pub state: &'a str,
    /// `Resource`, as written.
    pub resource: &'a str,
    /// What it is called with.
    pub input: &'a Value,
    /// How often this Task has called before in this execution.
    pub before: u64,
}

/// An answer, and how many virtual milliseconds it takes.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// It returns this.
    Return {
        /// The result.
        output: Value,
        /// When, after the call.
        after_ms: u64,
    },
    /// It fails.
    Throw {
        /// Name of the error; a callback may give none.
        error: Option<String>,
        /// What is said of it; a callback may say nothing.
        cause: Option<String>,
        /// When, after the call.
        after_ms: u64,
    },
    /// It does not answer: the Task times out.
    Never,
    /// Nothing says what is answered.
    Unknown,
}

/// Answers the calls of an execution.
pub trait Tasks {
    /// The answer to a call.
    fn answer(&mut self, call: &Call<'_>) -> Answer;

    /// True where nobody else may answer for this Task, also where the answer is [`Answer::Unknown`]: mocks that have run out.
    fn is_alone(&self, _state: &str) -> bool {
        false
    }

    /// Is told what the execution does meanwhile; most do not care.
    fn saw(&mut self, _sight: &Sight<'_>) {}
}

/// Answers with the second where the first does not know.
#[derive(Clone, Debug, Default)]
pub struct Otherwise<A, B>(
    /// Is asked first.
    pub A,
    /// Is asked where the first does not know, and may be asked instead.
    pub B,
);

impl<A: Tasks, B: Tasks> Tasks for Otherwise<A, B> {
    fn answer(&mut self, call: &Call<'_>) -> Answer {
        match self.0.answer(call) {
            Answer::Unknown if !self.0.is_alone(call.state) => self.1.answer(call),
            answer => answer,
        }
    }

    fn is_alone(&self, state: &str) -> bool {
        self.0.is_alone(state) || self.1.is_alone(state)
    }

    fn saw(&mut self, sight: &Sight<'_>) {
        self.0.saw(sight);
        self.1.saw(sight);
    }
}

/// What stands for a source of answers is one.
macro_rules! through {
    ($of:ident, $($pointer:tt)+) => {
        impl<$of: Tasks + ?Sized> Tasks for $($pointer)+ {
            fn answer(&mut self, call: &Call<'_>) -> Answer {
                (**self).answer(call)
            }

            fn is_alone(&self, state: &str) -> bool {
                (**self).is_alone(state)
            }

            fn saw(&mut self, sight: &Sight<'_>) {
                (**self).saw(sight);
            }
        }
    };
}

through!(T, &mut T);
through!(T, Box<T>);

/// Answers by the name of the Task, one after the other; the last one of a Task for all calls that follow.
#[derive(Clone, Debug, Default)]
pub struct Mocks {
    answers: BTreeMap<String, Vec<Answer>>,
}

impl Mocks {
    /// Adds what a Task is answered next.
    pub fn push(&mut self, state: &str, answer: Answer) {
        self.answers
            .entry(state.to_owned())
            .or_default()
            .push(answer);
    }
}

impl Tasks for Mocks {
    fn answer(&mut self, call: &Call<'_>) -> Answer {
        let Some(answers) = self.answers.get(call.state) else {
            return Answer::Unknown;
        };
        let at = usize::try_from(call.before).unwrap_or(usize::MAX);
        answers
            .get(at)
            .or_else(|| answers.last())
            .cloned()
            .unwrap_or(Answer::Unknown)
    }
}
