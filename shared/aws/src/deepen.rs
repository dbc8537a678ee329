//! What takes calls for each state machine, and is therefore done for chosen ones: sampled executions, and the
//! EventBridge rules that listen to them.

mod executions;
mod pattern;
mod rules;

use std::collections::BTreeMap;
use std::sync::Arc;

use facts::{Deeper, EventRule, ExecutionSample, Fact, HistoryEvent, MachineFacts, WorkflowType};

use crate::collect::{Collect, OnProgress, Progress, Step};
use crate::{CallError, Pace, Session, tasks};

/// How much to look into executions.
#[derive(Clone, Debug)]
pub struct Sample {
    /// Histories that are read of each state machine, at most.
    pub executions: usize,
    /// Calls of `GetExecutionHistory` for each state machine, at most; one brings up to 1,000 events. A history that this
    /// cuts short is left out of the sample.
    pub pages: usize,
}

impl Default for Sample {
    /// 20 histories in 60 calls.
    fn default() -> Self {
        Self {
            executions: 20,
            pages: 60,
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
/// Of the newest 100 executions that ended, histories are read evenly spread, without their data: the same account
/// brings the same choice. Rules are those of the default event bus, listed once for each Region. Express workflows keep
/// no history and send no events; nothing is called for them.
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
    let work = by_region
        .iter()
        .map(|(region, chosen)| in_region(session, region, chosen, how, sample, progress));
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

async fn in_region(
    session: &Session,
    region: &str,
    chosen: &[Chosen],
    how: &Collect,
    sample: &Sample,
    progress: OnProgress<'_>,
) -> Vec<Deep> {
    let reader = Arc::new(executions::Sampler::new(session, region, how, sample));
    let mut samples: BTreeMap<usize, Fact<ExecutionSample>> = BTreeMap::new();
    let asked = chosen.iter().filter(|one| one.wanted.executions);
    let total = asked.clone().count();
    let tasks = asked.map(|one| {
        let (at, arn, reader) = (one.at, one.arn.clone(), Arc::clone(&reader));
        async move { (at, reader.sample(&arn).await) }
    });
    let sampling = tasks::each(how.concurrency, tasks, |(at, result)| {
        samples.insert(at, result);
        progress(Progress {
            region,
            step: Step::Sample,
            done: samples.len(),
            total,
        });
    });
    let listing = async {
        if chosen.iter().any(|one| one.wanted.event_rules) {
            rules::all(session, region, how).await
        } else {
            Ok(Vec::new())
        }
    };
    let (rules, ()) = tokio::join!(listing, sampling);
    let deep = |one: &Chosen| {
        let event_rules = || match &rules {
            Ok(rules) => Fact::Known(rules::listening(rules, &one.arn)),
            Err(error) => Fact::unknown(error.to_string()),
        };
        let mut executions = || {
            let sample = samples.remove(&one.at);
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
