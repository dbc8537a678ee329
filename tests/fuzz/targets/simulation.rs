//! Any definition with any input and any answers: an end within the limits, and the same one again.
#![no_main]

use asl::{Definition, Format};
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};
use sim::{Answer, Call, Limits, Options, Tasks, simulate};

/// Answers by what is called and how often: the input, a small object, an error, nothing.
struct Any;

impl Tasks for Any {
    fn answer(&mut self, call: &Call<'_>) -> Answer {
        let turn = call.before + call.state.len() as u64;
        match turn % 5 {
            0 => Answer::Throw {
                error: Some("Busy".to_owned()),
                cause: Some("because".to_owned()),
                after_ms: 10,
            },
            1 => Answer::Never,
            2 => Answer::Return {
                output: json!({"Payload": [1, "two", null]}),
                after_ms: 1_000,
            },
            _ => Answer::Return {
                output: call.input.clone(),
                after_ms: 0,
            },
        }
    }
}

fuzz_target!(|text: &str| {
    // The input stands behind the definition, where there is one.
    let (definition, input) = text.split_once("\u{1}").unwrap_or((text, "{}"));
    let definition = Definition::parse(definition.as_bytes(), Format::Json);
    let input: Value = serde_json::from_str(input).unwrap_or(Value::Null);
    for express in [false, true] {
        let mut options = Options::new(input.clone());
        options.express = express;
        options.limits = Limits {
            steps: 500,
            events: 300,
            depth: 12,
            ..Limits::default()
        };
        let once = simulate(&definition, &options, &mut Any);
        assert!(once.events.len() <= 1_000, "{} events", once.events.len());
        let ids = once.events.iter().map(|event| event.id);
        assert!(
            ids.eq(1..=once.events.len() as u64),
            "ids follow each other"
        );
        assert_eq!(once, simulate(&definition, &options, &mut Any));
    }
});
