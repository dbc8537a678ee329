//! `sfn-advisor iac`: the role, the alarms and the infrastructure of a definition that is there already.

use std::fmt::Write as _;
use std::path::PathBuf;

use ::iac::stack::{Parameter, ParameterKind};
use ::iac::{Artifact, DeriveOptions, Derived, Review};
use clap::Args;
use serde_json::{Value, json};

use crate::args::{Color, Plain, Workflow};
use crate::output::{complain, print};
use crate::simulate::machine;
use crate::{Outcome, folder};

pub(crate) const EXIT_CODES: &str = "Exit codes: 0 written; 1 with --strict: written, but the role lacks what the definition does not say; 2 wrong usage, or a file that cannot be read or that AWS would refuse: nothing is written; 3 the folder could not be written.";

/// What is derived, and where it goes.
#[derive(Debug, Args)]
pub(crate) struct Iac {
    /// Definition or template, as for `check`; `-` for standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The folder to write; made whole or not at all
    #[arg(short, long, value_name = "DIR")]
    out: PathBuf,
    /// Write into a folder that is not empty: what an earlier run wrote there is replaced, all else stays
    #[arg(long)]
    force: bool,
    /// The state machine, where there are several
    #[arg(long, value_name = "NAME")]
    machine: Option<String>,
    /// What the stack is called. Default: the name of the state machine or of its file
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Type of the workflow. Default: what a template says, else STANDARD
    #[arg(long = "type", value_enum, ignore_case = true, value_name = "TYPE")]
    workflow: Option<Workflow>,
    /// Exit with 1 where a state has no permission because the definition does not say what it needs
    #[arg(long)]
    strict: bool,
    /// How it is told
    #[arg(long, value_enum, default_value_t)]
    format: Plain,
    /// When to use colours
    #[arg(long, value_enum, default_value_t)]
    color: Color,
}

/// Derives and writes it.
pub(crate) fn iac(args: &Iac) -> anyhow::Result<Outcome> {
    let wrong = |why: &str| {
        complain(&format!("error: {why}"));
        Ok(Outcome::Usage)
    };
    if let Some(why) = folder::objection(&args.out, args.force) {
        return wrong(&why);
    }
    let read = machine::all(&args.file, args.workflow)
        .and_then(|machines| machine::choose(machines, args.machine.as_deref()));
    let machine = match read {
        Ok(machine) => machine,
        Err(error) => return wrong(&format!("{error:#}")),
    };
    if let Some(told) = machine::refusal(&machine, args.color) {
        complain(&told);
        return wrong("AWS would refuse to create this state machine: nothing is written");
    }
    let name = match (&args.name, machine.name.as_str()) {
        (Some(name), _) => name,
        // A definition from standard input has no name.
        (None, "" | "<stdin>") => "workflow",
        (None, name) => name,
    };
    let derived = ::iac::derive(
        &machine.definition,
        &DeriveOptions::new(name, machine.express),
    );
    let files = files(&derived);
    folder::write(&args.out, &files)?;
    let place = args.out.display().to_string();
    print(&match args.format {
        Plain::Text => text(&derived, &place, machine.express),
        Plain::Json => as_json(&derived, &files, &place),
    })?;
    let open = derived.review.iter().any(|review| review.blocking);
    Ok(if args.strict && open {
        Outcome::Findings
    } else {
        Outcome::Clean
    })
}

/// The files of the stack, with what a person has to look at beside them.
fn files(derived: &Derived) -> Vec<Artifact> {
    let mut files = ::iac::stack_files(&derived.stack);
    files.push(Artifact {
        file_name: "REVIEW.md".to_owned(),
        language: "markdown",
        text: review_page(derived),
    });
    files.sort_by(|left, right| left.file_name.cmp(&right.file_name));
    files
}

fn count(number: usize, one: &str, many: &str) -> String {
    let word = if number == 1 { one } else { many };
    format!("{number} {word}")
}

/// `9 of 10 integration points are permitted`
fn coverage(derived: &Derived) -> String {
    match derived.points {
        0 => "it calls nothing: the role permits logs and traces only".to_owned(),
        points => format!(
            "the role permits {} of {}",
            derived.covered,
            count(points, "integration point", "integration points")
        ),
    }
}

fn text(derived: &Derived, place: &str, express: bool) -> String {
    let stack = &derived.stack;
    let place = render::escape::visible(place);
    let kind = if express { "Express" } else { "Standard" };
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = writeln!(
        out,
        "`{}` ({kind}): {}; {}; written to {place}",
        stack.name,
        coverage(derived),
        count(stack.alarms.len(), "alarm", "alarms"),
    );
    told(
        &mut out,
        "not permitted, because the definition does not say what is needed",
        derived.review.iter().filter(|review| review.blocking),
    );
    told(
        &mut out,
        "to look at",
        derived.review.iter().filter(|review| !review.blocking),
    );
    if !stack.parameters.is_empty() {
        out.push_str("\nto fill in when it is deployed:\n");
        for parameter in &stack.parameters {
            let about = render::escape::visible(&parameter.description);
            let _ = writeln!(out, "  {}: {about}", parameter.name);
        }
    }
    let _ = writeln!(
        out,
        "\nnext: read {place}/REVIEW.md and the role in {place}/terraform, {place}/cdk, {place}/sam or {place}/cloudformation"
    );
    out
}

fn told<'a>(out: &mut String, title: &str, list: impl Iterator<Item = &'a Review>) {
    for (index, review) in list.enumerate() {
        if index == 0 {
            let _ = writeln!(out, "\n{title}:");
        }
        let (state, what, why) = (
            render::escape::visible(&review.state),
            render::escape::visible(&review.what),
            render::escape::visible(&review.why),
        );
        let _ = writeln!(out, "  `{state}`: {what}: {why}");
    }
}

/// Text of an account in a line of Markdown.
fn plain(text: &str) -> String {
    let mut out = String::new();
    for c in render::escape::visible(text).chars() {
        if matches!(
            c,
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#' | '&' | '!'
        ) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

fn review_page(derived: &Derived) -> String {
    let stack = &derived.stack;
    let mut out = format!(
        "# What to look at before `{}` is deployed\n\nFrom the definition alone, {}.\n",
        stack.name,
        coverage(derived)
    );
    let parts = [
        (
            "Not permitted",
            "The definition does not say what these states need, so they have no permission for it. Add it to the role.",
            true,
        ),
        (
            "To look at",
            "The role is complete but for what is said here.",
            false,
        ),
    ];
    for (title, about, blocking) in parts {
        let mut list = derived
            .review
            .iter()
            .filter(|review| review.blocking == blocking)
            .peekable();
        if list.peek().is_some() {
            let _ = writeln!(out, "\n## {title}\n\n{about}\n");
        }
        for review in list {
            let _ = writeln!(
                out,
                "- **{}**: {}: {}",
                plain(&review.state),
                plain(&review.what),
                plain(&review.why)
            );
        }
    }
    if !stack.parameters.is_empty() {
        out.push_str("\n## To fill in\n\n");
        for parameter in &stack.parameters {
            let _ = writeln!(
                out,
                "- `{}`: {}",
                parameter.name,
                plain(&parameter.description)
            );
        }
    }
    out
}

fn parameter(parameter: &Parameter) -> Value {
    let kind = match parameter.kind {
        ParameterKind::Arn => "arn",
        ParameterKind::Name => "name",
        ParameterKind::Email => "email",
        ParameterKind::Url => "url",
        ParameterKind::Number => "number",
        ParameterKind::Text => "text",
    };
    json!({
        "name": parameter.name,
        "description": parameter.description,
        "kind": kind,
        "default": parameter.default,
    })
}

fn as_json(derived: &Derived, files: &[Artifact], place: &str) -> String {
    let review = |review: &Review| {
        json!({
            "state": review.state,
            "pointer": review.pointer,
            "what": review.what,
            "why": review.why,
            "blocking": review.blocking,
        })
    };
    let names: Vec<&str> = files.iter().map(|file| file.file_name.as_str()).collect();
    let stack = &derived.stack;
    let value = json!({
        "version": 1,
        "name": stack.name,
        "type": if stack.machine.express { "EXPRESS" } else { "STANDARD" },
        "folder": place,
        "files": names,
        "integration_points": derived.points,
        "permitted": derived.covered,
        "alarms": stack.alarms.iter().map(|alarm| alarm.id.as_str()).collect::<Vec<_>>(),
        "parameters": stack.parameters.iter().map(parameter).collect::<Vec<_>>(),
        "review": derived.review.iter().map(review).collect::<Vec<_>>(),
    });
    format!("{value:#}")
}
