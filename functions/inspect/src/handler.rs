//! What `inspect` does.

use std::sync::Arc;
use std::time::Duration;

use aws::{Listed, RegionFacts, Sample, collect_machines, deepen};
use facts::{AccountFacts, MachineArn, SCHEMA_VERSION};
use lambda::tracing;
use lambda::{
    App, Deploy, Fault, InspectInput, InspectOutput, Invocation, Page, PageResult, Work, answer,
    paths,
};
use pricing::Prices;
use rules::Config;
use serde_json::Value;

/// How often a deployed state machine is read until it has the revision that the event tells: reads follow writes late.
const READS: u32 = 6;
const BETWEEN_READS: Duration = Duration::from_secs(2);

/// Smaller than from a terminal: a page of 250 machines that are all worth it has to end within the function's timeout.
const SAMPLE: Sample = Sample {
    executions: 10,
    pages: 20,
    listed: 100,
    seed: 0,
    map_runs: 0,
    express_logs: None,
};

/// Inspects a page of state machines, or the one that was just deployed, and writes its findings to the bucket.
pub(crate) async fn inspect(
    event: Value,
    invocation: Invocation,
    app: Arc<App>,
) -> Result<Value, Fault> {
    let output = match InspectInput::parse(&event)? {
        InspectInput::Page(page) => inspect_page(&app, &page, &invocation).await?,
        InspectInput::Deploy(deploy) => inspect_deploy(&app, &deploy, &invocation).await?,
        InspectInput::Ignored(why) => InspectOutput::Ignored(why),
    };
    if let InspectOutput::Ignored(why) = &output {
        tracing::info!(why, "ignored");
    }
    answer(&output)
}

async fn inspect_page(
    app: &App,
    page: &Page,
    invocation: &Invocation,
) -> Result<InspectOutput, Fault> {
    let key = paths::work(page);
    let work: Option<Work> = app.store.get(&key).await?;
    let Some(work) = work else {
        return Err(Fault::StoreFailed(format!(
            "{key} is not in the bucket; work lists are kept for some days"
        )));
    };
    let mut facts = collect_machines(
        &app.session,
        &page.region,
        &work.machines,
        &app.config.collect(),
        invocation.at,
        &|_| {},
    )
    .await;
    if page.of == 1 {
        facts.link_callers();
    }
    let result = judge(app, facts, &paths::result(page), invocation).await?;
    Ok(InspectOutput::Page(result))
}

async fn inspect_deploy(
    app: &App,
    deploy: &Deploy,
    invocation: &Invocation,
) -> Result<InspectOutput, Fault> {
    let machine = &deploy.machine;
    let facts = read_deployed(app, deploy, invocation).await;
    let mark = paths::deploy_mark(&machine.region, &machine.name, &revision(&facts, deploy));
    if !claim(app, &mark, &deploy.event_id).await? {
        return Ok(InspectOutput::Ignored(
            "another event of the same deploy was here before".to_owned(),
        ));
    }
    let key = paths::deploy_result(&invocation.request_id);
    Ok(InspectOutput::Deploy(
        judge(app, facts, &key, invocation).await?,
    ))
}

async fn read_deployed(app: &App, deploy: &Deploy, invocation: &Invocation) -> RegionFacts {
    let arn: &MachineArn = &deploy.machine;
    let listed = [Listed {
        arn: arn.unqualified(),
        name: arn.name.clone(),
        kind: None,
        created: None,
    }];
    let how = app.config.collect();
    let mut left = READS;
    loop {
        let facts = collect_machines(
            &app.session,
            &arn.region,
            &listed,
            &how,
            invocation.at,
            &|_| {},
        )
        .await;
        left -= 1;
        if left == 0 || is_current(&facts, deploy) {
            return facts;
        }
        tokio::time::sleep(BETWEEN_READS).await;
    }
}

/// True where the facts are those of the revision that the event tells. A machine that is not there yet is not current.
fn is_current(facts: &RegionFacts, deploy: &Deploy) -> bool {
    let Some(machine) = facts.machines.first() else {
        return false;
    };
    match (&deploy.revision, machine.revision.known()) {
        (Some(wanted), Some(read)) => wanted == read,
        _ => true,
    }
}

/// What tells one deploy from the next: the revision, or for a machine that never changed, when it was created.
fn revision(facts: &RegionFacts, deploy: &Deploy) -> String {
    let machine = facts.machines.first();
    let read = machine
        .and_then(|machine| machine.revision.known())
        .cloned();
    let created = machine.and_then(|machine| machine.created.known());
    read.or_else(|| created.map(|at| format!("created-{}", at.as_second())))
        .unwrap_or_else(|| deploy.event_id.clone())
}

/// Marks a revision as inspected; false where another event did. The same event may claim it again: it is delivered
/// again after a failure.
async fn claim(app: &App, mark: &str, event_id: &str) -> Result<bool, Fault> {
    if app.store.put_if_absent(mark, &event_id).await? {
        return Ok(true);
    }
    let owner: Option<String> = app.store.get(mark).await?;
    Ok(owner.is_none_or(|owner| owner == event_id))
}

/// Looks closer where that is worth its calls, judges, and writes the findings to the bucket.
async fn judge(
    app: &App,
    mut facts: RegionFacts,
    key: &str,
    invocation: &Invocation,
) -> Result<PageResult, Fault> {
    let (prices, config) = (Prices::embedded(), Config::default());
    let choose = |machine: &facts::MachineFacts| rules::worth_deepening(machine, prices, &config);
    deepen(
        &app.session,
        &mut facts.machines,
        &app.config.collect(),
        &SAMPLE,
        choose,
        &|_| {},
    )
    .await;
    for missing in &facts.not_read {
        tracing::warn!(machine = missing.arn, reason = missing.why, "not read");
    }
    let report = rules::audit(&account(facts, invocation), prices, &config);
    app.store.put(key, &report).await?;
    let result = PageResult {
        key: key.to_owned(),
        machines: report.machines.len(),
        findings: report.findings().count(),
        not_read: report.not_read.len(),
    };
    tracing::info!(
        machines = result.machines,
        findings = result.findings,
        not_read = result.not_read,
        "inspected"
    );
    Ok(result)
}

fn account(facts: RegionFacts, invocation: &Invocation) -> AccountFacts {
    let arns = facts
        .machines
        .iter()
        .map(|machine| &machine.arn)
        .chain(facts.not_read.iter().map(|one| &one.arn));
    let account = arns
        .filter_map(|arn| MachineArn::parse(arn))
        .map(|arn| arn.account)
        .next();
    AccountFacts {
        version: SCHEMA_VERSION,
        account: account.unwrap_or_default(),
        collected: invocation.at,
        window: facts.window,
        regions: vec![facts.region],
        machines: facts.machines,
        not_read: facts.not_read,
        totals: std::collections::BTreeMap::new(),
    }
}
