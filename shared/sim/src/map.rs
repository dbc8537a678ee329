//! Parallel and Map: scopes that run side by side on virtual time.
//!
//! They are run one after the other, each from when it starts. Where one fails, what the others do later than that did not
//! happen: their events are dropped.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use serde_json::{Map as Object, Value, json};

use crate::failure::Failure;
use crate::frame::{Frame, Setting};
use crate::program::{Map, Program};
use crate::run::{Engine, Visit};
use crate::scope::Scope;
use crate::template::Template;

/// Iterations of an inline Map that run at a time at most.
///
/// Source: AWS Step Functions Developer Guide, Map state, read 2026-11-22.
const INLINE_AT_A_TIME: usize = 40;

/// Scopes that run side by side.
pub(crate) struct Side {
    start: u64,
    first_event: usize,
    /// When the first one failed, which event tells it, and why.
    failed: Option<(u64, Failure)>,
    /// End of each that is running, for those that wait for a place.
    places: BinaryHeap<Reverse<u64>>,
    at_a_time: usize,
    /// They start one after the other, though at the same instant: iterations, and not branches.
    in_turn: bool,
    last: u64,
}

impl Side {
    pub(crate) fn new(engine: &Engine<'_, '_>, at_a_time: usize, in_turn: bool) -> Self {
        Self {
            start: engine.now,
            first_event: engine.events.len(),
            failed: None,
            places: BinaryHeap::new(),
            at_a_time: at_a_time.max(1),
            in_turn,
            last: engine.now,
        }
    }

    /// When the next one starts; none where one failed before that.
    pub(crate) fn next(&mut self) -> Option<u64> {
        let start = if self.places.len() < self.at_a_time {
            self.start
        } else {
            self.places.pop().map_or(self.start, |Reverse(end)| end)
        };
        let over = self
            .failed
            .as_ref()
            .is_some_and(|(at, _)| start >= *at && (self.in_turn || start > self.start));
        (!over).then_some(start)
    }

    /// One has ended.
    pub(crate) fn ended(&mut self, at: u64, failure: Option<Failure>) {
        self.places.push(Reverse(at));
        self.last = self.last.max(at);
        if let Some(failure) = failure
            && self.failed.as_ref().is_none_or(|(before, _)| at < *before)
        {
            self.failed = Some((at, failure));
        }
    }

    /// Puts the events in the order of time, and the clock to the end; the failure, where one failed.
    pub(crate) fn close(self, engine: &mut Engine<'_, '_>) -> Result<(), Failure> {
        let end = self.failed.as_ref().map_or(self.last, |(at, _)| *at);
        engine.now = end;
        let mut side = engine.events.split_off(self.first_event);
        if self.failed.is_some() {
            side.retain(|event| event.at_ms <= end);
        }
        side.sort_by_key(|event| event.at_ms);
        engine.events.append(&mut side);
        match self.failed {
            Some((_, failure)) => Err(failure),
            None => Ok(()),
        }
    }
}

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
    let started = engine.event("ParallelStateStarted", None, None, before);
    scope.previous = started;
    let mut side = Side::new(engine, branches.len(), false);
    let mut results = Vec::with_capacity(branches.len());
    for branch in branches {
        let Some(start) = side.next() else { break };
        engine.now = start;
        let mut inner = scope.inner();
        inner.previous = started;
        let result = engine.run(branch, input.clone(), &mut inner);
        scope.previous = inner.previous;
        if let Err(failure) = &result
            && failure.ends.is_some()
        {
            return Err(failure.clone());
        }
        let failure = match result {
            Ok(value) => {
                results.push(value);
                None
            }
            Err(failure) => Some(failure.inner()),
        };
        side.ended(engine.now, failure);
    }
    side.close(engine)?;
    scope.previous = engine.event("ParallelStateSucceeded", None, None, scope.previous);
    let result = Value::Array(results);
    if crate::data::is_too_large(&result) {
        return Err(crate::data::too_large(visit.step.name));
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
    let started = engine.event("MapStateStarted", None, None, before);
    scope.previous = started;
    let limit = match at_a_time {
        0 => INLINE_AT_A_TIME,
        some => some.min(INLINE_AT_A_TIME),
    };
    let mut side = Side::new(engine, limit, true);
    let mut results = Vec::with_capacity(items.len().min(1_000));
    for (index, item) in items.into_iter().enumerate() {
        let Some(start) = side.next() else { break };
        engine.now = start;
        let mut inner = scope.inner();
        inner.item = Some(item.context(index));
        inner.previous = engine.event("MapIterationStarted", None, None, started);
        let result = selected(engine, setting, map, item, inner.item.as_ref())
            .and_then(|input| engine.run(&map.processor, input, &mut inner));
        if let Err(failure) = &result
            && failure.ends.is_some()
        {
            return Err(failure.clone());
        }
        let failure = match result {
            Ok(value) => {
                inner.previous = engine.event("MapIterationSucceeded", None, None, inner.previous);
                results.push(value);
                None
            }
            Err(failure) => {
                let error = Some(failure.error.clone());
                inner.previous = engine.event("MapIterationFailed", None, error, inner.previous);
                Some(failure.inner())
            }
        };
        scope.previous = inner.previous;
        side.ended(engine.now, failure);
    }
    side.close(engine)?;
    scope.previous = engine.event("MapStateSucceeded", None, None, scope.previous);
    let result = Value::Array(results);
    if crate::data::is_too_large(&result) {
        return Err(crate::data::too_large(visit.step.name));
    }
    Ok(result)
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

/// The input of an iteration: the item, or what `ItemSelector` makes of it.
pub(crate) fn selected<'d>(
    engine: &mut Engine<'d, '_>,
    setting: Setting<'_, 'd>,
    map: &Map<'d>,
    item: Entry,
    item_of_context: Option<&Value>,
) -> Result<Value, Failure> {
    let Some(selector) = &map.selector else {
        return Ok(match item.key {
            Some(key) => json!({"Key": key, "Value": item.value}),
            None => item.value,
        });
    };
    let mut context = setting.context.clone();
    if let (Some(context), Some(item)) = (context.as_object_mut(), item_of_context) {
        context.insert("Map".to_owned(), json!({"Item": item}));
    }
    setting
        .with_context(&context)
        .template(engine, selector, "ItemSelector")
}
