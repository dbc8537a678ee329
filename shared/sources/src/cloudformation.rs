//! Templates of CloudFormation and SAM, in YAML and JSON. The CDK synthesizes the latter.

use std::collections::BTreeMap;

use asl::{Member, Node, Value};

use crate::{Embedded, File, Place, functions, node_type};

/// Properties that hold a definition, in the order in which they are looked for.
const DEFINITIONS: &[&str] = &["Definition", "DefinitionString"];

/// Properties that tell where a definition is. `aws cloudformation package` takes paths for both.
const FILES: &[&str] = &["DefinitionUri", "DefinitionS3Location"];

/// Adds the state machines among the resources.
pub(crate) fn read(file: &File<'_>, root: &Node, found: &mut Vec<Embedded>) {
    let resources = root.get("Resources").and_then(Node::members);
    for member in resources.unwrap_or_default() {
        found.extend(resource(file, member));
    }
}

fn resource(file: &File<'_>, member: &Member) -> Option<Embedded> {
    let property = match member.node.get("Type")?.as_str()? {
        "AWS::StepFunctions::StateMachine" => "StateMachineType",
        "AWS::Serverless::StateMachine" => "Type",
        _ => return None,
    };
    let properties = member.node.get("Properties")?;
    Some(Embedded {
        name: member.key.clone(),
        place: place(file, properties)?,
        workflow_type: node_type(properties.get(property)),
        substitutions: substitutions(properties.get("DefinitionSubstitutions")),
    })
}

fn place(file: &File<'_>, properties: &Node) -> Option<Place> {
    let first = |names: &[&str]| names.iter().find_map(|name| properties.get(name));
    if let Some(definition) = first(DEFINITIONS) {
        return Some(written(file, definition));
    }
    let location = first(FILES)?;
    Some(match location.as_str() {
        Some(path) if is_path(path) => Place::File {
            path: path.to_owned(),
        },
        _ => open("the definition is in S3"),
    })
}

fn written(file: &File<'_>, definition: &Node) -> Place {
    if let Some(string) = functions::text(file.text, definition) {
        // A string that is nothing but a parameter.
        if string.text().trim_start().starts_with("${") {
            return open(string.text().trim());
        }
        return file.of_string(definition, &string);
    }
    match functions::function(definition) {
        Some(("Fn::ToJsonString", object)) if object.members().is_some() => file.of_node(object),
        Some(("Fn::Transform", transform)) => match included(transform) {
            Some(path) => Place::File {
                path: path.to_owned(),
            },
            None => open("Fn::Transform"),
        },
        Some((name, _)) => open(name),
        None => file.of_node(definition),
    }
}

/// The path of `AWS::Include`, before it is packaged.
fn included(transform: &Node) -> Option<&str> {
    transform
        .get("Name")?
        .as_str()
        .filter(|name| *name == "AWS::Include")?;
    let location = transform.get("Parameters")?.get("Location")?.as_str()?;
    is_path(location).then_some(location)
}

fn is_path(text: &str) -> bool {
    !text.contains("://") && !text.contains("${")
}

fn open(why: &str) -> Place {
    Place::Open {
        why: why.to_owned(),
    }
}

fn substitutions(node: Option<&Node>) -> BTreeMap<String, Option<String>> {
    let members = node.and_then(Node::members).unwrap_or_default().iter();
    members
        .map(|member| {
            let value = match &member.node.value {
                Value::String(text) | Value::Number(text) => Some(text.clone()),
                Value::Bool(value) => Some(value.to_string()),
                _ => None,
            };
            (member.key.clone(), value)
        })
        .collect()
}
