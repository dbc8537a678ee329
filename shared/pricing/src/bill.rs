//! What a month's usage costs, line by line.

use crate::Usd;
use rust_decimal::Decimal;

/// A month's cost of one thing, with the lines it is made of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bill {
    /// What is paid for, in the order of a price page.
    pub lines: Vec<BillLine>,
    /// The sum of the lines.
    pub total: Usd,
    /// Billed memory times billed duration of an Express bill, GB-seconds; zero on other bills.
    pub gb_seconds: Decimal,
    /// How a quantity with volume prices is split: Express duration and log ingestion. Only tiers
    /// that are used, cheapest last.
    pub tiers: Vec<TierUse>,
}

/// One line of a [`Bill`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BillLine {
    /// `transitions`, `requests`, `duration`, `logs` or `log storage`.
    pub item: &'static str,
    /// How much of it, and at which price, for reading: `6.52 M requests x $1.00/M`.
    pub quantity: String,
    /// What it costs.
    pub usd: Usd,
}

/// What of a quantity falls in one price tier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TierUse {
    /// The line that this is part of: `duration` or `logs`.
    pub item: &'static str,
    /// GB-seconds (Express duration) or GB (logs) in this tier.
    pub quantity: Decimal,
    /// What they cost.
    pub usd: Usd,
}

impl Bill {
    /// A bill of these lines.
    pub(crate) fn of(lines: Vec<BillLine>) -> Self {
        let total = lines.iter().map(|line| line.usd).sum();
        Self {
            lines,
            total,
            ..Self::default()
        }
    }

    /// Two bills as one, for example Express with its logs.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.total += other.total;
        self.lines.extend(other.lines);
        self.gb_seconds = crate::num::add(self.gb_seconds, other.gb_seconds);
        self.tiers.extend(other.tiers);
        self
    }

    /// The cost of one kind of line; zero where the bill has none.
    pub fn item(&self, item: &str) -> Usd {
        self.lines
            .iter()
            .filter(|line| line.item == item)
            .map(|line| line.usd)
            .sum()
    }
}

/// A quantity cut at the bounds of its tiers: `(quantity, price)` for each tier that it reaches,
/// when `from` of the tiers is already used up. `bounds` are upper bounds, ascending.
pub(crate) fn split<P: Copy>(
    tiers: impl IntoIterator<Item = (Option<Decimal>, P)>,
    from: Decimal,
    quantity: Decimal,
) -> Vec<(Decimal, P)> {
    let mut used = Vec::new();
    let mut position = from;
    let mut left = quantity;
    for (bound, price) in tiers {
        let room = bound.map_or(Decimal::MAX, |bound| crate::num::sub(bound, position));
        let here = left.min(room);
        if here > Decimal::ZERO {
            used.push((here, price));
            position = crate::num::add(position, here);
            left = crate::num::sub(left, here);
        }
    }
    used
}
