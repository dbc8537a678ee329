//! `sfn-advisor history`: one execution.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use facts::{Execution, RecordedHistory};
use pricing::REFERENCE_REGION;

use crate::args::{Connection, Plain, PriceTable};
use crate::output::print;
use crate::{Outcome, account};

/// Which execution, and how it is told.
#[derive(Debug, Args)]
pub(crate) struct History {
    /// What `aws stepfunctions get-execution-history` printed: all pages, as they come; `-` for standard input
    #[arg(required_unless_present = "execution", value_name = "FILE")]
    file: Option<PathBuf>,
    /// Read the history of this execution from the account instead, without its data
    #[arg(long, value_name = "ARN", conflicts_with = "file")]
    execution: Option<String>,
    #[command(flatten)]
    connection: Connection,
    #[command(flatten)]
    table: PriceTable,
    /// How it is told
    #[arg(long, value_enum, default_value_t)]
    format: Plain,
}

/// Tells what one execution did.
pub(crate) fn history(args: &History) -> anyhow::Result<Outcome> {
    let table = args.table.read()?;
    let execution = match (&args.execution, &args.file) {
        (Some(arn), _) => Execution::of(&account::history(&args.connection, arn)?),
        (None, Some(file)) => read(file)?,
        (None, None) => return Ok(Outcome::Usage),
    };
    let region = args.execution.as_deref().and_then(region_of);
    let region = region.or(args.connection.region.first().map(String::as_str));
    let prices = table.region(region.unwrap_or(REFERENCE_REGION));
    print(&match args.format {
        Plain::Text => render::execution(&execution, &prices),
        Plain::Json => render::execution_json(&execution),
    })?;
    Ok(Outcome::Clean)
}

fn read(file: &Path) -> anyhow::Result<Execution> {
    let text = crate::read::text_or_stdin(file, crate::read::LARGEST_RECORD)?;
    let name = match file.as_os_str() {
        name if name == "-" => "standard input".to_owned(),
        _ => render::escape::visible(&file.display().to_string()).into_owned(),
    };
    let history =
        RecordedHistory::from_json(&text).with_context(|| format!("cannot use {name}"))?;
    Ok(history.execution())
}

/// The Region of the ARN of a Standard execution; an Express one has no history.
pub(crate) fn region_of(arn: &str) -> Option<&str> {
    let parts: Vec<&str> = arn.split(':').collect();
    match parts.as_slice() {
        ["arn", _, "states", region, _, "execution", _, ..] => Some(region),
        _ => None,
    }
}
