//! What takes calls for each state machine, and is therefore done for chosen ones: sampled executions, and the
//! EventBridge rules that listen to them.

mod choice;
mod early;
mod executions;
#[cfg(feature = "deep")]
mod insights;
#[cfg(feature = "deep")]
mod logs;
#[cfg(feature = "deep")]
mod maps;
mod pattern;
mod rules;

use std::collections::BTreeMap;
use std::sync::Arc;

use facts::{
    Deeper, EventRule, ExecutionSample, Fact, HistoryEvent, MachineFacts, Window, WorkflowType,
};

use crate::collect::{Collect, OnProgress, Progress, Step};
use crate::memory::{keep, recall, recall_or};
use crate::{CallError, Pace, Session, tasks};

pub use early::Sampling;
pub(crate) use early::{Early, Sampled};
#[cfg(feature = "deep")]
pub use logs::{LogScan, express_log_scan, read_log_use};

/// How much to look into executions.
#[derive(Clone, Debug)]
pub struct Sample {
    /// Histories that are read of each state machine, at most.
    pub executions: usize,
    /// Calls of `GetExecutionHistory` for each state machine, at most; one brings up to 1,000 events. A history that this
    /// cuts short is left out of the sample.
    pub pages: usize,
    /// Newest executions that the choice is made of: up to 1,000, which is one call however many.
    pub listed: i32,
    /// What the choice is drawn with: the same executions and the same seed bring the same sample.
    pub seed: u64,
    /// Map Runs of sampled executions that are read of each state machine, at most; 0 for none. Without the feature `deep`
    /// none are.
    pub map_runs: usize,
    /// Bytes of logs of Express workflows that may be searched for executions, at most; none for no search. A search costs by
    /// the bytes that it scans. Without the feature `deep` nothing is searched.
    pub express_logs: Option<u64>,
}

impl Default for Sample {
    /// 20 histories of the newest 100 executions in 60 calls, and 10 Map Runs; no logs.
    fn default() -> Self {
        Self {
            executions: 20,
            pages: 60,
            listed: 100,
            seed: 0,
            map_runs: 10,
            express_logs: None,
        }
    }
}

/// The whole history of one execution, without its data.
pub async fn history(
    session: &Session,
    region: &str,
    execution_arn: &str,
    pace: Pace,
) -> Result<Vec<HistoryEvent>, CallError> {
    let how = Collect {
        pace,
        ..Collect::default()
    };
    let sampler = executions::Sampler::new(session, region, &how, &Sample::default());
    let mut pages = usize::MAX;
    let events = sampler.events(execution_arn, &mut pages).await?;
    Ok(events.unwrap_or_default())
}

/// Fills in [`MachineFacts::executions`] and [`MachineFacts::event_rules`] where `choose` asks for them.
///
/// Of the newest executions that ended, some of every kind (how they ended, how long they took) are read, at all times of the
/// day and without their data: the same account and seed bring the same choice. Rules are those of the default event bus,
/// listed once for each Region. Express workflows keep no history and send no events; nothing is called for them, unless their
/// logs are to be searched.
pub async fn deepen(
    session: &Session,
    machines: &mut [MachineFacts],
    how: &Collect,
    sample: &Sample,
    choose: impl Fn(&MachineFacts) -> Deeper,
    progress: OnProgress<'_>,
) {
    let mut by_region: BTreeMap<String, Vec<Chosen>> = BTreeMap::new();
    for (at, machine) in machines.iter_mut().enumerate() {
        let wanted = choose(machine);
        if machine.workflow_type != Fact::Known(WorkflowType::Express) {
            if wanted.any() {
                let arn = machine.arn.clone();
                let chosen = by_region.entry(machine.region.clone()).or_default();
                chosen.push(Chosen { at, arn, wanted });
            }
            continue;
        }
        if wanted.executions {
            machine.executions = Fact::unknown("Express workflows keep no execution history");
        }
        if wanted.event_rules {
            machine.event_rules = Fact::Known(Vec::new());
        }
    }
    let known = machines.iter().find_map(|machine| machine.metrics.known());
    let window = known.map(|metrics| metrics.window);
    #[cfg(feature = "deep")]
    if let Some(bytes) = sample.express_logs {
        search(session, machines, how, sample.seed, bytes, progress).await;
    }
    let work = by_region
        .iter()
        .map(|(region, chosen)| in_region(session, region, chosen, how, sample, window, progress));
    for deep in tasks::all(work).await.into_iter().flatten() {
        let Some(machine) = machines.get_mut(deep.at) else {
            continue;
        };
        if let Some(executions) = deep.executions {
            machine.executions = executions;
        }
        if let Some(event_rules) = deep.event_rules {
            machine.event_rules = event_rules;
        }
    }
}

/// Fills in [`MachineFacts::executions`] of Express workflows from their logs.
#[cfg(feature = "deep")]
async fn search(
    session: &Session,
    machines: &mut [MachineFacts],
    how: &Collect,
    seed: u64,
    bytes: u64,
    progress: OnProgress<'_>,
) {
    let mut by_region: BTreeMap<String, Vec<(usize, LogScan)>> = BTreeMap::new();
    for (at, scan) in logs::plan(machines, bytes) {
        let Some(machine) = machines.get_mut(at) else {
            continue;
        };
        match scan {
            Ok(scan) => {
                let scans = by_region.entry(machine.region.clone()).or_default();
                scans.push((at, scan));
            }
            Err(why) => machine.executions = Fact::unknown(why),
        }
    }
    let work = by_region.into_iter().map(|(region, scans)| async move {
        let (mut found, total) = (Vec::new(), scans.len());
        insights::all(session, &region, how, seed, scans, |at, sample| {
            found.push((at, sample));
            progress(Progress {
                region: &region,
                step: Step::Sample,
                done: found.len(),
                total,
            });
        })
        .await;
        found
    });
    for (at, sample) in tasks::all(work).await.into_iter().flatten() {
        if let Some(machine) = machines.get_mut(at) {
            machine.executions = sample;
        }
    }
}

/// A state machine to look into.
struct Chosen {
    at: usize,
    arn: String,
    wanted: Deeper,
}

/// What was found out about one state machine; none of what was not wanted.
struct Deep {
    at: usize,
    executions: Option<Fact<ExecutionSample>>,
    event_rules: Option<Fact<Vec<EventRule>>>,
}

/// The sample of one state machine, kept where there is one. Another way to sample is another answer.
async fn sampled(
    reader: &executions::Sampler,
    how: &Collect,
    sample: &Sample,
    arn: &str,
) -> executions::Sampled {
    let key = || format!("sample {sample:?} of {arn}");
    if let Some((known, parents)) = recall(how, key) {
        return executions::Sampled {
            executions: Fact::Known(known),
            parents,
        };
    }
    let found = reader.sample(arn).await;
    if let Fact::Known(sample) = &found.executions {
        keep(how, key, &(sample, &found.parents));
    }
    found
}

/// Map Runs of a Region that are read, at most; none without the feature that reads them.
#[cfg(feature = "deep")]
pub(crate) fn most_map_runs(sample: &Sample, machines: usize) -> usize {
    let region = maps::RUNS_OF_REGION.max(2 * machines);
    region.min(sample.map_runs.saturating_mul(machines))
}

/// None are read.
#[cfg(not(feature = "deep"))]
pub(crate) fn most_map_runs(_: &Sample, _: usize) -> usize {
    0
}

/// The samples of a Region by ARN, with what their Map Runs started.
async fn with_children(
    session: &Session,
    region: &str,
    how: &Collect,
    reader: &Arc<executions::Sampler>,
    window: Option<Window>,
    found: Vec<(String, executions::Sampled)>,
) -> BTreeMap<String, Fact<ExecutionSample>> {
    #[cfg(feature = "deep")]
    let parents = maps::parents(&found);
    let samples = found
        .into_iter()
        .map(|(arn, found)| (arn, found.executions));
    #[cfg_attr(not(feature = "deep"), expect(unused_mut, reason = "nothing is added"))]
    let mut samples: BTreeMap<String, Fact<ExecutionSample>> = samples.collect();
    #[cfg(feature = "deep")]
    if reader.sample.map_runs > 0 {
        maps::add(session, region, how, reader, window, parents, &mut samples).await;
    }
    #[cfg(not(feature = "deep"))]
    let _ = (session, region, how, reader, window);
    samples
}

async fn in_region(
    session: &Session,
    region: &str,
    chosen: &[Chosen],
    how: &Collect,
    sample: &Sample,
    window: Option<Window>,
    progress: OnProgress<'_>,
) -> Vec<Deep> {
    let reader = Arc::new(executions::Sampler::new(session, region, how, sample));
    let mut found: Vec<(String, executions::Sampled)> = Vec::new();
    let asked = chosen.iter().filter(|one| one.wanted.executions);
    let total = asked.clone().count();
    let tasks = asked.map(|one| {
        let (arn, reader) = (one.arn.clone(), Arc::clone(&reader));
        let (how, sample) = (how.clone(), sample.clone());
        async move {
            let found = sampled(&reader, &how, &sample, &arn).await;
            (arn, found)
        }
    });
    let sampling = tasks::each(how.concurrency, tasks, |one| {
        found.push(one);
        progress(Progress {
            region,
            step: Step::Sample,
            done: found.len(),
            total,
        });
    });
    let listing = async {
        if chosen.iter().any(|one| one.wanted.event_rules) {
            let key = || format!("rules of {region}");
            recall_or(how, key, rules::all(session, region, how)).await
        } else {
            Ok(Vec::new())
        }
    };
    let (rules, ()) = tokio::join!(listing, sampling);
    let mut samples = with_children(session, region, how, &reader, window, found).await;
    let deep = |one: &Chosen| {
        let event_rules = || match &rules {
            Ok(rules) => Fact::Known(rules::listening(rules, &one.arn)),
            Err(error) => Fact::unknown(error.to_string()),
        };
        let mut executions = || {
            let sample = samples.remove(&one.arn);
            sample.unwrap_or_else(|| Fact::unknown("sampling it was broken off"))
        };
        Deep {
            at: one.at,
            executions: one.wanted.executions.then(&mut executions),
            event_rules: one.wanted.event_rules.then(event_rules),
        }
    };
    chosen.iter().map(deep).collect()
}
