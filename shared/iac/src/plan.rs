//! Steps for a person, as Markdown.

use std::fmt::Write as _;

/// A numbered list under a title. A step of several lines stays one step.
pub(crate) fn plan(title: &str, steps: &[String]) -> String {
    let title: String = title.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut out = format!("# {}\n\n", plain(&capital(&title)));
    for (index, step) in steps.iter().enumerate() {
        let number = format!("{}. ", index + 1);
        let indent = " ".repeat(number.len());
        for (line, text) in plain(step).lines().enumerate() {
            let lead = if line == 0 { &number } else { &indent };
            _ = writeln!(out, "{}", format!("{lead}{text}").trim_end());
        }
    }
    out
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

/// The text without what a Markdown reader would take for HTML; code between backticks stays as it is.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut code = false;
    for c in text.chars().filter(|c| !c.is_control() || *c == '\n') {
        code ^= c == '`';
        if c == '<' && !code {
            out.push('\\');
        }
        // A bracket and a parenthesis that meet are a link, in code too once a name has a backtick of its own.
        if c == '(' && out.ends_with(']') {
            out.push(' ');
        }
        out.push(c);
    }
    out
}
