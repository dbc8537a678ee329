//! Files and standard input: read in one way, bounded, and told of in one wording where they cannot be read.

use std::io::{ErrorKind, Read};
use std::path::Path;

use anyhow::anyhow;

/// No input, no mock file and no price table comes near to this. Where JSON is read with places, a byte may take a hundred.
pub(crate) const LARGEST: u64 = 16 << 20;
/// Accounts of thousands of state machines, and histories of 25,000 events, stay below.
pub(crate) const LARGEST_RECORD: u64 = 1 << 30;

/// The text of a file, without the mark that some editors set before it; `-` is standard input.
pub(crate) fn text_or_stdin(path: &Path, most: u64) -> anyhow::Result<String> {
    if path.as_os_str() == "-" {
        return stdin(most);
    }
    text(path, most)
}

/// The text of a file, without the mark that some editors set before it.
pub(crate) fn text(path: &Path, most: u64) -> anyhow::Result<String> {
    let read = bytes(path, most).and_then(utf8).map(plain);
    read.map_err(|why| cannot(&path.display().to_string(), &why))
}

/// The text on standard input, without the mark that some editors set before it.
pub(crate) fn stdin(most: u64) -> anyhow::Result<String> {
    let read = stdin_bytes(most).and_then(utf8).map(plain);
    read.map_err(|why| cannot("standard input", &why))
}

/// What is on standard input, or why it cannot be read.
pub(crate) fn stdin_bytes(most: u64) -> Result<Vec<u8>, String> {
    bounded(std::io::stdin().lock(), most)
}

/// What is in a file, or why it cannot be read: words that go behind its name.
pub(crate) fn bytes(path: &Path, most: u64) -> Result<Vec<u8>, String> {
    // Some systems open a folder, and fail later with other words.
    if path.is_dir() {
        return Err("it is a folder".to_owned());
    }
    let file = std::fs::File::open(path).map_err(|error| reason(&error))?;
    bounded(file, most)
}

fn bounded(from: impl Read, most: u64) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let mut part = from.take(most.saturating_add(1));
    part.read_to_end(&mut bytes)
        .map_err(|error| reason(&error))?;
    if bytes.len() as u64 > most {
        return Err(format!("larger than {} MiB", most >> 20));
    }
    Ok(bytes)
}

fn cannot(name: &str, why: &str) -> anyhow::Error {
    anyhow!("cannot read {}: {why}", render::escape::visible(name))
}

/// What is known of an error of the system.
pub(crate) fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => "no such file".to_owned(),
        ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    }
}

/// Bytes as text, or where they are none.
pub(crate) fn utf8(bytes: Vec<u8>) -> Result<String, String> {
    String::from_utf8(bytes).map_err(|error| {
        let good = error.as_bytes().get(..error.utf8_error().valid_up_to());
        let good = good.unwrap_or_default();
        let line = good.split(|byte| *byte == b'\n').count();
        format!("not UTF-8: line {line} has a byte that is no text")
    })
}

fn plain(text: String) -> String {
    match text.strip_prefix('\u{feff}') {
        Some(rest) => rest.to_owned(),
        None => text,
    }
}
