//! What Tasks call, held against the catalogue of AWS services; each rule tells a part of it.

use asl::{Definition, Node, Span, State, StateKind, Value, pointer_push};
use catalogue::{Argument, Certainty, Place, Problem, ProblemKind, Resource};
use findings::{Confidence, Fix, Location, Severity, TextEdit};

use crate::{Subject, Verdict, fixing};

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
                flaws.push(self.flaw(problem, pointer, error.span, (error.span, &error.value)));
            }
        }
    }

    fn in_resource(&self, node: &Node, problem: Problem) -> Option<Flaw> {
        let Place::Resource(range) = &problem.place else {
            return None;
        };
        let (text, file) = (node.as_str()?, &self.definition.text);
        let part = text.get(range.clone())?;
        // Where the text is written as it is read: without quotes, behind one, or behind one with a backslash.
        let starts = (0..=2).map(|quotes| node.span.start + quotes);
        let mut alike =
            starts.filter(|start| Span::new(*start, start + text.len()).of(file) == text);
        let inner = alike
            .next()
            .map(|start| Span::new(start + range.start, start + range.end));
        let span = inner.filter(|_| !part.is_empty()).unwrap_or(node.span);
        let pointer = pointer_push(&self.state.pointer, "Resource");
        let part = part.to_owned();
        Some(self.flaw(problem, pointer, span, (span, &part)))
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
        let name = whole.rsplit('/').next().unwrap_or_default().to_owned();
        let mut flaw = self.flaw(problem, whole, shown, (span, &name));
        if !in_key {
            flaw.edit = None;
        }
        Some(flaw)
    }

    /// `written` is where the name stands that the replacement takes the place of, and the name.
    fn flaw(&self, problem: Problem, pointer: String, span: Span, written: (Span, &str)) -> Flaw {
        let edit = problem
            .replacement
            .as_ref()
            .and_then(|new| fixing::rename(self.definition, written.0, written.1, new));
        Flaw {
            problem,
            pointer,
            span,
            state: self.state.name.value.clone(),
            edit,
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

/// An edit where the right text is known and can be written, else a step for a person.
fn fix(flaw: &Flaw, action: &str) -> Fix {
    if let Some(edit) = &flaw.edit {
        return Fix::edits(action, vec![edit.clone()]).mechanical();
    }
    let steps = fixing::steps(action, [format!("in state `{}`: {action}", flaw.state)]);
    match flaw.problem.replacement {
        Some(_) => steps.mechanical(),
        None => steps,
    }
}
