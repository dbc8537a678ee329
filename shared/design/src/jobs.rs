//! Jobs of services without `.sync`, and how they are asked for their state.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Table {
    jobs: Vec<Job>,
}

/// A job that is asked for its state.
#[derive(Debug, Deserialize)]
pub(crate) struct Job {
    /// `transcribe:startTranscriptionJob`
    pub(crate) start: String,
    /// `getTranscriptionJob`, of the same service.
    pub(crate) ask: String,
    pub(crate) arguments: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) fixed: BTreeMap<String, Value>,
    pub(crate) status: String,
    pub(crate) done: Vec<String>,
    pub(crate) failed: Vec<String>,
    /// Source, detail type, and the key of the job's name in the detail.
    pub(crate) event: Option<(String, String, String)>,
}

/// The job that a call starts, where it is one of these.
pub(crate) fn job(service: &str, name: &str) -> Option<&'static Job> {
    all().iter().find(|job| {
        job.start
            .split_once(':')
            .is_some_and(|start| start == (service, name))
    })
}

pub(crate) fn all() -> &'static [Job] {
    static TABLE: OnceLock<Vec<Job>> = OnceLock::new();
    TABLE.get_or_init(|| {
        // A test reads it, so it can be read.
        serde_json::from_str::<Table>(include_str!("../data/jobs.json"))
            .map(|table| table.jobs)
            .unwrap_or_default()
    })
}

#[cfg(test)]
#[allow(clippy::expect_used, clippy::panic, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn every_call_and_parameter_is_in_the_catalogue() {
        assert!(all().len() > 25);
        for job in all() {
            let (service, start) = job.start.split_once(':').expect("service and action");
            let service = catalogue::service(service).unwrap_or_else(|| panic!("{}", job.start));
            assert!(service.action(start).is_some(), "{}", job.start);
            let ask = service
                .action(&job.ask)
                .unwrap_or_else(|| panic!("{}", job.ask));
            for name in job.arguments.keys().chain(job.fixed.keys()) {
                assert!(ask.parameter(name).is_some(), "{} {name}", job.ask);
            }
            let optimized = catalogue::integration(&job.start);
            assert!(
                optimized.is_none_or(
                    |it| it.supports(catalogue::Pattern::Sync) != catalogue::Support::Yes
                ),
                "{} has .sync",
                job.start
            );
            assert!(!job.done.is_empty() && !job.failed.is_empty());
        }
    }
}
