//! What the services cost that a workflow calls.

use pricing::{Usd, num};
use rust_decimal::Decimal;

use super::{Case, Line, Setting};
use crate::requirements::TriggerKind;

/// Calls of a service by one step.
#[derive(Clone, Debug, PartialEq)]
pub struct Calls {
    /// Id of the step, or what it is made for.
    pub step: String,
    /// `lambda:invoke`, `dynamodb:putItem`
    pub action: String,
    /// How often in one execution.
    pub per_execution: Decimal,
    /// How long one takes, where it is said.
    pub duration_ms: Option<Decimal>,
    /// Memory of the function, where it is said.
    pub memory_mb: Option<u32>,
}

/// What the calls of a step cost in a month.
#[derive(Clone, Debug, PartialEq)]
pub struct ServiceLine {
    /// Id of the step.
    pub step: String,
    /// What is called.
    pub action: String,
    /// How it is computed, or why no amount is known.
    pub how: String,
    /// A month; zero where it is not known.
    pub month: Usd,
    /// Whether the amount is known.
    pub known: bool,
}

/// Memory of a function of which nothing is said.
const MEMORY_MB: u32 = 512;
/// Duration of a function of which nothing is said.
const DURATION_MS: u32 = 200;

/// What all calls cost, and what was assumed of them.
pub(super) fn lines(setting: &Setting<'_>, case: &Case) -> (Vec<ServiceLine>, Vec<String>) {
    let mut assumptions = Vec::new();
    let lines = setting
        .profile
        .calls
        .iter()
        .map(|calls| line(setting, case, calls, &mut assumptions))
        .collect();
    assumptions.sort();
    assumptions.dedup();
    (lines, assumptions)
}

fn line(
    setting: &Setting<'_>,
    case: &Case,
    calls: &Calls,
    assumptions: &mut Vec<String>,
) -> ServiceLine {
    let count = num::mul(calls.per_execution, case.executions);
    let priced = if calls.action == "lambda:invoke" {
        Some(lambda(setting, calls, count, assumptions))
    } else {
        by_request(setting, case, &calls.action, count)
    };
    let (how, month, known) = match priced {
        Some((how, month)) => (how, month, true),
        None => (
            format!("{} calls; {}", num::count(count), not_priced(&calls.action)),
            Usd::ZERO,
            false,
        ),
    };
    ServiceLine {
        step: calls.step.clone(),
        action: calls.action.clone(),
        how,
        month,
        known,
    }
}

fn not_priced(action: &str) -> &'static str {
    match action.split(':').next() {
        Some("states" | "sfn") => "the other state machine has a bill of its own",
        Some("activity") => "the workers are paid for where they run",
        _ => "no price of it is on record",
    }
}

fn lambda(
    setting: &Setting<'_>,
    calls: &Calls,
    count: Decimal,
    assumptions: &mut Vec<String>,
) -> (String, Usd) {
    let memory = calls.memory_mb.unwrap_or_else(|| {
        assumptions.push(format!(
            "functions have {MEMORY_MB} MB where nothing is said (`memory_mb`)"
        ));
        MEMORY_MB
    });
    let duration = calls.duration_ms.unwrap_or_else(|| {
        assumptions.push(format!(
            "functions take {DURATION_MS} ms where nothing is said (`duration`)"
        ));
        DURATION_MS.into()
    });
    let gb_seconds = num::mul(count, pricing::gb_seconds(duration, memory.into()));
    let usd =
        setting.table.lambda_request * count + setting.table.lambda_gb_second_x86 * gb_seconds;
    (
        format!(
            "{} x ({} + {} ms x {memory} MB x86)",
            num::count(count),
            setting.table.lambda_request.per_million(),
            num::count(duration),
        ),
        usd,
    )
}

/// Bytes of one unit that a request is counted in.
const WRITE_UNIT: u64 = 1_024;
const READ_UNIT: u64 = 4 * 1_024;
const MESSAGE_UNIT: u64 = 64 * 1_024;

/// Services that count requests, or units of data: the price, and units of one call.
fn price_of(action: &str, payload: u64) -> Option<(&'static str, u64)> {
    let units = |unit: u64| payload.max(1).div_ceil(unit);
    Some(match action {
        "dynamodb:getItem" | "dynamodb:query" | "dynamodb:batchGetItem" => {
            ("dynamodb_read_unit", units(READ_UNIT))
        }
        "dynamodb:putItem" | "dynamodb:updateItem" | "dynamodb:deleteItem" => {
            ("dynamodb_write_unit", units(WRITE_UNIT))
        }
        // A write in a transaction counts twice.
        "dynamodb:transactWriteItems" => ("dynamodb_write_unit", units(WRITE_UNIT) * 2),
        "sqs:sendMessage" | "sqs:sendMessageBatch" => ("sqs_request", units(MESSAGE_UNIT)),
        "sns:publish" => ("sns_api_request", units(MESSAGE_UNIT)),
        "events:putEvents" | "eventbridge:putEvents" => {
            ("eventbridge_custom_event", units(MESSAGE_UNIT))
        }
        "s3:putObject" | "s3:copyObject" | "s3:listObjectsV2" => ("s3_put", 1),
        "s3:getObject" | "s3:headObject" => ("s3_get", 1),
        _ => return None,
    })
}

fn by_request(
    setting: &Setting<'_>,
    case: &Case,
    action: &str,
    count: Decimal,
) -> Option<(String, Usd)> {
    let (name, units) = price_of(action, case.payload.0)?;
    let price = setting.prices.other(name)?;
    let total = num::mul(count, units.into());
    let each = if units == 1 {
        String::new()
    } else {
        format!(" x {units}")
    };
    let doubt = if price.from.verified {
        ""
    } else {
        " (price not verified)"
    };
    Some((
        format!(
            "{}{each} x {} per {}{doubt}",
            num::count(count),
            price.usd.per_million(),
            price.unit
        ),
        price.usd * total,
    ))
}

/// What brings the events.
pub(super) fn trigger(setting: &Setting<'_>, case: &Case) -> Vec<Line> {
    let units = case.payload.0.max(1).div_ceil(MESSAGE_UNIT);
    let (what, name, per_execution) = match setting.requirements.trigger.kind {
        TriggerKind::EventBridge => ("events of the trigger", "eventbridge_custom_event", units),
        TriggerKind::Sqs
        | TriggerKind::Pipe
        | TriggerKind::Kinesis
        | TriggerKind::DynamoDbStream => {
            ("requests of the pipe", "eventbridge_pipe_request", units)
        }
        TriggerKind::Schedule => ("invocations of the schedule", "eventbridge_schedule", 1),
        _ => return Vec::new(),
    };
    let Some(price) = setting.prices.other(name) else {
        return Vec::new();
    };
    let count = num::mul(case.executions, per_execution.into());
    vec![Line {
        what: what.to_owned(),
        how: format!("{} x {}", num::count(count), price.usd.per_million()),
        month: price.usd * count,
    }]
}
