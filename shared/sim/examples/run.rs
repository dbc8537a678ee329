//! Runs cases of a file and prints how each ends: `run FILE [PASSES]`, JSON in and out.
//!
//! A case has `definition`, `input`, `mocks` (what each attempt of a Task is answered: `output`, or `error` and `cause`), and
//! may have `id` and `type`. With PASSES all of them are run that often, and what the last pass gave is printed.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "an example that reads a file"
)]

use std::io::{Error, Write};

use asl::{Definition, Format};
use mimalloc::MiMalloc;
use serde_json::{Value, json};
use sim::{Answer, Limits, Mocks, Options, Outcome, simulate};

/// The one that the command has.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> Result<(), Error> {
    let mut arguments = std::env::args().skip(1);
    let file = arguments
        .next()
        .ok_or_else(|| Error::other("give the file with the cases, and how often to run them"))?;
    let passes: u64 = match arguments.next() {
        Some(passes) => passes.parse().map_err(Error::other)?,
        None => 1,
    };
    let mut cases: Value = serde_json::from_str(&std::fs::read_to_string(file)?)?;
    if cases.is_object() {
        cases = Value::Array(vec![cases]);
    }
    let Value::Array(cases) = cases else {
        return Err(Error::other(
            "the file has neither a case nor a list of cases",
        ));
    };
    let cases: Vec<Case> = cases.into_iter().map(|case| Case::of(&case)).collect();
    let mut told = Vec::new();
    for pass in 1..=passes {
        for case in &cases {
            let outcome = case.run();
            if pass == passes {
                told.push(told_of(case, &outcome));
            }
        }
    }
    writeln!(std::io::stdout().lock(), "{}", Value::Array(told))
}

struct Case {
    id: String,
    definition: String,
    options: Options,
    mocks: Mocks,
}

impl Case {
    fn of(case: &Value) -> Self {
        let text = |name: &str| case[name].as_str().unwrap_or_default().to_owned();
        let mut options = Options::new(case["input"].clone());
        options.express = text("type") == "EXPRESS";
        options.limits = Limits {
            steps: 10_000_000,
            ..Limits::default()
        };
        let mut mocks = Mocks::default();
        for (state, answers) in case["mocks"].as_object().into_iter().flatten() {
            for answer in answers.as_array().into_iter().flatten() {
                mocks.push(state, self::answer(answer));
            }
        }
        Self {
            id: text("id"),
            definition: case["definition"].to_string(),
            options,
            mocks,
        }
    }

    fn run(&self) -> Outcome {
        let definition = Definition::parse(self.definition.as_bytes(), Format::Json);
        simulate(&definition, &self.options, &mut self.mocks.clone())
    }
}

fn answer(answer: &Value) -> Answer {
    let text = |name: &str| answer[name].as_str().map(str::to_owned);
    match answer.get("output") {
        Some(output) => Answer::Return {
            output: output.clone(),
            after_ms: 0,
        },
        None => Answer::Throw {
            error: text("error"),
            cause: text("cause"),
            after_ms: 0,
        },
    }
}

fn told_of(case: &Case, outcome: &Outcome) -> Value {
    json!({
        "id": case.id,
        "status": outcome.status.as_str(),
        "output": outcome.output,
        "error": outcome.error,
        "cause": outcome.cause,
        "entered": outcome.entered().collect::<Vec<_>>(),
        "transitions": outcome.transitions,
        "virtual_seconds": outcome.virtual_ms / 1_000,
        "events": outcome.events.len(),
    })
}
