//! Changes of one text that go together.

use asl::{Edit, Span, apply};
use findings::Fix;

/// Trials for one text. With fewer changes that do not go together than about twenty, all others are found.
const TRIALS: usize = 256;

/// The changes that a fix makes to the text; none where it is another kind of fix.
pub(crate) fn edits(fix: &Fix) -> Option<Vec<Edit>> {
    let edit = |edit: &findings::TextEdit| Edit {
        span: Span::new(edit.start, edit.end),
        text: edit.text.clone(),
    };
    Some(fix.text_edits()?.iter().map(edit).collect())
}

/// Applies as many of the proposals as go together: none overlaps another, and the result is good. All are tried at once, and
/// halves where that is not good, so that many good ones cost one look. Answers the text and the proposals that are in it.
pub(crate) fn together(
    text: &str,
    proposals: &[Vec<Edit>],
    is_good: impl FnMut(&str, &[usize]) -> bool,
) -> (String, Vec<usize>) {
    let mut search = Search {
        text,
        proposals,
        is_good,
        trials: TRIALS,
        changed: text.to_owned(),
        taken: Vec::new(),
        edits: Vec::new(),
    };
    let all: Vec<usize> = (0..proposals.len()).collect();
    search.take(&all);
    search.taken.sort_unstable();
    (search.changed, search.taken)
}

struct Search<'a, F> {
    text: &'a str,
    proposals: &'a [Vec<Edit>],
    is_good: F,
    trials: usize,
    changed: String,
    taken: Vec<usize>,
    edits: Vec<Edit>,
}

impl<F: FnMut(&str, &[usize]) -> bool> Search<'_, F> {
    /// Takes what can be taken of some proposals, on top of what was taken.
    fn take(&mut self, some: &[usize]) {
        if some.is_empty() || self.trials == 0 || self.fits(some) || some.len() == 1 {
            return;
        }
        let (left, right) = some.split_at(some.len() / 2);
        self.take(left);
        self.take(right);
    }

    fn fits(&mut self, some: &[usize]) -> bool {
        let proposed = some.iter().filter_map(|index| self.proposals.get(*index));
        let mut edits = self.edits.clone();
        edits.extend(proposed.flatten().cloned());
        edits.sort();
        // Two findings may have the same cause, and ask for the same change of something that stands there.
        edits.dedup_by(|left, right| left == right && left.span.start < left.span.end);
        let Some(changed) = apply(self.text, &edits) else {
            return false;
        };
        let mut taken = self.taken.clone();
        taken.extend(some);
        self.trials -= 1;
        if !(self.is_good)(&changed, &taken) {
            return false;
        }
        (self.changed, self.taken, self.edits) = (changed, taken, edits);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edit(start: usize, end: usize, text: &str) -> Vec<Edit> {
        vec![Edit {
            span: Span::new(start, end),
            text: text.to_owned(),
        }]
    }

    #[test]
    fn all_good_ones_are_taken_at_once() {
        let proposals: Vec<_> = (0..200).map(|at| edit(at, at + 1, "x")).collect();
        let mut looks = 0;
        let (changed, taken) = together(&"a".repeat(200), &proposals, |_, _| {
            looks += 1;
            true
        });
        assert_eq!((changed, taken.len(), looks), ("x".repeat(200), 200, 1));
    }

    #[test]
    fn bad_ones_are_left_out_with_few_looks() {
        let proposals: Vec<_> = (0..200)
            .map(|at| edit(at, at + 1, if at % 50 == 7 { "!" } else { "x" }))
            .collect();
        let mut looks = 0;
        let (changed, taken) = together(&"a".repeat(200), &proposals, |text, _| {
            looks += 1;
            !text.contains('!')
        });
        assert_eq!(taken.len(), 196);
        assert_eq!(
            (changed.matches('x').count(), changed.matches('a').count()),
            (196, 4)
        );
        assert!(looks < 70, "{looks}");
    }

    #[test]
    fn of_overlapping_ones_the_first_is_taken_and_the_same_twice_counts_for_both() {
        let proposals = [edit(0, 2, "x"), edit(1, 3, "y"), edit(0, 2, "x")];
        let (changed, taken) = together("abcd", &proposals, |_, _| true);
        assert_eq!((changed.as_str(), taken.as_slice()), ("xcd", &[0, 2][..]));
    }

    #[test]
    fn looks_are_limited_where_nothing_is_good() {
        let proposals: Vec<_> = (0..5000).map(|at| edit(at, at + 1, "x")).collect();
        let text = "a".repeat(5000);
        let mut looks = 0;
        let (changed, taken) = together(&text, &proposals, |_, _| {
            looks += 1;
            false
        });
        assert_eq!((changed, taken.len(), looks), (text, 0, TRIALS));
    }
}
