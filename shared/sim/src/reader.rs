//! What the `ItemReader` of a Distributed Map reads.

use asl::Node;
use serde_json::Value;

use crate::failure::Failure;
use crate::frame::Setting;
use crate::map::Entry;
use crate::mocks::{Answer, Call};
use crate::program::Reader;
use crate::run::Engine;
use crate::template::plain;

/// What the reader reads; the object is what [`crate::Tasks`] answers to a call of its `Resource`.
pub(crate) fn read<'d>(
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
    let object = match object {
        // A listing is a list of its objects.
        Value::Object(mut listing) if reader.resource.ends_with(":listObjectsV2") => {
            listing.remove("Contents").unwrap_or(Value::Object(listing))
        }
        object => object,
    };
    let mut entries = entries(setting.visit.step.name, reader.config, object)?;
    entries.truncate(limit);
    Ok(entries)
}

/// The items of an object: a list as it is, a text by its `InputType`.
fn entries(state: &str, config: Option<&Node>, object: Value) -> Result<Vec<Entry>, Failure> {
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
        Some(kind @ ("PARQUET" | "MANIFEST")) => Err(Failure::stopped(format!(
            "`{state}` reads {kind}, which is not simulated: give its items as a JSON array"
        ))),
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
                value => {
                    let pointer = field("ItemsPointer");
                    let value = match pointer.as_ref().and_then(Value::as_str) {
                        None => value,
                        Some(pointer) => value.pointer(pointer).cloned().ok_or_else(|| {
                            broken(format!(
                                "The ItemsPointer '{pointer}' does not point to a value."
                            ))
                        })?,
                    };
                    entries(state, None, value)
                }
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
