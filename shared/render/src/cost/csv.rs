//! Tables for a spreadsheet: plain numbers, one row for each.

use cost::{AccountCost, Item, Leans, MachineCost, MonthCost, Other, Range};
use rust_decimal::Decimal;

use super::{By, tag_keys};

/// The cost of an account as CSV with a head.
///
/// A text that a spreadsheet would take for a formula has an apostrophe before it.
pub fn cost_csv(account: &AccountCost, by: &By) -> String {
    let rows = match by {
        By::Machine => machines(account),
        By::State => states(account),
        By::Tag(key) => tags(account, key.as_deref()),
    };
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        // Writing to memory does not fail.
        if writer.write_record(row).is_err() {
            break;
        }
    }
    let bytes = writer.into_inner().unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

fn text(text: &str) -> String {
    let shown = crate::escape::visible(text);
    if shown.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{shown}")
    } else {
        shown.into_owned()
    }
}

/// Money and means to the millionth.
fn number(value: Decimal) -> String {
    value.round_dp(6).normalize().to_string()
}

fn head(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn bounds(range: Range) -> [String; 3] {
    [range.best, range.low, range.high].map(number)
}

fn machines(account: &AccountCost) -> Vec<Vec<String>> {
    let mut names = vec![
        "machine",
        "region",
        "type",
        "usd_month",
        "usd_low",
        "usd_high",
        "executions_month",
        "transitions_each",
    ];
    let items: Vec<String> = Item::ALL
        .iter()
        .map(|item| format!("usd_{}", item.name().replace(' ', "_")))
        .collect();
    names.extend(items.iter().map(String::as_str));
    names.extend([
        "usd_as_other_type",
        "usd_as_other_low",
        "usd_as_other_high",
        "usd_saving",
        "cheaper_type",
        "break_even_transitions",
        "break_even_seconds",
        "not_known",
    ]);
    let mut rows = vec![head(&names)];
    rows.extend(
        account
            .machines
            .iter()
            .map(|machine| machine_row(machine, names.len())),
    );
    rows
}

fn machine_row(machine: &MachineCost, columns: usize) -> Vec<String> {
    let mut row = vec![
        text(&machine.name),
        text(&machine.region),
        machine.workflow.to_owned(),
    ];
    match &machine.month {
        Ok(month) => row.extend(month_cells(month)),
        Err(why) => {
            row.resize(columns - 1, String::new());
            row.push(text(why));
        }
    }
    row
}

fn month_cells(month: &MonthCost) -> Vec<String> {
    let mut cells = Vec::from(bounds(month.total));
    cells.push(number(month.executions));
    cells.push(
        month
            .transitions
            .map(|each| number(each.best))
            .unwrap_or_default(),
    );
    cells.extend(Item::ALL.iter().map(|item| {
        let lines = month.lines.iter().filter(|line| line.item == *item);
        number(lines.fold(Decimal::ZERO, |sum, line| sum.saturating_add(line.usd.best)))
    }));
    let even = month.break_even.as_ref();
    let bill = month.other.bill(month.total).map(bounds);
    cells.extend(bill.unwrap_or_default());
    cells.push(
        month
            .other
            .saving()
            .map(|saved| number(saved.0))
            .unwrap_or_default(),
    );
    cells.push(month.leans.map(Leans::name).unwrap_or_default().to_owned());
    cells.push(
        even.map(|even| number(even.at_transitions))
            .unwrap_or_default(),
    );
    let seconds = even.and_then(|even| even.at_duration_ms?.checked_div(Decimal::ONE_THOUSAND));
    cells.push(seconds.map(number).unwrap_or_default());
    cells.push(match &month.other {
        Other::Priced { .. } => String::new(),
        Other::Impossible { why, .. } | Other::Unknown(why) => text(why),
    });
    cells
}

fn states(account: &AccountCost) -> Vec<Vec<String>> {
    let mut rows = vec![head(&[
        "machine",
        "region",
        "type",
        "state",
        "usd_month",
        "entered_each",
        "entered_low",
        "entered_high",
        "retries_each",
        "seconds_each",
        "share_of_transitions",
        "share_of_time",
    ])];
    for machine in &account.machines {
        let Ok(month) = &machine.month else { continue };
        rows.extend(month.states.iter().map(|state| {
            let [entered, low, high] = bounds(state.entered);
            let seconds = state
                .milliseconds
                .checked_div(Decimal::ONE_THOUSAND)
                .unwrap_or_default();
            vec![
                text(&machine.name),
                text(&machine.region),
                machine.workflow.to_owned(),
                text(&state.name),
                state.usd.map(number).unwrap_or_default(),
                entered,
                low,
                high,
                number(state.retries),
                number(seconds),
                number(state.share_of_transitions),
                number(state.share_of_time),
            ]
        }));
    }
    rows
}

fn tags(account: &AccountCost, key: Option<&str>) -> Vec<Vec<String>> {
    let mut rows = vec![head(&[
        "tag",
        "value",
        "machines",
        "usd_month",
        "usd_low",
        "usd_high",
    ])];
    for key in tag_keys(account, key) {
        for (value, (machines, sum)) in cost::by_tag(account, key) {
            let mut row = vec![
                text(key),
                value.as_deref().map(text).unwrap_or_default(),
                machines.to_string(),
            ];
            row.extend(bounds(sum));
            rows.push(row);
        }
    }
    rows
}
