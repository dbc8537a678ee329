//! What comes through an EventBridge Pipe: a list with one record, in which the event is packed.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use iac::stack::PipeSource;
use serde_json::{Value, json};

use super::TradeOff;
use crate::machine::{Expr, Kind, Names, Output, Scope};
use crate::requirements::{TriggerKind, TriggerNeed};

/// What a pipe reads, where the trigger is one.
pub(crate) fn source(trigger: &TriggerNeed) -> Option<PipeSource> {
    let source = trigger.source.as_deref().unwrap_or_default();
    Some(match trigger.kind {
        TriggerKind::Kinesis => PipeSource::Kinesis,
        TriggerKind::DynamoDbStream => PipeSource::DynamoDb,
        TriggerKind::Pipe if source.contains(":kinesis:") => PipeSource::Kinesis,
        TriggerKind::Pipe if source.contains(":dynamodb:") => PipeSource::DynamoDb,
        TriggerKind::Sqs | TriggerKind::Pipe => PipeSource::Queue,
        _ => return None,
    })
}

/// JSONata of the event in what came through a pipe; none where nothing did.
pub(super) fn unpacked(trigger: &TriggerNeed, input: &str) -> Option<String> {
    Some(match source(trigger)? {
        PipeSource::Queue => format!("$parse({input}[0].body)"),
        PipeSource::Kinesis => format!("$parse($base64decode({input}[0].data))"),
        // Attributes as plain values, also inside of maps and lists; a row that was deleted is what it was.
        PipeSource::DynamoDb => format!(
            "($plain := function($v) {{ $exists($v.M) ? $merge($each($v.M, function($i, $k) {{{{$k: $plain($i)}}}})) : $exists($v.L) ? [$map($v.L, function($i) {{ $plain($i) }})] : $exists($v.N) ? $number($v.N) : $exists($v.BOOL) ? $v.BOOL : $exists($v.S) ? $v.S : $exists($v.NULL) ? null : $v }}; $merge($each({}, function($i, $k) {{{{$k: $plain($i)}}}})))",
            image(input)
        ),
    })
}

fn image(input: &str) -> String {
    format!(
        "($exists({input}[0].dynamodb.NewImage) ? {input}[0].dynamodb.NewImage : {input}[0].dynamodb.OldImage)"
    )
}

/// JSONata of one value of the event: whoever names it reads no more of the record.
pub(super) fn unpacked_value(
    trigger: &TriggerNeed,
    input: &str,
    path: &[String],
) -> Option<String> {
    let names: Vec<String> = path.iter().map(|name| format!("`{name}`")).collect();
    Some(match source(trigger)? {
        // Whatever the type of the attribute is.
        PipeSource::DynamoDb => format!("{}.{}.*", image(input), names.join(".M.")),
        _ => format!("{}.{}", unpacked(trigger, input)?, names.join(".")),
    })
}

/// Begins a scope with a state that takes the event out of the list.
///
/// Source: Amazon EventBridge User Guide, Pipes batching: Step Functions gets a JSON array of records, also of one; read
/// 2026-11-23.
pub(super) fn take(
    names: &mut Names,
    trade_offs: &mut Vec<TradeOff>,
    trigger: &TriggerNeed,
    scope: &mut Scope,
) {
    let Some(code) = unpacked(trigger, "$states.input") else {
        return;
    };
    let next = scope.start();
    let label = scope.add(names, "Take event");
    let name = scope.name(label).to_owned();
    if let Some(state) = scope.state(label) {
        state.kind = Kind::Pass;
        state.comment = Some("A pipe hands over a list with one record.".to_owned());
        state.output = Output::Value(Expr::Code(code));
        state.next = next;
    }
    scope.start_at(label);
    trade_offs.push(TradeOff {
        rule: "removable-transition",
        state: Some(name),
        why: "all states read the event and not the record that it came in".to_owned(),
    });
}

/// An input as it comes: for a pipe, the list with its record.
pub(super) fn record(trigger: &TriggerNeed, event: Value) -> Value {
    match source(trigger) {
        None => event,
        Some(PipeSource::Queue) => json!([{"messageId": "1", "body": event.to_string()}]),
        Some(PipeSource::Kinesis) => {
            json!([{"partitionKey": "1", "data": STANDARD.encode(event.to_string())}])
        }
        Some(PipeSource::DynamoDb) => {
            let image = match attribute(event) {
                Value::Object(mut typed) => typed.remove("M").unwrap_or_default(),
                other => other,
            };
            json!([{"eventName": "INSERT", "dynamodb": {"NewImage": image}}])
        }
    }
}

/// A value as `DynamoDB` writes it.
fn attribute(value: Value) -> Value {
    match value {
        Value::Null => json!({"NULL": true}),
        Value::Bool(is) => json!({"BOOL": is}),
        Value::Number(number) => json!({"N": number.to_string()}),
        Value::String(text) => json!({"S": text}),
        Value::Array(items) => json!({"L": items.into_iter().map(attribute).collect::<Vec<_>>()}),
        Value::Object(members) => {
            let members = members
                .into_iter()
                .map(|(name, value)| (name, attribute(value)));
            json!({"M": members.collect::<serde_json::Map<_, _>>()})
        }
    }
}
