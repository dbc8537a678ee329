//! The cost of an account as JSON, version 1.

use std::collections::BTreeMap;

use cost::{AccountCost, BreakEven, Leans, Line, MachineCost, MonthCost, Other, Range, StateCost};
use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::Number;

use crate::json_v1::decimal;

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    account: &'a str,
    regions: &'a [String],
    window: Window,
    prices_as_of: &'a str,
    month_hours: u32,
    usd: Amount,
    usd_after_free_tier: Number,
    free_tier: Vec<Free<'a>>,
    machines: Vec<Machine<'a>>,
    not_read: Vec<NotRead<'a>>,
    checks: Vec<CheckRow<'a>>,
    notes: &'a [String],
}

#[derive(Serialize)]
struct Window {
    start: String,
    end: String,
    days: i64,
}

#[derive(Serialize)]
struct Amount {
    best: Number,
    low: Number,
    high: Number,
}

#[derive(Serialize)]
struct Free<'a> {
    item: &'static str,
    quantity: &'a str,
    usd: Number,
}

#[derive(Serialize)]
struct NotRead<'a> {
    region: &'a str,
    arn: &'a str,
    why: &'a str,
}

#[derive(Serialize)]
struct CheckRow<'a> {
    region: &'a str,
    what: &'static str,
    machines: Number,
    region_says: Option<Number>,
    not_known: Option<&'a str>,
    difference: Option<Number>,
}

#[derive(Serialize)]
struct Machine<'a> {
    arn: &'a str,
    name: &'a str,
    region: &'a str,
    r#type: &'static str,
    tags: &'a BTreeMap<String, String>,
    not_known: Option<&'a str>,
    #[serde(flatten)]
    month: Option<Month<'a>>,
}

#[derive(Serialize)]
struct Month<'a> {
    usd: Amount,
    executions: Number,
    transitions_each: Option<Amount>,
    lines: Vec<LineRow<'a>>,
    other_type: OtherRow<'a>,
    cheaper_type: Option<&'static str>,
    break_even: Option<Even>,
    starts: Vec<StartedRow<'a>>,
    states: Vec<State<'a>>,
    evidence: Vec<Evidence<'a>>,
    notes: &'a [String],
}

#[derive(Serialize)]
struct LineRow<'a> {
    item: &'static str,
    quantity: &'a str,
    usd: Amount,
    assumed: Option<&'a str>,
}

#[derive(Serialize)]
struct OtherRow<'a> {
    usd_today: Option<Amount>,
    usd: Option<Amount>,
    usd_bill: Option<Amount>,
    usd_saving: Option<Number>,
    impossible: Option<&'a str>,
    not_known: Option<&'a str>,
}

#[derive(Serialize)]
struct Even {
    transitions: Number,
    at_transitions: Number,
    seconds: Number,
    at_seconds: Option<Number>,
    memory_mb: Number,
}

#[derive(Serialize)]
struct StartedRow<'a> {
    state: &'a str,
    machine: &'a str,
    share: Option<Number>,
    at_most: bool,
    usd: Option<Number>,
}

#[derive(Serialize)]
struct State<'a> {
    name: &'a str,
    usd: Option<Number>,
    entered: Amount,
    retries: Number,
    seconds: Number,
    share_of_transitions: Number,
    share_of_time: Number,
}

#[derive(Serialize)]
struct Evidence<'a> {
    what: &'a str,
    value: &'a str,
    source: &'a str,
}

fn amount(range: Range) -> Amount {
    Amount {
        best: decimal(range.best),
        low: decimal(range.low),
        high: decimal(range.high),
    }
}

fn seconds(ms: Decimal) -> Number {
    decimal(ms.checked_div(Decimal::ONE_THOUSAND).unwrap_or_default())
}

/// The cost of an account as JSON, version 1. Amounts are US dollars for a month of 730 hours; shares are 0 to 1.
pub fn cost_json(account: &AccountCost) -> String {
    let window = account.window;
    let document = Document {
        version: 1,
        account: &account.account,
        regions: &account.regions,
        window: Window {
            start: window.start.to_string(),
            end: window.end.to_string(),
            days: window.days(),
        },
        prices_as_of: &account.prices_as_of,
        month_hours: pricing::HOURS_PER_MONTH,
        usd: amount(account.total),
        usd_after_free_tier: decimal(cost::after_free(account).0),
        free_tier: account
            .free
            .iter()
            .map(|free| Free {
                item: free.item.name(),
                quantity: &free.quantity,
                usd: decimal(free.usd),
            })
            .collect(),
        machines: account.machines.iter().map(machine).collect(),
        not_read: account
            .not_read
            .iter()
            .map(|missing| NotRead {
                region: &missing.region,
                arn: &missing.arn,
                why: &missing.why,
            })
            .collect(),
        checks: account
            .checks
            .iter()
            .map(|check| CheckRow {
                region: &check.region,
                what: check.what,
                machines: decimal(check.machines),
                region_says: check.region_says.as_ref().ok().map(|all| decimal(*all)),
                not_known: check.region_says.as_ref().err().map(String::as_str),
                difference: check.difference().map(decimal),
            })
            .collect(),
        notes: &account.notes,
    };
    crate::escape::json(&serde_json::to_string_pretty(&document).unwrap_or_default())
}

fn machine(machine: &MachineCost) -> Machine<'_> {
    Machine {
        arn: &machine.arn,
        name: &machine.name,
        region: &machine.region,
        r#type: machine.workflow,
        tags: &machine.tags,
        not_known: machine.month.as_ref().err().map(String::as_str),
        month: machine.month.as_ref().ok().map(month),
    }
}

fn month(month: &MonthCost) -> Month<'_> {
    Month {
        usd: amount(month.total),
        executions: decimal(month.executions),
        transitions_each: month.transitions.map(amount),
        lines: month.lines.iter().map(line).collect(),
        other_type: other(month),
        cheaper_type: month.leans.map(Leans::name),
        break_even: month.break_even.as_ref().map(even),
        starts: month
            .starts
            .iter()
            .map(|started| StartedRow {
                state: &started.state,
                machine: &started.machine,
                share: started.share.map(decimal),
                at_most: started.at_most,
                usd: started.usd.map(decimal),
            })
            .collect(),
        states: month.states.iter().map(state).collect(),
        evidence: month
            .evidence
            .iter()
            .map(|evidence| Evidence {
                what: &evidence.what,
                value: &evidence.value,
                source: &evidence.source,
            })
            .collect(),
        notes: &month.notes,
    }
}

fn line(line: &Line) -> LineRow<'_> {
    LineRow {
        item: line.item.name(),
        quantity: &line.quantity,
        usd: amount(line.usd),
        assumed: line.assumed.as_deref(),
    }
}

fn other(month: &MonthCost) -> OtherRow<'_> {
    let priced = month.other.priced();
    let (impossible, not_known) = match &month.other {
        Other::Priced { .. } => (None, None),
        Other::Impossible { why, .. } => (Some(why.as_str()), None),
        Other::Unknown(why) => (None, Some(why.as_str())),
    };
    OtherRow {
        usd_today: priced.map(|(today, _)| amount(today)),
        usd: priced.map(|(_, usd)| amount(usd)),
        usd_bill: month.other.bill(month.total).map(amount),
        usd_saving: month.other.saving().map(|saved| decimal(saved.0)),
        impossible,
        not_known,
    }
}

fn even(even: &BreakEven) -> Even {
    Even {
        transitions: decimal(even.transitions),
        at_transitions: decimal(even.at_transitions),
        seconds: seconds(even.duration_ms),
        at_seconds: even.at_duration_ms.map(seconds),
        memory_mb: decimal(even.memory_mb),
    }
}

fn state(state: &StateCost) -> State<'_> {
    State {
        name: &state.name,
        usd: state.usd.map(decimal),
        entered: amount(state.entered),
        retries: decimal(state.retries),
        seconds: seconds(state.milliseconds),
        share_of_transitions: decimal(state.share_of_transitions),
        share_of_time: decimal(state.share_of_time),
    }
}
