//! Explores a state machine: which paths it has, and what has to be given and answered to take them.
//!
//! Every path is one that the interpreter took. What to give and to answer is found in three ways: values are made up where a
//! state reads something; they are solved from the rules of a Choice, followed back to the input or to the result of a
//! Task; and Tasks are made to fail with the errors that their retriers and catchers name. What cannot be found is told with the
//! reason, and never claimed.

mod coverage;
mod faults;
mod flow;
mod formula;
mod goals;
mod origin;
mod place;
mod plan;
mod query;
mod runs;
mod search;
mod solve;
mod trace;

use std::collections::BTreeMap;

use asl::Definition;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

pub use coverage::{Coverage, Covered};
pub use faults::{Fault, FaultPoint, FaultRuns, fault_points, fault_runs};

use crate::history::Status;
use crate::mocks::{Answer, Call, Mocks};

/// How far an exploration goes.
#[derive(Clone, Copy, Debug)]
pub struct ExploreOptions {
    /// Paths that are told.
    pub paths: usize,
    /// Executions that are run to find them.
    pub runs: usize,
    /// Steps of one execution; what takes more does not end.
    pub steps: u64,
    /// Steps of all executions together.
    pub all_steps: u64,
    /// Steps of the evaluation of all JSONata expressions together.
    pub all_work: u64,
    /// How often a loop is taken to find other paths in it: 0, 1, … times.
    pub loops: u64,
    /// When all executions start.
    pub start: Timestamp,
    /// True for an Express workflow.
    pub express: bool,
    /// What a Task gives of which nothing else is known. Values that states read of it are added.
    pub result: fn(&Call<'_>) -> Value,
}

impl Default for ExploreOptions {
    /// 200 paths, 5,000 runs, 10,000 steps of each and 400,000 of all, 40 million steps of evaluation, loops up to twice: some
    /// seconds at most.
    fn default() -> Self {
        Self {
            paths: 200,
            runs: 5_000,
            steps: 10_000,
            all_steps: 400_000,
            all_work: 40_000_000,
            loops: 2,
            start: Timestamp::UNIX_EPOCH,
            express: false,
            result: plausible,
        }
    }
}

/// What a Task gives at least, by its integration.
fn plausible(call: &Call<'_>) -> Value {
    if call.resource.contains(":lambda:invoke") {
        return json!({"ExecutedVersion": "$LATEST", "Payload": {}, "StatusCode": 200});
    }
    Value::Object(Map::new())
}

/// What an execution is given: enough to run it again.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trial {
    /// The input.
    pub input: Value,
    /// What each Task is answered, one call after the other; a Distributed Map for what it reads.
    pub answers: BTreeMap<String, Vec<Answer>>,
}

impl Trial {
    /// The answers as mocks.
    pub fn mocks(&self) -> Mocks {
        let mut mocks = Mocks::default();
        for (state, answers) in &self.answers {
            for answer in answers {
                mocks.push(state, answer.clone());
            }
        }
        mocks
    }
}

/// What had to be done so that a path was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReachedBy {
    /// Values were made up where states read them.
    Generated,
    /// Values were found so that rules of Choices hold, or for a number of items.
    Solved,
    /// Tasks were made to fail; whether they ever do is up to them.
    Forced,
}

impl ReachedBy {
    /// `generated`, `solved`, `forced`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Generated => "generated",
            Self::Solved => "solved",
            Self::Forced => "forced",
        }
    }
}

/// What a Choice decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decided {
    /// Name of the Choice.
    pub state: String,
    /// The rule that held, counted from 0; none for `Default`.
    pub rule: Option<usize>,
}

/// One path, as the interpreter took it.
#[derive(Clone, Debug)]
pub struct Path {
    /// What it was given.
    pub trial: Trial,
    /// How it was found.
    pub reached_by: ReachedBy,
    /// How it ended; stopped where it went on beyond the steps that a run may have.
    pub status: Status,
    /// The error, where it did not succeed.
    pub error: Option<String>,
    /// What is said of the error.
    pub cause: Option<String>,
    /// Names of the states in the order in which they were entered.
    pub entered: Vec<String>,
    /// What its Choices decided, in order.
    pub choices: Vec<Decided>,
    /// Billed transitions.
    pub transitions: u64,
    /// Virtual milliseconds; answers take no time.
    pub virtual_ms: u64,
}

/// What was found.
#[derive(Clone, Debug)]
pub struct Exploration {
    /// The paths, those that show something new first.
    pub paths: Vec<Path>,
    /// What they reach, and what not.
    pub coverage: Coverage,
    /// Which bound was met, where one was; else all paths that could be told apart within the bound of loops were tried.
    pub stopped: Option<&'static str>,
    /// Executions that were run.
    pub runs: usize,
}

/// Looks for the paths of a state machine, those first that show something new.
pub fn explore(definition: &Definition, options: &ExploreOptions) -> Exploration {
    search::Search::of(definition, options).all()
}
