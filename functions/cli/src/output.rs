//! What goes to the terminal.

use std::io::{ErrorKind, IsTerminal, Write};

use crate::args::Color;

/// Writes lines to standard output.
pub(crate) fn print(text: &str) -> anyhow::Result<()> {
    write(text)?;
    if text.ends_with('\n') {
        Ok(())
    } else {
        write("\n")
    }
}

/// Writes to standard output as it is. A reader that has seen enough (`| head`) is no error.
pub(crate) fn write(text: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    let written = write!(out, "{text}").and_then(|()| out.flush());
    match written {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// Writes a line to standard error; there is nobody to tell where that fails.
pub(crate) fn complain(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

/// Whether to use colours on standard output.
pub(crate) fn use_color(choice: Color) -> bool {
    colored(choice, std::io::stdout().is_terminal())
}

/// Whether to use colours on standard error.
pub(crate) fn use_color_on_error(choice: Color) -> bool {
    colored(choice, std::io::stderr().is_terminal())
}

fn colored(choice: Color, is_terminal: bool) -> bool {
    let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    match choice {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => is_terminal && !refused,
    }
}

/// One line on standard error that is written over, on a terminal; nothing in a pipe.
pub(crate) struct Progress {
    shown: bool,
}

impl Progress {
    pub(crate) fn new() -> Self {
        Self {
            shown: std::io::stderr().is_terminal(),
        }
    }

    pub(crate) fn say(&self, line: &str) {
        if self.shown {
            let mut err = std::io::stderr().lock();
            let _ = write!(err, "\r\x1b[2K{line}").and_then(|()| err.flush());
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.say("");
    }
}

/// Columns of the terminal; 100 in a pipe, so that what is written to a file does not depend on a window.
pub(crate) fn width() -> usize {
    let columns = terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    if std::io::stdout().is_terminal() {
        columns.unwrap_or(100).min(120)
    } else {
        100
    }
}
