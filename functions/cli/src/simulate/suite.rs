//! `simulate --test`: every case of the mock files below a folder.

use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};
use render::escape::visible;
use render::{RanCase, SimulatedCase, Verdict};
use serde_json::{Map, Value};
use sim::{MockFile, Status};
use walkdir::WalkDir;

use super::machine::{self, Machine};
use super::mocks::{self, Case};
use super::{START, Simulate, run_with};
use crate::Outcome;
use crate::args::{Color, Plain};
use crate::output::print;
use crate::read;

/// Runs all of them.
pub(super) fn test(args: &Simulate, folder: &Path) -> anyhow::Result<Outcome> {
    let files = mock_files(folder)?;
    if files.is_empty() {
        bail!(
            "found no mock files in {}: their names end in .mocks.json or .mocks.yaml, or are MockConfigFile.json",
            visible(&folder.display().to_string())
        );
    }
    let machines = match &args.file {
        Some(file) => {
            let mut machines = machine::all(file, args.workflow)?;
            // The one that is meant comes first.
            let place = machine::place(&machines, args.machine.as_deref())?;
            machines.swap(0, place);
            machines
        }
        None => machine::below(folder, args.workflow),
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

/// A mock file, and why it cannot be read, where that is known.
type Found = (PathBuf, Option<String>);

/// The mock files below a folder, or the one that is named, in the order of their names; with the places that cannot be read.
fn mock_files(folder: &Path) -> anyhow::Result<Vec<Found>> {
    if !folder.is_dir() {
        // Says why, where there is none.
        let about = std::fs::metadata(folder).map_err(|error| {
            let why = read::reason(&error);
            anyhow!(
                "cannot read {}: {why}",
                visible(&folder.display().to_string())
            )
        });
        return about.map(|_| vec![(folder.to_owned(), None)]);
    }
    let mut found = Vec::new();
    let entries = WalkDir::new(folder).sort_by_file_name().into_iter();
    for entry in entries.filter_entry(crate::files::worth_a_look) {
        match entry {
            Ok(entry) if entry.file_type().is_dir() || !is_mock_file(entry.path()) => {}
            Ok(entry) => found.push((entry.into_path(), None)),
            Err(error) => {
                let why = error.io_error();
                let why = why.map_or_else(|| error.to_string(), read::reason);
                let place = error.path().unwrap_or(folder);
                found.push((place.to_owned(), Some(format!("cannot read it: {why}"))));
            }
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

fn run_file(args: &Simulate, found: &Found, machines: &[Machine], out: &mut Vec<SimulatedCase>) {
    let (path, why) = found;
    let name = path.display().to_string();
    let error = |machine: &str, case: &str, why: String| SimulatedCase {
        file: name.clone(),
        machine: machine.to_owned(),
        case: case.to_owned(),
        verdict: Verdict::Error(why),
        ran: None,
        notes: Vec::new(),
    };
    let own_name = path.file_name().unwrap_or(path.as_os_str());
    let own_name = own_name.to_string_lossy();
    let file = match why {
        Some(why) => return out.push(error("", &own_name, why.clone())),
        None => mocks::file(path),
    };
    let file = match file {
        Ok(file) => Rc::new(file),
        Err(why) => return out.push(error("", &own_name, format!("{why:#}"))),
    };
    let shown = visible(&name);
    let notes: Vec<String> = file.warnings().iter().map(ToString::to_string).collect();
    let before = out.len();
    for mocked in file.machines() {
        let problems = file.problems(mocked);
        if !problems.is_empty() {
            out.push(error(mocked, ALL, mocks::lines(&shown, problems)));
        }
        let machine = find(args, path, &file, mocked, machines).and_then(|machine| {
            match machine::refusal(machine, Color::Never) {
                Some(told) => bail!("AWS would refuse to create this state machine\n{told}"),
                None => Ok(machine),
            }
        });
        let machine = match machine {
            Ok(machine) => machine,
            Err(why) => {
                out.push(error(mocked, ALL, format!("{why:#}")));
                continue;
            }
        };
        for chosen in file.cases(mocked) {
            let ran = run_case(args, &file, (mocked, chosen), (machine, machines), &shown);
            out.push(match ran {
                Ok((verdict, ran, notes)) => SimulatedCase {
                    file: name.clone(),
                    machine: mocked.to_owned(),
                    case: chosen.to_owned(),
                    verdict,
                    ran: Some(ran),
                    notes,
                },
                Err(why) => error(mocked, chosen, format!("{why:#}")),
            });
        }
    }
    for lost in file.lost() {
        let case = lost.case.as_deref().unwrap_or(ALL);
        let told = mocks::lines(&shown, &lost.problems.0);
        out.push(error(&lost.machine, case, told));
    }
    if out.len() == before {
        out.push(error(
            "",
            &own_name,
            "there are no test cases in it".to_owned(),
        ));
    }
    // Of one state machine together.
    if let Some(new) = out.get_mut(before..) {
        let order: Vec<String> = file.machines().map(str::to_owned).collect();
        let place = |case: &SimulatedCase| order.iter().position(|name| *name == case.machine);
        new.sort_by_key(|case| place(case).unwrap_or(usize::MAX));
    }
    if let Some(first) = out.get_mut(before) {
        first.notes.splice(0..0, notes);
    }
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

/// What all cases of a state machine are called, where none of them can be run.
const ALL: &str = "all cases";

type Done = (Verdict, RanCase, Vec<String>);

fn run_case(
    args: &Simulate,
    file: &Rc<MockFile>,
    (mocked, chosen): (&str, &str),
    (machine, machines): (&Machine, &[Machine]),
    shown: &str,
) -> anyhow::Result<Done> {
    let (mocks, warnings) = mocks::of_case(file, mocked, chosen, machine, shown)?;
    let test = file.test(mocked, chosen)?.clone();
    let case = Case { mocks, test };
    let start = args.settings.start.unwrap_or(START);
    let from = Some((Rc::clone(file), chosen.to_owned()));
    let mut answers = super::answers_of(args, machine, machines, Some(case), from, start);
    let input = answers.input().cloned();
    let input = input.unwrap_or_else(|| Value::Object(Map::new()));
    let outcome = run_with(args, machine, input, start, &mut answers)?;
    let mut notes: Vec<String> = warnings.iter().map(ToString::to_string).collect();
    notes.extend(answers.notes(machine, &outcome));
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
            // The first line is a heading.
            let first: Vec<&str> = why.lines().take(2).collect();
            status.set_message(first.join(": "));
            status.set_description(why.as_str());
            status
        }
    };
    let mut test = TestCase::new(case.case.as_str(), status);
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
