//! Distributed Maps: child executions, readers, batches, what may fail.

use std::collections::BinaryHeap;
use std::rc::Rc;

use serde_json::{Value, json};

use crate::failure::Failure;
use crate::frame::Setting;
use crate::history::{Detail, Status};
use crate::map::{Entry, concurrency, item_context, items, selected};
use crate::program::{Batcher, Map, Writer};
use crate::record::Note;
use crate::run::{Engine, Visit};
use crate::scope::Scope;
use crate::side::Side;
use crate::way::{self, Book, End};

/// Child executions that run at a time at most.
///
/// Source: AWS Step Functions Developer Guide, service quotas, read 2026-11-22.
const AT_A_TIME: usize = 10_000;

/// What an Express child has: 5 minutes.
///
/// Source: AWS Step Functions Developer Guide, Standard and Express workflows, read 2026-11-22.
const EXPRESS_MS: u64 = 300_000;

/// Runs a Map Run.
pub(crate) fn map<'d>(
    engine: &mut Engine<'d, '_>,
    visit: &Visit<'_, 'd>,
    scope: &mut Scope,
    map: &Map<'d>,
    context: &Value,
    effective: &Value,
) -> Result<Value, Failure> {
    let setting = Setting::of(visit, &scope.variables, context).at(effective);
    let before = if visit.tries == 0 {
        visit.entry
    } else {
        scope.previous
    };
    // A JSONata field that fails does so before the Map has started.
    if !visit.step.jsonata {
        scope.previous = engine.event(Note::of("MapStateStarted"), before);
    }
    let run = map_run(map.label.unwrap_or(visit.step.name));
    let run = Detail::MapRun(run.into());
    let read = match &map.reader {
        Some(reader) => crate::reader::read(engine, setting, reader),
        None => items(engine, setting, map),
    };
    let at_a_time = match concurrency(engine, setting, map)? {
        0 => AT_A_TIME,
        some => some.min(AT_A_TIME),
    };
    let tolerated = tolerance(engine, setting, map)?;
    if visit.step.jsonata {
        scope.previous = engine.event(Note::of("MapStateStarted"), before);
    }
    let entries = match read {
        Ok(entries) => entries,
        Err(failure) if failure.is_told => {
            scope.previous = engine.event(
                Note::of("MapRunStarted").detail(run.clone()),
                scope.previous,
            );
            scope.previous =
                engine.event(Note::of("MapRunFailed").failed(&failure), scope.previous);
            return Err(failure);
        }
        Err(failure) => return Err(failure),
    };
    scope.previous = engine.event(
        Note::of("MapRunStarted").detail(run.clone()),
        scope.previous,
    );
    let inputs = inputs(engine, setting, map, entries)?;
    if let Some(attempt) = engine.open_attempt() {
        attempt.items = Some(inputs.len() as u64);
    }
    let results = match silently(engine, |engine| {
        children(engine, scope, map, inputs, at_a_time, &tolerated)
    }) {
        Ok(results) => results,
        Err(failure) if failure.ends.is_some() || failure.is_cut => return Err(failure),
        Err(failure) => {
            scope.previous =
                engine.event(Note::of("MapRunFailed").failed(&failure), scope.previous);
            return Err(failure);
        }
    };
    let succeeded = engine.event(Note::of("MapRunSucceeded"), scope.previous);
    engine.event(Note::of("MapStateSucceeded"), succeeded);
    if before == visit.entry && visit.is_first {
        // Recorded like this: the first state of a machine alone goes on from here.
        scope.previous = succeeded;
    }
    let setting = Setting::of(visit, &scope.variables, context).at(effective);
    let label = map.label.unwrap_or(visit.step.name);
    let result = written(engine, setting, map.writer.as_ref(), label, results)?;
    if crate::measure::is_too_large(&result) {
        return Err(crate::measure::too_large(visit.step.name));
    }
    Ok(result)
}

/// Child executions have times and histories of their own.
fn silently<'d, 't, T>(
    engine: &mut Engine<'d, 't>,
    run: impl FnOnce(&mut Engine<'d, 't>) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let was_silent = std::mem::replace(&mut engine.is_silent, true);
    let deadline = engine.deadline.take();
    let until = engine.until;
    engine.until = until.min(deadline.unwrap_or(u64::MAX));
    let events = engine.silent_events;
    let ran = run(engine);
    engine.is_silent = was_silent;
    engine.deadline = deadline;
    engine.until = until;
    engine.silent_events = events;
    engine.record.is_full = false;
    match ran {
        // The time of the execution ends what its children do.
        Err(failure) if failure.is_cut && deadline.is_some_and(|it| it <= engine.now) => {
            Err(Failure::timed_out())
        }
        ran => ran,
    }
}

/// Runs the child executions: how each that ran has ended, or why the Map Run failed.
fn children<'d>(
    engine: &mut Engine<'d, '_>,
    scope: &Scope,
    map: &Map<'d>,
    inputs: Vec<Input>,
    at_a_time: usize,
    tolerated: &Tolerance,
) -> Result<Vec<Child>, Failure> {
    let all = inputs.len();
    let mut side = Side::new(engine, at_a_time, true, scope.previous);
    let mut book = Book::new(map.express);
    let mut ran = Vec::with_capacity(all.min(1_000));
    let mut failures = Failures::of(tolerated, all);
    // What is written to a bucket is not needed here.
    let keeps = map.writer.as_ref().is_none_or(|it| it.target.is_none());
    let tells = map.writer.as_ref().is_some_and(Writer::tells_of_children);
    for (index, (input, item)) in inputs.into_iter().enumerate() {
        let Some((start, _)) = side.next(engine) else {
            break;
        };
        let mut child = scope.apart();
        child.item = item;
        child.child = map.reads_context.then(|| Rc::new((input.clone(), start)));
        let told = tells.then(|| (input.to_string(), engine.instant(start)));
        let input_bytes = if map.express {
            crate::measure::bytes(&input, usize::MAX).unwrap_or_default() as u64
        } else {
            0
        };
        engine.deadline = map.express.then(|| start.saturating_add(EXPRESS_MS));
        engine.silent_events = 0;
        engine.record.is_full = false;
        let (mut lane, result) = engine.run(&map.processor, input, &mut child);
        let failure = result.as_ref().err();
        if let Some(failure) = failure
            && matches!(failure.ends, Some(Status::Failed | Status::TimedOut))
        {
            lane.end = End::Failed(engine.erred(failure));
        }
        book.add(way::Child {
            index: index as u64,
            lane,
            input_bytes,
            failed_in: failure.and_then(|failure| failure.state.clone()),
        });
        let over = match failure {
            Some(failure) if failure.is_cut || failure.ends == Some(Status::Stopped) => {
                Some(failure.clone())
            }
            Some(_) => {
                if let Some(at) = failures.add(engine.now) {
                    let exceeded = Failure::new(
                        "States.ExceedToleratedFailureThreshold",
                        "The specified tolerated failure threshold was exceeded",
                    );
                    side.fail(engine, at, scope.previous, exceeded);
                }
                None
            }
            None => None,
        };
        if keeps {
            ran.push(Child {
                result,
                told: told.map(|(input, started)| (input, started, engine.instant(engine.now))),
            });
        }
        side.ended(engine, None, scope.previous, scope.previous, over);
    }
    let closed = side.close(engine);
    let told = book.close(engine.now);
    if let Some(attempt) = engine.open_attempt() {
        attempt.children = Some(Box::new(told));
    }
    match closed.failed {
        None => Ok(ran),
        Some(failure) => Err(failure),
    }
}

/// Counts the children that failed, in the order in which they did.
struct Failures {
    /// With so many the Map Run fails.
    most: usize,
    /// When they failed: the first ones, the last of them on top.
    first: BinaryHeap<u64>,
}

impl Failures {
    fn of(tolerated: &Tolerance, all: usize) -> Self {
        let (mut least, mut most) = (1, all + 1);
        while least < most {
            let middle = least.midpoint(most);
            if tolerated.exceeded(middle, all) {
                most = middle;
            } else {
                least = middle + 1;
            }
        }
        Self {
            most,
            first: BinaryHeap::new(),
        }
    }

    /// One more failed at that time: when the Map Run fails, as far as is known now.
    fn add(&mut self, at: u64) -> Option<u64> {
        self.first.push(at);
        if self.first.len() > self.most {
            self.first.pop();
        }
        self.first
            .peek()
            .copied()
            .filter(|_| self.first.len() == self.most)
    }
}

/// How many may fail.
struct Tolerance {
    count: Option<i64>,
    percentage: Option<f64>,
}

impl Tolerance {
    fn exceeded(&self, failed: usize, all: usize) -> bool {
        #[allow(clippy::cast_precision_loss, reason = "items are far fewer than 2^52")]
        let share = failed as f64 * 100.0 / all.max(1) as f64;
        let by_count = self
            .count
            .map(|count| i64::try_from(failed).unwrap_or(i64::MAX) > count);
        let by_share = self.percentage.map(|most| share > most);
        match (by_count, by_share) {
            (None, None) => true,
            // The one that is exceeded first counts.
            (one, other) => one.unwrap_or_default() || other.unwrap_or_default(),
        }
    }
}

fn tolerance<'d>(
    engine: &mut Engine<'d, '_>,
    setting: Setting<'_, 'd>,
    map: &Map<'d>,
) -> Result<Tolerance, Failure> {
    let count = setting.whole(engine, map.tolerated_count.as_ref())?;
    if count.is_some_and(i64::is_negative) {
        return Err(Failure::runtime(
            "ToleratedFailureCount cannot be negative.",
        ));
    }
    let percentage = match &map.tolerated_percentage {
        None => None,
        Some(amount) => {
            let value = setting.amount(engine, amount)?;
            let by_text = || value.as_str().filter(|_| amount.from_path)?.parse().ok();
            let Some(number) = value.as_f64().or_else(by_text) else {
                let shown = value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_owned);
                return Err(Failure::runtime(format!(
                    "The {} field refers to value \"{shown}\" which is not a valid float: {}",
                    amount.field,
                    amount.text()
                )));
            };
            if !(0.0..=100.0).contains(&number) {
                return Err(Failure::runtime(
                    "ToleratedFailurePercentage must be between 0 and 100.",
                ));
            }
            Some(number)
        }
    };
    Ok(Tolerance { count, percentage })
}

/// What a child gets, and its item for the Context Object.
type Input = (Value, Option<Rc<Value>>);

/// What each child gets.
fn inputs<'d>(
    engine: &mut Engine<'d, '_>,
    setting: Setting<'_, 'd>,
    map: &Map<'d>,
    entries: Vec<Entry>,
) -> Result<Vec<Input>, Failure> {
    let mut of_item = item_context(setting, map);
    let mut inputs = Vec::with_capacity(entries.len());
    for (index, entry) in entries.into_iter().enumerate() {
        let wanted = map.reads_context || map.selector.is_some();
        let item = wanted.then(|| Rc::new(entry.context(index)));
        let input = selected(engine, setting, map, entry, item.as_ref(), &mut of_item)?;
        inputs.push((input, item.filter(|_| map.reads_context)));
    }
    match &map.batcher {
        Some(batcher) => batches(engine, setting, batcher, inputs),
        None => Ok(inputs),
    }
}

fn batches<'d>(
    engine: &mut Engine<'d, '_>,
    setting: Setting<'_, 'd>,
    batcher: &Batcher<'d>,
    inputs: Vec<Input>,
) -> Result<Vec<Input>, Failure> {
    let most = setting.whole(engine, batcher.most_items.as_ref())?;
    let bytes = setting.whole(engine, batcher.most_bytes.as_ref())?;
    let most = most
        .and_then(|most| usize::try_from(most).ok())
        .filter(|most| *most > 0)
        .unwrap_or(usize::MAX);
    let bytes = bytes
        .and_then(|bytes| usize::try_from(bytes).ok())
        .filter(|bytes| *bytes > 0)
        .unwrap_or(usize::MAX);
    let shared = match &batcher.input {
        None => None,
        Some(template) => Some(setting.template(engine, template, "ItemBatcher/BatchInput")?),
    };
    let mut groups: Vec<Vec<Value>> = Vec::new();
    let mut used = 0;
    for (input, _) in inputs {
        let size = input.to_string().len();
        match groups.last_mut() {
            Some(batch) if batch.len() < most && used + size <= bytes => {
                batch.push(input);
                used += size;
            }
            _ => {
                groups.push(vec![input]);
                used = size;
            }
        }
    }
    let whole = groups.into_iter().map(|items| {
        let batch = match &shared {
            Some(shared) => json!({"BatchInput": shared, "Items": items}),
            None => json!({"Items": items}),
        };
        (batch, None)
    });
    Ok(whole.collect())
}

/// ARN of a Map Run.
fn map_run(label: &str) -> String {
    format!("arn:aws:states:us-east-1:123456789012:mapRun:simulated/{label}:run")
}

/// What the Map gives: where the results are, or the results as its `ResultWriter` wants them.
fn written<'d>(
    engine: &mut Engine<'d, '_>,
    setting: Setting<'_, 'd>,
    writer: Option<&Writer<'d>>,
    label: &str,
    children: Vec<Child>,
) -> Result<Value, Failure> {
    let Some(target) = writer.and_then(|writer| writer.target.as_ref()) else {
        let results = children.into_iter().enumerate();
        let results = results.flat_map(|(index, child)| match writer {
            None => child.result.ok().into_iter().collect(),
            Some(writer) => child.shown(index, label, writer),
        });
        return Ok(Value::Array(results.collect()));
    };
    let field = if setting.visit.step.jsonata {
        "ResultWriter/Arguments"
    } else {
        "ResultWriter/Parameters"
    };
    let target = setting.template(engine, target, field)?;
    let text = |name: &str| {
        let text = target.get(name).and_then(Value::as_str);
        text.unwrap_or_default()
    };
    Ok(json!({
        "MapRunArn": map_run(label),
        "ResultWriterDetails": {
            "Bucket": text("Bucket"),
            "Key": format!("{}/run/manifest.json", text("Prefix").trim_end_matches('/')),
        },
    }))
}

/// A child execution that ended.
struct Child {
    result: Result<Value, Failure>,
    /// Its input, and when it started and ended, where the results are to tell of it.
    told: Option<(String, String, String)>,
}

impl Child {
    /// What the results of the Map show of it, as `Transformation` says; one that failed is shown as it is.
    ///
    /// Source: Developer Guide, `ResultWriter`, read 2026-11-23.
    fn shown(self, index: usize, label: &str, writer: &Writer<'_>) -> Vec<Value> {
        let result = match (self.result, writer.transformation) {
            (Ok(Value::Array(items)), Some("FLATTEN")) => return items,
            (Ok(value), Some("COMPACT" | "FLATTEN")) => return vec![value],
            (result, _) => result,
        };
        let of = "arn:aws:states:us-east-1:123456789012";
        let (input, started, ended) = self.told.unwrap_or_default();
        let mut shown = json!({
            "ExecutionArn": format!("{of}:execution:simulated/{label}:{index}"),
            "Input": input,
            "InputDetails": {"Included": true},
            "Name": index.to_string(),
            "StartDate": started,
            "StateMachineArn": format!("{of}:stateMachine:simulated/{label}"),
            "StopDate": ended,
        });
        let more = match result {
            Ok(value) => json!({
                "Output": value.to_string(),
                "OutputDetails": {"Included": true},
                "Status": "SUCCEEDED",
            }),
            Err(failure) => json!({
                "Cause": failure.cause,
                "Error": failure.error,
                "Status": "FAILED",
            }),
        };
        if let (Some(shown), Value::Object(more)) = (shown.as_object_mut(), more) {
            shown.extend(more);
        }
        vec![shown]
    }
}
