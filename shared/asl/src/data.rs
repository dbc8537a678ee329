//! Expressions where they stand: paths, payload templates, intrinsic functions, JSONata, and the variables that they read.

mod jsonata;
mod paths;
mod templates;
mod variables;

use std::borrow::Cow;

use crate::expr::{self, in_source, path::Path};
use crate::{
    Machine, Node, Pattern, Problem, QueryLanguage, Resource, Scope, Span, State, StateKind,
    pointer_push,
};
use variables::Variables;

/// Checks the expressions of all states. `text` is what the machine was read from.
pub(crate) fn check(machine: &Machine, text: &str) -> Vec<Problem> {
    let mut data = Data {
        text,
        problems: Vec::new(),
        told: expr::Told::default(),
        variables: Variables::default(),
    };
    data.scope(&machine.scope, false);
    let Data {
        mut problems,
        variables,
        ..
    } = data;
    variables.check(&machine.scope, text, &mut problems);
    problems
}

struct Data<'a> {
    text: &'a str,
    problems: Vec<Problem>,
    told: expr::Told,
    variables: Variables<'a>,
}

/// Where a value stands.
struct At<'a> {
    state: &'a State,
    /// Names of the members on the way from the state to the value.
    names: Vec<Cow<'a, str>>,
    /// What of the Context Object can be seen.
    context: expr::context::Place,
}

impl<'a> At<'a> {
    fn new(state: &'a State, in_map: bool) -> Self {
        let task = match &state.kind {
            StateKind::Task(task) => task.resource.as_ref().map(|it| match &it.value {
                Resource::Integration { pattern, .. } => *pattern,
                Resource::Lambda(_) => Pattern::RequestResponse,
                // Workers of an activity get a token; what is filled in later may wait.
                Resource::Activity(_) | Resource::Other(_) => Pattern::WaitForTaskToken,
            }),
            _ => None,
        };
        Self {
            state,
            names: Vec::new(),
            context: expr::context::Place {
                item_selector: false,
                item_processor: in_map,
                task,
            },
        }
    }

    fn pointer(&self) -> String {
        let start = self.state.pointer.clone();
        self.names
            .iter()
            .fold(start, |pointer, name| pointer_push(&pointer, name))
    }
}

impl<'a> Data<'a> {
    fn scope(&mut self, scope: &'a Scope, in_map: bool) {
        for state in &scope.states {
            self.state(state, in_map);
            let in_map = in_map || matches!(state.kind, StateKind::Map(_));
            for inner in state.scopes() {
                self.scope(inner, in_map);
            }
        }
    }

    fn state(&mut self, state: &'a State, in_map: bool) {
        let mut at = At::new(state, in_map);
        for member in &state.fields {
            at.names.push(Cow::Borrowed(&member.key));
            at.context.item_selector = matches!(state.kind, StateKind::Map(_))
                && ["ItemSelector", "Parameters"].contains(&member.key.as_str());
            match state.query_language {
                QueryLanguage::Jsonata => self.evaluated(&mut at, &member.node),
                QueryLanguage::JsonPath => self.member(&mut at, member),
            }
            at.names.pop();
        }
        self.assigned(state);
        if is_unread(state) {
            self.variables.open();
        }
    }

    /// What the state assigns, on each way that leaves it.
    fn assigned(&mut self, state: &'a State) {
        if let Some(assign) = state.field("Assign") {
            self.variables
                .assign(state, &["Assign"], assign, &mut self.problems);
        }
        let parts = [
            ("Catch", state.field("Catch")),
            ("Choices", state.field("Choices")),
        ];
        for (list, node) in parts {
            for (index, item) in node
                .and_then(Node::items)
                .unwrap_or_default()
                .iter()
                .enumerate()
            {
                if let Some(assign) = item.get("Assign") {
                    let index = index.to_string();
                    let names = [list, index.as_str(), "Assign"];
                    self.variables
                        .assign(state, &names, assign, &mut self.problems);
                }
            }
        }
    }

    /// A problem with a part of a string, unless enough is told of that string.
    fn problem(
        &mut self,
        at: &At<'_>,
        node: &Node,
        (id, error): (&'static str, expr::Error),
    ) -> Option<&mut Problem> {
        if !self.told.more(node.span.start) {
            return None;
        }
        let span = place(self.text, node, error.span);
        let problem = Problem {
            help: error.help,
            ..Problem::error(id, span, error.message).at(at.pointer())
        };
        Some(self.problems.push_mut(problem))
    }

    /// What a path reads: a variable, or the Context Object.
    fn reads(&mut self, at: &At<'a>, node: &'a Node, path: &Path<'a>) {
        use expr::path::Root;
        for path in std::iter::once(path).chain(path.inner()) {
            match path.root {
                Root::Variable(name) => self.variables.read(at, node, name, path.root_span, false),
                Root::Context if !path.has_placeholder => {
                    let names: Vec<&str> = path.fields().collect();
                    self.context(at, node, &names, path.span);
                }
                _ => {}
            }
        }
    }

    fn context(&mut self, at: &At<'_>, node: &Node, names: &[&str], span: Span) {
        use expr::context::{Lookup, lookup};
        if self.told.is_enough(node.span.start) {
            return;
        }
        let told = match lookup(names, at.context) {
            Lookup::Unknown { name, nearest } => {
                let message = format!("the Context Object has no field `{name}` here");
                let help = nearest.map(|name| format!("did you mean `{name}`?"));
                ("context-field-unknown", message, help)
            }
            // The states of an inline Map were seen to read the item.
            Lookup::NotHere(_) if at.context.item_processor && names.first() == Some(&"Map") => {
                return;
            }
            Lookup::NotHere(where_it_is) => (
                "context-field-not-here",
                "the Context Object does not have this field here".to_owned(),
                Some(where_it_is.to_owned()),
            ),
            Lookup::Known | Lookup::Sometimes(_) => return,
        };
        let (id, message, help) = told;
        let error = expr::Error {
            span,
            message,
            help,
        };
        if let Some(problem) = self.problem(at, node, (id, error)) {
            problem.level = crate::Level::Warning;
        }
    }
}

/// The place of a part of a string in the text; of the whole string, where that is not known.
fn place(text: &str, node: &Node, part: Span) -> Span {
    let raw = node.span.of(text);
    let found = node.as_str().and_then(|text| in_source(raw, text, part));
    match found {
        // Something that is missing has no width; the character beside it shows the place.
        Some(found) if found.start < found.end => {
            Span::new(node.span.start + found.start, node.span.start + found.end)
        }
        _ => node.span,
    }
}

/// True where a part of a state is filled in that may assign any variable, or lead anywhere.
fn is_unread(state: &State) -> bool {
    let is_open = |name: &str| state.field(name).is_some_and(Node::is_open);
    let nothing = state.fields.is_empty() && state.scopes().is_empty();
    let members = state.fields.iter();
    nothing
        || ["Choices", "Catch"].into_iter().any(is_open)
        || members.into_iter().any(|member| member.key.contains("${"))
}

/// The values inside of a value, each with its name.
fn inside(node: &Node) -> impl Iterator<Item = (Cow<'_, str>, &Node)> {
    let members = node.members().unwrap_or_default().iter();
    let items = node.items().unwrap_or_default().iter().enumerate();
    members
        .map(|member| (Cow::Borrowed(member.key.as_str()), &member.node))
        .chain(items.map(|(index, item)| (Cow::Owned(index.to_string()), item)))
}
