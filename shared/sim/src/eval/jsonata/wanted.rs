//! What an expression reads from outside, so that a large input is not converted for one field of it.

use asl::expr::jsonata::Expression;
use serde_json::Value;

use super::{Scope, States};
use crate::eval::jsonata::convert;

/// The names behind `$` in an expression, with what is read of each.
#[derive(Debug)]
pub(super) struct Wanted {
    names: Vec<(String, Fields)>,
    /// `$toMillis` is called with a time and a picture everywhere: with fewer arguments it may be given its time by the
    /// step that it stands in, which a function of ours cannot see.
    pub(super) pictures: bool,
}

/// What is read of a value.
#[derive(Debug, Default)]
pub(super) struct Fields {
    /// All of it.
    pub(super) all: bool,
    /// These members of it.
    pub(super) members: Vec<(String, Fields)>,
}

impl Wanted {
    pub(super) fn of(text: &str, read: &Expression<'_>) -> Self {
        let mut times = read
            .references
            .iter()
            .filter(|reference| reference.name == "toMillis");
        let mut wanted = Self {
            names: Vec::new(),
            pictures: read.complete
                && times.all(|time| time.call.is_some_and(|call| call.arguments == 2)),
        };
        for name in names(text) {
            wanted.entry(name);
        }
        // With `%`, `@` and `#` a step can look beyond the value before it.
        let exact = read.complete && !text.contains(['%', '@', '#']);
        for (name, fields) in &mut wanted.names {
            let mut references = read
                .references
                .iter()
                .filter(|reference| reference.name == *name)
                .peekable();
            if !exact || references.peek().is_none() {
                fields.all = true;
                continue;
            }
            for reference in references {
                if reference.bound || reference.call.is_some() {
                    fields.all = true;
                    continue;
                }
                fields.add(&reference.fields);
            }
        }
        wanted
    }

    pub(super) fn names(&self) -> impl Iterator<Item = (&str, &Fields)> {
        self.names
            .iter()
            .map(|(name, fields)| (name.as_str(), fields))
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.names.iter().any(|(known, _)| known == name)
    }

    fn entry(&mut self, name: &str) {
        if !self.has(name) {
            self.names.push((name.to_owned(), Fields::default()));
        }
    }
}

impl Fields {
    fn add<T: AsRef<str>>(&mut self, path: &[T]) {
        let mut fields = self;
        for name in path {
            let at = fields
                .members
                .iter()
                .position(|(known, _)| known == name.as_ref());
            if at.is_none() {
                let new = (name.as_ref().to_owned(), Self::default());
                fields.members.push(new);
            }
            let last = fields.members.len().saturating_sub(1);
            match fields.members.get_mut(at.unwrap_or(last)) {
                Some((_, inner)) => fields = inner,
                None => return,
            }
        }
        fields.all = true;
    }
}

/// Every `$name` in the text, also in quotes: too many do no harm.
fn names(text: &str) -> impl Iterator<Item = &str> {
    text.split('$').skip(1).filter_map(|rest| {
        let end = rest
            .find(|character: char| !character.is_alphanumeric() && character != '_')
            .unwrap_or(rest.len());
        rest.get(..end).filter(|name| !name.is_empty())
    })
}

/// `$states.input.name`: a variable and members, and nothing else.
#[derive(Debug)]
pub(super) struct Direct {
    name: String,
    fields: Vec<String>,
}

impl Direct {
    pub(super) fn of(text: &str, read: &Expression<'_>) -> Option<Self> {
        let [reference] = read.references.as_slice() else {
            return None;
        };
        let whole = reference.fields_span.start == 0 && reference.fields_span.end == text.len();
        // `[` and `` ` `` may be in the span of a name: only plain ones are taken.
        let plain =
            |character: char| character.is_alphanumeric() || matches!(character, '$' | '.' | '_');
        let known = read.complete && !reference.bound && reference.call.is_none();
        let is_function = asl::expr::jsonata::function(reference.name).is_some();
        (whole && known && !is_function && text.chars().all(plain)).then(|| Self {
            name: reference.name.to_owned(),
            fields: reference.fields.iter().map(ToString::to_string).collect(),
        })
    }

    /// The value, or none where it is undefined.
    pub(super) fn value(&self, scope: &Scope<'_>) -> Result<Option<Value>, Maps> {
        let mut fields = self.fields.iter();
        let mut value = if self.name == "states" {
            // All of it is put together only where the engine needs it.
            member_of(&scope.states, fields.next().ok_or(Maps)?)
        } else {
            (scope.variables)(&self.name)
        };
        for field in fields {
            value = match value {
                Some(Value::Object(members)) => members.get(field),
                Some(Value::Array(_)) => return Err(Maps),
                _ => None,
            };
        }
        Ok(value.map(convert::plain))
    }
}

/// An array is on the way, whose items a path looks at one by one.
#[derive(Debug)]
pub(super) struct Maps;

fn member_of<'v>(states: &States<'v>, name: &str) -> Option<&'v Value> {
    let members = states.members();
    let (_, value) = members.into_iter().find(|(known, _)| *known == name)?;
    value
}
