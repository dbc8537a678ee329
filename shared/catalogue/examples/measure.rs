//! What it costs to ask: `cargo run --release -p catalogue --example measure`.
#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "it measures and prints"
)]

use std::hint::black_box;
use std::time::Instant;

use catalogue::{Argument, Resource, integration, service, services};

fn timed<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = black_box(work());
    println!("{:>10.1} us  {what}", start.elapsed().as_secs_f64() * 1e6);
    result
}

fn main() {
    timed("the index: is there a service `dynamodb`?", || {
        service("dynamodb")
    });
    timed("the integrations: is there `sns:publish`?", || {
        integration("sns:publish")
    });
    timed("the names and the service dynamodb: its actions", || {
        service("dynamodb").map(|service| service.actions().count())
    });
    timed("the service ec2, the largest", || {
        service("ec2").map(|service| service.actions().count())
    });
    timed("the service s3", || {
        service("s3").map(|service| service.actions().count())
    });
    let text = "arn:aws:states:::aws-sdk:dynamodb:putItem";
    let given = Argument::Object(vec![
        ("TableName", Argument::String("orders")),
        ("Item", Argument::Object(Vec::new())),
    ]);
    timed(
        "10,000 calls parsed and judged with their parameters",
        || {
            (0..10_000)
                .filter_map(|_| Resource::parse(black_box(text)).ok())
                .map(|resource| {
                    resource.problems(false).len() + resource.argument_problems(&given).len()
                })
                .sum::<usize>()
        },
    );
    let misspelt = "arn:aws:states:::aws-sdk:dynmaodb:putItem";
    timed("a service that does not exist, with the nearest", || {
        Resource::parse(misspelt).map(|resource| resource.problems(false))
    })
    .ok();
    timed("all services", || {
        services()
            .map(|service| service.actions().count())
            .sum::<usize>()
    });
}
