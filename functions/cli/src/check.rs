//! `sfn-advisor check`: definition files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::string::FromUtf8Error;

use facts::MachineFacts;
use findings::{MachineReport, NotRead, Report};
use jiff::Timestamp;
use pricing::Prices;
use rules::Config;
use walkdir::{DirEntry, WalkDir};

use crate::Outcome;
use crate::args::{Check, CheckFormat};
use crate::output::{print, use_color, width};

/// Files larger than this are not read: AWS takes definitions up to 1 MiB.
const LARGEST: u64 = 16 * 1024 * 1024;

/// Judges every definition under the given paths.
pub(crate) fn check(args: &Check) -> anyhow::Result<Outcome> {
    let mut found = Found::default();
    for path in &args.paths {
        found.search(path);
    }
    if found.files.is_empty() && found.unread.is_empty() {
        anyhow::bail!(
            "found no definitions; `check` reads .asl.json and .asl.yaml files, and JSON and YAML files with `StartAt` and `States`"
        );
    }
    let mut texts = BTreeMap::new();
    let mut machines = Vec::new();
    for file in found.files {
        machines.push(judge(&file));
        texts.insert(file.name, file.text);
    }
    let report = report(machines, found.unread);
    print(&match args.format {
        CheckFormat::Json => render::json(&report),
        CheckFormat::Text => {
            // That a file has no metrics and no alarms is no news.
            let mut report = report.clone();
            report
                .machines
                .iter_mut()
                .for_each(|machine| machine.not_assessed.clear());
            let options = render::TerminalOptions {
                color: use_color(args.color),
                width: width(),
                full: if args.all { usize::MAX } else { 20 },
            };
            let source = |machine: &findings::MachineRef| {
                machine
                    .file
                    .as_ref()
                    .and_then(|file| texts.get(file))
                    .cloned()
            };
            render::terminal(&report, &source, &options)
        }
    })?;
    if report.worst().is_some_and(|worst| worst >= args.fail_on) {
        return Ok(Outcome::Findings);
    }
    if report.not_read.is_empty() {
        return Ok(Outcome::Clean);
    }
    anyhow::bail!("{} could not be read", count(report.not_read.len(), "file"));
}

fn count(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

/// A definition file that was read.
struct File {
    name: String,
    text: String,
}

fn judge(file: &File) -> MachineReport {
    let stem = Path::new(&file.name)
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    let name = stem.split('.').next().unwrap_or_default();
    let facts = MachineFacts::from_file(&file.name, name, file.text.clone());
    rules::analyze(&facts, Prices::embedded(), &Config::default())
}

fn report(machines: Vec<MachineReport>, not_read: Vec<NotRead>) -> Report {
    Report {
        at: Timestamp::UNIX_EPOCH,
        window_days: 0,
        account: String::new(),
        regions: Vec::new(),
        prices_as_of: Prices::embedded().as_of().to_owned(),
        machines,
        account_findings: Vec::new(),
        not_read,
        lifecycle: None,
    }
    .arrange()
}

/// What a search comes to, in the order of the names.
#[derive(Default)]
struct Found {
    files: Vec<File>,
    unread: Vec<NotRead>,
}

impl Found {
    fn search(&mut self, path: &Path) {
        if !path.is_dir() {
            self.read(path, true);
            return;
        }
        let entries = WalkDir::new(path)
            .follow_links(true)
            .sort_by_file_name()
            .into_iter()
            .filter_entry(worth_a_look);
        for entry in entries {
            match entry {
                Ok(entry) if !entry.file_type().is_dir() => {
                    let named = is_definition_name(entry.path());
                    if named || has_extension(entry.path(), &["json", "yaml", "yml"]) {
                        self.read(entry.path(), named);
                    }
                }
                Ok(_) => {}
                Err(error) => {
                    let place = error
                        .path()
                        .map_or_else(|| PathBuf::from(path), Path::to_path_buf);
                    // A link in a circle leads to nothing that is not read already.
                    if error.loop_ancestor().is_none() {
                        self.miss(
                            &place,
                            &error.io_error().map_or_else(|| error.to_string(), reason),
                        );
                    }
                }
            }
        }
    }

    /// Reads a file; where its name does not say that it is a definition, only if its content does.
    fn read(&mut self, path: &Path, named: bool) {
        match std::fs::metadata(path) {
            Ok(about) if !about.is_file() => return self.miss(path, "not a regular file"),
            Ok(about) if about.len() > LARGEST => {
                if named {
                    self.miss(
                        path,
                        "larger than 16 MiB; AWS takes definitions up to 1 MiB",
                    );
                }
                return;
            }
            Ok(_) => {}
            Err(error) => return self.miss(path, &reason(&error)),
        }
        #[expect(clippy::disallowed_methods, reason = "the command line reads files")]
        match std::fs::read(path) {
            Ok(bytes) if !named && !looks_like_definition(&bytes) => {}
            Ok(bytes) => match String::from_utf8(bytes) {
                Ok(text) => self.files.push(File {
                    name: path.display().to_string(),
                    text,
                }),
                Err(error) => self.miss(path, &not_utf8(&error)),
            },
            Err(error) => self.miss(path, &reason(&error)),
        }
    }

    fn miss(&mut self, path: &Path, why: &str) {
        self.unread.push(NotRead {
            region: String::new(),
            arn: path.display().to_string(),
            why: why.to_owned(),
        });
    }
}

fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "no such file".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    }
}

fn not_utf8(error: &FromUtf8Error) -> String {
    let good = error
        .as_bytes()
        .get(..error.utf8_error().valid_up_to())
        .unwrap_or_default();
    let line = good.split(|byte| *byte == b'\n').count();
    format!("not UTF-8: line {line} has a byte that is no text")
}

/// Hidden folders and the folders of package managers hold nobody's own definitions.
fn worth_a_look(entry: &DirEntry) -> bool {
    let name = entry.file_name().to_string_lossy();
    entry.depth() == 0 || !(name.starts_with('.') || name == "node_modules" || name == "target")
}

fn is_definition_name(path: &Path) -> bool {
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy().to_lowercase())
        .unwrap_or_default();
    [".asl", ".asl.json", ".asl.yaml", ".asl.yml"]
        .iter()
        .any(|ending| name.ends_with(ending))
}

fn has_extension(path: &Path, extensions: &[&str]) -> bool {
    path.extension().is_some_and(|extension| {
        extensions
            .iter()
            .any(|known| extension.eq_ignore_ascii_case(known))
    })
}

/// True where a file without a telling name starts like a definition: `StartAt`, or states with a `Type`, at its top level.
fn looks_like_definition(bytes: &[u8]) -> bool {
    let contains = |word: &[u8]| bytes.windows(word.len()).any(|window| window == word);
    if !contains(b"StartAt") && !contains(b"States") {
        return false;
    }
    let definition = asl::Definition::parse(bytes, asl::Format::guess("", bytes));
    let scope = &definition.machine.scope;
    scope.start_at.is_some()
        || scope
            .states
            .iter()
            .any(|state| !state.type_name().is_empty())
}
