//! Strings of JSONata states.

use std::collections::BTreeMap;

use super::{At, Data, inside};
use crate::expr;
use crate::expr::jsonata::{
    self, Expression, IssueKind, Position, Text, UNSUPPORTED, is_evaluated,
};
use crate::problem::quoted;
use crate::{Level, Node, Span, Value};

impl<'a> Data<'a> {
    /// Every string of a value that is evaluated.
    pub(super) fn evaluated(&mut self, at: &mut At<'a>, node: &'a Node) {
        if at.names.len() <= 4 {
            let names: Vec<&str> = at.names.iter().map(AsRef::as_ref).collect();
            if !is_evaluated(&names) {
                return;
            }
        }
        match &node.value {
            Value::String(text) if text.starts_with("$.") && is_named_for_jsonpath(at) => {
                self.left_from_jsonpath(at, node, text);
            }
            Value::String(text) if text.contains('%') => self.string(at, node, text),
            Value::Object(_) | Value::Array(_) => {
                for (name, inner) in inside(node) {
                    at.names.push(name);
                    self.evaluated(at, inner);
                    at.names.pop();
                }
            }
            _ => {}
        }
    }

    /// `"id.$": "$.id"`, which JSONata takes for a name and a text.
    fn left_from_jsonpath(&mut self, at: &At<'_>, node: &Node, text: &str) {
        let key = at.names.last().map_or("", AsRef::as_ref);
        let error = expr::Error {
            span: Span::new(0, text.len()),
            message: format!(
                "{} is JSONPath: this state uses JSONata and gives on both as they are written",
                quoted(key)
            ),
            help: Some(format!(
                "write {} with {}",
                quoted(key.trim_end_matches(".$")),
                quoted(&format!(
                    "{{% $states.input{} %}}",
                    text.trim_start_matches('$')
                ))
            )),
        };
        if let Some(problem) = self.problem(at, node, ("path-not-evaluated", error)) {
            problem.level = Level::Warning;
        }
    }

    fn string(&mut self, at: &At<'a>, node: &'a Node, text: &'a str) {
        match jsonata::read(text) {
            Text::Plain | Text::Padded => {}
            Text::Delimiters(error) => {
                // What is filled in may bring the other half.
                if !text.contains("${")
                    && let Some(problem) = self.problem(at, node, ("jsonata-malformed", error))
                {
                    problem.aws_code = Some(jsonata::INVALID);
                }
            }
            Text::Expression(expression) => self.expression(at, node, &expression),
        }
    }

    fn expression(&mut self, at: &At<'a>, node: &'a Node, expression: &Expression<'a>) {
        let names: Vec<&str> = at.names.iter().map(AsRef::as_ref).collect();
        let position = Position::of(at.state.type_name(), &names);
        for issue in expression.issues(position) {
            let id = match issue.kind {
                IssueKind::Syntax => "jsonata-malformed",
                IssueKind::NoContext => "jsonata-without-context",
                IssueKind::StatesField => "jsonata-states-field",
                IssueKind::UnknownFunction | IssueKind::UnsupportedFunction => {
                    "jsonata-function-unknown"
                }
                IssueKind::ArgumentCount => "jsonata-argument-count",
            };
            let Some(problem) = self.problem(at, node, (id, issue.error)) else {
                break;
            };
            problem.aws_code = match issue.kind {
                IssueKind::UnsupportedFunction => Some(UNSUPPORTED),
                kind => kind.aws_code(),
            };
            if issue.kind == IssueKind::ArgumentCount {
                problem.level = Level::Warning;
            }
        }
        // Of each variable its first place, and whether it is asked anywhere whether the variable is there.
        let mut read: BTreeMap<&'a str, (Span, bool)> = BTreeMap::new();
        for variable in expression.variables() {
            if variable.name == "states" {
                if let [first, rest @ ..] = variable.fields.as_slice()
                    && first == "context"
                {
                    let names: Vec<&str> = rest.iter().map(AsRef::as_ref).collect();
                    self.context(at, node, &names, variable.fields_span);
                }
                continue;
            }
            let (_, guarded) = read.entry(variable.name).or_insert((variable.span, false));
            *guarded |= is_guard(node, variable.span);
        }
        for (name, (part, guarded)) in read {
            self.variables.read(at, node, name, part, guarded);
        }
    }
}

fn is_named_for_jsonpath(at: &At<'_>) -> bool {
    at.names.last().is_some_and(|name| name.ends_with(".$"))
}

/// True where a reference is asked for its being there: `$x ? …`, `$exists($x)`. Definitions in production ask this of
/// variables that are not assigned on every way; what the service does then is not documented, so nothing is called wrong.
fn is_guard(node: &Node, reference: Span) -> bool {
    let text = node.as_str().unwrap_or_default();
    let before = text.get(..reference.start).unwrap_or_default().trim_end();
    let after = text.get(reference.end..).unwrap_or_default().trim_start();
    after.starts_with('?') || before.ends_with("$exists(")
}
