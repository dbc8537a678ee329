//! What the AWS Price List says of Step Functions: its items, as `GetProducts` returns them.

use crate::num;
use crate::refresh::Warning;
use crate::table::{TierRow, check_date, is_currency};
use rust_decimal::Decimal;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

const SERVICE_CODE: &str = "AmazonStates";
const SECONDS_PER_HOUR: u32 = 3600;

/// What is paid for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Transition,
    Request,
    Duration,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Transition, Self::Request, Self::Duration];

    /// For a sentence and the list of changes.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Transition => "transition",
            Self::Request => "Express request",
            Self::Duration => "Express duration",
        }
    }

    /// The attribute `group` of its products.
    fn group(self) -> &'static str {
        match self {
            Self::Transition => "SFN-StateTransitions",
            Self::Request => "SFN-ExpressWorkflows-Requests",
            Self::Duration => "SFN-ExpressWorkflows-Duration",
        }
    }

    /// Their usage type; a short name of the Region and a dash may stand before it.
    fn usage_type(self) -> &'static str {
        match self {
            Self::Transition => "StateTransition",
            Self::Request => "StepFunctions-Request",
            Self::Duration => "StepFunctions-GB-Second",
        }
    }

    /// How many units of the table one unit of the list is. A unit that is not known could be a
    /// thousand of them: it is no number then.
    fn units(self, unit: &str) -> Option<u32> {
        let letters = unit.chars().filter(char::is_ascii_alphanumeric);
        let name = letters.collect::<String>().to_ascii_lowercase();
        match (self, name.strip_suffix('s').unwrap_or(&name)) {
            (Self::Transition, "statetransition" | "transition" | "count" | "quantity")
            | (Self::Request, "request" | "count" | "quantity")
            | (Self::Duration, "gbsecond") => Some(1),
            (Self::Duration, "gbhour" | "gbhr") => Some(SECONDS_PER_HOUR),
            _ => None,
        }
    }
}

/// A price in a currency; one tier for what has one price at any volume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Listed {
    pub(crate) currency: String,
    pub(crate) tiers: Vec<TierRow>,
}

impl Listed {
    /// The price of what has one price at any volume.
    pub(crate) fn flat(&self) -> Option<Decimal> {
        match self.tiers.as_slice() {
            [(None, price)] => Some(*price),
            _ => None,
        }
    }
}

/// All that could be understood of a price list, and what could not.
#[derive(Debug, Default)]
pub(crate) struct PriceList {
    /// By Region.
    pub(crate) regions: BTreeMap<String, BTreeMap<Kind, Listed>>,
    /// Each amount of free transitions that it names.
    pub(crate) free_transitions: BTreeSet<Decimal>,
    pub(crate) warnings: Vec<Warning>,
}

#[derive(Deserialize)]
struct Item {
    product: Product,
    #[serde(default)]
    terms: Terms,
}

#[derive(Deserialize)]
struct Product {
    attributes: Attributes,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Attributes {
    region_code: String,
    usagetype: String,
    group: String,
    servicecode: String,
}

#[derive(Default, Deserialize)]
struct Terms {
    #[serde(rename = "OnDemand", default)]
    on_demand: BTreeMap<String, Term>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Term {
    effective_date: String,
    price_dimensions: BTreeMap<String, Dimension>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Dimension {
    unit: String,
    begin_range: String,
    end_range: String,
    price_per_unit: BTreeMap<String, String>,
}

/// What one item says.
enum Said {
    Price(String, Kind, Listed, Option<Decimal>),
    /// Only that so many transitions are free.
    Free(Decimal),
}

/// Reads the items of a price list, as it stands on that day (`YYYY-MM-DD`).
pub(crate) fn read(items: &[String], today: &str) -> PriceList {
    let mut list = PriceList::default();
    let mut prices: BTreeMap<(String, Kind), Vec<Listed>> = BTreeMap::new();
    for (index, text) in items.iter().enumerate() {
        let mut warn = |what: &str, why: String| {
            let what = if what.is_empty() {
                format!("item {}", index + 1)
            } else {
                what.to_owned()
            };
            list.warnings.push(Warning { what, why });
        };
        let item: Item = match serde_json::from_str(text) {
            Ok(item) => item,
            Err(error) => {
                warn(&usage_type(text), format!("cannot be read: {error}"));
                continue;
            }
        };
        match understand(&item, today) {
            Ok(Said::Price(region, kind, listed, free)) => {
                let same = prices.entry((region, kind)).or_default();
                if !same.contains(&listed) {
                    same.push(listed);
                }
                list.free_transitions.extend(free);
            }
            Ok(Said::Free(amount)) => _ = list.free_transitions.insert(amount),
            Err(why) => warn(&item.product.attributes.usagetype, why),
        }
    }
    for ((region, kind), mut listed) in prices {
        match (listed.pop(), listed.is_empty()) {
            (Some(one), true) => _ = list.regions.entry(region).or_default().insert(kind, one),
            _ => list.warnings.push(Warning {
                what: region,
                why: format!(
                    "the list has more than one price of its {}; none of them is taken",
                    kind.name()
                ),
            }),
        }
    }
    list
}

/// The usage type of an item that is JSON, but not of the form that is known.
fn usage_type(text: &str) -> String {
    let item: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
    let name = item.pointer("/product/attributes/usagetype");
    name.and_then(|name| name.as_str())
        .unwrap_or_default()
        .to_owned()
}

fn understand(item: &Item, today: &str) -> Result<Said, String> {
    let attributes = &item.product.attributes;
    if !attributes.servicecode.is_empty() && attributes.servicecode != SERVICE_CODE {
        return Err(format!("is not a price of {SERVICE_CODE}"));
    }
    let group = Kind::ALL
        .into_iter()
        .find(|kind| kind.group() == attributes.group);
    let usage = Kind::ALL
        .into_iter()
        .find(|kind| ends_with(&attributes.usagetype, kind.usage_type()));
    let kind = match (group, usage) {
        (Some(group), _) => group,
        (None, Some(usage)) if attributes.group.is_empty() => usage,
        _ => return Err("is not known to this version".to_owned()),
    };
    let (currency, mut tiers) = tiers(kind, term(item, today)?)?;
    // What is free has often a usage type, and sometimes no Region, of its own.
    if tiers.iter().all(|(_, price)| price.is_zero()) {
        return match (kind, tiers.as_slice()) {
            (Kind::Transition, [(Some(amount), _)]) => Ok(Said::Free(*amount)),
            _ => Err("is free of charge, which is not taken for a price".to_owned()),
        };
    }
    if usage != Some(kind) {
        return Err(format!(
            "is of the group {}, and its usage type is not",
            kind.group()
        ));
    }
    if !is_region(&attributes.region_code) {
        return Err("names no Region".to_owned());
    }
    let free = match (kind, tiers.first()) {
        (Kind::Transition, Some((Some(amount), price))) if price.is_zero() => Some(*amount),
        _ => None,
    };
    if free.is_some() {
        tiers.remove(0);
    }
    if tiers.iter().any(|(_, price)| price.is_zero()) {
        return Err("has a free tier, for which there is no place in the table".to_owned());
    }
    if tiers.last().is_none_or(|(bound, _)| bound.is_some()) {
        return Err("has no price without an upper bound".to_owned());
    }
    if kind != Kind::Duration && tiers.len() > 1 {
        return Err("has volume tiers, for which there is no place in the table".to_owned());
    }
    let region = attributes.region_code.clone();
    Ok(Said::Price(region, kind, Listed { currency, tiers }, free))
}

fn ends_with(usage_type: &str, name: &str) -> bool {
    usage_type
        .strip_suffix(name)
        .is_some_and(|prefix| prefix.is_empty() || prefix.ends_with('-'))
}

fn is_region(code: &str) -> bool {
    code.len() <= 32
        && code.split('-').count() >= 3
        && code.split('-').all(|part| {
            !part.is_empty()
                && part
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        })
}

/// The newest terms that are in force.
fn term<'a>(item: &'a Item, today: &str) -> Result<&'a Term, String> {
    let mut newest: Option<(&str, &Term)> = None;
    let mut later = None;
    for term in item.terms.on_demand.values() {
        let day = term.effective_date.get(..10).unwrap_or_default();
        if check_date("", day).is_err() {
            return Err("has no date such as 2026-11-22 from which it is in force".to_owned());
        }
        if day > today {
            later = Some(day);
        } else if newest.is_none_or(|(newest, _)| newest < day) {
            newest = Some((day, term));
        } else if newest.is_some_and(|(newest, _)| newest == day) {
            return Err(format!("has two prices in force from {day}"));
        }
    }
    newest.map(|(_, term)| term).ok_or_else(|| match later {
        Some(day) => format!("is not in force before {day}"),
        None => "has no price on demand".to_owned(),
    })
}

/// The tiers of some terms and their currency; the unit is one transition, request or GB-second.
fn tiers(kind: Kind, term: &Term) -> Result<(String, Vec<TierRow>), String> {
    let currency = currency(term)?;
    let mut rows = Vec::new();
    for dimension in term.price_dimensions.values() {
        let units = kind.units(&dimension.unit).ok_or_else(|| {
            let unit = short(&dimension.unit);
            format!("is priced by `{unit}`, a unit that is not known")
        })?;
        let price = dimension.price_per_unit.get(&currency);
        let price = price.ok_or("has not one currency")?;
        let price = per_unit(decimal(price)?, units)?;
        let begin = bound(&dimension.begin_range, units)?;
        let end = match dimension.end_range.as_str() {
            "Inf" => None,
            end => Some(bound(end, units)?),
        };
        rows.push((begin, end, price));
    }
    rows.sort_by_key(|(begin, _, _)| *begin);
    let mut next = Some(Decimal::ZERO);
    let mut tiers = Vec::new();
    for (begin, end, price) in rows {
        if next != Some(begin) || end.is_some_and(|end| end <= begin) {
            return Err("has tiers that leave a gap or overlap".to_owned());
        }
        next = end;
        tiers.push((end, price));
    }
    if tiers.is_empty() {
        return Err("has no price on demand".to_owned());
    }
    Ok((currency, tiers))
}

fn currency(term: &Term) -> Result<String, String> {
    let dimensions = term.price_dimensions.values();
    let mut codes: BTreeSet<&String> = dimensions.flat_map(|it| it.price_per_unit.keys()).collect();
    if codes.iter().any(|code| *code == "USD") {
        codes.retain(|code| *code == "USD");
    }
    match codes.into_iter().collect::<Vec<_>>().as_slice() {
        [code] if is_currency(code) => Ok((*code).clone()),
        _ => Err("has not one currency".to_owned()),
    }
}

/// The price of one of the `units` that one unit of the list is, where that is a decimal.
fn per_unit(price: Decimal, units: u32) -> Result<Decimal, String> {
    // A quotient with more places than this is one that was rounded.
    const PLACES: u32 = 20;
    let units = Decimal::from(units);
    let one = num::div(price, units).unwrap_or_default().normalize();
    if one.scale() <= PLACES && num::mul(one, units) == price {
        Ok(one)
    } else {
        Err(format!(
            "has the price {price} a GB-hour, which is no exact price of a GB-second"
        ))
    }
}

fn bound(text: &str, units: u32) -> Result<Decimal, String> {
    Ok(num::mul(decimal(text)?, Decimal::from(units)).normalize())
}

fn decimal(text: &str) -> Result<Decimal, String> {
    let number = Decimal::from_str_exact(text).or_else(|_| Decimal::from_scientific(text));
    match number {
        Ok(number) if number.is_sign_negative() && !number.is_zero() => {
            Err(format!("has the number {number}, which is below zero"))
        }
        Ok(number) => Ok(number.normalize()),
        Err(_) => Err(format!(
            "has `{}` where a number such as 0.000025 is expected",
            short(text)
        )),
    }
}

/// The beginning of a text, for a sentence.
fn short(text: &str) -> String {
    text.chars().take(40).collect()
}
