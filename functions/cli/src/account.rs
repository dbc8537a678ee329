//! Reading an account: the options that `audit` and `collect` share.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use aws::{
    CallError, Collect, CollectError, Memory, MetricsPath, Pace, Sample, Sampling, Scope, Session,
    Step, collect_and_sample, deepen, read_log_use,
};
use facts::{AccountFacts, Deeper, HistoryEvent, MachineFacts, WorkflowType};
use jiff::Timestamp;
use pricing::{Prices, REFERENCE_REGION};
use rules::Config;

use crate::Outcome;
use crate::args::{self, Account, Connection, MetricsApi, Plain};
use crate::estimate::estimate;
use crate::history::region_of;
use crate::output::{Progress, complain};
use crate::resume::{Journal, Place};
use crate::sample::{announced, sample};

/// `sfn-advisor collect`
pub(crate) fn collect(args: &args::Collect) -> anyhow::Result<Outcome> {
    if args.account.estimate {
        return estimate(&args.account, Purpose::Bill, args.format == Plain::Json);
    }
    let Some(out) = &args.out else {
        complain("error: where to write the account file is not said: give --out FILE");
        return Ok(Outcome::Usage);
    };
    let prices = args.account.prices.read()?;
    let place = Place::of(args.account.resume.as_deref(), Some(out));
    make_folder(out)?;
    // For whatever it is judged or reckoned by later.
    let (facts, journal) = read(&args.account, &prices, Purpose::Bill, place.as_ref())?;
    write(out, &facts.to_json())?;
    finish(journal);
    complain(&format!(
        "{} state machines of {} written to {}",
        facts.machines.len(),
        facts.regions.join(", "),
        out.display()
    ));
    for missing in &facts.not_read {
        let (arn, why) = (
            render::escape::visible(&missing.arn),
            render::escape::visible(&missing.why),
        );
        complain(&format!("not read: {arn}: {why}"));
    }
    Ok(Outcome::Clean)
}

/// Reads an account file.
pub(crate) fn from_file(path: &Path) -> anyhow::Result<AccountFacts> {
    let text = crate::read::text(path, crate::read::LARGEST_RECORD)?;
    AccountFacts::from_json(&text).with_context(|| format!("cannot use {}", path.display()))
}

/// What was read, and where its answers are kept until they were used.
type Read = (AccountFacts, Option<Arc<Journal>>);

/// Reads the account that the options name; the prices decide where a closer look is worth its calls.
pub(crate) fn read(
    args: &Account,
    prices: &Prices,
    purpose: Purpose,
    place: Option<&Place>,
) -> anyhow::Result<Read> {
    runtime()?.block_on(read_account(args, prices, purpose, place))
}

/// The answers were used.
pub(crate) fn finish(journal: Option<Arc<Journal>>) {
    if let Some(journal) = journal {
        journal.finish();
    }
}

/// Reads the price list of Step Functions.
pub(crate) fn price_list(args: &Connection) -> anyhow::Result<Vec<String>> {
    runtime()?.block_on(async {
        let region = args.region.first().map(String::as_str);
        let session = match open(args, region).await {
            // The list is that of all Regions: none needs to be configured.
            Err(CollectError::NoRegion) => open(args, Some(REFERENCE_REGION)).await,
            session => session,
        };
        let session = session.map_err(|error| explained(args, error))?;
        let items = aws::price_list(&session, pace(args)).await;
        items.map_err(|error| anyhow::anyhow!("{error}"))
    })
}

/// Reads the history of one execution.
pub(crate) fn history(args: &Connection, arn: &str) -> anyhow::Result<Vec<HistoryEvent>> {
    let region = region_of(arn).with_context(|| {
        let arn = render::escape::visible(arn);
        format!("`{arn}` is no ARN of a Standard execution, arn:aws:states:REGION:ACCOUNT:execution:MACHINE:NAME; Express executions keep no history")
    })?;
    runtime()?.block_on(async {
        let session = connect(args, Some(region)).await?;
        let events = aws::history(&session, region, arn, pace(args)).await;
        events.map_err(|error| anyhow::anyhow!("{error}"))
    })
}

pub(crate) fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
}

fn pace(args: &Connection) -> Pace {
    if args.no_pacing {
        Pace::unlimited()
    } else {
        Pace::share(args.api_share)
    }
}

pub(crate) async fn connect(args: &Connection, region: Option<&str>) -> anyhow::Result<Session> {
    let session = open(args, region).await;
    session.map_err(|error| explained(args, error))
}

async fn open(args: &Connection, region: Option<&str>) -> Result<Session, CollectError> {
    let (profile, endpoint) = (args.profile.as_deref(), args.endpoint_url.as_deref());
    Session::from_profile(profile, region, endpoint).await
}

/// These errors say everything themselves; their sources would only say it again.
fn explained(args: &Connection, error: CollectError) -> anyhow::Error {
    match (&args.profile, error) {
        (Some(profile), CollectError::Call(CallError::NoCredentials)) => anyhow::anyhow!(
            "the AWS profile `{}` does not exist or holds no credentials: `aws configure list-profiles` shows those that exist",
            render::escape::visible(profile)
        ),
        (_, error) => anyhow::anyhow!("{error}"),
    }
}

/// What the facts are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Findings: executions are sampled where a finding gains by them.
    Findings,
    /// A bill: executions of what makes up nearly all of it are sampled, too.
    Bill,
}

/// How the options say that AWS is read.
pub(crate) fn how(args: &Account) -> Collect {
    Collect {
        window: Duration::from_hours(24 * u64::from(args.window_days)),
        pace: pace(&args.connection),
        metrics: match args.metrics_api {
            MetricsApi::Data => MetricsPath::Data,
            MetricsApi::Statistics => MetricsPath::Statistics,
            MetricsApi::Cheapest => MetricsPath::Cheapest,
        },
        ..Collect::default()
    }
}

async fn read_account(
    args: &Account,
    prices: &Prices,
    purpose: Purpose,
    place: Option<&Place>,
) -> anyhow::Result<Read> {
    let region = args.connection.region.first().map(String::as_str);
    let session = connect(&args.connection, region).await?;
    let mut how = how(args);
    #[expect(clippy::disallowed_methods, reason = "an entry point reads the clock")]
    let now = Timestamp::now();
    let mut regions = args.connection.region.clone();
    if regions.is_empty() {
        regions.push(session.region().to_owned());
    }
    let journal = Journal::open(place, args, &regions, now)?;
    if let Some(ago) = journal.as_ref().and_then(|journal| journal.called()) {
        session.buckets_spent(ago);
    }
    // The window of the first try, or there would be nothing to go on with.
    let now = journal.as_ref().map_or(now, |journal| journal.now());
    how.memory = journal.clone().map(|journal| journal as Arc<dyn Memory>);
    let line = Progress::new();
    let progress = |step: aws::Progress<'_>| line.say(&told(&step));
    let scope = Scope {
        regions,
        how: how.clone(),
    };
    let sample = sample(args);
    let choose =
        |machine: &MachineFacts| rules::worth_deepening(machine, prices, &Config::default());
    let sampling = Sampling {
        sample: &sample,
        choose: &choose,
    };
    let facts = collect_and_sample(&session, &scope, sampling, now, &progress).await;
    let (mut facts, wanted) = facts.map_err(|error| {
        if let Some(journal) = &journal {
            journal.give_up();
        }
        anyhow::anyhow!("{error}")
    })?;
    if looks_at_logs(args, purpose) {
        read_log_use(&session, &mut facts.machines, &how).await;
    }
    if let Some(told) = announced(&sample, &facts.machines, prices) {
        line.say("");
        complain(&told);
    }
    let choose = |machine: &MachineFacts| wanted.get(&machine.arn).copied().unwrap_or_default();
    deepen(
        &session,
        &mut facts.machines,
        &how,
        &sample,
        choose,
        &progress,
    )
    .await;
    if purpose == Purpose::Bill {
        let of_states = not_sampled(&facts, prices);
        let choose = |machine: &MachineFacts| Deeper {
            executions: of_states.contains(&machine.arn),
            event_rules: false,
        };
        // Logs were searched already.
        let sample = Sample {
            express_logs: None,
            ..sample
        };
        deepen(
            &session,
            &mut facts.machines,
            &how,
            &sample,
            choose,
            &progress,
        )
        .await;
    }
    Ok((facts, journal))
}

/// What log groups take in is a part of a bill, and says how much a search would scan.
pub(crate) fn looks_at_logs(args: &Account, purpose: Purpose) -> bool {
    purpose == Purpose::Bill || args.express_logs.is_some()
}

/// The dearest state machines of which no execution was sampled: what their states cost is worth some calls.
fn not_sampled(facts: &AccountFacts, prices: &Prices) -> BTreeSet<String> {
    let bill = cost::account(facts, prices);
    let dear = cost::dearest(&bill);
    let missing = facts.machines.iter().filter(|machine| {
        machine.workflow_type.known() == Some(&WorkflowType::Standard)
            && machine.executions.known().is_none()
            && dear.contains(machine.arn.as_str())
    });
    missing.map(|machine| machine.arn.clone()).collect()
}

fn told(step: &aws::Progress<'_>) -> String {
    let (region, done, total) = (step.region, step.done, step.total);
    match step.step {
        Step::List => format!("{region}: {done} state machines listed"),
        Step::Describe => format!("{region}: {done} of {total} state machines read"),
        Step::Sample => format!("{region}: executions of {done} of {total} state machines sampled"),
    }
}

/// Writes a file, making its folder.
pub(crate) fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    make_folder(path)?;
    #[expect(clippy::disallowed_methods, reason = "the command line writes files")]
    std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

/// Makes the folder of a file.
fn make_folder(path: &Path) -> anyhow::Result<()> {
    if let Some(folder) = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
    {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("cannot make the folder {}", folder.display()))?;
    }
    Ok(())
}
