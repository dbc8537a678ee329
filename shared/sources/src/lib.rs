//! Where definitions live: from a file to the state machines that it defines.
//!
//! [`definitions`] reads templates of CloudFormation and SAM (what the CDK synthesizes is one of these), Terraform and the
//! Serverless Framework. A definition that is written in the file comes with places in that file, however it is written: as
//! an object, as JSON in a string, in a heredoc, or joined from pieces. What a template fills in later (`!Ref`, `${…}`, any
//! expression) is open: nothing is said of it. Reading does no I/O and does not panic.

mod align;
mod cloudformation;
mod functions;
mod hcl;
mod serverless;
mod terraform;

use std::collections::BTreeMap;

use asl::{Definition, Format, Level, Mapped, Node, Problem, Source, Span, Tree};
use facts::WorkflowType;

/// A state machine that a file defines.
#[derive(Clone, Debug)]
pub struct Embedded {
    /// Its logical id, or the name of its resource; empty where only the file itself can be spoken of.
    pub name: String,
    /// Where its definition is.
    pub place: Place,
    /// Its type, where the file says it.
    pub workflow_type: Option<WorkflowType>,
    /// What takes the place of `${name}` in the definition; none where that is known later.
    pub substitutions: BTreeMap<String, Option<String>>,
}

/// Where a definition is.
#[derive(Clone, Debug)]
pub enum Place {
    /// In the file itself. Also the problems of a file that cannot be read.
    Here(Box<Definition>),
    /// In a file of its own.
    File {
        /// As it is written: relative to the file that was read.
        path: String,
    },
    /// It is known when the template is deployed.
    Open {
        /// What stands in its place: `Fn::If`.
        why: String,
    },
}

/// What a file is told by, for those who have many to look through.
const MARKS: &[&str] = &[
    "AWS::StepFunctions::StateMachine",
    "AWS::Serverless::StateMachine",
    "stateMachines",
    "aws_sfn_state_machine",
    "step-functions/aws",
];

/// True where it is worth to look for definitions in a file. Cheap.
pub fn may_hold(file_name: &str, text: &str) -> bool {
    let marked = || MARKS.iter().any(|mark| text.contains(mark));
    match kind(file_name, text) {
        Some(Kind::Hcl) => marked() || (text.contains("StartAt") && text.contains("jsonencode")),
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
        "tf" => Some(Kind::Hcl),
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

fn tree(text: &str, format: Format) -> Vec<Embedded> {
    let tree = Tree::read(text, format);
    let file = File {
        text,
        source: Source::new(text),
        format,
        problems: tree.problems,
        partial: tree.partial,
    };
    let mut found = Vec::new();
    if let Some(root) = &tree.root {
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
        name: String::new(),
        place: Place::Here(Box::new(Definition::unread(source, problems))),
        workflow_type: None,
        substitutions: BTreeMap::new(),
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
