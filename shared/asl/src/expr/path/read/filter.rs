//! Filters: `[?(@.price < 10 && $.limit)]`.

use super::super::super::{Error, short};
use super::super::filter::{SIGNS, WORDS};
use super::super::{Filter, Operand, Operator};
use super::{Inside, Quoted, Reader, is_identifier};
use crate::nearest;

impl<'a> Reader<'a> {
    /// `a || b`, where `&&` binds more tightly.
    pub(super) fn any(&mut self) -> Result<Filter<'a>, Error> {
        self.chain("||", Filter::Any, |reader| {
            reader.chain("&&", Filter::All, Self::condition)
        })
    }

    pub(super) fn chain(
        &mut self,
        sign: &str,
        join: fn(Vec<Filter<'a>>) -> Filter<'a>,
        part: impl Fn(&mut Self) -> Result<Filter<'a>, Error>,
    ) -> Result<Filter<'a>, Error> {
        let first = part(self)?;
        let mut parts = Vec::new();
        loop {
            self.cursor.blanks();
            if !self.cursor.eat_text(sign) {
                break;
            }
            self.cursor.blanks();
            parts.push(part(self)?);
        }
        if parts.is_empty() {
            return Ok(first);
        }
        parts.insert(0, first);
        Ok(join(parts))
    }

    pub(super) fn condition(&mut self) -> Result<Filter<'a>, Error> {
        self.cursor.blanks();
        let open = self.cursor.at();
        if self.cursor.peek() == Some(b'!') && self.cursor.peek_after(1) != Some(b'=') {
            self.cursor.bump();
            return Ok(Filter::Not(Box::new(self.deeper(Self::condition)?)));
        }
        if self.cursor.eat(b'(') {
            let inner = self.deeper(Self::any)?;
            self.cursor.blanks();
            if !self.cursor.eat(b')') {
                return Err(self.not_closed(open, "`(`", "`)`"));
            }
            return Ok(inner);
        }
        let left = self.operand()?;
        self.cursor.blanks();
        let Some(operator) = self.operator()? else {
            return Ok(Filter::Exists(left));
        };
        self.cursor.blanks();
        Ok(Filter::Compare(left, operator, self.operand()?))
    }

    pub(super) fn operator(&mut self) -> Result<Option<Operator>, Error> {
        for (sign, operator) in SIGNS {
            if self.cursor.eat_text(sign) {
                return Ok(Some(*operator));
            }
        }
        let from = self.cursor.at();
        if self.cursor.peek() == Some(b'=') {
            return Err(
                Error::new(self.cursor.next_span(), "`=` does not compare in a path")
                    .help("write `==`"),
            );
        }
        if self.cursor.peek().is_some_and(|byte| byte == b'$') && self.cursor.placeholder() {
            return Ok(Some(Operator::Equal));
        }
        self.cursor.skip(|byte| byte.is_ascii_alphabetic());
        let word = self.cursor.since(from);
        if word.is_empty() {
            return Ok(None);
        }
        let known = WORDS
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(word));
        if let Some((_, operator)) = known {
            return Ok(Some(*operator));
        }
        let words = WORDS.iter().map(|(word, _)| *word);
        let why = format!("a filter has no operator `{}`", short(word));
        Err(Error::new(self.cursor.span(from), why)
            .help("put a text in quotes; between two conditions stands `&&` or `||`")
            .or_did_you_mean(nearest(word, words)))
    }

    pub(super) fn operand(&mut self) -> Result<Operand<'a>, Error> {
        self.cursor.blanks();
        let from = self.cursor.at();
        match self.cursor.peek() {
            Some(b'\'' | b'"') => Ok(Operand::Text(self.quoted(Quoted::Value)?)),
            Some(b'@' | b'$') => {
                let outer = std::mem::replace(&mut self.inside, Inside::Expression);
                let path = self.deeper(Self::path);
                self.inside = outer;
                Ok(Operand::Path(path?))
            }
            Some(b'/') => self.regex(),
            Some(b'[' | b'{') => self.json(),
            Some(byte) if byte.is_ascii_digit() || byte == b'-' => {
                self.cursor
                    .skip(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'+'));
                Ok(Operand::Number(self.cursor.since(from)))
            }
            Some(byte) if is_identifier(byte) => {
                self.cursor.skip(|byte| {
                    !byte.is_ascii_whitespace()
                        && !matches!(
                            byte,
                            b')' | b'(' | b'&' | b'|' | b',' | b']' | b'=' | b'!' | b'<' | b'>' | b'~' | b'\'' | b'"'
                        )
                });
                Ok(Operand::Word(self.cursor.since(from)))
            }
            _ => Err(
                Error::new(self.cursor.next_span(), "a value is missing").help(
                    "write a path (`@.name`), a number, a text in quotes, `true`, `false` or `null`",
                ),
            ),
        }
    }

    /// `/…/i`. Slashes inside need no escape as long as the condition does not end there.
    pub(super) fn regex(&mut self) -> Result<Operand<'a>, Error> {
        let open = self.cursor.at();
        self.cursor.bump();
        loop {
            self.cursor.skip(|byte| byte != b'/' && byte != b'\\');
            if self.cursor.eat(b'\\') {
                self.cursor.jump(self.cursor.next_span().end);
                continue;
            }
            if !self.cursor.eat(b'/') {
                return Err(self.not_closed(open, "`/`", "`/`"));
            }
            self.cursor.skip(|byte| byte.is_ascii_alphabetic());
            let end = self.cursor.at();
            self.cursor.blanks();
            if matches!(self.cursor.peek(), None | Some(b')' | b'&' | b'|' | b']')) {
                self.cursor.jump(end);
                return Ok(Operand::Regex(self.cursor.since(open)));
            }
        }
    }

    /// An array or object, which ends where its brackets do.
    pub(super) fn json(&mut self) -> Result<Operand<'a>, Error> {
        let open = self.cursor.at();
        let mut depth = 0_usize;
        while let Some(byte) = self.cursor.peek() {
            match byte {
                b'\'' | b'"' => {
                    self.quoted(Quoted::Value)?;
                    continue;
                }
                b'[' | b'{' => depth += 1,
                b']' | b'}' => depth = depth.saturating_sub(1),
                _ => {}
            }
            self.cursor.bump();
            if depth == 0 {
                return Ok(Operand::Json(self.cursor.since(open)));
            }
        }
        Err(self.not_closed(open, "a bracket", "its counterpart"))
    }
}
