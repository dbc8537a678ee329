//! `serverless.yml` with the plug-in for Step Functions.

use asl::Node;

use crate::{Embedded, File, Part, Place, What, align, functions, node_type};

/// Names that lead to names.
const MAX_STEPS: usize = 8;

/// Adds the state machines of `stepFunctions`, also where they have a file of their own.
pub(crate) fn read(file: &File<'_>, root: &Node, found: &mut Vec<Embedded>) {
    let section = root.get("stepFunctions").unwrap_or(root);
    let first = found.len();
    let reader = Reader {
        file,
        root: Some(root),
    };
    reader.part(section, What::Section, "", found);
    if root.get("service").is_none() {
        // Paths are relative to the service, which includes this file from wherever it is.
        for embedded in found.iter_mut().skip(first) {
            if let Place::File { optional, .. } = &mut embedded.place {
                *optional = true;
            }
        }
    }
}

/// Adds the state machines of a part of a file that is included in another.
pub(crate) fn part(
    file: &File<'_>,
    node: &Node,
    what: What,
    name: &str,
    found: &mut Vec<Embedded>,
) {
    Reader { file, root: None }.part(node, what, name, found);
}

struct Reader<'a> {
    file: &'a File<'a>,
    /// What `${self:…}` speaks of; none in a file that is included, where it is another file.
    root: Option<&'a Node>,
}

impl<'a> Reader<'a> {
    fn part(&self, node: &'a Node, what: What, name: &str, found: &mut Vec<Embedded>) {
        let node = self.resolve(node);
        if what != What::Definition
            && let Some(text) = node.as_str()
        {
            if let Some(place) = elsewhere(text, what) {
                found.push(Embedded {
                    place,
                    ..Embedded::named(name)
                });
            }
            return;
        }
        match what {
            What::Section => {
                if let Some(machines) = node.get("stateMachines") {
                    self.part(machines, What::Machines, "", found);
                }
            }
            What::Machines => {
                for member in node.members().unwrap_or_default() {
                    self.part(&member.node, What::Machine, &member.key, found);
                }
                for item in node.items().unwrap_or_default() {
                    self.part(item, What::Machines, "", found);
                }
            }
            What::Machine => {
                if let Some(definition) = node.get("definition") {
                    found.push(Embedded {
                        place: self.place(definition),
                        workflow_type: node_type(node.get("type")),
                        ..Embedded::named(name)
                    });
                }
            }
            What::Definition => found.push(Embedded {
                place: self.place(node),
                ..Embedded::named(name)
            }),
        }
    }

    /// What `${self:…}` stands for, where it is written in the same file.
    fn resolve(&self, mut node: &'a Node) -> &'a Node {
        for _ in 0..MAX_STEPS {
            let target = node.as_str().and_then(|text| {
                let keys = text.trim().strip_prefix("${self:")?.strip_suffix('}')?;
                let mut keys = keys.split('.');
                keys.try_fold(self.root?, |node, key| node.get(key.trim()))
            });
            match target {
                Some(target) => node = target,
                None => break,
            }
        }
        node
    }

    fn place(&self, definition: &'a Node) -> Place {
        let definition = self.resolve(definition);
        if let Some((name, _)) = functions::function(definition) {
            return Place::open(&format!("is made by `{name}` when it is deployed"));
        }
        let Some(text) = definition.as_str() else {
            return self.file.of_node(definition);
        };
        if let Some(place) = elsewhere(text, What::Definition) {
            return place;
        }
        let content = align::content(self.file.text, definition, text);
        self.file.of_string(definition, &content)
    }
}

/// What a text that is nothing but a variable stands for.
pub(crate) fn elsewhere(text: &str, what: What) -> Option<Place> {
    let text = text.trim();
    if !text.starts_with("${") {
        return None;
    }
    let Some((path, keys)) = file_path(text) else {
        let line = text.lines().next().unwrap_or_default();
        let line: String = line.chars().take(100).collect();
        return Some(Place::open(&format!(
            "is `{line}`, which is known when it is deployed"
        )));
    };
    let ending = path.rsplit('.').next().unwrap_or_default();
    if !["json", "yml", "yaml"].contains(&ending) {
        return Some(Place::open(&format!(
            "is made by `{path}`, which is not run"
        )));
    }
    let whole = what == What::Definition && keys.is_empty();
    Some(Place::File {
        path: path.to_owned(),
        part: (!whole).then_some(Part { what, keys }),
        optional: false,
    })
}

/// The path of `${file(path)}`, and the names of `${file(path):name.other}`.
fn file_path(text: &str) -> Option<(&str, Vec<String>)> {
    let (path, rest) = text.strip_prefix("${file(")?.split_once(')')?;
    let path = path.trim().trim_matches(['"', '\'']);
    let rest = rest.strip_suffix('}')?.trim();
    let keys = match rest.strip_prefix(':') {
        Some(keys) => keys.split('.').map(|key| key.trim().to_owned()).collect(),
        None if rest.is_empty() => Vec::new(),
        None => return None,
    };
    let plain = |text: &str| !text.contains(['$', '(', ')', ':', ',', '{', '}']);
    (plain(path) && keys.iter().all(|key: &String| plain(key))).then_some((path, keys))
}
