//! Facts of state machines, in as few calls as AWS allows: one describe each, everything else in batches.

mod alarms;
mod describe;
mod list;
mod metrics;
mod tags;
mod window;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use facts::{
    AccountFacts, AlarmIndex, Deeper, Fact, MachineArn, MachineFacts, Metrics, NotRead,
    RegionTotals, SCHEMA_VERSION, Window, WorkflowType, link_callers,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use tokio::sync::mpsc;

use crate::client::check_region;
use crate::deepen::{Early, Sampled, Sampling};
use crate::error::CallError;
use crate::memory::{Memory, recall_or};
use crate::pace::Pace;
use crate::{Session, tasks};

pub use list::list_machines;
pub(crate) use metrics::asked as asked_metrics;
pub(crate) use window::instant;

/// How to collect.
#[derive(Clone, Debug)]
pub struct Collect {
    /// Length of the observation window that ends now. Rounded up to what CloudWatch keeps: 5 minutes, 1 hour beyond 62
    /// days, 455 days at most.
    pub window: Duration,
    /// How much of AWS's token buckets may be used.
    pub pace: Pace,
    /// State machines that are read at a time.
    pub concurrency: usize,
    /// How CloudWatch is asked.
    pub metrics: MetricsPath,
    /// What an earlier collection of the same account, window and instant found out, and where this one keeps what it does.
    /// Without the feature `resume` nothing is kept.
    pub memory: Option<Arc<dyn Memory>>,
}

/// Which action of CloudWatch tells the metrics. The numbers are the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MetricsPath {
    /// `GetMetricData`: 500 in a call, each charged.
    #[default]
    Data,
    /// `GetMetricStatistics`: one in a call, the first million calls of a month free.
    #[cfg(feature = "statistics")]
    Statistics,
    /// `GetMetricStatistics` where that takes no longer at the pace that is kept, and is allowed.
    #[cfg(feature = "statistics")]
    Cheapest,
}

impl Default for Collect {
    /// 14 days, half of the buckets, 32 at a time.
    fn default() -> Self {
        Self {
            window: Duration::from_hours(14 * 24),
            pace: Pace::default(),
            concurrency: 32,
            metrics: MetricsPath::default(),
            memory: None,
        }
    }
}

/// What to collect of an account.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// Regions; empty for the one that the session has.
    pub regions: Vec<String>,
    /// How.
    pub how: Collect,
}

/// A state machine that is known to exist.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// Standard or Express; none where only the ARN is known.
    #[serde(default, rename = "type")]
    pub kind: Option<WorkflowType>,
    /// When it was created, where that is known.
    #[serde(default)]
    pub created: Option<Timestamp>,
}

impl Listed {
    /// From an ARN alone, as an event names it; a version or alias is left out. `None` where it is not one of a state
    /// machine.
    pub fn from_arn(arn: &str) -> Option<Self> {
        let parsed = MachineArn::parse(arn)?;
        Some(Self {
            arn: parsed.unqualified(),
            name: parsed.name,
            kind: None,
            created: None,
        })
    }
}

/// How far a collection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress<'a> {
    /// Region.
    pub region: &'a str,
    /// What was done.
    pub step: Step,
    /// How many of them.
    pub done: usize,
    /// Of how many; equals `done` where that is not known before.
    pub total: usize,
}

/// A step of a collection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// State machines listed.
    List,
    /// State machines described.
    Describe,
    /// State machines whose executions were sampled.
    Sample,
}

/// Is told of progress.
pub type OnProgress<'a> = &'a (dyn Fn(Progress<'_>) + Send + Sync);

/// Facts of one Region.
#[derive(Clone, Debug, PartialEq)]
pub struct RegionFacts {
    /// Region.
    pub region: String,
    /// The observation window of the metrics.
    pub window: Window,
    /// State machines, sorted by ARN.
    pub machines: Vec<MachineFacts>,
    /// State machines that could not be read, sorted by ARN.
    pub not_read: Vec<NotRead>,
}

/// Why nothing could be collected.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CollectError {
    /// None was given and none is configured.
    #[error("no Region: give one, set AWS_REGION, or put `region` into the AWS profile")]
    NoRegion,
    /// It does not look like one.
    #[error("`{0}` is not a Region: give one like us-east-1")]
    Region(String),
    /// Not something to connect to.
    #[error("`{0}` is not a URL: give one like http://127.0.0.1:5000")]
    Endpoint(String),
    /// A call that everything depends on.
    #[error("{}", .0.in_full())]
    Call(#[from] CallError),
    /// In no Region could the state machines be listed: why, by Region.
    #[error("no Region could be read: {}", each_region(.0))]
    NoRegionRead(Vec<(String, CallError)>),
}

fn each_region(errors: &[(String, CallError)]) -> String {
    let told: Vec<String> = errors
        .iter()
        .map(|(region, error)| format!("{region}: {}", error.in_full()))
        .collect();
    told.join("; ")
}

/// Collects the facts of all state machines of the Regions of a scope, which are read at the same time.
///
/// A Region that cannot be listed is in [`AccountFacts::not_read`]; an error where none could be.
pub async fn collect_account(
    session: &Session,
    scope: &Scope,
    now: Timestamp,
    progress: OnProgress<'_>,
) -> Result<AccountFacts, CollectError> {
    let collected = collect(session, scope, None, now, progress).await;
    Ok(collected?.0)
}

/// [`collect_account`], which samples executions of those state machines that are chosen as soon as they were read. What was
/// chosen and is not done (rules of EventBridge, executions of Express workflows) comes back by ARN, for
/// [`crate::deepen`].
pub async fn collect_and_sample(
    session: &Session,
    scope: &Scope,
    sampling: Sampling<'_>,
    now: Timestamp,
    progress: OnProgress<'_>,
) -> Result<(AccountFacts, BTreeMap<String, Deeper>), CollectError> {
    collect(session, scope, Some(sampling), now, progress).await
}

async fn collect(
    session: &Session,
    scope: &Scope,
    sampling: Option<Sampling<'_>>,
    now: Timestamp,
    progress: OnProgress<'_>,
) -> Result<(AccountFacts, BTreeMap<String, Deeper>), CollectError> {
    let mut regions = scope.regions.clone();
    if regions.is_empty() {
        regions.push(session.region().to_owned());
    }
    regions.sort();
    regions.dedup();
    regions.iter().try_for_each(|region| check_region(region))?;
    let work = regions
        .iter()
        .map(|region| collect_region(session, region, &scope.how, sampling, now, progress));
    let results = tasks::all(work).await;

    let mut account = AccountFacts {
        version: SCHEMA_VERSION,
        account: String::new(),
        collected: now,
        window: window::of(now, scope.how.window).window,
        regions: regions.clone(),
        machines: Vec::new(),
        not_read: Vec::new(),
        totals: BTreeMap::new(),
    };
    let (mut failed, mut wanted) = (Vec::new(), BTreeMap::new());
    for (region, result) in regions.into_iter().zip(results) {
        match result {
            Ok((found, totals, left)) => {
                wanted.extend(left);
                account
                    .totals
                    .extend(totals.map(|totals| (region.clone(), totals)));
                account.machines.extend(found.machines);
                account.not_read.extend(found.not_read);
            }
            Err(error) => {
                let arn = format!("all state machines of {region}");
                account.not_read.push(NotRead {
                    region: region.clone(),
                    arn,
                    why: error.to_string(),
                });
                failed.push((region, error));
            }
        }
    }
    if failed.len() == account.regions.len() {
        return Err(nothing(failed));
    }
    account.machines.sort_by(|a, b| a.arn.cmp(&b.arn));
    account.not_read.sort();
    account.account = account_id(&account);
    Ok((account, wanted))
}

/// The error of all Regions; told once where it is the same, which it is without credentials.
fn nothing(mut failed: Vec<(String, CallError)>) -> CollectError {
    let same = failed
        .windows(2)
        .all(|pair| matches!(pair, [(_, a), (_, b)] if a == b));
    match failed.pop() {
        Some((_, error)) if same => error.into(),
        Some(last) => {
            failed.push(last);
            CollectError::NoRegionRead(failed)
        }
        None => CollectError::NoRegion,
    }
}

fn account_id(account: &AccountFacts) -> String {
    let arns = account
        .machines
        .iter()
        .map(|machine| &machine.arn)
        .chain(account.not_read.iter().map(|one| &one.arn));
    arns.filter_map(|arn| MachineArn::parse(arn))
        .map(|arn| arn.account)
        .next()
        .unwrap_or_default()
}

/// The facts of a Region, its totals (none where it has no state machine to compare them with), and what is still to be
/// looked into.
type OfRegion = (
    RegionFacts,
    Option<Fact<RegionTotals>>,
    BTreeMap<String, Deeper>,
);

async fn collect_region(
    session: &Session,
    region: &str,
    how: &Collect,
    sampling: Option<Sampling<'_>>,
    now: Timestamp,
    progress: OnProgress<'_>,
) -> Result<OfRegion, CallError> {
    let key = || format!("state machines of {region}");
    let listed = recall_or(how, key, list::list(session, region, how)).await?;
    progress(Progress {
        region,
        step: Step::List,
        done: listed.len(),
        total: listed.len(),
    });
    let early = sampling.map(|sampling| {
        Early::new(
            session,
            region,
            how,
            window::of(now, how.window).window,
            sampling,
        )
    });
    let whole = Whole { early };
    let gathered = gather(session, region, &listed, how, now, Some(whole), progress).await;
    let (mut found, totals, mut sampled) = gathered;
    for machine in &mut found.machines {
        if let Some(executions) = sampled.executions.remove(&machine.arn) {
            machine.executions = executions;
        }
    }
    found.link_callers();
    Ok((
        found,
        (!listed.is_empty()).then_some(totals),
        sampled.wanted,
    ))
}

impl RegionFacts {
    /// Fills in [`MachineFacts::callers`]. Only for facts of *all* state machines of the Region: one that was not read
    /// with them may be a caller.
    ///
    /// A definition that could not be read may start any state machine: "nobody starts it" is then not known.
    pub fn link_callers(&mut self) {
        link_callers(&mut self.machines);
        let hidden = self
            .machines
            .iter()
            .filter(|machine| machine.definition.known().is_none())
            .count();
        let unread = hidden + self.not_read.len();
        if unread == 0 {
            return;
        }
        let why =
            format!("{unread} of the state machines here could not be read, and may start it");
        for machine in &mut self.machines {
            if machine.callers.known().is_some_and(Vec::is_empty) {
                machine.callers = Fact::unknown(why.clone());
            }
        }
    }
}

/// Collects the facts of some state machines of a Region: definitions, metrics, alarms and tags at the same time, the
/// last three in batches. Never fails: what could not be read is told where it would have been.
///
/// [`MachineFacts::callers`] stays unknown, because all state machines of the Region have to be read for it;
/// [`MachineFacts::executions`] and [`MachineFacts::event_rules`] are for [`crate::deepen`].
pub async fn collect_machines(
    session: &Session,
    region: &str,
    machines: &[Listed],
    how: &Collect,
    now: Timestamp,
    progress: OnProgress<'_>,
) -> RegionFacts {
    gather(session, region, machines, how, now, None, progress)
        .await
        .0
}

/// What is done for all state machines of a Region only: its totals, and the sampling of executions.
struct Whole<'a> {
    early: Option<Early<'a>>,
}

/// The facts of some state machines; for a whole Region its totals and samples as well.
async fn gather(
    session: &Session,
    region: &str,
    machines: &[Listed],
    how: &Collect,
    now: Timestamp,
    whole: Option<Whole<'_>>,
    progress: OnProgress<'_>,
) -> (RegionFacts, Fact<RegionTotals>, Sampled) {
    let span = window::of(now, how.window);
    let of_region = whole.is_some() && !machines.is_empty();
    let mut early = whole.and_then(|whole| whole.early);
    let (sent, mut described) = mpsc::unbounded_channel();
    // The other end is there until this one is gone.
    let describing = describe::all(
        session,
        region,
        machines,
        how,
        progress,
        move |at, found| {
            _ = sent.send((at, found));
        },
    );
    let completing = async {
        let alarms = alarms::all(session, region, how, machines.is_empty());
        let tags = tags::all(session, region, how, machines.is_empty());
        let (measured, alarms, tags) = tokio::join!(
            metrics::all(session, region, machines, how, span, of_region),
            recall_or(how, || format!("alarms of {region}"), alarms),
            recall_or(how, || format!("tags of {region}"), tags),
        );
        let mut batches = Batches {
            metrics: measured.machines,
            alarms: alarms.map(AlarmIndex::new),
            tags,
        };
        let mut results: Vec<Option<Result<MachineFacts, String>>> =
            machines.iter().map(|_| None).collect();
        while let Some((at, found)) = described.recv().await {
            let found = found.map(|machine| batches.complete(at, machine));
            if let (Some(early), Ok(machine)) = (&mut early, &found) {
                early.begin(machine);
            }
            if let Some(slot) = results.get_mut(at) {
                *slot = Some(found);
            }
        }
        let sampled = match early {
            Some(early) => {
                let told = |done, total| {
                    progress(Progress {
                        region,
                        step: Step::Sample,
                        done,
                        total,
                    });
                };
                early.end(told).await
            }
            None => Sampled::default(),
        };
        (results, measured.totals, sampled)
    };
    let ((), (results, totals, sampled)) = tokio::join!(describing, completing);

    let mut found = RegionFacts {
        region: region.to_owned(),
        window: span.window,
        machines: Vec::new(),
        not_read: Vec::new(),
    };
    for (listed, result) in machines.iter().zip(results) {
        match result.unwrap_or_else(|| Err("reading it was broken off".to_owned())) {
            Ok(machine) => found.machines.push(machine),
            Err(why) => {
                found.not_read.push(NotRead {
                    region: region.to_owned(),
                    arn: listed.arn.clone(),
                    why,
                });
            }
        }
    }
    found.machines.sort_by(|a, b| a.arn.cmp(&b.arn));
    found.not_read.sort();
    (found, totals, sampled)
}

/// The metrics of labelled children of Distributed Maps, in their order: why not, where that is so.
#[cfg(feature = "deep")]
pub(crate) async fn measure(
    session: &Session,
    region: &str,
    labelled: &[Listed],
    how: &Collect,
    window: Window,
) -> Vec<Result<Metrics, String>> {
    let length = u64::try_from(window.seconds()).unwrap_or_default();
    let span = window::of(window.end, Duration::from_secs(length));
    let measured = metrics::all(session, region, labelled, how, span, false).await;
    measured.machines
}

/// What was read for all state machines at once.
struct Batches {
    metrics: Vec<Result<Metrics, String>>,
    alarms: Result<AlarmIndex, CallError>,
    tags: Result<BTreeMap<String, BTreeMap<String, String>>, CallError>,
}

impl Batches {
    /// Adds to the state machine at that place of the list what the batches say of it.
    fn complete(&mut self, at: usize, mut machine: MachineFacts) -> MachineFacts {
        machine.metrics = match self.metrics.get(at) {
            Some(Ok(metrics)) => Fact::Known(metrics.clone()),
            Some(Err(why)) => Fact::unknown(why),
            None => Fact::default(),
        };
        machine.alarms = match &self.alarms {
            Ok(index) => Fact::Known(index.watching(&machine.arn)),
            Err(error) => Fact::unknown(error.to_string()),
        };
        machine.tags = match &mut self.tags {
            Ok(tags) => Fact::Known(tags.remove(&machine.arn).unwrap_or_default()),
            Err(error) => Fact::unknown(error.to_string()),
        };
        machine.callers =
            Fact::unknown("the other state machines of the Region were not read with it");
        machine.executions = Fact::unknown("its executions were not sampled");
        machine.event_rules = Fact::unknown("EventBridge rules were not listed for it");
        machine.logs = Fact::unknown("its log group was not looked at");
        machine
    }
}
