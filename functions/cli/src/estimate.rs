//! `--estimate`: what an audit or a collection would ask for and cost.

use aws::{Plan, Session, list_machines};
use pricing::Prices;
use render::{CallsEstimate, RegionEstimate};

use crate::Outcome;
use crate::account::{Purpose, connect, how, looks_at_logs, runtime};
use crate::args::Account;
use crate::output::print;
use crate::sample::sample;

/// Tells what a command would ask for.
pub(crate) fn estimate(args: &Account, purpose: Purpose, is_json: bool) -> anyhow::Result<Outcome> {
    let regions = regions(args, purpose)?;
    print(&if is_json {
        render::estimate_json(&regions)
    } else {
        render::estimate(&regions)
    })?;
    Ok(Outcome::Clean)
}

/// Lists the state machines, which is free of charge, and plans the rest.
fn regions(args: &Account, purpose: Purpose) -> anyhow::Result<Vec<RegionEstimate>> {
    let prices = args.prices.read()?;
    runtime()?.block_on(async {
        let first = args.connection.region.first().map(String::as_str);
        let session = connect(&args.connection, first).await?;
        let mut regions = args.connection.region.clone();
        if regions.is_empty() {
            regions.push(session.region().to_owned());
        }
        regions.sort();
        regions.dedup();
        let mut estimates = Vec::new();
        for region in regions {
            estimates.push(of_region(&session, &region, args, &prices, purpose).await?);
        }
        Ok(estimates)
    })
}

async fn of_region(
    session: &Session,
    region: &str,
    args: &Account,
    prices: &Prices,
    purpose: Purpose,
) -> anyhow::Result<RegionEstimate> {
    let sample = sample(args);
    let how = how(args);
    let listed = list_machines(session, region, &how).await;
    let listed = listed.map_err(|error| anyhow::anyhow!("{error}"))?;
    let plan = Plan::new(region, &listed, &how, &sample);
    let charged = aws::Collect {
        metrics: aws::MetricsPath::Data,
        ..how
    };
    let charged = Plan::new(region, &listed, &charged, &sample);
    let seconds = plan.seconds();
    let (standard, express, other) = plan.machines;
    Ok(RegionEstimate {
        region: plan.region,
        standard,
        express,
        other,
        calls: plan
            .calls
            .iter()
            .map(|calls| CallsEstimate {
                action: calls.action,
                least: calls.least,
                most: calls.most,
                bucket: calls.bucket,
                seconds: calls.seconds.0,
            })
            .collect(),
        metrics: plan.metrics,
        free: plan.free,
        charged_metrics: charged.metrics.1,
        log_metrics: if looks_at_logs(args, purpose) {
            listed.len()
        } else {
            0
        },
        seconds,
        prices: prices.region(region),
    })
}
