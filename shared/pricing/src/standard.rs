//! Standard workflows: one price for each state transition, retries included, at any volume.

use crate::bill::{Bill, BillLine};
use crate::{RegionPrices, num};
use rust_decimal::Decimal;

/// A month of a Standard machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StandardUsage {
    /// Executions started. They cost nothing by themselves; zero where only transitions are known.
    pub executions: Decimal,
    /// State transitions of all of them: one for each state entered and one for each retry.
    pub transitions: Decimal,
}

/// What a month of Standard executions costs.
///
/// `free_tier` takes off the transitions that are free each month. They are the account's, not the
/// machine's: take them off once.
pub fn standard(prices: &RegionPrices, usage: &StandardUsage, free_tier: bool) -> Bill {
    let transitions = num::not_negative(usage.transitions);
    let free = if free_tier {
        prices.free_transitions.min(transitions)
    } else {
        Decimal::ZERO
    };
    let billed = num::sub(transitions, free);
    Bill::of(vec![BillLine {
        item: "transitions",
        quantity: quantity(prices, usage, free),
        usd: prices.transition * billed,
    }])
}

fn quantity(prices: &RegionPrices, usage: &StandardUsage, free: Decimal) -> String {
    let price = prices.transition.per_million();
    let transitions = num::not_negative(usage.transitions);
    let each = num::div(transitions, num::not_negative(usage.executions));
    let free = if free.is_zero() {
        String::new()
    } else {
        format!(", {} free", num::count(free))
    };
    match each {
        Some(each) => {
            let each = num::grouped(num::round(each, 2), 2);
            format!(
                "{} executions x {each} transitions x {price}{free}",
                num::count(usage.executions)
            )
        }
        None => format!("{} transitions x {price}{free}", num::count(transitions)),
    }
}
