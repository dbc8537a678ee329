//! The syntax tree: JSON or YAML as it was written, each part with its place in the text.

/// A half-open range of byte offsets into the text of a definition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// Offset of the first byte.
    pub start: usize,
    /// Offset after the last byte.
    pub end: usize,
}

impl Span {
    /// The span from `start` up to and without `end`.
    pub fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// The part of `text` that this span covers; empty where the span does not fit the text.
    pub fn of(self, text: &str) -> &str {
        text.get(self.start..self.end).unwrap_or_default()
    }
}

/// A value with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Where the value stands, quotes and brackets included.
    pub span: Span,
    /// What it is.
    pub value: Value,
}

/// A JSON value. Members keep their order and duplicates; numbers keep their text.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number, exactly as written.
    Number(String),
    /// A string, unescaped.
    String(String),
    /// An array.
    Array(Vec<Node>),
    /// An object.
    Object(Vec<Member>),
}

/// One member of an object.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    /// The name, unescaped.
    pub key: String,
    /// Where the name stands, quotes included.
    pub key_span: Span,
    /// Its value.
    pub node: Node,
}

impl Member {
    /// From the first byte of the name to the last of the value.
    pub fn span(&self) -> Span {
        Span::new(self.key_span.start, self.node.span.end)
    }
}

impl Node {
    /// The members, for an object.
    pub fn members(&self) -> Option<&[Member]> {
        match &self.value {
            Value::Object(members) => Some(members),
            _ => None,
        }
    }

    /// The items, for an array.
    pub fn items(&self) -> Option<&[Node]> {
        match &self.value {
            Value::Array(items) => Some(items),
            _ => None,
        }
    }

    /// The text, for a string.
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The first member of that name, for an object.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.members()?
            .iter()
            .find(|member| member.key == key)
            .map(|member| &member.node)
    }

    /// True for the same value, wherever it stands.
    pub fn value_eq(&self, other: &Self) -> bool {
        match (&self.value, &other.value) {
            (Value::Array(left), Value::Array(right)) => {
                left.len() == right.len()
                    && left
                        .iter()
                        .zip(right)
                        .all(|(left, right)| left.value_eq(right))
            }
            (Value::Object(left), Value::Object(right)) => {
                left.len() == right.len()
                    && left.iter().zip(right).all(|(left, right)| {
                        left.key == right.key && left.node.value_eq(&right.node)
                    })
            }
            (left, right) => left == right,
        }
    }

    /// True where the value is filled in before AWS reads it: `${…}`, and functions of CloudFormation.
    pub fn is_open(&self) -> bool {
        match &self.value {
            Value::String(text) => text.contains("${"),
            Value::Object(members) => matches!(
                members.as_slice(),
                [only] if only.key == "Ref" || only.key.starts_with("Fn::")
            ),
            _ => false,
        }
    }

    /// True for `null`.
    pub fn is_null(&self) -> bool {
        matches!(self.value, Value::Null)
    }
}

/// Appends one reference token to a JSON pointer (RFC 6901), escaped.
///
/// A pointer that would get longer than 4,000 bytes stays at the value around it: names that AWS accepts are 80 characters
/// long, and every state inside of a long name would repeat it.
pub fn pointer_push(pointer: &str, token: &str) -> String {
    const LONGEST: usize = 4000;
    if pointer.len() + token.len() >= LONGEST {
        return pointer.to_owned();
    }
    let mut longer = String::with_capacity(pointer.len() + token.len() + 1);
    longer.push_str(pointer);
    longer.push('/');
    if token.contains(['~', '/']) {
        longer.push_str(&token.replace('~', "~0").replace('/', "~1"));
    } else {
        longer.push_str(token);
    }
    longer
}
