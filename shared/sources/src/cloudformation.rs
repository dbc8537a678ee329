//! Templates of CloudFormation and SAM, in YAML and JSON. The CDK synthesizes the latter.

use asl::{Member, Node, Problem, Value};

use crate::{Embedded, File, FilledBy, Filling, Place, What, functions, node_type, serverless};

/// Properties that hold a definition, in the order in which they are looked for.
const DEFINITIONS: &[&str] = &["Definition", "DefinitionString"];

/// Properties that tell where a definition is. `aws cloudformation package` takes paths for both.
const FILES: &[&str] = &["DefinitionUri", "DefinitionS3Location"];

/// Adds the state machines among the resources.
pub(crate) fn read(file: &File<'_>, root: &Node, found: &mut Vec<Embedded>) {
    let resources = root.get("Resources").and_then(Node::members);
    let template = Template {
        file,
        // Macros may do with a template what they like.
        is_plain: transforms(root).all(|name| name.starts_with("AWS::")),
    };
    for member in resources.unwrap_or_default() {
        if member.key.starts_with("Fn::ForEach::") {
            let each = member.node.items().and_then(|items| items.get(2));
            let members = each.and_then(Node::members).unwrap_or_default().iter();
            let template = Template {
                is_plain: false,
                ..template
            };
            found.extend(members.filter_map(|it| template.resource(it)));
        } else {
            found.extend(template.resource(member));
        }
    }
}

/// The names under `Transform`.
fn transforms(root: &Node) -> impl Iterator<Item = &str> {
    let transform = root.get("Transform");
    let items = transform.and_then(Node::items).unwrap_or_default().iter();
    let all = transform.into_iter().chain(items);
    all.filter_map(|it| it.as_str().or_else(|| it.get("Name")?.as_str()))
}

#[derive(Clone, Copy)]
struct Template<'a> {
    file: &'a File<'a>,
    is_plain: bool,
}

impl Template<'_> {
    fn resource(self, member: &Member) -> Option<Embedded> {
        let property = match member.node.get("Type")?.as_str()? {
            "AWS::StepFunctions::StateMachine" => "StateMachineType",
            "AWS::Serverless::StateMachine" => "Type",
            _ => return None,
        };
        let properties = member.node.get("Properties")?;
        let filling = self.filling(&member.key, properties.get("DefinitionSubstitutions"));
        let metadata = member.node.get("Metadata");
        let construct = metadata.and_then(|it| it.get("aws:cdk:path")?.as_str());
        Some(Embedded {
            place: self.place(properties, filling.as_ref())?,
            workflow_type: node_type(properties.get(property)),
            filling,
            // The construct that people write is the one around the resource.
            construct: construct.map(|it| it.strip_suffix("/Resource").unwrap_or(it).to_owned()),
            ..Embedded::named(&member.key)
        })
    }

    /// None where it is not known.
    fn filling(self, owner: &str, node: Option<&Node>) -> Option<Filling> {
        let members = match node {
            Some(node) => node.members()?,
            None => &[],
        };
        let is_open = members
            .iter()
            .any(|it| it.key == "Ref" || it.key.starts_with("Fn::"));
        let values = members.iter().map(|member| {
            let value = match &member.node.value {
                Value::String(text) | Value::Number(text) => Some(text.clone()),
                Value::Bool(value) => Some(value.to_string()),
                _ => None,
            };
            (member.key.clone(), value)
        });
        (self.is_plain && !is_open).then(|| Filling {
            by: FilledBy::CloudFormation,
            owner: owner.to_owned(),
            values: values.collect(),
        })
    }

    fn place(self, properties: &Node, filling: Option<&Filling>) -> Option<Place> {
        let first = |names: &[&str]| names.iter().find_map(|name| properties.get(name));
        if let Some(definition) = first(DEFINITIONS) {
            return Some(self.written(definition, filling));
        }
        let location = first(FILES)?;
        Some(match location.as_str() {
            Some(path) if is_path(path) => Place::file(path),
            _ => match asset(location) {
                Some(path) => Place::File {
                    path,
                    part: None,
                    optional: true,
                },
                None => Place::open("is in S3"),
            },
        })
    }

    fn written(self, definition: &Node, filling: Option<&Filling>) -> Place {
        let file = self.file;
        let missing = |string| {
            let filling = filling.into_iter();
            filling.flat_map(move |it| it.missing_here(file.text, definition, string))
        };
        if let Some(string) = functions::text(file.text, definition) {
            // A string that is nothing but a parameter, or a file of the Serverless Framework.
            if let Some(place) = serverless::elsewhere(string.text(), What::Definition) {
                return place;
            }
            let place = file.of_string(definition, &string);
            return with(place, missing(Some(&string)));
        }
        match functions::function(definition) {
            Some(("Fn::ToJsonString", object)) if object.members().is_some() => {
                with(file.of_node(object), missing(None))
            }
            Some(("Fn::Transform", transform)) => match included(transform) {
                Some(path) => Place::file(path),
                None => Place::open("is made by `Fn::Transform` when it is deployed"),
            },
            Some((name, _)) => Place::open(&format!("is made by `{name}` when it is deployed")),
            None => with(file.of_node(definition), missing(None)),
        }
    }
}

/// Adds problems.
fn with(mut place: Place, problems: impl Iterator<Item = Problem>) -> Place {
    if let Place::Here(definition) = &mut place {
        definition.problems.extend(problems);
        definition.problems.sort_by_key(|it| it.span.start);
    }
    place
}

/// The file beside the template that the CDK puts into S3 under the name of its hash.
fn asset(location: &Node) -> Option<String> {
    let key = location.get("Key")?.as_str()?;
    let hash = key.split('.').next()?;
    let is_hash = hash.len() == 64 && hash.bytes().all(|it| it.is_ascii_hexdigit());
    (is_hash && is_path(key)).then(|| format!("asset.{key}"))
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
