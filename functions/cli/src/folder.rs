//! Writes a folder of files: all of them or none.
//!
//! A folder that is not there yet is made beside its place and renamed. Into one that is there, files are moved after all of them
//! are written to its disk. Which ones are ours stands in a list in the folder, so that the next design takes away what it no
//! longer has and leaves alone what others put there.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use ::iac::Artifact;
use anyhow::{Context, bail};

/// The list of what was written, one path a line.
const LIST: &str = ".sfn-advisor-files";

/// Says why nothing may be written there; none where it may.
pub(crate) fn objection(folder: &Path, force: bool) -> Option<String> {
    let shown = folder.display().to_string();
    let shown = render::escape::visible(&shown);
    if folder.as_os_str().is_empty() {
        return Some("the folder to write has no name: give -o DIR".to_owned());
    }
    // A link that leads nowhere is there, too.
    if fs::symlink_metadata(folder).is_err() {
        return None;
    }
    match fs::read_dir(folder) {
        Ok(entries) => (!force && entries.count() > 0).then(|| format!(
            "the folder {shown} is not empty: name another, or give --force to replace what was designed there before"
        )),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            Some(format!("{shown} is no folder"))
        }
        Err(error) => Some(format!("cannot read the folder {shown}: {error}")),
    }
}

/// Writes the files below the folder.
pub(crate) fn write(folder: &Path, files: &[Artifact]) -> anyhow::Result<()> {
    let mut all: Vec<(PathBuf, &str)> = Vec::new();
    for file in files {
        let Some(path) = below(&file.file_name) else {
            bail!(
                "the file {} would not be in the folder",
                render::escape::visible(&file.file_name)
            );
        };
        all.push((path, &file.text));
    }
    let mut names: Vec<&str> = files.iter().map(|file| file.file_name.as_str()).collect();
    names.sort_unstable();
    let list = names.join("\n") + "\n";
    all.push((PathBuf::from(LIST), &list));
    let written = if folder.exists() {
        into(folder, &all)
    } else {
        anew(folder, &all)
    };
    written.with_context(|| {
        let name = folder.display().to_string();
        format!("cannot write the folder {}", render::escape::visible(&name))
    })
}

/// The path, where it leads to a place below a folder and nowhere else.
fn below(name: &str) -> Option<PathBuf> {
    let path = Path::new(name);
    let inside = path
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    (inside && !name.is_empty()).then(|| path.to_owned())
}

/// A folder that goes away unless it was put in its place.
struct Draft(PathBuf);

impl Draft {
    fn make(place: &Path, name: &str) -> io::Result<Self> {
        let path = place.join(format!(".{name}.{}", std::process::id()));
        fs::create_dir(&path)?;
        Ok(Self(path))
    }

    fn fill(&self, files: &[(PathBuf, &str)]) -> io::Result<()> {
        for (path, text) in files {
            let path = self.0.join(path);
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent)?;
            }
            #[expect(clippy::disallowed_methods, reason = "the command line writes files")]
            fs::write(path, text)?;
        }
        Ok(())
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // Nothing is there any more where it was renamed.
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn anew(folder: &Path, files: &[(PathBuf, &str)]) -> io::Result<()> {
    let parent = match folder.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    fs::create_dir_all(parent)?;
    let draft = Draft::make(parent, "sfn-advisor")?;
    draft.fill(files)?;
    fs::rename(&draft.0, folder)
}

fn into(folder: &Path, files: &[(PathBuf, &str)]) -> io::Result<()> {
    let draft = Draft::make(folder, "sfn-advisor")?;
    draft.fill(files)?;
    let before = listed(folder);
    for (path, text) in files {
        let place = folder.join(path);
        #[expect(clippy::disallowed_methods, reason = "the command line reads files")]
        let is_there = fs::read(&place).is_ok_and(|bytes| bytes == text.as_bytes());
        if is_there {
            continue;
        }
        if let Some(parent) = place.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::rename(draft.0.join(path), place)?;
    }
    let now: BTreeSet<&Path> = files.iter().map(|(path, _)| path.as_path()).collect();
    for path in before.iter().filter(|path| !now.contains(path.as_path())) {
        remove(folder, path);
    }
    Ok(())
}

/// What the last design wrote there.
fn listed(folder: &Path) -> Vec<PathBuf> {
    #[expect(clippy::disallowed_methods, reason = "the command line reads files")]
    let list = fs::read_to_string(folder.join(LIST)).unwrap_or_default();
    list.lines().filter_map(below).collect()
}

/// Takes a file away, and the folders that it leaves empty. What cannot be taken away stays: it does no harm to the design.
fn remove(folder: &Path, path: &Path) {
    if fs::remove_file(folder.join(path)).is_err() {
        return;
    }
    let mut parent = path.parent();
    while let Some(at) = parent.filter(|at| !at.as_os_str().is_empty()) {
        // Only empty ones go.
        if fs::remove_dir(folder.join(at)).is_err() {
            return;
        }
        parent = at.parent();
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "tests read and write files")]
mod tests {
    use super::*;

    fn file(name: &str, text: &str) -> Artifact {
        Artifact {
            file_name: name.to_owned(),
            language: "markdown",
            text: text.to_owned(),
        }
    }

    fn names(folder: &Path) -> Vec<String> {
        let mut all: Vec<String> = walkdir::WalkDir::new(folder)
            .into_iter()
            .map(Result::unwrap)
            .filter(|entry| entry.file_type().is_file())
            .map(|entry| {
                let path = entry.path().strip_prefix(folder).unwrap();
                path.display().to_string()
            })
            .collect();
        all.sort();
        all
    }

    #[test]
    fn a_folder_is_made_whole() {
        let scratch = tempfile::tempdir().unwrap();
        let folder = scratch.path().join("new/orders");
        write(
            &folder,
            &[file("README.md", "a"), file("cdk/bin/app.ts", "b")],
        )
        .unwrap();
        assert_eq!(names(&folder), [LIST, "README.md", "cdk/bin/app.ts"]);
        assert_eq!(
            fs::read_dir(folder.parent().unwrap()).unwrap().count(),
            1,
            "nothing else is left"
        );
    }

    #[test]
    fn nothing_is_written_where_a_file_would_leave_the_folder() {
        let scratch = tempfile::tempdir().unwrap();
        for bad in ["../out", "/etc/out", "a/../../out", "", "./a"] {
            let folder = scratch.path().join("orders");
            write(&folder, &[file("README.md", "a"), file(bad, "b")]).unwrap_err();
            assert_eq!(names(scratch.path()), Vec::<String>::new(), "{bad}");
        }
    }

    #[test]
    fn a_second_design_replaces_what_is_ours_only() {
        let scratch = tempfile::tempdir().unwrap();
        let folder = scratch.path();
        write(
            folder,
            &[file("REFUSAL.md", "no"), file("sam/template.yaml", "x")],
        )
        .unwrap();
        fs::write(folder.join("notes.txt"), "mine").unwrap();
        fs::write(folder.join("sam/samconfig.toml"), "mine").unwrap();
        write(folder, &[file("README.md", "yes")]).unwrap();
        assert_eq!(
            names(folder),
            [LIST, "README.md", "notes.txt", "sam/samconfig.toml"]
        );
        write(folder, &[file("README.md", "changed")]).unwrap();
        assert_eq!(
            fs::read_to_string(folder.join("README.md")).unwrap(),
            "changed"
        );
    }

    #[test]
    fn a_list_that_somebody_changed_takes_nothing_away_elsewhere() {
        let scratch = tempfile::tempdir().unwrap();
        let folder = scratch.path().join("orders");
        fs::create_dir(&folder).unwrap();
        fs::write(scratch.path().join("precious"), "mine").unwrap();
        fs::write(folder.join(LIST), "../precious\n/tmp/precious\n").unwrap();
        write(&folder, &[file("README.md", "a")]).unwrap();
        assert!(scratch.path().join("precious").exists());
    }

    #[test]
    fn a_folder_with_something_in_it_is_written_by_force_only() {
        let scratch = tempfile::tempdir().unwrap();
        let folder = scratch.path();
        assert_eq!(objection(folder, false), None);
        assert_eq!(objection(&folder.join("new"), false), None);
        fs::write(folder.join("file"), "mine").unwrap();
        assert!(objection(folder, false).unwrap().contains("not empty"));
        assert_eq!(objection(folder, true), None);
        let told = objection(&folder.join("file"), true).unwrap();
        assert!(told.ends_with("is no folder"), "{told}");
    }
}
