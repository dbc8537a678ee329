//! Whatever the facts are, judging ends with a report and not with a panic.

use facts::{ExecutionSample, Fact, HistoryProfile, MachineFacts, Metrics, WorkflowType};
use proptest::collection::vec;
use proptest::prelude::*;

use super::by_all;
use super::examples::examples;
use super::machines::{PLAIN, base};
use crate::RULES;

/// Definitions that are at hand: those of the rules' examples.
fn definitions() -> Vec<String> {
    let own = RULES
        .iter()
        .flat_map(examples)
        .filter_map(|example| example.facts.definition.known().cloned());
    own.chain([PLAIN.to_owned()]).collect()
}

/// Words that turn one valid definition into another, or into an invalid one.
const WORDS: [&str; 20] = [
    "\"Next\": \"X\"",
    "\"End\": true",
    "null",
    "0",
    "-1",
    "1e400",
    "\"\"",
    "{",
    "}",
    "[",
    "]",
    ",",
    "\"Type\": \"Pass\"",
    "\"Type\": \"Map\"",
    "\"Type\": \"Parallel\"",
    "\"Catch\": [{}]",
    "\"${X}\"",
    "\u{0}",
    "\u{1F600}",
    "\"{% $states.input %}\"",
];

/// A part of the text replaced by a word, or by another part of it.
#[derive(Clone, Debug)]
struct Change {
    at: prop::sample::Index,
    length: usize,
    with: Result<usize, (prop::sample::Index, usize)>,
}

fn change() -> impl Strategy<Value = Change> {
    let with = prop_oneof![
        (0..WORDS.len()).prop_map(Ok),
        (any::<prop::sample::Index>(), 0..60_usize).prop_map(Err),
    ];
    (any::<prop::sample::Index>(), 0..40_usize, with).prop_map(|(at, length, with)| Change {
        at,
        length,
        with,
    })
}

fn changed(text: &str, change: &Change) -> String {
    let characters: Vec<char> = text.chars().collect();
    let part = |at: prop::sample::Index, length: usize| {
        let start = at.index(characters.len() + 1);
        start..(start + length).min(characters.len())
    };
    let replaced = part(change.at, change.length);
    let with: Vec<char> = match change.with {
        Ok(word) => WORDS[word].chars().collect(),
        Err((at, length)) => characters[part(at, length)].to_vec(),
    };
    characters[..replaced.start]
        .iter()
        .chain(&with)
        .chain(&characters[replaced.end..])
        .collect()
}

fn fact<T: std::fmt::Debug + Clone>(
    known: impl Strategy<Value = T>,
) -> impl Strategy<Value = Fact<T>> {
    prop_oneof![1 => Just(Fact::unknown("AccessDenied")), 3 => known.prop_map(Fact::Known)]
}

/// Numbers as CloudWatch gives them, and as it should never give them.
fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        any::<f64>(),
        0.0..1e9_f64,
        Just(0.0),
        Just(f64::NAN),
        Just(f64::INFINITY),
        Just(-1.0)
    ]
}

fn count() -> impl Strategy<Value = u64> {
    prop_oneof![any::<u64>(), 0..10_000_000_u64, Just(0), Just(u64::MAX)]
}

fn metrics() -> impl Strategy<Value = Metrics> {
    let counts = (count(), count(), count(), count(), count());
    let duration = prop::option::of((number(), prop::option::of(number()), number(), count()));
    (
        any::<(i32, i32)>(),
        counts,
        duration,
        prop::option::of(count()),
    )
        .prop_map(|((start, end), counts, duration, transitions)| {
            let at = |second: i32| facts_timestamp(i64::from(second));
            let mut metrics = Metrics::idle(facts::Window {
                start: at(start),
                end: at(end),
            });
            (
                metrics.started.total,
                metrics.failed.total,
                metrics.timed_out.total,
                metrics.aborted.total,
                metrics.throttled.total,
            ) = counts;
            metrics
                .failed
                .by_day
                .insert(at(start), metrics.failed.total);
            metrics.duration =
                duration.map(|(average, p99, maximum, samples)| facts::DurationStats {
                    average,
                    p99,
                    maximum,
                    samples,
                });
            metrics.transitions = transitions;
            metrics
        })
}

fn facts_timestamp(second: i64) -> jiff::Timestamp {
    jiff::Timestamp::from_second(second).unwrap()
}

fn executions() -> impl Strategy<Value = ExecutionSample> {
    let profile = (
        count(),
        count(),
        vec(("[A-Z]?[a-z]{0,6}", count()), 0..4),
        prop::option::of(any::<i64>()),
    )
        .prop_map(
            |(transitions, retries, entered, duration_ms)| HistoryProfile {
                transitions,
                retries,
                entered: entered.into_iter().collect(),
                duration_ms,
                ..HistoryProfile::default()
            },
        );
    (count(), vec(profile, 0..4)).prop_map(|(listed, profiles)| ExecutionSample {
        listed,
        profiles,
        ..Default::default()
    })
}

fn machine() -> impl Strategy<Value = MachineFacts> {
    let definitions = definitions();
    let text = (0..definitions.len(), vec(change(), 0..4)).prop_map(move |(index, changes)| {
        changes
            .iter()
            .fold(definitions[index].clone(), |text, change| {
                changed(&text, change)
            })
    });
    let kind = fact(prop_oneof![
        Just(WorkflowType::Standard),
        Just(WorkflowType::Express)
    ]);
    let region = prop_oneof![
        Just("us-east-1"),
        Just(""),
        Just("cn-north-1"),
        Just("mars-west-1")
    ];
    (
        fact(text),
        kind,
        region,
        fact(metrics()),
        fact(executions()),
        prop::option::of("[a-z./]{0,12}(yaml|json)"),
    )
        .prop_map(
            |(definition, workflow_type, region, metrics, executions, file)| MachineFacts {
                definition,
                workflow_type,
                region: region.to_owned(),
                metrics,
                executions,
                file,
                alarms: Fact::Known(Vec::new()),
                ..base()
            },
        )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_panics(facts in machine()) {
        let report = by_all(&facts);
        for finding in &report.findings {
            prop_assert!(!finding.message.is_empty());
            if let Some(saving) = &finding.saving {
                prop_assert!(saving.low <= saving.usd_per_month && saving.usd_per_month <= saving.high, "{saving:?}");
            }
        }
    }
}
