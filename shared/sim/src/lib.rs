//! Executes Amazon States Language as AWS does: on virtual time, without AWS, the same each time.
//!
//! [`simulate`] takes a definition that was read and an input, and asks [`Tasks`] for what the services answer. There is no
//! clock, no sleeping and no randomness but a seed in here, and what it is given never makes it fail: an execution that AWS
//! would end with an error ends with that error, and one that does not end is stopped by [`Limits`].
//!
//! Sources of how AWS behaves: executions recorded on AWS, the Amazon States Language specification, the Developer Guide.

mod bounds;
mod choice;
mod context;
mod data;
mod distributed;
pub mod eval;
mod explore;
mod express;
mod failure;
mod frame;
mod handlers;
mod history;
mod history_json;
mod map;
mod measure;
mod mocks;
mod program;
mod reader;
mod record;
mod run;
mod scope;
mod side;
mod sight;
mod task;
mod template;
mod visit;
mod wait;
mod way;

pub use explore::{
    Coverage, Covered, Decided, Exploration, ExploreOptions, Fault, FaultPoint, FaultRuns, Path,
    ReachedBy, Trial, explore, fault_points, fault_runs,
};
pub use history::{Detail, Event, Outcome, Status};
pub use mocks::{
    Answer, Call, CaseMocks, Departure, Expected, Invented, Invention, LostTest, MockFile,
    MockLevel, MockProblem, MockProblems, Mocks, Otherwise, Replay, ReplayError, Response, Tasks,
    Test,
};
pub use run::{Limits, Options, simulate};
pub use sight::Sight;
pub use way::{Attempt, ChildFailure, Children, End, Erred, Lane, Profile, Use, Visit};

#[cfg(test)]
mod tests;
