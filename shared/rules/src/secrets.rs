//! Credentials in a definition: where they are, and how they are kept out of everything that is told.
//!
//! A credential is found by its own form, by the name that it is assigned to, or in an address. It is never kept in a
//! finding: findings have its kind and its place, and [`hide`] takes it out of whatever other rules have quoted.

mod forms;
mod hide;
mod named;
mod tell;

use std::ops::Range;

use asl::{Definition, Member, Node, Scope, Span, State, Value, pointer_push};

pub(crate) use hide::{hidden, hide};
pub(crate) use tell::{Found, Kind};

/// A credential.
#[derive(Clone, Debug)]
pub(crate) struct Secret {
    pub(crate) kind: Kind,
    /// Pointer of the string that has it.
    pub(crate) pointer: String,
    /// Name of the state that it is in.
    pub(crate) state: Option<String>,
    /// The string, quotes included.
    pub(crate) span: Span,
    /// The credential alone.
    text: String,
}

/// Every credential of a definition, in the order of the text.
pub(crate) fn secrets(definition: &Definition) -> Vec<Secret> {
    let mut search = Search::default();
    let root = &definition.machine.scope;
    search.members(&definition.machine.unknown, "", None);
    let mut scopes: Vec<&Scope> = vec![root];
    while let Some(scope) = scopes.pop() {
        search.members(&scope.fields, &scope.pointer, None);
        search.members(&scope.unknown, &scope.pointer, None);
        for state in &scope.states {
            search.members(&state.fields, &state.pointer, Some(state));
            scopes.extend(state.scopes());
        }
    }
    search.found.sort_by_key(|secret| secret.span);
    search.found
}

/// Credentials in the bare text, for what is not in the model: comments of YAML, and what stands behind a mistake.
fn in_text(definition: &Definition) -> Vec<Range<usize>> {
    let all = definition.part.of(&definition.text).trim() == definition.text.trim();
    if all && definition.editable && definition.problems.is_empty() {
        return Vec::new();
    }
    tell::places(&definition.text)
}

#[derive(Default)]
struct Search {
    found: Vec<Secret>,
}

/// Where a search is: names of members, outermost last.
struct Path<'a> {
    token: Token<'a>,
    outer: Option<&'a Path<'a>>,
}

#[derive(Clone, Copy)]
enum Token<'a> {
    Name(&'a str),
    Index(usize),
}

impl Path<'_> {
    fn pointer(&self, base: &str) -> String {
        let outer = match self.outer {
            Some(outer) => outer.pointer(base),
            None => base.to_owned(),
        };
        match self.token {
            Token::Name(name) => pointer_push(&outer, name),
            Token::Index(index) => pointer_push(&outer, &index.to_string()),
        }
    }
}

impl Search {
    fn members(&mut self, members: &[Member], base: &str, state: Option<&State>) {
        for member in members {
            let path = Path {
                token: Token::Name(&member.key),
                outer: None,
            };
            self.node(
                &member.node,
                Some(&member.key),
                &path,
                &Home { base, state },
            );
        }
    }

    /// Looks through a value that has a name. The parser limits how deep values are.
    fn node(&mut self, node: &Node, name: Option<&str>, path: &Path<'_>, home: &Home<'_>) {
        match &node.value {
            Value::String(text) => self.text(node, name, text, path, home),
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    let token = Token::Index(index);
                    let outer = Some(path);
                    self.node(item, name, &Path { token, outer }, home);
                }
            }
            Value::Object(members) => {
                let title = title(members);
                for member in members {
                    let name = match title {
                        Some(title) if is_value(&member.key) => title,
                        _ => &member.key,
                    };
                    let token = Token::Name(&member.key);
                    let outer = Some(path);
                    self.node(&member.node, Some(name), &Path { token, outer }, home);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn text(
        &mut self,
        node: &Node,
        name: Option<&str>,
        text: &str,
        path: &Path<'_>,
        home: &Home<'_>,
    ) {
        for Found { kind, place } in tell::all(name, text) {
            self.found.push(Secret {
                kind,
                pointer: path.pointer(home.base),
                state: home.state.map(|state| state.name.value.clone()),
                span: node.span,
                text: text.get(place).unwrap_or_default().to_owned(),
            });
        }
    }
}

/// What a value is in.
struct Home<'a> {
    base: &'a str,
    state: Option<&'a State>,
}

/// The name in `{"Name": "DB_PASSWORD", "Value": "..."}`, as environments of containers are written.
fn title(members: &[Member]) -> Option<&str> {
    let is_title = |key: &str| ["Name", "name", "Key", "key"].contains(&key);
    let named = members.iter().find(|member| is_title(&member.key))?;
    let valued = members.iter().any(|member| is_value(&member.key));
    named.node.as_str().filter(|_| valued)
}

fn is_value(key: &str) -> bool {
    ["Value", "value"].contains(&key)
}

#[cfg(test)]
mod tests;
