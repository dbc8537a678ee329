//! The price table: the embedded one, or one that is read from text.

use crate::Usd;
use crate::lookup::unreadable;
use crate::region::{Provenance, RegionPrices};
use crate::table::Table;
use rust_decimal::Decimal;
use std::collections::BTreeSet;
use std::sync::OnceLock;

/// Prices by Region. Amounts of a month, in US dollars.
#[derive(Debug)]
pub struct Prices {
    /// `None` is the table without a price that stands in for an unreadable one.
    pub(crate) table: Option<Table>,
}

/// Why a price table is refused.
#[derive(Debug, thiserror::Error)]
pub enum PricesError {
    /// It is not JSON of the expected form.
    #[error(
        "the price table cannot be read: {0}; write each price as a string such as \"0.000025\""
    )]
    Json(serde_json::Error),
    /// A row does not hold what it must.
    #[error("the price table is wrong: `{at}` {why}")]
    Row {
        /// The place in the table, such as `standard.us-east-1`.
        at: String,
        /// What is wrong and what to do.
        why: &'static str,
    },
}

/// A price that belongs to no Region's row, taken from us-east-1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherPrice {
    /// The price of one unit.
    pub usd: Usd,
    /// What is counted, such as `delivery`.
    pub unit: String,
    /// Units of an account that are free each month.
    pub free_per_month: Decimal,
    /// Where it comes from.
    pub from: Provenance,
}

impl Prices {
    /// The table that is compiled in, read once.
    ///
    /// A test reads it, so it can be read; should it not be, there is no price to fall back on, and
    /// every price is zero with a note that says so.
    pub fn embedded() -> &'static Self {
        static PRICES: OnceLock<Prices> = OnceLock::new();
        PRICES.get_or_init(|| {
            Self::from_json(include_str!("../data/prices.json")).unwrap_or(Self { table: None })
        })
    }

    /// A table from text of the form of `data/prices.json`.
    ///
    /// Refuses text that is not of this form, a price that is no string or not above zero, tiers
    /// that do not ascend, and a row without a date or an explained source.
    pub fn from_json(text: &str) -> Result<Self, PricesError> {
        let table: Table = serde_json::from_str(text).map_err(PricesError::Json)?;
        table.check()?;
        Ok(Self { table: Some(table) })
    }

    /// When the table was put together, `YYYY-MM-DD`; rows may be older and say so.
    pub fn as_of(&self) -> &str {
        self.table.as_ref().map_or("unknown", |table| &table.as_of)
    }

    /// The Regions with a price of their own for a transition, sorted.
    pub fn regions(&self) -> impl Iterator<Item = &str> {
        self.table
            .iter()
            .flat_map(|table| table.standard.regions.keys().map(String::as_str))
    }

    /// The Regions of which the table says anything of Step Functions, sorted: those of
    /// [`Prices::regions`], and those that bill in another currency.
    pub fn listed(&self) -> impl Iterator<Item = &str> {
        let listed: BTreeSet<&str> = self
            .table
            .iter()
            .flat_map(|table| {
                let standard = table.standard.regions.keys();
                standard
                    .chain(table.standard.conflicting.keys())
                    .chain(table.express.regions.keys())
                    .chain(table.other_currencies.keys())
            })
            .map(String::as_str)
            .collect();
        listed.into_iter()
    }

    /// The prices of a Region. Never fails: an unlisted Region has the default prices, and says so.
    pub fn region(&self, region: &str) -> RegionPrices {
        match &self.table {
            Some(table) => table.region(region),
            None => unreadable(region),
        }
    }

    /// A price by its name in the `other` part of the table, such as `sns_email_delivery`.
    pub fn other(&self, name: &str) -> Option<OtherPrice> {
        let table = self.table.as_ref()?;
        let row = table.other.get(name)?;
        Some(OtherPrice {
            usd: Usd(row.prices.usd),
            unit: row.prices.unit.clone(),
            free_per_month: row.prices.free_per_month.unwrap_or_default(),
            from: table.from(row, true, row.note.clone()),
        })
    }
}

#[cfg(test)]
mod tests;
