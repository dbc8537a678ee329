//! What takes the place of `${name}` in a definition, and names that nothing takes the place of.
//!
//! CloudFormation replaces `${key}` for every key of `DefinitionSubstitutions` in the text of the definition, and leaves
//! everything else as it is (aws-cloudformation-resource-providers-stepfunctions, `DefinitionProcessor`, 2026-11-22).
//! Terraform's `templatefile` fails for a name that it is not given (its documentation, 2026-11-22).

use std::collections::{BTreeMap, BTreeSet};

use asl::{
    Definition, Format, Level, Mapped, Node, Problem, Span, Tree, Value, nearest, pointer_push,
};

use crate::{align, functions};

const ID: &str = "placeholder-not-filled";

/// Bytes of a placeholder; longer ones are not looked at, so that a text of nothing but openings is read in linear time.
const LONGEST: usize = 200;

/// Names that are told, each of which is compared with those that there are.
const MOST: usize = 100;

/// Who puts values in the place of names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FilledBy {
    /// `DefinitionSubstitutions` of CloudFormation and SAM.
    CloudFormation,
    /// `templatefile` of Terraform.
    Templatefile,
    /// `file` of Terraform, which fills in nothing.
    File,
}

/// What takes the place of `${name}` in a definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filling {
    /// Who does it.
    pub by: FilledBy,
    /// The resource that says it.
    pub owner: String,
    /// By name; none where the value is known later.
    pub values: BTreeMap<String, Option<String>>,
}

impl Filling {
    /// The names in a definition file that nothing takes the place of; each is told once.
    pub fn missing(&self, definition: &Definition, format: Format) -> Vec<Problem> {
        let text = &definition.text;
        if !text.contains("${") {
            return Vec::new();
        }
        let mut found = Vec::new();
        if let Some(root) = Tree::read(text, format).root {
            let mut walk = Walk {
                file: text,
                functions: false,
                by: self.by,
                found: &mut found,
            };
            walk.node(&root, "");
        }
        self.problems(text, found)
    }

    /// The same for a definition that stands in a template, as an object or as text.
    pub(crate) fn missing_here(
        &self,
        file: &str,
        node: &Node,
        string: Option<&Mapped>,
    ) -> Vec<Problem> {
        let mut found = Vec::new();
        let mut walk = Walk {
            file,
            functions: true,
            by: self.by,
            found: &mut found,
        };
        walk.node(node, "");
        if let Some(string) = string.filter(|_| !found.is_empty()) {
            // The places in the text tell which value of the definition it is.
            let mut inner = Vec::new();
            if let Some(root) = Tree::read(string.text(), Format::Json).root {
                let mut walk = Walk {
                    file: string.text(),
                    functions: false,
                    by: self.by,
                    found: &mut inner,
                };
                walk.node(&root, "");
            }
            let places: BTreeMap<usize, &Open> = inner
                .iter()
                .map(|open| (string.outer(open.span).start, open))
                .collect();
            for open in &mut found {
                if let Some(inner) = places.get(&open.span.start) {
                    open.pointer.clone_from(&inner.pointer);
                    open.bare = inner.bare;
                }
            }
        }
        self.problems(file, found)
    }

    fn problems(&self, file: &str, found: Vec<Open>) -> Vec<Problem> {
        let mut told = BTreeSet::new();
        let missing = found
            .into_iter()
            .filter(|open| !self.values.contains_key(&open.name));
        missing
            .filter(|open| told.insert(open.name.clone()))
            .take(MOST)
            .map(|open| self.problem(file, open))
            .collect()
    }

    fn problem(&self, file: &str, open: Open) -> Problem {
        let name = &open.name;
        let owner = &self.owner;
        let stays = format!("`${{{name}}}` stays as it is written");
        let (message, add) = match self.by {
            FilledBy::CloudFormation if self.values.is_empty() => (
                format!("`{owner}` has no `DefinitionSubstitutions`: {stays}"),
                "add it to `DefinitionSubstitutions`",
            ),
            FilledBy::CloudFormation => (
                format!("`DefinitionSubstitutions` of `{owner}` has no `{name}`: {stays}"),
                "add it to `DefinitionSubstitutions`",
            ),
            FilledBy::Templatefile => (
                format!("`templatefile` of `{owner}` fails: it is not given `{name}`"),
                "add it to the values of `templatefile`",
            ),
            FilledBy::File => (
                format!("`file` of `{owner}` fills in nothing: {stays}"),
                "read the file with `templatefile`, and give it the value",
            ),
        };
        // A resource and a target that are no names are refused, and so is what is no JSON.
        let level =
            if self.by == FilledBy::Templatefile || open.bare || names_something(&open.pointer) {
                Level::Error
            } else {
                Level::Warning
            };
        let near = nearest(name, self.values.keys().map(String::as_str));
        let help = match near {
            Some(near) => format!("did you mean `${{{near}}}`?"),
            None if name.starts_with("AWS::") => {
                "only `Fn::Sub` knows it: add a name of your own to `DefinitionSubstitutions`"
                    .to_owned()
            }
            None => add.to_owned(),
        };
        let span = Span::new(open.span.start, open.span.end.min(file.len()));
        Problem {
            level,
            pointer: open.pointer,
            ..Problem::error(ID, span, message).help(help)
        }
    }
}

/// A `${name}`.
struct Open {
    name: String,
    span: Span,
    pointer: String,
    /// Not in a string: without its value, the text is no JSON.
    bare: bool,
}

struct Walk<'a> {
    file: &'a str,
    /// True where functions of CloudFormation are at work.
    functions: bool,
    by: FilledBy,
    found: &'a mut Vec<Open>,
}

impl Walk<'_> {
    /// As deep as the reader goes.
    fn node(&mut self, node: &Node, pointer: &str) {
        if self.functions
            && let Some((name, given)) = functions::function(node)
        {
            match name {
                "Fn::Join" | "Fn::ToJsonString" => self.node(given, pointer),
                // What is escaped for `Fn::Sub` comes out of it.
                _ => {}
            }
            return;
        }
        match &node.value {
            Value::String(text) => self.text(node, text, pointer),
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.node(item, &pointer_push(pointer, &index.to_string()));
                }
            }
            Value::Object(members) => {
                for member in members {
                    let pointer = pointer_push(pointer, &member.key);
                    if member.key.contains("${") {
                        let key = Node {
                            span: member.key_span,
                            value: Value::String(member.key.clone()),
                        };
                        self.text(&key, &member.key, &pointer);
                    }
                    self.node(&member.node, &pointer);
                }
            }
            _ => {}
        }
    }

    fn text(&mut self, node: &Node, text: &str, pointer: &str) {
        if !text.contains("${") {
            return;
        }
        let content = align::content(self.file, node, text);
        for (start, _) in text.match_indices("${") {
            let end = text.floor_char_boundary(start + LONGEST);
            let inside = text.get(start + 2..end).unwrap_or_default();
            let escaped = text.get(..start).is_some_and(|it| it.ends_with('$'));
            let name = match self.by {
                FilledBy::CloudFormation => plain(inside),
                FilledBy::Templatefile if escaped => None,
                FilledBy::Templatefile | FilledBy::File => variable(inside),
            };
            let (Some(name), Some(end)) = (name, inside.find('}')) else {
                continue;
            };
            let span = content.outer(Span::new(start, start + 2 + end + 1));
            // Whoever fills in reads the file as text, in which `\u0024{` is no opening.
            if !self.functions
                && !self
                    .file
                    .get(span.start..)
                    .is_some_and(|it| it.starts_with("${"))
            {
                continue;
            }
            self.found.push(Open {
                name: name.to_owned(),
                span,
                pointer: pointer.to_owned(),
                bare: node.span.of(self.file).starts_with("${") && self.file.starts_with('{'),
            });
        }
    }
}

/// A name as CloudFormation has them, up to the bracket. `${self:…}` is the Serverless Framework's, which comes first.
fn plain(inside: &str) -> Option<&str> {
    let (name, _) = inside.split_once('}')?;
    if name.contains(':') && !name.starts_with("AWS::") {
        return None;
    }
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | ':');
    (!name.is_empty() && name.chars().all(fits)).then_some(name)
}

/// The variable that an expression of Terraform is nothing but, or a part of: `name`, `name.part`, `name[0]`.
fn variable(inside: &str) -> Option<&str> {
    let inside = inside.trim_start_matches(['~', ' ']);
    let rest = inside.trim_start_matches(|c: char| c.is_alphanumeric() || matches!(c, '_' | '-'));
    let name = inside.strip_suffix(rest)?;
    let goes_on = rest.trim_start_matches(['~', ' ']);
    let is_name = name.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && !["true", "false", "null"].contains(&name);
    (is_name && goes_on.starts_with(['}', '.', '['])).then_some(name)
}

/// True for the resource of a Task and the target of a transition.
fn names_something(pointer: &str) -> bool {
    let mut names = pointer.rsplit('/');
    matches!(
        (names.next(), names.next(), names.next()),
        (
            Some("Resource" | "Next" | "Default"),
            Some(_),
            Some("States")
        ) | (Some("StartAt"), ..)
    )
}
