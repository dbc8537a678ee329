//! Strings and names, safe in the format that they are written to.

use std::fmt::Write as _;

/// A YAML double-quoted string that CloudFormation takes as it stands.
///
/// CloudFormation resolves `{{resolve:…}}` in every string and knows no escape for it, so two opening braces are set
/// apart. No name that AWS gave holds them.
pub(crate) fn yaml(value: &str) -> String {
    let value = value.replace("{{", "{ {");
    // A third brace would meet the second one of the pair before it.
    let value = value.replace("{{", "{ {");
    let mut out = String::with_capacity(value.len() + 2);
    out.push('"');
    for c in value.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            _ if shows(c) => out.push(c),
            // Two hexadecimal digits are read as the code point, not as a byte.
            _ if u32::from(c) < 0x100 => _ = write!(out, "\\x{:02X}", u32::from(c)),
            _ => push_code_point(&mut out, c),
        }
    }
    out.push('"');
    out
}

/// An HCL quoted string without interpolation.
///
/// `${` and `%{` start a template. Their usual escapes, `$${` and `%%{`, read differently after another `$` or `%`; the
/// code point never does.
pub(crate) fn hcl(value: &str) -> String {
    let mut out = String::with_capacity(value.len() + 2);
    out.push('"');
    let mut rest = value.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '$' | '%' if rest.peek() == Some(&'{') => push_code_point(&mut out, c),
            _ if shows(c) => out.push(c),
            _ => push_code_point(&mut out, c),
        }
    }
    out.push('"');
    out
}

fn push_code_point(out: &mut String, c: char) {
    let code = u32::from(c);
    _ = if code < 0x1_0000 {
        write!(out, "\\u{code:04X}")
    } else {
        write!(out, "\\U{code:08X}")
    };
}

/// True for what a reader sees as it is: ASCII, and letters and digits of any script. Everything else could be invisible,
/// turn the writing direction, or end a line for some reader.
fn shows(c: char) -> bool {
    matches!(c, ' '..='~') || c.is_alphanumeric()
}

/// Lower-case ASCII words joined by `joint`, for names that a language restricts; empty where nothing is left.
pub(crate) fn identifier(value: &str, joint: char) -> String {
    let words: Vec<String> = value
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase)
        .collect();
    words.join(&joint.to_string())
}

/// Words of a name in capitals or behind separators, lower-case: `ExecutionsTimedOut` -> `executions`, `timed`, `out`.
pub(crate) fn camel_words(value: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut fresh = true;
    for c in value.chars() {
        if !c.is_ascii_alphanumeric() {
            fresh = true;
            continue;
        }
        if fresh || c.is_ascii_uppercase() {
            words.push(String::new());
        }
        fresh = false;
        if let Some(word) = words.last_mut() {
            word.push(c.to_ascii_lowercase());
        }
    }
    words
}

/// The first `most` characters.
pub(crate) fn first_chars(value: &str, most: usize) -> String {
    value.chars().take(most).collect()
}
