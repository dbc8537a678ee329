//! What every function starts with: logs, configuration from the environment, the events it accepts, the errors it
//! answers with, and what the functions hand to each other.

mod asked;
mod config;
mod deploy;
mod fault;
mod handoff;
mod logs;
mod serve;

pub use asked::{DesignInput, Object};
pub use config::Config;
pub use deploy::{Deploy, DeployEvent, deploy_event};
pub use fault::Fault;
pub use handoff::{
    DiscoverInput, DiscoverOutput, InspectInput, InspectOutput, NotListed, Page, PageResult,
    RegionPages, ReportInput, ReportOutput, Work, paths,
};
pub use serve::{App, Invocation, answer, serve};
/// What handlers log with.
pub use tracing;

#[cfg(test)]
mod tests;
