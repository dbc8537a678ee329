//! `sfn-advisor prices`: the price table, and a new one from the AWS Price List.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use pricing::RefreshError;

use crate::Outcome;
use crate::account;
use crate::args::{Connection, Plain, PriceTable, Table};
use crate::output::{complain, print};

/// Which prices, and how they are told.
#[derive(Debug, Args)]
pub(crate) struct Prices {
    /// Read the prices of Step Functions from the AWS Price List and write a new table; needs `pricing:GetProducts`
    #[arg(long)]
    refresh: bool,
    /// The table to write; one that is there is replaced, another file is not
    #[arg(
        long,
        value_name = "FILE",
        default_value = "prices.json",
        requires = "refresh"
    )]
    out: PathBuf,
    #[command(flatten)]
    connection: Connection,
    #[command(flatten)]
    table: PriceTable,
    /// How it is told
    #[arg(long, value_enum, default_value_t)]
    format: Plain,
}

/// Shows the price table, or writes a new one.
pub(crate) fn prices(args: &Prices) -> anyhow::Result<Outcome> {
    if args.refresh {
        return refresh(args);
    }
    let table = args.table.read()?;
    let regions = &args.connection.region;
    print(&match args.format {
        Plain::Text => render::price_table(&table, regions),
        Plain::Json => render::price_table_json(&table, regions),
    })?;
    Ok(Outcome::Clean)
}

fn refresh(args: &Prices) -> anyhow::Result<Outcome> {
    let there = existing(&args.out)?;
    // What was corrected by hand in the table that is replaced stays; one that was asked for counts more.
    let table = match (args.table.read()?, there) {
        (Table::Embedded(_), Some(there)) => Table::File(Box::new(there)),
        (table, _) => table,
    };
    let items = account::price_list(&args.connection)?;
    #[expect(clippy::disallowed_methods, reason = "an entry point reads the clock")]
    let today = TimeZone::UTC.to_datetime(Timestamp::now()).date();
    let refreshed = table.refreshed(&items, &today.to_string());
    if let Err(RefreshError::Incomplete { warnings, .. }) = &refreshed {
        warnings.iter().for_each(warn);
    }
    let refreshed = refreshed.context("no price table is written")?;
    account::write(&args.out, &refreshed.text)?;
    let file = args.out.display().to_string();
    if args.format == Plain::Json {
        print(&render::refreshed_json(&refreshed, &file))?;
    } else {
        refreshed.warnings.iter().for_each(warn);
        print(&render::refreshed(&refreshed, &file))?;
    }
    Ok(Outcome::Clean)
}

fn warn(warning: &pricing::Warning) {
    let text = warning.to_string();
    complain(&format!("not taken: {}", render::escape::visible(&text)));
}

/// The price table that a file holds; none where there is no file, and an error where it holds something else.
fn existing(path: &Path) -> anyhow::Result<Option<pricing::Prices>> {
    if path.try_exists().is_ok_and(|there| !there) {
        return Ok(None);
    }
    let name = path.display();
    let text = crate::read::text(path, crate::read::LARGEST)
        .with_context(|| format!("cannot replace {name}, which is no price table"))?;
    let table = pricing::Prices::from_json(&text);
    let table = table.with_context(|| {
        format!("{name} is no price table and is not replaced: name another file with --out")
    })?;
    Ok(Some(table))
}
