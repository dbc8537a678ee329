//! Log groups, and executions of Express workflows from them.

use aws::{Sample, deepen, express_log_scan, read_log_use};
use facts::{AccountFacts, Deeper, Fact, LogUse, SampleSource, Stratum};
use stub::{Options, Stub};

use crate::{audit, machine, quiet, served, session, unlimited};

/// Every second state machine is Express.
fn logged(machines: usize) -> Options {
    Options {
        machines,
        express_every: 2,
        executions: 30,
        logging: true,
        ..Options::default()
    }
}

async fn read(stub: &Stub) -> AccountFacts {
    let mut facts = audit(stub, unlimited()).await.unwrap();
    stub.forget();
    read_log_use(&session(&stub.url), &mut facts.machines, &unlimited()).await;
    facts
}

fn group(number: usize) -> String {
    format!("/aws/vendedlogs/states/machine-{number:05}")
}

/// Bytes that each takes in over 14 days.
const INGESTED: u64 = 14 * 2_880_000;

#[tokio::test]
async fn log_groups_are_read_many_at_a_time() {
    let stub = Stub::start(logged(60));
    let facts = read(&stub).await;
    let expected = LogUse {
        group: group(7),
        ingested: Some(INGESTED),
        stored: Some(8000),
        unknown: None,
    };
    assert_eq!(machine(&facts, 7).logs, Fact::Known(Some(expected)));
    let calls = [("DescribeLogGroups", 2), ("GetMetricData", 1)];
    assert_eq!(
        served(&stub),
        calls.map(|(name, calls)| (name.to_owned(), calls)).into()
    );

    let stub = Stub::start(Options {
        logging: false,
        ..logged(2)
    });
    let facts = read(&stub).await;
    assert_eq!(machine(&facts, 1).logs, Fact::Known(None));
    assert_eq!(served(&stub), [].into(), "nothing is logged");
}

#[tokio::test]
async fn what_is_denied_is_told_beside_the_rest() {
    let denied = |operations: &[&str]| Options {
        deny: operations.iter().map(|name| (*name).to_owned()).collect(),
        ..logged(2)
    };
    let stub = Stub::start(denied(&["DescribeLogGroups"]));
    let facts = read(&stub).await;
    let expected = LogUse {
        group: group(1),
        ingested: Some(INGESTED),
        stored: None,
        unknown: Some("AccessDenied on logs:DescribeLogGroups".to_owned()),
    };
    assert_eq!(machine(&facts, 1).logs, Fact::Known(Some(expected)));

    let stub = Stub::start(denied(&["GetMetricData"]));
    let facts = read(&stub).await;
    let known = machine(&facts, 1).logs.known().unwrap().as_ref().unwrap();
    assert_eq!((known.ingested, known.stored), (None, Some(2000)));
}

#[tokio::test]
async fn executions_of_express_workflows_are_read_from_their_logs() {
    let stub = Stub::start(logged(4));
    let mut facts = read(&stub).await;
    let bytes = 6_000_000;
    let scans = express_log_scan(&facts.machines, bytes);
    let told: Vec<(&str, u64)> = scans
        .iter()
        .map(|scan| (scan.group.as_str(), scan.bytes))
        .collect();
    let (first, second) = (group(1), group(3));
    // Twice what half a day takes in.
    assert_eq!(
        told,
        [(first.as_str(), 3_000_000), (second.as_str(), 3_000_000)]
    );

    stub.forget();
    let sample = Sample {
        express_logs: Some(bytes),
        ..Sample::default()
    };
    let session = session(&stub.url);
    let (machines, how) = (&mut facts.machines, unlimited());
    deepen(
        &session,
        machines,
        &how,
        &sample,
        |_| Deeper::default(),
        &quiet,
    )
    .await;
    let found = machine(&facts, 3).executions.known().unwrap();
    assert_eq!(found.source, SampleSource::Logs);
    assert_eq!(
        (found.listed, found.profiles.len(), found.unread),
        (30, 30, 1)
    );
    let strata = [("succeeded", 27), ("failed", 3)];
    let strata = strata.map(|(name, listed)| Stratum {
        name: name.to_owned(),
        listed,
    });
    assert_eq!(found.strata, strata);
    let profile = &found.profiles[0];
    assert_eq!((profile.transitions, profile.duration_ms), (1, Some(1500)));
    assert_eq!(profile.state_ms["Step0"], 900);
    assert_eq!(
        machine(&facts, 2).executions.get(),
        Err("its executions were not sampled"),
        "it is a Standard workflow"
    );
    let calls = [("GetQueryResults", 4), ("StartQuery", 2)];
    assert_eq!(
        served(&stub),
        calls.map(|(name, calls)| (name.to_owned(), calls)).into()
    );
}

#[tokio::test]
async fn nothing_is_searched_unless_asked_for() {
    let stub = Stub::start(logged(2));
    let mut facts = read(&stub).await;
    stub.forget();
    let session = session(&stub.url);
    let choose = |_: &facts::MachineFacts| Deeper {
        executions: true,
        ..Deeper::default()
    };
    let (machines, how) = (&mut facts.machines, unlimited());
    deepen(&session, machines, &how, &Sample::default(), choose, &quiet).await;
    assert_eq!(
        machine(&facts, 1).executions.get(),
        Err("Express workflows keep no execution history")
    );
    assert_eq!(served(&stub).get("StartQuery"), None);
}

#[tokio::test]
async fn a_search_that_is_denied_is_told() {
    let stub = Stub::start(Options {
        deny: ["StartQuery".to_owned()].into(),
        ..logged(2)
    });
    let mut facts = read(&stub).await;
    let sample = Sample {
        express_logs: Some(6_000_000),
        ..Sample::default()
    };
    let session = session(&stub.url);
    let (machines, how) = (&mut facts.machines, unlimited());
    deepen(
        &session,
        machines,
        &how,
        &sample,
        |_| Deeper::default(),
        &quiet,
    )
    .await;
    let why = "AccessDenied on logs:StartQuery";
    assert_eq!(machine(&facts, 1).executions.get(), Err(why));
}
