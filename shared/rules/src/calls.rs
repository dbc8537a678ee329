//! What Tasks call, held against the catalogue of AWS services; each rule tells a part of it.

use asl::{Definition, Node, Span, State, StateKind, Value, pointer_push};
use catalogue::{Argument, Certainty, Place, Problem, ProblemKind, Resource};
use findings::{Confidence, Fix, FixKind, Location, Safety, Severity, TextEdit};

use crate::{Subject, Verdict};

/// Something wrong with a call, and where.
pub(crate) struct Flaw {
    pub(crate) problem: Problem,
    pointer: String,
    span: Span,
    state: String,
    edit: Option<TextEdit>,
}

/// All of them, in the order of the text of their states.
pub(crate) fn flaws(definition: &Definition) -> Vec<Flaw> {
    let mut flaws = Vec::new();
    for state in definition.states() {
        if let StateKind::Task(_) = &state.kind
            && let Some(node) = state.field("Resource")
            && let Some(text) = node.as_str()
        {
            let task = Task { definition, state };
            match Resource::parse(text) {
                Err(problem) => flaws.extend(task.in_resource(node, problem)),
                Ok(resource) => task.judge(node, &resource, &mut flaws),
            }
        }
    }
    flaws
}

struct Task<'a> {
    definition: &'a Definition,
    state: &'a State,
}

impl Task<'_> {
    fn judge(&self, node: &Node, resource: &Resource, flaws: &mut Vec<Flaw>) {
        // What Express cannot do is a rule of its own.
        let problems = resource.problems(false).into_iter();
        flaws.extend(problems.filter_map(|problem| self.in_resource(node, problem)));
        for field in ["Parameters", "Arguments"] {
            let Some(given) = self.state.field(field) else {
                continue;
            };
            let problems = resource.argument_problems(&argument(given));
            let pointer = pointer_push(&self.state.pointer, field);
            flaws.extend(
                problems
                    .into_iter()
                    .filter_map(|problem| self.in_argument(given, &pointer, problem)),
            );
        }
        let errors = self.state.retry.iter().map(|it| (&it.pointer, &it.errors));
        let caught = self.state.catch.iter().map(|it| (&it.pointer, &it.errors));
        for (pointer, errors) in errors.chain(caught) {
            for (index, error) in errors.iter().enumerate() {
                let Some(problem) = resource.error_problem(&error.value) else {
                    continue;
                };
                let pointer = format!("{pointer}/ErrorEquals/{index}");
                flaws.push(self.flaw(problem, pointer, error.span, error.span));
            }
        }
    }

    fn in_resource(&self, node: &Node, problem: Problem) -> Option<Flaw> {
        let Place::Resource(range) = &problem.place else {
            return None;
        };
        // Behind the quote, where the text is written as it is read.
        let inner = Span::new(
            node.span.start + 1 + range.start,
            node.span.start + 1 + range.end,
        );
        let text = node.as_str()?;
        let plain = inner.of(&self.definition.text) == text.get(range.clone())?;
        let span = if plain && range.start < range.end {
            inner
        } else {
            node.span
        };
        let pointer = pointer_push(&self.state.pointer, "Resource");
        let mut flaw = self.flaw(problem, pointer, span, span);
        if span == node.span {
            flaw.edit = None;
        }
        Some(flaw)
    }

    fn in_argument(&self, given: &Node, pointer: &str, problem: Problem) -> Option<Flaw> {
        let Place::Argument(place) = &problem.place else {
            return None;
        };
        let in_key = matches!(
            problem.kind,
            ProblemKind::UnknownParameter { .. } | ProblemKind::ParameterCasing { .. }
        );
        let span = find(given, place, in_key)?;
        let first = Span::new(span.start, span.end.min(span.start + 1));
        let missing = matches!(problem.kind, ProblemKind::MissingParameter(_));
        let shown = if missing { first } else { span };
        let whole = format!("{pointer}{place}");
        let mut flaw = self.flaw(problem, whole, shown, span);
        if !in_key {
            flaw.edit = None;
        }
        Some(flaw)
    }

    /// `written` is a string with its quotes, or the part of one that the replacement takes the place of.
    fn flaw(&self, problem: Problem, pointer: String, span: Span, written: Span) -> Flaw {
        let quoted = written.of(&self.definition.text).starts_with('"');
        let edit = problem.replacement.as_ref().map(|text| TextEdit {
            start: written.start,
            end: written.end,
            text: if quoted {
                format!("\"{text}\"")
            } else {
                text.clone()
            },
        });
        Flaw {
            problem,
            pointer,
            span,
            state: self.state.name.value.clone(),
            // Elsewhere the same text may be written in other ways.
            edit: edit.filter(|_| self.definition.editable),
        }
    }
}

/// The place of a JSON pointer below a node: of the value, or of its key.
fn find(node: &Node, pointer: &str, key: bool) -> Option<Span> {
    let (mut node, mut span) = (node, node.span);
    for token in pointer.split('/').skip(1) {
        let token = token.replace("~1", "/").replace("~0", "~");
        match &node.value {
            Value::Object(members) => {
                let member = members.iter().find(|member| member.key == token)?;
                node = &member.node;
                span = if key { member.key_span } else { node.span };
            }
            Value::Array(items) => {
                node = items.get(token.parse::<usize>().ok()?)?;
                span = node.span;
            }
            _ => return None,
        }
    }
    Some(span)
}

fn argument(node: &Node) -> Argument<'_> {
    match &node.value {
        Value::Null => Argument::Null,
        Value::Bool(_) => Argument::Boolean,
        Value::Number(_) => Argument::Number,
        Value::String(text) => Argument::String(text),
        Value::Array(items) => Argument::Array(items.iter().map(argument).collect()),
        Value::Object(members) => Argument::Object(
            members
                .iter()
                .map(|member| (member.key.as_str(), argument(&member.node)))
                .collect(),
        ),
    }
}

/// Tells the flaws of some kinds.
pub(crate) fn report(
    subject: &Subject<'_>,
    verdict: &mut Verdict,
    is_mine: fn(&ProblemKind) -> bool,
    why: &str,
) {
    if subject.assessable(verdict).is_none() {
        return;
    }
    for flaw in subject
        .flaws()
        .iter()
        .filter(|flaw| is_mine(&flaw.problem.kind))
    {
        let problem = &flaw.problem;
        let mut finding = verdict.draft(format!("{problem}"));
        finding.confidence = match problem.certainty {
            Certainty::Certain => Confidence::High,
            Certainty::Probable => Confidence::Medium,
        };
        if matches!(
            problem.kind,
            ProblemKind::UnlistedService(_) | ProblemKind::WrongType { .. }
        ) {
            finding.severity = Severity::Medium;
        }
        finding.location = Location {
            state: Some(flaw.state.clone()),
            ..subject.at(&flaw.pointer, flaw.span, "")
        };
        why.clone_into(&mut finding.why);
        finding.action = match (&problem.replacement, &problem.kind) {
            (Some(text), _) => format!("write `{text}`"),
            (None, ProblemKind::MissingParameter(name)) => format!("add `{name}`"),
            (None, _) => "compare it with the API reference of the service".to_owned(),
        };
        finding.fix = Some(fix(flaw, &finding.action));
        finding.fingerprint = subject.fingerprint(
            &finding.rule,
            &[&flaw.state, &format!("{:?}", problem.kind)],
        );
        verdict.report(finding);
    }
}

/// An edit where the right text is known, else a step for a person.
fn fix(flaw: &Flaw, action: &str) -> Fix {
    let (safety, kind) = match &flaw.edit {
        Some(edit) => (Safety::Review, FixKind::Edits(vec![edit.clone()])),
        None => (
            Safety::Manual,
            FixKind::Steps(vec![format!("in state `{}`: {action}", flaw.state)]),
        ),
    };
    Fix {
        title: action.to_owned(),
        safety,
        kind,
    }
}
