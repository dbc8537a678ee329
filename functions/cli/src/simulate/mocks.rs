//! What Tasks are answered.

use std::path::Path;

use anyhow::bail;
use render::escape::visible;
use sim::{Answer, Call, CaseMocks, Invented, Invention, MockFile, MockLevel, Tasks, Test};

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

/// What answers: mocks, then what is invented, where that is allowed.
pub(super) struct Answers {
    mocks: Option<CaseMocks>,
    invented: Option<Invented>,
}

impl Answers {
    pub(super) fn new(machine: &Machine, case: Option<Case>, strict: bool) -> Self {
        Self {
            mocks: case.map(|case| case.mocks),
            invented: (!strict).then(|| Invented::of(&machine.definition)),
        }
    }

    /// What a reader must know of the answers.
    pub(super) fn notes(&self) -> Vec<String> {
        let mocks = self.mocks.iter();
        let mut notes: Vec<String> = mocks
            .flat_map(|mocks| mocks.exhausted().into_iter().chain(mocks.unused()))
            .collect();
        let invented: Vec<&Invention> = self.invented.iter().flat_map(Invented::notes).collect();
        notes.extend(sum(&invented));
        notes
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
            "{calls} {were} invented, for {}{more}: they take no time, and --mocks gives others; --strict refuses them",
            named.join(", ")
        )
    })
}

impl Tasks for Answers {
    fn answer(&mut self, call: &Call<'_>) -> Answer {
        let mocked = self.mocks.as_mut().map(|mocks| mocks.answer(call));
        match (mocked, &mut self.invented) {
            (Some(answer), Some(invented)) if answer == Answer::Unknown => {
                // Mocks that have run out are not gone on with.
                let alone = self
                    .mocks
                    .as_ref()
                    .is_some_and(|it| it.is_alone(call.state));
                if alone { answer } else { invented.answer(call) }
            }
            (None, Some(invented)) => invented.answer(call),
            (Some(answer), _) => answer,
            (None, None) => Answer::Unknown,
        }
    }
}
