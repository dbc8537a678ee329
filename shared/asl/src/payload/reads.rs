//! What a state reads of its payload, and where it puts what it has made.

use std::borrow::Cow;

use super::templates::whole_reference;
use crate::expr::intrinsic::{self, Call};
use crate::expr::path::{Path, Root};
use crate::{Node, QueryLanguage, Span, State, StateKind, pointer_push};

/// On which value a path of a state starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Base {
    /// What comes to the state; in JSONata, `$states.input`.
    Input,
    /// What `InputPath` leaves of it.
    Filtered,
    /// What the work of the state gives, before `ResultSelector`; in JSONata, `$states.result`.
    Result,
    /// What `ResultPath` makes of input and result.
    Combined,
}

/// What is read.
#[derive(Clone, Debug, PartialEq)]
pub enum Reads<'a> {
    /// A JSONPath.
    Path(Path<'a>),
    /// A JSONata expression that is nothing but `$states.input.a.b`: the fields, `a` and `b`.
    Fields(Vec<Cow<'a, str>>),
}

/// One read of a state.
#[derive(Clone, Debug, PartialEq)]
pub struct Read<'a> {
    /// What is read.
    pub what: Reads<'a>,
    /// Of which value.
    pub base: Base,
    /// The string in which it is written.
    pub node: &'a Node,
    /// Names of the members on the way from the state to that string.
    pub names: Vec<Cow<'a, str>>,
    /// It is read whenever the state is entered, or when its work is done. A rule of a Choice is only where no rule before
    /// it matches.
    pub always: bool,
}

/// On which way out of a state something is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// Where its work is done.
    Done,
    /// Catcher, counted from 0.
    Catch(usize),
}

/// Where a state puts its result, or the error that a catcher took.
#[derive(Clone, Debug, PartialEq)]
pub enum Write<'a> {
    /// It takes the place of the input.
    Replaces,
    /// It is put into the input, at that path.
    Into(Path<'a>),
    /// It is dropped, and the input goes on.
    Nowhere,
    /// The output is made by an expression of JSONata.
    Made(&'a Node),
    /// It cannot be told: the path is malformed.
    Unknown,
}

impl Read<'_> {
    /// JSON pointer of the string in which it is written.
    pub fn pointer(&self, state: &State) -> String {
        let start = state.pointer.clone();
        self.names
            .iter()
            .fold(start, |pointer, name| pointer_push(&pointer, name))
    }

    /// Where the path stands in that string, as it was read from the text.
    pub fn span(&self) -> Span {
        match &self.what {
            Reads::Path(path) => path.span,
            Reads::Fields(_) => Span::new(0, self.node.as_str().map_or(0, str::len)),
        }
    }

    /// The members that it goes through, up to the first step that is none.
    pub fn fields(&self) -> Vec<&str> {
        match &self.what {
            Reads::Path(path) => path.fields().collect(),
            Reads::Fields(fields) => fields.iter().map(AsRef::as_ref).collect(),
        }
    }
}

/// What is written on each way out of a state that does work: a Task, a Pass, a Map, a Parallel.
pub fn writes(state: &State) -> Vec<(Way, Write<'_>)> {
    let works = matches!(
        state.kind,
        StateKind::Task(_) | StateKind::Pass | StateKind::Map(_) | StateKind::Parallel(_)
    );
    if !works {
        return Vec::new();
    }
    let language = state.query_language;
    let own = write(language, state.field("ResultPath"), state.field("Output"));
    let caught = state.catch.iter().enumerate().map(|(index, catcher)| {
        let node = &catcher.node;
        let write = write(language, node.get("ResultPath"), node.get("Output"));
        (Way::Catch(index), write)
    });
    std::iter::once((Way::Done, own)).chain(caught).collect()
}

fn write<'a>(
    language: QueryLanguage,
    path: Option<&'a Node>,
    output: Option<&'a Node>,
) -> Write<'a> {
    if language == QueryLanguage::Jsonata {
        return output.map_or(Write::Replaces, Write::Made);
    }
    let Some(node) = path else {
        return Write::Replaces;
    };
    if node.is_null() {
        return Write::Nowhere;
    }
    match node.as_str().map(Path::parse) {
        Some(Ok(path)) if path.root == Root::Input && path.steps.is_empty() => Write::Replaces,
        Some(Ok(path)) if path.root == Root::Input => Write::Into(path),
        _ => Write::Unknown,
    }
}

/// All reads of a state of which it is certain on which value they start, in the order of the text.
pub fn reads(state: &State) -> Vec<Read<'_>> {
    let mut found = Found {
        state,
        reads: Vec::new(),
        names: Vec::new(),
        always: true,
    };
    for member in &state.fields {
        found.names.push(Cow::Borrowed(&member.key));
        match state.query_language {
            QueryLanguage::JsonPath => found.member(&member.key, &member.node),
            QueryLanguage::Jsonata => found.evaluated(&member.node),
        }
        found.names.pop();
    }
    found.reads
}

struct Found<'a> {
    state: &'a State,
    reads: Vec<Read<'a>>,
    names: Vec<Cow<'a, str>>,
    always: bool,
}

impl<'a> Found<'a> {
    fn member(&mut self, name: &str, node: &'a Node) {
        // What is before `Parameters` and what is behind it is one thing where there are none.
        let plain = !self.state.has("InputPath") && !self.state.has("Parameters");
        match name {
            "InputPath" | "ErrorPath" | "CausePath" => self.path(Base::Input, node),
            "SecondsPath" | "TimestampPath" => self.path(Base::Filtered, node),
            // Where items are read from elsewhere, it is not the payload that it picks from.
            "ItemsPath" if !self.state.has("ItemReader") => self.path(Base::Filtered, node),
            "TimeoutSecondsPath"
            | "HeartbeatSecondsPath"
            | "MaxConcurrencyPath"
            | "ToleratedFailurePercentagePath"
            | "ToleratedFailureCountPath"
                if plain =>
            {
                self.path(Base::Filtered, node);
            }
            "Parameters" | "ItemSelector" => self.template(Base::Filtered, node),
            "ResultSelector" => self.template(Base::Result, node),
            "OutputPath" => self.path(Base::Combined, node),
            "ItemReader" | "ResultWriter" => self.inner("Parameters", node),
            "ItemBatcher" => self.inner("BatchInput", node),
            "Choices" if !guards(node) => {
                for (index, rule) in node.items().unwrap_or_default().iter().enumerate() {
                    self.names.push(Cow::Owned(index.to_string()));
                    self.comparison(rule);
                    self.names.pop();
                    self.always = false;
                }
                self.always = true;
            }
            _ => {}
        }
    }

    fn inner(&mut self, name: &'static str, node: &'a Node) {
        if let Some(inner) = node.get(name) {
            self.names.push(Cow::Borrowed(name));
            self.template(Base::Filtered, inner);
            self.names.pop();
        }
    }

    /// A rule of a Choice, or a part of one. The parts of `And` and `Or` are not all looked at each time.
    fn comparison(&mut self, node: &'a Node) {
        for member in node.members().unwrap_or_default() {
            let key = member.key.as_str();
            self.names.push(Cow::Borrowed(key));
            match key {
                "And" | "Or" => {
                    let before = self.always;
                    for (index, part) in member.node.items().unwrap_or_default().iter().enumerate()
                    {
                        self.names.push(Cow::Owned(index.to_string()));
                        self.comparison(part);
                        self.names.pop();
                        self.always = false;
                    }
                    self.always = before;
                }
                "Not" => self.comparison(&member.node),
                "Variable" => self.path(Base::Filtered, &member.node),
                name if name.ends_with("Path") => self.path(Base::Filtered, &member.node),
                _ => {}
            }
            self.names.pop();
        }
    }

    fn template(&mut self, base: Base, node: &'a Node) {
        for member in node.members().unwrap_or_default() {
            self.names.push(Cow::Borrowed(&member.key));
            if member.key.ends_with(".$") {
                self.path(base, &member.node);
            } else {
                self.template(base, &member.node);
            }
            self.names.pop();
        }
        for (index, item) in node.items().unwrap_or_default().iter().enumerate() {
            if item.members().is_some() || item.items().is_some() {
                self.names.push(Cow::Owned(index.to_string()));
                self.template(base, item);
                self.names.pop();
            }
        }
    }

    /// A path, or a call with paths in it.
    fn path(&mut self, base: Base, node: &'a Node) {
        let Some(text) = node.as_str() else { return };
        if intrinsic::is_call(text) {
            if let Ok(call) = Call::parse(text) {
                for path in call.paths() {
                    self.push(base, node, path.clone());
                }
            }
        } else if !text.starts_with("$$")
            && let Ok(path) = Path::parse(text)
        {
            self.push(base, node, path);
        }
    }

    fn push(&mut self, base: Base, node: &'a Node, path: Path<'a>) {
        if path.root == Root::Input {
            self.reads.push(Read {
                what: Reads::Path(path),
                base,
                node,
                names: self.names.clone(),
                always: self.always,
            });
        }
    }

    /// Every string of a JSONata state that is nothing but a read.
    fn evaluated(&mut self, node: &'a Node) {
        const DEEPEST: usize = 24;
        if self.names.len() > DEEPEST {
            return;
        }
        if let Some(text) = node.as_str() {
            if let Some((root, fields)) = whole_reference(text) {
                let base = if root == "input" {
                    Base::Input
                } else {
                    Base::Result
                };
                // Rules and catchers are looked at on some ways only.
                let first = self.names.first().map(AsRef::as_ref);
                self.reads.push(Read {
                    what: Reads::Fields(fields),
                    base,
                    node,
                    names: self.names.clone(),
                    always: !matches!(first, Some("Choices" | "Catch")),
                });
            }
            return;
        }
        for member in node.members().unwrap_or_default() {
            self.names.push(Cow::Borrowed(&member.key));
            self.evaluated(&member.node);
            self.names.pop();
        }
        for (index, item) in node.items().unwrap_or_default().iter().enumerate() {
            if item.as_str().is_none_or(|text| text.starts_with("{%")) {
                self.names.push(Cow::Owned(index.to_string()));
                self.evaluated(item);
                self.names.pop();
            }
        }
    }
}

/// True where a rule asks whether something is there: then it is not certain that what is not there is read.
fn guards(choices: &Node) -> bool {
    let mut nodes: Vec<&Node> = choices.items().unwrap_or_default().iter().collect();
    while let Some(node) = nodes.pop() {
        for member in node.members().unwrap_or_default() {
            match member.key.as_str() {
                "And" | "Or" => nodes.extend(member.node.items().unwrap_or_default()),
                "Not" => nodes.push(&member.node),
                key if key.starts_with("Is") => return true,
                _ => {}
            }
        }
    }
    false
}
