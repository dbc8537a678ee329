//! How executions are sampled, and what a search through logs costs.

use aws::{Sample, express_log_scan};
use facts::MachineFacts;
use pricing::{BYTES_PER_GB, Prices, Usd, num};
use rust_decimal::prelude::{Decimal, RoundingStrategy, ToPrimitive};

use crate::args::Account;

/// As the options say it. A listing is one call however long, and the more there is to choose from, the better.
pub(crate) fn sample(args: &Account) -> Sample {
    let executions = usize::from(args.sample);
    let bytes = |gb| num::mul(gb, Decimal::from(BYTES_PER_GB)).to_u64();
    Sample {
        executions,
        pages: 3 * executions,
        listed: 1000,
        seed: args.seed,
        express_logs: args.express_logs.and_then(bytes),
        ..Sample::default()
    }
}

/// What a search through the logs costs, in words; none where nobody asked for one.
pub(crate) fn announced(
    sample: &Sample,
    machines: &[MachineFacts],
    prices: &Prices,
) -> Option<String> {
    let scans = express_log_scan(machines, sample.express_logs?);
    if scans.is_empty() {
        return Some(
            "no logs to scan: no Express workflow that was executed is logged with level ALL to a group that is small enough"
                .to_owned(),
        );
    }
    let bytes = scans.iter().map(|scan| Decimal::from(scan.bytes));
    let gb = num::div(bytes.fold(Decimal::ZERO, num::add), BYTES_PER_GB.into())?;
    let price = prices.other("logs_insights_gb_scanned")?;
    let cost = Usd(num::mul(price.usd.0, gb));
    // Up, and never to none at all.
    let places = if gb >= Decimal::ONE { 1 } else { 3 };
    let gb = gb.round_dp_with_strategy(places, RoundingStrategy::AwayFromZero);
    Some(format!(
        "scanning up to {} GB of logs costs up to {cost} (price of us-east-1)",
        gb.normalize()
    ))
}

#[cfg(test)]
mod tests {
    use facts::{Fact, LogLevel, LogUse, Logging, Metrics, Window, WorkflowType};

    use super::*;

    /// An Express workflow whose log group took in 1 GB a day.
    fn machine(name: &str) -> MachineFacts {
        let mut metrics = Metrics::idle(Window {
            start: "2026-11-08T06:00:00Z".parse().unwrap(),
            end: "2026-11-22T06:00:00Z".parse().unwrap(),
        });
        metrics.started.total = 100;
        MachineFacts {
            arn: format!("arn:aws:states:eu-west-1:111122223333:stateMachine:{name}"),
            workflow_type: Fact::Known(WorkflowType::Express),
            metrics: Fact::Known(metrics),
            logging: Fact::Known(Logging {
                level: LogLevel::All,
                ..Logging::default()
            }),
            logs: Fact::Known(Some(LogUse {
                group: name.to_owned(),
                ingested: Some(14_000_000_000),
                ..LogUse::default()
            })),
            ..MachineFacts::default()
        }
    }

    fn said(bytes: Option<u64>, machines: &[MachineFacts]) -> Option<String> {
        let sample = Sample {
            express_logs: bytes,
            ..Sample::default()
        };
        announced(&sample, machines, Prices::embedded())
    }

    #[test]
    fn the_cost_of_a_search_is_told_before() {
        let two = [machine("a"), machine("b")];
        assert_eq!(said(None, &two), None);
        assert_eq!(
            said(Some(100_000_000_000), &two).as_deref(),
            Some("scanning up to 4 GB of logs costs up to $0.02 (price of us-east-1)")
        );
        assert_eq!(
            said(Some(1_200_000_000), &two).as_deref(),
            Some("scanning up to 1.2 GB of logs costs up to $0.006 (price of us-east-1)")
        );
        let none = said(Some(1_000), &two).unwrap();
        assert!(none.starts_with("no logs to scan"), "{none}");
    }
}
