//! Definitions that are a part of a file, such as a template of CloudFormation or Terraform. Everything that is told of
//! them points into that file.

use std::sync::{Arc, OnceLock};

use crate::{
    Definition, LineIndex, Machine, Mapped, Member, Node, Position, Problem, Span, Tree, Value,
    json, lower,
    parse::{MAX_BYTES, locate, machine, rewrite, too_large},
};

/// The text of a file that definitions stand in. They share it, however many they are.
#[derive(Clone, Debug, Default)]
pub struct Source {
    pub(crate) text: Arc<str>,
    pub(crate) lines: Arc<OnceLock<LineIndex>>,
}

impl Source {
    /// A file of this text.
    pub fn new(text: &str) -> Self {
        Self {
            text: Arc::from(text),
            lines: Arc::default(),
        }
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Line and column of a byte offset, as [`Definition::position`].
    pub fn position(&self, offset: usize) -> Position {
        self.lines
            .get_or_init(|| LineIndex::new(&self.text))
            .position(&self.text, offset)
    }
}

impl Definition {
    /// A definition that is a value of the file. Of the problems of the tree it takes those that stand in that value.
    /// `editable` is true where the value is written in JSON.
    pub fn of_node(source: &Source, tree: Tree, editable: bool) -> Self {
        let part = tree.root.as_ref().map_or_else(Span::default, |it| it.span);
        let inside =
            |problem: &Problem| part.start <= problem.span.start && problem.span.end <= part.end;
        let mut problems: Vec<Problem> = tree
            .problems
            .iter()
            .filter(|it| inside(it))
            .cloned()
            .collect();
        if let Some(root) = &tree.root {
            locate(root, &mut problems);
        }
        let machine = machine(tree, source.text(), editable, &mut problems);
        if !editable {
            rewrite(source.text(), &mut problems);
        }
        Self::new(source, part, editable, machine, problems)
    }

    /// A definition that is JSON in a string of the file; `part` is the string. Changes are offered where it is known how the
    /// string writes them.
    pub fn of_string(source: &Source, part: Span, string: &Mapped) -> Self {
        let text = string.text();
        let mut problems = Vec::new();
        if text.len() > MAX_BYTES {
            problems.push(too_large(text.len()));
        }
        let mut inner = json::read(text);
        // What is filled in becomes a part of the text before anything reads it as JSON.
        inner
            .problems
            .retain(|problem| problem.id != "placeholder-unquoted");
        problems.append(&mut inner.problems);
        if let Some(root) = &inner.root {
            locate(root, &mut problems);
        }
        let partial = inner.partial.is_some();
        let outer = inner.root.clone().map(|mut root| {
            relocate(&mut root, string);
            root
        });
        // Problems are looked for in the text that was read, where every expression has its place, and are moved then.
        machine(inner, text, true, &mut problems);
        for problem in &mut problems {
            problem.span = if text.is_empty() {
                part
            } else {
                string.outer(problem.span)
            };
            problem.rewrite(|edit| string.written(source.text(), edit));
        }
        let machine = outer.map_or_else(Machine::default, |root| lower::lower(root, partial).0);
        Self::new(source, part, false, machine, problems)
    }

    /// A file of which no definition could be read.
    pub fn unread(source: &Source, problems: Vec<Problem>) -> Self {
        let part = Span::new(0, source.text.len());
        Self::new(source, part, false, Machine::default(), problems)
    }
}

/// Moves a tree to where its text stands. As deep as the reader goes.
fn relocate(node: &mut Node, string: &Mapped) {
    node.span = string.outer(node.span);
    match &mut node.value {
        Value::Array(items) => items.iter_mut().for_each(|item| relocate(item, string)),
        Value::Object(members) => members.iter_mut().for_each(|member: &mut Member| {
            member.key_span = string.outer(member.key_span);
            relocate(&mut member.node, string);
        }),
        _ => {}
    }
}
