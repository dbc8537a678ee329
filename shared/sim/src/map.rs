//! Parallel and Map.

use std::rc::Rc;

use serde_json::{Map as Object, Value, json};

use crate::failure::Failure;
use crate::frame::{Frame, Setting};
use crate::history::Detail;
use crate::program::{Map, Program};
use crate::record::Note;
use crate::run::{Engine, Visit};
use crate::scope::Scope;
use crate::side::Side;
use crate::template::Template;
use crate::way::Lane;

/// Iterations of an inline Map that run at a time at most.
///
/// Source: AWS Step Functions Developer Guide, Map state, read 2026-11-22.
const INLINE_AT_A_TIME: usize = 40;

/// All branches.
pub(crate) fn parallel<'d>(
    engine: &mut Engine<'d, '_>,
    visit: &Visit<'_, 'd>,
    scope: &mut Scope,
    branches: &[Program<'d>],
    input: &Value,
) -> Result<Value, Failure> {
    let before = if visit.tries == 0 {
        visit.entry
    } else {
        scope.previous
    };
    let started = engine.event(Note::of("ParallelStateStarted"), before);
    scope.previous = started;
    let mut side = Side::new(engine, branches.len(), false, started);
    let mut results = Vec::with_capacity(branches.len());
    for branch in branches {
        let Some((_, previous)) = side.next(engine) else {
            break;
        };
        let mut inner = scope.inner();
        inner.previous = previous;
        let (lane, result) = engine.run(branch, input.clone(), &mut inner);
        let failure = match result {
            Ok(value) => {
                results.push(value);
                None
            }
            Err(failure) => Some(failure.inner()),
        };
        side.ended(engine, Some(lane), inner.previous, inner.previous, failure);
    }
    let closed = side.close(engine);
    scope.previous = closed.previous;
    if let Some(failure) = closed.failed {
        return Err(failure);
    }
    engine.event(Note::of("ParallelStateSucceeded"), scope.previous);
    let result = Value::Array(results);
    if crate::measure::is_too_large(&result) {
        return Err(crate::measure::too_large(visit.step.name));
    }
    Ok(result)
}

/// All items.
pub(crate) fn map<'d>(
    engine: &mut Engine<'d, '_>,
    visit: &Visit<'_, 'd>,
    scope: &mut Scope,
    map: &Map<'d>,
    context: &Value,
    effective: &Value,
) -> Result<Value, Failure> {
    if map.distributed {
        return crate::distributed::map(engine, visit, scope, map, context, effective);
    }
    let setting = Setting::of(visit, &scope.variables, context).at(effective);
    let items = items(engine, setting, map)?;
    let at_a_time = concurrency(engine, setting, map)?;
    let before = if visit.tries == 0 {
        visit.entry
    } else {
        scope.previous
    };
    let length = Detail::Length(items.len() as u64);
    let started = engine.event(Note::of("MapStateStarted").detail(length), before);
    scope.previous = started;
    let limit = match at_a_time {
        0 => INLINE_AT_A_TIME,
        some => some.min(INLINE_AT_A_TIME),
    };
    if let Some(attempt) = engine.open_attempt() {
        attempt.items = Some(items.len() as u64);
    }
    let mut of_item = item_context(setting, map);
    let mut side = Side::new(engine, limit, true, started);
    let mut results = Vec::with_capacity(items.len().min(1_000));
    for (index, item) in items.into_iter().enumerate() {
        let Some((_, previous)) = side.next(engine) else {
            break;
        };
        let mut inner = scope.inner();
        inner.item = engine.reads_context.then(|| Rc::new(item.context(index)));
        inner.previous = engine.event(iteration("MapIterationStarted", visit, index), previous);
        let input = selected(
            engine,
            setting,
            map,
            item,
            inner.item.as_ref(),
            &mut of_item,
        );
        let (lane, result) = match input {
            Ok(input) => engine.run(&map.processor, input, &mut inner),
            Err(failure) => {
                let mut lane = Lane::at(engine.now);
                let end = engine.end_of(Some(&failure));
                lane.close(engine.now, end);
                (lane, Err(failure))
            }
        };
        let (told, failure) = match result {
            Ok(value) => {
                let told = engine.event(
                    iteration("MapIterationSucceeded", visit, index),
                    inner.previous,
                );
                results.push(value);
                (told, None)
            }
            Err(failure) => {
                let told = if failure.is_quiet() {
                    inner.previous
                } else {
                    engine.event(
                        iteration("MapIterationFailed", visit, index),
                        inner.previous,
                    )
                };
                (told, Some(failure.inner()))
            }
        };
        side.ended(engine, Some(lane), inner.previous, told, failure);
    }
    let closed = side.close(engine);
    scope.previous = closed.previous;
    if let Some(failure) = closed.failed {
        return Err(failure);
    }
    engine.event(Note::of("MapStateSucceeded"), scope.previous);
    let result = Value::Array(results);
    if crate::measure::is_too_large(&result) {
        return Err(crate::measure::too_large(visit.step.name));
    }
    Ok(result)
}

/// An event of an iteration.
fn iteration(kind: &'static str, visit: &Visit<'_, '_>, index: usize) -> Note<'static> {
    let note = Note::of(kind).state(&visit.step.shared_name);
    note.detail(Detail::Iteration(index as u64))
}

/// An item of a Map.
pub(crate) struct Entry {
    /// The name of the member, where the items are those of an object.
    pub(crate) key: Option<String>,
    pub(crate) value: Value,
}

impl Entry {
    /// `Map.Item` of the Context Object.
    pub(crate) fn context(&self, index: usize) -> Value {
        let mut item = Object::new();
        item.insert("Index".to_owned(), index.into());
        if let Some(key) = &self.key {
            item.insert("Key".to_owned(), key.clone().into());
        }
        item.insert("Value".to_owned(), self.value.clone());
        Value::Object(item)
    }
}

/// What a Map goes over.
pub(crate) fn items<'d>(
    engine: &mut Engine<'d, '_>,
    setting: Setting<'_, 'd>,
    map: &Map<'d>,
) -> Result<Vec<Entry>, Failure> {
    let jsonata = setting.visit.step.jsonata;
    let value = match &map.items {
        Some(items) if jsonata => setting.template(engine, items, "Items")?,
        Some(items) => setting.template(engine, items, "ItemsPath")?,
        None => setting.effective.clone(),
    };
    let entry = |value| Entry { key: None, value };
    match value {
        Value::Array(items) => Ok(items.into_iter().map(entry).collect()),
        Value::Object(members) if map.distributed => Ok(members
            .into_iter()
            .map(|(key, value)| Entry {
                key: Some(key),
                value,
            })
            .collect()),
        other => Err(match &map.items {
            Some(Template::Item(item)) if jsonata => {
                Frame::wrong_type(item, "Items", "array", &other)
            }
            Some(Template::Item(item)) => Failure::runtime(format!(
                "Reference path \"{}\" must point to array.",
                item.text()
            )),
            Some(_) => Failure::query("The field 'Items' is no array"),
            None => Failure::runtime("Reference path \"$\" must point to array."),
        }),
    }
}

/// `MaxConcurrency`; 0 where there is none.
pub(crate) fn concurrency<'d>(
    engine: &mut Engine<'d, '_>,
    setting: Setting<'_, 'd>,
    map: &Map<'d>,
) -> Result<usize, Failure> {
    let most = setting.whole(engine, map.concurrency.as_ref())?;
    Ok(usize::try_from(most.unwrap_or_default()).unwrap_or_default())
}

/// What [`selected`] puts the item of an iteration into.
pub(crate) fn item_context(setting: Setting<'_, '_>, map: &Map<'_>) -> Value {
    if map.selector.is_some() {
        setting.context.clone()
    } else {
        Value::Null
    }
}

/// The input of an iteration: the item, or what `ItemSelector` makes of it.
pub(crate) fn selected<'d>(
    engine: &mut Engine<'d, '_>,
    setting: Setting<'_, 'd>,
    map: &Map<'d>,
    item: Entry,
    item_of_context: Option<&Rc<Value>>,
    context: &mut Value,
) -> Result<Value, Failure> {
    let Some(selector) = &map.selector else {
        return Ok(match item.key {
            Some(key) => json!({"Key": key, "Value": item.value}),
            None => item.value,
        });
    };
    if let (Some(context), Some(item)) = (context.as_object_mut(), item_of_context) {
        context.insert("Map".to_owned(), json!({"Item": **item}));
    }
    setting
        .with_context(context)
        .template(engine, selector, "ItemSelector")
}
