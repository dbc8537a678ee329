//! Retriers, catchers, and Fail.

use serde_json::Value;

use crate::failure::Failure;
use crate::frame::{Frame, Setting};
use crate::program::Step;
use crate::run::{Engine, Left, Output, Visit, milliseconds};
use crate::scope::Scope;
use crate::template::Item;

impl<'d> Engine<'d, '_> {
    /// How long to wait before the next attempt; none where no retrier has one left.
    pub(crate) fn retry(
        &mut self,
        step: &Step<'d>,
        failure: &Failure,
        attempts: &mut [u32],
    ) -> Option<u64> {
        let mut retriers = step.retry.iter().zip(attempts);
        let names =
            |retrier: &'d asl::Retrier| retrier.errors.iter().map(|error| error.value.as_str());
        let (retrier, used) = retriers.find(|(retrier, _)| failure.matches(names(retrier)))?;
        if f64::from(*used) >= retrier.max_attempts {
            return None;
        }
        let power = i32::try_from(*used).unwrap_or(i32::MAX);
        let delay = retrier.interval_seconds * retrier.backoff_rate.powi(power);
        let delay = retrier
            .max_delay_seconds
            .map_or(delay, |most| delay.min(most));
        *used += 1;
        let delay = milliseconds(delay);
        Some(if retrier.jitter && delay > 0 {
            self.random.below(delay + 1)
        } else {
            delay
        })
    }

    /// What a catcher makes of a failure, or the failure.
    pub(crate) fn caught(
        &mut self,
        visit: &Visit<'_, 'd>,
        scope: &Scope,
        failure: Failure,
    ) -> Result<Left<'d>, Failure> {
        let step = visit.step;
        let Some((at, catch)) = step
            .catch
            .iter()
            .enumerate()
            .find(|(_, catch)| failure.matches(catch.errors.iter().copied()))
        else {
            return Err(failure);
        };
        let told = failure.output();
        let context = self.context(visit, scope);
        let setting = Setting::of(visit, &scope.variables, &context)
            .at(&told)
            .with_error(&told);
        let mut frame = setting.frame(self);
        let assigned = crate::data::assigned(
            catch.assign.as_ref(),
            &mut frame,
            &format!("Catch[{at}]/Assign"),
        )?;
        let output = match &catch.output {
            Some(template) => {
                Output::Value(template.value(&mut frame, &format!("Catch[{at}]/Output"))?)
            }
            None if step.jsonata => Output::Value(told),
            None => crate::data::place(catch.result_path.as_ref(), visit.input, told)?,
        };
        self.give_back(context, scope);
        Ok(Left {
            output: crate::data::within(visit, output)?,
            assigned,
            next: catch.next,
        })
    }

    /// How a Fail fails.
    pub(crate) fn fail(
        &mut self,
        visit: &Visit<'_, 'd>,
        scope: &Scope,
        context: &Value,
        error: Option<&Item<'d>>,
        cause: Option<&Item<'d>>,
    ) -> Failure {
        let mut frame = Setting::of(visit, &scope.variables, context).frame(self);
        let mut text = |item: Option<&Item<'d>>, field: &str, path: &str| match item
            .map(|item| item.value(&mut frame, if visit.step.jsonata { field } else { path }))
        {
            None => Ok(None),
            Some(Ok(Value::String(text))) => Ok(Some(text)),
            Some(Ok(other)) => Err(match item {
                Some(item) if visit.step.jsonata => {
                    Frame::wrong_type(item, field, "string", &other)
                }
                _ => Failure::runtime(format!("The {field} field does not reference a string")),
            }),
            Some(Err(failure)) => Err(failure),
        };
        let error = text(error, "Error", "ErrorPath");
        let cause = text(cause, "Cause", "CausePath");
        match (error, cause) {
            (Err(failure), _) | (_, Err(failure)) => {
                failure.told(visit.step.name, visit.entry).fatal()
            }
            (Ok(error), Ok(cause)) => {
                Failure::new(error.unwrap_or_default(), cause.unwrap_or_default()).fatal()
            }
        }
    }
}
