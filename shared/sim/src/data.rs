//! What a state does with its input and its result.

use serde_json::{Map, Value};

use crate::choice::Rule;
use crate::eval::path::set;
use crate::failure::Failure;
use crate::frame::{Frame, Setting};
use crate::measure::{assignable, is_too_large, too_large};
use crate::program::{Kind, Next};
use crate::run::{Engine, Left, Visit};
use crate::scope::Scope;
use crate::sight::Sight;
use crate::template::{PathText, Template};

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
            Some(arguments) => {
                let input = setting.template(engine, arguments, "Arguments")?;
                within(setting.visit, input)
            }
            None => Ok(setting.effective.clone()),
        };
    }
    let input = selected(
        data.input_path.as_ref(),
        setting.effective,
        &setting.frame(engine),
    )?;
    match &data.arguments {
        Some(parameters) => {
            let input = setting
                .at(&input)
                .template(engine, parameters, "Parameters")?;
            within(setting.visit, input)
        }
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
        let assigned = assigned(data.assign.as_ref(), &mut frame, "Assign")?;
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
    let assigned = assigned(
        data.assign.as_ref(),
        &mut setting.at(&shaped).frame(engine),
        "Assign",
    )?;
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
    field: &str,
) -> Result<Map<String, Value>, Failure> {
    match template {
        None => Ok(Map::new()),
        Some(template) => match template.value(frame, field)? {
            Value::Object(values) => {
                assignable(&values)?;
                Ok(values)
            }
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

/// An output, where AWS carries one of this size.
pub(crate) fn within(visit: &Visit<'_, '_>, output: Value) -> Result<Value, Failure> {
    if is_too_large(&output) {
        return Err(too_large(visit.step.name));
    }
    Ok(output)
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
    let mut chosen = None;
    {
        let mut frame = setting.at(&effective).frame(engine);
        for (at, rule) in rules.iter().enumerate() {
            let field = format!("Choices[{at}]/Condition");
            if rule.condition.holds(&mut frame, &field)? {
                chosen = Some((at, rule));
                break;
            }
        }
    }
    if chosen.is_some() || has_default {
        let rule = chosen.map(|(at, _)| at);
        engine.tasks.saw(&Sight::Chose { rule });
    }
    let mut frame = setting.at(&effective).frame(engine);
    let (next, assign, output) = match chosen {
        Some((_, rule)) => (rule.next, rule.assign.as_ref(), rule.output.as_ref()),
        None if has_default => (default, data.assign.as_ref(), data.output.as_ref()),
        None => {
            // Measured on AWS by floci: it is no `States.NoChoiceMatched`, whatever the Developer Guide says.
            return Err(Failure::runtime(
                "Failed to transition out of the state. The state does not point to a next state.",
            ));
        }
    };
    // What a rule assigns and gives is named under its place.
    let place = chosen.map_or_else(String::new, |(at, _)| format!("Choices[{at}]/"));
    let values = assigned(assign, &mut frame, &format!("{place}Assign"))?;
    let output = match output {
        Some(template) => template.value(&mut frame, &format!("{place}Output"))?,
        None if visit.step.jsonata => visit.input.clone(),
        None => selected(data.output_path.as_ref(), &effective, &frame)?,
    };
    Ok(Left {
        output: within(visit, output)?,
        assigned: values,
        next,
    })
}
