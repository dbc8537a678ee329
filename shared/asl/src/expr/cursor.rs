//! A place in a text that moves forward.

use crate::Span;

/// A reader of bytes. It stops between characters only, because every byte that it looks for is ASCII.
pub(super) struct Cursor<'a> {
    text: &'a str,
    at: usize,
    /// No `}` follows, so that no later `${` is looked at twice.
    unclosed: bool,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            text,
            at: 0,
            unclosed: false,
        }
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.peek_after(0)
    }

    pub(super) fn peek_after(&self, count: usize) -> Option<u8> {
        step();
        self.text.as_bytes().get(self.at + count).copied()
    }

    pub(super) fn bump(&mut self) {
        self.at += 1;
    }

    pub(super) fn jump(&mut self, at: usize) {
        self.at = at;
    }

    /// Moves behind that byte, if it is the next.
    pub(super) fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    /// Moves behind that text, if it is next.
    pub(super) fn eat_text(&mut self, text: &str) -> bool {
        let found = self.rest().starts_with(text);
        self.at += if found { text.len() } else { 0 };
        found
    }

    pub(super) fn blanks(&mut self) {
        self.skip(|byte| byte.is_ascii_whitespace());
    }

    /// Moves to the first byte that is none of these.
    pub(super) fn skip(&mut self, wanted: impl Fn(u8) -> bool) {
        while self.peek().is_some_and(&wanted) {
            self.at += 1;
        }
    }

    pub(super) fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// The text from `from` to here.
    pub(super) fn since(&self, from: usize) -> &'a str {
        self.text.get(from..self.at).unwrap_or_default()
    }

    pub(super) fn span(&self, from: usize) -> Span {
        Span::new(from, self.at)
    }

    /// The whole character that is next: nothing at the end of the text.
    pub(super) fn next_span(&self) -> Span {
        let length = self.rest().chars().next().map_or(0, char::len_utf8);
        Span::new(self.at, self.at + length)
    }

    /// Moves behind a `${…}`, if one is next.
    pub(super) fn placeholder(&mut self) -> bool {
        if self.peek() != Some(b'$') || self.peek_after(1) != Some(b'{') || self.unclosed {
            return false;
        }
        let rest = self.rest();
        if let Some(length) = rest.find('}') {
            steps(length);
            self.at += length + 1;
            true
        } else {
            steps(rest.len());
            self.unclosed = true;
            false
        }
    }
}

/// Is there a `${…}` in the text?
pub(super) fn has_placeholder(text: &str) -> bool {
    text.find("${")
        .is_some_and(|at| text.get(at..).is_some_and(|rest| rest.contains('}')))
}

/// Counts a piece of work, in tests only: times differ between machines, the number of steps does not.
pub(super) fn step() {
    steps(1);
}

#[cfg(test)]
pub(super) fn steps(count: usize) {
    STEPS.with(|steps| steps.set(steps.get() + count));
}

#[cfg(not(test))]
pub(super) fn steps(_count: usize) {}

#[cfg(test)]
thread_local! {
    static STEPS: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// How many steps `work` takes.
#[cfg(test)]
pub(super) fn counted(work: impl FnOnce()) -> usize {
    STEPS.with(|steps| steps.set(0));
    work();
    STEPS.with(std::cell::Cell::get)
}
