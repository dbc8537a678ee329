//! What is wrong with the control flow of a machine.
//!
//! What AWS refuses and how it says so: validations that others measured (localstack/localstack#11978, floci-io/floci#2735
//! and #2786, aws-cloudformation/cfn-lint#3616, #4073, #4074), 2026-11-22.

mod flow;

use crate::{
    EdgeKind, Machine, Node, Problem, Scope, ScopeKind, Span, State, StateKind, nearest,
    pointer_push, problem::quoted,
};
pub(crate) use flow::has_unread_transitions;
use flow::{Flow, Guesses, Link};

/// Problems that get a proposal: looking for it costs a comparison with every name.
const MAX_PROPOSALS: usize = 20;

/// Checks all scopes. Where the model is `partial`, what is missing may be in the part that was not read.
pub(crate) fn check(machine: &Machine, partial: bool) -> Vec<Problem> {
    let places = places(&machine.scope);
    let mut check = Check {
        homes: homes(&places),
        proposals: 0,
        problems: Vec::new(),
    };
    check.names();
    if !partial {
        for place in &places {
            check.scope(*place);
        }
    }
    check.problems
}

/// A scope, and the state that it is in.
#[derive(Clone, Copy)]
struct Place<'a> {
    scope: &'a Scope,
    state: Option<&'a State>,
}

impl Place<'_> {
    /// " of …", to speak of a part of the scope; empty for the machine.
    fn owner(&self) -> String {
        let Some(state) = self.state else {
            return String::new();
        };
        let name = quoted(&state.name.value);
        match self.scope.kind {
            ScopeKind::Branch(index) => format!(" of branch {} of state {name}", index + 1),
            _ => format!(" of the processor of state {name}"),
        }
    }
}

/// The scope and all scopes inside it.
fn places(root: &Scope) -> Vec<Place<'_>> {
    let mut places = vec![Place {
        scope: root,
        state: None,
    }];
    let mut next = 0;
    while let Some(place) = places.get(next).copied() {
        next += 1;
        for state in &place.scope.states {
            places.extend(state.scopes().iter().map(|scope| Place {
                scope,
                state: Some(state),
            }));
        }
    }
    places
}

/// A state, and the pointer of its scope.
type Home<'a> = (&'a State, &'a str);

/// All states by name, those of one name in the order of the text.
fn homes<'a>(places: &[Place<'a>]) -> Vec<Home<'a>> {
    let mut homes: Vec<Home<'_>> = Vec::new();
    for place in places {
        let pointer = place.scope.pointer.as_str();
        homes.extend(place.scope.states.iter().map(|state| (state, pointer)));
    }
    homes.sort_by_key(|(state, _)| (state.name.value.as_str(), state.name.span.start));
    homes
}

struct Check<'a> {
    homes: Vec<Home<'a>>,
    proposals: usize,
    problems: Vec<Problem>,
}

impl Check<'_> {
    /// Reports the names that are used in more than one scope. Twice in the same scope is a duplicate key.
    fn names(&mut self) {
        let same_name = |left: &Home<'_>, right: &Home<'_>| left.0.name.value == right.0.name.value;
        for group in self.homes.chunk_by(same_name) {
            let Some((_, home)) = group.first() else {
                continue;
            };
            for (state, _) in group.iter().filter(|(_, scope)| scope != home) {
                let name = quoted(&state.name.value);
                let message = format!("there is another state {name} in another scope");
                self.problems.push(
                    Problem::error("duplicate-state-name", state.name.span, message)
                        .aws("DUPLICATE_STATE_NAME")
                        .at(&*state.pointer)
                        .help("names are unique in the whole machine: rename one of the two"),
                );
            }
        }
    }

    fn exists(&self, name: &str) -> bool {
        let search = self
            .homes
            .binary_search_by_key(&name, |(state, _)| &state.name.value);
        search.is_ok()
    }

    fn scope(&mut self, place: Place<'_>) {
        let scope = place.scope;
        if scope.states.is_empty() {
            return;
        }
        let flow = Flow::of(scope);
        let mut guesses = self.start(place, &flow);
        let mut complete = true;
        for state in &scope.states {
            complete &= self.transitions_present(state);
        }
        for link in flow.links.iter().filter(|link| link.to.is_none()) {
            if let Some(guess) = self.target(link, &flow) {
                guesses.push((Some(link.from), guess));
            }
        }
        let ends = |state: &State| state.is_terminal() || (state.end.is_none() && state.has("End"));
        let has_end = scope.states.iter().any(ends);
        if !has_end && complete && !flow.states_open {
            self.no_end(place);
        } else if !flow.targets_open {
            // As on AWS, a scope without end is not searched.
            for state in flow.unreachable(&guesses) {
                self.unreachable(state);
            }
        }
    }

    fn start(&mut self, place: Place<'_>, flow: &Flow<'_>) -> Guesses {
        let scope = place.scope;
        let start = scope.start_at.as_ref();
        let Some(start) = start.filter(|start| flow.is_missing(&start.value)) else {
            return Vec::new();
        };
        let message = format!(
            "`StartAt`{} names {}, which does not exist in this scope",
            place.owner(),
            quoted(&start.value)
        );
        let problem = Problem::error("start-at-target-missing", start.span, message)
            .aws("MISSING_TRANSITION_TARGET")
            .at(pointer_push(&scope.pointer, "StartAt"));
        let guess = self.propose(problem, &start.value, flow, None);
        guess.map(|guess| (None, guess)).into_iter().collect()
    }

    /// Reports a target that does not exist. Returns the state that was probably meant.
    fn target(&mut self, link: &Link<'_>, flow: &Flow<'_>) -> Option<usize> {
        let name = &link.transition.target.value;
        if !flow.is_missing(name) {
            return None;
        }
        let owner = quoted(&link.state.name.value);
        let kind = link.transition.kind;
        let field = match kind {
            EdgeKind::Next => format!("`Next` of state {owner}"),
            EdgeKind::Default => format!("`Default` of state {owner}"),
            EdgeKind::Rule(index) => format!("`Next` of rule {} of state {owner}", index + 1),
            EdgeKind::Catch(index) => format!("`Next` of catcher {} of state {owner}", index + 1),
        };
        let message = format!(
            "{field} names {}, which does not exist in this scope",
            quoted(name)
        );
        let span = link.transition.target.span;
        let problem = Problem::error("transition-target-missing", span, message)
            .aws("MISSING_TRANSITION_TARGET")
            .at(target_pointer(link.state, kind));
        self.propose(problem, name, flow, Some(link.from))
    }

    /// Adds the problem with a proposal. Returns the proposed state.
    fn propose(
        &mut self,
        problem: Problem,
        name: &str,
        flow: &Flow<'_>,
        from: Option<usize>,
    ) -> Option<usize> {
        self.proposals += 1;
        if self.exists(name) {
            let help = format!(
                "{} is in another scope; a transition cannot leave its branch or processor, nor enter one",
                quoted(name)
            );
            self.problems.push(problem.help(help));
            return None;
        }
        if self.proposals > MAX_PROPOSALS {
            self.problems.push(problem);
            return None;
        }
        // Of all states, the one that the transition leaves is the least likely to be meant.
        let others = flow.scope.states.iter().enumerate();
        let others = others.filter(|(index, _)| Some(*index) != from);
        let near = nearest(name, others.map(|(_, state)| state.name.value.as_str()));
        let mut guess = near.and_then(|near| flow.find(near));
        if guess.is_none() && from.is_none() {
            guess = flow.only_unnamed();
        }
        let meant = guess.and_then(|guess| flow.scope.states.get(guess));
        self.problems
            .push(problem.did_you_mean(meant.map(|state| state.name.value.as_str())));
        guess
    }

    /// Reports missing and doubled transitions. False where the state may be meant to be an end.
    fn transitions_present(&mut self, state: &State) -> bool {
        let before = self.problems.len();
        match &state.kind {
            StateKind::Succeed | StateKind::Fail => {}
            StateKind::Unknown => return false,
            StateKind::Choice { rules, .. } => {
                for (index, rule) in rules.iter().enumerate() {
                    self.next_of("rule", index, &rule.node, &rule.pointer, state);
                }
            }
            _ => self.next_or_end(state),
        }
        for (index, catcher) in state.catch.iter().enumerate() {
            self.next_of("catcher", index, &catcher.node, &catcher.pointer, state);
        }
        self.problems.len() == before
    }

    /// A rule or a catcher has a `Next`.
    fn next_of(&mut self, part: &str, index: usize, node: &Node, pointer: &str, state: &State) {
        let members = node.members().unwrap_or_default();
        let is_open = members.iter().any(|member| member.key.contains("${"));
        if node.get("Next").is_none() && !is_open {
            let name = quoted(&state.name.value);
            let message = format!("{part} {} of state {name} has no `Next`", index + 1);
            let start = Span::new(node.span.start, node.span.start + 1);
            self.problems.push(
                Problem::error("transition-missing", start, message)
                    .aws("SCHEMA_VALIDATION_FAILED")
                    .at(pointer),
            );
        }
    }

    fn next_or_end(&mut self, state: &State) {
        let has_next = state.has("Next");
        if has_next != state.end.as_ref().is_some_and(|end| end.value) {
            return;
        }
        let name = quoted(&state.name.value);
        let place = (state.name.span, state.pointer.clone());
        let (id, message, (span, pointer)) = match &state.end {
            Some(end) if end.value && state.next.is_some() => (
                "next-and-end",
                format!("state {name} has both `Next` and `End`"),
                place,
            ),
            Some(end) if !end.value && !has_next => (
                "transition-missing",
                format!("state {name} neither ends nor has a `Next`"),
                (end.span, pointer_push(&state.pointer, "End")),
            ),
            // An `End` that is filled in at deployment is there, too.
            None if !has_next && !state.has("End") => (
                "transition-missing",
                format!("state {name} has neither `Next` nor `\"End\": true`"),
                place,
            ),
            _ => return,
        };
        let problem = Problem::error(id, span, message);
        self.problems
            .push(problem.aws("SCHEMA_VALIDATION_FAILED").at(pointer));
    }

    fn no_end(&mut self, place: Place<'_>) {
        const ID: &str = "no-terminal-state";
        const HELP: &str = "set `\"End\": true` on a state, or add a Succeed or a Fail";
        let scope = place.scope;
        let span = Span::new(scope.span.start, scope.span.start + 1);
        let problem = match place.owner().as_str() {
            "" => Problem::error(ID, span, "no state ends the machine").aws("MISSING_END_STATE"),
            owner => {
                let message = format!("no state{owner} ends it: it runs for ever");
                Problem::error(ID, span, message).aws("MISSING_END_STATE")
            }
        };
        self.problems.push(
            problem
                .at(pointer_push(&scope.pointer, "States"))
                .help(HELP),
        );
    }

    fn unreachable(&mut self, state: &State) {
        let message = format!("nothing leads to state {}", quoted(&state.name.value));
        self.problems.push(
            Problem::error("state-unreachable", state.name.span, message)
                .aws("MISSING_TRANSITION_TARGET")
                .at(&*state.pointer)
                .help("remove it, or let a transition of this scope name it"),
        );
    }
}

fn target_pointer(state: &State, kind: EdgeKind) -> String {
    let (object, field) = match (kind, &state.kind) {
        (EdgeKind::Default, _) => (Some(&state.pointer), "Default"),
        (EdgeKind::Rule(index), StateKind::Choice { rules, .. }) => {
            (rules.get(index).map(|rule| &rule.pointer), "Next")
        }
        (EdgeKind::Catch(index), _) => {
            let catcher = state.catch.get(index);
            (catcher.map(|catcher| &catcher.pointer), "Next")
        }
        _ => (Some(&state.pointer), "Next"),
    };
    pointer_push(object.unwrap_or(&state.pointer), field)
}
