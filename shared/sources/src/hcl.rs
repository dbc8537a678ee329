//! Expressions of HCL as values of JSON.

use std::cell::Cell;
use std::collections::BTreeMap;

use asl::{Mapped, Member, Node, Span, Value};
use hcl_edit::Ident;
use hcl_edit::expr::{Expression, ObjectKey, Traversal, TraversalOperator};
use hcl_edit::template::{Element, StringTemplate, Template};

use crate::align::{self, Style};
use crate::calls;
use crate::functions::placeholder;

/// Local values that are put in place of their names in one file: names that stand for names could make a few lines
/// a tree without end.
const MAX_LOCALS: usize = 200;

/// Names that lead to names.
const MAX_STEPS: usize = 8;

/// The local values of a module, which may stand in any of its files.
#[derive(Default)]
pub(crate) struct Names<'a> {
    /// By name, with the index of the file.
    pub(crate) locals: BTreeMap<&'a str, (usize, &'a Expression)>,
    /// The text of each file, and how many bytes stand before what was parsed of it.
    pub(crate) files: Vec<(&'a str, usize)>,
}

/// A file of HCL. Places in what was parsed are `base` bytes further in the file.
#[derive(Clone, Copy)]
pub(crate) struct Text<'a> {
    pub(crate) file: &'a str,
    pub(crate) index: usize,
    base: usize,
    names: &'a Names<'a>,
    left: &'a Cell<usize>,
}

/// How often names may still be followed.
pub(crate) fn allowance() -> Cell<usize> {
    Cell::new(MAX_LOCALS)
}

impl<'a> Text<'a> {
    /// One file of a module.
    pub(crate) fn new(names: &'a Names<'a>, index: usize, left: &'a Cell<usize>) -> Self {
        let (file, base) = names.files.get(index).copied().unwrap_or_default();
        Self {
            file,
            index,
            base,
            names,
            left,
        }
    }

    /// Another file of the module.
    pub(crate) fn of(&self, index: usize) -> Self {
        Self::new(self.names, index, self.left)
    }

    /// What a local value stands for, and what stands in brackets; with the file that it stands in.
    pub(crate) fn resolve(&self, expression: &'a Expression) -> (Self, &'a Expression) {
        let (mut text, mut expression) = (*self, expression);
        for _ in 0..MAX_STEPS {
            expression = match expression {
                Expression::Parenthesis(inner) => inner.inner(),
                // As everything was written before Terraform 0.12.
                Expression::StringTemplate(template) => match only(template) {
                    Some(inner) => inner,
                    None => break,
                },
                Expression::Traversal(traversal) => match self.local(traversal) {
                    Some((index, found)) => {
                        text = self.of(index);
                        found
                    }
                    None => break,
                },
                _ => break,
            };
        }
        (text, expression)
    }

    /// What `local.name` stands for, or a part of it as in `local.name.part["other"]`.
    fn local(&self, traversal: &'a Traversal) -> Option<(usize, &'a Expression)> {
        let mut steps = path(traversal, "local")?.into_iter();
        let (index, mut found) = self.names.locals.get(steps.next()?.as_str()).copied()?;
        for step in steps {
            while let Expression::Parenthesis(inner) = found {
                found = inner.inner();
            }
            let Expression::Object(object) = found else {
                return None;
            };
            let (_, value) = object.iter().find(|(key, _)| key_is(key, &step))?;
            found = value.expr();
        }
        Some((index, found))
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
    pub(crate) fn value(&self, expression: &'a Expression, steps: usize) -> Node {
        let span = self.span(expression);
        let value = match expression {
            Expression::Traversal(_) if steps > 0 && self.left.get() > 0 => {
                let (text, resolved) = self.resolve(expression);
                if !std::ptr::eq(resolved, expression) {
                    self.left.set(self.left.get() - 1);
                    let mut node = text.value(resolved, steps - 1);
                    if text.index != self.index {
                        // The other file cannot be pointed into.
                        place(&mut node, span);
                    }
                    return node;
                }
                self.open(span)
            }
            Expression::FuncCall(call) => calls::call(self, call, span, steps),
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
            other => match self.string_of(other, steps) {
                Some(text) => Value::String(text.text().to_owned()),
                None => self.open(span),
            },
        };
        Node { span, value }
    }

    /// What stands for a value that is not known.
    pub(crate) fn open(&self, span: Span) -> Value {
        Value::String(placeholder(span.of(self.file)))
    }

    fn member(&self, key: &'a ObjectKey, value: &'a Expression, steps: usize) -> Member {
        let key_span = self.span(key);
        let name = match key {
            ObjectKey::Ident(name) => name.value().to_string(),
            ObjectKey::Expression(key) => {
                let key = self.value(key, steps);
                plain(&key).unwrap_or_else(|| placeholder(key_span.of(self.file)))
            }
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
    pub(crate) fn string(&self, expression: &'a Expression) -> Option<Mapped> {
        self.string_of(expression, MAX_STEPS)
    }

    fn string_of(&self, expression: &'a Expression, steps: usize) -> Option<Mapped> {
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
                self.template(template, Style::Template, steps, &mut mapped)?;
            }
            Expression::HeredocTemplate(heredoc) => {
                self.template(&heredoc.template, Style::Heredoc, steps, &mut mapped)?;
            }
            Expression::Parenthesis(inner) => return self.string_of(inner.inner(), steps),
            _ => return None,
        }
        Some(mapped)
    }

    fn template(
        &self,
        template: &'a Template,
        style: Style,
        steps: usize,
        into: &mut Mapped,
    ) -> Option<()> {
        for element in template {
            let span = self.span(element);
            match element {
                Element::Literal(text) => {
                    align::align(self.file, span, text.value(), style, into);
                }
                Element::Interpolation(inner) => {
                    let value = self.value(&inner.expr, steps);
                    let text = plain(&value).unwrap_or_else(|| {
                        let written = self.span(&inner.expr).of(self.file);
                        placeholder(written)
                    });
                    into.push_for(&text, span);
                }
                Element::Directive(_) => return None,
            }
        }
        Some(())
    }
}

/// What stands in `"${…}"`.
fn only(template: &StringTemplate) -> Option<&Expression> {
    let mut elements = template.iter();
    match (elements.next(), elements.next()) {
        (Some(Element::Interpolation(inner)), None) => Some(&inner.expr),
        _ => None,
    }
}

/// The text that a value becomes in a string.
pub(crate) fn plain(node: &Node) -> Option<String> {
    match &node.value {
        Value::String(text) | Value::Number(text) => Some(text.clone()),
        Value::Bool(value) => Some(value.to_string()),
        _ => None,
    }
}

/// Lets a value and all inside it stand at one place.
fn place(node: &mut Node, span: Span) {
    node.span = span;
    match &mut node.value {
        Value::Array(items) => items.iter_mut().for_each(|item| place(item, span)),
        Value::Object(members) => members.iter_mut().for_each(|member| {
            member.key_span = span;
            place(&mut member.node, span);
        }),
        _ => {}
    }
}

/// The names behind `root`: `name` and `part` of `local.name["part"]`.
pub(crate) fn path(traversal: &Traversal, root: &str) -> Option<Vec<String>> {
    match &traversal.expr {
        Expression::Variable(name) if name.as_str() == root => {}
        _ => return None,
    }
    let steps = traversal.operators.iter();
    steps
        .map(|step| match step.value() {
            TraversalOperator::GetAttr(name) => Some(Ident::as_str(name).to_owned()),
            TraversalOperator::Index(Expression::String(text)) => Some(text.value().clone()),
            _ => None,
        })
        .collect()
}

/// True for the key of that name.
pub(crate) fn key_is(key: &ObjectKey, name: &str) -> bool {
    match key {
        ObjectKey::Ident(key) => Ident::as_str(key) == name,
        ObjectKey::Expression(Expression::String(text)) => text.value() == name,
        ObjectKey::Expression(_) => false,
    }
}
