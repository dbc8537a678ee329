//! What a problem points at.

use super::Mend;
use crate::{Member, Node, Scope, State, Value};

/// A member that a problem points at.
#[derive(Clone, Copy)]
pub(super) struct Found<'a> {
    pub(super) member: &'a Member,
    /// The members beside it, as far as they are known.
    pub(super) beside: &'a [Member],
    /// The value that is pointed at: the member's, or an item in it.
    pub(super) node: &'a Node,
    /// The state, where it is in one.
    pub(super) state: Option<&'a State>,
    pub(super) scope: Option<&'a Scope>,
}

impl Found<'_> {
    pub(super) fn key(&self) -> &str {
        &self.member.key
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.beside.iter().any(|member| member.key == name)
    }
}

impl<'a> Mend<'a> {
    /// The member that a pointer leads to.
    pub(super) fn find(&self, pointer: &str) -> Option<Found<'a>> {
        let mut owner = pointer;
        let (state, scope) = loop {
            if let Some((state, scope)) = self.states.get(owner) {
                break (Some(*state), Some(*scope));
            }
            match owner.rsplit_once('/') {
                Some((shorter, _)) => owner = shorter,
                None => break (None, None),
            }
        };
        let rest = pointer.get(owner.len()..)?;
        // What a scope inside of the state has itself.
        let (outer, last) = pointer.rsplit_once('/')?;
        let inner = self.scopes.get(outer).filter(|_| state.is_some());
        if let Some(inner) = inner.copied() {
            let key = unescape(last);
            let beside = if inner.fields.iter().any(|member| member.key == key) {
                &inner.fields
            } else {
                &inner.unknown
            };
            let member = beside.iter().find(|member| member.key == key)?;
            return Some(Found {
                member,
                beside,
                node: &member.node,
                state: None,
                scope: Some(inner),
            });
        }
        let first = unescape(rest.split('/').nth(1)?);
        let fields = match state {
            Some(state) => &state.fields,
            None if self
                .machine
                .unknown
                .iter()
                .any(|member| member.key == first) =>
            {
                &self.machine.unknown
            }
            None => &self.machine.scope.fields,
        };
        let mut found: Option<Found<'a>> = None;
        for token in rest.split('/').skip(1) {
            let token = unescape(token);
            let node = found.map(|found| found.node);
            let beside: &'a [Member] = match node {
                None => fields,
                Some(node) => match &node.value {
                    Value::Array(items) => {
                        let item = items.get(token.parse::<usize>().ok()?)?;
                        found = found.map(|found| Found {
                            node: item,
                            ..found
                        });
                        continue;
                    }
                    _ => node.members()?,
                },
            };
            let member = beside.iter().find(|member| member.key == token)?;
            found = Some(Found {
                member,
                beside,
                node: &member.node,
                state,
                scope,
            });
        }
        found
    }
}

/// A token of a JSON pointer, as it is in the document.
fn unescape(token: &str) -> String {
    token.replace("~1", "/").replace("~0", "~")
}
