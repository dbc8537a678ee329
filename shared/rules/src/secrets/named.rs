//! Credentials that are known by their name: `"password": "..."`, `api_key=...`.

use super::tell::{Found, Kind};

/// Endings of names, in lower case and without marks, that have a password.
const PASSWORDS: [&str; 4] = ["password", "passwd", "passphrase", "pwd"];
/// Endings of names that have a key or token. Names of identifiers (`SecretId`, `ClientToken`) end otherwise.
const KEYS: [&str; 14] = [
    "accesstoken",
    "accountkey",
    "apikey",
    "apitoken",
    "authkey",
    "authorization",
    "authtoken",
    "bearertoken",
    "clientsecret",
    "privatekey",
    "refreshtoken",
    "secretkey",
    "secretaccesskey",
    "sharedaccesskey",
];
/// Names that have one where they are the whole name.
const WHOLE: [&str; 3] = ["secret", "token", "appsecret"];

/// The longest name and the longest value that are looked at.
const LONGEST_NAME: usize = 64;
const LONGEST_VALUE: usize = 256;

/// What a name says that its value is.
#[derive(Clone, Copy, PartialEq)]
enum Called {
    Password,
    Key,
    Other,
}

fn called(name: &str) -> Option<Called> {
    if name.ends_with(".$") || name.len() > LONGEST_NAME || !may_be_called(name) {
        return None;
    }
    let name: String = name
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect();
    let ends = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
    if ends(&PASSWORDS) {
        Some(Called::Password)
    } else if ends(&KEYS) && name.ends_with("key") {
        Some(Called::Key)
    } else if ends(&KEYS) || WHOLE.contains(&name.as_str()) {
        Some(Called::Other)
    } else {
        None
    }
}

/// Whether a name ends as one of a credential can, told from its last two letters: most names are done with here.
fn may_be_called(name: &str) -> bool {
    let letters = name.bytes().rev().filter(u8::is_ascii_alphanumeric);
    let mut last = letters.map(|byte| byte.to_ascii_lowercase());
    let (last, before) = (last.next(), last.next());
    matches!(
        (before, last),
        (Some(b'r' | b'w'), Some(b'd'))
            | (Some(b's'), Some(b'e'))
            | (Some(b'e'), Some(b'n' | b't' | b'y'))
            | (Some(b'o'), Some(b'n'))
    )
}

/// What a value is, if its name says that it is a credential and it is written out.
pub(super) fn kind(name: &str, value: &str) -> Option<Kind> {
    judge(called(name)?, value)
}

fn judge(called: Called, value: &str) -> Option<Kind> {
    if value.len() > LONGEST_VALUE {
        return None;
    }
    match called {
        Called::Password => is_password(value).then_some(Kind::Password),
        Called::Key if is_aws_secret(value) => Some(Kind::AwsSecretKey),
        Called::Key | Called::Other => is_key(value).then_some(Kind::Named),
    }
}

/// 40 characters of base64. AWS's own example is one too: whoever copies it into a definition puts the real one there next.
fn is_aws_secret(value: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "/+".contains(c);
    value.len() == 40 && value.chars().all(allowed) && entropy(value) >= 3.5
}

fn is_password(value: &str) -> bool {
    let has = |what: fn(char) -> bool| value.contains(what);
    let mixed = has(|c| c.is_ascii_alphabetic())
        && (has(|c| c.is_ascii_digit()) || has(|c| !c.is_alphanumeric() && !"-_. ".contains(c)));
    value.len() >= 6 && mixed && is_literal(value) && !is_filler(value) && !is_name(value)
}

fn is_key(value: &str) -> bool {
    let has = |what: fn(char) -> bool| value.contains(what);
    value.len() >= 16
        && has(|c| c.is_ascii_alphabetic())
        && has(|c| c.is_ascii_digit())
        && entropy(value) >= 3.0
        && is_literal(value)
        && !is_filler(value)
        && !is_name(value)
}

/// True where a value stands for itself: it is no path, expression, reference, address or sentence.
pub(super) fn is_literal(value: &str) -> bool {
    const STARTS: [&str; 9] = [
        "$", "/", "%", "{", "[", "arn:", "http:", "https:", "States.",
    ];
    !STARTS.iter().any(|start| value.starts_with(start))
        && !value.contains(|c: char| c.is_whitespace() || "<>`".contains(c))
        && !["${", "{{", "{}", "://", "$."]
            .iter()
            .any(|part| value.contains(part))
}

/// True for what stands where a credential is to be put.
pub(super) fn is_filler(value: &str) -> bool {
    const FILLERS: [&str; 16] = [
        "***",
        "...",
        "changeme",
        "change-me",
        "change_me",
        "dummy",
        "example",
        "fake",
        "insert",
        "mock",
        "placeholder",
        "redacted",
        "replace",
        "sample",
        "xxx",
        "your",
    ];
    let lower = value.to_ascii_lowercase();
    let word = lower.trim_end_matches(|c: char| !c.is_ascii_alphabetic());
    FILLERS.iter().any(|filler| lower.contains(filler))
        || [
            "admin", "pass", "password", "passwd", "pwd", "secret", "test", "token",
        ]
        .contains(&word)
        || entropy(value) < 1.5
}

/// True for `my-app-prod-db-2`: words and short numbers, the name of something that has the credential.
fn is_name(value: &str) -> bool {
    let part = |part: &str| {
        part.chars().all(|c| c.is_ascii_alphabetic())
            || (part.len() <= 4 && part.chars().all(|c| c.is_ascii_digit()))
            // `v2`, `us`, `a1`
            || part.len() <= 2
    };
    value.split(['-', '_', '.', '/', ':', '#']).all(part)
}

/// Bits for each character (Shannon).
fn entropy(text: &str) -> f64 {
    let mut counts = [0_u32; 256];
    for byte in text.bytes() {
        if let Some(count) = counts.get_mut(usize::from(byte)) {
            *count += 1;
        }
    }
    let total = f64::from(u32::try_from(text.len()).unwrap_or(u32::MAX));
    counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| f64::from(*count) / total)
        .map(|share| -share * share.log2())
        .sum()
}

/// Credentials that are assigned within a text: `password=...`, `"apiKey": "..."`.
pub(super) fn assignments(text: &str) -> impl Iterator<Item = Found> + '_ {
    // In an expression, what is not quoted is a name.
    let computed = text.starts_with("{%") || text.starts_with("States.");
    let signs = text.bytes().enumerate();
    signs
        .filter(|(_, byte)| matches!(byte, b'=' | b':'))
        .filter_map(move |(at, _)| assignment(text, at, at + 1, computed))
}

fn assignment(text: &str, sign: usize, after: usize, computed: bool) -> Option<Found> {
    let before = text.get(..sign)?.trim_end_matches(MARKS);
    let start = before
        .char_indices()
        .rev()
        .take(LONGEST_NAME)
        .take_while(|(_, c)| c.is_ascii_alphanumeric() || "-_".contains(*c))
        .last()
        .map(|(at, _)| at)?;
    // In an ARN or a path, `secret:` is no name of a value.
    if before.get(..start)?.ends_with([':', '/']) {
        return None;
    }
    let called = called(before.get(start..)?)?;
    let rest = text.get(after..)?;
    let value = rest.trim_start_matches(MARKS);
    let quoted = rest.get(..rest.len() - value.len())?.contains(['"', '\'']);
    if computed && !quoted {
        return None;
    }
    let end = value
        .char_indices()
        .take(LONGEST_VALUE + 1)
        .find(|(_, c)| c.is_whitespace() || "\"'\\;&,)}".contains(*c))
        .map_or(value.len(), |(at, _)| at);
    let value = value.get(..end)?;
    let at = after + (rest.len() - rest.trim_start_matches(MARKS).len());
    Some(Found {
        kind: judge(called, value)?,
        place: at..at + value.len(),
    })
}

/// What may stand between a name, its sign and its value.
const MARKS: [char; 5] = [' ', '"', '\'', '\\', '\t'];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_of_a_credential_is_passed_over() {
        for name in PASSWORDS.iter().chain(&KEYS).chain(&WHOLE) {
            assert!(may_be_called(name), "{name}");
            assert!(called(name).is_some(), "{name}");
        }
    }
}
