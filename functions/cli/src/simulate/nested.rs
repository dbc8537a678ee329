//! Executions that a Task starts and waits for (`startExecution.sync`), of state machines that are in the same files.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use asl::Level;
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use sim::{Answer, Call, Limits, MockFile, Options, Outcome, Status, simulate};

use super::machine::Machine;
use super::mocks::{Answers, Case};

/// Executions inside of each other that are run: a state machine may start itself.
const DEEPEST: usize = 4;

/// What can be started, and how it is run.
#[derive(Clone)]
pub(super) struct Nested<'m> {
    pub(super) machines: &'m [Machine],
    /// Where the mocks of children are looked for, and in which case.
    pub(super) mocks: Option<(Rc<MockFile>, String)>,
    pub(super) start: Timestamp,
    pub(super) seed: u64,
    pub(super) strict: bool,
    /// Executions around it.
    depth: usize,
    /// What all of them together may still do.
    steps: Rc<Cell<u64>>,
    told: Rc<RefCell<Vec<Told>>>,
}

/// Executions that a state started of a state machine.
#[derive(Clone)]
struct Told {
    state: String,
    machine: String,
    runs: u64,
    transitions: u64,
    /// Answers in them that were invented.
    invented: u64,
    /// Why it was not run, or not to its end.
    why: Option<String>,
}

impl<'m> Nested<'m> {
    pub(super) fn of(
        machines: &'m [Machine],
        mocks: Option<(Rc<MockFile>, String)>,
        start: Timestamp,
        (seed, strict): (u64, bool),
    ) -> Self {
        Self {
            machines,
            mocks,
            start,
            seed,
            strict,
            depth: 0,
            steps: Rc::new(Cell::new(Limits::default().steps)),
            told: Rc::default(),
        }
    }

    /// What a reader must know of the executions that were started.
    pub(super) fn notes(&self) -> Vec<String> {
        let all = self.told.borrow();
        let told = all.iter().map(|told| {
            let Told { state, machine, .. } = told;
            if let Some(why) = &told.why {
                return format!("`{state}` starts `{machine}`, {why}");
            }
            let runs = match told.runs {
                1 => "once".to_owned(),
                runs => format!("{runs} times"),
            };
            let invented = match told.invented {
                0 => String::new(),
                1 => "; 1 answer in it was invented".to_owned(),
                many => format!("; {many} answers in it were invented"),
            };
            format!(
                "`{state}` ran `{machine}` of these files {runs}, with {} transitions that are a bill of its own{invented}",
                told.transitions
            )
        });
        told.collect()
    }

    /// The answer to a call that starts a state machine that is known, and waits for its end.
    pub(super) fn answer(&self, call: &Call<'_>) -> Option<Answer> {
        let is_text = call.resource.ends_with(":states:startExecution.sync");
        if !is_text && !call.resource.ends_with(":states:startExecution.sync:2") {
            return None;
        }
        let arn = call.input.get("StateMachineArn")?.as_str()?;
        let machine = self.find(arn)?;
        let broken = |machine: &Machine| {
            let mut problems = machine.definition.problems.iter();
            problems.any(|problem| problem.level == Level::Error)
        };
        let left = self.steps.get();
        let why = if machine.express {
            // It has no status to ask for.
            Some("which is Express: AWS cannot wait for it, and it is not run")
        } else if broken(machine) {
            Some("which AWS would refuse: it is not run")
        } else if self.depth >= DEEPEST {
            Some("inside of too many others: it is not run")
        } else if left == 0 {
            Some("after too many steps of others: it is not run")
        } else {
            None
        };
        if let Some(why) = why {
            self.tell(call, machine, (0, 0), Some(why.to_owned()));
            return None;
        }
        let input = input_of(call.input.get("Input"));
        let mut answers = self.answers(machine);
        let options = Options {
            start: self.start,
            seed: self.seed,
            payloads: false,
            limits: Limits {
                steps: left,
                ..Limits::default()
            },
            ..Options::new(input.clone())
        };
        let outcome = simulate(&machine.definition, &options, &mut answers);
        self.steps.set(left.saturating_sub(outcome.transitions));
        if outcome.status == Status::Stopped {
            let why = outcome.cause.as_deref().unwrap_or_default();
            self.tell(
                call,
                machine,
                (0, 0),
                Some(format!("which was stopped: {why}")),
            );
            return Some(Answer::Unknown);
        }
        self.tell(
            call,
            machine,
            (outcome.transitions, answers.invented()),
            None,
        );
        Some(self.answered(arn, call, &input, &outcome, is_text))
    }

    /// What answers the Tasks of a child.
    fn answers(&self, machine: &'m Machine) -> Answers<'m> {
        let case = self.mocks.as_ref().and_then(|(file, case)| {
            let mocks = file.case(&machine.name, case).ok()?;
            Some(Case {
                mocks,
                test: sim::Test::default(),
            })
        });
        let inner = Self {
            depth: self.depth + 1,
            ..self.clone()
        };
        Answers::new(machine, case, self.strict).starting(inner)
    }

    fn tell(
        &self,
        call: &Call<'_>,
        machine: &Machine,
        (transitions, invented): (u64, u64),
        why: Option<String>,
    ) {
        let mut all = self.told.borrow_mut();
        let known = all.iter_mut();
        let mut known = known.filter(|told| {
            told.state == call.state && told.machine == machine.name && told.why == why
        });
        if let Some(told) = known.next() {
            told.runs += 1;
            told.transitions = told.transitions.saturating_add(transitions);
            told.invented = told.invented.saturating_add(invented);
            return;
        }
        all.push(Told {
            state: call.state.to_owned(),
            machine: machine.name.clone(),
            runs: 1,
            transitions,
            invented,
            why,
        });
    }

    /// The state machine that an ARN, or what stands for one in a template, means: none where it may be another.
    fn find(&self, arn: &str) -> Option<&'m Machine> {
        let name = named(arn);
        let only = |wanted: &dyn Fn(&Machine) -> bool| {
            let mut found = self.machines.iter().filter(|machine| wanted(machine));
            found.next().filter(|_| found.next().is_none())
        };
        let stem = stem(name);
        only(&|machine| machine.name == name)
            .or_else(|| only(&|machine| !stem.is_empty() && self::stem(&machine.name) == stem))
    }

    /// What AWS says of an execution that was waited for.
    ///
    /// Source: executions recorded on AWS of `startExecution.sync`, 2025-10-28, and of `.sync:2`, 2023-08-12. Children that fail
    /// are told as text in both.
    fn answered(
        &self,
        arn: &str,
        call: &Call<'_>,
        input: &Value,
        outcome: &Outcome,
        is_text: bool,
    ) -> Answer {
        let failed = outcome.status != Status::Succeeded;
        let data = |value: &Value| {
            if is_text || failed {
                Value::from(value.to_string())
            } else {
                value.clone()
            }
        };
        let name = call.input.get("Name").and_then(Value::as_str);
        let name = name.map_or_else(|| format!("{}-{}", call.state, call.before), str::to_owned);
        let start = self.start.as_millisecond();
        let after_ms = outcome.virtual_ms;
        let stop = start.saturating_add(i64::try_from(after_ms).unwrap_or(i64::MAX));
        let execution = arn.replacen(":stateMachine:", ":execution:", 1);
        let mut told = Map::new();
        let mut tell = |member: &str, value: Value| told.insert(member.to_owned(), value);
        tell("ExecutionArn", format!("{execution}:{name}").into());
        tell("Input", data(input));
        tell("InputDetails", json!({"Included": true}));
        tell("Name", name.into());
        tell("StartDate", start.into());
        tell("StateMachineArn", arn.into());
        tell("Status", outcome.status.as_str().into());
        tell("StopDate", stop.into());
        if !failed {
            tell(
                "Output",
                data(outcome.output.as_ref().unwrap_or(&Value::Null)),
            );
            tell("OutputDetails", json!({"Included": true}));
            return Answer::Return {
                output: Value::Object(told),
                after_ms,
            };
        }
        for (member, text) in [("Error", &outcome.error), ("Cause", &outcome.cause)] {
            if let Some(text) = text {
                tell(member, text.as_str().into());
            }
        }
        Answer::Throw {
            error: Some("States.TaskFailed".to_owned()),
            cause: Some(Value::Object(told).to_string()),
            after_ms,
        }
    }
}

/// What a child starts with: `{}` where nothing is said, as recorded on AWS. Text is JSON.
fn input_of(given: Option<&Value>) -> Value {
    match given {
        None | Some(Value::Null) => Value::Object(Map::new()),
        Some(Value::String(text)) => {
            serde_json::from_str(text).unwrap_or_else(|_| Value::from(text.as_str()))
        }
        Some(value) => value.clone(),
    }
}

/// The name in an ARN, without version and alias, or in a placeholder: `${Child}`, `${Child.Arn}`.
fn named(arn: &str) -> &str {
    let name = match arn.split_once(":stateMachine:") {
        Some((_, rest)) if !rest.starts_with("${") => rest.split(':').next().unwrap_or(rest),
        Some((_, rest)) => rest,
        None => arn,
    };
    let inner = name.strip_prefix("${").and_then(|it| it.strip_suffix('}'));
    let inner = inner.unwrap_or(name);
    inner.strip_suffix(".Arn").unwrap_or(inner)
}

/// A name without what templates hang on it: `OrderStateMachineArn` and `order` are one.
fn stem(name: &str) -> String {
    let letters = name.chars().filter(|each| each.is_alphanumeric());
    let mut stem: String = letters.flat_map(char::to_lowercase).collect();
    for ending in ["arn", "statemachine", "workflow"] {
        if let Some(rest) = stem.strip_suffix(ending).filter(|rest| !rest.is_empty()) {
            stem = rest.to_owned();
        }
    }
    stem
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_in_what_stands_for_an_arn() {
        for (arn, name, short) in [
            (
                "arn:aws:states:us-east-1:111122223333:stateMachine:child",
                "child",
                "child",
            ),
            (
                "arn:aws:states:us-east-1:111122223333:stateMachine:child:prod",
                "child",
                "child",
            ),
            (
                "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:stateMachine:${Child}",
                "Child",
                "child",
            ),
            ("${ChildStateMachineArn}", "ChildStateMachineArn", "child"),
            ("${Child.Arn}", "Child", "child"),
            ("${StateMachineArn}", "StateMachineArn", "statemachine"),
            ("charge-card-workflow", "charge-card-workflow", "chargecard"),
        ] {
            assert_eq!((named(arn), stem(named(arn)).as_str()), (name, short));
        }
    }
}
