//! `sfn-advisor price`: the calculator.

use clap::Args;
use pricing::{
    BYTES_PER_GB, Bill, ExpressUsage, MemoryEstimate, REFERENCE_REGION, RegionPrices,
    StandardUsage, TierBasis, Usd, billed_memory_mb, express, express_by, logs, num, standard,
};
use render::Calculation;
use rust_decimal::Decimal;

use crate::Outcome;
use crate::args::{Plain, PriceTable, Workflow, region};
use crate::output::{complain, print};

/// A month of one state machine.
#[derive(Debug, Args)]
pub(crate) struct Price {
    /// Type of the workflow
    #[arg(long = "type", value_enum, ignore_case = true, value_name = "TYPE")]
    workflow: Workflow,
    /// Executions in a month
    #[arg(long, value_name = "N", default_value = "1", value_parser = quantity)]
    executions: Decimal,
    /// State transitions of one execution, retries included
    #[arg(long, value_name = "T", value_parser = quantity)]
    transitions: Option<Decimal>,
    /// Mean duration of one execution in milliseconds
    #[arg(long, value_name = "D", value_parser = quantity)]
    duration_ms: Option<Decimal>,
    /// Mean memory of one execution in MB. Default: AWS's estimate from the three sizes below
    #[arg(long, value_name = "M", value_parser = quantity)]
    memory_mb: Option<Decimal>,
    /// Size of the definition in KB, for the estimate of the memory
    #[arg(long, value_name = "KB", value_parser = quantity, conflicts_with = "memory_mb")]
    definition_kb: Option<Decimal>,
    /// Map iterations and Parallel branches of one execution that hold a payload, for the estimate of the memory
    #[arg(long, value_name = "N", conflicts_with = "memory_mb")]
    map_steps: Option<u64>,
    /// Size of the payload of one of them in KB, for the estimate of the memory
    #[arg(long, value_name = "KB", value_parser = quantity, conflicts_with = "memory_mb")]
    payload_kb: Option<Decimal>,
    /// Bytes that one execution writes to CloudWatch Logs
    #[arg(long, value_name = "B", value_parser = quantity)]
    log_bytes: Option<Decimal>,
    /// Region whose prices count
    #[arg(long, value_name = "REGION", default_value = REFERENCE_REGION, value_parser = region)]
    region: String,
    /// Take off the account's free 4,000 transitions and 5 GB of logs
    #[arg(long)]
    free_tier: bool,
    #[command(flatten)]
    table: PriceTable,
    /// How it is told
    #[arg(long, value_enum, default_value_t)]
    format: Plain,
}

/// Tells what a month costs.
pub(crate) fn price(args: &Price) -> anyhow::Result<Outcome> {
    let (name, needed, given) = match args.workflow {
        Workflow::Standard => ("STANDARD", "--transitions", args.transitions),
        Workflow::Express => ("EXPRESS", "--duration-ms", args.duration_ms),
    };
    if given.is_none() {
        complain(&format!("error: a price of {name} needs {needed}"));
        return Ok(Outcome::Usage);
    }
    let prices = args.table.read()?.region(&args.region);
    let calculation = calculate(args, &prices);
    print(&match args.format {
        Plain::Text => render::price(&calculation, &prices),
        Plain::Json => render::price_json(&calculation, &prices),
    })?;
    Ok(Outcome::Clean)
}

fn calculate(args: &Price, prices: &RegionPrices) -> Calculation {
    let as_standard = args.transitions.map(|each| {
        let usage = StandardUsage {
            executions: args.executions,
            transitions: num::mul(args.executions, each),
        };
        standard(prices, &usage, args.free_tier)
    });
    let memory_mb = args.memory_mb.unwrap_or_else(|| estimate(args).memory_mb());
    let usage = args.duration_ms.map(|duration_ms| ExpressUsage {
        executions: args.executions,
        duration_ms,
        memory_mb,
        already_billed: false,
    });
    let as_express = usage.map(|usage| express(prices, &usage, Decimal::ZERO));
    let logged = logged(args, prices);
    let with_logs = |bill: Bill| match &logged {
        Some(logs) => bill.and(logs.clone()),
        None => bill,
    };
    let total =
        |bill: &Option<Bill>| -> Option<Usd> { bill.clone().map(|bill| with_logs(bill).total) };
    let mut assumed = Vec::new();
    let (workflow, bill, other) = match args.workflow {
        Workflow::Standard => {
            let other = total(&as_express).map(|total| ("EXPRESS", total));
            ("STANDARD", as_standard.unwrap_or_default(), other)
        }
        Workflow::Express => {
            let other = total(&as_standard).map(|total| ("STANDARD", total));
            ("EXPRESS", as_express.unwrap_or_default(), other)
        }
    };
    if usage.is_some() && args.memory_mb.is_none() {
        let text = "memory is estimated as AWS's pricing page does: 50 MB, the definition, and a payload for each Map or Parallel step";
        assumed.push(text.to_owned());
    }
    let longest = Decimal::from(cost::able::LIMIT_SECONDS * 1_000);
    if args.duration_ms.is_some_and(|duration| duration > longest) {
        assumed.push(format!(
            "Express ends an execution after {} s: one that runs longer can only be Standard",
            cost::able::LIMIT_SECONDS
        ));
    }
    let express = usage.filter(|_| workflow == "EXPRESS");
    Calculation {
        workflow,
        executions: args.executions,
        bill: with_logs(bill),
        memory_mb: express.map(|_| (memory_mb, billed_memory_mb(memory_mb))),
        by_gb_hour: express
            .map(|usage| with_logs(express_by(TierBasis::GbHour, prices, &usage, Decimal::ZERO))),
        other,
        assumed,
    }
}

fn estimate(args: &Price) -> MemoryEstimate {
    MemoryEstimate {
        definition_kb: args.definition_kb.unwrap_or_default(),
        map_or_parallel_steps: args.map_steps.unwrap_or_default(),
        payload_kb: args.payload_kb.unwrap_or_default(),
    }
}

fn logged(args: &Price, prices: &RegionPrices) -> Option<Bill> {
    let bytes = num::mul(args.log_bytes?, args.executions);
    let gb = num::div(bytes, Decimal::from(BYTES_PER_GB)).unwrap_or_default();
    Some(logs(prices, gb, args.free_tier))
}

/// A number that is not negative: `1000000`, `1e6`, `0.5`.
fn quantity(text: &str) -> Result<Decimal, String> {
    let plain = text.replace('_', "");
    let number = plain
        .parse::<Decimal>()
        .or_else(|_| Decimal::from_scientific(&plain));
    match number {
        Ok(number) if !number.is_sign_negative() => Ok(number),
        Ok(_) => Err("it cannot be negative".to_owned()),
        Err(_) => Err("a number such as 1000000, 1e6 or 0.5".to_owned()),
    }
}
