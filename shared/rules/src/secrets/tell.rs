//! Whether a text has a credential, and which.

use std::ops::Range;

use super::{forms, named};

/// What kind of credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    AwsKeyId,
    AwsSecretKey,
    PrivateKey,
    GitHub,
    GitLab,
    Slack,
    SlackHook,
    Stripe,
    Google,
    SendGrid,
    Npm,
    Ai,
    Jwt,
    Bearer,
    Basic,
    Address,
    Password,
    Named,
}

impl Kind {
    /// For a sentence: `an AWS access key id`.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::AwsKeyId => "an AWS access key id",
            Self::AwsSecretKey => "an AWS secret access key",
            Self::PrivateKey => "a private key",
            Self::GitHub => "a GitHub token",
            Self::GitLab => "a GitLab token",
            Self::Slack => "a Slack token",
            Self::SlackHook => "the address of a Slack webhook",
            Self::Stripe => "a Stripe key",
            Self::Google => "a Google API key",
            Self::SendGrid => "a SendGrid key",
            Self::Npm => "an npm token",
            Self::Ai => "a key of an AI service",
            Self::Jwt => "a JSON web token",
            Self::Bearer => "a bearer token",
            Self::Basic => "credentials of basic authentication",
            Self::Address => "an address with a password",
            Self::Password => "a password",
            Self::Named => "a key or token",
        }
    }

    /// True where the form alone says what it is, whatever it is called.
    pub(crate) fn is_sure(self) -> bool {
        !matches!(self, Self::Password | Self::Named | Self::Basic)
    }
}

/// A credential in a text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Found {
    pub(crate) kind: Kind,
    /// Bytes of the text.
    pub(crate) place: Range<usize>,
}

/// Shorter texts have none.
const SHORTEST: usize = 6;

/// Every credential in a text that is the value of `name`.
pub(crate) fn all(name: Option<&str>, text: &str) -> Vec<Found> {
    if text.len() < SHORTEST {
        return Vec::new();
    }
    let mut found = forms::all(text);
    if let Some(kind) = name.and_then(|name| named::kind(name, text)) {
        found.push(Found {
            kind,
            place: 0..text.len(),
        });
    }
    found.extend(named::assignments(text));
    // The more exact comes first: of two that say the same, that one stays.
    found.sort_by_key(|found| (!found.kind.is_sure(), found.place.start));
    let mut kept: Vec<Found> = Vec::new();
    for one in found {
        let within =
            |other: &Found| one.place.start < other.place.end && other.place.start < one.place.end;
        if kept.len() < MOST && !kept.iter().any(within) {
            kept.push(one);
        }
    }
    kept.sort_by_key(|found| found.place.start);
    kept
}

/// The place of every credential in a text, however many.
pub(crate) fn places(text: &str) -> Vec<Range<usize>> {
    let found = forms::all(text).into_iter().chain(named::assignments(text));
    found.map(|found| found.place).collect()
}

/// Credentials that are told of one text.
const MOST: usize = 20;
