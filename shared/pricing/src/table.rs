//! The price file as it is written, and what must hold of it.

use crate::prices::PricesError;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A tier as written: where it ends (`null` for the last one) and its price.
pub(crate) type TierRow = (Option<Decimal>, Decimal);

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Table {
    pub(crate) about: String,
    pub(crate) as_of: String,
    pub(crate) sources: BTreeMap<String, String>,
    pub(crate) standard: Standard,
    pub(crate) express: Express,
    /// Regions that do not bill in US dollars.
    #[serde(default)]
    pub(crate) other_currencies: BTreeMap<String, Row<Foreign>>,
    pub(crate) cloudwatch: CloudWatch,
    pub(crate) other: BTreeMap<String, Row<Other>>,
}

/// A row: its prices and where they come from.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Row<T> {
    #[serde(flatten)]
    pub(crate) prices: T,
    /// A key of [`Table::sources`].
    pub(crate) source: String,
    pub(crate) as_of: String,
    pub(crate) verified: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) note: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Standard {
    pub(crate) free_transitions_per_month: Decimal,
    pub(crate) default: Row<Transition>,
    pub(crate) regions: BTreeMap<String, Row<Transition>>,
    pub(crate) conflicting: BTreeMap<String, Row<Conflicting>>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Transition {
    pub(crate) usd: Decimal,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Conflicting {
    pub(crate) currency: String,
    pub(crate) per_transition: Vec<Decimal>,
    pub(crate) other_source: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Express {
    pub(crate) default: Row<ExpressPrices>,
    pub(crate) regions: BTreeMap<String, Row<ExpressPrices>>,
    pub(crate) page_gb_hours: Row<Tiers>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub(crate) struct ExpressPrices {
    pub(crate) request: Decimal,
    /// Upper bounds in GB-seconds.
    pub(crate) tiers: Vec<TierRow>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Tiers {
    pub(crate) tiers: Vec<TierRow>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CloudWatch {
    pub(crate) free_log_gb_per_month: Decimal,
    /// Where all but the last ingestion tier end.
    pub(crate) log_tier_bounds_gb: Vec<Decimal>,
    pub(crate) default: Row<CloudWatchPrices>,
    pub(crate) regions: BTreeMap<String, Row<CloudWatchPrices>>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct CloudWatchPrices {
    /// One price for each ingestion tier.
    pub(crate) ingest: Vec<Decimal>,
    pub(crate) storage: Decimal,
    pub(crate) alarm_month: Decimal,
    pub(crate) get_metric_data_per_1000: Decimal,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Other {
    pub(crate) usd: Decimal,
    pub(crate) unit: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) free_per_month: Option<Decimal>,
}

/// What is billed in another currency; none of what is not known.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Foreign {
    pub(crate) currency: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) per_transition: Option<Decimal>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) request: Option<Decimal>,
    /// Upper bounds in GB-seconds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) tiers: Vec<TierRow>,
}

impl Table {
    /// Every row has a source, a date and prices above zero, and every list of tiers is whole.
    pub(crate) fn check(&self) -> Result<(), PricesError> {
        check_date("as_of", &self.as_of)?;
        self.check_standard()?;
        self.check_express()?;
        self.check_other_currencies()?;
        self.check_cloudwatch()?;
        for (name, row) in &self.other {
            let at = format!("other.{name}");
            self.check_row(&at, row)?;
            check_price(&at, row.prices.usd)?;
        }
        Ok(())
    }

    fn check_standard(&self) -> Result<(), PricesError> {
        for (region, row) in named(&self.standard.default, &self.standard.regions) {
            let at = format!("standard.{region}");
            self.check_row(&at, row)?;
            check_price(&at, row.prices.usd)?;
        }
        for (region, row) in &self.standard.conflicting {
            let at = format!("standard.conflicting.{region}");
            self.check_row(&at, row)?;
            self.check_source(&at, &row.prices.other_source)?;
            for price in &row.prices.per_transition {
                check_price(&at, *price)?;
            }
            if row.prices.per_transition.len() < 2 {
                return Err(wrong(
                    &at,
                    "names fewer than two prices; make it a row of `regions`",
                ));
            }
        }
        Ok(())
    }

    fn check_express(&self) -> Result<(), PricesError> {
        for (region, row) in named(&self.express.default, &self.express.regions) {
            let at = format!("express.{region}");
            self.check_row(&at, row)?;
            check_price(&at, row.prices.request)?;
            check_tiers(&at, &row.prices.tiers)?;
        }
        self.check_row("express.page_gb_hours", &self.express.page_gb_hours)?;
        check_tiers(
            "express.page_gb_hours",
            &self.express.page_gb_hours.prices.tiers,
        )
    }

    fn check_other_currencies(&self) -> Result<(), PricesError> {
        for (region, row) in &self.other_currencies {
            let at = format!("other_currencies.{region}");
            self.check_row(&at, row)?;
            let prices = &row.prices;
            if !is_currency(&prices.currency) || prices.currency == "USD" {
                return Err(wrong(
                    &at,
                    "names no currency such as CNY; a price in US dollars is a row of `regions`",
                ));
            }
            for price in [prices.per_transition, prices.request].iter().flatten() {
                check_price(&at, *price)?;
            }
            if !prices.tiers.is_empty() {
                check_tiers(&at, &prices.tiers)?;
            }
        }
        Ok(())
    }

    fn check_cloudwatch(&self) -> Result<(), PricesError> {
        for (region, row) in named(&self.cloudwatch.default, &self.cloudwatch.regions) {
            let at = format!("cloudwatch.{region}");
            self.check_row(&at, row)?;
            for price in [
                row.prices.storage,
                row.prices.alarm_month,
                row.prices.get_metric_data_per_1000,
            ] {
                check_price(&at, price)?;
            }
            if row.prices.ingest.len() != self.cloudwatch.log_tier_bounds_gb.len() + 1 {
                return Err(wrong(
                    &at,
                    "has not one ingestion price for each tier; give one more than there are bounds",
                ));
            }
            check_tiers(&at, &self.cloudwatch.log_tiers(&row.prices))?;
        }
        Ok(())
    }

    fn check_row<T>(&self, at: &str, row: &Row<T>) -> Result<(), PricesError> {
        self.check_source(at, &row.source)?;
        check_date(at, &row.as_of)
    }

    fn check_source(&self, at: &str, source: &str) -> Result<(), PricesError> {
        if self
            .sources
            .get(source)
            .is_some_and(|text| !text.trim().is_empty())
        {
            Ok(())
        } else {
            Err(wrong(
                at,
                "names a source that `sources` does not explain; add it there",
            ))
        }
    }
}

impl CloudWatch {
    /// The ingestion tiers of a row: the bounds are the same everywhere.
    pub(crate) fn log_tiers(&self, prices: &CloudWatchPrices) -> Vec<TierRow> {
        let bounds = self
            .log_tier_bounds_gb
            .iter()
            .copied()
            .map(Some)
            .chain([None]);
        bounds.zip(prices.ingest.iter().copied()).collect()
    }
}

fn named<'a, T>(
    default: &'a T,
    regions: &'a BTreeMap<String, T>,
) -> impl Iterator<Item = (&'a str, &'a T)> {
    regions
        .iter()
        .map(|(region, row)| (region.as_str(), row))
        .chain([("default", default)])
}

fn wrong(at: &str, why: &'static str) -> PricesError {
    PricesError::Row {
        at: at.to_owned(),
        why,
    }
}

/// A code of ISO 4217, by its looks.
pub(crate) fn is_currency(code: &str) -> bool {
    code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase())
}

fn check_price(at: &str, price: Decimal) -> Result<(), PricesError> {
    if price > Decimal::ZERO {
        Ok(())
    } else {
        Err(wrong(at, "has a price that is not above zero; correct it"))
    }
}

pub(crate) fn check_tiers(at: &str, tiers: &[TierRow]) -> Result<(), PricesError> {
    let mut below = Some(Decimal::ZERO);
    for (bound, price) in tiers {
        check_price(at, *price)?;
        below = match (below, bound) {
            (Some(below), Some(bound)) if *bound > below => Some(*bound),
            (Some(_), None) => None,
            _ => {
                return Err(wrong(
                    at,
                    "has tiers that do not ascend; order them and leave only the last one open",
                ));
            }
        };
    }
    if below.is_none() {
        Ok(())
    } else {
        Err(wrong(at, "has no open last tier; give it the bound null"))
    }
}

/// `YYYY-MM-DD`, with a month and a day that exist in some year.
pub(crate) fn check_date(at: &str, date: &str) -> Result<(), PricesError> {
    let parts: Vec<&str> = date.split('-').collect();
    let digits = |text: &str, width: usize| {
        text.len() == width && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    let within = |text: &str, last: u8| {
        text.parse::<u8>()
            .is_ok_and(|number| (1..=last).contains(&number))
    };
    match parts.as_slice() {
        [year, month, day]
            if digits(year, 4)
                && digits(month, 2)
                && digits(day, 2)
                && within(month, 12)
                && within(day, 31) =>
        {
            Ok(())
        }
        _ => Err(wrong(at, "has no date such as 2026-11-22; correct `as_of`")),
    }
}
