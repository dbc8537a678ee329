//! The lines of a definition that a finding points at, with carets below the place.

use std::ops::Range;

use findings::Location;
use unicode_width::UnicodeWidthStr;

use super::Word;
use super::paint::Paint;
use crate::escape::{push_visible, visible};
use crate::words;

/// Other places of a finding that are shown.
const RELATED: usize = 4;

/// One place in one line.
struct Mark {
    /// Index of the shown line.
    row: usize,
    /// Columns on the screen.
    columns: Range<usize>,
    label: String,
    primary: bool,
}

/// Lines with marks.
pub(super) struct Snippet {
    /// Columns that line numbers take.
    pub(super) gutter: usize,
    /// Lines with marks, by number, as the screen shows them.
    lines: Vec<(usize, String)>,
    marks: Vec<Mark>,
    width: usize,
}

impl Snippet {
    /// None where there is no such place in the text, as where the text is another one.
    pub(super) fn of(
        text: &str,
        location: &Location,
        related: &[Location],
        width: usize,
    ) -> Option<Self> {
        let primary = Place::find(text, location)?;
        let mut places: Vec<(Place<'_>, &Location, bool)> = vec![(primary, location, true)];
        let related = related
            .iter()
            .filter_map(|location| Some((Place::find(text, location)?, location, false)));
        places.extend(related.take(RELATED));
        places.sort_by_key(|(place, _, primary)| (place.line, !primary));
        let gutter = places
            .iter()
            .map(|(place, ..)| place.line.to_string().len())
            .max()
            .unwrap_or(1)
            .max(2);
        let room = width.saturating_sub(gutter + 4).max(20);
        let mut lines: Vec<(usize, String)> = Vec::new();
        let mut marks = Vec::new();
        for (place, location, primary) in places {
            let shown = place.show(room);
            // Two places of one long line can need two stretches of it.
            if lines
                .last()
                .is_none_or(|(line, text)| *line != place.line || *text != shown.text)
            {
                lines.push((place.line, shown.text));
            }
            marks.push(Mark {
                row: lines.len().saturating_sub(1),
                columns: shown.columns,
                label: visible(&location.label).into_owned(),
                primary,
            });
        }
        Some(Self {
            gutter,
            lines,
            marks,
            width,
        })
    }

    pub(super) fn lines(&self, paint: Paint, word: Word) -> Vec<String> {
        let blank = format!("{} {}", " ".repeat(self.gutter), paint.frame("|"));
        let mut out = vec![blank.clone()];
        let mut before: Option<usize> = None;
        for (row, (line, text)) in self.lines.iter().enumerate() {
            if before.is_some_and(|before| before + 1 < *line) {
                out.push(paint.frame("..."));
            }
            before = Some(*line);
            let number = format!("{line:>width$} |", width = self.gutter);
            out.push(format!("{} {text}", paint.frame(&number)));
            for mark in self.marks.iter().filter(|mark| mark.row == row) {
                out.extend(self.underline(mark, &blank, paint, word));
            }
        }
        out
    }

    fn underline(&self, mark: &Mark, blank: &str, paint: Paint, word: Word) -> Vec<String> {
        let sign = if mark.primary { "^" } else { "-" };
        let carets = sign.repeat(mark.columns.len().max(1));
        let indent = " ".repeat(mark.columns.start);
        let color = |text: &str| {
            if mark.primary {
                paint.word(word, text)
            } else {
                paint.frame(text)
            }
        };
        let used = self.gutter + 3 + indent.len() + carets.len() + 1;
        if mark.label.is_empty() || used + mark.label.width() <= self.width {
            let label = format!("{carets} {}", mark.label);
            return vec![format!("{blank} {indent}{}", color(label.trim_end()))];
        }
        let mut lines = vec![format!("{blank} {indent}{}", color(&carets))];
        let room = self.width.saturating_sub(self.gutter + 3);
        let indent = " ".repeat(mark.columns.start.min(room / 2));
        let label = words::wrap(&mark.label, room.saturating_sub(indent.len()), "", "");
        lines.extend(
            label
                .iter()
                .map(|line| format!("{blank} {indent}{}", color(line))),
        );
        lines
    }
}

/// A place, found in the text.
struct Place<'a> {
    /// Line, from 1.
    line: usize,
    text: &'a str,
    /// Bytes of the line.
    bytes: Range<usize>,
}

struct Shown {
    text: String,
    columns: Range<usize>,
}

impl<'a> Place<'a> {
    fn find(text: &'a str, location: &Location) -> Option<Self> {
        if location.line == 0 || location.end < location.start {
            return None;
        }
        text.get(location.start..location.end)?;
        let before = text.get(..location.start)?;
        let line = before.matches('\n').count() + 1;
        if line != location.line {
            return None;
        }
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        let text = text.get(start..)?.split('\n').next()?.trim_end();
        let from = location.start - start;
        // A place that goes on over more lines is marked up to the end of its first.
        let to = (location.end - start).min(text.len());
        Some(Self {
            line,
            text,
            bytes: from.min(text.len())..to.max(from.min(text.len())),
        })
    }

    /// The line as the screen shows it, and the columns of the place. Of a line that is too long (a definition without line
    /// breaks), the part around the place.
    fn show(&self, room: usize) -> Shown {
        const CUT: &str = "...";
        let part = |range: Option<&'a str>| range.unwrap_or_default();
        let before = part(self.text.get(..self.bytes.start));
        let inside = part(self.text.get(self.bytes.clone()));
        let after = part(self.text.get(self.bytes.end..));
        // A character more than fits tells whether the line is too long, without reading all of it.
        let mut lead = cells(before.chars().rev(), room + 1);
        lead.cells.reverse();
        let mut inner = cells(inside.chars(), room + 1);
        let mut tail = cells(after.chars(), room + 1);
        let (mut left, mut right) = ("", "");
        if lead.width + inner.width + tail.width > room {
            let room = room.saturating_sub(2 * CUT.len());
            inner = cells(inside.chars(), room);
            // The place stands after a third of what is left, so that what follows it is seen, too.
            let third = (room - inner.width) / 3;
            if lead.width > third {
                left = CUT;
                lead = cells(before.chars().rev(), third);
                lead.cells.reverse();
            }
            let rest = room - inner.width - lead.width;
            if tail.width > rest || inner.width < inside.width() {
                right = CUT;
                tail = cells(after.chars(), rest);
            }
        }
        let start = left.len() + lead.width;
        let text = [
            left,
            &lead.cells.concat(),
            &inner.cells.concat(),
            &tail.cells.concat(),
            right,
        ]
        .concat();
        Shown {
            text,
            columns: start..start + inner.width,
        }
    }
}

/// Characters as the screen shows them.
struct Cells {
    cells: Vec<String>,
    width: usize,
}

/// As many characters as fit into `room` columns.
fn cells(text: impl Iterator<Item = char>, room: usize) -> Cells {
    let mut taken = Cells {
        cells: Vec::new(),
        width: 0,
    };
    for c in text {
        let mut cell = String::new();
        match c {
            '\t' => cell.push_str("    "),
            c => push_visible(&mut cell, c),
        }
        if taken.width + cell.width() > room {
            break;
        }
        taken.width += cell.width();
        taken.cells.push(cell);
    }
    taken
}
