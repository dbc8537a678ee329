//! `StartQuery` and `GetQueryResults`: executions of Express workflows, from their logs.

mod rows;

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_cloudwatchlogs::types::{QueryStatus, ResultField};
use facts::{ExecutionSample, Fact, HistoryProfile, SampleSource, profile};
use tokio::time::Instant;

use super::LogScan;
use super::choice::choose;
use crate::call::{Line, Pages, call};
use crate::client::Clients;
use crate::collect::Collect;
use crate::error::CallError;
use crate::{Session, tasks};

use rows::{Row, executions};

/// Searches at a time: an account has 30 for all who search.
const AT_A_TIME: usize = 4;
/// Events that a search brings, at most: the most that CloudWatch gives.
const ROWS: usize = 10_000;
/// Executions that are kept of those; they are there, and reading more of them costs nothing.
const KEPT: usize = 200;
/// How long a search may take.
const PATIENCE: Duration = Duration::from_mins(2);
/// How often it is asked for.
const PAUSE: Duration = Duration::from_millis(500);

/// Searches the logs of a Region; `done` gets each sample as it comes.
pub(super) async fn all(
    session: &Session,
    region: &str,
    how: &Collect,
    seed: u64,
    scans: Vec<(usize, LogScan)>,
    mut done: impl FnMut(usize, Fact<ExecutionSample>),
) {
    let search = Arc::new(Search::new(session, region, how, PATIENCE));
    let tasks = scans.into_iter().map(|(at, scan)| {
        let search = Arc::clone(&search);
        async move { (at, search.sample(&scan, seed).await) }
    });
    tasks::each(AT_A_TIME, tasks, |(at, sample)| done(at, sample)).await;
}

struct Search {
    clients: Arc<Clients>,
    start: Line,
    results: Line,
    stop: Line,
    patience: Duration,
}

impl Search {
    fn new(session: &Session, region: &str, how: &Collect, patience: Duration) -> Self {
        Self {
            clients: session.clients(region),
            start: session.line(region, "logs:StartQuery", how.pace),
            results: session.line(region, "logs:GetQueryResults", how.pace),
            stop: session.line(region, "logs:StopQuery", how.pace),
            patience,
        }
    }

    async fn sample(&self, scan: &LogScan, seed: u64) -> Fact<ExecutionSample> {
        match self.rows(scan).await {
            Ok(rows) => sample(&rows, scan, seed),
            Err(why) => Fact::unknown(why),
        }
    }

    /// The newest events; why there are none.
    async fn rows(&self, scan: &LogScan) -> Result<Vec<Row>, String> {
        let told = |error: CallError| error.to_string();
        let id = self.begin(scan).await.map_err(told)?;
        let begun = Instant::now();
        loop {
            tokio::time::sleep(PAUSE).await;
            let why = match self.look(&id).await.map_err(told) {
                Ok(Progress::Ended(rows)) => return Ok(rows),
                Ok(Progress::Broken(how)) => {
                    return Err(format!("the search of its log group ended as {how}"));
                }
                Ok(Progress::Runs { scanned }) if scanned > scan.bytes => {
                    "the search of its log group was stopped: it scanned more than expected"
                        .to_owned()
                }
                Ok(Progress::Runs { .. }) if begun.elapsed() < self.patience => continue,
                Ok(Progress::Runs { .. }) => format!(
                    "the search of its log group was stopped: it had not ended after {} s",
                    self.patience.as_secs()
                ),
                Err(why) => why,
            };
            // It costs as long as it runs. There is nothing to do where it cannot be stopped.
            let send = || {
                let request = self.clients.logs().stop_query();
                request.query_id(id.as_str()).send()
            };
            let _ = call(&self.stop, send).await;
            return Err(why);
        }
    }

    async fn begin(&self, scan: &LogScan) -> Result<String, CallError> {
        let query = query(&scan.machine);
        let send = || {
            let request = self.clients.logs().start_query();
            request
                .log_group_name(scan.group.as_str())
                .start_time(scan.window.start.as_second())
                .end_time(scan.window.end.as_second())
                .query_string(query.as_str())
                .send()
        };
        let answer = call(&self.start, send).await?;
        Ok(answer.query_id.unwrap_or_default())
    }

    async fn look(&self, id: &str) -> Result<Progress, CallError> {
        let (mut rows, mut pages) = (Vec::new(), Pages::default());
        loop {
            let send = || {
                let request = self.clients.logs().get_query_results();
                request.query_id(id).set_next_token(pages.token()).send()
            };
            let answer = call(&self.results, send).await?;
            match answer.status {
                Some(QueryStatus::Complete) => {}
                None | Some(QueryStatus::Running | QueryStatus::Scheduled) => {
                    let scanned = answer.statistics.map_or(0.0, |it| it.bytes_scanned);
                    return Ok(Progress::Runs {
                        scanned: super::logs::whole(scanned),
                    });
                }
                Some(status) => return Ok(Progress::Broken(status.as_str().to_owned())),
            }
            rows.extend(answer.results.unwrap_or_default().into_iter().map(row));
            let more = pages.advance(&self.results, answer.next_token.as_deref())?;
            if !more || rows.len() >= ROWS {
                return Ok(Progress::Ended(rows));
            }
        }
    }
}

/// How far a search is.
enum Progress {
    Runs { scanned: u64 },
    Ended(Vec<Row>),
    Broken(String),
}

fn row(fields: Vec<ResultField>) -> Row {
    let pair = |field: ResultField| field.field.zip(field.value);
    fields.into_iter().filter_map(pair).collect()
}

/// Asks for names, and for nothing that could hold data.
fn query(machine: &str) -> String {
    let executions = machine.replacen(":stateMachine:", ":express:", 1);
    format!(
        "fields id, type, details.name, details.state, details.error, previous_event_id, event_timestamp, execution_arn\n\
         | filter execution_arn like \"{executions}:\"\n\
         | sort @timestamp desc\n\
         | limit {ROWS}"
    )
}

fn sample(rows: &[Row], scan: &LogScan, seed: u64) -> Fact<ExecutionSample> {
    let found = executions(rows);
    if found.whole.is_empty() {
        let minutes = scan.window.seconds() / 60;
        return Fact::unknown(format!(
            "there is no whole execution in the newest {minutes} minutes of its log group"
        ));
    }
    let (ended, histories): (Vec<_>, Vec<_>) = found.whole.into_iter().unzip();
    let choice = choose(&ended, KEPT, seed, &scan.machine);
    let starts = || ended.iter().map(|one| one.start);
    let of = |arn: &str| {
        let at = ended.iter().position(|one| one.arn == arn)?;
        histories.get(at)
    };
    let profiles = choice.chosen.iter().filter_map(|(stratum, one)| {
        Some(HistoryProfile {
            stratum: *stratum,
            ..profile(of(&one.arn)?)
        })
    });
    Fact::Known(ExecutionSample {
        listed: ended.len() as u64,
        profiles: profiles.collect(),
        source: SampleSource::Logs,
        seed,
        oldest: starts().min(),
        newest: starts().max(),
        unread: found.cut,
        strata: choice.strata,
        ..ExecutionSample::default()
    })
}

#[cfg(test)]
mod tests;
