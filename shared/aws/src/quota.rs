//! The documented token buckets (`data/quotas.json`).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use serde::Deserialize;

use crate::Pace;

/// Size of a bucket, and how many tokens flow back in a second.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
pub(crate) struct Bucket(pub(crate) f64, pub(crate) f64);

impl Bucket {
    /// The part of it that may be used.
    pub(crate) fn shared(self, share: f64) -> Self {
        Self((self.0 * share).max(1.0), self.1 * share)
    }
}

/// The least time that the bucket allows for that many calls at once; none where nothing is paced.
pub(crate) fn least_seconds(region: &str, action: &str, calls: usize, pace: Pace) -> Option<f64> {
    let Bucket(size, rate) = bucket(region, action)?.shared(pace.of_bucket()?);
    #[allow(clippy::cast_precision_loss, reason = "calls are few")]
    let waiting = calls as f64 - size;
    Some((waiting / rate).max(0.0))
}

#[derive(Default, Deserialize)]
struct Table {
    larger_regions: BTreeSet<String>,
    buckets: BTreeMap<String, Row>,
}

#[derive(Deserialize)]
struct Row {
    larger: Bucket,
    other: Bucket,
}

/// The bucket of an IAM action in a Region; none where AWS documents none.
pub(crate) fn bucket(region: &str, action: &str) -> Option<Bucket> {
    static TABLE: OnceLock<Table> = OnceLock::new();
    let table = TABLE.get_or_init(|| {
        serde_json::from_str(include_str!("../data/quotas.json")).unwrap_or_default()
    });
    let row = table.buckets.get(action)?;
    Some(if table.larger_regions.contains(region) {
        row.larger
    } else {
        row.other
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_of_an_audit_has_its_bucket() {
        for (region, action, expected) in [
            ("us-east-1", "states:ListStateMachines", Bucket(100.0, 5.0)),
            (
                "eu-central-1",
                "states:DescribeStateMachine",
                Bucket(200.0, 20.0),
            ),
            ("eu-west-1", "states:ListExecutions", Bucket(200.0, 5.0)),
            ("eu-central-1", "states:ListExecutions", Bucket(100.0, 2.0)),
            (
                "us-east-1",
                "states:GetExecutionHistory",
                Bucket(400.0, 20.0),
            ),
            ("us-east-1", "states:ListMapRuns", Bucket(100.0, 1.0)),
            ("eu-west-2", "states:DescribeMapRun", Bucket(200.0, 1.0)),
            ("us-east-1", "logs:StartQuery", Bucket(5.0, 5.0)),
            (
                "us-east-1",
                "cloudwatch:GetMetricData",
                Bucket(500.0, 500.0),
            ),
            (
                "us-east-1",
                "cloudwatch:GetMetricStatistics",
                Bucket(400.0, 400.0),
            ),
            ("us-east-1", "cloudwatch:DescribeAlarms", Bucket(9.0, 9.0)),
            ("us-east-1", "tag:GetResources", Bucket(15.0, 15.0)),
            ("us-east-1", "events:ListRules", Bucket(50.0, 50.0)),
            ("ap-south-1", "pricing:GetProducts", Bucket(10.0, 5.0)),
        ] {
            assert_eq!(
                bucket(region, action),
                Some(expected),
                "{action} in {region}"
            );
        }
        assert_eq!(bucket("us-east-1", "sns:Publish"), None);
    }
}
