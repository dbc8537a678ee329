//! The price table, and what a refresh changed in it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use pricing::{Foreign, Prices, Provenance, REFERENCE_REGION, Refreshed, RegionPrices, num};
use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::Number;

use crate::escape::visible;
use crate::json_v1::decimal;
use crate::table::{Column, table};

/// The table for a terminal: all Regions that it lists and what stands in for the others, or these `regions` with all that
/// there is to say of their prices.
pub fn price_table(prices: &Prices, regions: &[String]) -> String {
    let mut sources = Sources::default();
    let shown: Vec<RegionPrices> = shown(prices, regions);
    let usual = bounds(&own_tiers(&prices.region(REFERENCE_REGION)));
    let mut rows: Vec<[String; 6]> = Vec::new();
    for region in &shown {
        let name = visible(&region.region);
        rows.push(row(&name, region, &usual, &mut sources));
    }
    if regions.is_empty() {
        let other = prices.region("");
        rows.push(row("any other", &other, &usual, &mut sources));
    }
    let columns = [
        Column::Left("REGION"),
        Column::Right("1,000 TRANSITIONS"),
        Column::Left("FROM"),
        Column::Right("1 M EXPRESS REQUESTS"),
        Column::Left("GB-SECOND, BY TIER"),
        Column::Left("FROM"),
    ];
    let mut out = format!("price table of {}\n\n", visible(prices.as_of()));
    out.push_str(&table(columns, rows));
    let names: Vec<String> = usual
        .iter()
        .map(|bound| match bound {
            Some(bound) => format!("to {}", num::count(*bound)),
            None => "above".to_owned(),
        })
        .collect();
    _ = writeln!(
        out,
        "\nGB-seconds of a month, where not said: {}",
        names.join(", ")
    );
    for (text, number) in sources.in_order() {
        _ = writeln!(out, "[{number}] {}", visible(text));
    }
    if regions.is_empty() {
        let more = "notes on the prices of a Region: sfn-advisor prices --region REGION";
        _ = writeln!(out, "\n{more}");
        return out;
    }
    for region in &shown {
        for note in notes(region) {
            let name = visible(&region.region);
            _ = writeln!(out, "note on {name}: {}", visible(note));
        }
    }
    out
}

/// The sources of a table, numbered as they come.
#[derive(Default)]
struct Sources(BTreeMap<String, usize>);

impl Sources {
    /// `2026-04-13 [2]`, `2026-04-13 unverified [2]`, `assumed [2]`
    fn cite(&mut self, from: &Provenance) -> String {
        let next = self.0.len() + 1;
        let number = *self.0.entry(from.source.clone()).or_insert(next);
        match (from.known, from.verified) {
            (true, true) => format!("{} [{number}]", from.as_of),
            (true, false) => format!("{} unverified [{number}]", from.as_of),
            (false, _) => format!("assumed [{number}]"),
        }
    }

    fn in_order(&self) -> Vec<(&String, usize)> {
        let mut all: Vec<(&String, usize)> = self.0.iter().map(|(text, at)| (text, *at)).collect();
        all.sort_by_key(|(_, number)| *number);
        all
    }
}

fn shown(prices: &Prices, regions: &[String]) -> Vec<RegionPrices> {
    if regions.is_empty() {
        return prices.listed().map(|name| prices.region(name)).collect();
    }
    regions.iter().map(|name| prices.region(name)).collect()
}

/// What there is to say of the prices that the table shows.
fn notes(region: &RegionPrices) -> Vec<&str> {
    let notes = [&region.note, &region.express_from.note];
    notes.into_iter().flatten().map(String::as_str).collect()
}

fn row(
    name: &str,
    region: &RegionPrices,
    usual: &[Option<Decimal>],
    sources: &mut Sources,
) -> [String; 6] {
    let transitions = transitions(region);
    let express = express(region, usual);
    [
        name.to_owned(),
        transitions.cell,
        sources.cite(&transitions.from),
        express.request,
        express.tiers,
        express
            .from
            .map_or_else(|| "not on record".to_owned(), |from| sources.cite(&from)),
    ]
}

struct Transitions {
    cell: String,
    from: Provenance,
}

/// What a Region that bills in another currency costs is never shown as dollars.
fn transitions(region: &RegionPrices) -> Transitions {
    let from = Provenance {
        known: region.known,
        verified: region.verified,
        source: region.source.clone(),
        as_of: region.as_of.clone(),
        note: None,
    };
    let many = |price: Decimal| thousand(price).to_string();
    if let Some((foreign, price)) = foreign_transition(region) {
        let cell = format!("{} {}", foreign.currency, many(price));
        let from = foreign.from.clone();
        return Transitions { cell, from };
    }
    if let Some(conflict) = &region.conflict {
        let prices: Vec<String> = conflict.per_transition.iter().copied().map(many).collect();
        let cell = format!("{} {}", conflict.currency, prices.join(" or "));
        let known = true;
        let from = Provenance { known, ..from };
        return Transitions { cell, from };
    }
    let cell = format!("${}", many(region.transition.0));
    Transitions { cell, from }
}

struct Express {
    request: String,
    tiers: String,
    from: Option<Provenance>,
}

fn express(region: &RegionPrices, usual: &[Option<Decimal>]) -> Express {
    if let Some((foreign, price)) = foreign_request(region) {
        return Express {
            request: format!("{} {}", foreign.currency, million(price)),
            tiers: tiers(&foreign.tiers, usual),
            from: Some(foreign.from.clone()),
        };
    }
    if bills_elsewhere(region) {
        return Express {
            request: "unknown".to_owned(),
            tiers: "unknown".to_owned(),
            from: None,
        };
    }
    let own: Vec<(Option<Decimal>, Decimal)> = own_tiers(region);
    Express {
        request: format!("${}", million(region.express_request.0)),
        tiers: tiers(&own, usual),
        from: Some(region.express_from.clone()),
    }
}

fn own_tiers(region: &RegionPrices) -> Vec<(Option<Decimal>, Decimal)> {
    let tiers = region.express_tiers.iter();
    tiers
        .map(|tier| (tier.up_to_gb_seconds, tier.usd_per_gb_second.0))
        .collect()
}

fn foreign_transition(region: &RegionPrices) -> Option<(&Foreign, Decimal)> {
    let foreign = region.foreign.as_ref().filter(|_| !region.known)?;
    Some((foreign, foreign.per_transition?))
}

fn foreign_request(region: &RegionPrices) -> Option<(&Foreign, Decimal)> {
    let foreign = region.foreign.as_ref();
    let foreign = foreign.filter(|_| !region.express_from.known)?;
    Some((foreign, foreign.request?))
}

/// True where a price in dollars is none of the Region's.
fn bills_elsewhere(region: &RegionPrices) -> bool {
    let elsewhere = region.conflict.is_some() || foreign_transition(region).is_some();
    elsewhere && !region.express_from.known
}

/// The currency of what the Region bills.
fn currency(region: &RegionPrices) -> &str {
    let conflict = region.conflict.as_ref().map(|it| it.currency.as_str());
    let foreign = region.foreign.as_ref().map(|it| it.currency.as_str());
    foreign.or(conflict).unwrap_or("USD")
}

fn thousand(price: Decimal) -> Decimal {
    num::mul(price, Decimal::ONE_THOUSAND).normalize()
}

fn million(price: Decimal) -> Decimal {
    num::mul(price, Decimal::from(1_000_000)).normalize()
}

/// Where tiers end.
fn bounds(rows: &[(Option<Decimal>, Decimal)]) -> Vec<Option<Decimal>> {
    rows.iter().map(|(bound, _)| *bound).collect()
}

/// `0.00001667, 0.00000833, 0.00000456`; with their ends, `0.00001667 to 3.60 M, 0.00000833`, where these are not the usual
/// ones.
fn tiers(rows: &[(Option<Decimal>, Decimal)], usual: &[Option<Decimal>]) -> String {
    let plain = bounds(rows) == usual;
    let tiers: Vec<String> = rows
        .iter()
        .map(|(bound, price)| match bound.filter(|_| !plain) {
            Some(bound) => format!("{} to {}", price.normalize(), num::count(bound)),
            None => price.normalize().to_string(),
        })
        .collect();
    tiers.join(", ")
}

/// The table as JSON, version 1. What is not known is `null`.
pub fn price_table_json(prices: &Prices, regions: &[String]) -> String {
    #[derive(Serialize)]
    struct Document<'a> {
        version: u32,
        as_of: &'a str,
        regions: Vec<Row<'a>>,
    }
    #[derive(Serialize)]
    struct Row<'a> {
        region: &'a str,
        currency: &'a str,
        per_1000_transitions: Option<Number>,
        /// Where published prices contradict each other.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        published_per_1000_transitions: Vec<Number>,
        from: From,
        per_million_express_requests: Option<Number>,
        gb_second_tiers: Vec<Tier>,
        express_from: Option<From>,
        notes: Vec<&'a str>,
    }
    #[derive(Serialize)]
    struct Tier {
        up_to_gb_seconds: Option<Number>,
        per_gb_second: Number,
    }
    #[derive(Serialize)]
    struct From {
        known: bool,
        verified: bool,
        source: String,
        as_of: String,
    }
    let from = |it: Provenance| From {
        known: it.known,
        verified: it.verified,
        source: it.source,
        as_of: it.as_of,
    };
    let shown = shown(prices, regions);
    let regions = shown.iter().map(|region| {
        let price = match (foreign_transition(region), &region.conflict) {
            (Some((_, price)), _) => Some(price),
            (None, Some(_)) => None,
            (None, None) => Some(region.transition.0),
        };
        let published = region.conflict.iter().flat_map(|it| &it.per_transition);
        let published = published.filter(|_| price.is_none());
        let (request, rows) = match foreign_request(region) {
            Some((foreign, price)) => (Some(price), foreign.tiers.clone()),
            None if bills_elsewhere(region) => (None, Vec::new()),
            None => (Some(region.express_request.0), own_tiers(region)),
        };
        let tiers = rows.into_iter().map(|(bound, price)| Tier {
            up_to_gb_seconds: bound.map(decimal),
            per_gb_second: decimal(price),
        });
        Row {
            region: &region.region,
            currency: currency(region),
            per_1000_transitions: price.map(|price| decimal(thousand(price))),
            published_per_1000_transitions: published
                .map(|price| decimal(thousand(*price)))
                .collect(),
            from: from(transitions(region).from),
            per_million_express_requests: request.map(|price| decimal(million(price))),
            gb_second_tiers: tiers.collect(),
            express_from: express(region, &[]).from.map(from),
            notes: notes(region),
        }
    });
    let document = Document {
        version: 1,
        as_of: prices.as_of(),
        regions: regions.collect(),
    };
    crate::escape::json(&serde_json::to_string_pretty(&document).unwrap_or_default())
}

/// What a refresh wrote to a file, for a terminal; what it could not take is told by itself.
pub fn refreshed(refreshed: &Refreshed, file: &str) -> String {
    let mut out = format!(
        "{}: prices of {} Regions from the AWS Price List\n",
        visible(file),
        refreshed.regions
    );
    if refreshed.changes.is_empty() {
        out.push_str("no price changed\n");
    } else {
        let columns = [
            Column::Left("REGION"),
            Column::Left("PRICE OF"),
            Column::Left("OLD"),
            Column::Left("NEW"),
        ];
        let rows = refreshed.changes.iter().map(|change| {
            let old = change.old.as_deref().unwrap_or("not on record");
            [&change.region, change.what, old, &change.new].map(|cell| visible(cell).into_owned())
        });
        out.push('\n');
        out.push_str(&table(columns, rows));
    }
    if !refreshed.unlisted.is_empty() {
        let regions = refreshed.unlisted.join(", ");
        _ = writeln!(
            out,
            "\nwithout a price of a transition in the list, and unchanged: {}",
            visible(&regions)
        );
    }
    out
}

/// The same as JSON, version 1, with what could not be taken.
pub fn refreshed_json(refreshed: &Refreshed, file: &str) -> String {
    #[derive(Serialize)]
    struct Document<'a> {
        version: u32,
        file: &'a str,
        regions: usize,
        changes: Vec<Change<'a>>,
        unlisted: &'a [String],
        not_taken: Vec<NotTaken<'a>>,
    }
    #[derive(Serialize)]
    struct Change<'a> {
        region: &'a str,
        price_of: &'a str,
        old: Option<&'a str>,
        new: &'a str,
    }
    #[derive(Serialize)]
    struct NotTaken<'a> {
        what: &'a str,
        why: &'a str,
    }
    let changes = refreshed.changes.iter().map(|change| Change {
        region: &change.region,
        price_of: change.what,
        old: change.old.as_deref(),
        new: &change.new,
    });
    let warnings = refreshed.warnings.iter();
    let not_taken = warnings.map(|it| NotTaken {
        what: &it.what,
        why: &it.why,
    });
    let document = Document {
        version: 1,
        file,
        regions: refreshed.regions,
        changes: changes.collect(),
        unlisted: &refreshed.unlisted,
        not_taken: not_taken.collect(),
    };
    crate::escape::json(&serde_json::to_string_pretty(&document).unwrap_or_default())
}
