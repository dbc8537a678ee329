//! What a collection reads, and in how many calls.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use aws::{Collect, Listed, Pace, Scope, Step, collect_account, collect_machines, list_machines};
use facts::{Caller, DurationStats, Encryption, ExpressBilling, Fact, LogLevel, WorkflowType};
use stub::{Options, Shape, Stub};

use crate::{REGION, audit, machine, now, quiet, served, session, unlimited};

#[tokio::test]
async fn an_account_is_read_in_the_fewest_calls() {
    let stub = Stub::start(Options {
        machines: 300,
        express_every: 10,
        alarms: 282,
        tagged: 155,
        ..Options::default()
    });
    let facts = audit(&stub, unlimited()).await.unwrap();

    // First what tells activity, of 270 Standard and 30 Express, and of the Region; then the rest.
    let (first, rest): (u64, u64) = (270 * 3 + 30 * 2 + 3, 270 * 7 + 30 * 9);
    let expected = [
        ("ListStateMachines", 1),
        ("DescribeStateMachine", 300),
        ("GetMetricData", first.div_ceil(500) + rest.div_ceil(500)),
        ("DescribeAlarms", 3),
        ("GetResources", 2),
    ];
    assert_eq!(
        served(&stub),
        expected
            .map(|(name, calls)| (name.to_owned(), calls))
            .into()
    );
    assert_eq!((facts.machines.len(), facts.not_read.len()), (300, 0));
    assert_eq!(facts.account, "111122223333");
    assert_eq!(facts.regions, [REGION]);
    assert!(facts.machines.is_sorted_by(|a, b| a.arn < b.arn));
    assert_eq!(facts.window.days(), 14);
}

#[tokio::test]
async fn every_fact_of_a_state_machine_is_filled_in() {
    let stub = Stub::start(Options {
        machines: 20,
        express_every: 10,
        alarms: 40,
        tagged: 4,
        ..Options::default()
    });
    let facts = audit(&stub, unlimited()).await.unwrap();

    let failing = machine(&facts, 3);
    assert_eq!(failing.arn, Stub::arn(REGION, 3));
    assert_eq!(
        (failing.account.as_str(), failing.region.as_str()),
        ("111122223333", REGION)
    );
    assert!(failing.definition.known().unwrap().contains("StartAt"));
    assert_eq!(failing.workflow_type, Fact::Known(WorkflowType::Standard));
    assert_eq!(
        failing.created,
        Fact::Known("2025-06-15T15:06:40.5Z".parse().unwrap())
    );
    assert_eq!(failing.revision, Fact::Known("rev-3".to_owned()));
    assert_eq!(failing.logging.known().unwrap().level, LogLevel::Off);
    assert_eq!(
        (&failing.tracing, &machine(&facts, 2).tracing),
        (&Fact::Known(false), &Fact::Known(true))
    );
    assert_eq!(failing.encryption, Fact::Known(Encryption::AwsOwned));
    let tags = [("env", "prod"), ("team", "team-3")]
        .map(|(key, value)| (key.to_owned(), value.to_owned()));
    assert_eq!(failing.tags, Fact::Known(tags.into()));
    assert_eq!(
        machine(&facts, 4).tags,
        Fact::Known(BTreeMap::new()),
        "never tagged"
    );
    assert_eq!(failing.callers, Fact::Known(Vec::new()));

    let metrics = failing.metrics.known().unwrap();
    assert_eq!(
        (metrics.started.total, metrics.started.by_day.len()),
        (103 * 14, 14)
    );
    assert_eq!(
        (
            metrics.failed.total,
            metrics.failed.busiest(),
            metrics.failed.by_day.len()
        ),
        (2, 2, 1)
    );
    assert_eq!(
        (
            metrics.timed_out.total,
            metrics.aborted.total,
            metrics.throttled.total
        ),
        (0, 0, 0)
    );
    let duration = DurationStats {
        average: 1500.0,
        p99: Some(3900.0),
        maximum: 4200.0,
        samples: 103 * 14,
    };
    assert_eq!(metrics.duration, Some(duration));
    assert_eq!(
        (metrics.transitions, &metrics.express),
        (Some(8 * 103 * 14), &None)
    );

    let express = machine(&facts, 9);
    assert_eq!(express.workflow_type, Fact::Known(WorkflowType::Express));
    let billing = ExpressBilling {
        billed_ms: 1600.0 * 109.0 * 14.0,
        billed_memory_mb: 64.0,
    };
    let metrics = express.metrics.known().unwrap();
    assert_eq!(
        (&metrics.express, metrics.transitions),
        (&Some(billing), None)
    );

    // Of 40 alarms every tenth is a composite one, over the alarm before it.
    let names = |number| {
        let alarms = machine(&facts, number).alarms.known().unwrap().iter();
        let mut names: Vec<String> = alarms.map(|alarm| alarm.name.clone()).collect();
        names.sort();
        names
    };
    assert_eq!(names(3), ["alarm-00003", "alarm-00023"]);
    let needs = |number: usize| machine(&facts, number).alarms.known().unwrap()[0].datapoints();
    assert_eq!([needs(3), needs(4)], [(3, 5), (1, 1)]);
    assert_eq!(
        names(8),
        ["alarm-00008", "alarm-00009", "alarm-00028", "alarm-00029"]
    );
}

#[tokio::test]
async fn listings_are_read_to_their_last_page() {
    let stub = Stub::start(Options {
        machines: 2001,
        alarms: 101,
        tagged: 201,
        ..Options::default()
    });
    let session = session(&stub.url);
    let listed = list_machines(&session, REGION, &unlimited()).await.unwrap();
    assert_eq!(
        (listed.len(), served(&stub)["ListStateMachines"]),
        (2001, 3)
    );
    assert_eq!(listed[7].kind, Some(WorkflowType::Standard));

    let found = collect_machines(&session, REGION, &listed[..5], &unlimited(), now(), &quiet).await;
    assert_eq!(found.machines.len(), 5);
    let calls = served(&stub);
    assert_eq!(
        (
            calls["DescribeAlarms"],
            calls["GetResources"],
            calls["GetMetricData"]
        ),
        (2, 3, 2)
    );
    let why = "the other state machines of the Region were not read with it";
    assert_eq!(found.machines[0].callers.get(), Err(why));
}

#[tokio::test]
async fn one_state_machine_of_which_only_the_arn_is_known() {
    let stub = Stub::start(Options {
        machines: 3,
        ..Options::default()
    });
    let listed = Listed::from_arn(&format!("{}:7", Stub::arn(REGION, 1))).unwrap();
    assert_eq!(listed.arn, Stub::arn(REGION, 1));
    let found = collect_machines(
        &session(&stub.url),
        REGION,
        &[listed],
        &unlimited(),
        now(),
        &quiet,
    )
    .await;
    let metrics = found.machines[0].metrics.known().unwrap();
    assert_eq!(
        (metrics.started.total, metrics.transitions),
        (101 * 14, Some(8 * 101 * 14))
    );
    assert_eq!(
        Listed::from_arn("arn:aws:states:us-east-1:1:execution:a:b"),
        None
    );
}

#[tokio::test]
async fn a_region_without_state_machines_costs_one_call() {
    let stub = Stub::start(Options {
        machines: 0,
        alarms: 50,
        ..Options::default()
    });
    let facts = audit(&stub, unlimited()).await.unwrap();
    assert!(facts.machines.is_empty() && facts.not_read.is_empty());
    assert_eq!(
        served(&stub),
        BTreeMap::from([("ListStateMachines".to_owned(), 1)])
    );
}

#[tokio::test]
async fn no_executions_are_zero_and_not_unknown() {
    let stub = Stub::start(Options {
        machines: 1,
        shape: Shape::Idle,
        ..Options::default()
    });
    let facts = audit(&stub, unlimited()).await.unwrap();
    let metrics = machine(&facts, 0).metrics.known().unwrap();
    assert_eq!(*metrics, facts::Metrics::idle(facts.window));
}

#[tokio::test]
async fn of_an_idle_state_machine_nothing_more_is_asked() {
    let stub = Stub::start(Options {
        machines: 300,
        idle_every: 2,
        ..Options::default()
    });
    let facts = audit(&stub, unlimited()).await.unwrap();
    // 3 queries of each and of the Region, 7 more of the 150 that run.
    let calls = 903_u64.div_ceil(500) + 1050_u64.div_ceil(500);
    assert_eq!(served(&stub)["GetMetricData"], calls);
    let metrics = |number| machine(&facts, number).metrics.known().unwrap().clone();
    assert_eq!(metrics(0), facts::Metrics::idle(facts.window));

    // Whatever else there is, those that run are told the same.
    let busy = Stub::start(Options {
        machines: 300,
        ..Options::default()
    });
    let all = audit(&busy, unlimited()).await.unwrap();
    assert_eq!(metrics(13), *machine(&all, 13).metrics.known().unwrap());
}

#[tokio::test]
async fn executions_that_began_before_the_window_are_not_overlooked() {
    let stub = Stub::start(Options {
        machines: 1,
        shape: Shape::Lasting,
        ..Options::default()
    });
    let facts = audit(&stub, unlimited()).await.unwrap();
    assert_eq!(served(&stub)["GetMetricData"], 2, "it is active");
    let metrics = machine(&facts, 0).metrics.known().unwrap();
    assert_eq!(
        (
            metrics.started.total,
            metrics.transitions,
            &metrics.duration
        ),
        (0, Some(8 * 100 * 14), &None)
    );
}

#[tokio::test]
async fn a_region_adds_up_to_its_state_machines() {
    let stub = Stub::start(Options {
        machines: 30,
        express_every: 10,
        idle_every: 7,
        ..Options::default()
    });
    let facts = audit(&stub, unlimited()).await.unwrap();
    let of = |take: fn(&facts::Metrics) -> f64| -> f64 {
        let metrics = facts
            .machines
            .iter()
            .map(|one| one.metrics.known().unwrap());
        metrics.map(take).sum()
    };
    #[allow(clippy::cast_precision_loss, reason = "small numbers")]
    let (started, transitions) = (
        of(|metrics| metrics.started.total as f64),
        of(|metrics| metrics.transitions.unwrap_or_default() as f64),
    );
    let billed = of(|metrics| metrics.express.as_ref().map_or(0.0, |it| it.billed_ms));
    let totals = facts.totals[REGION].known().unwrap();
    let close = |found: f64, sum: f64| sum > 0.0 && (found - sum).abs() < 1e-6 * sum;
    #[allow(clippy::cast_precision_loss, reason = "small numbers")]
    let found = (
        totals.started.unwrap() as f64,
        totals.transitions.unwrap() as f64,
    );
    assert!(close(found.0, started), "{found:?} {started}");
    assert!(close(found.1, transitions), "{found:?} {transitions}");
    assert!(close(totals.express_billed_ms.unwrap(), billed));

    let denied = Stub::start(Options {
        machines: 1,
        deny: ["GetMetricData".to_owned()].into(),
        ..Options::default()
    });
    let facts = audit(&denied, unlimited()).await.unwrap();
    let why = "AccessDenied on cloudwatch:GetMetricData";
    assert_eq!(facts.totals[REGION].get(), Err(why));
    assert_eq!(machine(&facts, 0).metrics.get(), Err(why));
    assert_eq!(
        served(&denied)["GetMetricData"],
        1,
        "what is refused is not asked on"
    );
}

#[tokio::test]
async fn metric_data_in_pages_and_in_two_parts() {
    let paged = Stub::start(Options {
        machines: 2,
        metric_pages: 3,
        ..Options::default()
    });
    let facts = audit(&paged, unlimited()).await.unwrap();
    assert_eq!(served(&paged)["GetMetricData"], 6, "twice three pages");
    let metrics = machine(&facts, 1).metrics.known().unwrap();
    assert_eq!(
        (metrics.started.total, metrics.started.by_day.len()),
        (101 * 14, 14)
    );

    let split = Stub::start(Options {
        machines: 2,
        shape: Shape::Split,
        ..Options::default()
    });
    let facts = audit(&split, unlimited()).await.unwrap();
    let duration = machine(&facts, 1)
        .metrics
        .known()
        .unwrap()
        .duration
        .clone()
        .unwrap();
    assert_eq!(
        (duration.p99, duration.maximum),
        (Some(3900.0), 4200.0),
        "the higher part"
    );
    assert_eq!(duration.samples, 101 * 14 + 101 * 7);
}

#[tokio::test]
async fn a_short_window_has_one_period() {
    let stub = Stub::start(Options {
        machines: 1,
        ..Options::default()
    });
    let how = Collect {
        window: Duration::from_hours(6),
        ..unlimited()
    };
    let facts = audit(&stub, how).await.unwrap();
    let metrics = machine(&facts, 0).metrics.known().unwrap();
    assert_eq!(
        (metrics.started.total, metrics.started.by_day.len()),
        (25, 1)
    );
    assert_eq!(facts.window.seconds(), 6 * 3600);
}

#[tokio::test]
async fn those_who_start_a_state_machine_are_linked() {
    let target = Stub::arn(REGION, 1);
    let definition = format!(
        r#"{{"StartAt": "Run", "States": {{"Run": {{"Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync:2",
        "Parameters": {{"StateMachineArn": "{target}"}}, "End": true}}}}}}"#
    );
    let stub = Stub::start(Options {
        machines: 2,
        definition,
        ..Options::default()
    });
    let facts = audit(&stub, unlimited()).await.unwrap();
    let caller = |number: usize| Caller {
        machine: format!("machine-{number:05}"),
        state: "Run".to_owned(),
        waits: true,
    };
    assert_eq!(
        machine(&facts, 1).callers,
        Fact::Known(vec![caller(0), caller(1)])
    );
    assert_eq!(machine(&facts, 0).callers, Fact::Known(Vec::new()));
}

#[tokio::test]
async fn regions_are_read_together_and_told_apart() {
    let stub = Stub::start(Options {
        machines: 3,
        deny_regions: ["eu-west-1".to_owned()].into(),
        ..Options::default()
    });
    let regions = ["us-west-2", "eu-west-1", "us-east-1", "us-west-2"]
        .map(ToOwned::to_owned)
        .to_vec();
    let scope = Scope {
        regions,
        how: Collect {
            pace: Pace::default(),
            ..Collect::default()
        },
    };
    let seen = Mutex::new(Vec::new());
    let told = |progress: aws::Progress<'_>| {
        if progress.step == Step::Describe && progress.done == progress.total {
            seen.lock().unwrap().push(progress.region.to_owned());
        }
    };
    let facts = collect_account(&session(&stub.url), &scope, now(), &told)
        .await
        .unwrap();
    assert_eq!(facts.regions, ["eu-west-1", "us-east-1", "us-west-2"]);
    assert_eq!(facts.machines.len(), 6);
    assert_eq!(facts.machines[0].region, "us-east-1");
    let not_read = &facts.not_read[0];
    assert_eq!(
        (not_read.region.as_str(), not_read.arn.as_str()),
        ("eu-west-1", "all state machines of eu-west-1")
    );
    assert_eq!(not_read.why, "AccessDenied on states:ListStateMachines");
    let mut seen = seen.into_inner().unwrap();
    seen.sort();
    assert_eq!(seen, ["us-east-1", "us-west-2"]);
}
