//! `ListMapRuns` and `DescribeMapRun`: the child executions of Distributed Maps.

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_sdk_sfn::types::ExecutionListItem;
use facts::{ExecutionSample, Fact, MapChildren, Metrics, Window, WorkflowType, profile};

use super::choice::{random, systematic};
use super::executions::{Sampled, Sampler, ended};
use crate::call::{Line, Pages, call};
use crate::client::Clients;
use crate::collect::{Collect, Listed, measure};
use crate::error::CallError;
use crate::{Session, tasks};

/// Sampled executions of a state machine whose Map Runs are read, at most.
const PARENTS: usize = 5;
/// Histories of child executions that are read of a Map Run, at most.
const HISTORIES: usize = 3;
/// Calls for the histories of children of a state machine, at most.
const PAGES: usize = 30;
/// Child executions that these are drawn from.
const NEWEST: i32 = 100;
/// Map Runs that are read of a Region, at most, where it has many state machines that start some: the bucket of
/// `DescribeMapRun` holds 200 calls and gets one back a second.
pub(super) const RUNS_OF_REGION: usize = 100;
const TOO_MANY: &str = "its executions start more Map Runs than are read of them";
/// Errors that say that there is nothing to read: children of Express type keep no history, old ones are gone.
const NOTHING: [&str; 6] = [
    "ExecutionDoesNotExist",
    "InvalidArn",
    "ResourceNotFound",
    "StateMachineDoesNotExist",
    "StateMachineTypeNotSupported",
    "Validation",
];

/// A state machine whose sampled executions started Map Runs.
pub(super) struct Parents {
    pub(super) machine: String,
    /// Executions, in the order in which they were drawn.
    pub(super) executions: Vec<String>,
}

/// The state machines of which there are executions with Map Runs.
pub(super) fn parents(found: &[(String, Sampled)]) -> Vec<Parents> {
    let of = |(machine, found): &(String, Sampled)| Parents {
        machine: machine.clone(),
        executions: found.parents.clone(),
    };
    let all = found.iter().map(of);
    all.filter(|one| !one.executions.is_empty()).collect()
}

/// Adds to the samples of a Region what their Map Runs started.
pub(super) async fn add(
    session: &Session,
    region: &str,
    how: &Collect,
    reader: &Arc<Sampler>,
    window: Option<Window>,
    parents: Vec<Parents>,
    samples: &mut BTreeMap<String, Fact<ExecutionSample>>,
) {
    let reader = Arc::new(Reader {
        clients: session.clients(region),
        list: session.line(region, "states:ListMapRuns", how.pace),
        describe: session.line(region, "states:DescribeMapRun", how.pace),
        sampler: Arc::clone(reader),
        runs: reader
            .sample
            .map_runs
            .min((RUNS_OF_REGION / parents.len().max(1)).max(2)),
    });
    let reading = parents.into_iter().map(|one| {
        let reader = Arc::clone(&reader);
        async move {
            let found = reader.read(&one).await;
            (one, found)
        }
    });
    let mut read = Vec::new();
    tasks::each(how.concurrency, reading, |found| read.push(found)).await;
    read.sort_by(|(a, _), (b, _)| a.machine.cmp(&b.machine));

    let labelled: Vec<Listed> = read
        .iter()
        .flat_map(|(one, found)| found.maps.iter().map(|map| map.listed(&one.machine)))
        .collect();
    let measured = match window {
        Some(window) if !labelled.is_empty() => {
            measure(session, region, &labelled, how, window).await
        }
        _ => Vec::new(),
    };
    let mut measured = measured.into_iter();
    for (one, found) in read {
        let with_metrics = |map: Map| MapChildren {
            metrics: measured.next().and_then(Result::ok).filter(says_something),
            ..map.children
        };
        let children: Vec<MapChildren> = found.maps.into_iter().map(with_metrics).collect();
        if let Some(Fact::Known(sample)) = samples.get_mut(&one.machine) {
            sample.map_children = children;
            sample.map_children_unknown = found.unknown;
        }
    }
}

fn says_something(metrics: &Metrics) -> bool {
    metrics.started.total > 0 || metrics.duration.is_some() || metrics.transitions.is_some()
}

struct Reader {
    clients: Arc<Clients>,
    list: Line,
    describe: Line,
    sampler: Arc<Sampler>,
    /// Map Runs of a state machine, at most.
    runs: usize,
}

/// What was found out about the Maps of one state machine.
#[derive(Default)]
struct Found {
    maps: Vec<Map>,
    unknown: Option<String>,
}

/// One Distributed Map.
#[derive(Clone, Default)]
struct Map {
    children: MapChildren,
    /// The type of its children, where one of them told it.
    kind: Option<WorkflowType>,
}

impl Map {
    /// What CloudWatch knows the children as.
    fn listed(&self, machine: &str) -> Listed {
        let name = machine.rsplit(':').next().unwrap_or_default();
        let label = &self.children.label;
        Listed {
            arn: format!("{machine}/{label}"),
            name: format!("{name}/{label}"),
            kind: self.kind,
            created: None,
        }
    }
}

impl Reader {
    async fn read(&self, parents: &Parents) -> Found {
        let mut maps: BTreeMap<String, Map> = BTreeMap::new();
        let (mut runs_left, mut pages_left) = (self.runs, PAGES);
        let (mut read, mut unknown) = (0, None);
        for execution in parents.executions.iter().take(PARENTS) {
            let mut of_this = maps.clone();
            match self
                .execution(execution, runs_left, &mut of_this, &mut pages_left)
                .await
            {
                Ok(runs) if runs.read => {
                    runs_left = runs_left.saturating_sub(runs.count);
                    unknown = unknown.or(runs.unknown.map(|error| error.to_string()));
                    maps = of_this;
                    read += 1;
                }
                Ok(runs) if runs.count <= self.runs => {}
                Ok(_) => unknown = unknown.or(Some(TOO_MANY.to_owned())),
                Err(error) => {
                    let denied = error.has_code("AccessDenied");
                    unknown = unknown.or(Some(error.to_string()));
                    if denied {
                        break;
                    }
                }
            }
            if runs_left == 0 {
                break;
            }
        }
        let mut maps: Vec<Map> = maps.into_values().collect();
        for map in &mut maps {
            map.children.parents = read;
        }
        Found { maps, unknown }
    }

    /// Adds the Map Runs of one execution: all of them, or none where there are more than may be read. The mean over
    /// executions would be too low with a part of them.
    async fn execution(
        &self,
        arn: &str,
        limit: usize,
        maps: &mut BTreeMap<String, Map>,
        pages_left: &mut usize,
    ) -> Result<Runs, CallError> {
        let arns = self.runs(arn).await?;
        let mut runs = Runs {
            count: arns.len(),
            read: arns.len() <= limit,
            unknown: None,
        };
        if !runs.read {
            return Ok(runs);
        }
        for run in arns {
            let Some(label) = label(&run) else { continue };
            let send = || {
                let request = self.clients.states().describe_map_run();
                request.map_run_arn(run.as_str()).send()
            };
            let answer = call(&self.describe, send).await?;
            let count = |count: Option<i64>| {
                count.map_or(0, |count| u64::try_from(count).unwrap_or_default())
            };
            let children = count(answer.execution_counts.map(|counts| counts.total));
            let items = count(answer.item_counts.map(|counts| counts.total));
            let map = maps.entry(label.to_owned()).or_default();
            label.clone_into(&mut map.children.label);
            map.children.runs += 1;
            map.children.children = map.children.children.saturating_add(children);
            map.children.items = map.children.items.saturating_add(items);
            if children > 0
                && let Err(error) = self.histories(&run, map, pages_left).await
                && !NOTHING.iter().any(|code| error.has_code(code))
            {
                runs.unknown.get_or_insert(error);
            }
        }
        Ok(runs)
    }

    /// ARNs of the Map Runs of an execution; not all where there are more than are read.
    async fn runs(&self, execution: &str) -> Result<Vec<String>, CallError> {
        let (mut arns, mut pages) = (Vec::new(), Pages::default());
        loop {
            let send = || {
                let request = self
                    .clients
                    .states()
                    .list_map_runs()
                    .execution_arn(execution);
                request.set_next_token(pages.token()).send()
            };
            let answer = call(&self.list, send).await?;
            arns.extend(answer.map_runs.into_iter().map(|run| run.map_run_arn));
            let more = pages.advance(&self.list, answer.next_token.as_deref())?;
            if !more || arns.len() > self.runs {
                return Ok(arns);
            }
        }
    }

    /// Reads some children of a Map Run.
    async fn histories(
        &self,
        run: &str,
        map: &mut Map,
        pages_left: &mut usize,
    ) -> Result<(), CallError> {
        let listed = self.sampler.children(run, NEWEST).await?;
        if let Some(kind) = listed.first().and_then(kind) {
            map.kind = Some(kind);
        }
        if map.kind == Some(WorkflowType::Express) {
            return Ok(());
        }
        let arns: Vec<String> = listed
            .into_iter()
            .filter_map(ended)
            .map(|one| one.arn)
            .collect();
        let random = random(self.sampler.sample.seed, &[run]);
        for place in systematic(arns.len(), HISTORIES, random) {
            let Some(arn) = arns.get(place) else { continue };
            if let Some(events) = self.sampler.events(arn, pages_left).await? {
                map.children.transitions.push(profile(&events).transitions);
            }
        }
        Ok(())
    }
}

/// The Map Runs of one execution.
struct Runs {
    count: usize,
    read: bool,
    /// Why nothing is known of what children did.
    unknown: Option<CallError>,
}

/// The label in `arn:…:mapRun:MACHINE/LABEL:UUID`.
fn label(run: &str) -> Option<&str> {
    let name = run.split(':').nth(6)?;
    name.split_once('/').map(|(_, label)| label)
}

/// The type that the ARN of an execution tells.
fn kind(execution: &ExecutionListItem) -> Option<WorkflowType> {
    match execution.execution_arn.split(':').nth(5)? {
        "execution" => Some(WorkflowType::Standard),
        "express" => Some(WorkflowType::Express),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_map_run_names_its_map() {
        let run = "arn:aws:states:us-east-1:111122223333:mapRun:orders/Each:0f5ca4f2-1a1b";
        assert_eq!(label(run), Some("Each"));
        assert_eq!(label("arn:aws:states:us-east-1:1:mapRun:orders:0f5c"), None);
        assert_eq!(label("orders/Each"), None);
    }

    #[test]
    fn metrics_of_children_have_an_arn_with_the_label() {
        let children = MapChildren {
            label: "Each".to_owned(),
            ..MapChildren::default()
        };
        let kind = Some(WorkflowType::Express);
        let machine = "arn:aws:states:us-east-1:111122223333:stateMachine:orders";
        let listed = Map { children, kind }.listed(machine);
        assert_eq!(listed.arn, format!("{machine}/Each"));
        assert_eq!((listed.name.as_str(), listed.kind), ("orders/Each", kind));
    }
}
