//! Sampled executions and listening rules.

use aws::{Sample, Sampling, Scope, collect_and_sample, deepen};
use facts::{Deeper, EventRule, Fact};
use stub::{Options, Stub};

use crate::{REGION, audit, machine, now, quiet, served, session, unlimited};

const BOTH: Deeper = Deeper {
    executions: true,
    event_rules: true,
};

fn rule(name: &str, pattern: &str, manager: &str) -> (String, String, String) {
    (name.to_owned(), pattern.to_owned(), manager.to_owned())
}

#[tokio::test]
async fn chosen_state_machines_are_looked_into() {
    let one = Stub::arn(REGION, 1);
    let stub = Stub::start(Options {
        machines: 20,
        express_every: 10,
        executions: 30,
        rules: vec![
            rule(
                "all-failures",
                r#"{"source": ["aws.states"], "detail": {"status": ["FAILED"]}}"#,
                "",
            ),
            rule(
                "of-one",
                &format!(
                    r#"{{"source": ["aws.states"], "detail": {{"stateMachineArn": ["{one}"]}}}}"#
                ),
                "",
            ),
            rule(
                "of-sync",
                r#"{"source": ["aws.states"]}"#,
                "states.amazonaws.com",
            ),
            rule("of-others", r#"{"source": ["aws.ec2"]}"#, ""),
        ],
        ..Options::default()
    });
    let mut facts = audit(&stub, unlimited()).await.unwrap();
    stub.forget();
    let sample = Sample {
        executions: 4,
        ..Sample::default()
    };
    let chosen = ["machine-00001", "machine-00002", "machine-00009"];
    let choose = |machine: &facts::MachineFacts| {
        if chosen.contains(&machine.name.as_str()) {
            BOTH
        } else {
            Deeper::default()
        }
    };
    deepen(
        &session(&stub.url),
        &mut facts.machines,
        &unlimited(),
        &sample,
        choose,
        &quiet,
    )
    .await;

    // Two that are to be sampled are Standard; one listing of rules for the Region.
    let expected = [
        ("GetExecutionHistory", 8),
        ("ListExecutions", 2),
        ("ListRules", 1),
    ];
    assert_eq!(
        served(&stub),
        expected
            .map(|(name, calls)| (name.to_owned(), calls))
            .into()
    );

    let sampled = machine(&facts, 1).executions.known().unwrap();
    assert_eq!(
        (sampled.listed, sampled.profiles.len()),
        (30, 4),
        "the one that runs is not among them"
    );
    let profile = &sampled.profiles[0];
    assert_eq!(
        (profile.transitions, profile.retries, profile.duration_ms),
        (3, 1, Some(4000))
    );
    assert_eq!(
        profile.entered.keys().collect::<Vec<_>>(),
        ["Done", "Step0"]
    );

    let rules = |names_machine: &[(&str, bool)]| {
        let rule = |(name, names): &(&str, bool)| EventRule {
            name: (*name).to_owned(),
            names_machine: *names,
        };
        Fact::Known(names_machine.iter().map(rule).collect::<Vec<_>>())
    };
    assert_eq!(
        machine(&facts, 1).event_rules,
        rules(&[("all-failures", false), ("of-one", true)])
    );
    assert_eq!(
        machine(&facts, 2).event_rules,
        rules(&[("all-failures", false)])
    );

    assert_eq!(
        machine(&facts, 9).executions.get(),
        Err("Express workflows keep no execution history")
    );
    assert_eq!(machine(&facts, 9).event_rules, rules(&[]));
    assert_eq!(
        machine(&facts, 3).executions.get(),
        Err("its executions were not sampled")
    );
}

#[tokio::test]
async fn sampling_while_others_are_described_brings_the_same() {
    let stub = Stub::start(Options {
        machines: 20,
        express_every: 10,
        executions: 30,
        rules: vec![rule("all", r#"{"source": ["aws.states"]}"#, "")],
        ..Options::default()
    });
    let sample = Sample {
        executions: 4,
        ..Sample::default()
    };
    let choose = |machine: &facts::MachineFacts| Deeper {
        executions: machine.name.ends_with(['1', '2', '9']) && machine.metrics.known().is_some(),
        event_rules: machine.name.ends_with(['2', '3']),
    };
    let session = session(&stub.url);
    let mut after = audit(&stub, unlimited()).await.unwrap();
    deepen(
        &session,
        &mut after.machines,
        &unlimited(),
        &sample,
        choose,
        &quiet,
    )
    .await;
    let calls = served(&stub);

    stub.forget();
    let scope = Scope {
        regions: Vec::new(),
        how: unlimited(),
    };
    let sampling = Sampling {
        sample: &sample,
        choose: &choose,
    };
    let collected = collect_and_sample(&session, &scope, sampling, now(), &quiet).await;
    let (mut facts, wanted) = collected.unwrap();
    assert!(machine(&facts, 1).executions.known().is_some(), "already");
    let left: Vec<&str> = wanted.keys().map(|arn| &arn[arn.len() - 2..]).collect();
    assert_eq!(
        left,
        ["02", "03", "09", "12", "13", "19"],
        "rules, and Express"
    );
    let rest =
        |machine: &facts::MachineFacts| wanted.get(&machine.arn).copied().unwrap_or_default();
    deepen(
        &session,
        &mut facts.machines,
        &unlimited(),
        &sample,
        rest,
        &quiet,
    )
    .await;
    assert_eq!(facts, after);
    assert_eq!(served(&stub), calls);
}

#[tokio::test]
async fn rules_are_listed_without_histories() {
    let stub = Stub::start(Options {
        machines: 2,
        rules: vec![rule("all", r#"{"source": ["aws.states"]}"#, "")],
        ..Options::default()
    });
    let mut facts = audit(&stub, unlimited()).await.unwrap();
    stub.forget();
    let rules_only = |machine: &facts::MachineFacts| Deeper {
        event_rules: machine.name == "machine-00001",
        ..Deeper::default()
    };
    deepen(
        &session(&stub.url),
        &mut facts.machines,
        &unlimited(),
        &Sample::default(),
        rules_only,
        &quiet,
    )
    .await;
    assert_eq!(served(&stub), [("ListRules".to_owned(), 1)].into());
    assert_eq!(
        machine(&facts, 1).event_rules,
        Fact::Known(vec![EventRule {
            name: "all".to_owned(),
            names_machine: false
        }])
    );
    let (rules, executions) = (
        machine(&facts, 0).event_rules.get(),
        machine(&facts, 1).executions.get(),
    );
    assert_eq!(rules, Err("EventBridge rules were not listed for it"));
    assert_eq!(executions, Err("its executions were not sampled"));
}

#[tokio::test]
async fn what_is_denied_is_told() {
    for (operation, executions, rules) in [
        (
            "ListExecutions",
            Some("AccessDenied on states:ListExecutions"),
            None,
        ),
        (
            "GetExecutionHistory",
            Some("AccessDenied on states:GetExecutionHistory"),
            None,
        ),
        ("ListRules", None, Some("AccessDenied on events:ListRules")),
    ] {
        let stub = Stub::start(Options {
            machines: 1,
            deny: [operation.to_owned()].into(),
            ..Options::default()
        });
        let mut facts = audit(&stub, unlimited()).await.unwrap();
        let session = session(&stub.url);
        deepen(
            &session,
            &mut facts.machines,
            &unlimited(),
            &Sample::default(),
            |_| BOTH,
            &quiet,
        )
        .await;
        let found = machine(&facts, 0);
        assert_eq!(
            (found.executions.get().err(), found.event_rules.get().err()),
            (executions, rules),
            "{operation}"
        );
    }
}

#[tokio::test]
async fn a_history_that_is_cut_short_is_no_sample() {
    let stub = Stub::start(Options {
        machines: 1,
        executions: 5,
        ..Options::default()
    });
    let mut facts = audit(&stub, unlimited()).await.unwrap();
    let session = session(&stub.url);
    let sample = Sample {
        executions: 5,
        pages: 2,
        ..Sample::default()
    };
    deepen(
        &session,
        &mut facts.machines,
        &unlimited(),
        &sample,
        |_| BOTH,
        &quiet,
    )
    .await;
    let sampled = machine(&facts, 0).executions.known().unwrap();
    assert_eq!((sampled.profiles.len(), sampled.too_long), (2, 3));
    let none = Sample {
        executions: 5,
        pages: 0,
        ..Sample::default()
    };
    deepen(
        &session,
        &mut facts.machines,
        &unlimited(),
        &none,
        |_| BOTH,
        &quiet,
    )
    .await;
    let why = "its execution histories are longer than what is read of them";
    assert_eq!(machine(&facts, 0).executions.get(), Err(why));
}

/// The sample of the only state machine.
async fn sampled(options: Options, sample: &Sample) -> Fact<facts::ExecutionSample> {
    let stub = Stub::start(Options {
        machines: 1,
        ..options
    });
    let mut facts = audit(&stub, unlimited()).await.unwrap();
    let session = session(&stub.url);
    let (machines, how) = (&mut facts.machines, unlimited());
    deepen(&session, machines, &how, sample, |_| BOTH, &quiet).await;
    machine(&facts, 0).executions.clone()
}

#[tokio::test]
async fn a_sample_has_some_of_every_kind_and_says_what_it_stands_for() {
    let busy = || Options {
        executions: 450,
        ..Options::default()
    };
    let sample = |listed, seed| Sample {
        executions: 20,
        listed,
        seed,
        ..Sample::default()
    };
    let Fact::Known(first) = sampled(busy(), &sample(1000, 0)).await else {
        panic!("not sampled");
    };
    assert_eq!((first.listed, first.profiles.len()), (450, 20));
    let strata: Vec<(&str, u64)> = first
        .strata
        .iter()
        .map(|stratum| (stratum.name.as_str(), stratum.listed))
        .collect();
    let lengths = ["short", "middle", "long"].map(|length| format!("succeeded, {length}"));
    let [short, middle, long] = lengths.each_ref().map(String::as_str);
    assert_eq!(
        strata,
        [(short, 135), (middle, 135), (long, 135), ("failed", 45)]
    );
    let of = |at| {
        first
            .profiles
            .iter()
            .filter(|one| one.stratum == at)
            .count()
    };
    assert_eq!([of(0), of(1), of(2), of(3)], [6, 6, 6, 2]);
    let newest = "2025-06-15T14:06:40.5Z".parse().unwrap();
    let oldest = "2025-05-27T21:06:40.5Z".parse().unwrap();
    assert_eq!((first.oldest, first.newest), (Some(oldest), Some(newest)));
    assert_eq!((first.seed, first.unread, first.too_long), (0, 0, 0));

    let again = sampled(busy(), &sample(1000, 0)).await;
    assert_eq!(again, Fact::Known(first), "the same seed");
    let fewer = sampled(busy(), &sample(100, 7)).await;
    let fewer = fewer.known().unwrap();
    assert_eq!((fewer.listed, fewer.seed), (99, 7));
}

#[tokio::test]
async fn histories_that_are_gone_are_counted() {
    let gone = |lost: &[&str]| Options {
        executions: 5,
        lost: lost.iter().map(|name| (*name).to_owned()).collect(),
        ..Options::default()
    };
    let found = sampled(gone(&["run-2", "run-4"]), &Sample::default()).await;
    let found = found.known().unwrap();
    assert_eq!((found.profiles.len(), found.unread), (3, 2));
    let all = ["run-1", "run-2", "run-3", "run-4", "run-5"];
    let found = sampled(gone(&all), &Sample::default()).await;
    let why = "ExecutionDoesNotExist on states:GetExecutionHistory";
    assert_eq!(found.get(), Err(why));
}
