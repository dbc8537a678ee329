//! Distributed Maps: child executions, readers, batches, what may fail.

use std::rc::Rc;

use asl::Node;
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::frame::Setting;
use crate::history::Detail;
use crate::map::{Entry, concurrency, item_context, items, selected};
use crate::mocks::{Answer, Call};
use crate::program::{Batcher, Map, Reader};
use crate::record::Note;
use crate::run::{Engine, Visit};
use crate::scope::Scope;
use crate::side::Side;
use crate::template::plain;

/// Child executions that run at a time at most.
///
/// Source: AWS Step Functions Developer Guide, service quotas, read 2026-11-22.
const AT_A_TIME: usize = 10_000;

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
        Some(reader) => self::read(engine, setting, reader),
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
    let all = inputs.len();
    let mut side = Side::new(engine, at_a_time, true, scope.previous);
    let (mut results, mut failed) = (Vec::new(), 0_usize);
    let was_silent = std::mem::replace(&mut engine.is_silent, true);
    for (input, item) in inputs {
        let Some((start, _)) = side.next(engine) else {
            break;
        };
        engine.now = start;
        engine.children += 1;
        engine.of_children += 1;
        let transitions = engine.of_children;
        let mut child = scope.apart();
        child.item = item;
        let result = engine.run(&map.processor, input, &mut child);
        if map.express {
            // What an Express child does is billed by time.
            engine.of_children = transitions;
        }
        let ended = match result {
            Ok(value) => {
                results.push(value);
                None
            }
            Err(failure) if failure.ends.is_some() => {
                engine.is_silent = was_silent;
                return Err(failure);
            }
            Err(_) => {
                failed += 1;
                let too_many = tolerated.exceeded(failed, all);
                too_many.then(|| {
                    Failure::new(
                        "States.ExceedToleratedFailureThreshold",
                        "The specified tolerated failure threshold was exceeded",
                    )
                })
            }
        };
        side.ended(engine.now, scope.previous, scope.previous, ended);
    }
    engine.is_silent = was_silent;
    if let Some(failure) = side.close(engine).failed {
        scope.previous = engine.event(Note::of("MapRunFailed").failed(&failure), scope.previous);
        return Err(failure);
    }
    let succeeded = engine.event(Note::of("MapRunSucceeded"), scope.previous);
    engine.event(Note::of("MapStateSucceeded"), succeeded);
    if before == visit.entry && visit.is_first {
        // Recorded like this: the first state of a machine alone goes on from here.
        scope.previous = succeeded;
    }
    let result = Value::Array(results);
    match map.writer {
        Some(writer) => Ok(written(writer, map.label.unwrap_or(visit.step.name))),
        None if crate::data::is_too_large(&result) => Err(crate::data::too_large(visit.step.name)),
        None => Ok(result),
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

/// What each child gets, with its item for the Context Object.
fn inputs<'d>(
    engine: &mut Engine<'d, '_>,
    setting: Setting<'_, 'd>,
    map: &Map<'d>,
    entries: Vec<Entry>,
) -> Result<Vec<(Value, Option<Rc<Value>>)>, Failure> {
    let mut of_item = item_context(setting, map);
    let mut inputs = Vec::with_capacity(entries.len());
    for (index, entry) in entries.into_iter().enumerate() {
        let item = engine.reads_context.then(|| Rc::new(entry.context(index)));
        let input = selected(engine, setting, map, entry, item.as_ref(), &mut of_item)?;
        inputs.push((input, item));
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
    inputs: Vec<(Value, Option<Rc<Value>>)>,
) -> Result<Vec<(Value, Option<Rc<Value>>)>, Failure> {
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

/// What the reader reads; the object is what [`crate::Tasks`] answers to a call of its `Resource`.
fn read<'d>(
    engine: &mut Engine<'d, '_>,
    setting: Setting<'_, 'd>,
    reader: &Reader<'d>,
) -> Result<Vec<Entry>, Failure> {
    let most = setting.whole(engine, reader.max_items.as_ref())?;
    let input = match &reader.arguments {
        None => Value::Null,
        Some(template) => {
            let field = if setting.visit.step.jsonata {
                "ItemReader/Arguments"
            } else {
                "ItemReader/Parameters"
            };
            setting.template(engine, template, field)?
        }
    };
    if most.is_some_and(i64::is_negative) {
        return Err(Failure::new(
            "States.ItemReaderFailed",
            "field MaxItems must be positive",
        ));
    }
    let call = Call {
        state: setting.visit.step.name,
        resource: reader.resource,
        input: &input,
        before: 0,
    };
    let object = match engine.tasks.answer(&call) {
        Answer::Return { output, .. } => output,
        Answer::Throw { error, cause, .. } => return Err(Failure::thrown(error, cause)),
        Answer::Never | Answer::Unknown => {
            return Err(Failure::unanswered(
                setting.visit.step.name,
                reader.resource,
            ));
        }
    };
    // None means all, and so does 0.
    let limit = most.and_then(|most| usize::try_from(most).ok());
    let limit = limit.filter(|most| *most > 0).unwrap_or(usize::MAX);
    let mut entries = entries(reader.config, object)?;
    entries.truncate(limit);
    Ok(entries)
}

/// The items of an object: a list as it is, a text by its `InputType`.
fn entries(config: Option<&Node>, object: Value) -> Result<Vec<Entry>, Failure> {
    let entry = |value| Entry { key: None, value };
    let text = match object {
        Value::Array(items) => return Ok(items.into_iter().map(entry).collect()),
        Value::Object(members) => {
            let members = members.into_iter().map(|(key, value)| Entry {
                key: Some(key),
                value,
            });
            return Ok(members.collect());
        }
        Value::String(text) => text,
        other => {
            return Err(Failure::new(
                "States.ItemReaderFailed",
                format!("the object is {other}"),
            ));
        }
    };
    let broken = |why: String| Failure::new("States.ItemReaderFailed", why);
    let field = |name: &str| config.and_then(|config| config.get(name)).map(plain);
    match field("InputType").as_ref().and_then(Value::as_str) {
        Some("CSV") => csv(
            &text,
            field("CSVHeaders"),
            field("CSVDelimiter").as_ref().and_then(Value::as_str),
        ),
        Some("JSONL") => text
            .lines()
            .filter(|line| !line.trim().is_empty())
            .map(|line| {
                serde_json::from_str(line)
                    .map(entry)
                    .map_err(|error| broken(error.to_string()))
            })
            .collect(),
        _ => {
            let value: Value = serde_json::from_str(&text)
                .map_err(|_| broken("Attempting to map over non-iterable node.".to_owned()))?;
            match value {
                Value::String(_) => Err(broken(
                    "Attempting to map over non-iterable node.".to_owned(),
                )),
                value => entries(config, value),
            }
        }
    }
}

/// Rows of a table, each an object by the names in its head.
fn csv(text: &str, given: Option<Value>, delimiter: Option<&str>) -> Result<Vec<Entry>, Failure> {
    let delimiter = match delimiter {
        Some("PIPE") => b'|',
        Some("SEMICOLON") => b';',
        Some("SPACE") => b' ',
        Some("TAB") => b'\t',
        _ => b',',
    };
    let broken = |error: csv::Error| Failure::new("States.ItemReaderFailed", error.to_string());
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(text.as_bytes());
    let mut rows = reader.records();
    let names: Vec<String> = match given {
        Some(Value::Array(names)) => names
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
        _ => match rows.next() {
            Some(head) => head.map_err(broken)?.iter().map(str::to_owned).collect(),
            None => Vec::new(),
        },
    };
    rows.map(|row| {
        let row = row.map_err(broken)?;
        let members = names.iter().enumerate().map(|(at, name)| {
            let cell = row.get(at).unwrap_or_default();
            (name.clone(), Value::String(cell.to_owned()))
        });
        Ok(Entry {
            key: None,
            value: Value::Object(members.collect()),
        })
    })
    .collect()
}

/// ARN of a Map Run.
fn map_run(label: &str) -> String {
    format!("arn:aws:states:us-east-1:123456789012:mapRun:simulated/{label}:run")
}

/// What a Map with a `ResultWriter` gives: where the results are.
fn written(writer: &Node, label: &str) -> Value {
    let parameters = writer
        .get("Parameters")
        .or_else(|| writer.get("Arguments"))
        .map(plain);
    let text = |name: &str| {
        let value = parameters.as_ref().and_then(|it| it.get(name));
        value.and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    json!({
        "MapRunArn": map_run(label),
        "ResultWriterDetails": {
            "Bucket": text("Bucket"),
            "Key": format!("{}/run/manifest.json", text("Prefix").trim_end_matches('/')),
        },
    })
}
