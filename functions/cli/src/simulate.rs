//! `sfn-advisor simulate`: runs a state machine on virtual time, without AWS.

pub(crate) mod machine;
mod mocks;
mod nested;
mod suite;

use std::path::{Path, PathBuf};
use std::rc::Rc;

use anyhow::{Context, bail};
use clap::Args;
use jiff::Timestamp;
use pricing::{REFERENCE_REGION, RegionPrices};
use serde_json::{Map, Value};
use sim::{
    Exploration, ExploreOptions, FaultRuns, MockFile, Options, Outcome as Ran, ReachedBy, Status,
};

use crate::Outcome;
use crate::args::{Color, Plain, PriceTable, Workflow, region, seed, timestamp};
use crate::output::{complain, print, use_color, width};
use crate::read;
use machine::Machine;
use mocks::{Answers, Case};
use nested::Nested;

/// AWS takes inputs up to this many bytes.
///
/// Source: AWS Step Functions Developer Guide, service quotas, read 2026-11-22.
const LARGEST_INPUT: usize = 262_144;

pub(crate) const EXIT_CODES: &str = "Exit codes: 0 it ran to its end, however the execution ended; 1 with --test: a case failed; 2 it could not be run, or not to its end: wrong usage, a file that cannot be read, a definition that AWS would refuse, mocks that do not fit, a limit of the simulation.";

/// What is run, and how it is told.
#[derive(Debug, Args)]
pub(crate) struct Simulate {
    /// Definition or template, as for `check`; `-` for standard input
    #[arg(value_name = "FILE", required_unless_present = "test")]
    file: Option<PathBuf>,
    /// Run every case of the mock files below this folder, and say which are not as expected. Without FILE each of them is of the
    /// definition beside it, or of the one with its name
    #[arg(long, value_name = "DIR", conflicts_with_all = ["input", "mocks", "case", "replay"])]
    test: Option<PathBuf>,
    /// Write the results of --test to this file, as XML that pipelines read (`JUnit`)
    #[arg(long, value_name = "FILE", requires = "test")]
    junit: Option<PathBuf>,
    /// The state machine, where there are several
    #[arg(long, value_name = "NAME")]
    machine: Option<String>,
    /// Type of the workflow. Default: what a template says, else STANDARD
    #[arg(long = "type", value_enum, ignore_case = true, value_name = "TYPE")]
    workflow: Option<Workflow>,
    /// The input: JSON, a file with JSON, or `-` for standard input. Default: that of the test case, else `{}`
    #[arg(long, value_name = "JSON")]
    input: Option<String>,
    /// What Tasks are answered: a mock file of Step Functions Local, JSON or YAML
    #[arg(long, value_name = "FILE")]
    mocks: Option<PathBuf>,
    /// Test case of the mock file, where there are several
    #[arg(long, value_name = "NAME", requires = "mocks")]
    case: Option<String>,
    /// Answer as in this recorded execution (what `aws stepfunctions get-execution-history` printed), with its input and start,
    /// and say where it departs from it
    #[arg(long, value_name = "FILE", conflicts_with = "mocks")]
    replay: Option<PathBuf>,
    /// Look for all paths instead: what each costs, how it ends, what is never reached and why
    #[arg(long, conflicts_with_all = ["input", "mocks", "case", "replay", "test"])]
    explore: bool,
    /// With --explore: let each Task fail in each way that makes a difference, and tell what runs afterwards
    #[arg(long, requires = "explore")]
    faults: bool,
    /// With --explore: write the paths to this file, as test cases of a mock file
    #[arg(long, value_name = "FILE", requires = "explore")]
    write_mocks: Option<PathBuf>,
    #[command(flatten)]
    settings: Settings,
    /// Print everything: all lines of the way, the whole output, whole causes
    #[arg(long)]
    full: bool,
    /// How it is told
    #[arg(long, value_enum, default_value_t)]
    format: Plain,
    /// Region whose prices count
    #[arg(long, value_name = "REGION", default_value = REFERENCE_REGION, value_parser = region)]
    region: String,
    #[command(flatten)]
    table: PriceTable,
    /// When to use colours
    #[arg(long, value_enum, default_value_t)]
    color: Color,
}

/// What a simulation depends on besides the definition, the input and the mocks.
#[derive(Debug, Args)]
pub(crate) struct Settings {
    /// Invent no answers: a Task that no mock answers stops the simulation
    #[arg(long)]
    strict: bool,
    /// What jitter, `States.MathRandom` and `$random` are drawn with: the same seed brings the same run
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = seed, allow_negative_numbers = true)]
    seed: u64,
    /// When the execution starts, on virtual time. Default: 2026-01-01T00:00:00Z, or when the replayed execution was started
    #[arg(long, value_name = "TIMESTAMP", value_parser = timestamp)]
    start: Option<Timestamp>,
}

/// Midnight of the first day of 2026, UTC: a time that is no surprise in an output.
const START: Timestamp = Timestamp::constant(1_767_225_600, 0);

/// Runs it. What cannot be run is one exit code, whatever the reason.
pub(crate) fn simulate(args: &Simulate) -> Outcome {
    match run(args) {
        Ok(outcome) => outcome,
        Err(error) => {
            complain(&format!("error: {error:#}"));
            Outcome::Usage
        }
    }
}

fn run(args: &Simulate) -> anyhow::Result<Outcome> {
    let file = match (&args.test, &args.file) {
        (Some(folder), _) => return suite::test(args, folder),
        (None, Some(file)) => file,
        (None, None) => bail!("name a file"),
    };
    let reads_twice = file.as_os_str() == "-" && args.input.as_deref() == Some("-");
    if reads_twice {
        bail!("the definition and the input cannot both come from standard input");
    }
    let prices = args.table.read()?.region(&args.region);
    let machines = machine::all(file, args.workflow)?;
    let place = machine::place(&machines, args.machine.as_deref())?;
    let machine = machines
        .get(place)
        .context("there is no state machine in it")?;
    if let Some(told) = machine::refusal(machine, args.color) {
        if args.format == Plain::Json {
            bail!("AWS would refuse to create this state machine\n{told}");
        }
        print(&told)?;
        bail!("AWS would refuse to create this state machine");
    }
    if args.explore {
        return explore(args, machine, &prices);
    }
    let mut answers = answers(args, machine, &machines)?;
    let given = args.input.as_deref().map(input).transpose()?;
    let is_given = given.is_some() || answers.input().is_some();
    let input = given.or_else(|| answers.input().cloned());
    let input = input.unwrap_or_else(|| Value::Object(Map::new()));
    let input_bytes = input.to_string().len();
    let start = args.settings.start.or(answers.start()).unwrap_or(START);
    let outcome = run_with(args, machine, input, start, &mut answers)?;
    let mut notes = answers.notes(machine, &outcome);
    if !is_given && outcome.status != Status::Succeeded {
        notes.push("the input is `{}`: --input gives another".to_owned());
    }
    let simulation = render::Simulation {
        name: &machine.name,
        workflow: machine.workflow(),
        definition: &machine.definition,
        outcome: &outcome,
        start,
        input_bytes,
        notes: &notes,
    };
    print(&match args.format {
        Plain::Json => render::simulation_json(&simulation, &prices),
        Plain::Text => render::simulation(&simulation, &prices, &screen(args)),
    })?;
    ended(&outcome)
}

/// How text is written.
fn screen(args: &Simulate) -> render::SimulationOptions {
    render::SimulationOptions {
        color: use_color(args.color),
        width: width(),
        full: args.full,
    }
}

/// All paths, and what follows each fault where that is asked for.
fn explore(args: &Simulate, machine: &Machine, prices: &RegionPrices) -> anyhow::Result<Outcome> {
    let options = ExploreOptions {
        start: args.settings.start.unwrap_or(START),
        express: machine.express,
        ..ExploreOptions::default()
    };
    let found = sim::explore(&machine.definition, &options);
    let faults = args.faults.then(|| faults(machine, &options, &found));
    print(&match args.format {
        Plain::Json => {
            let workflow = machine.workflow();
            let faults = faults.as_ref();
            render::exploration_json(&machine.name, workflow, &found, faults, prices)
        }
        Plain::Text => {
            let mut text = render::exploration(&found, prices, &screen(args));
            if let Some(points) = &faults {
                text.push_str("\nwhere a Task fails, and what runs afterwards:\n\n");
                text.push_str(&render::faults(points, &screen(args)));
            }
            text
        }
    })?;
    if let Some(file) = &args.write_mocks {
        let text = render::mock_file(&machine.name, &found.paths);
        crate::account::write(file, &text)?;
    }
    Ok(Outcome::Clean)
}

/// Each fault of each visit of a Task on the paths that come to a good end by themselves, once.
fn faults(machine: &Machine, options: &ExploreOptions, found: &Exploration) -> FaultRuns {
    /// Paths that are broken.
    const PATHS: usize = 20;
    let good = found
        .paths
        .iter()
        .filter(|path| path.reached_by != ReachedBy::Forced && path.status == Status::Succeeded);
    let trials = good.take(PATHS).map(|path| &path.trial);
    sim::fault_runs(&machine.definition, trials, options)
}

/// What Tasks are answered with, by the options.
fn answers<'m>(
    args: &Simulate,
    machine: &'m Machine,
    machines: &'m [Machine],
) -> anyhow::Result<Answers<'m>> {
    if let Some(file) = &args.replay {
        return Ok(Answers::replay(mocks::replay(file)?));
    }
    let (case, from) = match &args.mocks {
        Some(file) => {
            let (case, file, name) = mocks::case(file, machine, args.case.as_deref())?;
            (Some(case), Some((file, name)))
        }
        None => (None, None),
    };
    let start = args.settings.start.unwrap_or(START);
    Ok(answers_of(args, machine, machines, case, from, start))
}

/// What answers the Tasks of a case, with the machines that they may start.
fn answers_of<'m>(
    args: &Simulate,
    machine: &Machine,
    machines: &'m [Machine],
    case: Option<Case>,
    from: Option<(Rc<MockFile>, String)>,
    start: Timestamp,
) -> Answers<'m> {
    let Settings { strict, seed, .. } = args.settings;
    let nested = Nested::of(machines, from, start, (seed, strict));
    Answers::new(machine, case, strict).starting(nested)
}

/// One execution.
fn run_with(
    args: &Simulate,
    machine: &Machine,
    input: Value,
    start: Timestamp,
    answers: &mut Answers<'_>,
) -> anyhow::Result<Ran> {
    let bytes = input.to_string().len();
    if bytes > LARGEST_INPUT {
        bail!("the input has {bytes} bytes; AWS takes up to {LARGEST_INPUT}");
    }
    let options = Options {
        start,
        seed: args.settings.seed,
        express: machine.express,
        // Nobody sees them in text.
        payloads: args.format == Plain::Json && args.test.is_none(),
        ..Options::new(input)
    };
    Ok(sim::simulate(&machine.definition, &options, answers))
}

/// A limit leaves the question open how the execution ends.
fn ended(outcome: &Ran) -> anyhow::Result<Outcome> {
    if outcome.status != Status::Stopped {
        return Ok(Outcome::Clean);
    }
    let why = outcome.cause.as_deref().unwrap_or_default();
    let last = outcome.ended_in.as_deref();
    let place = last.map_or_else(String::new, |last| {
        format!(" in `{}`", render::escape::visible(last))
    });
    bail!("stopped{place}: {}", render::escape::visible(why));
}

/// JSON that is given as it is, by the name of a file, or on standard input.
fn input(text: &str) -> anyhow::Result<Value> {
    let is_json = || serde_json::from_str::<Value>(text).is_ok();
    let path = Path::new(text);
    let (name, json) = match text {
        "-" => ("standard input", read::stdin(read::LARGEST)?),
        text if text.trim_start().starts_with(['{', '[', '"']) => ("--input", text.to_owned()),
        text if path.exists() => (text, read::text(path, read::LARGEST)?),
        text if is_json() => ("--input", text.to_owned()),
        text if is_name_of_file(path) => (text, read::text(path, read::LARGEST)?),
        text => bail!(
            "the input `{}` is neither JSON nor a file; text stands in quotes: --input '\"...\"'",
            render::escape::visible(&clip(text))
        ),
    };
    if json.trim().is_empty() {
        bail!("the input of {} is empty", render::escape::visible(name));
    }
    serde_json::from_str(&json)
        .with_context(|| format!("the input of {} is not JSON", render::escape::visible(name)))
}

/// True for what nobody gives as JSON.
fn is_name_of_file(path: &Path) -> bool {
    path.extension().is_some() || path.components().count() > 1
}

/// The start of a text, as much as a message needs.
fn clip(text: &str) -> String {
    const SHOWN: usize = 80;
    let mut shown: String = text.chars().take(SHOWN).collect();
    if shown.len() < text.len() {
        shown.push_str("...");
    }
    shown
}
