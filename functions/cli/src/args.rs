//! The command line: an interface that scripts rely on.

use std::ffi::OsString;
use std::ops::Deref;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{Args, Parser, Subcommand, ValueEnum};
use findings::{Severity, Strictness};
use jiff::Timestamp;
use pricing::Prices;
use rust_decimal::Decimal;

use crate::read;

/// Says what AWS Step Functions state machines cost, why, and what to change.
#[derive(Debug, Parser)]
#[command(name = "sfn-advisor", version, about, max_term_width = 100, after_help = EXIT_CODES)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXIT_CODES: &str = "Exit codes: 0 nothing found at or above --fail-on, 1 findings at or above it, 2 wrong usage, 3 could not audit.";

const FIX_EXIT_CODES: &str = "Exit codes: 0 done, or with --diff nothing to change; 1 with --diff: there are changes; 2 wrong usage; 3 a file could not be read.";

const FILE_EXIT_CODES: &str =
    "Exit codes: 0 done, 2 wrong usage, 3 what was asked for could not be read.";

const SHOWN_REGION: &str = "Region to show, with all that there is to say of its prices; may be repeated. With --refresh: the Region from which AWS is asked";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Audit a recorded account: the report, the e-mail and the Slack message; needs no AWS account
    Demo(Demo),
    /// Audit the state machines of an account, or of an account file
    Audit(Audit),
    /// Write what an audit would read of an account to a file
    Collect(Collect),
    #[command(after_help = EXIT_CODES)]
    /// Check definitions: .asl.json and .asl.yaml files, other JSON and YAML that is one, and those in templates of
    /// CloudFormation, SAM, CDK, Terraform and the Serverless Framework
    Check(Check),
    /// Mend what has one obvious way: misspelt names, numbers in quotes, fields that do not go together
    ///
    /// What is changed is printed. Nothing is changed that would make something else wrong; what changes the behaviour of a
    /// workflow that AWS accepts (retriers, timeouts, removed states) is changed only where --rule asks for it. Definitions are
    /// changed where they stand: in JSON, and in YAML and templates where it is known how they are written there; what cannot be
    /// written is told.
    #[command(after_help = FIX_EXIT_CODES)]
    Fix(Fix),
    /// What one execution did: states, retries, time, transitions, from its history
    #[command(after_help = FILE_EXIT_CODES)]
    History(crate::history::History),
    /// Run a state machine without AWS: the way it goes, its retries and times, how it ends, what it costs
    #[command(after_help = crate::simulate::EXIT_CODES)]
    Simulate(crate::simulate::Simulate),
    /// What a month costs: a calculator for Standard and Express workflows
    #[command(after_help = FILE_EXIT_CODES)]
    Price(crate::price::Price),
    /// Show the prices that are used, or write a new table of them from the AWS Price List
    #[command(after_help = FILE_EXIT_CODES)]
    #[command(mut_arg("region", |arg| arg.help(SHOWN_REGION)))]
    #[command(mut_arg("profile", |arg| arg.requires("refresh")))]
    #[command(mut_arg("endpoint_url", |arg| arg.requires("refresh")))]
    Prices(crate::prices::Prices),
    /// What the state machines of an account cost in a month, by machine, state or tag, and what they would cost as the
    /// other type
    #[command(after_help = FILE_EXIT_CODES)]
    Cost(crate::cost::Cost),
    /// Write a first requirements file, by asking questions on the terminal, or from answers in a pipe, one a line
    #[command(after_help = crate::init::EXIT_CODES)]
    Init(crate::init::Init),
    /// Design a workflow from requirements: definition, reasons, cost, infrastructure, tests; or say what serves better
    #[command(after_help = crate::design::EXIT_CODES)]
    Design(crate::design::Design),
    /// Derive the role, the alarms and the infrastructure of a definition: Terraform, CDK, SAM, CloudFormation, a pipeline
    #[command(after_help = crate::iac::EXIT_CODES)]
    Iac(crate::iac::Iac),
    /// List the rules
    Rules(Rules),
    /// Explain a rule or a problem of the language: what it is, why it matters, what to do
    Explain {
        /// Id of the rule or problem, as `sfn-advisor rules` and `check` tell it, or a code of AWS such as
        /// `MISSING_TRANSITION_TARGET`
        rule: String,
    },
}

/// For people, or for programs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Plain {
    /// For a terminal
    #[default]
    Text,
    /// One JSON object (version 1)
    Json,
}

/// How findings are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For a terminal
    Text,
    /// One JSON object (version 1)
    Json,
    /// The e-mail that the topic sends
    Email,
    /// The Slack message that the topic sends
    Slack,
}

/// How check prints findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum CheckFormat {
    /// For a terminal
    Text,
    /// One JSON object (version 1)
    Json,
    /// SARIF 2.1.0
    Sarif,
    /// Annotations of GitHub Actions
    Github,
}

/// A type of workflow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "UPPER")]
pub(crate) enum Workflow {
    /// Billed by transition, up to a year
    Standard,
    /// Billed by time, up to five minutes
    Express,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless `NO_COLOR` is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// Print only one of them
    #[arg(long, value_enum)]
    pub(crate) format: Option<Format>,
    #[command(flatten)]
    pub(crate) prices: PriceTable,
    /// When to use colours
    #[arg(long, value_enum, default_value_t)]
    pub(crate) color: Color,
}

/// What is judged, and how it is told.
#[derive(Debug, Args)]
pub(crate) struct Audit {
    #[command(flatten)]
    pub(crate) account: Account,
    /// Judge an account file that `collect` wrote, instead of an account
    #[arg(long, value_name = "FILE", conflicts_with_all = ["profile", "region", "endpoint_url", "window_days", "sample", "seed", "express_logs", "metrics_api", "resume", "estimate", "api_share", "no_pacing"])]
    pub(crate) facts: Option<PathBuf>,
    /// How findings are printed
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) format: Format,
    /// Exit with 1 where a finding has at least this severity: informational, low, medium, high, critical
    #[arg(long, value_name = "SEVERITY")]
    pub(crate) fail_on: Option<Severity>,
    /// Write the fixes (alarms as CloudFormation and Terraform, changed definitions, migration plans) to this folder
    #[arg(long, value_name = "DIR")]
    pub(crate) write_fixes: Option<PathBuf>,
    /// Tell every finding in full; otherwise the ten most valuable ones are, and the others in a line each
    #[arg(long)]
    pub(crate) all: bool,
    /// Count AWS's free tier of 4,000 transitions a month; the account has it once, so this suits an account with one busy
    /// state machine
    #[arg(long)]
    pub(crate) free_tier: bool,
    /// When to use colours
    #[arg(long, value_enum, default_value_t)]
    pub(crate) color: Color,
}

/// Which account is read, and how carefully.
#[derive(Debug, Args)]
pub(crate) struct Account {
    #[command(flatten)]
    pub(crate) connection: Connection,
    /// Length of the observation window in days
    #[arg(long, value_name = "DAYS", default_value_t = 14, value_parser = clap::value_parser!(u32).range(1..=63))]
    pub(crate) window_days: u32,
    /// Execution histories that are read of a state machine, at most, where they are worth it
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(crate) sample: u16,
    /// What the sample of executions is drawn with: the same executions and seed bring the same sample
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = seed, allow_negative_numbers = true)]
    pub(crate) seed: u64,
    /// Search the logs of Express workflows for their executions, and scan no more than so many GB; the cost is printed before.
    /// For those that are logged with level ALL
    #[arg(long, value_name = "GB", value_parser = gigabytes)]
    pub(crate) express_logs: Option<Decimal>,
    /// How CloudWatch is asked: many metrics in a call, each charged, or one in a call, the first million a month free
    #[arg(long, value_enum, value_name = "API", default_value_t)]
    pub(crate) metrics_api: MetricsApi,
    /// Keep answers of AWS in this file as they arrive (definitions are among them), and go on from there when it is given
    /// again within six hours; it is removed at the end
    #[arg(long, value_name = "FILE", conflicts_with = "estimate")]
    pub(crate) resume: Option<PathBuf>,
    /// Print what would be asked of AWS and what that costs, as text or with --format json, and ask nothing but for the list of
    /// state machines
    #[arg(long)]
    pub(crate) estimate: bool,
    #[command(flatten)]
    pub(crate) prices: PriceTable,
}

/// An action of CloudWatch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum MetricsApi {
    /// `GetMetricData`
    Data,
    /// `GetMetricStatistics`
    Statistics,
    /// `GetMetricStatistics` where that takes no longer and is allowed
    #[default]
    Cheapest,
}

/// Which prices count.
#[derive(Debug, Args)]
pub(crate) struct PriceTable {
    /// Price table to use instead of the built-in one, such as `prices --refresh` writes
    #[arg(
        long,
        value_name = "FILE",
        env = "SFN_ADVISOR_PRICES",
        hide_env_values = true
    )]
    prices: Option<OsString>,
}

/// A price table.
pub(crate) enum Table {
    /// The one that is compiled in.
    Embedded(&'static Prices),
    /// One of a file.
    File(Box<Prices>),
}

impl Deref for Table {
    type Target = Prices;

    fn deref(&self) -> &Prices {
        match self {
            Self::Embedded(prices) => prices,
            Self::File(prices) => prices,
        }
    }
}

impl PriceTable {
    /// Reads it.
    pub(crate) fn read(&self) -> anyhow::Result<Table> {
        // A variable that is set to nothing is none.
        let Some(file) = self.prices.as_ref().filter(|file| !file.is_empty()) else {
            return Ok(Table::Embedded(Prices::embedded()));
        };
        let name = Path::new(file).display();
        let text =
            read::text(Path::new(file), read::LARGEST).context("cannot use the price table")?;
        let prices = Prices::from_json(&text).with_context(|| format!("cannot use {name}"))?;
        Ok(Table::File(Box::new(prices)))
    }
}

/// How AWS is called.
#[derive(Debug, Args)]
pub(crate) struct Connection {
    /// Profile of the AWS configuration, as in the AWS CLI
    #[arg(long)]
    pub(crate) profile: Option<String>,
    /// Region to read; may be repeated. Default: the profile's
    #[arg(long, value_name = "REGION")]
    pub(crate) region: Vec<String>,
    /// Another endpoint for all services, for a local server
    #[arg(long, value_name = "URL")]
    pub(crate) endpoint_url: Option<String>,
    /// Share of the account's documented API buckets to use; the rest is left to the account's own users
    #[arg(long, value_name = "SHARE", default_value_t = 0.5, value_parser = share)]
    pub(crate) api_share: f64,
    /// Call as fast as the endpoint answers, for a local server
    #[arg(long, conflicts_with = "api_share")]
    pub(crate) no_pacing: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Collect {
    #[command(flatten)]
    pub(crate) account: Account,
    /// The account file to write; while it is read, FILE.partial keeps what is known, and another try goes on from there
    #[arg(long, value_name = "FILE", required_unless_present = "estimate")]
    pub(crate) out: Option<PathBuf>,
    /// How the estimate is printed
    #[arg(long, value_enum, default_value_t, requires = "estimate")]
    pub(crate) format: Plain,
}

#[derive(Debug, Args)]
pub(crate) struct Check {
    #[command(flatten)]
    pub(crate) files: Files,
    #[command(flatten)]
    pub(crate) prices: PriceTable,
    /// How findings are printed
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) format: CheckFormat,
    /// Tell every finding in full; otherwise the twenty worst are, and the others in a line each
    #[arg(long)]
    pub(crate) all: bool,
    /// Exit with 1 where a finding has at least this severity; errors of the language are `high`
    #[arg(long, value_name = "SEVERITY", default_value = "high")]
    pub(crate) fail_on: Severity,
    /// When to use colours
    #[arg(long, value_enum, default_value_t)]
    pub(crate) color: Color,
}

/// Which definitions, and how strictly they are judged.
#[derive(Debug, Args)]
pub(crate) struct Files {
    /// Files, folders to search for definitions, or patterns such as `src/**/*.asl.json`
    #[arg(required_unless_present = "stdin", value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// Read one definition from standard input
    #[arg(long, conflicts_with = "paths")]
    pub(crate) stdin: bool,
    /// Type of the workflows, where the files do not say it
    #[arg(long = "type", value_enum, ignore_case = true, value_name = "TYPE")]
    pub(crate) workflow: Option<Workflow>,
    /// How much to be told: default, strict, all
    #[arg(long, default_value = "default")]
    pub(crate) strictness: Strictness,
}

#[derive(Debug, Args)]
pub(crate) struct Fix {
    #[command(flatten)]
    pub(crate) files: Files,
    /// Print the changes and leave the files as they are; exit with 1 where there are some
    #[arg(long)]
    pub(crate) diff: bool,
    /// Apply the changes of this rule only, also those that change what a workflow does, such as a retrier or a timeout; may be
    /// repeated
    #[arg(long, value_name = "RULE")]
    pub(crate) rule: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Rules {
    /// How the rules are printed
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) format: RulesFormat,
}

/// How rules are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RulesFormat {
    /// A table
    Text,
    /// The rules page of the documentation
    Markdown,
}

fn gigabytes(text: &str) -> Result<Decimal, String> {
    match text.parse::<Decimal>() {
        Ok(value) if value > Decimal::ZERO && value <= Decimal::from(1_000_000) => Ok(value),
        _ => Err("a number of GB is above 0, such as 0.5".to_owned()),
    }
}

/// A Region of AWS by its name: one of which there are prices, or one that looks like the others.
pub(crate) fn region(text: &str) -> Result<String, String> {
    let prices = Prices::embedded();
    let mut parts = text.split('-');
    let starts = parts.next().is_some_and(|first| {
        (2..=6).contains(&first.len()) && first.bytes().all(|byte| byte.is_ascii_lowercase())
    });
    let ends = parts.next_back().is_some_and(|last| {
        (1..=2).contains(&last.len()) && last.bytes().all(|byte| byte.is_ascii_digit())
    });
    let mut between = parts.peekable();
    let is_like_others = starts
        && ends
        && between.peek().is_some()
        && between
            .all(|word| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase()));
    if is_like_others || prices.listed().any(|known| known == text) {
        return Ok(text.to_owned());
    }
    Err(match asl::nearest(text, prices.listed()) {
        Some(near) => format!("there is no such Region; did you mean `{near}`?"),
        None => "there is no such Region: they are named like us-east-1".to_owned(),
    })
}

/// A seed: the same brings the same.
pub(crate) fn seed(text: &str) -> Result<u64, String> {
    let seed = text.parse();
    seed.map_err(|_| format!("a seed is a whole number from 0 to {}", u64::MAX))
}

/// A point of time.
pub(crate) fn timestamp(text: &str) -> Result<Timestamp, String> {
    let time = text.parse();
    time.map_err(|_| "a time is written as 2026-01-01T00:00:00Z".to_owned())
}

fn share(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if value > 0.0 && value <= 1.0 => Ok(value),
        _ => Err("a share is above 0 and up to 1, such as 0.5".to_owned()),
    }
}
