//! The calculator: what a month of one state machine costs, line by line.

use std::fmt::Write as _;

use pricing::{Bill, BillLine, RegionPrices, TierUse, Usd, num};
use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::Number;

use crate::escape::visible;
use crate::json_v1::decimal;
use crate::table::{Column, table};

/// What was calculated.
#[derive(Clone, Debug)]
pub struct Calculation {
    /// `STANDARD` or `EXPRESS`.
    pub workflow: &'static str,
    /// Executions in a month.
    pub executions: Decimal,
    /// The bill.
    pub bill: Bill,
    /// For an Express workflow: memory of an execution in MB, before and after rounding.
    pub memory_mb: Option<(Decimal, Decimal)>,
    /// For an Express workflow: the bill by the GB-hour prices of the pricing page's examples.
    pub by_gb_hour: Option<Bill>,
    /// What the same month costs as the other type, where enough is known.
    pub other: Option<(&'static str, Usd)>,
    /// What was assumed.
    pub assumed: Vec<String>,
}

/// The calculation as JSON, version 1. Amounts are US dollars.
pub fn price_json(calculation: &Calculation, prices: &RegionPrices) -> String {
    #[derive(Serialize)]
    struct Document<'a> {
        version: u32,
        r#type: &'static str,
        region: &'a str,
        executions: Number,
        memory_mb: Option<Number>,
        billed_memory_mb: Option<Number>,
        transitions: Number,
        requests: Number,
        gb_seconds: Number,
        tiers: Vec<Tier>,
        duration: Number,
        logs: Number,
        total: Number,
        gb_hour_prices: Option<GbHour>,
        other_type: Option<Other>,
        lines: Vec<Line<'a>>,
        prices_as_of: &'a str,
        notes: Vec<&'a str>,
    }
    #[derive(Serialize)]
    struct Tier {
        gb_seconds: Number,
        usd: Number,
    }
    #[derive(Serialize)]
    struct GbHour {
        gb_hours: Number,
        tiers: Vec<Number>,
        duration: Number,
        total: Number,
    }
    #[derive(Serialize)]
    struct Other {
        r#type: &'static str,
        total: Number,
    }
    #[derive(Serialize)]
    struct Line<'a> {
        item: &'a str,
        quantity: &'a str,
        usd: Number,
    }
    let bill = &calculation.bill;
    let item = |name| decimal(bill.item(name).0);
    let hours = Decimal::from(3_600);
    let document = Document {
        version: 1,
        r#type: calculation.workflow,
        region: &prices.region,
        executions: decimal(calculation.executions),
        memory_mb: calculation.memory_mb.map(|(memory, _)| decimal(memory)),
        billed_memory_mb: calculation.memory_mb.map(|(_, billed)| decimal(billed)),
        transitions: item("transitions"),
        requests: item("requests"),
        gb_seconds: decimal(bill.gb_seconds),
        tiers: duration_tiers(bill)
            .map(|tier| Tier {
                gb_seconds: decimal(tier.quantity),
                usd: decimal(tier.usd.0),
            })
            .collect(),
        duration: item("duration"),
        logs: item("logs"),
        total: decimal(bill.total.0),
        gb_hour_prices: calculation.by_gb_hour.as_ref().map(|bill| GbHour {
            gb_hours: decimal(num::div(bill.gb_seconds, hours).unwrap_or_default()),
            tiers: duration_tiers(bill)
                .map(|tier| decimal(tier.usd.0))
                .collect(),
            duration: decimal(bill.item("duration").0),
            total: decimal(bill.total.0),
        }),
        other_type: calculation.other.map(|(name, total)| Other {
            r#type: name,
            total: decimal(total.0),
        }),
        lines: bill
            .lines
            .iter()
            .map(|line| Line {
                item: line.item,
                quantity: &line.quantity,
                usd: decimal(line.usd.0),
            })
            .collect(),
        prices_as_of: &prices.as_of,
        notes: notes(calculation, prices),
    };
    crate::escape::json(&serde_json::to_string_pretty(&document).unwrap_or_default())
}

/// The calculation for a terminal.
pub fn price(calculation: &Calculation, prices: &RegionPrices) -> String {
    let bill = &calculation.bill;
    let line = |line: &BillLine| {
        [
            line.item.to_owned(),
            visible(&line.quantity).into_owned(),
            exact(line.usd),
        ]
    };
    let mut rows: Vec<[String; 3]> = Vec::new();
    for one in &bill.lines {
        rows.push(line(one));
        let tiers: Vec<&TierUse> = bill
            .tiers
            .iter()
            .filter(|tier| tier.item == one.item)
            .collect();
        if tiers.len() > 1 {
            let unit = if one.item == "logs" { "GB" } else { "GB-s" };
            rows.extend(tiers.iter().enumerate().map(|(index, tier)| {
                let quantity = format!("{} {unit}", num::count(tier.quantity));
                [format!("  tier {}", index + 1), quantity, exact(tier.usd)]
            }));
        }
    }
    rows.push(["total".to_owned(), "a month".to_owned(), exact(bill.total)]);
    let mut out = format!(
        "{} in {}, prices of {}\n\n",
        calculation.workflow,
        visible(&prices.region),
        prices.as_of
    );
    let columns = [
        Column::Left("ITEM"),
        Column::Left("QUANTITY"),
        Column::Right("US DOLLARS"),
    ];
    out.push_str(&table(columns, rows));
    if let Some((name, total)) = calculation.other {
        _ = writeln!(out, "\nas {name}: {} a month", exact(total));
    }
    for note in notes(calculation, prices) {
        _ = writeln!(out, "note: {note}");
    }
    out
}

fn duration_tiers(bill: &Bill) -> impl Iterator<Item = &TierUse> {
    bill.tiers.iter().filter(|tier| tier.item == "duration")
}

fn notes<'a>(calculation: &'a Calculation, prices: &'a RegionPrices) -> Vec<&'a str> {
    let own = calculation.assumed.iter().map(String::as_str);
    let standard = prices.note.as_deref().into_iter().collect();
    let known = match (calculation.workflow, calculation.other) {
        ("STANDARD", None) => standard,
        _ => prices.notes(),
    };
    own.chain(known).collect()
}

/// Cents, and more digits where cents would hide the amount.
fn exact(usd: Usd) -> String {
    let cent = Decimal::new(1, 2);
    if usd.0.is_zero() || usd.0.abs() >= cent {
        usd.cents()
    } else {
        usd.rounded()
    }
}
