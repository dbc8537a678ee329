//! What goes wrong is told where it went wrong, and the rest goes on.

use std::collections::BTreeSet;
use std::net::TcpListener;

use aws::{Scope, collect_account};
use facts::{Encryption, Fact};
use stub::{Fault, Options, Shape, Stub};

use crate::{REGION, audit, machine, now, quiet, served, session, unlimited};

fn named(number: usize) -> String {
    format!("machine-{number:05}")
}

fn deny(operation: &str) -> BTreeSet<String> {
    BTreeSet::from([operation.to_owned()])
}

#[tokio::test]
async fn a_state_machine_that_cannot_be_read_is_told_with_its_reason() {
    let faults = [
        (2, Fault::Denied),
        (4, Fault::Gone),
        (5, Fault::Kms),
        (6, Fault::Garbage),
        (8, Fault::Deleting),
    ];
    let stub = Stub::start(Options {
        machines: 10,
        faults: faults.map(|(number, fault)| (named(number), fault)).into(),
        ..Options::default()
    });
    let facts = audit(&stub, unlimited()).await.unwrap();

    let told: Vec<(String, String)> = facts
        .not_read
        .iter()
        .map(|one| (one.arn.clone(), one.why.clone()))
        .collect();
    let expected = [
        (2, "AccessDenied on states:DescribeStateMachine".to_owned()),
        (
            4,
            "StateMachineDoesNotExist on states:DescribeStateMachine".to_owned(),
        ),
        (
            6,
            format!(
                "an answer that cannot be read on states:DescribeStateMachine from {}",
                stub.url
            ),
        ),
        (8, "it is being deleted".to_owned()),
    ];
    assert_eq!(
        told,
        expected.map(|(number, why)| (Stub::arn(REGION, number), why))
    );
    let read: Vec<&str> = facts
        .machines
        .iter()
        .map(|machine| machine.name.as_str())
        .collect();
    assert_eq!(read, [0, 1, 3, 5, 7, 9].map(named));

    let encrypted = machine(&facts, 5);
    let why = "KmsAccessDenied on states:DescribeStateMachine: reading the definition takes kms:Decrypt on its key";
    assert_eq!(encrypted.definition.get(), Err(why));
    assert_eq!(
        encrypted.encryption,
        Fact::Known(Encryption::CustomerManaged {
            key: "alias/states".to_owned()
        })
    );
    assert!(encrypted.metrics.known().is_some());
    let why = "5 of the state machines here could not be read, and may start it";
    assert_eq!(machine(&facts, 0).callers.get(), Err(why));
}

#[tokio::test]
async fn a_denied_batch_is_unknown_for_all_and_hides_nothing_else() {
    for (operation, why) in [
        ("GetMetricData", "AccessDenied on cloudwatch:GetMetricData"),
        (
            "DescribeAlarms",
            "AccessDenied on cloudwatch:DescribeAlarms",
        ),
        ("GetResources", "AccessDenied on tag:GetResources"),
    ] {
        let stub = Stub::start(Options {
            machines: 60,
            alarms: 5,
            tagged: 5,
            deny: deny(operation),
            ..Options::default()
        });
        let facts = audit(&stub, unlimited()).await.unwrap();
        assert_eq!(
            (facts.machines.len(), facts.not_read.len()),
            (60, 0),
            "{operation}"
        );
        for machine in &facts.machines {
            let unknown: Vec<&str> = [
                machine.metrics.get().err(),
                machine.alarms.get().err(),
                machine.tags.get().err(),
                machine.definition.get().err(),
            ]
            .into_iter()
            .flatten()
            .collect();
            assert_eq!(unknown, [why], "{operation}");
        }
    }
}

#[tokio::test]
async fn a_listing_that_is_denied_is_an_error() {
    let stub = Stub::start(Options {
        deny: deny("ListStateMachines"),
        ..Options::default()
    });
    let error = audit(&stub, unlimited()).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "AccessDenied on states:ListStateMachines"
    );
}

#[tokio::test]
async fn failures_of_the_server_and_the_network_lose_nothing() {
    for (name, options) in [
        (
            "HTTP 500",
            Options {
                fail_every: 5,
                ..Options::default()
            },
        ),
        (
            "hung up",
            Options {
                hang_up_every: 7,
                ..Options::default()
            },
        ),
    ] {
        let stub = Stub::start(Options {
            machines: 80,
            alarms: 250,
            tagged: 60,
            ..options
        });
        let facts = audit(&stub, unlimited()).await.unwrap();
        assert_eq!(
            (facts.machines.len(), facts.not_read.len()),
            (80, 0),
            "{name}"
        );
        for machine in &facts.machines {
            assert!(
                machine.metrics.known().is_some() && machine.tags.known().is_some(),
                "{name}: {machine:?}"
            );
        }
        let watched = machine(&facts, 8).alarms.known().map(Vec::len);
        assert_eq!(
            watched,
            Some(8),
            "{name}: four of its own, a composite alarm over each"
        );
        assert!(
            stub.counts().values().any(|calls| calls.failed > 0),
            "{name}: nothing failed"
        );
    }
}

#[tokio::test]
async fn a_server_without_percentiles_gives_all_but_them() {
    let stub = Stub::start(Options {
        machines: 3,
        shape: Shape::NoPercentiles,
        ..Options::default()
    });
    let facts = audit(&stub, unlimited()).await.unwrap();
    let metrics = machine(&facts, 2).metrics.known().unwrap();
    assert_eq!(metrics.started.total, 102 * 14);
    let duration = metrics.duration.as_ref().unwrap();
    assert_eq!((duration.p99, duration.samples), (None, 102 * 14));
}

#[tokio::test]
async fn an_endpoint_that_is_not_there_is_told_with_its_url() {
    // A port that was free a moment ago.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let scope = Scope {
        regions: vec!["us-east-1".to_owned(), "eu-west-1".to_owned()],
        how: unlimited(),
    };
    let error = collect_account(&session(&url), &scope, now(), &quiet)
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("cannot reach {url}: connection refused")
    );
}

#[tokio::test]
async fn a_region_that_is_none_is_told_before_any_call() {
    let stub = Stub::start(Options::default());
    let scope = Scope {
        regions: vec!["us-east-1".to_owned(), "mars".to_owned()],
        how: unlimited(),
    };
    let error = collect_account(&session(&stub.url), &scope, now(), &quiet)
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "`mars` is not a Region: give one like us-east-1"
    );
    assert!(served(&stub).is_empty());
}
