//! Children of Distributed Maps.

use aws::{Sample, deepen};
use facts::{Deeper, ExecutionSample, MapChildren};
use stub::{Options, Stub};

use crate::{audit, machine, quiet, served, session, unlimited};

/// Samples all state machines; the sample of the second.
async fn sampled(stub: &Stub, sample: &Sample) -> ExecutionSample {
    let mut facts = audit(stub, unlimited()).await.unwrap();
    stub.forget();
    let session = session(&stub.url);
    let choose = |_: &facts::MachineFacts| Deeper {
        executions: true,
        ..Deeper::default()
    };
    let (machines, how) = (&mut facts.machines, unlimited());
    deepen(&session, machines, &how, sample, choose, &quiet).await;
    machine(&facts, 1).executions.known().unwrap().clone()
}

/// A server with that many state machines and Map Runs of each execution.
fn with_maps(machines: usize, map_runs: usize) -> Options {
    Options {
        machines,
        executions: 20,
        map_runs,
        ..Options::default()
    }
}

fn eight() -> Sample {
    Sample {
        executions: 8,
        ..Sample::default()
    }
}

#[tokio::test]
async fn children_are_counted_by_map() {
    let stub = Stub::start(with_maps(2, 3));
    let found = sampled(&stub, &eight()).await;
    assert_eq!((found.profiles.len(), found.profiles[0].map_runs), (8, 3));
    assert_eq!(found.map_children_unknown, None);
    let told = |map: &MapChildren| {
        (
            map.label.clone(),
            [map.parents, map.runs, map.children, map.items],
            map.transitions.clone(),
        )
    };
    let told: Vec<_> = found.map_children.iter().map(told).collect();
    // Three executions with three Map Runs each are ten at most; those of `Mails` are Express and keep no history.
    let mails = ("Mails".to_owned(), [3, 3, 120, 3000], vec![]);
    let orders = ("Orders".to_owned(), [3, 6, 240, 6000], vec![3; 18]);
    assert_eq!(told, [mails, orders]);

    let metrics = |at: usize| found.map_children[at].metrics.clone().unwrap();
    assert_eq!(metrics(1).started.total, 101 * 14);
    assert_eq!(metrics(1).transitions, Some(8 * 101 * 14));
    let express = metrics(0);
    assert_eq!(
        (express.transitions, express.express.is_some()),
        (None, true)
    );

    let calls = served(&stub);
    let calls = |operation: &str| calls.get(operation).copied().unwrap_or_default();
    // Four executions of each machine were asked for, of the fourth there would have been too many.
    assert_eq!((calls("ListMapRuns"), calls("DescribeMapRun")), (10, 18));
    assert_eq!(calls("ListExecutions"), 2 + 18);
    assert_eq!(calls("GetExecutionHistory"), 2 * 8 + 2 * 18);
    // Whether they did anything, and then the rest.
    assert_eq!(calls("GetMetricData"), 2, "for all labels at once");
}

#[tokio::test]
async fn a_region_with_many_maps_is_read_less_of_each() {
    let stub = Stub::start(with_maps(25, 2));
    let found = sampled(&stub, &eight()).await;
    let runs: u64 = found.map_children.iter().map(|map| map.runs).sum();
    assert_eq!((runs, served(&stub)["DescribeMapRun"]), (4, 100));
}

#[tokio::test]
async fn an_execution_is_read_whole_or_not_at_all() {
    let stub = Stub::start(with_maps(2, 11));
    let found = sampled(&stub, &eight()).await;
    assert_eq!(found.map_children, []);
    assert_eq!(
        found.map_children_unknown.as_deref(),
        Some("its executions start more Map Runs than are read of them")
    );
    assert_eq!(served(&stub).get("DescribeMapRun"), None);
}

#[tokio::test]
async fn what_is_denied_is_told_and_the_rest_goes_on() {
    let denied = |operation: &str| Options {
        deny: [operation.to_owned()].into(),
        ..with_maps(2, 2)
    };
    for operation in ["ListMapRuns", "DescribeMapRun"] {
        let stub = Stub::start(denied(operation));
        let found = sampled(&stub, &eight()).await;
        assert_eq!((found.profiles.len(), found.map_children.len()), (8, 0));
        let why = format!("AccessDenied on states:{operation}");
        assert_eq!(found.map_children_unknown, Some(why));
        assert_eq!(served(&stub)[operation], 2, "asked once of each machine");
    }
    let stub = Stub::start(denied("GetMetricData"));
    let found = sampled(&stub, &eight()).await;
    let with_metrics = found
        .map_children
        .iter()
        .filter(|map| map.metrics.is_some());
    assert_eq!((found.map_children.len(), with_metrics.count()), (2, 0));
}

#[tokio::test]
async fn none_are_read_where_none_are_asked_for() {
    let stub = Stub::start(with_maps(2, 2));
    let sample = Sample {
        map_runs: 0,
        ..eight()
    };
    let found = sampled(&stub, &sample).await;
    assert_eq!(found.profiles[0].map_runs, 2);
    assert_eq!(found.map_children, []);
    let calls: Vec<String> = served(&stub).into_keys().collect();
    assert_eq!(calls, ["GetExecutionHistory", "ListExecutions"]);
}
