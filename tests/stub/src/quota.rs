//! Token buckets as AWS documents them.

use std::collections::BTreeMap;
use std::time::Instant;

/// The documented buckets of the larger Regions (2026-10): size, refill per second.
pub fn documented() -> BTreeMap<String, (f64, f64)> {
    [
        ("ListStateMachines", (100.0, 5.0)),
        ("DescribeStateMachine", (200.0, 20.0)),
        ("ListExecutions", (200.0, 5.0)),
        ("GetExecutionHistory", (400.0, 20.0)),
        ("ListMapRuns", (100.0, 1.0)),
        ("DescribeMapRun", (200.0, 1.0)),
        ("GetMetricData", (500.0, 500.0)),
        ("GetMetricStatistics", (400.0, 400.0)),
        ("DescribeAlarms", (9.0, 9.0)),
        ("GetResources", (15.0, 15.0)),
        ("ListRules", (50.0, 50.0)),
    ]
    .map(|(operation, bucket)| (operation.to_owned(), bucket))
    .into()
}

/// One bucket.
pub(crate) struct Bucket {
    size: f64,
    refill: f64,
    level: f64,
    at: Instant,
}

impl Bucket {
    pub(crate) fn new((size, refill): (f64, f64)) -> Self {
        Self {
            size,
            refill,
            level: size,
            at: Instant::now(),
        }
    }

    /// Takes a token, where there is one.
    pub(crate) fn take(&mut self) -> bool {
        let now = Instant::now();
        self.level =
            (self.level + now.duration_since(self.at).as_secs_f64() * self.refill).min(self.size);
        self.at = now;
        if self.level < 1.0 {
            return false;
        }
        self.level -= 1.0;
        true
    }
}
