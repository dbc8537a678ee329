//! Conditions of a requirements file: simple ones, and JSONata.

use asl::expr::jsonata::{self, Expression, IssueKind, Position, Text};
use asl::{Span, expr};

use super::fields::{Field, kind, text};
use super::problem::{At, Problems, quoted};

/// A condition; expressions without quotes are the usual trap of YAML.
pub(super) fn condition(
    field: &Field<'_>,
    name: &str,
    problems: &mut Problems<'_>,
) -> Option<String> {
    if field.node.is_null() || field.node.members().is_some() {
        let line = problems.line(field.node.span.start);
        let message = format!("`{name}` is a condition, this is {}", kind(field.node));
        let help = format!("quote the value in line {line}: `{name}: '$.total > 100'`");
        problems.error("value-not-quoted", field.at(), message, Some(help));
        return None;
    }
    let condition = text(field, problems)?;
    if condition.trim().is_empty() {
        let message = format!("`{name}` is empty");
        problems.error(
            "value-wrong-length",
            field.at(),
            message,
            Some("say what has to hold".to_owned()),
        );
        return None;
    }
    if let Some(wrong) = wrong(&condition) {
        let raw = problems
            .text()
            .get(field.node.span.start..field.node.span.end)
            .unwrap_or_default();
        let start = field.node.span.start;
        let span = expr::in_source(raw, &condition, wrong.span).map_or(field.node.span, |span| {
            Span::new(start + span.start, start + span.end)
        });
        let at = At {
            pointer: &field.pointer,
            span,
        };
        let message = format!(
            "`{name}` is no condition: {}: {}",
            quoted(&condition),
            wrong.message
        );
        let help = wrong.help.unwrap_or_else(|| {
            "write a comparison such as `$.total > 100`, or JSONata that gives true or false"
                .to_owned()
        });
        problems.error("condition-not-readable", at, message, Some(help));
        return None;
    }
    Some(condition)
}

/// The first thing because of which AWS would take no such condition, or fail on it.
fn wrong(condition: &str) -> Option<expr::Error> {
    match jsonata::read(condition.trim()) {
        Text::Expression(expression) => {
            let lead = condition.len() - condition.trim_start().len();
            let issues = expression.issues(Position::Before);
            issues
                .into_iter()
                .next()
                .map(|issue| moved(issue.error, lead))
        }
        Text::Delimiters(error) => Some(error),
        Text::Plain | Text::Padded if crate::compose::is_comparison(condition) => None,
        Text::Plain | Text::Padded => bare(condition, &jsonata::parse(condition)),
    }
}

/// Without delimiters `$.total` stands for the data; a name without it stands for nothing.
fn bare(condition: &str, expression: &Expression<'_>) -> Option<expr::Error> {
    let is_path = |span: Span| {
        condition
            .get(span.end..)
            .is_some_and(|rest| rest.starts_with('.'))
    };
    expression
        .issues(Position::Before)
        .into_iter()
        .find(|issue| issue.kind != IssueKind::NoContext || !is_path(issue.error.span))
        .map(|issue| {
            let mut error = issue.error;
            let name = condition.get(error.span.start..error.span.end);
            if let (IssueKind::NoContext, Some(name)) = (issue.kind, name)
                && name.starts_with(|first: char| first.is_alphabetic())
            {
                error.help = Some(format!(
                    "write `$.{name}` for data of the workflow, or `'{name}'` for a text"
                ));
            }
            error
        })
}

fn moved(mut error: expr::Error, by: usize) -> expr::Error {
    error.span = Span::new(error.span.start + by, error.span.end + by);
    error
}
