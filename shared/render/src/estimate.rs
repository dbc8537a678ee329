//! What an audit asks for and costs, told before anything is asked.

use std::fmt::Write as _;

use pricing::{RegionPrices, Usd, metric_requests, num};
use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive;
use serde::Serialize;
use serde_json::Number;

use crate::escape::visible;
use crate::json_v1::decimal;
use crate::table::{Column, table};

/// What is asked for in one Region.
#[derive(Clone, Debug)]
pub struct RegionEstimate {
    /// Region.
    pub region: String,
    /// Standard state machines.
    pub standard: usize,
    /// Express state machines.
    pub express: usize,
    /// State machines of a type that is not known.
    pub other: usize,
    /// Calls, by action.
    pub calls: Vec<CallsEstimate>,
    /// Metrics that CloudWatch is asked for where all state machines are idle, and where none is.
    pub metrics: (usize, usize),
    /// True where they are asked by `GetMetricStatistics`.
    pub free: bool,
    /// Metrics by `GetMetricData`, where none is idle.
    pub charged_metrics: usize,
    /// Metrics of log groups, at most, by `GetMetricData` in any case.
    pub log_metrics: usize,
    /// The least time in seconds, and that with the longest histories of every Standard state machine.
    pub seconds: (f64, f64),
    /// What CloudWatch charges there.
    pub prices: RegionPrices,
}

/// Calls of one action.
#[derive(Clone, Debug)]
pub struct CallsEstimate {
    /// As IAM calls it.
    pub action: &'static str,
    /// At least.
    pub least: usize,
    /// At most, where that is known.
    pub most: Option<usize>,
    /// Calls at once, and more of them a second; none where nothing is paced.
    pub bucket: Option<(f64, f64)>,
    /// The least time that this allows, in seconds.
    pub seconds: f64,
}

impl RegionEstimate {
    /// What `GetMetricData` costs where no state machine is idle.
    fn by_metric_data(&self) -> Usd {
        metric_requests(&self.prices, Decimal::from(self.charged_metrics))
    }

    /// What it costs at most.
    fn most(&self) -> Usd {
        let logs = metric_requests(&self.prices, Decimal::from(self.log_metrics));
        if self.free {
            logs
        } else {
            self.by_metric_data() + logs
        }
    }
}

/// Names of the action that is asked for metrics.
fn metrics_api(free: bool) -> &'static str {
    if free {
        "GetMetricStatistics"
    } else {
        "GetMetricData"
    }
}

const NOTES: [&str; 5] = [
    "execution histories are read only of state machines where a finding gains by them, and for a bill or an account file of \
     those that make up nearly all of it (50 at most); how many these are shows when the others were read",
    "of a state machine that is idle nothing more is asked than whether it is; how many are is not known before",
    "what log groups take in is asked for an account file and a bill only: one metric of each, by GetMetricData",
    "a search through the logs of Express workflows (--express-logs) is priced before it begins, and is not in here",
    "calls of Step Functions, EventBridge and the tagging API are free of charge",
];

/// The estimate as JSON, version 1. Amounts are US dollars.
pub fn estimate_json(regions: &[RegionEstimate]) -> String {
    #[derive(Serialize)]
    struct Document<'a> {
        version: u32,
        regions: Vec<Region<'a>>,
        seconds_least: Number,
        seconds_most: Number,
        usd_most: Number,
        notes: [&'static str; 5],
    }
    #[derive(Serialize)]
    struct Region<'a> {
        #[serde(rename = "region")]
        name: &'a str,
        machines: Machines,
        calls: Vec<Calls>,
        metrics_api: &'static str,
        metrics_least: usize,
        metrics_most: usize,
        log_metrics_most: usize,
        seconds_least: Number,
        seconds_most: Number,
        usd_most: Number,
        usd_most_by_get_metric_data: Number,
        usd_per_1000_metrics: Number,
        price_as_of: &'a str,
    }
    #[derive(Serialize)]
    struct Machines {
        standard: usize,
        express: usize,
        unknown: usize,
    }
    #[derive(Serialize)]
    struct Calls {
        action: &'static str,
        least: usize,
        most: Option<usize>,
        at_once: Option<Number>,
        a_second: Option<Number>,
        seconds_least: Number,
    }
    let (least, most) = seconds(regions);
    let document = Document {
        version: 1,
        regions: regions
            .iter()
            .map(|one| Region {
                name: &one.region,
                machines: Machines {
                    standard: one.standard,
                    express: one.express,
                    unknown: one.other,
                },
                calls: one
                    .calls
                    .iter()
                    .map(|calls| Calls {
                        action: calls.action,
                        least: calls.least,
                        most: calls.most,
                        at_once: calls.bucket.map(|(size, _)| number(size)),
                        a_second: calls.bucket.map(|(_, rate)| number(rate)),
                        seconds_least: number(calls.seconds),
                    })
                    .collect(),
                metrics_api: metrics_api(one.free),
                metrics_least: one.metrics.0,
                metrics_most: one.metrics.1,
                log_metrics_most: one.log_metrics,
                seconds_least: number(one.seconds.0),
                seconds_most: number(one.seconds.1),
                usd_most: decimal(one.most().0),
                usd_most_by_get_metric_data: decimal(one.by_metric_data().0),
                usd_per_1000_metrics: decimal(one.prices.get_metric_data_per_1000.0),
                price_as_of: &one.prices.cloudwatch_from.as_of,
            })
            .collect(),
        seconds_least: number(least),
        seconds_most: number(most),
        usd_most: decimal(total(regions).0),
        notes: NOTES,
    };
    crate::escape::json(&serde_json::to_string_pretty(&document).unwrap_or_default())
}

/// The estimate for a terminal.
pub fn estimate(regions: &[RegionEstimate]) -> String {
    let mut out = String::new();
    for one in regions {
        let mut kinds = vec![
            format!("{} Standard", count(one.standard)),
            format!("{} Express", count(one.express)),
        ];
        if one.other > 0 {
            kinds.push(format!("{} of a type that is not known", count(one.other)));
        }
        _ = writeln!(
            out,
            "{}: {} state machines listed: {}\n",
            visible(&one.region),
            count(one.standard + one.express + one.other),
            kinds.join(", ")
        );
        let columns = [
            Column::Left("ACTION"),
            Column::Right("CALLS"),
            Column::Right("AT ONCE"),
            Column::Right("A SECOND"),
            Column::Right("LEAST TIME"),
        ];
        let row = |calls: &CallsEstimate| {
            let part =
                |of: fn((f64, f64)) -> f64| calls.bucket.map(of).map_or("any".to_owned(), shortest);
            [
                calls.action.to_owned(),
                range(calls.least, calls.most),
                part(|bucket| bucket.0),
                part(|bucket| bucket.1),
                time(calls.seconds),
            ]
        };
        out.push_str(&table(columns, one.calls.iter().map(row)));
        _ = writeln!(
            out,
            "\nmetrics: {} by {}",
            range(one.metrics.0, Some(one.metrics.1)),
            metrics_api(one.free)
        );
        let price = format!(
            "{} for 1,000 metrics, price of {}",
            one.prices.get_metric_data_per_1000.cents(),
            visible(&one.prices.cloudwatch_from.as_of)
        );
        let by_data = money(one.by_metric_data());
        _ = if one.free {
            writeln!(
                out,
                "cost:    nothing within the account's first 1,000,000 free requests of a month; by GetMetricData at most \
                 {by_data} ({price})"
            )
        } else {
            writeln!(out, "cost:    at most {by_data} ({price})")
        };
        _ = writeln!(
            out,
            "time:    at least {}; with the longest histories of every Standard state machine {}\n",
            time(one.seconds.0),
            time(one.seconds.1)
        );
    }
    if regions.len() > 1 {
        let (least, most) = seconds(regions);
        _ = writeln!(
            out,
            "together: at most {}, at least {}, at most {}: Regions are read at the same time\n",
            money(total(regions)),
            time(least),
            time(most)
        );
    }
    for note in NOTES {
        _ = writeln!(out, "note: {note}");
    }
    out
}

/// Regions are read at the same time.
fn seconds(regions: &[RegionEstimate]) -> (f64, f64) {
    regions
        .iter()
        .fold((0.0, 0.0), |(least, most): (f64, f64), one| {
            (least.max(one.seconds.0), most.max(one.seconds.1))
        })
}

fn total(regions: &[RegionEstimate]) -> Usd {
    let sum = |sum: Decimal, one: &RegionEstimate| sum.saturating_add(one.most().0);
    Usd(regions.iter().fold(Decimal::ZERO, sum))
}

fn count(number: usize) -> String {
    num::count(Decimal::from(number))
}

fn range(least: usize, most: Option<usize>) -> String {
    match most {
        Some(most) if most == least => count(least),
        Some(most) if least == 0 => format!("up to {}", count(most)),
        Some(most) => format!("{} to {}", count(least), count(most)),
        None if least == 0 => "a few".to_owned(),
        None => format!("{} or more", count(least)),
    }
}

/// Cents, rounded up: it is told as the most.
fn money(usd: Usd) -> String {
    let up = rust_decimal::RoundingStrategy::AwayFromZero;
    Usd(usd.0.round_dp_with_strategy(2, up)).cents()
}

/// A tenth of a second is as exact as it gets.
fn tenths(seconds: f64) -> Decimal {
    let exact = Decimal::from_f64(seconds).unwrap_or_default();
    exact.round_dp(1).normalize()
}

fn number(value: f64) -> Number {
    decimal(tenths(value))
}

fn shortest(value: f64) -> String {
    num::count(tenths(value))
}

fn time(seconds: f64) -> String {
    let rounded = tenths(seconds);
    if rounded < Decimal::from(60) {
        return format!("{} s", num::count(rounded));
    }
    let minutes = rounded / Decimal::from(60);
    if minutes < Decimal::from(120) {
        return format!("{} min", num::count(minutes.round_dp(1).normalize()));
    }
    let hours = minutes / Decimal::from(60);
    format!("{} h", num::count(hours.round_dp(1).normalize()))
}

#[cfg(test)]
mod tests {
    use pricing::Prices;

    use super::*;

    fn region(name: &str, free: bool) -> RegionEstimate {
        let calls = |action, least, most, bucket, seconds| CallsEstimate {
            action,
            least,
            most,
            bucket,
            seconds,
        };
        RegionEstimate {
            region: name.to_owned(),
            standard: 900,
            express: 100,
            other: usize::from(free),
            calls: vec![
                calls(
                    "states:DescribeStateMachine",
                    1000,
                    Some(1000),
                    Some((100.0, 10.0)),
                    90.0,
                ),
                calls("cloudwatch:GetMetricData", 6, Some(21), None, 0.0),
                calls("cloudwatch:DescribeAlarms", 1, None, Some((4.5, 4.5)), 0.0),
                calls(
                    "states:GetExecutionHistory",
                    0,
                    Some(54_000),
                    Some((200.0, 10.0)),
                    0.0,
                ),
                calls("events:ListRules", 0, None, Some((25.0, 25.0)), 0.0),
            ],
            metrics: (2903, 10_103),
            free,
            log_metrics: 0,
            charged_metrics: 10_103,
            seconds: (90.0, 5380.04),
            prices: Prices::embedded().region(name),
        }
    }

    #[test]
    fn an_estimate_says_what_is_asked_and_what_it_costs_at_most() {
        insta::assert_snapshot!(estimate(&[
            region("us-east-1", false),
            region("eu-west-1", true)
        ]));
    }

    #[test]
    fn the_same_for_programs() {
        insta::assert_snapshot!(estimate_json(&[region("us-east-1", false)]));
        let free: serde_json::Value =
            serde_json::from_str(&estimate_json(&[region("us-east-1", true)])).unwrap();
        assert_eq!(
            (&free["usd_most"], &free["version"]),
            (&0.into(), &1.into())
        );
        let by_data = &free["regions"][0]["usd_most_by_get_metric_data"];
        assert_eq!(by_data.as_f64(), Some(0.10103));
    }

    #[test]
    fn times_are_told_in_a_fitting_unit() {
        let told = [0.0, 1.26, 59.9, 90.0, 7140.0, 7200.0, f64::NAN].map(time);
        assert_eq!(
            told,
            ["0 s", "1.3 s", "59.9 s", "1.5 min", "119 min", "2 h", "0 s"]
        );
    }
}
