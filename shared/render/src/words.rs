//! Numbers, dates and lines as people read them.

use findings::{Finding, MachineRef, Report, Severity};
use jiff::Timestamp;
use pricing::{Usd, num};
use rust_decimal::Decimal;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Columns of the dots where a text is cut.
const CUT: usize = 3;

/// An amount for reading: `$1,290`, `$0.15`; what is below a cent is said to be.
pub(crate) fn usd(amount: Decimal) -> String {
    let cent = Decimal::new(1, 2);
    if !amount.is_zero() && amount.abs() < cent {
        return "under $0.01".to_owned();
    }
    Usd(amount).rounded()
}

/// `$1,290/month`
pub(crate) fn per_month(amount: Decimal) -> String {
    format!("{}/month", usd(amount))
}

/// `1 finding`, `1,250 findings`
pub(crate) fn count(n: usize, one: &str, many: &str) -> String {
    format!("{} {}", number(n), if n == 1 { one } else { many })
}

/// `1,250`
pub(crate) fn number(n: usize) -> String {
    num::count(Decimal::from(n))
}

/// `0.125 s`, `12.4 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`
pub(crate) fn time(milliseconds: u64) -> String {
    let whole = milliseconds / 1000;
    let two = |large: u64, one: &str, small: u64, other: &str| match small {
        0 => format!("{} {one}", num::count(large.into())),
        small => format!("{} {one} {small} {other}", num::count(large.into())),
    };
    match whole {
        0..10 => format!("{}.{:03} s", whole, milliseconds % 1000),
        10..60 => {
            let tenths = milliseconds.saturating_add(50) / 100;
            format!("{}.{} s", tenths / 10, tenths % 10)
        }
        60..3_600 => two(whole / 60, "min", whole % 60, "s"),
        3_600..86_400 => two(whole / 3_600, "h", whole % 3_600 / 60, "min"),
        _ => two(whole / 86_400, "d", whole % 86_400 / 3_600, "h"),
    }
}

/// `22 Nov 2026, 06:00 UTC`
pub(crate) fn moment(at: Timestamp) -> String {
    at.strftime("%-d %b %Y, %H:%M UTC").to_string()
}

/// `1 Nov`, or `1 Nov 2025` where `now` is in another year.
pub(crate) fn day(at: Timestamp, now: Timestamp) -> String {
    let year = |at: Timestamp| at.strftime("%Y").to_string();
    let format = if year(at) == year(now) {
        "%-d %b"
    } else {
        "%-d %b %Y"
    };
    at.strftime(format).to_string()
}

/// `1 high, 4 medium`, worst first.
pub(crate) fn severities(all: impl IntoIterator<Item = Severity>) -> String {
    let all: Vec<Severity> = all.into_iter().collect();
    let said = Severity::ALL.iter().rev().filter_map(|severity| {
        let n = all.iter().filter(|other| *other == severity).count();
        (n > 0).then(|| format!("{} {severity}", number(n)))
    });
    said.collect::<Vec<_>>().join(", ")
}

/// The first `most` of them: `a, b and 3 more`.
pub(crate) fn first_of(names: &[String], most: usize) -> String {
    let shown = names.iter().take(most).cloned().collect::<Vec<_>>();
    match names.len().saturating_sub(shown.len()) {
        0 => match shown.split_last() {
            Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
            _ => shown.join(""),
        },
        more => format!("{} and {} more", shown.join(", "), number(more)),
    }
}

/// Cut after `most` columns, at a blank where there is one near the end.
pub(crate) fn clip(text: &str, most: usize) -> String {
    // A character without width counts, too: there may be any number of them.
    let columns = |c: char| c.width().unwrap_or(1).max(1);
    let mut used = 0;
    let mut kept = 0;
    for (at, c) in text.char_indices() {
        used += columns(c);
        if used > most {
            let kept = text.get(..kept).unwrap_or_default();
            let whole = match kept.rsplit_once(' ') {
                Some((words, last)) if last.chars().count() < 24 => words,
                _ => kept,
            };
            return format!("{}...", whole.trim_end_matches([' ', ',', ';', ':']));
        }
        if used + CUT <= most {
            kept = at + c.len_utf8();
        }
    }
    text.to_owned()
}

/// A message as a sentence: a capital where it starts with a plain word, a full stop at its end.
pub(crate) fn sentence(text: &str) -> String {
    let text = text.trim();
    let word = text.split(' ').next().unwrap_or_default();
    let plain = !word.is_empty()
        && word
            .trim_end_matches([',', ';', ':'])
            .chars()
            .all(|c| c.is_ascii_lowercase());
    let mut out = String::with_capacity(text.len() + 1);
    let mut chars = text.chars();
    if let Some(first) = chars.next() {
        out.push(if plain {
            first.to_ascii_uppercase()
        } else {
            first
        });
    }
    out.push_str(chars.as_str());
    stop(&out)
}

/// With a full stop at its end.
pub(crate) fn stop(text: &str) -> String {
    let text = text.trim();
    if text.is_empty() || text.ends_with(['.', '?', '!', ':']) {
        return text.to_owned();
    }
    format!("{text}.")
}

/// A message without the name of the machine at its start, for a place that has it in a heading.
pub(crate) fn untitled<'a>(message: &'a str, name: &str) -> &'a str {
    let rest = message
        .strip_prefix('`')
        .and_then(|rest| rest.strip_prefix(name))
        .and_then(|rest| rest.strip_prefix('`'));
    match rest {
        Some(rest) if !name.is_empty() => {
            let bare = rest.trim_start_matches([' ', ':', ',']);
            if bare.is_empty() { message } else { bare }
        }
        _ => message,
    }
}

/// Lines of at most `width` columns; the first starts with `first`, the others with `next`. Words stay whole: one that is
/// wider than the line stands on a line of its own.
pub fn wrap(text: &str, width: usize, first: &str, next: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = first.to_owned();
    let mut empty = true;
    let mut words = text.split(' ').filter(|word| !word.is_empty()).peekable();
    while let Some(word) = words.next() {
        // A number alone at the end of a line is read as another one.
        let fits = |unit: &str| next.width() + word.width() + 1 + unit.width() <= width;
        let unit = words.next_if(|unit| is_number(word) && is_unit(unit) && fits(unit));
        let whole = word.width() + unit.map_or(0, |unit| 1 + unit.width());
        if !empty && line.width() + 1 + whole > width {
            lines.push(std::mem::replace(&mut line, next.to_owned()));
            empty = true;
        }
        for word in std::iter::once(word).chain(unit) {
            if !empty {
                line.push(' ');
            }
            line.push_str(word);
            empty = false;
        }
    }
    if !empty || lines.is_empty() {
        lines.push(line.trim_end().to_owned());
    }
    lines
}

/// True for `1,303`, `(2.5`, `$25.00`.
fn is_number(word: &str) -> bool {
    let word = word.trim_start_matches(['(', '~', '<', '>', '+', '-', '$']);
    word.starts_with(|first: char| first.is_ascii_digit())
        && word
            .chars()
            .all(|each| each.is_ascii_digit() || matches!(each, ',' | '.'))
        && word.ends_with(|last: char| last.is_ascii_digit())
}

/// True for what may be counted or measured: `s`, `MiB`, `transitions`.
fn is_unit(word: &str) -> bool {
    const LONGEST: usize = 16;
    word.width() <= LONGEST && word.starts_with(|first: char| first.is_alphabetic() || first == '%')
}

/// `left` and `right` at the two ends of a line of `width` columns.
pub(crate) fn ends(left: &str, right: &str, width: usize) -> String {
    let gap = width.saturating_sub(left.width() + right.width()).max(2);
    format!("{left}{}{right}", " ".repeat(gap))
        .trim_end()
        .to_owned()
}

/// The name by which people know a machine; unescaped.
pub(crate) fn name(machine: &MachineRef) -> &str {
    [&machine.name, &machine.arn, &machine.account]
        .into_iter()
        .chain(machine.file.as_ref())
        .find(|text| !text.is_empty())
        .map_or("this account", String::as_str)
}

/// What a finding is about, in a few words; unescaped.
pub(crate) fn subject_of(finding: &Finding) -> String {
    match finding.members.as_slice() {
        [] => clip(name(&finding.machine), 80),
        _ => "across the account".to_owned(),
    }
}

/// `in us-east-1`, `in 3 Regions`, or nothing for files; unescaped.
pub(crate) fn regions(report: &Report) -> String {
    match report.regions.as_slice() {
        [] => String::new(),
        [one] => format!("in {}", clip(one, 40)),
        many => format!("in {} Regions", number(many.len())),
    }
}

/// `, $1,347/month to save`, or nothing.
pub(crate) fn to_save(before: &str, usd: Decimal) -> String {
    if usd > Decimal::ZERO {
        format!("{before}{} to save", per_month(usd))
    } else {
        String::new()
    }
}
