//! Every call of a collection of real definitions, and of definitions with one known defect each, where they are at hand.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "the definitions are files beside the repository, and what is said of them is there to be read"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use catalogue::{Argument, Certainty, Problem, ProblemKind, Resource};
use serde_json::Value;

fn collection() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    if folder.join("corpus").is_dir() && folder.join("mutants").is_dir() {
        return Some(folder);
    }
    println!("skipped: there is no ../shared with corpus and mutants beside the repository");
    None
}

fn read(path: &Path) -> Option<Value> {
    serde_json::from_slice(&std::fs::read(path).ok()?).ok()
}

fn argument(value: &Value) -> Argument<'_> {
    match value {
        Value::Null => Argument::Null,
        Value::Bool(_) => Argument::Boolean,
        Value::Number(_) => Argument::Number,
        Value::String(text) => Argument::String(text),
        Value::Array(items) => Argument::Array(items.iter().map(argument).collect()),
        Value::Object(members) => Argument::Object(
            members
                .iter()
                .map(|(key, value)| (key.as_str(), argument(value)))
                .collect(),
        ),
    }
}

/// What is said of one Task.
fn judge_task(task: &Value, express: bool) -> Vec<Problem> {
    let Some(text) = task["Resource"].as_str() else {
        return Vec::new();
    };
    let resource = match Resource::parse(text) {
        Ok(resource) => resource,
        Err(problem) => return vec![problem],
    };
    let mut problems = resource.problems(express);
    for given in ["Parameters", "Arguments"] {
        problems.extend(resource.argument_problems(&argument(&task[given])));
    }
    let rules = ["Retry", "Catch"]
        .into_iter()
        .filter_map(|field| task[field].as_array());
    for rule in rules.flatten() {
        let names = rule["ErrorEquals"].as_array().into_iter().flatten();
        problems.extend(names.filter_map(|name| resource.error_problem(name.as_str()?)));
    }
    problems
}

/// Every Task below a value with its name, in states only: what a workflow carries as data is nobody's Task.
fn named_tasks<'a>(value: &'a Value, found: &mut Vec<(&'a str, &'a Value)>) {
    for (name, state) in value["States"].as_object().into_iter().flatten() {
        if state["Type"] == "Task" {
            found.push((name, state));
        }
        for inner in ["Iterator", "ItemProcessor"] {
            named_tasks(&state[inner], found);
        }
        for branch in state["Branches"].as_array().into_iter().flatten() {
            named_tasks(branch, found);
        }
    }
}

fn tasks(value: &Value) -> Vec<&Value> {
    let mut found = Vec::new();
    named_tasks(value, &mut found);
    found.into_iter().map(|(_, task)| task).collect()
}

fn judge(definition: &Value, express: bool) -> Vec<(String, Problem)> {
    tasks(definition)
        .into_iter()
        .flat_map(|task| {
            let resource = task["Resource"].as_str().unwrap_or_default();
            judge_task(task, express)
                .into_iter()
                .map(|problem| (resource.to_owned(), problem))
        })
        .collect()
}

#[test]
fn valid_definitions_are_not_complained_of() {
    let Some(folder) = collection() else { return };
    let controls = folder.join("mutants/controls");
    for row in read(&controls.join("manifest.json"))
        .unwrap()
        .as_array()
        .unwrap()
    {
        let file = row["file"].as_str().unwrap();
        let definition = read(&controls.join(file)).unwrap();
        assert_eq!(judge(&definition, row["type"] == "EXPRESS"), [], "{file}");
    }
}

#[test]
fn defects_of_calls_are_found() {
    let Some(folder) = collection() else { return };
    for (file, resource, said) in [
        (
            "045-arn-no-account.json",
            "arn:aws:lambda:us-east-1:function:validate",
            "the ARN is malformed: it lacks the account or the Region",
        ),
        (
            "046-arn-typo-service.json",
            "arn:aws:state:::aws-sdk:dynamodb:putItem",
            "the ARN is one of `state`: a task calls `states` integrations, activities and Lambda functions",
        ),
        (
            "049-sdk-sync.json",
            "arn:aws:states:::aws-sdk:dynamodb:putItem.sync",
            "`aws-sdk:dynamodb:putItem` cannot be used with `.sync`",
        ),
        (
            "050-sdk-action-casing.json",
            "arn:aws:states:::aws-sdk:dynamodb:PutItem",
            "the action `PutItem` is spelled `putItem`",
        ),
        (
            "051-sdk-unknown-action.json",
            "arn:aws:states:::aws-sdk:dynamodb:insertItem",
            "there is no action `dynamodb:insertItem`; it may be newer than what is known here",
        ),
        (
            "052-sdk-unknown-service.json",
            "arn:aws:states:::aws-sdk:dynamo:putItem",
            "no service is called `dynamo`; did you mean `dynamodb`?; it may be newer than what is known here",
        ),
        (
            "053-sdk-missing-required.json",
            "arn:aws:states:::aws-sdk:dynamodb:putItem",
            "the required parameter `TableName` is missing",
        ),
        (
            "054-sdk-param-casing.json",
            "arn:aws:states:::aws-sdk:dynamodb:putItem",
            "the parameter `tableName` is spelled `TableName`",
        ),
    ] {
        let definition = read(&folder.join("mutants").join(file)).unwrap();
        let found: Vec<(String, String)> = judge(&definition, false)
            .into_iter()
            .map(|(resource, problem)| (resource, problem.to_string()))
            .collect();
        assert_eq!(found, [(resource.to_owned(), said.to_owned())], "{file}");
    }
}

/// What AWS has accepted and run: nothing in it is certainly wrong, and no error that it has raised is said never to come.
#[test]
fn recorded_executions() {
    let Some(folder) = collection() else { return };
    let Ok(files) = std::fs::read_dir(folder.join("conformance")) else {
        println!("skipped: there is no ../shared/conformance beside the repository");
        return;
    };
    let (mut cases, mut errors) = (0, 0);
    for file in files {
        let all = read(&file.unwrap().path());
        let accepted =
            |case: &&Value| case["aws_validated"] == true && case["definition"].is_object();
        for case in all
            .iter()
            .filter_map(Value::as_array)
            .flatten()
            .filter(accepted)
        {
            cases += 1;
            let name = case["name"].as_str().unwrap_or_default();
            let definition = &case["definition"];
            for (resource, problem) in judge(definition, case["type"] == "EXPRESS") {
                // Some of them catch what never comes; and some ARNs have been taken out of the recordings.
                println!(
                    "{:?} {name} {resource} {:?} {problem}",
                    problem.certainty, problem.place
                );
                let of_names = matches!(
                    problem.kind,
                    ProblemKind::ErrorPrefix { .. }
                        | ProblemKind::ErrorSpelling { .. }
                        | ProblemKind::NotAnArn
                );
                assert!(
                    of_names || problem.certainty == Certainty::Probable,
                    "{name}: {problem}"
                );
            }
            let mut states = Vec::new();
            named_tasks(definition, &mut states);
            for (state, task) in states {
                let attempts = case["mocks"][state].as_array().into_iter().flatten();
                for error in attempts.filter_map(|attempt| attempt["error"].as_str()) {
                    errors += 1;
                    let resource = Resource::parse(task["Resource"].as_str().unwrap_or_default());
                    let problem = resource
                        .ok()
                        .and_then(|resource| resource.error_problem(error));
                    assert_eq!(problem, None, "{name}: {error}");
                }
            }
        }
    }
    println!("{cases} executions, {errors} errors");
}

/// Nothing that people run is called wrong in its service, action, pattern or parameters. What remains has been looked at: text that
/// is no ARN, and error names that never match. All of it is printed.
#[test]
fn real_definitions() {
    let Some(folder) = collection() else { return };
    let manifest = std::fs::read_to_string(folder.join("corpus/manifest.jsonl")).unwrap();
    let mut said: BTreeMap<String, usize> = BTreeMap::new();
    let (mut definitions, mut calls) = (0, 0);
    for row in manifest.lines() {
        let row: Value = serde_json::from_str(row).unwrap();
        let (file, origin) = (
            row["file"].as_str().unwrap(),
            row["origin"].as_str().unwrap(),
        );
        let Some(definition) = read(&folder.join("corpus/definitions").join(file)) else {
            continue;
        };
        definitions += 1;
        calls += tasks(&definition).len();
        for (resource, problem) in judge(&definition, row["type"] == "EXPRESS") {
            let certain = problem.certainty == Certainty::Certain;
            let expected = matches!(
                problem.kind,
                ProblemKind::NotAnArn
                    | ProblemKind::BadArn(_)
                    | ProblemKind::ErrorPrefix { .. }
                    | ProblemKind::ErrorSpelling { .. }
            );
            assert!(
                !certain || expected || origin == "fixture",
                "{file}: {resource}: {problem}"
            );
            let sure = if certain { "certain" } else { "probable" };
            let line = format!("{sure} {origin} {resource} {:?} {problem}", problem.place);
            *said.entry(line).or_default() += 1;
        }
    }
    println!("{definitions} definitions, {calls} tasks");
    for (line, count) in said {
        println!("{count:4} {line}");
    }
}
