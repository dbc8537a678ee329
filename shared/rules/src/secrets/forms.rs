//! Credentials that are known by their form, as those who issue them document it.

use super::named::{is_filler, is_literal};
use super::tell::{Found, Kind};

/// A word that starts a credential, and what follows it.
struct Form {
    kind: Kind,
    start: &'static str,
    allowed: fn(char) -> bool,
    /// Characters behind the start.
    least: usize,
    most: usize,
}

const fn form(
    kind: Kind,
    start: &'static str,
    allowed: fn(char) -> bool,
    least: usize,
    most: usize,
) -> Form {
    Form {
        kind,
        start,
        allowed,
        least,
        most,
    }
}

const LONG: usize = 255;

/// Sources: AWS IAM User Guide (identifiers), GitHub, GitLab, Slack, Stripe, Google, `SendGrid` and npm documentation on
/// the formats of their tokens; 2026-11-22.
const FORMS: [Form; 27] = [
    form(Kind::AwsKeyId, "AKIA", is_upper, 16, 16),
    form(Kind::AwsKeyId, "ASIA", is_upper, 16, 16),
    form(Kind::GitHub, "ghp_", is_word, 36, LONG),
    form(Kind::GitHub, "gho_", is_word, 36, LONG),
    form(Kind::GitHub, "ghu_", is_word, 36, LONG),
    form(Kind::GitHub, "ghs_", is_word, 36, LONG),
    form(Kind::GitHub, "ghr_", is_word, 36, LONG),
    form(Kind::GitHub, "github_pat_", is_word, 22, LONG),
    form(Kind::GitLab, "glpat-", is_dashed, 20, LONG),
    form(Kind::Slack, "xoxb-", is_dashed, 20, LONG),
    form(Kind::Slack, "xoxp-", is_dashed, 20, LONG),
    form(Kind::Slack, "xoxa-", is_dashed, 20, LONG),
    form(Kind::Slack, "xoxr-", is_dashed, 20, LONG),
    form(Kind::Slack, "xoxs-", is_dashed, 20, LONG),
    form(Kind::Slack, "xapp-", is_dashed, 20, LONG),
    form(
        Kind::SlackHook,
        "hooks.slack.com/services/",
        is_path,
        30,
        LONG,
    ),
    form(Kind::Stripe, "sk_live_", is_word, 16, LONG),
    form(Kind::Stripe, "rk_live_", is_word, 16, LONG),
    form(Kind::Stripe, "sk_test_", is_word, 16, LONG),
    form(Kind::Stripe, "rk_test_", is_word, 16, LONG),
    form(Kind::Google, "AIza", is_dashed, 35, 35),
    form(Kind::SendGrid, "SG.", is_dotted, 60, 70),
    form(Kind::Npm, "npm_", is_word, 36, 36),
    form(Kind::Ai, "sk-ant-", is_dashed, 32, LONG),
    form(Kind::Ai, "sk-proj-", is_dashed, 32, LONG),
    form(Kind::Ai, "sk-", is_word, 40, 64),
    form(Kind::Jwt, "eyJ", is_dotted, 40, 4_096),
];

fn is_upper(c: char) -> bool {
    c.is_ascii_uppercase() || c.is_ascii_digit()
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

fn is_dashed(c: char) -> bool {
    is_word(c) || c == '-'
}

fn is_dotted(c: char) -> bool {
    is_dashed(c) || c == '.'
}

fn is_path(c: char) -> bool {
    is_word(c) || c == '/'
}

/// True for the bytes with which a credential of a known form may start, and those that tell that one follows.
fn is_marked(byte: u8) -> bool {
    matches!(
        byte,
        b'-' | b':' | b'B' | b'b' | b'A' | b'S' | b'e' | b'g' | b'h' | b'n' | b'r' | b's' | b'x'
    )
}

/// True where the first two bytes of a word may be those of a form: nearly none are, and then no form is looked at.
fn may_start(first: u8, second: u8) -> bool {
    match first {
        b'A' => matches!(second, b'K' | b'S' | b'I'),
        b'S' => second == b'G',
        b'e' => second == b'y',
        b'g' => matches!(second, b'h' | b'i' | b'l'),
        b'h' => second == b'o',
        b'n' => second == b'p',
        b'r' | b's' => second == b'k',
        b'x' => matches!(second, b'o' | b'a'),
        _ => false,
    }
}

/// Every credential of a known form in a text, in one pass.
pub(super) fn all(text: &str) -> Vec<Found> {
    let mut found = Vec::new();
    let bytes = text.as_bytes();
    let mut covered = 0;
    let marked = bytes.iter().enumerate();
    for (at, byte) in marked.filter(|(_, byte)| is_marked(**byte)) {
        let before = at.checked_sub(1).and_then(|at| bytes.get(at));
        let starts = || before.is_none_or(|byte| !is_word(char::from(*byte)));
        if at < covered {
            continue;
        }
        let next = bytes.get(at + 1).copied().unwrap_or_default();
        let look = match byte {
            b'-' if next == b'-' => private_key(text, at),
            b':' if next == b'/' => address(text, at),
            b'B' | b'b' if starts() => header(text, at),
            b'-' | b':' => None,
            _ if may_start(*byte, next) && starts() => {
                FORMS.iter().find_map(|form| form.look(text, at))
            }
            _ => None,
        };
        if let Some(look) = look {
            covered = look.end;
            found.extend(look.kind.map(|kind| Found {
                kind,
                place: look.start..look.end,
            }));
        }
    }
    found
}

/// What stands behind a word that starts a credential. It is not searched again, whether it is one or not: a text of
/// nothing but starts would take long.
struct Look {
    kind: Option<Kind>,
    start: usize,
    end: usize,
}

impl Form {
    fn look(&self, text: &str, at: usize) -> Option<Look> {
        let rest = text.get(at..)?.strip_prefix(self.start)?;
        let tail = run(rest, self.allowed, self.most + 1);
        let fits = (self.least..=self.most).contains(&tail.len());
        let is = fits && !is_monotone(tail) && self.is_whole(tail);
        Some(Look {
            kind: is.then_some(self.kind),
            start: at,
            end: at + self.start.len() + tail.len(),
        })
    }

    fn is_whole(&self, tail: &str) -> bool {
        match self.kind {
            // A header, claims and a signature, the first two objects of JSON in base64.
            Kind::Jwt => tail.matches('.').count() == 2 && tail.contains(".eyJ"),
            _ => true,
        }
    }
}

/// The first characters of a text, as long as they are allowed; at most so many.
fn run(text: &str, allowed: fn(char) -> bool, most: usize) -> &str {
    let end = text
        .char_indices()
        .take(most)
        .find(|(_, c)| !allowed(*c))
        .map_or_else(
            || text.char_indices().nth(most).map(|(at, _)| at),
            |(at, _)| Some(at),
        );
    end.and_then(|end| text.get(..end)).unwrap_or(text)
}

/// True for `XXXXXXXX` and other texts that nobody issues.
fn is_monotone(text: &str) -> bool {
    const LEAST: usize = 5;
    let mut seen: Vec<char> = Vec::new();
    for c in text.chars() {
        if !seen.contains(&c) {
            seen.push(c);
        }
        if seen.len() >= LEAST {
            return false;
        }
    }
    true
}

fn private_key(text: &str, at: usize) -> Option<Look> {
    let rest = text.get(at..)?.strip_prefix("-----BEGIN ")?;
    // Without an end, all that follows is the key.
    let end = |rest: &str| {
        rest.find("-----END ")
            .map_or(text.len(), |end| text.len() - rest.len() + end)
    };
    starts_key(rest).then(|| Look {
        kind: Some(Kind::PrivateKey),
        start: at,
        end: end(rest),
    })
}

/// True for `RSA PRIVATE KEY-----` and base64 behind it.
fn starts_key(text: &str) -> bool {
    let label = run(text, |c| c.is_ascii_uppercase() || c == ' ', 40);
    let body = text.get(label.len()..).unwrap_or_default();
    let breaks = run(body, |c| "-\\nr\n\r ".contains(c), 16);
    let body = body.get(breaks.len()..).unwrap_or_default();
    let key = run(body, |c| is_path(c) || c == '+' || c == '=', 64);
    label.contains("PRIVATE KEY") && key.len() >= 12 && !is_monotone(key)
}

/// `Bearer ...` and `Basic ...`, as the header `Authorization` has them.
fn header(text: &str, at: usize) -> Option<Look> {
    let text = text.get(at..)?;
    let schemes = [
        ("Bearer ", Kind::Bearer, 16),
        ("bearer ", Kind::Bearer, 16),
        ("Basic ", Kind::Basic, 12),
    ];
    let mut schemes = schemes.into_iter();
    let (scheme, kind, least) = schemes.find(|(scheme, ..)| text.starts_with(scheme))?;
    let token = run(text.get(scheme.len()..)?, is_token, 4_096);
    let has = |what: fn(char) -> bool| token.contains(what);
    let mixed = has(|c| c.is_ascii_digit() || c == '=') && has(|c| c.is_ascii_alphabetic());
    // `Basic authentication` is no credential.
    let cased = has(|c| c.is_ascii_uppercase()) && has(|c| c.is_ascii_lowercase());
    let is = token.len() >= least
        && mixed
        && (cased || kind == Kind::Bearer)
        && !is_filler(token)
        && !is_monotone(token);
    Some(Look {
        kind: is.then_some(kind),
        start: at + scheme.len(),
        end: at + scheme.len() + token.len(),
    })
}

fn is_token(c: char) -> bool {
    is_dotted(c) || "~+/=".contains(c)
}

/// `scheme://user:password@host`
fn address(text: &str, at: usize) -> Option<Look> {
    const LONGEST: usize = 512;
    const MARK: &str = "://";
    let allowed = |c: char| !c.is_whitespace() && !"/?#\"'\\`<>".contains(c);
    let authority = run(text.get(at..)?.strip_prefix(MARK)?, allowed, LONGEST);
    let (login, _) = authority.rsplit_once('@')?;
    let (_, password) = login.split_once(':')?;
    let is = password.len() >= 4 && is_literal(password) && !is_filler(password);
    let end = at + MARK.len() + login.len();
    is.then(|| Look {
        kind: Some(Kind::Address),
        start: end - password.len(),
        end,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_looked_at() {
        for form in &FORMS {
            let mut bytes = form.start.bytes();
            let first = bytes.next().unwrap_or_default();
            assert!(is_marked(first), "{}", form.start);
            let second = bytes.next().unwrap_or_default();
            assert!(may_start(first, second), "{}", form.start);
        }
    }
}
