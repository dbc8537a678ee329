//! The one state machine that is run.

use std::path::{Path, PathBuf};

use anyhow::bail;
use asl::{Definition, Level};
use facts::WorkflowType;
use findings::{MachineReport, Report, Strictness};
use jiff::Timestamp;
use sources::Place;

use crate::args::{Color, Files, Workflow};
use crate::files::{self, File, Holds};
use crate::output::{use_color, width};
use crate::templates;

/// A definition that can be run.
pub(crate) struct Machine {
    pub(crate) name: String,
    pub(crate) file: String,
    pub(crate) definition: Definition,
    /// From the options, else from a template, else Standard.
    pub(crate) express: bool,
}

impl Machine {
    pub(crate) fn workflow(&self) -> &'static str {
        if self.express { "EXPRESS" } else { "STANDARD" }
    }
}

/// Everything that `check` would read there, in order.
pub(crate) fn all(path: &Path, workflow: Option<Workflow>) -> anyhow::Result<Vec<Machine>> {
    let stdin = path.as_os_str() == "-";
    let paths: Vec<PathBuf> = (!stdin).then(|| path.to_owned()).into_iter().collect();
    let args = Files {
        paths,
        stdin,
        workflow: None,
        strictness: Strictness::default(),
    };
    let found = files::read(&args)?;
    if let Some(unread) = found.unread.first() {
        let (name, why) = (&unread.arn, &unread.why);
        bail!(
            "cannot read {}: {}",
            render::escape::visible(name),
            render::escape::visible(why)
        );
    }
    let machines: Vec<Machine> = found
        .files
        .iter()
        .flat_map(|file| of_file(file, workflow))
        .collect();
    if machines.is_empty()
        && let Some((name, why)) = found.notes.first()
    {
        bail!(
            "{} has no definition that can be run: {}",
            render::escape::visible(name),
            render::escape::visible(why)
        );
    }
    Ok(machines)
}

/// Every definition below a folder; what cannot be read there is nobody's business as long as no mock file means it.
pub(crate) fn below(folder: &Path, workflow: Option<Workflow>) -> Vec<Machine> {
    let folder = match folder.parent() {
        Some(parent) if folder.is_file() => parent,
        _ => folder,
    };
    let here = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    let found = files::below(here);
    let machines = found.files.iter();
    machines.flat_map(|file| of_file(file, workflow)).collect()
}

fn of_file(file: &File, workflow: Option<Workflow>) -> Vec<Machine> {
    let machine = |name: String, definition: Definition, told: Option<WorkflowType>| {
        let asked = workflow.map(|workflow| workflow == Workflow::Express);
        Machine {
            name,
            file: file.name.clone(),
            definition,
            express: asked.unwrap_or(told == Some(WorkflowType::Express)),
        }
    };
    match file.holds {
        Holds::Definition(told) => {
            let format = asl::Format::guess(&file.name, file.text.as_bytes());
            let mut definition = Definition::parse(file.text.as_bytes(), format);
            templates::fill(file, &mut definition, format);
            vec![machine(stem(&file.name), definition, told)]
        }
        Holds::Templates => templates::definitions(file)
            .into_iter()
            .filter_map(|embedded| match embedded.place {
                Place::Here(definition) => {
                    let name = match embedded.name.as_str() {
                        "" => stem(&file.name),
                        name => name.to_owned(),
                    };
                    Some(machine(name, *definition, embedded.workflow_type))
                }
                _ => None,
            })
            .collect(),
    }
}

/// The name of a file up to its first full stop.
pub(crate) fn stem(name: &str) -> String {
    let name = Path::new(name).file_name();
    let name = name
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    name.split('.').next().unwrap_or_default().to_owned()
}

/// The one of that name, or the only one.
pub(crate) fn choose(mut machines: Vec<Machine>, name: Option<&str>) -> anyhow::Result<Machine> {
    let place = place(&machines, name)?;
    Ok(machines.swap_remove(place))
}

/// Where the one of that name, or the only one, stands.
pub(crate) fn place(machines: &[Machine], name: Option<&str>) -> anyhow::Result<usize> {
    let shown = |machines: &[Machine]| listed(machines.iter().map(|it| it.name.as_str()));
    let Some(name) = name else {
        return match machines.len() {
            0 => bail!("there is no state machine in it"),
            1 => Ok(0),
            many => bail!(
                "there are {many} state machines: choose one with --machine NAME; there is {}",
                shown(machines)
            ),
        };
    };
    let named = machines.iter().enumerate();
    let named = named.filter(|(_, machine)| machine.name == name);
    match named.collect::<Vec<_>>().as_slice() {
        [] => bail!(
            "there is no state machine `{}`; there is {}",
            render::escape::visible(name),
            shown(machines)
        ),
        [(place, _)] => Ok(*place),
        many => {
            let files: Vec<&str> = many.iter().map(|(_, it)| it.file.as_str()).collect();
            bail!(
                "{} state machines have the name `{}`, in {}: name one file",
                many.len(),
                render::escape::visible(name),
                render::escape::visible(&files.join(", "))
            )
        }
    }
}

/// The names, or the first of them and how many more there are.
pub(super) fn listed<'n>(names: impl Iterator<Item = &'n str>) -> String {
    const NAMED: usize = 12;
    let mut names = names.map(|name| format!("`{}`", render::escape::visible(name)));
    let first: Vec<String> = names.by_ref().take(NAMED).collect();
    match names.count() {
        0 => first.join(", "),
        more => format!("{} and {more} more", first.join(", ")),
    }
}

/// What AWS would refuse to create it for, as `check` tells it; none where it would not.
pub(crate) fn refusal(machine: &Machine, color: Color) -> Option<String> {
    let language = machine
        .definition
        .problems
        .iter()
        .any(|problem| problem.level == Level::Error);
    let kind = if machine.express {
        WorkflowType::Express
    } else {
        WorkflowType::Standard
    };
    let text = machine.definition.text.to_string();
    let mut facts = facts::MachineFacts::from_file(&machine.file, &machine.name, text);
    facts.workflow_type = facts::Fact::Known(kind);
    let unable = machine.express && !cost::able::blockers(&machine.definition).is_empty();
    if !language && !unable {
        return None;
    }
    let config = rules::Config::default();
    let prices = pricing::Prices::embedded();
    let mut report = rules::analyze_definition(&facts, &machine.definition, prices, &config);
    report.findings.retain(|finding| {
        let problem = asl::PROBLEMS.iter().any(|(id, _)| *id == finding.rule);
        let refused = problem || finding.rule == "express-impossible";
        refused && finding.level() == findings::Level::Error
    });
    if report.findings.is_empty() {
        return None;
    }
    report.not_assessed.clear();
    Some(told(report, &machine.definition.text, color))
}

fn told(machine: MachineReport, text: &str, color: Color) -> String {
    let report = Report {
        at: Timestamp::UNIX_EPOCH,
        window_days: 0,
        account: String::new(),
        regions: Vec::new(),
        prices_as_of: String::new(),
        machines: vec![machine],
        account_findings: Vec::new(),
        not_read: Vec::new(),
        lifecycle: None,
    }
    .arrange();
    let options = render::TerminalOptions {
        color: use_color(color),
        width: width(),
        full: 20,
    };
    let source = |_: &findings::MachineRef| Some(text.to_owned());
    render::terminal(&report, &source, &options)
}
