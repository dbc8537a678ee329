//! A YAML reader that builds the same tree as the JSON reader.
//!
//! It works on the parser's events and not on a loaded document: what was read before an error stays, duplicates and the
//! text of numbers are kept, and depth and aliases are bounded before memory is spent on them.

mod scalar;

use std::collections::{BTreeMap, HashSet};

use saphyr_parser::{Event, Parser, ScalarStyle, StrInput, Tag};

use crate::{
    Member, Node, Problem, Span, Value,
    parse::{MAX_DEPTH, MAX_SYNTAX_PROBLEMS, Tree, duplicates},
    problem::quoted,
};
use scalar::{Function, function, scalar};

/// What aliases may add to a tree, in bytes (about): a few lines of YAML can stand for gigabytes.
const MAX_ALIASED: usize = 16 << 20;

/// What becomes of `!Sub`, `!Ref` and the other functions of CloudFormation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Functions {
    /// A string with `${…}` for what is filled in at deployment.
    Open,
    /// Their long form, as JSON writes them.
    Kept,
}

/// Reads the first document of a text.
pub(crate) fn read(text: &str, functions: Functions) -> Tree {
    let mut reader = Reader::new(text, functions);
    let mut parser = Parser::new_from_str(text);
    reader.run(&mut parser);
    reader.finish()
}

/// A value with what it costs to repeat it.
#[derive(Clone)]
struct Built {
    node: Node,
    weight: usize,
    height: usize,
}

enum Content {
    Sequence(Vec<Node>),
    Mapping(Vec<Member>, Option<Key>),
}

/// The key of a mapping whose value is not read yet; without text where it cannot be a name.
struct Key {
    text: Option<String>,
    span: Span,
}

/// A collection that is open.
struct Frame {
    content: Content,
    start: usize,
    /// True for `[…]` and `{…}`, which end with a bracket.
    flow: bool,
    anchor: usize,
    function: Option<Function>,
    weight: usize,
    height: usize,
}

struct Reader<'a> {
    text: &'a str,
    functions: Functions,
    offsets: Offsets,
    stack: Vec<Frame>,
    root: Option<Node>,
    anchors: BTreeMap<usize, Built>,
    aliased: usize,
    /// End of the last thing that has text.
    last_end: usize,
    documents: usize,
    problems: Vec<Problem>,
    partial: bool,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str, functions: Functions) -> Self {
        Self {
            text,
            functions,
            offsets: Offsets::new(text),
            stack: Vec::new(),
            root: None,
            anchors: BTreeMap::new(),
            aliased: 0,
            last_end: 0,
            documents: 0,
            problems: Vec::new(),
            partial: false,
        }
    }

    fn run(&mut self, parser: &mut Parser<'a, StrInput<'a>>) {
        while let Some(next) = parser.next_event() {
            let (event, span) = match next {
                Ok(next) => next,
                Err(error) => {
                    let at = self.offsets.byte(self.text, error.marker().index());
                    self.syntax_error(at, error.info());
                    return;
                }
            };
            let span = Span::new(
                self.offsets.byte(self.text, span.start.index()),
                self.offsets.byte(self.text, span.end.index()),
            );
            if !self.event(event, span) {
                return;
            }
        }
    }

    /// False where reading is to stop.
    fn event(&mut self, event: Event<'_>, span: Span) -> bool {
        match event {
            Event::DocumentStart(_) => self.document(span),
            Event::Scalar(text, style, anchor, tag) => {
                let built = self.scalar(&text, style, tag.as_deref(), span);
                self.put(built, anchor);
                true
            }
            Event::SequenceStart(anchor, tag) => {
                let content = Content::Sequence(Vec::new());
                self.open(content, anchor, tag.as_deref(), span)
            }
            Event::MappingStart(anchor, tag) => {
                let content = Content::Mapping(Vec::new(), None);
                self.open(content, anchor, tag.as_deref(), span)
            }
            Event::SequenceEnd | Event::MappingEnd => {
                // The parser counts the blanks behind a bracket to it.
                self.close(span.start + 1);
                true
            }
            Event::Alias(id) => self.alias(id, span),
            _ => true,
        }
    }

    fn document(&mut self, span: Span) -> bool {
        self.documents += 1;
        if self.documents > 1 {
            let message = "there is more than one document in this text";
            self.problems.push(
                Problem::error("several-documents", span, message)
                    .help("only the first is read; give every state machine a file of its own"),
            );
        }
        self.documents == 1
    }

    fn syntax_error(&mut self, at: usize, info: &str) {
        let next = self.text.get(at..).and_then(|rest| rest.chars().next());
        let span = Span::new(at, at + next.map_or(0, char::len_utf8));
        self.partial = true;
        if info.contains("recursion limit") {
            self.too_deep(span);
        } else {
            let message = format!("this is not YAML: {info}");
            self.problems
                .push(Problem::error("invalid-yaml", span, message));
        }
    }

    fn too_deep(&mut self, span: Span) {
        self.partial = true;
        let message = format!("this stands more than {MAX_DEPTH} levels deep");
        let problem = Problem::error("too-deeply-nested", span, message);
        self.problems.push(problem.aws("TOO_DEEPLY_NESTED"));
    }

    fn open(&mut self, content: Content, anchor: usize, tag: Option<&Tag>, span: Span) -> bool {
        if self.stack.len() >= MAX_DEPTH {
            self.too_deep(span);
            return false;
        }
        let flow = span.of(self.text).trim_end().ends_with(['[', '{']);
        self.last_end = span.end;
        self.stack.push(Frame {
            content,
            start: span.start,
            flow,
            anchor,
            function: tag.and_then(function),
            weight: size_of::<Member>(),
            height: 1,
        });
        true
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, tag: Option<&Tag>, span: Span) -> Built {
        let absent = text.is_empty() && style == ScalarStyle::Plain;
        let span = match style {
            // The parser gives what is left out the place of what comes next.
            _ if absent && tag.is_none() => Span::new(self.last_end, self.last_end),
            ScalarStyle::Literal | ScalarStyle::Folded => self.block_scalar(span),
            // The parser counts the blanks behind a value to it.
            _ => Span::new(span.start, span.start + span.of(self.text).trim_end().len()),
        };
        self.last_end = span.end;
        let value = scalar(text, style, tag, (self.functions, span));
        Built {
            weight: size_of::<Member>() + text.len(),
            node: Node { span, value },
            height: 0,
        }
    }

    /// The parser gives a block scalar the place of its text; the sign that begins it stands before that.
    fn block_scalar(&self, span: Span) -> Span {
        let end = span.start + span.of(self.text).trim_end().len();
        let before = self.text.get(self.last_end..span.start).unwrap_or_default();
        let line = before.trim_end().rsplit('\n').next().unwrap_or_default();
        let header = line.split(" #").next().unwrap_or_default();
        let line_start = self.last_end + before.trim_end().len() - line.len();
        match header.rfind(['|', '>']) {
            Some(sign) => Span::new(
                line_start + sign,
                end.max(line_start + header.trim_end().len()),
            ),
            None => Span::new(span.start, end),
        }
    }

    fn close(&mut self, end: usize) {
        let Some(frame) = self.stack.pop() else {
            return;
        };
        let end = if frame.flow {
            end
        } else {
            self.last_end.max(frame.start)
        };
        self.last_end = end;
        let value = match frame.content {
            Content::Sequence(items) => Value::Array(items),
            Content::Mapping(members, _) => {
                duplicates(&members, &mut self.problems);
                Value::Object(merge(members))
            }
        };
        let span = Span::new(frame.start, end);
        let node = Node {
            span,
            value: match frame.function {
                Some(function) => function.of(value, (self.functions, span)),
                None => value,
            },
        };
        let built = Built {
            node,
            weight: frame.weight,
            height: frame.height,
        };
        self.put(built, frame.anchor);
    }

    /// Puts a finished value where it belongs.
    fn put(&mut self, built: Built, anchor: usize) {
        if anchor > 0 && self.afford(built.weight, built.node.span) {
            self.anchors.insert(anchor, built.clone());
        }
        let Some(frame) = self.stack.last_mut() else {
            self.root.get_or_insert(built.node);
            return;
        };
        frame.weight += built.weight;
        frame.height = frame.height.max(built.height + 1);
        match &mut frame.content {
            Content::Sequence(items) => items.push(built.node),
            Content::Mapping(members, key) => match key.take() {
                Some(Key {
                    text: Some(text),
                    span,
                }) => members.push(Member {
                    key: text,
                    key_span: span,
                    node: built.node,
                }),
                Some(Key { text: None, .. }) => {}
                None => {
                    let span = built.node.span;
                    let (text, problem) = name(built.node.value, span, self.text);
                    *key = Some(Key { text, span });
                    if self.problems.len() < MAX_SYNTAX_PROBLEMS {
                        self.problems.extend(problem);
                    }
                }
            },
        }
    }

    fn alias(&mut self, id: usize, span: Span) -> bool {
        self.last_end = span.end;
        let null = Node {
            span,
            value: Value::Null,
        };
        let mut built = Built {
            node: null,
            weight: 0,
            height: 0,
        };
        if let Some(anchored) = self.anchors.get(&id) {
            if self.stack.len() + anchored.height > MAX_DEPTH {
                self.too_deep(span);
                return false;
            }
            let weight = anchored.weight;
            if self.afford(weight, span) {
                built = self.anchors.get(&id).cloned().unwrap_or(built);
                built.node.span = span;
            }
        } else {
            // An alias inside of its own anchor, or one whose anchor was too large to keep.
            self.partial = true;
        }
        self.put(built, 0);
        true
    }

    fn afford(&mut self, weight: usize, span: Span) -> bool {
        const ID: &str = "too-many-aliases";
        self.aliased = self.aliased.saturating_add(weight);
        let affordable = self.aliased <= MAX_ALIASED;
        if !affordable {
            self.partial = true;
            if !self.problems.iter().any(|problem| problem.id == ID) {
                let message = "the aliases of this text stand for too much";
                self.problems.push(Problem::error(ID, span, message));
            }
        }
        affordable
    }

    fn finish(mut self) -> Tree {
        let end = self.last_end;
        // What an error has left open ends where the last thing was read.
        while !self.stack.is_empty() {
            let last_end = self.last_end;
            self.close(last_end);
        }
        Tree {
            root: self.root,
            problems: self.problems,
            partial: self.partial.then_some(end),
        }
    }
}

/// The name that a key stands for in JSON, and what is wrong with it.
fn name(value: Value, span: Span, text: &str) -> (Option<String>, Option<Problem>) {
    const ID: &str = "key-not-a-string";
    let written = span.of(text);
    match value {
        Value::String(name) => (Some(name), None),
        Value::Number(_) | Value::Bool(_) | Value::Null => {
            let message = format!("the key {} is no string", quoted(written));
            let problem = Problem::warning(ID, span, message).help("write it in quotes");
            (Some(written.to_owned()), Some(problem))
        }
        Value::Array(_) | Value::Object(_) => {
            let message = "a key must be a string, this is a list or a mapping";
            (None, Some(Problem::error(ID, span, message)))
        }
    }
}

/// Resolves `<<: *anchor`: the members of the anchored mappings that the mapping does not have itself.
fn merge(mut members: Vec<Member>) -> Vec<Member> {
    // In quotes it is a name like any other; then its span is longer than the name.
    let is_merge = |member: &Member| {
        let plain = member.key_span.end - member.key_span.start == member.key.len();
        member.key == "<<" && plain && !matches!(member.node.value, Value::String(_))
    };
    let Some(at) = members.iter().position(is_merge) else {
        return members;
    };
    let sources = match members.remove(at).node.value {
        Value::Array(items) => items.into_iter().map(|item| item.value).collect(),
        value => vec![value],
    };
    let mut names: HashSet<String> = members.iter().map(|own| own.key.clone()).collect();
    for source in sources {
        let Value::Object(inherited) = source else {
            continue;
        };
        for member in inherited {
            if names.insert(member.key.clone()) {
                members.push(member);
            }
        }
    }
    members
}

/// The parser counts characters, everything else counts bytes.
struct Offsets {
    /// Byte offset of every [`Offsets::STEP`]th character; empty for ASCII, where both are the same.
    marks: Vec<usize>,
}

impl Offsets {
    const STEP: usize = 64;

    fn new(text: &str) -> Self {
        let marks = if text.is_ascii() {
            Vec::new()
        } else {
            text.char_indices()
                .step_by(Self::STEP)
                .map(|(at, _)| at)
                .collect()
        };
        Self { marks }
    }

    fn byte(&self, text: &str, character: usize) -> usize {
        if self.marks.is_empty() {
            return character.min(text.len());
        }
        let Some(mark) = self.marks.get(character / Self::STEP) else {
            return text.len();
        };
        let rest = text.get(*mark..).unwrap_or_default();
        let inside = rest.char_indices().nth(character % Self::STEP);
        inside.map_or(text.len(), |(at, _)| mark + at)
    }
}
