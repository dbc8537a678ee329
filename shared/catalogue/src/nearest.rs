//! What somebody may have meant.

/// The candidate that a misspelt name is closest to, where one is close.
pub(crate) fn nearest<'a>(
    name: &str,
    candidates: impl Iterator<Item = &'a str>,
) -> Option<&'a str> {
    let letters = folded(name);
    let far = (letters.len() / 3).max(1);
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        let most = best.map_or(far, |(distance, _)| distance.saturating_sub(1));
        let other = folded(candidate);
        if letters.len().abs_diff(other.len()) > most {
            continue;
        }
        let distance = distance(&letters, &other);
        if distance <= most {
            best = Some((distance, candidate));
            if distance == 0 {
                break;
            }
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// Names are short; what is not, is nobody's slip of the finger.
const LONGEST: usize = 96;

fn folded(name: &str) -> Vec<char> {
    name.chars()
        .take(LONGEST)
        .map(|letter| letter.to_ascii_lowercase())
        .collect()
}

/// Letters to insert, to take away, to change and to swap with their neighbour.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = Vec::with_capacity(b.len() + 1);
        row.push(i + 1);
        for (j, y) in b.iter().enumerate() {
            let get = |row: &[usize], at: usize| row.get(at).copied().unwrap_or(usize::MAX - 1);
            let change = get(&last, j) + usize::from(x != y);
            let mut best = change.min(get(&last, j + 1) + 1).min(get(&row, j) + 1);
            let swapped = i > 0 && j > 0 && a.get(i - 1) == Some(y) && b.get(j - 1) == Some(x);
            if swapped {
                best = best.min(get(&before_last, j - 1) + 1);
            }
            row.push(best);
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn close_names_are_found_and_far_ones_are_not() {
        let names = ["dynamodb", "dynamodbstreams", "dax", "sns", "sqs"];
        assert_eq!(nearest("dynamo", names.into_iter()), Some("dynamodb"));
        assert_eq!(nearest("dynmaodb", names.into_iter()), Some("dynamodb"));
        assert_eq!(nearest("SNS", names.into_iter()), Some("sns"));
        assert_eq!(nearest("kubernetes", names.into_iter()), None);
        assert_eq!(nearest("", names.into_iter()), None);
    }

    #[test]
    fn distances() {
        for (a, b, wanted) in [
            ("", "", 0),
            ("", "ab", 2),
            ("ab", "ba", 1),
            ("kitten", "sitting", 3),
        ] {
            assert_eq!(distance(&folded(a), &folded(b)), wanted, "{a} {b}");
        }
    }
}
