//! Single values: texts, amounts, languages.

use super::Lower;
use crate::{
    Amount, Node, Problem, QueryLanguage, Spanned, State, Value, nearest, pointer_push,
    problem::quoted,
};

/// Where a value stands, for messages.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    /// JSON pointer of the object that has the field.
    pub(super) pointer: &'a str,
    pub(super) field: &'a str,
    /// Name of the state; empty outside of states.
    pub(super) state: &'a str,
}

impl<'a> Place<'a> {
    pub(super) fn machine(field: &'a str) -> Self {
        Self {
            pointer: "",
            field,
            state: "",
        }
    }

    pub(super) fn of(state: &'a State, field: &'a str) -> Self {
        Self {
            pointer: &state.pointer,
            field,
            state: &state.name.value,
        }
    }

    pub(super) fn pointer(self) -> String {
        pointer_push(self.pointer, self.field)
    }
}

/// The text of a placeholder: `${…}` of substitutions, and the functions of CloudFormation in their long form.
pub(super) fn filled_in(node: &Node) -> Option<String> {
    let open = || Some(format!("${{{}}}", node.members()?.first()?.key));
    node.is_open()
        .then(|| node.as_str().map(str::to_owned).or_else(open))?
}

/// What a value is, for "must be a string, not …".
pub(super) fn kind_of(node: &Node) -> &'static str {
    match node.value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

impl Lower {
    pub(super) fn wrong_type(&mut self, node: &Node, place: Place<'_>, wanted: &str) {
        let owner = match place.state {
            "" => String::new(),
            name => format!(" of state {}", quoted(name)),
        };
        let message = format!(
            "{}{owner} must be {wanted}, not {}",
            quoted(place.field),
            kind_of(node)
        );
        self.problems.push(
            Problem::error("field-wrong-type", node.span, message)
                .aws("SCHEMA_VALIDATION_FAILED")
                .at(place.pointer()),
        );
    }

    /// A string, or what stands for one.
    pub(super) fn text(&mut self, node: &Node, place: Place<'_>) -> Option<Spanned<String>> {
        let value = match &node.value {
            Value::String(text) => Some(text.clone()),
            _ => filled_in(node),
        };
        if value.is_none() {
            self.wrong_type(node, place, "a string");
        }
        Some(Spanned {
            value: value?,
            span: node.span,
        })
    }

    pub(super) fn boolean(&mut self, node: &Node, place: Place<'_>) -> Option<Spanned<bool>> {
        if let Value::Bool(value) = node.value {
            let span = node.span;
            return Some(Spanned { value, span });
        }
        if filled_in(node).is_none() {
            self.wrong_type(node, place, "a boolean");
        }
        None
    }

    /// A number, or what it is computed from.
    pub(super) fn amount(&mut self, node: &Node, place: Place<'_>) -> Option<Spanned<Amount>> {
        let number = |text: &str| text.parse().ok().filter(|number: &f64| number.is_finite());
        let value = match &node.value {
            Value::Number(text) => number(text).map(Amount::Number),
            Value::String(text) if text.trim_start().starts_with("{%") => {
                Some(Amount::Expression(text.clone()))
            }
            _ => filled_in(node).map(Amount::Expression),
        };
        if value.is_none() {
            self.wrong_type(node, place, "a number");
        }
        // A number in quotes is refused, but there is no doubt about what it means.
        let value = value.or_else(|| node.as_str().and_then(number).map(Amount::Number));
        Some(Spanned {
            value: value?,
            span: node.span,
        })
    }

    /// A `…Path` field.
    pub(super) fn path(&mut self, node: &Node, place: Place<'_>) -> Option<Spanned<Amount>> {
        let text = self.text(node, place)?;
        Some(Spanned {
            value: Amount::Path(text.value),
            span: text.span,
        })
    }

    pub(super) fn query_language(&mut self, node: &Node, place: Place<'_>) -> QueryLanguage {
        match self.text(node, place).map(|text| text.value).as_deref() {
            None | Some("JSONPath") => QueryLanguage::JsonPath,
            Some("JSONata") => QueryLanguage::Jsonata,
            Some(other) => {
                if !other.contains("${") {
                    let message = format!("{} is no query language", quoted(other));
                    self.problems.push(
                        Problem::error("query-language-unknown", node.span, message)
                            .aws("SCHEMA_VALIDATION_FAILED")
                            .at(place.pointer())
                            .did_you_mean(nearest(other, ["JSONPath", "JSONata"])),
                    );
                }
                // Measured on AWS: every value but `JSONPath` counts as JSONata.
                QueryLanguage::Jsonata
            }
        }
    }
}
