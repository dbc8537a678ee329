//! Priced lines below each other.

use findings::LedgerLine;
use pricing::Usd;
use rust_decimal::Decimal;
use unicode_width::UnicodeWidthStr;

use crate::escape::visible;
use crate::words;

/// Labels, details and amounts in columns; a detail that is too long wraps in its own.
pub(super) fn columns(lines: &[LedgerLine], width: usize) -> Vec<String> {
    let rows: Vec<(String, String, String)> = lines
        .iter()
        .map(|line| {
            (
                visible(&line.label).into_owned(),
                visible(&line.detail).into_owned(),
                amount(line.usd),
            )
        })
        .collect();
    let labels = rows
        .iter()
        .map(|(label, ..)| label.width())
        .max()
        .unwrap_or(0)
        .min(24);
    let amounts = rows.iter().map(|(.., usd)| usd.width()).max().unwrap_or(0);
    let detail_room = width.saturating_sub(labels + amounts + 5).max(12);
    let wrapped: Vec<Vec<String>> = rows
        .iter()
        .map(|(_, detail, _)| words::wrap(detail, detail_room, "", ""))
        .collect();
    let details = wrapped
        .iter()
        .flatten()
        .map(|line| line.width())
        .max()
        .unwrap_or(0);
    let mut out = Vec::new();
    for ((label, _, usd), detail) in rows.iter().zip(&wrapped) {
        for (at, part) in detail.iter().enumerate() {
            let (label, usd) = if at == 0 {
                (label.as_str(), usd.as_str())
            } else {
                ("", "")
            };
            out.push(format!(
                "{}  {}   {usd:>amounts$}",
                pad(label, labels),
                pad(part, details)
            ));
        }
    }
    out
}

fn pad(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(text.width())))
}

/// With cents, so that amounts below each other compare; two digits where cents would say nothing.
fn amount(usd: Decimal) -> String {
    if !usd.is_zero() && usd.abs() < Decimal::new(1, 2) {
        Usd(usd).rounded()
    } else {
        Usd(usd).cents()
    }
}
