//! How long it takes to judge one state machine: the target is less than a millisecond in the median.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark"
)]

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use criterion::Criterion;
use facts::{
    DurationStats, ExecutionSample, Fact, HistoryProfile, MachineFacts, Metrics, Window,
    WorkflowType,
};
use pricing::Prices;
use rules::{Config, RULES, analyze};

/// What is known of a machine that an audit has read.
fn machine(name: &str, definition: String) -> MachineFacts {
    let window = Window {
        start: "2026-11-08T00:00:00Z".parse().unwrap(),
        end: "2026-11-22T00:00:00Z".parse().unwrap(),
    };
    let mut metrics = Metrics::idle(window);
    metrics.started.total = 3_000_000;
    metrics.failed.total = 42;
    metrics.duration = Some(DurationStats {
        average: 850.0,
        p99: Some(1_800.0),
        maximum: 4_200.0,
        samples: 3_000_000,
    });
    let profile = HistoryProfile {
        transitions: 8,
        duration_ms: Some(850),
        ..HistoryProfile::default()
    };
    MachineFacts {
        arn: format!("arn:aws:states:us-east-1:111122223333:stateMachine:{name}"),
        name: name.to_owned(),
        account: "111122223333".to_owned(),
        region: "us-east-1".to_owned(),
        definition: Fact::Known(definition),
        workflow_type: Fact::Known(WorkflowType::Standard),
        metrics: Fact::Known(metrics),
        alarms: Fact::Known(Vec::new()),
        executions: Fact::Known(ExecutionSample {
            listed: 200,
            profiles: vec![profile; 20],
            ..Default::default()
        }),
        ..MachineFacts::default()
    }
}

/// The definitions in the rules' documentation.
fn examples() -> Vec<MachineFacts> {
    let block = |docs: &str| {
        docs.split("```asl")
            .skip(1)
            .filter_map(|rest| Some(rest.split_once('\n')?.1.split("```").next()?.to_owned()))
            .collect::<Vec<_>>()
    };
    RULES
        .iter()
        .flat_map(|rule| block(rule.meta.docs))
        .map(|text| machine("example", text))
        .collect()
}

/// A collection of real definitions, where it is at hand.
fn corpus() -> Vec<MachineFacts> {
    let folder =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus/definitions");
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect();
    paths.sort();
    let read = |path: &PathBuf| String::from_utf8(std::fs::read(path).ok()?).ok();
    let name = |path: &Path| {
        path.file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned()
    };
    paths
        .iter()
        .filter_map(|path| Some(machine(&name(path), read(path)?)))
        .collect()
}

/// The fastest of some runs, so that what else the machine does is not counted.
fn fastest(machine: &MachineFacts) -> Duration {
    let config = Config::default();
    let run = || {
        let start = Instant::now();
        black_box(analyze(black_box(machine), Prices::embedded(), &config));
        start.elapsed()
    };
    (0..5).map(|_| run()).min().unwrap_or_default()
}

fn report(name: &str, machines: &[MachineFacts]) {
    let mut times: Vec<(Duration, &str)> = machines
        .iter()
        .map(|machine| (fastest(machine), machine.name.as_str()))
        .collect();
    times.sort();
    match (
        times.get(times.len() / 2),
        times.get(times.len() * 99 / 100),
        times.last(),
    ) {
        (Some((median, _)), Some((most, _)), Some((longest, slowest))) => {
            println!(
                "{name}: {} definitions, median {median:?}, 99th percentile {most:?}, longest {longest:?} ({slowest})",
                times.len()
            );
        }
        _ => println!("{name}: nothing to judge, skipped"),
    }
}

fn main() {
    let (examples, corpus) = (examples(), corpus());
    report("examples", &examples);
    report("corpus", &corpus);
    let mut criterion = Criterion::default().configure_from_args();
    let config = Config::default();
    for (name, machines) in [("analyze/examples", &examples), ("analyze/corpus", &corpus)] {
        let mut next = machines.iter().cycle();
        if let Some(first) = machines.first() {
            // One machine after the other: the mean of a criterion sample is a mean over the machines.
            criterion.bench_function(name, |bencher| {
                bencher.iter(|| {
                    analyze(
                        black_box(next.next().unwrap_or(first)),
                        Prices::embedded(),
                        &config,
                    )
                });
            });
        }
    }
    criterion.final_summary();
}
