//! Times as RFC 3339 writes them.

/// True for `2026-11-22T18:00:00Z`, with a fraction or an offset too. The `T` and the `Z` are upper case, as the language
/// demands.
pub(super) fn is_timestamp(text: &str) -> bool {
    let Some((date, time)) = text.split_once('T') else {
        return false;
    };
    let Some(at) = time.find(['Z', '+', '-']) else {
        return false;
    };
    let (clock, zone) = time.split_at(at);
    let (clock, fraction) = match clock.split_once('.') {
        Some((clock, fraction)) => (clock, Some(fraction)),
        None => (clock, None),
    };
    is_date(date)
        && is_clock(clock, 3)
        && fraction.is_none_or(|digits| digits.len() <= 9 && number(digits, digits.len()).is_some())
        && (zone == "Z"
            || zone
                .strip_prefix(['+', '-'])
                .is_some_and(|zone| is_clock(zone, 2)))
}

fn is_date(date: &str) -> bool {
    let parts: Vec<&str> = date.split('-').collect();
    let [year, month, day] = parts.as_slice() else {
        return false;
    };
    number(year, 4).is_some()
        && number(month, 2).is_some_and(|month| (1..=12).contains(&month))
        && number(day, 2).is_some_and(|day| (1..=31).contains(&day))
}

/// Hours, minutes, and seconds where there are three parts.
fn is_clock(clock: &str, parts: usize) -> bool {
    let found: Vec<Option<u64>> = clock.split(':').map(|part| number(part, 2)).collect();
    // 60 is a leap second.
    let most = [23, 59, 60];
    found.len() == parts
        && found
            .iter()
            .zip(most)
            .all(|(value, most)| value.is_some_and(|value| value <= most))
}

fn number(text: &str, digits: usize) -> Option<u64> {
    let fits = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    fits.then(|| text.parse().ok())?
}
