//! Writes where a Reference Path points.

use asl::expr::path::{Path, Root, StepKind};
use serde_json::{Map, Value};

use super::{PathError, PathErrorKind, next, position, unusable};

/// The data with a value where the path points: what a `ResultPath` does. Objects that are missing are made; an array has to
/// have the item. The name of the error is `States.ResultPathMatchFailure`.
pub fn set(path: &Path<'_>, mut target: Value, value: Value) -> Result<Value, PathError> {
    fits(path, &target)?;
    put(path, &mut target, value);
    Ok(target)
}

/// The same in place, where [`fits`] says that it can be done; nothing is done where it does not.
pub fn put(path: &Path<'_>, target: &mut Value, value: Value) {
    let mut slot = target;
    for step in &path.steps {
        let taken = match (&step.kind, slot) {
            (StepKind::Member(name), Value::Object(members)) => Some(
                members
                    .entry(name.as_ref())
                    .or_insert_with(|| Value::Object(Map::new())),
            ),
            (StepKind::Index(index), Value::Array(items)) => {
                let at = position(items.len(), *index).unwrap_or(usize::MAX);
                items.get_mut(at)
            }
            _ => None,
        };
        match taken {
            Some(inner) => slot = inner,
            None => return,
        }
    }
    *slot = value;
}

/// Whether [`set`] can write there.
pub fn fits(path: &Path<'_>, target: &Value) -> Result<(), PathError> {
    if path.root != Root::Input || path.has_placeholder || !path.is_reference() {
        return Err(unusable(path));
    }
    // None where the object is yet to be made.
    let mut slot = Some(target);
    for step in &path.steps {
        let taken = match (&step.kind, slot) {
            (StepKind::Member(name), Some(Value::Object(members))) => {
                Ok(members.get(name.as_ref()))
            }
            (StepKind::Member(_), None) => Ok(None),
            (StepKind::Index(index), Some(Value::Array(items))) => {
                let at = position(items.len(), *index).unwrap_or(usize::MAX);
                let item = items.get(at);
                item.map(Some)
                    .ok_or_else(|| refused_index(*index, &Value::from(items.len())))
            }
            (kind, Some(other)) => Err(refusal(kind, other)),
            (kind, None) => Err(refusal(kind, &Value::Object(Map::new()))),
        };
        slot = taken.map_err(|why| PathError::new(PathErrorKind::Type, why))?;
    }
    Ok(())
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
