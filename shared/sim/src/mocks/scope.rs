//! Which part of a mock file a place belongs to.

use asl::{Member, Node, Position, Span};

use super::read::{CASES, MACHINES, OURS, RESPONSES};

/// How much of a mock file something wrong spoils.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Scope {
    /// All of it.
    #[default]
    File,
    /// The cases that use the response of this name.
    Response(String),
    /// A state machine, besides its cases.
    Machine(String),
    /// The case of this state machine.
    Case(String, String),
}

/// The parts of a mock file by their places: two layers, in each of which no part overlaps another.
#[derive(Debug, Default)]
pub(super) struct Scopes {
    /// Responses and cases.
    narrow: Vec<(Position, Position, Scope)>,
    machines: Vec<(Position, Position, Scope)>,
}

impl Scopes {
    /// The parts of a file; `at` says where a span starts.
    pub(super) fn of(root: &Node, at: impl Fn(Span) -> Position) -> Self {
        let mut scopes = Self::default();
        let part = |member: &Member, scope: Scope| {
            let end = Span {
                start: member.node.span.end,
                ..member.node.span
            };
            (at(member.key_span), at(end), scope)
        };
        for response in members(root.get(RESPONSES)) {
            let scope = Scope::Response(response.key.clone());
            scopes.narrow.push(part(response, scope));
        }
        for (section, inner) in [(MACHINES, Some(CASES)), (OURS, None)] {
            for machine in members(root.get(section)) {
                let scope = Scope::Machine(machine.key.clone());
                scopes.machines.push(part(machine, scope));
                let cases = inner.map_or(Some(&machine.node), |inner| machine.node.get(inner));
                for case in members(cases) {
                    let scope = Scope::Case(machine.key.clone(), case.key.clone());
                    scopes.narrow.push(part(case, scope));
                }
            }
        }
        scopes.narrow.sort_by_key(|(start, ..)| *start);
        scopes.machines.sort_by_key(|(start, ..)| *start);
        scopes
    }

    /// The smallest part that a place is in.
    pub(super) fn around(&self, at: Option<Position>) -> Scope {
        let find = |parts: &[(Position, Position, Scope)]| {
            let at = at?;
            let after = parts.partition_point(|(start, ..)| *start <= at);
            let (_, end, scope) = parts.get(after.checked_sub(1)?)?;
            (at <= *end).then(|| scope.clone())
        };
        let found = find(&self.narrow).or_else(|| find(&self.machines));
        found.unwrap_or_default()
    }
}

fn members(node: Option<&Node>) -> &[Member] {
    node.and_then(Node::members).unwrap_or_default()
}
