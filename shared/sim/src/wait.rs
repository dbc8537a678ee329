//! Waiting, on virtual time.

use serde_json::Value;

use crate::choice::timestamp;
use crate::failure::Failure;
use crate::frame::Setting;
use crate::program::Wait;
use crate::run::{Engine, milliseconds};
use crate::template::{Amount, Item};

/// Waits as the state says.
pub(crate) fn wait<'d>(
    engine: &mut Engine<'d, '_>,
    setting: Setting<'_, 'd>,
    wait: &Wait<'d>,
) -> Result<(), Failure> {
    let ms = match wait {
        Wait::Nothing => 0,
        Wait::Seconds(amount) => {
            let value = setting.amount(engine, amount)?;
            seconds(amount, &value)?
        }
        Wait::Timestamp(item, by_path) => {
            let field = if *by_path {
                "TimestampPath"
            } else {
                "Timestamp"
            };
            let value = setting.value(engine, item, field)?;
            let text = value.as_str().unwrap_or_default();
            let Some(at) = timestamp(text) else {
                return Err(no_timestamp(item, *by_path, &value));
            };
            let now = engine.epoch_ms();
            u64::try_from(at.as_millisecond().saturating_sub(now)).unwrap_or_default()
        }
    };
    engine.wait(ms)
}

fn no_timestamp(item: &Item<'_>, by_path: bool, value: &Value) -> Failure {
    let text = value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned);
    if by_path {
        return Failure::runtime(format!(
            "The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time format string: {} == {text}",
            item.text()
        ));
    }
    Failure::query(format!(
        "The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format string: {text}"
    ))
    .at("Timestamp")
}

fn seconds(amount: &Amount<'_>, value: &Value) -> Result<u64, Failure> {
    if let Some(whole) = value.as_i64() {
        return u64::try_from(whole).map(|whole| whole.saturating_mul(1000)).map_err(|_| {
            if amount.from_path {
                Failure::runtime(format!("The {} parameter references a negative value: {} == {value}", amount.field, amount.text()))
            } else {
                Failure::query(format!(
                    "The JSONata expression '{}' specified for the field 'Seconds' returned a value that is out of range: {value}",
                    amount.text()
                ))
                .at("Seconds")
            }
        });
    }
    if amount.from_path {
        return Err(Failure::runtime(format!(
            "The {} parameter cannot be parsed as a long value: {} == {value}",
            amount.field,
            amount.text()
        )));
    }
    match value.as_f64() {
        Some(seconds) if seconds >= 0.0 => Ok(milliseconds(seconds)),
        _ => Err(Failure::query(format!(
            "The JSONata expression '{}' specified for the field 'Seconds' returned an unexpected result type. Expected 'number', but was '{}' for value: {value}",
            amount.text(),
            crate::run::type_name(value)
        ))
        .at("Seconds")),
    }
}
