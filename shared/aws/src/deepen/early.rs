//! Sampling while other state machines are still described: the two have buckets of their own.

use std::collections::BTreeMap;
use std::sync::Arc;

use facts::{Deeper, ExecutionSample, Fact, MachineFacts, Window, WorkflowType};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::executions::{self, Sampler};
use super::{Sample, sampled, with_children};
use crate::Session;
use crate::collect::Collect;

/// Which executions are sampled while the collection goes on, and how.
#[derive(Clone, Copy)]
pub struct Sampling<'a> {
    /// How.
    pub sample: &'a Sample,
    /// What is worth its calls, told of a state machine with metrics, alarms and tags. Who starts it is not known yet.
    pub choose: &'a (dyn Fn(&MachineFacts) -> Deeper + Send + Sync),
}

/// The sampling of one Region.
pub(crate) struct Early<'a> {
    session: &'a Session,
    region: &'a str,
    window: Window,
    sampling: Sampling<'a>,
    how: &'a Collect,
    reader: Arc<Sampler>,
    limit: Arc<Semaphore>,
    running: JoinSet<(String, executions::Sampled)>,
    wanted: BTreeMap<String, Deeper>,
}

/// What came of it, by ARN.
#[derive(Default)]
pub(crate) struct Sampled {
    pub(crate) executions: BTreeMap<String, Fact<ExecutionSample>>,
    /// What [`super::deepen`] is to look into still.
    pub(crate) wanted: BTreeMap<String, Deeper>,
}

impl<'a> Early<'a> {
    pub(crate) fn new(
        session: &'a Session,
        region: &'a str,
        how: &'a Collect,
        window: Window,
        sampling: Sampling<'a>,
    ) -> Self {
        Self {
            session,
            region,
            window,
            sampling,
            how,
            reader: Arc::new(Sampler::new(session, region, how, sampling.sample)),
            limit: Arc::new(Semaphore::new(how.concurrency.max(1))),
            running: JoinSet::new(),
            wanted: BTreeMap::new(),
        }
    }

    /// Begins to sample a state machine, where that is worth it.
    pub(crate) fn begin(&mut self, machine: &MachineFacts) {
        let mut wanted = (self.sampling.choose)(machine);
        let express = machine.workflow_type == Fact::Known(WorkflowType::Express);
        if wanted.executions && !express {
            wanted.executions = false;
            let (reader, limit) = (Arc::clone(&self.reader), Arc::clone(&self.limit));
            let (how, sample) = (self.how.clone(), self.sampling.sample.clone());
            let arn = machine.arn.clone();
            self.running.spawn(async move {
                // Never closed; without a permit it would only be one more at a time.
                let _permit = limit.acquire().await;
                let found = sampled(&reader, &how, &sample, &arn).await;
                (arn, found)
            });
        }
        if wanted.any() {
            self.wanted.insert(machine.arn.clone(), wanted);
        }
    }

    /// Waits for all samples; `done` is told how many there are of how many.
    pub(crate) async fn end(mut self, mut done: impl FnMut(usize, usize)) -> Sampled {
        let total = self.running.len();
        let mut found = Vec::with_capacity(total);
        while let Some(ended) = self.running.join_next().await {
            found.extend(ended.ok());
            done(total - self.running.len(), total);
        }
        let (session, region, window) = (self.session, self.region, Some(self.window));
        let executions =
            with_children(session, region, self.how, &self.reader, window, found).await;
        Sampled {
            executions,
            wanted: self.wanted,
        }
    }
}
