//! What Tasks are answered.

use std::path::Path;

use anyhow::{Context, bail};
use jiff::Timestamp;
use render::escape::visible;
use serde_json::Value;
use sim::{
    Answer, Call, CaseMocks, Departure, Expected, Invented, Invention, MockFile, MockLevel,
    Outcome, Replay, Tasks, Test,
};

use super::machine::Machine;
use crate::output::complain;

/// A test case of a mock file.
pub(crate) struct Case {
    pub(crate) mocks: CaseMocks,
    pub(crate) test: Test,
}

/// Reads a mock file.
pub(crate) fn file(path: &Path) -> anyhow::Result<MockFile> {
    let text = super::read(path)?;
    let name = path.display().to_string();
    let name = visible(&name);
    let format = asl::Format::guess(&name, text.as_bytes());
    match MockFile::parse(&text, format) {
        Ok(file) => Ok(file),
        Err(problems) => {
            let told = problems.0.iter().map(|problem| format!("{name}:{problem}"));
            let told: Vec<String> = told.map(|line| visible(&line).into_owned()).collect();
            bail!("the mock file cannot be used\n{}", told.join("\n"));
        }
    }
}

/// The case of that name, or the only one.
pub(crate) fn case(path: &Path, machine: &Machine, name: Option<&str>) -> anyhow::Result<Case> {
    let file = self::file(path)?;
    let shown = path.display().to_string();
    let shown = visible(&shown);
    for warning in file.warnings() {
        complain(&format!(
            "warning: {shown}:{}",
            visible(&warning.to_string())
        ));
    }
    let mocked = file.machine_named(&machine.name)?.to_owned();
    fits(&file, &mocked, machine, &shown)?;
    let cases: Vec<&str> = file.cases(&mocked).collect();
    let chosen = match (name, cases.as_slice()) {
        (Some(name), _) => name,
        (None, [only]) => only,
        (None, []) => bail!("{shown} has no test case of `{}`", visible(&mocked)),
        (None, many) => bail!(
            "{shown} has {} test cases: choose one with --case NAME; there is `{}`",
            many.len(),
            visible(&many.join("`, `"))
        ),
    };
    Ok(Case {
        mocks: file.case(&mocked, chosen)?,
        test: file.test(&mocked, chosen)?.clone(),
    })
}

/// Tells what of the mocks does not fit the definition.
pub(crate) fn fits(
    file: &MockFile,
    mocked: &str,
    machine: &Machine,
    shown: &str,
) -> anyhow::Result<()> {
    let mut errors = Vec::new();
    for problem in file.check(mocked, &machine.definition) {
        let line = format!("{shown}:{}", visible(&problem.to_string()));
        if problem.level == MockLevel::Error {
            errors.push(line);
        } else {
            complain(&format!("warning: {line}"));
        }
    }
    if errors.is_empty() {
        return Ok(());
    }
    bail!("the mocks do not fit the definition\n{}", errors.join("\n"));
}

/// Reads a recorded execution.
pub(super) fn replay(path: &Path) -> anyhow::Result<Replay> {
    let text = super::read(path)?;
    let name = path.display().to_string();
    let name = visible(&name);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    // Several pages stand one after the other.
    let pages: Result<Vec<Value>, _> = serde_json::Deserializer::from_str(text)
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
pub(super) struct Answers {
    kind: Kind,
    test: Test,
}

enum Kind {
    /// Mocks, then what is invented, where that is allowed.
    Mocks(Option<CaseMocks>, Option<Box<Invented>>),
    /// As it was recorded.
    Replay(Box<Replay>),
}

impl Answers {
    pub(super) fn new(machine: &Machine, case: Option<Case>, strict: bool) -> Self {
        let invented = (!strict).then(|| Box::new(Invented::of(&machine.definition)));
        let (mocks, test) = match case {
            Some(case) => (Some(case.mocks), case.test),
            None => (None, Test::default()),
        };
        Self {
            kind: Kind::Mocks(mocks, invented),
            test,
        }
    }

    pub(super) fn replay(replay: Replay) -> Self {
        Self {
            kind: Kind::Replay(Box::new(replay)),
            test: Test::default(),
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

impl Tasks for Answers {
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
            (_, Some(invented)) => invented.answer(call),
            (_, None) => Answer::Unknown,
        }
    }
}
