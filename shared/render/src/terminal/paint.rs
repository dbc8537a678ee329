//! Colors, or none.

use anstyle::{AnsiColor, Style};

use super::Word;

/// Paints where colors are wanted, and leaves text alone elsewhere.
#[derive(Clone, Copy)]
pub(super) struct Paint {
    pub(super) color: bool,
}

impl Paint {
    /// In the color of the kind of finding.
    pub(super) fn word(self, word: Word, text: &str) -> String {
        let color = match word {
            Word::Error => AnsiColor::Red,
            Word::Warning => AnsiColor::Yellow,
            Word::Saving => AnsiColor::Green,
            Word::Info => AnsiColor::Cyan,
        };
        self.with(color.on_default().bold(), text)
    }

    /// Arrows, bars and line numbers.
    pub(super) fn frame(self, text: &str) -> String {
        self.with(AnsiColor::Blue.on_default().bold(), text)
    }

    pub(super) fn bold(self, text: &str) -> String {
        self.with(Style::new().bold(), text)
    }

    fn with(self, style: Style, text: &str) -> String {
        if self.color {
            format!("{style}{text}{style:#}")
        } else {
            text.to_owned()
        }
    }
}
