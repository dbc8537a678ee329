//! Decimal arithmetic that cannot panic, and counts as people read them.
//!
//! The operators of [`Decimal`] panic when a result does not fit; amounts that come from an
//! account's metrics must not be able to do that, so sums and products stop at the largest value.

use rust_decimal::{Decimal, RoundingStrategy};
use std::str::FromStr;

/// The sum, stopping at the largest (or smallest) value that fits.
pub fn add(left: Decimal, right: Decimal) -> Decimal {
    left.saturating_add(right)
}

/// The difference, stopping at the largest (or smallest) value that fits.
pub fn sub(left: Decimal, right: Decimal) -> Decimal {
    left.saturating_sub(right)
}

/// The product, stopping at the largest (or smallest) value that fits.
pub fn mul(left: Decimal, right: Decimal) -> Decimal {
    left.saturating_mul(right)
}

/// The quotient; `None` where the divisor is zero or the result does not fit.
pub fn div(left: Decimal, right: Decimal) -> Option<Decimal> {
    left.checked_div(right)
}

/// The quotient of two values that are not negative, or the largest value where there is none.
pub fn div_or_max(left: Decimal, right: Decimal) -> Decimal {
    left.checked_div(right).unwrap_or(Decimal::MAX)
}

/// A quantity below zero has no meaning on a bill: it counts as zero.
pub(crate) fn not_negative(value: Decimal) -> Decimal {
    value.max(Decimal::ZERO)
}

/// A metric's value as an exact decimal: the shortest one that names this float.
///
/// `None` for what is not a number, is infinite, or does not fit.
pub fn from_metric(value: f64) -> Option<Decimal> {
    if !value.is_finite() {
        return None;
    }
    Decimal::from_str(&value.to_string())
        .ok()
        .map(|value| value.normalize())
}

/// The smallest multiple of `step` that is not below `value`.
pub(crate) fn ceil_to(value: Decimal, step: Decimal) -> Decimal {
    match value.checked_rem(step) {
        Some(rest) if !rest.is_zero() => add(sub(value, rest), step),
        _ => value,
    }
}

/// Rounds half away from zero, the way people round.
pub(crate) fn round(value: Decimal, places: u32) -> Decimal {
    value.round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero)
}

/// Rounds half away from zero to significant digits.
pub(crate) fn round_digits(value: Decimal, digits: u32) -> Decimal {
    value
        .round_sf_with_strategy(digits, RoundingStrategy::MidpointAwayFromZero)
        .unwrap_or(value)
}

/// The digits of a value with commas between thousands and at least `places` decimals.
pub(crate) fn grouped(value: Decimal, places: usize) -> String {
    let text = value.normalize().abs().to_string();
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let mut out = String::new();
    if value.is_sign_negative() && !value.is_zero() {
        out.push('-');
    }
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    let width = fraction.len().max(places);
    if width > 0 {
        out.push('.');
        out.push_str(fraction);
        out.extend(std::iter::repeat_n('0', width - fraction.len()));
    }
    out
}

/// A count for reading: `12,345`, `0.5`, `6.52 M`, `20,700 M` (three digits from a million up).
pub fn count(value: Decimal) -> String {
    let million = Decimal::from(1_000_000);
    if value.abs() < million {
        let rounded = if value.abs() < Decimal::new(1, 2) {
            round_digits(value, 2)
        } else {
            round(value, 2)
        };
        return grouped(rounded, 0);
    }
    let millions = round_digits(div(value, million).unwrap_or(value), 3);
    let places = match millions.abs() {
        size if size < Decimal::TEN => 2,
        size if size < Decimal::ONE_HUNDRED => 1,
        _ => 0,
    };
    format!("{} M", grouped(millions, places))
}
