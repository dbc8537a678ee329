//! What Tasks are answered.

use std::path::Path;
use std::rc::Rc;

use anyhow::{Context, anyhow, bail};
use jiff::Timestamp;
use render::escape::visible;
use serde_json::Value;
use sim::{
    Answer, Call, CaseMocks, Departure, Expected, Invented, Invention, MockFile, MockProblem,
    Outcome, Replay, Tasks, Test,
};

use super::machine::{self, Machine};
use super::nested::Nested;
use crate::output::complain;
use crate::read;

/// A test case of a mock file.
pub(crate) struct Case {
    pub(crate) mocks: CaseMocks,
    pub(crate) test: Test,
}

/// Problems that are told of a mock file, at most.
const TOLD: usize = 20;

/// Reads a mock file.
pub(crate) fn file(path: &Path) -> anyhow::Result<MockFile> {
    let text = read::text(path, read::LARGEST)?;
    let name = path.display().to_string();
    let format = asl::Format::guess(&name, text.as_bytes());
    MockFile::parse(&text, format).map_err(|problems| {
        let told = lines(&visible(&name), &problems.0);
        anyhow!("the mock file cannot be used\n{told}")
    })
}

/// The problems with the file before them, a line each.
pub(super) fn lines<'p>(
    shown: &str,
    problems: impl IntoIterator<Item = &'p MockProblem>,
) -> String {
    let mut problems = problems.into_iter();
    let told = problems.by_ref().take(TOLD);
    let told = told.map(|problem| {
        let at = if problem.at.is_some() { "" } else { " " };
        format!("{shown}:{at}{}", visible(&problem.to_string()))
    });
    let mut told: Vec<String> = told.collect();
    match problems.count() {
        0 => {}
        more => told.push(format!("and {more} more")),
    }
    told.join("\n")
}

fn warn(shown: &str, problems: &[MockProblem]) {
    if !problems.is_empty() {
        let told = lines(shown, problems).replace('\n', "\nwarning: ");
        complain(&format!("warning: {told}"));
    }
}

/// A case, with the file and the name that it has there.
pub(super) type Chosen = (Case, Rc<MockFile>, String);

/// The case of that name, or the only one. What is wrong with others is a warning.
pub(super) fn case(path: &Path, machine: &Machine, name: Option<&str>) -> anyhow::Result<Chosen> {
    let file = self::file(path)?;
    let shown = path.display().to_string();
    let shown = visible(&shown);
    warn(&shown, file.warnings());
    let mocked = file.machine_named(&machine.name)?.to_owned();
    let problems = file.problems(&mocked);
    if !problems.is_empty() {
        bail!("the mocks cannot be used\n{}", lines(&shown, problems));
    }
    let cases: Vec<&str> = file.cases(&mocked).collect();
    let chosen = match (name, cases.as_slice()) {
        (Some(name), _) => name,
        (None, [only]) => only,
        (None, []) => bail!("{shown} has no test case of `{}`", visible(&mocked)),
        (None, many) => bail!(
            "{shown} has {} test cases: choose one with --case NAME; there is {}",
            many.len(),
            machine::listed(many.iter().copied())
        ),
    };
    let (mocks, warnings) = of_case(&file, &mocked, chosen, machine, &shown)?;
    let test = file.test(&mocked, chosen)?.clone();
    let lost: Vec<MockProblem> = file
        .lost()
        .iter()
        .filter(|lost| lost.case.is_none() || lost.machine == mocked)
        .flat_map(|lost| lost.problems.0.iter().cloned())
        .collect();
    if test == Test::default() && !lost.is_empty() {
        bail!(
            "nothing says what `{}` starts with and what is expected of it, which may be meant here\n{}",
            visible(chosen),
            lines(&shown, &lost)
        );
    }
    let others = cases.iter().filter(|other| **other != chosen);
    let others = others.filter_map(|other| file.case(&mocked, other).err());
    let mut elsewhere: Vec<MockProblem> = others.flat_map(|problems| problems.0).collect();
    elsewhere.extend(lost);
    elsewhere.sort_by_key(|problem| problem.at);
    elsewhere.dedup();
    warn(&shown, &elsewhere);
    warn(&shown, &warnings);
    let chosen = chosen.to_owned();
    Ok((Case { mocks, test }, Rc::new(file), chosen))
}

/// The mocks of a case, and what of them is never used. What does not fit the definition is an error.
pub(super) fn of_case(
    file: &MockFile,
    mocked: &str,
    case: &str,
    machine: &Machine,
    shown: &str,
) -> anyhow::Result<(CaseMocks, Vec<MockProblem>)> {
    let mocks = file.case(mocked, case).map_err(|problems| {
        // That there is no such case has no place.
        match problems.0.as_slice() {
            [only] if only.at.is_none() => anyhow!("{}", visible(&only.to_string())),
            problems => anyhow!("the test case cannot be used\n{}", lines(shown, problems)),
        }
    })?;
    let found = file.check(mocked, case, &machine.definition);
    let (errors, warnings): (Vec<_>, Vec<_>) = found.into_iter().partition(MockProblem::is_error);
    if !errors.is_empty() {
        let told = lines(shown, &errors);
        bail!("the mocks do not fit the definition\n{told}");
    }
    Ok((mocks, warnings))
}

/// Reads a recorded execution.
pub(super) fn replay(path: &Path) -> anyhow::Result<Replay> {
    let text = read::text(path, read::LARGEST_RECORD)?;
    let name = path.display().to_string();
    let name = visible(&name);
    // Several pages stand one after the other.
    let pages: Result<Vec<Value>, _> = serde_json::Deserializer::from_str(&text)
        .into_iter()
        .collect();
    let pages = pages.with_context(|| format!("{name} is not JSON"))?;
    let history = match <[Value; 1]>::try_from(pages) {
        Ok([only]) => only,
        Err(pages) => Value::Array(pages),
    };
    Replay::of(&history).with_context(|| format!("cannot replay {name}"))
}

/// What answers.
pub(super) struct Answers<'m> {
    kind: Kind,
    /// What Tasks may start.
    nested: Option<Nested<'m>>,
    test: Test,
}

enum Kind {
    /// Mocks, then what is invented, where that is allowed.
    Mocks(Option<CaseMocks>, Option<Box<Invented>>),
    /// As it was recorded.
    Replay(Box<Replay>),
}

impl<'m> Answers<'m> {
    pub(super) fn new(machine: &Machine, case: Option<Case>, strict: bool) -> Self {
        let invented = (!strict).then(|| Box::new(Invented::of(&machine.definition)));
        let (mocks, test) = match case {
            Some(case) => (Some(case.mocks), case.test),
            None => (None, Test::default()),
        };
        Self {
            kind: Kind::Mocks(mocks, invented),
            nested: None,
            test,
        }
    }

    pub(super) fn replay(replay: Replay) -> Self {
        Self {
            kind: Kind::Replay(Box::new(replay)),
            nested: None,
            test: Test::default(),
        }
    }

    /// With state machines that Tasks may start.
    pub(super) fn starting(mut self, nested: Nested<'m>) -> Self {
        self.nested = Some(nested);
        self
    }

    /// How many were invented.
    pub(super) fn invented(&self) -> u64 {
        match &self.kind {
            Kind::Mocks(_, Some(invented)) => invented.notes().map(|it| it.calls).sum(),
            Kind::Mocks(_, None) | Kind::Replay(_) => 0,
        }
    }

    /// The input that belongs to them.
    pub(super) fn input(&self) -> Option<&Value> {
        match &self.kind {
            Kind::Mocks(..) => self.test.input.as_ref(),
            Kind::Replay(replay) => Some(replay.input()),
        }
    }

    /// When the execution was started that they belong to.
    pub(super) fn start(&self) -> Option<Timestamp> {
        match &self.kind {
            Kind::Mocks(..) => None,
            Kind::Replay(replay) => Some(replay.start()),
        }
    }

    /// What is expected of the execution.
    pub(super) fn expected(&self) -> Option<&Expected> {
        self.test.expected.as_ref()
    }

    /// What a reader must know of the answers.
    pub(super) fn notes(&self, machine: &Machine, outcome: &Outcome) -> Vec<String> {
        match &self.kind {
            Kind::Replay(replay) => {
                let departure = replay.departure(&machine.definition, outcome);
                let told = match departure {
                    None => "it went as it was recorded".to_owned(),
                    Some(Departure { event, message }) => {
                        let at =
                            event.map_or_else(String::new, |event| format!(" at event {event}"));
                        format!("it departs from the recording{at}: {message}")
                    }
                };
                std::iter::once(told).chain(replay.notes()).collect()
            }
            Kind::Mocks(mocks, invented) => {
                let mut notes: Vec<String> = mocks
                    .iter()
                    .flat_map(|mocks| mocks.exhausted().into_iter().chain(mocks.unused()))
                    .collect();
                let invented = invented.iter();
                let invented: Vec<&Invention> = invented.flat_map(|it| it.notes()).collect();
                notes.extend(sum(&invented));
                notes.extend(self.nested.iter().flat_map(Nested::notes));
                notes
            }
        }
    }
}

/// `3 answers were invented: ...`
fn sum(invented: &[&Invention]) -> Option<String> {
    const NAMED: usize = 6;
    let calls: u64 = invented.iter().map(|it| it.calls).sum();
    let named = invented.iter().take(NAMED);
    let named = named.map(|it| format!("`{}`", it.state));
    let named: Vec<String> = named.collect();
    let more = match invented.len().checked_sub(NAMED) {
        Some(more) if more > 0 => format!(" and {more} more states"),
        _ => String::new(),
    };
    let were = if calls == 1 {
        "answer was"
    } else {
        "answers were"
    };
    (calls > 0).then(|| {
        format!(
            "{calls} {were} invented, for {}{more}, and took no time; --mocks gives others, --strict refuses to invent",
            named.join(", ")
        )
    })
}

impl Tasks for Answers<'_> {
    fn answer(&mut self, call: &Call<'_>) -> Answer {
        let (mocks, invented) = match &mut self.kind {
            Kind::Replay(replay) => return replay.answer(call),
            Kind::Mocks(mocks, invented) => (mocks, invented),
        };
        let mocked = mocks.as_mut().map(|mocks| mocks.answer(call));
        // Mocks that have run out are not gone on with.
        let alone = mocks.as_ref().is_some_and(|it| it.is_alone(call.state));
        match (mocked, invented) {
            (Some(answer), _) if answer != Answer::Unknown || alone => answer,
            (_, invented) => {
                let child = self.nested.as_ref().and_then(|nested| nested.answer(call));
                match (child, invented) {
                    (Some(answer), _) => answer,
                    (None, Some(invented)) => invented.answer(call),
                    (None, None) => Answer::Unknown,
                }
            }
        }
    }
}
