//! Where definitions live: from a file to the state machines that it defines.
//!
//! [`definitions`] reads templates of CloudFormation and SAM (what the CDK synthesizes is one of these), Terraform and the
//! Serverless Framework. A definition that is written in the file comes with places in that file, however it is written: as
//! an object, as JSON in a string, in a heredoc, or joined from pieces. What a template fills in later (`!Ref`, `${…}`, any
//! expression) is open: nothing is said of it. Reading does no I/O and does not panic.

mod align;
mod calls;
mod cloudformation;
mod filling;
mod functions;
mod hcl;
mod serverless;
mod terraform;

use asl::{Definition, Format, Level, Mapped, Node, Problem, Source, Span, Tree};
use facts::WorkflowType;

pub use filling::{FilledBy, Filling};
pub use terraform::Module;

/// A state machine that a file defines.
#[derive(Clone, Debug)]
pub struct Embedded {
    /// Its logical id, or the name of its resource; empty where only the file itself can be spoken of.
    pub name: String,
    /// Where its definition is.
    pub place: Place,
    /// Its type, where the file says it.
    pub workflow_type: Option<WorkflowType>,
    /// What takes the place of `${name}` in a definition that has a file of its own, where that is known.
    pub filling: Option<Filling>,
    /// The construct that the CDK made it of.
    pub construct: Option<String>,
}

/// Where a definition is.
#[derive(Clone, Debug)]
pub enum Place {
    /// In the file itself. Also the problems of a file that cannot be read.
    Here(Box<Definition>),
    /// In a file of its own.
    File {
        /// As it is written: relative to the file that was read, or to the folder of the service for the Serverless
        /// Framework.
        path: String,
        /// The part of that file, to be read by [`included`]; none where the file is a definition.
        part: Option<Part>,
        /// True where it is no mistake that there is no such file.
        optional: bool,
    },
    /// It is known when the template is deployed.
    Open {
        /// Why, to be said after "the definition of …".
        why: String,
    },
}

/// A part of a file that another one includes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// What is included.
    pub what: What,
    /// The names that lead to it.
    pub keys: Vec<String>,
}

/// What a file of the Serverless Framework includes of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// Everything under `stepFunctions`.
    Section,
    /// State machines by name.
    Machines,
    /// One state machine.
    Machine,
    /// One definition.
    Definition,
}

impl Embedded {
    fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            place: Place::open("is not known"),
            workflow_type: None,
            filling: None,
            construct: None,
        }
    }
}

impl Place {
    fn open(why: &str) -> Self {
        Self::Open {
            why: why.to_owned(),
        }
    }

    fn file(path: impl Into<String>) -> Self {
        Self::File {
            path: path.into(),
            part: None,
            optional: false,
        }
    }
}

/// What a file is told by, for those who have many to look through.
const MARKS: &[&str] = &[
    "AWS::StepFunctions::StateMachine",
    "AWS::Serverless::StateMachine",
    "stateMachines",
    "stepFunctions:",
    "aws_sfn_state_machine",
    "step-functions/aws",
];

/// True where it is worth to look for definitions in a file. Cheap.
pub fn may_hold(file_name: &str, text: &str) -> bool {
    let marked = || MARKS.iter().any(|mark| text.contains(mark));
    match kind(file_name, text) {
        Some(Kind::Hcl) => {
            let inside = || text.contains("StartAt") && text.contains("jsonencode");
            marked() || inside() || text.contains(".asl.")
        }
        Some(Kind::Tree(_)) => marked(),
        None => false,
    }
}

/// The state machines that a file defines. A file that cannot be read is one without a name, and with problems.
pub fn definitions(file_name: &str, text: &str) -> Vec<Embedded> {
    match kind(file_name, text) {
        Some(Kind::Tree(format)) => tree(text, format),
        Some(Kind::Hcl) => terraform::read(text),
        None => Vec::new(),
    }
}

enum Kind {
    Tree(Format),
    Hcl,
}

fn kind(file_name: &str, text: &str) -> Option<Kind> {
    let (_, ending) = file_name.rsplit_once('.')?;
    match ending.to_ascii_lowercase().as_str() {
        "tf" | "tofu" => Some(Kind::Hcl),
        "json" | "yaml" | "yml" | "template" => {
            Some(Kind::Tree(Format::guess(file_name, text.as_bytes())))
        }
        _ => None,
    }
}

/// A file of JSON or YAML.
struct File<'a> {
    text: &'a str,
    source: Source,
    format: Format,
    problems: Vec<Problem>,
    partial: Option<usize>,
}

impl<'a> File<'a> {
    fn read(text: &'a str, format: Format) -> (Self, Option<Node>) {
        let tree = Tree::read(text, format);
        let file = Self {
            text,
            source: Source::new(text),
            format,
            problems: tree.problems,
            partial: tree.partial,
        };
        (file, tree.root)
    }
}

fn tree(text: &str, format: Format) -> Vec<Embedded> {
    let (file, root) = File::read(text, format);
    let mut found = Vec::new();
    if let Some(root) = &root {
        for root in std::iter::once(root).chain(root.get("resources")) {
            cloudformation::read(&file, root, &mut found);
        }
        serverless::read(&file, root, &mut found);
        terraform::read_json(&file, root, &mut found);
    }
    if !found.is_empty() || text.contains("Resources") {
        found.extend(file.unread(&found));
    }
    found
}

/// The state machines in a part of a file that another one includes. `name` is that of a single state machine.
pub fn included(file_name: &str, text: &str, part: &Part, name: &str) -> Vec<Embedded> {
    let Some(Kind::Tree(format)) = kind(file_name, text) else {
        return Vec::new();
    };
    let (file, root) = File::read(text, format);
    let mut found = Vec::new();
    let keys = part.keys.iter();
    let node = keys.fold(root.as_ref(), |node, key| node?.get(key));
    if let Some(node) = node {
        serverless::part(&file, node, part.what, name, &mut found);
    }
    found.extend(file.unread(&found));
    found
}

impl File<'_> {
    /// A definition that is a value of the file.
    fn of_node(&self, node: &Node) -> Place {
        let tree = Tree {
            root: Some(functions::open(self.text, node)),
            problems: self.problems.clone(),
            partial: self.partial,
        };
        let editable = self.format == Format::Json;
        Place::Here(Box::new(Definition::of_node(&self.source, tree, editable)))
    }

    /// A definition that is the text of a string, or of several.
    fn of_string(&self, node: &Node, string: &Mapped) -> Place {
        let definition = Definition::of_string(&self.source, node.span, string);
        Place::Here(Box::new(definition))
    }

    /// What is wrong with the file and with none of its definitions, if that is why it cannot be deployed.
    fn unread(&self, found: &[Embedded]) -> Option<Embedded> {
        let parts: Vec<Span> = found
            .iter()
            .filter_map(|it| match &it.place {
                Place::Here(definition) => Some(definition.part),
                _ => None,
            })
            .collect();
        let told = |span: Span| {
            parts
                .iter()
                .any(|it| it.start <= span.start && span.end <= it.end)
        };
        let counts = |problem: &&Problem| {
            let known = ["invalid-json", "invalid-yaml", "too-deeply-nested"];
            problem.level == Level::Error && known.contains(&problem.id) && !told(problem.span)
        };
        let problems: Vec<Problem> = self.problems.iter().filter(counts).cloned().collect();
        (!problems.is_empty()).then(|| unread(&self.source, problems))
    }
}

fn unread(source: &Source, problems: Vec<Problem>) -> Embedded {
    Embedded {
        place: Place::Here(Box::new(Definition::unread(source, problems))),
        ..Embedded::named("")
    }
}

/// What CloudFormation, SAM, Terraform and the plug-in for the Serverless Framework take where nothing is said.
const DEFAULT_TYPE: &str = "STANDARD";

fn node_type(node: Option<&Node>) -> Option<WorkflowType> {
    workflow_type(node.map_or(DEFAULT_TYPE, |it| it.as_str().unwrap_or_default()))
}

fn workflow_type(written: &str) -> Option<WorkflowType> {
    match written.to_ascii_uppercase().as_str() {
        "STANDARD" => Some(WorkflowType::Standard),
        "EXPRESS" => Some(WorkflowType::Express),
        _ => None,
    }
}
