//! What the child executions of a Distributed Map did, in sum.

use std::sync::Arc;

use super::{End, Erred, Lane, Profile};

/// Failures that are told.
const TOLD: usize = 5;
/// Child executions that are added up together at least.
const TOGETHER: usize = 256;

/// What the child executions of one Map Run did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Children {
    /// They are Express workflows.
    pub is_express: bool,
    /// How many were started.
    pub started: u64,
    /// How many succeeded.
    pub succeeded: u64,
    /// How many failed.
    pub failed: u64,
    /// How many the end of the Map Run cut off.
    pub cut: u64,
    /// What their states did.
    pub profile: Profile,
    /// The first ones that failed.
    pub failures: Vec<ChildFailure>,
    /// The duration of Express children as it is billed, each rounded up to 100 ms.
    pub billed_ms: u64,
    /// Bytes of the inputs of Express children.
    pub input_bytes: u64,
    /// Branches and iterations in them.
    pub side_lanes: u64,
    /// Map Runs that their states started, in sum.
    pub inner: Vec<(Arc<str>, Children)>,
}

/// A child execution that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChildFailure {
    /// Its place among the children, from 0.
    pub child: u64,
    /// The state in which it failed; none where it entered none.
    pub state: Option<Arc<str>>,
    /// The error.
    pub erred: Erred,
    /// Virtual milliseconds when it failed.
    pub at_ms: u64,
}

impl Children {
    /// Billed transitions: for each child its start, and what it did where it is Standard.
    ///
    /// Source: AWS Step Functions Developer Guide, Map state in Distributed mode, and the pricing page; both read 2026-11-22.
    pub fn transitions(&self) -> u64 {
        let own = if self.is_express {
            0
        } else {
            self.profile.transitions()
        };
        let inner = self.inner.iter().map(|(_, run)| run.transitions());
        self.started + own + inner.sum::<u64>()
    }

    /// Child executions, those of children included.
    pub fn executions(&self) -> u64 {
        let inner = self.inner.iter().map(|(_, run)| run.executions());
        self.started + inner.sum::<u64>()
    }

    /// With what the children of another Map Run did, but not with what theirs did.
    pub fn merge_own(&mut self, other: &Self) {
        self.is_express |= other.is_express;
        self.started += other.started;
        self.succeeded += other.succeeded;
        self.failed += other.failed;
        self.cut += other.cut;
        self.profile.merge(&other.profile);
        let room = TOLD.saturating_sub(self.failures.len());
        let more = other.failures.iter().take(room).cloned();
        self.failures.extend(more);
        self.billed_ms = self.billed_ms.saturating_add(other.billed_ms);
        self.input_bytes = self.input_bytes.saturating_add(other.input_bytes);
        self.side_lanes += other.side_lanes;
    }

    fn merge_inner(&mut self, map: &Arc<str>, run: &Self) {
        match self.inner.iter_mut().find(|(known, _)| known == map) {
            Some((_, own)) => {
                own.merge_own(run);
                for (map, run) in &run.inner {
                    own.merge_inner(map, run);
                }
            }
            None => self.inner.push((Arc::clone(map), run.clone())),
        }
    }

    fn take(&mut self, child: &Child) {
        let lane = &child.lane;
        self.started += 1;
        match &lane.end {
            End::Good => self.succeeded += 1,
            End::Cut => self.cut += 1,
            End::Failed(erred) => {
                self.failed += 1;
                self.tell(ChildFailure {
                    child: child.index,
                    state: child.failed_in.clone(),
                    erred: erred.clone(),
                    at_ms: lane.end_ms,
                });
            }
        }
        self.profile.add(lane);
        self.side_lanes += lane.side_lanes();
        if self.is_express {
            let ms = lane.end_ms.saturating_sub(lane.start_ms);
            let billed = ms.div_ceil(100).max(1).saturating_mul(100);
            self.billed_ms = self.billed_ms.saturating_add(billed);
            self.input_bytes = self.input_bytes.saturating_add(child.input_bytes);
        }
        for visit in lane.walk() {
            let runs = visit.attempts.iter();
            for run in runs.filter_map(|attempt| attempt.children.as_deref()) {
                self.merge_inner(&visit.state, run);
            }
        }
    }

    /// Keeps a failure if it is one of the first.
    fn tell(&mut self, failure: ChildFailure) {
        let key = |it: &ChildFailure| (it.at_ms, it.child);
        let at = self
            .failures
            .partition_point(|known| key(known) < key(&failure));
        if at < TOLD {
            self.failures.insert(at, failure);
            self.failures.truncate(TOLD);
        }
    }
}

/// A child execution that was run.
pub(crate) struct Child {
    pub(crate) index: u64,
    pub(crate) lane: Lane,
    pub(crate) input_bytes: u64,
    pub(crate) failed_in: Option<Arc<str>>,
}

/// Adds children up while they are run. One that a later one may still cut off is kept until that is known.
pub(crate) struct Book {
    sum: Children,
    open: Vec<Child>,
    /// How many of them are kept before they are looked through.
    most: usize,
}

impl Book {
    pub(crate) fn new(is_express: bool) -> Self {
        Self {
            sum: Children {
                is_express,
                ..Children::default()
            },
            open: Vec::new(),
            most: TOGETHER,
        }
    }

    /// Takes in one that was started at that time, when those that ended before are not cut off any more.
    pub(crate) fn add(&mut self, child: Child) {
        let start = child.lane.start_ms;
        self.open.push(child);
        if self.open.len() < self.most {
            return;
        }
        for child in std::mem::take(&mut self.open) {
            if child.lane.end_ms <= start {
                self.sum.take(&child);
            } else {
                self.open.push(child);
            }
        }
        self.most = TOGETHER.max(self.open.len() * 2);
    }

    /// The sum; what was done later than that did not happen.
    pub(crate) fn close(mut self, at_ms: u64) -> Children {
        for mut child in std::mem::take(&mut self.open) {
            if child.lane.start_ms <= at_ms {
                child.lane.cut(at_ms);
                self.sum.take(&child);
            }
        }
        self.sum
    }
}
