//! What stands around a workflow: where it is deployed, who is told, what it may cost, what is wanted.

use rust_decimal::Decimal;

use super::Duration;

/// One of `environments`.
#[derive(Clone, Debug, PartialEq)]
pub struct EnvironmentNeed {
    /// `prod`
    pub name: String,
    /// Twelve digits.
    pub account: Option<String>,
    /// Another Region than the first of `regions`.
    pub region: Option<String>,
    /// Whether a person approves.
    pub approval: bool,
    /// How executions move to a new version.
    pub deployment: Rollout,
    /// Share of the load that it gets.
    pub load_factor: Decimal,
}

/// `environments.*.deployment`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rollout {
    /// `all-at-once`
    AllAtOnce,
    /// `canary`
    Canary,
    /// `linear`
    Linear,
}

/// `alarms`
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Alarms {
    /// Executions that fail.
    pub failed: Option<Threshold>,
    /// Executions that time out.
    pub timed_out: Option<Threshold>,
    /// Executions that are throttled.
    pub throttled: Option<Threshold>,
    /// Executions that are aborted.
    pub aborted: Option<Threshold>,
    /// Duration of the slowest of 100.
    pub duration_p99: Option<Duration>,
    /// Mail addresses that are told.
    pub notify: Vec<String>,
}

/// When an alarm rings.
#[derive(Clone, Debug, PartialEq)]
pub struct Threshold {
    /// At so many.
    pub count: Option<Decimal>,
    /// At so many of 100.
    pub percent: Option<Decimal>,
    /// Within this time.
    pub per: Duration,
}

/// `budget`
#[derive(Clone, Debug, PartialEq)]
pub struct Budget {
    /// US dollars a month.
    pub monthly_usd: Decimal,
    /// Whether a design above it is refused.
    pub hard: bool,
}

/// One of `outputs`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Output {
    /// `asl`
    Asl,
    /// `cost`
    Cost,
    /// `cdk`
    Cdk,
    /// `terraform`
    Terraform,
    /// `sam`
    Sam,
    /// `cloudformation`
    CloudFormation,
    /// `pipeline-github`
    PipelineGithub,
    /// `pipeline-codepipeline`
    PipelineCodePipeline,
    /// `diagram`
    Diagram,
    /// `runbook`
    Runbook,
}
