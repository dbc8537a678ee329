//! What executions like a simulated one cost, by both types.

use pricing::{
    Bill, ExpressUsage, MemoryEstimate, RegionPrices, StandardUsage, Usd, billed_memory_mb,
    express, num, standard,
};
use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::Number;
use sim::Children;

use super::Simulation;
use super::profile::map_runs;
use crate::json_v1::decimal;

/// What AWS's pricing page counts of a payload: KB of 1,000 bytes.
const KB: u64 = 1_000;

/// A million executions like this one.
const MANY: u64 = 1_000_000;

/// The price of executions like this one.
pub(super) struct Cost {
    pub(super) standard: Bill,
    /// What Express children of Distributed Maps add to that.
    pub(super) children: Vec<Bill>,
    /// Why it cannot be an Express workflow, or what it costs as one.
    pub(super) express: Result<Bill, String>,
    memory_mb: Decimal,
}

impl Cost {
    /// Prices a million of them: the amounts of one are too small to be read.
    pub(super) fn of(simulation: &Simulation<'_>, prices: &RegionPrices) -> Self {
        let outcome = simulation.outcome;
        let steps = outcome.way.side_lanes();
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
        let runs = map_runs(&outcome.way);
        let express_runs = runs.iter().filter(|(_, run)| run.is_express);
        Self {
            children: express_runs
                .map(|(_, run)| children(simulation, run, prices))
                .collect(),
            standard: standard(prices, &usage, false),
            express,
            memory_mb,
        }
    }

    /// A million Standard executions with their children.
    pub(super) fn total(&self) -> Usd {
        let children = self.children.iter().map(|bill| bill.total.0);
        Usd(children.fold(self.standard.total.0, num::add))
    }

    /// As JSON: US dollars of one execution.
    pub(super) fn json<'a>(&'a self, prices: &'a RegionPrices) -> CostJson<'a> {
        let one = |total: Usd| decimal(num::div(total.0, MANY.into()).unwrap_or_default());
        let express = self.express.as_ref();
        CostJson {
            region: &prices.region,
            standard_usd: one(self.total()),
            express_children_usd: one(Usd(num::sub(self.total().0, self.standard.total.0))),
            express_usd: express.ok().map(|bill| one(bill.total)),
            express_memory_mb: express.ok().map(|_| decimal(self.memory_mb)),
            express_impossible: express.err(),
            prices_as_of: &prices.as_of,
        }
    }
}

/// A million times what the Express children of a Distributed Map cost. Their memory is estimated from the whole definition,
/// of which theirs is a part.
fn children(simulation: &Simulation<'_>, run: &Children, prices: &RegionPrices) -> Bill {
    let each = |sum: u64| num::div(sum.into(), run.started.into()).unwrap_or_default();
    let steps = run.side_lanes.checked_div(run.started).unwrap_or_default();
    let estimate = MemoryEstimate {
        definition_kb: num::div_or_max(simulation.definition.own_text().len().into(), KB.into()),
        map_or_parallel_steps: steps,
        payload_kb: num::div_or_max(each(run.input_bytes), KB.into()),
    };
    let usage = ExpressUsage {
        executions: num::mul(run.started.into(), MANY.into()),
        duration_ms: each(run.billed_ms),
        memory_mb: billed_memory_mb(estimate.memory_mb()),
        already_billed: true,
    };
    express(prices, &usage, Decimal::ZERO)
}

/// The price of one execution as JSON.
#[derive(Serialize)]
pub(super) struct CostJson<'a> {
    region: &'a str,
    standard_usd: Number,
    express_children_usd: Number,
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
