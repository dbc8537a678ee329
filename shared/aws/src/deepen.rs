//! What takes calls for each state machine, and is therefore done for chosen ones: sampled executions, and the
//! EventBridge rules that listen to them.

mod executions;
mod pattern;
mod rules;

use std::collections::BTreeMap;
use std::sync::Arc;

use facts::{EventRule, ExecutionSample, Fact, MachineFacts, WorkflowType};

use crate::collect::{Collect, OnProgress, Progress, Step};
use crate::{Session, tasks};

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

/// Fills in [`MachineFacts::executions`] and [`MachineFacts::event_rules`] of the state machines that `choose` takes.
///
/// Of the newest 100 executions that ended, histories are read evenly spread, without their data: the same account
/// brings the same choice. Rules are those of the default event bus, listed once for each Region. Express workflows keep
/// no history and send no events; nothing is called for them.
pub async fn deepen(
    session: &Session,
    machines: &mut [MachineFacts],
    how: &Collect,
    sample: &Sample,
    choose: impl Fn(&MachineFacts) -> bool,
    progress: OnProgress<'_>,
) {
    let mut by_region: BTreeMap<String, Vec<(usize, String)>> = BTreeMap::new();
    for (at, machine) in machines
        .iter_mut()
        .enumerate()
        .filter(|(_, machine)| choose(machine))
    {
        if machine.workflow_type == Fact::Known(WorkflowType::Express) {
            machine.executions = Fact::unknown("Express workflows keep no execution history");
            machine.event_rules = Fact::Known(Vec::new());
        } else {
            by_region
                .entry(machine.region.clone())
                .or_default()
                .push((at, machine.arn.clone()));
        }
    }
    let work = by_region
        .iter()
        .map(|(region, chosen)| in_region(session, region, chosen, how, sample, progress));
    for (at, deep) in tasks::all(work).await.into_iter().flatten() {
        if let Some(machine) = machines.get_mut(at) {
            machine.executions = deep.executions;
            machine.event_rules = deep.event_rules;
        }
    }
}

/// What was found out about one state machine.
struct Deep {
    executions: Fact<ExecutionSample>,
    event_rules: Fact<Vec<EventRule>>,
}

async fn in_region(
    session: &Session,
    region: &str,
    chosen: &[(usize, String)],
    how: &Collect,
    sample: &Sample,
    progress: OnProgress<'_>,
) -> Vec<(usize, Deep)> {
    let reader = Arc::new(executions::Sampler::new(session, region, how, sample));
    let mut samples: BTreeMap<usize, Fact<ExecutionSample>> = BTreeMap::new();
    let tasks = chosen.iter().cloned().map(|(at, arn)| {
        let reader = Arc::clone(&reader);
        async move { (at, reader.sample(&arn).await) }
    });
    let sampling = tasks::each(how.concurrency, tasks, |(at, result)| {
        samples.insert(at, result);
        progress(Progress {
            region,
            step: Step::Sample,
            done: samples.len(),
            total: chosen.len(),
        });
    });
    let (rules, ()) = tokio::join!(rules::all(session, region, how), sampling);
    let deep = |(at, arn): &(usize, String)| {
        let event_rules = match &rules {
            Ok(rules) => Fact::Known(rules::listening(rules, arn)),
            Err(error) => Fact::unknown(error.to_string()),
        };
        let executions = samples
            .remove(at)
            .unwrap_or_else(|| Fact::unknown("sampling it was broken off"));
        (
            *at,
            Deep {
                executions,
                event_rules,
            },
        )
    };
    chosen.iter().map(deep).collect()
}
