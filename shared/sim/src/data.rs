//! What a state does with its input and its result.

use serde_json::{Map, Value};

use crate::choice::Rule;
use crate::eval::path::set;
use crate::failure::Failure;
use crate::frame::{Frame, Setting};
use crate::program::{Kind, Next};
use crate::run::{Engine, Left, Visit};
use crate::scope::Scope;
use crate::template::{PathText, Template};

/// The most bytes that a payload may have.
///
/// Source: AWS Step Functions Developer Guide, service quotas, read 2026-11-22.
const LARGEST: usize = 262_144;

/// What a path of a field selects: all of it where there is no path, nothing but `{}` where it is `null`.
fn selected(
    path: Option<&PathText<'_>>,
    value: &Value,
    frame: &Frame<'_, '_>,
) -> Result<Value, Failure> {
    match path {
        None => Ok(value.clone()),
        Some(PathText::Null) => Ok(Value::Object(Map::new())),
        Some(PathText::Path(text, path)) => frame.path(text, path),
        Some(PathText::Broken(text)) => Err(Failure::runtime(format!("Invalid path '{text}'"))),
    }
}

/// The input of the work of a state: behind `InputPath` and `Parameters`, or `Arguments`.
pub(crate) fn effective<'d>(
    engine: &mut Engine<'d, '_>,
    setting: Setting<'_, 'd>,
) -> Result<Value, Failure> {
    let step = setting.visit.step;
    let data = &step.data;
    if step.jsonata {
        return match &data.arguments {
            Some(arguments) => setting.template(engine, arguments, "Arguments"),
            None => Ok(setting.effective.clone()),
        };
    }
    let input = selected(
        data.input_path.as_ref(),
        setting.effective,
        &setting.frame(engine),
    )?;
    match &data.arguments {
        Some(parameters) => setting
            .at(&input)
            .template(engine, parameters, "Parameters"),
        None => Ok(input),
    }
}

/// The output of a state that did its work, and what is assigned.
pub(crate) fn result<'d>(
    engine: &mut Engine<'d, '_>,
    setting: Setting<'_, 'd>,
    done: Value,
) -> Result<(Value, Map<String, Value>), Failure> {
    let visit = setting.visit;
    let data = &visit.step.data;
    let works = matches!(
        visit.step.kind,
        Kind::Task(_) | Kind::Parallel(_) | Kind::Map(_)
    );
    if visit.step.jsonata {
        let setting = setting.with_result(works.then_some(&done));
        let mut frame = setting.frame(engine);
        let assigned = assigned(data.assign.as_ref(), &mut frame)?;
        let output = match &data.output {
            Some(output) => output.value(&mut frame, "Output")?,
            None => done,
        };
        return Ok((within(visit, output)?, assigned));
    }
    let shaped = match &data.result_selector {
        Some(selector) => setting
            .at(&done)
            .template(engine, selector, "ResultSelector")?,
        None => done,
    };
    let assigned = assigned(data.assign.as_ref(), &mut setting.at(&shaped).frame(engine))?;
    let placed = match visit.step.kind {
        Kind::Wait(_) | Kind::Succeed => shaped,
        _ => place(data.result_path.as_ref(), visit.input, shaped)?,
    };
    let frame = setting.at(&placed).frame(engine);
    let output = selected(data.output_path.as_ref(), &placed, &frame).map_err(Failure::fatal)?;
    Ok((within(visit, output)?, assigned))
}

/// The values of `Assign`.
pub(crate) fn assigned<'d>(
    template: Option<&Template<'d>>,
    frame: &mut Frame<'_, 'd>,
) -> Result<Map<String, Value>, Failure> {
    match template {
        None => Ok(Map::new()),
        Some(template) => match template.value(frame, "Assign")? {
            Value::Object(values) => Ok(values),
            _ => Ok(Map::new()),
        },
    }
}

/// A result where `ResultPath` wants it in the input.
pub(crate) fn place(
    path: Option<&PathText<'_>>,
    input: &Value,
    result: Value,
) -> Result<Value, Failure> {
    match path {
        None => Ok(result),
        Some(PathText::Null) => Ok(input.clone()),
        Some(PathText::Path(_, path)) if path.steps.is_empty() => Ok(result),
        Some(PathText::Path(text, path)) => {
            set(path, input.clone(), result).map_err(|why| Failure {
                is_told: false,
                ..Failure::new(
                    "States.ResultPathMatchFailure",
                    format!("Unable to apply ResultPath '{text}': {why}"),
                )
            })
        }
        Some(PathText::Broken(text)) => Err(Failure::runtime(format!("Invalid path '{text}'"))),
    }
}

fn within(visit: &Visit<'_, '_>, output: Value) -> Result<Value, Failure> {
    if size(&output) > LARGEST {
        return Err(too_large(visit.step.name));
    }
    Ok(output)
}

/// What is larger than AWS carries.
pub(crate) fn too_large(state: &str) -> Failure {
    Failure::new(
        "States.DataLimitExceeded",
        format!(
            "The state/task '{state}' returned a result with a size exceeding the maximum number of bytes service limit."
        ),
    )
}

/// True where a payload is larger than AWS carries.
pub(crate) fn is_too_large(value: &Value) -> bool {
    size(value) > LARGEST
}

/// Bytes of a value as JSON, about: escapes and long fractions count as one each.
fn size(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => 4,
        Value::String(text) => text.len() + 2,
        Value::Array(items) => items.iter().map(|item| size(item) + 1).sum::<usize>() + 2,
        Value::Object(members) => {
            members
                .iter()
                .map(|(name, value)| name.len() + 4 + size(value))
                .sum::<usize>()
                + 2
        }
    }
}

/// Where a Choice goes on.
pub(crate) fn choose<'d>(
    engine: &mut Engine<'d, '_>,
    visit: &Visit<'_, 'd>,
    scope: &Scope,
    context: &Value,
    rules: &[Rule<'d>],
    default: Next,
    has_default: bool,
) -> Result<Left, Failure> {
    let data = &visit.step.data;
    let setting = Setting::of(visit, &scope.variables, context);
    let effective = effective(engine, setting)?;
    let mut frame = setting.at(&effective).frame(engine);
    let mut chosen = None;
    for (at, rule) in rules.iter().enumerate() {
        let field = format!("Choices[{at}]/Condition");
        if rule.condition.holds(&mut frame, &field)? {
            chosen = Some(rule);
            break;
        }
    }
    let (next, assign, output) = match chosen {
        Some(rule) => (rule.next, rule.assign.as_ref(), rule.output.as_ref()),
        None if has_default => (default, data.assign.as_ref(), data.output.as_ref()),
        None => {
            return Err(Failure {
                is_told: false,
                ..Failure::new(
                    "States.NoChoiceMatched",
                    "Failed to transition out of the state. The state does not point to a next state.",
                )
            });
        }
    };
    let values = assigned(assign, &mut frame)?;
    let output = match output {
        Some(template) => template.value(&mut frame, "Output")?,
        None if visit.step.jsonata => visit.input.clone(),
        None => selected(data.output_path.as_ref(), &effective, &frame)?,
    };
    Ok(Left {
        output,
        assigned: values,
        next,
    })
}
