//! Definition files: which there are, what is in them, and what is to say of them.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::string::FromUtf8Error;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use facts::{Fact, MachineFacts, WorkflowType};
use findings::{MachineReport, NotRead};
use pricing::Prices;
use rules::Config;
use walkdir::{DirEntry, WalkDir};

use crate::args::{Files, Workflow};

/// Files larger than this are not read: AWS takes definitions up to 1 MiB.
const LARGEST: u64 = 16 * 1024 * 1024;

/// What standard input is called.
const STDIN: &str = "<stdin>";

/// A definition file that was read.
pub(crate) struct File {
    pub(crate) name: String,
    pub(crate) text: String,
}

/// Reads the definitions that the options name.
pub(crate) fn read(args: &Files) -> anyhow::Result<Found> {
    let mut found = Found::default();
    if args.stdin {
        let mut bytes = Vec::new();
        std::io::stdin().lock().read_to_end(&mut bytes)?;
        match String::from_utf8(bytes) {
            Ok(text) => found.files.push(File {
                name: STDIN.to_owned(),
                text,
            }),
            Err(error) => found.miss(Path::new(STDIN), &not_utf8(&error)),
        }
    }
    for path in &args.paths {
        match pattern(path) {
            Some(paths) => paths?.iter().for_each(|path| found.search(path)),
            None => found.search(path),
        }
    }
    if found.files.is_empty() && found.unread.is_empty() {
        anyhow::bail!(
            "found no definitions; `check` reads .asl.json and .asl.yaml files, and JSON and YAML files with `StartAt` and `States`"
        );
    }
    // Two paths may lead to one file.
    found
        .files
        .sort_by(|left, right| left.name.cmp(&right.name));
    found.files.dedup_by(|left, right| left.name == right.name);
    Ok(found)
}

/// The paths that a pattern stands for; none where there is a file or folder of that name, or no `*`.
fn pattern(path: &Path) -> Option<anyhow::Result<Vec<PathBuf>>> {
    let text = path.to_str()?;
    if path.exists() || !text.contains(['*', '?', '[']) {
        return None;
    }
    let paths = glob::glob(text).map_err(|error| {
        anyhow::anyhow!(
            "{} is no pattern: {}",
            render::escape::visible(text),
            error.msg
        )
    });
    Some(paths.map(|paths| paths.flatten().collect()))
}

/// Judges files at the same time, as many as there are processors. The reports are in the order of the files.
pub(crate) fn judge(files: &[File], args: &Files) -> Vec<MachineReport> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let next = AtomicUsize::new(0);
    let reports = Mutex::new(Vec::with_capacity(files.len()));
    let work = || {
        while let Some((index, file)) = {
            let index = next.fetch_add(1, Ordering::Relaxed);
            files.get(index).map(|file| (index, file))
        } {
            let report = judge_one(file, args);
            if let Ok(mut reports) = reports.lock() {
                reports.push((index, report));
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..threads.min(files.len()) {
            scope.spawn(work);
        }
        work();
    });
    let mut reports = reports.into_inner().unwrap_or_default();
    reports.sort_by_key(|(index, _)| *index);
    reports.into_iter().map(|(_, report)| report).collect()
}

/// Judges one file.
pub(crate) fn judge_one(file: &File, args: &Files) -> MachineReport {
    let config = Config {
        strictness: args.strictness,
        ..Config::default()
    };
    rules::analyze(&facts(file, args), Prices::embedded(), &config)
}

/// What is known of a file.
fn facts(file: &File, args: &Files) -> MachineFacts {
    let stem = Path::new(&file.name)
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    let name = stem.split('.').next().unwrap_or_default();
    let mut facts = MachineFacts::from_file(&file.name, name, file.text.clone());
    if let Some(workflow) = args.workflow {
        facts.workflow_type = Fact::Known(match workflow {
            Workflow::Standard => WorkflowType::Standard,
            Workflow::Express => WorkflowType::Express,
        });
    }
    facts
}

/// What a search comes to, in the order of the names.
#[derive(Default)]
pub(crate) struct Found {
    pub(crate) files: Vec<File>,
    pub(crate) unread: Vec<NotRead>,
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
