//! What the tests share: designs of texts, their judgement, and their simulation with the answers of a test case.

use std::collections::BTreeMap;

use asl::{Definition, Format, Level};
use findings::Finding;
use serde_json::Value;
use sim::{Answer, Call, Options, Outcome, Tasks};

use super::super::*;
use crate::decide::*;
use crate::requirements::*;

/// Requirements of a text that has no error.
pub(super) fn read(text: &str) -> Requirements {
    let (requirements, problems) = crate::requirements::read(text, Format::Yaml);
    requirements.unwrap_or_else(|| panic!("{problems:#?}"))
}

/// Plain decisions, where a test is not about them.
pub(super) fn plain(requirements: &Requirements) -> Decisions {
    Decisions {
        moved: None,
        workflow: match requirements.workflow_type {
            WorkflowType::Express => Workflow::Express,
            _ => Workflow::Standard,
        },
        query_language: requirements.query_language,
        timeout: Duration(1_000),
        duplicates: Duplicates::Allowed,
        claim_check: None,
        logging: Logging {
            level: LogLevel::Error,
            data: false,
            tracing: false,
        },
        steps: BTreeMap::new(),
        list: Vec::new(),
        assumptions: Vec::new(),
    }
}

/// What is really decided; plain decisions where a workflow is refused.
pub(super) fn decided(requirements: &Requirements) -> Decisions {
    let prices = pricing::Prices::embedded().region(&requirements.regions[0]);
    let verdict = decide(requirements, &prices);
    verdict
        .decisions()
        .cloned()
        .unwrap_or_else(|| plain(requirements))
}

pub(super) fn composed(text: &str) -> (Requirements, Composed) {
    let requirements = read(text);
    let decisions = decided(&requirements);
    let composed = compose(&requirements, &decisions);
    (requirements, composed)
}

/// What AWS would not take.
pub(super) fn errors(definition: &str) -> Vec<String> {
    let parsed = Definition::parse(definition.as_bytes(), Format::Json);
    let bad = parsed
        .problems
        .iter()
        .filter(|problem| problem.level == Level::Error);
    bad.map(|problem| format!("{} {}: {}", problem.id, problem.pointer, problem.message))
        .collect()
}

/// What all rules say of a machine that was not listed.
pub(super) fn findings(composed: &Composed, machine: &ComposedMachine) -> Vec<String> {
    let name = format!("{}{}", composed.name, machine.suffix);
    let mut facts =
        facts::MachineFacts::from_file(&machine.file_name, &name, machine.definition.clone());
    facts.workflow_type = facts::Fact::Known(if machine.express {
        facts::WorkflowType::Express
    } else {
        facts::WorkflowType::Standard
    });
    let config = rules::Config {
        strictness: findings::Strictness::All,
        ..rules::Config::default()
    };
    let prices = pricing::Prices::embedded();
    let report = rules::analyze(&facts, prices, &config);
    let listed = |finding: &&Finding| {
        let state = finding.location.state.as_ref();
        composed.trade_offs.iter().any(|it| {
            let here = it.state.is_none() || it.state.as_ref() == state;
            it.rule == finding.rule && here
        })
    };
    let all = report.findings.iter().filter(|finding| !listed(finding));
    all.map(|finding| {
        format!(
            "{} {:?} {:?}: {}",
            finding.rule, finding.severity, finding.location, finding.message
        )
    })
    .collect()
}

/// Answers of a mock configuration.
struct Mocked {
    answers: BTreeMap<String, Value>,
    calls: Vec<String>,
}

impl Tasks for Mocked {
    fn answer(&mut self, call: &Call<'_>) -> Answer {
        self.calls.push(call.state.to_owned());
        let Some(all) = self.answers.get(call.state).and_then(Value::as_object) else {
            // What the cases do not name is inside of something they cannot reach.
            return Answer::Unknown;
        };
        let found = all.iter().find(|(range, _)| {
            let (from, to) = range.split_once('-').unwrap_or((range, range));
            let (from, to): (u64, u64) = (from.parse().unwrap(), to.parse().unwrap());
            (from..=to).contains(&call.before)
        });
        let answer = found.map_or_else(|| all.values().next_back().unwrap(), |(_, answer)| answer);
        if let Some(output) = answer.get("Return") {
            return Answer::Return {
                output: output.clone(),
                after_ms: 1,
            };
        }
        let throw = &answer["Throw"];
        Answer::Throw {
            error: throw["Error"].as_str().map(str::to_owned),
            cause: throw["Cause"].as_str().map(str::to_owned),
            after_ms: 1,
        }
    }
}

/// Runs the case in which nothing fails, with other answers of some states.
pub(super) fn run_with(
    requirements: &Requirements,
    composed: &Composed,
    answers: &[(&str, Value)],
) -> (Outcome, Vec<String>) {
    run_from(composed, fault_cases(requirements, composed), answers)
}

/// Runs the first case, with other answers of some states.
pub(super) fn run_from(
    composed: &Composed,
    mut cases: FaultCases,
    answers: &[(&str, Value)],
) -> (Outcome, Vec<String>) {
    let mut file: Value = serde_json::from_str(&cases.file).unwrap();
    for (state, answer) in answers {
        file["StateMachines"][&composed.name]["TestCases"]["Success"][*state] = Value::from(*state);
        file["MockedResponses"][*state] = answer.clone();
    }
    cases.file = file.to_string();
    run(composed, &cases, &cases.cases[0])
}

/// An answer that is an error each time.
pub(super) fn throws(error: &str) -> Value {
    serde_json::json!({"0-999": {"Throw": {"Error": error, "Cause": "said by a test"}}})
}

/// An answer that is this each time.
pub(super) fn returns(value: impl Into<Value>) -> Value {
    let value: Value = value.into();
    serde_json::json!({"0": {"Return": value}})
}

/// Runs a test case of a mock file; gives what happened and the Tasks in the order of their calls.
pub(super) fn run(composed: &Composed, cases: &FaultCases, case: &Case) -> (Outcome, Vec<String>) {
    let file: Value = serde_json::from_str(&cases.file).unwrap();
    let names = file["StateMachines"][&composed.name]["TestCases"][&case.name]
        .as_object()
        .unwrap();
    let answers = names.iter().map(|(state, name)| {
        let answer = file["MockedResponses"][name.as_str().unwrap()].clone();
        (state.clone(), answer)
    });
    let mut tasks = Mocked {
        answers: answers.collect(),
        calls: Vec::new(),
    };
    // As it is deployed; where a number is wanted, this is one.
    let text = composed.machines[0].substitutions.keys().fold(
        composed.machines[0].definition.clone(),
        |text, name| {
            text.replace(
                &format!("${{{name}}}"),
                &format!("1{}", "0".repeat(name.len() % 7)),
            )
        },
    );
    let definition = Definition::parse(text.as_bytes(), Format::Json);
    let mut options = Options::new(case.input.clone());
    options.express = composed.machines[0].express;
    let outcome = sim::simulate(&definition, &options, &mut tasks);
    (outcome, tasks.calls)
}
