//! What a server holds and how it behaves.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// What goes wrong with `DescribeStateMachine` of one state machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// `AccessDeniedException`
    Denied,
    /// `StateMachineDoesNotExist`
    Gone,
    /// `KmsAccessDeniedException`, unless only metadata is asked for.
    Kms,
    /// An answer that is not JSON.
    Garbage,
    /// Its status is `DELETING`.
    Deleting,
}

/// How much metric data there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shape {
    /// Executions every day; some state machines fail.
    #[default]
    Busy,
    /// No data points at all.
    Idle,
    /// As busy, but any percentile makes the whole call fail with HTTP 500.
    NoPercentiles,
    /// As busy, but a metric over the whole window comes in two data points, the second half as large.
    Split,
    /// Executions that began before the window and run on: transitions, and nothing else.
    Lasting,
}

/// What becomes of a search through logs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Search {
    /// It brings what is there.
    #[default]
    Ends,
    /// It runs for ever.
    Runs,
    /// It runs for ever and scans a terabyte.
    ScansMuch,
    /// It fails.
    Fails,
}

/// Options of a server.
#[derive(Clone, Debug)]
pub struct Options {
    /// Port on 127.0.0.1; 0 for a free one.
    pub port: u16,
    /// Number of state machines in every Region.
    pub machines: usize,
    /// Every such state machine is Express; 0 for none.
    pub express_every: usize,
    /// The definition of all of them.
    pub definition: String,
    /// Every such state machine has a definition whose audit gains by execution histories; 0 for none.
    pub gains_every: usize,
    /// Number of alarms; every tenth is a composite alarm.
    pub alarms: usize,
    /// How many state machines have tags.
    pub tagged: usize,
    /// Token buckets by operation: size, refill per second. Others are not limited.
    pub quotas: BTreeMap<String, (f64, f64)>,
    /// Added to every answer.
    pub delay: Duration,
    /// Faults by name of the state machine.
    pub faults: BTreeMap<String, Fault>,
    /// Operations that answer `AccessDenied`.
    pub deny: BTreeSet<String>,
    /// Regions in which every operation answers `AccessDenied`.
    pub deny_regions: BTreeSet<String>,
    /// Every such call fails with HTTP 500; 0 for none.
    pub fail_every: u64,
    /// Every such call gets its connection closed instead of an answer; 0 for none.
    pub hang_up_every: u64,
    /// Metric data.
    pub shape: Shape,
    /// Every such state machine has no data points; 0 for none.
    pub idle_every: usize,
    /// Into how many pages an answer of `GetMetricData` is cut.
    pub metric_pages: usize,
    /// Ended executions of each Standard state machine.
    pub executions: usize,
    /// Whether state machines are logged, with level `ALL`.
    pub logging: bool,
    /// What becomes of a search through their logs.
    pub search: Search,
    /// Map Runs that each of these starts.
    pub map_runs: usize,
    /// Names of executions whose histories are gone.
    pub lost: BTreeSet<String>,
    /// EventBridge rules of the default bus: name, event pattern, manager (empty for none).
    pub rules: Vec<(String, String, String)>,
    /// Items of the price list.
    pub price_list: Vec<String>,
    /// How many of them a page has at most.
    pub price_page: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            port: 0,
            machines: 10,
            express_every: 0,
            definition: crate::states::definition(),
            gains_every: 0,
            alarms: 0,
            tagged: 0,
            quotas: BTreeMap::new(),
            delay: Duration::ZERO,
            faults: BTreeMap::new(),
            deny: BTreeSet::new(),
            deny_regions: BTreeSet::new(),
            fail_every: 0,
            hang_up_every: 0,
            shape: Shape::Busy,
            idle_every: 0,
            metric_pages: 1,
            executions: 5,
            logging: false,
            search: Search::Ends,
            map_runs: 0,
            lost: BTreeSet::new(),
            rules: Vec::new(),
            price_list: crate::prices::published(),
            price_page: 100,
        }
    }
}
