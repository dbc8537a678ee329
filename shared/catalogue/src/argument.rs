//! What a Task hands to a call.

/// A value below `Parameters` or `Arguments`, as far as judging needs it.
///
/// Keys are as written, with the `.$` of a path; so are strings, with the `{% %}` of an expression.
#[derive(Clone, Debug, PartialEq)]
pub enum Argument<'a> {
    /// Members in their order.
    Object(Vec<(&'a str, Argument<'a>)>),
    /// Items.
    Array(Vec<Argument<'a>>),
    /// Text.
    String(&'a str),
    /// A number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// `null`.
    Null,
}

impl Argument<'_> {
    /// True of what is something else when the workflow runs, or when it is deployed: expressions, placeholders, and functions
    /// of CloudFormation.
    pub(crate) fn is_computed(&self) -> bool {
        match self {
            Self::String(text) => {
                let text = text.trim();
                (text.starts_with("{%") && text.ends_with("%}")) || is_filled_in(text)
            }
            Self::Object(members) => match members.as_slice() {
                [(key, _)] => *key == "Ref" || key.starts_with("Fn::"),
                _ => false,
            },
            _ => false,
        }
    }

    pub(crate) fn described(&self) -> &'static str {
        match self {
            Self::Object(_) => "an object",
            Self::Array(_) => "a list",
            Self::String(_) => "text",
            Self::Number => "a number",
            Self::Boolean => "true or false",
            Self::Null => "nothing",
        }
    }
}

/// True of text that is not what it will be when it is deployed.
pub(crate) fn is_filled_in(text: &str) -> bool {
    ["${", "<%", "{{", "#{", "%%"]
        .iter()
        .any(|mark| text.contains(mark))
}
