//! Why a path has no value, in the words of the service's library.

use asl::expr::path::{Step, StepKind};
use serde_json::Value;

use super::{PathError, PathErrorKind};

/// Why a step leads nowhere, as the library says it.
pub(super) fn missing(steps: &[Step<'_>], at: usize, value: &Value) -> PathError {
    let located = |count: usize| {
        let steps = steps.iter().take(count).map(|step| match &step.kind {
            StepKind::Member(name) => format!("['{name}']"),
            StepKind::Index(index) => format!("[{index}]"),
            StepKind::Function { name, .. } => format!(".{name}()"),
            _ => "[*]".to_owned(),
        });
        format!("${}", steps.collect::<String>())
    };
    let step = steps.get(at).map(|step| &step.kind);
    match (step, value) {
        (Some(StepKind::Member(_)), Value::Object(_)) if at + 1 < steps.len() => PathError::new(
            PathErrorKind::Missing,
            format!("Missing property in path {}", located(at + 1)),
        ),
        (Some(StepKind::Member(_)), Value::Object(_)) => PathError::new(
            PathErrorKind::Missing,
            format!("No results for path: {}", located(at + 1)),
        ),
        (Some(StepKind::Index(_)), Value::Array(_)) => PathError::new(
            PathErrorKind::OutOfRange,
            format!("No results for path: {}", located(steps.len())),
        ),
        (Some(StepKind::Index(_)), Value::Null) => PathError::new(
            PathErrorKind::Type,
            format!("The path {} is null", located(at)),
        ),
        (Some(StepKind::Index(index)), _) => PathError::new(
            PathErrorKind::Type,
            format!("Filter: [{index}] can only be applied to arrays. Current context is: {value}"),
        ),
        (step, _) => {
            let name = match step {
                Some(StepKind::Member(name)) => format!("['{name}']"),
                _ => "[*]".to_owned(),
            };
            let why = format!(
                "Expected to find an object with property {name} in path {} but found '{}'. This is not a json object \
                 according to the JsonProvider: 'com.jayway.jsonpath.spi.json.JacksonJsonProvider'.",
                located(at),
                java_type(value)
            );
            PathError::new(PathErrorKind::Type, why)
        }
    }
}

/// What the library calls the type of a value.
fn java_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "java.lang.Boolean",
        Value::Number(number) if number.is_f64() => "java.lang.Double",
        Value::Number(number) if number.as_i64().is_some_and(|it| i32::try_from(it).is_ok()) => {
            "java.lang.Integer"
        }
        Value::Number(_) => "java.lang.Long",
        Value::String(_) => "java.lang.String",
        Value::Array(_) => "java.util.ArrayList",
        Value::Object(_) => "java.util.LinkedHashMap",
    }
}
