//! `serverless.yml` with the plug-in for Step Functions.

use std::collections::BTreeMap;

use asl::{Member, Node};

use crate::{Embedded, File, Place, align, functions, node_type};

/// Adds the state machines of `stepFunctions`, also where they have a file of their own.
pub(crate) fn read(file: &File<'_>, root: &Node, found: &mut Vec<Embedded>) {
    let section = root.get("stepFunctions").unwrap_or(root);
    let machines = section.get("stateMachines").and_then(Node::members);
    for member in machines.unwrap_or_default() {
        found.extend(machine(file, member));
    }
}

fn machine(file: &File<'_>, member: &Member) -> Option<Embedded> {
    Some(Embedded {
        name: member.key.clone(),
        place: place(file, member.node.get("definition")?),
        workflow_type: node_type(member.node.get("type")),
        substitutions: BTreeMap::new(),
    })
}

fn place(file: &File<'_>, definition: &Node) -> Place {
    let open = |why: &str| Place::Open {
        why: why.to_owned(),
    };
    if let Some((name, _)) = functions::function(definition) {
        return open(name);
    }
    let Some(text) = definition.as_str() else {
        return file.of_node(definition);
    };
    if let Some(path) = file_path(text) {
        return Place::File {
            path: path.to_owned(),
        };
    }
    if text.trim_start().starts_with("${") {
        return open(text.trim());
    }
    file.of_string(definition, &align::content(file.text, definition, text))
}

/// The path of `${file(path)}`; not of `${file(path):name}`, which is a part of that file.
fn file_path(text: &str) -> Option<&str> {
    let path = text.trim().strip_prefix("${file(")?.strip_suffix(")}")?;
    let path = path.trim().trim_matches(['"', '\'']);
    (!path.contains(['$', '(', ')', ':'])).then_some(path)
}
