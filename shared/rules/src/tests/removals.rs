//! What an execution does stays the same when a state is removed: small machines of every shape are run before and after,
//! by an interpreter that knows nothing of the model that the rule works on.

use std::collections::{BTreeMap, BTreeSet};

use facts::{Fact, MachineFacts};
use findings::{FixKind, MachineReport};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::by;
use super::examples::fixed;
use super::machines::base;
use crate::rule;

/// One state of a random machine, before names are given to its targets.
#[derive(Clone, Debug)]
enum Made {
    /// A Task that fails where its switch is on; then its catcher leads on, or the execution fails.
    Task {
        next: Option<usize>,
        caught: Option<usize>,
        fails: Option<usize>,
    },
    /// A Pass that does nothing, or that sets a literal output, or throws it away.
    Pass {
        next: Option<usize>,
        result: Option<u8>,
        path: Option<Value>,
    },
    /// A Pass that assigns a literal, or what another variable holds.
    Assign {
        next: Option<usize>,
        name: usize,
        from: Option<usize>,
    },
    Wait {
        next: Option<usize>,
        seconds: u8,
        assigns: Option<usize>,
    },
    /// A rule for each switch that is on or off.
    Choice {
        rules: Vec<(usize, bool, usize)>,
        default: Option<usize>,
    },
    Succeed,
    Fail,
}

const SWITCHES: usize = 3;
const VARIABLES: usize = 2;

/// A state that leads to the one after it more often than elsewhere.
fn made(index: usize, states: usize) -> impl Strategy<Value = Made> {
    let after = (index + 1) % states;
    let target = move || prop_oneof![2 => Just(after), 1 => 0..states];
    let on = move || prop::option::weighted(0.9, target());
    let chosen = move || (0..SWITCHES, any::<bool>(), target());
    prop_oneof![
        3 => (on(), prop::option::weighted(0.3, target()), prop::option::weighted(0.4, 0..SWITCHES))
            .prop_map(|(next, caught, fails)| Made::Task { next, caught, fails }),
        4 => (on(), prop::option::weighted(0.3, any::<u8>()), prop::option::weighted(0.3, prop_oneof![Just(json!(null)), Just(json!("$"))]))
            .prop_map(|(next, result, path)| Made::Pass { next, result, path }),
        2 => (on(), 0..VARIABLES, prop::option::of(0..VARIABLES)).prop_map(|(next, name, from)| Made::Assign { next, name, from }),
        2 => (on(), 0..2_u8, prop::option::weighted(0.3, 0..VARIABLES)).prop_map(|(next, seconds, assigns)| Made::Wait { next, seconds, assigns }),
        4 => (vec(chosen(), 1..3), prop::option::weighted(0.9, target())).prop_map(|(rules, default)| Made::Choice { rules, default }),
        1 => Just(Made::Succeed),
        1 => Just(Made::Fail),
    ]
}

fn name(index: usize) -> String {
    format!("S{index}")
}

fn lead(state: &mut Value, next: Option<usize>) {
    match next {
        Some(next) => state["Next"] = json!(name(next)),
        None => state["End"] = json!(true),
    }
}

fn written(index: usize, made: &Made) -> Value {
    let mut state = match made {
        Made::Task { .. } => {
            json!({"Type": "Task", "Resource": format!("arn:aws:states:::sqs:{index}"), "ResultPath": null})
        }
        Made::Pass { result: None, .. } | Made::Assign { .. } => json!({"Type": "Pass"}),
        Made::Pass {
            result: Some(result),
            ..
        } => json!({"Type": "Pass", "Result": result}),
        Made::Wait { seconds, .. } => json!({"Type": "Wait", "Seconds": seconds}),
        Made::Choice { rules, default } => {
            let rule = |(switch, on, next): &(usize, bool, usize)| json!({"Variable": format!("$.s{switch}"), "BooleanEquals": on, "Next": name(*next)});
            let mut state =
                json!({"Type": "Choice", "Choices": rules.iter().map(rule).collect::<Vec<_>>()});
            if let Some(default) = default {
                state["Default"] = json!(name(*default));
            }
            state
        }
        Made::Succeed => json!({"Type": "Succeed"}),
        Made::Fail => json!({"Type": "Fail", "Error": format!("E{index}")}),
    };
    match made {
        Made::Task {
            next,
            caught,
            fails,
        } => {
            lead(&mut state, *next);
            if let Some(caught) = caught {
                state["Catch"] = json!([{"ErrorEquals": ["States.ALL"], "ResultPath": null, "Next": name(*caught)}]);
            }
            if let Some(switch) = fails {
                state["Comment"] = json!(format!("s{switch}"));
            }
        }
        Made::Assign { next, name, from } => {
            lead(&mut state, *next);
            state["Assign"] = match from {
                Some(from) => json!({format!("v{name}.$"): format!("$v{from}")}),
                None => json!({format!("v{name}"): index}),
            };
        }
        Made::Wait { next, assigns, .. } => {
            lead(&mut state, *next);
            if let Some(variable) = assigns {
                state["Assign"] = json!({format!("v{variable}"): index});
            }
        }
        Made::Pass { next, path, .. } => {
            lead(&mut state, *next);
            if let Some(path) = path {
                state["ResultPath"] = path.clone();
            }
        }
        Made::Choice { .. } | Made::Succeed | Made::Fail => {}
    }
    state
}

/// A scope of random states, alone, in a branch or in a Map, on one line or on many.
fn machine() -> impl Strategy<Value = (Value, usize)> {
    let states = (2..9_usize).prop_flat_map(|count| {
        let all: Vec<_> = (0..count).map(|index| made(index, count)).collect();
        (all, prop_oneof![4 => Just(0), 1 => 0..count])
    });
    (states, 0..3_usize).prop_map(|((states, start), depth)| {
        let states: Map<String, Value> = states
            .iter()
            .enumerate()
            .map(|(index, made)| (name(index), written(index, made)))
            .collect();
        (json!({"StartAt": name(start), "States": states}), depth)
    })
}

fn nested(scope: &Value, depth: usize) -> Value {
    match depth {
        0 => scope.clone(),
        1 => {
            json!({"StartAt": "Both", "States": {"Both": {"Type": "Parallel", "Branches": [scope, {"StartAt": "Other", "States": {"Other": {"Type": "Succeed"}}}], "End": true}}})
        }
        _ => {
            json!({"StartAt": "Each", "States": {"Each": {"Type": "Map", "ItemProcessor": scope, "End": true}}})
        }
    }
}

fn scope_of(machine: &Value, depth: usize) -> &Value {
    match depth {
        0 => machine,
        1 => &machine["States"]["Both"]["Branches"][0],
        _ => &machine["States"]["Each"]["ItemProcessor"],
    }
}

/// What can be seen of one run: each Task with its input and the variables it could read, and how it ended.
#[derive(Debug, PartialEq)]
struct Run {
    seen: Vec<(String, Value, BTreeMap<String, Value>)>,
    end: String,
}

/// Steps after which a run is cut off; what it did until then is compared.
const STEPS: usize = 60;

/// Runs one scope with the switches set so. Answers how many states were entered, too.
fn run(scope: &Value, switches: usize) -> (Run, usize) {
    let is_on = |switch: &str| switches >> switch[1..].parse::<usize>().unwrap() & 1 == 1;
    let mut run = Run {
        seen: Vec::new(),
        end: "cut off".to_owned(),
    };
    let (mut data, mut variables) = (json!("input"), BTreeMap::new());
    let mut at = scope["StartAt"].as_str().unwrap().to_owned();
    for entered in 1..=STEPS {
        let state = &scope["States"][&at];
        let mut next = state["Next"].as_str();
        match state["Type"].as_str().unwrap() {
            "Task" => {
                run.seen.push((
                    state["Resource"].to_string(),
                    data.clone(),
                    variables.clone(),
                ));
                if state["Comment"].as_str().is_some_and(is_on) {
                    let Some(caught) = state["Catch"][0]["Next"].as_str() else {
                        run.end = format!("failed in {}", state["Resource"]);
                        return (run, entered);
                    };
                    next = Some(caught);
                }
            }
            "Pass"
                if state.get("Result").is_some()
                    && !state.get("ResultPath").is_some_and(Value::is_null) =>
            {
                data = state["Result"].clone();
            }
            "Choice" => {
                let matches = |rule: &&Value| {
                    is_on(
                        rule["Variable"]
                            .as_str()
                            .unwrap()
                            .rsplit('.')
                            .next()
                            .unwrap(),
                    ) == rule["BooleanEquals"]
                };
                let rule = state["Choices"].as_array().unwrap().iter().find(matches);
                next = rule
                    .map_or(&state["Default"], |rule| &rule["Next"])
                    .as_str();
                if next.is_none() {
                    run.end = "no choice matched".to_owned();
                    return (run, entered);
                }
            }
            "Fail" => {
                run.end = format!("{}", state["Error"]);
                return (run, entered);
            }
            _ => {}
        }
        // Every expression sees the values from before the state.
        let before = variables.clone();
        for (name, value) in state["Assign"].as_object().into_iter().flatten() {
            let value = value.as_str().map_or(value.clone(), |from| {
                before.get(&from[1..]).cloned().unwrap_or(Value::Null)
            });
            variables.insert(name.trim_end_matches(".$").to_owned(), value);
        }
        let Some(next) = next else {
            run.end = format!("succeeded with {data}");
            return (run, entered);
        };
        next.clone_into(&mut at);
    }
    (run, STEPS)
}

/// True where the new one does the same, as far as the old one was run.
fn same(old: &Run, new: &Run) -> bool {
    if old.end == "cut off" {
        new.seen.starts_with(&old.seen)
    } else {
        old == new
    }
}

/// How many states lead to themselves.
fn circles(scope: &Value) -> usize {
    let targets = |state: &Value| {
        let rules = state["Choices"]
            .as_array()
            .into_iter()
            .chain(state["Catch"].as_array())
            .flatten();
        let own: Vec<Value> = rules
            .chain([state])
            .flat_map(|from| [from["Next"].clone(), from["Default"].clone()])
            .collect();
        own
    };
    scope["States"]
        .as_object()
        .unwrap()
        .iter()
        .filter(|(name, state)| targets(state).iter().any(|target| target == name.as_str()))
        .count()
}

fn judged(text: String) -> (MachineFacts, MachineReport) {
    let facts = MachineFacts {
        definition: Fact::Known(text),
        ..base()
    };
    let report = by(rule("removable-transition").unwrap(), &facts);
    (facts, report)
}

/// Fingerprints of what the rule says.
fn advice(report: &MachineReport) -> BTreeSet<String> {
    let found = report.findings.iter();
    found
        .filter(|finding| finding.rule == "removable-transition")
        .map(|finding| finding.fingerprint.clone())
        .collect()
}

/// How many errors of the language there are.
fn errors(report: &MachineReport) -> usize {
    let found = report.findings.iter();
    found
        .filter(|finding| finding.level() == findings::Level::Error)
        .count()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn removing_a_state_changes_nothing_else((scope, depth) in machine(), lines in any::<bool>()) {
        let whole = nested(&scope, depth);
        let text = if lines { serde_json::to_string_pretty(&whole).unwrap() } else { whole.to_string() };
        let (mut facts, mut report) = judged(text);
        // As many times as there are states, so that fixes on top of fixes are seen too.
        for _ in 0..8 {
            let before: Value = serde_json::from_str(facts.definition.known().unwrap()).unwrap();
            let mut next = None;
            for finding in &report.findings {
                let Some(fix) = finding.fix.as_ref().filter(|fix| matches!(fix.kind, FixKind::Edits(_))) else { continue };
                let after = fixed(&facts, fix).unwrap();
                let value: Value = serde_json::from_str(after.definition.known().unwrap()).unwrap();
                for switches in 0..1 << SWITCHES {
                    let (old, entered) = run(scope_of(&before, depth), switches);
                    let (new, enters) = run(scope_of(&value, depth), switches);
                    prop_assert!(same(&old, &new), "{}\n{before:#}\n{value:#}\n{old:?}\n{new:?}", finding.message);
                    prop_assert!(enters <= entered, "{}: {entered} transitions became {enters}", finding.message);
                }
                prop_assert!(circles(scope_of(&value, depth)) <= circles(scope_of(&before, depth)), "{}\n{before:#}", finding.message);
                let (after, again) = judged(after.definition.known().unwrap().clone());
                // What moves to another state is told of there: problems are counted, advice is the same.
                let (mut known, told) = (advice(&report), advice(&again));
                known.remove(&finding.fingerprint);
                prop_assert!(errors(&again) <= errors(&report), "{}\n{before:#}", finding.message);
                prop_assert!(told.is_subset(&known), "{} brings {:?}\n{before:#}", finding.message, again.findings.iter().map(|found| &found.message).collect::<Vec<_>>());
                next = Some((after, again));
            }
            match next {
                Some(next) => (facts, report) = next,
                None => break,
            }
        }
    }
}
