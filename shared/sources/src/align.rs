//! From the text of a string back to how it is written.

use asl::{Mapped, Node, Span};

/// How a string is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// As it is, but for white space: block scalars and plain scalars.
    Plain,
    /// Between `'`, which stands there twice.
    Single,
    /// Between `"`, with backslashes.
    Double,
    /// A heredoc of HCL: as it is, but for indentation and `$${`.
    Heredoc,
    /// Between `"` in HCL.
    Template,
}

impl Style {
    fn has_escapes(self) -> bool {
        matches!(self, Self::Double | Self::Template)
    }

    /// True where `$${` and `%%{` stand for `${` and `%{`.
    fn has_markers(self) -> bool {
        matches!(self, Self::Heredoc | Self::Template)
    }
}

/// The content of a string of JSON or YAML, with its places.
pub(crate) fn content(file: &str, node: &Node, text: &str) -> Mapped {
    let raw = node.span.of(file);
    let (style, skipped) = style(raw);
    let start = node.span.start + skipped;
    let mut mapped = Mapped::default();
    align(
        file,
        Span::new(start, node.span.end),
        text,
        style,
        &mut mapped,
    );
    mapped
}

/// How a string of JSON or YAML is written, and where its content begins.
fn style(raw: &str) -> (Style, usize) {
    // A tag.
    let tag = match raw.find(char::is_whitespace) {
        Some(end) if raw.starts_with('!') => end,
        _ => 0,
    };
    let rest = raw.get(tag..).unwrap_or_default();
    let start = raw.len() - rest.trim_start().len();
    match rest.trim_start().bytes().next() {
        Some(b'"') => (Style::Double, start + 1),
        Some(b'\'') => (Style::Single, start + 1),
        Some(b'|' | b'>') => {
            let header = raw.find('\n').map_or(raw.len(), |end| end + 1);
            (Style::Plain, header)
        }
        _ => (Style::Plain, start),
    }
}

/// Adds a text that is written at a place of the file.
pub(crate) fn align(file: &str, place: Span, text: &str, style: Style, into: &mut Mapped) {
    let mut written = Written {
        raw: place.of(file),
        at: 0,
        style,
    };
    for (index, character) in text.char_indices() {
        let mut buffer = [0; 4];
        let one = character.encode_utf8(&mut buffer);
        match written.next(character) {
            Some(Step::Same(at)) => into.push_same(one, place.start + at),
            Some(Step::For(start, end)) => {
                into.push_for(one, Span::new(place.start + start, place.start + end));
            }
            None => {
                into.push_for(text.get(index..).unwrap_or_default(), place);
                return;
            }
        }
    }
}

enum Step {
    Same(usize),
    For(usize, usize),
}

struct Written<'a> {
    raw: &'a str,
    at: usize,
    style: Style,
}

impl Written<'_> {
    fn rest(&self) -> &str {
        self.raw.get(self.at..).unwrap_or_default()
    }

    /// How the next character is written. `None` where what is written is something else.
    fn next(&mut self, wanted: char) -> Option<Step> {
        loop {
            let start = self.at;
            let rest = self.rest();
            let Some(here) = rest.chars().next() else {
                // A line break that is added at the end.
                return wanted.is_whitespace().then_some(Step::For(start, start));
            };
            if self.style.has_escapes() && here == '\\' {
                if self.escape(wanted) {
                    return Some(Step::For(start, self.at));
                }
                continue;
            }
            let is_marker = rest.starts_with("$${") || rest.starts_with("%%{");
            let twice = (self.style == Style::Single && rest.starts_with("''"))
                || (self.style.has_markers() && is_marker);
            if here == wanted {
                self.at += here.len_utf8();
                if twice {
                    self.at += here.len_utf8();
                    return Some(Step::For(start, self.at));
                }
                return Some(Step::Same(start));
            }
            if !here.is_whitespace() {
                // A line break that became a space was passed over already.
                return wanted.is_whitespace().then_some(Step::For(start, start));
            }
            self.at += here.len_utf8();
        }
    }

    /// At a backslash. False where it and the line break behind it stand for nothing.
    fn escape(&mut self, wanted: char) -> bool {
        let rest = self.rest();
        let kind = rest.chars().nth(1);
        let digits = match kind {
            Some('x') => 2,
            // The second half of a pair is written like the first.
            Some('u') if wanted.len_utf8() == 4 => 4 + "\\u0000".len(),
            Some('u') => 4,
            Some('U') => 8,
            _ => 0,
        };
        let length = 1 + kind.map_or(0, char::len_utf8) + digits;
        let fits = rest.is_char_boundary(length.min(rest.len()));
        self.at += if fits {
            length.min(rest.len())
        } else {
            rest.len()
        };
        !matches!(kind, Some('\n' | '\r'))
    }
}
