//! The words of JSONata.

use std::borrow::Cow;

use super::super::{Error, cursor::Cursor};
use super::SyntaxError;
use crate::Span;

/// A word.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token<'a> {
    End,
    Name(&'a str),
    Variable(&'a str),
    Text(Cow<'a, str>),
    Number,
    /// `true`, `false`, `null`
    Value,
    Regex,
    Sign(Sign),
    /// A `${…}` that is not inside of a text.
    Placeholder,
}

/// A sign, or one of the words that are operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    Dot,
    Range,
    OpenBracket,
    CloseBracket,
    OpenBrace,
    CloseBrace,
    OpenParen,
    CloseParen,
    Comma,
    At,
    Hash,
    Semicolon,
    Colon,
    Bind,
    Question,
    Plus,
    Minus,
    Star,
    Descendants,
    Slash,
    Percent,
    Bar,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Caret,
    Ampersand,
    Chain,
    And,
    Or,
    In,
}

/// Longer signs first.
const SIGNS: &[(&str, Sign)] = &[
    ("..", Sign::Range),
    (":=", Sign::Bind),
    ("!=", Sign::NotEqual),
    (">=", Sign::GreaterOrEqual),
    ("<=", Sign::LessOrEqual),
    ("**", Sign::Descendants),
    ("~>", Sign::Chain),
    (".", Sign::Dot),
    ("[", Sign::OpenBracket),
    ("]", Sign::CloseBracket),
    ("{", Sign::OpenBrace),
    ("}", Sign::CloseBrace),
    ("(", Sign::OpenParen),
    (")", Sign::CloseParen),
    (",", Sign::Comma),
    ("@", Sign::At),
    ("#", Sign::Hash),
    (";", Sign::Semicolon),
    (":", Sign::Colon),
    ("?", Sign::Question),
    ("+", Sign::Plus),
    ("-", Sign::Minus),
    ("*", Sign::Star),
    ("/", Sign::Slash),
    ("%", Sign::Percent),
    ("|", Sign::Bar),
    ("=", Sign::Equal),
    ("<", Sign::Less),
    (">", Sign::Greater),
    ("^", Sign::Caret),
    ("&", Sign::Ampersand),
    ("and", Sign::And),
    ("or", Sign::Or),
    ("in", Sign::In),
];

impl Sign {
    pub(super) fn text(self) -> &'static str {
        let found = SIGNS.iter().find(|(_, sign)| *sign == self);
        found.map_or("", |(text, _)| text)
    }

    /// How tightly it binds what is before it; 0 for what cannot follow a value.
    pub(super) fn power(self) -> u8 {
        match self {
            Self::OpenBracket | Self::OpenParen | Self::At | Self::Hash => 80,
            Self::Dot => 75,
            Self::OpenBrace => 70,
            Self::Star | Self::Slash | Self::Percent => 60,
            Self::Plus | Self::Minus | Self::Ampersand => 50,
            Self::Equal
            | Self::NotEqual
            | Self::Less
            | Self::LessOrEqual
            | Self::Greater
            | Self::GreaterOrEqual
            | Self::Caret
            | Self::Chain
            | Self::In => 40,
            Self::And => 30,
            Self::Or => 25,
            Self::Question => 20,
            Self::Bind => 10,
            _ => 0,
        }
    }
}

pub(super) struct Lexer<'a> {
    cursor: Cursor<'a>,
    /// A `${…}` was met where any text could be filled in.
    pub(super) placeholder: bool,
}

impl<'a> Lexer<'a> {
    /// Reads the part of the text that `span` covers.
    pub(super) fn new(text: &'a str, span: Span) -> Self {
        let mut cursor = Cursor::new(text.get(..span.end).unwrap_or_default());
        cursor.jump(span.start);
        Self {
            cursor,
            placeholder: false,
        }
    }

    /// The next word. Behind a value a `/` divides, elsewhere it begins a regular expression.
    pub(super) fn next(&mut self, behind_value: bool) -> Result<(Token<'a>, Span), SyntaxError> {
        self.gap()?;
        let start = self.cursor.at();
        let token = match self.cursor.peek() {
            None => Token::End,
            Some(b'/') if !behind_value => self.regex()?,
            Some(b'"' | b'\'') => Token::Text(self.text()?),
            Some(b'`') => self.quoted_name()?,
            Some(byte) if byte.is_ascii_digit() => self.number()?,
            Some(byte) if is_sign(byte) => Token::Sign(self.sign(byte)?),
            Some(_) => self.name(),
        };
        Ok((token, self.cursor.span(start)))
    }

    /// Blanks and comments.
    fn gap(&mut self) -> Result<(), SyntaxError> {
        loop {
            self.cursor.skip(is_blank);
            let start = self.cursor.at();
            if !self.cursor.eat_text("/*") {
                return Ok(());
            }
            loop {
                self.cursor.skip(|byte| byte != b'*');
                if self.cursor.eat_text("*/") {
                    break;
                }
                if self.cursor.peek().is_none() {
                    let span = Span::new(start, start + 2);
                    return Err(fail("S0106", span, "a comment does not end", "add `*/`"));
                }
                self.cursor.bump();
            }
        }
    }

    fn sign(&mut self, first: u8) -> Result<Sign, SyntaxError> {
        let next = self.cursor.peek_after(1);
        let found = SIGNS.iter().find(|(text, _)| match text.as_bytes() {
            [one] => *one == first,
            [one, two] => *one == first && Some(*two) == next,
            _ => false,
        });
        if let Some((text, sign)) = found {
            self.cursor.jump(self.cursor.at() + text.len());
            return Ok(*sign);
        }
        let why = format!("JSONata has no operator `{}`", char::from(first));
        let help = match first {
            b'!' => "write `$not(…)`, or `!=` to compare",
            _ => "write `~>` to apply a function",
        };
        Err(fail("S0204", self.cursor.next_span(), why, help))
    }

    fn number(&mut self) -> Result<Token<'a>, SyntaxError> {
        let start = self.cursor.at();
        // A number does not go on behind a leading zero; what follows is the next word.
        if !self.cursor.eat(b'0') {
            self.cursor.skip(|byte| byte.is_ascii_digit());
        }
        let digit = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_digit());
        if self.cursor.peek() == Some(b'.') && digit(self.cursor.peek_after(1)) {
            self.cursor.bump();
            self.cursor.skip(|byte| byte.is_ascii_digit());
        }
        if matches!(self.cursor.peek(), Some(b'e' | b'E')) {
            let signed = matches!(self.cursor.peek_after(1), Some(b'+' | b'-'));
            let first = 1 + usize::from(signed);
            if digit(self.cursor.peek_after(first)) {
                self.cursor.jump(self.cursor.at() + first);
                self.cursor.skip(|byte| byte.is_ascii_digit());
            }
        }
        if self
            .cursor
            .since(start)
            .parse::<f64>()
            .is_ok_and(f64::is_finite)
        {
            return Ok(Token::Number);
        }
        let span = self.cursor.span(start);
        Err(fail(
            "S0102",
            span,
            "the number is too large",
            "write a number below 1.8e308",
        ))
    }

    fn text(&mut self) -> Result<Cow<'a, str>, SyntaxError> {
        let open = self.cursor.at();
        let quote = self.cursor.peek().unwrap_or_default();
        self.cursor.bump();
        let mut text = Cow::Borrowed("");
        let mut from = self.cursor.at();
        loop {
            self.cursor.skip(|byte| byte != quote && byte != b'\\');
            let plain = self.cursor.since(from);
            if text.is_empty() {
                text = Cow::Borrowed(plain);
            } else {
                text.to_mut().push_str(plain);
            }
            if self.cursor.eat(quote) {
                return Ok(text);
            }
            if self.cursor.peek().is_none() {
                let span = Span::new(open, open + 1);
                let help = "close it with the quote that opens it";
                return Err(fail("S0101", span, "a text in quotes does not end", help));
            }
            let character = self.escape()?;
            text.to_mut().push(character);
            from = self.cursor.at();
        }
    }

    /// At a `\` inside of a text.
    fn escape(&mut self) -> Result<char, SyntaxError> {
        let start = self.cursor.at();
        let simple = match self.cursor.peek_after(1) {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                let digits = self.cursor.rest().get(2..6).unwrap_or_default();
                if digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                    self.cursor.jump(start + 6);
                    let code = u32::from_str_radix(digits, 16).ok();
                    // Halves of a surrogate pair: which character they are matters to nobody here.
                    return Ok(code
                        .and_then(char::from_u32)
                        .unwrap_or(char::REPLACEMENT_CHARACTER));
                }
                let span = Span::new(start, start + 2);
                let why = "`\\u` is not followed by four hexadecimal digits";
                return Err(fail("S0104", span, why, "write `\\u20ac` for `€`"));
            }
            _ => {
                self.cursor.bump();
                let span = Span::new(start, self.cursor.next_span().end);
                return Err(fail(
                    "S0103",
                    span,
                    "`\\` stands before a character that is not escaped",
                    "write `\\\\` for a backslash; a quote stands in the other kind of quotes",
                ));
            }
        };
        self.cursor.jump(start + 2);
        Ok(simple)
    }

    fn quoted_name(&mut self) -> Result<Token<'a>, SyntaxError> {
        let open = self.cursor.at();
        self.cursor.bump();
        self.cursor.skip(|byte| byte != b'`');
        let name = self.cursor.since(open + 1);
        if self.cursor.eat(b'`') {
            return Ok(Token::Name(name));
        }
        let span = Span::new(open, open + 1);
        Err(fail(
            "S0105",
            span,
            "a name in backticks does not end",
            "add a backtick",
        ))
    }

    /// A name or a variable: everything up to a blank or a sign.
    fn name(&mut self) -> Token<'a> {
        let start = self.cursor.at();
        let mut known = true;
        while let Some(byte) = self.cursor.peek() {
            if byte == b'$' && self.placeholder() {
                known = false;
                continue;
            }
            if is_blank(byte) || is_sign(byte) {
                break;
            }
            self.cursor.bump();
        }
        let name = self.cursor.since(start);
        if !known {
            return Token::Placeholder;
        }
        if let Some(name) = name.strip_prefix('$') {
            return Token::Variable(name);
        }
        match name {
            "and" => Token::Sign(Sign::And),
            "or" => Token::Sign(Sign::Or),
            "in" => Token::Sign(Sign::In),
            "true" | "false" | "null" => Token::Value,
            _ => Token::Name(name),
        }
    }

    /// Moves behind a `${…}`, if one is next that is no JSONata: `${a: b}` groups by `a`.
    fn placeholder(&mut self) -> bool {
        let start = self.cursor.at();
        if !self.cursor.placeholder() {
            return false;
        }
        let inner = self.cursor.since(start + 2).trim_end_matches('}');
        let object =
            inner.trim().is_empty() || inner.contains('{') || inner.replace("::", "").contains(':');
        if object {
            self.cursor.jump(start);
            return false;
        }
        self.placeholder = true;
        true
    }

    /// At the first slash.
    fn regex(&mut self) -> Result<Token<'a>, SyntaxError> {
        let open = self.cursor.at();
        self.cursor.bump();
        let mut depth = 0_i64;
        let mut before = b'/';
        let mut escaped = false;
        while let Some(byte) = self.cursor.peek() {
            match byte {
                b'/' if depth == 0 && !escaped => {
                    if self.cursor.at() == open + 1 {
                        let span = Span::new(open, open + 2);
                        let why = "a regular expression is empty";
                        return Err(fail(
                            "S0301",
                            span,
                            why,
                            "write a pattern between the slashes",
                        ));
                    }
                    self.cursor.bump();
                    self.cursor.skip(|byte| matches!(byte, b'i' | b'm'));
                    return Ok(Token::Regex);
                }
                b'(' | b'[' | b'{' if before != b'\\' => depth += 1,
                b')' | b']' | b'}' if before != b'\\' => depth -= 1,
                _ => {}
            }
            escaped = byte == b'\\' && !escaped;
            before = byte;
            self.cursor.bump();
        }
        let span = Span::new(open, open + 1);
        Err(fail(
            "S0302",
            span,
            "a regular expression does not end",
            "add `/`; brackets in it have to be closed or escaped",
        ))
    }
}

pub(super) fn fail(
    code: &'static str,
    span: Span,
    why: impl Into<String>,
    help: impl Into<String>,
) -> SyntaxError {
    SyntaxError {
        code,
        error: Error::new(span, why).help(help),
    }
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0b)
}

fn is_sign(byte: u8) -> bool {
    matches!(
        byte,
        b'.' | b'['
            | b']'
            | b'{'
            | b'}'
            | b'('
            | b')'
            | b','
            | b'@'
            | b'#'
            | b';'
            | b':'
            | b'?'
            | b'+'
            | b'-'
            | b'*'
            | b'/'
            | b'%'
            | b'|'
            | b'='
            | b'<'
            | b'>'
            | b'^'
            | b'&'
            | b'!'
            | b'~'
    )
}
