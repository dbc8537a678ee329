//! Mock files in the format of AWS Step Functions Local, `MockConfigFile.json`.
//!
//! Source: AWS Step Functions Developer Guide, "Configuration file for mocked service integrations in Step Functions"
//! (sfn-local-mock-cfg-file.html), read 2026-11-22. The members are:
//!
//! - `StateMachines` / machine / `TestCases` / case / state: the name of a response;
//! - `MockedResponses` / name / attempts: `Return` with a result, or `Throw` with `Error` and `Cause`. Attempts are numbered from
//!   0 on and written as `"0"` or, both ends included, as `"1-2"`. Every call of a mocked Task needs a response: one call more
//!   fails the execution.
//!
//! Ours, all of them optional:
//!
//! - `AfterSeconds` beside `Return` or `Throw`: how long the answer takes, 0 where it is absent;
//! - `"Never": true` in place of `Return` and `Throw`: no answer comes, and the Task times out;
//! - `SfnAdvisor` / machine / case: `Input`, what the execution starts with, and `Expect` with any of `status`, `output`, `error`,
//!   `cause`, `entered` and `transitions`, named as in the JSON of `simulate`.
//!
//! `LocalStack`, which reads the same format, ignores members that it does not know and refuses a response without `Return` and
//! `Throw`. Step Functions Local, which AWS no longer supports, says that a response has a single member, and does not say what
//! it makes of others: a file that it must read goes without `AfterSeconds` and `Never`. That it accepts `SfnAdvisor` is not
//! verified.

use std::collections::{BTreeMap, BTreeSet};

use asl::{Definition, Format, MapMode, Position, StateKind};
use serde_json::Value;

use super::scope::Scope;
use super::{Answer, CaseMocks, MockLevel, MockProblem, MockProblems};
use crate::history::Outcome;

/// A mock file that was read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MockFile {
    /// In the order of the text.
    pub(super) machines: Vec<MockedMachine>,
    pub(super) responses: BTreeMap<String, Response>,
    pub(super) warnings: Vec<MockProblem>,
    /// Errors in responses.
    wrong: BTreeMap<String, Vec<MockProblem>>,
    lost: Vec<LostTest>,
}

/// What `SfnAdvisor` says of a machine or a case that `StateMachines` does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LostTest {
    /// The name of the state machine, as it stands there.
    pub machine: String,
    /// The name of the case; none where there is no such state machine.
    pub case: Option<String>,
    /// What is wrong.
    pub problems: MockProblems,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct MockedMachine {
    pub(super) name: String,
    pub(super) cases: Vec<MockedCase>,
    /// Errors that belong to none of its cases.
    pub(super) problems: Vec<MockProblem>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct MockedCase {
    pub(super) name: String,
    pub(super) states: Vec<MockedState>,
    pub(super) test: Test,
    /// Errors in it, other than those of its responses.
    pub(super) problems: Vec<MockProblem>,
}

/// A state and the response that it gets.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct MockedState {
    pub(super) name: String,
    pub(super) at: Position,
    pub(super) response: String,
}

/// What a mocked state is answered, call by call.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Response {
    /// First attempt, last attempt, answer: from 0 on, without gaps.
    pub(super) attempts: Vec<(u64, u64, Answer)>,
}

impl Response {
    /// The answer to a call, the first of which is number 0.
    pub fn answer(&self, attempt: u64) -> Option<&Answer> {
        let after = self
            .attempts
            .partition_point(|(_, last, _)| *last < attempt);
        let (first, _, answer) = self.attempts.get(after)?;
        (*first <= attempt).then_some(answer)
    }

    /// How many calls it answers.
    pub fn calls(&self) -> u64 {
        self.attempts
            .last()
            .map_or(0, |(_, last, _)| last.saturating_add(1))
    }
}

/// What a case starts with and what it is expected to do.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Test {
    /// The input, where the file gives one.
    pub input: Option<Value>,
    /// What is expected, where the file says something.
    pub expected: Option<Expected>,
}

/// What a case is expected to do; what is not said may be anything.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Expected {
    /// `SUCCEEDED`, `FAILED`, …
    pub status: Option<String>,
    /// The whole output.
    pub output: Option<Value>,
    /// Name of the error.
    pub error: Option<String>,
    /// The whole cause.
    pub cause: Option<String>,
    /// Names of the states in the order in which they are entered.
    pub entered: Option<Vec<String>>,
    /// Billed transitions.
    pub transitions: Option<u64>,
}

impl Expected {
    /// How an outcome differs from what is expected, a sentence each; nothing where it is as expected.
    pub fn differences(&self, outcome: &Outcome) -> Vec<String> {
        let mut told = Vec::new();
        let mut text = |what: &str, expected: Option<&str>, got: Option<&str>| {
            if let Some(expected) = expected
                && got != Some(expected)
            {
                let got = got.map_or("nothing".to_owned(), |got| format!("`{got}`"));
                told.push(format!("{what} is {got}, expected `{expected}`"));
            }
        };
        let status = outcome.status.as_str();
        text("status", self.status.as_deref(), Some(status));
        text("error", self.error.as_deref(), outcome.error.as_deref());
        text("cause", self.cause.as_deref(), outcome.cause.as_deref());
        if let Some(expected) = &self.output
            && outcome.output.as_ref() != Some(expected)
        {
            let got = outcome.output.as_ref();
            let got = got.map_or("nothing".to_owned(), Value::to_string);
            told.push(format!("output is {got}, expected {expected}"));
        }
        if let Some(expected) = &self.entered {
            told.extend(difference_of_ways(expected, outcome));
        }
        if let Some(expected) = self.transitions
            && outcome.transitions != expected
        {
            let got = outcome.transitions;
            told.push(format!("{got} transitions, expected {expected}"));
        }
        told
    }
}

fn difference_of_ways(expected: &[String], outcome: &Outcome) -> Option<String> {
    let got: Vec<&str> = outcome.entered().collect();
    let same = got.iter().zip(expected).take_while(|(a, b)| a == b).count();
    let name = |name: Option<&str>| name.map_or("the end".to_owned(), |name| format!("`{name}`"));
    if same == got.len() && same == expected.len() {
        return None;
    }
    Some(format!(
        "state {} that is entered is {}, expected {}",
        same + 1,
        name(got.get(same).copied()),
        name(expected.get(same).map(String::as_str))
    ))
}

impl MockFile {
    /// Reads a mock file, JSON or YAML. What is wrong with a case, or with a response, is told by [`MockFile::case`] of the cases
    /// that it belongs to.
    ///
    /// # Errors
    ///
    /// What is wrong, where no case can be used: the text is neither JSON nor YAML, or has no cases or no responses.
    pub fn parse(text: &str, format: Format) -> Result<Self, MockProblems> {
        super::read::read(text, format)
    }

    /// What does nothing: members that are not known, responses that no case uses.
    pub fn warnings(&self) -> &[MockProblem] {
        &self.warnings
    }

    /// Names of the state machines, in the order of the text.
    pub fn machines(&self) -> impl Iterator<Item = &str> {
        self.machines.iter().map(|machine| machine.name.as_str())
    }

    /// Names of the test cases of a state machine, in the order of the text.
    pub fn cases(&self, machine: &str) -> impl Iterator<Item = &str> {
        let cases = self.machine(machine).map(|machine| &machine.cases);
        cases.into_iter().flatten().map(|case| case.name.as_str())
    }

    /// The machine of this name; the only one there is where it has another name.
    pub fn machine_named(&self, name: &str) -> Result<&str, MockProblem> {
        match (self.machine(name), self.machines.as_slice()) {
            (Some(machine), _) => Ok(&machine.name),
            (None, [only]) => Ok(&only.name),
            (None, _) => {
                let message = format!("the mock file has no state machine `{name}`");
                Err(MockProblem::error(None, message).instead_of(name, self.machines()))
            }
        }
    }

    /// What `SfnAdvisor` says of machines and cases that there are not, in the order of the text.
    pub fn lost(&self) -> &[LostTest] {
        &self.lost
    }

    /// What is wrong with a state machine besides its cases.
    pub fn problems(&self, machine: &str) -> &[MockProblem] {
        self.machine(machine)
            .map_or(&[], |machine| &machine.problems)
    }

    /// The mocks of a case, with none of them used yet.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the case and with the responses that it uses.
    pub fn case(&self, machine: &str, case: &str) -> Result<CaseMocks, MockProblems> {
        let found = self.found(machine, case);
        let found = found.map_err(|problem| MockProblems(vec![problem]))?;
        let used: BTreeSet<&str> = found.states.iter().map(|it| it.response.as_str()).collect();
        let wrong = used.iter().filter_map(|name| self.wrong.get(*name));
        let mut problems: Vec<MockProblem> = found.problems.clone();
        problems.extend(wrong.flatten().cloned());
        if !problems.is_empty() {
            problems.sort_by_key(|problem| problem.at);
            return Err(MockProblems(problems));
        }
        let states = found.states.iter().map(|state| {
            let response = self.responses.get(&state.response).cloned();
            let name = state.response.clone();
            (state.name.clone(), (name, response.unwrap_or_default()))
        });
        Ok(CaseMocks::new(states.collect()))
    }

    /// What a case starts with and what it is expected to do.
    pub fn test(&self, machine: &str, case: &str) -> Result<&Test, MockProblem> {
        self.found(machine, case).map(|case| &case.test)
    }

    /// What of the mocks of a case does not fit the definition of its state machine: states that it does not have, and states that
    /// call nothing.
    pub fn check(&self, machine: &str, case: &str, definition: &Definition) -> Vec<MockProblem> {
        let states = definition.states();
        let calls = |kind: &StateKind| match kind {
            StateKind::Task(_) | StateKind::Unknown => true,
            // Its reader asks for an object.
            StateKind::Map(map) => matches!(map.mode, MapMode::Distributed { .. }),
            _ => false,
        };
        let callers = || states.iter().filter(|state| calls(&state.kind));
        let mut problems = Vec::new();
        let found = self.found(machine, case).ok();
        for mock in found.into_iter().flat_map(|case| &case.states) {
            let name = &mock.name;
            match states.iter().find(|state| state.name.value == *name) {
                None => {
                    let message = format!("the state machine has no state `{name}`");
                    let names = callers().map(|state| state.name.value.as_str());
                    problems.push(MockProblem::error(mock.at, message).instead_of(name, names));
                }
                Some(state) if !calls(&state.kind) => {
                    let message = format!(
                        "`{name}` is a {} state and calls nothing: its mock is never used",
                        state.type_name()
                    );
                    problems.push(MockProblem::warning(mock.at, message));
                }
                Some(_) => {}
            }
        }
        problems.sort_by_key(|problem| problem.at);
        problems
    }

    fn machine(&self, name: &str) -> Option<&MockedMachine> {
        self.machines.iter().find(|machine| machine.name == name)
    }

    fn found(&self, machine: &str, case: &str) -> Result<&MockedCase, MockProblem> {
        let Some(found) = self.machine(machine) else {
            let message = format!("the mock file has no state machine `{machine}`");
            return Err(MockProblem::error(None, message).instead_of(machine, self.machines()));
        };
        found
            .cases
            .iter()
            .find(|it| it.name == case)
            .ok_or_else(|| {
                let message = format!("`{machine}` has no test case `{case}` in the mock file");
                MockProblem::error(None, message).instead_of(case, self.cases(machine))
            })
    }

    /// Ends reading: the file, or what is wrong with all of it.
    pub(super) fn finished(
        mut self,
        problems: impl Iterator<Item = (Scope, MockProblem)>,
    ) -> Result<Self, MockProblems> {
        let mut problems: Vec<(Scope, MockProblem)> = problems.collect();
        problems.sort_by_key(|(_, problem)| problem.at);
        let is_fatal =
            |(scope, problem): &(Scope, MockProblem)| *scope == Scope::File && problem.is_error();
        if problems.iter().any(is_fatal) {
            let all = problems.into_iter().map(|(_, problem)| problem);
            return Err(MockProblems(all.collect()));
        }
        for (scope, problem) in problems {
            if problem.is_error() {
                self.assign(scope, problem);
            } else {
                self.warnings.push(problem);
            }
        }
        Ok(self)
    }

    /// Keeps an error where those look who use what it is about.
    fn assign(&mut self, scope: Scope, mut problem: MockProblem) {
        let (name, case) = match scope {
            Scope::Response(name) => {
                let mut cases = self.machines.iter().flat_map(|machine| &machine.cases);
                let is_used = |case: &MockedCase| case.states.iter().any(|it| it.response == name);
                if cases.any(is_used) {
                    self.wrong.entry(name).or_default().push(problem);
                } else {
                    problem.level = MockLevel::Warning;
                    self.warnings.push(problem);
                }
                return;
            }
            Scope::Machine(name) => (name, None),
            Scope::Case(name, case) => (name, Some(case)),
            Scope::File => return,
        };
        let machine = self.machines.iter_mut().find(|it| it.name == name);
        let place = match (machine, &case) {
            (Some(machine), None) => Some(&mut machine.problems),
            (Some(machine), Some(case)) => {
                let found = machine.cases.iter_mut().find(|it| it.name == *case);
                found.map(|case| &mut case.problems)
            }
            (None, _) => None,
        };
        if let Some(place) = place {
            return place.push(problem);
        }
        let known = self.lost.iter_mut();
        let mut known = known.filter(|it| it.machine == name && it.case == case);
        match known.next() {
            Some(lost) => lost.problems.0.push(problem),
            None => self.lost.push(LostTest {
                machine: name,
                case,
                problems: MockProblems(vec![problem]),
            }),
        }
    }
}
