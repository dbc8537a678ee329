//! What `report` does.

use std::collections::BTreeMap;
use std::sync::Arc;

use aws::{AttributeValue, Message, Version, publish};
use facts::MachineArn;
use findings::{Known, MachineRef, NotRead, Report, compare, remember};
use lambda::tracing;
use lambda::{
    App, DiscoverOutput, Fault, InspectOutput, Invocation, PageResult, ReportInput, ReportOutput,
    Work, answer, paths,
};
use render::{Attribute, Kind, Links, Notification};
use serde_json::Value;

/// Attempts to add to what is known of an account while other reports do.
const KEEPS: u32 = 20;

/// Gathers the findings of an audit or of a deploy, compares them with what is known, stores the report and publishes
/// it. A deploy that brought nothing new and fixed nothing is stored and not published.
pub(crate) async fn report(
    event: Value,
    invocation: Invocation,
    app: Arc<App>,
) -> Result<Value, Fault> {
    let output = match ReportInput::parse(&event)? {
        ReportInput::Audit {
            discovered,
            results,
        } => {
            let report = gather(&app, &discovered, results, &invocation).await?;
            tell(&app, report, &discovered.run, true).await?
        }
        ReportInput::Deploy(result) => {
            let report = fetch(&app, &result).await?;
            tell(
                &app,
                report,
                &format!("deploy-{}", invocation.request_id),
                false,
            )
            .await?
        }
        ReportInput::Ignored(why) => {
            tracing::info!(why, "nothing to report");
            ReportOutput {
                key: None,
                message_id: None,
                findings: 0,
                new: 0,
                resolved: 0,
            }
        }
    };
    answer(&output)
}

async fn fetch(app: &App, result: &PageResult) -> Result<Report, Fault> {
    let report = app.store.get(&result.key).await?;
    report.ok_or_else(|| Fault::StoreFailed(format!("{} is not in the bucket", result.key)))
}

/// Puts the pages together. What could not be listed or inspected is told in the report, it does not end it.
async fn gather(
    app: &App,
    discovered: &DiscoverOutput,
    results: Vec<InspectOutput>,
    invocation: &Invocation,
) -> Result<Report, Fault> {
    let mut pages = Vec::new();
    let mut whole = empty(app, discovered, invocation);
    for result in results {
        match result {
            InspectOutput::Page(result) | InspectOutput::Deploy(result) => {
                pages.push(fetch(app, &result).await?);
            }
            InspectOutput::Failed { page, error } => {
                tracing::warn!(
                    region = page.region,
                    page = page.number,
                    error,
                    "a page was not inspected"
                );
                let work: Option<Work> = app.store.get(&paths::work(&page)).await?;
                let machines = work.map(|work| work.machines).unwrap_or_default();
                whole
                    .not_read
                    .extend(machines.into_iter().map(|machine| NotRead {
                        region: page.region.clone(),
                        arn: machine.arn,
                        why: format!("its page of the audit failed: {error}"),
                    }));
            }
            InspectOutput::Ignored(_) => {}
        }
    }
    Ok(whole.merge(pages))
}

fn empty(app: &App, discovered: &DiscoverOutput, invocation: &Invocation) -> Report {
    let listed = discovered
        .regions
        .iter()
        .map(|region| region.region.clone());
    let mut regions: Vec<String> = listed
        .chain(discovered.not_listed.iter().map(|one| one.region.clone()))
        .collect();
    regions.sort();
    Report {
        at: invocation.at,
        window_days: i64::from(app.config.window_days),
        account: String::new(),
        regions,
        prices_as_of: pricing::Prices::embedded().as_of().to_owned(),
        machines: Vec::new(),
        account_findings: Vec::new(),
        not_read: discovered
            .not_listed
            .iter()
            .map(|missing| NotRead {
                region: missing.region.clone(),
                arn: format!("all state machines of {}", missing.region),
                why: missing.why.clone(),
            })
            .collect(),
        lifecycle: None,
    }
}

/// Compares, stores, publishes, and then remembers: what was not told is still new next time.
async fn tell(app: &App, report: Report, run: &str, whole: bool) -> Result<ReportOutput, Fault> {
    let mut report = report.arrange();
    if report.account.is_empty() {
        report.account = account_of(&app.config.topic_arn);
    }
    let memory = Memory::read(app, &report.account).await?;
    let first = memory.version.is_none();
    let lifecycle = compare(&report, &memory.known, whole);
    let (new, resolved) = (lifecycle.new.len(), lifecycle.resolved.len());
    // On the first audit everything is new, and saying so of each finding says nothing.
    report.lifecycle = (!first).then_some(lifecycle);

    let key = paths::report(report.at, run);
    app.store
        .put_text(&key, &render::json(&report), "application/json")
        .await?;
    let worth_telling = whole || new > 0 || resolved > 0;
    let message_id = if worth_telling {
        Some(send(app, &report, &key, whole).await?)
    } else {
        None
    };
    memory.keep(app, &report, whole).await?;
    tracing::info!(
        findings = report.findings().count(),
        new,
        resolved,
        published = message_id.is_some(),
        "reported"
    );
    Ok(ReportOutput {
        key: Some(key),
        message_id,
        findings: report.findings().count(),
        new,
        resolved,
    })
}

/// What is known of the findings of an account.
struct Memory {
    key: String,
    known: BTreeMap<String, Known>,
    version: Option<Version>,
}

impl Memory {
    async fn read(app: &App, account: &str) -> Result<Self, Fault> {
        let key = paths::known(account);
        let (known, version) = app.store.get_versioned(&key).await?.unzip();
        Ok(Self {
            key,
            known: known.unwrap_or_default(),
            version,
        })
    }

    /// Adds a report. Where another one was added meanwhile, to what is known then: reports of two deploys overlap.
    async fn keep(mut self, app: &App, report: &Report, whole: bool) -> Result<(), Fault> {
        for _ in 0..KEEPS {
            let lifecycle = compare(report, &self.known, whole);
            let next = remember(report, &self.known, &lifecycle);
            let version = self.version.as_ref();
            if app
                .store
                .put_if_unchanged(&self.key, &next, version)
                .await?
            {
                return Ok(());
            }
            self = Self::read(app, &report.account).await?;
        }
        Err(Fault::StoreFailed(format!(
            "{} was written by others {KEEPS} times while this report tried to",
            self.key
        )))
    }
}

async fn send(app: &App, report: &Report, key: &str, whole: bool) -> Result<String, Fault> {
    if app.config.topic_arn.is_empty() {
        return Err(Fault::BadConfiguration(
            "environment variable SFN_ADVISOR_TOPIC_ARN is not set".to_owned(),
        ));
    }
    let links = Links {
        report: Some(app.store.link(key)),
    };
    let kind = if whole {
        Kind::Audit
    } else {
        Kind::Deploy {
            machine: deployed(report),
        }
    };
    let message = message(render::notification(report, &links, &kind));
    Ok(publish(&app.session, &app.config.topic_arn, &message).await?)
}

/// The machine that a deploy's report is about, read or not.
fn deployed(report: &Report) -> MachineRef {
    let unread = || {
        let arn = MachineArn::parse(&report.not_read.first()?.arn)?;
        Some(MachineRef {
            arn: arn.unqualified(),
            name: arn.name,
            region: arn.region,
            account: arn.account,
            ..MachineRef::default()
        })
    };
    let read = report
        .machines
        .first()
        .map(|machine| machine.machine.clone());
    read.or_else(unread).unwrap_or_default()
}

fn message(notification: Notification) -> Message {
    let attribute = |value: Attribute| match value {
        Attribute::String(text) => AttributeValue::Text(text),
        Attribute::Number(digits) => AttributeValue::Number(digits),
        Attribute::StringList(items) => AttributeValue::List(items.into_iter().collect()),
    };
    Message {
        subject: notification.subject,
        bodies: notification
            .bodies
            .into_iter()
            .map(|(name, body)| (name.to_owned(), body))
            .collect(),
        attributes: notification
            .attributes
            .into_iter()
            .map(|(name, value)| (name.to_owned(), attribute(value)))
            .collect(),
    }
}

/// The account of an ARN; where nothing was read, the topic's is the one that was audited.
fn account_of(arn: &str) -> String {
    arn.split(':').nth(4).unwrap_or_default().to_owned()
}
