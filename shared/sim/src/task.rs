//! Tasks: what is called, how long it takes, what comes back.

use std::sync::Arc;

use serde_json::Value;

use crate::failure::{Failure, HEARTBEAT};
use crate::frame::Setting;
use crate::history::Detail;
use crate::mocks::{Answer, Call};
use crate::program::Task;
use crate::record::Note;
use crate::run::{Engine, milliseconds};
use crate::template::Amount;

/// A Task that says nothing of a timeout has nearly forever.
///
/// Unverified: the number that tools of this field use.
const NO_TIMEOUT_SECONDS: f64 = 99_999_999.0;

const TIMEOUT: &str = "States.Timeout";

/// The events of one attempt.
struct Kinds {
    scheduled: &'static str,
    started: &'static str,
    submitted: Option<&'static str>,
    succeeded: &'static str,
    failed: &'static str,
    timed_out: &'static str,
}

impl Kinds {
    fn of(task: &Task<'_>) -> Self {
        if task.is_lambda {
            Self {
                scheduled: "LambdaFunctionScheduled",
                started: "LambdaFunctionStarted",
                submitted: None,
                succeeded: "LambdaFunctionSucceeded",
                failed: "LambdaFunctionFailed",
                timed_out: "LambdaFunctionTimedOut",
            }
        } else if task.is_activity {
            Self {
                scheduled: "ActivityScheduled",
                started: "ActivityStarted",
                submitted: None,
                succeeded: "ActivitySucceeded",
                failed: "ActivityFailed",
                timed_out: "ActivityTimedOut",
            }
        } else {
            let waits =
                task.resource.contains(".sync") || task.resource.ends_with(".waitForTaskToken");
            Self {
                scheduled: "TaskScheduled",
                started: "TaskStarted",
                submitted: waits.then_some("TaskSubmitted"),
                succeeded: "TaskSucceeded",
                failed: "TaskFailed",
                timed_out: "TaskTimedOut",
            }
        }
    }
}

/// Calls once.
pub(crate) fn call<'d>(
    engine: &mut Engine<'d, '_>,
    setting: Setting<'_, 'd>,
    previous: &mut u64,
    task: &Task<'d>,
) -> Result<Value, Failure> {
    let (visit, input) = (setting.visit, setting.effective);
    let kinds = Kinds::of(task);
    let timeout = limit(engine, setting, task.timeout.as_ref())?;
    let heartbeat = limit(engine, setting, task.heartbeat.as_ref())?;
    let before = engine.calls.entry(visit.step.name).or_default();
    let call = Call {
        state: visit.step.name,
        resource: task.resource,
        input,
        before: *before,
    };
    *before += 1;
    let answer = engine.tasks.answer(&call);
    let told = |kind| {
        Note::of(kind).detail(Detail::Call {
            resource: Arc::clone(&task.shared_resource),
            timeout_seconds: None,
            heartbeat_seconds: None,
        })
    };
    let scheduled = Note::of(kinds.scheduled).with(input).detail(Detail::Call {
        resource: Arc::clone(&task.shared_resource),
        timeout_seconds: timeout.map(|ms| ms / 1000),
        heartbeat_seconds: heartbeat.map(|ms| ms / 1000),
    });
    *previous = engine.event(scheduled, *previous);
    *previous = engine.event(told(kinds.started), *previous);
    if let Some(submitted) = kinds.submitted {
        *previous = engine.event(told(submitted), *previous);
    }
    let limits = [timeout, heartbeat].into_iter().flatten();
    let limit_ms = limits
        .min()
        .unwrap_or_else(|| milliseconds(NO_TIMEOUT_SECONDS));
    // Where both are over at the same time, nobody says which one it was.
    let is_heartbeat = heartbeat.is_some_and(|it| timeout.is_none_or(|timeout| it < timeout));
    let after = match &answer {
        Answer::Return { after_ms, .. } | Answer::Throw { after_ms, .. } => Some(*after_ms),
        Answer::Never => None,
        Answer::Unknown => {
            return Err(Failure::unanswered(visit.step.name, task.resource));
        }
    };
    let Some(after) = after.filter(|after| *after <= limit_ms) else {
        engine.wait(limit_ms)?;
        let failure = Failure::thrown(Some(TIMEOUT.to_owned()), None);
        *previous = engine.event(told(kinds.timed_out).failed(&failure), *previous);
        return Err(Failure {
            also: is_heartbeat.then_some(HEARTBEAT),
            ..Failure::new(TIMEOUT, "")
        });
    };
    engine.wait(after)?;
    match answer {
        Answer::Return { output, .. } => {
            if crate::measure::is_too_large(&output) {
                let what = if task.is_lambda {
                    task.resource
                } else {
                    crate::history_json::service(task.resource).0
                };
                let failure = crate::measure::too_large(what);
                *previous = engine.event(told(kinds.failed).failed(&failure), *previous);
                return Err(failure);
            }
            *previous = engine.event(told(kinds.succeeded).with(&output), *previous);
            Ok(output)
        }
        Answer::Throw { error, cause, .. } => {
            let timed_out = error.as_deref() == Some(TIMEOUT);
            let kind = if timed_out {
                kinds.timed_out
            } else {
                kinds.failed
            };
            let failure = Failure::thrown(error, cause);
            *previous = engine.event(told(kind).failed(&failure), *previous);
            Err(failure)
        }
        Answer::Never | Answer::Unknown => Ok(Value::Null),
    }
}

/// A time limit in milliseconds; none where there is none.
fn limit<'d>(
    engine: &mut Engine<'d, '_>,
    setting: Setting<'_, 'd>,
    amount: Option<&Amount<'d>>,
) -> Result<Option<u64>, Failure> {
    let Some(amount) = amount else {
        return Ok(None);
    };
    // A path of a timeout is one of the raw input.
    let value = setting.at(setting.visit.input).amount(engine, amount)?;
    match value.as_f64() {
        Some(seconds) if seconds > 0.0 => Ok(Some(milliseconds(seconds))),
        _ => Err(Failure::runtime(format!(
            "The {} parameter does not reference a positive number: {} == {value}",
            amount.field,
            amount.text()
        ))),
    }
}
