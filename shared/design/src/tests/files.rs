//! The requirement files that tests read.

use std::path::Path;

/// Name and text of every example of our own, sorted.
pub(crate) fn own() -> Vec<(String, String)> {
    let found = folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join("examples"));
    assert!(found.len() >= 14, "{}", found.len());
    found
}

/// Those that lie beside the project, where they do.
pub(crate) fn beside() -> Vec<(String, String)> {
    folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/requirements"))
}

fn folder(path: &Path) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = std::fs::read_dir(path)
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let name = path.file_name()?.to_str()?.to_owned();
            let text = name
                .ends_with(".yaml")
                .then(|| std::fs::read_to_string(&path).ok())??;
            Some((name, text))
        })
        .collect();
    found.sort();
    found
}
