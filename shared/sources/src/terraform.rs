//! Terraform: `aws_sfn_state_machine`, and the module `terraform-aws-modules/step-functions/aws`.

use std::collections::{BTreeMap, BTreeSet};

use asl::{Definition, Mapped, Node, Problem, Source, Span, Tree};
use hcl_edit::expr::{Expression, FuncCall, Object};
use hcl_edit::structure::{Block, BlockLabel, Body};

use crate::hcl::Text;
use crate::{DEFAULT_TYPE, Embedded, File, Place, functions, node_type, unread, workflow_type};

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

/// The state machines of a file of HCL.
pub(crate) fn read(text: &str) -> Vec<Embedded> {
    let source = Source::new(text);
    let inside = text.strip_prefix('\u{feff}').unwrap_or(text);
    let base = text.len() - inside.len();
    if let Some(problem) = beyond(inside, base) {
        return vec![unread(&source, vec![problem])];
    }
    let body = match hcl_edit::parser::parse_body(inside) {
        Ok(body) => body,
        Err(error) => {
            let offset = base + error.location().offset();
            return vec![unread(
                &source,
                vec![invalid(text, offset, error.message())],
            )];
        }
    };
    let terraform = Terraform {
        text: Text::new(text, base, locals(&body)),
        source,
    };
    let mut found: Vec<Embedded> = body
        .blocks()
        .filter_map(|block| terraform.block(block))
        .collect();
    // Modules of one's own call the definition as they like; what a resource was seen to take is not told twice.
    let mut taken: BTreeSet<usize> = found.iter().filter_map(start).collect();
    for other in body.blocks().flat_map(|block| terraform.others(block)) {
        if start(&other).is_some_and(|start| taken.insert(start)) {
            found.push(other);
        }
    }
    found
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

fn locals(body: &Body) -> BTreeMap<&str, &Expression> {
    let blocks = body.blocks().filter(|block| block.has_ident("locals"));
    blocks
        .flat_map(|block| block.body.attributes())
        .map(|attribute| (attribute.key.as_str(), &attribute.value))
        .collect()
}

fn start(embedded: &Embedded) -> Option<usize> {
    match &embedded.place {
        Place::Here(definition) => Some(definition.part.start),
        _ => None,
    }
}

struct Terraform<'a> {
    text: Text<'a>,
    source: Source,
}

impl<'a> Terraform<'a> {
    fn block(&self, block: &'a Block) -> Option<Embedded> {
        let labels: Vec<&str> = block.labels.iter().map(BlockLabel::as_str).collect();
        let attribute = |name: &str| Some(&block.body.get_attribute(name)?.value);
        let name = match (block.ident.as_str(), labels.as_slice()) {
            ("resource", [RESOURCE, name]) => name,
            ("module", [name]) if literal(attribute("source")?)?.contains(MODULE) => name,
            _ => return None,
        };
        let (place, substitutions) = self.place(attribute("definition")?);
        Some(Embedded {
            name: (*name).to_owned(),
            place,
            workflow_type: workflow_type(
                attribute("type").map_or(DEFAULT_TYPE, |it| literal(it).unwrap_or_default()),
            ),
            substitutions,
        })
    }

    /// Attributes of any name with `jsonencode({StartAt = …, States = …})`.
    fn others(&self, block: &'a Block) -> Vec<Embedded> {
        let is_locals = block.has_ident("locals");
        let label = block.labels.last().map(BlockLabel::as_str);
        let attributes = block.body.attributes().filter_map(|attribute| {
            let Expression::FuncCall(call) = &attribute.value else {
                return None;
            };
            match argument(call, "jsonencode").map(|it| self.text.resolve(it)) {
                Some(Expression::Object(object)) if is_definition(object) => {}
                _ => return None,
            }
            let name = label.filter(|_| !is_locals);
            Some(Embedded {
                name: name.unwrap_or(attribute.key.as_str()).to_owned(),
                place: self.call(call),
                workflow_type: None,
                substitutions: BTreeMap::new(),
            })
        });
        attributes.collect()
    }

    fn place(&self, expression: &'a Expression) -> (Place, BTreeMap<String, Option<String>>) {
        let expression = self.text.resolve(expression);
        if let Expression::FuncCall(call) = expression {
            return match self.file_of(call, MAX_STEPS) {
                Some((path, given)) => (Place::File { path }, given),
                None => (self.call(call), BTreeMap::new()),
            };
        }
        let place = match self.text.string(expression) {
            Some(string) => self.of_string(expression, &string),
            None => self.open(expression),
        };
        (place, BTreeMap::new())
    }

    fn of_string(&self, expression: &Expression, string: &Mapped) -> Place {
        if string.text().trim_start().starts_with("${") {
            return self.open(expression);
        }
        let span = self.text.span(expression);
        Place::Here(Box::new(Definition::of_string(&self.source, span, string)))
    }

    /// `jsonencode({…})`.
    fn call(&self, call: &'a FuncCall) -> Place {
        let whole = || open(call.name.name.as_str());
        let Some(given) = argument(call, "jsonencode") else {
            return whole();
        };
        let given = self.text.resolve(given);
        if !matches!(given, Expression::Object(_)) {
            return whole();
        }
        let tree = Tree {
            root: Some(self.text.node(given)),
            ..Tree::default()
        };
        Place::Here(Box::new(Definition::of_node(&self.source, tree, false)))
    }

    /// The file that `file(…)`, `templatefile(…, {…})` or a conversion of one of these reads.
    fn file_of(
        &self,
        call: &'a FuncCall,
        steps: usize,
    ) -> Option<(String, BTreeMap<String, Option<String>>)> {
        let first = self.text.resolve(call.args.get(0)?);
        match call.name.name.as_str() {
            _ if call.name.is_namespaced() => None,
            "file" => Some((self.path(first)?, BTreeMap::new())),
            "templatefile" => Some((self.path(first)?, self.given(call))),
            "jsonencode" | "jsondecode" | "yamldecode" | "trimspace" | "chomp" => match first {
                Expression::FuncCall(inner) => self.file_of(inner, steps.checked_sub(1)?),
                _ => None,
            },
            _ => None,
        }
    }

    /// What `templatefile` fills in.
    fn given(&self, call: &'a FuncCall) -> BTreeMap<String, Option<String>> {
        let Some(Expression::Object(object)) = call.args.get(1).map(|it| self.text.resolve(it))
        else {
            return BTreeMap::new();
        };
        let entries = object.iter().filter_map(|(key, value)| {
            let name = match key.as_expr() {
                Some(key) => literal(key)?.to_owned(),
                None => key.as_ident()?.to_string(),
            };
            Some((name, literal(value.expr()).map(str::to_owned)))
        });
        entries.collect()
    }

    /// A path below the folder of the file.
    fn path(&self, expression: &Expression) -> Option<String> {
        let written = self.text.string(expression)?;
        let path = ["${path.module}/", "${path.root}/", "${path.cwd}/"]
            .iter()
            .find_map(|folder| written.text().strip_prefix(folder))
            .unwrap_or(written.text());
        (!path.is_empty() && !path.contains("${")).then(|| path.to_owned())
    }

    fn open(&self, expression: &Expression) -> Place {
        open(self.text.span(expression).of(self.text.file))
    }
}

/// A definition that only Terraform can tell; shown by its first line.
fn open(written: &str) -> Place {
    let line = written.trim().lines().next().unwrap_or_default();
    Place::Open {
        why: line.chars().take(100).collect(),
    }
}

fn is_definition(object: &Object) -> bool {
    let has = |wanted: &str| {
        object.iter().any(|(key, _)| match key.as_expr() {
            Some(key) => literal(key) == Some(wanted),
            None => key.as_ident().is_some_and(|it| it.as_str() == wanted),
        })
    };
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
            _ => Place::Open {
                why: "definition".to_owned(),
            },
        };
        found.push(Embedded {
            name: member.key.clone(),
            place,
            workflow_type: node_type(block.get("type")),
            substitutions: BTreeMap::new(),
        });
    }
}
