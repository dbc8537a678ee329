//! Reads calls.

use std::borrow::Cow;

use super::super::{Error, cursor::Cursor, path};
use super::{Argument, Call, Text, Value};
use crate::Span;

/// Calls inside of each other that are read; the service takes far fewer.
const DEEPEST: usize = 64;

/// Reads a text that is one call, with blanks around it at most.
pub(super) fn whole(text: &str) -> Result<Call<'_>, Error> {
    let mut reader = Reader {
        cursor: Cursor::new(text),
        depth: 0,
    };
    reader.cursor.blanks();
    let call = reader.call()?;
    reader.cursor.blanks();
    match reader.cursor.peek() {
        None => Ok(call),
        Some(b')') => {
            Err(Error::new(reader.cursor.next_span(), "`)` closes no call").help("remove it"))
        }
        Some(_) => Err(
            Error::new(reader.cursor.next_span(), "text follows behind the call")
                .help("put texts together with `States.Format`"),
        ),
    }
}

struct Reader<'a> {
    cursor: Cursor<'a>,
    depth: usize,
}

impl<'a> Reader<'a> {
    fn call(&mut self) -> Result<Call<'a>, Error> {
        let start = self.cursor.at();
        if !self.cursor.eat_text("States.") {
            return Err(Error::new(
                self.cursor.next_span(),
                "an intrinsic function begins with `States.`",
            ));
        }
        let name_start = self.cursor.at();
        while let Some(byte) = self.cursor.peek() {
            if self.cursor.placeholder() {
                continue;
            }
            if byte.is_ascii_whitespace() || matches!(byte, b'(' | b')' | b',' | b'\'') {
                break;
            }
            self.cursor.bump();
        }
        let name = self.cursor.since(name_start);
        let name_span = self.cursor.span(start);
        self.cursor.blanks();
        let open = self.cursor.at();
        if !self.cursor.eat(b'(') {
            return Err(Error::new(
                name_span,
                "an intrinsic function is called without parentheses",
            )
            .help(format!("write `States.{name}(…)`")));
        }
        let arguments = self.arguments(open)?;
        Ok(Call {
            span: self.cursor.span(start),
            name,
            name_span,
            arguments,
        })
    }

    /// Behind the opening parenthesis.
    fn arguments(&mut self, open: usize) -> Result<Vec<Argument<'a>>, Error> {
        let mut arguments = Vec::new();
        self.cursor.blanks();
        if self.cursor.eat(b')') {
            return Ok(arguments);
        }
        loop {
            self.cursor.blanks();
            arguments.push(self.argument()?);
            self.cursor.blanks();
            if self.cursor.eat(b')') {
                return Ok(arguments);
            }
            if !self.cursor.eat(b',') {
                return Err(match self.cursor.peek() {
                    None => Error::new(Span::new(open, open + 1), "the call is not closed")
                        .help("add `)`"),
                    Some(_) => Error::new(
                        self.cursor.next_span(),
                        "between two arguments stands a comma",
                    )
                    .help("add `,`, or `)` at the end of the call"),
                });
            }
        }
    }

    fn argument(&mut self) -> Result<Argument<'a>, Error> {
        let start = self.cursor.at();
        let value = match self.cursor.peek() {
            Some(b'$') => Value::Path(path::read(&mut self.cursor, path::Inside::Expression)?),
            Some(b'\'') => Value::Text(self.text()?),
            Some(b'"') => {
                return Err(Error::new(
                    self.cursor.next_span(),
                    "a text in an intrinsic function stands in single quotes",
                )
                .help("replace `\"` by `'`"));
            }
            Some(byte) if byte.is_ascii_digit() || byte == b'-' => self.number()?,
            Some(byte) if byte.is_ascii_alphabetic() => self.word()?,
            _ => {
                return Err(Error::new(self.cursor.next_span(), "an argument is missing").help(
                    "write a path, a text in single quotes, a number, `true`, `false`, `null` or a call",
                ));
            }
        };
        Ok(Argument {
            span: self.cursor.span(start),
            value,
        })
    }

    fn number(&mut self) -> Result<Value<'a>, Error> {
        let start = self.cursor.at();
        self.cursor
            .skip(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'+'));
        let text = self.cursor.since(start);
        if text.parse::<f64>().is_ok() {
            return Ok(Value::Number(text));
        }
        Err(Error::new(self.cursor.span(start), "this is no number")
            .help("put a text in single quotes"))
    }

    fn word(&mut self) -> Result<Value<'a>, Error> {
        if self.cursor.rest().starts_with("States.") {
            if self.depth == DEEPEST {
                let why = "the call is nested too deeply to be read";
                return Err(Error::new(self.cursor.next_span(), why));
            }
            self.depth += 1;
            let call = self.call();
            self.depth -= 1;
            return Ok(Value::Call(call?));
        }
        let start = self.cursor.at();
        self.cursor
            .skip(|byte| !byte.is_ascii_whitespace() && !matches!(byte, b',' | b')' | b'('));
        match self.cursor.since(start) {
            "true" => Ok(Value::Bool(true)),
            "false" => Ok(Value::Bool(false)),
            "null" => Ok(Value::Null),
            _ => Err(Error::new(self.cursor.span(start), "this is no argument")
                .help("put a text in single quotes; a path begins with `$`")),
        }
    }

    /// At the opening quote.
    fn text(&mut self) -> Result<Text<'a>, Error> {
        let open = self.cursor.at();
        self.cursor.bump();
        let mut text = Cow::Borrowed("");
        let mut slots = 0;
        let mut from = self.cursor.at();
        loop {
            self.cursor
                .skip(|byte| !matches!(byte, b'\'' | b'\\' | b'{'));
            match self.cursor.peek() {
                Some(b'{') => {
                    self.cursor.bump();
                    slots += usize::from(self.cursor.peek() == Some(b'}'));
                }
                Some(b'\\') => {
                    append(&mut text, self.cursor.since(from));
                    from = self.cursor.at() + 1;
                    if !matches!(self.cursor.peek_after(1), Some(b'\'' | b'{' | b'}' | b'\\')) {
                        let span = Span::new(self.cursor.at(), self.cursor.at() + 1);
                        let why = "`\\` stands before a character that is not escaped";
                        return Err(Error::new(span, why).help(
                            "escape `'`, `{`, `}` and `\\` only; write `\\\\` for a backslash",
                        ));
                    }
                    self.cursor.jump(from + 1);
                }
                Some(_) => {
                    append(&mut text, self.cursor.since(from));
                    self.cursor.bump();
                    return Ok(Text { text, slots });
                }
                None => {
                    return Err(Error::new(
                        Span::new(open, open + 1),
                        "a text in single quotes does not end",
                    )
                    .help("add `'`; write `\\'` for a quote inside of a text"));
                }
            }
        }
    }
}

fn append<'a>(text: &mut Cow<'a, str>, more: &'a str) {
    if text.is_empty() {
        *text = Cow::Borrowed(more);
    } else {
        text.to_mut().push_str(more);
    }
}
