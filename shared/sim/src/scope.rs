//! What the states of a scope share.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// Variables of the scopes around a state, the innermost last.
#[derive(Clone, Debug, Default)]
pub(crate) struct Variables(pub(crate) Vec<BTreeMap<String, Value>>);

impl Variables {
    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.0.iter().rev().find_map(|scope| scope.get(name))
    }

    fn assign(&mut self, values: Map<String, Value>) {
        if let Some(scope) = self.0.last_mut() {
            scope.extend(values);
        }
    }
}

/// What the states of a scope share.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scope {
    pub(crate) variables: Variables,
    /// The item of the Map that the scope is in: `Map.Item` of the Context Object.
    pub(crate) item: Option<Value>,
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
        inner.variables.0.push(BTreeMap::new());
        inner.depth += 1;
        inner
    }

    /// A scope that sees nothing of what is around: a child execution.
    pub(crate) fn apart(&self) -> Self {
        Self {
            variables: Variables(vec![BTreeMap::new()]),
            item: self.item.clone(),
            previous: 0,
            depth: self.depth + 1,
        }
    }
}
