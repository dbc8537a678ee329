//! `sfn-advisor design`: requirements in; a workflow with its cost, infrastructure and tests out, or a better way.

mod told;

use std::path::{Path, PathBuf};

use ::design::deliver::{Answer, Outcome as Designed};
use ::design::requirements::Problem;
use ::design::wire::Wire;
use asl::Level;
use clap::Args;
use findings::Location;

use crate::args::{Color, Plain, PriceTable};
use crate::output::{complain, print, use_color_on_error, width};
use crate::{Outcome, folder};

pub(crate) const EXIT_CODES: &str = "Exit codes: 0 designed; 4 refused, or redirected to a thin workflow: DIR/REFUSAL.md says why and what serves better; 2 wrong usage, requirements that cannot be read or contradict themselves: nothing is written; 3 the folder could not be written.";

/// Requirements files say little; more is not read.
const LARGEST: u64 = 2 << 20;

/// What is designed, and where it goes.
#[derive(Debug, Args)]
pub(crate) struct Design {
    /// Requirements, YAML or JSON, such as `init` writes; `-` for standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The folder to write; made whole or not at all
    #[arg(short, long, value_name = "DIR")]
    out: PathBuf,
    /// Write into a folder that is not empty: what an earlier design wrote there is replaced, all else stays
    #[arg(long)]
    force: bool,
    /// How it is told
    #[arg(long, value_enum, default_value_t)]
    format: Plain,
    #[command(flatten)]
    prices: PriceTable,
    /// When to use colours
    #[arg(long, value_enum, default_value_t)]
    color: Color,
}

/// Designs and writes it.
pub(crate) fn design(args: &Design) -> anyhow::Result<Outcome> {
    if let Some(why) = folder::objection(&args.out, args.force) {
        return Ok(wrong(&why));
    }
    let (prices, (name, text)) = match args
        .prices
        .read()
        .and_then(|it| Ok((it, read(&args.file)?)))
    {
        Ok(read) => read,
        Err(error) => return Ok(wrong(&format!("{error:#}"))),
    };
    let format = asl::Format::guess(&name, text.as_bytes());
    let answer = ::design::deliver::design(&text, format, &prices);
    complain_of(&name, &text, &answer.problems, args.color);
    let place = args.out.display().to_string();
    if let Some(delivery) = answer.outcome.delivery() {
        folder::write(&args.out, &delivery.files)?;
    }
    match args.format {
        Plain::Json => print(&serde_json::to_string_pretty(&Wire::new(
            &answer,
            Some(&place),
        ))?)?,
        Plain::Text => said(&name, &answer, &place)?,
    }
    Ok(match answer.outcome {
        Designed::Invalid => Outcome::Usage,
        Designed::Refused(_) | Designed::Redirected(_) => Outcome::Refused,
        Designed::Designed(_) => Outcome::Clean,
    })
}

fn wrong(why: &str) -> Outcome {
    complain(&format!("error: {why}"));
    Outcome::Usage
}

fn said(name: &str, answer: &Answer, place: &str) -> anyhow::Result<()> {
    if let Some(told) = told::text(&answer.outcome, place, width()) {
        return print(&told);
    }
    let errors = answer.problems.iter();
    let errors = errors.filter(|it| it.level == Level::Error).count();
    complain(&format!(
        "error: {} in {}: nothing is designed",
        crate::check::count(errors, "problem"),
        render::escape::visible(name)
    ));
    Ok(())
}

/// The problems with their lines, as `check` shows its own.
fn complain_of(name: &str, text: &str, problems: &[Problem], color: Color) {
    if problems.is_empty() {
        return;
    }
    let list: Vec<render::FileProblem<'_>> = problems.iter().map(problem).collect();
    let options = render::TerminalOptions {
        color: use_color_on_error(color),
        width: width(),
        full: 20,
    };
    complain(render::problems(name, text, &list, &options).trim_end_matches('\n'));
}

fn problem(problem: &Problem) -> render::FileProblem<'_> {
    render::FileProblem {
        id: problem.id,
        error: problem.level == Level::Error,
        location: Location {
            pointer: problem.pointer.clone(),
            start: problem.span.start,
            end: problem.span.end,
            line: problem.position.line,
            column: problem.position.column,
            ..Location::default()
        },
        message: &problem.message,
        help: problem.help.as_deref(),
    }
}

/// Name and text of the requirements.
fn read(file: &Path) -> anyhow::Result<(String, String)> {
    let text = crate::read::text_or_stdin(file, LARGEST)?;
    let name = match file.as_os_str() {
        name if name == "-" => "<stdin>".to_owned(),
        _ => file.display().to_string(),
    };
    Ok((name, text))
}
