//! Terraform: `aws_sfn_state_machine`, and the module `terraform-aws-modules/step-functions/aws`.

use std::collections::{BTreeMap, BTreeSet};

use asl::{Definition, Node, Problem, Source, Span, Tree};
use hcl_edit::expr::{Expression, FuncCall, Object};
use hcl_edit::structure::{Block, BlockLabel, Body};
use hcl_edit::template::Element;

use crate::hcl::{Names, Text, allowance, key_is, path, plain};
use crate::{
    DEFAULT_TYPE, Embedded, File, FilledBy, Filling, Place, functions, node_type, unread,
    workflow_type,
};

const RESOURCE: &str = "aws_sfn_state_machine";
const MODULE: &str = "step-functions/aws";

/// Signs that may stand between a name and its value in one file. The parser compares the names of an object each with
/// each, which takes too long for a file that nobody has written.
const MAX_PAIRS: usize = 20_000;

/// Open brackets, wherever they stand. The parser's own limit is 64 levels of any kind, for which a thread's stack is too
/// small where nothing is optimized; the deepest of 1,200 public definitions has 22.
const MAX_BRACKETS: usize = 40;

/// Functions around the function that reads a file.
const MAX_STEPS: usize = 8;

/// The files of one folder, which see each other's local values.
#[derive(Debug, Default)]
pub struct Module {
    files: Vec<Parsed>,
}

#[derive(Debug)]
struct Parsed {
    name: String,
    text: String,
    /// Bytes in front of what was parsed.
    base: usize,
    body: Result<Body, Box<Problem>>,
}

impl Module {
    /// Reads the files of a folder, each with its name. What cannot be read of one is no matter of the others.
    pub fn new(files: impl IntoIterator<Item = (String, String)>) -> Self {
        let files = files.into_iter();
        Self {
            files: files.map(|(name, text)| parse(name, text)).collect(),
        }
    }

    /// The names and texts of its files.
    pub fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        let files = self.files.iter();
        files.map(|file| (file.name.as_str(), file.text.as_str()))
    }

    /// The state machines of one of its files.
    pub fn definitions(&self, file_name: &str) -> Vec<Embedded> {
        let Some(index) = self.files.iter().position(|file| file.name == file_name) else {
            return Vec::new();
        };
        self.read(index)
    }

    fn read(&self, index: usize) -> Vec<Embedded> {
        let Some(file) = self.files.get(index) else {
            return Vec::new();
        };
        let source = Source::new(&file.text);
        if let Err(problem) = &file.body {
            return vec![unread(&source, vec![Problem::clone(problem)])];
        }
        let bodies: Vec<(usize, &Body)> = (self.files.iter().enumerate())
            .filter_map(|(index, file)| Some((index, file.body.as_ref().ok()?)))
            .collect();
        let names = Names {
            locals: locals(&bodies),
            files: (self.files.iter())
                .map(|file| (file.text.as_str(), file.base))
                .collect(),
        };
        let left = allowance();
        let terraform = Terraform {
            text: Text::new(&names, index, &left),
            bodies: &bodies,
            source,
        };
        terraform.read()
    }
}

fn parse(name: String, text: String) -> Parsed {
    let inside = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let base = text.len() - inside.len();
    let body = match beyond(inside, base) {
        Some(problem) => Err(problem),
        None => hcl_edit::parser::parse_body(inside).map_err(|error| {
            let offset = base + error.location().offset();
            invalid(&text, offset, error.message())
        }),
    };
    Parsed {
        body: body.map_err(Box::new),
        base,
        name,
        text,
    }
}

/// The state machines of a file of HCL that stands alone.
pub(crate) fn read(text: &str) -> Vec<Embedded> {
    Module::new([(String::new(), text.to_owned())]).read(0)
}

/// What the parser should not be given.
fn beyond(text: &str, base: usize) -> Option<Problem> {
    let pairs = text.bytes().filter(|it| matches!(it, b'=' | b':'));
    if pairs.count() > MAX_PAIRS {
        let message = "this file is too large to be read";
        let problem = Problem::error("invalid-hcl", Span::new(0, 0), message);
        return Some(problem.help("give the state machine a file of its own"));
    }
    let mut depth = 0_usize;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_BRACKETS {
            let message = format!("this stands more than {MAX_BRACKETS} brackets deep");
            let span = Span::new(base + at, base + at + 1);
            return Some(Problem::error("invalid-hcl", span, message));
        }
    }
    None
}

fn invalid(text: &str, offset: usize, why: &str) -> Problem {
    let start = text.floor_char_boundary(offset);
    let end = text.ceil_char_boundary(start + 1);
    Problem::error(
        "invalid-hcl",
        Span::new(start, end),
        format!("this is not HCL: {why}"),
    )
}

fn locals<'a>(bodies: &[(usize, &'a Body)]) -> BTreeMap<&'a str, (usize, &'a Expression)> {
    let mut locals = BTreeMap::new();
    for (index, body) in bodies {
        let blocks = body.blocks().filter(|block| block.has_ident("locals"));
        for attribute in blocks.flat_map(|block| block.body.attributes()) {
            locals.insert(attribute.key.as_str(), (*index, &attribute.value));
        }
    }
    locals
}

/// A place in the file, or a path.
type Taken = (usize, String);

fn taken_by(embedded: &Embedded) -> Option<Taken> {
    match &embedded.place {
        Place::Here(definition) => Some((definition.part.start, String::new())),
        Place::File { path, .. } => Some((0, path.clone())),
        Place::Open { .. } => None,
    }
}

/// One file, and the module that it belongs to.
struct Terraform<'a> {
    text: Text<'a>,
    bodies: &'a [(usize, &'a Body)],
    source: Source,
}

/// What is filled in; none where that is not known.
type Given = Option<Values>;

type Values = (FilledBy, BTreeMap<String, Option<String>>);

impl<'a> Terraform<'a> {
    fn read(&self) -> Vec<Embedded> {
        let mut found = Vec::new();
        for (index, body) in self.bodies {
            let text = self.text.of(*index);
            let machines = body.blocks().filter_map(|block| self.block(text, block));
            found.extend(machines);
        }
        // Modules of one's own call the definition as they like; what a resource was seen to take is not told twice.
        let mut taken: BTreeSet<Taken> = found.iter().filter_map(taken_by).collect();
        let own = self.bodies.iter().find(|(it, _)| *it == self.text.index);
        let blocks = own.map(|(_, body)| body.blocks());
        for other in blocks.into_iter().flatten().flat_map(|it| self.others(it)) {
            if taken_by(&other).is_some_and(|place| taken.insert(place)) {
                found.push(other);
            }
        }
        found
    }

    /// The state machine of a block of the module, where its definition or the name of its file stands in this file.
    fn block(&self, text: Text<'a>, block: &'a Block) -> Option<Embedded> {
        let labels: Vec<&str> = block.labels.iter().map(BlockLabel::as_str).collect();
        let attribute = |name: &str| Some(&block.body.get_attribute(name)?.value);
        let name = match (block.ident.as_str(), labels.as_slice()) {
            ("resource", [RESOURCE, name]) => name,
            ("module", [name]) if literal(attribute("source")?)?.contains(MODULE) => name,
            _ => return None,
        };
        let (place, given) = self.place(text, attribute("definition")?)?;
        Some(Embedded {
            place,
            workflow_type: workflow_type(
                attribute("type").map_or(DEFAULT_TYPE, |it| literal(it).unwrap_or_default()),
            ),
            filling: filling(given, name),
            ..Embedded::named(name)
        })
    }

    /// Attributes of any name with `jsonencode({StartAt = …, States = …})`, and those of modules with a file that says what
    /// it is: modules take files of many kinds.
    fn others(&self, block: &'a Block) -> Vec<Embedded> {
        let label = block.labels.last().map(BlockLabel::as_str);
        let label = label.filter(|_| !block.has_ident("locals"));
        let attributes = block.body.attributes().filter_map(|attribute| {
            let Expression::FuncCall(call) = &attribute.value else {
                return None;
            };
            let name = label.unwrap_or(attribute.key.as_str());
            if block.has_ident("module")
                && let Some((path, given)) = self.file_of(self.text, call, MAX_STEPS)
            {
                return path.contains(".asl.").then(|| Embedded {
                    place: Place::file(path),
                    filling: filling(given, name),
                    ..Embedded::named(name)
                });
            }
            let (text, given) = self.text.resolve(argument(call, "jsonencode")?);
            let is_own = text.index == self.text.index;
            if !is_own || !matches!(given, Expression::Object(object) if is_definition(object)) {
                return None;
            }
            Some(Embedded {
                place: self.call(text, call)?,
                ..Embedded::named(name)
            })
        });
        attributes.collect()
    }

    /// None where it stands in another file.
    fn place(&self, text: Text<'a>, expression: &'a Expression) -> Option<(Place, Given)> {
        let (at, resolved) = text.resolve(expression);
        if let Expression::FuncCall(call) = resolved {
            return match self.file_of(at, call, MAX_STEPS) {
                // A file is told of by the file with the resource.
                Some((path, given)) => self.here(text, || (Place::file(path), given)),
                None => Some((self.call(at, call)?, None)),
            };
        }
        if let Some((path, given)) = self.template_file(resolved) {
            return self.here(text, || (Place::file(path), given));
        }
        let place = match at.string(resolved) {
            Some(string) if !string.text().trim_start().starts_with("${") => {
                let span = at.span(resolved);
                let definition =
                    || Place::Here(Box::new(Definition::of_string(&self.source, span, &string)));
                return self.here(at, || (definition(), None));
            }
            None if has_directives(resolved) => Place::open(
                "is a template with directives (`%{ if … }`, `%{ for … }`), which decide what is in it",
            ),
            _ => later(text.span(expression).of(text.file)),
        };
        self.here(text, || (place, None))
    }

    /// Only what stands in this file.
    fn here<T>(&self, text: Text<'a>, make: impl FnOnce() -> T) -> Option<T> {
        (text.index == self.text.index).then(make)
    }

    /// `jsonencode({…})`.
    fn call(&self, text: Text<'a>, call: &'a FuncCall) -> Option<Place> {
        let given = argument(call, "jsonencode").map(|it| text.resolve(it));
        let Some((text, given)) = given else {
            return self.here(text, || later(text.span(call).of(text.file)));
        };
        let root = self.here(text, || text.node(given))?;
        if root.members().is_none() {
            return Some(later(text.span(call).of(text.file)));
        }
        let tree = Tree {
            root: Some(root),
            ..Tree::default()
        };
        Some(Place::Here(Box::new(Definition::of_node(
            &self.source,
            tree,
            false,
        ))))
    }

    /// The file that `file(…)`, `templatefile(…, {…})` or a conversion of one of these reads.
    fn file_of(&self, text: Text<'a>, call: &'a FuncCall, steps: usize) -> Option<(String, Given)> {
        let (at, first) = text.resolve(call.args.get(0)?);
        match call.name.name.as_str() {
            _ if call.name.is_namespaced() => None,
            "file" => Some((path_of(at, first)?, Some(unfilled()))),
            "templatefile" => {
                let given = call.args.get(1).map(|it| entries(text, it));
                Some((path_of(at, first)?, given.flatten()))
            }
            "jsonencode" | "jsondecode" | "yamldecode" | "trimspace" | "chomp" => match first {
                Expression::FuncCall(inner) => self.file_of(at, inner, steps.checked_sub(1)?),
                other => self.template_file(other),
            },
            _ => None,
        }
    }

    /// `data.template_file.name.rendered`, of the provider that came before `templatefile`.
    fn template_file(&self, expression: &'a Expression) -> Option<(String, Given)> {
        let Expression::Traversal(traversal) = expression else {
            return None;
        };
        let steps = path(traversal, "data")?;
        let [kind, name, rest @ ..] = steps.as_slice() else {
            return None;
        };
        let kind = kind.as_str();
        if !matches!((kind, rest), ("template_file" | "local_file", [last]) if last == "rendered" || last == "content")
        {
            return None;
        }
        let (text, block) = self.bodies.iter().find_map(|(index, body)| {
            let mut blocks = body.blocks().filter(|it| it.has_ident("data"));
            let is_it = |block: &&Block| {
                let mut labels = block.labels.iter().map(BlockLabel::as_str);
                labels.next() == Some(kind) && labels.next() == Some(name)
            };
            Some((self.text.of(*index), blocks.find(is_it)?))
        })?;
        let attribute = |name: &str| Some(&block.body.get_attribute(name)?.value);
        if kind == "local_file" {
            return Some((path_of(text, attribute("filename")?)?, Some(unfilled())));
        }
        let (at, template) = text.resolve(attribute("template")?);
        let Expression::FuncCall(call) = template else {
            return None;
        };
        let (path, _) = self.file_of(at, call, MAX_STEPS)?;
        let given = attribute("vars").map(|it| entries(text, it));
        Some((path, given.flatten()))
    }
}

/// A path below the folder of the file.
fn path_of<'a>(text: Text<'a>, expression: &'a Expression) -> Option<String> {
    let written = text.value(expression, MAX_STEPS);
    let written = written.as_str()?;
    let path = ["${path.module}/", "${path.root}/", "${path.cwd}/"]
        .iter()
        .find_map(|folder| written.strip_prefix(folder))
        .unwrap_or(written);
    (!path.is_empty() && !path.contains("${")).then(|| path.to_owned())
}

/// What `templatefile` fills in.
fn entries<'a>(text: Text<'a>, expression: &'a Expression) -> Given {
    let node = text.value(expression, MAX_STEPS);
    let members = node.members()?.iter();
    let values = members.map(|member| {
        let value = plain(&member.node).filter(|text| !text.contains("${"));
        (member.key.clone(), value)
    });
    let values: BTreeMap<_, _> = values.collect();
    let is_known = !values.keys().any(|name| name.contains("${"));
    is_known.then_some((FilledBy::Templatefile, values))
}

fn filling(given: Given, owner: &str) -> Option<Filling> {
    given.map(|(by, values)| Filling {
        by,
        owner: owner.to_owned(),
        values,
    })
}

fn unfilled() -> Values {
    (FilledBy::File, BTreeMap::new())
}

/// True for a text that conditions and loops make.
fn has_directives(expression: &Expression) -> bool {
    let template = match expression {
        Expression::StringTemplate(template) => template,
        Expression::HeredocTemplate(heredoc) => &heredoc.template,
        _ => return false,
    };
    let mut elements = template.iter();
    elements.any(|element| matches!(element, Element::Directive(_)))
}

/// A definition that only Terraform can tell; shown by its first line.
fn later(written: &str) -> Place {
    let line = written.trim().lines().next().unwrap_or_default();
    let line: String = line.chars().take(100).collect();
    Place::open(&format!("is `{line}`, which is known when this is applied"))
}

fn is_definition(object: &Object) -> bool {
    let has = |wanted: &str| object.iter().any(|(key, _)| key_is(key, wanted));
    has("StartAt") && has("States")
}

fn literal(expression: &Expression) -> Option<&str> {
    match expression {
        Expression::String(text) => Some(text.value()),
        _ => None,
    }
}

/// The one argument of that function.
fn argument<'a>(call: &'a FuncCall, name: &str) -> Option<&'a Expression> {
    let is_it = call.name.name.as_str() == name && !call.name.is_namespaced();
    call.args.get(0).filter(|_| is_it && call.args.len() == 1)
}

/// The state machines of Terraform's JSON (`.tf.json`), which has HCL in its strings.
pub(crate) fn read_json(file: &File<'_>, root: &Node, found: &mut Vec<Embedded>) {
    let machines = root.get("resource").and_then(|it| it.get(RESOURCE));
    for member in machines.and_then(Node::members).unwrap_or_default() {
        // One block is an object, or a list of one.
        let block = member
            .node
            .items()
            .and_then(<[Node]>::first)
            .unwrap_or(&member.node);
        let Some(definition) = block.get("definition") else {
            continue;
        };
        let place = match functions::text(file.text, definition) {
            Some(string) if !string.text().trim_start().starts_with("${") => {
                file.of_string(definition, &string)
            }
            _ => later(definition.span.of(file.text)),
        };
        found.push(Embedded {
            place,
            workflow_type: node_type(block.get("type")),
            ..Embedded::named(&member.key)
        });
    }
}
