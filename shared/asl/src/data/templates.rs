//! Payload templates of JSONPath states.

use std::collections::BTreeSet;

use super::{At, Data};
use crate::expr::{self, intrinsic};
use crate::problem::quoted;
use crate::{Level, Node, Problem, Span, Value};

impl<'a> Data<'a> {
    /// `Parameters` and its like, at any depth.
    pub(super) fn template(&mut self, at: &mut At<'a>, node: &'a Node) {
        match &node.value {
            Value::Object(members) => {
                for member in members {
                    at.names.push(member.key.as_str().into());
                    if member.key.ends_with(".$") {
                        self.dynamic(at, &member.node);
                    } else {
                        self.template(at, &member.node);
                    }
                    at.names.pop();
                }
                self.twice(at, node);
            }
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    at.names.push(index.to_string().into());
                    self.template(at, item);
                    at.names.pop();
                }
            }
            Value::String(text) if looks_dynamic(text) => self.taken_literally(at, node, text),
            _ => {}
        }
    }

    /// The value of a key that ends with `.$`.
    fn dynamic(&mut self, at: &At<'a>, node: &'a Node) {
        if node.is_open()
            && !node
                .as_str()
                .is_some_and(|text| text.starts_with('$') && !text.starts_with("${"))
        {
            return;
        }
        match node.as_str() {
            Some(text) if intrinsic::is_call(text) => self.call(at, node, text),
            Some(text) if text.starts_with('$') => {
                self.path(at, node, text);
            }
            _ => {
                let key = at.names.last().map_or("", AsRef::as_ref);
                let error = expr::Error {
                    span: Span::default(),
                    message: format!("{} holds neither a path nor an intrinsic call", quoted(key)),
                    help: Some(format!(
                        "write a path like `$.id`, or drop the `.$` from {} for a literal value",
                        quoted(key)
                    )),
                };
                self.refused(at, node, ("template-not-dynamic", error));
            }
        }
    }

    /// A path under a key without `.$` is passed on as it is written.
    fn taken_literally(&mut self, at: &At<'_>, node: &Node, text: &str) {
        let key = at.names.last().map_or("", AsRef::as_ref);
        let error = expr::Error {
            span: Span::new(0, text.len()),
            message: format!(
                "{} is passed on as this text, it is not evaluated",
                quoted(key)
            ),
            help: Some(format!(
                "write {} for the value",
                quoted(&format!("{key}.$"))
            )),
        };
        if let Some(problem) = self.problem(at, node, ("path-not-evaluated", error)) {
            problem.level = Level::Warning;
            problem.aws_code = Some("NO_DOLLAR");
        }
    }

    /// `id` and `id.$` in one object are one name.
    fn twice(&mut self, at: &At<'_>, node: &Node) {
        let members = node.members().unwrap_or_default();
        if !members.iter().any(|member| member.key.ends_with(".$")) {
            return;
        }
        let keys: BTreeSet<&str> = members.iter().map(|member| member.key.as_str()).collect();
        for member in members {
            let Some(plain) = member.key.strip_suffix(".$") else {
                continue;
            };
            if keys.contains(plain) {
                let message = format!(
                    "{} and {} are one field",
                    quoted(plain),
                    quoted(&member.key)
                );
                self.problems.push(
                    Problem::error("field-name-twice", member.key_span, message)
                        .aws("DUPLICATE_FIELD_NAME")
                        .at(at.pointer())
                        .help("remove one of the two"),
                );
            }
        }
    }

    /// `Result` of a Pass is never evaluated.
    pub(super) fn result(&mut self, at: &At<'_>, node: &'a Node) {
        let mut values = vec![node];
        while let Some(value) = values.pop() {
            match &value.value {
                Value::String(text) if looks_dynamic(text) => {
                    let message =
                        "a Pass gives its `Result` as it is written: this is not evaluated";
                    self.problems.push(Problem {
                        aws_code: Some("PASS_RESULT_IS_STATIC"),
                        ..Problem::warning("pass-result-static", value.span, message)
                            .at(at.pointer())
                            .help("write it into `Parameters`, under a name that ends with `.$`")
                    });
                    // One says it all.
                    return;
                }
                Value::Object(members) => values.extend(members.iter().rev().map(|it| &it.node)),
                Value::Array(items) => values.extend(items.iter().rev()),
                _ => {}
            }
        }
    }
}

/// True for text that is hardly meant as it stands: a path with a step, or a call.
fn looks_dynamic(text: &str) -> bool {
    let is_path = text.starts_with("$.") || text.starts_with("$$.") || text.starts_with("$[");
    let is_call = text.starts_with("States.") && text.ends_with(')');
    (is_path && expr::path::Path::parse(text).is_ok())
        || (is_call && intrinsic::Call::parse(text).is_ok())
}
