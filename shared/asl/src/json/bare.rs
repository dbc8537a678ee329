//! What stands outside quotes: numbers, `true`, `false`, `null`, and everything that should not.

use super::{Last, Reader};
use crate::{Problem, Span, Value, parse::MAX_SYNTAX_PROBLEMS, problem::quoted};

impl Reader<'_> {
    /// At a digit or a minus.
    pub(super) fn number(&mut self) -> Value {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        match number_length(rest) {
            Some(length) if ends_word(rest.get(length)) => {
                let start = self.at;
                self.at += length;
                Value::Number(self.slice(start, self.at).to_owned())
            }
            _ => self.word(),
        }
    }

    /// At a character that begins no string, number or bracket.
    pub(super) fn word(&mut self) -> Value {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        for (word, value) in [
            (b"true".as_slice(), Value::Bool(true)),
            (b"false".as_slice(), Value::Bool(false)),
            (b"null".as_slice(), Value::Null),
        ] {
            if rest.starts_with(word) && ends_word(rest.get(word.len())) {
                self.at += word.len();
                return value;
            }
        }
        self.wrong_word()
    }

    fn wrong_word(&mut self) -> Value {
        let span = self.take_word();
        let word = span.of(self.text);
        if word.contains("${") {
            self.unquoted_placeholder(span);
            return Value::String(word.to_owned());
        }
        let first = word.bytes().next().unwrap_or_default();
        let meant = match word.to_ascii_lowercase().as_str() {
            "true" => Some(("true", Value::Bool(true))),
            "false" => Some(("false", Value::Bool(false))),
            "null" | "none" | "nil" | "undefined" => Some(("null", Value::Null)),
            _ => None,
        };
        if let Some((right, value)) = meant {
            let help = format!("write `{right}`");
            self.invalid(span, format!("JSON has no word {}", quoted(word)), &help);
            return value;
        }
        if word.eq_ignore_ascii_case("nan") || word.to_ascii_lowercase().ends_with("infinity") {
            let message = format!("JSON has no number {}", quoted(word));
            self.invalid(span, message, "");
            return Value::Null;
        }
        let numeric = first.is_ascii_digit() || matches!(first, b'+' | b'-' | b'.');
        if numeric && word.parse::<f64>().is_ok() {
            let message = format!("JSON does not write a number as {}", quoted(word));
            self.invalid(
                span,
                message,
                "no plus, no zero in front, digits around the dot",
            );
            return Value::Number(word.to_owned());
        }
        let message = format!("{} is not in quotes", quoted(word));
        self.invalid(span, message, "write strings in double quotes");
        Value::String(word.to_owned())
    }

    /// At a name that does not begin with a quote. `None` where it was no name; the second is true for a placeholder.
    pub(super) fn bare_name(&mut self, last: Last) -> Option<(String, bool)> {
        let span = self.take_word();
        let word = span.of(self.text);
        let after = self.bytes.get(span.end..).unwrap_or_default();
        let sign = after.iter().find(|byte| !byte.is_ascii_whitespace());
        if word.contains("${") {
            self.unquoted_placeholder(span);
            return Some((word.to_owned(), true));
        }
        if !matches!(sign, Some(b':' | b'=')) {
            self.invalid(span, format!("{} was not expected here", quoted(word)), "");
            return None;
        }
        if last == Last::Item {
            self.comma_missing(span.start);
        }
        let message = format!("the name {} is not in quotes", quoted(word));
        self.invalid(span, message, "write names in double quotes");
        Some((word.to_owned(), false))
    }

    /// Takes at least one character, up to white space or a character that has a meaning in JSON.
    fn take_word(&mut self) -> Span {
        let start = self.at;
        loop {
            let rest = self.bytes.get(self.at..).unwrap_or_default();
            if let Some(length) = placeholder_length(rest) {
                self.at += length;
            } else if ends_word(rest.first()) && self.at > start {
                return Span::new(start, self.at);
            } else {
                let character = self.slice(self.at, self.text.len()).chars().next();
                let Some(character) = character else {
                    return Span::new(start, self.at);
                };
                self.at += character.len_utf8();
            }
        }
    }

    /// Templates are often filled in as text, after which this is correct JSON.
    fn unquoted_placeholder(&mut self, span: Span) {
        const ID: &str = "placeholder-unquoted";
        let reported = self.problems.iter().filter(|problem| problem.id == ID);
        if reported.count() < MAX_SYNTAX_PROBLEMS {
            let word = quoted(span.of(self.text));
            let message = format!("{word} is JSON only after it is filled in");
            self.problems.push(Problem::warning(ID, span, message));
        }
    }
}

fn ends_word(byte: Option<&u8>) -> bool {
    match byte {
        None => true,
        Some(byte) => {
            byte.is_ascii_whitespace()
                || matches!(byte, b',' | b':' | b'{' | b'}' | b'[' | b']' | b'"')
        }
    }
}

/// Length of `${…}` with the brackets inside it, in one line.
fn placeholder_length(rest: &[u8]) -> Option<usize> {
    // A bound, so that a text of nothing but openings is read in linear time.
    const LONGEST: usize = 1000;
    if !rest.starts_with(b"${") {
        return None;
    }
    let mut depth = 0_usize;
    for (at, byte) in rest.iter().enumerate().take(LONGEST).skip(1) {
        match byte {
            b'{' => depth += 1,
            b'}' if depth == 1 => return Some(at + 1),
            b'}' => depth -= 1,
            b'\n' => return None,
            _ => {}
        }
    }
    None
}

/// True for a number as JSON writes it.
pub(crate) fn is_number(text: &str) -> bool {
    number_length(text.as_bytes()) == Some(text.len())
}

/// Length of the number at the beginning, after the grammar of RFC 8259.
fn number_length(rest: &[u8]) -> Option<usize> {
    let digits = |at: usize| {
        let rest = rest.get(at..).unwrap_or_default();
        let end = rest.iter().position(|byte| !byte.is_ascii_digit());
        end.unwrap_or(rest.len())
    };
    let mut at = usize::from(rest.first() == Some(&b'-'));
    let whole = digits(at);
    if whole == 0 || (whole > 1 && rest.get(at) == Some(&b'0')) {
        return None;
    }
    at += whole;
    if rest.get(at) == Some(&b'.') {
        let fraction = digits(at + 1);
        if fraction == 0 {
            return None;
        }
        at += 1 + fraction;
    }
    if matches!(rest.get(at), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(rest.get(at + 1), Some(b'+' | b'-')));
        let exponent = digits(at + 1 + sign);
        if exponent == 0 {
            return None;
        }
        at += 1 + sign + exponent;
    }
    Some(at)
}
