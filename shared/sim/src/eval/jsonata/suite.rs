//! The test suite of JSONata, read where there is one. It is not a part of this project; it stands in the repository of
//! jsonata-js (`test/test-suite`), and an earlier state of it in the crate `jsonata-rs`, which cargo unpacks:
//!
//! ```sh
//! cargo info jsonata-rs@0.3.4 >/dev/null   # or `cargo fetch` in a package that depends on it
//! JSONATA_SUITE=~/.cargo/registry/src/*/jsonata-rs-0.3.4/tests/testsuite cargo nextest run -p sim suite --no-capture
//! ```

#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "reads the suite, and tells how much of it passes"
)]

use std::path::{Path, PathBuf};

use jsonata_core::evaluator::Context;
use jsonata_core::value::JValue;
use serde_json::Value;

use super::{BOUNDS, Bounds, Expression, QueryError, convert};
use crate::eval::Random;

fn folder() -> Option<PathBuf> {
    let given = std::env::var("JSONATA_SUITE").ok().map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/jsonata");
    given.into_iter().chain([beside]).find(|path| path.is_dir())
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            if path.file_name().is_none_or(|name| name != "datasets") {
                files(&path, found);
            }
        } else if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            found.push(path);
        }
    }
}

#[test]
fn the_official_suite_passes() {
    let Some(folder) = folder() else {
        println!("skipped: JSONATA_SUITE names no folder with the suite");
        return;
    };
    let mut paths = Vec::new();
    files(&folder, &mut paths);
    paths.sort();
    let (mut passed, mut count) = (0_u32, 0_u32);
    for path in &paths {
        let Ok(Ok(cases)) = std::fs::read_to_string(path).map(|text| serde_json::from_str(&text))
        else {
            // Surrogates without their other half, which JSON in Rust cannot hold.
            count += 1;
            println!("{}: cannot be read", path.display());
            continue;
        };
        let cases = match cases {
            Value::Array(cases) => cases,
            one => vec![one],
        };
        // The service has no `$eval`.
        let called = |case: &Value| {
            case["expr"]
                .as_str()
                .is_some_and(|text| text.contains("$eval("))
        };
        for case in cases.into_iter().filter(|case| !called(case)) {
            count += 1;
            match check(&folder, path, &case) {
                Ok(()) => passed += 1,
                Err(why) => println!("{}: {why}", path.strip_prefix(&folder).unwrap().display()),
            }
        }
    }
    println!("JSONata suite: {passed} of {count} pass");
    assert!(passed * 1000 >= count * 995, "{passed} of {count} pass");
}

fn check(folder: &Path, path: &Path, case: &Value) -> Result<(), String> {
    let text = match case.get("expr-file").and_then(Value::as_str) {
        Some(file) => {
            std::fs::read_to_string(path.with_file_name(file)).map_err(|error| error.to_string())?
        }
        None => case["expr"].as_str().unwrap_or_default().to_owned(),
    };
    let data = match case.get("dataset").and_then(Value::as_str) {
        Some(name) => {
            let file = folder.join("datasets").join(format!("{name}.json"));
            let text = std::fs::read_to_string(file).map_err(|error| error.to_string())?;
            Some(serde_json::from_str(&text).map_err(|error| error.to_string())?)
        }
        None => case.get("data").cloned(),
    };
    let number = |name: &str| case.get(name).and_then(Value::as_u64);
    let bounds = Bounds {
        // Where a case has no depth of its own it may be deeper than the service allows.
        depth: number("depth").map_or(5_000, |depth| usize::try_from(depth).unwrap()),
        sequence: 10_000_000,
        millis: number("timelimit").unwrap_or(BOUNDS.millis),
    };
    let result = Expression::parse(&text).and_then(|expression| {
        let mut context = Context::new();
        for (name, value) in case["bindings"].as_object().into_iter().flatten() {
            context.bind(name.clone(), convert::whole(value));
        }
        let input = data.as_ref().map_or(JValue::Undefined, convert::whole);
        let counts = std::env::var_os("JSONATA_COUNTING").is_some();
        expression.run(counts, context, &input, 0, &mut Random::new(0), &bounds)
    });
    let code = case
        .get("code")
        .or_else(|| case.pointer("/error/code"))
        .and_then(Value::as_str);
    match (result, code) {
        (Err(QueryError::Threw(_)), Some("U1001" | "D1011" | "D1012" | "D2014")) => Ok(()),
        (Err(QueryError::Threw(tail)), Some(code)) if tail.contains(code) => Ok(()),
        (Err(error), Some(code)) => Err(format!("{code} expected, got {error}: {text}")),
        (Err(_), None) if case.get("error").is_some() => Ok(()),
        (Err(error), None) => Err(format!("{error}: {text}")),
        (Ok(value), Some(code)) => Err(format!("{code} expected, got {value:?}: {text}")),
        (Ok(None), None) if case.get("undefinedResult").is_some() => Ok(()),
        (Ok(Some(_)), None) if case.get("result_re").is_some() => Ok(()),
        (Ok(value), None) => {
            let unordered = case.get("unordered").is_some();
            let expected = case.get("result").map(|value| comparable(value, unordered));
            let value = value.map(|value| comparable(&value, unordered));
            if expected == value {
                Ok(())
            } else {
                Err(format!("{expected:?} expected, got {value:?}: {text}"))
            }
        }
    }
}

/// Numbers as the module writes them and to 13 digits, for copies of the suite round them, and items in order where the
/// order does not count.
fn comparable(value: &Value, unordered: bool) -> Value {
    let mut value = rounded(&convert::plain(value));
    if let (true, Value::Array(items)) = (unordered, &mut value) {
        items.sort_by_key(ToString::to_string);
    }
    value
}

fn rounded(value: &Value) -> Value {
    match value {
        Value::Number(number) if number.is_f64() => {
            Value::from(format!("{:.12e}", number.as_f64().unwrap()))
        }
        Value::Array(items) => items.iter().map(rounded).collect(),
        Value::Object(members) => {
            let members = members.iter();
            Value::Object(
                members
                    .map(|(name, value)| (name.clone(), rounded(value)))
                    .collect(),
            )
        }
        other => other.clone(),
    }
}
