//! What a collection costs before it begins, and that one that was killed goes on.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use stub::{Options, Stub};
use tempfile::TempDir;

use crate::bin::{advisor_with_credentials, run};

fn command(stub: &Stub, name: &str, more: &[&str]) -> Command {
    let mut command = advisor_with_credentials();
    let fixed = [name, "--region", "us-east-1", "--endpoint-url", &stub.url];
    command.args(fixed).args(more);
    command
}

fn served(stub: &Stub) -> BTreeMap<String, u64> {
    let counts = stub.counts().into_iter();
    counts.map(|(name, calls)| (name, calls.served)).collect()
}

#[test]
fn an_estimate_asks_for_the_list_and_nothing_else() {
    let stub = Stub::start(Options {
        machines: 300,
        express_every: 10,
        ..Options::default()
    });
    for name in ["audit", "collect"] {
        stub.forget();
        let told = run(&mut command(
            &stub,
            name,
            &["--estimate", "--format", "json"],
        ));
        assert_eq!(told.code, 0, "{}", told.err);
        let told: serde_json::Value = serde_json::from_str(&told.out).unwrap();
        assert_eq!(told["version"], 1);
        let region = &told["regions"][0];
        let kinds = (
            &region["machines"]["standard"],
            &region["machines"]["express"],
        );
        assert_eq!(kinds, (&270.into(), &30.into()));
        assert_eq!(region["metrics_api"], "GetMetricStatistics");
        assert_eq!(told["seconds_least"], 20);
        assert_eq!(served(&stub), [("ListStateMachines".to_owned(), 1)].into());
    }
    let told = run(&mut command(
        &stub,
        "audit",
        &["--estimate", "--metrics-api", "data"],
    ));
    assert!(told.out.contains("cost:    at most $0.04"), "{}", told.out);
}

/// An account file without what depends on when it was written.
fn facts(path: &Path) -> serde_json::Value {
    let mut facts: serde_json::Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    facts["collected"] = serde_json::Value::Null;
    facts["window"] = serde_json::Value::Null;
    for machine in facts["machines"].as_array_mut().unwrap() {
        let metrics = &mut machine["metrics"]["known"];
        metrics["window"] = serde_json::Value::Null;
        for name in ["started", "failed", "timed_out"] {
            let days = metrics[name]["by_day"].as_object().unwrap();
            metrics[name]["by_day"] = days.values().cloned().collect();
        }
    }
    facts
}

#[test]
fn a_killed_collection_goes_on_where_it_was() {
    let stub = Stub::start(Options {
        machines: 300,
        gains_every: 7,
        idle_every: 5,
        delay: Duration::from_millis(30),
        ..Options::default()
    });
    let scratch = TempDir::new().unwrap();
    let at = |name: &str| scratch.path().join(name);
    let collect = |name: &str| {
        let out = at(name);
        command(
            &stub,
            "collect",
            &["--no-pacing", "--out", out.to_str().unwrap()],
        )
    };
    let once = run(&mut collect("once.json"));
    assert_eq!(once.code, 0, "{}", once.err);
    assert!(!at("once.json.partial").exists());
    let expected = served(&stub);

    stub.forget();
    let mut killed = collect("killed.json")
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let partial = at("killed.json.partial");
    let lines = || {
        fs::read_to_string(&partial)
            .unwrap_or_default()
            .lines()
            .count()
    };
    while lines() < 100 {
        assert!(killed.try_wait().unwrap().is_none(), "it ended too soon");
        std::thread::sleep(Duration::from_millis(2));
    }
    killed.kill().unwrap();
    killed.wait().unwrap();
    let known = lines() - 1;
    assert!(!at("killed.json").exists());
    std::thread::sleep(Duration::from_millis(100));

    let again = run(&mut collect("killed.json"));
    assert_eq!(again.code, 0, "{}", again.err);
    let told = again.err.lines().next().unwrap();
    let count: usize = told.split(' ').next().unwrap().parse().unwrap();
    assert!((known - 1..=known).contains(&count), "{known}: {told}");
    assert!(told.ends_with("are not asked for again"), "{told}");
    assert_eq!(facts(&at("killed.json")), facts(&at("once.json")));
    assert!(!partial.exists());
    for (name, both) in served(&stub) {
        // What was under way when it was killed.
        let more = if name == "GetExecutionHistory" {
            32 * 5
        } else {
            32
        };
        assert!(
            (expected[&name]..=expected[&name] + more).contains(&both),
            "{name}: {both}"
        );
    }
    let describing = "DescribeStateMachine";
    assert!(served(&stub)[describing] < 2 * expected[describing]);
}

#[test]
fn what_is_kept_elsewhere_is_refused_where_it_does_not_fit() {
    let stub = Stub::start(Options::default());
    let scratch = TempDir::new().unwrap();
    let kept = scratch.path().join("kept");
    let kept = kept.to_str().unwrap();
    fs::write(kept, "{\"notes\": 1}\n").unwrap();
    let told = run(&mut command(
        &stub,
        "audit",
        &["--no-pacing", "--resume", kept],
    ));
    assert_eq!(told.code, 3);
    assert!(
        told.err
            .contains("is not what an audit left: name another file"),
        "{}",
        told.err
    );
    assert_eq!(fs::read_to_string(kept).unwrap(), "{\"notes\": 1}\n");
    fs::remove_file(kept).unwrap();
    let told = run(&mut command(
        &stub,
        "audit",
        &["--no-pacing", "--resume", kept],
    ));
    assert_eq!(told.code, 0, "{}", told.err);
    assert!(!Path::new(kept).exists(), "removed when it was used");
}
