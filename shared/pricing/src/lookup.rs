//! What the table says of one Region, and what a reader must be told of it.

use crate::region::{Conflict, Foreign, GbHourTier, LogTier, Provenance, RegionPrices, Tier};
use crate::table::{Conflicting, ExpressPrices, Row, Table};
use crate::{Usd, num};
use rust_decimal::Decimal;
use std::collections::BTreeMap;

/// The Region whose prices stand in where none are known.
pub const REFERENCE: &str = "us-east-1";

impl Table {
    /// The prices of a Region, or the default ones where it has none.
    pub(crate) fn region(&self, region: &str) -> RegionPrices {
        let standard = self.standard.regions.get(region);
        let row = standard.unwrap_or(&self.standard.default);
        let conflict = self.standard.conflicting.get(region);
        let from = self.from(
            row,
            standard.is_some(),
            self.standard_note(region, conflict),
        );
        let (express, express_from) = self.pick(
            region,
            &self.express.default,
            &self.express.regions,
            |row| self.express_note(region, row),
        );
        let (cloudwatch, cloudwatch_from) = self.pick(
            region,
            &self.cloudwatch.default,
            &self.cloudwatch.regions,
            |row| cloudwatch_note(region, row),
        );
        RegionPrices {
            region: region.to_owned(),
            known: from.known,
            verified: from.verified,
            note: from.note,
            source: from.source,
            as_of: from.as_of,
            conflict: conflict.map(|row| Conflict {
                currency: row.prices.currency.clone(),
                per_transition: row.prices.per_transition.clone(),
            }),
            foreign: self.foreign(region),
            transition: Usd(row.prices.usd),
            free_transitions: self.standard.free_transitions_per_month,
            express_request: Usd(express.request),
            express_tiers: express
                .tiers
                .iter()
                .map(|(bound, price)| Tier {
                    up_to_gb_seconds: *bound,
                    usd_per_gb_second: Usd(*price),
                })
                .collect(),
            express_tiers_gb_hour: self
                .express
                .page_gb_hours
                .prices
                .tiers
                .iter()
                .map(|(bound, price)| GbHourTier {
                    up_to_gb_hours: *bound,
                    usd_per_gb_hour: Usd(*price),
                })
                .collect(),
            express_from,
            logs_ingest_tiers: self
                .cloudwatch
                .log_tiers(cloudwatch)
                .into_iter()
                .map(|(up_to_gb, price)| LogTier {
                    up_to_gb,
                    usd_per_gb: Usd(price),
                })
                .collect(),
            logs_free_gb: self.cloudwatch.free_log_gb_per_month,
            logs_storage_gb_month: Usd(cloudwatch.storage),
            alarm_month: Usd(cloudwatch.alarm_month),
            get_metric_data_per_1000: Usd(cloudwatch.get_metric_data_per_1000),
            cloudwatch_from,
            lambda_request: self.lambda("lambda_request"),
            lambda_gb_second_x86: self.lambda("lambda_gb_second_x86"),
            lambda_gb_second_arm64: self.lambda("lambda_gb_second_arm64"),
            lambda_from: self.lambda_from(region),
        }
    }

    /// The Region's row of a group or the default one, and where it comes from.
    fn pick<'a, T>(
        &self,
        region: &str,
        default: &'a Row<T>,
        regions: &'a BTreeMap<String, Row<T>>,
        note: impl Fn(Option<&Row<T>>) -> Option<String>,
    ) -> (&'a T, Provenance) {
        let own = regions.get(region);
        let row = own.unwrap_or(default);
        (&row.prices, self.from(row, own.is_some(), note(own)))
    }

    /// Where a row comes from; `known` when it is the Region's own.
    pub(crate) fn from<T>(&self, row: &Row<T>, known: bool, note: Option<String>) -> Provenance {
        Provenance {
            known,
            verified: known && row.verified,
            source: self.sources.get(&row.source).cloned().unwrap_or_default(),
            as_of: row.as_of.clone(),
            note,
        }
    }

    fn foreign(&self, region: &str) -> Option<Foreign> {
        let row = self.other_currencies.get(region)?;
        Some(Foreign {
            currency: row.prices.currency.clone(),
            per_transition: row.prices.per_transition,
            request: row.prices.request,
            tiers: row.prices.tiers.clone(),
            from: self.from(row, true, row.note.clone()),
        })
    }

    fn standard_note(&self, region: &str, conflict: Option<&Row<Conflicting>>) -> Option<String> {
        if let Some(row) = self.standard.regions.get(region) {
            return row.note.clone();
        }
        let price = Usd(self.standard.default.prices.usd).per_million();
        let place = place(region);
        if let Some(row) = self.other_currencies.get(region)
            && let Some(own) = row.prices.per_transition
        {
            return Some(format!(
                "{place} bills in {0} ({0} {1} per 1,000 transitions on {2}): amounts in US dollars are no conversion of \
                 that, only a guide, at the {price} of most other Regions",
                row.prices.currency,
                per_thousand(&[own]),
                row.as_of,
            ));
        }
        if let Some(row) = conflict {
            return Some(format!(
                "{place} bills in {} and the published prices disagree ({} per 1,000 transitions): its price is \
                 unknown, and amounts are only a guide, at the {price} of most other Regions",
                row.prices.currency,
                per_thousand(&row.prices.per_transition),
            ));
        }
        let doubt = self
            .standard
            .default
            .note
            .as_ref()
            .map_or_else(String::new, |note| format!(" ({note})"));
        Some(format!(
            "no price of a transition is on record for {place}: the {price} of most Regions is assumed{doubt}"
        ))
    }

    fn express_note(&self, region: &str, own: Option<&Row<ExpressPrices>>) -> Option<String> {
        if let Some(row) = own {
            return row.note.clone();
        }
        let place = place(region);
        if let Some(row) = self.other_currencies.get(region)
            && row.prices.request.is_some()
        {
            return Some(format!(
                "{place} bills Express workflows in {}: amounts in US dollars are only a guide, at the price of {REFERENCE}",
                row.prices.currency,
            ));
        }
        let default = &self.express.default.prices;
        let all = self.express.regions.len();
        let others = self.express.regions.values();
        let others = others.filter(|row| row.prices != *default).count();
        let how_many = if others == 0 {
            format!("which is the same in all {all} Regions on record")
        } else {
            format!("and {others} of the {all} Regions on record have another one")
        };
        Some(format!(
            "no Express price is on record for {place}: that of {REFERENCE} is assumed, {how_many}"
        ))
    }

    fn lambda(&self, name: &str) -> Usd {
        self.other
            .get(name)
            .map_or(Usd::ZERO, |row| Usd(row.prices.usd))
    }

    fn lambda_from(&self, region: &str) -> Provenance {
        let known = region == REFERENCE;
        let note = (!known).then(|| {
            format!(
                "no Lambda price is on record for {}: that of {REFERENCE} is assumed",
                place(region)
            )
        });
        match self.other.get("lambda_request") {
            Some(row) => self.from(row, known, note),
            None => unreadable(region).lambda_from,
        }
    }
}

fn cloudwatch_note<T>(region: &str, own: Option<&Row<T>>) -> Option<String> {
    match own {
        Some(row) if row.verified => row.note.clone(),
        Some(row) => Some(row.note.clone().unwrap_or_else(|| {
            format!(
                "the log prices of {} come from one third-party table of {}",
                place(region),
                row.as_of
            )
        })),
        None => Some(format!(
            "no log price is on record for {}: that of {REFERENCE} is assumed",
            place(region)
        )),
    }
}

fn per_thousand(prices: &[Decimal]) -> String {
    let values: Vec<String> = prices
        .iter()
        .map(|price| {
            num::mul(*price, Decimal::ONE_THOUSAND)
                .normalize()
                .to_string()
        })
        .collect();
    values.join(" or ")
}

/// A Region's name for a sentence; a name that no Region could have is not repeated.
fn place(region: &str) -> &str {
    let named = (1..=32).contains(&region.len())
        && region
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    if named { region } else { "this Region" }
}

/// Prices of zero with a note: an amount that is not known must not look like one that is.
pub(crate) fn unreadable(region: &str) -> RegionPrices {
    let note =
        Some("the price table could not be read: amounts are unknown and shown as $0".to_owned());
    let from = Provenance {
        known: false,
        verified: false,
        source: String::new(),
        as_of: "unknown".to_owned(),
        note: note.clone(),
    };
    RegionPrices {
        region: region.to_owned(),
        known: false,
        verified: false,
        note,
        source: String::new(),
        as_of: "unknown".to_owned(),
        conflict: None,
        foreign: None,
        transition: Usd::ZERO,
        free_transitions: Decimal::ZERO,
        express_request: Usd::ZERO,
        express_tiers: Vec::new(),
        express_tiers_gb_hour: Vec::new(),
        express_from: from.clone(),
        logs_ingest_tiers: Vec::new(),
        logs_free_gb: Decimal::ZERO,
        logs_storage_gb_month: Usd::ZERO,
        alarm_month: Usd::ZERO,
        get_metric_data_per_1000: Usd::ZERO,
        cloudwatch_from: from.clone(),
        lambda_request: Usd::ZERO,
        lambda_gb_second_x86: Usd::ZERO,
        lambda_gb_second_arm64: Usd::ZERO,
        lambda_from: from,
    }
}
