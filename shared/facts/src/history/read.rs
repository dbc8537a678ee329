//! Histories as files: what `aws stepfunctions get-execution-history` prints, page by page or all of them.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::{Execution, Flaw, HistoryEvent};

/// A history that was read from a file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RecordedHistory {
    /// The events, in the order of the file.
    pub events: Vec<HistoryEvent>,
    /// The last page names another one.
    pub more: bool,
}

/// Why a text is no history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HistoryError {
    /// It is no JSON: what is wrong, with line and column.
    Malformed(String),
    /// It is JSON without events.
    NoEvents,
    /// An event, counted from 1, is none: what is wrong.
    Event(usize, String),
}

impl std::fmt::Display for HistoryError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Malformed(what) => write!(f, "not JSON: {what}"),
            Self::NoEvents => f.write_str(
                "no execution history: expected what `aws stepfunctions get-execution-history` prints, an object with `events`",
            ),
            Self::Event(number, what) => write!(f, "event {number} cannot be read: {what}"),
        }
    }
}

impl std::error::Error for HistoryError {}

impl RecordedHistory {
    /// Reads what the AWS CLI prints: one object with `events`, several of them one behind the other, or the events alone.
    pub fn from_json(text: &str) -> Result<Self, HistoryError> {
        let mut history = Self::default();
        let mut found = false;
        for page in serde_json::Deserializer::from_str(text).into_iter::<Value>() {
            let page = page.map_err(|error| HistoryError::Malformed(error.to_string()))?;
            let token = |name: &str| page.get(name).is_some_and(Value::is_string);
            history.more = token("nextToken") || token("NextToken");
            let events = match &page {
                Value::Array(events) => events.as_slice(),
                page => page
                    .get("events")
                    .and_then(Value::as_array)
                    .map(Vec::as_slice)
                    .ok_or(HistoryError::NoEvents)?,
            };
            found = true;
            for event in events {
                let number = history.events.len() + 1;
                let event = Written::deserialize(event)
                    .map_err(|error| error.to_string())
                    .and_then(event_of)
                    .map_err(|what| HistoryError::Event(number, what))?;
                history.events.push(event);
            }
        }
        if found {
            Ok(history)
        } else {
            Err(HistoryError::NoEvents)
        }
    }

    /// What it says.
    pub fn execution(&self) -> Execution {
        let mut execution = Execution::of(&self.events);
        if self.more {
            execution.flaws.push(Flaw::MorePages);
        }
        execution
    }
}

/// An event as the API writes it. Its details are in a member that is named for its type.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Written {
    id: i64,
    #[serde(default)]
    previous_event_id: i64,
    r#type: String,
    timestamp: Value,
    #[serde(flatten)]
    details: serde_json::Map<String, Value>,
}

fn event_of(written: Written) -> Result<HistoryEvent, String> {
    let detail = |name: &str| {
        let mut details = written
            .details
            .iter()
            .filter(|(key, _)| key.ends_with("EventDetails"));
        details.find_map(|(_, details)| details.get(name)?.as_str().map(str::to_owned))
    };
    let kind = written.r#type;
    let named = kind.ends_with("StateEntered") || kind.ends_with("StateExited");
    Ok(HistoryEvent {
        id: written.id,
        previous: written.previous_event_id,
        state: match kind.as_str() {
            "EvaluationFailed" => detail("state"),
            _ if named => detail("name"),
            _ => None,
        },
        error: detail("error"),
        at: instant(&written.timestamp)?,
        kind,
    })
}

/// A time as versions of the AWS CLI write it: ISO 8601, or seconds since 1970.
fn instant(value: &Value) -> Result<Timestamp, String> {
    let unreadable = || format!("`timestamp` is {value}, no time");
    match value {
        Value::String(text) => text.parse().map_err(|_| unreadable()),
        Value::Number(number) => {
            let seconds = number.as_f64().ok_or_else(unreadable)?;
            #[allow(
                clippy::cast_possible_truncation,
                reason = "what is out of range is refused as a time"
            )]
            let milliseconds = (seconds * 1000.0).round() as i64;
            Timestamp::from_millisecond(milliseconds).map_err(|_| unreadable())
        }
        _ => Err(unreadable()),
    }
}
