//! The test suite of JSONata, read where there is one. It is not a part of this project, and no registry has it as it is
//! today in the repository of jsonata-js (`test/test-suite`): neither the packages of npm nor those for Python hold it. An earlier
//! state of it is in the crate `jsonata-rs`, which cargo unpacks and where it is found:
//!
//! ```sh
//! cargo info jsonata-rs@0.3.4 >/dev/null
//! cargo nextest run -p sim suite --no-capture    # JSONATA_SUITE=FOLDER for another one
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

/// What does not pass, and why. A case that is not here has to pass, and one that is here has to be there and fail.
const KNOWN: [(&str, &str); 4] = [
    (
        "groups/function-string/case002.json",
        "that crate writes 1e100; JavaScript, and the suite itself, 1e+100",
    ),
    (
        "groups/function-string/case007.json",
        "that crate writes 1e21; JavaScript, and the suite itself, 1e+21",
    ),
    (
        "skip/function-encodeUrl/case002.json",
        "half of a surrogate pair, which no text in Rust holds",
    ),
    (
        "skip/function-encodeUrlComponent/case002.json",
        "half of a surrogate pair, which no text in Rust holds",
    ),
];

/// The suite that is named, or the one that cargo has unpacked.
fn folder() -> Option<PathBuf> {
    if let Some(given) = std::env::var_os("JSONATA_SUITE") {
        return Some(PathBuf::from(given));
    }
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cargo")))?;
    let registries = std::fs::read_dir(home.join("registry/src")).ok()?;
    let mut found = registries
        .flatten()
        .map(|registry| registry.path().join("jsonata-rs-0.3.4/tests/testsuite"));
    found.find(|path| path.is_dir())
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
    passes(false);
}

/// The functions that count change nothing of what an expression gives.
#[test]
fn the_official_suite_passes_while_it_is_counted() {
    passes(true);
}

fn passes(counts: bool) {
    let Some(folder) = folder() else {
        println!("skipped: there is no suite");
        return;
    };
    let mut paths = Vec::new();
    files(&folder, &mut paths);
    paths.sort();
    let (mut passed, mut count) = (0_u32, 0_u32);
    let mut wrong = Vec::new();
    for path in &paths {
        let name = path.strip_prefix(&folder).unwrap().to_str().unwrap();
        let known = KNOWN.iter().find(|(known, _)| *known == name);
        let (all, failed) = failures(&folder, path, counts);
        count += all;
        passed += all - u32::try_from(failed.len()).unwrap();
        match (failed.first(), known) {
            (Some(_), Some((_, why))) => println!("{name}: {why}"),
            (Some(why), None) => wrong.push(format!("{name}: {why}")),
            (None, Some(_)) => wrong.push(format!("{name} passes now: it is known no more")),
            (None, None) => {}
        }
    }
    println!("JSONata suite: {passed} of {count} pass");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// How many cases a file has, and why those fail that do.
fn failures(folder: &Path, path: &Path, counts: bool) -> (u32, Vec<String>) {
    let text = std::fs::read_to_string(path).unwrap();
    let cases = match serde_json::from_str(&text) {
        Ok(Value::Array(cases)) => cases,
        Ok(one) => vec![one],
        Err(error) => return (1, vec![error.to_string()]),
    };
    // The service has no `$eval`.
    let called = |case: &&Value| {
        let text = case["expr"].as_str().unwrap_or_default();
        !text.contains("$eval(")
    };
    let cases: Vec<&Value> = cases.iter().filter(called).collect();
    let failed = cases
        .iter()
        .filter_map(|case| check(folder, path, case, counts).err());
    (u32::try_from(cases.len()).unwrap(), failed.collect())
}

fn check(folder: &Path, path: &Path, case: &Value, counts: bool) -> Result<(), String> {
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
    let code = case
        .get("code")
        .or_else(|| case.pointer("/error/code"))
        .and_then(Value::as_str);
    let bounds = Bounds {
        // Where a case has no depth of its own it may be deeper than the service allows.
        depth: number("depth").map_or(5_000, |depth| usize::try_from(depth).unwrap()),
        sequence: 10_000_000,
        // What has an end may take its time: how long depends on the machine.
        millis: number("timelimit")
            .filter(|_| code.is_some())
            .unwrap_or(BOUNDS.millis),
    };
    let result = Expression::parse(&text).and_then(|expression| {
        let mut context = Context::new();
        for (name, value) in case["bindings"].as_object().into_iter().flatten() {
            context.bind(name.clone(), convert::whole(value));
        }
        let input = data.as_ref().map_or(JValue::Undefined, convert::whole);
        expression.run(counts, context, &input, 0, &mut Random::new(0), &bounds)
    });
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
