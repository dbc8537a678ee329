//! From a place in a string to its place in the text of a definition.

use std::iter::Peekable;
use std::str::CharIndices;

use crate::Span;

/// Where a part of a string stands in the text that the string was read from.
///
/// `raw` is that text, quotes included, and `span` a part of `text`, which is the string. The answer is relative to `raw`.
/// `None` where the string is written in a way in which places get lost, such as a folded scalar of YAML.
pub fn in_source(raw: &str, text: &str, span: Span) -> Option<Span> {
    if raw == text {
        return Some(span);
    }
    let quote = raw
        .chars()
        .next()
        .filter(|first| matches!(first, '"' | '\''))?;
    // Nothing in it is escaped.
    if raw.len() == text.len() + 2 && raw.get(1..=text.len()) == Some(text) {
        return Some(Span::new(span.start + 1, span.end + 1));
    }
    let mut raw = raw.char_indices().peekable();
    raw.next();
    let mut found = [None, None];
    let ends = text
        .char_indices()
        .map(|(at, character)| (at, Some(character)));
    for (at, character) in ends.chain([(text.len(), None)]) {
        let here = raw.peek()?.0;
        for (found, wanted) in found.iter_mut().zip([span.start, span.end]) {
            if at == wanted {
                *found = Some(here);
            }
        }
        match character {
            Some(character) => one(&mut raw, quote, character)?,
            None => break,
        }
    }
    let [start, end] = found;
    Some(Span::new(start?, end?))
}

/// Goes behind one character of the string.
fn one(raw: &mut Peekable<CharIndices<'_>>, quote: char, character: char) -> Option<()> {
    let (_, first) = raw.next()?;
    match (quote, first) {
        ('"', '\\') => {
            let (_, kind) = raw.next()?;
            if kind == 'u' {
                digits(raw)?;
                // The second half of a pair.
                if character.len_utf8() == 4 {
                    raw.next()?;
                    raw.next()?;
                    digits(raw)?;
                }
            }
            matches!(kind, 'u' | 'n' | 't' | 'r' | 'b' | 'f' | '"' | '\\' | '/').then_some(())
        }
        ('\'', '\'') => raw.next().filter(|(_, second)| *second == '\'').map(drop),
        _ => (first == character).then_some(()),
    }
}

fn digits(raw: &mut Peekable<CharIndices<'_>>) -> Option<()> {
    for _ in 0..4 {
        raw.next()?;
    }
    Some(())
}
