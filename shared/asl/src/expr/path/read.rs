//! Reads paths.

mod filter;

use std::borrow::Cow;

use super::super::{Error, cursor::Cursor, cursor::has_placeholder, short};
use super::{FUNCTIONS, Path, Root, Selector, Step, StepKind};
use crate::{Span, nearest};

/// Filters and paths inside of each other: far more than anybody writes, far less than a stack holds.
const DEEPEST: usize = 32;

/// What a path stands in, which decides where a name without quotes ends.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::expr) enum Inside {
    /// It is the whole text.
    Nothing,
    /// A filter, or the arguments of a function.
    Expression,
}

/// Reads a text that is one path, with blanks around it at most.
pub(super) fn whole(text: &str) -> Result<Path<'_>, Error> {
    let mut reader = Reader {
        cursor: Cursor::new(text),
        inside: Inside::Nothing,
        depth: 0,
    };
    reader.cursor.blanks();
    let path = reader.path()?;
    reader.cursor.blanks();
    match reader.cursor.peek() {
        None => Ok(path),
        Some(_) => Err(reader.unexpected(&path)),
    }
}

/// Reads the path that is next.
pub(in crate::expr) fn read<'a>(
    cursor: &mut Cursor<'a>,
    inside: Inside,
) -> Result<Path<'a>, Error> {
    let at = cursor.at();
    let mut reader = Reader {
        cursor: std::mem::replace(cursor, Cursor::new("")),
        inside,
        depth: 0,
    };
    let path = reader.path();
    *cursor = reader.cursor;
    debug_assert!(cursor.at() >= at, "a reader never goes back");
    path
}

/// What stands in quotes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Quoted {
    Name,
    Value,
}

struct Reader<'a> {
    cursor: Cursor<'a>,
    inside: Inside,
    depth: usize,
}

impl<'a> Reader<'a> {
    fn path(&mut self) -> Result<Path<'a>, Error> {
        let start = self.cursor.at();
        let root = self.root()?;
        let root_span = self.cursor.span(start);
        let mut steps = Vec::new();
        while let Some(step) = self.step(&steps)? {
            steps.push(step);
        }
        Ok(Path {
            span: self.cursor.span(start),
            root,
            root_span,
            steps,
            has_placeholder: has_placeholder(self.cursor.since(start)),
        })
    }

    fn root(&mut self) -> Result<Root<'a>, Error> {
        if self.cursor.placeholder() {
            return Ok(Root::Placeholder);
        }
        if self.depth > 0 && self.cursor.eat(b'@') {
            return Ok(Root::Item);
        }
        if !self.cursor.eat(b'$') {
            return Err(Error::new(self.cursor.next_span(), "a path begins with `$`").help(
                "write `$.name` for the input, `$$.name` for the Context Object, `$name` for a variable",
            ));
        }
        // `$${…}` is the input and a placeholder.
        if self.cursor.peek_after(1) != Some(b'{') && self.cursor.eat(b'$') {
            return Ok(Root::Context);
        }
        let name = self.cursor.at();
        self.cursor.skip(is_identifier);
        match self.cursor.since(name) {
            "" => Ok(Root::Input),
            text if text.starts_with(|first: char| first.is_ascii_digit()) => {
                let why = "the name of a variable does not begin with a digit";
                Err(Error::new(self.cursor.span(name), why)
                    .help(format!("write `$.{text}` for a field of the input")))
            }
            text => Ok(Root::Variable(text)),
        }
    }

    fn step(&mut self, before: &[Step<'a>]) -> Result<Option<Step<'a>>, Error> {
        let start = self.cursor.at();
        let dotted = self.cursor.eat(b'.');
        let descends = dotted && self.cursor.eat(b'.');
        if descends && self.cursor.peek() == Some(b'.') {
            return Err(
                Error::new(self.cursor.span(start), "a path has three dots in a row")
                    .help("write `.` for a field, `..` for a field at any depth"),
            );
        }
        let kind = match self.cursor.peek() {
            Some(b'[') => self.bracket()?,
            Some(b'$') if !dotted && self.cursor.placeholder() => StepKind::Placeholder,
            Some(b'*') if dotted => {
                self.cursor.bump();
                StepKind::Wildcard
            }
            _ if dotted => self.name(start)?,
            // Behind a bracket the dot may be left out.
            Some(byte) if self.is_name(byte) && !before.is_empty() => self.name(start)?,
            _ => return Ok(None),
        };
        Ok(Some(Step {
            span: self.cursor.span(start),
            descends,
            kind,
        }))
    }

    /// Does a name without quotes go on with this byte?
    fn is_name(&self, byte: u8) -> bool {
        match byte {
            b'.' | b'[' | b']' | b'(' | b')' | b'\'' | b'"' => false,
            b',' | b'&' | b'|' | b'=' | b'!' | b'<' | b'>' | b'~' => self.inside == Inside::Nothing,
            byte => !byte.is_ascii_whitespace(),
        }
    }

    /// A name without quotes, or a function. `start` is where its dot stands.
    fn name(&mut self, start: usize) -> Result<StepKind<'a>, Error> {
        let from = self.cursor.at();
        while let Some(byte) = self.cursor.peek() {
            if self.cursor.placeholder() {
                continue;
            }
            if !self.is_name(byte) {
                break;
            }
            self.cursor.bump();
        }
        let name = self.cursor.since(from);
        if self.cursor.peek() == Some(b'(') {
            return self.function(from, name);
        }
        if name.is_empty() {
            let (span, why) = match self.cursor.peek() {
                None => (self.cursor.span(start), "a path ends with a dot"),
                Some(_) => (self.cursor.next_span(), "a dot is followed by no name"),
            };
            return Err(Error::new(span, why).help(
                "remove the dot, or write the name of a field behind it, in `['…']` if it is an unusual one",
            ));
        }
        Ok(StepKind::Member(Cow::Borrowed(name)))
    }

    fn function(&mut self, from: usize, name: &'a str) -> Result<StepKind<'a>, Error> {
        let known = FUNCTIONS.contains(&name) || has_placeholder(name);
        if !known {
            let why = format!("a path has no function `{name}`");
            return Err(Error::new(self.cursor.span(from), why)
                .did_you_mean(nearest(name, FUNCTIONS.iter().copied())));
        }
        let open = self.cursor.at();
        self.cursor.bump();
        let mut arguments = Vec::new();
        self.cursor.blanks();
        if !self.cursor.eat(b')') {
            loop {
                arguments.push(self.deeper(Self::operand)?);
                self.cursor.blanks();
                if self.cursor.eat(b')') {
                    break;
                }
                if !self.cursor.eat(b',') {
                    return Err(self.not_closed(open, "`(`", "`)`"));
                }
                self.cursor.blanks();
            }
        }
        Ok(StepKind::Function { name, arguments })
    }

    fn bracket(&mut self) -> Result<StepKind<'a>, Error> {
        let open = self.cursor.at();
        self.cursor.bump();
        self.cursor.blanks();
        let kind = match self.cursor.peek() {
            Some(b'*') => {
                self.cursor.bump();
                StepKind::Wildcard
            }
            Some(b'?') => {
                self.cursor.bump();
                self.cursor.blanks();
                StepKind::Filter(self.deeper(Self::any)?)
            }
            Some(b'$') if self.cursor.placeholder() => self.placeholder_in_bracket(),
            Some(b']') => {
                self.cursor.bump();
                return Err(Error::new(self.cursor.span(open), "the brackets are empty")
                    .help("write `[*]` for all items, `[0]` for the first"));
            }
            Some(b'(') => {
                let why = "a path cannot compute an index";
                return Err(Error::new(self.cursor.next_span(), why)
                    .help("write `[-1]` for the last item, `[?(…)]` for items by a condition"));
            }
            _ => self.selectors()?,
        };
        self.cursor.blanks();
        if self.cursor.eat(b']') {
            return Ok(kind);
        }
        Err(self.not_closed(open, "`[`", "`]`"))
    }

    /// Behind a `${…}` in brackets, any more of them, and text around them.
    fn placeholder_in_bracket(&mut self) -> StepKind<'a> {
        while let Some(byte) = self.cursor.peek() {
            if !self.cursor.placeholder() {
                if byte == b']' {
                    break;
                }
                self.cursor.bump();
            }
        }
        StepKind::Placeholder
    }

    /// Names and indices with commas between them, or a slice.
    fn selectors(&mut self) -> Result<StepKind<'a>, Error> {
        if self.cursor.peek() == Some(b':') {
            return self.slice(None);
        }
        let first = self.selector()?;
        self.cursor.blanks();
        match (&first, self.cursor.peek()) {
            (Selector::Index(start), Some(b':')) => return self.slice(Some(*start)),
            (_, Some(b',')) => {}
            _ => {
                return Ok(match first {
                    Selector::Member(name) => StepKind::Member(name),
                    Selector::Index(index) => StepKind::Index(index),
                });
            }
        }
        let mut selectors = vec![first];
        while self.cursor.eat(b',') {
            self.cursor.blanks();
            selectors.push(self.selector()?);
            self.cursor.blanks();
        }
        Ok(StepKind::Union(selectors))
    }

    fn selector(&mut self) -> Result<Selector<'a>, Error> {
        match self.cursor.peek() {
            Some(b'\'' | b'"') => Ok(Selector::Member(self.quoted(Quoted::Name)?)),
            Some(byte) if byte.is_ascii_digit() || byte == b'-' => {
                Ok(Selector::Index(self.integer()?))
            }
            _ => {
                let why = "brackets hold an index, a name in quotes, `*` or a filter";
                Err(Error::new(self.cursor.next_span(), why)
                    .help("put a name in quotes: `['name']`"))
            }
        }
    }

    fn slice(&mut self, start: Option<i64>) -> Result<StepKind<'a>, Error> {
        let mut bounds = [None, None];
        for bound in &mut bounds {
            if !self.cursor.eat(b':') {
                break;
            }
            self.cursor.blanks();
            if self
                .cursor
                .peek()
                .is_some_and(|byte| byte.is_ascii_digit() || byte == b'-')
            {
                *bound = Some(self.integer()?);
                self.cursor.blanks();
            }
        }
        let [end, step] = bounds;
        Ok(StepKind::Slice { start, end, step })
    }

    fn integer(&mut self) -> Result<i64, Error> {
        let from = self.cursor.at();
        self.cursor.eat(b'-');
        self.cursor.skip(|byte| byte.is_ascii_digit());
        let text = self.cursor.since(from);
        text.parse().map_err(|_| {
            Error::new(
                self.cursor.span(from),
                format!("`{}` is no index", short(text)),
            )
            .help("write a whole number: `[0]` for the first item, `[-1]` for the last")
        })
    }

    /// A text in quotes, without its escapes. A `\` before a character without a meaning of its own is dropped; in a name
    /// it stays before a quote of the other kind: `$['a\"']` is the member `a\"` (recorded).
    fn quoted(&mut self, what: Quoted) -> Result<Cow<'a, str>, Error> {
        let open = self.cursor.at();
        let quote = self.cursor.peek().unwrap_or_default();
        self.cursor.bump();
        let mut text = Cow::Borrowed("");
        let mut from = self.cursor.at();
        loop {
            self.cursor.skip(|byte| byte != quote && byte != b'\\');
            append(&mut text, self.cursor.since(from));
            if self.cursor.eat(quote) {
                return Ok(text);
            }
            if !self.cursor.eat(b'\\') {
                let sign = char::from(quote);
                return Err(self.not_closed(open, &format!("`{sign}`"), &format!("`{sign}`")));
            }
            let escaped = match self.cursor.peek() {
                Some(b'u') => {
                    let digits = self.cursor.rest().get(1..5).unwrap_or_default();
                    u32::from_str_radix(digits, 16)
                        .ok()
                        .and_then(char::from_u32)
                        .map(|character| (character, 5))
                }
                Some(b'n') => Some(('\n', 1)),
                Some(b't') => Some(('\t', 1)),
                Some(b'r') => Some(('\r', 1)),
                Some(b'b') => Some(('\u{8}', 1)),
                Some(b'f') => Some(('\u{c}', 1)),
                _ => None,
            };
            if let Some((character, length)) = escaped {
                text.to_mut().push(character);
                self.cursor.jump(self.cursor.at() + length);
                from = self.cursor.at();
            } else {
                // The escaped character itself is plain text, be it a quote.
                let other = if quote == b'"' { b'\'' } else { b'"' };
                let keeps = what == Quoted::Name && self.cursor.peek() == Some(other);
                from = self.cursor.at() - usize::from(keeps);
                self.cursor.jump(self.cursor.next_span().end);
            }
        }
    }

    fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, Error>) -> Result<T, Error> {
        if self.depth == DEEPEST {
            return Err(Error::new(
                self.cursor.next_span(),
                "the path is nested too deeply to be read",
            ));
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }

    /// Something that was opened at `open` goes on where it should end.
    fn not_closed(&self, open: usize, sign: &str, close: &str) -> Error {
        match self.cursor.peek() {
            None => Error::new(Span::new(open, open + 1), format!("{sign} is not closed"))
                .help(format!("add {close}")),
            Some(_) => Error::new(
                self.cursor.next_span(),
                format!("{close} is missing before this"),
            )
            .help(format!("add {close}")),
        }
    }

    /// Why a path does not go on with what is next.
    fn unexpected(&self, path: &Path<'a>) -> Error {
        let span = self.cursor.next_span();
        let at_root = path.steps.is_empty();
        let blank = span.start > path.span.end;
        match self.cursor.peek() {
            Some(b']') => Error::new(span, "`]` closes no bracket").help("remove it"),
            Some(b')') => Error::new(span, "`)` closes no parenthesis").help("remove it"),
            Some(b'(') if !blank => Error::new(span, "a function has no name")
                .help("write it behind a dot: `.length()`"),
            Some(b'\'' | b'"') if !blank => Error::new(span, "a quote stands outside of brackets")
                .help("write a name in quotes as `['name']`"),
            _ if at_root && !blank => Error::new(span, "the root of a path is followed by `.` or `[`")
                .help("write `$.name` for the input, `$$.name` for the Context Object, `$name` for a variable"),
            _ => Error::new(span, "a path goes on behind a blank").help(
                "write a name with blanks in brackets and quotes: `['first name']`; a path computes nothing else",
            ),
        }
    }
}

/// Letters of all scripts, digits and `_`: what names of variables are made of.
fn is_identifier(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii()
}

fn append<'a>(text: &mut Cow<'a, str>, more: &'a str) {
    if text.is_empty() {
        *text = Cow::Borrowed(more);
    } else {
        text.to_mut().push_str(more);
    }
}

impl Error {
    /// Replaces the help, where there is such a name.
    fn or_did_you_mean(self, name: Option<&str>) -> Self {
        match name {
            Some(_) => self.did_you_mean(name),
            None => self,
        }
    }
}
