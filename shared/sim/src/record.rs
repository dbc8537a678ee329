//! Writes the history while an execution runs.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::failure::Failure;
use crate::history::{Detail, Event};
use crate::run::Engine;

/// An event to be written.
pub(crate) struct Note<'n> {
    kind: &'static str,
    state: Option<Arc<str>>,
    payload: Option<&'n Value>,
    /// The payload as text, where it was written before.
    text: Option<Arc<str>>,
    assigned: Option<&'n Map<String, Value>>,
    error: Option<&'n str>,
    cause: Option<&'n str>,
    detail: Detail,
}

impl<'n> Note<'n> {
    /// An event that says no more than its type.
    pub(crate) fn of(kind: &'static str) -> Self {
        Self {
            kind,
            state: None,
            payload: None,
            text: None,
            assigned: None,
            error: None,
            cause: None,
            detail: Detail::Nothing,
        }
    }

    /// Of the state of this name.
    pub(crate) fn state(self, name: &Arc<str>) -> Self {
        Self {
            state: Some(Arc::clone(name)),
            ..self
        }
    }

    /// With this input or output.
    pub(crate) fn with(self, payload: &'n Value) -> Self {
        Self {
            payload: Some(payload),
            ..self
        }
    }

    /// The payload was written before, as this.
    pub(crate) fn text(self, text: Option<Arc<str>>) -> Self {
        Self { text, ..self }
    }

    /// With the variables that the state assigned.
    pub(crate) fn assigned(self, assigned: &'n Map<String, Value>) -> Self {
        Self {
            assigned: Some(assigned).filter(|values| !values.is_empty()),
            ..self
        }
    }

    /// With an error.
    pub(crate) fn failed(self, failure: &'n Failure) -> Self {
        let (no_error, no_cause) = failure.nameless;
        Self {
            error: (!no_error).then_some(failure.error.as_str()),
            cause: (!no_cause).then_some(failure.cause.as_str()),
            ..self
        }
    }

    pub(crate) fn detail(self, detail: Detail) -> Self {
        Self { detail, ..self }
    }
}

/// The events of an execution, and how many bytes they hold.
#[derive(Debug, Default)]
pub(crate) struct Record {
    pub(crate) events: Vec<Event>,
    /// The next id; ids are given anew where branches run side by side.
    next_id: u64,
    /// Bytes of payloads and causes.
    bytes: usize,
    /// The last payload: what a state gives is what the next one is given.
    last: Option<Arc<str>>,
    pub(crate) left_out: u64,
    /// Where a payload is written to first.
    scratch: Vec<u8>,
    /// No more than the last event fits.
    pub(crate) is_full: bool,
    /// Events that what runs now has nothing to do with: those of scopes beside it, which were run before.
    pub(crate) beside: usize,
    /// Events were taken out, as those of scopes that ran beside them filled the history.
    pub(crate) is_pruned: bool,
    /// Names and causes of the last errors.
    shared: [Option<Arc<str>>; 4],
    turn: usize,
}

impl Record {
    /// A payload as text; none where the events hold too many bytes already.
    fn text(&mut self, value: &Value, most: usize) -> Option<Arc<str>> {
        if self.bytes >= most {
            self.left_out += 1;
            return None;
        }
        // In one place for all, which has grown to their size.
        self.scratch.clear();
        serde_json::to_writer(&mut self.scratch, value).ok()?;
        let text = std::str::from_utf8(&self.scratch).ok()?;
        if let Some(last) = self.last.as_ref().filter(|last| &***last == text) {
            return Some(Arc::clone(last));
        }
        if text.len() > most - self.bytes {
            self.left_out += 1;
            return None;
        }
        self.bytes += text.len();
        let text: Arc<str> = text.into();
        self.last = Some(Arc::clone(&text));
        Some(text)
    }

    /// A text that several attempts may have in common; empty where there are too many bytes already.
    pub(crate) fn shared(&mut self, text: &str, most: usize) -> Arc<str> {
        let mut known = self.shared.iter().flatten();
        if let Some(known) = known.find(|known| &***known == text) {
            return Arc::clone(known);
        }
        if text.len() > most.saturating_sub(self.bytes) {
            return Arc::default();
        }
        self.bytes += text.len();
        let text: Arc<str> = text.into();
        self.turn = (self.turn + 1) % self.shared.len();
        if let Some(place) = self.shared.get_mut(self.turn) {
            *place = Some(Arc::clone(&text));
        }
        text
    }

    fn cause(&mut self, cause: &str, most: usize) -> Option<Arc<str>> {
        if cause.len() > most.saturating_sub(self.bytes) {
            self.left_out += 1;
            return None;
        }
        self.bytes += cause.len();
        Some(cause.into())
    }
}

impl Engine<'_, '_> {
    /// Events that the history takes.
    pub(crate) fn most_events(&self) -> usize {
        let limits = &self.options.limits;
        match (self.is_silent, self.options.express) {
            // An Express child is ended by its time.
            (true, _) if self.deadline.is_some() => usize::MAX,
            (false, true) => limits.express_events,
            _ => limits.events,
        }
    }

    /// Writes an event and gives its id.
    pub(crate) fn event(&mut self, note: Note<'_>, previous: u64) -> u64 {
        let many = self.most_events();
        let record = &mut self.record;
        record.next_id += 1;
        let id = record.next_id;
        if self.is_silent {
            // A child execution has a history of its own.
            self.silent_events += 1;
            record.is_full |= self.silent_events + 1 >= many;
            return id;
        }
        let limits = &self.options.limits;
        let own = record.events.len().saturating_sub(record.beside);
        if own + 1 >= many && !note.kind.starts_with("Execution") {
            record.is_full = true;
            return previous;
        }
        let most = limits.payload_bytes;
        let wanted = self.options.payloads;
        let payload = note.payload.filter(|_| wanted);
        let payload = note
            .text
            .filter(|_| payload.is_some())
            .or_else(|| payload.and_then(|value| record.text(value, most)));
        let cause = note.cause.and_then(|cause| record.cause(cause, most));
        let detail = match note.assigned.filter(|_| wanted) {
            None => note.detail,
            Some(values) => {
                let texts: BTreeMap<String, Arc<str>> = values
                    .iter()
                    .filter_map(|(name, value)| Some((name.clone(), record.text(value, most)?)))
                    .collect();
                Detail::Assigned(Arc::new(texts))
            }
        };
        record.events.push(Event {
            id,
            previous,
            kind: note.kind,
            state: note.state,
            error: note.error.map(Arc::from),
            cause,
            payload,
            detail,
            at_ms: self.now,
        });
        id
    }

    /// The payload of the last event, where that is in the history.
    pub(crate) fn last_payload(&self) -> Option<Arc<str>> {
        let last = self.record.events.last().filter(|_| !self.is_silent);
        last.and_then(|event| event.payload.clone())
    }

    /// Gives events ids in the order in which they stand; which those of before have become.
    pub(crate) fn number(&mut self) -> HashMap<u64, u64> {
        let events = self.record.events.iter().enumerate();
        let ids: HashMap<u64, u64> = events
            .map(|(at, event)| (event.id, at as u64 + 1))
            .collect();
        for event in &mut self.record.events {
            event.id = ids.get(&event.id).copied().unwrap_or_default();
            event.previous = ids.get(&event.previous).copied().unwrap_or_default();
        }
        ids
    }
}
