//! Byte offsets to lines and columns.

/// A place as an editor shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
}

/// Where the lines of a text begin.
#[derive(Clone, Debug, Default)]
pub struct LineIndex {
    starts: Vec<usize>,
    /// Characters before every [`LineIndex::STEP`]th byte, so that a place far into a line of a megabyte is found as fast
    /// as any other; empty for ASCII.
    characters: Vec<usize>,
}

impl LineIndex {
    const STEP: usize = 1024;

    /// Reads the line breaks of a text.
    pub fn new(text: &str) -> Self {
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let starts = std::iter::once(0)
            .chain(breaks.map(|(at, _)| at + 1))
            .collect();
        let mut characters = Vec::new();
        if !text.is_ascii() {
            let mut before = 0;
            for chunk in text.as_bytes().chunks(Self::STEP) {
                characters.push(before);
                before += beginnings(chunk);
            }
        }
        Self { starts, characters }
    }

    /// The place of a byte offset; an offset after the end is at the end.
    pub fn position(&self, text: &str, offset: usize) -> Position {
        let line = self.starts.partition_point(|start| *start <= offset).max(1);
        let start = self.starts.get(line - 1).copied().unwrap_or_default();
        let offset = offset.min(text.len());
        let before = self.before(text, offset) - self.before(text, start);
        Position {
            line,
            column: before + 1,
        }
    }

    /// Characters that begin before a byte offset.
    fn before(&self, text: &str, offset: usize) -> usize {
        let Some(before) = self.characters.get(offset / Self::STEP) else {
            return offset;
        };
        let mark = offset - offset % Self::STEP;
        before + text.as_bytes().get(mark..offset).map_or(0, beginnings)
    }
}

/// Bytes that begin a character.
fn beginnings(bytes: &[u8]) -> usize {
    let begins = |byte: &&u8| **byte & 0b1100_0000 != 0b1000_0000;
    bytes.iter().filter(begins).count()
}
