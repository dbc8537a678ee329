//! Payload templates and the single values of fields: read once, evaluated each time.

use asl::expr::intrinsic::{self, Call};
use asl::expr::path::Path;
use asl::{Node, State, Value as Tree};
use serde_json::{Map, Number, Value};

use crate::failure::Failure;
use crate::frame::Frame;

/// A payload template: `Parameters`, `Arguments`, `Assign`, `Output`, …
#[derive(Debug)]
pub(crate) enum Template<'d> {
    /// Holds no expression.
    Plain(Value),
    Object(Vec<(&'d str, Template<'d>)>),
    Array(Vec<Template<'d>>),
    Item(Item<'d>),
}

/// One expression, or a value as it is written.
#[derive(Debug)]
pub(crate) enum Item<'d> {
    Plain(Value),
    Path(PathText<'d>),
    Call(&'d str, Call<'d>),
    /// A JSONata expression, without `{%` and `%}`.
    Jsonata(&'d str),
    /// A text that is no expression though it should be one: using it fails.
    Broken(&'d str),
}

/// A path with its text; `null` stands for none at all.
#[derive(Debug)]
pub(crate) enum PathText<'d> {
    Null,
    Path(&'d str, Path<'d>),
    Broken(&'d str),
}

impl<'d> PathText<'d> {
    pub(crate) fn of(node: &'d Node) -> Self {
        match node.as_str() {
            None => Self::Null,
            Some(text) => match Path::parse(text) {
                Ok(path) => Self::Path(text, path),
                Err(_) => Self::Broken(text),
            },
        }
    }
}

impl<'d> Item<'d> {
    /// A field that is a path in JSONPath (`…Path`).
    pub(crate) fn path(node: &'d Node) -> Self {
        match PathText::of(node) {
            PathText::Null => Self::Plain(plain(node)),
            path => Self::Path(path),
        }
    }

    /// A field that is a path or a call of an intrinsic function.
    pub(crate) fn path_or_call(node: &'d Node) -> Self {
        match node.as_str() {
            Some(text) => Self::dynamic(text),
            None => Self::Plain(plain(node)),
        }
    }

    /// A field that is a value, and in JSONata may be an expression.
    pub(crate) fn of(node: &'d Node, jsonata: bool) -> Self {
        match node.as_str().and_then(expression).filter(|_| jsonata) {
            Some(expression) => Self::Jsonata(expression),
            None => Self::Plain(plain(node)),
        }
    }

    /// What stands behind a name that ends with `.$`.
    fn dynamic(text: &'d str) -> Self {
        if intrinsic::is_call(text) {
            match Call::parse(text) {
                Ok(call) => Self::Call(text, call),
                Err(_) => Self::Broken(text),
            }
        } else {
            match Path::parse(text) {
                Ok(path) => Self::Path(PathText::Path(text, path)),
                Err(_) => Self::Broken(text),
            }
        }
    }

    /// The text of the path or expression, for messages.
    pub(crate) fn text(&self) -> &'d str {
        match self {
            Self::Path(PathText::Path(text, _) | PathText::Broken(text))
            | Self::Call(text, _)
            | Self::Jsonata(text)
            | Self::Broken(text) => text,
            Self::Plain(_) | Self::Path(PathText::Null) => "",
        }
    }

    /// The value. `field` is how it is named where it fails: `Output/error`, `SecondsPath`.
    pub(crate) fn value(&self, frame: &mut Frame<'_, 'd>, field: &str) -> Result<Value, Failure> {
        match self {
            Self::Plain(value) => Ok(value.clone()),
            Self::Path(PathText::Path(text, path)) => frame.path_of_field(text, path, field, ""),
            Self::Path(PathText::Null) => Ok(Value::Null),
            Self::Call(text, call) => frame.call(text, call),
            Self::Jsonata(text) => frame.query(text, field),
            Self::Path(PathText::Broken(text)) | Self::Broken(text) => {
                Err(Failure::runtime(format!("Invalid path '{text}'")))
            }
        }
    }
}

/// The text between `{%` and `%}`, trimmed; with a blank outside of them it is no expression.
pub(crate) fn expression(text: &str) -> Option<&str> {
    let inner = text.strip_prefix("{%")?.strip_suffix("%}")?;
    Some(inner.trim())
}

impl<'d> Template<'d> {
    pub(crate) fn of(node: &'d Node, jsonata: bool) -> Self {
        match &node.value {
            Tree::Object(members) => {
                let fields: Vec<(&str, Template<'_>)> = members
                    .iter()
                    .map(
                        |member| match member.key.strip_suffix(".$").filter(|_| !jsonata) {
                            Some(name) => {
                                let item = match member.node.as_str() {
                                    Some(text) => Item::dynamic(text),
                                    None => Item::Plain(plain(&member.node)),
                                };
                                (name, Template::Item(item))
                            }
                            None => (member.key.as_str(), Template::of(&member.node, jsonata)),
                        },
                    )
                    .collect();
                if fields
                    .iter()
                    .all(|(_, template)| matches!(template, Template::Plain(_)))
                {
                    Self::Plain(plain(node))
                } else {
                    Self::Object(fields)
                }
            }
            Tree::Array(items) => {
                let items: Vec<Template<'_>> = items
                    .iter()
                    .map(|item| Template::of(item, jsonata))
                    .collect();
                if items
                    .iter()
                    .all(|template| matches!(template, Template::Plain(_)))
                {
                    Self::Plain(plain(node))
                } else {
                    Self::Array(items)
                }
            }
            _ => match Item::of(node, jsonata) {
                Item::Plain(value) => Self::Plain(value),
                item => Self::Item(item),
            },
        }
    }

    /// The value. `field` names it where it fails, with the names of the members on the way: `Output/error`.
    pub(crate) fn value(&self, frame: &mut Frame<'_, 'd>, field: &str) -> Result<Value, Failure> {
        match self {
            Self::Plain(value) => Ok(value.clone()),
            Self::Item(item) => item
                .value(frame, field)
                .and_then(|value| frame.taken(value)),
            Self::Object(fields) => {
                let mut object = Map::new();
                for (name, template) in fields {
                    let value = match template {
                        Self::Plain(value) => value.clone(),
                        Self::Item(Item::Path(PathText::Path(text, path))) => {
                            frame.path_of_field(text, path, name, ".$")?
                        }
                        _ => template.value(frame, &format!("{field}/{name}"))?,
                    };
                    object.insert((*name).to_owned(), value);
                }
                Ok(Value::Object(object))
            }
            Self::Array(items) => {
                let items = items
                    .iter()
                    .enumerate()
                    .map(|(at, template)| template.value(frame, &format!("{field}[{at}]")));
                items.collect::<Result<Vec<_>, _>>().map(Value::Array)
            }
        }
    }
}

/// A number that is written down, or comes from a path or an expression.
#[derive(Debug)]
pub(crate) struct Amount<'d> {
    pub(crate) item: Item<'d>,
    /// `SecondsPath`, `Seconds`
    pub(crate) field: String,
    /// From a `…Path` field.
    pub(crate) from_path: bool,
}

impl<'d> Amount<'d> {
    /// The field of that name, or its `…Path` form.
    pub(crate) fn of(state: &'d State, name: &str, jsonata: bool) -> Option<Self> {
        let by_path = format!("{name}Path");
        if let Some(node) = state.field(&by_path).filter(|_| !jsonata) {
            return Some(Self {
                item: Item::path(node),
                field: by_path,
                from_path: true,
            });
        }
        state.field(name).map(|node| Self {
            item: Item::of(node, jsonata),
            field: name.to_owned(),
            from_path: false,
        })
    }

    /// The same of an object inside a state.
    pub(crate) fn of_node(node: &'d Node, name: &str, jsonata: bool) -> Option<Self> {
        let by_path = format!("{name}Path");
        if let Some(node) = node.get(&by_path).filter(|_| !jsonata) {
            return Some(Self {
                item: Item::path(node),
                field: by_path,
                from_path: true,
            });
        }
        node.get(name).map(|node| Self {
            item: Item::of(node, jsonata),
            field: name.to_owned(),
            from_path: false,
        })
    }

    /// The text of the path, for messages.
    pub(crate) fn text(&self) -> &'d str {
        self.item.text()
    }
}

/// A value as it is written.
pub(crate) fn plain(node: &Node) -> Value {
    match &node.value {
        Tree::Null => Value::Null,
        Tree::Bool(value) => Value::Bool(*value),
        Tree::Number(text) => number(text),
        Tree::String(text) => Value::String(text.clone()),
        Tree::Array(items) => Value::Array(items.iter().map(plain).collect()),
        Tree::Object(members) => {
            let members = members
                .iter()
                .map(|member| (member.key.clone(), plain(&member.node)));
            Value::Object(members.collect())
        }
    }
}

fn number(text: &str) -> Value {
    let read: Option<Number> = serde_json::from_str(text).ok();
    read.map_or(Value::Null, Value::Number)
}
