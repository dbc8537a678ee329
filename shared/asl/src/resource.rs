//! The `Resource` of a Task: what it calls, and how it waits for the answer.

/// How a Task waits for the service that it calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pattern {
    /// Goes on when the service has answered the request.
    RequestResponse,
    /// `.sync` and `.sync:2`: waits until the job has ended.
    Sync,
    /// `.waitForTaskToken`: waits until somebody returns the token.
    WaitForTaskToken,
}

/// What a Task calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resource {
    /// A service integration, `arn:aws:states:::service:action`.
    Integration {
        /// The service as written: `lambda`, `dynamodb`, `states`, or for SDK integrations `sfn`, `s3`, …
        service: String,
        /// The action as written, in camel case: `invoke`, `putItem`, …
        action: String,
        /// How it waits.
        pattern: Pattern,
        /// True for `arn:aws:states:::aws-sdk:…`.
        sdk: bool,
        /// As written.
        arn: String,
    },
    /// A Lambda function's own ARN.
    Lambda(String),
    /// An activity.
    Activity(String),
    /// Text that is filled in elsewhere (`${…}`), or that is none of the above.
    Other(String),
}

impl Resource {
    /// Reads the text of a `Resource` field.
    pub fn parse(text: &str) -> Self {
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let [arn, _partition, service, _region, _account, rest] = parts.as_slice() else {
            return Self::Other(text.to_owned());
        };
        match (*arn, *service) {
            ("arn", "lambda") if rest.starts_with("function:") => Self::Lambda(text.to_owned()),
            ("arn", "states") if rest.starts_with("activity:") => Self::Activity(text.to_owned()),
            ("arn", "states") => {
                integration(rest, text).unwrap_or_else(|| Self::Other(text.to_owned()))
            }
            _ => Self::Other(text.to_owned()),
        }
    }

    /// The text that was parsed.
    pub fn text(&self) -> &str {
        match self {
            Self::Integration { arn, .. } => arn,
            Self::Lambda(text) | Self::Activity(text) | Self::Other(text) => text,
        }
    }
}

fn integration(rest: &str, arn: &str) -> Option<Resource> {
    let (sdk, rest) = match rest.strip_prefix("aws-sdk:") {
        Some(rest) => (true, rest),
        None => (false, rest),
    };
    let (service, call) = rest.split_once(':')?;
    let (action, pattern) = match call.split_once('.') {
        None => (call, Pattern::RequestResponse),
        Some((action, "waitForTaskToken")) => (action, Pattern::WaitForTaskToken),
        Some((action, suffix)) if suffix == "sync" || suffix.starts_with("sync:") => {
            (action, Pattern::Sync)
        }
        Some(_) => return None,
    };
    Some(Resource::Integration {
        service: service.to_owned(),
        action: action.to_owned(),
        pattern,
        sdk,
        arn: arn.to_owned(),
    })
}
