//! What is known of the names and transitions of a scope.

use crate::{
    Scope, State, StateKind,
    graph::{Names, Transition, transitions},
    paths,
};

/// A transition, and where it leads.
#[derive(Clone, Copy)]
pub(super) struct Link<'a> {
    pub(super) from: usize,
    pub(super) state: &'a State,
    pub(super) transition: Transition<'a>,
    pub(super) to: Option<usize>,
}

/// The control flow of a scope, parts of which may be filled in at deployment.
pub(super) struct Flow<'a> {
    pub(super) scope: &'a Scope,
    names: Names<'a>,
    pub(super) links: Vec<Link<'a>>,
    /// There may be states that are not written here.
    pub(super) states_open: bool,
    /// There may be transitions that are not written here.
    pub(super) targets_open: bool,
}

/// Wrong targets with the states that were probably meant: from a state, or from `StartAt`.
pub(super) type Guesses = Vec<(Option<usize>, usize)>;

impl<'a> Flow<'a> {
    pub(super) fn of(scope: &'a Scope) -> Self {
        let is_open = |text: &str| text.contains("${");
        let names = Names::of(scope);
        let mut links = Vec::with_capacity(scope.states.len() * 2);
        for (from, state) in scope.states.iter().enumerate() {
            links.extend(transitions(state).map(|transition| Link {
                from,
                state,
                transition,
                to: names.find(&transition.target.value),
            }));
        }
        // A state that is filled in has its name; only a name that is filled in may stand for any.
        let states_open = scope.states.iter().any(|state| {
            let name = &state.name.value;
            is_open(name) || is_function(name)
        });
        let start = scope.start_at.as_ref();
        let targets_open = states_open
            || start.is_some_and(|start| is_open(&start.value))
            || links
                .iter()
                .any(|link| link.to.is_none() && is_open(&link.transition.target.value))
            || scope.states.iter().any(has_unread_transitions);
        Self {
            scope,
            names,
            links,
            states_open,
            targets_open,
        }
    }

    pub(super) fn find(&self, name: &str) -> Option<usize> {
        self.names.find(name)
    }

    /// True where a state of this name is not in the scope, and cannot come into it.
    pub(super) fn is_missing(&self, name: &str) -> bool {
        !self.states_open && !name.contains("${") && self.find(name).is_none()
    }

    /// For each state: does another state name it?
    fn named(&self) -> Vec<bool> {
        let mut named = vec![false; self.scope.states.len()];
        for link in self.links.iter().filter(|link| link.to != Some(link.from)) {
            if let Some(to) = link.to {
                paths::visit(&mut named, to);
            }
        }
        named
    }

    /// The only state that no other state names, if it is the only one.
    pub(super) fn only_unnamed(&self) -> Option<usize> {
        let named = self.named();
        let mut unnamed = (0..named.len()).filter(|index| named.get(*index) == Some(&false));
        let only = unnamed.next()?;
        unnamed.next().is_none().then_some(only)
    }

    /// The states that nothing leads to, taking it that wrong targets are corrected as guessed. Like AWS, without those
    /// that only follow such a state.
    pub(super) fn unreachable(&self, guesses: &Guesses) -> Vec<&'a State> {
        let states = &self.scope.states;
        let mut successors = vec![Vec::new(); states.len()];
        let known = self.links.iter().map(|link| (link.from, link.to));
        let corrected = guesses
            .iter()
            .filter_map(|(from, to)| Some(((*from)?, Some(*to))));
        for (from, to) in known.chain(corrected) {
            successors
                .get_mut(from)
                .into_iter()
                .for_each(|list| list.extend(to));
        }
        let from_start = |guess: &&(Option<usize>, usize)| guess.0.is_none();
        let start_at = self.scope.start_at.as_ref();
        let start = start_at.and_then(|start| self.find(&start.value));
        let start = start.or(guesses.iter().find(from_start).map(|guess| guess.1));
        if start.is_none() && start_at.is_none() {
            return Vec::new();
        }
        let named = self.named();
        let mut reached = paths::reachable(&successors, start);
        // Those that no state names come first; what is left then are loops of their own.
        let unnamed = (0..named.len()).filter(|index| named.get(*index) == Some(&false));
        let mut found = Vec::new();
        for index in unnamed.chain(0..named.len()) {
            // The second state of a name cannot be named by anything; it is a duplicate key.
            let first = |state: &&State| self.find(&state.name.value) == Some(index);
            if reached.get(index) == Some(&false) {
                found.extend(states.get(index).filter(first));
                paths::reach(&successors, index, &mut reached);
            }
        }
        found
    }
}

/// True for the functions of CloudFormation, which stand where a name does.
fn is_function(name: &str) -> bool {
    name == "Ref" || name.starts_with("Fn::")
}

/// True where a part of a state that may hold transitions could not be read.
pub(crate) fn has_unread_transitions(state: &State) -> bool {
    let unread = |field: &str, read: usize| {
        let written = state.field(field).map(|node| node.items().map(<[_]>::len));
        written.is_some_and(|count| count != Some(read))
    };
    let own = match &state.kind {
        StateKind::Choice { rules, .. } => unread("Choices", rules.len()),
        // What a state of unknown type means by its members is not known.
        StateKind::Unknown => true,
        _ => state.next.is_none() && state.has("Next"),
    };
    own || unread("Catch", state.catch.len())
}
