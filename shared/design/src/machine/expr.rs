//! Values that are known when a state is entered, in both query languages.

use std::fmt::Write as _;

use crate::machine::json::Json;
use crate::requirements::QueryLanguage;

/// A value of a payload.
#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    /// Something of what the state gets: `$states.input.order.id`, `$.order.id`.
    Data(Vec<String>),
    /// Something of the context object: `$states.context.Execution.Id`, `$$.Execution.Id`.
    Context(Vec<String>),
    /// Something of the result of the state.
    Result(Vec<String>),
    /// Text; `${name}` in it is a placeholder where that name is one.
    Text(String),
    /// A number.
    Number(String),
    /// `true` or `false`
    Bool(bool),
    /// `null`
    Null,
    /// Members in their order.
    Object(Vec<(String, Expr)>),
    /// Items.
    List(Vec<Expr>),
    /// Texts, one after the other.
    Join(Vec<Expr>),
    /// SHA-256 of a text, in hexadecimal digits.
    Hash(Box<Expr>),
    /// The value as JSON text.
    JsonText(Box<Expr>),
    /// JSONata, without its braces. A state that holds one is a JSONata state.
    Code(String),
}

impl Expr {
    /// Text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// An object.
    pub fn object<const N: usize>(members: [(&str, Self); N]) -> Self {
        Self::Object(
            members
                .into_iter()
                .map(|(key, value)| (key.to_owned(), value))
                .collect(),
        )
    }

    /// A path of the data.
    pub fn data(path: &[&str]) -> Self {
        Self::Data(owned(path))
    }

    /// A path of the context object.
    pub fn context(path: &[&str]) -> Self {
        Self::Context(owned(path))
    }

    /// A path of the result.
    pub fn result(path: &[&str]) -> Self {
        Self::Result(owned(path))
    }

    /// Whether only JSONata can say it.
    pub fn needs_jsonata(&self) -> bool {
        match self {
            Self::Code(_) => true,
            Self::Object(members) => members.iter().any(|(_, value)| value.needs_jsonata()),
            Self::List(items) => items.iter().any(Self::needs_jsonata),
            Self::Join(parts) => parts
                .iter()
                .any(|part| !matches!(part, Self::Data(_) | Self::Context(_) | Self::Text(_))),
            Self::Hash(inner) => {
                matches!(**inner, Self::Hash(_) | Self::JsonText(_)) || inner.needs_jsonata()
            }
            Self::JsonText(inner) => !matches!(**inner, Self::Data(_) | Self::Context(_)),
            _ => false,
        }
    }

    /// As it stands in a field of a state. In JSONPath the name of the member ends in `.$` where [`Expr::is_computed`] says so.
    pub fn json(&self, language: QueryLanguage) -> Json {
        match self {
            Self::Text(text) => Json::text(text),
            Self::Number(number) => Json::Number(number.clone()),
            Self::Bool(is) => Json::Bool(*is),
            Self::Null => Json::Null,
            Self::Object(members) => {
                let computed =
                    |value: &Self| language == QueryLanguage::JsonPath && value.is_computed();
                let member = |(key, value): &(String, Self)| {
                    let key = if computed(value) {
                        format!("{key}.$")
                    } else {
                        key.clone()
                    };
                    (key, value.json(language))
                };
                Json::Object(members.iter().map(member).collect())
            }
            Self::List(items) if !(language == QueryLanguage::JsonPath && self.is_computed()) => {
                Json::List(items.iter().map(|item| item.json(language)).collect())
            }
            _ if language == QueryLanguage::Jsonata => {
                Json::text(format!("{{% {} %}}", self.code()))
            }
            _ => Json::text(self.path()),
        }
    }

    /// Whether it is a path or an intrinsic function in JSONPath.
    pub fn is_computed(&self) -> bool {
        match self {
            Self::List(items) => items.iter().any(Self::is_computed),
            _ => !matches!(
                self,
                Self::Text(_) | Self::Number(_) | Self::Bool(_) | Self::Null | Self::Object(_)
            ),
        }
    }

    /// JSONata, without its braces.
    pub fn code(&self) -> String {
        match self {
            Self::Data(path) => format!("$states.input{}", steps(path)),
            Self::Context(path) => format!("$states.context{}", steps(path)),
            Self::Result(path) => format!("$states.result{}", steps(path)),
            Self::Text(text) => string(text),
            Self::Number(number) => number.clone(),
            Self::Bool(is) => is.to_string(),
            Self::Null => "null".to_owned(),
            Self::Object(members) => {
                let members: Vec<String> = members
                    .iter()
                    .map(|(key, value)| format!("{}: {}", string(key), value.code()))
                    .collect();
                format!("{{{}}}", members.join(", "))
            }
            Self::List(items) => {
                let items: Vec<String> = items.iter().map(Self::code).collect();
                format!("[{}]", items.join(", "))
            }
            Self::Join(parts) => {
                let parts: Vec<String> = parts.iter().map(Self::code).collect();
                parts.join(" & ")
            }
            Self::Hash(inner) => format!("$hash({}, 'SHA-256')", inner.code()),
            Self::JsonText(inner) => format!("$string({})", inner.code()),
            Self::Code(code) => code.clone(),
        }
    }

    /// A reference path or an intrinsic function.
    fn path(&self) -> String {
        match self {
            Self::Data(path) | Self::Result(path) => format!("${}", brackets(path)),
            Self::Context(path) => format!("$${}", brackets(path)),
            Self::Text(text) => intrinsic_string(text),
            Self::Number(number) => number.clone(),
            Self::Bool(is) => is.to_string(),
            Self::List(items) => {
                let items: Vec<String> = items.iter().map(Self::path).collect();
                format!("States.Array({})", items.join(", "))
            }
            Self::Join(parts) => {
                let mut format = String::new();
                let mut arguments = String::new();
                for part in parts {
                    if let Self::Text(text) = part {
                        // Braces stand for arguments unless they are escaped.
                        for letter in text.chars() {
                            if matches!(letter, '{' | '}' | '\'' | '\\') {
                                format.push('\\');
                            }
                            format.push(letter);
                        }
                    } else {
                        format.push_str("{}");
                        arguments.push_str(", ");
                        arguments.push_str(&part.path());
                    }
                }
                format!("States.Format('{format}'{arguments})")
            }
            Self::Hash(inner) => format!("States.Hash({}, 'SHA-256')", inner.path()),
            Self::JsonText(inner) => format!("States.JsonToString({})", inner.path()),
            Self::Null | Self::Object(_) | Self::Code(_) => "null".to_owned(),
        }
    }
}

fn owned(path: &[&str]) -> Vec<String> {
    path.iter().map(|&name| name.to_owned()).collect()
}

fn is_name(name: &str) -> bool {
    let mut letters = name.chars();
    letters
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
        && !matches!(
            name,
            "and" | "or" | "in" | "true" | "false" | "null" | "function"
        )
}

fn index(name: &str) -> Option<&str> {
    let inner = name.strip_prefix('[')?.strip_suffix(']')?;
    (!inner.is_empty() && inner.chars().all(|digit| digit.is_ascii_digit())).then_some(inner)
}

/// `.order.id`, with names quoted that have to be. `[0]` is an item of a list.
pub(crate) fn steps(path: &[String]) -> String {
    joined(path, |name| {
        let name: String = name.chars().filter(|&letter| letter != '`').collect();
        format!(".`{name}`")
    })
}

/// The same in JSONPath.
pub(crate) fn brackets(path: &[String]) -> String {
    joined(path, |name| format!("['{}']", escape(name)))
}

fn joined(path: &[String], quoted: impl Fn(&str) -> String) -> String {
    let step = |name: &String| match index(name) {
        Some(index) => format!("[{index}]"),
        None if is_name(name) => format!(".{name}"),
        None => quoted(name),
    };
    path.iter().map(step).collect()
}

/// A text in JSONata.
pub(crate) fn string(text: &str) -> String {
    let mut out = String::from("'");
    for letter in text.chars() {
        match letter {
            '\\' => out.push_str("\\\\"),
            // JSONata knows no other way to write it here.
            '\'' => out.push_str("\\u0027"),
            letter if letter.is_control() => {
                let _ = write!(out, "\\u{:04x}", u32::from(letter));
            }
            letter => out.push(letter),
        }
    }
    out.push('\'');
    out
}

fn escape(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\'', "\\'")
}

fn intrinsic_string(text: &str) -> String {
    let text = escape(text).replace('{', "\\{").replace('}', "\\}");
    format!("'{text}'")
}
