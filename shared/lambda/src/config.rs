//! Configuration from the environment.

use std::time::Duration;

use aws::{Collect, Pace};

use crate::Fault;

/// What the functions are told by their environment. Every variable is listed with its meaning in `infra/README.md`.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// `AWS_REGION`: where the function itself runs.
    pub region: String,
    /// `SFN_ADVISOR_REGIONS`: Regions to audit, by comma; the function's own where absent.
    pub regions: Vec<String>,
    /// `SFN_ADVISOR_BUCKET`: work lists, results, reports, and what is known of findings.
    pub bucket: String,
    /// `SFN_ADVISOR_TOPIC_ARN`: where findings are published; empty for a function that does not publish.
    pub topic_arn: String,
    /// `SFN_ADVISOR_WINDOW_DAYS`: length of the observation window, 1 to 63, 14 where absent.
    pub window_days: u32,
    /// `SFN_ADVISOR_API_SHARE`: share of the account's API buckets to use, above 0 up to 1, 0.5 where absent.
    pub api_share: f64,
    /// `SFN_ADVISOR_PAGE_SIZE`: state machines in one page of work, 1 to 1000, 250 where absent.
    pub page_size: usize,
    /// `SFN_ADVISOR_DESIGN_PREFIX`: what keys of designs begin with, `designs` where absent.
    pub design_prefix: String,
    /// `AWS_ENDPOINT_URL`: another endpoint for all services, for a local server.
    pub endpoint: Option<String>,
}

impl Config {
    /// Reads the variables through `get`.
    pub fn from_environment(get: impl Fn(&str) -> Option<String>) -> Result<Self, Fault> {
        let text = |name: &str| {
            get(name)
                .map(|value| value.trim().to_owned())
                .filter(|value| !value.is_empty())
        };
        let required = |name: &str| {
            text(name).ok_or_else(|| {
                Fault::BadConfiguration(format!("environment variable {name} is not set"))
            })
        };
        let region = required("AWS_REGION")?;
        let regions: Vec<String> = text("SFN_ADVISOR_REGIONS")
            .map(|list| {
                list.split(',')
                    .map(|name| name.trim().to_owned())
                    .filter(|name| !name.is_empty())
                    .collect()
            })
            .unwrap_or_default();
        Ok(Self {
            regions: if regions.is_empty() {
                vec![region.clone()]
            } else {
                regions
            },
            region,
            bucket: required("SFN_ADVISOR_BUCKET")?,
            topic_arn: text("SFN_ADVISOR_TOPIC_ARN").unwrap_or_default(),
            window_days: number(
                "SFN_ADVISOR_WINDOW_DAYS",
                text("SFN_ADVISOR_WINDOW_DAYS"),
                14,
                1,
                63,
            )?,
            api_share: number(
                "SFN_ADVISOR_API_SHARE",
                text("SFN_ADVISOR_API_SHARE"),
                0.5,
                0.01,
                1.0,
            )?,
            page_size: number(
                "SFN_ADVISOR_PAGE_SIZE",
                text("SFN_ADVISOR_PAGE_SIZE"),
                250,
                1,
                1000,
            )?,
            design_prefix: prefix(text("SFN_ADVISOR_DESIGN_PREFIX"))?,
            endpoint: text("AWS_ENDPOINT_URL"),
        })
    }
}

impl Config {
    /// How to collect, for a function that runs beside the account's own users.
    pub fn collect(&self) -> Collect {
        Collect {
            window: Duration::from_hours(24 * u64::from(self.window_days)),
            pace: Pace::share(self.api_share),
            ..Collect::default()
        }
    }
}

/// A part of keys: no slash at its ends, and nothing that a key should not have.
fn prefix(text: Option<String>) -> Result<String, Fault> {
    let text = text.unwrap_or_else(|| "designs".to_owned());
    let trimmed = text.trim_matches('/');
    let is_plain = trimmed
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'/'));
    if trimmed.is_empty() || !is_plain || trimmed.contains("//") {
        return Err(Fault::BadConfiguration(format!(
            "environment variable SFN_ADVISOR_DESIGN_PREFIX is `{text}`; it takes letters, digits, `-`, `_` and `/`"
        )));
    }
    Ok(trimmed.to_owned())
}

fn number<T>(name: &str, text: Option<String>, default: T, least: T, most: T) -> Result<T, Fault>
where
    T: std::str::FromStr + PartialOrd + std::fmt::Display + Copy,
{
    let Some(text) = text else { return Ok(default) };
    match text.parse::<T>() {
        Ok(value) if value >= least && value <= most => Ok(value),
        _ => Err(Fault::BadConfiguration(format!(
            "environment variable {name} is `{text}`; it takes a number from {least} to {most}"
        ))),
    }
}
