//! `sfn-advisor cost`: what the state machines of an account cost.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use render::By;

use crate::account::Purpose;
use crate::args::Account;
use crate::estimate::estimate;
use crate::output::{complain, print};
use crate::resume::Place;
use crate::{Outcome, account};

/// Whose cost, and how it is told.
#[derive(Debug, Args)]
pub(crate) struct Cost {
    #[command(flatten)]
    account: Account,
    /// Take an account file that `collect` wrote, instead of an account
    #[arg(long, value_name = "FILE", conflicts_with_all = ["profile", "region", "endpoint_url", "window_days", "sample", "seed", "express_logs", "metrics_api", "resume", "estimate", "api_share", "no_pacing"])]
    facts: Option<PathBuf>,
    /// What the table has a row for
    #[arg(long, value_enum, default_value_t)]
    by: Rows,
    /// With --by tag: only this tag
    #[arg(long, value_name = "KEY")]
    tag: Option<String>,
    /// How it is told
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Tell every machine and every state in full
    #[arg(long)]
    all: bool,
}

/// What a table has a row for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Rows {
    /// A state machine
    #[default]
    Machine,
    /// A state
    State,
    /// A value of a tag
    Tag,
}

/// How a cost is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For a terminal, the dearest first
    #[default]
    Text,
    /// A table for a spreadsheet
    Csv,
    /// One JSON object (version 1) with everything
    Json,
}

/// Tells what an account costs.
pub(crate) fn cost(args: &Cost) -> anyhow::Result<Outcome> {
    if args.tag.is_some() && args.by != Rows::Tag {
        complain("error: --tag goes with --by tag");
        return Ok(Outcome::Usage);
    }
    if args.account.estimate {
        return estimate(&args.account, Purpose::Bill, args.format == Format::Json);
    }
    let prices = args.account.prices.read()?;
    let (facts, journal) = if let Some(path) = &args.facts {
        (account::from_file(path)?, None)
    } else {
        let place = Place::of(args.account.resume.as_deref(), None);
        account::read(&args.account, &prices, Purpose::Bill, place.as_ref())?
    };
    let by = match args.by {
        Rows::Machine => By::Machine,
        Rows::State => By::State,
        Rows::Tag => By::Tag(args.tag.clone()),
    };
    let bill = cost::account(&facts, &prices);
    print(&match args.format {
        Format::Text => render::cost(&bill, &by, args.all),
        Format::Csv => render::cost_csv(&bill, &by),
        Format::Json => render::cost_json(&bill),
    })?;
    account::finish(journal);
    Ok(Outcome::Clean)
}
