//! `sfn-advisor simulate`: runs a state machine on virtual time, without AWS.

pub(crate) mod machine;
mod mocks;
mod suite;

use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use jiff::Timestamp;
use pricing::{REFERENCE_REGION, RegionPrices};
use serde_json::{Map, Value};
use sim::{Exploration, ExploreOptions, FaultRuns, Options, Outcome as Ran, ReachedBy, Status};

use crate::Outcome;
use crate::args::{Color, Plain, PriceTable, Workflow};
use crate::output::{complain, print, use_color, width};
use machine::Machine;
use mocks::Answers;

/// AWS takes inputs up to this many bytes.
///
/// Source: AWS Step Functions Developer Guide, service quotas, read 2026-11-22.
const LARGEST_INPUT: usize = 262_144;
/// No input, and no file of mocks, comes near to this.
const LARGEST_FILE: u64 = 64 << 20;

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
    #[arg(long, value_name = "REGION", default_value = REFERENCE_REGION)]
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
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// When the execution starts, on virtual time. Default: 2026-01-01T00:00:00Z, or when the replayed execution was started
    #[arg(long, value_name = "TIMESTAMP")]
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
    let machine = machine::choose(machines, args.machine.as_deref())?;
    if let Some(told) = machine::refusal(&machine, args.color) {
        if args.format == Plain::Json {
            bail!("AWS would refuse to create this state machine\n{told}");
        }
        print(&told)?;
        bail!("AWS would refuse to create this state machine");
    }
    if args.explore {
        return explore(args, &machine, &prices);
    }
    let mut answers = answers(args, &machine)?;
    let given = args.input.as_deref().map(input).transpose()?;
    let is_given = given.is_some() || answers.input().is_some();
    let input = given.or_else(|| answers.input().cloned());
    let input = input.unwrap_or_else(|| Value::Object(Map::new()));
    let input_bytes = input.to_string().len();
    let start = args.settings.start.or(answers.start()).unwrap_or(START);
    let outcome = run_with(args, &machine, input, start, &mut answers)?;
    let mut notes = answers.notes(&machine, &outcome);
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
fn answers(args: &Simulate, machine: &Machine) -> anyhow::Result<Answers> {
    let strict = args.settings.strict;
    if let Some(file) = &args.replay {
        return Ok(Answers::replay(mocks::replay(file)?));
    }
    let case = match &args.mocks {
        Some(file) => Some(mocks::case(file, machine, args.case.as_deref())?),
        None => None,
    };
    Ok(Answers::new(machine, case, strict))
}

/// One execution.
fn run_with(
    args: &Simulate,
    machine: &Machine,
    input: Value,
    start: Timestamp,
    answers: &mut Answers,
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
    let (name, json) = match text {
        "-" => {
            let mut text = String::new();
            std::io::stdin()
                .lock()
                .read_to_string(&mut text)
                .context("cannot read the input from standard input")?;
            ("standard input".to_owned(), text)
        }
        text if text.trim_start().starts_with(['{', '[', '"']) => {
            ("--input".to_owned(), text.to_owned())
        }
        text if Path::new(text).exists() => (text.to_owned(), read(Path::new(text))?),
        text if serde_json::from_str::<Value>(text).is_ok() => {
            ("--input".to_owned(), text.to_owned())
        }
        text => bail!(
            "the input `{}` is neither JSON nor a file",
            render::escape::visible(text)
        ),
    };
    let json = json.strip_prefix('\u{feff}').unwrap_or(&json);
    serde_json::from_str(json).with_context(|| {
        format!(
            "the input of {} is not JSON",
            render::escape::visible(&name)
        )
    })
}

/// The text of a file.
fn read(file: &Path) -> anyhow::Result<String> {
    let name = file.display().to_string();
    let cannot = || format!("cannot read {}", render::escape::visible(&name));
    let opened = std::fs::File::open(file).with_context(cannot)?;
    let mut bytes = Vec::new();
    let mut most = opened.take(LARGEST_FILE + 1);
    most.read_to_end(&mut bytes).with_context(cannot)?;
    if bytes.len() as u64 > LARGEST_FILE {
        bail!("{} is larger than 64 MiB", render::escape::visible(&name));
    }
    String::from_utf8(bytes)
        .with_context(|| format!("{} is not UTF-8", render::escape::visible(&name)))
}
