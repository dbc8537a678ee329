//! What people and programs read: terminal, email, chat, JSON.
//!
//! Each channel is one pure function from a [`findings::Report`]. Names, messages and reasons come from an account and are
//! data: every channel shows what it would otherwise interpret ([`escape`]). The JSON is the public interface, with types
//! of its own ([`json_v1`]); all other texts are for people and may change.

mod cost;
mod diagnostics;
mod digest;
mod email;
pub mod escape;
mod estimate;
mod execution;
pub mod json_v1;
mod price;
mod prices;
mod rules_page;
mod simulation;
mod slack;
mod sns;
mod table;
mod terminal;
mod words;

pub use cost::{By, cost, cost_csv, cost_json};
pub use diagnostics::{diagnostics_json, github, sarif};
pub use email::{Email, deploy_email, email};
pub use estimate::{CallsEstimate, RegionEstimate, estimate, estimate_json};
pub use execution::{execution, execution_json};
pub use json_v1::json;
pub use price::{Calculation, price, price_json};
pub use prices::{price_table, price_table_json, refreshed, refreshed_json};
pub use rules_page::{explain, rules_markdown, rules_table};
pub use simulation::{
    RanCase, SimulatedCase, Simulation, SimulationOptions, Verdict, exploration, exploration_json,
    faults, mock_file, simulated_cases, simulated_cases_json, simulation, simulation_json,
};
pub use slack::{Chat, chatbot_json, deploy_slack, slack, slack_text};
pub use sns::{Attribute, Kind, Notification, SNS_LIMIT, notification};
pub use terminal::{FileProblem, TerminalOptions, problems, terminal};
pub use words::wrap;

/// Where a reader finds more.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Links {
    /// The whole report: an `https` address to follow, or a place to fetch it from (`s3://…`).
    pub report: Option<String>,
}

impl Links {
    /// The longest address that is passed on; a signed one of S3 has about 1,500 bytes.
    const LONGEST: usize = 3_000;

    /// The place of the report, fit for a line of its own.
    fn place(&self) -> Option<&str> {
        self.report.as_deref().filter(|link| {
            !link.is_empty()
                && link.len() <= Self::LONGEST
                && link.chars().all(|c| c.is_ascii_graphic())
        })
    }
}

#[cfg(test)]
mod tests;
