//! How many definitions one processor judges in a second, and what it tells of them: as `tests/measure/peers.py` asks every
//! judge of definitions.
//!
//! ```text
//! cargo bench -p rules --bench definitions -- read|correctness|all SECONDS < paths
//! ```
//!
//! `read` makes the model and finds problems of the language; `correctness` adds the rules on what AWS refuses, with the
//! catalogue of services; `all` is every rule at every strictness. Files are read before the time begins.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark"
)]

use std::hint::black_box;
use std::io::Read;
use std::time::Instant;

use asl::{Definition, Format};
use facts::{Fact, MachineFacts, WorkflowType};
use findings::{Category, Finding, Level, Strictness};
use pricing::Prices;
use rules::{Config, RULES, Rule, judge};
use serde_json::json;

/// What is done with each definition.
#[derive(Clone, Copy)]
enum Work {
    Read,
    Judge { correctness_only: bool },
}

fn machine(text: &str) -> MachineFacts {
    let mut facts = MachineFacts::from_file("a.asl.json", "a", text.to_owned());
    facts.workflow_type = Fact::Known(WorkflowType::Standard);
    facts
}

fn judged(work: Work, facts: &MachineFacts, config: &Config) -> Vec<Finding> {
    match work {
        Work::Read => {
            let text = facts.definition.known().unwrap();
            black_box(Definition::parse(text.as_bytes(), Format::Json));
            Vec::new()
        }
        Work::Judge { correctness_only } => {
            let wanted =
                |rule: &&Rule| !correctness_only || rule.meta.category == Category::Correctness;
            let rules = RULES.iter().filter(wanted);
            judge(facts, Prices::embedded(), config, rules).findings
        }
    }
}

/// What the scheduler has counted for this thread, in seconds; the clock on the wall where it does not tell.
fn cpu(begun: Instant) -> f64 {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds: Option<u64> = told.and_then(|it| it.split(' ').next()?.parse().ok());
    #[allow(
        clippy::cast_precision_loss,
        reason = "52 days in nanoseconds are exact"
    )]
    nanoseconds.map_or_else(|| begun.elapsed().as_secs_f64(), |it| it as f64 / 1e9)
}

fn main() {
    // Cargo adds `--bench`.
    let mut arguments = std::env::args().skip(1).filter(|it| !it.starts_with("--"));
    let work = match arguments.next().as_deref() {
        Some("read") => Work::Read,
        Some("all") => Work::Judge {
            correctness_only: false,
        },
        Some("correctness") => Work::Judge {
            correctness_only: true,
        },
        _ => {
            println!("nothing to do: name read, correctness or all, and the seconds");
            return;
        }
    };
    let wanted: f64 = arguments
        .next()
        .and_then(|it| it.parse().ok())
        .unwrap_or(2.0);
    let mut paths = String::new();
    std::io::stdin().read_to_string(&mut paths).unwrap();
    let machines: Vec<MachineFacts> = paths
        .lines()
        .map(|path| machine(&String::from_utf8_lossy(&std::fs::read(path).unwrap())))
        .collect();
    let config = Config {
        strictness: Strictness::All,
        ..Config::default()
    };
    let told: Vec<Vec<String>> = machines
        .iter()
        .map(|it| words(&judged(work, it, &config)))
        .collect();
    let begun = Instant::now();
    let (start, mut passes, mut used) = (cpu(begun), 0_u32, 0.0);
    while used < wanted && !machines.is_empty() {
        for machine in &machines {
            black_box(judged(work, black_box(machine), &config));
        }
        passes += 1;
        used = cpu(begun) - start;
    }
    println!(
        "{}",
        json!({"seconds": used, "passes": passes, "told": told})
    );
}

/// The errors, and what is told besides, marked.
fn words(findings: &[Finding]) -> Vec<String> {
    let word = |it: &Finding| {
        let mark = if it.level() == Level::Error { "" } else { "~" };
        format!("{mark}{} {}", it.rule, it.location.pointer)
    };
    findings.iter().map(word).collect()
}
