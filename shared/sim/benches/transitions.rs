//! State transitions per second, retries included: the targets are 100,000 for machines of JSONPath and 30,000 for those of
//! JSONata. The machines are in `benches/machines`, with payloads of 1.5 KB; what is measured is the time of
//! the processor, where the system tells it (Linux), so that what else runs on the machine does not count.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    missing_docs,
    clippy::disallowed_methods,
    reason = "a benchmark"
)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use asl::{Definition, Format};
use criterion::measurement::{Measurement, ValueFormatter, WallTime};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use mimalloc::MiMalloc;
use serde_json::{Value, json};
use sim::{Answer, Limits, Mocks, Options, Status, simulate};

/// The one that the command has.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

const MACHINES: [&str; 5] = [
    include_str!("machines/jsonpath.json"),
    include_str!("machines/jsonata.json"),
    include_str!("machines/jsonata-functions.json"),
    include_str!("machines/nested.json"),
    include_str!("machines/waits.json"),
];

/// Time of the processor.
struct Processor;

impl Processor {
    fn now() -> Option<Duration> {
        let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
        told.split(' ')
            .next()?
            .parse()
            .ok()
            .map(Duration::from_nanos)
    }
}

impl Measurement for Processor {
    type Intermediate = (Option<Duration>, Instant);
    type Value = Duration;

    fn start(&self) -> Self::Intermediate {
        (Self::now(), Instant::now())
    }

    fn end(&self, (processor, clock): Self::Intermediate) -> Duration {
        match (processor, Self::now()) {
            (Some(start), Some(end)) => end.saturating_sub(start),
            _ => clock.elapsed(),
        }
    }

    fn add(&self, one: &Duration, other: &Duration) -> Duration {
        *one + *other
    }

    fn zero(&self) -> Duration {
        Duration::ZERO
    }

    fn to_f64(&self, value: &Duration) -> f64 {
        WallTime.to_f64(value)
    }

    fn formatter(&self) -> &dyn ValueFormatter {
        WallTime.formatter()
    }
}

fn mocks(answers: &Value) -> Mocks {
    let mut mocks = Mocks::default();
    let text = |answer: &Value, name: &str| answer[name].as_str().map(str::to_owned);
    for (state, answers) in answers.as_object().unwrap() {
        for answer in answers.as_array().unwrap() {
            let answer = match answer.get("output") {
                Some(output) => Answer::Return {
                    output: output.clone(),
                    after_ms: 0,
                },
                None => Answer::Throw {
                    error: text(answer, "error"),
                    cause: text(answer, "cause"),
                    after_ms: 0,
                },
            };
            mocks.push(state, answer);
        }
    }
    mocks
}

fn measure(
    criterion: &mut Criterion<Processor>,
    name: &str,
    definition: &Value,
    input: Value,
    mocks: &Mocks,
) {
    let text = definition.to_string();
    let definition = Definition::parse(text.as_bytes(), Format::Json);
    let mut options = Options::new(input);
    options.limits = Limits {
        steps: 10_000_000,
        ..Limits::default()
    };
    let outcome = simulate(&definition, &options, &mut mocks.clone());
    assert_eq!(
        outcome.status,
        Status::Succeeded,
        "{name}: {:?} {:?}",
        outcome.error,
        outcome.cause
    );
    let mut group = criterion.benchmark_group("transitions");
    group.throughput(Throughput::Elements(outcome.transitions));
    group.bench_function(name, |bench| {
        bench.iter(|| simulate(black_box(&definition), &options, &mut mocks.clone()));
    });
    group.finish();
}

/// Machines that people write.
fn machines(criterion: &mut Criterion<Processor>) {
    for text in MACHINES {
        let case: Value = serde_json::from_str(text).unwrap();
        let name = case["id"].as_str().unwrap();
        measure(
            criterion,
            name,
            &case["definition"],
            case["input"].clone(),
            &mocks(&case["mocks"]),
        );
    }
}

/// Machines that are large in one way.
fn large(criterion: &mut Criterion<Processor>) {
    let none = Mocks::default();
    let states: serde_json::Map<String, Value> = (0..10_000)
        .map(|at| {
            let next = if at < 9_999 {
                json!({"Type": "Pass", "Next": (at + 1).to_string()})
            } else {
                json!({"Type": "Succeed"})
            };
            (at.to_string(), next)
        })
        .collect();
    measure(
        criterion,
        "chain of 10,000",
        &json!({"StartAt": "0", "States": states}),
        json!({"id": 1}),
        &none,
    );
    let branches: Vec<Value> =
        (0..1_000).map(|at| json!({"StartAt": format!("b{at}"), "States": {format!("b{at}"): {"Type": "Pass", "End": true}}})).collect();
    let parallel = json!({"StartAt": "P", "States": {"P": {"Type": "Parallel", "Branches": branches, "End": true}}});
    measure(
        criterion,
        "1,000 branches",
        &parallel,
        json!({"id": 1}),
        &none,
    );
    let mut inner = json!({"StartAt": "In", "States": {"In": {"Type": "Pass", "End": true}}});
    for depth in 0..30 {
        let name = format!("Map {depth}");
        let map = json!({"Type": "Map", "ItemsPath": "$", "ItemProcessor": inner, "End": true});
        inner = json!({"StartAt": name, "States": {name: map}});
    }
    let deep = (0..30).fold(json!(1), |value, _| json!([value]));
    measure(
        criterion,
        "30 Maps inside of each other",
        &inner,
        deep,
        &none,
    );
    let each = json!({"StartAt": "Each", "States": {"Each": {"Type": "Map", "ItemReader": {"Resource": "arn:aws:states:::s3:getObject", "Parameters": {}},
        "ItemSelector": {"id.$": "$$.Map.Item.Value.id", "at.$": "$$.Map.Item.Index"}, "ResultWriter": {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "b"}},
        "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, "StartAt": "In",
            "States": {"In": {"Type": "Pass", "Next": "Out"}, "Out": {"Type": "Succeed"}}}, "End": true}}});
    let mut mocks = Mocks::default();
    let items: Vec<Value> = (0..100_000)
        .map(|at| json!({"id": at, "name": "an item"}))
        .collect();
    mocks.push(
        "Each",
        Answer::Return {
            output: Value::Array(items),
            after_ms: 0,
        },
    );
    measure(criterion, "100,000 items", &each, json!({"id": 1}), &mocks);
}

criterion_group! {
    name = benches;
    config = Criterion::default().with_measurement(Processor).measurement_time(Duration::from_secs(3)).warm_up_time(Duration::from_secs(1)).sample_size(10);
    targets = machines, large
}
criterion_main!(benches);
