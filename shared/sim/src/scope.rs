//! What the states of a scope share.

use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::{Map, Value};

use crate::measure::bytes;

/// Variables of the scopes around a state, the innermost last.
#[derive(Clone, Debug)]
pub(crate) struct Variables {
    scopes: Vec<Rc<BTreeMap<String, Value>>>,
    /// Bytes of all values as JSON.
    bytes: usize,
}

impl Default for Variables {
    fn default() -> Self {
        Self {
            scopes: vec![Rc::default()],
            bytes: 0,
        }
    }
}

impl Variables {
    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.scopes.iter().rev().find_map(|scope| scope.get(name))
    }

    /// Bytes of all values as JSON.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    fn assign(&mut self, values: Map<String, Value>) {
        let Some(scope) = self.scopes.last_mut() else {
            return;
        };
        for (name, value) in values {
            self.bytes += bytes(&value, usize::MAX).unwrap_or_default();
            if let Some(old) = Rc::make_mut(scope).insert(name, value) {
                self.bytes -= bytes(&old, usize::MAX).unwrap_or_default();
            }
        }
    }
}

/// Input and start of a child execution.
pub(crate) type Child = Rc<(Value, u64)>;

/// What the states of a scope share.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scope {
    pub(crate) variables: Variables,
    /// The item of the Map that the scope is in: `Map.Item` of the Context Object.
    pub(crate) item: Option<Rc<Value>>,
    /// The event that the next one follows.
    pub(crate) previous: u64,
    pub(crate) depth: usize,
    /// Input and start of the child execution that the scope is in, where that is read.
    pub(crate) child: Option<Child>,
}

impl Scope {
    /// Gives variables their values.
    pub(crate) fn assign(&mut self, values: Map<String, Value>) {
        self.variables.assign(values);
    }

    /// A scope inside of this one.
    pub(crate) fn inner(&self) -> Self {
        let mut inner = self.clone();
        inner.variables.scopes.push(Rc::default());
        inner.depth += 1;
        inner
    }

    /// A scope that sees nothing of what is around: a child execution.
    pub(crate) fn apart(&self) -> Self {
        Self {
            variables: Variables::default(),
            item: self.item.clone(),
            previous: 0,
            depth: self.depth + 1,
            child: None,
        }
    }
}
