//! The `sfn-advisor` command: audits, checks and explains from a terminal.

mod account;
mod args;
mod audit;
mod check;
mod cost;
mod design;
mod estimate;
mod files;
mod fix;
mod fixes;
mod folder;
mod history;
mod iac;
mod init;
mod output;
mod price;
mod prices;
mod read;
mod resume;
mod sample;
mod simulate;
mod templates;
mod together;

use std::process::ExitCode;

use clap::Parser;
use mimalloc::MiMalloc;

use args::{Cli, Command, RulesFormat};
use output::print;

/// Definitions and payloads are trees of small pieces.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// What a command comes to.
pub(crate) enum Outcome {
    /// Nothing at or above the severity that counts.
    Clean,
    /// Findings at or above it.
    Findings,
    /// The command was used wrongly, which only showed while it ran.
    Usage,
    /// A workflow is not what serves, and why was written.
    Refused,
}

fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok(Outcome::Clean) => ExitCode::SUCCESS,
        Ok(Outcome::Findings) => ExitCode::from(1),
        Ok(Outcome::Usage) => ExitCode::from(2),
        Ok(Outcome::Refused) => ExitCode::from(4),
        Err(error) => {
            output::complain(&format!("error: {error:#}"));
            ExitCode::from(3)
        }
    }
}

fn run(command: Command) -> anyhow::Result<Outcome> {
    match command {
        Command::Demo(args) => audit::demo(&args),
        Command::Audit(args) => audit::audit(&args),
        Command::Collect(args) => account::collect(&args),
        Command::Check(args) => check::check(&args),
        Command::Fix(args) => fix::fix(&args),
        Command::History(args) => history::history(&args),
        Command::Simulate(args) => Ok(simulate::simulate(&args)),
        Command::Price(args) => price::price(&args),
        Command::Prices(args) => prices::prices(&args),
        Command::Cost(args) => crate::cost::cost(&args),
        Command::Design(args) => crate::design::design(&args),
        Command::Init(args) => crate::init::init(&args),
        Command::Iac(args) => crate::iac::iac(&args),
        Command::Rules(args) => {
            let metas: Vec<_> = rules::RULES.iter().map(|rule| &rule.meta).collect();
            print(&match args.format {
                RulesFormat::Text => render::rules_table(&metas),
                RulesFormat::Markdown => render::rules_markdown(&metas),
            })?;
            Ok(Outcome::Clean)
        }
        Command::Explain { rule } => explain(&rule),
    }
}

fn explain(id: &str) -> anyhow::Result<Outcome> {
    // More problems than these are told in a line each.
    const FULL: usize = 3;
    if let Some(rule) = rules::rule(id) {
        print(&render::explain(&rule.meta))?;
        return Ok(Outcome::Clean);
    }
    if let Some(text) = asl::explanation(id) {
        print(&section(id, text))?;
        return Ok(Outcome::Clean);
    }
    let problems = asl::problems_of_code(id);
    if problems.is_empty() {
        return Ok(unknown(id));
    }
    let code = id.to_ascii_uppercase();
    let told = problems.iter().map(|problem| {
        if problems.len() <= FULL {
            return section(problem, asl::explanation(problem).unwrap_or_default());
        }
        let meaning = asl::PROBLEMS.iter().find(|(known, _)| known == problem);
        format!(
            "- {problem}: {}",
            meaning.map_or("", |(_, meaning)| meaning)
        )
    });
    let told: Vec<String> = told.collect();
    if problems.len() <= FULL {
        print(&format!(
            "What AWS tells as {code}:\n\n{}",
            told.join("\n\n")
        ))?;
    } else {
        print(&format!(
            "What AWS tells as {code}; `sfn-advisor explain ID` says more of each:\n\n{}",
            told.join("\n")
        ))?;
    }
    Ok(Outcome::Clean)
}

/// What there is to say of a problem of the language.
fn section(id: &str, text: &str) -> String {
    format!(
        "{id}\n\n{text}\n\nA problem of the Amazon States Language itself, found in the text of a definition."
    )
}

/// True for the id of a rule or of a problem of the language.
pub(crate) fn is_known(id: &str) -> bool {
    rules::rule(id).is_some() || asl::PROBLEMS.iter().any(|(known, _)| *known == id)
}

/// Says that there is no such rule, and which may be meant.
pub(crate) fn unknown(id: &str) -> Outcome {
    let problems = asl::PROBLEMS.iter().map(|(known, _)| *known);
    let known: Vec<&str> = rules::RULES
        .iter()
        .map(|rule| rule.meta.id)
        .chain(problems)
        .collect();
    let hint = match asl::nearest(id, known.iter().copied()) {
        Some(name) => format!("did you mean `{name}`?"),
        None => format!("there are {}", known.join(", ")),
    };
    output::complain(&format!(
        "error: there is no rule `{}`; {hint}",
        render::escape::visible(id)
    ));
    Outcome::Usage
}
