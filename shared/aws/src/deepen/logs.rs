//! What log groups take in and keep, and how much of them may be searched for executions of Express workflows.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{Dimension, Metric, MetricDataQuery, MetricStat, StatusCode};
use facts::{Fact, LogLevel, LogUse, MachineArn, MachineFacts, Window, WorkflowType};
use jiff::Timestamp;

use crate::call::{Pages, call};
use crate::collect::Collect;
use crate::error::CallError;
use crate::{Session, tasks};

/// The most that `GetMetricData` takes in a call.
const METRICS: usize = 500;
/// The most that `DescribeLogGroups` takes in a call.
const GROUPS: usize = 50;

/// Fills in [`MachineFacts::logs`]: one metric for each log group, and one call for 50 of them. Never fails: what could not
/// be read is told where it would have been.
pub async fn read_log_use(session: &Session, machines: &mut [MachineFacts], how: &Collect) {
    let known = machines.iter().find_map(|one| one.metrics.known());
    let window = known.map(|metrics| metrics.window);
    let mut by_region: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for machine in machines.iter() {
        if let Ok(Some(group)) = group(machine) {
            let groups = by_region.entry(machine.region.clone()).or_default();
            groups.insert(group.arn.to_owned());
        }
    }
    let work = by_region.iter().map(|(region, groups)| async move {
        let groups: Vec<&str> = groups.iter().map(String::as_str).collect();
        let (ingested, stored) = tokio::join!(
            ingested(session, region, how, &groups, window),
            stored(session, region, how, &groups),
        );
        let numbers = ingested.into_iter().zip(stored);
        groups
            .iter()
            .map(ToString::to_string)
            .zip(numbers)
            .collect()
    });
    let found: Vec<BTreeMap<String, Numbers>> = tasks::all(work).await;
    for machine in machines {
        let use_of = |group: Group<'_>| {
            let numbers = found.iter().find_map(|groups| groups.get(group.arn));
            numbers.map(|numbers| log_use(group.name, numbers))
        };
        machine.logs = match group(machine) {
            Ok(None) => Fact::Known(None),
            Ok(Some(group)) => use_of(group).map_or_else(Fact::default, |it| Fact::Known(Some(it))),
            Err(why) => Fact::unknown(why),
        };
    }
}

/// Bytes that a group takes in, and bytes that it keeps.
type Numbers = (Result<u64, String>, Result<u64, String>);

fn log_use(name: &str, (ingested, stored): &Numbers) -> LogUse {
    let why = ingested.as_ref().err().or(stored.as_ref().err());
    LogUse {
        group: name.to_owned(),
        ingested: ingested.as_ref().ok().copied(),
        stored: stored.as_ref().ok().copied(),
        unknown: why.cloned(),
    }
}

/// A log group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Group<'a> {
    /// Without the `:*` that Step Functions wants and CloudWatch Logs refuses.
    arn: &'a str,
    name: &'a str,
}

/// The log group of a state machine; none where nothing is logged.
fn group(machine: &MachineFacts) -> Result<Option<Group<'_>>, String> {
    let logging = machine.logging.get()?;
    let Some(arn) = logging.destinations.first() else {
        return Ok(None);
    };
    if logging.level == LogLevel::Off {
        return Ok(None);
    }
    let arn = arn.strip_suffix(":*").unwrap_or(arn);
    match arn.split(':').collect::<Vec<_>>().as_slice() {
        ["arn", _, "logs", region, account, "log-group", name] => {
            if *region != machine.region || *account != machine.account {
                return Err("its log group is in another account or Region".to_owned());
            }
            Ok(Some(Group { arn, name }))
        }
        _ => Err("its log group has an ARN that is none".to_owned()),
    }
}

/// The name in the ARN of a group.
fn name(arn: &str) -> &str {
    arn.rsplit(':').next().unwrap_or_default()
}

/// What groups took in over the window, in their order.
async fn ingested(
    session: &Session,
    region: &str,
    how: &Collect,
    groups: &[&str],
    window: Option<Window>,
) -> Vec<Result<u64, String>> {
    let Some(window) = window else {
        let why = "no metrics were read of its account".to_owned();
        return groups.iter().map(|_| Err(why.clone())).collect();
    };
    let mut found = Vec::new();
    for batch in groups.chunks(METRICS) {
        match sums(session, region, how, batch, window).await {
            Ok(sums) => found.extend(sums),
            Err(error) => found.extend(batch.iter().map(|_| Err(error.to_string()))),
        }
    }
    found
}

async fn sums(
    session: &Session,
    region: &str,
    how: &Collect,
    groups: &[&str],
    window: Window,
) -> Result<Vec<Result<u64, String>>, CallError> {
    let clients = session.clients(region);
    let line = session.line(region, "cloudwatch:GetMetricData", how.pace);
    let queries: Vec<MetricDataQuery> = groups
        .iter()
        .enumerate()
        .map(|(at, group)| query(at, name(group), window))
        .collect();
    let mut sums = vec![Ok(0.0); groups.len()];
    let mut pages = Pages::default();
    loop {
        let send = || {
            let request = clients
                .cloudwatch()
                .get_metric_data()
                .set_metric_data_queries(Some(queries.clone()));
            request
                .start_time(DateTime::from_secs(window.start.as_second()))
                .end_time(DateTime::from_secs(window.end.as_second()))
                .set_next_token(pages.token())
                .send()
        };
        let answer = call(&line, send).await?;
        for result in answer.metric_data_results.unwrap_or_default() {
            let id = result.id.as_deref().and_then(|id| id.strip_prefix('q'));
            let at: Option<usize> = id.and_then(|id| id.parse().ok());
            let Some(sum) = at.and_then(|at| sums.get_mut(at)) else {
                continue;
            };
            match (result.status_code, sum) {
                (Some(status @ (StatusCode::InternalError | StatusCode::Forbidden)), sum) => {
                    *sum = Err(format!("{} on {}", status.as_str(), line.action));
                }
                (_, Ok(sum)) => {
                    let values = result.values.unwrap_or_default();
                    *sum += values.iter().filter(|value| **value >= 0.0).sum::<f64>();
                }
                (_, Err(_)) => {}
            }
        }
        if !pages.advance(&line, answer.next_token.as_deref())? {
            return Ok(sums.into_iter().map(|sum| sum.map(whole)).collect());
        }
    }
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "not negative; a float that is too large saturates"
)]
pub(super) fn whole(value: f64) -> u64 {
    value.round() as u64
}

/// The sum over the window; a group that took in nothing has no data.
fn query(at: usize, group: &str, window: Window) -> MetricDataQuery {
    let dimension = Dimension::builder().name("LogGroupName").value(group);
    let metric = Metric::builder()
        .namespace("AWS/Logs")
        .metric_name("IncomingBytes")
        .dimensions(dimension.build());
    let stat = MetricStat::builder()
        .metric(metric.build())
        .period(i32::try_from(window.seconds()).unwrap_or(i32::MAX))
        .stat("Sum");
    MetricDataQuery::builder()
        .id(format!("q{at}"))
        .metric_stat(stat.build())
        .build()
}

/// What groups keep, in their order.
async fn stored(
    session: &Session,
    region: &str,
    how: &Collect,
    groups: &[&str],
) -> Vec<Result<u64, String>> {
    let mut found = Vec::new();
    for batch in groups.chunks(GROUPS) {
        match described(session, region, how, batch).await {
            Ok(sizes) => found.extend(batch.iter().map(|group| {
                let size = sizes.get(name(group)).copied();
                size.ok_or_else(|| "its log group does not exist".to_owned())
            })),
            Err(error) => found.extend(batch.iter().map(|_| Err(error.to_string()))),
        }
    }
    found
}

async fn described(
    session: &Session,
    region: &str,
    how: &Collect,
    groups: &[&str],
) -> Result<BTreeMap<String, u64>, CallError> {
    let clients = session.clients(region);
    let line = session.line(region, "logs:DescribeLogGroups", how.pace);
    let identifiers: Vec<String> = groups.iter().map(ToString::to_string).collect();
    let (mut sizes, mut pages) = (BTreeMap::new(), Pages::default());
    loop {
        let send = || {
            let request = clients.logs().describe_log_groups();
            request
                .set_log_group_identifiers(Some(identifiers.clone()))
                .set_next_token(pages.token())
                .send()
        };
        let answer = call(&line, send).await?;
        for group in answer.log_groups.unwrap_or_default() {
            let size = group.stored_bytes.and_then(|size| u64::try_from(size).ok());
            sizes.extend(group.log_group_name.zip(size));
        }
        if !pages.advance(&line, answer.next_token.as_deref())? {
            return Ok(sizes);
        }
    }
}

/// A search through the log group of an Express workflow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogScan {
    /// ARN of the state machine.
    pub machine: String,
    /// The log group.
    pub group: String,
    /// The time that is searched.
    pub window: Window,
    /// Bytes that it may scan: twice what the log group takes in on average in that time. It is stopped beyond.
    pub bytes: u64,
}

/// What [`crate::deepen`] would search of the logs of Express workflows with that
/// [`express_logs`](crate::Sample::express_logs): the newest hours of each, a day at most, so that all together scan no more
/// than that. For machines of which [`read_log_use`] knows what their log groups take in.
pub fn express_log_scan(machines: &[MachineFacts], bytes: u64) -> Vec<LogScan> {
    let planned = plan(machines, bytes).into_iter();
    planned.filter_map(|(_, scan)| scan.ok()).collect()
}

/// What is searched of each Express workflow, by its place, or why nothing is.
pub(super) fn plan(
    machines: &[MachineFacts],
    bytes: u64,
) -> Vec<(usize, Result<LogScan, &'static str>)> {
    let express = machines
        .iter()
        .enumerate()
        .filter(|(_, machine)| machine.workflow_type == Fact::Known(WorkflowType::Express));
    let mut wanted: Vec<(usize, Result<Wanted, &'static str>)> = express
        .map(|(at, machine)| (at, Wanted::of(machine)))
        .collect();
    // Those that need the least first: what they leave is for the others.
    wanted.sort_by_key(|(at, one)| (one.as_ref().map_or(0, |one| one.day), *at));
    let mut waiting = wanted.iter().filter(|(_, one)| one.is_ok()).count() as u64;
    let mut left = bytes;
    let mut planned: Vec<_> = wanted
        .into_iter()
        .map(|(at, one)| {
            let scan = one.and_then(|one| {
                let scan = one.scan(left / waiting.max(1));
                waiting = waiting.saturating_sub(1);
                left = left.saturating_sub(scan.as_ref().map_or(0, |scan| scan.bytes));
                scan.ok_or("five minutes of its log group are more than may be scanned")
            });
            (at, scan)
        })
        .collect();
    planned.sort_by_key(|(at, _)| *at);
    planned
}

/// A log group that tells executions.
struct Wanted {
    machine: String,
    group: String,
    /// Bytes that it took in over the window.
    ingested: u64,
    window: Window,
    /// What a search of a day may scan.
    day: u64,
}

/// The grain of the time that is searched, and the longest, in seconds.
const STEP: u64 = 300;
const DAY: u64 = 86_400;

impl Wanted {
    fn of(machine: &MachineFacts) -> Result<Self, &'static str> {
        let logging = machine.logging.known();
        if logging.is_none_or(|logging| logging.level != LogLevel::All) {
            return Err(
                "Express workflows keep no execution history, and it is not logged with level ALL",
            );
        }
        let Some(metrics) = machine.metrics.known() else {
            return Err("what its log group takes in is not known");
        };
        let group = machine.logs.known().and_then(Option::as_ref);
        let Some((group, ingested)) = group.and_then(|it| Some((&it.group, it.ingested?))) else {
            return Err("what its log group takes in is not known");
        };
        // Its name becomes part of a query.
        let name = MachineArn::parse(&machine.arn).map(|arn| arn.name);
        if name.is_none_or(|name| name.contains(['"', '\\', '|'])) {
            return Err("its name cannot be searched for");
        }
        if metrics.started.total == 0 || ingested == 0 {
            return Err("it was not executed in the window, or not logged");
        }
        let mut wanted = Self {
            machine: machine.arn.clone(),
            group: group.clone(),
            ingested,
            window: metrics.window,
            day: 0,
        };
        wanted.day = wanted.bytes(DAY);
        Ok(wanted)
    }

    /// What a search of so many seconds may scan.
    fn bytes(&self, seconds: u64) -> u64 {
        let all = u128::from(self.ingested) * u128::from(seconds) * 2;
        let length = u128::try_from(self.window.seconds()).unwrap_or(1);
        u64::try_from(all.div_ceil(length)).unwrap_or(u64::MAX)
    }

    /// The longest search that scans no more than that.
    fn scan(&self, bytes: u64) -> Option<LogScan> {
        let length = u64::try_from(self.window.seconds()).unwrap_or(1).min(DAY);
        let steps = (1..=length.div_ceil(STEP)).rev();
        let mut lengths = steps.map(|step| (step * STEP).min(length));
        let seconds = lengths.find(|seconds| self.bytes(*seconds) <= bytes)?;
        let start = self.window.end.as_second() - i64::try_from(seconds).ok()?;
        Some(LogScan {
            machine: self.machine.clone(),
            group: self.group.clone(),
            window: Window {
                start: Timestamp::from_second(start).ok()?,
                end: self.window.end,
            },
            bytes: self.bytes(seconds),
        })
    }
}

#[cfg(test)]
mod tests;
