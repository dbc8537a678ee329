//! A text that is made of pieces of another.

use crate::{Edit, Span};

/// A text with the place in a file of each of its parts: the content of a string that is written with escapes, that is
/// indented, or that is joined from several.
#[derive(Clone, Debug, Default)]
pub struct Mapped {
    text: String,
    pieces: Vec<Piece>,
}

/// From one offset of the text up to the next piece.
#[derive(Clone, Copy, Debug)]
struct Piece {
    at: usize,
    outer: Span,
    /// True where the file has the same bytes, false where the piece as a whole stands for what is there.
    same: bool,
}

impl Mapped {
    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Adds a text that the file has just so, from `start` on.
    pub fn push_same(&mut self, text: &str, start: usize) {
        if text.is_empty() {
            return;
        }
        let end = start + text.len();
        match self.pieces.last_mut() {
            Some(last) if last.same && last.outer.end == start => last.outer.end = end,
            _ => self.piece(Span::new(start, end), true),
        }
        self.text.push_str(text);
    }

    /// Adds a text for something that the file writes in another way.
    pub fn push_for(&mut self, text: &str, outer: Span) {
        if !text.is_empty() {
            self.piece(outer, false);
            self.text.push_str(text);
        }
    }

    /// Adds a part of another such text.
    pub fn push_part(&mut self, other: &Self, part: Span) {
        let first = other.piece_at(part.start).unwrap_or_default();
        for (index, piece) in other.pieces.iter().enumerate().skip(first) {
            if piece.at >= part.end {
                return;
            }
            let end = other.pieces.get(index + 1).map(|next| next.at);
            let here = Span::new(
                piece.at.max(part.start),
                end.unwrap_or(other.text.len()).min(part.end),
            );
            if piece.same {
                self.push_same(
                    here.of(&other.text),
                    piece.outer.start + here.start - piece.at,
                );
            } else {
                self.push_for(here.of(&other.text), piece.outer);
            }
        }
    }

    /// The place in the file of a part of the text.
    pub fn outer(&self, span: Span) -> Span {
        let start = self.place(span.start, |outer| outer.start);
        let end = match span.end.checked_sub(1) {
            Some(last) if last >= span.start => self.place(last, |outer| outer.end),
            _ => start,
        };
        // Pieces need not follow each other in the file.
        Span::new(start, end.max(start))
    }

    /// A change of the text as a change of the file, where it is known how the file writes it: as it is, or with backslashes. What
    /// stands for something else as a whole is changed as a whole or not at all.
    pub(crate) fn written(&self, file: &str, edit: &Edit) -> Option<Edit> {
        let first = self.piece_at(edit.span.start)?;
        let last = match edit.span.end.checked_sub(1) {
            Some(last) if last >= edit.span.start => self.piece_at(last)?,
            _ => first,
        };
        for index in first..=last {
            let piece = self.pieces.get(index)?;
            let next = self.pieces.get(index + 1);
            let end = next.map_or(self.text.len(), |next| next.at);
            let whole = edit.span.start <= piece.at && end <= edit.span.end;
            let between = edit.span.start == edit.span.end && edit.span.start == piece.at;
            if !piece.same && !whole && !between {
                return None;
            }
            // Blanks that indent the lines of a string stand in none of its pieces.
            if let Some(next) = next.filter(|_| index < last)
                && !file
                    .get(piece.outer.end..next.outer.start)?
                    .chars()
                    .all(char::is_whitespace)
            {
                return None;
            }
        }
        let quote = self.text.find('"')?;
        let text = match self.outer(Span::new(quote, quote + 1)).of(file) {
            "\"" if !edit.text.contains(['\n', '\\', '\'']) && !edit.text.contains("${") => {
                edit.text.clone()
            }
            "\\\"" if !edit.text.contains(['\n', '$']) => {
                edit.text.replace('\\', "\\\\").replace('"', "\\\"")
            }
            _ => return None,
        };
        // Blanks at the end of a removed part belong to the indentation of what follows.
        let blank = |at: usize| {
            self.text
                .get(..at)
                .is_some_and(|it| it.ends_with(char::is_whitespace))
        };
        let start = self.place(edit.span.start, |outer| outer.start);
        let mut end = self.outer(edit.span).end;
        if edit.span.start < edit.span.end
            && blank(edit.span.end)
            && edit.span.end < self.text.len()
        {
            end = self.place(edit.span.end, |outer| outer.start);
        }
        Some(Edit {
            span: Span::new(start, end.max(start)),
            text,
        })
    }

    /// The place of one byte; `side` chooses of what stands for it as a whole.
    fn place(&self, at: usize, side: impl Fn(Span) -> usize) -> usize {
        let Some(piece) = self.piece_at(at).and_then(|index| self.pieces.get(index)) else {
            return 0;
        };
        if piece.same {
            let start = piece.outer.start + (at - piece.at);
            side(Span::new(start, start + 1)).min(piece.outer.end)
        } else if at >= self.text.len() {
            piece.outer.end
        } else {
            side(piece.outer)
        }
    }

    fn piece_at(&self, at: usize) -> Option<usize> {
        self.pieces
            .partition_point(|piece| piece.at <= at)
            .checked_sub(1)
    }

    fn piece(&mut self, outer: Span, same: bool) {
        let at = self.text.len();
        self.pieces.push(Piece { at, outer, same });
    }
}
