//! The account file: the facts of many state machines, as JSON.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Fact, MachineFacts, RegionTotals, Window};

/// The version of the account file that this code writes, and the newest that it reads.
///
/// Older files are read, too: what a version adds has a default. It is counted up all the same, because whoever reads only
/// older files refuses a field that it does not know, and shall say why.
///
/// - 1: the first.
/// - 2: alarms have `evaluation_periods` and `datapoints_to_alarm`.
/// - 3: sampled executions tell retries and time by state.
/// - 4: what a bill needs: strata of samples, children of Distributed Maps, log groups, totals of Regions.
pub const SCHEMA_VERSION: u32 = 4;

/// A state machine that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct NotRead {
    /// Region.
    pub region: String,
    /// Its ARN, or the scope that could not be listed.
    pub arn: String,
    /// Why.
    pub why: String,
}

/// What was collected of one account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountFacts {
    /// Schema version, [`SCHEMA_VERSION`].
    pub version: u32,
    /// Account id; empty where no state machine told it.
    #[serde(default)]
    pub account: String,
    /// When it was collected.
    pub collected: Timestamp,
    /// The observation window of the metrics.
    pub window: Window,
    /// Regions that were asked, sorted.
    pub regions: Vec<String>,
    /// State machines, sorted by ARN.
    pub machines: Vec<MachineFacts>,
    /// State machines that could not be read, sorted.
    #[serde(default)]
    pub not_read: Vec<NotRead>,
    /// What CloudWatch says of each Region as a whole, by Region.
    #[serde(default)]
    pub totals: BTreeMap<String, Fact<RegionTotals>>,
}

/// Why an account file cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FactsError {
    /// It is not the JSON that it should be: what is wrong, with line and column.
    Malformed(String),
    /// It was written by a newer version: that version.
    Newer(u64),
}

impl std::fmt::Display for FactsError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Malformed(what) => write!(f, "not an account file: {what}"),
            Self::Newer(version) => write!(
                f,
                "the account file has schema version {version}, this sfn-advisor reads up to {SCHEMA_VERSION}: upgrade it, or collect again"
            ),
        }
    }
}

impl std::error::Error for FactsError {}

impl AccountFacts {
    /// Reads an account file.
    pub fn from_json(text: &str) -> Result<Self, FactsError> {
        #[derive(Deserialize)]
        struct Version {
            version: u64,
        }
        let malformed = |error: serde_json::Error| FactsError::Malformed(error.to_string());
        // The version first: a newer file may well not fit today's shape.
        let Version { version } = serde_json::from_str(text).map_err(malformed)?;
        if version > u64::from(SCHEMA_VERSION) {
            return Err(FactsError::Newer(version));
        }
        serde_json::from_str(text).map_err(malformed)
    }

    /// Writes an account file; stable and diffable.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }
}
