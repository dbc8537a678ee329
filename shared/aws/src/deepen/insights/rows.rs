//! From the rows of a search to histories.

use std::collections::BTreeMap;

use facts::HistoryEvent;
use jiff::Timestamp;

use super::super::choice::{Ended, Status};

/// One log event, by field.
pub(super) type Row = BTreeMap<String, String>;

/// Executions that are in the rows.
#[derive(Debug, Default)]
pub(super) struct Executions {
    /// Those with start and end, by ARN.
    pub(super) whole: Vec<(Ended, Vec<HistoryEvent>)>,
    /// How many have no start or no end in the rows.
    pub(super) cut: u64,
}

/// The executions that rows tell. Events come in any order, and may come twice.
pub(super) fn executions(rows: &[Row]) -> Executions {
    let mut by_execution: BTreeMap<&str, Vec<HistoryEvent>> = BTreeMap::new();
    for row in rows {
        if let Some((execution, event)) = event(row) {
            by_execution.entry(execution).or_default().push(event);
        }
    }
    let mut found = Executions::default();
    for (arn, mut events) in by_execution {
        events.sort_by_key(|event| event.id);
        events.dedup_by_key(|event| event.id);
        match ended(arn, &events) {
            Some(ended) => found.whole.push((ended, events)),
            None => found.cut += 1,
        }
    }
    found
}

fn ended(arn: &str, events: &[HistoryEvent]) -> Option<Ended> {
    let start = events.first().filter(|it| it.kind == "ExecutionStarted")?;
    let end = events.last()?;
    let status = match end.kind.as_str() {
        "ExecutionSucceeded" => Status::Succeeded,
        "ExecutionFailed" => Status::Failed,
        "ExecutionTimedOut" => Status::TimedOut,
        "ExecutionAborted" => Status::Aborted,
        _ => return None,
    };
    Some(Ended {
        arn: arn.to_owned(),
        status,
        start: start.at,
        ms: end.at.as_millisecond() - start.at.as_millisecond(),
    })
}

/// The event of a row, and the execution that it is of; none where the row is something else.
fn event(row: &Row) -> Option<(&str, HistoryEvent)> {
    let text = |name: &str| row.get(name).map(String::as_str);
    let number = |name: &str| text(name)?.parse::<i64>().ok();
    let kind = text("type")?;
    let named = kind.ends_with("StateEntered") || kind.ends_with("StateExited");
    let state = match kind {
        "EvaluationFailed" => text("details.state"),
        _ => text("details.name").filter(|_| named),
    };
    let event = HistoryEvent {
        id: number("id")?,
        previous: number("previous_event_id").unwrap_or_default(),
        kind: kind.to_owned(),
        state: state.map(ToOwned::to_owned),
        error: text("details.error").map(ToOwned::to_owned),
        at: Timestamp::from_millisecond(number("event_timestamp")?).ok()?,
    };
    Some((text("execution_arn")?, event))
}
