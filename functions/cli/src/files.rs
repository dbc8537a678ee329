//! Definition files, and templates that hold definitions: which there are, what is in them, and what is to say of them.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use facts::{Fact, MachineFacts, WorkflowType};
use findings::{FixKind, MachineReport, NotRead};
use pricing::Prices;
use rules::Config;
use sources::{Embedded, Place};
use walkdir::{DirEntry, WalkDir};

use crate::args::{Files, Workflow};
use crate::read::{reason, utf8};
use crate::templates::{self, Uses};

/// Files larger than this are not read: AWS takes definitions up to 1 MiB.
pub(crate) const LARGEST: u64 = 16 * 1024 * 1024;

/// Extensions of files that may be definitions or hold some.
const EXTENSIONS: &[&str] = &["json", "yaml", "yml", "template", "tf", "tofu"];

/// Extensions of Terraform and its fork.
pub(crate) const HCL: &[&str] = &["tf", "tofu"];

/// Extensions of programs, which may well make definitions.
const PROGRAMS: &[&str] = &["ts", "js", "mjs", "cjs", "py"];

/// What standard input is called.
const STDIN: &str = "<stdin>";

/// A file that was read.
pub(crate) struct File {
    pub(crate) name: String,
    pub(crate) text: String,
    /// What it is.
    pub(crate) holds: Holds,
    /// What templates say of it.
    pub(crate) uses: Uses,
}

/// What a file is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holds {
    /// A definition; with its type, where a template says it.
    Definition(Option<WorkflowType>),
    /// Definitions among other things.
    Templates,
}

impl File {
    pub(crate) fn new(name: &str, text: String, holds: Holds) -> Self {
        Self {
            name: name.to_owned(),
            text,
            holds,
            uses: Uses::default(),
        }
    }

    /// The same file with another text.
    pub(crate) fn with(&self, text: String) -> Self {
        Self {
            name: self.name.clone(),
            text,
            holds: self.holds,
            uses: self.uses.clone(),
        }
    }
}

/// Reads the definitions that the options name.
pub(crate) fn read(args: &Files) -> anyhow::Result<Found> {
    let mut found = Found::default();
    if args.stdin {
        match crate::read::stdin_bytes(LARGEST).and_then(crate::read::utf8) {
            Ok(text) => {
                let holds = Holds::Definition(None);
                found.files.push(File::new(STDIN, text, holds));
            }
            Err(why) => found.miss(Path::new(STDIN), &why),
        }
    }
    for path in &args.paths {
        match pattern(path) {
            Some(paths) => paths?.iter().for_each(|path| found.search(path)),
            None => found.search(path),
        }
    }
    if found.files.is_empty() && found.unread.is_empty() && found.notes.is_empty() {
        anyhow::bail!(
            "found no definitions; `check` reads .asl.json and .asl.yaml files, JSON and YAML files with `StartAt` and `States`, and templates of CloudFormation, SAM, Terraform and the Serverless Framework"
        );
    }
    Ok(found.whole())
}

/// Reads the definitions below a folder; there may be none.
pub(crate) fn below(folder: &Path) -> Found {
    let mut found = Found::default();
    found.search(folder);
    found.whole()
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

/// Judges files at the same time, as many as there are processors. The reports are in the order of the files, one for each
/// definition.
pub(crate) fn judge(files: &[File], args: &Files, prices: &Prices) -> Vec<MachineReport> {
    let config = Config {
        strictness: args.strictness,
        ..Config::default()
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let next = AtomicUsize::new(0);
    let reports = Mutex::new(Vec::with_capacity(files.len()));
    let work = || {
        while let Some((index, file)) = {
            let index = next.fetch_add(1, Ordering::Relaxed);
            files.get(index).map(|file| (index, file))
        } {
            let report = judge_one(file, args, prices, &config);
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
    reports.into_iter().flat_map(|(_, report)| report).collect()
}

fn judge_one(file: &File, args: &Files, prices: &Prices, config: &Config) -> Vec<MachineReport> {
    if file.holds != Holds::Templates {
        let facts = facts(file, args);
        let format = asl::Format::guess(&file.name, file.text.as_bytes());
        let mut definition = asl::Definition::parse(file.text.as_bytes(), format);
        templates::fill(file, &mut definition, format);
        let mut report = rules::analyze_definition(&facts, &definition, prices, config);
        name_construct(&mut report, file.uses.construct.as_deref());
        return vec![report];
    }
    let mut reports = Vec::new();
    for embedded in templates::definitions(file) {
        if let Place::Here(definition) = &embedded.place {
            let facts = facts_of(file, &embedded, definition.own_text(), args);
            let mut report = rules::analyze_definition(&facts, definition, prices, config);
            name_construct(&mut report, embedded.construct.as_deref());
            reports.push(report);
        }
    }
    reports
}

/// What the CDK synthesizes is not what people write: its construct is where they have to look, and to change it.
fn name_construct(report: &mut MachineReport, construct: Option<&str>) {
    if let Some(construct) = construct {
        for finding in &mut report.findings {
            let more = format!(" (construct `{construct}`)");
            finding.message.push_str(&more);
            finding
                .fix
                .take_if(|fix| matches!(fix.kind, FixKind::Edits(_)));
        }
    }
}

/// What is known of a file.
fn facts(file: &File, args: &Files) -> MachineFacts {
    let stem = Path::new(&file.name)
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    let name = stem.split('.').next().unwrap_or_default();
    let mut facts = MachineFacts::from_file(&file.name, name, file.text.clone());
    let told = match file.holds {
        Holds::Definition(told) => told,
        Holds::Templates => None,
    };
    set_type(&mut facts, told, args);
    facts
}

/// What is known of a definition in a file.
fn facts_of(file: &File, embedded: &Embedded, text: &str, args: &Files) -> MachineFacts {
    let mut known = facts(file, args);
    if !embedded.name.is_empty() {
        known.name.clone_from(&embedded.name);
    }
    known.definition = Fact::Known(text.to_owned());
    set_type(&mut known, embedded.workflow_type, args);
    known
}

/// What the files say comes first.
fn set_type(facts: &mut MachineFacts, told: Option<WorkflowType>, args: &Files) {
    let asked = args.workflow.map(|workflow| match workflow {
        Workflow::Standard => WorkflowType::Standard,
        Workflow::Express => WorkflowType::Express,
    });
    if let Some(known) = told.or(asked) {
        facts.workflow_type = Fact::Known(known);
    }
}

/// What a search comes to, in the order of the names.
#[derive(Default)]
pub(crate) struct Found {
    pub(crate) files: Vec<File>,
    pub(crate) unread: Vec<NotRead>,
    /// Files with something that cannot be judged before it is deployed, and why: that is nobody's mistake.
    pub(crate) notes: Vec<(String, String)>,
}

impl Found {
    /// With what the files refer to, each file once.
    fn whole(mut self) -> Self {
        templates::follow(&mut self);
        self.files.sort_by(|left, right| left.name.cmp(&right.name));
        self.files.dedup_by(|left, right| left.name == right.name);
        self
    }

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
                    if named || has_extension(entry.path(), EXTENSIONS) {
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
    pub(crate) fn read(&mut self, path: &Path, named: bool) {
        if let Some(bytes) = self.bytes(path, named) {
            self.take(path, bytes, named);
        }
    }

    /// Reads a file of which it is known what it is.
    pub(crate) fn read_as(&mut self, path: &Path, holds: Holds) {
        if let Some(bytes) = self.bytes(path, true) {
            match utf8(bytes) {
                Ok(text) => {
                    let name = path.display().to_string();
                    self.files.push(File::new(&name, text, holds));
                }
                Err(why) => self.miss(path, &why),
            }
        }
    }

    fn bytes(&mut self, path: &Path, named: bool) -> Option<Vec<u8>> {
        match std::fs::metadata(path) {
            Ok(about) if !about.is_file() => {
                self.miss(path, "not a regular file");
                return None;
            }
            Ok(about) if about.len() > LARGEST => {
                if named {
                    self.miss(
                        path,
                        "larger than 16 MiB; AWS takes definitions up to 1 MiB",
                    );
                }
                return None;
            }
            Ok(_) => {}
            Err(error) => {
                self.miss(path, &reason(&error));
                return None;
            }
        }
        let read = crate::read::bytes(path, LARGEST);
        read.map_err(|why| self.miss(path, &why)).ok()
    }

    fn take(&mut self, path: &Path, bytes: Vec<u8>, named: bool) {
        let name = path.display().to_string();
        if has_extension(path, PROGRAMS) {
            return self.miss(
                path,
                "it is a program, which is not run; name what it makes",
            );
        }
        let holds = if is_template(path, &name, &bytes) {
            Holds::Templates
        } else if has_extension(path, HCL) {
            if named {
                self.miss(path, "there is no state machine in it");
            }
            return;
        } else if named || looks_like_definition(&bytes) {
            Holds::Definition(None)
        } else {
            return;
        };
        match utf8(bytes) {
            Ok(text) if holds != Holds::Templates && has_directives(&text) => {
                let why = "directives of Terraform (`%{ if … }`) decide what is in it";
                self.notes.push((name, why.to_owned()));
            }
            Ok(text) => self.files.push(File::new(&name, text, holds)),
            Err(why) => self.miss(path, &why),
        }
    }

    pub(crate) fn miss(&mut self, path: &Path, why: &str) {
        self.unread.push(NotRead {
            region: String::new(),
            arn: path.display().to_string(),
            why: why.to_owned(),
        });
    }
}

/// Hidden folders and the folders of package managers hold nobody's own definitions.
pub(crate) fn worth_a_look(entry: &DirEntry) -> bool {
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

pub(crate) fn has_extension(path: &Path, extensions: &[&str]) -> bool {
    path.extension().is_some_and(|extension| {
        extensions
            .iter()
            .any(|known| extension.eq_ignore_ascii_case(known))
    })
}

/// True for a file that defines state machines among other things.
fn is_template(path: &Path, name: &str, bytes: &[u8]) -> bool {
    let Ok(text) = str::from_utf8(bytes) else {
        return false;
    };
    !is_definition_name(path)
        && sources::may_hold(name, text)
        && !sources::definitions(name, text).is_empty()
}

/// True where a text has directives of Terraform's templates: what they make of it is not known before. `{%{` is JSONata.
fn has_directives(text: &str) -> bool {
    text.match_indices("%{").any(|(at, mark)| {
        let before = text.get(..at).and_then(|text| text.chars().next_back());
        let after = text.get(at + mark.len()..).unwrap_or_default();
        let word = after.trim_start_matches(['~', ' ', '\t']);
        let words = ["if ", "else", "endif", "for ", "endfor"];
        before != Some('{') && words.iter().any(|directive| word.starts_with(directive))
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
