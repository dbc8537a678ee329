//! What executions like a simulated one cost, by both types.

use pricing::{
    Bill, ExpressUsage, MemoryEstimate, RegionPrices, StandardUsage, Usd, billed_memory_mb,
    express, num, standard,
};
use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::Number;

use super::Simulation;
use crate::json_v1::decimal;

/// What AWS's pricing page counts of a payload: KB of 1,000 bytes.
const KB: u64 = 1_000;

/// A million executions like this one.
const MANY: u64 = 1_000_000;

/// The price of executions like this one.
pub(super) struct Cost {
    pub(super) standard: Bill,
    /// Why it cannot be an Express workflow, or what it costs as one.
    pub(super) express: Result<Bill, String>,
    memory_mb: Decimal,
}

impl Cost {
    /// Prices a million of them: the amounts of one are too small to be read.
    pub(super) fn of(simulation: &Simulation<'_>, steps: u64, prices: &RegionPrices) -> Self {
        let outcome = simulation.outcome;
        let usage = StandardUsage {
            executions: MANY.into(),
            transitions: num::mul(outcome.transitions.into(), MANY.into()),
        };
        let kb = |bytes: usize| num::div_or_max(Decimal::from(bytes), KB.into());
        let estimate = MemoryEstimate {
            definition_kb: kb(simulation.definition.own_text().len()),
            map_or_parallel_steps: steps,
            payload_kb: kb(simulation.input_bytes),
        };
        let memory_mb = billed_memory_mb(estimate.memory_mb());
        let express = match why_not(simulation) {
            Some(why) => Err(why),
            None => Ok(express(
                prices,
                &ExpressUsage {
                    executions: MANY.into(),
                    duration_ms: outcome.virtual_ms.into(),
                    memory_mb,
                    already_billed: false,
                },
                Decimal::ZERO,
            )),
        };
        Self {
            standard: standard(prices, &usage, false),
            express,
            memory_mb,
        }
    }

    /// As JSON: US dollars of one execution.
    pub(super) fn json<'a>(&'a self, prices: &'a RegionPrices) -> CostJson<'a> {
        let one = |total: Usd| decimal(num::div(total.0, MANY.into()).unwrap_or_default());
        let express = self.express.as_ref();
        CostJson {
            region: &prices.region,
            standard_usd: one(self.standard.total),
            express_usd: express.ok().map(|bill| one(bill.total)),
            express_memory_mb: express.ok().map(|_| decimal(self.memory_mb)),
            express_impossible: express.err(),
            prices_as_of: &prices.as_of,
        }
    }
}

/// The price of one execution as JSON.
#[derive(Serialize)]
pub(super) struct CostJson<'a> {
    region: &'a str,
    standard_usd: Number,
    express_usd: Option<Number>,
    express_memory_mb: Option<Number>,
    express_impossible: Option<&'a String>,
    prices_as_of: &'a str,
}

/// Why such an execution cannot be one of an Express workflow.
fn why_not(simulation: &Simulation<'_>) -> Option<String> {
    if let Some(blocker) = cost::able::blockers(simulation.definition).first() {
        return Some(match blocker.state.as_str() {
            "" => blocker.why.clone(),
            state => format!("`{state}` {}", blocker.why),
        });
    }
    let limit = u64::from(cost::able::LIMIT_SECONDS) * 1_000;
    (simulation.outcome.virtual_ms > limit)
        .then(|| format!("Express ends at {} s", cost::able::LIMIT_SECONDS))
}
