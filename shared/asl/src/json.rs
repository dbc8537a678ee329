//! A JSON reader that goes on after an error.
//!
//! Strict RFC 8259 is what AWS accepts, so everything else is a problem; what the author meant is read all the same.

mod bare;
mod string;

pub(crate) use bare::is_number;

use crate::{
    LineIndex, Member, Node, Problem, Span, Value,
    parse::{MAX_DEPTH, MAX_SYNTAX_PROBLEMS, Tree, duplicates},
    problem::quoted,
};

/// Reads a text.
pub(crate) fn read(text: &str) -> Tree {
    let mut reader = Reader::new(text);
    reader.byte_order_mark();
    let root = reader.value(0);
    reader.finish(root)
}

/// What the last thing in an array or an object was.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    Opening,
    Item,
    /// A comma, and where.
    Comma(usize),
    /// Something that was reported, after which nothing is expected.
    Junk,
}

struct Reader<'a> {
    text: &'a str,
    bytes: &'a [u8],
    /// Offset of the next byte.
    at: usize,
    /// Offsets of the brackets that are open.
    open: Vec<usize>,
    /// How many of them are `[`.
    open_arrays: usize,
    /// Members and items of all that is open, so that a finished object or array gets a vector of exactly its size.
    members: Vec<Member>,
    items: Vec<Node>,
    problems: Vec<Problem>,
    syntax: usize,
    partial: bool,
    too_deep: bool,
    /// The text ended with this many brackets open, the innermost at this offset.
    cut: Option<(usize, usize)>,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            text,
            bytes: text.as_bytes(),
            at: 0,
            open: Vec::new(),
            open_arrays: 0,
            members: Vec::new(),
            items: Vec::new(),
            problems: Vec::new(),
            syntax: 0,
            partial: false,
            too_deep: false,
            cut: None,
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn slice(&self, start: usize, end: usize) -> &'a str {
        self.text.get(start..end).unwrap_or_default()
    }

    fn invalid(&mut self, span: Span, message: impl Into<String>, help: &str) {
        self.syntax += 1;
        if self.syntax <= MAX_SYNTAX_PROBLEMS {
            let mut problem =
                Problem::error("invalid-json", span, message).aws("INVALID_JSON_DESCRIPTION");
            if !help.is_empty() {
                problem = problem.help(help);
            }
            self.problems.push(problem);
        }
    }

    fn byte_order_mark(&mut self) {
        const MARK: &str = "\u{feff}";
        if self.text.starts_with(MARK) {
            self.at = MARK.len();
            let span = Span::new(0, self.at);
            self.problems.push(
                Problem::warning(
                    "byte-order-mark",
                    span,
                    "the text begins with a byte order mark",
                )
                .help("save the file as UTF-8 without it"),
            );
        }
    }

    /// Passes over white space, and over what other languages pass over.
    fn space(&mut self) {
        loop {
            self.blanks();
            match self.peek() {
                Some(b'/' | b'#' | 0x0b | 0x0c | 0x80..) => {
                    if !self.comment() && !self.odd_space() {
                        return;
                    }
                }
                _ => return,
            }
        }
    }

    fn blanks(&mut self) {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        // Most of the white space of a definition is indentation.
        let (words, _) = rest.as_chunks::<8>();
        let indent = words.iter().take_while(|word| *word == b"        ").count() * 8;
        let rest = rest.get(indent..).unwrap_or_default();
        let other = rest
            .iter()
            .position(|byte| !matches!(byte, b' ' | b'\n' | b'\r' | b'\t'));
        self.at += indent + other.unwrap_or(rest.len());
    }

    fn comment(&mut self) -> bool {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let find = |end: &[u8]| {
            rest.windows(end.len())
                .position(|window| window == end)
                .map_or(rest.len(), |at| at + end.len())
        };
        let length = if rest.starts_with(b"/*") {
            find(b"*/")
        } else if rest.starts_with(b"//") || rest.starts_with(b"#") {
            find(b"\n")
        } else {
            return false;
        };
        let start = self.at;
        self.at += length;
        let shown = self.slice(start, self.at).trim_end().len();
        let span = Span::new(start, start + shown);
        self.invalid(
            span,
            "JSON has no comments",
            "put the text into a `Comment` field",
        );
        true
    }

    fn odd_space(&mut self) -> bool {
        let next = self.slice(self.at, self.text.len()).chars().next();
        let Some(odd) = next.filter(|c| c.is_whitespace() || matches!(c, '\u{feff}' | '\u{200b}'))
        else {
            return false;
        };
        let start = self.at;
        self.at += odd.len_utf8();
        let message = format!("U+{:04X} is no white space in JSON", u32::from(odd));
        self.invalid(Span::new(start, self.at), message, "replace it by a blank");
        true
    }

    /// The value that comes next; `None` where there is none, at a bracket, a comma, a colon or the end.
    fn value(&mut self, depth: usize) -> Option<Node> {
        self.space();
        let start = self.at;
        let value = match self.peek()? {
            b'{' | b'[' if depth >= MAX_DEPTH => self.skip(),
            b'{' => self.object(depth),
            b'[' => self.array(depth),
            b'"' => Value::String(self.string(b'"')),
            b'\'' => Value::String(self.single_quoted()),
            b'}' | b']' | b',' | b':' => return None,
            b'-' | b'0'..=b'9' => self.number(),
            _ => self.word(),
        };
        Some(Node {
            span: Span::new(start, self.at),
            value,
        })
    }

    fn enter(&mut self) {
        self.open_arrays += usize::from(self.peek() == Some(b'['));
        self.open.push(self.at);
        self.at += 1;
    }

    fn leave(&mut self) {
        if let Some(at) = self.open.pop() {
            self.open_arrays -= usize::from(self.bytes.get(at) == Some(&b'['));
        }
    }

    /// The text has ended inside something; only the first place counts.
    fn end_of_text(&mut self) {
        let innermost = self.open.last().copied().unwrap_or_default();
        self.cut.get_or_insert((self.open.len(), innermost));
    }

    fn array(&mut self, depth: usize) -> Value {
        let base = self.items.len();
        let mut last = Last::Opening;
        self.enter();
        while self.more(b']', &mut last) {
            if last == Last::Item {
                self.comma_missing(self.at);
            }
            if let Some(item) = self.value(depth + 1) {
                self.items.push(item);
                last = Last::Item;
            } else {
                self.unexpected();
                last = Last::Junk;
            }
        }
        self.leave();
        Value::Array(self.items.split_off(base))
    }

    fn object(&mut self, depth: usize) -> Value {
        let base = self.members.len();
        let mut last = Last::Opening;
        self.enter();
        while self.more(b'}', &mut last) {
            last = self.member(depth, last);
        }
        self.leave();
        let members = self.members.split_off(base);
        duplicates(&members, &mut self.problems);
        Value::Object(members)
    }

    /// Passes over commas and the closing bracket. True where an item comes next.
    fn more(&mut self, close: u8, last: &mut Last) -> bool {
        loop {
            self.space();
            match self.peek() {
                None => {
                    self.end_of_text();
                    return false;
                }
                Some(byte) if byte == close => {
                    if let Last::Comma(at) = *last {
                        let span = Span::new(at, at + 1);
                        self.invalid(span, "there is a comma after the last item", "remove it");
                    }
                    self.at += 1;
                    return false;
                }
                Some(b',') => {
                    if matches!(last, Last::Opening | Last::Comma(_)) {
                        let span = Span::new(self.at, self.at + 1);
                        self.invalid(span, "there is no item before this comma", "remove it");
                    }
                    *last = Last::Comma(self.at);
                    self.at += 1;
                }
                Some(byte @ (b'}' | b']')) => {
                    if self.closes_outer(byte) {
                        self.not_closed(close);
                        return false;
                    }
                    self.unexpected();
                    *last = Last::Junk;
                }
                Some(_) => return true,
            }
        }
    }

    fn closes_outer(&self, byte: u8) -> bool {
        match byte {
            b']' => self.open_arrays > 0,
            _ => self.open.len() > self.open_arrays,
        }
    }

    fn not_closed(&mut self, close: u8) {
        let message = format!("`{}` is missing here", char::from(close));
        let span = Span::new(self.at, self.at + 1);
        self.invalid(span, message, "every bracket is closed by its own kind");
    }

    /// At a byte that fits nowhere: reported, and passed over.
    fn unexpected(&mut self) {
        let start = self.at;
        let next = self.slice(start, self.text.len()).chars().next();
        self.at += next.map_or(1, char::len_utf8);
        let message = format!(
            "{} was not expected here",
            quoted(self.slice(start, self.at))
        );
        self.invalid(Span::new(start, self.at), message, "");
    }

    fn comma_missing(&mut self, next: usize) {
        // Behind the item that it should follow, where an author looks for it.
        let end = self.slice(0, next).trim_end().len();
        let span = Span::new(end, (end + 1).min(next));
        self.invalid(
            span,
            "a comma is missing here",
            "write `,` between two items",
        );
    }

    fn member(&mut self, depth: usize, last: Last) -> Last {
        let start = self.at;
        if last == Last::Item && matches!(self.peek(), Some(b'"' | b'\'')) {
            self.comma_missing(start);
        }
        let (key, filled_in) = match self.peek() {
            Some(b'"') => (self.string(b'"'), false),
            Some(b'\'') => (self.single_quoted(), false),
            Some(b'{' | b'[') => {
                self.invalid(Span::new(start, start + 1), "a name was expected here", "");
                self.partial = true;
                self.value(depth + 1);
                return Last::Junk;
            }
            Some(b':') => {
                self.unexpected();
                return Last::Junk;
            }
            _ => match self.bare_name(last) {
                Some(name) => name,
                None => return Last::Junk,
            },
        };
        let key_span = Span::new(start, self.at);
        self.space();
        if self.colon(&key, filled_in) {
            let node = self.value(depth + 1);
            if node.is_none() && self.peek().is_some() {
                self.value_missing(&key);
            }
            let absent = Node {
                span: Span::new(self.at, self.at),
                value: Value::Null,
            };
            self.push_member(key, key_span, node.unwrap_or(absent))
        } else if filled_in {
            // The members that it stands for bring their own commas.
            let value = Value::String(key.clone());
            let span = key_span;
            self.push_member(key, key_span, Node { span, value });
            Last::Junk
        } else {
            let span = Span::new(key_span.end, key_span.end);
            let value = Value::Null;
            self.push_member(key, key_span, Node { span, value })
        }
    }

    /// Adds a member, but for one that the end of the text has cut off.
    fn push_member(&mut self, key: String, key_span: Span, node: Node) -> Last {
        if node.span.start < node.span.end || self.peek().is_some() {
            self.members.push(Member {
                key,
                key_span,
                node,
            });
        } else {
            self.end_of_text();
        }
        Last::Item
    }

    /// After a name. True where a value is to be read next.
    fn colon(&mut self, key: &str, filled_in: bool) -> bool {
        match self.peek() {
            Some(b':') => {
                self.at += 1;
                true
            }
            None => false,
            Some(b',' | b'}' | b']') => {
                if !filled_in {
                    self.value_missing(key);
                }
                false
            }
            Some(_) if filled_in => false,
            Some(byte) => {
                let message = format!("a colon is missing after {}", quoted(key));
                let span = Span::new(self.at, self.at);
                self.invalid(span, message, "write `:` between a name and its value");
                let arrow = self.bytes.get(self.at + 1) == Some(&b'>');
                self.at += if byte == b'=' {
                    1 + usize::from(arrow)
                } else {
                    0
                };
                true
            }
        }
    }

    fn value_missing(&mut self, key: &str) {
        let message = format!("{} has no value", quoted(key));
        self.invalid(Span::new(self.at, self.at), message, "");
    }

    /// Passes over a value that is too deep to be read, however deep it is.
    fn skip(&mut self) -> Value {
        let start = self.at;
        let mut depth = 0_usize;
        while let Some(byte) = self.peek() {
            self.at += 1;
            match byte {
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth -= 1,
                b'"' => self.skip_string(),
                _ => {}
            }
            if depth == 0 {
                break;
            }
        }
        if !self.too_deep {
            let message = format!("this stands more than {MAX_DEPTH} brackets deep");
            let problem = Problem::error("too-deeply-nested", Span::new(start, start + 1), message);
            self.problems.push(problem.aws("TOO_DEEPLY_NESTED"));
        }
        self.too_deep = true;
        self.partial = true;
        Value::Null
    }

    fn skip_string(&mut self) {
        while let Some(byte) = self.peek() {
            let escape = byte == b'\\' && self.at + 1 < self.bytes.len();
            self.at += if escape { 2 } else { 1 };
            if byte == b'"' {
                return;
            }
        }
    }

    fn finish(mut self, root: Option<Node>) -> Tree {
        self.space();
        if root.is_none() {
            self.partial = true;
        }
        if self.at < self.bytes.len() {
            let rest = self.slice(self.at, self.text.len()).trim_end();
            self.partial |= !rest
                .bytes()
                .all(|byte| matches!(byte, b'}' | b']' | b',' | b' '));
            let span = Span::new(self.at, self.at + rest.len());
            let message = match root {
                Some(_) => "there is more text after the end of the definition",
                None => "a definition begins with `{`",
            };
            self.invalid(span, message, "");
        }
        if let Some((open, innermost)) = self.cut.filter(|_| !self.too_deep) {
            self.ended_early(open, innermost);
        }
        self.partial |= self.cut.is_some();
        Tree {
            root,
            problems: self.problems,
            partial: self.partial.then_some(self.text.len()),
        }
    }

    fn ended_early(&mut self, open: usize, innermost: usize) {
        let end = Span::new(self.text.len(), self.text.len());
        let brackets = if open == 1 { "bracket" } else { "brackets" };
        let at = LineIndex::new(self.text).position(self.text, innermost);
        let (message, help) = if open == 0 {
            ("the text ends inside a string".to_owned(), String::new())
        } else {
            (
                format!("the text ends with {open} {brackets} still open"),
                format!(
                    "the innermost is opened in line {}, column {}; is the text cut off?",
                    at.line, at.column
                ),
            )
        };
        // The most important one: it is told even where there are too many others.
        self.syntax = self.syntax.min(MAX_SYNTAX_PROBLEMS - 1);
        self.invalid(end, message, &help);
    }
}
