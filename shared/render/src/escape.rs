//! Text from an account, made harmless for the channel that it goes to.
//!
//! A name can hold anything: line breaks, terminal sequences, marks that turn the direction of reading, words that alert a
//! whole channel. Nothing is dropped; what a channel would act upon becomes visible instead.

use std::borrow::Cow;
use std::fmt::Write as _;

/// True for what would act on a screen instead of being seen there: control characters, marks of direction, characters
/// without width, separators of lines and paragraphs.
fn hidden(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}'
                | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

/// Text for a terminal: hidden characters are spelled (`\n`, `\u{1b}`). The result is one line.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(hidden) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        push_visible(&mut out, c);
    }
    Cow::Owned(out)
}

/// Appends one character as [`visible`] shows it.
pub(crate) fn push_visible(out: &mut String, c: char) {
    if hidden(c) {
        out.extend(c.escape_default());
    } else {
        out.push(c);
    }
}

/// Text for a plain-text email: as on a terminal, and web addresses are taken apart (`https[:]//`), because mail programs
/// make links of them.
pub fn email(text: &str) -> String {
    unlink(&visible(text))
}

/// Text for the subject of an email: printable ASCII in one line; every other character is `?`.
pub fn subject(text: &str) -> String {
    visible(text)
        .chars()
        .map(|c| if c.is_ascii() { c } else { '?' })
        .collect()
}

/// Text for a JSON document that is already serialized: what is hidden in its strings is spelled `\u…`. Line breaks stay;
/// in JSON they stand between values only.
pub(crate) fn json(document: &str) -> String {
    let mut out = String::with_capacity(document.len());
    for c in document.chars() {
        if c != '\n' && hidden(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(c);
        }
    }
    out
}

/// Text for Slack: `&`, `<` and `>` as entities, no mention, no formatting but code spans (text between two backticks),
/// no link, one line.
pub fn slack(text: &str) -> String {
    slack_within(text, usize::MAX)
}

/// As [`slack`], cut with `...` where it would have more than `limit` bytes.
pub(crate) fn slack_within(text: &str, limit: usize) -> String {
    // Dots, the end of one code span and the start of the next.
    const RESERVE: usize = 8;
    let plain = unlink(&visible(text));
    let spans = spans(&plain);
    let room = if slack_len(&spans) <= limit {
        usize::MAX
    } else {
        limit.saturating_sub(RESERVE)
    };
    let mut out = String::new();
    for span in &spans {
        out.push_str(span.mark());
        for piece in span.pieces() {
            if out.len() + piece.len() > room {
                out.push_str("...");
                out.push_str(span.mark());
                return out;
            }
            out.push_str(&piece);
        }
        out.push_str(span.mark());
    }
    out
}

fn slack_len(spans: &[Span<'_>]) -> usize {
    let text = |span: &Span<'_>| span.pieces().map(|piece| piece.len()).sum::<usize>();
    spans
        .iter()
        .map(|span| text(span) + 2 * span.mark().len())
        .sum()
}

/// A stretch of text for Slack.
enum Span<'a> {
    /// Between backticks; has none itself, and no blank at its ends, where Slack would not take it for code.
    Code(&'a str),
    Text(&'a str),
}

impl Span<'_> {
    fn mark(&self) -> &'static str {
        match self {
            Self::Code(_) => "`",
            Self::Text(_) => "",
        }
    }

    /// Its characters, each as Slack shows it.
    fn pieces(&self) -> impl Iterator<Item = Cow<'static, str>> {
        let (text, code) = match self {
            Self::Code(text) => (*text, true),
            Self::Text(text) => (*text, false),
        };
        let before = std::iter::once(None).chain(text.chars().map(Some));
        let after = text.chars().skip(1).map(Some).chain(std::iter::once(None));
        before
            .zip(text.chars())
            .zip(after)
            .map(move |((before, c), after)| {
                let inside = [before, after]
                    .iter()
                    .all(|c| c.is_some_and(char::is_alphanumeric));
                slack_char(c, code, inside)
            })
    }
}

/// `inside` is true between two letters or digits, where Slack leaves marks of formatting alone.
fn slack_char(c: char, code: bool, inside: bool) -> Cow<'static, str> {
    Cow::Borrowed(match c {
        '&' => "&amp;",
        '<' => "&lt;",
        '>' => "&gt;",
        // Looks the same to a reader, and is no mention to a program.
        '@' => "\u{ff20}",
        '`' => "'",
        '*' if !code => "\u{2217}",
        '_' if !code && !inside => "\u{ff3f}",
        '~' if !code && !inside => "\u{223c}",
        other => return Cow::Owned(other.to_string()),
    })
}

fn spans(text: &str) -> Vec<Span<'_>> {
    let mut spans = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('`') {
        if !before.is_empty() {
            spans.push(Span::Text(before));
        }
        // Of two that touch, Slack would read the marks between them as something else.
        let touches = matches!(spans.last(), Some(Span::Code(_)));
        match after.split_once('`') {
            Some((code, tail)) if !touches && !code.is_empty() && code.trim() == code => {
                spans.push(Span::Code(code));
                rest = tail;
            }
            _ => {
                spans.push(Span::Text("`"));
                rest = after;
            }
        }
    }
    if !rest.is_empty() {
        spans.push(Span::Text(rest));
    }
    spans
}

/// Takes web addresses apart.
fn unlink(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (at, part) in text.split("://").enumerate() {
        if at > 0 {
            let scheme = out.trim_end_matches(|c: char| c.is_ascii_alphabetic());
            let scheme = out.get(scheme.len()..).unwrap_or_default();
            let web = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
            out.push_str(if web { "[:]//" } else { "://" });
        }
        out.push_str(part);
    }
    out
}
