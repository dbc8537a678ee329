//! Writes the stacks of the tests into a folder, one folder each, for the tools that read them: `stacks FOLDER`.
#![expect(
    clippy::disallowed_methods,
    reason = "writes the files that the tools read"
)]

use std::path::Path;

#[path = "../tests/samples/mod.rs"]
mod samples;

fn main() -> std::io::Result<()> {
    let folder = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "stacks".to_owned());
    for stack in samples::all() {
        for artifact in iac::stack_files(&stack) {
            let path = Path::new(&folder)
                .join(&stack.name)
                .join(&artifact.file_name);
            if let Some(parent) = path.parent() {
                std::fs::create_dir_all(parent)?;
            }
            std::fs::write(path, artifact.text)?;
        }
    }
    Ok(())
}
