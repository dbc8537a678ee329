//! Reads a mock file.

use std::collections::BTreeSet;

use asl::{Format, Level, LineIndex, Member, Node, Position, Span, Tree};
use serde_json::Value;

use super::file::{Expected, MockFile, MockedCase, MockedMachine, MockedState, Response, Test};
use super::scope::Scopes;
use super::{Answer, MockProblem, MockProblems};
use crate::run::milliseconds;
use crate::template::plain;

pub(super) const MACHINES: &str = "StateMachines";
pub(super) const RESPONSES: &str = "MockedResponses";
pub(super) const OURS: &str = "SfnAdvisor";
pub(super) const CASES: &str = "TestCases";
const STATUSES: [&str; 4] = ["SUCCEEDED", "FAILED", "TIMED_OUT", "STOPPED"];

pub(super) fn read(text: &str, format: Format) -> Result<MockFile, MockProblems> {
    let tree = Tree::read(text, format);
    let mut reader = Reader {
        text,
        lines: LineIndex::new(text),
        problems: Vec::new(),
    };
    let mut is_text = true;
    for problem in &tree.problems {
        let at = reader.at(problem.span);
        let mut told = match problem.level {
            Level::Error => MockProblem::error(at, &problem.message),
            Level::Warning => MockProblem::warning(at, &problem.message),
        };
        // Of two members of one name, only one can be meant.
        if problem.id == "duplicate-key" {
            told.level = super::MockLevel::Error;
        } else if problem.level == Level::Error {
            is_text = false;
        }
        told.help.clone_from(&problem.help);
        reader.problems.push(told);
    }
    let mut file = MockFile::default();
    match &tree.root {
        None if reader.problems.is_empty() => {
            let message = "the mock file is empty";
            let help = "it is an object with `StateMachines` and `MockedResponses`";
            reader
                .problems
                .push(MockProblem::error(None, message).help(help));
        }
        None => {}
        Some(root) => reader.file(root, &mut file),
    }
    // Where it is not known which text is missing, no case is known to be whole.
    let scopes = match &tree.root {
        Some(root) if is_text && reader.problems.iter().any(MockProblem::is_error) => {
            Scopes::of(root, |span| reader.at(span))
        }
        _ => Scopes::default(),
    };
    let problems = std::mem::take(&mut reader.problems).into_iter();
    file.finished(problems.map(|problem| (scopes.around(problem.at), problem)))
}

struct Reader<'t> {
    text: &'t str,
    lines: LineIndex,
    problems: Vec<MockProblem>,
}

impl Reader<'_> {
    fn at(&self, span: Span) -> Position {
        self.lines.position(self.text, span.start)
    }

    fn error(&mut self, span: Span, message: impl Into<String>) {
        let problem = MockProblem::error(self.at(span), message);
        self.problems.push(problem);
    }

    /// The members of what must be an object.
    fn members<'n>(&mut self, node: &'n Node, what: &str) -> &'n [Member] {
        if let Some(members) = node.members() {
            return members;
        }
        self.error(node.span, format!("{what} is not an object"));
        &[]
    }

    /// The text of what must be one.
    fn string(&mut self, node: &Node, what: &str) -> Option<String> {
        if node.as_str().is_none() {
            self.error(node.span, format!("{what} is not text"));
        }
        node.as_str().map(str::to_owned)
    }

    /// A member that nobody reads.
    fn unknown(&mut self, member: &Member, place: &str, known: &[&str]) {
        let at = self.at(member.key_span);
        let message = format!("`{}` is not known {place}, and is not read", member.key);
        let problem = MockProblem::warning(at, message);
        self.problems
            .push(problem.instead_of(&member.key, known.iter().copied()));
    }

    fn file(&mut self, root: &Node, file: &mut MockFile) {
        let known = [MACHINES, RESPONSES, OURS];
        for member in self.members(root, "the mock file") {
            if !known.contains(&member.key.as_str()) {
                self.unknown(member, "at the top of a mock file", &known);
            }
        }
        let mut section = |name: &str| {
            let found = root.get(name);
            if found.is_none() && root.members().is_some() {
                self.error(root.span, format!("the mock file has no `{name}`"));
            }
            found
        };
        let (machines, responses) = (section(MACHINES), section(RESPONSES));
        let mut unused: Vec<&Member> = Vec::new();
        if let Some(node) = responses {
            for member in self.members(node, "`MockedResponses`") {
                unused.push(member);
                let response = self.response(member);
                file.responses.insert(member.key.clone(), response);
            }
        }
        if let Some(node) = machines {
            for member in self.members(node, "`StateMachines`") {
                let cases = self.machine(member, file);
                // The second one of a name is told already.
                if file.machines().all(|known| known != member.key) {
                    file.machines.push(MockedMachine {
                        name: member.key.clone(),
                        cases,
                        problems: Vec::new(),
                    });
                }
            }
        }
        let cases = file.machines.iter().flat_map(|machine| &machine.cases);
        let states = cases.flat_map(|case| &case.states);
        let used: BTreeSet<&str> = states.map(|state| state.response.as_str()).collect();
        unused.retain(|member| !used.contains(member.key.as_str()));
        for member in unused {
            let message = format!("no test case uses the response `{}`", member.key);
            let at = self.at(member.key_span);
            self.problems.push(MockProblem::warning(at, message));
        }
        if let Some(ours) = root.get(OURS) {
            self.tests(ours, file);
        }
    }

    fn machine(&mut self, machine: &Member, file: &MockFile) -> Vec<MockedCase> {
        let name = &machine.key;
        let mut cases = Vec::new();
        let mut found = false;
        for member in self.members(&machine.node, &format!("the state machine `{name}`")) {
            if member.key != CASES {
                self.unknown(member, "in a state machine", &[CASES]);
                continue;
            }
            found = true;
            let mut known = BTreeSet::new();
            for case in self.members(&member.node, "`TestCases`") {
                let states = self.states(case, file);
                if known.insert(case.key.as_str()) {
                    cases.push(MockedCase {
                        name: case.key.clone(),
                        states,
                        test: Test::default(),
                        problems: Vec::new(),
                    });
                }
            }
        }
        if !found && machine.node.members().is_some() {
            let message = format!("the state machine `{name}` has no `TestCases`");
            self.error(machine.node.span, message);
        }
        cases
    }

    fn states(&mut self, case: &Member, file: &MockFile) -> Vec<MockedState> {
        let mut states = Vec::new();
        for member in self.members(&case.node, &format!("the test case `{}`", case.key)) {
            let what = format!("the response of `{}`", member.key);
            let at = self.at(member.key_span);
            let Some(response) = self.string(&member.node, &what) else {
                continue;
            };
            if !file.responses.contains_key(&response) {
                let at = self.at(member.node.span);
                let message = format!("there is no response `{response}` in `MockedResponses`");
                let names = file.responses.keys().map(String::as_str);
                self.problems
                    .push(MockProblem::error(at, message).instead_of(&response, names));
            }
            states.push(MockedState {
                name: member.key.clone(),
                at,
                response,
            });
        }
        states
    }

    fn response(&mut self, response: &Member) -> Response {
        let name = &response.key;
        let members = self.members(&response.node, &format!("the response `{name}`"));
        let mut attempts = Vec::new();
        for member in members {
            let answer = self.answer(member);
            match range(&member.key) {
                Err(why) => self.error(member.key_span, format!("`{}` {why}", member.key)),
                Ok((first, last)) => attempts.push((first, last, answer, member.key_span)),
            }
        }
        if members.is_empty() && response.node.members().is_some() {
            let at = self.at(response.node.span);
            let message = format!("the response `{name}` answers no attempt");
            self.problems
                .push(MockProblem::error(at, message).help("the first one is \"0\""));
        }
        attempts.sort_by_key(|(first, last, ..)| (*first, *last));
        let mut next = 0_u64;
        for (first, last, _, span) in &attempts {
            if *first > next {
                let missing = match first - next {
                    1 => format!("attempt {next} is missing"),
                    _ => format!("attempts {next} to {} are missing", first - 1),
                };
                let message = format!("{missing} in the response `{name}`");
                self.error(*span, message);
            } else if *first < next {
                self.error(
                    *span,
                    format!("attempt {first} is in two ranges of `{name}`"),
                );
            }
            next = next.max(last.saturating_add(1));
        }
        let attempts = attempts.into_iter();
        Response {
            attempts: attempts
                .map(|(first, last, answer, _)| (first, last, answer))
                .collect(),
        }
    }

    fn answer(&mut self, attempt: &Member) -> Answer {
        const KNOWN: [&str; 4] = ["Return", "Throw", "Never", "AfterSeconds"];
        let what = format!("attempt {}", attempt.key);
        let members = self.members(&attempt.node, &what);
        let mut said = Vec::new();
        let mut after_ms = 0;
        for member in members {
            match member.key.as_str() {
                "Return" | "Throw" => said.push(member),
                "Never" if member.node.value == asl::Value::Bool(true) => said.push(member),
                "Never" => self.error(member.node.span, "`Never` is not `true`"),
                "AfterSeconds" => match plain(&member.node).as_f64() {
                    Some(seconds) if seconds >= 0.0 => after_ms = milliseconds(seconds),
                    _ => self.error(
                        member.node.span,
                        "`AfterSeconds` is not a number of seconds from 0 on",
                    ),
                },
                _ => self.unknown(member, "in an attempt", &KNOWN),
            }
        }
        match said.as_slice() {
            [only] => match only.key.as_str() {
                "Return" => Answer::Return {
                    output: plain(&only.node),
                    after_ms,
                },
                "Throw" => self.throw(&only.node, after_ms),
                _ => Answer::Never,
            },
            [] => {
                if attempt.node.members().is_some() {
                    let at = self.at(attempt.node.span);
                    let message = format!("{what} has no `Return` and no `Throw`");
                    let mut problem = MockProblem::error(at, message);
                    let near = members
                        .iter()
                        .find_map(|it| asl::nearest(&it.key, ["Return", "Throw"]));
                    if let Some(name) = near {
                        problem = problem.help(format!("did you mean `{name}`?"));
                    }
                    self.problems.push(problem);
                }
                Answer::Unknown
            }
            [_, second, ..] => {
                let message = format!("{what} has more than one of `Return`, `Throw` and `Never`");
                self.error(second.key_span, message);
                Answer::Unknown
            }
        }
    }

    fn throw(&mut self, node: &Node, after_ms: u64) -> Answer {
        let (mut error, mut cause) = (None, None);
        for member in self.members(node, "`Throw`") {
            match member.key.as_str() {
                "Error" => error = self.string(&member.node, "`Error`"),
                "Cause" => cause = self.string(&member.node, "`Cause`"),
                _ => self.unknown(member, "in `Throw`", &["Error", "Cause"]),
            }
        }
        if node.get("Error").is_none() && node.members().is_some() {
            self.error(node.span, "`Throw` has no `Error`");
        }
        if node.get("Cause").is_none() && node.get("Error").is_some() {
            let at = self.at(node.span);
            let message = "`Throw` has no `Cause`, without which other tools refuse it";
            self.problems.push(MockProblem::warning(at, message));
        }
        Answer::Throw {
            error,
            cause,
            after_ms,
        }
    }

    /// `SfnAdvisor`: inputs and what is expected.
    fn tests(&mut self, ours: &Node, file: &mut MockFile) {
        for machine in self.members(ours, "`SfnAdvisor`") {
            let names: Vec<String> = file.machines().map(str::to_owned).collect();
            let of = file.machines.iter_mut().find(|it| it.name == machine.key);
            let Some(of) = of else {
                let at = self.at(machine.key_span);
                let message = format!("`StateMachines` has no `{}`", machine.key);
                let names = names.iter().map(String::as_str);
                self.problems
                    .push(MockProblem::error(at, message).instead_of(&machine.key, names));
                continue;
            };
            let what = format!("`{}`", machine.key);
            for case in self.members(&machine.node, &what) {
                let test = self.test(case);
                if let Some(found) = of.cases.iter_mut().find(|it| it.name == case.key) {
                    found.test = test;
                    continue;
                }
                let at = self.at(case.key_span);
                let message = format!("`{}` has no test case `{}`", machine.key, case.key);
                let names = of.cases.iter().map(|it| it.name.as_str());
                self.problems
                    .push(MockProblem::error(at, message).instead_of(&case.key, names));
            }
        }
    }

    fn test(&mut self, case: &Member) -> Test {
        let mut test = Test::default();
        for member in self.members(&case.node, &format!("`{}`", case.key)) {
            match member.key.as_str() {
                "Input" => test.input = Some(plain(&member.node)),
                "Expect" => test.expected = Some(self.expected(&member.node)),
                _ => self.unknown(member, "in a test", &["Input", "Expect"]),
            }
        }
        test
    }

    fn expected(&mut self, node: &Node) -> Expected {
        const KNOWN: [&str; 6] = [
            "status",
            "output",
            "error",
            "cause",
            "entered",
            "transitions",
        ];
        let mut expected = Expected::default();
        for member in self.members(node, "`Expect`") {
            let value = &member.node;
            match member.key.as_str() {
                "status" => expected.status = self.status(value),
                "output" => expected.output = Some(plain(value)),
                "error" => expected.error = self.string(value, "`error`"),
                "cause" => expected.cause = self.string(value, "`cause`"),
                "entered" => expected.entered = self.entered(value),
                "transitions" => {
                    expected.transitions = plain(value).as_u64();
                    if expected.transitions.is_none() {
                        self.error(value.span, "`transitions` is not a whole number");
                    }
                }
                _ => {
                    // Whoever expects something must not believe that it was looked at.
                    let at = self.at(member.key_span);
                    let message = format!("`{}` cannot be expected", member.key);
                    let problem = MockProblem::error(at, message);
                    self.problems
                        .push(problem.instead_of(&member.key, KNOWN.into_iter()));
                }
            }
        }
        expected
    }

    fn status(&mut self, node: &Node) -> Option<String> {
        let status = self.string(node, "`status`")?;
        if !STATUSES.contains(&status.as_str()) {
            let at = self.at(node.span);
            let message = format!("no execution ends with the status `{status}`");
            let problem = MockProblem::error(at, message);
            self.problems
                .push(problem.instead_of(&status, STATUSES.into_iter()));
        }
        Some(status)
    }

    fn entered(&mut self, node: &Node) -> Option<Vec<String>> {
        let names = match plain(node) {
            Value::Array(items) => items
                .into_iter()
                .map(|item| match item {
                    Value::String(name) => Some(name),
                    _ => None,
                })
                .collect::<Option<Vec<_>>>(),
            _ => None,
        };
        if names.is_none() {
            self.error(node.span, "`entered` is not a list of names of states");
        }
        names
    }
}

/// First and last attempt.
fn range(key: &str) -> Result<(u64, u64), &'static str> {
    const WRONG: &str = "is not an attempt: write a number from 0 on, or a range such as \"1-2\"";
    let number = |text: &str| {
        let text = text.trim();
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| text.parse().ok()).flatten().ok_or(WRONG)
    };
    let Some((first, last)) = key.split_once('-') else {
        let only = number(key)?;
        return Ok((only, only));
    };
    let (first, last) = (number(first)?, number(last)?);
    if first > last {
        return Err("ends before it begins");
    }
    Ok((first, last))
}
