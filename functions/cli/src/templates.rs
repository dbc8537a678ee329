//! What templates lead to: files with definitions, parts of other files, and the other files of a Terraform module.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use facts::WorkflowType;
use sources::{Embedded, FilledBy, Filling, Module, Part, Place};

use crate::files::{File, Found, HCL, Holds, LARGEST, has_extension};

/// Parts of files that include parts of files: a chain of these is no one's.
const MAX_INCLUDED: usize = 1000;

/// What templates say of a file.
#[derive(Clone, Default)]
pub(crate) struct Uses {
    /// The parts that other files include.
    parts: Vec<Included>,
    /// What takes the place of `${name}` in a definition.
    fillings: Vec<Filling>,
    /// The construct of the CDK that a definition was made of.
    pub(crate) construct: Option<String>,
    /// The Terraform module that it belongs to.
    module: Option<Arc<Module>>,
    /// True for a copy of a file that is judged where people edit it.
    is_copy: bool,
}

#[derive(Clone, PartialEq)]
struct Included {
    part: Part,
    /// Of the state machine, where it is one.
    name: String,
    /// What paths are relative to.
    base: PathBuf,
}

/// The state machines of a template.
pub(crate) fn definitions(file: &File) -> Vec<Embedded> {
    let module = file.uses.module.as_ref().filter(|module| {
        let mut files = module.files();
        files.any(|(name, text)| name == file.name && text == file.text)
    });
    let mut found = match module {
        Some(module) => module.definitions(&file.name),
        None => sources::definitions(&file.name, &file.text),
    };
    let mut taken: BTreeSet<usize> = found.iter().filter_map(start).collect();
    for included in &file.uses.parts {
        let more = sources::included(&file.name, &file.text, &included.part, &included.name);
        let more = more.into_iter();
        found.extend(more.filter(|it| start(it).is_none_or(|start| taken.insert(start))));
    }
    found
}

fn start(embedded: &Embedded) -> Option<usize> {
    match &embedded.place {
        Place::Here(definition) => Some(definition.part.start),
        _ => None,
    }
}

/// Adds the names that no template gives a definition file a value for.
pub(crate) fn fill(file: &File, definition: &mut asl::Definition, format: asl::Format) {
    let fillings = &file.uses.fillings;
    if fillings.is_empty() {
        return;
    }
    if fillings.iter().all(|filling| filling.by != FilledBy::File) {
        // It is text before anything reads it as JSON.
        let problems = &mut definition.problems;
        problems.retain(|problem| problem.id != "placeholder-unquoted");
    }
    for filling in fillings {
        let missing = filling.missing(definition, format);
        definition.problems.extend(missing);
    }
    definition
        .problems
        .sort_by_key(|problem| problem.span.start);
}

/// A file that a template takes a definition from.
struct Target {
    path: PathBuf,
    optional: bool,
    part: Option<Included>,
    workflow_type: Option<WorkflowType>,
    template: String,
    filling: Option<Filling>,
    construct: Option<String>,
}

/// Tells definition files what templates give them, and reads those that were not found by themselves.
pub(crate) fn follow(found: &mut Found) {
    modules(found);
    let mut places: BTreeMap<PathBuf, usize> = BTreeMap::new();
    for (index, file) in found.files.iter().enumerate() {
        if let Ok(place) = std::fs::canonicalize(&file.name) {
            places.entry(place).or_insert(index);
        }
    }
    let mut open = Vec::new();
    for file in found.files.iter().filter(|it| it.holds == Holds::Templates) {
        let base = folder(&file.name).to_owned();
        let embedded = definitions(file);
        open.extend(targets(&embedded, file, &base));
        found.notes.extend(notes(&embedded, &file.name));
    }
    open.reverse();
    let most = open.len() + MAX_INCLUDED;
    for _ in 0..most {
        let Some(mut target) = open.pop() else { break };
        let Some(index) = find(found, &mut places, &mut target) else {
            continue;
        };
        if let Some(included) = target.part.take() {
            open.extend(include(found, index, included));
        } else if let Some(file) = found.files.get_mut(index) {
            tell(file, target);
        }
    }
    found.files.retain(|file| !file.uses.is_copy);
}

/// The index of the file that is meant, which is read where it was not found before.
fn find(
    found: &mut Found,
    places: &mut BTreeMap<PathBuf, usize>,
    target: &mut Target,
) -> Option<usize> {
    let Ok(place) = std::fs::canonicalize(&target.path) else {
        if !target.optional {
            let why = format!("no such file, but {} names it", target.template);
            found.miss(&target.path, &why);
        }
        return None;
    };
    let index = *places.entry(place).or_insert_with(|| read(found, target));
    if target.optional
        && let Some(original) = original(found, index)
    {
        found.files.get_mut(index)?.uses.is_copy = true;
        target.construct = None;
        return Some(original);
    }
    Some(index)
}

/// Lets a part of a file be judged; answers what that part leads to.
fn include(found: &mut Found, index: usize, included: Included) -> Vec<Target> {
    let Some(file) = found.files.get_mut(index) else {
        return Vec::new();
    };
    file.holds = Holds::Templates;
    if file.uses.parts.contains(&included) {
        return Vec::new();
    }
    let embedded = sources::included(&file.name, &file.text, &included.part, &included.name);
    found.notes.extend(notes(&embedded, &file.name));
    let more = targets(&embedded, file, &included.base);
    file.uses.parts.push(included);
    more
}

/// Tells a definition file what a template says of it.
fn tell(file: &mut File, target: Target) {
    if file.holds == Holds::Definition(None) {
        file.holds = Holds::Definition(target.workflow_type);
    }
    let uses = &mut file.uses;
    uses.construct = uses.construct.take().or(target.construct);
    let new = target.filling;
    if let Some(filling) = new.filter(|filling| !uses.fillings.contains(filling)) {
        uses.fillings.push(filling);
    }
}

/// The file that the CDK copied, where it is among those that were found.
fn original(found: &Found, copy: usize) -> Option<usize> {
    let text = &found.files.get(copy)?.text;
    let mut files = found.files.iter().enumerate();
    let original = files.find(|(index, file)| {
        let is_asset = Path::new(&file.name)
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with("asset."));
        *index != copy && !is_asset && file.holds != Holds::Templates && file.text == *text
    });
    original.map(|(index, _)| index)
}

fn folder(name: &str) -> &Path {
    Path::new(name).parent().unwrap_or_else(|| Path::new(""))
}

/// Reads a file that a template names; answers its index, or one that no file has.
fn read(found: &mut Found, target: &Target) -> usize {
    let index = found.files.len();
    if target.part.is_some() {
        found.read_as(&target.path, Holds::Templates);
    } else {
        found.read(&target.path, true);
    }
    if found.files.len() > index {
        index
    } else {
        usize::MAX
    }
}

/// The files that a template takes definitions from, with what it says of them.
fn targets(embedded: &[Embedded], file: &File, base: &Path) -> Vec<Target> {
    let targets = embedded.iter().filter_map(|embedded| {
        let Place::File {
            path,
            part,
            optional,
        } = &embedded.place
        else {
            return None;
        };
        // What is filled in later may lead anywhere.
        if path.contains("${") {
            return None;
        }
        let parts = Path::new(path).components();
        let plain = parts
            .filter(|it| *it != Component::CurDir)
            .collect::<PathBuf>();
        Some(Target {
            path: base.join(plain),
            optional: *optional,
            part: part.clone().map(|part| Included {
                part,
                name: embedded.name.clone(),
                base: base.to_owned(),
            }),
            workflow_type: embedded.workflow_type,
            template: file.name.clone(),
            filling: embedded.filling.clone(),
            construct: embedded.construct.clone(),
        })
    });
    targets.collect()
}

/// What cannot be judged, and why: the file, and a sentence.
fn notes<'a>(
    embedded: &'a [Embedded],
    file: &'a str,
) -> impl Iterator<Item = (String, String)> + 'a {
    embedded.iter().filter_map(move |embedded| {
        let Place::Open { why } = &embedded.place else {
            return None;
        };
        let of = match embedded.name.as_str() {
            "" => String::new(),
            name => format!(" of `{name}`"),
        };
        Some((file.to_owned(), format!("the definition{of} {why}")))
    })
}

/// Lets the files of Terraform know the other files of their folders.
fn modules(found: &mut Found) {
    let templates = found.files.iter().filter(|it| it.holds == Holds::Templates);
    let folders: BTreeSet<PathBuf> = templates
        .filter(|file| has_extension(Path::new(&file.name), HCL))
        .map(|file| folder(&file.name).to_owned())
        .collect();
    for folder in folders {
        let texts: BTreeMap<String, String> = (found.files.iter())
            .filter(|file| {
                self::folder(&file.name) == folder && has_extension(Path::new(&file.name), HCL)
            })
            .map(|file| (file.name.clone(), file.text.clone()))
            .collect();
        let mut all = texts.clone();
        for (name, text) in siblings(&folder) {
            all.entry(name).or_insert(text);
        }
        let module = Arc::new(Module::new(all));
        for (name, text) in module.files() {
            let is_new = !texts.contains_key(name);
            // A file with machines of its own was not asked for.
            if is_new && !sources::may_hold(name, text) && !module.definitions(name).is_empty() {
                found
                    .files
                    .push(File::new(name, text.to_owned(), Holds::Templates));
            }
        }
        let files = found.files.iter_mut();
        for file in files.filter(|it| self::folder(&it.name) == folder) {
            file.uses.module = Some(Arc::clone(&module));
        }
    }
}

/// The files of a folder that have local values.
fn siblings(folder: &Path) -> Vec<(String, String)> {
    let here = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    let entries = std::fs::read_dir(here).into_iter().flatten().flatten();
    let mut found: Vec<(String, String)> = entries
        .filter(|entry| has_extension(&entry.path(), HCL))
        .filter(|entry| {
            let about = std::fs::metadata(entry.path());
            about.is_ok_and(|about| about.is_file() && about.len() <= LARGEST)
        })
        .filter_map(|entry| {
            let path = folder.join(entry.file_name());
            #[expect(clippy::disallowed_methods, reason = "the command line reads files")]
            let text = std::fs::read_to_string(&path).ok()?;
            let useful = text.contains("locals") || text.contains("template_file");
            useful.then(|| (path.display().to_string(), text))
        })
        .collect();
    found.sort();
    found
}
