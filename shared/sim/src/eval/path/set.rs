//! Writes where a Reference Path points.

use asl::expr::path::{Path, Root, StepKind};
use serde_json::{Map, Value};

use super::{PathError, PathErrorKind, next, position, unusable};

/// The data with a value where the path points: what a `ResultPath` does. Objects that are missing are made; an array has to
/// have the item. The name of the error is `States.ResultPathMatchFailure`.
pub fn set(path: &Path<'_>, mut target: Value, value: Value) -> Result<Value, PathError> {
    if path.root != Root::Input || path.has_placeholder || !path.is_reference() {
        return Err(unusable(path));
    }
    let mut slot = &mut target;
    for step in &path.steps {
        let taken = match (&step.kind, slot) {
            (StepKind::Member(name), Value::Object(members)) => Ok(members
                .entry(name.as_ref())
                .or_insert_with(|| Value::Object(Map::new()))),
            (StepKind::Index(index), Value::Array(items)) => {
                let all = Value::from(items.len());
                let at = position(items.len(), *index).unwrap_or(usize::MAX);
                items.get_mut(at).ok_or_else(|| refused_index(*index, &all))
            }
            (kind, other) => Err(refusal(kind, other)),
        };
        slot = taken.map_err(|why| PathError::new(PathErrorKind::Type, why))?;
    }
    *slot = value;
    Ok(target)
}

/// What the service says where a Reference Path cannot be followed, as in `ItemsPath`; the name of the error is then
/// `States.ReferencePathConflict` (seen in public reports, 2026-11-22). Nothing where it can be followed.
pub fn conflict(path: &Path<'_>, start: &Value) -> Option<String> {
    let mut value = start;
    for step in &path.steps {
        match next(value, step) {
            Some(inner) => value = inner,
            None => return Some(refusal(&step.kind, value)),
        }
    }
    None
}

fn refused_index(index: i64, length: &Value) -> String {
    format!("Unable to apply step \"{index}\" to input of {length} items")
}

fn refusal(kind: &StepKind<'_>, value: &Value) -> String {
    let step = match kind {
        StepKind::Member(name) => name.to_string(),
        StepKind::Index(index) => index.to_string(),
        _ => "*".to_owned(),
    };
    format!("Unable to apply step \"{step}\" to input {value}")
}
