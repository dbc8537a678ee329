//! What the functions hand to each other. Both ends are of one build, so these are no public formats; they are small,
//! because a state machine carries at most 256 KiB: what is large goes through the bucket.

use aws::Listed;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Deploy, DeployEvent, Fault, deploy_event};

/// What `discover` accepts: the input of the audit state machine, or an EventBridge scheduled event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DiscoverInput {
    /// Name of the run; the invocation's id where absent.
    pub run: Option<String>,
    /// Regions instead of the configured ones.
    pub regions: Option<Vec<String>>,
}

impl DiscoverInput {
    /// Reads the event.
    pub fn parse(event: &Value) -> Result<Self, Fault> {
        let Some(object) = event.as_object() else {
            return Err(Fault::BadEvent(
                "discover takes a JSON object: {} or {\"run\": NAME, \"regions\": [REGION]}"
                    .to_owned(),
            ));
        };
        let run = object.get("run").and_then(Value::as_str).map(safe_name);
        let regions = match object.get("regions") {
            None | Some(Value::Null) => None,
            Some(Value::Array(items)) => {
                let names: Option<Vec<String>> = items
                    .iter()
                    .map(|item| item.as_str().map(str::to_owned))
                    .collect();
                Some(names.ok_or_else(|| {
                    Fault::BadEvent("`regions` takes a list of Region names".to_owned())
                })?)
            }
            Some(_) => {
                return Err(Fault::BadEvent(
                    "`regions` takes a list of Region names".to_owned(),
                ));
            }
        };
        Ok(Self {
            run,
            regions: regions.filter(|names| !names.is_empty()),
        })
    }
}

/// Letters, digits and `-` only: the name becomes part of object keys.
fn safe_name(name: &str) -> String {
    name.chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .take(120)
        .collect()
}

/// One page of work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// Name of the run.
    pub run: String,
    /// Region.
    pub region: String,
    /// Number of the page in its Region, from 1.
    pub number: usize,
    /// Number of pages in the Region.
    pub of: usize,
}

/// The pages of one Region; they share its API buckets, so they are inspected one after the other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegionPages {
    /// Region.
    pub region: String,
    /// Pages.
    pub pages: Vec<Page>,
}

/// A Region that could not be listed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotListed {
    /// Region.
    pub region: String,
    /// Why.
    pub why: String,
}

/// What `discover` answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiscoverOutput {
    /// Name of the run.
    pub run: String,
    /// State machines that were listed.
    pub machines: usize,
    /// Work, by Region.
    pub regions: Vec<RegionPages>,
    /// Regions that could not be listed.
    pub not_listed: Vec<NotListed>,
}

/// The content of a page, in the bucket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Work {
    /// State machines, sorted by ARN.
    pub machines: Vec<Listed>,
}

/// What `inspect` accepts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InspectInput {
    /// A page of the fan-out.
    Page(Page),
    /// A state machine that was just deployed.
    Deploy(Deploy),
    /// An event that needs no work, and why.
    Ignored(String),
}

impl InspectInput {
    /// Reads the event.
    pub fn parse(event: &Value) -> Result<Self, Fault> {
        match deploy_event(event) {
            Some(DeployEvent::Deploy(deploy)) => return Ok(Self::Deploy(deploy)),
            Some(DeployEvent::Ignored(why)) => return Ok(Self::Ignored(why)),
            None => {}
        }
        serde_json::from_value(event.clone()).map(Self::Page).map_err(|error| {
            Fault::BadEvent(format!(
                "inspect takes a page of work from discover, or an EventBridge event of CloudTrail or CloudFormation: {error}"
            ))
        })
    }
}

/// What became of a page or a deploy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InspectOutput {
    /// A page was inspected; its findings are in the bucket.
    Page(PageResult),
    /// A deployed machine was inspected; its findings are in the bucket.
    Deploy(PageResult),
    /// Nothing was to be done, and why.
    Ignored(String),
    /// The page could not be inspected. Written by the audit state machine, not by `inspect`.
    Failed {
        /// The page.
        page: Page,
        /// The error's name.
        error: String,
    },
}

/// Where findings are, and how many.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageResult {
    /// Key of the findings in the bucket.
    pub key: String,
    /// State machines that were read.
    pub machines: usize,
    /// Findings.
    pub findings: usize,
    /// State machines that could not be read.
    pub not_read: usize,
}

/// What `report` accepts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReportInput {
    /// All pages of an audit.
    Audit {
        /// What discover answered.
        discovered: DiscoverOutput,
        /// What became of each page.
        results: Vec<InspectOutput>,
    },
    /// One state machine that was just deployed.
    Deploy(PageResult),
    /// Nothing to report, and why.
    Ignored(String),
}

impl ReportInput {
    /// Reads the event: the audit state machine's, what `inspect` answered, or the latter in the envelope of a Lambda
    /// destination.
    pub fn parse(event: &Value) -> Result<Self, Fault> {
        #[derive(Deserialize)]
        struct Audit {
            discovered: DiscoverOutput,
            results: Vec<Vec<InspectOutput>>,
        }
        let bad = |error: serde_json::Error| {
            Fault::BadEvent(format!(
                "report takes {{\"discovered\", \"results\"}} from the audit state machine, or what inspect answered for a deploy: {error}"
            ))
        };
        if event.get("discovered").is_some() {
            let audit: Audit = serde_json::from_value(event.clone()).map_err(bad)?;
            return Ok(Self::Audit {
                discovered: audit.discovered,
                results: audit.results.into_iter().flatten().collect(),
            });
        }
        let answer = event.get("responsePayload").unwrap_or(event);
        match serde_json::from_value(answer.clone()).map_err(bad)? {
            InspectOutput::Deploy(result) => Ok(Self::Deploy(result)),
            InspectOutput::Ignored(why) => Ok(Self::Ignored(why)),
            InspectOutput::Page(_) | InspectOutput::Failed { .. } => Err(Fault::BadEvent(
                "a page of an audit is reported by the audit state machine, with all others"
                    .to_owned(),
            )),
        }
    }
}

/// What `report` answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportOutput {
    /// Key of the report in the bucket; none where there was nothing to report.
    pub key: Option<String>,
    /// Id of the message; none where nothing was published.
    pub message_id: Option<String>,
    /// Findings in the report.
    pub findings: usize,
    /// Of these, new since the report before.
    pub new: usize,
    /// Gone since the report before.
    pub resolved: usize,
}

/// Keys of the objects in the bucket.
pub mod paths {
    use std::fmt::Write as _;

    use jiff::Timestamp;

    use super::Page;
    use crate::{Config, Object};

    /// The work of a page.
    pub fn work(page: &Page) -> String {
        format!(
            "runs/{}/work/{}/{:05}.json",
            page.run, page.region, page.number
        )
    }

    /// The findings of a page.
    pub fn result(page: &Page) -> String {
        format!(
            "runs/{}/results/{}/{:05}.json",
            page.run, page.region, page.number
        )
    }

    /// The findings of a deploy.
    pub fn deploy_result(id: &str) -> String {
        format!("runs/deploy-{id}/results.json")
    }

    /// The mark that a revision of a state machine has been inspected after its deploy.
    pub fn deploy_mark(region: &str, name: &str, revision: &str) -> String {
        format!("deploys/{region}/{}/{}", plain(name), plain(revision))
    }

    /// The report of a run.
    pub fn report(at: Timestamp, run: &str) -> String {
        format!("reports/{}/{run}.json", at.strftime("%Y/%m/%d"))
    }

    /// What the files of a design begin with.
    pub fn design(prefix: &str, name: &str, id: &str) -> String {
        format!("{prefix}/{}/{}/", plain(name), plain(id))
    }

    /// The answer to requirements that are an object: named by its key, and by its bucket too where that is another than the
    /// one that is written to.
    pub fn design_answer(config: &Config, asked: &Object) -> String {
        let mut key = format!("{}/answers/", config.design_prefix);
        if asked.bucket != config.bucket {
            key.push_str(&asked.bucket);
            key.push(':');
        }
        let parts: Vec<String> = asked.key.split('/').map(part).collect();
        key.push_str(&parts.join("/"));
        key.push_str(".json");
        key
    }

    /// One that is only dots would be a way up to some readers.
    fn part(text: &str) -> String {
        if text.bytes().all(|byte| byte == b'.') {
            "=2E".repeat(text.len())
        } else {
            plain(text)
        }
    }

    /// What is known of findings, by account.
    pub fn known(account: &str) -> String {
        format!("state/{}/findings.json", plain(account))
    }

    /// Text from an account as one part of a key: bytes that are not plain are written as `=XX`, so that two names never
    /// meet in one key.
    fn plain(text: &str) -> String {
        let mut out = String::new();
        for byte in text.bytes() {
            if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.') {
                out.push(char::from(byte));
            } else {
                _ = write!(out, "={byte:02X}");
            }
        }
        out
    }
}
