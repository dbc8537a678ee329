//! The functions of CloudFormation: what can be told of their results before they are deployed.

use asl::{Mapped, Member, Node, Span, Value};

use crate::align;

/// Placeholders are shown to people; what is longer is cut.
const LONGEST: usize = 100;

/// The name of a function and what it is applied to; YAML's short forms were read as these.
pub(crate) fn function(node: &Node) -> Option<(&str, &Node)> {
    match node.members()? {
        [only] if only.key == "Ref" || only.key.starts_with("Fn::") => {
            Some((&only.key, &only.node))
        }
        _ => None,
    }
}

/// A value with every function in it evaluated, as far as that can be done here. As deep as the reader goes.
pub(crate) fn open(file: &str, node: &Node) -> Node {
    let value = match &node.value {
        Value::Object(_) if function(node).is_some() => {
            let mut mapped = Mapped::default();
            weave(file, node, &mut mapped);
            Value::String(mapped.text().to_owned())
        }
        Value::Object(members) => {
            Value::Object(members.iter().map(|it| member(file, it)).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(|it| open(file, it)).collect()),
        other => other.clone(),
    };
    Node {
        span: node.span,
        value,
    }
}

fn member(file: &str, member: &Member) -> Member {
    // A macro beside other members adds some, and may change those.
    if member.key == "Fn::Transform" {
        const OPEN: &str = "${Transform}";
        return Member {
            key: OPEN.to_owned(),
            key_span: member.key_span,
            node: Node {
                span: member.node.span,
                value: Value::String(OPEN.to_owned()),
            },
        };
    }
    Member {
        key: member.key.clone(),
        key_span: member.key_span,
        node: open(file, &member.node),
    }
}

/// The text that a value comes to, where at least its beginning is written in the file.
pub(crate) fn text(file: &str, node: &Node) -> Option<Mapped> {
    let known = match (&node.value, function(node)) {
        (Value::String(_), _) | (_, Some(("Fn::Sub", _))) => true,
        (_, Some(("Fn::Join", parts))) => join(parts).is_some(),
        _ => false,
    };
    known.then(|| {
        let mut mapped = Mapped::default();
        weave(file, node, &mut mapped);
        mapped
    })
}

/// Adds the text that a value comes to, with `${…}` for what is not known. As deep as the reader goes.
fn weave(file: &str, node: &Node, into: &mut Mapped) {
    match &node.value {
        Value::String(text) => {
            let content = align::content(file, node, text);
            let all = Span::new(0, content.text().len());
            into.push_part(&content, all);
        }
        Value::Number(text) => into.push_for(text, node.span),
        Value::Bool(value) => into.push_for(if *value { "true" } else { "false" }, node.span),
        Value::Object(_) => call(file, node, into),
        Value::Null | Value::Array(_) => into.push_for("${value}", node.span),
    }
}

fn call(file: &str, node: &Node, into: &mut Mapped) {
    let Some((name, given)) = function(node) else {
        return into.push_for("${value}", node.span);
    };
    match name {
        "Ref" => into.push_for(&reference(given.as_str().unwrap_or("Ref")), node.span),
        "Fn::GetAtt" => into.push_for(&attribute(given), node.span),
        "Fn::Sub" => sub(file, given, into),
        "Fn::Join" => match join(given) {
            Some((separator, parts)) => {
                for (index, part) in parts.iter().enumerate() {
                    if index > 0 {
                        into.push_for(separator, Span::new(part.span.start, part.span.start));
                    }
                    weave(file, part, into);
                }
            }
            None => into.push_for("${Join}", node.span),
        },
        other => {
            let name = other.strip_prefix("Fn::").unwrap_or(other);
            into.push_for(&placeholder(name), node.span);
        }
    }
}

/// The separator and the parts of a `Fn::Join` that are both written out.
fn join(given: &Node) -> Option<(&str, &[Node])> {
    match given.items()? {
        [separator, parts] => Some((separator.as_str()?, parts.items()?)),
        _ => None,
    }
}

/// `Fn::Sub` of a text, or of a text and what takes the place of some names.
fn sub(file: &str, given: &Node, into: &mut Mapped) {
    let node = given.items().and_then(<[Node]>::first).unwrap_or(given);
    let Some(text) = node.as_str() else {
        return into.push_for("${Sub}", node.span);
    };
    let content = align::content(file, node, text);
    pseudo_parameters(&content, into);
}

/// Adds a text, with what is known of `${AWS::…}` in it.
fn pseudo_parameters(content: &Mapped, into: &mut Mapped) {
    const OPENING: &str = "${AWS::";
    let text = content.text();
    let mut done = 0;
    for (start, _) in text.match_indices(OPENING) {
        let name = text.get(start + OPENING.len()..).unwrap_or_default();
        let length = name.bytes().take_while(u8::is_ascii_alphabetic).count();
        let end = start + OPENING.len() + length + 1;
        if text.get(end - 1..end) != Some("}") {
            continue;
        }
        into.push_part(content, Span::new(done, start));
        let name = text.get(start + 2..end - 1).unwrap_or_default();
        into.push_for(&reference(name), content.outer(Span::new(start, end)));
        done = end;
    }
    into.push_part(content, Span::new(done, text.len()));
}

/// What `Ref` of a name comes to. The partition is the same for all but the machines in China and of the government of the
/// USA, and without it no `Resource` could be told.
fn reference(name: &str) -> String {
    match name {
        "AWS::Partition" => "aws".to_owned(),
        // Without the colons, which separate the parts of an ARN.
        other => placeholder(other.strip_prefix("AWS::").unwrap_or(other)),
    }
}

fn attribute(given: &Node) -> String {
    if let Some(text) = given.as_str() {
        return placeholder(text);
    }
    let parts = given.items().unwrap_or_default().iter();
    let names: Vec<&str> = parts.filter_map(Node::as_str).collect();
    placeholder(&names.join("."))
}

/// `${…}` around something that can stand in a string of JSON and in an ARN.
pub(crate) fn placeholder(text: &str) -> String {
    let plain = |c: char| {
        if c.is_alphanumeric() || matches!(c, '.' | '_' | '-') {
            c
        } else {
            '_'
        }
    };
    let text: String = text.trim().chars().take(LONGEST).map(plain).collect();
    format!("${{{text}}}")
}
