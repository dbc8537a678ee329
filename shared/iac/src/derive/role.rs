//! Statements of a role, merged and in order.

use std::collections::{BTreeMap, BTreeSet};

use crate::stack::{Condition, Statement, Value};

/// A statement whose name is given when it is merged.
pub(super) fn statement(
    actions: &[&str],
    resources: Vec<Value>,
    conditions: Vec<Condition>,
    why: String,
) -> Statement {
    Statement {
        sid: String::new(),
        actions: actions.iter().map(|action| (*action).to_owned()).collect(),
        resources,
        conditions,
        why,
    }
}

/// What is allowed, and the reasons that ask for it.
type Rows<K> = BTreeMap<K, (BTreeSet<String>, BTreeSet<String>)>;

/// Resources by what is allowed on them, with the reasons.
type Together =
    BTreeMap<(String, BTreeSet<String>, Vec<Condition>), (BTreeSet<Value>, BTreeSet<String>)>;

/// One statement for the same resources and conditions of one service, or for the same actions.
pub(super) fn merged(statements: Vec<Statement>) -> Vec<Statement> {
    let mut by_resources: Rows<(String, Vec<Condition>, Vec<Value>)> = BTreeMap::new();
    for statement in statements {
        for action in statement.actions {
            let service = action.split(':').next().unwrap_or_default().to_owned();
            for resource in &statement.resources {
                let key = (
                    service.clone(),
                    statement.conditions.clone(),
                    vec![resource.clone()],
                );
                let row = by_resources.entry(key).or_default();
                row.0.insert(action.clone());
                row.1.insert(statement.why.clone());
            }
        }
    }
    // Resources that take the same actions stand together.
    let mut together: Together = BTreeMap::new();
    for ((service, conditions, resources), (actions, why)) in by_resources {
        let row = together.entry((service, actions, conditions)).or_default();
        row.0.extend(resources);
        row.1.extend(why);
    }
    let mut taken: BTreeMap<String, usize> = BTreeMap::new();
    together
        .into_iter()
        .map(|((service, actions, conditions), (resources, why))| {
            let name = sid(&service, &actions);
            let uses = taken.entry(name.clone()).or_default();
            *uses += 1;
            Statement {
                sid: if *uses == 1 {
                    name
                } else {
                    format!("{name}{uses}")
                },
                actions: actions.into_iter().collect(),
                resources: resources.into_iter().collect(),
                conditions,
                why: why.into_iter().collect::<Vec<_>>().join("; "),
            }
        })
        .collect()
}

/// `DynamodbPutItem`; of several actions, the service and how many.
fn sid(service: &str, actions: &BTreeSet<String>) -> String {
    let capital = |word: &str| {
        let mut letters = word.chars().filter(char::is_ascii_alphanumeric);
        let first = letters.next().map(|first| first.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    };
    let service: String = service.split('-').map(capital).collect();
    let names: Vec<String> = actions
        .iter()
        .filter_map(|action| action.split(':').nth(1))
        .map(capital)
        .collect();
    match names.as_slice() {
        [one] => format!("{service}{one}"),
        [one, two] => format!("{service}{one}{two}"),
        [one, rest @ ..] => format!("{service}{one}And{}More", rest.len()),
        [] => service,
    }
}
