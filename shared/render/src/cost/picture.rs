//! Where Standard and Express cost the same, as a line for each machine.

use std::fmt::Write as _;

use cost::numbers::{duration, float};
use cost::{AccountCost, BreakEven, Leans, Other, places};
use pricing::{Usd, num};
use rust_decimal::Decimal;
use unicode_width::UnicodeWidthStr;

use crate::escape::visible;

/// Characters for each power of ten, from a hundredth of a transition to a thousand.
const DECADE: usize = 8;
const SCALE: [&str; 6] = ["0.01", "0.1", "1", "10", "100", "1,000"];

/// A line for each machine that can be either: its transitions, and the number at which both types cost the same.
pub(super) fn picture(account: &AccountCost) -> String {
    let longest = Decimal::from(cost::able::LIMIT_SECONDS * 1_000);
    let rows: Vec<(String, &BreakEven, String)> = account
        .machines
        .iter()
        .filter_map(|machine| {
            let month = machine.month.as_ref().ok()?;
            let even = month.break_even.as_ref()?;
            let leans = match month.leans? {
                Leans::Standard => "Standard is cheaper",
                Leans::Express => "Express is cheaper",
                Leans::Either => "not decided",
            };
            let Other::Priced { today, usd } = &month.other else {
                return None;
            };
            let (standard, express) = if machine.workflow == "STANDARD" {
                (today, usd)
            } else {
                (usd, today)
            };
            let words = format!(
                "{leans}: {} against {} as {}; they cost the same at {} transitions{}",
                Usd(express.best.min(standard.best)).cents(),
                Usd(express.best.max(standard.best)).cents(),
                if express.best < standard.best {
                    "Standard"
                } else {
                    "Express"
                },
                places(even.at_transitions),
                even.at_duration_ms
                    .filter(|ms| *ms < longest)
                    .map(|ms| format!(" or {}", duration(float(ms))))
                    .unwrap_or_default()
            );
            Some((visible(&machine.name).into_owned(), even, words))
        })
        .collect();
    if rows.is_empty() {
        return String::new();
    }
    let width = rows
        .iter()
        .map(|(name, ..)| name.width())
        .max()
        .unwrap_or_default();
    let mut out = String::from(
        "\nStandard or Express: o is the transitions of an execution, | where both types cost the same; to the right of | Express is cheaper\n\n",
    );
    let mut scale = String::new();
    for (at, text) in SCALE.iter().enumerate() {
        while scale.len() < at * DECADE {
            scale.push(' ');
        }
        scale.push_str(text);
    }
    _ = writeln!(out, "{:width$}  {scale}", "");
    for (name, even, words) in rows {
        let blanks = " ".repeat(width - name.width());
        _ = writeln!(out, "{name}{blanks}  {}  {words}", line(even));
    }
    out
}

fn line(even: &BreakEven) -> String {
    let length = DECADE * (SCALE.len() - 1) + 1;
    let mut cells = vec!['.'; length];
    for (value, mark) in [(even.at_transitions, '|'), (even.transitions, 'o')] {
        if let Some(cell) = cells.get_mut(place(value).min(length - 1)) {
            // Both at one place: the crossing is where it is.
            *cell = if *cell == '|' { '*' } else { mark };
        }
    }
    cells.into_iter().collect()
}

/// The column of a number on the scale: steps of the eighth part of a power of ten.
fn place(value: Decimal) -> usize {
    // The eighth roots of ten.
    const STEPS: [Decimal; DECADE] = [
        Decimal::from_parts(1000, 0, 0, false, 3),
        Decimal::from_parts(1334, 0, 0, false, 3),
        Decimal::from_parts(1778, 0, 0, false, 3),
        Decimal::from_parts(2371, 0, 0, false, 3),
        Decimal::from_parts(3162, 0, 0, false, 3),
        Decimal::from_parts(4217, 0, 0, false, 3),
        Decimal::from_parts(5623, 0, 0, false, 3),
        Decimal::from_parts(7499, 0, 0, false, 3),
    ];
    let mut scaled = num::mul(value, Decimal::ONE_HUNDRED);
    let mut place = 0;
    while scaled >= Decimal::TEN && place < DECADE * SCALE.len() {
        scaled = num::div(scaled, Decimal::TEN).unwrap_or_default();
        place += DECADE;
    }
    place
        + STEPS
            .iter()
            .filter(|step| **step <= scaled)
            .count()
            .saturating_sub(1)
}
