//! A definition made ready to be explored: its states and scopes as numbers.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use asl::{Definition, Scope, State};
use jsonata_core::ast::AstNode;

use crate::failure::Failure;

/// Expressions that are longer are taken as computed.
const LONGEST: usize = 4_000;

/// A state and where it is.
#[derive(Debug)]
pub(super) struct Place<'d> {
    pub(super) state: &'d State,
    pub(super) scope: usize,
    /// The scopes in it.
    pub(super) inner: Vec<usize>,
}

/// The states of a scope by name, and the state that it is in.
#[derive(Debug, Default)]
pub(super) struct Names<'d> {
    by_name: HashMap<&'d str, usize>,
    pub(super) owner: Option<usize>,
}

/// All states of a definition, outer before inner.
#[derive(Debug, Default)]
pub(super) struct Plan<'d> {
    pub(super) states: Vec<Place<'d>>,
    pub(super) scopes: Vec<Names<'d>>,
    /// The scope of the machine.
    pub(super) root: Option<&'d Scope>,
    trees: RefCell<BTreeMap<String, Option<Rc<AstNode>>>>,
}

impl<'d> Plan<'d> {
    pub(super) fn of(definition: &'d Definition) -> Self {
        let mut plan = Self {
            root: Some(&definition.machine.scope),
            ..Self::default()
        };
        let mut waiting: Vec<(&Scope, Option<usize>)> = vec![(&definition.machine.scope, None)];
        let mut at = 0;
        while let Some((scope, owner)) = waiting.get(at).copied() {
            let mut by_name = HashMap::new();
            for state in &scope.states {
                let id = plan.states.len();
                by_name.entry(state.name.value.as_str()).or_insert(id);
                let first = waiting.len();
                let inner = state.scopes();
                waiting.extend(inner.iter().map(|scope| (scope, Some(id))));
                plan.states.push(Place {
                    state,
                    scope: at,
                    inner: (first..first + inner.len()).collect(),
                });
            }
            plan.scopes.push(Names { by_name, owner });
            at += 1;
        }
        plan
    }

    pub(super) fn state(&self, id: usize) -> Option<&'d State> {
        self.states.get(id).map(|place| place.state)
    }

    pub(super) fn find(&self, scope: usize, name: &str) -> Option<usize> {
        self.scopes.get(scope)?.by_name.get(name).copied()
    }

    /// The states around a state, the innermost first.
    pub(super) fn around(&self, id: usize) -> Vec<usize> {
        let owner = |id: usize| self.scopes.get(self.states.get(id)?.scope)?.owner;
        std::iter::successors(owner(id), |id| owner(*id)).collect()
    }

    /// A JSONata expression, read once.
    pub(super) fn tree(&self, text: &str) -> Option<Rc<AstNode>> {
        if let Some(known) = self.trees.borrow().get(text) {
            return known.clone();
        }
        let sound = text.len() <= LONGEST && asl::expr::jsonata::parse(text).error.is_none();
        let read = sound.then(|| jsonata_core::parser::parse(text).ok());
        let read = read.flatten().map(Rc::new);
        self.trees
            .borrow_mut()
            .insert(text.to_owned(), read.clone());
        read
    }
}

/// The first retrier that takes an error.
pub(super) fn retrier(state: &State, error: &str) -> Option<usize> {
    let failure = Failure::new(error, "");
    state.retry.iter().position(|retrier| {
        failure.matches(retrier.errors.iter().map(|error| error.value.as_str()))
    })
}

/// The first catcher that takes an error.
pub(super) fn catcher(state: &State, error: &str) -> Option<usize> {
    let failure = Failure::new(error, "");
    state.catch.iter().position(|catcher| {
        failure.matches(catcher.errors.iter().map(|error| error.value.as_str()))
    })
}
