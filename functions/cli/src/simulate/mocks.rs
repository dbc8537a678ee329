//! What Tasks are answered.

use std::path::Path;

use anyhow::bail;
use render::escape::visible;
use sim::{Answer, Call, CaseMocks, MockFile, MockLevel, Tasks, Test};

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
pub(crate) struct Answers {
    mocks: Option<CaseMocks>,
    strict: bool,
}

impl Answers {
    pub(crate) fn new(case: Option<Case>, strict: bool) -> Self {
        Self {
            mocks: case.map(|case| case.mocks),
            strict,
        }
    }

    /// What a reader must know of the answers.
    pub(crate) fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if let Some(mocks) = &self.mocks {
            notes.extend(mocks.exhausted());
            notes.extend(mocks.unused());
        }
        let _ = self.strict;
        notes
    }
}

impl Tasks for Answers {
    fn answer(&mut self, call: &Call<'_>) -> Answer {
        match &mut self.mocks {
            Some(mocks) => mocks.answer(call),
            None => Answer::Unknown,
        }
    }
}
