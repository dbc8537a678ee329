//! Strings.

use super::Reader;
use crate::{Problem, Span, parse::MAX_SYNTAX_PROBLEMS};

impl Reader<'_> {
    /// At the opening quote.
    pub(super) fn string(&mut self, quote: u8) -> String {
        self.at += 1;
        let mut from = self.at;
        let mut text = String::new();
        let mut control_seen = false;
        loop {
            let rest = self.bytes.get(self.at..).unwrap_or_default();
            self.at += plain_length(rest, quote);
            match self.peek() {
                None => {
                    self.end_of_text();
                    text.push_str(self.slice(from, self.at));
                    return text;
                }
                Some(byte) if byte == quote => {
                    text.push_str(self.slice(from, self.at));
                    self.at += 1;
                    return text;
                }
                Some(b'\\') => {
                    text.push_str(self.slice(from, self.at));
                    self.escape(&mut text);
                    from = self.at;
                }
                Some(byte) => {
                    if matches!(byte, b'\n' | b'\r') && !control_seen && !self.goes_on(quote) {
                        text.push_str(self.end_in_line(from));
                        return text;
                    }
                    if !control_seen {
                        self.control_character(byte);
                    }
                    control_seen = true;
                    self.at += 1;
                }
            }
        }
    }

    pub(super) fn single_quoted(&mut self) -> String {
        let start = self.at;
        let text = self.string(b'\'');
        let span = Span::new(start, self.at);
        self.invalid(
            span,
            "strings stand in double quotes",
            "replace `'` by `\"`",
        );
        text
    }

    /// At a line break inside a string: does the next quote close this string, or open another one?
    fn goes_on(&self, quote: u8) -> bool {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let Some(next) = rest.iter().position(|byte| *byte == quote) else {
            return false;
        };
        let after = rest.get(next + 1..).unwrap_or_default();
        let sign = after.iter().find(|byte| !byte.is_ascii_whitespace());
        matches!(sign, None | Some(b',' | b'}' | b']' | b':'))
    }

    /// At the end of the line of a string without closing quote: a comma there is none of its text.
    fn end_in_line(&mut self, from: usize) -> &str {
        let line = self.slice(from, self.at).trim_end();
        let text = line.strip_suffix(',').unwrap_or(line);
        let end = Span::new(from + text.len(), from + text.len());
        self.at = end.end;
        self.invalid(
            end,
            "the string is not closed in its line",
            "write `\"` at its end",
        );
        text
    }

    fn control_character(&mut self, byte: u8) {
        let written = match byte {
            b'\n' => "\\n".to_owned(),
            b'\r' => "\\r".to_owned(),
            b'\t' => "\\t".to_owned(),
            _ => format!("\\u{byte:04x}"),
        };
        let message = format!("a string has the control character U+{byte:04X}");
        let span = Span::new(self.at, self.at + 1);
        self.invalid(span, message, &format!("write `{written}`"));
    }

    /// At a backslash.
    fn escape(&mut self, text: &mut String) {
        let start = self.at;
        self.at += 1;
        let plain = match self.peek() {
            None => return,
            Some(b'u') => return self.unicode_escape(text),
            Some(byte @ (b'"' | b'\\' | b'/')) => char::from(byte),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(_) => {
                // The character itself is read as text next, whatever it is.
                let span = Span::new(start, self.at);
                let help = "write `\\\\` for a backslash";
                self.invalid(span, "JSON does not know this escape", help);
                return;
            }
        };
        self.at += 1;
        text.push(plain);
    }

    /// At the `u` of `\u`.
    fn unicode_escape(&mut self, text: &mut String) {
        let start = self.at - 1;
        let Some(first) = self.hex(self.at + 1) else {
            self.at += 1;
            let span = Span::new(start, self.at);
            self.invalid(span, "`\\u` needs four hexadecimal digits", "");
            text.push(char::REPLACEMENT_CHARACTER);
            return;
        };
        self.at += 5;
        let low = match self.bytes.get(self.at..self.at + 2) {
            Some(b"\\u") if (0xd800..0xdc00).contains(&first) => self.hex(self.at + 2),
            _ => None,
        };
        let pair = low
            .filter(|low| (0xdc00..0xe000).contains(low))
            .and_then(|low| char::from_u32(0x10000 + ((first - 0xd800) << 10) + (low - 0xdc00)));
        if let Some(character) = pair {
            self.at += 6;
            text.push(character);
        } else if let Some(character) = char::from_u32(first) {
            text.push(character);
        } else {
            text.push(char::REPLACEMENT_CHARACTER);
            // Where the text is cut off here, the other half may be what is missing.
            if self.at + 6 <= self.bytes.len() {
                self.lone_surrogate(Span::new(start, self.at));
            }
        }
    }

    fn lone_surrogate(&mut self, span: Span) {
        const ID: &str = "lone-surrogate";
        let reported = self.problems.iter().filter(|problem| problem.id == ID);
        if reported.count() < MAX_SYNTAX_PROBLEMS {
            let message = "half of a surrogate pair is no character";
            self.problems.push(Problem::warning(ID, span, message));
        }
    }

    fn hex(&self, at: usize) -> Option<u32> {
        let digits = self.bytes.get(at..at + 4)?;
        digits.iter().try_fold(0, |value, byte| {
            Some(value * 16 + char::from(*byte).to_digit(16)?)
        })
    }
}

/// Bytes before the first quote, backslash or control character.
fn plain_length(rest: &[u8], quote: u8) -> usize {
    let (words, _) = rest.as_chunks::<8>();
    let is_plain = |word: &&[u8; 8]| is_plain_word(u64::from_ne_bytes(**word), quote);
    let start = words.iter().take_while(is_plain).count() * 8;
    let rest = rest.get(start..).unwrap_or_default();
    let special = |byte: &u8| *byte == quote || *byte == b'\\' || *byte < 0x20;
    start + rest.iter().position(special).unwrap_or(rest.len())
}

/// [`plain_length`] for eight bytes at once. Subtracting a bound from every byte borrows into the top bit of those that
/// are smaller, and a byte that is looked for is zero after `xor`.
fn is_plain_word(word: u64, quote: u8) -> bool {
    const ONES: u64 = u64::MAX / 0xff;
    const TOPS: u64 = ONES << 7;
    let any_below =
        |word: u64, bound: u8| word.wrapping_sub(ONES * u64::from(bound)) & !word & TOPS;
    let quotes = any_below(word ^ (ONES * u64::from(quote)), 1);
    let backslashes = any_below(word ^ (ONES * u64::from(b'\\')), 1);
    quotes | backslashes | any_below(word, 0x20) == 0
}
