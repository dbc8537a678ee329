//! The Context Object: `$$` in paths, `$states.context` in JSONata.
//!
//! Sources: Developer Guide, "Accessing execution data from the Context object in Step Functions", and the recorded context
//! objects of executions, 2026-11-22. The guide says that fields are added now and then: an unknown one is likely a slip, not
//! surely.

use crate::{Pattern, nearest};

/// What stands behind a field.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Text or a number.
    Scalar,
    /// Data of the author, of any shape.
    Data,
}

/// Where a field exists.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Where {
    Always,
    /// In executions that were redriven.
    Redriven,
    /// In Tasks that wait. The guide has it for callbacks only; in recordings jobs have one too.
    Waiting,
    /// While an item of a Map is chosen.
    Item,
}

/// The nodes, the fields in them, what they hold and where they exist.
const FIELDS: &[(&[&str], Kind, Where)] = &[
    (&["Execution", "Id"], Kind::Scalar, Where::Always),
    (&["Execution", "Input"], Kind::Data, Where::Always),
    (&["Execution", "Name"], Kind::Scalar, Where::Always),
    (&["Execution", "RoleArn"], Kind::Scalar, Where::Always),
    (&["Execution", "StartTime"], Kind::Scalar, Where::Always),
    (&["Execution", "RedriveCount"], Kind::Scalar, Where::Always),
    (&["Execution", "RedriveTime"], Kind::Scalar, Where::Redriven),
    (&["State", "EnteredTime"], Kind::Scalar, Where::Always),
    (&["State", "Name"], Kind::Scalar, Where::Always),
    (&["State", "RetryCount"], Kind::Scalar, Where::Always),
    (&["StateMachine", "Id"], Kind::Scalar, Where::Always),
    (&["StateMachine", "Name"], Kind::Scalar, Where::Always),
    (&["Task", "Token"], Kind::Scalar, Where::Waiting),
    (&["Map", "Item", "Index"], Kind::Scalar, Where::Item),
    (&["Map", "Item", "Value"], Kind::Data, Where::Item),
    (&["Map", "Item", "Key"], Kind::Scalar, Where::Item),
    (&["Map", "Item", "Source"], Kind::Scalar, Where::Item),
];

/// Where an expression stands, as far as the Context Object depends on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// In `ItemSelector` of a Map, or in `Parameters`, as it was called before.
    pub item_selector: bool,
    /// In a state that a Map runs for each item.
    pub item_processor: bool,
    /// In a Task: how it waits.
    pub task: Option<Pattern>,
}

/// What is known of a field of the Context Object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lookup<'a> {
    /// It is there.
    Known,
    /// It is there in some executions only; says in which.
    Sometimes(&'static str),
    /// There is no such field.
    Unknown {
        /// Which of the given names is not known.
        name: &'a str,
        /// The name that may be meant.
        nearest: Option<&'static str>,
    },
    /// There is such a field, but not here; says where it is.
    NotHere(&'static str),
}

/// Looks up a field by its names: `["Execution", "Id"]`. No names stand for the whole object.
pub fn lookup<'a>(names: &[&'a str], place: Place) -> Lookup<'a> {
    for (depth, name) in names.iter().enumerate() {
        let before = names.get(..depth).unwrap_or_default();
        let mut siblings = FIELDS
            .iter()
            .filter(|(path, ..)| path.starts_with(before))
            .filter_map(|(path, kind, place)| Some((*path.get(depth)?, path, kind, place)));
        let found = siblings.clone().find(|(sibling, ..)| sibling == name);
        let Some((_, path, kind, wanted)) = found else {
            return Lookup::Unknown {
                name,
                nearest: nearest(name, siblings.by_ref().map(|(sibling, ..)| sibling)),
            };
        };
        if path.len() == depth + 1 {
            let below = names.get(depth + 1).copied();
            return match (kind, below) {
                (Kind::Scalar, Some(name)) => Lookup::Unknown {
                    name,
                    nearest: None,
                },
                _ => wanted.at(place),
            };
        }
    }
    // A node, and not one field of it: where all of its fields are missing, so is the node.
    match names.first() {
        Some(&"Task") => Where::Waiting.at(place),
        Some(&"Map") => Where::Item.at(place),
        _ => Lookup::Known,
    }
}

impl Where {
    fn at<'a>(self, place: Place) -> Lookup<'a> {
        match self {
            Self::Always => Lookup::Known,
            Self::Redriven => Lookup::Sometimes("it exists in executions that were redriven"),
            Self::Waiting => match place.task {
                Some(Pattern::Sync | Pattern::WaitForTaskToken) => Lookup::Known,
                Some(Pattern::RequestResponse) => Lookup::NotHere(
                    "nothing waits for a token here: only a Task whose `Resource` ends with `.waitForTaskToken` does",
                ),
                None => Lookup::NotHere(
                    "only a Task whose `Resource` ends with `.waitForTaskToken` has a token",
                ),
            },
            Self::Item if place.item_selector => Lookup::Known,
            Self::Item if place.item_processor => Lookup::NotHere(
                "the states of a Map get their item as input; take what else they need in `ItemSelector`",
            ),
            Self::Item => Lookup::NotHere("only the `ItemSelector` of a Map sees its items"),
        }
    }
}
