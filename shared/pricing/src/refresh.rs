//! A new price table from an older one and the AWS Price List.

use crate::lookup::REFERENCE;
use crate::price_list::{Kind, Listed, PriceList, read};
use crate::prices::PricesError;
use crate::table::{ExpressPrices, Foreign, Row, Table, TierRow, Transition, check_date};
use crate::{Prices, Usd, num};
use rust_decimal::Decimal;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// The key of the source in the table.
const SOURCE: &str = "price-list";

/// A refreshed price table.
#[derive(Debug)]
pub struct Refreshed {
    /// The table, as a file holds it.
    pub text: String,
    /// How many Regions the list has prices of.
    pub regions: usize,
    /// The prices that are others now, by Region.
    pub changes: Vec<Change>,
    /// Regions with prices in the table of which the list has none of a transition: those stay as
    /// they were, with their older dates.
    pub unlisted: Vec<String>,
    /// What of the list could not be taken.
    pub warnings: Vec<Warning>,
}

/// A price that is another one now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The Region, or `default` for what stands in for Regions without a row.
    pub region: String,
    /// `transition`, `Express request`, `Express duration` or `free transitions`.
    pub what: &'static str,
    /// The price that was on record, for reading; none where there was none.
    pub old: Option<String>,
    /// The price that is now.
    pub new: String,
}

/// What of a price list could not be taken, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// A usage type or a Region.
    pub what: String,
    /// What is the matter with it.
    pub why: String,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.what, self.why)
    }
}

/// Why there is no refreshed table.
#[derive(Debug, thiserror::Error)]
pub enum RefreshError {
    /// The table to begin with has no prices.
    #[error("the price table to begin with could not be read")]
    NoTable,
    /// A list that cannot be all of it.
    #[error(
        "the price list cannot be used: {lacks}; of its {items} items {} could not be understood",
        warnings.len()
    )]
    Incomplete {
        /// What it lacks.
        lacks: String,
        /// How many items it has.
        items: usize,
        /// What of it could not be taken.
        warnings: Vec<Warning>,
    },
    /// The new table is not one.
    #[error(transparent)]
    Table(#[from] PricesError),
}

impl Prices {
    /// A table with the prices of the AWS Price List where it has some, and with those of this
    /// table everywhere else. `items` are what `GetProducts` returns for the service code
    /// `AmazonStates`; `read_on` is the day on which it did, `YYYY-MM-DD`.
    ///
    /// An item that cannot be understood is told and changes nothing. A list without a price of
    /// us-east-1 is refused, unless it is China's own, which names China's Regions alone.
    pub fn refreshed(&self, items: &[String], read_on: &str) -> Result<Refreshed, RefreshError> {
        let mut table = self.table.clone().ok_or(RefreshError::NoTable)?;
        let mut list = read(items, read_on);
        if let Some(lacks) = lacks(&list) {
            return Err(RefreshError::Incomplete {
                lacks,
                items: items.len(),
                warnings: list.warnings,
            });
        }
        keep_older_source(&mut table, read_on);
        let mut change = Changing {
            table,
            changes: Vec::new(),
            warnings: std::mem::take(&mut list.warnings),
            read_on,
        };
        change.free_transitions(&list.free_transitions);
        for (region, prices) in &list.regions {
            change.transition(region, prices.get(&Kind::Transition));
            change.express(
                region,
                prices.get(&Kind::Request),
                prices.get(&Kind::Duration),
            );
        }
        change.defaults();
        let Changing {
            mut table,
            changes,
            warnings,
            ..
        } = change;
        let listed = |region: &String| {
            prices_of(&list, region).is_some_and(|it| it.contains_key(&Kind::Transition))
        };
        let known = table.standard.regions.keys();
        let known = known.chain(table.standard.conflicting.keys());
        let known: BTreeSet<&String> = known.chain(table.other_currencies.keys()).collect();
        let unlisted = known.into_iter().filter(|region| !listed(region));
        let unlisted = unlisted.cloned().collect();
        read_on.clone_into(&mut table.as_of);
        table.sources.insert(SOURCE.to_owned(), source(read_on));
        drop_unused_sources(&mut table);
        let text = table.to_text();
        Prices::from_json(&text)?;
        Ok(Refreshed {
            text,
            regions: list.regions.len(),
            changes,
            unlisted,
            warnings,
        })
    }

    /// The table as a file holds it; empty for the one that stands in for an unreadable one.
    pub fn to_text(&self) -> String {
        self.table.as_ref().map(Table::to_text).unwrap_or_default()
    }
}

fn source(date: &str) -> String {
    format!("AWS Price List API, service code AmazonStates, read {date}")
}

fn prices_of<'a>(list: &'a PriceList, region: &str) -> Option<&'a BTreeMap<Kind, Listed>> {
    list.regions.get(region)
}

/// What is missing in a list that is not all of it.
fn lacks(list: &PriceList) -> Option<String> {
    let has = |region: &str| {
        let found = prices_of(list, region).and_then(|it| it.get(&Kind::Transition));
        found.map(|price| price.currency == "USD")
    };
    let regions = list.regions.keys();
    if regions.clone().all(|region| has(region).is_none()) {
        return Some("it has no price of a state transition at all".to_owned());
    }
    let of_china = regions.clone().all(|region| region.starts_with("cn-"));
    (!of_china && has(REFERENCE) != Some(true))
        .then(|| format!("it has no price of a state transition in {REFERENCE} in US dollars"))
}

/// What an earlier refresh read, and this one does not, keeps its own date.
fn keep_older_source(table: &mut Table, read_on: &str) {
    let older = |text: &String| *text != source(read_on);
    let Some(text) = table
        .sources
        .get(SOURCE)
        .filter(|text| older(text))
        .cloned()
    else {
        return;
    };
    let date = text.rsplit(' ').next().unwrap_or_default();
    let older = format!("{SOURCE}-{date}");
    for key in keys(table) {
        if key == SOURCE {
            key.clone_from(&older);
        }
    }
    table.sources.insert(older, text);
}

/// The sources that the rows name which a refresh may replace.
fn keys(table: &mut Table) -> impl Iterator<Item = &mut String> {
    let (standard, express) = (&mut table.standard, &mut table.express);
    std::iter::once(&mut standard.default.source)
        .chain(standard.regions.values_mut().map(|row| &mut row.source))
        .chain(standard.conflicting.values_mut().map(|row| &mut row.source))
        .chain(std::iter::once(&mut express.default.source))
        .chain(express.regions.values_mut().map(|row| &mut row.source))
        .chain(
            table
                .other_currencies
                .values_mut()
                .map(|row| &mut row.source),
        )
}

/// Of the sources that [`keep_older_source`] made, those stay that a row still names.
fn drop_unused_sources(table: &mut Table) {
    let used: BTreeSet<String> = keys(table).map(|key| key.clone()).collect();
    let earlier = |key: &str| {
        key.strip_prefix(SOURCE)
            .is_some_and(|date| check_date("", date.trim_start_matches('-')).is_ok())
    };
    table
        .sources
        .retain(|key, _| !earlier(key) || used.contains(key));
}

/// A table that is being changed.
struct Changing<'a> {
    table: Table,
    changes: Vec<Change>,
    warnings: Vec<Warning>,
    read_on: &'a str,
}

impl Changing<'_> {
    fn row<T>(&self, prices: T, verified: bool) -> Row<T> {
        Row {
            prices,
            source: SOURCE.to_owned(),
            as_of: self.read_on.to_owned(),
            verified,
            note: None,
        }
    }

    fn note(&mut self, region: &str, kind: Kind, old: Option<String>, new: String) {
        self.tell(region, kind.name(), old, new);
    }

    fn tell(&mut self, region: &str, what: &'static str, old: Option<String>, new: String) {
        if old.as_ref() != Some(&new) {
            self.changes.push(Change {
                region: region.to_owned(),
                what,
                old,
                new,
            });
        }
    }

    fn warn(&mut self, what: &str, why: String) {
        self.warnings.push(Warning {
            what: what.to_owned(),
            why,
        });
    }

    fn free_transitions(&mut self, named: &BTreeSet<Decimal>) {
        let mut named = named.iter();
        match (named.next(), named.next()) {
            (Some(free), None) => {
                let old = &mut self.table.standard.free_transitions_per_month;
                if old != free {
                    let was = std::mem::replace(old, *free).to_string();
                    self.tell("default", "free transitions", Some(was), free.to_string());
                }
            }
            (Some(_), Some(_)) => self.warn(
                "free transitions",
                "the list names more than one amount; the one on record stays".to_owned(),
            ),
            _ => {}
        }
    }

    fn transition(&mut self, region: &str, listed: Option<&Listed>) {
        let Some((listed, price)) = listed.and_then(|it| Some((it, it.flat()?))) else {
            return;
        };
        let standard = &mut self.table.standard;
        standard.conflicting.remove(region);
        let dollars = standard.regions.remove(region).map(|row| row.prices.usd);
        let own = self.table.other_currencies.get_mut(region);
        let own = own.and_then(|row| {
            Some((
                row.prices.currency.clone(),
                row.prices.per_transition.take()?,
            ))
        });
        let old = dollars.map(|usd| ("USD".to_owned(), usd)).or(own);
        let old = old.map(|(currency, price)| each(&currency, price));
        self.note(region, Kind::Transition, old, each(&listed.currency, price));
        if listed.currency == "USD" {
            let row = self.row(Transition { usd: price }, true);
            _ = self.table.standard.regions.insert(region.to_owned(), row);
        } else {
            self.foreign(region, &listed.currency).per_transition = Some(price);
        }
        self.drop_empty(region);
    }

    /// Both prices of Express, or none: half of them would be mixed with those of another Region.
    fn express(&mut self, region: &str, request: Option<&Listed>, duration: Option<&Listed>) {
        let (request, duration) = match (request, duration) {
            (Some(request), Some(duration)) if request.currency == duration.currency => {
                (request, duration)
            }
            (None, None) => return,
            (Some(_), Some(_)) => {
                let why = "has Express prices in two currencies; those in use stay";
                return self.warn(region, why.to_owned());
            }
            (request, _) => {
                let (has, lacks) = match request {
                    Some(_) => ("an Express request", "Express duration"),
                    None => ("Express duration", "an Express request"),
                };
                let why = format!(
                    "the list has a price of {has} but none of {lacks}; the Express prices in use stay"
                );
                return self.warn(region, why);
            }
        };
        let Some(price) = request.flat() else {
            return;
        };
        let currency = &request.currency;
        let dollars = self.table.express.regions.remove(region);
        let dollars = dollars.map(|row| ("USD".to_owned(), row.prices.request, row.prices.tiers));
        let own = self.table.other_currencies.get_mut(region);
        let own = own.and_then(|row| {
            let request = row.prices.request.take()?;
            let tiers = std::mem::take(&mut row.prices.tiers);
            Some((row.prices.currency.clone(), request, tiers))
        });
        let (old_request, old_tiers) = match dollars.or(own) {
            Some((code, request, rows)) => (Some(each(&code, request)), Some(tiers(&code, &rows))),
            None => (None, None),
        };
        self.note(region, Kind::Request, old_request, each(currency, price));
        let new = tiers(currency, &duration.tiers);
        self.note(region, Kind::Duration, old_tiers, new);
        if currency == "USD" {
            let prices = ExpressPrices {
                request: price,
                tiers: duration.tiers.clone(),
            };
            let row = self.row(prices, true);
            _ = self.table.express.regions.insert(region.to_owned(), row);
        } else {
            let foreign = self.foreign(region, currency);
            foreign.request = Some(price);
            foreign.tiers.clone_from(&duration.tiers);
        }
        self.drop_empty(region);
    }

    /// The row of a Region that bills in another currency, made where there is none.
    fn foreign(&mut self, region: &str, currency: &str) -> &mut Foreign {
        let empty = Foreign {
            currency: currency.to_owned(),
            per_transition: None,
            request: None,
            tiers: Vec::new(),
        };
        let fresh = self.row(empty, true);
        let rows = &mut self.table.other_currencies;
        let row = rows
            .entry(region.to_owned())
            .or_insert_with(|| fresh.clone());
        let prices = std::mem::replace(&mut row.prices, fresh.prices.clone());
        *row = fresh;
        // Amounts of another currency than this are none of it.
        if prices.currency == row.prices.currency {
            row.prices = prices;
        }
        &mut row.prices
    }

    fn drop_empty(&mut self, region: &str) {
        let rows = &mut self.table.other_currencies;
        let empty = |row: &Row<Foreign>| {
            row.prices.per_transition.is_none() && row.prices.request.is_none()
        };
        if rows.get(region).is_some_and(empty) {
            rows.remove(region);
        }
    }

    /// What stands in for Regions without a row is what its notes say: the price of a transition
    /// in most Regions, and the Express prices of us-east-1.
    fn defaults(&mut self) {
        let mut counts: BTreeMap<Decimal, usize> = BTreeMap::new();
        for row in self.table.standard.regions.values() {
            *counts.entry(row.prices.usd).or_default() += 1;
        }
        let now = self.table.standard.default.prices.usd;
        // Among prices that are as frequent the present one stays, then the lowest is taken.
        let most = counts
            .into_iter()
            .max_by_key(|(price, count)| (*count, *price == now, std::cmp::Reverse(*price)));
        if let Some((price, _)) = most.filter(|(price, _)| *price != now) {
            self.note(
                "default",
                Kind::Transition,
                Some(each("USD", now)),
                each("USD", price),
            );
            self.table.standard.default = self.row(Transition { usd: price }, false);
        }
        let default = self.table.express.default.prices.clone();
        let here = self.table.express.regions.get(REFERENCE);
        if let Some(here) = here
            .map(|row| row.prices.clone())
            .filter(|it| *it != default)
        {
            let old = each("USD", default.request);
            self.note(
                "default",
                Kind::Request,
                Some(old),
                each("USD", here.request),
            );
            let old = tiers("USD", &default.tiers);
            self.note(
                "default",
                Kind::Duration,
                Some(old),
                tiers("USD", &here.tiers),
            );
            self.table.express.default = self.row(here, false);
        }
    }
}

/// The price of one of many: `$25.00/M`, `CNY 189.1/M`.
fn each(currency: &str, price: Decimal) -> String {
    if currency == "USD" {
        return Usd(price).per_million();
    }
    let million = num::mul(price, Decimal::from(1_000_000)).normalize();
    format!("{currency} {million}/M")
}

/// `$0.00001667 a GB-s up to 3,600,000, $0.00000833 up to 18,000,000, then $0.00000456`
fn tiers(currency: &str, rows: &[TierRow]) -> String {
    let sign = if currency == "USD" {
        "$".to_owned()
    } else {
        format!("{currency} ")
    };
    let parts: Vec<String> = rows
        .iter()
        .enumerate()
        .map(|(index, (bound, price))| {
            let unit = if index == 0 { " a GB-s" } else { "" };
            let price = format!("{sign}{}{unit}", price.normalize());
            match bound {
                Some(bound) => format!("{price} up to {}", num::grouped(*bound, 0)),
                None if index == 0 => price,
                None => format!("then {price}"),
            }
        })
        .collect();
    parts.join(", ")
}

#[cfg(test)]
mod tests;
