//! What can go wrong with a call, in words that a user can act on.

use std::error::Error;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_sfn::config::http::HttpResponse;
use aws_sdk_sfn::error::{ProvideErrorMetadata, SdkError};
use thiserror::Error;

/// Why a call to AWS brought nothing.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CallError {
    /// AWS said no: `AccessDenied on states:DescribeStateMachine`.
    #[error("{code} on {action}")]
    Refused {
        /// AWS's code, without `Exception`; all ways to say "not allowed" are `AccessDenied`.
        code: String,
        /// The IAM action of the call.
        action: &'static str,
        /// AWS's message, on one line; empty where it only repeats the code.
        message: String,
    },
    /// There are none.
    #[error(
        "no AWS credentials found: sign in with `aws sso login` or `aws configure`, choose a profile, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
    )]
    NoCredentials,
    /// There are some, and they cannot be used.
    #[error("the AWS credentials cannot be used: {0}")]
    Credentials(String),
    /// The profile does not exist.
    #[error(
        "the AWS profile `{0}` does not exist: `aws configure list-profiles` shows those that do"
    )]
    NoProfile(String),
    /// No connection, or no answer in time.
    #[error("cannot reach {endpoint}: {why}")]
    Unreachable {
        /// URL of the server.
        endpoint: String,
        /// `connection refused`, …
        why: String,
    },
    /// The price list is not to be had there.
    #[error(
        "no AWS Price List API is known for the partition of {0}: ask with credentials of a commercial account, such as in us-east-1"
    )]
    NoPriceList(String),
    /// An answer that is not AWS's.
    #[error("{what} on {action} from {endpoint}")]
    Broken {
        /// `HTTP 404`, `an answer that cannot be read`
        what: String,
        /// The IAM action of the call.
        action: &'static str,
        /// URL of the server.
        endpoint: String,
    },
}

impl CallError {
    /// True where the same call may well succeed another time: the server failed or was not there.
    pub(crate) fn is_servers(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::Broken { .. } => true,
            Self::Refused { code, .. } => is_servers_code(code),
            Self::NoCredentials
            | Self::Credentials(_)
            | Self::NoProfile(_)
            | Self::NoPriceList(_) => false,
        }
    }

    /// True for that code of AWS, without `Exception`.
    pub(crate) fn has_code(&self, wanted: &str) -> bool {
        matches!(self, Self::Refused { code, .. } if code == wanted)
    }

    /// With AWS's message, where there is more to it than the code.
    pub(crate) fn in_full(&self) -> String {
        match self {
            Self::Refused { message, .. } if !message.is_empty() => format!("{self}: {message}"),
            _ => self.to_string(),
        }
    }
}

/// What to do about a failed call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// One call too many for the bucket.
    Throttled,
    /// The server's or the network's fault.
    Transient,
    /// The same call fails again.
    Final,
}

/// Codes that say so, with and without `Exception`; services do not agree on one.
const THROTTLED: [&str; 11] = [
    "BandwidthLimitExceeded",
    "KmsThrottling",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceeded",
    "RequestLimitExceeded",
    "RequestThrottled",
    "SlowDown",
    "Throttled",
    "Throttling",
    "TooManyRequests",
    "TransactionInProgress",
];
const DENIED: [&str; 6] = [
    "AccessDenied",
    "AuthorizationError",
    "Forbidden",
    "NotAuthorized",
    "UnauthorizedOperation",
    "UnauthorizedAccess",
];
const CREDENTIALS: [&str; 9] = [
    "ExpiredToken",
    "IncompleteSignature",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidSignature",
    "MissingAuthenticationToken",
    "RequestExpired",
    "SignatureDoesNotMatch",
    "UnrecognizedClient",
];

fn is_servers_code(code: &str) -> bool {
    [
        "InternalFailure",
        "InternalError",
        "InternalServerError",
        "InternalService",
        "InternalServiceFault",
    ]
    .contains(&code)
        || [
            "ServiceUnavailable",
            "RequestTimeout",
            "ConditionalRequestConflict",
        ]
        .contains(&code)
}

/// Judges a failed call of an action.
pub(crate) fn judge<E>(
    action: &'static str,
    endpoint: &str,
    error: &SdkError<E, HttpResponse>,
) -> (Verdict, CallError)
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    let unreachable = |why: String| CallError::Unreachable {
        endpoint: endpoint.to_owned(),
        why,
    };
    match error {
        SdkError::ServiceError(answer) => {
            let (meta, status) = (answer.err().meta(), answer.raw().status().as_u16());
            answered(action, endpoint, status, meta.code(), meta.message())
        }
        SdkError::ResponseError(answer) => {
            answered(action, endpoint, answer.raw().status().as_u16(), None, None)
        }
        SdkError::TimeoutError(_) => (
            Verdict::Transient,
            unreachable("no answer in time".to_owned()),
        ),
        SdkError::DispatchFailure(failure) => {
            let source = failure.as_connector_error().and_then(Error::source);
            match source.and_then(credentials) {
                Some(error) => (Verdict::Final, error),
                None if failure.is_timeout() => (
                    Verdict::Transient,
                    unreachable("no answer in time".to_owned()),
                ),
                None if failure.is_user() => (Verdict::Final, unreachable(innermost(source))),
                None => (Verdict::Transient, unreachable(connection(source))),
            }
        }
        // Before anything is sent: credentials, the endpoint, a value that the request cannot hold.
        _ => match credentials(error) {
            Some(error) => (Verdict::Final, error),
            None => (Verdict::Final, unreachable(innermost(Some(error)))),
        },
    }
}

/// Judges an answer that is an error.
fn answered(
    action: &'static str,
    endpoint: &str,
    status: u16,
    code: Option<&str>,
    message: Option<&str>,
) -> (Verdict, CallError) {
    let code = code
        .map(|code| code.strip_suffix("Exception").unwrap_or(code))
        .filter(|code| !code.is_empty());
    let verdict = match code {
        Some(code) if THROTTLED.contains(&code) => Verdict::Throttled,
        _ if status == 429 => Verdict::Throttled,
        Some(code) if is_servers_code(code) => Verdict::Transient,
        // An answer that was cut short looks like success.
        None if status < 300 => Verdict::Transient,
        _ if status >= 500 => Verdict::Transient,
        _ => Verdict::Final,
    };
    let refused = |code: &str| CallError::Refused {
        code: code.to_owned(),
        action,
        message: message.map(one_line).unwrap_or_default(),
    };
    let error = match code {
        Some(code) if CREDENTIALS.contains(&code) => CallError::Credentials(format!(
            "{code} on {action}: sign in again, and check the clock of this machine"
        )),
        // AWS's message names the caller and the resource again.
        Some(code) if DENIED.contains(&code) => denied(action),
        None if status == 403 => denied(action),
        Some(code) => refused(code),
        None => {
            let what = if status < 300 {
                "an answer that cannot be read".to_owned()
            } else {
                format!("HTTP {status}")
            };
            CallError::Broken {
                what,
                action,
                endpoint: endpoint.to_owned(),
            }
        }
    };
    (verdict, error)
}

fn denied(action: &'static str) -> CallError {
    CallError::Refused {
        code: "AccessDenied".to_owned(),
        action,
        message: String::new(),
    }
}

/// Finds out whether an error is about credentials.
pub(crate) fn credentials(error: &(dyn Error + 'static)) -> Option<CallError> {
    let found = chain(error).find_map(|error| error.downcast_ref::<CredentialsError>())?;
    Some(match (missing_profile(found), found) {
        (Some(profile), _) => CallError::NoProfile(profile),
        (None, CredentialsError::CredentialsNotLoaded(_)) => CallError::NoCredentials,
        (None, _) => CallError::Credentials(innermost(Some(found))),
    })
}

/// The profile that does not exist. The SDK tells of it in words only.
fn missing_profile(error: &CredentialsError) -> Option<String> {
    chain(error).find_map(|error| {
        let text = error.to_string();
        let (_, rest) = text.split_once("could not find source profile ")?;
        Some(
            rest.split_once(" referenced")
                .map_or(rest, |(name, _)| name)
                .to_owned(),
        )
    })
}

/// Why there is no connection.
fn connection(source: Option<&(dyn Error + 'static)>) -> String {
    let io = source.and_then(|source| {
        chain(source)
            .filter_map(|error| error.downcast_ref::<std::io::Error>())
            .last()
    });
    let text = innermost(source);
    match io.map(std::io::Error::kind) {
        Some(std::io::ErrorKind::ConnectionRefused) => "connection refused".to_owned(),
        Some(std::io::ErrorKind::ConnectionReset) => "connection reset".to_owned(),
        Some(std::io::ErrorKind::TimedOut) => "no answer in time".to_owned(),
        _ if text.contains("failed to lookup address") => {
            "no such host: is the Region right, and is there a network?".to_owned()
        }
        _ => text,
    }
}

/// An error and what it came from.
fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    let next = |error: &&'a (dyn Error + 'static)| -> Option<&'a (dyn Error + 'static)> {
        Error::source(*error)
    };
    std::iter::successors(Some(error), next)
}

/// The words of what an error came from in the first place.
fn innermost(error: Option<&(dyn Error + 'static)>) -> String {
    error.and_then(|error| chain(error).last()).map_or_else(
        || "no reason given".to_owned(),
        |error| one_line(&error.to_string()),
    )
}

/// Text on one line, not too long, without control characters.
pub(crate) fn one_line(text: &str) -> String {
    const LONGEST: usize = 300;
    let words: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect();
    let text = words.join(" ");
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(status: u16, code: Option<&str>, message: &str) -> (Verdict, String) {
        let (verdict, error) = answered(
            "states:ListStateMachines",
            "http://127.0.0.1:1",
            status,
            code,
            Some(message),
        );
        (verdict, error.in_full())
    }

    #[test]
    fn what_aws_answers_is_judged_by_its_code() {
        use Verdict::{Final, Throttled, Transient};
        for (status, code, verdict, text) in [
            (
                400,
                Some("AccessDeniedException"),
                Final,
                "AccessDenied on states:ListStateMachines",
            ),
            (
                403,
                Some("AuthorizationError"),
                Final,
                "AccessDenied on states:ListStateMachines",
            ),
            (403, None, Final, "AccessDenied on states:ListStateMachines"),
            (
                400,
                Some("StateMachineDoesNotExist"),
                Final,
                "StateMachineDoesNotExist on states:ListStateMachines: words of AWS",
            ),
            (
                400,
                Some("ThrottlingException"),
                Throttled,
                "Throttling on states:ListStateMachines: words of AWS",
            ),
            (
                400,
                Some("ThrottledException"),
                Throttled,
                "Throttled on states:ListStateMachines: words of AWS",
            ),
            (
                429,
                None,
                Throttled,
                "HTTP 429 on states:ListStateMachines from http://127.0.0.1:1",
            ),
            (
                500,
                Some("InternalFailure"),
                Transient,
                "InternalFailure on states:ListStateMachines: words of AWS",
            ),
            (
                503,
                None,
                Transient,
                "HTTP 503 on states:ListStateMachines from http://127.0.0.1:1",
            ),
            (
                404,
                None,
                Final,
                "HTTP 404 on states:ListStateMachines from http://127.0.0.1:1",
            ),
            (
                200,
                None,
                Transient,
                "an answer that cannot be read on states:ListStateMachines from http://127.0.0.1:1",
            ),
            (
                400,
                Some("ExpiredTokenException"),
                Final,
                "the AWS credentials cannot be used: ExpiredToken on states:ListStateMachines: sign in again, and check the clock of this machine",
            ),
        ] {
            assert_eq!(
                said(status, code, "words\r\nof  AWS"),
                (verdict, text.to_owned()),
                "{status} {code:?}"
            );
        }
    }

    #[test]
    fn missing_credentials_and_profiles_are_told_apart() {
        let none = CredentialsError::not_loaded_no_source();
        assert_eq!(credentials(&none), Some(CallError::NoCredentials));
        let broken = CredentialsError::provider_error("the SSO session has expired".to_owned());
        let text = credentials(&broken).unwrap().to_string();
        assert_eq!(
            text,
            "the AWS credentials cannot be used: the SSO session has expired"
        );
        assert_eq!(credentials(&std::io::Error::other("x")), None);
    }

    #[test]
    fn a_refused_connection_is_told_as_one() {
        let refused = std::io::Error::from(std::io::ErrorKind::ConnectionRefused);
        let wrapped = std::io::Error::other(refused);
        assert_eq!(connection(Some(&wrapped)), "connection refused");
        let unknown = std::io::Error::other(
            "failed to lookup address information: Name or service not known",
        );
        assert!(connection(Some(&unknown)).starts_with("no such host"));
    }

    #[test]
    fn text_of_others_stays_on_one_line() {
        assert_eq!(one_line("a\n\u{1b}[31mb\t c"), "a [31mb c");
        assert_eq!(one_line(&"é".repeat(400)).chars().count(), 301);
    }
}
