//! Expressions of HCL as values of JSON.

use std::cell::Cell;
use std::collections::BTreeMap;

use asl::{Mapped, Member, Node, Span, Value};
use hcl_edit::Ident;
use hcl_edit::expr::{Expression, FuncCall, ObjectKey, TraversalOperator};
use hcl_edit::template::{Element, Template};

use crate::align::{self, Style};
use crate::functions::placeholder;

/// Local values that are put in place of their names in one file: names that stand for names could make a few lines
/// a tree without end.
const MAX_LOCALS: usize = 200;

/// Names that lead to names.
const MAX_STEPS: usize = 8;

/// A file of HCL. Places in what was parsed are `base` bytes further in the file.
pub(crate) struct Text<'a> {
    pub(crate) file: &'a str,
    base: usize,
    locals: BTreeMap<&'a str, &'a Expression>,
    left: Cell<usize>,
}

impl<'a> Text<'a> {
    pub(crate) fn new(
        file: &'a str,
        base: usize,
        locals: BTreeMap<&'a str, &'a Expression>,
    ) -> Self {
        Self {
            file,
            base,
            locals,
            left: Cell::new(MAX_LOCALS),
        }
    }

    /// What a local value stands for, and what stands in brackets.
    pub(crate) fn resolve(&self, mut expression: &'a Expression) -> &'a Expression {
        for _ in 0..MAX_STEPS {
            let next = match expression {
                Expression::Parenthesis(inner) => Some(inner.inner()),
                _ => local(expression).and_then(|name| self.locals.get(name).copied()),
            };
            match next {
                Some(next) => expression = next,
                None => break,
            }
        }
        expression
    }

    /// Where something stands in the file.
    pub(crate) fn span(&self, of: &impl hcl_edit::Span) -> Span {
        of.span().map_or_else(Span::default, |range| {
            Span::new(range.start + self.base, range.end + self.base)
        })
    }

    /// What an expression comes to; what is not written out is open.
    pub(crate) fn node(&self, expression: &'a Expression) -> Node {
        self.value(expression, MAX_STEPS)
    }

    /// As deep as the parser goes, which is 64 levels, for each of the `steps` through local values.
    fn value(&self, expression: &'a Expression, steps: usize) -> Node {
        let span = self.span(expression);
        let value = match expression {
            Expression::Traversal(_) if steps > 0 && self.left.get() > 0 => {
                let resolved = self.resolve(expression);
                if !std::ptr::eq(resolved, expression) {
                    self.left.set(self.left.get() - 1);
                    return self.value(resolved, steps - 1);
                }
                Value::String(placeholder(span.of(self.file)))
            }
            Expression::FuncCall(call) if call.name.name.as_str() == "concat" => {
                self.concat(call, span, steps)
            }
            Expression::Null(_) => Value::Null,
            Expression::Bool(value) => Value::Bool(*value.value()),
            Expression::Number(number) => {
                Value::Number(self.number(span, &number.value().to_string()))
            }
            Expression::String(text) => Value::String(text.value().clone()),
            Expression::Array(items) => {
                Value::Array(items.iter().map(|it| self.value(it, steps)).collect())
            }
            Expression::Object(object) => {
                let members = object.iter();
                Value::Object(
                    members
                        .map(|(key, value)| self.member(key, value.expr(), steps))
                        .collect(),
                )
            }
            Expression::Parenthesis(inner) => self.value(inner.inner(), steps).value,
            other => Value::String(match self.string(other) {
                Some(text) => text.text().to_owned(),
                None => placeholder(span.of(self.file)),
            }),
        };
        Node { span, value }
    }

    /// Lists one behind the other; open where one of them is.
    fn concat(&self, call: &'a FuncCall, span: Span, steps: usize) -> Value {
        let mut all = Vec::new();
        for list in &call.args {
            match self.value(list, steps).value {
                Value::Array(mut items) => all.append(&mut items),
                _ => return Value::String(placeholder(span.of(self.file))),
            }
        }
        Value::Array(all)
    }

    fn member(&self, key: &'a ObjectKey, value: &'a Expression, steps: usize) -> Member {
        let key_span = self.span(key);
        let name = match key {
            ObjectKey::Ident(name) => name.value().to_string(),
            ObjectKey::Expression(key) => match self.value(key, 0).value {
                Value::String(text) | Value::Number(text) => text,
                Value::Bool(value) => value.to_string(),
                _ => placeholder(key_span.of(self.file)),
            },
        };
        Member {
            key: name,
            key_span,
            node: self.value(value, steps),
        }
    }

    /// As written, where JSON writes it so too.
    fn number(&self, span: Span, value: &str) -> String {
        let written = span.of(self.file);
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
        let (whole, fraction) = written.split_once('.').unwrap_or((written, "0"));
        let plain = digits(whole) && digits(fraction) && (whole == "0" || !whole.starts_with('0'));
        if plain { written } else { value }.to_owned()
    }

    /// The text of a string, a template or a heredoc, with its places. `None` for everything else, and for a text that
    /// conditions and loops make.
    pub(crate) fn string(&self, expression: &Expression) -> Option<Mapped> {
        let mut mapped = Mapped::default();
        match expression {
            Expression::String(text) => {
                let span = self.span(text);
                let inside = Span::new(span.start + 1, span.end);
                align::align(
                    self.file,
                    inside,
                    text.value(),
                    Style::Template,
                    &mut mapped,
                );
            }
            Expression::StringTemplate(template) => {
                self.template(template, Style::Template, &mut mapped)?;
            }
            Expression::HeredocTemplate(heredoc) => {
                self.template(&heredoc.template, Style::Heredoc, &mut mapped)?;
            }
            Expression::Parenthesis(inner) => return self.string(inner.inner()),
            _ => return None,
        }
        Some(mapped)
    }

    fn template(&self, template: &Template, style: Style, into: &mut Mapped) -> Option<()> {
        for element in template {
            let span = self.span(element);
            match element {
                Element::Literal(text) => {
                    align::align(self.file, span, text.value(), style, into);
                }
                Element::Interpolation(inner) => {
                    let written = self.span(&inner.expr).of(self.file);
                    into.push_for(&placeholder(written), span);
                }
                Element::Directive(_) => return None,
            }
        }
        Some(())
    }
}

/// The name of `local.name`.
fn local(expression: &Expression) -> Option<&str> {
    let Expression::Traversal(traversal) = expression else {
        return None;
    };
    let Expression::Variable(root) = &traversal.expr else {
        return None;
    };
    match traversal.operators.as_slice() {
        [operator] if root.as_str() == "local" => match operator.value() {
            TraversalOperator::GetAttr(name) => Some(Ident::as_str(name)),
            _ => None,
        },
        _ => None,
    }
}
