//! What is wrong with a requirements file, and where.

use std::fmt;

use asl::{Level, LineIndex, Member, Node, Position, Span, Value};

/// Something wrong with a requirements file, or worth knowing of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// In kebab-case: `field-unknown`, `exactly-once-express`.
    pub id: &'static str,
    /// An error keeps the file from being designed.
    pub level: Level,
    /// JSON pointer of the value.
    pub pointer: String,
    /// Where it stands.
    pub span: Span,
    /// The same, as an editor shows it.
    pub position: Position,
    /// What is wrong: one sentence, lower case, no full stop.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let level = match self.level {
            Level::Error => "error",
            Level::Warning => "warning",
        };
        let Position { line, column } = self.position;
        write!(
            out,
            "{line}:{column}: {level}[{}]: {}",
            self.id, self.message
        )?;
        match &self.help {
            Some(help) => write!(out, "; {help}"),
            None => Ok(()),
        }
    }
}

/// Collects problems of one text.
pub(crate) struct Problems<'a> {
    text: &'a str,
    lines: LineIndex,
    pub(crate) list: Vec<Problem>,
    /// What cannot be relied on because of an error: nothing more is told of it.
    tainted: Vec<String>,
}

/// A place in the file: a value and its pointer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct At<'a> {
    pub(crate) pointer: &'a str,
    pub(crate) span: Span,
}

impl<'a> Problems<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self {
            text,
            lines: LineIndex::new(text),
            list: Vec::new(),
            tainted: Vec::new(),
        }
    }

    pub(crate) fn text(&self) -> &'a str {
        self.text
    }

    pub(crate) fn line(&self, offset: usize) -> usize {
        self.lines.position(self.text, offset).line
    }

    /// An error about the value itself.
    pub(crate) fn error(
        &mut self,
        id: &'static str,
        at: At<'_>,
        message: String,
        help: Option<String>,
    ) {
        self.tainted.push(at.pointer.to_owned());
        self.push(id, Level::Error, at, message, help);
    }

    /// An error after which nothing around the value is sure: `around` is that.
    pub(crate) fn error_in(
        &mut self,
        id: &'static str,
        (around, at): (&str, At<'_>),
        message: String,
        help: Option<String>,
    ) {
        self.tainted.push(around.to_owned());
        self.push(id, Level::Error, at, message, help);
    }

    pub(crate) fn warning(
        &mut self,
        id: &'static str,
        at: At<'_>,
        message: String,
        help: Option<String>,
    ) {
        self.push(id, Level::Warning, at, message, help);
    }

    fn push(
        &mut self,
        id: &'static str,
        level: Level,
        at: At<'_>,
        message: String,
        help: Option<String>,
    ) {
        self.list.push(Problem {
            id,
            level,
            pointer: at.pointer.to_owned(),
            span: at.span,
            position: self.lines.position(self.text, at.span.start),
            message,
            help,
        });
    }

    /// Whether an error was told of a value, of one inside of it, or of one around it.
    pub(crate) fn is_tainted(&self, pointer: &str) -> bool {
        let inside = |inner: &str, outer: &str| {
            inner
                .strip_prefix(outer)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.tainted
            .iter()
            .any(|told| inside(told, pointer) || inside(pointer, told))
    }

    pub(crate) fn has_errors(&self) -> bool {
        self.list
            .iter()
            .any(|problem| problem.level == Level::Error)
    }

    pub(crate) fn finish(mut self) -> Vec<Problem> {
        self.list
            .sort_by(|a, b| (a.span.start, b.level, a.id).cmp(&(b.span.start, a.level, b.id)));
        self.list
    }
}

/// The value that a JSON pointer points at.
pub(crate) fn find<'a>(root: &'a Node, pointer: &str) -> Option<&'a Node> {
    let mut node = root;
    for token in pointer.split('/').skip(1) {
        let token = token.replace("~1", "/").replace("~0", "~");
        node = match &node.value {
            Value::Object(members) => members.iter().find(|it| it.key == token).map(value)?,
            Value::Array(items) => items.get(token.parse::<usize>().ok()?)?,
            _ => return None,
        };
    }
    Some(node)
}

fn value(member: &Member) -> &Node {
    &member.node
}

/// A text of the author in backticks, on one line and short enough for a sentence.
pub(crate) fn quoted(text: &str) -> String {
    const MOST: usize = 80;
    let mut out = String::from("`");
    for (count, character) in text.chars().enumerate() {
        if count == MOST {
            out.push('…');
            break;
        }
        if character.is_control() {
            out.extend(character.escape_default());
        } else {
            out.push(character);
        }
    }
    out.push('`');
    out
}

/// "did you mean …?", where a name is near.
pub(crate) fn did_you_mean<'a>(
    wanted: &str,
    names: impl IntoIterator<Item = &'a str>,
) -> Option<String> {
    asl::nearest(wanted, names).map(|name| format!("did you mean `{name}`?"))
}

/// Names for a sentence: `a`, `b` or `c`.
pub(crate) fn one_of<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<String> = names.into_iter().map(quoted).collect();
    match names.as_slice() {
        [] => "nothing".to_owned(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}
