//! What a state does with its input and its result.

use std::borrow::Cow;

use asl::expr::path::{Root, StepKind};
use serde_json::{Map, Value};

use crate::choice::Rule;
use crate::eval::path::{fits, put};
use crate::failure::Failure;
use crate::frame::{Frame, Setting};
use crate::measure::{LARGEST, assignable, at_most, is_too_large, too_large};
use crate::program::{Kind, Next};
use crate::run::{Engine, Left, Output, Visit};
use crate::scope::Scope;
use crate::sight::Sight;
use crate::template::{PathText, Template};

/// What a path of a field selects: all of it where there is no path, nothing but `{}` where it is `null`.
fn selected<'v>(
    path: Option<&PathText<'_>>,
    value: &'v Value,
    frame: &Frame<'_, '_>,
) -> Result<Cow<'v, Value>, Failure> {
    match path {
        None => Ok(Cow::Borrowed(value)),
        Some(PathText::Null) => Ok(Cow::Owned(Value::Object(Map::new()))),
        Some(PathText::Path(_, path)) if path.root == Root::Input && path.steps.is_empty() => {
            Ok(Cow::Borrowed(value))
        }
        Some(PathText::Path(text, path)) => frame.path(text, path).map(Cow::Owned),
        Some(PathText::Broken(text)) => Err(Failure::runtime(format!("Invalid path '{text}'"))),
    }
}

/// The input of the work of a state: behind `InputPath` and `Parameters`, or `Arguments`.
pub(crate) fn effective<'v, 'd>(
    engine: &mut Engine<'d, '_>,
    visit: &Visit<'v, 'd>,
    setting: Setting<'_, 'd>,
) -> Result<Cow<'v, Value>, Failure> {
    let step = visit.step;
    let data = &step.data;
    if step.jsonata {
        return match &data.arguments {
            Some(arguments) => {
                let input = setting.template(engine, arguments, "Arguments")?;
                carried(visit, input).map(Cow::Owned)
            }
            None => Ok(Cow::Borrowed(visit.input)),
        };
    }
    let input = selected(
        data.input_path.as_ref(),
        visit.input,
        &setting.frame(engine),
    )?;
    match &data.arguments {
        Some(parameters) => {
            let input = setting
                .at(&input)
                .template(engine, parameters, "Parameters")?;
            carried(visit, input).map(Cow::Owned)
        }
        None => Ok(input),
    }
}

/// The output of a state that did its work, and what is assigned.
pub(crate) fn result<'s, 'd>(
    engine: &mut Engine<'d, '_>,
    setting: Setting<'s, 'd>,
    visit: &Visit<'_, 'd>,
    done: Cow<'s, Value>,
) -> Result<(Output<'d>, Map<String, Value>), Failure> {
    let data = &visit.step.data;
    let works = matches!(
        visit.step.kind,
        Kind::Task(_) | Kind::Parallel(_) | Kind::Map(_)
    );
    let (placed, assigned) = if visit.step.jsonata {
        let setting = setting.with_result(works.then_some(&*done));
        let mut frame = setting.frame(engine);
        let assigned = assigned(data.assign.as_ref(), &mut frame, "Assign")?;
        let output = match &data.output {
            Some(output) => Output::Value(output.value(&mut frame, "Output")?),
            None => output(visit, done),
        };
        (output, assigned)
    } else {
        let shaped = match &data.result_selector {
            Some(selector) => Cow::Owned(setting.at(&done).template(
                engine,
                selector,
                "ResultSelector",
            )?),
            None => done,
        };
        let assigned = assigned(
            data.assign.as_ref(),
            &mut setting.at(&shaped).frame(engine),
            "Assign",
        )?;
        let placed = match (&visit.step.kind, &data.result_path) {
            (Kind::Wait(_) | Kind::Succeed, _) | (_, None) => output(visit, shaped),
            (_, path) => place(path.as_ref(), visit.input, shaped.into_owned())?,
        };
        match &data.output_path {
            None => (placed, assigned),
            path => {
                let placed = placed.value(visit.input);
                let frame = setting.at(&placed).frame(engine);
                let output = selected(path.as_ref(), &placed, &frame).map_err(Failure::fatal)?;
                (Output::Value(output.into_owned()), assigned)
            }
        }
    };
    Ok((within(visit, placed)?, assigned))
}

/// A value that may be the input of the state.
fn output<'d>(visit: &Visit<'_, 'd>, value: Cow<'_, Value>) -> Output<'d> {
    match value {
        Cow::Borrowed(value) if std::ptr::eq(value, visit.input) => Output::Input,
        value => Output::Value(value.into_owned()),
    }
}

impl Output<'_> {
    /// The value, for an input that stays.
    fn value<'i>(&'i self, input: &'i Value) -> Cow<'i, Value> {
        match self {
            Self::Input => Cow::Borrowed(input),
            Self::Value(value) => Cow::Borrowed(value),
            Self::Placed(path, value) => {
                let mut whole = input.clone();
                put(path, &mut whole, value.clone());
                Cow::Owned(whole)
            }
        }
    }
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
pub(crate) fn place<'d>(
    path: Option<&PathText<'d>>,
    input: &Value,
    result: Value,
) -> Result<Output<'d>, Failure> {
    match path {
        None => Ok(Output::Value(result)),
        Some(PathText::Null) => Ok(Output::Input),
        Some(PathText::Path(_, path)) if path.steps.is_empty() => Ok(Output::Value(result)),
        Some(PathText::Path(text, path)) => match fits(path, input) {
            Ok(()) => Ok(Output::Placed(path.clone(), result)),
            Err(why) => Err(Failure {
                is_told: false,
                ..Failure::new(
                    "States.ResultPathMatchFailure",
                    format!("Unable to apply ResultPath '{text}': {why}"),
                )
            }),
        },
        Some(PathText::Broken(text)) => Err(Failure::runtime(format!("Invalid path '{text}'"))),
    }
}

/// A value, where AWS carries one of this size.
fn carried(visit: &Visit<'_, '_>, value: Value) -> Result<Value, Failure> {
    if is_too_large(&value) {
        return Err(too_large(visit.step.name));
    }
    Ok(value)
}

/// An output, where AWS carries one of this size.
pub(crate) fn within<'d>(visit: &Visit<'_, 'd>, output: Output<'d>) -> Result<Output<'d>, Failure> {
    let most = match &output {
        Output::Input => at_most(visit.input),
        Output::Value(value) => at_most(value),
        Output::Placed(path, value) => {
            let names = path.steps.iter().map(|step| match &step.kind {
                StepKind::Member(name) => name.len() * 6 + 6,
                _ => 2,
            });
            at_most(visit.input) + at_most(value) + names.sum::<usize>()
        }
    };
    if most > LARGEST && is_too_large(&output.value(visit.input)) {
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
) -> Result<Left<'d>, Failure> {
    let data = &visit.step.data;
    let setting = Setting::of(visit, &scope.variables, context);
    let effective = effective(engine, visit, setting)?;
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
        engine.chose(rule);
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
        Some(template) => Output::Value(template.value(&mut frame, &format!("{place}Output"))?),
        None if visit.step.jsonata => Output::Input,
        None => match selected(data.output_path.as_ref(), &effective, &frame)? {
            Cow::Borrowed(value) if std::ptr::eq(value, visit.input) => Output::Input,
            value => Output::Value(value.into_owned()),
        },
    };
    Ok(Left {
        output: within(visit, output)?,
        assigned: values,
        next,
    })
}
