//! What the states of a scope share.

use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::{Map, Value};

/// Variables of the scopes around a state, the innermost last.
#[derive(Clone, Debug, Default)]
pub(crate) struct Variables(Vec<Rc<BTreeMap<String, Value>>>);

impl Variables {
    /// Of an execution that starts.
    pub(crate) fn new() -> Self {
        Self(vec![Rc::default()])
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.0.iter().rev().find_map(|scope| scope.get(name))
    }

    fn assign(&mut self, values: Map<String, Value>) {
        if values.is_empty() {
            return;
        }
        if let Some(scope) = self.0.last_mut() {
            Rc::make_mut(scope).extend(values);
        }
    }
}

/// What the states of a scope share.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scope {
    pub(crate) variables: Variables,
    /// The item of the Map that the scope is in: `Map.Item` of the Context Object.
    pub(crate) item: Option<Rc<Value>>,
    /// The event that the next one follows.
    pub(crate) previous: u64,
    pub(crate) depth: usize,
}

impl Scope {
    /// Gives variables their values.
    pub(crate) fn assign(&mut self, values: Map<String, Value>) {
        self.variables.assign(values);
    }

    /// A scope inside of this one.
    pub(crate) fn inner(&self) -> Self {
        let mut inner = self.clone();
        inner.variables.0.push(Rc::default());
        inner.depth += 1;
        inner
    }

    /// A scope that sees nothing of what is around: a child execution.
    pub(crate) fn apart(&self) -> Self {
        Self {
            variables: Variables::new(),
            item: self.item.clone(),
            previous: 0,
            depth: self.depth + 1,
        }
    }
}
