//! `simulate --test`: every case of the mock files below a folder.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};
use render::{RanCase, SimulatedCase, Verdict};
use serde_json::{Map, Value};
use sim::{MockFile, Status};
use walkdir::WalkDir;

use super::machine::{self, Machine};
use super::mocks::{self, Answers, Case};
use super::{START, Simulate, run_with};
use crate::Outcome;
use crate::args::{Color, Plain};
use crate::output::print;

/// Runs all of them.
pub(super) fn test(args: &Simulate, folder: &Path) -> anyhow::Result<Outcome> {
    let files = mock_files(folder)?;
    if files.is_empty() {
        bail!(
            "found no mock files in {}: their names end in .mocks.json or .mocks.yaml, or are MockConfigFile.json",
            render::escape::visible(&folder.display().to_string())
        );
    }
    let machines = match &args.file {
        Some(file) => vec![machine::choose(
            machine::all(file, args.workflow)?,
            args.machine.as_deref(),
        )?],
        None => machine::below(folder, args.workflow)?,
    };
    let mut cases = Vec::new();
    for file in &files {
        run_file(args, file, &machines, &mut cases);
    }
    print(&match args.format {
        Plain::Json => render::simulated_cases_json(&cases),
        Plain::Text => render::simulated_cases(&cases, &super::screen(args)),
    })?;
    if let Some(path) = &args.junit {
        crate::account::write(path, &junit(&cases)?)?;
    }
    let any = |wanted: fn(&Verdict) -> bool| cases.iter().any(|case| wanted(&case.verdict));
    Ok(if any(|it| matches!(it, Verdict::Error(_))) {
        Outcome::Usage
    } else if any(|it| matches!(it, Verdict::Failed(_))) {
        Outcome::Findings
    } else {
        Outcome::Clean
    })
}

/// The mock files below a folder, or the one that is named, in the order of their names.
fn mock_files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    if folder.is_file() {
        return Ok(vec![folder.to_owned()]);
    }
    let mut found = Vec::new();
    let entries = WalkDir::new(folder).sort_by_file_name().into_iter();
    for entry in entries.filter_entry(crate::files::worth_a_look) {
        let entry = entry.with_context(|| format!("cannot read {}", folder.display()))?;
        if entry.file_type().is_file() && is_mock_file(entry.path()) {
            found.push(entry.into_path());
        }
    }
    Ok(found)
}

fn is_mock_file(path: &Path) -> bool {
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy().to_lowercase())
        .unwrap_or_default();
    let endings = [".mocks.json", ".mocks.yaml", ".mocks.yml"];
    name == "mockconfigfile.json" || endings.iter().any(|ending| name.ends_with(ending))
}

fn run_file(args: &Simulate, path: &Path, machines: &[Machine], out: &mut Vec<SimulatedCase>) {
    let name = path.display().to_string();
    let case = |machine: &str, case: &str, verdict: Verdict| SimulatedCase {
        file: name.clone(),
        machine: machine.to_owned(),
        case: case.to_owned(),
        verdict,
        ran: None,
        notes: Vec::new(),
    };
    let file = match mocks::file(path) {
        Ok(file) => file,
        Err(error) => return out.push(case("", "", Verdict::Error(format!("{error:#}")))),
    };
    let notes: Vec<String> = file.warnings().iter().map(ToString::to_string).collect();
    let before = out.len();
    for mocked in file.machines() {
        let machine = match find(args, path, &file, mocked, machines).and_then(|machine| {
            fits(&file, mocked, machine, &name)?;
            Ok(machine)
        }) {
            Ok(machine) => machine,
            Err(error) => {
                out.push(case(mocked, "", Verdict::Error(format!("{error:#}"))));
                continue;
            }
        };
        for chosen in file.cases(mocked) {
            out.push(match run_case(args, &file, mocked, chosen, machine) {
                Ok((verdict, ran, notes)) => SimulatedCase {
                    ran: Some(ran),
                    notes,
                    ..case(mocked, chosen, verdict)
                },
                Err(error) => case(mocked, chosen, Verdict::Error(format!("{error:#}"))),
            });
        }
    }
    match out.get_mut(before) {
        Some(first) => first.notes.splice(0..0, notes).for_each(drop),
        None => out.push(case(
            "",
            "",
            Verdict::Error("there are no test cases in it".to_owned()),
        )),
    }
}

fn fits(file: &MockFile, mocked: &str, machine: &Machine, name: &str) -> anyhow::Result<()> {
    if let Some(told) = machine::refusal(machine, Color::Never) {
        bail!("AWS would refuse to create this state machine\n{told}");
    }
    mocks::fits(file, mocked, machine, name)
}

/// The definition that a mock file means: the one that is said, the one beside it, or the only one of that name.
fn find<'m>(
    args: &Simulate,
    path: &Path,
    file: &MockFile,
    mocked: &str,
    machines: &'m [Machine],
) -> anyhow::Result<&'m Machine> {
    if let (Some(_), Some(said)) = (&args.file, machines.first()) {
        return Ok(said);
    }
    let here = |machine: &&Machine| Path::new(&machine.file).parent() == path.parent();
    let named = || machines.iter().filter(|machine| machine.name == mocked);
    let stem = machine::stem(&path.display().to_string());
    let is_only = file.machines().count() == 1;
    let beside = machines
        .iter()
        .filter(here)
        .filter(|machine| is_only && machine.name == stem);
    let choices: [Vec<&Machine>; 3] = [
        named().filter(here).collect(),
        beside.collect(),
        named().collect(),
    ];
    for choice in &choices {
        match choice.as_slice() {
            [] => {}
            [only] => return Ok(only),
            many => {
                let files: Vec<&str> = many.iter().map(|machine| machine.file.as_str()).collect();
                bail!(
                    "more than one definition is named `{mocked}`: {}",
                    files.join(", ")
                );
            }
        }
    }
    bail!(
        "there is no definition of `{mocked}`: it is looked for in the folder of the mock file, then in the whole folder that is tested; it can be said, too: simulate FILE --test DIR"
    )
}

type Done = (Verdict, RanCase, Vec<String>);

fn run_case(
    args: &Simulate,
    file: &MockFile,
    mocked: &str,
    chosen: &str,
    machine: &Machine,
) -> anyhow::Result<Done> {
    let case = Case {
        mocks: file.case(mocked, chosen)?,
        test: file.test(mocked, chosen)?.clone(),
    };
    let mut answers = Answers::new(machine, Some(case), args.settings.strict);
    let input = answers.input().cloned();
    let input = input.unwrap_or_else(|| Value::Object(Map::new()));
    let start = args.settings.start.unwrap_or(START);
    let outcome = run_with(args, machine, input, start, &mut answers)?;
    let notes = answers.notes(machine, &outcome);
    let expected = answers.expected();
    let mut differences = Vec::new();
    if outcome.status == Status::Stopped {
        let why = outcome.cause.as_deref().unwrap_or_default();
        differences.push(format!("it was stopped: {why}"));
    } else if let Some(expected) = expected {
        differences.extend(expected.differences(&outcome));
    }
    let ran = RanCase {
        status: outcome.status.as_str(),
        error: outcome.error.clone(),
        transitions: outcome.transitions,
        virtual_ms: outcome.virtual_ms,
        expects: expected.is_some(),
    };
    let verdict = if differences.is_empty() {
        Verdict::Ok
    } else {
        Verdict::Failed(differences)
    };
    Ok((verdict, ran, notes))
}

/// For pipelines: a suite for each mock file, a class for each state machine. Times are virtual.
fn junit(cases: &[SimulatedCase]) -> anyhow::Result<String> {
    let mut report = Report::new("sfn-advisor simulate");
    for group in cases.chunk_by(|one, other| one.file == other.file) {
        let Some(first) = group.first() else { continue };
        let mut suite = TestSuite::new(first.file.as_str());
        suite.add_test_cases(group.iter().map(test_case));
        report.add_test_suite(suite);
    }
    report.to_string().context("cannot write JUnit XML")
}

fn test_case(case: &SimulatedCase) -> TestCase {
    let status = match &case.verdict {
        Verdict::Ok => TestCaseStatus::success(),
        Verdict::Failed(differences) => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_type("difference");
            status.set_message(differences.first().map_or("", String::as_str));
            status.set_description(differences.join("\n"));
            status
        }
        Verdict::Error(why) => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
            status.set_type("not run");
            status.set_message(why.lines().next().unwrap_or_default());
            status.set_description(why.as_str());
            status
        }
    };
    let name = match case.case.as_str() {
        "" => "all cases",
        name => name,
    };
    let mut test = TestCase::new(name, status);
    let class = match case.machine.as_str() {
        "" => &case.file,
        machine => machine,
    };
    test.set_classname(class);
    if let Some(ran) = &case.ran {
        test.set_time(Duration::from_millis(ran.virtual_ms));
    }
    if !case.notes.is_empty() {
        test.set_system_out(case.notes.join("\n"));
    }
    test
}
