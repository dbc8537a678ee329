//! Runs the stand-in until it is killed.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line tool"
)]

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::Duration;

use stub::{Fault, Options, Shape, Stub, documented};

const USAGE: &str = "\
stub [--port N] [--machines N] [--express-every N] [--definition FILE] [--alarms N] [--tagged N] [--executions N]
     [--map-runs N] [--quota on|off] [--delay-ms N] [--deny-operation NAME]... [--denied|--gone|--kms|--deleting MACHINE]...
     [--fail-every N] [--hang-up-every N] [--idle] [--idle-every N] [--gains-every N] [--logging] [--metric-pages N]

State machines are called machine-00000, machine-00001, ... The first line printed is the URL.
Calls so far: GET /_local/calls";

fn main() -> ExitCode {
    match options(std::env::args().skip(1)) {
        Ok(options) => {
            let stub = Stub::start(options);
            println!("{}", stub.url);
            loop {
                std::thread::park();
            }
        }
        Err(message) => {
            eprintln!("{message}\n\n{USAGE}");
            ExitCode::from(2)
        }
    }
}

fn options(mut args: impl Iterator<Item = String>) -> Result<Options, String> {
    let mut options = Options {
        machines: 300,
        alarms: 282,
        tagged: 155,
        ..Options::default()
    };
    let mut faults = BTreeMap::new();
    while let Some(name) = args.next() {
        if name == "--idle" {
            options.shape = Shape::Idle;
            continue;
        }
        if name == "--logging" {
            options.logging = true;
            continue;
        }
        let value = args.next().ok_or_else(|| format!("{name} needs a value"))?;
        match name.as_str() {
            "--port" => options.port = number(&name, &value)?,
            "--machines" => options.machines = number(&name, &value)?,
            "--express-every" => options.express_every = number(&name, &value)?,
            "--definition" => options.definition = definition(&value)?,
            "--alarms" => options.alarms = number(&name, &value)?,
            "--tagged" => options.tagged = number(&name, &value)?,
            "--map-runs" => options.map_runs = number(&name, &value)?,
            "--executions" => options.executions = number(&name, &value)?,
            "--quota" if value == "on" => options.quotas = documented(),
            "--quota" => options.quotas = BTreeMap::new(),
            "--delay-ms" => options.delay = Duration::from_millis(number(&name, &value)?),
            "--deny-operation" => _ = options.deny.insert(value),
            "--denied" => _ = faults.insert(value, Fault::Denied),
            "--gone" => _ = faults.insert(value, Fault::Gone),
            "--kms" => _ = faults.insert(value, Fault::Kms),
            "--deleting" => _ = faults.insert(value, Fault::Deleting),
            "--fail-every" => options.fail_every = number(&name, &value)?,
            "--hang-up-every" => options.hang_up_every = number(&name, &value)?,
            "--idle-every" => options.idle_every = number(&name, &value)?,
            "--gains-every" => options.gains_every = number(&name, &value)?,
            "--metric-pages" => options.metric_pages = number(&name, &value)?,
            _ => return Err(format!("unknown option {name}")),
        }
    }
    options.faults = faults;
    Ok(options)
}

fn number<T: std::str::FromStr>(name: &str, value: &str) -> Result<T, String> {
    value
        .parse()
        .map_err(|_| format!("{name} needs a number, not {value}"))
}

#[allow(
    clippy::disallowed_methods,
    reason = "a command line tool reads a file that it was told to"
)]
fn definition(path: &str) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))
}
