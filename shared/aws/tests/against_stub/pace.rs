//! Against the token buckets that AWS documents.

use std::time::Duration;

use aws::{Collect, Pace};
use stub::{Options, Stub, documented};

use crate::{audit, throttled};

fn server(machines: usize) -> Stub {
    Stub::start(Options {
        machines,
        alarms: 282,
        tagged: 155,
        quotas: documented(),
        delay: Duration::from_millis(5),
        ..Options::default()
    })
}

fn at(share: f64) -> Collect {
    Collect {
        pace: Pace::share(share),
        ..Collect::default()
    }
}

#[tokio::test]
async fn half_of_each_bucket_is_never_throttled() {
    let stub = server(115);
    let facts = audit(&stub, Collect::default()).await.unwrap();
    assert_eq!(
        (facts.machines.len(), facts.not_read.len(), throttled(&stub)),
        (115, 0, 0)
    );
}

#[tokio::test]
async fn the_whole_bucket_is_never_throttled() {
    let stub = server(240);
    let facts = audit(&stub, at(1.0)).await.unwrap();
    assert_eq!(
        (facts.machines.len(), facts.not_read.len(), throttled(&stub)),
        (240, 0, 0)
    );
}

#[tokio::test]
async fn where_the_bucket_is_smaller_than_documented_nobody_is_lost() {
    let quotas = [("DescribeStateMachine".to_owned(), (10.0, 12.0))];
    let stub = Stub::start(Options {
        machines: 50,
        quotas: quotas.into(),
        ..Options::default()
    });
    let facts = audit(&stub, at(4.0)).await.unwrap();
    assert_eq!((facts.machines.len(), facts.not_read.len()), (50, 0));
    assert!(throttled(&stub) > 0, "{:?}", stub.counts());
}
