//! What `discover` does.

use std::sync::Arc;

use aws::{Listed, list_machines};
use lambda::tracing;
use lambda::{
    App, DiscoverInput, DiscoverOutput, Fault, Invocation, NotListed, Page, RegionPages, Work,
    answer, paths,
};
use serde_json::Value;

/// Lists the state machines of each Region, and writes them to the bucket as pages of work. A Region that cannot be
/// listed is told in the answer; it is an error only where no Region can be.
pub(crate) async fn discover(
    event: Value,
    invocation: Invocation,
    app: Arc<App>,
) -> Result<Value, Fault> {
    let input = DiscoverInput::parse(&event)?;
    let run = input.run.unwrap_or(invocation.request_id);
    let mut output = DiscoverOutput {
        run,
        machines: 0,
        regions: Vec::new(),
        not_listed: Vec::new(),
    };
    for region in input.regions.as_ref().unwrap_or(&app.config.regions) {
        match list_machines(&app.session, region, &app.config.collect()).await {
            Ok(listed) => {
                output.machines += listed.len();
                output
                    .regions
                    .push(write_pages(&app, &output.run, region, &listed).await?);
            }
            Err(error) => {
                tracing::warn!(region, reason = %error, "a Region could not be listed");
                output.not_listed.push(NotListed {
                    region: region.clone(),
                    why: error.to_string(),
                });
            }
        }
    }
    if output.regions.is_empty() {
        let told = |missing: &NotListed| format!("{}: {}", missing.region, missing.why);
        let reasons: Vec<String> = output.not_listed.iter().map(told).collect();
        return Err(Fault::CollectFailed(format!(
            "no Region could be listed: {}",
            reasons.join("; ")
        )));
    }
    tracing::info!(run = output.run, machines = output.machines, "listed");
    answer(&output)
}

async fn write_pages(
    app: &App,
    run: &str,
    region: &str,
    listed: &[Listed],
) -> Result<RegionPages, Fault> {
    let size = app.config.page_size;
    let of = listed.len().div_ceil(size);
    let mut pages = Vec::with_capacity(of);
    for (index, machines) in listed.chunks(size).enumerate() {
        let page = Page {
            run: run.to_owned(),
            region: region.to_owned(),
            number: index + 1,
            of,
        };
        app.store
            .put(
                &paths::work(&page),
                &Work {
                    machines: machines.to_vec(),
                },
            )
            .await?;
        pages.push(page);
    }
    Ok(RegionPages {
        region: region.to_owned(),
        pages,
    })
}
